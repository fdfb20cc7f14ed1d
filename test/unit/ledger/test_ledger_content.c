/*
 * Sealed contents: what comes back, what is refused, and that a digest is what an auditor computes.
 */
#include "kit.h"

#include <sodium.h>

#include "ledger/ledger_content.h"

static const uint8_t root_key[32] = {7, 7, 7};
static const uint8_t other_key[32] = {8, 8, 8};

static struct store_content
sealed_of(slice content)
{
	struct store_content sealed;
	ASSERT_OK(ledger_content_seal(kit_job(), root_key, content, &sealed));
	return sealed;
}

static slice
flipped(slice bytes, size_t at)
{
	slice copy;
	ASSERT_OK(job_copy(kit_job(), bytes, &copy));
	((char *)(uintptr_t)copy.at)[at] ^= 1;
	return copy;
}

static void
test_ledger_content_open__gives_back_what_was_sealed(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const slice contents[] = {S(""), S("x"), S("{\"columns\":[\"name\"]}\n[\"root\"]\n")};
	for (size_t i = 0; i < 3; i++) {
		slice found, salted;
		struct store_content sealed = sealed_of(contents[i]);
		ASSERT_OK(ledger_content_open(job, root_key, &sealed, &found, &salted));
		assert_true(slice_same(found, contents[i]));
		ASSERT_OK(ledger_content_open(job, root_key, &sealed, &found, NULL));
		assert_true(slice_same(found, contents[i]));
		/* cat salt content | sha256sum */
		struct digest digest = code_sha256(salted);
		assert_true(digest_same(&digest, &sealed.digest));
		assert_int_equal(salted.len, 32 + contents[i].len);
	}
}

static void
test_ledger_content_seal__a_megabyte_is_packed(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	char *text;
	slice found;
	ASSERT_OK(NEW(job, MIB, &text));
	memset(text, 'a', MIB);
	struct store_content sealed = sealed_of(slice_bytes(text, MIB));
	assert_true(sealed.sealed.len < 1000);
	ASSERT_OK(ledger_content_open(job, root_key, &sealed, &found, NULL));
	assert_true(slice_same(found, slice_bytes(text, MIB)));
}

static void
test_ledger_content_seal__the_same_content_twice_shares_nothing(void **state)
{
	(void)state;
	kit_fresh();
	struct store_content a = sealed_of(S("the same")), b = sealed_of(S("the same"));
	assert_false(digest_same(&a.digest, &b.digest));
	assert_false(slice_same(a.sealed, b.sealed));
	assert_false(slice_same(a.wrapped_key, b.wrapped_key));
	assert_false(slice_has(a.sealed, S("the same")));
}

static void
test_ledger_content_seal__refuses_more_than_its_limit(void **state)
{
	(void)state;
	struct store_content sealed;
	/* The length alone decides: the bytes are not looked at. */
	ASSERT_ERR(
	    ledger_content_seal(kit_fresh(), root_key, (slice){"", LEDGER_MAX_CONTENT + 1}, &sealed), ERR_LIMIT, "at most 134217728 bytes");
}

static void
test_ledger_content_seal_salted__keeps_the_digest(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice found, salted;
	struct store_content again, first = sealed_of(S("from elsewhere"));
	ASSERT_OK(ledger_content_open(job, root_key, &first, &found, &salted));
	ASSERT_OK(ledger_content_seal_salted(job, other_key, salted, &again));
	assert_true(digest_same(&first.digest, &again.digest));
	ASSERT_OK(ledger_content_open(job, other_key, &again, &found, NULL));
	ASSERT_SLICE(found, "from elsewhere");
	ASSERT_ERR(ledger_content_seal_salted(job, root_key, slice_part(salted, 0, 31), &again), ERR_LIMIT, "32 secret bytes");
}

static void
test_ledger_content_open__refuses_another_root_key(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice found;
	struct store_content sealed = sealed_of(S("secret"));
	ASSERT_ERR(ledger_content_open(job, other_key, &sealed, &found, NULL), ERR_STORE, "does not open under this root key");
}

