/* Targets collect_packaged_diversions(), collect_packaged_sums() and collect_packaged_conffiles() over one text. */
#include "fuzz_collect.h"

#include "collect/collect_packaged.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	struct collect_diversion *diversions;
	size_t len;
	slice text = slice_bytes(data, size);
	struct collect_packaged files[] = {{.path = S("/etc/hosts"), .package = S("base")}, {.path = S("/usr/bin/a"), .package = S("base")},
	    {.path = S("/usr/bin/b"), .package = S("other")}};
	if (collect_packaged_diversions(job, text, &diversions, &len).code != ERR_NONE)
		return 0;
	collect_packaged_sums(text, S("base"), diversions, len, files, 3);
	FUZZ_MUST(!files[0].known || slice_has(text, S("etc/hosts")));
	collect_packaged_conffiles(text, files, 3);
	return 0;
}
