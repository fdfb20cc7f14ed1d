/*
 * Targets registry_deadline_load(), registry_deadline_due(), registry_deadline_read(), the steps of a running deadline and registry_deadline_write():
 * the input is a running deadline when it begins with "{", else the file of a rule; a calendar when it begins with "id: c\n".
 */
#include <stdlib.h>
#include <string.h>

#include "registry/registry_deadline.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

#define CALENDAR                                                                                                                           \
	"id: c\ntitle: T\nsource: s\nfrom: 2026-01-01\nto: 2027-12-31\nweekend: [saturday, sunday]\nholidays: [{date: 2026-12-25, "        \
	"name: N}]\n"
#define RULE "id: r\ntitle: T\nversion: 1\ncounts: working\nworking-days: 20\ncalendar: c\nsource: s\nmark: V\n"
#define START INT64_C(1790000000000000) /* September 2026 */

static void
need(bool held)
{
	if (!held)
		abort();
}

static slice
written(struct job *job, const struct registry_deadline *deadline)
{
	struct buf buf = buf_open(job, "deadline", 64 * KIB);
	slice text = {0};
	registry_deadline_write(&buf, deadline);
	need(buf_end(&buf, &text).code == ERR_NONE);
	return text;
}

/* What is written is read, and written the same again. */
static void
comes_back(struct job *job, const struct registry_deadline *deadline)
{
	struct registry_deadline back;
	const json_t *value;
	slice text = written(job, deadline);
	need(json_read(job, "state", text, &value).code == ERR_NONE);
	need(registry_deadline_read(job, "state", value, &back).code == ERR_NONE);
	need(slice_same(written(job, &back), text));
}

/* Every step either holds or changes nothing; what we began never becomes due earlier (what was read may never have been true). */
static void
step(struct job *job, const struct registry_calendars *calendars, struct registry_deadline *deadline, int which, int64_t at_us, bool ours)
{
	struct registry_deadline before = *deadline;
	err done = which == 0   ? registry_deadline_pause(job, deadline, at_us)
		   : which == 1 ? registry_deadline_resume(job, calendars, deadline, at_us)
				: registry_deadline_stop(job, calendars, deadline, at_us);
	if (done.code != ERR_NONE)
		need(job->why[0] != '\0' && memcmp(&before, deadline, sizeof before) == 0);
	else if (which > 0)
		need(deadline->paused_since_us == 0 && (!ours || deadline->due_us >= before.due_us));
	comes_back(job, deadline);
}

static void
run(struct job *job, const struct registry_calendars *calendars, const struct registry_deadline_rule *rule, struct registry_deadline deadline)
{
	struct duration before;
	comes_back(job, &deadline);
	for (int i = 0; i < 6; i++) {
		int64_t now = START + i * 40 * 3600 * SECOND_US;
		if (rule != NULL && registry_deadline_warns(&deadline, rule, now, &before)) {
			registry_deadline_warned(&deadline, now);
			need(!registry_deadline_warns(&deadline, rule, now, &before));
		}
		(void)registry_deadline_late(&deadline, now);
		step(job, calendars, &deadline, i == 5 ? 2 : i % 2, now, rule != NULL);
	}
}

static void
try_state(struct job *job, const struct registry_calendars *calendars, slice text)
{
	struct registry_deadline deadline;
	const json_t *value;
	if (json_read(job, "state", text, &value).code != ERR_NONE)
		return;
	if (registry_deadline_read(job, "state", value, &deadline).code != ERR_NONE)
		need(job->why[0] != '\0');
	else
		run(job, calendars, NULL, deadline);
}

static void
try_rule(struct job *job, const struct registry_deadline_rule *rule)
{
	struct registry_deadline deadline;
	int64_t due;
	if (registry_deadline_start(job, rule, START, &deadline).code != ERR_NONE) {
		need(job->why[0] != '\0');
		return;
	}
	need(rule->before ? deadline.due_us <= START + DAY_US : deadline.due_us > START);
	need(registry_deadline_due(job, rule, START, (struct registry_paused){0}, &due).code == ERR_NONE && due == deadline.due_us);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena DEFER(arena_close_at) = arena_open("fuzz", 64 * MIB);
	struct job job;
	struct registry_calendars calendars;
	struct registry_deadline_rules rules;
	struct registry_deadline deadline;
	slice text = slice_bytes(at, len);
	bool state = slice_starts(text, S("{")), calendar = slice_starts(text, S("id: c\n"));
	struct content_file files[] = {{.path = "calendar/c.yaml", .from = "c", .text = calendar ? text : S(CALENDAR)},
	    {.path = "deadline/r.yaml", .from = "r", .text = state || calendar ? S(RULE) : text}};
	struct content content = {.files = files, .len = 2};
	if (len > 32 * KIB)
		return 0;
	job_init(&job, arena);
	if (registry_calendar_load(&job, &content, &calendars).code != ERR_NONE ||
	    registry_deadline_load(&job, &content, &calendars, &rules).code != ERR_NONE) {
		need(job.why[0] != '\0');
		return 0;
	}
	if (state)
		try_state(&job, &calendars, text);
	try_rule(&job, &rules.at[0]);
	if (registry_deadline_start(&job, &rules.at[0], START, &deadline).code == ERR_NONE)
		run(&job, &calendars, &rules.at[0], deadline);
	return 0;
}
