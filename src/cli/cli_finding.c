/*
 * assay finding: what is wrong: list, or one with its remedy and evidence.
 */
#include "cli/cli.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/cli_view.h"
#include "registry/registry_access.h"

#define GROUP_ABOVE 40 /* findings; more are grouped by check unless --all is given */

static const struct cli_option options[] = {
    {"check", "CHECK", "of this check only"},
    {"host", "HOST", "on this host only (id or name)"},
    {"severity", "WORD", "this severe or worse: critical, high, medium, low, info"},
    {"ended", NULL, "those that are gone or retired"},
    {"all", NULL, "one line a finding, however many"},
    {"as-of", "DATE", "as it was known then"},
    {NULL, NULL, NULL},
};

static const char *const state_words[] = {"open", "gone", "retired"};

struct listing {
	struct cli_view *view;
	struct ledger_host *hosts;
	size_t hosts_len;
	struct ledger_finding *findings;
	size_t len;
	struct registry_access *access;    /* of whoever asks, today */
	struct registry_coverage coverage; /* records that they may read */
};

static int
by_severity(const void *a, const void *b)
{
	const struct ledger_finding *x = a, *y = b;
	unsigned rx = cli_severity_rank(x->severity), ry = cli_severity_rank(y->severity);
	if (rx != ry)
		return (rx > ry) - (rx < ry);
	int order = slice_order(x->check, y->check);
	return order != 0 ? order : slice_order(x->id, y->id);
}

static err
host_id(struct job *job, const struct cli *cli, const struct listing *listing, slice *ret)
{
	slice wanted = slice_of(cli_value(cli, "host"));
	*ret = S("");
	for (size_t i = 0; i < listing->hosts_len && wanted.len > 0; i++)
		if (slice_same(listing->hosts[i].id, wanted) || slice_same(listing->hosts[i].name, wanted))
			*ret = listing->hosts[i].id;
	if (wanted.len > 0 && ret->len == 0)
		return err_set(job, ERR_INPUT, "--host: there is no host \"%.*s\"; 'assay host list' names them", SLICE(wanted));
	return OK;
}

/* The record that a finding is about; 0: it is about a register, or (empty) about a host. */
static slice
record_of(struct job *job, const struct listing *listing, const struct ledger_finding *finding, int64_t *ret_number)
{
	const struct check *check = check_find(&listing->view->checks, finding->check);
	const json_t *row;
	*ret_number = 0;
	if (check == NULL || check->registry.len == 0)
		return S("");
	if (json_read(job, "a finding's row", finding->row, &row).code == ERR_NONE)
		*ret_number = json_integer_value(json_object_get(row, "number"));
	return check->registry;
}

/* A finding is seen by whoever may read what it is about. */
static bool
is_seen(struct job *job, const struct listing *listing, const struct ledger_finding *finding)
{
	int64_t number;
	slice registry = record_of(job, listing, finding, &number);
	if (registry.len == 0)
		return true;
	return number > 0 ? registry_coverage_has(&listing->coverage, registry, number) : registry_coverage_any(&listing->coverage, registry);
}

static err
read_coverage(struct job *job, const struct cli *cli, struct listing *listing)
{
	struct registry *registry;
	struct content *content;
	TRY(NEW(job, 1, &content));
	TRY(cli_content(job, cli, content));
	TRY(registry_open(job, listing->view->ledger, content, NULL, &registry));
	TRY(registry_access_open_mine(job, registry, &listing->access));
	return registry_access_coverage(job, listing->access, &listing->coverage);
}

/* Asked for by its id: a refusal is an entry. */
static err
need_seen(struct job *job, const struct listing *listing, const struct ledger_finding *finding)
{
	const struct registry *registry = listing->access->registry;
	struct registry_ask ask = {.capability = S("read")};
	struct registry_record record;
	if (is_seen(job, listing, finding))
		return OK;
	ask.def = registry_find(&registry->registers, record_of(job, listing, finding, &ask.number));
	if (ask.def != NULL && ask.number > 0) {
		struct ledger_moment now = listing->access->at;
		if (registry_record(job, registry, now, ask.def, ask.number, &record).code == ERR_NONE)
			ask = registry_ask_of(registry, &record, S("read"));
	}
	return registry_access_need(job, listing->access, &ask);
}

static err
read_list(struct job *job, const struct cli *cli, struct listing *listing)
{
	slice check = slice_of(cli_value(cli, "check")), severity = slice_of(cli_value(cli, "severity")), host;
	size_t kept = 0;
	TRY(host_id(job, cli, listing, &host));
	if (check.len > 0 && check_find(&listing->view->checks, check) == NULL)
		return err_set(job, ERR_INPUT, "--check: there is no check \"%.*s\"; 'assay content list' names them", SLICE(check));
	if (severity.len > 0 && cli_severity_rank(severity) > 4)
		return err_set(job, ERR_INPUT, "--severity: expected critical, high, medium, low or info, found \"%.*s\"", SLICE(severity));
	TRY(ledger_findings(job, listing->view->ledger, listing->view->at,
	    cli_flag(cli, "ended") ? LEDGER_FINDINGS_ENDED : LEDGER_FINDINGS_OPEN, check, host, &listing->findings, &listing->len));
	for (size_t i = 0; i < listing->len; i++)
		if ((severity.len == 0 || cli_severity_rank(listing->findings[i].severity) <= cli_severity_rank(severity)) &&
		    is_seen(job, listing, &listing->findings[i]))
			listing->findings[kept++] = listing->findings[i];
	listing->len = kept;
	if (kept > 0)
		qsort(listing->findings, kept, sizeof *listing->findings, by_severity);
	return OK;
}

