/*
 * Targets sheet_read_xlsx(), sheet_write_xlsx(). Bytes that begin as a zip archive are a workbook; others are its parts as text, with a NUL
 * between sheet, shared texts, styles and workbook, so that the fuzzer need not guess how to pack. Holds: cells are UTF-8 without NUL, rows
 * ascend, no faulty row is among the rows; what is written is read back the same.
 */
#include <stdlib.h>

#include "base/sheet.h"
#include "base/text.h"

#include "kit_sheet.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void
check(const struct sheet *sheet)
{
	for (size_t r = 0; r < sheet->rows_len; r++) {
		if (r > 0 && sheet->rows[r].number <= sheet->rows[r - 1].number)
			abort();
		for (size_t i = 0; i < sheet->columns_len; i++)
			if (!text_utf8(sheet->rows[r].cells[i]) || slice_find(sheet->rows[r].cells[i], '\0') < sheet->rows[r].cells[i].len)
				abort();
		for (size_t i = 0; i < sheet->faults_len; i++)
			if (sheet->faults[i].number == sheet->rows[r].number)
				abort();
	}
}

static void
check_back(struct job *job, const struct sheet *sheet)
{
	struct sheet back;
	slice bytes;
	err wrote = sheet_write_xlsx(job, sheet, &bytes);
	if (wrote.code == ERR_LIMIT)
		return;
	if (wrote.code != ERR_NONE || sheet_read_xlsx(job, "back", bytes, NULL, &back).code != ERR_NONE)
		abort();
	if (back.faults_all > 0 || back.rows_len != sheet->rows_len || back.columns_len != sheet->columns_len)
		abort();
	for (size_t i = 0; i < sheet->columns_len; i++)
		if (!slice_same(back.columns[i].heading, sheet->columns[i].heading))
			abort();
	for (size_t r = 0; r < sheet->rows_len; r++)
		for (size_t i = 0; i < sheet->columns_len; i++)
			if (!slice_same(back.rows[r].cells[i], sheet->rows[r].cells[i]))
				abort();
}

/* The next part as a string; NULL when there is none. */
static const char *
next(struct job *job, slice *rest)
{
	slice part;
	const char *text = NULL;
	if (slice_cut(rest, '\0', &part) && part.len > 0 && job_string(job, part, &text).code != ERR_NONE)
		abort();
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena DEFER(arena_close_at) = arena_open("fuzz", 256 * MIB);
	struct job job;
	struct sheet sheet;
	slice bytes = slice_bytes(at, len), rest = bytes;
	job_init(&job, arena);
	if (len > 64 * KIB)
		return 0;
	if (!slice_starts(bytes, S("PK\x03\x04"))) {
		struct kit_book book = {0};
		slice_cut(&rest, '\0', &book.sheet);
		book.strings = next(&job, &rest);
		book.styles = next(&job, &rest);
		book.workbook = next(&job, &rest);
		if (kit_book(&job, book, &bytes).code != ERR_NONE)
			abort();
	}
	struct sheet_limits limits = {.unpacked = 4 * MIB};
	if (sheet_read_xlsx(&job, "fuzz", bytes, &limits, &sheet).code != ERR_NONE)
		return 0;
	check(&sheet);
	check_back(&job, &sheet);
	return 0;
}
