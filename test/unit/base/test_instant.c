/* Instants: the calendar at its corners, strict reading, durations. */
#include "kit.h"

#include "base/instant.h"

#define REFUSED INT64_C(-77)

static int64_t
parsed(const char *text)
{
	int64_t at_us = REFUSED;
	return instant_parse(slice_of(text), &at_us) ? at_us : REFUSED;
}

static int64_t
mailed(const char *text)
{
	int64_t at_us = REFUSED;
	return instant_parse_mail(slice_of(text), &at_us) ? at_us : REFUSED;
}

#define ASSERT_INSTANT(at_us, wanted) assert_string_equal(instant_text(at_us).at, (wanted))

static void
test_instant_civil__agrees_with_counting(void **state)
{
	(void)state;
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t day = instant_from_civil(-401, 1, 1);
	for (int64_t year = -401; year <= 2801; year++)
		for (int month = 1; month <= 12; month++) {
			bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
			int last = days[month - 1] + (month == 2 && leap ? 1 : 0);
			for (int in_month = 1; in_month <= last; in_month++, day++) {
				int64_t y;
				int m, d;
				instant_civil(day, &y, &m, &d);
				if (y != year || m != month || d != in_month || instant_from_civil(y, m, d) != day)
					fail_msg("day %lld: %lld-%d-%d", (long long)day, (long long)y, m, d);
			}
		}
	assert_int_equal(instant_from_civil(1970, 1, 1), 0);
	assert_int_equal(instant_from_civil(2000, 3, 1), 11017);
}

static void
test_instant_text__writes_both_forms(void **state)
{
	(void)state;
	ASSERT_INSTANT(0, "1970-01-01T00:00:00Z");
	ASSERT_INSTANT(1, "1970-01-01T00:00:00.000001Z");
	ASSERT_INSTANT(-1, "1969-12-31T23:59:59.999999Z");
	ASSERT_INSTANT(1795311124 * SECOND_US, "2026-11-22T01:32:04Z");
	assert_string_equal(instant_day(-1).at, "1969-12-31");
	assert_string_equal(instant_day(1795311124 * SECOND_US).at, "2026-11-22");
}

static void
test_instant_text__outside_its_years_is_a_question_mark(void **state)
{
	(void)state;
	int64_t first = instant_from_civil(1, 1, 1) * DAY_US, end = instant_from_civil(10000, 1, 1) * DAY_US;
	ASSERT_INSTANT(first, "0001-01-01T00:00:00Z");
	ASSERT_INSTANT(first - 1, "?");
	ASSERT_INSTANT(end - 1, "9999-12-31T23:59:59.999999Z");
	ASSERT_INSTANT(end, "?");
	ASSERT_INSTANT(INT64_MAX, "?");
	ASSERT_INSTANT(INT64_MIN, "?");
	assert_string_equal(instant_day(INT64_MIN).at, "?");
}

static void
test_instant_parse__reads_rfc_3339(void **state)
{
	(void)state;
	assert_int_equal(parsed("2026-11-22T01:32:04Z"), 1795311124 * SECOND_US);
	assert_int_equal(parsed("2026-11-22"), 1795305600 * SECOND_US);
	assert_int_equal(parsed("2026-11-22T02:32:04+01:00"), 1795311124 * SECOND_US);
	assert_int_equal(parsed("2026-11-21T15:02:04-10:30"), 1795311124 * SECOND_US);
	assert_int_equal(parsed("1970-01-01T00:00:00-00:00"), 0);
	assert_int_equal(parsed("1970-01-01T00:00:00.5Z"), 500000);
	assert_int_equal(parsed("1970-01-01T00:00:00.000001Z"), 1);
	assert_int_equal(parsed("2024-02-29"), instant_from_civil(2024, 2, 29) * DAY_US);
	assert_int_equal(parsed("0001-01-01"), instant_from_civil(1, 1, 1) * DAY_US);
}

