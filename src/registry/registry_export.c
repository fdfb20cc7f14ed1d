/*
 * Records of a register as a sheet or as JSON.
 * Deliberately leaves out the contents of files: they are written one by one (assay REGISTER file).
 */
#include "base/text.h"
#include "registry/registry_access.h"
#include "registry/registry_port_priv.h"

#define SCRATCH (256 * MIB)
#define MAX_JSON (512 * MIB)
#define EACH 500 /* records that are read before memory is given back */

struct exporting {
	struct job *job;    /* keeps what comes out */
	struct job scratch; /* forgets: one record at a time */
	const struct registry *registry;
	const struct registry_export *what;
	struct registry_port_column *columns;
	size_t columns_len;
	struct registry_memo names;
	struct rows noted; /* records whose reading is an entry */
	bool sensitive;    /* a column is a field with a capability of its own */
	struct sheet *sheet; /* or */
	struct buf *json;
	size_t len;
};

/* What leaves: the one place where records and fields are chosen. A field that may not be seen is an empty cell (registry_port_cell()). */
static bool
leaves(const struct exporting *e, const struct registry_record *record)
{
	const struct registry_access *access = e->registry->access;
	if (access == NULL)
		return true;
	struct registry_ask read = registry_ask_of(e->registry, record, S("read")), out = registry_ask_of(e->registry, record, S("export"));
	return registry_access_allows(access, &read, NULL) && registry_access_allows(access, &out, NULL);
}

/* Columns */

static err
named_columns(struct exporting *e)
{
	const struct registry_export *what = e->what;
	TRY(NEW(e->job, what->columns_len, &e->columns));
	for (size_t i = 0; i < what->columns_len; i++) {
		slice name = what->columns[i];
		if (!registry_port_find(what->def, name, &e->columns[i])) {
			slice near = registry_port_nearest(what->def, name);
			return err_set(e->job, ERR_INPUT, "%.*s has no column \"%.*s\"%s%.*s%s", SLICE(what->def->id), SLICE(slice_part(name, 0, 60)),
			    near.len > 0 ? ", did you mean \"" : "", SLICE(near), near.len > 0 ? "\"?" : "");
		}
		for (size_t k = 0; k < i; k++)
			if (slice_same(e->columns[k].heading, e->columns[i].heading))
				return err_set(e->job, ERR_INPUT, "the column \"%.*s\" is asked for twice", SLICE(e->columns[i].heading));
	}
	e->columns_len = what->columns_len;
	return OK;
}

static err
usual_columns(struct exporting *e)
{
	static const slice first[] = {{"number", 6}, {"status", 6}, {"version", 7}};
	const struct registry_register *def = e->what->def;
	TRY(NEW(e->job, def->fields_len + 3, &e->columns));
	for (size_t i = 0; i < 3; i++)
		(void)registry_port_find(def, first[i], &e->columns[e->columns_len++]);
	for (size_t i = 0; i < def->fields_len; i++)
		(void)registry_port_find(def, def->fields[i].id, &e->columns[e->columns_len++]);
	return OK;
}

static err
choose_columns(struct exporting *e)
{
	TRY(e->what->columns_len > 0 ? named_columns(e) : usual_columns(e));
	for (size_t i = 0; i < e->columns_len; i++)
		e->sensitive = e->sensitive || (e->columns[i].field != NULL && e->columns[i].field->read.len > 0);
	return OK;
}

/* Cells */

static err
table_cell(struct exporting *e, const struct registry_record *record, const struct registry_port_column *column, slice *ret)
{
	const struct cell *cell = &record->cells[column->column];
	const struct column *shape = &record->def->table.columns[column->column];
	struct job *job = &e->scratch;
	*ret = S("");
	for (size_t i = 0; i < record->def->fields_len; i++) /* a second column says something of its field */
		if (record->def->fields[i].second == column->column && !registry_port_sees(e->registry, record, &record->def->fields[i]))
			return OK;
	if (cell->null)
		return OK;
	if ((shape->flags & COLUMN_TOKEN) != 0)
		return cell->text.len > 0 ? registry_port_person(job, e->registry, &e->names, cell->text, ret) : OK;
	if (shape->type == COLUMN_TIME)
		return job_copy(job, slice_of(instant_text(cell->number).at), ret);
	if (shape->type == COLUMN_INT)
		return job_format(job, ret, "%lld", (long long)cell->number);
	*ret = cell->text;
	return OK;
}

