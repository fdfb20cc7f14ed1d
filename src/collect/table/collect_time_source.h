/*
 * Where the clock gets its time from.
 */
#ifndef COLLECT_TABLE_COLLECT_TIME_SOURCE_H
#define COLLECT_TABLE_COLLECT_TIME_SOURCE_H

#include "collect/collect.h"

struct time_row {
	slice program, server, kind;
	bool authenticated;
	const char *path;
	unsigned line;
};
/* One line of chrony.conf or ntp.conf, trimmed and no comment; false when it names no source. The program, path and line stay the caller's.
 */
bool time_line(slice line, struct time_row *ret);

extern const struct table table_time_source;

#endif
