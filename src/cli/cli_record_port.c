/*
 * assay REGISTER import, export: sheets in and out.
 */
#include <string.h>

#include "base/fs.h"
#include "base/text.h"
#include "cli/cli_record.h"
#include "registry/registry_port.h"

#define MAX_REPORT (256 * MIB)

/* Import */

static const struct cli_option import_options[] = {
    {"dry-run", NULL, "say what would happen, and write nothing"},
    {"as-recorded", NULL, "what was kept elsewhere until now: new records may be in any state and keep their numbers; their deadlines do not start"},
    {"sheet", "NAME", "of a workbook; else its first sheet that is not hidden"},
    {"encoding", "NAME", "windows-1252, for CSV that is not UTF-8"},
    {"ignore-columns", "A,B", "columns that are not read"},
    {NULL, NULL, NULL},
};

static err
read_sheet(struct job *job, const struct cli *cli, struct sheet *ret)
{
	const char *path = cli->words[0], *encoding = cli_value(cli, "encoding");
	struct sheet_limits limits = {.rows = REGISTRY_MAX_IMPORT, .sheet = slice_of(cli_value(cli, "sheet"))};
	slice bytes;
	if (encoding != NULL && slice_same_nocase(slice_of(encoding), S("windows-1252")))
		limits.windows_1252 = true;
	else if (encoding != NULL && !slice_same_nocase(slice_of(encoding), S("utf-8")))
		return err_set(job, ERR_INPUT, "--encoding: expected windows-1252 or utf-8, found \"%s\"", encoding);
	TRY(fs_slurp(job, path, SHEET_MAX_BYTES, &bytes));
	return sheet_read(job, strcmp(path, "-") == 0 ? "standard input" : path, bytes, &limits, ret);
}

/* Every change says where it came from. */
static err
reason_of(struct job *job, const struct cli *cli, slice *ret)
{
	slice path = slice_of(cli->words[0]);
	size_t slash = slice_find_last(path, '/');
	slice name = slash < path.len ? slice_from(path, slash + 1) : path;
	return job_format(job, ret, "imported from %.*s%s", slice_same(name, S("-")) ? 14 : (int)(name.len < 200 ? name.len : 200),
	    slice_same(name, S("-")) ? "standard input" : name.at, cli_flag(cli, "as-recorded") ? ", as it was recorded there" : "");
}

static void
put_text(struct buf *buf, const char *lead, slice text)
{
	buf_text(buf, lead);
	text_json(buf, text);
}

static err
say_json(struct job *job, const struct registry_imported *got, slice why)
{
	struct buf buf = buf_open(job, "what an import found", MAX_REPORT);
	slice text;
	buf_byte(&buf, '{');
	if (why.len > 0) {
		put_text(&buf, "\"error\":\"input\",\"why\":", why);
		buf_byte(&buf, ',');
	}
	buf_printf(&buf, "\"added\":%zu,\"changed\":%zu,\"same\":%zu,\"written\":%s,\"wrong\":%zu,\"not_read\":[", got->added, got->changed, got->same,
	    got->written ? "true" : "false", got->wrong);
	for (size_t i = 0; i < got->unread_len; i++)
		put_text(&buf, i > 0 ? "," : "", got->unread[i]);
	buf_text(&buf, "],\"problems\":[");
	for (size_t i = 0; i < got->problems_len; i++) {
		const struct registry_import_problem *problem = &got->problems[i];
		buf_printf(&buf, "%s{\"row\":%u", i > 0 ? "," : "", problem->row);
		put_text(&buf, ",\"column\":", problem->heading);
		put_text(&buf, ",\"says\":", problem->says);
		buf_printf(&buf, ",\"warning\":%s}", problem->warning ? "true" : "false");
	}
	buf_text(&buf, "]}\n");
	TRY(buf_end(&buf, &text));
	return cli_output(job, NULL, text, 0);
}

