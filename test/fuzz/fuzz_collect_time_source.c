/* Targets time_line(). */
#include "fuzz_collect.h"

#include "collect/table/collect_time_source.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 64 * KIB)
		return 0;
	slice line;
	while (slice_cut(&text, '\n', &line)) {
		struct time_row row = {.path = "/f"};
		if (time_line(line, &row))
			FUZZ_MUST(row.server.len > 0 && row.kind.len > 0);
	}
	(void)job;
	return 0;
}
