#include "kit_collect.h"
#include "kit_hostile.h"

#include "collect/table/collect_unit.h"

extern const struct collector collect_unit;

static void
fixture_link(const char *root, const char *target, const char *path)
{
	slice full;
	ASSERT_OK(job_format(kit_job(), &full, "%s%s", root, path));
	kit_file(root, path, "");
	assert_int_equal(unlink(full.at), 0);
	assert_int_equal(symlink(target, full.at), 0);
}

static void
test_collect_unit__puts_drop_ins_and_links_together(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/usr/lib/systemd/system/a.service",
	    "[Service]\nUser=web\nExecStart=-/bin/a --pw hunter2\nEnvironment=TOKEN=hunter2 \"B=x "
	    "hunter2\"\nNoNewPrivileges=no\nAfter=\n[Install]\nWantedBy=multi-user.target\n");
	kit_file(root, "/etc/systemd/system/a.service.d/x.conf", "[Service]\nExecStart=\nExecStart=/bin/other\nNoNewPrivileges=yes\n");
	fixture_link(root, "/usr/lib/systemd/system/a.service", "/etc/systemd/system/multi-user.target.wants/a.service");
	kit_file(root, "/usr/lib/systemd/system/b@.service", "[Service]\nExecStart=/bin/b\nDynamicUser=true\n[Install]\nWantedBy=x\n");
	fixture_link(root, "/usr/lib/systemd/system/b@.service", "/etc/systemd/system/multi-user.target.wants/b@one.service");
	kit_file(root, "/usr/lib/systemd/system/c.service", "[Service]\nExecStart=/bin/c\n");
	fixture_link(root, "/dev/null", "/etc/systemd/system/c.service");
	fixture_link(root, "/opt/e/e.service", "/etc/systemd/system/e.service");
	kit_file(root, "/opt/e/e.service", "[Service]\nExecStart=/opt/e/run\n[Install]\nWantedBy=x\n");
	kit_file(root, "/usr/lib/systemd/system/f.service", "[Service]\nExecStart=/bin/f\n");
	kit_file(root, "/etc/systemd/system/f.service", "");
	kit_file(root, "/run/systemd/generator.late/g.service", "[Service]\nExecStart=/etc/init.d/g start\n");
	kit_file(root, "/run/systemd/generator/home.mount",
	    "[Mount]\nWhat=https://jane:hunter2@dav.example/\nWhere=/home\nOptions=rw,username=jane,password=hunter2,password2=hunter2\n");
	kit_file(root, "/usr/lib/systemd/system/d.timer", "[Timer]\nOnCalendar=daily\nPersistent=true\n");
	kit_collect(&got, &collect_unit, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	ASSERT_ROWS_HAVE(
	    &got.rows[0], "[\"a.service\",\"service\",\"/usr/lib/systemd/system/a.service\",\"enabled\",null,\"web\",\"/bin/other\"]");
	ASSERT_ROWS_HAVE(&got.rows[0],
	    "[\"b@one.service\",\"service\",\"/usr/lib/systemd/system/b@.service\",\"enabled\",null,\"(dynamic)\",\"/bin/b\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "b@.service\",\"disabled\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"c.service\",\"service\",\"/etc/systemd/system/c.service\",\"masked\"");
	ASSERT_ROWS_HAVE(
	    &got.rows[1], "[\"a.service\",\"Service\",\"NoNewPrivileges\",0,\"yes\",\"/etc/systemd/system/a.service.d/x.conf\",4]");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"a.service\",\"Service\",\"Environment\",0,\"TOKEN B\"");
	ASSERT_ROWS_LACK(&got.rows[1], "hunter2");
	ASSERT_ROWS_LACK(&got.rows[1], "jane");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"home.mount\",\"Mount\",\"Options\",0,\"rw,username,password,password2\"");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"home.mount\",\"Mount\",\"What\",0,\"https://dav.example/\"");
	ASSERT_ROWS_HAVE(
	    &got.rows[0], "[\"e.service\",\"service\",\"/etc/systemd/system/e.service\",\"linked\",null,\"root\",\"/opt/e/run\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"f.service\",\"service\",\"/etc/systemd/system/f.service\",\"masked\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"g.service\",\"service\",\"/run/systemd/generator.late/g.service\",\"generated\"");
	ASSERT_ROWS_HAVE(&got.rows[2], "[\"d.timer\",\"d.service\",\"OnCalendar=daily\",1,\"static\",null]");
	kit_rmdir(root);
}

