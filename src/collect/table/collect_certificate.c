/*
 * Certificates and private keys on the paths services keep them. Does not judge trust chains, and leaves the system's own CA store out.
 */
#include "collect/table/collect_certificate.h"

#include <stdio.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/instant.h"
#include "collect/table/collect_tls_setting.h"

#define CERTIFICATE_MAX_FILE (4 * MIB)
#define CERTIFICATE_MAX_NAMES 5000
#define CERTIFICATE_MAX_FILES 5000
#define CERTIFICATE_DEPTH 8
#define CA_STORE "/usr/share/ca-certificates/"

static const struct column certificate_columns[] = {
    {"path", COLUMN_TEXT, COLUMN_KEY, "file it is in"},
    {"position", COLUMN_INT, COLUMN_KEY, "place in the file, from 1"},
    {"subject", COLUMN_TEXT, 0, "whom it names, without e-mail addresses"},
    {"issuer", COLUMN_TEXT, 0, "who signed it"},
    {"serial", COLUMN_TEXT, 0, "serial number in hex"},
    {"not_before", COLUMN_TIME, 0, "valid from"},
    {"not_after", COLUMN_TIME, 0, "valid until"},
    {"key_type", COLUMN_TEXT, 0, "rsa, ec, ed25519, ..."},
    {"key_bits", COLUMN_INT, 0, "size of the key"},
    {"signature_alg", COLUMN_TEXT, 0, "how it is signed"},
    {"names", COLUMN_TEXT, 0, "host names and addresses it is good for, with commas"},
    {"is_ca", COLUMN_INT, 0, "1 when it may sign others"},
    {"self_signed", COLUMN_INT, 0, "1 when it signs itself"},
    {"fingerprint", COLUMN_TEXT, 0, "SHA-256 of the certificate"},
    {"key_fingerprint", COLUMN_TEXT, 0, "SHA-256 of its public key"},
};
const struct table table_certificate = {"certificate", "certificates of the system's services", certificate_columns, 15};

static const struct column key_columns[] = {
    {"path", COLUMN_TEXT, COLUMN_KEY, "file it is in"},
    {"key_type", COLUMN_TEXT, 0, "rsa, ec, ed25519, ..., or unknown when it is encrypted or damaged"},
    {"bits", COLUMN_INT, 0, "size of the key, 0 when not known"},
    {"encrypted", COLUMN_INT, 0, "1 when a passphrase is needed"},
    {"mode", COLUMN_TEXT, 0, "permissions as four octal digits, as in 0600"},
    {"uid", COLUMN_INT, 0, "owner"},
    {"gid", COLUMN_INT, 0, "group"},
    {"key_fingerprint", COLUMN_TEXT, COLUMN_MAYBE, "SHA-256 of its public key, as certificates have it; not known when encrypted"},
};
const struct table table_private_key = {"private_key", "private keys of the system's services", key_columns, 8};

/* ---- OpenSSL's objects, given back on every way out ---- */

static void
x509_close(X509 **x509)
{
	X509_free(*x509);
}
static void
bio_close(BIO **bio)
{
	BIO_free(*bio);
}
static void
pkey_close(EVP_PKEY **pkey)
{
	EVP_PKEY_free(*pkey);
}
static void
name_close(X509_NAME **name)
{
	X509_NAME_free(*name);
}
static void
names_close(GENERAL_NAMES **names)
{
	GENERAL_NAMES_free(*names);
}

static slice
key_type(int id)
{
	switch (id) {
	case EVP_PKEY_RSA:
		return S("rsa");
	case EVP_PKEY_RSA_PSS:
		return S("rsa-pss");
	case EVP_PKEY_DSA:
		return S("dsa");
	case EVP_PKEY_EC:
		return S("ec");
	case EVP_PKEY_ED25519:
		return S("ed25519");
	case EVP_PKEY_ED448:
		return S("ed448");
	default:
		return S("unknown");
	}
}

/* ---- Certificates ---- */

