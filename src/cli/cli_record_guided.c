/*
 * assay REGISTER assess --guided: proposals one by one, with questions that can be skipped.
 * Deliberately reads lines and nothing else: a terminal and a file of answers are the same to it.
 */
#include "cli/cli_record_assess.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "registry/registry_view.h"

#define MAX_LINE 4096
#define ROUNDS 4 /* how often what is missing is asked for */

enum answer { SKIP, STOP, TEXT_GIVEN };

struct guide {
	struct cli_assess *a;
	char line[MAX_LINE];
	size_t added, rejected, skipped;
	bool stopped;
};

/* The store is shared: it is held while something is written, never while a person thinks. */

static void
let_go(struct guide *g)
{
	ledger_close(g->a->open.ledger);
	g->a->open.ledger = NULL;
	g->a->open.registry->ledger = NULL;
}

/* What others did meanwhile counts. */
static err
take_up(struct job *job, struct guide *g)
{
	struct cli_record *open = &g->a->open;
	TRY(cli_ledger(job, g->a->cli, &open->ledger));
	open->registry->ledger = open->ledger;
	TRY(registry_view_refresh(job, open->registry));
	TRY(ledger_moment(job, open->ledger, 0, &open->now));
	TRY(registry_access_open_mine(job, open->registry, &open->access));
	open->registry->access = open->access;
	return OK;
}

/* Asking */

static enum answer
read_line(struct guide *g, slice *ret)
{
	if (fgets(g->line, sizeof g->line, stdin) == NULL) {
		g->stopped = true;
		return STOP;
	}
	if (strchr(g->line, '\n') == NULL) /* the rest of a line that is too long is no answer to the next question */
		for (int byte = getchar(); byte != '\n' && byte != EOF; byte = getchar())
			;
	*ret = slice_trim(slice_of(g->line));
	if (slice_same(*ret, S("q"))) {
		g->stopped = true;
		return STOP;
	}
	return ret->len == 0 ? SKIP : TEXT_GIVEN;
}

static void
explain(struct job *job, const struct guide *g, const struct registry_field *field)
{
	const struct cli *cli = g->a->cli;
	cli_say(cli, job, "  %.*s", SLICE(field->about.len > 0 ? field->about : field->title));
	for (size_t i = 0; i < field->choices_len; i++)
		cli_say(cli, job, "    %.*s: %.*s", SLICE(field->choices[i].id), SLICE(field->choices[i].title));
	if (field->type == REGISTRY_NUMBER && field->has_min && field->has_max)
		cli_say(cli, job, "    a number from %lld to %lld", (long long)field->min, (long long)field->max);
	cli_say(cli, job, "    enter: leave it as it is; q: stop here");
}

/* One field; what is no value of it is asked again. */
static err
ask_field(struct job *job, struct guide *g, const struct registry_field *field, slice now, enum answer *ret_answer, slice *ret)
{
	const struct cli *cli = g->a->cli;
	for (;;) {
		slice answer, kept;
		cli_say(cli, job, "%.*s%s%.*s%s? (? explains)", SLICE(field->title), now.len > 0 ? " [" : "", SLICE(now), now.len > 0 ? "]" : "");
		*ret_answer = read_line(g, &answer);
		if (*ret_answer != TEXT_GIVEN)
			return OK;
		if (slice_same(answer, S("?"))) {
			explain(job, g, field);
			continue;
		}
		if (registry_value_read(job, field, answer, job_now(job), job->actor, &kept).code == ERR_NONE)
			return job_copy(job, answer, ret);
		cli_say(cli, job, "  %s", job->why);
	}
}

/* What a record is given so far */

struct filling {
	struct registry_input *inputs;
	size_t len, room;
};

static err
set(struct job *job, struct filling *f, const struct registry_field *field, slice text)
{
	for (size_t i = 0; i < f->len; i++)
		if (f->inputs[i].field == field) {
			f->inputs[i].text = text;
			return OK;
		}
	if (f->len == f->room) {
		struct registry_input *grown;
		f->room = f->room * 2 + 16;
		TRY(NEW(job, f->room, &grown));
		if (f->len > 0)
			memcpy(grown, f->inputs, f->len * sizeof *grown);
		f->inputs = grown;
	}
	f->inputs[f->len++] = (struct registry_input){.field = field, .text = text};
	return OK;
}

static slice
get(const struct filling *f, const struct registry_field *field)
{
	for (size_t i = 0; i < f->len; i++)
		if (f->inputs[i].field == field)
			return f->inputs[i].text;
	return S("");
}

/* Ask for what the refusal named; false when nothing more was given. */
static err
mend(struct job *job, struct guide *g, const struct registry_edit *edit, struct filling *f, bool *ret_more)
{
	*ret_more = false;
	for (size_t i = 0; i < edit->problems_len && !g->stopped; i++) {
		const struct registry_problem *problem = &edit->problems[i];
		enum answer answer;
		slice text;
		cli_say(g->a->cli, job, "  %.*s%s%.*s", SLICE(problem->field != NULL ? problem->field->title : S("")), problem->field != NULL ? " " : "",
		    SLICE(problem->says));
		if (problem->field == NULL)
			continue;
		TRY(ask_field(job, g, problem->field, get(f, problem->field), &answer, &text));
		if (answer == TEXT_GIVEN) {
			TRY(set(job, f, problem->field, text));
			*ret_more = true;
		}
	}
	return OK;
}

