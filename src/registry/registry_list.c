/*
 * Lists: current records of one register, filtered, sorted, cut, and only what the reader may see.
 *
 * Which index drives is decided by counting at most COUNTED rows of each: a narrow one is read and sorted, else the sort's own index is walked until the limit is full.
 * Either way a list touches some thousands of rows at most, whatever the register holds, as long as filters are independent.
 */
#include "registry/registry.h"

#include <string.h>

#include "ledger/ledger_sql.h"

#define COUNTED 3000
#define MAX_REACH 500 /* keys that are named one by one in SQL; who reads more kinds of records reads most */
#define MAX_FILTERS 20

struct listing {
	const struct registry *registry;
	const struct registry_list *list;
	sqlite3 *db;
	struct ledger_sql_value values[MAX_FILTERS + 2];
	size_t values_len;
};

static const struct column *
column_of(const struct registry_register *def, slice name, slice *ret_name)
{
	bool down = name.len > 0 && name.at[0] == '-';
	*ret_name = down ? slice_from(name, 1) : name;
	int at = table_column(&def->table, *ret_name);
	return at < 0 ? NULL : &def->table.columns[at];
}

static err
refuse_column(struct job *job, const struct registry_register *def, slice name)
{
	if (def->fields_len == 0) /* a table of the ledger */
		return err_set(job, ERR_INPUT, "%.*s has no column \"%.*s\"; 'assay query --tables' lists them", SLICE(def->id), SLICE(slice_part(name, 0, 60)));
	return err_set(job, ERR_INPUT, "%.*s has no column \"%.*s\"; 'assay register show %.*s' lists its fields", SLICE(def->id),
	    SLICE(slice_part(name, 0, 60)), SLICE(def->id));
}

/* "AND …" for one filter. */
static err
put_filter(struct job *job, struct listing *l, struct buf *sql, const struct registry_filter *filter)
{
	static const char *const operators[] = {"=", "<>", "<", "<=", ">", ">="};
	const struct registry_register *def = l->list->def;
	slice name;
	const struct column *column = column_of(def, filter->column, &name);
	if (column == NULL)
		return refuse_column(job, def, filter->column);
	if (l->values_len == MAX_FILTERS)
		return err_set(job, ERR_LIMIT, "a list takes at most %d filters", MAX_FILTERS);
	const struct cell *value = &filter->value;
	if (value->null) {
		buf_printf(sql, " AND t.\"%.*s\" IS %sNULL", SLICE(name), filter->compare == REGISTRY_IS_NOT ? "NOT " : "");
		return OK;
	}
	if (filter->compare == REGISTRY_HOLDS)
		buf_printf(sql, " AND instr(lower(t.\"%.*s\"), lower(?%zu)) > 0", SLICE(name), l->values_len + 1);
	else
		buf_printf(sql, " AND t.\"%.*s\" %s ?%zu", SLICE(name), operators[filter->compare], l->values_len + 1);
	l->values[l->values_len++] = column->type == COLUMN_TEXT ? SQL_T(value->text) : SQL_I(value->number);
	return OK;
}

static void
put_reach(const struct listing *l, struct buf *sql)
{
	const struct registry_reach *reach = &l->list->reach;
	bool named = reach->len <= MAX_REACH;
	if (reach->all)
		return;
	buf_text(sql, named ? " AND t.rt_access IN (" : " AND t.rt_access IN (SELECT value FROM json_each('[");
	for (size_t i = 0; i < reach->len; i++)
		buf_printf(sql, "%s%lld", i > 0 ? "," : "", (long long)reach->ids[i]);
	buf_text(sql, named ? ")" : "]'))");
}

static err
put_where(struct job *job, struct listing *l, struct buf *sql)
{
	l->values_len = 0;
	buf_text(sql, " WHERE 1");
	for (size_t i = 0; i < l->list->filters_len; i++)
		TRY(put_filter(job, l, sql, &l->list->filters[i]));
	if (!l->list->ended)
		buf_text(sql, " AND t.ended IS NULL");
	put_reach(l, sql);
	return OK;
}

static err
put_order(struct job *job, const struct listing *l, struct buf *sql)
{
	const struct registry_register *def = l->list->def;
	const slice *sort = l->list->sort_len > 0 ? l->list->sort : def->sort;
	size_t len = l->list->sort_len > 0 ? l->list->sort_len : def->sort_len;
	bool down = false;
	buf_text(sql, " ORDER BY ");
	for (size_t i = 0; i < len; i++) {
		slice name;
		if (column_of(def, sort[i], &name) == NULL)
			return refuse_column(job, def, sort[i]);
		down = name.len < sort[i].len;
		buf_printf(sql, "t.\"%.*s\" %s, ", SLICE(name), name.len < sort[i].len ? "DESC" : "ASC");
	}
	buf_text(sql, down ? "t.number DESC" : "t.number"); /* the way round that the index has too */
	return OK;
}

