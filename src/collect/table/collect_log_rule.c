/*
 * Where log messages go and how long files are kept: rsyslog, syslog-ng, logrotate; journald's settings with their defaults.
 * Reads the common forms of rsyslog's language; a condition around an action is not kept.
 */
#include "collect/table/collect_log_rule.h"

#include <string.h>

#include "collect/collect_value.h"

#define LOG_MAX_DEPTH 8
#define LOG_MAX_FILES 2000

static const struct column log_rule_columns[] = {
    {"program", COLUMN_TEXT, COLUMN_KEY, "rsyslog, syslog-ng or logrotate"},
    {"path", COLUMN_TEXT, COLUMN_KEY, "file of the rule"},
    {"line", COLUMN_INT, COLUMN_KEY, "line of that file"},
    {"kind", COLUMN_TEXT, 0, "write (to a file, device or person), forward (to another host) or rotate"},
    {"selector", COLUMN_TEXT, 0, "which messages, or how often files are rotated"},
    {"target", COLUMN_TEXT, COLUMN_KEY,
	"file, host, or pattern of the files that are rotated; (accounts) for people's terminals, a module's name without its parameters"},
    {"protocol", COLUMN_TEXT, 0, "udp, tcp or relp; empty for what stays here"},
    {"encrypted", COLUMN_INT, COLUMN_MAYBE, "1 when a forward is encrypted; NULL for what stays here"},
    {"keep", COLUMN_INT, COLUMN_MAYBE, "rotated files that are kept"},
};
const struct table table_log_rule = {"log_rule", "where log messages go and how many old files are kept", log_rule_columns, 9};

static const struct column journald_setting_columns[] = {COLLECT_SETTING_COLUMNS};
const struct table table_journald_setting = {"journald_setting", "settings of systemd's journal in force", journald_setting_columns, 5};

struct log_found {
	slice program, selector, target, protocol;
	const char *kind, *path;
	unsigned line;
	struct cell encrypted, keep;
};

static err
log_row(struct log *log, const struct log_found *found)
{
	struct cell cells[] = {TEXT(found->program), TEXT(slice_of(found->path)), INT(found->line), TEXT(slice_of(found->kind)),
	    TEXT(found->selector), TEXT(found->target), TEXT(found->protocol), found->encrypted, found->keep};
	return rows_add(log->rows, cells);
}

/* ---- rsyslog ---- */

/* The value of ${name} in name="value" pairs, without case; the empty text when it is not there. */
static slice
log_parameter(slice text, slice name)
{
	for (size_t i = 0; i + name.len < text.len; i++) {
		if (!slice_same_nocase(slice_part(text, i, name.len), name))
			continue;
		if (i > 0 && text.at[i - 1] != ' ' && text.at[i - 1] != '\t' && text.at[i - 1] != '(' && text.at[i - 1] != '\n')
			continue;
		slice rest = slice_trim(slice_from(text, i + name.len));
		if (rest.len < 2 || rest.at[0] != '=')
			continue;
		rest = slice_trim(slice_from(rest, 1));
		if (rest.len > 0 && rest.at[0] == '"') {
			rest = slice_from(rest, 1);
			return slice_part(rest, 0, slice_find(rest, '"'));
		}
		slice word = S("");
		(void)slice_word(&rest, &word);
		return slice_part(word, 0, slice_find(word, ')'));
	}
	return S("");
}

/* A statement "name(…)" that may go over several lines; ${line} is its first. */
static slice
log_statement(slice line, slice *rest, unsigned *number)
{
	slice whole = line, more;
	while (slice_find(whole, ')') == whole.len && slice_cut(rest, '\n', &more)) {
		++*number;
		whole = slice_bytes(line.at, (size_t)(more.at + more.len - line.at));
	}
	return whole;
}

