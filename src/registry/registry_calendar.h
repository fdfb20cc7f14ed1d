/*
 * Calendars: which days are working days, read from content/calendar/ID.yaml, in day numbers since 1970-01-01. A calendar covers the days it
 * says; what lies beyond is ERR_LIMIT, because a holiday nobody has written down yet would silently make a deadline too early.
 */
#ifndef REGISTRY_REGISTRY_CALENDAR_H
#define REGISTRY_REGISTRY_CALENDAR_H

#include "catalogue/catalogue.h"

/* A day off that is no weekend. */
struct registry_holiday {
	int64_t day;
	slice name;
};
struct registry_calendar {
	slice id, title, source;
	int64_t from, to; /* first and last day covered; of a union, what all its members cover */
	unsigned weekend; /* bit 0 Monday … bit 6 Sunday */
	const struct registry_holiday *holidays; /* in the order of their days; empty in a union */
	size_t len;
	const struct registry_calendar *members[8]; /* a union: a day off in any member is a day off */
	size_t members_len;
	struct digest digest; /* SHA-256 of the file; of a union, over the digests of its file and its members */
};
struct registry_calendars {
	const struct registry_calendar *at; /* in the order of their files */
	size_t len;
};

/*
 * Read every calendar/ID.yaml of ${content}; none is an empty list. A calendar is {id, title, source, from, to, weekend, holidays: [{date, name}]}
 * or {id, title, source, union: [ID, …]}. Unknown keys, an id that is not the file's name, a date twice, out of order or outside from … to, a
 * union of a union or of nothing: ERR_INPUT "file:line: …".
 */
err registry_calendar_load(struct job *job, const struct content *content, struct registry_calendars *ret);

/* The calendar ${id}, or NULL. */
const struct registry_calendar *registry_calendar_find(const struct registry_calendars *calendars, slice id);

/*
 * Is ${day} a working day: no weekend and no holiday (of any member, FOIA 2000 section 10(6))? Every function below fails with ERR_LIMIT and the
 * words "the calendar ID ends on …" (or "begins on …") as soon as it would have to know a day outside from … to.
 */
err registry_calendar_works(struct job *job, const struct registry_calendar *calendar, int64_t day, bool *ret);

/* ${day} itself when it is a working day, else the next one (${step} 1) or the one before (${step} -1). */
err registry_calendar_roll(struct job *job, const struct registry_calendar *calendar, int64_t day, int step, int64_t *ret);

/* The ${count}-th working day after ${day} (before it, when ${count} is negative); ${day} itself never counts. 0 gives ${day}. */
err registry_calendar_add(struct job *job, const struct registry_calendar *calendar, int64_t day, int64_t count, int64_t *ret);

/* How many working days lie in ${first} … ${last}, both included; 0 when ${last} is earlier. */
err registry_calendar_count(struct job *job, const struct registry_calendar *calendar, int64_t first, int64_t last, int64_t *ret);

/* The name of the holiday on ${day} (of the first member that has one), empty when there is none. For explanations. */
slice registry_calendar_holiday(const struct registry_calendar *calendar, int64_t day);

#endif
