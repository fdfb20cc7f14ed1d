/*
 * Workbooks on the way out: the fewest parts that are valid, one sheet, text in the cells themselves.
 * Deliberately does not: write a formula, ever; text is a cell of type text, marked so that editing it does not make it run either.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/sheet_inner.h"
#include "base/sheet_zip.h"
#include "base/text.h"

#define MOST_ROWS 1048576
#define MOST_COLUMNS 16384
#define MOST_CELL 32767           /* UTF-16 units */
#define MOST_NAME 31              /* UTF-16 units */
#define MOST_TEXT (1024 * MIB)    /* of the sheet's XML */
#define WIDTH_ROWS 1000           /* that are looked at for the width of columns */
#define FIRST_DAY INT64_C(-25508) /* 1900-03-01: before it the format counts a day that never was */

/* Places in cellXfs below. */
enum style {
	STYLE_NUMBER,
	STYLE_HEADING,
	STYLE_TEXT,
	STYLE_GUARDED, /* text that begins like a formula */
	STYLE_MONEY,
	STYLE_DATE,
	STYLE_INSTANT,
	STYLE_INSTANT_MS,
};

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define DOCUMENT "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006/"
#define KIND "application/vnd.openxmlformats-officedocument.spreadsheetml."

static const char content_types[] =
    HEAD "<Types xmlns=\"" PACKAGE
	 "content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
	 "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
	 "<Override PartName=\"/xl/workbook.xml\" ContentType=\"" KIND "sheet.main+xml\"/>"
	 "<Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"" KIND "worksheet+xml\"/>"
	 "<Override PartName=\"/xl/styles.xml\" ContentType=\"" KIND "styles+xml\"/></Types>";

static const char package_relations[] = HEAD "<Relationships xmlns=\"" PACKAGE "relationships\"><Relationship Id=\"rId1\" Type=\"" DOCUMENT
					     "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";

static const char workbook_relations[] =
    HEAD "<Relationships xmlns=\"" PACKAGE "relationships\"><Relationship Id=\"rId1\" Type=\"" DOCUMENT
	 "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
	 "<Relationship Id=\"rId2\" Type=\"" DOCUMENT "/styles\" Target=\"styles.xml\"/></Relationships>";

#define XF(format, font, more)                                                                                                             \
	"<xf numFmtId=\"" format "\" fontId=\"" font "\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"" more "/>"

static const char styles[] =
    HEAD "<styleSheet xmlns=\"" MAIN "\"><numFmts count=\"3\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/>"
	 "<numFmt numFmtId=\"165\" formatCode=\"yyyy\\-mm\\-dd\\ hh:mm:ss\"/><numFmt numFmtId=\"166\" formatCode=\"yyyy\\-mm\\-dd\\ "
	 "hh:mm:ss.000\"/></numFmts>"
	 "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font><font><b/><sz val=\"11\"/><name "
	 "val=\"Calibri\"/></font></fonts>"
	 "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills>"
	 "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
	 "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs><cellXfs count=\"8\">" XF(
	     "0", "0", "") XF("49", "1", " applyFont=\"1\"") XF("49", "0", "") XF("49", "0", " quotePrefix=\"1\"") XF("4", "0", "")
	     XF("164", "0", "") XF("165", "0", "") XF("166", "0",
		 "") "</cellXfs><cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>";

/* "_x0041_" in a text would be read as "A": its first underscore is written as _x005F_; the last one may come from what is escaped behind
 * it. */
static bool
looks_escaped(slice text)
{
	uint64_t number;
	return text.len >= 6 && slice_starts(text, S("_x")) && slice_hex_u64(slice_part(text, 2, 4), &number);
}

/* Text of an element or attribute; characters that XML cannot hold as _xHHHH_ (ECMA-376 ST_Xstring), malformed bytes as U+FFFD. */
static void
write_text(struct buf *buf, slice text)
{
	while (text.len > 0) {
		uint32_t rune;
		size_t len = text_rune(text, &rune);
		bool held = rune >= 0x20 ? rune != 0xFFFE && rune != 0xFFFF : rune == '\n' || rune == '\t';
		if (looks_escaped(text) || !held)
			buf_printf(buf, "_x%04X_", rune);
		else if (rune == '&' || rune == '<' || rune == '>' || rune == '"')
			buf_text(buf, rune == '&' ? "&amp;" : rune == '<' ? "&lt;" : rune == '>' ? "&gt;" : "&quot;");
		else if (rune == 0xFFFD && len == 1)
			buf_text(buf, "\xEF\xBF\xBD");
		else
			buf_add(buf, slice_part(text, 0, len));
		text = slice_from(text, len);
	}
}

static size_t
utf16_len(slice text)
{
	size_t units = 0;
	while (text.len > 0) {
		uint32_t rune;
		size_t len = text_rune(text, &rune);
		units += rune > 0xFFFF ? 2 : 1;
		text = slice_from(text, len);
	}
	return units;
}

