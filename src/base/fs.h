/*
 * Files: bounded reads below a root descriptor that nothing can escape, atomic writes that are on stable storage when they return.
 */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <sys/stat.h>
#include <sys/types.h>

#include "base/code.h"
#include "base/job.h"

/* A folder all paths are resolved in, symbolic links included (openat2 RESOLVE_IN_ROOT). Paths may begin with '/': it means the root. */
struct fs_root {
	int fd;
	const char *path; /* as given, for messages */
};

err fs_root_open(struct job *job, const char *path, struct fs_root *ret);
void fs_root_close(struct fs_root *root);

/*
 * Read a whole file into the job's arena, at most ${max_bytes} (ERR_LIMIT names the limit). Files of /proc and /sys that say size 0 are read
 * to their end. Refuses what is not a regular file (ERR_INPUT), never blocks on a FIFO. ERR_MISSING, ERR_DENIED, ERR_IO as the system says.
 */
err fs_read(struct job *job, const struct fs_root *root, const char *path, size_t max_bytes, slice *ret);

/* Open read-only (O_CLOEXEC|O_NOFOLLOW unless ${follow}); the caller closes. */
err fs_open(struct job *job, const struct fs_root *root, const char *path, bool follow, int *ret_fd);
err fs_open_dir(struct job *job, const struct fs_root *root, const char *path, int *ret_fd);

/* lstat (no ${follow}) or stat. */
err fs_stat(struct job *job, const struct fs_root *root, const char *path, bool follow, struct stat *ret);
bool fs_exists(const struct fs_root *root, const char *path);
err fs_readlink(struct job *job, const struct fs_root *root, const char *path, slice *ret);

struct fs_name {
	const char *name;
	unsigned char type; /* DT_* as the system gave it, DT_UNKNOWN possible */
};
/* Names in a folder, sorted bytewise, without . and ..; at most ${max_names} (ERR_LIMIT). */
err fs_list(struct job *job, const struct fs_root *root, const char *path, size_t max_names, struct fs_name **ret, size_t *ret_len);

/* SHA-256 of a file's bytes, streamed; at most ${max_bytes}. */
err fs_digest(struct job *job, const struct fs_root *root, const char *path, uint64_t max_bytes, struct digest *ret);

/* Join two path parts with one slash, in the job's arena. */
err fs_join(struct job *job, const char *folder, const char *name, const char **ret);

/* Ordinary paths, for our own places (store, keys, output). */
err fs_slurp(struct job *job, const char *path, size_t max_bytes, slice *ret); /* "-" = standard input */
/* Make ${path} hold ${text}: temporary file beside it, fsync, rename, fsync of the folder. Either the old or the new bytes are there, never a part.
 * A crash may leave PATH.<16 hex digits>.new behind. */
err fs_write(struct job *job, const char *path, slice text, mode_t mode);
/* The same for up to FS_MAX_TOGETHER files, with far fewer waits for the disk; a crash may leave some of them new and some old, each whole. */
#define FS_MAX_TOGETHER 64
struct fs_file {
	const char *path;
	slice text;
	mode_t mode;
};
err fs_write_all(struct job *job, const struct fs_file *files, size_t len);
err fs_mkdirs(struct job *job, const char *path, mode_t mode);
err fs_sync_dir(struct job *job, const char *path);

/* Is ${path} on tmpfs or ramfs (f_type)? Is any unencrypted swap in use (from /proc/swaps and dm uuids below ${root})? */
bool fs_is_tmpfs(const char *path);

#endif
