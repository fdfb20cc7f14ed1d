/*
 * assay status: requirement by requirement, what is answered and what is not.
 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli_view.h"

static const struct cli_option options[] = {
    {"framework", "NAME", "this framework only (tcop-6, moj-tu, dfe-9)"},
    {"function", "WORD", "govern, identify, protect, detect, respond or recover only"},
    {"verdict", "WORD", "this verdict only (met, partly-met, not-met, could-not-look, unanswered, not-applicable)"},
    {"service", "SERVICE", "by what was asked of this service and its hosts only (number or name)"},
    {"summary", NULL, "counts only"},
    {"as-of", "DATE", "as it was known then"},
    {NULL, NULL, NULL},
};

static const struct cli_column columns[] = {
    {"id", "requirement", CLI_TEXT},
    {"framework", NULL, CLI_TEXT},
    {"verdict", "verdict", CLI_WORD},
    {"title", "title", CLI_TEXT},
    {"since", "since", CLI_INSTANT},
    {"because", "because", CLI_TEXT},
    {"function", NULL, CLI_TEXT},
    {"section", NULL, CLI_TEXT},
    {"source", NULL, CLI_TEXT},
    {"kind", NULL, CLI_TEXT},
};

#define VERDICTS 6
#define STATES 5
#define BASES 4

static err
check_words(struct job *job, const struct cli *cli, const struct cli_view *view)
{
	static const char *const functions[] = {"govern", "identify", "protect", "detect", "respond", "recover", NULL};
	const char *framework = cli_value(cli, "framework"), *function = cli_value(cli, "function");
	const char *verdict = cli_value(cli, "verdict");
	bool known = function == NULL, known_verdict = verdict == NULL;
	if (framework != NULL && catalogue_framework(&view->catalogue, slice_of(framework)) == NULL) {
		struct buf buf = buf_open(job, "names", 4 * KIB);
		slice names;
		for (size_t i = 0; i < view->catalogue.len; i++)
			buf_printf(&buf, "%s%.*s", i > 0 ? ", " : "", SLICE(view->catalogue.frameworks[i].id));
		TRY(buf_end(&buf, &names));
		return err_set(job, ERR_INPUT, "--framework: expected one of %.*s, found \"%s\"", SLICE(names), framework);
	}
	for (size_t i = 0; functions[i] != NULL && !known; i++)
		known = strcmp(functions[i], function) == 0;
	for (size_t i = 0; verdict_words[i] != NULL && !known_verdict; i++)
		known_verdict = strcmp(verdict_words[i], verdict) == 0;
	if (!known)
		return err_set(job, ERR_INPUT, "--function: expected govern, identify, protect, detect, respond or recover, found \"%s\"", function);
	if (!known_verdict)
		return err_set(job, ERR_INPUT, "--verdict: expected met, partly-met, not-met, not-applicable, could-not-look or unanswered, found \"%s\"", verdict);
	return OK;
}

static bool
wanted(const struct cli *cli, const struct requirement_verdict *verdict)
{
	slice framework = slice_of(cli_value(cli, "framework")), function = slice_of(cli_value(cli, "function")), word = slice_of(cli_value(cli, "verdict"));
	if (framework.len > 0 && !slice_same_nocase(verdict->requirement->framework->id, framework))
		return false;
	if (word.len > 0 && !slice_same(slice_of(verdict_words[verdict->verdict]), word))
		return false;
	return function.len == 0 || slice_same(verdict->requirement->function, function);
}

static err
print_list(struct job *job, const struct cli *cli, const struct cli_view *view)
{
	struct cli_sheet sheet;
	cli_sheet_open(&sheet, job, columns, sizeof columns / sizeof columns[0]);
	for (size_t i = 0; i < view->verdicts_len; i++) {
		const struct requirement_verdict *verdict = &view->verdicts[i];
		const struct requirement *requirement = verdict->requirement;
		slice because;
		if (!wanted(cli, verdict))
			continue;
		TRY(ledger_person_show(job, view->ledger, verdict->because, &because));
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(requirement->id), TEXT(requirement->framework->id), TEXT(slice_of(verdict_words[verdict->verdict])),
					      TEXT(requirement->title), verdict->since_us > 0 ? INT(verdict->since_us) : NIL, TEXT(because),
					      TEXT(requirement->function), TEXT(requirement->section), TEXT(requirement->source), TEXT(requirement->kind)}));
	}
	return cli_sheet_print(job, cli, &sheet);
}

static err
print_frameworks(struct job *job, const struct cli *cli, const struct cli_view *view)
{
	static const struct cli_column sums[] = {{"framework", "framework", CLI_TEXT}, {"requirements", "requirements", CLI_NUMBER}, {"met", "met", CLI_NUMBER},
	    {"partly_met", "partly met", CLI_NUMBER}, {"not_met", "not met", CLI_NUMBER}, {"not_applicable", "does not apply", CLI_NUMBER},
	    {"could_not_look", "could not look", CLI_NUMBER}, {"unanswered", "unanswered", CLI_NUMBER}};
	struct cli_sheet sheet;
	cli_sheet_open(&sheet, job, sums, sizeof sums / sizeof sums[0]);
	for (size_t f = 0; f < view->catalogue.len; f++) {
		const struct framework *framework = &view->catalogue.frameworks[f];
		int64_t counts[VERDICTS] = {0}, total = 0;
		for (size_t i = 0; i < view->verdicts_len; i++)
			if (view->verdicts[i].requirement->framework == framework && wanted(cli, &view->verdicts[i])) {
				counts[view->verdicts[i].verdict]++;
				total++;
			}
		if (total > 0)
			TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(framework->id), INT(total), INT(counts[0]), INT(counts[1]), INT(counts[2]), INT(counts[3]),
						      INT(counts[4]), INT(counts[5])}));
	}
	return cli_sheet_print(job, cli, &sheet);
}

static err
print_parts(struct job *job, const struct cli *cli, const struct cli_view *view)
{
	static const struct cli_column sums[] = {{"basis", "parts by basis", CLI_TEXT}, {"parts", "parts", CLI_NUMBER}, {"pass", "pass", CLI_NUMBER},
	    {"fail", "fail", CLI_NUMBER}, {"not_applicable", "does not apply", CLI_NUMBER}, {"could_not_look", "could not look", CLI_NUMBER},
	    {"unanswered", "unanswered", CLI_NUMBER}};
	int64_t counts[BASES][STATES] = {{0}};
	struct cli_sheet sheet;
	for (size_t i = 0; i < view->verdicts_len; i++)
		for (size_t p = 0; wanted(cli, &view->verdicts[i]) && p < view->verdicts[i].requirement->parts_len; p++)
			counts[view->verdicts[i].parts[p].part->basis][view->verdicts[i].parts[p].state]++;
	cli_sheet_open(&sheet, job, sums, sizeof sums / sizeof sums[0]);
	for (size_t b = BASES; b > 0; b--) {
		int64_t *row = counts[b - 1], total = row[0] + row[1] + row[2] + row[3] + row[4];
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(slice_of(basis_words[b - 1])), INT(total), INT(row[0]), INT(row[1]), INT(row[2]), INT(row[3]), INT(row[4])}));
	}
	return cli_sheet_print(job, cli, &sheet);
}

static err
print_warnings(struct job *job, const struct cli *cli, const struct cli_view *view)
{
	slice *warnings;
	size_t len;
	if (cli->json || cli->csv || cli->quiet)
		return OK;
	TRY(ledger_warnings(job, view->ledger, &warnings, &len));
	for (size_t i = 0; i < len; i++)
		cli_say(cli, job, "%sNote: %.*s", i == 0 ? "\n" : "", SLICE(warnings[i]));
	return OK;
}

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_view_close_at) struct cli_view view = {0};
	TRY(cli_view_open(job, cli, &view));
	TRY(check_words(job, cli, &view));
	TRY(cli_view_verdicts_of(job, cli, &view));
	for (size_t i = 0; i < view.verdicts_len; i++)
		if (wanted(cli, &view.verdicts[i]) && view.verdicts[i].verdict == VERDICT_NOT_MET)
			*ret_status = CLI_WRONG;
	if (cli_flag(cli, "summary") && (cli->json || cli->csv))
		return print_frameworks(job, cli, &view);
	if (!cli_flag(cli, "summary"))
		TRY(print_list(job, cli, &view));
	if (cli->json || cli->csv)
		return OK;
	cli_say(cli, job, "%s", "");
	TRY(print_frameworks(job, cli, &view));
	cli_say(cli, job, "%s", "");
	TRY(print_parts(job, cli, &view));
	return print_warnings(job, cli, &view);
}

const struct cli_command cli_status_command = {
    .name = "status",
    .usage = "[--framework NAME] [--function WORD] [--verdict WORD] [--service SERVICE] [--summary] [--as-of DATE]",
    .about = "Requirement by requirement: answered or not, since when, and why",
    .help = "A requirement is met when every part of it passes on the basis it asks for, by evidence that is fresh. Any failing part: not-met; else any that could\n"
	    "not be looked at: could-not-look; else some parts unanswered: partly-met or unanswered. Exit status 1 when something is not met.",
    .example = "assay status --framework moj-tu --function protect",
    .options = options,
    .run = run,
};
