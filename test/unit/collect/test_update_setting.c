#include "kit_collect.h"

#include "collect/table/collect_update_setting.h"

extern const struct collector collect_update_setting;

static void
test_collect_update_setting__reads_the_tree_with_defaults(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/etc/apt/apt.conf.d/20auto-upgrades",
	    "APT::Periodic::Update-Package-Lists \"1\";\nAPT::Periodic::Unattended-Upgrade \"7\";\n");
	kit_file(root, "/etc/apt/apt.conf.d/50unattended-upgrades",
	    "// words\nUnattended-Upgrade::Allowed-Origins {\n\t\"a:b\"; /* two\nlines */ \"c:d-security\";\n};\n"
	    "Unattended-Upgrade { Automatic-Reboot \"yes\"; Mail \"jane.doe@example.org\"; };\n# Unattended-Upgrade::MinimalSteps "
	    "\"false\";\n");
	kit_file(root, "/etc/apt/apt.conf.d/ignored.disabled", "APT::Periodic::Unattended-Upgrade \"0\";\n");
	kit_file(root, "/etc/apt/apt.conf", "Acquire::http::Proxy \"http://user:hunter2@proxy.example.org:3128/\";\n");
	kit_collect(&got, &collect_update_setting, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"apt::periodic::unattended-upgrade\",\"7\",\"/etc/apt/apt.conf.d/20auto-upgrades\",2,\"file\"]");
	ASSERT_ROWS_HAVE(&got.rows[0],
	    "[\"unattended-upgrade::allowed-origins\",\"a:b; c:d-security\",\"/etc/apt/apt.conf.d/50unattended-upgrades\",3,\"file\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"unattended-upgrade::automatic-reboot\",\"true\",");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"unattended-upgrade::minimalsteps\",\"true\",\"\",0,\"default\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"unattended-upgrade::mail\",\"(set)\",");
	ASSERT_ROWS_HAVE(&got.rows[0], "http://proxy.example.org:3128/");
	ASSERT_ROWS_LACK(&got.rows[0], "jane");
	ASSERT_ROWS_LACK(&got.rows[0], "hunter2");
	kit_rmdir(root);
}

static void
test_collect_update_setting__absent_without_apt(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_update_setting, root);
	ASSERT_STATE(&got.rows[0], READING_ABSENT);
	kit_rmdir(root);
}

static void
test_collect_update_setting__clear_drops_what_was_there(void **state)
{
	(void)state;
	struct collect_apt_conf conf = {.job = kit_fresh()};
	ASSERT_OK(collect_apt_conf_parse(&conf, "p", S("A::B \"1\"; A::C:: \"x\"; A { D \"2\"; };\n#clear A::B A::C;\nE f;")));
	assert_null(collect_apt_conf_get(&conf, S("a::b")));
	ASSERT_SLICE(collect_apt_conf_get(&conf, S("a::d"))->value, "2");
	ASSERT_SLICE(collect_apt_conf_get(&conf, S("e"))->value, "f");
	assert_int_equal(conf.len, 2);
}

static void
test_collect_update_setting__bears_hostile_bytes(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "{{{{", "}}}}", "\"", "a \"", "/*", "#clear", "#clear {", "a { b { \xff\xfe", ";;;;", "a::::::b \"\";", NULL};
	for (size_t i = 0; texts[i] != NULL; i++) {
		struct collect_apt_conf conf = {.job = kit_fresh()};
		ASSERT_OK(collect_apt_conf_parse(&conf, "p", slice_of(texts[i])));
	}
}

static void
test_collect_update_setting__refuses_deep_scopes(void **state)
{
	(void)state;
	struct collect_apt_conf conf = {.job = kit_fresh()};
	ASSERT_ERR(collect_apt_conf_parse(&conf, "p", S("a{a{a{a{a{a{a{a{a{a{a{a{a{a{a{a{a{a{")), ERR_LIMIT, "apt.conf(5)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_update_setting__reads_the_tree_with_defaults),
	    cmocka_unit_test(test_collect_update_setting__absent_without_apt),
	    cmocka_unit_test(test_collect_update_setting__clear_drops_what_was_there),
	    cmocka_unit_test(test_collect_update_setting__bears_hostile_bytes),
	    cmocka_unit_test(test_collect_update_setting__refuses_deep_scopes),
	};
	return KIT_TESTS(tests);
}
