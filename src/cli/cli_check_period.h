/*
 * The half of assay check that looks back: a period instead of now.
 */
#ifndef CLI_CLI_CHECK_PERIOD_H
#define CLI_CLI_CHECK_PERIOD_H

#include "cli/cli.h"

/* Is a past period asked for? */
bool cli_check_looks_back(const struct cli *cli);
/* With --from: how long each named check held, --to and --host as they are given, --intervals as a timeline. */
err cli_check_period(struct job *job, struct cli *cli);

#endif
