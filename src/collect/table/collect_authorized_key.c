/*
 * Which keys open which account over SSH, from the files that sshd's AuthorizedKeysFile names for each account.
 * Keeps a fingerprint, never the key or its comment; of options the names, since their values hold commands, addresses and environments.
 */
#include "collect/table/collect_authorized_key.h"

#include <string.h>

#include "base/buf.h"
#include "base/code.h"
#include "collect/collect_line.h"
#include "collect/table/collect_account.h"
#include "collect/table/collect_sshd_setting.h"

static const struct column authorized_key_columns[] = {
    {"username", COLUMN_TEXT, COLUMN_KEY | COLUMN_PERSONAL, "account the key opens"},
    {"key_file", COLUMN_TEXT, COLUMN_KEY | COLUMN_PERSONAL, "file that names the key"},
    {"line", COLUMN_INT, COLUMN_KEY, "line of that file"},
    {"algorithm", COLUMN_TEXT, 0, "kind of key"},
    {"bits", COLUMN_INT, 0, "size of the key, 0 when not known"},
    {"fingerprint", COLUMN_TEXT, 0, "SHA-256 of the key as ssh-keygen shows it"},
    {"options", COLUMN_TEXT, 0, "names of its options, without their values"},
    {"file_mode", COLUMN_TEXT, 0, "octal mode of the file"},
};
const struct table table_authorized_key = {"authorized_key", "keys that open accounts over SSH", authorized_key_columns, 8};

/* One length-prefixed string of RFC 4251 section 5. */
static bool
key_string(slice *rest, slice *ret)
{
	if (rest->len < 4)
		return false;
	const unsigned char *at = (const unsigned char *)rest->at;
	size_t len = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
	if (len > rest->len - 4)
		return false;
	*ret = slice_part(*rest, 4, len);
	*rest = slice_from(*rest, 4 + len);
	return true;
}

/* Bits of a big-endian number. */
static uint64_t
key_number_bits(slice number)
{
	while (number.len > 0 && number.at[0] == '\0')
		number = slice_from(number, 1);
	if (number.len == 0)
		return 0;
	uint64_t bits = (number.len - 1) * 8;
	for (unsigned first = (unsigned char)number.at[0]; first != 0; first >>= 1)
		bits++;
	return bits;
}

static uint64_t
key_bits(slice blob)
{
	slice kind, part;
	if (!key_string(&blob, &kind))
		return 0;
	if (slice_has(kind, S("ed25519")) || slice_has(kind, S("nistp256")))
		return 256;
	if (slice_has(kind, S("nistp384")))
		return 384;
	if (slice_has(kind, S("nistp521")))
		return 521;
	/* ssh-rsa: exponent, modulus; ssh-dss: prime first. */
	if (slice_same(kind, S("ssh-rsa")) && (!key_string(&blob, &part)))
		return 0;
	return (slice_same(kind, S("ssh-rsa")) || slice_same(kind, S("ssh-dss"))) && key_string(&blob, &part) ? key_number_bits(part) : 0;
}

/* Take the options at the front of a line: they end at the first blank outside quotes. */
static err
key_options(struct job *job, slice *rest, slice *ret)
{
	struct buf buf = buf_open(job, "key options", COLLECT_MAX_FILE);
	bool quoted = false, value = false;
	size_t i = 0;
	for (; i < rest->len && (quoted || (rest->at[i] != ' ' && rest->at[i] != '\t')); i++) {
		char byte = rest->at[i];
		if (byte == '\\' && i + 1 < rest->len && rest->at[i + 1] == '"')
			i++;
		else if (byte == '"')
			quoted = !quoted;
		else if (byte == ',' && !quoted)
			value = false, buf_byte(&buf, ',');
		else if (byte == '=' && !quoted)
			value = true;
		else if (!value && !quoted)
			buf_byte(&buf, byte);
	}
	*rest = slice_trim(slice_from(*rest, i));
	TRY(buf_end(&buf, ret));
	/* The file is the account's own: it must not be able to blind the table with a cell that is too long. */
	*ret = slice_part(*ret, 0, 4 * KIB);
	return OK;
}

static bool
key_is_algorithm(slice word)
{
	return slice_starts(word, S("ssh-")) || slice_starts(word, S("ecdsa-")) || slice_starts(word, S("sk-")) ||
	       slice_starts(word, S("rsa-sha2-")) || slice_starts(word, S("webauthn-"));
}

bool
authorized_key_line(struct job *job, slice line, struct authorized_key *ret)
{
	struct authorized_key key = {.options = S("")};
	slice rest = line, word, blob, kind, text;
	if (!slice_word(&rest, &word))
		return false;
	if (!key_is_algorithm(word)) {
		rest = line;
		if (key_options(job, &rest, &key.options).code != ERR_NONE || !slice_word(&rest, &word) || !key_is_algorithm(word))
			return false;
	}
	key.algorithm = word;
	if (!slice_word(&rest, &word) || code_unbase64(job, word, &blob).code != ERR_NONE)
		return false;
	slice inside = blob;
	if (!key_string(&inside, &kind) || !slice_same(kind, key.algorithm) || kind.len > 200)
		return false;
	key.bits = key_bits(blob);
	struct digest digest = code_sha256(blob);
	struct buf buf = buf_open(job, "fingerprint", KIB);
	buf_text(&buf, "SHA256:");
	code_base64(&buf, digest.byte, sizeof digest.byte);
	if (buf_end(&buf, &text).code != ERR_NONE)
		return false;
	while (slice_ends(text, S("=")))
		text.len--;
	key.fingerprint = text;
	*ret = key;
	return true;
}

