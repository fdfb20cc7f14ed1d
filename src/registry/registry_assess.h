/*
 * What a library of threats proposes: a record for each threat and each thing it threatens that no open record covers yet.
 */
#ifndef REGISTRY_REGISTRY_ASSESS_H
#define REGISTRY_REGISTRY_ASSESS_H

#include "registry/registry_access.h"
#include "registry/registry_threat.h"
#include "registry/registry_write.h"

enum registry_proposed { REGISTRY_PROPOSED, REGISTRY_COVERED, REGISTRY_REJECTED };
extern const char *const registry_proposed_words[]; /* "proposed", "covered", "rejected", NULL */

struct registry_proposal {
	slice id;  /* 12 hex digits of SHA-256 over the register and the key: the same every day */
	slice key; /* "phishing asset/12": of decisions to reject it (ledger_ignore.h) */
	const struct registry_threat *threat;
	const struct registry_threat_target *target;
	const struct registry_register *of; /* the register of the thing */
	int64_t number;                     /* the thing */
	int64_t service;                    /* it belongs to; 0: none */
	slice label;                        /* of the thing; empty when it names a person */
	enum registry_proposed state;
	int64_t covered_by;                 /* the record that covers it */
	int64_t until_us;                   /* rejected until */
	slice why;
};

/*
 * Ask every threat of ${def}'s library what it threatens, of the records that ${access} may read (NULL: all). Worst first, then by threat and thing. ${service}: only
 * things of that service; 0: all. A record that covers a proposal counts whoever asks: it keeps the same from being added twice.
 */
err registry_assess(struct job *job, const struct registry *registry, const struct registry_access *access, struct ledger_moment at,
    const struct registry_register *def, int64_t service, struct registry_proposal **ret, size_t *ret_len);

/* The number of an open record that covers ${key}, or 0. */
err registry_assess_covered(
    struct job *job, const struct registry *registry, struct ledger_moment at, const struct registry_register *def, slice key, int64_t *ret);

/*
 * What a record is to be given for ${proposal}: the fields of "sets", the link to the thing, and the service when it has one. ${given} goes before: a field that is among
 * them is not set.
 */
err registry_assess_inputs(struct job *job, const struct registry *registry, const struct registry_register *def, const struct registry_proposal *proposal,
    const struct registry_input *given, size_t given_len, struct registry_input **ret, size_t *ret_len);

#endif
