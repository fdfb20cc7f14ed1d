/*
 * One row of a sheet as an edit of a record.
 * Deliberately does not judge values: the register's definition does, when the edit is written.
 */
#include "registry/registry_import_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ledger/ledger_sql.h"

/* Numbers and labels */

static int
number_order(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static bool
is_there(const struct registry_importing *m, int64_t number)
{
	return m->there_len > 0 && bsearch(&number, m->there, m->there_len, sizeof number, number_order) != NULL;
}

static bool
reaches(const struct registry_reach *reach, int64_t access)
{
	return reach->all || (reach->len > 0 && bsearch(&access, reach->ids, reach->len, sizeof access, number_order) != NULL);
}

static err
fold(struct job *job, slice text, slice *ret)
{
	char *small;
	text = slice_trim(text);
	TRY(NEW(job, text.len + 1, &small));
	for (size_t i = 0; i < text.len; i++)
		small[i] = text.at[i] >= 'A' && text.at[i] <= 'Z' ? (char)(text.at[i] + 32) : text.at[i];
	*ret = slice_bytes(small, text.len);
	return OK;
}

/* What the register holds: every number, and the labels of open records that may be read. */
static err
load_there(struct registry_importing *m)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL, *count DEFER(ledger_sql_close_at) = NULL;
	sqlite3 *db = ledger_sql_db(m->registry->ledger);
	struct registry_reach reach = {.all = true};
	slice label, key, name;
	bool row;
	if (m->registry->access != NULL)
		TRY(registry_access_reach(m->job, m->registry->access, S("read"), m->how->def, &reach));
	TRY(ledger_sql_open(m->job, db, "SELECT count(*) FROM rt_record WHERE register = ?1", false, &count));
	TRY(ledger_sql_bind(m->job, count, SQL_WITH(SQL_T(m->how->def->id))));
	TRY(ledger_sql_step(m->job, count, &row));
	size_t room = row ? (size_t)ledger_sql_int(count, 0) : 0;
	TRY(NEW(m->job, room + 1, &m->there));
	TRY(ledger_sql_open(m->job, db, "SELECT number, ended IS NULL, access, label FROM rt_record WHERE register = ?1 ORDER BY number", false, &stmt));
	TRY(ledger_sql_bind(m->job, stmt, SQL_WITH(SQL_T(m->how->def->id))));
	for (;;) {
		TRY(ledger_sql_step(m->job, stmt, &row));
		if (!row || m->there_len == room)
			return OK;
		int64_t number = ledger_sql_int(stmt, 0);
		m->there[m->there_len++] = number;
		if (m->label_column == SIZE_MAX || ledger_sql_int(stmt, 1) == 0 || !reaches(&reach, ledger_sql_int(stmt, 2)))
			continue;
		struct arena_mark mark = arena_mark(m->scratch.arena);
		TRY(ledger_sql_text(&m->scratch, stmt, 3, &label));
		TRY(fold(&m->scratch, label, &key));
		TRY(job_format(&m->scratch, &name, "%.*s %lld", SLICE(m->how->def->id), (long long)number));
		if (key.len > 0 && registry_memo_find(&m->labels, key) == NULL)
			TRY(registry_memo_put(&m->labels, key, name));
		arena_rewind(m->scratch.arena, mark);
	}
}

/* The number in the row's cell; 0: none. */
static err
number_of(struct registry_importing *m, const struct sheet_row *row, int64_t *ret)
{
	slice text = m->number_column == SIZE_MAX ? S("") : slice_trim(row->cells[m->number_column]), registry;
	*ret = 0;
	if (text.len == 0 || (slice_i64(text, ret) && *ret > 0))
		return OK;
	if (registry_link_parse(text, &registry, ret) && slice_same(registry, m->how->def->id))
		return OK;
	*ret = NUMBER_BAD;
	return registry_import_wrong(m, row, m->number_column, false, "expected the number of a %.*s, or nothing for a new one, found \"%.*s\"",
	    SLICE(m->how->def->id), SLICE(slice_part(text, 0, 60)));
}

static err
check_twice(struct registry_importing *m, struct registry_memo *seen, size_t at)
{
	slice key, first;
	TRY(job_format(&m->scratch, &key, "%lld", (long long)m->numbers[at]));
	const slice *before = registry_memo_find(seen, key);
	if (before != NULL) {
		m->numbers[at] = NUMBER_BAD;
		return registry_import_wrong(m, &m->sheet->rows[at], m->number_column, false, "the number %.*s is in row %.*s too", SLICE(key), SLICE(*before));
	}
	TRY(job_format(&m->scratch, &first, "%u", m->sheet->rows[at].number));
	return registry_memo_put(seen, key, first);
}

