/*
 * Printing: tables that fit, JSON and CSV that other programs can read, and hostile text that does nothing.
 */
#include "kit.h"

#include <jansson.h>

#include "cli/cli_print.c" /* the command's own files are no library */

static char printed[1 << 20];

/* What ${say} writes to standard output, in ${printed}. */
static void
capture(void (*say)(const struct cli *cli), const struct cli *cli)
{
	FILE *file = tmpfile();
	assert_non_null(file);
	fflush(stdout);
	int saved = dup(STDOUT_FILENO);
	assert_true(saved >= 0 && dup2(fileno(file), STDOUT_FILENO) == STDOUT_FILENO);
	say(cli);
	fflush(stdout);
	(void)dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(file);
	printed[fread(printed, 1, sizeof printed - 1, file)] = '\0';
	fclose(file);
}

static struct cli_sheet sheet;

static void
print_sheet(const struct cli *cli)
{
	ASSERT_OK(cli_sheet_print(kit_job(), cli, &sheet));
}

static void
print_record(const struct cli *cli)
{
	ASSERT_OK(cli_sheet_print_record(kit_job(), cli, &sheet));
}

static const struct cli_column columns[] = {{"id", "id", CLI_TEXT}, {"state", "state", CLI_WORD}, {"count", "count", CLI_NUMBER},
    {"seen", "seen", CLI_INSTANT}, {"yes", "yes?", CLI_BOOL}, {"more", NULL, CLI_JSON}, {"says", "what", CLI_TEXT}};
#define COLUMNS (sizeof columns / sizeof columns[0])
#define SEEN INT(INT64_C(1795341600000000)) /* 2026-11-22T10:00:00Z */

static void
sheet_of(const char *id, const char *says)
{
	(void)kit_fresh();
	cli_sheet_open(&sheet, kit_job(), columns, COLUMNS);
	ASSERT_OK(cli_sheet_row(
	    &sheet, (struct cell[]){TEXT(slice_of(id)), TEXT(S("fail")), INT(-3), SEEN, INT(1), TEXT(S("[1]")), TEXT(slice_of(says))}));
}

static void
test_cli_sheet_print__a_table_has_columns_that_line_up(void **state)
{
	const struct cli cli = {0}, quiet = {.quiet = true};
	(void)state;
	sheet_of("a", "short");
	ASSERT_OK(cli_sheet_row(&sheet, (struct cell[]){TEXT(S("longer")), NIL, NIL, NIL, NIL, NIL, TEXT(S("日本 e\xcc\x81!"))}));
	ASSERT_OK(cli_sheet_row(&sheet, (struct cell[]){TEXT(S("日本")), TEXT(S("x")), INT(1234), SEEN, INT(0), NIL, NIL}));
	capture(print_sheet, &cli);
	assert_string_equal(printed, "id      state  count  seen              yes?  what\n"
				     "a       fail   -3     2026-11-22 10:00  yes   short\n"
				     "longer                                        日本 e\xcc\x81!\n"
				     "日本    x      1234   2026-11-22 10:00  no    \n");
	capture(print_sheet, &quiet); /* results only */
	assert_memory_equal(printed, "a       fail ", 13);
	cli_sheet_open(&sheet, kit_job(), columns, COLUMNS);
	capture(print_sheet, &cli);
	assert_string_equal(printed, "");
}

/* Each line's width in columns of a terminal. */
static void
widths_fit(size_t width)
{
	slice rest = slice_of(printed), line;
	while (slice_cut(&rest, '\n', &line))
		if (text_width(line) > width)
			fail_msg("%zu columns: %.*s", text_width(line), SLICE(line));
}

static void
test_cli_sheet_print__a_table_fits_the_terminal(void **state)
{
	char says[600];
	(void)state;
	for (unsigned width = 80; width <= 200; width += 7) {
		const struct cli cli = {.width = width};
		for (size_t i = 0; i + 3 < sizeof says; i += 3)
			memcpy(says + i, i % 2 == 0 ? "日" : "e\xcc\x81", 4);
		sheet_of("identity-of-something", says);
		capture(print_sheet, &cli);
		widths_fit(width);
		assert_true(text_utf8(slice_of(printed)));
		assert_non_null(strstr(printed, "…\n"));
	}
	/* So narrow that it cannot fit: columns keep their least, nothing loops. */
	const struct cli narrow = {.width = 5};
	sheet_of("identity-of-something", says);
	capture(print_sheet, &narrow);
	assert_non_null(strstr(printed, "identity-of…"));
}

