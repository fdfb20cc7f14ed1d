/*
 * The page's annex: every requirement with its parts, the evidence, and how to check the report.
 * Deliberately says of every requirement its title and its source; an id never stands alone.
 */
#include "report/report_page.h"

/* ---- every requirement ---- */

static err
part(struct report_page *page, const struct report_part *one)
{
	static const char *const bases[] = {"attested", "recorded", "observed", "exercised"};
	enum report_verdict state;
	TRY(report_word_state(page->job, one->state, &state));
	MARK(page, "<li>");
	report_page_state_tag(page, state);
	PUT(page, " {} <span class=\"small\">Must be {}; {}", one->part->says, slice_of(bases[one->part->basis]), one->because);
	if (one->has_entry)
		PUT(page, " (ledger entry {})", report_page_plain(page, one->entry));
	MARK(page, "</span></li>\n");
	return OK;
}

static err
requirement(struct report_page *page, const struct report_requirement *one)
{
	const struct requirement *about = one->requirement;
	enum report_verdict verdict;
	slice because;
	TRY(report_word_verdict(page->job, one->verdict, &verdict));
	TRY(report_word_because(page->job, page->report->catalogue, one->because, &because));
	PUT(page, "<article class=\"requirement\">\n<h5 id=\"{}\">{} ", report_page_anchor(page, one), about->title);
	report_page_verdict_tag(page, verdict);
	PUT(page, "</h5>\n<p>{} <span class=\"small\">{}, from ", about->text, about->id);
	report_page_source(page, about->source, about->section.len > 0 ? about->section : about->framework->title);
	MARK(page, "</span></p>\n");
	PUT(page, "<p>{}: {}", report_word_title(verdict), because);
	if (one->since_us > 0) {
		MARK(page, " (since ");
		report_page_day(page, one->since_us);
		MARK(page, ")");
	}
	MARK(page, "</p>\n<ul class=\"plain\">\n");
	for (size_t i = 0; i < about->parts_len; i++)
		TRY(part(page, &one->parts[i]));
	MARK(page, "</ul>\n</article>\n");
	return OK;
}

static void
framework_heading(struct report_page *page, const struct framework *framework)
{
	PUT(page, "<h3>{}</h3>\n<p class=\"address\">", framework->title);
	report_page_source(page, framework->source, framework->publisher.len > 0 ? framework->publisher : S("Source"));
	MARK(page, "</p>\n");
}

static err
requirements(struct report_page *page)
{
	const struct report *report = page->report;
	const struct requirement *before = NULL;
	MARK(page, "<section aria-labelledby=\"requirements\">\n<h2 id=\"requirements\">Every requirement</h2>\n");
	if (report->requirements_len == 0)
		MARK(page, "<p>No requirement is in this report.</p>\n");
	for (size_t i = 0; i < report->requirements_len; i++) {
		const struct requirement *about = report->requirements[i].requirement;
		bool other = before == NULL || before->framework != about->framework;
		if (other)
			framework_heading(page, about->framework);
		if (other || !slice_same(before->section, about->section))
			PUT(page, "<h4>{}</h4>\n", about->section.len > 0 ? about->section : S("Without a section"));
		TRY(requirement(page, &report->requirements[i]));
		before = about;
	}
	MARK(page, "</section>\n");
	return OK;
}

/* ---- evidence ---- */

static void
reading(struct report_page *page, const struct ledger_reading *one)
{
	static const char *const states[] = {"Read", "Not there", "Could not look"};
	PUT(page, "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{}</td><td>", one->table, slice_of(states[one->state]),
	    report_page_number(page, one->rows));
	report_page_minute(page, one->collected_us);
	PUT(page, "</td><td class=\"n\">{}</td><td class=\"hex\"><code>{}</code></td></tr>\n", report_page_plain(page, one->entry),
	    report_page_hex(page, &one->digest));
}

