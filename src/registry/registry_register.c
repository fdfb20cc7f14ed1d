/*
 * Definitions of registers, read strictly from content. A wrong one is an error by file and line, never a register that half works.
 * Deliberately asks no SQL: that is lint's (registry_lint.c).
 */
#include "registry/registry_register.h"

#include <stdlib.h>
#include <string.h>

#include "registry/registry_register_priv.h"
#include "registry/registry_table.h"

#define FOLDER "register/"

const char *const registry_classification_words[] = {"official", "official-sensitive", "secret", "top-secret", NULL};


bool
registry_is_slug(slice text, char joint, size_t max)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (!((c >= 'a' && c <= 'z') || (i > 0 && ((c >= '0' && c <= '9') || c == joint))))
			return false;
	}
	return text.len > 0 && text.len <= max && text.at[text.len - 1] != joint;
}

static bool
is_one_of(slice word, const char *const *words)
{
	for (; words != NULL && *words != NULL; words++)
		if (slice_same(word, slice_of(*words)))
			return true;
	return false;
}

/* Title of an id nobody gave one: "due_by" is "Due by". */
err
registry_title_of(struct job *job, slice id, slice *ret)
{
	char *text;
	TRY(NEW(job, id.len + 1, &text));
	for (size_t i = 0; i < id.len; i++)
		text[i] = id.at[i] == '_' || id.at[i] == '-' ? ' ' : id.at[i];
	if (id.len > 0 && text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 'a' + 'A');
	*ret = slice_bytes(text, id.len);
	return OK;
}

err
registry_need_field(struct job *job, const struct registry_register *def, const struct yaml *node, const char *key, slice id)
{
	return registry_field(def, id) != NULL ? OK : yaml_refuse(job, node, "%s: there is no field \"%.*s\"", key, SLICE(id));
}

/* Finding */

static int
by_id(const void *a, const void *b)
{
	return slice_order(((const struct registry_register *)a)->id, ((const struct registry_register *)b)->id);
}

const struct registry_register *
registry_find(const struct registry_registers *registers, slice id)
{
	const struct registry_register wanted = {.id = id};
	return registers->len == 0 ? NULL : bsearch(&wanted, registers->at, registers->len, sizeof *registers->at, by_id);
}

const struct registry_field *
registry_field(const struct registry_register *def, slice id)
{
	for (size_t i = 0; i < def->fields_len; i++)
		if (slice_same(def->fields[i].id, id))
			return &def->fields[i];
	return NULL;
}

int
registry_state(const struct registry_register *def, slice id)
{
	for (size_t i = 0; i < def->states_len; i++)
		if (slice_same(def->states[i].id, id))
			return (int)i;
	return -1;
}

const struct registry_change *
registry_change(const struct registry_register *def, slice id)
{
	for (size_t i = 0; i < def->changes_len; i++)
		if (slice_same(def->changes[i].id, id))
			return &def->changes[i];
	return NULL;
}

bool
registry_able(const struct registry_register *def, const char *ability)
{
	for (size_t i = 0; i < def->abilities_len; i++)
		if (slice_same(def->abilities[i], slice_of(ability)))
			return true;
	return false;
}

slice
registry_choice_title(const struct registry_field *field, slice word)
{
	for (size_t i = 0; i < field->choices_len; i++)
		if (slice_same(field->choices[i].id, word))
			return field->choices[i].title;
	return word;
}

bool
registry_is_number(enum registry_type type)
{
	return type == REGISTRY_NUMBER || type == REGISTRY_MONEY || type == REGISTRY_DATE || type == REGISTRY_INSTANT ||
	       type == REGISTRY_SCORE;
}

/* The rest */

