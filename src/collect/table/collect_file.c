/*
 * The files an attacker or a careless hand would change: configuration, boot files and the programs of the system. Content is digested,
 * never kept; files whose bytes change by themselves (logs, caches) are not watched.
 */
#include "collect/table/collect_file.h"

#include <stdlib.h>
#include <string.h>

#include "collect/collect_digest.h"
#include "collect/collect_owner.h"
#include "collect/collect_packaged.h"

#define FILE_MAX_NAMES 20000   /* of one folder */
#define FILE_MAX_WATCHED 30000 /* of all */

static const struct column columns[] = {
    {"path", COLUMN_TEXT, COLUMN_KEY, "where it is"},
    {"kind", COLUMN_TEXT, 0, "file, folder, link, device, fifo or socket"},
    {"mode", COLUMN_TEXT, 0, "permissions as four octal digits, as in 0644"},
    {"uid", COLUMN_INT, 0, "owner"},
    {"gid", COLUMN_INT, 0, "group"},
    {"size_bytes", COLUMN_INT, 0, "size, 0 for what is not a file"},
    {"modified_at", COLUMN_TIME, 0, "last change of the content"},
    {"sha256", COLUMN_TEXT, COLUMN_MAYBE, "digest of the content; not known for what is not a file, cannot be read or is above 256 MiB"},
    {"package", COLUMN_TEXT, COLUMN_MAYBE, "package that brought it; not known when none claims it"},
    {"as_packaged", COLUMN_INT, COLUMN_MAYBE, "1 when its content is as its package brought it; not known when the package lists no digest"},
};
const struct table table_file = {"file", "watched files and their digests", columns, 10};

/* What is watched: the path itself and what is below it to so many folders. Kept in the order of the alphabet. */
/* clang-format off */
#define WATCHES(W) \
	W("/bin", 1) W("/boot", 1) W("/boot/grub", 1) W("/boot/grub2", 1) W("/boot/loader", 2) W("/etc/anacrontab", 0) \
	W("/etc/apparmor.d", 1) W("/etc/apt", 2) W("/etc/at.allow", 0) W("/etc/at.deny", 0) W("/etc/audit", 2) \
	W("/etc/bash.bashrc", 0) W("/etc/chrony", 1) W("/etc/cron.allow", 0) W("/etc/cron.d", 1) W("/etc/cron.daily", 1) \
	W("/etc/cron.deny", 0) W("/etc/cron.hourly", 1) W("/etc/cron.monthly", 1) W("/etc/cron.weekly", 1) \
	W("/etc/cron.yearly", 1) W("/etc/crontab", 0) W("/etc/crypttab", 0) W("/etc/default", 1) W("/etc/docker", 1) \
	W("/etc/environment", 0) W("/etc/fstab", 0) W("/etc/group", 0) W("/etc/group-", 0) W("/etc/gshadow", 0) \
	W("/etc/gshadow-", 0) W("/etc/host.conf", 0) W("/etc/hosts", 0) W("/etc/hosts.allow", 0) W("/etc/hosts.deny", 0) \
	W("/etc/init.d", 1) W("/etc/iptables", 1) W("/etc/issue", 0) W("/etc/issue.net", 0) W("/etc/ld.so.conf", 0) \
	W("/etc/ld.so.conf.d", 1) W("/etc/ld.so.preload", 0) W("/etc/login.defs", 0) W("/etc/logrotate.conf", 0) \
	W("/etc/logrotate.d", 1) W("/etc/modprobe.d", 1) W("/etc/modules", 0) W("/etc/modules-load.d", 1) \
	W("/etc/motd", 0) W("/etc/nftables.conf", 0) W("/etc/nsswitch.conf", 0) W("/etc/pam.conf", 0) W("/etc/pam.d", 1) \
	W("/etc/passwd", 0) W("/etc/passwd-", 0) W("/etc/polkit-1", 2) W("/etc/profile", 0) W("/etc/profile.d", 1) \
	W("/etc/rc.local", 0) W("/etc/resolv.conf", 0) W("/etc/rsyslog.conf", 0) W("/etc/rsyslog.d", 1) \
	W("/etc/securetty", 0) W("/etc/security", 2) W("/etc/shadow", 0) W("/etc/shadow-", 0) W("/etc/shells", 0) \
	W("/etc/ssh", 2) W("/etc/ssl", 1) W("/etc/subgid", 0) W("/etc/subuid", 0) W("/etc/sudo.conf", 0) \
	W("/etc/sudoers", 0) W("/etc/sudoers.d", 1) W("/etc/sysctl.conf", 0) W("/etc/sysctl.d", 1) W("/etc/systemd", 3) \
	W("/etc/udev/rules.d", 1) W("/etc/ufw", 1) W("/root", 0) W("/root/.bashrc", 0) W("/root/.profile", 0) \
	W("/sbin", 1) W("/usr/bin", 1) W("/usr/lib/aarch64-linux-gnu/security", 1) W("/usr/lib/openssh", 1) \
	W("/usr/lib/security", 1) W("/usr/lib/systemd", 1) W("/usr/lib/x86_64-linux-gnu/security", 1) \
	W("/usr/local/bin", 1) W("/usr/local/sbin", 1) W("/usr/sbin", 1) W("/var/log", 0) W("/var/log/audit", 0) \
	W("/var/spool/cron/crontabs", 0)
