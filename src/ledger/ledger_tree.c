/*
 * The Merkle tree of RFC 6962 section 2.1: hashes, frontier, proofs.
 * Deliberately does not: store anything; who makes a proof brings a source of subtree hashes.
 */
#include "ledger/ledger_tree.h"

#include <string.h>

struct digest
ledger_tree_empty(void)
{
	return code_sha256(S(""));
}

struct digest
ledger_tree_leaf(slice entry)
{
	return code_sha256_pair((slice){"\0", 1}, entry);
}

struct digest
ledger_tree_node(const struct digest *left, const struct digest *right)
{
	uint8_t text[65] = {1};
	memcpy(text + 1, left->byte, 32);
	memcpy(text + 33, right->byte, 32);
	return code_sha256(slice_bytes(text, sizeof text));
}

void
ledger_frontier_add(struct ledger_frontier *frontier, const struct digest *leaf_hash)
{
	struct digest hash = *leaf_hash;
	/* Every one bit at the low end of the size is a full subtree that this leaf completes to twice its width. */
	for (uint64_t size = frontier->size; (size & 1) != 0; size >>= 1)
		hash = ledger_tree_node(&frontier->at[--frontier->len], &hash);
	frontier->at[frontier->len++] = hash;
	frontier->size++;
}

struct digest
ledger_frontier_root(const struct ledger_frontier *frontier)
{
	if (frontier->len == 0)
		return ledger_tree_empty();
	struct digest root = frontier->at[frontier->len - 1];
	for (unsigned i = frontier->len - 1; i > 0; i--)
		root = ledger_tree_node(&frontier->at[i - 1], &root);
	return root;
}

void
ledger_frontier_write(const struct ledger_frontier *frontier, struct buf *buf)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_byte(buf, (char)(frontier->size >> shift));
	for (unsigned i = 0; i < frontier->len; i++)
		buf_add(buf, slice_bytes(frontier->at[i].byte, 32));
}

bool
ledger_frontier_read(slice text, struct ledger_frontier *ret)
{
	struct ledger_frontier frontier = {0};
	if (text.len < 8 || (text.len - 8) % 32 != 0)
		return false;
	for (size_t i = 0; i < 8; i++)
		frontier.size = frontier.size << 8 | (uint8_t)text.at[i];
	frontier.len = (unsigned)__builtin_popcountll(frontier.size);
	if ((text.len - 8) / 32 != frontier.len)
		return false;
	if (frontier.len > 0)
		memcpy(frontier.at, text.at + 8, text.len - 8);
	*ret = frontier;
	return true;
}

/* The largest power of two that is smaller than ${n}, for n of 2 and more; its exponent. */
static unsigned
split_height(uint64_t n)
{
	return 63 - (unsigned)__builtin_clzll(n - 1);
}

/* The root over leaves ${from} to ${to} (exclusive) where ${from} is a multiple of the largest power of two in the width. */
static err
range_root(struct job *job, uint64_t from, uint64_t to, ledger_tree_source source, void *source_from, struct digest *ret)
{
	struct ledger_frontier parts = {0};
	while (from < to) {
		unsigned height = 63 - (unsigned)__builtin_clzll(to - from);
		TRY(source(job, source_from, height, from >> height, &parts.at[parts.len]));
		parts.len++;
		from += (uint64_t)1 << height;
	}
	*ret = ledger_frontier_root(&parts);
	return OK;
}

/* Proofs are made from the root down and told from the leaf up. */
static void
turn(struct ledger_path *path)
{
	for (unsigned i = 0, j = path->len; i + 1 < j; i++) {
		struct digest hash = path->at[--j];
		path->at[j] = path->at[i];
		path->at[i] = hash;
	}
}

err
ledger_tree_inclusion(struct job *job, uint64_t index, uint64_t size, ledger_tree_source source, void *from, struct ledger_path *ret)
{
	struct ledger_path path = {0};
	uint64_t lo = 0, hi = size;
	if (index >= size)
		return err_set(job, ERR_INPUT, "inclusion proof: the index must be below the size %llu, found %llu",
		    (unsigned long long)size, (unsigned long long)index);
	while (hi - lo > 1) {
		uint64_t middle = lo + ((uint64_t)1 << split_height(hi - lo));
		bool left = index < middle;
		TRY(range_root(job, left ? middle : lo, left ? hi : middle, source, from, &path.at[path.len]));
		path.len++;
		lo = left ? lo : middle;
		hi = left ? middle : hi;
	}
	turn(&path);
	*ret = path;
	return OK;
}

