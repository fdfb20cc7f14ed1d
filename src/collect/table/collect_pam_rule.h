/*
 * The stacks of PAM; the password policy reads its modules' arguments from here.
 */
#ifndef COLLECT_TABLE_COLLECT_PAM_RULE_H
#define COLLECT_TABLE_COLLECT_PAM_RULE_H

#include "collect/collect.h"

/* One line of pam.d(5). */
struct pam_line {
	slice type, control, module, arguments;
	slice include; /* @include: another file's lines of all types */
};
/* Parse one line, trimmed and no comment; false when it is no rule. */
bool pam_line(slice line, struct pam_line *ret);

/* Arguments without the values of those that hold secrets. */
err pam_redact(struct job *job, slice arguments, slice *ret);

/* A rule in its stack. */
struct pam_rule {
	slice service, type, control, module, arguments;
	unsigned position;
	const char *path;
	unsigned line;
};
/* All rules of all services with includes put in; empty when there is no PAM. */
err pam_rules(struct job *job, const struct collect *collect, struct pam_rule **ret, size_t *ret_len);

extern const struct table table_pam_rule;

#endif
