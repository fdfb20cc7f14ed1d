/* Targets collect_boot_parameter_parse() and collect_lockdown_parse(). */
#include "fuzz_collect.h"

#include "collect/table/collect_kernel_info.h"

extern const struct table table_boot_parameter;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 256 * KIB)
		return 0;
	struct rows rows;
	slice word;
	rows_open(&rows, job, &table_boot_parameter);
	FUZZ_MUST(collect_boot_parameter_parse(job, text, &rows).code == ERR_NONE);
	if (collect_lockdown_parse(text, &word))
		FUZZ_MUST(word.len + 2 <= size);
	return 0;
}