/* clang-format on */

#define WATCH_ROW(path, depth) {path, depth},
#define WATCH_READS(path, depth) path " (to depth " #depth ")",
static const struct watch {
	const char *path;
	unsigned depth;
} watches[] = {WATCHES(WATCH_ROW)};

struct watched {
	slice path;
	struct stat st;
};
struct watched_list {
	struct watched *at;
	size_t len;
};

slice
collect_file_kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return S("file");
	case S_IFDIR:
		return S("folder");
	case S_IFLNK:
		return S("link");
	case S_IFIFO:
		return S("fifo");
	case S_IFSOCK:
		return S("socket");
	default:
		return S("device");
	}
}

void
collect_file_mode(mode_t mode, char ret[8])
{
	for (unsigned i = 0; i < 4; i++)
		ret[i] = (char)('0' + ((mode >> (9 - 3 * i)) & 7));
	ret[4] = '\0';
}

/* Add ${path}, and what is below it. What went away meanwhile is not there; a folder that cannot be read fails the table. */
static err
watch_add(struct job *job, const struct collect *collect, const char *path, unsigned depth, struct watched_list *list)
{
	struct stat st;
	struct fs_name *names;
	size_t len;
	err found = fs_stat(job, &collect->root, path, false, &st);
	if (found.code == ERR_MISSING)
		return OK;
	TRY(found);
	if (list->len == FILE_MAX_WATCHED)
		return err_set(job, ERR_LIMIT, "%s: more than %d watched files", path, FILE_MAX_WATCHED);
	list->at[list->len++] = (struct watched){slice_of(path), st};
	if (depth == 0 || !S_ISDIR(st.st_mode))
		return OK;
	TRY(fs_list(job, &collect->root, path, FILE_MAX_NAMES, &names, &len));
	for (size_t i = 0; i < len; i++) {
		const char *below;
		TRY(fs_join(job, path, names[i].name, &below));
		TRY(watch_add(job, collect, below, depth - 1, list));
	}
	return OK;
}

static int
watched_order(const void *a, const void *b)
{
	return slice_order(((const struct watched *)a)->path, ((const struct watched *)b)->path);
}

static err
watched_list(struct job *job, const struct collect *collect, struct watched_list *ret)
{
	struct watched_list list = {0};
	size_t out = 0;
	TRY(NEW(job, FILE_MAX_WATCHED, &list.at));
	for (size_t i = 0; i < sizeof watches / sizeof *watches; i++)
		TRY(watch_add(job, collect, watches[i].path, watches[i].depth, &list));
	qsort(list.at, list.len, sizeof *list.at, watched_order);
	for (size_t i = 0; i < list.len; i++) /* a folder may be watched by itself and through another */
		if (out == 0 || !slice_same(list.at[i].path, list.at[out - 1].path))
			list.at[out++] = list.at[i];
	list.len = out;
	*ret = list;
	return OK;
}

