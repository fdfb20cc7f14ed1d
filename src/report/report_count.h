/*
 * The sums both forms of the report use: requirements by framework and function, parts by basis, findings by severity, and how that
 * changed.
 */
#ifndef REPORT_REPORT_COUNT_H
#define REPORT_REPORT_COUNT_H

#include "report/report_word.h"

#define REPORT_FUNCTIONS 7 /* six and "other" */
#define REPORT_BASES 4

struct report_row {
	slice title;
	const struct framework *framework; /* of rows by framework */
	size_t total;
	size_t of[REPORT_VERDICTS];
};

/* What stood at the end of a while, and what happened in it. */
struct report_moment {
	int64_t at_us; /* of its last run */
	size_t open;   /* findings, on all hosts */
	size_t found, gone;
	size_t runs;
};

struct report_count {
	struct report_row all;
	struct report_row *frameworks; /* that have a requirement in the report, in its order */
	size_t frameworks_len;
	struct report_row functions[REPORT_FUNCTIONS];
	struct report_row bases[REPORT_BASES]; /* parts; strongest basis first */
	size_t parts;
	size_t findings, severities[REPORT_SEVERITIES];
	size_t tables, unread;         /* readings, and those that could not be looked at */
	size_t accepted, pending;      /* hosts */
	struct report_moment *moments; /* oldest first; at most REPORT_MOMENTS */
	size_t moments_len;
};
#define REPORT_MOMENTS 24

/* ERR_BUG when a verdict or state is a word nobody knows. */
err report_count(struct job *job, const struct report *report, struct report_count *ret);

#endif
