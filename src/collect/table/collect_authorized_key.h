/*
 * Keys that open accounts over SSH: one line of an authorized_keys file.
 */
#ifndef COLLECT_TABLE_COLLECT_AUTHORIZED_KEY_H
#define COLLECT_TABLE_COLLECT_AUTHORIZED_KEY_H

#include "collect/collect.h"

struct authorized_key {
	slice algorithm;
	slice options;     /* names only, sorted as written, with commas: their values are left out */
	slice fingerprint; /* "SHA256:…" as ssh-keygen shows it */
	uint64_t bits;
};
/* Parse one line, trimmed and no comment. False when it is no key sshd would take. */
bool authorized_key_line(struct job *job, slice line, struct authorized_key *ret);

extern const struct table table_authorized_key;

#endif
