/*
 * Which package a path belongs to, from dpkg's *.list (and rpm where there is one), as an index of hashes made on first use.
 */
#ifndef COLLECT_COLLECT_OWNER_H
#define COLLECT_COLLECT_OWNER_H

#include "collect/collect.h"

/* The package that owns ${path} (merged-/usr spellings are tried too); false when none does or the index cannot be made. The name lives as long as the run. */
bool collect_owner_of(struct job *job, struct collect *collect, slice path, slice *ret_package);
void collect_owner_close(struct collect_owner *owner);

#endif
