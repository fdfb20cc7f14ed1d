/* Tiles: names as the specification spells them, and the files a size needs. */
#include "kit.h"

#include "ledger/ledger_grow.h"
#include "ledger/ledger_tile.h"

static void
test_ledger_tile__names_of_the_specification(void **state)
{
	(void)state;
	static const struct {
		int level;
		uint64_t index;
		unsigned width;
		const char *name;
	} names[] = {{0, 1234067, 256, "tile/0/x001/x234/067"}, {0, 67, 256, "tile/0/067"}, {0, 273, 112, "tile/0/273.p/112"},
	    {1, 0, 256, "tile/1/000"}, {1, 1, 17, "tile/1/001.p/17"}, {2, 0, 1, "tile/2/000.p/1"}, {-1, 1000, 256, "tile/entries/x001/000"},
	    {-1, 999, 255, "tile/entries/999.p/255"}, {7, UINT64_MAX, 3, "tile/7/x018/x446/x744/x073/x709/x551/615.p/3"}};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_string_equal(ledger_tile_name(names[i].level, names[i].index, names[i].width).at, names[i].name);
}

#define BATCH 256

/* A store of ${size} entries whose leaves are their numbers. */
static struct store *
store_of(struct job *job, const char *dir, uint64_t size, struct ledger_grow *grow)
{
	struct store *store;
	struct store_head head;
	struct digest empty = ledger_tree_empty();
	ASSERT_OK(store_create(job, dir, S("\0\0\0\0\0\0\0\0"), &empty));
	ASSERT_OK(store_open(job, dir, 1000, &store));
	ASSERT_OK(store_head(job, store, &head));
	memset(grow, 0, sizeof *grow);
	while (head.size < size) {
		static struct store_entry entries[BATCH];
		static struct store_node nodes[BATCH];
		size_t len = 0, nodes_len = 0;
		for (; len < BATCH && head.size + len < size; len++) {
			struct store_entry *entry = &entries[len];
			*entry = (struct store_entry){.index = head.size + len, .envelope = S("e")};
			ASSERT_OK(job_format(job, &entry->leaf, "leaf %llu", (unsigned long long)entry->index));
			entry->leaf_hash = ledger_tree_leaf(entry->leaf);
			entry->statement = code_sha256(entry->leaf);
			ledger_grow_add(grow, &entry->leaf_hash, nodes, &nodes_len);
		}
		struct buf buf = buf_open(job, "test", 8 * KIB);
		struct store_head after = {.size = head.size + len, .root = ledger_frontier_root(&grow->frontier)};
		ledger_frontier_write(&grow->frontier, &buf);
		ASSERT_OK(buf_end(&buf, &after.frontier));
		ASSERT_OK(store_append(job, store, &head, entries, len, NULL, 0, nodes, nodes_len, &after));
		head = after;
	}
	return store;
}

static bool
there(const char *dir, const char *name, size_t *ret_len)
{
	struct stat st;
	const char *path;
	ASSERT_OK(fs_join(kit_job(), dir, name, &path));
	if (stat(path, &st) != 0)
		return false;
	if (ret_len != NULL)
		*ret_len = (size_t)st.st_size;
	return true;
}

/* 70,000 entries: the worked example of the specification. */
static void
test_ledger_tile__files_of_seventy_thousand_entries(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir(), *store_dir, *log;
	static struct ledger_grow grow;
	size_t len = 0;
	ASSERT_OK(fs_join(job, dir, "store", &store_dir));
	ASSERT_OK(fs_join(job, dir, "log", &log));
	struct store *store = store_of(job, store_dir, 70000, &grow);
	ASSERT_OK(ledger_tile_publish(job, store, log, 0, 70000));
	for (uint64_t i = 0; i < 273; i++)
		assert_true(there(log, ledger_tile_name(0, i, 256).at, &len) && len == 8192);
	assert_true(there(log, "tile/0/273.p/112", &len) && len == 112 * 32);
	assert_true(there(log, "tile/1/000", &len) && len == 8192);
	assert_true(there(log, "tile/1/001.p/17", &len) && len == 17 * 32);
	assert_true(there(log, "tile/2/000.p/1", &len) && len == 32);
	assert_true(there(log, "tile/entries/273.p/112", NULL));
	assert_false(there(log, "tile/0/274", NULL) || there(log, "tile/3", NULL) || there(log, "tile/0/273", NULL) ||
		     there(log, "tile/1/001", NULL));
	store_close(store);
	kit_rmdir(dir);
}

static void
test_ledger_tile__grows_and_drops_the_partial_tiles_it_replaces(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir(), *store_dir, *log, *path;
	static struct ledger_grow grow;
	slice text;
	ASSERT_OK(fs_join(job, dir, "store", &store_dir));
	ASSERT_OK(fs_join(job, dir, "log", &log));
	struct store *store = store_of(job, store_dir, 600, &grow);
	ASSERT_OK(ledger_tile_publish(job, store, log, 0, 0));
	assert_false(there(log, "tile", NULL));
	ASSERT_OK(ledger_tile_publish(job, store, log, 0, 3));
	ASSERT_OK(fs_join(job, log, "tile/entries/000.p/3", &path));
	ASSERT_OK(fs_slurp(job, path, 4096, &text));
	assert_true(slice_same(text, S("\0\6leaf 0\0\6leaf 1\0\6leaf 2")));
	ASSERT_OK(ledger_tile_publish(job, store, log, 3, 200));
	assert_true(there(log, "tile/0/000.p/3", NULL) && there(log, "tile/0/000.p/200", NULL));
	ASSERT_OK(ledger_tile_publish(job, store, log, 200, 256));
	assert_true(there(log, "tile/0/000", NULL) && there(log, "tile/1/000.p/1", NULL));
	assert_false(there(log, "tile/0/000.p", NULL) || there(log, "tile/entries/000.p", NULL) || there(log, "tile/0/001.p", NULL));
	ASSERT_OK(ledger_tile_publish(job, store, log, 256, 600));
	assert_true(there(log, "tile/0/002.p/88", NULL) && there(log, "tile/1/000.p/2", NULL) && there(log, "tile/entries/002.p/88", NULL));
	ASSERT_ERR(ledger_tile_publish(job, store, log, 600, 599), ERR_BUG, "above the size");
	store_close(store);
	kit_rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_tile__names_of_the_specification),
	    cmocka_unit_test(test_ledger_tile__files_of_seventy_thousand_entries),
	    cmocka_unit_test(test_ledger_tile__grows_and_drops_the_partial_tiles_it_replaces),
	};
	return KIT_TESTS(tests);
}
