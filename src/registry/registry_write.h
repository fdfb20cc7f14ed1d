/*
 * Changing records: adding, editing, status changes, notes. Everything a definition says is applied here, for one record or ten thousand, before anything is
 * appended: all of it or nothing.
 */
#ifndef REGISTRY_REGISTRY_WRITE_H
#define REGISTRY_REGISTRY_WRITE_H

#include "registry/registry.h"

struct registry_input {
	const struct registry_field *field;
	slice text;  /* as a person enters it; empty: the field is emptied */
	slice bytes; /* of a file, whose name ${text} is */
};

struct registry_problem {
	const struct registry_field *field; /* or NULL */
	slice says; /* a sentence without the field's name in front */
};

struct registry_edit {
	const struct registry_register *def;
	int64_t number;     /* 0: a new record */
	int64_t if_version; /* only when the record is still at this version; 0: whatever it is at */
	const struct registry_change *change; /* a status change, or NULL */
	const struct registry_input *inputs;
	size_t inputs_len;
	slice reason, note;
	int64_t at_us;      /* when it happened; 0: now */
	bool unread;        /* the person may not read it: a refusal names no field */
	/* A new record that is written down as it stood elsewhere: it begins in this state, and no deadline starts. NULL: it begins as records do. */
	const struct registry_state *begins;
	int64_t keeps;      /* its number, one that was never given; 0: the next one */
	bool only_moved;    /* when the inputs say nothing but what the record holds it is left as it is: neither judged nor appended */
	/* What came of it. */
	struct registry_problem *problems;
	size_t problems_len, problems_room;
	bool moved;         /* it would be, or was, appended */
	int64_t version;    /* of the record afterwards */
	struct registry_record after; /* what it would be, or is */
};

/*
 * Judge ${len} edits; when none has a problem and not ${dry_run}, append them in one transaction and bring the view forward. ${ret_problems} counts what is wrong in
 * all. Of a lenient register nothing missing is a problem but for a change into an end state. ERR_CONFLICT: a record is at another version than if_version; the
 * sentence shows both sides. ERR_MISSING: there is no such record.
 */
err registry_write(struct job *job, struct registry *registry, struct registry_edit *edits, size_t len, bool dry_run, size_t *ret_problems);

/*
 * The same in portions, for more edits than memory holds at once: what is to be appended is kept in ${job}'s arena (some hundred bytes an edit), the portions
 * themselves may be forgotten. No two edits may be of one record, or keep one number.
 */
struct registry_writing;
err registry_writing_open(struct job *job, struct registry *registry, size_t most, struct registry_writing **ret);
/* ${numbers} of ${def}, ascending and kept: records that edits with ${keeps} will make. Links may name them; numbers that assay gives come after them. Once, before
 * the first portion. */
void registry_writing_promise(struct registry_writing *writing, const struct registry_register *def, const int64_t *numbers, size_t len);
/*
 * Judge a portion. ${each}: a record that is not there, is at another version or may not be touched is a problem of its edit; else it ends the writing with
 * registry_write()'s errors. ${ret_problems} is added to. What has a problem is not kept.
 */
err registry_writing_judge(
    struct job *job, struct registry_writing *writing, struct registry_edit *edits, size_t len, bool each, size_t *ret_problems);
/* Append what was kept, in one transaction, and bring the view forward. Nothing kept: nothing happens. */
err registry_writing_append(struct job *job, struct registry_writing *writing);
/* The first thing that was not allowed, when ${each}; appended as one that was refused. */
err registry_writing_tell(struct job *job, struct registry_writing *writing);

/* One sentence of all that is wrong with ${edit}, as ERR_INPUT: "risk 3 cannot be accepted: ...". */
err registry_edit_refuse(struct job *job, const struct registry_edit *edit);

/* What kind of file these bytes are: a media type, from the bytes alone. */
slice registry_file_type(slice bytes);

#endif
