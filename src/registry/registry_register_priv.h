/*
 * Inside the reading of definitions: three files do it.
 */
#ifndef REGISTRY_REGISTRY_REGISTER_PRIV_H
#define REGISTRY_REGISTRY_REGISTER_PRIV_H

#include "registry/registry_register.h"

/* At most ${max} of a-z 0-9 and ${joint}, a letter first, no ${joint} last. */
bool registry_is_slug(slice text, char joint, size_t max);
/* "due_by" is titled "Due by". */
err registry_title_of(struct job *job, slice id, slice *ret);
err registry_need_field(struct job *job, const struct registry_register *def, const struct yaml *node, const char *key, slice id);

/* registry_field.c */
err registry_read_fields(struct job *job, struct registry_register *def);
/* registry_rule.c */
err registry_read_states(struct job *job, struct registry_register *def);
err registry_read_changes(struct job *job, struct registry_register *def);
err registry_read_starts(
    struct job *job, const struct registry_register *def, const struct yaml *map, struct registry_start **ret, size_t *ret_len);
err registry_read_sets(struct job *job, const struct registry_register *def, const struct yaml *map, struct registry_set **ret, size_t *ret_len);

/* registry_observes.c: the key observes-changes, and what it means between registers. */
err registry_read_observes(struct job *job, struct registry_register *def);
err registry_check_observes(struct job *job, const struct registry_registers *registers, const struct registry_register *def);

/* registry_ability.c: the keys of abilities, and what they mean between registers. */
err registry_read_abilities(struct job *job, struct registry_register *def);
err registry_check_abilities(struct job *job, const struct registry_registers *registers, const struct registry_register *def);

#endif
