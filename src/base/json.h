/*
 * Strict JSON over jansson: duplicate keys, trailing bytes, depth and size refused. Values live in the job's arena (jansson's allocator is
 * pointed at it), so nothing is released by hand and nothing may outlive the arena. Canonical writing is text_json() and friends.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>

#include "base/buf.h"

#define JSON_MAX_BYTES (256 * MIB)
#define JSON_MAX_DEPTH 64

/*
 * Read one JSON value. ${name} (a file, "statement", …) begins the sentence of a failure, with line and column.
 * More than JSON_MAX_BYTES, nested deeper than JSON_MAX_DEPTH or more than the arena holds is ERR_LIMIT; anything else RFC 8259 or we refuse
 * (duplicate keys, trailing bytes, not UTF-8, \u0000, integers beyond 64 bits) is ERR_INPUT. Never json_decref() what comes out: it does nothing.
 */
err json_read(struct job *job, const char *name, slice text, const json_t **ret);

/* Prepare jansson before its first use elsewhere and before a sandbox (it reads /dev/urandom once). json_read() and sandbox_enter() do it themselves. */
void json_ready(void);

/* Members of an object. _need_: absent or of another type is ERR_INPUT naming ${name}, the key, expected and found. _maybe_: absent gives the zero value. */
err json_need_text(struct job *job, const char *name, const json_t *object, const char *key, slice *ret);
err json_need_int(struct job *job, const char *name, const json_t *object, const char *key, int64_t *ret);
err json_need_array(struct job *job, const char *name, const json_t *object, const char *key, const json_t **ret);
err json_need_object(struct job *job, const char *name, const json_t *object, const char *key, const json_t **ret);
err json_maybe_text(struct job *job, const char *name, const json_t *object, const char *key, slice *ret);
err json_maybe_int(struct job *job, const char *name, const json_t *object, const char *key, int64_t otherwise, int64_t *ret);
slice json_text(const json_t *string); /* borrowed; empty when not a string */

/* ERR_INPUT unless every key of ${object} is in the NULL-terminated list: unknown members are refused by name. */
err json_only(struct job *job, const char *name, const json_t *object, const char *const *keys);

/* Write ${value} canonically: keys sorted bytewise, no blanks, integers only (a real number is ERR_BUG into the buffer). */
void json_write(struct buf *buf, const json_t *value);

#endif
