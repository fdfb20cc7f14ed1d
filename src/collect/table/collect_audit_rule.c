/*
 * What the kernel's audit records: the rules it holds now, and the rules files that are loaded at boot.
 * Names system calls of the running machine by number: the names are the files' business.
 */
#include "collect/table/collect_audit_rule.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/netlink.h>

#include "base/buf.h"
#include "collect/collect_line.h"

static const struct column audit_rule_columns[] = {
    {"source", COLUMN_TEXT, COLUMN_KEY, "kernel (in force now) or file (loaded at boot)"},
    {"position", COLUMN_INT, COLUMN_KEY, "place in the list, from 0"},
    {"kind", COLUMN_TEXT, 0, "syscall, watch, or control (enabled, backlog, failure, rate, delete)"},
    {"action", COLUMN_TEXT, 0, "always or never; for a control its value"},
    {"filter", COLUMN_TEXT, 0, "list the rule is in: exit, user, task, exclude, filesystem"},
    {"fields", COLUMN_TEXT, 0, "what must match"},
    {"rule_key", COLUMN_TEXT, 0, "key written with its records"},
    {"path", COLUMN_TEXT, 0, "file of the rule, empty for the kernel"},
    {"line", COLUMN_INT, 0, "line of that file, 0 for the kernel"},
};
const struct table table_audit_rule = {"audit_rule", "what the kernel's audit records", audit_rule_columns, 9};

/* ---- files ---- */

static void
audit_add(struct buf *buf, slice flag, slice value)
{
	if (buf->len > 0)
		buf_byte(buf, ' ');
	buf_add(buf, flag);
	buf_add(buf, value);
}

/* "always,exit" in either order. */
static void
audit_list(slice text, struct audit_rule *rule)
{
	slice one;
	while (slice_cut(&text, ',', &one)) {
		if (slice_same(one, S("always")) || slice_same(one, S("never")) || slice_same(one, S("possible")))
			rule->action = one;
		else
			rule->filter = one;
	}
}

/* The flags of controls and what they are called. */
static bool
audit_control(slice flag, slice value, struct audit_rule *rule)
{
	static const char *const controls[][2] = {{"-e", "enabled"}, {"-b", "backlog"}, {"-f", "failure"}, {"-r", "rate"}, {"-D", "delete"},
	    {"--backlog_wait_time", "backlog_wait_time"}, {"--loginuid-immutable", "loginuid-immutable"}};
	for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
		if (slice_same(flag, slice_of(controls[i][0]))) {
			rule->kind = slice_of(controls[i][1]);
			rule->action = value;
			return true;
		}
	return false;
}

bool
audit_line(struct job *job, slice line, struct audit_rule *ret)
{
	struct audit_rule rule = {.kind = S("")};
	struct buf buf = buf_open(job, "audit fields", COLLECT_MAX_FILE);
	slice rest = line, flag, value;
	while (slice_word(&rest, &flag)) {
		slice behind = rest;
		if (!slice_word(&behind, &value))
			value = S("");
		if (audit_control(flag, value, &rule)) {
			*ret = rule;
			return true;
		}
		if (value.len == 0)
			return false;
		rest = behind;
		if (slice_same(flag, S("-a")) || slice_same(flag, S("-A"))) {
			audit_list(value, &rule);
			rule.kind = S("syscall");
		} else if (slice_same(flag, S("-w")) || slice_same(flag, S("-W"))) {
			rule.kind = S("watch");
			rule.action = S("always");
			rule.filter = S("exit");
			audit_add(&buf, S("path="), value);
		} else if (slice_same(flag, S("-p"))) {
			audit_add(&buf, S("perm="), value);
		} else if (slice_same(flag, S("-k"))) {
			rule.key = value;
		} else if (slice_same(flag, S("-S"))) {
			audit_add(&buf, S("syscall="), value);
		} else if (slice_same(flag, S("-F")) && slice_starts(value, S("key="))) {
			rule.key = slice_from(value, 4);
		} else if (slice_same(flag, S("-F")) || slice_same(flag, S("-C"))) {
			audit_add(&buf, value, S(""));
		}
	}
	if (rule.kind.len == 0 || buf_end(&buf, &rule.fields).code != ERR_NONE)
		return false;
	*ret = rule;
	return true;
}

