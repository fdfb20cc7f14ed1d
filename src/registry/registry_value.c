/*
 * Values of fields. Each type is read, kept and shown here and nowhere else.
 * Deliberately opens nothing: a person's token and a file's content are made by who writes.
 */
#include "registry/registry_value.h"

#include <string.h>

#include "base/cvss.h"
#include "base/instant.h"
#include "base/text.h"

#define MAX_LIST 500
#define MAX_LINKS 1000
#define MAX_NAME 200
#define MAX_FILE_NAME 255
#define SHOWN 60

/* Numbers */

bool
registry_decimal_parse(slice text, unsigned decimals, int64_t *ret)
{
	slice whole = text, part = {0};
	bool negative = text.len > 0 && text.at[0] == '-';
	int64_t value = 0;
	size_t dot = slice_find(text, '.');
	if (negative)
		whole = slice_from(text, 1);
	if (dot < text.len) {
		part = slice_from(text, dot + 1);
		whole = slice_part(whole, 0, dot - (negative ? 1 : 0));
		if (part.len == 0)
			return false;
	}
	while (part.len > decimals && part.at[part.len - 1] == '0')
		part.len--;
	if (whole.len == 0 || part.len > decimals)
		return false;
	for (size_t i = 0; i < whole.len + decimals; i++) {
		char c = i < whole.len ? whole.at[i] : i - whole.len < part.len ? part.at[i - whole.len] : '0';
		if (c < '0' || c > '9' || __builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, c - '0', &value))
			return false;
	}
	*ret = negative ? -value : value;
	return true;
}

err
registry_decimal_show(struct job *job, int64_t value, unsigned decimals, slice *ret)
{
	uint64_t scale = 1, size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	for (unsigned i = 0; i < decimals; i++)
		scale *= 10;
	if (decimals == 0)
		return job_format(job, ret, "%lld", (long long)value);
	return job_format(job, ret, "%s%llu.%0*llu", value < 0 ? "-" : "", (unsigned long long)(size / scale), (int)decimals,
	    (unsigned long long)(size % scale));
}

/* Reading */

static err
refuse(struct job *job, const struct registry_field *field, const char *expected, slice found)
{
	slice shown = slice_part(found, 0, SHOWN);
	return err_set(job, ERR_INPUT, "%.*s: expected %s, found \"%.*s\"%s", SLICE(field->id), expected, SLICE(shown),
	    found.len > SHOWN ? "…" : "");
}

static err
put_string(struct job *job, slice text, slice *ret)
{
	struct buf buf = buf_open(job, "a value", 2 * MIB);
	text_json(&buf, text);
	return buf_end(&buf, ret);
}

static err
read_text(struct job *job, const struct registry_field *field, slice text, slice *ret)
{
	if (!text_utf8(text) || slice_find(text, '\0') < text.len)
		return refuse(job, field, "UTF-8 text", S("other bytes"));
	if (text.len > field->max_bytes)
		return err_set(job, ERR_INPUT, "%.*s: expected at most %zu bytes, found %zu", SLICE(field->id), field->max_bytes, text.len);
	if (field->type == REGISTRY_TEXT && slice_find(text, '\n') < text.len)
		return err_set(job, ERR_INPUT, "%.*s: expected one line, found several", SLICE(field->id));
	return put_string(job, text, ret);
}

static err
read_word(struct job *job, const struct registry_field *field, slice text, slice *ret)
{
	struct buf buf = buf_open(job, "choices", 8 * KIB);
	slice words;
	for (size_t i = 0; i < field->choices_len; i++)
		if (slice_same(field->choices[i].id, text) || slice_same_nocase(field->choices[i].title, text))
			return put_string(job, field->choices[i].id, ret);
	for (size_t i = 0; i < field->choices_len; i++)
		buf_printf(&buf, "%s%.*s", i == 0 ? "" : ", ", SLICE(field->choices[i].id));
	TRY(buf_end(&buf, &words));
	TRY(job_format(job, &words, "one of %.*s", SLICE(words)));
	return refuse(job, field, words.at, text);
}

static err
read_classification(struct job *job, const struct registry_field *field, slice text, slice *ret)
{
	for (size_t i = 0; registry_classification_words[i] != NULL; i++)
		if (slice_same_nocase(text, slice_of(registry_classification_words[i])))
			return put_string(job, slice_of(registry_classification_words[i]), ret);
	return refuse(job, field, "one of official, official-sensitive, secret, top-secret", text);
}