/* The regular files of ${list}, in its order, with their packages and then their digests. */
static err
watched_digests(struct job *job, struct collect *collect, const struct watched_list *list, struct collect_digest **ret_digests,
    struct collect_packaged **ret_packaged)
{
	struct collect_digest *digests;
	struct collect_packaged *packaged;
	size_t len = 0;
	TRY(NEW(job, list->len + 1, &digests));
	TRY(NEW(job, list->len + 1, &packaged));
	for (size_t i = 0; i < list->len; i++) {
		slice package = S("");
		if (!S_ISREG(list->at[i].st.st_mode))
			continue;
		if (collect_owner_of(job, collect, list->at[i].path, &package))
			package = slice_part(package, 0, slice_find(package, ':'));
		packaged[len] = (struct collect_packaged){.path = list->at[i].path, .package = package};
		digests[len++] = (struct collect_digest){.path = list->at[i].path, .st = list->at[i].st};
	}
	TRY(collect_packaged_fill(job, collect, packaged, len));
	for (size_t i = 0; i < len; i++)
		digests[i].wants_md5 = packaged[i].known;
	TRY(collect_digest_fill(job, collect, digests, len));
	*ret_digests = digests;
	*ret_packaged = packaged;
	return OK;
}

static err
watched_row(struct rows *rows, const struct watched *watched, const struct collect_digest *digest, const struct collect_packaged *packaged,
    slice package)
{
	char mode[8];
	struct digest_text sha256 = {0};
	bool compared = packaged != NULL && packaged->known && digest->md5_known;
	collect_file_mode(watched->st.st_mode, mode);
	if (digest != NULL && digest->sha256_known)
		sha256 = digest_text(&digest->sha256);
	struct cell cells[] = {
	    TEXT(watched->path),
	    TEXT(collect_file_kind(watched->st.st_mode)),
	    TEXT(slice_of(mode)),
	    INT(watched->st.st_uid),
	    INT(watched->st.st_gid),
	    INT(S_ISREG(watched->st.st_mode) ? watched->st.st_size : 0),
	    INT((int64_t)watched->st.st_mtim.tv_sec * 1000000 + watched->st.st_mtim.tv_nsec / 1000),
	    sha256.at[0] != '\0' ? TEXT(slice_of(sha256.at)) : NIL,
	    package.len > 0 ? TEXT(package) : NIL,
	    compared ? INT(memcmp(digest->md5, packaged->md5, sizeof digest->md5) == 0) : NIL,
	};
	return rows_add(rows, cells);
}

static err
file_run(struct job *job, struct collect *collect)
{
	struct watched_list list;
	struct collect_digest *digests;
	struct collect_packaged *packaged;
	struct rows *rows = collect_rows(collect, &table_file);
	TRY(watched_list(job, collect, &list));
	TRY(watched_digests(job, collect, &list, &digests, &packaged));
	for (size_t i = 0; i < list.len; i++) {
		slice package = S("");
		bool regular = S_ISREG(list.at[i].st.st_mode);
		if (!collect_owner_of(job, collect, list.at[i].path, &package))
			package = S("");
		TRY(watched_row(rows, &list.at[i], regular ? digests : NULL, regular ? packaged : NULL, package));
		digests += regular;
		packaged += regular;
	}
	return OK;
}

const struct collector collect_file = {
    .name = "file",
    .about = "Watched configuration, boot files and programs: mode, owner, digest, and whether they are as packaged.",
    .tables = (const struct table *const[]){&table_file, NULL},
    .reads = (const char *const[]){WATCHES(WATCH_READS) "/var/lib/dpkg/info/*.list", "/var/lib/dpkg/info/*.md5sums", "/var/lib/dpkg/status",
	"/var/lib/dpkg/diversions", NULL},
    .needs = "root for the content of files and folders that only root may read",
    .run = file_run,
};