struct letters {
	char at[4];
};

static struct letters
letters_of(size_t column)
{
	struct letters letters = {""};
	char all[4];
	size_t at = 0;
	for (size_t rest = column + 1; rest > 0 && at < 3; rest = (rest - 1) / 26)
		all[at++] = (char)('A' + (rest - 1) % 26);
	for (size_t i = 0; i < at; i++)
		letters.at[i] = all[at - 1 - i];
	return letters;
}

static void
write_text_cell(struct buf *buf, const char *column, size_t row, enum style style, slice text)
{
	buf_printf(buf, "<c r=\"%s%zu\" s=\"%d\" t=\"inlineStr\"><is><t xml:space=\"preserve\">", column, row, (int)style);
	write_text(buf, text);
	buf_text(buf, "</t></is></c>");
}

/* A number that is written with all it says: not 007, not more digits than a double holds. */
static bool
keeps_number(slice text)
{
	char copy[64];
	size_t digits = 0, start = slice_starts(text, S("-"));
	if (!sheet_is_number(text) || text.len >= sizeof copy)
		return false;
	for (size_t i = 0; i < text.len && (text.at[i] | 0x20) != 'e'; i++)
		digits += text.at[i] >= '0' && text.at[i] <= '9';
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	bool idle_zero = text.len > start + 1 && text.at[start] == '0' && text.at[start + 1] >= '0' && text.at[start + 1] <= '9';
	return digits <= 15 && !idle_zero && isfinite(strtod(copy, NULL));
}

/* The number of a date or instant as a workbook counts; false when it cannot be written without loss. */
static bool
serial_of(enum sheet_kind kind, slice text, double *ret, enum style *ret_style)
{
	int64_t at;
	if (!instant_parse(text, &at) || at < FIRST_DAY * DAY_US || at % 1000 != 0)
		return false;
	struct instant_text same = kind == SHEET_DATE ? instant_day(at) : instant_text(at);
	if (!slice_same(slice_of(same.at), text))
		return false;
	*ret_style = kind == SHEET_DATE ? STYLE_DATE : at % SECOND_US != 0 ? STYLE_INSTANT_MS : STYLE_INSTANT;
	int64_t day = at / DAY_US - (at % DAY_US < 0);
	*ret = (double)(day + 25569) + (double)(at - day * DAY_US) / (double)DAY_US;
	return true;
}

static void
write_cell(struct buf *buf, enum sheet_kind kind, const char *column, size_t row, slice text)
{
	double serial;
	enum style style = kind == SHEET_MONEY ? STYLE_MONEY : STYLE_NUMBER;
	if (text.len == 0)
		return;
	if ((kind == SHEET_NUMBER || kind == SHEET_MONEY) && keeps_number(text))
		buf_printf(buf, "<c r=\"%s%zu\" s=\"%d\"><v>%.*s</v></c>", column, row, (int)style, SLICE(text));
	else if ((kind == SHEET_DATE || kind == SHEET_INSTANT) && serial_of(kind, text, &serial, &style))
		buf_printf(buf, "<c r=\"%s%zu\" s=\"%d\"><v>%.17g</v></c>", column, row, (int)style, serial);
	else
		write_text_cell(buf, column, row, slice_find(S("=+-@\t\r"), text.at[0]) < 6 ? STYLE_GUARDED : STYLE_TEXT, text);
}

static err
check_cell(struct job *job, const struct sheet *sheet, size_t row, size_t column, slice text)
{
	size_t units = text.len > MOST_CELL ? utf16_len(text) : 0;
	if (units <= MOST_CELL)
		return OK;
	return err_set(job, ERR_LIMIT, "row %zu, column %s (%.*s): a cell of a workbook holds at most %d characters, found %zu", row,
	    letters_of(column).at, SLICE(sheet->columns[column].heading), MOST_CELL, units);
}

static err
write_row(struct job *job, struct buf *buf, const struct sheet *sheet, size_t r)
{
	buf_printf(buf, "<row r=\"%zu\">", r + 2);
	for (size_t i = 0; i < sheet->columns_len; i++) {
		slice text = sheet->rows[r].cells[i];
		TRY(check_cell(job, sheet, r + 2, i, text));
		write_cell(buf, sheet->columns[i].kind, letters_of(i).at, r + 2, text);
	}
	buf_text(buf, "</row>");
	return OK;
}

