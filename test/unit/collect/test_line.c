#include "kit_collect.h"

#include "base/buf.h"

#include "collect/collect_line.h"

static void
test_collect_lines_next__joins_numbers_and_skips(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct collect_lines lines = collect_lines_of(job, S("# c \\\na\n\n  b \\\nc\\\r\n d\r\ne\\\\\nlast \\"), "#");
	slice line;
	unsigned number;
	assert_true(collect_lines_next(&lines, &line, &number));
	ASSERT_SLICE(line, "a");
	assert_int_equal(number, 2);
	assert_true(collect_lines_next(&lines, &line, &number));
	ASSERT_SLICE(line, "b c d");
	assert_int_equal(number, 4);
	assert_true(collect_lines_next(&lines, &line, &number));
	ASSERT_SLICE(line, "e\\\\");
	assert_int_equal(number, 7);
	assert_true(collect_lines_next(&lines, &line, &number));
	ASSERT_SLICE(line, "last");
	assert_false(collect_lines_next(&lines, &line, &number));
}

static void
test_collect_key_value__splits_all_forms(void **state)
{
	(void)state;
	slice key, value;
	assert_true(collect_key_value(S(" key = \"a b\" "), "=", &key, &value));
	ASSERT_SLICE(key, "key");
	ASSERT_SLICE(value, "a b");
	assert_true(collect_key_value(S("key = v"), "= \t", &key, &value));
	ASSERT_SLICE(value, "v");
	assert_true(collect_key_value(S("key\tv w"), " \t", &key, &value));
	ASSERT_SLICE(value, "v w");
	assert_true(collect_key_value(S("alone"), "=", &key, &value));
	ASSERT_SLICE(value, "");
	assert_false(collect_key_value(S("=v"), "=", &key, &value));
}

static void
test_collect_shell_assignment__undoes_quotes(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice key, value;
	assert_true(collect_shell_assignment(job, S("export NAME=\"a \\\"b\\\" $c\"'d e' # x"), &key, &value));
	ASSERT_SLICE(key, "NAME");
	ASSERT_SLICE(value, "a \"b\" $cd e");
	assert_false(collect_shell_assignment(job, S("not an=assignment"), &key, &value));
	assert_false(collect_shell_assignment(job, S("#A=b"), &key, &value));
}

static void
test_collect_settings_set__files_win_over_defaults(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct collect_settings settings;
	collect_settings_open(&settings, job);
	ASSERT_OK(collect_settings_set(&settings, S("A"), S("1"), "", 0, true));
	ASSERT_OK(collect_settings_set(&settings, S("a"), S("2"), "/f", 1, true));
	ASSERT_OK(collect_settings_set(&settings, S("a"), S("3"), "/f", 2, true));
	ASSERT_OK(collect_settings_set(&settings, S("a"), S("4"), "", 0, true));
	ASSERT_SLICE(collect_settings_get(&settings, S("A"))->value, "2");
	ASSERT_SLICE(settings.at[0].key, "a");
	ASSERT_OK(collect_settings_set(&settings, S("a"), S("5"), "/g", 3, false));
	ASSERT_SLICE(collect_settings_get(&settings, S("a"))->value, "5");
	assert_int_equal(settings.len, 1);
}

static void
test_collect_dropin_paths__the_strongest_folder_masks(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct collect collect = {0};
	const char *root = kit_mkdir(), **paths;
	static const char *const folders[] = {"/etc/x.d", "/usr/lib/x.d", "/none", NULL};
	size_t len;
	slice link;
	kit_file(root, "/etc/x.d/20.conf", "");
	kit_file(root, "/etc/x.d/30.txt", "");
	kit_file(root, "/usr/lib/x.d/10.conf", "");
	kit_file(root, "/usr/lib/x.d/20.conf", "");
	kit_file(root, "/usr/lib/x.d/40.conf", "");
	ASSERT_OK(job_format(job, &link, "%s/etc/x.d/40.conf", root));
	assert_int_equal(symlink("/dev/null", link.at), 0);
	ASSERT_OK(fs_root_open(job, root, &collect.root));
	ASSERT_OK(collect_dropin_paths(job, &collect, folders, ".conf", &paths, &len));
	assert_int_equal(len, 2);
	assert_string_equal(paths[0], "/usr/lib/x.d/10.conf");
	assert_string_equal(paths[1], "/etc/x.d/20.conf");
	ASSERT_OK(collect_glob(job, &collect, S("/*/x.d/2?.c[no]nf"), &paths, &len));
	assert_int_equal(len, 1);
	ASSERT_OK(collect_glob(job, &collect, S("/etc/none/*"), &paths, &len));
	assert_int_equal(len, 0);
	ASSERT_OK(collect_glob(job, &collect, S("/etc/../etc/x.d/*.txt"), &paths, &len));
	assert_int_equal(len, 1);
	fs_root_close(&collect.root);
	kit_rmdir(root);
}

