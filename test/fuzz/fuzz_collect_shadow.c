/* Targets shadow_rows(). */
#include "fuzz_collect.h"

#include "collect/table/collect_shadow.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 64 * KIB)
		return 0;
	struct rows rows;
	rows_open(&rows, job, &table_shadow);
	err made = shadow_rows(text, text, &rows);
	if (made.code != ERR_NONE)
		return 0;
	slice out;
	rows_sort(&rows);
	FUZZ_MUST(rows_write(job, &rows, 0, &out).code == ERR_NONE);
	return 0;
}
