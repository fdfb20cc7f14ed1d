/*
 * Persons: a random token stands for an account or a person; the name is content that can be erased, opened only to be shown.
 * Deliberately does not: keep names in the view, where they are found by a keyed hash.
 */
#include "ledger/ledger_form.h"
#include "ledger/ledger_inner.h"

#define MAX_NAME 1024
#define MAX_SHOWN MIB

err
ledger_person_find(struct job *job, struct ledger *ledger, slice host, slice name, bool *ret_found, slice *ret_token)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct digest who;
	TRY(ledger_person_who(job, ledger, host, name, &who));
	TRY(ledger_sql_open(job, ledger_db(ledger), "SELECT token FROM person WHERE who = ?1", false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_D(&who))));
	TRY(ledger_sql_step(job, stmt, ret_found));
	return *ret_found ? ledger_sql_text(job, stmt, 0, ret_token) : OK;
}

/* The subject of an entry that gives ${name} a new token. */
static err
person_subject(struct job *job, slice host, slice name, struct ledger_subject *ret, slice *ret_token)
{
	struct ledger_person_form form = {.host = host, .name = name};
	*ret = (struct ledger_subject){0};
	if (name.len == 0 || name.len > MAX_NAME)
		return err_set(job, ERR_INPUT, "a person's name must have 1 to %d bytes, found %zu", MAX_NAME, name.len);
	TRY(code_random_id(job, 16, ret_token));
	TRY(job_format(job, &ret->name, LEDGER_PERSON_SUBJECT "%.*s", SLICE(*ret_token)));
	return ledger_person_form_write(job, &form, &ret->content);
}

err
ledger_person_tokens(struct job *job, struct ledger *ledger, slice host, const slice *names, size_t len, slice *ret_tokens)
{
	struct ledger_draft *drafts;
	struct ledger_subject *subjects;
	struct ledger_receipt *receipts;
	int64_t now_us = job_now(job);
	size_t drafts_len = 0;
	TRY(NEW(job, len + 1, &drafts));
	TRY(NEW(job, len + 1, &subjects));
	TRY(NEW(job, len + 1, &receipts));
	for (size_t i = 0; i < len; i++) {
		bool found = false;
		if (names[i].len > 0)
			TRY(ledger_person_find(job, ledger, host, names[i], &found, &ret_tokens[i]));
		if (found)
			continue;
		TRY(person_subject(job, host, names[i], &subjects[drafts_len], &ret_tokens[i]));
		drafts[drafts_len] = (struct ledger_draft){
		    .kind = LEDGER_CHANGE, .host = host, .from_us = now_us, .to_us = now_us, .subjects = &subjects[drafts_len], .subjects_len = 1};
		drafts_len++;
	}
	return drafts_len > 0 ? ledger_append_as(job, ledger, S(""), drafts, drafts_len, receipts) : OK;
}

err
ledger_person_mark(struct job *job, const struct ledger *ledger, slice name, slice *ret)
{
	struct digest who;
	TRY(ledger_person_who(job, ledger, S(""), name, &who));
	return job_format(job, ret, "person-%.12s", digest_text(&who).at);
}

err
ledger_person_token(struct job *job, struct ledger *ledger, slice host, slice name, slice *ret_token)
{
	return ledger_person_tokens(job, ledger, host, &name, 1, ret_token);
}

/* The name behind ${token}; "erased person" when its content is gone; the token itself when it is none of ours. */
static err
token_name(struct job *job, struct ledger *ledger, slice token, slice *ret)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct ledger_person_form form;
	struct digest digest;
	slice content;
	bool row;
	TRY(ledger_sql_open(job, ledger_db(ledger), "SELECT digest FROM person WHERE token = ?1", false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(token))));
	TRY(ledger_sql_step(job, stmt, &row));
	*ret = token;
	if (!row)
		return OK;
	TRY(ledger_sql_digest(job, stmt, 0, &digest));
	err got = ledger_content(job, ledger, &digest, &content);
	if (got.code == ERR_MISSING) {
		*ret = S("erased person");
		return OK;
	}
	TRY(got);
	TRY(ledger_person_form_read(job, content, &form));
	*ret = form.name;
	return OK;
}

err
ledger_person_show(struct job *job, struct ledger *ledger, slice says, slice *ret)
{
	static const slice open = {"{person:", 8};
	struct buf buf = buf_open(job, "a sentence with persons", MAX_SHOWN);
	slice name;
	for (size_t at = 0; at < says.len;) {
		slice rest = slice_from(says, at), token = slice_part(rest, open.len, 32);
		bool here = slice_starts(rest, open) && rest.len > open.len + 32 && rest.at[open.len + 32] == '}';
		if (!here) {
			buf_byte(&buf, says.at[at++]);
			continue;
		}
		TRY(token_name(job, ledger, token, &name));
		buf_add(&buf, name);
		at += open.len + 32 + 1;
	}
	return buf_end(&buf, ret);
}
