/*
 * Content sets: which frameworks, checks and rules were in use since when, so that no upgrade rewrites what was said before.
 * Deliberately does not: read a set; its bytes and digest are the catalogue's.
 */
#include "ledger/ledger_form.h"
#include "ledger/ledger_inner.h"

err
ledger_content_set(struct job *job, struct ledger *ledger, const struct digest *digest, slice pack, uint64_t *ret_entry)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct ledger_subject subjects[2] = {{.name = S("set")}, {.name = S("pack"), .content = pack}};
	struct ledger_receipt receipt;
	struct digest newest;
	bool row;
	TRY(ledger_sql_open(job, ledger_db(ledger), "SELECT idx, digest FROM content_set ORDER BY idx DESC LIMIT 1", false, &stmt));
	TRY(ledger_sql_step(job, stmt, &row));
	if (row) {
		TRY(ledger_sql_digest(job, stmt, 1, &newest));
		*ret_entry = (uint64_t)ledger_sql_int(stmt, 0);
		(void)sqlite3_reset(stmt);
		if (digest_same(&newest, digest))
			return OK;
	}
	TRY(ledger_set_form_write(job, digest, &subjects[0].content));
	int64_t now_us = job_now(job);
	struct ledger_draft draft = {.kind = LEDGER_CONTENT, .from_us = now_us, .to_us = now_us, .subjects = subjects, .subjects_len = 2};
	TRY(ledger_append(job, ledger, &draft, 1, &receipt));
	*ret_entry = receipt.index;
	return OK;
}

err
ledger_content_set_at(struct job *job, struct ledger *ledger, struct ledger_moment at, bool *ret_found, slice *ret_pack)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct ledger_entry entry;
	bool found;
	TRY(ledger_sql_open(job, ledger_db(ledger), "SELECT idx FROM content_set WHERE idx < ?1 ORDER BY idx DESC LIMIT 1", false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(at.size))));
	TRY(ledger_sql_step(job, stmt, &found));
	*ret_found = found;
	if (!found)
		return OK;
	TRY(ledger_entry(job, ledger, (uint64_t)ledger_sql_int(stmt, 0), &entry));
	for (size_t i = 0; i < entry.subjects_len; i++)
		if (slice_same(entry.subjects[i].name, S("pack")))
			return ledger_content(job, ledger, &entry.subjects[i].digest, ret_pack);
	return err_set(job, ERR_STORE, "entry %llu: a content set has a subject \"pack\", found none", (unsigned long long)entry.index);
}
