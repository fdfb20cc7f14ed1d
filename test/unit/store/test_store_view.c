/*
 * The view: where it may live, to whom it belongs, and snapshots that open for nobody else.
 */
#include "kit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "store/store_view.h"

static const char schema[] = "CREATE TABLE fact (id INTEGER PRIMARY KEY, says TEXT NOT NULL) STRICT; CREATE INDEX fact_says ON fact (says)";
static const struct store_view_identity ours = {.origin = {"assay.invalid/log/1", 19}, .schema = 1};
static const uint8_t key[32] = {1, 2, 3};

/* A folder of our own on tmpfs, or NULL where there is none. */
static const char *
tmpfs_dir(void)
{
	slice path;
	if (!fs_is_tmpfs("/dev/shm"))
		return NULL;
	ASSERT_OK(job_format(kit_job(), &path, "/dev/shm/assay-test-XXXXXX"));
	return mkdtemp((char *)(uintptr_t)path.at);
}

#define NEED_TMPFS(dir)                                                                                                                    \
	do {                                                                                                                               \
		if ((dir) == NULL) {                                                                                                       \
			print_message("# skipped: /dev/shm is not a tmpfs we may write to\n");                                             \
			skip();                                                                                                            \
		}                                                                                                                          \
	} while (0)

static struct store_view *
view_as(const char *dir, const struct store_view_identity *identity, const char *sql, bool expect_fresh)
{
	struct store_view *view = NULL;
	slice name;
	bool fresh = !expect_fresh;
	ASSERT_OK(job_format(kit_job(), &name, "test-%d", (int)getpid()));
	ASSERT_OK(store_view_open(kit_job(), dir, name.at, identity, sql, &view, &fresh));
	assert_int_equal(fresh, expect_fresh);
	return view;
}

static struct store_view *
view_at(const char *dir, bool expect_fresh)
{
	return view_as(dir, &ours, schema, expect_fresh);
}

