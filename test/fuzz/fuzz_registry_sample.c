/*
 * Targets registry_sample_read() over the file of a sample: what is read is written the same again, its draw is part of its population, and what is refused is said.
 */
#include <stdlib.h>

#include "registry/registry_sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena = arena_open("fuzz", 64 * MIB);
	struct job job;
	struct registry_sample sample;
	slice text = slice_bytes(at, len), again;
	job_init(&job, arena);
	if (registry_sample_read(&job, text, &sample).code == ERR_NONE) {
		if (registry_sample_write(&job, &sample, &again).code != ERR_NONE || !slice_same(again, text) || sample.drawn_len > sample.len)
			abort();
	} else if (job.why[0] == '\0')
		abort();
	arena_close(arena);
	return 0;
}
