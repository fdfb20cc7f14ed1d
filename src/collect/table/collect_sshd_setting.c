/*
 * sshd's settings as they are in force: the first value wins, Include is expanded in place, Match blocks stand beside, defaults are rows.
 * Does not ask sshd itself, and does not check that a value is one sshd would take.
 */
#include "collect/table/collect_sshd_setting.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "collect/collect_line.h"
#include "collect/collect_value.h"

#define SSHD_MAX_LINES 20000
#define SSHD_MAX_DEPTH 16 /* of Include, as sshd's own */
#define SSHD_MAX_WORDS 512
#define SSHD_MAX_BINARY (32 * MIB)

static const struct column sshd_setting_columns[] = {
    {"key", COLUMN_TEXT, COLUMN_KEY, "keyword, in lower case"},
    {"match", COLUMN_TEXT, COLUMN_KEY, "criteria of the Match block, empty for everywhere"},
    {"position", COLUMN_INT, COLUMN_KEY, "number of the value, from 0, where a keyword has several (lists, algorithms)"},
    {"value", COLUMN_TEXT, 0, "value in force as sshd -T writes it: seconds, bytes, lower-case words; one algorithm a row"},
    {"path", COLUMN_TEXT, 0, "file that sets it, empty for a default"},
    {"line", COLUMN_INT, 0, "line of that file, 0 for a default"},
    {"source", COLUMN_TEXT, 0, "file or default"},
};
const struct table table_sshd_setting = {"sshd_setting", "settings of the SSH server in force, defaults included", sshd_setting_columns, 7};

void
sshd_open(struct sshd *sshd, struct job *job, int version)
{
	*sshd = (struct sshd){.job = job, .version = version};
}

/* The words of a line: quotes and escapes undone, a word that begins with # ends it. */
struct sshd_words {
	slice at[SSHD_MAX_WORDS];
	size_t len;
};

static bool
sshd_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\f' || byte == '\r';
}

/* Take one word off ${rest} into ${out}[rest->len]; false when there is none. */
static bool
sshd_word(slice *rest, char *out, slice *ret)
{
	size_t i = 0, len = 0;
	while (i < rest->len && sshd_blank(rest->at[i]))
		i++;
	if (i == rest->len || rest->at[i] == '#')
		return false;
	for (char quote = '\0'; i < rest->len && (quote != '\0' || !sshd_blank(rest->at[i])); i++) {
		char byte = rest->at[i], next = i + 1 < rest->len ? rest->at[i + 1] : '\0';
		if (byte == '\\' && (next == '\'' || next == '"' || next == '\\' || (quote == '\0' && next == ' ')))
			out[len++] = rest->at[++i];
		else if (quote != '\0' && byte == quote)
			quote = '\0';
		else if (quote == '\0' && (byte == '"' || byte == '\''))
			quote = byte;
		else
			out[len++] = byte;
	}
	*rest = slice_from(*rest, i);
	*ret = slice_bytes(out, len);
	return true;
}

static err
sshd_split(struct sshd *sshd, slice text, struct sshd_words *words)
{
	char *out;
	TRY(NEW(sshd->job, text.len + 1, &out));
	words->len = 0;
	while (words->len < SSHD_MAX_WORDS && sshd_word(&text, out, &words->at[words->len])) {
		out += words->at[words->len].len;
		words->len++;
	}
	slice more;
	if (words->len == SSHD_MAX_WORDS && sshd_word(&text, out, &more))
		return err_set(sshd->job, ERR_LIMIT, "sshd_config(5): a line has at most %d words here, found more", SSHD_MAX_WORDS);
	return OK;
}

static err
sshd_join(struct sshd *sshd, const struct sshd_words *words, slice *ret)
{
	struct buf buf = buf_open(sshd->job, "sshd value", COLLECT_MAX_FILE);
	for (size_t i = 0; i < words->len; i++) {
		if (i > 0)
			buf_byte(&buf, ' ');
		buf_add(&buf, words->at[i]);
	}
	return buf_end(&buf, ret);
}

