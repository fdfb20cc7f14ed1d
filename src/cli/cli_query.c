/*
 * assay query: a person's SELECT over facts and ledger, host by host.
 * Deliberately loads only the tables the question reads.
 */
#include "cli/cli_register.h"

#include <string.h>

#include "base/fs.h"
#include "base/query.h"
#include "base/text.h"
#include "catalogue/catalogue.h"
#include "check/check_observe.h"
#include "collect/collect_schema.h"
#include "registry/registry_access.h"
#include "registry/registry_lint.h"
#include "registry/registry_table.h"

static const struct cli_option options[] = {
    {"host", "HOST", "this host only (id or name)"},
    {"as-of", "DATE", "the facts as they were known then"},
    {"tables", NULL, "list the tables and columns a question may read"},
    {NULL, NULL, NULL},
};

struct asking {
	struct cli *cli;
	struct ledger *ledger;
	struct ledger_moment at;
	const char *sql;
	struct dropin *dropins;
	size_t dropins_len;
	const char *const *ledger_tables;
	struct registry *registry;
	const char *source; /* where drop-in tables are declared */
	struct registry_access *access; /* of whoever asks */
	struct registry_coverage coverage;
	bool host_added; /* the result has no host column of its own: one is put in front */
	struct cli_sheet sheet;
};

static const struct table *
fact_table(const struct asking *asking, slice name)
{
	const struct table *table = collect_schema_find(name);
	for (size_t i = 0; table == NULL && i < asking->dropins_len; i++)
		if (slice_same(slice_of(asking->dropins[i].table.name), name))
			table = &asking->dropins[i].table;
	return table;
}

/* An empty database of every table, to learn what the question reads and gives. */
static err
open_empty(struct job *job, const struct asking *asking, struct query **ret)
{
	struct rows rows;
	TRY(query_open(job, NULL, ret));
	for (const struct table *const *table = collect_schema(); *table != NULL; table++) {
		rows_open(&rows, job, *table);
		TRY(query_table_of(job, *ret, &rows, "host", S("")));
	}
	for (size_t i = 0; i < asking->dropins_len; i++) {
		rows_open(&rows, job, &asking->dropins[i].table);
		TRY(query_table_of(job, *ret, &rows, "host", S("")));
	}
	for (size_t i = 0; asking->ledger_tables[i] != NULL; i++) {
		TRY(ledger_table(job, asking->ledger, (struct ledger_moment){0}, slice_of(asking->ledger_tables[i]), &rows));
		TRY(query_table(job, *ret, &rows));
	}
	TRY(registry_empty_tables(job, &asking->registry->registers, *ret));
	return query_lock(job, *ret);
}

/* A table that is not all there is said, not silently empty; the question goes on. */
static err
warn(struct job *job, const struct asking *asking, const struct ledger_reading *reading, const struct ledger_host *host, slice why)
{
	struct buf buf = buf_open(job, "a warning", 64 * KIB);
	slice text, shown;
	if (asking->cli->quiet)
		return OK;
	TRY(job_format(job, &text, "%.*s on %.*s could not be looked at: %.*s", SLICE(reading->table), SLICE(host->name), SLICE(why)));
	text_terminal(&buf, text, false);
	TRY(buf_end(&buf, &shown));
	fprintf(stderr, "assay query: %.*s\n", SLICE(shown));
	return OK;
}

/* What was read of one table. Erased, or of columns of another version: no rows, and a warning. */
static err
load_reading(
    struct job *job, const struct asking *asking, const struct ledger_host *host, const struct ledger_reading *reading, struct rows *rows)
{
	const struct table *table = rows->table;
	slice content, why;
	if (reading->state == READING_COULD_NOT_LOOK)
		return warn(job, asking, reading, host, reading->reason);
	if (reading->state != READING_READ)
		return OK;
	err opened = ledger_content(job, asking->ledger, &reading->digest, &content);
	if (opened.code != ERR_NONE && opened.code != ERR_MISSING)
		return opened;
	if (opened.code == ERR_NONE && rows_read(job, table, table->name, content, rows).code == ERR_NONE)
		return OK;
	rows_open(rows, job, table);
	TRY(job_copy(job, slice_of(job->why), &why));
	return warn(job, asking, reading, host, why);
}

