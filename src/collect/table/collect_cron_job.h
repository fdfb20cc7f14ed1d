/*
 * cron's tables.
 */
#ifndef COLLECT_TABLE_COLLECT_CRON_JOB_H
#define COLLECT_TABLE_COLLECT_CRON_JOB_H

#include "collect/collect.h"

/* A line of a crontab. */
struct cron_line {
	slice schedule, username, command_name;
};

/* Parse one line, trimmed and no comment; ${named}: the table names the account before the command. False for settings and what cron
 * refuses. */
bool cron_line(slice line, bool named, struct cron_line *ret);
/* A line of anacrontab: period, delay, name, command. */
bool cron_anacron_line(slice line, struct cron_line *ret);

/* A file's rows. ${owner} and ${mode} are the file's; ${username} is who runs lines that name nobody. */
struct cron_file {
	const char *path;
	slice owner, mode, username;
	bool named;
};
err cron_rows(struct job *job, const struct cron_file *file, slice text, struct rows *rows);

extern const struct table table_cron_job;

#endif
