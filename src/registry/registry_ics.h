/*
 * Deadlines for people's own calendars: an iCalendar stream of what is due and when to be reminded (RFC 5545).
 */
#ifndef REGISTRY_REGISTRY_ICS_H
#define REGISTRY_REGISTRY_ICS_H

#include "base/instant.h"

struct registry_ics_event {
	slice uid; /* the same for the same deadline of the same record every time, so that a calendar replaces it (section 3.8.4.7) */
	slice summary, description;
	int64_t due_us;
	const struct duration *warn; /* an alarm so long before */
	size_t warn_len;
};

/*
 * Write ${len} events to ${buf}: CRLF, lines folded at 75 octets between characters (section 3.1), text escaped (section 3.3.11), control characters
 * left out and malformed UTF-8 replaced, instants in UTC. Each is a VEVENT without length at its due moment that takes no time of the day (TRANSP), with
 * a VALARM for each warning; one of months is given as an instant, because durations of iCalendar know no months (section 3.3.6). ${stamp_us} is
 * DTSTAMP: when this was made. ${name} is what calendars show above. A uid that is empty or longer than 200, and an instant outside the years 0001
 * to 9999, is ERR_INPUT.
 */
err registry_ics_write(
    struct job *job, struct buf *buf, slice name, const struct registry_ics_event *events, size_t len, int64_t stamp_us);

#endif
