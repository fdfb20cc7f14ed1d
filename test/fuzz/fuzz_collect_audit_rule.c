/* Targets audit_line() and audit_payload(). */
#include "fuzz_collect.h"

#include "collect/table/collect_audit_rule.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 64 * KIB)
		return 0;
	struct audit_rule rule;
	slice rest = text, line;
	if (audit_payload(job, text, &rule))
		FUZZ_MUST(rule.fields.len <= TABLE_MAX_TEXT);
	while (slice_cut(&rest, '\n', &line))
		if (audit_line(job, line, &rule))
			FUZZ_MUST(rule.kind.len > 0);
	return 0;
}
