/*
 * Registers as rows for SQL: what checks, conditions and questions are asked of.
 * Now comes from the view's tables; another moment is folded from the ledger's changes.
 */
#include "registry/registry.h"

#include <string.h>

#include "ledger/ledger_sql.h"
#include "registry/registry_table.h"

static bool
is_now(const struct registry *registry, struct ledger_moment at)
{
	return at.size >= ledger_size(registry->ledger);
}

/* Personal fields that are no persons: only whether there is something. */
static void
mask(const struct registry_register *def, struct cell *cells)
{
	for (size_t i = 0; i < def->fields_len; i++) {
		const struct registry_field *field = &def->fields[i];
		if (field->personal && field->type != REGISTRY_PERSON && field->column >= 0 && !cells[field->column].null &&
		    def->table.columns[field->column].type == COLUMN_TEXT && cells[field->column].text.len > 0)
			cells[field->column] = TEXT(S("(kept)"));
	}
}

static err
add_row(struct job *job, const struct registry_register *def, const struct registry_rows_of *of, struct cell *cells, struct rows *rows)
{
	(void)job;
	if (of->except_def == def && cells[REGISTRY_NUMBER_COLUMN].number == of->except)
		return OK;
	if (of->masked)
		mask(def, cells);
	return rows_add(rows, cells);
}

static err
take_row(struct job *job, sqlite3_stmt *stmt, int first, const struct table *table, struct cell *cells)
{
	for (unsigned i = 0; i < table->len; i++) {
		int at = first + (int)i;
		cells[i] = (struct cell){.null = ledger_sql_is_null(stmt, at)};
		if (!cells[i].null && table->columns[i].type == COLUMN_TEXT)
			TRY(ledger_sql_text(job, stmt, at, &cells[i].text));
		else if (!cells[i].null)
			cells[i].number = ledger_sql_int(stmt, at);
		if (cells[i].null && (table->columns[i].flags & COLUMN_MAYBE) == 0)
			cells[i] = TEXT(S(""));
	}
	return OK;
}

/* Records of the service, and those of none. */
#define OF_SERVICE_BY(column) " JOIN rt_access AS a ON a.id = t." column " WHERE (?1 = 0 OR a.service = ?1 OR a.service = 0)"
#define OF_SERVICE OF_SERVICE_BY("access")

static err
register_now(struct job *job, const struct registry *registry, const struct registry_register *def, const struct registry_rows_of *of,
    struct rows *rows)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct cell *cells;
	slice sql;
	bool row;
	TRY(NEW(job, def->table.len, &cells));
	TRY(job_format(job, &sql, "SELECT t.* FROM \"rr_%s\" AS t" OF_SERVICE_BY("rt_access") " ORDER BY t.number", def->table_name));
	TRY(ledger_sql_open(job, ledger_sql_db(registry->ledger), sql.at, false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(of->service))));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		TRY(take_row(job, stmt, 2, &def->table, cells));
		TRY(add_row(job, def, of, cells, rows));
	}
}

/* Every record of ${def} that is asked for, as it was then. */
typedef err (*record_visit)(struct job *job, const struct registry_record *record, const struct registry_rows_of *of, struct rows *rows);

static err
visit_then(struct job *job, const struct registry *registry, const struct registry_register *def, const struct registry_rows_of *of,
    record_visit visit, struct rows *rows)
{
	struct ledger_record *bases;
	size_t len;
	TRY(ledger_records(job, registry->ledger, of->at, def->id, &bases, &len));
	for (size_t i = 0; i < len; i++) {
		struct registry_record record;
		TRY(registry_record_of(job, def, &bases[i], &record));
		int64_t service = registry_record_service(registry, &record);
		if (of->service == 0 || service == 0 || service == of->service)
			TRY(visit(job, &record, of, rows));
	}
	return OK;
}

static err
visit_row(struct job *job, const struct registry_record *record, const struct registry_rows_of *of, struct rows *rows)
{
	return add_row(job, record->def, of, record->cells, rows);
}

static err
visit_links(struct job *job, const struct registry_record *record, const struct registry_rows_of *of, struct rows *rows)
{
	(void)job, (void)of;
	for (size_t i = 0; i < record->def->fields_len; i++) {
		const struct registry_field *field = &record->def->fields[i];
		const json_t *value =
		    field->type == REGISTRY_LINK ? json_object_getn(record->fields, field->id.at, field->id.len) : NULL;
		for (size_t n = 0; n < json_array_size(value); n++) {
			slice to;
			int64_t number;
			if (registry_link_parse(json_text(json_array_get(value, n)), &to, &number))
				TRY(rows_add(rows, (struct cell[]){TEXT(record->def->id), INT(record->base.number), TEXT(field->id),
						       TEXT(to), INT(number)}));
		}
	}
	return OK;
}

