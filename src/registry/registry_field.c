/*
 * Fields of a register: their types and what each type may say, read strictly.
 * Deliberately knows no values: registry_value.c reads and shows those.
 */
#include "registry/registry_register_priv.h"

#define MAX_TEXT 200
#define MAX_LONG 16000
#define MAX_FILE (32 * MIB)
#define MAX_DECIMALS 6

const char *const registry_type_words[] = {"text", "long", "choice", "yes-no", "number", "money", "date", "instant", "duration", "person",
    "link", "file", "list", "classification", "cvss", "score", NULL};

/* What assay itself gives every record, and options that every command has: no field may be called so. */
static const char *const reserved_fields[] = {"number", "status", "version", "made", "made_by", "changed", "changed_by", "status_since",
    "ended", "due", "due_by", "classification", "hold", "dir", "keys", "signer", "content", "json", "csv", "quiet", "help", "as_of", "output",
    "reason", "if_version", "editor", "now", "actor", "rowid", "oid", "rt_id", "rt_access", NULL};

static bool
is_one_of(slice word, const char *const *words)
{
	for (; words != NULL && *words != NULL; words++)
		if (slice_same(word, slice_of(*words)))
			return true;
	return false;
}

/* Fields */

static err
option_of(struct job *job, slice id, const char **ret)
{
	char *text;
	TRY(NEW(job, id.len + 1, &text));
	for (size_t i = 0; i < id.len; i++)
		text[i] = id.at[i] == '_' ? '-' : id.at[i];
	*ret = text;
	return OK;
}

static err
read_choices(struct job *job, const struct yaml *map, struct registry_field *field)
{
	static const char *const keys[] = {"id", "title", "about", NULL};
	const struct yaml *list;
	TRY(yaml_need_list(job, map, "choices", &list));
	TRY(NEW(job, list->len + 1, &field->choices));
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		struct registry_choice *choice = &field->choices[field->choices_len];
		if (node->kind == YAML_MAP) {
			TRY(yaml_only(job, node, keys));
			TRY(yaml_need_text(job, node, "id", &choice->id));
			TRY(yaml_maybe_text(job, node, "title", &choice->title));
		} else
			choice->id = node->text;
		if (node->kind == YAML_LIST || choice->id.len == 0 || choice->id.len > 64 || slice_find(choice->id, ',') < choice->id.len)
			return yaml_refuse(job, node, "choices: expected a word of at most 64 bytes without comma, or {id, title}");
		for (size_t i = 0; i < field->choices_len; i++)
			if (slice_same(field->choices[i].id, choice->id))
				return yaml_refuse(job, node, "choices: \"%.*s\" is there twice", SLICE(choice->id));
		if (choice->title.len == 0)
			TRY(registry_title_of(job, choice->id, &choice->title));
		field->choices_len++;
	}
	return field->choices_len > 0 ? OK : yaml_refuse(job, list, "choices: expected at least one");
}

static err
read_bands(struct job *job, const struct yaml *map, struct registry_field *field)
{
	static const char *const keys[] = {"to", "word", NULL};
	const struct yaml *list;
	TRY(yaml_maybe_list(job, map, "bands", &list));
	if (list == NULL)
		return OK;
	TRY(NEW(job, list->len + 1, &field->bands));
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		struct registry_band *band = &field->bands[field->bands_len];
		TRY(yaml_is_map(job, node, "a band"));
		TRY(yaml_only(job, node, keys));
		TRY(yaml_need_text(job, node, "word", &band->word));
		TRY(yaml_maybe_int(job, node, "to", INT64_MAX, &band->to));
		if (field->bands_len > 0 && band[-1].to >= band->to)
			return yaml_refuse(job, node, "bands: each must end above the one before");
		field->bands_len++;
	}
	return OK;
}

static err
read_bound(struct job *job, const struct yaml *map, const char *key, const struct registry_field *field, bool *ret_has, int64_t *ret)
{
	const struct yaml *node = yaml_get(map, key);
	int64_t scale = 1;
	*ret_has = node != NULL;
	for (unsigned i = 0; i < field->decimals; i++)
		scale *= 10;
	if (node == NULL)
		return OK;
	if (node->kind != YAML_SCALAR || !slice_i64(node->text, ret) || __builtin_mul_overflow(*ret, scale, ret))
		return yaml_refuse(job, node, "%s: expected a whole number", key);
	return OK;
}