/* Records that will be new and keep their numbers: links of this file may name them. */
static err
promise(struct registry_importing *m)
{
	int64_t *numbers;
	size_t len = 0;
	if (!m->how->as_recorded)
		return OK;
	TRY(NEW(m->job, m->sheet->rows_len + 1, &numbers));
	for (size_t i = 0; i < m->sheet->rows_len; i++)
		if (m->numbers[i] > 0 && !is_there(m, m->numbers[i]))
			numbers[len++] = m->numbers[i];
	qsort(numbers, len, sizeof *numbers, number_order);
	registry_writing_promise(m->writing, m->how->def, numbers, len);
	return OK;
}

err
registry_import_numbers(struct registry_importing *m)
{
	struct registry_memo seen;
	registry_memo_open(&m->names, m->job);
	registry_memo_open(&m->labels, m->job);
	registry_memo_open(&seen, &m->scratch);
	TRY(load_there(m));
	TRY(NEW(m->job, m->sheet->rows_len + 1, &m->numbers));
	for (size_t i = 0; i < m->sheet->rows_len; i++) {
		TRY(number_of(m, &m->sheet->rows[i], &m->numbers[i]));
		if (m->numbers[i] > 0)
			TRY(check_twice(m, &seen, i));
	}
	return promise(m);
}

/* Another record is called so: told, not refused. Of records that have a number already nothing is told. */
static err
check_label(struct registry_importing *m, const struct sheet_row *row, bool is_new)
{
	slice key, name;
	if (m->label_column == SIZE_MAX || !is_new)
		return OK;
	TRY(fold(&m->scratch, row->cells[m->label_column], &key));
	if (key.len == 0)
		return OK;
	const slice *before = registry_memo_find(&m->labels, key);
	if (before != NULL)
		return registry_import_wrong(m, row, m->label_column, true, "%.*s is called \"%.*s\" too: is it the same?", SLICE(*before),
		    SLICE(slice_part(row->cells[m->label_column], 0, 80)));
	TRY(job_format(&m->scratch, &name, "row %u", row->number));
	return registry_memo_put(&m->labels, key, name);
}

/* Status and version */

static int
state_of(const struct registry_register *def, slice word)
{
	int state = registry_state(def, word);
	for (size_t i = 0; state < 0 && i < def->states_len; i++)
		if (slice_same_nocase(def->states[i].id, word) || slice_same_nocase(def->states[i].title, word))
			state = (int)i;
	return state;
}

static err
wrong_state(struct registry_importing *m, const struct sheet_row *row, size_t column, slice word)
{
	struct buf buf = buf_open(&m->scratch, "states", 16 * KIB);
	slice words;
	for (size_t i = 0; i < m->how->def->states_len; i++)
		buf_printf(&buf, "%s%.*s", i > 0 ? ", " : "", SLICE(m->how->def->states[i].id));
	TRY(buf_end(&buf, &words));
	return registry_import_wrong(m, row, column, false, "expected one of %.*s, found \"%.*s\"", SLICE(words), SLICE(slice_part(word, 0, 60)));
}

static err
take_status(struct registry_importing *m, const struct sheet_row *row, size_t column, const struct registry_record *now, struct registry_edit *edit)
{
	const struct registry_register *def = m->how->def;
	slice word = slice_trim(row->cells[column]);
	if (word.len == 0)
		return OK;
	int state = state_of(def, word);
	if (now != NULL && (slice_same(word, now->base.status) || (state >= 0 && slice_same(def->states[state].id, now->base.status))))
		return OK;
	if (state < 0)
		return wrong_state(m, row, column, word);
	if (now != NULL)
		return registry_import_wrong(m, row, column, false, "it is %.*s: a status is changed with 'assay %.*s status %lld', not by importing",
		    SLICE(now->base.status), SLICE(def->id), (long long)now->base.number);
	if (edit->begins != NULL)
		edit->begins = &def->states[state];
	else if (state != 0)
		return registry_import_wrong(m, row, column, false,
		    "a new %.*s begins as %.*s: leave the cell empty, or import with --as-recorded what was kept elsewhere until now", SLICE(def->id),
		    SLICE(def->states[0].id));
	return OK;
}

static err
take_version(struct registry_importing *m, const struct sheet_row *row, size_t column, const struct registry_record *now, struct registry_edit *edit)
{
	slice word = slice_trim(row->cells[column]);
	int64_t version;
	if (word.len == 0)
		return OK;
	if (!slice_i64(word, &version) || version < 1)
		return registry_import_wrong(m, row, column, false, "expected a version from 1, or nothing, found \"%.*s\"", SLICE(slice_part(word, 0, 60)));
	if (now != NULL)
		edit->if_version = version;
	else if (edit->begins == NULL)
		return registry_import_wrong(m, row, column, false, "a new record has no version yet, found %lld", (long long)version);
	return OK;
}

/* Fields */

static bool
is_blank(slice text)
{
	return slice_trim(text).len == 0;
}

static err
warn_formula(struct registry_importing *m, const struct sheet_row *row, size_t column, const struct registry_field *field)
{
	bool special = field->type == REGISTRY_DATE || field->type == REGISTRY_INSTANT || field->type == REGISTRY_PERSON;
	if (special || !slice_starts(row->cells[column], S("=")))
		return OK;
	return registry_import_wrong(m, row, column, true, "begins with \"=\", as formulas do: it is kept as text");
}

