/*
 * Where the clock gets its time from: chrony, ntp, ntpsec and systemd-timesyncd as configured, and whether the kernel calls the clock
 * synchronised. Does not ask the daemons: which server is followed at the moment is not known.
 */
#include "collect/table/collect_time_source.h"

#include <string.h>
#include <sys/timex.h>

#include "collect/collect_line.h"

#define TIME_MAX_FILES 200

static const struct column time_source_columns[] = {
    {"program", COLUMN_TEXT, COLUMN_KEY, "chrony, ntp, ntpsec or timesyncd"},
    {"server", COLUMN_TEXT, COLUMN_KEY, "name or address of the source, device of a reference clock; empty when none is configured"},
    {"kind", COLUMN_TEXT, 0, "server, pool, peer, refclock, fallback or none"},
    {"authenticated", COLUMN_INT, 0, "1 when its answers are checked (NTS or a key)"},
    {"synchronised", COLUMN_INT, COLUMN_MAYBE, "1 when the kernel says the clock is synchronised, by whomever"},
    {"path", COLUMN_TEXT, 0, "file that names it, empty for a default"},
    {"line", COLUMN_INT, 0, "line of that file, 0 for a default"},
};
const struct table table_time_source = {"time_source", "where the clock gets its time from", time_source_columns, 7};

bool
time_line(slice line, struct time_row *ret)
{
	static const slice kinds[] = {S("server"), S("pool"), S("peer"), S("refclock")};
	slice rest = line, word, option;
	if (!slice_word(&rest, &word))
		return false;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (!slice_same_nocase(word, kinds[i]) || !slice_word(&rest, &ret->server))
			continue;
		ret->kind = kinds[i];
		ret->authenticated = false;
		while (slice_word(&rest, &option) && option.at[0] != '#' && option.at[0] != '!')
			if (slice_same_nocase(option, S("nts")) || slice_same_nocase(option, S("key")) ||
			    slice_same_nocase(option, S("autokey")))
				ret->authenticated = true;
		return true;
	}
	return false;
}

/* What every row needs. */
struct time_host {
	struct job *job;
	struct collect *collect;
	struct cell synchronised;
	slice program;
	size_t found; /* sources of the program */
	unsigned files;
};

static err
time_add(struct time_host *host, const struct time_row *row)
{
	struct cell cells[] = {TEXT(host->program), TEXT(row->server), TEXT(row->kind), INT(row->authenticated), host->synchronised,
	    TEXT(slice_of(row->path)), INT(row->line)};
	host->found++;
	return rows_add(collect_rows(host->collect, &table_time_source), cells);
}

static err time_file(struct time_host *host, const char *path, unsigned depth);

/* The files of a folder (with ${suffix}) or of a pattern. */
static err
time_include(struct time_host *host, slice pattern, const char *suffix, unsigned depth)
{
	const char **paths;
	size_t len;
	if (suffix[0] != '\0')
		TRY(job_format(host->job, &pattern, "%.*s/*%s", SLICE(pattern), suffix));
	TRY(collect_glob(host->job, host->collect, pattern, &paths, &len));
	for (size_t i = 0; i < len; i++)
		TRY(time_file(host, paths[i], depth));
	return OK;
}

static err
time_file(struct time_host *host, const char *path, unsigned depth)
{
	slice text, line, word;
	bool there;
	unsigned number;
	if (depth > 4 || ++host->files > TIME_MAX_FILES)
		return err_set(host->job, ERR_LIMIT, "%s: files of time sources include one another more than 4 deep or %d times", path,
		    TIME_MAX_FILES);
	TRY(collect_read(host->job, host->collect, path, &text, &there));
	struct collect_lines lines = collect_lines_of(host->job, text, "#!;%");
	while (collect_lines_next(&lines, &line, &number)) {
		struct time_row row = {.path = path, .line = number};
		slice rest = line;
		(void)slice_word(&rest, &word);
		rest = slice_trim(rest);
		if (slice_same(word, S("confdir")))
			TRY(time_include(host, rest, ".conf", depth + 1));
		else if (slice_same(word, S("sourcedir")))
			TRY(time_include(host, rest, ".sources", depth + 1));
		else if (slice_same(word, S("include")) || slice_same(word, S("includefile")))
			TRY(time_include(host, rest, "", depth + 1));
		else if (time_line(line, &row))
			TRY(time_add(host, &row));
	}
	return OK;
}

