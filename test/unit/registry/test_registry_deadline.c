/*
 * Deadlines: the vectors of the sources, a second way of counting beside ours, pauses, warnings, what is kept of one, and every refusal.
 */
#include "kit_content.h"

#include "registry/registry_deadline.h"
#include "registry/registry_london.h"

/* The content that is shipped. */
struct shipped {
	struct registry_calendars calendars;
	struct registry_deadline_rules rules;
};

static struct shipped *
shipped(void)
{
	static struct shipped found;
	struct content content;
	const char *dir;
	(void)kit_fresh();
	ASSERT_OK(content_find(kit_job(), NULL, &dir));
	ASSERT_OK(content_load(kit_job(), dir, NULL, &content));
	ASSERT_OK(registry_calendar_load(kit_job(), &content, &found.calendars));
	ASSERT_OK(registry_deadline_load(kit_job(), &content, &found.calendars, &found.rules));
	return &found;
}

static int64_t
at(const char *text)
{
	int64_t at_us = 0;
	if (!instant_parse(slice_of(text), &at_us))
		fail_msg("\"%s\" is no instant", text);
	return at_us;
}

static const struct registry_deadline_rule *
rule_of(const struct shipped *from, const char *id)
{
	const struct registry_deadline_rule *rule = registry_deadline_find(&from->rules, slice_of(id));
	if (rule == NULL)
		fail_msg("there is no deadline %s", id);
	return rule;
}

static void
assert_instant(const char *what, int64_t found, const char *wanted)
{
	if (strcmp(instant_text(found).at, wanted) != 0)
		fail_msg("%s: expected %s, found %s", what, wanted, instant_text(found).at);
}

/*
 * Every time limit of the sources, once at least. The moments were worked out by another program over another list of holidays; those of the SAR,
 * FOI, complaint, breach and amber rules by hand as well.
 */
static const struct {
	const char *rule, *start, *due;
} vectors[] = {
	    {"sar.response", "2025-01-31T10:00:00Z", "2025-02-28T23:59:59Z"},
	    {"sar.response", "2026-01-31T10:00:00Z", "2026-03-02T23:59:59Z"},
	    {"sar.response", "2028-01-31T10:00:00Z", "2028-02-29T23:59:59Z"},
	    {"sar.response", "2025-09-03T10:00:00Z", "2025-10-03T22:59:59Z"},
	    {"sar.response", "2026-09-03T10:00:00Z", "2026-10-05T22:59:59Z"},
	    {"sar.response", "2025-09-03T23:30:00Z", "2025-10-06T22:59:59Z"},
	    {"sar.response", "2026-11-25T10:00:00Z", "2026-12-29T23:59:59Z"},
	    {"sar.response", "2026-08-31T08:00:00Z", "2026-09-30T22:59:59Z"},
	    {"sar.extension_total", "2026-11-30T09:00:00Z", "2027-03-01T23:59:59Z"},
	    {"sar.extension_notice", "2026-11-30T09:00:00Z", "2026-12-30T23:59:59Z"},
	    {"sar.internal_target", "2026-11-30T09:00:00Z", "2026-12-27T23:59:59Z"},
	    {"complaint.ack", "2026-07-01T09:00:00Z", "2026-07-31T22:59:59Z"},
	    {"complaint.ack", "2026-07-02T09:00:00Z", "2026-08-03T22:59:59Z"},
	    {"complaint.ack", "2026-11-26T09:00:00Z", "2026-12-29T23:59:59Z"},
	    {"breach.ico", "2026-03-27T18:00:00Z", "2026-03-30T18:00:00Z"},
	    {"breach.ico", "2026-10-23T20:00:00Z", "2026-10-26T20:00:00Z"},
	    {"breach.ico", "2026-12-24T17:45:10Z", "2026-12-27T17:45:10Z"},
	    {"foi.response", "2025-12-10T09:00:00Z", "2026-01-13T23:59:59Z"},
	    {"foi.response", "2026-12-14T09:00:00Z", "2027-01-15T23:59:59Z"},
	    {"foi.response", "2026-12-26T09:00:00Z", "2027-01-27T23:59:59Z"},
	    {"foi.response", "2026-03-02T09:00:00Z", "2026-03-31T22:59:59Z"},
	    {"foi.response", "2026-06-01T23:30:00Z", "2026-07-01T22:59:59Z"},
	    {"foi.response", "2022-05-20T09:00:00Z", "2022-06-21T22:59:59Z"},
	    {"foi.response", "2022-09-01T09:00:00Z", "2022-09-30T22:59:59Z"},
	    {"foi.response", "2023-04-28T09:00:00Z", "2023-05-31T22:59:59Z"},
	    {"foi.response", "2020-05-01T09:00:00Z", "2020-06-02T22:59:59Z"},
	    {"foi.pit_extension", "2026-07-01T09:00:00Z", "2026-07-30T22:59:59Z"},
	    {"foi.review", "2026-07-01T09:00:00Z", "2026-07-30T22:59:59Z"},
	    {"foi.review_max", "2026-07-01T09:00:00Z", "2026-08-28T22:59:59Z"},
	    {"foi.review_window", "2026-07-01T09:00:00Z", "2026-08-28T22:59:59Z"},
	    {"eir.response", "2026-07-01T09:00:00Z", "2026-07-30T22:59:59Z"},
	    {"eir.extended", "2026-07-01T09:00:00Z", "2026-08-28T22:59:59Z"},
	    {"foi.fee_validity", "2026-07-01T09:00:00Z", "2026-10-01T22:59:59Z"},
	    {"dpia.ico_advice", "2026-07-01T09:00:00Z", "2026-08-26T22:59:59Z"},
	    {"dpia.ico_advice_complex", "2026-07-01T09:00:00Z", "2026-10-07T22:59:59Z"},
	    {"patch.ce", "2026-07-01T09:00:00Z", "2026-07-15T22:59:59Z"},
	    {"patch.ncsc.internet", "2026-07-01T09:00:00Z", "2026-07-06T22:59:59Z"},
	    {"patch.ncsc.os_app", "2026-07-01T09:00:00Z", "2026-07-08T22:59:59Z"},
	    {"patch.ncsc.internal", "2026-07-01T09:00:00Z", "2026-07-15T22:59:59Z"},
	    {"patch.dfe.critical", "2026-07-01T09:00:00Z", "2026-07-15T22:59:59Z"},
	    {"patch.dfe.high", "2026-07-01T09:00:00Z", "2026-07-31T22:59:59Z"},
	    {"patch.dfe.medium", "2026-07-01T09:00:00Z", "2026-08-30T22:59:59Z"},
	    {"patch.dfe.low", "2026-07-01T09:00:00Z", "2026-09-29T22:59:59Z"},
	    {"escalate.dfe.critical-1", "2026-07-01T09:00:00Z", "2026-07-11T22:59:59Z"},
	    {"escalate.dfe.critical-2", "2026-07-01T09:00:00Z", "2026-07-21T22:59:59Z"},
	    {"escalate.dfe.critical-3", "2026-07-01T09:00:00Z", "2026-07-31T22:59:59Z"},
	    {"escalate.dfe.high-1", "2026-07-01T09:00:00Z", "2026-07-21T22:59:59Z"},
	    {"escalate.dfe.high-2", "2026-07-01T09:00:00Z", "2026-07-31T22:59:59Z"},
	    {"escalate.dfe.high-3", "2026-07-01T09:00:00Z", "2026-08-30T22:59:59Z"},
	    {"patch.dfe.critical_mitigate", "2026-07-01T09:00:00Z", "2026-07-02T09:00:00Z"},
	    {"incident.report.dfe", "2026-07-01T09:00:00Z", "2026-07-02T09:00:00Z"},
	    {"incident.p1.response", "2026-07-01T09:00:00Z", "2026-07-01T09:20:00Z"},
	    {"incident.p1.update", "2026-07-01T09:00:00Z", "2026-07-01T10:00:00Z"},
	    {"incident.p2.response", "2026-07-01T09:00:00Z", "2026-07-01T10:00:00Z"},
	    {"incident.p2.update", "2026-07-01T09:00:00Z", "2026-07-01T11:00:00Z"},
	    {"csrb.initial", "2026-07-01T09:00:00Z", "2026-07-02T09:00:00Z"},
	    {"csrb.full", "2026-07-01T09:00:00Z", "2026-07-04T09:00:00Z"},
	    {"incident.p3.response", "2026-12-24T16:30:00Z", "2026-12-29T10:30:00Z"},
	    {"incident.p3.response", "2026-07-01T07:00:00Z", "2026-07-01T10:00:00Z"},
	    {"incident.p3.response", "2026-07-03T15:00:00Z", "2026-07-06T09:00:00Z"},
	    {"incident.p3.update", "2026-12-24T16:30:00Z", "2026-12-30T23:59:59Z"},
	    {"incident.p4.response", "2026-12-24T16:30:00Z", "2026-12-29T23:59:59Z"},
	    {"incident.p4.update", "2026-12-24T16:30:00Z", "2027-01-05T23:59:59Z"},
	    {"gate.report", "2026-12-24T16:30:00Z", "2027-01-07T23:59:59Z"},
	    {"gate.report_discovery", "2026-12-24T16:30:00Z", "2026-12-31T23:59:59Z"},
	    {"gate.accept", "2026-12-24T16:30:00Z", "2027-01-12T23:59:59Z"},
	    {"gate.book_ahead", "2026-06-01T09:00:00Z", "2026-04-27T22:59:59Z"},
	    {"webarchive.notice", "2026-06-01T09:00:00Z", "2026-04-06T22:59:59Z"},
	    {"cert.expiry_warn", "2026-06-01T09:00:00Z", "2026-05-18T22:59:59Z"},
	    {"cert.expiry_warn_cloud", "2026-06-01T09:00:00Z", "2026-03-03T23:59:59Z"},
	    {"gate.amber", "2026-11-30T09:00:00Z", "2027-02-28T23:59:59Z"},
	    {"risk.accept_review", "2026-11-30T09:00:00Z", "2027-02-28T23:59:59Z"},
	    {"register.check", "2026-11-30T09:00:00Z", "2027-02-28T23:59:59Z"},
	    {"pentest.interval", "2028-02-29T09:00:00Z", "2029-02-28T23:59:59Z"},
	    {"threatmodel.interval", "2028-02-29T09:00:00Z", "2029-02-28T23:59:59Z"},
	    {"ir_plan.review", "2028-02-29T09:00:00Z", "2029-02-28T23:59:59Z"},
	    {"supplier.assess", "2028-02-29T09:00:00Z", "2029-02-28T23:59:59Z"},
};

