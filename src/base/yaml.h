/*
 * Strict YAML over libyaml events: one document, depth and size limits, no aliases, anchors, tags or duplicate keys; every value knows its line.
 * All scalars are text; the reader of a field decides what they mean.
 */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include "base/job.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml {
	enum yaml_kind kind;
	bool plain;         /* a scalar without quotes */
	unsigned line;      /* from 1 */
	const char *file;   /* as given to yaml_read() */
	slice text;         /* YAML_SCALAR */
	slice key;          /* of this node, when it is a member of a map */
	unsigned key_line;
	const struct yaml *first; /* children of a list or map, in order */
	const struct yaml *next;  /* sibling */
	size_t len;               /* number of children */
};

#define YAML_MAX_BYTES ((size_t)4 * 1024 * 1024)
#define YAML_MAX_DEPTH 32

/* ${file} is kept. ERR_INPUT and ERR_LIMIT sentences begin "file:line: ". */
err yaml_read(struct job *job, const char *file, slice text, const struct yaml **ret);

/* The member ${key} of a map, or NULL. */
const struct yaml *yaml_get(const struct yaml *map, const char *key);

/* _need_: ERR_INPUT when absent or of another kind; _maybe_: absent leaves the zero value. Every sentence names file, line, key, expected, found. */
err yaml_need_text(struct job *job, const struct yaml *map, const char *key, slice *ret);
err yaml_maybe_text(struct job *job, const struct yaml *map, const char *key, slice *ret);
err yaml_maybe_int(struct job *job, const struct yaml *map, const char *key, int64_t otherwise, int64_t *ret);
err yaml_maybe_bool(struct job *job, const struct yaml *map, const char *key, bool otherwise, bool *ret); /* true false yes no */
err yaml_need_list(struct job *job, const struct yaml *map, const char *key, const struct yaml **ret);
err yaml_maybe_list(struct job *job, const struct yaml *map, const char *key, const struct yaml **ret); /* NULL when absent */
/* A list of scalars, none empty; no list: ${ret_len} is 0. The array is the job's, the texts are the document's. */
err yaml_maybe_words(struct job *job, const struct yaml *map, const char *key, slice **ret, size_t *ret_len);
err yaml_need_map(struct job *job, const struct yaml *map, const char *key, const struct yaml **ret);
err yaml_maybe_map(struct job *job, const struct yaml *map, const char *key, const struct yaml **ret);
err yaml_is_map(struct job *job, const struct yaml *node, const char *what);

/* The index of ${node}'s text in the NULL-terminated ${words}; ERR_INPUT lists them. */
err yaml_choice(struct job *job, const struct yaml *node, const char *const *words, unsigned *ret);

/* ERR_INPUT unless every key of ${map} is in the NULL-terminated list; the sentence names the nearest known key when there is one ("did you mean"). */
err yaml_only(struct job *job, const struct yaml *map, const char *const *keys);

/* err_set(ERR_INPUT) with "file:line: " of ${node} in front. */
err yaml_refuse(struct job *job, const struct yaml *node, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
