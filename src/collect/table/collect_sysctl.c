/*
 * Kernel settings in force beside the configured ones. Keeps no counters and no key material.
 */
#include "collect/table/collect_sysctl.h"

#include <errno.h>
#include <string.h>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "collect/collect_line.h"
#include "collect/collect_value.h"

#define SYSCTL_MAX_DEPTH 12
#define SYSCTL_MAX_VALUE 4096

static const struct column sysctl_columns[] = {
    {"name", COLUMN_TEXT, COLUMN_KEY, "setting, with dots"},
    {"current_value", COLUMN_TEXT, COLUMN_MAYBE, "value in force, blanks as one space"},
    {"config_value", COLUMN_TEXT, COLUMN_MAYBE, "value sysctl.d asks for"},
    {"config_path", COLUMN_TEXT, 0, "file that asks for it, empty for none"},
    {"config_line", COLUMN_INT, 0, "line of that file, 0 for none"},
};
const struct table table_sysctl = {
    "sysctl", "kernel settings in force and configured", sysctl_columns, sizeof sysctl_columns / sizeof *sysctl_columns};

err
collect_sysctl_swap(struct job *job, slice path, slice *ret)
{
	char *at;
	TRY(NEW(job, path.len + 1, &at));
	for (size_t i = 0; i < path.len; i++)
		at[i] = path.at[i] == '/' ? '.' : path.at[i] == '.' ? '/' : path.at[i];
	*ret = slice_bytes(at, path.len);
	return OK;
}

bool
collect_sysctl_kept(slice path)
{
	static const char *const skipped[] = {"kernel/random/*", "fs/dentry-state", "fs/file-nr", "fs/inode-nr", "fs/inode-state",
	    "fs/aio-nr", "fs/quota/*", "fs/nfs/*", "fs/epoll/max_user_watches_in_use", "fs/binfmt_misc/*", "kernel/ns_last_pid",
	    "kernel/pty/nr", "kernel/sched_domain/*", "kernel/spl/*", "dev/cdrom/*", "vm/stat_refresh", "net/netfilter/nf_conntrack_count",
	    "*_key", "*/stable_secret", "*_secret", "*password*", "kernel/perf_event_max_sample_rate", "net/ipv4/route/flush",
	    "net/ipv6/route/flush", NULL};
	for (size_t i = 0; skipped[i] != NULL; i++)
		if (slice_glob(slice_of(skipped[i]), path))
			return false;
	return true;
}

/* sysctl.d(5): when the first separator is a dot, dots separate and a slash stands for a dot. */
static err
sysctl_path(struct job *job, slice key, slice *ret)
{
	size_t dot = slice_find(key, '.'), slash = slice_find(key, '/');
	if (dot < slash)
		return collect_sysctl_swap(job, key, ret);
	*ret = key;
	return OK;
}

err
collect_sysctl_parse(struct collect_sysctls *settings, const char *file, slice text)
{
	struct collect_lines lines = collect_lines_of(settings->job, text, "#;");
	slice line;
	unsigned number;
	while (collect_lines_next(&lines, &line, &number)) {
		struct collect_sysctl one = {.file = file, .line = number};
		size_t equals = slice_find(line, '=');
		bool dash = line.at[0] == '-';
		one.value = slice_trim(slice_from(line, equals + 1));
		one.only_excludes = dash && equals == line.len;
		if (!dash && equals == line.len)
			continue;
		TRY(collect_squeeze(settings->job, one.value, &one.value));
		TRY(sysctl_path(settings->job, slice_trim(slice_part(line, dash, equals - dash)), &one.path));
		if (one.path.len == 0)
			continue;
		one.glob = slice_find(one.path, '*') < one.path.len || slice_find(one.path, '?') < one.path.len ||
			   slice_find(one.path, '[') < one.path.len;
		if (settings->len == settings->room) {
			struct collect_sysctl *more;
			size_t room = settings->room == 0 ? 64 : settings->room * 2;
			TRY(NEW(settings->job, room, &more));
			if (settings->len > 0)
				memcpy(more, settings->at, settings->len * sizeof *more);
			settings->at = more;
			settings->room = room;
		}
		settings->at[settings->len++] = one;
	}
	return OK;
}

const struct collect_sysctl *
collect_sysctl_wanted(const struct collect_sysctls *settings, slice path)
{
	const struct collect_sysctl *exact = NULL, *glob = NULL;
	bool excluded = false; /* from patterns only: what is set by its own name stays set */
	for (size_t i = 0; i < settings->len; i++) {
		const struct collect_sysctl *one = &settings->at[i];
		if (!slice_same(one->path, path) && !(one->glob && slice_glob(one->path, path)))
			continue;
		if (one->only_excludes)
			excluded = true;
		else if (one->glob)
			glob = one;
		else
			exact = one;
	}
	if (exact != NULL)
		return exact;
	return excluded ? NULL : glob;
}

struct sysctl_walk {
	struct job *job;
	struct rows *rows;
	const struct collect_sysctls *settings;
	bool *seen; /* by setting: it has a row */
	char path[1024];
};