/* ---- the kernel ---- */

static const struct {
	uint32_t number;
	const char *name;
} audit_fields[] = {{AUDIT_PID, "pid"}, {AUDIT_UID, "uid"}, {AUDIT_EUID, "euid"}, {AUDIT_SUID, "suid"}, {AUDIT_FSUID, "fsuid"},
    {AUDIT_GID, "gid"}, {AUDIT_EGID, "egid"}, {AUDIT_SGID, "sgid"}, {AUDIT_FSGID, "fsgid"}, {AUDIT_LOGINUID, "auid"}, {AUDIT_PERS, "pers"},
    {AUDIT_ARCH, "arch"}, {AUDIT_MSGTYPE, "msgtype"}, {AUDIT_PPID, "ppid"}, {AUDIT_LOGINUID_SET, "loginuid_set"},
    {AUDIT_SESSIONID, "sessionid"}, {AUDIT_FSTYPE, "fstype"}, {AUDIT_DEVMAJOR, "devmajor"}, {AUDIT_DEVMINOR, "devminor"},
    {AUDIT_INODE, "inode"}, {AUDIT_EXIT, "exit"}, {AUDIT_SUCCESS, "success"}, {AUDIT_WATCH, "path"}, {AUDIT_PERM, "perm"},
    {AUDIT_DIR, "dir"}, {AUDIT_FILETYPE, "filetype"}, {AUDIT_OBJ_UID, "obj_uid"}, {AUDIT_OBJ_GID, "obj_gid"},
    {AUDIT_FIELD_COMPARE, "field_compare"}, {AUDIT_EXE, "exe"}, {AUDIT_ARG0, "a0"}, {AUDIT_ARG0 + 1, "a1"}, {AUDIT_ARG0 + 2, "a2"},
    {AUDIT_ARG0 + 3, "a3"}, {AUDIT_SUBJ_USER, "subj_user"}, {AUDIT_SUBJ_ROLE, "subj_role"}, {AUDIT_SUBJ_TYPE, "subj_type"},
    {AUDIT_OBJ_USER, "obj_user"}, {AUDIT_OBJ_ROLE, "obj_role"}, {AUDIT_OBJ_TYPE, "obj_type"}};

static bool
audit_is_text(uint32_t field)
{
	return field == AUDIT_WATCH || field == AUDIT_DIR || field == AUDIT_EXE || field == AUDIT_FILTERKEY ||
	       (field >= AUDIT_SUBJ_USER && field <= AUDIT_SUBJ_CLR) || (field >= AUDIT_OBJ_USER && field <= AUDIT_OBJ_LEV_HIGH);
}

static const char *
audit_operator(uint32_t flags)
{
	switch (flags & AUDIT_OPERATORS) {
	case AUDIT_LESS_THAN:
		return "<";
	case AUDIT_GREATER_THAN:
		return ">";
	case AUDIT_NOT_EQUAL:
		return "!=";
	case AUDIT_LESS_THAN_OR_EQUAL:
		return "<=";
	case AUDIT_GREATER_THAN_OR_EQUAL:
		return ">=";
	case AUDIT_BIT_MASK:
		return "&";
	case AUDIT_BIT_TEST:
		return "&=";
	default:
		return "=";
	}
}

static void
audit_field(struct buf *buf, uint32_t field, uint32_t flags, uint32_t value, slice text)
{
	const char *name = NULL;
	for (size_t i = 0; i < sizeof audit_fields / sizeof *audit_fields; i++)
		if (audit_fields[i].number == field)
			name = audit_fields[i].name;
	if (buf->len > 0)
		buf_byte(buf, ' ');
	if (name != NULL)
		buf_text(buf, name);
	else
		buf_printf(buf, "field%u", field);
	buf_text(buf, audit_operator(flags));
	if (audit_is_text(field)) {
		buf_add(buf, text);
	} else if (field == AUDIT_PERM) {
		static const char letters[] = "xwra"; /* bits 1 2 4 8 */
		for (int i = 0; i < 4; i++)
			if ((value >> i & 1) != 0)
				buf_byte(buf, letters[i]);
	} else if (field == AUDIT_ARCH) {
		buf_text(buf, (value & __AUDIT_ARCH_64BIT) != 0 ? "b64" : "b32");
	} else if (value == UINT32_MAX) {
		buf_text(buf, "unset");
	} else {
		buf_u64(buf, value);
	}
}

