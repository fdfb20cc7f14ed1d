/*
 * Files that run with another's rights, and what anybody may write. Enters local file systems only: what a server or a container brings is
 * its own host's business.
 */
#include "collect/table/collect_privileged_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/collect_owner.h"
#include "collect/collect_walk.h"
#include "collect/table/collect_file.h"

/* The layers of containers hold whole systems; nobody can run their files from outside, and a running container shows them again. */
#define CONTAINER_LAYERS                                                                                                                   \
	"/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs", "/var/lib/containers/storage/overlay", "/var/lib/docker/overlay2"

static const struct column privileged_columns[] = {
    {"path", COLUMN_TEXT, COLUMN_KEY, "the file"},
    {"kind", COLUMN_TEXT, 0, "setuid, setgid or capability; the first that holds"},
    {"mode", COLUMN_TEXT, 0, "permissions as four octal digits, as in 4755"},
    {"uid", COLUMN_INT, 0, "owner"},
    {"gid", COLUMN_INT, 0, "group"},
    {"capabilities", COLUMN_TEXT, 0, "file capabilities, as in cap_net_raw=ep; empty when it has none"},
    {"package", COLUMN_TEXT, COLUMN_MAYBE, "package that brought it; not known when none claims it"},
};
const struct table table_privileged_file = {"privileged_file", "files that run with another's rights", privileged_columns, 7};

static const struct column writable_columns[] = {
    {"path", COLUMN_TEXT, COLUMN_KEY, "the file or folder"},
    {"kind", COLUMN_TEXT, 0, "file, folder, fifo or device"},
    {"mode", COLUMN_TEXT, 0, "permissions as four octal digits, as in 1777"},
    {"uid", COLUMN_INT, 0, "owner"},
    {"gid", COLUMN_INT, 0, "group"},
    {"sticky", COLUMN_INT, 0, "1 when only the owner of an entry may remove it"},
};
const struct table table_world_writable_path = {"world_writable_path", "files and folders that anybody may write", writable_columns, 6};

/* ---- Which mounts to leave out ---- */

static bool
skip_type(slice type)
{
	static const char *const types[] = {"9p", "afs", "autofs", "binfmt_misc", "bpf", "ceph", "cgroup", "cgroup2", "cifs", "coda",
	    "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs", "fuse", "fusectl", "glusterfs", "gpfs", "hugetlbfs", "lustre",
	    "mqueue", "ncpfs", "nfs", "nfs4", "nsfs", "ocfs2", "gfs2", "overlay", "proc", "pstore", "rpc_pipefs", "securityfs", "selinuxfs",
	    "smb3", "smbfs", "sysfs", "tracefs", "virtiofs", "vboxsf", NULL};
	if (slice_starts(type, S("fuse.")))
		return true;
	for (size_t i = 0; types[i] != NULL; i++)
		if (slice_same(type, slice_of(types[i])))
			return true;
	return false;
}

/* Is ${path} the folder ${folder} or below it? */
static bool
skip_below(slice path, slice folder)
{
	if (slice_same(folder, S("/")))
		return true;
	return slice_starts(path, folder) && (path.len == folder.len || path.at[folder.len] == '/');
}

/* A folder of a file system of which a larger part, or the same part earlier, is mounted too: its files are met there. */
static bool
skip_bind(const struct collect_mount *mounts, size_t len, size_t i, const bool *skip)
{
	for (size_t other = 0; other < len; other++) {
		const struct collect_mount *a = &mounts[i], *b = &mounts[other];
		if (other == i || skip[other] || a->major != b->major || a->minor != b->minor || !skip_below(a->root, b->root))
			continue;
		if (!slice_same(a->root, b->root) || other < i)
			return true;
	}
	return false;
}

/* The images of snaps are whole systems too, packed and read-only, each there two or three times over. */
static bool
skip_snap(const struct collect_mount *mount)
{
	return slice_same(mount->type, S("squashfs")) &&
	       (skip_below(mount->target, S("/snap")) || skip_below(mount->target, S("/var/lib/snapd/snap")));
}

