/*
 * Rows for questions: only of records that may be read, with what may not be seen kept back; and which records those are.
 * Deliberately a whole set at once: a question reads tables, not records one by one.
 */
#include <stdlib.h>

#include "ledger/ledger_sql.h"
#include "registry/registry_access_priv.h"
#include "registry/registry_table.h"

static int
covered_order(const void *a, const void *b)
{
	const struct registry_covered *x = a, *y = b;
	int order = slice_order(x->registry, y->registry);
	return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

static err
covered_fill(struct job *job, sqlite3_stmt *stmt, const struct registry_access *access, const struct registry_reach *reach, size_t room,
    struct registry_coverage *coverage)
{
	slice registry;
	bool row;
	while (coverage->len < room) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		if (!registry_reach_has(reach, ledger_sql_int(stmt, 2)))
			continue;
		TRY(ledger_sql_text(job, stmt, 0, &registry));
		const struct registry_register *def = registry_find(&access->registry->registers, registry);
		if (def != NULL) /* its id, not a copy for every record */
			coverage->at[coverage->len++] = (struct registry_covered){.registry = def->id, .number = ledger_sql_int(stmt, 1)};
	}
	return OK;
}

err
registry_access_coverage(struct job *job, const struct registry_access *access, struct registry_coverage *ret)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL, *count DEFER(ledger_sql_close_at) = NULL;
	sqlite3 *db = ledger_sql_db(access->registry->ledger);
	struct registry_reach reach;
	bool row;
	TRY(registry_access_reach(job, access, S("read"), NULL, &reach));
	*ret = (struct registry_coverage){.all = reach.all};
	if (reach.all)
		return OK;
	TRY(ledger_sql_open(job, db, "SELECT count(*) FROM rt_record", false, &count));
	TRY(ledger_sql_step(job, count, &row));
	size_t room = row ? (size_t)ledger_sql_int(count, 0) : 0;
	TRY(NEW(job, room + 1, &ret->at));
	TRY(ledger_sql_open(job, db, "SELECT register, number, access FROM rt_record", false, &stmt));
	TRY(covered_fill(job, stmt, access, &reach, room, ret));
	if (ret->len > 0)
		qsort(ret->at, ret->len, sizeof *ret->at, covered_order);
	return OK;
}

bool
registry_coverage_has(const struct registry_coverage *coverage, slice registry, int64_t number)
{
	const struct registry_covered wanted = {.registry = registry, .number = number};
	return coverage->all || (coverage->len > 0 && bsearch(&wanted, coverage->at, coverage->len, sizeof wanted, covered_order) != NULL);
}

bool
registry_coverage_any(const struct registry_coverage *coverage, slice registry)
{
	for (size_t i = 0; i < coverage->len; i++)
		if (slice_same(coverage->at[i].registry, registry))
			return true;
	return coverage->all;
}

/* A row of a register, as it is now and as it was at the moment that is asked. */
static bool
row_of_register(
    const struct registry_access *access, const struct registry_coverage *coverage, const struct registry_register *def, struct cell *row)
{
	struct registry_record record = {.def = def, .base = {.number = row[REGISTRY_NUMBER_COLUMN].number}, .cells = row};
	struct registry_ask ask = registry_ask_of(access->registry, &record, S("read"));
	return registry_coverage_has(coverage, def->id, ask.number) && registry_access_allows(access, &ask, NULL);
}

/* A row of a shared table names its record, or none. */
static bool
row_of_shared(const struct registry_coverage *coverage, const struct table *table, const struct cell *row)
{
	int registry = table_column(table, S("register")), number = table_column(table, S("number"));
	if (registry < 0 || number < 0 || row[number].null)
		return true;
	return registry_coverage_has(coverage, row[registry].text, row[number].number);
}

/* Take away links by fields that may not be seen: whom a record names is what the field holds. */
static err
drop_links(struct job *job, const struct registry_access *access, struct rows *rows)
{
	const struct registry_registers *registers = &access->registry->registers;
	for (size_t r = 0; r < registers->len; r++)
		for (size_t f = 0; f < registers->at[r].fields_len; f++) {
			const struct registry_field *field = &registers->at[r].fields[f];
			size_t kept = 0;
			bool seen;
			if (field->type != REGISTRY_LINK || field->read.len == 0)
				continue;
			TRY(registry_access_everywhere(job, access, &registers->at[r], field, &seen));
			for (size_t i = 0; i < rows->len && !seen; i++)
				if (!slice_same(rows->row[i][0].text, registers->at[r].id) || !slice_same(rows->row[i][2].text, field->id))
					rows->row[kept++] = rows->row[i];
			rows->len = seen ? rows->len : kept;
		}
	return OK;
}

err
registry_access_rows(
    struct job *job, const struct registry_access *access, const struct registry_coverage *coverage, const struct registry_register *def, struct rows *rows)
{
	size_t kept = 0;
	if (coverage->all)
		return OK;
	for (size_t i = 0; i < rows->len; i++)
		if (def != NULL ? row_of_register(access, coverage, def, rows->row[i]) : row_of_shared(coverage, rows->table, rows->row[i]))
			rows->row[kept++] = rows->row[i];
	rows->len = kept;
	if (rows->table == &registry_link_table)
		return drop_links(job, access, rows);
	return def != NULL ? registry_access_mask(job, access, def, rows) : OK;
}
