/*
 * Files: reading below a root that nothing escapes, and writing that survives a power cut.
 * Deliberately does not: follow what leaves the root, open devices or FIFOs when asked to read, or work on kernels without openat2
 * (before 5.6).
 */
#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>
#include <linux/openat2.h>

#define FIRST_READ ((size_t)4096)
#define DIGEST_READ ((size_t)64 * 1024)
#define AGAIN_TRIES 64

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* A path as people know it: "/etc/passwd" below "/", "image/etc/passwd" below "image". For sentences only. */
struct place {
	char at[512];
};

static struct place
place_of(const struct fs_root *root, const char *path)
{
	struct place place;
	size_t len = strlen(root->path);
	while (len > 0 && root->path[len - 1] == '/')
		len--;
	snprintf(place.at, sizeof place.at, "%.*s%s%s", (int)(len < 256 ? len : 256), root->path, path[0] == '/' ? "" : "/", path);
	return place;
}

err
fs_root_open(struct job *job, const char *path, struct fs_root *ret)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(job, errno, "%s: cannot be opened as a folder", path);
	*ret = (struct fs_root){fd, path};
	return OK;
}

void
fs_root_close(struct fs_root *root)
{
	close_fd(&root->fd);
}

/*
 * Open below the root; -1 with errno. The kernel answers EAGAIN when anything was renamed or mounted anywhere while it walked over a "..":
 * that is no answer yet.
 */
static int
open_below(const struct fs_root *root, const char *path, int flags)
{
	struct open_how how = {
	    .flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
	    .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	for (int i = 0; i < AGAIN_TRIES; i++) {
		long fd = syscall(SYS_openat2, root->fd, path, &how, sizeof how);
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			return (int)fd;
	}
	return -1;
}

static err
refuse_open(struct job *job, const struct fs_root *root, const char *path, int number)
{
	struct place place = place_of(root, path);
	if (number == ENOSYS)
		return err_set(job, ERR_IO,
		    "%s: cannot be opened safely: openat2 is wanted (Linux 5.6 or newer), the kernel does not offer it", place.at);
	if (number == ELOOP)
		return err_set(
		    job, ERR_INPUT, "%s: expected no symbolic link that is not followed here, found one or too many of them", place.at);
	return err_errno(job, number, "%s: cannot be opened", place.at);
}

static err
open_or_say(struct job *job, const struct fs_root *root, const char *path, int flags, int *ret_fd)
{
	int fd = open_below(root, path, flags);
	if (fd < 0)
		return refuse_open(job, root, path, errno);
	*ret_fd = fd;
	return OK;
}

err
fs_open(struct job *job, const struct fs_root *root, const char *path, bool follow, int *ret_fd)
{
	return open_or_say(job, root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | (follow ? 0 : O_NOFOLLOW), ret_fd);
}

err
fs_open_dir(struct job *job, const struct fs_root *root, const char *path, int *ret_fd)
{
	return open_or_say(job, root, path, O_RDONLY | O_DIRECTORY, ret_fd);
}

static int
stat_below(const struct fs_root *root, const char *path, bool follow, struct stat *ret)
{
	DEFER(close_fd) int fd = open_below(root, path, O_PATH | (follow ? 0 : O_NOFOLLOW));
	return fd < 0 || fstat(fd, ret) != 0 ? -1 : 0;
}

err
fs_stat(struct job *job, const struct fs_root *root, const char *path, bool follow, struct stat *ret)
{
	struct stat st;
	if (stat_below(root, path, follow, &st) != 0)
		return refuse_open(job, root, path, errno);
	*ret = st;
	return OK;
}

bool
fs_exists(const struct fs_root *root, const char *path)
{
	struct stat st;
	return stat_below(root, path, true, &st) == 0;
}

err
fs_readlink(struct job *job, const struct fs_root *root, const char *path, slice *ret)
{
	char text[PATH_MAX];
	DEFER(close_fd) int fd = -1;
	TRY(open_or_say(job, root, path, O_PATH | O_NOFOLLOW, &fd));
	ssize_t len = readlinkat(fd, "", text, sizeof text);
	if (len < 0 && (errno == ENOENT || errno == EINVAL))
		return err_set(job, ERR_INPUT, "%s: expected a symbolic link, found something else", place_of(root, path).at);
	if (len < 0)
		return err_errno(job, errno, "%s: cannot be read as a symbolic link", place_of(root, path).at);
	if ((size_t)len == sizeof text)
		return err_set(
		    job, ERR_LIMIT, "%s: a symbolic link holds less than %zu bytes, found more", place_of(root, path).at, sizeof text);
	return job_copy(job, slice_bytes(text, (size_t)len), ret);
}

static const char *
kind_words(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "a file";
	case S_IFDIR:
		return "a folder";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	case S_IFCHR:
	case S_IFBLK:
		return "a device";
	default:
		return "something else";
	}
}

