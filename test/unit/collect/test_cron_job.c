#include "kit_collect.h"
#include "kit_hostile.h"

#include "collect/table/collect_cron_job.h"

extern const struct collector collect_cron_job;

static void
test_collect_cron_job__reads_tables_scripts_and_people(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/passwd", "root:x:0:0::/root:/bin/sh\n");
	kit_file(root, "/etc/crontab",
	    "SHELL=/bin/sh\n17 *\t* * *  root  cd / && run-parts --report /etc/cron.hourly\n25 6 * * * root test -x /x || ( cd / && /bin/y "
	    "--pw=hunter2 )\n");
	kit_file(root, "/etc/cron.d/job",
	    "@daily www TOKEN=hunter2 /bin/job hunter2 % hunter2\n@hourly www A='b hunter2' /bin/quoted\n@weekly www B=\"c\\\" hunter2\" "
	    "D=$(echo hunter2) /bin/last\n");
	kit_file(root, "/etc/cron.d/job.bak", "* * * * * root /bin/bad\n");
	kit_file(root, "/etc/cron.daily/clean", "#!/bin/sh\n");
	kit_file(root, "/etc/anacrontab", "1 5 cron.daily nice run-parts /etc/cron.daily\n");
	kit_file(root, "/var/spool/cron/crontabs/jane", "*/5 * * * * /home/jane/x\n");
	kit_collect(&got, &collect_cron_job, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/etc/crontab\",2,\"root\",\"17 * * * *\",\"run-parts\",\"0644\",\"root\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/etc/crontab\",3,\"root\",\"25 6 * * *\",\"/bin/y\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/etc/cron.d/job\",1,\"www\",\"@daily\",\"/bin/job\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/etc/cron.d/job\",2,\"www\",\"@hourly\",\"/bin/quoted\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/etc/cron.daily/clean\",0,\"root\",\"@daily\",\"/etc/cron.daily/clean\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/etc/anacrontab\",1,\"root\",\"1\",\"nice\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/var/spool/cron/crontabs/jane\",1,\"jane\",\"*/5 * * * *\",\"/home/jane/x\"");
	ASSERT_ROWS_LACK(&got.rows[0], "/bin/bad");
	ASSERT_ROWS_LACK(&got.rows[0], "hunter2");
	kit_rmdir(root);
}

static void
test_collect_cron_job__absent_could_not_look_and_hostile_bytes(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_cron_job, root);
	ASSERT_STATE(&got.rows[0], READING_ABSENT);
	kit_hostile(root, "/etc/cron.d/x", "* * * *\n* * * * *\n@\n1 2 3 4 5 u (((\n");
	kit_collect(&got, &collect_cron_job, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	kit_file(root, "/etc/crontab/folder", "");
	kit_collect(&got, &collect_cron_job, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_cron_job__reads_tables_scripts_and_people),
	    cmocka_unit_test(test_collect_cron_job__absent_could_not_look_and_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