static err
read_groups(struct job *job, struct registry_register *def)
{
	static const char *const keys[] = {"title", "fields", "about", NULL};
	const struct yaml *list;
	TRY(yaml_maybe_list(job, def->node, "groups", &list));
	if (list == NULL)
		return OK;
	TRY(NEW(job, list->len + 1, &def->groups));
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		struct registry_group *group = &def->groups[def->groups_len++];
		TRY(yaml_is_map(job, node, "a group"));
		TRY(yaml_only(job, node, keys));
		TRY(yaml_need_text(job, node, "title", &group->title));
		TRY(yaml_maybe_words(job, node, "fields", &group->fields, &group->fields_len));
		for (size_t i = 0; i < group->fields_len; i++)
			TRY(registry_need_field(job, def, node, "groups", group->fields[i]));
	}
	return OK;
}

static err
read_retention(struct job *job, struct registry_register *def)
{
	static const char *const keys[] = {"after", "from", "source", NULL};
	const struct yaml *map;
	slice after;
	TRY(yaml_maybe_map(job, def->node, "retention", &map));
	if (map == NULL)
		return OK;
	TRY(yaml_only(job, map, keys));
	TRY(yaml_need_text(job, map, "after", &after));
	TRY(yaml_need_text(job, map, "from", &def->retention_from));
	TRY(yaml_maybe_text(job, map, "source", &def->retention_source));
	if (!duration_parse(after, &def->retention))
		return yaml_refuse(job, map, "after: expected a duration such as P6Y, found \"%.*s\"", SLICE(after));
	const struct registry_field *field = registry_field(def, def->retention_from);
	if (!slice_same(def->retention_from, S("ended")) && !slice_same(def->retention_from, S("made")) &&
	    (field == NULL || (field->type != REGISTRY_DATE && field->type != REGISTRY_INSTANT)))
		return yaml_refuse(job, map, "from: expected a date or instant field, ended or made, found \"%.*s\"", SLICE(def->retention_from));
	def->retained = true;
	return OK;
}

/* "name", or "name, platform". */
static err
read_matches(struct job *job, const struct registry_register *def, const struct yaml *map, struct registry_observed *observed)
{
	slice rest, one;
	size_t len = 0;
	TRY(yaml_need_text(job, map, "matches", &rest));
	TRY(NEW(job, observed->key_len + 1, &observed->matches));
	while (slice_cut(&rest, ',', &one)) {
		one = slice_trim(one);
		TRY(registry_need_field(job, def, map, "matches", one));
		if (len == observed->key_len)
			break;
		observed->matches[len++] = one;
	}
	return len == observed->key_len && rest.len == 0 ? OK : yaml_refuse(job, map, "matches: expected as many fields as key has columns");
}

static err
read_observed_sets(struct job *job, const struct registry_register *def, const struct yaml *map, struct registry_observed *observed)
{
	return registry_read_sets(job, def, map, &observed->sets, &observed->sets_len);
}

static err
read_observed(struct job *job, struct registry_register *def)
{
	static const char *const keys[] = {"query", "key", "matches", "sets", "unseen", NULL};
	struct registry_observed *observed;
	const struct yaml *map;
	slice query, unseen;
	TRY(yaml_maybe_map(job, def->node, "observed", &map));
	if (map == NULL)
		return OK;
	TRY(NEW(job, 1, &observed));
	observed->node = map;
	TRY(yaml_only(job, map, keys));
	TRY(yaml_need_text(job, map, "query", &query));
	TRY(job_string(job, query, &observed->query));
	TRY(yaml_maybe_words(job, map, "key", &observed->key, &observed->key_len));
	if (observed->key_len == 0)
		return yaml_refuse(job, map, "key: expected the columns that make a thing the same next time, found none");
	TRY(read_matches(job, def, map, observed));
	TRY(read_observed_sets(job, def, map, observed));
	TRY(yaml_maybe_text(job, map, "unseen", &unseen));
	if (unseen.len == 0)
		unseen = S("P7D");
	if (!duration_parse(unseen, &observed->unseen))
		return yaml_refuse(job, map, "unseen: expected a duration such as P7D, found \"%.*s\"", SLICE(unseen));
	def->observed = observed;
	return OK;
}