/* Has ${keyword} (or the unknown ${key}) a value under ${label}, and how many? */
static unsigned
sshd_count(const struct sshd *sshd, const struct sshd_keyword *keyword, slice key, size_t label)
{
	unsigned count = 0;
	for (size_t i = 0; i < sshd->len; i++) {
		const struct sshd_value *at = &sshd->value[i];
		if (at->label == label && at->keyword == keyword && (keyword != NULL || slice_same(at->key, key)))
			count++;
	}
	return count;
}

static err
sshd_put(struct sshd *sshd, struct sshd_value value)
{
	if (sshd->len == sshd->room) {
		size_t room = sshd->room == 0 ? 256 : sshd->room * 2;
		struct sshd_value *at;
		TRY(NEW(sshd->job, room, &at));
		if (sshd->len > 0)
			memcpy(at, sshd->value, sshd->len * sizeof *at);
		sshd->value = at;
		sshd->room = room;
	}
	if (sshd->len >= SSHD_MAX_LINES)
		return err_set(
		    sshd->job, ERR_LIMIT, "%s:%u: sshd's configuration has more than %d values", value.path, value.line, SSHD_MAX_LINES);
	sshd->value[sshd->len++] = value;
	return OK;
}

/* "2h30m" as seconds; false when it is no time. */
static bool
sshd_seconds(slice text, uint64_t *ret)
{
	uint64_t total = 0;
	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len;) {
		uint64_t number, unit = 1;
		size_t digits = 0;
		while (i + digits < text.len && isdigit((unsigned char)text.at[i + digits]))
			digits++;
		if (!slice_u64(slice_part(text, i, digits), &number) || number > 1000000000)
			return false;
		i += digits;
		if (i < text.len) {
			static const char names[] = "smhdw";
			static const uint64_t units[] = {1, 60, 3600, 86400, 604800};
			const char *found = memchr(names, tolower((unsigned char)text.at[i++]), 5);
			if (found == NULL)
				return false;
			unit = units[found - names];
		}
		total += number * unit;
	}
	*ret = total;
	return true;
}

/* "1G" as bytes, "default" as 0; false when it is no size. */
static bool
sshd_bytes(slice text, uint64_t *ret)
{
	uint64_t number, unit = 1;
	if (slice_same_nocase(text, S("default")) || slice_same_nocase(text, S("none"))) {
		*ret = 0;
		return true;
	}
	if (text.len > 1 && !isdigit((unsigned char)text.at[text.len - 1])) {
		int letter = tolower((unsigned char)text.at[text.len - 1]);
		unit = letter == 'k' ? 1024 : letter == 'm' ? 1048576 : letter == 'g' ? 1073741824 : 0;
		text.len--;
	}
	if (unit == 0 || !slice_u64(text, &number) || number > UINT64_MAX / unit)
		return false;
	*ret = number * unit;
	return true;
}

static err
sshd_case(struct sshd *sshd, slice text, int (*change)(int), slice *ret)
{
	char *copy;
	TRY(NEW(sshd->job, text.len + 1, &copy));
	for (size_t i = 0; i < text.len; i++)
		copy[i] = (char)change((unsigned char)text.at[i]);
	*ret = slice_bytes(copy, text.len);
	return OK;
}

/* A command without its arguments; the file servers' own options say how much is logged and are kept. */
static slice
sshd_command(slice command, slice whole)
{
	if (slice_ends(command, S("internal-sftp")) || slice_ends(command, S("sftp-server")))
		return whole;
	return command;
}

