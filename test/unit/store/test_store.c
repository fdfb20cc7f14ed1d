/*
 * The store: one head, one holder, contents that can be destroyed.
 */
#include "store_kit.h"

#include <signal.h>
#include <sys/wait.h>

/* --- making and opening --- */

static void
test_store_create__makes_an_empty_store(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct store_head head;
	struct stat st;
	store_make(dir);
	struct store *store = store_at(dir);
	ASSERT_OK(store_head(job, store, &head));
	assert_int_equal(head.size, 0);
	ASSERT_SLICE(head.frontier, "frontier 0");
	assert_string_equal(store_dir(store), dir);
	ASSERT_OK(append(store, 1, NULL, 0));
	assert_false(file_there(dir, "store.db-shm"));
	assert_true(file_there(dir, "store.db-wal"));
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	store_close(store);
	assert_false(file_there(dir, "store.db-wal"));
	kit_rmdir(dir);
}

static void
test_store_create__refuses_a_second_one(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct digest root = code_sha256(S(""));
	store_make(dir);
	ASSERT_ERR(store_create(job, dir, S(""), &root), ERR_CONFLICT, "there is a store already");
	kit_rmdir(dir);
}

static void
test_store_create__takes_over_what_a_crash_left(void **state)
{
	(void)state;
	kit_fresh();
	const char *dir = kit_mkdir();
	kit_file(dir, "store.db.new", "half of something");
	kit_file(dir, "store.db.new-wal", "half of something");
	store_make(dir);
	store_close(store_at(dir));
	kit_rmdir(dir);
}

static void
test_store_open__names_a_missing_store(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct store *store;
	ASSERT_ERR(store_open(job, dir, 0, &store), ERR_MISSING, "there is no store");
	kit_rmdir(dir);
}

