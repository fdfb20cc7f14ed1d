/*
 * Reading workbooks: values by type and format, which sheet, what becomes a fault, and what is refused as a whole.
 * Real files of another writer stand in test/corpus/sheet_xlsx/; the rest is made here, part by part.
 */
#include "base/sheet.h"

#include "kit.h"
#include "kit_sheet.h"

#define ROW(cells) "<row>" cells "</row>"
#define TXT(text) "<c t='inlineStr'><is><t>" text "</t></is></c>"
#define HEADINGS ROW(TXT("a") TXT("b") TXT("c"))

static slice
packed(struct kit_book book)
{
	slice bytes = {0};
	ASSERT_OK(kit_book(kit_fresh(), book, &bytes));
	return bytes;
}

static struct sheet
read_book(struct kit_book book, const struct sheet_limits *limits)
{
	struct sheet sheet;
	slice bytes = packed(book);
	ASSERT_OK(sheet_read_xlsx(kit_job(), "f.xlsx", bytes, limits, &sheet));
	return sheet;
}
#define READ(rows) read_book((struct kit_book){.sheet = S(KIT_SHEET(rows))}, NULL)

#define REFUSED(book, limits, code, words)                                                                                                 \
	do {                                                                                                                               \
		struct sheet sheet_;                                                                                                       \
		slice bytes_ = packed(book);                                                                                               \
		ASSERT_ERR(sheet_read_xlsx(kit_job(), "f.xlsx", bytes_, (limits), &sheet_), (code), (words));                              \
	} while (0)
#define REFUSED_SHEET(text, code, words) REFUSED(((struct kit_book){.sheet = S(text)}), NULL, code, words)

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

/* One fault with these words, and the row that says "good" beside it. */
static void
assert_fault(struct kit_book book, const char *says)
{
	struct sheet sheet = read_book(book, NULL);
	assert_int_equal(sheet.faults_all, 1);
	ASSERT_SLICE(sheet.faults[0].says, says);
	assert_int_equal(sheet.rows_len, 1);
	ASSERT_SLICE(joined(&sheet, 0), "good||");
}
#define FAULT(cells, says) assert_fault((struct kit_book){.sheet = S(KIT_SHEET(HEADINGS ROW(cells) ROW(TXT("good"))))}, says)

static slice
corpus(const char *name)
{
	slice path, bytes = {0};
	ASSERT_OK(job_format(kit_fresh(), &path, "%s/test/corpus/sheet_xlsx/%s", getenv("ASSAY_SOURCE"), name));
	FILE *file = fopen(path.at, "rb");
	assert_non_null(file);
	char *at;
	ASSERT_OK(NEW(kit_job(), 64 * KIB, &at));
	bytes = (slice){at, fread(at, 1, 64 * KIB, file)};
	fclose(file);
	return bytes;
}

static void
test_sheet_xlsx__reads_another_writers_file(void **state)
{
	(void)state;
	struct sheet sheet;
	slice bytes = corpus("openpyxl");
	ASSERT_OK(sheet_read(kit_job(), "f.xlsx", bytes, NULL, &sheet));
	ASSERT_SLICE(sheet.name, "Risks");
	assert_int_equal(sheet.rows_len, 2);
	ASSERT_SLICE(joined(&sheet, 0), "=not a formula|-3|no|1900-02-28|2026-11-30T23:59:59.500000Z|00:00:01|PT0S|");
	ASSERT_SLICE(joined(&sheet, 1), "rich text runs|0.3||||||");
	assert_int_equal(sheet.rows[0].number, 3);
	assert_int_equal(sheet.rows[0].formula, 0);
	assert_int_equal(sheet.faults_all, 1);
	ASSERT_SLICE(sheet.faults[0].says, "row 2, column H: a formula without a value: open the workbook in a spreadsheet and save it");
}

