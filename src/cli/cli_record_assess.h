/*
 * assay REGISTER assess: what its two files share.
 */
#ifndef CLI_CLI_RECORD_ASSESS_H
#define CLI_CLI_RECORD_ASSESS_H

#include "cli/cli_record.h"
#include "registry/registry_assess.h"

struct cli_assess {
	struct cli *cli;
	struct cli_record open;
	struct registry_proposal *found; /* worst first */
	size_t len;
};

/* "asset 12 (the intake server)". */
slice cli_assess_thing(struct job *job, const struct registry_proposal *one);
/* Leave them until then: a decision in the ledger. ERR_DENIED as for adding. */
err cli_assess_reject(struct job *job, struct cli_assess *a, const struct registry_proposal *const *list_of, size_t len, int64_t until_us, slice why,
    struct ledger_receipt *ret);
/* One by one: each is shown, and asked for; what is answered is written at once. Answers are lines of standard input. */
err cli_assess_guided(struct job *job, struct cli_assess *a);

#endif
