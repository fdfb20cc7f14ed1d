/* Targets policy_text() and policy_arguments(). */
#include "fuzz_collect.h"

#include "collect/table/collect_password_policy.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 64 * KIB)
		return 0;
	struct collect_settings settings;
	collect_settings_open(&settings, job);
	if (size > 8 * KIB)
		return 0;
	(void)policy_text(job, "/f", text, &settings).code;
	(void)policy_arguments(text, "/g", 1, &settings).code;
	for (size_t i = 0; i < settings.len; i++)
		FUZZ_MUST(settings.at[i].key.len > 0);
	return 0;
}
