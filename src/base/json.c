/*
 * Strict JSON over jansson, its values in the job's arena.
 * Knows no format of ours: which members an object has is its reader's business.
 */
#include "base/json.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/*
 * jansson has one allocator for the whole process, and libnftables uses jansson too. So: while this thread reads (current_arena is set),
 * memory comes from that arena; at any other time from malloc(). malloc() gives addresses that are multiples of 16; ours are 8 past one,
 * and that is how json_free() knows which of the two it sees. jansson stores nothing that needs more than 8.
 */
static _Thread_local struct arena *current_arena;
static _Thread_local bool arena_full; /* jansson does not always say that this was the reason */

static void *
json_alloc(size_t size)
{
	if (current_arena == NULL)
		return malloc(size);
	if (size > SIZE_MAX - 16)
		return NULL;
	char *at = arena_take(current_arena, size + 16);
	if (at == NULL) {
		arena_full = true;
		return NULL;
	}
	return at + (24 - (uintptr_t)at % 16) % 16;
}

static void
json_free(void *at)
{
	if ((uintptr_t)at % 16 != 8)
		free(at);
}

static void
json_setup(void)
{
	json_set_alloc_funcs(json_alloc, json_free);
	/* Now, not at the first object: it reads /dev/urandom, which a sandbox forbids. */
	json_object_seed(0);
}

void
json_ready(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	(void)pthread_once(&once, json_setup);
}

static void
arena_leave(struct arena **unused)
{
	(void)unused;
	current_arena = NULL;
}

/* The line on which arrays and objects first nest deeper than allowed, or 0. Says nothing of what is not JSON: the parser does. */
static unsigned
line_too_deep(slice text)
{
	unsigned line = 1, depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < text.len; i++) {
		char byte = text.at[i];
		if (byte == '\n')
			line++;
		if (quoted) {
			if (byte == '\\')
				i++;
			else if (byte == '"')
				quoted = false;
		} else if (byte == '"') {
			quoted = true;
		} else if (byte == '[' || byte == '{') {
			if (++depth > JSON_MAX_DEPTH)
				return line;
		} else if ((byte == ']' || byte == '}') && depth > 0) {
			depth--;
		}
	}
	return 0;
}

static json_t *
json_load_here(struct job *job, slice text, json_error_t *error)
{
	struct arena *entered DEFER(arena_leave) = job->arena;
	current_arena = entered;
	arena_full = false;
	return json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, error);
}

static err
json_refuse(struct job *job, const char *name, const json_error_t *error)
{
	if (arena_full || json_error_code(error) == json_error_out_of_memory)
		return err_set(job, ERR_LIMIT, "%s: the JSON does not fit the memory \"%s\" of %zu bytes", name, arena_name(job->arena),
		    arena_ceiling(job->arena));
	return err_set(job, ERR_INPUT, "%s:%d:%d: RFC 8259: expected one JSON value, found: %s", name, error->line > 0 ? error->line : 1,
	    error->column > 0 ? error->column : 1, error->text);
}

err
json_read(struct job *job, const char *name, slice text, const json_t **ret)
{
	json_ready();
	if (text.len > JSON_MAX_BYTES)
		return err_set(job, ERR_LIMIT, "%s: JSON must not exceed %zu bytes, found %zu", name, (size_t)JSON_MAX_BYTES, text.len);
	if (text.len == 0)
		return err_set(job, ERR_INPUT, "%s:1:1: RFC 8259: expected one JSON value, found nothing", name);
	unsigned deep = line_too_deep(text);
	if (deep > 0)
		return err_set(job, ERR_LIMIT, "%s:%u: JSON must not nest deeper than %d", name, deep, JSON_MAX_DEPTH);
	struct arena_mark mark = arena_mark(job->arena);
	json_error_t error = {0};
	json_t *value = json_load_here(job, text, &error);
	if (value == NULL) {
		arena_rewind(job->arena, mark);
		return json_refuse(job, name, &error);
	}
	*ret = value;
	return OK;
}

static const char *
json_kind(const json_t *value)
{
	if (value == NULL)
		return "nothing";
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "text";
	case JSON_INTEGER:
		return "a whole number";
	case JSON_REAL:
		return "a number with a fraction or exponent";
	case JSON_TRUE:
	case JSON_FALSE:
		return "true or false";
	case JSON_NULL:
		return "null";
	}
	return "something else";
}

static err
json_member(struct job *job, const char *name, const json_t *object, const char *key, const json_t **ret)
{
	if (!json_is_object(object))
		return err_set(job, ERR_INPUT, "%s: expected an object with \"%s\", found %s", name, key, json_kind(object));
	*ret = json_object_get(object, key);
	return OK;
}

static err
json_wrong(struct job *job, const char *name, const char *key, const char *expected, const json_t *found)
{
	return err_set(job, ERR_INPUT, "%s: \"%s\" must be %s, found %s", name, key, expected, json_kind(found));
}

err
json_need_text(struct job *job, const char *name, const json_t *object, const char *key, slice *ret)
{
	const json_t *value = NULL;
	TRY(json_member(job, name, object, key, &value));
	if (!json_is_string(value))
		return json_wrong(job, name, key, "text", value);
	*ret = json_text(value);
	return OK;
}

err
json_need_int(struct job *job, const char *name, const json_t *object, const char *key, int64_t *ret)
{
	const json_t *value = NULL;
	TRY(json_member(job, name, object, key, &value));
	if (!json_is_integer(value))
		return json_wrong(job, name, key, "a whole number", value);
	*ret = json_integer_value(value);
	return OK;
}

