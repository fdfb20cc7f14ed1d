/*
 * Questions over rows in memory: what they may ask, and that everything else is refused by name.
 */
#include "kit.h"

#include "base/query.h"

static const struct column pet_columns[] = {
    {"name", COLUMN_TEXT, COLUMN_KEY, ""}, {"legs", COLUMN_INT, 0, ""}, {"born", COLUMN_TIME, COLUMN_MAYBE, ""}};
static const struct table pet = {"pet", "", pet_columns, 3};

static struct query *
open_pets(struct job *job)
{
	struct query *query;
	struct rows rows;
	ASSERT_OK(query_open(job, NULL, &query));
	rows_open(&rows, job, &pet);
	ASSERT_OK(rows_add(&rows, (struct cell[]){TEXT(S("cat")), INT(4), INT(86400000000)}));
	ASSERT_OK(rows_add(&rows, (struct cell[]){TEXT(S("crow")), INT(2), NIL}));
	ASSERT_OK(query_table(job, query, &rows));
	ASSERT_OK(query_lock(job, query));
	return query;
}

static void
test_query__answers_with_rows(void **state)
{
	struct job *job = kit_fresh();
	DEFER(query_close_at) struct query *query = open_pets(job);
	struct query_ask *ask;
	const struct cell *cells;
	const bool *is_text;
	bool more;
	(void)state;
	ASSERT_OK(query_ask_open(job, query, "SELECT name, legs, day(born) AS d FROM pet WHERE legs > :least ORDER BY name", &ask));
	ASSERT_OK(query_ask_bind_int(job, ask, ":least", 3));
	ASSERT_OK(query_ask_bind_int(job, ask, ":absent", 3));
	ASSERT_OK(query_ask_next(job, ask, &more, &cells, &is_text));
	assert_true(more);
	ASSERT_SLICE(cells[0].text, "cat");
	assert_int_equal(cells[1].number, 4);
	assert_false(is_text[1]);
	ASSERT_SLICE(cells[2].text, "1970-01-02");
	ASSERT_OK(query_ask_next(job, ask, &more, &cells, &is_text));
	assert_false(more);
	/* Asked again, it begins again. */
	ASSERT_OK(query_ask_bind_int(job, ask, ":least", 0));
	ASSERT_OK(query_ask_next(job, ask, &more, &cells, &is_text));
	assert_true(more);
	query_ask_close(ask);
}

static void
test_query__says_what_is_read(void **state)
{
	struct job *job = kit_fresh();
	DEFER(query_close_at) struct query *query = open_pets(job);
	struct query_ask *ask;
	const struct query_read *reads;
	const struct query_column *columns;
	(void)state;
	ASSERT_OK(query_ask_open(job, query, "SELECT name AS n, legs + 1 AS more FROM pet", &ask));
	assert_int_equal(query_ask_reads(ask, &reads), 2);
	ASSERT_SLICE(reads[0].table, "pet");
	assert_int_equal(query_ask_columns(ask, &columns), 2);
	ASSERT_SLICE(columns[0].name, "n");
	ASSERT_SLICE(columns[0].from_column, "name");
	ASSERT_SLICE(columns[1].from_column, "");
	query_ask_close(ask);
}

