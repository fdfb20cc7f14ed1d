/*
 * Reading CSV: character sets, separators, line ends, quotes, limits; each wrong row is named and each good one beside it is kept.
 */
#include "base/sheet.h"

#include "kit.h"

static struct sheet
read_with(slice bytes, const struct sheet_limits *limits)
{
	struct sheet sheet;
	ASSERT_OK(sheet_read_csv(kit_fresh(), "f.csv", bytes, limits, &sheet));
	return sheet;
}

static struct sheet
read_csv(slice bytes)
{
	return read_with(bytes, NULL);
}

#define REFUSED(bytes, limits, code, words)                                                                                                \
	do {                                                                                                                               \
		struct sheet sheet_;                                                                                                       \
		ASSERT_ERR(sheet_read_csv(kit_fresh(), "f.csv", (bytes), (limits), &sheet_), (code), (words));                             \
	} while (0)

/* The cells of one row, joined by '|'. */
static slice
joined(const struct sheet *sheet, size_t row)
{
	slice text;
	struct buf buf = buf_open(kit_job(), "row", MIB);
	assert_true(row < sheet->rows_len);
	for (size_t i = 0; i < sheet->columns_len; i++) {
		if (i > 0)
			buf_byte(&buf, '|');
		buf_add(&buf, sheet->rows[row].cells[i]);
	}
	ASSERT_OK(buf_end(&buf, &text));
	return text;
}

/* One fault with these words, and ${rows} good rows. */
static void
assert_fault(slice bytes, const char *says, size_t rows)
{
	struct sheet sheet = read_csv(bytes);
	assert_int_equal(sheet.faults_all, 1);
	assert_int_equal(sheet.faults_len, 1);
	ASSERT_SLICE(sheet.faults[0].says, says);
	assert_int_equal(sheet.rows_len, rows);
}

static void
test_sheet_csv__reads_rows_under_headings(void **state)
{
	(void)state;
	struct sheet sheet = read_csv(S("name,owner\r\nLaptop,Ann\r\n\"Desk, oak\",\"Bo \"\"B\"\" Li\"\r\n"));
	assert_int_equal(sheet.columns_len, 2);
	ASSERT_SLICE(sheet.columns[1].heading, "owner");
	assert_int_equal(sheet.rows_len, 2);
	assert_int_equal(sheet.faults_all, 0);
	ASSERT_SLICE(joined(&sheet, 0), "Laptop|Ann");
	ASSERT_SLICE(joined(&sheet, 1), "Desk, oak|Bo \"B\" Li");
	assert_int_equal(sheet.header, 1);
	assert_int_equal(sheet.rows[1].number, 3);
	ASSERT_SLICE(slice_of(sheet.encoding), "UTF-8");
	assert_int_equal(sheet_find(&sheet, S("OWNER")), 1);
	assert_int_equal(sheet_find(&sheet, S("own")), -1);
}

static void
test_sheet_csv__takes_every_line_end(void **state)
{
	(void)state;
	static const slice texts[] = {
	    {"a,b\n1,2\n3,4", 11}, {"a,b\r1,2\r3,4\r", 12}, {"a,b\r\n1,2\r\n3,4\r\n", 15}, {"\n\na,b\r\n\n1,2\n\r3,4\n\n", 18}};
	for (size_t i = 0; i < 4; i++) {
		struct sheet sheet = read_csv(texts[i]);
		assert_int_equal(sheet.rows_len, 2);
		assert_int_equal(sheet.faults_all, 0);
		ASSERT_SLICE(joined(&sheet, 1), "3|4");
	}
}

static void
test_sheet_csv__counts_rows_and_lines(void **state)
{
	(void)state;
	struct sheet sheet = read_csv(S("a,b\n\"one\ntwo\",x\n\n,\n3,4\n"));
	assert_int_equal(sheet.rows_len, 2);
	ASSERT_SLICE(joined(&sheet, 0), "one\ntwo|x");
	assert_int_equal(sheet.rows[0].number, 2);
	assert_int_equal(sheet.rows[0].line, 2);
	assert_int_equal(sheet.rows[1].number, 5);
	assert_int_equal(sheet.rows[1].line, 6);
	assert_int_equal(sheet.blank, 2);
}

