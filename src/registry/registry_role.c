/*
 * Roles, read strictly from content. A wrong one is an error by file and line, never a role that gives more than it says.
 * Deliberately does not: know who holds one.
 */
#include "registry/registry_role.h"

#include <stdlib.h>

#include "registry/registry_register_priv.h"

#define FOLDER "role/"

/* What every register knows without saying so. */
static const char *const common[] = {"read", "add", "edit", "change", "link", "export", "erase", "hold", "grant", "audit", NULL};
static const char *const scope_words[] = {"organisation", "unit", "service", "any", NULL};

static bool
is_common(slice capability)
{
	for (size_t i = 0; common[i] != NULL; i++)
		if (slice_same(capability, slice_of(common[i])))
			return true;
	return false;
}

bool
registry_capability_reads(slice capability)
{
	return slice_same(capability, S("read")) || slice_starts(capability, S("read-")) || slice_same(capability, S("export")) ||
	       slice_same(capability, S("audit"));
}

/* Asking */

static bool
is_among(const slice *words, size_t len, slice word)
{
	for (size_t i = 0; i < len; i++)
		if (slice_same(words[i], word))
			return true;
	return false;
}

bool
registry_rule_does(const struct registry_rule *rule, slice capability)
{
	return rule->capabilities_len == 0 || is_among(rule->capabilities, rule->capabilities_len, capability);
}

bool
registry_rule_in(const struct registry_rule *rule, const struct registry_register *def)
{
	return rule->registers_len == 0 || (def != NULL && is_among(rule->registers, rule->registers_len, def->id));
}

bool
registry_role_whole(const struct registry_role *role)
{
	for (size_t i = 0; i < role->rules_len; i++) {
		const struct registry_rule *rule = &role->rules[i];
		if (rule->capabilities_len == 0 && rule->registers_len == 0 && registry_classification_words[rule->up_to + 1] == NULL)
			return true;
	}
	return false;
}

static int
by_id(const void *a, const void *b)
{
	return slice_order(((const struct registry_role *)a)->id, ((const struct registry_role *)b)->id);
}

const struct registry_role *
registry_role_find(const struct registry_roles *roles, slice id)
{
	const struct registry_role wanted = {.id = id};
	return roles->len == 0 ? NULL : bsearch(&wanted, roles->at, roles->len, sizeof *roles->at, by_id);
}

/* Reading */

/* "any", which is no list at all, or a list of at least one word. */
static err
read_any_or_words(struct job *job, const struct yaml *map, const char *key, slice **ret, size_t *ret_len)
{
	const struct yaml *node = yaml_get(map, key);
	*ret_len = 0;
	if (node != NULL && node->kind == YAML_SCALAR && slice_same(node->text, S("any")))
		return OK;
	TRY(yaml_maybe_words(job, map, key, ret, ret_len));
	if (*ret_len == 0)
		return yaml_refuse(job, node != NULL ? node : map, "%s: expected any, or a list of at least one word", key);
	return is_among(*ret, *ret_len, S("any")) ? yaml_refuse(job, node, "%s: any stands alone, not in a list", key) : OK;
}

static err
read_rule(struct job *job, const struct yaml *node, const struct registry_registers *registers, const struct registry_role *role,
    struct registry_rule *rule)
{
	static const char *const keys[] = {"do", "in", "up-to", "shared", NULL};
	const struct yaml *up_to = yaml_get(node, "up-to");
	TRY(yaml_is_map(job, node, "a rule"));
	TRY(yaml_only(job, node, keys));
	rule->node = node;
	TRY(read_any_or_words(job, node, "do", &rule->capabilities, &rule->capabilities_len));
	TRY(read_any_or_words(job, node, "in", &rule->registers, &rule->registers_len));
	if (up_to != NULL)
		TRY(yaml_choice(job, up_to, registry_classification_words, &rule->up_to));
	TRY(yaml_maybe_bool(job, node, "shared", false, &rule->shared));
	for (size_t i = 0; i < rule->registers_len; i++)
		if (registry_find(registers, rule->registers[i]) == NULL && registry_broken(registers, rule->registers[i]) == NULL)
			return yaml_refuse(job, node, "in: there is no register \"%.*s\"", SLICE(rule->registers[i]));
	if (role->read_only && rule->capabilities_len == 0)
		return yaml_refuse(job, node, "do: a role that is read-only names what it reads, found any");
	for (size_t i = 0; i < rule->capabilities_len; i++)
		if (role->read_only && !registry_capability_reads(rule->capabilities[i]))
			return yaml_refuse(job, node, "do: a role that is read-only may read, read-…, export and audit, found \"%.*s\"",
			    SLICE(rule->capabilities[i]));
	return OK;
}