/* Rows that ${condition} leaves, counted up to COUNTED. */
static err
count(struct job *job, const struct listing *l, const char *condition, const struct ledger_sql_value *value, int64_t *ret)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	slice sql;
	bool row;
	TRY(job_format(job, &sql, "SELECT count(*) FROM (SELECT 1 FROM \"rr_%s\" AS t WHERE %s LIMIT %d)", l->list->def->table_name, condition,
	    COUNTED));
	TRY(ledger_sql_open(job, l->db, sql.at, false, &stmt));
	if (value != NULL)
		TRY(ledger_sql_bind(job, stmt, value, 1));
	TRY(ledger_sql_step(job, stmt, &row));
	*ret = ledger_sql_int(stmt, 0);
	return OK;
}

/* The sort's own index, where there is one. */
static err
choose_sort(struct job *job, const struct listing *l, slice *ret)
{
	const struct registry_register *def = l->list->def;
	const slice *sort = l->list->sort_len > 0 ? l->list->sort : def->sort;
	size_t len = l->list->sort_len > 0 ? l->list->sort_len : def->sort_len;
	slice name;
	*ret = S("");
	if (len == 0 || l->list->limit == 0)
		return OK;
	(void)column_of(def, sort[0], &name);
	for (size_t i = 0; i < def->index_len; i++)
		if (slice_same(def->index[i], name))
			return job_format(job, ret, " INDEXED BY \"rr_%s-by-%.*s\"", def->table_name, SLICE(name));
	return OK;
}

/* The index whose rows are fewest, when they are few: it drives, and what comes out is sorted. Else the sort's index drives. */
static err
choose(struct job *job, const struct listing *l, slice *ret)
{
	const struct registry_list *list = l->list;
	int64_t best = COUNTED, found;
	TRY(choose_sort(job, l, ret));
	if (!list->reach.all && list->reach.len <= MAX_REACH) {
		struct buf buf = buf_open(job, "reach", 64 * KIB);
		slice text;
		put_reach(l, &buf);
		TRY(buf_end(&buf, &text));
		TRY(count(job, l, slice_from(text, 5).at, NULL, &found));
		if (found < best) {
			best = found;
			TRY(job_format(job, ret, " INDEXED BY \"rr_%s-access\"", list->def->table_name));
		}
	}
	for (size_t i = 0; i < list->filters_len; i++) {
		const struct registry_filter *filter = &list->filters[i];
		bool indexed = slice_same(filter->column, S("status"));
		for (size_t x = 0; x < list->def->index_len; x++)
			indexed = indexed || slice_same(list->def->index[x], filter->column);
		if (!indexed || filter->compare != REGISTRY_IS || filter->value.null)
			continue;
		slice condition, name;
		const struct column *column = column_of(list->def, filter->column, &name);
		struct ledger_sql_value value = column->type == COLUMN_TEXT ? SQL_T(filter->value.text) : SQL_I(filter->value.number);
		TRY(job_format(job, &condition, "t.\"%.*s\" = ?1", SLICE(name)));
		TRY(count(job, l, condition.at, &value, &found));
		if (found >= best)
			continue;
		best = found;
		bool status = slice_same(name, S("status"));
		TRY(job_format(job, ret, " INDEXED BY \"rr_%s-%s%.*s\"", list->def->table_name, status ? "" : "by-", SLICE(name)));
	}
	return OK;
}

static err
take(struct job *job, sqlite3_stmt *stmt, struct rows *rows, size_t limit, bool *ret_more)
{
	const struct table *table = rows->table;
	struct cell *cells;
	bool row;
	*ret_more = false;
	TRY(NEW(job, table->len, &cells));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		if (limit > 0 && rows->len == limit) {
			*ret_more = true;
			return OK;
		}
		for (unsigned i = 0; i < table->len; i++) {
			int at = 2 + (int)i;
			cells[i] = (struct cell){.null = ledger_sql_is_null(stmt, at)};
			if (cells[i].null)
				continue;
			if (table->columns[i].type == COLUMN_TEXT)
				cells[i].text = slice_bytes(sqlite3_column_text(stmt, at), (size_t)sqlite3_column_bytes(stmt, at));
			else
				cells[i].number = ledger_sql_int(stmt, at);
		}
		TRY(rows_add(rows, cells));
	}
}

