/*
 * Targets query_ask_open() and query_ask_next(): no SQL crashes, writes, or goes beyond its limits; the database answers afterwards as it
 * did before.
 */
#include <stdlib.h>

#include "base/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

#define MAX_ROWS 50

static const struct column columns[] = {
    {"name", COLUMN_TEXT, COLUMN_KEY, ""}, {"legs", COLUMN_INT, 0, ""}, {"born", COLUMN_TIME, COLUMN_MAYBE, ""}};
static const struct table pet = {"pet", "", columns, 3}, host = {"host", "", columns, 1};

static void
need(bool held)
{
	if (!held)
		abort();
}

static bool
worked(err done)
{
	return done.code == ERR_NONE;
}

static void
fill(struct job *job, struct query *query)
{
	struct rows rows;
	rows_open(&rows, job, &pet);
	for (int i = 0; i < 12; i++) {
		slice name;
		need(worked(job_format(job, &name, "pet %d", i)));
		need(worked(rows_add(&rows, (struct cell[]){TEXT(name), INT(i), i % 3 == 0 ? NIL : INT(i * INT64_C(86400000000))})));
	}
	need(worked(query_table(job, query, &rows)));
	rows_open(&rows, job, &host);
	need(worked(rows_add(&rows, (struct cell[]){TEXT(S("web"))})));
	need(worked(query_table(job, query, &rows)));
	need(worked(query_lock(job, query)));
}

/* A question with parameters bound, to its end or its limit. */
static void
ask(struct job *job, struct query *query, const char *sql)
{
	struct query_ask *ask = NULL;
	const struct cell *cells;
	const bool *is_text;
	size_t rows = 0;
	bool more = true;
	if (!worked(query_ask_open(job, query, sql, &ask)))
		return;
	for (const char *const *name = query_ask_parameters(ask); *name != NULL; name++)
		if (!worked(query_ask_bind_int(job, ask, *name, 5)))
			break;
	while (more && worked(query_ask_next(job, ask, &more, &cells, &is_text)))
		rows += more;
	need(rows <= MAX_ROWS);
	query_ask_close(ask);
}

/* Nothing was written: the same sums as before. */
static void
compare(struct job *job, struct query *query)
{
	struct query_ask *ask = NULL;
	const struct cell *cells;
	const bool *is_text;
	bool more = false;
	need(worked(query_ask_open(job, query, "SELECT count(*), sum(legs), count(born), max(pet.name) FROM pet, host", &ask)));
	need(worked(query_ask_next(job, ask, &more, &cells, &is_text)));
	need(more && cells[0].number == 12 && cells[1].number == 66 && cells[2].number == 8 && slice_same(cells[3].text, S("pet 9")));
	query_ask_close(ask);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	const struct query_limits limits = {.max_steps = 5000, .max_rows = MAX_ROWS, .max_bytes = 256 * KIB};
	struct arena *arena DEFER(arena_close_at) = arena_open("fuzz", 64 * MIB);
	struct job job;
	DEFER(query_close_at) struct query *query = NULL;
	const char *sql;
	job_init(&job, arena);
	if (len > 4 * KIB || !worked(job_string(&job, slice_bytes(at, len), &sql)))
		return 0;
	need(worked(query_open(&job, &limits, &query)));
	fill(&job, query);
	ask(&job, query, sql);
	compare(&job, query);
	return 0;
}
