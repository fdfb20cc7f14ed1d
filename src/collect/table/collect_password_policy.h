/*
 * What is asked of passwords: login.defs, pwquality, faillock, pwhistory and pam_unix.
 */
#ifndef COLLECT_TABLE_COLLECT_PASSWORD_POLICY_H
#define COLLECT_TABLE_COLLECT_PASSWORD_POLICY_H

#include "collect/collect.h"
#include "collect/collect_line.h"

/* Settings of one "key = value" or "key value" file; a word alone is "yes". The last line wins. ${path} is kept. */
err policy_text(struct job *job, const char *path, slice text, struct collect_settings *settings);
/* A module's arguments: they win over its file. */
err policy_arguments(slice arguments, const char *path, unsigned line, struct collect_settings *settings);

extern const struct table table_password_policy;

#endif
