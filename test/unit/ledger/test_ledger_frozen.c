/*
 * Reports that were kept: given back byte by byte, as of a moment, strictly read; what is erased is gone and says so.
 */
#include "ledger_kit.h"

#include "ledger/ledger_frozen.h"

static const slice files[] = {{"a.csv", 5}, {"b.csv", 5}};

static struct ledger_frozen
form_of(const struct ledger *ledger)
{
	return (struct ledger_frozen){.pack = S("gate"),
	    .title = S("Gate pack"),
	    .format = S("csv"),
	    .phase = S("beta"),
	    .service = 3,
	    .rank = 1,
	    .from_us = at_us(1),
	    .to_us = at_us(9),
	    .at = {.size = ledger_size(ledger), .now_us = at_us(9)},
	    .root = code_sha256(S("root")),
	    .content = code_sha256(S("content")),
	    .files = files,
	    .files_len = 2};
}

static void
test_ledger_frozen__gives_back_what_was_kept(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_frozen form = form_of(ledger), *list, one;
	struct ledger_receipt receipt;
	const slice texts[] = {S("first bytes"), S("other bytes")};
	uint64_t next;
	slice text;
	size_t len;
	kit_job()->actor = S("ada");
	kit_job()->now_us = at_us(10);
	ASSERT_OK(ledger_frozen_next(kit_job(), ledger, &next));
	ASSERT_OK(ledger_frozen_append(kit_job(), ledger, &form, texts, next, &receipt));
	assert_int_equal(receipt.index, next);
	ASSERT_OK(ledger_frozens(kit_job(), ledger, now_of(ledger), &list, &len));
	assert_int_equal(len, 1);
	ASSERT_OK(ledger_frozen(kit_job(), ledger, next, &one));
	assert_true(list[0].entry == next && one.entry == next && one.service == 3 && one.rank == 1 && one.at.size == form.at.size);
	assert_true(one.from_us == at_us(1) && one.to_us == at_us(9) && one.at.now_us == at_us(9) && one.made_us == at_us(10) && one.by.len == 32);
	ASSERT_SLICE(one.files[1], "b.csv");
	ASSERT_OK(ledger_frozen_file(kit_job(), ledger, &one, 1, &text));
	ASSERT_SLICE(text, "other bytes");
	ASSERT_OK(ledger_frozen_file(kit_job(), ledger, &one, 0, &text));
	ASSERT_SLICE(text, "first bytes");
	/* As of before it, there was none; and other entries are none. */
	ASSERT_OK(ledger_frozens(kit_job(), ledger, (struct ledger_moment){.size = next}, &list, &len));
	assert_int_equal(len, 0);
	ASSERT_ERR(ledger_frozen(kit_job(), ledger, 0, &one), ERR_MISSING, "no report");
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
}

static void
test_ledger_frozen__is_the_entry_it_says_or_none(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_frozen form = form_of(ledger);
	struct ledger_receipt receipt;
	const slice texts[] = {S("x"), S("y")};
	uint64_t next, after;
	slice token;
	kit_job()->actor = S("ada");
	ASSERT_OK(ledger_frozen_next(kit_job(), ledger, &next));
	ASSERT_OK(ledger_person_token(kit_job(), ledger, S(""), S("grace"), &token));
	after = ledger_size(ledger);
	ASSERT_ERR(ledger_frozen_append(kit_job(), ledger, &form, texts, next, &receipt), ERR_CONFLICT, "make it again");
	assert_int_equal(ledger_size(ledger), after);
	ASSERT_OK(ledger_frozen_append(kit_job(), ledger, &form, texts, after, &receipt));
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_frozen__is_strictly_read(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_frozen form = form_of(ledger), read;
	struct ledger_receipt receipt;
	const slice texts[] = {S("x"), S("y")}, wrong[] = {S("../a"), S("b")};
	slice text, other;
	ASSERT_OK(ledger_frozen_form_write(kit_job(), &form, &text));
	ASSERT_OK(ledger_frozen_form_read(kit_job(), text, &read));
	assert_true(read.files_len == 2 && read.at.now_us == form.at.now_us);
	ASSERT_OK(job_format(kit_job(), &other, " %.*s", SLICE(text)));
	ASSERT_ERR(ledger_frozen_form_read(kit_job(), other, &read), ERR_INPUT, "canonical");
	ASSERT_ERR(ledger_frozen_form_read(kit_job(), S("{\"pack\":\"x\"}"), &read), ERR_INPUT, "frozen content");
	form.files = wrong;
	ASSERT_ERR(ledger_frozen_append(kit_job(), ledger, &form, texts, ledger_size(ledger), &receipt), ERR_INPUT, "file's name");
	form.files_len = 0;
	ASSERT_ERR(ledger_frozen_append(kit_job(), ledger, &form, texts, ledger_size(ledger), &receipt), ERR_INPUT, "1 to");
	assert_int_equal(ledger_size(ledger), 1);
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_frozen__erased_is_gone_and_says_so(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_frozen form = form_of(ledger), one;
	struct ledger_receipt receipt;
	struct ledger_entry entry;
	const slice texts[] = {S("names somebody"), S("y")};
	slice text;
	uint64_t next;
	kit_job()->actor = S("ada");
	ASSERT_OK(ledger_frozen_next(kit_job(), ledger, &next));
	ASSERT_OK(ledger_frozen_append(kit_job(), ledger, &form, texts, next, &receipt));
	ASSERT_OK(ledger_entry(kit_job(), ledger, next, &entry));
	ASSERT_SLICE(entry.subjects[1].name, "file/1");
	ASSERT_OK(ledger_erase(kit_job(), ledger, &entry.subjects[1].digest, 1, S("it names somebody"), &receipt));
	ASSERT_OK(ledger_frozen(kit_job(), ledger, next, &one));
	ASSERT_ERR(ledger_frozen_file(kit_job(), ledger, &one, 0, &text), ERR_MISSING, "erased");
	ASSERT_OK(ledger_frozen_file(kit_job(), ledger, &one, 1, &text));
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_frozen__gives_back_what_was_kept),
	    cmocka_unit_test(test_ledger_frozen__is_the_entry_it_says_or_none),
	    cmocka_unit_test(test_ledger_frozen__is_strictly_read),
	    cmocka_unit_test(test_ledger_frozen__erased_is_gone_and_says_so),
	};
	return KIT_TESTS(tests);
}
