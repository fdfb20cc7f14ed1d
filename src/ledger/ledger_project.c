/*
 * Entries become rows of the view: words, entries, hosts, persons, readings, and through ledger_project_run.c the verdicts and findings of
 * runs. Deliberately does not: read back for people (ledger_read.c) or decide what is true: the same entries always give the same rows.
 */
#include "ledger/ledger_project.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/json.h"
#include "ledger/ledger_form.h"
#include "ledger/ledger_grant.h"
#include "ledger/ledger_frozen.h"
#include "ledger/ledger_ignore.h"
#include "ledger/ledger_record.h"

/*
 * Intervals are in entry indices: a row is true for sizes n with seq_from < n and (seq_to IS NULL or n <= seq_to), so a moment is a size. A
 * reading stands until the next one of its slot. Words (hosts, tables, checks, tokens) stand once and are cited by number. A round is which
 * names the entries of one kind and host cite, so that "the newest entry that asked this" is one seek. Instants of entries are kept as
 * differences: they are small.
 */
const char ledger_view_sql[] =
    "CREATE TABLE mark (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, root BLOB NOT NULL, erased INTEGER NOT NULL,"
    " keyed BLOB NOT NULL) STRICT;"
    "INSERT INTO mark VALUES (1, 0, x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 0, x'');"
    "CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE entry (idx INTEGER PRIMARY KEY, kind INTEGER NOT NULL, host INTEGER, by INTEGER, received INTEGER NOT NULL,"
    " made INTEGER NOT NULL, began INTEGER NOT NULL, ended INTEGER NOT NULL, round INTEGER) STRICT;" /* received - made, made - from, made -
													to */
    "CREATE INDEX entry_round ON entry (round, idx) WHERE round IS NOT NULL;"
    "CREATE TABLE round (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, host INTEGER NOT NULL, names BLOB NOT NULL, UNIQUE (host, kind, "
    "names)) STRICT;"
    "CREATE TABLE round_name (name INTEGER NOT NULL, round INTEGER NOT NULL, PRIMARY KEY (name, round)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE slot (id INTEGER PRIMARY KEY, host INTEGER NOT NULL, name INTEGER NOT NULL, UNIQUE (host, name)) STRICT;"
    "CREATE TABLE reading (slot INTEGER NOT NULL, seq_from INTEGER NOT NULL, digest BLOB NOT NULL, state INTEGER NOT NULL, reason TEXT NOT "
    "NULL,"
    " rows INTEGER NOT NULL, PRIMARY KEY (slot, seq_from)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE host (id INTEGER NOT NULL, seq_from INTEGER NOT NULL, seq_to INTEGER, state INTEGER NOT NULL, name TEXT NOT NULL,"
    " fingerprint TEXT NOT NULL, first_seen INTEGER NOT NULL, PRIMARY KEY (id, seq_from)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE own (key BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;"
    "CREATE TABLE pending (idx INTEGER PRIMARY KEY, statement BLOB NOT NULL, before INTEGER NOT NULL, received INTEGER NOT NULL) STRICT;"
    "CREATE TABLE person (token TEXT PRIMARY KEY, idx INTEGER NOT NULL, digest BLOB NOT NULL, who BLOB) STRICT, WITHOUT ROWID;"
    "CREATE INDEX person_who ON person (who) WHERE who IS NOT NULL;"
    "CREATE TABLE attestation (idx INTEGER PRIMARY KEY, part INTEGER NOT NULL, says TEXT NOT NULL, by INTEGER, made INTEGER NOT NULL,"
    " until INTEGER NOT NULL, file BLOB, file_name TEXT NOT NULL) STRICT;"
    "CREATE INDEX attestation_part ON attestation (part, idx);"
    "CREATE TABLE content_set (idx INTEGER PRIMARY KEY, digest BLOB NOT NULL) STRICT;"
    "CREATE TABLE run (idx INTEGER PRIMARY KEY, host INTEGER NOT NULL, at INTEGER NOT NULL, content BLOB NOT NULL, passed INTEGER NOT NULL,"
    " failed INTEGER NOT NULL, not_applicable INTEGER NOT NULL, could_not_look INTEGER NOT NULL, found INTEGER NOT NULL, gone INTEGER NOT "
    "NULL,"
    " open INTEGER NOT NULL) STRICT;"
    "CREATE TABLE verdict (host INTEGER NOT NULL, chk INTEGER NOT NULL, seq_from INTEGER NOT NULL, seq_to INTEGER, verdict INTEGER NOT "
    "NULL,"
    " reason TEXT NOT NULL, since INTEGER NOT NULL, fresh INTEGER NOT NULL, PRIMARY KEY (host, chk, seq_from)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX verdict_now ON verdict (host, chk) WHERE seq_to IS NULL;"
    "CREATE TABLE finding (id TEXT NOT NULL, seq_from INTEGER NOT NULL, seq_to INTEGER, ending INTEGER NOT NULL, chk INTEGER NOT NULL,"
    " host INTEGER NOT NULL, severity TEXT NOT NULL, says TEXT NOT NULL, key TEXT NOT NULL, row TEXT NOT NULL, found INTEGER NOT NULL,"
    " first_seen INTEGER NOT NULL, ended INTEGER, PRIMARY KEY (id, seq_from)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX finding_now ON finding (host, chk, id) WHERE seq_to IS NULL;"
    "CREATE TABLE record (id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, register INTEGER NOT NULL, number INTEGER NOT NULL,"
    " version INTEGER NOT NULL, seq INTEGER NOT NULL, status TEXT NOT NULL, fields TEXT NOT NULL, deadlines TEXT NOT NULL, made INTEGER NOT NULL,"
    " made_by INTEGER, changed INTEGER NOT NULL, changed_by INTEGER, status_since INTEGER NOT NULL, UNIQUE (register, number)) STRICT;"
    "CREATE INDEX record_seq ON record (seq);"
    "CREATE TABLE record_change (record INTEGER NOT NULL, version INTEGER NOT NULL, seq INTEGER NOT NULL, status TEXT NOT NULL,"
    " change TEXT NOT NULL, reason TEXT NOT NULL, note TEXT NOT NULL, sets TEXT NOT NULL, deadlines TEXT NOT NULL, at INTEGER NOT NULL,"
    " made INTEGER NOT NULL, by INTEGER, digest BLOB NOT NULL, PRIMARY KEY (record, version)) STRICT, WITHOUT ROWID;"
    /* Changes whose contents are gone: who made them, and when a record that began with one began. */
    "CREATE TABLE record_gone (uid TEXT NOT NULL, seq INTEGER NOT NULL, made INTEGER NOT NULL, by INTEGER, PRIMARY KEY (uid, seq)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX entry_by ON entry (by, idx) WHERE by IS NOT NULL;"
    "CREATE TABLE access_grant (idx INTEGER PRIMARY KEY, person INTEGER NOT NULL, role TEXT NOT NULL, scope INTEGER NOT NULL, unit TEXT NOT NULL,"
    " service INTEGER NOT NULL, until INTEGER NOT NULL, why TEXT NOT NULL, made INTEGER NOT NULL, by INTEGER) STRICT;"
    "CREATE INDEX access_grant_person ON access_grant (person, idx);"
    "CREATE TABLE access_revoke (of INTEGER NOT NULL, idx INTEGER NOT NULL, why TEXT NOT NULL, made INTEGER NOT NULL, by INTEGER,"
    " PRIMARY KEY (of, idx)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE access_event (idx INTEGER NOT NULL, n INTEGER NOT NULL, act INTEGER NOT NULL, person INTEGER, register TEXT NOT NULL,"
    " number INTEGER NOT NULL, words TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (idx, n)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE ignore (idx INTEGER NOT NULL, n INTEGER NOT NULL, register INTEGER NOT NULL, key TEXT NOT NULL, until INTEGER NOT NULL,"
    " why TEXT NOT NULL, made INTEGER NOT NULL, by INTEGER, PRIMARY KEY (idx, n)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE frozen (idx INTEGER PRIMARY KEY, form TEXT NOT NULL, made INTEGER NOT NULL, by INTEGER) STRICT;"
    "CREATE INDEX ignore_key ON ignore (register, key);"
    "CREATE TABLE rewrap (idx INTEGER PRIMARY KEY) STRICT;"
    "CREATE TABLE kept (digest BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;" /* what the ledger itself rests on: never erased */
    "CREATE TABLE erased (digest BLOB PRIMARY KEY, entry INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE missing (digest BLOB PRIMARY KEY, entry INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

