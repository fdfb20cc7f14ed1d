/*
 * Number formats of workbooks: which numbers are dates, and numbers and dates as text.
 * Deliberately does not: show a number as its format would (currency, separators, per cent); the value is what is read.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/sheet_format.h"
#include "base/sheet_inner.h"

#define DAY_MS INT64_C(86400000)
#define LAST_DAY 2958465 /* 9999-12-31 counted from 1900 */

enum sheet_format
sheet_format_builtin(uint64_t id)
{
	if (id == 22)
		return SHEET_FORMAT_INSTANT;
	if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) || id == 57 || id == 58)
		return SHEET_FORMAT_DATE;
	if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || id == 45 || id == 47 || id == 55 || id == 56)
		return SHEET_FORMAT_TIME;
	return id == 46 ? SHEET_FORMAT_ELAPSED : SHEET_FORMAT_NUMBER;
}

/* The length of what stands at ${at} and is text, colour, place or padding rather than a part of the value; 0 when it is part of it. */
static size_t
dressing(slice code, size_t at)
{
	char byte = code.at[at];
	slice rest = slice_from(code, at + 1);
	if (byte == '"')
		return slice_find(rest, '"') + 2;
	if (byte == '\\' || byte == '_' || byte == '*')
		return 2;
	if (byte == '[')
		return slice_find(rest, ']') + 2;
	return slice_starts(slice_from(code, at), S("General")) ? sizeof "General" - 1 : 0;
}

static bool
is_elapsed(slice code, size_t at)
{
	slice inner = slice_from(code, at + 1);
	inner = slice_part(inner, 0, slice_find(inner, ']'));
	for (size_t i = 0; i < inner.len; i++)
		if ((inner.at[i] | 0x20) != (inner.at[0] | 0x20))
			return false;
	return code.at[at] == '[' && inner.len > 0 && slice_find(S("hms"), (char)(inner.at[0] | 0x20)) < 3;
}

enum sheet_format
sheet_format_code(slice code)
{
	bool date = false, time = false, month = false;
	for (size_t at = 0; at < code.len && code.at[at] != ';';) {
		char byte = (char)(code.at[at] | 0x20);
		size_t skip = dressing(code, at);
		if (is_elapsed(code, at))
			return SHEET_FORMAT_ELAPSED;
		if (skip == 0) {
			date = date || byte == 'y' || byte == 'd';
			time = time || byte == 'h' || byte == 's';
			month = month || byte == 'm'; /* or minute */
		}
		at += skip > 0 ? skip : 1;
	}
	if (date && time)
		return SHEET_FORMAT_INSTANT;
	if (date || (month && !time))
		return SHEET_FORMAT_DATE;
	return time ? SHEET_FORMAT_TIME : SHEET_FORMAT_NUMBER;
}

/* Up to 18 digits are exact as they stand. */
static bool
short_integer(slice value)
{
	slice digits = slice_starts(value, S("-")) ? slice_from(value, 1) : value;
	uint64_t number;
	return digits.len <= 18 && slice_u64(digits, &number) && (number > 0 || digits.len == value.len) &&
	       (digits.len == 1 || digits.at[0] != '0');
}

/* 1.5e-07 is for machines: people enter 0.00000015. */
static void
write_number(double number, struct sheet_format_text *ret)
{
	snprintf(ret->at, sizeof ret->at, "%.15g", number == 0 ? 0 : number);
	const char *power = strchr(ret->at, 'e');
	if (power == NULL)
		return;
	long exponent = strtol(power + 1, NULL, 10);
	size_t mantissa = (size_t)(power - ret->at), digits = 0;
	for (size_t i = 0; i < mantissa; i++)
		digits += ret->at[i] >= '0' && ret->at[i] <= '9';
	if (exponent < 0 && exponent >= -20)
		snprintf(ret->at, sizeof ret->at, "%.*f", (int)((long)digits - 1 - exponent), number);
	else if (exponent > 0 && exponent < 18)
		snprintf(ret->at, sizeof ret->at, "%.0f", number);
}

static void
write_time(int64_t ms, struct sheet_format_text *ret)
{
	int seconds = (int)(ms / 1000), rest = (int)(ms % 1000);
	int len = snprintf(ret->at, sizeof ret->at, "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
	if (rest > 0)
		snprintf(ret->at + len, sizeof ret->at - (size_t)len, ".%03d", rest);
}

static const char *
write_elapsed(int64_t ms, struct sheet_format_text *ret)
{
	int64_t seconds = (ms + 500) / 1000;
	int len = snprintf(ret->at, sizeof ret->at, "PT");
	if (seconds >= 3600)
		len += snprintf(ret->at + len, sizeof ret->at - (size_t)len, "%lldH", (long long)(seconds / 3600));
	if (seconds / 60 % 60 > 0)
		len += snprintf(ret->at + len, sizeof ret->at - (size_t)len, "%lldM", (long long)(seconds / 60 % 60));
	if (seconds % 60 > 0 || seconds == 0)
		snprintf(ret->at + len, sizeof ret->at - (size_t)len, "%lldS", (long long)(seconds % 60));
	return NULL;
}

/* The day since 1970 of a day as a workbook counts it, or why there is none. */
static const char *
civil_day(int64_t day, bool from_1904, int64_t *ret)
{
	*ret = day - 24107;
	if (from_1904)
		return NULL;
	*ret = day > 60 ? day - 25569 : day - 25568;
	if (day == 60)
		return "29 February 1900 is no date";
	return day == 0 ? "a date without a day" : NULL;
}

static const char *
write_date(double number, enum sheet_format format, bool from_1904, struct sheet_format_text *ret)
{
	int64_t last = LAST_DAY - (from_1904 ? 1462 : 0);
	if (!(number >= 0 && number < (double)last + 1))
		return "a date outside the years 1900 to 9999";
	int64_t ms = llround(number * (double)DAY_MS), day = ms / DAY_MS, civil = 0;
	if (day > last)
		return "a date outside the years 1900 to 9999";
	if (format == SHEET_FORMAT_ELAPSED)
		return write_elapsed(ms, ret);
	if (format == SHEET_FORMAT_TIME && day == 0) {
		write_time(ms, ret);
		return NULL;
	}
	const char *why = civil_day(day, from_1904, &civil);
	if (why != NULL)
		return why;
	if (format == SHEET_FORMAT_DATE)
		snprintf(ret->at, sizeof ret->at, "%s", instant_day(civil * DAY_US).at);
	else
		snprintf(ret->at, sizeof ret->at, "%s", instant_text(civil * DAY_US + ms % DAY_MS * 1000).at);
	return NULL;
}

const char *
sheet_format_value(slice value, enum sheet_format format, bool from_1904, struct sheet_format_text *ret)
{
	char text[64];
	if (!sheet_is_number(value) || value.len >= sizeof text)
		return "not a number";
	memcpy(text, value.at, value.len);
	text[value.len] = '\0';
	double number = strtod(text, NULL);
	if (!isfinite(number))
		return "too large a number";
	if (format != SHEET_FORMAT_NUMBER)
		return write_date(number, format, from_1904, ret);
	if (short_integer(value))
		memcpy(ret->at, text, value.len + 1);
	else
		write_number(number, ret);
	return NULL;
}
