/*
 * assay check: ask every check of every host's newest facts.
 */
#include "cli/cli.h"

#include <stdlib.h>

#include "base/fs.h"
#include "check/check.h"
#include "cli/cli_check_period.h"
#include "cli/cli_view.h"

#define SHOWN_FINDINGS 15

static const struct cli_option options[] = {
    {"host", "HOST", "this host only (id or name)"},
    {"profile", "PROFILE", "treat hosts as this kind of machine (else their facts decide)"},
    {"from", "DATE", "look back instead: how long the named checks held since then"},
    {"to", "DATE", "with --from: until then, that day included (else now)"},
    {"intervals", NULL, "with --from: every interval instead of the sums"},
    {"as-of", "DATE", "with --from: by what was known then"},
    {NULL, NULL, NULL},
};

static const struct cli_column columns[] = {
    {"host", "host", CLI_TEXT},
    {"profile", "profile", CLI_TEXT},
    {"pass", "pass", CLI_NUMBER},
    {"fail", "fail", CLI_NUMBER},
    {"not_applicable", "does not apply", CLI_NUMBER},
    {"could_not_look", "could not look", CLI_NUMBER},
    {"new", "new findings", CLI_NUMBER},
    {"gone", "gone", CLI_NUMBER},
    {"still", "still open", CLI_NUMBER},
    {"entry", NULL, CLI_NUMBER},
};

static err
print_hosts(struct job *job, const struct cli *cli, const struct check_host_result *results, size_t len)
{
	struct cli_sheet sheet;
	cli_sheet_open(&sheet, job, columns, sizeof columns / sizeof columns[0]);
	for (size_t i = 0; i < len; i++) {
		const struct check_host_result *result = &results[i];
		TRY(cli_sheet_row(
		    &sheet, (struct cell[]){TEXT(result->name), TEXT(result->profile), INT((int64_t)result->passed),
				INT((int64_t)result->failed), INT((int64_t)result->not_applicable), INT((int64_t)result->could_not_look),
				INT((int64_t)result->change.found), INT((int64_t)result->change.gone), INT((int64_t)result->change.still),
				INT((int64_t)result->change.receipt.index)}));
	}
	return cli_sheet_print(job, cli, &sheet);
}

static int
by_severity(const void *a, const void *b)
{
	const struct ledger_finding *x = a, *y = b;
	unsigned rx = cli_severity_rank(x->severity), ry = cli_severity_rank(y->severity);
	return rx != ry ? (rx > ry) - (rx < ry) : slice_order(x->check, y->check);
}

/* Is ${finding} of a host and a check that this command asked? */
static bool
was_asked(const struct cli *cli, const struct check_host_result *results, size_t len, const struct ledger_finding *finding)
{
	bool host = false, check = cli->words_len == 0;
	for (size_t i = 0; i < len; i++)
		host = host || slice_same(results[i].host, finding->host);
	for (size_t i = 0; i < cli->words_len; i++)
		check = check || slice_same(slice_of(cli->words[i]), finding->check);
	return host && check;
}

/* What this run found that the one before had not; and whether anything at all is wrong (hints are not). */
static err
print_new(
    struct job *job, const struct cli *cli, struct ledger *ledger, const struct check_host_result *results, size_t len, int *ret_status)
{
	struct ledger_moment now;
	struct ledger_finding *findings;
	size_t findings_len, kept = 0;
	TRY(ledger_moment(job, ledger, 0, &now));
	TRY(ledger_findings(job, ledger, now, LEDGER_FINDINGS_OPEN, S(""), S(""), &findings, &findings_len));
	for (size_t f = 0; f < findings_len; f++)
		if (!slice_same(findings[f].severity, S("info")) && was_asked(cli, results, len, &findings[f]))
			*ret_status = CLI_WRONG;
	for (size_t f = 0; f < findings_len; f++)
		for (size_t i = 0; i < len; i++)
			if (slice_same(findings[f].host, results[i].host) && findings[f].entry == results[i].change.receipt.index &&
			    results[i].change.found > 0) {
				findings[kept++] = findings[f];
				break;
			}
	if (kept == 0)
		return OK;
	qsort(findings, kept, sizeof *findings, by_severity);
	cli_say(cli, job, "\nNew, worst first:");
	for (size_t f = 0; f < kept && f < SHOWN_FINDINGS; f++) {
		slice says;
		TRY(ledger_person_show(job, ledger, findings[f].says, &says));
		cli_say(cli, job, "  %.*s  %-8.*s %.*s", SLICE(findings[f].id), SLICE(findings[f].severity), SLICE(says));
	}
	if (kept > SHOWN_FINDINGS)
		cli_say(cli, job, "  and %zu more", kept - SHOWN_FINDINGS);
	cli_say(cli, job, "'assay finding' lists all that are open, 'assay finding ID' shows one with its remedy");
	return OK;
}

