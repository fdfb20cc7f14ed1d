/*
 * The Merkle tree of RFC 6962 section 2.1: hashes, frontier, inclusion and consistency proofs. Pure.
 */
#ifndef LEDGER_LEDGER_TREE_H
#define LEDGER_LEDGER_TREE_H

#include "base/code.h"
#include "base/job.h"

#define LEDGER_TREE_MAX 64

struct digest ledger_tree_empty(void);
struct digest ledger_tree_leaf(slice entry);                                      /* SHA-256(0x00 ‖ entry) */
struct digest ledger_tree_node(const struct digest *left, const struct digest *right); /* SHA-256(0x01 ‖ left ‖ right) */

/* The roots of the full subtrees of ${size} leaves, largest first: enough to append and to know the root. */
struct ledger_frontier {
	uint64_t size;
	struct digest at[LEDGER_TREE_MAX];
	unsigned len;
};
void ledger_frontier_add(struct ledger_frontier *frontier, const struct digest *leaf_hash);
struct digest ledger_frontier_root(const struct ledger_frontier *frontier);
void ledger_frontier_write(const struct ledger_frontier *frontier, struct buf *buf); /* size (8 bytes, big endian) ‖ hashes */
bool ledger_frontier_read(slice text, struct ledger_frontier *ret);

/* A source of subtree hashes: the root of the full subtree of 2^${height} leaves that begins at leaf ${index} << height. */
typedef err (*ledger_tree_source)(struct job *job, void *from, unsigned height, uint64_t index, struct digest *ret);
struct ledger_path {
	struct digest at[LEDGER_TREE_MAX];
	unsigned len;
};
err ledger_tree_inclusion(struct job *job, uint64_t index, uint64_t size, ledger_tree_source source, void *from, struct ledger_path *ret);
err ledger_tree_consistency(struct job *job, uint64_t old_size, uint64_t size, ledger_tree_source source, void *from, struct ledger_path *ret);
/* RFC 9162 sections 2.1.3.2 and 2.1.4.2. */
bool ledger_tree_inclusion_holds(uint64_t index, uint64_t size, const struct digest *leaf_hash, const struct ledger_path *path, const struct digest *root);
bool ledger_tree_consistency_holds(uint64_t old_size, uint64_t size, const struct ledger_path *path, const struct digest *old_root, const struct digest *root);

#endif