static void
test_registry_deadline_due__gives_the_moments_of_the_sources(void **state)
{
	const struct shipped *from = shipped();
	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		int64_t due;
		ASSERT_OK(registry_deadline_due(
		    kit_job(), rule_of(from, vectors[i].rule), at(vectors[i].start), (struct registry_paused){0}, &due));
		assert_instant(vectors[i].rule, due, vectors[i].due);
	}
}

static void
test_registry_deadline_load__every_rule_says_where_it_comes_from(void **state)
{
	const struct shipped *from = shipped();
	(void)state;
	assert_true(from->rules.len >= 56);
	for (size_t i = 0; i < from->rules.len; i++)
		assert_true(from->rules.at[i].source.len > 0 && from->rules.at[i].mark.len == 1 && from->rules.at[i].version >= 1);
	assert_null(registry_deadline_find(&from->rules, S("foi")));
}

/* The days off that only one nation has decide: without them FOI would be a day early. */
static void
test_registry_deadline_due__foi_leaves_out_scotlands_second_of_january_and_saint_patricks_day(void **state)
{
	const struct shipped *from = shipped();
	struct registry_deadline_rule england = *rule_of(from, "foi.response");
	int64_t due;
	(void)state;
	england.calendar = registry_calendar_find(&from->calendars, S("england-and-wales"));
	ASSERT_OK(registry_deadline_due(kit_job(), &england, at("2025-12-10T09:00:00Z"), (struct registry_paused){0}, &due));
	assert_instant("without Scotland", due, "2026-01-12T23:59:59Z");
	ASSERT_OK(registry_deadline_due(kit_job(), &england, at("2026-03-02T09:00:00Z"), (struct registry_paused){0}, &due));
	assert_instant("without Northern Ireland", due, "2026-03-30T22:59:59Z");
}

/* London */

static void
test_registry_london__changes_its_clocks_on_two_sundays(void **state)
{
	(void)state;
	assert_int_equal(registry_london_ahead(at("2026-03-29T00:59:59.999999Z")), 0);
	assert_int_equal(registry_london_ahead(at("2026-03-29T01:00:00Z")), 3600 * SECOND_US);
	assert_int_equal(registry_london_ahead(at("2026-10-25T00:59:59.999999Z")), 3600 * SECOND_US);
	assert_int_equal(registry_london_ahead(at("2026-10-25T01:00:00Z")), 0);
	assert_string_equal(instant_day(registry_london_day(at("2026-06-30T23:00:00Z")) * DAY_US).at, "2026-07-01");
	assert_string_equal(instant_day(registry_london_day(at("2026-06-30T22:59:59Z")) * DAY_US).at, "2026-06-30");
	assert_string_equal(instant_day(registry_london_day(at("2026-12-31T23:59:59Z")) * DAY_US).at, "2026-12-31");
	assert_instant("an hour that is skipped", registry_london_at(at("2026-03-29") / DAY_US, 5400 * SECOND_US), "2026-03-29T01:30:00Z");
	assert_instant("an hour that comes twice", registry_london_at(at("2026-10-25") / DAY_US, 5400 * SECOND_US), "2026-10-25T00:30:00Z");
	/* Every day has one first and one last second, also those of 23 and 25 hours. */
	for (int64_t day = REGISTRY_LONDON_SINCE_DAY; day < REGISTRY_LONDON_SINCE_DAY + 40000; day++) {
		int64_t first = registry_london_at(day, 0), last = registry_london_last(day);
		assert_int_equal(registry_london_day(first), day);
		assert_int_equal(registry_london_day(first - 1), day - 1);
		assert_int_equal(registry_london_day(last), day);
		assert_int_equal(last + SECOND_US, registry_london_at(day + 1, 0));
	}
}

/* A second way of counting: one day after the other, without arithmetic on dates. */

struct date {
	int64_t year;
	int month, day;
};

static struct date
date_of(int64_t day)
{
	struct date date;
	instant_civil(day, &date.year, &date.month, &date.day);
	return date;
}

static bool
off(const struct registry_calendar *calendar, int64_t day)
{
	bool found = true;
	ASSERT_OK(registry_calendar_works(kit_job(), calendar, day, &found));
	return !found;
}

/* Last Sundays are found by walking: a Sunday after which no other comes in its month. */
static int64_t
slow_day(int64_t at_us)
{
	int64_t day = at_us / DAY_US, hour = at_us % DAY_US / (3600 * SECOND_US);
	struct date date = date_of(day);
	bool summer = date.month > 3 && date.month < 10;
	if (date.month == 3 || date.month == 10) {
		bool changed = false;
		for (int64_t other = day - date.day + 1; other <= day; other++)
			if ((other + 4) % 7 == 0 && date_of(other + 7).month != date.month)
				changed = other < day || hour >= 1;
		summer = date.month == 3 ? changed : !changed;
	}
	return (at_us + (summer ? 3600 * SECOND_US : 0)) / DAY_US;
}

