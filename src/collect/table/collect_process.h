/*
 * Running programs: who runs them and with which powers.
 */
#ifndef COLLECT_TABLE_COLLECT_PROCESS_H
#define COLLECT_TABLE_COLLECT_PROCESS_H

#include "collect/collect.h"

/* What /proc/PID/status says. */
struct collect_process_status {
	slice name;
	char state;            /* R S D Z … */
	uint32_t uid;          /* effective */
	uint64_t capabilities; /* effective */
	int64_t no_new_privs, seccomp;
};
/* False when the text is no status. Pure. */
bool collect_process_status_parse(slice text, struct collect_process_status *ret);

/* Is this /proc/PID/stat that of a kernel thread? Pure. */
bool collect_process_is_kernel(slice stat);

/* The systemd unit in a /proc/PID/cgroup text; sessions of people are "user.slice", ids of containers become '*'. False for none. Pure. */
bool collect_process_unit(struct job *job, slice cgroup, slice *ret);

/* "chown,net_admin", "all" or "". ${last} is the kernel's highest capability. Pure. */
err collect_capability_words(struct job *job, uint64_t bits, unsigned last, slice *ret);

/* uid → login name, from passwd(5). Pure but for the lookup's number text. */
struct collect_users {
	struct job *job;
	struct {
		uint32_t uid;
		slice name;
	} * at;
	size_t len;
};
err collect_users_parse(struct job *job, slice passwd, struct collect_users *ret);
err collect_users_name(const struct collect_users *users, uint32_t uid, slice *ret); /* the number itself when nobody has it */

/* The program of ${pid} without " (deleted)", and whether its file is gone. ERR_DENIED, ERR_MISSING (kernel thread, or ended). */
err collect_process_program(struct job *job, const struct collect *collect, const char *pid, slice *ret, bool *ret_deleted);

/* The unit of ${pid}, as a cell: NULL for none. */
struct cell collect_process_unit_cell(struct job *job, const struct collect *collect, const char *pid);

#endif
