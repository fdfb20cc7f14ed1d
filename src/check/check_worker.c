/*
 * The worker: a child that was started before any key was read, gave its power away, and runs content's SQL over facts handed to it in frames.
 * Deliberately knows neither store nor ledger; what it answers is parsed here as strictly as anything from outside.
 */
#include "check/check_priv.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/sandbox.h"
#include "base/text.h"

#define MAX_FRAME (512 * MIB)
#define MAX_REPLY (64 * MIB)
#define WORKER_MEMORY (2048 * MIB)
#define WORKER_CPU_S 120

struct check_worker {
	pid_t pid;
	int fd;
	char content[65]; /* digest of the set it was given last */
};

/* Frames: a letter, eight bytes of length, the bytes. */
static err
send_frame(struct job *job, int fd, char kind, slice text)
{
	uint8_t head[9] = {(uint8_t)kind};
	uint64_t len = text.len;
	for (int i = 0; i < 8; i++)
		head[1 + i] = (uint8_t)(len >> (56 - 8 * i));
	slice parts[2] = {slice_bytes((const char *)head, sizeof head), text};
	for (int p = 0; p < 2; p++)
		for (size_t done = 0; done < parts[p].len;) {
			ssize_t put = write(fd, parts[p].at + done, parts[p].len - done);
			if (put < 0 && errno == EINTR)
				continue;
			if (put <= 0)
				return err_set(job, ERR_IO, "the worker that runs checks is gone");
			done += (size_t)put;
		}
	return OK;
}