/* Nothing in the cell of a new record: what it would be without the column, or, of what is written down as it stood, nothing. */
static bool
is_left(const struct registry_edit *edit, const struct registry_field *field)
{
	return edit->begins == NULL || field->required || field->builtin || field->otherwise.len == 0;
}

static err
take_field(struct registry_importing *m, const struct sheet_row *row, size_t column, const struct registry_record *now, struct registry_edit *edit,
    struct registry_input *inputs)
{
	const struct registry_field *field = m->columns[column].field;
	bool text = field->type == REGISTRY_TEXT || field->type == REGISTRY_LONG;
	slice cell = row->cells[column], is = S("");
	if (now != NULL)
		TRY(registry_port_cell(&m->scratch, m->registry, &m->names, now, field, &is));
	if (now != NULL && slice_same(cell, is))
		return OK;
	if (!text || is_blank(cell))
		cell = slice_trim(cell);
	if (now != NULL ? slice_same(cell, is) : cell.len == 0 && is_left(edit, field))
		return OK;
	if (field->type == REGISTRY_FILE && cell.len > 0)
		return registry_import_wrong(m, row, column, true, "a sheet holds no files: \"%.*s\" was not taken; 'assay %.*s edit NUMBER --%s PATH' does",
		    SLICE(slice_part(cell, 0, 60)), SLICE(m->how->def->id), field->option);
	if (field->type == REGISTRY_PERSON && slice_same(cell, REGISTRY_ERASED))
		return registry_import_wrong(m, row, column, false, "\"%.*s\" is what stands for a name that was erased, it names nobody", SLICE(cell));
	TRY(warn_formula(m, row, column, field));
	inputs[edit->inputs_len++] = (struct registry_input){.field = field, .text = cell};
	return OK;
}

static err
take_cells(struct registry_importing *m, const struct sheet_row *row, const struct registry_record *now, struct registry_edit *edit)
{
	struct registry_input *inputs;
	TRY(NEW(&m->scratch, m->sheet->columns_len + 1, &inputs));
	edit->inputs = inputs;
	for (size_t i = 0; i < m->sheet->columns_len; i++)
		switch (m->columns[i].heads) {
		case REGISTRY_HEADS_STATUS:
			TRY(take_status(m, row, i, now, edit));
			break;
		case REGISTRY_HEADS_VERSION:
			TRY(take_version(m, row, i, now, edit));
			break;
		case REGISTRY_HEADS_FIELD:
			TRY(take_field(m, row, i, now, edit, inputs));
			break;
		case REGISTRY_HEADS_NUMBER:
		case REGISTRY_HEADS_GIVEN:
			break;
		}
	return OK;
}

/* The record as it stands, as far as whoever asks may read it. */
static err
find_record(struct registry_importing *m, const struct sheet_row *row, int64_t number, struct registry_record *ret, bool *ret_may)
{
	struct ledger_moment now = {.size = ledger_size(m->registry->ledger), .now_us = job_now(m->job)};
	*ret_may = is_there(m, number);
	if (!*ret_may)
		return registry_import_wrong(m, row, m->number_column, false, "there is no %.*s %lld: leave the number empty for a new one%s", SLICE(m->how->def->id),
		    (long long)number, m->how->as_recorded ? "" : ", or import with --as-recorded to keep it");
	TRY(registry_record(&m->scratch, m->registry, now, m->how->def, number, ret));
	if (m->registry->access == NULL)
		return OK;
	struct registry_ask ask = registry_ask_of(m->registry, ret, S("read"));
	slice why;
	TRY(registry_access_decide(&m->scratch, m->registry->access, &ask, ret_may, &why));
	return *ret_may ? OK : registry_import_wrong(m, row, m->number_column, false, "%.*s", SLICE(why));
}

err
registry_import_row(struct registry_importing *m, size_t at, struct registry_edit *ret, bool *ret_taken)
{
	const struct sheet_row *row = &m->sheet->rows[at];
	int64_t number = m->numbers[at];
	bool is_new = number == 0 || (m->how->as_recorded && number > 0 && !is_there(m, number));
	struct registry_record record;
	*ret = (struct registry_edit){.def = m->how->def, .reason = m->how->reason, .only_moved = true};
	*ret_taken = number != NUMBER_BAD;
	if (row->formula > 0)
		TRY(registry_import_wrong(m, row, row->formula - 1, true, "a formula made this value: what it showed was taken"));
	if (is_new) {
		ret->keeps = number;
		ret->begins = m->how->as_recorded ? &m->how->def->states[0] : NULL;
	} else if (number > 0) {
		ret->number = number;
		TRY(find_record(m, row, number, &record, ret_taken));
	}
	if (!*ret_taken)
		return OK;
	TRY(check_label(m, row, is_new));
	return take_cells(m, row, is_new ? NULL : &record, ret);
}
