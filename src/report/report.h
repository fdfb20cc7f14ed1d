/*
 * The report: what a service owner hands over. What is wrong first, with remedies; what is answered and what is not; evidence; change over
 * time. Says only what it is given: it asks neither checks nor the world.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "catalogue/catalogue.h"
#include "ledger/ledger.h"

/* The words of verdicts and states are those people read: "not-met", "could-not-look", "pass", … */
struct report_part {
	const struct part *part;
	slice state;
	slice because;
	uint64_t entry; /* the newest entry that answers it */
	bool has_entry;
};
struct report_requirement {
	const struct requirement *requirement;
	slice verdict;
	int64_t since_us; /* 0 = always been so */
	slice because;
	struct report_part *parts; /* of requirement->parts_len */
};
struct report_check { /* a check with open findings */
	slice id, title, severity, why, remedy;
	slice answers;                   /* "TCOP6-036.admin-access, …" */
	struct ledger_finding *findings; /* persons resolved; oldest first */
	size_t findings_len;
};
struct report {
	slice service; /* "default" */
	int64_t made_us;
	slice origin; /* of the log */
	struct ledger_moment at;
	struct digest root; /* of the log at its head, and its size */
	uint64_t size;
	struct digest content;
	const struct catalogue *catalogue;
	struct report_requirement *requirements;
	size_t requirements_len;
	struct report_check *checks; /* worst first */
	size_t checks_len;
	struct ledger_host *hosts;
	size_t hosts_len;
	struct ledger_reading *readings; /* newest of each table and host */
	size_t readings_len;
	struct ledger_run_row *runs; /* oldest first */
	size_t runs_len;
	slice *warnings;
	size_t warnings_len;
};

/* Write the report as one self-contained HTML page (no script, no outside reference), and as plain text 80 columns wide. */
err report_html(struct job *job, const struct report *report, slice *ret);
err report_text(struct job *job, const struct report *report, slice *ret);

#endif
