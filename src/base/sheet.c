/*
 * Sheets: headings, rows and faults, and the way out as CSV.
 * Deliberately does not: know a file format on the way in (sheet_csv.c, sheet_xlsx.c do), or what a cell means.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sheet_inner.h"
#include "base/text.h"

struct sheet_limits
sheet_limits_of(const struct sheet_limits *limits)
{
	struct sheet_limits all = {0};
	if (limits != NULL)
		all = *limits;
	all.bytes = all.bytes > 0 ? all.bytes : SHEET_MAX_BYTES;
	all.unpacked = all.unpacked > 0 ? all.unpacked : SHEET_MAX_UNPACKED;
	all.rows = all.rows > 0 ? all.rows : SHEET_MAX_ROWS;
	all.columns = all.columns > 0 ? all.columns : SHEET_MAX_COLUMNS;
	all.cell = all.cell > 0 ? all.cell : SHEET_MAX_CELL;
	return all;
}

void
sheet_open(struct sheet *sheet, struct job *job)
{
	*sheet = (struct sheet){.job = job};
}

/* Room for one more of ${size} bytes in an array of the job's arena. */
static err
room_for_one(struct job *job, size_t size, size_t len, size_t *room, void **array)
{
	if (len < *room)
		return OK;
	void *larger;
	size_t wanted = *room > 0 ? *room * 2 : 16;
	TRY(job_take(job, size, wanted, &larger));
	if (len > 0)
		memcpy(larger, *array, len * size);
	*array = larger;
	*room = wanted;
	return OK;
}

struct sheet_column_text
sheet_column_text(const struct sheet *sheet, uint32_t column)
{
	struct sheet_column_text text;
	char letters[8];
	size_t at = sizeof letters - 1;
	letters[at] = '\0';
	for (uint32_t rest = column; rest > 0 && at > 0; rest = (rest - 1) / 26)
		letters[--at] = (char)('A' + (rest - 1) % 26);
	if (sheet->letters)
		snprintf(text.at, sizeof text.at, "column %s", letters + at);
	else
		snprintf(text.at, sizeof text.at, "column %u", column);
	return text;
}

err
sheet_fault(struct sheet *sheet, uint32_t number, uint32_t column, const char *format, ...)
{
	char says[512];
	va_list list;
	sheet->faults_all++;
	if (sheet->faults_len >= SHEET_MAX_FAULTS)
		return OK;
	va_start(list, format);
	vsnprintf(says, sizeof says, format, list);
	va_end(list);
	TRY(room_for_one(sheet->job, sizeof *sheet->faults, sheet->faults_len, &sheet->faults_room, (void **)&sheet->faults));
	struct sheet_fault *fault = &sheet->faults[sheet->faults_len];
	*fault = (struct sheet_fault){.number = number, .column = column};
	if (column > 0)
		TRY(job_format(sheet->job, &fault->says, "row %u, %s: %s", number, sheet_column_text(sheet, column).at, says));
	else
		TRY(job_format(sheet->job, &fault->says, "row %u: %s", number, says));
	sheet->faults_len++;
	return OK;
}

/* Without blanks and byte order marks at both ends: what a person takes for the heading. */
static slice
heading_of(slice text)
{
	slice mark = S("\xEF\xBB\xBF");
	for (size_t before = text.len + 1; text.len < before;) {
		before = text.len;
		text = slice_trim(text);
		if (slice_starts(text, mark))
			text = slice_from(text, mark.len);
		if (slice_ends(text, mark))
			text.len -= mark.len;
	}
	return text;
}

struct place {
	slice heading;
	uint32_t column;
};

static int
order_nocase(slice a, slice b)
{
	for (size_t i = 0; i < a.len && i < b.len; i++) {
		int x = (unsigned char)a.at[i], y = (unsigned char)b.at[i];
		x += x >= 'A' && x <= 'Z' ? 'a' - 'A' : 0;
		y += y >= 'A' && y <= 'Z' ? 'a' - 'A' : 0;
		if (x != y)
			return x - y;
	}
	return a.len < b.len ? -1 : a.len > b.len;
}

