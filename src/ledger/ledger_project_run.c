/*
 * A check run becomes rows: verdicts where they changed, findings that came, changed or went, and the run's counts.
 * Deliberately does not: decide what is new or gone; the run's signed content says so.
 */
#include "ledger/ledger_project.h"

#include <stdlib.h>

static err
verdict_project(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, const struct ledger_run_form *form,
    int64_t host, int64_t check, const struct ledger_run_result *result)
{
	sqlite3_stmt *stmt;
	slice reason;
	int64_t since_us = form->at_us;
	bool row, fresh = true;
	TRY(ledger_project_ask(job, projector, VERDICT_NOW, SQL_WITH(SQL_I(host), SQL_I(check)), &stmt, &row));
	if (row) {
		bool same = ledger_sql_int(stmt, 0) == (int64_t)result->verdict;
		int64_t was_since_us = ledger_sql_int(stmt, 2);
		TRY(ledger_sql_text(job, stmt, 1, &reason));
		(void)sqlite3_reset(stmt);
		if (same && slice_same(reason, result->reason))
			return OK;
		if (same) { /* only the reason is another: the verdict has stood since then */
			since_us = was_since_us;
			fresh = false;
		}
		TRY(ledger_project_do(job, projector, VERDICT_END, SQL_WITH(SQL_I(host), SQL_I(check), SQL_I(item->index))));
	}
	return ledger_project_do(job, projector, VERDICT_PUT,
	    SQL_WITH(SQL_I(host), SQL_I(check), SQL_I(item->index), SQL_I(result->verdict), SQL_T(result->reason), SQL_I(since_us),
		SQL_I(fresh)));
}

static int
order_numbers(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* A whole run that does not ask a check any more: its verdict ends. */
static err
verdicts_end(
    struct job *job, struct ledger_projector *projector, const struct ledger_item *item, int64_t host, const int64_t *checks, size_t len)
{
	sqlite3_stmt *stmt;
	int64_t *sorted, *dropped;
	size_t dropped_len = 0, dropped_room = 16;
	bool row;
	TRY(NEW(job, len + 1, &sorted));
	for (size_t i = 0; i < len; i++)
		sorted[i] = checks[i];
	qsort(sorted, len, sizeof *sorted, order_numbers);
	TRY(NEW(job, dropped_room, &dropped));
	TRY(ledger_project_ask(job, projector, VERDICT_ALL, SQL_WITH(SQL_I(host)), &stmt, &row));
	while (row && dropped_len < dropped_room) {
		int64_t check = ledger_sql_int(stmt, 0);
		if (bsearch(&check, sorted, len, sizeof *sorted, order_numbers) == NULL)
			dropped[dropped_len++] = check;
		TRY(ledger_sql_step(job, stmt, &row));
	}
	(void)sqlite3_reset(stmt);
	for (size_t i = 0; i < dropped_len; i++)
		TRY(ledger_project_do(job, projector, VERDICT_END, SQL_WITH(SQL_I(host), SQL_I(dropped[i]), SQL_I(item->index))));
	return dropped_len == dropped_room ? verdicts_end(job, projector, item, host, checks, len) : OK;
}

static err
finding_put(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, int64_t host,
    const struct ledger_run_finding *finding, int64_t found, int64_t first_us)
{
	int64_t check;
	TRY(ledger_project_word(job, projector, finding->check, &check));
	return ledger_project_do(job, projector, FINDING_PUT,
	    SQL_WITH(SQL_T(finding->id), SQL_I(item->index), SQL_I(check), SQL_I(host), SQL_T(finding->severity), SQL_T(finding->says),
		SQL_T(finding->key), SQL_T(finding->row), SQL_I(found), SQL_I(first_us)));
}

/* The same finding said anew keeps when and by which run it was first found. */
static err
finding_change(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, const struct ledger_run_form *form,
    int64_t host, const struct ledger_run_finding *finding)
{
	sqlite3_stmt *stmt;
	int64_t first_us = form->at_us, found = (int64_t)item->index;
	bool row;
	TRY(ledger_project_ask(job, projector, FINDING_NOW, SQL_WITH(SQL_T(finding->id), SQL_I(host)), &stmt, &row));
	if (row) {
		first_us = ledger_sql_int(stmt, 0);
		found = ledger_sql_int(stmt, 1);
		(void)sqlite3_reset(stmt);
	}
	TRY(ledger_project_do(job, projector, FINDING_END,
	    SQL_WITH(SQL_T(finding->id), SQL_I(item->index), SQL_I(PROJECT_CHANGED), SQL_I(form->at_us), SQL_I(host))));
	return finding_put(job, projector, item, host, finding, found, first_us);
}

static err
findings_project(
    struct job *job, struct ledger_projector *projector, const struct ledger_item *item, const struct ledger_run_form *form, int64_t host)
{
	for (size_t i = 0; i < form->gone_len; i++)
		TRY(ledger_project_do(job, projector, FINDING_END,
		    SQL_WITH(SQL_T(form->gone[i]), SQL_I(item->index), SQL_I(PROJECT_GONE), SQL_I(form->at_us), SQL_I(host))));
	for (size_t i = 0; i < form->changed_len; i++)
		TRY(finding_change(job, projector, item, form, host, &form->changed[i]));
	for (size_t i = 0; i < form->found_len; i++)
		TRY(finding_put(job, projector, item, host, &form->found[i], (int64_t)item->index, form->at_us));
	return OK;
}

err
ledger_project_run(struct job *job, struct ledger_projector *projector, const struct ledger_item *item, const struct ledger_run_form *form,
    int64_t *ret_round)
{
	size_t counts[LEDGER_COULD_NOT_LOOK + 1] = {0};
	int64_t host, *checks;
	TRY(ledger_project_word(job, projector, form->host, &host));
	TRY(NEW(job, form->results_len + 1, &checks));
	for (size_t i = 0; i < form->results_len; i++) {
		struct arena_mark mark = arena_mark(job->arena);
		counts[form->results[i].verdict]++;
		TRY(ledger_project_word(job, projector, form->results[i].check, &checks[i]));
		TRY(verdict_project(job, projector, item, form, host, checks[i], &form->results[i]));
		arena_rewind(job->arena, mark);
	}
	if (!form->partial)
		TRY(verdicts_end(job, projector, item, host, checks, form->results_len));
	TRY(findings_project(job, projector, item, form, host));
	TRY(ledger_project_do(job, projector, RUN_PUT,
	    SQL_WITH(SQL_I(item->index), SQL_I(host), SQL_I(form->at_us), SQL_D(&form->content), SQL_I(counts[LEDGER_PASS]),
		SQL_I(counts[LEDGER_FAIL]), SQL_I(counts[LEDGER_NOT_APPLICABLE]), SQL_I(counts[LEDGER_COULD_NOT_LOOK]),
		SQL_I(form->found_len), SQL_I(form->gone_len))));
	return ledger_project_round(job, projector, LEDGER_RUN, host, checks, form->results_len, ret_round);
}
