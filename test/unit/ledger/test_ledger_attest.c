/*
 * Attestations: by a person, until a date, with a file; the newest of a part is in force.
 */
#include "ledger_kit.h"

static void
test_ledger_attest__says_who_what_and_until_when(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt first, second;
	struct ledger_attestation *list;
	size_t len;
	slice content, shown;
	kit_job()->actor = S("ada");
	kit_job()->now_us = at_us(1);
	ASSERT_OK(ledger_attest(kit_job(), ledger, S("TCOP-1.plan"), S("there is a plan"), at_us(100), S("plan.pdf"), S("%PDF"), &first));
	kit_job()->now_us = at_us(2);
	ASSERT_OK(ledger_attest(kit_job(), ledger, S("TCOP-1.plan"), S("there is a better plan"), at_us(200), S(""), S(""), &second));
	ASSERT_OK(ledger_attestations(kit_job(), ledger, now_of(ledger), S("TCOP-1.plan"), &list, &len));
	assert_int_equal(len, 2);
	ASSERT_SLICE(list[0].says, "there is a plan");
	assert_true(list[0].has_file && !list[1].has_file);
	ASSERT_SLICE(list[0].file_name, "plan.pdf");
	ASSERT_OK(ledger_content(kit_job(), ledger, &list[0].file, &content));
	ASSERT_SLICE(content, "%PDF");
	assert_true(list[1].until_us == at_us(200) && list[1].made_us == at_us(2));
	assert_int_equal(list[1].entry, second.index);
	/* The name stands nowhere but in the person's content. */
	assert_int_equal(list[0].by.len, 32);
	assert_true(slice_same(list[0].by, list[1].by));
	ASSERT_OK(job_format(kit_job(), &content, "{person:%.*s}", SLICE(list[0].by)));
	ASSERT_OK(ledger_person_show(kit_job(), ledger, content, &shown));
	ASSERT_SLICE(shown, "ada");
	ASSERT_OK(ledger_attestations(kit_job(), ledger, (struct ledger_moment){.size = second.index}, S(""), &list, &len));
	assert_int_equal(len, 1);
	ASSERT_OK(ledger_attestations(kit_job(), ledger, now_of(ledger), S("TCOP-2.plan"), &list, &len));
	assert_int_equal(len, 0);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
}

static void
test_ledger_attest__refuses_nobody_the_past_and_half_a_file(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt;
	kit_job()->now_us = at_us(10);
	ASSERT_ERR(ledger_attest(kit_job(), ledger, S("A.b"), S("x"), at_us(20), S(""), S(""), &receipt), ERR_DENIED, "named person");
	kit_job()->actor = S("ada");
	ASSERT_ERR(ledger_attest(kit_job(), ledger, S("A.b"), S("x"), at_us(9), S(""), S(""), &receipt), ERR_INPUT, "later moment");
	ASSERT_ERR(ledger_attest(kit_job(), ledger, S("A.b"), S(""), at_us(20), S(""), S(""), &receipt), ERR_INPUT, "1 to");
	ASSERT_ERR(ledger_attest(kit_job(), ledger, S("A.b"), S("x"), at_us(20), S("f"), S(""), &receipt), ERR_INPUT, "belong together");
	assert_int_equal(ledger_size(ledger), 1);
	ledger_close(ledger);
	place_remove(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_attest__says_who_what_and_until_when),
	    cmocka_unit_test(test_ledger_attest__refuses_nobody_the_past_and_half_a_file),
	};
	return KIT_TESTS(tests);
}
