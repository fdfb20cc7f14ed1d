/*
 * The decision in words: grant by grant why it applies or not, who could, and the sentence of a refusal.
 * Deliberately names no service and no classification of the record that is refused: who may not read it learns nothing about it.
 */
#include "registry/registry_access_priv.h"


err
registry_access_name(struct job *job, const struct registry_access *access, slice token, slice *ret)
{
	slice says;
	if (token.len == 0)
		return job_copy(job, job->actor.len > 0 ? job->actor : S("nobody known"), ret);
	TRY(job_format(job, &says, "{person:%.*s}", SLICE(token)));
	return ledger_person_show(job, access->registry->ledger, says, ret);
}

/* "read risk 3", "add risk", "grant". */
static err
show_ask(struct job *job, const struct registry_ask *ask, slice *ret)
{
	if (ask->def == NULL)
		return job_copy(job, ask->capability, ret);
	if (ask->number > 0)
		return job_format(job, ret, "%.*s %.*s %lld", SLICE(ask->capability), SLICE(ask->def->id), (long long)ask->number);
	return job_format(job, ret, "%.*s %.*s", SLICE(ask->capability), SLICE(ask->def->id));
}

static err
standing_show(struct job *job, const struct registry_held *held, slice *ret)
{
	switch (held->standing) {
	case REGISTRY_HELD_ENDED:
		return job_format(job, ret, "it ended on %s", instant_day(held->ends_us).at);
	case REGISTRY_HELD_REVOKED:
		return job_format(job, ret, "it was taken back on %s", instant_day(held->grant.revoked_us).at);
	case REGISTRY_HELD_ROLELESS:
		return job_copy(job, S("there is no role of that name in content"), ret);
	case REGISTRY_HELD_MISFIT:
		return job_format(job, ret, "that role is for %s %s only", held->role->scope == LEDGER_SCOPE_ORGANISATION ? "the" : "a",
		    ledger_scope_words[held->role->scope]);
	case REGISTRY_HELD_LIVE:
	default:
		return job_copy(job, S("it counts"), ret);
	}
}

static err
miss_show(struct job *job, enum registry_miss miss, const struct registry_held *held, const struct registry_ask *ask, slice *ret)
{
	slice what;
	TRY(show_ask(job, ask, &what));
	switch (miss) {
	case REGISTRY_MISS_REGISTER:
		return job_format(job, ret, "it does not apply: the role says nothing about %.*s",
		    SLICE(ask->def != NULL ? ask->def->id : S("the organisation as a whole")));
	case REGISTRY_MISS_CAPABILITY:
		return job_format(job, ret, "it does not apply: the role may not %.*s", SLICE(what));
	case REGISTRY_MISS_RANK:
		return job_format(job, ret, "it does not apply: the record is classified above what the role goes up to");
	case REGISTRY_MISS_SCOPE:
		return job_format(job, ret, "it does not apply: %s is not within its scope", ask->number > 0 ? "the record" : "this");
	case REGISTRY_MISS_STANDING:
		TRY(standing_show(job, held, &what));
		return job_format(job, ret, "it does not apply: %.*s", SLICE(what));
	case REGISTRY_MISS_NONE:
	default:
		return job_format(job, ret, "it applies: the role may %.*s", SLICE(what));
	}
}

err
registry_access_explain(
    struct job *job, const struct registry_access *access, const struct registry_ask *ask, struct registry_reason **ret, size_t *ret_len)
{
	slice why, over;
	TRY(NEW(job, access->held_len + 1, ret));
	*ret_len = access->held_len;
	for (size_t i = 0; i < access->held_len; i++) {
		struct registry_reason *reason = &(*ret)[i];
		const struct registry_held *held = &access->held[i];
		enum registry_miss miss = registry_access_try(access, held, ask);
		reason->held = held;
		reason->applies = miss == REGISTRY_MISS_NONE;
		TRY(miss_show(job, miss, held, ask, &why));
		TRY(ledger_grant_over(job, &held->grant, &over));
		TRY(job_format(job, &reason->says, "grant %llu, %.*s over %.*s: %.*s", (unsigned long long)held->grant.entry,
		    SLICE(held->grant.role), SLICE(over), SLICE(why)));
	}
	return OK;
}

/* A whole role allows everything: it is named only when no other would. */
err
registry_access_roles(struct job *job, const struct registry_access *access, const struct registry_ask *ask, slice *ret)
{
	struct buf buf = buf_open(job, "roles", 16 * KIB);
	const struct registry_role *whole = NULL;
	size_t len = 0;
	for (size_t i = 0; i < access->roles.len; i++) {
		const struct registry_role *role = &access->roles.at[i];
		if (registry_role_try(role, ask) != REGISTRY_MISS_SCOPE)
			continue;
		if (registry_role_whole(role))
			whole = role;
		else
			buf_printf(&buf, "%s%.*s", len++ > 0 ? " or " : "", SLICE(role->id));
	}
	if (len == 0 && whole != NULL)
		buf_add(&buf, whole->id);
	return buf_end(&buf, ret);
}

static err
refusal(struct job *job, const struct registry_access *access, const struct registry_ask *ask, slice *ret)
{
	slice name, what, roles, who;
	size_t live = 0;
	for (size_t i = 0; i < access->held_len; i++)
		live += access->held[i].standing == REGISTRY_HELD_LIVE ? 1 : 0;
	TRY(registry_access_name(job, access, access->actor, &name));
	TRY(show_ask(job, ask, &what));
	TRY(registry_access_roles(job, access, ask, &roles));
	if (roles.len > 0)
		TRY(job_format(job, &who, "the role %.*s would allow it; an administrator gives it (assay access grant %.*s ROLE --why TEXT)",
		    SLICE(roles), SLICE(name)));
	else
		who = S("no role in content would allow it");
	return job_format(job, ret, "%.*s may not %.*s: %s; %.*s", SLICE(name), SLICE(what),
	    access->held_len == 0 ? "has no role" : live == 0 ? "has no role any more" : "no grant that counts gives it", SLICE(who));
}

err
registry_access_decide(
    struct job *job, const struct registry_access *access, const struct registry_ask *ask, bool *ret_allowed, slice *ret_why)
{
	const struct registry_held *by;
	slice name, what, over;
	*ret_allowed = registry_access_allows(access, ask, &by);
	if (!*ret_allowed)
		return refusal(job, access, ask, ret_why);
	TRY(registry_access_name(job, access, access->actor, &name));
	TRY(show_ask(job, ask, &what));
	if (by == NULL)
		return job_format(job, ret_why, "%.*s may %.*s: no grant was ever made, so whoever opens the store is administrator", SLICE(name),
		    SLICE(what));
	TRY(ledger_grant_over(job, &by->grant, &over));
	return job_format(job, ret_why, "%.*s may %.*s: grant %llu gives %.*s over %.*s", SLICE(name), SLICE(what),
	    (unsigned long long)by->grant.entry, SLICE(by->grant.role), SLICE(over));
}
