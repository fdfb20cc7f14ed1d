/*
 * Reports as they were handed over: a pack's bytes kept as content, with what it was made from, signed as an entry.
 *
 * An entry of kind decision, subject "frozen", canonical JSON; the bytes are subjects "file/1", "file/2", … in the order of "files":
 *   {"classification":n,"content":"hex","files":["name",…],"format":"html|csv|json","from":"RFC 3339 or empty","instant":"RFC 3339","pack":"…","phase":"…","root":"hex","service":n,"size":n,
 *    "title":"…","to":"RFC 3339 or empty"}
 * classification: the highest rank of what it shows (registry_classification_words). size, root: of the log that was judged; content: the content set. Who had it made is the statement's "by". The bytes may name people: they are erased like any content.
 */
#ifndef LEDGER_LEDGER_FROZEN_H
#define LEDGER_LEDGER_FROZEN_H

#include "ledger/ledger.h"

#define LEDGER_FROZEN_SUBJECT "frozen"
#define LEDGER_MAX_FROZEN_FILES 64

struct ledger_frozen {
	slice pack, title, format, phase;
	int64_t service; /* its number; 0: all */
	unsigned rank;   /* of its classification */
	int64_t from_us, to_us; /* the period; 0: none */
	struct ledger_moment at;
	struct digest root, content;
	const slice *files; /* names: a-z 0-9 . _ - */
	size_t files_len;
	/* Read back only. */
	uint64_t entry;
	int64_t made_us;
	slice by; /* person token */
};
err ledger_frozen_form_write(struct job *job, const struct ledger_frozen *form, slice *ret);
err ledger_frozen_form_read(struct job *job, slice content, struct ledger_frozen *ret);

/* The number the next entry gets: what a report says of itself before it is kept. The person who asks is made known first, so that nothing comes between. */
err ledger_frozen_next(struct job *job, struct ledger *ledger, uint64_t *ret);
/* Keep ${texts}[form->files_len] as entry ${entry}, which ledger_frozen_next() gave. ERR_CONFLICT: something was appended since. */
err ledger_frozen_append(struct job *job, struct ledger *ledger, const struct ledger_frozen *form, const slice *texts, uint64_t entry, struct ledger_receipt *ret);

/* All there were by then, newest first; and one: ERR_MISSING when entry ${entry} is none. */
err ledger_frozens(struct job *job, struct ledger *ledger, struct ledger_moment at, struct ledger_frozen **ret, size_t *ret_len);
err ledger_frozen(struct job *job, struct ledger *ledger, uint64_t entry, struct ledger_frozen *ret);
/* The bytes of file ${which} (from 0) of one. ERR_MISSING: erased. */
err ledger_frozen_file(struct job *job, struct ledger *ledger, const struct ledger_frozen *frozen, size_t which, slice *ret);

#endif
