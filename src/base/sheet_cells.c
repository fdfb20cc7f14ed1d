/*
 * The cells of one worksheet: rows in order, each cell's value as text by its type and number format.
 * Deliberately does not: calculate. A formula's cached value is taken, and the row is told.
 */
#include <string.h>

#include "base/instant.h"
#include "base/sheet_xlsx.h"

#define MOST_ROWS 1048576 /* of the format */
#define MOST_COLUMNS 16384

struct cells {
	struct sheet_book *book;
	struct sheet *sheet;
	uint32_t row;    /* that is open; 0: none yet */
	slice *cell;     /* limits.columns of them */
	uint32_t len;    /* of this row, up to the last one with text */
	uint32_t column; /* that is open or was last, from 1 */
	uint32_t formula;
	bool faulty;
	char type; /* of the open cell: 'n', 's', 'i' (inline), 't' (text of a formula), 'b', 'e', 'd', '?' */
	uint64_t style;
	bool has_formula;
};

static err
open_row(struct cells *cells, struct sheet_xml *xml, slice number)
{
	uint64_t row = (uint64_t)cells->row + 1;
	if (number.len > 0 && (!slice_u64(number, &row) || row <= cells->row))
		return sheet_xml_refuse(
		    xml, ERR_INPUT, "a row says its number is \"%.*s\": expected one above %u", SLICE(number), cells->row);
	if (row > MOST_ROWS)
		return sheet_xml_refuse(xml, ERR_INPUT, "a workbook has at most %d rows, found number %.*s", MOST_ROWS, SLICE(number));
	cells->row = xml->row = (uint32_t)row;
	memset(cells->cell, 0, cells->len * sizeof *cells->cell);
	cells->len = cells->column = cells->formula = 0;
	cells->faulty = false;
	return OK;
}

/* "BC12" in row 12 is column 55; 0 when it is none. */
static uint32_t
column_of(slice place, uint32_t row)
{
	uint32_t column = 0;
	uint64_t number;
	size_t at = 0;
	for (; at < place.len && at < 3 && place.at[at] >= 'A' && place.at[at] <= 'Z'; at++)
		column = column * 26 + (uint32_t)(place.at[at] - 'A') + 1;
	if (!slice_u64(slice_from(place, at), &number) || number != row || column > MOST_COLUMNS)
		return 0;
	return column;
}

static char
type_of(slice word)
{
	static const struct {
		const char *word;
		char type;
	} types[] = {{"", 'n'}, {"n", 'n'}, {"s", 's'}, {"inlineStr", 'i'}, {"str", 't'}, {"b", 'b'}, {"e", 'e'}, {"d", 'd'}};
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (slice_same(word, slice_of(types[i].word)))
			return types[i].type;
	return '?';
}

static err
open_cell(struct cells *cells, struct sheet_xml *xml, const char *const *attributes)
{
	slice place = sheet_xml_attribute(attributes, "r"), style = sheet_xml_attribute(attributes, "s");
	uint32_t column = place.len > 0 ? column_of(place, cells->row) : cells->column + 1;
	if (column <= cells->column || column > MOST_COLUMNS)
		return sheet_xml_refuse(xml, ERR_INPUT, "a cell says its place is \"%.*s\": expected one of this row, behind column %u",
		    SLICE(place), cells->column);
	cells->column = column;
	cells->type = type_of(sheet_xml_attribute(attributes, "t"));
	cells->style = 0;
	if (style.len > 0 && !slice_u64(style, &cells->style))
		cells->style = UINT64_MAX;
	cells->has_formula = false;
	buf_reset(&xml->text);
	return OK;
}

/* "A2:B7": its last row, 0 when it cannot be read. */
static uint32_t
last_row(slice range)
{
	slice last = slice_from(range, slice_find_last(range, ':') + 1);
	uint64_t row;
	if (slice_find(range, ':') == range.len)
		last = range;
	while (last.len > 0 && last.at[0] >= 'A' && last.at[0] <= 'Z')
		last = slice_from(last, 1);
	return slice_u64(last, &row) && row <= MOST_ROWS ? (uint32_t)row : 0;
}

