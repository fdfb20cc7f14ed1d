/*
 * Expressions of a definition over a record's own fields, asked of all records of a write at once: scores, required-when, and when deadlines start.
 */
#include "registry/registry_write_priv.h"

#include <string.h>

/* "this": one row a work, in their order. */
static err
open_this(struct job *job, const struct registry_work *works, size_t len, struct table *this, struct query **ret)
{
	struct rows rows;
	*this = works[0].def->table;
	this->name = "this";
	TRY(query_open(job, NULL, ret));
	rows_open(&rows, job, this);
	for (size_t i = 0; i < len; i++)
		TRY(rows_add(&rows, works[i].cells));
	TRY(query_table(job, *ret, &rows));
	return query_lock(job, *ret);
}

/* ${len} expressions beside each other. One that ends the question it stands in, or is over all records, is refused here too: lint may not have been asked. */
static err
ask_open(struct job *job, struct query *query, const struct registry_work *works, slice expressions, size_t len, struct query_ask **ret)
{
	const struct query_column *columns;
	slice sql;
	TRY(job_format(job, &sql, "SELECT %.*s FROM this ORDER BY rowid", SLICE(expressions)));
	TRY(query_ask_open(job, query, sql.at, ret));
	if (query_ask_columns(*ret, &columns) != len)
		return err_set(job, ERR_INPUT, "%s: %zu expressions give %zu values; 'assay register lint' says which", works[0].def->from, len,
		    query_ask_columns(*ret, &columns));
	TRY(query_ask_bind_int(job, *ret, ":now", works[0].now_us));
	return query_ask_bind_text(job, *ret, ":actor", works[0].actor);
}

/* The values of the next record. */
static err
ask_row(struct job *job, const struct registry_work *work, struct query_ask *ask, const struct cell **ret_cells, const bool **ret_is_text)
{
	bool more;
	TRY(query_ask_next(job, ask, &more, ret_cells, ret_is_text));
	return more ? OK : err_set(job, ERR_INPUT, "%s: an expression is over all records, not over each; 'assay register lint' says which", work->def->from);
}

static err
add_expression(struct buf *buf, size_t *len, slice expression)
{
	buf_printf(buf, "%s(%.*s)", (*len)++ > 0 ? ", " : "", SLICE(expression));
	return OK;
}

/* Scores */

static err
take_score(struct job *job, struct registry_work *work, size_t field, const struct cell *cell, bool is_text)
{
	slice json = S("");
	if (!cell->null && is_text) { /* a real number comes as text: the score is its whole part */
		int64_t number;
		slice whole = slice_part(cell->text, 0, slice_find(cell->text, '.'));
		if (slice_i64(whole, &number))
			TRY(job_format(job, &json, "%lld", (long long)number));
	} else if (!cell->null)
		TRY(job_format(job, &json, "%lld", (long long)cell->number));
	if (slice_same(json, work->values[field]))
		return OK;
	work->touched[field] = true;
	return registry_work_set(job, work, field, json);
}

static err
compute(struct job *job, struct registry_work *works, size_t len, size_t *ret_scores)
{
	DEFER(query_close_at) struct query *query = NULL;
	DEFER(query_ask_close_at) struct query_ask *ask = NULL;
	const struct registry_register *def = works[0].def;
	struct buf buf = buf_open(job, "scores", 256 * KIB);
	const struct cell *cells;
	const bool *is_text;
	struct table this;
	slice expressions;
	*ret_scores = 0;
	for (size_t f = 0; f < def->fields_len; f++)
		if (def->fields[f].type == REGISTRY_SCORE)
			TRY(add_expression(&buf, ret_scores, def->fields[f].compute));
	if (*ret_scores == 0)
		return OK;
	TRY(buf_end(&buf, &expressions));
	TRY(open_this(job, works, len, &this, &query));
	TRY(ask_open(job, query, works, expressions, *ret_scores, &ask));
	for (size_t i = 0; i < len; i++) {
		TRY(ask_row(job, &works[i], ask, &cells, &is_text));
		for (size_t f = 0, at = 0; f < def->fields_len; f++)
			if (def->fields[f].type == REGISTRY_SCORE) {
				TRY(take_score(job, &works[i], f, &cells[at], is_text[at]));
				at++;
			}
		TRY(registry_work_cells(job, &works[i]));
	}
	return OK;
}

