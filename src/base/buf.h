/*
 * A growable text buffer with a name and a ceiling. It remembers that it ran full, so one test at the end is enough.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>

#include "base/job.h"

struct buf {
	struct job *job;
	const char *name;
	char *at;
	size_t len;
	size_t room;
	size_t ceiling;
	err failed; /* the first failure; everything after it is dropped */
};

/* ${name} is kept (a literal) and named in the sentence when ${ceiling_bytes} is reached. Memory is the job's arena. */
struct buf buf_open(struct job *job, const char *name, size_t ceiling_bytes);

void buf_add(struct buf *buf, slice text);
void buf_byte(struct buf *buf, char byte);
void buf_text(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_u64(struct buf *buf, uint64_t number);
void buf_i64(struct buf *buf, int64_t number);

/* Forget the text, keep the memory (and the failure, if any). */
void buf_reset(struct buf *buf);

/* What was written, borrowed from the buffer, or the first failure. A NUL follows the text (not counted). */
err buf_end(struct buf *buf, slice *ret);

#endif
