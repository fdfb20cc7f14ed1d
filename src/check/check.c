/*
 * Checks and profiles, read strictly from content.
 * Deliberately asks nothing: that is check_ask.c.
 */
#include "check/check_priv.h"

#include <stdlib.h>
#include <string.h>

#include "collect/collect_schema.h"

#define MAX_CHECKS 5000

static const char *const severity_words[] = {"critical", "high", "medium", "low", "info", NULL};

static bool
is_slug(slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!((text.at[i] >= 'a' && text.at[i] <= 'z') || (text.at[i] >= '0' && text.at[i] <= '9') || text.at[i] == '-'))
			return false;
	return text.len > 0 && text.len <= 64;
}

/* "check/ssh-root-login.yaml" names ssh-root-login. */
static slice
name_of(slice path, size_t folder_len)
{
	slice name = slice_from(path, folder_len);
	return slice_part(name, 0, name.len - 5);
}

static err
read_answers(struct job *job, const struct yaml *map, const struct catalogue *catalogue, struct check *check)
{
	slice *ids = NULL;
	size_t len;
	TRY(yaml_maybe_words(job, map, "answers", &ids, &len));
	if (yaml_get(map, "answers") == NULL)
		return yaml_refuse(job, map, "answers: expected a list of REQUIREMENT.part ([] for a check outside the frameworks), found none");
	TRY(NEW(job, len + 1, &check->answers));
	for (size_t i = 0; catalogue != NULL && i < len; i++) {
		const struct part *part = catalogue_part(catalogue, ids[i]);
		if (part == NULL)
			return yaml_refuse(job, yaml_get(map, "answers"), "answers: there is no part %.*s in the catalogue", SLICE(ids[i]));
		if (part->basis > check->basis)
			return yaml_refuse(job, yaml_get(map, "answers"), "answers: %.*s wants the basis %s, this check's is %s",
			    SLICE(ids[i]), basis_words[part->basis], basis_words[check->basis]);
		check->answers[check->answers_len++] = part;
	}
	return OK;
}

static err
read_param(struct job *job, const struct yaml *node, struct check_param *ret)
{
	static const char *const keys[] = {"name", "value", "cites", NULL};
	int64_t number;
	TRY(yaml_is_map(job, node, "a param"));
	TRY(yaml_only(job, node, keys));
	TRY(yaml_need_text(job, node, "name", &ret->name));
	TRY(yaml_need_text(job, node, "value", &ret->value));
	TRY(yaml_need_text(job, node, "cites", &ret->cites));
	ret->number = yaml_get(node, "value")->plain && slice_i64(ret->value, &number);
	return OK;
}

/* A param is bound by its name: it must be one SQL knows, stand once, and not be :now. */
static err
check_param_name(struct job *job, const struct yaml *node, const struct check *check)
{
	slice name = check->params[check->params_len].name;
	bool good = name.len > 0 && name.len <= 64;
	for (size_t i = 0; i < name.len; i++)
		good = good &&
		       ((name.at[i] >= 'a' && name.at[i] <= 'z') || name.at[i] == '_' || (i > 0 && name.at[i] >= '0' && name.at[i] <= '9'));
	if (!good || slice_same(name, S("now")))
		return yaml_refuse(job, node, "params: a name is a-z, 0-9 and _, and not \"now\"; found \"%.*s\"", SLICE(name));
	for (size_t i = 0; i < check->params_len; i++)
		if (slice_same(check->params[i].name, name))
			return yaml_refuse(job, node, "params: \"%.*s\" is there twice", SLICE(name));
	return OK;
}

static err
read_params(struct job *job, const struct yaml *map, struct check *check)
{
	const struct yaml *list;
	TRY(yaml_maybe_list(job, map, "params", &list));
	if (list == NULL)
		return OK;
	TRY(NEW(job, list->len + 1, &check->params));
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		TRY(read_param(job, node, &check->params[check->params_len]));
		TRY(check_param_name(job, node, check));
		check->params_len++;
	}
	return OK;
}

static err
read_texts(struct job *job, const struct yaml *map, struct check *check)
{
	slice applies, query, age, blind = {0};
	unsigned at;
	TRY(yaml_need_text(job, map, "id", &check->id));
	TRY(yaml_need_text(job, map, "title", &check->title));
	TRY(yaml_need_text(job, map, "severity", &check->severity));
	TRY(yaml_choice(job, yaml_get(map, "severity"), severity_words, &at));
	TRY(yaml_need_text(job, map, "says", &check->says));
	TRY(yaml_need_text(job, map, "remedy", &check->remedy));
	TRY(yaml_maybe_text(job, map, "why", &check->why));
	TRY(yaml_need_text(job, map, "applies", &applies));
	TRY(yaml_need_text(job, map, "query", &query));
	TRY(yaml_maybe_text(job, map, "blind", &blind));
	if (blind.len > 0)
		TRY(job_string(job, blind, &check->blind));
	TRY(yaml_need_text(job, map, "max_age", &age));
	TRY(job_string(job, applies, &check->applies));
	TRY(job_string(job, query, &check->query));
	if (!duration_parse(age, &check->max_age) || check->max_age.us + check->max_age.months <= 0)
		return yaml_refuse(
		    job, yaml_get(map, "max_age"), "max_age: expected a duration such as 7d or P7D, found \"%.*s\"", SLICE(age));
	return OK;
}

