/*
 * The report as plain text, 80 columns wide: the same order and the same sums as the page.
 * Deliberately has one way to print: every line is escaped for a terminal, and a line break in outside text is a blank.
 */
#include <stdio.h>

#include "base/text.h"
#include "report/report_count.h"

#define TEXT_MAX (256 * MIB)
#define COLUMNS 80
#define BAR 40
#define SHOWN_FINDINGS 10

struct sheet {
	struct job *job;
	struct buf buf;
	const struct report *report;
	const struct report_count *count;
};

static void
keep(struct sheet *sheet, err made)
{
	if (made.code != ERR_NONE && sheet->buf.failed.code == ERR_NONE)
		sheet->buf.failed = made;
}

/* ---- lines ---- */

static void
indent_to(struct sheet *sheet, unsigned indent)
{
	buf_byte(&sheet->buf, '\n');
	for (unsigned i = 0; i < indent; i++)
		buf_byte(&sheet->buf, ' ');
}

/* A word wider than a line is cut where the line ends. */
static size_t
word_put(struct sheet *sheet, slice word, size_t column, unsigned indent)
{
	while (word.len > 0) {
		uint32_t rune;
		size_t len = text_rune(word, &rune), width = text_width(slice_part(word, 0, len));
		if (column + width > COLUMNS) {
			indent_to(sheet, indent);
			column = indent;
		}
		buf_add(&sheet->buf, slice_part(word, 0, len));
		column += width;
		word = slice_from(word, len);
	}
	return column;
}

/* Print escaped ${text} from column ${first}, further lines at ${indent}. */
static void
wrap(struct sheet *sheet, slice text, unsigned first, unsigned indent)
{
	size_t column = first;
	slice word;
	bool begun = false;
	for (unsigned i = 0; i < first; i++)
		buf_byte(&sheet->buf, ' ');
	while (slice_word(&text, &word)) {
		size_t width = text_width(word);
		if (begun && column + 1 + width > COLUMNS) {
			indent_to(sheet, indent);
			column = indent;
		} else if (begun) {
			buf_byte(&sheet->buf, ' ');
			column++;
		}
		column = word_put(sheet, word, column, indent);
		begun = true;
	}
	buf_byte(&sheet->buf, '\n');
}

/* A paragraph: ${form} with a slice for each {}; all of it is escaped. */
static void
tell(struct sheet *sheet, unsigned first, unsigned indent, slice form, const slice *holes, size_t holes_len)
{
	struct buf plain = buf_open(sheet->job, "paragraph", TEXT_MAX), shown = buf_open(sheet->job, "paragraph", TEXT_MAX);
	slice text = S("");
	size_t used = 0;
	for (size_t i = 0; i < form.len; i++) {
		if (form.at[i] != '{' || i + 1 == form.len || form.at[i + 1] != '}') {
			buf_byte(&plain, form.at[i]);
			continue;
		}
		for (size_t b = 0; used < holes_len && b < holes[used].len; b++) {
			char byte = holes[used].at[b];
			buf_byte(&plain, byte == '\n' || byte == '\t' || byte == '\r' ? ' ' : byte);
		}
		used++;
		i++;
	}
	if (used != holes_len)
		keep(sheet, err_set(sheet->job, ERR_BUG, "report: a line has %zu holes for %zu texts: %.*s", used, holes_len, SLICE(form)));
	keep(sheet, buf_end(&plain, &text));
	text_terminal(&shown, text, false);
	keep(sheet, buf_end(&shown, &text));
	wrap(sheet, text, first, indent);
}

#define TELL(sheet, first, indent, form, ...)                                                                                              \
	tell((sheet), (first), (indent), S(form), (const slice[]){__VA_ARGS__}, sizeof((const slice[]){__VA_ARGS__}) / sizeof(slice))
#define SAY(sheet, indent, form) tell((sheet), (indent), (indent), S(form), NULL, 0)

static void
blank(struct sheet *sheet)
{
	buf_byte(&sheet->buf, '\n');
}

static void
rule(struct sheet *sheet, char byte)
{
	for (unsigned i = 0; i < COLUMNS; i++)
		buf_byte(&sheet->buf, byte);
	buf_byte(&sheet->buf, '\n');
}

static void
heading(struct sheet *sheet, slice title)
{
	blank(sheet);
	rule(sheet, '=');
	TELL(sheet, 0, 0, "{}", title);
	rule(sheet, '=');
}

/* ---- texts for holes ---- */

static slice
number(struct sheet *sheet, uint64_t value)
{
	slice text = S("");
	keep(sheet, report_word_number(sheet->job, value, &text));
	return text;
}

static slice
words(struct sheet *sheet, uint64_t value, const char *one, const char *many)
{
	slice text = S("");
	keep(sheet, report_word_count(sheet->job, value, one, many, &text));
	return text;
}

