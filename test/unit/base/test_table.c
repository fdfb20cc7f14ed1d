/*
 * Tables: rows to JSON lines and back, byte for byte, and everything that is refused on the way back.
 * Tests no table of ours.
 */
#include "base/table.h"

#include "kit.h"

static const struct column columns[] = {
    {"name", COLUMN_TEXT, COLUMN_KEY, "a name"},
    {"port", COLUMN_INT, COLUMN_KEY | COLUMN_MAYBE, "a port"},
    {"seen", COLUMN_TIME, COLUMN_MAYBE | COLUMN_VOLATILE, "when"},
    {"note", COLUMN_TEXT, COLUMN_MAYBE, "a remark"},
};
static const struct table table = {"thing", "things", columns, 4};

#define HEADER "{\"columns\":[\"name\",\"port\",\"seen\",\"note\"],\"state\":\"read\",\"table\":\"thing\"}\n"

static void
add(struct rows *rows, struct cell a, struct cell b, struct cell c, struct cell d)
{
	ASSERT_OK(rows_add(rows, (struct cell[]){a, b, c, d}));
}

static slice
written(struct rows *rows, unsigned leave_out)
{
	slice text = {0};
	ASSERT_OK(rows_write(kit_job(), rows, leave_out, &text));
	return text;
}

static void
refuses(const char *text, const char *words)
{
	struct rows rows = {.len = 77};
	ASSERT_ERR(rows_read(kit_job(), &table, "f", slice_of(text), &rows), ERR_INPUT, words);
	assert_int_equal(rows.len, 77);
}

static void
test_table_column__finds_by_name(void **state)
{
	(void)state;
	assert_int_equal(table_column(&table, S("seen")), 2);
	assert_int_equal(table_column(&table, S("see")), -1);
	assert_int_equal(table_column(&table, S("")), -1);
}

static void
test_rows_write__sorts_by_key_and_drops_duplicates(void **state)
{
	(void)state;
	struct rows rows;
	rows_open(&rows, kit_fresh(), &table);
	add(&rows, TEXT(S("b")), INT(2), NIL, NIL);
	add(&rows, TEXT(S("b")), INT(-2), INT(5), TEXT(S("x")));
	add(&rows, TEXT(S("a")), INT(10), NIL, NIL);
	add(&rows, TEXT(S("b")), INT(2), NIL, NIL);
	add(&rows, TEXT(S("b")), NIL, NIL, NIL);
	add(&rows, TEXT(S("")), INT(INT64_MIN), INT(INT64_MAX), TEXT(S("")));
	const char *wanted = HEADER "[\"\",-9223372036854775808,9223372036854775807,\"\"]\n[\"a\",10,null,null]\n[\"b\",null,null,null]\n"
				    "[\"b\",-2,5,\"x\"]\n[\"b\",2,null,null]\n";
	ASSERT_SLICE(written(&rows, 0), wanted);
	ASSERT_SLICE(written(&rows, 0), wanted);
	assert_int_equal(rows.len, 5);
}

static void
test_rows_write__leaves_out_what_changes_always(void **state)
{
	(void)state;
	struct rows one, two;
	struct job *job = kit_fresh();
	rows_open(&one, job, &table);
	rows_open(&two, job, &table);
	/* same but for the moments, which would order these rows otherwise */
	add(&one, TEXT(S("a")), INT(1), INT(100), TEXT(S("x")));
	add(&one, TEXT(S("a")), INT(1), INT(200), TEXT(S("w")));
	add(&two, TEXT(S("a")), INT(1), INT(300), TEXT(S("w")));
	add(&two, TEXT(S("a")), INT(1), INT(400), TEXT(S("x")));
	add(&two, TEXT(S("a")), INT(1), INT(500), TEXT(S("x")));
	const char *wanted =
	    "{\"columns\":[\"name\",\"port\",\"note\"],\"state\":\"read\",\"table\":\"thing\"}\n[\"a\",1,\"w\"]\n[\"a\",1,\"x\"]\n";
	ASSERT_SLICE(written(&one, COLUMN_VOLATILE), wanted);
	ASSERT_SLICE(written(&two, COLUMN_VOLATILE), wanted);
	assert_int_equal(two.len, 3);
	/* and nothing is lost of the rows themselves */
	assert_false(slice_same(written(&one, 0), written(&two, 0)));
}