#define HOSTILE "\x1b]0;x\x07\nroot\r\t\xe2\x80\xae\xff{\"<&>"

static void
test_cli_sheet_print__hostile_text_acts_on_nothing(void **state)
{
	const struct cli cli = {0};
	(void)state;
	sheet_of("a", HOSTILE);
	capture(print_sheet, &cli);
	assert_non_null(strstr(printed, "\\x1b]0;x\\x07\\x0aroot\\x0d\\x09\\u{202e}\\xff{\"<&>\n"));
	capture(print_record, &cli);
	assert_null(strchr(printed, '\x1b'));
	assert_null(strstr(printed, "\xe2\x80\xae"));
	/* A heading is a person's own word, and may come from a script all the same. */
	static const struct cli_column own[] = {{"n\x1b[2J", "n\x1b[2J", CLI_LOOSE}};
	cli_sheet_open(&sheet, kit_job(), own, 1);
	ASSERT_OK(cli_sheet_row(&sheet, (struct cell[]){TEXT(S("x"))}));
	capture(print_sheet, &cli);
	assert_string_equal(printed, "n\\x1b[2J\nx\n");
}

static void
test_cli_sheet_print__colour_only_where_it_is_wanted(void **state)
{
	struct cli cli = {.colour = true};
	(void)state;
	sheet_of("a", "b");
	capture(print_sheet, &cli);
	assert_non_null(strstr(printed, "\033[31mfail \033[0m"));
	cli.colour = false;
	capture(print_sheet, &cli);
	assert_null(strchr(printed, '\033'));
	assert_string_equal(cli_colour(&cli, "red"), "");
	cli.colour = true;
	assert_string_equal(cli_colour_of(&cli, S("met")), "\033[32m");
	assert_string_equal(cli_colour_of(&cli, S("anything")), "");
}