static const char *const statements[PROJECT_SQL] = {
    [WORD_FIND] = "SELECT id FROM word WHERE text = ?1",
    [WORD_PUT] = "INSERT INTO word (text) VALUES (?1)",
    [ENTRY_PUT] = "INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [ROUND_FIND] = "SELECT id FROM round WHERE host = ?1 AND kind = ?2 AND names = ?3",
    [ROUND_PUT] = "INSERT INTO round (host, kind, names) VALUES (?1, ?2, ?3)",
    [ROUND_NAME_PUT] = "INSERT OR IGNORE INTO round_name VALUES (?1, ?2)",
    [SLOT_FIND] = "SELECT id FROM slot WHERE host = ?1 AND name = ?2",
    [SLOT_PUT] = "INSERT INTO slot (host, name) VALUES (?1, ?2)",
    [READING_NOW] = "SELECT digest FROM reading WHERE slot = ?1 ORDER BY seq_from DESC LIMIT 1",
    [READING_PUT] = "INSERT INTO reading VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [READING_ERASE] = "UPDATE reading SET state = 2, reason = '', rows = 0 WHERE digest IN (SELECT digest FROM erased WHERE entry = ?1)",
    [HOST_FIRST] = "SELECT first_seen, name, fingerprint FROM host WHERE id = ?1 ORDER BY seq_from DESC LIMIT 1",
    [HOST_END] = "UPDATE host SET seq_to = ?2 WHERE id = ?1 AND seq_to IS NULL",
    [HOST_PUT] = "INSERT INTO host VALUES (?1, ?2, NULL, ?3, ?4, ?5, ?6)",
    [OWN_PUT] = "INSERT OR IGNORE INTO own VALUES (?1)",
    [OWN_FIND] = "SELECT 1 FROM own WHERE key = ?1",
    [PENDING_PUT] = "INSERT INTO pending VALUES (?1, ?2, ?3, ?4)",
    [PENDING_TAKE] = "SELECT before, received, idx FROM pending WHERE statement = ?1",
    [PENDING_DROP] = "DELETE FROM pending WHERE idx = ?1",
    [PENDING_ANY] = "SELECT idx FROM pending WHERE idx < ?1 LIMIT 1",
    [PERSON_PUT] = "INSERT OR REPLACE INTO person VALUES (?1, ?2, ?3, ?4)",
    [PERSON_ERASE] = "UPDATE person SET who = NULL WHERE digest = ?1",
    [ATTESTATION_PUT] = "INSERT INTO attestation VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [CONTENT_SET_PUT] = "INSERT INTO content_set VALUES (?1, ?2)",
    [RUN_PUT] = "INSERT INTO run SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, count(*) FROM finding WHERE host = ?2 AND seq_to IS NULL",
    [VERDICT_NOW] = "SELECT verdict, reason, since FROM verdict WHERE host = ?1 AND chk = ?2 AND seq_to IS NULL",
    [VERDICT_END] = "UPDATE verdict SET seq_to = ?3 WHERE host = ?1 AND chk = ?2 AND seq_to IS NULL",
    [VERDICT_PUT] = "INSERT INTO verdict VALUES (?1, ?2, ?3, NULL, ?4, ?5, ?6, ?7)",
    [VERDICT_ALL] = "SELECT chk FROM verdict WHERE host = ?1 AND seq_to IS NULL",
    [VERDICT_END_ALL] = "UPDATE verdict SET seq_to = ?2 WHERE host = ?1 AND seq_to IS NULL",
    [FINDING_NOW] = "SELECT first_seen, found FROM finding WHERE id = ?1 AND host = ?2 AND seq_to IS NULL ORDER BY seq_from DESC LIMIT 1",
    [FINDING_END] = "UPDATE finding SET seq_to = ?2, ending = ?3, ended = ?4 WHERE id = ?1 AND host = ?5 AND seq_to IS NULL",
    [FINDING_PUT] = "INSERT INTO finding VALUES (?1, ?2, NULL, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, NULL)",
    [FINDING_RETIRE] = "UPDATE finding SET seq_to = ?2, ending = 2, ended = ?3 WHERE host = ?1 AND seq_to IS NULL",
    [RECORD_FIND] = "SELECT id FROM record WHERE uid = ?1",
    [RECORD_PUT] = ("INSERT INTO record (uid, register, number, version, seq, status, fields, deadlines, made, made_by, changed, changed_by,"
		    " status_since) SELECT ?1, ?2, ?3, ?4, ?5, ?6, json_patch('{}', ?7), json_patch('{}', ?8), iif(gone.seq IS NULL, ?9, gone.made),"
		    " iif(gone.seq IS NULL, ?10, gone.by), ?9, ?10, ?9 FROM (SELECT 1) LEFT JOIN record_gone AS gone ON gone.uid = ?1 ORDER BY gone.seq LIMIT 1"),
    [RECORD_GONE] = "INSERT OR IGNORE INTO record_gone VALUES (?1, ?2, ?3, ?4)",
    [RECORD_PATCH] = "UPDATE record SET version = ?2, seq = ?3, status_since = iif(status = ?4, status_since, ?7), status = ?4,"
		     " fields = json_patch(fields, ?5), deadlines = json_patch(deadlines, ?6), changed = ?7, changed_by = ?8 WHERE id = ?1",
    [CHANGE_PUT] = "INSERT OR REPLACE INTO record_change VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    [GRANT_PUT] = "INSERT INTO access_grant VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [REVOKE_PUT] = "INSERT INTO access_revoke VALUES (?1, ?2, ?3, ?4, ?5)",
    [ACCESS_EVENT_PUT] = "INSERT INTO access_event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [IGNORE_PUT] = "INSERT INTO ignore VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [FROZEN_PUT] = "INSERT INTO frozen VALUES (?1, ?2, ?3, ?4)",
    [REWRAP_PUT] = "INSERT INTO rewrap VALUES (?1)",
    [KEPT_PUT] = "INSERT OR IGNORE INTO kept VALUES (?1)",
    [ERASED_PUT] = "INSERT OR IGNORE INTO erased VALUES (?1, ?2)",
    [MISSING_PUT] = "INSERT OR IGNORE INTO missing SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM erased WHERE digest = ?1)",
    [MISSING_DROP] = "DELETE FROM missing WHERE digest = ?1",
};

