/*
 * assay REGISTER questionnaire and answers: questions go out as a page, signed answers come back as a file.
 * Deliberately sends nothing itself: how the page gets there, and the file back, is people's business.
 */
#include <string.h>

#include "base/fs.h"
#include "base/text.h"
#include "cli/cli_record.h"
#include "registry/registry_answer.h"
#include "report/report_form.h"

static const struct cli_option questionnaire_options[] = {{"output", "FILE", "where to write the page; - is standard output"}, {NULL, NULL, NULL}};
static const struct cli_option answers_options[] = {{"dry-run", NULL, "verify, and say what would happen"}, {NULL, NULL, NULL}};

/* Sending */

static err
questionnaire(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	struct registry_asking asking;
	struct registry_record record;
	slice html;
	const char *path = cli_value(cli, "output");
	int64_t number;
	(void)ret_status;
	if (path == NULL)
		return err_set(job, ERR_INPUT, "say where to write the page: --output FILE.html");
	TRY(cli_record_open(job, cli, &open));
	TRY(cli_record_number(job, open.def, cli->words[0], &number));
	TRY(cli_record_read(job, &open, open.now, number, &record));
	int state = registry_state(open.def, record.base.status);
	if (state >= 0 && open.def->states[state].end)
		return err_set(job, ERR_INPUT, "%.*s %lld is %.*s: nothing is asked any more", SLICE(open.def->id), (long long)number, SLICE(record.base.status));
	TRY(registry_asked(job, open.registry, open.access, open.def, number, &asking));
	TRY(registry_asked_send(job, open.registry, &asking));
	TRY(report_form_html(job, &asking, &html));
	TRY(cli_output(job, path, html, 0600));
	if (strcmp(path, "-") == 0)
		return OK;
	if (cli->json) {
		slice text;
		TRY(job_format(job, &text, "{\"questionnaire\":\"%.*s\",\"number\":%lld,\"questions\":%zu,\"version\":%lld}\n", SLICE(asking.id), (long long)number,
		    asking.len, (long long)asking.version));
		return cli_output(job, NULL, text, 0);
	}
	cli_say(cli, job, "%s: %s. Whoever has this file can answer; send it to nobody else", path, cli_count(asking.len, "question", "questions").at);
	cli_say(cli, job, "Take the answers in: assay %.*s answers FILE", SLICE(open.def->id));
	return OK;
}

/* Taking in */

static const struct cli_column problem_columns[] = {{"field", "question", CLI_TEXT}, {"says", "what is wrong", CLI_TEXT}};

static err
say_problems(struct job *job, const struct cli *cli, const struct registry_answers *answers)
{
	struct cli_sheet sheet;
	cli_sheet_open(&sheet, job, problem_columns, sizeof problem_columns / sizeof *problem_columns);
	for (size_t i = 0; i < answers->edit.problems_len; i++) {
		const struct registry_problem *problem = &answers->edit.problems[i];
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(problem->field != NULL ? problem->field->id : S("")), TEXT(problem->says)}));
	}
	TRY(cli_sheet_print(job, cli, &sheet));
	cli_say(cli, job, "Nothing was taken in");
	return OK;
}

static err
say_taken(struct job *job, const struct cli *cli, const struct cli_record *open, const struct registry_answers *answers, bool dry_run)
{
	struct buf buf = buf_open(job, "what was taken in", 64 * KIB);
	slice text;
	if (!cli->json) {
		cli_say(cli, job, "Signed by %.*s at %.*s (by their clock), key %.*s", SLICE(answers->signer), SLICE(answers->signed_at), SLICE(answers->fingerprint));
		if (answers->files.len > 0)
			cli_say(cli, job, "Files that are named and not in it: %.*s", SLICE(answers->files));
		cli_say(cli, job, "%.*s %lld: %s %s", SLICE(open->def->id), (long long)answers->number, cli_count(answers->answered, "answer", "answers").at,
		    dry_run ? "would be taken in" : "taken in");
		return OK;
	}
	buf_printf(&buf, "{\"number\":%lld,\"answered\":%zu,\"taken\":%s,\"signer\":", (long long)answers->number, answers->answered, dry_run ? "false" : "true");
	text_json(&buf, answers->signer);
	buf_text(&buf, ",\"signed_at\":");
	text_json(&buf, answers->signed_at);
	buf_text(&buf, ",\"key\":");
	text_json(&buf, answers->fingerprint);
	buf_text(&buf, ",\"files\":");
	text_json(&buf, answers->files);
	buf_text(&buf, "}\n");
	TRY(buf_end(&buf, &text));
	return cli_output(job, NULL, text, 0);
}

static err
answers(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	struct registry_answers taken;
	bool dry_run = cli_flag(cli, "dry-run");
	size_t problems;
	slice bytes;
	TRY(fs_slurp(job, cli->words[0], REGISTRY_MAX_ANSWERS, &bytes));
	TRY(cli_record_open(job, cli, &open));
	TRY(registry_answers_take(job, open.registry, open.def, bytes, dry_run, &taken, &problems));
	if (problems == 0)
		return say_taken(job, cli, &open, &taken, dry_run);
	*ret_status = CLI_INPUT;
	return say_problems(job, cli, &taken);
}

const struct cli_record_verb cli_record_questionnaire_verb = {.name = "questionnaire",
    .about = "write its questions as a page that somebody without an account answers and signs",
    .usage = "NUMBER --output FILE.html",
    .help = "The page works from a file, without a network. It makes a signed answer file, which 'answers' takes in once. A later page takes the place of an earlier one.",
    .example = "questionnaire 1 --output questions.html …",
    .ability = "questionnaire",
    .options = questionnaire_options,
    .words_min = 1,
    .words_max = 1,
    .run = questionnaire};
const struct cli_record_verb cli_record_answers_verb = {.name = "answers",
    .about = "take in the signed answers to a questionnaire",
    .usage = "FILE [--dry-run]",
    .help = "It checks that they were made with the page that was sent, that nothing was changed afterwards, that the questions are still the same, and that they were not taken in\n"
	    "before. All answers are taken in, or none. It says who signed, and with which key.",
    .example = "answers answers.json --dry-run …",
    .ability = "questionnaire",
    .options = answers_options,
    .words_min = 1,
    .words_max = 1,
    .run = answers};
