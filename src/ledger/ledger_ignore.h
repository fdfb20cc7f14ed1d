/*
 * What was observed and need not be recorded until a date: a decision a person makes, with the reason.
 *
 * An entry of kind decision, subject "ignore", canonical JSON: {"keys":["…"],"register":"…","until":"RFC 3339","why":"…"}. Keys are those of the table observation:
 * they hold no names. What a register is, and what its keys mean, is others' business.
 */
#ifndef LEDGER_LEDGER_IGNORE_H
#define LEDGER_LEDGER_IGNORE_H

#include "ledger/ledger.h"

#define LEDGER_IGNORE_SUBJECT "ignore"
#define LEDGER_MAX_IGNORED 10000 /* keys of one decision */

struct ledger_ignore_form {
	slice registry;
	const slice *keys; /* 1 to LEDGER_MAX_IGNORED, none empty */
	size_t keys_len;
	int64_t until_us;
	slice why;
};
err ledger_ignore_form_write(struct job *job, const struct ledger_ignore_form *form, slice *ret);
err ledger_ignore_form_read(struct job *job, slice content, struct ledger_ignore_form *ret);

/* Append one: durable when it returns. ERR_DENIED: no person asks (job->actor). ERR_INPUT: no register, key or reason, something too long, or an end that is past. */
err ledger_ignore_append(struct job *job, struct ledger *ledger, const struct ledger_ignore_form *form, struct ledger_receipt *ret);

struct ledger_ignore {
	slice registry, key, why;
	slice by; /* person token */
	int64_t made_us, until_us;
	uint64_t entry;
};
/* The newest decision by then about each key of ${registry} (empty: of every register), by register and key; those whose date has passed too. */
err ledger_ignores(struct job *job, struct ledger *ledger, struct ledger_moment at, slice registry, struct ledger_ignore **ret, size_t *ret_len);

#endif
