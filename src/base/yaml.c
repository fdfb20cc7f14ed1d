/*
 * Strict YAML: one document of maps, lists and text, built from libyaml's events into the job's arena.
 * Knows no types: a scalar is text, and whether it was quoted.
 */
#include "base/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct reader {
	struct job *job;
	const char *file;
	yaml_parser_t parser;
	yaml_event_t event; /* the one that was read last; released before the next */
};

static void
reader_close(struct reader *reader)
{
	yaml_event_delete(&reader->event);
	yaml_parser_delete(&reader->parser);
}

static unsigned
event_line(const yaml_event_t *event)
{
	return (unsigned)event->start_mark.line + 1;
}

static err
refuse_line(struct reader *reader, unsigned line, const char *what)
{
	return err_set(reader->job, ERR_INPUT, "%s:%u: %s", reader->file, line, what);
}

/* libyaml's reader says where by offset in bytes, its scanner and parser by mark. */
static err
refuse_syntax(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	const char *problem = parser->problem != NULL ? parser->problem : "not YAML";
	unsigned line = (unsigned)(parser->error == YAML_READER_ERROR ? parser->mark.line : parser->problem_mark.line) + 1;
	if (parser->error == YAML_MEMORY_ERROR)
		return err_set(reader->job, ERR_LIMIT, "%s:%u: the system has no memory left to read this", reader->file, line);
	return err_set(reader->job, ERR_INPUT, "%s:%u: YAML 1.1: %s", reader->file, line, problem);
}

static err
event_next(struct reader *reader)
{
	yaml_event_delete(&reader->event);
	if (yaml_parser_parse(&reader->parser, &reader->event) != 1)
		return refuse_syntax(reader);
	return OK;
}

/* Anchors, aliases and tags make one text mean different things to different readers. */
static err
refuse_decoration(struct reader *reader)
{
	const yaml_event_t *event = &reader->event;
	unsigned line = event_line(event);
	const yaml_char_t *anchor = NULL, *tag = NULL;
	if (event->type == YAML_ALIAS_EVENT)
		return refuse_line(reader, line, "aliases (*name) are not allowed, write the value out");
	if (event->type == YAML_SCALAR_EVENT)
		anchor = event->data.scalar.anchor, tag = event->data.scalar.tag;
	else if (event->type == YAML_SEQUENCE_START_EVENT)
		anchor = event->data.sequence_start.anchor, tag = event->data.sequence_start.tag;
	else if (event->type == YAML_MAPPING_START_EVENT)
		anchor = event->data.mapping_start.anchor, tag = event->data.mapping_start.tag;
	if (anchor != NULL)
		return refuse_line(reader, line, "anchors (&name) are not allowed");
	if (tag != NULL)
		return refuse_line(reader, line, "tags (!name) are not allowed");
	return OK;
}

static err
scalar_copy(struct reader *reader, slice *ret)
{
	const yaml_event_t *event = &reader->event;
	slice text = {(const char *)event->data.scalar.value, event->data.scalar.length};
	if (slice_find(text, '\0') < text.len)
		return refuse_line(reader, event_line(event), "text must not hold a NUL character");
	return job_copy(reader->job, text, ret);
}

static int
node_key_order(const void *a, const void *b)
{
	const struct yaml *x = *(const struct yaml *const *)a, *y = *(const struct yaml *const *)b;
	int order = slice_order(x->key, y->key);
	return order != 0 ? order : (x->key_line > y->key_line) - (x->key_line < y->key_line);
}

static err
refuse_duplicates(struct reader *reader, const struct yaml *map)
{
	if (map->len < 2)
		return OK;
	const struct yaml **list = NULL;
	struct arena_mark mark = arena_mark(reader->job->arena);
	TRY(NEW(reader->job, map->len, &list));
	size_t len = 0;
	for (const struct yaml *node = map->first; node != NULL; node = node->next)
		list[len++] = node;
	qsort(list, len, sizeof *list, node_key_order);
	for (size_t i = 1; i < len; i++)
		if (slice_same(list[i - 1]->key, list[i]->key))
			return err_set(reader->job, ERR_INPUT, "%s:%u: the key \"%.*s\" is already on line %u", reader->file,
			    list[i]->key_line, SLICE(list[i]->key), list[i - 1]->key_line);
	arena_rewind(reader->job->arena, mark);
	return OK;
}

static err read_node(struct reader *reader, unsigned depth, struct yaml **ret);

