#include "kit_collect.h"
#include "kit_hostile.h"

#include "collect/table/collect_sudo_rule.h"

extern const struct collector collect_sudo_rule;

static const char *
fixture(const char *sudoers)
{
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/usr/bin/sudo", "");
	if (sudoers != NULL)
		kit_file(root, "/etc/sudoers", sudoers);
	return root;
}

static void
test_collect_sudo_rule__unfolds_aliases_tags_and_lists(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture(
	    "# a comment \\\nDefaults env_reset, !authenticate\nDefaults mailto=\"jane@example\"\nUser_Alias ADMINS = alice, %wheel : WEB "
	    "= www\n"
	    "ADMINS, bob ALL = (root) NOPASSWD: /bin/apt update --token=hunter2, \\\n  PASSWD: SHUT, !/bin/su : host2 = ALL\n"
	    "Cmnd_Alias SHUT = /sbin/halt\nRunas_Alias OPS = root, DBA\nRunas_Alias DBA = postgres : LOOP = LOOP\nHost_Alias HERE = web1, "
	    "web2\ncarol HERE = (OPS : LOOP) /bin/y, (!DBA) /bin/z\n#1000 ALL=/bin/x \"\"\n@includedir /etc/sudoers.d\n");
	kit_file(root, "/etc/sudoers.d/web", "WEB ALL=(ALL:ALL) ALL\n");
	kit_file(root, "/etc/sudoers.d/web.bak", "mallory ALL=ALL\n");
	kit_collect(&got, &collect_sudo_rule, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/etc/sudoers\",2,1,\"default\",\"\",\"\",\"\",\"\",0,\"!authenticate\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "\"rule\",\"%wheel\",\"ALL\",\"root\",\"/bin/apt …\",1,\"\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "\"rule\",\"bob\",\"ALL\",\"root\",\"/sbin/halt\",0,\"\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "\"rule\",\"alice\",\"ALL\",\"root\",\"!/bin/su\",0,\"\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "\"rule\",\"alice\",\"host2\",\"root\",\"ALL\",0,\"\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "\"rule\",\"#1000\",\"ALL\",\"root\",\"/bin/x\",0,\"\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/etc/sudoers.d/web\",1,0,\"rule\",\"www\",\"ALL\",\"ALL:ALL\",\"ALL\",0,\"\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "\"mailto=(set)\"");
	ASSERT_ROWS_LACK(&got.rows[0], "jane");
	ASSERT_ROWS_HAVE(&got.rows[0], "\"rule\",\"carol\",\"web1,web2\",\"root,postgres:LOOP\",\"/bin/y\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "\"rule\",\"carol\",\"web1,web2\",\"!postgres\",\"/bin/z\"");
	ASSERT_ROWS_LACK(&got.rows[0], "mallory");
	ASSERT_ROWS_LACK(&got.rows[0], "hunter2");
	kit_rmdir(root);
}

static void
test_collect_sudo_rule__absent_or_could_not_look(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture("alice ALL\n");
	kit_collect(&got, &collect_sudo_rule, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	assert_true(slice_has(got.rows[0].reason, S("/etc/sudoers:1: sudoers(5)")));
	kit_file(root, "/etc/sudoers", "@include /etc/sudoers\n");
	kit_collect(&got, &collect_sudo_rule, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
	root = kit_mkdir();
	kit_collect(&got, &collect_sudo_rule, root);
	ASSERT_STATE(&got.rows[0], READING_ABSENT);
	kit_rmdir(root);
}

static void
test_collect_sudo_rule__survives_hostile_bytes(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture(NULL);
	kit_hostile(root, "/etc/sudoers", "User_Alias A = B : B = A\nA ALL = ALL\n");
	kit_collect(&got, &collect_sudo_rule, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_sudo_rule__unfolds_aliases_tags_and_lists),
	    cmocka_unit_test(test_collect_sudo_rule__absent_or_could_not_look),
	    cmocka_unit_test(test_collect_sudo_rule__survives_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
