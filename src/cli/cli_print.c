/*
 * Printing: sheets of records as a table for people, JSON or CSV for programs; lines, colours, progress.
 * Deliberately the only file that writes to standard output: everything from outside is escaped here.
 */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/instant.h"
#include "base/text.h"

#define SHEET_MAX (512 * MIB) /* bytes of one printed sheet */
#define CELL_WIDTH_MIN 12     /* columns are not squeezed below this */
#define GAP 2                 /* blanks between columns */

void
cli_sheet_open(struct cli_sheet *sheet, struct job *job, const struct cli_column *columns, size_t columns_len)
{
	*sheet = (struct cli_sheet){.job = job, .columns = columns, .columns_len = columns_len};
}

err
cli_sheet_row(struct cli_sheet *sheet, const struct cell *cells)
{
	if (sheet->len == sheet->room) {
		size_t room = sheet->room == 0 ? 64 : sheet->room * 2;
		struct cell **row;
		TRY(NEW(sheet->job, room, &row));
		if (sheet->len > 0)
			memcpy(row, sheet->row, sheet->len * sizeof *row);
		sheet->row = row;
		sheet->room = room;
	}
	struct cell *copy;
	TRY(NEW(sheet->job, sheet->columns_len, &copy));
	memcpy(copy, cells, sheet->columns_len * sizeof *copy);
	sheet->row[sheet->len++] = copy;
	return OK;
}

const char *
cli_colour(const struct cli *cli, const char *word)
{
	static const struct {
		const char *word, *code;
	} codes[] = {{"red", "\033[31m"}, {"green", "\033[32m"}, {"yellow", "\033[33m"}, {"bold", "\033[1m"}, {"dim", "\033[2m"},
	    {"off", "\033[0m"}};
	for (size_t i = 0; cli->colour && i < sizeof codes / sizeof codes[0]; i++)
		if (strcmp(codes[i].word, word) == 0)
			return codes[i].code;
	return "";
}

const char *
cli_colour_of(const struct cli *cli, slice word)
{
	static const struct {
		const char *word, *colour;
	} meaning[] = {{"met", "green"}, {"pass", "green"}, {"accepted", "green"}, {"not-met", "red"}, {"fail", "red"}, {"critical", "red"},
	    {"high", "red"}, {"partly-met", "yellow"}, {"could-not-look", "yellow"}, {"medium", "yellow"}, {"pending", "yellow"},
	    {"unanswered", "dim"}, {"not-applicable", "dim"}, {"low", "dim"}, {"info", "dim"}, {"retired", "dim"}};
	for (size_t i = 0; i < sizeof meaning / sizeof meaning[0]; i++)
		if (slice_same(word, slice_of(meaning[i].word)))
			return cli_colour(cli, meaning[i].colour);
	return "";
}

/* A cell as people read it. */
static void
cell_text(struct buf *buf, const struct cli_column *column, const struct cell *cell, bool short_time)
{
	if (cell->null)
		return;
	switch (column->kind) {
	case CLI_NUMBER:
		buf_i64(buf, cell->number);
		break;
	case CLI_BOOL:
		buf_text(buf, cell->number != 0 ? "yes" : "no");
		break;
	case CLI_INSTANT: {
		struct instant_text at = instant_text(cell->number);
		if (short_time && strlen(at.at) >= 20)
			buf_printf(buf, "%.10s %.5s", at.at, at.at + 11);
		else
			buf_text(buf, at.at);
		break;
	}
	case CLI_TEXT:
	case CLI_WORD:
	case CLI_LOOSE:
	case CLI_JSON:
		buf_add(buf, cell->text);
		break;
	}
}

