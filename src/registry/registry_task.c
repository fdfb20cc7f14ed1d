/*
 * Tasks: the records that one record needs of another register, one for each thing it reaches.
 */
#include <string.h>

#include "registry/registry_person.h"

#define MAX_TASKS 1000

/* The numbers a link field of a record holds. */
static err
linked(struct job *job, const struct registry_record *record, slice field, int64_t **ret, size_t *ret_len)
{
	const json_t *value = json_object_getn(record->fields, field.at, field.len);
	slice unused;
	*ret_len = 0;
	TRY(NEW(job, json_array_size(value) + 1, ret));
	for (size_t i = 0; i < json_array_size(value); i++)
		if (registry_link_parse(json_text(json_array_get(value, i)), &unused, &(*ret)[*ret_len]))
			++*ret_len;
	return OK;
}

struct tasking {
	const struct registry *registry;
	const struct registry_register *def, *to;
	int64_t number;
	struct ledger_moment now;
	slice *reached; /* "register/number" */
	size_t len;
};

static err
add_reached(struct job *job, struct tasking *t, slice one)
{
	for (size_t i = 0; i < t->len; i++)
		if (slice_same(t->reached[i], one))
			return OK;
	if (t->len == MAX_TASKS)
		return err_set(job, ERR_LIMIT, "a record needs at most %d tasks", MAX_TASKS);
	return job_copy(job, one, &t->reached[t->len++]);
}

/* Everything reached, less what has a task already. */
static err
reach(struct job *job, struct tasking *t)
{
	const struct registry_tasks *tasks = t->def->tasks;
	const struct registry_register *middle = registry_find(&t->registry->registers, registry_field(t->def, tasks->through)->to[0]);
	struct registry_record record, between;
	int64_t *numbers;
	size_t len;
	TRY(registry_record(job, t->registry, t->now, t->def, t->number, &record));
	TRY(linked(job, &record, tasks->through, &numbers, &len));
	for (size_t i = 0; i < len; i++) {
		TRY(registry_record(job, t->registry, t->now, middle, numbers[i], &between));
		const json_t *value = json_object_getn(between.fields, tasks->each.at, tasks->each.len);
		for (size_t n = 0; n < json_array_size(value); n++)
			TRY(add_reached(job, t, json_text(json_array_get(value, n))));
	}
	return OK;
}

static err
drop_known(struct job *job, struct tasking *t)
{
	struct registry_back *backs;
	size_t len, kept = 0;
	TRY(registry_links_to(job, t->registry, t->def, t->number, (struct registry_reach){.all = true}, &backs, &len));
	for (size_t i = 0; i < t->len; i++) {
		bool known = false;
		for (size_t b = 0; b < len && !known; b++) {
			struct registry_record task;
			if (!slice_same(backs[b].registry, t->to->id) || !slice_same(backs[b].field, t->def->tasks->of))
				continue;
			TRY(registry_record(job, t->registry, t->now, t->to, backs[b].number, &task));
			const json_t *value = json_object_getn(task.fields, t->def->tasks->for_.at, t->def->tasks->for_.len);
			known = json_array_size(value) > 0 && slice_same(json_text(json_array_get(value, 0)), t->reached[i]);
		}
		if (!known)
			t->reached[kept++] = t->reached[i];
	}
	t->len = kept;
	return OK;
}

static err
edit_of(struct job *job, const struct tasking *t, slice reached, struct registry_edit *ret)
{
	const struct registry_tasks *tasks = t->def->tasks;
	struct registry_input *inputs;
	size_t len = 0;
	TRY(NEW(job, tasks->sets_len + 3, &inputs));
	inputs[len].field = registry_field(t->to, tasks->of);
	TRY(job_format(job, &inputs[len++].text, "%.*s/%lld", SLICE(t->def->id), (long long)t->number));
	inputs[len++] = (struct registry_input){.field = registry_field(t->to, tasks->for_), .text = reached};
	for (size_t i = 0; i < tasks->sets_len; i++)
		inputs[len++] = (struct registry_input){.field = registry_field(t->to, tasks->sets[i].field), .text = tasks->sets[i].value};
	*ret = (struct registry_edit){.def = t->to, .inputs = inputs, .inputs_len = len};
	return OK;
}

err
registry_tasks_add(struct job *job, struct registry *registry, const struct registry_register *def, int64_t number, size_t *ret_added)
{
	struct tasking t = {.registry = registry, .def = def, .number = number,
	    .now = {.size = ledger_size(registry->ledger), .now_us = job_now(job)}};
	struct registry_edit *edits;
	size_t problems;
	*ret_added = 0;
	if (def->tasks == NULL)
		return err_set(job, ERR_INPUT, "%.*s has no tasks", SLICE(def->id));
	t.to = registry_find(&registry->registers, def->tasks->registry);
	TRY(NEW(job, MAX_TASKS, &t.reached));
	TRY(reach(job, &t));
	TRY(drop_known(job, &t));
	TRY(NEW(job, t.len + 1, &edits));
	for (size_t i = 0; i < t.len; i++)
		TRY(edit_of(job, &t, t.reached[i], &edits[i]));
	TRY(registry_write(job, registry, edits, t.len, false, &problems));
	for (size_t i = 0; problems > 0 && i < t.len; i++)
		if (edits[i].problems_len > 0)
			return registry_edit_refuse(job, &edits[i]);
	*ret_added = t.len;
	return OK;
}
