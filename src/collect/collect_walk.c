/*
 * One pass over every local file with getdents64 and fstatat, on two threads that share work. Reads no file's content and follows no link.
 */
#include "collect/collect_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#define WALK_THREADS 2
#define WALK_POOLED 16         /* folders laid out for a thread that waits */
#define WALK_BLOCK (128 * KIB) /* names read at once */
#define WALK_STEP 3000         /* bytes of a path opened at once: the kernel takes 4096 */

/* Paths still to visit, one behind the other, each between its length twice: it may be taken from both ends. */
struct walk_stack {
	struct job *job;
	char *at;
	size_t from, len, room, paths; /* used are the bytes from ${from} to ${len} */
};

struct walk_shared {
	int root;
	struct collect_walk *walk;
	pthread_mutex_t lock; /* guards what follows, but for the counter */
	pthread_cond_t news;
	struct walk_stack pool;
	unsigned waiting;
	bool done;
	atomic_uint hungry, pooled; /* threads that wait, folders for them; read without the lock as a hint */
};

struct walk_thread {
	struct walk_shared *shared;
	struct arena *arena;
	struct job job;
	struct walk_stack stack;
	char *path; /* the folder being read, "" = the start */
	size_t path_len;
	char *block;
	struct collect_walk_found *found;
	size_t found_len, found_room;
	size_t privileged, writable;
	uint64_t entries, unseen;
	slice first_unseen;
	err failed;
};

/* ---- The stack ---- */

static err
walk_push(struct walk_stack *stack, slice folder, slice name)
{
	size_t len = folder.len + 1 + name.len, wanted = stack->len + len + 2 * sizeof len;
	if (stack->paths == 0) {
		wanted -= stack->len;
		stack->from = stack->len = 0;
	}
	if (wanted > stack->room) {
		char *grown;
		size_t room = stack->room == 0 ? 16 * KIB : stack->room * 2;
		while (room < wanted)
			room *= 2;
		TRY(NEW(stack->job, room, &grown));
		if (stack->len > 0)
			memcpy(grown, stack->at, stack->len);
		stack->at = grown;
		stack->room = room;
	}
	char *at = stack->at + stack->len;
	memcpy(at, &len, sizeof len);
	at += sizeof len;
	if (folder.len > 0)
		memcpy(at, folder.at, folder.len);
	at[folder.len] = '/';
	memcpy(at + folder.len + 1, name.at, name.len);
	memcpy(at + len, &len, sizeof len);
	stack->len = wanted;
	stack->paths++;
	return OK;
}

/* The last path, borrowed until the next push. The stack must not be empty. */
static slice
walk_pop(struct walk_stack *stack)
{
	size_t len;
	stack->len -= sizeof len;
	memcpy(&len, stack->at + stack->len, sizeof len);
	stack->len -= len + sizeof len;
	stack->paths--;
	return slice_bytes(stack->at + stack->len + sizeof len, len);
}

/* The first path, borrowed until the next push: nearest to the start, and so with the most below it. The stack must not be empty. */
static slice
walk_shift(struct walk_stack *stack)
{
	size_t len;
	memcpy(&len, stack->at + stack->from, sizeof len);
	slice path = slice_bytes(stack->at + stack->from + sizeof len, len);
	stack->from += len + 2 * sizeof len;
	stack->paths--;
	return path;
}

/* ---- What a thread finds ---- */

static err
walk_found(struct walk_thread *thread, slice name, const struct stat *st, slice attribute, bool writable)
{
	size_t *count = writable ? &thread->writable : &thread->privileged;
	struct collect_walk_found *found;
	slice path;
	if ((*count)++ >= WALK_MAX_FOUND)
		return OK; /* told at the end */
	if (thread->found_len == thread->found_room) {
		size_t room = thread->found_room == 0 ? 256 : thread->found_room * 2;
		TRY(NEW(&thread->job, room, &found));
		if (thread->found_len > 0)
			memcpy(found, thread->found, thread->found_len * sizeof *found);
		thread->found = found;
		thread->found_room = room;
	}
	TRY(job_format(&thread->job, &path, "%.*s/%.*s", (int)thread->path_len, thread->path, SLICE(name)));
	TRY(job_copy(&thread->job, attribute, &attribute));
	thread->found[thread->found_len++] = (struct collect_walk_found){path, st->st_mode, st->st_uid, st->st_gid, attribute, writable};
	return OK;
}

