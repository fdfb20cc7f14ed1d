/*
 * How long a check held in a period, from the runs that asked it. The sum is pure; reading the runs is apart from it.
 * Deliberately does not: ask anything anew, or fill a gap with what was seen on either side of it.
 */
#include "check/check_period.h"

#include <stdlib.h>

#include "ledger/ledger_past.h"

const char *const check_period_words[] = {"pass", "fail", "not-applicable", "could-not-look", "not-observed", NULL};

static int
seen_order(const void *a, const void *b)
{
	const struct check_seen *x = a, *y = b;
	if (x->at_us != y->at_us)
		return (x->at_us > y->at_us) - (x->at_us < y->at_us);
	return (x->entry > y->entry) - (x->entry < y->entry);
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The first instant at which an answer stands no longer: another run, facts too old, or the answer withdrawn. */
static int64_t
stands_until(const struct check_seen *seen, size_t i, size_t len, struct duration max_age)
{
	int64_t until = instant_after(least(seen[i].looked_us, seen[i].at_us), max_age);
	if (i + 1 < len)
		until = least(until, seen[i + 1].at_us);
	if (seen[i].ended_us != 0)
		until = least(until, seen[i].ended_us);
	return until;
}

struct line {
	struct check_period_interval *at;
	size_t len;
	struct check_period *period;
};

static void
put(struct line *line, enum check_period_state state, int64_t from_us, int64_t to_us, uint64_t entry)
{
	if (from_us >= to_us)
		return;
	line->period->us[state] += to_us - from_us;
	if (line->len > 0 && line->at[line->len - 1].state == state)
		line->at[line->len - 1].to_us = to_us;
	else
		line->at[line->len++] = (struct check_period_interval){.state = state, .from_us = from_us, .to_us = to_us, .entry = entry};
}

static void
count_runs(const struct check_seen *seen, const struct check_period_past *past, struct check_period *ret)
{
	for (size_t i = 0; i < past->len; i++) {
		if (seen[i].at_us < past->from_us || seen[i].at_us >= past->to_us)
			continue;
		ret->first_us = ret->runs == 0 ? seen[i].at_us : ret->first_us;
		ret->last_us = seen[i].at_us;
		ret->runs++;
		ret->changes += i > 0 && seen[i].verdict != seen[i - 1].verdict;
	}
}

/* Since the first failing run behind which none passed; looking in vain proves nothing mended. */
static int64_t
failed_since(const struct check_seen *seen, const struct check_period_past *past)
{
	int64_t since = 0, to_us = past->to_us;
	for (size_t i = 0; i < past->len && seen[i].at_us < to_us; i++) {
		int64_t ended = seen[i].ended_us;
		bool withdrawn = ended != 0 && ended <= to_us && (i + 1 == past->len || seen[i + 1].at_us > ended);
		if (seen[i].verdict == LEDGER_FAIL && since == 0)
			since = seen[i].at_us;
		if (seen[i].verdict == LEDGER_PASS || seen[i].verdict == LEDGER_NOT_APPLICABLE || withdrawn)
			since = 0;
	}
	for (size_t i = 0; i < past->findings_len; i++) {
		const struct ledger_finding *finding = &past->findings[i];
		bool open = finding->first_seen_us < to_us && (finding->state == LEDGER_FINDING_OPEN || finding->ended_us >= to_us);
		if (open && (since == 0 || finding->first_seen_us < since))
			since = finding->first_seen_us;
	}
	return since;
}

err
check_period(struct job *job, const struct check_period_past *past, struct check_period *ret)
{
	struct check_seen *seen;
	struct line line = {.period = ret};
	int64_t told = past->from_us; /* everything before it is accounted for */
	size_t len = past->len;
	*ret = (struct check_period){0};
	TRY(NEW(job, len + 1, &seen));
	TRY(NEW(job, 2 * len + 2, &line.at));
	for (size_t i = 0; i < len; i++)
		seen[i] = past->seen[i];
	if (len > 0)
		qsort(seen, len, sizeof *seen, seen_order);
	for (size_t i = 0; i < len; i++) {
		int64_t from = seen[i].at_us > past->from_us ? seen[i].at_us : past->from_us;
		int64_t until = least(stands_until(seen, i, len, past->max_age), past->to_us);
		if (from >= until)
			continue;
		put(&line, PERIOD_NOT_OBSERVED, told, from, 0);
		put(&line, (enum check_period_state)seen[i].verdict, from, until, seen[i].entry);
		told = until;
	}
	put(&line, PERIOD_NOT_OBSERVED, told, past->to_us, 0);
	count_runs(seen, past, ret);
	ret->failed_since_us = failed_since(seen, past);
	ret->intervals = line.at;
	ret->intervals_len = line.len;
	return OK;
}

/* From a ledger */

struct reading_past {
	struct ledger_collected *at;
	size_t len, next; /* the first that came after the run that is being looked at */
};

/* When the facts of each run were looked at: of every table the newest collection the run had, and of those the oldest, as for a verdict. */
static err
fill_looked(struct job *job, struct ledger *ledger, struct ledger_moment at, const struct check *check, slice subject, struct check_seen *seen,
    size_t len)
{
	struct reading_past *tables;
	TRY(NEW(job, check->tables_len + 1, &tables));
	for (size_t t = 0; t < check->tables_len; t++)
		TRY(ledger_collected(job, ledger, at, subject, check->tables[t], &tables[t].at, &tables[t].len));
	for (size_t i = 0; i < len; i++)
		for (size_t t = 0; t < check->tables_len; t++) {
			struct reading_past *past = &tables[t];
			while (past->next < past->len && past->at[past->next].entry < seen[i].entry)
				past->next++;
			if (past->next > 0)
				seen[i].looked_us = least(seen[i].looked_us, past->at[past->next - 1].collected_us);
		}
	return OK;
}

static err
one_subject(struct job *job, struct ledger *ledger, const struct check_period_ask *ask, slice subject, const struct ledger_asked *asked,
    size_t len, struct check_period_subject *ret)
{
	struct check_period_past past = {.len = len, .max_age = ask->check->max_age, .from_us = ask->from_us, .to_us = ask->to_us};
	struct ledger_finding *findings;
	struct check_seen *seen;
	TRY(NEW(job, len + 1, &seen));
	for (size_t i = 0; i < len; i++)
		seen[i] = (struct check_seen){.entry = asked[i].entry,
		    .at_us = asked[i].at_us,
		    .looked_us = asked[i].at_us,
		    .ended_us = asked[i].ended_us,
		    .verdict = asked[i].verdict};
	TRY(fill_looked(job, ledger, ask->at, ask->check, subject, seen, len));
	TRY(ledger_findings(job, ledger, ask->at, LEDGER_FINDINGS_OPEN | LEDGER_FINDINGS_ENDED, ask->check->id, subject, &findings,
	    &past.findings_len));
	past.findings = findings;
	past.seen = seen;
	ret->subject = subject;
	return check_period(job, &past, &ret->period);
}

/* Those whom nobody asked are not observed all the time. */
static err
add_unasked(struct job *job, struct ledger *ledger, const struct check_period_ask *ask, struct check_period_subject *list, size_t *len)
{
	size_t asked = *len;
	for (size_t k = 0; k < ask->known_len; k++) {
		bool there = ask->only.len > 0 && !slice_same(ask->only, ask->known[k]);
		for (size_t i = 0; i < asked; i++)
			there = there || slice_same(list[i].subject, ask->known[k]);
		if (!there)
			TRY(one_subject(job, ledger, ask, ask->known[k], NULL, 0, &list[(*len)++]));
	}
	return OK;
}

err
check_period_list(struct job *job, struct ledger *ledger, const struct check_period_ask *ask, struct check_period_subject **ret, size_t *ret_len)
{
	struct ledger_asked *asked;
	size_t asked_len, len = 0;
	TRY(ledger_asked(job, ledger, ask->at, ask->only, ask->check->id, &asked, &asked_len));
	TRY(NEW(job, asked_len + ask->known_len + 1, ret));
	for (size_t from = 0, to; from < asked_len; from = to) {
		for (to = from + 1; to < asked_len && slice_same(asked[to].subject, asked[from].subject);)
			to++;
		TRY(one_subject(job, ledger, ask, asked[from].subject, &asked[from], to - from, &(*ret)[len++]));
	}
	TRY(add_unasked(job, ledger, ask, *ret, &len));
	*ret_len = len;
	return OK;
}