static void
test_instant_parse__refuses_the_rest(void **state)
{
	(void)state;
	static const char *const wrong[] = {
	    "",
	    "2026",
	    "2026-11",
	    "26-11-22",
	    "2026-13-01",
	    "2026-00-01",
	    "2026-04-31",
	    "2026-02-29",
	    "1900-02-29",
	    "0000-01-01",
	    "2026-11-00",
	    "2026-1-02",
	    " 2026-11-22",
	    "2026-11-22 ",
	    "2026-11-22T",
	    "2026-11-22T01:32Z",
	    "2026-11-22T01:32:04",
	    "2026-11-22t01:32:04Z",
	    "2026-11-22T01:32:04z",
	    "2026-11-22 01:32:04Z",
	    "2026-11-22T24:00:00Z",
	    "2026-11-22T01:60:00Z",
	    "2026-11-22T01:32:60Z",
	    "2026-11-22T01:32:04.Z",
	    "2026-11-22T01:32:04.1234567Z",
	    "2026-11-22T01:32:04,5Z",
	    "2026-11-22T01:32:04+0100",
	    "2026-11-22T01:32:04+24:00",
	    "2026-11-22T01:32:04ZZ",
	    "0001-01-01T00:00:00+00:01",
	    "9999-12-31T23:59:59-00:01",
	    "+026-11-22",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (parsed(wrong[i]) != REFUSED)
			fail_msg("\"%s\" must be refused", wrong[i]);
	int64_t at_us;
	assert_false(instant_parse(S("2026-11-22\0"), &at_us));
}

static void
test_instant_parse_mail__reads_every_form(void **state)
{
	(void)state;
	int64_t wanted = 1795311124 * SECOND_US;
	assert_int_equal(mailed("Sun, 22 Nov 2026 01:32:04 UTC"), wanted);
	assert_int_equal(mailed("Sun, 22 Nov 2026 01:32:04 GMT"), wanted);
	assert_int_equal(mailed("Sun, 22 Nov 2026 01:32:04 +0000"), wanted);
	assert_int_equal(mailed("Sun, 22 Nov 2026 02:02:04 +0030"), wanted);
	assert_int_equal(mailed("22 Nov 2026  1:32:04 UTC"), wanted);
	assert_int_equal(mailed("Nov 22 01:32:04 2026 GMT"), wanted);
	assert_int_equal(mailed("Jan  1 00:00:00 1970 GMT"), 0);
	assert_int_equal(mailed("Thu, 1 Jan 1970 00:00:00 GMT"), 0);
	/* A wrong weekday is no reason to refuse: the date counts. */
	assert_int_equal(mailed("Sat, 22 Nov 2026 01:32:04 UTC"), wanted);
}

static void
test_instant_parse_mail__refuses_the_rest(void **state)
{
	(void)state;
	static const char *const wrong[] = {
	    "",
	    "Sun, 22 Nov 2026",
	    "Sun, 22 Nov 2026 01:32:04",
	    "Sun, 22 Nov 26 01:32:04 UTC",
	    "Son, 22 Nov 2026 01:32:04 UTC",
	    "Sun 22 Nov 2026 01:32:04 UTC",
	    "Sun, 22 nov 2026 01:32:04 UTC",
	    "Sun, 31 Nov 2026 01:32:04 UTC",
	    "Sun, 0 Nov 2026 01:32:04 UTC",
	    "Sun, 22 Nov 2026 25:32:04 UTC",
	    "Sun, 22 Nov 2026 01:32 UTC",
	    "Sun, 22 Nov 2026 01:32:04 CET",
	    "Sun, 22 Nov 2026 01:32:04 +00:00",
	    "Sun, 22 Nov 2026 01:32:04 UTC x",
	    "Sun, Nov 22 01:32:04 2026 GMT",
	    "2026-11-22T01:32:04Z",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (mailed(wrong[i]) != REFUSED)
			fail_msg("\"%s\" must be refused", wrong[i]);
}

static void
test_duration_parse__reads_both_forms(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int32_t months;
		int64_t us;
	} right[] = {
	    {"P1Y", 12, 0},
	    {"P1Y2M", 14, 0},
	    {"P2W", 0, 14 * DAY_US},
	    {"P90D", 0, 90 * DAY_US},
	    {"PT1M", 0, 60 * SECOND_US},
	    {"P1M", 1, 0},
	    {"P1Y2M3W4DT5H6M7S", 14, 25 * DAY_US + (5 * 3600 + 6 * 60 + 7) * SECOND_US},
	    {"PT0S", 0, 0},
	    {"7d", 0, 7 * DAY_US},
	    {"12h", 0, 12 * 3600 * SECOND_US},
	    {"30m", 0, 1800 * SECOND_US},
	    {"45s", 0, 45 * SECOND_US},
	    {"2w", 0, 14 * DAY_US},
	};
	for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
		struct duration by;
		if (!duration_parse(slice_of(right[i].text), &by) || by.months != right[i].months || by.us != right[i].us)
			fail_msg("\"%s\" was read wrongly", right[i].text);
	}
}

static void
test_duration_parse__refuses_the_rest(void **state)
{
	(void)state;
	static const char *const wrong[] = {
	    "",
	    "P",
	    "PT",
	    "P1",
	    "1",
	    "d",
	    "P1DT",
	    "PT1D",
	    "P1H",
	    "P1D1Y",
	    "P1D1D",
	    "P1DTT1H",
	    "-P1D",
	    "P-1D",
	    "P1.5D",
	    "7 d",
	    "7D",
	    "1d12h",
	    "1y",
	    "p1d",
	    "P1D ",
	    "7d\n",
	    "99999999999d",
	    "P99999999999999999999Y",
	    "P9999999999Y",
	    "P119988M1M",
	    "9999999999w",
	    "PT9999999999H",
	    "P119989M",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct duration by = {1, 2};
		if (duration_parse(slice_of(wrong[i]), &by))
			fail_msg("\"%s\" must be refused", wrong[i]);
		assert_true(by.months == 1 && by.us == 2);
	}
}

