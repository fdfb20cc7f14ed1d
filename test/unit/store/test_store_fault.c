/*
 * The store when things go wrong: killed at any moment, a disk that is full or fails, pages that are damaged.
 */
#include "store_kit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Content files are ours to sync, not SQLite's: these stand before the C library's, so that the system can be made to refuse. */
static bool fail_fdatasync, fail_fsync;

int
fdatasync(int fd)
{
	if (!fail_fdatasync)
		return (int)syscall(SYS_fdatasync, fd);
	errno = EIO;
	return -1;
}

int
fsync(int fd)
{
	if (!fail_fsync)
		return (int)syscall(SYS_fsync, fd);
	errno = EIO;
	return -1;
}

/* --- crashes --- */

static void
test_store_open__sweeps_files_that_no_row_names(void **state)
{
	(void)state;
	kit_fresh();
	const char *dir = kit_mkdir();
	struct store_content contents[] = {content_of(1, 70000), content_of(2, 70000)};
	store_make(dir);
	struct store *store = store_at(dir);
	ASSERT_OK(append(store, 1, contents, 1));
	store_close(store);
	kit_file(dir, "content/0000000000000000000000000000000000000000000000000000000000000000", "orphan");
	kit_file(dir, "content/not-a-digest", "orphan");
	pid_t pid = fork();
	if (pid == 0) { /* ends after the second content's file is synced, at the first write of the transaction */
		store = store_at(dir);
		disk.die_on_write = true;
		(void)append(store, 1, contents + 1, 1).code;
		_exit(0);
	}
	int status;
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 9);
	assert_int_equal(content_files(dir), 2);
	store = store_at(dir);
	assert_int_equal(content_files(dir), 1);
	assert_int_equal(size_of(store), 1);
	assert_true(store_content_has(store, &contents[0].digest));
	assert_false(store_content_has(store, &contents[1].digest));
	ASSERT_OK(append(store, 1, contents + 1, 1));
	store_close(store);
	kit_rmdir(dir);
}

static void
test_store_append__killed_at_any_moment_keeps_what_was_acknowledged(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	uint64_t acknowledged = 0;
	store_make(dir);
	for (unsigned round = 0; round < 12; round++) {
		int ack[2];
		assert_int_equal(pipe(ack), 0);
		pid_t pid = fork();
		if (pid == 0) {
			struct store *store = store_at(dir);
			for (uint64_t i = 0;; i++) {
				struct store_content content = content_of(round * 1000000 + i, i % 5 == 0 ? 70000 : 500);
				if (append(store, 1 + i % 7, &content, 1).code != ERR_NONE)
					_exit(1);
				uint64_t size = size_of(store);
				(void)!write(ack[1], &size, sizeof size);
				if (i % 50 == 49)
					arena_reset(job->arena);
			}
		}
		close(ack[1]);
		/* Let it acknowledge something, then a while that differs from round to round. */
		assert_int_equal(read(ack[0], &acknowledged, sizeof acknowledged), sizeof acknowledged);
		usleep(1000 + round * 1700);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		for (uint64_t size; read(ack[0], &size, sizeof size) == sizeof size;)
			acknowledged = size;
		close(ack[0]);
		struct store *store = store_at(dir);
		uint64_t next = 0, size = size_of(store);
		assert_true(size >= acknowledged);
		ASSERT_OK(store_read(job, store, 0, size, visit_check, &next));
		store_close(store);
	}
	assert_true(acknowledged > 12);
	kit_rmdir(dir);
}

/* --- a disk that fails --- */

static void
test_store_append__failed_sync_stops_and_is_not_tried_again(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct store_content found, content = content_of(1, 10);
	struct store_head head;
	bool is;
	uint64_t index;
	disk_mend();
	store_make(dir);
	struct store *store = store_at(dir);
	ASSERT_OK(append(store, 5, &content, 1));
	disk.fail_sync = true;
	ASSERT_ERR(append(store, 1, NULL, 0), ERR_STORE, "failed to read, write or sync");
	assert_int_equal(disk.syncs_bad, 1);
	unsigned asked = disk.syncs;
	disk.fail_sync = false; /* the disk says all is well again: it must not be believed */
	ASSERT_ERR(store_head(job, store, &head), ERR_STORE, "the store has stopped");
	struct store_head wanted = {.size = 5, .root = number_digest("root", 5)};
	struct store_head after = head_after(&wanted, 1);
	struct store_entry entry = entry_of(5);
	ASSERT_ERR(store_append(job, store, &wanted, &entry, 1, NULL, 0, NULL, 0, &after), ERR_STORE, "the store has stopped");
	ASSERT_ERR(store_find(job, store, &entry.statement, &is, &index), ERR_STORE, "the store has stopped");
	ASSERT_ERR(store_content_get(job, store, &content.digest, &found), ERR_STORE, "the store has stopped");
	ASSERT_ERR(store_content_delete(job, store, &content.digest), ERR_STORE, "the store has stopped");
	ASSERT_ERR(store_content_rewrap(job, store, &content.digest, S("x")), ERR_STORE, "the store has stopped");
	store_close(store);
	assert_int_equal(disk.syncs, asked); /* not even when closing */
	/* Opened anew it builds on what it finds, after syncing that again. */
	store = store_at(dir);
	assert_true(disk.syncs > asked);
	assert_in_range(size_of(store), 5, 6);
	ASSERT_OK(append(store, 1, NULL, 0));
	store_close(store);
	kit_rmdir(dir);
}

