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
};

/* Make ${dir}/state for an empty log. ERR_CONFLICT when there is one. */
err ledger_signer_create(struct job *job, const char *dir, slice origin);
/* Start the child. ${log_key_path} is read by it alone. ERR_DENIED when there is no state: "run assay ledger adopt". */
err ledger_signer_open(struct job *job, const char *dir, const char *log_key_path, slice origin, struct ledger_signer **ret);
struct ledger_signer_state ledger_signer_state(const struct ledger_signer *signer);
/* Ask it to advance by ${leaf_hashes} (those from its own size on) to (${size}, ${root}); gives the Ed25519 signature over the checkpoint body.
 * ERR_CONFLICT with its sentence when it refuses. */
err ledger_signer_advance(struct job *job, struct ledger_signer *signer, const struct digest *leaf_hashes, size_t len, uint64_t size, const struct digest *root,
    uint8_t ret_signature[static 64]);
void ledger_signer_close(struct ledger_signer *signer);
/* Write the state anew from ${frontier}: only adopt does this. */
err ledger_signer_adopt(struct job *job, const char *dir, slice origin, const struct ledger_frontier *frontier);
/* What main() calls when the program was started as the signer child (descriptors 3 = socket, 4 = state file, 5 = key file). Never returns. */
_Noreturn void ledger_signer_main(void);

#endif
