#include "kit_collect.h"
#include "kit_hostile.h"

#include "collect/table/collect_account.h"

extern const struct collector collect_account;

static void
test_collect_account__reads_accounts_and_groups(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/passwd",
	    "root:x:0:0:Secret Comment:/root:/bin/bash\ndaemon:x:1:1::/:/usr/sbin/nologin\njane:x:1001:100:Jane Doe:/home/jane:\n");
	kit_file(root, "/etc/group", "root:x:0:\nusers:x:100:jane,root\nsudo:x:27:jane\n");
	kit_collect(&got, &collect_account, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	assert_int_equal(got.rows[0].len, 3);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"jane\",1001,100,\"/home/jane\",\"\",1,0,\"passwd\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"daemon\",1,1,\"/\",\"/usr/sbin/nologin\",0,1,\"passwd\"]");
	ASSERT_ROWS_LACK(&got.rows[0], "Jane Doe");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"users\",\"jane\",100,1]");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"users\",\"root\",100,0]");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"sudo\",\"jane\",27,0]");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"1\",\"daemon\",1,1]");
	kit_rmdir(root);
}

/* libc knows all of them but the last three; tried with fgetpwent(3). */
static void
test_collect_account__takes_what_libc_takes(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/passwd",
	    " blank:x: "
	    "0:+0::/b:/bin/sh\nshort::0:0\nlong:x:0:0::/l:/bin/sh:x\n+nis::0:0:::\n#off:x:0:0::/:/bin/sh\nneg:x:-1:0::/:/bin/sh\n");
	kit_file(root, "/etc/group", " sudo:x: 27:blank\nwheel:x:10\n");
	kit_collect(&got, &collect_account, root);
	assert_int_equal(got.rows[0].len, 3);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"blank\",0,0,\"/b\",\"/bin/sh\",1,");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"short\",0,0,\"\",\"\",1,");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"long\",0,0,\"/l\",\"/bin/sh:x\",1,");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"sudo\",\"blank\",27,0]");
	kit_rmdir(root);
}

static void
test_collect_account__takes_the_range_of_login_defs(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/passwd", "jane:x:600:600::/:/bin/sh\n");
	kit_file(root, "/etc/login.defs", "# UID_MIN 9000\nUID_MIN\t500\n");
	kit_collect(&got, &collect_account, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "\"/bin/sh\",1,0,\"passwd\"");
	ASSERT_STATE(&got.rows[1], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_account__could_not_look(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_account, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	ASSERT_STATE(&got.rows[1], READING_COULD_NOT_LOOK);
	kit_file(root, "/etc/passwd/folder", "");
	kit_collect(&got, &collect_account, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_account__survives_hostile_bytes(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_hostile(root, "/etc/passwd", "ok:x:5:5::/:/bin/sh\nbad:x:-1:5::/:\nlong:x:99999999999:1::/:\n");
	kit_hostile(root, "/etc/group", "g:x:5:ok,,\xff\n");
	kit_collect(&got, &collect_account, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	assert_int_equal(got.rows[0].len, 1);
	assert_int_equal(got.rows[1].len, 2);
	kit_rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_account__reads_accounts_and_groups),
	    cmocka_unit_test(test_collect_account__takes_what_libc_takes),
	    cmocka_unit_test(test_collect_account__takes_the_range_of_login_defs),
	    cmocka_unit_test(test_collect_account__could_not_look),
	    cmocka_unit_test(test_collect_account__survives_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