static void
test_sheet_csv__finds_the_separator(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		char separator;
	} cases[] = {{"a,b\n1,2\n", ','}, {"a;b\n1;2\n", ';'}, {"a\tb\n1\t2\n", '\t'}, {"\"a,x,y\";b\n1;2\n", ';'},
	    {"sep=;\na;b\n1;2\n", ';'}, {"sep=,\r\na,\"b;c;d\"\r\n1,2\r\n", ','}, {"SEP=\t\na\tb\n1\t2", '\t'}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sheet sheet = read_csv(slice_of(cases[i].text));
		assert_int_equal(sheet.separator, cases[i].separator);
		assert_int_equal(sheet.columns_len, 2);
		ASSERT_SLICE(joined(&sheet, 0), "1|2");
	}
	struct sheet alone = read_csv(S("sep=x\nb\n"));
	ASSERT_SLICE(alone.columns[0].heading, "sep=x");
	assert_int_equal(alone.rows_len, 1);
}

static void
test_sheet_csv__decodes_marked_unicode(void **state)
{
	(void)state;
	static const slice texts[] = {
	    {"\xEF\xBB\xBF"
	     "a,b\n\xC3\xA9,\xF0\x9F\x98\x80\n",
		14},
	    {"\xFF\xFE"
	     "a\0,\0b\0\n\0\xE9\0,\0\x3D\xD8\x00\xDE\n\0",
		20},
	    {"\xFE\xFF\0a\0,\0b\0\n\0\xE9\0,\xD8\x3D\xDE\x00\0\n", 20},
	};
	for (size_t i = 0; i < 3; i++) {
		struct sheet sheet = read_csv(texts[i]);
		ASSERT_SLICE(sheet.columns[0].heading, "a");
		ASSERT_SLICE(joined(&sheet, 0), "\xC3\xA9|\xF0\x9F\x98\x80");
		ASSERT_SLICE(slice_of(sheet.encoding), i == 0 ? "UTF-8" : "UTF-16");
	}
}

static void
test_sheet_csv__names_the_row_that_is_not_unicode(void **state)
{
	(void)state;
	assert_fault(S("a,b,c\n1,2,3\n4,5,caf\xE9\n6,7,8\n"), "row 3: not UTF-8 (byte 0xE9 in column 3): save the file as UTF-8", 2);
	assert_fault(S("a,b\n1,\xED\xA0\x80\n"), "row 2: not UTF-8 (byte 0xED in column 2): save the file as UTF-8", 0);
	assert_fault(((slice){"\xFF\xFE"
			      "a\0\n\0\x3D\xD8\n\0b\0\n\0",
			 14}),
	    "row 2: not UTF-16 (half a surrogate pair in column 1): save the file as UTF-8", 1);
	REFUSED(S("caf\xE9,b\n1,2\n"), NULL, ERR_INPUT, "f.csv: row 1: not UTF-8 (byte 0xE9 in column 1)");
	REFUSED(((slice){"\xFF\xFE"
			 "a\0\n",
		    5}),
	    NULL, ERR_INPUT, "odd number of bytes");
}

static void
test_sheet_csv__reads_windows_1252_when_told(void **state)
{
	(void)state;
	struct sheet_limits limits = {.windows_1252 = true};
	struct sheet sheet = read_with(S("a,b\ncaf\xE9,\x80 5 \x96 6\n"), &limits);
	ASSERT_SLICE(joined(&sheet, 0), "caf\xC3\xA9|\xE2\x82\xAC 5 \xE2\x80\x93 6");
	ASSERT_SLICE(slice_of(sheet.encoding), "windows-1252");
	sheet = read_with(S("a,b\ncaf\xC3\xA9,x\n"), &limits);
	ASSERT_SLICE(joined(&sheet, 0), "caf\xC3\xA9|x");
	ASSERT_SLICE(slice_of(sheet.encoding), "UTF-8");
	sheet = read_with(S("a,b\n\x81,\xE9\n1,2\n"), &limits);
	assert_int_equal(sheet.faults_all, 1);
	ASSERT_SLICE(sheet.faults[0].says, "row 2: not windows-1252 (byte 0x81 in column 1): save the file as UTF-8");
	assert_int_equal(sheet.rows_len, 1);
}