static err
log_rsyslog_action(struct log *log, slice selector, slice statement, struct log_found *found)
{
	slice type = log_parameter(statement, S("type")), host = log_parameter(statement, S("target")),
	      port = log_parameter(statement, S("port"));
	found->selector = selector;
	if (slice_same(type, S("omfile"))) {
		found->kind = "write";
		found->target = log_parameter(statement, S("file"));
		if (found->target.len == 0)
			found->target = log_parameter(statement, S("dynafile"));
		return log_row(log, found);
	}
	if (!slice_same(type, S("omfwd")) && !slice_same(type, S("omrelp")))
		return OK;
	bool relp = slice_same(type, S("omrelp"));
	found->kind = "forward";
	found->protocol = relp ? S("relp") : log_parameter(statement, S("protocol"));
	if (found->protocol.len == 0)
		found->protocol = S("udp");
	TRY(collect_lower(log->job, found->protocol, &found->protocol));
	slice mode = log_parameter(statement, S("StreamDriverMode")), driver = log_parameter(statement, S("StreamDriver"));
	bool stream = driver.len == 0 ? log->tls : slice_same(driver, S("gtls")) || slice_same(driver, S("ossl"));
	bool tls = relp ? slice_same_nocase(log_parameter(statement, S("tls")), S("on")) : slice_same(mode, S("1")) && stream;
	found->encrypted = INT(tls);
	TRY(job_format(log->job, &found->target, "%.*s%s%.*s", SLICE(host), port.len > 0 ? ":" : "", SLICE(port)));
	return log_row(log, found);
}

/* What may be kept of the target of an old action: ":omusrmsg:jane" and "jane,joe" name people, ":ommysql:host,db,user,secret" and
 * ">host,db,user,secret" hold passwords. */
static slice
log_old_target(slice action)
{
	if (slice_same(action, S("*")) || slice_same(action, S(":omusrmsg:*")))
		return action;
	if (slice_starts(action, S(":omusrmsg:")))
		return S(":omusrmsg:(accounts)");
	if (action.at[0] == ':')
		return slice_part(action, 0, 1 + slice_find(slice_from(action, 1), ':'));
	if (action.at[0] == '>')
		return S(">");
	if (action.at[0] == '^') /* a program: no arguments */
		return slice_part(action, 0, slice_find(action, ' '));
	return strchr("/-|?@~$", action.at[0]) != NULL && action.at[0] != '\0' ? action : S("(accounts)");
}

/* "selector action" of the old language. */
static err
log_rsyslog_old(struct log *log, slice line, struct log_found *found)
{
	slice rest = line;
	if (!slice_word(&rest, &found->selector))
		return OK;
	slice action = slice_trim(rest);
	if (slice_find(found->selector, '.') == found->selector.len && found->selector.at[0] != ':' && !slice_same(found->selector, S("&")))
		return OK;
	if (found->selector.at[0] == ':') {
		/* :property, compare, "value" action */
		size_t quote = slice_find_last(line, '"');
		if (quote == line.len)
			return OK;
		found->selector = slice_part(line, 0, quote + 1);
		action = slice_trim(slice_from(line, quote + 1));
	}
	action = slice_part(action, 0, slice_find(action, ';'));
	if (action.len == 0 || slice_same(action, S("stop")) || slice_same(action, S("~")))
		return OK;
	if (slice_starts(action, S("action(")))
		return log_rsyslog_action(log, found->selector, action, found);
	found->kind = "write";
	found->target = action.at[0] == '-' ? slice_trim(slice_from(action, 1)) : log_old_target(action);
	if (action.at[0] != '@')
		return log_row(log, found);
	bool tcp = slice_starts(action, S("@@"));
	found->kind = "forward";
	found->protocol = tcp ? S("tcp") : S("udp");
	found->encrypted = INT(tcp && log->tls);
	found->target = slice_from(action, tcp ? 2 : 1);
	if (found->target.len > 0 && found->target.at[0] == '(')
		found->target = slice_from(found->target, slice_find(found->target, ')') + 1);
	return log_row(log, found);
}

