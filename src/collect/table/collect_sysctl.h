/*
 * Kernel settings: what is in force and what sysctl.d asks for.
 */
#ifndef COLLECT_TABLE_COLLECT_SYSCTL_H
#define COLLECT_TABLE_COLLECT_SYSCTL_H

#include "collect/collect.h"

struct collect_sysctl {
	slice path; /* below /proc/sys: net/ipv4/ip_forward; may hold * ? [ ] */
	slice value;
	const char *file;
	unsigned line;
	bool glob, only_excludes; /* "-net/ipv4/conf/lo/rp_filter" without a value */
};
struct collect_sysctls {
	struct job *job;
	struct collect_sysctl *at;
	size_t len, room;
};

/* Add the settings of one file (sysctl.d(5)). Pure. */
err collect_sysctl_parse(struct collect_sysctls *settings, const char *file, slice text);

/* What is asked for ${path}: an exact setting beats a pattern, the later beats the earlier; NULL for nothing. */
const struct collect_sysctl *collect_sysctl_wanted(const struct collect_sysctls *settings, slice path);

/* "net/ipv4/conf/eth0.5/x" to "net.ipv4.conf.eth0/5.x" and back: '/' and '.' change places. */
err collect_sysctl_swap(struct job *job, slice path, slice *ret);

/* Is it worth a row? Counters, random numbers and key material (tcp_fastopen_key, stable_secret) are not. */
bool collect_sysctl_kept(slice path);

#endif
