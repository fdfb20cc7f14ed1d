/*
 * Who was given which role over what, who took it back, what was refused, and who read what is sensitive: entries of kind grant. What a role may do, and
 * whether it applies, is the registry's.
 *
 * Each is a subject "grant" of canonical JSON; who made it is the statement's "by":
 *   {"act":"grant","person":"TOKEN","role":"…","scope":"organisation|unit|service","service":n,"unit":"…","until":"RFC 3339 or empty","why":"…"}
 *   {"act":"revoke","grant":n,"why":"…"}                n: the entry that made the grant
 *   {"act":"denied","at":"RFC 3339","capability":"…","number":n,"person":"TOKEN or empty","register":"…"}
 *   {"act":"read","at":"RFC 3339","fields":["…"],"numbers":[n,…],"person":"TOKEN or empty","register":"…"}    no fields: the records as a whole
 * Persons are tokens. The contents are never erased: without a revocation its grant would stand again.
 */
#ifndef LEDGER_LEDGER_GRANT_H
#define LEDGER_LEDGER_GRANT_H

#include "ledger/ledger.h"

#define LEDGER_GRANT_SUBJECT "grant"

enum ledger_scope { LEDGER_SCOPE_ORGANISATION, LEDGER_SCOPE_UNIT, LEDGER_SCOPE_SERVICE };
extern const char *const ledger_scope_words[]; /* "organisation", "unit", "service", NULL */

struct ledger_grant {
	slice person; /* token */
	slice role;
	enum ledger_scope scope;
	slice unit;       /* scope unit */
	int64_t service;  /* scope service: its number */
	int64_t until_us; /* 0: without end; it counts before this moment */
	slice why;
	/* Read back only. */
	uint64_t entry; /* what a grant is named by */
	int64_t made_us;
	slice by; /* token */
	bool revoked;
	uint64_t revoke_entry;
	int64_t revoked_us;
	slice revoked_by, revoked_why;
};

enum ledger_access_act { LEDGER_ACT_GRANT, LEDGER_ACT_REVOKE, LEDGER_ACT_DENIED, LEDGER_ACT_READ };
extern const char *const ledger_access_act_words[]; /* "grant", "revoke", "denied", "read", NULL */

/* What was refused, or read. */
struct ledger_access_event {
	enum ledger_access_act act; /* denied or read */
	slice person;               /* token; empty: nobody known */
	slice capability;           /* denied */
	slice registry;             /* register's id; empty: about none */
	const int64_t *numbers;     /* of records; denied: one, or none */
	size_t numbers_len;
	const slice *fields; /* read */
	size_t fields_len;
	int64_t at_us;
	uint64_t entry; /* read back only */
};

/* The content of one entry. */
struct ledger_access_form {
	enum ledger_access_act act;
	struct ledger_grant grant; /* grant */
	uint64_t revokes;          /* revoke: the grant's entry */
	slice why;                 /* revoke */
	struct ledger_access_event event;
};
err ledger_access_form_write(struct job *job, const struct ledger_access_form *form, slice *ret);
err ledger_access_form_read(struct job *job, slice content, struct ledger_access_form *ret);

/*
 * Give a role: durable when it returns; ${ret}'s index is the grant's number. ERR_DENIED: no person asks (job->actor). ERR_INPUT: person, role or scope is missing or
 * too long, no reason is given, or the end is past.
 */
err ledger_grant(struct job *job, struct ledger *ledger, const struct ledger_grant *grant, struct ledger_receipt *ret);
/* Take back the grant that entry ${grant} made. ERR_MISSING: there is none; ERR_CONFLICT: it was taken back before. */
err ledger_grant_revoke(struct job *job, struct ledger *ledger, uint64_t grant, slice why, struct ledger_receipt *ret);
/* Append what was refused or read; a long list of numbers becomes several entries. */
err ledger_access_event_append(struct job *job, struct ledger *ledger, const struct ledger_access_event *event);

/* Every grant made until the moment, to ${person} or (empty) to anybody, oldest first; ended and revoked ones too. */
err ledger_grants(struct job *job, struct ledger *ledger, struct ledger_moment at, slice person, struct ledger_grant **ret, size_t *ret_len);
/* What it is over: "the organisation", "unit north", "service 3". */
err ledger_grant_over(struct job *job, const struct ledger_grant *grant, slice *ret);
/* Was any grant ever made by then? */
err ledger_grants_any(struct job *job, struct ledger *ledger, struct ledger_moment at, bool *ret);
/* The newest entry that ${person} made by then, but for refusals: false when there is none. */
err ledger_person_last(struct job *job, struct ledger *ledger, struct ledger_moment at, slice person, bool *ret_found, uint64_t *ret_entry, int64_t *ret_us);
/* The newest ${newest} (0: all) of what was refused or read, newest first. */
struct ledger_access_log {
	bool denied, read; /* which; both false: both */
	slice person;      /* empty: anybody's */
	size_t newest;
};
err ledger_access_events(struct job *job, struct ledger *ledger, struct ledger_moment at, const struct ledger_access_log *log,
    struct ledger_access_event **ret, size_t *ret_len);

#endif