/* %h, %u, %U and %% of one AuthorizedKeysFile pattern; relative to the home folder. */
static err
key_path(struct job *job, slice pattern, const struct account *account, const char **ret)
{
	struct buf buf = buf_open(job, "AuthorizedKeysFile", 8 * KIB);
	if (pattern.at[0] != '/' && !slice_starts(pattern, S("%h"))) {
		buf_add(&buf, account->directory);
		buf_byte(&buf, '/');
	}
	for (size_t i = 0; i < pattern.len; i++) {
		char next = i + 1 < pattern.len ? pattern.at[i + 1] : '\0';
		if (pattern.at[i] != '%' || next == '\0') {
			buf_byte(&buf, pattern.at[i]);
			continue;
		}
		i++;
		if (next == 'h')
			buf_add(&buf, account->directory);
		else if (next == 'u')
			buf_add(&buf, account->name);
		else if (next == 'U')
			buf_u64(&buf, account->uid);
		else
			buf_byte(&buf, next);
	}
	slice text;
	TRY(buf_end(&buf, &text));
	return job_string(job, text, ret);
}

static err
key_file(struct job *job, struct collect *collect, slice username, const char *path)
{
	struct rows *rows = collect_rows(collect, &table_authorized_key);
	struct stat st;
	slice text, line, mode;
	bool there;
	err seen = fs_stat(job, &collect->root, path, true, &st);
	if (seen.code == ERR_MISSING || (seen.code == ERR_NONE && !S_ISREG(st.st_mode)))
		return OK; /* sshd takes no keys from what is not a file */
	TRY(seen);
	TRY(collect_read(job, collect, path, &text, &there));
	TRY(job_format(job, &mode, "%04o", (unsigned)st.st_mode & 07777));
	for (unsigned number = 1; slice_cut(&text, '\n', &line); number++) {
		struct authorized_key key;
		line = slice_trim(line);
		if (line.len == 0 || line.at[0] == '#' || !authorized_key_line(job, line, &key))
			continue;
		struct cell cells[] = {TEXT(username), TEXT(slice_of(path)), INT(number), TEXT(key.algorithm), INT((int64_t)key.bits),
		    TEXT(key.fingerprint), TEXT(key.options), TEXT(mode)};
		TRY(rows_add(rows, cells));
	}
	return OK;
}

/* OpenSSH 10.0 takes patterns too; what none of them matches is a plain name. */
static err
key_files(struct job *job, struct collect *collect, const struct sshd *sshd, slice username, const char *path)
{
	const char **paths;
	size_t len = 0;
	bool wild = strpbrk(path, "*?[") != NULL && sshd->version >= 1000;
	if (wild)
		TRY(collect_glob(job, collect, slice_of(path), &paths, &len));
	for (size_t i = 0; i < len; i++)
		TRY(key_file(job, collect, username, paths[i]));
	return len == 0 ? key_file(job, collect, username, path) : OK;
}

static err
key_account(struct job *job, struct collect *collect, const struct sshd *sshd, const struct account *account)
{
	for (size_t i = 0; i < sshd->len; i++) {
		const struct sshd_value *at = &sshd->value[i];
		slice patterns = at->value, pattern;
		if (at->keyword == NULL || strcmp(at->keyword->name, "authorizedkeysfile") != 0)
			continue;
		while (slice_word(&patterns, &pattern)) {
			const char *path;
			if (slice_same_nocase(pattern, S("none")))
				continue;
			TRY(key_path(job, pattern, account, &path));
			TRY(key_files(job, collect, sshd, account->name, path));
		}
	}
	return OK;
}

static err
key_run(struct job *job, struct collect *collect)
{
	struct sshd sshd;
	bool installed;
	struct account *accounts;
	size_t len;
	TRY(sshd_effective(job, collect, &sshd, &installed));
	if (!installed) {
		collect_absent(collect, &table_authorized_key, "sshd is not installed");
		return OK;
	}
	TRY(account_list(job, collect, &accounts, &len));
	for (size_t i = 0; i < len; i++)
		TRY(key_account(job, collect, &sshd, &accounts[i]));
	return OK;
}

static const struct table *const key_tables[] = {&table_authorized_key, NULL};
static const char *const key_reads[] = {"/etc/passwd", "the files AuthorizedKeysFile of sshd_config names (~/.ssh/authorized_keys)", NULL};

const struct collector collect_authorized_key = {
    .name = "authorized_key",
    .about = "which keys open which account over SSH",
    .tables = key_tables,
    .reads = key_reads,
    .needs = "root",
    .run = key_run,
};
