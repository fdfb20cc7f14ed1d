/*
 * What the fuzzers of collectors share: a fresh job for each input.
 */
#ifndef FUZZ_COLLECT_H
#define FUZZ_COLLECT_H

#include <stdint.h>
#include <stdlib.h>

#include "base/job.h"
#include "base/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A job over 64 MiB that forgets what the input before took. */
static inline struct job *
fuzz_job(void)
{
	static struct job job;
	static struct arena *arena;
	if (arena == NULL)
		arena = arena_open("fuzz", 64 * MIB);
	if (arena == NULL)
		abort();
	arena_reset(arena);
	job_init(&job, arena);
	job.now_us = INT64_C(1795311598000000);
	return &job;
}

/* Say what must hold. */
#define FUZZ_MUST(truth)                                                                           \
	do {                                                                                       \
		if (!(truth))                                                                      \
			abort();                                                                   \
	} while (0)

#endif
