/*
 * Calendars: what is shipped, against counting day by day and dates written down by hand; reading strictly; the ends of what is known.
 */
#include "kit_content.h"

#include "registry/registry_calendar.h"

#define HEAD "title: A calendar\nsource: https://example.org\nfrom: 2026-01-01\nto: 2026-12-31\nweekend: [saturday, sunday]\n"

static struct registry_calendars
shipped(void)
{
	struct content content;
	struct registry_calendars calendars;
	const char *dir;
	(void)kit_fresh();
	ASSERT_OK(content_find(kit_job(), NULL, &dir));
	ASSERT_OK(content_load(kit_job(), dir, NULL, &content));
	ASSERT_OK(registry_calendar_load(kit_job(), &content, &calendars));
	return calendars;
}

static const struct registry_calendar *
named(const struct registry_calendars *calendars, const char *id)
{
	const struct registry_calendar *calendar = registry_calendar_find(calendars, slice_of(id));
	assert_non_null(calendar);
	return calendar;
}

static int64_t
day(const char *text)
{
	int64_t at_us;
	assert_true(instant_parse(slice_of(text), &at_us));
	return at_us / DAY_US;
}

static bool
works(const struct registry_calendar *calendar, const char *text)
{
	bool found;
	ASSERT_OK(registry_calendar_works(kit_job(), calendar, day(text), &found));
	return found;
}

/* E, S, N: off in England and Wales, in Scotland, in Northern Ireland. */
static void
test_registry_calendar_works__knows_the_days_off_of_each_nation(void **state)
{
	static const struct {
		const char *date, *off;
	} days[] = {{"2019-01-01", "ESN"}, {"2019-01-02", "S"}, {"2019-03-18", "N"}, {"2019-04-19", "ESN"}, {"2019-04-22", "EN"},
	    {"2019-07-12", "N"}, {"2019-08-05", "S"}, {"2019-08-26", "EN"}, {"2019-12-02", "S"}, {"2019-12-25", "ESN"}, {"2019-12-26", "ESN"},
	    /* VE day took the place of the first Monday. */
	    {"2020-05-04", ""}, {"2020-05-08", "ESN"}, {"2020-07-13", "N"}, {"2020-11-30", "S"}, {"2020-12-28", "ESN"}, {"2020-12-29", ""},
	    {"2021-01-04", "S"}, {"2021-12-27", "ESN"}, {"2021-12-28", "ESN"}, {"2021-12-29", ""}, {"2022-01-03", "ESN"}, {"2022-01-04", "S"},
	    /* The jubilee: the spring holiday moved, and a day more. */
	    {"2022-05-30", ""}, {"2022-06-02", "ESN"}, {"2022-06-03", "ESN"}, {"2022-09-19", "ESN"}, {"2022-12-26", "ESN"},
	    {"2022-12-27", "ESN"}, {"2022-12-28", ""}, {"2023-01-02", "ESN"}, {"2023-01-03", "S"}, {"2023-05-01", "ESN"},
	    {"2023-05-08", "ESN"}, {"2023-05-29", "ESN"}, {"2024-03-18", "N"}, {"2024-03-29", "ESN"}, {"2024-04-01", "EN"},
	    {"2024-12-02", "S"}, {"2025-04-18", "ESN"}, {"2025-04-21", "EN"}, {"2025-12-01", "S"}, {"2026-03-17", "N"},
	    {"2026-06-15", "S"}, {"2026-07-13", "N"}, {"2026-11-30", "S"}, {"2026-12-25", "ESN"}, {"2026-12-28", "ESN"},
	    {"2027-03-26", "ESN"}, {"2027-12-27", "ESN"}, {"2027-12-28", "ESN"}, {"2028-01-03", "ESN"}, {"2028-01-04", "S"},
	    {"2026-11-28", "ESN"}, {"2026-11-29", "ESN"}, {"2026-11-27", ""}, {"2035-03-23", "ESN"}, {"2035-12-31", ""}};
	struct registry_calendars calendars = shipped();
	(void)state;
	for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
		const char *date = days[i].date, *off = days[i].off;
		if (works(named(&calendars, "england-and-wales"), date) == (strchr(off, 'E') != NULL) ||
		    works(named(&calendars, "scotland"), date) == (strchr(off, 'S') != NULL) ||
		    works(named(&calendars, "northern-ireland"), date) == (strchr(off, 'N') != NULL) ||
		    works(named(&calendars, "united-kingdom"), date) == (off[0] != '\0'))
			fail_msg("%s: expected off in \"%s\"", date, off);
	}
}