static err
walk_unseen(struct walk_thread *thread, slice name, int number)
{
	if (thread->unseen++ > 0)
		return OK;
	return job_format(&thread->job, &thread->first_unseen, "%.*s%s%.*s: %s", (int)thread->path_len, thread->path,
	    name.len > 0 || thread->path_len == 0 ? "/" : "", SLICE(name), strerrordesc_np(number));
}

/* ---- Reading one folder ---- */

/* Open a folder by a path of any length, in steps; no link on the way is followed. ${flags} are O_RDONLY or O_PATH. -1 and errno. */
static int
walk_open(int root, const char *path, size_t len, uint64_t flags)
{
	struct open_how how = {.flags = flags | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW | (flags == O_RDONLY ? O_NOATIME : 0),
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
	char part[WALK_STEP + 1];
	int fd = root;
	for (size_t at = 0; fd >= 0;) {
		while (at < len && path[at] == '/')
			at++;
		size_t step = len - at;
		if (step > WALK_STEP) {
			const char *slash = memrchr(path + at, '/', WALK_STEP);
			step = slash != NULL ? (size_t)(slash - (path + at)) : WALK_STEP;
		}
		memcpy(part, path + at, step);
		part[step] = '\0';
		int next = (int)syscall(SYS_openat2, fd, step == 0 ? "." : part, &how, sizeof how);
		if (next < 0 && errno == EPERM && (how.flags & O_NOATIME) != 0) {
			how.flags &= ~(uint64_t)O_NOATIME; /* only the owner may ask for it */
			continue;
		}
		int number = errno;
		if (fd != root)
			close(fd);
		errno = number;
		fd = next;
		at += step;
		if (at >= len)
			break;
	}
	return fd;
}

/* The capabilities of a regular file that may be run; links are not followed, and the file is not opened. */
static size_t
walk_attribute(int fd, const char *name, char ret[WALK_MAX_ATTRIBUTE])
{
	char path[64 + 256];
	if ((size_t)snprintf(path, sizeof path, "/proc/self/fd/%d/%s", fd, name) >= sizeof path)
		return 0;
	ssize_t len = lgetxattr(path, "security.capability", ret, WALK_MAX_ATTRIBUTE);
	return len > 0 ? (size_t)len : 0;
}

static int
walk_skip_order(const void *a, const void *b)
{
	return slice_order(*(const slice *)a, *(const slice *)b);
}

/* Its mode is looked at when it is opened: that costs no second search for its name. */
static err
walk_subfolder(struct walk_thread *thread, slice name)
{
	const struct collect_walk *walk = thread->shared->walk;
	slice folder = slice_bytes(thread->path, thread->path_len);
	if (folder.len + 1 + name.len >= WALK_MAX_PATH)
		return walk_unseen(thread, name, ENAMETOOLONG);
	TRY(walk_push(&thread->stack, folder, name));
	slice path = walk_pop(&thread->stack);
	if (walk->skips_len > 0 && bsearch(&path, walk->skips, walk->skips_len, sizeof path, walk_skip_order) != NULL)
		return OK;
	return walk_push(&thread->stack, folder, name);
}

static err
walk_entry(struct walk_thread *thread, int fd, const struct dirent64 *entry)
{
	struct stat st;
	char attribute[WALK_MAX_ATTRIBUTE];
	size_t attribute_len = 0;
	slice name = slice_of(entry->d_name);
	if (slice_same(name, S(".")) || slice_same(name, S("..")))
		return OK;
	if (++thread->entries > WALK_MAX_ENTRIES)
		return err_set(&thread->job, ERR_LIMIT, "more than %ju files in the local file systems", (uintmax_t)WALK_MAX_ENTRIES);
	if (entry->d_type == DT_LNK || entry->d_type == DT_SOCK)
		return OK;
	if (entry->d_type == DT_DIR)
		return walk_subfolder(thread, name);
	if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0)
		return errno == ENOENT ? OK : walk_unseen(thread, name, errno);
	if (S_ISLNK(st.st_mode) || S_ISSOCK(st.st_mode))
		return OK;
	if (S_ISDIR(st.st_mode))
		return walk_subfolder(thread, name);
	if (S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0)
		attribute_len = walk_attribute(fd, entry->d_name, attribute);
	if (S_ISREG(st.st_mode) && ((st.st_mode & (S_ISUID | S_ISGID)) != 0 || attribute_len > 0))
		TRY(walk_found(thread, name, &st, slice_bytes(attribute, attribute_len), false));
	return (st.st_mode & S_IWOTH) != 0 ? walk_found(thread, name, &st, S(""), true) : OK;
}

