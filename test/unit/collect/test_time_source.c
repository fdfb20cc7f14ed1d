#include "kit_collect.h"
#include "kit_hostile.h"

#include "collect/table/collect_time_source.h"

extern const struct collector collect_time_source;

static void
test_collect_time_source__reads_chrony_and_timesyncd(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/usr/sbin/chronyd", "");
	kit_file(root, "/etc/chrony/chrony.conf", "pool 2.pool.example iburst\nserver s.example nts\nsourcedir /etc/chrony/sources.d\n");
	kit_file(root, "/etc/chrony/sources.d/x.sources", "server t.example key 5\n");
	kit_file(root, "/usr/lib/systemd/systemd-timesyncd", "");
	kit_file(root, "/etc/systemd/timesyncd.conf", "[Time]\n#FallbackNTP=f.example\n");
	kit_collect(&got, &collect_time_source, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"chrony\",\"2.pool.example\",\"pool\",0,null,\"/etc/chrony/chrony.conf\",1]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"chrony\",\"s.example\",\"server\",1,null");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"chrony\",\"t.example\",\"server\",1,null,\"/etc/chrony/sources.d/x.sources\",1]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"timesyncd\",\"f.example\",\"fallback\",0,null,\"\",0]");
	kit_rmdir(root);
}

static void
test_collect_time_source__absent_could_not_look_and_hostile_bytes(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_time_source, root);
	ASSERT_STATE(&got.rows[0], READING_ABSENT);
	kit_file(root, "/usr/sbin/chronyd", "");
	kit_collect(&got, &collect_time_source, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"chrony\",\"\",\"none\",0,null,\"\",0]");
	kit_hostile(root, "/etc/chrony/chrony.conf", "server\nconfdir\ninclude\n");
	kit_collect(&got, &collect_time_source, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	kit_file(root, "/etc/chrony/chrony.conf", "include /etc/chrony/chrony.conf\n");
	kit_collect(&got, &collect_time_source, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_time_source__reads_chrony_and_timesyncd),
	    cmocka_unit_test(test_collect_time_source__absent_could_not_look_and_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
