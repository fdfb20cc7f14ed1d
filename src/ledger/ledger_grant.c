/*
 * Grants: given, taken back, listed as of a moment; what was refused and what sensitive was read.
 * Deliberately does not: know a role, a register or a name: those who ask have judged, and persons are tokens.
 */
#include "ledger/ledger_grant.h"

#include "ledger/ledger_inner.h"

#define MAX_WORD 200
#define MAX_WHY (4 * KIB)
#define EVENT_NUMBERS ((size_t)5000) /* of one entry */

/* Appending */

static err
form_append(struct job *job, struct ledger *ledger, const struct ledger_access_form *form, struct ledger_receipt *ret)
{
	struct ledger_subject subject = {.name = S(LEDGER_GRANT_SUBJECT)};
	int64_t now_us = job_now(job);
	struct ledger_draft draft = {.kind = LEDGER_GRANT, .from_us = now_us, .to_us = now_us, .subjects = &subject, .subjects_len = 1};
	TRY(ledger_access_form_write(job, form, &subject.content));
	return ledger_append(job, ledger, &draft, 1, ret);
}

static err
need_why(struct job *job, slice why)
{
	if (job->actor.len == 0)
		return err_set(job, ERR_DENIED, "a grant: a named person must make it or take it back, found nobody");
	if (slice_trim(why).len == 0 || why.len > MAX_WHY)
		return err_set(job, ERR_INPUT, "a grant: say why in 1 to %zu bytes, found %zu", (size_t)MAX_WHY, why.len);
	return OK;
}

err
ledger_grant(struct job *job, struct ledger *ledger, const struct ledger_grant *grant, struct ledger_receipt *ret)
{
	struct ledger_access_form form = {.act = LEDGER_ACT_GRANT, .grant = *grant};
	TRY(need_why(job, grant->why));
	if (grant->person.len == 0 || grant->role.len == 0 || grant->role.len > MAX_WORD || grant->unit.len > MAX_WORD)
		return err_set(job, ERR_INPUT, "a grant: a person and a role are needed; role and unit have at most %d bytes", MAX_WORD);
	if ((grant->service > 0) != (grant->scope == LEDGER_SCOPE_SERVICE) || (grant->unit.len > 0) != (grant->scope == LEDGER_SCOPE_UNIT) ||
	    grant->service < 0)
		return err_set(job, ERR_INPUT, "a grant: scope service needs a service, scope unit needs a unit, and the organisation neither");
	if (grant->until_us != 0 && grant->until_us <= job_now(job))
		return err_set(job, ERR_INPUT, "a grant: its end must be a later moment, found %s", instant_text(grant->until_us).at);
	return form_append(job, ledger, &form, ret);
}

err
ledger_grant_revoke(struct job *job, struct ledger *ledger, uint64_t grant, slice why, struct ledger_receipt *ret)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct ledger_access_form form = {.act = LEDGER_ACT_REVOKE, .revokes = grant, .why = why};
	bool row;
	TRY(need_why(job, why));
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT (SELECT min(idx) FROM access_revoke WHERE of = ?1) FROM access_grant WHERE idx = ?1", false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(grant))));
	TRY(ledger_sql_step(job, stmt, &row));
	if (!row)
		return err_set(job, ERR_MISSING, "there is no grant %llu", (unsigned long long)grant);
	if (!ledger_sql_is_null(stmt, 0))
		return err_set(job, ERR_CONFLICT, "grant %llu: was taken back before, by entry %lld", (unsigned long long)grant,
		    (long long)ledger_sql_int(stmt, 0));
	(void)sqlite3_reset(stmt);
	return form_append(job, ledger, &form, ret);
}

