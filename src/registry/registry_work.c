/*
 * One edit at work: the record as it stands, and what is entered into it, read field by field.
 * Deliberately judges nothing that takes more than the field itself and the records it links to.
 */
#include "registry/registry_write_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define MAX_NOTE (16 * KIB)

/* The record under work */

err
registry_work_set(struct job *job, struct registry_work *work, size_t field, slice json)
{
	work->values[field] = json;
	work->json[field] = NULL;
	return json.len > 0 ? json_read(job, work->def->fields[field].option, json, &work->json[field]) : OK;
}

err
registry_work_cells(struct job *job, struct registry_work *work)
{
	const struct registry_register *def = work->def;
	const struct registry_state *state = &def->states[work->state];
	struct cell unused;
	work->cells[REGISTRY_NUMBER_COLUMN] = INT(work->base.number);
	work->cells[REGISTRY_STATUS] = TEXT(state->id);
	work->cells[REGISTRY_VERSION] = INT(work->base.version + 1);
	work->cells[REGISTRY_MADE] = INT(work->base.made_us);
	work->cells[REGISTRY_MADE_BY] = TEXT(work->base.made_by);
	work->cells[REGISTRY_CHANGED] = INT(work->now_us);
	work->cells[REGISTRY_CHANGED_BY] = TEXT(work->actor);
	work->cells[REGISTRY_STATUS_SINCE] = INT(slice_same(state->id, work->base.status) ? work->base.status_since_us : work->now_us);
	work->cells[REGISTRY_ENDED] = state->end ? INT(work->cells[REGISTRY_STATUS_SINCE].number) : NIL;
	work->cells[REGISTRY_DUE] = NIL;
	work->cells[REGISTRY_DUE_BY] = TEXT(S(""));
	for (size_t i = 0; i < def->fields_len; i++) {
		const struct registry_field *field = &def->fields[i];
		if (field->column < 0)
			continue;
		TRY(registry_value_cell(job, field, work->json[i], &work->cells[field->column],
		    field->second >= 0 ? &work->cells[field->second] : &unused));
	}
	for (unsigned i = 0; i < def->table.len; i++)
		if (work->cells[i].null && (def->table.columns[i].flags & COLUMN_MAYBE) == 0)
			work->cells[i] = TEXT(S(""));
	return OK;
}

static err
take_fields(struct job *job, struct registry_work *work, const struct registry_record *record)
{
	for (size_t i = 0; i < work->def->fields_len; i++) {
		slice id = work->def->fields[i].id, text;
		const json_t *value = json_object_getn(record->fields, id.at, id.len);
		if (value == NULL)
			continue;
		struct buf buf = buf_open(job, "a field", 4 * MIB);
		json_write(&buf, value);
		TRY(buf_end(&buf, &text));
		work->values[i] = text;
		work->json[i] = value;
	}
	work->runs = record->deadlines;
	work->runs_len = work->runs_room = record->deadlines_len;
	return OK;
}

static err
show_field(struct job *job, const struct registry_field *field, const json_t *fields, slice *ret)
{
	TRY(registry_value_show(job, field, json_object_getn(fields, field->id.at, field->id.len), false, ret));
	if (ret->len == 0)
		*ret = S("(nothing)");
	return OK;
}

/* What of ${now} may be told to whoever asks: its fields by access, all of it when nobody is asked for. */
static bool
may_tell(const struct registry *registry, const struct registry_record *now, const struct registry_field *field)
{
	struct registry_ask ask = registry_ask_of(registry, now, S("read"));
	if (registry->access == NULL)
		return true;
	return field == NULL ? registry_access_allows(registry->access, &ask, NULL) : registry_access_field(registry->access, &ask, field, false);
}

/* Both sides of a conflict: what others did since, and what this edit would do. */
static err
conflict(struct job *job, const struct registry *registry, const struct registry_edit *edit, const struct registry_record *now)
{
	struct buf buf = buf_open(job, "a conflict", MIB);
	struct ledger_change *changes;
	struct ledger_moment at = {.size = ledger_size(registry->ledger)};
	size_t len = 0;
	slice text, shown;
	if (may_tell(registry, now, NULL))
		TRY(ledger_record_changes(job, registry->ledger, at, now->base.uid, &changes, &len));
	for (size_t i = 0; i < len; i++) {
		const json_t *sets;
		if (changes[i].version <= edit->if_version)
			continue;
		TRY(json_read(job, "change", changes[i].sets, &sets));
		buf_printf(&buf, "; version %lld by {person:%.*s}", (long long)changes[i].version, SLICE(changes[i].by));
		for (size_t f = 0; f < now->def->fields_len; f++) {
			const struct registry_field *field = &now->def->fields[f];
			if (json_object_getn(sets, field->id.at, field->id.len) == NULL || !may_tell(registry, now, field))
				continue;
			TRY(show_field(job, field, sets, &shown));
			buf_printf(&buf, " set %.*s to %.*s", SLICE(field->id), SLICE(shown));
		}
	}
	buf_text(&buf, edit->inputs_len > 0 ? "; you would set" : "");
	for (size_t i = 0; i < edit->inputs_len; i++)
		buf_printf(&buf, " %.*s to %.*s", SLICE(edit->inputs[i].field->id), SLICE(edit->inputs[i].text));
	TRY(buf_end(&buf, &text));
	TRY(ledger_person_show(job, registry->ledger, text, &text));
	return err_set(job, ERR_CONFLICT, "%.*s %lld: you looked at version %lld and it is at version %lld: nothing was changed%.*s",
	    SLICE(edit->def->id), (long long)edit->number, (long long)edit->if_version, (long long)now->base.version, SLICE(text));
}

