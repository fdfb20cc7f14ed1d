/*
 * How updates arrive: apt's configuration tree with unattended-upgrades, effective values with their defaults. Does not say whether the
 * timers run.
 */
#include "collect/table/collect_update_setting.h"

#include <string.h>

#include "base/buf.h"
#include "collect/collect_line.h"
#include "collect/collect_value.h"

#define APT_MAX_DEPTH 16

static const struct column update_setting_columns[] = {COLLECT_SETTING_COLUMNS};
const struct table table_update_setting = {"update_setting", "how package updates are fetched and installed", update_setting_columns,
    sizeof update_setting_columns / sizeof *update_setting_columns};

enum update_kind { UPDATE_TEXT, UPDATE_BOOL, UPDATE_LIST, UPDATE_PRESENCE, UPDATE_URI };

static const struct {
	const char *key, *otherwise;
	enum update_kind kind;
} update_known[] = {
    {"acquire::allowdowngradetoinsecurerepositories", "false", UPDATE_BOOL},
    {"acquire::allowinsecurerepositories", "false", UPDATE_BOOL},
    {"acquire::allowweakrepositories", "false", UPDATE_BOOL},
    {"acquire::check-date", "true", UPDATE_BOOL},
    {"acquire::check-valid-until", "true", UPDATE_BOOL},
    {"acquire::http::proxy", "", UPDATE_URI},
    {"acquire::https::proxy", "", UPDATE_URI},
    {"acquire::https::verify-host", "true", UPDATE_BOOL},
    {"acquire::https::verify-peer", "true", UPDATE_BOOL},
    {"apt::default-release", "", UPDATE_TEXT},
    {"apt::get::allowunauthenticated", "false", UPDATE_BOOL},
    {"apt::periodic::autocleaninterval", "0", UPDATE_TEXT},
    {"apt::periodic::download-upgradeable-packages", "0", UPDATE_TEXT},
    {"apt::periodic::enable", "1", UPDATE_TEXT},
    {"apt::periodic::unattended-upgrade", "0", UPDATE_TEXT},
    {"apt::periodic::update-package-lists", "0", UPDATE_TEXT},
    {"apt::sandbox::user", "_apt", UPDATE_TEXT},
    {"unattended-upgrade::allow-downgrade", "false", UPDATE_BOOL},
    {"unattended-upgrade::allowed-origins", "", UPDATE_LIST},
    {"unattended-upgrade::autofixinterrupteddpkg", "true", UPDATE_BOOL},
    {"unattended-upgrade::automatic-reboot", "false", UPDATE_BOOL},
    {"unattended-upgrade::automatic-reboot-time", "now", UPDATE_TEXT},
    {"unattended-upgrade::automatic-reboot-withusers", "true", UPDATE_BOOL},
    {"unattended-upgrade::installonshutdown", "false", UPDATE_BOOL},
    {"unattended-upgrade::mail", "", UPDATE_PRESENCE}, /* an address may be a person's */
    {"unattended-upgrade::mailreport", "on-change", UPDATE_TEXT},
    {"unattended-upgrade::minimalsteps", "true", UPDATE_BOOL},
    {"unattended-upgrade::onlyonacpower", "true", UPDATE_BOOL},
    {"unattended-upgrade::origins-pattern", "", UPDATE_LIST},
    {"unattended-upgrade::package-blacklist", "", UPDATE_LIST},
    {"unattended-upgrade::package-whitelist", "", UPDATE_LIST},
    {"unattended-upgrade::remove-new-unused-dependencies", "true", UPDATE_BOOL},
    {"unattended-upgrade::remove-unused-dependencies", "false", UPDATE_BOOL},
    {"unattended-upgrade::remove-unused-kernel-packages", "true", UPDATE_BOOL},
    {"unattended-upgrade::skip-updates-on-metered-connections", "true", UPDATE_BOOL},
    {"unattended-upgrade::syslogenable", "false", UPDATE_BOOL},
};

