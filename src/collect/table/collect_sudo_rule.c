/*
 * Who may run what as whom, from sudoers with includes and aliases; one row for each person and command.
 * Keeps a command's path, never its arguments; does not resolve netgroups or ask a directory server.
 */
#include "collect/table/collect_sudo_rule.h"

#include <string.h>

#include "base/buf.h"
#include "collect/collect_line.h"

#define SUDO_MAX_LINES 20000
#define SUDO_MAX_ROWS 50000
#define SUDO_MAX_DEPTH 16 /* includes and aliases within aliases */

static const struct column sudo_rule_columns[] = {
    {"path", COLUMN_TEXT, COLUMN_KEY, "file of the rule"},
    {"line", COLUMN_INT, COLUMN_KEY, "line of that file"},
    {"position", COLUMN_INT, COLUMN_KEY, "number of the row within the line, from 0"},
    {"kind", COLUMN_TEXT, 0, "rule or default"},
    {"who", COLUMN_TEXT, COLUMN_PERSONAL, "account, %group, #uid or ALL; for a default the scope it is bound to"},
    {"on_host", COLUMN_TEXT, 0, "hosts the rule is for"},
    {"run_as", COLUMN_TEXT, COLUMN_PERSONAL, "accounts and groups it may be run as; root when the rule says nothing"},
    {"command", COLUMN_TEXT, 0, "path or ALL, a ! in front forbids; \"…\" behind it stands for fixed arguments"},
    {"nopasswd", COLUMN_INT, 0, "1 when no password is asked"},
    {"setting", COLUMN_TEXT, 0, "the default's name and value; of an address only that it is set"},
};
const struct table table_sudo_rule = {"sudo_rule", "who may run what as whom with sudo", sudo_rule_columns, 10};

void
sudo_open(struct sudo *sudo, struct job *job)
{
	*sudo = (struct sudo){.job = job};
}

static err
sudo_refuse(struct sudo *sudo, const struct sudo_line *line, const char *rule)
{
	return err_set(sudo->job, ERR_INPUT, "%s:%u: sudoers(5): %s", line->path, line->number, rule);
}

static err
sudo_line_add(struct sudo *sudo, struct sudo_line line)
{
	if (sudo->len == sudo->room) {
		size_t room = sudo->room == 0 ? 64 : sudo->room * 2;
		struct sudo_line *at;
		TRY(NEW(sudo->job, room, &at));
		if (sudo->len > 0)
			memcpy(at, sudo->line, sudo->len * sizeof *at);
		sudo->line = at;
		sudo->room = room;
	}
	if (sudo->len >= SUDO_MAX_LINES)
		return err_set(
		    sudo->job, ERR_LIMIT, "%s:%u: the rules of sudo have more than %d lines", line.path, line.number, SUDO_MAX_LINES);
	sudo->line[sudo->len++] = line;
	return OK;
}

/* Is ${text} an include line? Its path without quotes then. */
static bool
sudo_is_include(slice text, slice *ret_path, bool *ret_folder)
{
	slice word;
	if (text.len < 2 || (text.at[0] != '@' && text.at[0] != '#'))
		return false;
	slice rest = slice_from(text, 1);
	if (!slice_starts(rest, S("include")) || !slice_word(&rest, &word))
		return false;
	*ret_folder = slice_same(word, S("includedir"));
	if (!*ret_folder && !slice_same(word, S("include")))
		return false;
	rest = slice_trim(rest);
	if (rest.len >= 2 && rest.at[0] == '"' && rest.at[rest.len - 1] == '"')
		rest = slice_part(rest, 1, rest.len - 2);
	*ret_path = rest;
	return rest.len > 0;
}

static bool
sudo_is_comment(slice text)
{
	slice path;
	bool folder;
	if (text.len == 0 || text.at[0] != '#')
		return text.len == 0;
	return !sudo_is_include(text, &path, &folder) && !(text.len > 1 && text.at[1] >= '0' && text.at[1] <= '9');
}

static bool
sudo_goes_on(slice line)
{
	size_t slashes = 0;
	while (slashes < line.len && line.at[line.len - 1 - slashes] == '\\')
		slashes++;
	return slashes % 2 == 1;
}

/* Without a comment behind the rule: an unquoted # that is not a uid. */
static slice
sudo_bare(slice text)
{
	bool quoted = false;
	for (size_t i = 0; i < text.len; i++) {
		char next = i + 1 < text.len ? text.at[i + 1] : '\0';
		if (text.at[i] == '\\')
			i++;
		else if (text.at[i] == '"')
			quoted = !quoted;
		else if (text.at[i] == '#' && !quoted && !(next >= '0' && next <= '9'))
			return slice_trim(slice_part(text, 0, i));
	}
	return text;
}

