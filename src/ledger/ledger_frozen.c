/*
 * Reports as they were handed over: written, strictly read, projected, listed and given back.
 * Deliberately does not: know what a report says, or who may read it.
 */
#include "ledger/ledger_frozen.h"

#include "base/json.h"
#include "ledger/ledger_form.h"
#include "ledger/ledger_project.h"

#define FORM_MAX_BYTES (64 * KIB)
#define MAX_NAME 64
#define MAX_RANK 15
#define NAME "frozen content"
#define FILE_SUBJECT "file/"

/* The form */

static void
put_instant(struct buf *buf, const char *key, int64_t at_us)
{
	struct instant_text text = instant_text(at_us);
	buf_printf(buf, ",\"%s\":\"%s\"", key, at_us != 0 ? text.at : "");
}

err
ledger_frozen_form_write(struct job *job, const struct ledger_frozen *form, slice *ret)
{
	struct buf buf = buf_open(job, "what was frozen", FORM_MAX_BYTES);
	buf_printf(&buf, "{\"classification\":%u,\"content\":\"%s\",\"files\":[", form->rank, digest_text(&form->content).at);
	for (size_t i = 0; i < form->files_len; i++) {
		buf_text(&buf, i > 0 ? "," : "");
		ledger_form_put(&buf, form->files[i]);
	}
	buf_text(&buf, "],\"format\":");
	ledger_form_put(&buf, form->format);
	put_instant(&buf, "from", form->from_us);
	put_instant(&buf, "instant", form->at.now_us);
	buf_text(&buf, ",\"pack\":");
	ledger_form_put(&buf, form->pack);
	buf_text(&buf, ",\"phase\":");
	ledger_form_put(&buf, form->phase);
	buf_printf(&buf, ",\"root\":\"%s\",\"service\":%lld,\"size\":%llu,\"title\":", digest_text(&form->root).at, (long long)form->service,
	    (unsigned long long)form->at.size);
	ledger_form_put(&buf, form->title);
	put_instant(&buf, "to", form->to_us);
	buf_byte(&buf, '}');
	return buf_end(&buf, ret);
}

static bool
is_name(slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || (c == '.' && i > 0)))
			return false;
	}
	return text.len > 0 && text.len <= MAX_NAME;
}

static err
read_files(struct job *job, const json_t *list, struct ledger_frozen *form)
{
	slice *files;
	size_t len = json_array_size(list);
	if (len == 0 || len > LEDGER_MAX_FROZEN_FILES)
		return err_set(job, ERR_INPUT, NAME ": 1 to %d files, found %zu", LEDGER_MAX_FROZEN_FILES, len);
	TRY(NEW(job, len, &files));
	for (size_t i = 0; i < len; i++) {
		files[i] = json_text(json_array_get(list, i));
		if (!is_name(files[i]))
			return err_set(job, ERR_INPUT, NAME ": a file's name is 1 to %d of a-z 0-9 . _ -", MAX_NAME);
	}
	form->files = files;
	form->files_len = len;
	return OK;
}

static err
read_instant(struct job *job, const json_t *root, const char *key, int64_t *ret)
{
	slice text;
	*ret = 0;
	TRY(json_need_text(job, NAME, root, key, &text));
	if (text.len > 0 && !instant_parse(text, ret))
		return err_set(job, ERR_INPUT, NAME ": %s: expected an RFC 3339 instant", key);
	return OK;
}

static err
read_digest(struct job *job, const json_t *root, const char *key, struct digest *ret)
{
	slice text;
	TRY(json_need_text(job, NAME, root, key, &text));
	return digest_parse(text, ret) ? OK : err_set(job, ERR_INPUT, NAME ": %s: expected 64 hex digits", key);
}

err
ledger_frozen_form_read(struct job *job, slice content, struct ledger_frozen *ret)
{
	static const char *const members[] = {"classification", "content", "files", "format", "from", "instant", "pack", "phase", "root", "service", "size", "title", "to", NULL};
	const json_t *root, *list;
	int64_t size, rank;
	slice again;
	*ret = (struct ledger_frozen){0};
	TRY(json_read(job, NAME, content, &root));
	TRY(json_only(job, NAME, root, members));
	TRY(json_need_array(job, NAME, root, "files", &list));
	TRY(read_files(job, list, ret));
	TRY(json_need_text(job, NAME, root, "format", &ret->format));
	TRY(json_need_text(job, NAME, root, "pack", &ret->pack));
	TRY(json_need_text(job, NAME, root, "phase", &ret->phase));
	TRY(json_need_text(job, NAME, root, "title", &ret->title));
	TRY(json_need_int(job, NAME, root, "service", &ret->service));
	TRY(json_need_int(job, NAME, root, "size", &size));
	TRY(json_need_int(job, NAME, root, "classification", &rank));
	TRY(read_digest(job, root, "content", &ret->content));
	TRY(read_digest(job, root, "root", &ret->root));
	TRY(read_instant(job, root, "from", &ret->from_us));
	TRY(read_instant(job, root, "to", &ret->to_us));
	TRY(read_instant(job, root, "instant", &ret->at.now_us));
	if (size < 0 || rank < 0 || rank > MAX_RANK || ret->service < 0 || ret->at.now_us == 0 || !is_name(ret->pack))
		return err_set(job, ERR_INPUT, NAME ": expected a pack, an instant, and numbers from 0");
	ret->at.size = (uint64_t)size;
	ret->rank = (unsigned)rank;
	TRY(ledger_frozen_form_write(job, ret, &again));
	return slice_same(again, content) ? OK : err_set(job, ERR_INPUT, NAME ": expected canonical JSON, found another form");
}

