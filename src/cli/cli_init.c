/*
 * assay init: keys, an empty store and the signer's state.
 */
#include "cli/cli.h"

#include <stdlib.h>

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	struct ledger *ledger;
	const char *dir = cli->words_len > 0 ? cli->words[0] : cli_value(cli, "dir");
	(void)ret_status;
	if (dir == NULL)
		dir = getenv("ASSAY_DIR");
	if (dir == NULL || dir[0] == '\0')
		dir = "var";
	TRY(ledger_place_of(job, dir, cli_value(cli, "keys"), cli_value(cli, "signer"), getenv("ASSAY_RUN"), &cli->place));
	TRY(ledger_init(job, &cli->place));
	TRY(ledger_open(job, &cli->place, &ledger));
	cli_say(cli, job, "Made a store in %s", cli->place.store);
	cli_say(cli, job, "  keys    %s   (keep a copy apart from the store and its backups: without root.key no content can be read)", cli->place.keys);
	cli_say(cli, job, "  signer  %s   (the signer's own memory of the log; not part of a backup of the store)", cli->place.signer);
	cli_say(cli, job, "  log     %.*s", SLICE(ledger_origin(ledger)));
	cli_say(cli, job, "Next: assay collect, assay check, assay status");
	ledger_close(ledger);
	return OK;
}

const struct cli_command cli_init_command = {
    .name = "init",
    .usage = "[DIR]",
    .about = "Make keys and an empty store",
    .help = "DIR (else --dir, $ASSAY_DIR, ./var) gets store/, keys/ and signer/. Only store/ belongs into backups beside evidence;\n"
	    "keys/root.key opens every content and must be kept elsewhere.",
    .example = "assay init /var/lib/assay",
    .words_max = 1,
    .run = run,
};
