/*
 * The running kernel and the parameters it was started with.
 */
#ifndef COLLECT_TABLE_COLLECT_KERNEL_INFO_H
#define COLLECT_TABLE_COLLECT_KERNEL_INFO_H

#include "collect/collect.h"

/* One row for each word of a kernel command line; double quotes hold blanks together. What stands behind "--" belongs to init and is not
 * kept; the value of a name that speaks of a secret becomes "(not kept)". Pure. */
err collect_boot_parameter_parse(struct job *job, slice text, struct rows *rows);

/* "none [integrity] confidentiality": the word in brackets; false when there is none. */
bool collect_lockdown_parse(slice text, slice *ret);

#endif
