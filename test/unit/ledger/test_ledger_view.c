/*
 * The view's life: thrown away it is filled again, a snapshot that fits is taken, one that does not is not; a stranger's view is not
 * believed.
 */
#include "ledger_kit.h"

#include <fcntl.h>

#include "ledger/ledger_inner.h"

static size_t
reading_count(struct ledger *ledger)
{
	struct ledger_reading *readings;
	size_t len;
	ASSERT_OK(ledger_readings(kit_job(), ledger, now_of(ledger), S(""), S(""), &readings, &len));
	return len;
}

static const char *
snapshot_path(const struct place *place, struct ledger *ledger)
{
	slice path;
	ASSERT_OK(job_format(kit_job(), &path, "%s/view-%llu", place->place.cache, (unsigned long long)ledger_size(ledger)));
	return path.at;
}

static int64_t
number(struct ledger *ledger, const char *sql)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	bool row;
	ASSERT_OK(ledger_sql_open(kit_job(), ledger_db(ledger), sql, false, &stmt));
	ASSERT_OK(ledger_sql_step(kit_job(), stmt, &row));
	assert_true(row);
	return ledger_sql_int(stmt, 0);
}

/* Close as if projecting had taken long: that is when a snapshot is worth its bytes. */
static void
close_saving(struct ledger *ledger)
{
	ledger->projecting_us = 10 * SECOND_US;
	ledger_close(ledger);
}

static void
test_ledger_view__thrown_away_is_filled_again(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	evidence(ledger, "mount", "/", 1);
	evidence(ledger, "swap", "/", 2);
	ledger_close(ledger);
	kit_rmdir(place.place.run);
	ledger = ledger_at(&place);
	assert_int_equal(reading_count(ledger), 2);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_view__a_snapshot_is_taken_and_the_tail_added(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	evidence(ledger, "mount", "/", 1);
	const char *path = snapshot_path(&place, ledger);
	close_saving(ledger);
	assert_int_equal(access(path, F_OK), 0);
	ledger = ledger_at(&place);
	evidence(ledger, "swap", "/", 2);
	ledger_close(ledger); /* too little for another */
	kit_rmdir(place.place.run);
	ledger = ledger_at(&place);
	assert_int_equal(ledger->saved, 2);
	assert_int_equal(reading_count(ledger), 2);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_view__a_damaged_snapshot_is_thrown_away(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	evidence(ledger, "mount", "/", 1);
	const char *path = snapshot_path(&place, ledger);
	close_saving(ledger);
	slice text;
	ASSERT_OK(fs_slurp(kit_job(), path, 64 * MIB, &text));
	char *bytes = (char *)(uintptr_t)text.at;
	bytes[text.len / 2] ^= 1;
	ASSERT_OK(fs_write(kit_job(), path, text, 0600));
	kit_rmdir(place.place.run);
	ledger = ledger_at(&place);
	assert_int_equal(ledger->saved, 0);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(reading_count(ledger), 1);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	place_remove(&place);
}

/* A view whose mark is not the root of what is stored: another history, or an edited mark. */
static void
test_ledger_view__another_root_is_not_believed(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	evidence(ledger, "mount", "/", 1);
	ASSERT_OK(ledger_sql_run(kit_job(), ledger_db(ledger), "UPDATE mark SET root = zeroblob(32); UPDATE reading SET rows = 99"));
	ledger_close(ledger);
	ledger = ledger_at(&place);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_view__erasing_removes_older_snapshots(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_reading *readings;
	struct ledger_receipt receipt;
	size_t len;
	evidence(ledger, "mount", "/", 1);
	const char *path = snapshot_path(&place, ledger);
	close_saving(ledger);
	ledger = ledger_at(&place);
	ASSERT_OK(ledger_readings(kit_job(), ledger, now_of(ledger), S(""), S(""), &readings, &len));
	assert_int_equal(access(path, F_OK), 0);
	ASSERT_OK(ledger_erase(kit_job(), ledger, &readings[0].digest, 1, S("asked for"), &receipt));
	assert_int_not_equal(access(path, F_OK), 0);
	ledger_close(ledger);
	kit_rmdir(place.place.run);
	ledger = ledger_at(&place);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	place_remove(&place);
}

/* A snapshot that cannot even be opened costs a faster start and nothing else. */
static void
test_ledger_view__a_snapshot_that_does_not_open_is_passed_over(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	evidence(ledger, "mount", "/", 1);
	const char *path = snapshot_path(&place, ledger);
	close_saving(ledger);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("elsewhere", path), 0);
	kit_rmdir(place.place.run);
	ledger = ledger_at(&place);
	assert_int_equal(reading_count(ledger), 1);
	ledger_close(ledger);
	place_remove(&place);
}

/* Damaged where the mark is not: the store still opens, and the view is made anew. */
static void
test_ledger_view__damaged_it_is_made_anew(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	slice path;
	char garbage[4096];
	evidence(ledger, "mount", "/", 1);
	ASSERT_OK(job_copy(kit_job(), slice_of(store_view_place(ledger->view)), &path));
	off_t page = (off_t)number(ledger, "PRAGMA page_size"), root = (off_t)number(ledger, "SELECT rootpage FROM sqlite_schema WHERE name = 'entry'");
	ledger_close(ledger);
	if (!slice_same(path, S("memory"))) {
		memset(garbage, 0xee, sizeof garbage);
		int fd = open(path.at, O_WRONLY);
		assert_true(fd >= 0);
		assert_int_equal(pwrite(fd, garbage, sizeof garbage, page * (root - 1)), sizeof garbage);
		close(fd);
	}
	ledger = ledger_at(&place);
	evidence(ledger, "mount", "/home", 2);
	evidence(ledger, "swap", "/", 3);
	assert_int_equal(reading_count(ledger), 2);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	place_remove(&place);
}

/* Somebody else fills the tmpfs: evidence is kept and seen all the same. */
static void
test_ledger_view__without_room_it_goes_on_in_memory(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	char name[32];
	ASSERT_OK(ledger_sql_run(kit_job(), ledger_db(ledger), "PRAGMA max_page_count = 1"));
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "table-%d", i);
		evidence(ledger, name, "/", 1 + i);
	}
	assert_string_equal(store_view_place(ledger->view), "memory");
	assert_int_equal(reading_count(ledger), 100);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	ledger = ledger_at(&place);
	assert_int_equal(reading_count(ledger), 100);
	ledger_close(ledger);
	place_remove(&place);
}

