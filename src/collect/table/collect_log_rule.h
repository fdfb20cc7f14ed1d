/*
 * Where log messages go: rsyslog, syslog-ng, logrotate, and journald's own settings.
 */
#ifndef COLLECT_TABLE_COLLECT_LOG_RULE_H
#define COLLECT_TABLE_COLLECT_LOG_RULE_H

#include "collect/collect.h"
#include "collect/collect_line.h"

/* The parse of one program's files, which may name others. */
struct log {
	struct job *job;
	struct rows *rows;
	unsigned depth, files;
	bool tls;        /* rsyslog: the default stream driver, or the mode set for what follows, encrypts */
	slice frequency; /* logrotate: what holds for stanzas that say nothing */
	slice keep;
	/* Read the files ${pattern} names with the function that reads this program's; NULL leaves them out. */
	err (*include)(struct log *log, slice pattern, err (*read)(struct log *log, const char *path, slice text));
	const struct collect *collect;
};

err log_rsyslog(struct log *log, const char *path, slice text);
err log_syslog_ng(struct log *log, const char *path, slice text);
err log_rotate(struct log *log, const char *path, slice text);
/* [Journal] of one journald.conf(5). ${path} is kept. */
err log_journald(struct job *job, const char *path, slice text, struct collect_settings *settings);

extern const struct table table_log_rule, table_journald_setting;

#endif
