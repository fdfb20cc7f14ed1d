/*
 * Records of registers: a person's changes as entries, and the records they add up to. What a register is, and what a field means, is the registry's.
 *
 * A change is a subject "record/UID" of an entry of kind change (up to LEDGER_MAX_SUBJECTS of them in one), its content canonical JSON:
 *   {"at":"RFC 3339","change":"id or empty","deadlines":{…},"note":"…","number":n,"reason":"…","register":"…","set":{…},"status":"…","version":n}
 * "set" holds the fields that are another now, null for one that was emptied; "deadlines" the states of deadlines that moved. A record's fields are all its sets merged (RFC 7396).
 */
#ifndef LEDGER_LEDGER_RECORD_H
#define LEDGER_LEDGER_RECORD_H

#include "ledger/ledger.h"

#define LEDGER_RECORD_SUBJECT "record/"
#define LEDGER_UID_LEN 32
/* Changes that one call appends, all or none. */
#define LEDGER_MAX_CHANGES ((size_t)131072)

struct ledger_change {
	slice uid;       /* 32 hex digits; empty: a new record, filled by ledger_change_append() */
	slice registry;  /* register's id */
	int64_t number;
	int64_t version; /* of the record after this change; 1 for a new one */
	slice status;
	slice change;    /* id of a status change or empty */
	slice reason, note;
	int64_t at_us;   /* when it happened, which may be before it was written down */
	slice sets;      /* a JSON object, or empty for {} */
	slice deadlines; /* the same */
	/* Read back only. */
	int64_t made_us;
	slice by; /* person token */
	uint64_t entry;
	struct digest content;
};
err ledger_change_write(struct job *job, const struct ledger_change *change, slice *ret);
err ledger_change_read(struct job *job, slice content, struct ledger_change *ret);

/*
 * Append them in one transaction: durable when it returns, or nothing is. ERR_CONFLICT: a record has moved on (its version is not the one before the change's),
 * the sentence names it. ERR_LIMIT: more than LEDGER_MAX_CHANGES.
 */
err ledger_change_append(struct job *job, struct ledger *ledger, struct ledger_change *changes, size_t len, struct ledger_receipt *ret);

struct ledger_record {
	slice uid, registry, status;
	int64_t number, version;
	uint64_t entry; /* newest change */
	slice fields;    /* JSON object */
	slice deadlines; /* JSON object */
	int64_t made_us, changed_us, status_since_us;
	slice made_by, changed_by; /* person tokens */
};
/* As of a moment; false when there is (or was) none. */
err ledger_record(struct job *job, struct ledger *ledger, struct ledger_moment at, slice registry, int64_t number, bool *ret_found, struct ledger_record *ret);
/* Its changes up to the moment, oldest first. What was erased is left out. */
err ledger_record_changes(struct job *job, struct ledger *ledger, struct ledger_moment at, slice uid, struct ledger_change **ret, size_t *ret_len);
/* Was a change of the record that ${by} (a token) made erased? What it said is not known any more. */
err ledger_record_erased_by(struct job *job, struct ledger *ledger, slice uid, slice by, bool *ret);
/* The number the next new record of ${registry} gets. */
err ledger_record_next(struct job *job, struct ledger *ledger, slice registry, int64_t *ret);
/* Every record of ${registry} at a moment (with what it was then), by number. */
err ledger_records(struct job *job, struct ledger *ledger, struct ledger_moment at, slice registry, struct ledger_record **ret, size_t *ret_len);

/* A file as content of its own, to be cited by a field: appended, durable; its digest. */
err ledger_file_append(struct job *job, struct ledger *ledger, slice bytes, struct digest *ret);

#endif
