/*
 * Between the two halves of the signer: what goes over their socket, and what stands in the state file.
 */
#ifndef LEDGER_LEDGER_SIGNER_CHILD_H
#define LEDGER_LEDGER_SIGNER_CHILD_H

#include "ledger/ledger_signer.h"

#define LEDGER_SIGNER_SLOT 4096
#define LEDGER_SIGNER_SLOTS 2
#define LEDGER_SIGNER_MAX_ORIGIN 255

/* Both ends are one program in two processes, so structs go as they are. ${count} leaf hashes follow a request. */
struct ledger_signer_request {
	uint64_t size;
	struct digest root;
	uint64_t count;
};

/* The first answer comes unasked: whether the child could start, and its state. */
struct ledger_signer_answer {
	enum err_code code;
	uint8_t signature[64];
	uint64_t size;
	struct digest root;
	char why[512];
};

/* A slot: magic (16), turn (8), origin's length (2) and bytes, frontier's length (2) and bytes, zeros, SHA-256 of all before it (32);
 * numbers big endian. */
err ledger_signer_slot_write(
    struct job *job, uint64_t turn, slice origin, const struct ledger_frontier *frontier, uint8_t ret[static LEDGER_SIGNER_SLOT]);
/* False when it is damaged; ${ret_origin} borrows from ${slot}. */
bool ledger_signer_slot_read(
    const uint8_t slot[static LEDGER_SIGNER_SLOT], uint64_t *ret_turn, slice *ret_origin, struct ledger_frontier *ret);

/* The child from its fork to its end, over the socket ${fd}. */
_Noreturn void ledger_signer_child_run(int fd, const char *state_path, const char *log_key_path, slice origin);

#endif