/* Below the headings only the first of merged cells holds the value: the other rows would be read without it. */
static err
check_merge(struct cells *cells, struct sheet_xml *xml, slice range)
{
	uint32_t last = last_row(range);
	xml->row = 0;
	if (last == 0 || cells->sheet->header == 0 || last > cells->sheet->header)
		return sheet_xml_refuse(
		    xml, ERR_INPUT, "the cells %.*s are merged: split them, so that each row has its own", SLICE(range));
	return OK;
}

static bool
in_row(const struct sheet_xml *xml, unsigned steps)
{
	return sheet_xml_around(xml, steps) == TAG_ROW && sheet_xml_around(xml, steps + 1) == TAG_SHEET_DATA;
}

static err
on_open(void *to, struct sheet_xml *xml, enum sheet_tag tag, const char *const *attributes)
{
	struct cells *cells = to;
	enum sheet_tag around = sheet_xml_around(xml, 1);
	if (tag == TAG_ROW && around == TAG_SHEET_DATA)
		return open_row(cells, xml, sheet_xml_attribute(attributes, "r"));
	if (tag == TAG_C && in_row(xml, 1))
		return open_cell(cells, xml, attributes);
	if (tag == TAG_MERGE_CELL)
		return check_merge(cells, xml, sheet_xml_attribute(attributes, "ref"));
	if (around == TAG_C && in_row(xml, 2)) {
		cells->has_formula = cells->has_formula || tag == TAG_F;
		xml->keep = tag == TAG_V && cells->type != 'i';
	} else if (tag == TAG_T && cells->type == 'i') {
		xml->keep = around == TAG_IS || (around == TAG_R && sheet_xml_around(xml, 2) == TAG_IS);
	}
	return OK;
}

static err
fault(struct cells *cells, const char *says)
{
	cells->faulty = true;
	return sheet_fault(cells->sheet, cells->row, cells->column, "%s", says);
}

static err
number_text(struct cells *cells, slice value, slice *ret)
{
	struct sheet_format_text text;
	const struct sheet_book *book = cells->book;
	if (cells->style >= book->formats_len && cells->style > 0)
		return fault(cells, "the cell's style is not in the workbook");
	enum sheet_format format = cells->style < book->formats_len ? book->formats[cells->style] : SHEET_FORMAT_NUMBER;
	const char *why = sheet_format_value(slice_trim(value), format, book->from_1904, &text);
	if (why != NULL)
		return fault(cells, why);
	return job_copy(book->job, slice_of(text.at), ret);
}

static err
shared_text(struct cells *cells, slice value, slice *ret)
{
	uint64_t number;
	if (!slice_u64(slice_trim(value), &number) || number >= cells->book->strings_len)
		return fault(cells, "the cell's text is not among the workbook's shared texts");
	*ret = cells->book->strings[number];
	return OK;
}

/* ISO 8601 dates of the strict form, with no zone: "2026-11-30T09:15:00" or a date alone. */
static err
iso_text(struct cells *cells, slice value, slice *ret)
{
	int64_t at;
	slice zoned = value;
	if (slice_find(value, 'T') < value.len && !slice_ends(value, S("Z")))
		TRY(job_format(cells->book->job, &zoned, "%.*sZ", SLICE(value)));
	if (!instant_parse(zoned, &at))
		return fault(cells, "not a date");
	return job_copy(
	    cells->book->job, slice_of(slice_same(zoned, value) && value.len == 10 ? instant_day(at).at : instant_text(at).at), ret);
}

static err
error_text(struct cells *cells, slice value)
{
	bool plain = value.len > 0 && value.len <= 20;
	for (size_t i = 0; i < value.len && plain; i++)
		plain = value.at[i] > ' ' && value.at[i] < 0x7F;
	cells->faulty = true;
	return sheet_fault(
	    cells->sheet, cells->row, cells->column, "the cell holds the error %.*s", SLICE(plain ? value : S("of a formula")));
}

static err
text_of(struct cells *cells, slice value, slice *ret)
{
	bool yes = slice_same(value, S("1"));
	switch (cells->type) {
	case 'n':
		return number_text(cells, value, ret);
	case 's':
		return shared_text(cells, value, ret);
	case 'i':
	case 't':
		return sheet_cells_unescape(cells->book->job, value, ret);
	case 'b':
		*ret = yes ? S("yes") : S("no");
		return yes || slice_same(value, S("0")) ? OK : fault(cells, "neither true nor false");
	case 'd':
		return iso_text(cells, value, ret);
	case 'e':
		return error_text(cells, value);
	default:
		return fault(cells, "a cell of a kind that is not known");
	}
}

