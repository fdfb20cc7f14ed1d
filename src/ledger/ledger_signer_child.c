/*
 * The signer's own process: reads the log key, keeps (size, root, frontier) on stable storage, and signs a consistent advance.
 * Deliberately does not: believe its parent, read anything after its start but requests, or ask for memory once it is locked in.
 */
#include "ledger/ledger_signer_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "base/sandbox.h"
#include "ledger/ledger_key.h"

#define LOCK_WAIT_MS 2000

static const char magic[16] = "assay signer 1\n";

struct child {
	struct job job;
	int fd;
	int state_fd;
	uint64_t turn;
	slice origin;
	struct ledger_frontier frontier;
	struct digest root;
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	uint8_t slots[LEDGER_SIGNER_SLOTS][LEDGER_SIGNER_SLOT];
};

/* Not on the stack and not from malloc: it is pinned so that the key is never swapped out, and wiped at the end. */
static struct child child;

/* --- slots --- */

static void
number_put(uint8_t *at, size_t len, uint64_t number)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(number >> (8 * (len - 1 - i)));
}

static uint64_t
number_get(const uint8_t *at, size_t len)
{
	uint64_t number = 0;
	for (size_t i = 0; i < len; i++)
		number = number << 8 | at[i];
	return number;
}

#define SLOT_CHECKED (LEDGER_SIGNER_SLOT - sizeof(struct digest))

err
ledger_signer_slot_write(
    struct job *job, uint64_t turn, slice origin, const struct ledger_frontier *frontier, uint8_t ret[static LEDGER_SIGNER_SLOT])
{
	slice text;
	struct buf buf = buf_open(job, "signer state", SLOT_CHECKED);
	ledger_frontier_write(frontier, &buf);
	TRY(buf_end(&buf, &text));
	if (origin.len == 0 || origin.len > LEDGER_SIGNER_MAX_ORIGIN)
		return err_set(
		    job, ERR_INPUT, "signer state: an origin has 1 to %d bytes, found %zu", LEDGER_SIGNER_MAX_ORIGIN, origin.len);
	uint8_t *at = ret;
	memset(ret, 0, LEDGER_SIGNER_SLOT);
	memcpy(at, magic, sizeof magic);
	number_put(at += sizeof magic, 8, turn);
	number_put(at += 8, 2, origin.len);
	memcpy(at += 2, origin.at, origin.len);
	number_put(at += origin.len, 2, text.len);
	memcpy(at + 2, text.at, text.len);
	struct digest check = code_sha256(slice_bytes(ret, SLOT_CHECKED));
	memcpy(ret + SLOT_CHECKED, check.byte, sizeof check.byte);
	return OK;
}

bool
ledger_signer_slot_read(const uint8_t slot[static LEDGER_SIGNER_SLOT], uint64_t *ret_turn, slice *ret_origin, struct ledger_frontier *ret)
{
	struct digest check = code_sha256(slice_bytes(slot, SLOT_CHECKED));
	const uint8_t *at = slot + sizeof magic + 8, *end = slot + SLOT_CHECKED;
	if (memcmp(slot, magic, sizeof magic) != 0 || memcmp(slot + SLOT_CHECKED, check.byte, sizeof check.byte) != 0)
		return false;
	size_t len = (size_t)number_get(at, 2);
	at += 2;
	if (len + 2 > (size_t)(end - at))
		return false;
	slice origin = slice_bytes(at, len);
	at += len;
	len = (size_t)number_get(at, 2);
	at += 2;
	if (len > (size_t)(end - at) || !ledger_frontier_read(slice_bytes(at, len), ret))
		return false;
	*ret_turn = number_get(slot + sizeof magic, 8);
	*ret_origin = origin;
	return true;
}

/* --- start --- */

/* Nothing of the caller's stays open. Standard error stays for the sentence of a process that must die. */
static int
descriptors_keep(int fd)
{
	int high = fcntl(fd, F_DUPFD, 10);
	int null = open("/dev/null", O_RDWR);
	if (high < 0 || null < 0 || dup2(null, 0) != 0 || dup2(null, 1) != 1 || dup2(high, 3) != 3 || close_range(4, ~0U, 0) != 0)
		_exit(1);
	return 3;
}

