/*
 * Europe/London without a time-zone file: days of the United Kingdom and the moments at which they begin and end.
 * Summer Time Act 1972 as amended by the Summer Time Order 2002 (SI 2002/262, and its like since 1996): UTC+1 from 01:00 UTC on the last Sunday of
 * March until 01:00 UTC on the last Sunday of October, else UTC. Before 1996 other dates held: callers refuse earlier instants.
 */
#ifndef REGISTRY_REGISTRY_LONDON_H
#define REGISTRY_REGISTRY_LONDON_H

#include "base/instant.h"

#define REGISTRY_LONDON_SINCE_DAY INT64_C(9496) /* 1996-01-01 */

/* What a clock in London is ahead of UTC at ${at_us}, in µs: 0 or an hour. */
int64_t registry_london_ahead(int64_t at_us);

/* The day number since 1970-01-01 that a calendar in London shows at ${at_us}. */
int64_t registry_london_day(int64_t at_us);

/* The instant at which a clock in London shows ${clock_us} after midnight on ${day}. An hour that a change of clocks skips is read as if the clocks
 * had not changed yet; of an hour that comes twice the first is meant. */
int64_t registry_london_at(int64_t day, int64_t clock_us);

/* 23:59:59 in London on ${day}: the last whole second of it. */
int64_t registry_london_last(int64_t day);

#endif
