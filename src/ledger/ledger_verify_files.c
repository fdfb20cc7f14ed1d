/*
 * The static files of a log against the tree recomputed from its leaves: every tile and bundle byte for byte, and nothing else beside them.
 * Deliberately does not: read the checkpoint; tiles alone prove nothing.
 */
#include "ledger/ledger_verify_inner.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "ledger/ledger_tile.h"

#define MAX_BUNDLE ((size_t)LEDGER_TILE_WIDTH * (LEDGER_MAX_ENTRY + 2))
#define MAX_NAMES 4096
#define MAX_DEPTH 12

err
ledger_verify_fault(struct job *job, err was, const char *format, ...)
{
	char text[256];
	va_list list;
	if (was.code == ERR_NONE || was.code == ERR_IO || was.code == ERR_BUSY || was.code == ERR_DENIED)
		return was;
	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	(void)err_prefix(job, was, "%s", text);
	return (err){ERR_STORE};
}

void
ledger_verify_files_open(struct job *job, const char *dir, struct ledger_verify_files *ret)
{
	memset(ret, 0, sizeof *ret);
	ret->dir = dir;
	ret->bundle = buf_open(job, "entry bundle", MAX_BUNDLE);
}

static err
tile_read(struct job *job, const char *dir, const char *name, slice *ret)
{
	const char *path;
	TRY(fs_join(job, dir, name, &path));
	err got = fs_slurp(job, path, MAX_BUNDLE, ret);
	return ledger_verify_fault(job, got, "tlog-tiles: every tile of the tree must be there");
}

static err
tile_same(struct job *job, const struct ledger_verify_files *files, int level, uint64_t index, unsigned width, slice wanted)
{
	struct ledger_tile_name name = ledger_tile_name(level, index, width);
	struct arena_mark mark = arena_mark(job->arena);
	slice text;
	TRY(tile_read(job, files->dir, name.at, &text));
	if (!slice_same(text, wanted)) {
		size_t at = 0;
		while (at < text.len && at < wanted.len && text.at[at] == wanted.at[at])
			at++;
		return err_set(job, ERR_STORE,
		    "%s/%s: it must hold the %u hashes or entries from %llu on, found another byte at %zu (of %zu, expected %zu)",
		    files->dir, name.at, width, (unsigned long long)(index * LEDGER_TILE_WIDTH), at, text.len, wanted.len);
	}
	arena_rewind(job->arena, mark);
	return OK;
}

static err
hash_add(struct job *job, struct ledger_verify_files *files, unsigned level, const struct digest *hash)
{
	files->row[level][files->len[level]++] = *hash;
	if (files->len[level] < LEDGER_TILE_WIDTH)
		return OK;
	TRY(tile_same(
	    job, files, (int)level, files->tiles[level], LEDGER_TILE_WIDTH, slice_bytes(files->row[level], sizeof files->row[level])));
	files->len[level] = 0;
	files->tiles[level]++;
	return OK;
}

err
ledger_verify_files_add(struct job *job, struct ledger_verify_files *files, slice leaf, const struct digest *leaf_hash,
    struct store_node *ret_nodes, size_t *ret_len)
{
	buf_byte(&files->bundle, (char)(leaf.len >> 8));
	buf_byte(&files->bundle, (char)leaf.len);
	buf_add(&files->bundle, leaf);
	TRY(files->bundle.failed);
	uint64_t index = files->grow.frontier.size;
	*ret_len = 0;
	ledger_grow_add(&files->grow, leaf_hash, ret_nodes, ret_len);
	TRY(hash_add(job, files, 0, leaf_hash));
	for (size_t i = 0; i < *ret_len; i++)
		if (ret_nodes[i].level < LEDGER_GROW_LEVELS)
			TRY(hash_add(job, files, ret_nodes[i].level, &ret_nodes[i].hash));
	if ((index + 1) % LEDGER_TILE_WIDTH != 0)
		return OK;
	TRY(tile_same(job, files, -1, index / LEDGER_TILE_WIDTH, LEDGER_TILE_WIDTH, (slice){files->bundle.at, files->bundle.len}));
	buf_reset(&files->bundle);
	return OK;
}

/* How much of a bundle the first ${width} entries are; false when it has not so many. */
static bool
bundle_part(slice bundle, unsigned width, slice *ret)
{
	size_t at = 0;
	for (unsigned i = 0; i < width; i++) {
		if (bundle.len - at < 2)
			return false;
		size_t len = (size_t)(uint8_t)bundle.at[at] << 8 | (uint8_t)bundle.at[at + 1];
		if (bundle.len - at - 2 < len)
			return false;
		at += 2 + len;
	}
	*ret = slice_part(bundle, 0, at);
	return true;
}

/* "x001/x234/067" or "067.p/12" below a level's folder; only the spelling that ledger_tile_name() gives. */
static bool
name_parse(slice path, int level, uint64_t *ret_index, unsigned *ret_width)
{
	uint64_t index = 0, part, width = LEDGER_TILE_WIDTH;
	slice rest = path, text;
	while (slice_cut(&rest, '/', &text)) {
		bool more = slice_starts(text, S("x")), last = slice_ends(text, S(".p"));
		slice digits = more ? slice_from(text, 1) : last ? slice_part(text, 0, text.len - 2) : text;
		if (digits.len != 3 || !slice_u64(digits, &part) || index > (UINT64_MAX - part) / 1000)
			return false;
		index = index * 1000 + part;
		if (last && !slice_u64(rest, &width))
			return false;
		if (!more)
			break;
	}
	if (width == 0 || width > LEDGER_TILE_WIDTH)
		return false;
	struct ledger_tile_name name = ledger_tile_name(level, index, (unsigned)width);
	slice spelt = slice_of(name.at), head = level < 0 ? S("tile/entries/") : slice_from(spelt, 0);
	if (level >= 0)
		head = slice_part(spelt, 0, slice_find(slice_from(spelt, 5), '/') + 6);
	if (!slice_same(slice_from(spelt, head.len), path))
		return false;
	*ret_index = index;
	*ret_width = (unsigned)width;
	return true;
}

