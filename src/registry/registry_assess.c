/*
 * Threats beside things: which records are still to be written.
 * Deliberately writes nothing, and knows no register: the definition says which fields and links.
 */
#include "registry/registry_assess.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/ledger_ignore.h"
#include "registry/registry_lint.h"
#include "registry/registry_memo.h"
#include "registry/registry_table.h"

#define ID_LEN 12
#define MAX_PROPOSALS 500000

const char *const registry_proposed_words[] = {"proposed", "covered", "rejected", NULL};

struct assessing {
	const struct registry *registry;
	const struct registry_access *access;
	struct registry_coverage coverage;
	struct ledger_moment at;
	const struct registry_register *def;
	int64_t service;
	struct registry_threats threats;
	struct rows *rows;             /* by register; what may be read. No table: not loaded */
	struct registry_memo loaded;   /* names of tables */
	struct registry_memo covered;  /* key: number of the record */
	const struct ledger_ignore *ignores; /* sorted by key */
	size_t ignores_len;
	struct registry_proposal *found;
	size_t len, room;
};

/* What is covered */

static err
key_of(struct job *job, slice threat, slice registry, int64_t number, slice *ret)
{
	return job_format(job, ret, "%.*s %.*s/%lld", SLICE(threat), SLICE(registry), (long long)number);
}

static err
take_record(struct job *job, struct assessing *a, const struct registry_record *record)
{
	const struct registry_assess *assess = a->def->assess;
	const struct registry_field *threat_field = registry_field(a->def, assess->threat);
	slice threat = json_text(json_object_getn(record->fields, threat_field->id.at, threat_field->id.len)), registry, key, by;
	int64_t number;
	if (threat.len == 0 || !record->cells[REGISTRY_ENDED].null)
		return OK;
	for (size_t i = 0; i < assess->links_len; i++) {
		const json_t *links = json_object_getn(record->fields, assess->links[i].field.at, assess->links[i].field.len);
		for (size_t n = 0; n < json_array_size(links); n++) {
			if (!registry_link_parse(json_text(json_array_get(links, n)), &registry, &number))
				continue;
			TRY(key_of(job, threat, registry, number, &key));
			TRY(job_format(job, &by, "%lld", (long long)record->base.number));
			TRY(registry_memo_put(&a->covered, key, by));
		}
	}
	return OK;
}

static err
take_covered(struct job *job, struct assessing *a)
{
	struct ledger_record *bases;
	size_t len;
	registry_memo_open(&a->covered, job);
	TRY(ledger_records(job, a->registry->ledger, a->at, a->def->id, &bases, &len));
	for (size_t i = 0; i < len; i++) {
		struct registry_record record;
		TRY(registry_record_of(job, a->def, &bases[i], &record));
		TRY(take_record(job, a, &record));
	}
	return OK;
}

