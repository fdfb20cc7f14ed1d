#include "kit_collect.h"
#include "kit_hostile.h"

#include "collect/table/collect_password_policy.h"

extern const struct collector collect_password_policy;

static void
test_collect_password_policy__arguments_win_over_files_over_defaults(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/login.defs", "PASS_MAX_DAYS\t90 # c\n");
	kit_file(root, "/etc/security/pwquality.conf", "minlen = 10\nenforce_for_root\nminclass=3\n");
	kit_file(root, "/etc/pam.d/common-password", "password requisite pam_pwquality.so retry=3 minlen=14\n");
	kit_collect(&got, &collect_password_policy, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"login.defs\",\"pass_max_days\",\"90\",\"/etc/login.defs\",1,\"file\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"pwquality\",\"minlen\",\"14\",\"/etc/pam.d/common-password\",1,\"file\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"pwquality\",\"minclass\",\"3\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"pwquality\",\"enforce_for_root\",\"yes\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"pwquality\",\"enabled\",\"yes\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"pwquality\",\"dictcheck\",\"1\",\"\",0,\"default\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"faillock\",\"enabled\",\"no\",\"\",0,\"default\"]");
	kit_rmdir(root);
}

static void
test_collect_password_policy__could_not_look_and_hostile_bytes(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/security/faillock.conf/folder", "");
	kit_collect(&got, &collect_password_policy, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
	root = kit_mkdir();
	kit_file(root, "/etc/login.defs", "=\n\xff\xfe \x01\n= = =\nX=\n\\\n");
	kit_collect(&got, &collect_password_policy, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	kit_rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_password_policy__arguments_win_over_files_over_defaults),
	    cmocka_unit_test(test_collect_password_policy__could_not_look_and_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