static int
by_heading(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = order_nocase(x->heading, y->heading);
	return order != 0 ? order : x->column < y->column ? -1 : x->column > y->column;
}

/* Two columns of one name: no cell below could be told which is meant. */
static err
refuse_same(struct sheet *sheet, const char *name)
{
	struct place *places;
	TRY(NEW(sheet->job, sheet->columns_len + 1, &places));
	for (size_t i = 0; i < sheet->columns_len; i++)
		places[i] = (struct place){sheet->columns[i].heading, (uint32_t)i + 1};
	qsort(places, sheet->columns_len, sizeof *places, by_heading);
	for (size_t i = 1; i < sheet->columns_len; i++) {
		const struct place *a = &places[i - 1], *b = &places[i];
		if (a->heading.len > 0 && order_nocase(a->heading, b->heading) == 0)
			return err_set(sheet->job, ERR_INPUT, "%s: row %u: %s and %s have the same heading \"%.*s\": give each its own",
			    name, sheet->header, sheet_column_text(sheet, a->column).at, sheet_column_text(sheet, b->column).at,
			    SLICE(a->heading));
	}
	return OK;
}

static err
take_headings(struct sheet *sheet, const char *name, const struct sheet_met *met)
{
	size_t len = met->len;
	while (len > 0 && heading_of(met->cells[len - 1]).len == 0)
		len--;
	if (len == 0)
		return err_set(sheet->job, ERR_INPUT, "%s: row %u: expected headings, found blanks", name, met->number);
	TRY(NEW(sheet->job, len, &sheet->columns));
	for (size_t i = 0; i < len; i++)
		sheet->columns[i].heading = heading_of(met->cells[i]);
	sheet->columns_len = len;
	sheet->raw_columns = met->len;
	sheet->header = met->number;
	return refuse_same(sheet, name);
}

/* Is the row as wide as the headings, with nothing where there is no heading? ${ret_good} false: a fault is noted. */
static err
check_width(struct sheet *sheet, const struct sheet_met *met, bool *ret_good)
{
	*ret_good = false;
	if (met->exact && met->len != sheet->raw_columns)
		return sheet_fault(sheet, met->number, 0, "%zu cells, but there are %zu headings: is a separator %s?", met->len,
		    sheet->raw_columns, met->len < sheet->raw_columns ? "missing" : "inside a cell without quotes");
	for (size_t i = 0; i < met->len; i++)
		if (met->cells[i].len > 0 && (i >= sheet->columns_len || sheet->columns[i].heading.len == 0))
			return sheet_fault(sheet, met->number, (uint32_t)i + 1, "text, but the column has no heading");
	*ret_good = true;
	return OK;
}

static err
push(struct sheet *sheet, const struct sheet_met *met)
{
	slice *cells;
	TRY(NEW(sheet->job, sheet->columns_len, &cells));
	size_t len = met->len < sheet->columns_len ? met->len : sheet->columns_len;
	memcpy(cells, met->cells, len * sizeof *cells);
	TRY(room_for_one(sheet->job, sizeof *sheet->rows, sheet->rows_len, &sheet->rows_room, (void **)&sheet->rows));
	sheet->rows[sheet->rows_len++] =
	    (struct sheet_row){.number = met->number, .line = met->line, .formula = met->formula, .cells = cells};
	return OK;
}

err
sheet_meet(struct sheet *sheet, const char *name, const struct sheet_limits *limits, const struct sheet_met *met)
{
	bool good, text = false;
	for (size_t i = 0; i < met->len && !text; i++)
		text = met->cells[i].len > 0;
	if (!text) {
		sheet->blank++;
		return OK;
	}
	if (sheet->header == 0)
		return take_headings(sheet, name, met);
	if (sheet->rows_len >= limits->rows)
		return err_set(
		    sheet->job, ERR_LIMIT, "%s: row %u: at most %zu rows below the headings are read", name, met->number, limits->rows);
	TRY(check_width(sheet, met, &good));
	return good ? push(sheet, met) : OK;
}

