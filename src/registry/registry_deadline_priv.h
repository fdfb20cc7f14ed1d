/*
 * What the three files of deadlines share: the words of the enumerations, office hours as text, and the steps of the count.
 */
#ifndef REGISTRY_REGISTRY_DEADLINE_PRIV_H
#define REGISTRY_REGISTRY_DEADLINE_PRIV_H

#include "registry/registry_deadline.h"

#define MAX_SPAN_US (INT64_C(36525) * DAY_US) /* a hundred years */
#define MAX_SPAN_DAYS 36525

extern const char *const registry_counts_words[]; /* elapsed, calendar, working, office, fixed */
extern const char *const registry_roll_words[];

/* "09:00-17:00"; false otherwise, or when it does not open before it closes. */
bool registry_office_parse(slice text, struct registry_office *ret);
void registry_office_write(struct buf *buf, struct registry_office office);

/* ${amount_us} (more than 0) of office time after ${from_us}; and how much lies between two instants. */
err registry_office_add(struct job *job, const struct registry_calendar *calendar, struct registry_office office, int64_t from_us,
    int64_t amount_us, int64_t *ret_us);
err registry_office_count(struct job *job, const struct registry_calendar *calendar, struct registry_office office, int64_t from_us,
    int64_t to_us, int64_t *ret_us);

/* The due moment of ${last_day} after ${days} of pause and the roll. ${calendar} may be NULL when neither needs it. */
err registry_deadline_settle(struct job *job, const struct registry_deadline *deadline, const struct registry_calendar *calendar,
    int64_t days, int64_t *ret_us);

#endif
