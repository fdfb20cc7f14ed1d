/*
 * Adoption: a signer without state goes on, and says so; one with a state does not. And making: what a crash left half-made is taken up.
 */
#include "ledger_kit.h"

static void
remove_in(const struct place *place, const char *name)
{
	const char *path;
	ASSERT_OK(fs_join(kit_job(), place->dir, name, &path));
	kit_rmdir(path);
}

static void
test_ledger_adopt__a_lost_state_is_refused_until_adopted(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_entry entry;
	slice content;
	evidence(ledger, "mount", "/", 1);
	ledger_close(ledger);
	ASSERT_ERR(ledger_adopt(kit_job(), &place.place, S("why not")), ERR_CONFLICT, "has its state");
	remove_in(&place, "signer/state");
	ASSERT_ERR(ledger_open(kit_job(), &place.place, &ledger), ERR_DENIED, "adopt");
	ASSERT_ERR(ledger_adopt(kit_job(), &place.place, S("")), ERR_INPUT, "reason");
	ASSERT_OK(ledger_adopt(kit_job(), &place.place, S("the disk of the signer broke")));
	ledger = ledger_at(&place);
	assert_int_equal(ledger_size(ledger), 3);
	ASSERT_OK(ledger_entry(kit_job(), ledger, 2, &entry));
	assert_int_equal(entry.kind, LEDGER_ADOPT);
	ASSERT_OK(ledger_content(kit_job(), ledger, &entry.subjects[0].digest, &content));
	assert_true(slice_has(content, S("the disk of the signer broke")));
	assert_true(slice_has(content, S("\"lost\":\"nothing that is known\"")));
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
}

/* An older database beside a newer log: what was published and is gone is told. */
static void
test_ledger_adopt__says_what_was_lost(void **state)
{
	(void)state;
	struct place place = place_make(), before;
	struct ledger *ledger = ledger_at(&place);
	struct ledger_entry entry;
	slice content;
	evidence(ledger, "mount", "/", 1);
	ledger_close(ledger);
	before = place_copy(&place);
	ledger = ledger_at(&place);
	evidence(ledger, "mount", "/home", 2);
	evidence(ledger, "mount", "/srv", 3);
	ledger_close(ledger);
	remove_in(&place, "store/store.db-wal");
	file_replace(&place, &before, "store/store.db");
	remove_in(&place, "signer/state");
	ASSERT_OK(ledger_adopt(kit_job(), &place.place, S("restored from a backup")));
	ledger = ledger_at(&place);
	assert_int_equal(ledger_size(ledger), 3);
	ASSERT_OK(ledger_entry(kit_job(), ledger, 2, &entry));
	ASSERT_OK(ledger_content(kit_job(), ledger, &entry.subjects[0].digest, &content));
	assert_true(slice_has(content, S("a checkpoint over 4 entries")));
	ledger_close(ledger);
	verify(&place);
	/* The same again: what was put aside the first time stays. */
	const char *log, *lost;
	ASSERT_OK(fs_join(kit_job(), place.place.store, "log", &log));
	ASSERT_OK(fs_join(kit_job(), place.place.store, "log.lost-4", &lost));
	kit_rmdir(log);
	run_cp(lost, log);
	file_replace(&place, &before, "store/store.db");
	remove_in(&place, "signer/state");
	ASSERT_OK(ledger_adopt(kit_job(), &place.place, S("restored once more")));
	verify(&place);
	place_remove(&before);
	place_remove(&place);
}

static void
test_ledger_init__takes_up_what_a_crash_left(void **state)
{
	(void)state;
	static const char *const left[] = {"store", "keys/log.pub", "keys/host.key"};
	for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
		struct place place = place_make();
		struct ledger *ledger;
		remove_in(&place, "store");
		remove_in(&place, "signer");
		remove_in(&place, left[i]);
		ASSERT_OK(ledger_init(kit_job(), &place.place));
		ledger = ledger_at(&place);
		assert_int_equal(ledger_size(ledger), 1);
		ledger_close(ledger);
		verify(&place);
		place_remove(&place);
	}
}

/* The store is lost, the signer is not: making another would be a second history under one key. */
static void
test_ledger_init__refuses_a_signer_that_has_signed(void **state)
{
	(void)state;
	struct place place = place_make();
	remove_in(&place, "store");
	ASSERT_ERR(ledger_init(kit_job(), &place.place), ERR_CONFLICT, "restore it from a backup");
	place_remove(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_adopt__a_lost_state_is_refused_until_adopted),
	    cmocka_unit_test(test_ledger_adopt__says_what_was_lost),
	    cmocka_unit_test(test_ledger_init__takes_up_what_a_crash_left),
	    cmocka_unit_test(test_ledger_init__refuses_a_signer_that_has_signed),
	};
	return KIT_TESTS(tests);
}
