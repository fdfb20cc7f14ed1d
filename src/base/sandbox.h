/*
 * Giving power away as the last step of a process's start: no new privileges, resource limits, Landlock, seccomp.
 */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include "base/job.h"

enum sandbox_kind {
	SANDBOX_COMPUTE, /* memory, reads and writes on open descriptors, exit: for workers over untrusted bytes and content SQL */
	SANDBOX_SIGNER,  /* read, write, pwrite, fdatasync, exit */
};

struct sandbox_limits {
	uint64_t memory_bytes; /* RLIMIT_AS; 0 = leave (sanitized builds always leave it) */
	uint64_t cpu_seconds;  /* RLIMIT_CPU; 0 = leave */
};

/*
 * Give power away; there is no way back. A forbidden call ends the process (SIGSYS). Sanitized builds get the wider list they need.
 * ${ret_given} (may be NULL) says in words what the kernel gave, e.g. "seccomp, landlock 4, no new privileges". A kernel without seccomp is ERR_IO;
 * one without Landlock is not an error, only said. No core is dumped any more, and all threads are bound.
 * Before: call sqlite3_randomness() once, set SQLite's temp_store to memory, open all descriptors. After: no new files, threads or processes.
 * A SANDBOX_SIGNER has no memory calls: take its memory before, leave by _exit().
 */
err sandbox_enter(struct job *job, enum sandbox_kind kind, struct sandbox_limits limits, const char **ret_given);

#endif
