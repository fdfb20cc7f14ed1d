/* Targets collect_dropin_parse() and collect_dropin_rows(). */
#include "fuzz_collect.h"

#include <string.h>

#include "collect/collect_dropin.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 64 * KIB)
		return 0;
	/* The description, a line of three dashes, then rows. */
	static const slice fixed = S(
	    "about: x\ncolumns:\n  - {name: a}\n  - {name: n, type: int, maybe: true}\n  - {name: t, type: time, maybe: true}\nkey: [a]\n");
	struct dropin dropin;
	struct dropin_file file = {.path = "/f", .owner = S("root"), .time_us = 1};
	const char *cut = memmem(text.at, text.len, "\n---\n", 5);
	slice yaml = cut == NULL ? fixed : slice_part(text, 0, (size_t)(cut - text.at));
	slice lines = cut == NULL ? text : slice_from(text, (size_t)(cut - text.at) + 5);
	if (collect_dropin_parse(job, "/d", S("fuzzed"), yaml, &dropin).code != ERR_NONE)
		return 0;
	struct rows rows;
	rows_open(&rows, job, &dropin.table);
	err made = collect_dropin_rows(job, &dropin, &file, lines, &rows);
	if (made.code != ERR_NONE)
		return 0;
	slice out;
	rows_sort(&rows);
	FUZZ_MUST(rows_write(job, &rows, 0, &out).code == ERR_NONE);
	return 0;
}
