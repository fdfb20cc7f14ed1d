/*
 * The caller's half of the signer: making its state, starting the child, asking it.
 * Deliberately does not: hold the log key or decide what may be signed.
 */
#include "ledger/ledger_signer.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "ledger/ledger_signer_child.h"

struct ledger_signer {
	struct arena *arena;
	int fd;    /* -1: the child is gone */
	pid_t pid; /* 0: waited for */
	struct ledger_signer_state state;
	char gone_why[256];
};

/* --- the state file --- */

static err
state_write(struct job *job, const char *dir, slice origin, const struct ledger_frontier *frontier)
{
	const char *path;
	uint8_t *slots;
	TRY(fs_mkdirs(job, dir, 0700));
	TRY(fs_join(job, dir, "state", &path));
	TRY(NEW(job, (size_t)LEDGER_SIGNER_SLOTS * LEDGER_SIGNER_SLOT, &slots));
	for (uint64_t turn = 0; turn < LEDGER_SIGNER_SLOTS; turn++)
		TRY(ledger_signer_slot_write(job, turn, origin, frontier, slots + turn * LEDGER_SIGNER_SLOT));
	return fs_write(job, path, slice_bytes(slots, (size_t)LEDGER_SIGNER_SLOTS * LEDGER_SIGNER_SLOT), 0600);
}

err
ledger_signer_create(struct job *job, const char *dir, slice origin)
{
	const char *path;
	struct stat st;
	struct ledger_frontier empty = {0};
	TRY(fs_join(job, dir, "state", &path));
	if (lstat(path, &st) == 0)
		return err_set(job, ERR_CONFLICT, "signer state %s: there is one already", path);
	return state_write(job, dir, origin, &empty);
}

err
ledger_signer_adopt(struct job *job, const char *dir, slice origin, const struct ledger_frontier *frontier)
{
	return state_write(job, dir, origin, frontier);
}

/* --- the child --- */

static void
child_wait(struct ledger_signer *signer, int *ret_status)
{
	int status = 0;
	if (signer->fd >= 0)
		(void)close(signer->fd);
	signer->fd = -1;
	while (signer->pid > 0 && waitpid(signer->pid, &status, 0) < 0 && errno == EINTR)
		;
	signer->pid = 0;
	*ret_status = status;
}

/* The child did not answer: collect it and keep the sentence, which every later call gives again. */
static err
child_gone(struct job *job, struct ledger_signer *signer)
{
	int status;
	child_wait(signer, &status);
	if (WIFSIGNALED(status))
		snprintf(signer->gone_why, sizeof signer->gone_why, "the signer's process was ended by signal %d (%s)", WTERMSIG(status),
		    sigabbrev_np(WTERMSIG(status)) != NULL ? sigabbrev_np(WTERMSIG(status)) : "?");
	else
		snprintf(signer->gone_why, sizeof signer->gone_why, "the signer's process ended with status %d", WEXITSTATUS(status));
	return err_set(job, ERR_IO, "%s; nothing was signed and nothing is until the ledger is opened again", signer->gone_why);
}

static bool
put(int fd, const void *from, size_t len)
{
	const uint8_t *at = from;
	while (len > 0) {
		ssize_t done = send(fd, at, len, MSG_NOSIGNAL);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		at += done;
		len -= (size_t)done;
	}
	return true;
}

static bool
get(int fd, void *ret, size_t len)
{
	uint8_t *at = ret;
	while (len > 0) {
		ssize_t got = read(fd, at, len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		len -= (size_t)got;
	}
	return true;
}

static err
child_start(struct job *job, struct ledger_signer *signer, const char *state_path, const char *log_key_path, slice origin)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return err_errno(job, errno, "signer: no socket for it");
	pid_t pid = fork();
	if (pid == 0) {
		(void)close(pair[0]);
		ledger_signer_child_run(pair[1], state_path, log_key_path, origin);
	}
	int number = errno;
	(void)close(pair[1]);
	signer->fd = pair[0];
	signer->pid = pid > 0 ? pid : 0;
	return pid > 0 ? OK : err_errno(job, number, "signer: no process for it");
}

/* Its answer, and what it says its state is. After any failure but a refusal it has ended. */
static err
child_answer(struct job *job, struct ledger_signer *signer, struct ledger_signer_answer *ret)
{
	int status;
	if (!get(signer->fd, ret, sizeof *ret))
		return child_gone(job, signer);
	ret->why[sizeof ret->why - 1] = '\0';
	signer->state.there = true;
	signer->state.size = ret->size;
	signer->state.root = ret->root;
	if (ret->code == ERR_NONE) {
		memcpy(signer->state.signature, ret->signature, sizeof signer->state.signature);
		return OK;
	}
	if (ret->code != ERR_CONFLICT) {
		snprintf(signer->gone_why, sizeof signer->gone_why, "the signer has stopped (%.200s)", ret->why);
		child_wait(signer, &status);
	}
	return err_set(job, ret->code, "%s", ret->why);
}

err
ledger_signer_open(struct job *job, const char *dir, const char *log_key_path, slice origin, struct ledger_signer **ret)
{
	const char *path;
	struct ledger_signer *signer;
	struct ledger_signer_answer hello;
	TRY(fs_join(job, dir, "state", &path));
	struct arena *arena = arena_open("signer", 64 * KIB);
	if (arena == NULL || (signer = arena_take(arena, sizeof *signer)) == NULL) {
		arena_close(arena);
		return err_set(job, ERR_LIMIT, "memory for \"signer\": the system has none left");
	}
	*signer = (struct ledger_signer){.arena = arena, .fd = -1};
	err got = child_start(job, signer, path, log_key_path, origin);
	if (got.code == ERR_NONE)
		got = child_answer(job, signer, &hello);
	if (got.code != ERR_NONE) {
		ledger_signer_close(signer);
		return got;
	}
	*ret = signer;
	return OK;
}

struct ledger_signer_state
ledger_signer_state(const struct ledger_signer *signer)
{
	return signer->state;
}

err
ledger_signer_advance(struct job *job, struct ledger_signer *signer, const struct digest *leaf_hashes, size_t len, uint64_t size,
    const struct digest *root, uint8_t ret_signature[static 64])
{
	struct ledger_signer_request request = {.size = size, .root = *root, .count = len};
	struct ledger_signer_answer answer;
	if (signer->fd < 0)
		return err_set(job, ERR_IO, "%s; nothing was signed and nothing is until the ledger is opened again", signer->gone_why);
	if (!put(signer->fd, &request, sizeof request) || !put(signer->fd, leaf_hashes, len * sizeof *leaf_hashes))
		return child_gone(job, signer);
	TRY(child_answer(job, signer, &answer));
	memcpy(ret_signature, answer.signature, sizeof answer.signature);
	return OK;
}

void
ledger_signer_close(struct ledger_signer *signer)
{
	int status;
	if (signer == NULL)
		return;
	child_wait(signer, &status);
	arena_close(signer->arena);
}
