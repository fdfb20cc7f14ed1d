/*
 * A register's question asked of one host's facts at a moment, with only the tables that it reads.
 * Deliberately does not: compare with records (check_observe.c).
 */
#include "check/check_observe_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "registry/registry_value.h"

#define MAX_VALUE 300 /* bytes of one value of a key; a longer one is cut and told apart by its digest */
#define MAX_MATCH (64 * KIB)

err
check_scratch(struct job *job, struct job *scratch, err was)
{
	if (was.code != ERR_NONE)
		memcpy(job->why, scratch->why, sizeof job->why);
	return was;
}

/* The plan */

static int
column_find(const slice *columns, size_t len, slice name)
{
	for (size_t i = 0; i < len; i++)
		if (slice_same(columns[i], name))
			return (int)i;
	return -1;
}

static bool
is_personal(const struct check_schema *schema, const struct query_column *column)
{
	const struct table *table = check_schema_find(schema, column->from_table);
	int at = table != NULL ? table_column(table, column->from_column) : -1;
	return at >= 0 && (table->columns[at].flags & COLUMN_PERSONAL) != 0;
}

static err
plan_key(struct job *job, const struct query_column *columns, struct check_observe_plan *plan)
{
	const struct registry_observed *observed = plan->def->observed;
	plan->host_part = -1;
	TRY(NEW(job, observed->key_len, &plan->key));
	TRY(NEW(job, observed->key_len, &plan->personal));
	TRY(NEW(job, observed->key_len, &plan->matches));
	for (size_t i = 0; i < observed->key_len; i++) {
		int at = column_find(plan->columns, plan->columns_len, observed->key[i]);
		if (at < 0)
			return yaml_refuse(job, observed->node, "key: the query has no column \"%.*s\"", SLICE(observed->key[i]));
		const struct registry_field *field = registry_field(plan->def, observed->matches[i]);
		if (field == NULL || field->column < 0 || field->type == REGISTRY_SCORE || field->type == REGISTRY_FILE ||
		    field->type == REGISTRY_LINK)
			return yaml_refuse(job, observed->node, "matches: expected a field with one value that can be entered, found \"%.*s\"",
			    SLICE(observed->matches[i]));
		plan->key[i] = (size_t)at;
		plan->matches[i] = field;
		plan->personal[i] = field->type == REGISTRY_PERSON || field->personal || is_personal(plan->schema, &columns[at]);
		if (slice_same(columns[at].from_table, S("host")) && slice_same(columns[at].from_column, S("name")))
			plan->host_part = (int)i;
	}
	return OK;
}

static err
plan_columns(struct job *job, struct query_ask *ask, struct check_observe_plan *plan)
{
	const struct registry_observed *observed = plan->def->observed;
	const struct query_column *columns;
	plan->columns_len = query_ask_columns(ask, &columns);
	TRY(NEW(job, plan->columns_len + 1, &plan->columns));
	for (size_t i = 0; i < plan->columns_len; i++)
		TRY(job_copy(job, columns[i].name, &plan->columns[i]));
	TRY(plan_key(job, columns, plan));
	for (size_t i = 0; i < observed->sets_len; i++)
		if (column_find(plan->columns, plan->columns_len, observed->sets[i].value) < 0)
			return yaml_refuse(job, observed->node, "sets: the query has no column \"%.*s\"", SLICE(observed->sets[i].value));
	for (const char *const *name = query_ask_parameters(ask); *name != NULL; name++)
		if (strcmp(*name, ":now") != 0)
			return yaml_refuse(job, observed->node, "query: there is no parameter %s here", *name);
	return OK;
}

static err
plan_tables(struct job *job, struct query_ask *ask, struct check_observe_plan *plan)
{
	const struct query_read *reads;
	size_t len = query_ask_reads(ask, &reads);
	for (size_t i = 0; i < len; i++) {
		if (check_schema_find(plan->schema, reads[i].table) == NULL ||
		    column_find(plan->tables, plan->tables_len, reads[i].table) >= 0)
			continue;
		if (plan->tables_len == CHECK_MAX_TABLES)
			return yaml_refuse(job, plan->def->observed->node, "query: it reads more than %d tables", CHECK_MAX_TABLES);
		TRY(job_copy(job, reads[i].table, &plan->tables[plan->tables_len++]));
	}
	return OK;
}