/* Statements */

err
ledger_project_stmt(struct job *job, struct ledger_projector *projector, enum project_sql which, sqlite3_stmt **ret)
{
	if (projector->stmt[which] == NULL)
		TRY(ledger_sql_open(job, projector->db, statements[which], true, &projector->stmt[which]));
	*ret = projector->stmt[which];
	return OK;
}

err
ledger_project_do(
    struct job *job, struct ledger_projector *projector, enum project_sql which, const struct ledger_sql_value *values, size_t len)
{
	sqlite3_stmt *stmt;
	TRY(ledger_project_stmt(job, projector, which, &stmt));
	return ledger_sql_do(job, stmt, values, len);
}

err
ledger_project_ask(struct job *job, struct ledger_projector *projector, enum project_sql which, const struct ledger_sql_value *values,
    size_t len, sqlite3_stmt **ret, bool *ret_row)
{
	TRY(ledger_project_stmt(job, projector, which, ret));
	TRY(ledger_sql_bind(job, *ret, values, len));
	return ledger_sql_step(job, *ret, ret_row);
}

/* A number found by ${find}, or made by ${put} with the same values. */
static err
number_of(struct job *job, struct ledger_projector *projector, enum project_sql find, enum project_sql put,
    const struct ledger_sql_value *values, size_t len, bool *ret_made, int64_t *ret)
{
	sqlite3_stmt *stmt;
	bool row;
	TRY(ledger_project_ask(job, projector, find, values, len, &stmt, &row));
	if (row) {
		*ret = ledger_sql_int(stmt, 0);
		(void)sqlite3_reset(stmt);
	} else {
		TRY(ledger_project_do(job, projector, put, values, len));
		*ret = sqlite3_last_insert_rowid(projector->db);
	}
	*ret_made = !row;
	return OK;
}