/* 8 holidays a year in England and Wales, 9 in Scotland, 10 in Northern Ireland, and the proclaimed ones; a substitute loses none. */
static void
test_registry_calendar_load__every_year_has_its_number_of_holidays(void **state)
{
	static const struct {
		const char *id;
		size_t usual;
	} nations[] = {{"england-and-wales", 8}, {"scotland", 9}, {"northern-ireland", 10}};
	struct registry_calendars calendars = shipped();
	(void)state;
	for (size_t n = 0; n < 3; n++) {
		const struct registry_calendar *calendar = named(&calendars, nations[n].id);
		assert_string_equal(instant_day(calendar->from * DAY_US).at, "2019-01-01");
		assert_string_equal(instant_day(calendar->to * DAY_US).at, "2035-12-31");
		for (int year = 2019; year <= 2035; year++) {
			size_t found = 0, expected = nations[n].usual + (year == 2022 ? 2 : 0) + (year == 2023 ? 1 : 0);
			if (n == 1 && year == 2026)
				expected++;
			for (size_t i = 0; i < calendar->len; i++) {
				int64_t at = calendar->holidays[i].day, weekday = (at + 3) % 7;
				assert_true(weekday < 5);
				found += at >= instant_from_civil(year, 1, 1) && at <= instant_from_civil(year, 12, 31) ? 1 : 0;
			}
			assert_int_equal(found, expected);
		}
	}
	ASSERT_SLICE(registry_calendar_holiday(named(&calendars, "united-kingdom"), day("2026-03-17")), "St Patrick's Day");
	ASSERT_SLICE(registry_calendar_holiday(named(&calendars, "scotland"), day("2026-03-17")), "");
}

static void
test_registry_calendar_works__never_guesses_beyond_what_is_covered(void **state)
{
	struct registry_calendars calendars = shipped();
	const struct registry_calendar *calendar = named(&calendars, "united-kingdom");
	bool found;
	int64_t at;
	(void)state;
	ASSERT_OK(registry_calendar_works(kit_job(), calendar, calendar->to, &found));
	ASSERT_ERR(registry_calendar_works(kit_job(), calendar, calendar->to + 1, &found), ERR_LIMIT,
	    "the calendar united-kingdom ends on 2035-12-31");
	ASSERT_ERR(registry_calendar_works(kit_job(), calendar, calendar->from - 1, &found), ERR_LIMIT,
	    "the calendar united-kingdom begins on 2019-01-01");
	ASSERT_ERR(registry_calendar_works(kit_job(), calendar, INT64_MAX, &found), ERR_LIMIT, "ends on");
	ASSERT_ERR(registry_calendar_add(kit_job(), calendar, day("2035-12-20"), 20, &at), ERR_LIMIT, "ends on 2035-12-31");
	ASSERT_ERR(registry_calendar_add(kit_job(), calendar, day("2019-01-10"), -20, &at), ERR_LIMIT, "begins on 2019-01-01");
	ASSERT_ERR(registry_calendar_count(kit_job(), calendar, day("2035-12-20"), day("2036-01-01"), &at), ERR_LIMIT, "ends on");
	ASSERT_OK(registry_calendar_add(kit_job(), calendar, day("2035-12-20"), 5, &at));
}

static int64_t
add(const struct registry_calendar *calendar, const char *from, int64_t count)
{
	int64_t at;
	ASSERT_OK(registry_calendar_add(kit_job(), calendar, day(from), count, &at));
	return at;
}

