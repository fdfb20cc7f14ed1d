/*
 * assay REGISTER list: current records, filtered, sorted, cut.
 */
#include <string.h>

#include "base/text.h"
#include "cli/cli_record.h"
#include "registry/registry_table.h"

#define USUAL_LIMIT 200

static const struct cli_option options[] = {
    {"where", "TESTS", "only these: FIELD=VALUE, also != < <= > >= and ~ (holds); several with commas"},
    {"sort", "FIELDS", "by these, \"-\" in front: largest first; several with commas"},
    {"columns", "FIELDS", "show these columns; several with commas"},
    {"limit", "N", "at most so many (200 on a terminal; 0: all)"},
    {"all", NULL, "those that have ended too"},
    {"as-of", "DATE", "as they were then"},
    {NULL, NULL, NULL},
};

static err
columns_of(struct job *job, const struct cli *cli, const struct registry_register *def, unsigned **ret, size_t *ret_len)
{
	static const slice usual[] = {{"number", 6}, {"status", 6}};
	const char *given = cli_value(cli, "columns");
	slice *names = def->columns;
	size_t len = def->columns_len;
	if (given != NULL)
		TRY(cli_words(job, given, &names, &len));
	TRY(NEW(job, def->table.len + len + 4, ret));
	*ret_len = 0;
	if (len == 0 && !cli->json && !cli->csv) {
		for (size_t i = 0; i < 2; i++)
			(*ret)[(*ret_len)++] = (unsigned)table_column(&def->table, usual[i]);
		names = (slice[]){def->label};
		len = table_column(&def->table, def->label) >= 0 ? 1 : 0;
	}
	for (size_t i = 0; i < len; i++) {
		int at = table_column(&def->table, names[i]);
		if (at < 0)
			return err_set(job, ERR_INPUT, "--columns: %.*s has no column \"%.*s\"", SLICE(def->id), SLICE(names[i]));
		(*ret)[(*ret_len)++] = (unsigned)at;
	}
	for (unsigned i = 0; (cli->json || cli->csv) && given == NULL && i < def->table.len; i++) {
		bool there = false;
		for (size_t k = 0; k < *ret_len; k++)
			there = there || (*ret)[k] == i;
		if (!there)
			(*ret)[(*ret_len)++] = i;
	}
	return OK;
}

static const struct registry_field *
field_of(const struct registry_register *def, unsigned column)
{
	for (size_t i = 0; i < def->fields_len; i++)
		if (def->fields[i].column == (int)column)
			return &def->fields[i];
	return NULL;
}

static err
sheet_open(struct job *job, const struct registry_register *def, const unsigned *columns, size_t len, struct cli_sheet *sheet)
{
	struct cli_column *shown;
	TRY(NEW(job, len + 1, &shown));
	for (size_t i = 0; i < len; i++) {
		const struct column *column = &def->table.columns[columns[i]];
		const struct registry_field *field = field_of(def, columns[i]);
		bool number = column->type == COLUMN_INT && (field == NULL || field->decimals == 0);
		shown[i] = (struct cli_column){column->name, field != NULL ? column->about : column->name, number ? CLI_NUMBER : CLI_TEXT};
	}
	cli_sheet_open(sheet, job, shown, len);
	return OK;
}

static err
print(struct job *job, const struct cli *cli, const struct cli_record *open, const struct rows *rows, const unsigned *columns, size_t len)
{
	struct cli_sheet sheet;
	struct cell *cells;
	TRY(sheet_open(job, open->def, columns, len, &sheet));
	TRY(NEW(job, len + 1, &cells));
	for (size_t r = 0; r < rows->len; r++) {
		for (size_t i = 0; i < len; i++) {
			cells[i] = rows->row[r][columns[i]];
			if (cells[i].null || sheet.columns[i].kind == CLI_NUMBER)
				continue;
			slice text;
			TRY(cli_record_cell(job, cli, open, open->def, columns[i], &rows->row[r][columns[i]], &text));
			cells[i] = TEXT(text);
		}
		TRY(cli_sheet_row(&sheet, cells));
	}
	return cli_sheet_print(job, cli, &sheet);
}

static err
limit_of(struct job *job, const struct cli *cli, size_t *ret)
{
	const char *given = cli_value(cli, "limit");
	uint64_t limit = cli->json || cli->csv || !cli->terminal ? 0 : USUAL_LIMIT;
	if (given != NULL && !slice_u64(slice_of(given), &limit))
		return err_set(job, ERR_INPUT, "--limit: expected a whole number, found \"%s\"", given);
	*ret = (size_t)limit;
	return OK;
}

