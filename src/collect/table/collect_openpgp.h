/*
 * OpenPGP key rings and signatures (RFC 9580), as far as: which key, until when. Nothing is verified.
 */
#ifndef COLLECT_TABLE_COLLECT_OPENPGP_H
#define COLLECT_TABLE_COLLECT_OPENPGP_H

#include "collect/collect.h"

#define OPENPGP_NEVER INT64_C(253402300799000000) /* the last second of the year 9999 */

struct openpgp_key {
	uint8_t id[8];
	int64_t created_us;
	int64_t expires_us; /* of key and primary key, whichever ends first; a revoked key ends with its revocation; OPENPGP_NEVER */
};
struct openpgp_signer {
	uint8_t id[8];
};

/* The keys and subkeys of a ring, binary or armoured (several armoured blocks too). ERR_INPUT when it is not one. Pure. */
err collect_openpgp_keys(struct job *job, const char *name, slice ring, struct openpgp_key **ret, size_t *ret_len);

/* Who signed: the issuers of the signatures of a clear-signed text, or of a detached one, binary or armoured. Pure. */
err collect_openpgp_signers(struct job *job, const char *name, slice text, struct openpgp_signer **ret, size_t *ret_len);

#endif
