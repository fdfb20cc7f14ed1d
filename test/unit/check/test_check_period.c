/*
 * Periods: sums and intervals over runs with gaps, stale facts, retired hosts and clocks that ran backwards; against a clock that walks minute by minute.
 */
#include "check_kit.h"

#include "check/check_period.h"

#define MINUTE (60 * SECOND_US)
#define HOUR (60 * MINUTE)
#define WEEK ((struct duration){.us = 7 * DAY_US})

static struct check_seen
seen_at(int64_t hour, enum ledger_verdict verdict)
{
	return (struct check_seen){.entry = (uint64_t)hour + 1, .at_us = at_us(hour), .looked_us = at_us(hour), .verdict = verdict};
}

static struct check_period
period_of(const struct check_seen *seen, size_t len, int64_t from, int64_t to, struct duration max_age)
{
	struct check_period period;
	int64_t all = 0;
	struct check_period_past past = {.seen = seen, .len = len, .max_age = max_age, .from_us = at_us(from), .to_us = at_us(to)};
	ASSERT_OK(check_period(kit_job(), &past, &period));
	for (int i = 0; i < PERIOD_STATES; i++)
		all += period.us[i];
	assert_int_equal(all, at_us(to) - at_us(from));
	int64_t told = at_us(from);
	for (size_t i = 0; i < period.intervals_len; i++) {
		assert_int_equal(period.intervals[i].from_us, told);
		assert_true(period.intervals[i].to_us > told);
		assert_true(i == 0 || period.intervals[i].state != period.intervals[i - 1].state);
		told = period.intervals[i].to_us;
	}
	assert_int_equal(told, at_us(to));
	return period;
}
#define PERIOD(from, to, max_age, ...)                                                                                                     \
	period_of((const struct check_seen[]){__VA_ARGS__}, sizeof((const struct check_seen[]){__VA_ARGS__}) / sizeof(struct check_seen), (from), (to), (max_age))
#define HOURS(period, state) ((period).us[(state)] / HOUR)

static void
test_check_period__adds_up_what_runs_said(void **state)
{
	(void)state, (void)kit_fresh();
	struct check_period period = PERIOD(0, 100, WEEK, seen_at(10, LEDGER_PASS), seen_at(30, LEDGER_FAIL), seen_at(35, LEDGER_COULD_NOT_LOOK),
	    seen_at(41, LEDGER_NOT_APPLICABLE), seen_at(48, LEDGER_PASS), seen_at(60, LEDGER_PASS));
	assert_int_equal(HOURS(period, PERIOD_NOT_OBSERVED), 10); /* before the first run */
	assert_int_equal(HOURS(period, PERIOD_PASS), 20 + 52);
	assert_int_equal(HOURS(period, PERIOD_FAIL), 5);
	assert_int_equal(HOURS(period, PERIOD_COULD_NOT_LOOK), 6);
	assert_int_equal(HOURS(period, PERIOD_NOT_APPLICABLE), 7);
	assert_int_equal(period.runs, 6);
	assert_int_equal(period.changes, 4);
	assert_int_equal(period.first_us, at_us(10));
	assert_int_equal(period.last_us, at_us(60));
	assert_int_equal(period.intervals_len, 6);
	assert_int_equal(period.intervals[5].entry, 49); /* the first run that said so */
	assert_int_equal(period.failed_since_us, 0);
}

static void
test_check_period__never_bridges_a_gap(void **state)
{
	(void)state, (void)kit_fresh();
	struct duration day = {.us = DAY_US};
	/* It passed before and after; in between nobody looked for longer than the answer stands. */
	struct check_period period = PERIOD(0, 100, day, seen_at(0, LEDGER_PASS), seen_at(60, LEDGER_PASS));
	assert_int_equal(HOURS(period, PERIOD_PASS), 24 + 24);
	assert_int_equal(HOURS(period, PERIOD_NOT_OBSERVED), 36 + 16);
	assert_int_equal(period.intervals_len, 4);
	assert_int_equal(period.changes, 0);
	/* The twin: an answer that stands longer reaches the next run. */
	period = PERIOD(0, 100, ((struct duration){.us = 60 * HOUR}), seen_at(0, LEDGER_PASS), seen_at(60, LEDGER_PASS));
	assert_int_equal(HOURS(period, PERIOD_PASS), 100);
	assert_int_equal(period.intervals_len, 1);
}

