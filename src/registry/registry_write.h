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
	/* What came of it. */
	struct registry_problem *problems;
	size_t problems_len, problems_room;
	int64_t version;    /* of the record afterwards */
	struct registry_record after; /* what it would be, or is */
};

/*
 * Judge ${len} edits; when none has a problem and not ${dry_run}, append them in one transaction and bring the view forward. ${ret_problems} counts what is wrong in
 * all. Of a lenient register nothing missing is a problem but for a change into an end state. ERR_CONFLICT: a record is at another version than if_version; the
 * sentence shows both sides. ERR_MISSING: there is no such record.
 */
err registry_write(struct job *job, struct registry *registry, struct registry_edit *edits, size_t len, bool dry_run, size_t *ret_problems);

/* One sentence of all that is wrong with ${edit}, as ERR_INPUT: "risk 3 cannot be accepted: ...". */
err registry_edit_refuse(struct job *job, const struct registry_edit *edit);

/* What kind of file these bytes are: a media type, from the bytes alone. */
slice registry_file_type(slice bytes);

#endif
