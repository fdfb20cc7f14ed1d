/*
 * Configuration files as lines with a number, drop-in folders, and the list of settings that many tables share.
 * Knows no format's keywords; what a line means is its collector's business.
 */
#include "collect/collect_line.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_NAMES 20000  /* in one folder */
#define LINE_MAX_FOLDERS 2000 /* for one pattern */

void
collect_settings_open(struct collect_settings *settings, struct job *job)
{
	*settings = (struct collect_settings){.job = job};
}

static struct collect_setting *
settings_find(const struct collect_settings *settings, slice key)
{
	for (size_t i = 0; i < settings->len; i++)
		if (slice_same_nocase(settings->at[i].key, key))
			return &settings->at[i];
	return NULL;
}

const struct collect_setting *
collect_settings_get(const struct collect_settings *settings, slice key)
{
	return settings_find(settings, key);
}

static err
settings_lower(struct job *job, slice text, slice *ret)
{
	char *copy;
	TRY(NEW(job, text.len + 1, &copy));
	for (size_t i = 0; i < text.len; i++)
		copy[i] = text.at[i] >= 'A' && text.at[i] <= 'Z' ? (char)(text.at[i] - 'A' + 'a') : text.at[i];
	*ret = slice_bytes(copy, text.len);
	return OK;
}

/* Make place for one more and give it, with its key. */
static err
settings_grow(struct collect_settings *settings, slice key, struct collect_setting **ret)
{
	if (settings->len == settings->room) {
		size_t room = settings->room == 0 ? 64 : settings->room * 2;
		struct collect_setting *at;
		TRY(NEW(settings->job, room, &at));
		if (settings->len > 0)
			memcpy(at, settings->at, settings->len * sizeof *at);
		settings->at = at;
		settings->room = room;
	}
	slice lower;
	TRY(settings_lower(settings->job, key, &lower));
	*ret = &settings->at[settings->len++];
	(*ret)->key = lower;
	return OK;
}

err
collect_settings_set(struct collect_settings *settings, slice key, slice value, const char *path, unsigned line, bool first_wins)
{
	struct collect_setting *setting = settings_find(settings, key);
	if (setting != NULL) {
		bool ours_is_default = path[0] == '\0', theirs_is_default = setting->path[0] == '\0';
		if (!theirs_is_default && (ours_is_default || first_wins))
			return OK;
	} else {
		TRY(settings_grow(settings, key, &setting));
	}
	setting->value = value;
	setting->path = path;
	setting->line = line;
	return OK;
}

err
collect_settings_rows(const struct collect_settings *settings, struct rows *rows)
{
	for (size_t i = 0; i < settings->len; i++) {
		const struct collect_setting *at = &settings->at[i];
		struct cell cells[] = {TEXT(at->key), TEXT(at->value), TEXT(slice_of(at->path)), INT(at->line),
		    TEXT(at->path[0] == '\0' ? S("default") : S("file"))};
		TRY(rows_add(rows, cells));
	}
	return OK;
}

struct collect_lines
collect_lines_of(struct job *job, slice text, const char *comments)
{
	return (struct collect_lines){.job = job, .rest = text, .comments = comments};
}

/* Is there a backslash at the end that is not itself escaped? */
static bool
line_goes_on(slice line)
{
	size_t slashes = 0;
	while (slashes < line.len && line.at[line.len - 1 - slashes] == '\\')
		slashes++;
	return slashes % 2 == 1;
}

/* The bytes up to the end of the line that is joined last. */
static size_t
line_joined_len(const struct collect_lines *lines, slice line)
{
	slice rest = lines->rest;
	size_t len = line.len;
	while (line_goes_on(line) && slice_cut(&rest, '\n', &line)) {
		if (slice_ends(line, S("\r")))
			line.len--;
		len += line.len;
	}
	return len;
}

/* Join ${line}, which ends in a backslash, with those that follow; at worst the rest of the text. */
static slice
line_join(struct collect_lines *lines, slice line)
{
	char *joined;
	if (NEW(lines->job, line_joined_len(lines, line) + 1, &joined).code != ERR_NONE)
		return line;
	size_t len = 0;
	for (bool more = true; more;) {
		more = line_goes_on(line);
		if (more)
			line.len--;
		memcpy(joined + len, line.at, line.len);
		len += line.len;
		if (!more || !slice_cut(&lines->rest, '\n', &line))
			break;
		lines->number++;
		if (slice_ends(line, S("\r")))
			line.len--;
	}
	return slice_bytes(joined, len);
}

