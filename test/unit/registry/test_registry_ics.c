/*
 * iCalendar: the whole stream of a deadline, folding, escaping, alarms, and what is refused.
 */
#include "kit.h"

#include "base/instant.h"
#include "base/text.h"
#include "registry/registry_ics.h"

static int64_t
at(const char *text)
{
	int64_t at_us;
	assert_true(instant_parse(slice_of(text), &at_us));
	return at_us;
}

static slice
written(const struct registry_ics_event *events, size_t len)
{
	struct buf buf = buf_open(kit_job(), "ics", 1 * MIB);
	slice text;
	ASSERT_OK(registry_ics_write(kit_job(), &buf, S("Deadlines, ours"), events, len, at("2026-09-01T09:00:00Z")));
	ASSERT_OK(buf_end(&buf, &text));
	return text;
}

static void
test_registry_ics_write__is_an_icalendar_stream(void **state)
{
	static const struct duration warn[] = {{.us = 14 * DAY_US}, {.us = DAY_US + 3600 * SECOND_US}, {.us = 90 * SECOND_US}, {.months = 1}};
	struct registry_ics_event event = {.uid = S("foi-7-foi.response@assay"), .summary = S("Answer FOI 7"), .description = S("One; two, three\\\nfour"),
	    .due_us = at("2026-09-29T22:59:59.5Z"), .warn = warn, .warn_len = 4};
	(void)state;
	(void)kit_fresh();
	ASSERT_SLICE(written(&event, 1),
	    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//assay//deadlines//EN\r\nCALSCALE:GREGORIAN\r\nX-WR-CALNAME:Deadlines\\, ours\r\n"
	    "BEGIN:VEVENT\r\nUID:foi-7-foi.response@assay\r\nDTSTAMP:20260901T090000Z\r\nDTSTART:20260929T225959Z\r\nSUMMARY:Answer FOI 7\r\n"
	    "DESCRIPTION:One\\; two\\, three\\\\\\nfour\r\nTRANSP:TRANSPARENT\r\n"
	    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Answer FOI 7\r\nTRIGGER:-P14D\r\nEND:VALARM\r\n"
	    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Answer FOI 7\r\nTRIGGER:-P1DT1H0M0S\r\nEND:VALARM\r\n"
	    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Answer FOI 7\r\nTRIGGER:-PT0H1M30S\r\nEND:VALARM\r\n"
	    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Answer FOI 7\r\nTRIGGER;VALUE=DATE-TIME:20260829T225959Z\r\nEND:VALARM\r\n"
	    "END:VEVENT\r\nEND:VCALENDAR\r\n");
	ASSERT_SLICE(written(NULL, 0),
	    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//assay//deadlines//EN\r\nCALSCALE:GREGORIAN\r\nX-WR-CALNAME:Deadlines\\, ours\r\nEND:VCALENDAR\r\n");
}

/* No line but its own: what people typed cannot add a property. */
static void
test_registry_ics_write__lets_no_text_break_out_of_its_line(void **state)
{
	struct registry_ics_event event = {.uid = S("u\r\nATTACH:x"), .summary = S("a\r\nEND:VEVENT\r\nx\x01\x7f\xc2\x85y\ttab"), .description = S("\xff\xfe ok"),
	    .due_us = at("2026-09-29")};
	(void)state;
	(void)kit_fresh();
	slice text = written(&event, 1);
	assert_true(slice_has(text, S("\r\nUID:u\\nATTACH:x\r\n")));
	assert_true(slice_has(text, S("\r\nSUMMARY:a\\nEND:VEVENT\\nxy\ttab\r\n")));
	assert_true(slice_has(text, S("\r\nDESCRIPTION:\xEF\xBF\xBD\xEF\xBF\xBD ok\r\n")));
	assert_true(text_utf8(text));
}

static slice
unfolded(slice text)
{
	struct buf buf = buf_open(kit_job(), "unfolded", 1 * MIB);
	slice all;
	for (size_t i = 0; i < text.len; i++)
		if (slice_starts(slice_from(text, i), S("\r\n ")))
			i += 2;
		else
			buf_byte(&buf, text.at[i]);
	ASSERT_OK(buf_end(&buf, &all));
	return all;
}

/* Of every length, and of characters of one to four octets. */
static void
test_registry_ics_write__folds_at_75_octets_between_characters(void **state)
{
	static const char *const letters[] = {"x", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x94\x92"};
	(void)state;
	for (size_t l = 0; l < 4; l++)
		for (size_t len = 0; len < 260; len++) {
			(void)kit_fresh();
			struct buf buf = buf_open(kit_job(), "text", 4 * KIB), longer = buf_open(kit_job(), "line", 4 * KIB);
			struct registry_ics_event event = {.uid = S("u"), .due_us = at("2026-09-29")};
			slice line, rest, wanted;
			for (size_t i = 0; i < len; i++)
				buf_text(&buf, letters[l]);
			ASSERT_OK(buf_end(&buf, &event.summary));
			slice text = written(&event, 1);
			assert_true(text_utf8(text));
			for (rest = text; slice_cut(&rest, '\n', &line);) {
				assert_true(line.len <= 76 && slice_ends(line, S("\r"))); /* 75 and the CR */
				assert_true(text_utf8(line));
			}
			buf_printf(&longer, "\r\nSUMMARY:%.*s\r\n", SLICE(event.summary));
			ASSERT_OK(buf_end(&longer, &wanted));
			assert_true(slice_has(unfolded(text), wanted));
			/* Nothing is folded that fits. */
			if (8 + event.summary.len <= 75)
				assert_true(slice_has(text, wanted));
		}
}

static void
test_registry_ics_write__refuses_what_calendars_cannot_hold(void **state)
{
	struct registry_ics_event event = {.uid = S("u"), .summary = S("s"), .due_us = INT64_MAX};
	char large[201];
	(void)state;
	(void)kit_fresh();
	struct buf buf = buf_open(kit_job(), "ics", 1 * MIB);
	memset(large, 'u', sizeof large);
	ASSERT_ERR(registry_ics_write(kit_job(), &buf, S("n"), &event, 1, 0), ERR_INPUT, "DTSTART: expected an instant");
	event.due_us = 0;
	event.uid = S("");
	ASSERT_ERR(registry_ics_write(kit_job(), &buf, S("n"), &event, 1, 0), ERR_INPUT, "UID: expected 1 to 200 octets, found 0");
	event.uid = slice_bytes(large, sizeof large);
	ASSERT_ERR(registry_ics_write(kit_job(), &buf, S("n"), &event, 1, 0), ERR_INPUT, "found 201");
	event.uid = slice_bytes(large, 200);
	ASSERT_OK(registry_ics_write(kit_job(), &buf, S("n"), &event, 1, 0));
	struct buf small = buf_open(kit_job(), "small ics", 100);
	ASSERT_ERR(registry_ics_write(kit_job(), &small, S("n"), &event, 1, 0), ERR_LIMIT, "small ics");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registry_ics_write__is_an_icalendar_stream),
	    cmocka_unit_test(test_registry_ics_write__lets_no_text_break_out_of_its_line),
	    cmocka_unit_test(test_registry_ics_write__folds_at_75_octets_between_characters),
	    cmocka_unit_test(test_registry_ics_write__refuses_what_calendars_cannot_hold),
	};
	return KIT_TESTS(tests);
}