err
ledger_projector_open(struct job *job, struct ledger *ledger, sqlite3 *db, struct ledger_projector **ret)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	bool row;
	struct arena *arena = arena_open("projector", 4 * MIB);
	struct ledger_projector *projector = arena != NULL ? arena_take(arena, sizeof *projector) : NULL;
	if (projector == NULL) {
		arena_close(arena);
		return err_set(job, ERR_LIMIT, "the system has no memory to project entries");
	}
	projector->arena = arena;
	projector->ledger = ledger;
	projector->db = db;
	err got = ledger_sql_open(job, db, "SELECT idx, received FROM entry ORDER BY idx DESC LIMIT 1", false, &stmt);
	if (got.code == ERR_NONE)
		got = ledger_sql_step(job, stmt, &row);
	if (got.code != ERR_NONE) {
		ledger_projector_close(projector);
		return got;
	}
	projector->next = row ? (uint64_t)ledger_sql_int(stmt, 0) + 1 : 0;
	projector->received_us = row ? ledger_sql_int(stmt, 1) : INT64_MIN;
	*ret = projector;
	return OK;
}

void
ledger_projector_close(struct ledger_projector *projector)
{
	if (projector == NULL)
		return;
	for (unsigned i = 0; i < PROJECT_SQL; i++)
		ledger_sql_close(projector->stmt[i]);
	arena_close(projector->arena);
}

/* Words */

static struct project_word *
word_place(struct ledger_projector *projector, slice text)
{
	uint32_t hash = 2166136261u; /* FNV-1a: only speed hangs on it */
	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.at[i]) * 16777619u;
	return &projector->words[hash % PROJECT_WORDS];
}

err
ledger_project_word(struct job *job, struct ledger_projector *projector, slice text, int64_t *ret)
{
	struct project_word *place = word_place(projector, text);
	bool made;
	if (place->id != 0 && slice_same((slice){place->text, place->len}, text)) {
		*ret = place->id;
		return OK;
	}
	TRY(number_of(job, projector, WORD_FIND, WORD_PUT, SQL_WITH(SQL_T(text)), &made, ret));
	if (text.len <= sizeof place->text) {
		memcpy(place->text, text.at, text.len);
		place->len = text.len;
		place->id = *ret;
	}
	return OK;
}

