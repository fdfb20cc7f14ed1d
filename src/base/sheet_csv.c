/*
 * CSV as RFC 4180 has it and as spreadsheets write it: separators, quotes, line ends, character sets.
 * Deliberately does not: guess. What it decides for itself (separator, byte order mark) is kept in the sheet for the caller to say.
 */
#include <string.h>

#include "base/sheet_inner.h"
#include "base/text.h"

struct csv {
	struct job *job;
	const char *name;
	struct sheet_limits limits;
	struct sheet *sheet;
	slice text;
	size_t at;
	uint32_t row, line; /* that are being read */
	slice *cells;
	size_t len;  /* cells of this row so far */
	bool faulty; /* a fault of this row is noted */
	bool lost;   /* a quote that never closes: nothing more can be read */
};

/* What windows-1252 has at 0x80 to 0x9F; 0 where it has nothing. */
/* clang-format off */
static const uint16_t windows_1252[32] = {
    0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
    0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
};
/* clang-format on */

static char *
put_rune(char *to, uint32_t rune)
{
	if (rune < 0x80) {
		*to++ = (char)rune;
		return to;
	}
	if (rune < 0x800) {
		*to++ = (char)(0xC0 | rune >> 6);
	} else {
		if (rune < 0x10000) {
			*to++ = (char)(0xE0 | rune >> 12);
		} else {
			*to++ = (char)(0xF0 | rune >> 18);
			*to++ = (char)(0x80 | (rune >> 12 & 0x3F));
		}
		*to++ = (char)(0x80 | (rune >> 6 & 0x3F));
	}
	*to++ = (char)(0x80 | (rune & 0x3F));
	return to;
}

/* A byte that windows-1252 does not have stays as it is: malformed here, so that its row is refused. */
static err
decode_windows(struct csv *csv)
{
	char *out;
	TRY(job_take(csv->job, 3, csv->text.len + 1, (void **)&out));
	char *to = out;
	for (size_t i = 0; i < csv->text.len; i++) {
		unsigned char byte = (unsigned char)csv->text.at[i];
		uint32_t rune = byte >= 0x80 && byte < 0xA0 ? windows_1252[byte - 0x80] : byte;
		if (rune == 0)
			*to++ = (char)byte;
		else
			to = put_rune(to, rune);
	}
	csv->text = (slice){out, (size_t)(to - out)};
	csv->sheet->encoding = "windows-1252";
	return OK;
}

static uint32_t
unit_at(slice text, size_t at, bool big)
{
	uint32_t first = (unsigned char)text.at[at], second = (unsigned char)text.at[at + 1];
	return big ? first << 8 | second : second << 8 | first;
}

/* Half a surrogate pair becomes a byte that is malformed, so that its row is refused. */
static err
decode_utf16(struct csv *csv, slice text, bool big)
{
	char *out;
	if (text.len % 2 != 0)
		return err_set(csv->job, ERR_INPUT, "%s: UTF-16 of an odd number of bytes: the file is cut short", csv->name);
	TRY(job_take(csv->job, 3, text.len / 2 + 1, (void **)&out));
	char *to = out;
	for (size_t i = 0; i < text.len; i += 2) {
		uint32_t unit = unit_at(text, i, big);
		uint32_t low = i + 2 < text.len ? unit_at(text, i + 2, big) : 0;
		if (unit >= 0xD800 && unit < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
			to = put_rune(to, 0x10000 + ((unit & 0x3FF) << 10) + (low & 0x3FF));
			i += 2;
		} else if (unit >= 0xD800 && unit < 0xE000) {
			*to++ = (char)0xFF;
		} else {
			to = put_rune(to, unit);
		}
	}
	csv->text = (slice){out, (size_t)(to - out)};
	csv->sheet->encoding = "UTF-16";
	return OK;
}

static err
refuse_nul(struct csv *csv)
{
	unsigned line = 1;
	for (slice before = slice_part(csv->text, 0, slice_find(csv->text, '\0')); before.len > 0; before = slice_from(before, 1))
		line += before.at[0] == '\n';
	return err_set(csv->job, ERR_INPUT,
	    "%s: line %u: a NUL byte: this is no text file, or one in UTF-16 without a byte order mark: save it as CSV UTF-8", csv->name,
	    line);
}

