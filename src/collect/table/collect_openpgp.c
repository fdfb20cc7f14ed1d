/*
 * Reads which keys a ring holds and until when, and who signed a text. Verifies no signature: apt did, when it fetched the lists.
 */
#include "collect/table/collect_openpgp.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/code.h"
#include "base/instant.h"

#define OPENPGP_MAX_PACKETS 20000
#define OPENPGP_MAX_KEYS 1024

enum { PACKET_SIGNATURE = 2, PACKET_KEY = 6, PACKET_SUBKEY = 14 };

static uint32_t
openpgp_u32(slice bytes, size_t at)
{
	uint32_t number = 0;
	for (size_t i = 0; i < 4; i++)
		number = number << 8 | (at + i < bytes.len ? (unsigned char)bytes.at[at + i] : 0U);
	return number;
}

static size_t
openpgp_byte(slice bytes, size_t at)
{
	return at < bytes.len ? (unsigned char)bytes.at[at] : 0U;
}

/* Take a packet off the front (RFC 9580 section 4.2); false at the end and for what is not a packet. Partial lengths are for data, not for
 * keys. */
static bool
openpgp_next(slice *rest, unsigned *ret_tag, slice *ret_body)
{
	if (rest->len < 2 || (rest->at[0] & 0x80) == 0)
		return false;
	size_t head = openpgp_byte(*rest, 0), first = openpgp_byte(*rest, 1), from, len;
	if ((head & 0x40) != 0) {
		*ret_tag = head & 0x3f;
		if (first < 192)
			from = 2, len = first;
		else if (first < 224)
			from = 3, len = ((first - 192) << 8) + openpgp_byte(*rest, 2) + 192;
		else if (first == 255)
			from = 6, len = openpgp_u32(*rest, 2);
		else
			return false;
	} else {
		*ret_tag = head >> 2 & 0xf;
		switch (head & 3) {
		case 0:
			from = 2, len = first;
			break;
		case 1:
			from = 3, len = first << 8 | openpgp_byte(*rest, 2);
			break;
		case 2:
			from = 5, len = openpgp_u32(*rest, 1);
			break;
		default:
			from = 1, len = rest->len - 1;
			break;
		}
	}
	if (from > rest->len || len > rest->len - from)
		return false;
	*ret_body = slice_part(*rest, from, len);
	*rest = slice_from(*rest, from + len);
	return true;
}

/* What a signature's subpackets say. */
struct openpgp_signature {
	unsigned type;
	int64_t made, lasts; /* seconds; lasts 0 = for ever */
	bool has_issuer;
	uint8_t issuer[8];
};

static void
openpgp_subpackets(slice area, bool hashed, struct openpgp_signature *signature)
{
	while (area.len > 0) {
		size_t first = openpgp_byte(area, 0), from = 1, len = first;
		if (first >= 192 && first < 255)
			from = 2, len = ((first - 192) << 8) + openpgp_byte(area, 1) + 192;
		else if (first == 255)
			from = 5, len = openpgp_u32(area, 1);
		if (len == 0 || from > area.len || len > area.len - from)
			return;
		slice body = slice_part(area, from, len);
		unsigned kind = openpgp_byte(body, 0) & 0x7f;
		if (kind == 2 && hashed && body.len == 5)
			signature->made = openpgp_u32(body, 1);
		else if (kind == 9 && hashed && body.len == 5)
			signature->lasts = openpgp_u32(body, 1);
		else if ((kind == 16 && body.len == 9) || (kind == 33 && body.len == 22 && body.at[1] == 4)) {
			memcpy(signature->issuer, body.at + body.len - 8, 8);
			signature->has_issuer = true;
		} else if (kind == 33 && body.len == 34 && body.at[1] == 6) {
			memcpy(signature->issuer, body.at + 2, 8);
			signature->has_issuer = true;
		}
		area = slice_from(area, from + len);
	}
}