static slice
day(struct sheet *sheet, int64_t at_us)
{
	slice text = S("");
	keep(sheet, report_word_day(sheet->job, at_us, &text));
	return text;
}

static slice
minute(struct sheet *sheet, int64_t at_us)
{
	slice text = S("");
	keep(sheet, report_word_minute(sheet->job, at_us, &text));
	return text;
}

static slice
hex(struct sheet *sheet, const struct digest *digest)
{
	slice text = S("");
	keep(sheet, job_copy(sheet->job, slice_of(digest_text(digest).at), &text));
	return text;
}

/* ---- the parts, in the page's order ---- */

static void
sentence(struct sheet *sheet)
{
	const struct report_row *all = &sheet->count->all;
	struct buf buf = buf_open(sheet->job, "sentence", 4 * KIB);
	slice counts = S("");
	for (unsigned i = 0; i < REPORT_VERDICTS; i++)
		if (all->of[i] > 0) {
			buf_text(&buf, buf.len > 0 ? ", " : "");
			buf_add(&buf, number(sheet, all->of[i]));
			buf_byte(&buf, ' ');
			buf_add(&buf, report_word_phrase((enum report_verdict)i));
		}
	keep(sheet, buf_end(&buf, &counts));
	TELL(sheet, 0, 0, "On {}, of {}: {}.", day(sheet, sheet->report->at.now_us),
	    words(sheet, all->total, "requirement", "requirements"), all->total > 0 ? counts : S("there are none in this report"));
}

static void
summary(struct sheet *sheet)
{
	const struct report *report = sheet->report;
	const struct report_count *count = sheet->count;
	bool past = report_word_past(report);
	SAY(sheet, 0, "SECURITY REPORT");
	TELL(sheet, 0, 0, "Service: {}. Made on {}{}{}, from {} and {}{}{}.", report->service, minute(sheet, report->made_us),
	    past ? S(", as it was known on ") : S(""), past ? minute(sheet, report->at.now_us) : S(""),
	    words(sheet, report->at.size, "ledger entry", "ledger entries"), words(sheet, count->accepted, "machine", "machines"),
	    count->pending > 0 ? S("; not accepted yet: ") : S(""), count->pending > 0 ? number(sheet, count->pending) : S(""));
	blank(sheet);
	sentence(sheet);
	TELL(sheet, 0, 0, "{}, {} critical or high. {} of {} of facts could not be looked at.",
	    words(sheet, count->findings, "open finding", "open findings"),
	    number(sheet, count->severities[REPORT_CRITICAL] + count->severities[REPORT_HIGH]), number(sheet, count->unread),
	    words(sheet, count->tables, "table", "tables"));
	if (count->frameworks_len < report->catalogue->len) {
		for (size_t i = 0; i < count->frameworks_len; i++)
			TELL(sheet, 0, 0, "This report is about: {}.", count->frameworks[i].title);
		TELL(sheet, 0, 0, "{} left out. Findings are all those of the service.",
		    words(sheet, report->catalogue->len - count->frameworks_len, "other framework is", "other frameworks are"));
	}
}

static void
bears_on(struct sheet *sheet, const struct report_check *check)
{
	const struct requirement *before = NULL;
	slice rest = check->answers, id;
	while (slice_cut(&rest, ',', &id)) {
		const struct part *part = catalogue_part(sheet->report->catalogue, slice_trim(id));
		if (part != NULL && part->requirement != before)
			TELL(sheet, 2, 4, "Bears on: {} ({}, {})", part->requirement->title, part->requirement->id,
			    part->requirement->framework->title);
		before = part != NULL ? part->requirement : NULL;
	}
}

static void
problem(struct sheet *sheet, const struct report_check *check)
{
	blank(sheet);
	TELL(sheet, 0, 2, "[{}] Does not hold: {}", report_word_severity_title(check->severity), check->title);
	if (check->why.len > 0)
		TELL(sheet, 2, 4, "Why: {}", check->why);
	if (check->remedy.len > 0)
		TELL(sheet, 2, 4, "What to do: {}", check->remedy);
	bears_on(sheet, check);
	TELL(sheet, 2, 4, "Found: {} (check {})", words(sheet, check->findings_len, "finding", "findings"), check->id);
	for (size_t i = 0; i < check->findings_len && i < SHOWN_FINDINGS; i++) {
		const struct ledger_finding *finding = &check->findings[i];
		TELL(sheet, 2, 4, "- {} ({}, since {}; finding {}, entry {})", finding->says,
		    report_word_host(sheet->report, finding->host), day(sheet, finding->first_seen_us), finding->id,
		    number(sheet, finding->entry));
	}
	if (check->findings_len > SHOWN_FINDINGS)
		TELL(sheet, 2, 4, "and {} more: assay finding --check {}", number(sheet, check->findings_len - SHOWN_FINDINGS), check->id);
}

