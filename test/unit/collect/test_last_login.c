#include "kit_collect.h"
#include "kit_hostile.h"

#include <utmp.h>

#include "collect/table/collect_last_login.h"

extern const struct collector collect_last_login;

static void
test_collect_last_login__counts_by_account_and_day(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	static const struct account accounts[] = {{.name = {"root", 4}}, {.name = {"jane", 4}}};
	struct utmp records[5] = {{.ut_type = USER_PROCESS, .ut_user = "jane", .ut_host = "192.0.2.7"},
	    {.ut_type = USER_PROCESS, .ut_user = "jane"}, {.ut_type = DEAD_PROCESS, .ut_user = "jane"},
	    {.ut_type = USER_PROCESS, .ut_user = "jane"}, {.ut_type = DEAD_PROCESS, .ut_user = "hunter2"}};
	struct logins logins;
	for (int i = 0; i < 5; i++)
		records[i].ut_tv.tv_sec = i < 3 ? 86400 * 100 + i : 86400 * 101;
	ASSERT_OK(logins_open(&logins, kit_job(), accounts, 2));
	ASSERT_OK(logins_utmp(&logins, slice_bytes(records, sizeof records), false));
	ASSERT_OK(logins_utmp(&logins, slice_bytes(&records[4], sizeof records[4]), true));
	ASSERT_OK(logins_utmp(&logins, slice_bytes(records, 7), true));
	rows_open(&got.rows[0], kit_job(), &table_last_login);
	ASSERT_OK(logins_rows(&logins, &got.rows[0]));
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"jane\",8640000000000,\"login\",2,1]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"jane\",8726400000000,\"login\",1,0]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"\",8726400000000,\"failed\",1,0]");
	ASSERT_ROWS_LACK(&got.rows[0], "hunter2");
	ASSERT_ROWS_LACK(&got.rows[0], "192.0");
	kit_rmdir(root);
}

static void
test_collect_last_login__many_attempts_take_little_memory(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	static const struct account accounts[] = {{.name = {"root", 4}}};
	struct logins logins;
	struct rows rows;
	ASSERT_OK(logins_open(&logins, job, accounts, 1));
	size_t before = arena_used(job->arena);
	for (int64_t i = 0; i < 300000; i++)
		ASSERT_OK(logins_add(&logins, i % 2 == 0 ? S("root") : S("guess"), (i % 30 + 1) * 86400000000, true, i == 7));
	assert_true(arena_used(job->arena) - before < MIB);
	rows_open(&rows, job, &table_last_login);
	ASSERT_OK(logins_rows(&logins, &rows));
	assert_int_equal(rows.len, 30);
	ASSERT_ROWS_HAVE(&rows, "[\"root\",86400000000,\"failed\",10000,0]");
	ASSERT_ROWS_HAVE(&rows, "[\"\",691200000000,\"failed\",10000,1]");
}

static void
test_collect_last_login__absent_could_not_look_and_hostile_bytes(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_last_login, root);
	ASSERT_STATE(&got.rows[0], READING_ABSENT);
	kit_hostile(root, "/var/log/wtmp", "");
	kit_hostile(root, "/var/log/btmp", "");
	kit_hostile(root, "/var/log/lastlog", "");
	kit_file(root, "/etc/passwd", "root:x:0:0::/:\nx:x:4294967295:0::/:\n");
	kit_collect(&got, &collect_last_login, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	kit_hostile(root, "/var/lib/wtmpdb/wtmp.db", "");
	kit_collect(&got, &collect_last_login, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_file(root, "/var/lib/wtmpdb/wtmp.db-wal", "x");
	kit_collect(&got, &collect_last_login, root);
	assert_true(slice_has(got.rows[0].reason, S("the journal beside it must be empty")));
	kit_rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_last_login__counts_by_account_and_day),
	    cmocka_unit_test(test_collect_last_login__many_attempts_take_little_memory),
	    cmocka_unit_test(test_collect_last_login__absent_could_not_look_and_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