err
sudo_text(struct sudo *sudo, const char *path, slice text)
{
	slice line, target;
	bool folder;
	for (unsigned number = 1; slice_cut(&text, '\n', &line); number++) {
		struct sudo_line whole = {.path = path, .number = number};
		if (sudo_is_comment(slice_trim(line)))
			continue;
		struct buf buf = buf_open(sudo->job, "sudoers line", COLLECT_MAX_FILE);
		while (sudo_goes_on(line)) {
			buf_add(&buf, slice_part(line, 0, line.len - 1));
			number++;
			if (!slice_cut(&text, '\n', &line))
				line = S("");
		}
		buf_add(&buf, line);
		TRY(buf_end(&buf, &whole.text));
		whole.text = slice_trim(whole.text);
		if (sudo_is_include(whole.text, &target, &folder)) {
			if (++sudo->depth > SUDO_MAX_DEPTH)
				return sudo_refuse(sudo, &whole, "files may include one another 16 deep");
			if (sudo->include != NULL)
				TRY(sudo->include(sudo, target, folder));
			sudo->depth--;
			continue;
		}
		whole.text = sudo_bare(whole.text);
		if (whole.text.len > 0)
			TRY(sudo_line_add(sudo, whole));
	}
	return OK;
}

static bool
sudo_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

static slice
sudo_left(slice text)
{
	while (text.len > 0 && sudo_blank(text.at[0]))
		text = slice_from(text, 1);
	return text;
}

/* The bytes of ${text} before the first unquoted, unescaped byte of ${stops}. */
static size_t
sudo_span(slice text, const char *stops)
{
	bool quoted = false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '\\')
			i++;
		else if (text.at[i] == '"')
			quoted = !quoted;
		else if (!quoted && text.at[i] != '\0' && strchr(stops, text.at[i]) != NULL)
			return i;
	}
	return text.len;
}

/* Take a list "a, b ,c" off ${rest}; it ends at a byte of ${stops} or at a blank that no comma follows. */
static slice
sudo_list(slice *rest, const char *stops)
{
	slice text = sudo_left(*rest), after = text;
	size_t end = 0;
	for (;;) {
		end = (size_t)(after.at - text.at) + sudo_span(after, stops);
		after = sudo_left(slice_from(text, end));
		if (after.len == 0 || after.at[0] != ',')
			break;
		after = sudo_left(slice_from(after, 1));
	}
	*rest = after;
	return slice_part(text, 0, end);
}

/* The members of the alias ${name} of ${kind} ("User_Alias"), or false. */
static bool
sudo_alias(const struct sudo *sudo, slice kind, slice name, slice *ret)
{
	for (size_t i = 0; i < sudo->len; i++) {
		slice rest = sudo->line[i].text, word, one;
		if (!slice_word(&rest, &word))
			continue;
		if (!slice_same(word, kind) && !(slice_same(word, S("Cmd_Alias")) && slice_same(kind, S("Cmnd_Alias"))))
			continue;
		while (rest.len > 0) {
			size_t end = sudo_span(rest, ":");
			one = slice_part(rest, 0, end);
			rest = slice_from(rest, end + 1);
			size_t equals = slice_find(one, '=');
			if (equals < one.len && slice_same(slice_trim(slice_part(one, 0, equals)), name)) {
				*ret = slice_trim(slice_from(one, equals + 1));
				return ret->len > 0;
			}
		}
	}
	return false;
}

static bool
sudo_is_alias_name(slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!((name.at[i] >= 'A' && name.at[i] <= 'Z') || name.at[i] == '_' || (i > 0 && name.at[i] >= '0' && name.at[i] <= '9')))
			return false;
	return name.len > 0 && !slice_same(name, S("ALL"));
}

/* Without quotes and backslashes. */
static err
sudo_plain(struct sudo *sudo, slice text, slice *ret)
{
	char *copy;
	size_t len = 0;
	TRY(NEW(sudo->job, text.len + 1, &copy));
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '\\' && i + 1 < text.len)
			copy[len++] = text.at[++i];
		else if (text.at[i] != '"')
			copy[len++] = text.at[i];
	*ret = slice_bytes(copy, len);
	return OK;
}