static void
test_rows__come_back_as_they_went(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct rows rows, back = {0};
	rows_open(&rows, job, &table);
	add(&rows, TEXT(S("q\"b\\s/\n\t\x01\x1f\x7f")), INT(1), NIL, TEXT(S("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")));
	add(&rows, TEXT(S("z")), INT(0), INT(-1), NIL);
	slice text = written(&rows, 0);
	ASSERT_OK(rows_read(job, &table, "f", text, &back));
	assert_int_equal(back.len, 2);
	assert_int_equal(back.state, READING_READ);
	assert_true(slice_same(back.row[0][0].text, S("q\"b\\s/\n\t\x01\x1f\x7f")));
	assert_true(slice_same(back.row[0][3].text, S("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")));
	assert_true(back.row[0][2].null);
	assert_int_equal(back.row[1][2].number, -1);
	assert_true(slice_same(written(&back, 0), text));
}

static void
test_rows__carry_the_reason_of_no_rows(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct rows rows, back = {0};
	rows_open(&rows, job, &table);
	rows.state = READING_COULD_NOT_LOOK;
	rows.reason = S("not root\n");
	const char *wanted = "{\"columns\":[\"name\",\"port\",\"seen\",\"note\"],\"reason\":\"not "
			     "root\\n\",\"state\":\"could-not-look\",\"table\":\"thing\"}\n";
	ASSERT_SLICE(written(&rows, 0), wanted);
	ASSERT_OK(rows_read(job, &table, "f", slice_of(wanted), &back));
	assert_int_equal(back.state, READING_COULD_NOT_LOOK);
	ASSERT_SLICE(back.reason, "not root\n");
	assert_int_equal(back.len, 0);
}

static void
test_rows_write__refuses_a_state_without_reason_or_with_rows(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct rows rows;
	slice text = {0};
	rows_open(&rows, job, &table);
	rows.state = READING_ABSENT;
	ASSERT_ERR(rows_write(job, &rows, 0, &text), ERR_BUG, "must have a reason and no rows");
	rows.reason = S("x");
	ASSERT_OK(rows_write(job, &rows, 0, &text));
	add(&rows, TEXT(S("a")), NIL, NIL, NIL);
	ASSERT_ERR(rows_write(job, &rows, 0, &text), ERR_BUG, "must have a reason and no rows");
}

static void
test_rows_add__repairs_text(void **state)
{
	(void)state;
	struct rows rows;
	rows_open(&rows, kit_fresh(), &table);
	add(&rows,
	    TEXT(S("a\xff"
		   "b\0c\xc3")),
	    NIL, NIL, TEXT(S("\xef\xbf\xbd")));
	ASSERT_SLICE(rows.row[0][0].text, "a\xef\xbf\xbd"
					  "b\xef\xbf\xbd"
					  "c\xef\xbf\xbd");
	ASSERT_SLICE(rows.row[0][3].text, "\xef\xbf\xbd");
}

static void
test_rows_add__copies_text(void **state)
{
	(void)state;
	struct rows rows;
	char text[] = "first";
	rows_open(&rows, kit_fresh(), &table);
	add(&rows, TEXT(slice_of(text)), NIL, NIL, NIL);
	memset(text, 'x', 5);
	ASSERT_SLICE(rows.row[0][0].text, "first");
}

