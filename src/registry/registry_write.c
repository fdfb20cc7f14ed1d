/*
 * Writing records: reading what was entered, judging it by the definition, appending it all or not at all.
 * Who may is asked of registry_access.h, of the record as it was and as it would be.
 */
#include "registry/registry_migrate.h"
#include "registry/registry_write_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PROBLEMS 200
#define PORTION 1000 /* works that are asked together */

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
need_access(struct job *job, struct registry_work *work, const struct registry_ask *ask, bool each)
{
	struct registry_writing *writing = work->writing;
	bool allowed;
	slice why;
	if (!each)
		return registry_access_need(job, work->registry->access, ask);
	TRY(registry_access_decide(job, work->registry->access, ask, &allowed, &why));
	if (allowed)
		return OK;
	if (!writing->denied)
		writing->first_denied = *ask;
	writing->denied = true;
	return registry_problem(job, work, NULL, "%.*s", SLICE(why));
}

/* To write a record down in a state that others reach by a change, one must be somebody who may make one of the changes that lead there. */
static err
judge_begins(struct job *job, struct registry_work *work)
{
	const struct registry_register *def = work->def;
	struct registry_ask ask = ask_of(work, true);
	size_t len = 0;
	if (work->edit->begins == NULL || work->state == 0)
		return OK;
	for (size_t i = 0; i < def->changes_len; i++) {
		const struct registry_change *change = &def->changes[i];
		if (change->same || change->to != work->state)
			continue;
		ask.capability = change->may.len > 0 ? change->may : S("change");
		if (registry_access_allows(work->registry->access, &ask, NULL))
			return OK;
		len++;
	}
	if (len == 0) {
		ask.capability = S("change");
		if (registry_access_allows(work->registry->access, &ask, NULL))
			return OK;
	}
	return need_access(job, work, &ask, true);
}

static bool
is_needed(const struct registry_change *change, const struct registry_field *field)
{
	for (size_t i = 0; i < change->needs_len; i++)
		if (slice_same(change->needs[i], field->id))
			return true;
	return false;
}

