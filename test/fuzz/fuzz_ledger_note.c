/*
 * Targets ledger_checkpoint_read() and ledger_note_key_read(). The input is a verifier key's text, a newline, and a note; a key that is
 * read must be written as it stood, and a note that is accepted must begin with the body that its origin, size and root give.
 */
#include <stdlib.h>

#include "ledger/ledger_note.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void
try_note(struct job *job, slice note, const struct ledger_note_key *key)
{
	struct ledger_checkpoint checkpoint;
	unsigned others;
	slice body;
	if (ledger_checkpoint_read(job, note, key, &checkpoint, &others).code != ERR_NONE)
		return;
	if (ledger_checkpoint_body(job, checkpoint.origin, checkpoint.size, &checkpoint.root, &body).code != ERR_NONE ||
	    !slice_same(body, checkpoint.body) || !slice_starts(note, body) || others > 15)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena = arena_open("fuzz", 4 * MIB);
	struct job job;
	struct ledger_note_key key;
	slice note = slice_bytes(at, len), text, again;
	job_init(&job, arena);
	if (slice_cut(&note, '\n', &text) && ledger_note_key_read(&job, text, &key).code == ERR_NONE) {
		if (ledger_note_key_write(&job, &key, &again).code != ERR_NONE || !slice_same(text, again))
			abort();
		try_note(&job, note, &key);
	}
	arena_close(arena);
	return 0;
}