static err
word_or_null(struct job *job, struct ledger_projector *projector, slice text, struct ledger_sql_value *ret)
{
	int64_t id;
	*ret = SQL_NULL;
	if (text.len == 0)
		return OK;
	TRY(ledger_project_word(job, projector, text, &id));
	*ret = SQL_I(id);
	return OK;
}

/* Contents */

static const struct ledger_subject *
subject_find(const struct ledger_item *item, slice name, bool starts)
{
	for (size_t i = 0; i < item->statement.subjects_len; i++) {
		const struct ledger_subject *subject = &item->statement.subjects[i];
		if (starts ? slice_starts(subject->name, name) : slice_same(subject->name, name))
			return subject;
	}
	return NULL;
}

/* A subject's content, at hand or from the store. Not there: remembered as missing until an erasure entry explains it. */
static err
content_open(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, const struct ledger_subject *subject,
    bool *ret_there, slice *ret)
{
	struct store_content sealed;
	*ret_there = true;
	if (!subject->known) {
		*ret = subject->content;
		return OK;
	}
	err got = store_content_get(job, projector->ledger->store, &subject->digest, &sealed);
	if (got.code == ERR_MISSING) {
		*ret_there = false;
		return ledger_project_do(job, projector, MISSING_PUT, SQL_WITH(SQL_D(&subject->digest), SQL_I(item->index)));
	}
	TRY(got);
	got = ledger_content_open(job, projector->ledger->root_key, &sealed, ret, NULL);
	return got.code == ERR_NONE
		   ? OK
		   : err_prefix(job, got, "entry %llu, subject \"%.*s\"", (unsigned long long)item->index, SLICE(subject->name));
}

/* What a form's reader refuses was not written by us, or not by this version: damage, not input. */
static err
form_wrong(struct job *job, const struct ledger_item *item, err was)
{
	if (was.code != ERR_INPUT && was.code != ERR_LIMIT)
		return was;
	(void)err_prefix(job, was, "entry %llu", (unsigned long long)item->index);
	return (err){ERR_STORE};
}

static err
need_content(
    struct job *job, struct ledger_projector *projector, const struct ledger_item *item, const char *name, bool *ret_there, slice *ret)
{
	const struct ledger_subject *subject = subject_find(item, slice_of(name), false);
	if (subject == NULL)
		return err_set(job, ERR_STORE, "entry %llu: an entry of kind %s must have a subject \"%s\", found none",
		    (unsigned long long)item->index, ledger_kind_words[item->statement.kind], name);
	return content_open(job, projector, item, subject, ret_there, ret);
}

/* Readings */

struct header {
	enum reading_state state;
	slice reason;
	uint64_t rows;
};

/* The first line of what rows_write() gives. Content of another form is no table we can read; that is said, not refused: the entry stands.
 */
static struct header
header_of(struct job *job, slice content)
{
	struct header header = {.state = READING_COULD_NOT_LOOK, .reason = S("its content is not a table of facts")};
	slice rest = content, line, state = {0}, reason = {0};
	const json_t *object;
	char said[sizeof job->why];
	memcpy(said, job->why, sizeof said);
	bool good = slice_cut(&rest, '\n', &line) && line.len <= 64 * KIB && json_read(job, "table", line, &object).code == ERR_NONE &&
		    json_need_text(job, "table", object, "state", &state).code == ERR_NONE &&
		    json_maybe_text(job, "table", object, "reason", &reason).code == ERR_NONE;
	memcpy(job->why, said, sizeof said);
	for (unsigned i = 0; good && reading_words[i] != NULL; i++)
		if (slice_same(state, slice_of(reading_words[i])))
			header = (struct header){.state = (enum reading_state)i, .reason = reason};
	for (const char *at = rest.at, *end = rest.at + rest.len; good && at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL;
	     at++)
		header.rows++;
	return header;
}

static err
reading_project(
    struct job *job, struct ledger_projector *projector, const struct ledger_item *item, int64_t host, const struct ledger_subject *subject)
{
	int64_t name, slot;
	struct header header = {.state = READING_COULD_NOT_LOOK, .reason = S("")};
	struct digest now;
	sqlite3_stmt *stmt;
	slice content;
	bool made, row = false, there;
	TRY(ledger_project_word(job, projector, subject->name, &name));
	TRY(number_of(job, projector, SLOT_FIND, SLOT_PUT, SQL_WITH(SQL_I(host), SQL_I(name)), &made, &slot));
	if (!made)
		TRY(ledger_project_ask(job, projector, READING_NOW, SQL_WITH(SQL_I(slot)), &stmt, &row));
	if (row) {
		TRY(ledger_sql_digest(job, stmt, 0, &now));
		(void)sqlite3_reset(stmt);
		if (digest_same(&now, &subject->digest))
			return OK;
	}
	TRY(content_open(job, projector, item, subject, &there, &content));
	if (there)
		header = header_of(job, content);
	return ledger_project_do(job, projector, READING_PUT,
	    SQL_WITH(
		SQL_I(slot), SQL_I(item->index), SQL_D(&subject->digest), SQL_I(header.state), SQL_T(header.reason), SQL_I(header.rows)));
}