static bool
openpgp_signature_parse(slice body, struct openpgp_signature *ret)
{
	size_t version = openpgp_byte(body, 0), width = version == 6 ? 4 : 2, at = 4;
	*ret = (struct openpgp_signature){.type = (unsigned)openpgp_byte(body, 1)};
	if ((version != 4 && version != 6) || body.len < 8)
		return false;
	for (unsigned part = 0; part < 2; part++) {
		size_t len = width == 4 ? openpgp_u32(body, at) : openpgp_byte(body, at) << 8 | openpgp_byte(body, at + 1);
		at += width;
		if (at > body.len || len > body.len - at)
			return false;
		openpgp_subpackets(slice_part(body, at, len), part == 0, ret);
		at += len;
	}
	return true;
}

/* Key id: of a version 4 key the end of its SHA-1 fingerprint, of a version 6 key the front of its SHA-256 one. */
static bool
openpgp_key_id(slice body, uint8_t ret[static 8])
{
	size_t version = openpgp_byte(body, 0);
	uint8_t head[5] = {0x99, (uint8_t)(body.len >> 8), (uint8_t)body.len}, digest[EVP_MAX_MD_SIZE];
	size_t head_len = 3;
	unsigned len = 0;
	if ((version != 4 && version != 6) || body.len < 6 || body.len > 65535)
		return false;
	if (version == 6) {
		memcpy(head, (uint8_t[]){0x9b, 0, 0, (uint8_t)(body.len >> 8), (uint8_t)body.len}, 5);
		head_len = 5;
	}
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool fine = context != NULL && EVP_DigestInit_ex(context, version == 6 ? EVP_sha256() : EVP_sha1(), NULL) == 1 &&
		    EVP_DigestUpdate(context, head, head_len) == 1 && EVP_DigestUpdate(context, body.at, body.len) == 1 &&
		    EVP_DigestFinal_ex(context, digest, &len) == 1;
	EVP_MD_CTX_free(context);
	if (fine)
		memcpy(ret, version == 6 ? digest : digest + len - 8, 8);
	return fine;
}

/* The bytes of the next armoured block (RFC 9580 section 6.2); false when there is none. */
static bool
openpgp_dearmour(struct job *job, slice *rest, const char *begin, slice *ret)
{
	slice line;
	bool inside = false, body = false;
	struct buf text = buf_open(job, "armoured block", 4 * MIB);
	while (slice_cut(rest, '\n', &line)) {
		line = slice_trim(line);
		if (!inside) {
			inside = slice_starts(line, slice_of(begin));
		} else if (slice_starts(line, S("-----END")) || (body && slice_starts(line, S("="))) ||
			   (body && slice_starts(line, S("-----")))) {
			slice joined;
			err made = buf_end(&text, &joined);
			return made.code == ERR_NONE && code_unbase64(job, joined, ret).code == ERR_NONE;
		} else if (!body) {
			/* Armour headers end with a blank line; some writers leave both out. */
			body = line.len == 0 || slice_find(line, ':') == line.len;
			if (line.len > 0 && body)
				buf_add(&text, line);
		} else {
			buf_add(&text, line);
		}
	}
	return false;
}

struct openpgp_ring {
	struct openpgp_key *keys;
	size_t len;
	size_t primary, current; /* index of the last primary key and of the last key */
	size_t *primary_of;      /* of each key */
	int64_t latest;          /* when the signature was made that the current key's end comes from */
};

static void
openpgp_ring_key(struct openpgp_ring *ring, slice body, bool primary)
{
	struct openpgp_key key = {.created_us = (int64_t)openpgp_u32(body, 1) * SECOND_US, .expires_us = OPENPGP_NEVER};
	if (ring->len == OPENPGP_MAX_KEYS || (!primary && ring->len == 0) || !openpgp_key_id(body, key.id))
		return;
	ring->current = ring->len;
	if (primary)
		ring->primary = ring->len;
	ring->latest = -1;
	ring->primary_of[ring->len] = ring->primary;
	ring->keys[ring->len++] = key;
}

