/*
 * From a look at this machine to a draft of one evidence entry.
 */
#ifndef CLI_CLI_EVIDENCE_H
#define CLI_CLI_EVIDENCE_H

#include "cli/cli.h"

struct collect_options;

struct cli_evidence {
	struct ledger_subject *subjects;
	struct ledger_reading *readings; /* table, state, reason, rows, in the order of the subjects */
	bool *changed;
	size_t len;
	int64_t from_us, to_us;
};

/* Run the collectors and draft the entry. With ${ledger}, a table whose rows are those of its newest reading (volatile columns left out) cites the old
 * digest; without one every table is content. */
err cli_evidence_collect(struct job *job, struct ledger *ledger, const struct collect_options *options, struct cli_evidence *ret);

#endif
