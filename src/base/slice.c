/*
 * Text slices: compare, find, cut, read numbers, match globs.
 * Deliberately does not: allocate, fail, or know any character set beyond ASCII.
 */
#include "base/slice.h"

#include <string.h>

#define FAR 40 /* names longer than this are not compared */

slice
slice_of(const char *text)
{
	return text == NULL ? (slice){"", 0} : (slice){text, strlen(text)};
}

slice
slice_bytes(const void *at, size_t len)
{
	return (slice){at, len};
}

bool
slice_same(slice a, slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static unsigned char
lower(char byte)
{
	return (unsigned char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
}

bool
slice_same_nocase(slice a, slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.at[i]) != lower(b.at[i]))
			return false;
	return true;
}

int
slice_order(slice a, slice b)
{
	size_t both = a.len < b.len ? a.len : b.len;
	int order = both > 0 ? memcmp(a.at, b.at, both) : 0;
	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

bool
slice_starts(slice text, slice prefix)
{
	return text.len >= prefix.len && slice_same((slice){text.at, prefix.len}, prefix);
}

bool
slice_ends(slice text, slice suffix)
{
	return text.len >= suffix.len && slice_same(slice_from(text, text.len - suffix.len), suffix);
}

bool
slice_has(slice text, slice part)
{
	if (part.len == 0)
		return true;
	return text.len >= part.len && memmem(text.at, text.len, part.at, part.len) != NULL;
}

size_t
slice_find(slice text, char byte)
{
	const char *found = text.len > 0 ? memchr(text.at, byte, text.len) : NULL;
	return found != NULL ? (size_t)(found - text.at) : text.len;
}

size_t
slice_find_last(slice text, char byte)
{
	const char *found = text.len > 0 ? memrchr(text.at, byte, text.len) : NULL;
	return found != NULL ? (size_t)(found - text.at) : text.len;
}

slice
slice_from(slice text, size_t from)
{
	if (from >= text.len)
		from = text.len;
	return from == 0 ? text : (slice){text.at + from, text.len - from};
}

slice
slice_part(slice text, size_t from, size_t len)
{
	slice part = slice_from(text, from);
	if (part.len > len)
		part.len = len;
	return part;
}

static bool
blank(char byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

slice
slice_trim(slice text)
{
	while (text.len > 0 && blank(text.at[0]))
		text = slice_from(text, 1);
	while (text.len > 0 && blank(text.at[text.len - 1]))
		text.len--;
	return text;
}

bool
slice_cut(slice *rest, char byte, slice *ret_part)
{
	if (rest->len == 0)
		return false;
	size_t end = slice_find(*rest, byte);
	*ret_part = (slice){rest->at, end};
	*rest = slice_from(*rest, end + 1);
	return true;
}

bool
slice_word(slice *rest, slice *ret_word)
{
	slice text = *rest;
	while (text.len > 0 && blank(text.at[0]))
		text = slice_from(text, 1);
	size_t end = 0;
	while (end < text.len && !blank(text.at[end]))
		end++;
	if (end == 0)
		return false;
	*ret_word = (slice){text.at, end};
	*rest = slice_from(text, end);
	return true;
}

static unsigned
digit_value(char byte)
{
	if (byte >= '0' && byte <= '9')
		return (unsigned)(byte - '0');
	unsigned char small = lower(byte);
	return small >= 'a' && small <= 'f' ? (unsigned)(small - 'a' + 10) : 99;
}

static bool
number(slice text, unsigned base, uint64_t *ret)
{
	uint64_t sum = 0;
	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = digit_value(text.at[i]);
		if (digit >= base || __builtin_mul_overflow(sum, base, &sum) || __builtin_add_overflow(sum, digit, &sum))
			return false;
	}
	*ret = sum;
	return true;
}

bool
slice_u64(slice text, uint64_t *ret)
{
	return number(text, 10, ret);
}

bool
slice_i64(slice text, int64_t *ret)
{
	bool minus = slice_starts(text, S("-"));
	uint64_t size;
	if (!number(slice_from(text, minus ? 1 : 0), 10, &size) || size > (uint64_t)INT64_MAX + (minus ? 1 : 0))
		return false;
	*ret = minus ? (int64_t)(0 - size) : (int64_t)size;
	return true;
}

bool
slice_hex_u64(slice text, uint64_t *ret)
{
	return number(text, 16, ret);
}

bool
slice_octal_u64(slice text, uint64_t *ret)
{
	return number(text, 8, ret);
}

/*
 * Does ${byte} belong to the set at the front of ${pattern} (which begins with '[')? ${ret_len} is the length of the set; 0 when it is
 * never closed: then '[' means itself. A ']' that comes first is a member; '!' or '^' first turns the set round.
 */
static bool
in_set(slice pattern, char byte, size_t *ret_len)
{
	size_t at = 1;
	bool turned = at < pattern.len && (pattern.at[at] == '!' || pattern.at[at] == '^');
	at += turned ? 1 : 0;
	bool found = false;
	for (size_t first = at; at < pattern.len && (pattern.at[at] != ']' || at == first); at++) {
		unsigned char low = (unsigned char)pattern.at[at], high = low;
		if (at + 2 < pattern.len && pattern.at[at + 1] == '-' && pattern.at[at + 2] != ']') {
			high = (unsigned char)pattern.at[at + 2];
			at += 2;
		}
		found = found || ((unsigned char)byte >= low && (unsigned char)byte <= high);
	}
	*ret_len = at < pattern.len ? at + 1 : 0;
	return found != turned;
}

/* How many bytes of ${pattern}'s front match ${byte}; 0 when they do not. */
static size_t
match_one(slice pattern, char byte)
{
	size_t len = 0;
	if (pattern.len == 0)
		return 0;
	if (pattern.at[0] == '?')
		return 1;
	if (pattern.at[0] == '[') {
		bool member = in_set(pattern, byte, &len);
		if (len > 0)
			return member ? len : 0;
	}
	return pattern.at[0] == byte ? 1 : 0;
}

bool
slice_glob(slice pattern, slice text)
{
	/* Only the last star is ever tried again: what an earlier one took makes no difference to what can follow. */
	bool star = false;
	slice after = {0}, retry = {0};
	while (text.len > 0) {
		size_t len;
		if (pattern.len > 0 && pattern.at[0] == '*') {
			star = true;
			after = pattern = slice_from(pattern, 1);
			retry = text;
		} else if ((len = match_one(pattern, text.at[0])) > 0) {
			pattern = slice_from(pattern, len);
			text = slice_from(text, 1);
		} else if (star) {
			pattern = after;
			text = retry = slice_from(retry, 1);
		} else {
			return false;
		}
	}
	while (pattern.len > 0 && pattern.at[0] == '*')
		pattern = slice_from(pattern, 1);
	return pattern.len == 0;
}

size_t
slice_distance(slice a, slice b)
{
	size_t row[FAR];
	if (a.len >= FAR || b.len >= FAR)
		return FAR;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t before = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t best = before + (a.at[i - 1] != b.at[j - 1]);
			before = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
		}
	}
	return row[b.len];
}
