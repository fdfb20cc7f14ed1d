/*
 * What the verbs of assay report share: verdicts as a report takes them, and a pack with everything it is made from.
 */
#ifndef CLI_CLI_REPORT_H
#define CLI_CLI_REPORT_H

#include "cli/cli_view.h"
#include "ledger/ledger_frozen.h"
#include "registry/registry_access.h"
#include "report/report_pack.h"

/* A verdict with persons by name. */
err cli_report_requirement(struct job *job, struct ledger *ledger, const struct requirement_verdict *verdict, struct report_requirement *ret);

/* A pack: what is asked for, and what it is made from. */
struct cli_pack {
	struct cli_view view;      /* ledger, moment, content, verdicts of the service */
	struct registry *registry; /* by the content of that moment */
	const char *source;        /* where drop-in tables are declared */
	struct registry_access *access; /* of whoever asks, today */
	struct registry_coverage coverage;
	struct ledger_host *hosts;
	size_t hosts_len;
	slice *subjects; /* of the service: its record, its hosts; none: everything */
	size_t subjects_len;
	slice service_name;
	struct report_packs packs;
	struct report_pack_about about;
	struct report_pack_source rows; /* cli_report_rows() */
	slice format;
	unsigned rank; /* the highest classification of what was shown so far */
	struct report_pack_file *files; /* what was made */
	size_t files_len;
};

/* Where a pack's rows come from: cli_report_rows.c. */
err cli_report_rows(struct job *job, void *to, slice table, const struct query_read *reads, size_t reads_len, struct rows *ret);
err cli_report_person(struct job *job, void *to, slice token, slice *ret);
/* The name of a host or service by its id; the id when nobody knows it. */
slice cli_report_subject(const struct cli_pack *pack, slice id);

/* Make the pack that frozen ${form} says, as of then, by today's rights: ${ret}'s files. ERR_CONFLICT: the content set of then is not at hand. */
err cli_report_again(struct job *job, struct cli *cli, struct cli_pack *pack, const struct ledger_frozen *form);
/* The files as one or as a folder, readable by their owner only. */
err cli_report_write(struct job *job, const struct cli *cli, const struct report_pack_file *files, size_t len, bool folder);

extern const struct cli_command cli_report_pack, cli_report_packs, cli_report_frozen;

#endif
