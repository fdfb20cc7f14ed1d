/*
 * Targets: instant_parse, instant_parse_mail, instant_text, duration_parse, instant_after, instant_before.
 * Holds: what is read can be written, and what is written is read as the same instant.
 */
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void
check_round(int64_t at_us)
{
	int64_t back;
	struct instant_text text = instant_text(at_us);
	if (!instant_parse(slice_of(text.at), &back) || back != at_us)
		abort();
}

static void
check_number(const uint8_t *at)
{
	int64_t at_us, back;
	memcpy(&at_us, at, sizeof at_us);
	struct instant_text text = instant_text(at_us);
	bool shown = strcmp(text.at, "?") != 0;
	if (instant_parse(slice_of(text.at), &back) != shown || (shown && back != at_us))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	slice text = slice_bytes(at, len);
	int64_t at_us;
	struct duration by;
	if (instant_parse(text, &at_us))
		check_round(at_us);
	if (instant_parse_mail(text, &at_us))
		check_round(at_us);
	if (len >= sizeof at_us)
		check_number(at);
	if (duration_parse(text, &by)) {
		if (by.months < 0 || by.us < 0 || instant_after(0, by) < 0 || instant_before(0, by) > 0)
			abort();
		(void)instant_after(INT64_MAX, by);
		(void)instant_before(INT64_MIN, by);
	}
	return 0;
}