static void
test_sheet_csv__names_wrong_quotes(void **state)
{
	(void)state;
	assert_fault(S("a,b\n1,5\" disk\n3,4\n"),
	    "row 2, column 2: a quote in the middle: put the whole cell in quotes and write the quote twice", 1);
	assert_fault(
	    S("a,b\n\"x\"y,2\n3,4\n"), "row 2, column 1: text behind the closing quote: a quote inside a cell is written twice", 1);
	assert_fault(S("a,b\n1,2\n3,\"open\n5,6\n7,8\n"),
	    "row 3, column 2: the quote that opens this cell on line 3 is never closed: nothing after it was read", 1);
	REFUSED(S("a,\"b\n1,2\n"), NULL, ERR_INPUT, "row 1, column 2: the quote that opens this cell on line 1 is never closed");
	REFUSED(S("a,b\"c\n1,2\n"), NULL, ERR_INPUT, "row 1, column 2: a quote in the middle");
	struct sheet good = read_csv(S("a,b\n\"5\"\" disk\",\"\"\n"));
	ASSERT_SLICE(joined(&good, 0), "5\" disk|");
}

static void
test_sheet_csv__names_rows_of_another_width(void **state)
{
	(void)state;
	assert_fault(S("a,b,c\n1,2,3\n1,2\n"), "row 3: 2 cells, but there are 3 headings: is a separator missing?", 1);
	assert_fault(
	    S("a,b\nSmith, Ann,\n3,4\n"), "row 2: 3 cells, but there are 2 headings: is a separator inside a cell without quotes?", 1);
	assert_fault(S("a,,c\n1,x,3\n4,,6\n"), "row 2, column 2: text, but the column has no heading", 1);
	assert_fault(S("a,b,,\n1,2,,\n3,4,5,\n"), "row 3, column 3: text, but the column has no heading", 1);
}

static void
test_sheet_csv__refuses_headings_that_are_the_same(void **state)
{
	(void)state;
	REFUSED(S("name,owner,Name\n1,2,3\n"), NULL, ERR_INPUT, "f.csv: row 1: column 1 and column 3 have the same heading \"name\"");
	REFUSED(S("\xEF\xBB\xBF"
		  "a, a \n"),
	    NULL, ERR_INPUT, "the same heading \"a\"");
	struct sheet sheet = read_csv(S(" name ,owner,name 2\n1,2,3\n"));
	ASSERT_SLICE(sheet.columns[0].heading, "name");
	assert_int_equal(sheet.rows_len, 1);
}

