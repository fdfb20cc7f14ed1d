/*
 * The view's SQL: preparing, binding and stepping with our errors. Used by this room, and by the registry for its own tables beside ours.
 */
#ifndef LEDGER_LEDGER_SQL_H
#define LEDGER_LEDGER_SQL_H

#include <sqlite3.h>

#include "base/code.h"
#include "base/job.h"

struct ledger;
/* The view's connection. It is another one after an erasure: ask again. */
sqlite3 *ledger_sql_db(struct ledger *ledger);

struct ledger_sql_value {
	enum { LEDGER_SQL_NULL, LEDGER_SQL_INT, LEDGER_SQL_TEXT, LEDGER_SQL_BLOB } kind;
	int64_t number;
	slice text;
};
#define SQL_I(value) ((struct ledger_sql_value){.kind = LEDGER_SQL_INT, .number = (int64_t)(value)})
#define SQL_T(value) ((struct ledger_sql_value){.kind = LEDGER_SQL_TEXT, .text = (value)})
#define SQL_D(value) ((struct ledger_sql_value){.kind = LEDGER_SQL_BLOB, .text = slice_bytes((value)->byte, sizeof(value)->byte)})
#define SQL_NULL ((struct ledger_sql_value){.kind = LEDGER_SQL_NULL})
/* An array of values and its length, for ${values} and ${len} below. */
#define SQL_WITH(...)                                                                                                                      \
	(const struct ledger_sql_value[]){__VA_ARGS__},                                                                                    \
	    sizeof((const struct ledger_sql_value[]){__VA_ARGS__}) / sizeof(struct ledger_sql_value)

/* Every failure is ERR_STORE with SQLite's words, but for a full disk or memory, which is ERR_IO. */
err ledger_sql_run(struct job *job, sqlite3 *db, const char *script);
err ledger_sql_open(struct job *job, sqlite3 *db, const char *text, bool keep, sqlite3_stmt **ret);
void ledger_sql_close(sqlite3_stmt *stmt);
void ledger_sql_close_at(sqlite3_stmt **stmt); /* for DEFER */

/* Bind to ?1, ?2, … (texts are borrowed until the statement is bound again); ERR_BUG when there are not that many. */
err ledger_sql_bind(struct job *job, sqlite3_stmt *stmt, const struct ledger_sql_value *values, size_t len);
/* The next row, or false at the end (the statement is then reset). */
err ledger_sql_step(struct job *job, sqlite3_stmt *stmt, bool *ret_row);
/* Bind, run to the end, reset. */
err ledger_sql_do(struct job *job, sqlite3_stmt *stmt, const struct ledger_sql_value *values, size_t len);

/* Columns of the row: copied into the job's arena. A digest of another length than 32 is ERR_STORE. */
err ledger_sql_text(struct job *job, sqlite3_stmt *stmt, int column, slice *ret);
err ledger_sql_digest(struct job *job, sqlite3_stmt *stmt, int column, struct digest *ret);
#define ledger_sql_int(stmt, column) ((int64_t)sqlite3_column_int64((stmt), (column)))
#define ledger_sql_is_null(stmt, column) (sqlite3_column_type((stmt), (column)) == SQLITE_NULL)

#endif
