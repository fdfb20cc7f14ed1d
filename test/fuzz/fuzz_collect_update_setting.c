/* Targets collect_apt_conf_parse() and collect_apt_conf_get(). */
#include "fuzz_collect.h"

#include "collect/table/collect_update_setting.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 256 * KIB)
		return 0;
	struct collect_apt_conf conf = {.job = job};
	if (size > 16 * KIB || collect_apt_conf_parse(&conf, "fuzz", text).code != ERR_NONE)
		return 0;
	for (size_t i = 0; i < conf.len; i++)
		if (!conf.at[i].item)
			FUZZ_MUST(collect_apt_conf_get(&conf, conf.at[i].key) != NULL);
	return 0;
}
