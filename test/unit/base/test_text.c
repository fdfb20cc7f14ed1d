/* Text: nothing from outside reaches a terminal, a page, a sheet or a parser unescaped. */
#include "kit.h"

#include "base/text.h"

typedef void (*writer)(struct buf *buf, slice text);

static void
terminal_line(struct buf *buf, slice text)
{
	text_terminal(buf, text, false);
}

static void
terminal_lines(struct buf *buf, slice text)
{
	text_terminal(buf, text, true);
}

static slice
written(writer write, slice text)
{
	struct buf buf = buf_open(kit_fresh(), "text", 10000);
	slice out = {0};
	write(&buf, text);
	ASSERT_OK(buf_end(&buf, &out));
	return out;
}

#define ASSERT_WRITTEN(write, text, wanted) ASSERT_SLICE(written((write), S(text)), (wanted))

static void
test_text_utf8__accepts_every_shortest_form(void **state)
{
	(void)state;
	assert_true(text_utf8(S("")));
	assert_true(text_utf8(S("a\0b")));
	assert_true(text_utf8(S("\x7F")));
	assert_true(text_utf8(S("\xC2\x80\xDF\xBF")));
	assert_true(text_utf8(S("\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF")));
	assert_true(text_utf8(S("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF")));
	assert_true(text_utf8(S("\xEF\xBF\xBD")));
}

static void
test_text_utf8__refuses_the_rest(void **state)
{
	(void)state;
	static const char *const wrong[] = {
	    "\x80",             /* continues nothing */
	    "\xC3",             /* ends too early */
	    "\xE2\x82",         /* likewise */
	    "\xF0\x90\x80",     /* likewise */
	    "\xC0\x80",         /* NUL the long way */
	    "\xC1\xBF",         /* DEL the long way */
	    "\xE0\x9F\xBF",     /* two bytes would do */
	    "\xF0\x8F\xBF\xBF", /* three bytes would do */
	    "\xED\xA0\x80",     /* a surrogate */
	    "\xED\xBF\xBF",     /* the last one */
	    "\xF4\x90\x80\x80", /* above U+10FFFF */
	    "\xF5\x80\x80\x80",
	    "\xFE",
	    "\xFF",
	    "\xC3(",
	    "ok\xE2(\xA1",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (text_utf8(slice_of(wrong[i])))
			fail_msg("text %zu is not UTF-8", i);
}

static void
test_text_rune__comes_back_from_every_code_point(void **state)
{
	(void)state;
	for (uint32_t rune = 0; rune <= 0x10FFFF; rune++) {
		if (rune >= 0xD800 && rune <= 0xDFFF)
			continue;
		char at[4];
		size_t len = rune < 0x80 ? 1 : rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
		static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
		uint32_t rest = rune;
		for (size_t i = len - 1; i > 0; i--, rest >>= 6)
			at[i] = (char)(0x80 | (rest & 0x3F));
		at[0] = (char)(lead[len] | rest);
		uint32_t found;
		if (text_rune(slice_bytes(at, len), &found) != len || found != rune)
			fail_msg("U+%04X was read as U+%04X", rune, found);
	}
	uint32_t rune;
	assert_int_equal(text_rune(S(""), &rune), 0);
	assert_int_equal(text_rune(S("\xC3("), &rune), 1);
	assert_int_equal(rune, 0xFFFD);
}

static void
test_text_terminal__escapes_what_acts(void **state)
{
	(void)state;
	ASSERT_WRITTEN(terminal_line, "plain für \xE6\x97\xA5", "plain für \xE6\x97\xA5");
	ASSERT_WRITTEN(terminal_line, "\x1b]0;title\x07", "\\x1b]0;title\\x07");
	ASSERT_WRITTEN(terminal_line, "a\0b\x7F", "a\\x00b\\x7f");
	ASSERT_WRITTEN(terminal_line, "a\r\nb\tc", "a\\x0d\\x0ab\\x09c");
	ASSERT_WRITTEN(terminal_lines, "a\r\nb\tc", "a\\x0d\nb\tc");
	ASSERT_WRITTEN(terminal_line,
	    "\xC2\x9B"
	    "31m",
	    "\\u{009b}31m");
	ASSERT_WRITTEN(terminal_line,
	    "\x9B"
	    "31m",
	    "\\x9b31m");
	ASSERT_WRITTEN(terminal_line, "\xFF\xC3", "\\xff\\xc3");
	ASSERT_WRITTEN(terminal_line, "root\xE2\x80\xAEtxt", "root\\u{202e}txt");
	ASSERT_WRITTEN(terminal_line, "\xE2\x81\xA6x\xE2\x81\xA9\xE2\x80\x8B\xEF\xBB\xBF", "\\u{2066}x\\u{2069}\\u{200b}\\u{feff}");
	ASSERT_WRITTEN(terminal_line, "\xF3\xA0\x81\x81", "\\u{e0041}");
}

static void
test_text_terminal__lets_no_control_through(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 256; first++)
		for (unsigned second = 0; second < 256; second++) {
			char pair[2] = {(char)first, (char)second};
			slice out = written(terminal_line, slice_bytes(pair, 2));
			assert_true(text_utf8(out));
			for (slice rest = out; rest.len > 0;) {
				uint32_t rune;
				rest = slice_from(rest, text_rune(rest, &rune));
				assert_false(text_rune_acts(rune));
			}
		}
}

