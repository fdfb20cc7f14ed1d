/*
 * Hex, base64, SHA-256, random bytes and comparison in constant time.
 * Deliberately does not: sign, encrypt or hold keys (the store does).
 */
#include "base/code.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/evp.h>
#include <sodium.h>

static const char hex_digits[] = "0123456789abcdef";

/* Without a hash or randomness nothing that assay says can be trusted: end at once, whoever asked. */
static _Noreturn void
die(const char *sentence)
{
	fprintf(stderr, "assay: %s\n", sentence);
	abort();
}

void
code_hex(struct buf *buf, const void *at, size_t len)
{
	const uint8_t *byte = at;
	for (size_t i = 0; i < len; i++) {
		char pair[2] = {hex_digits[byte[i] >> 4], hex_digits[byte[i] & 15]};
		buf_add(buf, (slice){pair, 2});
	}
}

void
code_hex_text(const void *at, size_t len, char *ret)
{
	const uint8_t *byte = at;
	for (size_t i = 0; i < len; i++) {
		ret[2 * i] = hex_digits[byte[i] >> 4];
		ret[2 * i + 1] = hex_digits[byte[i] & 15];
	}
	ret[2 * len] = '\0';
}

static int
hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

bool
code_unhex(slice text, void *ret, size_t len)
{
	if (len > SIZE_MAX / 2 || text.len != 2 * len)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (hex_value(text.at[i]) < 0)
			return false;
	uint8_t *byte = ret;
	for (size_t i = 0; i < len; i++)
		byte[i] = (uint8_t)(hex_value(text.at[2 * i]) << 4 | hex_value(text.at[2 * i + 1]));
	return true;
}

void
code_base64(struct buf *buf, const void *at, size_t len)
{
	const uint8_t *byte = at;
	char text[1025]; /* 768 bytes become 1024 digits and a NUL; only the last piece is padded */
	while (len > 0) {
		size_t part = len < 768 ? len : 768;
		sodium_bin2base64(text, sizeof text, byte, part, sodium_base64_VARIANT_ORIGINAL);
		buf_text(buf, text);
		byte += part;
		len -= part;
	}
}

/* The value of a digit of the standard alphabet, or -1. Our own: libsodium 1.0.18 takes bytes above 0x7F for digits. */
static int
base64_value(char digit)
{
	if (digit >= 'A' && digit <= 'Z')
		return digit - 'A';
	if (digit >= 'a' && digit <= 'z')
		return digit - 'a' + 26;
	if (digit >= '0' && digit <= '9')
		return digit - '0' + 52;
	return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

static err
refuse_base64(struct job *job, const char *rule, size_t at)
{
	return err_set(job, ERR_INPUT, "base64: RFC 4648 %s, found otherwise at byte %zu", rule, at + 1);
}

err
code_unbase64(struct job *job, slice text, slice *ret)
{
	void *room;
	size_t digits = text.len, len = 0;
	while (digits > 0 && text.len - digits < 2 && text.at[digits - 1] == '=')
		digits--;
	if (text.len % 4 != 0)
		return refuse_base64(job, "section 4: digits and padding must come in groups of four", text.len);
	TRY(job_take(job, 1, digits / 4 * 3 + 3, &room));
	uint8_t *byte = room;
	uint32_t bits = 0;
	for (size_t i = 0; i < digits; i++) {
		int value = base64_value(text.at[i]);
		if (value < 0)
			return refuse_base64(job, "section 3.3: only digits of the standard alphabet may stand before the padding", i);
		bits = bits << 6 | (uint32_t)value;
		/* The second, third and fourth digit of a group complete a byte each; 4, 2 and 0 bits are left over. */
		if (i % 4 != 0)
			byte[len++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	if ((digits % 4 == 2 && (bits & 15) != 0) || (digits % 4 == 3 && (bits & 3) != 0))
		return refuse_base64(job, "section 3.5: the unused bits of the last digit must be zero", digits - 1);
	*ret = slice_bytes(byte, len);
	return OK;
}

static EVP_MD *sha256;

static void
sha256_fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (sha256 == NULL)
		die("OpenSSL offers no SHA-256");
}

/* Fetched once: looking an algorithm up costs more than hashing a tree node. */
static const EVP_MD *
sha256_method(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, sha256_fetch);
	return sha256;
}

struct digest
code_sha256(slice text)
{
	return code_sha256_pair(text, S(""));
}

struct digest
code_sha256_pair(slice a, slice b)
{
	struct digest digest;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	if (ctx == NULL || EVP_DigestInit_ex(ctx, sha256_method(), NULL) != 1 || EVP_DigestUpdate(ctx, a.at, a.len) != 1 ||
	    EVP_DigestUpdate(ctx, b.at, b.len) != 1 || EVP_DigestFinal_ex(ctx, digest.byte, NULL) != 1)
		die("OpenSSL failed to compute a SHA-256");
	EVP_MD_CTX_free(ctx);
	return digest;
}

bool
digest_same(const struct digest *a, const struct digest *b)
{
	return code_same(a->byte, b->byte, sizeof a->byte);
}

struct digest_text
digest_text(const struct digest *digest)
{
	struct digest_text text;
	code_hex_text(digest->byte, sizeof digest->byte, text.at);
	return text;
}

bool
digest_parse(slice hex, struct digest *ret)
{
	return code_unhex(hex, ret->byte, sizeof ret->byte);
}

struct code_hash {
	EVP_MD_CTX *ctx;
};

err
code_hash_open(struct job *job, struct code_hash **ret)
{
	struct code_hash *hash;
	TRY(NEW(job, 1, &hash));
	hash->ctx = EVP_MD_CTX_new();
	if (hash->ctx == NULL || EVP_DigestInit_ex(hash->ctx, sha256_method(), NULL) != 1)
		die("OpenSSL failed to begin a SHA-256");
	*ret = hash;
	return OK;
}

void
code_hash_add(struct code_hash *hash, const void *at, size_t len)
{
	if (EVP_DigestUpdate(hash->ctx, at, len) != 1)
		die("OpenSSL failed to continue a SHA-256");
}

struct digest
code_hash_end(struct code_hash *hash)
{
	struct digest digest;
	if (EVP_DigestFinal_ex(hash->ctx, digest.byte, NULL) != 1)
		die("OpenSSL failed to end a SHA-256");
	code_hash_close(hash);
	return digest;
}

void
code_hash_close(struct code_hash *hash)
{
	if (hash == NULL)
		return;
	EVP_MD_CTX_free(hash->ctx);
	hash->ctx = NULL;
}

void
code_random(void *at, size_t len)
{
	uint8_t *byte = at;
	while (len > 0) {
		ssize_t got = getrandom(byte, len, 0);
		if (got < 0 && errno != EINTR)
			die("the system has no source of random bytes");
		if (got > 0) {
			byte += got;
			len -= (size_t)got;
		}
	}
}

err
code_random_id(struct job *job, size_t bytes, slice *ret)
{
	uint8_t random[64];
	void *at;
	if (bytes > sizeof random)
		return err_set(job, ERR_BUG, "random id: at most %zu bytes, found %zu", sizeof random, bytes);
	TRY(job_take(job, 1, 2 * bytes + 1, &at));
	code_random(random, bytes);
	code_hex_text(random, bytes, at);
	*ret = slice_bytes(at, 2 * bytes);
	return OK;
}

bool
code_same(const void *a, const void *b, size_t len)
{
	return len == 0 || sodium_memcmp(a, b, len) == 0;
}

void
code_wipe(void *at, size_t len)
{
	sodium_memzero(at, len);
}
