/*
 * What becomes an entry: a try that was refused, and a read of what is sensitive.
 * Deliberately keeps no value that was read: who, which record, which field.
 */
#include "registry/registry_access_priv.h"

err
registry_access_deny(struct job *job, const struct registry_access *access, const struct registry_ask *ask)
{
	struct ledger_access_event event = {.act = LEDGER_ACT_DENIED,
	    .person = access->actor,
	    .capability = ask->capability,
	    .registry = ask->def != NULL ? ask->def->id : S(""),
	    .numbers = &ask->number,
	    .numbers_len = ask->number > 0 ? 1 : 0,
	    .at_us = job_now(job)};
	bool allowed;
	slice why;
	TRY(registry_access_decide(job, access, ask, &allowed, &why));
	if (allowed)
		return err_set(job, ERR_BUG, "access: %.*s, and yet it was to be refused", SLICE(why));
	if (event.person.len == 0 && job->actor.len > 0) /* heard of for the first time */
		TRY(ledger_person_token(job, access->registry->ledger, S(""), job->actor, &event.person));
	TRY(ledger_access_event_append(job, access->registry->ledger, &event));
	return err_set(job, ERR_DENIED, "%.*s", SLICE(why));
}

err
registry_access_need(struct job *job, const struct registry_access *access, const struct registry_ask *ask)
{
	return registry_access_allows(access, ask, NULL) ? OK : registry_access_deny(job, access, ask);
}

/* Reads */

struct seen {
	const struct registry_access *access;
	const struct registry_register *def;
	const slice *columns; /* NULL: all */
	size_t columns_len;
};

static bool
was_shown(const struct seen *seen, const struct registry_field *field)
{
	if (field->column < 0)
		return false;
	if (seen->columns == NULL)
		return true;
	for (size_t i = 0; i < seen->columns_len; i++) {
		int column = table_column(&seen->def->table, seen->columns[i]);
		if (column == field->column || (column >= 0 && column == field->second))
			return true;
	}
	return false;
}

static bool
holds_something(const struct registry_field *field, const struct cell *cells)
{
	const struct cell *cell = &cells[field->column];
	return !cell->null && (registry_is_number(field->type) || cell->text.len > 0 || cell->number != 0);
}

/* Is ${field} of this row sensitive, filled, shown, and not masked? */
static bool
is_sensitive(const struct seen *seen, const struct registry_ask *ask, const struct registry_field *field, const struct cell *cells)
{
	return field->read.len > 0 && was_shown(seen, field) && holds_something(field, cells) &&
	       registry_access_field(seen->access, ask, field, false);
}

/* The numbers of rows with a sensitive field, and of others that are classified; which fields of the former. */
struct noted {
	int64_t *with, *above;
	size_t with_len, above_len;
	slice *fields;
	size_t fields_len;
	bool *taken; /* by field */
};

static void
note_one(const struct seen *seen, struct cell *cells, struct noted *noted)
{
	struct registry_record record = {.def = seen->def, .base = {.number = cells[REGISTRY_NUMBER_COLUMN].number}, .cells = cells};
	struct registry_ask ask = registry_ask_of(seen->access->registry, &record, S("read"));
	bool any = false;
	for (size_t i = 0; i < seen->def->fields_len; i++) {
		if (!is_sensitive(seen, &ask, &seen->def->fields[i], cells))
			continue;
		any = true;
		if (!noted->taken[i])
			noted->fields[noted->fields_len++] = seen->def->fields[i].id;
		noted->taken[i] = true;
	}
	if (any)
		noted->with[noted->with_len++] = ask.number;
	else if (ask.rank > 0)
		noted->above[noted->above_len++] = ask.number;
}

static err
note_append(struct job *job, const struct seen *seen, const struct noted *noted)
{
	struct ledger_access_event event = {
	    .act = LEDGER_ACT_READ, .person = seen->access->actor, .registry = seen->def->id, .at_us = job_now(job)};
	if (noted->with_len > 0) {
		event.numbers = noted->with;
		event.numbers_len = noted->with_len;
		event.fields = noted->fields;
		event.fields_len = noted->fields_len;
		TRY(ledger_access_event_append(job, seen->access->registry->ledger, &event));
	}
	if (noted->above_len == 0)
		return OK;
	event.numbers = noted->above;
	event.numbers_len = noted->above_len;
	event.fields_len = 0;
	return ledger_access_event_append(job, seen->access->registry->ledger, &event);
}

static err
note(struct job *job, const struct seen *seen, struct cell *const *row, size_t len)
{
	struct noted noted = {0};
	TRY(NEW(job, len + 1, &noted.with));
	TRY(NEW(job, len + 1, &noted.above));
	TRY(NEW(job, seen->def->fields_len + 1, &noted.fields));
	TRY(NEW(job, seen->def->fields_len + 1, &noted.taken));
	for (size_t i = 0; i < len; i++)
		note_one(seen, row[i], &noted);
	return note_append(job, seen, &noted);
}

err
registry_access_note_read(struct job *job, const struct registry_access *access, const struct registry_record *record)
{
	const struct seen seen = {.access = access, .def = record->def};
	return note(job, &seen, &record->cells, 1);
}

err
registry_access_note_rows(struct job *job, const struct registry_access *access, const struct rows *rows, const struct registry_register *def,
    const slice *columns, size_t columns_len)
{
	const struct seen seen = {.access = access, .def = def, .columns = columns, .columns_len = columns_len};
	return note(job, &seen, rows->row, rows->len);
}
