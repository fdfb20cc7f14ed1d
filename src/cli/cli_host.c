/*
 * assay host: the machines whose evidence is taken: list, accept, retire, and this machine's own key.
 */
#include "cli/cli.h"

#include "base/fs.h"

static const char *const state_words[] = {"pending", "accepted", "retired"};

static const struct cli_column columns[] = {
    {"id", "host", CLI_TEXT},
    {"name", "name", CLI_TEXT},
    {"state", "state", CLI_WORD},
    {"fingerprint", "fingerprint", CLI_TEXT},
    {"first_seen", "first seen", CLI_INSTANT},
    {"last_seen", "last seen", CLI_INSTANT},
};

static struct cell
instant_cell(int64_t at_us)
{
	return at_us > 0 ? INT(at_us) : NIL;
}

static err
list(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(ledger_close_at) struct ledger *ledger = NULL;
	struct ledger_moment now;
	struct ledger_host *hosts;
	struct cli_sheet sheet;
	size_t len;
	(void)ret_status;
	TRY(cli_ledger(job, cli, &ledger));
	TRY(ledger_moment(job, ledger, 0, &now));
	TRY(ledger_hosts(job, ledger, now, &hosts, &len));
	cli_sheet_open(&sheet, job, columns, sizeof columns / sizeof columns[0]);
	for (size_t i = 0; i < len; i++)
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(hosts[i].id), TEXT(hosts[i].name), TEXT(slice_of(state_words[hosts[i].state])),
					      TEXT(hosts[i].fingerprint), instant_cell(hosts[i].first_seen_us), instant_cell(hosts[i].last_seen_us)}));
	return cli_sheet_print(job, cli, &sheet);
}

static err
accept(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(ledger_close_at) struct ledger *ledger = NULL;
	struct ledger_receipt receipt;
	slice given = slice_of(cli->words[0]);
	const char *name = cli_value(cli, "name");
	(void)ret_status;
	if (!slice_starts(given, S("SHA256:")))
		TRY(fs_slurp(job, cli->words[0], 256 * MIB, &given));
	TRY(cli_ledger(job, cli, &ledger));
	TRY(ledger_host_accept(job, ledger, given, name != NULL ? slice_of(name) : S(""), &receipt));
	cli_say(cli, job, "The host is accepted (entry %llu): send its evidence again", (unsigned long long)receipt.index);
	return OK;
}

static err
retire(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(ledger_close_at) struct ledger *ledger = NULL;
	struct ledger_receipt receipt;
	const char *why = cli_value(cli, "why");
	(void)ret_status;
	if (why == NULL)
		return err_set(job, ERR_INPUT, "--why is needed: say why the host is retired");
	TRY(cli_ledger(job, cli, &ledger));
	TRY(ledger_host_retire(job, ledger, slice_of(cli->words[0]), slice_of(why), &receipt));
	cli_say(cli, job, "The host is retired (entry %llu); its open findings end as retired, not as fixed", (unsigned long long)receipt.index);
	return OK;
}

static const struct cli_option accept_options[] = {{"name", "NAME", "what to call it (else the name it gives itself)"}, {NULL, NULL, NULL}};
static const struct cli_option retire_options[] = {{"why", "TEXT", "why it is retired"}, {NULL, NULL, NULL}};

static const struct cli_command list_command = {.name = "list", .usage = "", .about = "List the hosts", .example = "assay host list --json", .run = list};
static const struct cli_command accept_command = {
    .name = "accept",
    .usage = "FINGERPRINT|BUNDLE [--name NAME]",
    .about = "Take a host's evidence from now on",
    .help = "Compare the fingerprint with what the host itself says before accepting it. After a bundle was refused, its fingerprint is enough;\n"
	    "a bundle file works too.",
    .example = "assay host accept SHA256:… --name web-1",
    .options = accept_options,
    .words_min = 1,
    .words_max = 1,
    .run = accept,
};
static const struct cli_command retire_command = {
    .name = "retire",
    .usage = "HOST --why TEXT",
    .about = "Take no more evidence of a host; its findings end as retired",
    .example = "assay host retire web-1 --why \"switched off on 3 March…\"",
    .options = retire_options,
    .words_min = 1,
    .words_max = 1,
    .run = retire,
};
static const struct cli_command *const verbs[] = {&list_command, &accept_command, &retire_command, NULL};

const struct cli_command cli_host_command = {
    .name = "host",
    .usage = "list|accept|retire",
    .about = "The machines whose evidence is taken",
    .verbs = verbs,
};
