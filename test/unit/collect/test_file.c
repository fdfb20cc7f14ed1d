#include "kit_collect.h"

#include "collect/collect_digest.h"
#include "collect/collect_packaged.h"
#include "collect/table/collect_file.h"

extern const struct collector collect_file;

/* sha256 and md5 of "hello\n" */
#define HELLO_SHA256 "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
#define HELLO_MD5 "b1946ac92492d2347c6235b4d2611184"

static const char *
fixture(void)
{
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/hosts", "hello\n");
	kit_file(root, "/etc/ssh/sshd_config", "changed\n");
	kit_file(root, "/etc/cron.d/job", "hello\n");
	kit_file(root, "/usr/bin/tool", "hello\n");
	kit_file(root, "/usr/bin/other", "hello\n");
	kit_file(root, "/etc/unwatched", "hello\n");
	kit_file(root, "/var/lib/dpkg/info/base.list", "/.\n/bin\n/bin/tool\n/etc\n/etc/ssh/sshd_config\n/etc/hosts\n");
	kit_file(root, "/var/lib/dpkg/info/base.md5sums", HELLO_MD5 "  bin/tool\n");
	kit_file(root, "/var/lib/dpkg/status",
	    "Package: base\nStatus: install ok installed\nArchitecture: all\nVersion: 1\nConffiles:\n /etc/ssh/sshd_config " HELLO_MD5
	    "\n /etc/hosts " HELLO_MD5 "\n");
	return root;
}

