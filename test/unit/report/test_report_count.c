/* The sums: nothing is left out, and hosts that come and go do not bend the line. */
#include "report_kit.h"

#include "report/report_count.h"

static void
test_report_count__adds_up(void **state)
{
	(void)state;
	kit_fresh();
	struct report report = kit_report(false);
	struct report_count count;
	ASSERT_OK(report_count(kit_job(), &report, &count));
	assert_int_equal(count.all.total, 7);
	assert_int_equal(count.all.of[REPORT_NOT_MET], 2);
	assert_int_equal(count.frameworks_len, 2);
	assert_int_equal(count.frameworks[0].total + count.frameworks[1].total, 7);
	size_t functions = 0, bases = 0;
	for (size_t i = 0; i < REPORT_FUNCTIONS; i++)
		functions += count.functions[i].total;
	for (size_t i = 0; i < REPORT_BASES; i++)
		bases += count.bases[i].total;
	assert_int_equal(functions, 7);
	assert_int_equal(bases, 14);
	assert_int_equal(count.parts, 14);
	assert_int_equal(count.findings, 14);
	assert_int_equal(count.severities[REPORT_CRITICAL], 12);
	assert_int_equal(count.tables, 5);
	assert_int_equal(count.unread, 1);
	assert_int_equal(count.accepted, 2);
	assert_int_equal(count.pending, 1);
}

static void
test_report_count__refuses_a_word_nobody_knows(void **state)
{
	(void)state;
	kit_fresh();
	struct report report = kit_report(false);
	struct report_count count;
	report.requirements[2].verdict = S("fine");
	ASSERT_ERR(report_count(kit_job(), &report, &count), ERR_BUG, "\"fine\"");
	report = kit_report(false);
	report.requirements[2].parts[1].state = S("met");
	ASSERT_ERR(report_count(kit_job(), &report, &count), ERR_BUG, "\"met\"");
}

static void
test_report_count__counts_what_it_has_no_name_for_as_other(void **state)
{
	(void)state;
	kit_fresh();
	struct report report = kit_report(true); /* functions and severities are unknown words then */
	struct report_count count;
	ASSERT_OK(report_count(kit_job(), &report, &count));
	assert_int_equal(count.functions[REPORT_FUNCTIONS - 1].total, 7);
	assert_int_equal(count.severities[REPORT_OTHER], 14);
}

static struct report_count
moments(const struct ledger_run_row *runs, size_t len, const struct ledger_host *hosts, size_t hosts_len)
{
	struct report report = {.catalogue = &kit_catalogue,
	    .hosts = (struct ledger_host *)(uintptr_t)hosts,
	    .hosts_len = hosts_len,
	    .runs = (struct ledger_run_row *)(uintptr_t)runs,
	    .runs_len = len};
	struct report_count count;
	ASSERT_OK(report_count(kit_job(), &report, &count));
	return count;
}

static void
test_report_count__adds_the_hosts_of_one_moment(void **state)
{
	(void)state;
	kit_fresh();
	const struct ledger_run_row runs[] = {{.host = S("a"), .at_us = 1, .open = 5, .found = 5},
	    {.host = S("b"), .at_us = 2, .open = 3, .found = 3}, {.host = S("a"), .at_us = 3, .open = 1, .gone = 4}};
	struct report_count count = moments(runs, 3, NULL, 0);
	assert_int_equal(count.moments_len, 3);
	assert_int_equal(count.moments[0].open, 5);
	assert_int_equal(count.moments[1].open, 8);
	assert_int_equal(count.moments[2].open, 4);
	assert_int_equal(count.moments[2].gone, 4);
}

static void
test_report_count__drops_a_retired_host_after_its_last_run(void **state)
{
	(void)state;
	kit_fresh();
	const struct ledger_run_row runs[] = {
	    {.host = S("a"), .at_us = 1, .open = 5}, {.host = S("b"), .at_us = 2, .open = 3}, {.host = S("b"), .at_us = 3, .open = 2}};
	const struct ledger_host retired = {.id = S("a"), .state = LEDGER_HOST_RETIRED},
				 standing = {.id = S("a"), .state = LEDGER_HOST_ACCEPTED};
	struct report_count count = moments(runs, 3, &retired, 1);
	assert_int_equal(count.moments[0].open, 5);
	assert_int_equal(count.moments[2].open, 2);
	count = moments(runs, 3, &standing, 1);
	assert_int_equal(count.moments[2].open, 7);
}