static void
test_rows_add__refuses_null_and_length(void **state)
{
	(void)state;
	struct rows rows;
	struct job *job = kit_fresh();
	rows_open(&rows, job, &table);
	ASSERT_ERR(rows_add(&rows, (struct cell[]){NIL, NIL, NIL, NIL}), ERR_BUG, "thing.name must be filled");
	char *text = NULL;
	ASSERT_OK(NEW(job, TABLE_MAX_TEXT + 1, &text));
	memset(text, 'a', TABLE_MAX_TEXT + 1);
	add(&rows, TEXT(((slice){text, TABLE_MAX_TEXT})), NIL, NIL, NIL);
	ASSERT_ERR(
	    rows_add(&rows, (struct cell[]){TEXT(((slice){text, TABLE_MAX_TEXT + 1})), NIL, NIL, NIL}), ERR_LIMIT, "must not exceed");
	assert_int_equal(rows.len, 1);
}

static void
test_rows_read__refuses_a_wrong_header(void **state)
{
	(void)state;
	kit_fresh();
	refuses("", "f:1: expected the header");
	refuses("[]\n", "f:1: expected a header");
	refuses("{\"columns\":[\"name\"],\"state\":\"read\",\"table\":\"thing\"}\n", "column 2 of thing must be \"port\"");
	refuses("{\"columns\":[\"name\",\"port\",\"seen\",\"note\",\"more\"],\"state\":\"read\",\"table\":\"thing\"}\n", "found \"more\"");
	refuses("{\"columns\":[\"port\",\"name\",\"seen\",\"note\"],\"state\":\"read\",\"table\":\"thing\"}\n", "column 1");
	refuses("{\"columns\":[\"name\",\"name\"],\"state\":\"read\",\"table\":\"thing\"}\n", "there twice");
	refuses("{\"columns\":[],\"state\":\"read\",\"table\":\"thing\"}\n", "expected a text");
	refuses(
	    "{\"columns\":[\"name\",\"port\",\"seen\",\"note\"],\"state\":\"read\",\"table\":\"thong\"}\n", "expected the table \"thing\"");
	refuses("{\"columns\":[\"name\",\"port\",\"seen\",\"note\"],\"state\":\"gone\",\"table\":\"thing\"}\n", "the state read");
	refuses("{\"columns\":[\"name\",\"port\",\"seen\",\"note\"],\"state\":\"absent\",\"table\":\"thing\"}\n", "or a reason");
	refuses("{\"columns\":[\"name\",\"port\",\"seen\",\"note\"],\"reason\":\"\",\"state\":\"absent\",\"table\":\"thing\"}\n",
	    "with a reason");
	refuses(
	    "{\"columns\":[\"name\",\"port\",\"seen\",\"note\"],\"reason\":\"x\",\"state\":\"read\",\"table\":\"thing\"}\n", "absent or");
	refuses("{\"columns\":[\"name\",\"port\",\"seen\",\"note\"],\"state\":\"read\",\"table\":\"thing\"} \n", "end of the line");
	refuses("{ \"columns\":[\"name\",\"port\",\"seen\",\"note\"],\"state\":\"read\",\"table\":\"thing\"}\n", "begins with");
	refuses("{\"state\":\"read\",\"columns\":[\"name\",\"port\",\"seen\",\"note\"],\"table\":\"thing\"}\n", "begins with");
	refuses("{\"columns\":[\"name\",\"port\",\"seen\",\"note\"],\"reason\":\"x\",\"state\":\"absent\",\"table\":\"thing\"}\n[\"a\",1,2,"
		"null]\n",
	    "f:2: a reading \"absent\" must have no rows");
}

