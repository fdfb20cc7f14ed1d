/*
 * Digests of many files: taken on two threads, and remembered between runs in a private cache. Whether a digest is the right one is asked elsewhere.
 */
#ifndef COLLECT_COLLECT_DIGEST_H
#define COLLECT_COLLECT_DIGEST_H

#include "collect/collect.h"

#define COLLECT_DIGEST_MAX_FILE ((int64_t)256 * 1024 * 1024) /* larger files get no digest */
#define COLLECT_DIGEST_MAX_CACHE (16 * MIB)

struct collect_digest {
	slice path;     /* below the root */
	struct stat st; /* lstat, a regular file */
	bool wants_md5; /* dpkg knows a digest to compare with */
	bool sha256_known, md5_known;
	bool remembered; /* from the cache, or safe to put there */
	struct digest sha256;
	uint8_t md5[16];
};

/* A line of the cache: the digests of a file that had this identity. */
struct collect_digest_line {
	slice path;
	uint64_t dev, ino, size;
	int64_t mtime_ns, ctime_ns;
	struct digest sha256;
	bool md5_known;
	uint8_t md5[16];
};

/* Pure: the lines of a cache text, sorted by path. ERR_INPUT when anything at all is odd about it: a cache is whole or worth nothing. */
err collect_digest_parse(struct job *job, slice text, struct collect_digest_line **ret, size_t *ret_len);

/*
 * Fill the digests of ${files} (sorted by path), from the cache where the identity (device, inode, size, mtime, ctime) is the same, else by reading. Files that
 * cannot be read keep sha256_known false. The cache is written again when a digest was taken; a cache that cannot be used or written is no failure.
 */
err collect_digest_fill(struct job *job, const struct collect *collect, struct collect_digest *files, size_t len);

#endif
