/*
 * What the files of ledger_verify share. Inside this room only.
 */
#ifndef LEDGER_LEDGER_VERIFY_INNER_H
#define LEDGER_LEDGER_VERIFY_INNER_H

#include "ledger/ledger_inner.h"
#include "ledger/ledger_verify_pool.h"

#define LEDGER_VERIFY_AT_ONCE 1024          /* entries */
#define LEDGER_VERIFY_NOT_OPENED UINT64_MAX /* a content no entry has cited yet */

/* A fault of the ledger: ERR_STORE, whatever the reader that found it calls it. Failures of the system stay what they are. */
err ledger_verify_fault(struct job *job, err was, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Digests in order, each with a number: contents that are there, erased, missing. */
struct ledger_verify_mark {
	struct digest digest;
	uint64_t entry;
};
struct ledger_verify_set {
	struct arena *arena;
	struct ledger_verify_mark *at;
	size_t len, room;
	bool sorted;
};
err ledger_verify_set_add(struct job *job, struct ledger_verify_set *set, const struct digest *digest, uint64_t entry);
void ledger_verify_set_sort(struct ledger_verify_set *set);
struct ledger_verify_mark *ledger_verify_set_find(struct ledger_verify_set *set, const struct digest *digest);

/* The tree as it is recomputed from leaves, compared with the tiles below ${dir} as each is complete. */
struct ledger_verify_files {
	const char *dir;
	struct ledger_grow grow;
	struct digest row[LEDGER_GROW_LEVELS][LEDGER_GROW_WIDTH]; /* the tile that is being filled */
	uint64_t tiles[LEDGER_GROW_LEVELS];                       /* full ones before it */
	unsigned len[LEDGER_GROW_LEVELS];
	struct buf bundle;
	struct arena_mark mark;
};
void ledger_verify_files_open(struct job *job, const char *dir, struct ledger_verify_files *ret);
err ledger_verify_files_add(struct job *job, struct ledger_verify_files *files, slice leaf, const struct digest *leaf_hash,
    struct store_node *ret_nodes, size_t *ret_len);
/* The partial tiles, and that nothing else lies below tile/. */
err ledger_verify_files_end(struct job *job, struct ledger_verify_files *files);

/* The rules that need the order of entries: whose keys are accepted, received times, erasures, subjects. */
struct ledger_verify_rules {
	struct store *store;
	const uint8_t *root_key;
	struct arena *arena;
	struct digest server, own_host;
	struct ledger_verify_set accepted, present, erased, missing, statements;
	int64_t received_us;
	struct ledger_verify_pending *pending; /* entries of foreign hosts whose receipt has not come yet */
	size_t pending_len;
	uint64_t next;
};
err ledger_verify_rules_open(
    struct job *job, struct arena *arena, struct store *store, const uint8_t *root_key, struct ledger_verify_rules *ret);
err ledger_verify_rules_add(struct job *job, struct ledger_verify_rules *rules, const struct ledger_item *item);
err ledger_verify_rules_end(struct job *job, struct ledger_verify_rules *rules);

/* What is verified, one after the other: a store, or the folder of an export. */
struct ledger_verify_run {
	const struct ledger_verify_options *options;
	struct ledger_verify_pool *pool;
	struct arena *chunk; /* entries of the chunk at hand */
	struct job chunk_job;
	struct ledger_verify_files files;
	struct ledger_note_key log;
	struct ledger_checkpoint checkpoint;
	struct ledger_checkpoint against;
	bool has_against;
	bool against_seen;
	struct store_entry *entries;
	struct ledger_item *items;
	size_t len;
};
/* Entries given one by one; every LEDGER_VERIFY_AT_ONCE of them are checked by the hands, then told to ${told} in order. */
typedef err (*ledger_verify_told)(
    struct job *job, void *to, const struct ledger_item *item, const struct store_node *nodes, size_t nodes_len);
err ledger_verify_run_open(
    struct job *job, const struct ledger_verify_options *options, const char *dir, slice log_key, struct ledger_verify_run *run);
err ledger_verify_run_chunk(struct job *job, struct ledger_verify_run *run, ledger_verify_told told, void *to);
/* Size and root against the checkpoint; partial tiles. */
err ledger_verify_run_end(struct job *job, struct ledger_verify_run *run);
void ledger_verify_run_close(struct ledger_verify_run *run);

/* ledger_verify_export.c */
err ledger_verify_export(struct job *job, const char *dir, const struct ledger_verify_options *options, struct ledger_verify_result *ret);

#endif