static err
log_include(struct log *log, slice pattern, err (*read)(struct log *log, const char *path, slice text))
{
	if (log->include == NULL || pattern.len == 0)
		return OK;
	/* syslog-ng looks in its own folder; the others in theirs of the moment, which is / for a service. */
	if (pattern.at[0] != '/')
		TRY(job_format(log->job, &pattern, "%s%.*s", read == log_syslog_ng ? "/etc/syslog-ng/" : "/", SLICE(pattern)));
	if (log->depth >= LOG_MAX_DEPTH || ++log->files > LOG_MAX_FILES)
		return err_set(log->job, ERR_LIMIT, "%.*s: files of log rules include one another more than %d deep or %d times",
		    SLICE(pattern), LOG_MAX_DEPTH, LOG_MAX_FILES);
	log->depth++;
	TRY(log->include(log, pattern, read));
	log->depth--;
	return OK;
}

/* A block, or "name(…)" of a statement that sends nothing anywhere. */
static bool
log_is_statement(slice line, size_t open)
{
	if (line.at[0] == '{' || line.at[0] == '}' || line.at[line.len - 1] == '{')
		return true;
	for (size_t i = 0; i < open; i++)
		if (!((line.at[i] >= 'a' && line.at[i] <= 'z') || line.at[i] == '_' || line.at[i] == ' '))
			return false;
	return open < line.len;
}

static err
log_rsyslog_line(struct log *log, const char *path, slice line, slice *rest, unsigned *number)
{
	struct log_found found = {.program = S("rsyslog"), .path = path, .line = *number, .encrypted = NIL, .keep = NIL};
	slice word, more = line;
	(void)slice_word(&more, &word);
	if (slice_same_nocase(word, S("$IncludeConfig")))
		return log_include(log, slice_trim(more), log_rsyslog);
	if (slice_same_nocase(word, S("$DefaultNetstreamDriver")) || slice_same_nocase(word, S("$ActionSendStreamDriverMode"))) {
		log->tls = slice_same(slice_trim(more), S("gtls")) || slice_same(slice_trim(more), S("ossl")) ||
			   slice_same(slice_trim(more), S("1"));
		return OK;
	}
	if (word.at[0] == '$')
		return OK;
	size_t open = slice_find(line, '(');
	slice name = slice_trim(slice_part(line, 0, open));
	bool action = slice_same(name, S("action")), global = slice_same(name, S("global")), include = slice_same(name, S("include"));
	const char *inside = memmem(line.at, line.len, "action(", 7);
	if (open == line.len || !(action || global || include || inside != NULL))
		return log_is_statement(line, open) ? OK : log_rsyslog_old(log, line, &found);
	slice statement = log_statement(line, rest, number);
	if (include)
		return log_include(log, log_parameter(statement, S("file")), log_rsyslog);
	if (global) {
		slice driver = log_parameter(statement, S("DefaultNetstreamDriver"));
		log->tls = log->tls || slice_same(driver, S("gtls")) || slice_same(driver, S("ossl"));
		return OK;
	}
	slice selector = action ? S("") : slice_trim(slice_part(line, 0, (size_t)(inside - line.at)));
	return log_rsyslog_action(log, selector, slice_from(statement, action ? 0 : (size_t)(inside - line.at)), &found);
}

err
log_rsyslog(struct log *log, const char *path, slice text)
{
	slice line;
	unsigned number = 0;
	while (slice_cut(&text, '\n', &line)) {
		number++;
		line = slice_trim(line);
		if (line.len > 0 && line.at[0] != '#')
			TRY(log_rsyslog_line(log, path, line, &text, &number));
	}
	return OK;
}

/* ---- syslog-ng ---- */

/* The first argument of "name(" in ${text}. */
static slice
log_argument(slice text)
{
	slice rest = slice_trim(slice_from(text, slice_find(text, '(') + 1));
	if (rest.len > 0 && rest.at[0] == '"') {
		rest = slice_from(rest, 1);
		return slice_part(rest, 0, slice_find(rest, '"'));
	}
	size_t end = 0;
	while (end < rest.len && strchr(" \t);", rest.at[end]) == NULL)
		end++;
	return slice_part(rest, 0, end);
}