/* A run over old facts answers for as long as the facts are young enough, and not from when the run was. */
static void
test_check_period__age_counts_from_the_facts(void **state)
{
	(void)state, (void)kit_fresh();
	struct duration day = {.us = DAY_US};
	struct check_seen old = seen_at(30, LEDGER_PASS), stale = seen_at(30, LEDGER_PASS), future = seen_at(30, LEDGER_PASS);
	old.looked_us = at_us(10);
	struct check_period period = PERIOD(0, 100, day, old);
	assert_int_equal(HOURS(period, PERIOD_PASS), 4);
	stale.looked_us = at_us(5);
	period = PERIOD(0, 100, day, stale);
	assert_int_equal(period.us[PERIOD_PASS], 0);
	assert_int_equal(period.runs, 1); /* it ran all the same */
	future.looked_us = at_us(90); /* facts of a clock that is wrong never make an answer younger than its run */
	period = PERIOD(0, 100, day, future);
	assert_int_equal(HOURS(period, PERIOD_PASS), 24);
}

static void
test_check_period__begins_with_what_stood_before_it(void **state)
{
	(void)state, (void)kit_fresh();
	struct check_period period = PERIOD(20, 40, WEEK, seen_at(0, LEDGER_FAIL), seen_at(30, LEDGER_PASS), seen_at(50, LEDGER_FAIL));
	assert_int_equal(HOURS(period, PERIOD_FAIL), 10);
	assert_int_equal(HOURS(period, PERIOD_PASS), 10);
	assert_int_equal(period.runs, 1);
	assert_int_equal(period.changes, 1); /* it is another answer than that before the period */
	assert_int_equal(period.first_us, at_us(30));
	period = PERIOD(20, 40, WEEK, seen_at(20, LEDGER_PASS), seen_at(40, LEDGER_FAIL));
	assert_int_equal(period.runs, 1); /* the first instant is in it, the last one is not */
	assert_int_equal(HOURS(period, PERIOD_PASS), 20);
	period = PERIOD(20, 40, WEEK, seen_at(50, LEDGER_PASS));
	assert_int_equal(HOURS(period, PERIOD_NOT_OBSERVED), 20);
	assert_int_equal(period.first_us, 0);
}

static void
test_check_period__a_withdrawn_answer_stands_no_longer(void **state)
{
	(void)state, (void)kit_fresh();
	struct check_seen retired = seen_at(10, LEDGER_FAIL);
	retired.ended_us = at_us(20);
	struct check_period period = PERIOD(0, 100, WEEK, retired);
	assert_int_equal(HOURS(period, PERIOD_FAIL), 10);
	assert_int_equal(HOURS(period, PERIOD_NOT_OBSERVED), 90);
	assert_int_equal(period.failed_since_us, 0);
	retired.ended_us = 0;
	period = PERIOD(0, 100, WEEK, retired);
	assert_int_equal(HOURS(period, PERIOD_FAIL), 90);
	assert_int_equal(period.failed_since_us, at_us(10));
}

static int64_t
since_of(const struct check_seen *seen, size_t len, const struct ledger_finding *findings, size_t findings_len, int64_t from, int64_t to)
{
	struct check_period_past past = {.seen = seen, .len = len, .findings = findings, .findings_len = findings_len, .max_age = WEEK, .from_us = at_us(from),
	    .to_us = at_us(to)};
	struct check_period period;
	ASSERT_OK(check_period(kit_job(), &past, &period));
	return period.failed_since_us;
}

static void
test_check_period__failed_since(void **state)
{
	(void)state, (void)kit_fresh();
	struct check_seen seen[] = {seen_at(5, LEDGER_FAIL), seen_at(10, LEDGER_PASS), seen_at(20, LEDGER_FAIL), seen_at(30, LEDGER_COULD_NOT_LOOK),
	    seen_at(40, LEDGER_FAIL)};
	struct ledger_finding findings[] = {
	    {.first_seen_us = at_us(5), .state = LEDGER_FINDING_GONE, .ended_us = at_us(10)}, {.first_seen_us = at_us(2), .state = LEDGER_FINDING_OPEN}};
	/* Looking in vain in between mends nothing; a pass does. */
	assert_int_equal(since_of(seen, 5, NULL, 0, 35, 50), at_us(20));
	assert_int_equal(since_of(seen, 2, NULL, 0, 0, 50), 0);
	/* A finding that ended says nothing, one that is open says since when. */
	assert_int_equal(since_of(seen, 5, findings, 1, 35, 50), at_us(20));
	assert_int_equal(since_of(seen, 5, findings, 2, 35, 50), at_us(2));
	/* At hour 8 the one that is gone now was open. */
	assert_int_equal(since_of(seen, 5, findings, 1, 0, 8), at_us(5));
}

