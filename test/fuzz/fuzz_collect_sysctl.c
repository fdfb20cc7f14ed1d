/* Targets collect_sysctl_parse(), collect_sysctl_wanted(), collect_sysctl_swap() and collect_sysctl_kept(). */
#include "fuzz_collect.h"

#include "collect/table/collect_sysctl.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 256 * KIB)
		return 0;
	struct collect_sysctls settings = {.job = job};
	slice there, back;
	if (size > 8 * KIB)
		return 0;
	FUZZ_MUST(collect_sysctl_parse(&settings, "fuzz", text).code == ERR_NONE);
	for (size_t i = 0; i < settings.len; i++) {
		(void)collect_sysctl_kept(settings.at[i].path);
		const struct collect_sysctl *wanted = collect_sysctl_wanted(&settings, settings.at[i].path);
		FUZZ_MUST(wanted == NULL || !wanted->only_excludes);
	}
	FUZZ_MUST(collect_sysctl_swap(job, text, &there).code == ERR_NONE && collect_sysctl_swap(job, there, &back).code == ERR_NONE);
	FUZZ_MUST(slice_same(text, back));
	return 0;
}
