/*
 * A definition became another one: what records hold and it does not know, and what it says becomes of that.
 */
#ifndef REGISTRY_REGISTRY_MIGRATE_H
#define REGISTRY_REGISTRY_MIGRATE_H

#include "registry/registry.h"

struct registry_orphan {
	slice what;  /* field, type, choice, state */
	slice name;  /* field or state of the earlier definition */
	size_t records;
	slice to;    /* field or state it goes to; empty with ${dropped} or when nothing is said */
	bool dropped, said;
};
/* Why ${def} cannot keep ${value} as ${key}: "field" (it has none of that name), "type", "choice"; NULL: it can. */
const char *registry_orphan_kind(const struct registry_register *def, slice key, const json_t *value);

/* What is orphaned in ${def}, and what its definition says of each; none when all is well. */
err registry_migrate_plan(
    struct job *job, const struct registry *registry, const struct registry_register *def, struct registry_orphan **ret, size_t *ret_len);

/* ERR_CONFLICT when something is orphaned: nothing may be written before it is dealt with. */
err registry_migrate_need(struct job *job, const struct registry *registry, const struct registry_register *def);

/* Do what the plan says, all or nothing; ${ret_records} were changed. ERR_CONFLICT: the definition says nothing of something, or two values of
 * one record would go to one field. */
err registry_migrate(struct job *job, const struct registry *registry, const struct registry_register *def, size_t *ret_records);

#endif
