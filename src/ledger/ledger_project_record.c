/*
 * Changes of records become rows: the record as it stands, and each change.
 * Deliberately does not: judge a change; what was signed was decided.
 */
#include "ledger/ledger_project.h"

#include "ledger/ledger_record.h"

static slice
uid_of(const struct ledger_subject *subject)
{
	return slice_from(subject->name, sizeof LEDGER_RECORD_SUBJECT - 1);
}

/* The word of whoever made the entry; NULL: the machine. */
static err
maker_of(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, struct ledger_sql_value *ret)
{
	int64_t word;
	*ret = SQL_NULL;
	if (item->statement.by.len == 0)
		return OK;
	TRY(ledger_project_word(job, projector, item->statement.by, &word));
	*ret = SQL_I(word);
	return OK;
}

static err
put_change(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, const struct ledger_change *change,
    const struct digest *digest, int64_t record)
{
	struct ledger_sql_value by;
	TRY(maker_of(job, projector, item, &by));
	return ledger_project_do(job, projector, CHANGE_PUT,
	    SQL_WITH(SQL_I(record), SQL_I(change->version), SQL_I(item->index), SQL_T(change->status), SQL_T(change->change),
		SQL_T(change->reason), SQL_T(change->note), SQL_T(change->sets), SQL_T(change->deadlines), SQL_I(change->at_us),
		SQL_I(item->statement.made_us), by, SQL_D(digest)));
}

static err
put_record(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, const struct ledger_change *change, slice uid,
    int64_t *ret)
{
	struct ledger_sql_value by;
	int64_t registry;
	sqlite3_stmt *stmt;
	bool there;
	TRY(maker_of(job, projector, item, &by));
	TRY(ledger_project_word(job, projector, change->registry, &registry));
	TRY(ledger_project_ask(job, projector, RECORD_FIND, SQL_WITH(SQL_T(uid)), &stmt, &there));
	if (there) {
		*ret = ledger_sql_int(stmt, 0);
		(void)sqlite3_reset(stmt);
		return ledger_project_do(job, projector, RECORD_PATCH,
		    SQL_WITH(SQL_I(*ret), SQL_I(change->version), SQL_I(item->index), SQL_T(change->status), SQL_T(change->sets),
			SQL_T(change->deadlines), SQL_I(item->statement.made_us), by));
	}
	TRY(ledger_project_do(job, projector, RECORD_PUT,
	    SQL_WITH(SQL_T(uid), SQL_I(registry), SQL_I(change->number), SQL_I(change->version), SQL_I(item->index), SQL_T(change->status),
		SQL_T(change->sets), SQL_T(change->deadlines), SQL_I(item->statement.made_us), by)));
	*ret = sqlite3_last_insert_rowid(projector->db);
	return OK;
}

err
ledger_project_record(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, const struct ledger_subject *subject,
    slice content)
{
	struct ledger_change change;
	int64_t record;
	TRY(ledger_change_read(job, content, &change));
	TRY(put_record(job, projector, item, &change, uid_of(subject), &record));
	return put_change(job, projector, item, &change, &subject->digest, record);
}

err
ledger_project_record_gone(
    struct job *job, struct ledger_projector *projector, const struct ledger_item *item, const struct ledger_subject *subject)
{
	struct ledger_sql_value by;
	TRY(maker_of(job, projector, item, &by));
	return ledger_project_do(
	    job, projector, RECORD_GONE, SQL_WITH(SQL_T(uid_of(subject)), SQL_I(item->index), SQL_I(item->statement.made_us), by));
}
