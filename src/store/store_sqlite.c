/*
 * The store's connection to SQLite: hardening, statements, and what its result codes mean to us.
 * Deliberately does not: know tables or decide what is stored; that is store.c and store_content.c.
 */
#include "store/store_sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

err
store_sqlite_err(struct job *job, sqlite3 *db, int rc, const char *what)
{
	const char *words = db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
	int number = db != NULL ? sqlite3_system_errno(db) : 0;
	const char *system = number != 0 ? strerrordesc_np(number) : NULL;
	if (rc == SQLITE_IOERR_NOMEM)
		return err_set(job, ERR_LIMIT, "%s: SQLite has no memory left", what);
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return err_set(job, ERR_IO, "%s: the disk is full; nothing was stored", what);
	case SQLITE_NOMEM:
		return err_set(job, ERR_LIMIT, "%s: SQLite has no memory left", what);
	case SQLITE_TOOBIG:
		return err_set(job, ERR_LIMIT, "%s: a row is larger than SQLite keeps (%s)", what, words);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_set(job, ERR_STORE, "%s: the database is damaged: %s", what, words);
	case SQLITE_IOERR:
		return err_set(job, ERR_STORE, "%s: the system failed to read, write or sync (%s%s%s)", what, words,
		    system != NULL ? ": " : "", system != NULL ? system : "");
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(
		    job, ERR_BUSY, "%s: another program has the database open, assay's own lock notwithstanding (%s)", what, words);
	case SQLITE_CANTOPEN:
		return err_errno(job, number != 0 ? number : EIO, "%s: cannot be opened", what);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return err_set(job, ERR_DENIED, "%s: may not be written (%s)", what, words);
	default:
		return err_set(job, ERR_BUG, "%s: SQLite refuses: %s (%d)", what, words, rc);
	}
}

err
store_sqlite_stop(struct job *job, struct store *store)
{
	if (!store->stopped)
		snprintf(store->stopped_why, sizeof store->stopped_why, "%s", job->why);
	store->stopped = true;
	return (err){ERR_STORE};
}

err
store_sqlite_fail(struct job *job, struct store *store, int rc)
{
	err got = store_sqlite_err(job, store->db, rc, store->dir);
	return got.code == ERR_STORE ? store_sqlite_stop(job, store) : got;
}

err
store_sqlite_ready(struct job *job, const struct store *store)
{
	if (!store->stopped)
		return OK;
	return err_set(
	    job, ERR_STORE, "the store has stopped and tries nothing again until it is opened anew, because: %s", store->stopped_why);
}

err
store_sqlite_harden(struct job *job, sqlite3 *db, const char *what)
{
	static const struct {
		int option, value;
	} options[] = {
	    {SQLITE_DBCONFIG_DEFENSIVE, 1},
	    {SQLITE_DBCONFIG_DQS_DML, 0},
	    {SQLITE_DBCONFIG_DQS_DDL, 0},
	    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
	    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
	    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
	};
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		int rc = sqlite3_db_config(db, options[i].option, options[i].value, NULL);
		if (rc != SQLITE_OK)
			return store_sqlite_err(job, db, rc, what);
	}
	sqlite3_extended_result_codes(db, 1);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	int rc = sqlite3_exec(db, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY", NULL, NULL, NULL);
	return rc == SQLITE_OK ? OK : store_sqlite_err(job, db, rc, what);
}

err
store_sqlite_prepare(struct job *job, struct store *store, const char *sql, sqlite3_stmt **ret)
{
	int rc = sqlite3_prepare_v2(store->db, sql, -1, ret, NULL);
	return rc == SQLITE_OK ? OK : store_sqlite_fail(job, store, rc);
}

void
store_sqlite_done(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt);
	*stmt = NULL;
}

void
store_sqlite_rest(sqlite3_stmt **stmt)
{
	(void)sqlite3_reset(*stmt);
	(void)sqlite3_clear_bindings(*stmt);
}

err
store_sqlite_do(struct job *job, struct store *store, sqlite3_stmt *stmt)
{
	int rc = sqlite3_step(stmt);
	if (rc != SQLITE_DONE)
		return store_sqlite_fail(job, store, rc);
	sqlite3_reset(stmt);
	return OK;
}

err
store_sqlite_next(struct job *job, struct store *store, sqlite3_stmt *stmt, bool *ret_row)
{
	int rc = sqlite3_step(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return store_sqlite_fail(job, store, rc);
	*ret_row = rc == SQLITE_ROW;
	return OK;
}

err
store_sqlite_exec(struct job *job, struct store *store, const char *sql)
{
	int rc = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK ? OK : store_sqlite_fail(job, store, rc);
}

/* Pages of 4 KiB: some 100 batches of 256 small entries. Larger means fewer writes of the same page and a longer opening after a crash. */
#define WAL_PAGES 16384

static err
checkpoint(struct job *job, struct store *store, int mode)
{
	int rc = sqlite3_wal_checkpoint_v2(store->db, NULL, mode, NULL, NULL);
	if (rc != SQLITE_OK)
		return store_sqlite_fail(job, store, rc);
	store->wal_pages = 0;
	return OK;
}

err
store_sqlite_checkpoint_due(struct job *job, struct store *store)
{
	return store->wal_pages < WAL_PAGES ? OK : checkpoint(job, store, SQLITE_CHECKPOINT_PASSIVE);
}

err
store_sqlite_checkpoint_now(struct job *job, struct store *store)
{
	return checkpoint(job, store, SQLITE_CHECKPOINT_TRUNCATE);
}

void
store_sqlite_rollback(struct store *store)
{
	if (!sqlite3_get_autocommit(store->db))
		(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

slice
store_sqlite_bytes(sqlite3_stmt *stmt, int column)
{
	const void *at = sqlite3_column_blob(stmt, column);
	int len = sqlite3_column_bytes(stmt, column);
	return at == NULL ? S("") : slice_bytes(at, (size_t)len);
}

bool
store_sqlite_digest(sqlite3_stmt *stmt, int column, struct digest *ret)
{
	slice bytes = store_sqlite_bytes(stmt, column);
	if (bytes.len != sizeof ret->byte)
		return false;
	memcpy(ret->byte, bytes.at, sizeof ret->byte);
	return true;
}

int
store_sqlite_bind(sqlite3_stmt *stmt, int at, slice bytes)
{
	/* An empty slice may have no address; a NULL address would bind NULL. */
	return sqlite3_bind_blob64(stmt, at, bytes.len > 0 ? bytes.at : "", bytes.len, SQLITE_STATIC);
}
