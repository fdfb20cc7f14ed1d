/*
 * Signed notes and checkpoints: verifier keys, writing, strict reading.
 * Deliberately does not: sign (only the signer process has the log key) or accept extension lines.
 */
#include "ledger/ledger_note.h"

#include <string.h>

#include <sodium.h>

#include "base/text.h"

#define MAX_NOTE (64 * KIB)
#define MAX_NAME 255
#define MAX_SIGNATURES 16
#define ALGORITHM_ED25519 1
#define DASH "\xE2\x80\x94 " /* U+2014 and a blank */

/* Unicode White_Space and '+' may not stand in a key name (signed-note, "Format"). */
static bool
name_rune_good(uint32_t rune)
{
	static const uint32_t blank[] = {0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};
	if (rune <= 0x20 || rune == 0x7F || rune == '+' || (rune >= 0x2000 && rune <= 0x200A))
		return false;
	for (size_t i = 0; i < sizeof blank / sizeof blank[0]; i++)
		if (rune == blank[i])
			return false;
	return true;
}

static bool
name_good(slice name)
{
	if (name.len == 0 || name.len > MAX_NAME || !text_utf8(name))
		return false;
	while (name.len > 0) {
		uint32_t rune;
		size_t len = text_rune(name, &rune);
		if (!name_rune_good(rune))
			return false;
		name = slice_from(name, len);
	}
	return true;
}

err
ledger_note_key_of(struct job *job, slice name, const uint8_t key[static 32], struct ledger_note_key *ret)
{
	uint8_t tail[34] = {'\n', ALGORITHM_ED25519};
	struct ledger_note_key made = {.name = name};
	if (!name_good(name))
		return err_set(job, ERR_INPUT, "signed-note: a key name is not empty and has no blanks and no plus sign, found \"%.*s\"",
		    SLICE(slice_part(name, 0, 80)));
	memcpy(tail + 2, key, 32);
	memcpy(made.key, key, 32);
	made.full_hash = code_sha256_pair(name, slice_bytes(tail, sizeof tail));
	memcpy(made.hash, made.full_hash.byte, sizeof made.hash);
	*ret = made;
	return OK;
}

err
ledger_note_key_read(struct job *job, slice text, struct ledger_note_key *ret)
{
	slice rest = text, name, hash_text, key;
	uint8_t hash[4];
	struct ledger_note_key made;
	if (text.len > MAX_NAME + 64 || !slice_cut(&rest, '+', &name) || !slice_cut(&rest, '+', &hash_text) ||
	    !code_unhex(hash_text, hash, 4))
		return err_set(job, ERR_INPUT, "verifier key: signed-note: expected NAME+8 hex digits+base64, found \"%.*s\"",
		    SLICE(slice_part(text, 0, 80)));
	err got = code_unbase64(job, rest, &key);
	if (got.code != ERR_NONE)
		return err_prefix(job, got, "verifier key");
	if (key.len != 33 || key.at[0] != ALGORITHM_ED25519)
		return err_set(job, ERR_INPUT,
		    "verifier key: signed-note: expected the byte 1 (Ed25519) and 32 bytes of key, found %zu bytes", key.len);
	TRY(ledger_note_key_of(job, name, (const uint8_t *)key.at + 1, &made));
	if (memcmp(made.hash, hash, sizeof hash) != 0)
		return err_set(
		    job, ERR_INPUT, "verifier key: signed-note: the key id must be that of the name and key, found %.*s", SLICE(hash_text));
	*ret = made;
	return OK;
}

err
ledger_note_key_write(struct job *job, const struct ledger_note_key *key, slice *ret)
{
	struct buf buf = buf_open(job, "verifier key", MAX_NAME + 64);
	uint8_t bytes[33] = {ALGORITHM_ED25519};
	memcpy(bytes + 1, key->key, sizeof key->key);
	buf_add(&buf, key->name);
	buf_byte(&buf, '+');
	code_hex(&buf, key->hash, sizeof key->hash);
	buf_byte(&buf, '+');
	code_base64(&buf, bytes, sizeof bytes);
	return buf_end(&buf, ret);
}

err
ledger_checkpoint_body(struct job *job, slice origin, uint64_t size, const struct digest *root, slice *ret)
{
	struct buf buf = buf_open(job, "checkpoint", MAX_NOTE);
	if (!name_good(origin))
		return err_set(job, ERR_INPUT, "checkpoint: the origin is not empty and has no blanks and no plus sign, found \"%.*s\"",
		    SLICE(slice_part(origin, 0, 80)));
	buf_add(&buf, origin);
	buf_byte(&buf, '\n');
	buf_u64(&buf, size);
	buf_byte(&buf, '\n');
	code_base64(&buf, root->byte, sizeof root->byte);
	buf_byte(&buf, '\n');
	return buf_end(&buf, ret);
}

err
ledger_checkpoint_join(struct job *job, slice body, const struct ledger_note_key *key, const uint8_t signature[static 64], slice *ret)
{
	struct buf buf = buf_open(job, "checkpoint", MAX_NOTE);
	uint8_t bytes[68];
	memcpy(bytes, key->hash, 4);
	memcpy(bytes + 4, signature, 64);
	buf_add(&buf, body);
	buf_add(&buf, S("\n" DASH));
	buf_add(&buf, key->name);
	buf_byte(&buf, ' ');
	code_base64(&buf, bytes, sizeof bytes);
	buf_byte(&buf, '\n');
	return buf_end(&buf, ret);
}