/* A copy of a store elsewhere has a view of its own. */
static void
test_ledger_view__a_copied_store_has_its_own(void **state)
{
	(void)state;
	struct place place = place_make(), copy;
	struct ledger *ledger = ledger_at(&place), *other;
	evidence(ledger, "mount", "/", 1);
	ledger_close(ledger);
	copy = place_copy(&place);
	ledger = ledger_at(&place);
	other = ledger_at(&copy);
	evidence(other, "swap", "/", 2);
	assert_int_equal(reading_count(ledger), 1);
	assert_int_equal(reading_count(other), 2);
	ledger_close(ledger);
	ledger_close(other);
	place_remove(&copy);
	place_remove(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_view__thrown_away_is_filled_again),
	    cmocka_unit_test(test_ledger_view__a_snapshot_is_taken_and_the_tail_added),
	    cmocka_unit_test(test_ledger_view__a_damaged_snapshot_is_thrown_away),
	    cmocka_unit_test(test_ledger_view__another_root_is_not_believed),
	    cmocka_unit_test(test_ledger_view__erasing_removes_older_snapshots),
	    cmocka_unit_test(test_ledger_view__a_snapshot_that_does_not_open_is_passed_over),
	    cmocka_unit_test(test_ledger_view__damaged_it_is_made_anew),
	    cmocka_unit_test(test_ledger_view__without_room_it_goes_on_in_memory),
	    cmocka_unit_test(test_ledger_view__a_copied_store_has_its_own),
	};
	return KIT_TESTS(tests);
}
