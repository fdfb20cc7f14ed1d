/*
 * Text slices: a pointer and a length, passed by value, borrowed, not NUL-terminated.
 * Pure: nothing here allocates or fails.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct slice {
	const char *at;
	size_t len;
} slice;

/* A slice of a string literal, and of a NUL-terminated string (NULL gives the empty slice). */
#define S(literal) ((slice){("" literal), sizeof(literal) - 1})
slice slice_of(const char *text);
slice slice_bytes(const void *at, size_t len);

/* For printf: printf("%.*s", SLICE(x)). Text from outside is escaped first (text.h). */
#define SLICE(s) (int)(s).len, (s).at

bool slice_same(slice a, slice b);
bool slice_same_nocase(slice a, slice b); /* ASCII only */
int slice_order(slice a, slice b);         /* bytewise, shorter first: <0, 0, >0 */
bool slice_starts(slice text, slice prefix);
bool slice_ends(slice text, slice suffix);
bool slice_has(slice text, slice part);

/* Where ${byte} first (last) stands in ${text}, or text.len. */
size_t slice_find(slice text, char byte);
size_t slice_find_last(slice text, char byte);

/* The part from ${from} (and at most ${len} bytes); clamped to the text. */
slice slice_from(slice text, size_t from);
slice slice_part(slice text, size_t from, size_t len);

/* Without blanks (space, tab, CR, LF, VT, FF) at both ends. */
slice slice_trim(slice text);

/* Letters to change, add or drop to make ${b} of ${a}; 40 when either is as long. */
size_t slice_distance(slice a, slice b);

/*
 * Take what stands before the first ${byte} off the front of ${rest} into ${ret_part}; the byte itself is dropped.
 * Returns false when ${rest} was empty: while (slice_cut(&rest, '\n', &line)) visits every line, a last one without newline too.
 */
bool slice_cut(slice *rest, char byte, slice *ret_part);

/* Take the next word (blank-separated); false when there is none. */
bool slice_word(slice *rest, slice *ret_word);

/* Strict decimal numbers: the whole slice, no blanks, no plus sign; false on anything else or overflow; ${ret} untouched then. */
bool slice_u64(slice text, uint64_t *ret);
bool slice_i64(slice text, int64_t *ret);
bool slice_hex_u64(slice text, uint64_t *ret);  /* without 0x */
bool slice_octal_u64(slice text, uint64_t *ret);

/* fnmatch-like match with * ? and [set]; no special meaning of '/' or of a leading dot. Linear time in practice: one level of backtracking. */
bool slice_glob(slice pattern, slice text);

#endif
