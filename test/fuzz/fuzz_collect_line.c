/* Targets collect_lines_next(), collect_key_value(), collect_shell_assignment() and collect_settings_set(). */
#include "fuzz_collect.h"

#include "collect/collect_line.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 64 * KIB)
		return 0;
	struct collect_settings settings;
	struct collect_lines lines = collect_lines_of(job, text, "#;");
	slice line, key, value;
	unsigned number, last = 0;
	if (size > 8 * KIB)
		return 0;
	collect_settings_open(&settings, job);
	while (collect_lines_next(&lines, &line, &number)) {
		FUZZ_MUST(line.len > 0 && number > last);
		last = number;
		if (collect_key_value(line, "= \t", &key, &value))
			FUZZ_MUST(collect_settings_set(&settings, key, value, "/f", number, true).code == ERR_NONE);
		if (collect_shell_assignment(job, line, &key, &value))
			FUZZ_MUST(key.len > 0 && value.len <= line.len);
	}
	return 0;
}
