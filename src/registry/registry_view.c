/*
 * The tables of registers in the view: projected from the ledger's records and the definitions in use.
 * Deliberately holds nothing that could not be made again, and no person's name.
 */
#include "registry/registry_view.h"

#include <string.h>

#include "ledger/ledger_sql.h"
#include "registry/registry_migrate.h"

#define SCHEMA_VERSION 3
#define MAX_KEYS 100000

static const char shared_sql[] =
    "CREATE TABLE rt_mark (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;"
    "CREATE TABLE rt_access (id INTEGER PRIMARY KEY, register TEXT NOT NULL, service INTEGER NOT NULL, rank INTEGER NOT NULL,"
    " UNIQUE (register, service, rank)) STRICT;"
    "CREATE TABLE rt_record (id INTEGER PRIMARY KEY, register TEXT NOT NULL, number INTEGER NOT NULL, access INTEGER NOT NULL, label TEXT NOT NULL,"
    " status TEXT NOT NULL, changed INTEGER NOT NULL, ended INTEGER, due INTEGER, due_by TEXT NOT NULL, uid TEXT NOT NULL, UNIQUE (register, number)) STRICT;"
    "CREATE TABLE rt_link (record INTEGER NOT NULL, field TEXT NOT NULL, to_register TEXT NOT NULL, to_number INTEGER NOT NULL,"
    " PRIMARY KEY (record, field, to_register, to_number)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX rt_link_back ON rt_link (to_register, to_number);"
    "CREATE TABLE rt_deadline (record INTEGER NOT NULL, rule TEXT NOT NULL, run INTEGER NOT NULL, started INTEGER NOT NULL, due INTEGER NOT NULL,"
    " paused INTEGER NOT NULL, stopped INTEGER, PRIMARY KEY (record, rule, run)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX rt_deadline_due ON rt_deadline (due) WHERE stopped IS NULL;"
    "CREATE TABLE rt_orphan (record INTEGER NOT NULL, register TEXT NOT NULL, number INTEGER NOT NULL, what TEXT NOT NULL, name TEXT NOT NULL,"
    " PRIMARY KEY (record, what, name)) STRICT, WITHOUT ROWID;"
    "CREATE VIRTUAL TABLE rt_search USING fts5(label, body, access, tokenize = \"unicode61 remove_diacritics 2\");";

struct viewing {
	const struct registry *registry;
	sqlite3 *db;
	const struct registry_register *def; /* whose statement ${put} is */
	sqlite3_stmt *put, *access, *access_put, *record, *link, *deadline, *search, *orphan, *unlink, *undeadline, *unsearch, *unorphan;
};

/* Definitions in use, and the form of these tables. */
static struct digest
definitions_digest(const struct registry *registry)
{
	struct digest digest = code_sha256_pair(S("registers"), slice_bytes("\1\1\1\1", SCHEMA_VERSION));
	for (size_t i = 0; i < registry->content->len; i++) {
		const struct content_file *file = &registry->content->files[i];
		if (slice_starts(slice_of(file->path), S("register/")))
			digest = code_sha256_pair(slice_bytes(digest.byte, 32), slice_bytes(file->digest.byte, 32));
	}
	for (size_t i = 0; i < registry->registers.len; i++) { /* which of them are in use: one that is wrong is left out */
		struct digest id = code_sha256(registry->registers.at[i].id);
		digest = code_sha256_pair(slice_bytes(digest.byte, 32), slice_bytes(id.byte, 32));
	}
	return digest;
}

/* Making the tables */

static err
drop_all(struct job *job, sqlite3 *db)
{
	for (;;) {
		sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
		slice name, sql;
		bool row;
		TRY(ledger_sql_open(job, db,
		    "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name LIKE 'rt~_%' ESCAPE '~' OR name LIKE 'rr~_%' ESCAPE '~') AND name NOT LIKE 'rt~_search~_%' ESCAPE '~'"
		    " LIMIT 1",
		    false, &stmt));
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		TRY(ledger_sql_text(job, stmt, 0, &name));
		(void)sqlite3_reset(stmt);
		TRY(job_format(job, &sql, "DROP TABLE \"%.*s\"", SLICE(name)));
		TRY(ledger_sql_run(job, db, sql.at));
	}
}

