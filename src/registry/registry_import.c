/*
 * Rows of a sheet become edits, portion by portion, and are written all or not at all.
 * Deliberately stops at nothing on the way: whoever imports is told of everything that is wrong, once.
 */
#include "registry/registry_import_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "registry/registry_access.h"

#define PORTION 1000
#define SCRATCH (1024 * MIB)
#define MAX_KEPT 200000 /* problems */

err
registry_import_problem(struct registry_importing *m, const struct registry_import_problem *problem)
{
	struct registry_imported *ret = m->ret;
	ret->wrong += problem->warning ? 0 : 1;
	if (ret->problems_len == MAX_KEPT)
		return OK;
	if (ret->problems_len == ret->problems_room) {
		struct registry_import_problem *more;
		size_t room = ret->problems_room * 2 + 64;
		TRY(NEW(m->job, room, &more));
		if (ret->problems_len > 0)
			memcpy(more, ret->problems, ret->problems_len * sizeof *more);
		ret->problems = more;
		ret->problems_room = room;
	}
	struct registry_import_problem *kept = &ret->problems[ret->problems_len++];
	*kept = *problem;
	return job_copy(m->job, problem->says, &kept->says);
}

err
registry_import_wrong(struct registry_importing *m, const struct sheet_row *row, size_t column, bool warning, const char *format, ...)
{
	char text[1200];
	va_list arguments;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	return registry_import_problem(m,
	    &(struct registry_import_problem){.row = row->number,
		.heading = column < m->sheet->columns_len ? m->sheet->columns[column].heading : S(""),
		.says = slice_of(text),
		.warning = warning});
}

/* Headings */

static bool
is_ignored(const struct registry_importing *m, slice heading, const struct registry_port_column *column)
{
	for (size_t i = 0; i < m->how->ignore_len; i++) {
		struct registry_port_column named;
		if (slice_same_nocase(m->how->ignore[i], heading))
			return true;
		if (column != NULL && registry_port_find(m->how->def, m->how->ignore[i], &named) && slice_same(named.heading, column->heading))
			return true;
	}
	return false;
}

static err
unread(struct registry_importing *m, size_t column)
{
	m->columns[column].heads = REGISTRY_HEADS_GIVEN;
	m->ret->unread[m->ret->unread_len++] = m->sheet->columns[column].heading;
	return OK;
}

static err
head_one(struct registry_importing *m, size_t at)
{
	const struct registry_register *def = m->how->def;
	const struct sheet_row row = {.number = m->sheet->header};
	slice heading = m->sheet->columns[at].heading, shown = slice_part(heading, 0, 60);
	struct registry_port_column *column = &m->columns[at];
	bool known = registry_port_find(def, heading, column);
	if (is_ignored(m, heading, known ? column : NULL))
		return unread(m, at);
	if (!known) {
		slice near = registry_port_nearest(def, heading);
		column->heads = REGISTRY_HEADS_GIVEN;
		if (near.len > 0)
			return registry_import_wrong(m, &row, at, false, "%.*s has no field \"%.*s\", did you mean \"%.*s\"?", SLICE(def->id), SLICE(shown), SLICE(near));
		return registry_import_wrong(m, &row, at, false, "%.*s has no field \"%.*s\": rename the column, or leave it out with --ignore-columns", SLICE(def->id),
		    SLICE(shown));
	}
	if (column->heads == REGISTRY_HEADS_GIVEN)
		return unread(m, at);
	for (size_t i = 0; i < at; i++)
		if (m->columns[i].heads == column->heads && m->columns[i].field == column->field)
			return registry_import_wrong(m, &row, at, false, "means the same as the column \"%.*s\"", SLICE(m->sheet->columns[i].heading));
	if (column->heads == REGISTRY_HEADS_NUMBER)
		m->number_column = at;
	if (column->heads == REGISTRY_HEADS_FIELD && slice_same(column->field->id, def->label))
		m->label_column = at;
	return OK;
}

static err
head(struct registry_importing *m)
{
	const struct sheet_row row = {.number = m->sheet->header};
	m->number_column = m->label_column = SIZE_MAX;
	TRY(NEW(m->job, m->sheet->columns_len + 1, &m->columns));
	TRY(NEW(m->job, m->sheet->columns_len + 1, &m->ret->unread));
	for (size_t i = 0; i < m->sheet->columns_len; i++)
		TRY(head_one(m, i));
	for (size_t i = 0; i < m->how->ignore_len; i++) {
		struct registry_port_column named;
		bool there = sheet_find(m->sheet, m->how->ignore[i]) >= 0;
		for (size_t c = 0; c < m->sheet->columns_len && !there; c++)
			there = registry_port_find(m->how->def, m->how->ignore[i], &named) && slice_same(named.heading, m->columns[c].heading);
		if (!there)
			TRY(registry_import_wrong(m, &row, SIZE_MAX, false, "there is no column \"%.*s\" to ignore", SLICE(slice_part(m->how->ignore[i], 0, 60))));
	}
	return OK;
}