/* Judge and write; ${edit} says what is wrong, if anything. */
static err
write_held(struct job *job, struct guide *g, const struct registry_proposal *one, struct registry_edit *edit, int64_t *ret_covered, size_t *ret_problems)
{
	TRY(take_up(job, g));
	err done = registry_assess_covered(job, g->a->open.registry, g->a->open.now, g->a->open.def, one->key, ret_covered);
	if (done.code == ERR_NONE && *ret_covered == 0)
		done = registry_write(job, g->a->open.registry, edit, 1, false, ret_problems);
	let_go(g);
	return done;
}

static err
write_one(struct job *job, struct guide *g, const struct registry_proposal *one, struct filling *f)
{
	const struct registry_register *def = g->a->open.def;
	bool more = true;
	for (unsigned round = 0; round < ROUNDS && more; round++) {
		struct registry_edit edit = {.def = def, .inputs = f->inputs, .inputs_len = f->len};
		size_t problems = 0;
		int64_t covered;
		TRY(write_held(job, g, one, &edit, &covered, &problems));
		if (covered != 0) {
			cli_say(g->a->cli, job, "Somebody added it meanwhile: %.*s %lld", SLICE(def->id), (long long)covered);
			return OK;
		}
		if (problems == 0) {
			g->added++;
			cli_say(g->a->cli, job, "Added: %.*s %lld", SLICE(def->id), (long long)edit.number);
			return OK;
		}
		TRY(mend(job, g, &edit, f, &more));
	}
	g->skipped++;
	cli_say(g->a->cli, job, "Not added");
	return OK;
}

/* One proposal */

static void
show(struct job *job, const struct guide *g, const struct registry_proposal *one, size_t at, size_t len)
{
	const struct cli *cli = g->a->cli;
	const struct registry_threat *threat = one->threat;
	cli_say(cli, job, " ");
	cli_say(cli, job, "%zu of %zu: %.*s", at, len, SLICE(threat->title));
	cli_say(cli, job, "To:        %.*s", SLICE(cli_assess_thing(job, one)));
	cli_say(cli, job, "Because:   %.*s", SLICE(one->target->because));
	cli_say(cli, job, "Threat:    %.*s", SLICE(threat->about));
	cli_say(cli, job, "Likely:    %lld of 5. %.*s", (long long)threat->likelihood, SLICE(threat->likelihood_because));
	cli_say(cli, job, "Impact:    %lld of 5. %.*s", (long long)threat->impact, SLICE(threat->impact_because));
	for (size_t i = 0; i < threat->controls_len; i++)
		cli_say(cli, job, "%s%.*s", i == 0 ? "Controls:  " : "           ", SLICE(threat->controls[i]));
	cli_say(cli, job, "Source:    %.*s", SLICE(threat->source));
}

static err
leave_one(struct job *job, struct guide *g, const struct registry_proposal *one)
{
	struct ledger_receipt receipt;
	struct duration year = {.months = 12};
	slice why, copy;
	cli_say(g->a->cli, job, "Why does it not matter here? (it is left for a year)");
	if (read_line(g, &why) != TEXT_GIVEN) {
		g->skipped++;
		return OK;
	}
	TRY(job_copy(job, why, &copy));
	TRY(take_up(job, g));
	err done = cli_assess_reject(job, g->a, &one, 1, instant_after(job_now(job), year), copy, &receipt);
	let_go(g);
	g->rejected += done.code == ERR_NONE;
	return done;
}

static err
add_one(struct job *job, struct guide *g, const struct registry_proposal *one)
{
	const struct cli_record *open = &g->a->open;
	const struct registry_assess *assess = open->def->assess;
	struct filling f = {0};
	TRY(registry_assess_inputs(job, open->registry, open->def, one, NULL, 0, &f.inputs, &f.len));
	f.room = f.len;
	for (size_t i = 0; i < assess->asks_len && !g->stopped; i++) {
		const struct registry_field *field = registry_field(open->def, assess->asks[i]);
		enum answer answer;
		slice text;
		TRY(ask_field(job, g, field, get(&f, field), &answer, &text));
		if (answer == TEXT_GIVEN)
			TRY(set(job, &f, field, text));
	}
	if (!g->stopped)
		return write_one(job, g, one, &f);
	return OK;
}

static err
one_by_one(struct job *job, struct guide *g, const struct registry_proposal *one)
{
	for (;;) {
		slice word;
		cli_say(g->a->cli, job, "Add it? y adds, n leaves it for a year, enter skips, q stops");
		enum answer answer = read_line(g, &word);
		if (answer == STOP)
			return OK;
		if (answer == SKIP) {
			g->skipped++;
			return OK;
		}
		if (slice_same_nocase(word, S("y")) || slice_same_nocase(word, S("yes")))
			return add_one(job, g, one);
		if (slice_same_nocase(word, S("n")) || slice_same_nocase(word, S("no")))
			return leave_one(job, g, one);
	}
}

err
cli_assess_guided(struct job *job, struct cli_assess *a)
{
	struct guide *g;
	size_t len = 0, at = 0;
	TRY(NEW(job, 1, &g));
	g->a = a;
	if (a->cli->json || a->cli->csv || a->cli->quiet)
		return err_set(job, ERR_INPUT, "--guided asks questions; it does not go with --json, --csv or --quiet");
	for (size_t i = 0; i < a->len; i++)
		len += a->found[i].state == REGISTRY_PROPOSED;
	let_go(g);
	for (size_t i = 0; i < a->len && !g->stopped; i++) {
		if (a->found[i].state != REGISTRY_PROPOSED)
			continue;
		show(job, g, &a->found[i], ++at, len);
		TRY(one_by_one(job, g, &a->found[i]));
	}
	cli_say(a->cli, job, "%zu added, %zu left for a year, %zu skipped", g->added, g->rejected, g->skipped);
	return OK;
}
