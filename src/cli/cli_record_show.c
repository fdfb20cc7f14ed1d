/*
 * assay REGISTER show: one record as a page, with its deadlines, links both ways and newest changes. And its history.
 */
#include <string.h>

#include "base/text.h"
#include "cli/cli_record.h"

#define NEWEST 5

static const struct cli_option show_options[] = {{"as-of", "DATE", "as it was then"}, {NULL, NULL, NULL}};

static err
line(struct job *job, const struct cli *cli, slice title, slice text)
{
	size_t first = slice_find(text, '\n');
	cli_say(cli, job, "  %-28.*s %.*s", SLICE(title), SLICE(slice_part(text, 0, first)));
	for (slice rest = slice_from(text, first + 1), one; slice_cut(&rest, '\n', &one);)
		cli_say(cli, job, "  %-28s %.*s", "", SLICE(one));
	return OK;
}

static err
links_text(struct job *job, const struct cli_record *open, const json_t *value, slice *ret)
{
	struct buf buf = buf_open(job, "links", MIB);
	struct registry_reach reach;
	TRY(registry_access_reach(job, open->access, S("read"), NULL, &reach));
	for (size_t i = 0; i < json_array_size(value); i++) {
		slice to, label;
		int64_t number;
		bool found, seen;
		if (!registry_link_parse(json_text(json_array_get(value, i)), &to, &number))
			continue;
		TRY(registry_label(job, open->registry, to, number, &found, &label));
		TRY(ledger_person_show(job, open->ledger, label, &label));
		TRY(registry_reaches(job, open->registry, &reach, to, number, &seen));
		buf_printf(&buf, "%s%.*s %lld", i > 0 ? "\n" : "", SLICE(to), (long long)number);
		if (seen || !found)
			buf_printf(&buf, "%s%.*s", found ? ": " : " (gone)", SLICE(label));
	}
	return buf_end(&buf, ret);
}

static err
field_line(struct job *job, const struct cli *cli, const struct cli_record *open, const struct registry_record *record, const struct registry_field *field)
{
	const json_t *value = json_object_getn(record->fields, field->id.at, field->id.len);
	slice text;
	if (value == NULL || !cli_record_sees(open, record, field))
		return OK;
	if (field->type == REGISTRY_LINK)
		TRY(links_text(job, open, value, &text));
	else
		TRY(registry_value_show(job, field, value, false, &text));
	if (field->type == REGISTRY_PERSON)
		TRY(ledger_person_show(job, open->ledger, text, &text));
	return text.len > 0 ? line(job, cli, field->title, text) : OK;
}

static bool
in_group(const struct registry_register *def, slice id)
{
	for (size_t g = 0; g < def->groups_len; g++)
		for (size_t i = 0; i < def->groups[g].fields_len; i++)
			if (slice_same(def->groups[g].fields[i], id))
				return true;
	return false;
}

/* Is there something in the field that may be seen? A heading over nothing would tell that there is more. */
static bool
has_value(const struct cli_record *open, const struct registry_record *record, slice id)
{
	return json_object_getn(record->fields, id.at, id.len) != NULL && cli_record_sees(open, record, registry_field(record->def, id));
}

static err
show_fields(struct job *job, const struct cli *cli, const struct cli_record *open, const struct registry_record *record)
{
	const struct registry_register *def = record->def;
	for (size_t g = 0; g < def->groups_len; g++) {
		bool any = false;
		for (size_t i = 0; i < def->groups[g].fields_len; i++) {
			if (!has_value(open, record, def->groups[g].fields[i]))
				continue;
			if (!any)
				cli_say(cli, job, "\n%s%.*s%s", cli_colour(cli, "bold"), SLICE(def->groups[g].title), cli_colour(cli, "off"));
			any = true;
			TRY(field_line(job, cli, open, record, registry_field(def, def->groups[g].fields[i])));
		}
	}
	bool any = false;
	for (size_t i = 0; i < def->fields_len; i++) {
		if (in_group(def, def->fields[i].id) || !has_value(open, record, def->fields[i].id))
			continue;
		if (!any)
			cli_say(cli, job, "%s", "");
		any = true;
		TRY(field_line(job, cli, open, record, &def->fields[i]));
	}
	return OK;
}

