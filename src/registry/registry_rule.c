/*
 * States of a register and the changes between them: who may, what is needed, which deadlines move.
 * Deliberately applies none of it: registry_judge.c and registry_settle.c do.
 */
#include "registry/registry_register_priv.h"

/* States and changes */

err
registry_read_states(struct job *job, struct registry_register *def)
{
	static const char *const keys[] = {"id", "title", "about", "end", "was", NULL};
	const struct yaml *list;
	TRY(yaml_need_list(job, def->node, "states", &list));
	TRY(NEW(job, list->len + 1, &def->states));
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		struct registry_state *state = &def->states[def->states_len];
		TRY(yaml_is_map(job, node, "a state"));
		TRY(yaml_only(job, node, keys));
		TRY(yaml_need_text(job, node, "id", &state->id));
		TRY(yaml_maybe_text(job, node, "title", &state->title));
		TRY(yaml_maybe_bool(job, node, "end", false, &state->end));
		TRY(yaml_maybe_words(job, node, "was", &state->was, &state->was_len));
		if (!registry_is_slug(state->id, '-', 40))
			return yaml_refuse(job, node, "id: expected at most 40 of a-z 0-9 -, a letter first, found \"%.*s\"", SLICE(state->id));
		if (registry_state(def, state->id) >= 0)
			return yaml_refuse(job, node, "states: \"%.*s\" is there twice", SLICE(state->id));
		if (state->title.len == 0)
			TRY(registry_title_of(job, state->id, &state->title));
		def->states_len++;
	}
	if (def->states_len == 0 || def->states[0].end)
		return yaml_refuse(job, list, "states: expected at least one, and the first (where records begin) is no end");
	return OK;
}

static err
read_from(struct job *job, const struct registry_register *def, const struct yaml *map, struct registry_change *change)
{
	const struct yaml *from = yaml_get(map, "from");
	slice *words;
	size_t len;
	TRY(NEW(job, def->states_len + 1, &change->from));
	if (from == NULL || (from->kind == YAML_SCALAR && slice_same(from->text, S("any")))) {
		for (size_t i = 0; i < def->states_len; i++)
			if (!def->states[i].end && i != change->to)
				change->from[change->from_len++] = i;
		return OK;
	}
	TRY(yaml_maybe_words(job, map, "from", &words, &len));
	for (size_t i = 0; i < len; i++) {
		int at = registry_state(def, words[i]);
		if (at < 0)
			return yaml_refuse(job, from, "from: there is no state \"%.*s\"", SLICE(words[i]));
		if (change->from_len == def->states_len)
			return yaml_refuse(job, from, "from: a state is there twice");
		change->from[change->from_len++] = (size_t)at;
	}
	return OK;
}

static err
read_when(struct job *job, const struct yaml *map, struct registry_change *change)
{
	static const char *const keys[] = {"sql", "says", NULL};
	const struct yaml *list;
	TRY(yaml_maybe_list(job, map, "when", &list));
	if (list == NULL)
		return OK;
	TRY(NEW(job, list->len + 1, &change->when));
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		struct registry_when *when = &change->when[change->when_len++];
		TRY(yaml_is_map(job, node, "a condition"));
		TRY(yaml_only(job, node, keys));
		TRY(yaml_need_text(job, node, "sql", &when->sql));
		TRY(yaml_need_text(job, node, "says", &when->says));
		when->node = node;
	}
	return OK;
}

err
registry_read_starts(struct job *job, const struct registry_register *def, const struct yaml *map, struct registry_start **ret, size_t *ret_len)
{
	static const char *const keys[] = {"deadline", "from", "if", NULL};
	const struct yaml *list;
	TRY(yaml_maybe_list(job, map, "starts", &list));
	*ret_len = 0;
	if (list == NULL)
		return OK;
	TRY(NEW(job, list->len + 1, ret));
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		struct registry_start *start = &(*ret)[(*ret_len)++];
		start->node = node;
		if (node->kind == YAML_SCALAR) {
			start->deadline = node->text;
			continue;
		}
		TRY(yaml_is_map(job, node, "a deadline that starts"));
		TRY(yaml_only(job, node, keys));
		TRY(yaml_need_text(job, node, "deadline", &start->deadline));
		TRY(yaml_maybe_text(job, node, "from", &start->from));
		TRY(yaml_maybe_text(job, node, "if", &start->when));
		const struct registry_field *field = start->from.len > 0 ? registry_field(def, start->from) : NULL;
		if (start->from.len > 0 && (field == NULL || (field->type != REGISTRY_DATE && field->type != REGISTRY_INSTANT)))
			return yaml_refuse(job, node, "from: expected a field of type date or instant, found \"%.*s\"", SLICE(start->from));
	}
	return OK;
}