static void
test_rows_read__refuses_a_wrong_row(void **state)
{
	(void)state;
	kit_fresh();
	refuses(HEADER "[\"a\",1,2,\"x\"]", "f:2: the last line must end");
	refuses(HEADER "\n", "f:2: expected a row that begins with [");
	refuses(HEADER "[\"a\",1,2,\"x\"]\n\n", "f:3:");
	refuses(HEADER "[\"a\",1,2]\n", "f:2: expected a comma and another column, found \"]\"");
	refuses(HEADER "[\"a\",1,2,null,null]\n", "f:2: expected ]");
	refuses(HEADER "[null,1,2,null]\n", "f:2: expected a text");
	refuses(HEADER "[nul,1,2,null]\n", "f:2:");
	refuses(HEADER "[1,1,2,null]\n", "f:2: expected a text");
	refuses(HEADER "[\"a\",\"1\",2,null]\n", "f:2: expected a whole number");
	refuses(HEADER "[\"a\",true,2,null]\n", "f:2:");
	refuses(HEADER "[\"a\",[],2,null]\n", "f:2:");
	refuses(HEADER "[\"a\",1,2,null] \n", "f:2:");
	refuses(HEADER " [\"a\",1,2,null]\n", "f:2:");
	refuses(HEADER "[\"a\", 1,2,null]\n", "f:2:");
	refuses(HEADER "[\"a\",1,2,null]\r\n", "f:2:");
	refuses(HEADER "[\"a\",1,2,null]x\n", "f:2:");
	refuses(HEADER "[\"a,1,2,null]\n", "f:2:");
	refuses(HEADER "[\"a\\\",1,2,null]\n", "f:2:");
	refuses(HEADER "[\"a\\", "f:2:");
	refuses(HEADER HEADER, "f:2:");
}

static void
test_rows_read__refuses_other_spellings(void **state)
{
	(void)state;
	kit_fresh();
	refuses(HEADER "[\"a\",01,2,null]\n", "f:2: expected a whole number");
	refuses(HEADER "[\"a\",-0,2,null]\n", "f:2:");
	refuses(HEADER "[\"a\",+1,2,null]\n", "f:2:");
	refuses(HEADER "[\"a\",-,2,null]\n", "f:2:");
	refuses(HEADER "[\"a\",1.0,2,null]\n", "f:2:");
	refuses(HEADER "[\"a\",1e3,2,null]\n", "f:2:");
	refuses(HEADER "[\"a\",9223372036854775808,2,null]\n", "f:2:");
	refuses(HEADER "[\"\\u0061\",1,2,null]\n", "f:2: expected a text in its canonical spelling");
	refuses(HEADER "[\"\\/\",1,2,null]\n", "f:2:");
	refuses(HEADER "[\"\\u000A\",1,2,null]\n", "f:2:");
	refuses(HEADER "[\"\\u0000\",1,2,null]\n", "f:2:");
	refuses(HEADER "[\"\\u00e9\",1,2,null]\n", "f:2:");
	refuses(HEADER "[\"\\ud83d\\ude00\",1,2,null]\n", "f:2:");
	refuses(HEADER "[\"\\n\\u0061\",1,2,null]\n", "f:2:");
	refuses(HEADER "[\"a\tb\",1,2,null]\n", "f:2:");
	refuses(HEADER "[\"a\xff\",1,2,null]\n", "f:2: RFC 3629");
	refuses(HEADER "[\"a\",1,2,null]\n[\"b\xc0\xaf\",1,2,null]\n", "f:3: RFC 3629");
	struct rows rows = {0};
	ASSERT_ERR(rows_read(kit_job(), &table, "f", S(HEADER "[\"a\0\",1,2,null]\n"), &rows), ERR_INPUT, "f:2:");
	/* one of each escape in its own spelling is taken */
	ASSERT_OK(rows_read(kit_job(), &table, "f", S(HEADER "[\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\",-1,0,\"/\"]\n"), &rows));
	ASSERT_SLICE(rows.row[0][0].text, "\"\\\b\f\n\r\t\x01");
}