static void
signals_reset(void)
{
	static const int plain[] = {SIGTERM, SIGPIPE, SIGALRM, SIGCHLD, SIGUSR1, SIGUSR2};
	/* An interrupt from the terminal is for the caller; this process ends when that one has. */
	static const int ignored[] = {SIGINT, SIGQUIT, SIGHUP, SIGTSTP};
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		(void)signal(plain[i], SIG_DFL);
	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		(void)signal(ignored[i], SIG_IGN);
	sigset_t none;
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* One signer per log: the child of a caller that was killed a moment ago may still be ending. */
static err
state_lock(struct job *job, int fd, const char *path)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	for (int waited = 0; fcntl(fd, F_OFD_SETLK, &lock) != 0; waited += 5) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return err_errno(job, errno, "signer state %s: cannot be locked", path);
		if (waited >= LOCK_WAIT_MS)
			return err_set(job, ERR_BUSY, "signer state %s: another signer of this log is running", path);
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
	return OK;
}

static err
state_open(struct job *job, const char *path, int *ret_fd)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return err_set(job, ERR_DENIED,
		    "signer state %s: not there, and without it nothing is signed: if it is lost for good, run assay ledger adopt", path);
	if (fd < 0)
		return err_errno(job, errno, "signer state %s: cannot be opened", path);
	if (fstat(fd, &st) != 0)
		return err_errno(job, errno, "signer state %s: cannot be looked at", path);
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return err_set(job, ERR_DENIED, "signer state %s: must be a file of user %u with mode 0600, found user %u and mode %04o",
		    path, (unsigned)geteuid(), (unsigned)st.st_uid, (unsigned)(st.st_mode & 07777));
	*ret_fd = fd;
	return state_lock(job, fd, path);
}

static err
state_read(struct job *job, const char *path, slice origin)
{
	bool found = false;
	if (pread(child.state_fd, child.slots, sizeof child.slots, 0) != (ssize_t)sizeof child.slots)
		return err_set(job, ERR_STORE,
		    "signer state %s: damaged: expected %zu bytes; if there is no good copy of it, move it away and run assay ledger adopt",
		    path, sizeof child.slots);
	for (int i = 0; i < LEDGER_SIGNER_SLOTS; i++) {
		uint64_t turn;
		slice of;
		struct ledger_frontier frontier;
		if (!ledger_signer_slot_read(child.slots[i], &turn, &of, &frontier) || (found && turn < child.turn))
			continue;
		if (!slice_same(of, origin))
			return err_set(job, ERR_STORE, "signer state %s: it is of log %.*s, not of %.*s", path, SLICE(of), SLICE(origin));
		child.frontier = frontier;
		child.turn = turn;
		found = true;
	}
	if (!found)
		return err_set(job, ERR_STORE,
		    "signer state %s: damaged in both its slots; if there is no good copy of it, move it away and run assay ledger adopt",
		    path);
	child.root = ledger_frontier_root(&child.frontier);
	return OK;
}

static err
key_read(struct job *job, const char *path)
{
	uint8_t seed[crypto_sign_SEEDBYTES], verify[crypto_sign_PUBLICKEYBYTES];
	TRY(ledger_key_secret_read(job, path, sizeof seed, seed));
	(void)crypto_sign_seed_keypair(verify, child.secret, seed);
	code_wipe(seed, sizeof seed);
	return OK;
}

static err sign(struct job *job, uint8_t ret[static 64]);

static err
start(struct job *job, const char *state_path, const char *log_key_path, slice origin, uint8_t ret_signature[static 64])
{
	child.origin = origin;
	TRY(state_open(job, state_path, &child.state_fd));
	TRY(state_read(job, state_path, origin));
	TRY(key_read(job, log_key_path));
	/* Everything once before there is no memory to be had: the arena, the hash and their libraries keep what they took. */
	TRY(sign(job, ret_signature));
	TRY(ledger_signer_slot_write(job, child.turn, origin, &child.frontier, child.slots[0]));
	arena_reset(job->arena);
	(void)prctl(PR_SET_NAME, "assay signer");
	return sandbox_enter(job, SANDBOX_SIGNER, (struct sandbox_limits){0}, NULL);
}

/* --- requests --- */

static _Noreturn void
end(int status)
{
	code_wipe(&child.secret, sizeof child.secret);
	_exit(status);
}

static void
get(void *ret, size_t len)
{
	uint8_t *at = ret;
	while (len > 0) {
		ssize_t got = read(child.fd, at, len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) /* the caller is gone */
			end(0);
		at += got;
		len -= (size_t)got;
	}
}

