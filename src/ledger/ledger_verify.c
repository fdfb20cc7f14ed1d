/*
 * Verifying a whole ledger from its leaves: tree, digests, statements, keys, received times, contents, signer, tiles, checkpoint.
 * Deliberately does not: mend anything, or trust what the store says of itself where it can be recomputed.
 */
#include "ledger/ledger_verify_inner.h"

#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "base/fs.h"

#define MAX_CHECKPOINT (64 * KIB)
#define CHUNK_MEMORY ((size_t)2 << 30)
#define RULES_MEMORY ((size_t)4 << 30)
#define CONTENTS_AT_ONCE 256
#define CONTENT_BYTES_AT_ONCE (64 * MIB)

/* One entry, on a hand of its own. */
static err
entry_check(struct ledger_verify_hand *hand, void *to, size_t i)
{
	struct ledger_verify_run *run = to;
	struct job *job = &hand->job;
	const struct store_entry *entry = &run->entries[i];
	struct ledger_item *item = &run->items[i];
	EVP_PKEY_CTX *checker;
	TRY(ledger_item_read(job, entry, item));
	if (!run->options->signatures)
		return OK;
	TRY(ledger_verify_fault(job, ledger_verify_hand_key(hand, item->spki, &checker), "entry %llu", (unsigned long long)entry->index));
	if (!ledger_key_check(checker, &item->pae, item->signature))
		return err_set(job, ERR_STORE, "entry %llu: DSSE: the signature must be good over the envelope's PAE, found a bad one",
		    (unsigned long long)entry->index);
	return OK;
}

static err
checkpoint_read(struct job *job, const char *path, const struct ledger_note_key *log, struct ledger_checkpoint *ret)
{
	slice text;
	err got = fs_slurp(job, path, MAX_CHECKPOINT, &text);
	if (got.code == ERR_NONE)
		got = ledger_checkpoint_read(job, text, log, ret, NULL);
	return ledger_verify_fault(job, got, "%s", path);
}

/* The verifier key's file: the key in its one form, and a newline. */
static err
log_key_read(struct job *job, slice text, struct ledger_note_key *ret)
{
	slice again;
	err got = ledger_note_key_read(job, slice_trim(text), ret);
	if (got.code == ERR_NONE)
		got = ledger_note_key_write(job, ret, &again);
	if (got.code == ERR_NONE && (text.len != again.len + 1 || !slice_starts(text, again) || !slice_ends(text, S("\n"))))
		got = err_set(job, ERR_INPUT, "the verifier key and a newline, and nothing else, must stand in it");
	return ledger_verify_fault(job, got, "log.pub");
}

err
ledger_verify_run_open(
    struct job *job, const struct ledger_verify_options *options, const char *dir, slice log_key, struct ledger_verify_run *run)
{
	const char *path;
	*run = (struct ledger_verify_run){.options = options};
	TRY(log_key_read(job, log_key, &run->log));
	TRY(fs_join(job, dir, "checkpoint", &path));
	TRY(checkpoint_read(job, path, &run->log, &run->checkpoint));
	if (options->against != NULL) {
		TRY(checkpoint_read(job, options->against, &run->log, &run->against));
		run->has_against = true;
		if (run->against.size > run->checkpoint.size)
			return err_set(job, ERR_STORE, "%s: this checkpoint is over %llu entries, ours over %llu: a shorter history",
			    options->against, (unsigned long long)run->against.size, (unsigned long long)run->checkpoint.size);
	}
	ledger_verify_files_open(job, dir, &run->files);
	TRY(NEW(job, LEDGER_VERIFY_AT_ONCE, &run->entries));
	TRY(NEW(job, LEDGER_VERIFY_AT_ONCE, &run->items));
	run->chunk = arena_open("verify", CHUNK_MEMORY);
	if (run->chunk == NULL)
		return err_set(job, ERR_LIMIT, "verify: the system has no memory");
	job_init(&run->chunk_job, run->chunk);
	return ledger_verify_pool_open(job, options->threads, &run->pool);
}

void
ledger_verify_run_close(struct ledger_verify_run *run)
{
	ledger_verify_pool_close(run->pool);
	arena_close(run->chunk);
	run->chunk = NULL;
}

