/* Targets authorized_key_line(). */
#include "fuzz_collect.h"

#include "collect/table/collect_authorized_key.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 64 * KIB)
		return 0;
	slice line;
	while (slice_cut(&text, '\n', &line)) {
		struct authorized_key key;
		if (authorized_key_line(job, line, &key))
			FUZZ_MUST(key.fingerprint.len == 50 && key.options.len <= 4 * KIB);
	}
	return 0;
}
