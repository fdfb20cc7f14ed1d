/*
 * Writing records: reading what was entered, judging it by the definition, appending it all or not at all.
 * Who may is asked of registry_access.h, of the record as it was and as it would be.
 */
#include "registry/registry_write_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "registry/registry_access.h"
#include "registry/registry_view.h"

#define MAX_PROBLEMS 200
#define MAX_NOTE (16 * KIB)

/* Who may */

/* What ${work} wants to do, to the record as it is (${after} false) or as it would be. */
static struct registry_ask
ask_of(const struct registry_work *work, bool after)
{
	const struct registry_edit *edit = work->edit;
	struct registry_record record = {.def = work->def, .base = work->base, .cells = after ? work->cells : work->cells_before};
	slice capability = !work->exists                                              ? S("add")
			   : edit->change == NULL                                     ? S("edit")
			   : edit->change->may.len > 0                                ? edit->change->may
										      : S("change");
	return registry_ask_of(work->registry, &record, capability);
}

static bool
may_see(const struct registry_work *work, const struct registry_field *field)
{
	const struct registry_access *access = work->registry->access;
	if (access == NULL || work->cells == NULL)
		return true;
	struct registry_ask ask = ask_of(work, work->cells_before == NULL);
	ask.capability = S("read");
	return registry_access_field(access, &ask, field, false);
}

static err
need_access(struct job *job, struct registry_work *work, bool after, bool dry_run)
{
	struct registry_ask ask = ask_of(work, after);
	bool allowed;
	slice why;
	if (!dry_run)
		return registry_access_need(job, work->registry->access, &ask);
	TRY(registry_access_decide(job, work->registry->access, &ask, &allowed, &why));
	return allowed ? OK : registry_problem(job, work, NULL, "%.*s", SLICE(why));
}

/* The record as it is, as it would be, and each field that was given. */
static err
judge_access(struct job *job, struct registry_work *work, bool dry_run)
{
	const struct registry_access *access = work->registry->access;
	if (access == NULL)
		return OK;
	if (work->exists)
		TRY(need_access(job, work, false, dry_run));
	TRY(need_access(job, work, true, dry_run));
	struct registry_ask ask = ask_of(work, true);
	for (size_t i = 0; i < work->edit->inputs_len; i++) {
		const struct registry_field *field = work->edit->inputs[i].field;
		if (work->touched[field - work->def->fields] && !registry_access_field(access, &ask, field, true))
			TRY(registry_problem(job, work, field, "may only be changed with \"%.*s\"", SLICE(field->write.len > 0 ? field->write : ask.capability)));
	}
	return OK;
}

/* Problems */

err
registry_problem(struct job *job, struct registry_work *work, const struct registry_field *field, const char *format, ...)
{
	struct registry_edit *edit = work->edit;
	char text[1024];
	va_list arguments;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (edit->problems_len == MAX_PROBLEMS)
		return OK;
	if (field != NULL && !may_see(work, field)) { /* not even its name */
		field = NULL;
		snprintf(text, sizeof text, "something that you may not see is missing or wrong");
	}
	if (edit->problems_len == edit->problems_room) {
		struct registry_problem *more;
		size_t room = edit->problems_room * 2 + 8;
		TRY(NEW(job, room, &more));
		if (edit->problems_len > 0)
			memcpy(more, edit->problems, edit->problems_len * sizeof *more);
		edit->problems = more;
		edit->problems_room = room;
	}
	struct registry_problem *problem = &edit->problems[edit->problems_len++];
	problem->field = field;
	return job_copy(job, slice_of(text), &problem->says);
}

err
registry_edit_refuse(struct job *job, const struct registry_edit *edit)
{
	struct buf buf = buf_open(job, "a refusal", 16 * KIB);
	slice text;
	for (size_t i = 0; i < edit->problems_len; i++) {
		const struct registry_problem *problem = &edit->problems[i];
		buf_text(&buf, i > 0 ? "; " : "");
		if (problem->field != NULL && !edit->unread)
			buf_printf(&buf, "--%s ", problem->field->option);
		buf_add(&buf, problem->says);
	}
	TRY(buf_end(&buf, &text));
	if (edit->number == 0)
		return err_set(job, ERR_INPUT, "%.*s was not added: %.*s", SLICE(edit->def->id), SLICE(text));
	return err_set(job, ERR_INPUT, "%.*s %lld was not changed: %.*s", SLICE(edit->def->id), (long long)edit->number, SLICE(text));
}

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

