/*
 * Decisions to leave something that was observed unrecorded until a date: written, strictly read, projected, listed as of a moment.
 * Deliberately does not: know what was observed (check does).
 */
#include "ledger/ledger_ignore.h"

#include "base/json.h"
#include "ledger/ledger_form.h"
#include "ledger/ledger_project.h"

#define FORM_MAX_BYTES (16 * MIB)
#define MAX_KEY (4 * KIB)
#define MAX_WHY (16 * KIB)
#define MAX_REGISTER 64
#define NAME "ignore content"

/* The form */

err
ledger_ignore_form_write(struct job *job, const struct ledger_ignore_form *form, slice *ret)
{
	struct buf buf = buf_open(job, "a decision to ignore", FORM_MAX_BYTES);
	struct instant_text until = instant_text(form->until_us);
	buf_text(&buf, "{\"keys\":[");
	for (size_t i = 0; i < form->keys_len; i++) {
		buf_text(&buf, i > 0 ? "," : "");
		ledger_form_put(&buf, form->keys[i]);
	}
	buf_text(&buf, "],\"register\":");
	ledger_form_put(&buf, form->registry);
	buf_text(&buf, ",\"until\":");
	ledger_form_put(&buf, slice_of(until.at));
	buf_text(&buf, ",\"why\":");
	ledger_form_put(&buf, form->why);
	buf_byte(&buf, '}');
	return buf_end(&buf, ret);
}

static err
read_keys(struct job *job, const json_t *list, struct ledger_ignore_form *form)
{
	slice *keys;
	size_t len = json_array_size(list);
	if (len == 0 || len > LEDGER_MAX_IGNORED)
		return err_set(job, ERR_INPUT, NAME ": 1 to %d keys, found %zu", LEDGER_MAX_IGNORED, len);
	TRY(NEW(job, len, &keys));
	for (size_t i = 0; i < len; i++) {
		keys[i] = json_text(json_array_get(list, i));
		if (keys[i].len == 0 || keys[i].len > MAX_KEY)
			return err_set(job, ERR_INPUT, NAME ": a key is a text of 1 to %zu bytes", MAX_KEY);
	}
	form->keys = keys;
	form->keys_len = len;
	return OK;
}

err
ledger_ignore_form_read(struct job *job, slice content, struct ledger_ignore_form *ret)
{
	static const char *const members[] = {"keys", "register", "until", "why", NULL};
	const json_t *root, *list;
	slice until, again;
	*ret = (struct ledger_ignore_form){0};
	TRY(json_read(job, NAME, content, &root));
	TRY(json_only(job, NAME, root, members));
	TRY(json_need_array(job, NAME, root, "keys", &list));
	TRY(json_need_text(job, NAME, root, "register", &ret->registry));
	TRY(json_need_text(job, NAME, root, "until", &until));
	TRY(json_need_text(job, NAME, root, "why", &ret->why));
	TRY(read_keys(job, list, ret));
	if (!instant_parse(until, &ret->until_us) || ret->registry.len == 0 || ret->why.len == 0)
		return err_set(job, ERR_INPUT, NAME ": expected a register, a reason and an RFC 3339 instant");
	TRY(ledger_ignore_form_write(job, ret, &again));
	return slice_same(again, content) ? OK : err_set(job, ERR_INPUT, NAME ": expected canonical JSON, found another form");
}

/* Appending */

static err
ignore_check(struct job *job, const struct ledger_ignore_form *form)
{
	if (job->actor.len == 0)
		return err_set(job, ERR_DENIED, "ignoring: a named person must decide it, found nobody");
	if (form->registry.len == 0 || form->registry.len > MAX_REGISTER)
		return err_set(job, ERR_INPUT, "ignoring: a register of 1 to %d bytes, found %zu", MAX_REGISTER, form->registry.len);
	if (form->keys_len == 0 || form->keys_len > LEDGER_MAX_IGNORED)
		return err_set(job, ERR_INPUT, "ignoring: 1 to %d things at once, found %zu", LEDGER_MAX_IGNORED, form->keys_len);
	for (size_t i = 0; i < form->keys_len; i++)
		if (form->keys[i].len == 0 || form->keys[i].len > MAX_KEY)
			return err_set(job, ERR_INPUT, "ignoring: a key of 1 to %zu bytes, found %zu", MAX_KEY, form->keys[i].len);
	if (form->why.len == 0 || form->why.len > MAX_WHY)
		return err_set(job, ERR_INPUT, "ignoring: the reason must have 1 to %zu bytes, found %zu", MAX_WHY, form->why.len);
	if (form->until_us <= job_now(job))
		return err_set(job, ERR_INPUT, "ignoring: it must stand until a later moment, found %s", instant_text(form->until_us).at);
	return OK;
}

