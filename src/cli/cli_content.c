/*
 * assay content: the frameworks and checks in use: lint them, list them.
 */
#include "cli/cli.h"

#include "base/fs.h"
#include "base/text.h"
#include "catalogue/catalogue.h"
#include "check/check.h"
#include "cli/cli_demo.h"
#include "cli/cli_register.h"
#include "report/report_pack.h"

static const struct content *keeping;

void
cli_content_keep(const struct content *kept)
{
	keeping = kept;
}

const struct content *
cli_content_kept(void)
{
	return keeping;
}

err
cli_content(struct job *job, const struct cli *cli, struct content *ret)
{
	const char *dir;
	if (keeping != NULL) {
		*ret = *keeping;
		return OK;
	}
	TRY(content_find(job, cli_value(cli, "content"), &dir));
	return content_load(job, dir, cli->place.etc, ret);
}

/* Packs are asked of registers: when those have faults, theirs come first. */
static err
lint_packs(struct job *job, struct cli *cli, const struct content *content, size_t *faults, size_t *ret_packs)
{
	struct registry_registers registers;
	struct catalogue catalogue;
	size_t found;
	*ret_packs = 0;
	if (*faults > 0)
		return OK;
	TRY(catalogue_load(job, content, &catalogue));
	TRY(cli_registers(job, content, &registers));
	TRY(report_pack_lint(job, content, &catalogue, &registers, cli_line, cli, &found, ret_packs));
	*faults += found;
	return OK;
}

/* Content need not tell a story. */
static err
lint_story(struct job *job, struct cli *cli, size_t *faults, size_t *ret_steps)
{
	const char *dir;
	size_t found = 0;
	*ret_steps = 0;
	TRY(content_find(job, cli_value(cli, "content"), &dir));
	err told = cli_demo_lint(job, dir, cli_line, cli, &found, ret_steps);
	*faults += found;
	return told.code == ERR_MISSING ? OK : told;
}

static err
lint(struct job *job, struct cli *cli, int *ret_status)
{
	struct content content;
	size_t faults, checks, register_faults, registers, packs, steps;
	const char *source;
	TRY(cli_place(job, cli));
	TRY(cli_content(job, cli, &content));
	TRY(fs_join(job, cli->place.etc, "source", &source));
	TRY(check_lint(job, &content, source, cli_line, cli, &faults, &checks));
	TRY(cli_register_lint(job, &content, source, cli_line, cli, &register_faults, &registers));
	faults += register_faults;
	TRY(lint_packs(job, cli, &content, &faults, &packs));
	TRY(lint_story(job, cli, &faults, &steps));
	if (faults > 0)
		*ret_status = CLI_INPUT;
	cli_say(cli, job, "%s, %s, %s and a story of %s in %s, %s", cli_count(checks, "check", "checks").at, cli_count(registers, "register", "registers").at,
	    cli_count(packs, "pack", "packs").at, cli_count(steps, "step", "steps").at, cli_count(content.len, "file", "files").at,
	    cli_count(faults, "fault", "faults").at);
	return OK;
}

static const struct cli_column list_columns[] = {
    {"kind", "kind", CLI_TEXT},
    {"id", "id", CLI_TEXT},
    {"severity", "severity", CLI_WORD},
    {"title", "title", CLI_TEXT},
    {"answers", NULL, CLI_TEXT},
};

static err
list_frameworks(const struct catalogue *catalogue, struct job *job, struct cli_sheet *sheet)
{
	for (size_t i = 0; i < catalogue->len; i++) {
		slice parts;
		TRY(job_format(job, &parts, "%.*s (%zu requirements)", SLICE(catalogue->frameworks[i].title), catalogue->frameworks[i].len));
		TRY(cli_sheet_row(sheet, (struct cell[]){TEXT(S("framework")), TEXT(catalogue->frameworks[i].id), NIL, TEXT(parts), NIL}));
	}
	return OK;
}

static err
list_checks(const struct checks *checks, struct job *job, struct cli_sheet *sheet)
{
	for (size_t i = 0; i < checks->len; i++) {
		const struct check *check = &checks->at[i];
		struct buf buf = buf_open(job, "answers", 16 * KIB);
		slice answers;
		for (size_t a = 0; a < check->answers_len; a++)
			buf_printf(&buf, "%s%.*s", a > 0 ? " " : "", SLICE(check->answers[a]->id));
		TRY(buf_end(&buf, &answers));
		TRY(cli_sheet_row(sheet, (struct cell[]){TEXT(S("check")), TEXT(check->id), TEXT(check->severity), TEXT(check->title), TEXT(answers)}));
	}
	return OK;
}

static err
list(struct job *job, struct cli *cli, int *ret_status)
{
	struct content content;
	struct catalogue catalogue;
	struct checks checks;
	struct cli_sheet sheet;
	(void)ret_status;
	TRY(cli_place(job, cli));
	TRY(cli_content(job, cli, &content));
	TRY(catalogue_load(job, &content, &catalogue));
	TRY(check_load(job, &content, &catalogue, &checks));
	cli_sheet_open(&sheet, job, list_columns, sizeof list_columns / sizeof list_columns[0]);
	TRY(list_frameworks(&catalogue, job, &sheet));
	TRY(list_checks(&checks, job, &sheet));
	cli_say(cli, job, "Content set %.12s: %zu files, %zu requirements in %zu parts, %zu checks", digest_text(&content.digest).at, content.len,
	    catalogue.requirements, catalogue.parts, checks.len);
	return cli_sheet_print(job, cli, &sheet);
}

static const struct cli_command lint_command = {
    .name = "lint",
    .usage = "",
    .about = "Find everything that is wrong with the content, by file and line",
    .help = "Reads every framework, prepares every query against the fact tables, and asks every check's own test facts. Registers and packs are read as strictly, and their SQL prepared; every step of assay demo is parsed. Exit status 2 when something is wrong.",
    .example = "assay content lint",
    .run = lint,
};
static const struct cli_command list_command = {.name = "list", .usage = "", .about = "List frameworks and checks", .example = "assay content list --csv", .run = list};
static const struct cli_command *const verbs[] = {&lint_command, &list_command, NULL};

const struct cli_command cli_content_command = {.name = "content", .usage = "lint|list", .about = "The frameworks and checks in use", .verbs = verbs};