/* A name without e-mail addresses: those are people's. */
static err
certificate_name(struct job *job, const X509_NAME *whole, slice *ret)
{
	char *at = NULL;
	BIO *bio DEFER(bio_close) = BIO_new(BIO_s_mem());
	X509_NAME *name DEFER(name_close) = X509_NAME_dup(whole);
	*ret = S("");
	if (name == NULL)
		return OK;
	for (int i; (i = X509_NAME_get_index_by_NID(name, NID_pkcs9_emailAddress, -1)) >= 0;)
		X509_NAME_ENTRY_free(X509_NAME_delete_entry(name, i));
	if (bio == NULL || X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) < 0)
		return OK;
	long len = BIO_get_mem_data(bio, &at);
	return len > 0 ? job_copy(job, slice_bytes(at, (size_t)len), ret) : OK;
}

static err
certificate_serial(struct job *job, X509 *x509, slice *ret)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(x509);
	struct buf buf = buf_open(job, "serial number", 4 * KIB);
	if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
		buf_byte(&buf, '-');
	code_hex(&buf, ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial));
	return buf_end(&buf, ret);
}

/* False for a time that is none. */
static bool
certificate_time(const ASN1_TIME *time, int64_t *ret)
{
	struct tm tm;
	if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1)
		return false;
	*ret = instant_from_civil(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) * DAY_US +
	       ((int64_t)tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec) * SECOND_US;
	return true;
}

static void
certificate_address(struct buf *buf, const ASN1_OCTET_STRING *address)
{
	const unsigned char *at = ASN1_STRING_get0_data(address);
	int len = ASN1_STRING_length(address);
	if (len == 4)
		buf_printf(buf, "%u.%u.%u.%u", at[0], at[1], at[2], at[3]);
	else if (len == 16)
		for (int i = 0; i < 16; i += 2)
			buf_printf(buf, "%s%x", i > 0 ? ":" : "", (unsigned)at[i] << 8 | at[i + 1]);
}

/* Host names and addresses; e-mail names are people's and are left out. */
static err
certificate_names(struct job *job, X509 *x509, slice *ret)
{
	GENERAL_NAMES *names DEFER(names_close) = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
	struct buf buf = buf_open(job, "certificate names", TABLE_MAX_TEXT);
	for (int i = 0; names != NULL && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		if (name->type != GEN_DNS && name->type != GEN_IPADD)
			continue;
		if (buf.len > 0)
			buf_byte(&buf, ',');
		if (name->type == GEN_IPADD)
			certificate_address(&buf, name->d.iPAddress);
		else
			buf_add(&buf, slice_bytes(ASN1_STRING_get0_data(name->d.dNSName), (size_t)ASN1_STRING_length(name->d.dNSName)));
	}
	return buf_end(&buf, ret);
}

static struct digest_text
certificate_key_digest(const X509_PUBKEY *key)
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(key, &der);
	struct digest digest = code_sha256(slice_bytes(der, len > 0 ? (size_t)len : 0));
	OPENSSL_free(der);
	return digest_text(&digest);
}

static err
certificate_row(struct job *job, slice path, unsigned position, X509 *x509, slice der, struct rows *rows)
{
	if (rows->state != READING_READ) /* another could not be read: the table has ended */
		return OK;
	slice subject, issuer, serial, names;
	int64_t not_before, not_after;
	struct digest digest = code_sha256(der);
	struct digest_text fingerprint = digest_text(&digest), key = certificate_key_digest(X509_get_X509_PUBKEY(x509));
	const EVP_PKEY *pkey = X509_get0_pubkey(x509);
	const char *algorithm = OBJ_nid2sn(X509_get_signature_nid(x509));
	if (!certificate_time(X509_get0_notBefore(x509), &not_before) || !certificate_time(X509_get0_notAfter(x509), &not_after))
		return OK;
	TRY(certificate_name(job, X509_get_subject_name(x509), &subject));
	TRY(certificate_name(job, X509_get_issuer_name(x509), &issuer));
	TRY(certificate_serial(job, x509, &serial));
	TRY(certificate_names(job, x509, &names));
	struct cell cells[] = {
	    TEXT(path),
	    INT(position),
	    TEXT(subject),
	    TEXT(issuer),
	    TEXT(serial),
	    INT(not_before),
	    INT(not_after),
	    TEXT(pkey != NULL ? key_type(EVP_PKEY_get_base_id(pkey)) : S("unknown")),
	    INT(pkey != NULL ? EVP_PKEY_get_bits(pkey) : 0),
	    TEXT(slice_of(algorithm != NULL ? algorithm : "unknown")),
	    TEXT(names),
	    INT(X509_check_ca(x509) > 0),
	    INT(X509_self_signed(x509, 1) == 1),
	    TEXT(slice_of(fingerprint.at)),
	    TEXT(slice_of(key.at)),
	};
	return rows_add(rows, cells);
}

