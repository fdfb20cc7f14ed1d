/*
 * Targets pack_unpack() for zstd, gzip and lz4, and pack_zstd(): nothing larger than allowed comes out, and what is packed comes back.
 */
#include <stdlib.h>

#include "base/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena DEFER(arena_close_at) = arena_open("fuzz", 64 * MIB);
	struct job job;
	slice text = slice_bytes(at, len), out = {0}, packed = {0}, back = {0};
	job_init(&job, arena);
	if (pack_unpack(&job, "fuzz", text, MIB, &out).code == ERR_NONE && out.len > MIB)
		abort();
	if (pack_zstd(&job, text, 1, &packed).code != ERR_NONE || pack_unpack(&job, "fuzz", packed, len, &back).code != ERR_NONE ||
	    !slice_same(text, back))
		abort();
	return 0;
}