static err
walk_names(struct walk_thread *thread, int fd)
{
	for (;;) {
		long got = syscall(SYS_getdents64, fd, thread->block, WALK_BLOCK);
		if (got < 0 && errno != ENOENT)
			return walk_unseen(thread, S(""), errno);
		if (got <= 0)
			return OK;
		for (long at = 0; at < got;) {
			const struct dirent64 *entry = (const void *)(thread->block + at);
			TRY(walk_entry(thread, fd, entry));
			at += entry->d_reclen;
		}
	}
}

/* The folder itself, which stands behind ${fd} (-1: what could not be opened may still be looked at). */
static err
walk_self(struct walk_thread *thread, int fd)
{
	struct stat st;
	int seen = fd >= 0 ? fd : walk_open(thread->shared->root, thread->path, thread->path_len, O_PATH);
	bool writable = seen >= 0 && fstat(seen, &st) == 0 && (st.st_mode & S_IWOTH) != 0;
	if (seen >= 0 && seen != fd)
		close(seen);
	if (!writable)
		return OK;
	size_t len = thread->path_len, slash = slice_find_last(slice_bytes(thread->path, len), '/');
	slice name = slash < len ? slice_bytes(thread->path + slash + 1, len - slash - 1) : slice_bytes(thread->path, len);
	thread->path_len = slash < len ? slash : 0;
	err found = walk_found(thread, name, &st, S(""), true);
	thread->path_len = len;
	return found;
}

static err
walk_folder(struct walk_thread *thread)
{
	int fd = walk_open(thread->shared->root, thread->path, thread->path_len, O_RDONLY);
	if (fd < 0) { /* gone, or replaced by a link, since its name was read: not ours any more */
		int number = errno;
		if (number == ENOENT || number == ENOTDIR || number == ELOOP)
			return OK;
		TRY(walk_self(thread, -1));
		return walk_unseen(thread, S(""), number);
	}
	err read = walk_self(thread, fd);
	if (read.code == ERR_NONE)
		read = walk_names(thread, fd);
	close(fd);
	return read;
}

/* ---- Two threads ---- */

static void
walk_take(struct walk_thread *thread, struct walk_stack *from)
{
	slice path = walk_pop(from);
	memcpy(thread->path, path.at, path.len);
	thread->path_len = path.len;
}

/* Give a folder to the thread that waits. */
static err
walk_give(struct walk_thread *thread)
{
	struct walk_shared *shared = thread->shared;
	slice path = walk_shift(&thread->stack);
	size_t slash = slice_find_last(path, '/');
	pthread_mutex_lock(&shared->lock);
	err pushed = walk_push(&shared->pool, slice_part(path, 0, slash), slice_from(path, slash + 1));
	atomic_store(&shared->pooled, (unsigned)shared->pool.paths);
	pthread_cond_signal(&shared->news);
	pthread_mutex_unlock(&shared->lock);
	return pushed;
}

/* Wait for a folder; false when both wait, for then there is none. */
static bool
walk_wait(struct walk_thread *thread)
{
	struct walk_shared *shared = thread->shared;
	pthread_mutex_lock(&shared->lock);
	shared->waiting++;
	atomic_store(&shared->hungry, shared->waiting);
	while (shared->pool.paths == 0 && !shared->done) {
		if (shared->waiting == WALK_THREADS) {
			shared->done = true;
			pthread_cond_broadcast(&shared->news);
		} else {
			pthread_cond_wait(&shared->news, &shared->lock);
		}
	}
	bool more = shared->pool.paths > 0 && !shared->done;
	if (more) {
		walk_take(thread, &shared->pool);
		atomic_store(&shared->pooled, (unsigned)shared->pool.paths);
		shared->waiting--;
		atomic_store(&shared->hungry, shared->waiting);
	}
	pthread_mutex_unlock(&shared->lock);
	return more;
}