/* Wide enough for what is there, within reason; and with the column's style, so that what people add is taken as what it is. */
static void
write_columns(struct buf *buf, const struct sheet *sheet)
{
	static const enum style styles_of[] = {[SHEET_TEXT] = STYLE_TEXT,
	    [SHEET_NUMBER] = STYLE_NUMBER,
	    [SHEET_MONEY] = STYLE_MONEY,
	    [SHEET_DATE] = STYLE_DATE,
	    [SHEET_INSTANT] = STYLE_INSTANT};
	buf_text(buf, "<cols>");
	for (size_t i = 0; i < sheet->columns_len; i++) {
		size_t width = text_width(sheet->columns[i].heading), rows = sheet->rows_len < WIDTH_ROWS ? sheet->rows_len : WIDTH_ROWS;
		for (size_t r = 0; r < rows && width < 60; r++) {
			size_t one = text_width(slice_part(sheet->rows[r].cells[i], 0, 240));
			width = one > width ? one : width;
		}
		width = width < 8 ? 8 : width > 60 ? 60 : width;
		buf_printf(buf, "<col min=\"%zu\" max=\"%zu\" width=\"%zu\" style=\"%d\" customWidth=\"1\"/>", i + 1, i + 1, width + 2,
		    (int)styles_of[sheet->columns[i].kind]);
	}
	buf_text(buf, "</cols>");
}

static err
sheet_xml(struct job *job, const struct sheet *sheet, slice *ret)
{
	struct buf buf = buf_open(job, "a sheet of a workbook", MOST_TEXT);
	buf_printf(&buf, HEAD "<worksheet xmlns=\"" MAIN "\"><dimension ref=\"A1:%s%zu\"/>", letters_of(sheet->columns_len - 1).at,
	    sheet->rows_len + 1);
	buf_text(&buf,
	    "<sheetViews><sheetView workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/>"
	    "<selection pane=\"bottomLeft\" activeCell=\"A2\" sqref=\"A2\"/></sheetView></sheetViews>");
	write_columns(&buf, sheet);
	buf_text(&buf, "<sheetData><row r=\"1\">");
	for (size_t i = 0; i < sheet->columns_len; i++) {
		TRY(check_cell(job, sheet, 1, i, sheet->columns[i].heading));
		if (sheet->columns[i].heading.len > 0)
			write_text_cell(&buf, letters_of(i).at, 1, STYLE_HEADING, sheet->columns[i].heading);
	}
	buf_text(&buf, "</row>");
	for (size_t r = 0; r < sheet->rows_len; r++)
		TRY(write_row(job, &buf, sheet, r));
	buf_text(&buf, "</sheetData></worksheet>");
	return buf_end(&buf, ret);
}

/* At most 31 characters, none of []:*?/\ and no apostrophe at the ends; "History" is taken. */
static err
sheet_name(struct job *job, slice name, slice *ret)
{
	struct buf buf = buf_open(job, "the name of a sheet", 4 * KIB);
	size_t units = 0;
	name = slice_trim(name);
	while (slice_starts(name, S("'")))
		name = slice_trim(slice_from(name, 1));
	while (name.len > 0) {
		uint32_t rune;
		size_t len = text_rune(name, &rune);
		units += rune > 0xFFFF ? 2 : 1;
		if (units > MOST_NAME)
			break;
		if (text_rune_acts(rune) || (rune < 0x80 && slice_find(S("[]:*?/\\"), (char)rune) < 7))
			buf_byte(&buf, '-');
		else
			buf_add(&buf, rune == 0xFFFD ? S("-") : slice_part(name, 0, len));
		name = slice_from(name, len);
	}
	TRY(buf_end(&buf, ret));
	*ret = slice_trim(*ret);
	while (slice_ends(*ret, S("'")))
		*ret = slice_trim(slice_part(*ret, 0, ret->len - 1));
	if (ret->len == 0 || slice_same_nocase(*ret, S("History")))
		*ret = S("Sheet1");
	return OK;
}

static err
workbook_xml(struct job *job, slice name, slice *ret)
{
	struct buf buf = buf_open(job, "a workbook", 64 * KIB);
	TRY(sheet_name(job, name, &name));
	buf_text(&buf,
	    HEAD "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" DOCUMENT "\"><bookViews><workbookView/></bookViews><sheets><sheet name=\"");
	write_text(&buf, name);
	buf_text(&buf, "\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>");
	return buf_end(&buf, ret);
}

err
sheet_write_xlsx(struct job *job, const struct sheet *sheet, slice *ret)
{
	slice workbook, cells;
	if (sheet->rows_len >= MOST_ROWS || sheet->columns_len > MOST_COLUMNS)
		return err_set(job, ERR_LIMIT, "a sheet of a workbook has at most %d rows and %d columns, found %zu and %zu", MOST_ROWS,
		    MOST_COLUMNS, sheet->rows_len + 1, sheet->columns_len);
	TRY(workbook_xml(job, sheet->name, &workbook));
	TRY(sheet_xml(job, sheet, &cells));
	const struct sheet_part parts[] = {
	    {"[Content_Types].xml", slice_of(content_types)},
	    {"_rels/.rels", slice_of(package_relations)},
	    {"xl/workbook.xml", workbook},
	    {"xl/_rels/workbook.xml.rels", slice_of(workbook_relations)},
	    {"xl/styles.xml", slice_of(styles)},
	    {"xl/worksheets/sheet1.xml", cells},
	};
	return sheet_zip_write(job, parts, sizeof parts / sizeof parts[0], ret);
}
