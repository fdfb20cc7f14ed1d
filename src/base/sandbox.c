/*
 * Giving power away: no new privileges, resource limits, Landlock, seccomp, in this order and for good.
 * Opens nothing for anybody: what a process needs must be open before.
 */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

#include "base/json.h"

#ifdef ASSAY_SANITIZED
#define SANITIZED true
#else
#define SANITIZED false
#endif

/*
 * Landlock by its numbers: Debian's C library has no functions for it and its headers are older than the kernels it runs on. The three
 * calls have the same numbers on every architecture.
 */
#define LANDLOCK_CREATE 444
#define LANDLOCK_ADD 445
#define LANDLOCK_RESTRICT 446
#define LANDLOCK_ASK_VERSION 1u
#define LANDLOCK_PATH_BENEATH 1
#define LANDLOCK_READ_FILE (UINT64_C(1) << 2)
#define LANDLOCK_READ_DIR (UINT64_C(1) << 3)

struct landlock_powers {
	uint64_t files;
	uint64_t network; /* from version 4 */
	uint64_t scope;   /* from version 6 */
};

struct landlock_beneath {
	uint64_t files;
	int32_t parent;
} __attribute__((packed));

static uint64_t
bits_below(unsigned count)
{
	return (UINT64_C(1) << count) - 1;
}

/* All that a version of Landlock can take away. A later version than the last one known here takes away as much as that. */
static struct landlock_powers
landlock_all(long version)
{
	struct landlock_powers all = {.files = bits_below(13)};
	if (version >= 2)
		all.files = bits_below(14);
	if (version >= 3)
		all.files = bits_below(15);
	if (version >= 5)
		all.files = bits_below(16);
	if (version >= 4)
		all.network = bits_below(2);
	if (version >= 6)
		all.scope = bits_below(2);
	return all;
}

static size_t
landlock_size(long version)
{
	if (version >= 6)
		return sizeof(struct landlock_powers);
	return version >= 4 ? offsetof(struct landlock_powers, scope) : offsetof(struct landlock_powers, network);
}

static void
close_at(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* The leak check of sanitized builds reads /proc at exit. */
static void
landlock_allow_proc(int rules)
{
	int proc DEFER(close_at) = open("/proc", O_PATH | O_CLOEXEC);
	struct landlock_beneath rule = {LANDLOCK_READ_FILE | LANDLOCK_READ_DIR, proc};
	if (proc >= 0)
		(void)syscall(LANDLOCK_ADD, rules, LANDLOCK_PATH_BENEATH, &rule, 0);
}

/* ${ret_version} is 0 where the kernel has no Landlock or it is switched off: seccomp alone must do then. */
static err
landlock_enter(struct job *job, long *ret_version)
{
	long version = syscall(LANDLOCK_CREATE, NULL, 0, LANDLOCK_ASK_VERSION);
	*ret_version = 0;
	if (version < 1)
		return OK;
	struct landlock_powers all = landlock_all(version);
	int rules DEFER(close_at) = (int)syscall(LANDLOCK_CREATE, &all, landlock_size(version), 0);
	if (rules < 0)
		return err_errno(job, errno, "landlock %ld: the rules were refused", version);
	if (SANITIZED)
		landlock_allow_proc(rules);
	if (syscall(LANDLOCK_RESTRICT, rules, 0) != 0)
		return err_errno(job, errno, "landlock %ld: the process could not be restricted", version);
	*ret_version = version;
	return OK;
}

static err
limit_to(struct job *job, int which, const char *name, uint64_t value)
{
	struct rlimit limit;
	if (getrlimit(which, &limit) != 0)
		return err_errno(job, errno, "%s could not be read", name);
	/* Never up: a lower limit that is there already stays. */
	if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > value)
		limit.rlim_max = value;
	if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	if (setrlimit(which, &limit) != 0)
		return err_errno(job, errno, "%s could not be set to %llu", name, (unsigned long long)value);
	return OK;
}

/* Sanitizers map terabytes of addresses, and look into their own process at exit. */
static err
limits_enter(struct job *job, struct sandbox_limits limits)
{
	TRY(limit_to(job, RLIMIT_CORE, "RLIMIT_CORE", 0));
	if (limits.cpu_seconds > 0)
		TRY(limit_to(job, RLIMIT_CPU, "RLIMIT_CPU", limits.cpu_seconds));
	if (limits.memory_bytes > 0 && !SANITIZED)
		TRY(limit_to(job, RLIMIT_AS, "RLIMIT_AS", limits.memory_bytes));
	if (!SANITIZED && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_errno(job, errno, "PR_SET_DUMPABLE was refused");
	return OK;
}

/* Ended by -1. A call that this architecture does not have is negative too, lower; it is passed over. */
#define CALLS_END (-1)

static const int signer_calls[] = {
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(pwrite64), SCMP_SYS(fdatasync), SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), CALLS_END};

/*
 * Beyond reads, writes and memory: sysinfo is asked by qsort() of the C library, getpid by SQLite, clocks are asked where the kernel gives
 * no vDSO, poll to wait on a pipe. Nothing here opens, sends a signal, or makes a process.
 */