static err
malformed(struct job *job, const char *rule)
{
	return err_set(job, ERR_INPUT, "checkpoint: %s", rule);
}

/* Three lines: origin, size, root. */
static err
read_body(struct job *job, slice body, const struct ledger_note_key *key, struct ledger_checkpoint *ret)
{
	slice rest = body, size, root;
	if (!slice_cut(&rest, '\n', &ret->origin) || !slice_cut(&rest, '\n', &size) || !slice_cut(&rest, '\n', &root) || rest.len > 0)
		return malformed(job, "tlog-checkpoint: expected the three lines origin, size, root and no others");
	if (!slice_same(ret->origin, key->name))
		return err_set(job, ERR_INPUT, "checkpoint: tlog-checkpoint: expected the origin \"%.*s\", found \"%.*s\"",
		    SLICE(key->name), SLICE(slice_part(ret->origin, 0, 80)));
	if (!slice_u64(size, &ret->size) || (size.len > 1 && size.at[0] == '0'))
		return malformed(job, "tlog-checkpoint: the size must be a decimal number without leading zeros");
	slice bytes = S("");
	err got = code_unbase64(job, root, &bytes);
	if (got.code != ERR_NONE)
		return err_prefix(job, got, "checkpoint: root");
	if (bytes.len != sizeof ret->root.byte)
		return malformed(job, "tlog-checkpoint: the root must be 32 bytes in base64");
	memcpy(ret->root.byte, bytes.at, bytes.len);
	return OK;
}

/* "— name base64": ${ret_ours} when it is a good signature of ${key}. A bad one of ${key} fails the note. */
static err
read_signature(struct job *job, slice line, slice body, const struct ledger_note_key *key, bool *ret_ours)
{
	slice rest = slice_from(line, sizeof DASH - 1), name, bytes;
	if (!slice_starts(line, S(DASH)) || !slice_cut(&rest, ' ', &name) || !name_good(name))
		return malformed(job, "signed-note: a signature line must be a dash, a name and base64");
	err got = code_unbase64(job, rest, &bytes);
	if (got.code != ERR_NONE)
		return err_prefix(job, got, "checkpoint: signature");
	if (bytes.len < 5)
		return malformed(job, "signed-note: a signature is at least 5 bytes with its key id");
	*ret_ours = slice_same(name, key->name) && memcmp(bytes.at, key->hash, sizeof key->hash) == 0;
	if (!*ret_ours)
		return OK;
	const uint8_t *signature = (const uint8_t *)bytes.at + 4;
	if (bytes.len != 68 || crypto_sign_verify_detached(signature, (const uint8_t *)body.at, body.len, key->key) != 0)
		return err_set(job, ERR_INPUT, "checkpoint: signed-note: the signature of %.*s must be good over the text, found a bad one",
		    SLICE(key->name));
	return OK;
}

static err
read_signatures(struct job *job, slice lines, slice body, const struct ledger_note_key *key, unsigned *ret_others)
{
	unsigned ours = 0, others = 0;
	slice line;
	if (!slice_ends(lines, S("\n")))
		return malformed(job, "signed-note: the last line must end with a newline");
	while (slice_cut(&lines, '\n', &line)) {
		bool mine = false;
		if (ours + others == MAX_SIGNATURES)
			return malformed(job, "signed-note: at most 16 signatures are taken");
		TRY(read_signature(job, line, body, key, &mine));
		ours += mine ? 1 : 0;
		others += mine ? 0 : 1;
	}
	if (ours != 1)
		return err_set(job, ERR_INPUT, "checkpoint: signed-note: expected one signature of %.*s, found %u", SLICE(key->name), ours);
	*ret_others = others;
	return OK;
}

/* The signatures follow the last blank line. */
static bool
split(slice note, slice *ret_body, slice *ret_lines)
{
	for (size_t at = note.len; at >= 2; at--)
		if (note.at[at - 1] == '\n' && note.at[at - 2] == '\n') {
			*ret_body = slice_part(note, 0, at - 1);
			*ret_lines = slice_from(note, at);
			return true;
		}
	return false;
}

err
ledger_checkpoint_read(struct job *job, slice note, const struct ledger_note_key *key, struct ledger_checkpoint *ret, unsigned *ret_others)
{
	struct ledger_checkpoint checkpoint = {.text = note};
	unsigned others = 0;
	slice lines;
	if (note.len > MAX_NOTE)
		return err_set(job, ERR_LIMIT, "checkpoint: at most %zu bytes, found %zu", (size_t)MAX_NOTE, note.len);
	if (!text_utf8(note))
		return malformed(job, "signed-note: the text must be UTF-8");
	for (size_t i = 0; i < note.len; i++)
		if ((uint8_t)note.at[i] < 0x20 && note.at[i] != '\n')
			return malformed(job, "signed-note: no control characters but newline may stand in it");
	if (!split(note, &checkpoint.body, &lines))
		return malformed(job, "signed-note: expected a text, a blank line and signatures");
	TRY(read_signatures(job, lines, checkpoint.body, key, &others));
	TRY(read_body(job, checkpoint.body, key, &checkpoint));
	*ret = checkpoint;
	if (ret_others != NULL)
		*ret_others = others;
	return OK;
}