/* Both sides of a conflict: what others did since, and what this edit would do. */
static err
conflict(struct job *job, const struct registry *registry, const struct registry_edit *edit, const struct registry_record *now)
{
	struct buf buf = buf_open(job, "a conflict", 16 * KIB);
	struct ledger_change *changes;
	struct ledger_moment at = {.size = ledger_size(registry->ledger)};
	size_t len;
	slice text, shown;
	TRY(ledger_record_changes(job, registry->ledger, at, now->base.uid, &changes, &len));
	for (size_t i = 0; i < len; i++) {
		const json_t *sets;
		if (changes[i].version <= edit->if_version)
			continue;
		TRY(json_read(job, "change", changes[i].sets, &sets));
		buf_printf(&buf, "; version %lld by {person:%.*s}", (long long)changes[i].version, SLICE(changes[i].by));
		for (size_t f = 0; f < now->def->fields_len; f++) {
			const struct registry_field *field = &now->def->fields[f];
			if (json_object_getn(sets, field->id.at, field->id.len) == NULL)
				continue;
			TRY(show_field(job, field, sets, &shown));
			buf_printf(&buf, " set %.*s to %.*s", SLICE(field->id), SLICE(shown));
		}
	}
	buf_text(&buf, "; you would set");
	for (size_t i = 0; i < edit->inputs_len; i++)
		buf_printf(&buf, " %.*s to %.*s", SLICE(edit->inputs[i].field->id), SLICE(edit->inputs[i].text));
	TRY(buf_end(&buf, &text));
	TRY(ledger_person_show(job, registry->ledger, text, &text));
	return err_set(job, ERR_CONFLICT, "%.*s %lld: you looked at version %lld and it is at version %lld: nothing was changed%.*s",
	    SLICE(edit->def->id), (long long)edit->number, (long long)edit->if_version, (long long)now->base.version, SLICE(text));
}

static err
work_open(struct job *job, const struct registry *registry, struct registry_edit *edit, struct registry_work *work)
{
	const struct registry_register *def = edit->def;
	struct ledger_moment now = {.size = ledger_size(registry->ledger), .now_us = job_now(job)};
	struct registry_record record;
	bool known;
	*work = (struct registry_work){.registry = registry, .edit = edit, .def = def, .exists = edit->number != 0, .now_us = now.now_us};
	TRY(NEW(job, def->fields_len, &work->values));
	TRY(NEW(job, def->fields_len, &work->json));
	TRY(NEW(job, def->fields_len, &work->touched));
	TRY(NEW(job, def->fields_len, &work->pending));
	TRY(NEW(job, def->fields_len, &work->bytes));
	TRY(NEW(job, def->table.len, &work->cells));
	if (job->actor.len > 0)
		TRY(registry_person_find(job, registry, job->actor, &known, &work->actor));
	work->base = (struct ledger_record){.registry = def->id, .status = def->states[0].id, .made_us = now.now_us, .status_since_us = now.now_us,
	    .made_by = work->actor};
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

static err
check_links(struct job *job, const struct registry *registry, struct registry_work *work, const struct registry_field *field, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++) {
		slice to, label;
		int64_t number;
		bool found = false;
		if (registry_link_parse(json_text(json_array_get(value, i)), &to, &number))
			TRY(registry_label(job, registry, to, number, &found, &label));
		if (!found)
			TRY(registry_problem(job, work, field, "there is no %.*s %lld to link to", SLICE(to), (long long)number));
	}
	return OK;
}

static err
take_person(struct job *job, const struct registry *registry, struct registry_work *work, size_t at, slice name)
{
	bool found;
	slice token, json;
	work->pending[at] = S("");
	TRY(registry_person_find(job, registry, name, &found, &token));
	if (found) {
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
	if (input->bytes.len == 0 || input->bytes.len > field->max_bytes)
		return registry_problem(job, work, field, "a file holds 1 to %zu bytes, found %zu", field->max_bytes, input->bytes.len);
	work->bytes[at] = input->bytes;
	buf_printf(&buf, "{\"bytes\":%zu,\"digest\":\"%s\",\"name\":", input->bytes.len, "");
	text_json(&buf, input->text);
	buf_text(&buf, ",\"type\":");
	text_json(&buf, registry_file_type(input->bytes));
	buf_byte(&buf, '}');
	TRY(buf_end(&buf, &json));
	return registry_work_set(job, work, at, json);
}

static err
take_value(struct job *job, const struct registry *registry, struct registry_work *work, const struct registry_input *input)
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
		TRY(take_person(job, registry, work, at, json_text(name)));
		work->touched[at] = !slice_same(before, work->values[at]);
		return OK;
	}
	TRY(registry_work_set(job, work, at, json));
	return input->field->type == REGISTRY_LINK ? check_links(job, registry, work, input->field, work->json[at]) : OK;
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
take_defaults(struct job *job, const struct registry *registry, struct registry_work *work)
{
	for (size_t i = 0; !work->exists && i < work->def->fields_len; i++) {
		const struct registry_field *field = &work->def->fields[i];
		struct registry_input input = {.field = field, .text = field->otherwise};
		if (field->otherwise.len > 0 && !is_given(work->edit, field))
			TRY(take_value(job, registry, work, &input));
	}
	return OK;
}

