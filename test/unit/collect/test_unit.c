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
	ASSERT_ROWS_HAVE(&got.rows[2], "[\"d.timer\",\"d.service\",\"OnCalendar=daily\",1,\"static\",null]");
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
	    cmocka_unit_test(test_collect_unit__absent_and_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