static void
test_sheet_xlsx__reads_the_first_sheet_that_is_shown(void **state)
{
	(void)state;
	struct sheet sheet;
	slice bytes = corpus("openpyxl-1904");
	ASSERT_OK(sheet_read_xlsx(kit_job(), "f.xlsx", bytes, NULL, &sheet));
	ASSERT_SLICE(sheet.name, "Shown");
	assert_int_equal(sheet.rows_len, 2);
	ASSERT_SLICE(joined(&sheet, 0), "2026-11-30");
	ASSERT_SLICE(joined(&sheet, 1), "1904-01-01");
	ASSERT_OK(sheet_read_xlsx(kit_job(), "f.xlsx", bytes, &(struct sheet_limits){.sheet = S("hidden ONE")}, &sheet));
	ASSERT_SLICE(joined(&sheet, 0), "wrong");
	ASSERT_ERR(sheet_read_xlsx(kit_job(), "f.xlsx", bytes, &(struct sheet_limits){.sheet = S("Risks")}, &sheet), ERR_MISSING,
	    "there is no sheet \"Risks\", but: Hidden one, Shown");
}

static void
test_sheet_xlsx__passes_over_parts_with_other_names(void **state)
{
	(void)state;
	struct sheet sheet;
	slice bytes = corpus("names-beyond-ascii");
	ASSERT_OK(sheet_read_xlsx(kit_job(), "f.xlsx", bytes, NULL, &sheet));
	assert_int_equal(sheet.rows_len, 2);
}

static void
test_sheet_xlsx__refuses_merged_cells_below_the_headings(void **state)
{
	(void)state;
	struct sheet sheet;
	slice bytes = corpus("openpyxl-merged");
	ASSERT_ERR(sheet_read_xlsx(kit_job(), "f.xlsx", bytes, NULL, &sheet), ERR_INPUT, "the cells A2:A3 are merged");
	sheet = read_book((struct kit_book){.sheet = S("<worksheet xmlns='" KIT_MAIN "'><sheetData>" HEADINGS ROW(
						TXT("x")) "</sheetData><mergeCells><mergeCell ref='C1:D1'/></mergeCells></worksheet>")},
	    NULL);
	assert_int_equal(sheet.rows_len, 1);
}

static void
test_sheet_xlsx__reads_every_type_of_cell(void **state)
{
	(void)state;
	struct sheet sheet = read_book(
	    (struct kit_book){
		.strings = KIT_STRINGS(
		    "<si><t>ze</t></si><si><r><t>on</t></r><r><rPr/><t xml:space='preserve'>e </t></r><rPh><t>won</t></rPh></si>"
		    "<si><t>a_x000D_b_x005F_x0041_c_x0000_</t></si>"),
		.sheet = S(KIT_SHEET(HEADINGS ROW("<c t='s'><v>0</v></c><c t='s'><v>1</v></c><c t='s'><v>2</v></c>")
			ROW("<c><v>1.50</v></c><c t='b'><v>1</v></c><c t='b'><v>0</v></c>")
			    ROW("<c s='1'><v>46356</v></c><c s='2'><v>46356.5</v></c><c s='3'><v>1.5</v></c>")
				ROW("<c s='4'><v>46356</v></c><c t='d'><v>2026-11-30</v></c><c t='d'><v>2026-11-30T09:15:00</v></c>")
				    ROW("<c t='str'><f>\"a\"&amp;\"b\"</f><v>ab</v></c><c "
					"t='inlineStr'><is><r><t>x</t></r><r><t>y</t></r></is></c><c t='n'><v>-7</v></c>")))},
	    NULL);
	assert_int_equal(sheet.faults_all, 0);
	assert_int_equal(sheet.rows_len, 5);
	ASSERT_SLICE(joined(&sheet, 0), "ze|one |a\rb_x0041_c_x0000_");
	ASSERT_SLICE(joined(&sheet, 1), "1.5|yes|no");
	ASSERT_SLICE(joined(&sheet, 2), "2026-11-30|2026-11-30T12:00:00Z|PT36H");
	ASSERT_SLICE(joined(&sheet, 3), "2026-11-30|2026-11-30|2026-11-30T09:15:00Z");
	ASSERT_SLICE(joined(&sheet, 4), "ab|xy|-7");
}