static err
take_sets(struct job *job, const struct registry *registry, struct registry_work *work)
{
	const struct registry_change *change = work->edit->change;
	for (size_t i = 0; change != NULL && i < change->sets_len; i++) {
		struct registry_input input = {.field = registry_field(work->def, change->sets[i].field), .text = change->sets[i].value};
		if (!is_given(work->edit, input.field))
			TRY(take_value(job, registry, work, &input));
	}
	return OK;
}

static err
take_all(struct job *job, const struct registry *registry, struct registry_work *work)
{
	const struct registry_edit *edit = work->edit;
	TRY(take_defaults(job, registry, work));
	for (size_t i = 0; i < edit->inputs_len; i++)
		TRY(take_value(job, registry, work, &edit->inputs[i]));
	TRY(take_sets(job, registry, work));
	if (edit->note.len > MAX_NOTE || edit->reason.len > MAX_NOTE || !text_utf8(edit->note) || !text_utf8(edit->reason))
		TRY(registry_problem(job, work, NULL, "a note and a reason are at most %zu bytes of UTF-8", MAX_NOTE));
	if (edit->at_us > work->now_us + DAY_US)
		TRY(registry_problem(job, work, NULL, "it cannot have happened on %s, which is to come", instant_day(edit->at_us).at));
	return registry_work_cells(job, work);
}

/* Appending */

static err
settle_persons(struct job *job, struct registry *registry, struct registry_work *work)
{
	for (size_t i = 0; i < work->def->fields_len; i++) {
		slice token, json;
		if (work->pending[i].len == 0)
			continue;
		TRY(ledger_person_token(job, registry->ledger, S(""), work->pending[i], &token));
		TRY(job_format(job, &json, "\"%.*s\"", SLICE(token)));
		TRY(registry_work_set(job, work, i, json));
		work->pending[i] = S("");
	}
	return OK;
}

static err
settle_files(struct job *job, struct registry *registry, struct registry_work *work)
{
	for (size_t i = 0; i < work->def->fields_len; i++) {
		struct buf buf = buf_open(job, "a file", 4 * KIB);
		struct digest digest;
		slice json;
		if (work->bytes[i].len == 0)
			continue;
		TRY(ledger_file_append(job, registry->ledger, work->bytes[i], &digest));
		buf_printf(&buf, "{\"bytes\":%zu,\"digest\":\"%s\",\"name\":", work->bytes[i].len, digest_text(&digest).at);
		text_json(&buf, json_text(json_object_get(work->json[i], "name")));
		buf_text(&buf, ",\"type\":");
		text_json(&buf, json_text(json_object_get(work->json[i], "type")));
		buf_byte(&buf, '}');
		TRY(buf_end(&buf, &json));
		TRY(registry_work_set(job, work, i, json));
	}
	return OK;
}

struct set {
	slice id, json;
};

static int
set_order(const void *a, const void *b)
{
	return slice_order(((const struct set *)a)->id, ((const struct set *)b)->id);
}

static err
sets_of(struct job *job, const struct registry_work *work, slice *ret)
{
	struct buf buf = buf_open(job, "a change", MIB);
	struct set *sets;
	size_t len = 0;
	TRY(NEW(job, work->def->fields_len + 1, &sets));
	for (size_t i = 0; i < work->def->fields_len; i++)
		if (work->touched[i])
			sets[len++] = (struct set){work->def->fields[i].id, work->values[i]};
	qsort(sets, len, sizeof *sets, set_order);
	buf_byte(&buf, '{');
	for (size_t i = 0; i < len; i++) {
		buf_printf(&buf, "%s\"%.*s\":", i > 0 ? "," : "", SLICE(sets[i].id));
		buf_add(&buf, sets[i].json.len > 0 ? sets[i].json : S("null"));
	}
	buf_byte(&buf, '}');
	return buf_end(&buf, ret);
}

