/*
 * Hands that check many things at once. Inside this room only.
 */
#ifndef LEDGER_LEDGER_VERIFY_POOL_H
#define LEDGER_LEDGER_VERIFY_POOL_H

#include "ledger/ledger_key.h"

#define LEDGER_VERIFY_MAX_HANDS 64

struct ledger_verify_pool;

/* One hand's own memory: nothing is shared between hands but what the caller only reads. */
struct ledger_verify_hand {
	struct job job; /* its arena is emptied before each run */
	struct arena *arena;
	struct ledger_key keys[16]; /* the keys it met, newest last, and what checks with them */
	EVP_PKEY_CTX *checkers[16];
	size_t keys_len;
	err got;
	size_t fault;
};

/* ${threads} 0 = as many as there are cores. */
err ledger_verify_pool_open(struct job *job, unsigned threads, struct ledger_verify_pool **ret);
void ledger_verify_pool_close(struct ledger_verify_pool *pool);
void ledger_verify_pool_close_at(struct ledger_verify_pool **pool); /* for DEFER */

/* Do ${work} for 0 to ${len} (exclusive), spread over the hands; the failure of the lowest number is returned with its sentence. */
typedef err (*ledger_verify_work)(struct ledger_verify_hand *hand, void *to, size_t i);
err ledger_verify_pool_run(struct job *job, struct ledger_verify_pool *pool, ledger_verify_work work, void *to, size_t len);

/* What checks signatures of the key ${spki}, made once for each hand; the hand's own. */
err ledger_verify_hand_key(struct ledger_verify_hand *hand, slice spki, EVP_PKEY_CTX **ret);

#endif
