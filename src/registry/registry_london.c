/*
 * The days of the United Kingdom, by the rule for summer time alone.
 * Deliberately does not read a time-zone file or ask libc: a verdict must not depend on what is installed on the machine that asks.
 */
#include "registry/registry_london.h"

#define HOUR_US (3600 * SECOND_US)

static int64_t
floor_div(int64_t number, int64_t by)
{
	return number / by - (number % by < 0 ? 1 : 0);
}

/* 01:00 UTC on the last Sunday of a month of 31 days. Day 0 was a Thursday, so Sunday is 3 modulo 7. */
static int64_t
change_us(int64_t year, int month)
{
	int64_t last = instant_from_civil(year, month, 31);
	int64_t past_sunday = ((last - 3) % 7 + 7) % 7;
	return (last - past_sunday) * DAY_US + HOUR_US;
}

int64_t
registry_london_ahead(int64_t at_us)
{
	int64_t year;
	int month, day;
	instant_civil(floor_div(at_us, DAY_US), &year, &month, &day);
	return at_us >= change_us(year, 3) && at_us < change_us(year, 10) ? HOUR_US : 0;
}

int64_t
registry_london_day(int64_t at_us)
{
	return floor_div(at_us + registry_london_ahead(at_us), DAY_US);
}

int64_t
registry_london_at(int64_t day, int64_t clock_us)
{
	int64_t shown = day * DAY_US + clock_us;
	/* Summer time is tried first: of an hour that comes twice it is the first. */
	return registry_london_ahead(shown - HOUR_US) == HOUR_US ? shown - HOUR_US : shown;
}

int64_t
registry_london_last(int64_t day)
{
	return registry_london_at(day, DAY_US - SECOND_US);
}