/* Where it is wrong: a host's name, or for what registers show the record, or the register where no single record is meant. */
static err
place_of(struct job *job, const struct listing *listing, const struct ledger_finding *finding, slice *ret)
{
	int64_t number;
	slice registry = record_of(job, listing, finding, &number);
	*ret = registry.len > 0 ? registry : cli_host_name(listing->hosts, listing->hosts_len, finding->host);
	return number > 0 ? job_format(job, ret, "%.*s %lld", SLICE(registry), (long long)number) : OK;
}

static err
print_each(struct job *job, const struct cli *cli, const struct listing *listing)
{
	static const struct cli_column columns[] = {{"id", "id", CLI_TEXT}, {"severity", "severity", CLI_WORD}, {"host", "where", CLI_TEXT},
	    {"check", NULL, CLI_TEXT}, {"says", "what is wrong", CLI_TEXT}, {"state", NULL, CLI_WORD},
	    {"first_seen", "first seen", CLI_INSTANT}, {"ended", NULL, CLI_INSTANT}, {"entry", NULL, CLI_NUMBER}};
	struct cli_sheet sheet;
	cli_sheet_open(&sheet, job, columns, sizeof columns / sizeof columns[0]);
	for (size_t i = 0; i < listing->len; i++) {
		const struct ledger_finding *finding = &listing->findings[i];
		slice says, place;
		TRY(ledger_person_show(job, listing->view->ledger, finding->says, &says));
		TRY(place_of(job, listing, finding, &place));
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(finding->id), TEXT(finding->severity), TEXT(place), TEXT(finding->check),
					      TEXT(says), TEXT(slice_of(state_words[finding->state])), INT(finding->first_seen_us),
					      finding->ended_us > 0 ? INT(finding->ended_us) : NIL, INT((int64_t)finding->entry)}));
	}
	return cli_sheet_print(job, cli, &sheet);
}

static err
print_groups(struct job *job, const struct cli *cli, const struct listing *listing)
{
	static const struct cli_column columns[] = {{"severity", "severity", CLI_WORD}, {"findings", "findings", CLI_NUMBER},
	    {"check", "check", CLI_TEXT}, {"title", "what does not hold", CLI_TEXT}, {"first", "oldest", CLI_INSTANT}};
	struct cli_sheet sheet;
	cli_sheet_open(&sheet, job, columns, sizeof columns / sizeof columns[0]);
	for (size_t i = 0, next; i < listing->len; i = next) {
		const struct ledger_finding *finding = &listing->findings[i];
		const struct check *check = check_find(&listing->view->checks, finding->check);
		int64_t oldest = finding->first_seen_us;
		for (next = i; next < listing->len && slice_same(listing->findings[next].check, finding->check); next++)
			if (listing->findings[next].first_seen_us < oldest)
				oldest = listing->findings[next].first_seen_us;
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(finding->severity), INT((int64_t)(next - i)), TEXT(finding->check),
					      TEXT(check != NULL ? check->title : finding->check), INT(oldest)}));
	}
	TRY(cli_sheet_print(job, cli, &sheet));
	cli_say(cli, job, "%s; 'assay finding --check CHECK' or --all lists them one by one",
	    cli_count(listing->len, "finding", "findings").at);
	return OK;
}

/* The readings behind a check on a host: what to look at, and the entries that prove it. */
static err
evidence_of(struct job *job, const struct cli *cli, struct cli_view *view, const struct check *check, slice host, slice *ret_json)
{
	struct buf buf = buf_open(job, "evidence", 256 * KIB);
	buf_byte(&buf, '[');
	for (size_t t = 0; check != NULL && t < check->tables_len; t++) {
		struct ledger_reading *readings;
		size_t len;
		TRY(ledger_readings(job, view->ledger, view->at, host, check->tables[t], &readings, &len));
		for (size_t i = 0; i < len; i++) {
			buf_printf(&buf, "%s{\"table\":\"%.*s\",\"entry\":%llu,\"digest\":\"%s\",\"collected\":\"%s\"}",
			    buf.len > 1 ? "," : "", SLICE(readings[i].table), (unsigned long long)readings[i].entry,
			    digest_text(&readings[i].digest).at, instant_text(readings[i].collected_us).at);
			cli_say(cli, job, "evidence       %.*s of %s, entry %llu, sha256:%.16s…", SLICE(readings[i].table),
			    instant_text(readings[i].collected_us).at, (unsigned long long)readings[i].entry,
			    digest_text(&readings[i].digest).at);
		}
	}
	buf_byte(&buf, ']');
	return buf_end(&buf, ret_json);
}