static void
test_ledger_content_open__refuses_every_changed_byte(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice found;
	struct store_content good = sealed_of(S("a small content"));
	for (size_t i = 0; i < good.sealed.len; i++) {
		struct store_content bad = good;
		bad.sealed = flipped(good.sealed, i);
		ASSERT_ERR(ledger_content_open(job, root_key, &bad, &found, NULL), ERR_STORE, "sealed bytes are damaged");
	}
	for (size_t i = 0; i < good.wrapped_key.len; i++) {
		struct store_content bad = good;
		bad.wrapped_key = flipped(good.wrapped_key, i);
		ASSERT_ERR(ledger_content_open(job, root_key, &bad, &found, NULL), ERR_STORE, "does not open under this root key");
	}
	for (size_t i = 0; i < sizeof good.digest.byte; i++) {
		struct store_content bad = good;
		bad.digest.byte[i] ^= 1;
		ASSERT_ERR(ledger_content_open(job, root_key, &bad, &found, NULL), ERR_STORE, "does not open under this root key");
	}
	ASSERT_OK(ledger_content_open(job, root_key, &good, &found, NULL));
}

static void
test_ledger_content_open__refuses_what_is_cut_or_swapped(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice found;
	struct store_content good = sealed_of(S("one")), other = sealed_of(S("two")), bad = good;
	for (size_t i = 0; i < good.sealed.len; i++) {
		bad.sealed = slice_part(good.sealed, 0, i);
		ASSERT_ERR(ledger_content_open(job, root_key, &bad, &found, NULL), ERR_STORE, "sealed bytes");
	}
	bad = good;
	bad.wrapped_key = slice_part(good.wrapped_key, 0, 71);
	ASSERT_ERR(ledger_content_open(job, root_key, &bad, &found, NULL), ERR_STORE, "must be 72 bytes, found 71");
	bad = good;
	bad.wrapped_key = other.wrapped_key;
	ASSERT_ERR(ledger_content_open(job, root_key, &bad, &found, NULL), ERR_STORE, "does not open under this root key");
	bad = good;
	bad.sealed = other.sealed;
	ASSERT_ERR(ledger_content_open(job, root_key, &bad, &found, NULL), ERR_STORE, "sealed bytes are damaged");
}

/* Who holds the root key can wrap the key of one content for the digest of another: the digest is compared all the same. */
static void
test_ledger_content_open__compares_the_digest(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice found;
	uint8_t plain[32], *wrapped;
	struct store_content good = sealed_of(S("one")), forged = sealed_of(S("two"));
	const uint8_t *at = (const uint8_t *)forged.wrapped_key.at;
	assert_int_equal(
	    crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, at + 24, 48, forged.digest.byte, 32, at, root_key), 0);
	ASSERT_OK(NEW(job, 72, &wrapped));
	crypto_aead_xchacha20poly1305_ietf_encrypt(wrapped + 24, NULL, plain, 32, good.digest.byte, 32, NULL, wrapped, root_key);
	forged.digest = good.digest;
	forged.wrapped_key = slice_bytes(wrapped, 72);
	ASSERT_ERR(ledger_content_open(job, root_key, &forged, &found, NULL), ERR_STORE, "SHA-256 of its secret bytes and content is");
}

static void
test_ledger_content_rewrap__moves_to_the_new_root(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice found, wrapped;
	struct store_content sealed = sealed_of(S("kept"));
	ASSERT_ERR(
	    ledger_content_rewrap(job, other_key, root_key, &sealed.digest, sealed.wrapped_key, &wrapped), ERR_STORE, "does not open");
	ASSERT_OK(ledger_content_rewrap(job, root_key, other_key, &sealed.digest, sealed.wrapped_key, &wrapped));
	assert_int_equal(wrapped.len, sealed.wrapped_key.len);
	sealed.wrapped_key = wrapped;
	ASSERT_OK(ledger_content_open(job, other_key, &sealed, &found, NULL));
	ASSERT_SLICE(found, "kept");
	ASSERT_ERR(ledger_content_open(job, root_key, &sealed, &found, NULL), ERR_STORE, "does not open under this root key");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_content_open__gives_back_what_was_sealed),
	    cmocka_unit_test(test_ledger_content_seal__a_megabyte_is_packed),
	    cmocka_unit_test(test_ledger_content_seal__the_same_content_twice_shares_nothing),
	    cmocka_unit_test(test_ledger_content_seal__refuses_more_than_its_limit),
	    cmocka_unit_test(test_ledger_content_seal_salted__keeps_the_digest),
	    cmocka_unit_test(test_ledger_content_open__refuses_another_root_key),
	    cmocka_unit_test(test_ledger_content_open__refuses_every_changed_byte),
	    cmocka_unit_test(test_ledger_content_open__refuses_what_is_cut_or_swapped),
	    cmocka_unit_test(test_ledger_content_open__compares_the_digest),
	    cmocka_unit_test(test_ledger_content_rewrap__moves_to_the_new_root),
	};
	return KIT_TESTS(tests);
}