err
log_syslog_ng(struct log *log, const char *path, slice text)
{
	static const struct {
		slice name;
		const char *kind, *protocol;
	} drivers[] = {{S("file("), "write", ""}, {S("network("), "forward", "tcp"}, {S("syslog("), "forward", "tcp"},
	    {S("tcp("), "forward", "tcp"}, {S("udp("), "forward", "udp"}, {S("tcp6("), "forward", "tcp"}, {S("udp6("), "forward", "udp"}};
	struct collect_lines lines = collect_lines_of(log->job, text, "#");
	slice line;
	unsigned number;
	bool destination = false;
	while (collect_lines_next(&lines, &line, &number)) {
		if (slice_starts(line, S("@include")))
			TRY(log_include(log, log_argument(slice_bytes(line.at + 7, line.len - 7)), log_syslog_ng));
		destination = slice_starts(line, S("destination")) || (destination && !slice_starts(line, S("};")));
		for (size_t i = 0; i < sizeof drivers / sizeof *drivers && destination; i++) {
			const char *at = memmem(line.at, line.len, drivers[i].name.at, drivers[i].name.len);
			if (at == NULL || (at > line.at && at[-1] != ' ' && at[-1] != '{' && at[-1] != '\t'))
				continue;
			slice call = slice_from(line, (size_t)(at - line.at));
			bool forward = strcmp(drivers[i].kind, "forward") == 0,
			     udp = slice_has(call, S("transport(\"udp\")")) || slice_has(call, S("transport(udp)"));
			struct log_found found = {.program = S("syslog-ng"),
			    .path = path,
			    .line = number,
			    .kind = drivers[i].kind,
			    .target = log_argument(call),
			    .protocol = udp ? S("udp") : slice_of(drivers[i].protocol),
			    .encrypted = forward ? INT(slice_has(call, S("tls"))) : NIL,
			    .keep = NIL};
			TRY(log_row(log, &found));
			break;
		}
	}
	return OK;
}

/* ---- logrotate ---- */

static bool
log_is_frequency(slice word)
{
	static const char *const words[] = {"hourly", "daily", "weekly", "monthly", "yearly", NULL};
	return collect_word_in(word, words);
}

/* One stanza: the lines up to "}". */
static err
log_rotate_stanza(struct log *log, struct collect_lines *lines, slice patterns, struct log_found *found)
{
	slice line, key, value, keep = log->keep;
	unsigned number;
	uint64_t count;
	bool script = false;
	found->selector = log->frequency;
	while (collect_lines_next(lines, &line, &number) && line.at[0] != '}') {
		if (!collect_key_value(line, " \t", &key, &value))
			continue;
		script = script
			     ? !slice_same(key, S("endscript"))
			     : slice_same(key, S("postrotate")) || slice_same(key, S("prerotate")) || slice_same(key, S("firstaction")) ||
				   slice_same(key, S("lastaction")) || slice_same(key, S("preremove"));
		if (script)
			continue;
		if (log_is_frequency(key))
			found->selector = key;
		if (slice_same(key, S("rotate")))
			keep = value;
	}
	found->keep = slice_u64(keep, &count) && count < INT64_MAX ? INT((int64_t)count) : NIL;
	while (slice_word(&patterns, &found->target)) {
		if (found->target.len > 1 && found->target.at[0] == '"')
			found->target = slice_part(found->target, 1, found->target.len - 2);
		TRY(log_row(log, found));
	}
	return OK;
}

err
log_rotate(struct log *log, const char *path, slice text)
{
	struct collect_lines lines = collect_lines_of(log->job, text, "#");
	slice line, key, value, patterns = S("");
	unsigned number, first = 0;
	while (collect_lines_next(&lines, &line, &number)) {
		bool opens = line.at[line.len - 1] == '{';
		slice bare = opens ? slice_trim(slice_part(line, 0, line.len - 1)) : line;
		if (patterns.len == 0)
			first = number;
		if (opens || line.at[0] == '/' || line.at[0] == '"') {
			/* Patterns may stand on several lines before the brace. */
			TRY(job_format(log->job, &patterns, "%.*s%s%.*s", SLICE(patterns), patterns.len == 0 ? "" : " ", SLICE(bare)));
			struct log_found found = {
			    .program = S("logrotate"), .path = path, .line = first, .kind = "rotate", .protocol = S(""), .encrypted = NIL};
			if (opens) {
				TRY(log_rotate_stanza(log, &lines, patterns, &found));
				patterns = S("");
			}
			continue;
		}
		if (!collect_key_value(line, " \t", &key, &value))
			continue;
		if (slice_same(key, S("include")))
			TRY(log_include(log, value, log_rotate));
		if (log_is_frequency(key) && log->depth == 0)
			log->frequency = key;
		if (slice_same(key, S("rotate")) && log->depth == 0)
			log->keep = value;
	}
	return OK;
}