/* The slow way: what stands at one instant, asked of every run. */
static enum check_period_state
state_then(const struct check_seen *seen, size_t len, struct duration max_age, int64_t at)
{
	const struct check_seen *newest = NULL;
	for (size_t i = 0; i < len; i++)
		if (seen[i].at_us <= at &&
		    (newest == NULL || seen[i].at_us > newest->at_us || (seen[i].at_us == newest->at_us && seen[i].entry > newest->entry)))
			newest = &seen[i];
	if (newest == NULL || (newest->ended_us != 0 && newest->ended_us <= at))
		return PERIOD_NOT_OBSERVED;
	int64_t looked = newest->looked_us < newest->at_us ? newest->looked_us : newest->at_us;
	return at < instant_after(looked, max_age) ? (enum check_period_state)newest->verdict : PERIOD_NOT_OBSERVED;
}

static uint64_t
next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

/* Everything falls on whole minutes, so walking minute by minute is exact. October's end is among the days: no hour is there twice. */
static void
test_check_period__is_what_a_clock_counts(void **state)
{
	uint64_t seed = 20261130;
	(void)state;
	for (int round = 0; round < 300; round++) {
		struct job *job = kit_fresh();
		struct check_seen seen[24];
		size_t len = next_random(&seed) % 24;
		int64_t zero = instant_from_civil(2026, 10, 24) * DAY_US, from = zero + DAY_US, to = from + (1 + (int64_t)(next_random(&seed) % 2880)) * MINUTE;
		struct duration max_age = {.us = (int64_t)(1 + next_random(&seed) % 600) * MINUTE};
		struct check_period period;
		int64_t counted[PERIOD_STATES] = {0};
		for (size_t i = 0; i < len; i++) {
			int64_t at = zero + (int64_t)(next_random(&seed) % 5760) * MINUTE;
			seen[i] = (struct check_seen){.entry = i,
			    .at_us = at,
			    .looked_us = at + 60 * MINUTE - (int64_t)(next_random(&seed) % 400) * MINUTE,
			    .ended_us = next_random(&seed) % 4 == 0 ? at + (int64_t)(next_random(&seed) % 300) * MINUTE : 0,
			    .verdict = (enum ledger_verdict)(next_random(&seed) % 4)};
		}
		struct check_period_past past = {.seen = seen, .len = len, .max_age = max_age, .from_us = from, .to_us = to};
		ASSERT_OK(check_period(job, &past, &period));
		for (int64_t at = from; at < to; at += MINUTE)
			counted[state_then(seen, len, max_age, at)] += MINUTE;
		for (int i = 0; i < PERIOD_STATES; i++)
			if (counted[i] != period.us[i])
				fail_msg("round %d, %s: counted %lld, summed %lld", round, check_period_words[i], (long long)(counted[i] / MINUTE),
				    (long long)(period.us[i] / MINUTE));
	}
}

/* From a ledger */

struct bench {
	struct place place;
	struct ledger *ledger;
	struct set set;
};

static struct bench
bench_open(void)
{
	struct bench bench = {.place = place_make()};
	bench.ledger = ledger_at(&bench.place);
	kit_job()->actor = S("ada");
	SET(&bench.set, {"check/a.yaml", SSH_CHECK("a", "high", "R-1.a")}, {"check/b.yaml", SSH_CHECK("b", "high", "R-2.b")});
	return bench;
}

static void
bench_close(struct bench *bench)
{
	ledger_close(bench->ledger);
	place_remove(&bench->place);
}

static void
run_partly(struct bench *bench, const char *id, enum ledger_verdict verdict, int64_t hour)
{
	struct ledger_run_change change;
	struct ledger_result result = {.host = ledger_host_id(bench->ledger), .check = slice_of(id), .verdict = verdict, .reason = S("r")};
	struct ledger_finding finding = {.id = id[0] == 'a' ? S("0123456789ab") : S("ba9876543210"), .host = result.host, .check = result.check, .severity = S("high"), .says = S("it is so"),
	    .key = S("[1]"), .row = S("{}")};
	struct ledger_run run = {.host = result.host, .at_us = at_us(hour), .results = &result, .results_len = 1, .partial = true, .findings = &finding,
	    .findings_len = verdict == LEDGER_FAIL};
	kit_job()->now_us = at_us(hour);
	ASSERT_OK(ledger_run_append(kit_job(), bench->ledger, &run, &change));
}