static err
read_rules(struct job *job, const struct registry_registers *registers, struct registry_role *role)
{
	const struct yaml *list;
	TRY(yaml_need_list(job, role->node, "may", &list));
	if (list->len == 0)
		return yaml_refuse(job, list, "may: expected at least one rule, found none");
	TRY(NEW(job, list->len + 1, &role->rules));
	for (const struct yaml *node = list->first; node != NULL; node = node->next)
		TRY(read_rule(job, node, registers, role, &role->rules[role->rules_len++]));
	return OK;
}

static err
read_limits(struct job *job, struct registry_role *role)
{
	const struct yaml *scope = yaml_get(role->node, "scope"), *node = yaml_get(role->node, "expires-within");
	unsigned which = LEDGER_SCOPE_SERVICE + 1;
	slice within = {0};
	if (scope != NULL)
		TRY(yaml_choice(job, scope, scope_words, &which));
	role->any_scope = which > LEDGER_SCOPE_SERVICE;
	role->scope = role->any_scope ? LEDGER_SCOPE_ORGANISATION : (enum ledger_scope)which;
	TRY(yaml_maybe_bool(job, role->node, "read-only", false, &role->read_only));
	TRY(yaml_maybe_text(job, role->node, "expires-within", &within));
	role->expires = node != NULL;
	if (role->expires && (!duration_parse(within, &role->within) || role->within.months < 0 || role->within.us < 0 ||
				 (role->within.months == 0 && role->within.us == 0)))
		return yaml_refuse(job, node, "expires-within: expected a duration such as P90D, found \"%.*s\"", SLICE(within));
	return OK;
}

static err
read_role(struct job *job, const struct content_file *file, const struct registry_registers *registers, struct registry_role *ret)
{
	static const char *const keys[] = {"id", "title", "about", "may", "scope", "read-only", "expires-within", NULL};
	struct registry_role role = {.from = file->from};
	slice name = slice_from(slice_of(file->path), sizeof FOLDER - 1);
	TRY(yaml_read(job, file->from, file->text, &role.node));
	TRY(yaml_is_map(job, role.node, "a role"));
	TRY(yaml_only(job, role.node, keys));
	TRY(yaml_need_text(job, role.node, "id", &role.id));
	if (!registry_is_slug(role.id, '-', 40) || name.len < 5 || !slice_same(role.id, slice_part(name, 0, name.len - 5)))
		return yaml_refuse(
		    job, yaml_get(role.node, "id"), "id: expected the file's own name (at most 40 of a-z 0-9 -), found \"%.*s\"", SLICE(role.id));
	TRY(yaml_need_text(job, role.node, "title", &role.title));
	TRY(yaml_need_text(job, role.node, "about", &role.about));
	TRY(read_limits(job, &role));
	TRY(read_rules(job, registers, &role));
	*ret = role;
	return OK;
}

err
registry_role_load(struct job *job, const struct content *content, const struct registry_registers *registers, registry_fault fault, void *fault_to,
    struct registry_roles *ret)
{
	*ret = (struct registry_roles){0};
	TRY(NEW(job, REGISTRY_MAX_ROLES + 1, &ret->at));
	for (size_t i = 0; i < content->len; i++) {
		const struct content_file *file = &content->files[i];
		if (!slice_starts(slice_of(file->path), S(FOLDER)))
			continue;
		if (ret->len == REGISTRY_MAX_ROLES)
			return err_set(job, ERR_LIMIT, "%s: a content set holds at most %d roles", file->from, REGISTRY_MAX_ROLES);
		err read = read_role(job, file, registers, &ret->at[ret->len]);
		if (read.code == ERR_NONE)
			ret->len++;
		else if (fault == NULL)
			return read;
		else
			TRY(fault(job, fault_to, read));
	}
	if (ret->len > 0)
		qsort(ret->at, ret->len, sizeof *ret->at, by_id);
	return OK;
}

