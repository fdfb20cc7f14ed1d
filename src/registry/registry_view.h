/*
 * The tables of registers in the view: made from the ledger's rows and the definitions in use, thrown away when either is another.
 *
 *   rt_access(id, register, service, classification)   what access is decided by, once for all records that are alike
 *   rt_record(id, register, number, access, …)         every record: label, status, due
 *   rt_link, rt_deadline, rt_search                    links, deadlines, full text
 *   rt_orphan                                          what a record holds and its definition does not know
 *   rr_TABLE(rt_id, rt_access, columns)            with the indexes its definition asks for
 */
#ifndef REGISTRY_REGISTRY_VIEW_H
#define REGISTRY_REGISTRY_VIEW_H

#include "registry/registry.h"

/* Bring them to the head. */
err registry_view_refresh(struct job *job, const struct registry *registry);

/* The access keys there are, by id. */
struct registry_key {
	int64_t id;
	slice registry;
	int64_t service;
	unsigned rank;
};
err registry_view_keys(struct job *job, const struct registry *registry, struct registry_key **ret, size_t *ret_len);

#endif
