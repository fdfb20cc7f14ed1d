#include "kit_collect.h"

#include "collect/table/collect_os_version.h"

extern const struct collector collect_os_version;
extern const struct table table_os_version;

static void
test_collect_os_version__reads_os_release(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/etc/os-release",
	    "# comment\nPRETTY_NAME=\"Ubuntu 24.04.1 "
	    "LTS\"\nNAME='Ubuntu'\nVERSION_ID=\"24.04\"\nVERSION_CODENAME=noble\nID=ubuntu\nVARIANT_ID=server\n");
	kit_file(root, "/proc/sys/kernel/arch", "aarch64\n");
	kit_collect(&got, &collect_os_version, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"ubuntu\",\"Ubuntu\",\"24.04\",\"noble\",\"server\",\"aarch64\",\"Ubuntu 24.04.1 LTS\"]");
	kit_rmdir(root);
}

static void
test_collect_os_version__falls_back_to_usr_lib(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/usr/lib/os-release", "ID=debian\n");
	kit_collect(&got, &collect_os_version, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"debian\",\"\",\"\",\"\",\"\",\"unknown\",\"\"]");
	kit_rmdir(root);
}

static void
test_collect_os_version__could_not_look_without_a_file(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_os_version, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_os_version__refuses_what_names_no_system(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct rows rows;
	rows_open(&rows, job, &table_os_version);
	ASSERT_ERR(collect_os_version_parse(job, S("NAME=\0\xff\n=\nID\n"), S("x"), &rows), ERR_INPUT, "os-release(5)");
	assert_int_equal(rows.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_os_version__reads_os_release),
	    cmocka_unit_test(test_collect_os_version__falls_back_to_usr_lib),
	    cmocka_unit_test(test_collect_os_version__could_not_look_without_a_file),
	    cmocka_unit_test(test_collect_os_version__refuses_what_names_no_system),
	};
	return KIT_TESTS(tests);
}
