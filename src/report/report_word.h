/*
 * The words both forms of the report use: verdicts, states, severities, numbers and days as people read them.
 */
#ifndef REPORT_REPORT_WORD_H
#define REPORT_REPORT_WORD_H

#include "report/report.h"

/* In the order they are shown. A part's states share the first five places but one: pass stands where met does, fail where not met does. */
enum report_verdict {
	REPORT_MET,
	REPORT_PARTLY_MET,
	REPORT_NOT_MET,
	REPORT_COULD_NOT_LOOK,
	REPORT_UNANSWERED,
	REPORT_NOT_APPLICABLE,
	REPORT_VERDICTS,
};
/* Place of the ledger's and the checks' word ("not-met", "fail"); ERR_BUG for a word nobody should have given. */
err report_word_verdict(struct job *job, slice word, enum report_verdict *ret);
err report_word_state(struct job *job, slice word, enum report_verdict *ret);
/* "Not met", "could not be looked at" (behind a number of requirements), and of parts "Fail". */
slice report_word_title(enum report_verdict verdict);
slice report_word_phrase(enum report_verdict verdict);
slice report_word_state_title(enum report_verdict state);

enum { REPORT_CRITICAL, REPORT_HIGH, REPORT_MEDIUM, REPORT_LOW, REPORT_INFO, REPORT_OTHER, REPORT_SEVERITIES };
/* Place of a severity, worst first; REPORT_OTHER for a word we do not know. */
unsigned report_word_severity(slice word);
/* "High", "Hint" for info; the word itself when we do not know it. */
slice report_word_severity_title(slice word);

/* "1,234", "1 finding" or "2 findings", "22 November 2026", "22 November 2026, 01:32 UTC". */
err report_word_number(struct job *job, uint64_t number, slice *ret);
err report_word_count(struct job *job, uint64_t number, const char *one, const char *many, slice *ret);
err report_word_day(struct job *job, int64_t at_us, slice *ret);
err report_word_minute(struct job *job, int64_t at_us, slice *ret);

/* A reason that begins with a part's bare id, with what the part says in its place; the reason as it is otherwise. */
err report_word_because(struct job *job, const struct catalogue *catalogue, slice because, slice *ret);
/* Is the report about a moment before it was made (by more than a minute)? */
bool report_word_past(const struct report *report);
/* The name of a host, or its id when it has none. */
slice report_word_host(const struct report *report, slice id);

#endif
