/* Leaves: hashedrekord 0.0.2 in canonical JSON, strict about DER. */
#include "kit.h"

#include "ledger/ledger_key.h"
#include "ledger/ledger_leaf.h"

static struct ledger_leaf
sample(struct job *job, struct ledger_key *key)
{
	const char *dir = kit_mkdir(), *path;
	struct ledger_leaf leaf = {.pae = code_sha256(S("abc"))};
	ASSERT_OK(fs_join(job, dir, "server.key", &path));
	ASSERT_OK(ledger_key_make(job, path));
	ASSERT_OK(ledger_key_read(job, path, key));
	ASSERT_OK(ledger_key_sign(job, key, S("abc"), &leaf.signature));
	leaf.spki = slice_bytes(key->spki, key->spki_len);
	kit_rmdir(dir);
	return leaf;
}

static void
test_ledger_leaf__is_rekors_form(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct ledger_key key;
	struct ledger_leaf leaf = sample(job, &key), again;
	struct buf buf = buf_open(job, "test", 4096);
	slice text, wanted;
	ASSERT_OK(ledger_leaf_write(job, &leaf, &text));
	buf_text(&buf,
	    "{\"apiVersion\":\"0.0.2\",\"kind\":\"hashedrekord\",\"spec\":{\"hashedRekordV002\":{\"data\":{\"algorithm\":\"SHA2_256\","
	    "\"digest\":\"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\"},\"signature\":{\"content\":\"");
	code_base64(&buf, leaf.signature.at, leaf.signature.len);
	buf_text(&buf, "\",\"verifier\":{\"keyDetails\":\"PKIX_ECDSA_P256_SHA_256\",\"publicKey\":{\"rawBytes\":\"");
	code_base64(&buf, leaf.spki.at, leaf.spki.len);
	buf_text(&buf, "\"}}}}}}");
	ASSERT_OK(buf_end(&buf, &wanted));
	assert_true(slice_same(text, wanted));
	assert_in_range(text.len, 480, 500);
	ASSERT_OK(ledger_leaf_read(job, text, &again));
	assert_memory_equal(&again.pae, &leaf.pae, 32);
	assert_true(slice_same(again.signature, leaf.signature));
	assert_true(slice_same(again.spki, leaf.spki));
	ledger_key_close(&key);
}

static void
test_ledger_leaf__one_flipped_bit_is_refused_or_another_canonical_leaf(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct ledger_key key;
	struct ledger_leaf leaf = sample(job, &key), again;
	slice text, twice;
	ASSERT_OK(ledger_leaf_write(job, &leaf, &text));
	char *copy = malloc(text.len);
	for (size_t i = 0; i < text.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct arena_mark mark = arena_mark(job->arena);
			memcpy(copy, text.at, text.len);
			copy[i] ^= (char)(1 << bit);
			if (ledger_leaf_read(job, (slice){copy, text.len}, &again).code == ERR_NONE) {
				ASSERT_OK(ledger_leaf_write(job, &again, &twice));
				assert_true(slice_same(twice, (slice){copy, text.len}));
			}
			arena_rewind(job->arena, mark);
		}
	for (size_t cut = 0; cut < text.len; cut++)
		ASSERT_ERR(ledger_leaf_read(job, (slice){text.at, cut}, &again), ERR_INPUT, "leaf: ");
	free(copy);
	ledger_key_close(&key);
}

static void
test_ledger_leaf__refuses_signatures_that_are_not_der(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct ledger_key key;
	struct ledger_leaf leaf = sample(job, &key);
	slice text;
	/* empty, wrong tag, wrong length, negative, long form, trailing byte, zero length, too many bytes */
	static const char *const bad[] = {"", "31060201010201 01", "3007020101020101", "3006020181020101", "300702020001020101",
	    "30070201010201 0100", "30050200020101", "308106020101020101"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		uint8_t bytes[32];
		char hex[64];
		size_t len = 0;
		for (const char *at = bad[i]; *at != '\0'; at++)
			if (*at != ' ')
				hex[len++] = *at;
		assert_true(code_unhex((slice){hex, len}, bytes, len / 2));
		leaf.signature = slice_bytes(bytes, len / 2);
		ASSERT_ERR(ledger_leaf_write(job, &leaf, &text), ERR_INPUT, "RFC 3279");
	}
	leaf.signature = S("\x30\x06\x02\x01\x01\x02\x01\x01");
	ASSERT_OK(ledger_leaf_write(job, &leaf, &text));
	leaf.spki = slice_part(leaf.spki, 0, 90);
	ASSERT_ERR(ledger_leaf_write(job, &leaf, &text), ERR_INPUT, "RFC 5480");
	ledger_key_close(&key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_leaf__is_rekors_form),
	    cmocka_unit_test(test_ledger_leaf__one_flipped_bit_is_refused_or_another_canonical_leaf),
	    cmocka_unit_test(test_ledger_leaf__refuses_signatures_that_are_not_der),
	};
	return KIT_TESTS(tests);
}