static err
read_number(struct job *job, const struct registry_field *field, slice text, slice *ret)
{
	slice digits = text, low = S("any"), high = S("any");
	int64_t value;
	if (field->type == REGISTRY_MONEY) {
		char *kept;
		size_t len = 0;
		if (slice_starts(digits, S("\xc2\xa3"))) /* £ */
			digits = slice_from(digits, 2);
		TRY(NEW(job, digits.len + 1, &kept));
		for (size_t i = 0; i < digits.len; i++)
			if (digits.at[i] != ',')
				kept[len++] = digits.at[i];
		digits = slice_bytes(kept, len);
	}
	if (!registry_decimal_parse(digits, field->decimals, &value))
		return refuse(job, field, field->decimals > 0 ? "a number such as 12.50" : "a whole number", text);
	if (field->has_min)
		TRY(registry_decimal_show(job, field->min, field->decimals, &low));
	if (field->has_max)
		TRY(registry_decimal_show(job, field->max, field->decimals, &high));
	if ((field->has_min && value < field->min) || (field->has_max && value > field->max))
		return err_set(job, ERR_INPUT, "%.*s: expected a number from %.*s to %.*s, found %.*s", SLICE(field->id), SLICE(low), SLICE(high),
		    SLICE(text));
	return job_format(job, ret, "%lld", (long long)value);
}

static err
read_date(struct job *job, const struct registry_field *field, slice text, slice *ret)
{
	int64_t at;
	bool whole = text.len == 10 && instant_parse(text, &at);
	if (field->type == REGISTRY_DATE)
		return whole ? put_string(job, text, ret) : refuse(job, field, "a date such as 2026-11-30", text);
	if (!instant_parse(text, &at))
		return refuse(job, field, "an instant such as 2026-11-30T09:15:00Z", text);
	return put_string(job, slice_of(instant_text(at).at), ret);
}

static err
read_duration(struct job *job, const struct registry_field *field, slice text, slice *ret)
{
	struct duration duration;
	return duration_parse(text, &duration) ? put_string(job, text, ret) : refuse(job, field, "a duration such as P90D or 12h", text);
}

static err
read_person(struct job *job, const struct registry_field *field, slice text, slice *ret)
{
	if (text.len > MAX_NAME || !text_utf8(text) || slice_find(text, '\0') < text.len || slice_find(text, '{') < text.len)
		return refuse(job, field, "a login name or email address", text);
	return put_string(job, text, ret);
}

/* A file's name, without the folders it came from. */
static err
read_name(struct job *job, const struct registry_field *field, slice text, slice *ret)
{
	if (text.len > MAX_FILE_NAME || !text_utf8(text) || slice_find(text, '\0') < text.len || slice_find(text, '\n') < text.len)
		return refuse(job, field, "a file's name of at most 255 bytes of UTF-8", text);
	return put_string(job, text, ret);
}

bool
registry_link_parse(slice text, slice *ret_register, int64_t *ret_number)
{
	size_t slash = slice_find(text, '/');
	if (slash == text.len || !slice_i64(slice_from(text, slash + 1), ret_number) || *ret_number < 1)
		return false;
	*ret_register = slice_part(text, 0, slash);
	return ret_register->len > 0;
}

/* "12", "3,4", "risk/12". */
static err
read_links(struct job *job, const struct registry_field *field, slice text, slice *ret)
{
	struct buf buf = buf_open(job, "links", MIB);
	slice rest = text, one, registry;
	int64_t number;
	size_t len = 0;
	buf_byte(&buf, '[');
	while (slice_cut(&rest, ',', &one)) {
		one = slice_trim(one);
		bool bare = slice_i64(one, &number) && number > 0;
		bool known = field->to_any;
		if (bare && field->to_len == 1)
			registry = field->to[0];
		else if (bare || !registry_link_parse(one, &registry, &number))
			return refuse(job, field, field->to_len == 1 ? "the number of a record" : "register/number such as risk/12", one);
		for (size_t i = 0; i < field->to_len; i++)
			known = known || slice_same(field->to[i], registry);
		if (!known)
			return refuse(job, field, "a record of a register this field links to", one);
		if (len++ > 0)
			buf_byte(&buf, ',');
		buf_printf(&buf, "\"%.*s/%lld\"", SLICE(registry), (long long)number);
	}
	buf_byte(&buf, ']');
	if (len > (field->many ? MAX_LINKS : 1))
		return refuse(job, field, field->many ? "at most 1,000 links" : "one record, not several", text);
	return buf_end(&buf, ret);
}

static err
add_item(struct job *job, const struct registry_field *field, struct buf *buf, slice item, size_t *len)
{
	item = slice_trim(item);
	if (item.len == 0)
		return OK;
	if (item.len > field->max_bytes || *len == MAX_LIST || !text_utf8(item) || slice_find(item, '\0') < item.len)
		return err_set(job, ERR_INPUT, "%.*s: expected at most %d items of at most %zu bytes of UTF-8", SLICE(field->id), MAX_LIST,
		    field->max_bytes);
	if ((*len)++ > 0)
		buf_byte(buf, ',');
	text_json(buf, item);
	return OK;
}