err
registry_work_open(struct job *job, struct registry_writing *writing, struct registry_edit *edit, struct registry_work *work)
{
	const struct registry_register *def = edit->def;
	const struct registry *registry = writing->registry;
	struct ledger_moment now = {.size = ledger_size(registry->ledger), .now_us = writing->now_us};
	struct registry_record record;
	const struct registry_state *begins = edit->begins != NULL ? edit->begins : &def->states[0];
	*work = (struct registry_work){.writing = writing, .registry = registry, .edit = edit, .def = def, .exists = edit->number != 0,
	    .now_us = now.now_us, .actor = writing->actor};
	TRY(NEW(job, def->fields_len, &work->values));
	TRY(NEW(job, def->fields_len, &work->json));
	TRY(NEW(job, def->fields_len, &work->touched));
	TRY(NEW(job, def->fields_len, &work->pending));
	TRY(NEW(job, def->fields_len, &work->bytes));
	TRY(NEW(job, def->table.len, &work->cells));
	work->base = (struct ledger_record){.registry = def->id, .number = edit->keeps, .status = begins->id, .made_us = now.now_us,
	    .status_since_us = now.now_us, .made_by = work->actor};
	if (work->exists) {
		TRY(registry_record(job, registry, now, def, edit->number, &record));
		if (edit->if_version != 0 && edit->if_version != record.base.version)
			return conflict(job, registry, edit, &record);
		work->base = record.base;
		work->cells_before = record.cells;
		TRY(take_fields(job, work, &record));
	}
	int state = registry_state(def, work->base.status);
	work->was_end = state >= 0 && def->states[state].end;
	work->state = edit->change != NULL && !edit->change->same ? edit->change->to : state >= 0 ? (size_t)state : 0;
	return OK;
}

/* What is entered */

static int
number_order(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/* Is there such a record, or will there be one when this writing is done? */
static err
is_there(struct job *job, struct registry_work *work, slice text, slice to, int64_t number, bool *ret)
{
	struct registry_writing *writing = work->writing;
	slice label, *known = registry_memo_find(&writing->records, text);
	*ret = true;
	if (writing->promised_def != NULL && slice_same(writing->promised_def->id, to) && writing->promised_len > 0 &&
	    bsearch(&number, writing->promised, writing->promised_len, sizeof number, number_order) != NULL)
		return OK;
	if (known == NULL) {
		TRY(registry_label(job, work->registry, to, number, ret, &label));
		return registry_memo_put(&writing->records, text, *ret ? S("1") : S(""));
	}
	*ret = known->len > 0;
	return OK;
}

static err
check_links(struct job *job, struct registry_work *work, const struct registry_field *field, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++) {
		slice to = S(""), text = json_text(json_array_get(value, i));
		int64_t number = 0;
		bool found = false;
		if (registry_link_parse(text, &to, &number))
			TRY(is_there(job, work, text, to, number, &found));
		if (!found)
			TRY(registry_problem(job, work, field, "there is no %.*s %lld to link to", SLICE(to), (long long)number));
	}
	return OK;
}

static err
person_token(struct job *job, struct registry_work *work, slice name, slice *ret)
{
	slice *known = registry_memo_find(&work->writing->persons, name);
	bool found;
	if (known != NULL) {
		*ret = *known;
		return OK;
	}
	TRY(registry_person_find(job, work->registry, name, &found, ret));
	if (!found)
		*ret = S("");
	return registry_memo_put(&work->writing->persons, name, *ret);
}

static err
take_person(struct job *job, struct registry_work *work, size_t at, slice name)
{
	slice token, json;
	work->pending[at] = S("");
	TRY(person_token(job, work, name, &token));
	if (token.len > 0) {
		TRY(job_format(job, &json, "\"%.*s\"", SLICE(token)));
		return registry_work_set(job, work, at, json);
	}
	work->pending[at] = name;
	struct buf buf = buf_open(job, "a name", 4 * KIB);
	text_json(&buf, name);
	TRY(buf_end(&buf, &json));
	return registry_work_set(job, work, at, json);
}

