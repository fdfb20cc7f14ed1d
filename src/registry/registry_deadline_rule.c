/*
 * Rules of deadlines, read strictly from content/deadline/.
 * Deliberately does not count: what a rule means for a start is registry_deadline.c's.
 */
#include <stdlib.h>
#include <string.h>

#include "registry/registry_deadline_priv.h"

#define FOLDER "deadline/"
#define MAX_WORKING_DAYS 1000
#define MAX_OFFICE_US (INT64_C(1000) * 3600 * SECOND_US)
#define MAX_MONTHS 1200

const char *const registry_counts_words[] = {"elapsed", "calendar", "working", "office", "fixed", NULL};
const char *const registry_roll_words[] = {"none", "next-working-day", "previous-working-day", NULL};

static const char *const counts_words[] = {"elapsed", "calendar", "working", "office", NULL};
static const char *const begins_words[] = {"same-day", "next-day", "next-working-day", NULL};
static const char *const direction_words[] = {"after", "before", NULL};
static const char *const mark_words[] = {"V", "S", "K", "?", NULL};

/* a-z, 0-9 and . _ - within. */
static bool
is_id(slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (i > 0 && (c == '.' || c == '_' || c == '-'))))
			return false;
	}
	return text.len > 0 && text.len <= 80;
}

/* ${otherwise} when the key is not there. */
static err
maybe_choice(struct job *job, const struct yaml *map, const char *key, const char *const *words, unsigned otherwise, unsigned *ret)
{
	const struct yaml *node = yaml_get(map, key);
	*ret = otherwise;
	return node != NULL ? yaml_choice(job, node, words, ret) : OK;
}

static err
read_words(struct job *job, const struct yaml *map, struct registry_deadline_rule *rule)
{
	slice text;
	unsigned which;
	TRY(yaml_need_text(job, map, "counts", &text));
	TRY(yaml_choice(job, yaml_get(map, "counts"), counts_words, &which));
	rule->counts = (enum registry_counts)which;
	TRY(maybe_choice(job, map, "begins", begins_words, REGISTRY_SAME_DAY, &which));
	rule->begins = (enum registry_begins)which;
	TRY(maybe_choice(job, map, "roll", registry_roll_words, REGISTRY_ROLL_NONE, &which));
	rule->roll = (enum registry_roll)which;
	TRY(maybe_choice(job, map, "direction", direction_words, 0, &which));
	rule->before = which == 1;
	TRY(yaml_need_text(job, map, "mark", &rule->mark));
	return yaml_choice(job, yaml_get(map, "mark"), mark_words, &which);
}

static err
read_calendar(struct job *job, const struct yaml *map, const struct registry_calendars *calendars, struct registry_deadline_rule *rule)
{
	const struct yaml *node = yaml_get(map, "calendar");
	slice id;
	if (node == NULL) {
		if (rule->counts >= REGISTRY_WORKING || rule->roll != REGISTRY_ROLL_NONE || rule->begins == REGISTRY_NEXT_WORKING_DAY)
			return yaml_refuse(job, map, "expected \"calendar\": this deadline has to know which days are working days");
		return OK;
	}
	TRY(yaml_need_text(job, map, "calendar", &id));
	rule->calendar = registry_calendar_find(calendars, id);
	return rule->calendar != NULL ? OK : yaml_refuse(job, node, "calendar: there is no calendar/%.*s.yaml", SLICE(id));
}

static bool
length_fits(const struct registry_deadline_rule *rule)
{
	struct duration length = rule->length;
	switch (rule->counts) {
	case REGISTRY_ELAPSED:
		return length.months == 0 && length.us > 0 && length.us <= MAX_SPAN_US;
	case REGISTRY_OFFICE:
		return length.months == 0 && length.us > 0 && length.us <= MAX_OFFICE_US;
	default:
		return length.months == 0 ? length.us > 0 && length.us % DAY_US == 0 && length.us <= MAX_SPAN_US
					  : length.us == 0 && length.months <= MAX_MONTHS;
	}
}

