/*
 * What the answers mean: parts and requirements at a moment, and since when. Pure: everything was read before, nothing here asks the world.
 */
#include "check/check_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

const char *const verdict_words[] = {"met", "partly-met", "not-met", "not-applicable", "could-not-look", "unanswered", NULL};
const char *const part_state_words[] = {"pass", "fail", "not-applicable", "could-not-look", "unanswered", NULL};

#define MAX_ANSWERS 20000 /* of one part: checks × hosts */

/* What one run saw: the readings its host had by then, which newer ones must not make look fresher. */
struct run_seen {
	uint64_t entry;
	slice host;
	struct ledger_reading *readings;
	size_t len;
};

/* Everything verdicts are made of, read once. */
struct verdict_source {
	struct ledger_moment at;
	const struct checks *checks;
	struct ledger_result *results; /* newest, of every host and check */
	size_t results_len;
	struct ledger_result *history; /* every change, by check and host, oldest first */
	int64_t *ended; /* of the history, same order: when nobody answered any more (a host retired, a check not asked again), or 0 */
	size_t history_len;
	struct ledger_attestation *attestations; /* oldest first */
	size_t attestations_len;
	struct run_seen *runs; /* by entry */
	size_t runs_len;
	struct ledger_host *hosts;
	size_t hosts_len;
};

static int
result_order(const void *a, const void *b)
{
	const struct ledger_result *x = a, *y = b;
	int order = slice_order(x->check, y->check);
	if (order == 0)
		order = slice_order(x->host, y->host);
	return order != 0 ? order : (x->since_us > y->since_us) - (x->since_us < y->since_us);
}