static void
test_store_append__failed_write_stops(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct store_head head;
	disk_mend();
	store_make(dir);
	struct store *store = store_at(dir);
	ASSERT_OK(append(store, 5, NULL, 0));
	disk.fail_write = true;
	ASSERT_ERR(append(store, 1, NULL, 0), ERR_STORE, "failed to read, write or sync");
	disk.fail_write = false;
	ASSERT_ERR(store_head(job, store, &head), ERR_STORE, "the store has stopped");
	store_close(store);
	store = store_at(dir);
	assert_int_equal(size_of(store), 5);
	store_close(store);
	kit_rmdir(dir);
}

static void
test_store_content_delete__failed_sync_stops(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct store_content content = content_of(1, 10);
	struct store_head head;
	disk_mend();
	store_make(dir);
	struct store *store = store_at(dir);
	ASSERT_OK(append(store, 5, &content, 1));
	disk.fail_sync = true;
	ASSERT_ERR(store_content_delete(job, store, &content.digest), ERR_STORE, "failed to read, write or sync");
	disk_mend();
	ASSERT_ERR(store_head(job, store, &head), ERR_STORE, "the store has stopped");
	store_close(store);
	/* Erasure is resumed: the same call again, on the store opened anew. */
	store = store_at(dir);
	ASSERT_OK(store_content_delete(job, store, &content.digest));
	assert_false(store_content_has(store, &content.digest));
	assert_false(in_file(dir, "store.db", content.wrapped_key));
	store_close(store);
	kit_rmdir(dir);
}

static void
content_sync_fails(bool *which, const char *words)
{
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct store_content content = content_of(1, 70000);
	struct store_head head;
	disk_mend();
	store_make(dir);
	struct store *store = store_at(dir);
	ASSERT_OK(append(store, 2, NULL, 0));
	*which = true;
	ASSERT_ERR(append(store, 1, &content, 1), ERR_STORE, words);
	*which = false;
	ASSERT_ERR(store_head(job, store, &head), ERR_STORE, words);
	store_close(store);
	store = store_at(dir);
	assert_int_equal(size_of(store), 2);
	assert_int_equal(content_files(dir), 0);
	ASSERT_OK(append(store, 1, &content, 1));
	store_close(store);
	kit_rmdir(dir);
}

static void
test_store_append__failed_sync_of_a_content_file_stops(void **state)
{
	(void)state;
	content_sync_fails(&fail_fdatasync, "is not on stable storage");
}

static void
test_store_append__failed_sync_of_the_content_folder_stops(void **state)
{
	(void)state;
	content_sync_fails(&fail_fsync, "content");
}

/* --- a full disk --- */

static void
fill(const char *path)
{
	static const char zeros[4096];
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	assert_true(fd >= 0);
	while (write(fd, zeros, sizeof zeros) > 0)
		;
	assert_int_equal(errno, ENOSPC);
	close(fd);
}

