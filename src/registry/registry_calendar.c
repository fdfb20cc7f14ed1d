/*
 * Working days by calendars that content describes: reading them strictly and counting in them.
 * Deliberately knows no nation, no holiday and no rule for computing one, and never guesses about a day outside the covered range.
 */
#include "registry/registry_calendar.h"

#include <string.h>

#define FOLDER "calendar/"
#define MAX_HOLIDAYS 5000
#define MAX_MEMBERS (sizeof((struct registry_calendar *)0)->members / sizeof(void *))

static const char *const weekdays[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", NULL};

static err
read_date(struct job *job, const struct yaml *map, const char *key, int64_t *ret_day)
{
	slice text;
	int64_t at_us;
	TRY(yaml_need_text(job, map, key, &text));
	if (text.len != 10 || !instant_parse(text, &at_us))
		return yaml_refuse(job, yaml_get(map, key), "%s: expected a date such as 2026-12-25, found \"%.*s\"", key, SLICE(text));
	*ret_day = at_us / DAY_US; /* a date alone is its first moment: nothing is left over */
	return OK;
}

static err
read_weekend(struct job *job, const struct yaml *map, unsigned *ret)
{
	const struct yaml *list;
	TRY(yaml_need_list(job, map, "weekend", &list));
	*ret = 0;
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		unsigned which;
		TRY(yaml_choice(job, node, weekdays, &which));
		if ((*ret & 1u << which) != 0)
			return yaml_refuse(job, node, "weekend: %s is there twice", weekdays[which]);
		*ret |= 1u << which;
	}
	if (*ret == 0x7f)
		return yaml_refuse(job, list, "weekend: all seven days, so there would be no working day");
	return OK;
}

static err
read_holidays(struct job *job, const struct yaml *map, struct registry_calendar *calendar)
{
	static const char *const keys[] = {"date", "name", NULL};
	const struct yaml *list;
	struct registry_holiday *holidays;
	TRY(yaml_need_list(job, map, "holidays", &list));
	if (list->len > MAX_HOLIDAYS)
		return yaml_refuse(job, list, "holidays: at most %d, found %zu", MAX_HOLIDAYS, list->len);
	TRY(NEW(job, list->len + 1, &holidays));
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		struct registry_holiday *holiday = &holidays[calendar->len];
		TRY(yaml_is_map(job, node, "a holiday"));
		TRY(yaml_only(job, node, keys));
		TRY(read_date(job, node, "date", &holiday->day));
		TRY(yaml_need_text(job, node, "name", &holiday->name));
		if (holiday->day < calendar->from || holiday->day > calendar->to)
			return yaml_refuse(job, node, "%s lies outside %s to %s", instant_day(holiday->day * DAY_US).at,
			    instant_day(calendar->from * DAY_US).at, instant_day(calendar->to * DAY_US).at);
		if (calendar->len > 0 && holiday->day <= holiday[-1].day)
			return yaml_refuse(job, node, "holidays stand in the order of their dates, each once: %s follows %s",
			    instant_day(holiday->day * DAY_US).at, instant_day(holiday[-1].day * DAY_US).at);
		calendar->len++;
	}
	calendar->holidays = holidays;
	return OK;
}

static err
read_days(struct job *job, const struct yaml *map, struct registry_calendar *calendar)
{
	TRY(read_date(job, map, "from", &calendar->from));
	TRY(read_date(job, map, "to", &calendar->to));
	if (calendar->to < calendar->from)
		return yaml_refuse(job, yaml_get(map, "to"), "to: expected a date that is not before from");
	TRY(read_weekend(job, map, &calendar->weekend));
	return read_holidays(job, map, calendar);
}

/* The members of a union, once all other calendars are read. */
static err
read_union(struct job *job, const struct yaml *map, const struct registry_calendars *all, struct registry_calendar *calendar)
{
	const struct yaml *list;
	struct digest sum = calendar->digest;
	calendar->from = INT64_MIN / DAY_US;
	calendar->to = INT64_MAX / DAY_US;
	TRY(yaml_need_list(job, map, "union", &list));
	if (list->len < 2 || list->len > MAX_MEMBERS)
		return yaml_refuse(job, list, "union: expected 2 to %zu calendars, found %zu", MAX_MEMBERS, list->len);
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		const struct registry_calendar *member = node->kind == YAML_SCALAR ? registry_calendar_find(all, node->text) : NULL;
		if (member == NULL || member == calendar)
			return yaml_refuse(job, node, "union: there is no calendar \"%.*s\"", SLICE(node->text));
		if (member->weekend == 0 && member->holidays == NULL)
			return yaml_refuse(job, node, "union: \"%.*s\" is a union itself; name its members", SLICE(node->text));
		for (size_t i = 0; i < calendar->members_len; i++)
			if (calendar->members[i] == member)
				return yaml_refuse(job, node, "union: \"%.*s\" is there twice", SLICE(node->text));
		calendar->members[calendar->members_len++] = member;
		calendar->from = member->from > calendar->from ? member->from : calendar->from;
		calendar->to = member->to < calendar->to ? member->to : calendar->to;
		sum = code_sha256_pair(slice_bytes(sum.byte, sizeof sum.byte), slice_bytes(member->digest.byte, sizeof member->digest.byte));
	}
	if (calendar->to < calendar->from)
		return yaml_refuse(job, list, "union: these calendars have no day in common");
	calendar->digest = sum;
	return OK;
}

