/* The page: whole, accessible, self-contained, and no text from outside changes what it is made of. */
#include "report_kit.h"
#include "report_read.h"

#include <math.h>

#include "base/text.h"
#include "report/report_page.h"

static slice
page_of(bool hostile)
{
	slice text;
	kit_fresh();
	struct report report = kit_report(hostile);
	ASSERT_OK(report_html(kit_job(), &report, &text));
	return text;
}

/* The golden page has no version in it. */
static slice
without_version(slice text)
{
	struct buf buf = buf_open(kit_job(), "page", 16 * MIB);
	slice version = S("assay " ASSAY_VERSION), out;
	for (size_t i = 0; i < text.len; i++)
		if (slice_starts(slice_from(text, i), version)) {
			buf_text(&buf, "assay VERSION");
			i += version.len - 1;
		} else {
			buf_byte(&buf, text.at[i]);
		}
	ASSERT_OK(buf_end(&buf, &out));
	return out;
}

static void
test_report_html__is_as_it_was(void **state)
{
	(void)state;
	kit_golden("report.html", without_version(page_of(false)));
}

static void
test_report_html__is_made_of_the_same_tags_whatever_the_text(void **state)
{
	(void)state;
	static const char *const functions[] = {"govern", "protect", "identify", "detect", "respond", "recover", "protect"};
	slice text;
	kit_fresh();
	struct report report = kit_report(true);
	for (size_t i = 0; i < 7; i++)
		kit_requirements[i].function = slice_of(functions[i]); /* unknown ones share a row: rightly another table */
	ASSERT_OK(report_html(kit_job(), &report, &text));
	struct read_page hostile = read_page(text);
	report = kit_report(false);
	ASSERT_OK(report_html(kit_job(), &report, &text));
	struct read_page plain = read_page(text);
	assert_int_equal(hostile.len, plain.len);
	for (size_t i = 0; i < plain.len; i++) {
		if (!slice_same(hostile.tags[i].name, plain.tags[i].name))
			fail_msg("tag %zu: expected <%.*s>, found <%.*s>", i, SLICE(plain.tags[i].name), SLICE(hostile.tags[i].name));
		assert_int_equal(hostile.tags[i].len, plain.tags[i].len);
		for (size_t a = 0; a < plain.tags[i].len; a++)
			assert_true(slice_same(hostile.tags[i].attributes[a].name, plain.tags[i].attributes[a].name));
	}
}

static void
test_report_html__lets_no_character_act(void **state)
{
	(void)state;
	slice text = page_of(true);
	assert_true(text_utf8(text));
	assert_false(slice_has(text, S("\033")));
	assert_false(slice_has(text, S("\342\200\256"))); /* right-to-left override */
	assert_false(slice_has(text, S("<script")));
	assert_true(slice_has(text, S("&lt;script&gt;")));
}

static void
test_report_html__fetches_and_runs_nothing(void **state)
{
	(void)state;
	struct read_page page = read_page(page_of(true));
	static const char *const wrong[] = {
	    "script", "link", "img", "iframe", "object", "embed", "form", "input", "image", "use", "base", "video", "audio"};
	for (size_t i = 0; i < page.len; i++) {
		const struct read_tag *tag = &page.tags[i];
		for (size_t w = 0; w < sizeof wrong / sizeof wrong[0]; w++)
			if (slice_same(tag->name, slice_of(wrong[w])))
				fail_msg("<%s>", wrong[w]);
		for (size_t a = 0; a < tag->len; a++) {
			slice name = tag->attributes[a].name;
			if (slice_starts(name, S("on")) || slice_same(name, S("src")) || slice_same(name, S("style")) ||
			    slice_same(name, S("srcset")))
				fail_msg("%.*s=", SLICE(name));
			if (slice_same(name, S("href")) && !slice_same(tag->name, S("a")))
				fail_msg("<%.*s href>", SLICE(tag->name));
		}
	}
	slice style;
	ASSERT_OK(report_style_text(kit_job(), &style));
	assert_false(slice_has(style, S("url(")));
	assert_false(slice_has(style, S("@import")));
}

