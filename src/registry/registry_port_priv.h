/*
 * What export and import share: the form of a value in a cell.
 */
#ifndef REGISTRY_REGISTRY_PORT_PRIV_H
#define REGISTRY_REGISTRY_PORT_PRIV_H

#include "registry/registry_memo.h"
#include "registry/registry_port.h"

#define REGISTRY_ERASED S("erased person") /* what stands for a name that is gone (ledger_person_show()); nobody may be named so */

/* The cell of ${field} of ${record}: the form that import takes. Empty too when whoever asks may not see it. ${names}: persons shown before, by token. */
err registry_port_cell(struct job *job, const struct registry *registry, struct registry_memo *names, const struct registry_record *record,
    const struct registry_field *field, slice *ret);
/* May whoever asks see ${field} of ${record}? */
bool registry_port_sees(const struct registry *registry, const struct registry_record *record, const struct registry_field *field);
/* A person's name by token. */
err registry_port_person(struct job *job, const struct registry *registry, struct registry_memo *names, slice token, slice *ret);

#endif
