/*
 * The worker: a child that was started before any key was read, gave its power away, and runs content's SQL over facts handed to it in
 * frames. Deliberately knows neither store nor ledger; what it answers is parsed here as strictly as anything from outside.
 */
#include "check/check_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"

#define MAX_FRAME (512 * MIB)
#define MAX_REPLY (64 * MIB)
#define WORKER_MEMORY (2048 * MIB)
#define WORKER_CPU_S 7200     /* of its whole life: a fleet's worth of hosts */
#define WORKER_PATIENCE_S 600 /* for one host's answer; each question is bound by its steps long before */
#define MAX_READINGS 1000     /* tables of one host */
#define FOR_EVER (-1)

struct check_worker {
	pid_t pid;
	int fd;
	char content[65]; /* digest of the set it was given last */
};

/* Frames: a letter, eight bytes of length, the bytes. The parent writes ${quiet}: a dead worker is a sentence, not its own death. The
 * worker only has write(), and dies with its parent. */
static err
send_frame(struct job *job, int fd, bool quiet, char kind, slice text)
{
	uint8_t head[9] = {(uint8_t)kind};
	uint64_t len = text.len;
	for (int i = 0; i < 8; i++)
		head[1 + i] = (uint8_t)(len >> (56 - 8 * i));
	slice parts[2] = {slice_bytes((const char *)head, sizeof head), text};
	for (int p = 0; p < 2; p++)
		for (size_t done = 0; done < parts[p].len;) {
			ssize_t put = quiet ? send(fd, parts[p].at + done, parts[p].len - done, MSG_NOSIGNAL)
					    : write(fd, parts[p].at + done, parts[p].len - done);
			if (put < 0 && errno == EINTR)
				continue;
			if (put <= 0)
				return err_set(job, ERR_IO, "the worker that runs checks is gone");
			done += (size_t)put;
		}
	return OK;
}