/* No table or column has a "-" in its name: an index of one never bears the name of another. */
static err
create_table(struct job *job, sqlite3 *db, const struct registry_register *def)
{
	struct buf sql = buf_open(job, "CREATE TABLE", 64 * KIB);
	slice text;
	buf_printf(&sql, "CREATE TABLE \"rr_%s\" (rt_id INTEGER PRIMARY KEY, rt_access INTEGER NOT NULL", def->table_name);
	for (unsigned i = 0; i < def->table.len; i++)
		buf_printf(&sql, ", \"%s\" %s", def->table.columns[i].name, def->table.columns[i].type == COLUMN_TEXT ? "TEXT" : "INTEGER");
	buf_printf(&sql, ") STRICT; CREATE UNIQUE INDEX \"rr_%s-number\" ON \"rr_%s\" (number);", def->table_name, def->table_name);
	buf_printf(&sql, "CREATE INDEX \"rr_%s-access\" ON \"rr_%s\" (rt_access, number);", def->table_name, def->table_name);
	buf_printf(&sql, "CREATE INDEX \"rr_%s-status\" ON \"rr_%s\" (status, number);", def->table_name, def->table_name);
	for (size_t i = 0; i < def->index_len; i++)
		buf_printf(&sql, "CREATE INDEX \"rr_%s-by-%.*s\" ON \"rr_%s\" (\"%.*s\", number);", def->table_name, SLICE(def->index[i]),
		    def->table_name, SLICE(def->index[i]));
	TRY(buf_end(&sql, &text));
	return ledger_sql_run(job, db, text.at);
}

static err
create_all(struct job *job, const struct registry *registry, sqlite3 *db, const struct digest *digest)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	TRY(drop_all(job, db));
	TRY(ledger_sql_run(job, db, shared_sql));
	for (size_t i = 0; i < registry->registers.len; i++)
		TRY(create_table(job, db, &registry->registers.at[i]));
	TRY(ledger_sql_open(job, db, "INSERT INTO rt_mark VALUES (1, 0, ?1)", false, &stmt));
	return ledger_sql_do(job, stmt, SQL_WITH(SQL_D(digest)));
}

/* How far they are; SIZE_MAX: not there, or of other definitions. */
static err
mark_read(struct job *job, sqlite3 *db, const struct digest *digest, bool *ret_good, int64_t *ret_size)
{
	sqlite3_stmt *there DEFER(ledger_sql_close_at) = NULL, *mark DEFER(ledger_sql_close_at) = NULL;
	struct digest found;
	bool row;
	*ret_good = false;
	*ret_size = 0;
	TRY(ledger_sql_open(job, db, "SELECT 1 FROM sqlite_schema WHERE name = 'rt_mark'", false, &there));
	TRY(ledger_sql_step(job, there, &row));
	if (!row)
		return OK;
	TRY(ledger_sql_open(job, db, "SELECT size, digest FROM rt_mark", false, &mark));
	TRY(ledger_sql_step(job, mark, &row));
	if (!row)
		return OK;
	*ret_size = ledger_sql_int(mark, 0);
	TRY(ledger_sql_digest(job, mark, 1, &found));
	*ret_good = digest_same(&found, digest);
	return OK;
}

/* Filling them */

static err
statements_open(struct job *job, struct viewing *v)
{
	const struct {
		sqlite3_stmt **stmt;
		const char *sql;
	} all[] = {{&v->access, "SELECT id FROM rt_access WHERE register = ?1 AND service = ?2 AND rank = ?3"},
	    {&v->access_put, "INSERT INTO rt_access (register, service, rank) VALUES (?1, ?2, ?3)"},
	    {&v->record, "INSERT OR REPLACE INTO rt_record VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"},
	    {&v->link, "INSERT OR IGNORE INTO rt_link VALUES (?1, ?2, ?3, ?4)"},
	    {&v->deadline, "INSERT INTO rt_deadline VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"},
	    {&v->search, "INSERT INTO rt_search (rowid, label, body, access) VALUES (?1, ?2, ?3, ?4)"},
	    {&v->unlink, "DELETE FROM rt_link WHERE record = ?1"}, {&v->undeadline, "DELETE FROM rt_deadline WHERE record = ?1"},
	    {&v->unsearch, "DELETE FROM rt_search WHERE rowid = ?1"},
	    {&v->orphan, "INSERT OR IGNORE INTO rt_orphan VALUES (?1, ?2, ?3, ?4, ?5)"}, {&v->unorphan, "DELETE FROM rt_orphan WHERE record = ?1"}};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		TRY(ledger_sql_open(job, v->db, all[i].sql, true, all[i].stmt));
	return OK;
}

