/* Proofs of one entry: a tlog-proof's text, and a Sigstore bundle that is read only as it is written. */
#include "kit.h"

#include <sodium.h>

#include "ledger/ledger_dsse.h"
#include "ledger/ledger_leaf.h"
#include "ledger/ledger_proof.h"

#define ORIGIN "assay.invalid/log/0011223344556677"

static void
test_ledger_proof__comes_back(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct ledger_proof proof = {.index = 5, .path = {.len = 2}, .checkpoint = S("the note\n\nand its lines\n")}, again;
	slice text;
	proof.path.at[0] = code_sha256(S("a"));
	proof.path.at[1] = code_sha256(S("abc"));
	ASSERT_OK(ledger_proof_write(job, &proof, &text));
	ASSERT_SLICE(text, "c2sp.org/tlog-proof@v1\nindex 5\nypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=\n"
			   "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\n\nthe note\n\nand its lines\n");
	ASSERT_OK(ledger_proof_read(job, text, &again));
	assert_int_equal(again.index, 5);
	assert_int_equal(again.path.len, 2);
	assert_memory_equal(again.path.at, proof.path.at, 64);
	ASSERT_SLICE(again.checkpoint, "the note\n\nand its lines\n");
	proof.path.len = 0;
	proof.index = 0;
	ASSERT_OK(ledger_proof_write(job, &proof, &text));
	ASSERT_SLICE(text, "c2sp.org/tlog-proof@v1\nindex 0\n\nthe note\n\nand its lines\n");
	ASSERT_OK(ledger_proof_read(job, text, &again));
}

