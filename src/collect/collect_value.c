/*
 * Files that hold one value, and small pieces of text. Decides nothing about what a value means.
 */
#include "collect/collect_value.h"

#include <string.h>

#define VALUE_MAX (64 * KIB)

bool
collect_value(struct job *job, const struct collect *collect, const char *path, slice *ret)
{
	slice text;
	err read = fs_read(job, &collect->root, path, VALUE_MAX, &text);
	if (read.code != ERR_NONE)
		return false;
	while (text.len > 0 && text.at[text.len - 1] == '\0')
		text.len--;
	*ret = slice_trim(text);
	return true;
}

struct cell
collect_value_cell(struct job *job, const struct collect *collect, const char *path)
{
	slice text;
	return collect_value(job, collect, path, &text) ? TEXT(text) : NIL;
}

bool
collect_word_in(slice needle, const char *const *words)
{
	for (; *words != NULL; words++)
		if (slice_same(needle, slice_of(*words)))
			return true;
	return false;
}

err
collect_lower(struct job *job, slice text, slice *ret)
{
	char *at;
	TRY(NEW(job, text.len + 1, &at));
	for (size_t i = 0; i < text.len; i++)
		at[i] = text.at[i] >= 'A' && text.at[i] <= 'Z' ? (char)(text.at[i] + ('a' - 'A')) : text.at[i];
	*ret = slice_bytes(at, text.len);
	return OK;
}

err
collect_squeeze(struct job *job, slice text, slice *ret)
{
	char *at;
	size_t len = 0;
	slice rest = text, word;
	TRY(NEW(job, text.len + 1, &at));
	while (slice_word(&rest, &word)) {
		if (len > 0)
			at[len++] = ' ';
		memcpy(at + len, word.at, word.len);
		len += word.len;
	}
	*ret = slice_bytes(at, len);
	return OK;
}

err
collect_uri_bare(struct job *job, slice uri, slice *ret)
{
	size_t scheme = 0;
	while (scheme + 2 < uri.len && memcmp(uri.at + scheme, "://", 3) != 0)
		scheme++;
	if (scheme + 2 >= uri.len) {
		*ret = uri;
		return OK;
	}
	slice rest = slice_from(uri, scheme + 3);
	slice authority = slice_part(rest, 0, slice_find(rest, '/'));
	size_t at = slice_find_last(authority, '@');
	if (at == authority.len) {
		*ret = uri;
		return OK;
	}
	slice host = slice_from(rest, at + 1);
	return job_format(job, ret, "%.*s%.*s", (int)(scheme + 3), uri.at, SLICE(host));
}