static err
cell_of(struct exporting *e, const struct registry_record *record, const struct registry_port_column *column, slice *ret)
{
	return column->field != NULL ? registry_port_cell(&e->scratch, e->registry, &e->names, record, column->field, ret)
				     : table_cell(e, record, column, ret);
}

static err
sheet_record(struct exporting *e, const struct registry_record *record)
{
	slice *cells, cell;
	TRY(NEW(&e->scratch, e->columns_len, &cells));
	for (size_t i = 0; i < e->columns_len; i++) {
		TRY(cell_of(e, record, &e->columns[i], &cell));
		TRY(job_copy(e->job, cell, &cells[i]));
	}
	return sheet_add(e->sheet, cells);
}

static err
json_cell(struct exporting *e, const struct registry_record *record, const struct registry_port_column *column)
{
	const struct registry_field *field = column->field;
	slice cell;
	TRY(cell_of(e, record, column, &cell));
	if (cell.len == 0)
		buf_text(e->json, "null");
	else if (field != NULL && (field->type == REGISTRY_LIST || field->type == REGISTRY_LINK))
		json_write(e->json, json_object_getn(record->fields, field->id.at, field->id.len));
	else if (column->kind == SHEET_NUMBER || column->kind == SHEET_MONEY)
		buf_add(e->json, cell);
	else
		text_json(e->json, cell);
	return OK;
}

static err
json_record(struct exporting *e, const struct registry_record *record)
{
	buf_text(e->json, e->len > 0 ? ",\n{" : "\n{");
	for (size_t i = 0; i < e->columns_len; i++) {
		buf_text(e->json, i > 0 ? "," : "");
		text_json(e->json, e->columns[i].heading);
		buf_byte(e->json, ':');
		TRY(json_cell(e, record, &e->columns[i]));
	}
	buf_byte(e->json, '}');
	return OK;
}

/* Records */

static err
take_record(struct exporting *e, const struct ledger_record *base)
{
	struct registry_record record;
	TRY(registry_record_of(&e->scratch, e->what->def, base, &record));
	if (!leaves(e, &record))
		return OK;
	if (e->registry->access != NULL && (e->sensitive || registry_record_rank(&record) > 0))
		TRY(rows_add(&e->noted, record.cells));
	TRY(e->sheet != NULL ? sheet_record(e, &record) : json_record(e, &record));
	e->len++;
	return OK;
}

/* Numbers of those that are asked for, ascending; ${ret_all}: every one is. */
static err
listed(struct exporting *e, int64_t **ret, size_t *ret_len, bool *ret_all)
{
	static const slice by_number[] = {{"number", 6}};
	struct registry_list list = {.def = e->what->def, .filters = e->what->filters, .filters_len = e->what->filters_len, .ended = e->what->ended,
	    .reach = e->what->reach, .sort = by_number, .sort_len = 1};
	struct rows rows;
	bool more;
	*ret_all = e->what->then || (list.ended && list.filters_len == 0 && list.reach.all);
	*ret_len = 0;
	if (*ret_all)
		return OK;
	TRY(registry_list(&e->scratch, e->registry, &list, &rows, &more));
	TRY(NEW(e->job, rows.len + 1, ret));
	for (size_t i = 0; i < rows.len; i++)
		(*ret)[(*ret_len)++] = rows.row[i][REGISTRY_NUMBER_COLUMN].number;
	return OK;
}

