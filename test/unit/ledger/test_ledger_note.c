/* Signed notes and checkpoints: a key and note that other implementations share, and everything that is not a checkpoint of ours. */
#include "kit.h"

#include <sodium.h>

#include "ledger/ledger_note.h"

/* The key pair and signature that the signed-note specification and Go's library have been tested with. */
#define SHARED_KEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define SHARED_SEED "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
#define SHARED_TEXT "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
#define SHARED_LINE                                                                                                                        \
	"\xE2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

#define ORIGIN "assay.invalid/log/0011223344556677"

struct log {
	uint8_t secret[64];
	struct ledger_note_key key;
};

static struct log
log_of(struct job *job, slice name, uint8_t seed_byte)
{
	struct log log;
	uint8_t seed[32], public[32];
	memset(seed, seed_byte, sizeof seed);
	assert_int_equal(crypto_sign_seed_keypair(public, log.secret, seed), 0);
	ASSERT_OK(ledger_note_key_of(job, name, public, &log.key));
	return log;
}

static slice
signed_by(struct job *job, const struct log *log, slice body)
{
	uint8_t signature[64];
	slice note;
	assert_int_equal(crypto_sign_detached(signature, NULL, (const uint8_t *)body.at, body.len, log->secret), 0);
	ASSERT_OK(ledger_checkpoint_join(job, body, &log->key, signature, &note));
	return note;
}

static void
test_ledger_note__shared_vector(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct ledger_note_key key;
	struct ledger_checkpoint checkpoint;
	slice text, seed;
	uint8_t public[32], secret[64], signature[64];
	ASSERT_OK(ledger_note_key_read(job, S(SHARED_KEY), &key));
	ASSERT_SLICE(key.name, "PeterNeumann");
	ASSERT_OK(ledger_note_key_write(job, &key, &text));
	ASSERT_SLICE(text, SHARED_KEY);
	ASSERT_OK(code_unbase64(job, S(SHARED_SEED), &seed));
	assert_int_equal(crypto_sign_seed_keypair(public, secret, (const uint8_t *)seed.at + 1), 0);
	assert_memory_equal(public, key.key, 32);
	assert_int_equal(crypto_sign_detached(signature, NULL, (const uint8_t *)SHARED_TEXT, sizeof SHARED_TEXT - 1, secret), 0);
	ASSERT_OK(ledger_checkpoint_join(job, S(SHARED_TEXT), &key, signature, &text));
	ASSERT_SLICE(text, SHARED_TEXT "\n" SHARED_LINE);
	/* The signature is good; only then is the text looked at, and it is no checkpoint. */
	ASSERT_ERR(ledger_checkpoint_read(job, text, &key, &checkpoint, NULL), ERR_INPUT, "three lines");
}

static void
test_ledger_note__key_text_is_strict(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct ledger_note_key key;
	size_t len = sizeof SHARED_KEY - 1;
	char text[128];
	for (size_t from = 0; from <= len; from++)
		for (size_t to = from; to <= len; to++)
			if (from > 0 || to < len)
				assert_int_not_equal(ledger_note_key_read(job, (slice){&SHARED_KEY[from], to - from}, &key).code, ERR_NONE);
	for (size_t i = 0; i < len; i++) {
		memcpy(text, SHARED_KEY, len);
		text[i]++;
		assert_int_not_equal(ledger_note_key_read(job, (slice){text, len}, &key).code, ERR_NONE);
	}
	ASSERT_ERR(ledger_note_key_read(job, S("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"), &key), ERR_INPUT,
	    "8 hex digits");
	ASSERT_ERR(
	    ledger_note_key_read(job, S("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"), &key), ERR_INPUT, "Ed25519");
	uint8_t public[32] = {0};
	ASSERT_ERR(ledger_note_key_of(job, S("a b"), public, &key), ERR_INPUT, "no blanks");
	ASSERT_ERR(ledger_note_key_of(job, S("a+b"), public, &key), ERR_INPUT, "no plus");
	ASSERT_ERR(ledger_note_key_of(job, S("a\xC2\xA0"), public, &key), ERR_INPUT, "no blanks");
	ASSERT_ERR(ledger_note_key_of(job, S(""), public, &key), ERR_INPUT, "not empty");
	ASSERT_OK(ledger_note_key_of(job, S("\xC3\xA9.example/x"), public, &key));
}

static void
test_ledger_checkpoint__comes_back(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct log log = log_of(job, S(ORIGIN), 1), witness = log_of(job, S("witness.example"), 2);
	struct digest root = code_sha256(S("abc"));
	struct ledger_checkpoint checkpoint;
	unsigned others = 99;
	slice body, note, both;
	ASSERT_OK(ledger_checkpoint_body(job, S(ORIGIN), 70000, &root, &body));
	ASSERT_SLICE(body, ORIGIN "\n70000\nungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\n");
	note = signed_by(job, &log, body);
	ASSERT_OK(ledger_checkpoint_read(job, note, &log.key, &checkpoint, &others));
	assert_int_equal(others, 0);
	assert_int_equal(checkpoint.size, 70000);
	assert_memory_equal(&checkpoint.root, &root, 32);
	assert_true(slice_same(checkpoint.body, body));
	assert_true(slice_same(checkpoint.text, note));
	slice line = slice_from(signed_by(job, &witness, body), body.len + 1);
	ASSERT_OK(job_format(job, &both, "%.*s%.*s", SLICE(note), SLICE(line)));
	ASSERT_OK(ledger_checkpoint_read(job, both, &log.key, &checkpoint, &others));
	assert_int_equal(others, 1);
	/* The same note is nothing to somebody who holds another key of that name. */
	struct log other = log_of(job, S(ORIGIN), 3);
	ASSERT_ERR(ledger_checkpoint_read(job, note, &other.key, &checkpoint, NULL), ERR_INPUT, "expected one signature");
}

