/*
 * What a register says about its abilities beyond the usual verbs: which key each needs, and what stands in it.
 * Deliberately does nothing with them: registry_assess.c proposes records, registry_answer.c takes answers in.
 */
#include "registry/registry_register_priv.h"

#include "registry/registry_threat.h"

/* assess */

static bool
is_column(slice word)
{
	for (size_t i = 0; registry_threat_columns[i] != NULL; i++)
		if (slice_same(slice_of(registry_threat_columns[i]), word))
			return true;
	return false;
}

static err
read_links(struct job *job, const struct registry_register *def, const struct yaml *map, struct registry_assess *assess)
{
	const struct yaml *links;
	TRY(yaml_need_map(job, map, "links", &links));
	if (links->len == 0)
		return yaml_refuse(job, links, "links: expected the registers whose records threats are about, found none");
	TRY(NEW(job, links->len, &assess->links));
	for (const struct yaml *node = links->first; node != NULL; node = node->next) {
		const struct registry_field *field = node->kind == YAML_SCALAR ? registry_field(def, node->text) : NULL;
		if (field == NULL || field->type != REGISTRY_LINK)
			return yaml_refuse(job, node, "links: expected the link field for %.*s, found \"%.*s\"", SLICE(node->key), SLICE(node->text));
		assess->links[assess->links_len++] = (struct registry_set){.field = field->id, .value = node->key};
	}
	return OK;
}

static err
check_sets(struct job *job, const struct registry_register *def, const struct yaml *map, struct registry_assess *assess)
{
	for (size_t i = 0; i < assess->sets_len; i++) {
		const struct registry_set *set = &assess->sets[i];
		if (!is_column(set->value))
			return yaml_refuse(job, yaml_get(map, "sets"), "sets: a threat has no column \"%.*s\"", SLICE(set->value));
		if (slice_same(set->value, S("id")))
			assess->threat = set->field;
	}
	const struct registry_field *field = registry_field(def, assess->threat);
	if (field == NULL || field->type != REGISTRY_TEXT)
		return yaml_refuse(job, map, "sets: expected a text field that is given id, which tells the threat, found none");
	return OK;
}

static err
read_assess(struct job *job, struct registry_register *def)
{
	static const char *const keys[] = {"threats", "links", "sets", "asks", NULL};
	struct registry_assess *assess;
	const struct yaml *map;
	TRY(yaml_maybe_map(job, def->node, "assess", &map));
	if (map == NULL)
		return OK;
	TRY(NEW(job, 1, &assess));
	assess->node = map;
	TRY(yaml_only(job, map, keys));
	TRY(yaml_need_text(job, map, "threats", &assess->threats));
	if (!registry_is_slug(assess->threats, '-', 32))
		return yaml_refuse(job, yaml_get(map, "threats"), "threats: expected a folder of content, found \"%.*s\"", SLICE(assess->threats));
	TRY(read_links(job, def, map, assess));
	TRY(registry_read_sets(job, def, map, &assess->sets, &assess->sets_len));
	TRY(check_sets(job, def, map, assess));
	TRY(yaml_maybe_words(job, map, "asks", &assess->asks, &assess->asks_len));
	for (size_t i = 0; i < assess->asks_len; i++)
		TRY(registry_need_field(job, def, yaml_get(map, "asks"), "asks", assess->asks[i]));
	def->assess = assess;
	return OK;
}

static err
check_assess(struct job *job, const struct registry_registers *registers, const struct registry_register *def)
{
	const struct registry_assess *assess = def->assess;
	for (size_t i = 0; assess != NULL && i < assess->links_len; i++) {
		const struct registry_set *link = &assess->links[i];
		const struct registry_field *field = registry_field(def, link->field);
		bool to = field->to_any;
		for (size_t t = 0; t < field->to_len; t++)
			to = to || slice_same(field->to[t], link->value);
		if (registry_find(registers, link->value) == NULL)
			return yaml_refuse(job, assess->node, "links: there is no register \"%.*s\"", SLICE(link->value));
		if (!to)
			return yaml_refuse(job, assess->node, "links: %.*s does not link to %.*s", SLICE(link->field), SLICE(link->value));
	}
	return OK;
}

/* questionnaire */

