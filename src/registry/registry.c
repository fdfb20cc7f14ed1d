/*
 * Registers over an open ledger: what belongs together is opened together.
 */
#include "registry/registry.h"

#include "ledger/ledger_sql.h"
#include "registry/registry_view.h"

/* The register that service fields link to; all must mean the same one. */
static err
find_scope(struct job *job, struct registry *registry)
{
	for (size_t i = 0; i < registry->registers.len; i++) {
		const struct registry_register *def = &registry->registers.at[i];
		const struct registry_field *field = def->service.len > 0 ? registry_field(def, def->service) : NULL;
		if (field == NULL || field->to_len != 1)
			continue;
		const struct registry_register *to = registry_find(&registry->registers, field->to[0]);
		if (registry->scope != NULL && to != registry->scope)
			return yaml_refuse(job, field->node, "service: other registers belong to %.*s, found %.*s", SLICE(registry->scope->id),
			    SLICE(field->to[0]));
		registry->scope = to;
	}
	return OK;
}

static const struct registry *keeping;

void
registry_keep(const struct registry *kept)
{
	keeping = kept;
}

const struct registry *
registry_kept(const struct content *content)
{
	return keeping != NULL && digest_same(&keeping->content->digest, &content->digest) ? keeping : NULL;
}

static err
open_both(struct job *job, struct ledger *ledger, const struct content *content, const char *const *reserved, struct registry **ret)
{
	struct registry *registry;
	TRY(NEW(job, 1, &registry));
	if (registry_kept(content) != NULL)
		*registry = *registry_kept(content);
	registry->ledger = ledger;
	registry->content = content;
	*ret = registry;
	if (registry_kept(content) != NULL)
		return OK;
	TRY(registry_load_sound(job, content, reserved, &registry->registers));
	TRY(registry_calendar_load(job, content, &registry->calendars));
	TRY(registry_deadline_load(job, content, &registry->calendars, &registry->rules));
	return find_scope(job, registry);
}

err
registry_open_at(struct job *job, struct ledger *ledger, const struct content *content, struct registry **ret)
{
	return open_both(job, ledger, content, NULL, ret);
}

err
registry_open(
    struct job *job, struct ledger *ledger, const struct content *content, const char *const *reserved, struct registry **ret)
{
	TRY(open_both(job, ledger, content, reserved, ret));
	return registry_view_refresh(job, *ret);
}

err
registry_person_find(struct job *job, const struct registry *registry, slice name, bool *ret_found, slice *ret_token)
{
	return ledger_person_find(job, registry->ledger, S(""), name, ret_found, ret_token);
}
