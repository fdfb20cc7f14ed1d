/*
 * Network interfaces with their addresses, and routes, as rtnetlink gives them.
 */
#ifndef COLLECT_TABLE_COLLECT_ROUTE_H
#define COLLECT_TABLE_COLLECT_ROUTE_H

#include "collect/collect.h"

struct collect_interface {
	int index;
	slice name, state, kind;
	bool has_address;
};
struct collect_interfaces {
	struct job *job;
	struct collect_interface *at;
	size_t len;
};

/* Answers to RTM_GETLINK, RTM_GETADDR and RTM_GETROUTE dumps. What does not hold together is passed over. Pure. */
err collect_interfaces_parse(struct job *job, slice links, struct collect_interfaces *ret);
err collect_interface_rows(struct collect_interfaces *interfaces, slice addresses, struct rows *rows);
err collect_route_rows(const struct collect_interfaces *interfaces, slice routes, struct rows *rows);

#endif
