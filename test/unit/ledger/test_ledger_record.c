/* Changes of records: none is signed that could not be read again, and who began a record is known when what it said is gone. */
#include "ledger_kit.h"

#include "ledger/ledger_record.h"

static struct ledger_change
change_of(slice uid, int64_t version, const char *sets)
{
	return (struct ledger_change){.uid = uid, .registry = S("risk"), .number = 1, .version = version, .status = S("open"), .at_us = at_us(1), .sets = slice_of(sets)};
}

static struct ledger_record
record_of(struct ledger *ledger)
{
	struct ledger_record record;
	bool found;
	ASSERT_OK(ledger_record(kit_job(), ledger, (struct ledger_moment){.size = ledger_size(ledger)}, S("risk"), 1, &found, &record));
	assert_true(found);
	return record;
}

static void
test_ledger_record__signs_nothing_that_cannot_be_read(void **state)
{
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt;
	uint64_t size = ledger_size(ledger);
	static const char *const bad[] = {"{\"a\":1,\"a\":2}", "{\"b\":1,\"a\":2}", "{", "[]"};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ledger_change change = change_of(S(""), 1, bad[i]);
		ASSERT_ERR(ledger_change_append(kit_job(), ledger, &change, 1, &receipt), ERR_INPUT, "risk 1: nothing was changed");
	}
	assert_int_equal(ledger_size(ledger), size);
	struct ledger_change good = change_of(S(""), 1, "{\"a\":1,\"b\":null}");
	ASSERT_OK(ledger_change_append(kit_job(), ledger, &good, 1, &receipt));
	ASSERT_SLICE(record_of(ledger).fields, "{\"a\":1}");
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_record__who_began_it_outlives_erasure(void **state)
{
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt;
	struct ledger_change *changes;
	struct digest digest;
	slice uid;
	size_t len;
	bool gone;
	(void)state;
	kit_job()->actor = S("alice");
	struct ledger_change change = change_of(S(""), 1, "{\"a\":\"about somebody\"}");
	ASSERT_OK(ledger_change_append(kit_job(), ledger, &change, 1, &receipt));
	struct ledger_record before = record_of(ledger);
	ASSERT_OK(ledger_record_changes(kit_job(), ledger, (struct ledger_moment){.size = ledger_size(ledger)}, before.uid, &changes, &len));
	digest = changes[0].content;
	uid = before.uid;
	kit_job()->actor = S("bob");
	kit_job()->now_us = at_us(5);
	change = change_of(uid, 2, "{\"a\":null}");
	ASSERT_OK(ledger_change_append(kit_job(), ledger, &change, 1, &receipt));
	ASSERT_OK(ledger_record_erased_by(kit_job(), ledger, uid, before.made_by, &gone));
	assert_false(gone);
	ASSERT_OK(ledger_erase(kit_job(), ledger, &digest, 1, S("a request"), &receipt));
	struct ledger_record after = record_of(ledger);
	assert_int_equal(after.made_us, before.made_us);
	assert_true(slice_same(after.made_by, before.made_by));
	assert_false(slice_same(after.changed_by, before.made_by));
	ASSERT_OK(ledger_record_erased_by(kit_job(), ledger, uid, before.made_by, &gone));
	assert_true(gone);
	ASSERT_OK(ledger_record_erased_by(kit_job(), ledger, uid, after.changed_by, &gone));
	assert_false(gone);
	ledger_close(ledger);
	place_remove(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_record__signs_nothing_that_cannot_be_read),
	    cmocka_unit_test(test_ledger_record__who_began_it_outlives_erasure),
	};
	return KIT_TESTS(tests);
}