static int64_t
slow_months(int64_t day, int months)
{
	struct date from = date_of(day);
	for (int64_t changes = 0;; day++) {
		if (date_of(day + 1).month != date_of(day).month) {
			if (changes == months)
				return day; /* the last of the month: the day number does not exist */
			changes++;
		}
		if (changes == months && date_of(day + 1).day == from.day && date_of(day + 1).month == (from.month - 1 + months) % 12 + 1)
			return day + 1;
	}
}

/* The last day, 23:59:59 of which is due. */
static int64_t
slow_due(const struct registry_deadline_rule *rule, int64_t start_us, int64_t paused)
{
	int64_t day = slow_day(start_us);
	if (rule->begins != REGISTRY_SAME_DAY)
		day++;
	while ((rule->begins == REGISTRY_NEXT_WORKING_DAY || rule->counts == REGISTRY_WORKING) && off(rule->calendar, day))
		day++;
	if (rule->counts == REGISTRY_WORKING) {
		for (int64_t left = rule->working_days - 1 + paused; left > 0; left--)
			for (day++; off(rule->calendar, day);)
				day++;
	} else if (rule->length.months > 0) {
		day = slow_months(day, rule->length.months);
	} else {
		for (int64_t left = rule->length.us / DAY_US; left > 1; left--)
			day++;
	}
	if (rule->counts == REGISTRY_CALENDAR)
		for (; paused > 0; paused--)
			day++;
	while (rule->roll == REGISTRY_ROLL_NEXT && off(rule->calendar, day))
		day++;
	return day;
}

static uint64_t
chance(uint64_t *seed, uint64_t below)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*seed >> 33) % below;
}

static void
test_registry_deadline_due__agrees_with_counting_day_by_day(void **state)
{
	const struct shipped *from = shipped();
	uint64_t seed = 20261130;
	int64_t earliest = at("2019-01-01T00:00:00Z"), span = at("2033-06-01T00:00:00Z") - earliest;
	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct registry_deadline_rule rule = {.id = S("x"), .calendar = &from->calendars.at[chance(&seed, from->calendars.len)],
		    .counts = chance(&seed, 2) == 0 ? REGISTRY_WORKING : REGISTRY_CALENDAR, .begins = (enum registry_begins)chance(&seed, 3),
		    .roll = (enum registry_roll)chance(&seed, 2)};
		if (rule.counts == REGISTRY_WORKING)
			rule.working_days = 1 + (int64_t)chance(&seed, 60);
		else if (chance(&seed, 2) == 0)
			rule.length.months = 1 + (int32_t)chance(&seed, 14);
		else
			rule.length.us = (1 + (int64_t)chance(&seed, 120)) * DAY_US;
		int64_t start = earliest + (int64_t)chance(&seed, (uint64_t)(span / SECOND_US)) * SECOND_US, due;
		struct registry_paused paused = {.days = chance(&seed, 3) == 0 ? (int64_t)chance(&seed, 40) : 0};
		ASSERT_OK(registry_deadline_due(kit_job(), &rule, start, paused, &due));
		int64_t day = slow_due(&rule, start, paused.days);
		if (slow_day(due) != day || slow_day(due + SECOND_US) != day + 1)
			fail_msg("%s: counts %d begins %d roll %d months %d days %lld working %lld paused %lld: expected %s, found %s",
			    instant_text(start).at, (int)rule.counts, (int)rule.begins, (int)rule.roll, (int)rule.length.months,
			    (long long)(rule.length.us / DAY_US), (long long)rule.working_days, (long long)paused.days,
			    instant_day(day * DAY_US).at, instant_text(due).at);
	}
}

/* Office hours minute by minute. */
static void
test_registry_deadline_due__office_hours_agree_with_counting_minutes(void **state)
{
	const struct shipped *from = shipped();
	struct registry_deadline_rule rule = *rule_of(from, "incident.p3.response");
	uint64_t seed = 7;
	int64_t minute = 60 * SECOND_US;
	(void)state;
	for (int i = 0; i < 400; i++) {
		int64_t start = at("2026-03-01T00:00:00Z") + (int64_t)chance(&seed, 300 * 1440) * minute, due, left, now = start;
		rule.length.us = (1 + (int64_t)chance(&seed, 1200)) * minute;
		ASSERT_OK(registry_deadline_due(kit_job(), &rule, start, (struct registry_paused){0}, &due));
		for (left = rule.length.us / minute; left > 0; now += minute) {
			int64_t day = slow_day(now), shown = now + registry_london_ahead(now) - day * DAY_US;
			if (!off(rule.calendar, day) && shown >= 9 * 60 * minute && shown < 17 * 60 * minute)
				left--;
		}
		assert_instant(instant_text(start).at, due, instant_text(now).at);
	}
}

/* Pauses */

static struct registry_deadline
start(const struct shipped *from, const char *rule, const char *when)
{
	struct registry_deadline deadline;
	ASSERT_OK(registry_deadline_start(kit_job(), rule_of(from, rule), at(when), &deadline));
	return deadline;
}

static void
wait_between(const struct shipped *from, struct registry_deadline *deadline, const char *since, const char *until)
{
	ASSERT_OK(registry_deadline_pause(kit_job(), deadline, at(since)));
	ASSERT_OK(registry_deadline_resume(kit_job(), &from->calendars, deadline, at(until)));
	assert_int_equal(deadline->paused_since_us, 0);
}