static err
walk_all(struct walk_thread *thread)
{
	for (;;) {
		struct walk_shared *shared = thread->shared;
		if (thread->stack.paths > 1 && atomic_load(&shared->hungry) > 0 && atomic_load(&shared->pooled) < WALK_POOLED)
			TRY(walk_give(thread));
		if (thread->stack.paths > 0)
			walk_take(thread, &thread->stack);
		else if (!walk_wait(thread))
			return OK;
		TRY(walk_folder(thread));
	}
}

static void *
walk_run(void *at)
{
	struct walk_thread *thread = at;
	struct walk_shared *shared = thread->shared;
	thread->failed = walk_all(thread);
	if (thread->failed.code != ERR_NONE) { /* nobody shall wait for this thread's work */
		pthread_mutex_lock(&shared->lock);
		shared->done = true;
		pthread_cond_broadcast(&shared->news);
		pthread_mutex_unlock(&shared->lock);
	}
	return NULL;
}

static err
walk_thread_open(struct job *job, struct walk_shared *shared, struct walk_thread *thread)
{
	thread->shared = shared;
	thread->arena = arena_open("walk", WALK_MEMORY);
	if (thread->arena == NULL)
		return err_set(job, ERR_LIMIT, "no memory for the walk");
	job_init(&thread->job, thread->arena);
	thread->stack.job = &thread->job;
	TRY(NEW(&thread->job, WALK_MAX_PATH, &thread->path));
	return NEW(&thread->job, WALK_BLOCK, &thread->block);
}

static err
walk_collect(struct job *job, struct collect_walk *walk, struct walk_thread *thread,
    err (*visit)(struct job *job, void *to, const struct collect_walk_found *found), void *to)
{
	if (thread->failed.code != ERR_NONE)
		return err_set(job, thread->failed.code, "%s", thread->job.why);
	walk->entries += thread->entries;
	if (walk->unseen == 0 && thread->unseen > 0)
		TRY(job_copy(job, thread->first_unseen, &walk->first_unseen));
	walk->unseen += thread->unseen;
	walk->privileged_full = walk->privileged_full || thread->privileged > WALK_MAX_FOUND;
	walk->writable_full = walk->writable_full || thread->writable > WALK_MAX_FOUND;
	for (size_t i = 0; i < thread->found_len; i++)
		TRY(visit(job, to, &thread->found[i]));
	return OK;
}

static err
walk_both(struct job *job, struct walk_shared *shared, struct walk_thread *threads,
    err (*visit)(struct job *job, void *to, const struct collect_walk_found *found), void *to)
{
	slice start = slice_of(shared->walk->start);
	pthread_t second;
	for (size_t i = 0; i < WALK_THREADS; i++)
		TRY(walk_thread_open(job, shared, &threads[i]));
	while (start.len > 0 && start.at[0] == '/')
		start = slice_from(start, 1);
	if (start.len > 0) /* else the path stays empty: the root itself, read below */
		TRY(walk_push(&threads[0].stack, S(""), start));
	else
		TRY(walk_folder(&threads[0]));
	bool started = pthread_create(&second, NULL, walk_run, &threads[1]) == 0;
	if (!started)
		shared->waiting = 1; /* as if it waited for good */
	walk_run(&threads[0]);
	if (started)
		pthread_join(second, NULL);
	for (size_t i = 0; i < WALK_THREADS; i++)
		TRY(walk_collect(job, shared->walk, &threads[i], visit, to));
	return OK;
}

err
collect_walk(struct job *job, const struct collect *collect, struct collect_walk *walk,
    err (*visit)(struct job *job, void *to, const struct collect_walk_found *found), void *to)
{
	struct walk_thread threads[WALK_THREADS] = {0};
	struct walk_shared shared = {.root = collect->root.fd, .walk = walk, .pool = {.job = job}};
	pthread_mutex_init(&shared.lock, NULL);
	pthread_cond_init(&shared.news, NULL);
	err walked = walk_both(job, &shared, threads, visit, to);
	for (size_t i = 0; i < WALK_THREADS; i++)
		arena_close(threads[i].arena);
	pthread_cond_destroy(&shared.news);
	pthread_mutex_destroy(&shared.lock);
	return walked;
}
