/*
 * Tiles: where they are and how they are published as static files.
 * Deliberately does not: publish the checkpoint, or read tiles back; they are a projection of the store.
 */
#include "ledger/ledger_tile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "ledger/ledger_tree.h"

/* Levels of a tree of 2^64 leaves in tiles of height 8. */
#define LEVELS 8

/* "x001/x234/067" */
static void
number_text(uint64_t index, char *ret, size_t room)
{
	char part[8][8];
	unsigned len = 0;
	do
		snprintf(part[len++], sizeof part[0], "%03u", (unsigned)(index % 1000));
	while ((index /= 1000) > 0 && len < 8);
	size_t at = 0;
	for (unsigned i = len; i > 0 && at < room; i--)
		at += (size_t)snprintf(ret + at, room - at, "%s%s%s", i > 1 ? "x" : "", part[i - 1], i > 1 ? "/" : "");
}

struct ledger_tile_name
ledger_tile_name(int level, uint64_t index, unsigned width)
{
	struct ledger_tile_name name;
	char number[80], level_text[16];
	number_text(index, number, sizeof number);
	snprintf(level_text, sizeof level_text, "%d", level);
	int len = snprintf(name.at, sizeof name.at, "tile/%s/%s", level < 0 ? "entries" : level_text, number);
	if (width < LEDGER_TILE_WIDTH && len > 0)
		snprintf(name.at + len, sizeof name.at - (size_t)len, ".p/%u", width);
	return name;
}

/* Tiles gathered to be written together: the disk is waited for once, not once a file. */
struct publishing {
	struct job *job;
	struct store *store;
	const char *dir;
	struct fs_file files[FS_MAX_TOGETHER];
	size_t len;
	struct {
		int level;
		uint64_t index;
	} full[FS_MAX_TOGETHER]; /* tiles whose partial ones go once they are written */
	size_t full_len;
	struct arena_mark mark; /* what was taken for the gathered ones is given back when they are written */
};

static err partials_remove(struct job *job, const char *dir, int level, uint64_t index);

static err
gathered_write(struct publishing *publishing)
{
	TRY(fs_write_all(publishing->job, publishing->files, publishing->len));
	for (size_t i = 0; i < publishing->full_len; i++)
		TRY(partials_remove(publishing->job, publishing->dir, publishing->full[i].level, publishing->full[i].index));
	publishing->len = publishing->full_len = 0;
	arena_rewind(publishing->job->arena, publishing->mark);
	return OK;
}

/* Add one tile, its folders first. */
static err
tile_gather(struct publishing *publishing, const char *name, slice text)
{
	struct job *job = publishing->job;
	const char *path, *folder;
	struct stat st;
	TRY(fs_join(job, publishing->dir, name, &path));
	slice whole = slice_of(path);
	TRY(job_string(job, slice_part(whole, 0, slice_find_last(whole, '/')), &folder));
	if (stat(folder, &st) != 0)
		TRY(fs_mkdirs(job, folder, 0755));
	publishing->files[publishing->len++] = (struct fs_file){.path = path, .text = text, .mode = 0644};
	return OK;
}

/* Remove the partial tiles that the full one at (${level}, ${index}) replaces. */
static err
partials_remove(struct job *job, const char *dir, int level, uint64_t index)
{
	slice folder;
	struct fs_root root;
	struct fs_name *names;
	size_t len;
	TRY(job_format(job, &folder, "%s/%s.p", dir, ledger_tile_name(level, index, LEDGER_TILE_WIDTH).at));
	struct stat st;
	if (stat(folder.at, &st) != 0)
		return errno == ENOENT ? OK : err_errno(job, errno, "%s", folder.at);
	TRY(fs_root_open(job, folder.at, &root));
	err got = fs_list(job, &root, "/", 1024, &names, &len);
	for (size_t i = 0; got.code == ERR_NONE && i < len; i++)
		if (unlinkat(root.fd, names[i].name, 0) != 0 && errno != ENOENT)
			got = err_errno(job, errno, "%s/%s", folder.at, names[i].name);
	fs_root_close(&root);
	TRY(got);
	if (rmdir(folder.at) != 0 && errno != ENOENT)
		return err_errno(job, errno, "%s", folder.at);
	return OK;
}

