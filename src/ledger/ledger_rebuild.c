/*
 * Making the view anew from signed bytes, and comparing: the same entries into a second view, then both row by row.
 * Deliberately does not: repair a view that differs; that is a finding, and rebuilding without comparing mends it.
 */
#include "ledger/ledger_inner.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define AT_ONCE 4096
#define SHOWN 80 /* bytes of a value in a sentence */

/* Every table of the view but its mark, with the columns that are its key: these sort it and name a row. */
static const struct compared {
	const char *table;
	unsigned keys;
} compared[] = {{"word", 1}, {"entry", 1}, {"round", 1}, {"round_name", 2}, {"slot", 1}, {"reading", 2}, {"host", 2}, {"own", 1},
    {"pending", 1}, {"person", 1}, {"attestation", 1}, {"content_set", 1}, {"run", 1}, {"verdict", 3}, {"finding", 2}, {"record", 1}, {"record_change", 2}, {"access_grant", 1},
    {"access_revoke", 2}, {"access_event", 2}, {"ignore", 2}, {"frozen", 1}, {"rewrap", 1},
    {"kept", 1}, {"erased", 1}, {"missing", 1}};

struct comparing {
	struct ledger *ledger;
	struct ledger_projector *projector;
	ledger_line line;
	void *line_to;
	uint64_t differences;
};

static err
say(struct job *job, struct comparing *c, slice text)
{
	c->differences++;
	return c->line != NULL ? c->line(job, c->line_to, text) : OK;
}

/* The order SQLite sorts values in: integers, then text, then blobs (keys are never NULL or real). */
static int
value_order(sqlite3_stmt *a, sqlite3_stmt *b, int column)
{
	int type = sqlite3_column_type(a, column), other = sqlite3_column_type(b, column);
	if (type != other)
		return type == SQLITE_INTEGER ? -1 : other == SQLITE_INTEGER ? 1 : type == SQLITE_TEXT ? -1 : 1;
	if (type == SQLITE_INTEGER) {
		sqlite3_int64 x = sqlite3_column_int64(a, column), y = sqlite3_column_int64(b, column);
		return (x > y) - (x < y);
	}
	const void *x = sqlite3_column_blob(a, column), *y = sqlite3_column_blob(b, column);
	return slice_order(
	    slice_bytes(x, (size_t)sqlite3_column_bytes(a, column)), slice_bytes(y, (size_t)sqlite3_column_bytes(b, column)));
}

static void
value_show(struct buf *buf, sqlite3_stmt *stmt, int column)
{
	const void *at = sqlite3_column_blob(stmt, column);
	size_t len = (size_t)sqlite3_column_bytes(stmt, column), shown = len < SHOWN ? len : SHOWN;
	switch (sqlite3_column_type(stmt, column)) {
	case SQLITE_NULL:
		buf_text(buf, "NULL");
		return;
	case SQLITE_INTEGER:
		buf_i64(buf, sqlite3_column_int64(stmt, column));
		return;
	case SQLITE_BLOB:
		buf_text(buf, "x'");
		code_hex(buf, at, shown);
		buf_text(buf, "'");
		return;
	default:
		text_json(buf, slice_bytes(at, shown));
	}
}

static void
row_show(struct buf *buf, const struct compared *table, sqlite3_stmt *stmt)
{
	buf_printf(buf, "%s", table->table);
	for (unsigned i = 0; i < table->keys; i++) {
		buf_printf(buf, "%s%s ", i == 0 ? " with " : ", ", sqlite3_column_name(stmt, (int)i));
		value_show(buf, stmt, (int)i);
	}
}

static err
say_row(struct job *job, struct comparing *c, const struct compared *table, sqlite3_stmt *stmt, const char *what)
{
	struct buf buf = buf_open(job, "a difference", 16 * KIB);
	slice text;
	row_show(&buf, table, stmt);
	buf_printf(&buf, ": %s", what);
	TRY(buf_end(&buf, &text));
	return say(job, c, text);
}

static err
say_column(struct job *job, struct comparing *c, const struct compared *table, sqlite3_stmt *view, sqlite3_stmt *fresh, int column)
{
	struct buf buf = buf_open(job, "a difference", 16 * KIB);
	slice text;
	row_show(&buf, table, view);
	buf_printf(&buf, ": %s is ", sqlite3_column_name(view, column));
	value_show(&buf, view, column);
	buf_text(&buf, " in the view, and ");
	value_show(&buf, fresh, column);
	buf_text(&buf, " by the signed entries");
	TRY(buf_end(&buf, &text));
	return say(job, c, text);
}

static err
row_compare(struct job *job, struct comparing *c, const struct compared *table, sqlite3_stmt *view, sqlite3_stmt *fresh)
{
	for (int i = (int)table->keys; i < sqlite3_column_count(view); i++)
		if (sqlite3_column_type(view, i) != sqlite3_column_type(fresh, i) || value_order(view, fresh, i) != 0)
			TRY(say_column(job, c, table, view, fresh, i));
	return OK;
}

