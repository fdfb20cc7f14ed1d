/*
 * Content sealed under a key of its own, which is wrapped by the root key; named by the SHA-256 of 32 secret bytes and the content.
 * Deliberately does not: keep keys or contents anywhere; the store does.
 */
#include "ledger/ledger_content.h"

#include <string.h>

#include <sodium.h>

#include "base/pack.h"

/* Stored bytes: secretstream header (24), then one final message: zstd of (32 secret bytes ‖ content), and its tag (17). */
#define SALT_BYTES 32
#define SEAL_BYTES (crypto_secretstream_xchacha20poly1305_HEADERBYTES + crypto_secretstream_xchacha20poly1305_ABYTES)
/* Wrapped key: nonce (24), then the encrypted key (32) and its tag (16); the digest is authenticated with it, so keys cannot be swapped. */
#define KEY_BYTES crypto_secretstream_xchacha20poly1305_KEYBYTES
#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define WRAPPED_BYTES (NONCE_BYTES + KEY_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES)

#define PACK_LEVEL 3

struct secret_key {
	uint8_t byte[KEY_BYTES];
};

static void
secret_key_wipe(struct secret_key *key)
{
	code_wipe(key->byte, sizeof key->byte);
}

static err
wrap(struct job *job, const uint8_t root_key[static 32], const struct secret_key *key, const struct digest *digest, slice *ret)
{
	uint8_t *at;
	TRY(NEW(job, WRAPPED_BYTES, &at));
	code_random(at, NONCE_BYTES);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(
	    at + NONCE_BYTES, NULL, key->byte, sizeof key->byte, digest->byte, sizeof digest->byte, NULL, at, root_key);
	*ret = slice_bytes(at, WRAPPED_BYTES);
	return OK;
}

static err
unwrap(struct job *job, const uint8_t root_key[static 32], slice wrapped, const struct digest *digest, struct secret_key *ret)
{
	const uint8_t *at = (const uint8_t *)wrapped.at;
	if (wrapped.len != WRAPPED_BYTES)
		return err_set(job, ERR_STORE, "content %s: its wrapped key must be %zu bytes, found %zu", digest_text(digest).at,
		    (size_t)WRAPPED_BYTES, wrapped.len);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(
		ret->byte, NULL, NULL, at + NONCE_BYTES, wrapped.len - NONCE_BYTES, digest->byte, sizeof digest->byte, at, root_key) != 0)
		return err_set(job, ERR_STORE, "content %s: its key does not open under this root key: another root key, or a changed row",
		    digest_text(digest).at);
	return OK;
}

static err
seal(struct job *job, const struct secret_key *key, slice packed, slice *ret)
{
	uint8_t *at;
	crypto_secretstream_xchacha20poly1305_state state;
	TRY(NEW(job, packed.len + SEAL_BYTES, &at));
	(void)crypto_secretstream_xchacha20poly1305_init_push(&state, at, key->byte);
	(void)crypto_secretstream_xchacha20poly1305_push(&state, at + crypto_secretstream_xchacha20poly1305_HEADERBYTES, NULL,
	    (const uint8_t *)packed.at, packed.len, NULL, 0, crypto_secretstream_xchacha20poly1305_TAG_FINAL);
	code_wipe(&state, sizeof state);
	*ret = slice_bytes(at, packed.len + SEAL_BYTES);
	return OK;
}