/* The one value of a line whose first value wins, as sshd -T would write it. */
static err
sshd_show(struct sshd *sshd, enum sshd_kind kind, const struct sshd_words *words, slice *ret)
{
	slice text;
	uint64_t seconds, bytes, number;
	TRY(sshd_join(sshd, words, &text));
	*ret = text;
	if (kind == SSHD_UPPER)
		return sshd_case(sshd, text, toupper, ret);
	if (kind == SSHD_TIME && sshd_seconds(text, &seconds))
		return job_format(sshd->job, ret, "%llu", (unsigned long long)seconds);
	if (kind == SSHD_COMMAND && words->len > 0)
		*ret = sshd_command(words->at[0], text);
	if (kind == SSHD_REKEY && words->len > 0 && sshd_bytes(words->at[0], &bytes)) {
		bool timed = words->len > 1 && sshd_seconds(words->at[1], &seconds);
		return job_format(sshd->job, ret, "%llu %llu", (unsigned long long)bytes, (unsigned long long)(timed ? seconds : 0));
	}
	if (kind == SSHD_STARTUPS && slice_u64(text, &number))
		return job_format(sshd->job, ret, "%.*s:30:%.*s", SLICE(text), SLICE(text));
	if (kind == SSHD_WORD) {
		TRY(sshd_case(sshd, text, tolower, ret));
		if (slice_same(*ret, S("without-password")))
			*ret = S("prohibit-password");
		if (slice_same(*ret, S("delayed")))
			*ret = S("yes");
	}
	return OK;
}

/* Append to the comma list in ${buf}, unless it is there. */
static void
sshd_name_add(struct buf *buf, slice name)
{
	slice have = slice_bytes(buf->at, buf->len), one;
	while (slice_cut(&have, ',', &one))
		if (slice_same(one, name))
			return;
	if (buf->len > 0)
		buf_byte(buf, ',');
	buf_add(buf, name);
}

/* Append what ${pattern} names: itself, or every known name that matches. */
static void
sshd_name_expand(struct buf *buf, slice pattern, const char *all)
{
	slice rest = slice_of(all), name;
	if (slice_find(pattern, '*') == pattern.len && slice_find(pattern, '?') == pattern.len) {
		sshd_name_add(buf, pattern);
		return;
	}
	while (slice_cut(&rest, ',', &name))
		if (slice_glob(pattern, name))
			sshd_name_add(buf, name);
}

static void
sshd_names_expand(struct buf *buf, slice patterns, const char *all)
{
	slice pattern;
	while (slice_cut(&patterns, ',', &pattern))
		if (pattern.len > 0)
			sshd_name_expand(buf, pattern, all);
}

static bool
sshd_names_match(slice patterns, slice name)
{
	slice pattern;
	while (slice_cut(&patterns, ',', &pattern))
		if (slice_glob(pattern, name))
			return true;
	return false;
}

/* The list that "+x", "-x", "^x" or a plain list makes of the version's default. */
static err
sshd_algorithms(struct sshd *sshd, const struct sshd_keyword *keyword, slice text, slice *ret)
{
	struct buf buf = buf_open(sshd->job, "sshd algorithms", TABLE_MAX_TEXT);
	const char *all = sshd_keyword_all(keyword);
	slice base = slice_of(keyword->value), name;
	char sign = text.len > 0 ? text.at[0] : '\0';
	slice patterns = sign == '+' || sign == '-' || sign == '^' ? slice_from(text, 1) : text;
	if (sign == '+')
		buf_add(&buf, base);
	if (sign != '-')
		sshd_names_expand(&buf, patterns, all);
	if (sign == '^')
		sshd_names_expand(&buf, base, all);
	while (sign == '-' && slice_cut(&base, ',', &name))
		if (!sshd_names_match(patterns, name))
			sshd_name_add(&buf, name);
	return buf_end(&buf, ret);
}

/* Put each part of a comma list as one value. */
static err
sshd_put_list(struct sshd *sshd, struct sshd_value value, slice list, char separator)
{
	slice one;
	while (slice_cut(&list, separator, &one))
		if (one.len > 0) {
			value.value = one;
			TRY(sshd_put(sshd, value));
			value.position++;
		}
	return OK;
}

