/*
 * A library of threats: what content/threat/ (or the folder that a register's "assess" names) says, read strictly.
 */
#ifndef REGISTRY_REGISTRY_THREAT_H
#define REGISTRY_REGISTRY_THREAT_H

#include "base/query.h"
#include "registry/registry_register.h"

#define REGISTRY_MAX_THREATS 1000

/* What a threat is a threat to: records of ${registry} for which ${when} holds, or whose numbers ${sql} gives. */
struct registry_threat_target {
	slice registry;
	slice when;     /* SQL over the register's own columns, or empty */
	const char *sql; /* gives a column "number"; made of ${when} when that was given */
	slice because;  /* why such a record is threatened: one sentence */
	const struct yaml *node;
};

struct registry_threat {
	slice id, title, about;
	slice category, kind, stride; /* words of the fields they go into; may be empty */
	slice *controls;
	size_t controls_len;
	int64_t likelihood, impact;   /* to begin with: 1 to 5 */
	slice likelihood_because, impact_because;
	slice source;
	struct registry_threat_target *targets;
	size_t targets_len;
	const struct yaml *node;
};

struct registry_threats {
	struct registry_threat *at; /* sorted by id */
	size_t len;
};

/* What "sets" of a register's "assess" may name: "id", "title", …, NULL. */
extern const char *const registry_threat_columns[];

/* Those of ${content} in ${def}->assess->threats. ERR_INPUT "file:line: …": the first that is wrong. */
err registry_threat_load(struct job *job, const struct content *content, const struct registry_registers *registers, const struct registry_register *def,
    struct registry_threats *ret);
/* The same, telling each fault and going on; the SQL is prepared with ${query} (registry_empty_query()), and every value fits the field it goes into. */
err registry_threat_lint(struct job *job, const struct content *content, const struct registry_registers *registers, struct query *query,
    const struct registry_register *def, registry_fault fault, void *fault_to);
const struct registry_threat *registry_threat_find(const struct registry_threats *threats, slice id);

/* A column of a threat as it is entered into a field; empty when it says nothing. "title" and "story" are whole only with a thing: registry_assess_inputs(). */
err registry_threat_value(struct job *job, const struct registry_threat *threat, slice column, slice *ret);

#endif