static err
read_tasks(struct job *job, struct registry_register *def)
{
	static const char *const keys[] = {"register", "through", "each", "of", "for", "sets", NULL};
	struct registry_tasks *tasks;
	const struct yaml *map, *sets;
	TRY(yaml_maybe_map(job, def->node, "tasks", &map));
	if (map == NULL)
		return OK;
	TRY(NEW(job, 1, &tasks));
	tasks->node = map;
	TRY(yaml_only(job, map, keys));
	TRY(yaml_need_text(job, map, "register", &tasks->registry));
	TRY(yaml_need_text(job, map, "through", &tasks->through));
	TRY(yaml_need_text(job, map, "each", &tasks->each));
	TRY(yaml_need_text(job, map, "of", &tasks->of));
	TRY(yaml_need_text(job, map, "for", &tasks->for_));
	TRY(registry_need_field(job, def, map, "through", tasks->through));
	TRY(yaml_maybe_map(job, map, "sets", &sets)); /* of another register: looked up between registers */
	TRY(NEW(job, sets != NULL ? sets->len + 1 : 1, &tasks->sets));
	for (const struct yaml *node = sets != NULL ? sets->first : NULL; node != NULL; node = node->next)
		tasks->sets[tasks->sets_len++] = (struct registry_set){.field = node->key, .value = node->text};
	def->tasks = tasks;
	return OK;
}

static err
read_sample_field(struct job *job, const struct registry_register *def, const struct yaml *map, const char *key, bool file, slice *ret)
{
	TRY(yaml_maybe_text(job, map, key, ret));
	if (ret->len == 0)
		return OK;
	const struct registry_field *field = registry_field(def, *ret);
	bool fits = field != NULL && (file ? field->type == REGISTRY_FILE : field->type == REGISTRY_TEXT || field->type == REGISTRY_LONG);
	return fits ? OK : yaml_refuse(job, map, "%s: expected a field of type %s, found \"%.*s\"", key, file ? "file" : "text or long", SLICE(*ret));
}

static err
read_sample(struct job *job, struct registry_register *def)
{
	static const char *const keys[] = {"population", "seed", "drawn", "evidence", NULL};
	struct registry_sampling *sample = &def->sample;
	const struct yaml *map;
	TRY(yaml_maybe_map(job, def->node, "sample", &map));
	if (map == NULL)
		return OK;
	TRY(yaml_only(job, map, keys));
	if (!registry_able(def, "sample"))
		return yaml_refuse(job, map, "sample: abilities must name sample");
	TRY(read_sample_field(job, def, map, "population", false, &sample->population));
	TRY(read_sample_field(job, def, map, "seed", false, &sample->seed));
	TRY(read_sample_field(job, def, map, "drawn", false, &sample->drawn));
	return read_sample_field(job, def, map, "evidence", true, &sample->evidence);
}

static err
read_review(struct job *job, struct registry_register *def)
{
	static const char *const keys[] = {"list", "at", "count", "unused", "sets", NULL};
	const struct yaml *map;
	struct registry_review *review;
	TRY(yaml_maybe_map(job, def->node, "access-review", &map));
	if (map == NULL)
		return OK;
	TRY(NEW(job, 1, &review));
	review->node = map;
	TRY(yaml_only(job, map, keys));
	const struct {
		const char *key;
		slice *field;
		enum registry_type type;
	} wanted[] = {{"list", &review->list, REGISTRY_FILE}, {"at", &review->at, REGISTRY_INSTANT}, {"count", &review->count, REGISTRY_NUMBER},
	    {"unused", &review->unused, REGISTRY_NUMBER}};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		TRY(yaml_need_text(job, map, wanted[i].key, wanted[i].field));
		const struct registry_field *field = registry_field(def, *wanted[i].field);
		if (field == NULL || field->type != wanted[i].type)
			return yaml_refuse(job, yaml_get(map, wanted[i].key), "%s: expected a field of type %s, found \"%.*s\"", wanted[i].key,
			    registry_type_words[wanted[i].type], SLICE(*wanted[i].field));
	}
	TRY(registry_read_sets(job, def, map, &review->sets, &review->sets_len));
	def->review = review;
	return OK;
}