static err
print_json_row(struct buf *buf, const struct cli_sheet *sheet, size_t at)
{
	buf_byte(buf, '{');
	for (size_t i = 0; i < sheet->columns_len; i++) {
		const struct cli_column *column = &sheet->columns[i];
		const struct cell *cell = &sheet->row[at][i];
		buf_text(buf, i > 0 ? "," : "");
		text_json(buf, slice_of(column->name)); /* a person's own question names its columns as it likes */
		buf_byte(buf, ':');
		if (cell->null)
			buf_text(buf, "null");
		else if (column->kind == CLI_NUMBER)
			buf_i64(buf, cell->number);
		else if (column->kind == CLI_BOOL)
			buf_text(buf, cell->number != 0 ? "true" : "false");
		else if (column->kind == CLI_LOOSE && cell->number == 1)
			buf_add(buf, cell->text);
		else if (column->kind == CLI_JSON)
			buf_add(buf, cell->text.len > 0 ? cell->text : S("null"));
		else if (column->kind == CLI_INSTANT)
			text_json(buf, slice_of(instant_text(cell->number).at));
		else
			text_json(buf, cell->text);
	}
	buf_byte(buf, '}');
	return buf->failed;
}

static err
sheet_json(struct job *job, const struct cli_sheet *sheet)
{
	struct buf buf = buf_open(job, "JSON output", SHEET_MAX);
	slice text;
	buf_byte(&buf, '[');
	for (size_t i = 0; i < sheet->len; i++) {
		buf_text(&buf, i > 0 ? ",\n" : "\n");
		TRY(print_json_row(&buf, sheet, i));
	}
	buf_text(&buf, sheet->len > 0 ? "\n]\n" : "]\n");
	TRY(buf_end(&buf, &text));
	return cli_output(job, NULL, text, 0);
}

err
cli_sheet_csv_text(struct job *job, const struct cli_sheet *sheet, slice *ret)
{
	struct buf buf = buf_open(job, "CSV output", SHEET_MAX);
	for (size_t i = 0; i < sheet->columns_len; i++) {
		buf_text(&buf, i > 0 ? "," : "");
		text_csv(&buf, slice_of(sheet->columns[i].name));
	}
	buf_text(&buf, "\r\n");
	for (size_t r = 0; r < sheet->len; r++) {
		for (size_t i = 0; i < sheet->columns_len; i++) {
			struct buf one = buf_open(job, "CSV cell", SHEET_MAX);
			slice cell;
			cell_text(&one, &sheet->columns[i], &sheet->row[r][i], false);
			TRY(buf_end(&one, &cell));
			if (i > 0)
				buf_byte(&buf, ',');
			/* Numbers are ours and may begin with '-'; only text can hide a formula. */
			bool ours = sheet->columns[i].kind == CLI_NUMBER || sheet->columns[i].kind == CLI_INSTANT ||
				    (sheet->columns[i].kind == CLI_LOOSE && sheet->row[r][i].number == 1);
			if (ours)
				buf_add(&buf, cell);
			else
				text_csv(&buf, cell);
		}
		buf_text(&buf, "\r\n");
	}
	return buf_end(&buf, ret);
}

err
cli_sheet_csv(struct job *job, const char *path, const struct cli_sheet *sheet)
{
	slice text;
	TRY(cli_sheet_csv_text(job, sheet, &text));
	return cli_output(job, path, text, 0600);
}

/* The shown text of every cell, escaped for the terminal, and the width each column wants. */
static err
lay_out(struct job *job, const struct cli_sheet *sheet, slice *titles, slice *cells, size_t *widths)
{
	for (size_t i = 0; i < sheet->columns_len; i++) {
		struct buf shown = buf_open(job, "title", SHEET_MAX);
		text_terminal(&shown, slice_of(sheet->columns[i].title), false);
		TRY(buf_end(&shown, &titles[i]));
		widths[i] = text_width(titles[i]);
	}
	for (size_t r = 0; r < sheet->len; r++)
		for (size_t i = 0; i < sheet->columns_len; i++) {
			struct buf plain = buf_open(job, "cell", SHEET_MAX), shown = buf_open(job, "cell", SHEET_MAX);
			slice text;
			if (sheet->columns[i].title == NULL)
				continue;
			cell_text(&plain, &sheet->columns[i], &sheet->row[r][i], true);
			TRY(buf_end(&plain, &text));
			text_terminal(&shown, text, false);
			TRY(buf_end(&shown, &cells[r * sheet->columns_len + i]));
			size_t width = text_width(cells[r * sheet->columns_len + i]);
			if (width > widths[i])
				widths[i] = width;
		}
	return OK;
}

