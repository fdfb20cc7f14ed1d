/* Targets collect_privileged_file_capabilities(). */
#include "fuzz_collect.h"

#include "base/text.h"
#include "collect/table/collect_privileged_file.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	slice words;
	if (collect_privileged_file_capabilities(fuzz_job(), slice_bytes(data, size), &words).code == ERR_NONE)
		FUZZ_MUST(text_utf8(words));
	return 0;
}
