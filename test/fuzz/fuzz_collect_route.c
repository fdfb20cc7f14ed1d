/* Targets collect_netlink_next(), collect_netlink_attribute(), collect_interfaces_parse(), collect_interface_rows() and
 * collect_route_rows(). */
#include "fuzz_collect.h"

#include "collect/table/collect_route.h"

extern const struct table table_interface, table_route;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 256 * KIB)
		return 0;
	struct collect_interfaces interfaces;
	struct rows rows;
	FUZZ_MUST(collect_interfaces_parse(job, text, &interfaces).code == ERR_NONE);
	rows_open(&rows, job, &table_interface);
	FUZZ_MUST(collect_interface_rows(&interfaces, text, &rows).code == ERR_NONE);
	FUZZ_MUST(rows.len >= (interfaces.len > 0 ? 1 : 0));
	rows_open(&rows, job, &table_route);
	FUZZ_MUST(collect_route_rows(&interfaces, text, &rows).code == ERR_NONE);
	return 0;
}
