/*
 * Targets sheet_read_csv(), sheet_write_csv(). The first byte chooses windows-1252.
 * Holds: cells are UTF-8 without NUL, rows ascend, no faulty row is among the rows; what is written is read back the same, without a fault.
 */
#include <stdlib.h>

#include "base/sheet.h"
#include "base/text.h"

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
	slice text;
	if (sheet_write_csv(job, sheet, &text).code != ERR_NONE || sheet_read_csv(job, "back", text, NULL, &back).code != ERR_NONE)
		abort();
	if (back.faults_all > 0 || back.rows_len != sheet->rows_len || back.columns_len != sheet->columns_len || back.separator != ',')
		abort();
	for (size_t i = 0; i < sheet->columns_len; i++)
		if (!slice_same(back.columns[i].heading, sheet->columns[i].heading))
			abort();
	for (size_t r = 0; r < sheet->rows_len; r++)
		for (size_t i = 0; i < sheet->columns_len; i++)
			if (!slice_same(back.rows[r].cells[i], sheet->rows[r].cells[i]))
				abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena DEFER(arena_close_at) = arena_open("fuzz", 256 * MIB);
	struct job job;
	struct sheet sheet;
	job_init(&job, arena);
	if (len == 0 || len > 64 * KIB)
		return 0;
	struct sheet_limits limits = {.windows_1252 = at[0] & 1};
	if (sheet_read_csv(&job, "fuzz", slice_bytes(at + 1, len - 1), &limits, &sheet).code != ERR_NONE)
		return 0;
	check(&sheet);
	check_back(&job, &sheet);
	return 0;
}
