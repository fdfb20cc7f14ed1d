/*
 * Blocks of rows in memory, to JSON lines and back. Hot: a collection holds 100,000s of rows, so lines are scanned without building JSON
 * values. Knows no table of ours, and reads nothing but what it writes itself.
 */
#include "base/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define TABLE_MAX_BYTES (1024 * MIB)
#define ROWS_AT_ONCE 64 /* rows whose cells are taken from the arena together */

const char *const reading_words[] = {"read", "absent", "could-not-look", NULL};

int
table_column(const struct table *table, slice name)
{
	for (unsigned i = 0; i < table->len; i++)
		if (slice_same(slice_of(table->columns[i].name), name))
			return (int)i;
	return -1;
}

void
rows_open(struct rows *rows, struct job *job, const struct table *table)
{
	*rows = (struct rows){.table = table, .job = job};
}

/* Eight bytes at a time: most text is plain, and there is much of it. */

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Not zero when one of the eight bytes is 0. */
static uint64_t
any_zero(uint64_t eight)
{
	return (eight - EACH(1)) & ~eight & EACH(0x80);
}

static bool
byte_plain(char byte)
{
	unsigned char b = (unsigned char)byte;
	return b >= 0x20 && b != '"' && b != '\\' && b != 0x7f;
}

/* How many bytes at the front stand in a JSON text as they are. */
static size_t
plain_len(const char *at, size_t len)
{
	size_t i = 0;
	for (; len - i >= 8; i += 8) {
		uint64_t eight;
		memcpy(&eight, at + i, 8);
		uint64_t control = (eight - EACH(0x20)) & ~eight & EACH(0x80);
		if ((control | any_zero(eight ^ EACH('"')) | any_zero(eight ^ EACH('\\')) | any_zero(eight ^ EACH(0x7f))) != 0)
			break;
	}
	while (i < len && byte_plain(at[i]))
		i++;
	return i;
}

/* How many bytes at the front are ASCII. */
static size_t
ascii_len(slice text)
{
	size_t i = 0;
	for (; text.len - i >= 8; i += 8) {
		uint64_t eight;
		memcpy(&eight, text.at + i, 8);
		if ((eight & EACH(0x80)) != 0)
			break;
	}
	while (i < text.len && (unsigned char)text.at[i] < 0x80)
		i++;
	return i;
}

/* text_utf8(), quicker where most is ASCII: no ASCII byte is ever a part of a longer character. */
static bool
utf8_valid(slice text)
{
	for (text = slice_from(text, ascii_len(text)); text.len > 0; text = slice_from(text, ascii_len(text))) {
		size_t run = 0;
		while (run < text.len && (unsigned char)text.at[run] >= 0x80)
			run++;
		if (!text_utf8(slice_part(text, 0, run)))
			return false;
		text = slice_from(text, run);
	}
	return true;
}

/* Adding */

static err
rows_push(struct rows *rows, struct cell *row)
{
	if (rows->len >= TABLE_MAX_ROWS)
		return err_set(rows->job, ERR_LIMIT, "%s: a table must not exceed %d rows", rows->table->name, TABLE_MAX_ROWS);
	if (rows->len == rows->room) {
		struct cell **more = NULL;
		size_t room = rows->room == 0 ? 16 : rows->room * 2;
		TRY(NEW(rows->job, room, &more));
		if (rows->len > 0)
			memcpy(more, rows->row, rows->len * sizeof *more);
		rows->row = more;
		rows->room = room;
	}
	rows->row[rows->len++] = row;
	return OK;
}

/* ${text} itself when it is UTF-8 without NUL; otherwise a copy with U+FFFD for each malformed byte and each NUL. */
static err
text_repair(struct job *job, slice text, slice *ret)
{
	if (utf8_valid(text) && slice_find(text, '\0') == text.len) {
		*ret = text;
		return OK;
	}
	struct buf buf = buf_open(job, "repaired text", 4 * TABLE_MAX_TEXT);
	uint32_t rune = 0;
	for (size_t len; (len = text_rune(text, &rune)) > 0; text = slice_from(text, len)) {
		if (rune == 0 || (rune == 0xfffd && len == 1))
			buf_add(&buf, S("\xef\xbf\xbd"));
		else
			buf_add(&buf, slice_part(text, 0, len));
	}
	return buf_end(&buf, ret);
}

