/* RFC 6962 trees: the public 8-leaf reference tree, proofs of every shape, and every kind of probe that must fail. */
#include "kit.h"

#include "ledger/ledger_tree.h"

/* The eight entries, in hex, of the reference tree that Certificate Transparency implementations share, and its root at each size. */
static const char *const entries[8] = {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
static const char *const roots[9] = {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

#define MOST 70

struct tree {
	struct digest leaf[MOST];
};

static struct digest
subtree(const struct tree *tree, uint64_t from, unsigned height)
{
	if (height == 0)
		return tree->leaf[from];
	struct digest left = subtree(tree, from, height - 1), right = subtree(tree, from + ((uint64_t)1 << (height - 1)), height - 1);
	return ledger_tree_node(&left, &right);
}

static err
source(struct job *job, void *from, unsigned height, uint64_t index, struct digest *ret)
{
	(void)job;
	*ret = subtree(from, index << height, height);
	return OK;
}

/* MTH(D[n]) straight from the definition, to have something to compare with. */
static struct digest
plain_root(const struct tree *tree, uint64_t from, uint64_t to)
{
	if (to == from)
		return ledger_tree_empty();
	if (to - from == 1)
		return tree->leaf[from];
	uint64_t k = 1;
	while (k * 2 < to - from)
		k *= 2;
	struct digest left = plain_root(tree, from, from + k), right = plain_root(tree, from + k, to);
	return ledger_tree_node(&left, &right);
}

static struct tree *
reference_tree(void)
{
	static struct tree tree;
	for (size_t i = 0; i < MOST; i++) {
		uint8_t bytes[16];
		slice hex = slice_of(i < 8 ? entries[i] : "");
		if (i < 8) {
			assert_true(code_unhex(hex, bytes, hex.len / 2));
			tree.leaf[i] = ledger_tree_leaf(slice_bytes(bytes, hex.len / 2));
		} else {
			memset(bytes, (int)i, sizeof bytes);
			tree.leaf[i] = ledger_tree_leaf(slice_bytes(bytes, i % 16));
		}
	}
	return &tree;
}

static void
test_ledger_tree__reference_roots(void **state)
{
	(void)state;
	struct tree *tree = reference_tree();
	struct ledger_frontier frontier = {0};
	for (size_t n = 0; n <= 8; n++) {
		struct digest root = ledger_frontier_root(&frontier);
		assert_string_equal(digest_text(&root).at, roots[n]);
		if (n < 8)
			ledger_frontier_add(&frontier, &tree->leaf[n]);
	}
	struct digest node = subtree(tree, 0, 1);
	assert_string_equal(digest_text(&node).at, roots[2]);
}

static void
test_ledger_frontier__agrees_with_the_definition_and_survives_writing(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct tree *tree = reference_tree();
	struct ledger_frontier frontier = {0};
	for (uint64_t n = 0; n < MOST; n++) {
		struct digest root = ledger_frontier_root(&frontier), plain = plain_root(tree, 0, n);
		assert_memory_equal(root.byte, plain.byte, 32);
		struct buf buf = buf_open(job, "test", 4096);
		slice text;
		struct ledger_frontier again;
		ledger_frontier_write(&frontier, &buf);
		ASSERT_OK(buf_end(&buf, &text));
		assert_int_equal(text.len, 8 + 32 * (size_t)__builtin_popcountll(n));
		assert_true(ledger_frontier_read(text, &again));
		assert_memory_equal(&again, &frontier, sizeof frontier.size);
		root = ledger_frontier_root(&again);
		assert_memory_equal(root.byte, plain.byte, 32);
		assert_false(ledger_frontier_read(slice_part(text, 0, text.len - 1), &again));
		ledger_frontier_add(&frontier, &tree->leaf[n]);
	}
	assert_false(ledger_frontier_read(S("\0\0\0\0\0\0\0\1"), &frontier));
	assert_false(ledger_frontier_read(S("1234567"), &frontier));
}

static void
test_ledger_tree__every_inclusion_holds(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct tree *tree = reference_tree();
	for (uint64_t size = 1; size <= MOST; size++)
		for (uint64_t index = 0; index < size; index++) {
			struct ledger_path path;
			struct digest root = plain_root(tree, 0, size);
			ASSERT_OK(ledger_tree_inclusion(job, index, size, source, tree, &path));
			assert_true(ledger_tree_inclusion_holds(index, size, &tree->leaf[index], &path, &root));
		}
	struct ledger_path path;
	ASSERT_ERR(ledger_tree_inclusion(job, 3, 3, source, tree, &path), ERR_INPUT, "below the size");
	ASSERT_ERR(ledger_tree_inclusion(job, 0, 0, source, tree, &path), ERR_INPUT, "below the size");
}

static void
test_ledger_tree__every_consistency_holds(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct tree *tree = reference_tree();
	for (uint64_t size = 0; size <= MOST; size++)
		for (uint64_t old = 0; old <= size; old++) {
			struct ledger_path path;
			struct digest root = plain_root(tree, 0, size), old_root = plain_root(tree, 0, old);
			ASSERT_OK(ledger_tree_consistency(job, old, size, source, tree, &path));
			assert_true(ledger_tree_consistency_holds(old, size, &path, &old_root, &root));
		}
	struct ledger_path path;
	ASSERT_ERR(ledger_tree_consistency(job, 4, 3, source, tree, &path), ERR_INPUT, "old size");
}

/* The proofs RFC 6962 section 2.1.3 spells out for a tree of seven leaves, on the reference entries. */
static void
test_ledger_tree__paths_of_the_seven_leaf_example(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct tree *tree = reference_tree();
	struct ledger_path path;
	struct digest h = subtree(tree, 2, 1), l = subtree(tree, 4, 1), g = subtree(tree, 0, 1), k = subtree(tree, 0, 2);
	ASSERT_OK(ledger_tree_inclusion(job, 0, 7, source, tree, &path));
	struct digest right = plain_root(tree, 4, 7);
	assert_int_equal(path.len, 3);
	assert_memory_equal(&path.at[0], &tree->leaf[1], 32);
	assert_memory_equal(&path.at[1], &h, 32);
	assert_memory_equal(&path.at[2], &right, 32);
	ASSERT_OK(ledger_tree_consistency(job, 3, 7, source, tree, &path));
	assert_int_equal(path.len, 4);
	assert_memory_equal(&path.at[0], &tree->leaf[2], 32);
	assert_memory_equal(&path.at[1], &tree->leaf[3], 32);
	assert_memory_equal(&path.at[2], &g, 32);
	assert_memory_equal(&path.at[3], &right, 32);
	ASSERT_OK(ledger_tree_consistency(job, 6, 7, source, tree, &path));
	assert_int_equal(path.len, 3);
	assert_memory_equal(&path.at[0], &l, 32);
	assert_memory_equal(&path.at[1], &tree->leaf[6], 32);
	assert_memory_equal(&path.at[2], &k, 32);
}

/* What a proof claims: inclusion of ${leaf} at ${index}, or consistency of ${old_root} at ${index} (the old size). */
struct claim {
	bool inclusion;
	uint64_t index, size;
	struct digest leaf, root;
	struct ledger_path path;
};

static bool
holds(const struct claim *c)
{
	return c->inclusion ? ledger_tree_inclusion_holds(c->index, c->size, &c->leaf, &c->path, &c->root)
			    : ledger_tree_consistency_holds(c->index, c->size, &c->path, &c->leaf, &c->root);
}

static size_t probes;

static void
refused(struct claim bad, const char *what)
{
	probes++;
	if (holds(&bad))
		fail_msg("accepted: %s (%s, index or old size %llu, size %llu)", what, bad.inclusion ? "inclusion" : "consistency",
		    (unsigned long long)bad.index, (unsigned long long)bad.size);
}

static void
path_insert(struct ledger_path *path, unsigned at, const struct digest *hash)
{
	for (unsigned i = path->len; i > at; i--)
		path->at[i] = path->at[i - 1];
	path->at[at] = *hash;
	path->len++;
}

static void
probe_numbers(const struct claim *good)
{
	static const uint64_t flips[] = {1, 2, 128, (uint64_t)1 << 40, (uint64_t)1 << 63};
	for (size_t i = 0; i < sizeof flips / sizeof flips[0]; i++) {
		struct claim bad = *good;
		bad.index ^= flips[i];
		refused(bad, "index XORed");
	}
	struct claim bad = *good;
	bad.index = bad.size + 1;
	refused(bad, "index beyond the size");
	bad.index = UINT64_MAX;
	refused(bad, "index of the largest number");
	bad = *good;
	bad.size *= 2;
	refused(bad, "size doubled");
	bad.size = good->size / 2;
	refused(bad, "size halved");
	bad.size = 0;
	refused(bad, "size of zero");
	bad.size = good->size ^ ((uint64_t)1 << 62);
	refused(bad, "size with a high bit");
}

static void
probe_path(const struct claim *good)
{
	struct digest empty = ledger_tree_empty(), zero = {{0}}, random = code_sha256(S("something else"));
	const struct digest *strangers[] = {&empty, &zero, &random, &good->leaf, &good->root};
	for (unsigned at = 0; at <= good->path.len; at++)
		for (size_t i = 0; i < 5; i++) {
			struct claim bad = *good;
			path_insert(&bad.path, at, strangers[i]);
			refused(bad, at == good->path.len ? "trailing garbage" : "component inserted");
		}
	for (unsigned at = 0; at < good->path.len; at++) {
		struct claim bad = *good;
		memmove(&bad.path.at[at], &bad.path.at[at + 1], (bad.path.len - at - 1) * sizeof bad.path.at[0]);
		bad.path.len--;
		refused(bad, "component removed");
		for (unsigned bit = 0; bit < 256; bit++) {
			bad = *good;
			bad.path.at[at].byte[bit / 8] ^= (uint8_t)(1 << bit % 8);
			refused(bad, "bit of a component flipped");
		}
		if (at > 0) {
			bad = *good;
			bad.path.at[at] = good->path.at[at - 1];
			bad.path.at[at - 1] = good->path.at[at];
			refused(bad, "components swapped");
		}
	}
	struct claim bad = *good;
	bad.path.len = LEDGER_TREE_MAX + 1;
	refused(bad, "a path longer than any tree");
	if (good->path.len > 0) {
		bad = *good;
		bad.path.len = 0;
		refused(bad, "the empty path");
	}
}

static void
probe_hashes(const struct claim *good)
{
	struct claim bad = *good;
	for (unsigned bit = 0; bit < 256; bit++) {
		bad = *good;
		bad.leaf.byte[bit / 8] ^= (uint8_t)(1 << bit % 8);
		refused(bad, "bit of the leaf or old root flipped");
		bad = *good;
		bad.root.byte[bit / 8] ^= (uint8_t)(1 << bit % 8);
		refused(bad, "bit of the root flipped");
	}
	if (!digest_same(&good->leaf, &good->root)) {
		bad = *good;
		bad.leaf = good->root;
		bad.root = good->leaf;
		refused(bad, "roots swapped");
		bad = *good;
		bad.leaf = good->root;
		refused(bad, "both hashes the root");
		bad = *good;
		bad.root = good->leaf;
		refused(bad, "both hashes the leaf or old root");
	}
	bad = *good;
	bad.root = ledger_tree_empty();
	refused(bad, "the empty tree's root");
}

static void
test_ledger_tree__refuses_every_probe(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct tree *tree = reference_tree();
	static const uint64_t shapes[][3] = {/* inclusion?, index or old size, size */
	    {1, 0, 1}, {1, 0, 8}, {1, 5, 8}, {1, 2, 3}, {1, 1, 5}, {1, 6, 7}, {1, 33, 70}, {0, 1, 8}, {0, 6, 8}, {0, 2, 5}, {0, 4, 8},
	    {0, 3, 7}, {0, 6, 7}, {0, 64, 70}, {0, 65, 70}};
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		struct claim good = {.inclusion = shapes[i][0] == 1, .index = shapes[i][1], .size = shapes[i][2]};
		good.root = plain_root(tree, 0, good.size);
		good.leaf = good.inclusion ? tree->leaf[good.index] : plain_root(tree, 0, good.index);
		if (good.inclusion)
			ASSERT_OK(ledger_tree_inclusion(job, good.index, good.size, source, tree, &good.path));
		else
			ASSERT_OK(ledger_tree_consistency(job, good.index, good.size, source, tree, &good.path));
		assert_true(holds(&good));
		probe_numbers(&good);
		probe_path(&good);
		probe_hashes(&good);
	}
	assert_true(probes > 10000);
}

static void
test_ledger_tree__consistency_at_the_edges(void **state)
{
	(void)state;
	struct tree *tree = reference_tree();
	struct ledger_path none = {0}, one = {.len = 1};
	struct digest empty = ledger_tree_empty(), root = plain_root(tree, 0, 5), other = plain_root(tree, 0, 4);
	assert_true(ledger_tree_consistency_holds(0, 0, &none, &empty, &empty));
	assert_true(ledger_tree_consistency_holds(0, 5, &none, &empty, &root));
	assert_true(ledger_tree_consistency_holds(5, 5, &none, &root, &root));
	assert_false(ledger_tree_consistency_holds(0, 0, &none, &root, &root));
	assert_false(ledger_tree_consistency_holds(0, 5, &none, &other, &root));
	assert_false(ledger_tree_consistency_holds(0, 5, &one, &empty, &root));
	assert_false(ledger_tree_consistency_holds(5, 5, &none, &other, &root));
	assert_false(ledger_tree_consistency_holds(5, 5, &one, &root, &root));
	assert_false(ledger_tree_consistency_holds(5, 4, &none, &root, &other));
	assert_false(ledger_tree_consistency_holds(4, 5, &none, &other, &root));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_tree__reference_roots),
	    cmocka_unit_test(test_ledger_frontier__agrees_with_the_definition_and_survives_writing),
	    cmocka_unit_test(test_ledger_tree__every_inclusion_holds),
	    cmocka_unit_test(test_ledger_tree__every_consistency_holds),
	    cmocka_unit_test(test_ledger_tree__paths_of_the_seven_leaf_example),
	    cmocka_unit_test(test_ledger_tree__refuses_every_probe),
	    cmocka_unit_test(test_ledger_tree__consistency_at_the_edges),
	};
	return KIT_TESTS(tests);
}