static const int compute_calls[] = {SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev),
    SCMP_SYS(pwrite64), SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(fstat), SCMP_SYS(fstat64), SCMP_SYS(close), SCMP_SYS(poll),
    SCMP_SYS(ppoll), SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday), SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(sysinfo), SCMP_SYS(restart_syscall),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(exit), SCMP_SYS(exit_group), CALLS_END};

/* What AddressSanitizer, its leak check (a thread that traces the process) and its reports need. */
static const int sanitizer_calls[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap),
    SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(sigaltstack), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity), SCMP_SYS(open), SCMP_SYS(getdents), SCMP_SYS(openat), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
    SCMP_SYS(getdents64), SCMP_SYS(close), SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(fcntl), SCMP_SYS(ioctl),
    SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getrlimit), SCMP_SYS(prlimit64),
    SCMP_SYS(clone), SCMP_SYS(ptrace), SCMP_SYS(wait4), SCMP_SYS(prctl), SCMP_SYS(arch_prctl), SCMP_SYS(tgkill), SCMP_SYS(kill),
    SCMP_SYS(exit), SCMP_SYS(clock_gettime), SCMP_SYS(process_vm_readv), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(pipe),
    SCMP_SYS(pipe2), SCMP_SYS(sysinfo), SCMP_SYS(getrandom), SCMP_SYS(msync), SCMP_SYS(mincore), SCMP_SYS(nanosleep),
    SCMP_SYS(clock_nanosleep), CALLS_END};

static int
allow_all(scmp_filter_ctx filter, const int *calls)
{
	int failed = 0;
	for (; *calls != CALLS_END && failed == 0; calls++)
		if (*calls >= 0)
			failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, *calls, 0);
	return failed;
}

/* A call that is treated so when the bits of ${mask} of its argument are ${value}. */
struct part {
	uint32_t action;
	int call;
	unsigned argument;
	uint64_t mask, value;
};

/* Calls that are allowed with some arguments only. */
static int
allow_parts(scmp_filter_ctx filter)
{
	const struct part parts[] = {
	    {SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, PROT_EXEC, 0},
	    {SCMP_ACT_ALLOW, SCMP_SYS(mmap2), 2, PROT_EXEC, 0},
	    {SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
	    /* fstat() of newer C libraries */
	    {SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 3, UINT64_MAX, AT_EMPTY_PATH},
	    /* stdio asks whether it writes to a terminal, and how a descriptor was opened */
	    {SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 1, UINT64_MAX, TCGETS},
	    {SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, UINT64_MAX, F_GETFL},
	    /* abort(): a signal to ourselves */
	    {SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 0, UINT64_MAX, (uint64_t)getpid()},
	};
	int failed = 0;
	for (size_t i = 0; i < sizeof parts / sizeof *parts && failed == 0; i++) {
		struct scmp_arg_cmp when = {parts[i].argument, SCMP_CMP_MASKED_EQ, parts[i].mask, parts[i].value};
		if (parts[i].call >= 0)
			failed = seccomp_rule_add_array(filter, parts[i].action, parts[i].call, 1, &when);
	}
	return failed;
}

static void
filter_close(scmp_filter_ctx *filter)
{
	if (*filter != NULL)
		seccomp_release(*filter);
}

static err
seccomp_enter(struct job *job, enum sandbox_kind kind)
{
	scmp_filter_ctx filter DEFER(filter_close) = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (filter == NULL)
		return err_set(job, ERR_IO, "seccomp: this kernel cannot end a process for a forbidden call, Linux 4.14 is needed");
	/* Giving the list's own memory back must not become a call that is forbidden by then. */
	(void)mallopt(M_TRIM_THRESHOLD, -1);
	int failed = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (failed == 0)
		failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (failed == 0)
		failed = allow_all(filter, kind == SANDBOX_SIGNER ? signer_calls : compute_calls);
	if (failed == 0 && SANITIZED)
		failed = allow_all(filter, sanitizer_calls);
	else if (failed == 0 && kind == SANDBOX_COMPUTE)
		failed = allow_parts(filter);
	if (failed == 0)
		failed = seccomp_load(filter);
	if (failed != 0)
		return err_set(job, ERR_IO, "seccomp: the list of allowed calls was refused: %s", strerror(-failed));
	return OK;
}

err
sandbox_enter(struct job *job, enum sandbox_kind kind, struct sandbox_limits limits, const char **ret_given)
{
	long landlock = 0;
	slice given = {0};
	json_ready();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_errno(job, errno, "PR_SET_NO_NEW_PRIVS was refused");
	TRY(limits_enter(job, limits));
	TRY(landlock_enter(job, &landlock));
	/* Said before the last step: afterwards a signer may not even ask for memory. */
	if (landlock > 0)
		TRY(job_format(
		    job, &given, "seccomp, landlock %ld, no new privileges%s", landlock, SANITIZED ? ", widened for sanitizers" : ""));
	else
		TRY(job_format(job, &given, "seccomp, no landlock, no new privileges%s", SANITIZED ? ", widened for sanitizers" : ""));
	TRY(seccomp_enter(job, kind));
	if (ret_given != NULL)
		*ret_given = given.at;
	return OK;
}