/* ${cell} as it may stand in ${column}. The text is still borrowed. */
static err
cell_fit(struct rows *rows, const struct column *column, const struct cell *cell, struct cell *ret)
{
	struct job *job = rows->job;
	if (cell->null) {
		if ((column->flags & COLUMN_MAYBE) == 0)
			return err_set(job, ERR_BUG, "%s.%s must be filled, found NULL", rows->table->name, column->name);
		*ret = NIL;
		return OK;
	}
	if (column->type != COLUMN_TEXT) {
		*ret = INT(cell->number);
		return OK;
	}
	if (cell->text.len > TABLE_MAX_TEXT)
		return err_set(job, ERR_LIMIT, "%s.%s must not exceed %zu bytes, found %zu", rows->table->name, column->name,
		    TABLE_MAX_TEXT, cell->text.len);
	*ret = TEXT(((slice){0}));
	return text_repair(job, cell->text, &ret->text);
}

/* Move the texts of ${row} into the arena with one allocation. */
static err
row_own(struct job *job, struct cell *row, unsigned len)
{
	size_t bytes = 0;
	char *at = NULL;
	for (unsigned i = 0; i < len; i++)
		bytes += row[i].text.len;
	if (bytes == 0)
		return OK;
	TRY(NEW(job, bytes, &at));
	for (unsigned i = 0; i < len; i++) {
		if (row[i].text.len == 0)
			continue;
		memcpy(at, row[i].text.at, row[i].text.len);
		row[i].text.at = at;
		at += row[i].text.len;
	}
	return OK;
}

err
rows_add(struct rows *rows, const struct cell *cells)
{
	const struct table *table = rows->table;
	struct cell *row = NULL;
	TRY(NEW(rows->job, table->len, &row));
	for (unsigned i = 0; i < table->len; i++)
		TRY(cell_fit(rows, &table->columns[i], &cells[i], &row[i]));
	TRY(row_own(rows->job, row, table->len));
	return rows_push(rows, row);
}

/* Order */

/* The columns to compare, in order: the keys, then the rest. Columns with a flag of ${leave_out} are not among them. */
struct order {
	unsigned len;
	unsigned column[TABLE_MAX_COLUMNS];
	enum column_type type[TABLE_MAX_COLUMNS];
};

static void
order_add(struct order *order, const struct table *table, bool keys, unsigned leave_out)
{
	for (unsigned i = 0; i < table->len && i < TABLE_MAX_COLUMNS; i++) {
		unsigned flags = table->columns[i].flags;
		if (((flags & COLUMN_KEY) != 0) != keys || (flags & leave_out) != 0)
			continue;
		order->column[order->len] = i;
		order->type[order->len++] = table->columns[i].type;
	}
}

static struct order
order_of(const struct table *table, unsigned leave_out)
{
	struct order order = {0};
	order_add(&order, table, true, leave_out);
	order_add(&order, table, false, leave_out);
	return order;
}

static int
cell_order(const struct cell *a, const struct cell *b, enum column_type type)
{
	if (a->null || b->null)
		return (int)b->null - (int)a->null; /* NULL first */
	if (type == COLUMN_TEXT)
		return slice_order(a->text, b->text);
	return (a->number > b->number) - (a->number < b->number);
}

static int
row_order(const struct cell *a, const struct cell *b, const struct order *order)
{
	for (unsigned i = 0; i < order->len; i++) {
		int found = cell_order(&a[order->column[i]], &b[order->column[i]], order->type[i]);
		if (found != 0)
			return found;
	}
	return 0;
}

static int
row_order_at(const void *a, const void *b, void *order)
{
	return row_order(*(struct cell *const *)a, *(struct cell *const *)b, order);
}

static bool
rows_sorted(struct cell *const *row, size_t len, const struct order *order)
{
	for (size_t i = 1; i < len; i++)
		if (row_order(row[i - 1], row[i], order) >= 0)
			return false;
	return true;
}

/* Returns how many different rows there are. */
static size_t
rows_arrange(struct cell **row, size_t len, struct order *order)
{
	if (rows_sorted(row, len, order))
		return len;
	qsort_r(row, len, sizeof *row, row_order_at, order);
	size_t kept = 1;
	for (size_t i = 1; i < len; i++)
		if (row_order(row[kept - 1], row[i], order) != 0)
			row[kept++] = row[i];
	return kept;
}

void
rows_sort(struct rows *rows)
{
	struct order order = order_of(rows->table, 0);
	rows->len = rows_arrange(rows->row, rows->len, &order);
}

/* Writing */

