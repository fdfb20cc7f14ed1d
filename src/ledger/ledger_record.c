/*
 * Changes of records: written, read, appended all or none; and records at a moment, from the view's rows.
 * Deliberately does not: know a register, or what may be changed by whom (the registry does).
 */
#include "ledger/ledger_record.h"

#include <string.h>

#include "base/json.h"
#include "ledger/ledger_form.h"
#include "ledger/ledger_inner.h"

#define CHANGE_MAX_BYTES MIB

/* The form */

static void
put_object(struct buf *buf, const char *lead, slice object)
{
	buf_text(buf, lead);
	buf_add(buf, object.len > 0 ? object : S("{}"));
}

static void
put_text(struct buf *buf, const char *lead, slice text)
{
	buf_text(buf, lead);
	ledger_form_put(buf, text);
}

err
ledger_change_write(struct job *job, const struct ledger_change *change, slice *ret)
{
	struct buf buf = buf_open(job, "a change of a record", CHANGE_MAX_BYTES);
	struct instant_text at = instant_text(change->at_us);
	put_text(&buf, "{\"at\":", slice_of(at.at));
	put_text(&buf, ",\"change\":", change->change);
	put_object(&buf, ",\"deadlines\":", change->deadlines);
	put_text(&buf, ",\"note\":", change->note);
	buf_printf(&buf, ",\"number\":%lld", (long long)change->number);
	put_text(&buf, ",\"reason\":", change->reason);
	put_text(&buf, ",\"register\":", change->registry);
	put_object(&buf, ",\"set\":", change->sets);
	put_text(&buf, ",\"status\":", change->status);
	buf_printf(&buf, ",\"version\":%lld}", (long long)change->version);
	return buf_end(&buf, ret);
}

static err
read_object(struct job *job, const json_t *root, const char *key, slice *ret)
{
	const json_t *object;
	struct buf buf = buf_open(job, "a change of a record", CHANGE_MAX_BYTES);
	TRY(json_need_object(job, "change", root, key, &object));
	json_write(&buf, object);
	return buf_end(&buf, ret);
}

err
ledger_change_read(struct job *job, slice content, struct ledger_change *ret)
{
	static const char *const keys[] = {
	    "at", "change", "deadlines", "note", "number", "reason", "register", "set", "status", "version", NULL};
	const json_t *root;
	slice at, again;
	*ret = (struct ledger_change){0};
	TRY(json_read(job, "change", content, &root));
	TRY(json_only(job, "change", root, keys));
	TRY(json_need_text(job, "change", root, "at", &at));
	TRY(json_need_text(job, "change", root, "change", &ret->change));
	TRY(json_need_text(job, "change", root, "note", &ret->note));
	TRY(json_need_int(job, "change", root, "number", &ret->number));
	TRY(json_need_text(job, "change", root, "reason", &ret->reason));
	TRY(json_need_text(job, "change", root, "register", &ret->registry));
	TRY(json_need_text(job, "change", root, "status", &ret->status));
	TRY(json_need_int(job, "change", root, "version", &ret->version));
	TRY(read_object(job, root, "set", &ret->sets));
	TRY(read_object(job, root, "deadlines", &ret->deadlines));
	if (!instant_parse(at, &ret->at_us) || ret->number < 1 || ret->version < 1 || ret->registry.len == 0 || ret->status.len == 0)
		return err_set(job, ERR_INPUT, "change: expected an instant, a register, a status, number and version from 1");
	TRY(ledger_change_write(job, ret, &again));
	return slice_same(again, content) ? OK : err_set(job, ERR_INPUT, "change: expected canonical JSON, found another form");
}

/* Appending */

/* Does ${change} follow what the view knows of its record? */
static err
follows(struct job *job, sqlite3_stmt *stmt, const struct ledger_change *change)
{
	bool row;
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(change->registry), SQL_I(change->number))));
	TRY(ledger_sql_step(job, stmt, &row));
	int64_t version = row ? ledger_sql_int(stmt, 0) : 0;
	if (version + 1 == change->version)
		return OK;
	return err_set(job, ERR_CONFLICT, "%.*s %lld: is at version %lld, and this change builds on version %lld: somebody else was first",
	    SLICE(change->registry), (long long)change->number, (long long)version, (long long)change->version - 1);
}

static err
changes_check(struct job *job, struct ledger *ledger, struct ledger_change *changes, size_t len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	if (len == 0 || len > LEDGER_MAX_CHANGES)
		return err_set(job, ERR_LIMIT, "changes: 1 to %zu may be made at once, found %zu", LEDGER_MAX_CHANGES, len);
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT version FROM record JOIN word ON word.id = record.register WHERE word.text = ?1 AND number = ?2", false, &stmt));
	for (size_t i = 0; i < len; i++) {
		TRY(follows(job, stmt, &changes[i]));
		if (changes[i].uid.len == 0)
			TRY(code_random_id(job, LEDGER_UID_LEN / 2, &changes[i].uid));
	}
	return OK;
}

