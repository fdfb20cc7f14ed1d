/*
 * What a rule gives for a start, and what pauses, resuming and stopping make of a running deadline.
 * Deliberately reads no clock: every function is told the moment.
 */
#include "registry/registry_deadline_priv.h"
#include "registry/registry_london.h"

/* 9000-01-01: far enough from the year 9999 that no length leads beyond it. */
#define UNTIL_DAY INT64_C(2567655)

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static err
check_moment(struct job *job, slice rule, int64_t at_us)
{
	if (at_us < REGISTRY_LONDON_SINCE_DAY * DAY_US)
		return err_set(job, ERR_LIMIT, "%.*s: deadlines are counted from 1996 on, when today's rule for summer time began; found %s",
		    SLICE(rule), instant_text(at_us).at);
	if (at_us >= UNTIL_DAY * DAY_US)
		return err_set(job, ERR_INPUT, "%.*s: expected a moment before the year 9000, found %s", SLICE(rule), instant_text(at_us).at);
	return OK;
}

/* What is kept must be readable again: an instant of the years 1970 to 9999, pauses of a hundred years. */
static err
check_due(struct job *job, const struct registry_deadline *deadline)
{
	if (deadline->due_us < DAY_US || instant_text(deadline->due_us).at[0] == '?' || deadline->paused.us > MAX_SPAN_US ||
	    deadline->paused.days > MAX_SPAN_DAYS)
		return err_set(job, ERR_LIMIT, "%.*s: it would be due outside the years 1970 to 9999, or after pauses of more than 100 years",
		    SLICE(deadline->rule));
	return OK;
}

static int64_t
month_after(int64_t day, int32_t months)
{
	return instant_after(day * DAY_US, (struct duration){.months = months}) / DAY_US;
}

/* Day 1 and the last day, before pauses and roll. */
static err
count_days(struct job *job, const struct registry_deadline_rule *rule, int64_t day, int64_t *ret_first, int64_t *ret_last)
{
	struct duration length = rule->length;
	int64_t days = length.us / DAY_US;
	if (rule->before) {
		*ret_first = day;
		if (rule->counts == REGISTRY_WORKING)
			return registry_calendar_add(job, rule->calendar, day, -rule->working_days, ret_last);
		*ret_last = length.months != 0 ? instant_before(day * DAY_US, length) / DAY_US : day - days;
		return OK;
	}
	if (rule->begins != REGISTRY_SAME_DAY)
		day++;
	if (rule->begins == REGISTRY_NEXT_WORKING_DAY || rule->counts == REGISTRY_WORKING)
		TRY(registry_calendar_roll(job, rule->calendar, day, 1, &day));
	*ret_first = day;
	if (rule->counts == REGISTRY_WORKING)
		return registry_calendar_add(job, rule->calendar, day, rule->working_days - 1, ret_last);
	*ret_last = length.months != 0 ? month_after(day, length.months) : day + days - 1;
	return OK;
}

err
registry_deadline_settle(struct job *job, const struct registry_deadline *deadline, const struct registry_calendar *calendar, int64_t days,
    int64_t *ret_us)
{
	int64_t day = deadline->last_day;
	if (deadline->counts == REGISTRY_WORKING)
		TRY(registry_calendar_add(job, calendar, day, days, &day));
	else
		day += days;
	if (deadline->roll != REGISTRY_ROLL_NONE)
		TRY(registry_calendar_roll(job, calendar, day, deadline->roll == REGISTRY_ROLL_NEXT ? 1 : -1, &day));
	*ret_us = registry_london_last(day);
	return OK;
}