static err
table_open(struct job *job, sqlite3 *db, const struct compared *table, sqlite3_stmt **ret)
{
	static const char *const orders[] = {"", "1", "1, 2", "1, 2, 3"};
	slice sql;
	TRY(job_format(job, &sql, "SELECT * FROM %s ORDER BY %s", table->table, orders[table->keys]));
	return ledger_sql_open(job, db, sql.at, false, ret);
}

static err
table_compare(struct job *job, struct comparing *c, const struct compared *table, sqlite3 *view_db, sqlite3 *fresh_db)
{
	sqlite3_stmt *view DEFER(ledger_sql_close_at) = NULL, *fresh DEFER(ledger_sql_close_at) = NULL;
	bool in_view, in_fresh;
	TRY(table_open(job, view_db, table, &view));
	TRY(table_open(job, fresh_db, table, &fresh));
	TRY(ledger_sql_step(job, view, &in_view));
	TRY(ledger_sql_step(job, fresh, &in_fresh));
	while (in_view || in_fresh) {
		struct arena_mark mark = arena_mark(job->arena);
		int order = !in_view ? 1 : !in_fresh ? -1 : 0;
		for (unsigned i = 0; order == 0 && in_view && in_fresh && i < table->keys; i++)
			order = value_order(view, fresh, (int)i);
		if (order < 0)
			TRY(say_row(job, c, table, view, "stands in the view, and no signed entry says so"));
		else if (order > 0)
			TRY(say_row(job, c, table, fresh, "is said by signed entries, and is not in the view"));
		else
			TRY(row_compare(job, c, table, view, fresh));
		if (order <= 0)
			TRY(ledger_sql_step(job, view, &in_view));
		if (order >= 0)
			TRY(ledger_sql_step(job, fresh, &in_fresh));
		arena_rewind(job->arena, mark);
	}
	return OK;
}

/* Filling the second view */

static err
fault_line(struct job *job, void *to, slice text)
{
	return say(job, to, text);
}

static err
fill_one(struct job *job, void *to, const struct ledger_item *item)
{
	struct comparing *c = to;
	return ledger_project(job, c->projector, item);
}

static err
fill(struct job *job, struct comparing *c, sqlite3 *db)
{
	struct ledger_replay replay = {.fault = fault_line, .fault_to = c};
	uint64_t size = ledger_size(c->ledger);
	for (uint64_t at = 0; at < size;) {
		uint64_t to = size - at < AT_ONCE ? size : at + AT_ONCE;
		TRY(ledger_sql_run(job, db, "BEGIN IMMEDIATE"));
		TRY(ledger_replay(job, c->ledger, at, to, &replay, fill_one, c));
		TRY(ledger_sql_run(job, db, "COMMIT"));
		at = to;
	}
	return OK;
}

/* Content that is not there must be explained by an erasure. */
static err
missing_say(struct job *job, struct comparing *c, sqlite3 *db, uint64_t *ret_count)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct digest digest;
	slice text;
	bool row;
	*ret_count = 0;
	TRY(ledger_sql_open(job, db, "SELECT digest, entry FROM missing ORDER BY entry", false, &stmt));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		++*ret_count;
		TRY(ledger_sql_digest(job, stmt, 0, &digest));
		TRY(job_format(job, &text, "entry %lld: its content %s is not in the store, and no erasure entry says why",
		    (long long)ledger_sql_int(stmt, 1), digest_text(&digest).at));
		TRY(say(job, c, text));
	}
}

static err
compare_into(struct job *job, struct comparing *c, struct store_view *second)
{
	sqlite3 *db = store_view_db(second);
	uint64_t missing;
	TRY(ledger_projector_open(job, c->ledger, db, &c->projector));
	err got = fill(job, c, db);
	ledger_projector_close(c->projector);
	TRY(got);
	TRY(missing_say(job, c, db, &missing));
	for (size_t i = 0; i < sizeof compared / sizeof *compared; i++)
		TRY(table_compare(job, c, &compared[i], ledger_db(c->ledger), db));
	return OK;
}

static err
compare_all(struct job *job, struct comparing *c)
{
	struct store_view *second = NULL;
	bool fresh = false;
	while (!fresh) {
		if (second != NULL)
			TRY(store_view_destroy(job, second));
		TRY(ledger_view_beside(job, c->ledger, LEDGER_VIEW_COMPARE, &second, &fresh));
	}
	err got = compare_into(job, c, second);
	err gone = store_view_destroy(job, second);
	TRY(got);
	return gone;
}

err
ledger_rebuild(
    struct job *job, struct ledger *ledger, bool compare, ledger_line line, void *line_to, uint64_t *ret_entries, uint64_t *ret_differences)
{
	struct comparing c = {.ledger = ledger, .line = line, .line_to = line_to};
	uint64_t entries = ledger_size(ledger), missing;
	if (compare) {
		TRY(compare_all(job, &c));
	} else {
		TRY(ledger_view_again(job, ledger, &entries));
		TRY(ledger_erase_finish(job, ledger));
		TRY(missing_say(job, &c, ledger_db(ledger), &missing));
		if (missing > 0)
			return err_set(job, ERR_STORE, "%llu contents are not in the store, and no erasure entry says why",
			    (unsigned long long)missing);
	}
	*ret_entries = entries;
	*ret_differences = c.differences;
	return OK;
}
