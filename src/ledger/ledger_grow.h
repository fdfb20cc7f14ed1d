/*
 * The tree while it grows: the frontier, and for each level of tiles the block that is not full yet. Adding a leaf gives the nodes to
 * store.
 */
#ifndef LEDGER_LEDGER_GROW_H
#define LEDGER_LEDGER_GROW_H

#include "ledger/ledger_tree.h"
#include "store/store.h"

#define LEDGER_GROW_LEVELS 5 /* 2^40 entries */
#define LEDGER_GROW_WIDTH 256

struct ledger_grow {
	struct ledger_frontier frontier;
	struct {
		struct digest at[LEDGER_GROW_WIDTH];
		unsigned len;
	} block[LEDGER_GROW_LEVELS]; /* 0: leaf hashes */
};

/* As it was at ${size}, from what ${store} holds: at most 255 hashes of each level are read. */
err ledger_grow_open(struct job *job, struct store *store, uint64_t size, struct ledger_grow *ret);
/* Add one leaf; each block that becomes full gives one node, at most LEDGER_GROW_LEVELS, appended to ${nodes}. */
void ledger_grow_add(struct ledger_grow *grow, const struct digest *leaf_hash, struct store_node *nodes, size_t *nodes_len);

#endif
