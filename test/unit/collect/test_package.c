#include "kit_collect.h"

#include <sqlite3.h>

#include "collect/table/collect_package.h"

extern const struct collector collect_package;
extern const struct table table_package;

#define LIST "/var/lib/apt/lists/deb.example.org_debian_dists_"

static const char *
fixture(void)
{
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/var/lib/dpkg/arch", "amd64\n");
	kit_file(root, "/var/lib/dpkg/status",
	    "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2-1+b1\nSource: bash (5.2-1)\nDescription: "
	    "words\n more\n\n"
	    "Package: libx\nStatus: hold ok installed\nArchitecture: amd64\nMulti-Arch: same\nVersion: 1:1.0\n\n"
	    "Package: gone\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 1\n\n"
	    "Package: never\nStatus: unknown ok not-installed\nArchitecture: all\n\n");
	kit_file(root, "/etc/apt/sources.list",
	    "deb http://deb.example.org/debian tester main\ndeb http://deb.example.org/debian tester-security main\n");
	kit_file(root, LIST "tester_InRelease", "Origin: Example\nLabel: Example\nSuite: stable\nCodename: tester\n");
	kit_file(root, LIST "tester_main_binary-amd64_Packages",
	    "Package: bash\nArchitecture: amd64\nVersion: 5.2-1+b1\n\nPackage: libx\nVersion: 1:0.9\nArchitecture: amd64\n\nPackage: "
	    "other\nVersion: 9\n\n");
	kit_file(root, LIST "tester-security_InRelease",
	    "Origin: Example\nLabel: Example-Security\nSuite: stable-security\nCodename: tester-security\n");
	kit_file(root, LIST "tester-security_main_binary-amd64_Packages", "Package: libx\nArchitecture: amd64\nVersion: 1:1.0+sec1\n");
	return root;
}

static void
test_collect_package__reads_dpkg_with_origins(void **state)
{
	(void)state;
	const char *root = fixture();
	struct kit_collected got = {0};
	kit_file(root, "/var/lib/dpkg/info/libx:amd64.list", "/.\n");
	kit_collect(&got, &collect_package, root);
	assert_int_equal(got.rows[0].len, 3);
	ASSERT_ROWS_HAVE(
	    &got.rows[0], "[\"dpkg\",\"bash\",\"amd64\",\"5.2-1+b1\",\"bash\",\"5.2-1\",\"installed\",0,\"Example\",\"tester\",null]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"dpkg\",\"gone\",\"all\",\"1\",\"gone\",\"1\",\"config-files\",0,\"\",\"\",null]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"dpkg\",\"libx\",\"amd64\",\"1:1.0\",\"libx\",\"1:1.0\",\"installed\",1,\"\",\"\",1");
	kit_rmdir(root);
}

static void
test_collect_package__finds_security_updates(void **state)
{
	(void)state;
	const char *root = fixture();
	struct kit_collected got = {0};
	kit_collect(&got, &collect_package, root);
	assert_int_equal(got.rows[1].len, 1);
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"libx\",\"amd64\",\"1:1.0\",\"1:1.0+sec1\",\"Example\",\"tester-security\",1,1]");
	kit_rmdir(root);
}

static void
test_collect_package__a_half_configured_package_waits_for_its_update_too(void **state)
{
	(void)state;
	const char *root = fixture();
	struct kit_collected got = {0};
	kit_file(root, "/var/lib/dpkg/status",
	    "Package: libx\nStatus: install ok half-configured\nArchitecture: amd64\nVersion: 1:1.0\n\n"
	    "Package: bash\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 5.1\n");
	kit_collect(&got, &collect_package, root);
	assert_int_equal(got.rows[1].len, 1);
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"libx\",\"amd64\",\"1:1.0\",\"1:1.0+sec1\"");
	kit_rmdir(root);
}

static void
test_collect_package__an_ordinary_update_is_no_security_update(void **state)
{
	(void)state;
	const char *root = fixture();
	struct kit_collected got = {0};
	kit_file(root, LIST "tester_main_binary-amd64_Packages", "Package: bash\nArchitecture: amd64\nVersion: 5.2-2\n");
	kit_collect(&got, &collect_package, root);
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"bash\",\"amd64\",\"5.2-1+b1\",\"5.2-2\",\"Example\",\"tester\",0,0]");
	kit_rmdir(root);
}