static err
receive_all(struct job *job, int fd, int patience_s, char *at, size_t len)
{
	for (size_t done = 0; done < len;) {
		struct pollfd waiting = {.fd = fd, .events = POLLIN};
		int ready = patience_s == FOR_EVER ? 1 : poll(&waiting, 1, patience_s * 1000);
		if (ready == 0)
			return err_set(job, ERR_LIMIT, "the worker that runs checks may take %d s for a host, it took longer", patience_s);
		if (ready < 0 && errno != EINTR)
			return err_errno(job, errno, "the worker that runs checks");
		if (ready < 0)
			continue;
		ssize_t got = read(fd, at + done, len - done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return err_set(job, ERR_IO, "the worker that runs checks ended in the middle of an answer");
		done += (size_t)got;
	}
	return OK;
}

static err
receive_frame(struct job *job, int fd, int patience_s, size_t ceiling, char *ret_kind, slice *ret)
{
	char head[9], *at;
	uint64_t len = 0;
	TRY(receive_all(job, fd, patience_s, head, sizeof head));
	for (int i = 0; i < 8; i++)
		len = len << 8 | (uint8_t)head[1 + i];
	if (len > ceiling)
		return err_set(job, ERR_LIMIT, "a frame between checks and their worker holds at most %zu bytes, found %llu", ceiling,
		    (unsigned long long)len);
	TRY(NEW(job, (size_t)len + 1, &at));
	TRY(receive_all(job, fd, patience_s, at, (size_t)len));
	*ret_kind = head[0];
	*ret = slice_bytes(at, (size_t)len);
	return OK;
}

/* Everything of a question is taken in before anything of it is read: a refusal leaves the next frame where it begins. */
static err
receive_question(struct job *job, int fd, slice count, slice *ret_head, slice **ret_contents, size_t *ret_len)
{
	uint64_t len;
	char kind;
	if (!slice_u64(count, &len) || len > MAX_READINGS)
		return err_set(job, ERR_INPUT, "question: expected the number of its tables, at most %d", MAX_READINGS);
	TRY(NEW(job, (size_t)len + 1, ret_contents));
	for (uint64_t i = 0; i <= len; i++) {
		TRY(receive_frame(job, fd, FOR_EVER, MAX_FRAME, &kind, i == 0 ? ret_head : &(*ret_contents)[i - 1]));
		if (kind != (i == 0 ? 'H' : 'T'))
			return err_set(job, ERR_INPUT, "question: expected frame %llu of %llu, found a frame of another kind",
			    (unsigned long long)i, (unsigned long long)len);
	}
	*ret_len = (size_t)len;
	return OK;
}

static err
answer(struct job *job, slice head, const slice *contents, size_t contents_len, const struct checks *checks, slice *ret)
{
	struct check_question question = {0};
	struct check_schema schema = {0};
	struct check_reply reply;
	TRY(check_head_read(job, head, &question, &schema));
	if (question.readings_len != contents_len)
		return err_set(
		    job, ERR_INPUT, "question: expected the contents of %zu tables, found %zu", question.readings_len, contents_len);
	question.contents = contents;
	schema.registers = checks->registers;
	TRY(check_reply_here(job, &question, checks, &reply));
	return check_reply_write(job, &reply, ret);
}

static err
send_result(struct job *job, int fd, err done, char kind, slice text)
{
	return done.code == ERR_NONE ? send_frame(job, fd, false, kind, text) : send_frame(job, fd, false, 'E', slice_of(job->why));
}

/* The checks of a content set live in a memory of their own until the next set comes. A set that cannot be read leaves none. */
static err
take_content(struct job *job, struct job *keep, slice text, struct checks *checks)
{
	struct content content;
	slice pack;
	*checks = (struct checks){0};
	arena_reset(keep->arena);
	err done = job_copy(keep, text, &pack);
	if (done.code == ERR_NONE)
		done = content_unpack(keep, pack, &content);
	if (done.code == ERR_NONE)
		done = check_load(keep, &content, NULL, checks);
	if (done.code != ERR_NONE)
		memcpy(job->why, keep->why, sizeof job->why);
	return done;
}

static err
serve(struct job *job, struct job *keep, int fd)
{
	struct checks checks = {0};
	for (;;) {
		slice text, head, *contents, said = S("");
		size_t len;
		char kind;
		arena_reset(job->arena);
		TRY(receive_frame(job, fd, FOR_EVER, MAX_FRAME, &kind, &text));
		if (kind == 'C') {
			err taken = take_content(job, keep, text, &checks);
			TRY(send_result(job, fd, taken, 'K', S("")));
		} else if (kind == 'A') {
			TRY(receive_question(job, fd, text, &head, &contents, &len));
			err answered = answer(job, head, contents, len, &checks, &said);
			TRY(send_result(job, fd, answered, 'R', said));
		} else
			return err_set(job, ERR_INPUT, "a frame for the worker of an unknown kind");
	}
}

/* Nothing of the command's stays open: neither its terminal nor what it reads. A sanitized build keeps its reports. */
static bool
leave_descriptors(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, 0) != 0 || dup2(null, 1) != 1)
		return false;
#ifndef ASSAY_SANITIZED
	if (dup2(null, 2) != 2)
		return false;
#endif
	return dup2(fd, 3) == 3 && close_range(4, ~0U, 0) == 0;
}

static _Noreturn void
child(int fd)
{
	struct job job, keep;
	unsigned char seed;
	struct arena *arena = arena_open("worker", WORKER_MEMORY), *kept = arena_open("worker's content", 512 * MIB);
	if (arena == NULL || kept == NULL)
		_exit(3);
	job_init(&job, arena);
	job_init(&keep, kept);
	sqlite3_randomness(1, &seed);  /* opens its random source now: afterwards it may not */
	(void)code_sha256(S("ready")); /* and OpenSSL reads its configuration now */
	if (!leave_descriptors(fd) || sandbox_enter(&job, SANDBOX_COMPUTE,
					  (struct sandbox_limits){.memory_bytes = WORKER_MEMORY * 2, .cpu_seconds = WORKER_CPU_S}, NULL)
					      .code != ERR_NONE)
		_exit(3);
	_exit(serve(&job, &keep, 3).code == ERR_NONE ? 0 : 1);
}