/* What the reader could not take. */
static err
take_faults(struct registry_importing *m)
{
	const struct sheet *sheet = m->sheet;
	for (size_t i = 0; i < sheet->faults_len; i++) {
		const struct sheet_fault *fault = &sheet->faults[i];
		size_t lead = slice_find(fault->says, ':'); /* "row 7, column 3: " is said by us */
		slice says = lead < fault->says.len ? slice_trim(slice_from(fault->says, lead + 1)) : fault->says;
		const struct sheet_row row = {.number = fault->number};
		TRY(registry_import_wrong(m, &row, fault->column > 0 ? fault->column - 1 : SIZE_MAX, false, "%.*s", SLICE(says)));
	}
	m->ret->wrong += sheet->faults_all - sheet->faults_len;
	return OK;
}

/* Judging */

static const struct registry_port_column *
column_of(const struct registry_importing *m, const struct registry_field *field, size_t *ret_at)
{
	for (*ret_at = 0; *ret_at < m->sheet->columns_len; ++*ret_at)
		if (m->columns[*ret_at].heads == REGISTRY_HEADS_FIELD && m->columns[*ret_at].field == field)
			return &m->columns[*ret_at];
	*ret_at = SIZE_MAX;
	return NULL;
}

static err
take_outcome(struct registry_importing *m, const struct sheet_row *row, const struct registry_edit *edit)
{
	for (size_t i = 0; i < edit->problems_len; i++) {
		const struct registry_problem *problem = &edit->problems[i];
		size_t at = SIZE_MAX;
		bool there = problem->field != NULL && column_of(m, problem->field, &at) != NULL;
		slice id = problem->field != NULL ? problem->field->id : S("");
		TRY(registry_import_problem(m,
		    &(struct registry_import_problem){
			.row = row->number, .heading = there ? m->sheet->columns[at].heading : id, .says = problem->says}));
	}
	if (edit->number == 0)
		m->ret->added++;
	else if (edit->moved)
		m->ret->changed++;
	else
		m->ret->same++;
	return OK;
}

static err
portion(struct registry_importing *m, size_t from, size_t len)
{
	struct registry_edit *edits;
	const struct sheet_row **rows;
	size_t edits_len = 0, problems = 0;
	TRY(NEW(&m->scratch, len, &edits));
	TRY(NEW(&m->scratch, len, &rows));
	for (size_t i = from; i < from + len; i++) {
		bool taken;
		TRY(registry_import_row(m, i, &edits[edits_len], &taken));
		rows[edits_len] = &m->sheet->rows[i];
		edits_len += taken ? 1 : 0;
	}
	TRY(registry_writing_judge(&m->scratch, m->writing, edits, edits_len, true, &problems));
	for (size_t i = 0; i < edits_len; i++)
		TRY(take_outcome(m, rows[i], &edits[i]));
	return OK;
}

static err
judge(struct registry_importing *m)
{
	TRY(registry_import_numbers(m));
	for (size_t from = 0; from < m->sheet->rows_len; from += PORTION) {
		struct arena_mark mark = arena_mark(m->scratch.arena);
		if (m->sheet->rows_len > PORTION)
			job_progress(m->job, "rows", from, m->sheet->rows_len);
		TRY(portion(m, from, m->sheet->rows_len - from < PORTION ? m->sheet->rows_len - from : PORTION));
		arena_rewind(m->scratch.arena, mark);
	}
	return OK;
}

static err
judge_apart(struct registry_importing *m)
{
	DEFER(arena_close_at) struct arena *arena = arena_open("rows that are imported", SCRATCH);
	if (arena == NULL)
		return err_set(m->job, ERR_LIMIT, "the system has no memory left");
	m->scratch = *m->job;
	m->scratch.arena = arena;
	m->scratch.why[0] = '\0';
	err done = judge(m);
	if (done.code != ERR_NONE && m->scratch.why[0] != '\0')
		return err_set(m->job, done.code, "%s", m->scratch.why);
	return done;
}

static int
problem_order(const void *a, const void *b)
{
	const struct registry_import_problem *x = a, *y = b;
	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	int order = slice_order(x->heading, y->heading);
	return order != 0 ? order : slice_order(x->says, y->says);
}

err
registry_import(struct job *job, struct registry *registry, const struct registry_import *how, const struct sheet *sheet, struct registry_imported *ret)
{
	struct registry_importing m = {.job = job, .registry = registry, .how = how, .sheet = sheet, .ret = ret};
	*ret = (struct registry_imported){0};
	if (sheet->rows_len > REGISTRY_MAX_IMPORT)
		return err_set(job, ERR_LIMIT, "at most %zu rows are imported at once, found %zu: divide the file", REGISTRY_MAX_IMPORT, sheet->rows_len);
	TRY(head(&m));
	TRY(take_faults(&m));
	TRY(registry_writing_open(job, registry, sheet->rows_len, &m.writing));
	bool readable = true;
	for (size_t i = 0; i < ret->problems_len; i++)
		readable = readable && ret->problems[i].row != sheet->header;
	if (readable) /* with wrong headings every row would be wrong */
		TRY(judge_apart(&m));
	if (ret->problems_len > 1)
		qsort(ret->problems, ret->problems_len, sizeof *ret->problems, problem_order);
	if (how->dry_run || !readable)
		return OK;
	if (ret->wrong > 0) {
		err told = registry_writing_tell(job, m.writing);
		return told.code == ERR_DENIED ? OK : told; /* the row says it too */
	}
	TRY(registry_writing_append(job, m.writing));
	ret->written = true;
	return OK;
}