static void
test_registry_deadline_resume__moves_the_due_moment_by_what_was_waited(void **state)
{
	/* Up to two pauses each. */
	static const struct {
		const char *what, *rule, *start, *pauses[4], *due;
	} cases[] = {
	    {"no pause", "sar.response", "2026-09-01T09:00:00Z", {0}, "2026-10-01T22:59:59Z"},
	    {"Monday to Wednesday is two days, due on a Saturday, so Monday", "sar.response", "2026-09-01T09:00:00Z",
		{"2026-09-07T09:00:00Z", "2026-09-09T08:00:00Z"}, "2026-10-05T22:59:59Z"},
	    {"within a day is none", "sar.response", "2026-09-01T09:00:00Z", {"2026-09-07T09:00:00Z", "2026-09-07T18:00:00Z"},
		"2026-10-01T22:59:59Z"},
	    {"a minute over midnight in London is one", "sar.response", "2026-09-01T09:00:00Z", {"2026-09-07T22:59:30Z", "2026-09-07T23:00:30Z"},
		"2026-10-02T22:59:59Z"},
	    {"two pauses add up before the roll, not after each", "sar.response", "2026-09-01T09:00:00Z",
		{"2026-09-07T09:00:00Z", "2026-09-09T09:00:00Z", "2026-09-10T09:00:00Z", "2026-09-11T09:00:00Z"}, "2026-10-05T22:59:59Z"},
	    {"FOI: a fees notice on Monday, paid on Wednesday, three days are disregarded", "foi.response", "2026-09-01T09:00:00Z",
		{"2026-09-07T09:00:00Z", "2026-09-09T09:00:00Z"}, "2026-10-02T22:59:59Z"},
	    {"FOI: paid the same day, that day is disregarded", "foi.response", "2026-09-01T09:00:00Z",
		{"2026-09-07T09:00:00Z", "2026-09-07T09:00:00Z"}, "2026-09-30T22:59:59Z"},
	    {"FOI: a day counts once, however often it is paused", "foi.response", "2026-09-01T09:00:00Z",
		{"2026-09-07T09:00:00Z", "2026-09-07T10:00:00Z", "2026-09-07T11:00:00Z", "2026-09-08T12:00:00Z"}, "2026-10-01T22:59:59Z"},
	    {"FOI: a weekend adds nothing", "foi.response", "2026-09-01T09:00:00Z", {"2026-09-05T09:00:00Z", "2026-09-06T09:00:00Z"},
		"2026-09-29T22:59:59Z"},
	    {"FOI: the day of receipt never counted, so it is not disregarded", "foi.response", "2026-09-01T09:00:00Z",
		{"2026-09-01T10:00:00Z", "2026-09-02T09:00:00Z"}, "2026-09-30T22:59:59Z"},
	    {"elapsed: by the second", "patch.dfe.critical_mitigate", "2026-09-01T09:00:00Z", {"2026-09-01T10:00:00Z", "2026-09-01T10:30:01Z"},
		"2026-09-02T09:30:01Z"},
	    {"elapsed: time before the start is not waited", "patch.dfe.critical_mitigate", "2026-09-01T09:00:00Z",
		{"2026-09-01T07:00:00Z", "2026-09-01T10:00:00Z"}, "2026-09-02T10:00:00Z"},
	    {"calendar: days told twice count once", "sar.response", "2026-09-01T09:00:00Z",
		{"2026-09-07T09:00:00Z", "2026-09-09T09:00:00Z", "2026-09-08T09:00:00Z", "2026-09-10T09:00:00Z"}, "2026-10-05T22:59:59Z"},
	    {"elapsed: time told twice counts once", "patch.dfe.critical_mitigate", "2026-09-01T09:00:00Z",
		{"2026-09-01T10:00:00Z", "2026-09-01T11:00:00Z", "2026-09-01T10:30:00Z", "2026-09-01T11:30:00Z"}, "2026-09-02T10:30:00Z"},
	    {"office: hours told twice count once", "incident.p3.response", "2026-09-01T08:00:00Z",
		{"2026-09-01T09:00:00Z", "2026-09-01T10:00:00Z", "2026-09-01T09:00:00Z", "2026-09-01T10:00:00Z"}, "2026-09-01T11:00:00Z"},
	    {"office: the night is not waited", "incident.p3.response", "2026-09-01T14:00:00Z", {"2026-09-01T15:30:00Z", "2026-09-02T08:30:00Z"},
		"2026-09-02T09:00:00Z"},
	    {"late already: stays", "foi.response", "2026-09-01T09:00:00Z", {"2026-09-30T09:00:00Z", "2026-10-10T09:00:00Z"},
		"2026-09-29T22:59:59Z"},
	    {"before an event: does not move", "gate.book_ahead", "2026-12-01T09:00:00Z", {"2026-09-01T09:00:00Z", "2026-10-10T09:00:00Z"},
		"2026-10-27T23:59:59Z"},
	};
	const struct shipped *from = shipped();
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct registry_deadline deadline = start(from, cases[i].rule, cases[i].start);
		for (size_t p = 0; p < 4 && cases[i].pauses[p] != NULL; p += 2)
			wait_between(from, &deadline, cases[i].pauses[p], cases[i].pauses[p + 1]);
		assert_instant(cases[i].what, deadline.due_us, cases[i].due);
		/* What was kept of the pauses is enough to work it out again. */
		int64_t again;
		ASSERT_OK(registry_deadline_due(kit_job(), rule_of(from, cases[i].rule), at(cases[i].start), deadline.paused, &again));
		assert_int_equal(again, deadline.due_us);
	}
}

/* For working days: the n-th day that is neither off nor within a pause, walked day by day. */
static void
test_registry_deadline_resume__disregards_exactly_the_paused_working_days(void **state)
{
	const struct shipped *from = shipped();
	const struct registry_deadline_rule *rule = rule_of(from, "foi.response");
	uint64_t seed = 99;
	(void)state;
	for (int i = 0; i < 3000; i++) {
		int64_t started = at("2024-01-01T08:00:00Z") + (int64_t)chance(&seed, 2000) * DAY_US, moment = started;
		int64_t pauses[6], count = 0;
		struct registry_deadline deadline;
		ASSERT_OK(registry_deadline_start(kit_job(), rule, started, &deadline));
		for (int p = 0; p < 3; p++) {
			moment += (int64_t)chance(&seed, 8) * DAY_US;
			if (moment > deadline.due_us)
				break;
			ASSERT_OK(registry_deadline_pause(kit_job(), &deadline, moment));
			pauses[count++] = slow_day(moment);
			moment += (int64_t)chance(&seed, 12) * DAY_US;
			ASSERT_OK(registry_deadline_resume(kit_job(), &from->calendars, &deadline, moment));
			pauses[count++] = slow_day(moment);
		}
		int64_t day = slow_day(started);
		for (int left = 20; left > 0;) {
			bool counts = !off(rule->calendar, ++day);
			for (int p = 0; p < count; p += 2)
				counts = counts && (day < pauses[p] || day > pauses[p + 1]);
			left -= counts ? 1 : 0;
		}
		assert_instant(instant_text(started).at, deadline.due_us, instant_text(registry_london_last(day)).at);
	}
}

static void
test_registry_deadline_pause__refuses_what_makes_no_sense_and_changes_nothing(void **state)
{
	const struct shipped *from = shipped();
	struct registry_deadline deadline = start(from, "foi.response", "2026-09-01T09:00:00Z"), before;
	struct registry_calendars none = {0};
	(void)state;
	ASSERT_ERR(registry_deadline_resume(kit_job(), &from->calendars, &deadline, at("2026-09-02")), ERR_CONFLICT, "foi.response: it is not paused");
	ASSERT_OK(registry_deadline_pause(kit_job(), &deadline, at("2026-09-02T10:00:00Z")));
	before = deadline;
	ASSERT_ERR(registry_deadline_pause(kit_job(), &deadline, at("2026-09-03")), ERR_CONFLICT, "paused already, since 2026-09-02T10:00:00Z");
	ASSERT_ERR(registry_deadline_resume(kit_job(), &from->calendars, &deadline, at("2026-09-02T09:59:59Z")), ERR_INPUT, "cannot be resumed before");
	ASSERT_ERR(registry_deadline_resume(kit_job(), &none, &deadline, at("2026-09-03")), ERR_MISSING, "the calendar united-kingdom, which is no longer");
	ASSERT_ERR(registry_deadline_resume(kit_job(), &from->calendars, &deadline, at("2036-01-02")), ERR_LIMIT, "united-kingdom ends on 2035-12-31");
	ASSERT_ERR(registry_deadline_stop(kit_job(), &none, &deadline, at("2026-09-03")), ERR_MISSING, "no longer");
	assert_memory_equal(&before, &deadline, sizeof before);
	/* Stopping a paused one resumes it first: the days waited are its own. */
	ASSERT_OK(registry_deadline_stop(kit_job(), &from->calendars, &deadline, at("2026-09-30T10:00:00Z")));
	assert_instant("moved by the pause", deadline.due_us, "2026-10-28T23:59:59Z");
	assert_false(registry_deadline_late(&deadline, at("2027-09-30T10:00:00Z")));
	ASSERT_ERR(registry_deadline_stop(kit_job(), &from->calendars, &deadline, at("2026-10-01")), ERR_CONFLICT, "it stopped already, on 2026-09-30");
	ASSERT_ERR(registry_deadline_pause(kit_job(), &deadline, at("2026-10-01")), ERR_CONFLICT, "it stopped on 2026-09-30");
	ASSERT_ERR(registry_deadline_resume(kit_job(), &from->calendars, &deadline, at("2026-10-01")), ERR_CONFLICT, "not paused");
}

