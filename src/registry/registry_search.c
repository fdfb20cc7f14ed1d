/*
 * Across registers: search, deadlines that run, links to a record, labels. Only what the reader may see.
 */
#include "registry/registry.h"

#include <string.h>

#include "ledger/ledger_sql.h"

#define MAX_QUERY 400
#define MAX_FOUND 10000
#define NAMED_KEYS 50 /* so many keys are asked of the index itself; more are looked at row by row */

bool
registry_reach_has(const struct registry_reach *reach, int64_t id)
{
	size_t low = 0, high = reach->len;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (reach->ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return reach->all || (low < reach->len && reach->ids[low] == id);
}

err
registry_reaches(struct job *job, const struct registry *registry, const struct registry_reach *reach, slice registry_id, int64_t number, bool *ret)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	bool row;
	TRY(ledger_sql_open(job, ledger_sql_db(registry->ledger), "SELECT access FROM rt_record WHERE register = ?1 AND number = ?2", false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(registry_id), SQL_I(number))));
	TRY(ledger_sql_step(job, stmt, &row));
	*ret = row && registry_reach_has(reach, ledger_sql_int(stmt, 0));
	return OK;
}

/* Words to FTS5: each in quotes, so that nothing in them is an operator; the last may be the beginning of a word. */
static err
fts_words(struct job *job, slice words, const char *column, const struct registry_reach *reach, slice *ret)
{
	struct buf buf = buf_open(job, "a search", 64 * KIB);
	slice rest = words, word;
	size_t len = 0;
	if (words.len > MAX_QUERY)
		return err_set(job, ERR_LIMIT, "a search takes at most %d bytes, found %zu", MAX_QUERY, words.len);
	buf_printf(&buf, "{%s} : (", column);
	while (slice_word(&rest, &word)) {
		buf_text(&buf, len++ > 0 ? " AND \"" : "\"");
		for (size_t i = 0; i < word.len; i++)
			if (word.at[i] != '"')
				buf_byte(&buf, word.at[i]);
		buf_byte(&buf, '"');
	}
	buf_text(&buf, slice_trim(rest).len == 0 && words.len > 0 && words.at[words.len - 1] != ' ' ? "*)" : ")");
	if (len == 0)
		return err_set(job, ERR_INPUT, "a search needs at least one word");
	if (!reach->all && reach->len <= NAMED_KEYS) {
		buf_text(&buf, " AND access : (");
		for (size_t i = 0; i < reach->len; i++)
			buf_printf(&buf, "%sa%lld", i > 0 ? " OR " : "", (long long)reach->ids[i]);
		buf_byte(&buf, ')');
	}
	return buf_end(&buf, ret);
}

struct finding {
	struct registry_found *list;
	int64_t *ids;
	size_t len, limit;
	const struct registry_reach *reach;
};

static err
found_take(struct job *job, sqlite3_stmt *stmt, struct finding *f)
{
	bool row;
	while (f->len < f->limit) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		int64_t id = ledger_sql_int(stmt, 0);
		bool there = !registry_reach_has(f->reach, ledger_sql_int(stmt, 5));
		for (size_t i = 0; i < f->len && !there; i++)
			there = f->ids[i] == id;
		if (there)
			continue;
		struct registry_found *one = &f->list[f->len];
		TRY(ledger_sql_text(job, stmt, 1, &one->registry));
		one->number = ledger_sql_int(stmt, 2);
		TRY(ledger_sql_text(job, stmt, 3, &one->label));
		TRY(ledger_sql_text(job, stmt, 4, &one->status));
		one->changed_us = ledger_sql_int(stmt, 6);
		f->ids[f->len++] = id;
	}
	return OK;
}

err
registry_search(struct job *job, const struct registry *registry, slice words, struct registry_reach reach, size_t limit,
    struct registry_found **ret, size_t *ret_len)
{
	static const char *const columns[] = {"label", "body"};
	struct finding f = {.limit = limit == 0 || limit > MAX_FOUND ? MAX_FOUND : limit, .reach = &reach};
	*ret_len = 0;
	TRY(NEW(job, f.limit, &f.list));
	TRY(NEW(job, f.limit, &f.ids));
	*ret = f.list;
	if (!reach.all && reach.len == 0)
		return OK;
	for (size_t c = 0; c < 2 && f.len < f.limit; c++) {
		sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
		slice match;
		TRY(fts_words(job, words, columns[c], &reach, &match));
		TRY(ledger_sql_open(job, ledger_sql_db(registry->ledger),
		    "SELECT s.rowid, t.register, t.number, t.label, t.status, t.access, t.changed FROM rt_search AS s JOIN rt_record AS t ON t.id = s.rowid"
		    " WHERE rt_search MATCH ?1 ORDER BY s.rowid DESC",
		    false, &stmt));
		TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(match))));
		TRY(found_take(job, stmt, &f));
	}
	*ret_len = f.len;
	return OK;
}

