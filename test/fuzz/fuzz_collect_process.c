/* Targets collect_process_status_parse(), collect_process_is_kernel(), collect_process_unit(), collect_capability_words() and
 * collect_users_parse(). */
#include "fuzz_collect.h"

#include "collect/table/collect_process.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 256 * KIB)
		return 0;
	struct collect_process_status status;
	struct collect_users users;
	slice words;
	if (collect_process_status_parse(text, &status))
		FUZZ_MUST(status.name.len > 0 && collect_capability_words(job, status.capabilities, 40, &words).code == ERR_NONE);
	(void)collect_process_is_kernel(text);
	if (collect_process_unit(job, text, &words))
		FUZZ_MUST(words.len > 0 && slice_find(words, '/') == words.len);
	FUZZ_MUST(collect_users_parse(job, text, &users).code == ERR_NONE);
	return 0;
}