static void
test_registry_deadline_late__looks_at_the_moment_that_matters(void **state)
{
	const struct shipped *from = shipped();
	struct registry_deadline deadline = start(from, "breach.ico", "2026-09-01T09:00:00Z"), paused = deadline, stopped = deadline;
	(void)state;
	assert_false(registry_deadline_late(&deadline, at("2026-09-04T09:00:00Z")));
	assert_true(registry_deadline_late(&deadline, at("2026-09-04T09:00:00Z") + 1));
	ASSERT_OK(registry_deadline_pause(kit_job(), &paused, at("2026-09-04T08:00:00Z")));
	assert_false(registry_deadline_late(&paused, at("2026-10-01")));
	ASSERT_OK(registry_deadline_stop(kit_job(), &from->calendars, &stopped, at("2026-09-04T09:00:01Z")));
	assert_true(registry_deadline_late(&stopped, at("2026-09-02")));
	/* Counted back from an event: booked in time, long before the event, or too late, still before it. */
	struct registry_deadline booked = start(from, "gate.book_ahead", "2026-12-01T09:00:00Z"), hasty = booked;
	ASSERT_OK(registry_deadline_stop(kit_job(), &from->calendars, &booked, at("2026-10-27T12:00:00Z")));
	ASSERT_OK(registry_deadline_stop(kit_job(), &from->calendars, &hasty, at("2026-10-28T12:00:00Z")));
	assert_false(registry_deadline_late(&booked, at("2026-12-02")));
	assert_true(registry_deadline_late(&hasty, at("2026-10-01")));
}

/* A rule that changes does not move what runs. */
static void
test_registry_deadline_resume__keeps_to_the_rule_it_started_under(void **state)
{
	const struct shipped *from = shipped();
	struct registry_deadline_rule changed = *rule_of(from, "foi.response");
	struct registry_deadline old = start(from, "foi.response", "2026-09-01T09:00:00Z"), new;
	(void)state;
	changed.working_days = 10;
	changed.version = 2;
	changed.digest = code_sha256(S("other"));
	ASSERT_OK(registry_deadline_start(kit_job(), &changed, at("2026-09-01T09:00:00Z"), &new));
	wait_between(from, &old, "2026-09-07T09:00:00Z", "2026-09-07T10:00:00Z");
	assert_instant("old", old.due_us, "2026-09-30T22:59:59Z");
	assert_instant("new", new.due_us, "2026-09-15T22:59:59Z");
	assert_int_equal(old.version, 1);
	assert_int_equal(new.version, 2);
	assert_false(digest_same(&old.digest, &new.digest));
}

static void
test_registry_deadline_earliest__names_the_one_that_wins(void **state)
{
	const struct shipped *from = shipped();
	struct registry_deadline list[3] = {start(from, "patch.dfe.high", "2026-09-01T09:00:00Z"), start(from, "patch.ce", "2026-09-03T09:00:00Z"),
	    start(from, "patch.ncsc.internal", "2026-09-03T11:00:00Z")};
	(void)state;
	assert_int_equal(registry_deadline_earliest(list, 3), 1); /* of equals the first */
	ASSERT_OK(registry_deadline_pause(kit_job(), &list[1], at("2026-09-04")));
	assert_int_equal(registry_deadline_earliest(list, 3), 2);
	ASSERT_OK(registry_deadline_stop(kit_job(), &from->calendars, &list[2], at("2026-09-04")));
	assert_int_equal(registry_deadline_earliest(list, 3), 0);
	ASSERT_OK(registry_deadline_stop(kit_job(), &from->calendars, &list[0], at("2026-09-04")));
	assert_int_equal(registry_deadline_earliest(list, 3), 3);
	assert_int_equal(registry_deadline_earliest(NULL, 0), 0);
}

/* Warnings */

static void
test_registry_deadline_warns__each_once_and_the_nearest(void **state)
{
	const struct shipped *from = shipped();
	const struct registry_deadline_rule *rule = rule_of(from, "breach.ico");
	struct registry_deadline deadline = start(from, "breach.ico", "2026-09-01T00:00:00Z");
	struct duration before = {7, 7};
	int64_t hour = 3600 * SECOND_US, from_us = at("2026-09-01T00:00:00Z");
	int found[4] = {0};
	(void)state;
	/* Asked every hour: after 24, 48 and 60 hours and when it is over, and at no other time. */
	for (int64_t h = 0; h < 100; h++) {
		int64_t now = from_us + h * hour;
		if (!registry_deadline_warns(&deadline, rule, now, &before))
			continue;
		registry_deadline_warned(&deadline, now);
		int which = h == 24 ? 0 : h == 48 ? 1 : h == 60 ? 2 : h == 73 ? 3 : -1;
		assert_true(which >= 0);
		assert_int_equal(before.us, ((const int64_t[]){48, 24, 12, 0})[which] * hour);
		found[which]++;
	}
	for (int i = 0; i < 4; i++)
		assert_int_equal(found[i], 1);
	/* Asked late: the nearest alone. */
	deadline.warned_us = 0;
	assert_true(registry_deadline_warns(&deadline, rule, from_us + 61 * hour, &before));
	assert_int_equal(before.us, 12 * hour);
	/* What was warned of is not warned of again when the due moment moves; what was not comes in its new time. */
	registry_deadline_warned(&deadline, from_us + 50 * hour);
	wait_between(from, &deadline, "2026-09-03T03:00:00Z", "2026-09-10T03:00:00Z"); /* 51 hours in */
	assert_false(registry_deadline_warns(&deadline, rule, at("2026-09-10T11:59:59Z"), &before));
	assert_true(registry_deadline_warns(&deadline, rule, at("2026-09-10T12:00:00Z"), &before));
	assert_int_equal(before.us, 12 * hour);
	/* None while it stands still or when it is done. */
	ASSERT_OK(registry_deadline_pause(kit_job(), &deadline, at("2026-09-10T15:00:00Z")));
	assert_false(registry_deadline_warns(&deadline, rule, at("2026-12-01"), &before));
	ASSERT_OK(registry_deadline_stop(kit_job(), &from->calendars, &deadline, at("2026-09-10T15:00:00Z")));
	assert_false(registry_deadline_warns(&deadline, rule, at("2026-12-01"), &before));
}

static void
test_registry_deadline_warns__of_what_is_still_to_come(void **state)
{
	const struct shipped *from = shipped();
	/* An end date: the start lies ahead, and so do the warnings before it. */
	struct duration warn[] = {{.us = 90 * DAY_US}, {.us = 7 * DAY_US}}, before;
	struct registry_deadline_rule ends = {.id = S("ends"), .counts = REGISTRY_CALENDAR, .length = {.us = DAY_US}, .warn = warn, .warn_len = 2};
	struct registry_deadline deadline, ahead = start(from, "gate.book_ahead", "2026-12-01T09:00:00Z");
	(void)state;
	ASSERT_OK(registry_deadline_start(kit_job(), &ends, at("2026-12-01"), &deadline));
	assert_instant("the date itself", deadline.due_us, "2026-12-01T23:59:59Z");
	assert_false(registry_deadline_warns(&deadline, &ends, at("2026-09-02T23:59:58Z"), &before));
	assert_true(registry_deadline_warns(&deadline, &ends, at("2026-09-03"), &before));
	assert_int_equal(before.us, 90 * DAY_US);
	registry_deadline_warned(&deadline, at("2026-09-03"));
	assert_false(registry_deadline_warns(&deadline, &ends, at("2026-11-24T23:59:58Z"), &before));
	assert_true(registry_deadline_warns(&deadline, &ends, at("2026-11-25"), &before));
	assert_int_equal(before.us, 7 * DAY_US);
	/* Counted back from an event. */
	assert_true(registry_deadline_warns(&ahead, rule_of(from, "gate.book_ahead"), at("2026-10-21"), &before));
	assert_int_equal(before.us, 7 * DAY_US);
	assert_false(registry_deadline_warns(&ahead, rule_of(from, "gate.book_ahead"), at("2026-10-01"), &before));
}

/* Limits */