/* What is signed must be one that is read back: an entry that cannot be projected would stop the view for good. */
static err
content_make(struct job *job, const struct ledger_change *change, slice *ret)
{
	struct ledger_change again;
	TRY(ledger_change_write(job, change, ret));
	struct arena_mark mark = arena_mark(job->arena);
	err read = ledger_change_read(job, *ret, &again);
	arena_rewind(job->arena, mark);
	return read.code == ERR_NONE ? OK : err_prefix(job, read, "%.*s %lld: nothing was changed", SLICE(change->registry), (long long)change->number);
}

static err
draft_make(struct job *job, const struct ledger_change *changes, size_t len, struct ledger_draft *ret)
{
	struct ledger_subject *subjects;
	int64_t now_us = job_now(job);
	TRY(NEW(job, len, &subjects));
	for (size_t i = 0; i < len; i++) {
		TRY(job_format(job, &subjects[i].name, LEDGER_RECORD_SUBJECT "%.*s", SLICE(changes[i].uid)));
		TRY(content_make(job, &changes[i], &subjects[i].content));
	}
	*ret = (struct ledger_draft){
	    .kind = LEDGER_CHANGE, .from_us = now_us, .to_us = now_us, .subjects = subjects, .subjects_len = len};
	return OK;
}

err
ledger_change_append(struct job *job, struct ledger *ledger, struct ledger_change *changes, size_t len, struct ledger_receipt *ret)
{
	struct ledger_draft *drafts;
	struct ledger_receipt *receipts;
	size_t drafts_len = 0;
	TRY(changes_check(job, ledger, changes, len));
	TRY(NEW(job, len / LEDGER_MAX_SUBJECTS + 1, &drafts));
	for (size_t at = 0; at < len; at += LEDGER_MAX_SUBJECTS)
		TRY(draft_make(job, &changes[at], len - at < LEDGER_MAX_SUBJECTS ? len - at : LEDGER_MAX_SUBJECTS, &drafts[drafts_len++]));
	TRY(NEW(job, drafts_len, &receipts));
	TRY(ledger_append_whole(job, ledger, drafts, drafts_len, receipts));
	*ret = receipts[drafts_len - 1];
	return OK;
}

err
ledger_file_append(struct job *job, struct ledger *ledger, slice bytes, struct digest *ret)
{
	struct ledger_subject subject = {.name = S("file"), .content = bytes};
	struct ledger_receipt receipt;
	int64_t now_us = job_now(job);
	struct ledger_draft draft = {.kind = LEDGER_CHANGE, .from_us = now_us, .to_us = now_us, .subjects = &subject, .subjects_len = 1};
	TRY(ledger_append(job, ledger, &draft, 1, &receipt));
	*ret = subject.digest;
	return OK;
}

/* Reading */

#define RECORD_COLUMNS                                                                                                                     \
	"r.id, r.uid, reg.text, r.number, r.version, r.seq, r.status, r.fields, r.deadlines, r.made, maker.text, r.changed, changer.text,"     \
	" r.status_since"
#define RECORD_FROM                                                                                                                        \
	" FROM record AS r JOIN word AS reg ON reg.id = r.register LEFT JOIN word AS maker ON maker.id = r.made_by"                          \
	" LEFT JOIN word AS changer ON changer.id = r.changed_by"

static err
record_take(struct job *job, sqlite3_stmt *stmt, struct ledger_record *record)
{
	TRY(ledger_sql_text(job, stmt, 1, &record->uid));
	TRY(ledger_sql_text(job, stmt, 2, &record->registry));
	record->number = ledger_sql_int(stmt, 3);
	record->version = ledger_sql_int(stmt, 4);
	record->entry = (uint64_t)ledger_sql_int(stmt, 5);
	TRY(ledger_sql_text(job, stmt, 6, &record->status));
	TRY(ledger_sql_text(job, stmt, 7, &record->fields));
	TRY(ledger_sql_text(job, stmt, 8, &record->deadlines));
	record->made_us = ledger_sql_int(stmt, 9);
	TRY(ledger_sql_text(job, stmt, 10, &record->made_by));
	record->changed_us = ledger_sql_int(stmt, 11);
	TRY(ledger_sql_text(job, stmt, 12, &record->changed_by));
	record->status_since_us = ledger_sql_int(stmt, 13);
	return OK;
}

static err
change_take(struct job *job, sqlite3_stmt *stmt, struct ledger_change *change)
{
	change->version = ledger_sql_int(stmt, 0);
	change->entry = (uint64_t)ledger_sql_int(stmt, 1);
	TRY(ledger_sql_text(job, stmt, 2, &change->status));
	TRY(ledger_sql_text(job, stmt, 3, &change->change));
	TRY(ledger_sql_text(job, stmt, 4, &change->reason));
	TRY(ledger_sql_text(job, stmt, 5, &change->note));
	TRY(ledger_sql_text(job, stmt, 6, &change->sets));
	TRY(ledger_sql_text(job, stmt, 7, &change->deadlines));
	change->at_us = ledger_sql_int(stmt, 8);
	change->made_us = ledger_sql_int(stmt, 9);
	TRY(ledger_sql_text(job, stmt, 10, &change->by));
	return ledger_sql_digest(job, stmt, 11, &change->content);
}

