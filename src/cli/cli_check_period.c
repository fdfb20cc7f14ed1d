/*
 * assay check ID --from DATE --to DATE: how long a check held in a period, host by host. Asks nothing anew and writes nothing.
 */
#include "cli/cli_check_period.h"

#include <string.h>

#include "check/check_period.h"
#include "cli/cli_view.h"
#include "registry/registry.h"

#define PERCENT_SCALE 10000 /* two decimals of a percentage */

static const struct cli_column columns[] = {
    {"check", "check", CLI_TEXT},
    {"subject", "on", CLI_TEXT},
    {"state", "at the end", CLI_WORD},
    {"pass_percent", "pass %", CLI_LOOSE},
    {"fail_percent", "fail %", CLI_LOOSE},
    {"not_applicable_percent", "does not apply %", CLI_LOOSE},
    {"could_not_look_percent", "could not look %", CLI_LOOSE},
    {"not_observed_percent", "not observed %", CLI_LOOSE},
    {"runs", "runs", CLI_NUMBER},
    {"changes", "changes", CLI_NUMBER},
    {"first_observed", "first run", CLI_INSTANT},
    {"last_observed", "last run", CLI_INSTANT},
    {"failed_since", "failed since", CLI_INSTANT},
    {"id", NULL, CLI_TEXT},
    {"from", NULL, CLI_INSTANT},
    {"to", NULL, CLI_INSTANT},
    {"seconds", NULL, CLI_LOOSE},
    {"pass_seconds", NULL, CLI_LOOSE},
    {"fail_seconds", NULL, CLI_LOOSE},
    {"not_applicable_seconds", NULL, CLI_LOOSE},
    {"could_not_look_seconds", NULL, CLI_LOOSE},
    {"not_observed_seconds", NULL, CLI_LOOSE},
};
static const struct cli_column interval_columns[] = {
    {"check", "check", CLI_TEXT},
    {"subject", "on", CLI_TEXT},
    {"state", "state", CLI_WORD},
    {"from", "from", CLI_INSTANT},
    {"to", "to", CLI_INSTANT},
    {"seconds", "seconds", CLI_LOOSE},
    {"entry", "entry", CLI_NUMBER},
    {"id", NULL, CLI_TEXT},
};

/* What checks are asked of, and what people call it. */
struct subjects {
	slice *id, *name;
	size_t len;
};

struct asked_period {
	struct cli_view *view;
	struct cli_sheet sheet;
	struct subjects hosts, services;
	slice subject; /* a host's id, or empty: all */
	int64_t from_us, to_us;
	bool intervals;
};

/* Exact: "3600", "0.25". */
static err
seconds_cell(struct job *job, int64_t us, struct cell *ret)
{
	slice text;
	if (us % SECOND_US == 0)
		TRY(job_format(job, &text, "%lld", (long long)(us / SECOND_US)));
	else {
		TRY(job_format(job, &text, "%lld.%06lld", (long long)(us / SECOND_US), (long long)(us % SECOND_US)));
		while (text.at[text.len - 1] == '0')
			text.len--;
	}
	*ret = (struct cell){.text = text, .number = 1};
	return OK;
}

/* Rounded down: what held all but a second is not shown as 100. */
static err
percent_cell(struct job *job, int64_t us, int64_t whole_us, struct cell *ret)
{
	slice text;
	int64_t share = (int64_t)((__int128)us * PERCENT_SCALE / whole_us);
	TRY(job_format(job, &text, "%lld.%02lld", (long long)(share / 100), (long long)(share % 100)));
	*ret = (struct cell){.text = text, .number = 1};
	return OK;
}

static slice
name_of(const struct asked_period *asked, const struct check *check, slice id)
{
	const struct subjects *subjects = check->registry.len > 0 ? &asked->services : &asked->hosts;
	for (size_t i = 0; i < subjects->len; i++)
		if (slice_same(subjects->id[i], id))
			return subjects->name[i];
	return check->registry.len > 0 ? S("registers") : id; /* before there was a service, registers were asked as a whole */
}

static struct cell
instant_or_nil(int64_t at_us)
{
	return at_us != 0 ? INT(at_us) : NIL;
}

