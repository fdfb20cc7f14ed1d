/*
 * What only asking can show of a definition: its SQL.
 */
#ifndef REGISTRY_REGISTRY_LINT_H
#define REGISTRY_REGISTRY_LINT_H

#include "ledger/ledger.h"
#include "registry/registry_register.h"

/* Faults counted and told line by line. registry_linting_note() is a registry_fault; ${linting} is a struct registry_linting. */
struct registry_linting {
	ledger_line line;
	void *to;
	size_t faults;
};
err registry_linting_note(struct job *job, void *linting, err found);

/* A locked database of every register's table and the shared ones, empty: for preparing questions. */
err registry_empty_query(struct job *job, const struct registry_registers *registers, struct query **ret);
/* Add those tables to a database that is not locked yet. */
err registry_empty_tables(struct job *job, const struct registry_registers *registers, struct query *query);

/*
 * Prepare every condition, computed score and required-when of ${def}: ERR_INPUT "file:line: …" for the first that does not stand. Own-field expressions
 * see the table "this": one row of the register's table.
 */
err registry_lint(struct job *job, const struct registry_registers *registers, struct query *query, const struct registry_register *def);

#endif