static void
test_registry_deadline_due__refuses_what_it_cannot_know(void **state)
{
	const struct shipped *from = shipped();
	struct registry_deadline_rule back = {.id = S("back"), .counts = REGISTRY_CALENDAR, .length = {.months = 1200}, .before = true};
	const struct registry_deadline_rule *foi = rule_of(from, "foi.response"), *ico = rule_of(from, "breach.ico");
	struct registry_paused none = {0};
	int64_t due = 77;
	(void)state;
	ASSERT_ERR(registry_deadline_due(kit_job(), foi, at("2035-12-20"), none, &due), ERR_LIMIT, "united-kingdom ends on 2035-12-31");
	ASSERT_ERR(registry_deadline_due(kit_job(), foi, at("2018-06-20"), none, &due), ERR_LIMIT, "united-kingdom begins on 2019-01-01");
	ASSERT_ERR(registry_deadline_due(kit_job(), rule_of(from, "sar.response"), at("2035-12-20"), none, &due), ERR_LIMIT, "ends on 2035-12-31");
	ASSERT_ERR(registry_deadline_due(kit_job(), ico, at("1995-12-31T23:59:59Z"), none, &due), ERR_LIMIT, "breach.ico: deadlines are counted from 1996");
	ASSERT_ERR(registry_deadline_due(kit_job(), ico, INT64_MIN, none, &due), ERR_LIMIT, "from 1996");
	ASSERT_ERR(registry_deadline_due(kit_job(), ico, at("9000-01-01"), none, &due), ERR_INPUT, "before the year 9000");
	ASSERT_ERR(registry_deadline_due(kit_job(), ico, INT64_MAX, none, &due), ERR_INPUT, "before the year 9000");
	ASSERT_ERR(registry_deadline_due(kit_job(), ico, at("2026-01-01"), (struct registry_paused){.us = -1}, &due), ERR_INPUT, "a pause is");
	ASSERT_ERR(registry_deadline_due(kit_job(), foi, at("2026-01-01"), (struct registry_paused){.days = 36526}, &due), ERR_INPUT, "a pause is");
	ASSERT_ERR(registry_deadline_due(kit_job(), &back, at("2026-01-01"), none, &due), ERR_LIMIT, "outside the years 1970 to 9999");
	assert_int_equal(due, 77);
	ASSERT_OK(registry_deadline_due(kit_job(), ico, at("1996-01-01"), none, &due));
	ASSERT_OK(registry_deadline_due(kit_job(), ico, at("8999-12-31"), none, &due));
	ASSERT_OK(registry_deadline_due(kit_job(), foi, at("2035-11-20"), none, &due));
}

/* Rules */

#define CALENDAR "id: c\ntitle: T\nsource: s\nfrom: 2026-01-01\nto: 2026-12-31\nweekend: [saturday, sunday]\nholidays: []\n"
#define RULE(more) "id: a.b\ntitle: T\nversion: 1\nsource: s\nmark: V\n" more

static err
read_one(const char *text, struct registry_deadline_rules *ret)
{
	static struct registry_calendars calendars;
	(void)kit_fresh();
	struct content content = KIT_CONTENT({"calendar/c.yaml", CALENDAR}, {"deadline/a.b.yaml", text});
	ASSERT_OK(registry_calendar_load(kit_job(), &content, &calendars));
	return registry_deadline_load(kit_job(), &content, &calendars, ret);
}

static void
test_registry_deadline_load__reads_each_way_of_counting(void **state)
{
	struct registry_deadline_rules rules;
	(void)state;
	ASSERT_OK(read_one(RULE("about: More\ncounts: elapsed\nlength: PT72H\nwarn: [PT1H, P1D, PT12H]\nbegins: same-day\nroll: none\nworking-days: 0\n"), &rules));
	const struct registry_deadline_rule *rule = registry_deadline_find(&rules, S("a.b"));
	assert_int_equal(rule->length.us, 3 * DAY_US);
	assert_int_equal(rule->warn_len, 3);
	assert_true(rule->warn[0].us > rule->warn[1].us && rule->warn[1].us > rule->warn[2].us);
	ASSERT_SLICE(rule->about, "More");
	assert_null(rule->calendar);
	struct digest digest =
	    code_sha256(S(RULE("about: More\ncounts: elapsed\nlength: PT72H\nwarn: [PT1H, P1D, PT12H]\nbegins: same-day\nroll: none\nworking-days: 0\n")));
	assert_true(digest_same(&rule->digest, &digest));
	ASSERT_OK(read_one(RULE("counts: calendar\nlength: P1M\nroll: next-working-day\ncalendar: c\n"), &rules));
	assert_int_equal(rules.at[0].length.months, 1);
	ASSERT_OK(read_one(RULE("counts: calendar\nlength: P2W\ndirection: before\nroll: previous-working-day\ncalendar: c\n"), &rules));
	assert_true(rules.at[0].before && rules.at[0].roll == REGISTRY_ROLL_PREVIOUS);
	int64_t due;
	/* 2026-06-14 is a Sunday, so is two weeks before it; the Friday before that. */
	ASSERT_OK(registry_deadline_due(kit_job(), &rules.at[0], at("2026-06-14T09:00:00Z"), (struct registry_paused){0}, &due));
	assert_instant("previous", due, "2026-05-29T22:59:59Z");
	ASSERT_OK(read_one(RULE("counts: working\nworking-days: 5\ndirection: before\ncalendar: c\n"), &rules));
	ASSERT_OK(registry_deadline_due(kit_job(), &rules.at[0], at("2026-06-14T09:00:00Z"), (struct registry_paused){0}, &due));
	assert_instant("working days before", due, "2026-06-08T22:59:59Z");
	ASSERT_OK(read_one(RULE("counts: office\nlength: PT2H\ncalendar: c\noffice: 08:30-16:45\n"), &rules));
	assert_int_equal(rules.at[0].office.closes_us, (16 * 60 + 45) * 60 * SECOND_US);
}

