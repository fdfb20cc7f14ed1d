/*
 * Instants and durations: reading, writing and adding them by the calendar.
 * Deliberately does not: know time zones, local time or leap seconds, or ask a clock (job_now() does).
 */
#include "base/instant.h"

#include <string.h>

#define MINUTE_US (60 * SECOND_US)
#define HOUR_US (60 * MINUTE_US)

/* No duration is longer than the years we can write. */
#define MAX_MONTHS (9999 * 12)
#define MAX_US (9999 * 366 * DAY_US)

static int64_t
floor_div(int64_t number, int64_t by)
{
	return number / by - (number % by < 0 ? 1 : 0);
}

/*
 * Both directions count in eras of 400 years (146,097 days) that begin on a 1 March, so that the leap day is the last of its year and the
 * month lengths 31 30 31 30 31 31 30 31 30 31 31 follow (153 * month + 2) / 5. Day 0 is 719,468 days after 0000-03-01.
 */
void
instant_civil(int64_t day, int64_t *ret_year, int *ret_month, int *ret_day)
{
	int64_t shifted = day + 719468, era = floor_div(shifted, 146097);
	int64_t in_era = shifted - era * 146097;
	int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * in_year + 2) / 153;
	*ret_day = (int)(in_year - (153 * month + 2) / 5 + 1);
	*ret_month = (int)(month < 10 ? month + 3 : month - 9);
	*ret_year = year + era * 400 + (*ret_month <= 2 ? 1 : 0);
}