/* ---- journald ---- */

/* Defaults of systemd 252 to 257 as Debian builds it. */
static const char *const log_journald_defaults[][2] = {{"storage", "auto"}, {"compress", "yes"}, {"seal", "yes"}, {"splitmode", "uid"},
    {"syncintervalsec", "5m"}, {"ratelimitintervalsec", "30s"}, {"ratelimitburst", "10000"}, {"systemmaxuse", ""}, {"systemkeepfree", ""},
    {"systemmaxfilesize", ""}, {"systemmaxfiles", "100"}, {"runtimemaxuse", ""}, {"runtimekeepfree", ""}, {"runtimemaxfilesize", ""},
    {"runtimemaxfiles", "100"}, {"maxretentionsec", ""}, {"maxfilesec", "1month"}, {"forwardtosyslog", "yes"}, {"forwardtokmsg", "no"},
    {"forwardtoconsole", "no"}, {"forwardtowall", "yes"}, {"maxlevelstore", "debug"}, {"maxlevelsyslog", "debug"},
    {"maxlevelkmsg", "notice"}, {"maxlevelconsole", "info"}, {"maxlevelwall", "emerg"}, {"linemax", "48K"}, {"readkmsg", "yes"},
    {"audit", "no"}, {"ttypath", "/dev/console"}};

err
log_journald(struct job *job, const char *path, slice text, struct collect_settings *settings)
{
	struct collect_lines lines = collect_lines_of(job, text, "#;");
	slice line, key, value;
	unsigned number;
	bool journal = false;
	while (collect_lines_next(&lines, &line, &number)) {
		if (line.at[0] == '[')
			journal = slice_same(line, S("[Journal]"));
		else if (journal && slice_find(line, '=') < line.len && collect_key_value(line, "=", &key, &value))
			TRY(collect_settings_set(settings, key, value, path, number, false));
	}
	return OK;
}

/* Defaults: ours, and over them those the distribution's own file shows as comments ("#Audit=no"). */
static err
log_journald_default(slice text, struct collect_settings *settings)
{
	slice line, key, value;
	for (size_t i = 0; i < sizeof log_journald_defaults / sizeof *log_journald_defaults; i++)
		TRY(collect_settings_set(
		    settings, slice_of(log_journald_defaults[i][0]), slice_of(log_journald_defaults[i][1]), "", 0, true));
	while (slice_cut(&text, '\n', &line))
		if (slice_starts(line, S("#")) && slice_find(line, '=') < line.len &&
		    collect_key_value(slice_from(line, 1), "=", &key, &value) && collect_settings_get(settings, key) != NULL)
			TRY(collect_settings_set(settings, key, value, "", 0, true));
	return OK;
}

static err
log_journald_run(struct job *job, struct collect *collect)
{
	static const char *const mains[] = {"/etc/systemd/journald.conf", "/run/systemd/journald.conf",
	    "/usr/local/lib/systemd/journald.conf", "/usr/lib/systemd/journald.conf"};
	static const char *const folders[] = {"/etc/systemd/journald.conf.d", "/run/systemd/journald.conf.d",
	    "/usr/local/lib/systemd/journald.conf.d", "/usr/lib/systemd/journald.conf.d", NULL};
	struct collect_settings settings;
	slice text, main_text = S("");
	bool there = false;
	const char **paths;
	size_t len;
	if (!fs_exists(&collect->root, "/usr/lib/systemd/systemd-journald") &&
	    !fs_exists(&collect->root, "/lib/systemd/systemd-journald")) {
		collect_absent(collect, &table_journald_setting, "systemd's journal is not installed");
		return OK;
	}
	collect_settings_open(&settings, job);
	for (size_t i = 0; i < sizeof mains / sizeof *mains && !there; i++) {
		TRY(collect_read(job, collect, mains[i], &text, &there));
		TRY(log_journald(job, mains[i], text, &settings));
		if (there)
			main_text = text;
	}
	TRY(collect_dropin_paths(job, collect, folders, ".conf", &paths, &len));
	for (size_t i = 0; i < len; i++) {
		TRY(collect_read(job, collect, paths[i], &text, &there));
		TRY(log_journald(job, paths[i], text, &settings));
	}
	TRY(log_journald_default(main_text, &settings));
	return collect_settings_rows(&settings, collect_rows(collect, &table_journald_setting));
}