err
ledger_record_changes(
    struct job *job, struct ledger *ledger, struct ledger_moment at, slice uid, struct ledger_change **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL, *count DEFER(ledger_sql_close_at) = NULL;
	bool row;
	size_t len = 0;
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT count(*) FROM record_change WHERE record = (SELECT id FROM record WHERE uid = ?1)", false, &count));
	TRY(ledger_sql_bind(job, count, SQL_WITH(SQL_T(uid))));
	TRY(ledger_sql_step(job, count, &row));
	size_t room = row ? (size_t)ledger_sql_int(count, 0) : 0;
	TRY(NEW(job, room + 1, ret));
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT c.version, c.seq, c.status, c.change, c.reason, c.note, c.sets, c.deadlines, c.at, c.made, who.text, c.digest"
	    " FROM record_change AS c LEFT JOIN word AS who ON who.id = c.by"
	    " WHERE c.record = (SELECT id FROM record WHERE uid = ?1) AND c.seq < ?2 ORDER BY c.version",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(uid), SQL_I(at.size))));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row || len == room)
			break;
		(*ret)[len].uid = uid;
		TRY(change_take(job, stmt, &(*ret)[len++]));
	}
	*ret_len = len;
	return OK;
}

err
ledger_record_erased_by(struct job *job, struct ledger *ledger, slice uid, slice by, bool *ret)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT 1 FROM record_gone AS g JOIN word ON word.id = g.by WHERE g.uid = ?1 AND word.text = ?2", false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(uid), SQL_T(by))));
	return ledger_sql_step(job, stmt, ret);
}

static err
merge(struct job *job, sqlite3_stmt *stmt, slice *object, slice patch)
{
	bool row;
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(*object), SQL_T(patch))));
	TRY(ledger_sql_step(job, stmt, &row));
	return ledger_sql_text(job, stmt, 0, object);
}

/* What ${record} was at the moment: its changes until then, merged. */
static err
record_then(struct job *job, struct ledger *ledger, struct ledger_moment at, bool *ret_found, struct ledger_record *record)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct ledger_change *changes;
	size_t len;
	*ret_found = true;
	if (record->entry < at.size)
		return OK;
	TRY(ledger_record_changes(job, ledger, at, record->uid, &changes, &len));
	*ret_found = len > 0;
	record->fields = record->deadlines = S("{}");
	TRY(ledger_sql_open(job, ledger_db(ledger), "SELECT json_patch(?1, ?2)", false, &stmt));
	for (size_t i = 0; i < len; i++) {
		TRY(merge(job, stmt, &record->fields, changes[i].sets));
		TRY(merge(job, stmt, &record->deadlines, changes[i].deadlines));
		if (i == 0 || !slice_same(changes[i].status, record->status))
			record->status_since_us = changes[i].made_us;
		record->status = changes[i].status;
		record->version = changes[i].version;
		record->entry = changes[i].entry;
		record->changed_us = changes[i].made_us;
		record->changed_by = changes[i].by;
	}
	return OK;
}

err
ledger_record(struct job *job, struct ledger *ledger, struct ledger_moment at, slice registry, int64_t number, bool *ret_found,
    struct ledger_record *ret)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	*ret = (struct ledger_record){0};
	TRY(ledger_sql_open(
	    job, ledger_db(ledger), "SELECT " RECORD_COLUMNS RECORD_FROM " WHERE reg.text = ?1 AND r.number = ?2", false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(registry), SQL_I(number))));
	TRY(ledger_sql_step(job, stmt, ret_found));
	if (!*ret_found)
		return OK;
	TRY(record_take(job, stmt, ret));
	return record_then(job, ledger, at, ret_found, ret);
}

err
ledger_records(
    struct job *job, struct ledger *ledger, struct ledger_moment at, slice registry, struct ledger_record **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL, *count DEFER(ledger_sql_close_at) = NULL;
	bool row, found;
	size_t len = 0;
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT count(*) FROM record WHERE register = (SELECT id FROM word WHERE text = ?1)", false, &count));
	TRY(ledger_sql_bind(job, count, SQL_WITH(SQL_T(registry))));
	TRY(ledger_sql_step(job, count, &row));
	size_t room = row ? (size_t)ledger_sql_int(count, 0) : 0;
	TRY(NEW(job, room + 1, ret));
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT " RECORD_COLUMNS RECORD_FROM " WHERE r.register = (SELECT id FROM word WHERE text = ?1) ORDER BY r.number", false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(registry))));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row || len == room)
			break;
		TRY(record_take(job, stmt, &(*ret)[len]));
		TRY(record_then(job, ledger, at, &found, &(*ret)[len]));
		len += found ? 1 : 0;
	}
	*ret_len = len;
	return OK;
}

err
ledger_record_next(struct job *job, struct ledger *ledger, slice registry, int64_t *ret)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	bool row;
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT coalesce(max(number), 0) + 1 FROM record WHERE register = (SELECT id FROM word WHERE text = ?1)", false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(registry))));
	TRY(ledger_sql_step(job, stmt, &row));
	*ret = row ? ledger_sql_int(stmt, 0) : 1;
	return OK;
}