err
ledger_project_round(struct job *job, struct ledger_projector *projector, enum ledger_kind kind, int64_t host, const int64_t *names,
    size_t len, int64_t *ret)
{
	bool made;
	struct digest digest = code_sha256(slice_bytes(names, len * sizeof *names));
	TRY(number_of(job, projector, ROUND_FIND, ROUND_PUT, SQL_WITH(SQL_I(host), SQL_I(kind), SQL_D(&digest)), &made, ret));
	for (size_t i = 0; made && i < len; i++)
		TRY(ledger_project_do(job, projector, ROUND_NAME_PUT, SQL_WITH(SQL_I(names[i]), SQL_I(*ret))));
	return OK;
}

static err
evidence_project(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, int64_t *ret_round)
{
	int64_t host, *names;
	size_t len = item->statement.subjects_len;
	TRY(ledger_project_word(job, projector, item->statement.host, &host));
	TRY(NEW(job, len, &names));
	for (size_t i = 0; i < len; i++) {
		struct arena_mark mark = arena_mark(job->arena);
		TRY(ledger_project_word(job, projector, item->statement.subjects[i].name, &names[i]));
		TRY(reading_project(job, projector, item, host, &item->statement.subjects[i]));
		arena_rewind(job->arena, mark);
	}
	return ledger_project_round(job, projector, LEDGER_EVIDENCE, host, names, len, ret_round);
}

/* Hosts */

static err
host_put(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, const struct ledger_host_form *form)
{
	int64_t id, first_us = item->received_us;
	sqlite3_stmt *stmt;
	slice id_text, name = form->name, fingerprint = form->fingerprint;
	bool row;
	TRY(ledger_host_id_of(job, &form->key, &id_text));
	TRY(ledger_project_word(job, projector, id_text, &id));
	TRY(ledger_project_ask(job, projector, HOST_FIRST, SQL_WITH(SQL_I(id)), &stmt, &row));
	if (row) {
		first_us = ledger_sql_int(stmt, 0);
		if (form->act == LEDGER_HOST_ACT_RETIRE)
			TRY(ledger_sql_text(job, stmt, 1, &name));
		(void)sqlite3_reset(stmt);
	}
	TRY(ledger_project_do(job, projector, HOST_END, SQL_WITH(SQL_I(id), SQL_I(item->index))));
	bool retired = form->act == LEDGER_HOST_ACT_RETIRE;
	if (retired) {
		TRY(ledger_project_do(
		    job, projector, FINDING_RETIRE, SQL_WITH(SQL_I(id), SQL_I(item->index), SQL_I(item->statement.made_us))));
		TRY(ledger_project_do(job, projector, VERDICT_END_ALL, SQL_WITH(SQL_I(id), SQL_I(item->index))));
	}
	return ledger_project_do(job, projector, HOST_PUT,
	    SQL_WITH(SQL_I(id), SQL_I(item->index), SQL_I(retired ? LEDGER_HOST_RETIRED : LEDGER_HOST_ACCEPTED), SQL_T(name),
		SQL_T(fingerprint), SQL_I(first_us)));
}

static err
host_project(struct job *job, struct ledger_projector *projector, const struct ledger_item *item)
{
	struct ledger_host_form form;
	slice content;
	bool there;
	/* The first entry says whose keys are the ledger's own; their received times need no receipt. */
	if (item->index == 0) {
		TRY(need_content(job, projector, item, "server", &there, &content));
		if (there) {
			TRY(form_wrong(job, item, ledger_host_form_read(job, content, &form)));
			TRY(ledger_project_do(job, projector, OWN_PUT, SQL_WITH(SQL_D(&form.key))));
		}
	}
	TRY(need_content(job, projector, item, "host", &there, &content));
	if (!there)
		return OK;
	TRY(form_wrong(job, item, ledger_host_form_read(job, content, &form)));
	if (item->index == 0)
		TRY(ledger_project_do(job, projector, OWN_PUT, SQL_WITH(SQL_D(&form.key))));
	return host_put(job, projector, item, &form);
}

/* Persons, decisions, content sets, erasures */

