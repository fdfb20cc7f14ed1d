/*
 * What SQL sees of registers: one table a register, and the tables that all registers share. Descriptions only; registry_rows.c fills them.
 */
#ifndef REGISTRY_REGISTRY_TABLE_H
#define REGISTRY_REGISTRY_TABLE_H

#include "registry/registry_register.h"

/* Fill ${def}->table, and each field's column. ERR_LIMIT: more columns than a table may have. */
err registry_table_make(struct job *job, struct registry_register *def);

/* link, deadline, status_change, observation, observed_change, check_result; NULL-terminated. */
extern const struct table *const registry_shared_tables[];
extern const struct table registry_link_table;
extern const struct table registry_deadline_table;
extern const struct table registry_status_change_table;
extern const struct table registry_observation_table;
extern const struct table registry_observed_change_table;
extern const struct table registry_check_result_table;

/* A register's or a shared table by its SQL name, or NULL. ${ret_def} (may be NULL) is the register, or NULL for a shared one. */
const struct table *registry_table_find(
    const struct registry_registers *registers, slice name, const struct registry_register **ret_def);

#endif
