/*
 * What a register says about changes that hosts show: which fact tables count, and which of its records approve them.
 * Deliberately does not: know a fact table; that they and their columns are there is asked where facts are (check_observe_lint()).
 */
#include "registry/registry_register_priv.h"

static err
read_watched(struct job *job, const struct yaml *node, struct registry_watched *ret)
{
	static const char *const keys[] = {"table", "key", "compares", NULL};
	ret->node = node;
	if (node->kind == YAML_SCALAR && node->text.len > 0) {
		ret->table = node->text;
		return OK;
	}
	TRY(yaml_is_map(job, node, "a table that counts"));
	TRY(yaml_only(job, node, keys));
	TRY(yaml_need_text(job, node, "table", &ret->table));
	TRY(yaml_maybe_words(job, node, "key", &ret->key, &ret->key_len));
	return yaml_maybe_words(job, node, "compares", &ret->compares, &ret->compares_len);
}

static err
read_tables(struct job *job, const struct yaml *map, struct registry_observes *observes)
{
	const struct yaml *list;
	TRY(yaml_need_list(job, map, "tables", &list));
	if (list->len == 0)
		return yaml_refuse(job, list, "tables: expected the fact tables that count, found none");
	TRY(NEW(job, list->len, &observes->tables));
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		struct registry_watched *watched = &observes->tables[observes->tables_len];
		TRY(read_watched(job, node, watched));
		for (size_t i = 0; i < observes->tables_len; i++)
			if (slice_same(observes->tables[i].table, watched->table))
				return yaml_refuse(job, node, "tables: \"%.*s\" is there twice", SLICE(watched->table));
		observes->tables_len++;
	}
	return OK;
}

static err
read_instant_field(
    struct job *job, const struct registry_register *def, const struct yaml *map, const char *key, bool needed, slice *ret)
{
	if (needed)
		TRY(yaml_need_text(job, map, key, ret));
	else
		TRY(yaml_maybe_text(job, map, key, ret));
	if (ret->len == 0)
		return OK;
	const struct registry_field *field = registry_field(def, *ret);
	if (field == NULL || field->type != REGISTRY_INSTANT)
		return yaml_refuse(job, yaml_get(map, key), "%s: expected an instant field, found \"%.*s\"", key, SLICE(*ret));
	return OK;
}

static err
read_approved(struct job *job, const struct registry_register *def, const struct yaml *map, struct registry_observes *observes)
{
	TRY(yaml_maybe_words(job, map, "approved", &observes->approved, &observes->approved_len));
	if (observes->approved_len == 0)
		return yaml_refuse(job, map, "approved: expected the states in which a record approves, found none");
	for (size_t i = 0; i < observes->approved_len; i++)
		if (registry_state(def, observes->approved[i]) < 0)
			return yaml_refuse(
			    job, yaml_get(map, "approved"), "approved: there is no state \"%.*s\"", SLICE(observes->approved[i]));
	return OK;
}

err
registry_read_observes(struct job *job, struct registry_register *def)
{
	static const char *const keys[] = {"tables", "window-from", "window-to", "made", "covers", "approved", "deadline", NULL};
	struct registry_observes *observes;
	const struct yaml *map;
	TRY(yaml_maybe_map(job, def->node, "observes-changes", &map));
	if (map == NULL)
		return OK;
	TRY(NEW(job, 1, &observes));
	observes->node = map;
	TRY(yaml_only(job, map, keys));
	TRY(read_tables(job, map, observes));
	TRY(read_instant_field(job, def, map, "window-from", true, &observes->window_from));
	TRY(read_instant_field(job, def, map, "window-to", true, &observes->window_to));
	TRY(read_instant_field(job, def, map, "made", false, &observes->made));
	TRY(yaml_maybe_text(job, map, "covers", &observes->covers));
	TRY(read_approved(job, def, map, observes));
	TRY(yaml_need_text(job, map, "deadline", &observes->deadline));
	const struct registry_field *covers = registry_field(def, observes->covers);
	if (observes->covers.len > 0 && (covers == NULL || covers->type != REGISTRY_LINK || covers->to_any))
		return yaml_refuse(
		    job, yaml_get(map, "covers"), "covers: expected a link field to the register of things, found \"%.*s\"", SLICE(observes->covers));
	def->observes = observes;
	return OK;
}

err
registry_check_observes(struct job *job, const struct registry_registers *registers, const struct registry_register *def)
{
	const struct registry_field *covers = def->observes != NULL ? registry_field(def, def->observes->covers) : NULL;
	if (def->observes == NULL)
		return OK;
	for (size_t i = 0; i < registers->len; i++)
		if (registers->at[i].observes != NULL && &registers->at[i] != def)
			return yaml_refuse(job, def->observes->node, "observes-changes: the register %.*s says so too; one must do",
			    SLICE(registers->at[i].id));
	for (size_t i = 0; covers != NULL && i < covers->to_len; i++) {
		const struct registry_register *to = registry_find(registers, covers->to[i]);
		if (to != NULL && to->observed == NULL)
			return yaml_refuse(job, def->observes->node, "covers: what %.*s holds is not observed, so no host is one of it",
			    SLICE(covers->to[i]));
	}
	return OK;
}
