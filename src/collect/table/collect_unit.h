/*
 * systemd's unit files: parsing one text, and the settings that are left after drop-ins.
 */
#ifndef COLLECT_TABLE_COLLECT_UNIT_H
#define COLLECT_TABLE_COLLECT_UNIT_H

#include "collect/collect.h"

/* One assignment in force. */
struct unit_value {
	slice section, key, value;
	unsigned position;
	const char *path;
	unsigned line;
};

struct unit_values {
	struct job *job;
	struct unit_value *at;
	size_t len, room;
};

/*
 * Add the assignments of one file to ${values}: an empty one clears the key, of keys that hold one value the last wins, lists add up.
 * Values of Environment are cut to their names and commands to their program; what may be a secret is not kept. ${path} is kept.
 */
err unit_text(struct unit_values *values, const char *path, slice text);
/* The last value of a key, or the empty text. */
slice unit_value(const struct unit_values *values, slice section, slice key);

extern const struct table table_unit, table_unit_setting, table_timer;

#endif