err
collect_privileged_file_skips(struct job *job, const struct collect_mount *mounts, size_t len, bool **ret_skip)
{
	bool *skip;
	TRY(NEW(job, len + 1, &skip));
	for (size_t i = 0; i < len; i++)
		skip[i] = !slice_same(mounts[i].target, S("/")) && (skip_type(mounts[i].type) || skip_snap(&mounts[i]));
	for (size_t i = 0; i < len; i++)
		if (!skip[i] && !slice_same(mounts[i].target, S("/")))
			skip[i] = skip_bind(mounts, len, i, skip);
	*ret_skip = skip;
	return OK;
}

static int
skip_order(const void *a, const void *b)
{
	return slice_order(*(const slice *)a, *(const slice *)b);
}

/* The folders not to enter, sorted. A fixture may have no list of mounts. */
static err
skip_list(struct job *job, const struct collect *collect, struct collect_walk *walk)
{
	static const char *const always[] = {"/dev", "/proc", "/sys", CONTAINER_LAYERS, NULL};
	struct collect_mount *mounts = NULL;
	bool *skip;
	slice *list;
	size_t mounts_len = 0, len = 0;
	err read = collect_mount_read(job, collect, &mounts, &mounts_len);
	if (read.code != ERR_NONE && (read.code != ERR_MISSING || collect->live))
		return read;
	TRY(collect_privileged_file_skips(job, mounts, mounts_len, &skip));
	TRY(NEW(job, mounts_len + sizeof always / sizeof *always, &list));
	for (size_t i = 0; always[i] != NULL; i++)
		list[len++] = slice_of(always[i]);
	for (size_t i = 0; i < mounts_len; i++)
		if (skip[i])
			list[len++] = mounts[i].target;
	qsort(list, len, sizeof *list, skip_order);
	walk->skips = list;
	walk->skips_len = len;
	return OK;
}

/* ---- Capabilities ---- */

static uint32_t
capability_word(slice attribute, size_t at)
{
	const uint8_t *byte = (const uint8_t *)attribute.at + at;
	return (uint32_t)byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 | (uint32_t)byte[3] << 24;
}

/* Names of the bits of ${set}, then "=" and ${flags}. */
static void
capability_words(struct buf *buf, uint64_t set, const char *flags)
{
	static const char *const names[] = {"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid",
	    "setpcap", "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
	    "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource",
	    "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin",
	    "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore"};
	bool first = true;
	if (set == 0)
		return;
	if (buf->len > 0)
		buf_byte(buf, ' ');
	for (size_t bit = 0; bit < 64; bit++) {
		if ((set >> bit & 1) == 0)
			continue;
		buf_text(buf, first ? "" : ",");
		if (bit < sizeof names / sizeof *names)
			buf_printf(buf, "cap_%s", names[bit]);
		else
			buf_printf(buf, "%zu", bit);
		first = false;
	}
	buf_printf(buf, "=%s", flags);
}

err
collect_privileged_file_capabilities(struct job *job, slice attribute, slice *ret)
{
	struct buf buf = buf_open(job, "file capabilities", 4 * KIB);
	uint32_t head = attribute.len >= 4 ? capability_word(attribute, 0) : 0, revision = head >> 24;
	if (!(revision == 1 && attribute.len == 12) && !(revision == 2 && attribute.len == 20) && !(revision == 3 && attribute.len == 24))
		return err_set(job, ERR_INPUT,
		    "security.capability: capabilities(7): expected revision 1 to 3 and its size, found revision %u and %zu bytes",
		    revision, attribute.len);
	bool effective = (head & 1) != 0;
	uint64_t permitted = capability_word(attribute, 4), inheritable = capability_word(attribute, 8);
	if (revision > 1) {
		permitted |= (uint64_t)capability_word(attribute, 12) << 32;
		inheritable |= (uint64_t)capability_word(attribute, 16) << 32;
	}
	capability_words(&buf, permitted & ~inheritable, effective ? "ep" : "p");
	capability_words(&buf, permitted & inheritable, effective ? "eip" : "ip");
	capability_words(&buf, inheritable & ~permitted, effective ? "ei" : "i");
	return buf_end(&buf, ret);
}

