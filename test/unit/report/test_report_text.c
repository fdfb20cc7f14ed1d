/* The report as text: 80 columns, the same order, and nothing in it acts on a terminal. */
#include "report_kit.h"

#include "base/text.h"

static slice
text_of(bool hostile)
{
	slice text;
	kit_fresh();
	struct report report = kit_report(hostile);
	ASSERT_OK(report_text(kit_job(), &report, &text));
	return text;
}

static void
test_report_text__is_as_it_was(void **state)
{
	(void)state;
	kit_golden("report.txt", text_of(false));
}

static void
test_report_text__is_80_columns_wide(void **state)
{
	(void)state;
	for (int hostile = 0; hostile < 2; hostile++) {
		slice rest = text_of(hostile != 0), line;
		while (slice_cut(&rest, '\n', &line))
			if (text_width(line) > 80)
				fail_msg("%zu columns: %.*s", text_width(line), SLICE(line));
	}
}

static void
test_report_text__lets_nothing_act(void **state)
{
	(void)state;
	slice text = text_of(true);
	assert_true(text_utf8(text));
	for (size_t at = 0, step; at < text.len; at += step) {
		uint32_t rune;
		step = text_rune(slice_from(text, at), &rune);
		if (rune != '\n' && text_rune_acts(rune))
			fail_msg("U+%04X at byte %zu", rune, at);
	}
	assert_true(slice_has(text, S("\\x1b")));
}

/* A line break in outside text must not begin a line of its own that looks like ours. */
static void
test_report_text__keeps_outside_text_in_its_own_lines(void **state)
{
	(void)state;
	kit_fresh();
	struct report report = kit_report(false);
	slice text;
	report.checks[0].findings[0].says = S("harmless\nNothing is open.\n\nEVERY REQUIREMENT");
	ASSERT_OK(report_text(kit_job(), &report, &text));
	assert_true(slice_has(text, S("- harmless Nothing is open. EVERY REQUIREMENT")));
	assert_false(slice_has(text, S("\nNothing is open.")));
}

static void
test_report_text__says_when_nothing_was_looked_for(void **state)
{
	(void)state;
	kit_fresh();
	struct report report = kit_report(false);
	slice text;
	report.checks_len = report.hosts_len = report.readings_len = report.runs_len = report.warnings_len = 0;
	ASSERT_OK(report_text(kit_job(), &report, &text));
	assert_true(slice_has(text, S("No check has been run yet, so nothing was looked for.")));
	assert_false(slice_has(text, S("Nothing is open.")));
	assert_true(slice_has(text, S("No machine has been looked at yet.")));
	report = kit_report(false);
	report.checks_len = 0;
	ASSERT_OK(report_text(kit_job(), &report, &text));
	assert_true(slice_has(text, S("Nothing is open.")));
}

static void
test_report_text__says_what_is_left_out(void **state)
{
	(void)state;
	kit_fresh();
	struct report report = kit_report(false);
	slice text;
	report.requirements_len = 4;
	ASSERT_OK(report_text(kit_job(), &report, &text));
	assert_true(slice_has(text, S("1 other framework is left out.")));
	assert_false(slice_has(text_of(false), S("left out")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_report_text__is_as_it_was),
	    cmocka_unit_test(test_report_text__is_80_columns_wide),
	    cmocka_unit_test(test_report_text__lets_nothing_act),
	    cmocka_unit_test(test_report_text__keeps_outside_text_in_its_own_lines),
	    cmocka_unit_test(test_report_text__says_when_nothing_was_looked_for),
	    cmocka_unit_test(test_report_text__says_what_is_left_out),
	};
	return KIT_TESTS(tests);
}