static err
read_length(struct job *job, const struct yaml *map, struct registry_deadline_rule *rule)
{
	static const char *const expected[] = {"elapsed time such as PT72H", "whole days or whole months such as P30D or P1M", "",
	    "hours within office hours such as PT2H"};
	const struct yaml *length = yaml_get(map, "length"), *days = yaml_get(map, "working-days");
	slice text;
	TRY(yaml_maybe_int(job, map, "working-days", 0, &rule->working_days));
	if (rule->counts == REGISTRY_WORKING) {
		if (length != NULL)
			return yaml_refuse(job, length, "length: a deadline that counts working days says working-days instead");
		if (rule->working_days < 1 || rule->working_days > MAX_WORKING_DAYS)
			return yaml_refuse(job, days != NULL ? days : map, "working-days: expected 1 to %d", MAX_WORKING_DAYS);
		return OK;
	}
	if (rule->working_days != 0)
		return yaml_refuse(job, days, "working-days: only a deadline that counts working days has them");
	TRY(yaml_need_text(job, map, "length", &text));
	if (!duration_parse(text, &rule->length) || !length_fits(rule))
		return yaml_refuse(job, length, "length: expected %s, found \"%.*s\"", expected[rule->counts], SLICE(text));
	return OK;
}

static err
read_office(struct job *job, const struct yaml *map, struct registry_deadline_rule *rule)
{
	slice text = {0};
	TRY(yaml_maybe_text(job, map, "office", &text));
	if (rule->counts != REGISTRY_OFFICE)
		return yaml_get(map, "office") == NULL
			   ? OK
			   : yaml_refuse(job, yaml_get(map, "office"), "office: only a deadline that counts office hours has them");
	if (!registry_office_parse(text, &rule->office))
		return yaml_refuse(job, yaml_get(map, "office") != NULL ? yaml_get(map, "office") : map,
		    "office: expected hours such as 09:00-17:00, found \"%.*s\"", SLICE(text));
	return OK;
}

/* What does not go together would be ignored in silence otherwise. */
static err
check_together(struct job *job, const struct yaml *map, const struct registry_deadline_rule *rule)
{
	bool in_time = rule->counts == REGISTRY_ELAPSED || rule->counts == REGISTRY_OFFICE;
	if ((in_time || rule->before) && rule->begins != REGISTRY_SAME_DAY)
		return yaml_refuse(job, yaml_get(map, "begins"), "begins: %s begins at its start",
		    rule->before ? "a deadline before an event" : "a deadline in hours");
	if (in_time && rule->roll != REGISTRY_ROLL_NONE)
		return yaml_refuse(job, yaml_get(map, "roll"), "roll: a deadline in hours has no last day to roll");
	if (rule->roll != REGISTRY_ROLL_NONE && rule->before != (rule->roll == REGISTRY_ROLL_PREVIOUS))
		return yaml_refuse(job, yaml_get(map, "roll"), "roll: a deadline %s an event rolls to the %s working day",
		    rule->before ? "before" : "after", rule->before ? "previous" : "next");
	if (rule->before && rule->counts == REGISTRY_OFFICE)
		return yaml_refuse(job, yaml_get(map, "direction"), "direction: office hours are counted after an event only");
	return OK;
}

static int
longest_first(const void *a, const void *b)
{
	/* Before one and the same moment: how far each of the two goes back from it. */
	int64_t one = instant_before(0, *(const struct duration *)a), two = instant_before(0, *(const struct duration *)b);
	return one < two ? -1 : one > two;
}

static err
read_warn(struct job *job, const struct yaml *map, struct registry_deadline_rule *rule)
{
	const struct yaml *list;
	struct duration *warn;
	TRY(yaml_maybe_list(job, map, "warn", &list));
	if (list == NULL)
		return OK;
	if (list->len > 20)
		return yaml_refuse(job, list, "warn: at most 20, found %zu", list->len);
	TRY(NEW(job, list->len + 1, &warn));
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		struct duration *one = &warn[rule->warn_len++];
		if (node->kind != YAML_SCALAR || !duration_parse(node->text, one) || (one->months == 0 && one->us == 0) ||
		    one->months > MAX_MONTHS || one->us > MAX_SPAN_US)
			return yaml_refuse(job, node, "warn: expected a duration such as P7D, found \"%.*s\"", SLICE(node->text));
		for (struct duration *other = warn; other < one; other++)
			if (longest_first(other, one) == 0)
				return yaml_refuse(job, node, "warn: %.*s is there twice", SLICE(node->text));
	}
	qsort(warn, rule->warn_len, sizeof *warn, longest_first);
	rule->warn = warn;
	return OK;
}

