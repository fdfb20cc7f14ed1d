/*
 * The order of package versions, Debian's and rpm's.
 * Deliberately does not: know ranges, distributions or which version is vulnerable.
 */
#include "base/version.h"

static bool
digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool
letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

struct parts {
	slice epoch; /* digits, may be empty */
	slice upstream;
	slice revision; /* may be empty */
	bool has_epoch, has_revision;
};

/* Split at the first colon and, behind it, at the last hyphen. */
static struct parts
split(slice version)
{
	struct parts parts = {.upstream = version};
	size_t colon = slice_find(version, ':');
	if (colon < version.len) {
		parts.has_epoch = true;
		parts.epoch = slice_part(version, 0, colon);
		parts.upstream = slice_from(version, colon + 1);
	}
	size_t hyphen = slice_find_last(parts.upstream, '-');
	if (hyphen < parts.upstream.len) {
		parts.has_revision = true;
		parts.revision = slice_from(parts.upstream, hyphen + 1);
		parts.upstream = slice_part(parts.upstream, 0, hyphen);
	}
	return parts;
}

static bool
made_of(slice text, slice signs)
{
	for (size_t i = 0; i < text.len; i++)
		if (!digit(text.at[i]) && !letter(text.at[i]) && slice_find(signs, text.at[i]) == signs.len)
			return false;
	return text.len > 0;
}

bool
version_deb_valid(slice version)
{
	struct parts parts = split(version);
	uint64_t epoch;
	if (parts.has_epoch && (!slice_u64(parts.epoch, &epoch) || epoch > INT32_MAX))
		return false;
	return made_of(parts.upstream, parts.has_epoch ? S(".+-~:") : S(".+-~")) &&
	       (!parts.has_revision || made_of(parts.revision, S(".+~")));
}

/* Take the digits off the front, without leading zeros. */
static slice
take_digits(slice *rest)
{
	size_t end = 0;
	while (end < rest->len && digit(rest->at[end]))
		end++;
	slice digits = slice_part(*rest, 0, end);
	*rest = slice_from(*rest, end);
	while (digits.len > 0 && digits.at[0] == '0')
		digits = slice_from(digits, 1);
	return digits;
}

/* Numbers of any size: without leading zeros the longer one is the larger. */
static int
order_digits(slice a, slice b)
{
	return a.len != b.len ? (a.len < b.len ? -1 : 1) : slice_order(a, b);
}

/* The weight of what stands at the front: a tilde before the end, the end (or a digit) before letters, letters before other signs. */
static int
weight(slice text)
{
	if (text.len == 0 || digit(text.at[0]))
		return 0;
	if (text.at[0] == '~')
		return -1;
	return (unsigned char)text.at[0] + (letter(text.at[0]) ? 0 : 256);
}

static int
order_part(slice a, slice b)
{
	while (a.len > 0 || b.len > 0) {
		while ((a.len > 0 && !digit(a.at[0])) || (b.len > 0 && !digit(b.at[0]))) {
			int order = weight(a) - weight(b);
			if (order != 0)
				return order;
			a = slice_from(a, 1);
			b = slice_from(b, 1);
		}
		slice left = take_digits(&a), right = take_digits(&b);
		int order = order_digits(left, right);
		if (order != 0)
			return order;
	}
	return 0;
}

static int
order_epoch(slice a, slice b)
{
	slice left = take_digits(&a), right = take_digits(&b);
	return order_digits(left, right);
}

int
version_deb_order(slice a, slice b)
{
	struct parts left = split(a), right = split(b);
	int order = order_epoch(left.epoch, right.epoch);
	if (order == 0)
		order = order_part(left.upstream, right.upstream);
	return order != 0 ? order : order_part(left.revision, right.revision);
}

static slice
skip_separators(slice text)
{
	while (text.len > 0 && !digit(text.at[0]) && !letter(text.at[0]) && text.at[0] != '~' && text.at[0] != '^')
		text = slice_from(text, 1);
	return text;
}

static slice
take_letters(slice *rest)
{
	size_t end = 0;
	while (end < rest->len && letter(rest->at[end]))
		end++;
	slice letters = slice_part(*rest, 0, end);
	*rest = slice_from(*rest, end);
	return letters;
}

/* Where a tilde or a caret stands on one side only: a tilde is older than anything, a caret newer than the end and older than more text. */
static int
order_mark(slice a, slice b)
{
	bool a_tilde = slice_starts(a, S("~")), b_tilde = slice_starts(b, S("~"));
	bool a_caret = slice_starts(a, S("^")), b_caret = slice_starts(b, S("^"));
	if (a_tilde != b_tilde)
		return a_tilde ? -1 : 1;
	if (a_caret == b_caret)
		return 0;
	return a_caret ? (b.len == 0 ? 1 : -1) : (a.len == 0 ? -1 : 1);
}

static int
order_rpm_part(slice a, slice b)
{
	for (;;) {
		a = skip_separators(a);
		b = skip_separators(b);
		int order = order_mark(a, b);
		if (order != 0)
			return order;
		if (a.len == 0 || b.len == 0)
			return a.len > 0 ? 1 : b.len > 0 ? -1 : 0;
		if (a.at[0] == '~' || a.at[0] == '^') {
			a = slice_from(a, 1);
			b = slice_from(b, 1);
			continue;
		}
		/* A number is newer than letters. */
		if (digit(a.at[0]) != digit(b.at[0]))
			return digit(a.at[0]) ? 1 : -1;
		bool numbers = digit(a.at[0]);
		slice left = numbers ? take_digits(&a) : take_letters(&a), right = numbers ? take_digits(&b) : take_letters(&b);
		order = numbers ? order_digits(left, right) : slice_order(left, right);
		if (order != 0)
			return order;
	}
}

/* What is before the first colon is an epoch only when it is a number. */
static struct parts
split_rpm(slice version)
{
	struct parts parts = split(version);
	slice rest = parts.epoch;
	(void)take_digits(&rest);
	if (!parts.has_epoch || rest.len == 0)
		return parts;
	parts = (struct parts){.upstream = version};
	size_t hyphen = slice_find_last(version, '-');
	parts.upstream = slice_part(version, 0, hyphen);
	parts.revision = slice_from(version, hyphen + 1);
	return parts;
}

int
version_rpm_order(slice a, slice b)
{
	struct parts left = split_rpm(a), right = split_rpm(b);
	int order = order_epoch(left.epoch, right.epoch);
	if (order == 0)
		order = order_rpm_part(left.upstream, right.upstream);
	return order != 0 ? order : order_rpm_part(left.revision, right.revision);
}
