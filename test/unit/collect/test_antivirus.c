#include "kit_collect.h"

#include "collect/table/collect_antivirus.h"

extern const struct collector collect_antivirus;

static void
test_collect_antivirus__reads_what_clamav_leaves(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/usr/bin/clamscan", "");
	kit_file(root, "/var/lib/clamav/daily.cvd", "ClamAV-VDB:22 Nov 2026 07-32 +0100:27456:2069000:90:x:y:z");
	kit_file(root, "/var/log/clamav/scan.log", "----------- SCAN SUMMARY -----------\nInfected files: 0\nTime: 1.0 sec\n");
	kit_file(root, "/var/lib/dpkg/status",
	    "Package: clamav\nVersion: 9\n\nPackage: clamav-base\nStatus: install ok installed\nVersion: 1.0.7+dfsg-1\n");
	kit_file(root, "/etc/clamav/clamd.conf", "#OnAccessIncludePath /home\nLogSyslog false\n");
	kit_file(root, "/proc/1/comm", "systemd\n");
	kit_file(root, "/proc/77/comm", "clamd\n");
	kit_collect(&got, &collect_antivirus, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	assert_int_equal(got.rows[0].len, 1);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"clamav\",\"1.0.7+dfsg-1\",1,0,1795329120000000,17");
	kit_file(root, "/etc/clamav/clamd.conf", "OnAccessIncludePath /home\n");
	kit_file(root, "/proc/77/comm", "clamonacc\n");
	kit_collect(&got, &collect_antivirus, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"clamav\",\"1.0.7+dfsg-1\",0,1,");
	kit_rmdir(root);
}

static void
test_collect_antivirus__what_is_not_seen_is_not_known(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/opt/CrowdStrike/falconctl", "");
	kit_file(root, "/proc/77/comm", "falcon-sensor\n"); /* process 1 is hidden: a list that is cut proves nothing */
	kit_collect(&got, &collect_antivirus, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"crowdstrike-falcon\",\"\",null,null,null,null]");
	kit_rmdir(root);
}

static void
test_collect_antivirus__none_is_read_without_rows(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_antivirus, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	assert_int_equal(got.rows[0].len, 0);
	kit_rmdir(root);
}

static void
test_collect_antivirus__could_not_look_where_it_may_not(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	if (geteuid() != 0)
		skip();
	kit_fresh();
	const char *root = kit_mkdir();
	slice path;
	kit_file(root, "/opt/CrowdStrike/falconctl", "");
	ASSERT_OK(job_format(kit_job(), &path, "%s/opt", root));
	assert_int_equal(chmod(path.at, 0700), 0);
	assert_int_equal(chmod(root, 0755), 0);
	assert_int_equal(seteuid(65534), 0);
	kit_collect(&got, &collect_antivirus, root);
	assert_int_equal(seteuid(0), 0);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_antivirus__bears_hostile_bytes(void **state)
{
	(void)state;
	static const char *const heads[] = {"", "ClamAV-VDB", "ClamAV-VDB:::", "ClamAV-VDB:99 Nov 2026 07-32 +0000:1:",
	    "ClamAV-VDB:22 Nov 2026 07-32 +9999:1:", "ClamAV-VDB:22 Foo 2026 07-32 +0000:1:", "ClamAV-VDB:22 Nov 99999 07-32 +0000:1:",
	    "ClamAV-VDB:22 Nov 2026 \xff-32 +0000:1:", NULL};
	int64_t at;
	slice version;
	for (size_t i = 0; heads[i] != NULL; i++)
		assert_false(collect_antivirus_definitions(slice_of(heads[i]), &at, &version));
	assert_false(collect_antivirus_scanned(S("SCAN SUMMARY\n\xff\0\nTim")));
	assert_false(collect_antivirus_scanned(S("Time: 1\nSCAN SUMMARY")));
	assert_false(collect_antivirus_on_access(kit_fresh(), S("OnAccessIncludePathX /\n# OnAccessIncludePath /\n")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_antivirus__reads_what_clamav_leaves),
	    cmocka_unit_test(test_collect_antivirus__what_is_not_seen_is_not_known),
	    cmocka_unit_test(test_collect_antivirus__none_is_read_without_rows),
	    cmocka_unit_test(test_collect_antivirus__could_not_look_where_it_may_not),
	    cmocka_unit_test(test_collect_antivirus__bears_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