err
registry_deadline_start(struct job *job, const struct registry_deadline_rule *rule, int64_t start_us, struct registry_deadline *ret)
{
	struct registry_deadline deadline = {.rule = rule->id, .version = rule->version, .digest = rule->digest, .counts = rule->counts,
	    .roll = rule->roll, .office = rule->office, .started_us = start_us};
	TRY(check_moment(job, rule->id, start_us));
	if (rule->calendar != NULL) {
		deadline.calendar = rule->calendar->id;
		deadline.calendar_digest = rule->calendar->digest;
	}
	if (rule->counts == REGISTRY_ELAPSED) {
		deadline.due_us = rule->before ? start_us - rule->length.us : start_us + rule->length.us;
	} else if (rule->counts == REGISTRY_OFFICE) {
		TRY(registry_office_add(job, rule->calendar, rule->office, start_us, rule->length.us, &deadline.due_us));
	} else {
		TRY(count_days(job, rule, registry_london_day(start_us), &deadline.first_day, &deadline.last_day));
		TRY(registry_deadline_settle(job, &deadline, rule->calendar, 0, &deadline.due_us));
	}
	if (rule->before) {
		deadline.counts = REGISTRY_FIXED;
		deadline.first_day = deadline.last_day = 0;
		deadline.roll = REGISTRY_ROLL_NONE;
		deadline.calendar = (slice){0};
		deadline.calendar_digest = (struct digest){0};
	}
	TRY(check_due(job, &deadline));
	*ret = deadline;
	return OK;
}

err
registry_deadline_due(
    struct job *job, const struct registry_deadline_rule *rule, int64_t start_us, struct registry_paused paused, int64_t *ret_us)
{
	struct registry_deadline deadline;
	if (paused.us < 0 || paused.us > MAX_SPAN_US || paused.days < 0 || paused.days > MAX_SPAN_DAYS)
		return err_set(job, ERR_INPUT, "%.*s: a pause is 0 to 100 years, found %lld µs and %lld days", SLICE(rule->id),
		    (long long)paused.us, (long long)paused.days);
	TRY(registry_deadline_start(job, rule, start_us, &deadline));
	*ret_us = deadline.due_us;
	switch (deadline.counts) {
	case REGISTRY_ELAPSED:
		*ret_us += paused.us;
		return OK;
	case REGISTRY_OFFICE:
		return paused.us == 0 ? OK : registry_office_add(job, rule->calendar, rule->office, deadline.due_us, paused.us, ret_us);
	case REGISTRY_FIXED:
		return OK;
	default:
		return registry_deadline_settle(job, &deadline, rule->calendar, paused.days, ret_us);
	}
}

err
registry_deadline_pause(struct job *job, struct registry_deadline *deadline, int64_t at_us)
{
	if (deadline->stopped_us != 0)
		return err_set(job, ERR_CONFLICT, "%.*s: it stopped on %s, so it cannot be paused", SLICE(deadline->rule),
		    instant_day(deadline->stopped_us).at);
	if (deadline->paused_since_us != 0)
		return err_set(job, ERR_CONFLICT, "%.*s: it is paused already, since %s", SLICE(deadline->rule),
		    instant_text(deadline->paused_since_us).at);
	TRY(check_moment(job, deadline->rule, at_us));
	deadline->paused_since_us = at_us;
	return OK;
}

/* Add what the pause from ${from_us} to ${to_us} is worth, and move the due moment. */
static err
shift(struct job *job, const struct registry_calendar *calendar, struct registry_deadline *deadline, int64_t from_us, int64_t to_us)
{
	int64_t from_day = registry_london_day(from_us), to_day = registry_london_day(to_us), more = 0;
	switch (deadline->counts) {
	case REGISTRY_ELAPSED:
		deadline->paused.us += to_us - from_us;
		deadline->due_us += to_us - from_us;
		return OK;
	case REGISTRY_OFFICE:
		TRY(registry_office_count(job, calendar, deadline->office, from_us, to_us, &more));
		deadline->paused.us += more;
		return more == 0 ? OK : registry_office_add(job, calendar, deadline->office, deadline->due_us, more, &deadline->due_us);
	case REGISTRY_CALENDAR:
		deadline->paused.days += to_day - from_day;
		break;
	case REGISTRY_WORKING:
		from_day = larger(larger(from_day, deadline->first_day), deadline->paused_to_day + 1);
		TRY(registry_calendar_count(job, calendar, from_day, to_day, &more));
		deadline->paused.days += more;
		deadline->paused_to_day = larger(deadline->paused_to_day, to_day);
		break;
	case REGISTRY_FIXED:
		return OK;
	}
	return registry_deadline_settle(job, deadline, calendar, deadline->paused.days, &deadline->due_us);
}