static slice
note_with(struct job *job, const struct log *log, const char *body)
{
	return signed_by(job, log, slice_of(body));
}

#define ROOT "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="

static void
test_ledger_checkpoint__refuses_bodies_that_are_signed_but_wrong(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct log log = log_of(job, S(ORIGIN), 1);
	struct ledger_checkpoint checkpoint;
	static const struct {
		const char *body, *words;
	} bad[] = {{ORIGIN "\n7\n", "three lines"}, {ORIGIN "\n7\n" ROOT "\nextension\n", "three lines"},
	    {ORIGIN "\n07\n" ROOT "\n", "leading zeros"}, {ORIGIN "\n-7\n" ROOT "\n", "decimal"}, {ORIGIN "\n\n" ROOT "\n", "decimal"},
	    {ORIGIN "\n18446744073709551616\n" ROOT "\n", "decimal"}, {"other.example/log\n7\n" ROOT "\n", "origin"},
	    {ORIGIN "\n7\nungWv48B\n", "32 bytes"}, {ORIGIN "\n7\n" ROOT " \n", "base64"},
	    {ORIGIN "\n7\nungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1=\n", "base64"}};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ASSERT_ERR(
		    ledger_checkpoint_read(job, note_with(job, &log, bad[i].body), &log.key, &checkpoint, NULL), ERR_INPUT, bad[i].words);
	ASSERT_OK(ledger_checkpoint_read(job, note_with(job, &log, ORIGIN "\n0\n" ROOT "\n"), &log.key, &checkpoint, NULL));
}

static void
test_ledger_checkpoint__refuses_every_flipped_bit_and_cut(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct log log = log_of(job, S(ORIGIN), 1);
	struct ledger_checkpoint checkpoint;
	slice note = note_with(job, &log, ORIGIN "\n7\n" ROOT "\n");
	char *copy = malloc(note.len + 1);
	for (size_t i = 0; i < note.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct arena_mark mark = arena_mark(job->arena);
			memcpy(copy, note.at, note.len);
			copy[i] ^= (char)(1 << bit);
			assert_int_equal(ledger_checkpoint_read(job, (slice){copy, note.len}, &log.key, &checkpoint, NULL).code, ERR_INPUT);
			arena_rewind(job->arena, mark);
		}
	for (size_t cut = 0; cut < note.len; cut++)
		assert_int_equal(ledger_checkpoint_read(job, (slice){note.at, cut}, &log.key, &checkpoint, NULL).code, ERR_INPUT);
	memcpy(copy, note.at, note.len);
	copy[note.len] = '\n';
	ASSERT_ERR(ledger_checkpoint_read(job, (slice){copy, note.len + 1}, &log.key, &checkpoint, NULL), ERR_INPUT, "checkpoint");
	free(copy);
}

static void
test_ledger_checkpoint__takes_sixteen_signatures_and_no_second_of_ours(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct log log = log_of(job, S(ORIGIN), 1);
	struct ledger_checkpoint checkpoint;
	slice body = S(ORIGIN "\n7\n" ROOT "\n"), note = signed_by(job, &log, body), line = slice_from(note, body.len + 1), all;
	struct buf buf = buf_open(job, "test", MIB);
	unsigned others;
	ASSERT_OK(job_format(job, &all, "%.*s%.*s", SLICE(note), SLICE(line)));
	ASSERT_ERR(ledger_checkpoint_read(job, all, &log.key, &checkpoint, NULL), ERR_INPUT, "found 2");
	buf_add(&buf, note);
	for (uint8_t i = 0; i < 15; i++) {
		struct log witness = log_of(job, S("witness.example"), (uint8_t)(i + 10));
		buf_add(&buf, slice_from(signed_by(job, &witness, body), body.len + 1));
	}
	ASSERT_OK(buf_end(&buf, &all));
	ASSERT_OK(ledger_checkpoint_read(job, all, &log.key, &checkpoint, &others));
	assert_int_equal(others, 15);
	struct log witness = log_of(job, S("witness.example"), 99);
	buf_add(&buf, slice_from(signed_by(job, &witness, body), body.len + 1));
	ASSERT_OK(buf_end(&buf, &all));
	ASSERT_ERR(ledger_checkpoint_read(job, all, &log.key, &checkpoint, &others), ERR_INPUT, "at most 16");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_note__shared_vector),
	    cmocka_unit_test(test_ledger_note__key_text_is_strict),
	    cmocka_unit_test(test_ledger_checkpoint__comes_back),
	    cmocka_unit_test(test_ledger_checkpoint__refuses_bodies_that_are_signed_but_wrong),
	    cmocka_unit_test(test_ledger_checkpoint__refuses_every_flipped_bit_and_cut),
	    cmocka_unit_test(test_ledger_checkpoint__takes_sixteen_signatures_and_no_second_of_ours),
	};
	return KIT_TESTS(tests);
}