err
ledger_access_event_append(struct job *job, struct ledger *ledger, const struct ledger_access_event *event)
{
	struct ledger_access_form form = {.act = event->act, .event = *event};
	size_t drafts_len = event->numbers_len > EVENT_NUMBERS ? (event->numbers_len + EVENT_NUMBERS - 1) / EVENT_NUMBERS : 1;
	struct ledger_draft *drafts;
	struct ledger_subject *subjects;
	struct ledger_receipt *receipts;
	int64_t now_us = job_now(job);
	TRY(NEW(job, drafts_len, &drafts));
	TRY(NEW(job, drafts_len, &subjects));
	TRY(NEW(job, drafts_len, &receipts));
	for (size_t i = 0, at = 0; i < drafts_len; i++, at += EVENT_NUMBERS) {
		size_t left = event->numbers_len - at;
		form.event.numbers = event->numbers + at;
		form.event.numbers_len = left < EVENT_NUMBERS ? left : EVENT_NUMBERS;
		subjects[i].name = S(LEDGER_GRANT_SUBJECT);
		TRY(ledger_access_form_write(job, &form, &subjects[i].content));
		drafts[i] = (struct ledger_draft){
		    .kind = LEDGER_GRANT, .from_us = now_us, .to_us = now_us, .subjects = &subjects[i], .subjects_len = 1};
	}
	return ledger_append(job, ledger, drafts, drafts_len, receipts);
}

/* Reading */

/* How many rows ${sql} counts, as room for a list. */
static err
count_rows(struct job *job, struct ledger *ledger, const char *sql, size_t *ret)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	bool row;
	TRY(ledger_sql_open(job, ledger_db(ledger), sql, false, &stmt));
	TRY(ledger_sql_step(job, stmt, &row));
	*ret = row ? (size_t)ledger_sql_int(stmt, 0) : 0;
	return OK;
}

static err
grant_take(struct job *job, sqlite3_stmt *stmt, struct ledger_grant *grant)
{
	grant->entry = (uint64_t)ledger_sql_int(stmt, 0);
	TRY(ledger_sql_text(job, stmt, 1, &grant->person));
	TRY(ledger_sql_text(job, stmt, 2, &grant->role));
	grant->scope = (enum ledger_scope)ledger_sql_int(stmt, 3);
	TRY(ledger_sql_text(job, stmt, 4, &grant->unit));
	grant->service = ledger_sql_int(stmt, 5);
	grant->until_us = ledger_sql_int(stmt, 6);
	TRY(ledger_sql_text(job, stmt, 7, &grant->why));
	grant->made_us = ledger_sql_int(stmt, 8);
	TRY(ledger_sql_text(job, stmt, 9, &grant->by));
	grant->revoked = !ledger_sql_is_null(stmt, 10);
	if (!grant->revoked)
		return OK;
	grant->revoke_entry = (uint64_t)ledger_sql_int(stmt, 10);
	grant->revoked_us = ledger_sql_int(stmt, 11);
	TRY(ledger_sql_text(job, stmt, 12, &grant->revoked_by));
	return ledger_sql_text(job, stmt, 13, &grant->revoked_why);
}

err
ledger_grants(struct job *job, struct ledger *ledger, struct ledger_moment at, slice person, struct ledger_grant **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct ledger_sql_value wanted = person.len > 0 ? SQL_T(person) : SQL_NULL;
	size_t room;
	bool row;
	*ret_len = 0;
	TRY(count_rows(job, ledger, "SELECT count(*) FROM access_grant", &room));
	TRY(NEW(job, room + 1, ret));
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT g.idx, holder.text, g.role, g.scope, g.unit, g.service, g.until, g.why, g.made, giver.text, r.idx, r.made, taker.text, r.why"
	    " FROM access_grant AS g JOIN word AS holder ON holder.id = g.person LEFT JOIN word AS giver ON giver.id = g.by"
	    " LEFT JOIN access_revoke AS r ON r.of = g.idx AND r.idx = (SELECT min(idx) FROM access_revoke WHERE of = g.idx AND idx < ?1)"
	    " LEFT JOIN word AS taker ON taker.id = r.by"
	    " WHERE g.idx < ?1 AND (?2 IS NULL OR g.person = (SELECT id FROM word WHERE text = ?2)) ORDER BY g.idx",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(at.size), wanted)));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row || *ret_len == room)
			return OK;
		TRY(grant_take(job, stmt, &(*ret)[(*ret_len)++]));
	}
}

