/*
 * What registers hold about a person. Found in the view's tables, by token and, where a personal text may hold a name, by the name.
 * Deliberately looks at no fact table: those are not the registry's.
 */
#include "registry/registry_person.h"

#include <stdlib.h>

#include "ledger/ledger_sql.h"

const char *const registry_trace_words[] = {"about", "named", "linked", NULL};

#define MAX_TRACES 100000

struct tracing {
	const struct registry *registry;
	slice name, token;
	struct registry_trace *list;
	size_t len, room;
};

static err
add_trace(struct job *job, struct tracing *t, const struct registry_trace *trace)
{
	struct registry_trace *last = t->len > 0 ? &t->list[t->len - 1] : NULL;
	for (size_t i = 0; i < t->len; i++)
		if (t->list[i].def == trace->def && t->list[i].number == trace->number) {
			last = &t->list[i];
			if (trace->how < last->how)
				last->how = trace->how;
			return job_format(job, &last->fields, "%.*s, %.*s", SLICE(last->fields), SLICE(trace->fields));
		}
	if (t->len == t->room) {
		struct registry_trace *more;
		size_t room = t->room * 2 + 64;
		if (room > MAX_TRACES)
			return err_set(job, ERR_LIMIT, "at most %d records about one person are listed", MAX_TRACES);
		TRY(NEW(job, room, &more));
		for (size_t i = 0; i < t->len; i++)
			more[i] = t->list[i];
		t->list = more;
		t->room = room;
	}
	t->list[t->len++] = *trace;
	return OK;
}

/* The records in which one field of ${def} holds the person. */
static err
trace_field(struct job *job, struct tracing *t, const struct registry_register *def, const struct registry_field *field)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	bool person = field->type == REGISTRY_PERSON, row;
	slice sql, wanted = person ? t->token : t->name;
	if (wanted.len == 0 || field->column < 0 || (!person && def->table.columns[field->column].type != COLUMN_TEXT))
		return OK;
	TRY(job_format(job, &sql, person ? "SELECT number, \"%.*s\" FROM \"rr_%s\" WHERE \"%.*s\" = ?1 ORDER BY number"
					 : "SELECT number, \"%.*s\" FROM \"rr_%s\" WHERE instr(lower(\"%.*s\"), lower(?1)) > 0 ORDER BY number",
	    SLICE(def->label), def->table_name, SLICE(field->id)));
	TRY(ledger_sql_open(job, ledger_sql_db(t->registry->ledger), sql.at, false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(wanted))));
	for (;;) {
		struct registry_trace trace = {.def = def, .fields = field->id,
		    .how = !person ? REGISTRY_NAMED : slice_same(field->id, def->subject) ? REGISTRY_ABOUT : REGISTRY_LINKED};
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		trace.number = ledger_sql_int(stmt, 0);
		TRY(ledger_sql_text(job, stmt, 1, &trace.label));
		TRY(add_trace(job, t, &trace));
	}
}

err
registry_person_traces(struct job *job, const struct registry *registry, slice name, slice token, struct registry_trace **ret, size_t *ret_len)
{
	struct tracing t = {.registry = registry, .name = name, .token = token};
	for (size_t r = 0; r < registry->registers.len; r++) {
		const struct registry_register *def = &registry->registers.at[r];
		for (size_t f = 0; f < def->fields_len; f++)
			if (def->fields[f].personal)
				TRY(trace_field(job, &t, def, &def->fields[f]));
	}
	*ret = t.list;
	*ret_len = t.len;
	return OK;
}

err
registry_person_deeds(struct job *job, const struct registry *registry, slice token, struct registry_deed **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL, *count DEFER(ledger_sql_close_at) = NULL;
	sqlite3 *db = ledger_sql_db(registry->ledger);
	bool row;
	TRY(ledger_sql_open(job, db, "SELECT count(*) FROM record_change WHERE by = (SELECT id FROM word WHERE text = ?1)", false, &count));
	TRY(ledger_sql_bind(job, count, SQL_WITH(SQL_T(token))));
	TRY(ledger_sql_step(job, count, &row));
	size_t room = row ? (size_t)ledger_sql_int(count, 0) : 0;
	TRY(NEW(job, room + 1, ret));
	*ret_len = 0;
	TRY(ledger_sql_open(job, db,
	    "SELECT reg.text, r.number, c.version, c.made FROM record_change AS c JOIN record AS r ON r.id = c.record JOIN word AS reg ON reg.id = r.register"
	    " WHERE c.by = (SELECT id FROM word WHERE text = ?1) ORDER BY c.seq, reg.text, r.number",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(token))));
	while (*ret_len < room) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		struct registry_deed *deed = &(*ret)[(*ret_len)++];
		TRY(ledger_sql_text(job, stmt, 0, &deed->registry));
		deed->number = ledger_sql_int(stmt, 1);
		deed->version = ledger_sql_int(stmt, 2);
		deed->at_us = ledger_sql_int(stmt, 3);
	}
	return OK;
}