static err
want_regular(struct job *job, const struct fs_root *root, const char *path, const struct stat *st)
{
	if (S_ISREG(st->st_mode))
		return OK;
	return err_set(job, ERR_INPUT, "%s: expected a regular file, found %s", place_of(root, path).at, kind_words(st->st_mode));
}

/*
 * Open a regular file. It is looked at before it is opened, because opening a FIFO or a device may already do something; and looked at
 * again afterwards, because another may stand there by then (O_NONBLOCK sees to it that even so nothing waits).
 */
static err
open_regular(struct job *job, const struct fs_root *root, const char *path, int *ret_fd, struct stat *ret_st)
{
	struct stat st;
	TRY(fs_stat(job, root, path, true, &st));
	TRY(want_regular(job, root, path, &st));
	DEFER(close_fd) int fd = -1;
	TRY(fs_open(job, root, path, true, &fd));
	if (fstat(fd, &st) != 0)
		return err_errno(job, errno, "%s: cannot be examined", place_of(root, path).at);
	TRY(want_regular(job, root, path, &st));
	*ret_fd = fd;
	*ret_st = st;
	fd = -1;
	return OK;
}

static ssize_t
read_some(int fd, void *at, size_t len)
{
	ssize_t got;
	do
		got = read(fd, at, len);
	while (got < 0 && errno == EINTR);
	return got;
}

static err
too_long(struct job *job, const char *place, uint64_t max_bytes)
{
	return err_set(job, ERR_LIMIT, "%s: at most %llu bytes are read, found more", place, (unsigned long long)max_bytes);
}

/* Read to the end; ${expected} bytes are likely. One byte more than allowed is asked for, so that "exactly the limit" is told from "more".
 */
static err
read_all(struct job *job, int fd, const char *place, size_t expected, size_t max_bytes, slice *ret)
{
	size_t most = max_bytes < SIZE_MAX - 1 ? max_bytes + 1 : max_bytes, room = expected + 1 > FIRST_READ ? expected + 1 : FIRST_READ,
	       len = 0;
	if (room > most)
		room = most;
	void *at;
	TRY(job_take(job, 1, room + 1, &at));
	for (;;) {
		ssize_t got = read_some(fd, (char *)at + len, room - len);
		if (got < 0)
			return err_errno(job, errno, "%s: cannot be read", place);
		len += (size_t)got;
		if (len > max_bytes)
			return too_long(job, place, max_bytes);
		if (got == 0)
			break;
		if (len < room)
			continue;
		void *wider;
		room = room > most / 2 ? most : room * 2;
		TRY(job_take(job, 1, room + 1, &wider));
		memcpy(wider, at, len);
		at = wider;
	}
	*ret = slice_bytes(at, len);
	return OK;
}

err
fs_read(struct job *job, const struct fs_root *root, const char *path, size_t max_bytes, slice *ret)
{
	struct stat st;
	DEFER(close_fd) int fd = -1;
	TRY(open_regular(job, root, path, &fd, &st));
	struct place place = place_of(root, path);
	if ((uint64_t)st.st_size > max_bytes)
		return too_long(job, place.at, max_bytes);
	return read_all(job, fd, place.at, (size_t)st.st_size, max_bytes, ret);
}

static void
close_hash(struct code_hash **hash)
{
	code_hash_close(*hash);
}

err
fs_digest(struct job *job, const struct fs_root *root, const char *path, uint64_t max_bytes, struct digest *ret)
{
	struct stat st;
	char piece[DIGEST_READ];
	DEFER(close_fd) int fd = -1;
	TRY(open_regular(job, root, path, &fd, &st));
	DEFER(close_hash) struct code_hash *hash = NULL;
	TRY(code_hash_open(job, &hash));
	for (uint64_t sum = 0;;) {
		ssize_t got = read_some(fd, piece, sizeof piece);
		if (got < 0)
			return err_errno(job, errno, "%s: cannot be read", place_of(root, path).at);
		if (got == 0)
			break;
		if ((uint64_t)got > max_bytes - sum)
			return too_long(job, place_of(root, path).at, max_bytes);
		sum += (uint64_t)got;
		code_hash_add(hash, piece, (size_t)got);
	}
	*ret = code_hash_end(hash);
	return OK;
}

