/*
 * Deadlines of a record: a change starts, pauses, resumes and stops them. A run that is over stays in the record; a rule that changes never moves it.
 */
#include "registry/registry_write_priv.h"

#include <stdlib.h>
#include <string.h>

#define RUNS_KEPT 100 /* of one rule in one record */

static err
add_run(struct job *job, struct registry_work *work, const struct registry_deadline *run)
{
	if (work->runs_len == work->runs_room) {
		struct registry_deadline *more;
		size_t room = work->runs_room * 2 + 8;
		TRY(NEW(job, room, &more));
		if (work->runs_len > 0)
			memcpy(more, work->runs, work->runs_len * sizeof *more);
		work->runs = more;
		work->runs_room = room;
	}
	work->runs[work->runs_len++] = *run;
	work->runs_touched = true;
	return OK;
}

/* The run of ${rule} that is not stopped, or NULL. */
static struct registry_deadline *
running(const struct registry_work *work, slice rule)
{
	for (size_t i = 0; i < work->runs_len; i++)
		if (slice_same(work->runs[i].rule, rule) && work->runs[i].stopped_us == 0)
			return &work->runs[i];
	return NULL;
}

static int64_t
moment_of(const struct registry_work *work)
{
	return work->edit->at_us != 0 ? work->edit->at_us : work->now_us;
}

/* A run cannot stop before it began: what is written down late stops at its start. What is counted back from an event stops before it, as it should. */
static int64_t
not_before(const struct registry_deadline *run, int64_t at_us)
{
	int64_t began = run->counts == REGISTRY_FIXED ? 0 : run->started_us, least = run->paused_since_us > began ? run->paused_since_us : began;
	return at_us < least ? least : at_us;
}

static err
stop(struct job *job, const struct registry *registry, struct registry_work *work, struct registry_deadline *run)
{
	work->runs_touched = true;
	return registry_deadline_stop(job, &registry->calendars, run, not_before(run, moment_of(work)));
}

static err
start(struct job *job, const struct registry *registry, struct registry_work *work, const struct registry_start *what)
{
	const struct registry_deadline_rule *rule = registry_deadline_find(&registry->rules, what->deadline);
	const struct registry_field *from = what->from.len > 0 ? registry_field(work->def, what->from) : NULL;
	struct registry_deadline run, *before = running(work, what->deadline);
	int64_t from_us = moment_of(work);
	if (rule == NULL)
		return yaml_refuse(job, what->node, "there is no deadline \"%.*s\"", SLICE(what->deadline));
	if (from != NULL && !work->cells[from->column].null)
		from_us = work->cells[from->column].number;
	if (before != NULL) /* started anew */
		TRY(stop(job, registry, work, before));
	err started = registry_deadline_start(job, rule, from_us, &run);
	if (started.code == ERR_LIMIT || started.code == ERR_INPUT)
		return registry_problem(job, work, from, "%s", job->why);
	TRY(started);
	return add_run(job, work, &run);
}

static err
start_all(struct job *job, const struct registry *registry, struct registry_work *work)
{
	const struct registry_change *change = work->edit->change;
	const struct registry_start *starts = change != NULL ? change->starts : work->def->starts;
	size_t len = change != NULL ? change->starts_len : work->exists ? 0 : work->def->starts_len;
	for (size_t i = 0; i < len; i++)
		if (work->starts == NULL || work->starts[i])
			TRY(start(job, registry, work, &starts[i]));
	return OK;
}

static err
move_all(struct job *job, const struct registry *registry, struct registry_work *work)
{
	const struct registry_change *change = work->edit->change;
	struct registry_deadline *run;
	for (size_t i = 0; i < change->stops_len; i++)
		if ((run = running(work, change->stops[i])) != NULL)
			TRY(stop(job, registry, work, run));
	for (size_t i = 0; i < change->pauses_len; i++)
		if ((run = running(work, change->pauses[i])) != NULL && run->paused_since_us == 0) {
			work->runs_touched = true;
			TRY(registry_deadline_pause(job, run, not_before(run, moment_of(work))));
		}
	for (size_t i = 0; i < change->resumes_len; i++)
		if ((run = running(work, change->resumes[i])) != NULL && run->paused_since_us != 0) {
			work->runs_touched = true;
			TRY(registry_deadline_resume(job, &registry->calendars, run, not_before(run, moment_of(work))));
		}
	return OK;
}

err
registry_clock(struct job *job, const struct registry *registry, struct registry_work *work)
{
	if (work->edit->problems_len > 0)
		return OK;
	if (work->edit->change != NULL)
		TRY(move_all(job, registry, work));
	if (work->edit->begins == NULL) /* what is written down as it stood elsewhere starts nothing */
		TRY(start_all(job, registry, work));
	if (work->def->states[work->state].end && !work->was_end)
		for (size_t i = 0; i < work->runs_len; i++)
			if (work->runs[i].stopped_us == 0)
				TRY(stop(job, registry, work, &work->runs[i]));
	return OK;
}

static int
by_rule(const void *a, const void *b)
{
	const struct registry_deadline *const *x = a, *const *y = b;
	int order = slice_order((*x)->rule, (*y)->rule);
	return order != 0 ? order : (*x > *y) - (*x < *y);
}

/* {"rule":[run,…],…}, every rule whole: an array is replaced as one when changes are merged. */
err
registry_clock_write(struct job *job, const struct registry_work *work, slice *ret)
{
	struct buf buf = buf_open(job, "deadlines", MIB);
	const struct registry_deadline **sorted;
	*ret = S("");
	if (!work->runs_touched)
		return OK;
	TRY(NEW(job, work->runs_len + 1, &sorted));
	for (size_t i = 0; i < work->runs_len; i++)
		sorted[i] = &work->runs[i];
	qsort(sorted, work->runs_len, sizeof *sorted, by_rule);
	buf_byte(&buf, '{');
	for (size_t i = 0, to; i < work->runs_len; i = to) {
		for (to = i + 1; to < work->runs_len && slice_same(sorted[to]->rule, sorted[i]->rule);)
			to++;
		buf_printf(&buf, "%s\"%.*s\":[", i > 0 ? "," : "", SLICE(sorted[i]->rule));
		for (size_t n = to - i > RUNS_KEPT ? to - RUNS_KEPT : i, first = n; n < to; n++) {
			buf_text(&buf, n > first ? "," : "");
			registry_deadline_write(&buf, sorted[n]);
		}
		buf_byte(&buf, ']');
	}
	buf_byte(&buf, '}');
	return buf_end(&buf, ret);
}