static struct check_period
listed_then(struct bench *bench, int64_t then, int64_t from, int64_t to)
{
	struct check_period_subject *list;
	struct ledger_moment at;
	size_t len;
	ASSERT_OK(ledger_moment(kit_job(), bench->ledger, then == 0 ? 0 : at_us(then), &at));
	slice known = ledger_host_id(bench->ledger);
	struct check_period_ask ask = {.at = at, .check = check_find(&bench->set.checks, S("a")), .known = &known, .known_len = 1, .from_us = at_us(from),
	    .to_us = at_us(to)};
	ASSERT_OK(check_period_list(kit_job(), bench->ledger, &ask, &list, &len));
	assert_int_equal(len, 1);
	assert_true(slice_same(list[0].subject, ledger_host_id(bench->ledger)));
	return list[0].period;
}

static void
test_check_period_list__reads_runs_and_facts(void **state)
{
	(void)state;
	struct bench bench = bench_open();
	struct facts facts = {0};
	struct check_period period = listed_then(&bench, 0, 0, 10);
	assert_int_equal(HOURS(period, PERIOD_NOT_OBSERVED), 10); /* a host nobody asked */
	assert_int_equal(period.runs, 0);
	FACTS(&facts, "sshd_setting", SSH_GOOD);
	evidence_facts(bench.ledger, &facts, 1);
	run_partly(&bench, "a", LEDGER_PASS, 20);
	run_partly(&bench, "b", LEDGER_FAIL, 60); /* of another check: nobody looked at this one */
	run_partly(&bench, "a", LEDGER_PASS, 100);
	period = listed_then(&bench, 0, 0, 300);
	assert_int_equal(period.runs, 2);
	assert_int_equal(HOURS(period, PERIOD_PASS), 1 + 7 * 24 - 20); /* seven days from when the facts were looked at, not the runs */
	assert_int_equal(period.failed_since_us, 0);
	run_partly(&bench, "a", LEDGER_FAIL, 110);
	period = listed_then(&bench, 0, 0, 300);
	assert_int_equal(HOURS(period, PERIOD_PASS), 90);
	assert_int_equal(HOURS(period, PERIOD_FAIL), 169 - 110);
	assert_int_equal(period.failed_since_us, at_us(110));
	assert_int_equal(period.changes, 1);
	/* What was known before that run. */
	period = listed_then(&bench, 105, 0, 105);
	assert_int_equal(period.us[PERIOD_FAIL], 0);
	assert_int_equal(period.runs, 2);
	/* Facts that were read anew make the next run's answer last longer; an older run's not. */
	evidence_facts(bench.ledger, &facts, 120);
	assert_int_equal(HOURS(listed_then(&bench, 0, 0, 300), PERIOD_FAIL), 169 - 110);
	run_partly(&bench, "a", LEDGER_PASS, 121);
	period = listed_then(&bench, 0, 0, 300);
	assert_int_equal(HOURS(period, PERIOD_FAIL), 11);
	assert_int_equal(HOURS(period, PERIOD_PASS), 90 + 120 + 168 - 121);
	bench_close(&bench);
}

static void
test_check_period_list__a_retired_host_is_no_longer_observed(void **state)
{
	(void)state;
	struct bench bench = bench_open();
	struct ledger_receipt receipt;
	run_partly(&bench, "a", LEDGER_FAIL, 10);
	kit_job()->now_us = at_us(30);
	struct ledger_host *hosts;
	size_t len;
	ASSERT_OK(ledger_hosts(kit_job(), bench.ledger, now_of(bench.ledger), &hosts, &len));
	ASSERT_OK(ledger_host_retire(kit_job(), bench.ledger, hosts[0].id, S("scrapped"), &receipt));
	kit_job()->now_us = at_us(100);
	struct check_period period = listed_then(&bench, 0, 0, 100);
	assert_int_equal(HOURS(period, PERIOD_FAIL), 20);
	assert_int_equal(HOURS(period, PERIOD_NOT_OBSERVED), 80);
	assert_int_equal(period.failed_since_us, 0);
	period = listed_then(&bench, 29, 0, 29);
	assert_int_equal(HOURS(period, PERIOD_FAIL), 19);
	assert_int_equal(period.failed_since_us, at_us(10));
	bench_close(&bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_check_period__adds_up_what_runs_said),
	    cmocka_unit_test(test_check_period__never_bridges_a_gap),
	    cmocka_unit_test(test_check_period__age_counts_from_the_facts),
	    cmocka_unit_test(test_check_period__begins_with_what_stood_before_it),
	    cmocka_unit_test(test_check_period__a_withdrawn_answer_stands_no_longer),
	    cmocka_unit_test(test_check_period__failed_since),
	    cmocka_unit_test(test_check_period__is_what_a_clock_counts),
	    cmocka_unit_test(test_check_period_list__reads_runs_and_facts),
	    cmocka_unit_test(test_check_period_list__a_retired_host_is_no_longer_observed),
	};
	return KIT_TESTS(tests);
}