static err
put_summary(struct job *job, struct asked_period *asked, const struct check *check, const struct check_period_subject *subject)
{
	const struct check_period *period = &subject->period;
	int64_t whole = asked->to_us - asked->from_us;
	enum check_period_state end = period->intervals[period->intervals_len - 1].state;
	struct cell cells[sizeof columns / sizeof *columns] = {TEXT(check->id), TEXT(name_of(asked, check, subject->subject)),
	    TEXT(slice_of(check_period_words[end]))};
	for (int i = 0; i < PERIOD_STATES; i++)
		TRY(percent_cell(job, period->us[i], whole, &cells[3 + i]));
	cells[8] = INT((int64_t)period->runs);
	cells[9] = INT((int64_t)period->changes);
	cells[10] = instant_or_nil(period->first_us);
	cells[11] = instant_or_nil(period->last_us);
	cells[12] = instant_or_nil(period->failed_since_us);
	cells[13] = TEXT(subject->subject);
	cells[14] = INT(asked->from_us);
	cells[15] = INT(asked->to_us);
	TRY(seconds_cell(job, whole, &cells[16]));
	for (int i = 0; i < PERIOD_STATES; i++)
		TRY(seconds_cell(job, period->us[i], &cells[17 + i]));
	return cli_sheet_row(&asked->sheet, cells);
}

static err
put_intervals(struct job *job, struct asked_period *asked, const struct check *check, const struct check_period_subject *subject)
{
	slice name = name_of(asked, check, subject->subject);
	for (size_t i = 0; i < subject->period.intervals_len; i++) {
		const struct check_period_interval *interval = &subject->period.intervals[i];
		bool seen = interval->state != PERIOD_NOT_OBSERVED;
		struct cell seconds;
		TRY(seconds_cell(job, interval->to_us - interval->from_us, &seconds));
		TRY(cli_sheet_row(&asked->sheet,
		    (struct cell[]){TEXT(check->id), TEXT(name), TEXT(slice_of(check_period_words[interval->state])), INT(interval->from_us),
			INT(interval->to_us), seconds, seen ? INT((int64_t)interval->entry) : NIL, TEXT(subject->subject)}));
	}
	return OK;
}

static err
one_check(struct job *job, struct asked_period *asked, const char *id)
{
	const struct check *check = check_find(&asked->view->checks, slice_of(id));
	struct check_period_subject *list;
	size_t len;
	if (check == NULL)
		return err_set(job, ERR_INPUT, "there is no check \"%s\"; 'assay content list' names them", id);
	if (check->registry.len > 0 && asked->subject.len > 0)
		return err_set(job, ERR_INPUT, "--host: %s is asked of registers, not of hosts", id);
	const struct subjects *known = check->registry.len > 0 ? &asked->services : &asked->hosts;
	struct check_period_ask ask = {.at = asked->view->at,
	    .check = check,
	    .known = known->id,
	    .known_len = known->len,
	    .only = asked->subject,
	    .from_us = asked->from_us,
	    .to_us = asked->to_us};
	TRY(check_period_list(job, asked->view->ledger, &ask, &list, &len));
	for (size_t i = 0; i < len; i++)
		TRY(asked->intervals ? put_intervals(job, asked, check, &list[i]) : put_summary(job, asked, check, &list[i]));
	return OK;
}

/* Both days of "2026-01-01 to 2026-03-31" belong to the period; what is still to come does not. */
static err
read_period(struct job *job, const struct cli *cli, struct asked_period *asked)
{
	const char *from = cli_value(cli, "from"), *to = cli_value(cli, "to");
	asked->to_us = asked->view->at.now_us;
	if (!instant_parse(slice_of(from), &asked->from_us))
		return err_set(job, ERR_INPUT, "--from: expected a date (2026-11-22) or an instant (2026-11-22T09:30:00Z), found \"%s\"", from);
	if (asked->from_us >= asked->view->at.now_us)
		return err_set(job, ERR_INPUT, "--from: %s is still to come", from);
	if (to != NULL) {
		TRY(cli_value_instant(job, cli, "to", &asked->to_us));
		asked->to_us += strlen(to) == 10; /* a day's last moment is in the period */
	}
	if (asked->to_us <= asked->from_us)
		return err_set(job, ERR_INPUT, "--to: the period must end after it begins: from %s to %s", instant_text(asked->from_us).at,
		    instant_text(asked->to_us).at);
	if (asked->to_us > asked->view->at.now_us)
		asked->to_us = asked->view->at.now_us;
	return OK;
}

