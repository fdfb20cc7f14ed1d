/*
 * assay register: which registers there are, what is wrong with a definition, and what becomes of records when it changes.
 */
#include "check/check_observe.h"
#include "cli/cli_record.h"
#include "registry/registry_migrate.h"
#include "registry/registry_threat.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/text.h"
#include "registry/registry_deadline.h"

#define MAX_DEFINITION (1 * MIB)

err
cli_registers(struct job *job, const struct content *content, struct registry_registers *ret)
{
	const char **reserved;
	size_t len = 0;
	if (registry_kept(content) != NULL) {
		*ret = registry_kept(content)->registers;
		return OK;
	}
	while (cli_index[len] != NULL)
		len++;
	TRY(NEW(job, len + 3, &reserved));
	for (size_t i = 0; i < len; i++)
		reserved[i] = cli_index[i]->name;
	reserved[len] = "help";
	reserved[len + 1] = "version";
	return registry_load_sound(job, content, reserved, ret);
}

err
cli_registers_warn(struct job *job, const struct cli *cli, const struct registry_registers *registers)
{
	struct buf buf = buf_open(job, "a warning", 64 * KIB);
	slice text, shown;
	if (registers->broken_len == 0)
		return OK;
	size_t more = registers->broken_len - 1;
	TRY(job_format(job, &text, "left out is the register %.*s%s%s: %.*s", SLICE(registers->broken[0].id), more > 0 ? " and " : "",
	    more > 0 ? cli_count(more, "other", "others").at : "", SLICE(registers->broken[0].why)));
	text_terminal(&buf, text, false);
	TRY(buf_end(&buf, &shown));
	fprintf(stderr, "assay %s: %.*s\n", cli->path, SLICE(shown));
	return OK;
}

err
cli_registers_need(struct job *job, const struct registry_registers *registers, const char *id, const struct registry_register **ret)
{
	const struct registry_broken *broken = registry_broken(registers, slice_of(id));
	*ret = registry_find(registers, slice_of(id));
	if (broken != NULL)
		return err_set(job, ERR_INPUT, "%.*s", SLICE(broken->why));
	return *ret != NULL ? OK : err_set(job, ERR_INPUT, "there is no register \"%s\"; 'assay register list' names them", id);
}

/* Lint */

/* Roles name registers: what is wrong with those would be told twice. */
static err
lint_roles(struct job *job, const struct content *content, const struct registry_registers *registers, struct registry_linting *linting)
{
	struct registry_roles roles;
	if (linting->faults > 0)
		return OK;
	TRY(registry_role_load(job, content, registers, registry_linting_note, linting, &roles));
	return registry_role_lint(job, registers, &roles, registry_linting_note, linting);
}

err
cli_register_lint(struct job *job, const struct content *content, const char *source, ledger_line line, void *line_to, size_t *ret_faults,
    size_t *ret_registers)
{
	DEFER(query_close_at) struct query *query = NULL;
	struct registry_linting linting = {.line = line, .to = line_to};
	struct registry_deadline_rules rules;
	struct registry_registers registers;
	const char **reserved;
	size_t len = 0;
	TRY(registry_deadline_load_each(job, content, registry_linting_note, &linting, &rules));
	while (cli_index[len] != NULL)
		len++;
	TRY(NEW(job, len + 1, &reserved));
	for (size_t i = 0; i < len; i++)
		reserved[i] = cli_index[i]->name;
	TRY(registry_load_each(job, content, reserved, registry_linting_note, &linting, &registers));
	TRY(registry_empty_query(job, &registers, &query));
	for (size_t i = 0; i < registers.len; i++) {
		TRY(registry_linting_note(job, &linting, registry_lint(job, &registers, query, &registers.at[i])));
		TRY(registry_linting_note(job, &linting, check_observe_lint(job, &registers.at[i], source)));
		TRY(registry_threat_lint(job, content, &registers, query, &registers.at[i], registry_linting_note, &linting));
	}
	TRY(lint_roles(job, content, &registers, &linting));
	*ret_faults = linting.faults;
	*ret_registers = registers.len;
	return OK;
}

/* The content set with ${path} in it as register/NAME.yaml, in the place of one of that name. */
static err
content_with(struct job *job, struct content *content, const char *path)
{
	struct content_file *files;
	slice text, name = slice_of(path), as;
	size_t slash = slice_find_last(name, '/'), len = 0;
	TRY(fs_slurp(job, path, MAX_DEFINITION, &text));
	if (!text_utf8(text))
		return err_set(job, ERR_INPUT, "%s: a definition is UTF-8 text, found other bytes", path);
	name = slash < name.len ? slice_from(name, slash + 1) : name;
	TRY(job_format(job, &as, "register/%.*s", SLICE(name)));
	TRY(NEW(job, content->len + 2, &files));
	for (size_t i = 0; i < content->len; i++)
		if (!slice_same(slice_of(content->files[i].path), as))
			files[len++] = content->files[i];
	files[len++] = (struct content_file){.path = as.at, .from = path, .text = text, .digest = code_sha256(text)};
	content->files = files;
	content->len = len;
	return OK;
}

static err
lint(struct job *job, struct cli *cli, int *ret_status)
{
	struct content content;
	size_t faults, registers;
	const char *source;
	TRY(cli_place(job, cli));
	TRY(cli_content(job, cli, &content));
	TRY(fs_join(job, cli->place.etc, "source", &source));
	for (size_t i = 0; i < cli->words_len; i++)
		TRY(content_with(job, &content, cli->words[i]));
	TRY(cli_register_lint(job, &content, source, cli_line, cli, &faults, &registers));
	if (faults > 0)
		*ret_status = CLI_INPUT;
	cli_say(cli, job, "%s, %s", cli_count(registers, "register", "registers").at, cli_count(faults, "fault", "faults").at);
	return OK;
}

