/*
 * An in-toto Statement v1 as assay writes it: random ids, a kind, times, subjects by digest; nothing else.
 */
#ifndef LEDGER_LEDGER_STATEMENT_H
#define LEDGER_LEDGER_STATEMENT_H

#include "ledger/ledger.h"

#define LEDGER_MAX_SUBJECTS 256

struct ledger_statement {
	enum ledger_kind kind;
	slice id;    /* 32 hex */
	slice host;  /* or empty */
	slice by;    /* or empty */
	int64_t from_us, to_us, made_us;
	struct ledger_subject *subjects; /* name and digest */
	size_t subjects_len;
};
err ledger_statement_write(struct job *job, const struct ledger_statement *statement, slice *ret);
/* Strict: the canonical bytes only (what write gives for it), ERR_INPUT otherwise. Slices borrow or live in the job's arena. */
err ledger_statement_read(struct job *job, slice text, struct ledger_statement *ret);

#endif