static void
test_collect_package__pins_decide(void **state)
{
	(void)state;
	const char *root = fixture();
	struct kit_collected got = {0};
	kit_file(root, "/etc/apt/preferences.d/never", "Package: lib*\nPin: release n=tester-security\nPin-Priority: -1\n");
	kit_collect(&got, &collect_package, root);
	assert_int_equal(got.rows[1].len, 0);
	kit_file(root, "/etc/apt/preferences.d/never", "Package: libx\nPin: version 1:0.9*\nPin-Priority: 1001\n");
	kit_collect(&got, &collect_package, root);
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"libx\",\"amd64\",\"1:1.0\",\"1:0.9\",");
	kit_rmdir(root);
}

static void
test_collect_package__backports_wait_for_a_pin(void **state)
{
	(void)state;
	const char *root = fixture();
	struct kit_collected got = {0};
	kit_file(root, LIST "tester_InRelease", "Origin: Example\nCodename: tester\nNotAutomatic: yes\n");
	kit_file(root, LIST "tester_main_binary-amd64_Packages", "Package: bash\nArchitecture: amd64\nVersion: 6\n");
	kit_collect(&got, &collect_package, root);
	ASSERT_ROWS_LACK(&got.rows[1], "bash");
	kit_file(root, "/etc/apt/apt.conf", "APT::Default-Release \"tester\";\n");
	kit_collect(&got, &collect_package, root);
	ASSERT_ROWS_HAVE(&got.rows[1], "bash");
	kit_rmdir(root);
}

