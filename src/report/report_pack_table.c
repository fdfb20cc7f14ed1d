/*
 * The tables that only packs have, and the empty database their questions are prepared against.
 * Deliberately holds no rows: requirement and part are the report's own, the others come from whoever knows.
 */
#include "registry/registry_lint.h"
#include "report/report_pack.h"

static const struct column requirement_columns[] = {{"id", COLUMN_TEXT, COLUMN_KEY, "requirement"}, {"framework", COLUMN_TEXT, 0, "its framework's id"},
    {"framework_title", COLUMN_TEXT, 0, "and title"}, {"title", COLUMN_TEXT, 0, "heading"}, {"section", COLUMN_TEXT, 0, "of the text"},
    {"function", COLUMN_TEXT, 0, "govern, identify, protect, detect, respond, recover"}, {"kind", COLUMN_TEXT, 0, "of requirement"},
    {"phases", COLUMN_TEXT, 0, "one a line"}, {"verdict", COLUMN_TEXT, 0, "met, partly-met, not-met, …"}, {"because", COLUMN_TEXT, 0, "one sentence"},
    {"since", COLUMN_TIME, COLUMN_MAYBE, "NULL: always so"}, {"source", COLUMN_TEXT, 0, "address"}};
static const struct column part_columns[] = {{"id", COLUMN_TEXT, COLUMN_KEY, "REQUIREMENT.part"}, {"requirement", COLUMN_TEXT, 0, "its requirement"},
    {"says", COLUMN_TEXT, 0, "what must hold"}, {"basis", COLUMN_TEXT, 0, "attested, recorded, observed, exercised"},
    {"state", COLUMN_TEXT, 0, "pass, fail, could-not-look, …"}, {"because", COLUMN_TEXT, 0, "one sentence"}, {"entry", COLUMN_INT, COLUMN_MAYBE, "newest that answers it"}};
static const struct column check_columns[] = {{"id", COLUMN_TEXT, COLUMN_KEY, "check"}, {"title", COLUMN_TEXT, 0, "what holds when it passes"},
    {"severity", COLUMN_TEXT, 0, "critical … info"}, {"why", COLUMN_TEXT, 0, "it matters"}, {"remedy", COLUMN_TEXT, 0, "what to do"},
    {"register", COLUMN_TEXT, 0, "it is asked about, or empty: of hosts"}, {"answers", COLUMN_TEXT, 0, "parts, one a line"}};
static const struct column effectiveness_columns[] = {{"check_id", COLUMN_TEXT, COLUMN_KEY, "check"}, {"subject", COLUMN_TEXT, COLUMN_KEY, "host or service, by name"},
    {"title", COLUMN_TEXT, 0, "of the check"}, {"severity", COLUMN_TEXT, 0, "of the check"}, {"state", COLUMN_TEXT, 0, "at the end of the period"},
    {"pass", COLUMN_INT, 0, "hundredths of a percent of the period"}, {"fail", COLUMN_INT, 0, "the same"}, {"not_applicable", COLUMN_INT, 0, "the same"},
    {"could_not_look", COLUMN_INT, 0, "the same"}, {"not_observed", COLUMN_INT, 0, "the same"}, {"runs", COLUMN_INT, 0, "that asked"},
    {"changes", COLUMN_INT, 0, "of the answer"}, {"first", COLUMN_TIME, COLUMN_MAYBE, "run"}, {"last", COLUMN_TIME, COLUMN_MAYBE, "run"},
    {"failed_since", COLUMN_TIME, COLUMN_MAYBE, "when it fails at the end"}};
static const struct column cited_columns[] = {{"entry", COLUMN_INT, COLUMN_KEY, "number of the entry"}, {"kind", COLUMN_TEXT, COLUMN_KEY, "evidence, run, decision, change"},
    {"what", COLUMN_TEXT, COLUMN_KEY, "what it shows"}, {"place", COLUMN_TEXT, 0, "host, service or register"}, {"at", COLUMN_TIME, 0, "when"},
    {"digest", COLUMN_TEXT, 0, "SHA-256 of the content, or of the statement"}};

#define TABLE(name, title, about, columns) const struct table name = {title, about, columns, sizeof columns / sizeof *columns}
TABLE(report_pack_requirement_table, "requirement", "Requirements and their verdicts", requirement_columns);
TABLE(report_pack_part_table, "part", "Parts of requirements", part_columns);
TABLE(report_pack_check_table, "asked_check", "Checks in use", check_columns);
TABLE(report_pack_effectiveness_table, "effectiveness", "How long each check held in the period", effectiveness_columns);
TABLE(report_pack_cited_table, "cited", "Entries the pack rests on", cited_columns);
const struct table *const report_pack_tables[] = {&report_pack_requirement_table, &report_pack_part_table, &report_pack_check_table,
    &report_pack_effectiveness_table, &report_pack_cited_table, NULL};

const char *const report_pack_parameters[] = {":now", ":service", ":phase", ":from", ":to", NULL};

const struct report_pack_column report_pack_block_columns[REPORT_PACK_BLOCK_COLUMNS] = {REPORT_PACK_COLUMN("what", "What", TEXT),
    REPORT_PACK_COLUMN("why", "Why", TEXT), REPORT_PACK_COLUMN("who", "Who can unblock it", PERSON), REPORT_PACK_COLUMN("by_when", "By when", DAY),
    REPORT_PACK_COLUMN("register", "Register", WORD), REPORT_PACK_COLUMN("number", "Number", NUMBER), REPORT_PACK_COLUMN("role", "As what", TEXT)};

static err
add_empty(struct job *job, struct query *query, const struct table *table)
{
	struct rows rows;
	rows_open(&rows, job, table);
	return query_table(job, query, &rows);
}

err
report_pack_query(struct job *job, const struct registry_registers *registers, struct query **ret)
{
	const char *const *names;
	TRY(query_open(job, NULL, ret));
	TRY(registry_empty_tables(job, registers, *ret));
	TRY(ledger_table_names(&names));
	for (size_t i = 0; names[i] != NULL; i++)
		TRY(add_empty(job, *ret, ledger_table_shape(slice_of(names[i]))));
	for (size_t i = 0; report_pack_tables[i] != NULL; i++)
		TRY(add_empty(job, *ret, report_pack_tables[i]));
	return query_lock(job, *ret);
}