static err
read_head(struct job *job, const struct yaml *map, slice path, struct registry_deadline_rule *rule)
{
	static const char *const keys[] = {"id", "title", "about", "version", "length", "counts", "working-days", "begins", "roll",
	    "direction", "calendar", "office", "warn", "source", "mark", NULL};
	size_t front = strlen(FOLDER);
	TRY(yaml_is_map(job, map, "a deadline"));
	TRY(yaml_only(job, map, keys));
	TRY(yaml_need_text(job, map, "id", &rule->id));
	if (!is_id(rule->id) || !slice_same(rule->id, slice_part(path, front, path.len - front - 5)))
		return yaml_refuse(job, yaml_get(map, "id"), "id: expected the file's own name (a-z, 0-9, dots, _ and -), found \"%.*s\"",
		    SLICE(rule->id));
	TRY(yaml_need_text(job, map, "title", &rule->title));
	TRY(yaml_maybe_text(job, map, "about", &rule->about));
	TRY(yaml_need_text(job, map, "source", &rule->source));
	TRY(yaml_maybe_int(job, map, "version", 0, &rule->version));
	if (rule->version < 1)
		return yaml_refuse(job, map, "version: expected a number from 1, counted up whenever the rule changes");
	return OK;
}

static err
read_rule(struct job *job, const struct content_file *file, const struct registry_calendars *calendars, struct registry_deadline_rule *rule)
{
	const struct yaml *map;
	TRY(yaml_read(job, file->from, file->text, &map));
	TRY(read_head(job, map, slice_of(file->path), rule));
	TRY(read_words(job, map, rule));
	TRY(read_calendar(job, map, calendars, rule));
	TRY(read_length(job, map, rule));
	TRY(read_office(job, map, rule));
	TRY(check_together(job, map, rule));
	rule->digest = file->digest;
	return read_warn(job, map, rule);
}

static err
hand_up(struct job *job, void *to, err found)
{
	(void)job, (void)to;
	return found;
}

static err
load(struct job *job, const struct content *content, err (*fault)(struct job *job, void *to, err found), void *fault_to,
    struct registry_deadline_rules *rules)
{
	struct registry_deadline_rule *list;
	TRY(NEW(job, content->len + 1, &list));
	for (size_t i = 0; i < content->len; i++) {
		if (!slice_starts(slice_of(content->files[i].path), S(FOLDER)))
			continue;
		list[rules->len] = (struct registry_deadline_rule){0};
		err good = read_rule(job, &content->files[i], rules->calendars, &list[rules->len]);
		if (good.code == ERR_NONE)
			rules->len++;
		else
			TRY(fault(job, fault_to, good));
	}
	rules->at = list;
	return OK;
}

err
registry_deadline_load(
    struct job *job, const struct content *content, const struct registry_calendars *calendars, struct registry_deadline_rules *ret)
{
	struct registry_deadline_rules rules = {.calendars = calendars};
	TRY(load(job, content, hand_up, NULL, &rules));
	*ret = rules;
	return OK;
}

err
registry_deadline_load_each(struct job *job, const struct content *content, err (*fault)(struct job *job, void *to, err found), void *fault_to,
    struct registry_deadline_rules *ret)
{
	struct registry_calendars *calendars;
	struct registry_deadline_rules rules = {0};
	TRY(NEW(job, 1, &calendars));
	rules.calendars = calendars;
	err good = registry_calendar_load(job, content, calendars);
	if (good.code != ERR_NONE)
		TRY(fault(job, fault_to, good));
	else
		TRY(load(job, content, fault, fault_to, &rules));
	*ret = rules;
	return OK;
}

const struct registry_deadline_rule *
registry_deadline_find(const struct registry_deadline_rules *rules, slice id)
{
	for (size_t i = 0; i < rules->len; i++)
		if (slice_same(rules->at[i].id, id))
			return &rules->at[i];
	return NULL;
}