/* Add the words of a line that adds up. */
static err
sshd_add_up(struct sshd *sshd, struct sshd_value value, const struct sshd_words *words)
{
	enum sshd_kind kind = value.keyword->kind;
	value.position = sshd_count(sshd, value.keyword, value.key, value.label);
	if (kind == SSHD_LINE) {
		struct sshd_words shown = *words;
		if (strcmp(value.keyword->name, "subsystem") == 0 && words->len > 2 &&
		    slice_same(sshd_command(words->at[1], S("")), words->at[1]))
			shown.len = 2;
		TRY(sshd_join(sshd, &shown, &value.value));
		return sshd_put(sshd, value);
	}
	for (size_t i = 0; i < words->len; i++, value.position++) {
		value.value = kind == SSHD_NAME ? slice_part(words->at[i], 0, slice_find(words->at[i], '=')) : words->at[i];
		TRY(sshd_put(sshd, value));
	}
	return OK;
}

/* Is the value everywhere one of a "Match all" block? */
static bool
sshd_set_by_all(const struct sshd *sshd, const struct sshd_keyword *keyword)
{
	for (size_t i = 0; i < sshd->len; i++)
		if (sshd->value[i].all && sshd->value[i].keyword == keyword)
			return true;
	return false;
}

/* Forget the values everywhere: sshd reads its file again for a connection, and a "Match all" block then comes before the main part. */
static void
sshd_forget(struct sshd *sshd, const struct sshd_keyword *keyword)
{
	size_t kept = 0;
	for (size_t i = 0; i < sshd->len; i++)
		if (sshd->value[i].label != 0 || sshd->value[i].keyword != keyword)
			sshd->value[kept++] = sshd->value[i];
	sshd->len = kept;
}

/* One keyword with its words under a Match block. */
static err
sshd_set(struct sshd *sshd, struct sshd_value value, const struct sshd_words *words)
{
	const struct sshd_keyword *keyword = value.keyword;
	enum sshd_kind kind = keyword == NULL ? SSHD_TEXT : keyword->kind;
	if (keyword != NULL && sshd->port_fixed && strcmp(keyword->name, "port") == 0)
		return OK;
	value.all = value.all && value.label == 0 && keyword != NULL && !sshd_keyword_global(keyword);
	if ((value.all || value.label != 0) && keyword != NULL) {
		bool first = !sshd_set_by_all(sshd, keyword);
		if (value.all && first)
			sshd_forget(sshd, keyword);
		if (value.label != 0 && !first)
			return OK;
	}
	if (kind >= SSHD_LIST)
		return sshd_add_up(sshd, value, words);
	if (sshd_count(sshd, keyword, value.key, value.label) > 0)
		return OK;
	if (kind == SSHD_ALGORITHM) {
		slice text, list;
		TRY(sshd_join(sshd, words, &text));
		TRY(sshd_algorithms(sshd, keyword, text, &list));
		return list.len == 0 ? sshd_put(sshd, value) : sshd_put_list(sshd, value, list, ',');
	}
	TRY(sshd_show(sshd, kind, words, &value.value));
	return sshd_put(sshd, value);
}

/* The number of the Match block with these criteria; 0 is everywhere. */
static err
sshd_label(struct sshd *sshd, slice text, size_t *ret)
{
	if (sshd->labels == sshd->labels_room) {
		size_t room = sshd->labels_room == 0 ? 16 : sshd->labels_room * 2;
		slice *label;
		TRY(NEW(sshd->job, room, &label));
		if (sshd->labels > 0)
			memcpy(label, sshd->label, sshd->labels * sizeof *label);
		sshd->labels = sshd->labels == 0 ? 1 : sshd->labels;
		sshd->label = label;
		sshd->labels_room = room;
	}
	for (size_t i = 0; i < sshd->labels; i++)
		if (slice_same(sshd->label[i], text)) {
			*ret = i;
			return OK;
		}
	sshd->label[sshd->labels] = text;
	*ret = sshd->labels++;
	return OK;
}