/* A file below a level's folder: a full tile (read already), the newest partial one (too), or an older partial one that begins one of
 * those. */
static err
name_check(struct job *job, const struct ledger_verify_files *files, int level, slice path)
{
	uint64_t index, size = files->grow.frontier.size >> (level > 0 ? 8 * level : 0);
	unsigned width;
	slice whole, text, part;
	if (!name_parse(path, level, &index, &width) || index > size / LEDGER_TILE_WIDTH ||
	    (index == size / LEDGER_TILE_WIDTH && width > size % LEDGER_TILE_WIDTH))
		return err_set(job, ERR_STORE, "%s/tile: a tree of %llu entries has no tile \"%s%d/%.*s\"", files->dir,
		    (unsigned long long)files->grow.frontier.size, level < 0 ? "entries " : "", level < 0 ? 0 : level, SLICE(path));
	unsigned full = index < size / LEDGER_TILE_WIDTH ? LEDGER_TILE_WIDTH : (unsigned)(size % LEDGER_TILE_WIDTH);
	if (width == full)
		return OK;
	struct arena_mark mark = arena_mark(job->arena);
	TRY(tile_read(job, files->dir, ledger_tile_name(level, index, full).at, &whole));
	TRY(tile_read(job, files->dir, ledger_tile_name(level, index, width).at, &text));
	part = slice_part(whole, 0, width * sizeof(struct digest));
	if ((level < 0 && !bundle_part(whole, width, &part)) || !slice_same(part, text))
		return err_set(job, ERR_STORE,
		    "%s/tile: the partial tile %.*s of level %d must begin the tile that followed it, found other bytes", files->dir,
		    SLICE(path), level);
	arena_rewind(job->arena, mark);
	return OK;
}

static err
folder_check(struct job *job, const struct ledger_verify_files *files, const struct fs_root *root, int level, slice path, unsigned depth)
{
	struct fs_name *names;
	size_t len;
	const char *folder;
	if (depth > MAX_DEPTH)
		return err_set(job, ERR_STORE, "%s/tile: folders are nested too deeply at %.*s", files->dir, SLICE(path));
	TRY(job_string(job, path.len > 0 ? path : S("."), &folder));
	TRY(fs_list(job, root, folder, MAX_NAMES, &names, &len));
	for (size_t i = 0; i < len; i++) {
		slice below;
		struct stat st;
		TRY(job_format(job, &below, "%.*s%s%s", SLICE(path), path.len > 0 ? "/" : "", names[i].name));
		TRY(fs_stat(job, root, below.at, false, &st));
		if (S_ISDIR(st.st_mode))
			TRY(folder_check(job, files, root, level, below, depth + 1));
		else if (S_ISREG(st.st_mode))
			TRY(name_check(job, files, level, below));
		else
			return err_set(job, ERR_STORE, "%s/tile: %.*s must be a regular file", files->dir, SLICE(below));
	}
	return OK;
}

/* Every folder of tile/: "entries" and the levels there are. */
static err
levels_check(struct job *job, const struct ledger_verify_files *files, const char *tiles)
{
	struct fs_root root, below;
	struct fs_name *names;
	size_t len;
	TRY(fs_root_open(job, tiles, &root));
	err got = fs_list(job, &root, ".", MAX_NAMES, &names, &len);
	fs_root_close(&root);
	TRY(got);
	for (size_t i = 0; i < len; i++) {
		uint64_t level = 0;
		slice name = slice_of(names[i].name), path;
		bool entries = slice_same(name, S("entries"));
		if (!entries && (!slice_u64(name, &level) || name.len != 1 || level >= LEDGER_GROW_LEVELS))
			return err_set(job, ERR_STORE, "%s: there is no level \"%s\" in this tree", tiles, names[i].name);
		TRY(job_format(job, &path, "%s/%s", tiles, names[i].name));
		TRY(fs_root_open(job, path.at, &below));
		got = folder_check(job, files, &below, entries ? -1 : (int)level, S(""), 0);
		fs_root_close(&below);
		TRY(got);
	}
	return OK;
}

err
ledger_verify_files_end(struct job *job, struct ledger_verify_files *files)
{
	const char *tiles;
	uint64_t size = files->grow.frontier.size;
	unsigned width = (unsigned)(size % LEDGER_TILE_WIDTH);
	if (size == 0)
		return OK;
	if (width > 0)
		TRY(tile_same(job, files, -1, size / LEDGER_TILE_WIDTH, width, (slice){files->bundle.at, files->bundle.len}));
	for (unsigned level = 0; level < LEDGER_GROW_LEVELS; level++)
		if (files->len[level] > 0)
			TRY(tile_same(job, files, (int)level, files->tiles[level], files->len[level],
			    slice_bytes(files->row[level], files->len[level] * sizeof files->row[level][0])));
	TRY(fs_join(job, files->dir, "tile", &tiles));
	return levels_check(job, files, tiles);
}