static void
close_dir(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

static int
order_names(const void *a, const void *b)
{
	return strcmp(((const struct fs_name *)a)->name, ((const struct fs_name *)b)->name);
}

struct names {
	struct fs_name *at;
	size_t len, room, max;
};

static err
names_add(struct job *job, struct names *names, const char *place, const struct dirent *entry)
{
	if (names->len == names->max)
		return err_set(job, ERR_LIMIT, "%s: at most %zu names are read from a folder, found more", place, names->max);
	if (names->len == names->room) {
		struct fs_name *wider;
		size_t room = names->room > 0 ? names->room * 2 : 16;
		TRY(NEW(job, room, &wider));
		if (names->len > 0)
			memcpy(wider, names->at, names->len * sizeof *wider);
		names->at = wider;
		names->room = room;
	}
	slice name;
	TRY(job_copy(job, slice_of(entry->d_name), &name));
	names->at[names->len++] = (struct fs_name){name.at, entry->d_type};
	return OK;
}

err
fs_list(struct job *job, const struct fs_root *root, const char *path, size_t max_names, struct fs_name **ret, size_t *ret_len)
{
	int fd = -1;
	struct names names = {.max = max_names};
	struct place place = place_of(root, path);
	TRY(fs_open_dir(job, root, path, &fd));
	DEFER(close_dir) DIR *dir = fdopendir(fd);
	if (dir == NULL) {
		int number = errno;
		close(fd);
		return err_errno(job, number, "%s: cannot be listed", place.at);
	}
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(dir);
		if (entry == NULL && errno != 0)
			return err_errno(job, errno, "%s: cannot be listed", place.at);
		if (entry == NULL)
			break;
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			TRY(names_add(job, &names, place.at, entry));
	}
	if (names.len > 0)
		qsort(names.at, names.len, sizeof *names.at, order_names);
	*ret = names.at;
	*ret_len = names.len;
	return OK;
}

err
fs_join(struct job *job, const char *folder, const char *name, const char **ret)
{
	slice path, front = slice_of(folder);
	while (front.len > 0 && front.at[front.len - 1] == '/')
		front.len--;
	while (name[0] == '/')
		name++;
	bool empty = folder[0] == '\0';
	TRY(job_format(job, &path, "%.*s%s%s", SLICE(front), empty ? "" : "/", name));
	*ret = path.at;
	return OK;
}

err
fs_slurp(struct job *job, const char *path, size_t max_bytes, slice *ret)
{
	struct stat st;
	bool input = strcmp(path, "-") == 0;
	DEFER(close_fd) int fd = input ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	const char *place = input ? "standard input" : path;
	if (fd < 0)
		return err_errno(job, errno, "%s: cannot be opened", place);
	if (fstat(fd, &st) != 0)
		return err_errno(job, errno, "%s: cannot be examined", place);
	if (S_ISDIR(st.st_mode))
		return err_set(job, ERR_INPUT, "%s: expected a file, found a folder", place);
	bool sized = S_ISREG(st.st_mode) && !input;
	if (sized && (uint64_t)st.st_size > max_bytes)
		return too_long(job, place, max_bytes);
	return read_all(job, fd, place, sized ? (size_t)st.st_size : 0, max_bytes, ret);
}

/* The folder ${path} stands in: "a/b" for "a/b/c", "/" for "/c", "." for "c". */
static err
folder_of(struct job *job, const char *path, const char **ret)
{
	slice text = slice_of(path);
	while (text.len > 1 && text.at[text.len - 1] == '/')
		text.len--;
	size_t slash = slice_find_last(text, '/');
	if (slash == text.len)
		return job_string(job, S("."), ret);
	return job_string(job, slice_part(text, 0, slash > 0 ? slash : 1), ret);
}

