/*
 * From a look at this machine to a draft of one evidence entry.
 */
#ifndef CLI_CLI_EVIDENCE_H
#define CLI_CLI_EVIDENCE_H

#include "cli/cli.h"

struct collect_options;

struct cli_evidence_table {
	const struct table *table; /* of a table with volatile columns, else NULL */
	slice steady;              /* its rows without them */
};
struct cli_evidence {
	struct ledger_subject *subjects;
	struct ledger_reading *readings; /* table, state, reason, rows, in the order of the subjects */
	struct cli_evidence_table *tables;
	bool *changed;
	size_t len;
	int64_t from_us, to_us;
};

/* Run the collectors and draft the subjects of the entry, each with its content. No ledger is open meanwhile: others can use it. */
err cli_evidence_collect(struct job *job, const struct collect_options *options, struct cli_evidence *ret);

/* A table whose rows are those of this host's newest reading (volatile columns left out) cites the old digest instead. */
err cli_evidence_compare(struct job *job, struct ledger *ledger, struct cli_evidence *evidence);

#endif
