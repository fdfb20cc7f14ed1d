/*
 * Deadlines: rules read from content/deadline/ID.yaml (doc/deadline.md), the moment a rule gives for a start, and one running deadline with its
 * pauses, as it is kept in a record. A running deadline carries its due moment and all it needs to be paused and resumed, so that a rule that
 * changes later never moves it.
 */
#ifndef REGISTRY_REGISTRY_DEADLINE_H
#define REGISTRY_REGISTRY_DEADLINE_H

#include "base/json.h"
#include "registry/registry_calendar.h"

/* REGISTRY_FIXED stands in running deadlines only: what lies before an event does not move when somebody waits. */
enum registry_counts { REGISTRY_ELAPSED, REGISTRY_CALENDAR, REGISTRY_WORKING, REGISTRY_OFFICE, REGISTRY_FIXED };
enum registry_begins { REGISTRY_SAME_DAY, REGISTRY_NEXT_DAY, REGISTRY_NEXT_WORKING_DAY };
enum registry_roll { REGISTRY_ROLL_NONE, REGISTRY_ROLL_NEXT, REGISTRY_ROLL_PREVIOUS };

/* Hours on working days, from midnight by a clock in London. */
struct registry_office {
	int64_t opens_us, closes_us;
};

struct registry_deadline_rule {
	slice id, title, about, source;
	slice mark; /* V, S, K or ?, as in the sources */
	int64_t version;
	enum registry_counts counts;
	struct duration length; /* elapsed and office: µs; calendar: whole days or months; working: nothing */
	int64_t working_days;
	enum registry_begins begins;
	enum registry_roll roll;
	bool before;                              /* counted back from an event that is to come */
	const struct registry_calendar *calendar; /* NULL when no day off matters */
	struct registry_office office;
	const struct duration *warn; /* how long before the due moment, longest first */
	size_t warn_len;
	struct digest digest; /* of the file */
};
struct registry_deadline_rules {
	const struct registry_calendars *calendars;
	const struct registry_deadline_rule *at; /* in the order of their files */
	size_t len;
};

/*
 * Read every deadline/ID.yaml of ${content}; none is an empty list. ${calendars} is kept. ERR_INPUT "file:line: …" for unknown keys, an id that is not
 * the file's name, a calendar that is not there, and what does not go together: months of elapsed time, working days with a length, and so on.
 */
err registry_deadline_load(
    struct job *job, const struct content *content, const struct registry_calendars *calendars, struct registry_deadline_rules *ret);

/* Calendars and rules, telling each fault and going on without that rule; a calendar that is at fault ends it, because rules cannot be judged then. */
err registry_deadline_load_each(struct job *job, const struct content *content, err (*fault)(struct job *job, void *to, err found), void *fault_to,
    struct registry_deadline_rules *ret);

/* The rule ${id}, or NULL. */
const struct registry_deadline_rule *registry_deadline_find(const struct registry_deadline_rules *rules, slice id);

/* What pauses have added: µs for elapsed and office rules, days (working days for working rules) for the others. */
struct registry_paused {
	int64_t us, days;
};

/*
 * The moment at which what started at ${start_us} is due.
 *   elapsed   start + length, weekends and nights included (UK GDPR Article 33(1): 72 hours).
 *   calendar  days: the last day is day 1 + days - 1. Months: the same day number, else the last day of that month (UK GDPR Article 12(3)), counted
 *             from day 1 itself. Then roll: a last day that is no working day becomes the next one.
 *   working   the n-th working day, day 1 included (FOIA 2000 section 10(1) and (6)).
 *   office    time within office hours of working days only.
 * Day 1 is the day of the start (same-day), the day after it (next-day) or the first working day after it (next-working-day); of a working rule it is
 * always a working day. A rule with direction before counts back from the day of the start, which does not count. Days are those of Europe/London; a
 * rule that counts days is due at 23:59:59 there. ERR_LIMIT beyond the calendar or before 1996; ERR_INPUT for a start after the year 9000 or a
 * pause that is negative or longer than 100 years.
 */
