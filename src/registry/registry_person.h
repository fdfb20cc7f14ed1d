/*
 * What registers hold about a person, and taking it away; records whose time is over; tasks that a record needs.
 */
#ifndef REGISTRY_REGISTRY_PERSON_H
#define REGISTRY_REGISTRY_PERSON_H

#include "registry/registry_write.h"

enum registry_trace_how {
	REGISTRY_ABOUT,  /* the record's subject */
	REGISTRY_NAMED,  /* a personal field holds the name, or did at an earlier version */
	REGISTRY_NOTED,  /* a note or a reason in its history holds the name */
	REGISTRY_LINKED, /* another person field: owner, approver, … */
};
extern const char *const registry_trace_words[]; /* "about", "named", "noted", "linked", NULL */

struct registry_trace {
	const struct registry_register *def;
	int64_t number;
	enum registry_trace_how how; /* the strongest */
	slice fields;                /* in which, "owner, requester" */
	slice label;
};
/*
 * Every record that holds ${name} or its ${token} (may be empty). A name is looked for as whole words, whatever its case, in personal fields, in what they held before,
 * and in notes and reasons.
 */
err registry_person_traces(
    struct job *job, const struct registry *registry, slice name, slice token, struct registry_trace **ret, size_t *ret_len);

/* ${text} has ${name} in it and not as a piece of a longer word or address: "ann" is not in "planned", "ann-marie" or "ann@example.org". */
bool registry_person_in(slice text, slice name);

/* ERR_CONFLICT when records are kept that cannot be looked at: their register's definition is wrong or gone. */
err registry_person_reach(struct job *job, const struct registry *registry);

/* Changes that a person made: register, number, version, when. */
struct registry_deed {
	slice registry;
	int64_t number, version, at_us;
};
err registry_person_deeds(struct job *job, const struct registry *registry, slice token, struct registry_deed **ret, size_t *ret_len);

struct registry_erasure {
	size_t records;  /* that lost personal fields */
	size_t contents; /* destroyed, the name among them */
	uint64_t entry;  /* the erasure */
};
/*
 * Take a person's data away: personal fields of records about them or naming them are emptied and every earlier content that held one is destroyed; what else those records say is
 * stated anew first, in one transaction. Notes and reasons that name them are destroyed with the change that holds them, and what that change said is stated anew. The name behind the token is destroyed too, so that it reads "erased person" everywhere. ERR_DENIED names a record that is
 * on hold: nothing was changed. ERR_MISSING: nothing is held. ERR_CONFLICT: registry_person_reach().
 */
err registry_person_erase(struct job *job, struct registry *registry, slice name, slice why, struct registry_erasure *ret);

/* Records whose time is over at ${now_us} by their register's retention, oldest first; on hold or not. */
struct registry_expired {
	const struct registry_register *def;
	int64_t number, over_us;
	slice label, hold;
};
err registry_retention_list(struct job *job, const struct registry *registry, int64_t now_us, struct registry_expired **ret, size_t *ret_len);
/* Erase records: every content of theirs, files too; number and status stay. Those on hold are ERR_DENIED, nothing was changed. */
err registry_retention_erase(
    struct job *job, struct registry *registry, const struct registry_expired *records, size_t len, slice why, struct registry_erasure *ret);

/* Add the tasks that record ${number} needs and has not (def->tasks); ${ret_added}. */
err registry_tasks_add(struct job *job, struct registry *registry, const struct registry_register *def, int64_t number, size_t *ret_added);

#endif