static void
statements_close(struct viewing *v)
{
	sqlite3_stmt *all[] = {
	    v->put, v->access, v->access_put, v->record, v->link, v->deadline, v->search, v->orphan, v->unlink, v->undeadline,
	    v->unsearch, v->unorphan};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		ledger_sql_close(all[i]);
}

static err
access_of(struct job *job, struct viewing *v, const struct registry_record *record, int64_t *ret)
{
	const struct ledger_sql_value key[] = {SQL_T(record->def->id), SQL_I(registry_record_service(v->registry, record)),
	    SQL_I(registry_record_rank(record))};
	bool row;
	TRY(ledger_sql_bind(job, v->access, key, 3));
	TRY(ledger_sql_step(job, v->access, &row));
	if (row) {
		*ret = ledger_sql_int(v->access, 0);
		(void)sqlite3_reset(v->access);
		return OK;
	}
	TRY(ledger_sql_do(job, v->access_put, key, 3));
	*ret = sqlite3_last_insert_rowid(v->db);
	return OK;
}

static err
put_row(struct job *job, struct viewing *v, const struct registry_record *record, int64_t id, int64_t access)
{
	struct ledger_sql_value values[TABLE_MAX_COLUMNS + 2] = {SQL_I(id), SQL_I(access)};
	const struct table *table = &record->def->table;
	if (v->def != record->def) {
		struct buf sql = buf_open(job, "INSERT", 4 * KIB);
		slice text;
		ledger_sql_close(v->put);
		v->put = NULL;
		buf_printf(&sql, "INSERT OR REPLACE INTO \"rr_%s\" VALUES (?1, ?2", record->def->table_name);
		for (unsigned i = 0; i < table->len; i++)
			buf_printf(&sql, ", ?%u", i + 3);
		buf_byte(&sql, ')');
		TRY(buf_end(&sql, &text));
		TRY(ledger_sql_open(job, v->db, text.at, true, &v->put));
		v->def = record->def;
	}
	for (unsigned i = 0; i < table->len; i++)
		values[i + 2] = record->cells[i].null                    ? SQL_NULL
				: table->columns[i].type == COLUMN_TEXT ? SQL_T(record->cells[i].text)
									: SQL_I(record->cells[i].number);
	return ledger_sql_do(job, v->put, values, table->len + 2);
}

static err
put_links(struct job *job, struct viewing *v, const struct registry_record *record, int64_t id)
{
	TRY(ledger_sql_do(job, v->unlink, SQL_WITH(SQL_I(id))));
	for (size_t i = 0; i < record->def->fields_len; i++) {
		const struct registry_field *field = &record->def->fields[i];
		if (field->type != REGISTRY_LINK)
			continue;
		const json_t *value = json_object_getn(record->fields, field->id.at, field->id.len);
		for (size_t n = 0; n < json_array_size(value); n++) {
			slice to;
			int64_t number;
			if (registry_link_parse(json_text(json_array_get(value, n)), &to, &number))
				TRY(ledger_sql_do(job, v->link, SQL_WITH(SQL_I(id), SQL_T(field->id), SQL_T(to), SQL_I(number))));
		}
	}
	return OK;
}

static err
put_deadlines(struct job *job, struct viewing *v, const struct registry_record *record, int64_t id)
{
	TRY(ledger_sql_do(job, v->undeadline, SQL_WITH(SQL_I(id))));
	for (size_t i = 0; i < record->deadlines_len; i++) {
		const struct registry_deadline *d = &record->deadlines[i];
		TRY(ledger_sql_do(job, v->deadline,
		    SQL_WITH(SQL_I(id), SQL_T(d->rule), SQL_I(i), SQL_I(d->started_us), SQL_I(d->due_us), SQL_I(d->paused_since_us != 0),
			d->stopped_us != 0 ? SQL_I(d->stopped_us) : SQL_NULL)));
	}
	return OK;
}