static void
test_collect_package__could_not_look_at_updates_without_lists(void **state)
{
	(void)state;
	const char *root = fixture();
	struct kit_collected got = {0};
	kit_file(root, "/etc/apt/sources.list.d/more.list", "deb http://gone.example.org/x s main\n");
	kit_collect(&got, &collect_package, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	ASSERT_STATE(&got.rows[1], READING_COULD_NOT_LOOK);
	assert_true(slice_has(got.rows[1].reason, S("gone.example.org")));
	kit_file(root, "/etc/apt/sources.list.d/more.list", "");
	kit_file(root, "/etc/apt/sources.list", "");
	kit_collect(&got, &collect_package, root);
	ASSERT_STATE(&got.rows[1], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_package__could_not_look_without_a_database(void **state)
{
	(void)state;
	kit_fresh();
	const char *root = kit_mkdir();
	struct kit_collected got = {0};
	kit_collect(&got, &collect_package, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	ASSERT_STATE(&got.rows[1], READING_COULD_NOT_LOOK);
	kit_file(root, "/var/lib/rpm/Packages", "old");
	kit_collect(&got, &collect_package, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	assert_true(slice_has(got.rows[0].reason, S("SQLite")));
	kit_rmdir(root);
}

/* A header of rpm's database: counts, index, data. */
static const unsigned char test_header[] = {0, 0, 0, 6, 0, 0, 0, 52, /* */
    0, 0, 3, 0xe8, 0, 0, 0, 6, 0, 0, 0, 8, 0, 0, 0, 1,               /* name */
    0, 0, 3, 0xe9, 0, 0, 0, 6, 0, 0, 0, 13, 0, 0, 0, 1,              /* version */
    0, 0, 3, 0xea, 0, 0, 0, 6, 0, 0, 0, 19, 0, 0, 0, 1,              /* release */
    0, 0, 3, 0xeb, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1,               /* epoch */
    0, 0, 3, 0xf0, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 1,               /* installed */
    0, 0, 4, 0x14, 0, 0, 0, 6, 0, 0, 0, 25, 0, 0, 0, 1,              /* source */
    0, 0, 0, 2, 0x65, 0, 0, 0, 'b', 'a', 's', 'h', 0, '5', '.', '1', '.', '8', 0, '9', '.', 'e', 'l', '9', 0, 's', 'h', '-', '5', '.', '1',
    '.', '8', '-', '9', '.', 'e', 'l', '9', '.', 's', 'r', 'c', '.', 'r', 'p', 'm', 0, 0, 0, 0, 0, 0};

static void
test_collect_package__reads_an_rpm_database(void **state)
{
	(void)state;
	kit_fresh();
	const char *root = kit_mkdir();
	struct kit_collected got = {0};
	slice path;
	sqlite3 *db;
	sqlite3_stmt *statement;
	kit_file(root, "/var/lib/rpm/other", "");
	ASSERT_OK(job_format(kit_job(), &path, "%s/var/lib/rpm/rpmdb.sqlite", root));
	assert_int_equal(sqlite3_open(path.at, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "CREATE TABLE Packages(hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "INSERT INTO Packages(blob) VALUES(?)", -1, &statement, NULL), SQLITE_OK);
	sqlite3_bind_blob(statement, 1, test_header, sizeof test_header, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	kit_collect(&got, &collect_package, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	ASSERT_ROWS_HAVE(
	    &got.rows[0], "[\"rpm\",\"bash\",\"\",\"2:5.1.8-9.el9\",\"sh\",\"5.1.8-9.el9\",\"installed\",0,\"\",\"\",1694498816000000]");
	ASSERT_STATE(&got.rows[1], READING_COULD_NOT_LOOK);
	kit_file(root, "/var/lib/rpm/rpmdb.sqlite-wal", "");
	kit_collect(&got, &collect_package, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	kit_file(root, "/var/lib/rpm/rpmdb.sqlite-wal", "pages");
	kit_collect(&got, &collect_package, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	assert_true(slice_has(got.rows[0].reason, S("journal")));
	kit_file(root, "/var/lib/rpm/rpmdb.sqlite-wal", "");
	kit_file(root, "/var/lib/rpm/rpmdb.sqlite", "not a database at all, but long enough to be looked at");
	kit_collect(&got, &collect_package, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_package__refuses_rpm_headers_that_do_not_fit(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct collect_package package;
	ASSERT_ERR(collect_package_rpm_header(job, S(""), &package), ERR_INPUT, "8 bytes");
	ASSERT_ERR(collect_package_rpm_header(job, S("\xff\xff\xff\xff\xff\xff\xff\xff"), &package), ERR_INPUT, "does not fit");
	ASSERT_ERR(collect_package_rpm_header(job, slice_bytes(test_header, sizeof test_header - 8), &package), ERR_INPUT, "does not fit");
	ASSERT_ERR(collect_package_rpm_header(job, S("\0\0\0\0\0\0\0\0"), &package), ERR_INPUT, "names");
}

static void
test_collect_package__bears_hostile_bytes(void **state)
{
	(void)state;
	struct collect_packages packages = {.job = kit_fresh()};
	struct collect_pins pins = {.job = kit_job()};
	ASSERT_OK(collect_package_dpkg_parse(
	    &packages, S("Package:\n\nPackage: a\nStatus: \n\n\0\xff:\nPackage: b\nStatus: x y installed\nSource: (\n")));
	assert_int_equal(packages.len, 1);
	ASSERT_OK(collect_package_dpkg_index(&packages));
	ASSERT_OK(collect_package_dpkg_offer(&packages, 0, S("Package: b")));
	ASSERT_OK(collect_package_dpkg_offer(&packages, 0, S("")));
	ASSERT_OK(
	    collect_pin_parse(&pins, S("Package: *\nPin: x\nPin-Priority: 99999999999\n\nPackage: /(/\nPin: release\nPin-Priority: 1\n")));
	assert_int_equal(pins.len, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_package__reads_dpkg_with_origins),
	    cmocka_unit_test(test_collect_package__finds_security_updates),
	    cmocka_unit_test(test_collect_package__a_half_configured_package_waits_for_its_update_too),
	    cmocka_unit_test(test_collect_package__an_ordinary_update_is_no_security_update),
	    cmocka_unit_test(test_collect_package__pins_decide),
	    cmocka_unit_test(test_collect_package__backports_wait_for_a_pin),
	    cmocka_unit_test(test_collect_package__could_not_look_at_updates_without_lists),
	    cmocka_unit_test(test_collect_package__could_not_look_without_a_database),
	    cmocka_unit_test(test_collect_package__reads_an_rpm_database),
	    cmocka_unit_test(test_collect_package__refuses_rpm_headers_that_do_not_fit),
	    cmocka_unit_test(test_collect_package__bears_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