static void
test_sheet_xlsx__tells_the_row_of_its_formula(void **state)
{
	(void)state;
	struct sheet sheet = READ(HEADINGS ROW(TXT("x") "<c><f>1+1</f><v>2</v></c><c><f>B2</f><v>2</v></c>") ROW(TXT("y") "<c><v>2</v></c>")
		ROW("<c t='str'><f>\"\"</f><v></v></c>" TXT("z")));
	assert_int_equal(sheet.rows_len, 3);
	ASSERT_SLICE(joined(&sheet, 0), "x|2|2");
	assert_int_equal(sheet.rows[0].formula, 2);
	assert_int_equal(sheet.rows[1].formula, 0);
	assert_int_equal(sheet.rows[2].formula, 1);
	FAULT(TXT("x") "<c><f>1+1</f></c>", "row 2, column B: a formula without a value: open the workbook in a spreadsheet and save it");
}

static void
test_sheet_xlsx__names_cells_that_say_nothing(void **state)
{
	(void)state;
	FAULT("<c t='e'><v>#N/A</v></c>", "row 2, column A: the cell holds the error #N/A");
	FAULT("<c t='e'><v>&#x202E; free text</v></c>", "row 2, column A: the cell holds the error of a formula");
	FAULT("<c t='b'><v>2</v></c>", "row 2, column A: neither true nor false");
	FAULT("<c t='s'><v>1</v></c>", "row 2, column A: the cell's text is not among the workbook's shared texts");
	FAULT("<c t='s'><v>-1</v></c>", "row 2, column A: the cell's text is not among the workbook's shared texts");
	FAULT("<c s='5'><v>1</v></c>", "row 2, column A: the cell's style is not in the workbook");
	FAULT("<c s='x'><v>1</v></c>", "row 2, column A: the cell's style is not in the workbook");
	FAULT("<c s='1'><v>60</v></c>", "row 2, column A: 29 February 1900 is no date");
	FAULT("<c s='1'><v>1e300</v></c>", "row 2, column A: a date outside the years 1900 to 9999");
	FAULT("<c><v>one</v></c>", "row 2, column A: not a number");
	FAULT("<c t='d'><v>30/11/2026</v></c>", "row 2, column A: not a date");
	FAULT("<c t='z'><v>1</v></c>", "row 2, column A: a cell of a kind that is not known");
	FAULT(TXT("x") TXT("y") TXT("z") TXT("beyond"), "row 2, column D: text, but the column has no heading");
}

static void
test_sheet_xlsx__fills_what_is_not_there(void **state)
{
	(void)state;
	struct sheet sheet =
	    READ("<row r='3'><c r='A3' t='inlineStr'><is><t>a</t></is></c><c r='C3' t='inlineStr'><is><t>c</t></is></c></row>"
		 "<row r='7' hidden='1'><c r='C7'><v>1</v></c><c r='XFD7' s='1'/></row><row r='8'><c r='A8' s='1'/></row>"
		 "<row r='1048576'><c r='A1048576'><v>2</v></c></row>");
	assert_int_equal(sheet.header, 3);
	assert_int_equal(sheet.columns_len, 3);
	assert_int_equal(sheet.rows_len, 2);
	ASSERT_SLICE(joined(&sheet, 0), "||1");
	ASSERT_SLICE(joined(&sheet, 1), "2||");
	assert_int_equal(sheet.rows[0].number, 7);
	assert_int_equal(sheet.rows[1].number, 1048576);
	assert_int_equal(sheet.blank, 1);
	sheet = read_book(
	    (struct kit_book){.sheet = S("<worksheet xmlns='" KIT_MAIN "'><dimension ref='A1:XFD1048576'/><sheetData>" HEADINGS ROW(
				  TXT("x")) "</sheetData></worksheet>")},
	    NULL);
	assert_int_equal(sheet.rows_len, 1);
	assert_int_equal(sheet.columns_len, 3);
}

