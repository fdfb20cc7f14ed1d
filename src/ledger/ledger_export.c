/*
 * Writing the folder an auditor gets: everything that can be verified without us, and nothing that must stay erasable.
 * Deliberately does not: write contents, secrets, or anything of the view.
 */
#include "ledger/ledger_export.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "ledger/ledger_inner.h"
#include "ledger/ledger_leaf.h"
#include "ledger/ledger_proof.h"
#include "ledger/ledger_tile.h"

#define MAX_KEYS 65536
#define MAX_CHECKPOINT (64 * KIB)

struct ledger_export_name
ledger_export_bundle(uint64_t index)
{
	struct ledger_export_name name;
	struct ledger_tile_name tile = ledger_tile_name(0, index, LEDGER_TILE_WIDTH);
	snprintf(name.at, sizeof name.at, "bundles/%.64s.sigstore.json", tile.at + sizeof "tile/0/" - 1);
	return name;
}

struct ledger_export_name
ledger_export_key(const struct digest *key)
{
	struct ledger_export_name name;
	snprintf(name.at, sizeof name.at, "keys/%s.pem", digest_text(key).at);
	return name;
}

err
ledger_export_pem(struct job *job, slice spki, slice *ret)
{
	struct buf buf = buf_open(job, "PEM", 4 * KIB);
	buf_text(&buf, "-----BEGIN PUBLIC KEY-----\n");
	for (slice rest = spki; rest.len > 0; rest = slice_from(rest, 48)) {
		slice line = slice_part(rest, 0, 48);
		code_base64(&buf, line.at, line.len);
		buf_byte(&buf, '\n');
	}
	buf_text(&buf, "-----END PUBLIC KEY-----\n");
	return buf_end(&buf, ret);
}

err
ledger_export_log_spki(struct job *job, const struct ledger_note_key *log, slice *ret)
{
	static const uint8_t head[12] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
	uint8_t spki[sizeof head + sizeof log->key];
	memcpy(spki, head, sizeof head);
	memcpy(spki + sizeof head, log->key, sizeof log->key);
	return job_copy(job, slice_bytes(spki, sizeof spki), ret);
}

struct writer {
	struct ledger *ledger;
	const char *dir;
	struct ledger_checkpoint checkpoint;
	struct digest *keys; /* those written already */
	size_t keys_len;
};

/* One file of the export; it is complete or the whole export is not there, so single files are not synced one by one. */
static err
put(struct job *job, struct writer *writer, const char *name, slice text)
{
	const char *path;
	TRY(fs_join(job, writer->dir, name, &path));
	FILE *file = fopen(path, "wbxe");
	if (file == NULL)
		return err_errno(job, errno, "%s", path);
	bool good = text.len == 0 || fwrite(text.at, 1, text.len, file) == text.len;
	int number = errno;
	if (fclose(file) != 0 || !good)
		return err_errno(job, good ? errno : number, "%s", path);
	return OK;
}

static err
put_deep(struct job *job, struct writer *writer, const char *name, slice text)
{
	const char *path, *folder;
	struct stat st;
	TRY(fs_join(job, writer->dir, name, &path));
	TRY(job_string(job, slice_part(slice_of(path), 0, slice_find_last(slice_of(path), '/')), &folder));
	if (stat(folder, &st) != 0)
		TRY(fs_mkdirs(job, folder, 0755));
	return put(job, writer, name, text);
}

static err
put_key(struct job *job, struct writer *writer, slice spki)
{
	struct digest id = code_sha256(spki);
	slice pem;
	for (size_t i = writer->keys_len; i > 0; i--)
		if (digest_same(&writer->keys[i - 1], &id))
			return OK;
	if (writer->keys_len == MAX_KEYS)
		return err_set(job, ERR_LIMIT, "export: at most %d keys", MAX_KEYS);
	writer->keys[writer->keys_len++] = id;
	TRY(ledger_export_pem(job, spki, &pem));
	return put(job, writer, ledger_export_key(&id).at, pem);
}

static err
put_entry(struct job *job, void *to, const struct store_entry *entry)
{
	struct writer *writer = to;
	struct arena_mark mark = arena_mark(job->arena);
	struct ledger_sigstore bundle = {
	    .leaf = entry->leaf, .envelope = entry->envelope, .size = writer->checkpoint.size, .root = writer->checkpoint.root};
	struct ledger_leaf leaf;
	slice text;
	TRY(ledger_leaf_read(job, entry->leaf, &leaf));
	TRY(put_key(job, writer, leaf.spki));
	TRY(ledger_proof_make(job, writer->ledger->store, &writer->checkpoint, entry->index, &bundle.proof));
	TRY(ledger_sigstore_write(job, &writer->ledger->log, &bundle, &text));
	TRY(put_deep(job, writer, ledger_export_bundle(entry->index).at, text));
	if (entry->index % 256 == 0)
		job_progress(job, "entries exported", entry->index, writer->checkpoint.size);
	arena_rewind(job->arena, mark);
	return OK;
}

