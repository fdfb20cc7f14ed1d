/*
 * What several commands look at: the ledger at a moment, the content in use, and the verdicts of both.
 */
#ifndef CLI_CLI_VIEW_H
#define CLI_CLI_VIEW_H

#include "catalogue/catalogue.h"
#include "check/check.h"
#include "cli/cli.h"

struct cli_view {
	struct ledger *ledger;
	struct ledger_moment at;
	struct content content;
	struct catalogue catalogue;
	struct checks checks;
	struct requirement_verdict *verdicts; /* after cli_view_verdicts() */
	size_t verdicts_len;
};

/* Open the ledger at --as-of and the content: with --as-of the set that was in use then, else today's. */
err cli_view_open(struct job *job, struct cli *cli, struct cli_view *ret);
/* Of the service that --service names, or of all. */
err cli_view_verdicts_of(struct job *job, const struct cli *cli, struct cli_view *view);
err cli_view_verdicts(struct job *job, struct cli_view *view);
/* The number of the service that ${word} names: a number, or a name that only one has. */
struct registry;
err cli_view_service(struct job *job, const struct registry *registry, const char *word, int64_t *ret);
void cli_view_close_at(struct cli_view *view);

/* Severity as a number for sorting: critical first. */
unsigned cli_severity_rank(slice severity);
slice cli_host_name(const struct ledger_host *hosts, size_t len, slice id);

#endif
