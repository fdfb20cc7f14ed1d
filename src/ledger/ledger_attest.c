/*
 * Attestations: a named person says that something is so, until a date, with a file if there is one.
 * Deliberately does not: judge whether a part accepts one (report does).
 */
#include "ledger/ledger_form.h"
#include "ledger/ledger_inner.h"

#define MAX_SAYS (16 * KIB)
#define MAX_PART 200
#define MAX_FILE_NAME 255

static err
attest_check(struct job *job, slice part, slice says, int64_t until_us, slice file_name, slice file)
{
	if (job->actor.len == 0)
		return err_set(job, ERR_DENIED, "attestation of %.*s: a named person must say so, found nobody", SLICE(part));
	if (part.len == 0 || part.len > MAX_PART)
		return err_set(job, ERR_INPUT, "attestation: the part must have 1 to %d bytes, found %zu", MAX_PART, part.len);
	if (says.len == 0 || says.len > MAX_SAYS)
		return err_set(job, ERR_INPUT, "attestation of %.*s: what is said must have 1 to %zu bytes, found %zu", SLICE(part),
		    MAX_SAYS, says.len);
	if (until_us <= job_now(job))
		return err_set(job, ERR_INPUT, "attestation of %.*s: it must stand until a later moment, found %s", SLICE(part),
		    instant_text(until_us).at);
	if ((file.len > 0) != (file_name.len > 0) || file_name.len > MAX_FILE_NAME)
		return err_set(job, ERR_INPUT, "attestation of %.*s: a file and its name (at most %d bytes) belong together", SLICE(part),
		    MAX_FILE_NAME);
	return OK;
}

err
ledger_attest(struct job *job, struct ledger *ledger, slice part, slice says, int64_t until_us, slice file_name, slice file,
    struct ledger_receipt *ret)
{
	struct ledger_attest_form form = {.part = part, .says = says, .until_us = until_us, .file_name = file_name};
	struct ledger_subject subjects[2] = {{.name = S("attestation")}, {.name = S("file"), .content = file}};
	TRY(attest_check(job, part, says, until_us, file_name, file));
	TRY(ledger_attest_form_write(job, &form, &subjects[0].content));
	int64_t now_us = job_now(job);
	struct ledger_draft draft = {
	    .kind = LEDGER_DECISION, .from_us = now_us, .to_us = until_us, .subjects = subjects, .subjects_len = file_name.len > 0 ? 2 : 1};
	return ledger_append(job, ledger, &draft, 1, ret);
}

static err
attestation_take(struct job *job, sqlite3_stmt *stmt, struct ledger_attestation *one)
{
	one->entry = (uint64_t)ledger_sql_int(stmt, 0);
	TRY(ledger_sql_text(job, stmt, 1, &one->part));
	TRY(ledger_sql_text(job, stmt, 2, &one->says));
	TRY(ledger_sql_text(job, stmt, 3, &one->by));
	one->made_us = ledger_sql_int(stmt, 4);
	one->until_us = ledger_sql_int(stmt, 5);
	one->has_file = !ledger_sql_is_null(stmt, 6);
	if (one->has_file)
		TRY(ledger_sql_digest(job, stmt, 6, &one->file));
	return ledger_sql_text(job, stmt, 7, &one->file_name);
}

err
ledger_attestations(
    struct job *job, struct ledger *ledger, struct ledger_moment at, slice part, struct ledger_attestation **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL, *count DEFER(ledger_sql_close_at) = NULL;
	struct ledger_sql_value wanted = part.len > 0 ? SQL_T(part) : SQL_NULL;
	struct ledger_attestation *list;
	size_t len = 0;
	bool row;
	TRY(ledger_sql_open(job, ledger_db(ledger), "SELECT count(*) FROM attestation", false, &count));
	TRY(ledger_sql_step(job, count, &row));
	size_t room = row ? (size_t)ledger_sql_int(count, 0) : 0;
	TRY(NEW(job, room + 1, &list));
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT a.idx, part.text, a.says, person.text, a.made, a.until, a.file, a.file_name FROM attestation AS a"
	    " JOIN word AS part ON part.id = a.part LEFT JOIN word AS person ON person.id = a.by"
	    " WHERE a.idx < ?1 AND (?2 IS NULL OR part.text = ?2) ORDER BY a.idx",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(at.size), wanted)));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row || len == room)
			break;
		TRY(attestation_take(job, stmt, &list[len++]));
	}
	*ret = list;
	*ret_len = len;
	return OK;
}