/* A Match line inside the block ${outer}: which block begins? */
static err
sshd_match(struct sshd *sshd, const struct sshd_words *words, size_t outer, size_t *ret_label, bool *ret_all)
{
	if (words->len == 1 && slice_same_nocase(words->at[0], S("all"))) {
		*ret_label = outer;
		*ret_all = outer == 0;
		return OK;
	}
	struct buf buf = buf_open(sshd->job, "sshd Match", TABLE_MAX_TEXT);
	if (outer != 0) {
		buf_add(&buf, sshd->label[outer]);
		buf_text(&buf, " and ");
	}
	for (size_t i = 0; i < words->len; i++) {
		slice word = words->at[i];
		if (i % 2 == 0)
			TRY(sshd_case(sshd, word, tolower, &word));
		if (i > 0)
			buf_byte(&buf, ' ');
		buf_add(&buf, word);
	}
	slice text;
	TRY(buf_end(&buf, &text));
	*ret_all = false;
	return sshd_label(sshd, text, ret_label);
}

/* Split "Keyword value", "Keyword=value" and "Keyword = value". */
static slice
sshd_keyword_cut(slice *rest)
{
	slice line = slice_trim(*rest);
	size_t at = 0;
	while (at < line.len && !sshd_blank(line.at[at]) && line.at[at] != '=')
		at++;
	slice key = slice_part(line, 0, at);
	while (at < line.len && sshd_blank(line.at[at]))
		at++;
	if (at < line.len && line.at[at] == '=')
		at++;
	*rest = slice_from(line, at);
	if (key.len > 1 && key.at[0] == '"' && key.at[key.len - 1] == '"')
		key = slice_part(key, 1, key.len - 2);
	return key;
}

/* The block the lines of a file stand in; ${outer} is the block its Include stands in. */
struct sshd_block {
	size_t label, outer;
	bool all;
	unsigned depth;
};

static err
sshd_line(struct sshd *sshd, slice line, const char *path, unsigned number, struct sshd_block *block)
{
	struct sshd_words words;
	slice rest = line, key = sshd_keyword_cut(&rest);
	if (sshd->lines++ >= SSHD_MAX_LINES)
		return err_set(sshd->job, ERR_LIMIT, "%s:%u: sshd's configuration has more than %d lines", path, number, SSHD_MAX_LINES);
	TRY(sshd_split(sshd, rest, &words));
	if (slice_same_nocase(key, S("match")))
		return sshd_match(sshd, &words, block->outer, &block->label, &block->all);
	if (slice_same_nocase(key, S("include"))) {
		for (size_t i = 0; i < words.len && sshd->include != NULL; i++)
			TRY(sshd->include(sshd, words.at[i], block->label, block->all, block->depth + 1));
		return OK;
	}
	struct sshd_value value = {
	    .keyword = sshd_keyword_find(key, sshd->version), .label = block->label, .all = block->all, .path = path, .line = number};
	TRY(sshd_case(sshd, key, tolower, &value.key));
	if (value.keyword != NULL)
		value.key = slice_of(value.keyword->name);
	return sshd_set(sshd, value, &words);
}

err
sshd_text(struct sshd *sshd, const char *path, slice text, size_t label, bool all, unsigned depth)
{
	slice line;
	struct sshd_block block = {.label = label, .outer = label, .all = all, .depth = depth};
	if (depth > SSHD_MAX_DEPTH)
		return err_set(sshd->job, ERR_LIMIT, "%s: sshd_config(5): Include may be %d deep", path, SSHD_MAX_DEPTH);
	for (unsigned number = 1; slice_cut(&text, '\n', &line); number++) {
		line = slice_trim(line);
		if (line.len > 0 && line.at[0] != '#')
			TRY(sshd_line(sshd, line, path, number, &block));
	}
	return OK;
}

err
sshd_option(struct sshd *sshd, slice line, const char *path, unsigned number)
{
	struct sshd_block block = {0};
	return sshd_line(sshd, slice_trim(line), path, number, &block);
}

