/* Targets collect_digest_parse(): bytes as they are, and the same bytes with a fitting head and end, so that the lines are reached. */
#include "fuzz_collect.h"

#include "collect/collect_digest.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	struct collect_digest_line *lines;
	slice text;
	size_t len;
	struct buf buf = buf_open(job, "fuzz", 2 * MIB);
	(void)(collect_digest_parse(job, slice_bytes(data, size), &lines, &len).code == ERR_NONE);
	buf_text(&buf, "assay file digests 1\n");
	buf_add(&buf, slice_bytes(data, size));
	if (buf_end(&buf, &text).code != ERR_NONE)
		return 0;
	struct digest digest = code_sha256(text);
	buf_printf(&buf, "%s\n", digest_text(&digest).at);
	if (buf_end(&buf, &text).code != ERR_NONE || collect_digest_parse(job, text, &lines, &len).code != ERR_NONE)
		return 0;
	for (size_t i = 0; i < len; i++)
		FUZZ_MUST(lines[i].path.len > 0 && (i == 0 || slice_order(lines[i - 1].path, lines[i].path) < 0));
	return 0;
}