err
registry_list(struct job *job, const struct registry *registry, const struct registry_list *list, struct rows *ret, bool *ret_more)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct listing l = {.registry = registry, .list = list, .db = ledger_sql_db(registry->ledger)};
	struct buf sql = buf_open(job, "a list", 4 * MIB);
	slice drive, text;
	rows_open(ret, job, &list->def->table);
	*ret_more = false;
	if (!list->reach.all && list->reach.len == 0)
		return OK;
	TRY(choose(job, &l, &drive));
	buf_printf(&sql, "SELECT t.* FROM \"rr_%s\" AS t%.*s", list->def->table_name, SLICE(drive));
	TRY(put_where(job, &l, &sql));
	TRY(put_order(job, &l, &sql));
	if (list->limit > 0)
		buf_printf(&sql, " LIMIT %zu", list->limit + 1);
	TRY(buf_end(&sql, &text));
	TRY(ledger_sql_open(job, l.db, text.at, false, &stmt));
	TRY(ledger_sql_bind(job, stmt, l.values, l.values_len));
	return take(job, stmt, ret, list->limit, ret_more);
}

/* Filters from words */

static const struct {
	const char *word;
	enum registry_compare compare;
} comparers[] = {{"<=", REGISTRY_LESS_OR_IS}, {">=", REGISTRY_MORE_OR_IS}, {"!=", REGISTRY_IS_NOT}, {"<>", REGISTRY_IS_NOT},
    {"=", REGISTRY_IS}, {"<", REGISTRY_LESS}, {">", REGISTRY_MORE}, {"~", REGISTRY_HOLDS}};

static err
parse_value(struct job *job, const struct registry *registry, const struct registry_register *def, const struct column *column, slice text,
    struct registry_filter *filter)
{
	const struct registry_field *field = registry_field(def, filter->column);
	const json_t *json;
	struct cell second;
	slice kept;
	bool found;
	if (text.len == 0) {
		filter->value = column->type == COLUMN_TEXT ? TEXT(S("")) : NIL;
		return OK;
	}
	if ((column->flags & COLUMN_TOKEN) != 0 && slice_starts(text, S("{person:")) && slice_ends(text, S("}"))) { /* a token already */
		filter->value = TEXT(slice_part(text, 8, text.len - 9));
		return OK;
	}
	if ((column->flags & COLUMN_TOKEN) != 0) {
		TRY(registry_person_find(job, registry, text, &found, &filter->value.text));
		if (!found)
			filter->value = TEXT(S("nobody"));
		return OK;
	}
	if (field != NULL && filter->compare != REGISTRY_HOLDS && field->type != REGISTRY_SCORE) {
		TRY(registry_value_read(job, field, text, job_now(job), job->actor, &kept));
		TRY(json_read(job, "a filter", kept, &json));
		return registry_value_cell(job, field, json, &filter->value, &second);
	}
	filter->value = TEXT(text);
	if (column->type == COLUMN_TEXT)
		return OK;
	if (!slice_i64(text, &filter->value.number) && !(column->type == COLUMN_TIME && instant_parse(text, &filter->value.number)))
		return err_set(job, ERR_INPUT, "%.*s: expected a %s, found \"%.*s\"", SLICE(filter->column),
		    column->type == COLUMN_TIME ? "date or instant" : "whole number", SLICE(text));
	return OK;
}

static err
parse_one(struct job *job, const struct registry *registry, const struct registry_register *def, slice text, struct registry_filter *ret)
{
	size_t at = text.len, which = 0;
	slice name;
	for (size_t i = 0; i < text.len && at == text.len; i++)
		for (size_t c = 0; c < sizeof comparers / sizeof *comparers && at == text.len; c++)
			if (slice_starts(slice_from(text, i), slice_of(comparers[c].word))) {
				at = i;
				which = c;
			}
	if (at == text.len)
		return err_set(job, ERR_INPUT, "expected FIELD=VALUE (or !=, <, <=, >, >=, ~ for holds), found \"%.*s\"",
		    SLICE(slice_part(text, 0, 60)));
	ret->column = slice_trim(slice_part(text, 0, at));
	ret->compare = comparers[which].compare;
	const struct column *column = column_of(def, ret->column, &name);
	if (column == NULL || name.len != ret->column.len)
		return refuse_column(job, def, ret->column);
	return parse_value(job, registry, def, column, slice_trim(slice_from(text, at + strlen(comparers[which].word))), ret);
}

err
registry_filter_parse(struct job *job, const struct registry *registry, const struct registry_register *def, slice text,
    struct registry_filter **ret, size_t *ret_len)
{
	slice rest = text, one;
	*ret_len = 0;
	TRY(NEW(job, MAX_FILTERS, ret));
	while (slice_cut(&rest, ',', &one)) {
		if (*ret_len == MAX_FILTERS)
			return err_set(job, ERR_LIMIT, "a list takes at most %d filters", MAX_FILTERS);
		TRY(parse_one(job, registry, def, slice_trim(one), &(*ret)[(*ret_len)++]));
	}
	return OK;
}