static void
test_registry_deadline_load__refuses_by_line(void **state)
{
	static const struct {
		const char *text, *words;
	} refused[] = {
	    {"- a\n", "a.b.yaml:1: "},
	    {RULE("counts: elapsed\nlength: PT1H\ncolour: red\n"), "a.b.yaml:8: unknown key \"colour\""},
	    {RULE("counts: elapsed\nlength: PT1H\nbegin: same-day\n"), "did you mean \"begins\""},
	    {"id: other\ntitle: T\nversion: 1\nsource: s\nmark: V\ncounts: elapsed\nlength: PT1H\n", "a.b.yaml:1: id: expected the file's own name"},
	    {"id: a.b\ntitle: T\nsource: s\nmark: V\ncounts: elapsed\nlength: PT1H\n", "version: expected a number from 1"},
	    {"id: a.b\ntitle: T\nversion: 1\nmark: V\ncounts: elapsed\nlength: PT1H\n", "expected \"source\""},
	    {"id: a.b\ntitle: T\nversion: 1\nsource: s\ncounts: elapsed\nlength: PT1H\n", "expected \"mark\""},
	    {"id: a.b\ntitle: T\nversion: 1\nsource: s\nmark: X\ncounts: elapsed\nlength: PT1H\n", "a.b.yaml:5: "},
	    {RULE("length: PT1H\n"), "expected \"counts\""},
	    {RULE("counts: fixed\nlength: PT1H\n"), "a.b.yaml:6: "},
	    {RULE("counts: elapsed\n"), "expected \"length\""},
	    {RULE("counts: elapsed\nlength: P1M\n"), "a.b.yaml:7: length: expected elapsed time such as PT72H, found \"P1M\""},
	    {RULE("counts: elapsed\nlength: PT0H\n"), "length: expected"},
	    {RULE("counts: elapsed\nlength: 20W\n"), "length: expected"},
	    {RULE("counts: elapsed\nlength: P101Y\n"), "length: expected"},
	    {RULE("counts: elapsed\nlength: PT1H\nbegins: next-day\n"), "a.b.yaml:8: begins: a deadline in hours begins at its start"},
	    {RULE("counts: elapsed\nlength: PT1H\nroll: next-working-day\ncalendar: c\n"), "roll: a deadline in hours has no last day"},
	    {RULE("counts: elapsed\nlength: PT1H\nworking-days: 2\n"), "working-days: only a deadline that counts working days"},
	    {RULE("counts: elapsed\nlength: PT1H\noffice: 09:00-17:00\n"), "office: only a deadline that counts office hours"},
	    {RULE("counts: elapsed\nlength: PT1H\ncalendar: d\n"), "a.b.yaml:8: calendar: there is no calendar/d.yaml"},
	    {RULE("counts: calendar\nlength: PT36H\n"), "length: expected whole days or whole months"},
	    {RULE("counts: calendar\nlength: P1M2D\n"), "length: expected whole days or whole months"},
	    {RULE("counts: calendar\nlength: P1M\nroll: next-working-day\n"), "expected \"calendar\""},
	    {RULE("counts: calendar\nlength: P1M\nbegins: next-working-day\n"), "expected \"calendar\""},
	    {RULE("counts: calendar\nlength: P1M\nroll: previous-working-day\ncalendar: c\n"), "roll: a deadline after an event rolls to the next"},
	    {RULE("counts: calendar\nlength: P1M\ndirection: before\nroll: next-working-day\ncalendar: c\n"), "rolls to the previous"},
	    {RULE("counts: calendar\nlength: P1M\ndirection: before\nbegins: next-day\n"), "begins: a deadline before an event"},
	    {RULE("counts: calendar\nlength: P1M\ndirection: sideways\n"), "a.b.yaml:8: "},
	    {RULE("counts: working\nworking-days: 20\n"), "expected \"calendar\""},
	    {RULE("counts: working\ncalendar: c\n"), "working-days: expected 1 to 1000"},
	    {RULE("counts: working\nworking-days: 0\ncalendar: c\n"), "a.b.yaml:7: working-days: expected 1 to 1000"},
	    {RULE("counts: working\nworking-days: 1001\ncalendar: c\n"), "working-days: expected 1 to 1000"},
	    {RULE("counts: working\nworking-days: 20\nlength: P20D\ncalendar: c\n"), "length: a deadline that counts working days says working-days"},
	    {RULE("counts: office\nlength: PT2H\ncalendar: c\n"), "office: expected hours such as 09:00-17:00"},
	    {RULE("counts: office\nlength: PT2H\ncalendar: c\noffice: 17:00-09:00\n"), "a.b.yaml:9: office: expected"},
	    {RULE("counts: office\nlength: PT2H\ncalendar: c\noffice: 09:00-24:00\n"), "office: expected"},
	    {RULE("counts: office\nlength: PT2H\ncalendar: c\noffice: 09:00-17:00\ndirection: before\n"), "office hours are counted after"},
	    {RULE("counts: elapsed\nlength: PT1H\nwarn: [P1X]\n"), "a.b.yaml:8: warn: expected a duration"},
	    {RULE("counts: elapsed\nlength: PT1H\nwarn: [P0D]\n"), "warn: expected a duration"},
	    {RULE("counts: elapsed\nlength: PT1H\nwarn: [P1D, PT24H]\n"), "warn: PT24H is there twice"},
	    {RULE("counts: elapsed\nlength: PT1H\nwarn: P1D\n"), "warn"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct registry_deadline_rules rules = {.len = 77};
		ASSERT_ERR(read_one(refused[i].text, &rules), ERR_INPUT, refused[i].words);
		assert_int_equal(rules.len, 77);
	}
}

static err
count_fault(struct job *job, void *to, err found)
{
	(void)job, (void)found;
	++*(size_t *)to;
	return OK;
}

static void
test_registry_deadline_load_each__tells_every_fault(void **state)
{
	struct registry_deadline_rules rules;
	size_t faults = 0;
	(void)state;
	(void)kit_fresh();
	struct content content = KIT_CONTENT({"calendar/c.yaml", CALENDAR}, {"deadline/a.b.yaml", RULE("counts: elapsed\nlength: PT1H\n")},
	    {"deadline/b.yaml", "id: b\n"}, {"deadline/c.yaml", "id: d\n"});
	ASSERT_OK(registry_deadline_load_each(kit_job(), &content, count_fault, &faults, &rules));
	assert_int_equal(faults, 2);
	assert_int_equal(rules.len, 1);
	ASSERT_SLICE(rules.at[0].id, "a.b");
	struct content broken = KIT_CONTENT({"calendar/c.yaml", "id: c\n"}, {"deadline/a.b.yaml", RULE("counts: elapsed\nlength: PT1H\n")});
	ASSERT_OK(registry_deadline_load_each(kit_job(), &broken, count_fault, &faults, &rules));
	assert_int_equal(faults, 3);
	assert_int_equal(rules.len, 0);
}

/* What is kept */

static const char *
written(const struct registry_deadline *deadline)
{
	struct buf buf = buf_open(kit_job(), "deadline", 4 * KIB);
	slice text;
	registry_deadline_write(&buf, deadline);
	ASSERT_OK(buf_end(&buf, &text));
	return text.at;
}

static err
read_text(const char *text, struct registry_deadline *ret)
{
	const json_t *value;
	ASSERT_OK(json_read(kit_job(), "state", slice_of(text), &value));
	return registry_deadline_read(kit_job(), "state", value, ret);
}

static void
test_registry_deadline_write__comes_back_the_same(void **state)
{
	static const char *const rules[] = {"foi.response", "sar.response", "breach.ico", "incident.p3.response", "gate.book_ahead", "patch.ce"};
	const struct shipped *from = shipped();
	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		for (int step = 0; step < 4; step++) {
			struct registry_deadline deadline = start(from, rules[i], "2026-09-01T09:00:00.25Z"), back;
			if (step > 0)
				ASSERT_OK(registry_deadline_pause(kit_job(), &deadline, at("2026-09-01T09:30:00Z")));
			if (step > 1)
				ASSERT_OK(registry_deadline_resume(kit_job(), &from->calendars, &deadline, at("2026-09-03T10:30:00.5Z")));
			if (step > 2)
				ASSERT_OK(registry_deadline_stop(kit_job(), &from->calendars, &deadline, at("2026-09-04T10:30:00Z")));
			if (step > 2)
				registry_deadline_warned(&deadline, at("2026-09-03T10:30:00Z"));
			const char *text = written(&deadline);
			ASSERT_OK(read_text(text, &back));
			assert_string_equal(written(&back), text);
			assert_int_equal(back.due_us, deadline.due_us);
			assert_int_equal(back.paused.days, deadline.paused.days);
			assert_int_equal(back.paused.us, deadline.paused.us);
			/* Canonical: as the writer of all JSON would have it. */
			const json_t *value;
			struct buf buf = buf_open(kit_job(), "again", 4 * KIB);
			slice again;
			ASSERT_OK(json_read(kit_job(), "state", slice_of(text), &value));
			json_write(&buf, value);
			ASSERT_OK(buf_end(&buf, &again));
			ASSERT_SLICE(again, text);
		}
	/* What is read goes on like what was written. */
	struct registry_deadline deadline = start(from, "foi.response", "2026-09-01T09:00:00Z"), back;
	ASSERT_OK(registry_deadline_pause(kit_job(), &deadline, at("2026-09-07T09:00:00Z")));
	ASSERT_OK(read_text(written(&deadline), &back));
	ASSERT_OK(registry_deadline_resume(kit_job(), &from->calendars, &back, at("2026-09-09T09:00:00Z")));
	assert_instant("read", back.due_us, "2026-10-02T22:59:59Z");
}

#define D64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define TAIL "\"digest\":\"" D64 "\",\"due\":\"2026-09-04T09:00:00Z\",\"rule\":\"r\",\"started\":\"2026-09-01T09:00:00Z\",\"version\":1"
#define KEPT(members) "{" members TAIL "}"
#define CAL "\"calendar\":\"c\",\"calendar_digest\":\"" D64 "\","
#define DAYS "\"first\":\"2026-09-02\",\"last\":\"2026-09-04\","

static void
test_registry_deadline_read__refuses_what_we_would_not_write(void **state)
{
	static const struct {
		const char *text, *words;
	} refused[] = {
	    {"[]", "state: "},
	    {KEPT("\"counts\":\"elapsed\",\"colour\":1,"), "\"colour\""},
	    {KEPT(""), "\"counts\" must be text"},
	    {KEPT("\"counts\":\"weeks\","), "does not know the word \"weeks\""},
	    {KEPT("\"counts\":\"elapsed\"," DAYS), "\"first\" has no place with this way of counting"},
	    {KEPT("\"counts\":\"elapsed\",\"office\":\"09:00-17:00\","), "\"office\" has no place"},
	    {KEPT("\"counts\":\"elapsed\",\"roll\":\"next-working-day\"," CAL), "\"roll\" has no place"},
	    {KEPT("\"counts\":\"elapsed\",\"paused_days\":2,"), "\"paused_days\" has no place"},
	    {KEPT("\"counts\":\"elapsed\",\"paused_to\":\"2026-09-02\","), "\"paused_to\" has no place"},
	    {KEPT("\"counts\":\"elapsed\",\"paused_us\":0,"), "\"paused_us\" must be 1 to"},
	    {KEPT("\"counts\":\"elapsed\",\"paused_us\":-5,"), "\"paused_us\" must be 1 to"},
	    {KEPT("\"counts\":\"elapsed\",\"paused_us\":9223372036854775807,"), "\"paused_us\" must be 1 to"},
	    {KEPT("\"counts\":\"elapsed\",\"calendar\":\"c\","), "\"calendar_digest\" must be there"},
	    {KEPT("\"counts\":\"elapsed\",\"calendar_digest\":\"" D64 "\","), "\"calendar_digest\" has no place"},
	    {KEPT("\"counts\":\"elapsed\",\"calendar\":\"\",\"calendar_digest\":\"" D64 "\","), "\"calendar\" must name one"},
	    {KEPT("\"counts\":\"elapsed\",\"calendar\":\"c\",\"calendar_digest\":\"12\","), "64 hexadecimal digits"},
	    {KEPT("\"counts\":\"elapsed\",\"paused_since\":\"2026-09-02\","), "must be an instant after 1970"},
	    {KEPT("\"counts\":\"elapsed\",\"paused_since\":\"2026-09-02T10:00:00+01:00\","), "must be an instant after 1970"},
	    {KEPT("\"counts\":\"elapsed\",\"warned\":\"1970-01-01T00:00:00Z\","), "must be an instant after 1970"},
	    {KEPT("\"counts\":\"elapsed\",\"warned\":null,"), "\"warned\" must be text"},
	    {KEPT("\"counts\":\"elapsed\",\"paused_since\":\"2026-09-02T10:00:00Z\",\"stopped\":\"2026-09-02T10:00:00Z\","), "stopped is not paused"},
	    {KEPT("\"counts\":\"calendar\","), "\"first\" must be there"},
	    {KEPT("\"counts\":\"calendar\"," DAYS "\"roll\":\"none\","), "\"roll\" is left out"},
	    {KEPT("\"counts\":\"calendar\"," DAYS "\"roll\":\"next-working-day\","), "\"calendar\" must be there"},
	    {KEPT("\"counts\":\"calendar\",\"first\":\"2026-09-31\",\"last\":\"2026-09-04\","), "\"first\" must be a date"},
	    {KEPT("\"counts\":\"working\"," DAYS), "\"calendar\" must be there"},
	    {KEPT("\"counts\":\"office\"," CAL), "\"office\" must be there"},
	    {KEPT("\"counts\":\"office\"," CAL "\"office\":\"9-5\","), "\"office\" must be hours"},
	    {KEPT("\"counts\":\"fixed\"," CAL), "\"calendar\" has no place"},
	    {"{\"counts\":\"elapsed\",\"digest\":\"" D64 "\",\"due\":\"2026-09-04T09:00:00Z\",\"rule\":\"r\",\"version\":1}", "\"started\" must be text"},
	    {"{\"counts\":\"elapsed\",\"digest\":\"" D64 "\",\"rule\":\"r\",\"started\":\"2026-09-04T09:00:00Z\",\"version\":1}", "\"due\" must be text"},
	    {"{\"counts\":\"elapsed\",\"digest\":\"" D64 "\",\"rule\":\"\",\"version\":1}", "\"rule\" must name"},
	    {"{\"counts\":\"elapsed\",\"digest\":\"" D64 "\",\"rule\":\"r\",\"version\":0}", "\"version\" must be 1 to"},
	    {"{\"counts\":\"elapsed\",\"digest\":\"" D64 "\",\"rule\":\"r\"}", "\"version\" must be a whole number"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct registry_deadline deadline = {.version = 77};
		(void)kit_fresh();
		ASSERT_ERR(read_text(refused[i].text, &deadline), ERR_INPUT, refused[i].words);
		assert_int_equal(deadline.version, 77);
	}
	struct registry_deadline good;
	ASSERT_OK(read_text(KEPT("\"counts\":\"elapsed\","), &good));
	ASSERT_OK(read_text(KEPT(CAL "\"counts\":\"working\"," DAYS "\"paused_days\":2,\"paused_to\":\"2026-09-02\","), &good));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registry_deadline_due__gives_the_moments_of_the_sources),
	    cmocka_unit_test(test_registry_deadline_load__every_rule_says_where_it_comes_from),
	    cmocka_unit_test(test_registry_deadline_due__foi_leaves_out_scotlands_second_of_january_and_saint_patricks_day),
	    cmocka_unit_test(test_registry_london__changes_its_clocks_on_two_sundays),
	    cmocka_unit_test(test_registry_deadline_due__agrees_with_counting_day_by_day),
	    cmocka_unit_test(test_registry_deadline_due__office_hours_agree_with_counting_minutes),
	    cmocka_unit_test(test_registry_deadline_resume__moves_the_due_moment_by_what_was_waited),
	    cmocka_unit_test(test_registry_deadline_resume__disregards_exactly_the_paused_working_days),
	    cmocka_unit_test(test_registry_deadline_pause__refuses_what_makes_no_sense_and_changes_nothing),
	    cmocka_unit_test(test_registry_deadline_late__looks_at_the_moment_that_matters),
	    cmocka_unit_test(test_registry_deadline_resume__keeps_to_the_rule_it_started_under),
	    cmocka_unit_test(test_registry_deadline_earliest__names_the_one_that_wins),
	    cmocka_unit_test(test_registry_deadline_warns__each_once_and_the_nearest),
	    cmocka_unit_test(test_registry_deadline_warns__of_what_is_still_to_come),
	    cmocka_unit_test(test_registry_deadline_due__refuses_what_it_cannot_know),
	    cmocka_unit_test(test_registry_deadline_load__reads_each_way_of_counting),
	    cmocka_unit_test(test_registry_deadline_load__refuses_by_line),
	    cmocka_unit_test(test_registry_deadline_load_each__tells_every_fault),
	    cmocka_unit_test(test_registry_deadline_write__comes_back_the_same),
	    cmocka_unit_test(test_registry_deadline_read__refuses_what_we_would_not_write),
	};
	return KIT_TESTS(tests);
}