static err
ask(struct job *job, struct cli *cli, struct ledger *ledger, struct check_run_options *run_options, int *ret_status)
{
	struct content content;
	struct catalogue catalogue;
	struct checks checks;
	struct check_host_result *results;
	struct registry *registry;
	struct ledger_moment now;
	struct ledger_host *hosts;
	size_t len, hosts_len;
	bool seen = false;
	TRY(cli_content(job, cli, &content));
	TRY(catalogue_load(job, &content, &catalogue));
	TRY(check_load(job, &content, &catalogue, &checks));
	TRY(registry_open(job, ledger, &content, NULL, &registry));
	run_options->registry = registry;
	TRY(check_run(job, ledger, &content, &catalogue, &checks, run_options, &results, &len));
	TRY(ledger_moment(job, ledger, 0, &now));
	TRY(ledger_hosts(job, ledger, now, &hosts, &hosts_len));
	for (size_t i = 0; i < hosts_len; i++)
		seen = seen || hosts[i].last_seen_us > 0;
	if (!seen)
		cli_say(cli, job, "No host has evidence yet: run 'assay collect' first");
	if (len == 0)
		return cli->json ? print_hosts(job, cli, results, 0) : OK;
	TRY(print_hosts(job, cli, results, len));
	return print_new(job, cli, ledger, results, len, ret_status);
}

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(check_worker_close_at) struct check_worker *worker = NULL;
	DEFER(ledger_close_at) struct ledger *ledger = NULL;
	const char *profile = cli_value(cli, "profile"), *host = cli_value(cli, "host");
	struct check_run_options run_options = {.profile = slice_of(profile), .host = slice_of(host)};
	slice *only;
	if (cli_check_looks_back(cli))
		return cli_check_period(job, cli);
	/* The worker first: no key is in this process's memory yet. */
	TRY(check_worker_open(job, &worker));
	TRY(cli_ledger(job, cli, &ledger));
	TRY(fs_join(job, cli->place.etc, "source", &run_options.source_dir));
	TRY(NEW(job, cli->words_len + 1, &only));
	for (size_t i = 0; i < cli->words_len; i++)
		only[i] = slice_of(cli->words[i]);
	run_options.worker = worker;
	run_options.only = only;
	run_options.only_len = cli->words_len;
	return ask(job, cli, ledger, &run_options, ret_status);
}

const struct cli_command cli_check_command = {
    .name = "check",
    .usage = "[CHECK…] [--host HOST] [--profile PROFILE] | CHECK… --from DATE [--to DATE] [--intervals] [--host HOST] [--as-of DATE]",
    .about = "Ask every check, of each host's newest facts and of the registers of each service",
    .help = "A check of hosts is asked of what each host sent last; nothing is looked at anew: 'assay collect' does that. A check of registers is asked once for each service, and answers\n"
	    "nothing while its registers are empty. What is wrong becomes a finding with a first-seen time; what is no "
	    "longer wrong is gone.\n"
	    "Exit status 1 when a check fails.\n\n"
	    "With --from nothing is asked: the runs that were are added up, for every host that was ever accepted (of a check over registers: every service), into the time each check passed, failed, did not "
	    "apply, could not look and was not observed. Between two runs the earlier answer stands only as long as the check's max_age after its facts were looked "
	    "at; from then until the next run, and before the first, it is not observed. Percentages are rounded down. \"Failed since\" is when the failure that "
	    "stands at the end began, which may be before the period. Days are UTC. Exit status 0 whatever was found.",
    .example = "assay check ssh-root-login",
    .options = options,
    .words_max = CLI_MAX_WORDS,
    .run = run,
};