err
ledger_tree_consistency(struct job *job, uint64_t old_size, uint64_t size, ledger_tree_source source, void *from, struct ledger_path *ret)
{
	struct ledger_path path = {0};
	uint64_t lo = 0, hi = size;
	if (old_size > size)
		return err_set(job, ERR_INPUT, "consistency proof: the old size must be at most %llu, found %llu", (unsigned long long)size,
		    (unsigned long long)old_size);
	if (old_size > 0) {
		while (old_size != hi) {
			uint64_t middle = lo + ((uint64_t)1 << split_height(hi - lo));
			bool left = old_size <= middle;
			TRY(range_root(job, left ? middle : lo, left ? hi : middle, source, from, &path.at[path.len]));
			path.len++;
			lo = left ? lo : middle;
			hi = left ? middle : hi;
		}
		/* A subtree that begins at the first leaf is the old tree itself: its root is known. */
		if (lo > 0) {
			TRY(range_root(job, lo, hi, source, from, &path.at[path.len]));
			path.len++;
		}
		turn(&path);
	}
	*ret = path;
	return OK;
}

bool
ledger_tree_inclusion_holds(
    uint64_t index, uint64_t size, const struct digest *leaf_hash, const struct ledger_path *path, const struct digest *root)
{
	if (index >= size || path->len > LEDGER_TREE_MAX)
		return false;
	uint64_t node = index, last = size - 1;
	struct digest hash = *leaf_hash;
	for (unsigned i = 0; i < path->len; i++) {
		if (last == 0)
			return false;
		if ((node & 1) != 0 || node == last) {
			hash = ledger_tree_node(&path->at[i], &hash);
			while ((node & 1) == 0 && node != 0) {
				node >>= 1;
				last >>= 1;
			}
		} else {
			hash = ledger_tree_node(&hash, &path->at[i]);
		}
		node >>= 1;
		last >>= 1;
	}
	return last == 0 && digest_same(&hash, root);
}

/* RFC 9162 section 2.1.4.2, for 0 < old_size < size. */
static bool
consistency_steps(
    uint64_t old_size, uint64_t size, const struct ledger_path *path, const struct digest *old_root, const struct digest *root)
{
	uint64_t node = old_size - 1, last = size - 1;
	bool whole = (old_size & (old_size - 1)) == 0;
	unsigned next = whole ? 0 : 1;
	while ((node & 1) != 0) {
		node >>= 1;
		last >>= 1;
	}
	if (path->len == 0)
		return false;
	struct digest old_hash = whole ? *old_root : path->at[0], hash = old_hash;
	for (unsigned i = next; i < path->len; i++) {
		if (last == 0)
			return false;
		if ((node & 1) != 0 || node == last) {
			old_hash = ledger_tree_node(&path->at[i], &old_hash);
			hash = ledger_tree_node(&path->at[i], &hash);
			while ((node & 1) == 0 && node != 0) {
				node >>= 1;
				last >>= 1;
			}
		} else {
			hash = ledger_tree_node(&hash, &path->at[i]);
		}
		node >>= 1;
		last >>= 1;
	}
	return last == 0 && digest_same(&old_hash, old_root) && digest_same(&hash, root);
}

bool
ledger_tree_consistency_holds(
    uint64_t old_size, uint64_t size, const struct ledger_path *path, const struct digest *old_root, const struct digest *root)
{
	struct digest empty = ledger_tree_empty();
	if (old_size > size || path->len > LEDGER_TREE_MAX)
		return false;
	if (old_size == size)
		return path->len == 0 && digest_same(old_root, root) && (size > 0 || digest_same(root, &empty));
	if (old_size == 0)
		return path->len == 0 && digest_same(old_root, &empty);
	return consistency_steps(old_size, size, path, old_root, root);
}