/* "syscall=59,322", or nothing when all are meant. */
static void
audit_syscalls(struct buf *buf, const uint32_t *mask)
{
	bool all = true, any = false;
	for (size_t i = 0; i < AUDIT_BITMASK_SIZE - 1; i++)
		all = all && mask[i] == UINT32_MAX;
	for (uint32_t i = 0; i < AUDIT_BITMASK_SIZE * 32 && !all; i++)
		if ((mask[i / 32] >> i % 32 & 1) != 0) {
			buf_text(buf, any ? "," : buf->len > 0 ? " syscall=" : "syscall=");
			buf_u64(buf, i);
			any = true;
		}
}

bool
audit_payload(struct job *job, slice payload, struct audit_rule *ret)
{
	static const char *const filters[] = {"user", "task", "entry", "watch", "exit", "exclude", "filesystem", "io_uring"};
	static const char *const actions[] = {"never", "possible", "always"};
	struct audit_rule_data data;
	struct audit_rule rule = {.kind = S("syscall")};
	if (payload.len < sizeof data)
		return false;
	memcpy(&data, payload.at, sizeof data);
	slice text = slice_from(payload, sizeof data);
	if (data.field_count > AUDIT_MAX_FIELDS || data.buflen > text.len)
		return false;
	text = slice_part(text, 0, data.buflen);
	struct buf buf = buf_open(job, "audit fields", TABLE_MAX_TEXT);
	for (uint32_t i = 0; i < data.field_count; i++) {
		slice value = S("");
		if (audit_is_text(data.fields[i])) {
			if (data.values[i] > text.len)
				return false;
			value = slice_part(text, 0, data.values[i]);
			text = slice_from(text, data.values[i]);
		}
		if (data.fields[i] == AUDIT_WATCH || data.fields[i] == AUDIT_DIR)
			rule.kind = S("watch");
		if (data.fields[i] == AUDIT_FILTERKEY)
			rule.key = value;
		else
			audit_field(&buf, data.fields[i], data.fieldflags[i], data.values[i], value);
	}
	audit_syscalls(&buf, data.mask);
	uint32_t filter = data.flags & ~(uint32_t)AUDIT_FILTER_PREPEND;
	rule.filter = filter < 8 ? slice_of(filters[filter]) : S("other");
	rule.action = data.action < 3 ? slice_of(actions[data.action]) : S("other");
	if (buf_end(&buf, &rule.fields).code != ERR_NONE)
		return false;
	*ret = rule;
	return true;
}

static err
audit_row(struct collect *collect, slice source, int64_t position, const struct audit_rule *rule, const char *path, unsigned line)
{
	struct cell cells[] = {TEXT(source), INT(position), TEXT(rule->kind), TEXT(rule->action), TEXT(rule->filter), TEXT(rule->fields),
	    TEXT(rule->key), TEXT(slice_of(path)), INT(line)};
	return rows_add(collect_rows(collect, &table_audit_rule), cells);
}

static err
audit_files(struct job *job, struct collect *collect)
{
	static const char *const folders[] = {"/etc/audit/rules.d", NULL};
	const char **paths;
	size_t len;
	int64_t position = 0;
	TRY(collect_dropin_paths(job, collect, folders, ".rules", &paths, &len));
	for (size_t i = 0; i < len; i++) {
		slice text, line;
		bool there;
		unsigned number;
		TRY(collect_read(job, collect, paths[i], &text, &there));
		struct collect_lines lines = collect_lines_of(job, text, "#");
		while (collect_lines_next(&lines, &line, &number)) {
			struct audit_rule rule;
			if (audit_line(job, line, &rule))
				TRY(audit_row(collect, S("file"), position++, &rule, paths[i], number));
		}
	}
	return OK;
}