/* Lint: between roles and registers */

bool
registry_names_capability(const struct registry_register *def, slice capability)
{
	for (size_t i = 0; i < def->changes_len; i++)
		if (slice_same(def->changes[i].may, capability))
			return true;
	for (size_t i = 0; i < def->fields_len; i++)
		if (slice_same(def->fields[i].read, capability) || slice_same(def->fields[i].write, capability))
			return true;
	return false;
}

bool
registry_capability_known(const struct registry_registers *registers, const struct registry_register *def, slice capability)
{
	if (is_common(capability))
		return true;
	for (size_t i = 0; i < registers->len; i++)
		if ((def == NULL || def == &registers->at[i]) && registry_names_capability(&registers->at[i], capability))
			return true;
	return false;
}

/* A role holds it by name: "any" would hold every slip of the pen. */
static bool
is_held(const struct registry_roles *roles, const struct registry_register *def, slice capability)
{
	for (size_t r = 0; r < roles->len; r++)
		for (size_t i = 0; i < roles->at[r].rules_len; i++) {
			const struct registry_rule *rule = &roles->at[r].rules[i];
			if (rule->capabilities_len > 0 && registry_rule_does(rule, capability) && registry_rule_in(rule, def))
				return true;
		}
	return false;
}

struct linting {
	const struct registry_roles *roles;
	const struct registry_registers *registers;
	registry_fault fault;
	void *fault_to;
};

static err
tell(struct job *job, const struct linting *l, err found)
{
	return found.code == ERR_NONE ? OK : l->fault == NULL ? found : l->fault(job, l->fault_to, found);
}

static err
lint_named(struct job *job, const struct linting *l, const struct registry_register *def, const struct yaml *node, slice capability)
{
	if (capability.len == 0 || is_common(capability) || is_held(l->roles, def, capability))
		return OK;
	return tell(job, l,
	    yaml_refuse(job, node, "no role in content/role may \"%.*s\" in %.*s; name it in one", SLICE(capability), SLICE(def->id)));
}

static err
lint_register(struct job *job, const struct linting *l, const struct registry_register *def)
{
	for (size_t i = 0; i < def->changes_len; i++)
		TRY(lint_named(job, l, def, def->changes[i].node, def->changes[i].may));
	for (size_t i = 0; i < def->fields_len; i++) {
		TRY(lint_named(job, l, def, def->fields[i].node, def->fields[i].read));
		TRY(lint_named(job, l, def, def->fields[i].node, def->fields[i].write));
	}
	return OK;
}

static bool
is_named(const struct linting *l, const struct registry_rule *rule, slice capability)
{
	for (size_t i = 0; i < l->registers->len; i++)
		if (registry_rule_in(rule, &l->registers->at[i]) && registry_names_capability(&l->registers->at[i], capability))
			return true;
	return false;
}

static err
lint_rule(struct job *job, const struct linting *l, const struct registry_rule *rule)
{
	for (size_t i = 0; i < rule->capabilities_len; i++) {
		slice capability = rule->capabilities[i];
		if (!is_common(capability) && !is_named(l, rule, capability))
			TRY(tell(job, l, yaml_refuse(job, rule->node, "do: no register it is for names \"%.*s\"", SLICE(capability))));
	}
	return OK;
}

err
registry_role_lint(struct job *job, const struct registry_registers *registers, const struct registry_roles *roles, registry_fault fault, void *fault_to)
{
	const struct linting l = {.roles = roles, .registers = registers, .fault = fault, .fault_to = fault_to};
	if (roles->len == 0)
		return OK;
	for (size_t i = 0; i < registers->len; i++)
		TRY(lint_register(job, &l, &registers->at[i]));
	for (size_t r = 0; r < roles->len; r++)
		for (size_t i = 0; i < roles->at[r].rules_len; i++)
			TRY(lint_rule(job, &l, &roles->at[r].rules[i]));
	return OK;
}