static void
test_report_html__links_only_to_web_addresses(void **state)
{
	(void)state;
	kit_fresh();
	struct report report = kit_report(false);
	slice text;
	kit_requirements[0].source = S("javascript:alert(1)");
	kit_requirements[1].source = S("data:text/html,x");
	kit_requirements[2].source = S(" https://example.gov.uk/");
	ASSERT_OK(report_html(kit_job(), &report, &text));
	struct read_page page = read_page(text);
	size_t outside = 0;
	for (size_t i = 0; i < page.len; i++) {
		slice href = read_attribute(&page.tags[i], "href");
		if (href.len == 0 || href.at[0] == '#')
			continue;
		outside++;
		if (!slice_starts(href, S("https://")))
			fail_msg("a link to %.*s", SLICE(href));
	}
	assert_int_equal(outside, 2 + 4); /* the frameworks and the other requirements */
}

static void
test_report_html__has_ids_once_and_links_that_lead_somewhere(void **state)
{
	(void)state;
	for (int hostile = 0; hostile < 2; hostile++) {
		struct read_page page = read_page(page_of(hostile != 0));
		size_t links = 0;
		for (size_t i = 0; i < page.len; i++) {
			slice id = read_attribute(&page.tags[i], "id"), href = read_attribute(&page.tags[i], "href"),
			      by = read_attribute(&page.tags[i], "aria-labelledby"), word;
			for (size_t b = 0; id.len > 0 && b < i; b++)
				if (slice_same(read_attribute(&page.tags[b], "id"), id))
					fail_msg("id %.*s twice", SLICE(id));
			slice targets[3] = {href.len > 0 && href.at[0] == '#' ? slice_from(href, 1) : S("")};
			for (size_t t = 1; t < 3 && slice_word(&by, &word); t++)
				targets[t] = word;
			for (size_t t = 0; t < 3; t++) {
				bool found = targets[t].len == 0;
				for (size_t b = 0; b < page.len && !found; b++)
					found = slice_same(read_attribute(&page.tags[b], "id"), targets[t]);
				if (!found)
					fail_msg("#%.*s leads nowhere", SLICE(targets[t]));
				links += targets[t].len > 0;
			}
		}
		assert_in_range(links, 20, 1000);
	}
}

static void
test_report_html__has_one_h1_and_skips_no_level(void **state)
{
	(void)state;
	struct read_page page = read_page(page_of(false));
	char level = '0';
	size_t firsts = 0;
	for (size_t i = 0; i < page.len; i++) {
		const struct read_tag *tag = &page.tags[i];
		if (tag->end || tag->name.len != 2 || tag->name.at[0] != 'h' || tag->name.at[1] < '1' || tag->name.at[1] > '6')
			continue;
		if (tag->name.at[1] > level + 1)
			fail_msg("h%c behind h%c", tag->name.at[1], level);
		level = tag->name.at[1];
		firsts += level == '1';
	}
	assert_int_equal(firsts, 1);
}

static size_t
count_tags(const struct read_page *page, const char *name)
{
	size_t len = 0;
	for (size_t i = 0; i < page->len; i++)
		len += !page->tags[i].end && slice_same(page->tags[i].name, slice_of(name));
	return len;
}

static void
test_report_html__has_landmarks_captions_scopes_and_named_pictures(void **state)
{
	(void)state;
	struct read_page page = read_page(page_of(false));
	assert_int_equal(count_tags(&page, "main"), 1);
	assert_int_equal(count_tags(&page, "header"), 1);
	assert_int_equal(count_tags(&page, "footer"), 1);
	assert_int_equal(count_tags(&page, "nav"), 1);
	assert_int_equal(count_tags(&page, "caption"), count_tags(&page, "table"));
	assert_int_equal(count_tags(&page, "thead"), count_tags(&page, "table"));
	for (size_t i = 0; i < page.len; i++) {
		const struct read_tag *tag = &page.tags[i];
		if (tag->end)
			continue;
		if (slice_same(tag->name, S("html")))
			ASSERT_SLICE(read_attribute(tag, "lang"), "en-GB");
		if (slice_same(tag->name, S("th")))
			assert_true(read_attribute(tag, "scope").len > 0);
		if (slice_same(read_attribute(tag, "role"), S("region")))
			assert_true(read_attribute(tag, "aria-labelledby").len > 0 && slice_same(read_attribute(tag, "tabindex"), S("0")));
		if (slice_same(tag->name, S("svg")))
			assert_true(slice_same(read_attribute(tag, "aria-hidden"), S("true")) ||
				    (slice_same(read_attribute(tag, "role"), S("img")) && read_attribute(tag, "aria-labelledby").len > 0));
	}
}

