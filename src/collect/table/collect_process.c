/*
 * Running programs with their identity and powers, counted by name, program and user. Never reads arguments or environments.
 */
#include "collect/table/collect_process.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "collect/collect_owner.h"
#include "collect/collect_value.h"
#include "collect/table/collect_mount.h"

#define PROCESS_MAX 200000
#define PROCESS_FILE (64 * KIB)
#define PF_KTHREAD 0x00200000

static const struct column process_columns[] = {
    {"name", COLUMN_TEXT, COLUMN_KEY, "name the kernel has for it"},
    {"program", COLUMN_TEXT, COLUMN_KEY, "file that runs; \"(hidden)\" where the kernel keeps it even from root"},
    {"username", COLUMN_TEXT, COLUMN_KEY | COLUMN_PERSONAL, "effective user"},
    {"count", COLUMN_INT, COLUMN_VOLATILE, "how many of them"},
    {"package", COLUMN_TEXT, COLUMN_MAYBE, "package of the program"},
    {"deleted", COLUMN_INT, 0, "1 = the program's file is gone or was replaced"},
    {"capabilities", COLUMN_TEXT, 0, "effective capabilities of any of them, \"all\" for every one"},
    {"no_new_privs", COLUMN_INT, 0, "1 = none of them can gain powers"},
    {"seccomp", COLUMN_INT, 0, "0 none, 1 strict, 2 filter; the least of them"},
    {"unit", COLUMN_TEXT, COLUMN_MAYBE, "systemd unit"},
};
const struct table table_process = {
    "process", "running programs, without arguments", process_columns, sizeof process_columns / sizeof *process_columns};

bool
collect_process_status_parse(slice text, struct collect_process_status *ret)
{
	struct collect_process_status status = {0};
	slice line, value, word;
	bool uid = false;
	while (slice_cut(&text, '\n', &line)) {
		size_t colon = slice_find(line, ':');
		slice key = slice_part(line, 0, colon);
		uint64_t number;
		value = slice_trim(slice_from(line, colon + 1));
		if (slice_same(key, S("Name")))
			status.name = value;
		else if (slice_same(key, S("State")))
			status.state = value.len > 0 ? value.at[0] : '?';
		else if (slice_same(key, S("Uid")))
			uid = slice_word(&value, &word) && slice_word(&value, &word) && slice_u64(word, &number) && number <= UINT32_MAX &&
			      (status.uid = (uint32_t)number, true);
		else if (slice_same(key, S("CapEff")))
			(void)slice_hex_u64(value, &status.capabilities);
		else if (slice_same(key, S("NoNewPrivs")))
			(void)slice_i64(value, &status.no_new_privs);
		else if (slice_same(key, S("Seccomp")))
			(void)slice_i64(value, &status.seccomp);
	}
	if (status.name.len == 0 || !uid)
		return false;
	*ret = status;
	return true;
}

bool
collect_process_is_kernel(slice stat)
{
	/* The name stands in parentheses and may hold anything; flags are the seventh field behind it. */
	slice rest = slice_from(stat, slice_find_last(stat, ')') + 1), word = S("");
	uint64_t flags;
	for (unsigned i = 0; i < 7; i++)
		if (!slice_word(&rest, &word))
			return false;
	return slice_u64(word, &flags) && (flags & PF_KTHREAD) != 0;
}

/* Long hexadecimal runs (container ids) as '*'. */
static err
process_unit_plain(struct job *job, slice name, slice *ret)
{
	struct buf plain = buf_open(job, "unit", KIB);
	for (size_t i = 0; i < name.len;) {
		size_t run = 0;
		while (i + run < name.len && strchr("0123456789abcdef", name.at[i + run]) != NULL && name.at[i + run] != '\0')
			run++;
		if (run >= 12)
			buf_byte(&plain, '*');
		else
			buf_add(&plain, slice_part(name, i, run == 0 ? 1 : run));
		i += run == 0 ? 1 : run;
	}
	return buf_end(&plain, ret);
}

