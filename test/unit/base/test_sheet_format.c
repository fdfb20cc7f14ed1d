/*
 * Number formats: which numbers are dates, and what they are as text.
 */
#include "base/sheet_format.h"

#include "kit.h"

static void
test_sheet_format_code__tells_dates_from_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *code;
		enum sheet_format format;
	} cases[] = {
	    {"General", SHEET_FORMAT_NUMBER},
	    {"0.00", SHEET_FORMAT_NUMBER},
	    {"0.00E+00", SHEET_FORMAT_NUMBER},
	    {"#,##0\\ \"days\"", SHEET_FORMAT_NUMBER},
	    {"[Red]0;[Blue]yyyy", SHEET_FORMAT_NUMBER},
	    {"_-* #,##0_-", SHEET_FORMAT_NUMBER},
	    {"yyyy-mm-dd", SHEET_FORMAT_DATE},
	    {"yyyy\\-mm\\-dd", SHEET_FORMAT_DATE},
	    {"[$-409]mmmm\\ yy;@", SHEET_FORMAT_DATE},
	    {"mmm", SHEET_FORMAT_DATE},
	    {"dd/mm/yyyy hh:mm", SHEET_FORMAT_INSTANT},
	    {"YYYY-MM-DD HH:MM:SS", SHEET_FORMAT_INSTANT},
	    {"h:mm AM/PM", SHEET_FORMAT_TIME},
	    {"mm:ss", SHEET_FORMAT_TIME},
	    {"[h]:mm", SHEET_FORMAT_ELAPSED},
	    {"[hh]:mm:ss", SHEET_FORMAT_ELAPSED},
	    {"[mm]:ss", SHEET_FORMAT_ELAPSED},
	    {"\"unclosed", SHEET_FORMAT_NUMBER},
	    {"[", SHEET_FORMAT_NUMBER},
	    {"\\", SHEET_FORMAT_NUMBER},
	    {"", SHEET_FORMAT_NUMBER},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (sheet_format_code(slice_of(cases[i].code)) != cases[i].format)
			fail_msg("%s: found %d", cases[i].code, (int)sheet_format_code(slice_of(cases[i].code)));
	assert_int_equal(sheet_format_builtin(14), SHEET_FORMAT_DATE);
	assert_int_equal(sheet_format_builtin(22), SHEET_FORMAT_INSTANT);
	assert_int_equal(sheet_format_builtin(20), SHEET_FORMAT_TIME);
	assert_int_equal(sheet_format_builtin(46), SHEET_FORMAT_ELAPSED);
	assert_int_equal(sheet_format_builtin(2), SHEET_FORMAT_NUMBER);
	assert_int_equal(sheet_format_builtin(49), SHEET_FORMAT_NUMBER);
}

static void
test_sheet_format_value__writes_what_people_enter(void **state)
{
	(void)state;
	static const struct {
		const char *value;
		enum sheet_format format;
		bool from_1904;
		const char *text;
	} cases[] = {
	    {"12", SHEET_FORMAT_NUMBER, false, "12"},
	    {"-0", SHEET_FORMAT_NUMBER, false, "0"},
	    {"12.50", SHEET_FORMAT_NUMBER, false, "12.5"},
	    {"4.5999999999999996", SHEET_FORMAT_NUMBER, false, "4.6"},
	    {"0.30000000000000004", SHEET_FORMAT_NUMBER, false, "0.3"},
	    {"1.5E-7", SHEET_FORMAT_NUMBER, false, "0.00000015"},
	    {"1E+5", SHEET_FORMAT_NUMBER, false, "100000"},
	    {"1.2345E+16", SHEET_FORMAT_NUMBER, false, "12345000000000000"},
	    {"1E+20", SHEET_FORMAT_NUMBER, false, "1e+20"},
	    {"123456789012345678", SHEET_FORMAT_NUMBER, false, "123456789012345678"},
	    {"46356", SHEET_FORMAT_DATE, false, "2026-11-30"},
	    {"44894", SHEET_FORMAT_DATE, true, "2026-11-30"},
	    {"0", SHEET_FORMAT_DATE, true, "1904-01-01"},
	    {"1", SHEET_FORMAT_DATE, false, "1900-01-01"},
	    {"59", SHEET_FORMAT_DATE, false, "1900-02-28"},
	    {"61", SHEET_FORMAT_DATE, false, "1900-03-01"},
	    {"2958465", SHEET_FORMAT_DATE, false, "9999-12-31"},
	    {"46356.385416666664", SHEET_FORMAT_INSTANT, false, "2026-11-30T09:15:00Z"},
	    {"46356.385416666664", SHEET_FORMAT_DATE, false, "2026-11-30"},
	    {"46356", SHEET_FORMAT_INSTANT, false, "2026-11-30T00:00:00Z"},
	    {"46356.999999999", SHEET_FORMAT_INSTANT, false, "2026-12-01T00:00:00Z"},
	    {"0.38541666666666669", SHEET_FORMAT_TIME, false, "09:15:00"},
	    {"46356.5", SHEET_FORMAT_TIME, false, "2026-11-30T12:00:00Z"},
	    {"1.5104166666666667", SHEET_FORMAT_ELAPSED, false, "PT36H15M"},
	    {"0", SHEET_FORMAT_ELAPSED, false, "PT0S"},
	    {"0.0001", SHEET_FORMAT_ELAPSED, false, "PT9S"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sheet_format_text text;
		assert_null(sheet_format_value(slice_of(cases[i].value), cases[i].format, cases[i].from_1904, &text));
		assert_string_equal(text.at, cases[i].text);
	}
}

static void
test_sheet_format_value__says_why_not(void **state)
{
	(void)state;
	static const struct {
		const char *value;
		enum sheet_format format;
		bool from_1904;
		const char *why;
	} cases[] = {
	    {"", SHEET_FORMAT_NUMBER, false, "not a number"},
	    {"0x10", SHEET_FORMAT_NUMBER, false, "not a number"},
	    {"inf", SHEET_FORMAT_NUMBER, false, "not a number"},
	    {"1.", SHEET_FORMAT_NUMBER, false, "not a number"},
	    {"1e", SHEET_FORMAT_NUMBER, false, "not a number"},
	    {" 1", SHEET_FORMAT_NUMBER, false, "not a number"},
	    {"1E999", SHEET_FORMAT_NUMBER, false, "too large a number"},
	    {"60", SHEET_FORMAT_DATE, false, "29 February 1900 is no date"},
	    {"0.5", SHEET_FORMAT_INSTANT, false, "a date without a day"},
	    {"-1", SHEET_FORMAT_DATE, false, "a date outside the years 1900 to 9999"},
	    {"2958466", SHEET_FORMAT_DATE, false, "a date outside the years 1900 to 9999"},
	    {"2958465.9999999999", SHEET_FORMAT_INSTANT, false, "a date outside the years 1900 to 9999"},
	    {"2957004", SHEET_FORMAT_DATE, true, "a date outside the years 1900 to 9999"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sheet_format_text text;
		const char *why = sheet_format_value(slice_of(cases[i].value), cases[i].format, cases[i].from_1904, &text);
		assert_non_null(why);
		assert_string_equal(why, cases[i].why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sheet_format_code__tells_dates_from_numbers),
	    cmocka_unit_test(test_sheet_format_value__writes_what_people_enter),
	    cmocka_unit_test(test_sheet_format_value__says_why_not),
	};
	return KIT_TESTS(tests);
}