err
fs_sync_dir(struct job *job, const char *path)
{
	DEFER(close_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(job, errno, "%s: cannot be opened as a folder", path);
	if (fsync(fd) != 0)
		return err_errno(job, errno, "%s: cannot be brought to stable storage", path);
	return OK;
}

static err
write_whole(struct job *job, int fd, const char *place, slice text, mode_t mode)
{
	while (text.len > 0) {
		ssize_t put = write(fd, text.at, text.len);
		if (put < 0 && errno != EINTR)
			return err_errno(job, errno, "%s: cannot be written", place);
		text = slice_from(text, put > 0 ? (size_t)put : 0);
	}
	if (fchmod(fd, mode) != 0)
		return err_errno(job, errno, "%s: cannot be given mode %04o", place, (unsigned)mode);
	return OK;
}

/* A file on its way: written beside its place, not yet there. */
struct arriving {
	const char *folder;
	slice beside;
	int fd; /* -1 = not open */
};

static err
arrive_open(struct job *job, const struct fs_file *file, struct arriving *ret)
{
	slice random;
	TRY(folder_of(job, file->path, &ret->folder));
	TRY(code_random_id(job, 8, &random));
	TRY(job_format(job, &ret->beside, "%s.%.*s.new", file->path, SLICE(random)));
	/* Readable by nobody else until it is whole and has its own mode. */
	ret->fd = open(ret->beside.at, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (ret->fd < 0)
		return err_errno(job, errno, "%s: cannot be made", ret->beside.at);
	return write_whole(job, ret->fd, file->path, file->text, file->mode);
}

/* All bytes first, then all syncs: the first brings most of what the others wait for to stable storage too. */
static err
arrive_all(struct job *job, const struct fs_file *files, size_t len, struct arriving *arriving)
{
	for (size_t i = 0; i < len; i++)
		TRY(arrive_open(job, &files[i], &arriving[i]));
	for (size_t i = 0; i < len; i++)
		if (fsync(arriving[i].fd) != 0)
			return err_errno(job, errno, "%s: cannot be brought to stable storage", files[i].path);
	for (size_t i = 0; i < len; i++)
		if (rename(arriving[i].beside.at, files[i].path) != 0)
			return err_errno(job, errno, "%s: cannot be put in its place", files[i].path);
	for (size_t i = 0; i < len; i++) {
		bool done = false;
		for (size_t before = 0; before < i && !done; before++)
			done = strcmp(arriving[before].folder, arriving[i].folder) == 0;
		if (!done)
			TRY(fs_sync_dir(job, arriving[i].folder));
	}
	return OK;
}

err
fs_write_all(struct job *job, const struct fs_file *files, size_t len)
{
	struct arriving *arriving;
	if (len > FS_MAX_TOGETHER)
		return err_set(job, ERR_BUG, "at most %d files are written together, found %zu", FS_MAX_TOGETHER, len);
	TRY(NEW(job, len + 1, &arriving));
	for (size_t i = 0; i < len; i++)
		arriving[i].fd = -1;
	err got = arrive_all(job, files, len, arriving);
	for (size_t i = 0; i < len; i++) {
		if (arriving[i].fd >= 0)
			(void)close(arriving[i].fd);
		if (got.code != ERR_NONE && arriving[i].beside.len > 0)
			(void)unlink(arriving[i].beside.at); /* gone already where it was put in its place */
	}
	return got;
}

err
fs_write(struct job *job, const char *path, slice text, mode_t mode)
{
	return fs_write_all(job, &(struct fs_file){.path = path, .text = text, .mode = mode}, 1);
}

/* Make one folder; that it is there already is no fault, that something else stands there is. */
static err
make_one(struct job *job, const char *path, mode_t mode)
{
	struct stat st;
	if (stat(path, &st) == 0)
		return S_ISDIR(st.st_mode) ? OK : err_set(job, ERR_INPUT, "%s: expected a folder, found %s", path, kind_words(st.st_mode));
	if (mkdir(path, mode) != 0 && errno != EEXIST)
		return err_errno(job, errno, "%s: cannot be made as a folder", path);
	const char *parent;
	TRY(folder_of(job, path, &parent));
	return fs_sync_dir(job, parent);
}

err
fs_mkdirs(struct job *job, const char *path, mode_t mode)
{
	slice copy;
	TRY(job_copy(job, slice_of(path), &copy));
	for (size_t end = 1; end <= copy.len; end++) {
		if (end < copy.len && copy.at[end] != '/')
			continue;
		const char *part;
		TRY(job_string(job, slice_part(copy, 0, end), &part));
		TRY(make_one(job, part, mode));
	}
	return OK;
}

bool
fs_is_tmpfs(const char *path)
{
	struct statfs fs;
	if (statfs(path, &fs) != 0)
		return false;
	return (unsigned long)fs.f_type == TMPFS_MAGIC || (unsigned long)fs.f_type == RAMFS_MAGIC;
}