static void
write_text(struct buf *buf, slice text)
{
	if (plain_len(text.at, text.len) < text.len) {
		text_json(buf, text);
		return;
	}
	buf_byte(buf, '"');
	buf_add(buf, text);
	buf_byte(buf, '"');
}

static void
write_row(struct buf *buf, const struct table *table, unsigned leave_out, const struct cell *row)
{
	char before = '[';
	for (unsigned i = 0; i < table->len; i++) {
		if ((table->columns[i].flags & leave_out) != 0)
			continue;
		buf_byte(buf, before);
		before = ',';
		if (row[i].null)
			buf_add(buf, S("null"));
		else if (table->columns[i].type == COLUMN_TEXT)
			write_text(buf, row[i].text);
		else
			buf_i64(buf, row[i].number);
	}
	buf_add(buf, S("]\n"));
}

/* {"columns":["a","b"],"reason":"…","state":"read","table":"t"} */
static void
write_header(struct buf *buf, const struct table *table, unsigned leave_out, enum reading_state state, slice reason)
{
	char before = '[';
	buf_add(buf, S("{\"columns\":"));
	for (unsigned i = 0; i < table->len; i++) {
		if ((table->columns[i].flags & leave_out) != 0)
			continue;
		buf_byte(buf, before);
		before = ',';
		text_json(buf, slice_of(table->columns[i].name));
	}
	if (state != READING_READ) {
		buf_add(buf, S("],\"reason\":"));
		text_json(buf, reason);
		buf_add(buf, S(",\"state\":"));
	} else {
		buf_add(buf, S("],\"state\":"));
	}
	text_json(buf, slice_of(reading_words[state]));
	buf_add(buf, S(",\"table\":"));
	text_json(buf, slice_of(table->name));
	buf_add(buf, S("}\n"));
}

static err
rows_writable(struct job *job, const struct rows *rows, const struct order *order)
{
	const struct table *table = rows->table;
	if (table->len == 0 || table->len > TABLE_MAX_COLUMNS || order->len == 0)
		return err_set(job, ERR_BUG, "%s: a table must have 1 to %d columns to write, found %u of %u", table->name,
		    TABLE_MAX_COLUMNS, order->len, table->len);
	if ((unsigned)rows->state > READING_COULD_NOT_LOOK)
		return err_set(job, ERR_BUG, "%s: no such state of a reading: %d", table->name, (int)rows->state);
	if (rows->state == READING_READ)
		return OK;
	if (rows->reason.len == 0 || rows->len > 0)
		return err_set(job, ERR_BUG, "%s: a reading \"%s\" must have a reason and no rows, found %zu rows", table->name,
		    reading_words[rows->state], rows->len);
	return OK;
}

/* The rows without what ${leave_out} takes away, in order: another arrangement than that of rows_sort(), so of a copy. */
static err
rows_arranged(struct job *job, const struct rows *rows, struct order *order, struct cell ***ret, size_t *ret_len)
{
	struct cell **row = NULL;
	TRY(NEW(job, rows->len + 1, &row));
	if (rows->len > 0)
		memcpy(row, rows->row, rows->len * sizeof *row);
	*ret_len = rows_arrange(row, rows->len, order);
	*ret = row;
	return OK;
}

err
rows_write(struct job *job, struct rows *rows, unsigned leave_out, slice *ret)
{
	struct order order = order_of(rows->table, leave_out);
	TRY(rows_writable(job, rows, &order));
	rows_sort(rows);
	struct cell **row = rows->row;
	size_t len = rows->len;
	if (leave_out != 0)
		TRY(rows_arranged(job, rows, &order, &row, &len));
	struct buf buf = buf_open(job, rows->table->name, TABLE_MAX_BYTES);
	write_header(&buf, rows->table, leave_out, rows->state, rows->reason);
	for (size_t i = 0; i < len; i++)
		write_row(&buf, rows->table, leave_out, row[i]);
	return buf_end(&buf, ret);
}

/* Reading */

struct scanner {
	struct job *job;
	const char *name;
	size_t line;
	const char *at, *end; /* of this line, its newline not counted */
};

static err
scan_refuse(struct scanner *scan, const char *expected)
{
	slice rest = {scan->at, (size_t)(scan->end - scan->at)};
	if (rest.len > 24)
		rest.len = 24;
	return err_set(scan->job, ERR_INPUT, "%s:%zu: expected %s, found %s%.*s%s", scan->name, scan->line, expected,
	    rest.len > 0 ? "\"" : "", SLICE(rest), rest.len > 0 ? "\"" : "the end of the line");
}