static void
test_text_width__counts_columns(void **state)
{
	(void)state;
	assert_int_equal(text_width(S("")), 0);
	assert_int_equal(text_width(S("abc")), 3);
	assert_int_equal(text_width(S("für")), 3);
	assert_int_equal(text_width(S("fu\xCC\x88r")), 3);              /* combining diaeresis */
	assert_int_equal(text_width(S("\xE6\x97\xA5\xE6\x9C\xAC")), 4); /* two wide signs */
	assert_int_equal(text_width(S("\xEF\xBC\xA1")), 2);             /* full-width A */
	assert_int_equal(text_width(S("\xF0\x9F\x94\x92")), 2);         /* a lock */
	assert_int_equal(text_width(S("\xE2\x82\xAC")), 1);             /* a euro */
	assert_int_equal(text_width(S("\x1b\xFF\n")), 12);
	assert_int_equal(text_width(S("\xE2\x80\xAE")), 8);
	assert_int_equal(text_width(S("\xF3\xA0\x81\x81")), 9);
}

static void
test_text_html__escapes_for_text_and_attributes(void **state)
{
	(void)state;
	ASSERT_WRITTEN(text_html, "<a href=\"x\" on='y'>&amp;", "&lt;a href=&quot;x&quot; on=&#39;y&#39;&gt;&amp;amp;");
	ASSERT_WRITTEN(text_html, "a\n\tb für", "a\n\tb für");
	ASSERT_WRITTEN(text_html, "\0\x1b\x7F\xC2\x85\xFF", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
	ASSERT_WRITTEN(text_html,
	    "a\xE2\x80\xAE"
	    "b",
	    "a\xEF\xBF\xBD"
	    "b");
}

static void
test_text_csv__quotes_when_needed(void **state)
{
	(void)state;
	ASSERT_WRITTEN(text_csv, "", "");
	ASSERT_WRITTEN(text_csv, "plain text", "plain text");
	ASSERT_WRITTEN(text_csv, "a,b", "\"a,b\"");
	ASSERT_WRITTEN(text_csv, "a\"b", "\"a\"\"b\"");
	ASSERT_WRITTEN(text_csv, "a\r\nb", "\"a\r\nb\"");
}

static void
test_text_csv__lets_no_sheet_run_a_cell(void **state)
{
	(void)state;
	ASSERT_WRITTEN(text_csv, "=1+1", "'=1+1");
	ASSERT_WRITTEN(text_csv, "+1", "'+1");
	ASSERT_WRITTEN(text_csv, "-1", "'-1");
	ASSERT_WRITTEN(text_csv, "@SUM(A1)", "'@SUM(A1)");
	ASSERT_WRITTEN(text_csv, "\t=1", "'\t=1");
	ASSERT_WRITTEN(text_csv, "\r=1", "\"'\r=1\"");
	ASSERT_WRITTEN(text_csv, "=HYPERLINK(\"x\",1)", "\"'=HYPERLINK(\"\"x\"\",1)\"");
	ASSERT_WRITTEN(text_csv, "1=1", "1=1");
	ASSERT_WRITTEN(text_csv, "'=1", "''=1");
	ASSERT_WRITTEN(text_csv, "'tis", "'tis");
	ASSERT_WRITTEN(text_csv, "''", "''");
}

static void
test_text_json__escapes_only_what_must_be(void **state)
{
	(void)state;
	ASSERT_WRITTEN(text_json, "", "\"\"");
	ASSERT_WRITTEN(text_json, "a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
	ASSERT_WRITTEN(text_json, "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
	ASSERT_WRITTEN(text_json, "\0\x01\x1f\x7F", "\"\\u0000\\u0001\\u001f\x7F\"");
	ASSERT_WRITTEN(text_json, "für \xF0\x9F\x94\x92", "\"für \xF0\x9F\x94\x92\"");
	ASSERT_WRITTEN(text_json,
	    "a\xFF"
	    "b\xC3",
	    "\"a\xEF\xBF\xBD"
	    "b\xEF\xBF\xBD\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_utf8__accepts_every_shortest_form),
	    cmocka_unit_test(test_text_utf8__refuses_the_rest),
	    cmocka_unit_test(test_text_rune__comes_back_from_every_code_point),
	    cmocka_unit_test(test_text_terminal__escapes_what_acts),
	    cmocka_unit_test(test_text_terminal__lets_no_control_through),
	    cmocka_unit_test(test_text_width__counts_columns),
	    cmocka_unit_test(test_text_html__escapes_for_text_and_attributes),
	    cmocka_unit_test(test_text_csv__quotes_when_needed),
	    cmocka_unit_test(test_text_csv__lets_no_sheet_run_a_cell),
	    cmocka_unit_test(test_text_json__escapes_only_what_must_be),
	};
	return KIT_TESTS(tests);
}
