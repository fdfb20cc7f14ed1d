/* Targets collect_mount_parse() and collect_privileged_file_skips(). */
#include "fuzz_collect.h"

#include "collect/table/collect_privileged_file.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	struct collect_mount *mounts;
	bool *skip;
	size_t len;
	if (size > 64 * KIB || collect_mount_parse(job, slice_bytes(data, size), &mounts, &len).code != ERR_NONE)
		return 0;
	FUZZ_MUST(collect_privileged_file_skips(job, mounts, len, &skip).code == ERR_NONE);
	for (size_t i = 0; i < len; i++)
		FUZZ_MUST(mounts[i].type.len > 0 && !(skip[i] && slice_same(mounts[i].target, S("/"))));
	return 0;
}