static err
say_problems(struct job *job, const struct cli *cli, const struct registry_imported *got)
{
	for (size_t i = 0; i < got->problems_len; i++) {
		struct arena_mark mark = arena_mark(job->arena);
		const struct registry_import_problem *problem = &got->problems[i];
		cli_say(cli, job, "row %u%s%.*s: %s%.*s", problem->row, problem->heading.len > 0 ? ", " : "", SLICE(slice_part(problem->heading, 0, 60)),
		    problem->warning ? "warning: " : "", SLICE(problem->says));
		arena_rewind(job->arena, mark);
	}
	struct buf buf = buf_open(job, "columns", 64 * KIB);
	slice names;
	for (size_t i = 0; i < got->unread_len; i++) {
		buf_text(&buf, i > 0 ? ", " : "");
		buf_add(&buf, slice_part(got->unread[i], 0, 60));
	}
	TRY(buf_end(&buf, &names));
	if (got->unread_len > 0)
		cli_say(cli, job, "Not read: %.*s", SLICE(names));
	return OK;
}

static err
import(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	struct registry_import how = {.as_recorded = cli_flag(cli, "as-recorded"), .dry_run = cli_flag(cli, "dry-run")};
	struct registry_imported got;
	struct sheet sheet;
	slice *ignore = NULL;
	slice why = S("");
	TRY(read_sheet(job, cli, &sheet));
	TRY(cli_record_open(job, cli, &open));
	how.def = open.def;
	if (cli_value(cli, "ignore-columns") != NULL)
		TRY(cli_words(job, cli_value(cli, "ignore-columns"), &ignore, &how.ignore_len));
	how.ignore = ignore;
	TRY(reason_of(job, cli, &how.reason));
	TRY(registry_import(job, open.registry, &how, &sheet, &got));
	cli_progress_end();
	if (got.wrong > 0)
		TRY(job_format(job, &why, "%s in %s: nothing was imported", cli_count(got.wrong, "problem", "problems").at, cli->words[0]));
	if (cli->json) { /* one document, whatever came of it */
		*ret_status = got.wrong > 0 ? CLI_INPUT : CLI_DONE;
		return say_json(job, &got, why);
	}
	TRY(say_problems(job, cli, &got));
	if (got.wrong > 0)
		return err_set(job, ERR_INPUT, "%.*s%s", SLICE(why), cli->quiet ? "" : "; each is listed above");
	cli_say(cli, job, "%s%s added, %zu changed, %zu left as they are", how.dry_run ? "Would be: " : "",
	    cli_count(got.added, "record", "records").at, got.changed, got.same);
	return OK;
}

/* Export */

static const struct cli_option export_options[] = {
    {"output", "FILE", "where to write it; - is standard output"},
    {"format", "WORD", "csv, xlsx or json; else what FILE ends with, else csv"},
    {"where", "TESTS", "only these: FIELD=VALUE, also != < <= > >= and ~ (holds); several with commas"},
    {"all", NULL, "those that have ended too"},
    {"as-of", "DATE", "as they were then"},
    {"columns", "FIELDS", "these columns; several with commas"},
    {NULL, NULL, NULL},
};

static err
format_of(struct job *job, const struct cli *cli, const char **ret)
{
	static const char *const formats[] = {"csv", "xlsx", "json", NULL};
	slice path = slice_of(cli_value(cli, "output")), given = slice_of(cli_value(cli, "format"));
	slice ending = slice_find_last(path, '.') < path.len ? slice_from(path, slice_find_last(path, '.') + 1) : S("");
	*ret = cli->json ? "json" : "csv";
	for (size_t i = 0; formats[i] != NULL; i++)
		if (given.len > 0 ? slice_same(given, slice_of(formats[i])) : slice_same_nocase(ending, slice_of(formats[i]))) {
			*ret = formats[i];
			return OK;
		}
	return given.len == 0 ? OK : err_set(job, ERR_INPUT, "--format: expected csv, xlsx or json, found \"%.*s\"", SLICE(slice_part(given, 0, 60)));
}

