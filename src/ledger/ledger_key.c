/*
 * Keys and secret files: made once, read only while nobody else may read them.
 * Deliberately does not: hold the log's Ed25519 key (the signer does) or decide whose key is accepted.
 */
#include "ledger/ledger_key.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "base/fs.h"

#define SPKI_LEN 91
#define POINT_LEN 65
#define MAX_SIGNATURE 72
#define MAX_FILE 4096

/* SubjectPublicKeyInfo of an uncompressed P-256 point, RFC 5480 section 2: what stands before the point. */
static const uint8_t spki_head[SPKI_LEN - POINT_LEN] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
    0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};

static int
write_all(int fd, slice text)
{
	while (text.len > 0) {
		ssize_t done = write(fd, text.at, text.len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return -1;
		text = slice_from(text, (size_t)done);
	}
	return fsync(fd);
}

/*
 * A new file of ours: written and synced under a name of its own, then linked, so that it is there whole or not at all and never replaces
 * another. ERR_CONFLICT when there is one.
 */
static err
file_make(struct job *job, const char *path, slice text, mode_t mode)
{
	slice id, spare, folder;
	const char *dir;
	TRY(code_random_id(job, 8, &id));
	TRY(job_format(job, &spare, "%s.%.*s", path, SLICE(id)));
	size_t slash = slice_find_last(slice_of(path), '/');
	folder = slash == strlen(path) ? S(".") : slice_part(slice_of(path), 0, slash + 1);
	TRY(job_string(job, folder, &dir));
	int fd = open(spare.at, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return err_errno(job, errno, "%s", path);
	int bad = write_all(fd, text) != 0 || fchmod(fd, mode) != 0 ? errno : 0;
	close(fd);
	if (bad == 0 && link(spare.at, path) != 0)
		bad = errno;
	unlink(spare.at);
	if (bad == EEXIST)
		return err_set(job, ERR_CONFLICT, "%s: there is a file already; it is not replaced", path);
	if (bad != 0)
		return err_errno(job, bad, "%s", path);
	return fs_sync_dir(job, dir);
}

/* Read a secret of ours into ${text}; refused when it is not ours alone. */
static err
secret_read(struct job *job, const char *path, char text[static MAX_FILE], size_t *ret_len)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return err_errno(job, errno, "%s", path);
	err got = OK;
	ssize_t len = -1;
	if (fstat(fd, &st) != 0)
		got = err_errno(job, errno, "%s", path);
	else if (!S_ISREG(st.st_mode))
		got = err_set(job, ERR_DENIED, "%s: a key must be a regular file", path);
	else if (st.st_uid != geteuid() && geteuid() != 0)
		got = err_set(job, ERR_DENIED, "%s: a key must belong to who uses it (user %u), found user %u", path, (unsigned)geteuid(),
		    (unsigned)st.st_uid);
	else if ((st.st_mode & 077) != 0)
		got = err_set(job, ERR_DENIED, "%s: a key must be readable by its owner alone (mode 0600), found mode %04o", path,
		    (unsigned)(st.st_mode & 07777));
	else if ((len = read(fd, text, MAX_FILE)) < 0)
		got = err_errno(job, errno, "%s", path);
	else if (len == MAX_FILE)
		got = err_set(job, ERR_LIMIT, "%s: a key file has less than %d bytes", path, MAX_FILE);
	close(fd);
	TRY(got);
	*ret_len = (size_t)len;
	return OK;
}

static EVP_PKEY *
pkey_of_point(const uint8_t *point)
{
	EVP_PKEY *pkey = NULL;
	char group[] = "prime256v1";
	uint8_t copy[POINT_LEN];
	memcpy(copy, point, POINT_LEN);
	OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
	    OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy, sizeof copy), OSSL_PARAM_construct_end()};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 || EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static err
key_fill(struct job *job, EVP_PKEY *pkey, slice spki, struct ledger_key *ret)
{
	if (spki.len > sizeof ret->spki)
		return err_set(job, ERR_BUG, "key: at most %zu bytes, found %zu", sizeof ret->spki, spki.len);
	ret->pkey = pkey;
	memcpy(ret->spki, spki.at, spki.len);
	ret->spki_len = spki.len;
	ret->id = code_sha256(spki);
	return OK;
}

