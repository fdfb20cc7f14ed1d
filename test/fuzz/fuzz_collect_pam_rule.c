/* Targets pam_line() and pam_redact(). */
#include "fuzz_collect.h"

#include "collect/table/collect_pam_rule.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 64 * KIB)
		return 0;
	slice line;
	while (slice_cut(&text, '\n', &line)) {
		struct pam_line rule;
		slice out;
		if (pam_line(line, &rule))
			/* A word may end at its bracket without a blank: one is put in. */
			FUZZ_MUST(pam_redact(job, rule.arguments, &out).code == ERR_NONE && out.len <= 2 * rule.arguments.len);
	}
	return 0;
}
