/*
 * What the verbs of assay access share.
 */
#ifndef CLI_CLI_ACCESS_H
#define CLI_CLI_ACCESS_H

#include "cli/cli_record.h"
#include "registry/registry_access.h"

struct cli_access {
	struct cli_record open;
	struct registry_access *mine; /* of whoever asks */
};
err cli_access_open(struct job *job, struct cli *cli, struct cli_access *ret);
void cli_access_close_at(struct cli_access *access); /* for DEFER */

/* The name behind a token, as it is shown; empty for none. */
err cli_access_name(struct job *job, const struct cli_access *access, slice token, slice *ret);
/* May whoever asks see this grant? */
bool cli_access_sees(const struct cli_access *access, const struct registry_held *held);

extern const struct cli_command cli_access_explain, cli_access_log, cli_access_review; /* cli_access_look.c */

#endif