static void
wrong(struct sheet *sheet)
{
	heading(sheet, S("WHAT IS WRONG"));
	if (sheet->report->checks_len == 0)
		TELL(sheet, 0, 0, "{}",
		    sheet->report->runs_len > 0 ? S("Nothing is open.") : S("No check has been run yet, so nothing was looked for."));
	for (size_t i = 0; i < sheet->report->checks_len; i++)
		problem(sheet, &sheet->report->checks[i]);
}

static void
blind(struct sheet *sheet)
{
	const struct report *report = sheet->report;
	size_t len = 0;
	heading(sheet, S("WHAT COULD NOT BE LOOKED AT"));
	for (size_t i = 0; i < report->readings_len; i++)
		if (report->readings[i].state == READING_COULD_NOT_LOOK) {
			len++;
			TELL(sheet, 0, 2, "- {} of {}: {}", report->readings[i].table, report_word_host(report, report->readings[i].host),
			    report->readings[i].reason);
		}
	for (size_t i = 0; i < report->requirements_len; i++)
		for (size_t p = 0; p < report->requirements[i].requirement->parts_len; p++) {
			const struct report_part *part = &report->requirements[i].parts[p];
			if (!slice_same(part->state, S("could-not-look")))
				continue;
			len++;
			TELL(sheet, 0, 2, "- {}: {}. Part of: {} ({})", part->part->says, part->because,
			    report->requirements[i].requirement->title, report->requirements[i].requirement->id);
		}
	if (len == 0)
		TELL(sheet, 0, 0, "{}",
		    sheet->count->tables > 0 ? S("Everything that was asked for could be looked at.")
					     : S("No machine has been looked at yet."));
}

/* "  met                   12  ########" */
static void
row(struct sheet *sheet, const struct report_row *row_of, bool states)
{
	if (row_of->total == 0)
		return;
	blank(sheet);
	TELL(sheet, 0, 2, "{} ({})", row_of->title,
	    states ? words(sheet, row_of->total, "part", "parts") : words(sheet, row_of->total, "requirement", "requirements"));
	for (unsigned i = 0; i < REPORT_VERDICTS; i++) {
		enum report_verdict place = (enum report_verdict)i;
		slice title = states ? report_word_state_title(place) : report_word_title(place), sum = number(sheet, row_of->of[i]);
		size_t marks = (row_of->of[i] * BAR + row_of->total - 1) / row_of->total;
		if (title.len == 0)
			continue;
		buf_printf(&sheet->buf, "  %-16.*s%8.*s%s", SLICE(title), SLICE(sum), marks > 0 ? "  " : "");
		for (size_t m = 0; m < marks; m++)
			buf_byte(&sheet->buf, '#');
		blank(sheet);
	}
}

static void
coverage(struct sheet *sheet)
{
	const struct report_count *count = sheet->count;
	heading(sheet, S("COVERAGE"));
	SAY(sheet, 0,
	    "A requirement is met when every part of it passes, on the basis it asks for, by evidence that is fresh. One failing part and "
	    "it is not met.");
	blank(sheet);
	SAY(sheet, 0, "By framework");
	for (size_t i = 0; i < count->frameworks_len; i++)
		row(sheet, &count->frameworks[i], false);
	blank(sheet);
	SAY(sheet, 0, "By function");
	for (size_t i = 0; i < REPORT_FUNCTIONS; i++)
		row(sheet, &count->functions[i], false);
	blank(sheet);
	SAY(sheet, 0, "Parts of requirements, by basis");
	for (size_t i = 0; i < REPORT_BASES; i++)
		row(sheet, &count->bases[i], true);
}

static void
change(struct sheet *sheet)
{
	const struct report_count *count = sheet->count;
	heading(sheet, S("CHANGE OVER TIME"));
	if (count->moments_len == 0) {
		SAY(sheet, 0, "No check has been run yet.");
		return;
	}
	buf_text(&sheet->buf, "up to (UTC)              open     new    gone    runs\n");
	for (size_t i = count->moments_len; i > 0; i--) {
		const struct report_moment *moment = &count->moments[i - 1];
		struct instant_text at = instant_text(moment->at_us);
		buf_printf(&sheet->buf, "%.10s %-10.5s%8zu%8zu%8zu%8zu\n", at.at, at.at[0] == '?' ? "" : at.at + 11, moment->open,
		    moment->found, moment->gone, moment->runs);
	}
}