err
check_observe_plan(struct job *job, const struct check_schema *schema, const struct registry_register *def, struct check_observe_plan *ret)
{
	DEFER(query_close_at) struct query *empty = NULL;
	DEFER(query_ask_close_at) struct query_ask *ask = NULL;
	slice why;
	*ret = (struct check_observe_plan){.def = def, .schema = schema};
	TRY(check_schema_query(job, schema, &empty));
	if (query_ask_open(job, empty, def->observed->query, &ask).code != ERR_NONE) {
		TRY(job_copy(job, slice_of(job->why), &why));
		return yaml_refuse(job, def->observed->node, "query: %.*s", SLICE(why));
	}
	TRY(plan_columns(job, ask, ret));
	return plan_tables(job, ask, ret);
}

/* Values */

err
check_observe_key(struct job *job, struct ledger *ledger, struct buf *buf, slice value, bool personal)
{
	if (personal && value.len > 0) {
		TRY(ledger_person_mark(job, ledger, value, &value));
	} else if (value.len > MAX_VALUE) {
		struct digest digest = code_sha256(value);
		TRY(job_format(job, &value, "%.*s…%.12s", SLICE(check_text_cut(value, MAX_VALUE)), digest_text(&digest).at));
	}
	bool plain = value.len > 0;
	for (size_t i = 0; i < value.len; i++)
		plain = plain && value.at[i] != ',' && value.at[i] != '"' && (unsigned char)value.at[i] >= ' ';
	if (buf->len > 0)
		buf_text(buf, ", ");
	if (plain)
		buf_add(buf, value);
	else
		text_json(buf, value);
	return OK;
}

err
check_observe_text(struct job *job, const struct registry_field *field, const struct cell *cell, bool is_text, slice *ret)
{
	*ret = S("");
	if (cell->null)
		return OK;
	if (is_text) {
		*ret = cell->text;
		return OK;
	}
	if (field->type == REGISTRY_DATE)
		return job_copy(job, slice_of(instant_day(cell->number).at), ret);
	if (field->type == REGISTRY_INSTANT)
		return job_copy(job, slice_of(instant_text(cell->number).at), ret);
	if (field->type == REGISTRY_DURATION)
		return job_format(job, ret, "PT%lldS", (long long)(cell->number / SECOND_US));
	if (field->type == REGISTRY_YES_NO)
		*ret = cell->number != 0 ? S("yes") : S("no");
	else
		return job_format(job, ret, "%lld", (long long)cell->number);
	return OK;
}

/* Parts are parted by NUL, which no value holds. */
void
check_observe_match(struct buf *buf, const struct cell *cell, enum column_type type)
{
	if (!cell->null && type == COLUMN_TEXT)
		buf_add(buf, cell->text);
	else if (!cell->null)
		buf_i64(buf, cell->number);
	buf_byte(buf, '\0');
}

/* What a record would hold if this were entered; what cannot be entered, or a person nobody knows, is like no record. */
static err
match_part(struct job *job, struct ledger *ledger, const struct check_observe_plan *plan, size_t part, slice value, struct buf *buf)
{
	const struct registry_field *field = plan->matches[part];
	struct cell cell = TEXT(S("")), unused;
	const json_t *json;
	slice kept;
	bool found = true;
	if (value.len > 0 && field->type == REGISTRY_PERSON)
		TRY(ledger_person_find(job, ledger, S(""), value, &found, &cell.text));
	else if (value.len > 0 && registry_value_read(job, field, value, 0, S(""), &kept).code == ERR_NONE) {
		TRY(json_read(job, "a value", kept, &json));
		TRY(registry_value_cell(job, field, json, &cell, &unused));
	} else
		found = value.len == 0;
	if (!found) {
		buf_printf(buf, "\x01%.*s", SLICE(value));
		buf_byte(buf, '\0');
		return OK;
	}
	check_observe_match(buf, &cell, value.len == 0 ? COLUMN_TEXT : plan->def->table.columns[field->column].type);
	return OK;
}

