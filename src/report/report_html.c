/*
 * The report as one page: summary, what is wrong, what could not be looked at, coverage, change over time; the annex is report_annex.c.
 * Deliberately has no script and fetches nothing; text from outside goes through PUT() only.
 */
#include "report/report_page.h"
#include "report/report_picture.h"

#define PAGE_MAX (256 * MIB)
#define SHOWN_FINDINGS 10 /* of one check */

static void
head(struct report_page *page)
{
	slice day = S("");
	err made = report_word_day(page->job, page->report->at.now_us, &day);
	if (made.code != ERR_NONE)
		page->buf.failed = made;
	MARK(page, "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
		   "content=\"width=device-width, initial-scale=1\">\n"
		   "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n");
	report_style_put(page);
	PUT(page, "<title>Security report: {}, {}</title>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n",
	    page->report->service, day);
}

/* "Of 264 requirements: 12 met, 90 partly met, …" */
static void
sentence(struct report_page *page)
{
	const struct report_row *all = &page->count->all;
	unsigned last = 0;
	bool first = true;
	for (unsigned i = 0; i < REPORT_VERDICTS; i++)
		last = all->of[i] > 0 ? i : last;
	MARK(page, "<p class=\"lead\">On ");
	report_page_day(page, page->report->at.now_us);
	PUT(page, ", of {}: ", report_page_words(page, all->total, "requirement", "requirements"));
	for (unsigned i = 0; i < REPORT_VERDICTS; i++)
		if (all->of[i] > 0) {
			PUT(page, "{}{} {}",
			    first       ? S("")
			    : i == last ? S(" and ")
					: S(", "),
			    report_page_number(page, all->of[i]), report_word_phrase((enum report_verdict)i));
			first = false;
		}
	PUT(page, "{}.</p>\n", all->total == 0 ? S("there are none in this report") : S(""));
}

static void
facts(struct report_page *page)
{
	const struct report_count *count = page->count;
	size_t grave = count->severities[REPORT_CRITICAL] + count->severities[REPORT_HIGH];
	MARK(page, "<ul class=\"facts\">\n");
	PUT(page, "<li class=\"{}\"><strong>{}</strong> <a href=\"#wrong\">open {}</a>, {} critical or high</li>\n",
	    count->findings > 0 ? S("bad") : S("good"), report_page_number(page, count->findings),
	    count->findings == 1 ? S("finding") : S("findings"), report_page_number(page, grave));
	PUT(page, "<li class=\"{}\"><strong>{}</strong> <a href=\"#coverage\">{} not met</a></li>\n",
	    count->all.of[REPORT_NOT_MET] > 0 ? S("bad") : S("good"), report_page_number(page, count->all.of[REPORT_NOT_MET]),
	    count->all.of[REPORT_NOT_MET] == 1 ? S("requirement") : S("requirements"));
	PUT(page, "<li class=\"good\"><strong>{}</strong> <a href=\"#coverage\">{} met</a> of {}</li>\n",
	    report_page_number(page, count->all.of[REPORT_MET]), count->all.of[REPORT_MET] == 1 ? S("requirement") : S("requirements"),
	    report_page_number(page, count->all.total));
	PUT(page, "<li class=\"{}\"><strong>{}</strong> <a href=\"#blind\">{} of facts</a> could not be looked at, of {}</li>\n",
	    count->unread > 0 ? S("blind") : S("good"), report_page_number(page, count->unread),
	    count->unread == 1 ? S("table") : S("tables"), report_page_number(page, count->tables));
	MARK(page, "</ul>\n");
}

/* Which frameworks are left out must not be hidden. */
static void
scope(struct report_page *page)
{
	const struct report_count *count = page->count;
	if (count->frameworks_len >= page->report->catalogue->len)
		return;
	MARK(page, "<p class=\"note\">This report is about ");
	for (size_t i = 0; i < count->frameworks_len; i++)
		PUT(page, "{}{}", i > 0 ? S(", ") : S(""), count->frameworks[i].title);
	PUT(page, " only; {} left out. Findings are all those of the service.</p>\n",
	    report_page_words(page, page->report->catalogue->len - count->frameworks_len, "other framework is", "other frameworks are"));
}