static err
read_key(struct reader *reader, slice *ret, unsigned *ret_line)
{
	const yaml_event_t *event = &reader->event;
	unsigned line = event_line(event);
	TRY(refuse_decoration(reader));
	if (event->type != YAML_SCALAR_EVENT)
		return refuse_line(reader, line, "a key must be text, found a list or map");
	if (event->data.scalar.length == 0)
		return refuse_line(reader, line, "a key must be text, found nothing");
	TRY(scalar_copy(reader, ret));
	*ret_line = line;
	return OK;
}

/* The children up to ${end}, an event type. */
static err
read_children(struct reader *reader, unsigned depth, yaml_event_type_t end, struct yaml *parent)
{
	const struct yaml **tail = &parent->first;
	for (;;) {
		slice key = {0};
		unsigned key_line = 0;
		TRY(event_next(reader));
		if (reader->event.type == end)
			break;
		if (parent->kind == YAML_MAP) {
			TRY(read_key(reader, &key, &key_line));
			TRY(event_next(reader));
		}
		struct yaml *child = NULL;
		TRY(read_node(reader, depth, &child));
		child->key = key;
		child->key_line = key_line;
		*tail = child;
		tail = &child->next;
		parent->len++;
	}
	return parent->kind == YAML_MAP ? refuse_duplicates(reader, parent) : OK;
}

/* The node that begins with the event at hand. ${depth} counts lists and maps around it. */
static err
read_node(struct reader *reader, unsigned depth, struct yaml **ret)
{
	const yaml_event_t *event = &reader->event;
	struct yaml *node = NULL;
	TRY(refuse_decoration(reader));
	TRY(NEW(reader->job, 1, &node));
	node->file = reader->file;
	node->line = event_line(event);
	*ret = node;
	if (event->type == YAML_SCALAR_EVENT) {
		node->kind = YAML_SCALAR;
		node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		return scalar_copy(reader, &node->text);
	}
	if (depth >= YAML_MAX_DEPTH)
		return err_set(
		    reader->job, ERR_LIMIT, "%s:%u: lists and maps must not nest deeper than %d", reader->file, node->line, YAML_MAX_DEPTH);
	bool map = event->type == YAML_MAPPING_START_EVENT;
	node->kind = map ? YAML_MAP : YAML_LIST;
	return read_children(reader, depth + 1, map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT, node);
}

static err
read_stream(struct reader *reader, struct yaml **ret)
{
	const yaml_event_t *event = &reader->event;
	TRY(event_next(reader)); /* the stream's start */
	TRY(event_next(reader));
	if (event->type == YAML_STREAM_END_EVENT)
		return refuse_line(reader, event_line(event), "expected one YAML document, found nothing");
	if (event->data.document_start.version_directive != NULL ||
	    event->data.document_start.tag_directives.start != event->data.document_start.tag_directives.end)
		return refuse_line(reader, event_line(event), "directives (%YAML, %TAG) are not allowed");
	TRY(event_next(reader));
	TRY(read_node(reader, 0, ret));
	TRY(event_next(reader)); /* the document's end */
	TRY(event_next(reader));
	if (event->type != YAML_STREAM_END_EVENT)
		return refuse_line(reader, event_line(event), "expected one YAML document, found another one");
	return OK;
}

err
yaml_read(struct job *job, const char *file, slice text, const struct yaml **ret)
{
	if (text.len > YAML_MAX_BYTES)
		return err_set(job, ERR_LIMIT, "%s:1: YAML must not exceed %zu bytes, found %zu", file, YAML_MAX_BYTES, text.len);
	struct reader reader DEFER(reader_close) = {.job = job, .file = file};
	if (yaml_parser_initialize(&reader.parser) != 1)
		return err_set(job, ERR_LIMIT, "%s:1: the system has no memory left to read this", file);
	/* Said, not guessed: otherwise a byte order mark would switch to UTF-16. */
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)(text.len > 0 ? text.at : ""), text.len);
	struct yaml *root = NULL;
	TRY(read_stream(&reader, &root));
	*ret = root;
	return OK;
}

const struct yaml *
yaml_get(const struct yaml *map, const char *key)
{
	if (map == NULL || map->kind != YAML_MAP)
		return NULL;
	for (const struct yaml *node = map->first; node != NULL; node = node->next)
		if (slice_same(node->key, slice_of(key)))
			return node;
	return NULL;
}

err
yaml_refuse(struct job *job, const struct yaml *node, const char *format, ...)
{
	char sentence[sizeof job->why];
	va_list list;
	va_start(list, format);
	(void)vsnprintf(sentence, sizeof sentence, format, list);
	va_end(list);
	return err_set(job, ERR_INPUT, "%s:%u: %s", node->file, node->line, sentence);
}

/* What a node is, for "found ...". */
static const char *
yaml_kind(const struct yaml *node)
{
	if (node->kind == YAML_LIST)
		return "a list";
	if (node->kind == YAML_MAP)
		return "a map";
	if (!node->plain)
		return "quoted text";
	return node->text.len > 0 ? "text" : "nothing";
}

