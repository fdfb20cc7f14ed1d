/* Pictures: what is there is seen, however few; every drawing has words; colours can be told apart. */
#include "report_kit.h"

#include "report/report_picture.h"

static struct report_count kit_count;

static struct report_page
page_of(struct report *report)
{
	kit_fresh();
	*report = kit_report(false);
	ASSERT_OK(report_count(kit_job(), report, &kit_count));
	return (struct report_page){.job = kit_job(), .buf = buf_open(kit_job(), "page", MIB), .report = report, .count = &kit_count};
}

static void
test_report_picture_widths__fill_the_bar_and_hide_nothing(void **state)
{
	(void)state;
	static const struct report_row rows[] = {
	    {.total = 264, .of = {12, 90, 31, 4, 120, 7}},
	    {.total = 1000000, .of = {1, 1, 1, 1, 1, 999995}},
	    {.total = 1, .of = {0, 0, 0, 0, 0, 1}},
	    {.total = 6, .of = {1, 1, 1, 1, 1, 1}},
	};
	for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
		unsigned widths[REPORT_VERDICTS], sum = 0;
		report_picture_widths(&rows[r], 360, 5, widths);
		for (size_t i = 0; i < REPORT_VERDICTS; i++) {
			sum += widths[i];
			assert_true(rows[r].of[i] == 0 ? widths[i] == 0 : widths[i] >= 5);
		}
		assert_int_equal(sum, 360);
	}
}

static void
test_report_picture_widths__of_nothing_are_nothing(void **state)
{
	(void)state;
	unsigned widths[REPORT_VERDICTS];
	report_picture_widths(&(struct report_row){0}, 360, 5, widths);
	for (size_t i = 0; i < REPORT_VERDICTS; i++)
		assert_int_equal(widths[i], 0);
}

static void
test_report_picture_ceiling__is_even_and_not_below(void **state)
{
	(void)state;
	static const uint64_t pairs[][2] = {{0, 2}, {1, 2}, {3, 4}, {8, 8}, {9, 10}, {11, 20}, {81, 100}, {1234, 2000}};
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		assert_int_equal(report_picture_ceiling(pairs[i][0]), pairs[i][1]);
	assert_true(report_picture_ceiling(UINT64_MAX) == UINT64_MAX);
}

static void
test_report_picture_bar__says_every_number_in_words(void **state)
{
	(void)state;
	struct report report;
	struct report_page page = page_of(&report);
	slice text;
	report_picture_bar(&page, &kit_count.frameworks[0], false);
	ASSERT_OK(buf_end(&page.buf, &text));
	assert_true(slice_has(text, S("role=\"img\"")));
	assert_true(slice_has(text, S("Code of Practice Alpha — make things secure</title>")));
	assert_true(slice_has(text, S("4 requirements: 1 met, 1 partly met, 1 not met, 1 could not be looked at</desc>")));
}

static void
test_report_picture_change__draws_two_runs(void **state)
{
	(void)state;
	struct report report;
	struct report_page page = page_of(&report);
	slice text;
	assert_true(report_picture_change(&page));
	ASSERT_OK(buf_end(&page.buf, &text));
	assert_true(slice_has(text, S("3 open on 2025-11-07, 7 open on 2025-11-22.</desc>")));
	assert_true(slice_has(text, S(">20</text>")));
}

static void
test_report_picture_change__draws_nothing_of_one_run_or_a_clock_gone_back(void **state)
{
	(void)state;
	struct report report;
	struct report_page page = page_of(&report);
	kit_count.moments_len = 1;
	assert_false(report_picture_change(&page));
	kit_count.moments_len = 3;
	kit_count.moments[1].at_us = kit_count.moments[0].at_us - 1;
	assert_false(report_picture_change(&page));
	kit_count.moments[0].at_us = kit_count.moments[1].at_us = kit_count.moments[2].at_us;
	assert_false(report_picture_change(&page));
	assert_int_equal(page.buf.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_report_picture_widths__fill_the_bar_and_hide_nothing),
	    cmocka_unit_test(test_report_picture_widths__of_nothing_are_nothing),
	    cmocka_unit_test(test_report_picture_ceiling__is_even_and_not_below),
	    cmocka_unit_test(test_report_picture_bar__says_every_number_in_words),
	    cmocka_unit_test(test_report_picture_change__draws_two_runs),
	    cmocka_unit_test(test_report_picture_change__draws_nothing_of_one_run_or_a_clock_gone_back),
	};
	return KIT_TESTS(tests);
}