static err
check_columns(struct job *job, const struct registry_register *def, const char *key, const slice *names, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		slice name = names[i].len > 0 && names[i].at[0] == '-' ? slice_from(names[i], 1) : names[i];
		if (table_column(&def->table, name) < 0)
			return yaml_refuse(job, yaml_get(def->node, key), "%s: there is no field \"%.*s\" that can stand in a list", key, SLICE(name));
	}
	return OK;
}

/* Each becomes an index of its own. */
static err
check_index(struct job *job, const struct registry_register *def)
{
	for (size_t i = 0; i < def->index_len; i++) {
		if (def->index[i].at[0] == '-')
			return yaml_refuse(job, yaml_get(def->node, "index"), "index: expected a field without \"-\", found \"%.*s\"", SLICE(def->index[i]));
		for (size_t k = 0; k < i; k++)
			if (slice_same(def->index[k], def->index[i]))
				return yaml_refuse(job, yaml_get(def->node, "index"), "index: \"%.*s\" is there twice", SLICE(def->index[i]));
	}
	return OK;
}

static err
read_lists(struct job *job, struct registry_register *def)
{
	TRY(yaml_maybe_words(job, def->node, "columns", &def->columns, &def->columns_len));
	TRY(yaml_maybe_words(job, def->node, "sort", &def->sort, &def->sort_len));
	TRY(yaml_maybe_words(job, def->node, "index", &def->index, &def->index_len));
	TRY(yaml_maybe_words(job, def->node, "abilities", &def->abilities, &def->abilities_len));
	TRY(yaml_maybe_words(job, def->node, "drops", &def->drops, &def->drops_len));
	TRY(check_columns(job, def, "columns", def->columns, def->columns_len));
	TRY(check_columns(job, def, "sort", def->sort, def->sort_len));
	TRY(check_columns(job, def, "index", def->index, def->index_len));
	return check_index(job, def);
}

/* The field a key names, or ${usual} where there is such a field. */
static err
read_role(struct job *job, struct registry_register *def, const char *key, slice usual, enum registry_type type, slice *ret)
{
	TRY(yaml_maybe_text(job, def->node, key, ret));
	const struct registry_field *field = registry_field(def, ret->len > 0 ? *ret : usual);
	if (ret->len > 0 && (field == NULL || field->type != type))
		return yaml_refuse(job, yaml_get(def->node, key), "%s: expected a field of type %s, found \"%.*s\"", key,
		    registry_type_words[type], SLICE(*ret));
	if (field == NULL || field->type != type)
		return OK;
	*ret = field->id;
	bool decides = type == REGISTRY_LINK || type == REGISTRY_TEXT; /* whose record it is: what decides who sees it cannot be hidden from them */
	return decides && field->read.len > 0 ? yaml_refuse(job, field->node, "read: the field that says the %s is seen by whoever sees the record", key) : OK;
}

static err
read_head(struct job *job, struct registry_register *def, const struct content_file *file)
{
	slice table = {0}, name = slice_from(slice_of(file->path), sizeof FOLDER - 1);
	TRY(yaml_need_text(job, def->node, "id", &def->id));
	if (!registry_is_slug(def->id, '-', 32) || !slice_same(def->id, slice_part(name, 0, name.len - 5)))
		return yaml_refuse(
		    job, yaml_get(def->node, "id"), "id: expected the file's own name (at most 32 of a-z 0-9 -), found \"%.*s\"", SLICE(def->id));
	TRY(yaml_need_text(job, def->node, "title", &def->title));
	TRY(yaml_maybe_text(job, def->node, "plural", &def->plural));
	if (def->plural.len == 0)
		TRY(job_format(job, &def->plural, "%.*ss", SLICE(def->title)));
	TRY(yaml_maybe_text(job, def->node, "group", &def->group));
	TRY(yaml_need_text(job, def->node, "about", &def->about));
	TRY(yaml_maybe_text(job, def->node, "source", &def->source));
	TRY(yaml_maybe_bool(job, def->node, "lenient", false, &def->lenient));
	TRY(yaml_maybe_text(job, def->node, "table", &table));
	if (table.len == 0) {
		char *text;
		TRY(NEW(job, def->id.len + 1, &text));
		for (size_t i = 0; i < def->id.len; i++)
			text[i] = def->id.at[i] == '-' ? '_' : def->id.at[i];
		table = slice_of(text);
	}
	if (!registry_is_slug(table, '_', 40) || slice_same(table, S("this")) || slice_starts(table, S("sqlite_")))
		return yaml_refuse(job, def->node, "table: expected at most 40 of a-z 0-9 _, found \"%.*s\"", SLICE(table));
	return job_string(job, table, &def->table_name);
}