static err
certificate_der(struct job *job, slice path, unsigned position, slice der, struct rows *rows)
{
	const unsigned char *at = (const unsigned char *)der.at;
	if (der.len > CERTIFICATE_MAX_FILE)
		return OK;
	X509 *x509 DEFER(x509_close) = d2i_X509(NULL, &at, (long)der.len);
	ERR_clear_error();
	if (x509 == NULL || X509_get_X509_PUBKEY(x509) == NULL)
		return OK;
	err added = certificate_row(job, path, position, x509, slice_part(der, 0, (size_t)((const char *)at - der.at)), rows);
	ERR_clear_error();
	return added;
}

/* ---- Keys ---- */

struct key {
	slice type;
	int64_t bits;
	bool encrypted;
	bool fingerprinted;
	struct digest_text fingerprint;
};

static void
key_of(const EVP_PKEY *pkey, struct key *ret)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(pkey, &der);
	ret->type = key_type(EVP_PKEY_get_base_id(pkey));
	ret->bits = EVP_PKEY_get_bits(pkey);
	if (len > 0) {
		struct digest digest = code_sha256(slice_bytes(der, (size_t)len));
		ret->fingerprint = digest_text(&digest);
		ret->fingerprinted = true;
	}
	OPENSSL_free(der);
}

static void
key_der(slice der, struct key *ret)
{
	const unsigned char *at = (const unsigned char *)der.at;
	EVP_PKEY *pkey DEFER(pkey_close) = d2i_AutoPrivateKey(NULL, &at, (long)der.len);
	if (pkey != NULL)
		key_of(pkey, ret);
	ERR_clear_error();
}

/* A length and that many bytes off the front of ${rest}, RFC 4251 section 5. */
static bool
key_ssh_string(slice *rest, slice *ret)
{
	const uint8_t *at = (const uint8_t *)rest->at;
	if (rest->len < 4)
		return false;
	size_t len = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
	if (len > rest->len - 4)
		return false;
	*ret = slice_part(*rest, 4, len);
	*rest = slice_from(*rest, 4 + len);
	return true;
}

/* OpenSSH's own format (PROTOCOL.key): cipher, kdf, its options, a count, then the public key, which is never encrypted. */
static void
key_openssh(slice body, struct key *ret)
{
	slice cipher, kdf, options, blob, name, number;
	if (!slice_starts(body, S("openssh-key-v1\0")))
		return;
	body = slice_from(body, 15);
	if (!key_ssh_string(&body, &cipher) || !key_ssh_string(&body, &kdf) || !key_ssh_string(&body, &options) || body.len < 4)
		return;
	ret->encrypted = !slice_same(cipher, S("none"));
	body = slice_from(body, 4);
	if (!key_ssh_string(&body, &blob) || !key_ssh_string(&blob, &name))
		return;
	if (slice_same(name, S("ssh-ed25519"))) {
		ret->type = S("ed25519");
		ret->bits = 256;
	} else if (slice_starts(name, S("ecdsa-sha2-nistp")) && slice_u64(slice_from(name, 16), &(uint64_t){0})) {
		uint64_t bits = 0;
		(void)slice_u64(slice_from(name, 16), &bits);
		ret->type = S("ec");
		ret->bits = (int64_t)(bits & 0xffff);
	} else if (slice_same(name, S("ssh-rsa")) && key_ssh_string(&blob, &number) && key_ssh_string(&blob, &number)) {
		while (number.len > 0 && number.at[0] == 0)
			number = slice_from(number, 1);
		ret->type = S("rsa");
		ret->bits = (int64_t)number.len * 8;
		for (unsigned top = number.len > 0 ? (uint8_t)number.at[0] : 0x80; (top & 0x80) == 0; top <<= 1)
			ret->bits--;
	} else if (slice_same(name, S("ssh-dss"))) {
		ret->type = S("dsa");
		ret->bits = 1024;
	}
}

