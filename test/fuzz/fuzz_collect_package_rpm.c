/* Targets collect_package_rpm_header(). */
#include "fuzz_collect.h"

#include "collect/table/collect_package.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 256 * KIB)
		return 0;
	struct collect_package package;
	if (collect_package_rpm_header(job, text, &package).code == ERR_NONE)
		FUZZ_MUST(package.name.len > 0 && package.version.len > 0 && package.source_name.len > 0);
	return 0;
}