/* Another moment is folded from the ledger; filters and sorting are for now. */
static err
list_then(struct job *job, const struct cli *cli, const struct cli_record *open, struct rows *ret)
{
	struct registry_rows_of of = {0};
	struct registry_coverage coverage;
	if (cli_value(cli, "where") != NULL || cli_value(cli, "sort") != NULL)
		return err_set(job, ERR_INPUT, "--as-of shows records in the order of their numbers: leave --where and --sort out");
	TRY(cli_moment(job, cli, open->ledger, &of.at));
	TRY(registry_rows(job, open->registry, slice_of(open->def->table_name), &of, ret));
	/* What a record is now decides, and what it was then too. */
	TRY(registry_access_coverage(job, open->access, &coverage));
	return registry_access_rows(job, open->access, &coverage, open->def, ret);
}

/* What may not be seen in every record may not be asked about either: a filter would tell it. */
static err
check_seen(struct job *job, const struct cli_record *open, const struct registry_list *list)
{
	bool seen = true;
	for (size_t i = 0; i < list->filters_len && seen; i++)
		TRY(registry_access_column(job, open->access, open->def, list->filters[i].column, &seen));
	for (size_t i = 0; i < list->sort_len && seen; i++) {
		slice name = list->sort[i];
		TRY(registry_access_column(job, open->access, open->def, name.at[0] == '-' ? slice_from(name, 1) : name, &seen));
	}
	return seen ? OK : err_set(job, ERR_DENIED, "a list of %.*s may not be filtered or sorted by a field that you may not see", SLICE(open->def->id));
}

static err
note_columns(struct job *job, const struct cli_record *open, const struct rows *rows, const unsigned *columns, size_t len)
{
	slice *names;
	TRY(NEW(job, len + 1, &names));
	for (size_t i = 0; i < len; i++)
		names[i] = slice_of(open->def->table.columns[columns[i]].name);
	return registry_access_note_rows(job, open->access, rows, open->def, names, len);
}

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	struct registry_list list = {.ended = cli_flag(cli, "all")};
	struct registry_filter *filters = NULL;
	unsigned *columns;
	size_t columns_len;
	slice *sort = NULL;
	struct rows rows;
	bool more = false;
	(void)ret_status;
	TRY(cli_record_open(job, cli, &open));
	list.def = open.def;
	list.reach = open.reach;
	if (cli_value(cli, "where") != NULL)
		TRY(registry_filter_parse(job, open.registry, open.def, slice_of(cli_value(cli, "where")), &filters, &list.filters_len));
	if (cli_value(cli, "sort") != NULL)
		TRY(cli_words(job, cli_value(cli, "sort"), &sort, &list.sort_len));
	list.filters = filters;
	list.sort = sort;
	for (size_t i = 0; i < list.filters_len; i++) /* asking for a state asks for ended ones too */
		list.ended = list.ended || slice_same(filters[i].column, S("status")) || slice_same(filters[i].column, S("ended"));
	TRY(check_seen(job, &open, &list));
	TRY(limit_of(job, cli, &list.limit));
	TRY(columns_of(job, cli, open.def, &columns, &columns_len));
	if (cli_value(cli, "as-of") != NULL)
		TRY(list_then(job, cli, &open, &rows));
	else
		TRY(registry_list(job, open.registry, &list, &rows, &more));
	TRY(registry_access_mask(job, open.access, open.def, &rows));
	TRY(note_columns(job, &open, &rows, columns, columns_len));
	TRY(print(job, cli, &open, &rows, columns, columns_len));
	if (rows.len == 0)
		cli_say(cli, job, "There is none%s; 'assay %.*s add --help' says what one needs", list.ended ? "" : " that is open", SLICE(open.def->id));
	if (more)
		cli_say(cli, job, "and more: --limit 0 shows all, --where FIELD=VALUE some");
	return OK;
}

const struct cli_record_verb cli_record_list_verb = {.name = "list",
    .about = "list those that are open",
    .usage = "[--where TESTS] [--sort FIELDS] [--columns FIELDS] [--limit N] [--all] [--as-of DATE]",
    .help = "Records that have ended are left out unless --all or a test on the status asks for them. You see the records you may read. A test is FIELD=VALUE, also != < <= > >= and ~\n"
	    "(holds); several have commas between them, and all must be true.",
    .example = "list --where \"changed>2026-01-01\"",
    .options = options,
    .run = run};