static err
key_row(slice path, const struct stat *st, const struct key *key, struct rows *rows)
{
	char mode[8];
	if (rows->state != READING_READ) /* another key could not be read: the table has ended */
		return OK;
	snprintf(mode, sizeof mode, "%04o", (unsigned)st->st_mode & 07777);
	struct cell cells[] = {
	    TEXT(path),
	    TEXT(key->type),
	    INT(key->bits),
	    INT(key->encrypted),
	    TEXT(slice_of(mode)),
	    INT(st->st_uid),
	    INT(st->st_gid),
	    key->fingerprinted ? TEXT(slice_of(key->fingerprint.at)) : NIL,
	};
	return rows_add(rows, cells);
}

/* ---- PEM ---- */

/* One block of ${text}: its label, the headers of RFC 1421 and the bytes (in the arena). False at the end. */
static bool
pem_next(struct job *job, slice *text, slice *ret_label, bool *ret_encrypted, slice *ret_body)
{
	static const slice begin = {"-----BEGIN ", 11}, end = {"-----END ", 9};
	slice line, label = S("");
	struct buf buf = buf_open(job, "PEM block", CERTIFICATE_MAX_FILE);
	*ret_encrypted = false;
	while (slice_cut(text, '\n', &line)) {
		line = slice_trim(line);
		if (slice_starts(line, begin) && slice_ends(line, S("-----")) && line.len > 16) {
			label = slice_part(line, 11, line.len - 16);
			buf_reset(&buf);
		} else if (label.len > 0 && slice_starts(line, end)) {
			slice base64;
			*ret_label = label;
			if (buf_end(&buf, &base64).code != ERR_NONE || code_unbase64(job, base64, ret_body).code != ERR_NONE)
				*ret_body = S("");
			if (base64.len > 0)
				code_wipe(buf.at, buf.len);
			return true;
		} else if (slice_starts(line, S("Proc-Type:")) || slice_starts(line, S("DEK-Info:"))) {
			*ret_encrypted = *ret_encrypted || slice_has(line, S("ENCRYPTED"));
		} else if (label.len > 0) {
			buf_add(&buf, line);
		}
	}
	return false;
}

static struct key
key_block(slice label, bool encrypted, slice body)
{
	struct key key = {.type = S("unknown"), .encrypted = encrypted || slice_starts(label, S("ENCRYPTED "))};
	if (slice_starts(label, S("OPENSSH ")))
		key_openssh(body, &key);
	else if (!key.encrypted && body.len > 0)
		key_der(body, &key);
	else if (slice_starts(label, S("RSA ")))
		key.type = S("rsa");
	else if (slice_starts(label, S("EC ")))
		key.type = S("ec");
	else if (slice_starts(label, S("DSA ")))
		key.type = S("dsa");
	return key;
}

static err
pem_blocks(struct job *job, slice path, const struct stat *st, slice text, struct rows *certificates, struct rows *keys)
{
	slice label, body;
	bool encrypted, keyed = false;
	for (unsigned position = 1; pem_next(job, &text, &label, &encrypted, &body);) {
		if (slice_same(label, S("CERTIFICATE")) || slice_same(label, S("TRUSTED CERTIFICATE")) ||
		    slice_same(label, S("X509 CERTIFICATE"))) {
			TRY(certificate_der(job, path, position++, body, certificates));
		} else if (slice_ends(label, S("PRIVATE KEY"))) {
			struct key key = key_block(label, encrypted, body);
			if (body.len > 0)
				code_wipe((void *)(uintptr_t)body.at, body.len);
			if (!keyed)
				TRY(key_row(path, st, &key, keys));
			keyed = true;
		}
	}
	return OK;
}

