/*
 * A pack as one page: what it is, contents, its sections in order, and how to check it.
 * Deliberately has no script and fetches nothing; text from outside goes through PUT() only, and an id never stands alone.
 */
#include "report/report_pack.h"
#include "report/report_page.h"
#include "report/report_picture.h"

#define PAGE_MAX (128 * MIB)

struct pack_page {
	struct report_page page;
	const struct report_pack_made *made;
	const struct report_pack_about *about;
};

static slice
cell_text(struct report_page *page, enum report_pack_as as, const struct cell *cell)
{
	slice text = S("");
	err made = report_pack_cell(page->job, as, cell, true, &text);
	if (made.code != ERR_NONE && page->buf.failed.code == ERR_NONE)
		page->buf.failed = made;
	return text;
}

/* Head */

static void
about_table(struct pack_page *on)
{
	struct report_page *page = &on->page;
	const struct report_pack_about *about = on->about;
	PUT(page, "<p class=\"lead\">{}</p>\n<dl class=\"about\">\n<dt>Service</dt><dd>{}</dd>\n", about->pack->about, about->report.service);
	if (about->phase.len > 0)
		PUT(page, "<dt>Phase</dt><dd>{}</dd>\n", cell_text(page, REPORT_PACK_AS_WORD, &TEXT(about->phase)));
	if (about->pack->period) {
		MARK(page, "<dt>Period</dt><dd>");
		report_page_day(page, about->from_us);
		MARK(page, " to ");
		report_page_day(page, about->to_us > about->from_us ? about->to_us - 1 : about->to_us);
		MARK(page, "</dd>\n");
	}
	MARK(page, "<dt>As known on</dt><dd>");
	report_page_minute(page, about->report.at.now_us);
	PUT(page, "</dd>\n<dt>For</dt><dd>{}</dd>\n", about->pack->audience);
	if (about->by.len > 0)
		PUT(page, "<dt>Made by</dt><dd>{}; it shows what they may read</dd>\n", about->by);
	if (about->draft)
		MARK(page, "<dt>Kept</dt><dd><strong>Draft: not kept in the ledger, so nobody can show later that it said this</strong></dd>\n</dl>\n");
	else
		PUT(page, "<dt>Kept</dt><dd>Signed, as ledger entry {}; <a href=\"#check\">how to check it</a></dd>\n</dl>\n", report_page_plain(page, about->entry));
}

static void
head(struct pack_page *on)
{
	struct report_page *page = &on->page;
	const struct report_pack *pack = on->about->pack;
	MARK(page, "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
		   "content=\"width=device-width, initial-scale=1\">\n"
		   "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n");
	report_style_put(page);
	PUT(page, "<title>{}: {}</title>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the pack</a>\n", pack->title, on->about->report.service);
	PUT(page, "<header>\n<div class=\"wide\">\n<h1>{}</h1>\n", pack->title);
	about_table(on);
	MARK(page, "<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\" class=\"quiet\">Contents</h2>\n<ol>\n");
	for (size_t i = 0; i < pack->sections_len; i++)
		PUT(page, "<li><a href=\"#section-{}\">{}</a></li>\n", pack->sections[i].id, pack->sections[i].title);
	MARK(page, "<li><a href=\"#check\">How to check this pack</a></li>\n</ol>\n</nav>\n</div>\n</header>\n<main id=\"main\" tabindex=\"-1\">\n<div class=\"wide\">\n");
	report_picture_defs(page);
}

/* Requirements */

static void
part(struct report_page *page, const struct report_part *one)
{
	enum report_verdict state = REPORT_UNANSWERED;
	err known = report_word_state(page->job, one->state, &state);
	if (known.code != ERR_NONE)
		page->buf.failed = known;
	MARK(page, "<li>");
	report_page_state_tag(page, state);
	PUT(page, " {} <span class=\"small\">Must be {}; {}", one->part->says, slice_of(basis_words[one->part->basis]), one->because);
	if (one->has_entry)
		PUT(page, " (ledger entry {})", report_page_plain(page, one->entry));
	MARK(page, "</span></li>\n");
}