static err
filters_of(struct job *job, const struct cli *cli, const struct cli_record *open, struct registry_export *what)
{
	struct registry_filter *filters;
	bool seen = true;
	if (cli_value(cli, "where") == NULL)
		return OK;
	TRY(registry_filter_parse(job, open->registry, open->def, slice_of(cli_value(cli, "where")), &filters, &what->filters_len));
	what->filters = filters;
	for (size_t i = 0; i < what->filters_len && seen; i++) {
		/* asking for a state asks for ended ones too */
		what->ended = what->ended || slice_same(filters[i].column, S("status")) || slice_same(filters[i].column, S("ended"));
		TRY(registry_access_column(job, open->access, open->def, filters[i].column, &seen));
	}
	return seen ? OK : err_set(job, ERR_DENIED, "an export of %.*s may not be limited by a field that you may not see", SLICE(open->def->id));
}

/* Whoever may export nothing of the register is refused; else what they may not is left out. */
static err
reach_of(struct job *job, const struct cli_record *open, struct registry_reach *ret)
{
	struct registry_ask ask = {.capability = S("export"), .def = open->def};
	TRY(registry_access_reach(job, open->access, S("export"), open->def, ret));
	return ret->all || ret->len > 0 ? OK : registry_access_need(job, open->access, &ask);
}

static err
export_bytes(struct job *job, const struct cli_record *open, const struct registry_export *what, const char *format, slice *ret, size_t *ret_len)
{
	struct sheet sheet;
	if (strcmp(format, "json") == 0)
		return registry_export_json(job, open->registry, what, ret, ret_len);
	TRY(registry_export_sheet(job, open->registry, what, &sheet));
	*ret_len = sheet.rows_len;
	return strcmp(format, "xlsx") == 0 ? sheet_write_xlsx(job, &sheet, ret) : sheet_write_csv(job, &sheet, ret);
}

static err
export(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	struct registry_export what = {.ended = cli_flag(cli, "all")};
	const char *format, *path = cli_value(cli, "output");
	bool out = path == NULL || strcmp(path, "-") == 0;
	slice *columns = NULL, bytes;
	size_t len;
	(void)ret_status;
	TRY(format_of(job, cli, &format));
	if (out && cli->terminal && strcmp(format, "xlsx") == 0)
		return err_set(job, ERR_INPUT, "a workbook is not for a terminal: name a file with --output");
	TRY(cli_record_open(job, cli, &open));
	what.def = open.def;
	TRY(reach_of(job, &open, &what.reach));
	TRY(filters_of(job, cli, &open, &what));
	if (cli_value(cli, "columns") != NULL)
		TRY(cli_words(job, cli_value(cli, "columns"), &columns, &what.columns_len));
	what.columns = columns;
	what.then = cli_value(cli, "as-of") != NULL;
	if (what.then)
		TRY(cli_moment(job, cli, open.ledger, &what.at));
	TRY(export_bytes(job, &open, &what, format, &bytes, &len));
	cli_progress_end();
	TRY(cli_output(job, path, bytes, 0600));
	if (!out)
		cli_say(cli, job, "%s: %s", path, cli_count(len, "record", "records").at);
	return OK;
}

const struct cli_record_verb cli_record_import_verb = {.name = "import",
    .about = "add and change many from CSV or a workbook (XLSX), all or none",
    .usage = "FILE [--dry-run] [--as-recorded] [--sheet NAME] [--encoding windows-1252] [--ignore-columns A,B]",
    .help = "The first row names fields by id, option or title. \"number\" says which record a row changes; without one it is new. In a row of a\n"
	    "record an empty cell empties its field: leave a column out to leave it alone. Everything that is wrong is listed, and then nothing\n"
	    "is written. What export writes is taken back unchanged.",
    .example = "import list.xlsx --dry-run …",
    .options = import_options,
    .words_min = 1,
    .words_max = 1,
    .run = import};
const struct cli_record_verb cli_record_export_verb = {.name = "export",
    .about = "write them as CSV, workbook (XLSX) or JSON",
    .usage = "[--output FILE|-] [--format csv|xlsx|json] [--where TESTS] [--all] [--as-of DATE] [--columns FIELDS]",
    .help = "Headings are ids of fields, cells in the form that import takes. Records in an end state are left out unless --all or a test on\n"
	    "the status asks for them. Files are written by name only: 'file' writes one.",
    .example = "export --format json",
    .options = export_options,
    .run = export};