static err
requirement(struct sheet *sheet, const struct report_requirement *one)
{
	static const char *const bases[] = {"attested", "recorded", "observed", "exercised"};
	enum report_verdict verdict, state;
	slice because;
	TRY(report_word_verdict(sheet->job, one->verdict, &verdict));
	TRY(report_word_because(sheet->job, sheet->report->catalogue, one->because, &because));
	blank(sheet);
	TELL(sheet, 0, 2, "[{}] {} ({})", report_word_title(verdict), one->requirement->title, one->requirement->id);
	TELL(sheet, 2, 2, "{}", one->requirement->text);
	if (one->since_us > 0)
		TELL(sheet, 2, 2, "Because: {} (since {})", because, day(sheet, one->since_us));
	else
		TELL(sheet, 2, 2, "Because: {}", because);
	for (size_t i = 0; i < one->requirement->parts_len; i++) {
		const struct report_part *part = &one->parts[i];
		TRY(report_word_state(sheet->job, part->state, &state));
		TELL(sheet, 2, 4, "- {}: {} (must be {})", report_word_state_title(state), part->part->says,
		    slice_of(bases[part->part->basis]));
		if (part->has_entry)
			TELL(sheet, 4, 4, "{} (entry {})", part->because, number(sheet, part->entry));
		else
			TELL(sheet, 4, 4, "{}", part->because);
	}
	return OK;
}

static err
requirements(struct sheet *sheet)
{
	const struct report *report = sheet->report;
	const struct requirement *before = NULL;
	heading(sheet, S("EVERY REQUIREMENT"));
	for (size_t i = 0; i < report->requirements_len; i++) {
		const struct requirement *about = report->requirements[i].requirement;
		if (before == NULL || before->framework != about->framework || !slice_same(before->section, about->section)) {
			blank(sheet);
			rule(sheet, '-');
			TELL(sheet, 0, 0, "{}: {}", about->framework->title, about->section);
			TELL(sheet, 0, 0, "{}", about->source);
			rule(sheet, '-');
		}
		TRY(requirement(sheet, &report->requirements[i]));
		before = about;
	}
	return OK;
}

static void
evidence(struct sheet *sheet)
{
	static const char *const hosts[] = {"not accepted yet, not judged", "accepted", "retired"};
	const struct report *report = sheet->report;
	heading(sheet, S("EVIDENCE"));
	if (report->hosts_len == 0)
		SAY(sheet, 0, "No machine has been looked at yet.");
	for (size_t h = 0; h < report->hosts_len; h++) {
		const struct ledger_host *host = &report->hosts[h];
		blank(sheet);
		TELL(sheet, 0, 2, "{} ({}), machine {}, key {}", host->name.len > 0 ? host->name : S("A machine without a name"),
		    slice_of(hosts[host->state]), host->id, host->fingerprint);
		for (size_t i = 0; i < report->readings_len; i++) {
			const struct ledger_reading *reading = &report->readings[i];
			if (!slice_same(reading->host, host->id))
				continue;
			TELL(sheet, 2, 4, "- {}: {}, {}, collected {}, entry {}", reading->table, slice_of(reading_words[reading->state]),
			    words(sheet, reading->rows, "row", "rows"), slice_of(instant_text(reading->collected_us).at),
			    number(sheet, reading->entry));
			TELL(sheet, 4, 4, "sha256:{}", hex(sheet, &reading->digest));
		}
	}
}

static void
verify(struct sheet *sheet)
{
	const struct report *report = sheet->report;
	heading(sheet, S("HOW TO CHECK THIS REPORT"));
	TELL(sheet, 0, 2, "Log: {}", report->origin);
	TELL(sheet, 0, 2, "Entries judged: {}, of {} in the log when the report was made", number(sheet, report->at.size),
	    number(sheet, report->size));
	TELL(sheet, 0, 2, "Root of the log then: {}", hex(sheet, &report->root));
	TELL(sheet, 0, 2, "Instant of the verdicts: {}", slice_of(instant_text(report->at.now_us).at));
	TELL(sheet, 0, 2, "Content set: sha256:{}", hex(sheet, &report->content));
	blank(sheet);
	SAY(sheet, 0,
	    "assay ledger verify checks every entry, signature and digest, and prints the root to compare with the one above. assay ledger "
	    "show N shows "
	    "entry N; assay ledger proof N gives out its proof. assay ledger export FOLDER writes the log for somebody who does not have "
	    "assay: its "
	    "verify.sh needs openssl and coreutils only, and doc/verify.md explains each step.");
	for (size_t i = 0; i < report->warnings_len; i++)
		TELL(sheet, 0, 2, "- {}", report->warnings[i]);
}

err
report_text(struct job *job, const struct report *report, slice *ret)
{
	struct report_count count;
	struct sheet sheet = {.job = job, .buf = buf_open(job, "report", TEXT_MAX), .report = report, .count = &count};
	TRY(report_count(job, report, &count));
	summary(&sheet);
	wrong(&sheet);
	blind(&sheet);
	coverage(&sheet);
	change(&sheet);
	TRY(requirements(&sheet));
	evidence(&sheet);
	verify(&sheet);
	return buf_end(&sheet.buf, ret);
}