/* ---- contrast: WCAG 2.2, 1.4.3 (text 4.5:1) and 1.4.11 (what has a meaning 3:1) ---- */

static double
luminance(slice hex)
{
	double part[3];
	for (size_t i = 0; i < 3; i++) {
		uint64_t byte = 0;
		assert_true(slice_hex_u64(slice_part(hex, i * 2, 2), &byte));
		double value = (double)byte / 255;
		part[i] = value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
	}
	return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
}

static double
contrast(slice a, slice b)
{
	double x = luminance(a), y = luminance(b);
	return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}

/* The colour behind ${property} in a rule's ${body}, or ${otherwise}. */
static slice
colour_of(slice body, slice property, slice otherwise)
{
	slice one;
	while (slice_cut(&body, ';', &one))
		if (slice_starts(one, property) && one.len == property.len + 7) /* "color:#0b0c0c" */
			return slice_from(one, property.len + 1);
	return otherwise;
}

static void
test_report_style__has_contrast_in_every_rule(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice style, rest;
	size_t pairs = 0;
	ASSERT_OK(report_style_text(job, &style));
	rest = style;
	while (rest.len > 0) {
		size_t open = slice_find(rest, '{'), close = slice_find(rest, '}');
		if (open >= rest.len || close >= rest.len)
			break;
		if (open < close) { /* a rule, or the head of an @media, whose inner rule is met next */
			slice body = slice_part(rest, open + 1, close - open - 1);
			while (slice_find(body, '{') < body.len)
				body = slice_from(body, slice_find(body, '{') + 1);
			slice ink = colour_of(body, S("color:"), S("")), ground = colour_of(body, S("background:"), S(""));
			if (ink.len > 0 || ground.len > 0) {
				slice a = ink.len > 0 ? ink : S("0b0c0c"), b = ground.len > 0 ? ground : S("ffffff");
				pairs++;
				if (contrast(a, b) < 4.5)
					fail_msg("%.*s on %.*s: %.2f in {%.*s}", SLICE(a), SLICE(b), contrast(a, b), SLICE(body));
			}
		}
		rest = slice_from(rest, close + 1);
	}
	assert_in_range(pairs, 15, 100);
	/* Links and muted text also stand on the grey of the facts. */
	static const char *const inks[] = {"1a65a6", "54319f", "0f385c", "0b0c0c", "484949"};
	for (size_t i = 0; i < sizeof inks / sizeof inks[0]; i++) {
		assert_true(slice_has(style, slice_of(inks[i])));
		assert_true(contrast(slice_of(inks[i]), S("f3f2f1")) >= 4.5);
	}
}

static void
test_report_style__has_pictures_that_can_be_seen(void **state)
{
	(void)state;
	slice text = page_of(false);
	static const char *const strokes[] = {"0f7a52", "1d70b8", "ca3535", "54319f", "505a5f", "6f777b", "0b0c0c"};
	for (size_t i = 0; i < sizeof strokes / sizeof strokes[0]; i++) {
		assert_true(slice_has(text, slice_of(strokes[i])));
		assert_true(contrast(slice_of(strokes[i]), S("ffffff")) >= 3);
	}
	assert_false(contrast(S("b1b4b6"), S("ffffff")) >= 3); /* the reckoning itself can fail */
	assert_true(fabs(contrast(S("000000"), S("ffffff")) - 21) < 0.001);
}

/* ---- the writer ---- */