static err
put_readme(struct job *job, struct writer *writer)
{
	struct buf buf = buf_open(job, "README", 64 * KIB);
	const struct ledger_checkpoint *checkpoint = &writer->checkpoint;
	slice key, text;
	TRY(ledger_note_key_write(job, &writer->ledger->log, &key));
	buf_printf(&buf,
	    "# A ledger, to be verified without the program that made it\n\n"
	    "Log `%.*s`, %llu entries.\n\n"
	    "    verifier key  %.*s\n    root          %s\n\n"
	    "Compare the verifier key with one you were given by another way than this folder: whoever can replace the folder can replace "
	    "the keys in it.\n\n"
	    "| what | is |\n|---|---|\n"
	    "| `checkpoint`, `tile/` | the log: a signed note and a Merkle tree, C2SP tlog-tiles |\n"
	    "| `bundles/` | each entry with its proof: a Sigstore bundle v0.3 (DSSE, in-toto statement) |\n"
	    "| `keys/` | `log.pub` and `log.pem`: the log's key; the others signed entries and are named by the SHA-256 of their DER |\n"
	    "| `trusted_root.json` | what a Sigstore client is told to trust |\n"
	    "| `verify.sh` | a verifier for POSIX sh, openssl and coreutils |\n\n"
	    "Contents are not in this folder: each may be erased one day, and a copy could not be. A statement names each content by the "
	    "SHA-256 of 32 secret\n"
	    "bytes followed by the content. When you were given a content with its secret bytes, `sha256sum` of that file is the digest in "
	    "the statement.\n\n",
	    SLICE(checkpoint->origin), (unsigned long long)checkpoint->size, SLICE(key), digest_text(&checkpoint->root).at);
	buf_text(&buf, "## Commands\n\n"
		       "Everything, with openssl and coreutils alone:\n\n"
		       "    sh verify.sh .\n\n"
		       "One entry (its number), or one entry and a content with its secret bytes:\n\n"
		       "    sh verify.sh . 0\n"
		       "    sh verify.sh . 0 content-with-secret\n\n"
		       "One entry with npm's official verifier (`npm install @sigstore/verify @sigstore/bundle`), options `tlogThreshold: "
		       "1, ctlogThreshold: 0,\n"
		       "timestampThreshold: 0`, with `trusted_root.json` and the key `keys/HINT.pem` that the bundle's hint names.\n\n"
		       "The whole tree with Go's `golang.org/x/mod/sumdb/note` and `tlog`: open `checkpoint` with `keys/log.pub`, map "
		       "`tile/8/L/N` to `tile/L/N`.\n\n"
		       "With another assay:\n\n"
		       "    assay ledger verify --export .\n\n"
		       "What none of them can see without a second source: that the whole folder was made anew with other keys, or that "
		       "newer entries were left out. Keep\n"
		       "each checkpoint you were given; a later one must extend it.\n");
	TRY(buf_end(&buf, &text));
	return put(job, writer, "README.md", text);
}

static err
put_log_keys(struct job *job, struct writer *writer)
{
	slice text, spki;
	TRY(ledger_note_key_write(job, &writer->ledger->log, &text));
	TRY(job_format(job, &text, "%.*s\n", SLICE(text)));
	TRY(put(job, writer, "keys/log.pub", text));
	TRY(ledger_export_log_spki(job, &writer->ledger->log, &spki));
	TRY(ledger_export_pem(job, spki, &text));
	TRY(put(job, writer, "keys/log.pem", text));
	TRY(ledger_sigstore_root(job, &writer->ledger->log, &text));
	return put(job, writer, "trusted_root.json", text);
}

static err
write_all(struct job *job, struct writer *writer)
{
	struct ledger *ledger = writer->ledger;
	const char *keys;
	slice path, text;
	TRY(job_format(job, &path, "%s/log/checkpoint", ledger->place.store));
	TRY(fs_slurp(job, path.at, MAX_CHECKPOINT, &text));
	TRY(ledger_checkpoint_read(job, text, &ledger->log, &writer->checkpoint, NULL));
	TRY(fs_join(job, writer->dir, "keys", &keys));
	TRY(fs_mkdirs(job, keys, 0755));
	TRY(put_log_keys(job, writer));
	TRY(put_readme(job, writer));
	TRY(put(job, writer, "verify.sh", slice_of(ledger_export_script)));
	TRY(store_read(job, ledger->store, 0, writer->checkpoint.size, put_entry, writer));
	TRY(ledger_tile_publish(job, ledger->store, writer->dir, 0, writer->checkpoint.size));
	return put(job, writer, "checkpoint", text);
}

err
ledger_export(struct job *job, struct ledger *ledger, const char *dir)
{
	struct writer writer = {.ledger = ledger, .dir = dir};
	struct stat st;
	if (lstat(dir, &st) == 0)
		return err_set(job, ERR_CONFLICT, "%s: an export is written to a folder that is not there yet", dir);
	TRY(NEW(job, MAX_KEYS, &writer.keys));
	TRY(fs_mkdirs(job, dir, 0755));
	/* The checkpoint comes last: a folder without one is an export that did not end. */
	err got = write_all(job, &writer);
	return err_prefix(job, got, "the export is not complete");
}
