#include "kit_collect.h"

#include "collect/table/collect_kernel_info.h"

extern const struct collector collect_kernel_info;
extern const struct table table_boot_parameter;

static void
test_collect_kernel_info__reads_kernel_and_parameters(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/proc/sys/kernel/osrelease", "6.1.0-30-amd64\n");
	kit_file(root, "/proc/sys/kernel/version", "#1 SMP Debian\n");
	kit_file(root, "/proc/sys/kernel/tainted", "4097\n");
	kit_file(root, "/proc/stat", "cpu 1 2 3\nbtime 1700000063\nprocesses 9\n");
	kit_file(root, "/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	kit_file(root, "/sys/kernel/security/lsm", "lockdown,capability,apparmor");
	kit_file(root, "/proc/cmdline", "ro quiet module.sig_enforce=1\n");
	kit_collect(&got, &collect_kernel_info, root);
	ASSERT_ROWS_HAVE(&got.rows[0],
	    "[\"6.1.0-30-amd64\",\"#1 SMP Debian\",\"unknown\",1700000040000000,4097,\"integrity\",\"lockdown,capability,apparmor\"]");
	ASSERT_ROWS_HAVE(&got.rows[1], "[3,\"module.sig_enforce\",\"1\"]");
	kit_rmdir(root);
}

static void
test_collect_kernel_info__could_not_look_without_proc(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_kernel_info, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	ASSERT_STATE(&got.rows[1], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_kernel_info__says_when_started_is_not_known(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/proc/sys/kernel/osrelease", "6.1\n");
	kit_file(root, "/proc/sys/kernel/version", "#1\n");
	kit_file(root, "/proc/sys/kernel/tainted", "0\n");
	kit_file(root, "/proc/stat", "btime -5\nbtime 99999999999999999999\n");
	kit_collect(&got, &collect_kernel_info, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_kernel_info__keeps_no_secret_and_nothing_of_init(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct rows rows;
	rows_open(&rows, job, &table_boot_parameter);
	ASSERT_OK(collect_boot_parameter_parse(job,
	    S("root=/dev/sda dyndbg=\"file a +p\" systemd.set_credential=db:hunter2 ADMIN_PASSWORD=hunter2 systemd.setenv=A=hunter2 "
	      "url=http://jane:hunter2@h/p x=\xff\0 -- --auth hunter2"),
	    &rows));
	ASSERT_ROWS_LACK(&rows, "hunter2");
	ASSERT_ROWS_HAVE(&rows, "[2,\"dyndbg\",\"file a +p\"]");
	ASSERT_ROWS_HAVE(&rows, "[3,\"systemd.set_credential\",\"(not kept)\"]");
	ASSERT_ROWS_LACK(&rows, "--auth");
	ASSERT_ROWS_HAVE(&rows, "\"systemd.setenv\",\"A\"]");
	ASSERT_ROWS_HAVE(&rows, "\"url\",\"http://h/p\"]");
}

static void
test_collect_kernel_info__lockdown_needs_its_brackets(void **state)
{
	(void)state;
	slice word;
	assert_true(collect_lockdown_parse(S("[none] integrity"), &word));
	ASSERT_SLICE(word, "none");
	assert_false(collect_lockdown_parse(S("none integrity"), &word));
	assert_false(collect_lockdown_parse(S("none [integrity"), &word));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_kernel_info__reads_kernel_and_parameters),
	    cmocka_unit_test(test_collect_kernel_info__could_not_look_without_proc),
	    cmocka_unit_test(test_collect_kernel_info__says_when_started_is_not_known),
	    cmocka_unit_test(test_collect_kernel_info__keeps_no_secret_and_nothing_of_init),
	    cmocka_unit_test(test_collect_kernel_info__lockdown_needs_its_brackets),
	};
	return KIT_TESTS(tests);
}