static void
test_cli_sheet_print__json_is_json(void **state)
{
	const struct cli cli = {.json = true};
	json_error_t error;
	(void)state;
	sheet_of("q\"", HOSTILE);
	ASSERT_OK(cli_sheet_row(&sheet, (struct cell[]){NIL, NIL, NIL, NIL, NIL, NIL, NIL}));
	ASSERT_OK(
	    cli_sheet_row(&sheet, (struct cell[]){TEXT(S("x")), TEXT(S("")), INT(INT64_MIN), INT(0), INT(0), TEXT(S("")), TEXT(S(""))}));
	capture(print_sheet, &cli);
	json_t *list = json_loads(printed, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(list);
	assert_int_equal(json_array_size(list), 3);
	const json_t *first = json_array_get(list, 0), *last = json_array_get(list, 2);
	assert_string_equal(json_string_value(json_object_get(first, "id")), "q\"");
	assert_int_equal(json_integer_value(json_object_get(first, "count")), -3);
	assert_string_equal(json_string_value(json_object_get(first, "seen")), "2026-11-22T10:00:00Z");
	assert_true(json_is_true(json_object_get(first, "yes")));
	assert_int_equal(json_array_size(json_object_get(first, "more")), 1);
	assert_memory_equal(json_string_value(json_object_get(first, "says")), "\x1b]0;x\x07\nroot\r\t", 13);
	assert_true(json_is_null(json_object_get(json_array_get(list, 1), "count")));
	assert_true(json_is_null(json_object_get(last, "more")));
	json_decref(list);
}

static void
test_cli_sheet_print__json_of_nothing_and_of_one(void **state)
{
	const struct cli cli = {.json = true};
	(void)state;
	sheet_of("a", "b");
	capture(print_record, &cli);
	assert_string_equal(printed,
	    "{\"id\":\"a\",\"state\":\"fail\",\"count\":-3,\"seen\":\"2026-11-22T10:00:00Z\",\"yes\":true,\"more\":[1],\"says\":\"b\"}\n");
	cli_sheet_open(&sheet, kit_job(), columns, COLUMNS);
	capture(print_sheet, &cli);
	assert_string_equal(printed, "[]\n");
	ASSERT_ERR(cli_sheet_print_record(kit_job(), &cli, &sheet), ERR_BUG, "a record is one row, found 0");
}

/* Columns of a person's own question: any name, numbers bare. */
static void
test_cli_sheet_print__loose_columns(void **state)
{
	static const struct cli_column own[] = {{"a\"b,c", "a", CLI_LOOSE}, {"n", "n", CLI_LOOSE}};
	const struct cli json = {.json = true}, csv = {.csv = true};
	(void)state;
	(void)kit_fresh();
	cli_sheet_open(&sheet, kit_job(), own, 2);
	ASSERT_OK(cli_sheet_row(&sheet, (struct cell[]){TEXT(S("-1")), {.text = S("-1"), .number = 1}}));
	capture(print_sheet, &json);
	assert_string_equal(printed, "[\n{\"a\\\"b,c\":\"-1\",\"n\":-1}\n]\n");
	capture(print_sheet, &csv);
	assert_string_equal(printed, "\"a\"\"b,c\",n\r\n'-1,-1\r\n");
}

static void
test_cli_sheet_print__csv_runs_no_formula(void **state)
{
	static const char *const formulas[] = {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"};
	const struct cli cli = {.csv = true};
	(void)state;
	for (size_t i = 0; i < sizeof formulas / sizeof formulas[0]; i++) {
		sheet_of(formulas[i], "x");
		capture(print_sheet, &cli);
		const char *row = strstr(printed, "\r\n") + 2;
		assert_true(row[0] == '\'' || (row[0] == '"' && row[1] == '\''));
	}
	sheet_of("a,\"b\"\nc", "d");
	capture(print_sheet, &cli);
	assert_string_equal(printed, "id,state,count,seen,yes,more,says\r\n\"a,\"\"b\"\"\nc\",fail,-3,2026-11-22T10:00:00Z,yes,[1],d\r\n");
}

static void
say_lines(const struct cli *cli)
{
	char *name;
	ASSERT_OK(NEW(kit_job(), 10001, &name));
	memset(name, 'x', 10000);
	cli_say(cli, kit_job(), "%s\x1b[2J|%s", name, "日本");
}

static void
test_cli_say__is_whole_and_escaped(void **state)
{
	struct cli cli = {.out = stdout};
	(void)state;
	(void)kit_fresh();
	capture(say_lines, &cli);
	assert_int_equal(strlen(printed), 10000 + strlen("\\x1b[2J|日本\n"));
	assert_string_equal(printed + 10000, "\\x1b[2J|日本\n");
	cli.quiet = true;
	capture(say_lines, &cli);
	assert_string_equal(printed, "");
	cli = (struct cli){.json = true, .out = stdout};
	capture(say_lines, &cli);
	assert_string_equal(printed, "");
}

static void
test_cli_output__writes_files_whole(void **state)
{
	slice path, text;
	struct stat st;
	(void)state;
	(void)kit_fresh();
	const char *dir = kit_mkdir();
	ASSERT_OK(job_format(kit_job(), &path, "%s/out", dir));
	ASSERT_OK(cli_output(kit_job(), path.at, S("one"), 0600));
	ASSERT_OK(cli_output(kit_job(), path.at, S("two"), 0600));
	ASSERT_OK(fs_slurp(kit_job(), path.at, 100, &text));
	ASSERT_SLICE(text, "two");
	assert_int_equal(stat(path.at, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	ASSERT_OK(job_format(kit_job(), &path, "%s/none/out", dir));
	ASSERT_ERR(cli_output(kit_job(), path.at, S("x"), 0600), ERR_MISSING, "none");
	kit_rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cli_sheet_print__a_table_has_columns_that_line_up),
	    cmocka_unit_test(test_cli_sheet_print__a_table_fits_the_terminal),
	    cmocka_unit_test(test_cli_sheet_print__hostile_text_acts_on_nothing),
	    cmocka_unit_test(test_cli_sheet_print__colour_only_where_it_is_wanted),
	    cmocka_unit_test(test_cli_sheet_print__json_is_json),
	    cmocka_unit_test(test_cli_sheet_print__json_of_nothing_and_of_one),
	    cmocka_unit_test(test_cli_sheet_print__loose_columns),
	    cmocka_unit_test(test_cli_sheet_print__csv_runs_no_formula),
	    cmocka_unit_test(test_cli_say__is_whole_and_escaped),
	    cmocka_unit_test(test_cli_output__writes_files_whole),
	};
	return KIT_TESTS(tests);
}
