/*
 * Guarded SQL over rows in memory (SQLite), for content's questions and for people's.
 * Deliberately never opens a file, and never runs a statement that changes anything once it is locked.
 */
#include "base/query.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/instant.h"
#include "base/version.h"

#define STEP_GRAIN 1000 /* virtual machine steps between two looks at the limit */
#define MAX_TABLES 256
#define MAX_READS 512
#define MAX_PARAMETERS (TABLE_MAX_COLUMNS + 2)

const struct query_limits query_limits_usual = {.max_steps = 200000000, .max_rows = 100000, .max_bytes = 512 * MIB};

struct query {
	struct job *job;
	sqlite3 *db;
	struct query_limits limits;
	slice tables[MAX_TABLES];
	size_t tables_len;
	bool locked;
	struct query_ask *asking; /* whose prepare the authorizer watches */
	slice denied;             /* what it refused, for the sentence */
};

struct query_ask {
	struct query *query;
	sqlite3_stmt *stmt;
	struct query_column *columns;
	size_t columns_len;
	struct query_read *reads;
	size_t reads_len;
	const char **parameters;
	struct cell *cells;
	bool *is_text;
	uint64_t steps;
	size_t rows;
};

/* The functions a question may call: all deterministic. */
static const char *const allowed_functions[] = {"abs", "avg", "char", "coalesce", "count", "day", "deb_order", "format", "glob",
    "group_concat", "hex", "ifnull", "iif", "instr", "iso", "lag", "lead", "length", "like", "lower", "ltrim", "max", "min", "nullif",
    "printf", "rank", "replace", "round", "row_number", "rtrim", "sign", "substr", "substring", "sum", "total", "trim", "typeof", "unicode",
    "upper", NULL};

static err
failed(struct job *job, const struct query *query, enum err_code code, const char *what)
{
	return err_set(job, code, "%s: SQLite says: %s", what, sqlite3_errmsg(query->db));
}

static void
sql_day(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	(void)argc;
	if (sqlite3_value_type(argv[0]) != SQLITE_NULL)
		sqlite3_result_text(context, instant_day(sqlite3_value_int64(argv[0])).at, -1, SQLITE_TRANSIENT);
}

static void
sql_iso(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	(void)argc;
	if (sqlite3_value_type(argv[0]) != SQLITE_NULL)
		sqlite3_result_text(context, instant_text(sqlite3_value_int64(argv[0])).at, -1, SQLITE_TRANSIENT);
}

static slice
value_text(sqlite3_value *value)
{
	const char *at = (const char *)sqlite3_value_text(value);
	return slice_bytes(at, at == NULL ? 0 : (size_t)sqlite3_value_bytes(value));
}

/* NULL when either is not a version: an unreadable version is never "older". */
static void
sql_deb_order(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	(void)argc;
	slice a = value_text(argv[0]), b = value_text(argv[1]);
	if (version_deb_valid(a) && version_deb_valid(b))
		sqlite3_result_int(context, version_deb_order(a, b));
}

static bool
function_allowed(const char *name)
{
	for (size_t i = 0; allowed_functions[i] != NULL; i++)
		if (sqlite3_stricmp(name, allowed_functions[i]) == 0)
			return true;
	return false;
}

static bool
table_known(const struct query *query, slice name)
{
	for (size_t i = 0; i < query->tables_len; i++)
		if (slice_same_nocase(query->tables[i], name))
			return true;
	return false;
}

static int
refuse(struct query *query, const char *what, const char *name)
{
	if (query->denied.len == 0)
		(void)job_format(query->job, &query->denied, "%s %s", what, name != NULL ? name : "").code;
	return SQLITE_DENY;
}

static int
note_read(struct query *query, const char *table, const char *column)
{
	struct query_ask *ask = query->asking;
	slice t = slice_of(table), c = slice_of(column);
	if (!table_known(query, t))
		return c.len == 0 && !slice_same_nocase(slice_part(t, 0, 7), S("sqlite_"))
			   ? SQLITE_OK
			   : refuse(query, "the table", table); /* no column = a common table expression that is counted */
	for (size_t i = 0; i < ask->reads_len; i++)
		if (slice_same(ask->reads[i].table, t) && slice_same(ask->reads[i].column, c))
			return SQLITE_OK;
	if (ask->reads_len == MAX_READS)
		return refuse(query, "more columns read than allowed:", column);
	struct query_read *read = &ask->reads[ask->reads_len];
	if (job_copy(query->job, t, &read->table).code != ERR_NONE || job_copy(query->job, c, &read->column).code != ERR_NONE)
		return SQLITE_DENY;
	ask->reads_len++;
	return SQLITE_OK;
}