static void
test_sheet_xlsx__refuses_absurd_places(void **state)
{
	(void)state;
	REFUSED_SHEET(KIT_SHEET(HEADINGS "<row r='1'/>"), ERR_INPUT, "a row says its number is \"1\": expected one above 1");
	REFUSED_SHEET(KIT_SHEET("<row r='0'/>"), ERR_INPUT, "expected one above 0");
	REFUSED_SHEET(KIT_SHEET("<row r='1048577'/>"), ERR_INPUT, "at most 1048576 rows");
	REFUSED_SHEET(KIT_SHEET("<row r='-1'/>"), ERR_INPUT, "a row says its number is \"-1\"");
	REFUSED_SHEET(KIT_SHEET("<row r='1'><c r='A2'/></row>"), ERR_INPUT, "row 1: a cell says its place is \"A2\"");
	REFUSED_SHEET(KIT_SHEET("<row r='1'><c r='B1'/><c r='A1'/></row>"), ERR_INPUT, "behind column 2");
	REFUSED_SHEET(KIT_SHEET("<row r='1'><c r='XFE1'/></row>"), ERR_INPUT, "its place is \"XFE1\"");
	REFUSED_SHEET(KIT_SHEET("<row r='1'><c r='AAAA1'/></row>"), ERR_INPUT, "its place is \"AAAA1\"");
	REFUSED_SHEET(KIT_SHEET("<row r='1'><c r='XFD1'><v>1</v></c></row>"), ERR_LIMIT, "at most 512 columns are read");
}

static void
test_sheet_xlsx__refuses_headings_like_csv(void **state)
{
	(void)state;
	REFUSED_SHEET(KIT_SHEET(ROW(TXT("a") TXT("b") TXT(" A "))), ERR_INPUT, "row 1: column A and column C have the same heading \"a\"");
	REFUSED_SHEET(KIT_SHEET(ROW("<c t='e'><v>#REF!</v></c>")), ERR_INPUT, "row 1, column A: the cell holds the error #REF!");
	REFUSED_SHEET(KIT_SHEET("<row/>"), ERR_INPUT, "no row of the sheet has any text");
}

static void
test_sheet_xlsx__keeps_its_limits(void **state)
{
	(void)state;
	struct kit_book book = {.sheet = S(KIT_SHEET(HEADINGS ROW(TXT("xx")) ROW(TXT("yy"))))};
	REFUSED(book, (&(struct sheet_limits){.bytes = 100}), ERR_LIMIT, "f.xlsx: a file must not exceed 100 bytes");
	REFUSED(book, (&(struct sheet_limits){.rows = 1}), ERR_LIMIT, "row 3: at most 1 rows");
	REFUSED(book, (&(struct sheet_limits){.columns = 2}), ERR_LIMIT, "row 1: at most 2 columns are read");
	REFUSED(book, (&(struct sheet_limits){.cell = 4, .unpacked = 100}), ERR_LIMIT, "unpacked it must not exceed 100 bytes");
	book.strings = KIT_STRINGS("<si/>");
	REFUSED(book, (&(struct sheet_limits){.cell = 1}), ERR_LIMIT, "row 2: a cell must not exceed 1 bytes");
	assert_int_equal(read_book(book, &(struct sheet_limits){.rows = 2, .columns = 3, .cell = 2}).rows_len, 2);
}

static void
test_sheet_xlsx__reads_prefixes_and_the_strict_form(void **state)
{
	(void)state;
	struct sheet sheet = read_book(
	    (struct kit_book){
		.sheet = S("<x:worksheet xmlns:x='" KIT_MAIN "' xmlns:y='urn:y'><y:sheetData><y:row/></y:sheetData><x:sheetData>"
			   "<x:row><x:c t='inlineStr'><x:is><x:t>a</x:t></x:is></x:c></x:row>"
			   "<x:row><y:c><x:v>9</x:v></y:c><x:c><x:v>1</x:v><y:v>2</y:v></x:c></x:row></x:sheetData></x:worksheet>")},
	    NULL);
	assert_int_equal(sheet.rows_len, 1);
	ASSERT_SLICE(joined(&sheet, 0), "1");
	sheet = read_book(
	    (struct kit_book){.sheet = S("<worksheet xmlns='http://purl.oclc.org/ooxml/spreadsheetml/main'><sheetData>" HEADINGS ROW(
				  TXT("s")) "</sheetData></worksheet>")},
	    NULL);
	ASSERT_SLICE(joined(&sheet, 0), "s||");
	REFUSED_SHEET(
	    "<worksheet xmlns='urn:other'><sheetData>" HEADINGS "</sheetData></worksheet>", ERR_INPUT, "no row of the sheet has any text");
}

