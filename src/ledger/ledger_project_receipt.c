/*
 * When entries were received: ours by the clock rule, those of other hosts by the receipt in their batch.
 */
#include "ledger/ledger_project.h"

#include "base/instant.h"
#include "ledger/ledger_form.h"

err
ledger_project_received(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, int64_t before_us)
{
	sqlite3_stmt *stmt;
	bool own;
	TRY(ledger_project_ask(job, projector, OWN_FIND, SQL_WITH(SQL_D(&item->key)), &stmt, &own));
	(void)sqlite3_reset(stmt);
	if (!own)
		return ledger_project_do(job, projector, PENDING_PUT,
		    SQL_WITH(SQL_I(item->index), SQL_D(&item->statement_digest), SQL_I(before_us), SQL_I(item->received_us)));
	int64_t due_us = before_us > item->statement.made_us ? before_us : item->statement.made_us;
	if (item->received_us != due_us)
		return err_set(job, ERR_STORE, "entry %llu: received must be %s (the greater of made and the entry before), found %s",
		    (unsigned long long)item->index, instant_text(due_us).at, instant_text(item->received_us).at);
	return OK;
}

static err
receipt_one(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, const struct ledger_receipt_form *form)
{
	sqlite3_stmt *stmt;
	bool row;
	TRY(ledger_project_ask(job, projector, PENDING_TAKE, SQL_WITH(SQL_D(&form->statement)), &stmt, &row));
	if (!row)
		return err_set(job, ERR_STORE, "entry %llu: a receipt must be for an entry just before it, found none with statement %s",
		    (unsigned long long)item->index, digest_text(&form->statement).at);
	int64_t before_us = ledger_sql_int(stmt, 0), found_us = ledger_sql_int(stmt, 1), index = ledger_sql_int(stmt, 2);
	(void)sqlite3_reset(stmt);
	TRY(ledger_project_do(job, projector, PENDING_DROP, SQL_WITH(SQL_I(index))));
	int64_t due_us = before_us > form->received_us ? before_us : form->received_us;
	if (found_us != due_us)
		return err_set(job, ERR_STORE, "entry %lld: received must be %s as its receipt (entry %llu) says, found %s",
		    (long long)index, instant_text(due_us).at, (unsigned long long)item->index, instant_text(found_us).at);
	return OK;
}

err
ledger_project_receipt(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, slice content)
{
	struct ledger_receipt_form *entries;
	sqlite3_stmt *stmt;
	size_t len;
	bool left;
	TRY(ledger_receipt_form_read(job, content, &entries, &len));
	for (size_t i = 0; i < len; i++)
		TRY(receipt_one(job, projector, item, &entries[i]));
	TRY(ledger_project_ask(job, projector, PENDING_ANY, SQL_WITH(SQL_I(item->index)), &stmt, &left));
	int64_t index = left ? ledger_sql_int(stmt, 0) : 0;
	(void)sqlite3_reset(stmt);
	if (left)
		return err_set(
		    job, ERR_STORE, "entry %lld: an entry of another host must have a receipt in its batch, found none", (long long)index);
	return OK;
}
