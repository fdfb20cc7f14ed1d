/*
 * Who may do what: one decision for every surface, from the grants a person holds now and what their roles say. What no grant gives is refused.
 *
 * While no grant was ever made, whoever opens the store may do anything; the first grant makes an administrator and ends that. History is shown to whoever may
 * read the record now: decisions rest on the grants of this moment, never on those of the moment that is looked at.
 */
#ifndef REGISTRY_REGISTRY_ACCESS_H
#define REGISTRY_REGISTRY_ACCESS_H

#include "registry/registry.h"
#include "registry/registry_role.h"

enum registry_standing {
	REGISTRY_HELD_LIVE,
	REGISTRY_HELD_ENDED,   /* its time is over */
	REGISTRY_HELD_REVOKED,
	REGISTRY_HELD_ROLELESS, /* content knows no role of that name now */
	REGISTRY_HELD_MISFIT,  /* the role is not for such a scope */
};
extern const char *const registry_standing_words[]; /* "live", "ended", "revoked", "no such role", "wrong scope", NULL */

/* A grant, as it counts at a moment. */
struct registry_held {
	struct ledger_grant grant;
	const struct registry_role *role; /* NULL: roleless */
	int64_t ends_us; /* the earlier of its own end and what its role allows; 0: without end */
	enum registry_standing standing;
};

struct registry_unit {
	int64_t service;
	slice unit;
};

struct registry_access {
	const struct registry *registry;
	struct ledger_moment at;
	slice actor; /* token; empty: nobody known here */
	bool unclaimed; /* no grant was ever made: anything is allowed */
	struct registry_roles roles;
	struct registry_held *held; /* every grant this person was ever given, oldest first */
	size_t held_len;
	struct registry_unit *units; /* of services, by number; read when a grant is over a unit */
	size_t units_len;
};

/* What ${actor} (a token, may be empty) may do at ${at}, which is now but in tests. Lives in the job's arena; open it again after a grant. */
err registry_access_open(
    struct job *job, const struct registry *registry, struct ledger_moment at, slice actor, struct registry_access **ret);
/* The same for whoever asks: job->actor, at this moment. */
err registry_access_open_mine(struct job *job, const struct registry *registry, struct registry_access **ret);
/* Every grant at the moment, whoever holds it. */
err registry_access_held(
    struct job *job, const struct registry *registry, const struct registry_roles *roles, struct ledger_moment at, struct registry_held **ret, size_t *ret_len);

/* What somebody wants to do. */
struct registry_ask {
	slice capability;                    /* "read", "add", "accept-risk", … */
	const struct registry_register *def; /* NULL: about no register */
	int64_t number;                      /* of the record; 0: a new one, or the register as a whole */
	int64_t service;                     /* it belongs to; 0: none */
	unsigned rank;                       /* of its classification */
};
/* About a record as it is. */
struct registry_ask registry_ask_of(const struct registry *registry, const struct registry_record *record, slice capability);

/* The decision. ${ret_by} (may be NULL): the grant that allows it; NULL when none was needed. */
bool registry_access_allows(const struct registry_access *access, const struct registry_ask *ask, const struct registry_held **ret_by);
/* The same with a sentence that says why, or who could. */
err registry_access_decide(
    struct job *job, const struct registry_access *access, const struct registry_ask *ask, bool *ret_allowed, slice *ret_why);
/* OK, or what registry_access_deny() gives. */
err registry_access_need(struct job *job, const struct registry_access *access, const struct registry_ask *ask);
/* Append that it was refused; ERR_DENIED with the sentence. */
err registry_access_deny(struct job *job, const struct registry_access *access, const struct registry_ask *ask);

/* May ${field} of the record of ${ask} be seen, or written? A field without a capability of its own goes with read, or with what ${ask} is (add, edit, a status change). */
bool registry_access_field(const struct registry_access *access, const struct registry_ask *ask, const struct registry_field *field, bool write);

/* The decision for every kind of record there is: what lists, search and counts are limited to. ${def} NULL: of every register. */
err registry_access_reach(struct job *job, const struct registry_access *access, slice capability, const struct registry_register *def,
    struct registry_reach *ret);
/* May ${column} of ${def}'s table be read in every record that may be read? If not, nothing may be filtered or sorted by it. */
err registry_access_column(
    struct job *job, const struct registry_access *access, const struct registry_register *def, slice column, bool *ret);
/* The same of a field, which need not have a column. */
err registry_access_everywhere(struct job *job, const struct registry_access *access, const struct registry_register *def, const struct registry_field *field,
    bool *ret);
/* Put "(kept)" or nothing in the place of what may not be seen, in rows of def->table. */
err registry_access_mask(struct job *job, const struct registry_access *access, const struct registry_register *def, struct rows *rows);

/* The records that may be read, for surfaces that look at many at once: questions, findings. */
struct registry_covered {
	slice registry;
	int64_t number;
};
struct registry_coverage {
	struct registry_covered *at; /* sorted */
	size_t len;
	bool all;
};
err registry_access_coverage(struct job *job, const struct registry_access *access, struct registry_coverage *ret);
bool registry_coverage_has(const struct registry_coverage *coverage, slice registry, int64_t number);
bool registry_coverage_any(const struct registry_coverage *coverage, slice registry);
/* Leave of ${rows}, which are of ${def}'s table or (NULL) of a shared one, those that may be read, masked; of links none by a field that may not be seen everywhere. */
err registry_access_rows(struct job *job, const struct registry_access *access, const struct registry_coverage *coverage, const struct registry_register *def,
    struct rows *rows);

/*
 * Reads that are entries: of fields with a capability of their own that hold something, and of records classified above official. One entry for a record, at most two for
 * a list; none when nothing sensitive was shown. ${columns}: those of def->table that were shown.
 */
err registry_access_note_read(struct job *job, const struct registry_access *access, const struct registry_record *record);
err registry_access_note_rows(struct job *job, const struct registry_access *access, const struct rows *rows, const struct registry_register *def,
    const slice *columns, size_t columns_len);

/* Why, grant by grant, in the order they were given. */
struct registry_reason {
	const struct registry_held *held;
	bool applies;
	slice says;
};
err registry_access_explain(struct job *job, const struct registry_access *access, const struct registry_ask *ask, struct registry_reason **ret, size_t *ret_len);
/* The roles that would allow it, "risk-owner or security-officer"; empty: none. */
err registry_access_roles(struct job *job, const struct registry_access *access, const struct registry_ask *ask, slice *ret);

/* May ${access} see who holds what over ${service} (0: the organisation)? Everybody sees their own grants. */
bool registry_access_oversees(const struct registry_access *access, int64_t service);

/*
 * Give and take back. _check is what granting asks first; its person may be empty: one nobody knows yet. ERR_INPUT: no such role, a scope that is not the role's, no end where the role needs one, a first grant that makes no administrator without end.
 * ERR_DENIED: the actor may not grant, gives more than they have, or would take away the last administrator without end.
 */
err registry_access_grant_check(struct job *job, const struct registry_access *access, const struct ledger_grant *grant);
err registry_access_grant(struct job *job, const struct registry_access *access, const struct ledger_grant *grant, struct ledger_receipt *ret);
err registry_access_revoke(struct job *job, const struct registry_access *access, uint64_t grant, slice why, struct ledger_receipt *ret);

#endif