/* The record as it is, as it would be, and each field that was given. */
static err
judge_access(struct job *job, struct registry_work *work, bool each)
{
	const struct registry_access *access = work->registry->access;
	if (access == NULL)
		return OK;
	struct registry_ask ask = ask_of(work, !work->exists);
	TRY(need_access(job, work, &ask, each));
	if (!work->exists)
		TRY(judge_begins(job, work));
	ask = ask_of(work, true);
	if (work->exists)
		TRY(need_access(job, work, &ask, each));
	for (size_t i = 0; i < work->edit->inputs_len; i++) {
		const struct registry_field *field = work->edit->inputs[i].field;
		struct registry_ask by = ask;
		if (work->edit->change != NULL && !is_needed(work->edit->change, field)) /* what the change does not ask for is an edit beside it */
			by.capability = S("edit");
		bool told = work->touched[field - work->def->fields] || !may_see(work, field); /* "it is so already" would tell what it is */
		if (told && !registry_access_field(access, &by, field, true))
			TRY(registry_problem(job, work, field, "may only be changed with \"%.*s\"", SLICE(field->write.len > 0 ? field->write : by.capability)));
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

/* Writing in portions */

err
registry_writing_open(struct job *job, struct registry *registry, size_t most, struct registry_writing **ret)
{
	struct registry_writing *writing;
	bool known;
	TRY(NEW(job, 1, &writing));
	*writing = (struct registry_writing){.job = job, .registry = registry, .now_us = job_now(job), .changes_room = most};
	TRY(NEW(job, registry->registers.len + 1, &writing->next));
	TRY(NEW(job, most + 1, &writing->changes));
	registry_memo_open(&writing->persons, job);
	registry_memo_open(&writing->records, job);
	if (job->actor.len > 0)
		TRY(registry_person_find(job, registry, job->actor, &known, &writing->actor));
	*ret = writing;
	return OK;
}

void
registry_writing_promise(struct registry_writing *writing, const struct registry_register *def, const int64_t *numbers, size_t len)
{
	writing->promised_def = def;
	writing->promised = numbers;
	writing->promised_len = len;
}

/* Numbers of new records: one after the other, by register, behind those that are kept. */
static err
give_number(struct job *job, struct registry_work *work)
{
	struct registry_writing *writing = work->writing;
	const struct registry_register *def = work->def;
	int64_t *next = &writing->next[def - writing->registry->registers.at], first;
	if (work->exists)
		return OK;
	if (*next == 0 || work->base.number != 0) {
		TRY(ledger_record_next(job, writing->registry->ledger, def->id, &first));
		if (work->base.number != 0 && work->base.number < first)
			return registry_problem(job, work, NULL, "the number %lld cannot be kept: numbers up to %lld were given already", (long long)work->base.number,
			    (long long)first - 1);
		bool after = writing->promised_def == def && writing->promised_len > 0 && writing->promised[writing->promised_len - 1] >= first;
		*next = *next > 0 ? *next : after ? writing->promised[writing->promised_len - 1] + 1 : first;
	}
	if (work->base.number == 0)
		work->base.number = (*next)++;
	return OK;
}

/* What is wrong with the edit as a whole, when each is told. */
static err
open_work(struct job *job, struct registry_writing *writing, struct registry_edit *edit, struct registry_work *work, bool *ret_opened)
{
	err opened = registry_work_open(job, writing, edit, work);
	*ret_opened = opened.code == ERR_NONE;
	if (!writing->each || (opened.code != ERR_CONFLICT && opened.code != ERR_MISSING))
		return opened;
	work->cells = NULL;
	return registry_problem(job, work, NULL, "%s", job->why);
}

/* Does the edit say something of a field that may not be seen? Then it is judged, whatever the field holds. */
static bool
is_blind(const struct registry_work *work)
{
	for (size_t i = 0; i < work->edit->inputs_len; i++)
		if (!may_see(work, work->edit->inputs[i].field))
			return true;
	return false;
}

/* Open and read each; those that are to be judged stay. */
static err
take_works(struct job *job, struct registry_writing *writing, struct registry_edit *edits, size_t len, struct registry_work *works, size_t *ret_len)
{
	*ret_len = 0;
	for (size_t i = 0; i < len; i++) {
		struct registry_work *work = &works[*ret_len];
		bool opened;
		TRY(open_work(job, writing, &edits[i], work, &opened));
		if (!opened)
			continue;
		TRY(registry_work_take(job, work, &edits[i].moved));
		edits[i].moved = edits[i].moved || !edits[i].only_moved || is_blind(work);
		if (!edits[i].moved && edits[i].problems_len == 0)
			continue;
		TRY(judge_access(job, work, writing->each));
		TRY(give_number(job, work));
		++*ret_len;
	}
	return OK;
}

static int
question_order(const void *a, const void *b)
{
	const struct registry_work *x = a, *y = b;
	if (x->def != y->def)
		return x->def < y->def ? -1 : 1;
	if (x->exists != y->exists)
		return x->exists ? 1 : -1;
	if (x->edit->change != y->edit->change)
		return x->edit->change < y->edit->change ? -1 : 1;
	return (x->edit > y->edit) - (x->edit < y->edit);
}

static int
edit_order(const void *a, const void *b)
{
	const struct registry_work *x = a, *y = b;
	return (x->edit > y->edit) - (x->edit < y->edit);
}

/* Works of which the same is asked stand together while they are asked. */
static err
judge_all(struct job *job, const struct registry *registry, struct registry_work *works, size_t len)
{
	qsort(works, len, sizeof *works, question_order);
	for (size_t from = 0, to; from < len; from = to) {
		for (to = from + 1; to < len && works[to].def == works[from].def;)
			to++;
		TRY(registry_own(job, &works[from], to - from));
	}
	qsort(works, len, sizeof *works, edit_order);
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

static err
judge_portion(struct job *job, struct registry_writing *writing, struct registry_edit *edits, size_t len)
{
	struct registry_work *works;
	size_t works_len;
	TRY(NEW(job, len + 1, &works));
	TRY(take_works(job, writing, edits, len, works, &works_len));
	TRY(judge_all(job, writing->registry, works, works_len));
	for (size_t i = 0; i < works_len; i++) {
		TRY(show_after(job, &works[i]));
		if (works[i].edit->problems_len == 0)
			TRY(registry_settle_keep(job, &works[i]));
	}
	return OK;
}

err
registry_writing_judge(
    struct job *job, struct registry_writing *writing, struct registry_edit *edits, size_t len, bool each, size_t *ret_problems)
{
	writing->each = each;
	for (size_t i = 0; i < len; i++)
		if (i == 0 || edits[i].def != edits[i - 1].def)
			TRY(registry_migrate_need(job, writing->registry, edits[i].def));
	for (size_t from = 0; from < len; from += PORTION)
		TRY(judge_portion(job, writing, &edits[from], len - from < PORTION ? len - from : PORTION));
	for (size_t i = 0; i < len; i++)
		*ret_problems += edits[i].problems_len;
	return OK;
}

err
registry_writing_tell(struct job *job, struct registry_writing *writing)
{
	return writing->denied ? registry_access_deny(job, writing->registry->access, &writing->first_denied) : OK;
}

/* No two edits may be of one record: each would build on the version before. */
static err
check_once(struct job *job, struct registry_edit *edits, size_t len)
{
	struct registry_memo numbers;
	slice key;
	registry_memo_open(&numbers, job);
	for (size_t i = 0; i < len && len > 1; i++) {
		if (edits[i].number == 0)
			continue;
		TRY(job_format(job, &key, "%.*s/%lld", SLICE(edits[i].def->id), (long long)edits[i].number));
		if (registry_memo_find(&numbers, key) != NULL)
			return err_set(job, ERR_INPUT, "%.*s %lld is there twice", SLICE(edits[i].def->id), (long long)edits[i].number);
		TRY(registry_memo_put(&numbers, key, S("")));
	}
	return OK;
}

err
registry_write(struct job *job, struct registry *registry, struct registry_edit *edits, size_t len, bool dry_run, size_t *ret_problems)
{
	struct registry_writing *writing;
	*ret_problems = 0;
	TRY(check_once(job, edits, len));
	TRY(registry_writing_open(job, registry, len, &writing));
	TRY(registry_writing_judge(job, writing, edits, len, dry_run, ret_problems));
	if (*ret_problems > 0 || dry_run)
		return OK;
	TRY(registry_writing_append(job, writing));
	for (size_t i = 0; i < len; i++) {
		edits[i].number = edits[i].after.base.number;
		edits[i].version = edits[i].after.base.version + (edits[i].moved ? 1 : 0);
	}
	return OK;
}
