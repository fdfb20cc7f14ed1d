/*
 * A running deadline as JSON, as records keep it.
 * Deliberately does not look at the rule or the calendar it names: both may be gone, and it must still be read.
 */
#include "base/text.h"
#include "registry/registry_deadline_priv.h"
#include "registry/registry_london.h"

/* ,"key": — or { before the first. */
static void
put_key(struct buf *buf, char before, const char *key)
{
	buf_printf(buf, "%c\"%s\":", before, key);
}

static void
put_text(struct buf *buf, char before, const char *key, slice text)
{
	put_key(buf, before, key);
	text_json(buf, text);
}

/* 0 is left out. */
static void
put_instant(struct buf *buf, const char *key, int64_t at_us)
{
	if (at_us != 0)
		put_text(buf, ',', key, slice_of(instant_text(at_us).at));
}

static void
put_day(struct buf *buf, const char *key, int64_t day)
{
	if (day != 0)
		put_text(buf, ',', key, slice_of(instant_day(day * DAY_US).at));
}

static void
put_number(struct buf *buf, const char *key, int64_t number)
{
	if (number == 0)
		return;
	put_key(buf, ',', key);
	buf_i64(buf, number);
}

void
registry_deadline_write(struct buf *buf, const struct registry_deadline *deadline)
{
	char before = '{';
	if (deadline->calendar.len > 0) {
		put_text(buf, before, "calendar", deadline->calendar);
		put_text(buf, ',', "calendar_digest", slice_of(digest_text(&deadline->calendar_digest).at));
		before = ',';
	}
	put_text(buf, before, "counts", slice_of(registry_counts_words[deadline->counts]));
	put_text(buf, ',', "digest", slice_of(digest_text(&deadline->digest).at));
	put_instant(buf, "due", deadline->due_us);
	put_day(buf, "first", deadline->first_day);
	put_day(buf, "last", deadline->last_day);
	if (deadline->counts == REGISTRY_OFFICE) {
		buf_text(buf, ",\"office\":\"");
		registry_office_write(buf, deadline->office);
		buf_byte(buf, '"');
	}
	put_number(buf, "paused_days", deadline->paused.days);
	put_instant(buf, "paused_end", deadline->paused_end_us);
	put_instant(buf, "paused_since", deadline->paused_since_us);
	put_day(buf, "paused_to", deadline->paused_to_day);
	put_number(buf, "paused_us", deadline->paused.us);
	if (deadline->roll != REGISTRY_ROLL_NONE)
		put_text(buf, ',', "roll", slice_of(registry_roll_words[deadline->roll]));
	put_text(buf, ',', "rule", deadline->rule);
	put_instant(buf, "started", deadline->started_us);
	put_instant(buf, "stopped", deadline->stopped_us);
	put_number(buf, "version", deadline->version);
	put_instant(buf, "warned", deadline->warned_us);
	buf_byte(buf, '}');
}

struct reading {
	struct job *job;
	const char *name;
	const json_t *object;
};

static bool
has(const struct reading *reading, const char *key)
{
	return json_object_get(reading->object, key) != NULL;
}

/* Written as we write it, so that reading and writing give the same bytes. */
static err
read_instant(const struct reading *reading, const char *key, bool needed, int64_t *ret_us)
{
	slice text;
	int64_t at_us;
	if (!needed && !has(reading, key))
		return OK;
	TRY(json_need_text(reading->job, reading->name, reading->object, key, &text));
	if (!instant_parse(text, &at_us) || !slice_same(text, slice_of(instant_text(at_us).at)) || at_us < DAY_US)
		return err_set(reading->job, ERR_INPUT, "%s: \"%s\" must be an instant after 1970 such as 2026-11-30T09:15:00Z, found \"%.*s\"",
		    reading->name, key, SLICE(text));
	*ret_us = at_us;
	return OK;
}

static err
read_day(const struct reading *reading, const char *key, bool needed, int64_t *ret_day)
{
	slice text;
	int64_t at_us;
	if (!needed && !has(reading, key))
		return OK;
	TRY(json_need_text(reading->job, reading->name, reading->object, key, &text));
	if (text.len != 10 || !instant_parse(text, &at_us) || at_us < REGISTRY_LONDON_SINCE_DAY * DAY_US)
		return err_set(reading->job, ERR_INPUT, "%s: \"%s\" must be a date from 1996 on, found \"%.*s\"", reading->name, key, SLICE(text));
	*ret_day = at_us / DAY_US;
	return OK;
}

/* 1 to ${most}; left out it is 0. */
static err
read_number(const struct reading *reading, const char *key, int64_t most, int64_t *ret)
{
	if (!has(reading, key))
		return OK;
	TRY(json_need_int(reading->job, reading->name, reading->object, key, ret));
	if (*ret < 1 || *ret > most)
		return err_set(reading->job, ERR_INPUT, "%s: \"%s\" must be 1 to %lld, found %lld", reading->name, key, (long long)most,
		    (long long)*ret);
	return OK;
}

static err
read_digest(const struct reading *reading, const char *key, struct digest *ret)
{
	slice text;
	TRY(json_need_text(reading->job, reading->name, reading->object, key, &text));
	if (!digest_parse(text, ret) || !slice_same(text, slice_of(digest_text(ret).at)))
		return err_set(reading->job, ERR_INPUT, "%s: \"%s\" must be 64 hexadecimal digits", reading->name, key);
	return OK;
}