static void
test_registry_calendar_add__counts_forth_and_back(void **state)
{
	struct registry_calendars calendars = shipped();
	const struct registry_calendar *uk = named(&calendars, "united-kingdom"), *england = named(&calendars, "england-and-wales");
	int64_t at, count;
	(void)state;
	assert_int_equal(add(uk, "2026-12-24", 1), day("2026-12-29"));
	assert_int_equal(add(uk, "2026-12-24", 5), day("2027-01-06")); /* 2 January is made up for in Scotland on the 4th */
	assert_int_equal(add(england, "2026-12-24", 5), day("2027-01-05"));
	assert_int_equal(add(uk, "2026-12-29", -1), day("2026-12-24"));
	assert_int_equal(add(uk, "2026-12-26", 0), day("2026-12-26"));
	ASSERT_OK(registry_calendar_roll(kit_job(), england, day("2026-12-25"), 1, &at));
	assert_int_equal(at, day("2026-12-29"));
	ASSERT_OK(registry_calendar_roll(kit_job(), england, day("2026-12-28"), -1, &at));
	assert_int_equal(at, day("2026-12-24"));
	ASSERT_OK(registry_calendar_roll(kit_job(), england, day("2026-12-24"), 1, &at));
	assert_int_equal(at, day("2026-12-24"));
	ASSERT_OK(registry_calendar_count(kit_job(), uk, day("2026-12-24"), day("2027-01-05"), &count));
	assert_int_equal(count, 5);
	ASSERT_OK(registry_calendar_count(kit_job(), uk, day("2026-12-25"), day("2026-12-24"), &count));
	assert_int_equal(count, 0);
}

/* Adding and counting are each other's way back, on every day that is covered. */
static void
test_registry_calendar_count__is_the_way_back_of_add(void **state)
{
	struct registry_calendars calendars = shipped();
	(void)state;
	for (size_t c = 0; c < calendars.len; c++)
		for (int64_t from = calendars.at[c].from, seed = 1; from < calendars.at[c].to - 200; from++) {
			int64_t at, count;
			seed = (seed * 1103515245 + 12345) % 2147483648;
			ASSERT_OK(registry_calendar_add(kit_job(), &calendars.at[c], from, 1 + seed % 60, &at));
			ASSERT_OK(registry_calendar_count(kit_job(), &calendars.at[c], from + 1, at, &count));
			assert_int_equal(count, 1 + seed % 60);
			ASSERT_OK(registry_calendar_count(kit_job(), &calendars.at[c], from + 1, at - 1, &count));
			assert_int_equal(count, seed % 60);
		}
}

static void
refused(const char *text, const char *words)
{
	struct registry_calendars calendars;
	(void)kit_fresh();
	struct content content = KIT_CONTENT({"calendar/a.yaml", text}, {"calendar/b.yaml", "id: b\n" HEAD "holidays: []\n"},
	    {"calendar/u.yaml", "id: u\ntitle: U\nsource: s\nunion: [b, c]\n"}, {"calendar/c.yaml", "id: c\n" HEAD "holidays: []\n"});
	ASSERT_ERR(registry_calendar_load(kit_job(), &content, &calendars), ERR_INPUT, words);
}

static void
test_registry_calendar_load__refuses_by_line(void **state)
{
	(void)state;
	refused("- a\n", "a.yaml:1: ");
	refused("id: a\ncolour: red\n", "a.yaml:2: unknown key \"colour\"");
	refused("id: other\n" HEAD "holidays: []\n", "a.yaml:1: id: expected the file's own name, found \"other\"");
	refused("id: a\n" HEAD, "expected \"holidays\"");
	refused("id: a\n" HEAD "holidays: [{date: 2026-02-30, name: N}]\n", "a.yaml:7: date: expected a date");
	refused("id: a\n" HEAD "holidays: [{date: 2026-02-03T00:00:00Z, name: N}]\n", "a.yaml:7: date: expected a date");
	refused("id: a\n" HEAD "holidays:\n- {date: 2026-02-03, name: N}\n- {date: 2026-02-03, name: M}\n", "a.yaml:9: holidays stand in the order");
	refused("id: a\n" HEAD "holidays: [{date: 2027-01-01, name: N}]\n", "a.yaml:7: 2027-01-01 lies outside 2026-01-01 to 2026-12-31");
	refused("id: a\n" HEAD "holidays: [{date: 2026-02-03}]\n", "expected \"name\"");
	refused("id: a\n" HEAD "holidays: [{date: 2026-02-03, name: N, half: yes}]\n", "unknown key \"half\"");
	refused("id: a\ntitle: T\nsource: s\nfrom: 2026-01-02\nto: 2026-01-01\nweekend: []\nholidays: []\n", "a.yaml:5: to: expected");
	refused("id: a\ntitle: T\nsource: s\nfrom: 2026-01-01\nto: 2026-01-01\nweekend: [saturday, saturday]\nholidays: []\n", "saturday is there twice");
	refused("id: a\ntitle: T\nsource: s\nfrom: 2026-01-01\nto: 2026-01-01\nweekend: [Saturday]\nholidays: []\n", "a.yaml:6: ");
	refused("id: a\ntitle: T\nsource: s\nfrom: 2026-01-01\nto: 2026-01-01\nweekend: [monday, tuesday, wednesday, thursday, friday, saturday, "
		"sunday]\nholidays: []\n",
	    "there would be no working day");
	refused("id: a\ntitle: T\nsource: s\nunion: [b]\n", "union: expected 2 to 8 calendars, found 1");
	refused("id: a\ntitle: T\nsource: s\nunion: [b, d]\n", "union: there is no calendar \"d\"");
	refused("id: a\ntitle: T\nsource: s\nunion: [b, a]\n", "union: there is no calendar \"a\"");
	refused("id: a\ntitle: T\nsource: s\nunion: [b, b]\n", "\"b\" is there twice");
	refused("id: a\ntitle: T\nsource: s\nunion: [b, u]\n", "\"u\" is a union itself");
	refused("id: a\ntitle: T\nsource: s\nfrom: 2026-01-01\nunion: [b, c]\n", "unknown key \"from\"");
}

