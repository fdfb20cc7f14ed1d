/*
 * What registers hold about a person. Found in the view's tables, by token and, where a personal text may hold a name, by the name.
 * Deliberately looks at no fact table: those are not the registry's.
 */
#include "registry/registry_person.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/ledger_sql.h"

const char *const registry_trace_words[] = {"about", "named", "noted", "linked", NULL};

#define MAX_TRACES 100000

struct tracing {
	const struct registry *registry;
	slice name, token;
	struct registry_trace *list;
	size_t len, room;
};

static bool
in_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || c == '@';
}

/* Does a word go on at ${at}, in the direction ${step}? A joint such as "." counts when a word follows it. */
static bool
goes_on(slice text, size_t at, int step)
{
	if (at >= text.len)
		return false;
	size_t next = at + (size_t)step;
	return in_word(text.at[at]) || (strchr(".-_", text.at[at]) != NULL && next < text.len && in_word(text.at[next]));
}

bool
registry_person_in(slice text, slice name)
{
	for (size_t i = 0; name.len > 0 && i + name.len <= text.len; i++)
		if (slice_same_nocase(slice_part(text, i, name.len), name) && !goes_on(text, i - 1, -1) && !goes_on(text, i + name.len, 1))
			return true;
	return false;
}

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
	slice sql, held, wanted = person ? t->token : t->name;
	if (wanted.len == 0 || field->column < 0 || (!person && def->table.columns[field->column].type != COLUMN_TEXT))
		return OK;
	TRY(job_format(job, &sql, person ? "SELECT number, \"%.*s\", \"%.*s\" FROM \"rr_%s\" WHERE \"%.*s\" = ?1 ORDER BY number"
					 : "SELECT number, \"%.*s\", \"%.*s\" FROM \"rr_%s\" WHERE instr(lower(\"%.*s\"), lower(?1)) > 0 ORDER BY number",
	    SLICE(def->label), SLICE(field->id), def->table_name, SLICE(field->id)));
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
		TRY(ledger_sql_text(job, stmt, 2, &held));
		if (person || registry_person_in(held, t->name))
			TRY(add_trace(job, t, &trace));
	}
}

/* What came before: earlier values of personal fields, notes and reasons. */

static bool
is_traced(const struct tracing *t, const struct registry_register *def, int64_t number, enum registry_trace_how how)
{
	for (size_t i = 0; i < t->len; i++)
		if (t->list[i].def == def && t->list[i].number == number && t->list[i].how <= how)
			return true;
	return false;
}

/* How one change holds the name: REGISTRY_NAMED with the field, REGISTRY_NOTED, or not at all. */
static err
change_holds(struct job *job, const struct tracing *t, const struct registry_register *def, slice sets, bool noted, struct registry_trace *trace, bool *ret)
{
	const json_t *object;
	*ret = noted;
	trace->how = REGISTRY_NOTED;
	trace->fields = S("history");
	TRY(json_read(job, "a change", sets, &object));
	for (size_t f = 0; f < def->fields_len; f++) {
		const struct registry_field *field = &def->fields[f];
		const json_t *value = json_object_getn(object, field->id.at, field->id.len);
		struct buf buf = buf_open(job, "a value", MIB);
		slice text;
		if (!field->personal || field->type == REGISTRY_PERSON || value == NULL)
			continue;
		json_write(&buf, value);
		TRY(buf_end(&buf, &text));
		if (!registry_person_in(text, t->name))
			continue;
		*ret = true;
		trace->how = REGISTRY_NAMED;
		TRY(job_format(job, &trace->fields, "%.*s (earlier)", SLICE(field->id)));
		return OK;
	}
	return OK;
}

static err
trace_history(struct job *job, struct tracing *t, const struct registry_register *def)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	bool row, holds, found;
	if (t->name.len == 0)
		return OK;
	TRY(ledger_sql_open(job, ledger_sql_db(t->registry->ledger),
	    "SELECT r.number, c.sets, c.note, c.reason FROM record_change AS c JOIN record AS r ON r.id = c.record JOIN word AS w ON w.id = r.register"
	    " WHERE w.text = ?1 AND (instr(lower(c.sets), lower(?2)) OR instr(lower(c.note), lower(?2)) OR instr(lower(c.reason), lower(?2))) ORDER BY r.number",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(def->id), SQL_T(t->name))));
	for (;;) {
		struct registry_trace trace = {.def = def};
		slice sets, note, reason;
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		trace.number = ledger_sql_int(stmt, 0);
		TRY(ledger_sql_text(job, stmt, 1, &sets));
		TRY(ledger_sql_text(job, stmt, 2, &note));
		TRY(ledger_sql_text(job, stmt, 3, &reason));
		TRY(change_holds(job, t, def, sets, registry_person_in(note, t->name) || registry_person_in(reason, t->name), &trace, &holds));
		if (!holds || is_traced(t, def, trace.number, trace.how))
			continue;
		TRY(registry_label(job, t->registry, def->id, trace.number, &found, &trace.label));
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
		TRY(trace_history(job, &t, def));
	}
	*ret = t.list;
	*ret_len = t.len;
	return OK;
}

err
registry_person_reach(struct job *job, const struct registry *registry)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	bool row;
	TRY(registry_sound(job, &registry->registers));
	TRY(ledger_sql_open(job, ledger_sql_db(registry->ledger),
	    "SELECT w.text, count(*) FROM record AS r JOIN word AS w ON w.id = r.register GROUP BY w.text ORDER BY w.text", false, &stmt));
	for (;;) {
		slice id;
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		TRY(ledger_sql_text(job, stmt, 0, &id));
		if (registry_find(&registry->registers, id) == NULL)
			return err_set(job, ERR_CONFLICT, "%lld records of the register %.*s are kept and its definition is gone, so that nobody can say what in them is personal: put it back first",
			    (long long)ledger_sql_int(stmt, 1), SLICE(id));
	}
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
