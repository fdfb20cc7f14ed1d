/*
 * sudo's rules: sudoers(5) parsed without sudo.
 */
#ifndef COLLECT_TABLE_COLLECT_SUDO_RULE_H
#define COLLECT_TABLE_COLLECT_SUDO_RULE_H

#include "collect/collect.h"

/* One logical line and where it stands; aliases are looked up over all of them. */
struct sudo_line {
	slice text;
	const char *path;
	unsigned number;
};

struct sudo {
	struct job *job;
	struct sudo_line *line;
	size_t len, room;
	unsigned depth;
	size_t rows; /* made so far */
	/* Read the file or folder an include line names, with sudo_text(); NULL leaves includes out. */
	err (*include)(struct sudo *sudo, slice path, bool folder);
	const struct collect *collect;
};

void sudo_open(struct sudo *sudo, struct job *job);
/* Add the lines of one file. ${path} is kept. */
err sudo_text(struct sudo *sudo, const char *path, slice text);
/* Make rows of all lines: one for each person and command, aliases put in. ERR_INPUT names file and line of what cannot be understood. */
err sudo_rows(struct sudo *sudo, struct rows *rows);

extern const struct table table_sudo_rule;

#endif
