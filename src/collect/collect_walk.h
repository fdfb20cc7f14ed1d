/*
 * The one walk over a tree of files, on two threads: reports what is privileged or writable by all, and nothing about other files.
 */
#ifndef COLLECT_COLLECT_WALK_H
#define COLLECT_COLLECT_WALK_H

#include "collect/collect.h"

#define WALK_MAX_PATH (32 * KIB)
#define WALK_MAX_ENTRIES ((uint64_t)50000000)
#define WALK_MAX_FOUND 200000    /* of each of the two kinds */
#define WALK_MEMORY (20 * MIB)   /* of each thread */
#define WALK_MAX_ATTRIBUTE 32    /* bytes of a security.capability attribute */

struct collect_walk_found {
	slice path; /* absolute, below the root */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	slice attribute; /* security.capability, raw; empty = none */
	bool writable;   /* anybody may write it; otherwise it is setuid, setgid or has an attribute */
};

struct collect_walk {
	const char *start;   /* folder below the root to begin with, usually "/" */
	const slice *skips;  /* absolute paths of folders not to enter, sorted */
	size_t skips_len;
	/* Set by the walk: */
	uint64_t entries;    /* names looked at */
	uint64_t unseen;     /* folders that could not be read */
	slice first_unseen;  /* one of them, and why */
	bool privileged_full, writable_full; /* more than WALK_MAX_FOUND: what was handed over is not all */
};

/*
 * Walk ${walk} below ${collect}'s root and tell ${visit} of everything found, after the walk, in the caller's thread. Symbolic links are not followed, sockets
 * not reported. A file that is setuid and writable by all is told twice. ERR_LIMIT when the tree is larger than the limits above.
 */
err collect_walk(struct job *job, const struct collect *collect, struct collect_walk *walk,
    err (*visit)(struct job *job, void *to, const struct collect_walk_found *found), void *to);

#endif