static err
bundle_add(struct job *job, void *to, const struct store_entry *entry)
{
	struct buf *buf = to;
	if (entry->leaf.len > LEDGER_MAX_ENTRY)
		return err_set(job, ERR_LIMIT, "entry %llu: tlog-tiles: a leaf has at most 65535 bytes, found %zu",
		    (unsigned long long)entry->index, entry->leaf.len);
	buf_byte(buf, (char)(entry->leaf.len >> 8));
	buf_byte(buf, (char)entry->leaf.len);
	buf_add(buf, entry->leaf);
	return buf->failed;
}

static err
tile_text(struct job *job, struct store *store, int level, uint64_t index, unsigned width, slice *ret)
{
	uint64_t from = index * LEDGER_TILE_WIDTH;
	struct digest *hashes;
	if (level < 0) {
		struct buf buf = buf_open(job, "entry bundle", (size_t)LEDGER_TILE_WIDTH * (LEDGER_MAX_ENTRY + 2));
		TRY(store_read(job, store, from, from + width, bundle_add, &buf));
		return buf_end(&buf, ret);
	}
	TRY(NEW(job, width, &hashes));
	if (level == 0)
		TRY(store_leaf_hashes(job, store, from, width, hashes));
	else
		TRY(store_nodes(job, store, (unsigned)level, from, width, hashes));
	*ret = slice_bytes(hashes, width * sizeof *hashes);
	return OK;
}

/* The tiles of one level (-1 = entries) between two sizes, both counted in entries of that level. */
static err
level_publish(struct publishing *publishing, int level, uint64_t had, uint64_t has)
{
	for (uint64_t index = had / LEDGER_TILE_WIDTH; had < has && index * LEDGER_TILE_WIDTH < has; index++) {
		uint64_t left = has - index * LEDGER_TILE_WIDTH;
		unsigned width = left < LEDGER_TILE_WIDTH ? (unsigned)left : LEDGER_TILE_WIDTH;
		slice text;
		TRY(tile_text(publishing->job, publishing->store, level, index, width, &text));
		TRY(tile_gather(publishing, ledger_tile_name(level, index, width).at, text));
		if (width == LEDGER_TILE_WIDTH) {
			publishing->full[publishing->full_len].level = level;
			publishing->full[publishing->full_len++].index = index;
		}
		if (publishing->len == FS_MAX_TOGETHER)
			TRY(gathered_write(publishing));
	}
	return OK;
}

err
ledger_tile_publish(struct job *job, struct store *store, const char *dir, uint64_t published, uint64_t size)
{
	struct publishing *publishing;
	if (published > size)
		return err_set(job, ERR_BUG, "tiles: published size %llu is above the size %llu", (unsigned long long)published,
		    (unsigned long long)size);
	TRY(NEW(job, 1, &publishing));
	publishing->job = job;
	publishing->store = store;
	publishing->dir = dir;
	publishing->mark = arena_mark(job->arena);
	TRY(level_publish(publishing, -1, published, size));
	for (int level = 0; level < LEVELS; level++)
		TRY(level_publish(publishing, level, published >> (8 * level), size >> (8 * level)));
	return gathered_write(publishing);
}

#define SWEEP_DEEP 8 /* tile/entries/x001/x234/067.p */

/* What a killed write left beside its target, "NAME.<16 hex>.new" (fs_write), in ${folder} and below. */
static err
sweep(struct job *job, const struct fs_root *root, const char *folder, unsigned deep)
{
	struct fs_name *names;
	size_t len;
	TRY(fs_list(job, root, folder, 1000000, &names, &len));
	for (size_t i = 0; i < len; i++) {
		const char *path;
		TRY(fs_join(job, folder, names[i].name, &path));
		if (names[i].type == DT_DIR && deep < SWEEP_DEEP)
			TRY(sweep(job, root, path, deep + 1));
		else if (slice_ends(slice_of(names[i].name), S(".new")) && unlinkat(root->fd, path[0] == '/' ? path + 1 : path, 0) != 0 && errno != ENOENT)
			return err_errno(job, errno, "%s%s", root->path, path);
	}
	return OK;
}

err
ledger_tile_sweep(struct job *job, const char *dir)
{
	struct arena_mark mark = arena_mark(job->arena);
	struct fs_root root;
	struct stat st;
	if (stat(dir, &st) != 0)
		return errno == ENOENT ? OK : err_errno(job, errno, "%s", dir);
	TRY(fs_root_open(job, dir, &root));
	err swept = sweep(job, &root, "/", 0);
	fs_root_close(&root);
	if (swept.code == ERR_NONE)
		arena_rewind(job->arena, mark);
	return swept;
}
