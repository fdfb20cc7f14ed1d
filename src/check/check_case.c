/*
 * A check's own test facts, from YAML to a host's database.
 */
#include "check/check_case.h"

#include <string.h>

#include "registry/registry_table.h"

#define CASE_MARK "zqperson-"
#define CASE_NOW S("2026-11-22T00:00:00Z")

static const char *const case_words[] = {"pass", "fail", "not-applicable", "could-not-look", NULL};

static err
case_cell(struct job *job, const struct yaml *node, const struct column *column, struct cell *ret)
{
	int64_t number;
	if (node->kind != YAML_SCALAR)
		return yaml_refuse(job, node, "%s: expected a value", column->name);
	if (node->plain && (slice_same(node->text, S("null")) || slice_same(node->text, S("~")))) {
		if ((column->flags & COLUMN_MAYBE) == 0)
			return yaml_refuse(job, node, "%s is never NULL", column->name);
		*ret = NIL;
		return OK;
	}
	if (column->type == COLUMN_TEXT) {
		*ret = TEXT(node->text);
		return OK;
	}
	if (slice_i64(node->text, &number) || (column->type == COLUMN_TIME && instant_parse(node->text, &number))) {
		*ret = INT(number);
		return OK;
	}
	return yaml_refuse(job, node, "%s: expected a whole number%s, found \"%.*s\"", column->name,
	    column->type == COLUMN_TIME ? " or an instant" : "", SLICE(node->text));
}

/* A word that no record can hold tests nothing. */
static err
case_word(struct job *job, const struct yaml *node, const struct registry_register *def, int column)
{
	const struct registry_field *field = registry_field(def, node->key);
	if (column == REGISTRY_STATUS && registry_state(def, node->text) < 0)
		return yaml_refuse(job, node, "%.*s has no state \"%.*s\"", SLICE(def->id), SLICE(node->text));
	if (field == NULL || field->choices_len == 0 || node->text.len == 0)
		return OK;
	for (size_t i = 0; i < field->choices_len; i++)
		if (slice_same(field->choices[i].id, node->text))
			return OK;
	return yaml_refuse(job, node, "%.*s.%.*s has no choice \"%.*s\"", SLICE(def->id), SLICE(field->id), SLICE(node->text));
}

static err
case_row(struct job *job, const struct yaml *node, const struct table *table, const struct registry_register *def, int64_t now_us, struct rows *rows)
{
	struct cell cells[TABLE_MAX_COLUMNS];
	TRY(yaml_is_map(job, node, "a row"));
	for (unsigned i = 0; i < table->len; i++)
		cells[i] = (table->columns[i].flags & COLUMN_MAYBE) != 0 ? NIL
			   : table->columns[i].type == COLUMN_TEXT       ? TEXT(S(""))
									 : INT(0);
	if (def != NULL) { /* a record of yesterday, in its first state, unless the case says otherwise */
		cells[REGISTRY_STATUS] = TEXT(def->states[0].id);
		cells[REGISTRY_VERSION] = INT(1);
		cells[REGISTRY_MADE] = cells[REGISTRY_CHANGED] = cells[REGISTRY_STATUS_SINCE] = INT(now_us - DAY_US);
		cells[registry_field(def, S("classification"))->column] = TEXT(S("official"));
	}
	for (const struct yaml *value = node->first; value != NULL; value = value->next) {
		int at = table_column(table, value->key);
		if (at < 0)
			return yaml_refuse(job, value, "the table %s has no column \"%.*s\"", table->name, SLICE(value->key));
		TRY(case_cell(job, value, &table->columns[at], &cells[at]));
		if (def != NULL)
			TRY(case_word(job, value, def, at));
	}
	return rows_add(rows, cells);
}

/* The rows of ${table} in this case, and how it was read. */
static err
case_table(struct job *job, const struct yaml *node, const struct table *table, const struct registry_register *def, int64_t now_us, struct rows *rows,
    enum reading_state *ret_state)
{
	*ret_state = READING_READ;
	if (node == NULL)
		return OK;
	if (node->kind == YAML_SCALAR) {
		unsigned at;
		TRY(yaml_choice(job, node, (const char *const[]){"read", "absent", "could-not-look", NULL}, &at));
		*ret_state = (enum reading_state)at;
		return OK;
	}
	if (node->kind != YAML_LIST)
		return yaml_refuse(job, node, "%s: expected rows, absent or could-not-look", table->name);
	for (const struct yaml *row = node->first; row != NULL; row = row->next)
		TRY(case_row(job, row, table, def, now_us, rows));
	return OK;
}