static void
test_sheet_xlsx__finds_sheets_by_relationship(void **state)
{
	(void)state;
	struct kit_book book = {.sheet = S(KIT_SHEET(HEADINGS)),
	    .workbook = KIT_WORKBOOK(
		"<workbookPr date1904='1'/>", "<sheet name='Chart' r:id='r5'/><sheet name='Two' r:id='r2'/><sheet name='One' r:id='r1'/>")};
	struct sheet sheet = read_book(book, NULL);
	ASSERT_SLICE(sheet.name, "Two");
	ASSERT_SLICE(joined(&sheet, 0), "value");
	book.workbook = KIT_WORKBOOK("", "<sheet name='Chart' r:id='r5'/><sheet name='Lost' r:id='r9'/><sheet name='Bare'/>");
	REFUSED(book, NULL, ERR_INPUT, "no sheet that can be read: Chart, Lost, Bare");
}

static void
test_sheet_xlsx__refuses_entities(void **state)
{
	(void)state;
	REFUSED_SHEET("<!DOCTYPE worksheet [<!ENTITY a 'b'>]>" KIT_SHEET(HEADINGS ROW(TXT("&a;"))), ERR_INPUT, "DOCTYPE");
	REFUSED_SHEET("<!DOCTYPE worksheet SYSTEM 'file:///etc/passwd'>" KIT_SHEET(HEADINGS), ERR_INPUT, "DOCTYPE");
	REFUSED_SHEET(KIT_SHEET(HEADINGS ROW(TXT("&a;"))), ERR_INPUT, "undefined entity");
	struct kit_book book = {
	    .sheet = S(KIT_SHEET(HEADINGS)), .strings = "<!DOCTYPE sst [<!ENTITY a 'aaaaaaaaaa'>]>" KIT_STRINGS("<si><t>&a;</t></si>")};
	REFUSED(book, NULL, ERR_INPUT, "xl/sharedStrings.xml: a document type declaration");
	struct sheet sheet = READ(HEADINGS ROW(TXT("&amp;&lt;&#233;")));
	ASSERT_SLICE(joined(&sheet, 0), "&<\xC3\xA9||");
}

static void
test_sheet_xlsx__refuses_wrong_xml(void **state)
{
	(void)state;
	REFUSED_SHEET("", ERR_INPUT, "xl/worksheets/sheet1.xml: line 1: XML: no element found");
	REFUSED_SHEET("<worksheet xmlns='" KIT_MAIN "'><sheetData>", ERR_INPUT, "no element found");
	REFUSED_SHEET("<worksheet xmlns='" KIT_MAIN "'><a></b></worksheet>", ERR_INPUT, "mismatched tag");
	struct buf buf = buf_open(kit_fresh(), "deep", MIB);
	slice deep;
	for (int i = 0; i < 70; i++)
		buf_text(&buf, "<a>");
	ASSERT_OK(buf_end(&buf, &deep));
	slice bytes = {0};
	struct sheet sheet;
	ASSERT_OK(kit_book(kit_job(), (struct kit_book){.sheet = deep}, &bytes));
	ASSERT_ERR(sheet_read_xlsx(kit_job(), "f.xlsx", bytes, NULL, &sheet), ERR_LIMIT, "more than 64 deep");
}

/* ${len} bytes of ${fill} between ${before} and ${after}. */
static slice
swollen(const char *before, const char *fill, size_t len, const char *after)
{
	struct buf buf = buf_open(kit_fresh(), "swollen", 80 * MIB);
	slice text = {0}, bytes = {0};
	buf_text(&buf, before);
	while (buf.len < len)
		buf_text(&buf, fill);
	buf_text(&buf, after);
	ASSERT_OK(buf_end(&buf, &text));
	ASSERT_OK(kit_book(kit_job(), (struct kit_book){.sheet = text}, &bytes));
	return bytes;
}

