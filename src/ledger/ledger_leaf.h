/*
 * The leaf of an entry: Rekor v2 hashedrekord 0.0.2, canonical JSON, over the digest of the envelope's PAE.
 */
#ifndef LEDGER_LEDGER_LEAF_H
#define LEDGER_LEDGER_LEAF_H

#include "base/code.h"
#include "base/job.h"

struct ledger_leaf {
	struct digest pae;  /* SHA-256 of the PAE */
	slice signature;    /* DER */
	slice spki;         /* DER */
};
err ledger_leaf_write(struct job *job, const struct ledger_leaf *leaf, slice *ret);
err ledger_leaf_read(struct job *job, slice text, struct ledger_leaf *ret); /* strict: canonical bytes only */

#endif
