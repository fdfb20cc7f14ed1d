/*
 * DSSE envelopes: what is signed (PAE) and the one JSON form it travels in.
 * Deliberately does not: sign or verify; the caller has the key.
 */
#include "ledger/ledger_dsse.h"

#include <stdio.h>
#include <string.h>

#include "ledger/ledger_scan.h"

#define MAX_PAYLOAD (128 * KIB)
#define MAX_SIGNATURE 72
#define MAX_ENVELOPE (256 * KIB)

err
ledger_dsse_pae(struct job *job, slice payload, slice *ret)
{
	char head[64];
	char *text;
	int len = snprintf(head, sizeof head, "DSSEv1 %zu %s %zu ", sizeof LEDGER_PAYLOAD_TYPE - 1, LEDGER_PAYLOAD_TYPE, payload.len);
	TRY(NEW(job, (size_t)len + payload.len + 1, &text));
	memcpy(text, head, (size_t)len);
	if (payload.len > 0)
		memcpy(text + len, payload.at, payload.len);
	*ret = slice_bytes(text, (size_t)len + payload.len);
	return OK;
}

static bool
keyid_good(slice keyid)
{
	struct digest digest;
	return digest_parse(keyid, &digest);
}

err
ledger_dsse_write(struct job *job, const struct ledger_dsse *dsse, slice *ret)
{
	struct buf buf = buf_open(job, "envelope", MAX_ENVELOPE);
	if (!keyid_good(dsse->keyid))
		return err_set(
		    job, ERR_BUG, "envelope: keyid must be the 64 hex digits of the key's id, found \"%.*s\"", SLICE(dsse->keyid));
	buf_add(&buf, S("{\"payload\":\""));
	code_base64(&buf, dsse->payload.at, dsse->payload.len);
	buf_add(&buf, S("\",\"payloadType\":\"" LEDGER_PAYLOAD_TYPE "\",\"signatures\":[{\"keyid\":\""));
	buf_add(&buf, dsse->keyid);
	buf_add(&buf, S("\",\"sig\":\""));
	code_base64(&buf, dsse->signature.at, dsse->signature.len);
	buf_add(&buf, S("\"}]}"));
	return buf_end(&buf, ret);
}

err
ledger_dsse_read(struct job *job, slice envelope, struct ledger_dsse *ret)
{
	struct ledger_dsse dsse;
	struct ledger_scan scan = ledger_scan_open(job, "envelope", envelope, MAX_ENVELOPE);
	ledger_scan_want(&scan, S("{\"payload\":\""));
	dsse.payload = ledger_scan_base64(&scan, MAX_PAYLOAD);
	ledger_scan_want(&scan, S(",\"payloadType\":\"" LEDGER_PAYLOAD_TYPE "\",\"signatures\":[{\"keyid\":\""));
	dsse.keyid = ledger_scan_until(&scan, '"');
	if (!keyid_good(dsse.keyid))
		ledger_scan_fail(&scan, "keyid must be 64 lower-case hex digits");
	ledger_scan_want(&scan, S(",\"sig\":\""));
	dsse.signature = ledger_scan_base64(&scan, MAX_SIGNATURE);
	if (dsse.signature.len == 0)
		ledger_scan_fail(&scan, "a signature must not be empty");
	ledger_scan_want(&scan, S("}]}"));
	TRY(ledger_scan_end(&scan));
	*ret = dsse;
	return OK;
}
