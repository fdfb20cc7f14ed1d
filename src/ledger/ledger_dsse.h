/*
 * DSSE v1.0.2 envelopes with one ASN.1 DER P-256 signature over the PAE.
 */
#ifndef LEDGER_LEDGER_DSSE_H
#define LEDGER_LEDGER_DSSE_H

#include "ledger/ledger_key.h"

#define LEDGER_PAYLOAD_TYPE "application/vnd.in-toto+json"

struct ledger_dsse {
	slice payload;   /* the statement's bytes */
	slice signature; /* DER */
	slice keyid;     /* hint: the key's id in hex */
};
err ledger_dsse_pae(struct job *job, slice payload, slice *ret);
err ledger_dsse_write(struct job *job, const struct ledger_dsse *dsse, slice *ret);
/* Strict: our canonical envelope only. */
err ledger_dsse_read(struct job *job, slice envelope, struct ledger_dsse *ret);

#endif
