/*
 * The signer: its own process with the log key and its own durable (size, root); it signs nothing but a consistent advance.
 */
#ifndef LEDGER_LEDGER_SIGNER_H
#define LEDGER_LEDGER_SIGNER_H

#include "ledger/ledger_note.h"
#include "ledger/ledger_tree.h"

struct ledger_signer;

struct ledger_signer_state {
	bool there;
	uint64_t size;
	struct digest root;
	uint8_t signature[64]; /* over the checkpoint body of these: whoever has the log's public key can tell that the log key is its other half */
};

/*
 * ${dir}/state has two slots, written in turn and synced before anything is signed, so that a torn write leaves the one before. A slot that
 * is damaged is passed over: the ledger must therefore refuse a state that is smaller than the checkpoint it has published.
 */

/* Make ${dir}/state for an empty log (0700, 0600). ERR_CONFLICT when there is one. */
err ledger_signer_create(struct job *job, const char *dir, slice origin);

/*
 * Start the child by fork alone. There is no exec on purpose: a library user's or a test's /proc/self/exe is not assay, and an exec would
 * need a path that could be exchanged. The child closes every descriptor but its own, reads ${log_key_path} (32 bytes in hex; it alone
 * reads it), locks and reads the state, and gives everything else away (SANDBOX_SIGNER). It still has a copy of the caller's memory, so
 * open the signer before other keys are read. It ends when the caller does, however that ends. ERR_DENIED when there is no state ("run
 * assay ledger adopt") or others may read it; ERR_BUSY when another signer holds it for 2 s; ERR_STORE when it is damaged or another log's.
 */
err ledger_signer_open(struct job *job, const char *dir, const char *log_key_path, slice origin, struct ledger_signer **ret);
/* What it has made durable so far: after opening, and after each advance. */
struct ledger_signer_state ledger_signer_state(const struct ledger_signer *signer);

/*
 * Ask it to advance by ${leaf_hashes} (those from its own size on) to (${size}, ${root}); gives the Ed25519 signature over the checkpoint
 * body. Its present (size, root) again, with no hashes, is signed again. ERR_CONFLICT with its sentence when it refuses (shorter,
 * different); ERR_IO when the child is gone or its state is not on stable storage: then nothing was signed and every later call fails the
 * same way.
 */
err ledger_signer_advance(struct job *job, struct ledger_signer *signer, const struct digest *leaf_hashes, size_t len, uint64_t size,
    const struct digest *root, uint8_t ret_signature[static 64]);
/* Ends the child and waits for it. */
void ledger_signer_close(struct ledger_signer *signer);

/* Write the state anew from ${frontier}: only adopt does this, with no signer open. */
err ledger_signer_adopt(struct job *job, const char *dir, slice origin, const struct ledger_frontier *frontier);

#endif