/* Squeeze the widest columns until the line fits the terminal. */
static void
squeeze(const struct cli_sheet *sheet, size_t *widths, size_t room)
{
	for (;;) {
		size_t total = 0, widest = 0;
		for (size_t i = 0; i < sheet->columns_len; i++) {
			total += widths[i] > 0 ? widths[i] + GAP : 0;
			if (widths[i] > widths[widest])
				widest = i;
		}
		if (total <= room + GAP || widths[widest] <= CELL_WIDTH_MIN)
			return;
		widths[widest]--;
	}
}

/* The first ${width} columns of ${text}, with an ellipsis when something is cut. */
static void
fit(struct buf *buf, slice text, size_t width, bool pad)
{
	size_t used = text_width(text), at = 0, done = 0;
	if (used <= width) {
		buf_add(buf, text);
		for (; pad && used < width; used++)
			buf_byte(buf, ' ');
		return;
	}
	while (at < text.len) {
		uint32_t rune;
		size_t step = text_rune(slice_from(text, at), &rune);
		size_t wide = text_width(slice_part(text, at, step));
		if (done + wide > width - 1)
			break;
		at += step;
		done += wide;
	}
	buf_add(buf, slice_part(text, 0, at));
	buf_text(buf, "…");
	for (done++; pad && done < width; done++)
		buf_byte(buf, ' ');
}

static void
sheet_line(struct buf *buf, const struct cli *cli, const struct cli_sheet *sheet, const slice *cells, bool heading, const size_t *widths)
{
	size_t last = 0;
	for (size_t i = 0; i < sheet->columns_len; i++)
		if (sheet->columns[i].title != NULL)
			last = i;
	for (size_t i = 0; i <= last; i++) {
		const struct cli_column *column = &sheet->columns[i];
		if (column->title == NULL)
			continue;
		slice text = cells[i];
		const char *colour = heading ? cli_colour(cli, "bold") : column->kind == CLI_WORD ? cli_colour_of(cli, text) : "";
		buf_text(buf, colour);
		fit(buf, text, widths[i], i < last);
		if (colour[0] != '\0')
			buf_text(buf, cli_colour(cli, "off"));
		if (i < last)
			buf_text(buf, "  ");
	}
	buf_byte(buf, '\n');
}

static err
sheet_table(struct job *job, const struct cli *cli, const struct cli_sheet *sheet)
{
	struct buf buf = buf_open(job, "table output", SHEET_MAX);
	slice *titles, *cells, text;
	size_t *widths;
	TRY(NEW(job, sheet->columns_len + 1, &titles));
	TRY(NEW(job, sheet->len * sheet->columns_len + 1, &cells));
	TRY(NEW(job, sheet->columns_len + 1, &widths));
	TRY(lay_out(job, sheet, titles, cells, widths));
	if (cli->width > 0)
		squeeze(sheet, widths, cli->width);
	if (sheet->len > 0 && !cli->quiet)
		sheet_line(&buf, cli, sheet, titles, true, widths);
	for (size_t r = 0; r < sheet->len; r++)
		sheet_line(&buf, cli, sheet, cells + r * sheet->columns_len, false, widths);
	TRY(buf_end(&buf, &text));
	return cli_output(job, NULL, text, 0);
}

err
cli_sheet_print(struct job *job, const struct cli *cli, const struct cli_sheet *sheet)
{
	cli_progress_end();
	if (cli->json)
		return sheet_json(job, sheet);
	return cli->csv ? cli_sheet_csv(job, NULL, sheet) : sheet_table(job, cli, sheet);
}

