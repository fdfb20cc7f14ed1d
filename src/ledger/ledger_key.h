/*
 * Keys: P-256 for entries, Ed25519 for checkpoints, 32 secret bytes at the root of content. Files that others may read are refused.
 */
#ifndef LEDGER_LEDGER_KEY_H
#define LEDGER_LEDGER_KEY_H

#include <openssl/evp.h>

#include "base/code.h"
#include "base/job.h"

#define LEDGER_MAX_SPKI 128 /* bytes of a P-256 SubjectPublicKeyInfo: 91 */

struct ledger_key { /* P-256 */
	EVP_PKEY *pkey;
	uint8_t spki[LEDGER_MAX_SPKI]; /* DER */
	size_t spki_len;
	struct digest id;              /* SHA-256 of spki: host id = first 16 bytes in hex */
};
err ledger_key_make(struct job *job, const char *path);              /* PEM PKCS#8, 0600, synced; ERR_CONFLICT when there is one */
err ledger_key_read(struct job *job, const char *path, struct ledger_key *ret);
err ledger_key_of_spki(struct job *job, slice spki, struct ledger_key *ret); /* public half only; another curve or type is ERR_INPUT */
void ledger_key_close(struct ledger_key *key);
err ledger_key_sign(struct job *job, const struct ledger_key *key, slice text, slice *ret_der);
bool ledger_key_verify(const struct ledger_key *key, slice text, slice der);
/* The same for many signatures of one key, by the SHA-256 of what was signed: one context for all, used by one thread at a time. NULL: no memory. */
EVP_PKEY_CTX *ledger_key_checker(const struct ledger_key *key);
bool ledger_key_check(EVP_PKEY_CTX *checker, const struct digest *digest, slice der);
slice ledger_key_host_id(struct job *job, const struct ledger_key *key);      /* 32 hex digits */
slice ledger_key_fingerprint(struct job *job, const struct ledger_key *key);  /* SHA256:… */
/* A secret file of exactly ${len} bytes kept as hex: owner only, 0600. */
err ledger_key_secret_make(struct job *job, const char *path, size_t len);
err ledger_key_secret_read(struct job *job, const char *path, size_t len, uint8_t *ret);

#endif