static int
authorize(void *to, int action, const char *a, const char *b, const char *database, const char *trigger)
{
	struct query *query = to;
	(void)database, (void)trigger;
	if (!query->locked)
		return SQLITE_OK;
	if (action == SQLITE_SELECT)
		return SQLITE_OK;
	if (query->asking == NULL) /* a statement SQLite prepares again by itself */
		return action == SQLITE_READ || action == SQLITE_FUNCTION ? SQLITE_OK : SQLITE_DENY;
	if (action == SQLITE_READ)
		return note_read(query, a, b);
	if (action == SQLITE_FUNCTION)
		return function_allowed(b) ? SQLITE_OK : refuse(query, "the function", b);
	if (action == SQLITE_RECURSIVE)
		return refuse(query, "recursion", "");
	return refuse(query, "anything but SELECT, found an act on", a);
}

static int
count_steps(void *to)
{
	struct query *query = to;
	if (query->asking == NULL)
		return 0;
	query->asking->steps += STEP_GRAIN;
	return query->asking->steps > query->limits.max_steps;
}

static void
set_limits(struct query *query)
{
	const struct {
		int id, value;
	} limits[] = {{SQLITE_LIMIT_LENGTH, query->limits.max_bytes < 16 * MIB ? (int)query->limits.max_bytes : (int)(16 * MIB)},
	    {SQLITE_LIMIT_SQL_LENGTH, 100000}, {SQLITE_LIMIT_COLUMN, 2 * TABLE_MAX_COLUMNS}, {SQLITE_LIMIT_EXPR_DEPTH, 200},
	    {SQLITE_LIMIT_COMPOUND_SELECT, 50}, {SQLITE_LIMIT_VDBE_OP, 100000}, {SQLITE_LIMIT_FUNCTION_ARG, 16}, {SQLITE_LIMIT_ATTACHED, 0},
	    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 500}, {SQLITE_LIMIT_VARIABLE_NUMBER, MAX_PARAMETERS}, {SQLITE_LIMIT_TRIGGER_DEPTH, 0},
	    {SQLITE_LIMIT_WORKER_THREADS, 0}};
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
		(void)sqlite3_limit(query->db, limits[i].id, limits[i].value);
}