static void
test_sheet_xlsx__refuses_bombs(void **state)
{
	(void)state;
	struct sheet sheet;
	slice bytes = swollen(KIT_SHEET(HEADINGS), "                    ", 16 * MIB, "");
	ASSERT_ERR(sheet_read_xlsx(kit_job(), "f.xlsx", bytes, NULL, &sheet), ERR_LIMIT, "must not grow more than 200-fold");
	bytes = swollen("<worksheet xmlns='" KIT_MAIN "'>", "<a b='0123456789'/>", 2 * MIB, "</worksheet>");
	ASSERT_ERR(sheet_read_xlsx(kit_job(), "f.xlsx", bytes, &(struct sheet_limits){.unpacked = MIB}, &sheet), ERR_LIMIT,
	    "unpacked it must not exceed");
	bytes = swollen(KIT_SHEET(HEADINGS), "                    ", 2 * MIB, "");
	ASSERT_OK(sheet_read_xlsx(kit_job(), "f.xlsx", bytes, NULL, &sheet));
}

static void
test_sheet_xlsx__refuses_an_endless_tag(void **state)
{
	(void)state;
	struct buf buf = buf_open(kit_fresh(), "tag", 16 * MIB);
	slice text, bytes = {0};
	struct sheet sheet;
	uint32_t seed = 1;
	buf_text(&buf, "<worksheet a='");
	while (buf.len < 6 * MIB) {
		seed = seed * 1664525u + 1013904223u;
		buf_byte(&buf, (char)('A' + (seed >> 28)));
	}
	ASSERT_OK(buf_end(&buf, &text));
	ASSERT_OK(kit_book(kit_job(), (struct kit_book){.sheet = text}, &bytes));
	ASSERT_ERR(sheet_read_xlsx(kit_job(), "f.xlsx", bytes, NULL, &sheet), ERR_LIMIT, "one tag must not exceed 4194304 bytes");
}

static void
test_sheet_xlsx__refuses_every_truncation(void **state)
{
	(void)state;
	slice whole = packed((struct kit_book){.sheet = S(KIT_SHEET(HEADINGS ROW(TXT("x"))))});
	struct arena_mark mark = arena_mark(kit_job()->arena);
	for (size_t len = 0; len < whole.len; len += len < whole.len - 40 ? 7 : 1) {
		struct sheet sheet;
		char *cut = malloc(len + 1); /* of exactly this size, so that a step too far is seen */
		assert_non_null(cut);
		memcpy(cut, whole.at, len);
		err got = sheet_read_xlsx(kit_job(), "f.xlsx", (slice){cut, len}, NULL, &sheet);
		if (got.code != ERR_INPUT)
			fail_msg("cut at %zu of %zu: %s", len, whole.len, err_name(got.code));
		arena_rewind(kit_job()->arena, mark);
		free(cut);
	}
	struct sheet sheet;
	ASSERT_OK(sheet_read_xlsx(kit_job(), "f.xlsx", whole, NULL, &sheet));
}

static void
test_sheet_xlsx__refuses_damage(void **state)
{
	(void)state;
	slice whole = packed((struct kit_book){.sheet = S(KIT_SHEET(HEADINGS ROW(TXT("x") TXT("some longer text to be packed"))))});
	struct sheet sheet;
	char *damaged;
	ASSERT_OK(NEW(kit_job(), whole.len, &damaged));
	memcpy(damaged, whole.at, whole.len);
	for (size_t at = 0; at + 40 < whole.len; at++) /* the packed bytes of the sheet begin behind its name */
		if (memcmp(damaged + at, "xl/worksheets/sheet1.xml", 24) == 0) {
			damaged[at + 70] = (char)(damaged[at + 70] ^ 0x55);
			break;
		}
	ASSERT_ERR(sheet_read_xlsx(kit_job(), "f.xlsx", (slice){damaged, whole.len}, NULL, &sheet), ERR_INPUT, "f.xlsx: ");
	ASSERT_OK(sheet_read_xlsx(kit_job(), "f.xlsx", whole, NULL, &sheet));
}

