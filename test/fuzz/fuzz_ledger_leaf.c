/* Targets ledger_leaf_read() and ledger_key_of_spki(): what is read must be exactly what ledger_leaf_write() gives for it. */
#include <stdlib.h>

#include "ledger/ledger_key.h"
#include "ledger/ledger_leaf.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void
try_key(struct job *job, slice spki)
{
	struct ledger_key key;
	if (ledger_key_of_spki(job, spki, &key).code == ERR_NONE)
		ledger_key_close(&key);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena = arena_open("fuzz", 4 * MIB);
	struct job job;
	struct ledger_leaf leaf;
	slice again;
	job_init(&job, arena);
	try_key(&job, slice_bytes(at, len));
	if (ledger_leaf_read(&job, slice_bytes(at, len), &leaf).code == ERR_NONE) {
		if (ledger_leaf_write(&job, &leaf, &again).code != ERR_NONE || !slice_same(again, slice_bytes(at, len)))
			abort();
		try_key(&job, leaf.spki);
	}
	arena_close(arena);
	return 0;
}