struct building {
	const struct check *check;
	const char *mark;        /* put before every personal value, or NULL */
	const struct yaml *node; /* the case */
	struct query *query;
	struct rows *readings;
	int64_t now_us;
};

/* Only what the check reads is put into SQLite: sixty tables for each case of each check take their time. */
static bool
is_read(const struct check *check, const struct table *table)
{
	for (size_t i = 0; i < check->tables_len; i++)
		if (slice_same(check->tables[i], slice_of(table->name)))
			return true;
	return check->tables == NULL;
}

/* The same rows about people whose names all begin with ${mark}: what is joined on stays equal. */
static err
mark_persons(struct job *job, const char *mark, struct rows *rows)
{
	for (size_t r = 0; r < rows->len; r++)
		for (unsigned i = 0; i < rows->table->len; i++) {
			struct cell *cell = &rows->row[r][i];
			bool person = (rows->table->columns[i].flags & COLUMN_PERSONAL) != 0 && rows->table->columns[i].type == COLUMN_TEXT;
			if (person && !cell->null && cell->text.len > 0)
				TRY(job_format(job, &cell->text, "%s%.*s", mark, SLICE(cell->text)));
		}
	return OK;
}

static err
build_table(struct job *job, struct building *building, const struct table *table, const struct registry_register *def)
{
	struct rows rows;
	enum reading_state state;
	const struct yaml *node = yaml_get(building->node, table->name);
	rows_open(&rows, job, table);
	TRY(case_table(job, node, table, def, building->now_us, &rows, &state));
	if (building->mark != NULL)
		TRY(mark_persons(job, building->mark, &rows));
	TRY(rows_add(building->readings, (struct cell[]){TEXT(slice_of(table->name)), TEXT(slice_of(reading_words[state])),
					     TEXT(S("the test says so")), INT((int64_t)rows.len), INT(building->now_us)}));
	return is_read(building->check, table) ? query_table(job, building->query, &rows) : OK;
}

static err
known_tables(struct job *job, const struct yaml *node, const struct check_schema *schema)
{
	for (const struct yaml *child = node->first; child != NULL; child = child->next)
		if (check_schema_find(schema, child->key) == NULL && !slice_same(child->key, S("host")) &&
		    !slice_same(child->key, S("reading")))
			return yaml_refuse(job, child, "there is no fact table \"%.*s\"", SLICE(child->key));
	return OK;
}

/* host and reading may be given in a case; otherwise they are what the engine would write. */
static err
build_engine_tables(struct job *job, struct building *building)
{
	struct rows host;
	enum reading_state state;
	const struct yaml *given = yaml_get(building->node, "reading");
	rows_open(&host, job, &check_host_table);
	if (yaml_get(building->node, "host") != NULL)
		TRY(case_table(job, yaml_get(building->node, "host"), &check_host_table, NULL, building->now_us, &host, &state));
	else
		TRY(rows_add(&host, (struct cell[]){TEXT(S("0123456789abcdef0123456789abcdef")), TEXT(S("test")), INT(building->now_us),
					INT(building->now_us)}));
	TRY(query_table(job, building->query, &host));
	if (given == NULL)
		return query_table(job, building->query, building->readings);
	struct rows readings;
	rows_open(&readings, job, &check_reading_table);
	TRY(case_table(job, given, &check_reading_table, NULL, building->now_us, &readings, &state));
	return query_table(job, building->query, &readings);
}

static err
build_records(struct job *job, const struct check_schema *schema, struct building *building)
{
	for (size_t i = 0; i < schema->registers->len; i++)
		TRY(build_table(job, building, &schema->registers->at[i].table, &schema->registers->at[i]));
	for (size_t i = 0; registry_shared_tables[i] != NULL; i++)
		TRY(build_table(job, building, registry_shared_tables[i], NULL));
	return query_lock(job, building->query);
}

static err
build(struct job *job, const struct check_schema *schema, struct building *building)
{
	TRY(known_tables(job, building->node, schema));
	rows_open(building->readings, job, &check_reading_table);
	TRY(query_open(job, NULL, &building->query));
	if (building->check->registry.len > 0)
		return build_records(job, schema, building);
	for (const struct table *const *table = collect_schema(); *table != NULL; table++)
		TRY(build_table(job, building, *table, NULL));
	for (size_t i = 0; i < schema->dropins_len; i++)
		TRY(build_table(job, building, &schema->dropins[i].table, NULL));
	TRY(build_engine_tables(job, building));
	return query_lock(job, building->query);
}