static void
test_store_append__full_disk_is_refused_and_got_over(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *mount_at = kit_mkdir();
	slice dir, filler;
	if (mount("tmpfs", mount_at, "tmpfs", 0, "size=2m,mode=0700") != 0) {
		print_message("# skipped: a small tmpfs cannot be mounted here (%s)\n", strerror(errno));
		kit_rmdir(mount_at);
		skip();
	}
	ASSERT_OK(job_format(job, &dir, "%s/store", mount_at));
	ASSERT_OK(job_format(job, &filler, "%s/filler", mount_at));
	disk_mend();
	store_make(dir.at);
	struct store *store = store_at(dir.at);
	err got = OK;
	uint64_t stored = 0;
	struct store_content small = content_of(1, 500), large = content_of(2, 70000);
	ASSERT_OK(append(store, 3, &small, 1));
	stored = 3;
	/* As many batches as fit, then one that does not. */
	for (unsigned i = 0; i < 2000 && got.code == ERR_NONE; i++) {
		got = append(store, 9, NULL, 0);
		stored += got.code == ERR_NONE ? 9 : 0;
	}
	assert_int_equal(got.code, ERR_IO);
	assert_non_null(strstr(job->why, "full"));
	assert_int_equal(size_of(store), stored);
	/* Full to the last byte: a large content has no room for its file, and leaves none behind. */
	fill(filler.at);
	ASSERT_ERR(append(store, 1, &large, 1), ERR_IO, "nothing was stored");
	assert_int_equal(content_files(dir.at), 0);
	ASSERT_ERR(append(store, 100, NULL, 0), ERR_IO, "full");
	assert_int_equal(size_of(store), stored);
	/* Closed and opened while it is full, it still reads; and appends once there is room. */
	uint64_t next = 0;
	store_close(store);
	store = store_at(dir.at);
	ASSERT_OK(store_read(job, store, 0, stored, visit_check, &next));
	ASSERT_ERR(append(store, 100, NULL, 0), ERR_IO, "full");
	assert_int_equal(mount("tmpfs", mount_at, "tmpfs", MS_REMOUNT, "size=16m,mode=0700"), 0);
	ASSERT_OK(append(store, 1, &large, 1));
	ASSERT_OK(store_content_delete(job, store, &small.digest));
	next = 0;
	ASSERT_OK(store_read(job, store, 0, stored + 1, visit_check, &next));
	store_close(store);
	assert_int_equal(umount(mount_at), 0);
	kit_rmdir(mount_at);
}

/* --- damage --- */

static void
smash(const char *dir, long at, size_t len)
{
	const char *path;
	ASSERT_OK(fs_join(kit_job(), dir, "store.db", &path));
	int fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(pwrite(fd, "\xA5", 1, at + (long)i), 1);
	close(fd);
}

static void
test_store_read__damaged_page_stops_the_store(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	store_make(dir);
	struct store *store = store_at(dir);
	for (int i = 0; i < 10; i++)
		ASSERT_OK(append(store, 256, NULL, 0));
	store_close(store);
	/* A leaf of the middle of the entry table: found by what stands in it. */
	slice bytes = file_bytes(dir, "store.db");
	const char *at = memmem(bytes.at, bytes.len, "envelope 1200", 13);
	assert_non_null(at);
	smash(dir, (at - bytes.at) / 4096 * 4096, 16);
	store = store_at(dir);
	uint64_t next = 0;
	struct store_head head;
	ASSERT_ERR(store_read(job, store, 0, 2560, visit_check, &next), ERR_STORE, "the database is damaged");
	assert_in_range(next, 1, 1200);
	ASSERT_ERR(store_head(job, store, &head), ERR_STORE, "the store has stopped");
	store_close(store);
	kit_rmdir(dir);
}

static void
test_store_open__damaged_header_is_refused(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir();
	struct store *store;
	store_make(dir);
	smash(dir, 0, 16);
	ASSERT_ERR(store_open(job, dir, 0, &store), ERR_STORE, "the database is damaged");
	kit_rmdir(dir);
}

static void
test_store_open__truncated_is_refused(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir(), *path;
	struct store *store;
	store_make(dir);
	store = store_at(dir);
	ASSERT_OK(append(store, 256, NULL, 0));
	store_close(store);
	ASSERT_OK(fs_join(job, dir, "store.db", &path));
	assert_int_equal(truncate(path, 8192), 0);
	ASSERT_ERR(store_open(job, dir, 0, &store), ERR_STORE, "the database is damaged");
	assert_int_equal(truncate(path, 0), 0);
	ASSERT_ERR(store_open(job, dir, 0, &store), ERR_STORE, "not a store of assay");
	kit_rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_store_open__sweeps_files_that_no_row_names),
	    cmocka_unit_test(test_store_append__killed_at_any_moment_keeps_what_was_acknowledged),
	    cmocka_unit_test(test_store_append__failed_sync_stops_and_is_not_tried_again),
	    cmocka_unit_test(test_store_append__failed_write_stops),
	    cmocka_unit_test(test_store_content_delete__failed_sync_stops),
	    cmocka_unit_test(test_store_append__failed_sync_of_a_content_file_stops),
	    cmocka_unit_test(test_store_append__failed_sync_of_the_content_folder_stops),
	    cmocka_unit_test(test_store_append__full_disk_is_refused_and_got_over),
	    cmocka_unit_test(test_store_read__damaged_page_stops_the_store),
	    cmocka_unit_test(test_store_open__damaged_header_is_refused),
	    cmocka_unit_test(test_store_open__truncated_is_refused),
	};
	return cmocka_run_group_tests_name(__FILE__, tests, disk_setup, kit_close);
}
