/*
 * A check run: every accepted host's newest facts are asked, and what is wrong becomes findings of one run entry a host.
 */
#include "check/check_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define MAX_PERSON 1000 /* bytes of a personal value; the ledger keeps at most 1,024 */

struct running {
	struct ledger *ledger;
	struct ledger_moment now;
	const struct content *content;
	const struct checks *checks;
	const struct check_run_options *options;
	struct check_schema schema;
	slice pack;
};

/* Whose answers become findings. */
struct noting {
	struct ledger *ledger;
	slice subject; /* host, or a service's record */
	bool records;
};

/* A value's own { is written \u007b: only a token of ours begins with {person: in a row. */
static void
json_without_braces(struct buf *buf, slice text)
{
	struct buf one = buf_open(buf->job, "a value", 1 * MIB);
	slice json;
	text_json(&one, text);
	if (buf_end(&one, &json).code != ERR_NONE) {
		buf->failed = one.failed;
		return;
	}
	for (size_t i = 0; i < json.len; i++) {
		if (json.at[i] == '{')
			buf_text(buf, "\\u007b");
		else
			buf_byte(buf, json.at[i]);
	}
}

static void
cell_json(struct buf *buf, const struct check_row *row, size_t at, const slice *tokens)
{
	if (row->cells[at].null)
		buf_text(buf, "null");
	else if (tokens[at].len > 0)
		buf_printf(buf, "\"{person:%.*s}\"", SLICE(tokens[at]));
	else if (row->is_text[at])
		json_without_braces(buf, row->cells[at].text);
	else
		buf_i64(buf, row->cells[at].number);
}

static err
key_json(struct job *job, const struct check *check, const struct check_row *row, const slice *tokens, slice *ret)
{
	struct buf buf = buf_open(job, "a finding's key", 1 * MIB);
	buf_byte(&buf, '[');
	for (size_t i = 0; i < check->key_len; i++) {
		int at = check_row_column(row, check->key[i]);
		if (at < 0)
			return err_set(
			    job, ERR_INPUT, "%s: key: the query has no column \"%.*s\"", check->node->file, SLICE(check->key[i]));
		if (i > 0)
			buf_byte(&buf, ',');
		cell_json(&buf, row, (size_t)at, tokens);
	}
	buf_byte(&buf, ']');
	return buf_end(&buf, ret);
}

static err
row_json(struct job *job, const struct check_row *row, const slice *tokens, slice *ret)
{
	struct buf buf = buf_open(job, "a finding's row", 1 * MIB);
	buf_byte(&buf, '{');
	for (size_t i = 0; i < row->len; i++) {
		if (i > 0)
			buf_byte(&buf, ',');
		text_json(&buf, row->columns[i].name);
		buf_byte(&buf, ':');
		cell_json(&buf, row, i, tokens);
	}
	buf_byte(&buf, '}');
	return buf_end(&buf, ret);
}

/* 12 hex digits of SHA-256 over check, host and key, parted by NUL so that no two triples share bytes. */
static err
finding_id(struct job *job, slice check, slice host, slice key, slice *ret)
{
	struct buf buf = buf_open(job, "a finding's identity", 2 * MIB);
	slice text;
	buf_add(&buf, check);
	buf_byte(&buf, '\0');
	buf_add(&buf, host);
	buf_byte(&buf, '\0');
	buf_add(&buf, key);
	TRY(buf_end(&buf, &text));
	struct digest digest = code_sha256(text);
	return job_format(job, ret, "%.12s", digest_text(&digest).at);
}

static err
person_tokens(struct job *job, struct noting *noting, const struct check_row *row, slice **ret)
{
	TRY(NEW(job, row->len + 1, ret));
	for (size_t i = 0; i < row->len; i++) {
		if (!row->personal[i] || row->cells[i].null || !row->is_text[i] || row->cells[i].text.len == 0)
			continue;
		if (noting->records) /* registers hold tokens, never names */
			(*ret)[i] = row->cells[i].text;
		else
			TRY(ledger_person_token(job, noting->ledger, noting->subject, check_text_cut(row->cells[i].text, MAX_PERSON), &(*ret)[i]));
	}
	return OK;
}

static err
make_finding(struct job *job, struct noting *noting, const struct check *check, const struct check_row *row, struct ledger_finding *ret)
{
	slice *tokens;
	*ret = (struct ledger_finding){.check = check->id, .host = noting->subject, .severity = check->severity, .state = LEDGER_FINDING_OPEN};
	TRY(person_tokens(job, noting, row, &tokens));
	TRY(check_says(job, check, row, tokens, &ret->says));
	TRY(key_json(job, check, row, tokens, &ret->key));
	TRY(row_json(job, row, tokens, &ret->row));
	return finding_id(job, check->id, noting->subject, ret->key, &ret->id);
}

static int
by_id(const void *a, const void *b)
{
	const struct ledger_finding *x = a, *y = b;
	int order = slice_order(x->id, y->id);
	return order != 0 ? order : slice_order(x->row, y->row);
}

/* Two rows with one key are one finding: the first in the order of their texts stays, whatever order they came in. */
static size_t
drop_doubles(struct ledger_finding *findings, size_t len)
{
	size_t kept = 0;
	if (len > 0)
		qsort(findings, len, sizeof *findings, by_id);
	for (size_t i = 0; i < len; i++)
		if (kept == 0 || !slice_same(findings[kept - 1].id, findings[i].id))
			findings[kept++] = findings[i];
	return kept;
}