static bool
is_read(const struct query_read *reads, size_t len, const char *name)
{
	for (size_t i = 0; i < len; i++)
		if (slice_same_nocase(reads[i].table, slice_of(name)))
			return true;
	return false;
}

static err
load_facts(struct job *job, const struct asking *asking, struct query *query, const struct ledger_host *host,
    const struct query_read *reads, size_t len)
{
	struct ledger_reading *readings;
	size_t readings_len;
	TRY(ledger_readings(job, asking->ledger, asking->at, host->id, S(""), &readings, &readings_len));
	for (size_t i = 0; i < len; i++) {
		const struct table *table = fact_table(asking, reads[i].table);
		struct rows rows;
		bool done = false;
		for (size_t before = 0; before < i && !done; before++)
			done = slice_same_nocase(reads[before].table, reads[i].table);
		if (table == NULL || done)
			continue;
		rows_open(&rows, job, table);
		for (size_t r = 0; r < readings_len; r++)
			if (slice_same(readings[r].table, slice_of(table->name)))
				TRY(load_reading(job, asking, host, &readings[r], &rows));
		TRY(query_table_of(job, query, &rows, "host", host->name));
	}
	return OK;
}

/* Which columns of ${def} the question names is what is noted as read. */
static err
note_read(struct job *job, const struct asking *asking, const struct registry_register *def, const struct rows *rows, const struct query_read *reads, size_t len)
{
	slice *columns;
	size_t columns_len = 0;
	TRY(NEW(job, len + 1, &columns));
	for (size_t i = 0; i < len; i++)
		if (slice_same_nocase(reads[i].table, slice_of(def->table_name)) && reads[i].column.len > 0)
			columns[columns_len++] = reads[i].column;
	return columns_len > 0 ? registry_access_note_rows(job, asking->access, rows, def, columns, columns_len) : OK;
}

/* Registers that are read, once each: what whoever asks may read of them. */
static err
load_registers(struct job *job, const struct asking *asking, const struct query_read *reads, size_t len, struct query *query)
{
	struct registry_rows_of of = {.at = asking->at};
	for (size_t i = 0; i < len; i++) {
		const struct registry_register *def = NULL;
		const struct table *table = registry_table_find(&asking->registry->registers, reads[i].table, &def);
		struct rows rows;
		bool done = false;
		for (size_t before = 0; before < i && !done; before++)
			done = slice_same_nocase(reads[before].table, reads[i].table);
		if (table == NULL || done)
			continue;
		if (table == &registry_observation_table)
			TRY(check_observe(job, asking->ledger, asking->registry, asking->source, asking->at, &rows));
		else if (table == &registry_observed_change_table)
			TRY(check_observed_changes(job, asking->ledger, asking->registry, asking->source, asking->at, &rows));
		else if (table == &registry_check_result_table)
			TRY(check_results(job, asking->ledger, asking->at, S(""), &rows));
		else
			TRY(registry_rows(job, asking->registry, slice_of(table->name), &of, &rows));
		TRY(registry_access_rows(job, asking->access, &asking->coverage, def, &rows));
		if (def != NULL)
			TRY(note_read(job, asking, def, &rows, reads, len));
		TRY(query_table(job, query, &rows));
	}
	return OK;
}

static err
open_full(struct job *job, const struct asking *asking, const struct ledger_host *host, const struct query_read *reads, size_t len,
    struct query **ret)
{
	struct rows rows;
	TRY(query_open(job, NULL, ret));
	if (host != NULL)
		TRY(load_facts(job, asking, *ret, host, reads, len));
	for (size_t i = 0; asking->ledger_tables[i] != NULL; i++)
		if (is_read(reads, len, asking->ledger_tables[i])) {
			TRY(ledger_table(job, asking->ledger, asking->at, slice_of(asking->ledger_tables[i]), &rows));
			TRY(query_table(job, *ret, &rows));
		}
	TRY(load_registers(job, asking, reads, len, *ret));
	return query_lock(job, *ret);
}