static err
answers_text(struct job *job, const struct check *check, slice *ret)
{
	struct buf buf = buf_open(job, "answers", 64 * KIB);
	for (size_t i = 0; check != NULL && i < check->answers_len; i++)
		buf_printf(&buf, "%s%.*s", i > 0 ? ", " : "", SLICE(check->answers[i]->id));
	return buf_end(&buf, ret);
}

/* A row's JSON with names for tokens: a name is written as JSON writes it, whatever is in it. Only a token of ours begins so in a row. */
static err
row_show(struct job *job, struct ledger *ledger, slice row, slice *ret)
{
	static const slice open = {"\"{person:", 9};
	struct buf buf = buf_open(job, "a row", 4 * MIB);
	for (size_t at = 0; at < row.len;) {
		slice rest = slice_from(row, at), name;
		if (!slice_starts(rest, open) || slice_find(rest, '}') == rest.len) {
			buf_byte(&buf, row.at[at++]);
			continue;
		}
		size_t close = slice_find(rest, '}');
		TRY(ledger_person_show(job, ledger, slice_part(rest, 1, close), &name));
		text_json(&buf, name);
		at += close + 2;
	}
	return buf_end(&buf, ret);
}

static err
print_one(struct job *job, const struct cli *cli, struct listing *listing)
{
	static const struct cli_column columns[] = {{"id", "finding", CLI_TEXT}, {"severity", "severity", CLI_WORD},
	    {"state", "state", CLI_WORD}, {"says", "what is wrong", CLI_TEXT}, {"host", "where", CLI_TEXT}, {"check", "check", CLI_TEXT},
	    {"title", "must hold", CLI_TEXT}, {"why", "why", CLI_TEXT}, {"remedy", "remedy", CLI_TEXT},
	    {"first_seen", "first seen", CLI_INSTANT}, {"ended", "ended", CLI_INSTANT}, {"answers", "bears on", CLI_TEXT},
	    {"row", "fact", CLI_JSON}, {"entry", "found by entry", CLI_NUMBER}, {"evidence", NULL, CLI_JSON}};
	struct ledger_finding finding;
	struct cli_sheet sheet;
	slice says, row, answers, evidence, place;
	TRY(ledger_finding(job, listing->view->ledger, listing->view->at, slice_of(cli->words[0]), &finding));
	TRY(need_seen(job, listing, &finding));
	const struct check *check = check_find(&listing->view->checks, finding.check);
	TRY(ledger_person_show(job, listing->view->ledger, finding.says, &says));
	TRY(row_show(job, listing->view->ledger, finding.row, &row));
	TRY(place_of(job, listing, &finding, &place));
	TRY(answers_text(job, check, &answers));
	struct cli silent = *cli;
	silent.quiet = true;
	TRY(evidence_of(job, &silent, listing->view, check, finding.host, &evidence));
	cli_sheet_open(&sheet, job, columns, sizeof columns / sizeof columns[0]);
	TRY(cli_sheet_row(&sheet,
	    (struct cell[]){TEXT(finding.id), TEXT(finding.severity), TEXT(slice_of(state_words[finding.state])), TEXT(says),
		TEXT(place), TEXT(finding.check),
		TEXT(check != NULL ? check->title : S("")), TEXT(check != NULL ? check->why : S("")),
		TEXT(check != NULL ? check->remedy : S("")), INT(finding.first_seen_us), finding.ended_us > 0 ? INT(finding.ended_us) : NIL,
		TEXT(answers), TEXT(row), INT((int64_t)finding.entry), TEXT(evidence)}));
	TRY(cli_sheet_print_record(job, cli, &sheet));
	return cli->json || cli->csv ? OK : evidence_of(job, cli, listing->view, check, finding.host, &evidence);
}

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_view_close_at) struct cli_view view = {0};
	struct listing listing = {.view = &view};
	(void)ret_status;
	TRY(cli_view_open(job, cli, &view));
	TRY(ledger_hosts(job, view.ledger, view.at, &listing.hosts, &listing.hosts_len));
	TRY(read_coverage(job, cli, &listing));
	if (cli->words_len == 1)
		return print_one(job, cli, &listing);
	TRY(read_list(job, cli, &listing));
	if (listing.len == 0)
		cli_say(cli, job, cli_flag(cli, "ended") ? "No finding has ended" : "Nothing is open");
	bool grouped = listing.len > GROUP_ABOVE && !cli_flag(cli, "all") && cli_value(cli, "check") == NULL && !cli->json && !cli->csv;
	return grouped ? print_groups(job, cli, &listing) : print_each(job, cli, &listing);
}

const struct cli_command cli_finding_command = {
    .name = "finding",
    .usage = "[ID] [--check CHECK] [--host HOST] [--severity WORD] [--ended] [--all] [--as-of DATE]",
    .about = "What is wrong: list, or one with its remedy and evidence",
    .help = "Worst first; grouped by check when there are many. A finding keeps its id for as long as the same thing is wrong. An id may "
	    "be shortened to what is\n"
	    "still unique (4 digits or more).",
    .example = "assay finding --severity high --all",
    .options = options,
    .words_max = 1,
    .run = run,
};