static bool
is_open(const struct exporting *e, const struct ledger_record *base)
{
	int state = registry_state(e->what->def, base->status);
	return e->what->ended || state < 0 || !e->what->def->states[state].end;
}

static err
take_records(struct exporting *e)
{
	struct ledger_moment at = e->what->at;
	struct ledger_record *bases;
	int64_t *numbers = NULL;
	size_t len, numbers_len, next = 0;
	bool all;
	struct arena_mark start = arena_mark(e->scratch.arena);
	if (!e->what->then)
		at = (struct ledger_moment){.size = ledger_size(e->registry->ledger), .now_us = job_now(e->job)};
	TRY(listed(e, &numbers, &numbers_len, &all));
	arena_rewind(e->scratch.arena, start);
	TRY(ledger_records(e->job, e->registry->ledger, at, e->what->def->id, &bases, &len));
	for (size_t i = 0; i < len; i++) {
		struct arena_mark mark = arena_mark(e->scratch.arena);
		while (!all && next < numbers_len && numbers[next] < bases[i].number)
			next++;
		bool wanted = all ? is_open(e, &bases[i]) : next < numbers_len && numbers[next] == bases[i].number;
		if (wanted)
			TRY(take_record(e, &bases[i]));
		arena_rewind(e->scratch.arena, mark);
		if (i % EACH == 0 && len > EACH)
			job_progress(e->job, "records", i, len);
	}
	return OK;
}

static err
note_reads(struct exporting *e)
{
	slice *names;
	if (e->registry->access == NULL || e->noted.len == 0)
		return OK;
	TRY(NEW(e->job, e->columns_len + 1, &names));
	for (size_t i = 0; i < e->columns_len; i++)
		names[i] = e->columns[i].heading;
	return registry_access_note_rows(e->job, e->registry->access, &e->noted, e->what->def, names, e->columns_len);
}

static err
run(struct exporting *e)
{
	DEFER(arena_close_at) struct arena *arena = arena_open("a record that is exported", SCRATCH);
	if (arena == NULL)
		return err_set(e->job, ERR_LIMIT, "the system has no memory left");
	e->scratch = *e->job;
	e->scratch.arena = arena;
	e->scratch.why[0] = '\0';
	registry_memo_open(&e->names, e->job);
	rows_open(&e->noted, e->job, &e->what->def->table);
	err done = take_records(e);
	if (done.code != ERR_NONE && e->scratch.why[0] != '\0')
		return err_set(e->job, done.code, "%s", e->scratch.why);
	TRY(done);
	return note_reads(e);
}

static err
open_export(struct exporting *e)
{
	const struct registry_export *what = e->what;
	if (what->then && what->filters_len > 0)
		return err_set(e->job, ERR_INPUT, "another moment than now is exported without tests: leave --where out");
	return choose_columns(e);
}

err
registry_export_sheet(struct job *job, const struct registry *registry, const struct registry_export *what, struct sheet *ret)
{
	struct exporting e = {.job = job, .registry = registry, .what = what, .sheet = ret};
	struct sheet_column *columns;
	TRY(open_export(&e));
	TRY(NEW(job, e.columns_len, &columns));
	for (size_t i = 0; i < e.columns_len; i++)
		columns[i] = (struct sheet_column){.heading = e.columns[i].heading, .kind = e.columns[i].kind};
	TRY(sheet_begin(job, what->def->plural, columns, e.columns_len, ret));
	return run(&e);
}

err
registry_export_json(struct job *job, const struct registry *registry, const struct registry_export *what, slice *ret, size_t *ret_len)
{
	struct buf buf = buf_open(job, "an export", MAX_JSON);
	struct exporting e = {.job = job, .registry = registry, .what = what, .json = &buf};
	TRY(open_export(&e));
	buf_byte(&buf, '[');
	TRY(run(&e));
	buf_text(&buf, e.len > 0 ? "\n]\n" : "]\n");
	*ret_len = e.len;
	return buf_end(&buf, ret);
}