err
yaml_is_map(struct job *job, const struct yaml *node, const char *what)
{
	if (node->kind != YAML_MAP)
		return yaml_refuse(job, node, "%s must be a map, found %s", what, yaml_kind(node));
	return OK;
}

static err
yaml_member(struct job *job, const struct yaml *map, const char *key, const struct yaml **ret)
{
	if (map->kind != YAML_MAP)
		return yaml_refuse(job, map, "expected a map with \"%s\", found %s", key, yaml_kind(map));
	*ret = yaml_get(map, key);
	return OK;
}

static err
yaml_needed(struct job *job, const struct yaml *map, const char *key, const char *expected, const struct yaml **ret)
{
	const struct yaml *node = NULL;
	TRY(yaml_member(job, map, key, &node));
	if (node == NULL)
		return yaml_refuse(job, map, "expected \"%s\" (%s) here, found no such key", key, expected);
	*ret = node;
	return OK;
}

static err
yaml_of_kind(struct job *job, const struct yaml *node, const char *key, enum yaml_kind kind, const char *expected)
{
	if (node->kind != kind)
		return yaml_refuse(job, node, "\"%s\" must be %s, found %s", key, expected, yaml_kind(node));
	return OK;
}

err
yaml_need_text(struct job *job, const struct yaml *map, const char *key, slice *ret)
{
	const struct yaml *node = NULL;
	TRY(yaml_needed(job, map, key, "text", &node));
	TRY(yaml_of_kind(job, node, key, YAML_SCALAR, "text"));
	if (node->plain && node->text.len == 0)
		return yaml_refuse(job, node, "\"%s\" must be text, found nothing", key);
	*ret = node->text;
	return OK;
}

err
yaml_maybe_text(struct job *job, const struct yaml *map, const char *key, slice *ret)
{
	const struct yaml *node = NULL;
	TRY(yaml_member(job, map, key, &node));
	if (node != NULL)
		TRY(yaml_of_kind(job, node, key, YAML_SCALAR, "text"));
	*ret = node != NULL ? node->text : (slice){0};
	return OK;
}

err
yaml_maybe_int(struct job *job, const struct yaml *map, const char *key, int64_t otherwise, int64_t *ret)
{
	const struct yaml *node = NULL;
	int64_t number = otherwise;
	TRY(yaml_member(job, map, key, &node));
	if (node != NULL) {
		TRY(yaml_of_kind(job, node, key, YAML_SCALAR, "a whole number"));
		if (!node->plain || !slice_i64(node->text, &number))
			return yaml_refuse(
			    job, node, "\"%s\" must be a whole number without quotes, found \"%.*s\"", key, SLICE(node->text));
	}
	*ret = number;
	return OK;
}

err
yaml_maybe_bool(struct job *job, const struct yaml *map, const char *key, bool otherwise, bool *ret)
{
	const struct yaml *node = NULL;
	TRY(yaml_member(job, map, key, &node));
	if (node == NULL) {
		*ret = otherwise;
		return OK;
	}
	TRY(yaml_of_kind(job, node, key, YAML_SCALAR, "true or false"));
	bool yes = slice_same(node->text, S("true")) || slice_same(node->text, S("yes"));
	bool no = slice_same(node->text, S("false")) || slice_same(node->text, S("no"));
	if (!node->plain || (!yes && !no))
		return yaml_refuse(
		    job, node, "\"%s\" must be true, false, yes or no without quotes, found \"%.*s\"", key, SLICE(node->text));
	*ret = yes;
	return OK;
}

err
yaml_need_list(struct job *job, const struct yaml *map, const char *key, const struct yaml **ret)
{
	const struct yaml *node = NULL;
	TRY(yaml_needed(job, map, key, "a list", &node));
	TRY(yaml_of_kind(job, node, key, YAML_LIST, "a list"));
	*ret = node;
	return OK;
}

err
yaml_maybe_list(struct job *job, const struct yaml *map, const char *key, const struct yaml **ret)
{
	const struct yaml *node = NULL;
	TRY(yaml_member(job, map, key, &node));
	if (node != NULL)
		TRY(yaml_of_kind(job, node, key, YAML_LIST, "a list"));
	*ret = node;
	return OK;
}

err
yaml_maybe_words(struct job *job, const struct yaml *map, const char *key, slice **ret, size_t *ret_len)
{
	const struct yaml *list;
	TRY(yaml_maybe_list(job, map, key, &list));
	*ret_len = 0;
	*ret = NULL;
	if (list == NULL)
		return OK;
	TRY(NEW(job, list->len + 1, ret));
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		if (node->kind != YAML_SCALAR || node->text.len == 0)
			return yaml_refuse(job, node, "%s: expected a word", key);
		(*ret)[(*ret_len)++] = node->text;
	}
	return OK;
}