/* ---- Rows ---- */

static err
privileged_row(struct job *job, struct collect *collect, const struct collect_walk_found *found)
{
	char mode[8];
	slice package = S(""), capabilities = S("");
	bool setuid = (found->mode & S_ISUID) != 0, setgid = (found->mode & S_ISGID) != 0;
	if (found->attribute.len > 0 && collect_privileged_file_capabilities(job, found->attribute, &capabilities).code != ERR_NONE)
		capabilities = S("unknown");
	if (!setuid && !setgid && capabilities.len == 0)
		return OK;
	if (!collect_owner_of(job, collect, found->path, &package))
		package = S("");
	collect_file_mode(found->mode, mode);
	struct cell cells[] = {
	    TEXT(found->path),
	    TEXT(setuid   ? S("setuid")
		 : setgid ? S("setgid")
			  : S("capability")),
	    TEXT(slice_of(mode)),
	    INT(found->uid),
	    INT(found->gid),
	    TEXT(capabilities),
	    package.len > 0 ? TEXT(package) : NIL,
	};
	return rows_add(collect_rows(collect, &table_privileged_file), cells);
}

static err
found_row(struct job *job, void *to, const struct collect_walk_found *found)
{
	char mode[8];
	struct collect *collect = to;
	if (!found->writable)
		return privileged_row(job, collect, found);
	collect_file_mode(found->mode, mode);
	struct cell cells[] = {
	    TEXT(found->path),
	    TEXT(collect_file_kind(found->mode)),
	    TEXT(slice_of(mode)),
	    INT(found->uid),
	    INT(found->gid),
	    INT((found->mode & S_ISVTX) != 0),
	};
	return rows_add(collect_rows(collect, &table_world_writable_path), cells);
}

static void
unseen(struct collect *collect, const struct table *table, const struct collect_walk *walk, bool full)
{
	if (full)
		collect_unseen(collect, table, "more than %d such files: the rest was not kept", WALK_MAX_FOUND);
	else if (walk->unseen > 0)
		collect_unseen(collect, table, "%ju folders could not be read, among them %.*s%s", (uintmax_t)walk->unseen,
		    SLICE(walk->first_unseen), collect->live && !collect->privileged ? "; root may read them" : "");
}

static err
privileged_file_run(struct job *job, struct collect *collect)
{
	static const char *const starts[] = {"/", "/dev/shm"}; /* device files are open to all by design; what is put beside them is not */
	struct collect_walk walk = {0};
	if (access("/proc/self/fd", X_OK) != 0)
		return err_errno(job, errno, "/proc/self/fd: it is needed to read file capabilities");
	TRY(skip_list(job, collect, &walk));
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
		walk.start = starts[i];
		TRY(collect_walk(job, collect, &walk, found_row, collect));
	}
	unseen(collect, &table_privileged_file, &walk, walk.privileged_full);
	unseen(collect, &table_world_writable_path, &walk, walk.writable_full);
	return OK;
}

const struct collector collect_privileged_file = {
    .name = "privileged_file",
    .about = "One walk over the local file systems: setuid, setgid, file capabilities, and what anybody may write.",
    .tables = (const struct table *const[]){&table_privileged_file, &table_world_writable_path, NULL},
    .reads = (const char *const[]){"names, modes and owners of all files of local file systems",
	"security.capability attributes of programs", "/proc/self/mountinfo",
	"not: /dev (but /dev/shm), /proc, /sys, network, FUSE and container file systems, images of snaps, folders mounted a second time",
	NULL},
    .needs = "root for folders that only their owners may read",
    .run = privileged_file_run,
};