static void
requirement(struct report_page *page, const struct report_requirement *one, enum report_verdict verdict)
{
	const struct requirement *about = one->requirement;
	slice because = one->because;
	err said = report_word_because(page->job, page->report->catalogue, one->because, &because);
	if (said.code != ERR_NONE)
		page->buf.failed = said;
	PUT(page, "<article class=\"requirement\">\n<h4>{} ", about->title);
	report_page_verdict_tag(page, verdict);
	PUT(page, "</h4>\n<p>{} <span class=\"small\">{}, from ", about->text, about->id);
	report_page_source(page, about->source, about->section.len > 0 ? about->section : about->framework->title);
	PUT(page, "</span></p>\n<p>{}: {}", report_word_title(verdict), because);
	if (one->since_us > 0) {
		MARK(page, " (since ");
		report_page_day(page, one->since_us);
		MARK(page, ")");
	}
	MARK(page, "</p>\n<ul class=\"plain\">\n");
	for (size_t i = 0; i < about->parts_len; i++)
		part(page, &one->parts[i]);
	MARK(page, "</ul>\n</article>\n");
}

static err
requirements(struct report_page *page, const struct report_pack_sheet *sheet)
{
	struct report_row row = {.title = sheet->section->title};
	enum report_verdict verdict, before = REPORT_VERDICTS;
	for (size_t i = 0; i < sheet->requirements_len; i++) {
		TRY(report_word_verdict(page->job, sheet->requirements[i]->verdict, &verdict));
		row.of[verdict]++;
		row.total++;
	}
	if (row.total == 0) {
		MARK(page, "<p>No requirement belongs here.</p>\n");
		return OK;
	}
	PUT(page, "<figure>\n<figcaption>{}, by verdict</figcaption>\n", report_page_words(page, row.total, "requirement", "requirements"));
	report_picture_bar(page, &row, false);
	MARK(page, "</figure>\n");
	report_picture_key(page, false);
	for (size_t i = 0; i < sheet->requirements_len; i++) {
		TRY(report_word_verdict(page->job, sheet->requirements[i]->verdict, &verdict));
		if (verdict != before)
			PUT(page, "<h3>{}: {}</h3>\n", report_word_title(verdict), report_page_number(page, row.of[verdict]));
		requirement(page, sheet->requirements[i], verdict);
		before = verdict;
	}
	return OK;
}

/* Tables */

static bool
is_figure(enum report_pack_as as)
{
	return as == REPORT_PACK_AS_NUMBER || as == REPORT_PACK_AS_MONEY || as == REPORT_PACK_AS_PERCENT;
}

static void
lines(struct report_page *page, slice text)
{
	slice line;
	if (text.len == 0)
		return;
	MARK(page, "<ul>\n");
	while (slice_cut(&text, '\n', &line))
		if (line.len > 0)
			PUT(page, "<li>{}</li>\n", line);
	MARK(page, "</ul>\n");
}

static void
value(struct report_page *page, enum report_pack_as as, const struct cell *cell)
{
	enum report_verdict place = REPORT_UNANSWERED;
	if (cell->null || (cell->text.at != NULL && cell->text.len == 0)) {
		PUT(page, "<span class=\"muted\">{}</span>", as == REPORT_PACK_AS_PERSON ? S("nobody") : S("not said"));
		return;
	}
	if (as == REPORT_PACK_AS_LINES && cell->text.at != NULL)
		lines(page, cell->text);
	else if (as == REPORT_PACK_AS_SEVERITY && cell->text.at != NULL)
		report_page_severity_tag(page, cell->text);
	else if (as == REPORT_PACK_AS_VERDICT && report_word_verdict(page->job, cell->text, &place).code == ERR_NONE)
		report_page_verdict_tag(page, place);
	else if (as == REPORT_PACK_AS_STATE && report_word_state(page->job, cell->text, &place).code == ERR_NONE)
		report_page_state_tag(page, place);
	else if (as == REPORT_PACK_AS_DAY && cell->text.at == NULL)
		report_page_day(page, cell->number);
	else if (as == REPORT_PACK_AS_MINUTE && cell->text.at == NULL)
		report_page_minute(page, cell->number);
	else if (as == REPORT_PACK_AS_CODE)
		PUT(page, "<code>{}</code>", cell_text(page, as, cell));
	else
		PUT(page, "{}", cell_text(page, as, cell));
}