err
yaml_need_map(struct job *job, const struct yaml *map, const char *key, const struct yaml **ret)
{
	const struct yaml *node = NULL;
	TRY(yaml_needed(job, map, key, "a map", &node));
	TRY(yaml_of_kind(job, node, key, YAML_MAP, "a map"));
	*ret = node;
	return OK;
}

err
yaml_maybe_map(struct job *job, const struct yaml *map, const char *key, const struct yaml **ret)
{
	const struct yaml *node = NULL;
	TRY(yaml_member(job, map, key, &node));
	if (node != NULL)
		TRY(yaml_of_kind(job, node, key, YAML_MAP, "a map"));
	*ret = node;
	return OK;
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

#define NEAR_MAX 40

/* How many letters must be added, dropped, changed or swapped to make ${b} of ${a} (Levenshtein, with neighbours swapped as one). Large
 * when long. */
static unsigned
word_distance(slice a, slice b)
{
	unsigned row[3][NEAR_MAX + 1];
	if (a.len > NEAR_MAX || b.len > NEAR_MAX)
		return NEAR_MAX;
	for (unsigned j = 0; j <= b.len; j++)
		row[0][j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned *now = row[i % 3], *before = row[(i + 2) % 3], *long_before = row[(i + 1) % 3];
		now[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			unsigned change = before[j - 1] + (a.at[i - 1] != b.at[j - 1]);
			now[j] = least(least(before[j] + 1, now[j - 1] + 1), change);
			if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] && a.at[i - 2] == b.at[j - 1])
				now[j] = least(now[j], long_before[j - 2] + 1);
		}
	}
	return row[a.len % 3][b.len];
}

/* The nearest of ${words} that could be meant by ${word}, or NULL: at most a third of its letters may differ. */
static const char *
word_near(slice word, const char *const *words)
{
	const char *best = NULL;
	unsigned allowed = word.len < 3 ? 0 : least(3, (unsigned)least(NEAR_MAX, (unsigned)word.len) / 3);
	for (; *words != NULL; words++) {
		unsigned distance = word_distance(word, slice_of(*words));
		if (distance > allowed || (best != NULL && distance >= word_distance(word, slice_of(best))))
			continue;
		best = *words;
	}
	return best;
}

/* "a, b, c" into ${ret}, cut when it does not fit. */
static void
words_list(const char *const *words, char *ret, size_t size)
{
	size_t len = 0;
	ret[0] = '\0';
	for (size_t i = 0; words[i] != NULL && len < size; i++)
		len += (size_t)snprintf(ret + len, size - len, "%s%s", i > 0 ? ", " : "", words[i]);
}

err
yaml_choice(struct job *job, const struct yaml *node, const char *const *words, unsigned *ret)
{
	char list[512];
	if (node->kind == YAML_SCALAR)
		for (unsigned i = 0; words[i] != NULL; i++)
			if (slice_same(node->text, slice_of(words[i]))) {
				*ret = i;
				return OK;
			}
	words_list(words, list, sizeof list);
	if (node->kind != YAML_SCALAR)
		return yaml_refuse(job, node, "\"%.*s\" must be one of %s, found %s", SLICE(node->key), list, yaml_kind(node));
	const char *near = word_near(node->text, words);
	return yaml_refuse(job, node, "\"%.*s\" must be one of %s, found \"%.*s\"%s%s%s", SLICE(node->key), list, SLICE(node->text),
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "", near != NULL ? "\"?" : "");
}

err
yaml_only(struct job *job, const struct yaml *map, const char *const *keys)
{
	char list[512];
	if (map->kind != YAML_MAP)
		return yaml_refuse(job, map, "expected a map, found %s", yaml_kind(map));
	for (const struct yaml *node = map->first; node != NULL; node = node->next) {
		bool known = false;
		for (unsigned i = 0; keys[i] != NULL && !known; i++)
			known = slice_same(node->key, slice_of(keys[i]));
		if (known)
			continue;
		const char *near = word_near(node->key, keys);
		if (near != NULL)
			return err_set(job, ERR_INPUT, "%s:%u: unknown key \"%.*s\", did you mean \"%s\"?", node->file, node->key_line,
			    SLICE(node->key), near);
		words_list(keys, list, sizeof list);
		return err_set(
		    job, ERR_INPUT, "%s:%u: unknown key \"%.*s\", expected one of %s", node->file, node->key_line, SLICE(node->key), list);
	}
	return OK;
}