bool
collect_process_unit(struct job *job, slice cgroup, slice *ret)
{
	slice line, part, unit = S("");
	while (slice_cut(&cgroup, '\n', &line)) {
		if (!slice_starts(line, S("0::")) && !slice_has(line, S(":name=systemd:")))
			continue;
		slice path = slice_from(line, slice_find(line, '/'));
		if (slice_starts(path, S("/user.slice/"))) {
			*ret = S("user.slice");
			return true;
		}
		while (slice_cut(&path, '/', &part))
			if (slice_ends(part, S(".service")) || slice_ends(part, S(".scope")) || slice_ends(part, S(".socket")) ||
			    slice_ends(part, S(".mount")))
				unit = part;
	}
	return unit.len > 0 && unit.len < 512 && process_unit_plain(job, unit, ret).code == ERR_NONE;
}

err
collect_capability_words(struct job *job, uint64_t bits, unsigned last, slice *ret)
{
	static const char *const names[] = {"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid",
	    "setpcap", "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
	    "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource",
	    "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin",
	    "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore"};
	uint64_t all = last >= 63 ? UINT64_MAX : (UINT64_C(1) << (last + 1)) - 1;
	struct buf words = buf_open(job, "capabilities", KIB);
	if ((bits & all) == all) {
		*ret = S("all");
		return OK;
	}
	for (unsigned i = 0; i < 64; i++) {
		if ((bits >> i & 1) == 0)
			continue;
		if (words.len > 0)
			buf_byte(&words, ',');
		if (i < sizeof names / sizeof *names)
			buf_text(&words, names[i]);
		else
			buf_u64(&words, i);
	}
	return buf_end(&words, ret);
}

err
collect_users_parse(struct job *job, slice passwd, struct collect_users *ret)
{
	size_t lines = 1;
	slice line, name, word;
	uint64_t uid;
	*ret = (struct collect_users){.job = job};
	for (size_t i = 0; i < passwd.len; i++)
		lines += passwd.at[i] == '\n';
	TRY(NEW(job, lines, &ret->at));
	while (slice_cut(&passwd, '\n', &line)) {
		if (!slice_cut(&line, ':', &name) || name.len == 0 || !slice_cut(&line, ':', &word) || !slice_cut(&line, ':', &word))
			continue;
		if (!slice_u64(word, &uid) || uid > UINT32_MAX)
			continue;
		ret->at[ret->len].uid = (uint32_t)uid;
		ret->at[ret->len++].name = name;
	}
	return OK;
}

err
collect_users_name(const struct collect_users *users, uint32_t uid, slice *ret)
{
	for (size_t i = 0; i < users->len; i++)
		if (users->at[i].uid == uid) {
			*ret = users->at[i].name;
			return OK;
		}
	return job_format(users->job, ret, "%u", uid);
}

err
collect_process_program(struct job *job, const struct collect *collect, const char *pid, slice *ret, bool *ret_deleted)
{
	char path[64];
	slice program;
	snprintf(path, sizeof path, "/proc/%s/exe", pid);
	TRY(fs_readlink(job, &collect->root, path, &program));
	*ret_deleted = slice_ends(program, S(" (deleted)"));
	*ret = *ret_deleted ? slice_part(program, 0, program.len - 10) : program;
	return OK;
}

struct cell
collect_process_unit_cell(struct job *job, const struct collect *collect, const char *pid)
{
	char path[64];
	slice text, unit;
	snprintf(path, sizeof path, "/proc/%s/cgroup", pid);
	err read = fs_read(job, &collect->root, path, PROCESS_FILE, &text);
	return read.code == ERR_NONE && collect_process_unit(job, text, &unit) ? TEXT(unit) : NIL;
}

/* Processes with the same name, program and user. */
struct process_group {
	slice name, program;
	uint32_t uid;
	int64_t count, no_new_privs, seccomp;
	uint64_t capabilities;
	bool deleted;
	struct cell unit;
};
struct process_groups {
	struct job *job;
	struct collect *collect;
	struct process_group *at;
	size_t len, room;
	size_t seen, hidden; /* processes; those whose program may not be seen */
};

