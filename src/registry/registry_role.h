/*
 * Roles: what content/role/ says a person who holds one may do, read strictly. Who holds one is the ledger's (ledger_grant.h); whether it applies is
 * registry_access.h's. doc/register.md describes every key.
 */
#ifndef REGISTRY_REGISTRY_ROLE_H
#define REGISTRY_REGISTRY_ROLE_H

#include "ledger/ledger_grant.h"
#include "registry/registry_register.h"

#define REGISTRY_MAX_ROLES 200

struct registry_rule {
	slice *capabilities; /* none: any */
	size_t capabilities_len;
	slice *registers; /* ids; none: any */
	size_t registers_len;
	unsigned up_to; /* rank of the highest classification */
	bool shared;    /* counts for records of no service too, when the grant is over a service or unit */
	const struct yaml *node;
};

struct registry_role {
	slice id, title, about;
	struct registry_rule *rules;
	size_t rules_len;
	bool any_scope;
	enum ledger_scope scope; /* what a grant must be over, unless any_scope */
	bool read_only;
	bool expires; /* a grant ends within ${within} */
	struct duration within;
	const char *from;
	const struct yaml *node;
};

struct registry_roles {
	struct registry_role *at; /* sorted by id */
	size_t len;
};

/* Read every role of ${content}; the registers they name must be in ${registers}. ERR_INPUT "file:line: …". With ${fault}, each fault is told and that role left out. */
err registry_role_load(struct job *job, const struct content *content, const struct registry_registers *registers, registry_fault fault, void *fault_to,
    struct registry_roles *ret);
/* By id, or NULL. */
const struct registry_role *registry_role_find(const struct registry_roles *roles, slice id);

bool registry_rule_does(const struct registry_rule *rule, slice capability);
/* ${def} NULL: what is about no register; only a rule for any counts. */
bool registry_rule_in(const struct registry_rule *rule, const struct registry_register *def);
/* Anything, everywhere, however classified: an administrator's role. */
bool registry_role_whole(const struct registry_role *role);
/* Reads and nothing else: read, read-…, export, audit. */
bool registry_capability_reads(slice capability);
/* One that every register has, or one that some register (of ${def}, when not NULL) names. */
bool registry_capability_known(const struct registry_registers *registers, const struct registry_register *def, slice capability);
/* Does ${def} name ${capability} in a status change or a field? */
bool registry_names_capability(const struct registry_register *def, slice capability);

/* What is wrong between roles and registers: a capability no role holds by name, or no register names. Nothing is asked when there are no roles. */
err registry_role_lint(struct job *job, const struct registry_registers *registers, const struct registry_roles *roles, registry_fault fault, void *fault_to);

#endif
