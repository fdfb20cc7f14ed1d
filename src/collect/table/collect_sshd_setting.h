/*
 * sshd's effective settings. The parser is pure but for a callback that opens what Include names.
 */
#ifndef COLLECT_TABLE_COLLECT_SSHD_SETTING_H
#define COLLECT_TABLE_COLLECT_SSHD_SETTING_H

#include "collect/collect.h"

/* How a keyword's value is read, repeated and shown. */
enum sshd_kind {
	SSHD_TEXT,      /* first line wins; its words with one space between them */
	SSHD_WORD,      /* the same in lower case: yes, no and other fixed words */
	SSHD_UPPER,     /* the same in upper case */
	SSHD_TIME,      /* the same in seconds */
	SSHD_COMMAND,   /* the same without the command's arguments */
	SSHD_REKEY,     /* bytes and seconds */
	SSHD_STARTUPS,  /* start:rate:full */
	SSHD_ALGORITHM, /* first line wins; a row for each name; + - ^ change the default list */
	SSHD_LIST,      /* lines add up; a row for each word */
	SSHD_LINE,      /* lines add up; a row for each line */
	SSHD_NAME,      /* lines add up; a row for each NAME of NAME=value, the value is not kept */
};

struct sshd_keyword {
	const char *name;
	enum sshd_kind kind;
	int since; /* version * 100 (902 = 9.2) this default came with; the keyword's last line not above the installed version holds */
	const char *value; /* default as shown */
};
extern const struct sshd_keyword sshd_keywords[]; /* sorted by name, then since; NULL name at the end */

/* The keyword of ${name} (old spellings too) for ${version}, or NULL. */
const struct sshd_keyword *sshd_keyword_find(slice name, int version);
/* May ${keyword} stand in the main part only, not under Match? */
bool sshd_keyword_global(const struct sshd_keyword *keyword);
/* All algorithm names any known version has for ${keyword}, for patterns in lists. */
const char *sshd_keyword_all(const struct sshd_keyword *keyword);

/* One value in force. */
struct sshd_value {
	const struct sshd_keyword *keyword; /* NULL: not known, ${key} has the name */
	slice key;
	size_t label; /* index of the Match block's criteria; 0 = everywhere */
	bool all;     /* of an unconditional "Match all" block */
	unsigned position;
	slice value;
	const char *path; /* "" = default */
	unsigned line;
};

struct sshd {
	struct job *job;
	int version;
	bool port_fixed; /* -p on the command line: Port lines do not count */
	struct sshd_value *value;
	size_t len, room;
	slice *label;
	size_t labels, labels_room;
	size_t lines; /* read so far, of all files */
	/* Open what ${pattern} of an Include names and parse each with sshd_text(); NULL leaves Include out. */
	err (*include)(struct sshd *sshd, slice pattern, size_t label, bool all, unsigned depth);
	const struct collect *collect;
};

void sshd_open(struct sshd *sshd, struct job *job, int version);
/* Parse one file's text under the Match block ${label}. ${all}: the block is an unconditional "Match all". ${path} is kept. */
err sshd_text(struct sshd *sshd, const char *path, slice text, size_t label, bool all, unsigned depth);
/* Add one "Keyword value" line, as -o on the command line does. */
err sshd_option(struct sshd *sshd, slice line, const char *path, unsigned number);
/* Add the defaults of keywords without a value; then rows. */
err sshd_complete(struct sshd *sshd);
err sshd_rows(const struct sshd *sshd, struct rows *rows);
/* Read the host's configuration, defaults included; ${ret} is untouched when sshd is not installed. */
err sshd_effective(struct job *job, struct collect *collect, struct sshd *ret, bool *ret_installed);

/* 902 of "…OpenSSH_9.2p1…"; 0 when there is none. */
int sshd_version(slice text);

extern const struct table table_sshd_setting;

#endif