err
check_run_note(struct job *job, struct ledger *ledger, const struct content *content, const struct checks *checks, slice subject, bool records,
    struct ledger_moment now, bool partial, const struct check_reply *reply, struct check_host_result *ret)
{
	struct noting noting = {.ledger = ledger, .subject = subject, .records = records};
	struct ledger_run run = {.host = subject, .at_us = now.now_us, .content = content->digest, .partial = partial, .records = records};
	struct ledger_result *results;
	struct ledger_finding *findings;
	size_t room = 0, len = 0;
	for (size_t i = 0; i < reply->len; i++)
		room += reply->at[i].rows_len;
	TRY(NEW(job, reply->len + 1, &results));
	TRY(NEW(job, room + 1, &findings));
	size_t *counts[] = {&ret->passed, &ret->failed, &ret->not_applicable, &ret->could_not_look};
	for (size_t i = 0; i < reply->len; i++) {
		const struct check_reply_row *row = &reply->at[i];
		const struct check *check = check_find(checks, row->check);
		if (check == NULL)
			return err_set(job, ERR_INPUT, "the worker answered for the check %.*s, which was not asked", SLICE(row->check));
		results[i] = (struct ledger_result){.host = subject, .check = check->id, .verdict = row->verdict, .reason = row->reason};
		++*counts[row->verdict];
		for (size_t r = 0; r < row->rows_len; r++)
			TRY(make_finding(job, &noting, check, &row->rows[r], &findings[len++]));
	}
	run.results = results;
	run.results_len = reply->len;
	run.findings = findings;
	run.findings_len = drop_doubles(findings, len);
	return ledger_run_append(job, ledger, &run, &ret->change);
}

static err
read_contents(struct job *job, struct running *running, const struct ledger_reading *readings, size_t len, slice **ret)
{
	TRY(NEW(job, len + 1, ret));
	for (size_t i = 0; i < len; i++) {
		if (readings[i].state != READING_READ)
			continue;
		err opened = ledger_content(job, running->ledger, &readings[i].digest, &(*ret)[i]);
		if (opened.code == ERR_MISSING) { /* erased: the worker makes it could-not-look */
			(*ret)[i] = S("");
			continue;
		}
		TRY(opened);
	}
	return OK;
}

static err
run_host(struct job *job, struct running *running, const struct ledger_host *host, struct check_host_result *ret)
{
	struct check_question question = {.content = running->pack,
	    .profile = running->options->profile,
	    .host_id = host->id,
	    .host_name = host->name,
	    .first_seen_us = host->first_seen_us,
	    .last_seen_us = host->last_seen_us,
	    .now_us = running->now.now_us,
	    .only = running->options->only,
	    .only_len = running->options->only_len,
	    .schema = &running->schema};
	struct ledger_reading *readings;
	struct check_reply reply;
	slice *contents;
	*ret = (struct check_host_result){.host = host->id, .name = host->name};
	TRY(ledger_readings(job, running->ledger, running->now, host->id, S(""), &readings, &question.readings_len));
	TRY(read_contents(job, running, readings, question.readings_len, &contents));
	question.readings = readings;
	question.contents = contents;
	if (running->options->worker != NULL)
		TRY(check_worker_ask(job, running->options->worker, &question, running->checks, &reply));
	else
		TRY(check_reply_here(job, &question, running->checks, &reply));
	ret->profile = reply.profile;
	return check_run_note(job, running->ledger, running->content, running->checks, host->id, false, running->now,
	    running->options->only_len > 0, &reply, ret);
}

static err
check_options(struct job *job, const struct checks *checks, const struct check_run_options *options)
{
	for (size_t i = 0; i < options->only_len; i++)
		if (check_find(checks, options->only[i]) == NULL)
			return err_set(
			    job, ERR_INPUT, "there is no check \"%.*s\"; 'assay content list' names them", SLICE(options->only[i]));
	if (options->profile.len > 0 && check_profile_find(checks, options->profile) == NULL)
		return err_set(job, ERR_INPUT, "there is no profile \"%.*s\" in content/profile", SLICE(options->profile));
	return OK;
}

err
check_run(struct job *job, struct ledger *ledger, const struct content *content, const struct catalogue *catalogue,
    const struct checks *checks, const struct check_run_options *options, struct check_host_result **ret, size_t *ret_len)
{
	struct running running = {.ledger = ledger, .content = content, .checks = checks, .options = options};
	struct ledger_host *hosts;
	size_t hosts_len, len = 0;
	uint64_t entry;
	(void)catalogue;
	TRY(check_options(job, checks, options));
	TRY(check_schema_open(job, options->source_dir, &running.schema));
	running.schema.registers = checks->registers;
	TRY(content_pack(job, content, &running.pack));
	TRY(ledger_content_set(job, ledger, &content->digest, running.pack, &entry));
	TRY(ledger_moment(job, ledger, 0, &running.now));
	TRY(ledger_hosts(job, ledger, running.now, &hosts, &hosts_len));
	TRY(NEW(job, hosts_len + CHECK_MAX_SERVICES + 1, ret));
	for (size_t i = 0; i < hosts_len; i++) {
		bool wanted = options->host.len == 0 || slice_same(options->host, hosts[i].id) || slice_same(options->host, hosts[i].name);
		if (!wanted || hosts[i].state != LEDGER_HOST_ACCEPTED || hosts[i].last_seen_us == 0)
			continue;
		job_progress(job, "asking hosts", i, hosts_len);
		TRY(run_host(job, &running, &hosts[i], &(*ret)[len++]));
	}
	if (options->registry != NULL && options->host.len == 0)
		TRY(check_records_run(job, ledger, content, running.pack, checks, options, &running.schema, *ret, &len));
	*ret_len = len;
	if (len == 0 && options->host.len > 0)
		return err_set(
		    job, ERR_INPUT, "there is no accepted host \"%.*s\" with evidence; 'assay host list' names them", SLICE(options->host));
	return OK;
}