err
json_need_array(struct job *job, const char *name, const json_t *object, const char *key, const json_t **ret)
{
	const json_t *value = NULL;
	TRY(json_member(job, name, object, key, &value));
	if (!json_is_array(value))
		return json_wrong(job, name, key, "an array", value);
	*ret = value;
	return OK;
}

err
json_need_object(struct job *job, const char *name, const json_t *object, const char *key, const json_t **ret)
{
	const json_t *value = NULL;
	TRY(json_member(job, name, object, key, &value));
	if (!json_is_object(value))
		return json_wrong(job, name, key, "an object", value);
	*ret = value;
	return OK;
}

err
json_maybe_text(struct job *job, const char *name, const json_t *object, const char *key, slice *ret)
{
	const json_t *value = NULL;
	TRY(json_member(job, name, object, key, &value));
	if (value != NULL)
		return json_need_text(job, name, object, key, ret);
	*ret = (slice){0};
	return OK;
}

err
json_maybe_int(struct job *job, const char *name, const json_t *object, const char *key, int64_t otherwise, int64_t *ret)
{
	const json_t *value = NULL;
	TRY(json_member(job, name, object, key, &value));
	if (value != NULL)
		return json_need_int(job, name, object, key, ret);
	*ret = otherwise;
	return OK;
}

slice
json_text(const json_t *string)
{
	if (!json_is_string(string))
		return (slice){0};
	return (slice){json_string_value(string), json_string_length(string)};
}

/* jansson's iterators want an object that is not const, though they only read. */
static json_t *
json_mutable(const json_t *value)
{
	return (json_t *)(uintptr_t)value;
}

static bool
json_key_known(const char *key, const char *const *keys)
{
	for (; *keys != NULL; keys++)
		if (strcmp(key, *keys) == 0)
			return true;
	return false;
}

err
json_only(struct job *job, const char *name, const json_t *object, const char *const *keys)
{
	if (!json_is_object(object))
		return err_set(job, ERR_INPUT, "%s: expected an object, found %s", name, json_kind(object));
	json_t *members = json_mutable(object);
	for (void *at = json_object_iter(members); at != NULL; at = json_object_iter_next(members, at))
		if (!json_key_known(json_object_iter_key(at), keys))
			return err_set(job, ERR_INPUT, "%s: no member \"%s\" is known here", name, json_object_iter_key(at));
	return OK;
}

struct member {
	slice key;
	const json_t *value;
};

static int
member_order(const void *a, const void *b)
{
	return slice_order(((const struct member *)a)->key, ((const struct member *)b)->key);
}

static void json_write_at(struct buf *buf, const json_t *value, unsigned depth);

static err
json_members(struct buf *buf, const json_t *object, struct member **ret, size_t *ret_len)
{
	json_t *members = json_mutable(object);
	struct member *list = NULL;
	size_t len = 0;
	TRY(NEW(buf->job, json_object_size(object) + 1, &list));
	for (void *at = json_object_iter(members); at != NULL; at = json_object_iter_next(members, at))
		list[len++] = (struct member){{json_object_iter_key(at), json_object_iter_key_len(at)}, json_object_iter_value(at)};
	qsort(list, len, sizeof *list, member_order);
	*ret = list;
	*ret_len = len;
	return OK;
}

static void
json_fail(struct buf *buf, err why)
{
	if (buf->failed.code == ERR_NONE)
		buf->failed = why;
}

static void
json_write_object(struct buf *buf, const json_t *object, unsigned depth)
{
	struct member *list = NULL;
	size_t len = 0;
	err got = json_members(buf, object, &list, &len);
	if (got.code != ERR_NONE) {
		json_fail(buf, got);
		return;
	}
	buf_byte(buf, '{');
	for (size_t i = 0; i < len; i++) {
		if (i > 0)
			buf_byte(buf, ',');
		text_json(buf, list[i].key);
		buf_byte(buf, ':');
		json_write_at(buf, list[i].value, depth + 1);
	}
	buf_byte(buf, '}');
}

static void
json_write_array(struct buf *buf, const json_t *array, unsigned depth)
{
	buf_byte(buf, '[');
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (i > 0)
			buf_byte(buf, ',');
		json_write_at(buf, json_array_get(array, i), depth + 1);
	}
	buf_byte(buf, ']');
}

static void
json_write_at(struct buf *buf, const json_t *value, unsigned depth)
{
	/* What was read is never deeper; what was built by hand could be, or could hold itself. */
	if (depth > JSON_MAX_DEPTH) {
		json_fail(
		    buf, err_set(buf->job, ERR_BUG, "%s: JSON to be written must not nest deeper than %d", buf->name, JSON_MAX_DEPTH));
		return;
	}
	if (json_is_object(value))
		json_write_object(buf, value, depth);
	else if (json_is_array(value))
		json_write_array(buf, value, depth);
	else if (json_is_string(value))
		text_json(buf, json_text(value));
	else if (json_is_integer(value))
		buf_i64(buf, json_integer_value(value));
	else if (json_is_boolean(value))
		buf_text(buf, json_is_true(value) ? "true" : "false");
	else if (json_is_null(value))
		buf_text(buf, "null");
	else
		json_fail(
		    buf, err_set(buf->job, ERR_BUG, "%s: canonical JSON holds whole numbers only, found %s", buf->name, json_kind(value)));
}

void
json_write(struct buf *buf, const json_t *value)
{
	json_write_at(buf, value, 0);
}