/* Appending */

err
ledger_frozen_next(struct job *job, struct ledger *ledger, uint64_t *ret)
{
	slice token;
	if (job->actor.len > 0)
		TRY(ledger_person_token(job, ledger, S(""), job->actor, &token));
	*ret = ledger_size(ledger);
	return OK;
}

err
ledger_frozen_append(
    struct job *job, struct ledger *ledger, const struct ledger_frozen *form, const slice *texts, uint64_t entry, struct ledger_receipt *ret)
{
	struct ledger_frozen again;
	struct ledger_subject *subjects;
	uint64_t next;
	if (form->files_len == 0 || form->files_len > LEDGER_MAX_FROZEN_FILES)
		return err_set(job, ERR_INPUT, "freezing: 1 to %d files, found %zu", LEDGER_MAX_FROZEN_FILES, form->files_len);
	TRY(NEW(job, form->files_len + 1, &subjects));
	subjects[0].name = S(LEDGER_FROZEN_SUBJECT);
	TRY(ledger_frozen_form_write(job, form, &subjects[0].content));
	TRY(ledger_frozen_form_read(job, subjects[0].content, &again)); /* an entry once stored must be readable for ever */
	for (size_t i = 0; i < form->files_len; i++) {
		TRY(job_format(job, &subjects[i + 1].name, FILE_SUBJECT "%zu", i + 1));
		subjects[i + 1].content = texts[i];
	}
	TRY(ledger_frozen_next(job, ledger, &next));
	if (next != entry)
		return err_set(job, ERR_CONFLICT, "freezing: it says it is entry %llu, and the next is %llu; make it again", (unsigned long long)entry,
		    (unsigned long long)next);
	struct ledger_draft draft = {.kind = LEDGER_DECISION,
	    .from_us = form->from_us != 0 ? form->from_us : form->at.now_us,
	    .to_us = form->to_us != 0 ? form->to_us : form->at.now_us,
	    .subjects = subjects,
	    .subjects_len = form->files_len + 1};
	return ledger_append(job, ledger, &draft, 1, ret);
}

/* Projecting */

err
ledger_project_frozen(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, slice content)
{
	struct ledger_frozen form;
	struct ledger_sql_value by = SQL_NULL;
	int64_t word;
	TRY(ledger_frozen_form_read(job, content, &form));
	if (item->statement.by.len > 0) {
		TRY(ledger_project_word(job, projector, item->statement.by, &word));
		by = SQL_I(word);
	}
	return ledger_project_do(
	    job, projector, FROZEN_PUT, SQL_WITH(SQL_I(item->index), SQL_T(content), SQL_I(item->statement.made_us), by));
}

/* Reading */

static err
frozen_take(struct job *job, sqlite3_stmt *stmt, struct ledger_frozen *one)
{
	slice form;
	TRY(ledger_sql_text(job, stmt, 1, &form));
	TRY(ledger_frozen_form_read(job, form, one));
	one->entry = (uint64_t)ledger_sql_int(stmt, 0);
	one->made_us = ledger_sql_int(stmt, 2);
	return ledger_sql_text(job, stmt, 3, &one->by);
}

err
ledger_frozens(struct job *job, struct ledger *ledger, struct ledger_moment at, struct ledger_frozen **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL, *count DEFER(ledger_sql_close_at) = NULL;
	size_t len = 0;
	bool row;
	TRY(ledger_sql_open(job, ledger_db(ledger), "SELECT count(*) FROM frozen", false, &count));
	TRY(ledger_sql_step(job, count, &row));
	size_t room = row ? (size_t)ledger_sql_int(count, 0) : 0;
	TRY(NEW(job, room + 1, ret));
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT f.idx, f.form, f.made, who.text FROM frozen AS f LEFT JOIN word AS who ON who.id = f.by WHERE f.idx < ?1 ORDER BY f.idx DESC", false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(at.size))));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row || len == room)
			break;
		TRY(frozen_take(job, stmt, &(*ret)[len++]));
	}
	*ret_len = len;
	return OK;
}

err
ledger_frozen(struct job *job, struct ledger *ledger, uint64_t entry, struct ledger_frozen *ret)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	bool row;
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT f.idx, f.form, f.made, who.text FROM frozen AS f LEFT JOIN word AS who ON who.id = f.by WHERE f.idx = ?1", false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(entry))));
	TRY(ledger_sql_step(job, stmt, &row));
	if (!row)
		return err_set(job, ERR_MISSING, "entry %llu is no report that was kept", (unsigned long long)entry);
	return frozen_take(job, stmt, ret);
}

err
ledger_frozen_file(struct job *job, struct ledger *ledger, const struct ledger_frozen *frozen, size_t which, slice *ret)
{
	struct ledger_entry entry;
	slice name;
	TRY(ledger_entry(job, ledger, frozen->entry, &entry));
	TRY(job_format(job, &name, FILE_SUBJECT "%zu", which + 1));
	for (size_t i = 0; i < entry.subjects_len; i++)
		if (slice_same(entry.subjects[i].name, name))
			return ledger_content(job, ledger, &entry.subjects[i].digest, ret);
	return err_set(job, ERR_STORE, "entry %llu has no subject %.*s", (unsigned long long)frozen->entry, SLICE(name));
}