static err
close_cell(struct cells *cells, struct sheet_xml *xml)
{
	slice value, text = {0};
	TRY(buf_end(&xml->text, &value));
	if (value.len > 0)
		TRY(text_of(cells, value, &text));
	else if (cells->has_formula && cells->type != 't')
		TRY(fault(cells, "a formula without a value: open the workbook in a spreadsheet and save it"));
	if (cells->has_formula && cells->formula == 0)
		cells->formula = cells->column;
	if (text.len == 0)
		return OK;
	if (cells->column > cells->book->limits.columns)
		return sheet_xml_refuse(xml, ERR_LIMIT, "at most %zu columns are read", cells->book->limits.columns);
	if (text.len > cells->book->limits.cell)
		return sheet_xml_refuse(xml, ERR_LIMIT, "a cell must not exceed %zu bytes, found %zu", cells->book->limits.cell, text.len);
	cells->cell[cells->column - 1] = text;
	cells->len = cells->column;
	return OK;
}

static err
close_row(struct cells *cells, struct sheet_xml *xml)
{
	struct sheet_met met = {.number = cells->row, .formula = cells->formula, .cells = cells->cell, .len = cells->len};
	if (!cells->faulty)
		return sheet_meet(cells->sheet, cells->book->name, &cells->book->limits, &met);
	if (cells->sheet->header > 0)
		return OK;
	xml->row = 0;
	return sheet_xml_refuse(xml, ERR_INPUT, "%.*s", SLICE(cells->sheet->faults[0].says));
}

static err
on_close(void *to, struct sheet_xml *xml, enum sheet_tag tag)
{
	if (tag == TAG_C && in_row(xml, 1))
		return close_cell(to, xml);
	if (tag == TAG_ROW && sheet_xml_around(xml, 1) == TAG_SHEET_DATA)
		return close_row(to, xml);
	return OK;
}

err
sheet_cells_read(struct sheet_book *book, slice path, struct sheet *sheet)
{
	struct cells cells = {.book = book, .sheet = sheet};
	struct sheet_xml xml = {
	    .job = book->job, .name = book->name, .max_text = book->limits.cell, .open = on_open, .close = on_close, .to = &cells};
	bool found;
	TRY(NEW(book->job, book->limits.columns, &cells.cell));
	TRY(sheet_xml_read(&xml, &book->zip, path, &found));
	if (!found)
		return err_set(book->job, ERR_INPUT, "%s: the part %.*s of the sheet is missing", book->name, SLICE(path));
	return OK;
}

/* The code point of "_xHHHH_" at the front; 0 when it is none that may stand in a text. */
static uint32_t
escape_at(slice text)
{
	uint64_t rune;
	if (text.len < 7 || text.at[0] != '_' || text.at[1] != 'x' || text.at[6] != '_' || !slice_hex_u64(slice_part(text, 2, 4), &rune))
		return 0;
	return rune >= 0xD800 && rune < 0xE000 ? 0 : (uint32_t)rune;
}

static void
add_rune(struct buf *buf, uint32_t rune)
{
	if (rune < 0x80) {
		buf_byte(buf, (char)rune);
		return;
	}
	if (rune < 0x800) {
		buf_byte(buf, (char)(0xC0 | rune >> 6));
	} else {
		buf_byte(buf, (char)(0xE0 | rune >> 12));
		buf_byte(buf, (char)(0x80 | (rune >> 6 & 0x3F)));
	}
	buf_byte(buf, (char)(0x80 | (rune & 0x3F)));
}

err
sheet_cells_unescape(struct job *job, slice text, slice *ret)
{
	if (!slice_has(text, S("_x")))
		return job_copy(job, text, ret);
	struct buf buf = buf_open(job, "a cell", text.len);
	while (text.len > 0) {
		uint32_t rune = escape_at(text);
		if (rune > 0)
			add_rune(&buf, rune);
		else
			buf_byte(&buf, text.at[0]);
		text = slice_from(text, rune > 0 ? 7 : 1);
	}
	return buf_end(&buf, ret);
}