/* What holds where nothing is set. */
static err
sshd_default(struct sshd *sshd, const struct sshd_keyword *keyword)
{
	struct sshd_value value = {.keyword = keyword, .key = slice_of(keyword->name), .path = ""};
	slice text = slice_of(keyword->value);
	if (keyword->kind == SSHD_ALGORITHM)
		return sshd_put_list(sshd, value, text, ',');
	if (keyword->kind >= SSHD_LIST && text.len > 0)
		return sshd_put_list(sshd, value, text, ' ');
	value.value = text;
	return sshd_put(sshd, value);
}

err
sshd_complete(struct sshd *sshd)
{
	size_t everywhere;
	TRY(sshd_label(sshd, S(""), &everywhere));
	for (const struct sshd_keyword *at = sshd_keywords; at->name != NULL; at++) {
		const struct sshd_keyword *keyword = sshd_keyword_find(slice_of(at->name), sshd->version);
		if (keyword == at && sshd_count(sshd, keyword, slice_of(at->name), 0) == 0)
			TRY(sshd_default(sshd, keyword));
	}
	return OK;
}

err
sshd_rows(const struct sshd *sshd, struct rows *rows)
{
	for (size_t i = 0; i < sshd->len; i++) {
		const struct sshd_value *at = &sshd->value[i];
		struct cell cells[] = {TEXT(at->key), TEXT(sshd->label[at->label]), INT(at->position), TEXT(at->value),
		    TEXT(slice_of(at->path)), INT(at->line), TEXT(at->path[0] == '\0' ? S("default") : S("file"))};
		TRY(rows_add(rows, cells));
	}
	return OK;
}

int
sshd_version(slice text)
{
	static const slice mark = S("OpenSSH_");
	for (const char *at; (at = memmem(text.at, text.len, mark.at, mark.len)) != NULL;) {
		text = slice_from(text, (size_t)(at - text.at) + mark.len);
		uint64_t major, minor;
		size_t dot = slice_find(slice_part(text, 0, 4), '.'), end = dot + 1;
		while (end < text.len && end < dot + 4 && isdigit((unsigned char)text.at[end]))
			end++;
		if (end < text.len && text.at[end] == 'p' && slice_u64(slice_part(text, 0, dot), &major) &&
		    slice_u64(slice_part(text, dot + 1, end - dot - 1), &minor) && major < 1000)
			return (int)(major * 100 + minor);
	}
	return 0;
}

static err
sshd_include(struct sshd *sshd, slice pattern, size_t label, bool all, unsigned depth)
{
	const char **paths;
	size_t len;
	slice full = pattern;
	if (pattern.len > 0 && pattern.at[0] != '/')
		TRY(job_format(sshd->job, &full, "/etc/ssh/%.*s", SLICE(pattern)));
	TRY(collect_glob(sshd->job, sshd->collect, full, &paths, &len));
	for (size_t i = 0; i < len; i++) {
		slice text;
		bool there;
		TRY(collect_read(sshd->job, sshd->collect, paths[i], &text, &there));
		TRY(sshd_text(sshd, paths[i], text, label, all, depth));
	}
	return OK;
}

/* One option of sshd's command line; ${next} is the word behind it. */
static err
sshd_flag(struct sshd *sshd, slice word, slice next, const char *path, unsigned number, slice *config, bool *used_next)
{
	slice value = slice_from(word, 2);
	*used_next = word.len == 2 && memchr("ofpcghCEbkuV", word.at[1], 12) != NULL;
	if (*used_next)
		value = next;
	if (word.at[1] == 'o')
		return sshd_option(sshd, value, path, number);
	if (word.at[1] == 'f')
		*config = value;
	if (word.at[1] == '4' || word.at[1] == '6')
		return sshd_option(sshd, word.at[1] == '4' ? S("AddressFamily inet") : S("AddressFamily inet6"), path, number);
	if (word.at[1] != 'p')
		return OK;
	slice line;
	sshd->port_fixed = false;
	TRY(job_format(sshd->job, &line, "Port %.*s", SLICE(value)));
	TRY(sshd_option(sshd, line, path, number));
	sshd->port_fixed = true;
	return OK;
}

