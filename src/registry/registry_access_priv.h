/*
 * Inside access: how far a grant goes towards what is asked.
 */
#ifndef REGISTRY_REGISTRY_ACCESS_PRIV_H
#define REGISTRY_REGISTRY_ACCESS_PRIV_H

#include "registry/registry_access.h"

/* Which test stopped it, in the order they are made; the furthest of a role's rules counts. */
enum registry_miss {
	REGISTRY_MISS_STANDING,
	REGISTRY_MISS_REGISTER,
	REGISTRY_MISS_CAPABILITY,
	REGISTRY_MISS_RANK,
	REGISTRY_MISS_SCOPE,
	REGISTRY_MISS_NONE, /* it applies */
};
enum registry_miss registry_access_try(const struct registry_access *access, const struct registry_held *held, const struct registry_ask *ask);
/* A role's rules alone, without scope: MISS_SCOPE when only the scope is left to ask. */
enum registry_miss registry_role_try(const struct registry_role *role, const struct registry_ask *ask);
/* An administrator without end and over everything. */
bool registry_held_whole(const struct registry_held *held);
/* The person's name, or how they signed in. */
err registry_access_name(struct job *job, const struct registry_access *access, slice token, slice *ret);

#endif
