/*
 * What the store's own files share: the open store, and how SQLite's failures are told. Nobody outside the room includes this.
 */
#ifndef STORE_STORE_SQLITE_H
#define STORE_STORE_SQLITE_H

#include <sqlite3.h>

#include "store/store.h"

struct store {
	struct arena *arena; /* this struct and its strings */
	const char *dir;
	const char *content_dir;
	const char *lock_path;
	int lock_fd;
	sqlite3 *db;
	sqlite3_stmt *content_get; /* these two are prepared at their first use */
	sqlite3_stmt *find;
	int wal_pages; /* in the WAL since the last checkpoint, as SQLite told us at the last commit */
	bool stopped;  /* a write or sync failed, or a page is damaged: nothing is tried again */
	char stopped_why[1024];
};

/* Harden any connection of ours: defensive, no double-quoted strings, untrusted schema, no mmap, cells checked, temporary data in memory.
 */
err store_sqlite_harden(struct job *job, sqlite3 *db, const char *what);

/* The sentence and code of SQLite's ${rc} on ${what} (a path). Does not know about stopping. */
err store_sqlite_err(struct job *job, sqlite3 *db, int rc, const char *what);

/* As store_sqlite_err() on the store's database; a failed write, sync or read and a damaged page stop the store (ERR_STORE). */
err store_sqlite_fail(struct job *job, struct store *store, int rc);

/* Stop the store with what ${job->why} says now: always gives ERR_STORE. */
err store_sqlite_stop(struct job *job, struct store *store);

/* ERR_STORE with the first sentence when the store has stopped. Every public function begins with it. */
err store_sqlite_ready(struct job *job, const struct store *store);

err store_sqlite_prepare(struct job *job, struct store *store, const char *sql, sqlite3_stmt **ret);
void store_sqlite_done(sqlite3_stmt **stmt); /* for DEFER */

/* Make one that stays prepared ready for the next use, for DEFER: no read may stay open in between. */
void store_sqlite_rest(sqlite3_stmt **stmt);

/* Step a statement that gives no rows, then make it ready for the next use. */
err store_sqlite_do(struct job *job, struct store *store, sqlite3_stmt *stmt);
/* Step to a row; ${ret_row} false at the end. */
err store_sqlite_next(struct job *job, struct store *store, sqlite3_stmt *stmt, bool *ret_row);
/* One statement without parameters. */
err store_sqlite_exec(struct job *job, struct store *store, const char *sql);

/*
 * Bring the WAL into the database. SQLite's own checkpoints are off because it keeps quiet about their failures. _due() does it when the
 * WAL has grown; _now() also cuts the WAL to nothing, so that no page as it was remains in it.
 */
err store_sqlite_checkpoint_due(struct job *job, struct store *store);
err store_sqlite_checkpoint_now(struct job *job, struct store *store);

/* End the transaction that is open, if one is; its failure adds nothing. */
void store_sqlite_rollback(struct store *store);

/* Bytes of a column, borrowed until the next step, and a column that must be a digest. */
slice store_sqlite_bytes(sqlite3_stmt *stmt, int column);
bool store_sqlite_digest(sqlite3_stmt *stmt, int column, struct digest *ret);
int store_sqlite_bind(sqlite3_stmt *stmt, int at, slice bytes);

/* Content files, used by store_append() and store_open(). Rows are inserted inside the caller's transaction. */
err store_content_put_files(struct job *job, struct store *store, const struct store_content *contents, size_t len);
err store_content_put_rows(struct job *job, struct store *store, const struct store_content *contents, size_t len);
/* Remove files of ${contents} that no row names: after a transaction that failed. */
void store_content_drop_files(struct store *store, const struct store_content *contents, size_t len);
/* Remove every content file that no row names. */
err store_content_sweep(struct job *job, struct store *store);

#endif
