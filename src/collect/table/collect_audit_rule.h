/*
 * Rules of the kernel's audit: as auditctl writes them, and as the kernel holds them.
 */
#ifndef COLLECT_TABLE_COLLECT_AUDIT_RULE_H
#define COLLECT_TABLE_COLLECT_AUDIT_RULE_H

#include "collect/collect.h"

struct audit_rule {
	slice kind; /* syscall, watch, or the control: enabled, backlog, failure, rate, delete */
	slice action, filter, fields, key;
};
/* Parse one line of a rules file, trimmed and no comment. False when it is no rule. */
bool audit_line(struct job *job, slice line, struct audit_rule *ret);
/* Parse the payload of one AUDIT_LIST_RULES answer (struct audit_rule_data). False when it breaks a bound. */
bool audit_payload(struct job *job, slice payload, struct audit_rule *ret);

extern const struct table table_audit_rule;

#endif