static void
building_close_at(struct building *building)
{
	query_close(building->query);
}

static err
ask_case(struct job *job, const struct check_schema *schema, const struct check *check, const struct yaml *node, const char *mark,
    int64_t now_us, struct check_answer *ret)
{
	struct rows readings;
	DEFER(building_close_at)
	struct building building = {.check = check, .mark = mark, .node = node, .readings = &readings, .now_us = now_us};
	TRY(build(job, schema, &building));
	struct check_facts facts = {.query = building.query, .readings = &readings};
	return check_ask(job, &facts, schema, check, NULL, now_us, ret);
}

static bool
has_nocase(slice text, slice part)
{
	for (size_t at = 0; at + part.len <= text.len; at++)
		if (slice_same_nocase(slice_part(text, at, part.len), part))
			return true;
	return false;
}

/* Asked again about marked people, no mark may come out but in a personal column of its own: through lower(), a union or a CTE a name would
 * be kept for good. */
static err
refuse_names(struct job *job, const struct check_schema *schema, const struct check *check, const struct yaml *node, int64_t now_us)
{
	struct check_answer answer;
	TRY(ask_case(job, schema, check, node, CASE_MARK, now_us, &answer));
	for (size_t r = 0; r < answer.len; r++)
		for (size_t i = 0; i < answer.rows[r].len; i++) {
			const struct check_row *row = &answer.rows[r];
			if (!row->personal[i] && row->is_text[i] && has_nocase(row->cells[i].text, S(CASE_MARK)))
				return yaml_refuse(job, yaml_get(check->node, "query"),
				    "query: the column \"%.*s\" gives a person's name away: select the personal column by itself",
				    SLICE(row->columns[i].name));
		}
	return OK;
}

static err
run_case(struct job *job, const struct check_schema *schema, const struct check *check, const struct yaml *node, enum ledger_verdict wanted,
    int64_t now_us)
{
	struct check_answer answer;
	TRY(ask_case(job, schema, check, node, NULL, now_us, &answer));
	if (answer.verdict != wanted)
		return yaml_refuse(job, node, "%.*s: the test facts \"%s\" give %s%s%.*s", SLICE(check->id), case_words[wanted],
		    ledger_verdict_words[answer.verdict], answer.reason.len > 0 ? ": " : "", SLICE(answer.reason));
	return wanted == LEDGER_FAIL ? refuse_names(job, schema, check, node, now_us) : OK;
}

err
check_case_run(struct job *job, const struct check_schema *schema, const struct check *check)
{
	static const char *const keys[] = {"now", "pass", "fail", "not-applicable", "could-not-look", NULL};
	slice text = CASE_NOW;
	int64_t now_us;
	TRY(yaml_only(job, check->tests, keys));
	TRY(yaml_maybe_text(job, check->tests, "now", &text));
	if (text.len == 0)
		text = CASE_NOW;
	if (!instant_parse(text, &now_us))
		return yaml_refuse(job, check->tests, "tests: now: expected an instant, found \"%.*s\"", SLICE(text));
	for (unsigned i = 0; case_words[i] != NULL; i++) {
		const struct yaml *node = yaml_get(check->tests, case_words[i]);
		bool never = node != NULL && node->kind == YAML_SCALAR && slice_same(node->text, S("never"));
		if (i == LEDGER_COULD_NOT_LOOK && check->registry.len > 0 && check->blind == NULL) { /* registers can always be read */
			if (node != NULL)
				return yaml_refuse(job, node, "could-not-look: a check over registers has no such case");
			continue;
		}
		if (node == NULL)
			return yaml_refuse(job, check->tests, "%.*s: the test facts \"%s\" are missing", SLICE(check->id), case_words[i]);
		if (never && (i != LEDGER_NOT_APPLICABLE || !slice_same(slice_trim(slice_of(check->applies)), S("SELECT 1"))))
			return yaml_refuse(job, node, "never: only not-applicable, and only where applies is SELECT 1");
		if (never)
			continue;
		TRY(yaml_is_map(job, node, "test facts"));
		TRY(run_case(job, schema, check, node, (enum ledger_verdict)i, now_us));
	}
	return OK;
}