/* What search finds a record by: fields that whoever may read the record may read. */
static err
put_search(struct job *job, struct viewing *v, const struct registry_record *record, int64_t id, int64_t access)
{
	struct buf buf = buf_open(job, "a record's text", 4 * MIB);
	slice body, shown, key;
	buf_printf(&buf, "%.*s %lld", SLICE(record->def->id), (long long)record->base.number);
	for (size_t i = 0; i < record->def->fields_len; i++) {
		const struct registry_field *field = &record->def->fields[i];
		bool text = field->type != REGISTRY_PERSON && field->type != REGISTRY_LINK && field->type != REGISTRY_FILE;
		if (!text || field->read.len > 0)
			continue;
		TRY(registry_value_show(job, field, json_object_getn(record->fields, field->id.at, field->id.len), false, &shown));
		buf_byte(&buf, '\n');
		buf_add(&buf, shown);
	}
	TRY(buf_end(&buf, &body));
	TRY(job_format(job, &key, "a%lld", (long long)access));
	TRY(ledger_sql_do(job, v->unsearch, SQL_WITH(SQL_I(id))));
	return ledger_sql_do(job, v->search, SQL_WITH(SQL_I(id), SQL_T(record->label), SQL_T(body), SQL_T(key)));
}

/* What the record holds and its definition does not know: an earlier one did (registry_migrate.h). */
static err
put_orphans(struct job *job, struct viewing *v, const struct registry_record *record, int64_t id)
{
	const struct registry_register *def = record->def;
	const char *key;
	json_t *value;
	TRY(ledger_sql_do(job, v->unorphan, SQL_WITH(SQL_I(id))));
	if (registry_state(def, record->base.status) < 0)
		TRY(ledger_sql_do(job, v->orphan, SQL_WITH(SQL_I(id), SQL_T(def->id), SQL_I(record->base.number), SQL_T(S("state")), SQL_T(record->base.status))));
	json_object_foreach((json_t *)(uintptr_t)record->fields, key, value)
	{
		const char *what = registry_orphan_kind(def, slice_of(key), value);
		if (what != NULL)
			TRY(ledger_sql_do(job, v->orphan,
			    SQL_WITH(SQL_I(id), SQL_T(def->id), SQL_I(record->base.number), SQL_T(slice_of(what)), SQL_T(slice_of(key)))));
	}
	return OK;
}

static err
put_record(struct job *job, struct viewing *v, const struct registry_record *record, int64_t id)
{
	const struct cell *cells = record->cells;
	int64_t access;
	TRY(access_of(job, v, record, &access));
	TRY(put_row(job, v, record, id, access));
	TRY(ledger_sql_do(job, v->record,
	    SQL_WITH(SQL_I(id), SQL_T(record->def->id), SQL_I(record->base.number), SQL_I(access), SQL_T(record->label),
		SQL_T(record->base.status), SQL_I(record->base.changed_us),
		cells[REGISTRY_ENDED].null ? SQL_NULL : SQL_I(cells[REGISTRY_ENDED].number),
		record->due_us != 0 ? SQL_I(record->due_us) : SQL_NULL, SQL_T(record->due_by), SQL_T(record->base.uid))));
	TRY(put_links(job, v, record, id));
	TRY(put_deadlines(job, v, record, id));
	TRY(put_orphans(job, v, record, id));
	return put_search(job, v, record, id, access);
}

static err
base_take(struct job *job, sqlite3_stmt *stmt, struct ledger_record *base)
{
	slice *const texts[] = {&base->uid, &base->registry, &base->status, &base->fields, &base->deadlines, &base->made_by, &base->changed_by};
	for (int i = 0; i < 7; i++)
		TRY(ledger_sql_text(job, stmt, i + 1, texts[i]));
	base->number = ledger_sql_int(stmt, 8);
	base->version = ledger_sql_int(stmt, 9);
	base->entry = (uint64_t)ledger_sql_int(stmt, 10);
	base->made_us = ledger_sql_int(stmt, 11);
	base->changed_us = ledger_sql_int(stmt, 12);
	base->status_since_us = ledger_sql_int(stmt, 13);
	return OK;
}

