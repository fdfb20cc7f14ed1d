/*
 * The folder of a demonstration: made in memory, where hundreds of commands need not wait for a disk, and put where it is wanted when it is whole.
 * Deliberately knows nothing of what is in it.
 */
#include "cli/cli_demo.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"

#define MEMORY "/dev/shm"
#define MAX_NAMES 20000
#define MAX_FILE (512 * MIB)
#define MAX_DEPTH 8

struct moving {
	struct job *job;
	struct fs_root from;
	const char *to;
	struct fs_file file[FS_MAX_TOGETHER]; /* read, and not yet written */
	size_t len;
};

static void
moving_close_at(struct moving *m)
{
	fs_root_close(&m->from);
}

static err
flush(struct moving *m)
{
	if (m->len > 0)
		TRY(fs_write_all(m->job, m->file, m->len));
	m->len = 0;
	return OK;
}

static err copy(struct moving *m, const char *folder, unsigned deep);

static err
copy_one(struct moving *m, const char *path, unsigned deep)
{
	struct stat st;
	const char *to;
	slice text;
	TRY(fs_stat(m->job, &m->from, path, false, &st));
	TRY(fs_join(m->job, m->to, path, &to));
	if (S_ISDIR(st.st_mode)) {
		TRY(fs_mkdirs(m->job, to, st.st_mode & 0777));
		return copy(m, path, deep + 1);
	}
	if (!S_ISREG(st.st_mode))
		return err_set(m->job, ERR_BUG, "%s/%s: expected a file", m->from.path, path);
	if (m->len == FS_MAX_TOGETHER)
		TRY(flush(m));
	TRY(fs_read(m->job, &m->from, path, MAX_FILE, &text));
	m->file[m->len++] = (struct fs_file){.path = to, .text = text, .mode = st.st_mode & 0777};
	return OK;
}

static err
copy(struct moving *m, const char *folder, unsigned deep)
{
	struct fs_name *names;
	size_t len;
	if (deep > MAX_DEPTH)
		return err_set(m->job, ERR_BUG, "%s/%s: expected no folder so deep", m->from.path, folder);
	TRY(fs_list(m->job, &m->from, folder, MAX_NAMES, &names, &len));
	for (size_t i = 0; i < len; i++) {
		const char *path = names[i].name;
		if (strcmp(folder, ".") != 0)
			TRY(fs_join(m->job, folder, path, &path));
		TRY(copy_one(m, path, deep));
	}
	return OK;
}

static void
remove_below(struct job *job, const struct fs_root *root, const char *folder, unsigned deep)
{
	struct fs_name *names;
	const char *path;
	struct stat st;
	size_t len;
	if (deep > MAX_DEPTH || fs_list(job, root, folder, MAX_NAMES, &names, &len).code != ERR_NONE)
		return;
	for (size_t i = 0; i < len; i++) {
		if (fs_join(job, folder, names[i].name, &path).code != ERR_NONE || fs_stat(job, root, path, false, &st).code != ERR_NONE)
			continue;
		if (S_ISDIR(st.st_mode))
			remove_below(job, root, path, deep + 1);
		(void)unlinkat(root->fd, path, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
	}
}

void
cli_demo_scratch_close(struct job *job, const char *scratch)
{
	struct fs_root root;
	if (scratch == NULL || fs_root_open(job, scratch, &root).code != ERR_NONE)
		return;
	remove_below(job, &root, ".", 0);
	fs_root_close(&root);
	(void)rmdir(scratch);
}

err
cli_demo_scratch_open(struct job *job, const char **ret)
{
	slice path;
	*ret = NULL;
	if (!fs_is_tmpfs(MEMORY) || access(MEMORY, W_OK) != 0)
		return OK;
	TRY(job_format(job, &path, MEMORY "/assay-demo-XXXXXX"));
	if (mkdtemp((char *)(uintptr_t)path.at) != NULL)
		*ret = path.at;
	return OK;
}

err
cli_demo_move(struct job *job, const char *from, const char *to)
{
	DEFER(moving_close_at) struct moving m = {.job = job, .from = {.fd = -1}, .to = to};
	TRY(fs_root_open(job, from, &m.from));
	TRY(fs_mkdirs(job, to, 0700));
	TRY(copy(&m, ".", 0));
	return flush(&m);
}
