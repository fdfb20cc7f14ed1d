/*
 * assay report: the report a service owner hands over, as a page or as text.
 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "cli/cli_report.h"

#define RUNS_MAX 100000 /* newest; change over time begins there */

static const struct cli_option options[] = {
    {"output", "FILE", "where to (else standard output)"},
    {"framework", "NAME", "requirements of this framework only (tcop-6, moj-tu, dfe-9); findings are always all"},
    {"as-of", "DATE", "as it was known then"},
    {NULL, NULL, NULL},
};

/* ---- requirements ---- */

/* The newest entry among the answers that made the part what it is. */
static void
entry_of(const struct part_verdict *verdict, struct report_part *part)
{
	for (size_t i = 0; i < verdict->answers_len; i++)
		if (verdict->answers[i].state == verdict->state && (!part->has_entry || verdict->answers[i].entry > part->entry)) {
			part->entry = verdict->answers[i].entry;
			part->has_entry = true;
		}
}

err
cli_report_requirement(struct job *job, struct ledger *ledger, const struct requirement_verdict *verdict, struct report_requirement *ret)
{
	const struct requirement *requirement = verdict->requirement;
	*ret = (struct report_requirement){
	    .requirement = requirement, .verdict = slice_of(verdict_words[verdict->verdict]), .since_us = verdict->since_us};
	TRY(ledger_person_show(job, ledger, verdict->because, &ret->because));
	TRY(NEW(job, requirement->parts_len + 1, &ret->parts));
	for (size_t i = 0; i < requirement->parts_len; i++) {
		const struct part_verdict *part = &verdict->parts[i];
		ret->parts[i] = (struct report_part){.part = part->part, .state = slice_of(part_state_words[part->state])};
		TRY(ledger_person_show(job, ledger, part->because, &ret->parts[i].because));
		entry_of(part, &ret->parts[i]);
	}
	return OK;
}

static err
fill_requirements(struct job *job, const struct cli *cli, const struct cli_view *view, struct report *report)
{
	slice wanted = slice_of(cli_value(cli, "framework"));
	if (wanted.len > 0 && catalogue_framework(&view->catalogue, wanted) == NULL)
		return err_set(
		    job, ERR_INPUT, "--framework: there is no framework \"%.*s\"; 'assay content list' names them", SLICE(wanted));
	TRY(NEW(job, view->verdicts_len + 1, &report->requirements));
	for (size_t i = 0; i < view->verdicts_len; i++)
		if (wanted.len == 0 || slice_same_nocase(view->verdicts[i].requirement->framework->id, wanted))
			TRY(cli_report_requirement(job, view->ledger, &view->verdicts[i], &report->requirements[report->requirements_len++]));
	return OK;
}

/* ---- findings, by check ---- */

static int
by_check(const void *a, const void *b)
{
	const struct ledger_finding *x = a, *y = b;
	int order = slice_order(x->check, y->check);
	if (order == 0)
		order = (x->first_seen_us > y->first_seen_us) - (x->first_seen_us < y->first_seen_us);
	return order != 0 ? order : slice_order(x->id, y->id);
}

static int
worst_first(const void *a, const void *b)
{
	const struct report_check *x = a, *y = b;
	unsigned rx = cli_severity_rank(x->severity), ry = cli_severity_rank(y->severity);
	return rx != ry ? (rx > ry) - (rx < ry) : slice_order(x->id, y->id);
}

static err
fill_check(struct job *job, const struct cli_view *view, struct report_check *group)
{
	const struct check *check = check_find(&view->checks, group->id);
	struct buf buf = buf_open(job, "answers", 64 * KIB);
	for (size_t i = 0; i < group->findings_len; i++)
		TRY(ledger_person_show(job, view->ledger, group->findings[i].says, &group->findings[i].says));
	group->severity = group->findings[0].severity;
	group->title = group->id; /* a check that is no longer in the content */
	if (check == NULL)
		return OK;
	group->title = check->title;
	group->why = check->why;
	group->remedy = check->remedy;
	for (size_t i = 0; i < check->answers_len; i++) {
		buf_text(&buf, i > 0 ? ", " : "");
		buf_add(&buf, check->answers[i]->id);
	}
	return buf_end(&buf, &group->answers);
}