err
check_worker_open(struct job *job, struct check_worker **ret)
{
	struct check_worker *worker;
	int ends[2];
	TRY(NEW(job, 1, &worker));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return err_errno(job, errno, "the worker that runs checks");
	worker->pid = fork();
	if (worker->pid < 0) {
		int number = errno;
		(void)close(ends[0]);
		(void)close(ends[1]);
		return err_errno(job, number, "the worker that runs checks");
	}
	if (worker->pid == 0)
		child(ends[1]);
	(void)close(ends[1]);
	worker->fd = ends[0];
	*ret = worker;
	return OK;
}

void
check_worker_close(struct check_worker *worker)
{
	if (worker == NULL || worker->pid <= 0)
		return;
	(void)close(worker->fd);
	(void)kill(worker->pid, SIGKILL); /* it keeps nothing, and may be in the middle of a long question nobody waits for */
	while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR)
		;
	worker->pid = 0;
}

void
check_worker_close_at(struct check_worker **worker)
{
	check_worker_close(*worker);
}

err
check_worker_frame(struct job *job, struct check_worker *worker, char kind, slice text)
{
	return send_frame(job, worker->fd, true, kind, text);
}

err
check_worker_hear(struct job *job, struct check_worker *worker, char *ret_kind, slice *ret)
{
	return receive_frame(job, worker->fd, WORKER_PATIENCE_S, MAX_REPLY, ret_kind, ret);
}

static err
receive_answer(struct job *job, struct check_worker *worker, char wanted, slice *ret)
{
	char kind;
	TRY(check_worker_hear(job, worker, &kind, ret));
	if (kind == 'E')
		return err_set(job, ERR_INPUT, "%.*s", SLICE(*ret));
	return kind == wanted ? OK : err_set(job, ERR_INPUT, "the worker that runs checks answered out of turn");
}

static err
give_content(struct job *job, struct check_worker *worker, slice content)
{
	struct digest digest = code_sha256(content);
	struct digest_text name = digest_text(&digest);
	slice nothing;
	if (memcmp(worker->content, name.at, 64) == 0)
		return OK;
	worker->content[0] = '\0';
	TRY(check_worker_frame(job, worker, 'C', content));
	TRY(receive_answer(job, worker, 'K', &nothing));
	memcpy(worker->content, name.at, sizeof worker->content);
	return OK;
}

/* A worker that was taken over by what it read could leave a check out, and its findings would end: it must answer what was asked, all of
 * it, in order. */
static err
compare_asked(struct job *job, const struct check_question *question, const struct checks *checks, const struct check_reply *reply)
{
	size_t at = 0;
	for (size_t i = 0; i < checks->len; i++) {
		if (!check_wanted(question, &checks->at[i]))
			continue;
		if (at == reply->len || !slice_same(reply->at[at].check, checks->at[i].id))
			return err_set(
			    job, ERR_INPUT, "a worker's answer: expected %.*s as answer %zu, found another", SLICE(checks->at[i].id), at);
		at++;
	}
	if (at != reply->len)
		return err_set(job, ERR_INPUT, "a worker's answer: expected %zu answers, found %zu", at, reply->len);
	if (reply->profile.len > 0 && check_profile_find(checks, reply->profile) == NULL)
		return err_set(job, ERR_INPUT, "a worker's answer: there is no profile \"%.*s\"", SLICE(reply->profile));
	return OK;
}

err
check_worker_ask(struct job *job, struct check_worker *worker, const struct check_question *question, const struct checks *checks,
    struct check_reply *ret)
{
	slice head, said, count;
	struct check_reply reply;
	TRY(give_content(job, worker, question->content));
	TRY(check_head_write(job, question, &head));
	TRY(job_format(job, &count, "%zu", question->readings_len));
	TRY(check_worker_frame(job, worker, 'A', count));
	TRY(check_worker_frame(job, worker, 'H', head));
	for (size_t i = 0; i < question->readings_len; i++)
		TRY(check_worker_frame(job, worker, 'T', question->contents[i]));
	TRY(receive_answer(job, worker, 'R', &said));
	TRY(check_reply_read(job, said, &reply));
	TRY(compare_asked(job, question, checks, &reply));
	*ret = reply;
	return OK;
}
