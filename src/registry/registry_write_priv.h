/*
 * Inside writing: one edit being judged. registry_write.c drives, registry_work.c reads what was entered, registry_own.c asks expressions, registry_judge.c
 * status changes, registry_clock.c deadlines; registry_settle.c keeps and appends.
 */
#ifndef REGISTRY_REGISTRY_WRITE_PRIV_H
#define REGISTRY_REGISTRY_WRITE_PRIV_H

#include "registry/registry_access.h"
#include "registry/registry_memo.h"
#include "registry/registry_write.h"

/* A place in a kept change that is filled when everything is right: a person's token, or the digest of a file. */
struct registry_spot {
	char *at;
	slice person; /* name */
	slice bytes;  /* of a file */
};

struct registry_writing {
	struct job *job; /* keeps what follows */
	struct registry *registry;
	int64_t now_us;
	slice actor;
	struct registry_memo persons; /* token by name; empty: nobody knows this person yet */
	struct registry_memo records; /* "risk/12": "1" when it is there */
	const struct registry_register *promised_def;
	const int64_t *promised;
	size_t promised_len;
	int64_t *next;                /* number that the next new record gets, by register; 0: not asked yet */
	struct ledger_change *changes;
	size_t changes_len, changes_room;
	struct registry_spot *spots;
	size_t spots_len, spots_room;
	bool each, denied;
	struct registry_ask first_denied;
};

struct registry_work {
	struct registry_writing *writing;
	const struct registry *registry;
	struct registry_edit *edit;
	const struct registry_register *def;
	bool exists;
	struct ledger_record base; /* as it stands; of a new one what it begins as */
	slice *values;             /* JSON by field; empty: none */
	const json_t **json;
	bool *touched;
	slice *pending;            /* person fields: a name without a token yet */
	slice *bytes;              /* file fields: content that is not stored yet */
	struct cell *cells;        /* of def->table, as it will be */
	struct cell *cells_before; /* as it is; NULL for a new one */
	size_t state;              /* as it will be */
	bool was_end;
	struct registry_deadline *runs;
	size_t runs_len, runs_room;
	bool runs_touched;
	bool *starts;              /* of def->starts or the change's: does its "if" hold? */
	int64_t now_us;
	slice actor;               /* token, or empty when nobody knows this person yet */
};

err registry_problem(struct job *job, struct registry_work *work, const struct registry_field *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Cells from values: after anything changed them. */
err registry_work_cells(struct job *job, struct registry_work *work);
err registry_work_set(struct job *job, struct registry_work *work, size_t field, slice json);

/* registry_work.c: the record as it stands, and what the edit enters. ${ret_entered}: something of it is not so already. */
err registry_work_open(struct job *job, struct registry_writing *writing, struct registry_edit *edit, struct registry_work *work);
err registry_work_take(struct job *job, struct registry_work *work, bool *ret_entered);
/* registry_settle.c: keep what a work comes to. */
err registry_settle_keep(struct job *job, struct registry_work *work);

/* registry_own.c: computed scores, required-when, conditions of deadlines; all works are of one register. */
err registry_own(struct job *job, struct registry_work *works, size_t len);
/* registry_judge.c: may the status change as it is asked? */
err registry_judge(struct job *job, const struct registry *registry, struct registry_work *work);
/* Missing fields are no problem here: a lenient register, and no end is reached. */
bool registry_work_lenient(const struct registry_work *work);
/* registry_clock.c: deadlines start, pause, go on, stop; and what of them goes into the entry. */
err registry_clock(struct job *job, const struct registry *registry, struct registry_work *work);
err registry_clock_write(struct job *job, const struct registry_work *work, slice *ret);

#endif