/* A rule while its lists are unfolded. */
struct sudo_spec {
	const struct sudo_line *line;
	slice who, on_host, run_as, command, users; /* users: the list still folded */
	bool nopasswd;
	int64_t position;
};

static err
sudo_row(struct sudo *sudo, struct sudo_spec *spec, slice kind, slice setting, struct rows *rows)
{
	if (sudo->rows++ >= SUDO_MAX_ROWS)
		return err_set(sudo->job, ERR_LIMIT, "%s:%u: the rules of sudo unfold into more than %d", spec->line->path,
		    spec->line->number, SUDO_MAX_ROWS);
	struct cell cells[] = {TEXT(slice_of(spec->line->path)), INT(spec->line->number), INT(spec->position++), TEXT(kind),
	    TEXT(spec->who), TEXT(spec->on_host), TEXT(spec->run_as), TEXT(spec->command), INT(spec->nopasswd), TEXT(setting)};
	return rows_add(rows, cells);
}

/* Take "!" off the front, counting. */
static slice
sudo_not(slice text, bool *negated)
{
	for (text = sudo_left(text); text.len > 0 && text.at[0] == '!'; text = sudo_left(slice_from(text, 1)))
		*negated = !*negated;
	return text;
}

static err
sudo_name(struct sudo *sudo, slice text, bool negated, slice *ret)
{
	slice plain;
	TRY(sudo_plain(sudo, text, &plain));
	return negated ? job_format(sudo->job, ret, "!%.*s", SLICE(plain)) : (*ret = plain, OK);
}

static err
sudo_users(struct sudo *sudo, struct sudo_spec *spec, slice list, bool outer, unsigned depth, struct rows *rows)
{
	while (list.len > 0) {
		size_t end = sudo_span(list, ",");
		bool negated = outer;
		slice one = slice_trim(sudo_not(slice_part(list, 0, end), &negated)), members;
		list = slice_from(list, end + 1);
		if (depth < SUDO_MAX_DEPTH && sudo_is_alias_name(one) && sudo_alias(sudo, S("User_Alias"), one, &members)) {
			TRY(sudo_users(sudo, spec, members, negated, depth + 1, rows));
		} else if (one.len > 0) {
			TRY(sudo_name(sudo, one, negated, &spec->who));
			TRY(sudo_row(sudo, spec, S("rule"), S(""), rows));
		}
	}
	return OK;
}

/* A command without digests in front and arguments behind. */
static err
sudo_command(struct sudo *sudo, slice text, bool negated, slice *ret)
{
	static const slice digests[] = {S("sha224:"), S("sha256:"), S("sha384:"), S("sha512:")};
	for (size_t i = 0; i < sizeof digests / sizeof *digests; i++)
		if (slice_starts(text, digests[i])) {
			slice rest = slice_from(text, digests[i].len), word;
			(void)slice_word(&rest, &word);
			text = sudo_left(rest);
		}
	slice path = slice_part(text, 0, sudo_span(text, " \t")), rest = slice_trim(slice_from(text, path.len));
	TRY(sudo_name(sudo, path, negated, ret));
	if (rest.len > 0 && !slice_same(rest, S("\"\"")))
		return job_format(sudo->job, ret, "%.*s …", SLICE(*ret));
	return OK;
}

static err
sudo_commands(struct sudo *sudo, struct sudo_spec *spec, slice one, bool outer, unsigned depth, struct rows *rows)
{
	bool negated = outer;
	slice bare = slice_trim(sudo_not(one, &negated)), members;
	if (depth < SUDO_MAX_DEPTH && sudo_is_alias_name(bare) && sudo_alias(sudo, S("Cmnd_Alias"), bare, &members)) {
		while (members.len > 0) {
			size_t end = sudo_span(members, ",");
			TRY(sudo_commands(sudo, spec, slice_part(members, 0, end), negated, depth + 1, rows));
			members = slice_from(members, end + 1);
		}
		return OK;
	}
	TRY(sudo_command(sudo, bare, negated, &spec->command));
	return bare.len == 0 ? OK : sudo_users(sudo, spec, spec->users, false, 0, rows);
}