static err
read_head(struct job *job, const struct yaml *map, const struct content_file *file, struct registry_calendar *calendar)
{
	static const char *const own_keys[] = {"id", "title", "source", "from", "to", "weekend", "holidays", NULL};
	static const char *const union_keys[] = {"id", "title", "source", "union", NULL};
	slice path = slice_of(file->path);
	size_t front = strlen(FOLDER);
	TRY(yaml_is_map(job, map, "a calendar"));
	TRY(yaml_only(job, map, yaml_get(map, "union") != NULL ? union_keys : own_keys));
	TRY(yaml_need_text(job, map, "id", &calendar->id));
	if (!slice_same(calendar->id, slice_part(path, front, path.len - front - 5)))
		return yaml_refuse(job, yaml_get(map, "id"), "id: expected the file's own name, found \"%.*s\"", SLICE(calendar->id));
	TRY(yaml_need_text(job, map, "title", &calendar->title));
	TRY(yaml_need_text(job, map, "source", &calendar->source));
	calendar->digest = file->digest;
	return OK;
}

static bool
is_calendar(const struct content_file *file)
{
	return slice_starts(slice_of(file->path), S(FOLDER));
}

err
registry_calendar_load(struct job *job, const struct content *content, struct registry_calendars *ret)
{
	struct registry_calendar *list;
	const struct yaml **nodes;
	struct registry_calendars all = {0};
	TRY(NEW(job, content->len + 1, &list));
	TRY(NEW(job, content->len + 1, &nodes));
	for (size_t i = 0; i < content->len; i++) {
		const struct content_file *file = &content->files[i];
		struct registry_calendar *calendar = &list[all.len];
		if (!is_calendar(file))
			continue;
		TRY(yaml_read(job, file->from, file->text, &nodes[all.len]));
		TRY(read_head(job, nodes[all.len], file, calendar));
		if (yaml_get(nodes[all.len], "union") == NULL)
			TRY(read_days(job, nodes[all.len], calendar));
		all.len++;
	}
	/* A union may name a calendar whose file comes later. */
	all.at = list;
	for (size_t i = 0; i < all.len; i++)
		if (yaml_get(nodes[i], "union") != NULL)
			TRY(read_union(job, nodes[i], &all, &list[i]));
	*ret = all;
	return OK;
}

const struct registry_calendar *
registry_calendar_find(const struct registry_calendars *calendars, slice id)
{
	for (size_t i = 0; i < calendars->len; i++)
		if (slice_same(calendars->at[i].id, id))
			return &calendars->at[i];
	return NULL;
}

static const struct registry_holiday *
find_holiday(const struct registry_calendar *calendar, int64_t day)
{
	size_t low = 0, high = calendar->len;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (calendar->holidays[middle].day < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low < calendar->len && calendar->holidays[low].day == day ? &calendar->holidays[low] : NULL;
}

/* Day 0 was a Thursday; Monday is 0. */
static bool
works(const struct registry_calendar *calendar, int64_t day)
{
	int64_t weekday = ((day + 3) % 7 + 7) % 7;
	for (size_t i = 0; i < calendar->members_len; i++)
		if (!works(calendar->members[i], day))
			return false;
	return (calendar->weekend & 1u << weekday) == 0 && find_holiday(calendar, day) == NULL;
}

err
registry_calendar_works(struct job *job, const struct registry_calendar *calendar, int64_t day, bool *ret)
{
	if (day > calendar->to)
		return err_set(job, ERR_LIMIT, "the calendar %.*s ends on %s: it does not say which days after that are working days",
		    SLICE(calendar->id), instant_day(calendar->to * DAY_US).at);
	if (day < calendar->from)
		return err_set(job, ERR_LIMIT, "the calendar %.*s begins on %s: it does not say which days before that were working days",
		    SLICE(calendar->id), instant_day(calendar->from * DAY_US).at);
	*ret = works(calendar, day);
	return OK;
}

err
registry_calendar_roll(struct job *job, const struct registry_calendar *calendar, int64_t day, int step, int64_t *ret)
{
	for (bool found = false;; day += step) {
		TRY(registry_calendar_works(job, calendar, day, &found));
		if (found)
			break;
	}
	*ret = day;
	return OK;
}

err
registry_calendar_add(struct job *job, const struct registry_calendar *calendar, int64_t day, int64_t count, int64_t *ret)
{
	int step = count < 0 ? -1 : 1;
	for (; count != 0; count -= step)
		TRY(registry_calendar_roll(job, calendar, day + step, step, &day));
	*ret = day;
	return OK;
}

err
registry_calendar_count(struct job *job, const struct registry_calendar *calendar, int64_t first, int64_t last, int64_t *ret)
{
	int64_t sum = 0;
	for (int64_t day = first; day <= last; day++) {
		bool found;
		TRY(registry_calendar_works(job, calendar, day, &found));
		sum += found ? 1 : 0;
	}
	*ret = sum;
	return OK;
}

slice
registry_calendar_holiday(const struct registry_calendar *calendar, int64_t day)
{
	for (size_t i = 0; i < calendar->members_len; i++)
		if (find_holiday(calendar->members[i], day) != NULL)
			return find_holiday(calendar->members[i], day)->name;
	const struct registry_holiday *own = find_holiday(calendar, day);
	return own != NULL ? own->name : (slice){0};
}