/* The first result of ${check} in a sorted list. */
static size_t
first_of(const struct ledger_result *list, size_t len, slice check)
{
	size_t low = 0, high = len;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (slice_order(list[middle].check, check) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
run_order(const void *a, const void *b)
{
	const struct run_seen *x = a, *y = b;
	return (x->entry > y->entry) - (x->entry < y->entry);
}

static err
read_runs(struct job *job, struct ledger *ledger, struct verdict_source *source)
{
	size_t len = 0;
	TRY(NEW(job, source->results_len + 1, &source->runs));
	for (size_t i = 0; i < source->results_len; i++)
		source->runs[i] = (struct run_seen){.entry = source->results[i].entry, .host = source->results[i].host};
	if (source->results_len > 0)
		qsort(source->runs, source->results_len, sizeof *source->runs, run_order);
	for (size_t i = 0; i < source->results_len; i++)
		if (len == 0 || source->runs[len - 1].entry != source->runs[i].entry)
			source->runs[len++] = source->runs[i];
	source->runs_len = len;
	for (size_t i = 0; i < len; i++) {
		struct run_seen *run = &source->runs[i];
		struct ledger_moment then = {.size = run->entry, .now_us = source->at.now_us};
		TRY(ledger_readings(job, ledger, then, run->host, S(""), &run->readings, &run->len));
	}
	return OK;
}

static bool
stands(const struct verdict_source *source, const struct ledger_result *change)
{
	for (size_t i = first_of(source->results, source->results_len, change->check);
	     i < source->results_len && slice_same(source->results[i].check, change->check); i++)
		if (slice_same(source->results[i].host, change->host))
			return true;
	return false;
}

static err
answered_at(struct job *job, struct ledger *ledger, const struct ledger_result *change, uint64_t size, bool *ret)
{
	struct ledger_result *results;
	size_t len;
	TRY(ledger_results(job, ledger, (struct ledger_moment){.size = size}, change->host, change->check, &results, &len));
	*ret = len > 0;
	return OK;
}

/* The size of the ledger at which ${change} no longer stood; ${guess} is that of another verdict of the same host, or 0. */
static err
find_end(struct job *job, struct ledger *ledger, const struct ledger_result *change, uint64_t size, uint64_t guess, uint64_t *ret)
{
	uint64_t low = change->entry + 1, high = size;
	bool there = false, before = false;
	if (guess > low && guess <= high) {
		TRY(answered_at(job, ledger, change, guess, &there));
		TRY(answered_at(job, ledger, change, guess - 1, &before));
		if (before && !there) {
			*ret = guess;
			return OK;
		}
	}
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;
		TRY(answered_at(job, ledger, change, middle, &there));
		if (there)
			low = middle;
		else
			high = middle;
	}
	*ret = high;
	return OK;
}

/* Verdicts that stand no longer though none followed them: the history only has what followed. */
static err
read_ends(struct job *job, struct ledger *ledger, struct verdict_source *source)
{
	uint64_t end = 0;
	TRY(NEW(job, source->history_len + 1, &source->ended));
	for (size_t i = 0; i < source->history_len; i++) {
		const struct ledger_result *change = &source->history[i];
		bool last = i + 1 == source->history_len || !slice_same(change[1].check, change->check) ||
			    !slice_same(change[1].host, change->host);
		struct ledger_entry entry;
		if (!last || change->entry + 1 >= source->at.size || check_find(source->checks, change->check) == NULL ||
		    stands(source, change))
			continue;
		TRY(find_end(job, ledger, change, source->at.size, end, &end));
		TRY(ledger_entry(job, ledger, end - 1, &entry));
		source->ended[i] = entry.received_us;
	}
	return OK;
}

static size_t
keep_subjects(struct ledger_result *results, size_t len, const slice *subjects, size_t subjects_len)
{
	size_t kept = 0;
	for (size_t i = 0; i < len; i++)
		for (size_t s = 0; s < subjects_len; s++)
			if (slice_same(results[i].host, subjects[s])) {
				results[kept++] = results[i];
				break;
			}
	return kept;
}

static err
read_source(struct job *job, struct ledger *ledger, struct ledger_moment at, const struct checks *checks, const slice *subjects, size_t subjects_len,
    struct verdict_source *ret)
{
	struct ledger_host *hosts;
	size_t hosts_len;
	*ret = (struct verdict_source){.at = at, .checks = checks};
	TRY(ledger_results(job, ledger, at, S(""), S(""), &ret->results, &ret->results_len));
	TRY(ledger_result_history(job, ledger, at, S(""), S(""), &ret->history, &ret->history_len));
	if (subjects != NULL) {
		ret->results_len = keep_subjects(ret->results, ret->results_len, subjects, subjects_len);
		ret->history_len = keep_subjects(ret->history, ret->history_len, subjects, subjects_len);
	}
	TRY(ledger_attestations(job, ledger, at, S(""), &ret->attestations, &ret->attestations_len));
	TRY(ledger_hosts(job, ledger, at, &hosts, &hosts_len));
	ret->hosts = hosts;
	ret->hosts_len = hosts_len;
	if (ret->results_len > 0)
		qsort(ret->results, ret->results_len, sizeof *ret->results, result_order);
	if (ret->history_len > 0)
		qsort(ret->history, ret->history_len, sizeof *ret->history, result_order);
	TRY(read_runs(job, ledger, ret));
	return read_ends(job, ledger, ret);
}

static slice
host_name(const struct verdict_source *source, slice id)
{
	for (size_t i = 0; i < source->hosts_len; i++)
		if (slice_same(source->hosts[i].id, id))
			return source->hosts[i].name;
	return id;
}

static bool
answers(const struct check *check, const struct part *part)
{
	if (slice_same(check->severity, S("info"))) /* a hint: it neither fails nor passes a part */
		return false;
	for (size_t i = 0; i < check->answers_len; i++)
		if (slice_same(check->answers[i]->id, part->id))
			return true;
	return false;
}

/* When the facts under a result were looked at: the oldest of its tables as the run had them, and never later than the run that asked. */
static int64_t
looked_at(const struct verdict_source *source, const struct check *check, const struct ledger_result *result)
{
	const struct run_seen wanted = {.entry = result->entry};
	const struct run_seen *run =
	    source->runs_len > 0 ? bsearch(&wanted, source->runs, source->runs_len, sizeof wanted, run_order) : NULL;
	int64_t oldest = result->asked_us;
	for (size_t t = 0; run != NULL && t < check->tables_len; t++)
		for (size_t i = 0; i < run->len; i++)
			if (slice_same(run->readings[i].table, check->tables[t]) && run->readings[i].collected_us < oldest)
				oldest = run->readings[i].collected_us;
	return oldest;
}

static enum part_state
state_of(const struct check *check, enum ledger_verdict verdict)
{
	static const enum part_state states[] = {PART_PASS, PART_FAIL, PART_NOT_APPLICABLE, PART_COULD_NOT_LOOK};
	if (check->registry.len > 0 && verdict == LEDGER_NOT_APPLICABLE) /* an empty register answers nothing */
		return PART_UNANSWERED;
	return states[verdict];
}

/* A check over registers: there is no machine to name. */
static err
explain_records(struct job *job, const struct check *check, const struct ledger_result *result, slice *ret)
{
	static const char *const leads[] = {"holds by the registers", "does not hold by the registers", "the registers hold nothing it could be asked of",
	    "could not be asked of the registers"};
	return job_format(job, ret, "%s: %.*s", leads[result->verdict], SLICE(check->title));
}

static err
explain(struct job *job, const struct verdict_source *source, const struct check *check, const struct ledger_result *result, slice *ret)
{
	slice name = host_name(source, result->host), reason;
	if (check->registry.len > 0)
		return explain_records(job, check, result, ret);
	struct buf line = buf_open(job, "a reason", 64 * KIB);
	text_terminal(&line, check_text_cut(result->reason, 2000), false); /* a host's own words: they stay on their line */
	TRY(buf_end(&line, &reason));
	switch (result->verdict) {
	case LEDGER_FAIL:
		return job_format(job, ret, "does not hold on %.*s: %.*s", SLICE(name), SLICE(check->title));
	case LEDGER_COULD_NOT_LOOK:
		return job_format(job, ret, "could not look on %.*s (%.*s): %.*s", SLICE(name), SLICE(check->title), SLICE(reason));
	case LEDGER_NOT_APPLICABLE:
		return job_format(job, ret, "does not apply to %.*s: %.*s", SLICE(name), SLICE(check->title));
	case LEDGER_PASS:
	default:
		return job_format(job, ret, "holds on %.*s: %.*s", SLICE(name), SLICE(check->title));
	}
}

static err
answer_of(struct job *job, const struct verdict_source *source, const struct check *check, const struct ledger_result *result,
    struct part_answer *ret)
{
	*ret = (struct part_answer){
	    .check = check, .host = result->host, .state = state_of(check, result->verdict), .since_us = result->since_us, .entry = result->entry};
	int64_t looked = looked_at(source, check, result), stale = instant_after(looked, check->max_age);
	if (stale >= source->at.now_us)
		return explain(job, source, check, result, &ret->because);
	/* What goes stale does so because the instant moved, not because something was written. */
	ret->state = PART_COULD_NOT_LOOK;
	ret->since_us = stale;
	return job_format(job, &ret->because, "%.*s was last looked at on %s, which is too old to judge: %.*s",
	    SLICE(host_name(source, result->host)), instant_day(looked).at, SLICE(check->title));
}

static const struct ledger_attestation *
attestation_of(const struct verdict_source *source, const struct part *part, int64_t at_us)
{
	const struct ledger_attestation *newest = NULL;
	for (size_t i = 0; i < source->attestations_len; i++)
		if (slice_same(source->attestations[i].part, part->id) && source->attestations[i].made_us <= at_us)
			newest = &source->attestations[i];
	return newest;
}

static err
attested(struct job *job, const struct verdict_source *source, const struct part *part, struct part_answer *answer, size_t *len)
{
	const struct ledger_attestation *attestation =
	    part->basis == BASIS_ATTESTED ? attestation_of(source, part, source->at.now_us) : NULL;
	if (attestation == NULL)
		return OK;
	bool stands = attestation->until_us >= source->at.now_us;
	*answer = (struct part_answer){.attestation = attestation,
	    .state = stands ? PART_PASS : PART_UNANSWERED,
	    .since_us = stands ? attestation->made_us : attestation->until_us,
	    .entry = attestation->entry};
	++*len;
	return job_format(job, &answer->because, stands ? "attested until %s: %.*s" : "the attestation ended on %s: %.*s",
	    instant_day(attestation->until_us).at, SLICE(attestation->says));
}

/* Any fail fails; else any could-not-look; else one pass is enough; else not applicable when all are; else unanswered. */
static enum part_state
roll_up(const size_t counts[5])
{
	static const enum part_state order[] = {PART_FAIL, PART_COULD_NOT_LOOK, PART_PASS, PART_NOT_APPLICABLE};
	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
		if (counts[order[i]] > 0)
			return order[i];
	return PART_UNANSWERED;
}

static err
part_because(struct job *job, struct part_verdict *verdict, const size_t counts[5])
{
	for (size_t i = 0; i < verdict->answers_len; i++)
		if (verdict->answers[i].state == verdict->state) {
			size_t more = counts[verdict->state] - 1;
			if (more == 0)
				return job_copy(job, verdict->answers[i].because, &verdict->because);
			return job_format(job, &verdict->because, "%.*s (and %zu more)", SLICE(verdict->answers[i].because), more);
		}
	static const char *const wanting[] = {
	    "nobody has attested it yet", "no register answers it yet", "no machine answers it yet", "it was not tried yet"};
	verdict->because = slice_of(wanting[verdict->part->basis]);
	return OK;
}

static err
part_verdict(
    struct job *job, const struct verdict_source *source, const struct part *part, struct part_answer *room, struct part_verdict *ret)
{
	size_t len = 0, counts[5] = {0};
	struct part_answer *kept;
	*ret = (struct part_verdict){.part = part};
	for (size_t c = 0; c < source->checks->len; c++) {
		const struct check *check = &source->checks->at[c];
		if (!answers(check, part))
			continue;
		for (size_t i = first_of(source->results, source->results_len, check->id);
		     i < source->results_len && slice_same(source->results[i].check, check->id); i++) {
			if (len == MAX_ANSWERS)
				return err_set(job, ERR_LIMIT, "%.*s: at most %d answers make a part", SLICE(part->id), MAX_ANSWERS);
			TRY(answer_of(job, source, check, &source->results[i], &room[len++]));
		}
	}
	TRY(attested(job, source, part, &room[len], &len));
	TRY(NEW(job, len + 1, &kept));
	for (size_t i = 0; i < len; i++) {
		kept[i] = room[i];
		counts[room[i].state]++;
	}
	ret->answers = kept;
	ret->answers_len = len;
	ret->state = roll_up(counts);
	return part_because(job, ret, counts);
}

static enum verdict
requirement_roll_up(const size_t counts[5], size_t parts)
{
	if (counts[PART_FAIL] > 0)
		return VERDICT_NOT_MET;
	if (counts[PART_COULD_NOT_LOOK] > 0)
		return VERDICT_COULD_NOT_LOOK;
	if (counts[PART_NOT_APPLICABLE] == parts)
		return VERDICT_NOT_APPLICABLE;
	if (counts[PART_UNANSWERED] == 0)
		return VERDICT_MET;
	return counts[PART_PASS] > 0 ? VERDICT_PARTLY_MET : VERDICT_UNANSWERED;
}

static err
requirement_because(struct job *job, struct requirement_verdict *verdict, const size_t counts[5])
{
	enum part_state telling = verdict->verdict == VERDICT_NOT_MET ? PART_FAIL : PART_COULD_NOT_LOOK;
	size_t parts = verdict->requirement->parts_len;
	if (verdict->verdict == VERDICT_MET) {
		verdict->because = parts == 1 ? verdict->parts[0].because : S("every part passes on the basis it asks for");
		return OK;
	}
	if (verdict->verdict == VERDICT_NOT_APPLICABLE) {
		verdict->because = S("nothing it is about is here");
		return OK;
	}
	if (verdict->verdict == VERDICT_UNANSWERED)
		return job_format(job, &verdict->because,
		    parts == 1 ? "its one part: %.*s" : "none of its parts is answered; the first: %.*s", SLICE(verdict->parts[0].because));
	if (verdict->verdict == VERDICT_PARTLY_MET)
		return job_format(job, &verdict->because, "%zu of %zu parts pass, %zu not answered yet", counts[PART_PASS], parts,
		    counts[PART_UNANSWERED]);
	for (size_t i = 0; i < parts; i++)
		if (verdict->parts[i].state == telling)
			return job_format(
			    job, &verdict->because, "%.*s %.*s", SLICE(verdict->parts[i].part->id), SLICE(verdict->parts[i].because));
	return OK;
}

/* ---- the past of one requirement: the same rules over what stood at an instant ---- */

static void
count_states_then(const struct verdict_source *source, const struct check *check, int64_t at_us, size_t counts[5])
{
	for (size_t i = first_of(source->history, source->history_len, check->id);
	     i < source->history_len && slice_same(source->history[i].check, check->id);) {
		const struct ledger_result *standing = NULL;
		slice host = source->history[i].host;
		for (; i < source->history_len && slice_same(source->history[i].check, check->id) &&
		       slice_same(source->history[i].host, host);
		     i++)
			if (source->history[i].since_us <= at_us)
				standing = source->ended[i] == 0 || at_us < source->ended[i] ? &source->history[i] : NULL;
		if (standing != NULL)
			counts[state_of(check, standing->verdict)]++;
	}
}

static enum part_state
part_state_then(const struct verdict_source *source, const struct part *part, int64_t at_us)
{
	size_t counts[5] = {0};
	for (size_t c = 0; c < source->checks->len; c++)
		if (answers(&source->checks->at[c], part))
			count_states_then(source, &source->checks->at[c], at_us, counts);
	const struct ledger_attestation *attestation = part->basis == BASIS_ATTESTED ? attestation_of(source, part, at_us) : NULL;
	if (attestation != NULL)
		counts[attestation->until_us >= at_us ? PART_PASS : PART_UNANSWERED]++;
	return roll_up(counts);
}

static enum verdict
verdict_then(const struct verdict_source *source, const struct requirement *requirement, int64_t at_us)
{
	size_t counts[5] = {0};
	for (size_t i = 0; i < requirement->parts_len; i++)
		counts[part_state_then(source, &requirement->parts[i], at_us)]++;
	return requirement_roll_up(counts, requirement->parts_len);
}

static int
time_order(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static void
add_instants(int64_t *instants, size_t *len, const struct verdict_source *source, size_t at)
{
	instants[(*len)++] = source->history[at].since_us;
	if (source->ended[at] != 0)
		instants[(*len)++] = source->ended[at];
}

/* The instants at which ${requirement} may have changed, ascending, each once. */
static err
instants_of(struct job *job, const struct verdict_source *source, const struct requirement *requirement, int64_t **ret, size_t *ret_len)
{
	size_t len = 0, kept = 0;
	TRY(NEW(job, 2 * (source->history_len + source->attestations_len) * requirement->parts_len + 1, ret));
	for (size_t p = 0; p < requirement->parts_len; p++) {
		const struct part *part = &requirement->parts[p];
		for (size_t c = 0; c < source->checks->len; c++) {
			const struct check *check = &source->checks->at[c];
			if (!answers(check, part))
				continue;
			for (size_t i = first_of(source->history, source->history_len, check->id);
			     i < source->history_len && slice_same(source->history[i].check, check->id); i++)
				add_instants(*ret, &len, source, i);
		}
		for (size_t i = 0; i < source->attestations_len; i++)
			if (slice_same(source->attestations[i].part, part->id)) {
				(*ret)[len++] = source->attestations[i].made_us;
				(*ret)[len++] = source->attestations[i].until_us + 1;
			}
	}
	if (len > 0)
		qsort(*ret, len, sizeof **ret, time_order);
	for (size_t i = 0; i < len; i++)
		if ((*ret)[i] <= source->at.now_us && (kept == 0 || (*ret)[kept - 1] != (*ret)[i]))
			(*ret)[kept++] = (*ret)[i];
	*ret_len = kept;
	return OK;
}

static err
find_since(struct job *job, const struct verdict_source *source, struct requirement_verdict *verdict)
{
	int64_t *instants;
	size_t len;
	/* Stale answers are not in the history: the verdict stands since the first of them went stale. */
	if (verdict->verdict == VERDICT_COULD_NOT_LOOK &&
	    verdict_then(source, verdict->requirement, source->at.now_us) != VERDICT_COULD_NOT_LOOK) {
		for (size_t p = 0; p < verdict->requirement->parts_len; p++)
			for (size_t i = 0; i < verdict->parts[p].answers_len; i++) {
				const struct part_answer *answer = &verdict->parts[p].answers[i];
				if (answer->state == PART_COULD_NOT_LOOK &&
				    (verdict->since_us == 0 || answer->since_us < verdict->since_us))
					verdict->since_us = answer->since_us;
			}
		return OK;
	}
	TRY(instants_of(job, source, verdict->requirement, &instants, &len));
	for (size_t i = len; i > 0; i--) {
		if (verdict_then(source, verdict->requirement, instants[i - 1]) != verdict->verdict)
			return OK;
		verdict->since_us = instants[i - 1];
	}
	if (verdict->verdict == VERDICT_UNANSWERED)
		verdict->since_us = 0;
	return OK;
}

static err
requirement_verdict(struct job *job, const struct verdict_source *source, const struct requirement *requirement, struct part_answer *room,
    struct requirement_verdict *ret)
{
	size_t counts[5] = {0};
	*ret = (struct requirement_verdict){.requirement = requirement};
	TRY(NEW(job, requirement->parts_len + 1, &ret->parts));
	for (size_t i = 0; i < requirement->parts_len; i++) {
		TRY(part_verdict(job, source, &requirement->parts[i], room, &ret->parts[i]));
		counts[ret->parts[i].state]++;
	}
	ret->verdict = requirement_roll_up(counts, requirement->parts_len);
	TRY(requirement_because(job, ret, counts));
	return find_since(job, source, ret);
}

err
check_verdicts(struct job *job, struct ledger *ledger, struct ledger_moment at, const struct catalogue *catalogue,
    const struct checks *checks, struct requirement_verdict **ret, size_t *ret_len)
{
	return check_verdicts_of(job, ledger, at, catalogue, checks, NULL, 0, ret, ret_len);
}

err
check_verdicts_of(struct job *job, struct ledger *ledger, struct ledger_moment at, const struct catalogue *catalogue, const struct checks *checks,
    const slice *subjects, size_t subjects_len, struct requirement_verdict **ret, size_t *ret_len)
{
	struct verdict_source source;
	struct part_answer *room;
	size_t len = 0;
	TRY(read_source(job, ledger, at, checks, subjects, subjects_len, &source));
	TRY(NEW(job, MAX_ANSWERS + 1, &room));
	TRY(NEW(job, catalogue->requirements + 1, ret));
	for (size_t f = 0; f < catalogue->len; f++)
		for (size_t r = 0; r < catalogue->frameworks[f].len; r++)
			TRY(requirement_verdict(job, &source, &catalogue->frameworks[f].requirements[r], room, &(*ret)[len++]));
	*ret_len = len;
	return OK;
}

err
check_verdict_history(struct job *job, struct ledger *ledger, struct ledger_moment at, const struct requirement *requirement,
    const struct checks *checks, struct verdict_change **ret, size_t *ret_len)
{
	struct verdict_source source;
	int64_t *instants;
	size_t len, changes = 0;
	TRY(read_source(job, ledger, at, checks, NULL, 0, &source));
	TRY(instants_of(job, &source, requirement, &instants, &len));
	TRY(NEW(job, len + 1, ret));
	for (size_t i = 0; i < len; i++) {
		enum verdict verdict = verdict_then(&source, requirement, instants[i]);
		if (changes == 0 || (*ret)[changes - 1].verdict != verdict)
			(*ret)[changes++] = (struct verdict_change){.at_us = instants[i], .verdict = verdict};
	}
	*ret_len = changes;
	return OK;
}