err
registry_dues(struct job *job, const struct registry *registry, const struct registry_register *def, int64_t until_us, struct registry_reach reach,
    struct registry_due **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL, *count DEFER(ledger_sql_close_at) = NULL;
	sqlite3 *db = ledger_sql_db(registry->ledger);
	bool row;
	TRY(ledger_sql_open(job, db, "SELECT count(*) FROM rt_deadline WHERE stopped IS NULL", false, &count));
	TRY(ledger_sql_step(job, count, &row));
	size_t room = row ? (size_t)ledger_sql_int(count, 0) : 0;
	TRY(NEW(job, room + 1, ret));
	*ret_len = 0;
	TRY(ledger_sql_open(job, db,
	    "SELECT t.register, t.number, t.label, d.rule, d.started, d.due, d.paused, t.access, t.uid FROM rt_deadline AS d JOIN rt_record AS t"
	    " ON t.id = d.record WHERE d.stopped IS NULL AND t.ended IS NULL AND (?1 IS NULL OR t.register = ?1) AND (?2 = 0 OR d.due <= ?2)"
	    " ORDER BY d.due, t.register, t.number",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(def != NULL ? SQL_T(def->id) : SQL_NULL, SQL_I(until_us))));
	while (*ret_len < room) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		if (!registry_reach_has(&reach, ledger_sql_int(stmt, 7)))
			continue;
		struct registry_due *due = &(*ret)[(*ret_len)++];
		TRY(ledger_sql_text(job, stmt, 0, &due->registry));
		due->number = ledger_sql_int(stmt, 1);
		TRY(ledger_sql_text(job, stmt, 2, &due->label));
		TRY(ledger_sql_text(job, stmt, 3, &due->rule));
		due->started_us = ledger_sql_int(stmt, 4);
		due->due_us = ledger_sql_int(stmt, 5);
		due->paused = ledger_sql_int(stmt, 6) != 0;
		TRY(ledger_sql_text(job, stmt, 8, &due->uid));
	}
	return OK;
}

err
registry_links_to(struct job *job, const struct registry *registry, const struct registry_register *def, int64_t number,
    struct registry_reach reach, struct registry_back **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL, *count DEFER(ledger_sql_close_at) = NULL;
	sqlite3 *db = ledger_sql_db(registry->ledger);
	bool row;
	TRY(ledger_sql_open(job, db, "SELECT count(*) FROM rt_link WHERE to_register = ?1 AND to_number = ?2", false, &count));
	TRY(ledger_sql_bind(job, count, SQL_WITH(SQL_T(def->id), SQL_I(number))));
	TRY(ledger_sql_step(job, count, &row));
	size_t room = row ? (size_t)ledger_sql_int(count, 0) : 0;
	TRY(NEW(job, room + 1, ret));
	*ret_len = 0;
	TRY(ledger_sql_open(job, db,
	    "SELECT t.register, t.number, l.field, t.label, t.status, t.access FROM rt_link AS l JOIN rt_record AS t ON t.id = l.record"
	    " WHERE l.to_register = ?1 AND l.to_number = ?2 ORDER BY t.register, t.number",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(def->id), SQL_I(number))));
	while (*ret_len < room) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		if (!registry_reach_has(&reach, ledger_sql_int(stmt, 5)))
			continue;
		struct registry_back *back = &(*ret)[(*ret_len)++];
		TRY(ledger_sql_text(job, stmt, 0, &back->registry));
		back->number = ledger_sql_int(stmt, 1);
		TRY(ledger_sql_text(job, stmt, 2, &back->field));
		TRY(ledger_sql_text(job, stmt, 3, &back->label));
		TRY(ledger_sql_text(job, stmt, 4, &back->status));
	}
	return OK;
}

err
registry_label(struct job *job, const struct registry *registry, slice registry_id, int64_t number, bool *ret_found, slice *ret)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	TRY(ledger_sql_open(job, ledger_sql_db(registry->ledger), "SELECT label FROM rt_record WHERE register = ?1 AND number = ?2", false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(registry_id), SQL_I(number))));
	TRY(ledger_sql_step(job, stmt, ret_found));
	*ret = S("");
	return *ret_found ? ledger_sql_text(job, stmt, 0, ret) : OK;
}
