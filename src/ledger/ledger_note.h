/*
 * Signed notes (C2SP signed-note) and checkpoints (C2SP tlog-checkpoint), Ed25519.
 */
#ifndef LEDGER_LEDGER_NOTE_H
#define LEDGER_LEDGER_NOTE_H

#include "base/code.h"
#include "base/job.h"

struct ledger_note_key { /* verifier: name+hash+base64(0x01 ‖ key) */
	slice name;
	uint8_t hash[4];
	struct digest full_hash; /* untruncated SHA-256(name ‖ \n ‖ 0x01 ‖ key): the log id */
	uint8_t key[32];
};
err ledger_note_key_read(struct job *job, slice text, struct ledger_note_key *ret);
err ledger_note_key_of(struct job *job, slice name, const uint8_t key[static 32], struct ledger_note_key *ret);
err ledger_note_key_write(struct job *job, const struct ledger_note_key *key, slice *ret);

struct ledger_checkpoint {
	slice origin;
	uint64_t size;
	struct digest root;
	slice body;  /* the three lines that are signed, newline included */
	slice text;  /* the whole note */
};
err ledger_checkpoint_body(struct job *job, slice origin, uint64_t size, const struct digest *root, slice *ret);
/* body + blank line + "— name base64(hash ‖ sig)\n" */
err ledger_checkpoint_join(struct job *job, slice body, const struct ledger_note_key *key, const uint8_t signature[static 64], slice *ret);
/* Strict; ${key}'s signature must be there and good; other signature lines are kept and counted, at most 16. No extension lines. */
err ledger_checkpoint_read(struct job *job, slice note, const struct ledger_note_key *key, struct ledger_checkpoint *ret, unsigned *ret_others);

#endif
