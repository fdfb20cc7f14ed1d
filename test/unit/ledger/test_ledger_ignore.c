/*
 * Decisions to ignore: by a person, until a date, as of a moment; strictly read; gone without a trace when they are erased.
 */
#include "ledger_kit.h"

#include "ledger/ledger_ignore.h"

static void
ignore(struct ledger *ledger, const char *registry, const char *key, int64_t until_us, const char *why, struct ledger_receipt *ret)
{
	slice keys[2] = {slice_of(key), S("other")};
	struct ledger_ignore_form form = {
	    .registry = slice_of(registry), .keys = keys, .keys_len = 2, .until_us = until_us, .why = slice_of(why)};
	ASSERT_OK(ledger_ignore_append(kit_job(), ledger, &form, ret));
}

static void
test_ledger_ignore__the_newest_of_a_key_counts_as_of_a_moment(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt first, second, third;
	struct ledger_ignore *list;
	size_t len;
	kit_job()->actor = S("ada");
	kit_job()->now_us = at_us(1);
	ignore(ledger, "asset", "web-1", at_us(50), "a test machine", &first);
	ignore(ledger, "certificate", "web-1", at_us(60), "replaced tonight", &second);
	kit_job()->now_us = at_us(2);
	ignore(ledger, "asset", "web-1", at_us(90), "still a test machine", &third);
	ASSERT_OK(ledger_ignores(kit_job(), ledger, now_of(ledger), S("asset"), &list, &len));
	assert_int_equal(len, 2);
	ASSERT_SLICE(list[0].key, "other");
	ASSERT_SLICE(list[1].key, "web-1");
	ASSERT_SLICE(list[1].why, "still a test machine");
	assert_true(list[1].until_us == at_us(90) && list[1].made_us == at_us(2) && list[1].entry == third.index && list[1].by.len == 32);
	/* As of before the second decision; and of every register. */
	ASSERT_OK(ledger_ignores(kit_job(), ledger, (struct ledger_moment){.size = third.index}, S("asset"), &list, &len));
	assert_int_equal(len, 2);
	assert_true(list[1].until_us == at_us(50) && list[1].entry == first.index);
	ASSERT_OK(ledger_ignores(kit_job(), ledger, (struct ledger_moment){.size = first.index}, S(""), &list, &len));
	assert_int_equal(len, 0);
	ASSERT_OK(ledger_ignores(kit_job(), ledger, now_of(ledger), S(""), &list, &len));
	assert_int_equal(len, 4);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
}

static void
test_ledger_ignore__refuses_nobody_the_past_and_no_reason(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt;
	slice key = S("web-1");
	struct ledger_ignore_form good = {.registry = S("asset"), .keys = &key, .keys_len = 1, .until_us = at_us(20), .why = S("x")}, bad = good;
	kit_job()->now_us = at_us(10);
	ASSERT_ERR(ledger_ignore_append(kit_job(), ledger, &good, &receipt), ERR_DENIED, "named person");
	kit_job()->actor = S("ada");
	bad.until_us = at_us(9);
	ASSERT_ERR(ledger_ignore_append(kit_job(), ledger, &bad, &receipt), ERR_INPUT, "later moment");
	bad = good;
	bad.why = S("");
	ASSERT_ERR(ledger_ignore_append(kit_job(), ledger, &bad, &receipt), ERR_INPUT, "reason");
	bad = good;
	bad.keys_len = 0;
	ASSERT_ERR(ledger_ignore_append(kit_job(), ledger, &bad, &receipt), ERR_INPUT, "1 to");
	bad = good;
	bad.registry = S("");
	ASSERT_ERR(ledger_ignore_append(kit_job(), ledger, &bad, &receipt), ERR_INPUT, "register");
	assert_int_equal(ledger_size(ledger), 1);
	ASSERT_OK(ledger_ignore_append(kit_job(), ledger, &good, &receipt));
	ledger_close(ledger);
	place_remove(&place);
}