static err
ask(struct job *job, struct asking *asking, const struct ledger_host *host, const struct query_read *reads, size_t len)
{
	DEFER(query_close_at) struct query *query = NULL;
	DEFER(query_ask_close_at) struct query_ask *question = NULL;
	const struct cell *cells;
	const bool *is_text;
	bool more = true;
	TRY(open_full(job, asking, host, reads, len, &query));
	TRY(query_ask_open(job, query, asking->sql, &question));
	TRY(query_ask_bind_int(job, question, ":now", asking->at.now_us));
	size_t columns = asking->sheet.columns_len, from = asking->host_added ? 1 : 0;
	while (more) {
		struct cell *row;
		TRY(query_ask_next(job, question, &more, &cells, &is_text));
		if (!more)
			break;
		TRY(NEW(job, columns, &row));
		if (asking->host_added)
			row[0] = TEXT(host->name);
		for (size_t i = from; i < columns; i++) {
			row[i] = cells[i - from];
			if (!row[i].null && is_text[i - from])
				TRY(job_copy(job, cells[i - from].text, &row[i].text));
			else if (!row[i].null)
				TRY(job_format(job, &row[i].text, "%lld", (long long)cells[i - from].number));
			row[i].number = is_text[i - from] ? 0 : 1;
		}
		TRY(cli_sheet_row(&asking->sheet, row));
	}
	return OK;
}

static err
columns_of(struct job *job, struct asking *asking, const struct query_ask *question, bool per_host)
{
	const struct query_column *columns;
	struct cli_column *shown;
	size_t len = query_ask_columns(question, &columns);
	bool has_host = false;
	for (size_t i = 0; i < len; i++)
		has_host = has_host || slice_same(columns[i].name, S("host"));
	asking->host_added = per_host && !has_host;
	size_t from = asking->host_added ? 1 : 0;
	TRY(NEW(job, len + 1, &shown));
	shown[0] = (struct cli_column){"host", "host", CLI_TEXT};
	for (size_t i = 0; i < len; i++) {
		slice name = columns[i].name;
		for (size_t before = 0, times = 1; before < i + from; before++)
			if (slice_same(slice_of(shown[before].name), name)) { /* a JSON object has a key once: name, name_2, … */
				TRY(job_format(job, &name, "%.*s_%zu", SLICE(columns[i].name), ++times));
				before = (size_t)-1;
			}
		TRY(job_string(job, name, &shown[i + from].name));
		TRY(job_string(job, columns[i].name, &shown[i + from].title));
		shown[i + from].kind = CLI_LOOSE;
	}
	cli_sheet_open(&asking->sheet, job, shown, len + from);
	return OK;
}

/* One line of --tables; the table's own columns behind ${first}. */
static err
list_table(struct job *job, struct cli_sheet *sheet, const struct table *table, const char *first)
{
	struct buf buf = buf_open(job, "columns", 64 * KIB);
	slice names;
	buf_text(&buf, first);
	for (unsigned i = 0; i < table->len; i++)
		buf_printf(&buf, "%s%s", buf.len > 0 ? " " : "", table->columns[i].name);
	TRY(buf_end(&buf, &names));
	return cli_sheet_row(sheet, (struct cell[]){TEXT(slice_of(table->name)), TEXT(names)});
}

static err
list_tables(struct job *job, struct asking *asking)
{
	static const struct cli_column columns[] = {{"table", "table", CLI_TEXT}, {"columns", "columns", CLI_TEXT}};
	struct cli_sheet sheet;
	struct rows rows;
	cli_sheet_open(&sheet, job, columns, 2);
	for (const struct table *const *table = collect_schema(); *table != NULL; table++)
		TRY(list_table(job, &sheet, *table, "host"));
	for (size_t i = 0; i < asking->dropins_len; i++)
		TRY(list_table(job, &sheet, &asking->dropins[i].table, "host"));
	for (size_t i = 0; asking->ledger_tables[i] != NULL; i++) {
		TRY(ledger_table(job, asking->ledger, (struct ledger_moment){0}, slice_of(asking->ledger_tables[i]), &rows));
		TRY(list_table(job, &sheet, rows.table, ""));
	}
	for (size_t i = 0; i < asking->registry->registers.len; i++)
		TRY(list_table(job, &sheet, &asking->registry->registers.at[i].table, ""));
	for (size_t i = 0; registry_shared_tables[i] != NULL; i++)
		TRY(list_table(job, &sheet, registry_shared_tables[i], ""));
	return cli_sheet_print(job, asking->cli, &sheet);
}