static err
fill_checks(struct job *job, const struct cli_view *view, struct report *report)
{
	struct ledger_finding *findings;
	size_t len;
	TRY(ledger_findings(job, view->ledger, view->at, LEDGER_FINDINGS_OPEN, S(""), S(""), &findings, &len));
	TRY(NEW(job, len + 1, &report->checks));
	if (len > 0)
		qsort(findings, len, sizeof *findings, by_check);
	for (size_t i = 0; i < len; i++) {
		if (i == 0 || !slice_same(findings[i - 1].check, findings[i].check))
			report->checks[report->checks_len++] = (struct report_check){.id = findings[i].check, .findings = &findings[i]};
		report->checks[report->checks_len - 1].findings_len++;
	}
	for (size_t i = 0; i < report->checks_len; i++)
		TRY(fill_check(job, view, &report->checks[i]));
	if (report->checks_len > 0)
		qsort(report->checks, report->checks_len, sizeof *report->checks, worst_first);
	return OK;
}

/* ---- the log: the checkpoint that stands published is what others can compare with ---- */

static err
fill_log(struct job *job, const struct cli_view *view, struct report *report)
{
	const char *path;
	slice text, rest, origin = S(""), size = S(""), root64 = S(""), root;
	TRY(fs_join(job, ledger_place(view->ledger)->store, "log/checkpoint", &path));
	TRY(fs_slurp(job, path, 64 * KIB, &text));
	rest = text;
	if (!slice_cut(&rest, '\n', &origin) || !slice_cut(&rest, '\n', &size) || !slice_cut(&rest, '\n', &root64) ||
	    !slice_u64(size, &report->size))
		return err_set(job, ERR_STORE, "%s: tlog-checkpoint: expected origin, size and root, each on a line", path);
	TRY(code_unbase64(job, root64, &root));
	if (root.len != sizeof report->root.byte)
		return err_set(job, ERR_STORE, "%s: tlog-checkpoint: the root must be 32 bytes, found %zu", path, root.len);
	memcpy(report->root.byte, root.at, root.len);
	report->origin = origin;
	return OK;
}

static err
fill(struct job *job, struct cli *cli, struct cli_view *view, struct report *report)
{
	*report = (struct report){.service = S("default"), .made_us = job_now(job)};
	TRY(cli_view_open(job, cli, view));
	TRY(cli_view_verdicts(job, view));
	report->at = view->at;
	report->content = view->content.digest;
	report->catalogue = &view->catalogue;
	TRY(fill_requirements(job, cli, view, report));
	TRY(fill_checks(job, view, report));
	TRY(fill_log(job, view, report));
	TRY(ledger_hosts(job, view->ledger, view->at, &report->hosts, &report->hosts_len));
	TRY(ledger_readings(job, view->ledger, view->at, S(""), S(""), &report->readings, &report->readings_len));
	TRY(ledger_runs(job, view->ledger, view->at, RUNS_MAX, &report->runs, &report->runs_len));
	return ledger_warnings(job, view->ledger, &report->warnings, &report->warnings_len);
}

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_view_close_at) struct cli_view view = {0};
	const char *output = cli_value(cli, "output");
	struct report report;
	slice text;
	(void)ret_status;
	if (cli->json || cli->csv)
		return err_set(job, ERR_INPUT, "a report is HTML or text; 'assay status' and 'assay finding' print JSON and CSV");
	TRY(fill(job, cli, &view, &report));
	TRY(strcmp(cli->command->name, "html") == 0 ? report_html(job, &report, &text) : report_text(job, &report, &text));
	/* It lists weaknesses and may name people: for its owner only, until the owner decides otherwise. */
	TRY(cli_output(job, output, text, 0600));
	if (output != NULL && strcmp(output, "-") != 0)
		cli_say(cli, job, "The report is in %s (%zu KiB), readable by you only", output, (text.len + KIB - 1) / KIB);
	return OK;
}

#define USAGE "[-o FILE] [--framework NAME] [--as-of DATE]"

static const struct cli_command html_command = {
    .name = "html",
    .usage = USAGE,
    .about = "One page for a browser or a printer: no script, nothing fetched",
    .help = "What is wrong first, with remedies; what could not be looked at; coverage by framework, function and basis; change over time; "
	    "every requirement; the\n"
	    "evidence; how to check the report.",
    .example = "assay report html -o report.html",
    .options = options,
    .run = run,
};
static const struct cli_command text_command = {
    .name = "text",
    .usage = USAGE,
    .about = "The same as plain text, 80 columns wide",
    .example = "assay report text --framework tcop-6",
    .options = options,
    .run = run,
};
static const struct cli_command *const verbs[] = {&html_command, &text_command, &cli_report_pack, &cli_report_packs, &cli_report_frozen, NULL};

const struct cli_command cli_report_command = {
    .name = "report", .usage = "html|text|pack|packs|frozen", .about = "The report a service owner hands over", .verbs = verbs};