static bool
scan_take(struct scanner *scan, slice wanted)
{
	if ((size_t)(scan->end - scan->at) < wanted.len || memcmp(scan->at, wanted.at, wanted.len) != 0)
		return false;
	scan->at += wanted.len;
	return true;
}

static int
hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* One escape, at the backslash. Only what text_json() may write: the short ones and \u00nn; the caller compares with its writing. */
static bool
scan_escape(struct scanner *scan, char *ret)
{
	static const char letter[] = "\"\\bfnrt", means[] = "\"\\\b\f\n\r\t";
	if (scan->end - scan->at < 2)
		return false;
	const char *found = scan->at[1] != '\0' ? strchr(letter, scan->at[1]) : NULL;
	if (found != NULL) {
		*ret = means[found - letter];
		scan->at += 2;
		return true;
	}
	if (scan->end - scan->at < 6 || memcmp(scan->at, "\\u00", 4) != 0)
		return false;
	int high = hex_value(scan->at[4]), low = hex_value(scan->at[5]);
	if (high < 0 || high > 7 || low < 0 || high + low == 0)
		return false;
	*ret = (char)(high * 16 + low);
	scan->at += 6;
	return true;
}

static err
refuse_long(struct scanner *scan)
{
	return err_set(scan->job, ERR_LIMIT, "%s:%zu: a text must not exceed %zu bytes", scan->name, scan->line, TABLE_MAX_TEXT);
}

/* A text with escapes: decoded into the arena, then written again, to refuse any other spelling of the same text. */
static err
scan_escaped(struct scanner *scan, const char *start, slice *ret)
{
	const char *close = scan->at;
	while (close < scan->end && *close != '"')
		close += *close == '\\' ? 2 : 1;
	if (close >= scan->end)
		return scan_refuse(scan, "the end of a text");
	if (close - start > (ptrdiff_t)(6 * TABLE_MAX_TEXT))
		return refuse_long(scan);
	char *text = NULL;
	size_t len = 0;
	TRY(NEW(scan->job, (size_t)(close - start) + 1, &text));
	for (scan->at = start; scan->at < close;) {
		if (*scan->at != '\\' && (unsigned char)*scan->at >= 0x20)
			text[len++] = *scan->at++;
		else if (*scan->at != '\\' || !scan_escape(scan, &text[len++]))
			return scan_refuse(scan, "a character, or an escape as text is written here");
	}
	slice written = {0}, decoded = {text, len};
	struct arena_mark mark = arena_mark(scan->job->arena);
	struct buf buf = buf_open(scan->job, "text", 7 * TABLE_MAX_TEXT);
	text_json(&buf, decoded);
	TRY(buf_end(&buf, &written));
	bool same = slice_same(written, (slice){start - 1, (size_t)(close - start) + 2});
	arena_rewind(scan->job->arena, mark);
	if (!same) {
		scan->at = start - 1;
		return scan_refuse(scan, "a text in its canonical spelling");
	}
	scan->at = close + 1;
	*ret = decoded;
	return OK;
}

static err
scan_text(struct scanner *scan, slice *ret)
{
	if (!scan_take(scan, S("\"")))
		return scan_refuse(scan, "a text");
	const char *start = scan->at;
	slice text = {0};
	scan->at += plain_len(start, (size_t)(scan->end - start));
	if (scan->at < scan->end && *scan->at == '"') {
		text = (slice){start, (size_t)(scan->at - start)};
		scan->at++;
	} else {
		TRY(scan_escaped(scan, start, &text));
	}
	if (text.len > TABLE_MAX_TEXT)
		return refuse_long(scan);
	*ret = text;
	return OK;
}

/* A whole number as it is written: no plus, no leading zero, no -0. ${ret} is its text. */
static err
scan_number(struct scanner *scan, slice *ret, int64_t *ret_number)
{
	const char *start = scan->at, *at = start;
	if (at < scan->end && *at == '-')
		at++;
	const char *digits = at;
	while (at < scan->end && *at >= '0' && *at <= '9')
		at++;
	slice text = {start, (size_t)(at - start)};
	bool zero_first = at > digits && *digits == '0';
	if (at == digits || (zero_first && text.len > 1) || !slice_i64(text, ret_number))
		return scan_refuse(scan, "a whole number of 64 bits in its shortest spelling");
	scan->at = at;
	*ret = text;
	return OK;
}

/* A cell of a table that nobody described: text, whatever it is. */
static err
scan_any(struct scanner *scan, struct cell *ret)
{
	int64_t unused = 0;
	if (scan->at < scan->end && *scan->at == '"')
		return scan_text(scan, &ret->text);
	return scan_number(scan, &ret->text, &unused);
}

