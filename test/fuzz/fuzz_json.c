/*
 * Targets json_read(), json_write(), json_only(): what is read must be written so that it reads back to the same bytes.
 */
#include <stdlib.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void
must_same(struct job *job, slice text)
{
	const json_t *again = NULL;
	struct buf buf = buf_open(job, "again", 64 * MIB);
	slice second = {0};
	if (json_read(job, "again", text, &again).code != ERR_NONE)
		abort();
	json_write(&buf, again);
	if (buf_end(&buf, &second).code != ERR_NONE || !slice_same(text, second))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const char *const keys[] = {"a", NULL};
	struct arena *arena DEFER(arena_close_at) = arena_open("fuzz", 64 * MIB);
	struct job job;
	const json_t *value = NULL;
	slice text = {0};
	job_init(&job, arena);
	if (json_read(&job, "fuzz", slice_bytes(at, len), &value).code != ERR_NONE)
		return 0;
	(void)json_only(&job, "fuzz", value, keys).code;
	struct buf buf = buf_open(&job, "fuzz", 64 * MIB);
	json_write(&buf, value);
	if (buf_end(&buf, &text).code == ERR_NONE)
		must_same(&job, text);
	return 0;
}