/* Digests are long; lists want room. */
static const char *
class_of(const struct report_pack_sheet *sheet, size_t column)
{
	enum report_pack_as as = sheet->columns[column].as;
	if (is_figure(as))
		return " class=\"n\"";
	for (size_t r = 0; r < sheet->len; r++) {
		const struct cell *cell = &sheet->row[r][column];
		if (as == REPORT_PACK_AS_CODE && !cell->null && cell->text.len > 32)
			return " class=\"hex\"";
		if (as == REPORT_PACK_AS_LINES && !cell->null && slice_find(cell->text, '\n') < cell->text.len)
			return " class=\"list\"";
	}
	return "";
}

static void
table(struct report_page *page, const struct report_pack_sheet *sheet)
{
	if (sheet->len == 0) {
		PUT(page, "<p>{}</p>\n", sheet->section->empty.len > 0 ? sheet->section->empty : S("There is nothing to show."));
		return;
	}
	slice caption = S("");
	err made = job_format(page->job, &caption, "%.*s: %.*s", SLICE(sheet->section->title), SLICE(report_page_words(page, sheet->len, "row", "rows")));
	if (made.code != ERR_NONE)
		page->buf.failed = made;
	MARK(page, "<div class=\"wide-table\">\n");
	report_page_table(page, caption);
	const char **classes;
	err took = NEW(page->job, sheet->columns_len + 1, &classes);
	if (took.code != ERR_NONE) {
		page->buf.failed = took;
		return;
	}
	for (size_t c = 0; c < sheet->columns_len; c++)
		classes[c] = class_of(sheet, c);
	MARK(page, "<thead><tr>");
	for (size_t c = 0; c < sheet->columns_len; c++) {
		MARK(page, "<th scope=\"col\"");
		buf_text(&page->buf, classes[c]);
		PUT(page, ">{}</th>", sheet->columns[c].title);
	}
	MARK(page, "</tr></thead>\n<tbody>\n");
	for (size_t r = 0; r < sheet->len; r++) {
		MARK(page, "<tr>");
		for (size_t c = 0; c < sheet->columns_len; c++) {
			buf_text(&page->buf, c == 0 ? "<th scope=\"row\"" : "<td");
			buf_text(&page->buf, classes[c]);
			MARK(page, ">");
			value(page, sheet->columns[c].as, &sheet->row[r][c]);
			buf_text(&page->buf, c == 0 ? "</th>" : "</td>");
		}
		MARK(page, "</tr>\n");
	}
	report_page_table_end(page);
	MARK(page, "</div>\n");
}

/* Blocks */

