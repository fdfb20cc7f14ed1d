/* Key files: made once, refused when others may read them, P-256 only. */
#include "kit.h"

#include <openssl/pem.h>

#include "ledger/ledger_key.h"

static void
test_ledger_key__signs_what_its_public_half_verifies(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir(), *path, *pub;
	struct ledger_key key, half;
	struct stat st;
	slice der, pem;
	ASSERT_OK(fs_join(job, dir, "host.key", &path));
	ASSERT_OK(fs_join(job, dir, "host.pub", &pub));
	ASSERT_OK(ledger_key_make(job, path));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	ASSERT_OK(fs_slurp(job, pub, 4096, &pem));
	assert_true(slice_starts(pem, S("-----BEGIN PUBLIC KEY-----\n")));
	ASSERT_ERR(ledger_key_make(job, path), ERR_CONFLICT, "not replaced");
	ASSERT_OK(ledger_key_read(job, path, &key));
	ASSERT_OK(ledger_key_of_spki(job, slice_bytes(key.spki, key.spki_len), &half));
	assert_memory_equal(&key.id, &half.id, 32);
	assert_int_equal(ledger_key_host_id(job, &key).len, 32);
	slice print = ledger_key_fingerprint(job, &key);
	assert_int_equal(print.len, 7 + 43);
	assert_true(slice_starts(print, S("SHA256:")));
	for (unsigned i = 0; i < 40; i++) {
		ASSERT_OK(ledger_key_sign(job, &key, S("abc"), &der));
		assert_true(ledger_key_verify(&half, S("abc"), der));
		assert_false(ledger_key_verify(&half, S("abd"), der));
	}
	assert_false(ledger_key_verify(&half, S("abc"), S("")));
	assert_false(ledger_key_verify(&half, S("abc"), slice_part(der, 0, der.len - 1)));
	ASSERT_ERR(ledger_key_sign(job, &half, S("abc"), &der), ERR_BUG, "public half");
	ledger_key_close(&key);
	ledger_key_close(&half);
	ledger_key_close(&half);
	kit_rmdir(dir);
}

static void
test_ledger_key__refused_when_others_may_read_it(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir(), *path, *link_path;
	struct ledger_key key;
	uint8_t secret[32];
	ASSERT_OK(fs_join(job, dir, "root.key", &path));
	ASSERT_OK(ledger_key_secret_make(job, path, 32));
	ASSERT_OK(ledger_key_secret_read(job, path, 32, secret));
	ASSERT_ERR(ledger_key_secret_make(job, path, 32), ERR_CONFLICT, "not replaced");
	static const mode_t modes[] = {0640, 0604, 0620, 0601};
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		ASSERT_ERR(ledger_key_secret_read(job, path, 32, secret), ERR_DENIED, "owner alone");
		ASSERT_ERR(ledger_key_read(job, path, &key), ERR_DENIED, "owner alone");
	}
	assert_int_equal(chmod(path, 0400), 0);
	ASSERT_OK(ledger_key_secret_read(job, path, 32, secret));
	ASSERT_ERR(ledger_key_secret_read(job, path, 16, secret), ERR_INPUT, "16 bytes");
	ASSERT_ERR(ledger_key_read(job, path, &key), ERR_INPUT, "PEM");
	ASSERT_OK(fs_join(job, dir, "link.key", &link_path));
	assert_int_equal(symlink("root.key", link_path), 0);
	assert_int_not_equal(ledger_key_secret_read(job, link_path, 32, secret).code, ERR_NONE);
	ASSERT_ERR(ledger_key_secret_read(job, dir, 32, secret), ERR_DENIED, "regular file");
	/* Root, who may read everything, uses a user's key (sudo); a user never another's. */
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 12345, 12345), 0);
		ASSERT_OK(ledger_key_secret_read(job, path, 32, secret));
		assert_int_equal(seteuid(54321), 0);
		err got = ledger_key_secret_read(job, path, 32, secret);
		assert_int_equal(seteuid(0), 0);
		assert_int_equal(got.code, ERR_DENIED);
	}
	kit_rmdir(dir);
}

static void
test_ledger_key__refuses_other_keys(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *dir = kit_mkdir(), *path;
	struct ledger_key key, half;
	EVP_PKEY *others[] = {EVP_EC_gen("P-384"), EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), EVP_EC_gen("secp256k1")};
	ASSERT_OK(fs_join(job, dir, "x.key", &path));
	for (size_t i = 0; i < 3; i++) {
		FILE *file = fopen(path, "wb");
		assert_non_null(file);
		assert_int_equal(PEM_write_PKCS8PrivateKey(file, others[i], NULL, NULL, 0, NULL, NULL), 1);
		fclose(file);
		EVP_PKEY_free(others[i]);
		assert_int_equal(chmod(path, 0600), 0);
		ASSERT_ERR(ledger_key_read(job, path, &key), ERR_INPUT, "P-256");
	}
	assert_int_equal(unlink(path), 0);
	ASSERT_ERR(ledger_key_read(job, path, &key), ERR_MISSING, "x.key");
	ASSERT_OK(ledger_key_make(job, path));
	ASSERT_OK(ledger_key_read(job, path, &key));
	ASSERT_ERR(ledger_key_of_spki(job, slice_bytes(key.spki, 90), &half), ERR_INPUT, "RFC 5480");
	key.spki[60] ^= 1;
	ASSERT_ERR(ledger_key_of_spki(job, slice_bytes(key.spki, 91), &half), ERR_INPUT, "lie on P-256");
	key.spki[26] = 2;
	ASSERT_ERR(ledger_key_of_spki(job, slice_bytes(key.spki, 91), &half), ERR_INPUT, "RFC 5480");
	ledger_key_close(&key);
	kit_rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_key__signs_what_its_public_half_verifies),
	    cmocka_unit_test(test_ledger_key__refused_when_others_may_read_it),
	    cmocka_unit_test(test_ledger_key__refuses_other_keys),
	};
	return KIT_TESTS(tests);
}
