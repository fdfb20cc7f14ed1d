/*
 * Content files: 32 secret bytes, then the content; named by the SHA-256 of both; stored compressed and encrypted under a key of their own,
 * which is wrapped by the root key.
 */
#ifndef LEDGER_LEDGER_CONTENT_H
#define LEDGER_LEDGER_CONTENT_H

#include "store/store.h"

#define LEDGER_MAX_CONTENT (128 * MIB)

err ledger_content_seal(struct job *job, const uint8_t root_key[static 32], slice content, struct store_content *ret);
/* The same for content that comes with its 32 secret bytes in front (a bundle's), so that its digest stays. */
err ledger_content_seal_salted(struct job *job, const uint8_t root_key[static 32], slice salted, struct store_content *ret);
/* Unwraps, opens, unpacks, compares the digest; ERR_STORE names what failed. ${ret_salted} (may be NULL): salt and content, as an auditor
 * hashes it. */
err ledger_content_open(
    struct job *job, const uint8_t root_key[static 32], const struct store_content *sealed, slice *ret, slice *ret_salted);
err ledger_content_rewrap(struct job *job, const uint8_t old_key[static 32], const uint8_t new_key[static 32], const struct digest *digest,
    slice wrapped, slice *ret);

#endif
