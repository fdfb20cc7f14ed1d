/*
 * Instants are µs since 1970-01-01T00:00:00Z (int64_t); durations are ISO 8601. No local time anywhere.
 */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include "base/buf.h"

#define SECOND_US ((int64_t)1000000)
#define DAY_US (86400 * SECOND_US)

struct instant_text {
	char at[32];
};

/* "2026-11-22T01:32:04Z", with ".123456" before the Z when there are µs. Years 0001 to 9999; outside: "?". */
struct instant_text instant_text(int64_t at_us);
/* "2026-11-22". */
struct instant_text instant_day(int64_t at_us);

/* RFC 3339 with Z or a numeric offset, upper-case T and Z, up to 6 digits of fraction; or a date alone = its first moment. False otherwise,
 * a leap second (:60) included. */
bool instant_parse(slice text, int64_t *ret_us);

/* RFC 1123 and apt's Release dates ("Sat, 22 Nov 2026 01:32:04 UTC"), and asn.1-ish "Nov 22 01:32:04 2026 GMT". False otherwise. */
bool instant_parse_mail(slice text, int64_t *ret_us);

/* Civil date of a day number since 1970-01-01 and back (proleptic Gregorian). */
void instant_civil(int64_t day, int64_t *ret_year, int *ret_month, int *ret_day);
int64_t instant_from_civil(int64_t year, int month, int day);

/*
 * ISO 8601 durations: PnYnMnWnDTnHnMnS and the short forms 7d 12h 30m 45s 2w. instant_after() adds calendar months and years by the
 * calendar with roll-back to the last day of a shorter month, then the rest as elapsed time.
 */
struct duration {
	int32_t months;
	int64_t us;
};
bool duration_parse(slice text, struct duration *ret);
int64_t instant_after(int64_t from_us, struct duration by);
int64_t instant_before(int64_t from_us, struct duration by);

/* "3 days", "2 hours", "just now": for people, always with the larger unit only; negative = "in 3 days". */
void duration_words(struct buf *buf, int64_t us);

#endif