static void
test_report_page_put__refuses_holes_that_do_not_match(void **state)
{
	(void)state;
	struct report_page page = {.job = kit_fresh(), .buf = buf_open(kit_job(), "page", KIB)};
	slice text;
	PUT(&page, "<p>{} {}</p>", S("{}"), S("<"));
	ASSERT_OK(buf_end(&page.buf, &text));
	ASSERT_SLICE(text, "<p>{} &lt;</p>");
	PUT(&page, "<p>{}</p>", S("a"), S("b"));
	ASSERT_ERR(buf_end(&page.buf, &text), ERR_BUG, "1 holes for 2 texts");
	page = (struct report_page){.job = kit_job(), .buf = buf_open(kit_job(), "page", KIB)};
	MARK(&page, "<p>{}</p>");
	ASSERT_ERR(buf_end(&page.buf, &text), ERR_BUG, "1 holes for 0 texts");
}

/* The page's policy names the digest of its own style, so a browser takes that style and no other. */
static void
test_report_style__is_the_one_the_policy_allows(void **state)
{
	(void)state;
	slice text = page_of(false);
	struct buf buf = buf_open(kit_job(), "policy", KIB);
	struct read_page page = read_page(text);
	slice wanted;
	for (size_t i = 0; i < page.len; i++)
		if (!page.tags[i].end && slice_same(page.tags[i].name, S("style"))) {
			struct digest digest = code_sha256(page.tags[i].text);
			buf_text(&buf, "default-src 'none'; style-src 'sha256-");
			code_base64(&buf, digest.byte, sizeof digest.byte);
			buf_text(&buf, "'; base-uri 'none'; form-action 'none'");
		}
	ASSERT_OK(buf_end(&buf, &wanted));
	for (size_t i = 0; i < page.len; i++)
		if (slice_same(read_attribute(&page.tags[i], "http-equiv"), S("Content-Security-Policy"))) {
			assert_true(slice_same(read_attribute(&page.tags[i], "content"), wanted));
			return;
		}
	fail_msg("there is no policy");
}

static void
test_report_html__says_when_nothing_was_looked_for(void **state)
{
	(void)state;
	kit_fresh();
	struct report report = kit_report(false);
	slice text;
	report.checks_len = report.hosts_len = report.readings_len = report.runs_len = report.warnings_len = 0;
	ASSERT_OK(report_html(kit_job(), &report, &text));
	(void)read_page(text);
	assert_true(slice_has(text, S("No check has been run yet, so nothing was looked for.")));
	assert_false(slice_has(text, S("Nothing is open.")));
}

static void
test_report_html__links_what_is_left_out_to_its_source(void **state)
{
	(void)state;
	kit_fresh();
	struct report report = kit_report(false);
	slice text;
	report.requirements_len = 4;
	ASSERT_OK(report_html(kit_job(), &report, &text));
	assert_true(slice_has(text, S("1 other framework is left out.")));
	assert_true(slice_has(
	    text, S("<a href=\"https://example.gov.uk/guidance#one\" rel=\"noreferrer\">Keep systems patched</a> (BE-003, Beta Policy)")));
	assert_false(slice_has(text, S("#req-BE-003")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_report_html__is_as_it_was),
	    cmocka_unit_test(test_report_html__is_made_of_the_same_tags_whatever_the_text),
	    cmocka_unit_test(test_report_html__lets_no_character_act),
	    cmocka_unit_test(test_report_html__fetches_and_runs_nothing),
	    cmocka_unit_test(test_report_html__links_only_to_web_addresses),
	    cmocka_unit_test(test_report_html__has_ids_once_and_links_that_lead_somewhere),
	    cmocka_unit_test(test_report_html__has_one_h1_and_skips_no_level),
	    cmocka_unit_test(test_report_html__has_landmarks_captions_scopes_and_named_pictures),
	    cmocka_unit_test(test_report_style__has_contrast_in_every_rule),
	    cmocka_unit_test(test_report_style__has_pictures_that_can_be_seen),
	    cmocka_unit_test(test_report_page_put__refuses_holes_that_do_not_match),
	    cmocka_unit_test(test_report_style__is_the_one_the_policy_allows),
	    cmocka_unit_test(test_report_html__says_when_nothing_was_looked_for),
	    cmocka_unit_test(test_report_html__links_what_is_left_out_to_its_source),
	};
	return KIT_TESTS(tests);
}
