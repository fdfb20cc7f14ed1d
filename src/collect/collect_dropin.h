/*
 * Drop-in facts: etc/source/TABLE.yaml describes a table, any job of the organisation leaves its rows in facts.d/TABLE.jsonl.
 */
#ifndef COLLECT_COLLECT_DROPIN_H
#define COLLECT_COLLECT_DROPIN_H

#include "base/table.h"
#include "collect/collect_schema.h"

#define DROPIN_MAX_BYTES (16 * MIB) /* one file of facts */

/* Is ${name} fit to be a table or a column: a-z, 0-9 and _, a letter first, at most 60 bytes? */
bool collect_dropin_name(slice name);

/* Names of the files of ${folder} (an ordinary path, NULL or absent: none) that end in ${suffix}, sorted. */
err collect_dropin_names(struct job *job, const char *folder, slice suffix, const char ***ret, size_t *ret_len);

/* Read one description, ${source_dir}/${file}; parse one from its bytes. ERR_INPUT names file and line. ${path} is kept. */
err collect_dropin_load(struct job *job, const char *source_dir, const char *file, struct dropin *ret);
err collect_dropin_parse(struct job *job, const char *path, slice name, slice text, struct dropin *ret);

/* Who wrote a file of facts, and when: the two columns behind the declared ones. */
struct dropin_file {
	const char *path; /* for messages */
	slice owner;
	int64_t time_us;
};

/* Add the rows of ${text}, one JSON object a line. A row that breaks a rule ends it: ERR_INPUT names file, line and rule. */
err collect_dropin_rows(struct job *job, const struct dropin *dropin, const struct dropin_file *file, slice text, struct rows *rows);

extern const struct table table_dropin;

#endif