/* List */

static const struct cli_column list_columns[] = {
    {"group", "group", CLI_TEXT},
    {"id", "register", CLI_TEXT},
    {"title", "title", CLI_TEXT},
    {"about", "about", CLI_TEXT},
    {"fields", NULL, CLI_NUMBER},
    {"states", NULL, CLI_NUMBER},
};

static int
by_group(const void *a, const void *b)
{
	const struct registry_register *const *x = a, *const *y = b;
	int order = slice_order((*x)->group, (*y)->group);
	return order != 0 ? order : slice_order((*x)->id, (*y)->id);
}

static err
list(struct job *job, struct cli *cli, int *ret_status)
{
	struct content content;
	struct registry_registers registers;
	struct cli_sheet sheet;
	(void)ret_status;
	TRY(cli_place(job, cli));
	TRY(cli_content(job, cli, &content));
	TRY(cli_registers(job, &content, &registers));
	TRY(cli_registers_warn(job, cli, &registers));
	cli_sheet_open(&sheet, job, list_columns, sizeof list_columns / sizeof list_columns[0]);
	const struct registry_register **sorted;
	TRY(NEW(job, registers.len + 1, &sorted));
	for (size_t i = 0; i < registers.len; i++)
		sorted[i] = &registers.at[i];
	qsort(sorted, registers.len, sizeof *sorted, by_group);
	for (size_t i = 0; i < registers.len; i++) {
		const struct registry_register *def = sorted[i];
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(def->group), TEXT(def->id), TEXT(def->plural), TEXT(def->about),
					      INT((int64_t)def->fields_len), INT((int64_t)def->states_len)}));
	}
	TRY(cli_sheet_print(job, cli, &sheet));
	cli_say(cli, job, "'assay REGISTER --help' explains one, 'assay REGISTER list' shows what is in it");
	return OK;
}

/* Migrate */

static const struct cli_option migrate_options[] = {{"yes", NULL, "do it; without, the plan is shown"}, {NULL, NULL, NULL}};
static const struct cli_column plan_columns[] = {{"what", "what", CLI_TEXT}, {"name", "name", CLI_TEXT}, {"records", "records", CLI_NUMBER},
    {"becomes", "what becomes of it", CLI_TEXT}};

static err
print_plan(struct job *job, const struct cli *cli, const struct registry_orphan *orphans, size_t len)
{
	struct cli_sheet sheet;
	cli_sheet_open(&sheet, job, plan_columns, sizeof plan_columns / sizeof *plan_columns);
	for (size_t i = 0; i < len; i++) {
		slice becomes = orphans[i].dropped ? S("dropped; it stays in the history") : S("nothing says: name it in was: or drops:");
		if (orphans[i].to.len > 0)
			TRY(job_format(job, &becomes, "goes to %.*s", SLICE(orphans[i].to)));
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(orphans[i].what), TEXT(orphans[i].name), INT((int64_t)orphans[i].records), TEXT(becomes)}));
	}
	return cli_sheet_print(job, cli, &sheet);
}

static err
migrate(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	struct registry_orphan *orphans;
	size_t len, records;
	(void)ret_status;
	TRY(cli_record_open(job, cli, &open));
	const struct registry_register *def;
	TRY(cli_registers_need(job, &open.registry->registers, cli->words[0], &def));
	struct registry_ask ask = {.capability = S("grant"), .def = def};
	TRY(registry_access_need(job, open.access, &ask));
	TRY(registry_migrate_plan(job, open.registry, def, &orphans, &len));
	TRY(print_plan(job, cli, orphans, len));
	if (len == 0)
		cli_say(cli, job, "Every record fits the definition");
	if (len == 0 || !cli_flag(cli, "yes"))
		return OK;
	TRY(registry_migrate(job, open.registry, def, &records));
	cli_say(cli, job, "%s changed", cli_count(records, "record", "records").at);
	return OK;
}

static const struct cli_command list_command = {
    .name = "list", .usage = "", .about = "List the registers there are", .example = "assay register list", .run = list};
static const struct cli_command lint_command = {.name = "lint",
    .usage = "[FILE…]",
    .about = "Find what is wrong with definitions, by file and line",
    .help = "With files, each is read as if it stood in DIR/etc/register/ under its own name; without, those in use are read. Links, deadlines and conditions are\n"
	    "looked up and prepared. Exit status 2 when something is wrong.",
    .example = "assay register lint",
    .words_max = 100,
    .run = lint};
static const struct cli_command migrate_command = {.name = "migrate",
    .usage = "REGISTER [--yes]",
    .about = "Bring records to a definition that changed",
    .help = "When a definition lost a field, a choice or a state that records still use, this lists what is left over and where the definition says it goes (was:, drops:). With --yes the records are changed, all or none.",
    .example = "assay register migrate risk",
    .options = migrate_options,
    .words_min = 1,
    .words_max = 1,
    .run = migrate};
static const struct cli_command *const verbs[] = {&list_command, &cli_register_show, &lint_command, &migrate_command, NULL};

const struct cli_command cli_register_command = {
    .name = "register", .usage = "list|show|lint|migrate", .about = "The registers: which there are, what they ask, and what is wrong with a definition", .verbs = verbs};
