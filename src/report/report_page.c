/*
 * Writing the page: markup with holes, and the fragments several parts of it share.
 * Deliberately has no way to print text from outside as it is.
 */
#include "report/report_page.h"

#include <string.h>

void
report_page_put(struct report_page *page, slice markup, const slice *holes, size_t holes_len)
{
	size_t used = 0;
	for (size_t i = 0; i < markup.len; i++) {
		if (markup.at[i] != '{' || i + 1 == markup.len || markup.at[i + 1] != '}') {
			buf_byte(&page->buf, markup.at[i]);
			continue;
		}
		if (used < holes_len)
			text_html(&page->buf, holes[used]);
		used++;
		i++;
	}
	if (used != holes_len && page->buf.failed.code == ERR_NONE)
		page->buf.failed =
		    err_set(page->job, ERR_BUG, "report: markup has %zu holes for %zu texts: %.*s", used, holes_len, SLICE(markup));
}

static slice
kept(struct report_page *page, err made, const slice *text)
{
	if (made.code == ERR_NONE)
		return *text;
	if (page->buf.failed.code == ERR_NONE)
		page->buf.failed = made;
	return S("");
}

slice
report_page_number(struct report_page *page, uint64_t number)
{
	slice text;
	err made = report_word_number(page->job, number, &text);
	return kept(page, made, &text);
}

slice
report_page_plain(struct report_page *page, uint64_t number)
{
	slice text;
	err made = job_format(page->job, &text, "%llu", (unsigned long long)number);
	return kept(page, made, &text);
}

slice
report_page_words(struct report_page *page, uint64_t number, const char *one, const char *many)
{
	slice text;
	err made = report_word_count(page->job, number, one, many, &text);
	return kept(page, made, &text);
}

slice
report_page_id(struct report_page *page)
{
	slice text;
	err made = job_format(page->job, &text, "part-%u", ++page->ids);
	return kept(page, made, &text);
}

slice
report_page_hex(struct report_page *page, const struct digest *digest)
{
	slice text;
	err made = job_copy(page->job, slice_of(digest_text(digest).at), &text);
	return kept(page, made, &text);
}

void
report_page_day(struct report_page *page, int64_t at_us)
{
	slice text;
	err made = report_word_day(page->job, at_us, &text);
	PUT(page, "<time datetime=\"{}\">{}</time>", slice_of(instant_day(at_us).at), kept(page, made, &text));
}

void
report_page_minute(struct report_page *page, int64_t at_us)
{
	slice text;
	err made = report_word_minute(page->job, at_us, &text);
	PUT(page, "<time datetime=\"{}\">{}</time>", slice_of(instant_text(at_us).at), kept(page, made, &text));
}

/* Classes of the six places; words are never made into class names. */
static slice
verdict_class(enum report_verdict verdict)
{
	static const char *const classes[REPORT_VERDICTS] = {"met", "partly", "not-met", "blind", "unanswered", "beside"};
	return slice_of(classes[verdict]);
}

void
report_page_verdict_tag(struct report_page *page, enum report_verdict verdict)
{
	PUT(page, "<strong class=\"tag tag-{}\">{}</strong>", verdict_class(verdict), report_word_title(verdict));
}

void
report_page_state_tag(struct report_page *page, enum report_verdict state)
{
	PUT(page, "<strong class=\"tag tag-{}\">{}</strong>", verdict_class(state), report_word_state_title(state));
}

void
report_page_severity_tag(struct report_page *page, slice severity)
{
	static const char *const classes[REPORT_SEVERITIES] = {"critical", "high", "medium", "low", "info", "info"};
	PUT(page, "<strong class=\"tag tag-{}\">{}</strong>", slice_of(classes[report_word_severity(severity)]),
	    report_word_severity_title(severity));
}

void
report_page_source(struct report_page *page, slice address, slice words)
{
	if (slice_starts(address, S("https://")) || slice_starts(address, S("http://")))
		PUT(page, "<a href=\"{}\" rel=\"noreferrer\">{}</a>", address, words);
	else
		PUT(page, "{}", words);
}

static bool
anchor_safe(slice id)
{
	for (size_t i = 0; i < id.len; i++) {
		char c = id.at[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return id.len > 0 && id.len <= 64;
}

slice
report_page_anchor(struct report_page *page, const struct report_requirement *one)
{
	slice id = one->requirement->id, text;
	err made = anchor_safe(id) ? job_format(page->job, &text, "req-%.*s", SLICE(id))
				   : job_format(page->job, &text, "requirement-%zu", (size_t)(one - page->report->requirements));
	return kept(page, made, &text);
}

void
report_page_requirement(struct report_page *page, const struct requirement *requirement)
{
	for (size_t i = 0; i < page->report->requirements_len; i++) {
		const struct report_requirement *one = &page->report->requirements[i];
		if (one->requirement == requirement) {
			PUT(page, "<a href=\"#{}\">{}</a> ({})", report_page_anchor(page, one), requirement->title, requirement->id);
			return;
		}
	}
	report_page_source(page, requirement->source, requirement->title);
	PUT(page, " ({}, {})", requirement->id, requirement->framework->title);
}

void
report_page_table(struct report_page *page, slice caption)
{
	slice id = report_page_id(page);
	PUT(page,
	    "<div class=\"scroll\" role=\"region\" aria-labelledby=\"{}\" tabindex=\"0\">\n<table>\n<caption id=\"{}\">{}</caption>\n", id,
	    id, caption);
}

void
report_page_table_end(struct report_page *page)
{
	MARK(page, "</tbody>\n</table>\n</div>\n");
}