static void
summary(struct report_page *page)
{
	const struct report *report = page->report;
	PUT(page, "<header>\n<div class=\"wide\">\n<h1>Security report</h1>\n<p class=\"muted\">Service: {}. Made on ", report->service);
	report_page_minute(page, report->made_us);
	if (report_word_past(report)) {
		MARK(page, ", as it was known on ");
		report_page_minute(page, report->at.now_us);
	}
	PUT(page, ", from {} and {}", report_page_words(page, report->at.size, "ledger entry", "ledger entries"),
	    report_page_words(page, page->count->accepted, "machine", "machines"));
	if (page->count->pending > 0)
		PUT(page, "; {} not accepted yet", report_page_words(page, page->count->pending, "other is", "others are"));
	MARK(page, ".</p>\n");
	MARK(page, "<nav aria-label=\"Contents\">\n<ul>\n<li><a href=\"#wrong\">What is wrong</a></li>\n<li><a href=\"#blind\">What could "
		   "not be looked at</a></li>\n"
		   "<li><a href=\"#coverage\">Coverage</a></li>\n<li><a href=\"#change\">Change over time</a></li>\n"
		   "<li><a href=\"#requirements\">Every requirement</a></li>\n<li><a href=\"#evidence\">Evidence</a></li>\n"
		   "<li><a href=\"#verify\">How to check this report</a></li>\n</ul>\n</nav>\n</div>\n</header>\n<main id=\"main\" "
		   "tabindex=\"-1\">\n<div class=\"wide\">\n");
	sentence(page);
	facts(page);
	scope(page);
}

/* ---- what is wrong ---- */

static void
findings(struct report_page *page, const struct report_check *check)
{
	MARK(page, "<ul class=\"plain\">\n");
	for (size_t i = 0; i < check->findings_len && i < SHOWN_FINDINGS; i++) {
		const struct ledger_finding *finding = &check->findings[i];
		PUT(page, "<li>{} <span class=\"small\">{}, since ", finding->says, report_word_host(page->report, finding->host));
		report_page_day(page, finding->first_seen_us);
		PUT(page, "; finding {}, ledger entry {}</span></li>\n", finding->id, report_page_plain(page, finding->entry));
	}
	MARK(page, "</ul>\n");
	if (check->findings_len > SHOWN_FINDINGS)
		PUT(page, "<p>and {} more: <code>assay finding --check {}</code> lists them all.</p>\n",
		    report_page_number(page, check->findings_len - SHOWN_FINDINGS), check->id);
}

/* Was this requirement named before in the same list? Several parts of one are one line. */
static bool
named_before(const struct catalogue *catalogue, slice list, size_t end, const struct requirement *requirement)
{
	slice rest = slice_part(list, 0, end), id;
	while (slice_cut(&rest, ',', &id)) {
		const struct part *part = catalogue_part(catalogue, slice_trim(id));
		if (part != NULL && part->requirement == requirement)
			return true;
	}
	return false;
}

static void
bears_on(struct report_page *page, const struct report_check *check)
{
	slice rest = check->answers, id;
	if (slice_trim(rest).len == 0)
		return;
	MARK(page, "<dt>Bears on</dt>\n<dd><ul>\n");
	while (slice_cut(&rest, ',', &id)) {
		size_t end = (size_t)(id.at - check->answers.at);
		const struct part *part = catalogue_part(page->report->catalogue, slice_trim(id));
		if (part != NULL && named_before(page->report->catalogue, check->answers, end, part->requirement))
			continue;
		MARK(page, "<li>");
		if (part != NULL)
			report_page_requirement(page, part->requirement);
		else
			PUT(page, "{} (no longer in the content)", slice_trim(id));
		MARK(page, "</li>\n");
	}
	MARK(page, "</ul></dd>\n");
}

static void
problem(struct report_page *page, const struct report_check *check)
{
	int64_t oldest = check->findings_len > 0 ? check->findings[0].first_seen_us : 0;
	for (size_t i = 0; i < check->findings_len; i++)
		if (check->findings[i].first_seen_us < oldest)
			oldest = check->findings[i].first_seen_us;
	MARK(page, "<article class=\"problem\">\n<h3>");
	report_page_severity_tag(page, check->severity);
	PUT(page, " <span class=\"muted\">Does not hold:</span> {}</h3>\n<dl>\n", check->title);
	if (check->why.len > 0)
		PUT(page, "<dt>Why it matters</dt>\n<dd class=\"words\">{}</dd>\n", check->why);
	if (check->remedy.len > 0)
		PUT(page, "<dt>What to do</dt>\n<dd class=\"words\">{}</dd>\n", check->remedy);
	bears_on(page, check);
	PUT(page, "<dt>Found</dt>\n<dd>{}, the oldest since ", report_page_words(page, check->findings_len, "finding", "findings"));
	report_page_day(page, oldest);
	PUT(page, " (check {})</dd>\n</dl>\n", check->id);
	findings(page, check);
	MARK(page, "</article>\n");
}