static void
test_rows_read__refuses_rows_out_of_order(void **state)
{
	(void)state;
	kit_fresh();
	refuses(HEADER "[\"b\",1,2,null]\n[\"a\",1,2,null]\n", "f:3: rows must be sorted and different");
	refuses(HEADER "[\"a\",1,2,null]\n[\"a\",1,2,null]\n", "f:3: rows must be sorted and different");
	refuses(HEADER "[\"a\",10,2,null]\n[\"a\",9,2,null]\n", "f:3:");
	refuses(HEADER "[\"a\",1,2,null]\n[\"a\",null,2,null]\n", "f:3:");
	struct rows rows = {0};
	ASSERT_OK(rows_read(kit_job(), &table, "f", S(HEADER "[\"a\",9,2,null]\n[\"a\",10,2,null]\n"), &rows));
	assert_int_equal(rows.len, 2);
}

static void
test_rows_read__limits_one_text(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	for (unsigned i = 0; i < 3; i++) {
		struct buf buf = buf_open(job, "t", MIB);
		struct rows rows = {0};
		slice text = {0};
		buf_add(&buf, S(HEADER "[\""));
		for (size_t j = 0; j < TABLE_MAX_TEXT + (i > 0); j++)
			buf_add(&buf, i < 2 ? S("a") : S("\\n"));
		buf_add(&buf, S("\",1,2,null]\n"));
		ASSERT_OK(buf_end(&buf, &text));
		if (i == 0)
			ASSERT_OK(rows_read(job, &table, "f", text, &rows));
		else
			ASSERT_ERR(rows_read(job, &table, "f", text, &rows), ERR_LIMIT, "f:2: a text must not exceed 65536");
	}
}

static void
test_rows_read__without_a_description(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct rows rows = {0};
	ASSERT_OK(rows_read(job, NULL, "f", S(HEADER "[\"a\",-12,null,\"x\\n\"]\n"), &rows));
	assert_string_equal(rows.table->name, "thing");
	assert_int_equal(rows.table->len, 4);
	assert_string_equal(rows.table->columns[3].name, "note");
	ASSERT_SLICE(rows.row[0][1].text, "-12");
	assert_true(rows.row[0][2].null);
	ASSERT_SLICE(rows.row[0][3].text, "x\n");
	ASSERT_ERR(rows_read(job, NULL, "f", S(HEADER "[\"a\",-12,null,{}]\n"), &rows), ERR_INPUT, "f:2:");
}

static void
test_rows__many(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct rows rows, back = {0};
	rows_open(&rows, job, &table);
	for (unsigned i = 0; i < 20000; i++)
		add(&rows, TEXT(i % 2 == 0 ? S("even") : S("odd")), INT((i * 7919) % 20000), INT(i), TEXT(S("some text")));
	slice text = written(&rows, 0);
	ASSERT_OK(rows_read(job, &table, "f", text, &back));
	assert_int_equal(back.len, 20000);
	assert_true(slice_same(written(&back, 0), text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table_column__finds_by_name),
	    cmocka_unit_test(test_rows_write__sorts_by_key_and_drops_duplicates),
	    cmocka_unit_test(test_rows_write__leaves_out_what_changes_always),
	    cmocka_unit_test(test_rows__come_back_as_they_went),
	    cmocka_unit_test(test_rows__carry_the_reason_of_no_rows),
	    cmocka_unit_test(test_rows_write__refuses_a_state_without_reason_or_with_rows),
	    cmocka_unit_test(test_rows_add__repairs_text),
	    cmocka_unit_test(test_rows_add__copies_text),
	    cmocka_unit_test(test_rows_add__refuses_null_and_length),
	    cmocka_unit_test(test_rows_read__refuses_a_wrong_header),
	    cmocka_unit_test(test_rows_read__refuses_a_wrong_row),
	    cmocka_unit_test(test_rows_read__refuses_other_spellings),
	    cmocka_unit_test(test_rows_read__refuses_rows_out_of_order),
	    cmocka_unit_test(test_rows_read__limits_one_text),
	    cmocka_unit_test(test_rows_read__without_a_description),
	    cmocka_unit_test(test_rows__many),
	};
	return KIT_TESTS(tests);
}