static err
visit_deadlines(struct job *job, const struct registry_record *record, const struct registry_rows_of *of, struct rows *rows)
{
	(void)job;
	for (size_t i = 0; i < record->deadlines_len; i++) {
		const struct registry_deadline *d = &record->deadlines[i];
		TRY(rows_add(rows,
		    (struct cell[]){TEXT(record->def->id), INT(record->base.number), TEXT(d->rule), INT(d->started_us), INT(d->due_us),
			INT(d->paused_since_us != 0), d->stopped_us != 0 ? INT(d->stopped_us) : NIL,
			INT(registry_deadline_late(d, of->at.now_us))}));
	}
	return OK;
}

/* The shared tables now, from the view. */
static err
shared_now(struct job *job, const struct registry *registry, const struct table *table, const struct registry_rows_of *of, struct rows *rows)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct cell cells[8];
	bool row;
	const char *sql = table == &registry_link_table
			      ? "SELECT t.register, t.number, l.field, l.to_register, l.to_number FROM rt_link AS l JOIN rt_record AS t ON t.id = l.record" OF_SERVICE
			      : "SELECT t.register, t.number, d.rule, d.started, d.due, d.paused, d.stopped,"
				" iif(d.paused = 1, 0, coalesce(d.stopped, ?2) > d.due) FROM rt_deadline AS d JOIN rt_record AS t ON t.id = d.record" OF_SERVICE
				" ORDER BY 1, 2, 3, d.run";
	TRY(ledger_sql_open(job, ledger_sql_db(registry->ledger), sql, false, &stmt));
	if (table == &registry_link_table)
		TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(of->service))));
	else
		TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(of->service), SQL_I(of->at.now_us))));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		TRY(take_row(job, stmt, 0, table, cells));
		TRY(rows_add(rows, cells));
	}
}

/* Every time a record's status became another, from the ledger's changes. */
static err
status_changes(struct job *job, const struct registry *registry, const struct registry_rows_of *of, struct rows *rows)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct cell cells[8];
	bool row;
	TRY(ledger_sql_open(job, ledger_sql_db(registry->ledger),
	    "SELECT t.register, t.number, c.version, c.made, coalesce(who.text, ''), c.change, c.was, c.status FROM (SELECT record, version, seq, made, by, change,"
	    " status, coalesce(lag(status) OVER (PARTITION BY record ORDER BY version), '') AS was FROM record_change) AS c"
	    " JOIN rt_record AS t ON t.id = c.record LEFT JOIN word AS who ON who.id = c.by" OF_SERVICE
	    " AND c.status <> c.was AND c.seq < ?2 ORDER BY 1, 2, 3",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(of->service), SQL_I(of->at.size))));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		TRY(take_row(job, stmt, 0, &registry_status_change_table, cells));
		TRY(rows_add(rows, cells));
	}
}

static err
shared_rows(struct job *job, const struct registry *registry, const struct table *table, const struct registry_rows_of *of, struct rows *rows)
{
	if (table == &registry_status_change_table)
		return status_changes(job, registry, of, rows);
	if (table != &registry_link_table && table != &registry_deadline_table)
		return OK;
	if (is_now(registry, of->at))
		return shared_now(job, registry, table, of, rows);
	for (size_t i = 0; i < registry->registers.len; i++)
		TRY(visit_then(job, registry, &registry->registers.at[i], of, table == &registry_link_table ? visit_links : visit_deadlines, rows));
	return OK;
}

err
registry_rows(struct job *job, const struct registry *registry, slice table, const struct registry_rows_of *of, struct rows *ret)
{
	const struct registry_register *def;
	const struct table *found = registry_table_find(&registry->registers, table, &def);
	struct rows rows;
	if (found == NULL)
		return err_set(job, ERR_MISSING, "\"%.*s\" is no register's table", SLICE(slice_part(table, 0, 60)));
	rows_open(&rows, job, found);
	if (def == NULL)
		TRY(shared_rows(job, registry, found, of, &rows));
	else if (is_now(registry, of->at))
		TRY(register_now(job, registry, def, of, &rows));
	else
		TRY(visit_then(job, registry, def, of, visit_row, &rows));
	if (def != NULL && of->except_def == def && of->instead != NULL)
		TRY(rows_add(&rows, of->instead));
	*ret = rows;
	return OK;
}
