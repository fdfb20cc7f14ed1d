/*
 * Targets ledger_bundle_read(): the input as a bundle, and the input as the lines inside one. What is accepted has as many contents as
 * subjects, and each is what its digest says.
 */
#include <stdlib.h>

#include "base/pack.h"
#include "ledger/ledger_bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void
try_bundle(struct job *job, slice bytes)
{
	struct ledger_bundle bundle;
	if (ledger_bundle_read(job, bytes, &bundle).code != ERR_NONE)
		return;
	const struct ledger_statement *s = &bundle.item.statement;
	if (s->kind != LEDGER_EVIDENCE || s->by.len > 0 || s->subjects_len == 0)
		abort();
	for (size_t i = 0; i < s->subjects_len; i++) {
		struct digest digest = code_sha256(bundle.salted[i]);
		if (s->subjects[i].known || !digest_same(&digest, &s->subjects[i].digest))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena = arena_open("fuzz", 16 * MIB);
	struct job job;
	slice packed;
	job_init(&job, arena);
	try_bundle(&job, slice_bytes(at, len));
	if (len < 256 * KIB && pack_zstd(&job, slice_bytes(at, len), 1, &packed).code == ERR_NONE)
		try_bundle(&job, packed);
	arena_close(arena);
	return 0;
}
