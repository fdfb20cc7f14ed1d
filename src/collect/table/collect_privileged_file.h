/*
 * The one walk over the local file systems: what runs with another's rights, and what anybody may write.
 */
#ifndef COLLECT_TABLE_COLLECT_PRIVILEGED_FILE_H
#define COLLECT_TABLE_COLLECT_PRIVILEGED_FILE_H

#include "collect/table/collect_mount.h"

extern const struct table table_privileged_file;
extern const struct table table_world_writable_path;

/* Pure: which of ${mounts} the walk must not enter: kernel, network and container file systems, and those whose files are met elsewhere (a bind mount).
 * ${ret_skip}[i] says so for mount i; the root itself is never left out. */
err collect_privileged_file_skips(struct job *job, const struct collect_mount *mounts, size_t len, bool **ret_skip);

/* Pure: the value of a security.capability attribute (capabilities(7), vfs_cap_data of revisions 1 to 3) in the words of getcap(8), as in
 * "cap_net_raw=ep"; "" when it gives nothing. ERR_INPUT when it has another shape. */
err collect_privileged_file_capabilities(struct job *job, slice attribute, slice *ret);

#endif