static void
set_pragma(const char *dir, const char *sql)
{
	const char *path;
	sqlite3 *db;
	ASSERT_OK(fs_join(kit_job(), dir, "store.db", &path));
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
test_store_open__refuses_another_schema_version(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct store *store;
	store_make(dir);
	set_pragma(dir, "PRAGMA user_version = 2");
	ASSERT_ERR(store_open(job, dir, 0, &store), ERR_STORE, "knows schema version 1, found 2");
	set_pragma(dir, "PRAGMA user_version = 1");
	store_close(store_at(dir));
	kit_rmdir(dir);
}

static void
test_store_open__refuses_a_foreign_database(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct store *store;
	store_make(dir);
	set_pragma(dir, "PRAGMA application_id = 7");
	ASSERT_ERR(store_open(job, dir, 0, &store), ERR_STORE, "not a store of assay");
	kit_rmdir(dir);
}

static void
test_store_open__refuses_a_head_that_its_entries_deny(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct store *store;
	store_make(dir);
	store = store_at(dir);
	ASSERT_OK(append(store, 3, NULL, 0));
	store_close(store);
	set_pragma(dir, "DELETE FROM entry WHERE idx = 2");
	ASSERT_ERR(store_open(job, dir, 0, &store), ERR_STORE, "the head says 3 entries, the last entry is number 1");
	kit_rmdir(dir);
}

/* --- the lock --- */

static void
test_store_open__busy_names_the_holder(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct store *store;
	slice words;
	int ready[2];
	char byte;
	store_make(dir);
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		err got = store_open(job, dir, 0, &store);
		(void)!write(ready[1], got.code == ERR_NONE ? "y" : "n", 1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 'y');
	ASSERT_OK(job_format(job, &words, "held by process %d;", (int)pid));
	ASSERT_ERR(store_open(job, dir, 20, &store), ERR_BUSY, words.at);
	kill(pid, SIGKILL);
	/* The lock ends with its holder: waiting is enough. */
	ASSERT_OK(store_open(job, dir, 5000, &store));
	waitpid(pid, NULL, 0);
	close(ready[0]), close(ready[1]);
	store_close(store);
	kit_rmdir(dir);
}

static void
test_store_open__busy_within_one_process(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct store *other;
	store_make(dir);
	struct store *store = store_at(dir);
	ASSERT_ERR(store_open(job, dir, 0, &other), ERR_BUSY, "held by process");
	ASSERT_OK(append(store, 1, NULL, 0)); /* the refused opening took nothing away */
	ASSERT_ERR(store_open(job, dir, 0, &other), ERR_BUSY, "held by process");
	store_close(store);
	store_close(store_at(dir));
	kit_rmdir(dir);
}

/* --- appending --- */

static void
test_store_append__entries_are_there_after_reopening(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct digest hashes[300], wanted;
	uint64_t next = 5, index;
	bool found;
	store_make(dir);
	struct store *store = store_at(dir);
	ASSERT_OK(append(store, 256, NULL, 0));
	ASSERT_OK(append(store, 44, NULL, 0));
	store_close(store);
	store = store_at(dir);
	assert_int_equal(size_of(store), 300);
	ASSERT_OK(store_read(job, store, 5, 300, visit_check, &next));
	assert_int_equal(next, 300);
	ASSERT_OK(store_leaf_hashes(job, store, 10, 290, hashes));
	wanted = number_digest("leaf", 299);
	assert_true(digest_same(&hashes[289], &wanted));
	wanted = number_digest("statement", 123);
	ASSERT_OK(store_find(job, store, &wanted, &found, &index));
	assert_true(found);
	assert_int_equal(index, 123);
	wanted = number_digest("statement", 300);
	ASSERT_OK(store_find(job, store, &wanted, &found, &index));
	assert_false(found);
	store_close(store);
	kit_rmdir(dir);
}

static void
test_store_read__names_a_missing_entry(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct digest hash;
	uint64_t next = 0;
	store_make(dir);
	struct store *store = store_at(dir);
	ASSERT_OK(append(store, 2, NULL, 0));
	ASSERT_ERR(store_read(job, store, 0, 3, visit_check, &next), ERR_STORE, "entry 2 is missing");
	ASSERT_ERR(store_leaf_hashes(job, store, 2, 1, &hash), ERR_STORE, "leaf hash 2 is missing");
	ASSERT_ERR(store_nodes(job, store, 1, 0, 1, &hash), ERR_STORE, "node 0 is missing");
	store_close(store);
	kit_rmdir(dir);
}

static void
test_store_append__nodes_are_kept(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct digest found[2];
	store_make(dir);
	struct store *store = store_at(dir);
	struct store_head head;
	ASSERT_OK(store_head(job, store, &head));
	struct store_head after = head_after(&head, 1);
	struct store_entry entry = entry_of(0);
	struct store_node nodes[] = {{1, 0, number_digest("node", 0)}, {1, 1, number_digest("node", 1)}, {2, 0, number_digest("node", 2)}};
	ASSERT_OK(store_append(job, store, &head, &entry, 1, NULL, 0, nodes, 3, &after));
	ASSERT_OK(store_nodes(job, store, 1, 0, 2, found));
	assert_true(digest_same(&found[1], &nodes[1].hash));
	ASSERT_OK(store_nodes(job, store, 2, 0, 1, found));
	assert_true(digest_same(&found[0], &nodes[2].hash));
	store_close(store);
	kit_rmdir(dir);
}

static void
test_store_append__refuses_another_head(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	store_make(dir);
	struct store *store = store_at(dir);
	struct store_head old, other;
	ASSERT_OK(store_head(job, store, &old));
	ASSERT_OK(append(store, 1, NULL, 0));
	struct store_entry entry = entry_of(0);
	struct store_content content = content_of(1, 100000);
	struct store_head after = head_after(&old, 1);
	ASSERT_ERR(store_append(job, store, &old, &entry, 1, &content, 1, NULL, 0, &after), ERR_CONFLICT, "expected the head at 0 entries");
	/* The same size with another root is another head too. */
	ASSERT_OK(store_head(job, store, &other));
	other.root.byte[0] ^= 1;
	entry = entry_of(1);
	after = head_after(&other, 1);
	ASSERT_ERR(
	    store_append(job, store, &other, &entry, 1, &content, 1, NULL, 0, &after), ERR_CONFLICT, "expected the head at 1 entries");
	assert_int_equal(size_of(store), 1);
	assert_false(store_content_has(store, &content.digest));
	assert_int_equal(content_files(dir), 0);
	ASSERT_OK(append(store, 1, NULL, 0)); /* a refusal costs nothing */
	store_close(store);
	kit_rmdir(dir);
}

static void
test_store_append__stores_a_statement_once(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	store_make(dir);
	struct store *store = store_at(dir);
	struct store_head head;
	ASSERT_OK(append(store, 2, NULL, 0));
	ASSERT_OK(store_head(job, store, &head));
	struct store_entry pair[] = {entry_of(2), entry_of(3)};
	struct store_head after = head_after(&head, 2);
	pair[1].statement = number_digest("statement", 0);
	ASSERT_ERR(store_append(job, store, &head, pair, 2, NULL, 0, NULL, 0, &after), ERR_CONFLICT, "is stored already");
	assert_int_equal(size_of(store), 2);
	store_close(store);
	kit_rmdir(dir);
}

static void
test_store_append__refuses_a_misshapen_batch(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	store_make(dir);
	struct store *store = store_at(dir);
	struct store_head head;
	ASSERT_OK(store_head(job, store, &head));
	struct store_head after = head_after(&head, 1);
	struct store_entry entry = entry_of(1);
	ASSERT_ERR(store_append(job, store, &head, &entry, 0, NULL, 0, NULL, 0, &after), ERR_BUG, "1 to 512");
	ASSERT_ERR(store_append(job, store, &head, &entry, 1, NULL, 0, NULL, 0, &after), ERR_BUG, "must have index 0, found 1");
	after.size = 2;
	ASSERT_ERR(store_append(job, store, &head, &entry, 1, NULL, 0, NULL, 0, &after), ERR_BUG, "size must be 1, found 2");
	store_close(store);
	kit_rmdir(dir);
}

/* --- contents --- */

static void
test_store_content__small_and_large_come_back(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct store_content found, contents[] = {content_of(1, 300), content_of(2, STORE_CONTENT_ROW),
					content_of(3, STORE_CONTENT_ROW + 1), content_of(4, 0), content_of(3, STORE_CONTENT_ROW + 1)};
	store_make(dir);
	struct store *store = store_at(dir);
	ASSERT_OK(append(store, 1, contents, 5));
	assert_int_equal(content_files(dir), 1);
	store_close(store);
	store = store_at(dir);
	for (size_t i = 0; i < 4; i++) {
		ASSERT_OK(store_content_get(job, store, &contents[i].digest, &found));
		assert_true(slice_same(found.sealed, contents[i].sealed));
		assert_true(slice_same(found.wrapped_key, contents[i].wrapped_key));
		assert_true(store_content_has(store, &contents[i].digest));
	}
	struct digest other = number_digest("content", 99);
	ASSERT_ERR(store_content_get(job, store, &other, &found), ERR_MISSING, "never stored here");
	assert_false(store_content_has(store, &other));
	store_close(store);
	kit_rmdir(dir);
}

static void
test_store_content_get__names_a_file_that_is_gone_or_short(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct store_content found, content = content_of(1, 70000);
	slice path;
	store_make(dir);
	struct store *store = store_at(dir);
	ASSERT_OK(append(store, 1, &content, 1));
	ASSERT_OK(job_format(job, &path, "%s/content/%s", dir, digest_text(&content.digest).at));
	assert_int_equal(truncate(path.at, 69999), 0);
	ASSERT_ERR(store_content_get(job, store, &content.digest, &found), ERR_STORE, "expected 70000 bytes, found 69999");
	assert_int_equal(unlink(path.at), 0);
	ASSERT_ERR(store_content_get(job, store, &content.digest, &found), ERR_STORE, "the store names it, but it is not there");
	store_close(store);
	kit_rmdir(dir);
}

struct seen {
	size_t len;
	struct digest last;
	struct store *store;
};

static err
visit_content(struct job *job, void *to, const struct digest *digest, slice wrapped_key, uint64_t size)
{
	struct seen *seen = to;
	if (seen->len > 0)
		assert_true(memcmp(seen->last.byte, digest->byte, 32) < 0);
	assert_int_equal(wrapped_key.len, 72);
	assert_int_equal(size, 300);
	seen->last = *digest;
	seen->len++;
	/* What ledger_rewrap() does: a new key for the row that is being looked at. */
	return store_content_rewrap(
	    job, seen->store, digest, S("new-key-new-key-new-key-new-key-new-key-new-key-new-key-new-key-new-key-"));
}

static void
test_store_contents__visits_all_and_wraps_again(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct store_content found, contents[100];
	for (uint64_t i = 0; i < 100; i++)
		contents[i] = content_of(i, 300);
	store_make(dir);
	struct store *store = store_at(dir);
	ASSERT_OK(append(store, 1, contents, 100));
	ASSERT_OK(store_content_delete(job, store, &contents[7].digest));
	struct seen seen = {.store = store};
	ASSERT_OK(store_contents(job, store, visit_content, &seen));
	assert_int_equal(seen.len, 99);
	ASSERT_OK(store_content_get(job, store, &contents[50].digest, &found));
	assert_true(slice_starts(found.wrapped_key, S("new-key")));
	ASSERT_ERR(store_content_rewrap(job, store, &contents[7].digest, S("x")), ERR_MISSING, "cannot be wrapped again");
	store_close(store);
	for (uint64_t i = 0; i < 100; i++)
		assert_false(in_file(dir, "store.db", contents[i].wrapped_key));
	kit_rmdir(dir);
}

static void
test_store_content_delete__leaves_nothing_behind(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	/* Enough rows that pages are split and, on deletion, merged: places where SQLite could keep a copy. */
	enum { COUNT = 300 };
	struct store_content found, contents[COUNT];
	for (uint64_t i = 0; i < COUNT; i++)
		contents[i] = content_of(i, i % 50 == 0 ? 70000 : 40 + (i * 37) % 9000);
	store_make(dir);
	struct store *store = store_at(dir);
	for (size_t i = 0; i < COUNT; i += 60)
		ASSERT_OK(append(store, 7, contents + i, 60));
	assert_int_equal(content_files(dir), COUNT / 50);
	assert_true(in_file(dir, "store.db-wal", contents[1].wrapped_key));
	for (size_t i = 0; i < COUNT; i++)
		if (i % 3 != 1)
			ASSERT_OK(store_content_delete(job, store, &contents[i].digest));
	for (size_t i = 0; i < COUNT; i++) {
		/* From here on there is only what an observer of the files sees; the store is still open. */
		struct arena_mark mark = arena_mark(job->arena);
		bool there = i % 3 == 1;
		assert_int_equal(in_file(dir, "store.db", contents[i].wrapped_key), there);
		assert_false(in_file(dir, "store.db-wal", contents[i].wrapped_key));
		slice part = slice_part(contents[i].sealed, 0, 32);
		if (!there) {
			assert_false(in_file(dir, "store.db", part));
			assert_false(in_file(dir, "store.db-wal", part));
			assert_false(file_there(dir, digest_text(&contents[i].digest).at));
		}
		arena_rewind(job->arena, mark);
	}
	assert_int_equal(content_files(dir), 2); /* 100, 250 */
	ASSERT_ERR(store_content_get(job, store, &contents[0].digest, &found), ERR_MISSING, "deleted");
	ASSERT_OK(store_content_get(job, store, &contents[1].digest, &found));
	ASSERT_OK(store_content_delete(job, store, &contents[0].digest));
	struct digest never = number_digest("content", 123456);
	ASSERT_OK(store_content_delete(job, store, &never));
	ASSERT_ERR(append(store, 1, contents, 1), ERR_DENIED, "was deleted and does not come back");
	ASSERT_ERR(append(store, 1, contents + 2, 1), ERR_DENIED, "was deleted and does not come back");
	store_close(store);
	kit_rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_store_create__makes_an_empty_store),
	    cmocka_unit_test(test_store_create__refuses_a_second_one),
	    cmocka_unit_test(test_store_create__takes_over_what_a_crash_left),
	    cmocka_unit_test(test_store_open__names_a_missing_store),
	    cmocka_unit_test(test_store_open__refuses_another_schema_version),
	    cmocka_unit_test(test_store_open__refuses_a_foreign_database),
	    cmocka_unit_test(test_store_open__refuses_a_head_that_its_entries_deny),
	    cmocka_unit_test(test_store_open__busy_names_the_holder),
	    cmocka_unit_test(test_store_open__busy_within_one_process),
	    cmocka_unit_test(test_store_append__entries_are_there_after_reopening),
	    cmocka_unit_test(test_store_read__names_a_missing_entry),
	    cmocka_unit_test(test_store_append__nodes_are_kept),
	    cmocka_unit_test(test_store_append__refuses_another_head),
	    cmocka_unit_test(test_store_append__stores_a_statement_once),
	    cmocka_unit_test(test_store_append__refuses_a_misshapen_batch),
	    cmocka_unit_test(test_store_content__small_and_large_come_back),
	    cmocka_unit_test(test_store_content_get__names_a_file_that_is_gone_or_short),
	    cmocka_unit_test(test_store_contents__visits_all_and_wraps_again),
	    cmocka_unit_test(test_store_content_delete__leaves_nothing_behind),
	};
	return cmocka_run_group_tests_name(__FILE__, tests, disk_setup, kit_close);
}
