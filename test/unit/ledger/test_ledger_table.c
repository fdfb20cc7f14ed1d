/*
 * The ledger's tables for questions, at a moment; warnings; content sets; places.
 */
#include "ledger_kit.h"

static void
test_ledger_table__each_name_gives_rows_that_can_be_written(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt;
	struct ledger_run_change change;
	const char *const *names;
	struct rows rows;
	slice text;
	evidence(ledger, "mount", "/", 1);
	struct ledger_result result = {.check = S("ssh"), .verdict = LEDGER_FAIL};
	struct ledger_finding found = {.id = S("aaaaaaaaaaaa"),
	    .check = S("ssh"),
	    .host = ledger_host_id(ledger),
	    .severity = S("low"),
	    .says = S("x"),
	    .key = S("[]"),
	    .row = S("{}")};
	struct ledger_run run = {
	    .host = ledger_host_id(ledger), .at_us = at_us(3), .results = &result, .results_len = 1, .findings = &found, .findings_len = 1};
	kit_job()->now_us = at_us(3);
	kit_job()->actor = S("ada");
	ASSERT_OK(ledger_run_append(kit_job(), ledger, &run, &change));
	ASSERT_OK(ledger_attest(kit_job(), ledger, S("A.b"), S("so"), at_us(100), S(""), S(""), &receipt));
	ASSERT_OK(ledger_table_names(&names));
	for (size_t i = 0; names[i] != NULL; i++) {
		size_t expected = strcmp(names[i], "entry") == 0 ? ledger_size(ledger) : 1;
		ASSERT_OK(ledger_table(kit_job(), ledger, now_of(ledger), slice_of(names[i]), &rows));
		if (rows.len != expected)
			fail_msg("%s: expected %zu rows, found %zu", names[i], expected, rows.len);
		ASSERT_OK(rows_write(kit_job(), &rows, 0, &text));
		assert_true(slice_has(text, slice_of(names[i])));
		/* Before anything was there, nothing is said. */
		ASSERT_OK(ledger_table(kit_job(), ledger, (struct ledger_moment){.size = 0, .now_us = 1}, slice_of(names[i]), &rows));
		assert_int_equal(rows.len, 0);
	}
	ASSERT_ERR(ledger_table(kit_job(), ledger, now_of(ledger), S("sqlite_master"), &rows), ERR_MISSING, "no table of the ledger");
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_warnings__say_what_nothing_else_says(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_reading *readings;
	struct ledger_receipt receipt;
	slice *list;
	size_t len, before, i;
	evidence(ledger, "mount", "/", 50);
	ASSERT_OK(ledger_warnings(kit_job(), ledger, &list, &before));
	assert_true(before >= 1);
	ASSERT_SLICE(list[0], "no outside witness: an administrator's rollback cannot be detected");
	kit_job()->now_us = at_us(10);
	ASSERT_OK(ledger_warnings(kit_job(), ledger, &list, &len));
	assert_int_equal(len, before + 1);
	for (i = 0; i < len && !slice_has(list[i], S("the clock went back")); i++)
		;
	assert_true(i < len);
	kit_job()->now_us = at_us(51);
	ASSERT_OK(ledger_readings(kit_job(), ledger, now_of(ledger), S(""), S(""), &readings, &len));
	ASSERT_OK(ledger_erase(kit_job(), ledger, &readings[0].digest, 1, S("x"), &receipt));
	ASSERT_OK(ledger_warnings(kit_job(), ledger, &list, &len));
	assert_int_equal(len, before + 1);
	for (i = 0; i < len && !slice_has(list[i], S("rewrap\" is due 2026-12-03")); i++)
		;
	assert_true(i < len);
	kit_job()->now_us = at_us(24 * 60);
	ASSERT_OK(ledger_warnings(kit_job(), ledger, &list, &len));
	for (i = 0; i < len && !slice_has(list[i], S("was due")); i++)
		;
	assert_true(i < len);
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_content_set__is_recorded_when_it_changes(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct digest one = {{1}}, two = {{2}};
	struct ledger_entry entry;
	uint64_t first, again, second, back;
	slice content;
	ASSERT_OK(ledger_content_set(kit_job(), ledger, &one, S("pack one"), &first));
	ASSERT_OK(ledger_content_set(kit_job(), ledger, &one, S("pack one"), &again));
	assert_int_equal(first, again);
	ASSERT_OK(ledger_content_set(kit_job(), ledger, &two, S("pack two"), &second));
	assert_int_not_equal(first, second);
	ASSERT_OK(ledger_content_set(kit_job(), ledger, &one, S("pack one"), &back));
	assert_true(back > second);
	ASSERT_OK(ledger_entry(kit_job(), ledger, second, &entry));
	assert_int_equal(entry.kind, LEDGER_CONTENT);
	ASSERT_OK(ledger_content(kit_job(), ledger, &entry.subjects[1].digest, &content));
	ASSERT_SLICE(content, "pack two");
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_entries__the_newest_up_to_a_moment(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_entry *list, one;
	size_t len;
	evidence(ledger, "mount", "/", 1);
	evidence(ledger, "mount", "/home", 2);
	ASSERT_OK(ledger_entries(kit_job(), ledger, now_of(ledger), 2, &list, &len));
	assert_int_equal(len, 2);
	assert_int_equal(list[0].index, 1);
	assert_int_equal(list[1].kind, LEDGER_EVIDENCE);
	assert_true(list[1].subjects[0].known);
	ASSERT_OK(ledger_entries(kit_job(), ledger, (struct ledger_moment){.size = 1}, 10, &list, &len));
	assert_int_equal(len, 1);
	ASSERT_ERR(ledger_entry(kit_job(), ledger, 3, &one), ERR_MISSING, "entries 0 to 2");
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_place__defaults_and_overrides(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct ledger_place place;
	const char *dir;
	ASSERT_OK(ledger_place_of(kit_job(), "/d", NULL, "/s", "/r", &place));
	assert_string_equal(place.keys, "/d/keys");
	assert_string_equal(place.signer, "/s");
	assert_string_equal(place.run, "/r");
	ASSERT_OK(ledger_place_find(kit_job(), "/given", &dir));
	assert_string_equal(dir, "/given");
	setenv("ASSAY_DIR", "/from/env", 1);
	ASSERT_OK(ledger_place_find(kit_job(), NULL, &dir));
	assert_string_equal(dir, "/from/env");
	unsetenv("ASSAY_DIR");
	const char *here = kit_mkdir(), *store;
	char back[4096];
	assert_non_null(getcwd(back, sizeof back));
	assert_int_equal(chdir(here), 0);
	ASSERT_OK(ledger_place_find(kit_job(), NULL, &dir));
	assert_string_equal(dir, "/var/lib/assay");
	ASSERT_OK(fs_join(kit_job(), here, "var/store", &store));
	ASSERT_OK(fs_mkdirs(kit_job(), store, 0700));
	ASSERT_OK(ledger_place_find(kit_job(), NULL, &dir));
	assert_string_equal(dir, "./var");
	assert_int_equal(chdir(back), 0);
	kit_rmdir(here);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_table__each_name_gives_rows_that_can_be_written),
	    cmocka_unit_test(test_ledger_warnings__say_what_nothing_else_says),
	    cmocka_unit_test(test_ledger_content_set__is_recorded_when_it_changes),
	    cmocka_unit_test(test_ledger_entries__the_newest_up_to_a_moment),
	    cmocka_unit_test(test_ledger_place__defaults_and_overrides),
	};
	return KIT_TESTS(tests);
}