int64_t
instant_from_civil(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year, era = floor_div(y, 400), in_era = y - era * 400;
	int64_t in_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static int
month_days(int64_t year, int month)
{
	static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static size_t
put(char *at, int64_t number, size_t digits)
{
	for (size_t i = digits; i > 0; i--, number /= 10)
		at[i - 1] = (char)('0' + number % 10);
	return digits;
}

/* "2026-11-22"; false outside the years 0001 to 9999. */
static bool
put_day(int64_t day, char *at)
{
	int64_t year;
	int month, in_month;
	instant_civil(day, &year, &month, &in_month);
	if (year < 1 || year > 9999)
		return false;
	put(at, year, 4);
	at[4] = '-';
	put(at + 5, month, 2);
	at[7] = '-';
	put(at + 8, in_month, 2);
	return true;
}

struct instant_text
instant_day(int64_t at_us)
{
	struct instant_text text = {"?"};
	(void)put_day(floor_div(at_us, DAY_US), text.at);
	return text;
}

struct instant_text
instant_text(int64_t at_us)
{
	struct instant_text text = {"?"};
	int64_t day = floor_div(at_us, DAY_US), us = at_us - day * DAY_US;
	if (!put_day(day, text.at))
		return text;
	char *at = text.at + 10;
	*at++ = 'T';
	at += put(at, us / HOUR_US, 2);
	*at++ = ':';
	at += put(at, us / MINUTE_US % 60, 2);
	*at++ = ':';
	at += put(at, us / SECOND_US % 60, 2);
	if (us % SECOND_US != 0) {
		*at++ = '.';
		at += put(at, us % SECOND_US, 6);
	}
	*at = 'Z';
	return text;
}

/* Take exactly ${digits} digits off the front; the number lies between ${low} and ${high}. */
static bool
take_number(slice *rest, size_t digits, int low, int high, int *ret)
{
	int sum = 0;
	if (rest->len < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (rest->at[i] < '0' || rest->at[i] > '9')
			return false;
		sum = sum * 10 + (rest->at[i] - '0');
	}
	if (sum < low || sum > high)
		return false;
	*rest = slice_from(*rest, digits);
	*ret = sum;
	return true;
}

static bool
take_byte(slice *rest, char byte)
{
	if (rest->len == 0 || rest->at[0] != byte)
		return false;
	*rest = slice_from(*rest, 1);
	return true;
}

static bool
take_date(slice *rest, int64_t *ret_day)
{
	int year, month, day;
	if (!take_number(rest, 4, 1, 9999, &year) || !take_byte(rest, '-') || !take_number(rest, 2, 1, 12, &month) ||
	    !take_byte(rest, '-') || !take_number(rest, 2, 1, 31, &day) || day > month_days(year, month))
		return false;
	*ret_day = instant_from_civil(year, month, day);
	return true;
}

/* "01:32:04", as µs since midnight. */
static bool
take_clock(slice *rest, int64_t *ret_us)
{
	int hour, minute, second;
	if (!take_number(rest, 2, 0, 23, &hour) || !take_byte(rest, ':') || !take_number(rest, 2, 0, 59, &minute) ||
	    !take_byte(rest, ':') || !take_number(rest, 2, 0, 59, &second))
		return false;
	*ret_us = hour * HOUR_US + minute * MINUTE_US + second * SECOND_US;
	return true;
}

/* ".1" to ".123456", or nothing. */
static bool
take_fraction(slice *rest, int64_t *ret_us)
{
	int64_t unit = SECOND_US, sum = 0;
	if (!take_byte(rest, '.'))
		return *ret_us = 0, true;
	while (rest->len > 0 && rest->at[0] >= '0' && rest->at[0] <= '9') {
		if ((unit /= 10) == 0)
			return false;
		sum += unit * (rest->at[0] - '0');
		*rest = slice_from(*rest, 1);
	}
	*ret_us = sum;
	return unit < SECOND_US;
}

/* "+01:00", or "+0100" without ${colon}. */
static bool
take_offset(slice *rest, bool colon, int64_t *ret_us)
{
	int hour, minute;
	bool minus = take_byte(rest, '-');
	if ((!minus && !take_byte(rest, '+')) || !take_number(rest, 2, 0, 23, &hour) || (colon && !take_byte(rest, ':')) ||
	    !take_number(rest, 2, 0, 59, &minute))
		return false;
	*ret_us = (minus ? -1 : 1) * (hour * HOUR_US + minute * MINUTE_US);
	return true;
}

/* An offset may carry an instant out of the years that can be written. */
static bool
keep(int64_t at_us, int64_t *ret_us)
{
	char text[10];
	if (!put_day(floor_div(at_us, DAY_US), text))
		return false;
	*ret_us = at_us;
	return true;
}

bool
instant_parse(slice text, int64_t *ret_us)
{
	int64_t day, clock, fraction, offset = 0;
	if (!take_date(&text, &day))
		return false;
	if (text.len == 0)
		return keep(day * DAY_US, ret_us);
	if (!take_byte(&text, 'T') || !take_clock(&text, &clock) || !take_fraction(&text, &fraction))
		return false;
	if (!take_byte(&text, 'Z') && !take_offset(&text, true, &offset))
		return false;
	return text.len == 0 && keep(day * DAY_US + clock + fraction - offset, ret_us);
}

/* The place of ${word} in ${names}, three letters each, from 1; 0 when it is not among them. */
static int
name_index(slice word, const char *names)
{
	if (word.len != 3)
		return 0;
	for (int i = 0; names[3 * i] != '\0'; i++)
		if (memcmp(word.at, names + 3 * i, 3) == 0)
			return i + 1;
	return 0;
}

/* A day of the month and a clock may have one digit where mail wants two: apt's own reader allows for that too. */
static bool
read_day(slice word, int *ret)
{
	return take_number(&word, word.len == 1 ? 1 : 2, 1, 31, ret) && word.len == 0;
}

static bool
read_clock(slice word, int64_t *ret_us)
{
	char padded[8] = {'0'};
	if (word.len != 7 && word.len != 8)
		return false;
	memcpy(padded + (8 - word.len), word.at, word.len);
	slice text = {padded, 8};
	return take_clock(&text, ret_us);
}

static bool
read_zone(slice word, int64_t *ret_us)
{
	*ret_us = 0;
	if (slice_same(word, S("GMT")) || slice_same(word, S("UTC")) || slice_same(word, S("UT")) || slice_same(word, S("Z")))
		return true;
	return take_offset(&word, false, ret_us) && word.len == 0;
}

/* Split ${text} into at most 7 words; their number. */
static size_t
split(slice text, slice *words)
{
	size_t len = 0;
	while (len < 7 && slice_word(&text, &words[len]))
		len++;
	return len;
}

static bool
weekday(slice word)
{
	return word.len == 4 && word.at[3] == ',' && name_index(slice_part(word, 0, 3), "MonTueWedThuFriSatSun") > 0;
}

bool
instant_parse_mail(slice text, int64_t *ret_us)
{
	slice words[7], *word = words;
	size_t len = split(text, words);
	if (len == 6 && weekday(words[0]))
		word++, len--;
	if (len != 5)
		return false;
	/* "22 Nov 2026 01:32:04 UTC" or "Nov 22 01:32:04 2026 GMT" */
	bool month_first = name_index(word[0], "JanFebMarAprMayJunJulAugSepOctNovDec") > 0;
	if (month_first && word != words)
		return false;
	slice month_word = word[month_first ? 0 : 1], day_word = word[month_first ? 1 : 0];
	slice year_word = word[month_first ? 3 : 2], clock_word = word[month_first ? 2 : 3];
	int year, month = name_index(month_word, "JanFebMarAprMayJunJulAugSepOctNovDec"), day;
	int64_t clock, offset;
	if (month == 0 || !take_number(&year_word, 4, 1, 9999, &year) || year_word.len != 0 || !read_day(day_word, &day) ||
	    day > month_days(year, month) || !read_clock(clock_word, &clock) || !read_zone(word[4], &offset))
		return false;
	return keep(instant_from_civil(year, month, day) * DAY_US + clock - offset, ret_us);
}

/* Take "12" off the front: at least one digit, at most ten. */
static bool
take_count(slice *rest, int64_t *ret)
{
	size_t digits = 0;
	uint64_t number;
	while (digits < rest->len && digits < 10 && rest->at[digits] >= '0' && rest->at[digits] <= '9')
		digits++;
	if (!slice_u64(slice_part(*rest, 0, digits), &number))
		return false;
	*rest = slice_from(*rest, digits);
	*ret = (int64_t)number;
	return true;
}

struct unit {
	char letter;
	bool clock;     /* stands behind the T */
	int32_t months; /* or */
	int64_t us;
};

static const struct unit long_units[] = {
    {'Y', false, 12, 0},
    {'M', false, 1, 0},
    {'W', false, 0, 7 * DAY_US},
    {'D', false, 0, DAY_US},
    {'H', true, 0, HOUR_US},
    {'M', true, 0, MINUTE_US},
    {'S', true, 0, SECOND_US},
};

static const struct unit short_units[] = {
    {'w', false, 0, 7 * DAY_US},
    {'d', false, 0, DAY_US},
    {'h', false, 0, HOUR_US},
    {'m', false, 0, MINUTE_US},
    {'s', false, 0, SECOND_US},
};

static bool
add_units(struct duration *sum, int64_t count, const struct unit *unit)
{
	if (count > (unit->months > 0 ? MAX_MONTHS : MAX_US / unit->us))
		return false;
	int64_t months = sum->months + count * unit->months, us = sum->us + count * unit->us;
	if (months > MAX_MONTHS || us > MAX_US)
		return false;
	*sum = (struct duration){(int32_t)months, us};
	return true;
}

/* Behind the P: each unit at most once, in this order, a T before the clock's. */
static bool
parse_long(slice rest, struct duration *sum)
{
	size_t next = 0;
	bool clock = false;
	if (rest.len == 0)
		return false;
	while (rest.len > 0) {
		int64_t count;
		if (!clock && take_byte(&rest, 'T'))
			clock = true;
		if (!take_count(&rest, &count) || rest.len == 0)
			return false;
		while (next < 7 && (long_units[next].clock != clock || long_units[next].letter != rest.at[0]))
			next++;
		if (next == 7 || !add_units(sum, count, &long_units[next++]))
			return false;
		rest = slice_from(rest, 1);
	}
	return true;
}

static bool
parse_short(slice rest, struct duration *sum)
{
	int64_t count;
	if (!take_count(&rest, &count) || rest.len != 1)
		return false;
	for (size_t i = 0; i < sizeof short_units / sizeof short_units[0]; i++)
		if (short_units[i].letter == rest.at[0])
			return add_units(sum, count, &short_units[i]);
	return false;
}

bool
duration_parse(slice text, struct duration *ret)
{
	struct duration sum = {0};
	if (!(take_byte(&text, 'P') ? parse_long(text, &sum) : parse_short(text, &sum)))
		return false;
	*ret = sum;
	return true;
}

static int64_t
add_months(int64_t from_us, int64_t months)
{
	int64_t day = floor_div(from_us, DAY_US), clock = from_us - day * DAY_US, year;
	int month, in_month;
	instant_civil(day, &year, &month, &in_month);
	int64_t count = year * 12 + month - 1 + months;
	year = floor_div(count, 12);
	month = (int)(count - year * 12) + 1;
	int last = month_days(year, month);
	int64_t moved = instant_from_civil(year, month, in_month < last ? in_month : last), sum;
	if (__builtin_mul_overflow(moved, DAY_US, &sum) || __builtin_add_overflow(sum, clock, &sum))
		return months < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

int64_t
instant_after(int64_t from_us, struct duration by)
{
	int64_t at_us = by.months != 0 ? add_months(from_us, by.months) : from_us, sum;
	if (__builtin_add_overflow(at_us, by.us, &sum))
		return by.us < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

int64_t
instant_before(int64_t from_us, struct duration by)
{
	int64_t at_us = by.months != 0 ? add_months(from_us, -(int64_t)by.months) : from_us, sum;
	if (__builtin_sub_overflow(at_us, by.us, &sum))
		return by.us < 0 ? INT64_MAX : INT64_MIN;
	return sum;
}

void
duration_words(struct buf *buf, int64_t us)
{
	static const struct {
		const char *word;
		uint64_t us;
	} units[] = {
	    {"year", (uint64_t)(365 * DAY_US + 6 * HOUR_US)},
	    {"day", (uint64_t)DAY_US},
	    {"hour", (uint64_t)HOUR_US},
	    {"minute", (uint64_t)MINUTE_US},
	    {"second", (uint64_t)SECOND_US},
	};
	uint64_t size = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		/* Deadlines are counted in days: a year is said only when there are two. */
		uint64_t count = size / units[i].us;
		if (count < (i == 0 ? 2 : 1))
			continue;
		buf_printf(buf, "%s%llu %s%s", us < 0 ? "in " : "", (unsigned long long)count, units[i].word, count == 1 ? "" : "s");
		return;
	}
	buf_text(buf, "just now");
}
