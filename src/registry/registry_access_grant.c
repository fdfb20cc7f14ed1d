/*
 * Giving roles and taking them back: what content says of a role, and that somebody is left who can grant.
 */
#include "registry/registry_access_priv.h"

static const struct registry_role *
whole_role(const struct registry_access *access)
{
	for (size_t i = 0; i < access->roles.len; i++)
		if (registry_role_whole(&access->roles.at[i]) &&
		    (access->roles.at[i].any_scope || access->roles.at[i].scope == LEDGER_SCOPE_ORGANISATION) && !access->roles.at[i].expires)
			return &access->roles.at[i];
	return NULL;
}

bool
registry_access_oversees(const struct registry_access *access, int64_t service)
{
	const struct registry_ask grant = {.capability = S("grant"), .service = service}, audit = {.capability = S("audit"), .service = service};
	return registry_access_allows(access, &grant, NULL) || registry_access_allows(access, &audit, NULL);
}

/* What content says of the role. */
static err
check_role(struct job *job, const struct registry_role *role, const struct ledger_grant *grant)
{
	int64_t latest_us = role->expires ? instant_after(job_now(job), role->within) : 0;
	if (!role->any_scope && role->scope != grant->scope)
		return err_set(job, ERR_INPUT, "role %.*s is given over %s, found %s", SLICE(role->id),
		    role->scope == LEDGER_SCOPE_SERVICE ? "one service (--service NUMBER)"
		    : role->scope == LEDGER_SCOPE_UNIT  ? "one unit (--unit NAME)"
							: "the organisation (neither --service nor --unit)",
		    ledger_scope_words[grant->scope]);
	if (role->expires && (grant->until_us == 0 || grant->until_us > latest_us))
		return err_set(job, ERR_INPUT, "role %.*s needs an end, %s at the latest (--until DATE)", SLICE(role->id), instant_day(latest_us).at);
	return OK;
}

/* A service or unit that is not there would give nothing, in silence. */
static err
check_scope(struct job *job, const struct registry_access *access, const struct ledger_grant *grant)
{
	const struct registry_register *scope = access->registry->scope;
	struct registry_record record;
	if (grant->scope == LEDGER_SCOPE_ORGANISATION)
		return OK;
	if (scope == NULL)
		return err_set(job, ERR_INPUT, "there is no register of services, so nothing but the organisation can be granted over");
	if (grant->scope == LEDGER_SCOPE_SERVICE)
		return registry_record(job, access->registry, access->at, scope, grant->service, &record);
	if (scope->unit.len == 0)
		return err_set(job, ERR_INPUT, "register %.*s names no field that says which unit one belongs to (unit: FIELD)", SLICE(scope->id));
	return OK;
}

/* Nobody gives more than they have, or to themselves, but for those who have everything. */
static err
check_giver(struct job *job, const struct registry_access *access, const struct registry_role *role, const struct ledger_grant *grant)
{
	const struct registry_ask ask = {.capability = S("grant"), .service = grant->scope == LEDGER_SCOPE_SERVICE ? grant->service : 0};
	const struct registry_held *by;
	TRY(registry_access_need(job, access, &ask));
	(void)registry_access_allows(access, &ask, &by);
	if (by == NULL || registry_role_whole(by->role))
		return OK;
	if (grant->person.len > 0 && slice_same(grant->person, access->actor))
		return err_set(job, ERR_DENIED, "nobody gives a role to themselves; ask an administrator");
	for (size_t i = 0; i < role->rules_len; i++)
		if (registry_rule_does(&role->rules[i], S("grant")))
			return err_set(job, ERR_DENIED, "role %.*s may grant in turn: only an administrator gives it", SLICE(role->id));
	return OK;
}

static err
check_first(struct job *job, const struct registry_access *access, const struct registry_role *role, const struct ledger_grant *grant)
{
	const struct registry_role *whole = whole_role(access);
	if (!access->unclaimed || (registry_role_whole(role) && grant->scope == LEDGER_SCOPE_ORGANISATION && grant->until_us == 0))
		return OK;
	if (whole == NULL)
		return err_set(job, ERR_INPUT, "the first grant must make an administrator, and no role in content may do anything everywhere");
	return err_set(job, ERR_INPUT,
	    "the first grant must make an administrator, over the organisation and without end: assay access grant NAME %.*s --why TEXT",
	    SLICE(whole->id));
}

err
registry_access_grant_check(struct job *job, const struct registry_access *access, const struct ledger_grant *grant)
{
	const struct registry_role *role = registry_role_find(&access->roles, grant->role);
	if (role == NULL)
		return err_set(job, ERR_INPUT, "there is no role \"%.*s\"; 'assay access role' lists them", SLICE(grant->role));
	TRY(check_giver(job, access, role, grant));
	TRY(check_role(job, role, grant));
	TRY(check_scope(job, access, grant));
	return check_first(job, access, role, grant);
}

err
registry_access_grant(struct job *job, const struct registry_access *access, const struct ledger_grant *grant, struct ledger_receipt *ret)
{
	TRY(registry_access_grant_check(job, access, grant));
	return ledger_grant(job, access->registry->ledger, grant, ret);
}

err
registry_access_revoke(struct job *job, const struct registry_access *access, uint64_t grant, slice why, struct ledger_receipt *ret)
{
	struct registry_held *held, *found = NULL;
	size_t len, left = 0;
	TRY(registry_access_held(job, access->registry, &access->roles, access->at, &held, &len));
	for (size_t i = 0; i < len; i++) {
		left += registry_held_whole(&held[i]) ? 1 : 0;
		if (held[i].grant.entry == grant)
			found = &held[i];
	}
	const struct registry_ask ask = {.capability = S("grant"),
	    .service = found != NULL && found->grant.scope == LEDGER_SCOPE_SERVICE ? found->grant.service : 0};
	TRY(registry_access_need(job, access, &ask));
	if (found != NULL && registry_held_whole(found) && left == 1)
		return err_set(job, ERR_DENIED,
		    "grant %llu makes the last administrator without end: make another first (assay access grant NAME %.*s --why TEXT)",
		    (unsigned long long)grant, SLICE(found->grant.role));
	return ledger_grant_revoke(job, access->registry->ledger, grant, why, ret);
}
