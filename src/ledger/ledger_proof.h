/*
 * Proofs of one entry that need no ledger: a C2SP tlog-proof and a Sigstore bundle v0.3, both under one checkpoint.
 */
#ifndef LEDGER_LEDGER_PROOF_H
#define LEDGER_LEDGER_PROOF_H

#include "ledger/ledger_note.h"
#include "ledger/ledger_tree.h"
#include "store/store.h"

struct ledger_proof {
	uint64_t index;
	struct ledger_path path;
	slice checkpoint; /* the whole signed note, verbatim */
};
/* A tlog-proof as text. We never write the "extra" line: nothing signs it. */
err ledger_proof_write(struct job *job, const struct ledger_proof *proof, slice *ret);
/* Strict; an "extra" line is refused. The checkpoint is not looked into: ledger_checkpoint_read() is for that. */
err ledger_proof_read(struct job *job, slice text, struct ledger_proof *ret);

/* A ledger_tree_source over the store's leaf hashes and nodes; ${from} is a struct store *. */
err ledger_proof_source(struct job *job, void *from, unsigned height, uint64_t index, struct digest *ret);

/* What a bundle says of an entry. */
struct ledger_sigstore {
	slice envelope; /* DSSE, canonical */
	slice leaf;
	struct ledger_proof proof;
	uint64_t size; /* of the checkpoint */
	struct digest root;
};
err ledger_sigstore_write(struct job *job, const struct ledger_note_key *log, const struct ledger_sigstore *bundle, slice *ret);
/* Strict: the very bytes that ledger_sigstore_write() gives for it under ${log}; its checkpoint is read and must be good. */
err ledger_sigstore_read(struct job *job, const struct ledger_note_key *log, slice text, struct ledger_sigstore *ret);
/* What a Sigstore client must trust to verify our bundles: trusted_root.json. */
err ledger_sigstore_root(struct job *job, const struct ledger_note_key *log, slice *ret);

/* Entry ${index} of ${store} proved under ${checkpoint}, which is no larger than the store. */
err ledger_proof_make(
    struct job *job, struct store *store, const struct ledger_checkpoint *checkpoint, uint64_t index, struct ledger_proof *ret);

#endif