err
collect_certificate_parse(struct job *job, slice path, const struct stat *st, slice text, struct rows *certificates, struct rows *keys)
{
	if (!slice_has(text, S("-----BEGIN "))) {
		if (slice_ends(path, S(".p12")) || slice_ends(path, S(".pfx")))
			return key_row(path, st, &(struct key){.type = S("unknown"), .encrypted = true}, keys);
		return text.len > 0 && text.at[0] == 0x30 ? certificate_der(job, path, 1, text, certificates) : OK;
	}
	err read = pem_blocks(job, path, st, text, certificates, keys);
	if (slice_has(text, S("PRIVATE KEY-----")))
		code_wipe((void *)(uintptr_t)text.at, text.len);
	return read;
}

/* ---- Where they are ---- */

/* clang-format off */
#define FOLDERS \
	"/etc/ssl", "/etc/pki/tls", "/etc/ssh", "/etc/letsencrypt/live", "/etc/nginx", "/etc/apache2", "/etc/httpd", "/etc/postfix", "/etc/dovecot", \
	"/etc/exim4", "/etc/haproxy", "/etc/caddy", "/etc/ldap", "/etc/openvpn", "/etc/ipsec.d", "/etc/swanctl", "/etc/stunnel", "/etc/mysql", \
	"/etc/postgresql", "/etc/redis", "/etc/docker", "/etc/kubernetes/pki", "/etc/cockpit/ws-certs.d", "/usr/local/share/ca-certificates"
/* clang-format on */

static bool
file_wanted(slice name)
{
	static const char *const suffixes[] = {".pem", ".crt", ".cer", ".cert", ".der", ".key", ".p12", ".pfx", NULL};
	if (slice_starts(name, S("ssh_host_")) && slice_ends(name, S("_key")))
		return true;
	if (slice_same(name, S("ca-certificates.crt")) || slice_starts(name, S("ca-bundle")))
		return false; /* the system's CA store in one file */
	for (size_t i = 0; suffixes[i] != NULL; i++)
		if (slice_ends(name, slice_of(suffixes[i])))
			return true;
	return false;
}

/* A link of update-ca-certificates(8) into the CA store. */
static bool
file_of_store(struct job *job, const struct collect *collect, const char *path)
{
	slice target;
	return fs_readlink(job, &collect->root, path, &target).code == ERR_NONE && slice_starts(target, S(CA_STORE));
}

static err
file_read(struct job *job, struct collect *collect, const char *path)
{
	struct stat st;
	slice text;
	struct rows *certificates = collect_rows(collect, &table_certificate), *keys = collect_rows(collect, &table_private_key);
	if (certificates->len + keys->len > CERTIFICATE_MAX_FILES)
		return err_set(job, ERR_LIMIT, "%s: more than %d certificates and keys", path, CERTIFICATE_MAX_FILES);
	err found = fs_stat(job, &collect->root, path, true, &st);
	if (found.code == ERR_MISSING || (found.code == ERR_NONE && !S_ISREG(st.st_mode)))
		return OK;
	TRY(found);
	err read = fs_read(job, &collect->root, path, CERTIFICATE_MAX_FILE, &text);
	if (read.code == ERR_DENIED) { /* it may hold either, unless its name says key */
		if (!slice_has(slice_from(slice_of(path), slice_find_last(slice_of(path), '/')), S("key")))
			collect_unseen(collect, &table_certificate, "%s", job->why);
		collect_unseen(collect, &table_private_key, "%s", job->why);
		return OK;
	}
	TRY(read);
	return collect_certificate_parse(job, slice_of(path), &st, text, certificates, keys);
}