/* ---- all of them ---- */

static err
log_open(struct log *log, slice pattern, err (*read)(struct log *log, const char *path, slice text))
{
	const char **paths;
	size_t len;
	struct stat st;
	const char *path;
	TRY(job_string(log->job, pattern, &path));
	if (slice_find(pattern, '*') == pattern.len && fs_stat(log->job, &log->collect->root, path, true, &st).code == ERR_NONE &&
	    S_ISDIR(st.st_mode))
		TRY(job_format(log->job, &pattern, "%s/*", path));
	TRY(collect_glob(log->job, log->collect, pattern, &paths, &len));
	for (size_t i = 0; i < len; i++) {
		slice text;
		bool there;
		if (slice_has(slice_of(paths[i]), S(".dpkg-")) || slice_ends(slice_of(paths[i]), S("~")))
			continue;
		if (fs_stat(log->job, &log->collect->root, paths[i], true, &st).code == ERR_NONE && S_ISDIR(st.st_mode))
			continue;
		TRY(collect_read(log->job, log->collect, paths[i], &text, &there));
		TRY(read(log, paths[i], text));
	}
	return OK;
}

static err
log_run(struct job *job, struct collect *collect)
{
	static const struct {
		const char *path;
		err (*read)(struct log *log, const char *path, slice text);
	} programs[] = {
	    {"/etc/rsyslog.conf", log_rsyslog}, {"/etc/syslog-ng/syslog-ng.conf", log_syslog_ng}, {"/etc/logrotate.conf", log_rotate}};
	bool any = false;
	err journald = log_journald_run(job, collect);
	if (journald.code != ERR_NONE)
		collect_unseen(collect, &table_journald_setting, "%s", job->why);
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
		struct log log = {.job = job,
		    .rows = collect_rows(collect, &table_log_rule),
		    .include = log_open,
		    .collect = collect,
		    .frequency = S("weekly"),
		    .keep = S("0")};
		slice text;
		bool there;
		err read = collect_read(job, collect, programs[i].path, &text, &there);
		if (read.code == ERR_NONE)
			read = programs[i].read(&log, programs[i].path, text);
		any = any || read.code != ERR_NONE || there;
		if (read.code != ERR_NONE) {
			collect_unseen(collect, &table_log_rule, "%s", job->why);
			return OK;
		}
	}
	if (!any)
		collect_absent(collect, &table_log_rule, "neither rsyslog, syslog-ng nor logrotate is configured");
	return OK;
}

static const struct table *const log_tables[] = {&table_log_rule, &table_journald_setting, NULL};
static const char *const log_reads[] = {"/etc/rsyslog.conf and the files it includes",
    "/etc/syslog-ng/syslog-ng.conf and the files it includes", "/etc/logrotate.conf and the files it includes",
    "/etc/systemd/journald.conf", "/etc/systemd/journald.conf.d", "/run/systemd/journald.conf.d", "/usr/local/lib/systemd/journald.conf.d",
    "/usr/lib/systemd/journald.conf", "/usr/lib/systemd/journald.conf.d", NULL};

const struct collector collect_log_rule = {
    .name = "log_rule",
    .about = "where log messages go, how long they are kept, and the journal's settings",
    .tables = log_tables,
    .reads = log_reads,
    .needs = "root where a file of the configuration is closed to others",
    .run = log_run,
};