static err
take_file(struct job *job, struct registry_work *work, size_t at, const struct registry_input *input)
{
	const struct registry_field *field = input->field;
	struct buf buf = buf_open(job, "a file", 4 * KIB);
	slice json;
	err named = registry_value_read(job, field, input->text, work->now_us, job->actor, &json);
	if (named.code == ERR_INPUT)
		return registry_problem(job, work, field, "%s", job->why);
	TRY(named);
	if (input->bytes.len == 0 || input->bytes.len > field->max_bytes)
		return registry_problem(job, work, field, "a file holds 1 to %zu bytes, found %zu", field->max_bytes, input->bytes.len);
	work->bytes[at] = input->bytes;
	buf_printf(&buf, "{\"bytes\":%zu,\"digest\":\"%064d\",\"name\":", input->bytes.len, 0); /* its place; registry_settle.c fills it */
	text_json(&buf, input->text);
	buf_text(&buf, ",\"type\":");
	text_json(&buf, registry_file_type(input->bytes));
	buf_byte(&buf, '}');
	TRY(buf_end(&buf, &json));
	return registry_work_set(job, work, at, json);
}

static err
take_value(struct job *job, struct registry_work *work, const struct registry_input *input)
{
	size_t at = (size_t)(input->field - work->def->fields);
	slice json;
	if (input->text.len == 0) {
		work->touched[at] = work->touched[at] || work->values[at].len > 0;
		work->pending[at] = work->bytes[at] = S("");
		return registry_work_set(job, work, at, S(""));
	}
	if (input->field->type == REGISTRY_FILE) {
		work->touched[at] = true;
		return take_file(job, work, at, input);
	}
	err read = registry_value_read(job, input->field, input->text, work->now_us, job->actor, &json);
	if (read.code == ERR_INPUT || read.code == ERR_LIMIT) {
		slice why = slice_of(job->why);
		if (slice_starts(why, input->field->id) && slice_starts(slice_from(why, input->field->id.len), S(": ")))
			why = slice_from(why, input->field->id.len + 2);
		return registry_problem(job, work, input->field, "%.*s", SLICE(why));
	}
	TRY(read);
	if (slice_same(json, work->values[at]))
		return OK;
	work->touched[at] = true;
	if (input->field->type == REGISTRY_PERSON) {
		const json_t *name;
		TRY(json_read(job, "a name", json, &name));
		slice before = work->values[at];
		TRY(take_person(job, work, at, json_text(name)));
		work->touched[at] = !slice_same(before, work->values[at]);
		return OK;
	}
	TRY(registry_work_set(job, work, at, json));
	return input->field->type == REGISTRY_LINK ? check_links(job, work, input->field, work->json[at]) : OK;
}

static bool
is_given(const struct registry_edit *edit, const struct registry_field *field)
{
	for (size_t i = 0; i < edit->inputs_len; i++)
		if (edit->inputs[i].field == field)
			return true;
	return false;
}

static err
take_defaults(struct job *job, struct registry_work *work)
{
	for (size_t i = 0; !work->exists && i < work->def->fields_len; i++) {
		const struct registry_field *field = &work->def->fields[i];
		struct registry_input input = {.field = field, .text = field->otherwise};
		if (field->otherwise.len > 0 && !is_given(work->edit, field))
			TRY(take_value(job, work, &input));
	}
	return OK;
}

static err
take_sets(struct job *job, struct registry_work *work)
{
	const struct registry_change *change = work->edit->change;
	for (size_t i = 0; change != NULL && i < change->sets_len; i++) {
		struct registry_input input = {.field = registry_field(work->def, change->sets[i].field), .text = change->sets[i].value};
		if (!is_given(work->edit, input.field))
			TRY(take_value(job, work, &input));
	}
	return OK;
}

err
registry_work_take(struct job *job, struct registry_work *work, bool *ret_entered)
{
	const struct registry_edit *edit = work->edit;
	TRY(take_defaults(job, work));
	for (size_t i = 0; i < edit->inputs_len; i++)
		TRY(take_value(job, work, &edit->inputs[i]));
	TRY(take_sets(job, work));
	if (edit->note.len > MAX_NOTE || edit->reason.len > MAX_NOTE || !text_utf8(edit->note) || !text_utf8(edit->reason))
		TRY(registry_problem(job, work, NULL, "a note and a reason are at most %zu bytes of UTF-8", MAX_NOTE));
	if (edit->at_us > work->now_us + DAY_US)
		TRY(registry_problem(job, work, NULL, "it cannot have happened on %s, which is to come", instant_day(edit->at_us).at));
	*ret_entered = !work->exists || edit->change != NULL || edit->note.len > 0;
	for (size_t i = 0; i < work->def->fields_len; i++)
		*ret_entered = *ret_entered || work->touched[i];
	return registry_work_cells(job, work);
}
