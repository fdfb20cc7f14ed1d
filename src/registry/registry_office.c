/*
 * Office hours: time that passes only between opening and closing on working days.
 * Deliberately knows no lunch, no half day and no shift.
 */
#include "registry/registry_deadline_priv.h"
#include "registry/registry_london.h"

#define MINUTE_US (60 * SECOND_US)

static bool
parse_clock(slice text, int64_t *ret_us)
{
	uint64_t hour, minute;
	if (text.len != 5 || text.at[2] != ':' || !slice_u64(slice_part(text, 0, 2), &hour) || !slice_u64(slice_from(text, 3), &minute) ||
	    hour > 23 || minute > 59)
		return false;
	*ret_us = (int64_t)(hour * 60 + minute) * MINUTE_US;
	return true;
}

bool
registry_office_parse(slice text, struct registry_office *ret)
{
	struct registry_office office;
	if (text.len != 11 || text.at[5] != '-' || !parse_clock(slice_part(text, 0, 5), &office.opens_us) ||
	    !parse_clock(slice_from(text, 6), &office.closes_us) || office.opens_us >= office.closes_us)
		return false;
	*ret = office;
	return true;
}

void
registry_office_write(struct buf *buf, struct registry_office office)
{
	int64_t opens = office.opens_us / MINUTE_US, closes = office.closes_us / MINUTE_US;
	buf_printf(buf, "%02d:%02d-%02d:%02d", (int)(opens / 60), (int)(opens % 60), (int)(closes / 60), (int)(closes % 60));
}

/* The part of a working day's office hours that lies at or after ${from_us}; from == to when there is none. */
static err
hours_of(struct job *job, const struct registry_calendar *calendar, struct registry_office office, int64_t day, int64_t from_us,
    int64_t *ret_from, int64_t *ret_to)
{
	bool works;
	*ret_from = *ret_to = from_us;
	TRY(registry_calendar_works(job, calendar, day, &works));
	if (!works)
		return OK;
	int64_t opens = registry_london_at(day, office.opens_us), closes = registry_london_at(day, office.closes_us);
	if (closes <= from_us)
		return OK;
	*ret_from = opens > from_us ? opens : from_us;
	*ret_to = closes;
	return OK;
}

err
registry_office_add(struct job *job, const struct registry_calendar *calendar, struct registry_office office, int64_t from_us,
    int64_t amount_us, int64_t *ret_us)
{
	for (int64_t day = registry_london_day(from_us);; day++) {
		int64_t from, to;
		TRY(hours_of(job, calendar, office, day, from_us, &from, &to));
		if (amount_us <= to - from) {
			*ret_us = from + amount_us;
			return OK;
		}
		amount_us -= to - from;
	}
}

err
registry_office_count(struct job *job, const struct registry_calendar *calendar, struct registry_office office, int64_t from_us,
    int64_t to_us, int64_t *ret_us)
{
	int64_t sum = 0, last = registry_london_day(to_us);
	for (int64_t day = registry_london_day(from_us); day <= last; day++) {
		int64_t from, to;
		TRY(hours_of(job, calendar, office, day, from_us, &from, &to));
		if (to > to_us)
			to = to_us;
		sum += to > from ? to - from : 0;
	}
	*ret_us = sum;
	return OK;
}