/* SSHD_OPTS of /etc/default/ssh or OPTIONS of /etc/sysconfig/sshd: the command line comes before the file. */
static err
sshd_options(struct sshd *sshd, const char *path, slice name, slice *config)
{
	slice text, line, key, value, word, next;
	bool there, used_next;
	unsigned number;
	TRY(collect_read(sshd->job, sshd->collect, path, &text, &there));
	struct collect_lines lines = collect_lines_of(sshd->job, text, "#");
	while (collect_lines_next(&lines, &line, &number)) {
		if (!collect_shell_assignment(sshd->job, line, &key, &value) || !slice_same(key, name))
			continue;
		while (slice_word(&value, &word)) {
			slice rest = value;
			if (word.len < 2 || word.at[0] != '-')
				continue;
			if (!slice_word(&rest, &next))
				next = S("");
			TRY(sshd_flag(sshd, word, next, path, number, config, &used_next));
			if (used_next)
				value = rest;
		}
	}
	return OK;
}

/* Where sshd is and which version; false when it is not installed. */
static bool
sshd_installed(struct job *job, const struct collect *collect, int *ret_version)
{
	static const char *const places[] = {"/usr/sbin/sshd", "/usr/bin/sshd", "/usr/local/sbin/sshd"};
	*ret_version = 0;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		slice binary;
		if (!fs_exists(&collect->root, places[i]))
			continue;
		if (fs_read(job, &collect->root, places[i], SSHD_MAX_BINARY, &binary).code == ERR_NONE)
			*ret_version = sshd_version(binary);
		return true;
	}
	return false;
}

err
sshd_effective(struct job *job, struct collect *collect, struct sshd *ret, bool *ret_installed)
{
	struct sshd sshd;
	int version;
	bool there;
	slice text, config = S("");
	const char *path = "/etc/ssh/sshd_config";
	*ret_installed = sshd_installed(job, collect, &version);
	if (!*ret_installed)
		return OK;
	sshd_open(&sshd, job, version);
	sshd.collect = collect;
	sshd.include = sshd_include;
	TRY(sshd_options(&sshd, "/etc/default/ssh", S("SSHD_OPTS"), &config));
	TRY(sshd_options(&sshd, "/etc/sysconfig/sshd", S("OPTIONS"), &config));
	if (config.len > 0)
		TRY(job_string(job, config, &path));
	TRY(collect_read(job, collect, path, &text, &there));
	if (!there)
		return err_set(job, ERR_MISSING, "%s: sshd is installed but its configuration is not there", path);
	TRY(sshd_text(&sshd, path, text, 0, false, 0));
	TRY(sshd_complete(&sshd));
	*ret = sshd;
	return OK;
}

static err
sshd_run(struct job *job, struct collect *collect)
{
	struct sshd sshd;
	bool installed;
	TRY(sshd_effective(job, collect, &sshd, &installed));
	if (!installed) {
		collect_absent(collect, &table_sshd_setting, "sshd is not installed");
		return OK;
	}
	return sshd_rows(&sshd, collect_rows(collect, &table_sshd_setting));
}

static const struct table *const sshd_tables[] = {&table_sshd_setting, NULL};
static const char *const sshd_reads[] = {"/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d/*.conf and other files Include names",
    "/etc/default/ssh", "/etc/sysconfig/sshd", "/usr/sbin/sshd (its version)", NULL};

const struct collector collect_sshd_setting = {
    .name = "sshd_setting",
    .about = "the SSH server's settings in force, with the defaults of the installed version",
    .tables = sshd_tables,
    .reads = sshd_reads,
    .needs = "root where a file of the configuration is closed to others",
    .run = sshd_run,
};
