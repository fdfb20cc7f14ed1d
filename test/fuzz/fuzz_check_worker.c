/*
 * Targets check_head_read() and check_reply_read(): what one of them takes is written again, and taken again as the same bytes.
 */
#include <stdlib.h>

#include "check/check_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static bool
worked(err done)
{
	return done.code == ERR_NONE;
}

static void
try_head(struct job *job, slice text)
{
	struct check_question question = {0}, again = {0};
	struct check_schema schema = {0}, schema_again = {0};
	slice one, two;
	if (!worked(check_head_read(job, text, &question, &schema)))
		return;
	if (!worked(check_head_write(job, &question, &one)) || !worked(check_head_read(job, one, &again, &schema_again)) ||
	    !worked(check_head_write(job, &again, &two)) || !slice_same(one, two))
		abort();
}

static void
try_reply(struct job *job, slice text)
{
	struct check_reply reply, again;
	slice one, two;
	if (!worked(check_reply_read(job, text, &reply)))
		return;
	if (!worked(check_reply_write(job, &reply, &one)) || !worked(check_reply_read(job, one, &again)) ||
	    !worked(check_reply_write(job, &again, &two)) || !slice_same(one, two))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena DEFER(arena_close_at) = arena_open("fuzz", 64 * MIB);
	struct job job;
	if (len > 64 * KIB)
		return 0;
	job_init(&job, arena);
	try_head(&job, slice_bytes(at, len));
	try_reply(&job, slice_bytes(at, len));
	return 0;
}
