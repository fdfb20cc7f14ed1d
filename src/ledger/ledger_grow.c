/*
 * The growing tree: frontier and unfinished blocks, kept so that an append never reads what was stored before.
 * Deliberately does not: write anything; the nodes go into the store's transaction with the entries they are about.
 */
#include "ledger/ledger_grow.h"

#include <string.h>

/* The root over ${len} (a power of two) hashes. */
static struct digest
root_of(const struct digest *at, unsigned len)
{
	struct digest row[LEDGER_GROW_WIDTH];
	memcpy(row, at, len * sizeof *row);
	for (; len > 1; len /= 2)
		for (unsigned i = 0; i < len / 2; i++)
			row[i] = ledger_tree_node(&row[2 * i], &row[2 * i + 1]);
	return row[0];
}

/* The full subtrees in the unfinished blocks, largest first: the highest level's block, then the next, each cut into powers of two. */
static void
frontier_of(struct ledger_grow *grow, uint64_t size)
{
	struct ledger_frontier *frontier = &grow->frontier;
	frontier->size = size;
	frontier->len = 0;
	for (int level = LEDGER_GROW_LEVELS - 1; level >= 0; level--) {
		unsigned at = 0;
		for (unsigned width = LEDGER_GROW_WIDTH / 2; width > 0; width /= 2) {
			if ((grow->block[level].len & width) == 0)
				continue;
			frontier->at[frontier->len++] = root_of(&grow->block[level].at[at], width);
			at += width;
		}
	}
}

err
ledger_grow_open(struct job *job, struct store *store, uint64_t size, struct ledger_grow *ret)
{
	memset(ret, 0, sizeof *ret);
	uint64_t full = size;
	for (unsigned level = 0; level < LEDGER_GROW_LEVELS; level++, full /= LEDGER_GROW_WIDTH) {
		unsigned len = (unsigned)(full % LEDGER_GROW_WIDTH);
		ret->block[level].len = len;
		if (len > 0 && level == 0)
			TRY(store_leaf_hashes(job, store, full - len, len, ret->block[level].at));
		else if (len > 0)
			TRY(store_nodes(job, store, level, full - len, len, ret->block[level].at));
	}
	frontier_of(ret, size);
	return OK;
}

void
ledger_grow_add(struct ledger_grow *grow, const struct digest *leaf_hash, struct store_node *nodes, size_t *nodes_len)
{
	struct digest hash = *leaf_hash;
	ledger_frontier_add(&grow->frontier, leaf_hash);
	uint64_t index = grow->frontier.size - 1;
	for (unsigned level = 0; level < LEDGER_GROW_LEVELS; level++) {
		grow->block[level].at[grow->block[level].len++] = hash;
		if (grow->block[level].len < LEDGER_GROW_WIDTH)
			return;
		hash = root_of(grow->block[level].at, LEDGER_GROW_WIDTH);
		grow->block[level].len = 0;
		index /= LEDGER_GROW_WIDTH;
		nodes[(*nodes_len)++] = (struct store_node){.level = level + 1, .index = index, .hash = hash};
	}
}