err
cli_sheet_print_record(struct job *job, const struct cli *cli, const struct cli_sheet *sheet)
{
	struct buf buf = buf_open(job, "record output", SHEET_MAX);
	slice text;
	if (sheet->len != 1)
		return err_set(job, ERR_BUG, "a record is one row, found %zu", sheet->len);
	if (cli->csv)
		return cli_sheet_csv(job, NULL, sheet);
	if (cli->json) {
		TRY(print_json_row(&buf, sheet, 0));
		buf_byte(&buf, '\n');
	}
	for (size_t i = 0; !cli->json && i < sheet->columns_len; i++) {
		const struct cli_column *column = &sheet->columns[i];
		struct buf one = buf_open(job, "cell", SHEET_MAX);
		slice cell;
		if (column->title == NULL || sheet->row[0][i].null)
			continue;
		cell_text(&one, column, &sheet->row[0][i], true);
		TRY(buf_end(&one, &cell));
		if (cell.len == 0)
			continue;
		buf_printf(&buf, "%s%-14s%s ", cli_colour(cli, "bold"), column->title, cli_colour(cli, "off"));
		buf_text(&buf, column->kind == CLI_WORD ? cli_colour_of(cli, cell) : "");
		text_terminal(&buf, cell, true);
		buf_text(&buf, column->kind == CLI_WORD ? cli_colour(cli, "off") : "");
		buf_byte(&buf, '\n');
	}
	TRY(buf_end(&buf, &text));
	return cli_output(job, NULL, text, 0);
}

void
cli_say(const struct cli *cli, struct job *job, const char *format, ...)
{
	va_list args, again;
	struct buf buf = buf_open(job, "line", SHEET_MAX);
	char *line;
	slice text;
	if (cli->json || cli->csv || cli->quiet)
		return;
	va_start(args, format);
	va_copy(again, args);
	int len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0 || NEW(job, (size_t)len + 1, &line).code != ERR_NONE) {
		va_end(again);
		return;
	}
	(void)vsnprintf(line, (size_t)len + 1, format, again);
	va_end(again);
	cli_progress_end();
	text_terminal(&buf, slice_bytes(line, (size_t)len), true);
	if (buf_end(&buf, &text).code == ERR_NONE)
		fprintf(cli->out, "%.*s\n", SLICE(text));
}

err
cli_line(struct job *job, void *cli, slice text)
{
	struct buf buf = buf_open(job, "line", SHEET_MAX);
	slice line;
	text_terminal(&buf, text, false);
	TRY(buf_end(&buf, &line));
	fprintf(((const struct cli *)cli)->out, "%.*s\n", SLICE(line));
	return OK;
}

struct cli_count_text
cli_count(uint64_t number, const char *one, const char *many)
{
	struct cli_count_text text;
	snprintf(text.at, sizeof text.at, "%llu %s", (unsigned long long)number, number == 1 ? one : many);
	return text;
}

static bool progress_shown;

void
cli_progress(void *to, const char *what, uint64_t done, uint64_t total)
{
	(void)to;
	if (total > 0)
		fprintf(stderr, "\r\033[K%s %llu of %llu", what, (unsigned long long)done, (unsigned long long)total);
	else if (done > 0)
		fprintf(stderr, "\r\033[K%s %llu", what, (unsigned long long)done);
	else
		fprintf(stderr, "\r\033[K%s", what);
	fflush(stderr);
	progress_shown = true;
}

void
cli_progress_end(void)
{
	if (progress_shown)
		fputs("\r\033[K", stderr);
	progress_shown = false;
}

err
cli_output(struct job *job, const char *path, slice text, mode_t mode)
{
	if (path != NULL && strcmp(path, "-") != 0)
		return fs_write(job, path, text, mode);
	if (text.len > 0 && fwrite(text.at, 1, text.len, stdout) != text.len)
		return err_set(job, ERR_IO, "standard output: the result could not be written whole");
	return OK;
}
