/*
 * assay rebuild: make the view anew from signed bytes, or compare it with them.
 */
#include "cli/cli.h"

#include "base/text.h"

static const struct cli_option options[] = {{"compare", NULL, "change nothing: name every row of the present view that differs"}, {NULL, NULL, NULL}};

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(ledger_close_at) struct ledger *ledger = NULL;
	uint64_t entries, differences;
	bool compare = cli_flag(cli, "compare");
	int64_t from = job_now(job);
	TRY(cli_ledger(job, cli, &ledger));
	TRY(ledger_rebuild(job, ledger, compare, cli_line, cli, &entries, &differences));
	double seconds = (double)(job_now(job) - from) / 1e6;
	if (differences > 0)
		*ret_status = CLI_INPUT;
	if (compare)
		cli_say(cli, job, "%s read again in %.2f s: %s", cli_count(entries, "entry", "entries").at, seconds,
		    cli_count(differences, "row differs", "rows differ").at);
	else
		cli_say(cli, job, "The view is made anew from %s in %.2f s", cli_count(entries, "entry", "entries").at, seconds);
	return OK;
}

const struct cli_command cli_rebuild_command = {
    .name = "rebuild",
    .usage = "[--compare]",
    .about = "Make the view anew from signed bytes, or compare it with them",
    .help = "The view is a projection of the ledger and may be thrown away at any time. --compare reads every entry again and names every row that is not what\n"
	    "the signed bytes say: this is how an edited database is found. Exit status 2 when rows differ.",
    .example = "assay rebuild --compare",
    .options = options,
    .run = run,
};
