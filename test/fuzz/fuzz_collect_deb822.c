/* Targets collect_deb822_next(), collect_deb822_field() and collect_deb822_bytes(). */
#include "fuzz_collect.h"

#include "collect/collect_deb822.h"

static err
visit(struct job *job, void *to, slice stanza)
{
	(void)job, (void)to;
	FUZZ_MUST(stanza.len > 0);
	return OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 256 * KIB)
		return 0;
	struct collect_deb822_reader reader = {.job = job};
	slice rest = text, stanza, name, value;
	unsigned line = 1, first = 0, last = 0;
	while (collect_deb822_next(&rest, &line, &stanza, &first)) {
		FUZZ_MUST(stanza.len > 0 && first > last && line > first);
		last = first;
		while (collect_deb822_field(&stanza, &name, &value))
			FUZZ_MUST(name.len + value.len < size);
	}
	(void)collect_deb822_bytes(&reader, "fuzz", text, visit, &last).code;
	return 0;
}
