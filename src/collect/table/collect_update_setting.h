/*
 * apt's configuration tree, and the settings of it that decide how updates arrive.
 */
#ifndef COLLECT_TABLE_COLLECT_UPDATE_SETTING_H
#define COLLECT_TABLE_COLLECT_UPDATE_SETTING_H

#include "collect/collect.h"

struct collect_apt_entry {
	slice key; /* "apt::periodic::enable", lower case */
	slice value;
	const char *path;
	unsigned line;
	bool item; /* of the list ${key} */
};
struct collect_apt_conf {
	struct job *job;
	struct collect_apt_entry *at;
	size_t len, room;
};

/* Add one file (apt.conf(5)); #clear drops what was there, #include is passed over. Malformed text ends early, as far as it was understood.
 * Pure. */
err collect_apt_conf_parse(struct collect_apt_conf *conf, const char *path, slice text);

/* The last value of ${key} (lower case), or NULL. */
const struct collect_apt_entry *collect_apt_conf_get(const struct collect_apt_conf *conf, slice key);

/* Read apt.conf.d and apt.conf below the root; false in ${ret_there} when apt is not configured here. */
err collect_apt_conf_read(struct job *job, const struct collect *collect, struct collect_apt_conf *ret, bool *ret_there);

/* Names of the parts apt reads in ${folder}: without a suffix or with ${suffix}, of letters, digits, '-', '_' and '.'; sorted. A missing
 * folder has none. */
err collect_apt_parts(
    struct job *job, const struct collect *collect, const char *folder, const char *suffix, const char ***ret, size_t *ret_len);

#endif