static err
set_up(struct job *job, struct query *query)
{
	const int pure = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
	char pragma[128];
	if (sqlite3_open_v2(":memory:", &query->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return err_set(job, ERR_LIMIT, "SQLite: there is no memory for a database");
	(void)sqlite3_db_config(query->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	(void)sqlite3_db_config(query->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	(void)sqlite3_db_config(query->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(query->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_db_config(query->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	set_limits(query);
	snprintf(pragma, sizeof pragma, "PRAGMA page_size=4096; PRAGMA max_page_count=%zu; PRAGMA temp_store=2; PRAGMA journal_mode=OFF",
	    query->limits.max_bytes / 4096);
	if (sqlite3_exec(query->db, pragma, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_create_function(query->db, "day", 1, pure, NULL, sql_day, NULL, NULL) != SQLITE_OK ||
	    sqlite3_create_function(query->db, "iso", 1, pure, NULL, sql_iso, NULL, NULL) != SQLITE_OK ||
	    sqlite3_create_function(query->db, "deb_order", 2, pure, NULL, sql_deb_order, NULL, NULL) != SQLITE_OK)
		return failed(job, query, ERR_BUG, "preparing the database in memory");
	(void)sqlite3_set_authorizer(query->db, authorize, query);
	sqlite3_progress_handler(query->db, STEP_GRAIN, count_steps, query);
	return OK;
}

err
query_open(struct job *job, const struct query_limits *limits, struct query **ret)
{
	struct query *query;
	TRY(NEW(job, 1, &query));
	query->job = job;
	query->limits = limits != NULL ? *limits : query_limits_usual;
	err opened = set_up(job, query);
	if (opened.code != ERR_NONE) {
		query_close(query);
		return opened;
	}
	*ret = query;
	return OK;
}

void
query_close(struct query *query)
{
	if (query != NULL)
		(void)sqlite3_close_v2(query->db);
}

void
query_close_at(struct query **query)
{
	query_close(*query);
}

static void
finalize_at(sqlite3_stmt **stmt)
{
	(void)sqlite3_finalize(*stmt);
}

static err
create(struct job *job, struct query *query, const struct table *table, const char *extra)
{
	struct buf sql = buf_open(job, "CREATE TABLE", 64 * KIB);
	slice text;
	buf_printf(&sql, "CREATE TABLE \"%s\"(", table->name);
	if (extra != NULL)
		buf_printf(&sql, "\"%s\" TEXT NOT NULL,", extra);
	for (unsigned i = 0; i < table->len; i++)
		buf_printf(&sql, "%s\"%s\" %s%s", i > 0 ? "," : "", table->columns[i].name,
		    table->columns[i].type == COLUMN_TEXT ? "TEXT" : "INTEGER",
		    (table->columns[i].flags & COLUMN_MAYBE) != 0 ? "" : " NOT NULL");
	buf_text(&sql, ") STRICT");
	TRY(buf_end(&sql, &text));
	if (query->tables_len == MAX_TABLES)
		return err_set(job, ERR_LIMIT, "a question's database holds at most %d tables", MAX_TABLES);
	if (sqlite3_exec(query->db, text.at, NULL, NULL, NULL) != SQLITE_OK)
		return failed(job, query, ERR_BUG, table->name);
	return job_copy(job, slice_of(table->name), &query->tables[query->tables_len++]);
}

static err
prepare_insert(struct job *job, struct query *query, const struct table *table, bool extra, sqlite3_stmt **ret)
{
	struct buf sql = buf_open(job, "INSERT", 64 * KIB);
	slice text;
	buf_printf(&sql, "INSERT INTO \"%s\" VALUES(?", table->name);
	for (unsigned i = 1; i < table->len + (extra ? 1U : 0U); i++)
		buf_text(&sql, ",?");
	buf_byte(&sql, ')');
	TRY(buf_end(&sql, &text));
	if (sqlite3_prepare_v2(query->db, text.at, (int)text.len, ret, NULL) != SQLITE_OK)
		return failed(job, query, ERR_BUG, table->name);
	return OK;
}

static err
insert(struct job *job, struct query *query, const struct rows *rows, bool extra, slice value)
{
	DEFER(finalize_at) sqlite3_stmt *stmt = NULL;
	TRY(prepare_insert(job, query, rows->table, extra, &stmt));
	for (size_t r = 0; r < rows->len; r++) {
		int at = 1;
		if (extra)
			(void)sqlite3_bind_text(stmt, at++, value.len > 0 ? value.at : "", (int)value.len, SQLITE_STATIC);
		for (unsigned i = 0; i < rows->table->len; i++, at++) {
			const struct cell *cell = &rows->row[r][i];
			if (cell->null)
				(void)sqlite3_bind_null(stmt, at);
			else if (rows->table->columns[i].type == COLUMN_TEXT)
				(void)sqlite3_bind_text(
				    stmt, at, cell->text.len > 0 ? cell->text.at : "", (int)cell->text.len, SQLITE_STATIC);
			else
				(void)sqlite3_bind_int64(stmt, at, cell->number);
		}
		int done = sqlite3_step(stmt);
		if (done != SQLITE_DONE)
			return failed(job, query, done == SQLITE_FULL || done == SQLITE_NOMEM ? ERR_LIMIT : ERR_INPUT, rows->table->name);
		(void)sqlite3_reset(stmt);
	}
	return OK;
}

static err
fill(struct job *job, struct query *query, const struct rows *rows, const char *column, slice value)
{
	if (sqlite3_exec(query->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
		return failed(job, query, ERR_BUG, rows->table->name);
	TRY(insert(job, query, rows, column != NULL, value));
	if (sqlite3_exec(query->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		return failed(job, query, ERR_LIMIT, rows->table->name);
	return OK;
}

err
query_table(struct job *job, struct query *query, const struct rows *rows)
{
	if (table_known(query, slice_of(rows->table->name)))
		return err_set(job, ERR_CONFLICT, "the table %s is in the question's database already", rows->table->name);
	TRY(create(job, query, rows->table, NULL));
	return fill(job, query, rows, NULL, S(""));
}

err
query_table_of(struct job *job, struct query *query, const struct rows *rows, const char *column, slice value)
{
	if (!table_known(query, slice_of(rows->table->name)))
		TRY(create(job, query, rows->table, column));
	return fill(job, query, rows, column, value);
}

err
query_lock(struct job *job, struct query *query)
{
	if (sqlite3_exec(query->db, "PRAGMA query_only=1", NULL, NULL, NULL) != SQLITE_OK)
		return failed(job, query, ERR_BUG, "locking the question's database");
	query->locked = true;
	return OK;
}

static bool
only_blank(const char *tail)
{
	for (; tail != NULL && *tail != '\0'; tail++)
		if (strchr(" \t\r\n;", *tail) == NULL)
			return false;
	return true;
}

static err
describe(struct job *job, struct query_ask *ask)
{
	ask->columns_len = (size_t)sqlite3_column_count(ask->stmt);
	int parameters = sqlite3_bind_parameter_count(ask->stmt);
	TRY(NEW(job, ask->columns_len + 1, &ask->columns));
	TRY(NEW(job, ask->columns_len + 1, &ask->cells));
	TRY(NEW(job, ask->columns_len + 1, &ask->is_text));
	TRY(NEW(job, (size_t)parameters + 1, &ask->parameters));
	for (size_t i = 0; i < ask->columns_len; i++) {
		TRY(job_copy(job, slice_of(sqlite3_column_name(ask->stmt, (int)i)), &ask->columns[i].name));
		TRY(job_copy(job, slice_of(sqlite3_column_table_name(ask->stmt, (int)i)), &ask->columns[i].from_table));
		TRY(job_copy(job, slice_of(sqlite3_column_origin_name(ask->stmt, (int)i)), &ask->columns[i].from_column));
	}
	for (int i = 1; i <= parameters; i++) {
		const char *name = sqlite3_bind_parameter_name(ask->stmt, i);
		if (name == NULL)
			return err_set(job, ERR_INPUT, "parameters have names (:name), found a bare ?");
		TRY(job_string(job, slice_of(name), &ask->parameters[i - 1]));
	}
	return OK;
}

static err
prepare(struct job *job, struct query *query, const char *sql, struct query_ask *ask)
{
	const char *tail = NULL;
	query->asking = ask;
	query->job = job;
	query->denied = S("");
	int code = sqlite3_prepare_v3(query->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &ask->stmt, &tail);
	query->asking = NULL;
	if (query->denied.len > 0)
		return err_set(job, ERR_INPUT, "a question may not use %.*s", SLICE(query->denied));
	if (code != SQLITE_OK)
		return err_set(job, ERR_INPUT, "SQLite says: %s", sqlite3_errmsg(query->db));
	if (ask->stmt == NULL)
		return err_set(job, ERR_INPUT, "expected one SELECT, found nothing");
	if (!only_blank(tail))
		return err_set(job, ERR_INPUT, "expected one SELECT, found more behind it: \"%.40s\"", tail);
	if (sqlite3_stmt_readonly(ask->stmt) == 0 || sqlite3_stmt_isexplain(ask->stmt) != 0 || sqlite3_column_count(ask->stmt) == 0)
		return err_set(job, ERR_INPUT, "expected a SELECT, found another statement");
	return OK;
}

err
query_ask_open(struct job *job, struct query *query, const char *sql, struct query_ask **ret)
{
	struct query_ask *ask;
	if (!query->locked)
		return err_set(job, ERR_BUG, "a question was asked before the database was locked");
	TRY(NEW(job, 1, &ask));
	TRY(NEW(job, MAX_READS, &ask->reads));
	ask->query = query;
	err prepared = prepare(job, query, sql, ask);
	if (prepared.code == ERR_NONE)
		prepared = describe(job, ask);
	if (prepared.code != ERR_NONE) {
		query_ask_close(ask);
		return prepared;
	}
	*ret = ask;
	return OK;
}

void
query_ask_close(struct query_ask *ask)
{
	if (ask == NULL)
		return;
	(void)sqlite3_finalize(ask->stmt);
	ask->stmt = NULL;
}

void
query_ask_close_at(struct query_ask **ask)
{
	query_ask_close(*ask);
}

size_t
query_ask_columns(const struct query_ask *ask, const struct query_column **ret)
{
	*ret = ask->columns;
	return ask->columns_len;
}

size_t
query_ask_reads(const struct query_ask *ask, const struct query_read **ret)
{
	*ret = ask->reads;
	return ask->reads_len;
}

const char *const *
query_ask_parameters(const struct query_ask *ask)
{
	return ask->parameters;
}

err
query_ask_bind_int(struct job *job, struct query_ask *ask, const char *name, int64_t value)
{
	int at = sqlite3_bind_parameter_index(ask->stmt, name);
	if (at > 0 && sqlite3_bind_int64(ask->stmt, at, value) != SQLITE_OK)
		return failed(job, ask->query, ERR_BUG, name);
	return OK;
}

err
query_ask_bind_text(struct job *job, struct query_ask *ask, const char *name, slice value)
{
	int at = sqlite3_bind_parameter_index(ask->stmt, name);
	if (at > 0 && sqlite3_bind_text(ask->stmt, at, value.len > 0 ? value.at : "", (int)value.len, SQLITE_TRANSIENT) != SQLITE_OK)
		return failed(job, ask->query, ERR_LIMIT, name);
	return OK;
}

static err
read_cell(struct job *job, struct query_ask *ask, int at)
{
	struct cell *cell = &ask->cells[at];
	*cell = (struct cell){0};
	ask->is_text[at] = true;
	switch (sqlite3_column_type(ask->stmt, at)) {
	case SQLITE_NULL:
		cell->null = true;
		break;
	case SQLITE_INTEGER:
		cell->number = sqlite3_column_int64(ask->stmt, at);
		ask->is_text[at] = false;
		break;
	case SQLITE_FLOAT:
		return job_format(job, &cell->text, "%.15g", sqlite3_column_double(ask->stmt, at));
	default: /* text; a blob cannot come out of STRICT tables without hex() */
		cell->text = slice_bytes((const char *)sqlite3_column_text(ask->stmt, at), (size_t)sqlite3_column_bytes(ask->stmt, at));
		break;
	}
	return OK;
}

static err
ended(struct job *job, struct query_ask *ask, int code)
{
	const struct query_limits *limits = &ask->query->limits;
	uint64_t steps = ask->steps;
	(void)sqlite3_reset(ask->stmt);
	ask->steps = 0;
	ask->rows = 0;
	if (code == SQLITE_DONE)
		return OK;
	if (code == SQLITE_INTERRUPT)
		return err_set(job, ERR_LIMIT, "a question may take %llu steps, it had taken %llu", (unsigned long long)limits->max_steps,
		    (unsigned long long)steps);
	if (code == SQLITE_NOMEM || code == SQLITE_FULL || code == SQLITE_TOOBIG)
		return err_set(job, ERR_LIMIT, "a question's database may take %zu bytes", limits->max_bytes);
	return failed(job, ask->query, ERR_INPUT, "asking");
}

err
query_ask_next(struct job *job, struct query_ask *ask, bool *ret_more, const struct cell **ret_cells, const bool **ret_is_text)
{
	ask->query->asking = ask;
	ask->query->job = job;
	int code = sqlite3_step(ask->stmt);
	ask->query->asking = NULL;
	if (code != SQLITE_ROW) {
		*ret_more = false;
		return ended(job, ask, code);
	}
	if (++ask->rows > ask->query->limits.max_rows) {
		(void)ended(job, ask, SQLITE_DONE);
		return err_set(job, ERR_LIMIT, "a question may give %zu rows, it gave more", ask->query->limits.max_rows);
	}
	for (size_t i = 0; i < ask->columns_len; i++)
		TRY(read_cell(job, ask, (int)i));
	*ret_more = true;
	*ret_cells = ask->cells;
	*ret_is_text = ask->is_text;
	return OK;
}