static void
test_report_count__puts_many_runs_into_few_moments(void **state)
{
	(void)state;
	kit_fresh();
	struct ledger_run_row *runs;
	size_t found = 0, runs_seen = 0;
	ASSERT_OK(NEW(kit_job(), 5000, &runs));
	for (size_t i = 0; i < 5000; i++)
		runs[i] =
		    (struct ledger_run_row){.host = S("a"), .at_us = KIT_DAY(0) + (int64_t)i * 6 * 3600 * SECOND_US, .open = i, .found = 1};
	struct report_count count = moments(runs, 5000, NULL, 0);
	assert_in_range(count.moments_len, 2, REPORT_MOMENTS);
	for (size_t i = 0; i < count.moments_len; i++) {
		found += count.moments[i].found;
		runs_seen += count.moments[i].runs;
	}
	assert_int_equal(found, 5000);
	assert_int_equal(runs_seen, 5000);
	assert_int_equal(count.moments[count.moments_len - 1].open, 4999);
}

static void
test_report_count__bears_a_clock_that_jumps(void **state)
{
	(void)state;
	kit_fresh();
	struct ledger_run_row *runs;
	ASSERT_OK(NEW(kit_job(), 200, &runs));
	for (size_t i = 0; i < 200; i++)
		runs[i] = (struct ledger_run_row){.host = S("a"), .at_us = i % 2 == 0 ? INT64_MIN / 2 : INT64_MAX / 2, .open = 1};
	struct report_count count = moments(runs, 200, NULL, 0);
	assert_in_range(count.moments_len, 1, REPORT_MOMENTS);
}

static void
test_report_word__says_numbers_and_days_as_people_do(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice text;
	ASSERT_OK(report_word_number(job, 0, &text));
	ASSERT_SLICE(text, "0");
	ASSERT_OK(report_word_number(job, 1234567, &text));
	ASSERT_SLICE(text, "1,234,567");
	ASSERT_OK(report_word_count(job, 1, "finding", "findings", &text));
	ASSERT_SLICE(text, "1 finding");
	ASSERT_OK(report_word_day(job, KIT_DAY(14), &text));
	ASSERT_SLICE(text, "22 November 2025");
	ASSERT_OK(report_word_minute(job, -1, &text));
	ASSERT_SLICE(text, "31 December 1969, 23:59 UTC");
	ASSERT_OK(report_word_minute(job, INT64_MAX, &text));
	ASSERT_SLICE(text, "an unknown day");
}

static void
test_report_word__puts_words_for_a_bare_id(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice text;
	(void)kit_report(false);
	ASSERT_OK(report_word_because(job, &kit_catalogue, S("AL-002.part-0 web1: no"), &text));
	ASSERT_SLICE(text, "“Nobody signs in as root”: web1: no");
	ASSERT_OK(report_word_because(job, &kit_catalogue, S("XX-002.part-0 web1: no"), &text));
	ASSERT_SLICE(text, "XX-002.part-0 web1: no");
	ASSERT_OK(report_word_because(job, &kit_catalogue, S(""), &text));
	ASSERT_SLICE(text, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_report_count__adds_up),
	    cmocka_unit_test(test_report_count__refuses_a_word_nobody_knows),
	    cmocka_unit_test(test_report_count__counts_what_it_has_no_name_for_as_other),
	    cmocka_unit_test(test_report_count__adds_the_hosts_of_one_moment),
	    cmocka_unit_test(test_report_count__drops_a_retired_host_after_its_last_run),
	    cmocka_unit_test(test_report_count__puts_many_runs_into_few_moments),
	    cmocka_unit_test(test_report_count__bears_a_clock_that_jumps),
	    cmocka_unit_test(test_report_word__says_numbers_and_days_as_people_do),
	    cmocka_unit_test(test_report_word__puts_words_for_a_bare_id),
	};
	return KIT_TESTS(tests);
}