static err
find_calendar(struct job *job, const struct registry_calendars *calendars, const struct registry_deadline *deadline,
    const struct registry_calendar **ret)
{
	*ret = NULL;
	if (deadline->calendar.len == 0)
		return OK;
	*ret = registry_calendar_find(calendars, deadline->calendar);
	if (*ret == NULL)
		return err_set(job, ERR_MISSING, "%.*s: it counts by the calendar %.*s, which is no longer in the content",
		    SLICE(deadline->rule), SLICE(deadline->calendar));
	return OK;
}

err
registry_deadline_resume(
    struct job *job, const struct registry_calendars *calendars, struct registry_deadline *deadline, int64_t at_us)
{
	struct registry_deadline moved = *deadline;
	const struct registry_calendar *calendar;
	if (deadline->stopped_us != 0 || deadline->paused_since_us == 0)
		return err_set(job, ERR_CONFLICT, "%.*s: it is not paused, so it cannot be resumed", SLICE(deadline->rule));
	if (at_us < deadline->paused_since_us)
		return err_set(job, ERR_INPUT, "%.*s: it was paused at %s and cannot be resumed before that, at %s", SLICE(deadline->rule),
		    instant_text(deadline->paused_since_us).at, instant_text(at_us).at);
	TRY(check_moment(job, deadline->rule, at_us));
	TRY(find_calendar(job, calendars, deadline, &calendar));
	moved.paused_since_us = 0;
	/* A pause cannot heal what is late already, nor take away time before the start. */
	int64_t from_us = larger(larger(deadline->paused_since_us, deadline->started_us), deadline->paused_end_us);
	if (deadline->paused_since_us <= deadline->due_us && from_us <= at_us)
		TRY(shift(job, calendar, &moved, from_us, at_us));
	if (deadline->counts != REGISTRY_WORKING && deadline->counts != REGISTRY_FIXED)
		moved.paused_end_us = larger(deadline->paused_end_us, at_us);
	TRY(check_due(job, &moved));
	if (moved.warned_us != 0) {
		/* What was warned of at some distance from the due moment is not warned of at that distance again. */
		int64_t shifted = moved.warned_us + (moved.due_us - deadline->due_us);
		moved.warned_us = shifted > moved.due_us ? larger(moved.warned_us, moved.due_us) : shifted;
	}
	*deadline = moved;
	return OK;
}

err
registry_deadline_stop(struct job *job, const struct registry_calendars *calendars, struct registry_deadline *deadline, int64_t at_us)
{
	if (deadline->stopped_us != 0)
		return err_set(job, ERR_CONFLICT, "%.*s: it stopped already, on %s", SLICE(deadline->rule), instant_day(deadline->stopped_us).at);
	TRY(check_moment(job, deadline->rule, at_us));
	if (deadline->paused_since_us != 0)
		TRY(registry_deadline_resume(job, calendars, deadline, at_us));
	deadline->stopped_us = at_us;
	return OK;
}

bool
registry_deadline_late(const struct registry_deadline *deadline, int64_t now_us)
{
	int64_t at_us = deadline->stopped_us != 0 ? deadline->stopped_us : now_us;
	if (deadline->paused_since_us != 0)
		at_us = deadline->paused_since_us;
	return at_us > deadline->due_us;
}

static bool
runs(const struct registry_deadline *deadline)
{
	return deadline->stopped_us == 0 && deadline->paused_since_us == 0;
}

size_t
registry_deadline_earliest(const struct registry_deadline *list, size_t len)
{
	size_t best = len;
	for (size_t i = 0; i < len; i++)
		if (runs(&list[i]) && (best == len || list[i].due_us < list[best].due_us))
			best = i;
	return best;
}

bool
registry_deadline_warns(
    const struct registry_deadline *deadline, const struct registry_deadline_rule *rule, int64_t now_us, struct duration *ret_before)
{
	bool found = false;
	if (!runs(deadline))
		return false;
	for (size_t i = 0; i <= rule->warn_len; i++) {
		struct duration before = i < rule->warn_len ? rule->warn[i] : (struct duration){0};
		/* At the due moment itself it is not late yet. */
		int64_t moment = i < rule->warn_len ? instant_before(deadline->due_us, before) : deadline->due_us + 1;
		if (moment <= now_us && moment > deadline->warned_us) {
			*ret_before = before;
			found = true;
		}
	}
	return found;
}

void
registry_deadline_warned(struct registry_deadline *deadline, int64_t now_us)
{
	deadline->warned_us = larger(deadline->warned_us, now_us);
}
