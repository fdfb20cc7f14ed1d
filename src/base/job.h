/*
 * A job: one unit of work with its memory, its clock, who asks for it, and the sentence that says why it failed.
 * No job, no memory, no failure: a function without a struct job * neither allocates nor fails.
 */
#ifndef BASE_JOB_H
#define BASE_JOB_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

struct job {
	struct arena *arena;
	slice actor;       /* who asks, a login name; empty for the machine itself */
	int64_t now_us;    /* fixed instant for tests and --as-of; 0 = read the system's clock at each call */
	char why[1024];    /* one sentence: what, where, which rule, expected, found */
	/* Told of progress on long work, may be NULL: ${what} is a literal, ${total} is 0 when not known. */
	void (*progress)(void *to, const char *what, uint64_t done, uint64_t total);
	void *progress_to;
};

/* Prepare ${job} over ${arena}, which stays the caller's. */
void job_init(struct job *job, struct arena *arena);

/*
 * Say why and return the error: return err_set(job, ERR_INPUT, "%s:%u: RFC 5424 section 6.2.1: ...", ...).
 * The sentence is cut at the size of ${job->why}. Control characters in it become '?' so that no hostile text acts on a terminal.
 */
err err_set(struct job *job, enum err_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Put "prefix: " before the sentence that is there, once, on the way up; returns ${was}. */
err err_prefix(struct job *job, err was, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* As err_set(), with the system's own words for ${number} (an errno) behind a colon; EACCES and EPERM give ERR_DENIED, ENOENT and
 * ENOTDIR ERR_MISSING, ENOSPC, EIO and the rest ERR_IO. */
err err_errno(struct job *job, int number, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The name of a code ("input", "denied", ...), for --json and tests. */
const char *err_name(enum err_code code);

/* Memory of the job's arena. NEW(job, count, &pointer) fills an array of *pointer, zeroed; ERR_LIMIT names the arena and its ceiling. */
err job_take(struct job *job, size_t size, size_t count, void **ret);
#define NEW(job, count, ret) job_take((job), sizeof **(ret), (count), (void **)(ret))

/* Copies into the job's arena; job_string() adds a NUL and refuses a NUL inside (ERR_INPUT). */
err job_copy(struct job *job, slice text, slice *ret);
err job_string(struct job *job, slice text, const char **ret);
err job_format(struct job *job, slice *ret, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The instant of the job in µs since 1970 UTC: now_us, else the system's real-time clock. */
int64_t job_now(const struct job *job);

void job_progress(struct job *job, const char *what, uint64_t done, uint64_t total);

#endif
