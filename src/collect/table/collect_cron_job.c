/*
 * What cron and anacron run: the tables of the system, of packages and of people, and the periodic folders.
 * Keeps the name of a command, never its arguments, and no environment.
 */
#include "collect/table/collect_cron_job.h"

#include <string.h>

#include "collect/collect_line.h"
#include "collect/collect_value.h"
#include "collect/table/collect_account.h"

#define CRON_MAX_NAMES 20000

static const struct column cron_job_columns[] = {
    {"path", COLUMN_TEXT, COLUMN_KEY, "table, or script of a periodic folder"},
    {"line", COLUMN_INT, COLUMN_KEY, "line of the table, 0 for a script"},
    {"username", COLUMN_TEXT, COLUMN_PERSONAL, "account it runs as"},
    {"schedule", COLUMN_TEXT, 0, "the five fields or @ word"},
    {"command_name", COLUMN_TEXT, 0, "program, without arguments"},
    {"file_mode", COLUMN_TEXT, 0, "octal mode of the file"},
    {"file_owner", COLUMN_TEXT, COLUMN_PERSONAL, "who owns the file"},
};
const struct table table_cron_job = {"cron_job", "what cron runs", cron_job_columns, 7};

/* Words that only lead to the program: "[ -x … ] &&", "test … &&", "cd … &&", "command -v … &&", assignments and braces. */
static bool
cron_leads(slice word)
{
	static const slice words[] = {
	    S("["), S("[["), S("test"), S("cd"), S("if"), S("umask"), S("sleep"), S("export"), S("set"), S(":"), S("true")};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (slice_same(word, words[i]))
			return true;
	return false;
}

/* Where the next command of a shell line begins, after && || ; or |. */
static slice
cron_next_command(slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == ';' || text.at[i] == '|' || text.at[i] == '&') {
			while (i < text.len && strchr(";|& \t", text.at[i]) != NULL && text.at[i] != '\0')
				i++;
			return slice_from(text, i);
		}
	return S("");
}

/* The next word as the shell sees it: blanks inside quotes and $(…) belong to it. The quotes stay. */
static bool
cron_word(slice *rest, slice *ret)
{
	size_t from = 0, to, inside = 0;
	char quote = '\0';
	while (from < rest->len && strchr(" \t\r\v\f", rest->at[from]) != NULL && rest->at[from] != '\0')
		from++;
	for (to = from; to < rest->len; to++) {
		char byte = rest->at[to];
		if (quote == '\0' && inside == 0 && (byte == ' ' || byte == '\t'))
			break;
		if (quote != '\'' && (byte == ')' ? inside > 0 : byte == '(' && (inside > 0 || (to > from && rest->at[to - 1] == '$'))))
			inside += byte == '(' ? 1 : (size_t)-1;
		if (byte == '\\' && quote != '\'' && to + 1 < rest->len)
			to++;
		else if (quote != '\0')
			quote = byte == quote ? '\0' : quote;
		else if (byte == '"' || byte == '\'' || byte == '`')
			quote = byte;
	}
	*ret = slice_part(*rest, from, to - from);
	*rest = slice_from(*rest, to);
	return to > from;
}

static slice
cron_program(slice command)
{
	slice rest = command, word = S(""), first = S("");
	for (unsigned tries = 0; tries < 8 && cron_word(&rest, &word);) {
		size_t equals = slice_find(word, '=');
		if (slice_same(word, S("{")) || slice_same(word, S("(")) || slice_same(word, S("then")) ||
		    (equals > 0 && equals < word.len && word.at[0] != '/'))
			continue;
		if (first.len == 0)
			first = word;
		if (!cron_leads(word))
			break;
		rest = cron_next_command(rest);
		word = S("");
		tries++;
	}
	if (word.len == 0)
		word = first;
	while (word.len > 0 && strchr(";&|)", word.at[word.len - 1]) != NULL && word.at[word.len - 1] != '\0')
		word.len--;
	/* A word that holds more than a path may hold a secret: $(…), quotes and redirections end it. */
	size_t end = 0;
	while (end < word.len && word.at[end] != '\0' && strchr("\"'`$<>|;&(", word.at[end]) == NULL)
		end++;
	return slice_part(word, 0, end);
}

bool
cron_line(slice line, bool named, struct cron_line *ret)
{
	struct cron_line job = {.schedule = line};
	slice rest = line, word;
	size_t fields = line.len > 0 && line.at[0] == '@' ? 1 : 5;
	if (fields == 5 && !(line.len > 0 && (line.at[0] == '*' || (line.at[0] >= '0' && line.at[0] <= '9') || line.at[0] == '~')))
		return false;
	for (size_t i = 0; i < fields; i++)
		if (!slice_word(&rest, &word))
			return false;
	job.schedule = slice_part(line, 0, (size_t)(word.at + word.len - line.at));
	if (named && !slice_word(&rest, &job.username))
		return false;
	/* cron passes what follows the first bare % on standard input. */
	job.command_name = cron_program(slice_part(rest, 0, slice_find(rest, '%')));
	*ret = job;
	return true;
}

bool
cron_anacron_line(slice line, struct cron_line *ret)
{
	struct cron_line job = {.username = S("root")};
	slice rest = line, word;
	if (line.len == 0 || !((line.at[0] >= '0' && line.at[0] <= '9') || line.at[0] == '@') || !slice_word(&rest, &job.schedule))
		return false;
	if (!slice_word(&rest, &word) || !slice_word(&rest, &word))
		return false;
	job.command_name = cron_program(rest);
	*ret = job;
	return true;
}