static err
read_basis(struct job *job, const struct yaml *map, struct check *check)
{
	unsigned at;
	bool records = check->registry.len > 0;
	check->basis = records ? BASIS_RECORDED : BASIS_OBSERVED;
	if (yaml_get(map, "basis") == NULL)
		return OK;
	TRY(yaml_choice(job, yaml_get(map, "basis"), basis_words, &at));
	check->basis = (enum basis)at;
	if (records && check->basis == BASIS_ATTESTED)
		return yaml_refuse(job, yaml_get(map, "basis"), "basis: a check over registers is recorded, observed or exercised");
	return records || check->basis >= BASIS_OBSERVED ? OK : yaml_refuse(job, yaml_get(map, "basis"), "basis: a host check observes or exercises");
}

static err
read_check(struct job *job, const struct content_file *file, const struct catalogue *catalogue, const struct registry_registers *registers,
    struct check *ret)
{
	static const char *const keys[] = {"id", "title", "register", "severity", "answers", "basis", "max_age", "why", "profiles", "params", "applies", "blind",
	    "query", "key", "says", "remedy", "tests", NULL};
	const struct yaml *map;
	struct check check = {0};
	TRY(yaml_read(job, file->from, file->text, &map));
	TRY(yaml_is_map(job, map, "a check"));
	TRY(yaml_only(job, map, keys));
	check.node = map;
	TRY(read_texts(job, map, &check));
	if (!is_slug(check.id) || !slice_same(check.id, name_of(slice_of(file->path), 6)))
		return yaml_refuse(job, yaml_get(map, "id"), "id: expected the file's own name, found \"%.*s\"", SLICE(check.id));
	TRY(yaml_maybe_text(job, map, "register", &check.registry));
	if (check.registry.len > 0 && registry_find(registers, check.registry) == NULL)
		return yaml_refuse(job, yaml_get(map, "register"), "register: there is no register \"%.*s\"", SLICE(check.registry));
	TRY(read_basis(job, map, &check));
	TRY(read_answers(job, map, catalogue, &check));
	TRY(read_params(job, map, &check));
	TRY(yaml_maybe_words(job, map, "key", &check.key, &check.key_len));
	TRY(yaml_maybe_words(job, map, "profiles", &check.profiles, &check.profiles_len));
	TRY(yaml_need_map(job, map, "tests", &check.tests));
	if (check.key_len == 0)
		return yaml_refuse(job, map, "key: expected the result columns that make a finding the same next time, found none");
	*ret = check;
	return OK;
}

static err
read_overrides(struct job *job, const struct yaml *map, const char *key, struct check_override **ret, size_t *ret_len)
{
	const struct yaml *node;
	TRY(yaml_maybe_map(job, map, key, &node));
	if (node == NULL)
		return OK;
	TRY(NEW(job, node->len + 1, ret));
	for (const struct yaml *child = node->first; child != NULL; child = child->next) {
		if (child->kind != YAML_SCALAR)
			return yaml_refuse(job, child, "%s: expected a value", key);
		(*ret)[(*ret_len)++] = (struct check_override){.what = child->key, .value = child->text, .node = child};
	}
	return OK;
}