static void
test_collect_file__compares_with_the_package(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture();
	kit_collect(&got, &collect_file, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	ASSERT_ROWS_HAVE(&got.rows[0], "\"" HELLO_SHA256 "\",\"base\",1]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/etc/cron.d/job\",\"file\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/etc/cron.d\",\"folder\",\"0755\"");
	ASSERT_ROWS_LACK(&got.rows[0], "unwatched");
	const char *text = kit_rows_text(&got.rows[0]);
	const char *sshd = strstr(text, "[\"/etc/ssh/sshd_config\""), *tool = strstr(text, "[\"/usr/bin/tool\""),
		   *other = strstr(text, "[\"/usr/bin/other\"");
	assert_non_null(sshd);
	assert_non_null(tool);
	assert_non_null(other);
	assert_non_null(strstr(sshd, "\"base\",0]"));
	assert_memory_equal(strchr(tool, ']') - 8, "\"base\",1", 8);
	assert_memory_equal(strchr(other, ']') - 10, ",null,null", 10);
	kit_rmdir(root);
}

static void
test_collect_file__a_warm_cache_gives_the_same_rows(void **state)
{
	(void)state;
	struct kit_collected cold = {0}, warm = {0};
	const char *root = fixture();
	const char *cache = kit_mkdir();
	cold.collect.cache_dir = warm.collect.cache_dir = cache;
	kit_collect(&cold, &collect_file, root);
	const char *first = kit_rows_text(&cold.rows[0]);
	kit_collect(&warm, &collect_file, root);
	assert_string_equal(first, kit_rows_text(&warm.rows[0]));
	kit_file(cache, "/file-digest", "rubbish\n");
	kit_collect(&warm, &collect_file, root);
	assert_string_equal(first, kit_rows_text(&warm.rows[0]));
	kit_rmdir(root);
	kit_rmdir(cache);
}

#define LINE(path) "1 2 3 4 5 " HELLO_SHA256 " - " path "\n"

static slice
cache_text(const char *body)
{
	slice text;
	struct digest digest = code_sha256(slice_of(body));
	ASSERT_OK(job_format(kit_job(), &text, "%s%s\n", body, digest_text(&digest).at));
	return text;
}

static void
test_collect_digest__reads_a_whole_cache_only(void **state)
{
	(void)state;
	struct collect_digest_line *lines;
	size_t len;
	struct job *job = kit_fresh();
	slice good = cache_text("assay file digests 1\n" LINE("/a") LINE("/b c"));
	ASSERT_OK(collect_digest_parse(job, good, &lines, &len));
	assert_int_equal(len, 2);
	ASSERT_SLICE(lines[1].path, "/b c");
	assert_int_equal(lines[0].mtime_ns, 4);
	ASSERT_ERR(collect_digest_parse(job, slice_from(good, 1), &lines, &len), ERR_INPUT, "head");
	ASSERT_ERR(collect_digest_parse(job, slice_part(good, 0, good.len - 1), &lines, &len), ERR_INPUT, "head");
	ASSERT_ERR(
	    collect_digest_parse(job, cache_text("assay file digests 1\n" LINE("/b") LINE("/a")), &lines, &len), ERR_INPUT, "line 3");
	ASSERT_ERR(collect_digest_parse(job, cache_text("assay file digests 1\n1 2 x\n"), &lines, &len), ERR_INPUT, "line 2");
	((char *)(uintptr_t)good.at)[30] ^= 1;
	ASSERT_ERR(collect_digest_parse(job, good, &lines, &len), ERR_INPUT, "does not fit");
}

static void
test_collect_digest__uses_the_cache_for_the_same_identity_only(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *root = kit_mkdir(), *cache = kit_mkdir();
	struct collect collect = {.cache_dir = cache};
	struct stat st;
	slice path, text;
	struct digest nought = {{0}};
	kit_file(root, "/a", "hello\n");
	ASSERT_OK(fs_root_open(job, root, &collect.root));
	ASSERT_OK(fs_stat(job, &collect.root, "/a", false, &st));
	for (int shift = 0; shift < 2; shift++) {
		ASSERT_OK(job_format(job, &text, "assay file digests 1\n%ju %ju %ju %jd %jd %s - /a\n", (uintmax_t)st.st_dev,
		    (uintmax_t)st.st_ino, (uintmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec + shift,
		    (intmax_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec, digest_text(&nought).at));
		text = cache_text(text.at);
		kit_file(cache, "/file-digest", text.at);
		ASSERT_OK(job_format(job, &path, "%s/file-digest", cache));
		struct collect_digest file = {.path = S("/a"), .st = st};
		assert_int_equal(chmod(path.at, 0600), 0);
		ASSERT_OK(collect_digest_fill(job, &collect, &file, 1));
		assert_string_equal(digest_text(&file.sha256).at, shift == 0 ? digest_text(&nought).at : HELLO_SHA256);
		assert_int_equal(chmod(path.at, 0666), 0); /* a cache that others may write is not believed */
		file = (struct collect_digest){.path = S("/a"), .st = st};
		ASSERT_OK(collect_digest_fill(job, &collect, &file, 1));
		assert_string_equal(digest_text(&file.sha256).at, HELLO_SHA256);
	}
	fs_root_close(&collect.root);
	kit_rmdir(root);
	kit_rmdir(cache);
}

static void
test_collect_packaged__follows_diversions(void **state)
{
	(void)state;
	struct collect_diversion *diversions;
	size_t len;
	struct job *job = kit_fresh();
	struct collect_packaged files[] = {
	    {.path = S("/usr/bin/sh"), .package = S("dash")}, {.path = S("/usr/bin/sh.distrib"), .package = S("")}};
	ASSERT_OK(collect_packaged_diversions(job, S("/usr/bin/sh\n/usr/bin/sh.distrib\ndash\nhalf\n"), &diversions, &len));
	assert_int_equal(len, 1);
	collect_packaged_sums(S("00000000000000000000000000000001  bin/sh\n"), S("bash"), diversions, len, files, 2);
	assert_false(files[0].known);
	assert_true(files[1].known);
	collect_packaged_sums(
	    S("00000000000000000000000000000002  usr/bin/sh\nshort\n" HELLO_MD5 " x\n"), S("dash"), diversions, len, files, 2);
	assert_true(files[0].known);
	assert_int_equal(files[0].md5[15], 2);
	assert_int_equal(files[1].md5[15], 1);
}

static void
test_collect_file__what_cannot_be_read_is_not_known(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	if (geteuid() != 0)
		skip();
	const char *root = fixture();
	slice path;
	ASSERT_OK(job_format(kit_job(), &path, "%s/etc/hosts", root));
	assert_int_equal(chmod(path.at, 0600), 0);
	assert_int_equal(chmod(root, 0755), 0);
	assert_int_equal(seteuid(65534), 0);
	kit_collect(&got, &collect_file, root);
	assert_int_equal(seteuid(0), 0);
	ASSERT_STATE(&got.rows[0], READING_READ);
	const char *hosts = strstr(kit_rows_text(&got.rows[0]), "[\"/etc/hosts\"");
	assert_non_null(hosts);
	assert_memory_equal(strchr(hosts, ']') - 16, "null,\"base\",null", 16);
	ASSERT_OK(job_format(kit_job(), &path, "%s/etc/cron.d", root));
	assert_int_equal(chmod(path.at, 0700), 0);
	assert_int_equal(seteuid(65534), 0);
	kit_collect(&got, &collect_file, root);
	assert_int_equal(seteuid(0), 0);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	ASSERT_ROWS_HAVE(&got.rows[0], "/etc/cron.d");
	kit_rmdir(root);
}

static void
test_collect_file__names_kinds_and_modes(void **state)
{
	(void)state;
	char mode[8];
	collect_file_mode(S_IFREG | 04751, mode);
	assert_string_equal(mode, "4751");
	ASSERT_SLICE(collect_file_kind(S_IFLNK | 0777), "link");
	ASSERT_SLICE(collect_file_kind(S_IFCHR), "device");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_file__compares_with_the_package),
	    cmocka_unit_test(test_collect_file__a_warm_cache_gives_the_same_rows),
	    cmocka_unit_test(test_collect_digest__reads_a_whole_cache_only),
	    cmocka_unit_test(test_collect_digest__uses_the_cache_for_the_same_identity_only),
	    cmocka_unit_test(test_collect_packaged__follows_diversions),
	    cmocka_unit_test(test_collect_file__what_cannot_be_read_is_not_known),
	    cmocka_unit_test(test_collect_file__names_kinds_and_modes),
	};
	return KIT_TESTS(tests);
}