#define FORM "{\"keys\":[\"a\"],\"register\":\"asset\",\"until\":\"2026-11-30T00:00:00Z\",\"why\":\"x\"}"

static void
test_ledger_ignore__reads_one_form_only(void **state)
{
	static const char *const wrong[] = {"{}", "{\"keys\":[],\"register\":\"asset\",\"until\":\"2026-11-30T00:00:00Z\",\"why\":\"x\"}",
	    "{\"keys\":[\"\"],\"register\":\"asset\",\"until\":\"2026-11-30T00:00:00Z\",\"why\":\"x\"}",
	    "{\"keys\":[1],\"register\":\"asset\",\"until\":\"2026-11-30T00:00:00Z\",\"why\":\"x\"}",
	    "{\"keys\":[\"a\"],\"register\":\"asset\",\"until\":\"soon\",\"why\":\"x\"}",
	    "{\"keys\":[\"a\"],\"register\":\"asset\",\"until\":\"2026-11-30\",\"why\":\"x\"}",
	    "{\"keys\":[\"a\"],\"register\":\"asset\",\"until\":\"2026-11-30T00:00:00Z\",\"why\":\"x\",\"z\":1}", FORM " "};
	struct ledger_ignore_form form;
	slice again;
	(void)state;
	(void)kit_fresh();
	ASSERT_OK(ledger_ignore_form_read(kit_job(), S(FORM), &form));
	ASSERT_OK(ledger_ignore_form_write(kit_job(), &form, &again));
	ASSERT_SLICE(again, FORM);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ASSERT_ERR(ledger_ignore_form_read(kit_job(), slice_of(wrong[i]), &form), ERR_INPUT, "");
}

static void
test_ledger_ignore__is_erased_with_its_content(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt;
	struct ledger_entry entry;
	struct ledger_ignore *list;
	size_t len;
	kit_job()->actor = S("ada");
	kit_job()->now_us = at_us(1);
	ignore(ledger, "asset", "web-1", at_us(50), "Bob's machine", &receipt);
	ASSERT_OK(ledger_entry(kit_job(), ledger, receipt.index, &entry));
	ASSERT_OK(ledger_erase(kit_job(), ledger, &entry.subjects[0].digest, 1, S("it named Bob"), &receipt));
	ASSERT_OK(ledger_ignores(kit_job(), ledger, now_of(ledger), S(""), &list, &len));
	assert_int_equal(len, 0);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
}

static void
test_ledger_person__mark_is_the_same_for_the_same_name_only(void **state)
{
	(void)state;
	struct place place = place_make(), more = place_more();
	struct ledger *ledger = ledger_at(&place), *other = ledger_at(&more);
	slice ada, again, bob, elsewhere;
	ASSERT_OK(ledger_person_mark(kit_job(), ledger, S("ada"), &ada));
	ASSERT_OK(ledger_person_mark(kit_job(), ledger, S("ada"), &again));
	ASSERT_OK(ledger_person_mark(kit_job(), ledger, S("bob"), &bob));
	ASSERT_OK(ledger_person_mark(kit_job(), other, S("ada"), &elsewhere));
	assert_true(slice_same(ada, again) && !slice_same(ada, bob) && !slice_same(ada, elsewhere));
	assert_true(slice_starts(ada, S("person-")) && ada.len == 19);
	assert_int_equal(ledger_size(ledger), 1);
	ledger_close(ledger);
	ledger_close(other);
	place_remove(&place);
	place_remove(&more);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_ledger_ignore__the_newest_of_a_key_counts_as_of_a_moment),
	    cmocka_unit_test(test_ledger_ignore__refuses_nobody_the_past_and_no_reason),
	    cmocka_unit_test(test_ledger_ignore__reads_one_form_only), cmocka_unit_test(test_ledger_ignore__is_erased_with_its_content),
	    cmocka_unit_test(test_ledger_person__mark_is_the_same_for_the_same_name_only)};
	return KIT_TESTS(tests);
}