static err
read_profile(struct job *job, const struct content_file *file, struct check_profile *ret, int64_t *ret_order)
{
	static const char *const keys[] = {"id", "title", "about", "order", "subject", "detect", "otherwise", "params", "skip", NULL};
	const struct yaml *map;
	struct check_profile profile = {0};
	slice detect = {0};
	TRY(yaml_read(job, file->from, file->text, &map));
	TRY(yaml_is_map(job, map, "a profile"));
	TRY(yaml_only(job, map, keys));
	TRY(yaml_need_text(job, map, "id", &profile.id));
	if (!is_slug(profile.id) || !slice_same(profile.id, name_of(slice_of(file->path), 8)))
		return yaml_refuse(job, yaml_get(map, "id"), "id: expected the file's own name, found \"%.*s\"", SLICE(profile.id));
	TRY(yaml_need_text(job, map, "title", &profile.title));
	TRY(yaml_maybe_text(job, map, "about", &profile.about));
	if (yaml_get(map, "subject") != NULL) {
		unsigned at;
		TRY(yaml_choice(job, yaml_get(map, "subject"), (const char *const[]){"host", "service", NULL}, &at));
		profile.services = at == 1;
	}
	TRY(yaml_maybe_text(job, map, "detect", &detect));
	TRY(yaml_maybe_int(job, map, "order", 0, ret_order));
	TRY(yaml_maybe_bool(job, map, "otherwise", false, &profile.otherwise));
	TRY(read_overrides(job, map, "params", &profile.params, &profile.params_len));
	TRY(read_overrides(job, map, "skip", &profile.skips, &profile.skips_len));
	if (detect.len > 0)
		TRY(job_string(job, detect, &profile.detect));
	*ret = profile;
	return OK;
}

static int
by_id(const void *a, const void *b)
{
	return slice_order(((const struct check *)a)->id, ((const struct check *)b)->id);
}

static err
load_profiles(struct job *job, const struct content *content, struct checks *checks)
{
	int64_t *orders;
	TRY(NEW(job, content->len + 1, &checks->profiles));
	TRY(NEW(job, content->len + 1, &orders));
	for (size_t i = 0; i < content->len; i++) {
		struct check_profile profile;
		int64_t order;
		if (!slice_starts(slice_of(content->files[i].path), S("profile/")))
			continue;
		TRY(read_profile(job, &content->files[i], &profile, &order));
		for (size_t p = 0; p < checks->profiles_len; p++)
			if (profile.otherwise && checks->profiles[p].otherwise)
				return err_set(job, ERR_INPUT, "%s:1: otherwise: the profile %.*s says so already", content->files[i].from,
				    SLICE(checks->profiles[p].id));
		size_t at = checks->profiles_len++; /* insertion keeps them in order; there are a handful */
		for (; at > 0 && orders[at - 1] > order; at--) {
			checks->profiles[at] = checks->profiles[at - 1];
			orders[at] = orders[at - 1];
		}
		checks->profiles[at] = profile;
		orders[at] = order;
	}
	return OK;
}

static err
no_fault(struct job *job, void *to, err found)
{
	(void)job, (void)to, (void)found;
	return OK;
}

err
check_load_each(struct job *job, const struct content *content, const struct catalogue *catalogue, check_fault fault, void *fault_to,
    struct checks *ret)
{
	struct checks checks = {0};
	struct registry_registers *registers;
	TRY(NEW(job, 1, &registers));
	TRY(registry_load_each(job, content, NULL, fault != NULL ? no_fault : NULL, NULL, registers)); /* their own lint tells of them */
	checks.registers = registers;
	TRY(NEW(job, content->len + 1, &checks.at));
	for (size_t i = 0; i < content->len; i++) {
		if (!slice_starts(slice_of(content->files[i].path), S("check/")))
			continue;
		if (checks.len == MAX_CHECKS)
			return err_set(job, ERR_LIMIT, "%s: a content set holds at most %d checks", content->files[i].from, MAX_CHECKS);
		err read = read_check(job, &content->files[i], catalogue, registers, &checks.at[checks.len]);
		if (read.code == ERR_NONE)
			checks.len++;
		else if (fault == NULL)
			return read;
		else
			TRY(fault(job, fault_to, read));
	}
	if (checks.len > 0)
		qsort(checks.at, checks.len, sizeof *checks.at, by_id);
	TRY(load_profiles(job, content, &checks));
	*ret = checks;
	return OK;
}

err
check_load(struct job *job, const struct content *content, const struct catalogue *catalogue, struct checks *ret)
{
	return check_load_each(job, content, catalogue, NULL, NULL, ret);
}

const struct check *
check_find(const struct checks *checks, slice id)
{
	const struct check wanted = {.id = id};
	return checks->len == 0 ? NULL : bsearch(&wanted, checks->at, checks->len, sizeof *checks->at, by_id);
}

const struct check_profile *
check_profile_find(const struct checks *checks, slice id)
{
	for (size_t i = 0; i < checks->profiles_len; i++)
		if (slice_same(checks->profiles[i].id, id))
			return &checks->profiles[i];
	return NULL;
}

slice
check_param_value(const struct check *check, const struct check_param *param, const struct check_profile *profile)
{
	for (size_t i = 0; profile != NULL && i < profile->params_len; i++) {
		slice what = profile->params[i].what;
		size_t dot = slice_find(what, '.');
		if (slice_same(slice_part(what, 0, dot), check->id) && slice_same(slice_from(what, dot + 1), param->name))
			return profile->params[i].value;
	}
	return param->value;
}