static err
process_group(struct process_groups *groups, const struct collect_process_status *status, slice program, struct process_group **ret)
{
	for (size_t i = 0; i < groups->len; i++) {
		struct process_group *one = &groups->at[i];
		if (one->uid == status->uid && slice_same(one->name, status->name) && slice_same(one->program, program)) {
			*ret = one;
			return OK;
		}
	}
	if (groups->len == groups->room) {
		struct process_group *more;
		size_t room = groups->room == 0 ? 128 : groups->room * 2;
		TRY(NEW(groups->job, room, &more));
		if (groups->len > 0)
			memcpy(more, groups->at, groups->len * sizeof *more);
		groups->at = more;
		groups->room = room;
	}
	struct process_group one = {.uid = status->uid, .no_new_privs = 1, .seccomp = INT64_MAX, .unit = NIL};
	TRY(job_copy(groups->job, status->name, &one.name));
	TRY(job_copy(groups->job, program, &one.program));
	*ret = &groups->at[groups->len++];
	**ret = one;
	return OK;
}

/* What one process is, in memory of its own: a host may have a hundred thousand of them. */
struct process_seen {
	struct collect_process_status status;
	bool counts, deleted, hidden;
	struct cell unit;
	slice program;
	char name_text[128], program_text[4096], unit_text[512];
};

static slice
process_keep(slice text, char *room, size_t size)
{
	size_t len = text.len < size ? text.len : size;
	if (len > 0)
		memcpy(room, text.at, len);
	return slice_bytes(room, len);
}

/* It may end at any moment: what can no longer be read is no process any more; what may not be read is one that hides. */
static void
process_look(struct job *job, const struct collect *collect, const char *pid, struct process_seen *ret)
{
	char path[64];
	slice text, program = S("(hidden)");
	ret->counts = ret->deleted = ret->hidden = false;
	snprintf(path, sizeof path, "/proc/%s/stat", pid);
	err read = fs_read(job, &collect->root, path, PROCESS_FILE, &text);
	ret->hidden = read.code == ERR_DENIED;
	if (read.code != ERR_NONE || collect_process_is_kernel(text))
		return;
	snprintf(path, sizeof path, "/proc/%s/status", pid);
	read = fs_read(job, &collect->root, path, PROCESS_FILE, &text);
	ret->hidden = read.code == ERR_DENIED;
	if (read.code != ERR_NONE || !collect_process_status_parse(text, &ret->status) || ret->status.state == 'Z')
		return;
	read = collect_process_program(job, collect, pid, &program, &ret->deleted);
	ret->hidden = read.code == ERR_DENIED;
	ret->counts = read.code == ERR_NONE || ret->hidden;
	ret->status.name = process_keep(ret->status.name, ret->name_text, sizeof ret->name_text);
	ret->program = process_keep(program, ret->program_text, sizeof ret->program_text);
	ret->unit = ret->counts ? collect_process_unit_cell(job, collect, pid) : NIL;
	if (!ret->unit.null)
		ret->unit.text = process_keep(ret->unit.text, ret->unit_text, sizeof ret->unit_text);
}

static err
process_one(struct process_groups *groups, const char *pid, struct process_seen *seen)
{
	struct process_group *group;
	struct arena_mark mark = arena_mark(groups->job->arena);
	process_look(groups->job, groups->collect, pid, seen);
	arena_rewind(groups->job->arena, mark);
	groups->seen += seen->counts || seen->hidden;
	groups->hidden += seen->hidden;
	if (!seen->counts)
		return OK;
	TRY(process_group(groups, &seen->status, seen->program, &group));
	group->count++;
	group->capabilities |= seen->status.capabilities;
	group->no_new_privs &= seen->status.no_new_privs;
	group->seccomp = seen->status.seccomp < group->seccomp ? seen->status.seccomp : group->seccomp;
	group->deleted = group->deleted || seen->deleted;
	if (!seen->unit.null && (group->unit.null || slice_order(seen->unit.text, group->unit.text) < 0)) {
		slice unit;
		TRY(job_copy(groups->job, seen->unit.text, &unit));
		group->unit = TEXT(unit);
	}
	return OK;
}