static void
wrong(struct report_page *page)
{
	const struct report *report = page->report;
	bool first = true;
	MARK(page, "<section aria-labelledby=\"wrong\">\n<h2 id=\"wrong\">What is wrong</h2>\n");
	if (report->checks_len == 0)
		PUT(page, "<p>{}</p>\n",
		    report->runs_len > 0 ? S("Nothing is open.") : S("No check has been run yet, so nothing was looked for."));
	else {
		PUT(page, "<p>{} against {}, worst first: ", report_page_words(page, page->count->findings, "finding", "findings"),
		    report_page_words(page, report->checks_len, "check", "checks"));
		static const char *const words[REPORT_SEVERITIES] = {"critical", "high", "medium", "low", "as hints", "other"};
		for (unsigned i = 0; i < REPORT_SEVERITIES; i++)
			if (page->count->severities[i] > 0) {
				PUT(page, "{}{} {}", first ? S("") : S(", "), report_page_number(page, page->count->severities[i]),
				    slice_of(words[i]));
				first = false;
			}
		MARK(page, ". A hint never fails a requirement.</p>\n");
	}
	for (size_t i = 0; i < report->checks_len; i++)
		problem(page, &report->checks[i]);
	MARK(page, "</section>\n");
}

/* ---- what could not be looked at ---- */

static void
blind_tables(struct report_page *page)
{
	if (page->count->unread == 0)
		return;
	report_page_table(page, S("Tables of facts that could not be read"));
	MARK(page, "<thead><tr><th scope=\"col\">Table</th><th scope=\"col\">Machine</th><th scope=\"col\">Reason</th><th "
		   "scope=\"col\">Tried on</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < page->report->readings_len; i++) {
		const struct ledger_reading *reading = &page->report->readings[i];
		if (reading->state != READING_COULD_NOT_LOOK)
			continue;
		PUT(page, "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>", reading->table,
		    report_word_host(page->report, reading->host), reading->reason);
		report_page_day(page, reading->collected_us);
		MARK(page, "</td></tr>\n");
	}
	report_page_table_end(page);
}

static size_t
blind_parts(struct report_page *page)
{
	size_t len = 0;
	for (size_t i = 0; i < page->report->requirements_len; i++) {
		const struct report_requirement *one = &page->report->requirements[i];
		for (size_t p = 0; p < one->requirement->parts_len; p++) {
			if (!slice_same(one->parts[p].state, S("could-not-look")))
				continue;
			if (len++ == 0)
				MARK(page, "<h3>Parts of requirements that could not be judged for it</h3>\n<ul class=\"plain\">\n");
			PUT(page, "<li>{} <span class=\"small\">{}. Part of ", one->parts[p].part->says, one->parts[p].because);
			report_page_requirement(page, one->requirement);
			MARK(page, "</span></li>\n");
		}
	}
	if (len > 0)
		MARK(page, "</ul>\n");
	return len;
}

static void
blind(struct report_page *page)
{
	MARK(page, "<section aria-labelledby=\"blind\">\n<h2 id=\"blind\">What could not be looked at</h2>\n");
	blind_tables(page);
	if (blind_parts(page) == 0 && page->count->unread == 0)
		PUT(page, "<p>{}</p>\n",
		    page->count->tables > 0 ? S("Everything that was asked for could be looked at.")
					    : S("No machine has been looked at yet."));
	MARK(page, "</section>\n");
}

/* ---- coverage ---- */

static void
rows_table(struct report_page *page, slice caption, slice of_what, const struct report_row *rows, size_t len, bool states)
{
	report_page_table(page, caption);
	PUT(page, "<thead><tr><th scope=\"col\">{}</th><th scope=\"col\" class=\"n\">{}</th>", of_what, states ? S("Parts") : S("All"));
	for (unsigned i = 0; i < REPORT_VERDICTS; i++)
		if (!states || i != REPORT_PARTLY_MET)
			PUT(page, "<th scope=\"col\" class=\"n\">{}</th>",
			    states ? report_word_state_title((enum report_verdict)i) : report_word_title((enum report_verdict)i));
	MARK(page, "</tr></thead>\n<tbody>\n");
	for (size_t r = 0; r < len; r++) {
		if (rows[r].total == 0)
			continue;
		PUT(page, "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td>", rows[r].title, report_page_number(page, rows[r].total));
		for (unsigned i = 0; i < REPORT_VERDICTS; i++)
			if (!states || i != REPORT_PARTLY_MET)
				PUT(page, "<td class=\"n\">{}</td>", report_page_number(page, rows[r].of[i]));
		MARK(page, "</tr>\n");
	}
	report_page_table_end(page);
}