err
sheet_begin(struct job *job, slice name, const struct sheet_column *columns, size_t len, struct sheet *ret)
{
	sheet_open(ret, job);
	if (len == 0)
		return err_set(job, ERR_BUG, "a sheet without columns");
	TRY(NEW(job, len, &ret->columns));
	memcpy(ret->columns, columns, len * sizeof *columns);
	ret->name = name;
	ret->columns_len = ret->raw_columns = len;
	ret->header = 1;
	return OK;
}

err
sheet_add(struct sheet *sheet, const slice *cells)
{
	struct sheet_met met = {.number = (uint32_t)sheet->rows_len + 2, .cells = cells, .len = sheet->columns_len};
	return push(sheet, &met);
}

int
sheet_find(const struct sheet *sheet, slice heading)
{
	for (size_t i = 0; i < sheet->columns_len; i++)
		if (slice_same_nocase(sheet->columns[i].heading, heading))
			return (int)i;
	return -1;
}

static size_t
skip_digits(slice text, size_t at)
{
	while (at < text.len && text.at[at] >= '0' && text.at[at] <= '9')
		at++;
	return at;
}

bool
sheet_is_number(slice text)
{
	size_t start = text.len > 0 && text.at[0] == '-', at = skip_digits(text, start);
	if (at == start)
		return false;
	if (at < text.len && text.at[at] == '.') {
		size_t point = ++at;
		at = skip_digits(text, at);
		if (at == point)
			return false;
	}
	if (at < text.len && (text.at[at] == 'e' || text.at[at] == 'E')) {
		at++;
		at += at < text.len && (text.at[at] == '-' || text.at[at] == '+');
		size_t power = at;
		at = skip_digits(text, at);
		if (at == power)
			return false;
	}
	return at == text.len;
}

/* Letters, digits, blanks, - _ . and everything beyond ASCII: what neither ends a cell nor looks like the beginning of another kind of
 * file. */
static bool
plain_words(slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.at[i];
		bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
		if (!letter && byte < 0x80 && slice_find(S(" -_."), (char)byte) == 4)
			return false;
	}
	return true;
}

/* A heading goes into quotes unless it is plain words, for readers look for the separator in what is outside quotes. */
static err
write_heading(struct buf *out, struct buf *one, slice heading)
{
	slice cell;
	buf_reset(one);
	text_csv(one, heading);
	TRY(buf_end(one, &cell));
	bool quote = !slice_starts(cell, S("\"")) && !plain_words(cell);
	if (quote)
		buf_byte(out, '"');
	buf_add(out, cell);
	if (quote)
		buf_byte(out, '"');
	return OK;
}

static void
write_cell(struct buf *out, enum sheet_kind kind, slice text)
{
	if ((kind == SHEET_NUMBER || kind == SHEET_MONEY) && sheet_is_number(text))
		buf_add(out, text);
	else
		text_csv(out, text);
}

err
sheet_write_csv(struct job *job, const struct sheet *sheet, slice *ret)
{
	struct buf out = buf_open(job, "a sheet as CSV", 1024 * MIB), one = buf_open(job, "a heading", MIB);
	for (size_t i = 0; i < sheet->columns_len; i++) {
		if (i > 0)
			buf_byte(&out, ',');
		TRY(write_heading(&out, &one, sheet->columns[i].heading));
	}
	buf_text(&out, "\r\n");
	for (size_t r = 0; r < sheet->rows_len; r++) {
		for (size_t i = 0; i < sheet->columns_len; i++) {
			if (i > 0)
				buf_byte(&out, ',');
			write_cell(&out, sheet->columns[i].kind, sheet->rows[r].cells[i]);
		}
		buf_text(&out, "\r\n");
	}
	return buf_end(&out, ret);
}
