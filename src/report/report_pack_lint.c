/*
 * What only asking can show of a pack: its SQL, and whether what it gives is what the section shows.
 * Deliberately asks an empty database: a question that stands here stands over any records.
 */
#include <string.h>

#include "registry/registry_lint.h"
#include "report/report_pack.h"

/* ${sql} gives these columns, by name and in this order, the last ${optional} of which may be left out. */
static err
prepare(struct job *job, struct query *query, const struct yaml *node, const char *sql, const struct report_pack_column *columns, size_t len, size_t optional)
{
	DEFER(query_ask_close_at) struct query_ask *ask = NULL;
	const struct query_column *given;
	slice why;
	if (query_ask_open(job, query, sql, &ask).code != ERR_NONE) {
		TRY(job_copy(job, slice_of(job->why), &why));
		return yaml_refuse(job, node, "sql: %.*s", SLICE(why));
	}
	for (const char *const *name = query_ask_parameters(ask); *name != NULL; name++) {
		bool good = false;
		for (size_t i = 0; report_pack_parameters[i] != NULL; i++)
			good = good || strcmp(report_pack_parameters[i], *name) == 0;
		if (!good)
			return yaml_refuse(job, node, "sql: there is no parameter %s here", *name);
	}
	size_t found = query_ask_columns(ask, &given);
	if (found > len || found + optional < len)
		return yaml_refuse(job, node, "sql: expected %zu columns, found %zu", len, found);
	for (size_t i = 0; i < found && columns != NULL; i++)
		if (!slice_same(given[i].name, columns[i].id))
			return yaml_refuse(job, node, "sql: column %zu must be %.*s, found %.*s", i + 1, SLICE(columns[i].id), SLICE(given[i].name));
	return OK;
}

static err
lint_section(struct job *job, struct query *query, const struct report_pack_section *section)
{
	static const struct report_pack_column bars[] = {{.id = {"label", 5}}, {.id = {"verdict", 7}}, {.id = {"number", 6}}};
	for (size_t i = 0; i < section->figures_len; i++)
		TRY(prepare(job, query, section->figures[i].node, section->figures[i].sql, NULL, 1, 0));
	if (section->type == REPORT_PACK_FIGURES && section->sql != NULL)
		TRY(prepare(job, query, section->node, section->sql, bars, 3, 0));
	if (section->type == REPORT_PACK_TABLE)
		TRY(prepare(job, query, section->node, section->sql, section->columns, section->columns_len, 0));
	if (section->type == REPORT_PACK_BLOCKS)
		TRY(prepare(job, query, section->node, section->sql, report_pack_block_columns, REPORT_PACK_BLOCK_COLUMNS, 1));
	return OK;
}

err
report_pack_lint(struct job *job, const struct content *content, const struct catalogue *catalogue, const struct registry_registers *registers,
    ledger_line line, void *line_to, size_t *ret_faults, size_t *ret_packs)
{
	DEFER(query_close_at) struct query *query = NULL;
	struct registry_linting linting = {.line = line, .to = line_to};
	struct report_packs packs;
	TRY(report_packs_load_each(job, content, catalogue, registry_linting_note, &linting, &packs));
	TRY(report_pack_query(job, registers, &query));
	for (size_t i = 0; i < packs.len; i++) {
		const struct report_pack *pack = &packs.at[i];
		if (pack->phase_otherwise != NULL)
			TRY(registry_linting_note(job, &linting, prepare(job, query, pack->node, pack->phase_otherwise, NULL, 1, 0)));
		for (size_t s = 0; s < pack->sections_len; s++)
			TRY(registry_linting_note(job, &linting, lint_section(job, query, &pack->sections[s])));
	}
	*ret_faults = linting.faults;
	*ret_packs = packs.len;
	return OK;
}
