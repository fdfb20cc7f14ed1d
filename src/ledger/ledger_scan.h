/*
 * Reading canonical text from left to right: what must stand there, up to the next quote, base64. The first failure is kept, so one test at
 * the end is enough.
 */
#ifndef LEDGER_LEDGER_SCAN_H
#define LEDGER_LEDGER_SCAN_H

#include "base/code.h"
#include "base/job.h"

struct ledger_scan {
	struct job *job;
	const char *name; /* begins the sentence of a failure */
	slice text;
	size_t at;
	err failed;
};

/* ${name} is kept (a literal). More than ${max_bytes} is ERR_LIMIT. */
struct ledger_scan ledger_scan_open(struct job *job, const char *name, slice text, size_t max_bytes);
/* ${literal} stands here, or the scan fails with ERR_INPUT. */
void ledger_scan_want(struct ledger_scan *scan, slice literal);
/* Step over ${literal} when it stands here. */
bool ledger_scan_maybe(struct ledger_scan *scan, slice literal);
/* What stands before the next ${byte}, and step over that byte too; the empty slice after a failure. */
slice ledger_scan_until(struct ledger_scan *scan, char byte);
/* Canonical base64 up to the next quote, decoded into the job's arena; ${max_bytes} after decoding. */
slice ledger_scan_base64(struct ledger_scan *scan, size_t max_bytes);
/* Fail here: "${name}: byte n: ${rule}". The rule is a literal. */
void ledger_scan_fail(struct ledger_scan *scan, const char *rule);
bool ledger_scan_good(const struct ledger_scan *scan);
/* Nothing may follow. */
err ledger_scan_end(struct ledger_scan *scan);

#endif