static err
read_link(struct job *job, const struct yaml *map, struct registry_field *field)
{
	const struct yaml *to = yaml_get(map, "to");
	if (to == NULL)
		return yaml_refuse(job, map, "to: expected the register that %.*s links to, found none", SLICE(field->id));
	if (to->kind == YAML_SCALAR && slice_same(to->text, S("any")))
		field->to_any = true;
	else if (to->kind == YAML_SCALAR) {
		TRY(NEW(job, 1, &field->to));
		field->to[field->to_len++] = to->text;
	} else
		TRY(yaml_maybe_words(job, map, "to", &field->to, &field->to_len));
	if (field->to_len > REGISTRY_MAX_TARGETS)
		return yaml_refuse(job, to, "to: at most %d registers, found %zu", REGISTRY_MAX_TARGETS, field->to_len);
	TRY(yaml_maybe_bool(job, map, "many", false, &field->many));
	return yaml_maybe_text(job, map, "back", &field->back);
}

static err
read_typed(struct job *job, const struct yaml *map, struct registry_field *field)
{
	int64_t number;
	switch (field->type) {
	case REGISTRY_CHOICE:
		return read_choices(job, map, field);
	case REGISTRY_YES_NO:
		TRY(NEW(job, 2, &field->choices));
		field->choices[0] = (struct registry_choice){S("yes"), S("Yes")};
		field->choices[1] = (struct registry_choice){S("no"), S("No")};
		field->choices_len = 2;
		return OK;
	case REGISTRY_NUMBER:
	case REGISTRY_MONEY:
		TRY(yaml_maybe_int(job, map, "decimals", 0, &number));
		if (number < 0 || number > MAX_DECIMALS)
			return yaml_refuse(job, map, "decimals: expected 0 to %d, found %lld", MAX_DECIMALS, (long long)number);
		field->decimals = field->type == REGISTRY_MONEY ? 2 : (unsigned)number;
		TRY(read_bound(job, map, "min", field, &field->has_min, &field->min));
		return read_bound(job, map, "max", field, &field->has_max, &field->max);
	case REGISTRY_LINK:
		return read_link(job, map, field);
	case REGISTRY_SCORE:
		TRY(yaml_need_text(job, map, "compute", &field->compute));
		return read_bands(job, map, field);
	case REGISTRY_FILE:
		TRY(yaml_maybe_int(job, map, "max-bytes", MAX_FILE, &number));
		if (number < 1 || number > (int64_t)MAX_FILE)
			return yaml_refuse(job, map, "max-bytes: expected 1 to %zu, found %lld", MAX_FILE, (long long)number);
		field->max_bytes = (size_t)number;
		return OK;
	case REGISTRY_TEXT:
	case REGISTRY_LIST:
	case REGISTRY_LONG:
		TRY(yaml_maybe_int(job, map, "max", field->type == REGISTRY_LONG ? MAX_LONG : MAX_TEXT, &number));
		if (number < 1 || number > MAX_LONG)
			return yaml_refuse(job, map, "max: expected 1 to %d bytes, found %lld", MAX_LONG, (long long)number);
		field->max_bytes = (size_t)number;
		return OK;
	default:
		return OK;
	}
}

/* Which keys a type has beyond those that all have. */
static const char *const common_keys[] = {
    "id", "title", "about", "type", "required", "required-when", "personal", "read", "write", "default", "was", NULL};
static const char *const type_keys[][6] = {[REGISTRY_TEXT] = {"max"},
    [REGISTRY_LONG] = {"max"},
    [REGISTRY_LIST] = {"max"},
    [REGISTRY_CHOICE] = {"choices"},
    [REGISTRY_NUMBER] = {"min", "max", "decimals"},
    [REGISTRY_MONEY] = {"min", "max"},
    [REGISTRY_LINK] = {"to", "many", "back"},
    [REGISTRY_FILE] = {"max-bytes"},
    [REGISTRY_SCORE] = {"compute", "bands"}};