static void
run(struct store_view *view, const char *sql)
{
	char *why = NULL;
	if (sqlite3_exec(store_view_db(view), sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
}

static int
count(struct store_view *view)
{
	sqlite3_stmt *stmt;
	assert_int_equal(sqlite3_prepare_v2(store_view_db(view), "SELECT count(*) FROM fact", -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	int rows = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	return rows;
}

#define MANY                                                                                                                               \
	"WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 40000)"                                               \
	"INSERT INTO fact SELECT i, 'very plain words ' || i || hex(randomblob(20)) FROM n"

static bool
lies_in(const struct store_view *view, const char *dir)
{
	return strncmp(store_view_place(view), dir, strlen(dir)) == 0;
}

/* --- the place --- */

static void
test_store_view_open__lives_on_tmpfs_and_stays(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = tmpfs_dir();
	struct stat st;
	NEED_TMPFS(dir);
	struct store_view *view = view_at(dir, true);
	assert_true(lies_in(view, dir));
	assert_int_equal(stat(store_view_place(view), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	run(view, "INSERT INTO fact VALUES (1, 'one')");
	store_view_close(view);
	view = view_at(dir, false);
	assert_int_equal(count(view), 1);
	slice path;
	ASSERT_OK(job_copy(job, slice_of(store_view_place(view)), &path));
	ASSERT_OK(store_view_destroy(job, view));
	assert_int_equal(access(path.at, F_OK), -1);
	assert_int_equal(rmdir(dir), 0); /* nothing else stands there */
}

static void
test_store_view_sweep__takes_the_named_view_from_every_place(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = tmpfs_dir(), *other = tmpfs_dir();
	slice path, name, within;
	NEED_TMPFS(dir);
	ASSERT_OK(job_format(job, &within, "%s/assay", dir));
	assert_int_equal(mkdir(within.at, 0700), 0);
	ASSERT_OK(job_format(job, &name, "test-%d", (int)getpid()));
	struct store_view *view = view_at(within.at, true);
	ASSERT_OK(job_copy(job, slice_of(store_view_place(view)), &path));
	store_view_close(view);
	struct store_view *keep = view_at(other, true);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", dir, 1), 0);
	ASSERT_OK(store_view_sweep(job, other, "another-name", keep));
	assert_int_equal(access(path.at, F_OK), 0);
	ASSERT_OK(store_view_sweep(job, other, name.at, keep));
	assert_int_equal(access(path.at, F_OK), -1);
	assert_int_equal(access(store_view_place(keep), F_OK), 0);
	assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
	ASSERT_OK(store_view_destroy(job, keep));
	kit_rmdir(dir);
	kit_rmdir(other);
}

static void
test_store_view_open__refuses_a_disk(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	if (fs_is_tmpfs(dir)) {
		print_message("# skipped: the folder for tests is a tmpfs itself\n");
		kit_rmdir(dir);
		skip();
	}
	struct store_view *view = view_at(dir, true);
	assert_false(lies_in(view, dir));
	ASSERT_OK(store_view_destroy(job, view));
	assert_int_equal(rmdir(dir), 0);
}

static void
test_store_view_open__refuses_a_folder_others_may_enter(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = tmpfs_dir();
	NEED_TMPFS(dir);
	assert_int_equal(chmod(dir, 0750), 0);
	struct store_view *view = view_at(dir, true);
	assert_false(lies_in(view, dir));
	ASSERT_OK(store_view_destroy(job, view));
	assert_int_equal(rmdir(dir), 0);
}

static void
test_store_view_open__refuses_anothers_folder(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = tmpfs_dir();
	NEED_TMPFS(dir);
	if (geteuid() != 0 || chown(dir, 65534, 65534) != 0) {
		print_message("# skipped: only root can make another user's folder\n");
		rmdir(dir);
		skip();
	}
	struct store_view *view = view_at(dir, true);
	assert_false(lies_in(view, dir));
	ASSERT_OK(store_view_destroy(job, view));
	assert_int_equal(rmdir(dir), 0);
}

static void
test_store_view_open__refuses_a_link(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = tmpfs_dir();
	slice link;
	NEED_TMPFS(dir);
	ASSERT_OK(job_format(job, &link, "%s-link", dir));
	assert_int_equal(symlink(dir, link.at), 0);
	struct store_view *view = view_at(link.at, true);
	assert_false(lies_in(view, dir));
	ASSERT_OK(store_view_destroy(job, view));
	assert_int_equal(unlink(link.at), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* A tmpfs without room for one page: the view then lives in memory, and its snapshots work the same. */
static const char *
mount_tiny(void)
{
	const char *dir = kit_mkdir();
	if (mount("tmpfs", dir, "tmpfs", 0, "size=4k,mode=0700") == 0)
		return dir;
	kit_rmdir(dir);
	return NULL;
}

static void
test_store_view_open__falls_back_to_memory(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = mount_tiny(), *disk = kit_mkdir(), *path;
	if (dir == NULL) {
		print_message("# skipped: a small tmpfs cannot be mounted here\n");
		kit_rmdir(disk);
		skip();
	}
	ASSERT_OK(fs_join(job, disk, "snapshot", &path));
	struct store_view *view = view_at(dir, true);
	assert_string_equal(store_view_place(view), "memory");
	run(view, MANY);
	ASSERT_OK(store_view_save(job, view, path, key, S("bound")));
	ASSERT_OK(store_view_destroy(job, view));
	view = view_at(dir, true);
	ASSERT_OK(store_view_load(job, view, path, key, S("bound")));
	assert_int_equal(count(view), 40000);
	run(view, "INSERT INTO fact VALUES (50000, 'after'); PRAGMA integrity_check");
	assert_int_equal(count(view), 40001);
	store_view_close(view);
	assert_int_equal(umount(dir), 0);
	kit_rmdir(dir);
	kit_rmdir(disk);
}

static void
test_store_view_open__refuses_an_odd_name(void **state)
{
	(void)state;
	struct store_view *view;
	bool fresh;
	ASSERT_ERR(store_view_open(kit_fresh(), NULL, "../x", &ours, schema, &view, &fresh), ERR_BUG, "small letters");
}

/* --- the identity --- */

static void
test_store_view_open__throws_away_anothers_view(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = tmpfs_dir();
	NEED_TMPFS(dir);
	struct store_view_identity other_origin = {.origin = S("assay.invalid/log/2"), .schema = 1};
	struct store_view_identity other_schema = {.origin = S("assay.invalid/log/2"), .schema = 2};
	struct store_view *view = view_at(dir, true);
	run(view, "INSERT INTO fact VALUES (1, 'one')");
	store_view_close(view);
	view = view_as(dir, &other_origin, schema, true);
	assert_int_equal(count(view), 0);
	store_view_close(view);
	store_view_close(view_as(dir, &other_schema, schema, true));
	store_view_close(view_as(dir, &other_schema, "CREATE TABLE fact (id INTEGER PRIMARY KEY) STRICT", true));
	view = view_as(dir, &other_schema, "CREATE TABLE fact (id INTEGER PRIMARY KEY) STRICT", false);
	ASSERT_OK(store_view_destroy(job, view));
	kit_rmdir(dir);
}

static void
test_store_view_open__throws_away_what_is_damaged(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = tmpfs_dir();
	slice name;
	NEED_TMPFS(dir);
	ASSERT_OK(job_format(job, &name, "test-%d.db", (int)getpid()));
	kit_file(dir, name.at, "this is no database at all, but long enough to be looked at as if it were one");
	struct store_view *view = view_at(dir, true);
	assert_true(lies_in(view, dir));
	ASSERT_OK(store_view_destroy(job, view));
	kit_rmdir(dir);
}

static void
test_store_view_open__survives_a_kill_in_a_transaction(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = tmpfs_dir();
	struct store_view *view;
	bool fresh;
	NEED_TMPFS(dir);
	ASSERT_OK(store_view_open(job, dir, "killed", &ours, schema, &view, &fresh));
	run(view, MANY);
	store_view_close(view);
	pid_t pid = fork();
	if (pid == 0) {
		(void)store_view_open(job, dir, "killed", &ours, schema, &view, &fresh).code;
		run(view, "PRAGMA cache_size = 10; BEGIN; UPDATE fact SET says = 'half done'");
		raise(SIGKILL);
	}
	waitpid(pid, NULL, 0);
	ASSERT_OK(store_view_open(job, dir, "killed", &ours, schema, &view, &fresh));
	assert_false(fresh);
	assert_int_equal(count(view), 40000);
	run(view, "DELETE FROM fact WHERE says <> 'half done'");
	assert_int_equal(count(view), 0);
	ASSERT_OK(store_view_destroy(job, view));
	assert_int_equal(rmdir(dir), 0);
}

static void
test_store_view_open__double_quotes_are_no_string(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct store_view *view = view_at(NULL, true);
	sqlite3_stmt *stmt;
	assert_int_not_equal(sqlite3_prepare_v2(store_view_db(view), "SELECT \"kye\" FROM fact", -1, &stmt, NULL), SQLITE_OK);
	assert_int_not_equal(
	    sqlite3_exec(store_view_db(view), "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema", NULL, NULL, NULL), SQLITE_OK);
	ASSERT_OK(store_view_destroy(job, view));
}

/* --- snapshots --- */

struct saved {
	const char *dir, *disk, *path;
	struct store_view *view; /* fresh again */
};

static struct saved
saved_make(void)
{
	struct saved saved = {.dir = tmpfs_dir(), .disk = kit_mkdir()};
	ASSERT_OK(fs_join(kit_job(), saved.disk, "snapshot", &saved.path));
	struct store_view *view = view_at(saved.dir, true);
	run(view, MANY);
	ASSERT_OK(store_view_save(kit_job(), view, saved.path, key, S("origin 40000 root 1")));
	ASSERT_OK(store_view_destroy(kit_job(), view));
	saved.view = view_at(saved.dir, true);
	return saved;
}

static void
saved_drop(struct saved *saved)
{
	ASSERT_OK(store_view_destroy(kit_job(), saved->view));
	if (saved->dir != NULL)
		kit_rmdir(saved->dir);
	kit_rmdir(saved->disk);
}

static void
test_store_view_load__gives_the_same_rows(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct saved saved = saved_make();
	struct stat st;
	slice bytes;
	assert_int_equal(stat(saved.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	ASSERT_OK(fs_slurp(job, saved.path, 64 * MIB, &bytes));
	assert_false(slice_has(bytes, S("plain words")));
	assert_false(slice_has(bytes, S("SQLite format")));
	ASSERT_OK(store_view_load(job, saved.view, saved.path, key, S("origin 40000 root 1")));
	assert_int_equal(count(saved.view), 40000);
	run(saved.view, "INSERT INTO fact VALUES (50000, 'after')");
	store_view_close(saved.view);
	saved.view = view_at(saved.dir, saved.dir == NULL);
	if (saved.dir != NULL)
		assert_int_equal(count(saved.view), 40001);
	saved_drop(&saved);
}

static void
refused(struct saved *saved, const uint8_t with[static 32], slice bound)
{
	ASSERT_ERR(store_view_load(kit_job(), saved->view, saved->path, with, bound), ERR_STORE, "snapshot");
	assert_int_equal(count(saved->view), 0);
	run(saved->view, "INSERT INTO fact VALUES (1, 'usable'); DELETE FROM fact");
}

static void
test_store_view_load__refuses_another_bound_or_key(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct saved saved = saved_make();
	const uint8_t other[32] = {9};
	refused(&saved, key, S("origin 40000 root 2"));
	refused(&saved, key, S(""));
	refused(&saved, other, S("origin 40000 root 1"));
	ASSERT_ERR(store_view_load(job, saved.view, "/nonexistent/snapshot", key, S("")), ERR_MISSING, "cannot be opened");
	/* Another schema of the view itself: the bytes are good, but of something else. */
	store_view_close(saved.view);
	struct store_view_identity newer = {.origin = ours.origin, .schema = 2};
	saved.view = view_as(saved.dir, &newer, schema, true);
	refused(&saved, key, S("origin 40000 root 1"));
	saved_drop(&saved);
}

static void
test_store_view_load__refuses_every_kind_of_damage(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct saved saved = saved_make();
	slice good;
	ASSERT_OK(fs_slurp(job, saved.path, 64 * MIB, &good));
	assert_true(good.len > 2000);
	size_t flips[] = {0, 21, 22, 45, 46, 49, 50, good.len / 2, good.len - 18, good.len - 1};
	for (size_t i = 0; i < sizeof flips / sizeof flips[0]; i++) {
		struct arena_mark mark = arena_mark(job->arena);
		slice bad;
		ASSERT_OK(job_copy(job, good, &bad));
		((char *)(uintptr_t)bad.at)[flips[i]] ^= 4;
		ASSERT_OK(fs_write(job, saved.path, bad, 0600));
		refused(&saved, key, S("origin 40000 root 1"));
		arena_rewind(job->arena, mark);
	}
	size_t cuts[] = {0, 10, 46, 48, good.len / 2, good.len - 1};
	for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
		ASSERT_OK(fs_write(job, saved.path, slice_part(good, 0, cuts[i]), 0600));
		refused(&saved, key, S("origin 40000 root 1"));
	}
	slice longer;
	ASSERT_OK(job_format(job, &longer, "%s", "x"));
	struct buf buf = buf_open(job, "longer", 64 * MIB);
	buf_add(&buf, good);
	buf_add(&buf, longer);
	ASSERT_OK(buf_end(&buf, &longer));
	ASSERT_OK(fs_write(job, saved.path, longer, 0600));
	refused(&saved, key, S("origin 40000 root 1"));
	/* And the twin: the good bytes again. */
	ASSERT_OK(fs_write(job, saved.path, good, 0600));
	ASSERT_OK(store_view_load(job, saved.view, saved.path, key, S("origin 40000 root 1")));
	assert_int_equal(count(saved.view), 40000);
	saved_drop(&saved);
}

static void
test_store_view_save__refuses_inside_a_transaction(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *disk = kit_mkdir(), *path;
	ASSERT_OK(fs_join(job, disk, "snapshot", &path));
	struct store_view *view = view_at(NULL, true);
	run(view, "BEGIN; INSERT INTO fact VALUES (1, 'x')");
	ASSERT_ERR(store_view_save(job, view, path, key, S("")), ERR_BUG, "inside a transaction");
	run(view, "COMMIT");
	ASSERT_OK(store_view_save(job, view, path, key, S("")));
	ASSERT_OK(store_view_destroy(job, view));
	kit_rmdir(disk);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_store_view_open__lives_on_tmpfs_and_stays),
	    cmocka_unit_test(test_store_view_sweep__takes_the_named_view_from_every_place),
	    cmocka_unit_test(test_store_view_open__refuses_a_disk),
	    cmocka_unit_test(test_store_view_open__refuses_a_folder_others_may_enter),
	    cmocka_unit_test(test_store_view_open__refuses_anothers_folder),
	    cmocka_unit_test(test_store_view_open__refuses_a_link),
	    cmocka_unit_test(test_store_view_open__falls_back_to_memory),
	    cmocka_unit_test(test_store_view_open__refuses_an_odd_name),
	    cmocka_unit_test(test_store_view_open__throws_away_anothers_view),
	    cmocka_unit_test(test_store_view_open__throws_away_what_is_damaged),
	    cmocka_unit_test(test_store_view_open__survives_a_kill_in_a_transaction),
	    cmocka_unit_test(test_store_view_open__double_quotes_are_no_string),
	    cmocka_unit_test(test_store_view_load__gives_the_same_rows),
	    cmocka_unit_test(test_store_view_load__refuses_another_bound_or_key),
	    cmocka_unit_test(test_store_view_load__refuses_every_kind_of_damage),
	    cmocka_unit_test(test_store_view_save__refuses_inside_a_transaction),
	};
	return KIT_TESTS(tests);
}
