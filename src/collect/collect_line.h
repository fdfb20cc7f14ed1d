/*
 * Configuration files as lines with path and number; drop-in folders; the setting shape that many tables share. Pure parsing but for the readers.
 */
#ifndef COLLECT_COLLECT_LINE_H
#define COLLECT_COLLECT_LINE_H

#include "collect/collect.h"

#define COLLECT_MAX_FILE (4 * MIB) /* one configuration file */

/* The columns of the setting shape: every known keyword has a row, so that a missing row cannot pass. */
#define COLLECT_SETTING_COLUMNS                                                                    \
	{"key", COLUMN_TEXT, COLUMN_KEY, "keyword, in lower case"},                                \
	{"value", COLUMN_TEXT, 0, "effective value"},                                              \
	{"path", COLUMN_TEXT, 0, "file that sets it, empty for a default"},                        \
	{"line", COLUMN_INT, 0, "line of that file, 0 for a default"},                             \
	{"source", COLUMN_TEXT, 0, "file or default"}

struct collect_setting {
	slice key;
	slice value;
	const char *path; /* "" = default */
	unsigned line;
};

/* A growing list of settings in the job's arena. */
struct collect_settings {
	struct job *job;
	struct collect_setting *at;
	size_t len, room;
};
void collect_settings_open(struct collect_settings *settings, struct job *job);
/* Set ${key} (matched without case; kept in lower case). ${first_wins}: a value that is there from a file stays. A default never replaces a file's. */
err collect_settings_set(struct collect_settings *settings, slice key, slice value, const char *path, unsigned line, bool first_wins);
const struct collect_setting *collect_settings_get(const struct collect_settings *settings, slice key);
/* Rows of the setting shape. */
err collect_settings_rows(const struct collect_settings *settings, struct rows *rows);

/* Visit the lines of ${text} without their comment lines (first non-blank byte in ${comments}), trimmed, empty ones left out; a trailing backslash joins
 * with the next line. ${ret_number} is the number of the (first) line. False at the end. Joined text lives in the job's arena. */
struct collect_lines {
	struct job *job;
	slice rest;
	const char *comments;
	unsigned number;
};
struct collect_lines collect_lines_of(struct job *job, slice text, const char *comments);
bool collect_lines_next(struct collect_lines *lines, slice *ret_line, unsigned *ret_number);

/* "key = value" / "key value" / "key: value" split at the first of ${separators} (blanks around dropped); a surrounding pair of quotes is dropped.
 * Without a separator the whole line is the key and the value is empty. False when the key is empty. */
bool collect_key_value(slice line, const char *separators, slice *ret_key, slice *ret_value);

/* Shell-like assignments (os-release, default files, login.defs is not one): KEY="value", quotes and backslashes undone. */
bool collect_shell_assignment(struct job *job, slice line, slice *ret_key, slice *ret_value);

/*
 * Paths of the files ending in ${suffix} in ${folders} (NULL-terminated, strongest first, as systemd's and sysctl's drop-ins do): of files with the same
 * name only that of the strongest folder; sorted by name; a link to /dev/null masks and is left out. Folders that are not there are skipped;
 * one that cannot be read is ERR_DENIED.
 */
err collect_dropin_paths(struct job *job, const struct collect *collect, const char *const *folders, const char *suffix, const char ***ret, size_t *ret_len);

/*
 * Paths below the root that match ${pattern} (absolute; * ? [set] in any part, a leading dot only when written), sorted as glob(3) does. No match, and
 * folders that are not there, give an empty list; a folder that cannot be read is ERR_DENIED. At most 20,000 paths.
 */
err collect_glob(struct job *job, const struct collect *collect, slice pattern, const char ***ret, size_t *ret_len);

/* fs_read() with COLLECT_MAX_FILE; ERR_MISSING gives the empty text and false in ${ret_there}. */
err collect_read(struct job *job, const struct collect *collect, const char *path, slice *ret, bool *ret_there);

#endif
