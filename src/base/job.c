/*
 * Jobs: memory that fails with a sentence, and the sentence itself.
 * Deliberately does not: decide what an error means or print it; the rooms above do.
 */
#include "base/job.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

void
job_init(struct job *job, struct arena *arena)
{
	*job = (struct job){.arena = arena, .actor = S("")};
}

/* Put ${text} into the job's sentence; whatever acts on a terminal, a character cut in two included, becomes '?'. */
static void
say(struct job *job, slice text)
{
	size_t to = 0;
	for (slice rest = slice_part(text, 0, sizeof job->why - 1); rest.len > 0;) {
		uint32_t rune;
		size_t len = text_rune(rest, &rune);
		bool malformed = rune == 0xFFFD && len == 1;
		if (malformed || text_rune_acts(rune)) {
			job->why[to++] = '?';
		} else {
			memcpy(job->why + to, rest.at, len);
			to += len;
		}
		rest = slice_from(rest, len);
	}
	job->why[to] = '\0';
}

err
err_set(struct job *job, enum err_code code, const char *format, ...)
{
	char text[sizeof job->why]; /* not in place: the arguments may point into the sentence */
	va_list list;
	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	say(job, slice_of(text));
	return (err){code};
}

err
err_prefix(struct job *job, err was, const char *format, ...)
{
	if (was.code == ERR_NONE)
		return was;
	char text[2 * sizeof job->why + sizeof ": "];
	va_list list;
	va_start(list, format);
	int len = vsnprintf(text, sizeof job->why, format, list);
	va_end(list);
	if (len >= 0 && (size_t)len < sizeof job->why)
		snprintf(text + len, sizeof text - (size_t)len, ": %s", job->why);
	say(job, slice_of(text));
	return was;
}

static enum err_code
code_of_errno(int number)
{
	switch (number) {
	case EACCES:
	case EPERM:
		return ERR_DENIED;
	case ENOENT:
	case ENOTDIR:
		return ERR_MISSING;
	default:
		return ERR_IO;
	}
}

err
err_errno(struct job *job, int number, const char *format, ...)
{
	char text[sizeof job->why];
	va_list list;
	va_start(list, format);
	int len = vsnprintf(text, sizeof text, format, list);
	va_end(list);
	const char *words = strerrordesc_np(number);
	if (len >= 0 && (size_t)len < sizeof text && words != NULL)
		snprintf(text + len, sizeof text - (size_t)len, ": %s", words);
	else if (len >= 0 && (size_t)len < sizeof text)
		snprintf(text + len, sizeof text - (size_t)len, ": error number %d", number);
	say(job, slice_of(text));
	return (err){code_of_errno(number)};
}

const char *
err_name(enum err_code code)
{
	static const char *const names[] = {
	    [ERR_NONE] = "none",
	    [ERR_INPUT] = "input",
	    [ERR_DENIED] = "denied",
	    [ERR_MISSING] = "missing",
	    [ERR_CONFLICT] = "conflict",
	    [ERR_LIMIT] = "limit",
	    [ERR_BUSY] = "busy",
	    [ERR_IO] = "io",
	    [ERR_STORE] = "store",
	    [ERR_BUG] = "bug",
	};
	return (size_t)code < sizeof names / sizeof names[0] ? names[code] : "unknown";
}

err
job_take(struct job *job, size_t size, size_t count, void **ret)
{
	const char *name = arena_name(job->arena);
	size_t bytes, used = arena_used(job->arena), ceiling = arena_ceiling(job->arena);
	if (__builtin_mul_overflow(size, count, &bytes))
		return err_set(
		    job, ERR_LIMIT, "memory for \"%s\": %zu pieces of %zu bytes are more than can be counted", name, count, size);
	void *at = arena_take(job->arena, bytes);
	if (at == NULL && bytes < ceiling && used < ceiling - bytes - 64)
		return err_set(job, ERR_LIMIT, "memory for \"%s\": the system has no %zu bytes more (%zu are in use)", name, bytes, used);
	if (at == NULL)
		return err_set(job, ERR_LIMIT, "memory for \"%s\": the ceiling is %zu bytes, %zu are in use and %zu more are wanted", name,
		    ceiling, used, bytes);
	*ret = at;
	return OK;
}

err
job_copy(struct job *job, slice text, slice *ret)
{
	void *at;
	if (text.len == SIZE_MAX)
		return err_set(job, ERR_LIMIT, "memory for \"%s\": a text of %zu bytes cannot be copied", arena_name(job->arena), text.len);
	TRY(job_take(job, 1, text.len + 1, &at));
	if (text.len > 0)
		memcpy(at, text.at, text.len);
	*ret = slice_bytes(at, text.len);
	return OK;
}

err
job_string(struct job *job, slice text, const char **ret)
{
	size_t zero = slice_find(text, '\0');
	if (zero < text.len)
		return err_set(
		    job, ERR_INPUT, "text \"%.*s\": no NUL byte may stand in it, found one at byte %zu", (int)zero, text.at, zero + 1);
	slice copy;
	TRY(job_copy(job, text, &copy));
	*ret = copy.at;
	return OK;
}

err
job_format(struct job *job, slice *ret, const char *format, ...)
{
	va_list list, again;
	va_start(list, format);
	va_copy(again, list);
	int len = vsnprintf(NULL, 0, format, list);
	va_end(list);
	void *at = NULL;
	err got =
	    len < 0 ? err_set(job, ERR_BUG, "text: the format \"%s\" cannot be written", format) : job_take(job, 1, (size_t)len + 1, &at);
	if (got.code == ERR_NONE) {
		vsnprintf(at, (size_t)len + 1, format, again);
		*ret = slice_bytes(at, (size_t)len);
	}
	va_end(again);
	return got;
}

int64_t
job_now(const struct job *job)
{
	if (job->now_us != 0)
		return job->now_us;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void
job_progress(struct job *job, const char *what, uint64_t done, uint64_t total)
{
	if (job->progress != NULL)
		job->progress(job->progress_to, what, done, total);
}