err registry_deadline_due(
    struct job *job, const struct registry_deadline_rule *rule, int64_t start_us, struct registry_paused paused, int64_t *ret_us);

/* One running deadline. 0 in an instant means that it did not happen. */
struct registry_deadline {
	slice rule;
	int64_t version;
	struct digest digest; /* of the rule's file at the start */
	enum registry_counts counts;
	enum registry_roll roll;
	slice calendar; /* id; empty when no day off matters */
	struct digest calendar_digest;
	struct registry_office office;
	int64_t started_us, due_us, paused_since_us, stopped_us;
	int64_t warned_us;           /* warnings up to this instant have been given; moves with the due moment */
	int64_t first_day, last_day; /* calendar and working: day 1, and the last day before pauses and roll */
	int64_t paused_to_day;       /* working: the last day that a pause has counted, so that none counts twice */
	int64_t paused_end_us;       /* elapsed, office and calendar: the same, to the moment */
	struct registry_paused paused;
};

/* Begin; as registry_deadline_due(). ${ret} borrows the rule's and the calendar's ids. */
err registry_deadline_start(struct job *job, const struct registry_deadline_rule *rule, int64_t start_us, struct registry_deadline *ret);

/*
 * Stand still from ${at_us}, and go on. Resuming moves the due moment:
 *   elapsed, office  by the time (the office time) in between.
 *   calendar         by the whole days in between: waiting from Monday to Wednesday gives two days (UK GDPR Article 12A: time spent waiting for
 *                    clarification does not count). The roll is asked again.
 *   working          by the working days from the day of the pause to the day of resuming, both included (FOIA 2000 section 10(2)), each once, and
 *                    none before day 1.
 *   fixed            not at all.
 * No moment counts twice, whatever days are told afterwards. A deadline that was over before it was paused stays where it is. ERR_CONFLICT when it is stopped, or paused (not paused) already; ERR_INPUT when
 * ${at_us} is earlier than the pause; ERR_MISSING when its calendar is no longer there; ERR_LIMIT beyond the calendar. Nothing changes on failure.
 */
err registry_deadline_pause(struct job *job, struct registry_deadline *deadline, int64_t at_us);
err registry_deadline_resume(
    struct job *job, const struct registry_calendars *calendars, struct registry_deadline *deadline, int64_t at_us);

/* What was due is done, or needs no doing; a paused deadline is resumed first. Errors as resume. */
err registry_deadline_stop(struct job *job, const struct registry_calendars *calendars, struct registry_deadline *deadline, int64_t at_us);

/* Was it, or is it at ${now_us}, over its due moment? A paused one is judged by the moment it was paused. */
bool registry_deadline_late(const struct registry_deadline *deadline, int64_t now_us);

/* Which of ${len} is due first; of equals the first. Stopped and paused ones do not count: ${len} when no other is there. */
size_t registry_deadline_earliest(const struct registry_deadline *list, size_t len);

/*
 * Is there a warning to give at ${now_us} that was not given: one of ${rule}'s, or that it is over ({0, 0})? Of several the nearest to the due moment.
 * The start may lie ahead (a date that is to
 * come), so warnings before it count too. When a pause moves the due moment, what was given stays given and the rest moves along.
 * registry_deadline_warned() says that it was given.
 */
bool registry_deadline_warns(
    const struct registry_deadline *deadline, const struct registry_deadline_rule *rule, int64_t now_us, struct duration *ret_before);
void registry_deadline_warned(struct registry_deadline *deadline, int64_t now_us);

/*
 * One canonical JSON object, keys sorted, what did not happen left out; and back, strictly: unknown members, instants that are not written as we write
 * them, and members that do not belong to its way of counting are ERR_INPUT with ${name} in front. The slices are borrowed from ${object}.
 */
void registry_deadline_write(struct buf *buf, const struct registry_deadline *deadline);
err registry_deadline_read(struct job *job, const char *name, const json_t *object, struct registry_deadline *ret);

#endif