static err
check_keys(struct job *job, const struct yaml *map, enum registry_type type)
{
	const char *keys[24];
	size_t len = 0;
	for (size_t i = 0; common_keys[i] != NULL; i++)
		keys[len++] = common_keys[i];
	for (size_t i = 0; type < sizeof type_keys / sizeof *type_keys && i < 6 && type_keys[type][i] != NULL; i++)
		keys[len++] = type_keys[type][i];
	keys[len] = NULL;
	return yaml_only(job, map, keys);
}

static err
read_field(struct job *job, const struct yaml *map, struct registry_field *field)
{
	unsigned at = 0;
	TRY(yaml_is_map(job, map, "a field"));
	field->node = map;
	TRY(yaml_need_text(job, map, "id", &field->id));
	if (!registry_is_slug(field->id, '_', 32))
		return yaml_refuse(job, yaml_get(map, "id"), "id: expected at most 32 of a-z 0-9 _, a letter first, found \"%.*s\"",
		    SLICE(field->id));
	if (is_one_of(field->id, reserved_fields))
		return yaml_refuse(
		    job, yaml_get(map, "id"), "id: \"%.*s\" is a name that commands or every record use; choose another", SLICE(field->id));
	if (yaml_get(map, "type") != NULL)
		TRY(yaml_choice(job, yaml_get(map, "type"), registry_type_words, &at));
	field->type = (enum registry_type)at;
	TRY(check_keys(job, map, field->type));
	TRY(yaml_maybe_text(job, map, "title", &field->title));
	if (field->title.len == 0)
		TRY(registry_title_of(job, field->id, &field->title));
	TRY(yaml_maybe_text(job, map, "about", &field->about));
	TRY(yaml_maybe_bool(job, map, "required", false, &field->required));
	TRY(yaml_maybe_text(job, map, "required-when", &field->required_when));
	TRY(yaml_maybe_bool(job, map, "personal", false, &field->personal));
	TRY(yaml_maybe_text(job, map, "read", &field->read));
	TRY(yaml_maybe_text(job, map, "write", &field->write));
	TRY(yaml_maybe_text(job, map, "default", &field->otherwise));
	TRY(yaml_maybe_words(job, map, "was", &field->was, &field->was_len));
	field->personal = field->personal || field->type == REGISTRY_PERSON;
	TRY(option_of(job, field->id, &field->option));
	if (field->type == REGISTRY_SCORE && (field->required || field->otherwise.len > 0))
		return yaml_refuse(job, map, "%.*s: a score is computed: it is neither required nor has a default", SLICE(field->id));
	return read_typed(job, map, field);
}

static err
add_builtin(struct job *job, struct registry_register *def)
{
	static const struct registry_field builtin[] = {
	    {.id = {"classification", 14}, .title = {"Classification", 14}, .about = {"How sensitive the record is", 27},
		.option = "classification", .type = REGISTRY_CLASSIFICATION, .otherwise = {"official", 8}, .builtin = true},
	    {.id = {"hold", 4}, .title = {"Legal hold", 10}, .about = {"Why the record must not be erased; empty when it may", 52}, .option = "hold",
		.type = REGISTRY_TEXT, .max_bytes = MAX_TEXT, .builtin = true, .write = {"hold", 4}},
	};
	(void)job;
	for (size_t i = 0; i < sizeof builtin / sizeof *builtin; i++) {
		def->fields[def->fields_len] = builtin[i];
		def->fields[def->fields_len++].node = def->node;
	}
	return OK;
}

err
registry_read_fields(struct job *job, struct registry_register *def)
{
	const struct yaml *list;
	TRY(yaml_need_list(job, def->node, "fields", &list));
	if (list->len == 0 || list->len > REGISTRY_MAX_FIELDS)
		return yaml_refuse(job, list, "fields: expected 1 to %d, found %zu", REGISTRY_MAX_FIELDS, list->len);
	TRY(NEW(job, list->len + 4, &def->fields));
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		struct registry_field *field = &def->fields[def->fields_len];
		TRY(read_field(job, node, field));
		if (registry_field(def, field->id) != NULL)
			return yaml_refuse(job, node, "fields: \"%.*s\" is there twice", SLICE(field->id));
		def->fields_len++;
	}
	return add_builtin(job, def);
}