static void
put(const void *from, size_t len)
{
	const uint8_t *at = from;
	while (len > 0) {
		ssize_t done = write(child.fd, at, len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			end(0);
		at += done;
		len -= (size_t)done;
	}
}

static err
sign(struct job *job, uint8_t ret[static 64])
{
	slice body;
	TRY(ledger_checkpoint_body(job, child.origin, child.frontier.size, &child.root, &body));
	(void)crypto_sign_detached(ret, NULL, (const uint8_t *)body.at, body.len, child.secret);
	return OK;
}

static err
failed(struct job *job, int number, const char *what)
{
	(void)err_errno(job, number, "signer state: %s, so nothing was signed", what);
	return (err){ERR_IO};
}

/* On stable storage before a signature exists. A failure is never tried again: the caller learns of it and this process ends. */
static err
state_keep(struct job *job, const struct ledger_frontier *frontier, const struct digest *root)
{
	uint64_t turn = child.turn + 1;
	uint8_t *slot = child.slots[turn % LEDGER_SIGNER_SLOTS];
	TRY(ledger_signer_slot_write(job, turn, child.origin, frontier, slot));
	for (size_t done = 0; done < LEDGER_SIGNER_SLOT;) {
		off_t at = (off_t)((turn % LEDGER_SIGNER_SLOTS) * LEDGER_SIGNER_SLOT + done);
		ssize_t len = pwrite(child.state_fd, slot + done, LEDGER_SIGNER_SLOT - done, at);
		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return failed(job, errno, "cannot be written");
		done += (size_t)len;
	}
	if (fdatasync(child.state_fd) != 0)
		return failed(job, errno, "is not on stable storage");
	child.turn = turn;
	child.frontier = *frontier;
	child.root = *root;
	return OK;
}

/* All the hashes are taken off the socket whatever becomes of them, so that the next request begins where it should. */
static void
grow(struct ledger_frontier *frontier, uint64_t count, bool wanted)
{
	struct digest hashes[64];
	while (count > 0) {
		size_t part = count < 64 ? (size_t)count : 64;
		get(hashes, part * sizeof hashes[0]);
		for (size_t i = 0; wanted && i < part; i++)
			ledger_frontier_add(frontier, &hashes[i]);
		count -= part;
	}
}

static err
answer_request(struct job *job, const struct ledger_signer_request *request, uint8_t ret_signature[static 64])
{
	struct ledger_frontier frontier = child.frontier;
	unsigned long long held = child.frontier.size, asked = request->size;
	bool fits = request->size >= child.frontier.size && request->count == request->size - child.frontier.size;
	grow(&frontier, request->count, fits);
	if (request->size < child.frontier.size)
		return err_set(job, ERR_CONFLICT, "the signer has signed %llu entries and refuses a shorter history of %llu", held, asked);
	if (!fits)
		return err_set(job, ERR_CONFLICT, "the signer has signed %llu entries and needs %llu leaf hashes to reach %llu, found %llu",
		    held, asked - held, asked, (unsigned long long)request->count);
	struct digest root = ledger_frontier_root(&frontier);
	if (!digest_same(&root, &request->root))
		return err_set(job, ERR_CONFLICT,
		    "the signer has signed %llu entries and refuses a different history: the root of %llu entries that begin with these is "
		    "%.16s, not %.16s",
		    held, asked, digest_text(&root).at, digest_text(&request->root).at);
	if (request->count > 0)
		TRY(state_keep(job, &frontier, &root));
	return sign(job, ret_signature);
}

static void
answer(const struct job *job, err got, const uint8_t *signature)
{
	struct ledger_signer_answer answer = {.code = got.code, .size = child.frontier.size, .root = child.root};
	if (got.code == ERR_NONE)
		memcpy(answer.signature, signature, sizeof answer.signature);
	if (got.code != ERR_NONE)
		memcpy(answer.why, job->why, sizeof answer.why - 1);
	put(&answer, sizeof answer);
}

_Noreturn void
ledger_signer_child_run(int fd, const char *state_path, const char *log_key_path, slice origin)
{
	child = (struct child){.fd = descriptors_keep(fd)};
	signals_reset();
	(void)mlock(&child, sizeof child);
	struct arena *arena = arena_open_wiped("signer", MIB);
	if (arena == NULL)
		_exit(1);
	job_init(&child.job, arena);
	uint8_t signature[64];
	err got = start(&child.job, state_path, log_key_path, origin, signature);
	answer(&child.job, got, signature);
	while (got.code == ERR_NONE || got.code == ERR_CONFLICT) {
		struct ledger_signer_request request;
		get(&request, sizeof request);
		arena_reset(arena);
		got = answer_request(&child.job, &request, signature);
		answer(&child.job, got, signature);
	}
	end(1);
}
