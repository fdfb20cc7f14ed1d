/*
 * What the system runs on: hypervisor, container, cloud, hardware; and which container runtimes it offers.
 */
#ifndef COLLECT_TABLE_COLLECT_MACHINE_H
#define COLLECT_TABLE_COLLECT_MACHINE_H

#include "collect/collect.h"

/* The cloud that DMI's words speak of, or "none". Pure. */
const char *collect_machine_cloud(slice vendor, slice product, slice asset);

/* The hypervisor of a cpuid signature ("KVMKVMKVM") or DMI's words, or NULL. Pure. */
const char *collect_machine_hypervisor(slice words);

/* Does /proc/net/unix show somebody listening at ${path}? Pure. */
bool collect_socket_listens(slice unix_text, slice path);

/* The version dpkg's status gives for the package ${name}, empty for none. Pure. */
slice collect_status_version(slice status, slice name);

/* The name of the group ${gid} in group(5), empty for none. Pure. */
slice collect_group_name(slice group, uint64_t gid);

#endif