static err
decode(struct csv *csv)
{
	slice mark = S("\xEF\xBB\xBF");
	csv->sheet->encoding = "UTF-8";
	if (slice_starts(csv->text, S("PK\x03\x04")))
		return err_set(csv->job, ERR_INPUT, "%s: this is a workbook or a zip archive: expected CSV", csv->name);
	if (slice_starts(csv->text, S("\xD0\xCF\x11\xE0")))
		return err_set(csv->job, ERR_INPUT, "%s: this is an old or locked workbook (.xls): expected CSV", csv->name);
	if (slice_starts(csv->text, S("\xFF\xFE")) || slice_starts(csv->text, S("\xFE\xFF")))
		TRY(decode_utf16(csv, slice_from(csv->text, 2), csv->text.at[0] == '\xFE'));
	else if (slice_starts(csv->text, mark))
		csv->text = slice_from(csv->text, mark.len);
	else if (csv->limits.windows_1252 && !text_utf8(csv->text))
		TRY(decode_windows(csv));
	return slice_find(csv->text, '\0') < csv->text.len ? refuse_nul(csv) : OK;
}

static bool
ends_line(char byte)
{
	return byte == '\r' || byte == '\n';
}

static bool
at_cell_end(const struct csv *csv)
{
	return csv->at >= csv->text.len || csv->text.at[csv->at] == csv->sheet->separator || ends_line(csv->text.at[csv->at]);
}

/* Step over CR, LF or CRLF. */
static void
skip_line_end(struct csv *csv)
{
	slice rest = slice_from(csv->text, csv->at);
	csv->at += slice_starts(rest, S("\r\n")) ? 2 : rest.len > 0 && ends_line(rest.at[0]);
	csv->line++;
}

/* "sep=;" alone on the first line is how spreadsheets are told the separator. */
static bool
take_sep_line(struct csv *csv)
{
	slice line = slice_part(csv->text, 0, 5);
	if (line.len < 5 || !slice_same_nocase(slice_part(line, 0, 4), S("sep=")) || slice_find(S(",;\t"), line.at[4]) == 3 ||
	    (csv->text.len > 5 && !ends_line(csv->text.at[5])))
		return false;
	csv->sheet->separator = line.at[4];
	csv->at = 5;
	skip_line_end(csv);
	csv->row++;
	return true;
}

/* Count separators outside quotes in the first row that is not empty. */
static void
find_separator(struct csv *csv)
{
	static const char separators[] = {',', ';', '\t'};
	size_t count[3] = {0}, best = 0;
	bool quoted = false, begun = false;
	for (size_t i = csv->at; i < csv->text.len; i++) {
		char byte = csv->text.at[i];
		if (!quoted && begun && ends_line(byte))
			break;
		begun = begun || !ends_line(byte);
		quoted ^= byte == '"';
		for (size_t j = 0; j < 3; j++)
			count[j] += !quoted && byte == separators[j];
	}
	for (size_t j = 1; j < 3; j++)
		if (count[j] > count[best])
			best = j;
	csv->sheet->separator = separators[best];
}

static err
fault(struct csv *csv, size_t column, const char *says)
{
	csv->faulty = true;
	return sheet_fault(csv->sheet, csv->row, (uint32_t)column, "%s", says);
}

/* The inside of a quoted cell with each doubled quote made one. */
static err
unquote(struct csv *csv, slice inner, slice *ret)
{
	char *out;
	size_t len = 0;
	TRY(NEW(csv->job, inner.len + 1, &out));
	for (size_t i = 0; i < inner.len; i++) {
		out[len++] = inner.at[i];
		i += inner.at[i] == '"';
	}
	*ret = (slice){out, len};
	return OK;
}

/* Go to the end of the cell by its separator or the line's end, whatever quotes stand on the way. */
static void
skip_cell(struct csv *csv)
{
	while (!at_cell_end(csv))
		csv->at++;
}

/* The quote that opened at ${start} has no partner: what follows could be text or rows. */
static err
give_up(struct csv *csv, uint32_t line)
{
	csv->lost = true;
	csv->faulty = true;
	csv->line = line;
	return sheet_fault(csv->sheet, csv->row, (uint32_t)csv->len + 1,
	    "the quote that opens this cell on line %u is never closed: nothing after it was read", line);
}

static err
read_quoted(struct csv *csv, slice *ret)
{
	size_t start = ++csv->at;
	uint32_t opened = csv->line;
	bool doubled = false;
	for (;; csv->at++) {
		if (csv->at >= csv->text.len)
			return give_up(csv, opened);
		char byte = csv->text.at[csv->at], next = csv->at + 1 < csv->text.len ? csv->text.at[csv->at + 1] : '\0';
		csv->line += byte == '\n' || (byte == '\r' && next != '\n');
		if (byte != '"')
			continue;
		if (next != '"')
			break;
		doubled = true;
		csv->at++;
	}
	*ret = slice_part(csv->text, start, csv->at - start);
	csv->at++;
	if (doubled)
		TRY(unquote(csv, *ret, ret));
	if (at_cell_end(csv))
		return OK;
	skip_cell(csv);
	return fault(csv, csv->len + 1, "text behind the closing quote: a quote inside a cell is written twice");
}

