/* Targets collect_os_version_parse(). */
#include "fuzz_collect.h"

#include "collect/table/collect_os_version.h"

extern const struct table table_os_version;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 256 * KIB)
		return 0;
	struct rows rows;
	rows_open(&rows, job, &table_os_version);
	err parsed = collect_os_version_parse(job, text, S("x86_64"), &rows);
	FUZZ_MUST(rows.len == (parsed.code == ERR_NONE ? 1 : 0));
	return 0;
}
