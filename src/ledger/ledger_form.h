/*
 * What the ledger's own small contents say, as canonical JSON: hosts, receipts, erasures, persons, attestations, content sets, adoption.
 * Written and read in one place, so that verifying, projecting and erasing agree on every byte.
 */
#ifndef LEDGER_LEDGER_FORM_H
#define LEDGER_LEDGER_FORM_H

#include "ledger/ledger.h"

/* A JSON string that our own reader takes back: bytes that are not UTF-8, and NUL, become U+FFFD. An entry once stored must be readable for ever. */
void ledger_form_put(struct buf *buf, slice text);

/*
 * Kind host, subject "host": {"act":"serve"|"accept"|"retire","fingerprint":"SHA256:…","name":"…","why":"…"}.
 * serve: the key of the server itself, in the very first entry only. accept and retire: a host's key. The first entry has two subjects,
 * "server" (serve) and "host" (accept: this machine's own), so that its own key vouches for both.
 */
enum ledger_host_act { LEDGER_HOST_ACT_SERVE, LEDGER_HOST_ACT_ACCEPT, LEDGER_HOST_ACT_RETIRE };
struct ledger_host_form {
	enum ledger_host_act act;
	slice fingerprint;
	slice name;        /* accept, serve */
	slice why;         /* retire */
	struct digest key; /* what the fingerprint says: SHA-256 of the key's SubjectPublicKeyInfo; filled on reading */
};
err ledger_host_form_write(struct job *job, const struct ledger_host_form *form, slice *ret);
err ledger_host_form_read(struct job *job, slice content, struct ledger_host_form *ret);
/* "SHA256:" and 43 base64 digits, and back; ERR_INPUT says what a fingerprint looks like. */
err ledger_fingerprint_write(struct job *job, const struct digest *key, slice *ret);
err ledger_fingerprint_read(struct job *job, slice text, struct digest *ret);
/* The host id: the first 16 bytes of the key's digest as 32 hex digits. */
err ledger_host_id_of(struct job *job, const struct digest *key, slice *ret);

/*
 * Kind receipt, subject "receipt": {"entries":[{"received":"RFC 3339","statement":"hex"},…]}: each entry of a foreign host in the same
 * batch, in order, before this one. Its received time is the greater of that of the entry before it and what stands here.
 */
struct ledger_receipt_form {
	struct digest statement;
	int64_t received_us;
};
err ledger_receipt_form_write(struct job *job, const struct ledger_receipt_form *entries, size_t len, slice *ret);
err ledger_receipt_form_read(struct job *job, slice content, struct ledger_receipt_form **ret, size_t *ret_len);

/* Kind erasure, subject "erasure": {"contents":["hex",…],"why":"…"}. */
err ledger_erasure_form_write(struct job *job, const struct digest *contents, size_t len, slice why, slice *ret);
err ledger_erasure_form_read(struct job *job, slice content, struct digest **ret, size_t *ret_len, slice *ret_why);

/*
 * Kind change, subject "person/TOKEN": {"host":"…","name":"…"}; host is empty for a person of the organisation. The random token stands in
 * the subject's name, so that it is still known when the content, and with it the name, is erased.
 */
#define LEDGER_PERSON_SUBJECT "person/"
struct ledger_person_form {
	slice host;
	slice name;
};
err ledger_person_form_write(struct job *job, const struct ledger_person_form *form, slice *ret);
err ledger_person_form_read(struct job *job, slice content, struct ledger_person_form *ret);

/* Kind change, subject "rewrap": {"contents":n}: so many content keys were wrapped again under a new root key. */
#define LEDGER_REWRAP_SUBJECT "rewrap"

/* Kind decision, subject "attestation": {"file":"name or empty","part":"…","says":"…","until":"RFC 3339"}; a second subject "file" when
 * there is one. */
struct ledger_attest_form {
	slice part;
	slice says;
	int64_t until_us;
	slice file_name;
};
err ledger_attest_form_write(struct job *job, const struct ledger_attest_form *form, slice *ret);
err ledger_attest_form_read(struct job *job, slice content, struct ledger_attest_form *ret);

/* Kind content, subjects "set": {"digest":"hex"} and "pack": the set's bytes. */
err ledger_set_form_write(struct job *job, const struct digest *set, slice *ret);
err ledger_set_form_read(struct job *job, slice content, struct digest *ret);

/* Kind adopt, subject "adopt": {"lost":"…","root":"hex","size":n,"why":"…"}: the head the signer goes on from, and what is known to be
 * lost. */
err ledger_adopt_form_write(struct job *job, uint64_t size, const struct digest *root, slice lost, slice why, slice *ret);

#endif