err
ledger_grants_any(struct job *job, struct ledger *ledger, struct ledger_moment at, bool *ret)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	TRY(ledger_sql_open(job, ledger_db(ledger), "SELECT 1 FROM access_grant WHERE idx < ?1 LIMIT 1", false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(at.size))));
	return ledger_sql_step(job, stmt, ret);
}

err
ledger_person_last(struct job *job, struct ledger *ledger, struct ledger_moment at, slice person, bool *ret_found, uint64_t *ret_entry, int64_t *ret_us)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT idx, received FROM entry WHERE by = (SELECT id FROM word WHERE text = ?1) AND idx < ?2"
	    " AND NOT EXISTS (SELECT 1 FROM access_event AS e WHERE e.idx = entry.idx AND e.act = ?3) ORDER BY idx DESC LIMIT 1",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(person), SQL_I(at.size), SQL_I(LEDGER_ACT_DENIED))));
	TRY(ledger_sql_step(job, stmt, ret_found));
	*ret_entry = *ret_found ? (uint64_t)ledger_sql_int(stmt, 0) : 0;
	*ret_us = *ret_found ? ledger_sql_int(stmt, 1) : 0;
	return OK;
}

static err
event_take(struct job *job, sqlite3_stmt *stmt, struct ledger_access_event *event)
{
	int64_t *number;
	slice words, *fields, one;
	TRY(NEW(job, 1, &number));
	event->entry = (uint64_t)ledger_sql_int(stmt, 0);
	event->act = (enum ledger_access_act)ledger_sql_int(stmt, 1);
	TRY(ledger_sql_text(job, stmt, 2, &event->person));
	TRY(ledger_sql_text(job, stmt, 3, &event->registry));
	*number = ledger_sql_int(stmt, 4);
	event->numbers = number;
	event->numbers_len = *number > 0 ? 1 : 0;
	TRY(ledger_sql_text(job, stmt, 5, &words));
	event->at_us = ledger_sql_int(stmt, 6);
	if (event->act == LEDGER_ACT_DENIED) {
		event->capability = words;
		return OK;
	}
	TRY(NEW(job, words.len + 1, &fields));
	while (slice_cut(&words, ',', &one))
		fields[event->fields_len++] = one;
	event->fields = fields;
	return OK;
}

err
ledger_access_events(struct job *job, struct ledger *ledger, struct ledger_moment at, const struct ledger_access_log *log,
    struct ledger_access_event **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	bool all = log->denied == log->read, row;
	size_t room;
	*ret_len = 0;
	TRY(count_rows(job, ledger, "SELECT count(*) FROM access_event", &room));
	if (log->newest > 0 && log->newest < room)
		room = log->newest;
	TRY(NEW(job, room + 1, ret));
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT e.idx, e.act, who.text, e.register, e.number, e.words, e.at FROM access_event AS e LEFT JOIN word AS who ON who.id = e.person"
	    " WHERE e.idx < ?1 AND (?2 IS NULL OR e.act = ?2) AND (?3 IS NULL OR e.person = (SELECT id FROM word WHERE text = ?3))"
	    " ORDER BY e.idx DESC, e.n DESC LIMIT ?4",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt,
	    SQL_WITH(SQL_I(at.size), all ? SQL_NULL : SQL_I(log->denied ? LEDGER_ACT_DENIED : LEDGER_ACT_READ),
		log->person.len > 0 ? SQL_T(log->person) : SQL_NULL, SQL_I(room))));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row || *ret_len == room)
			return OK;
		TRY(event_take(job, stmt, &(*ret)[(*ret_len)++]));
	}
}

err
ledger_grant_over(struct job *job, const struct ledger_grant *grant, slice *ret)
{
	switch (grant->scope) {
	case LEDGER_SCOPE_SERVICE:
		return job_format(job, ret, "service %lld", (long long)grant->service);
	case LEDGER_SCOPE_UNIT:
		return job_format(job, ret, "unit %.*s", SLICE(grant->unit));
	case LEDGER_SCOPE_ORGANISATION:
	default:
		*ret = S("the organisation");
		return OK;
	}
}
