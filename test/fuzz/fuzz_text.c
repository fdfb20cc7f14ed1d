/*
 * Targets: text_rune, text_utf8, text_width, text_terminal, text_html, text_csv, text_json.
 * Holds: nothing that acts on a terminal comes through, what is written is UTF-8, the width is that of the escaped text.
 */
#include <stdlib.h>

#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static slice
written(struct job *job, slice text, void (*write)(struct buf *buf, slice text))
{
	slice out;
	struct buf buf = buf_open(job, "out", 8 * MIB);
	write(&buf, text);
	if (buf_end(&buf, &out).code != ERR_NONE)
		abort();
	return out;
}

static void
terminal(struct buf *buf, slice text)
{
	text_terminal(buf, text, false);
}

static void
check_terminal(slice text, slice out)
{
	if (!text_utf8(out) || text_width(text) != text_width(out))
		abort();
	for (slice rest = out; rest.len > 0;) {
		uint32_t rune;
		rest = slice_from(rest, text_rune(rest, &rune));
		if (text_rune_acts(rune))
			abort();
	}
}

static void
check_html(slice out)
{
	static const char forbidden[] = {'<', '>', '"', '\'', '\x1b', '\0'};
	for (size_t i = 0; i < sizeof forbidden; i++)
		if (slice_find(out, forbidden[i]) < out.len)
			abort();
	if (!text_utf8(out))
		abort();
}

static void
check_json(slice out)
{
	if (out.len < 2 || !text_utf8(out))
		abort();
	slice inner = slice_part(out, 1, out.len - 2);
	for (size_t i = 0; i < inner.len; i++) {
		if ((unsigned char)inner.at[i] < 0x20 || inner.at[i] == '"')
			abort();
		if (inner.at[i] == '\\' && ++i >= inner.len)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct job job;
	slice text = slice_bytes(at, len);
	if (len > 64 * KIB)
		return 0;
	DEFER(arena_close_at) struct arena *arena = arena_open("fuzz", 64 * MIB);
	job_init(&job, arena);
	check_terminal(text, written(&job, text, terminal));
	check_html(written(&job, text, text_html));
	check_json(written(&job, text, text_json));
	slice csv = written(&job, text, text_csv);
	if (csv.len > 0 && slice_find(S("=+-@\t\r"), csv.at[0]) < 6)
		abort();
	return 0;
}