bool
collect_lines_next(struct collect_lines *lines, slice *ret_line, unsigned *ret_number)
{
	slice line;
	while (slice_cut(&lines->rest, '\n', &line)) {
		unsigned number = ++lines->number;
		if (slice_ends(line, S("\r")))
			line.len--;
		slice trimmed = slice_trim(line);
		if (trimmed.len > 0 && trimmed.at[0] != '\0' && strchr(lines->comments, trimmed.at[0]) != NULL)
			continue;
		if (line_goes_on(line))
			trimmed = slice_trim(line_join(lines, line));
		if (trimmed.len == 0)
			continue;
		*ret_line = trimmed;
		*ret_number = number;
		return true;
	}
	return false;
}

static bool
line_is_one_of(char byte, const char *set)
{
	return byte != '\0' && strchr(set, byte) != NULL;
}

static bool
line_is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

bool
collect_key_value(slice line, const char *separators, slice *ret_key, slice *ret_value)
{
	line = slice_trim(line);
	size_t at = 0;
	while (at < line.len && !line_is_one_of(line.at[at], separators))
		at++;
	slice key = slice_trim(slice_part(line, 0, at));
	if (key.len == 0)
		return false;
	/* "key = value" where both blanks and signs separate: one sign is dropped with the blanks around it. */
	while (at < line.len && line_is_blank(line.at[at]))
		at++;
	if (at < line.len && line_is_one_of(line.at[at], separators))
		at++;
	slice value = slice_trim(slice_from(line, at));
	if (value.len >= 2 && (value.at[0] == '"' || value.at[0] == '\'') && value.at[value.len - 1] == value.at[0])
		value = slice_part(value, 1, value.len - 2);
	*ret_key = key;
	*ret_value = value;
	return true;
}

/* Undo the quotes and backslashes of a shell word into ${ret}[text.len]; what stands after the word is left out. */
static size_t
line_unquote(slice text, char *ret)
{
	size_t len = 0;
	char quote = '\0';
	for (size_t i = 0; i < text.len; i++) {
		char byte = text.at[i];
		if (quote == '\0' && (line_is_blank(byte) || byte == ';'))
			break;
		if (byte == '\\' && quote != '\'' && i + 1 < text.len) {
			char next = text.at[i + 1];
			if (quote == '\0' || line_is_one_of(next, "\"\\$`"))
				byte = next, i++;
			ret[len++] = byte;
		} else if (byte == quote) {
			quote = '\0';
		} else if (quote == '\0' && (byte == '"' || byte == '\'')) {
			quote = byte;
		} else {
			ret[len++] = byte;
		}
	}
	return len;
}

bool
collect_shell_assignment(struct job *job, slice line, slice *ret_key, slice *ret_value)
{
	line = slice_trim(line);
	if (slice_starts(line, S("export ")))
		line = slice_trim(slice_from(line, 7));
	size_t equals = slice_find(line, '=');
	if (equals == 0 || equals == line.len || line.at[0] == '#')
		return false;
	for (size_t i = 0; i < equals; i++)
		if (line_is_blank(line.at[i]))
			return false;
	slice raw = slice_from(line, equals + 1);
	char *value;
	if (NEW(job, raw.len + 1, &value).code != ERR_NONE)
		return false;
	*ret_value = slice_bytes(value, line_unquote(raw, value));
	*ret_key = slice_part(line, 0, equals);
	return true;
}

/* A list of drop-in files that grows. */
struct dropins {
	const char **path;
	const char **name;
	size_t len, room;
	size_t folders; /* listed for a pattern */
};

static err
dropins_add(struct job *job, struct dropins *dropins, const char *path, const char *name)
{
	if (dropins->len == dropins->room) {
		size_t room = dropins->room == 0 ? 32 : dropins->room * 2;
		const char **paths, **names;
		TRY(NEW(job, room, &paths));
		TRY(NEW(job, room, &names));
		for (size_t i = 0; i < dropins->len; i++)
			paths[i] = dropins->path[i], names[i] = dropins->name[i];
		dropins->path = paths, dropins->name = names, dropins->room = room;
	}
	dropins->path[dropins->len] = path;
	dropins->name[dropins->len++] = name;
	return OK;
}

static bool
dropins_has(const struct dropins *dropins, size_t len, const char *name)
{
	for (size_t i = 0; i < len; i++)
		if (strcmp(dropins->name[i], name) == 0)
			return true;
	return false;
}

static err
dropins_folder(struct job *job, const struct collect *collect, const char *folder, slice suffix, struct dropins *dropins)
{
	struct fs_name *names;
	size_t len, before = dropins->len;
	err listed = fs_list(job, &collect->root, folder, LINE_MAX_NAMES, &names, &len);
	if (listed.code == ERR_MISSING)
		return OK;
	TRY(listed);
	for (size_t i = 0; i < len; i++) {
		const char *path;
		if (!slice_ends(slice_of(names[i].name), suffix) || names[i].name[0] == '.' || names[i].type == DT_DIR ||
		    dropins_has(dropins, before, names[i].name))
			continue;
		TRY(fs_join(job, folder, names[i].name, &path));
		TRY(dropins_add(job, dropins, path, names[i].name));
	}
	return OK;
}