/* a,b,c, one a line, or a JSON array of strings. */
static err
read_list(struct job *job, const struct registry_field *field, slice text, slice *ret)
{
	struct buf buf = buf_open(job, "a list", 4 * MIB);
	const json_t *array;
	slice rest = text, one;
	size_t len = 0;
	char joint = slice_find(text, '\n') < text.len ? '\n' : ',';
	buf_byte(&buf, '[');
	if (text.at[0] == '[') {
		TRY(json_read(job, field->option, text, &array));
		for (size_t i = 0; i < json_array_size(array); i++) {
			if (!json_is_string(json_array_get(array, i)))
				return refuse(job, field, "an array of texts", text);
			TRY(add_item(job, field, &buf, json_text(json_array_get(array, i)), &len));
		}
	} else
		while (slice_cut(&rest, joint, &one))
			TRY(add_item(job, field, &buf, one, &len));
	buf_byte(&buf, ']');
	return buf_end(&buf, ret);
}

static err
read_cvss(struct job *job, const struct registry_field *field, slice text, slice *ret)
{
	struct cvss cvss;
	return cvss_score(text, &cvss) ? put_string(job, text, ret)
				       : refuse(job, field, "a vector such as CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", text);
}

/* =now, =today, =today+P1Y, =actor. */
static err
special(struct job *job, const struct registry_field *field, slice text, int64_t now_us, slice actor, slice *ret)
{
	slice word = slice_part(text, 0, slice_find(text, '+'));
	struct duration after = {0};
	if (slice_same(text, S("=actor"))) {
		*ret = actor;
		return OK;
	}
	if ((!slice_same(word, S("=now")) && !slice_same(word, S("=today"))) ||
	    (word.len < text.len && !duration_parse(slice_from(text, word.len + 1), &after)))
		return refuse(job, field, "=now, =today, =actor or such as =today+P1Y", text);
	int64_t at = instant_after(now_us, after);
	bool day = field->type == REGISTRY_DATE || slice_same(word, S("=today"));
	return job_copy(job, slice_of(day ? instant_day(at).at : instant_text(at).at), ret);
}

err
registry_value_read(struct job *job, const struct registry_field *field, slice text, int64_t now_us, slice actor, slice *ret)
{
	bool dated = field->type == REGISTRY_DATE || field->type == REGISTRY_INSTANT || field->type == REGISTRY_PERSON;
	if (dated && text.len > 1 && text.at[0] == '=')
		TRY(special(job, field, text, now_us, actor, &text));
	switch (field->type) {
	case REGISTRY_TEXT:
	case REGISTRY_LONG:
		return read_text(job, field, text, ret);
	case REGISTRY_CHOICE:
	case REGISTRY_YES_NO:
		return read_word(job, field, text, ret);
	case REGISTRY_NUMBER:
	case REGISTRY_MONEY:
		return read_number(job, field, text, ret);
	case REGISTRY_DATE:
	case REGISTRY_INSTANT:
		return read_date(job, field, text, ret);
	case REGISTRY_DURATION:
		return read_duration(job, field, text, ret);
	case REGISTRY_PERSON:
		return read_person(job, field, text, ret);
	case REGISTRY_LINK:
		return read_links(job, field, text, ret);
	case REGISTRY_FILE:
		return read_name(job, field, text, ret);
	case REGISTRY_LIST:
		return read_list(job, field, text, ret);
	case REGISTRY_CLASSIFICATION:
		return read_classification(job, field, text, ret);
	case REGISTRY_CVSS:
		return read_cvss(job, field, text, ret);
	case REGISTRY_SCORE:
		break;
	}
	return err_set(job, ERR_INPUT, "%.*s: is computed, it cannot be entered", SLICE(field->id));
}

/* Kept values */

bool
registry_value_fits(const struct registry_field *field, const json_t *value)
{
	switch (field->type) {
	case REGISTRY_NUMBER:
	case REGISTRY_MONEY:
	case REGISTRY_SCORE:
		return json_is_integer(value);
	case REGISTRY_LINK:
	case REGISTRY_LIST:
		return json_is_array(value);
	case REGISTRY_FILE:
		return json_is_object(value);
	default:
		return json_is_string(value);
	}
}

slice
registry_band(const struct registry_field *field, int64_t score)
{
	for (size_t i = 0; i < field->bands_len; i++)
		if (score <= field->bands[i].to)
			return field->bands[i].word;
	return S("");
}

static err
join(struct job *job, const json_t *array, const char *joint, slice *ret)
{
	struct buf buf = buf_open(job, "a list", 4 * MIB);
	for (size_t i = 0; i < json_array_size(array); i++) {
		buf_text(&buf, i > 0 ? joint : "");
		buf_add(&buf, json_text(json_array_get(array, i)));
	}
	return buf_end(&buf, ret);
}

