/*
 * assay requirement: one requirement: what the text asks, its parts, what answers them, since when.
 */
#include "cli/cli.h"

#include "base/text.h"
#include "cli/cli_view.h"

#define SHOWN_ANSWERS 8 /* of one part; --json has all */

static const struct cli_option options[] = {{"as-of", "DATE", "as it was known then"}, {NULL, NULL, NULL}};

static const struct requirement_verdict *
find(const struct cli_view *view, const struct requirement *requirement)
{
	for (size_t i = 0; i < view->verdicts_len; i++)
		if (view->verdicts[i].requirement == requirement)
			return &view->verdicts[i];
	return NULL;
}

static void
answer_json(struct buf *buf, const struct part_answer *answer)
{
	buf_text(buf, "{\"check\":");
	if (answer->check != NULL)
		text_json(buf, answer->check->id);
	else
		buf_text(buf, "null");
	buf_text(buf, ",\"host\":");
	text_json(buf, answer->host);
	buf_printf(buf, ",\"state\":\"%s\",\"entry\":%llu,\"because\":", part_state_words[answer->state], (unsigned long long)answer->entry);
	text_json(buf, answer->because);
	buf_byte(buf, '}');
}

static err
parts_json(struct job *job, const struct requirement_verdict *verdict, slice *ret)
{
	struct buf buf = buf_open(job, "parts", 16 * MIB);
	buf_byte(&buf, '[');
	for (size_t p = 0; p < verdict->requirement->parts_len; p++) {
		const struct part_verdict *part = &verdict->parts[p];
		buf_text(&buf, p > 0 ? ",{\"id\":" : "{\"id\":");
		text_json(&buf, part->part->id);
		buf_text(&buf, ",\"says\":");
		text_json(&buf, part->part->says);
		buf_printf(&buf, ",\"basis\":\"%s\",\"state\":\"%s\",\"because\":", basis_words[part->part->basis], part_state_words[part->state]);
		text_json(&buf, part->because);
		buf_text(&buf, ",\"answers\":[");
		for (size_t a = 0; a < part->answers_len; a++) {
			buf_text(&buf, a > 0 ? "," : "");
			answer_json(&buf, &part->answers[a]);
		}
		buf_text(&buf, "]}");
	}
	buf_byte(&buf, ']');
	return buf_end(&buf, ret);
}

static err
history_json(struct job *job, const struct verdict_change *changes, size_t len, slice *ret)
{
	struct buf buf = buf_open(job, "history", 4 * MIB);
	buf_byte(&buf, '[');
	for (size_t i = 0; i < len; i++)
		buf_printf(&buf, "%s{\"at\":\"%s\",\"verdict\":\"%s\"}", i > 0 ? "," : "", instant_text(changes[i].at_us).at, verdict_words[changes[i].verdict]);
	buf_byte(&buf, ']');
	return buf_end(&buf, ret);
}

static err
maps_text(struct job *job, const struct requirement *requirement, slice *ret)
{
	struct buf buf = buf_open(job, "maps", 64 * KIB);
	for (size_t i = 0; i < requirement->maps_len; i++)
		buf_printf(&buf, "%s%.*s %.*s", i > 0 ? ", " : "", SLICE(requirement->maps[i].scheme), SLICE(requirement->maps[i].outcome));
	return buf_end(&buf, ret);
}

static void
say_parts(struct job *job, const struct cli *cli, const struct requirement_verdict *verdict)
{
	for (size_t p = 0; p < verdict->requirement->parts_len; p++) {
		const struct part_verdict *part = &verdict->parts[p];
		cli_say(cli, job, "\n%.*s  [%s]  %s", SLICE(part->part->id), basis_words[part->part->basis], part_state_words[part->state]);
		cli_say(cli, job, "  %.*s", SLICE(part->part->says));
		if (part->answers_len == 0)
			cli_say(cli, job, "  - %.*s", SLICE(part->because));
		for (size_t a = 0; a < part->answers_len && a < SHOWN_ANSWERS; a++)
			cli_say(cli, job, "  - %.*s (entry %llu)", SLICE(part->answers[a].because), (unsigned long long)part->answers[a].entry);
		if (part->answers_len > SHOWN_ANSWERS)
			cli_say(cli, job, "  - and %zu more answers (--json has them all)", part->answers_len - SHOWN_ANSWERS);
	}
}

static err
print(struct job *job, const struct cli *cli, const struct cli_view *view, const struct requirement_verdict *verdict)
{
	static const struct cli_column columns[] = {{"id", "requirement", CLI_TEXT}, {"title", "title", CLI_TEXT}, {"framework", "framework", CLI_TEXT},
	    {"section", "section", CLI_TEXT}, {"source", "source", CLI_TEXT}, {"text", "asks", CLI_TEXT}, {"does", "assay", CLI_TEXT}, {"kind", NULL, CLI_TEXT},
	    {"function", "function", CLI_TEXT}, {"maps", "maps to", CLI_TEXT}, {"verdict", "verdict", CLI_WORD},
	    {"since", "since", CLI_INSTANT}, {"because", "because", CLI_TEXT}, {"parts", NULL, CLI_JSON}, {"history", NULL, CLI_JSON}};
	const struct requirement *requirement = verdict->requirement;
	struct verdict_change *changes;
	struct cli_sheet sheet;
	size_t changes_len;
	slice parts, history, maps, because;
	TRY(check_verdict_history(job, view->ledger, view->at, requirement, &view->checks, &changes, &changes_len));
	TRY(parts_json(job, verdict, &parts));
	TRY(history_json(job, changes, changes_len, &history));
	TRY(maps_text(job, requirement, &maps));
	TRY(ledger_person_show(job, view->ledger, verdict->because, &because));
	cli_sheet_open(&sheet, job, columns, sizeof columns / sizeof columns[0]);
	TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(requirement->id), TEXT(requirement->title), TEXT(requirement->framework->title), TEXT(requirement->section),
				      TEXT(requirement->source), TEXT(requirement->text), TEXT(requirement->does), TEXT(requirement->kind), TEXT(requirement->function),
				      TEXT(maps), TEXT(slice_of(verdict_words[verdict->verdict])),
				      verdict->since_us > 0 ? INT(verdict->since_us) : NIL, TEXT(because), TEXT(parts), TEXT(history)}));
	TRY(cli_sheet_print_record(job, cli, &sheet));
	say_parts(job, cli, verdict);
	for (size_t i = 0; i < changes_len; i++)
		cli_say(cli, job, "%s%s  %s", i == 0 ? "\nHistory\n  " : "  ", instant_text(changes[i].at_us).at, verdict_words[changes[i].verdict]);
	return OK;
}

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_view_close_at) struct cli_view view = {0};
	slice id = slice_of(cli->words[0]);
	(void)ret_status;
	TRY(cli_view_open(job, cli, &view));
	const struct requirement *requirement = catalogue_requirement(&view.catalogue, id);
	if (requirement == NULL && catalogue_part(&view.catalogue, id) != NULL)
		requirement = catalogue_part(&view.catalogue, id)->requirement;
	if (requirement == NULL)
		return err_set(job, ERR_INPUT, "there is no requirement \"%.*s\"; 'assay status' lists them", SLICE(id));
	TRY(cli_view_verdicts(job, &view));
	return print(job, cli, &view, find(&view, requirement));
}

const struct cli_command cli_requirement_command = {
    .name = "requirement",
    .usage = "ID [--as-of DATE]",
    .about = "One requirement: what it asks, its parts, what answers them, its history",
    .example = "assay requirement MOJTU-068",
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
