/*
 * The running kernel: release, taint, lockdown, security modules, and its command line. Does not judge whether a newer kernel is installed.
 */
#include "collect/table/collect_kernel_info.h"

#include <sys/utsname.h>

#include "base/instant.h"
#include "collect/collect_value.h"

static const struct column kernel_info_columns[] = {
    {"release", COLUMN_TEXT, COLUMN_KEY, "release of the running kernel"},
    {"version", COLUMN_TEXT, 0, "build of the running kernel"},
    {"arch", COLUMN_TEXT, 0, "machine type"},
    {"boot_time", COLUMN_TIME, 0, "when it was started, to the minute"},
    {"tainted", COLUMN_INT, 0, "taint bits, 0 for none"},
    {"lockdown", COLUMN_TEXT, COLUMN_MAYBE, "none, integrity or confidentiality"},
    {"lsm", COLUMN_TEXT, COLUMN_MAYBE, "active security modules, comma-separated"},
};
const struct table table_kernel_info = {
    "kernel_info", "the running kernel", kernel_info_columns, sizeof kernel_info_columns / sizeof *kernel_info_columns};

static const struct column boot_parameter_columns[] = {
    {"position", COLUMN_INT, COLUMN_KEY, "place on the command line, from 1"},
    {"name", COLUMN_TEXT, 0, "parameter"},
    {"value", COLUMN_TEXT, 0, "value, empty for none"},
};
const struct table table_boot_parameter = {"boot_parameter", "what the running kernel was started with", boot_parameter_columns,
    sizeof boot_parameter_columns / sizeof *boot_parameter_columns};

static bool
boot_parameter_secret(struct job *job, slice name)
{
	static const char *const words[] = {"passw", "secret", "token", "credential", "auth", ".key", "_key", NULL};
	slice lower;
	err made = collect_lower(job, name, &lower);
	if (made.code != ERR_NONE)
		return true;
	for (size_t i = 0; words[i] != NULL; i++)
		if (slice_has(lower, slice_of(words[i])))
			return true;
	return false;
}

/* The next word; blanks inside double quotes belong to it. */
static bool
boot_parameter_next(slice *rest, slice *ret)
{
	size_t from = 0, to;
	bool quoted = false;
	while (from < rest->len && (unsigned char)rest->at[from] <= ' ')
		from++;
	for (to = from; to < rest->len && (quoted || (unsigned char)rest->at[to] > ' '); to++)
		if (rest->at[to] == '"')
			quoted = !quoted;
	*ret = slice_part(*rest, from, to - from);
	*rest = slice_from(*rest, to);
	return to > from;
}

err
collect_boot_parameter_parse(struct job *job, slice text, struct rows *rows)
{
	slice rest = text, word;
	for (int64_t position = 1; boot_parameter_next(&rest, &word); position++) {
		if (slice_same(word, S("--")))
			break;
		size_t equals = slice_find(word, '=');
		slice name = slice_part(word, 0, equals), value = slice_from(word, equals + 1);
		if (value.len > 1 && value.at[0] == '"' && value.at[value.len - 1] == '"')
			value = slice_part(value, 1, value.len - 2);
		if (value.len > 0 && boot_parameter_secret(job, name))
			value = S("(not kept)");
		/* What becomes a unit's environment keeps its name only, an address no password. */
		if (slice_same(name, S("systemd.setenv")))
			value = slice_part(value, 0, slice_find(value, '='));
		TRY(collect_uri_bare(job, value, &value));
		TRY(rows_add(rows, (struct cell[]){INT(position), TEXT(name), TEXT(value)}));
	}
	return OK;
}

bool
collect_lockdown_parse(slice text, slice *ret)
{
	size_t open = slice_find(text, '[');
	slice rest = slice_from(text, open + 1);
	size_t shut = slice_find(rest, ']');
	if (open == text.len || shut == rest.len)
		return false;
	*ret = slice_part(rest, 0, shut);
	return true;
}

/* "btime N" of /proc/stat; it wanders by a second as the clock is set, so the minute is kept. */
static bool
kernel_boot_time(slice stat, int64_t *ret)
{
	slice line, word;
	int64_t seconds;
	while (slice_cut(&stat, '\n', &line))
		if (slice_word(&line, &word) && slice_same(word, S("btime")) && slice_word(&line, &word) && slice_i64(word, &seconds) &&
		    seconds >= 0 && seconds < INT64_C(253402300800)) {
			*ret = seconds / 60 * 60 * SECOND_US;
			return true;
		}
	return false;
}

static err
kernel_info_row(struct job *job, struct collect *collect)
{
	slice release, version, arch = S("unknown"), stat = S(""), text;
	int64_t booted, tainted;
	struct utsname name;
	struct cell lockdown = NIL;
	if (!collect_value(job, collect, "/proc/sys/kernel/osrelease", &release) ||
	    !collect_value(job, collect, "/proc/sys/kernel/version", &version) ||
	    !collect_value(job, collect, "/proc/sys/kernel/tainted", &text) || !slice_i64(text, &tainted)) {
		collect_unseen(collect, &table_kernel_info, "/proc/sys/kernel cannot be read");
		return OK;
	}
	err read = fs_read(job, &collect->root, "/proc/stat", MIB, &stat);
	if (read.code != ERR_NONE || !kernel_boot_time(stat, &booted)) {
		collect_unseen(collect, &table_kernel_info, "/proc/stat does not say when the kernel was started");
		return OK;
	}
	if (!collect_value(job, collect, "/proc/sys/kernel/arch", &arch) && collect->live && uname(&name) == 0)
		TRY(job_copy(job, slice_of(name.machine), &arch));
	if (collect_value(job, collect, "/sys/kernel/security/lockdown", &text) && collect_lockdown_parse(text, &text))
		lockdown = TEXT(text);
	return rows_add(
	    collect_rows(collect, &table_kernel_info), (struct cell[]){TEXT(release), TEXT(version), TEXT(arch), INT(booted), INT(tainted),
							   lockdown, collect_value_cell(job, collect, "/sys/kernel/security/lsm")});
}

static err
kernel_info_run(struct job *job, struct collect *collect)
{
	slice text;
	TRY(kernel_info_row(job, collect));
	err read = fs_read(job, &collect->root, "/proc/cmdline", 64 * KIB, &text);
	if (read.code != ERR_NONE) {
		collect_unseen(collect, &table_boot_parameter, "%s", job->why);
		return OK;
	}
	return collect_boot_parameter_parse(job, text, collect_rows(collect, &table_boot_parameter));
}

const struct collector collect_kernel_info = {
    .name = "kernel_info",
    .about = "The running kernel and the parameters it was started with",
    .tables = (const struct table *const[]){&table_kernel_info, &table_boot_parameter, NULL},
    .reads =
	(const char *const[]){"/proc/sys/kernel/osrelease", "/proc/sys/kernel/version", "/proc/sys/kernel/tainted", "/proc/sys/kernel/arch",
	    "/proc/stat", "/proc/cmdline", "/sys/kernel/security/lockdown", "/sys/kernel/security/lsm", "uname(2)", NULL},
    .needs = "",
    .run = kernel_info_run,
};