static void
test_query__refuses_all_but_plain_questions(void **state)
{
	static const struct {
		const char *sql, *words;
	} refused[] = {
	    {"DELETE FROM pet", "anything but SELECT"},
	    {"INSERT INTO pet VALUES('x',1,2)", "anything but SELECT"},
	    {"ATTACH ':memory:' AS x", "anything but SELECT"},
	    {"PRAGMA user_version", "anything but SELECT"},
	    {"SELECT * FROM pragma_table_info('pet')", "may not use"},
	    {"SELECT * FROM sqlite_master", "the table sqlite_"},
	    {"SELECT count(*) FROM sqlite_master", "the table sqlite_master"},
	    {"SELECT count(*) FROM pragma_table_info('pet')", "may not use"},
	    {"SELECT count(*) FROM dbstat", "may not use"},
	    {"VACUUM INTO 'x'", "expected a SELECT"},
	    {"SELECT value FROM json_each('[1]')", "may not use"},
	    {"SELECT date('now')", "the function date"},
	    {"SELECT random()", "the function random"},
	    {"SELECT load_extension('x')", "the function load_extension"},
	    {"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x FROM c", "recursion"},
	    {"SELECT \"kye\" FROM pet", "no such column: kye"},
	    {"SELECT nme FROM pet", "no such column: nme"},
	    {"SELECT 1 FROM pets", "no such table: pets"},
	    {"SELECT 1; SELECT 2", "found more behind it"},
	    {"EXPLAIN SELECT 1", "expected a SELECT"},
	    {"SELECT ?", "parameters have names"},
	    {"", "expected one SELECT"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct job *job = kit_fresh();
		DEFER(query_close_at) struct query *query = open_pets(job);
		struct query_ask *ask;
		ASSERT_ERR(query_ask_open(job, query, refused[i].sql, &ask), ERR_INPUT, refused[i].words);
	}
}

static void
test_query__stops_at_its_limits(void **state)
{
	struct job *job = kit_fresh();
	struct query_limits limits = {.max_steps = 100000, .max_rows = 3, .max_bytes = 1 * MIB};
	DEFER(query_close_at) struct query *query = NULL;
	struct query_ask *ask;
	const struct cell *cells;
	const bool *is_text;
	bool more = true;
	struct rows rows;
	(void)state;
	ASSERT_OK(query_open(job, &limits, &query));
	rows_open(&rows, job, &pet);
	for (int i = 0; i < 500; i++) {
		slice name;
		ASSERT_OK(job_format(job, &name, "pet-%d", i));
		ASSERT_OK(rows_add(&rows, (struct cell[]){TEXT(name), INT(i), NIL}));
	}
	ASSERT_OK(query_table(job, query, &rows));
	ASSERT_OK(query_lock(job, query));
	ASSERT_OK(query_ask_open(job, query, "SELECT count(*) FROM pet a, pet b, pet c WHERE a.legs + b.legs + c.legs < 0", &ask));
	ASSERT_ERR(query_ask_next(job, ask, &more, &cells, &is_text), ERR_LIMIT, "may take 100000 steps");
	query_ask_close(ask);
	ASSERT_OK(query_ask_open(job, query, "SELECT name FROM pet", &ask));
	for (int i = 0; i < 3; i++)
		ASSERT_OK(query_ask_next(job, ask, &more, &cells, &is_text));
	ASSERT_ERR(query_ask_next(job, ask, &more, &cells, &is_text), ERR_LIMIT, "may give 3 rows");
	query_ask_close(ask);
}

static void
test_query__refuses_more_memory_than_declared(void **state)
{
	struct job *job = kit_fresh();
	struct query_limits limits = {.max_steps = 100000, .max_rows = 3, .max_bytes = 256 * KIB};
	DEFER(query_close_at) struct query *query = NULL;
	struct rows rows;
	(void)state;
	ASSERT_OK(query_open(job, &limits, &query));
	rows_open(&rows, job, &pet);
	for (int i = 0; i < 20000; i++) {
		slice name;
		ASSERT_OK(job_format(job, &name, "a pet with a long name, number %d", i));
		ASSERT_OK(rows_add(&rows, (struct cell[]){TEXT(name), INT(i), NIL}));
	}
	ASSERT_ERR(query_table(job, query, &rows), ERR_LIMIT, "full");
}

static void
test_query__many_hosts_share_a_table(void **state)
{
	struct job *job = kit_fresh();
	DEFER(query_close_at) struct query *query = NULL;
	struct query_ask *ask;
	const struct cell *cells;
	const bool *is_text;
	bool more;
	struct rows rows;
	(void)state;
	ASSERT_OK(query_open(job, NULL, &query));
	rows_open(&rows, job, &pet);
	ASSERT_OK(rows_add(&rows, (struct cell[]){TEXT(S("cat")), INT(4), NIL}));
	ASSERT_OK(query_table_of(job, query, &rows, "host", S("a")));
	ASSERT_OK(query_table_of(job, query, &rows, "host", S("b")));
	ASSERT_OK(query_lock(job, query));
	ASSERT_OK(query_ask_open(job, query, "SELECT count(DISTINCT host) FROM pet", &ask));
	ASSERT_OK(query_ask_next(job, ask, &more, &cells, &is_text));
	assert_int_equal(cells[0].number, 2);
	query_ask_close(ask);
}

static void
test_query__an_unreadable_version_is_never_older(void **state)
{
	struct job *job = kit_fresh();
	DEFER(query_close_at) struct query *query = open_pets(job);
	struct query_ask *ask;
	const struct cell *cells;
	const bool *is_text;
	bool more;
	(void)state;
	ASSERT_OK(query_ask_open(job, query, "SELECT deb_order('1.0~rc1', '1.0') < 0, deb_order('', '1.0') IS NULL", &ask));
	ASSERT_OK(query_ask_next(job, ask, &more, &cells, &is_text));
	assert_int_equal(cells[0].number, 1);
	assert_int_equal(cells[1].number, 1);
	query_ask_close(ask);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_query__answers_with_rows),
	    cmocka_unit_test(test_query__says_what_is_read),
	    cmocka_unit_test(test_query__refuses_all_but_plain_questions),
	    cmocka_unit_test(test_query__stops_at_its_limits),
	    cmocka_unit_test(test_query__refuses_more_memory_than_declared),
	    cmocka_unit_test(test_query__many_hosts_share_a_table),
	    cmocka_unit_test(test_query__an_unreadable_version_is_never_older),
	};
	return KIT_TESTS(tests);
}