static void
test_ledger_proof__refuses_other_texts(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct ledger_proof proof;
#define FIRST "c2sp.org/tlog-proof@v1\n"
	static const struct {
		const char *text, *words;
	} bad[] = {{"", "first line"}, {"c2sp.org/tlog-proof@v2\nindex 0\n\nx\n", "first line"}, {FIRST, "index"},
	    {FIRST "extra AAAA\nindex 0\n\nx\n", "extra"}, {FIRST "index 07\n\nx\n", "leading zeros"},
	    {FIRST "index -1\n\nx\n", "leading zeros"}, {FIRST "index \n\nx\n", "leading zeros"},
	    {FIRST "index 1 \n\nx\n", "leading zeros"}, {FIRST "index 0\n", "empty line"}, {FIRST "index 0\n\n", "after the empty line"},
	    {FIRST "index 0\nAAAA\n\nx\n", "32 bytes"}, {FIRST "index 0\n!!!!\n\nx\n", "base64"},
	    {FIRST "index 0\nungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\n", "empty line"}};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ASSERT_ERR(ledger_proof_read(job, slice_of(bad[i].text), &proof), ERR_INPUT, bad[i].words);
	struct buf buf = buf_open(job, "test", MIB);
	slice text;
	buf_text(&buf, FIRST "index 0\n");
	for (unsigned i = 0; i <= LEDGER_TREE_MAX; i++)
		buf_text(&buf, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\n");
	buf_text(&buf, "\nx\n");
	ASSERT_OK(buf_end(&buf, &text));
	ASSERT_ERR(ledger_proof_read(job, text, &proof), ERR_LIMIT, "at most 64");
}

/* A log of one entry. */
struct small {
	struct ledger_note_key log;
	struct ledger_sigstore bundle;
	slice text;
};

static struct small
small_log(struct job *job)
{
	struct small small = {0};
	uint8_t seed[32] = {7}, public[32], secret[64], signature[64];
	const char *dir = kit_mkdir(), *path;
	struct ledger_key key;
	struct ledger_dsse dsse = {.payload = S("{\"_type\":\"https://in-toto.io/Statement/v1\"}")};
	slice pae, body, note;
	ASSERT_OK(fs_join(job, dir, "server.key", &path));
	ASSERT_OK(ledger_key_make(job, path));
	ASSERT_OK(ledger_key_read(job, path, &key));
	struct digest_text id = digest_text(&key.id);
	ASSERT_OK(ledger_dsse_pae(job, dsse.payload, &pae));
	ASSERT_OK(ledger_key_sign(job, &key, pae, &dsse.signature));
	dsse.keyid = slice_of(id.at);
	ASSERT_OK(ledger_dsse_write(job, &dsse, &small.bundle.envelope));
	struct ledger_leaf leaf = {.pae = code_sha256(pae), .signature = dsse.signature, .spki = slice_bytes(key.spki, key.spki_len)};
	ASSERT_OK(ledger_leaf_write(job, &leaf, &small.bundle.leaf));
	struct digest sibling = code_sha256(S("sibling")), hash = ledger_tree_leaf(small.bundle.leaf);
	small.bundle.proof.path = (struct ledger_path){.len = 1, .at = {sibling}};
	small.bundle.proof.index = 0;
	small.bundle.size = 2;
	small.bundle.root = ledger_tree_node(&hash, &sibling);
	assert_int_equal(crypto_sign_seed_keypair(public, secret, seed), 0);
	ASSERT_OK(ledger_note_key_of(job, S(ORIGIN), public, &small.log));
	ASSERT_OK(ledger_checkpoint_body(job, S(ORIGIN), 2, &small.bundle.root, &body));
	assert_int_equal(crypto_sign_detached(signature, NULL, (const uint8_t *)body.at, body.len, secret), 0);
	ASSERT_OK(ledger_checkpoint_join(job, body, &small.log, signature, &note));
	small.bundle.proof.checkpoint = note;
	ASSERT_OK(ledger_sigstore_write(job, &small.log, &small.bundle, &small.text));
	ledger_key_close(&key);
	kit_rmdir(dir);
	return small;
}

static void
test_ledger_sigstore__comes_back_as_it_was_written(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct small small = small_log(job);
	struct ledger_sigstore again;
	ASSERT_OK(ledger_sigstore_read(job, &small.log, small.text, &again));
	assert_true(slice_same(again.envelope, small.bundle.envelope));
	assert_true(slice_same(again.leaf, small.bundle.leaf));
	assert_true(slice_same(again.proof.checkpoint, small.bundle.proof.checkpoint));
	assert_int_equal(again.size, 2);
	assert_int_equal(again.proof.path.len, 1);
	assert_true(slice_has(small.text, S("\"integratedTime\":\"0\"")));
	uint8_t other[32] = {1};
	struct ledger_note_key log;
	ASSERT_OK(ledger_note_key_of(job, S(ORIGIN), other, &log));
	ASSERT_ERR(ledger_sigstore_read(job, &log, small.text, &again), ERR_INPUT, "expected one signature");
}

/* Every single bit: refused by the reader, or left for the tree and the signature to refuse. */
static void
test_ledger_sigstore__every_flipped_bit_is_seen(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct small small = small_log(job);
	char *copy = malloc(small.text.len);
	for (size_t i = 0; i < small.text.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct arena_mark mark = arena_mark(job->arena);
			struct ledger_sigstore again;
			memcpy(copy, small.text.at, small.text.len);
			copy[i] ^= (char)(1 << bit);
			if (ledger_sigstore_read(job, &small.log, (slice){copy, small.text.len}, &again).code == ERR_NONE) {
				struct digest hash = ledger_tree_leaf(again.leaf);
				assert_false(
				    slice_same(again.envelope, small.bundle.envelope) &&
				    ledger_tree_inclusion_holds(again.proof.index, again.size, &hash, &again.proof.path, &again.root));
			}
			arena_rewind(job->arena, mark);
		}
	for (size_t cut = 0; cut < small.text.len; cut++) {
		struct ledger_sigstore again;
		ASSERT_ERR(ledger_sigstore_read(job, &small.log, (slice){small.text.at, cut}, &again), ERR_INPUT, "");
	}
	free(copy);
}

static void
test_ledger_sigstore__trusted_root_names_the_log(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct small small = small_log(job);
	slice text;
	ASSERT_OK(ledger_sigstore_root(job, &small.log, &text));
	assert_true(slice_has(text, S("\"baseUrl\":\"https://" ORIGIN "\"")));
	assert_true(slice_has(text, S("\"keyDetails\":\"PKIX_ED25519\"")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_proof__comes_back),
	    cmocka_unit_test(test_ledger_proof__refuses_other_texts),
	    cmocka_unit_test(test_ledger_sigstore__comes_back_as_it_was_written),
	    cmocka_unit_test(test_ledger_sigstore__every_flipped_bit_is_seen),
	    cmocka_unit_test(test_ledger_sigstore__trusted_root_names_the_log),
	};
	return KIT_TESTS(tests);
}