static void
audit_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static err
audit_request(struct job *job, int fd, uint16_t type)
{
	struct nlmsghdr head = {.nlmsg_len = NLMSG_LENGTH(0), .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST, .nlmsg_seq = 1};
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	if (sendto(fd, &head, head.nlmsg_len, 0, (const struct sockaddr *)&kernel, sizeof kernel) < 0)
		return err_errno(job, errno, "audit netlink: the request was refused");
	return OK;
}

/* Take one answer of the kernel; ${ret_done} at the end of the list. */
static err
audit_answer(struct job *job, struct collect *collect, const struct nlmsghdr *head, size_t len, int64_t *position, bool *ret_done)
{
	slice payload = slice_bytes((const char *)head + NLMSG_HDRLEN, len - NLMSG_HDRLEN);
	struct audit_rule rule = {0};
	if (head->nlmsg_type == NLMSG_DONE) {
		*ret_done = true;
	} else if (head->nlmsg_type == NLMSG_ERROR && payload.len >= sizeof(int)) {
		int number;
		memcpy(&number, payload.at, sizeof number);
		if (number != 0)
			return err_errno(job, -number, "audit netlink: the kernel's rules cannot be listed");
	} else if (head->nlmsg_type == AUDIT_GET && payload.len >= 2 * sizeof(uint32_t)) {
		uint32_t status[2];
		memcpy(status, payload.at, sizeof status);
		rule.kind = S("enabled");
		TRY(job_format(job, &rule.action, "%u", status[1]));
		*ret_done = true;
		return audit_row(collect, S("kernel"), (*position)++, &rule, "", 0);
	} else if (head->nlmsg_type == AUDIT_LIST_RULES) {
		if (!audit_payload(job, payload, &rule))
			return err_set(job, ERR_INPUT, "audit netlink: a rule of the kernel breaks its own bounds");
		return audit_row(collect, S("kernel"), (*position)++, &rule, "", 0);
	}
	return OK;
}

static err
audit_ask(struct job *job, struct collect *collect, int fd, uint16_t type, int64_t *position)
{
	char *buffer;
	TRY(NEW(job, 16 * KIB, &buffer));
	TRY(audit_request(job, fd, type));
	for (bool done = false; !done;) {
		ssize_t got = recv(fd, buffer, 16 * KIB, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(job, errno, "audit netlink: no answer");
		/* The kernel's own length of an audit message may leave out the header: one message is one datagram here. */
		if ((size_t)got < NLMSG_HDRLEN)
			return err_set(job, ERR_INPUT, "audit netlink: an answer of %zd bytes is too short", got);
		TRY(audit_answer(job, collect, (const struct nlmsghdr *)(const void *)buffer, (size_t)got, position, &done));
	}
	return OK;
}

static err
audit_kernel(struct job *job, struct collect *collect)
{
	int64_t position = 0;
	DEFER(audit_close) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	if (fd < 0)
		return err_errno(job, errno, "audit netlink: cannot be opened");
	struct timeval patience = {.tv_sec = 2};
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	TRY(audit_ask(job, collect, fd, AUDIT_GET, &position));
	return audit_ask(job, collect, fd, AUDIT_LIST_RULES, &position);
}

static err
audit_run(struct job *job, struct collect *collect)
{
	bool installed = fs_exists(&collect->root, "/etc/audit") || fs_exists(&collect->root, "/sbin/auditctl") ||
			 fs_exists(&collect->root, "/usr/sbin/auditctl");
	if (!collect->live && !installed) {
		collect_absent(collect, &table_audit_rule, "audit is not installed");
		return OK;
	}
	TRY(audit_files(job, collect));
	if (!collect->live)
		return err_set(job, ERR_MISSING, "the kernel's rules can be asked on the running system only");
	return audit_kernel(job, collect);
}

static const struct table *const audit_tables[] = {&table_audit_rule, NULL};
static const char *const audit_reads[] = {"/etc/audit/rules.d", "netlink: audit (status and rules)", NULL};

const struct collector collect_audit_rule = {
    .name = "audit_rule",
    .about = "what the kernel's audit records, now and after the next boot",
    .tables = audit_tables,
    .reads = audit_reads,
    .needs = "root (CAP_AUDIT_CONTROL)",
    .run = audit_run,
};
