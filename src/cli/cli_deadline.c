/*
 * assay deadline: what is due, soonest first, and the rules behind it.
 */
#include <string.h>

#include "cli/cli_record.h"
#include "registry/registry_ics.h"

static const struct cli_option options[] = {{"register", "REGISTER", "of this register only"},
    {"until", "DATE", "only those due by then"}, {"ics", NULL, "as a calendar file (RFC 5545)"}, {"output", "FILE", "write to FILE; - is standard output"},
    {NULL, NULL, NULL}};
static const struct cli_column columns[] = {{"due", "due", CLI_INSTANT}, {"state", "state", CLI_WORD}, {"register", "register", CLI_TEXT},
    {"number", "number", CLI_NUMBER}, {"label", "what it is", CLI_TEXT}, {"title", "deadline", CLI_TEXT}, {"rule", NULL, CLI_TEXT},
    {"started", NULL, CLI_INSTANT}};

static err
print(struct job *job, const struct cli *cli, const struct cli_record *open, const struct registry_due *dues, size_t len)
{
	struct cli_sheet sheet;
	cli_sheet_open(&sheet, job, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < len; i++) {
		const struct registry_deadline_rule *rule = registry_deadline_find(&open->registry->rules, dues[i].rule);
		slice state = dues[i].paused ? S("paused") : dues[i].due_us < open->now.now_us ? S("over") : S("running");
		TRY(cli_sheet_row(&sheet, (struct cell[]){INT(dues[i].due_us), TEXT(state), TEXT(dues[i].registry), INT(dues[i].number),
					      TEXT(dues[i].label), TEXT(rule != NULL ? rule->title : dues[i].rule), TEXT(dues[i].rule),
					      INT(dues[i].started_us)}));
	}
	return cli_sheet_print(job, cli, &sheet);
}

static err
write_ics(struct job *job, const struct cli *cli, const struct cli_record *open, const struct registry_due *dues, size_t len)
{
	struct registry_ics_event *events;
	slice text;
	TRY(NEW(job, len + 1, &events));
	for (size_t i = 0; i < len; i++) {
		const struct registry_deadline_rule *rule = registry_deadline_find(&open->registry->rules, dues[i].rule);
		slice title = rule != NULL ? rule->title : dues[i].rule;
		TRY(job_format(job, &events[i].uid, "%.*s-%.*s@assay.invalid", SLICE(dues[i].uid), SLICE(dues[i].rule)));
		TRY(job_format(job, &events[i].summary, "%.*s: %.*s %lld", SLICE(title), SLICE(dues[i].registry), (long long)dues[i].number));
		events[i].description = dues[i].label;
		events[i].due_us = dues[i].due_us;
		events[i].warn = rule != NULL ? rule->warn : NULL;
		events[i].warn_len = rule != NULL ? rule->warn_len : 0;
	}
	struct buf buf = buf_open(job, "a calendar", 64 * MIB);
	TRY(registry_ics_write(job, &buf, S("assay deadlines"), events, len, open->now.now_us));
	TRY(buf_end(&buf, &text));
	return cli_output(job, cli_value(cli, "output"), text, 0600);
}

static err
list(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	const struct registry_register *def = NULL;
	struct registry_due *dues;
	int64_t until = 0;
	size_t len;
	(void)ret_status;
	TRY(cli_value_instant(job, cli, "until", &until));
	TRY(cli_record_open(job, cli, &open));
	if (cli_value(cli, "register") != NULL) {
		def = registry_find(&open.registry->registers, slice_of(cli_value(cli, "register")));
		if (def == NULL)
			return err_set(job, ERR_INPUT, "--register: there is no register \"%s\"", cli_value(cli, "register"));
	}
	TRY(registry_dues(job, open.registry, def, until, open.reach, &dues, &len));
	for (size_t i = 0; i < len; i++) /* a record may be named by a person */
		TRY(ledger_person_show(job, open.ledger, dues[i].label, &dues[i].label));
	if (cli_flag(cli, "ics"))
		return write_ics(job, cli, &open, dues, len);
	TRY(print(job, cli, &open, dues, len));
	if (len == 0)
		cli_say(cli, job, "No deadline runs");
	return OK;
}

static const struct cli_column rule_columns[] = {{"id", "rule", CLI_TEXT}, {"title", "title", CLI_TEXT}, {"version", "version", CLI_NUMBER},
    {"about", "about", CLI_TEXT}, {"source", "source", CLI_TEXT}, {"mark", NULL, CLI_TEXT}};

static err
rules(struct job *job, struct cli *cli, int *ret_status)
{
	struct content content;
	struct registry_calendars calendars;
	struct registry_deadline_rules all;
	struct cli_sheet sheet;
	(void)ret_status;
	TRY(cli_place(job, cli));
	TRY(cli_content(job, cli, &content));
	TRY(registry_calendar_load(job, &content, &calendars));
	TRY(registry_deadline_load(job, &content, &calendars, &all));
	cli_sheet_open(&sheet, job, rule_columns, sizeof rule_columns / sizeof *rule_columns);
	for (size_t i = 0; i < all.len; i++)
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(all.at[i].id), TEXT(all.at[i].title), INT(all.at[i].version), TEXT(all.at[i].about),
					      TEXT(all.at[i].source), TEXT(all.at[i].mark)}));
	return cli_sheet_print(job, cli, &sheet);
}

static const struct cli_command list_command = {.name = "list",
    .usage = "[--register REGISTER] [--until DATE] [--ics] [--output FILE|-]",
    .about = "List deadlines that run, soonest first",
    .help = "A deadline starts by itself, when a record is added or its status changes, and stops when the work is done. What is late stands first. You see the\n"
	    "deadlines of records you may read. With --ics it is a file that a calendar program can take in.",
    .example = "assay deadline list",
    .options = options,
    .run = list};
static const struct cli_command rules_command = {
    .name = "rules", .usage = "", .about = "List the rules deadlines are made by, with their sources", .example = "assay deadline rules", .run = rules};
static const struct cli_command *const verbs[] = {&list_command, &rules_command, NULL};

const struct cli_command cli_deadline_command = {
    .name = "deadline", .usage = "list|rules", .about = "What is due, and by which rule", .verbs = verbs};