static err
read_label(struct job *job, struct registry_register *def)
{
	TRY(yaml_maybe_text(job, def->node, "label", &def->label));
	if (def->label.len == 0)
		def->label = registry_field(def, S("title")) != NULL ? S("title") : def->fields[0].id;
	TRY(registry_need_field(job, def, def->node, "label", def->label));
	const struct registry_field *field = registry_field(def, def->label);
	if (field->type == REGISTRY_LINK && (field->many || field->to_len != 1))
		return yaml_refuse(job, field->node, "label: a field that links to many names nothing: choose another");
	/* It stands in links, searches, deadlines and findings. */
	return field->read.len == 0 ? OK : yaml_refuse(job, field->node, "read: the label is seen by whoever sees the record");
}

static err
read_register(struct job *job, const struct content_file *file, struct registry_register *ret)
{
	static const char *const keys[] = {"id", "title", "plural", "group", "about", "source", "table", "label", "service", "owner", "unit", "subject",
	    "lenient",
	    "fields", "states", "changes", "starts", "columns", "sort", "index", "drops", "groups", "retention", "abilities", "tasks", "access-review", "observed", "observes-changes",
	    "sample",
	    "assess", "questionnaire", NULL};
	struct registry_register def = {.from = file->from};
	TRY(yaml_read(job, file->from, file->text, &def.node));
	TRY(yaml_is_map(job, def.node, "a register"));
	TRY(yaml_only(job, def.node, keys));
	TRY(read_head(job, &def, file));
	TRY(registry_read_fields(job, &def));
	TRY(read_label(job, &def));
	TRY(read_role(job, &def, "service", S("service"), REGISTRY_LINK, &def.service));
	TRY(read_role(job, &def, "owner", S("owner"), REGISTRY_PERSON, &def.owner));
	TRY(read_role(job, &def, "subject", S("subject"), REGISTRY_PERSON, &def.subject));
	TRY(read_role(job, &def, "unit", S("unit"), REGISTRY_TEXT, &def.unit));
	TRY(registry_read_states(job, &def));
	TRY(registry_read_changes(job, &def));
	TRY(registry_read_starts(job, &def, def.node, &def.starts, &def.starts_len));
	TRY(read_groups(job, &def));
	TRY(read_retention(job, &def));
	TRY(read_observed(job, &def));
	TRY(read_tasks(job, &def));
	TRY(read_review(job, &def));
	TRY(registry_read_observes(job, &def));
	TRY(registry_table_make(job, &def));
	TRY(read_lists(job, &def));
	TRY(read_sample(job, &def));
	TRY(registry_read_abilities(job, &def)); /* which are named among the lists */
	*ret = def;
	return OK;
}

/* Between registers */

static bool
has_deadline(struct job *job, const struct content *content, slice id)
{
	slice path;
	if (job_format(job, &path, "deadline/%.*s.yaml", SLICE(id)).code != ERR_NONE)
		return false;
	for (size_t i = 0; i < content->len; i++)
		if (slice_same(slice_of(content->files[i].path), path))
			return true;
	return false;
}

static err
check_deadlines(struct job *job, const struct content *content, const struct yaml *node, const slice *ids, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!has_deadline(job, content, ids[i]))
			return yaml_refuse(job, node, "there is no deadline \"%.*s\" in content/deadline", SLICE(ids[i]));
	return OK;
}

static err
check_starts(struct job *job, const struct content *content, const struct registry_start *starts, size_t len)
{
	for (size_t i = 0; i < len; i++)
		TRY(check_deadlines(job, content, starts[i].node, &starts[i].deadline, 1));
	return OK;
}

