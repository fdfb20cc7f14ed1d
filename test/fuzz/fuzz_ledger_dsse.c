/* Targets ledger_dsse_read(): what is read must be exactly what ledger_dsse_write() gives for it. */
#include <stdlib.h>

#include "ledger/ledger_dsse.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena = arena_open("fuzz", 4 * MIB);
	struct job job;
	struct ledger_dsse dsse;
	slice again;
	job_init(&job, arena);
	if (ledger_dsse_read(&job, slice_bytes(at, len), &dsse).code == ERR_NONE &&
	    (ledger_dsse_write(&job, &dsse, &again).code != ERR_NONE || !slice_same(again, slice_bytes(at, len))))
		abort();
	arena_close(arena);
	return 0;
}
