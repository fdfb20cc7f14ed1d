#include "kit_collect.h"
#include "kit_hostile.h"

#include "collect/table/collect_pam_rule.h"

extern const struct collector collect_pam_rule;

static void
test_collect_pam_rule__puts_includes_in(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/pam.d/sshd",
	    "@include common-auth\n-account required pam_nologin.so # why\nauth include other\npassword substack common-auth\n");
	kit_file(root, "/etc/pam.d/common-auth",
	    "auth [success=1 default=ignore] pam_unix.so nullok bindpw=hunter2\npassword required pam_x.so [secret=a hunter2] [ok=b c]\n"
	    "session optional pam_exec.so seteuid /usr/bin/notify --key hunter2\n");
	kit_file(root, "/etc/pam.d/other", "auth required pam_deny.so\nsession required pam_deny.so\n");
	kit_collect(&got, &collect_pam_rule, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	ASSERT_ROWS_HAVE(&got.rows[0],
	    "[\"sshd\",\"auth\",0,\"[success=1 default=ignore]\",\"pam_unix.so\",\"nullok bindpw=\",\"/etc/pam.d/common-auth\",1]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"sshd\",\"auth\",1,\"required\",\"pam_deny.so\",\"\",\"/etc/pam.d/other\",1]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"sshd\",\"account\",0,\"required\",\"pam_nologin.so\",\"\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"sshd\",\"password\",1,\"required\",\"pam_x.so\",\"[secret= [ok=b c]\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"common-auth\",\"session\",0,\"optional\",\"pam_exec.so\",\"seteuid /usr/bin/notify\"");
	ASSERT_ROWS_LACK(&got.rows[0], "\"sshd\",\"session\",1");
	ASSERT_ROWS_LACK(&got.rows[0], "hunter2");
	kit_rmdir(root);
}

static void
test_collect_pam_rule__absent_could_not_look_and_hostile_bytes(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_pam_rule, root);
	ASSERT_STATE(&got.rows[0], READING_ABSENT);
	kit_hostile(root, "/etc/pam.d/x", "auth\nauth [\nauth required\n@include\n");
	kit_collect(&got, &collect_pam_rule, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	kit_file(root, "/etc/pam.d/loop", "@include loop\n@include loop\n");
	kit_collect(&got, &collect_pam_rule, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_pam_rule__puts_includes_in),
	    cmocka_unit_test(test_collect_pam_rule__absent_could_not_look_and_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