/* The other register of tasks, and what is reached on the way to it. */
static err
check_tasks(struct job *job, const struct registry_registers *registers, const struct registry_register *def)
{
	const struct registry_tasks *tasks = def->tasks;
	if (tasks == NULL)
		return OK;
	const struct registry_register *to = registry_find(registers, tasks->registry);
	const struct registry_field *through = registry_field(def, tasks->through);
	const struct registry_register *middle = through->to_len == 1 ? registry_find(registers, through->to[0]) : NULL;
	if (to == NULL)
		return yaml_refuse(job, tasks->node, "register: there is no register \"%.*s\"", SLICE(tasks->registry));
	if (middle == NULL)
		return yaml_refuse(job, tasks->node, "through: expected a field that links to one register, found \"%.*s\"", SLICE(tasks->through));
	TRY(registry_need_field(job, middle, tasks->node, "each", tasks->each));
	TRY(registry_need_field(job, to, tasks->node, "of", tasks->of));
	TRY(registry_need_field(job, to, tasks->node, "for", tasks->for_));
	for (size_t i = 0; i < tasks->sets_len; i++)
		TRY(registry_need_field(job, to, tasks->node, "sets", tasks->sets[i].field));
	return OK;
}

static err
check_between(struct job *job, const struct content *content, const struct registry_registers *registers, const struct registry_register *def)
{
	for (size_t i = 0; i < def->fields_len; i++)
		for (size_t t = 0; t < def->fields[i].to_len; t++)
			if (registry_find(registers, def->fields[i].to[t]) == NULL)
				return yaml_refuse(job, def->fields[i].node, "to: there is no register \"%.*s\"", SLICE(def->fields[i].to[t]));
	TRY(check_starts(job, content, def->starts, def->starts_len));
	TRY(check_tasks(job, registers, def));
	for (size_t i = 0; i < def->changes_len; i++) {
		const struct registry_change *change = &def->changes[i];
		TRY(check_starts(job, content, change->starts, change->starts_len));
		TRY(check_deadlines(job, content, change->node, change->pauses, change->pauses_len));
		TRY(check_deadlines(job, content, change->node, change->resumes, change->resumes_len));
		TRY(check_deadlines(job, content, change->node, change->stops, change->stops_len));
	}
	if (def->observes != NULL)
		TRY(check_deadlines(job, content, def->observes->node, &def->observes->deadline, 1));
	TRY(registry_check_observes(job, registers, def));
	TRY(registry_check_abilities(job, registers, def));
	for (size_t i = 0; registry_shared_tables[i] != NULL; i++)
		if (strcmp(registry_shared_tables[i]->name, def->table_name) == 0)
			return yaml_refuse(job, def->node, "table: \"%s\" is a table that all registers share: give another name", def->table_name);
	for (size_t i = 0; i < registers->len; i++)
		if (&registers->at[i] != def && strcmp(registers->at[i].table_name, def->table_name) == 0)
			return yaml_refuse(job, def->node, "table: \"%s\" is the register %.*s's too", def->table_name, SLICE(registers->at[i].id));
	return OK;
}

static err
load_files(struct job *job, const struct content *content, const char *const *reserved, registry_fault fault, void *fault_to,
    struct registry_registers *registers)
{
	TRY(NEW(job, content->len + 1, &registers->at));
	for (size_t i = 0; i < content->len; i++) {
		struct registry_register *def = &registers->at[registers->len];
		if (!slice_starts(slice_of(content->files[i].path), S(FOLDER)))
			continue;
		if (registers->len == REGISTRY_MAX_REGISTERS)
			return err_set(job, ERR_LIMIT, "%s: a content set holds at most %d registers", content->files[i].from, REGISTRY_MAX_REGISTERS);
		err read = read_register(job, &content->files[i], def);
		if (read.code == ERR_NONE && is_one_of(def->id, reserved))
			read = yaml_refuse(job, def->node, "id: \"%.*s\" is a command's name; choose another", SLICE(def->id));
		if (read.code == ERR_NONE)
			registers->len++;
		else if (fault == NULL)
			return read;
		else
			TRY(fault(job, fault_to, read));
	}
	if (registers->len > 0)
		qsort(registers->at, registers->len, sizeof *registers->at, by_id);
	return OK;
}