/* Add the members of ${list} to ${buf} with commas, aliases of ${kind} unfolded. */
static void
sudo_unfold(struct sudo *sudo, struct buf *buf, slice kind, slice list, bool outer, unsigned depth)
{
	while (list.len > 0 && buf->failed.code == ERR_NONE) {
		size_t end = sudo_span(list, ",");
		bool negated = outer;
		slice one = slice_trim(sudo_not(slice_part(list, 0, end), &negated)), members;
		list = slice_from(list, end + 1);
		if (depth < SUDO_MAX_DEPTH && sudo_is_alias_name(one) && sudo_alias(sudo, kind, one, &members) &&
		    !slice_same(members, one)) {
			sudo_unfold(sudo, buf, kind, members, negated, depth + 1);
		} else if (one.len > 0) {
			if (buf->len > 0 && buf->at[buf->len - 1] != ':')
				buf_byte(buf, ',');
			if (negated)
				buf_byte(buf, '!');
			buf_add(buf, one);
		}
	}
}

/* "users : groups" of who a command may be run as, or a list of hosts, as plain text. */
static err
sudo_unfolded(struct sudo *sudo, slice kind, slice list, slice *ret)
{
	struct buf buf = buf_open(sudo->job, "list of sudoers", TABLE_MAX_TEXT);
	size_t colon = slice_same(kind, S("Runas_Alias")) ? sudo_span(list, ":") : list.len;
	slice text;
	sudo_unfold(sudo, &buf, kind, slice_part(list, 0, colon), false, 0);
	if (colon < list.len) {
		buf_byte(&buf, ':');
		sudo_unfold(sudo, &buf, kind, slice_from(list, colon + 1), false, 0);
	}
	TRY(buf_end(&buf, &text));
	return sudo_plain(sudo, text, ret);
}

/* Take "(run as)" and tags off the front of ${text}. */
static err
sudo_tags(struct sudo *sudo, struct sudo_spec *spec, slice *text)
{
	*text = sudo_left(*text);
	if (text->len > 0 && text->at[0] == '(') {
		size_t end = slice_find(*text, ')');
		if (end == text->len)
			return sudo_refuse(sudo, spec->line, "a list of accounts to run as ends with \")\"");
		TRY(sudo_unfolded(sudo, S("Runas_Alias"), slice_trim(slice_part(*text, 1, end - 1)), &spec->run_as));
		if (spec->run_as.len == 0)
			spec->run_as = S("root");
		*text = sudo_left(slice_from(*text, end + 1));
	}
	for (;;) {
		size_t name = 0;
		while (name < text->len && ((text->at[name] >= 'A' && text->at[name] <= 'Z') || text->at[name] == '_'))
			name++;
		slice tag = slice_part(*text, 0, name), rest = sudo_left(slice_from(*text, name));
		if (name == 0 || rest.len == 0 || (rest.at[0] != ':' && rest.at[0] != '='))
			return OK;
		if (slice_same(tag, S("NOPASSWD")))
			spec->nopasswd = true;
		if (slice_same(tag, S("PASSWD")))
			spec->nopasswd = false;
		bool option = rest.at[0] == '=';
		rest = sudo_left(slice_from(rest, 1));
		*text = option ? sudo_left(slice_from(rest, sudo_span(rest, " \t,"))) : rest;
	}
}

/* Where the command at the front of ${text} ends: at a comma, or at a colon that begins the next host list. */
static size_t
sudo_command_end(slice text)
{
	size_t end = sudo_span(text, ",:");
	/* The colon of a digest is part of the command. */
	if (end < text.len && text.at[end] == ':' && slice_starts(slice_trim(slice_part(text, 0, end)), S("sha")))
		end += 1 + sudo_span(slice_from(text, end + 1), ",:");
	return end;
}

static err
sudo_rule(struct sudo *sudo, const struct sudo_line *line, struct rows *rows)
{
	struct sudo_spec spec = {.line = line};
	slice rest = line->text;
	spec.users = sudo_list(&rest, " \t,=");
	for (bool more = true; more;) {
		TRY(sudo_unfolded(sudo, S("Host_Alias"), sudo_list(&rest, " \t,="), &spec.on_host));
		if (rest.len == 0 || rest.at[0] != '=' || spec.on_host.len == 0)
			return sudo_refuse(sudo, line, "a rule is \"who host = command\"");
		rest = slice_from(rest, 1);
		spec.run_as = S("root");
		spec.nopasswd = false;
		for (bool again = true; again;) {
			TRY(sudo_tags(sudo, &spec, &rest));
			size_t end = sudo_command_end(rest);
			TRY(sudo_commands(sudo, &spec, slice_trim(slice_part(rest, 0, end)), false, 0, rows));
			again = end < rest.len && rest.at[end] == ',';
			more = end < rest.len && rest.at[end] == ':';
			rest = slice_from(rest, end + 1);
		}
	}
	return OK;
}