/* Is /proc mounted so that accounts see their own processes only (hidepid, proc(5))? */
static bool
process_hides(struct job *job, const struct collect *collect)
{
	struct collect_mount *mounts;
	size_t len;
	bool hides = false;
	if (collect_mount_read(job, collect, &mounts, &len).code != ERR_NONE)
		return false;
	for (size_t i = 0; i < len; i++)
		if (slice_same(mounts[i].target, S("/proc")) && slice_same(mounts[i].type, S("proc")))
			hides = slice_has(mounts[i].super, S("hidepid=")) && !slice_has(mounts[i].super, S("hidepid=0")) &&
				!slice_has(mounts[i].super, S("hidepid=off"));
	return hides;
}

static err
process_rows(struct process_groups *groups)
{
	struct job *job = groups->job;
	struct collect_users users;
	slice text = S(""), last_text;
	uint64_t last = 40;
	err read = fs_read(job, &groups->collect->root, "/etc/passwd", 16 * MIB, &text);
	if (read.code != ERR_NONE)
		text = S("");
	TRY(collect_users_parse(job, text, &users));
	if (!collect_value(job, groups->collect, "/proc/sys/kernel/cap_last_cap", &last_text) || !slice_u64(last_text, &last) || last > 63)
		last = 40;
	for (size_t i = 0; i < groups->len; i++) {
		const struct process_group *one = &groups->at[i];
		slice user, package, powers;
		TRY(collect_users_name(&users, one->uid, &user));
		TRY(collect_capability_words(job, one->capabilities, (unsigned)last, &powers));
		bool owned = collect_owner_of(job, groups->collect, one->program, &package);
		TRY(rows_add(collect_rows(groups->collect, &table_process),
		    (struct cell[]){TEXT(one->name), TEXT(one->program), TEXT(user), INT(one->count), owned ? TEXT(package) : NIL,
			INT(one->deleted), TEXT(powers), INT(one->no_new_privs), INT(one->seccomp), one->unit}));
	}
	return OK;
}

/* This very look and what else runs the same program (signer, worker, another command): not what runs here otherwise. */
static bool
process_is_ours(const char *name, uint64_t pid)
{
	char path[64];
	struct stat ours, other;
	if (pid == (uint64_t)getpid())
		return true;
	snprintf(path, sizeof path, "/proc/%s/exe", name);
	return stat("/proc/self/exe", &ours) == 0 && stat(path, &other) == 0 && ours.st_dev == other.st_dev && ours.st_ino == other.st_ino;
}

static err
process_run(struct job *job, struct collect *collect)
{
	struct process_groups groups = {.job = job, .collect = collect};
	struct fs_name *names;
	size_t len;
	uint64_t pid;
	struct process_seen *seen;
	bool first = !collect->live; /* nobody hides the first process but from those who may not see all */
	TRY(fs_list(job, &collect->root, "/proc", PROCESS_MAX, &names, &len));
	TRY(NEW(job, 1, &seen));
	for (size_t i = 0; i < len; i++) {
		if (!slice_u64(slice_of(names[i].name), &pid) || (collect->live && process_is_ours(names[i].name, pid)))
			continue;
		first = first || pid == 1;
		TRY(process_one(&groups, names[i].name, seen));
	}
	if (groups.seen == 0)
		collect_unseen(collect, &table_process, "/proc shows no process");
	else if (!collect->privileged && (!first || process_hides(job, collect)))
		collect_unseen(collect, &table_process, "/proc is mounted with hidepid: the processes of others can be seen by root only");
	else if (groups.hidden > 0 && !collect->privileged)
		collect_unseen(
		    collect, &table_process, "the programs of %zu of %zu processes can be seen by root only", groups.hidden, groups.seen);
	else
		TRY(process_rows(&groups));
	return OK;
}

const struct collector collect_process = {
    .name = "process",
    .about = "Running programs with their user, package and powers; never their arguments",
    .tables = (const struct table *const[]){&table_process, NULL},
    .reads = (const char *const[]){"/proc/self/mountinfo", "/proc/PID/stat", "/proc/PID/status", "/proc/PID/exe", "/proc/PID/cgroup",
	"/proc/sys/kernel/cap_last_cap", "/etc/passwd", "/var/lib/dpkg/info/*.list", NULL},
    .needs = "root to see the programs of other users' processes",
    .run = process_run,
};