/* Rows */

static err
keep_row(struct job *job, struct ledger *ledger, const struct check_observe_plan *plan, const struct cell *cells, const bool *is_text,
    struct check_shown_row *row)
{
	struct buf match = buf_open(job, "what is observed", MAX_MATCH), key = buf_open(job, "what is observed", MAX_MATCH);
	TRY(NEW(job, plan->columns_len, &row->cells));
	TRY(NEW(job, plan->columns_len, &row->is_text));
	for (size_t i = 0; i < plan->columns_len; i++) {
		row->cells[i] = cells[i];
		row->is_text[i] = is_text[i];
		if (!cells[i].null && is_text[i])
			TRY(job_copy(job, check_text_cut(cells[i].text, CHECK_MAX_CELL), &row->cells[i].text));
	}
	for (size_t i = 0; i < plan->def->observed->key_len; i++) {
		slice value;
		size_t at = plan->key[i];
		TRY(check_observe_text(job, plan->matches[i], &row->cells[at], row->is_text[at], &value));
		TRY(match_part(job, ledger, plan, i, value, &match));
		TRY(check_observe_key(job, ledger, &key, value, plan->personal[i]));
	}
	TRY(buf_end(&match, &row->match));
	return buf_end(&key, &row->key);
}

static int
by_match(const void *a, const void *b)
{
	const struct check_shown_row *x = a, *y = b;
	int order = slice_order(x->match, y->match);
	return order != 0 ? order : slice_order(x->key, y->key);
}

