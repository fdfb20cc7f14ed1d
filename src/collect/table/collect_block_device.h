/*
 * Disks, what stands on them, and whether it is encrypted; swap.
 */
#ifndef COLLECT_TABLE_COLLECT_BLOCK_DEVICE_H
#define COLLECT_TABLE_COLLECT_BLOCK_DEVICE_H

#include "collect/table/collect_mount.h"

extern const struct table table_block_device;
extern const struct table table_swap;

/* A line of /proc/swaps. */
struct collect_swap {
	slice path;
	slice kind; /* "partition" or "file" */
	int64_t size_bytes;
};

/* Pure: the lines after the heading. A line of another shape is ERR_INPUT. */
err collect_block_device_swaps(struct job *job, slice text, struct collect_swap **ret, size_t *ret_len);

/* Pure: what a device-mapper uuid says: kind ("crypt", "lvm", "mpath", "raid", "dm") and the encryption ("luks1", "luks2", "plain", ...; empty = none). */
void collect_block_device_dm(slice uuid, slice *ret_kind, slice *ret_encryption);

#endif