struct apt_parse {
	struct collect_apt_conf *conf;
	const char *path;
	slice text;
	size_t at;
	unsigned line;
	slice scope[APT_MAX_DEPTH];
	size_t depth;
};

static char
apt_peek(const struct apt_parse *parse, size_t more)
{
	return parse->at + more < parse->text.len ? parse->text.at[parse->at + more] : '\0';
}

static void
apt_step(struct apt_parse *parse)
{
	if (parse->at < parse->text.len && parse->text.at[parse->at++] == '\n')
		parse->line++;
}

static void
apt_skip_line(struct apt_parse *parse)
{
	while (parse->at < parse->text.len && parse->text.at[parse->at] != '\n')
		parse->at++;
}

/* Blanks and comments; "#clear" and "#include" are not comments. */
static void
apt_skip(struct apt_parse *parse)
{
	while (parse->at < parse->text.len) {
		char c = apt_peek(parse, 0), next = apt_peek(parse, 1);
		slice rest = slice_from(parse->text, parse->at);
		if ((unsigned char)c <= ' ') {
			apt_step(parse);
		} else if (c == '/' && next == '/') {
			apt_skip_line(parse);
		} else if (c == '#' && !slice_starts(rest, S("#clear")) && !slice_starts(rest, S("#include"))) {
			apt_skip_line(parse);
		} else if (c == '/' && next == '*') {
			while (parse->at < parse->text.len && !(apt_peek(parse, 0) == '*' && apt_peek(parse, 1) == '/'))
				apt_step(parse);
			apt_step(parse);
			apt_step(parse);
		} else {
			return;
		}
	}
}

/* A word or a quoted text; false when there is neither. */
static bool
apt_token(struct apt_parse *parse, slice *ret, bool *ret_quoted)
{
	size_t from = parse->at;
	if (apt_peek(parse, 0) == '"') {
		apt_step(parse);
		from = parse->at;
		while (parse->at < parse->text.len && apt_peek(parse, 0) != '"')
			apt_step(parse);
		*ret = slice_part(parse->text, from, parse->at - from);
		*ret_quoted = true;
		apt_step(parse);
		return true;
	}
	while (parse->at < parse->text.len) {
		char c = apt_peek(parse, 0);
		if ((unsigned char)c <= ' ' || c == ';' || c == '{' || c == '}' || c == '"')
			break;
		parse->at++;
	}
	*ret = slice_part(parse->text, from, parse->at - from);
	*ret_quoted = false;
	return parse->at > from;
}

static err
apt_key(struct apt_parse *parse, slice name, slice *ret)
{
	slice joined;
	if (parse->depth > 0 && parse->scope[parse->depth - 1].len > 0)
		TRY(job_format(parse->conf->job, &joined, "%.*s::%.*s", SLICE(parse->scope[parse->depth - 1]), SLICE(name)));
	else
		joined = name;
	return collect_lower(parse->conf->job, joined, ret);
}

static err
apt_add(struct apt_parse *parse, slice key, slice value, bool item, unsigned line)
{
	struct collect_apt_conf *conf = parse->conf;
	if (conf->len == conf->room) {
		struct collect_apt_entry *more;
		size_t room = conf->room == 0 ? 128 : conf->room * 2;
		TRY(NEW(conf->job, room, &more));
		if (conf->len > 0)
			memcpy(more, conf->at, conf->len * sizeof *more);
		conf->at = more;
		conf->room = room;
	}
	conf->at[conf->len++] = (struct collect_apt_entry){.key = key, .value = value, .path = parse->path, .line = line, .item = item};
	return OK;
}

static void
apt_clear(struct collect_apt_conf *conf, slice key)
{
	size_t kept = 0;
	for (size_t i = 0; i < conf->len; i++) {
		const struct collect_apt_entry *one = &conf->at[i];
		if (!slice_same(one->key, key) && !(slice_starts(one->key, key) && slice_starts(slice_from(one->key, key.len), S("::"))))
			conf->at[kept++] = *one;
	}
	conf->len = kept;
}

