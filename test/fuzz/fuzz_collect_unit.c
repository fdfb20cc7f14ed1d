/* Targets unit_text() and unit_value(). */
#include "fuzz_collect.h"

#include "collect/table/collect_unit.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 64 * KIB)
		return 0;
	struct unit_values values = {.job = job};
	if (unit_text(&values, "/f", text).code != ERR_NONE)
		return 0;
	for (size_t i = 0; i < values.len; i++)
		FUZZ_MUST(unit_value(&values, values.at[i].section, values.at[i].key).len > 0);
	return 0;
}