static err
unseal(struct job *job, const struct secret_key *key, const struct store_content *sealed, slice *ret)
{
	uint8_t *at;
	unsigned char tag = 0;
	crypto_secretstream_xchacha20poly1305_state state;
	const uint8_t *from = (const uint8_t *)sealed->sealed.at;
	if (sealed->sealed.len < SEAL_BYTES)
		return err_set(job, ERR_STORE, "content %s: at least %zu sealed bytes are needed, found %zu",
		    digest_text(&sealed->digest).at, (size_t)SEAL_BYTES, sealed->sealed.len);
	size_t len = sealed->sealed.len - SEAL_BYTES;
	TRY(NEW(job, len + 1, &at));
	int got = crypto_secretstream_xchacha20poly1305_init_pull(&state, from, key->byte);
	if (got == 0)
		got = crypto_secretstream_xchacha20poly1305_pull(&state, at, NULL, &tag,
		    from + crypto_secretstream_xchacha20poly1305_HEADERBYTES,
		    sealed->sealed.len - crypto_secretstream_xchacha20poly1305_HEADERBYTES, NULL, 0);
	code_wipe(&state, sizeof state);
	if (got != 0 || tag != crypto_secretstream_xchacha20poly1305_TAG_FINAL)
		return err_set(job, ERR_STORE, "content %s: its sealed bytes are damaged or not the ones its key sealed",
		    digest_text(&sealed->digest).at);
	*ret = slice_bytes(at, len);
	return OK;
}

err
ledger_content_seal(struct job *job, const uint8_t root_key[static 32], slice content, struct store_content *ret)
{
	if (content.len > LEDGER_MAX_CONTENT)
		return err_set(job, ERR_LIMIT, "content: at most %zu bytes, found %zu", LEDGER_MAX_CONTENT, content.len);
	uint8_t *salted;
	TRY(NEW(job, SALT_BYTES + content.len, &salted));
	code_random(salted, SALT_BYTES);
	if (content.len > 0)
		memcpy(salted + SALT_BYTES, content.at, content.len);
	return ledger_content_seal_salted(job, root_key, slice_bytes(salted, SALT_BYTES + content.len), ret);
}

err
ledger_content_seal_salted(struct job *job, const uint8_t root_key[static 32], slice salted, struct store_content *ret)
{
	if (salted.len < SALT_BYTES || salted.len - SALT_BYTES > LEDGER_MAX_CONTENT)
		return err_set(
		    job, ERR_LIMIT, "content: %d secret bytes and at most %zu more, found %zu", SALT_BYTES, LEDGER_MAX_CONTENT, salted.len);
	struct store_content made;
	slice packed;
	made.digest = code_sha256(salted);
	TRY(pack_zstd(job, salted, PACK_LEVEL, &packed));
	DEFER(secret_key_wipe) struct secret_key key;
	code_random(key.byte, sizeof key.byte);
	TRY(seal(job, &key, packed, &made.sealed));
	TRY(wrap(job, root_key, &key, &made.digest, &made.wrapped_key));
	*ret = made;
	return OK;
}

err
ledger_content_open(struct job *job, const uint8_t root_key[static 32], const struct store_content *sealed, slice *ret, slice *ret_salted)
{
	DEFER(secret_key_wipe) struct secret_key key;
	slice packed, whole;
	code_wipe(key.byte, sizeof key.byte);
	TRY(unwrap(job, root_key, sealed->wrapped_key, &sealed->digest, &key));
	TRY(unseal(job, &key, sealed, &packed));
	err got = pack_unpack(job, "content", packed, SALT_BYTES + LEDGER_MAX_CONTENT, &whole);
	if (got.code == ERR_INPUT || got.code == ERR_LIMIT) {
		(void)err_prefix(job, got, "content %s: does not unpack", digest_text(&sealed->digest).at);
		return got.code == ERR_INPUT ? (err){ERR_STORE} : got;
	}
	TRY(got);
	struct digest found = code_sha256(whole);
	if (!digest_same(&found, &sealed->digest) || whole.len < SALT_BYTES)
		return err_set(job, ERR_STORE, "content %s: SHA-256 of its secret bytes and content is %s", digest_text(&sealed->digest).at,
		    digest_text(&found).at);
	*ret = slice_from(whole, SALT_BYTES);
	if (ret_salted != NULL)
		*ret_salted = whole;
	return OK;
}

err
ledger_content_rewrap(struct job *job, const uint8_t old_key[static 32], const uint8_t new_key[static 32], const struct digest *digest,
    slice wrapped, slice *ret)
{
	DEFER(secret_key_wipe) struct secret_key key;
	code_wipe(key.byte, sizeof key.byte);
	TRY(unwrap(job, old_key, wrapped, digest, &key));
	return wrap(job, new_key, &key, digest, ret);
}
