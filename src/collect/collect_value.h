/*
 * Files of /proc and /sys that hold one value, and the pieces of text several collectors share.
 */
#ifndef COLLECT_COLLECT_VALUE_H
#define COLLECT_COLLECT_VALUE_H

#include "collect/collect.h"

/* The text of ${path} below the root without blanks around it; false when it is not there or cannot be read: the caller says NULL then. */
bool collect_value(struct job *job, const struct collect *collect, const char *path, slice *ret);

/* A cell for a COLUMN_MAYBE text column: the value of ${path}, or NULL. */
struct cell collect_value_cell(struct job *job, const struct collect *collect, const char *path);

/* Is ${needle} in the NULL-terminated list? */
bool collect_word_in(slice needle, const char *const *words);

/* ASCII lower case, and blanks of any number as one space, in the job's arena. */
err collect_lower(struct job *job, slice text, slice *ret);
err collect_squeeze(struct job *job, slice text, slice *ret);

/* "scheme://user:secret@host/…" without what stands before the '@'; other text as it is. */
err collect_uri_bare(struct job *job, slice uri, slice *ret);

#endif
