/*
 * Turns what the collectors hand over into the subjects of one evidence entry: one for each table, unchanged ones by their old digest.
 * Deliberately knows no table.
 */
#include "cli/cli_evidence.h"

#include <string.h>

#include "collect/collect.h"
#include "collect/collect_schema.h"
#include "ledger/ledger.h"

struct gathering {
	struct job *job; /* whose arena keeps the subjects: the collectors' own is rewound between them */
	struct ledger *ledger;
	struct cli_evidence *evidence;
	size_t room;
};

static err
grow(struct gathering *gathering)
{
	struct cli_evidence *evidence = gathering->evidence;
	if (evidence->len < gathering->room)
		return OK;
	return err_set(gathering->job, ERR_LIMIT, "one collection holds at most %zu tables", gathering->room);
}

/* The rows of ${content} as bytes without volatile columns, so that two readings can be compared. */
static err
steady(struct job *job, const struct table *table, slice content, slice *ret)
{
	struct rows rows;
	TRY(rows_read(job, table, table->name, content, &rows));
	return rows_write(job, &rows, COLUMN_VOLATILE, ret);
}

static err
same_as_before(struct gathering *gathering, struct rows *rows, slice content, struct ledger_subject *subject, bool *ret)
{
	struct job *job = gathering->job;
	struct ledger_moment now;
	struct ledger_reading *before;
	size_t len;
	slice old, old_steady, new_steady;
	*ret = false;
	if (gathering->ledger == NULL)
		return OK;
	TRY(ledger_moment(job, gathering->ledger, 0, &now));
	TRY(ledger_readings(job, gathering->ledger, now, ledger_host_id(gathering->ledger), slice_of(rows->table->name), &before, &len));
	if (len == 0)
		return OK;
	err opened = ledger_content(job, gathering->ledger, &before[0].digest, &old);
	if (opened.code == ERR_MISSING) /* erased: the table is kept anew */
		return OK;
	TRY(opened);
	subject->digest = before[0].digest;
	if (slice_same(old, content)) {
		*ret = true;
		return OK;
	}
	/* A table whose columns changed with a new version is simply a changed table. */
	if (steady(job, rows->table, old, &old_steady).code != ERR_NONE)
		return OK;
	TRY(steady(job, rows->table, content, &new_steady));
	*ret = slice_same(old_steady, new_steady);
	return OK;
}

static err
keep(struct job *job, void *to, const struct collector *collector, struct rows *rows)
{
	struct gathering *gathering = to;
	struct cli_evidence *evidence = gathering->evidence;
	struct ledger_subject subject = {0};
	struct ledger_reading reading = {.state = rows->state, .rows = rows->len};
	slice content;
	bool same;
	(void)collector;
	TRY(grow(gathering));
	TRY(rows_write(job, rows, 0, &content));
	TRY(job_copy(gathering->job, content, &subject.content));
	TRY(job_copy(gathering->job, slice_of(rows->table->name), &subject.name));
	TRY(job_copy(gathering->job, rows->reason, &reading.reason));
	reading.table = subject.name;
	TRY(same_as_before(gathering, rows, subject.content, &subject, &same));
	subject.known = same;
	if (same)
		subject.content = S("");
	evidence->subjects[evidence->len] = subject;
	evidence->readings[evidence->len] = reading;
	evidence->changed[evidence->len++] = !same;
	return OK;
}

err
cli_evidence_collect(struct job *job, struct ledger *ledger, const struct collect_options *options, struct cli_evidence *ret)
{
	struct gathering gathering = {.job = job, .ledger = ledger, .evidence = ret, .room = 250};
	*ret = (struct cli_evidence){.from_us = job_now(job)};
	TRY(NEW(job, gathering.room, &ret->subjects));
	TRY(NEW(job, gathering.room, &ret->readings));
	TRY(NEW(job, gathering.room, &ret->changed));
	/* The collectors work in an arena of their own: it is rewound between them and its ceiling bounds the whole look. */
	struct job work;
	DEFER(arena_close_at) struct arena *arena = arena_open("collect", 512 * MIB);
	if (arena == NULL)
		return err_set(job, ERR_LIMIT, "the system has no memory for a collection");
	job_init(&work, arena);
	work.actor = job->actor;
	work.now_us = job->now_us;
	work.progress = job->progress;
	work.progress_to = job->progress_to;
	err failed = collect_run(&work, options, keep, &gathering);
	if (failed.code != ERR_NONE && work.why[0] != '\0') /* else the sentence is in ${job} already */
		memcpy(job->why, work.why, sizeof job->why);
	ret->to_us = job_now(job);
	return failed;
}
