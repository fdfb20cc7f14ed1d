/* Targets ledger_statement_read(): what is read must be exactly what ledger_statement_write() gives for it. */
#include <stdlib.h>

#include "ledger/ledger_statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena = arena_open("fuzz", 4 * MIB);
	struct job job;
	struct ledger_statement statement;
	slice again;
	job_init(&job, arena);
	if (ledger_statement_read(&job, slice_bytes(at, len), &statement).code == ERR_NONE &&
	    (ledger_statement_write(&job, &statement, &again).code != ERR_NONE || !slice_same(again, slice_bytes(at, len))))
		abort();
	arena_close(arena);
	return 0;
}