/* "#clear NAME NAME;" and "#include …;". */
static err
apt_directive(struct apt_parse *parse)
{
	bool clear = slice_starts(slice_from(parse->text, parse->at), S("#clear")), quoted;
	slice name, key;
	(void)apt_token(parse, &name, &quoted);
	for (apt_skip(parse); apt_peek(parse, 0) != ';' && apt_token(parse, &name, &quoted); apt_skip(parse))
		if (clear) {
			TRY(apt_key(parse, name, &key));
			apt_clear(parse->conf, key);
		}
	return OK;
}

static err
apt_push(struct apt_parse *parse, slice key)
{
	if (parse->depth == APT_MAX_DEPTH)
		return err_set(parse->conf->job, ERR_LIMIT, "%s:%u: apt.conf(5): at most %d scopes inside one another", parse->path,
		    parse->line, APT_MAX_DEPTH);
	while (slice_ends(key, S("::")))
		key.len -= 2;
	parse->scope[parse->depth++] = key;
	apt_step(parse);
	return OK;
}

static err
apt_statement(struct apt_parse *parse)
{
	slice name, value, key;
	bool quoted, value_quoted;
	unsigned line = parse->line;
	if (!apt_token(parse, &name, &quoted)) {
		apt_step(parse);
		return OK;
	}
	apt_skip(parse);
	char next = apt_peek(parse, 0);
	slice scope = parse->depth > 0 ? parse->scope[parse->depth - 1] : S("");
	if (next == ';' || next == '}' || next == '\0')
		return parse->depth > 0 && name.len > 0 ? apt_add(parse, scope, name, true, line) : OK;
	TRY(apt_key(parse, name, &key));
	if (next == '{')
		return apt_push(parse, key);
	if (!apt_token(parse, &value, &value_quoted)) {
		apt_step(parse);
		return OK;
	}
	bool item = slice_ends(key, S("::"));
	TRY(apt_add(parse, item ? slice_part(key, 0, key.len - 2) : key, value, item, line));
	apt_skip(parse);
	return apt_peek(parse, 0) == '{' ? apt_push(parse, key) : OK;
}

err
collect_apt_conf_parse(struct collect_apt_conf *conf, const char *path, slice text)
{
	struct apt_parse parse = {.conf = conf, .path = path, .text = text, .line = 1};
	for (apt_skip(&parse); parse.at < text.len; apt_skip(&parse)) {
		char c = apt_peek(&parse, 0);
		if (c == '#') {
			TRY(apt_directive(&parse));
		} else if (c == '}' || c == ';' || c == '{') {
			if (c == '}' && parse.depth > 0)
				parse.depth--;
			apt_step(&parse);
		} else {
			TRY(apt_statement(&parse));
		}
	}
	return OK;
}

const struct collect_apt_entry *
collect_apt_conf_get(const struct collect_apt_conf *conf, slice key)
{
	for (size_t i = conf->len; i > 0; i--)
		if (!conf->at[i - 1].item && slice_same(conf->at[i - 1].key, key))
			return &conf->at[i - 1];
	return NULL;
}

static bool
apt_part_name(slice name, slice suffix)
{
	size_t dot = slice_find_last(name, '.');
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'))
			return false;
	}
	return name.len > 0 && name.at[0] != '.' && (dot == name.len || slice_same(slice_from(name, dot), suffix));
}

