/* Targets collect_repository_list(), collect_repository_sources(), collect_repository_prefix() and collect_release_parse(). */
#include "fuzz_collect.h"

#include "collect/table/collect_repository.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 256 * KIB)
		return 0;
	struct collect_repositories to = {.job = job};
	struct collect_release release;
	slice prefix;
	if (size > 8 * KIB)
		return 0;
	FUZZ_MUST(collect_repository_list(&to, "fuzz", text).code == ERR_NONE);
	FUZZ_MUST(collect_repository_sources(&to, "fuzz", text).code == ERR_NONE);
	for (size_t i = 0; i < to.len && i < 64; i++)
		if (collect_repository_prefix(job, &to.at[i], S("amd64"), &prefix).code == ERR_NONE)
			FUZZ_MUST(slice_find(prefix, '/') == prefix.len);
	collect_release_parse(text, &release);
	return 0;
}