static int
dropins_order(const void *a, const void *b, void *names)
{
	const char *const *name = names;
	return strcmp(name[*(const size_t *)a], name[*(const size_t *)b]);
}

static bool
dropins_masked(struct job *job, const struct collect *collect, const char *path)
{
	slice target;
	return fs_readlink(job, &collect->root, path, &target).code == ERR_NONE && slice_same(target, S("/dev/null"));
}

err
collect_dropin_paths(
    struct job *job, const struct collect *collect, const char *const *folders, const char *suffix, const char ***ret, size_t *ret_len)
{
	struct dropins dropins = {0};
	for (size_t i = 0; folders[i] != NULL; i++)
		TRY(dropins_folder(job, collect, folders[i], slice_of(suffix), &dropins));
	size_t *order, len = 0;
	const char **paths;
	TRY(NEW(job, dropins.len + 1, &order));
	TRY(NEW(job, dropins.len + 1, &paths));
	for (size_t i = 0; i < dropins.len; i++)
		order[i] = i;
	if (dropins.len > 1)
		qsort_r(order, dropins.len, sizeof *order, dropins_order, dropins.name);
	for (size_t i = 0; i < dropins.len; i++)
		if (!dropins_masked(job, collect, dropins.path[order[i]]))
			paths[len++] = dropins.path[order[i]];
	*ret = paths;
	*ret_len = len;
	return OK;
}

/* Match the parts of ${rest} below ${folder}, which is there. */
static err
glob_below(struct job *job, const struct collect *collect, const char *folder, slice rest, struct dropins *found)
{
	slice part = S("");
	while (rest.len > 0 && part.len == 0)
		(void)slice_cut(&rest, '/', &part);
	bool last = rest.len == 0,
	     wild = slice_find(part, '*') < part.len || slice_find(part, '?') < part.len || slice_find(part, '[') < part.len;
	const char *path, *name;
	if (part.len == 0)
		return OK;
	if (!wild) {
		TRY(job_string(job, part, &name));
		TRY(fs_join(job, folder, name, &path));
		if (!last)
			return glob_below(job, collect, path, rest, found);
		struct stat st;
		err there = fs_stat(job, &collect->root, path, true, &st);
		if (there.code == ERR_MISSING)
			return OK;
		TRY(there); /* it may be there, below a folder that we may not search */
		return dropins_add(job, found, path, name);
	}
	struct fs_name *names;
	size_t len;
	if (++found->folders > LINE_MAX_FOLDERS)
		return err_set(job, ERR_LIMIT, "%s: a pattern may be looked for in at most %d folders", folder, LINE_MAX_FOLDERS);
	err listed = fs_list(job, &collect->root, folder, LINE_MAX_NAMES, &names, &len);
	if (listed.code == ERR_MISSING)
		return OK;
	TRY(listed);
	for (size_t i = 0; i < len; i++) {
		slice candidate = slice_of(names[i].name);
		if ((candidate.at[0] == '.' && part.at[0] != '.') || !slice_glob(part, candidate))
			continue;
		if (found->len >= LINE_MAX_NAMES)
			return err_set(job, ERR_LIMIT, "%s: more than %d paths match", folder, LINE_MAX_NAMES);
		TRY(fs_join(job, folder, names[i].name, &path));
		if (last)
			TRY(dropins_add(job, found, path, names[i].name));
		else if (names[i].type == DT_DIR || names[i].type == DT_LNK || names[i].type == DT_UNKNOWN)
			TRY(glob_below(job, collect, path, rest, found));
	}
	return OK;
}

err
collect_glob(struct job *job, const struct collect *collect, slice pattern, const char ***ret, size_t *ret_len)
{
	struct dropins found = {0};
	if (pattern.len > 4096 || slice_find(pattern, '\0') < pattern.len)
		return err_set(job, ERR_INPUT, "a pattern for paths is at most 4096 bytes without a NUL");
	TRY(glob_below(job, collect, "/", pattern, &found));
	*ret = found.path;
	*ret_len = found.len;
	return OK;
}

err
collect_read(struct job *job, const struct collect *collect, const char *path, slice *ret, bool *ret_there)
{
	slice text = S("");
	err read = fs_read(job, &collect->root, path, COLLECT_MAX_FILE, &text);
	if (read.code != ERR_NONE && read.code != ERR_MISSING)
		return read;
	*ret_there = read.code == ERR_NONE;
	*ret = *ret_there ? text : S("");
	return OK;
}