static const char *
after(const char *from, const char *by_text, bool back)
{
	static struct instant_text text;
	struct duration by;
	assert_true(duration_parse(slice_of(by_text), &by));
	text = instant_text(back ? instant_before(parsed(from), by) : instant_after(parsed(from), by));
	return text.at;
}

static void
test_instant_after__rolls_back_to_the_last_day(void **state)
{
	(void)state;
	assert_string_equal(after("2026-01-31", "P1M", false), "2026-02-28T00:00:00Z");
	assert_string_equal(after("2024-01-31", "P1M", false), "2024-02-29T00:00:00Z");
	assert_string_equal(after("2024-02-29", "P1Y", false), "2025-02-28T00:00:00Z");
	assert_string_equal(after("2024-02-29", "P4Y", false), "2028-02-29T00:00:00Z");
	assert_string_equal(after("2026-12-31T10:00:00Z", "P2M", false), "2027-02-28T10:00:00Z");
	assert_string_equal(after("2026-01-31", "P1M1D", false), "2026-03-01T00:00:00Z");
	assert_string_equal(after("2026-02-28", "1d", false), "2026-03-01T00:00:00Z");
	assert_string_equal(after("1969-12-31T23:00:00Z", "P1M", false), "1970-01-31T23:00:00Z");
}

static void
test_instant_before__goes_back(void **state)
{
	(void)state;
	assert_string_equal(after("2026-03-31", "P1M", true), "2026-02-28T00:00:00Z");
	assert_string_equal(after("2026-01-01", "P1M", true), "2025-12-01T00:00:00Z");
	assert_string_equal(after("2026-01-01T00:00:00Z", "PT1S", true), "2025-12-31T23:59:59Z");
	assert_string_equal(after("2026-11-22", "P1Y", true), "2025-11-22T00:00:00Z");
}

static void
test_instant_after__stays_within_its_type(void **state)
{
	(void)state;
	struct duration year = {12, 0}, day = {0, DAY_US}, both = {1, INT64_MAX};
	assert_int_equal(instant_after(INT64_MAX, day), INT64_MAX);
	assert_int_equal(instant_after(INT64_MAX, year), INT64_MAX);
	assert_int_equal(instant_before(INT64_MIN, day), INT64_MIN);
	assert_int_equal(instant_before(INT64_MIN, year), INT64_MIN);
	assert_int_equal(instant_after(INT64_MAX - 5, both), INT64_MAX);
}

static void
test_duration_words__says_the_larger_unit(void **state)
{
	(void)state;
	static const struct {
		int64_t us;
		const char *words;
	} all[] = {
	    {0, "just now"},
	    {SECOND_US - 1, "just now"},
	    {1 - SECOND_US, "just now"},
	    {SECOND_US, "1 second"},
	    {59 * SECOND_US, "59 seconds"},
	    {60 * SECOND_US, "1 minute"},
	    {7200 * SECOND_US, "2 hours"},
	    {DAY_US - 1, "23 hours"},
	    {3 * DAY_US + 5, "3 days"},
	    {400 * DAY_US, "400 days"},
	    {731 * DAY_US, "2 years"},
	    {-3 * DAY_US, "in 3 days"},
	    {-DAY_US, "in 1 day"},
	    {INT64_MIN, "in 292271 years"},
	};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct buf buf = buf_open(kit_fresh(), "words", 100);
		slice words;
		duration_words(&buf, all[i].us);
		ASSERT_OK(buf_end(&buf, &words));
		ASSERT_SLICE(words, all[i].words);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_instant_civil__agrees_with_counting),
	    cmocka_unit_test(test_instant_text__writes_both_forms),
	    cmocka_unit_test(test_instant_text__outside_its_years_is_a_question_mark),
	    cmocka_unit_test(test_instant_parse__reads_rfc_3339),
	    cmocka_unit_test(test_instant_parse__refuses_the_rest),
	    cmocka_unit_test(test_instant_parse_mail__reads_every_form),
	    cmocka_unit_test(test_instant_parse_mail__refuses_the_rest),
	    cmocka_unit_test(test_duration_parse__reads_both_forms),
	    cmocka_unit_test(test_duration_parse__refuses_the_rest),
	    cmocka_unit_test(test_instant_after__rolls_back_to_the_last_day),
	    cmocka_unit_test(test_instant_before__goes_back),
	    cmocka_unit_test(test_instant_after__stays_within_its_type),
	    cmocka_unit_test(test_duration_words__says_the_larger_unit),
	};
	return KIT_TESTS(tests);
}
