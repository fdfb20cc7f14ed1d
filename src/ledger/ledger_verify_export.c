/*
 * Verifying the folder an auditor got: as a store, but from bundles and entry tiles, without contents and without the signer.
 * Deliberately does not: know received times or erasures; they are not in the log's public part.
 */
#include "ledger/ledger_verify_inner.h"

#include <string.h>

#include "base/fs.h"
#include "ledger/ledger_dsse.h"
#include "ledger/ledger_export.h"
#include "ledger/ledger_leaf.h"
#include "ledger/ledger_proof.h"
#include "ledger/ledger_tile.h"

#define MAX_TILE ((size_t)LEDGER_TILE_WIDTH * (LEDGER_MAX_ENTRY + 2))
#define MAX_BUNDLE MIB
#define MAX_NAMES 65536

struct folder {
	const char *dir;
	struct ledger_verify_run run;
	struct fs_name *keys;
	size_t keys_len;
};

static err
file_read(struct job *job, const struct folder *folder, const char *name, size_t most, slice *ret)
{
	const char *path;
	TRY(fs_join(job, folder->dir, name, &path));
	return ledger_verify_fault(job, fs_slurp(job, path, most, ret), "export");
}

static err
file_is(struct job *job, const struct folder *folder, const char *name, slice wanted)
{
	slice text;
	TRY(file_read(job, folder, name, MIB, &text));
	if (!slice_same(text, wanted))
		return err_set(job, ERR_STORE, "%s/%s: it must be what the log's key gives, found other bytes", folder->dir, name);
	return OK;
}

/* The keys beside the log's own: each names itself. */
static err
keys_verify(struct job *job, struct folder *folder)
{
	struct fs_root root;
	slice path, text;
	TRY(job_format(job, &path, "%s/keys", folder->dir));
	TRY(fs_root_open(job, path.at, &root));
	err got = fs_list(job, &root, ".", MAX_NAMES, &folder->keys, &folder->keys_len);
	fs_root_close(&root);
	TRY(got);
	TRY(ledger_export_log_spki(job, &folder->run.log, &text));
	TRY(ledger_export_pem(job, text, &text));
	TRY(file_is(job, folder, "keys/log.pem", text));
	TRY(ledger_sigstore_root(job, &folder->run.log, &text));
	return file_is(job, folder, "trusted_root.json", text);
}

/* The key of an entry must lie in keys/ under its own name, in the one form. */
static err
key_verify(struct job *job, const struct folder *folder, const struct ledger_item *item)
{
	struct ledger_leaf leaf;
	slice pem;
	TRY(ledger_leaf_read(job, item->leaf, &leaf));
	TRY(ledger_export_pem(job, leaf.spki, &pem));
	return file_is(job, folder, ledger_export_key(&item->key).at, pem);
}

/* A bundle on a hand of its own: read strictly, its proof must lead to our checkpoint. */
static err
bundle_check(struct ledger_verify_hand *hand, void *to, size_t i)
{
	struct folder *folder = to;
	struct job *job = &hand->job;
	struct ledger_sigstore bundle;
	struct store_entry *entry = &folder->run.entries[i];
	const struct ledger_checkpoint *checkpoint = &folder->run.checkpoint;
	struct ledger_export_name name = ledger_export_bundle(entry->index);
	slice text;
	TRY(file_read(job, folder, name.at, MAX_BUNDLE, &text));
	TRY(ledger_verify_fault(job, ledger_sigstore_read(job, &folder->run.log, text, &bundle), "%s", name.at));
	struct digest leaf_hash = ledger_tree_leaf(bundle.leaf);
	if (bundle.proof.index != entry->index || !slice_same(bundle.leaf, entry->leaf))
		return err_set(
		    job, ERR_STORE, "%s: it must be about entry %llu and hold its leaf", name.at, (unsigned long long)entry->index);
	if (!slice_same(bundle.proof.checkpoint, checkpoint->text))
		return err_set(job, ERR_STORE, "%s: its checkpoint must be the folder's, found another", name.at);
	if (!ledger_tree_inclusion_holds(entry->index, checkpoint->size, &leaf_hash, &bundle.proof.path, &checkpoint->root))
		return err_set(job, ERR_STORE, "%s: RFC 9162 section 2.1.3.2: its proof must lead to the checkpoint's root", name.at);
	struct ledger_dsse dsse;
	TRY(ledger_verify_fault(job, ledger_dsse_read(job, bundle.envelope, &dsse), "%s", name.at));
	entry->envelope = bundle.envelope;
	entry->leaf_hash = leaf_hash;
	entry->statement = code_sha256(dsse.payload);
	return OK;
}