static const struct ledger_ignore *
ignored(const struct assessing *a, slice key)
{
	size_t low = 0, high = a->ignores_len;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (slice_order(a->ignores[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < a->ignores_len && slice_same(a->ignores[low].key, key) && a->ignores[low].until_us > a->at.now_us ? &a->ignores[low] : NULL;
}

/* Things */

static err
rows_of(struct job *job, struct assessing *a, const struct table *table, const struct registry_register *def, struct rows *ret)
{
	struct registry_rows_of of = {.at = a->at};
	TRY(registry_rows(job, a->registry, slice_of(table->name), &of, ret));
	if (a->access == NULL)
		return OK;
	TRY(registry_access_rows(job, a->access, &a->coverage, def, ret));
	return def != NULL ? registry_access_note_rows(job, a->access, ret, def, &def->label, 1) : OK;
}

static err
rows_need(struct job *job, struct assessing *a, const struct registry_register *def, struct rows **ret)
{
	*ret = &a->rows[def - a->registry->registers.at];
	return (*ret)->table != NULL ? OK : rows_of(job, a, &def->table, def, *ret);
}

/* Fill ${query} with the tables that the question reads and that are not there yet. */
static err
load_read(struct job *job, struct assessing *a, struct query *empty, const char *sql, struct query *query)
{
	DEFER(query_ask_close_at) struct query_ask *ask = NULL;
	const struct query_read *reads;
	TRY(query_ask_open(job, empty, sql, &ask));
	size_t len = query_ask_reads(ask, &reads);
	for (size_t i = 0; i < len; i++) {
		const struct registry_register *def = NULL;
		const struct table *table = registry_table_find(&a->registry->registers, reads[i].table, &def);
		struct rows shared, *rows = &shared;
		if (table == NULL || registry_memo_find(&a->loaded, slice_of(table->name)) != NULL)
			continue;
		TRY(registry_memo_put(&a->loaded, slice_of(table->name), S("")));
		if (def != NULL)
			TRY(rows_need(job, a, def, &rows));
		else
			TRY(rows_of(job, a, table, NULL, &shared));
		TRY(query_table(job, query, rows));
	}
	return OK;
}

/* What all threats together ask, once. */
static err
open_full(struct job *job, struct assessing *a, struct query **ret)
{
	DEFER(query_close_at) struct query *empty = NULL;
	registry_memo_open(&a->loaded, job);
	TRY(registry_empty_query(job, &a->registry->registers, &empty));
	TRY(query_open(job, NULL, ret));
	for (size_t i = 0; i < a->threats.len; i++)
		for (size_t t = 0; t < a->threats.at[i].targets_len; t++)
			TRY(load_read(job, a, empty, a->threats.at[i].targets[t].sql, *ret));
	return query_lock(job, *ret);
}

static const struct cell *
row_find(const struct rows *rows, int64_t number)
{
	for (size_t low = 0, high = rows->len; low < high;) {
		size_t middle = low + (high - low) / 2;
		int64_t found = rows->row[middle][REGISTRY_NUMBER_COLUMN].number;
		if (found == number)
			return rows->row[middle];
		if (found < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int64_t
service_of(const struct assessing *a, const struct registry_register *of, const struct cell *cells)
{
	const struct registry_field *field = registry_field(of, of->service);
	if (of == a->registry->scope)
		return cells[REGISTRY_NUMBER_COLUMN].number;
	return field == NULL || field->column < 0 || cells[field->column].null ? 0 : cells[field->column].number;
}

/* What people call it; a person's name stays where it is. */
static slice
label_of(const struct registry_register *of, const struct cell *cells)
{
	const struct registry_field *field = registry_field(of, of->label);
	bool plain = field != NULL && field->column >= 0 && !field->personal && field->type == REGISTRY_TEXT && field->read.len == 0;
	return plain && !cells[field->column].null ? cells[field->column].text : S("");
}

static err
put(struct job *job, struct assessing *a, const struct registry_proposal *proposal)
{
	if (a->len == MAX_PROPOSALS)
		return err_set(job, ERR_LIMIT, "more than %d threats to things: name one service with --service", MAX_PROPOSALS);
	if (a->len == a->room) {
		struct registry_proposal *grown;
		a->room = a->room * 2 + 256;
		TRY(NEW(job, a->room, &grown));
		if (a->len > 0)
			memcpy(grown, a->found, a->len * sizeof *grown);
		a->found = grown;
	}
	a->found[a->len++] = *proposal;
	return OK;
}

static err
add(struct job *job, struct assessing *a, struct registry_proposal *proposal)
{
	slice text;
	const slice *covered;
	TRY(key_of(job, proposal->threat->id, proposal->of->id, proposal->number, &proposal->key));
	TRY(job_format(job, &text, "%.*s\n%.*s", SLICE(a->def->id), SLICE(proposal->key)));
	struct digest digest = code_sha256(text);
	TRY(job_copy(job, slice_part(slice_of(digest_text(&digest).at), 0, ID_LEN), &proposal->id));
	covered = registry_memo_find(&a->covered, proposal->key);
	const struct ledger_ignore *left = ignored(a, proposal->key);
	if (covered != NULL) {
		proposal->state = REGISTRY_COVERED;
		(void)slice_i64(*covered, &proposal->covered_by);
	} else if (left != NULL) {
		proposal->state = REGISTRY_REJECTED;
		proposal->until_us = left->until_us;
		proposal->why = left->why;
	}
	return put(job, a, proposal);
}

/* One threat and one kind of thing. */
static err
ask_target(struct job *job, struct assessing *a, struct query *query, const struct registry_threat *threat, const struct registry_threat_target *target)
{
	DEFER(query_ask_close_at) struct query_ask *ask = NULL;
	const struct registry_register *of = registry_find(&a->registry->registers, target->registry);
	const struct query_column *columns;
	const struct cell *cells;
	const bool *is_text;
	struct rows *things;
	size_t at = 0;
	bool more;
	TRY(rows_need(job, a, of, &things));
	TRY(query_ask_open(job, query, target->sql, &ask));
	TRY(query_ask_bind_int(job, ask, ":now", a->at.now_us));
	for (size_t len = query_ask_columns(ask, &columns); at + 1 < len && !slice_same(columns[at].name, S("number"));)
		at++;
	for (;;) {
		TRY(query_ask_next(job, ask, &more, &cells, &is_text));
		if (!more)
			return OK;
		const struct cell *thing = cells[at].null || is_text[at] ? NULL : row_find(things, cells[at].number);
		if (thing == NULL || !thing[REGISTRY_ENDED].null)
			continue;
		struct registry_proposal proposal = {.threat = threat, .target = target, .of = of, .number = cells[at].number,
		    .service = service_of(a, of, thing), .label = label_of(of, thing)};
		if (a->service == 0 || proposal.service == a->service)
			TRY(add(job, a, &proposal));
	}
}

static int
worst_first(const void *a, const void *b)
{
	const struct registry_proposal *x = a, *y = b;
	int64_t of_x = x->threat->likelihood * x->threat->impact, of_y = y->threat->likelihood * y->threat->impact;
	int order = slice_order(x->threat->id, y->threat->id);
	if (of_x != of_y)
		return of_x > of_y ? -1 : 1;
	if (order == 0)
		order = slice_order(x->of->id, y->of->id);
	return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

/* A thing that two entries of one threat name is one proposal. */
static void
once(struct assessing *a)
{
	size_t len = 0;
	for (size_t i = 0; i < a->len; i++)
		if (len == 0 || worst_first(&a->found[len - 1], &a->found[i]) != 0)
			a->found[len++] = a->found[i];
	a->len = len;
}

err
registry_assess(struct job *job, const struct registry *registry, const struct registry_access *access, struct ledger_moment at,
    const struct registry_register *def, int64_t service, struct registry_proposal **ret, size_t *ret_len)
{
	DEFER(query_close_at) struct query *query = NULL;
	struct assessing a = {.registry = registry, .access = access, .at = at, .def = def, .service = service};
	struct ledger_ignore *ignores;
	TRY(registry_threat_load(job, registry->content, &registry->registers, def, &a.threats));
	TRY(NEW(job, registry->registers.len + 1, &a.rows));
	if (access != NULL)
		TRY(registry_access_coverage(job, access, &a.coverage));
	TRY(take_covered(job, &a));
	TRY(ledger_ignores(job, registry->ledger, at, def->id, &ignores, &a.ignores_len));
	a.ignores = ignores;
	TRY(open_full(job, &a, &query));
	for (size_t i = 0; i < a.threats.len; i++)
		for (size_t t = 0; t < a.threats.at[i].targets_len; t++)
			TRY(ask_target(job, &a, query, &a.threats.at[i], &a.threats.at[i].targets[t]));
	if (a.len > 0)
		qsort(a.found, a.len, sizeof *a.found, worst_first);
	once(&a);
	*ret = a.found;
	*ret_len = a.len;
	return OK;
}

err
registry_assess_covered(
    struct job *job, const struct registry *registry, struct ledger_moment at, const struct registry_register *def, slice key, int64_t *ret)
{
	struct assessing a = {.registry = registry, .at = at, .def = def};
	TRY(take_covered(job, &a));
	const slice *by = registry_memo_find(&a.covered, key);
	*ret = 0;
	if (by != NULL)
		(void)slice_i64(*by, ret);
	return OK;
}

/* Records */

/* "Threat: thing", cut between letters at what the field holds. */
static err
title_of(struct job *job, const struct registry_field *field, const struct registry_proposal *proposal, slice *ret)
{
	if (proposal->label.len > 0)
		TRY(job_format(job, ret, "%.*s: %.*s", SLICE(proposal->threat->title), SLICE(proposal->label)));
	else
		TRY(job_format(job, ret, "%.*s: %.*s %lld", SLICE(proposal->threat->title), SLICE(proposal->of->title), (long long)proposal->number));
	if (ret->len > field->max_bytes && field->max_bytes > 0) {
		ret->len = field->max_bytes;
		while (ret->len > 0 && ((unsigned char)ret->at[ret->len] & 0xc0) == 0x80)
			ret->len--;
	}
	return OK;
}

static err
value_of(struct job *job, const struct registry_field *field, const struct registry_proposal *proposal, slice column, slice *ret)
{
	slice story;
	if (slice_same(column, S("title")))
		return title_of(job, field, proposal, ret);
	TRY(registry_threat_value(job, proposal->threat, column, ret));
	if (!slice_same(column, S("story")))
		return OK;
	story = *ret;
	return job_format(job, ret, "%.*s\n%.*s", SLICE(proposal->target->because), SLICE(story));
}

static bool
is_given(const struct registry_input *inputs, size_t len, const struct registry_field *field)
{
	for (size_t i = 0; i < len; i++)
		if (inputs[i].field == field)
			return true;
	return false;
}

/* As it is entered: with its register when the field links to several. */
static err
add_link(struct job *job, const struct registry_field *field, slice registry, int64_t number, struct registry_input *all, size_t *len)
{
	struct registry_input *input = NULL;
	for (size_t i = 0; i < *len; i++)
		if (all[i].field == field)
			input = &all[i];
	if (input != NULL && !field->many)
		return OK;
	if (input == NULL) {
		input = &all[(*len)++];
		*input = (struct registry_input){.field = field};
	}
	slice before = input->text;
	return job_format(job, &input->text, "%.*s%s%.*s/%lld", SLICE(before), before.len > 0 ? "," : "", SLICE(registry), (long long)number);
}

err
registry_assess_inputs(struct job *job, const struct registry *registry, const struct registry_register *def, const struct registry_proposal *proposal,
    const struct registry_input *given, size_t given_len, struct registry_input **ret, size_t *ret_len)
{
	const struct registry_assess *assess = def->assess;
	const struct registry_field *service = registry_field(def, def->service);
	struct registry_input *all;
	size_t len = 0;
	TRY(NEW(job, given_len + assess->sets_len + assess->links_len + 2, &all));
	for (size_t i = 0; i < given_len; i++)
		all[len++] = given[i];
	for (size_t i = 0; i < assess->sets_len; i++) {
		const struct registry_field *field = registry_field(def, assess->sets[i].field);
		slice value;
		if (is_given(given, given_len, field))
			continue;
		TRY(value_of(job, field, proposal, assess->sets[i].value, &value));
		if (value.len > 0)
			all[len++] = (struct registry_input){.field = field, .text = value};
	}
	for (size_t i = 0; i < assess->links_len; i++)
		if (slice_same(assess->links[i].value, proposal->of->id))
			TRY(add_link(job, registry_field(def, assess->links[i].field), proposal->of->id, proposal->number, all, &len));
	if (service != NULL && service->type == REGISTRY_LINK && proposal->service != 0 && registry->scope != NULL && !is_given(all, len, service))
		TRY(add_link(job, service, registry->scope->id, proposal->service, all, &len));
	*ret = all;
	*ret_len = len;
	return OK;
}
