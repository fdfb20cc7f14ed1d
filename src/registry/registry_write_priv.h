/*
 * Inside writing: one edit being judged. registry_write.c drives, registry_own.c asks expressions, registry_judge.c status changes, registry_clock.c deadlines.
 */
#ifndef REGISTRY_REGISTRY_WRITE_PRIV_H
#define REGISTRY_REGISTRY_WRITE_PRIV_H

#include "registry/registry_write.h"

struct registry_work {
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