static void
host(struct report_page *page, const struct ledger_host *one)
{
	static const char *const states[] = {"waits to be accepted: its evidence is kept and not judged", "accepted", "retired"};
	const struct report *report = page->report;
	slice name = one->name.len > 0 ? one->name : S("A machine without a name");
	size_t len = 0;
	PUT(page, "<h3>{}</h3>\n<p>Machine {}, {}. Key <code>{}</code>. ", name, one->id, slice_of(states[one->state]), one->fingerprint);
	if (one->last_seen_us > 0) {
		MARK(page, "Last looked at on ");
		report_page_minute(page, one->last_seen_us);
		MARK(page, ".</p>\n");
	} else {
		MARK(page, "Not looked at yet.</p>\n");
	}
	for (size_t i = 0; i < report->readings_len; i++) {
		if (!slice_same(report->readings[i].host, one->id))
			continue;
		if (len++ == 0) {
			slice caption = S("");
			err made = job_format(page->job, &caption, "Newest evidence of %.*s", SLICE(name));
			if (made.code != ERR_NONE)
				page->buf.failed = made;
			report_page_table(page, caption);
			MARK(page, "<thead><tr><th scope=\"col\">Table</th><th scope=\"col\">State</th><th scope=\"col\" "
				   "class=\"n\">Rows</th><th scope=\"col\">Collected</th>"
				   "<th scope=\"col\" class=\"n\">Entry</th><th scope=\"col\">SHA-256</th></tr></thead>\n<tbody>\n");
		}
		reading(page, &report->readings[i]);
	}
	if (len > 0)
		report_page_table_end(page);
}

static void
evidence(struct report_page *page)
{
	MARK(page, "<section aria-labelledby=\"evidence\">\n<h2 id=\"evidence\">Evidence</h2>\n"
		   "<p>What each machine was last seen to be. The entry is the newest in the ledger that names the table; the digest is of "
		   "its bytes, with the 32 secret bytes "
		   "that stand before them.</p>\n");
	if (page->report->hosts_len == 0)
		MARK(page, "<p>No machine has been looked at yet.</p>\n");
	for (size_t i = 0; i < page->report->hosts_len; i++)
		host(page, &page->report->hosts[i]);
	MARK(page, "</section>\n");
}

/* ---- how to check this report ---- */

static void
verify(struct report_page *page)
{
	const struct report *report = page->report;
	MARK(page, "<section aria-labelledby=\"verify\">\n<h2 id=\"verify\">How to check this report</h2>\n"
		   "<p>Every verdict follows from the ledger's entries up to a number, an instant, and one set of content. The same three "
		   "give the same verdicts again.</p>\n");
	report_page_table(page, S("What this report was made from"));
	MARK(page, "<thead><tr><th scope=\"col\">What</th><th scope=\"col\">Value</th></tr></thead>\n<tbody>\n");
	PUT(page, "<tr><th scope=\"row\">Log</th><td>{}</td></tr>\n", report->origin);
	PUT(page, "<tr><th scope=\"row\">Entries judged</th><td>{}</td></tr>\n", report_page_plain(page, report->at.size));
	PUT(page, "<tr><th scope=\"row\">Entries in the log when the report was made</th><td>{}</td></tr>\n",
	    report_page_plain(page, report->size));
	PUT(page, "<tr><th scope=\"row\">Root of the log then</th><td class=\"hex\"><code>{}</code></td></tr>\n",
	    report_page_hex(page, &report->root));
	PUT(page, "<tr><th scope=\"row\">Instant of the verdicts</th><td>{}</td></tr>\n", slice_of(instant_text(report->at.now_us).at));
	PUT(page, "<tr><th scope=\"row\">Content set (SHA-256)</th><td class=\"hex\"><code>{}</code></td></tr>\n",
	    report_page_hex(page, &report->content));
	report_page_table_end(page);
	MARK(page, "<ul>\n<li><code>assay ledger verify</code> checks every entry, signature and digest, and prints the root to compare "
		   "with the one above.</li>\n"
		   "<li><code>assay ledger show N</code> shows entry N, and <code>assay ledger proof N</code> gives out its proof.</li>\n"
		   "<li><code>assay ledger export FOLDER</code> writes the log for somebody who does not have assay. The folder's "
		   "<code>verify.sh</code> needs openssl and "
		   "coreutils only; doc/verify.md explains each step.</li>\n</ul>\n");
	if (report->warnings_len > 0)
		MARK(page, "<h3>What limits the proof</h3>\n<ul>\n");
	for (size_t i = 0; i < report->warnings_len; i++)
		PUT(page, "<li>{}</li>\n", report->warnings[i]);
	if (report->warnings_len > 0)
		MARK(page, "</ul>\n");
	MARK(page, "</section>\n");
}

err
report_annex_put(struct report_page *page)
{
	TRY(requirements(page));
	evidence(page);
	verify(page);
	return OK;
}
