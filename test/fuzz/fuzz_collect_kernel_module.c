/* Targets collect_modules_loaded(), collect_modules_config() and collect_modules_cmdline(). */
#include "fuzz_collect.h"

#include "collect/table/collect_kernel_module.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 256 * KIB)
		return 0;
	struct collect_modules modules = {.job = job};
	if (size > 32 * KIB)
		return 0;
	FUZZ_MUST(collect_modules_loaded(&modules, text).code == ERR_NONE);
	FUZZ_MUST(collect_modules_config(&modules, "fuzz", text).code == ERR_NONE);
	FUZZ_MUST(collect_modules_cmdline(&modules, text).code == ERR_NONE);
	for (size_t i = 0; i < modules.len; i++)
		FUZZ_MUST(modules.at[i].blocked == (modules.at[i].block_path[0] != '\0'));
	return 0;
}
