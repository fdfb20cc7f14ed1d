/* Targets collect_firewall_parse() and collect_firewall_legacy(). */
#include "fuzz_collect.h"

#include "collect/table/collect_firewall_rule.h"

extern const struct table table_firewall_rule;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 256 * KIB)
		return 0;
	struct rows rows;
	if (size > 64 * KIB)
		return 0;
	rows_open(&rows, job, &table_firewall_rule);
	(void)collect_firewall_parse(job, text, &rows).code;
	FUZZ_MUST(collect_firewall_legacy(text, "ip", &rows).code == ERR_NONE);
	return 0;
}