static err
read_word(const struct reading *reading, const char *key, const char *const *words, unsigned *ret)
{
	slice text;
	TRY(json_need_text(reading->job, reading->name, reading->object, key, &text));
	for (unsigned i = 0; words[i] != NULL; i++)
		if (slice_same(text, slice_of(words[i])))
			return *ret = i, OK;
	return err_set(reading->job, ERR_INPUT, "%s: \"%s\" does not know the word \"%.*s\"", reading->name, key, SLICE(text));
}

/* ${key} stands there exactly when it belongs there. */
static err
belongs(const struct reading *reading, const char *key, bool wanted)
{
	if (has(reading, key) == wanted)
		return OK;
	return err_set(reading->job, ERR_INPUT, "%s: \"%s\" %s with this way of counting", reading->name, key,
	    wanted ? "must be there" : "has no place");
}

static err
read_counting(const struct reading *reading, struct registry_deadline *deadline)
{
	unsigned which;
	slice text;
	TRY(read_word(reading, "counts", registry_counts_words, &which));
	deadline->counts = (enum registry_counts)which;
	bool in_days = which == REGISTRY_CALENDAR || which == REGISTRY_WORKING, office = which == REGISTRY_OFFICE;
	TRY(belongs(reading, "first", in_days));
	TRY(belongs(reading, "last", in_days));
	TRY(belongs(reading, "office", office));
	if (has(reading, "roll")) {
		TRY(belongs(reading, "roll", in_days));
		TRY(read_word(reading, "roll", registry_roll_words, &which));
		if (which == REGISTRY_ROLL_NONE)
			return err_set(reading->job, ERR_INPUT, "%s: \"roll\" is left out when there is none", reading->name);
		deadline->roll = (enum registry_roll)which;
	}
	if (office) {
		TRY(json_need_text(reading->job, reading->name, reading->object, "office", &text));
		if (!registry_office_parse(text, &deadline->office))
			return err_set(reading->job, ERR_INPUT, "%s: \"office\" must be hours such as 09:00-17:00", reading->name);
	}
	TRY(read_day(reading, "first", in_days, &deadline->first_day));
	return read_day(reading, "last", in_days, &deadline->last_day);
}

static err
read_calendar(const struct reading *reading, struct registry_deadline *deadline)
{
	bool needed = deadline->counts == REGISTRY_WORKING || deadline->counts == REGISTRY_OFFICE || deadline->roll != REGISTRY_ROLL_NONE;
	if (deadline->counts == REGISTRY_FIXED)
		TRY(belongs(reading, "calendar", false));
	if (needed)
		TRY(belongs(reading, "calendar", true));
	TRY(belongs(reading, "calendar_digest", has(reading, "calendar")));
	if (!has(reading, "calendar"))
		return OK;
	TRY(json_need_text(reading->job, reading->name, reading->object, "calendar", &deadline->calendar));
	if (deadline->calendar.len == 0)
		return err_set(reading->job, ERR_INPUT, "%s: \"calendar\" must name one", reading->name);
	return read_digest(reading, "calendar_digest", &deadline->calendar_digest);
}

static err
read_pauses(const struct reading *reading, struct registry_deadline *deadline)
{
	enum registry_counts counts = deadline->counts;
	if (counts != REGISTRY_ELAPSED && counts != REGISTRY_OFFICE)
		TRY(belongs(reading, "paused_us", false));
	if (counts != REGISTRY_CALENDAR && counts != REGISTRY_WORKING)
		TRY(belongs(reading, "paused_days", false));
	if (counts != REGISTRY_WORKING)
		TRY(belongs(reading, "paused_to", false));
	if (counts == REGISTRY_WORKING || counts == REGISTRY_FIXED)
		TRY(belongs(reading, "paused_end", false));
	TRY(read_number(reading, "paused_us", MAX_SPAN_US, &deadline->paused.us));
	TRY(read_number(reading, "paused_days", MAX_SPAN_DAYS, &deadline->paused.days));
	TRY(read_day(reading, "paused_to", false, &deadline->paused_to_day));
	TRY(read_instant(reading, "paused_end", false, &deadline->paused_end_us));
	TRY(read_instant(reading, "paused_since", false, &deadline->paused_since_us));
	TRY(read_instant(reading, "stopped", false, &deadline->stopped_us));
	if (deadline->paused_since_us != 0 && deadline->stopped_us != 0)
		return err_set(reading->job, ERR_INPUT, "%s: a deadline that stopped is not paused", reading->name);
	return OK;
}

err
registry_deadline_read(struct job *job, const char *name, const json_t *object, struct registry_deadline *ret)
{
	static const char *const keys[] = {"calendar", "calendar_digest", "counts", "digest", "due", "first", "last", "office", "paused_days",
	    "paused_end", "paused_since", "paused_to", "paused_us", "roll", "rule", "started", "stopped", "version", "warned", NULL};
	struct reading reading = {job, name, object};
	struct registry_deadline deadline = {0};
	TRY(json_only(job, name, object, keys));
	TRY(json_need_text(job, name, object, "rule", &deadline.rule));
	if (deadline.rule.len == 0 || deadline.rule.len > 80)
		return err_set(job, ERR_INPUT, "%s: \"rule\" must name a deadline", name);
	TRY(json_need_int(job, name, object, "version", &deadline.version));
	TRY(read_number(&reading, "version", INT64_MAX, &deadline.version));
	TRY(read_digest(&reading, "digest", &deadline.digest));
	TRY(read_counting(&reading, &deadline));
	TRY(read_calendar(&reading, &deadline));
	TRY(read_pauses(&reading, &deadline));
	TRY(read_instant(&reading, "started", true, &deadline.started_us));
	TRY(read_instant(&reading, "due", true, &deadline.due_us));
	TRY(read_instant(&reading, "warned", false, &deadline.warned_us));
	*ret = deadline;
	return OK;
}