err
ledger_person_who(struct job *job, const struct ledger *ledger, slice host, slice name, struct digest *ret)
{
	slice text;
	TRY(job_format(job, &text, "%.*s%c%.*s", SLICE(host), '\n', SLICE(name)));
	if (crypto_generichash(
		ret->byte, sizeof ret->byte, (const unsigned char *)text.at, text.len, ledger->person_key, sizeof ledger->person_key) != 0)
		return err_set(job, ERR_BUG, "libsodium could not compute a keyed hash");
	return OK;
}

static err
records_project(struct job *job, struct ledger_projector *projector, const struct ledger_item *item)
{
	for (size_t i = 0; i < item->statement.subjects_len; i++) {
		const struct ledger_subject *subject = &item->statement.subjects[i];
		struct arena_mark mark = arena_mark(job->arena);
		slice content;
		bool there;
		if (!slice_starts(subject->name, S(LEDGER_RECORD_SUBJECT)))
			continue;
		TRY(content_open(job, projector, item, subject, &there, &content));
		if (there)
			TRY(form_wrong(job, item, ledger_project_record(job, projector, item, subject, content)));
		else
			TRY(ledger_project_record_gone(job, projector, item, subject));
		arena_rewind(job->arena, mark);
	}
	return OK;
}

static err
change_project(struct job *job, struct ledger_projector *projector, const struct ledger_item *item)
{
	struct ledger_person_form form;
	struct digest who;
	slice content;
	bool there;
	const struct ledger_subject *subject = subject_find(item, S(LEDGER_PERSON_SUBJECT), true);
	if (subject_find(item, S(LEDGER_REWRAP_SUBJECT), false) != NULL)
		return ledger_project_do(job, projector, REWRAP_PUT, SQL_WITH(SQL_I(item->index)));
	if (subject == NULL)
		return records_project(job, projector, item);
	slice token = slice_from(subject->name, sizeof LEDGER_PERSON_SUBJECT - 1);
	TRY(content_open(job, projector, item, subject, &there, &content));
	if (!there)
		return ledger_project_do(
		    job, projector, PERSON_PUT, SQL_WITH(SQL_T(token), SQL_I(item->index), SQL_D(&subject->digest), SQL_NULL));
	TRY(form_wrong(job, item, ledger_person_form_read(job, content, &form)));
	TRY(ledger_person_who(job, projector->ledger, form.host, form.name, &who));
	return ledger_project_do(
	    job, projector, PERSON_PUT, SQL_WITH(SQL_T(token), SQL_I(item->index), SQL_D(&subject->digest), SQL_D(&who)));
}

static err
attestation_project(struct job *job, struct ledger_projector *projector, const struct ledger_item *item)
{
	struct ledger_attest_form form;
	struct ledger_sql_value by, file = SQL_NULL;
	int64_t part;
	slice content;
	bool there;
	const struct ledger_subject *subject = subject_find(item, S("attestation"), false),
				    *attached = subject_find(item, S("file"), false);
	if (subject == NULL)
		return OK;
	TRY(content_open(job, projector, item, subject, &there, &content));
	if (!there)
		return OK;
	TRY(form_wrong(job, item, ledger_attest_form_read(job, content, &form)));
	TRY(ledger_project_word(job, projector, form.part, &part));
	TRY(word_or_null(job, projector, item->statement.by, &by));
	if (attached != NULL)
		file = SQL_D(&attached->digest);
	return ledger_project_do(job, projector, ATTESTATION_PUT,
	    SQL_WITH(SQL_I(item->index), SQL_I(part), SQL_T(form.says), by, SQL_I(item->statement.made_us), SQL_I(form.until_us), file,
		SQL_T(form.file_name)));
}

static err
decision_project(struct job *job, struct ledger_projector *projector, const struct ledger_item *item)
{
	const struct ledger_subject *subject = subject_find(item, S(LEDGER_IGNORE_SUBJECT), false),
				    *frozen = subject_find(item, S(LEDGER_FROZEN_SUBJECT), false);
	slice content;
	bool there;
	if (frozen != NULL) {
		TRY(content_open(job, projector, item, frozen, &there, &content));
		return there ? form_wrong(job, item, ledger_project_frozen(job, projector, item, content)) : OK;
	}
	if (subject == NULL)
		return attestation_project(job, projector, item);
	TRY(content_open(job, projector, item, subject, &there, &content));
	return there ? form_wrong(job, item, ledger_project_ignore(job, projector, item, content)) : OK;
}

static err
grant_project(struct job *job, struct ledger_projector *projector, const struct ledger_item *item)
{
	slice content;
	bool there;
	TRY(need_content(job, projector, item, LEDGER_GRANT_SUBJECT, &there, &content));
	return there ? form_wrong(job, item, ledger_project_grant(job, projector, item, content)) : OK;
}