/* NTP= and FallbackNTP= of timesyncd's files; the last assignment of each wins, an empty one clears. */
static err
time_timesyncd(struct time_host *host)
{
	static const char *const mains[] = {"/etc/systemd/timesyncd.conf", "/usr/lib/systemd/timesyncd.conf"};
	static const char *const folders[] = {"/etc/systemd/timesyncd.conf.d", "/run/systemd/timesyncd.conf.d",
	    "/usr/local/lib/systemd/timesyncd.conf.d", "/usr/lib/systemd/timesyncd.conf.d", NULL};
	struct collect_settings settings;
	const char **paths, *files[64] = {NULL};
	size_t len, count = 0;
	collect_settings_open(&settings, host->job);
	TRY(collect_settings_set(&settings, S("fallbackntp"),
	    S("0.debian.pool.ntp.org 1.debian.pool.ntp.org 2.debian.pool.ntp.org 3.debian.pool.ntp.org"), "", 0, false));
	files[count++] = fs_exists(&host->collect->root, mains[0]) ? mains[0] : mains[1];
	TRY(collect_dropin_paths(host->job, host->collect, folders, ".conf", &paths, &len));
	for (size_t i = 0; i < len && count < 64; i++)
		files[count++] = paths[i];
	for (size_t i = 0; i < count; i++) {
		slice text, line, key, value;
		bool there;
		unsigned number;
		TRY(collect_read(host->job, host->collect, files[i], &text, &there));
		for (slice rest = text; i == 0 && slice_cut(&rest, '\n', &line);)
			if (slice_starts(line, S("#FallbackNTP="))) /* the distribution's default, shown as a comment */
				TRY(collect_settings_set(&settings, S("fallbackntp"), slice_from(line, 13), "", 0, false));
		struct collect_lines lines = collect_lines_of(host->job, text, "#;");
		while (collect_lines_next(&lines, &line, &number))
			if (slice_find(line, '=') < line.len && collect_key_value(line, "=", &key, &value))
				TRY(collect_settings_set(&settings, key, value, files[i], number, false));
	}
	const struct collect_setting *ntp = collect_settings_get(&settings, S("ntp"));
	bool fallback = ntp == NULL || ntp->value.len == 0;
	const struct collect_setting *used = fallback ? collect_settings_get(&settings, S("fallbackntp")) : ntp;
	struct time_row row = {.kind = fallback ? S("fallback") : S("server"), .path = used->path, .line = used->line};
	slice servers = used->value;
	while (slice_word(&servers, &row.server))
		TRY(time_add(host, &row));
	return OK;
}

static const struct {
	slice name;
	const char *binary;
	const char *config[3];
} time_programs[] = {
    {S("chrony"), "/usr/sbin/chronyd", {"/etc/chrony/chrony.conf", "/etc/chrony.conf", NULL}},
    {S("ntpsec"), "/etc/ntpsec/ntp.conf", {"/etc/ntpsec/ntp.conf", NULL, NULL}},
    {S("ntp"), "/usr/sbin/ntpd", {"/etc/ntp.conf", NULL, NULL}},
    {S("timesyncd"), "/lib/systemd/systemd-timesyncd", {NULL, NULL, NULL}},
    {S("timesyncd"), "/usr/lib/systemd/systemd-timesyncd", {NULL, NULL, NULL}},
};

static err
time_program(struct time_host *host, size_t index)
{
	host->program = time_programs[index].name;
	host->found = 0;
	if (time_programs[index].config[0] == NULL)
		TRY(time_timesyncd(host));
	for (size_t i = 0; time_programs[index].config[i] != NULL; i++)
		if (fs_exists(&host->collect->root, time_programs[index].config[i])) {
			TRY(time_file(host, time_programs[index].config[i], 0));
			break;
		}
	struct time_row none = {.kind = S("none"), .path = ""};
	return host->found == 0 ? time_add(host, &none) : OK;
}

/* The kernel's own word: STA_UNSYNC is off once a program disciplines the clock. */
static struct cell
time_synchronised(const struct collect *collect)
{
	struct timex state = {.modes = 0};
	if (!collect->live)
		return NIL;
	int answer = adjtimex(&state);
	return answer < 0 ? NIL : INT(answer != TIME_ERROR && (state.status & STA_UNSYNC) == 0);
}

static err
time_run(struct job *job, struct collect *collect)
{
	struct time_host host = {.job = job, .collect = collect, .synchronised = time_synchronised(collect)};
	bool any = false, timesyncd = false;
	for (size_t i = 0; i < sizeof time_programs / sizeof *time_programs; i++) {
		bool is_timesyncd = slice_same(time_programs[i].name, S("timesyncd"));
		if (!fs_exists(&collect->root, time_programs[i].binary) || (is_timesyncd && timesyncd))
			continue;
		/* ntpsec brings a program called ntpd as well. */
		if (slice_same(time_programs[i].name, S("ntp")) && !fs_exists(&collect->root, "/etc/ntp.conf"))
			continue;
		timesyncd = timesyncd || is_timesyncd;
		any = true;
		TRY(time_program(&host, i));
	}
	if (!any)
		collect_absent(collect, &table_time_source, "no program that sets the clock is installed");
	return OK;
}

static const struct table *const time_tables[] = {&table_time_source, NULL};
static const char *const time_reads[] = {"/etc/chrony/chrony.conf and the files it includes", "/etc/chrony.conf", "/etc/ntpsec/ntp.conf",
    "/etc/ntp.conf", "/etc/systemd/timesyncd.conf", "/etc/systemd/timesyncd.conf.d", "/usr/lib/systemd/timesyncd.conf", "adjtimex(2)",
    NULL};

const struct collector collect_time_source = {
    .name = "time_source",
    .about = "where the clock gets its time from, and whether it is synchronised",
    .tables = time_tables,
    .reads = time_reads,
    .needs = "",
    .run = time_run,
};