err
registry_read_sets(struct job *job, const struct registry_register *def, const struct yaml *map, struct registry_set **ret, size_t *ret_len)
{
	const struct yaml *sets;
	TRY(yaml_maybe_map(job, map, "sets", &sets));
	*ret_len = 0;
	if (sets == NULL)
		return OK;
	TRY(NEW(job, sets->len + 1, ret));
	for (const struct yaml *node = sets->first; node != NULL; node = node->next) {
		if (node->kind != YAML_SCALAR)
			return yaml_refuse(job, node, "sets: expected a value");
		TRY(registry_need_field(job, def, node, "sets", node->key));
		(*ret)[(*ret_len)++] = (struct registry_set){.field = node->key, .value = node->text};
	}
	return OK;
}

static err
check_not_by(struct job *job, const struct registry_register *def, const struct yaml *map, const struct registry_change *change)
{
	for (size_t i = 0; i < change->not_by_len; i++) {
		slice who = change->not_by[i];
		if (slice_same(who, S("made")) || slice_starts(who, S("change:")))
			continue;
		const struct registry_field *field = registry_field(def, who);
		if (field == NULL || field->type != REGISTRY_PERSON)
			return yaml_refuse(job, yaml_get(map, "not-by"),
			    "not-by: expected a person field, change:ID or made, found \"%.*s\"", SLICE(who));
	}
	return OK;
}

static err
read_change(struct job *job, const struct registry_register *def, const struct yaml *map, struct registry_change *change)
{
	static const char *const keys[] = {"id", "title", "about", "from", "to", "may", "needs", "when", "not-by", "sets", "starts", "pauses",
	    "resumes", "stops", NULL};
	slice to;
	TRY(yaml_is_map(job, map, "a status change"));
	TRY(yaml_only(job, map, keys));
	change->node = map;
	TRY(yaml_need_text(job, map, "id", &change->id));
	if (!registry_is_slug(change->id, '-', 40))
		return yaml_refuse(job, map, "id: expected at most 40 of a-z 0-9 -, a letter first, found \"%.*s\"", SLICE(change->id));
	if (registry_change(def, change->id) != NULL)
		return yaml_refuse(job, map, "changes: \"%.*s\" is there twice", SLICE(change->id));
	TRY(yaml_maybe_text(job, map, "title", &change->title));
	if (change->title.len == 0)
		TRY(registry_title_of(job, change->id, &change->title));
	TRY(yaml_maybe_text(job, map, "about", &change->about));
	TRY(yaml_maybe_text(job, map, "may", &change->may));
	TRY(yaml_need_text(job, map, "to", &to));
	change->same = slice_same(to, S("same"));
	if (!change->same && registry_state(def, to) < 0)
		return yaml_refuse(job, yaml_get(map, "to"), "to: there is no state \"%.*s\"", SLICE(to));
	change->to = change->same ? SIZE_MAX : (size_t)registry_state(def, to);
	TRY(read_from(job, def, map, change));
	TRY(yaml_maybe_words(job, map, "needs", &change->needs, &change->needs_len));
	for (size_t i = 0; i < change->needs_len; i++)
		TRY(registry_need_field(job, def, yaml_get(map, "needs"), "needs", change->needs[i]));
	TRY(read_when(job, map, change));
	TRY(yaml_maybe_words(job, map, "not-by", &change->not_by, &change->not_by_len));
	TRY(check_not_by(job, def, map, change));
	TRY(registry_read_sets(job, def, map, &change->sets, &change->sets_len));
	TRY(registry_read_starts(job, def, map, &change->starts, &change->starts_len));
	TRY(yaml_maybe_words(job, map, "pauses", &change->pauses, &change->pauses_len));
	TRY(yaml_maybe_words(job, map, "resumes", &change->resumes, &change->resumes_len));
	return yaml_maybe_words(job, map, "stops", &change->stops, &change->stops_len);
}

err
registry_read_changes(struct job *job, struct registry_register *def)
{
	const struct yaml *list;
	TRY(yaml_maybe_list(job, def->node, "changes", &list));
	if (list == NULL)
		return OK;
	TRY(NEW(job, list->len + 1, &def->changes));
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		struct registry_change change = {0};
		TRY(read_change(job, def, node, &change));
		def->changes[def->changes_len++] = change;
	}
	for (size_t i = 0; i < def->changes_len; i++)
		for (size_t n = 0; n < def->changes[i].not_by_len; n++) {
			slice who = def->changes[i].not_by[n];
			if (slice_starts(who, S("change:")) && registry_change(def, slice_from(who, 7)) == NULL)
				return yaml_refuse(job, def->changes[i].node, "not-by: there is no change \"%.*s\"", SLICE(who));
		}
	return OK;
}