static err
show_deadlines(struct job *job, const struct cli *cli, const struct cli_record *open, const struct registry_record *record)
{
	for (size_t i = 0; i < record->deadlines_len; i++) {
		const struct registry_deadline *d = &record->deadlines[i];
		const struct registry_deadline_rule *rule = registry_deadline_find(&open->registry->rules, d->rule);
		struct buf buf = buf_open(job, "a deadline", 4 * KIB);
		slice text;
		if (i == 0)
			cli_say(cli, job, "\n%sDeadlines%s", cli_colour(cli, "bold"), cli_colour(cli, "off"));
		bool late = registry_deadline_late(d, open->now.now_us);
		buf_printf(&buf, "due %.16s UTC", instant_text(d->due_us).at);
		if (d->stopped_us != 0)
			buf_printf(&buf, ", done %s%s", instant_day(d->stopped_us).at, late ? ", late" : "");
		else if (d->paused_since_us != 0)
			buf_printf(&buf, ", paused since %s", instant_day(d->paused_since_us).at);
		else {
			buf_text(&buf, late ? ", over since " : ", ");
			duration_words(&buf, late ? open->now.now_us - d->due_us : open->now.now_us - d->due_us);
		}
		buf_printf(&buf, " (%.*s, version %lld, from %s)%s", SLICE(d->rule), (long long)d->version, instant_day(d->started_us).at,
		    d->due_us == record->due_us && slice_same(d->rule, record->due_by) && d->stopped_us == 0 ? " <- the earliest" : "");
		TRY(buf_end(&buf, &text));
		TRY(line(job, cli, rule != NULL ? rule->title : d->rule, text));
	}
	return OK;
}

/* What a link is called when it is read from the other side. */
static slice
back_title(const struct cli_record *open, const struct registry_back *back)
{
	const struct registry_register *def = registry_find(&open->registry->registers, back->registry);
	const struct registry_field *field = def != NULL ? registry_field(def, back->field) : NULL;
	if (field != NULL && field->back.len > 0)
		return field->back;
	return def != NULL ? def->plural : back->registry;
}

/* May whoever asks know that ${back} links here? The field that does must be one they may see. */
static err
sees_back(struct job *job, const struct cli_record *open, const struct registry_back *back, bool *ret)
{
	const struct registry_register *def = registry_find(&open->registry->registers, back->registry);
	const struct registry_field *field = def != NULL ? registry_field(def, back->field) : NULL;
	*ret = true;
	return field != NULL ? registry_access_everywhere(job, open->access, def, field, ret) : OK;
}

static err
show_back(struct job *job, const struct cli *cli, const struct cli_record *open, const struct registry_record *record)
{
	struct registry_back *backs;
	struct registry_reach reach;
	size_t len, shown = 0;
	TRY(registry_access_reach(job, open->access, S("read"), NULL, &reach));
	TRY(registry_links_to(job, open->registry, record->def, record->base.number, reach, &backs, &len));
	for (size_t i = 0; i < len; i++) {
		slice text;
		bool seen;
		TRY(sees_back(job, open, &backs[i], &seen));
		if (!seen)
			continue;
		if (shown++ == 0)
			cli_say(cli, job, "\n%sLinked from%s", cli_colour(cli, "bold"), cli_colour(cli, "off"));
		TRY(ledger_person_show(job, open->ledger, backs[i].label, &backs[i].label));
		TRY(job_format(job, &text, "%.*s %lld: %.*s (%.*s)", SLICE(backs[i].registry), (long long)backs[i].number, SLICE(backs[i].label),
		    SLICE(backs[i].status)));
		TRY(line(job, cli, back_title(open, &backs[i]), text));
	}
	return OK;
}

/* History */

/* "likelihood: 3; owner: bob". */
static err
sets_text(struct job *job, const struct cli_record *open, const struct registry_record *record, const struct ledger_change *change, slice *ret)
{
	struct buf buf = buf_open(job, "a change", MIB);
	const json_t *sets;
	size_t len = 0;
	TRY(json_read(job, "a change", change->sets, &sets));
	for (size_t i = 0; i < record->def->fields_len; i++) {
		const struct registry_field *field = &record->def->fields[i];
		const json_t *value = json_object_getn(sets, field->id.at, field->id.len);
		slice shown;
		if (value == NULL || !cli_record_sees(open, record, field))
			continue;
		TRY(registry_value_show(job, field, json_is_null(value) ? NULL : value, false, &shown));
		buf_printf(&buf, "%s%.*s: %.*s", len++ > 0 ? "; " : "", SLICE(field->id), SLICE(shown.len > 0 ? shown : S("(emptied)")));
	}
	TRY(buf_end(&buf, ret));
	return ledger_person_show(job, open->ledger, *ret, ret);
}

static err
who_text(struct job *job, const struct cli_record *open, const struct ledger_change *change, slice *ret)
{
	TRY(job_format(job, ret, "{person:%.*s}", SLICE(change->by)));
	return change->by.len > 0 ? ledger_person_show(job, open->ledger, *ret, ret) : (*ret = S("assay"), OK);
}

static const struct cli_column history_columns[] = {{"version", "version", CLI_NUMBER}, {"at", "at", CLI_INSTANT}, {"by", "by", CLI_TEXT},
    {"status", "status", CLI_TEXT}, {"change", "change", CLI_TEXT}, {"what", "what", CLI_TEXT}, {"note", "note", CLI_TEXT},
    {"reason", "reason", CLI_TEXT}, {"written", NULL, CLI_INSTANT}, {"entry", "entry", CLI_NUMBER}};