static void
test_sheet_xlsx__refuses_other_archives(void **state)
{
	(void)state;
	static const struct {
		const char *name, *says;
	} cases[] = {{"two-of-one-name", "two parts have one name"}, {"bzip2", "packed in a way that workbooks are not"},
	    {"locked", "locked with a password"}};
	struct sheet sheet;
	for (size_t i = 0; i < 3; i++) {
		slice bytes = corpus(cases[i].name);
		ASSERT_ERR(sheet_read_xlsx(kit_job(), "f.xlsx", bytes, NULL, &sheet), ERR_INPUT, cases[i].says);
	}
	struct sheet_part part = {"mimetype", S("application/vnd.oasis.opendocument.spreadsheet")};
	slice bytes = {0};
	ASSERT_OK(sheet_zip_write(kit_fresh(), &part, 1, &bytes));
	ASSERT_ERR(sheet_read(kit_job(), "f.ods", bytes, NULL, &sheet), ERR_INPUT, "f.ods: a zip archive, but not a workbook");
	ASSERT_ERR(sheet_read_xlsx(kit_job(), "f", S("a,b\n1,2\n"), NULL, &sheet), ERR_INPUT, "not a workbook");
	ASSERT_ERR(sheet_read(kit_job(), "f.xls", S("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), NULL, &sheet), ERR_INPUT,
	    "old (.xls) or locked workbook");
	ASSERT_OK(sheet_read(kit_job(), "f.csv", S("a,b\n1,2\n"), NULL, &sheet));
}

static void
test_sheet_xlsx__refuses_too_many_parts(void **state)
{
	(void)state;
	static struct sheet_part parts[SHEET_ZIP_MAX_ENTRIES + 1];
	struct job *job = kit_fresh();
	struct sheet sheet;
	slice bytes = {0};
	for (int i = 0; i <= SHEET_ZIP_MAX_ENTRIES; i++) {
		slice path;
		ASSERT_OK(job_format(job, &path, "part/%d", i));
		parts[i] = (struct sheet_part){path.at, S("x")};
	}
	ASSERT_OK(sheet_zip_write(job, parts, SHEET_ZIP_MAX_ENTRIES + 1, &bytes));
	ASSERT_ERR(sheet_read_xlsx(job, "f.xlsx", bytes, NULL, &sheet), ERR_LIMIT, "at most 1000 parts are read");
	ASSERT_OK(sheet_zip_write(job, parts, SHEET_ZIP_MAX_ENTRIES, &bytes));
	ASSERT_ERR(sheet_read_xlsx(job, "f.xlsx", bytes, NULL, &sheet), ERR_INPUT, "not a workbook");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sheet_xlsx__reads_another_writers_file),
	    cmocka_unit_test(test_sheet_xlsx__reads_the_first_sheet_that_is_shown),
	    cmocka_unit_test(test_sheet_xlsx__passes_over_parts_with_other_names),
	    cmocka_unit_test(test_sheet_xlsx__refuses_merged_cells_below_the_headings),
	    cmocka_unit_test(test_sheet_xlsx__reads_every_type_of_cell),
	    cmocka_unit_test(test_sheet_xlsx__tells_the_row_of_its_formula),
	    cmocka_unit_test(test_sheet_xlsx__names_cells_that_say_nothing),
	    cmocka_unit_test(test_sheet_xlsx__fills_what_is_not_there),
	    cmocka_unit_test(test_sheet_xlsx__refuses_absurd_places),
	    cmocka_unit_test(test_sheet_xlsx__refuses_headings_like_csv),
	    cmocka_unit_test(test_sheet_xlsx__keeps_its_limits),
	    cmocka_unit_test(test_sheet_xlsx__reads_prefixes_and_the_strict_form),
	    cmocka_unit_test(test_sheet_xlsx__finds_sheets_by_relationship),
	    cmocka_unit_test(test_sheet_xlsx__refuses_entities),
	    cmocka_unit_test(test_sheet_xlsx__refuses_wrong_xml),
	    cmocka_unit_test(test_sheet_xlsx__refuses_bombs),
	    cmocka_unit_test(test_sheet_xlsx__refuses_an_endless_tag),
	    cmocka_unit_test(test_sheet_xlsx__refuses_every_truncation),
	    cmocka_unit_test(test_sheet_xlsx__refuses_damage),
	    cmocka_unit_test(test_sheet_xlsx__refuses_other_archives),
	    cmocka_unit_test(test_sheet_xlsx__refuses_too_many_parts),
	};
	return KIT_TESTS(tests);
}