bool
check_shown_has(const struct check_shown *shown, slice match)
{
	size_t low = 0, high = shown->len;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = slice_order(shown->at[middle].match, match);
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static err
gather(struct job *job, struct ledger *ledger, const struct check_observe_plan *plan, struct query_ask *ask, struct check_shown *ret)
{
	const struct cell *cells;
	const bool *is_text;
	size_t room = 0, kept = 0;
	bool more = true;
	for (;;) {
		TRY(query_ask_next(job, ask, &more, &cells, &is_text));
		if (!more)
			break;
		if (ret->len == room) {
			struct check_shown_row *grown;
			room = room * 2 + 64;
			TRY(NEW(job, room, &grown));
			if (ret->len > 0)
				memcpy(grown, ret->at, ret->len * sizeof *grown);
			ret->at = grown;
		}
		TRY(keep_row(job, ledger, plan, cells, is_text, &ret->at[ret->len++]));
	}
	if (ret->len > 0)
		qsort(ret->at, ret->len, sizeof *ret->at, by_match);
	for (size_t i = 0; i < ret->len; i++)
		if (kept == 0 || !slice_same(ret->at[kept - 1].match, ret->at[i].match))
			ret->at[kept++] = ret->at[i];
	ret->len = kept;
	return OK;
}

/* Facts */

struct facts {
	struct ledger *ledger;
	const struct check_observe_plan *plan;
	const struct ledger_host *host;
	struct ledger_moment at;
	struct ledger_reading *readings;
	size_t len;
	int64_t newest_us;
};

static const struct ledger_reading *
reading_of(const struct facts *facts, slice table)
{
	for (size_t i = 0; i < facts->len; i++)
		if (slice_same(facts->readings[i].table, table))
			return &facts->readings[i];
	return NULL;
}

static err
readings_take(struct job *scratch, struct facts *facts, struct check_shown *ret)
{
	struct buf buf = buf_open(scratch, "readings", 64 * KIB);
	slice text;
	TRY(ledger_readings(scratch, facts->ledger, facts->at, facts->host->id, S(""), &facts->readings, &facts->len));
	ret->any = facts->len > 0;
	for (size_t i = 0; i < facts->len; i++)
		if (facts->readings[i].collected_us > facts->newest_us)
			facts->newest_us = facts->readings[i].collected_us;
	ret->seen_us = facts->newest_us;
	for (size_t i = 0; i < facts->plan->tables_len; i++) {
		const struct ledger_reading *reading = reading_of(facts, facts->plan->tables[i]);
		ret->blind = ret->blind || reading == NULL || reading->state == READING_COULD_NOT_LOOK;
		if (reading == NULL)
			continue;
		if (reading->collected_us < ret->seen_us)
			ret->seen_us = reading->collected_us;
		buf_printf(&buf, "%d %s\n", (int)reading->state, digest_text(&reading->digest).at);
	}
	TRY(buf_end(&buf, &text));
	ret->facts = code_sha256(text);
	return OK;
}

static err
load_table(struct job *scratch, const struct facts *facts, struct query *query, const struct table *table, bool *ret_blind)
{
	const struct ledger_reading *reading = reading_of(facts, slice_of(table->name));
	struct rows rows;
	slice content;
	rows_open(&rows, scratch, table);
	if (reading != NULL && reading->state == READING_READ) {
		err opened = ledger_content(scratch, facts->ledger, &reading->digest, &content);
		if (opened.code != ERR_NONE && opened.code != ERR_MISSING)
			return opened;
		if (opened.code != ERR_NONE || rows_read(scratch, table, table->name, content, &rows).code != ERR_NONE) {
			*ret_blind = true; /* erased, or of another version's columns */
			rows_open(&rows, scratch, table);
		}
	}
	return query_table(scratch, query, &rows);
}

static err
load_engine(struct job *scratch, const struct facts *facts, struct query *query)
{
	const struct ledger_host *host = facts->host;
	struct rows rows;
	rows_open(&rows, scratch, &check_host_table);
	TRY(rows_add(&rows, (struct cell[]){TEXT(host->id), TEXT(host->name), INT(host->first_seen_us), INT(facts->newest_us)}));
	TRY(query_table(scratch, query, &rows));
	rows_open(&rows, scratch, &check_reading_table);
	for (size_t i = 0; i < facts->len; i++) {
		const struct ledger_reading *reading = &facts->readings[i];
		TRY(rows_add(&rows, (struct cell[]){TEXT(reading->table), TEXT(slice_of(reading_words[reading->state])),
					TEXT(reading->reason), INT((int64_t)reading->rows), INT(reading->collected_us)}));
	}
	return query_table(scratch, query, &rows);
}

static err
ask(struct job *job, struct job *scratch, const struct facts *facts, struct check_shown *ret)
{
	DEFER(query_close_at) struct query *query = NULL;
	DEFER(query_ask_close_at) struct query_ask *question = NULL;
	const struct check_observe_plan *plan = facts->plan;
	TRY(check_scratch(job, scratch, query_open(scratch, NULL, &query)));
	for (size_t i = 0; i < plan->tables_len; i++)
		TRY(check_scratch(
		    job, scratch, load_table(scratch, facts, query, check_schema_find(plan->schema, plan->tables[i]), &ret->blind)));
	TRY(check_scratch(job, scratch, load_engine(scratch, facts, query)));
	TRY(check_scratch(job, scratch, query_lock(scratch, query)));
	TRY(query_ask_open(job, query, plan->def->observed->query, &question));
	TRY(query_ask_bind_int(job, question, ":now", facts->at.now_us));
	return gather(job, facts->ledger, plan, question, ret);
}

static err
take_host(struct job *job, struct job *scratch, struct facts *facts, const struct check_shown *known, struct check_shown *ret)
{
	TRY(check_scratch(job, scratch, readings_take(scratch, facts, ret)));
	if (!ret->any)
		return OK;
	if (known != NULL && digest_same(&known->facts, &ret->facts)) {
		ret->at = known->at;
		ret->len = known->len;
		ret->blind = known->blind;
		return OK;
	}
	return ask(job, scratch, facts, ret);
}

err
check_observe_host(struct job *job, struct job *scratch, struct ledger *ledger, const struct check_observe_plan *plan, const struct ledger_host *host,
    struct ledger_moment at, const struct check_shown *known, struct check_shown *ret)
{
	struct facts facts = {.ledger = ledger, .plan = plan, .host = host, .at = at};
	struct arena_mark mark = arena_mark(scratch->arena);
	*ret = (struct check_shown){0};
	err took = take_host(job, scratch, &facts, known, ret);
	arena_rewind(scratch->arena, mark);
	return took;
}
