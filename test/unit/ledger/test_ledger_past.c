/*
 * The past of a check, a table and a tree: nothing is left out, nothing that came later is in it.
 */
#include "ledger_kit.h"

#include "ledger/ledger_past.h"

static void
run_at(struct ledger *ledger, const char *check, enum ledger_verdict verdict, int64_t hour)
{
	struct ledger_run_change change;
	struct ledger_result result = {.host = ledger_host_id(ledger), .check = slice_of(check), .verdict = verdict};
	struct ledger_run run = {.host = result.host, .at_us = at_us(hour), .results = &result, .results_len = 1, .partial = true};
	kit_job()->now_us = at_us(hour);
	ASSERT_OK(ledger_run_append(kit_job(), ledger, &run, &change));
}

static void
test_ledger_asked__is_every_run_that_asked(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_asked *asked;
	struct ledger_moment then;
	size_t len;
	run_at(ledger, "a", LEDGER_PASS, 1);
	run_at(ledger, "b", LEDGER_FAIL, 2);
	run_at(ledger, "a", LEDGER_PASS, 3);
	run_at(ledger, "a", LEDGER_FAIL, 4);
	ASSERT_OK(ledger_asked(kit_job(), ledger, now_of(ledger), S(""), S("a"), &asked, &len));
	assert_int_equal(len, 3);
	static const enum ledger_verdict wanted[] = {LEDGER_PASS, LEDGER_PASS, LEDGER_FAIL};
	static const int64_t hours[] = {1, 3, 4};
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(asked[i].verdict, wanted[i]);
		assert_int_equal(asked[i].at_us, at_us(hours[i]));
		assert_int_equal(asked[i].ended_us, i < 2 ? at_us(4) : 0);
	}
	/* Before the last run the pass had no end. */
	ASSERT_OK(ledger_moment(kit_job(), ledger, at_us(3), &then));
	ASSERT_OK(ledger_asked(kit_job(), ledger, then, S(""), S("a"), &asked, &len));
	assert_int_equal(len, 2);
	assert_int_equal(asked[1].ended_us, 0);
	ASSERT_OK(ledger_asked(kit_job(), ledger, now_of(ledger), S("elsewhere"), S("a"), &asked, &len));
	assert_int_equal(len, 0);
	ASSERT_OK(ledger_asked(kit_job(), ledger, now_of(ledger), S(""), S("c"), &asked, &len));
	assert_int_equal(len, 0);
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_collected__is_every_collection_of_the_table(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_collected *list;
	size_t len;
	uint64_t first = evidence(ledger, "mount", "/", 1).index;
	(void)evidence(ledger, "other", "/", 2);
	(void)evidence(ledger, "mount", "/", 3); /* the same again: it was looked at anew */
	ASSERT_OK(ledger_collected(kit_job(), ledger, now_of(ledger), ledger_host_id(ledger), S("mount"), &list, &len));
	assert_int_equal(len, 2);
	assert_int_equal(list[0].entry, first);
	assert_int_equal(list[0].collected_us, at_us(1));
	assert_int_equal(list[1].collected_us, at_us(3));
	ASSERT_OK(ledger_collected(kit_job(), ledger, (struct ledger_moment){.size = first}, ledger_host_id(ledger), S("mount"), &list, &len));
	assert_int_equal(len, 0);
	ledger_close(ledger);
	place_remove(&place);
}

/* What was the root once is found again when the tree has grown; what is not there yet is refused. */
static void
test_ledger_root_at__is_the_root_of_then(void **state)
{
	(void)state;
	struct place place = place_make();
	struct digest roots[24], found;
	uint64_t sizes[24];
	size_t len = 0;
	for (; len < 24; len++) {
		struct ledger_verify_options options = {0};
		struct ledger_verify_result result;
		struct ledger *ledger = ledger_at(&place);
		(void)evidence(ledger, "mount", len % 2 == 0 ? "/" : "/home", (int64_t)len + 1);
		ledger_close(ledger);
		ASSERT_OK(ledger_verify(kit_job(), &place.place, NULL, &options, &result));
		roots[len] = result.root;
		sizes[len] = result.size;
	}
	struct ledger *ledger = ledger_at(&place);
	for (size_t i = 0; i < len; i++) {
		ASSERT_OK(ledger_root_at(kit_job(), ledger, sizes[i], &found));
		assert_true(digest_same(&found, &roots[i]));
	}
	assert_false(digest_same(&roots[3], &roots[4]));
	ASSERT_OK(ledger_root_at(kit_job(), ledger, 0, &found));
	assert_string_equal(digest_text(&found).at, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	ASSERT_ERR(ledger_root_at(kit_job(), ledger, ledger_size(ledger) + 1, &found), ERR_MISSING, "entries");
	ledger_close(ledger);
	place_remove(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_asked__is_every_run_that_asked),
	    cmocka_unit_test(test_ledger_collected__is_every_collection_of_the_table),
	    cmocka_unit_test(test_ledger_root_at__is_the_root_of_then),
	};
	return KIT_TESTS(tests);
}
