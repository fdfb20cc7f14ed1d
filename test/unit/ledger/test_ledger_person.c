/*
 * Persons: one token for a name, found again; shown as a name, and as nobody once erased.
 */
#include "ledger_kit.h"

static void
test_ledger_person_token__is_the_same_for_the_same_name_and_host(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	slice a, again, other_host, other_name;
	ASSERT_OK(ledger_person_token(kit_job(), ledger, S(""), S("ada"), &a));
	uint64_t size = ledger_size(ledger);
	ASSERT_OK(ledger_person_token(kit_job(), ledger, S(""), S("ada"), &again));
	assert_true(slice_same(a, again));
	assert_int_equal(ledger_size(ledger), size);
	ASSERT_OK(ledger_person_token(kit_job(), ledger, ledger_host_id(ledger), S("ada"), &other_host));
	ASSERT_OK(ledger_person_token(kit_job(), ledger, S(""), S("bob"), &other_name));
	assert_false(slice_same(a, other_host));
	assert_false(slice_same(a, other_name));
	assert_int_equal(a.len, 32);
	ledger_close(ledger);
	ledger = ledger_at(&place);
	ASSERT_OK(ledger_person_token(kit_job(), ledger, S(""), S("ada"), &again));
	assert_true(slice_same(a, again));
	ASSERT_ERR(ledger_person_token(kit_job(), ledger, S(""), S(""), &again), ERR_INPUT, "1 to");
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_person_show__names_tokens_and_erased_persons(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_entry entry;
	struct ledger_receipt receipt;
	slice token, says, shown, next;
	ASSERT_OK(ledger_person_token(kit_job(), ledger, S(""), S("ada"), &token));
	ASSERT_OK(ledger_entry(kit_job(), ledger, ledger_size(ledger) - 1, &entry));
	ASSERT_OK(job_format(
	    kit_job(), &says, "/home of {person:%.*s} is open, {person:00000000000000000000000000000000} {person:x}", SLICE(token)));
	ASSERT_OK(ledger_person_show(kit_job(), ledger, says, &shown));
	ASSERT_SLICE(shown, "/home of ada is open, 00000000000000000000000000000000 {person:x}");
	ASSERT_OK(ledger_erase(kit_job(), ledger, &entry.subjects[0].digest, 1, S("asked for"), &receipt));
	ASSERT_OK(ledger_person_show(kit_job(), ledger, says, &shown));
	ASSERT_SLICE(shown, "/home of erased person is open, 00000000000000000000000000000000 {person:x}");
	/* The same name later is another person to us. */
	ASSERT_OK(ledger_person_token(kit_job(), ledger, S(""), S("ada"), &next));
	assert_false(slice_same(token, next));
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_person_token__is_the_same_for_the_same_name_and_host),
	    cmocka_unit_test(test_ledger_person_show__names_tokens_and_erased_persons),
	};
	return KIT_TESTS(tests);
}