/* "name = value" as "name=value"; += and -= too. */
static err
sudo_setting(struct sudo *sudo, slice text, slice *ret)
{
	size_t equals = slice_find(text, '=');
	TRY(sudo_plain(sudo, text, ret));
	if (equals == text.len || equals == 0)
		return OK;
	size_t name = text.at[equals - 1] == '+' || text.at[equals - 1] == '-' ? equals - 1 : equals;
	slice value;
	TRY(sudo_plain(sudo, slice_trim(slice_from(text, equals + 1)), &value));
	slice bare = slice_trim(slice_part(text, 0, name));
	if (slice_same(bare, S("mailto")) || slice_same(bare, S("mailfrom")) || slice_same(bare, S("mailerflags")))
		value = value.len > 0 ? S("(set)") : S(""); /* it may be a person's address */
	slice sign = slice_part(text, name, equals + 1 - name);
	return job_format(sudo->job, ret, "%.*s%.*s%.*s", SLICE(bare), SLICE(sign), SLICE(value));
}

static err
sudo_default(struct sudo *sudo, const struct sudo_line *line, struct rows *rows)
{
	struct sudo_spec spec = {.line = line};
	slice rest = slice_from(line->text, strlen("Defaults"));
	if (rest.len > 0 && !sudo_blank(rest.at[0]))
		TRY(sudo_plain(sudo, sudo_list(&rest, " \t,"), &spec.who));
	while (rest.len > 0) {
		size_t end = sudo_span(rest, ",");
		slice setting;
		TRY(sudo_setting(sudo, slice_trim(slice_part(rest, 0, end)), &setting));
		if (setting.len > 0)
			TRY(sudo_row(sudo, &spec, S("default"), setting, rows));
		rest = slice_from(rest, end + 1);
	}
	return OK;
}

err
sudo_rows(struct sudo *sudo, struct rows *rows)
{
	for (size_t i = 0; i < sudo->len; i++) {
		slice rest = sudo->line[i].text, word;
		(void)slice_word(&rest, &word);
		if (slice_starts(word, S("Defaults")) && (word.len == 8 || strchr("@:!>", word.at[8]) != NULL))
			TRY(sudo_default(sudo, &sudo->line[i], rows));
		else if (!slice_ends(word, S("_Alias")))
			TRY(sudo_rule(sudo, &sudo->line[i], rows));
	}
	return OK;
}

static err
sudo_file(struct sudo *sudo, const char *path)
{
	slice text;
	bool there;
	TRY(collect_read(sudo->job, sudo->collect, path, &text, &there));
	return sudo_text(sudo, path, text);
}

static err
sudo_include(struct sudo *sudo, slice target, bool folder)
{
	const char *path;
	slice full = target;
	if (target.at[0] != '/')
		TRY(job_format(sudo->job, &full, "/etc/%.*s", SLICE(target)));
	TRY(job_string(sudo->job, full, &path));
	if (!folder)
		return sudo_file(sudo, path);
	const char *folders[] = {path, NULL}, **paths;
	size_t len;
	TRY(collect_dropin_paths(sudo->job, sudo->collect, folders, "", &paths, &len));
	for (size_t i = 0; i < len; i++) {
		slice name = slice_of(strrchr(paths[i], '/') + 1);
		if (slice_find(name, '.') == name.len && name.at[name.len - 1] != '~')
			TRY(sudo_file(sudo, paths[i]));
	}
	return OK;
}

static err
sudo_run(struct job *job, struct collect *collect)
{
	struct sudo sudo;
	if (!fs_exists(&collect->root, "/usr/bin/sudo") && !fs_exists(&collect->root, "/usr/local/bin/sudo")) {
		collect_absent(collect, &table_sudo_rule, "sudo is not installed");
		return OK;
	}
	sudo_open(&sudo, job);
	sudo.collect = collect;
	sudo.include = sudo_include;
	TRY(sudo_file(&sudo, "/etc/sudoers"));
	return sudo_rows(&sudo, collect_rows(collect, &table_sudo_rule));
}

static const struct table *const sudo_tables[] = {&table_sudo_rule, NULL};
static const char *const sudo_reads[] = {
    "/etc/sudoers", "/etc/sudoers.d and other files @include names", "/usr/bin/sudo (is it there)", NULL};

const struct collector collect_sudo_rule = {
    .name = "sudo_rule",
    .about = "sudo's rules and defaults, with includes and aliases put in",
    .tables = sudo_tables,
    .reads = sudo_reads,
    .needs = "root",
    .run = sudo_run,
};
