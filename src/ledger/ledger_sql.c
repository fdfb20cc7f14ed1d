/*
 * SQLite for the view, with our errors: prepare, bind, step, read columns.
 * Deliberately does not: know a table, or open a database (store/store_view.h does).
 */
#include "ledger/ledger_sql.h"

#include <string.h>

static err
sql_failed(struct job *job, sqlite3 *db)
{
	int code = sqlite3_errcode(db) & 0xff;
	enum err_code how = code == SQLITE_FULL || code == SQLITE_NOMEM || code == SQLITE_IOERR ? ERR_IO : ERR_STORE;
	return err_set(job, how, "view: SQLite: %s", sqlite3_errmsg(db));
}

err
ledger_sql_run(struct job *job, sqlite3 *db, const char *script)
{
	if (sqlite3_exec(db, script, NULL, NULL, NULL) != SQLITE_OK)
		return sql_failed(job, db);
	return OK;
}

err
ledger_sql_open(struct job *job, sqlite3 *db, const char *text, bool keep, sqlite3_stmt **ret)
{
	sqlite3_stmt *stmt;
	if (sqlite3_prepare_v3(db, text, -1, keep ? SQLITE_PREPARE_PERSISTENT : 0, &stmt, NULL) != SQLITE_OK)
		return sql_failed(job, db);
	*ret = stmt;
	return OK;
}

void
ledger_sql_close(sqlite3_stmt *stmt)
{
	(void)sqlite3_finalize(stmt);
}

void
ledger_sql_close_at(sqlite3_stmt **stmt)
{
	ledger_sql_close(*stmt);
}

static int
bind_one(sqlite3_stmt *stmt, int place, const struct ledger_sql_value *value)
{
	switch (value->kind) {
	case LEDGER_SQL_INT:
		return sqlite3_bind_int64(stmt, place, value->number);
	case LEDGER_SQL_TEXT:
		return sqlite3_bind_text(stmt, place, value->text.len > 0 ? value->text.at : "", (int)value->text.len, SQLITE_STATIC);
	case LEDGER_SQL_BLOB:
		return sqlite3_bind_blob(stmt, place, value->text.at, (int)value->text.len, SQLITE_STATIC);
	case LEDGER_SQL_NULL:
		break;
	}
	return sqlite3_bind_null(stmt, place);
}

err
ledger_sql_bind(struct job *job, sqlite3_stmt *stmt, const struct ledger_sql_value *values, size_t len)
{
	(void)sqlite3_reset(stmt);
	if (sqlite3_bind_parameter_count(stmt) != (int)len)
		return err_set(
		    job, ERR_BUG, "view: %d values expected, %zu given: %s", sqlite3_bind_parameter_count(stmt), len, sqlite3_sql(stmt));
	for (size_t i = 0; i < len; i++)
		if (bind_one(stmt, (int)i + 1, &values[i]) != SQLITE_OK)
			return sql_failed(job, sqlite3_db_handle(stmt));
	return OK;
}

err
ledger_sql_step(struct job *job, sqlite3_stmt *stmt, bool *ret_row)
{
	int code = sqlite3_step(stmt);
	if (code == SQLITE_ROW) {
		*ret_row = true;
		return OK;
	}
	err failed = code == SQLITE_DONE ? OK : sql_failed(job, sqlite3_db_handle(stmt));
	(void)sqlite3_reset(stmt);
	if (failed.code == ERR_NONE)
		*ret_row = false;
	return failed;
}

err
ledger_sql_do(struct job *job, sqlite3_stmt *stmt, const struct ledger_sql_value *values, size_t len)
{
	bool row = true;
	TRY(ledger_sql_bind(job, stmt, values, len));
	while (row)
		TRY(ledger_sql_step(job, stmt, &row));
	return OK;
}

err
ledger_sql_text(struct job *job, sqlite3_stmt *stmt, int column, slice *ret)
{
	const void *at = sqlite3_column_blob(stmt, column); /* text comes out as its UTF-8 bytes */
	int len = sqlite3_column_bytes(stmt, column);
	if (at == NULL || len <= 0) {
		*ret = S("");
		return OK;
	}
	return job_copy(job, slice_bytes(at, (size_t)len), ret);
}

err
ledger_sql_digest(struct job *job, sqlite3_stmt *stmt, int column, struct digest *ret)
{
	const void *at = sqlite3_column_blob(stmt, column);
	int len = sqlite3_column_bytes(stmt, column);
	if (at == NULL || len != (int)sizeof ret->byte)
		return err_set(job, ERR_STORE, "view: a digest must have %zu bytes, found %d", sizeof ret->byte, len);
	memcpy(ret->byte, at, sizeof ret->byte);
	return OK;
}