/* An older checkpoint that somebody kept: the tree must have had its root when it had its size. */
static err
against_check(struct job *job, struct ledger_verify_run *run)
{
	if (!run->has_against || run->files.grow.frontier.size != run->against.size)
		return OK;
	struct digest root = ledger_frontier_root(&run->files.grow.frontier);
	if (!digest_same(&root, &run->against.root))
		return err_set(job, ERR_STORE, "%s: RFC 6962: after %llu entries the root must be %s, found %s: another history",
		    run->options->against, (unsigned long long)run->against.size, digest_text(&run->against.root).at,
		    digest_text(&root).at);
	return OK;
}

err
ledger_verify_run_chunk(struct job *job, struct ledger_verify_run *run, ledger_verify_told told, void *to)
{
	TRY(against_check(job, run));
	TRY(ledger_verify_pool_run(job, run->pool, entry_check, run, run->len));
	for (size_t i = 0; i < run->len; i++) {
		struct store_node nodes[LEDGER_GROW_LEVELS];
		size_t nodes_len;
		TRY(ledger_verify_files_add(job, &run->files, run->items[i].leaf, &run->items[i].leaf_hash, nodes, &nodes_len));
		TRY(told(job, to, &run->items[i], nodes, nodes_len));
		TRY(against_check(job, run));
	}
	job_progress(job, "entries verified", run->files.grow.frontier.size, run->checkpoint.size);
	run->len = 0;
	arena_reset(run->chunk);
	job_init(&run->chunk_job, run->chunk);
	return OK;
}

err
ledger_verify_run_end(struct job *job, struct ledger_verify_run *run)
{
	struct digest root = ledger_frontier_root(&run->files.grow.frontier);
	uint64_t size = run->files.grow.frontier.size;
	if (size != run->checkpoint.size)
		return err_set(job, ERR_STORE, "checkpoint: it is over %llu entries, found %llu", (unsigned long long)run->checkpoint.size,
		    (unsigned long long)size);
	if (!digest_same(&root, &run->checkpoint.root))
		return err_set(job, ERR_STORE, "checkpoint: RFC 6962: its root must be %s, which the %llu entries give, found %s",
		    digest_text(&root).at, (unsigned long long)size, digest_text(&run->checkpoint.root).at);
	return ledger_verify_files_end(job, &run->files);
}

/* A store */

struct keeper {
	const struct ledger_place *place;
	struct ledger_verify_run run;
	struct store *store;
	struct store_head head;
	struct arena *arena;
	struct ledger_verify_rules rules;
	struct ledger_verify_set cited; /* contents to open, with the entry that was the first to cite them */
	uint8_t root_key[32];
};

static void
keeper_close(struct keeper *keeper)
{
	code_wipe(keeper->root_key, sizeof keeper->root_key);
	ledger_verify_run_close(&keeper->run);
	arena_close(keeper->arena);
	if (keeper->store != NULL)
		store_close(keeper->store);
}

static err
keep_entry(struct job *job, void *to, const struct store_entry *entry)
{
	struct ledger_verify_run *run = to;
	struct store_entry *kept = &run->entries[run->len++];
	(void)job;
	*kept = *entry;
	TRY(job_copy(&run->chunk_job, entry->leaf, &kept->leaf));
	return job_copy(&run->chunk_job, entry->envelope, &kept->envelope);
}

/* What the store keeps of the tree must be what the leaves give; then the rules of order. */
static err
entry_told(struct job *job, void *to, const struct ledger_item *item, const struct store_node *nodes, size_t nodes_len)
{
	struct keeper *keeper = to;
	for (size_t i = 0; i < nodes_len; i++) {
		struct digest stored;
		TRY(store_nodes(job, keeper->store, nodes[i].level, nodes[i].index, 1, &stored));
		if (!digest_same(&stored, &nodes[i].hash))
			return err_set(job, ERR_STORE,
			    "entry %llu: the store's hash %llu of level %u must be what the leaves give, found another",
			    (unsigned long long)item->index, (unsigned long long)nodes[i].index, nodes[i].level);
	}
	TRY(ledger_verify_rules_add(job, &keeper->rules, item));
	for (size_t i = 0; keeper->run.options->contents && i < item->statement.subjects_len; i++) {
		struct ledger_verify_mark *there = ledger_verify_set_find(&keeper->rules.present, &item->statement.subjects[i].digest);
		if (there == NULL || there->entry != LEDGER_VERIFY_NOT_OPENED)
			continue;
		there->entry = item->index;
		TRY(ledger_verify_set_add(job, &keeper->cited, &there->digest, item->index));
	}
	return OK;
}