static void
block(struct report_page *page, const struct cell *row)
{
	const struct report_pack_column *columns = report_pack_block_columns;
	PUT(page, "<article class=\"problem\">\n<h3>{}</h3>\n<dl>\n<dt>Why</dt><dd class=\"words\">{}</dd>\n",
	    cell_text(page, columns[REPORT_PACK_WHAT].as, &row[REPORT_PACK_WHAT]), cell_text(page, columns[REPORT_PACK_WHY].as, &row[REPORT_PACK_WHY]));
	MARK(page, "<dt>Who can unblock it</dt><dd>");
	slice who = cell_text(page, REPORT_PACK_AS_PERSON, &row[REPORT_PACK_WHO]), role = cell_text(page, REPORT_PACK_AS_TEXT, &row[REPORT_PACK_ROLE]);
	if (who.len > 0)
		PUT(page, "{}{}{}", who, role.len > 0 ? S(", ") : S(""), role);
	else
		PUT(page, "<strong>Nobody is named</strong>{}{}", role.len > 0 ? S("; it would be ") : S(""), role);
	MARK(page, "</dd>\n<dt>By when</dt><dd>");
	if (row[REPORT_PACK_BY_WHEN].null)
		MARK(page, "No date is set");
	else
		value(page, REPORT_PACK_AS_DAY, &row[REPORT_PACK_BY_WHEN]);
	MARK(page, "</dd>\n");
	if (!row[REPORT_PACK_NUMBER].null)
		PUT(page, "<dt>Record</dt><dd>{} {}</dd>\n", cell_text(page, REPORT_PACK_AS_WORD, &row[REPORT_PACK_REGISTER]),
		    report_page_plain(page, (uint64_t)row[REPORT_PACK_NUMBER].number));
	MARK(page, "</dl>\n</article>\n");
}

static void
blocks(struct report_page *page, const struct report_pack_sheet *sheet)
{
	if (sheet->len == 0)
		PUT(page, "<p>{}</p>\n", sheet->section->empty);
	for (size_t i = 0; i < sheet->len; i++)
		block(page, sheet->row[i]);
}

/* Figures */

static const char *
tone(const struct report_pack_figure *figure, const struct cell *cell)
{
	if (figure->good.len == 0 || cell->null || cell->text.at != NULL)
		return "none";
	return (cell->number == 0) == slice_same(figure->good, S("none")) ? "good" : "bad";
}

static void
figures(struct report_page *page, const struct report_pack_sheet *sheet)
{
	const struct report_pack_section *section = sheet->section;
	MARK(page, "<ul class=\"facts\">\n");
	for (size_t i = 0; i < sheet->len; i++) {
		slice text = cell_text(page, section->figures[i].as, &sheet->row[i][1]);
		PUT(page, "<li class=\"{}\"><strong class=\"{}\">{}</strong> {}</li>\n", slice_of(tone(&section->figures[i], &sheet->row[i][1])),
		    text.len > 8 ? S("long") : S("number"), text.len > 0 ? text : S("Not said"), section->figures[i].title);
	}
	MARK(page, "</ul>\n");
	if (sheet->bars_len == 0)
		return;
	PUT(page, "<h3>{}</h3>\n", section->bars);
	report_picture_key(page, false);
	MARK(page, "<div class=\"small-multiples\">\n");
	for (size_t i = 0; i < sheet->bars_len; i++) {
		PUT(page, "<figure>\n<figcaption>{}</figcaption>\n", sheet->bars[i].title);
		report_picture_bar(page, &sheet->bars[i], false);
		MARK(page, "</figure>\n");
	}
	MARK(page, "</div>\n");
}

/* The rest */

static void
paragraphs(struct report_page *page, slice text)
{
	slice line;
	while (slice_cut(&text, '\n', &line))
		if (slice_trim(line).len > 0)
			PUT(page, "<p>{}</p>\n", line);
}

static err
section(struct report_page *page, const struct report_pack_sheet *sheet)
{
	const struct report_pack_section *about = sheet->section;
	PUT(page, "<section aria-labelledby=\"section-{}\">\n<h2 id=\"section-{}\">{}</h2>\n", about->id, about->id, about->title);
	paragraphs(page, about->about);
	switch (about->type) {
	case REPORT_PACK_REQUIREMENTS:
		TRY(requirements(page, sheet));
		break;
	case REPORT_PACK_TABLE:
	case REPORT_PACK_INDEX:
		table(page, sheet);
		break;
	case REPORT_PACK_BLOCKS:
		blocks(page, sheet);
		break;
	case REPORT_PACK_FIGURES:
		figures(page, sheet);
		break;
	case REPORT_PACK_TEXT:
		paragraphs(page, about->text);
		break;
	}
	MARK(page, "</section>\n");
	return OK;
}