static err
scan_cell(struct scanner *scan, const struct column *column, bool typed, struct cell *ret)
{
	if (scan->at < scan->end && *scan->at == 'n') {
		if ((column->flags & COLUMN_MAYBE) == 0 || !scan_take(scan, S("null")))
			return scan_refuse(scan, column->type == COLUMN_TEXT ? "a text" : "a whole number");
		ret->null = true;
		return OK;
	}
	if (!typed)
		return scan_any(scan, ret);
	if (column->type == COLUMN_TEXT)
		return scan_text(scan, &ret->text);
	slice unused = {0};
	return scan_number(scan, &unused, &ret->number);
}

static err
scan_row(struct scanner *scan, const struct table *table, bool typed, struct cell *row)
{
	for (unsigned i = 0; i < table->len; i++) {
		if (!scan_take(scan, i == 0 ? S("[") : S(",")))
			return scan_refuse(scan, i == 0 ? "a row that begins with [" : "a comma and another column");
		TRY(scan_cell(scan, &table->columns[i], typed, &row[i]));
	}
	if (!scan_take(scan, S("]")) || scan->at != scan->end)
		return scan_refuse(scan, "] and the end of the line");
	return OK;
}

/* The columns of the header; for ${table} NULL a description is made of them. */
static err
scan_columns(struct scanner *scan, struct column **ret, unsigned *ret_len)
{
	struct column *columns = NULL;
	unsigned len = 0;
	TRY(NEW(scan->job, TABLE_MAX_COLUMNS, &columns));
	if (!scan_take(scan, S("{\"columns\":[")))
		return scan_refuse(scan, "a header that begins with {\"columns\":[");
	do {
		slice text = {0};
		if (len == TABLE_MAX_COLUMNS)
			return err_set(
			    scan->job, ERR_LIMIT, "%s:%zu: a table must not exceed %d columns", scan->name, scan->line, TABLE_MAX_COLUMNS);
		TRY(scan_text(scan, &text));
		TRY(job_string(scan->job, text, &columns[len].name));
		columns[len].flags = COLUMN_MAYBE;
		columns[len++].about = "";
	} while (scan_take(scan, S(",")));
	if (!scan_take(scan, S("]")))
		return scan_refuse(scan, "] after the columns");
	*ret = columns;
	*ret_len = len;
	return OK;
}

static err
scan_state(struct scanner *scan, struct rows *rows)
{
	slice word = {0};
	bool reason = scan_take(scan, S(",\"reason\":"));
	if (reason)
		TRY(scan_text(scan, &rows->reason));
	if (!scan_take(scan, S(",\"state\":")))
		return scan_refuse(scan, reason ? ",\"state\":" : ",\"reason\": or ,\"state\":");
	const char *at = scan->at;
	TRY(scan_text(scan, &word));
	unsigned state = 0;
	while (reading_words[state] != NULL && !slice_same(word, slice_of(reading_words[state])))
		state++;
	if (reading_words[state] == NULL || reason != (state != READING_READ) || (reason && rows->reason.len == 0)) {
		scan->at = at;
		return scan_refuse(scan, reason ? "absent or could-not-look, with a reason" : "the state read, or a reason for another");
	}
	rows->state = (enum reading_state)state;
	return OK;
}

static err
columns_same(struct scanner *scan, const struct table *table, const struct column *columns, unsigned len)
{
	for (unsigned i = 0; i < table->len || i < len; i++) {
		const char *expected = i < table->len ? table->columns[i].name : "no more columns";
		const char *found = i < len ? columns[i].name : "no more columns";
		if (strcmp(expected, found) != 0)
			return err_set(scan->job, ERR_INPUT, "%s:%zu: column %u of %s must be \"%s\", found \"%s\"", scan->name, scan->line,
			    i + 1, table->name, expected, found);
	}
	return OK;
}

static err
columns_differ(struct scanner *scan, const struct column *columns, unsigned len)
{
	for (unsigned i = 1; i < len; i++)
		for (unsigned j = 0; j < i; j++)
			if (strcmp(columns[i].name, columns[j].name) == 0)
				return err_set(scan->job, ERR_INPUT, "%s:%zu: the column \"%s\" is there twice", scan->name, scan->line,
				    columns[i].name);
	return OK;
}