struct verify_contents {
	const uint8_t *root_key;
	struct store_content at[CONTENTS_AT_ONCE];
	size_t len;
};

static err
content_check(struct ledger_verify_hand *hand, void *to, size_t i)
{
	const struct verify_contents *contents = to;
	struct arena_mark mark = arena_mark(hand->arena);
	slice content;
	err got = ledger_content_open(&hand->job, contents->root_key, &contents->at[i], &content, NULL);
	TRY(ledger_verify_fault(&hand->job, got, "content %s", digest_text(&contents->at[i].digest).at));
	arena_rewind(hand->arena, mark);
	return OK;
}

/* Open what the entries of this chunk were the first to cite; what a content is must be what it is called. In the order of entries, in
 * which the contents were stored. */
static err
contents_verify(struct job *job, struct keeper *keeper)
{
	struct verify_contents contents = {.root_key = keeper->root_key};
	struct job *chunk_job = &keeper->run.chunk_job;
	size_t bytes = 0;
	for (size_t i = 0; i < keeper->cited.len; i++) {
		const struct ledger_verify_mark *cited = &keeper->cited.at[i];
		struct store_content *content = &contents.at[contents.len++];
		err got = store_content_get(chunk_job, keeper->store, &cited->digest, content);
		if (got.code != ERR_NONE)
			memcpy(job->why, chunk_job->why, sizeof job->why);
		TRY(ledger_verify_fault(
		    job, got, "entry %llu: content %s", (unsigned long long)cited->entry, digest_text(&cited->digest).at));
		bytes += content->sealed.len;
		if (contents.len < CONTENTS_AT_ONCE && bytes < CONTENT_BYTES_AT_ONCE && i + 1 < keeper->cited.len)
			continue;
		TRY(ledger_verify_pool_run(job, keeper->run.pool, content_check, &contents, contents.len));
		contents.len = 0;
		bytes = 0;
		arena_reset(keeper->run.chunk);
		job_init(chunk_job, keeper->run.chunk);
	}
	keeper->cited.len = 0;
	return OK;
}

static err
entries_verify(struct job *job, struct keeper *keeper)
{
	struct ledger_verify_run *run = &keeper->run;
	for (uint64_t from = 0; from < keeper->head.size; from += LEDGER_VERIFY_AT_ONCE) {
		uint64_t left = keeper->head.size - from;
		uint64_t to = from + (left < LEDGER_VERIFY_AT_ONCE ? left : LEDGER_VERIFY_AT_ONCE);
		TRY(store_read(job, keeper->store, from, to, keep_entry, run));
		for (size_t i = 0; i < run->len; i++)
			if (run->entries[i].index != from + i)
				return err_set(job, ERR_STORE, "entry %llu: entries must be numbered without a gap, found %llu",
				    (unsigned long long)(from + i), (unsigned long long)run->entries[i].index);
		if (run->len != to - from)
			return err_set(
			    job, ERR_STORE, "entry %llu: it must be in the store, found nothing", (unsigned long long)(from + run->len));
		TRY(ledger_verify_run_chunk(job, run, entry_told, keeper));
		TRY(contents_verify(job, keeper));
	}
	return ledger_verify_run_end(job, run);
}

/* The signer remembers outside the store what it last signed: an older or other store is told from the one it knows. */
static err
signer_verify(struct job *job, struct keeper *keeper)
{
	struct ledger_signer *signer;
	const char *key;
	TRY(fs_join(job, keeper->place->keys, "log.key", &key));
	TRY(ledger_verify_fault(job, ledger_signer_open(job, keeper->place->signer, key, keeper->run.log.name, &signer), "signer"));
	struct ledger_signer_state state = ledger_signer_state(signer);
	ledger_signer_close(signer);
	slice body;
	TRY(ledger_checkpoint_body(job, keeper->run.log.name, state.size, &state.root, &body));
	if (crypto_sign_verify_detached(state.signature, (const unsigned char *)body.at, body.len, keeper->run.log.key) != 0)
		return err_set(job, ERR_STORE, "signer: %s must be the private half of log.pub, found another key", key);
	if (state.size > keeper->head.size)
		return err_set(job, ERR_STORE,
		    "signer: it has signed %llu entries and the store holds %llu: an older store, or entries were removed",
		    (unsigned long long)state.size, (unsigned long long)keeper->head.size);
	if (state.size < keeper->head.size)
		return err_set(job, ERR_STORE,
		    "signer: it has signed %llu entries and the store holds %llu: open the ledger once to have the rest signed",
		    (unsigned long long)state.size, (unsigned long long)keeper->head.size);
	if (!digest_same(&state.root, &keeper->head.root))
		return err_set(job, ERR_STORE, "signer: the root it signed over %llu entries must be the store's %s, found %s",
		    (unsigned long long)state.size, digest_text(&keeper->head.root).at, digest_text(&state.root).at);
	return OK;
}

