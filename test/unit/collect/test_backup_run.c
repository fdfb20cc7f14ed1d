#include "kit_collect.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "collect/table/collect_backup_run.h"

extern const struct collector collect_backup_run;

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
fixture_time(const char *root, const char *path, time_t at)
{
	slice full;
	struct timespec times[2] = {{.tv_sec = at}, {.tv_sec = at}};
	ASSERT_OK(job_format(kit_job(), &full, "%s%s", root, path));
	assert_int_equal(utimensat(AT_FDCWD, full.at, times, 0), 0);
}

static void
test_collect_backup_run__reads_what_the_tools_keep(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/root/.cache/restic/" ID "/snapshots/aa/aa11", "sealed");
	kit_file(root, "/root/.cache/restic/" ID "/snapshots/bb/bb22", "sealed");
	kit_file(root, "/root/.cache/restic/CACHEDIR.TAG", "x");
	fixture_time(root, "/root/.cache/restic/" ID "/snapshots/aa/aa11", 1000);
	fixture_time(root, "/root/.cache/restic/" ID "/snapshots/bb/bb22", 2000);
	kit_file(root, "/etc/cron.d/restic", "# restic\nMAILTO=restic\n15 3 * * * root restic backup /\n");
	kit_file(root, "/root/.config/borg/security/" ID "/manifest-timestamp", "2026-11-22T01:32:04.123456");
	kit_file(root, "/root/.config/borg/security/" ID "/location", "ssh://jane@nas.example/./repo");
	kit_file(root, "/root/.config/borg/security/" ID "/key-type", "2");
	kit_file(root, "/usr/lib/systemd/system/borgmatic.timer", "[Timer]\nOnCalendar=daily\n");
	kit_file(
	    root, "/etc/pgbackrest.conf", "[global]\nrepo1-path=/srv/pg\n[global:archive-push]\ncompress-level=3\n[main]\npg1-path=/x\n");
	kit_file(root, "/srv/pg/backup/main/backup.info",
	    "[backrest]\nbackrest-format=5\n[backup:current]\n20261121-010000F={\"backup-error\":false,\"backup-timestamp-stop\":"
	    "1795222800}\n"
	    "20261122-010000F={\"backup-error\":false,\"backup-timestamp-stop\":1795309200}\n[db]\ndb-id=1\n");
	kit_file(root, "/etc/rsnapshot.conf",
	    "#c\nsnapshot_root\t/srv/rs/\nretain\talpha\t6\nretain\tbeta\t7\nlogfile\t/var/log/rsnapshot.log\n");
	kit_file(root, "/srv/rs/alpha.0/x", "");
	fixture_time(root, "/srv/rs/alpha.0", 3000);
	kit_file(root, "/var/log/rsnapshot.log", "[t] rsnapshot alpha: ERROR: x\n[t] /usr/bin/rsnapshot alpha: completed successfully\n");
	kit_file(root, "/etc/systemd/system/nightly-backup.timer", "[Timer]\nOnCalendar=*-*-* 02:00\n");
	kit_file(root, "/etc/systemd/system/timers.target.wants/nightly-backup.timer", "");
	kit_file(root, "/etc/systemd/system/timers.target.wants/borgmatic.timer", "");
	kit_file(root, "/etc/systemd/system/timers.target.wants/dpkg-db-backup.timer", "");
	kit_file(root, "/usr/lib/systemd/system/pg_backup@.timer", "[Timer]\nOnCalendar=weekly\n");
	kit_file(root, "/usr/lib/systemd/system/dpkg-db-backup.timer", "[Timer]\nOnCalendar=daily\n");
	kit_collect(&got, &collect_backup_run, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	assert_int_equal(got.rows[0].len, 5);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"restic\",\"0123456789\",\"15 3 * * *\",2000000000,null,\"unknown\",1]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"borg\",\"0123456789\",\"daily\",1795311124123456,null,\"ssh\",0]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"pgbackrest\",\"main\",\"\",1795309200000000,\"success\",\"local\",0]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"rsnapshot\",\"alpha\",\"\",3000000000,\"success\",\"local\",0]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"timer\",\"nightly-backup.timer\",\"*-*-* 02:00\",null,null,\"unknown\",null]");
	ASSERT_ROWS_LACK(&got.rows[0], "jane");
	kit_rmdir(root);
}

static void
test_collect_backup_run__none_is_read_without_rows(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/rsnapshot.conf", "snapshot_root\t/srv/rs/\nretain\talpha\t6\n"); /* as the package brings it: never run */
	kit_collect(&got, &collect_backup_run, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	assert_int_equal(got.rows[0].len, 0);
	kit_rmdir(root);
}

static void
test_collect_backup_run__could_not_look_where_it_may_not(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	if (geteuid() != 0)
		skip();
	kit_fresh();
	const char *root = kit_mkdir();
	slice path;
	kit_file(root, "/root/x", "");
	ASSERT_OK(job_format(kit_job(), &path, "%s/root", root));
	assert_int_equal(chmod(path.at, 0700), 0);
	assert_int_equal(chmod(root, 0755), 0);
	assert_int_equal(seteuid(65534), 0);
	kit_collect(&got, &collect_backup_run, root);
	assert_int_equal(seteuid(0), 0);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_backup_run__bears_hostile_bytes(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "[backup:current]\nx={\n", "[backup:current]\nx={\"backup-timestamp-stop\":-1}\n",
	    "[backup:current]\nx={\"backup-timestamp-stop\":\"\xff\"}\n",
	    "[backup:current]\nx={\"backup-timestamp-stop\":9223372036854775807}\n", "[other]\nx={\"backup-timestamp-stop\":1}\n", NULL};
	struct job *job = kit_fresh();
	int64_t at = 0;
	slice result = S("");
	for (size_t i = 0; texts[i] != NULL; i++)
		assert_false(collect_backup_run_pgbackrest(job, slice_of(texts[i]), &at, &result));
	assert_true(collect_backup_run_pgbackrest(
	    job, S("[backup:current]\nx={\"backup-error\":true,\"backup-timestamp-stop\":1}\n"), &at, &result));
	ASSERT_SLICE(result, "failure");
	assert_false(collect_backup_run_borg_time(job, S("yesterday\xff"), &at));
	ASSERT_SLICE(collect_backup_run_rsnapshot(S("\xff\0\n")), "");
	ASSERT_SLICE(collect_backup_run_rsnapshot(S("a: completed successfully\nb: ERROR: full\n")), "failure");
	ASSERT_SLICE(collect_backup_run_target(S("")), "unknown");
	ASSERT_SLICE(collect_backup_run_target(S("nas:/srv")), "ssh");
	ASSERT_SLICE(collect_backup_run_calendar(S("OnCalendar=\nOnCalendarX=1\n")), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_backup_run__reads_what_the_tools_keep),
	    cmocka_unit_test(test_collect_backup_run__none_is_read_without_rows),
	    cmocka_unit_test(test_collect_backup_run__could_not_look_where_it_may_not),
	    cmocka_unit_test(test_collect_backup_run__bears_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
