/*
 * The store: entries in order behind one head, content by digest, nothing updated in place. Knows nothing of what an entry says: leaves,
 * envelopes and contents are bytes; encryption is the ledger's. One process holds it at a time.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/code.h"
#include "base/job.h"

struct store;

/* What is true of the whole: so many entries, this Merkle root over them, and the ledger's own summary (frontier) to go on from. */
struct store_head {
	uint64_t size;
	struct digest root;
	slice frontier; /* opaque to the store */
};

struct store_entry {
	uint64_t index;
	struct digest statement; /* SHA-256 of the statement's bytes: the same statement is stored once */
	struct digest leaf_hash;
	slice leaf;
	slice envelope;
	int64_t received_us;
};

/* A new or read content: the sealed bytes and the wrapped key that opens them. */
struct store_content {
	struct digest digest; /* of the plain content; the name under which it is found */
	slice wrapped_key;
	slice sealed; /* up to STORE_CONTENT_ROW bytes in the transaction; larger as a file, synced before the transaction commits */
};

/* A hash above the leaves that the tiles need: the root of 256^level leaves. */
struct store_node {
	unsigned level;
	uint64_t index;
	struct digest hash;
};

#define STORE_CONTENT_ROW (64 * KIB)
#define STORE_MAX_CONTENT (256 * MIB)
#define STORE_MAX_BATCH 512

/* Make an empty store in ${dir} (created, mode 0700). ERR_CONFLICT when there is one. */
err store_create(struct job *job, const char *dir, slice empty_frontier, const struct digest *empty_root);

/*
 * Open the one in ${dir}: takes its lock, waiting up to ${wait_ms} (ERR_BUSY names the holder's process), checks the schema version and
 * SQLite's own marks of damage, and sweeps content files that no row names. ERR_MISSING when there is no store, ERR_STORE when it is
 * damaged or foreign. A process forked from the holder must close its descriptors at once: as long as it has them, it holds the lock too.
 * On a full disk it opens, reads, and refuses to append until there is room. WAL, synchronous=FULL, locking_mode=EXCLUSIVE, secure_delete,
 * cell_size_check, no mmap, trusted_schema off; one connection.
 */
err store_open(struct job *job, const char *dir, unsigned wait_ms, struct store **ret);
void store_close(struct store *store);

err store_head(struct job *job, struct store *store, struct store_head *ret);

/*
 * Commit ${len} entries (1 to STORE_MAX_BATCH), their contents and nodes in one transaction, if the head is still ${expected}: ERR_CONFLICT
 * otherwise, nothing stored. On stable storage when it returns. A failed sync or write stops the store: this and every later call is
 * ERR_STORE, nothing is retried. ENOSPC before anything was stored is ERR_IO and leaves the store usable. A statement that is stored
 * already is ERR_CONFLICT too (ask store_find() first). A content that is there already stays as it is; one that was deleted does not come
 * back: ERR_DENIED.
 */
err store_append(struct job *job, struct store *store, const struct store_head *expected, const struct store_entry *entries, size_t len,
    const struct store_content *contents, size_t contents_len, const struct store_node *nodes, size_t nodes_len,
    const struct store_head *after);

/* The index of the entry with ${statement}; false when there is none. */
err store_find(struct job *job, struct store *store, const struct digest *statement, bool *ret_found, uint64_t *ret_index);

/* Visit entries ${from} to ${to} (exclusive) in order; slices are valid during the call only. */
typedef err (*store_visit)(struct job *job, void *to, const struct store_entry *entry);
err store_read(struct job *job, struct store *store, uint64_t from, uint64_t to, store_visit visit, void *visit_to);

/* Leaf hashes ${from}.. (${len} of them) and nodes of ${level}: for tiles and proofs. ERR_STORE when one is missing. */
err store_leaf_hashes(struct job *job, struct store *store, uint64_t from, size_t len, struct digest *ret);
err store_nodes(struct job *job, struct store *store, unsigned level, uint64_t from, size_t len, struct digest *ret);

/* Content by digest: ERR_MISSING when it was never there or was deleted. Bytes in the job's arena. */
err store_content_get(struct job *job, struct store *store, const struct digest *digest, struct store_content *ret);
bool store_content_has(struct store *store, const struct digest *digest);
/* Destroy key, row and file; on stable storage when it returns; deleting what is not there is OK (erasure is resumed after a crash). */
err store_content_delete(struct job *job, struct store *store, const struct digest *digest);
/* Replace the wrapped key of one content (re-wrap under a new root key); allowed while store_contents() visits it. The old one is gone from
 * the files when the store is closed. */
err store_content_rewrap(struct job *job, struct store *store, const struct digest *digest, slice wrapped_key);
/* Visit every content's digest and wrapped key, in digest order. */
typedef err (*store_content_visit)(struct job *job, void *to, const struct digest *digest, slice wrapped_key, uint64_t size);
err store_contents(struct job *job, struct store *store, store_content_visit visit, void *visit_to);

/* The folder, for tiles and checkpoint beside the database. */
const char *store_dir(const struct store *store);

#endif