static err
content_set_project(struct job *job, struct ledger_projector *projector, const struct ledger_item *item)
{
	struct digest set;
	slice content;
	bool there;
	TRY(need_content(job, projector, item, "set", &there, &content));
	if (!there)
		return OK;
	TRY(form_wrong(job, item, ledger_set_form_read(job, content, &set)));
	return ledger_project_do(job, projector, CONTENT_SET_PUT, SQL_WITH(SQL_I(item->index), SQL_D(&set)));
}

static err
erasure_project(struct job *job, struct ledger_projector *projector, const struct ledger_item *item)
{
	struct digest *contents;
	size_t len;
	slice content, why;
	bool there;
	TRY(need_content(job, projector, item, "erasure", &there, &content));
	if (!there)
		return OK;
	TRY(form_wrong(job, item, ledger_erasure_form_read(job, content, &contents, &len, &why)));
	bool whole = false;
	for (size_t i = 0; i < len; i++) {
		TRY(ledger_project_do(job, projector, ERASED_PUT, SQL_WITH(SQL_D(&contents[i]), SQL_I(item->index))));
		TRY(ledger_project_do(job, projector, MISSING_DROP, SQL_WITH(SQL_D(&contents[i]))));
		whole |= sqlite3_changes(projector->db) == 0;
		TRY(ledger_project_do(job, projector, PERSON_ERASE, SQL_WITH(SQL_D(&contents[i]))));
	}
	/* What was missing when it was projected left nothing to purge; an index on digests would cost every start more than this scan
	 * costs an erasure. */
	if (whole)
		TRY(ledger_project_do(job, projector, READING_ERASE, SQL_WITH(SQL_I(item->index))));
	return OK;
}

static err
run_project(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, int64_t *ret_round)
{
	struct ledger_run_form form;
	slice content;
	bool there;
	TRY(need_content(job, projector, item, "run", &there, &content));
	if (!there)
		return OK;
	TRY(form_wrong(job, item, ledger_run_form_read(job, content, &form)));
	return ledger_project_run(job, projector, item, &form, ret_round);
}

static err
receipt_project(struct job *job, struct ledger_projector *projector, const struct ledger_item *item)
{
	slice content;
	bool there;
	TRY(need_content(job, projector, item, "receipt", &there, &content));
	return there ? form_wrong(job, item, ledger_project_receipt(job, projector, item, content)) : OK;
}

/* All */

static err
kept_project(struct job *job, struct ledger_projector *projector, const struct ledger_item *item)
{
	enum ledger_kind kind = item->statement.kind;
	if (kind != LEDGER_HOST && kind != LEDGER_ERASURE && kind != LEDGER_RECEIPT && kind != LEDGER_ADOPT && kind != LEDGER_GRANT)
		return OK;
	for (size_t i = 0; i < item->statement.subjects_len; i++)
		TRY(ledger_project_do(job, projector, KEPT_PUT, SQL_WITH(SQL_D(&item->statement.subjects[i].digest))));
	return OK;
}

static err
kind_project(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, int64_t *ret_round)
{
	switch (item->statement.kind) {
	case LEDGER_EVIDENCE:
		return evidence_project(job, projector, item, ret_round);
	case LEDGER_RUN:
		return run_project(job, projector, item, ret_round);
	case LEDGER_DECISION:
		return decision_project(job, projector, item);
	case LEDGER_CHANGE:
		return change_project(job, projector, item);
	case LEDGER_CONTENT:
		return content_set_project(job, projector, item);
	case LEDGER_HOST:
		return host_project(job, projector, item);
	case LEDGER_ERASURE:
		return erasure_project(job, projector, item);
	case LEDGER_RECEIPT:
		return receipt_project(job, projector, item);
	case LEDGER_GRANT:
		return grant_project(job, projector, item);
	case LEDGER_ADOPT:
		break;
	}
	return OK;
}

err
ledger_project(struct job *job, struct ledger_projector *projector, const struct ledger_item *item)
{
	const struct ledger_statement *s = &item->statement;
	struct ledger_sql_value host, by;
	int64_t round = 0, before_us = projector->received_us;
	projector->next = item->index + 1;
	projector->received_us = item->received_us;
	err got = kind_project(job, projector, item, &round);
	TRY(word_or_null(job, projector, s->host, &host));
	TRY(word_or_null(job, projector, s->by, &by));
	TRY(ledger_project_do(job, projector, ENTRY_PUT,
	    SQL_WITH(SQL_I(item->index), SQL_I(s->kind), host, by, SQL_I(item->received_us), SQL_I(item->received_us - s->made_us),
		SQL_I(s->made_us - s->from_us), SQL_I(s->made_us - s->to_us), round != 0 ? SQL_I(round) : SQL_NULL)));
	TRY(kept_project(job, projector, item));
	TRY(got);
	return ledger_project_received(job, projector, item, before_us);
}