static void
test_registry_calendar_load__takes_calendars_of_ones_own(void **state)
{
	struct registry_calendars calendars;
	struct digest before;
	(void)state;
	(void)kit_fresh();
	struct content content = KIT_CONTENT({"calendar/a.yaml", "id: a\ntitle: T\nsource: s\nunion: [b, c]\n"},
	    {"calendar/b.yaml", "id: b\ntitle: T\nsource: s\nfrom: 2026-01-01\nto: 2026-06-30\nweekend: [friday]\nholidays: []\n"},
	    {"calendar/c.yaml", "id: c\n" HEAD "holidays: [{date: 2026-02-03, name: Ours}]\n"});
	ASSERT_OK(registry_calendar_load(kit_job(), &content, &calendars));
	assert_int_equal(calendars.len, 3);
	const struct registry_calendar *both = named(&calendars, "a"), *friday = named(&calendars, "b");
	assert_false(works(both, "2026-02-06") || works(both, "2026-02-07") || works(both, "2026-02-03"));
	assert_true(works(friday, "2026-02-07") && works(friday, "2026-02-03") && works(both, "2026-02-04"));
	assert_string_equal(instant_day(both->to * DAY_US).at, "2026-06-30");
	assert_null(registry_calendar_find(&calendars, S("d")));
	/* A union's digest moves with its members. */
	before = both->digest;
	struct content other = KIT_CONTENT({"calendar/a.yaml", "id: a\ntitle: T\nsource: s\nunion: [b, c]\n"},
	    {"calendar/b.yaml", "id: b\ntitle: T\nsource: s\nfrom: 2026-01-01\nto: 2026-06-30\nweekend: [friday]\nholidays: []\n"},
	    {"calendar/c.yaml", "id: c\n" HEAD "holidays: [{date: 2026-02-04, name: Ours}]\n"});
	ASSERT_OK(registry_calendar_load(kit_job(), &other, &calendars));
	assert_false(digest_same(&before, &named(&calendars, "a")->digest));
	/* None is an empty list. */
	struct content none = KIT_CONTENT({"check/a.yaml", "a: 1\n"});
	ASSERT_OK(registry_calendar_load(kit_job(), &none, &calendars));
	assert_int_equal(calendars.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registry_calendar_works__knows_the_days_off_of_each_nation),
	    cmocka_unit_test(test_registry_calendar_load__every_year_has_its_number_of_holidays),
	    cmocka_unit_test(test_registry_calendar_works__never_guesses_beyond_what_is_covered),
	    cmocka_unit_test(test_registry_calendar_add__counts_forth_and_back),
	    cmocka_unit_test(test_registry_calendar_count__is_the_way_back_of_add),
	    cmocka_unit_test(test_registry_calendar_load__refuses_by_line),
	    cmocka_unit_test(test_registry_calendar_load__takes_calendars_of_ones_own),
	};
	return KIT_TESTS(tests);
}