static void
test_sheet_csv__refuses_what_is_no_csv(void **state)
{
	(void)state;
	REFUSED(S(""), NULL, ERR_INPUT, "no row has any text");
	REFUSED(S("\n,,\n \n"), NULL, ERR_INPUT, "expected headings, found blanks");
	REFUSED(S("a,b\n1,\0002\n"), NULL, ERR_INPUT, "line 2: a NUL byte");
	REFUSED(S("a\0,\0b\0\n\0"), NULL, ERR_INPUT, "UTF-16 without a byte order mark");
	REFUSED(S("PK\x03\x04..."), NULL, ERR_INPUT, "a workbook or a zip archive");
	REFUSED(S("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), NULL, ERR_INPUT, "old or locked workbook");
	assert_int_equal(read_csv(S("PK\n1\n")).rows_len, 1);
}

static void
test_sheet_csv__keeps_its_limits(void **state)
{
	(void)state;
	slice text = S("a,b\n1,2\n3,4\n");
	REFUSED(text, (&(struct sheet_limits){.bytes = 11}), ERR_LIMIT, "f.csv: a file must not exceed 11 bytes, found 12");
	REFUSED(text, (&(struct sheet_limits){.rows = 1}), ERR_LIMIT, "row 3: at most 1 rows below the headings are read");
	REFUSED(text, (&(struct sheet_limits){.columns = 1}), ERR_LIMIT, "row 1: at most 1 columns are read");
	REFUSED(
	    S("a,b\n1,234\n"), (&(struct sheet_limits){.cell = 2}), ERR_LIMIT, "row 2, column 2: a cell must not exceed 2 bytes, found 3");
	struct sheet sheet = read_with(text, &(struct sheet_limits){.bytes = 12, .rows = 2, .columns = 2, .cell = 1});
	assert_int_equal(sheet.rows_len, 2);
}

static void
test_sheet_csv__counts_faults_it_does_not_keep(void **state)
{
	(void)state;
	struct buf buf = buf_open(kit_fresh(), "text", MIB);
	slice text;
	buf_text(&buf, "a,b\n");
	for (int i = 0; i < SHEET_MAX_FAULTS + 5; i++)
		buf_text(&buf, "1\n");
	buf_text(&buf, "1,2\n");
	ASSERT_OK(buf_end(&buf, &text));
	struct sheet sheet;
	ASSERT_OK(sheet_read_csv(kit_job(), "f.csv", text, NULL, &sheet));
	assert_int_equal(sheet.faults_all, SHEET_MAX_FAULTS + 5);
	assert_int_equal(sheet.faults_len, SHEET_MAX_FAULTS);
	assert_int_equal(sheet.rows_len, 1);
}

static void
test_sheet_csv__reads_a_hundred_thousand_rows(void **state)
{
	(void)state;
	struct buf buf = buf_open(kit_fresh(), "text", 16 * MIB);
	slice text;
	buf_text(&buf, "number,title,owner\n");
	for (int i = 0; i < 100000; i++)
		buf_printf(&buf, "%d,\"Thing, number %d\",ann@example.org\n", i, i);
	ASSERT_OK(buf_end(&buf, &text));
	struct sheet sheet;
	ASSERT_OK(sheet_read_csv(kit_job(), "f.csv", text, NULL, &sheet));
	assert_int_equal(sheet.rows_len, 100000);
	assert_int_equal(sheet.faults_all, 0);
	ASSERT_SLICE(joined(&sheet, 99999), "99999|Thing, number 99999|ann@example.org");
}

static void
test_sheet_csv__takes_our_apostrophe_off(void **state)
{
	(void)state;
	struct sheet sheet = read_csv(S("a,b,c\n'=1+1,'-5,'+44\n'@x,\"'\rx\",'\tx\n'tis,'',''=1\n"));
	ASSERT_SLICE(joined(&sheet, 0), "=1+1|-5|+44");
	ASSERT_SLICE(joined(&sheet, 1), "@x|\rx|\tx");
	ASSERT_SLICE(joined(&sheet, 2), "'tis|''|'=1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sheet_csv__reads_rows_under_headings),
	    cmocka_unit_test(test_sheet_csv__takes_every_line_end),
	    cmocka_unit_test(test_sheet_csv__counts_rows_and_lines),
	    cmocka_unit_test(test_sheet_csv__finds_the_separator),
	    cmocka_unit_test(test_sheet_csv__decodes_marked_unicode),
	    cmocka_unit_test(test_sheet_csv__names_the_row_that_is_not_unicode),
	    cmocka_unit_test(test_sheet_csv__reads_windows_1252_when_told),
	    cmocka_unit_test(test_sheet_csv__names_wrong_quotes),
	    cmocka_unit_test(test_sheet_csv__names_rows_of_another_width),
	    cmocka_unit_test(test_sheet_csv__refuses_headings_that_are_the_same),
	    cmocka_unit_test(test_sheet_csv__refuses_what_is_no_csv),
	    cmocka_unit_test(test_sheet_csv__keeps_its_limits),
	    cmocka_unit_test(test_sheet_csv__counts_faults_it_does_not_keep),
	    cmocka_unit_test(test_sheet_csv__reads_a_hundred_thousand_rows),
	    cmocka_unit_test(test_sheet_csv__takes_our_apostrophe_off),
	};
	return KIT_TESTS(tests);
}
