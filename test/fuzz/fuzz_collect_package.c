/* Targets collect_package_dpkg_parse(), collect_package_dpkg_offer(), collect_pin_parse() and collect_pending_update_rows(). */
#include "fuzz_collect.h"

#include "collect/table/collect_package.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 256 * KIB)
		return 0;
	struct collect_packages packages = {.job = job};
	struct collect_pins pins = {.job = job};
	struct collect_repository repository = {.suite = S("s")};
	struct collect_list list = {.repository = &repository, .priority = 500};
	struct collect_lists lists = {.at = &list, .len = 1};
	struct rows rows;
	if (size > 4 * KIB)
		return 0;
	FUZZ_MUST(collect_package_dpkg_parse(&packages, text).code == ERR_NONE);
	FUZZ_MUST(collect_package_dpkg_index(&packages).code == ERR_NONE);
	FUZZ_MUST(collect_package_dpkg_offer(&packages, 0, text).code == ERR_NONE);
	FUZZ_MUST(collect_package_dpkg_offer(&packages, 0, S("Package: bash\nVersion: 5.3\nArchitecture: all\n")).code == ERR_NONE);
	FUZZ_MUST(collect_pin_parse(&pins, text).code == ERR_NONE);
	rows_open(&rows, job, &table_pending_update);
	FUZZ_MUST(collect_pending_update_rows(&packages, &lists, &pins, S(""), &rows).code == ERR_NONE);
	FUZZ_MUST(rows.len <= packages.len);
	return 0;
}
