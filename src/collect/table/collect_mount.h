/*
 * Mounted file systems, as the kernel lists them; block_device and the walk read the same list.
 */
#ifndef COLLECT_TABLE_COLLECT_MOUNT_H
#define COLLECT_TABLE_COLLECT_MOUNT_H

#include "collect/collect.h"

extern const struct table table_mount;

/* One line of /proc/self/mountinfo (proc_pid_mountinfo(5)), the octal escapes undone. */
struct collect_mount {
	slice target;  /* where it is mounted */
	slice root;    /* which folder of the file system is mounted there */
	slice device;
	slice type;
	slice options; /* of this mount */
	slice super;   /* of the file system */
	unsigned major, minor;
};

/* Pure: the lines of ${text} in their order. A line of another shape is ERR_INPUT. */
err collect_mount_parse(struct job *job, slice text, struct collect_mount **ret, size_t *ret_len);

/* Read and parse the list of ${collect}'s root; ERR_MISSING when the kernel offers none. */
err collect_mount_read(struct job *job, const struct collect *collect, struct collect_mount **ret, size_t *ret_len);

/* Is ${option} among the comma-separated ${options}? */
bool collect_mount_has(slice options, slice option);

/* ${options} without the values of those that name an account or a secret. */
err collect_mount_options(struct job *job, slice options, slice *ret);

#endif
