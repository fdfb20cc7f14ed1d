/*
 * Projecting, for the two files that do it: the projector, its statements, its words.
 */
#ifndef LEDGER_LEDGER_PROJECT_H
#define LEDGER_LEDGER_PROJECT_H

#include "ledger/ledger_finding.h"
#include "ledger/ledger_inner.h"

enum project_sql {
	WORD_FIND,
	WORD_PUT,
	ENTRY_PUT,
	ROUND_FIND,
	ROUND_PUT,
	ROUND_NAME_PUT,
	SLOT_FIND,
	SLOT_PUT,
	READING_NOW,
	READING_PUT,
	READING_ERASE,
	HOST_FIRST,
	HOST_END,
	HOST_PUT,
	OWN_PUT,
	OWN_FIND,
	PENDING_PUT,
	PENDING_TAKE,
	PENDING_DROP,
	PENDING_ANY,
	PERSON_PUT,
	PERSON_ERASE,
	ATTESTATION_PUT,
	CONTENT_SET_PUT,
	RUN_PUT,
	VERDICT_NOW,
	VERDICT_END,
	VERDICT_PUT,
	VERDICT_ALL,
	VERDICT_END_ALL,
	FINDING_NOW,
	FINDING_END,
	FINDING_PUT,
	FINDING_RETIRE,
	RECORD_FIND,
	RECORD_PUT,
	RECORD_GONE,
	RECORD_PATCH,
	CHANGE_PUT,
	GRANT_PUT,
	REVOKE_PUT,
	ACCESS_EVENT_PUT,
	IGNORE_PUT,
	FROZEN_PUT,
	REWRAP_PUT,
	KEPT_PUT,
	ERASED_PUT,
	MISSING_PUT,
	MISSING_DROP,
	PROJECT_SQL,
};

/* How a finding's row ended: open, gone, retired as in ledger.h, or followed by a row that says the same finding anew. */
enum project_ending { PROJECT_OPEN, PROJECT_GONE, PROJECT_RETIRED, PROJECT_CHANGED };

#define PROJECT_WORDS 1024
struct project_word {
	int64_t id;
	size_t len;
	char text[48];
};

struct ledger_projector {
	struct arena *arena;
	struct ledger *ledger;
	sqlite3 *db;
	uint64_t next;
	int64_t received_us; /* of the entry before */
	sqlite3_stmt *stmt[PROJECT_SQL];
	struct project_word words[PROJECT_WORDS]; /* newest words, by hash */
};

err ledger_project_stmt(struct job *job, struct ledger_projector *projector, enum project_sql which, sqlite3_stmt **ret);
err ledger_project_do(
    struct job *job, struct ledger_projector *projector, enum project_sql which, const struct ledger_sql_value *values, size_t len);
/* The first row; the caller resets the statement. */
err ledger_project_ask(struct job *job, struct ledger_projector *projector, enum project_sql which, const struct ledger_sql_value *values,
    size_t len, sqlite3_stmt **ret, bool *ret_row);
/* The number of a word, made when it is new. */
err ledger_project_word(struct job *job, struct ledger_projector *projector, slice text, int64_t *ret);
/* The round of entries of ${kind} about ${host} that cite ${names} (words). */
err ledger_project_round(struct job *job, struct ledger_projector *projector, enum ledger_kind kind, int64_t host, const int64_t *names,
    size_t len, int64_t *ret);

/* ledger_project_run.c */
err ledger_project_run(struct job *job, struct ledger_projector *projector, const struct ledger_item *item,
    const struct ledger_run_form *form, int64_t *ret_round);

/* ledger_project_record.c: one change of one record. ERR_INPUT: its content is none. */
err ledger_project_record(struct job *job, struct ledger_projector *projector, const struct ledger_item *item,
    const struct ledger_subject *subject, slice content);
/* The same of one whose content was erased: who made it, and when. */
err ledger_project_record_gone(
    struct job *job, struct ledger_projector *projector, const struct ledger_item *item, const struct ledger_subject *subject);

/*
 * ledger_project_receipt.c: our own entries are received at the greater of the time before and when they were made; those of other hosts wait
 * for the receipt of their batch. ERR_STORE: the time is another.
 */
err ledger_project_received(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, int64_t before_us);
/* ERR_INPUT: its content is none; ERR_STORE: it does not fit the entries before it. */
err ledger_project_receipt(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, slice content);

/* ledger_ignore.c: what need not be recorded until a date. ERR_INPUT: its content is none. */
err ledger_project_ignore(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, slice content);
/* ledger_frozen.c: a report that was kept. */
err ledger_project_frozen(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, slice content);

/* ledger_project_grant.c: a grant, or what came of one. ERR_INPUT: its content is none. */
err ledger_project_grant(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, slice content);

#endif