static err
read_plain(struct csv *csv, slice *ret)
{
	size_t start = csv->at;
	skip_cell(csv);
	*ret = slice_part(csv->text, start, csv->at - start);
	if (slice_find(*ret, '"') < ret->len)
		return fault(csv, csv->len + 1, "a quote in the middle: put the whole cell in quotes and write the quote twice");
	return OK;
}

/* Take off the apostrophe that text_csv() put before what a spreadsheet would run. */
static slice
without_apostrophe(slice cell)
{
	size_t at = 0;
	while (at < cell.len && cell.at[at] == '\'')
		at++;
	bool runs = at > 0 && at < cell.len && slice_find(S("=+-@\t\r"), cell.at[at]) < 6;
	return runs ? slice_from(cell, 1) : cell;
}

static err
read_cell(struct csv *csv)
{
	slice cell = {0};
	if (csv->len >= csv->limits.columns)
		return err_set(csv->job, ERR_LIMIT, "%s: row %u: at most %zu columns are read", csv->name, csv->row, csv->limits.columns);
	if (csv->at < csv->text.len && csv->text.at[csv->at] == '"')
		TRY(read_quoted(csv, &cell));
	else
		TRY(read_plain(csv, &cell));
	if (cell.len > csv->limits.cell)
		return err_set(csv->job, ERR_LIMIT, "%s: row %u, column %zu: a cell must not exceed %zu bytes, found %zu", csv->name,
		    csv->row, csv->len + 1, csv->limits.cell, cell.len);
	csv->cells[csv->len++] = without_apostrophe(cell);
	return OK;
}

static size_t
malformed_at(slice text)
{
	size_t at = 0;
	while (at < text.len) {
		uint32_t rune;
		size_t len = text_rune(slice_from(text, at), &rune);
		if (rune == 0xFFFD && len == 1)
			break;
		at += len;
	}
	return at;
}

/* A row with a byte that its character set does not have is a fault, with the byte and what to do. */
static err
check_encoding(struct csv *csv)
{
	const char *encoding = csv->sheet->encoding;
	for (size_t i = 0; i < csv->len; i++) {
		size_t at = malformed_at(csv->cells[i]);
		if (at >= csv->cells[i].len)
			continue;
		csv->faulty = true;
		if (slice_same(slice_of(encoding), S("UTF-16")))
			return sheet_fault(
			    csv->sheet, csv->row, 0, "not UTF-16 (half a surrogate pair in column %zu): save the file as UTF-8", i + 1);
		return sheet_fault(csv->sheet, csv->row, 0, "not %s (byte 0x%02X in column %zu): save the file as UTF-8", encoding,
		    (unsigned char)csv->cells[i].at[at], i + 1);
	}
	return OK;
}

static err
read_row(struct csv *csv)
{
	struct sheet_met met = {.number = ++csv->row, .line = csv->line, .cells = csv->cells, .exact = true};
	csv->len = 0;
	csv->faulty = false;
	TRY(read_cell(csv));
	while (!csv->lost && csv->at < csv->text.len && csv->text.at[csv->at] == csv->sheet->separator) {
		csv->at++;
		TRY(read_cell(csv));
	}
	if (csv->at < csv->text.len)
		skip_line_end(csv);
	if (!csv->lost)
		TRY(check_encoding(csv));
	if (csv->faulty && csv->sheet->header == 0)
		return err_set(csv->job, ERR_INPUT, "%s: %.*s", csv->name, SLICE(csv->sheet->faults[0].says));
	met.len = csv->len;
	return csv->faulty ? OK : sheet_meet(csv->sheet, csv->name, &csv->limits, &met);
}

err
sheet_read_csv(struct job *job, const char *name, slice bytes, const struct sheet_limits *limits, struct sheet *ret)
{
	struct csv csv = {.job = job, .name = name, .limits = sheet_limits_of(limits), .sheet = ret, .text = bytes, .line = 1};
	sheet_open(ret, job);
	if (bytes.len > csv.limits.bytes)
		return err_set(job, ERR_LIMIT, "%s: a file must not exceed %zu bytes, found %zu", name, csv.limits.bytes, bytes.len);
	TRY(decode(&csv));
	if (!take_sep_line(&csv))
		find_separator(&csv);
	TRY(NEW(job, csv.limits.columns + 1, &csv.cells));
	while (csv.at < csv.text.len && !csv.lost)
		TRY(read_row(&csv));
	if (ret->header == 0)
		return err_set(job, ERR_INPUT, "%s: no row has any text: expected headings first", name);
	return OK;
}