static err
sysctl_row(struct sysctl_walk *walk, slice path, struct cell current)
{
	slice name;
	if (!collect_sysctl_kept(path))
		return OK;
	const struct collect_sysctl *wanted = collect_sysctl_wanted(walk->settings, path);
	for (size_t i = 0; i < walk->settings->len; i++)
		if (slice_same(walk->settings->at[i].path, path))
			walk->seen[i] = true;
	TRY(collect_sysctl_swap(walk->job, path, &name));
	return rows_add(walk->rows, (struct cell[]){TEXT(name), current, wanted == NULL ? NIL : TEXT(wanted->value),
					TEXT(slice_of(wanted == NULL ? "" : wanted->file)), INT(wanted == NULL ? 0 : wanted->line)});
}

static err
sysctl_leaf(struct sysctl_walk *walk, int folder, const char *name, size_t len)
{
	char text[SYSCTL_MAX_VALUE];
	slice path = slice_bytes(walk->path, len), value;
	if (!collect_sysctl_kept(path))
		return OK;
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text);
	if (fd >= 0)
		close(fd);
	if (got < 0 || (size_t)got == sizeof text) /* not known, or not the whole */
		return sysctl_row(walk, path, NIL);
	TRY(collect_squeeze(walk->job, slice_bytes(text, (size_t)got), &value));
	return sysctl_row(walk, path, TEXT(value));
}

/* Takes ${fd}. */
static err
sysctl_folder(struct sysctl_walk *walk, int fd, size_t len, unsigned depth)
{
	DIR *dir = fdopendir(fd);
	err failed = OK;
	if (dir == NULL) {
		int number = errno;
		close(fd);
		return err_errno(walk->job, number, "/proc/sys/%.*s: cannot be listed", (int)len, walk->path);
	}
	for (struct dirent *entry; failed.code == ERR_NONE && (entry = readdir(dir)) != NULL;) {
		size_t more = strlen(entry->d_name), at = len == 0 ? 0 : len + 1;
		if (entry->d_name[0] == '.' || at + more >= sizeof walk->path)
			continue;
		if (len > 0)
			walk->path[len] = '/';
		memcpy(walk->path + at, entry->d_name, more);
		if (entry->d_type == DT_DIR && depth < SYSCTL_MAX_DEPTH) {
			int below = openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
			if (below >= 0)
				failed = sysctl_folder(walk, below, at + more, depth + 1);
			else if (errno != ENOENT) /* an interface that went away takes its folder along */
				failed = err_errno(walk->job, errno, "/proc/sys/%.*s: cannot be listed", (int)(at + more), walk->path);
		} else if (entry->d_type == DT_REG) {
			failed = sysctl_leaf(walk, dirfd(dir), entry->d_name, at + more);
		}
	}
	closedir(dir);
	return failed;
}

/* What is configured: sysctl.d; /etc/sysctl.conf on its own only where systemd-sysctl (which reads it through a link, if at all) is not
 * there. */
static err
sysctl_config(struct job *job, const struct collect *collect, struct collect_sysctls *settings)
{
	static const char *const folders[] = {
	    "/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d", NULL};
	const char **paths;
	size_t len;
	slice text;
	bool there;
	TRY(collect_dropin_paths(job, collect, folders, ".conf", &paths, &len));
	for (size_t i = 0; i < len; i++) {
		TRY(collect_read(job, collect, paths[i], &text, &there));
		TRY(collect_sysctl_parse(settings, paths[i], text));
	}
	if (fs_exists(&collect->root, "/lib/systemd/systemd-sysctl") || fs_exists(&collect->root, "/usr/lib/systemd/systemd-sysctl"))
		return OK;
	TRY(collect_read(job, collect, "/etc/sysctl.conf", &text, &there));
	return collect_sysctl_parse(settings, "/etc/sysctl.conf", text);
}

static err
sysctl_run(struct job *job, struct collect *collect)
{
	struct collect_sysctls settings = {.job = job};
	struct sysctl_walk *walk;
	int fd;
	TRY(sysctl_config(job, collect, &settings));
	TRY(NEW(job, 1, &walk));
	*walk = (struct sysctl_walk){.job = job, .rows = collect_rows(collect, &table_sysctl), .settings = &settings};
	TRY(NEW(job, settings.len + 1, &walk->seen));
	TRY(fs_open_dir(job, &collect->root, "/proc/sys", &fd));
	TRY(sysctl_folder(walk, fd, 0, 0));
	/* Configured, but this kernel has no such setting. */
	for (size_t i = 0; i < settings.len; i++) {
		const struct collect_sysctl *one = &settings.at[i];
		if (!walk->seen[i] && !one->glob && !one->only_excludes && collect_sysctl_wanted(&settings, one->path) == one)
			TRY(sysctl_row(walk, one->path, NIL));
	}
	return OK;
}

const struct collector collect_sysctl = {
    .name = "sysctl",
    .about = "Kernel settings in force beside the configured ones",
    .tables = (const struct table *const[]){&table_sysctl, NULL},
    .reads = (const char *const[]){"/proc/sys", "/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d",
	"/lib/sysctl.d", "/etc/sysctl.conf", NULL},
    .needs = "root for the few settings only root may read; they are NULL otherwise",
    .run = sysctl_run,
};