/* Whether a file is there cannot be told below a folder that may not be searched. */
static void
test_collect_glob__a_closed_folder_is_not_an_empty_one(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct collect collect = {0};
	const char *root = kit_mkdir(), **paths;
	size_t len;
	slice closed;
	uid_t was = geteuid();
	kit_file(root, "/etc/closed/x.conf", "");
	ASSERT_OK(job_format(job, &closed, "%s/etc/closed", root));
	assert_int_equal(chmod(root, 0755), 0);
	assert_int_equal(chmod(closed.at, 0), 0);
	ASSERT_OK(fs_root_open(job, root, &collect.root));
	if (was == 0)
		assert_int_equal(seteuid(65534), 0);
	err named = collect_glob(job, &collect, S("/etc/closed/x.conf"), &paths, &len),
	    listed = collect_glob(job, &collect, S("/etc/closed/*.conf"), &paths, &len);
	if (was == 0)
		assert_int_equal(seteuid(was), 0);
	assert_int_equal(named.code, ERR_DENIED);
	assert_int_equal(listed.code, ERR_DENIED);
	fs_root_close(&collect.root);
	assert_int_equal(chmod(closed.at, 0755), 0);
	kit_rmdir(root);
}

static void
test_collect_lines_next__joining_takes_no_more_than_the_text(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct buf buf = buf_open(job, "text", MIB);
	slice text, line;
	unsigned number;
	for (int i = 0; i < 20000; i++)
		buf_text(&buf, "a \\\nb\n");
	ASSERT_OK(buf_end(&buf, &text));
	size_t before = arena_used(job->arena);
	struct collect_lines lines = collect_lines_of(job, text, "#");
	while (collect_lines_next(&lines, &line, &number))
		ASSERT_SLICE(line, "a b");
	assert_true(arena_used(job->arena) - before < 4 * MIB);
}

static void
test_collect_owner_of__knows_both_spellings(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct collect collect = {0};
	slice package;
	const char *root = kit_mkdir();
	kit_file(root, "/var/lib/dpkg/info/bash.list", "/.\n/bin\n/bin/bash\n/usr/share/doc/bash\n");
	kit_file(root, "/var/lib/dpkg/info/libc6:amd64.list", "/usr/lib/x.so\n");
	kit_file(root, "/var/lib/dpkg/info/bash.md5sums", "/etc/none\n");
	ASSERT_OK(fs_root_open(job, root, &collect.root));
	assert_true(collect_owner_of(job, &collect, S("/usr/bin/bash"), &package));
	ASSERT_SLICE(package, "bash");
	assert_true(collect_owner_of(job, &collect, S("/lib/x.so"), &package));
	ASSERT_SLICE(package, "libc6");
	assert_false(collect_owner_of(job, &collect, S("/etc/none"), &package));
	assert_false(collect_owner_of(job, &collect, S(""), &package));
	collect_owner_close(collect.owner);
	fs_root_close(&collect.root);
	kit_rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_lines_next__joins_numbers_and_skips),
	    cmocka_unit_test(test_collect_key_value__splits_all_forms),
	    cmocka_unit_test(test_collect_shell_assignment__undoes_quotes),
	    cmocka_unit_test(test_collect_settings_set__files_win_over_defaults),
	    cmocka_unit_test(test_collect_dropin_paths__the_strongest_folder_masks),
	    cmocka_unit_test(test_collect_glob__a_closed_folder_is_not_an_empty_one),
	    cmocka_unit_test(test_collect_lines_next__joining_takes_no_more_than_the_text),
	    cmocka_unit_test(test_collect_owner_of__knows_both_spellings),
	};
	return KIT_TESTS(tests);
}