err
ledger_key_of_spki(struct job *job, slice spki, struct ledger_key *ret)
{
	if (spki.len != SPKI_LEN || memcmp(spki.at, spki_head, sizeof spki_head) != 0 || spki.at[sizeof spki_head] != 4)
		return err_set(job, ERR_INPUT,
		    "key: RFC 5480: expected an uncompressed P-256 SubjectPublicKeyInfo of %d bytes, found %zu other bytes", SPKI_LEN,
		    spki.len);
	EVP_PKEY *pkey = pkey_of_point((const uint8_t *)spki.at + sizeof spki_head);
	if (pkey == NULL)
		return err_set(job, ERR_INPUT, "key: SEC 1 section 2.3.4: the point must lie on P-256");
	return key_fill(job, pkey, spki, ret);
}

static err
key_of_pkey(struct job *job, const char *path, EVP_PKEY *pkey, struct ledger_key *ret)
{
	char group[32] = "";
	uint8_t spki[SPKI_LEN];
	size_t len = 0;
	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_EC || EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) != 1 ||
	    strcmp(group, "prime256v1") != 0)
		return err_set(job, ERR_INPUT, "%s: a key for entries must be EC on P-256, found %s %s", path,
		    EVP_PKEY_get0_type_name(pkey) != NULL ? EVP_PKEY_get0_type_name(pkey) : "another", group);
	memcpy(spki, spki_head, sizeof spki_head);
	if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, spki + sizeof spki_head, POINT_LEN, &len) != 1 ||
	    len != POINT_LEN || spki[sizeof spki_head] != 4)
		return err_set(job, ERR_INPUT, "%s: the public half of the key cannot be told", path);
	return key_fill(job, pkey, slice_bytes(spki, sizeof spki), ret);
}

/* A key with a password is not ours; never ask a terminal for one. */
static int
no_password(char *at, int len, int writing, void *data)
{
	(void)at, (void)len, (void)writing, (void)data;
	return -1;
}

err
ledger_key_read(struct job *job, const char *path, struct ledger_key *ret)
{
	char text[MAX_FILE];
	size_t len;
	struct ledger_key key;
	TRY(secret_read(job, path, text, &len));
	BIO *bio = BIO_new_mem_buf(text, (int)len);
	EVP_PKEY *pkey = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
	BIO_free(bio);
	code_wipe(text, sizeof text);
	if (pkey == NULL)
		return err_set(job, ERR_INPUT, "%s: expected a private key in PEM (PKCS#8, no password), found something else", path);
	err got = key_of_pkey(job, path, pkey, &key);
	if (got.code != ERR_NONE) {
		EVP_PKEY_free(pkey);
		return got;
	}
	*ret = key;
	return OK;
}

/* PEM of the private (0600) and of the public half beside it: x.key and x.pub. */
static err
key_write(struct job *job, const char *path, EVP_PKEY *pkey)
{
	char *at;
	BIO *secret = BIO_new(BIO_s_secmem()), *open_half = BIO_new(BIO_s_mem());
	err got = err_set(job, ERR_BUG, "%s: OpenSSL could not write the key", path);
	if (secret != NULL && open_half != NULL && PEM_write_bio_PKCS8PrivateKey(secret, pkey, NULL, NULL, 0, NULL, NULL) == 1 &&
	    PEM_write_bio_PUBKEY(open_half, pkey) == 1) {
		long len = BIO_get_mem_data(secret, &at);
		got = file_make(job, path, slice_bytes(at, (size_t)len), 0600);
		slice pub;
		if (got.code == ERR_NONE && slice_ends(slice_of(path), S(".key"))) {
			len = BIO_get_mem_data(open_half, &at);
			got = job_format(job, &pub, "%.*s.pub", (int)(strlen(path) - 4), path);
			if (got.code == ERR_NONE)
				got = fs_write(job, pub.at, slice_bytes(at, (size_t)len), 0644);
		}
	}
	BIO_free(secret);
	BIO_free(open_half);
	return got;
}