static void
check_steps(struct pack_page *on)
{
	struct report_page *page = &on->page;
	slice entry = report_page_plain(page, on->about->entry);
	MARK(page, "<ul>\n<li><code>assay ledger verify</code> checks every entry, signature and digest of the ledger.</li>\n");
	if (!on->about->draft) {
		PUT(page, "<li><code>assay report frozen {} --output FILE</code> gives back the bytes that were kept: they are these, or this page was changed.</li>\n", entry);
		PUT(page, "<li><code>assay report frozen {} --again</code> makes the pack anew, as of then, and says whether it still comes out the same.</li>\n", entry);
		PUT(page, "<li><code>assay ledger show {}</code> shows who signed and when; <code>assay ledger proof {}</code> proves that it is in the log.</li>\n", entry, entry);
	}
	MARK(page, "<li><code>assay ledger show N</code> shows any entry named here, and <code>assay ledger export FOLDER</code> writes the log for somebody who "
		   "does not have assay: its <code>verify.sh</code> needs openssl and coreutils only.</li>\n</ul>\n");
}

static void
check(struct pack_page *on)
{
	struct report_page *page = &on->page;
	const struct report *report = &on->about->report;
	MARK(page, "<section aria-labelledby=\"check\">\n<h2 id=\"check\">How to check this pack</h2>\n"
		   "<p>What it says follows from the ledger&#39;s entries up to a number, an instant, and one set of content. The same three give the same pack again.</p>\n");
	report_page_table(page, S("What this pack was made from"));
	MARK(page, "<thead><tr><th scope=\"col\">What</th><th scope=\"col\">Value</th></tr></thead>\n<tbody>\n");
	PUT(page, "<tr><th scope=\"row\">Log</th><td>{}</td></tr>\n", report->origin);
	PUT(page, "<tr><th scope=\"row\">Entries judged</th><td>{}</td></tr>\n", report_page_plain(page, report->at.size));
	PUT(page, "<tr><th scope=\"row\">Root of the log over these</th><td class=\"hex\"><code>{}</code></td></tr>\n", report_page_hex(page, &report->root));
	PUT(page, "<tr><th scope=\"row\">Instant</th><td>{}</td></tr>\n", slice_of(instant_text(report->at.now_us).at));
	PUT(page, "<tr><th scope=\"row\">Content set (SHA-256)</th><td class=\"hex\"><code>{}</code></td></tr>\n", report_page_hex(page, &report->content));
	if (!on->about->draft)
		PUT(page, "<tr><th scope=\"row\">Kept as ledger entry</th><td>{}</td></tr>\n", report_page_plain(page, on->about->entry));
	report_page_table_end(page);
	check_steps(on);
	MARK(page, "</section>\n");
}

err
report_pack_html(struct job *job, const struct report_pack_made *made, slice *ret)
{
	struct report_count count = {0};
	struct pack_page on = {.made = made, .about = made->about};
	on.page = (struct report_page){.job = job, .buf = buf_open(job, "pack", PAGE_MAX), .report = &made->about->report, .count = &count};
	head(&on);
	for (size_t i = 0; i < made->about->pack->sections_len; i++)
		TRY(section(&on.page, &made->sheets[i]));
	check(&on);
	MARK(&on.page, "</div>\n</main>\n<footer>\n<div class=\"wide\"><p>Made by assay " ASSAY_VERSION
		       " from its ledger. It says what the ledger shows, and what it does not.</p></div>\n</footer>\n</body>\n</html>\n");
	return buf_end(&on.page.buf, ret);
}