err
registry_load_each(struct job *job, const struct content *content, const char *const *reserved, registry_fault fault, void *fault_to,
    struct registry_registers *ret)
{
	struct registry_registers registers = {0};
	TRY(load_files(job, content, reserved, fault, fault_to, &registers));
	for (size_t i = 0; i < registers.len; i++) {
		err good = check_between(job, content, &registers, &registers.at[i]);
		if (good.code != ERR_NONE && fault == NULL)
			return good;
		if (good.code != ERR_NONE)
			TRY(fault(job, fault_to, good));
	}
	*ret = registers;
	return OK;
}

err
registry_load(struct job *job, const struct content *content, const char *const *reserved, struct registry_registers *ret)
{
	return registry_load_each(job, content, reserved, NULL, NULL, ret);
}

/* Without those that are wrong */

static slice
id_of(slice path)
{
	slice name = slice_from(path, sizeof FOLDER - 1);
	return slice_part(name, 0, slice_find_last(name, '.'));
}

static err
leave_out(struct job *job, struct registry_registers *registers, slice id, err found)
{
	struct registry_broken *broken = &registers->broken[registers->broken_len];
	if (found.code != ERR_INPUT) /* no memory, too many: nothing to do with one definition */
		return found;
	registers->broken_len++;
	broken->id = id;
	return job_copy(job, slice_of(job->why), &broken->why);
}

static err
load_sound_files(struct job *job, const struct content *content, const char *const *reserved, struct registry_registers *registers)
{
	struct content one = *content;
	struct registry_registers got;
	for (size_t i = 0; i < content->len; i++) {
		slice path = slice_of(content->files[i].path);
		if (!slice_starts(path, S(FOLDER)))
			continue;
		if (registers->len == REGISTRY_MAX_REGISTERS)
			return err_set(job, ERR_LIMIT, "%s: a content set holds at most %d registers", content->files[i].from, REGISTRY_MAX_REGISTERS);
		one.files = &content->files[i];
		one.len = 1;
		got = (struct registry_registers){0};
		err read = load_files(job, &one, reserved, NULL, NULL, &got);
		if (read.code == ERR_NONE)
			registers->at[registers->len++] = got.at[0];
		else
			TRY(leave_out(job, registers, id_of(path), read));
	}
	if (registers->len > 0)
		qsort(registers->at, registers->len, sizeof *registers->at, by_id);
	return OK;
}

err
registry_load_sound(struct job *job, const struct content *content, const char *const *reserved, struct registry_registers *ret)
{
	struct registry_registers registers = {0};
	TRY(NEW(job, content->len + 1, &registers.at));
	TRY(NEW(job, content->len + 1, &registers.broken));
	TRY(load_sound_files(job, content, reserved, &registers));
	for (size_t i = 0; i < registers.len;) {
		err good = check_between(job, content, &registers, &registers.at[i]);
		if (good.code == ERR_NONE) {
			i++;
			continue;
		}
		TRY(leave_out(job, &registers, registers.at[i].id, good));
		memmove(&registers.at[i], &registers.at[i + 1], (registers.len - i - 1) * sizeof *registers.at);
		registers.len--;
		i = 0; /* one that was good may have needed it */
	}
	*ret = registers;
	return OK;
}

const struct registry_broken *
registry_broken(const struct registry_registers *registers, slice id)
{
	for (size_t i = 0; i < registers->broken_len; i++)
		if (slice_same(registers->broken[i].id, id))
			return &registers->broken[i];
	return NULL;
}

err
registry_sound(struct job *job, const struct registry_registers *registers)
{
	if (registers->broken_len == 0)
		return OK;
	return err_set(job, ERR_CONFLICT, "the register %.*s cannot be read, and this must reach every record: %.*s", SLICE(registers->broken[0].id),
	    SLICE(registers->broken[0].why));
}