static void
bars(struct report_page *page, const struct report_row *rows, size_t len, bool states)
{
	MARK(page, "<div class=\"small-multiples\">\n");
	for (size_t i = 0; i < len; i++) {
		if (rows[i].total == 0)
			continue;
		PUT(page, "<figure>\n<figcaption>{}</figcaption>\n", rows[i].title);
		report_picture_bar(page, &rows[i], states);
		MARK(page, "</figure>\n");
	}
	MARK(page, "</div>\n");
}

static void
coverage(struct report_page *page)
{
	const struct report_count *count = page->count;
	MARK(page, "<section aria-labelledby=\"coverage\">\n<h2 id=\"coverage\">Coverage</h2>\n"
		   "<p>A requirement is met when every part of it passes, on the basis it asks for, by evidence that is fresh. One failing "
		   "part and it is not met.</p>\n");
	report_picture_key(page, false);
	MARK(page, "<h3>By framework</h3>\n<div class=\"beside\">\n");
	bars(page, count->frameworks, count->frameworks_len, false);
	rows_table(page, S("Requirements by framework"), S("Framework"), count->frameworks, count->frameworks_len, false);
	MARK(page, "</div>\n<h3>By function</h3>\n<div class=\"beside\">\n");
	bars(page, count->functions, REPORT_FUNCTIONS, false);
	rows_table(page, S("Requirements by function"), S("Function"), count->functions, REPORT_FUNCTIONS, false);
	MARK(page, "</div>\n<h3>By basis</h3>\n<p>Each requirement has parts, and each part says how it must be shown. A weaker basis "
		   "never stands in for a stronger one.</p>\n");
	report_picture_key(page, true);
	MARK(page, "<div class=\"beside\">\n");
	bars(page, count->bases, REPORT_BASES, true);
	rows_table(page, S("Parts of requirements by basis"), S("Basis"), count->bases, REPORT_BASES, true);
	MARK(page, "</div>\n</section>\n");
}

/* ---- change over time ---- */

static void
change(struct report_page *page)
{
	const struct report_count *count = page->count;
	MARK(page, "<section aria-labelledby=\"change\">\n<h2 id=\"change\">Change over time</h2>\n");
	if (count->moments_len == 0) {
		MARK(page, "<p>No check has been run yet.</p>\n</section>\n");
		return;
	}
	MARK(page, "<div class=\"beside\">\n<figure>\n");
	bool drawn = report_picture_change(page);
	PUT(page, "<figcaption>{}</figcaption>\n</figure>\n",
	    drawn ? S("Findings open after each run of the checks, on all machines.")
		  : S("Change shows from the second run of the checks on."));
	report_page_table(page, S("Findings after each run of the checks"));
	MARK(page, "<thead><tr><th scope=\"col\">Up to</th><th scope=\"col\" class=\"n\">Open</th><th scope=\"col\" class=\"n\">New</th>"
		   "<th scope=\"col\" class=\"n\">Gone</th><th scope=\"col\" class=\"n\">Runs</th></tr></thead>\n<tbody>\n");
	for (size_t i = count->moments_len; i > 0; i--) {
		const struct report_moment *moment = &count->moments[i - 1];
		MARK(page, "<tr><th scope=\"row\">");
		report_page_minute(page, moment->at_us);
		PUT(page, "</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
		    report_page_number(page, moment->open), report_page_number(page, moment->found), report_page_number(page, moment->gone),
		    report_page_number(page, moment->runs));
	}
	report_page_table_end(page);
	MARK(page, "</div>\n</section>\n");
}

err
report_html(struct job *job, const struct report *report, slice *ret)
{
	struct report_count count;
	struct report_page page = {.job = job, .buf = buf_open(job, "report", PAGE_MAX), .report = report, .count = &count};
	TRY(report_count(job, report, &count));
	head(&page);
	summary(&page);
	report_picture_defs(&page);
	wrong(&page);
	blind(&page);
	coverage(&page);
	change(&page);
	TRY(report_annex_put(&page));
	MARK(&page, "</div>\n</main>\n<footer>\n<div class=\"wide\"><p>Made by assay " ASSAY_VERSION
		    " from its ledger. It says what the ledger shows, and what it does not.</p></div>\n"
		    "</footer>\n</body>\n</html>\n");
	return buf_end(&page.buf, ret);
}
