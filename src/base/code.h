/*
 * Hex, base64, SHA-256, random bytes and comparison in constant time.
 */
#ifndef BASE_CODE_H
#define BASE_CODE_H

#include "base/buf.h"

struct digest {
	uint8_t byte[32];
};

void code_hex(struct buf *buf, const void *at, size_t len);
/* Fill ${ret}[2 * len + 1] with lower-case hex and a NUL. */
void code_hex_text(const void *at, size_t len, char *ret);
/* Lower-case hex of exactly ${len} bytes; false otherwise. */
bool code_unhex(slice text, void *ret, size_t len);

/* RFC 4648 section 4 with padding. Decoding is canonical: no blanks, padding required, unused bits zero; ERR_INPUT otherwise. */
void code_base64(struct buf *buf, const void *at, size_t len);
err code_unbase64(struct job *job, slice text, slice *ret);

struct digest code_sha256(slice text);
struct digest code_sha256_pair(slice a, slice b); /* of a ‖ b */
bool digest_same(const struct digest *a, const struct digest *b);
/* "…64 hex digits" NUL-terminated. */
struct digest_text {
	char at[65];
};
struct digest_text digest_text(const struct digest *digest);
bool digest_parse(slice hex, struct digest *ret);

/* A streaming SHA-256, for files. code_hash_close() may be called at any time. */
struct code_hash;
err code_hash_open(struct job *job, struct code_hash **ret);
void code_hash_add(struct code_hash *hash, const void *at, size_t len);
struct digest code_hash_end(struct code_hash *hash);
void code_hash_close(struct code_hash *hash);

/* From the system's random source; ends the process if there is none. */
void code_random(void *at, size_t len);
/* ${bytes} random bytes as lower-case hex in the job's arena: ids. */
err code_random_id(struct job *job, size_t bytes, slice *ret);

bool code_same(const void *a, const void *b, size_t len); /* constant time */
void code_wipe(void *at, size_t len);                     /* not optimised away */

#endif
