/*
 * Backups, by what the tools keep about their own runs: when the last one succeeded, where it went, whether it is encrypted.
 */
#ifndef COLLECT_TABLE_COLLECT_BACKUP_RUN_H
#define COLLECT_TABLE_COLLECT_BACKUP_RUN_H

#include "collect/collect.h"

extern const struct table table_backup_run;

/* Pure: the newest backup of pgBackRest's backup.info: its end and whether it had errors; false when it holds none. */
bool collect_backup_run_pgbackrest(struct job *job, slice text, int64_t *ret_us, slice *ret_result);

/* Pure: how the last run of rsnapshot.log ended: "success", "failure", or empty when it does not say. */
slice collect_backup_run_rsnapshot(slice log);

/* Pure: Borg's manifest-timestamp, in UTC with or without saying so. */
bool collect_backup_run_borg_time(struct job *job, slice text, int64_t *ret_us);

/* Pure: "local", "ssh", "s3", ... of where a repository is. Never the place itself. */
slice collect_backup_run_target(slice location);

/* Pure: the first OnCalendar= (or OnUnitActiveSec=) of a timer's text; empty when there is none. */
slice collect_backup_run_calendar(slice text);

#endif