err
ledger_key_make(struct job *job, const char *path)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");
	if (pkey == NULL)
		return err_set(job, ERR_BUG, "%s: OpenSSL could not make a P-256 key", path);
	err got = key_write(job, path, pkey);
	EVP_PKEY_free(pkey);
	return got;
}

void
ledger_key_close(struct ledger_key *key)
{
	EVP_PKEY_free(key->pkey);
	key->pkey = NULL;
}

err
ledger_key_sign(struct job *job, const struct ledger_key *key, slice text, slice *ret_der)
{
	uint8_t *der;
	size_t len = MAX_SIGNATURE;
	struct digest digest = code_sha256(text);
	TRY(NEW(job, MAX_SIGNATURE, &der));
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	bool good = ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 && EVP_PKEY_sign(ctx, der, &len, digest.byte, sizeof digest.byte) == 1;
	EVP_PKEY_CTX_free(ctx);
	if (!good)
		return err_set(job, ERR_BUG, "key: OpenSSL could not sign; is this the public half only?");
	*ret_der = slice_bytes(der, len);
	return OK;
}

EVP_PKEY_CTX *
ledger_key_checker(const struct ledger_key *key)
{
	EVP_PKEY_CTX *checker = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	if (checker != NULL && EVP_PKEY_verify_init(checker) == 1)
		return checker;
	EVP_PKEY_CTX_free(checker);
	return NULL;
}

bool
ledger_key_check(EVP_PKEY_CTX *checker, const struct digest *digest, slice der)
{
	return EVP_PKEY_verify(checker, (const uint8_t *)der.at, der.len, digest->byte, sizeof digest->byte) == 1;
}

bool
ledger_key_verify(const struct ledger_key *key, slice text, slice der)
{
	struct digest digest = code_sha256(text);
	EVP_PKEY_CTX *checker = ledger_key_checker(key);
	bool good = checker != NULL && ledger_key_check(checker, &digest, der);
	EVP_PKEY_CTX_free(checker);
	return good;
}

/* These two only fail when memory ends; an empty slice says so and matches nothing. */
slice
ledger_key_host_id(struct job *job, const struct ledger_key *key)
{
	slice id = S("");
	struct digest_text text = digest_text(&key->id);
	err got = job_copy(job, (slice){text.at, 32}, &id);
	return got.code == ERR_NONE ? id : S("");
}

slice
ledger_key_fingerprint(struct job *job, const struct ledger_key *key)
{
	slice text = S("");
	struct buf buf = buf_open(job, "fingerprint", 64);
	buf_add(&buf, S("SHA256:"));
	code_base64(&buf, key->id.byte, sizeof key->id.byte);
	err got = buf_end(&buf, &text);
	/* 32 bytes are 43 digits and one sign of padding, which fingerprints leave out. */
	return got.code == ERR_NONE ? slice_part(text, 0, text.len - 1) : S("");
}

err
ledger_key_secret_make(struct job *job, const char *path, size_t len)
{
	uint8_t secret[64];
	char text[2 * sizeof secret + 2];
	if (len == 0 || len > sizeof secret)
		return err_set(job, ERR_BUG, "%s: a secret has 1 to %zu bytes, found %zu", path, sizeof secret, len);
	code_random(secret, len);
	code_hex_text(secret, len, text);
	text[2 * len] = '\n';
	err got = file_make(job, path, (slice){text, 2 * len + 1}, 0600);
	code_wipe(secret, sizeof secret);
	code_wipe(text, sizeof text);
	return got;
}

err
ledger_key_secret_read(struct job *job, const char *path, size_t len, uint8_t *ret)
{
	char text[MAX_FILE];
	size_t got_len;
	TRY(secret_read(job, path, text, &got_len));
	slice hex = {text, got_len};
	if (slice_ends(hex, S("\n")))
		hex.len--;
	bool good = code_unhex(hex, ret, len);
	code_wipe(text, sizeof text);
	if (!good)
		return err_set(job, ERR_INPUT, "%s: expected %zu bytes in lower-case hex, found something else", path, len);
	return OK;
}
