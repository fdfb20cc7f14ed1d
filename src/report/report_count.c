/*
 * The sums both forms of the report use.
 * Deliberately does not: judge; it counts what it is given, and fails on a word it does not know instead of leaving it out.
 */
#include "report/report_count.h"

#include <stdlib.h>

static const char *const functions[REPORT_FUNCTIONS] = {"govern", "identify", "protect", "detect", "respond", "recover", NULL};
static const char *const function_titles[REPORT_FUNCTIONS] = {"Govern", "Identify", "Protect", "Detect", "Respond", "Recover", "Other"};
static const char *const basis_titles[REPORT_BASES] = {
    "Exercised: it was tried", "Observed: a machine looked", "Recorded: a register holds it", "Attested: a named person says so"};

static void
row_add(struct report_row *row, enum report_verdict verdict)
{
	row->total++;
	row->of[verdict]++;
}

static unsigned
function_of(slice word)
{
	unsigned i = 0;
	while (functions[i] != NULL && !slice_same(word, slice_of(functions[i])))
		i++;
	return i;
}

static struct report_row *
framework_row(struct report_count *count, const struct framework *framework)
{
	for (size_t i = 0; i < count->frameworks_len; i++)
		if (count->frameworks[i].framework == framework)
			return &count->frameworks[i];
	struct report_row *row = &count->frameworks[count->frameworks_len++];
	*row = (struct report_row){.framework = framework, .title = framework->title};
	return row;
}

static err
count_requirement(struct job *job, const struct report_requirement *one, struct report_count *count)
{
	enum report_verdict verdict, state;
	TRY(report_word_verdict(job, one->verdict, &verdict));
	row_add(&count->all, verdict);
	row_add(framework_row(count, one->requirement->framework), verdict);
	row_add(&count->functions[function_of(one->requirement->function)], verdict);
	for (size_t i = 0; i < one->requirement->parts_len; i++) {
		TRY(report_word_state(job, one->parts[i].state, &state));
		row_add(&count->bases[REPORT_BASES - 1 - one->parts[i].part->basis], state);
		count->parts++;
	}
	return OK;
}

/* ---- change over time ---- */

struct standing { /* of one host */
	slice host;
	size_t open;
	size_t last; /* its last run + 1 when the host is retired: nothing of it is open afterwards */
};

static int
by_host(const void *a, const void *b)
{
	const struct standing *x = a, *y = b;
	return slice_order(x->host, y->host);
}

static struct standing *
standing_of(struct standing *list, size_t len, slice host)
{
	struct standing key = {.host = host};
	return bsearch(&key, list, len, sizeof *list, by_host);
}

static bool
retired(const struct report *report, slice host)
{
	for (size_t i = 0; i < report->hosts_len; i++)
		if (slice_same(report->hosts[i].id, host))
			return report->hosts[i].state == LEDGER_HOST_RETIRED;
	return false;
}

/* One for every host that a run names. */
static err
standings(struct job *job, const struct report *report, struct standing **ret, size_t *ret_len)
{
	struct standing *list;
	size_t len = 0;
	TRY(NEW(job, report->runs_len + 1, &list));
	for (size_t i = 0; i < report->runs_len; i++)
		list[i].host = report->runs[i].host;
	if (report->runs_len > 0)
		qsort(list, report->runs_len, sizeof *list, by_host);
	for (size_t i = 0; i < report->runs_len; i++)
		if (len == 0 || !slice_same(list[len - 1].host, list[i].host))
			list[len++] = list[i];
	for (size_t i = 0; i < report->runs_len; i++) {
		struct standing *one = standing_of(list, len, report->runs[i].host);
		one->last = i + 1;
	}
	for (size_t i = 0; i < len; i++)
		if (!retired(report, list[i].host))
			list[i].last = 0;
	*ret = list;
	*ret_len = len;
	return OK;
}

static int64_t
while_of(int64_t at_us, int64_t length_us)
{
	return at_us / length_us - (at_us % length_us < 0);
}

/* How long a while must be so that all runs fit into REPORT_MOMENTS of them; 0 = each run is one. */
static int64_t
while_length(const struct report *report)
{
	static const int64_t lengths[] = {
	    3600 * SECOND_US, 6 * 3600 * SECOND_US, DAY_US, 7 * DAY_US, 28 * DAY_US, 91 * DAY_US, 364 * DAY_US, 3640 * DAY_US};
	if (report->runs_len <= REPORT_MOMENTS)
		return 0;
	for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
		size_t whiles = 0;
		for (size_t i = 0; i < report->runs_len; i++)
			if (i == 0 || while_of(report->runs[i].at_us, lengths[l]) != while_of(report->runs[i - 1].at_us, lengths[l]))
				whiles++;
		if (whiles <= REPORT_MOMENTS)
			return lengths[l];
	}
	return INT64_MAX;
}

static err
count_moments(struct job *job, const struct report *report, struct report_count *count)
{
	struct standing *hosts;
	size_t hosts_len, open = 0;
	int64_t length = while_length(report);
	TRY(standings(job, report, &hosts, &hosts_len));
	TRY(NEW(job, REPORT_MOMENTS + 1, &count->moments));
	for (size_t i = 0; i < report->runs_len; i++) {
		const struct ledger_run_row *run = &report->runs[i];
		struct standing *host = standing_of(hosts, hosts_len, run->host);
		bool next = i == 0 || length == 0 || while_of(run->at_us, length) != while_of(report->runs[i - 1].at_us, length);
		if (next && count->moments_len < REPORT_MOMENTS) /* clocks that jump make no more of them */
			count->moments[count->moments_len++] = (struct report_moment){0};
		struct report_moment *moment = &count->moments[count->moments_len - 1];
		open += run->open - host->open;
		host->open = run->open;
		moment->at_us = run->at_us;
		moment->open = open;
		moment->found += run->found;
		moment->gone += run->gone;
		moment->runs++;
		if (host->last == i + 1) {
			open -= host->open;
			host->open = 0;
		}
	}
	return OK;
}

static void
count_rest(const struct report *report, struct report_count *count)
{
	for (size_t i = 0; i < report->checks_len; i++) {
		count->findings += report->checks[i].findings_len;
		count->severities[report_word_severity(report->checks[i].severity)] += report->checks[i].findings_len;
	}
	for (size_t i = 0; i < report->readings_len; i++) {
		count->tables++;
		count->unread += report->readings[i].state == READING_COULD_NOT_LOOK;
	}
	for (size_t i = 0; i < report->hosts_len; i++) {
		count->accepted += report->hosts[i].state == LEDGER_HOST_ACCEPTED;
		count->pending += report->hosts[i].state == LEDGER_HOST_PENDING;
	}
}

err
report_count(struct job *job, const struct report *report, struct report_count *ret)
{
	struct report_count count = {.all.title = S("All requirements")};
	for (unsigned i = 0; i < REPORT_FUNCTIONS; i++)
		count.functions[i].title = slice_of(function_titles[i]);
	for (unsigned i = 0; i < REPORT_BASES; i++)
		count.bases[i].title = slice_of(basis_titles[i]);
	TRY(NEW(job, report->requirements_len + 1, &count.frameworks));
	for (size_t i = 0; i < report->requirements_len; i++)
		TRY(count_requirement(job, &report->requirements[i], &count));
	count_rest(report, &count);
	TRY(count_moments(job, report, &count));
	*ret = count;
	return OK;
}