static err
change_of(struct job *job, struct registry *registry, struct registry_work *work, struct ledger_change *ret)
{
	const struct registry_edit *edit = work->edit;
	TRY(settle_persons(job, registry, work));
	TRY(settle_files(job, registry, work));
	*ret = (struct ledger_change){.uid = work->base.uid,
	    .registry = work->def->id,
	    .number = work->base.number,
	    .version = work->base.version + 1,
	    .status = work->def->states[work->state].id,
	    .change = edit->change != NULL ? edit->change->id : S(""),
	    .reason = edit->reason,
	    .note = edit->note,
	    .at_us = edit->at_us != 0 ? edit->at_us : work->now_us};
	TRY(sets_of(job, work, &ret->sets));
	return registry_clock_write(job, work, &ret->deadlines);
}

static err
append_all(struct job *job, struct registry *registry, struct registry_work *works, size_t len)
{
	struct ledger_change *changes;
	struct ledger_receipt receipt;
	TRY(NEW(job, len, &changes));
	for (size_t i = 0; i < len; i++)
		TRY(change_of(job, registry, &works[i], &changes[i]));
	TRY(ledger_change_append(job, registry->ledger, changes, len, &receipt));
	for (size_t i = 0; i < len; i++) {
		works[i].edit->number = works[i].base.number;
		works[i].edit->version = changes[i].version;
	}
	return registry_view_refresh(job, registry);
}

/* Numbers of new records: one after the other, by register. */
static err
give_numbers(struct job *job, const struct registry *registry, struct registry_work *works, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (works[i].exists)
			continue;
		size_t before = i;
		while (before > 0 && (works[before - 1].exists || works[before - 1].def != works[i].def))
			before--;
		if (before > 0)
			works[i].base.number = works[before - 1].base.number + 1;
		else
			TRY(ledger_record_next(job, registry->ledger, works[i].def->id, &works[i].base.number));
	}
	return OK;
}

/* No two edits may be of one record: each would build on the version before. */
static err
check_once(struct job *job, struct registry_work *works, size_t len)
{
	for (size_t i = 1; i < len && len <= 2; i++) /* imports check their own numbers, sorted */
		if (works[i].exists && works[i].def == works[0].def && works[i].base.number == works[0].base.number)
			return registry_problem(job, &works[i], NULL, "it is there twice");
	return OK;
}

static err
judge_all(struct job *job, const struct registry *registry, struct registry_work *works, size_t len)
{
	for (size_t from = 0, to; from < len; from = to) {
		for (to = from + 1; to < len && works[to].def == works[from].def;)
			to++;
		TRY(registry_own(job, &works[from], to - from));
	}
	for (size_t i = 0; i < len; i++) {
		TRY(registry_judge(job, registry, &works[i]));
		TRY(registry_clock(job, registry, &works[i]));
	}
	return OK;
}

static err
show_after(struct job *job, struct registry_work *work)
{
	struct registry_record *after = &work->edit->after;
	*after = (struct registry_record){.def = work->def, .base = work->base, .cells = work->cells, .deadlines = work->runs,
	    .deadlines_len = work->runs_len};
	after->base.status = work->def->states[work->state].id;
	const struct registry_field *label = registry_field(work->def, work->def->label);
	return registry_value_show(job, label, work->json[label - work->def->fields], false, &after->label);
}

err
registry_write(struct job *job, struct registry *registry, struct registry_edit *edits, size_t len, bool dry_run, size_t *ret_problems)
{
	struct registry_work *works;
	*ret_problems = 0;
	TRY(NEW(job, len + 1, &works));
	for (size_t i = 0; i < len; i++) {
		if (len > 1000 && i % 1000 == 0)
			job_progress(job, "records", i, len);
		TRY(work_open(job, registry, &edits[i], &works[i]));
		TRY(take_all(job, registry, &works[i]));
		TRY(judge_access(job, &works[i], dry_run));
	}
	TRY(give_numbers(job, registry, works, len));
	TRY(check_once(job, works, len));
	if (len > 0)
		TRY(judge_all(job, registry, works, len));
	for (size_t i = 0; i < len; i++) {
		*ret_problems += edits[i].problems_len;
		TRY(show_after(job, &works[i]));
	}
	return *ret_problems > 0 || dry_run || len == 0 ? OK : append_all(job, registry, works, len);
}
