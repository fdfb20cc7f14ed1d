/*
 * Targets: code_unbase64, code_base64, code_unhex, slice_glob (the first line is the pattern, the rest the text).
 * Holds: a text that decodes is the one spelling of its bytes; any bytes come back; a star matches everything.
 */
#include <stdlib.h>

#include "base/code.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static slice
coded(struct job *job, slice bytes)
{
	slice out;
	struct buf buf = buf_open(job, "base64", MIB);
	code_base64(&buf, bytes.at, bytes.len);
	if (buf_end(&buf, &out).code != ERR_NONE)
		abort();
	return out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct job job;
	struct digest digest;
	slice text = slice_bytes(at, len), back, pattern = S(""), rest = text;
	if (len > 4 * KIB)
		return 0;
	DEFER(arena_close_at) struct arena *arena = arena_open("fuzz", 16 * MIB);
	job_init(&job, arena);
	if (code_unbase64(&job, text, &back).code == ERR_NONE && !slice_same(coded(&job, back), text))
		abort();
	if (code_unbase64(&job, coded(&job, text), &back).code != ERR_NONE || !slice_same(back, text))
		abort();
	if (digest_parse(text, &digest) && !slice_same(slice_of(digest_text(&digest).at), text))
		abort();
	(void)slice_cut(&rest, '\n', &pattern);
	(void)slice_glob(pattern, rest);
	if (!slice_glob(S("*"), text) || !slice_glob(S("**"), text))
		abort();
	return 0;
}
