/*
 * Stanzas of "Field: value" lines with blank lines between, as dpkg, apt and .sources write them (deb822(5)); large ones are read as a
 * stream.
 */
#ifndef COLLECT_COLLECT_DEB822_H
#define COLLECT_COLLECT_DEB822_H

#include "collect/collect.h"

#define COLLECT_DEB822_MAX_STANZA (MIB)        /* one stanza of a stream */
#define COLLECT_DEB822_MAX_STREAM (2048 * MIB) /* one stream, unpacked */

/* Take the next stanza off ${rest}, without blank lines around it; ${line} (from 1 at the start) moves on, ${ret_line} is the stanza's
 * first. Pure. */
bool collect_deb822_next(slice *rest, unsigned *line, slice *ret_stanza, unsigned *ret_line);

/* Take the next field off ${stanza}: the value runs over continuation lines (their newlines inside), trimmed. Comment lines (#) are passed
 * over. Pure. */
bool collect_deb822_field(slice *stanza, slice *ret_name, slice *ret_value);

/* The value of one field (name without case); false when it is not there. Pure. */
bool collect_deb822_get(slice stanza, const char *name, slice *ret_value);

/*
 * Visit the stanzas of ${path}, plain or packed with lz4, gzip or zstd (told by the magic), holding a stanza in memory at a time. The
 * stanza is borrowed for the call. Anything else packed (xz) is ERR_INPUT. What one stream needs is taken from the job's arena once per
 * reader.
 */
struct collect_deb822_reader {
	struct job *job;
	char *packed, *plain;
};
typedef err (*collect_deb822_visit)(struct job *job, void *to, slice stanza);
err collect_deb822_stream(
    struct collect_deb822_reader *reader, const struct collect *collect, const char *path, collect_deb822_visit visit, void *to);

/* The same over bytes already in memory, for tests and fuzzers. */
err collect_deb822_bytes(struct collect_deb822_reader *reader, const char *name, slice bytes, collect_deb822_visit visit, void *to);

#endif