static err
cron_row(const struct cron_file *file, unsigned number, const struct cron_line *line, struct rows *rows)
{
	struct cell cells[] = {TEXT(slice_of(file->path)), INT(number), TEXT(line->username.len > 0 ? line->username : file->username),
	    TEXT(line->schedule), TEXT(line->command_name), TEXT(file->mode), TEXT(file->owner)};
	return rows_add(rows, cells);
}

err
cron_rows(struct job *job, const struct cron_file *file, slice text, struct rows *rows)
{
	slice line;
	for (unsigned number = 1; slice_cut(&text, '\n', &line); number++) {
		struct cron_line found;
		line = slice_trim(line);
		bool anacron = strcmp(file->path, "/etc/anacrontab") == 0;
		if (line.len > 0 && line.at[0] != '#' &&
		    (anacron ? cron_anacron_line(line, &found) : cron_line(line, file->named, &found))) {
			TRY(collect_squeeze(job, found.schedule, &found.schedule));
			TRY(cron_row(file, number, &found, rows));
		}
	}
	return OK;
}

/* What all files need. */
struct cron_host {
	struct job *job;
	struct collect *collect;
	struct account *accounts;
	size_t len;
	struct rows *rows;
};

static err
cron_file_open(struct cron_host *host, const char *path, struct cron_file *ret)
{
	struct stat st;
	TRY(fs_stat(host->job, &host->collect->root, path, true, &st));
	ret->path = path;
	TRY(account_name(host->job, host->accounts, host->len, st.st_uid, &ret->owner));
	return job_format(host->job, &ret->mode, "%04o", (unsigned)st.st_mode & 07777);
}

static err
cron_table(struct cron_host *host, const char *path, slice username)
{
	struct cron_file file = {.username = username, .named = username.len == 0};
	slice text;
	bool there;
	err opened = cron_file_open(host, path, &file);
	if (opened.code == ERR_MISSING)
		return OK;
	TRY(opened);
	TRY(collect_read(host->job, host->collect, path, &text, &there));
	return cron_rows(host->job, &file, text, host->rows);
}

/* cron and run-parts leave out names with other signs. */
static bool
cron_name(slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		char byte = name.at[i];
		if (!((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_' ||
			byte == '-'))
			return false;
	}
	return name.len > 0;
}

enum cron_place { CRON_TABLES, CRON_SCRIPTS, CRON_PEOPLE };

static err
cron_folder(struct cron_host *host, const char *folder, enum cron_place place, const char *schedule)
{
	struct fs_name *names;
	size_t len;
	err listed = fs_list(host->job, &host->collect->root, folder, CRON_MAX_NAMES, &names, &len);
	if (listed.code == ERR_MISSING)
		return OK;
	TRY(listed);
	for (size_t i = 0; i < len; i++) {
		const char *path;
		slice name = slice_of(names[i].name);
		TRY(fs_join(host->job, folder, names[i].name, &path));
		if (place == CRON_PEOPLE && name.at[0] != '.')
			TRY(cron_table(host, path, name));
		if (place == CRON_TABLES && cron_name(name))
			TRY(cron_table(host, path, S("")));
		if (place != CRON_SCRIPTS || !cron_name(name))
			continue;
		struct cron_file file = {.username = S("root")};
		struct cron_line line = {.schedule = slice_of(schedule), .command_name = slice_of(path)};
		TRY(cron_file_open(host, path, &file));
		TRY(cron_row(&file, 0, &line, host->rows));
	}
	return OK;
}

static err
cron_run(struct job *job, struct collect *collect)
{
	struct cron_host host = {.job = job, .collect = collect, .rows = collect_rows(collect, &table_cron_job)};
	static const char *const periods[][2] = {{"/etc/cron.hourly", "@hourly"}, {"/etc/cron.daily", "@daily"},
	    {"/etc/cron.weekly", "@weekly"}, {"/etc/cron.monthly", "@monthly"}, {"/etc/cron.yearly", "@yearly"}};
	static const char *const people[] = {"/var/spool/cron/crontabs", "/var/spool/cron"};
	if (!fs_exists(&collect->root, "/etc/crontab") && !fs_exists(&collect->root, "/etc/cron.d") &&
	    !fs_exists(&collect->root, people[1]) && !fs_exists(&collect->root, periods[1][0])) {
		collect_absent(collect, &table_cron_job, "cron is not installed");
		return OK;
	}
	TRY(account_list(job, collect, &host.accounts, &host.len));
	TRY(cron_table(&host, "/etc/crontab", S("")));
	TRY(cron_table(&host, "/etc/anacrontab", S("root")));
	TRY(cron_folder(&host, "/etc/cron.d", CRON_TABLES, ""));
	for (size_t i = 0; i < sizeof periods / sizeof *periods; i++)
		TRY(cron_folder(&host, periods[i][0], CRON_SCRIPTS, periods[i][1]));
	bool debian = fs_exists(&collect->root, people[0]);
	return cron_folder(&host, debian ? people[0] : people[1], CRON_PEOPLE, "");
}

static const struct table *const cron_tables[] = {&table_cron_job, NULL};
static const char *const cron_reads[] = {"/etc/crontab", "/etc/anacrontab", "/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily",
    "/etc/cron.weekly", "/etc/cron.monthly", "/etc/cron.yearly", "/var/spool/cron/crontabs", "/var/spool/cron", "/etc/passwd", NULL};

const struct collector collect_cron_job = {
    .name = "cron_job",
    .about = "what cron runs, when and as whom",
    .tables = cron_tables,
    .reads = cron_reads,
    .needs = "root for people's own tables",
    .run = cron_run,
};
