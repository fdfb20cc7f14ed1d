/*
 * Targets ledger_proof_read() and ledger_sigstore_read(). The input is a tlog-proof; or a verifier key's text, a newline and a bundle. What
 * is read must be exactly what the writer gives for it.
 */
#include <stdlib.h>

#include "ledger/ledger_proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena = arena_open("fuzz", 16 * MIB);
	struct job job;
	struct ledger_proof proof;
	struct ledger_note_key log;
	struct ledger_sigstore bundle;
	slice text = slice_bytes(at, len), key, again;
	job_init(&job, arena);
	if (ledger_proof_read(&job, text, &proof).code == ERR_NONE &&
	    (ledger_proof_write(&job, &proof, &again).code != ERR_NONE || !slice_same(text, again)))
		abort();
	if (slice_cut(&text, '\n', &key) && ledger_note_key_read(&job, key, &log).code == ERR_NONE &&
	    ledger_sigstore_read(&job, &log, text, &bundle).code == ERR_NONE &&
	    (ledger_sigstore_write(&job, &log, &bundle, &again).code != ERR_NONE || !slice_same(text, again)))
		abort();
	arena_close(arena);
	return 0;
}