static err
fill_from(struct job *job, struct viewing *v, int64_t from)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	bool row;
	TRY(ledger_sql_open(job, v->db,
	    "SELECT r.id, r.uid, reg.text, r.status, r.fields, r.deadlines, maker.text, changer.text, r.number, r.version, r.seq, r.made, r.changed,"
	    " r.status_since FROM record AS r JOIN word AS reg ON reg.id = r.register LEFT JOIN word AS maker ON maker.id = r.made_by"
	    " LEFT JOIN word AS changer ON changer.id = r.changed_by WHERE r.seq >= ?1 ORDER BY r.register, r.id",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(from))));
	for (;;) {
		struct arena_mark mark = arena_mark(job->arena);
		struct ledger_record base;
		struct registry_record record;
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		TRY(base_take(job, stmt, &base));
		const struct registry_register *def = registry_find(&v->registry->registers, base.registry);
		if (def != NULL) { /* a register that is no longer defined keeps its records in the ledger */
			TRY(registry_record_of(job, def, &base, &record));
			TRY(put_record(job, v, &record, ledger_sql_int(stmt, 0)));
		}
		arena_rewind(job->arena, mark);
	}
}

static err
refresh_within(struct job *job, struct viewing *v, bool good, int64_t from, const struct digest *digest)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	if (!good)
		TRY(create_all(job, v->registry, v->db, digest));
	err done = statements_open(job, v);
	if (done.code == ERR_NONE)
		done = fill_from(job, v, good ? from : 0);
	statements_close(v);
	TRY(done);
	TRY(ledger_sql_open(job, v->db, "UPDATE rt_mark SET size = ?1", false, &stmt));
	TRY(ledger_sql_do(job, stmt, SQL_WITH(SQL_I(ledger_size(v->registry->ledger)))));
	return ledger_sql_run(job, v->db, "COMMIT");
}

err
registry_view_refresh(struct job *job, const struct registry *registry)
{
	struct viewing v = {.registry = registry, .db = ledger_sql_db(registry->ledger)};
	struct digest digest = definitions_digest(registry);
	int64_t from;
	bool good;
	TRY(mark_read(job, v.db, &digest, &good, &from));
	if (good && from == (int64_t)ledger_size(registry->ledger))
		return OK;
	TRY(ledger_sql_run(job, v.db, "BEGIN IMMEDIATE"));
	err done = refresh_within(job, &v, good, from, &digest);
	if (done.code != ERR_NONE && sqlite3_get_autocommit(v.db) == 0)
		(void)sqlite3_exec(v.db, "ROLLBACK", NULL, NULL, NULL);
	return done;
}

err
registry_view_keys(struct job *job, const struct registry *registry, struct registry_key **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL, *count DEFER(ledger_sql_close_at) = NULL;
	sqlite3 *db = ledger_sql_db(registry->ledger);
	bool row;
	TRY(ledger_sql_open(job, db, "SELECT count(*) FROM rt_access", false, &count));
	TRY(ledger_sql_step(job, count, &row));
	size_t room = row ? (size_t)ledger_sql_int(count, 0) : 0;
	if (room > MAX_KEYS)
		return err_set(job, ERR_LIMIT, "at most %d kinds of access are told apart, found %zu", MAX_KEYS, room);
	TRY(NEW(job, room + 1, ret));
	*ret_len = 0;
	TRY(ledger_sql_open(job, db, "SELECT id, register, service, rank FROM rt_access ORDER BY id", false, &stmt));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row || *ret_len == room)
			return OK;
		struct registry_key *key = &(*ret)[(*ret_len)++];
		key->id = ledger_sql_int(stmt, 0);
		TRY(ledger_sql_text(job, stmt, 1, &key->registry));
		key->service = ledger_sql_int(stmt, 2);
		key->rank = (unsigned)ledger_sql_int(stmt, 3);
	}
}