/* Conditions */

static const struct registry_start *
starts_of(const struct registry_work *work, size_t *ret_len)
{
	const struct registry_change *change = work->edit->change;
	if (change != NULL) {
		*ret_len = change->starts_len;
		return change->starts;
	}
	*ret_len = work->exists ? 0 : work->def->starts_len;
	return work->def->starts;
}

static bool
holds(const struct cell *cell, bool is_text)
{
	return !cell->null && (is_text ? !slice_same(cell->text, S("0")) && cell->text.len > 0 : cell->number != 0);
}

static err
require(struct job *job, struct registry_work *work, const struct registry_field *field, size_t at, bool wanted)
{
	if (!wanted || work->values[at].len > 0 || registry_work_lenient(work))
		return OK;
	return registry_problem(job, work, field, "is required%s%.*s", field->about.len > 0 ? ": " : "", SLICE(field->about));
}

/* The expressions of one work: every required-when, then every start's "if". */
static err
conditions(struct job *job, const struct registry_work *work, slice *ret, size_t *ret_len)
{
	struct buf buf = buf_open(job, "conditions", 256 * KIB);
	const struct registry_start *starts;
	size_t starts_len;
	*ret_len = 0;
	for (size_t f = 0; f < work->def->fields_len; f++)
		if (work->def->fields[f].required_when.len > 0)
			TRY(add_expression(&buf, ret_len, work->def->fields[f].required_when));
	starts = starts_of(work, &starts_len);
	for (size_t s = 0; s < starts_len; s++)
		if (starts[s].when.len > 0)
			TRY(add_expression(&buf, ret_len, starts[s].when));
	return buf_end(&buf, ret);
}

static err
take_conditions(struct job *job, struct registry_work *work, const struct cell *cells, const bool *is_text)
{
	const struct registry_start *starts;
	size_t starts_len, at = 0;
	for (size_t f = 0; f < work->def->fields_len; f++) {
		const struct registry_field *field = &work->def->fields[f];
		bool wanted = field->required;
		if (field->required_when.len > 0) {
			wanted = wanted || holds(&cells[at], is_text[at]);
			at++;
		}
		TRY(require(job, work, field, f, wanted));
	}
	starts = starts_of(work, &starts_len);
	TRY(NEW(job, starts_len + 1, &work->starts));
	for (size_t s = 0; s < starts_len; s++) {
		work->starts[s] = starts[s].when.len == 0 || holds(&cells[at], is_text[at]);
		at += starts[s].when.len > 0 ? 1 : 0;
	}
	return OK;
}

static bool
same_question(const struct registry_work *a, const struct registry_work *b)
{
	return a->edit->change == b->edit->change && a->exists == b->exists;
}

/* Works that ask the same are asked together. */
static err
ask_conditions(struct job *job, struct registry_work *works, size_t len)
{
	DEFER(query_close_at) struct query *query = NULL;
	DEFER(query_ask_close_at) struct query_ask *ask = NULL;
	const struct cell *cells = NULL;
	const bool *is_text = NULL;
	struct table this;
	slice expressions;
	size_t wanted;
	TRY(conditions(job, &works[0], &expressions, &wanted));
	if (wanted > 0) {
		TRY(open_this(job, works, len, &this, &query));
		TRY(ask_open(job, query, works, expressions, wanted, &ask));
	}
	for (size_t i = 0; i < len; i++) {
		if (ask != NULL)
			TRY(ask_row(job, &works[i], ask, &cells, &is_text));
		TRY(take_conditions(job, &works[i], cells, is_text));
	}
	return OK;
}

err
registry_own(struct job *job, struct registry_work *works, size_t len)
{
	size_t scores;
	TRY(compute(job, works, len, &scores));
	if (scores > 1) /* a score may rest on another */
		TRY(compute(job, works, len, &scores));
	for (size_t from = 0, to; from < len; from = to) {
		for (to = from + 1; to < len && same_question(&works[from], &works[to]);)
			to++;
		TRY(ask_conditions(job, &works[from], to - from));
	}
	return OK;
}