static err
ask_hosts(struct job *job, struct asking *asking, const struct query_read *reads, size_t len)
{
	const char *only = cli_value(asking->cli, "host");
	struct ledger_host *hosts;
	size_t hosts_len;
	bool found = only == NULL;
	TRY(ledger_hosts(job, asking->ledger, asking->at, &hosts, &hosts_len));
	for (size_t i = 0; i < hosts_len; i++) {
		bool wanted = only == NULL || slice_same(hosts[i].id, slice_of(only)) || slice_same(hosts[i].name, slice_of(only));
		if (!wanted || hosts[i].state != LEDGER_HOST_ACCEPTED)
			continue;
		found = true;
		TRY(ask(job, asking, &hosts[i], reads, len));
	}
	return found ? OK : err_set(job, ERR_INPUT, "--host: there is no host \"%s\"; 'assay host list' names them", only);
}

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(ledger_close_at) struct ledger *ledger = NULL;
	DEFER(query_close_at) struct query *empty = NULL;
	DEFER(query_ask_close_at) struct query_ask *question = NULL;
	struct asking asking = {.cli = cli};
	const struct query_read *reads;
	struct content content;
	const char *source;
	bool per_host = false;
	(void)ret_status;
	TRY(cli_ledger(job, cli, &ledger));
	asking.ledger = ledger;
	TRY(cli_moment(job, cli, ledger, &asking.at));
	TRY(fs_join(job, cli->place.etc, "source", &source));
	asking.source = source;
	TRY(collect_schema_dropins(job, source, &asking.dropins, &asking.dropins_len));
	TRY(ledger_table_names(&asking.ledger_tables));
	TRY(cli_content(job, cli, &content));
	TRY(registry_open(job, ledger, &content, NULL, &asking.registry));
	TRY(cli_registers_warn(job, cli, &asking.registry->registers));
	TRY(registry_access_open_mine(job, asking.registry, &asking.access));
	TRY(registry_access_coverage(job, asking.access, &asking.coverage));
	if (cli_flag(cli, "tables"))
		return list_tables(job, &asking);
	if (cli->words_len == 0)
		return err_set(job, ERR_INPUT, "a question is missing: assay query 'SELECT name, version FROM package'");
	asking.sql = cli->words[0];
	TRY(open_empty(job, &asking, &empty));
	TRY(query_ask_open(job, empty, asking.sql, &question));
	size_t len = query_ask_reads(question, &reads);
	for (size_t i = 0; i < len; i++)
		per_host = per_host || fact_table(&asking, reads[i].table) != NULL;
	TRY(columns_of(job, &asking, question, per_host));
	TRY(per_host ? ask_hosts(job, &asking, reads, len) : ask(job, &asking, NULL, reads, len));
	TRY(cli_sheet_print(job, cli, &asking.sheet));
	if (cli->terminal)
		cli_say(cli, job, "%s", cli_count(asking.sheet.len, "row", "rows").at);
	return OK;
}

const struct cli_command cli_query_command = {
    .name = "query",
    .usage = "'SELECT …' [--host HOST] [--as-of DATE] | --tables",
    .about = "Ask facts, registers and ledger in SQL, read only",
    .help = "A question that reads a fact table is asked once for each host, with the host's name in front. No writes, no recursion, no "
	    "date functions:\n"
	    "day(µs), iso(µs) and :now are there instead. Of registers you see the records and fields you may read. Personal columns of facts are shown to whoever may run this command.",
    .example = "assay query \"SELECT name, version FROM package WHERE name LIKE 'openssh%'\"",
    .options = options,
    .words_max = 1,
    .run = run,
};