static err
frontier_verify(struct job *job, const struct keeper *keeper)
{
	struct buf buf = buf_open(job, "frontier", 8 * KIB);
	struct digest root = ledger_frontier_root(&keeper->run.files.grow.frontier);
	slice text;
	ledger_frontier_write(&keeper->run.files.grow.frontier, &buf);
	TRY(buf_end(&buf, &text));
	if (!slice_same(text, keeper->head.frontier) || !digest_same(&root, &keeper->head.root))
		return err_set(job, ERR_STORE, "head: its root and frontier must be those of the %llu entries, found others",
		    (unsigned long long)keeper->head.size);
	return OK;
}

/* While a re-wrap is half done, contents open under one of two keys; opening the ledger finishes it. */
static err
root_key_read(struct job *job, struct keeper *keeper)
{
	const char *path;
	TRY(fs_join(job, keeper->place->keys, "root.key.new", &path));
	if (access(path, F_OK) == 0)
		return err_set(job, ERR_STORE, "%s: a re-wrap was interrupted: open the ledger once to have it finished", path);
	TRY(fs_join(job, keeper->place->keys, "root.key", &path));
	return ledger_key_secret_read(job, path, sizeof keeper->root_key, keeper->root_key);
}

static err
keeper_open(struct job *job, struct keeper *keeper, const struct ledger_verify_options *options)
{
	const char *path, *dir;
	slice text;
	TRY(fs_join(job, keeper->place->keys, "log.pub", &path));
	TRY(fs_slurp(job, path, 4 * KIB, &text));
	TRY(store_open(job, keeper->place->store, LEDGER_WAIT_MS, &keeper->store));
	TRY(store_head(job, keeper->store, &keeper->head));
	TRY(fs_join(job, keeper->place->store, "log", &dir));
	TRY(ledger_verify_run_open(job, options, dir, text, &keeper->run));
	keeper->arena = arena_open("verify", RULES_MEMORY);
	if (keeper->arena == NULL)
		return err_set(job, ERR_LIMIT, "verify: the system has no memory");
	keeper->cited.arena = keeper->arena;
	TRY(signer_verify(job, keeper)); /* before the root key is read: its process has a copy of this one's memory */
	TRY(root_key_read(job, keeper));
	return ledger_verify_rules_open(job, keeper->arena, keeper->store, keeper->root_key, &keeper->rules);
}

static err
store_verify(struct job *job, struct keeper *keeper, const struct ledger_verify_options *options, struct ledger_verify_result *ret)
{
	TRY(keeper_open(job, keeper, options));
	TRY(entries_verify(job, keeper));
	TRY(frontier_verify(job, keeper));
	TRY(ledger_verify_rules_end(job, &keeper->rules));
	/* Cosignatures count once a witness's key can be told to us; a line nobody verified is not a witness. */
	*ret = (struct ledger_verify_result){.size = keeper->head.size,
	    .root = keeper->head.root,
	    .contents = keeper->rules.present.len,
	    .erased = keeper->rules.erased.len,
	    .witnessed = false};
	return OK;
}

err
ledger_verify(struct job *job, const struct ledger_place *place, const char *export_dir, const struct ledger_verify_options *options,
    struct ledger_verify_result *ret)
{
	if (export_dir != NULL)
		return ledger_verify_export(job, export_dir, options, ret);
	struct keeper keeper = {.place = place};
	err got = store_verify(job, &keeper, options, ret);
	keeper_close(&keeper);
	return got;
}
