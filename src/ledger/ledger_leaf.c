/*
 * The leaf of an entry in Rekor's hashedrekord 0.0.2 form: digest of the PAE, signature, public key.
 * Deliberately does not: check the signature, or that the point lies on the curve (ledger_key_of_spki() does).
 */
#include "ledger/ledger_leaf.h"

#include <string.h>

#include "ledger/ledger_scan.h"

#define MAX_LEAF 1024
#define MAX_SIGNATURE 72
#define SPKI_LEN 91

/* SubjectPublicKeyInfo of an uncompressed P-256 point, RFC 5480 section 2: everything before the 64 bytes of the point. */
static const uint8_t spki_head[27] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};

#define HEAD                                                                                                                               \
	"{\"apiVersion\":\"0.0.2\",\"kind\":\"hashedrekord\",\"spec\":{\"hashedRekordV002\":{\"data\":{\"algorithm\":\"SHA2_256\","        \
	"\"digest\":\""
#define SIGNATURE "},\"signature\":{\"content\":\""
#define KEY ",\"verifier\":{\"keyDetails\":\"PKIX_ECDSA_P256_SHA_256\",\"publicKey\":{\"rawBytes\":\""
#define TAIL "}}}}}}"

static bool
spki_good(slice spki)
{
	return spki.len == SPKI_LEN && memcmp(spki.at, spki_head, sizeof spki_head) == 0;
}

/* One INTEGER of a signature: positive, shortest form, at most 32 bytes of number. */
static bool
der_integer(slice *rest)
{
	if (rest->len < 3 || rest->at[0] != 0x02)
		return false;
	const uint8_t *at = (const uint8_t *)rest->at;
	size_t len = at[1];
	if (len == 0 || len > 33 || rest->len < 2 + len || (at[2] & 0x80) != 0)
		return false;
	if (at[2] == 0 && (len == 1 || (at[3] & 0x80) == 0))
		return false;
	if (len == 33 && at[2] != 0)
		return false;
	*rest = slice_from(*rest, 2 + len);
	return true;
}

/* Ecdsa-Sig-Value in DER, RFC 3279 section 2.2.3. */
static bool
signature_good(slice der)
{
	if (der.len < 8 || der.len > MAX_SIGNATURE || der.at[0] != 0x30 || (size_t)(uint8_t)der.at[1] != der.len - 2)
		return false;
	slice rest = slice_from(der, 2);
	return der_integer(&rest) && der_integer(&rest) && rest.len == 0;
}

err
ledger_leaf_write(struct job *job, const struct ledger_leaf *leaf, slice *ret)
{
	struct buf buf = buf_open(job, "leaf", MAX_LEAF);
	if (!spki_good(leaf->spki))
		return err_set(job, ERR_INPUT,
		    "leaf: RFC 5480: the key must be an uncompressed P-256 SubjectPublicKeyInfo of %d bytes, found %zu bytes", SPKI_LEN,
		    leaf->spki.len);
	if (!signature_good(leaf->signature))
		return err_set(job, ERR_INPUT,
		    "leaf: RFC 3279 section 2.2.3: the signature must be DER of two positive integers, found %zu bytes",
		    leaf->signature.len);
	buf_add(&buf, S(HEAD));
	code_base64(&buf, leaf->pae.byte, sizeof leaf->pae.byte);
	buf_add(&buf, S("\"" SIGNATURE));
	code_base64(&buf, leaf->signature.at, leaf->signature.len);
	buf_add(&buf, S("\"" KEY));
	code_base64(&buf, leaf->spki.at, leaf->spki.len);
	buf_add(&buf, S("\"" TAIL));
	return buf_end(&buf, ret);
}

err
ledger_leaf_read(struct job *job, slice text, struct ledger_leaf *ret)
{
	struct ledger_leaf leaf;
	struct ledger_scan scan = ledger_scan_open(job, "leaf", text, MAX_LEAF);
	ledger_scan_want(&scan, S(HEAD));
	slice pae = ledger_scan_base64(&scan, sizeof leaf.pae.byte);
	if (pae.len != sizeof leaf.pae.byte)
		ledger_scan_fail(&scan, "a SHA-256 has 32 bytes");
	ledger_scan_want(&scan, S(SIGNATURE));
	leaf.signature = ledger_scan_base64(&scan, MAX_SIGNATURE);
	if (!signature_good(leaf.signature))
		ledger_scan_fail(&scan, "RFC 3279 section 2.2.3: the signature must be DER of two positive integers");
	ledger_scan_want(&scan, S(KEY));
	leaf.spki = ledger_scan_base64(&scan, SPKI_LEN);
	if (!spki_good(leaf.spki))
		ledger_scan_fail(&scan, "RFC 5480: the key must be an uncompressed P-256 SubjectPublicKeyInfo");
	ledger_scan_want(&scan, S(TAIL));
	TRY(ledger_scan_end(&scan));
	memcpy(leaf.pae.byte, pae.at, sizeof leaf.pae.byte);
	*ret = leaf;
	return OK;
}
