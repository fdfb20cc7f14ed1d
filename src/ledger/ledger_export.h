/*
 * The folder an auditor gets: how it is laid out, for who writes it and who verifies it.
 *
 *   checkpoint tile/…              the log, exactly as C2SP tlog-tiles
 *   bundles/NNN.sigstore.json      one Sigstore bundle for each entry, numbered as tiles are (x001/234 after 999)
 *   keys/log.pub keys/log.pem      the log's verifier key, as a note key and as PEM
 *   keys/<64 hex>.pem              each key that signed an entry, named by the SHA-256 of its SubjectPublicKeyInfo
 *   trusted_root.json README.md verify.sh
 *
 * Contents are not in it: they are erasable, and an export is not. Who may see one gets it salted, by other ways.
 */
#ifndef LEDGER_LEDGER_EXPORT_H
#define LEDGER_LEDGER_EXPORT_H

#include "ledger/ledger_note.h"

struct ledger_export_name {
	char at[96];
};
/* "bundles/x001/234.sigstore.json" */
struct ledger_export_name ledger_export_bundle(uint64_t index);
/* "keys/….pem" */
struct ledger_export_name ledger_export_key(const struct digest *key);
/* PEM of a SubjectPublicKeyInfo, as openssl writes it. */
err ledger_export_pem(struct job *job, slice spki, slice *ret);
/* SubjectPublicKeyInfo of the log's Ed25519 key (RFC 8410). */
err ledger_export_log_spki(struct job *job, const struct ledger_note_key *log, slice *ret);

/* doc/verify.md's script, put into the program when it is built. */
extern const char ledger_export_script[];

#endif