static int64_t
duration_us(slice text)
{
	struct duration duration = {0};
	(void)duration_parse(text, &duration);
	return duration.us + (duration.months / 12) * 365 * DAY_US + (duration.months % 12) * 30 * DAY_US;
}

err
registry_value_cell(struct job *job, const struct registry_field *field, const json_t *value, struct cell *ret, struct cell *ret_second)
{
	bool fits = value != NULL && registry_value_fits(field, value);
	slice registry;
	struct cvss cvss;
	*ret = TEXT(fits ? json_text(value) : S(""));
	*ret_second = NIL;
	switch (field->type) {
	case REGISTRY_NUMBER:
	case REGISTRY_MONEY:
		*ret = fits ? INT(json_integer_value(value)) : NIL;
		return OK;
	case REGISTRY_SCORE:
		*ret = fits ? INT(json_integer_value(value)) : NIL;
		*ret_second = TEXT(fits ? registry_band(field, json_integer_value(value)) : S(""));
		return OK;
	case REGISTRY_DATE:
	case REGISTRY_INSTANT:
		*ret = fits && instant_parse(json_text(value), &ret->number) ? INT(ret->number) : NIL;
		return OK;
	case REGISTRY_DURATION:
		*ret = fits ? INT(duration_us(json_text(value))) : NIL;
		return OK;
	case REGISTRY_LINK:
		*ret = fits && json_array_size(value) > 0 && registry_link_parse(json_text(json_array_get(value, 0)), &registry, &ret->number)
			   ? INT(ret->number)
			   : NIL;
		return OK;
	case REGISTRY_LIST:
		return fits ? join(job, value, "\n", &ret->text) : OK;
	case REGISTRY_FILE:
		ret->text = fits ? json_text(json_object_get(value, "name")) : S("");
		return OK;
	case REGISTRY_CVSS:
		if (fits && cvss_score(json_text(value), &cvss))
			*ret_second = INT(cvss.base_tenths);
		return OK;
	default:
		return OK;
	}
}

static err
show_file(struct job *job, const json_t *value, slice *ret)
{
	return job_format(job, ret, "%.*s (%lld bytes, %.*s)", SLICE(json_text(json_object_get(value, "name"))),
	    (long long)json_integer_value(json_object_get(value, "bytes")), SLICE(json_text(json_object_get(value, "type"))));
}

static err
show_links(struct job *job, const struct registry_field *field, const json_t *value, bool plain, slice *ret)
{
	struct buf buf = buf_open(job, "links", MIB);
	for (size_t i = 0; i < json_array_size(value); i++) {
		slice registry, text = json_text(json_array_get(value, i));
		int64_t number;
		buf_text(&buf, i == 0 ? "" : plain ? "," : ", ");
		if (!registry_link_parse(text, &registry, &number) || (plain && field->to_len != 1))
			buf_add(&buf, text);
		else if (plain)
			buf_i64(&buf, number);
		else
			buf_printf(&buf, "%.*s %lld", SLICE(registry), (long long)number);
	}
	return buf_end(&buf, ret);
}

err
registry_value_show(struct job *job, const struct registry_field *field, const json_t *value, bool plain, slice *ret)
{
	slice text = {0};
	*ret = S("");
	if (value == NULL || !registry_value_fits(field, value))
		return OK;
	switch (field->type) {
	case REGISTRY_NUMBER:
	case REGISTRY_MONEY:
		TRY(registry_decimal_show(job, json_integer_value(value), field->decimals, &text));
		return job_format(job, ret, "%s%.*s", field->type == REGISTRY_MONEY && !plain ? "\xc2\xa3" : "", SLICE(text));
	case REGISTRY_SCORE:
		text = registry_band(field, json_integer_value(value));
		return job_format(job, ret, text.len > 0 && !plain ? "%lld (%.*s)" : "%lld", (long long)json_integer_value(value), SLICE(text));
	case REGISTRY_PERSON:
		return job_format(job, ret, "{person:%.*s}", SLICE(json_text(value)));
	case REGISTRY_CHOICE:
	case REGISTRY_YES_NO:
		*ret = plain ? json_text(value) : registry_choice_title(field, json_text(value));
		return OK;
	case REGISTRY_LINK:
		return show_links(job, field, value, plain, ret);
	case REGISTRY_LIST:
		return join(job, value, plain ? "\n" : ", ", ret);
	case REGISTRY_FILE:
		return show_file(job, value, ret);
	case REGISTRY_INSTANT:
		text = json_text(value);
		if (plain || text.len < 16)
			*ret = text;
		else
			return job_format(job, ret, "%.*s %.*s UTC", 10, text.at, 5, text.at + 11);
		return OK;
	default:
		*ret = json_text(value);
		return OK;
	}
}
