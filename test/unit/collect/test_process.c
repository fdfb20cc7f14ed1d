#include "kit_collect.h"

#include "collect/table/collect_process.h"

extern const struct collector collect_process;

static void
process(const char *root, const char *pid, const char *stat, const char *status, const char *program)
{
	slice path;
	ASSERT_OK(job_format(kit_job(), &path, "/proc/%s/stat", pid));
	kit_file(root, path.at, stat);
	ASSERT_OK(job_format(kit_job(), &path, "/proc/%s/status", pid));
	kit_file(root, path.at, status);
	ASSERT_OK(job_format(kit_job(), &path, "/proc/%s/cmdline", pid));
	kit_file(root, path.at, "x --password=hunter2");
	ASSERT_OK(job_format(kit_job(), &path, "%s/proc/%s/exe", root, pid));
	if (program != NULL)
		assert_int_equal(symlink(program, path.at), 0);
}

static void
test_collect_process__counts_by_name_program_and_user(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/etc/passwd", "www-data:x:33:33:Jane Doe:/:/bin/false\n");
	kit_file(root, "/proc/sys/kernel/cap_last_cap", "40\n");
	process(root, "10", "10 (nginx) S 1 1 1 0 -1 4194560 1\n",
	    "Name:\tnginx\nState:\tS (sleeping)\nUid:\t0\t33\t0\t0\nCapEff:\t0000000000000400\nNoNewPrivs:\t1\nSeccomp:\t2\n",
	    "/usr/sbin/nginx");
	process(root, "11", "11 (nginx) S 1 1 1 0 -1 4194560 1\n",
	    "Name:\tnginx\nState:\tS\nUid:\t0\t33\t0\t0\nCapEff:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t0\n", "/usr/sbin/nginx");
	process(root, "12", "12 (old) S 1 1 1 0 -1 4194560 1\n",
	    "Name:\told\nState:\tS\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\nNoNewPrivs:\t0\nSeccomp:\t0\n", "/usr/bin/old (deleted)");
	process(root, "2", "2 (kthread) x) S 0 0 0 0 -1 2129984 0\n", "Name:\tkthread\nUid:\t0\t0\t0\t0\n", NULL);
	process(root, "13", "13 (gone) Z 1 1 1 0 -1 4194560 1\n", "Name:\tgone\nState:\tZ (zombie)\nUid:\t0\t0\t0\t0\n", NULL);
	kit_collect(&got, &collect_process, root);
	assert_int_equal(got.rows[0].len, 2);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"nginx\",\"/usr/sbin/nginx\",\"www-data\",2,null,0,\"net_bind_service\",0,0,null]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"old\",\"/usr/bin/old\",\"0\",1,null,1,\"all\",0,0,null]");
	ASSERT_ROWS_LACK(&got.rows[0], "hunter2");
	ASSERT_ROWS_LACK(&got.rows[0], "Jane");
	kit_rmdir(root);
}

static void
test_collect_process__could_not_look_without_proc(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_process, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_file(root, "/proc/version", "");
	kit_collect(&got, &collect_process, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_process__could_not_look_where_proc_hides(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	process(root, "10", "10 (x) S 1 1 1 0 -1 4194560 1\n", "Name:\tx\nState:\tS\nUid:\t0\t33\t0\t0\n", "/bin/x");
	kit_file(root, "/proc/self/mountinfo", "1 0 0:3 / /proc rw,nosuid - proc proc rw,gid=1,hidepid=invisible\n");
	kit_collect(&got, &collect_process, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_file(root, "/proc/self/mountinfo", "1 0 0:3 / /proc rw,nosuid - proc proc rw,hidepid=off\n");
	kit_collect(&got, &collect_process, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	kit_rmdir(root);
}

static void
test_collect_process__units_name_no_person_and_no_container(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice unit;
	assert_true(collect_process_unit(job, S("12:cpu:/\n0::/system.slice/ssh.service\n"), &unit));
	ASSERT_SLICE(unit, "ssh.service");
	assert_true(collect_process_unit(job, S("1:name=systemd:/system.slice/cron.service\n"), &unit));
	ASSERT_SLICE(unit, "cron.service");
	assert_true(collect_process_unit(job, S("0::/user.slice/user-1000.slice/session-4.scope\n"), &unit));
	ASSERT_SLICE(unit, "user.slice");
	assert_true(collect_process_unit(job, S("0::/system.slice/docker-0123456789abcdef0123.scope\n"), &unit));
	ASSERT_SLICE(unit, "docker-*.scope");
	assert_false(collect_process_unit(job, S("0::/\n"), &unit));
	assert_false(collect_process_unit(job, S("\0\xff"), &unit));
}

static void
test_collect_process__refuses_what_is_no_status(void **state)
{
	(void)state;
	struct collect_process_status status;
	assert_false(collect_process_status_parse(S(""), &status));
	assert_false(collect_process_status_parse(S("Name:\tx\nUid:\t0\n"), &status));
	assert_false(collect_process_status_parse(S("Name:\tx\nUid:\t0\t99999999999\n"), &status));
	assert_false(collect_process_is_kernel(S("1 (a")));
	assert_false(collect_process_is_kernel(S("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_process__counts_by_name_program_and_user),
	    cmocka_unit_test(test_collect_process__could_not_look_without_proc),
	    cmocka_unit_test(test_collect_process__could_not_look_where_proc_hides),
	    cmocka_unit_test(test_collect_process__units_name_no_person_and_no_container),
	    cmocka_unit_test(test_collect_process__refuses_what_is_no_status),
	};
	return KIT_TESTS(tests);
}