err
collect_apt_parts(
    struct job *job, const struct collect *collect, const char *folder, const char *suffix, const char ***ret, size_t *ret_len)
{
	struct fs_name *names;
	size_t len, kept = 0;
	const char **paths;
	err listed = fs_list(job, &collect->root, folder, 4096, &names, &len);
	if (listed.code == ERR_MISSING) {
		*ret_len = 0;
		return OK;
	}
	TRY(listed);
	TRY(NEW(job, len + 1, &paths));
	for (size_t i = 0; i < len; i++)
		if (apt_part_name(slice_of(names[i].name), slice_of(suffix)))
			TRY(fs_join(job, folder, names[i].name, &paths[kept++]));
	*ret = paths;
	*ret_len = kept;
	return OK;
}

err
collect_apt_conf_read(struct job *job, const struct collect *collect, struct collect_apt_conf *ret, bool *ret_there)
{
	const char **paths = NULL;
	size_t len;
	slice text;
	bool there;
	*ret = (struct collect_apt_conf){.job = job};
	*ret_there = fs_exists(&collect->root, "/etc/apt");
	TRY(collect_apt_parts(job, collect, "/etc/apt/apt.conf.d", ".conf", &paths, &len));
	for (size_t i = 0; i < len; i++) {
		TRY(collect_read(job, collect, paths[i], &text, &there));
		TRY(collect_apt_conf_parse(ret, paths[i], text));
	}
	TRY(collect_read(job, collect, "/etc/apt/apt.conf", &text, &there));
	return collect_apt_conf_parse(ret, "/etc/apt/apt.conf", text);
}

static slice
update_bool(slice value)
{
	static const char *const yes[] = {"1", "yes", "true", "with", "on", "enable", NULL};
	for (size_t i = 0; yes[i] != NULL; i++)
		if (slice_same_nocase(value, slice_of(yes[i])))
			return S("true");
	return S("false");
}

static err
update_row(struct collect_settings *settings, const struct collect_apt_conf *conf, size_t known)
{
	slice key = slice_of(update_known[known].key), value = slice_of(update_known[known].otherwise);
	const struct collect_apt_entry *first = collect_apt_conf_get(conf, key);
	struct buf list = buf_open(conf->job, "list of apt.conf", 32 * KIB);
	if (first != NULL)
		value = first->value;
	if (update_known[known].kind == UPDATE_LIST) {
		first = NULL;
		for (size_t i = 0; i < conf->len; i++)
			if (conf->at[i].item && slice_same(conf->at[i].key, key)) {
				if (list.len > 0)
					buf_text(&list, "; ");
				buf_add(&list, conf->at[i].value);
				first = first == NULL ? &conf->at[i] : first;
			}
		TRY(buf_end(&list, &value));
	} else if (update_known[known].kind == UPDATE_BOOL) {
		value = update_bool(value);
	} else if (update_known[known].kind == UPDATE_PRESENCE) {
		value = value.len > 0 ? S("(set)") : S("");
	} else if (update_known[known].kind == UPDATE_URI) {
		TRY(collect_uri_bare(conf->job, value, &value));
	}
	return collect_settings_set(settings, key, value, first == NULL ? "" : first->path, first == NULL ? 0 : first->line, false);
}

static err
update_setting_run(struct job *job, struct collect *collect)
{
	struct collect_apt_conf conf;
	struct collect_settings settings;
	bool there;
	TRY(collect_apt_conf_read(job, collect, &conf, &there));
	if (!there) {
		collect_absent(collect, &table_update_setting, "apt is not installed");
		return OK;
	}
	collect_settings_open(&settings, job);
	for (size_t i = 0; i < sizeof update_known / sizeof *update_known; i++)
		TRY(update_row(&settings, &conf, i));
	return collect_settings_rows(&settings, collect_rows(collect, &table_update_setting));
}

const struct collector collect_update_setting = {
    .name = "update_setting",
    .about = "How package updates are fetched and installed, with unattended-upgrades",
    .tables = (const struct table *const[]){&table_update_setting, NULL},
    .reads = (const char *const[]){"/etc/apt", "/etc/apt/apt.conf.d", "/etc/apt/apt.conf", NULL},
    .needs = "",
    .run = update_setting_run,
};