/* What systemd reads as one value, and what people write when they forget the quotes. */
static void
test_collect_unit__keeps_no_value_of_an_environment(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {{"Environment=PASS=my hunter2", "PASS"}, {"Environment=hunter2", "(not kept)"},
	    {"Environment=A=\"hunter2\"hunter2 B=1", "A B"}, {"Environment=\"A=x\\\" hunter2\" 'B=hunter2 y'", "A B"},
	    {"Environment=O=-Da=b -Dpassword=hunter2", "O"}, {"UnsetEnvironment=A \"B=hunter2\" C", "A B C"},
	    {"ConditionEnvironment=A=hunter2", "A"}, {"StandardInputText=hunter2", "(not kept)"}, {"ApiToken=hunter2", "(not kept)"},
	    {"ExecStart=@/bin/x hunter2", "/bin/x"}, {"SetCredential=id:hunter2", "id"}};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct unit_values values = {.job = kit_fresh()};
		slice text;
		ASSERT_OK(job_format(values.job, &text, "[Service]\n%s\n", pairs[i][0]));
		ASSERT_OK(unit_text(&values, "x", text));
		assert_int_equal(values.len, 1);
		ASSERT_SLICE(values.at[0].value, pairs[i][1]);
	}
	struct unit_values values = {.job = kit_fresh()};
	ASSERT_OK(unit_text(&values, "x", S("[X-Ours]\nAny=hunter2\n[Service]\nX-Any=hunter2\nEnvironment=A=1\nEnvironment=hunter2\n")));
	assert_int_equal(values.len, 2);
	ASSERT_OK(unit_text(&values, "x", S("[Service]\nEnvironment=\n")));
	assert_int_equal(values.len, 0);
}

static void
test_collect_unit__drop_ins_of_prefix_template_and_kind(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/usr/lib/systemd/system/foo-bar@.service", "[Service]\nExecStart=/bin/a\n");
	fixture_link(root, "/usr/lib/systemd/system/foo-bar@.service", "/etc/systemd/system/x.target.wants/foo-bar@1.service");
	kit_file(root, "/usr/lib/systemd/system/service.d/10-x.conf", "[Service]\nUMask=0077\nNice=1\n");
	kit_file(root, "/etc/systemd/system/foo-.service.d/20-x.conf", "[Service]\nNice=2\n");
	kit_file(root, "/run/systemd/generator/foo-bar@.service.d/30-x.conf", "[Service]\nNice=3\n");
	kit_file(root, "/etc/systemd/system/foo-bar@1.service.d/10-x.conf", "[Service]\nLimitNOFILE=4\n");
	kit_collect(&got, &collect_unit, root);
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"foo-bar@1.service\",\"Service\",\"Nice\",0,\"3\",");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"foo-bar@1.service\",\"Service\",\"LimitNOFILE\",0,\"4\",");
	/* The instance's 10-x.conf stands in the place of the kind's. */
	ASSERT_ROWS_LACK(&got.rows[1], "[\"foo-bar@1.service\",\"Service\",\"UMask\"");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"foo-bar@.service\",\"Service\",\"UMask\",0,\"0077\"");
	kit_rmdir(root);
}

static void
test_collect_unit__absent_and_hostile_bytes(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_unit, root);
	for (int i = 0; i < 3; i++)
		ASSERT_STATE(&got.rows[i], READING_ABSENT);
	kit_file(
	    root, "/etc/systemd/system/x.service", "[Service]\nExecStart=\"\nEnvironment='\n=\n[\n[]\n\xff=\xff\nEnvironment=\"a=b\\\n");
	kit_collect(&got, &collect_unit, root);
	ASSERT_STATE(&got.rows[1], READING_READ);
	/* One value of 400 kB is more than a cell holds: said, not cut. */
	kit_hostile(root, "/etc/systemd/system/x.service", "");
	kit_collect(&got, &collect_unit, root);
	ASSERT_STATE(&got.rows[1], READING_COULD_NOT_LOOK);
	kit_file(root, "/etc/systemd/system/y.service/folder", "");
	kit_collect(&got, &collect_unit, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_unit__puts_drop_ins_and_links_together),
	    cmocka_unit_test(test_collect_unit__keeps_no_value_of_an_environment),
	    cmocka_unit_test(test_collect_unit__drop_ins_of_prefix_template_and_kind),
	    cmocka_unit_test(test_collect_unit__absent_and_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