static err
read_asked(struct job *job, const struct registry_register *def, const struct yaml *node, struct registry_asked *asked)
{
	static const char *const keys[] = {"group", "when", "required", NULL};
	slice title = node->text;
	if (node->kind != YAML_SCALAR) {
		TRY(yaml_is_map(job, node, "a group of questions"));
		TRY(yaml_only(job, node, keys));
		TRY(yaml_need_text(job, node, "group", &title));
		TRY(yaml_maybe_text(job, node, "when", &asked->when));
		TRY(yaml_maybe_bool(job, node, "required", false, &asked->required));
	}
	for (size_t i = 0; i < def->groups_len; i++)
		if (slice_same(def->groups[i].title, title))
			asked->group = &def->groups[i];
	if (asked->group == NULL)
		return yaml_refuse(job, node, "groups: there is no group \"%.*s\"", SLICE(title));
	for (size_t i = 0; i < asked->group->fields_len; i++) {
		const struct registry_field *field = registry_field(def, asked->group->fields[i]);
		if (field->type == REGISTRY_LINK)
			return yaml_refuse(job, node, "groups: %.*s is a link: who answers knows no records", SLICE(field->id));
	}
	return OK;
}

static err
read_role_of(struct job *job, const struct registry_register *def, const struct yaml *map, const char *key, enum registry_type type, slice *ret)
{
	TRY(yaml_maybe_text(job, map, key, ret));
	const struct registry_field *field = registry_field(def, *ret);
	if (ret->len == 0 || (field != NULL && field->type == type))
		return OK;
	return yaml_refuse(job, yaml_get(map, key), "%s: expected a field of type %s, found \"%.*s\"", key, registry_type_words[type], SLICE(*ret));
}

static err
read_asked_all(struct job *job, const struct registry_register *def, const struct yaml *map, struct registry_questionnaire *asks)
{
	const struct yaml *list;
	TRY(yaml_need_list(job, map, "groups", &list));
	if (list->len == 0)
		return yaml_refuse(job, list, "groups: expected the groups of fields that are asked, found none");
	TRY(NEW(job, list->len, &asks->groups));
	for (const struct yaml *node = list->first; node != NULL; node = node->next)
		TRY(read_asked(job, def, node, &asks->groups[asks->groups_len++]));
	return OK;
}

static err
read_questionnaire(struct job *job, struct registry_register *def)
{
	static const char *const keys[] = {"groups", "intro", "signer", "file", "needs-of", "from", "sets", NULL};
	struct registry_questionnaire *asks;
	const struct yaml *map;
	TRY(yaml_maybe_map(job, def->node, "questionnaire", &map));
	if (map == NULL)
		return OK;
	TRY(NEW(job, 1, &asks));
	asks->node = map;
	TRY(yaml_only(job, map, keys));
	TRY(read_asked_all(job, def, map, asks));
	TRY(yaml_maybe_text(job, map, "intro", &asks->intro));
	TRY(read_role_of(job, def, map, "signer", REGISTRY_TEXT, &asks->signer));
	TRY(read_role_of(job, def, map, "file", REGISTRY_FILE, &asks->file));
	TRY(yaml_maybe_text(job, map, "needs-of", &asks->needs_of));
	if (asks->needs_of.len > 0 && registry_change(def, asks->needs_of) == NULL)
		return yaml_refuse(job, yaml_get(map, "needs-of"), "needs-of: there is no change \"%.*s\"", SLICE(asks->needs_of));
	TRY(yaml_maybe_words(job, map, "from", &asks->from, &asks->from_len));
	for (size_t i = 0; i < asks->from_len; i++)
		if (registry_state(def, asks->from[i]) < 0)
			return yaml_refuse(job, yaml_get(map, "from"), "from: there is no state \"%.*s\"", SLICE(asks->from[i]));
	TRY(registry_read_sets(job, def, map, &asks->sets, &asks->sets_len));
	def->questionnaire = asks;
	return OK;
}

/* All */

/* An ability without its key could do nothing; a key without the ability would be forgotten. */
static err
need_key(struct job *job, const struct registry_register *def, const char *ability, bool there)
{
	if (registry_able(def, ability) == there)
		return OK;
	return yaml_refuse(job, def->node, there ? "abilities: the key %s is here, so name it" : "abilities: \"%s\" needs a key of that name", ability);
}

err
registry_read_abilities(struct job *job, struct registry_register *def)
{
	TRY(read_assess(job, def));
	TRY(read_questionnaire(job, def));
	TRY(need_key(job, def, "assess", def->assess != NULL));
	return need_key(job, def, "questionnaire", def->questionnaire != NULL);
}

err
registry_check_abilities(struct job *job, const struct registry_registers *registers, const struct registry_register *def)
{
	return check_assess(job, registers, def);
}