/* May whoever asks read the record as ${change} left it? One that is declassified tells nothing of what it was. */
static err
sees_then(struct job *job, const struct cli_record *open, const struct registry_record *record, const struct ledger_change *change, bool *ret)
{
	struct registry_record then;
	struct ledger_moment at = {.size = change->entry + 1, .now_us = open->now.now_us};
	TRY(registry_record(job, open->registry, at, open->def, record->base.number, &then));
	struct registry_ask ask = registry_ask_of(open->registry, &then, S("read"));
	*ret = registry_access_allows(open->access, &ask, NULL);
	return OK;
}

static err
history_rows(struct job *job, const struct cli_record *open, const struct registry_record *record, struct ledger_moment at, struct cli_sheet *sheet,
    size_t newest)
{
	struct ledger_change *changes;
	size_t len;
	TRY(ledger_record_changes(job, open->ledger, at, record->base.uid, &changes, &len));
	cli_sheet_open(sheet, job, history_columns, sizeof history_columns / sizeof *history_columns);
	for (size_t i = newest > 0 && len > newest ? len - newest : 0; i < len; i++) {
		slice who, what = S("may not be seen");
		bool seen;
		TRY(who_text(job, open, &changes[i], &who));
		TRY(sees_then(job, open, record, &changes[i], &seen));
		if (seen)
			TRY(sets_text(job, open, record, &changes[i], &what));
		TRY(cli_sheet_row(sheet, (struct cell[]){INT(changes[i].version), INT(changes[i].at_us), TEXT(who), TEXT(changes[i].status),
					     TEXT(changes[i].change), TEXT(what), TEXT(seen ? changes[i].note : S("")),
					     TEXT(seen ? changes[i].reason : S("")),
					     INT(changes[i].made_us), INT((int64_t)changes[i].entry)}));
	}
	return OK;
}

static err
show(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	struct registry_record record;
	struct ledger_moment at;
	struct cli_sheet history;
	int64_t number;
	(void)ret_status;
	TRY(cli_record_open(job, cli, &open));
	TRY(cli_record_number(job, open.def, cli->words[0], &number));
	TRY(cli_moment(job, cli, open.ledger, &at));
	TRY(cli_record_read(job, &open, at, number, &record));
	if (cli->json) {
		struct buf buf = buf_open(job, "a record", 16 * MIB);
		slice text;
		TRY(cli_record_json(job, &open, &record, &buf));
		buf_byte(&buf, '\n');
		TRY(buf_end(&buf, &text));
		return cli_output(job, NULL, text, 0);
	}
	int state = registry_state(open.def, record.base.status);
	TRY(ledger_person_show(job, open.ledger, record.label, &record.label));
	cli_say(cli, job, "%s%.*s %lld: %.*s%s", cli_colour(cli, "bold"), SLICE(open.def->title), (long long)number, SLICE(record.label),
	    cli_colour(cli, "off"));
	cli_say(cli, job, "%.*s since %s, version %lld", SLICE(state >= 0 ? open.def->states[state].title : record.base.status),
	    instant_day(record.base.status_since_us).at, (long long)record.base.version);
	TRY(show_fields(job, cli, &open, &record));
	TRY(show_deadlines(job, cli, &open, &record));
	TRY(show_back(job, cli, &open, &record));
	cli_say(cli, job, "\n%sNewest changes%s", cli_colour(cli, "bold"), cli_colour(cli, "off"));
	TRY(history_rows(job, &open, &record, at, &history, NEWEST));
	return cli_sheet_print(job, cli, &history);
}

static err
history(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	struct registry_record record;
	struct cli_sheet sheet;
	int64_t number;
	(void)ret_status;
	TRY(cli_record_open(job, cli, &open));
	TRY(cli_record_number(job, open.def, cli->words[0], &number));
	TRY(cli_record_read(job, &open, open.now, number, &record));
	TRY(history_rows(job, &open, &record, open.now, &sheet, 0));
	return cli_sheet_print(job, cli, &sheet);
}

const struct cli_record_verb cli_record_show_verb = {.name = "show",
    .about = "show one with its deadlines, links and newest changes",
    .usage = "NUMBER [--as-of DATE]",
    .example = "show 1",
    .options = show_options,
    .words_min = 1,
    .words_max = 1,
    .run = show};
const struct cli_record_verb cli_record_history_verb = {.name = "history",
    .about = "show every change of one, and the entry of the ledger that holds it",
    .usage = "NUMBER",
    .example = "history 1",
    .words_min = 1,
    .words_max = 1,
    .run = history};