/* Envelopes live in the hands' memory, which the next run empties: keep them with the chunk. */
static err
envelopes_keep(struct folder *folder)
{
	for (size_t i = 0; i < folder->run.len; i++)
		TRY(job_copy(&folder->run.chunk_job, folder->run.entries[i].envelope, &folder->run.entries[i].envelope));
	return OK;
}

static err
entry_told(struct job *job, void *to, const struct ledger_item *item, const struct store_node *nodes, size_t nodes_len)
{
	struct arena_mark mark = arena_mark(job->arena);
	(void)nodes, (void)nodes_len;
	TRY(key_verify(job, to, item));
	arena_rewind(job->arena, mark);
	return OK;
}

/* The leaves of one entry tile; what it is over is compared again by ledger_verify_files_add(). */
static err
tile_leaves(struct job *job, struct folder *folder, uint64_t tile, unsigned width)
{
	slice text;
	err got = file_read(&folder->run.chunk_job, folder, ledger_tile_name(-1, tile, width).at, MAX_TILE, &text);
	if (got.code != ERR_NONE)
		memcpy(job->why, folder->run.chunk_job.why, sizeof job->why);
	TRY(got);
	for (unsigned i = 0; i < width; i++) {
		size_t len = text.len >= 2 ? (size_t)(uint8_t)text.at[0] << 8 | (uint8_t)text.at[1] : 0;
		if (text.len < 2 + len)
			return err_set(job, ERR_STORE, "entry %llu: tlog-tiles: its entry tile ends before it",
			    (unsigned long long)(tile * LEDGER_TILE_WIDTH + i));
		folder->run.entries[folder->run.len++] =
		    (struct store_entry){.index = tile * LEDGER_TILE_WIDTH + i, .leaf = slice_part(text, 2, len)};
		text = slice_from(text, 2 + len);
	}
	if (text.len > 0)
		return err_set(job, ERR_STORE, "%s: tlog-tiles: bytes follow its last entry", ledger_tile_name(-1, tile, width).at);
	return OK;
}

static err
folder_verify(struct job *job, struct folder *folder)
{
	struct ledger_verify_run *run = &folder->run;
	uint64_t size = run->checkpoint.size;
	for (uint64_t tile = 0; tile * LEDGER_TILE_WIDTH < size; tile++) {
		uint64_t left = size - tile * LEDGER_TILE_WIDTH;
		TRY(tile_leaves(job, folder, tile, left < LEDGER_TILE_WIDTH ? (unsigned)left : LEDGER_TILE_WIDTH));
		if (run->len < LEDGER_VERIFY_AT_ONCE && left > LEDGER_TILE_WIDTH)
			continue;
		TRY(ledger_verify_pool_run(job, run->pool, bundle_check, folder, run->len));
		TRY(envelopes_keep(folder));
		TRY(ledger_verify_run_chunk(job, run, entry_told, folder));
	}
	return ledger_verify_run_end(job, run);
}

/* No more bundles than entries. */
static err
bundle_beyond(struct job *job, const struct folder *folder)
{
	const char *path;
	struct stat st;
	TRY(fs_join(job, folder->dir, ledger_export_bundle(folder->run.checkpoint.size).at, &path));
	if (lstat(path, &st) == 0)
		return err_set(job, ERR_STORE, "%s: a bundle beyond the checkpoint's %llu entries: a shorter history", path,
		    (unsigned long long)folder->run.checkpoint.size);
	return OK;
}

err
ledger_verify_export(struct job *job, const char *dir, const struct ledger_verify_options *options, struct ledger_verify_result *ret)
{
	struct folder folder = {.dir = dir};
	slice key;
	TRY(file_read(job, &folder, "keys/log.pub", 4 * KIB, &key));
	err got = ledger_verify_run_open(job, options, dir, key, &folder.run);
	if (got.code == ERR_NONE)
		got = keys_verify(job, &folder);
	if (got.code == ERR_NONE)
		got = bundle_beyond(job, &folder);
	if (got.code == ERR_NONE)
		got = folder_verify(job, &folder);
	if (got.code == ERR_NONE)
		*ret = (struct ledger_verify_result){.size = folder.run.checkpoint.size, .root = folder.run.checkpoint.root};
	ledger_verify_run_close(&folder.run);
	return got;
}