/* Fills state, reason and table of ${rows}. */
static err
scan_header(struct scanner *scan, const struct table *table, struct rows *rows)
{
	struct column *columns = NULL;
	unsigned len = 0;
	slice text = {0};
	struct table *found = NULL;
	TRY(scan_columns(scan, &columns, &len));
	TRY(columns_differ(scan, columns, len));
	TRY(scan_state(scan, rows));
	if (!scan_take(scan, S(",\"table\":")))
		return scan_refuse(scan, ",\"table\":");
	TRY(scan_text(scan, &text));
	if (!scan_take(scan, S("}")) || scan->at != scan->end)
		return scan_refuse(scan, "} and the end of the line");
	rows->table = table;
	if (table != NULL && !slice_same(text, slice_of(table->name)))
		return err_set(scan->job, ERR_INPUT, "%s:%zu: expected the table \"%s\", found \"%.*s\"", scan->name, scan->line,
		    table->name, SLICE(text));
	if (table != NULL)
		return columns_same(scan, table, columns, len);
	TRY(NEW(scan->job, 1, &found));
	*found = (struct table){.about = "", .columns = columns, .len = len};
	TRY(job_string(scan->job, text, &found->name));
	rows->table = found;
	return OK;
}

/* The next line into ${scan}; a last line without newline is damage. False at the end. */
static err
scan_line(struct scanner *scan, slice *rest, bool *ret_more)
{
	*ret_more = rest->len > 0;
	if (rest->len == 0)
		return OK;
	scan->line++;
	const char *newline = memchr(rest->at, '\n', rest->len);
	scan->at = rest->at;
	scan->end = newline != NULL ? newline : rest->at + rest->len;
	if (newline == NULL)
		return err_set(scan->job, ERR_INPUT, "%s:%zu: the last line must end with a newline", scan->name, scan->line);
	*rest = slice_from(*rest, (size_t)(newline - rest->at) + 1);
	return OK;
}

/* One line's row. ${spare} cells are taken ahead, many rows at a time. */
static err
read_row(struct scanner *scan, struct rows *rows, bool typed, const struct order *order, struct cell **spare, size_t *spare_len)
{
	const struct table *table = rows->table;
	if (rows->state != READING_READ)
		return err_set(
		    scan->job, ERR_INPUT, "%s:%zu: a reading \"%s\" must have no rows", scan->name, scan->line, reading_words[rows->state]);
	if (*spare_len == 0) {
		size_t ahead = rows->len < ROWS_AT_ONCE ? rows->len + 1 : ROWS_AT_ONCE;
		TRY(NEW(scan->job, ahead * table->len, spare));
		*spare_len = ahead;
	}
	struct cell *row = *spare;
	TRY(scan_row(scan, table, typed, row));
	if (typed && rows->len > 0 && row_order(rows->row[rows->len - 1], row, order) >= 0)
		return err_set(scan->job, ERR_INPUT,
		    "%s:%zu: rows must be sorted and different, found one that does not come after the row before", scan->name, scan->line);
	*spare += table->len;
	--*spare_len;
	return rows_push(rows, row);
}

/* The line of the first byte that is not UTF-8. */
static err
refuse_encoding(struct job *job, const char *name, slice text)
{
	slice line = {0};
	size_t number = 0;
	while (slice_cut(&text, '\n', &line)) {
		number++;
		if (!text_utf8(line))
			break;
	}
	return err_set(job, ERR_INPUT, "%s:%zu: RFC 3629: the text must be UTF-8", name, number);
}

err
rows_read(struct job *job, const struct table *table, const char *name, slice text, struct rows *ret)
{
	struct scanner scan = {.job = job, .name = name};
	struct rows rows = {.job = job};
	struct cell *spare = NULL;
	size_t spare_len = 0;
	bool more = false;
	if (text.len > TABLE_MAX_BYTES)
		return err_set(job, ERR_LIMIT, "%s: a table must not exceed %zu bytes, found %zu", name, TABLE_MAX_BYTES, text.len);
	if (!utf8_valid(text))
		return refuse_encoding(job, name, text);
	TRY(scan_line(&scan, &text, &more));
	if (!more)
		return err_set(job, ERR_INPUT, "%s:1: expected the header of a table, found nothing", name);
	TRY(scan_header(&scan, table, &rows));
	struct order order = order_of(rows.table, 0);
	for (;;) {
		TRY(scan_line(&scan, &text, &more));
		if (!more)
			break;
		TRY(read_row(&scan, &rows, table != NULL, &order, &spare, &spare_len));
	}
	*ret = rows;
	return OK;
}
