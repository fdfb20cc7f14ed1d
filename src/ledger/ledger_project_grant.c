/*
 * Entries of kind grant become rows: grants, what took them back, what was refused or read.
 * Deliberately does not: decide whether a grant still counts; that is asked as of a moment.
 */
#include "ledger/ledger_project.h"

#include "ledger/ledger_grant.h"

static err
person_word(struct job *job, struct ledger_projector *projector, slice token, struct ledger_sql_value *ret)
{
	int64_t id;
	*ret = SQL_NULL;
	if (token.len == 0)
		return OK;
	TRY(ledger_project_word(job, projector, token, &id));
	*ret = SQL_I(id);
	return OK;
}

static err
put_grant(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, const struct ledger_grant *grant)
{
	struct ledger_sql_value person, by;
	TRY(person_word(job, projector, grant->person, &person));
	TRY(person_word(job, projector, item->statement.by, &by));
	return ledger_project_do(job, projector, GRANT_PUT,
	    SQL_WITH(SQL_I(item->index), person, SQL_T(grant->role), SQL_I(grant->scope), SQL_T(grant->unit), SQL_I(grant->service),
		SQL_I(grant->until_us), SQL_T(grant->why), SQL_I(item->statement.made_us), by));
}

static err
put_event(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, const struct ledger_access_event *event)
{
	struct buf fields = buf_open(job, "fields that were read", MIB);
	struct ledger_sql_value person;
	slice words = event->capability;
	size_t len = event->numbers_len > 0 ? event->numbers_len : 1;
	TRY(person_word(job, projector, event->person, &person));
	for (size_t i = 0; i < event->fields_len; i++)
		buf_printf(&fields, "%s%.*s", i > 0 ? "," : "", SLICE(event->fields[i]));
	if (event->act == LEDGER_ACT_READ)
		TRY(buf_end(&fields, &words));
	for (size_t i = 0; i < len; i++)
		TRY(ledger_project_do(job, projector, ACCESS_EVENT_PUT,
		    SQL_WITH(SQL_I(item->index), SQL_I(i), SQL_I(event->act), person, SQL_T(event->registry),
			SQL_I(i < event->numbers_len ? event->numbers[i] : 0), SQL_T(words), SQL_I(event->at_us))));
	return OK;
}

err
ledger_project_grant(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, slice content)
{
	struct ledger_access_form form;
	struct ledger_sql_value by;
	TRY(ledger_access_form_read(job, content, &form));
	switch (form.act) {
	case LEDGER_ACT_GRANT:
		return put_grant(job, projector, item, &form.grant);
	case LEDGER_ACT_REVOKE:
		TRY(person_word(job, projector, item->statement.by, &by));
		return ledger_project_do(job, projector, REVOKE_PUT,
		    SQL_WITH(SQL_I(form.revokes), SQL_I(item->index), SQL_T(form.why), SQL_I(item->statement.made_us), by));
	case LEDGER_ACT_DENIED:
	case LEDGER_ACT_READ:
		break;
	}
	return put_event(job, projector, item, &form.event);
}
