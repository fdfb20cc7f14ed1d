/*
 * Runs the collectors: one after the other, each over its own memory, each table ending read, absent or could-not-look.
 * Knows nothing of any source and never keeps rows: they are handed to the sink and forgotten.
 */
#include "collect/collect.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect/collect_owner.h"
#include "collect/collect_schema.h"

/* Of one collector; the largest known is a host of 100,000 files without a package at some 40 MiB. */
#define COLLECT_CEILING (256 * MIB)

struct rows *
collect_rows(struct collect *collect, const struct table *table)
{
	for (size_t i = 0; i < collect->rows_len; i++)
		if (collect->rows[i].table == table)
			return &collect->rows[i];
	return NULL;
}

/* End a table with a state and a sentence. */
__attribute__((format(printf, 4, 0))) static void
collect_end(struct collect *collect, const struct table *table, enum reading_state state, const char *format, va_list list)
{
	struct rows *rows = collect_rows(collect, table);
	if (rows == NULL)
		return;
	char text[1024] = "";
	int len = vsnprintf(text, sizeof text, format, list);
	slice reason = S("the reason could not be written down");
	for (size_t i = 0; i < sizeof text && text[i] != '\0'; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == '\x7f')
			text[i] = '?';
	if (len > 0)
		reason = slice_bytes(text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1);
	rows->state = state;
	rows->len = 0;
	if (job_copy(rows->job, reason, &rows->reason).code != ERR_NONE)
		rows->reason = S("no memory was left for the reason");
}

void
collect_absent(struct collect *collect, const struct table *table, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	collect_end(collect, table, READING_ABSENT, format, list);
	va_end(list);
}

void
collect_unseen(struct collect *collect, const struct table *table, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	collect_end(collect, table, READING_COULD_NOT_LOOK, format, list);
	va_end(list);
}

/* Where tables go. */
struct collect_out {
	struct job *job; /* of the whole run: it has the sink's sentence */
	collect_sink sink;
	void *to;
	const char *only; /* table, or NULL */
	const struct collector *collector;
	err failed; /* the sink's failure, which is the run's */
};

err
collect_give(struct collect *collect, struct rows *rows)
{
	struct collect_out *out = collect->out;
	if (out->only != NULL && strcmp(rows->table->name, out->only) != 0)
		return OK;
	rows_sort(rows);
	err given = out->sink(out->job, out->to, out->collector, rows);
	if (given.code != ERR_NONE)
		out->failed = given;
	return given;
}

/* Run one collector over ${arena} and hand its tables over. */
static err
collect_one(struct arena *arena, struct collect *collect)
{
	struct collect_out *out = collect->out;
	const struct collector *collector = out->collector;
	struct job inner;
	job_init(&inner, arena);
	inner.actor = out->job->actor;
	inner.now_us = out->job->now_us;
	size_t len = 0;
	while (collector->tables[len] != NULL)
		len++;
	struct rows *rows;
	if (NEW(&inner, len, &rows).code != ERR_NONE)
		return err_set(out->job, ERR_LIMIT, "%s", inner.why);
	for (size_t i = 0; i < len; i++)
		rows_open(&rows[i], &inner, collector->tables[i]);
	collect->rows = rows;
	collect->rows_len = len;
	bool failed = collector->run(&inner, collect).code != ERR_NONE;
	TRY(out->failed);
	for (size_t i = 0; i < len; i++) {
		if (failed && rows[i].state == READING_READ)
			collect_unseen(collect, rows[i].table, "%s", inner.why);
		TRY(collect_give(collect, &rows[i]));
	}
	return OK;
}

static bool
collect_fills(const struct collector *collector, const char *only)
{
	if (only == NULL || collector->open)
		return true;
	for (size_t i = 0; collector->tables[i] != NULL; i++)
		if (strcmp(collector->tables[i]->name, only) == 0)
			return true;
	return false;
}

/* Letters that must be changed to make ${b} of ${a}; names are short. */
static size_t
collect_distance(slice a, slice b)
{
	size_t row[65];
	if (a.len > 64 || b.len > 64)
		return 64;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t corner = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t change = corner + (a.at[i - 1] == b.at[j - 1] ? 0 : 1);
			size_t both = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			corner = row[j];
			row[j] = change < both ? change : both;
		}
	}
	return row[b.len];
}

/* Is ${only} a table of a collector or one that the organisation declares? */
static err
collect_known(struct job *job, const struct collect_options *options)
{
	slice only = slice_of(options->only_table);
	if (options->only_table == NULL || collect_schema_find(only) != NULL)
		return OK;
	struct dropin *dropin = NULL;
	size_t len = 0;
	TRY(collect_schema_dropins(job, options->source_dir, &dropin, &len));
	const char *nearest = "";
	size_t best = SIZE_MAX;
	for (size_t i = 0; i < len; i++) {
		size_t distance = collect_distance(only, slice_of(dropin[i].table.name));
		if (distance == 0)
			return OK;
		if (distance < best)
			best = distance, nearest = dropin[i].table.name;
	}
	for (const struct table *const *table = collect_schema(); *table != NULL; table++) {
		size_t distance = collect_distance(only, slice_of((*table)->name));
		if (distance < best)
			best = distance, nearest = (*table)->name;
	}
	return err_set(job, ERR_INPUT, "the fact table \"%s\" is not known; the nearest name is \"%s\"", options->only_table, nearest);
}

static void
collect_close(struct collect *collect)
{
	collect_owner_close(collect->owner);
	fs_root_close(&collect->root);
}

err
collect_run(struct job *job, const struct collect_options *options, collect_sink sink, void *to)
{
	TRY(collect_known(job, options));
	const char *root = options->root == NULL ? "/" : options->root;
	bool live = strcmp(root, "/") == 0;
	DEFER(arena_close_at) struct arena *arena = arena_open("collector", COLLECT_CEILING);
	if (arena == NULL)
		return err_set(job, ERR_LIMIT, "the system has no memory for the collectors");
	DEFER(collect_close)
	struct collect collect = {.root = {.fd = -1},
	    .live = live,
	    .privileged = live && geteuid() == 0,
	    .cache_dir = options->cache_dir,
	    .facts_dir = options->facts_dir,
	    .source_dir = options->source_dir};
	struct collect_out out = {.job = job, .sink = sink, .to = to, .only = options->only_table};
	collect.out = &out;
	TRY(fs_root_open(job, root, &collect.root));
	uint64_t total = 0;
	while (collect_index[total] != NULL)
		total++;
	for (uint64_t i = 0; i < total; i++) {
		job_progress(job, "collect", i, total);
		out.collector = collect_index[i];
		if (!collect_fills(out.collector, options->only_table))
			continue;
		arena_reset(arena);
		TRY(collect_one(arena, &collect));
	}
	job_progress(job, "collect", total, total);
	return OK;
}
