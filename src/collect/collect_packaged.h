/*
 * What dpkg says a file's bytes should be: the MD5 digests of *.md5sums and of the Conffiles lists, diversions followed. Only for files that are asked for.
 */
#ifndef COLLECT_COLLECT_PACKAGED_H
#define COLLECT_COLLECT_PACKAGED_H

#include "collect/collect.h"

struct collect_packaged {
	slice path;    /* "/usr/bin/ls" */
	slice package; /* whose it is; empty = nobody's */
	bool known;    /* dpkg lists a digest */
	uint8_t md5[16];
};

/* One diversion (dpkg-divert(1)): the path as packaged, where it was moved to, and for whom. */
struct collect_diversion {
	slice from, to, package;
};

/* Pure: /var/lib/dpkg/diversions, three lines each; what is left over at the end is dropped. */
err collect_packaged_diversions(struct job *job, slice text, struct collect_diversion **ret, size_t *ret_len);

/* Pure: one package's .md5sums lines ("digest  path"), put beside the ${files} (sorted by path) of the same package. Malformed lines are passed over:
 * the file then simply has no known digest. */
void collect_packaged_sums(slice text, slice package, const struct collect_diversion *diversions, size_t diversions_len, struct collect_packaged *files, size_t len);

/* Pure: the Conffiles fields of /var/lib/dpkg/status. Obsolete conffiles have no digest any more. */
void collect_packaged_conffiles(slice status, struct collect_packaged *files, size_t len);

/* Fill ${known} and ${md5} of ${files}, sorted by path. A system without dpkg leaves all unknown; a list that cannot be read is an error. */
err collect_packaged_fill(struct job *job, const struct collect *collect, struct collect_packaged *files, size_t len);

#endif