static err
read_hosts(struct job *job, const struct cli *cli, struct asked_period *asked)
{
	slice wanted = slice_of(cli_value(cli, "host"));
	struct subjects *hosts = &asked->hosts;
	struct ledger_host *list;
	size_t len;
	TRY(ledger_hosts(job, asked->view->ledger, asked->view->at, &list, &len));
	TRY(NEW(job, len + 1, &hosts->id));
	TRY(NEW(job, len + 1, &hosts->name));
	for (size_t i = 0; i < len; i++) {
		if (list[i].state == LEDGER_HOST_PENDING)
			continue;
		hosts->id[hosts->len] = list[i].id;
		hosts->name[hosts->len++] = list[i].name.len > 0 ? list[i].name : list[i].id;
		if (wanted.len > 0 && (slice_same(list[i].id, wanted) || slice_same(list[i].name, wanted)))
			asked->subject = list[i].id;
	}
	return wanted.len == 0 || asked->subject.len > 0
		   ? OK
		   : err_set(job, ERR_INPUT, "--host: there is no host \"%.*s\"; 'assay host list' names them", SLICE(wanted));
}

static err
read_services(struct job *job, struct asked_period *asked)
{
	struct subjects *services = &asked->services;
	struct registry *registry;
	struct ledger_record *list = NULL;
	size_t len = 0;
	TRY(registry_open_at(job, asked->view->ledger, &asked->view->content, &registry));
	if (registry->scope != NULL)
		TRY(ledger_records(job, asked->view->ledger, asked->view->at, registry->scope->id, &list, &len));
	TRY(NEW(job, len + 1, &services->id));
	TRY(NEW(job, len + 1, &services->name));
	for (size_t i = 0; i < len; i++) {
		struct registry_record record;
		TRY(registry_record_of(job, registry->scope, &list[i], &record));
		services->id[services->len] = record.base.uid;
		services->name[services->len++] = record.label;
	}
	return OK;
}

bool
cli_check_looks_back(const struct cli *cli)
{
	return cli_value(cli, "from") != NULL || cli_value(cli, "to") != NULL || cli_value(cli, "as-of") != NULL || cli_flag(cli, "intervals");
}

err
cli_check_period(struct job *job, struct cli *cli)
{
	struct asked_period asked = {.intervals = cli_flag(cli, "intervals")};
	DEFER(cli_view_close_at) struct cli_view view = {0};
	if (cli_value(cli, "from") == NULL)
		return err_set(job, ERR_INPUT, "--to, --intervals and --as-of go with --from DATE: how long the named checks held since then");
	if (cli_value(cli, "profile") != NULL)
		return err_set(job, ERR_INPUT, "--profile: with --from nothing is asked, leave it out");
	if (cli->words_len == 0)
		return err_set(job, ERR_INPUT, "--from: name the checks: assay check ID --from DATE --to DATE");
	TRY(cli_view_open(job, cli, &view));
	asked.view = &view;
	TRY(read_period(job, cli, &asked));
	TRY(read_hosts(job, cli, &asked));
	TRY(read_services(job, &asked));
	if (asked.intervals)
		cli_sheet_open(&asked.sheet, job, interval_columns, sizeof interval_columns / sizeof *interval_columns);
	else
		cli_sheet_open(&asked.sheet, job, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < cli->words_len; i++)
		TRY(one_check(job, &asked, cli->words[i]));
	TRY(cli_sheet_print(job, cli, &asked.sheet));
	cli_say(cli, job, "From %s to %s; between two runs an answer stands for the check's max_age and no longer", instant_text(asked.from_us).at,
	    instant_text(asked.to_us).at);
	return OK;
}