static err
folder_read(struct job *job, struct collect *collect, const char *path, unsigned depth)
{
	struct fs_name *names;
	size_t len;
	err listed = fs_list(job, &collect->root, path, CERTIFICATE_MAX_NAMES, &names, &len);
	if (listed.code == ERR_MISSING)
		return OK;
	if (listed.code == ERR_DENIED && slice_ends(slice_of(path), S("/private"))) { /* keys by custom, not certificates */
		collect_unseen(collect, &table_private_key, "%s", job->why);
		return OK;
	}
	TRY(listed);
	for (size_t i = 0; i < len; i++) {
		const char *below;
		struct stat st;
		slice name = slice_of(names[i].name);
		TRY(fs_join(job, path, names[i].name, &below));
		if (file_wanted(name) && !file_of_store(job, collect, below))
			TRY(file_read(job, collect, below));
		if (file_wanted(name))
			continue;
		err found = fs_stat(job, &collect->root, below, false, &st);
		if (found.code == ERR_MISSING || (found.code == ERR_NONE && !S_ISDIR(st.st_mode)))
			continue;
		TRY(found);
		if (depth == 0)
			return err_set(job, ERR_LIMIT, "%s: certificates are looked for in %d levels of folders", below, CERTIFICATE_DEPTH);
		TRY(folder_read(job, collect, below, depth - 1));
	}
	return OK;
}

static const char *const folders[] = {FOLDERS, NULL};

/* A file that a server's configuration names, unless it is in one of the folders or among the CA store's. */
static err
named_read(struct job *job, struct collect *collect, slice path)
{
	const char *name;
	if (!slice_starts(path, S("/")) || slice_starts(path, S("/usr/share/")))
		return OK;
	for (size_t i = 0; folders[i] != NULL; i++)
		if (slice_starts(path, slice_of(folders[i])) && path.len > strlen(folders[i]) && path.at[strlen(folders[i])] == '/' &&
		    file_wanted(slice_from(path, slice_find_last(path, '/') + 1)))
			return OK;
	TRY(job_string(job, path, &name));
	return file_read(job, collect, name);
}

/* What the configuration of ${program} names. The same file named twice gives the same rows, which are kept once. */
static err
named_by(struct job *job, struct collect *collect, enum collect_tls_program program)
{
	static const char *const keys[] = {"ssl_certificate", "ssl_certificate_key", "sslcertificatefile", "sslcertificatekeyfile",
	    "smtpd_tls_cert_file", "smtpd_tls_key_file", NULL};
	struct collect_tls tls;
	bool there;
	TRY(collect_tls_read(job, collect, program, &tls, &there));
	for (size_t i = 0; i < tls.len; i++)
		for (size_t k = 0; keys[k] != NULL; k++) {
			const struct collect_setting *setting = collect_settings_get(&tls.site[i].settings, slice_of(keys[k]));
			if (setting != NULL)
				TRY(named_read(job, collect, setting->value));
		}
	return OK;
}

static err
certificate_run(struct job *job, struct collect *collect)
{
	for (size_t i = 0; folders[i] != NULL; i++)
		TRY(folder_read(job, collect, folders[i], CERTIFICATE_DEPTH));
	TRY(named_by(job, collect, COLLECT_TLS_NGINX));
	TRY(named_by(job, collect, COLLECT_TLS_APACHE));
	return named_by(job, collect, COLLECT_TLS_POSTFIX);
}

const struct collector collect_certificate = {
    .name = "certificate",
    .about = "Certificates and private keys of services, without those of the system's CA store; keys themselves are never kept.",
    .tables = (const struct table *const[]){&table_certificate, &table_private_key, NULL},
    .reads = (const char *const[]){FOLDERS, "files that the configurations of nginx, Apache and Postfix name",
	"of the folders *.pem, *.crt, *.cer, *.cert, *.der, *.key, *.p12, *.pfx and ssh_host_*_key", NULL},
    .needs = "root for private keys and /etc/letsencrypt/live",
    .run = certificate_run,
};
