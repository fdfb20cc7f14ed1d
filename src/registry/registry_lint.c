/*
 * Preparing the SQL of definitions, so that a slip is found by lint and not by a person in the middle of a change.
 */
#include "registry/registry_lint.h"

#include <string.h>

#include "registry/registry_table.h"

err
registry_linting_note(struct job *job, void *to, err found)
{
	struct registry_linting *linting = to;
	slice why;
	if (found.code == ERR_NONE)
		return OK;
	linting->faults++;
	TRY(job_copy(job, slice_of(job->why), &why));
	return linting->line(job, linting->to, why);
}

static err
add_empty(struct job *job, struct query *query, const struct table *table)
{
	struct rows rows;
	rows_open(&rows, job, table);
	return query_table(job, query, &rows);
}

err
registry_empty_tables(struct job *job, const struct registry_registers *registers, struct query *query)
{
	for (size_t i = 0; i < registers->len; i++)
		TRY(add_empty(job, query, &registers->at[i].table));
	for (size_t i = 0; registry_shared_tables[i] != NULL; i++)
		TRY(add_empty(job, query, registry_shared_tables[i]));
	return OK;
}

err
registry_empty_query(struct job *job, const struct registry_registers *registers, struct query **ret)
{
	TRY(query_open(job, NULL, ret));
	TRY(registry_empty_tables(job, registers, *ret));
	return query_lock(job, *ret);
}

/* ${sql} must be prepared with no parameters but ${known} (NULL-terminated). */
static err
prepare(struct job *job, struct query *query, const struct yaml *node, const char *key, const char *sql, const char *const *known)
{
	DEFER(query_ask_close_at) struct query_ask *ask = NULL;
	slice why;
	if (query_ask_open(job, query, sql, &ask).code != ERR_NONE) {
		TRY(job_copy(job, slice_of(job->why), &why));
		return yaml_refuse(job, node, "%s: %.*s", key, SLICE(why));
	}
	for (const char *const *name = query_ask_parameters(ask); *name != NULL; name++) {
		bool good = false;
		for (size_t i = 0; known[i] != NULL; i++)
			good = good || strcmp(known[i], *name) == 0;
		if (!good)
			return yaml_refuse(job, node, "%s: there is no parameter %s here", key, *name);
	}
	return OK;
}

static err
prepare_own(struct job *job, struct query *own, const struct yaml *node, const char *key, slice expression)
{
	static const char *const known[] = {":now", ":actor", NULL};
	DEFER(query_ask_close_at) struct query_ask *ask = NULL;
	const struct query_column *columns;
	const struct cell *cells;
	const bool *is_text;
	slice sql;
	bool row;
	if (expression.len == 0)
		return OK;
	/* As it is asked: beside others, and of several records at once. */
	TRY(job_format(job, &sql, "SELECT (%.*s), 1 FROM this", SLICE(expression)));
	TRY(prepare(job, own, node, key, sql.at, known));
	TRY(query_ask_open(job, own, sql.at, &ask));
	if (query_ask_columns(ask, &columns) != 2)
		return yaml_refuse(job, node, "%s: expected one expression, found what ends the question it stands in", key);
	TRY(query_ask_next(job, ask, &row, &cells, &is_text)); /* of no record */
	return row ? yaml_refuse(job, node, "%s: expected an expression over one record, found one over all (an aggregate)", key) : OK;
}

static err
lint_starts(struct job *job, struct query *own, const struct registry_start *starts, size_t len)
{
	for (size_t i = 0; i < len; i++)
		TRY(prepare_own(job, own, starts[i].node, "if", starts[i].when));
	return OK;
}

static err
lint_own(struct job *job, const struct registry_register *def)
{
	DEFER(query_close_at) struct query *own = NULL;
	struct table this = def->table;
	this.name = "this";
	TRY(query_open(job, NULL, &own));
	TRY(add_empty(job, own, &this));
	TRY(query_lock(job, own));
	for (size_t i = 0; i < def->fields_len; i++) {
		const struct registry_field *field = &def->fields[i];
		TRY(prepare_own(job, own, field->node, "required-when", field->required_when));
		TRY(prepare_own(job, own, field->node, "compute", field->compute));
	}
	TRY(lint_starts(job, own, def->starts, def->starts_len));
	for (size_t i = 0; def->questionnaire != NULL && i < def->questionnaire->groups_len; i++)
		TRY(prepare_own(job, own, def->questionnaire->node, "when", def->questionnaire->groups[i].when));
	for (size_t i = 0; i < def->changes_len; i++)
		TRY(lint_starts(job, own, def->changes[i].starts, def->changes[i].starts_len));
	return OK;
}

err
registry_lint(struct job *job, const struct registry_registers *registers, struct query *query, const struct registry_register *def)
{
	static const char *const known[] = {":number", ":now", ":actor", NULL};
	(void)registers;
	for (size_t i = 0; i < def->changes_len; i++)
		for (size_t w = 0; w < def->changes[i].when_len; w++) {
			const struct registry_when *when = &def->changes[i].when[w];
			const char *sql;
			TRY(job_string(job, when->sql, &sql));
			TRY(prepare(job, query, when->node, "sql", sql, known));
		}
	return lint_own(job, def);
}