static err
receive_all(struct job *job, int fd, char *at, size_t len)
{
	for (size_t done = 0; done < len;) {
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
receive_frame(struct job *job, int fd, size_t ceiling, char *ret_kind, slice *ret)
{
	char head[9], *at;
	uint64_t len = 0;
	TRY(receive_all(job, fd, head, sizeof head));
	for (int i = 0; i < 8; i++)
		len = len << 8 | (uint8_t)head[1 + i];
	if (len > ceiling)
		return err_set(job, ERR_LIMIT, "a frame between checks and their worker holds at most %zu bytes, found %llu", ceiling, (unsigned long long)len);
	TRY(NEW(job, (size_t)len + 1, &at));
	TRY(receive_all(job, fd, at, (size_t)len));
	*ret_kind = head[0];
	*ret = slice_bytes(at, (size_t)len);
	return OK;
}

/* ---- what is asked: one JSON head, then each table's content as a frame of its own ---- */

static void
write_schema(struct buf *buf, const struct check_schema *schema)
{
	for (size_t i = 0; i < schema->dropins_len; i++) {
		const struct table *table = &schema->dropins[i].table;
		buf_text(buf, i > 0 ? ",{\"name\":" : "{\"name\":");
		text_json(buf, slice_of(table->name));
		buf_text(buf, ",\"columns\":[");
		for (unsigned c = 0; c < table->len; c++) {
			buf_text(buf, c > 0 ? ",{\"name\":" : "{\"name\":");
			text_json(buf, slice_of(table->columns[c].name));
			buf_printf(buf, ",\"type\":%d,\"flags\":%u}", (int)table->columns[c].type, table->columns[c].flags);
		}
		buf_text(buf, "]}");
	}
}

static err
write_head(struct job *job, const struct check_question *question, slice *ret)
{
	struct buf buf = buf_open(job, "a question for the worker", 16 * MIB);
	buf_text(&buf, "{\"profile\":");
	text_json(&buf, question->profile);
	buf_text(&buf, ",\"host\":");
	text_json(&buf, question->host_id);
	buf_text(&buf, ",\"name\":");
	text_json(&buf, question->host_name);
	buf_printf(&buf, ",\"first\":%lld,\"last\":%lld,\"now\":%lld,\"only\":[", (long long)question->first_seen_us, (long long)question->last_seen_us,
	    (long long)question->now_us);
	for (size_t i = 0; i < question->only_len; i++) {
		buf_text(&buf, i > 0 ? "," : "");
		text_json(&buf, question->only[i]);
	}
	buf_text(&buf, "],\"readings\":[");
	for (size_t i = 0; i < question->readings_len; i++) {
		const struct ledger_reading *reading = &question->readings[i];
		buf_text(&buf, i > 0 ? ",{\"table\":" : "{\"table\":");
		text_json(&buf, reading->table);
		buf_printf(&buf, ",\"state\":%d,\"rows\":%llu,\"at\":%lld,\"reason\":", (int)reading->state, (unsigned long long)reading->rows, (long long)reading->collected_us);
		text_json(&buf, reading->reason);
		buf_byte(&buf, '}');
	}
	buf_text(&buf, "],\"dropins\":[");
	write_schema(&buf, question->schema);
	buf_text(&buf, "]}");
	return buf_end(&buf, ret);
}

static err
read_dropin(struct job *job, const json_t *node, struct dropin *ret)
{
	const json_t *columns;
	struct column *column;
	slice name;
	TRY(json_need_text(job, "question", node, "name", &name));
	TRY(job_string(job, name, &ret->table.name));
	TRY(json_need_array(job, "question", node, "columns", &columns));
	ret->table.len = (unsigned)json_array_size(columns);
	TRY(NEW(job, ret->table.len + 1U, &column));
	for (unsigned i = 0; i < ret->table.len; i++) {
		const json_t *one = json_array_get(columns, i);
		int64_t type, flags;
		TRY(json_need_text(job, "question", one, "name", &name));
		TRY(job_string(job, name, &column[i].name));
		TRY(json_need_int(job, "question", one, "type", &type));
		TRY(json_need_int(job, "question", one, "flags", &flags));
		column[i].type = (enum column_type)type;
		column[i].flags = (unsigned)flags;
	}
	ret->table.about = "";
	ret->table.columns = column;
	return OK;
}

static err
read_head(struct job *job, slice text, struct check_question *question, struct check_schema *schema)
{
	const json_t *root, *list;
	slice *only;
	struct ledger_reading *readings;
	struct dropin *dropins;
	TRY(json_read(job, "question", text, &root));
	TRY(json_need_text(job, "question", root, "profile", &question->profile));
	TRY(json_need_text(job, "question", root, "host", &question->host_id));
	TRY(json_need_text(job, "question", root, "name", &question->host_name));
	TRY(json_need_int(job, "question", root, "first", &question->first_seen_us));
	TRY(json_need_int(job, "question", root, "last", &question->last_seen_us));
	TRY(json_need_int(job, "question", root, "now", &question->now_us));
	TRY(json_need_array(job, "question", root, "only", &list));
	question->only_len = json_array_size(list);
	TRY(NEW(job, question->only_len + 1, &only));
	for (size_t i = 0; i < question->only_len; i++)
		only[i] = json_text(json_array_get(list, i));
	question->only = only;
	TRY(json_need_array(job, "question", root, "readings", &list));
	question->readings_len = json_array_size(list);
	TRY(NEW(job, question->readings_len + 1, &readings));
	for (size_t i = 0; i < question->readings_len; i++) {
		const json_t *one = json_array_get(list, i);
		int64_t state, rows;
		TRY(json_need_text(job, "question", one, "table", &readings[i].table));
		TRY(json_need_text(job, "question", one, "reason", &readings[i].reason));
		TRY(json_need_int(job, "question", one, "state", &state));
		TRY(json_need_int(job, "question", one, "rows", &rows));
		TRY(json_need_int(job, "question", one, "at", &readings[i].collected_us));
		readings[i].state = (enum reading_state)state;
		readings[i].rows = (uint64_t)rows;
	}
	question->readings = readings;
	TRY(json_need_array(job, "question", root, "dropins", &list));
	schema->dropins_len = json_array_size(list);
	TRY(NEW(job, schema->dropins_len + 1, &dropins));
	for (size_t i = 0; i < schema->dropins_len; i++)
		TRY(read_dropin(job, json_array_get(list, i), &dropins[i]));
	schema->dropins = dropins;
	question->schema = schema;
	return OK;
}

/* ---- what is answered ---- */

static void
write_row(struct buf *buf, const struct check_row *row)
{
	buf_byte(buf, '[');
	for (size_t i = 0; i < row->len; i++) {
		buf_text(buf, i > 0 ? ",[" : "[");
		text_json(buf, row->columns[i].name);
		buf_printf(buf, ",%d,", row->personal[i] ? 1 : 0);
		if (row->cells[i].null)
			buf_text(buf, "null");
		else if (row->is_text[i])
			text_json(buf, row->cells[i].text);
		else
			buf_i64(buf, row->cells[i].number);
		buf_byte(buf, ']');
	}
	buf_byte(buf, ']');
}

static err
write_reply(struct job *job, const struct check_reply *reply, slice *ret)
{
	struct buf buf = buf_open(job, "a worker's answer", MAX_REPLY);
	buf_text(&buf, "{\"profile\":");
	text_json(&buf, reply->profile);
	buf_text(&buf, ",\"results\":[");
	for (size_t i = 0; i < reply->len; i++) {
		buf_text(&buf, i > 0 ? ",{\"check\":" : "{\"check\":");
		text_json(&buf, reply->at[i].check);
		buf_printf(&buf, ",\"verdict\":%d,\"reason\":", (int)reply->at[i].verdict);
		text_json(&buf, reply->at[i].reason);
		buf_text(&buf, ",\"rows\":[");
		for (size_t r = 0; r < reply->at[i].rows_len; r++) {
			buf_text(&buf, r > 0 ? "," : "");
			write_row(&buf, &reply->at[i].rows[r]);
		}
		buf_text(&buf, "]}");
	}
	buf_text(&buf, "]}");
	return buf_end(&buf, ret);
}

static err
read_row(struct job *job, const json_t *node, struct check_row *ret)
{
	struct query_column *columns;
	bool *personal;
	ret->len = json_array_size(node);
	TRY(NEW(job, ret->len + 1, &columns));
	TRY(NEW(job, ret->len + 1, &personal));
	TRY(NEW(job, ret->len + 1, &ret->cells));
	TRY(NEW(job, ret->len + 1, &ret->is_text));
	for (size_t i = 0; i < ret->len; i++) {
		const json_t *cell = json_array_get(node, i), *value = json_array_get(cell, 2);
		if (json_array_size(cell) != 3 || !json_is_string(json_array_get(cell, 0)))
			return err_set(job, ERR_INPUT, "a worker's answer: a cell is [name, personal, value]");
		columns[i].name = json_text(json_array_get(cell, 0));
		personal[i] = json_integer_value(json_array_get(cell, 1)) == 1;
		ret->is_text[i] = !json_is_integer(value);
		ret->cells[i] = json_is_null(value) ? NIL : (struct cell){.text = json_text(value), .number = json_integer_value(value)};
	}
	ret->columns = columns;
	ret->personal = personal;
	return OK;
}

static err
read_result(struct job *job, const json_t *node, struct check_reply_row *ret)
{
	const json_t *rows;
	int64_t verdict;
	TRY(json_need_text(job, "a worker's answer", node, "check", &ret->check));
	TRY(json_need_text(job, "a worker's answer", node, "reason", &ret->reason));
	TRY(json_need_int(job, "a worker's answer", node, "verdict", &verdict));
	TRY(json_need_array(job, "a worker's answer", node, "rows", &rows));
	if (verdict < LEDGER_PASS || verdict > LEDGER_COULD_NOT_LOOK)
		return err_set(job, ERR_INPUT, "a worker's answer: there is no verdict %lld", (long long)verdict);
	ret->verdict = (enum ledger_verdict)verdict;
	ret->rows_len = json_array_size(rows);
	if (ret->rows_len > CHECK_MAX_FINDINGS || (ret->rows_len > 0) != (ret->verdict == LEDGER_FAIL))
		return err_set(job, ERR_INPUT, "a worker's answer: %.*s has %zu rows, which its verdict does not allow", SLICE(ret->check), ret->rows_len);
	TRY(NEW(job, ret->rows_len + 1, &ret->rows));
	for (size_t i = 0; i < ret->rows_len; i++)
		TRY(read_row(job, json_array_get(rows, i), &ret->rows[i]));
	return OK;
}

static err
read_reply(struct job *job, slice text, struct check_reply *ret)
{
	const json_t *root, *results;
	*ret = (struct check_reply){0};
	TRY(json_read(job, "a worker's answer", text, &root));
	TRY(json_need_text(job, "a worker's answer", root, "profile", &ret->profile));
	TRY(json_need_array(job, "a worker's answer", root, "results", &results));
	TRY(NEW(job, json_array_size(results) + 1, &ret->at));
	for (; ret->len < json_array_size(results); ret->len++)
		TRY(read_result(job, json_array_get(results, ret->len), &ret->at[ret->len]));
	return OK;
}

/* ---- the child ---- */

static err
serve_one(struct job *job, int fd, const struct checks *checks)
{
	struct check_question question = {0};
	struct check_schema schema = {0};
	struct check_reply reply;
	slice text, *contents;
	char kind;
	TRY(receive_frame(job, fd, MAX_FRAME, &kind, &text));
	TRY(read_head(job, text, &question, &schema));
	TRY(NEW(job, question.readings_len + 1, &contents));
	for (size_t i = 0; i < question.readings_len; i++)
		TRY(receive_frame(job, fd, MAX_FRAME, &kind, &contents[i]));
	question.contents = contents;
	TRY(check_reply_here(job, &question, checks, &reply));
	TRY(write_reply(job, &reply, &text));
	return send_frame(job, fd, 'R', text);
}

static err
serve(struct job *job, struct job *keep, int fd)
{
	struct checks checks = {0};
	struct content content = {0};
	for (;;) {
		char kind;
		slice text;
		arena_reset(job->arena);
		TRY(receive_frame(keep, fd, MAX_FRAME, &kind, &text));
		err done = OK;
		if (kind == 'C') {
			done = content_unpack(keep, text, &content);
			if (done.code == ERR_NONE)
				done = check_load(keep, &content, NULL, &checks);
			if (done.code == ERR_NONE)
				done = send_frame(keep, fd, 'K', S(""));
			else
				memcpy(job->why, keep->why, sizeof job->why);
		} else if (kind == 'A')
			done = serve_one(job, fd, &checks);
		else
			return err_set(job, ERR_INPUT, "a frame for the worker of an unknown kind");
		if (done.code != ERR_NONE)
			TRY(send_frame(job, fd, 'E', slice_of(job->why)));
	}
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
	sqlite3_randomness(1, &seed);      /* opens its random source now: afterwards it may not */
	(void)code_sha256(S("ready")); /* and OpenSSL reads its configuration now */
	if (dup2(fd, 3) != 3 || close_range(4, ~0U, 0) != 0 ||
	    sandbox_enter(&job, SANDBOX_COMPUTE, (struct sandbox_limits){.memory_bytes = WORKER_MEMORY * 2, .cpu_seconds = WORKER_CPU_S}, NULL).code != ERR_NONE)
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
	while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR)
		;
	worker->pid = 0;
}

void
check_worker_close_at(struct check_worker **worker)
{
	check_worker_close(*worker);
}

static err
receive_answer(struct job *job, struct check_worker *worker, char wanted, slice *ret)
{
	char kind;
	TRY(receive_frame(job, worker->fd, MAX_REPLY, &kind, ret));
	if (kind == 'E')
		return err_set(job, ERR_INPUT, "%.*s", SLICE(*ret));
	return kind == wanted ? OK : err_set(job, ERR_BUG, "the worker answered out of turn");
}

static err
give_content(struct job *job, struct check_worker *worker, slice content)
{
	struct digest digest = code_sha256(content);
	struct digest_text name = digest_text(&digest);
	slice nothing;
	if (memcmp(worker->content, name.at, 64) == 0)
		return OK;
	TRY(send_frame(job, worker->fd, 'C', content));
	TRY(receive_answer(job, worker, 'K', &nothing));
	memcpy(worker->content, name.at, sizeof worker->content);
	return OK;
}

err
check_worker_ask(struct job *job, struct check_worker *worker, const struct check_question *question, struct check_reply *ret)
{
	slice head, answer;
	TRY(give_content(job, worker, question->content));
	TRY(write_head(job, question, &head));
	TRY(send_frame(job, worker->fd, 'A', S("")));
	TRY(send_frame(job, worker->fd, 'H', head));
	for (size_t i = 0; i < question->readings_len; i++)
		TRY(send_frame(job, worker->fd, 'T', question->contents[i]));
	TRY(receive_answer(job, worker, 'R', &answer));
	return read_reply(job, answer, ret);
}
