/* Targets collect_antivirus_definitions(), collect_antivirus_scanned() and collect_antivirus_on_access(). */
#include "fuzz_collect.h"

#include "collect/table/collect_antivirus.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t at = 0;
	slice version = S(""), text = slice_bytes(data, size);
	if (collect_antivirus_definitions(text, &at, &version))
		FUZZ_MUST(slice_starts(text, S("ClamAV-VDB:")) && version.len < 512);
	if (collect_antivirus_scanned(text))
		FUZZ_MUST(slice_has(text, S("SCAN SUMMARY")));
	if (collect_antivirus_on_access(fuzz_job(), text))
		FUZZ_MUST(slice_has(text, S("OnAccess")));
	return 0;
}
