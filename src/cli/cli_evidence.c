/*
 * Turns what the collectors hand over into the subjects of one evidence entry: one for each table, unchanged ones by their old digest.
 * Deliberately knows no table.
 */
#include "cli/cli_evidence.h"

#include <string.h>

#include "collect/collect.h"
#include "collect/collect_schema.h"
#include "ledger/ledger.h"

#define MAX_TABLES 250 /* one entry has at most 256 subjects */

struct gathering {
	struct job *job; /* whose arena keeps the subjects: the collectors' own is rewound between them */
	struct cli_evidence *evidence;
};

static bool
has_volatile(const struct table *table)
{
	for (unsigned i = 0; i < table->len; i++)
		if ((table->columns[i].flags & COLUMN_VOLATILE) != 0)
			return true;
	return false;
}

/* A drop-in's description lives in the collectors' arena, which is closed before tables are compared. */
static err
copy_table(struct job *job, const struct table *from, const struct table **ret)
{
	struct table *table;
	struct column *columns;
	TRY(NEW(job, 1, &table));
	TRY(NEW(job, from->len + 1U, &columns));
	*table = (struct table){.about = "", .columns = columns, .len = from->len};
	TRY(job_string(job, slice_of(from->name), &table->name));
	for (unsigned i = 0; i < from->len; i++) {
		columns[i] = (struct column){.type = from->columns[i].type, .flags = from->columns[i].flags, .about = ""};
		TRY(job_string(job, slice_of(from->columns[i].name), &columns[i].name));
	}
	*ret = table;
	return OK;
}

static err
keep(struct job *job, void *to, const struct collector *collector, struct rows *rows)
{
	struct gathering *gathering = to;
	struct cli_evidence *evidence = gathering->evidence;
	struct ledger_subject *subject = &evidence->subjects[evidence->len];
	struct ledger_reading *reading = &evidence->readings[evidence->len];
	struct cli_evidence_table *table = &evidence->tables[evidence->len];
	slice content;
	(void)collector;
	if (evidence->len == MAX_TABLES)
		return err_set(job, ERR_LIMIT, "one collection holds at most %d tables", MAX_TABLES);
	TRY(rows_write(job, rows, 0, &content));
	TRY(job_copy(gathering->job, content, &subject->content));
	TRY(job_copy(gathering->job, slice_of(rows->table->name), &subject->name));
	TRY(job_copy(gathering->job, rows->reason, &reading->reason));
	reading->table = subject->name;
	reading->state = rows->state;
	reading->rows = rows->len;
	if (has_volatile(rows->table)) {
		TRY(copy_table(gathering->job, rows->table, &table->table));
		TRY(rows_write(job, rows, COLUMN_VOLATILE, &content));
		TRY(job_copy(gathering->job, content, &table->steady));
	}
	evidence->changed[evidence->len++] = true;
	return OK;
}

static err
evidence_open(struct job *job, struct cli_evidence *ret)
{
	*ret = (struct cli_evidence){.from_us = job_now(job)};
	TRY(NEW(job, MAX_TABLES, &ret->subjects));
	TRY(NEW(job, MAX_TABLES, &ret->readings));
	TRY(NEW(job, MAX_TABLES, &ret->tables));
	return NEW(job, MAX_TABLES, &ret->changed);
}

err
cli_evidence_collect(struct job *job, const struct collect_options *options, struct cli_evidence *ret)
{
	struct gathering gathering = {.job = job, .evidence = ret};
	TRY(evidence_open(job, ret));
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

/* Are the rows of ${old} those of the table without its volatile columns? A table whose columns changed with a new version is a changed table. */
static bool
steady_same(struct job *job, const struct cli_evidence_table *table, slice old)
{
	struct rows rows;
	slice steady;
	return table->table != NULL && rows_read(job, table->table, table->table->name, old, &rows).code == ERR_NONE &&
	       rows_write(job, &rows, COLUMN_VOLATILE, &steady).code == ERR_NONE && slice_same(steady, table->steady);
}

static err
compare_one(struct job *job, struct ledger *ledger, struct ledger_moment now, struct cli_evidence *evidence, size_t at)
{
	struct ledger_subject *subject = &evidence->subjects[at];
	struct ledger_reading *before;
	size_t len;
	slice old;
	TRY(ledger_readings(job, ledger, now, ledger_host_id(ledger), subject->name, &before, &len));
	if (len == 0)
		return OK;
	err opened = ledger_content(job, ledger, &before[0].digest, &old);
	if (opened.code == ERR_MISSING) /* erased: the table is kept anew */
		return OK;
	TRY(opened);
	if (!slice_same(old, subject->content) && !steady_same(job, &evidence->tables[at], old))
		return OK;
	subject->known = true;
	subject->digest = before[0].digest;
	subject->content = S("");
	evidence->changed[at] = false;
	return OK;
}

err
cli_evidence_compare(struct job *job, struct ledger *ledger, struct cli_evidence *evidence)
{
	struct ledger_moment now;
	TRY(ledger_moment(job, ledger, 0, &now));
	for (size_t i = 0; i < evidence->len; i++) {
		struct arena_mark mark = arena_mark(job->arena);
		TRY(compare_one(job, ledger, now, evidence, i));
		arena_rewind(job->arena, mark);
	}
	return OK;
}