static void
openpgp_ring_signature(struct openpgp_ring *ring, slice body)
{
	struct openpgp_signature signature;
	if (ring->len == 0 || !openpgp_signature_parse(body, &signature))
		return;
	struct openpgp_key *key = &ring->keys[ring->current];
	/* Only the key's owner speaks about its end. */
	if (!signature.has_issuer || memcmp(signature.issuer, ring->keys[ring->primary].id, 8) != 0)
		return;
	bool revokes = signature.type == 0x20 || signature.type == 0x28;
	bool binds = (signature.type >= 0x10 && signature.type <= 0x13) || signature.type == 0x1f || signature.type == 0x18;
	if (revokes) {
		key->expires_us = signature.made * SECOND_US;
		ring->latest = INT64_MAX;
	} else if (binds && signature.made >= ring->latest) {
		key->expires_us = signature.lasts == 0 ? OPENPGP_NEVER : key->created_us + signature.lasts * SECOND_US;
		ring->latest = signature.made;
	}
}

static void
openpgp_ring_packets(struct openpgp_ring *ring, slice bytes)
{
	unsigned tag;
	slice body;
	for (size_t i = 0; i < OPENPGP_MAX_PACKETS && openpgp_next(&bytes, &tag, &body); i++)
		if (tag == PACKET_KEY || tag == PACKET_SUBKEY)
			openpgp_ring_key(ring, body, tag == PACKET_KEY);
		else if (tag == PACKET_SIGNATURE)
			openpgp_ring_signature(ring, body);
}

err
collect_openpgp_keys(struct job *job, const char *name, slice ring_text, struct openpgp_key **ret, size_t *ret_len)
{
	struct openpgp_ring ring = {0};
	slice rest = ring_text, bytes;
	TRY(NEW(job, OPENPGP_MAX_KEYS, &ring.keys));
	TRY(NEW(job, OPENPGP_MAX_KEYS, &ring.primary_of));
	if (ring_text.len > 0 && (ring_text.at[0] & 0x80) != 0)
		openpgp_ring_packets(&ring, ring_text);
	else
		while (openpgp_dearmour(job, &rest, "-----BEGIN PGP PUBLIC KEY BLOCK-----", &bytes))
			openpgp_ring_packets(&ring, bytes);
	if (ring.len == 0)
		return err_set(job, ERR_INPUT, "%s: RFC 9580: expected an OpenPGP key ring, found no key", name);
	for (size_t i = 0; i < ring.len; i++)
		if (ring.keys[i].expires_us > ring.keys[ring.primary_of[i]].expires_us)
			ring.keys[i].expires_us = ring.keys[ring.primary_of[i]].expires_us;
	*ret = ring.keys;
	*ret_len = ring.len;
	return OK;
}

err
collect_openpgp_signers(struct job *job, const char *name, slice text, struct openpgp_signer **ret, size_t *ret_len)
{
	struct openpgp_signature signature;
	struct openpgp_signer *signers;
	slice rest = text, bytes = text, body;
	size_t len = 0;
	unsigned tag;
	TRY(NEW(job, 64, &signers));
	bool have = (text.len > 0 && (text.at[0] & 0x80) != 0) || openpgp_dearmour(job, &rest, "-----BEGIN PGP SIGNATURE-----", &bytes);
	while (have && len < 64 && openpgp_next(&bytes, &tag, &body))
		if (tag == PACKET_SIGNATURE && openpgp_signature_parse(body, &signature) && signature.has_issuer)
			memcpy(signers[len++].id, signature.issuer, 8);
	if (len == 0)
		return err_set(job, ERR_INPUT, "%s: RFC 9580: expected an OpenPGP signature, found none", name);
	*ret = signers;
	*ret_len = len;
	return OK;
}