err
ledger_ignore_append(struct job *job, struct ledger *ledger, const struct ledger_ignore_form *form, struct ledger_receipt *ret)
{
	struct ledger_subject subject = {.name = S(LEDGER_IGNORE_SUBJECT)};
	int64_t now_us = job_now(job);
	TRY(ignore_check(job, form));
	TRY(ledger_ignore_form_write(job, form, &subject.content));
	struct ledger_draft draft = {
	    .kind = LEDGER_DECISION, .from_us = now_us, .to_us = form->until_us, .subjects = &subject, .subjects_len = 1};
	return ledger_append(job, ledger, &draft, 1, ret);
}

/* Projecting */

err
ledger_project_ignore(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, slice content)
{
	struct ledger_ignore_form form;
	struct ledger_sql_value by = SQL_NULL;
	int64_t word, registry;
	TRY(ledger_ignore_form_read(job, content, &form));
	TRY(ledger_project_word(job, projector, form.registry, &registry));
	if (item->statement.by.len > 0) {
		TRY(ledger_project_word(job, projector, item->statement.by, &word));
		by = SQL_I(word);
	}
	for (size_t i = 0; i < form.keys_len; i++)
		TRY(ledger_project_do(job, projector, IGNORE_PUT,
		    SQL_WITH(SQL_I(item->index), SQL_I(i), SQL_I(registry), SQL_T(form.keys[i]), SQL_I(form.until_us), SQL_T(form.why),
			SQL_I(item->statement.made_us), by)));
	return OK;
}

/* Reading */

static err
ignore_take(struct job *job, sqlite3_stmt *stmt, struct ledger_ignore *one)
{
	TRY(ledger_sql_text(job, stmt, 0, &one->registry));
	TRY(ledger_sql_text(job, stmt, 1, &one->key));
	one->until_us = ledger_sql_int(stmt, 2);
	TRY(ledger_sql_text(job, stmt, 3, &one->why));
	one->made_us = ledger_sql_int(stmt, 4);
	TRY(ledger_sql_text(job, stmt, 5, &one->by));
	one->entry = (uint64_t)ledger_sql_int(stmt, 6);
	return OK;
}

err
ledger_ignores(struct job *job, struct ledger *ledger, struct ledger_moment at, slice registry, struct ledger_ignore **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL, *count DEFER(ledger_sql_close_at) = NULL;
	struct ledger_ignore *list;
	size_t len = 0;
	bool row;
	TRY(ledger_sql_open(job, ledger_db(ledger), "SELECT count(*) FROM ignore", false, &count));
	TRY(ledger_sql_step(job, count, &row));
	size_t room = row ? (size_t)ledger_sql_int(count, 0) : 0;
	TRY(NEW(job, room + 1, &list));
	/* Of one entry the last place of a key counts, as of several entries the newest. */
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT reg.text, i.key, i.until, i.why, i.made, who.text, i.idx FROM ignore AS i JOIN word AS reg ON reg.id = i.register"
	    " LEFT JOIN word AS who ON who.id = i.by WHERE i.idx < ?1 AND (?2 IS NULL OR reg.text = ?2)"
	    " AND NOT EXISTS (SELECT 1 FROM ignore AS n WHERE n.register = i.register AND n.key = i.key AND n.idx < ?1"
	    " AND (n.idx > i.idx OR (n.idx = i.idx AND n.n > i.n))) ORDER BY reg.text, i.key",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(at.size), registry.len > 0 ? SQL_T(registry) : SQL_NULL)));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row || len == room)
			break;
		TRY(ignore_take(job, stmt, &list[len++]));
	}
	*ret = list;
	*ret_len = len;
	return OK;
}
