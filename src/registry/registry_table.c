/*
 * The shapes of registers in SQL. Deliberately holds no rows.
 */
#include "registry/registry_table.h"

#include <string.h>

static const struct column first_columns[REGISTRY_COLUMNS] = {
    [REGISTRY_NUMBER_COLUMN] = {"number", COLUMN_INT, COLUMN_KEY, "given by assay, never used twice"},
    [REGISTRY_STATUS] = {"status", COLUMN_TEXT, 0, "state it is in"},
    [REGISTRY_VERSION] = {"version", COLUMN_INT, 0, "changes there were"},
    [REGISTRY_MADE] = {"made", COLUMN_TIME, 0, "when it was added"},
    [REGISTRY_MADE_BY] = {"made_by", COLUMN_TEXT, COLUMN_PERSONAL | COLUMN_TOKEN, "who added it"},
    [REGISTRY_CHANGED] = {"changed", COLUMN_TIME, 0, "newest change"},
    [REGISTRY_CHANGED_BY] = {"changed_by", COLUMN_TEXT, COLUMN_PERSONAL | COLUMN_TOKEN, "who made it"},
    [REGISTRY_STATUS_SINCE] = {"status_since", COLUMN_TIME, 0, "when it came into its state"},
    [REGISTRY_ENDED] = {"ended", COLUMN_TIME, COLUMN_MAYBE, "when it reached an end state"},
    [REGISTRY_DUE] = {"due", COLUMN_TIME, COLUMN_MAYBE, "earliest deadline that runs"},
    [REGISTRY_DUE_BY] = {"due_by", COLUMN_TEXT, 0, "that deadline's rule"},
};

static const struct column link_columns[] = {{"register", COLUMN_TEXT, COLUMN_KEY, "register of the record that links"},
    {"number", COLUMN_INT, COLUMN_KEY, "its number"}, {"field", COLUMN_TEXT, COLUMN_KEY, "by which field"},
    {"to_register", COLUMN_TEXT, COLUMN_KEY, "register it links to"}, {"to_number", COLUMN_INT, COLUMN_KEY, "number it links to"}};
static const struct column deadline_columns[] = {{"register", COLUMN_TEXT, COLUMN_KEY, "register of the record"},
    {"number", COLUMN_INT, COLUMN_KEY, "its number"}, {"rule", COLUMN_TEXT, COLUMN_KEY, "id of the rule"},
    {"started", COLUMN_TIME, 0, "it counts from"}, {"due", COLUMN_TIME, 0, "it must be done by"},
    {"paused", COLUMN_INT, 0, "1 while it does not count"}, {"stopped", COLUMN_TIME, COLUMN_MAYBE, "done; NULL while it runs"},
    {"late", COLUMN_INT, 0, "1 when it is or was over"}};
static const struct column status_change_columns[] = {{"register", COLUMN_TEXT, COLUMN_KEY, "register of the record"},
    {"number", COLUMN_INT, COLUMN_KEY, "its number"}, {"version", COLUMN_INT, COLUMN_KEY, "the change's place in its history"},
    {"at", COLUMN_TIME, 0, "when"}, {"made_by", COLUMN_TEXT, COLUMN_PERSONAL | COLUMN_TOKEN, "who"},
    {"change", COLUMN_TEXT, 0, "id of the change; '' when it was added"}, {"from_status", COLUMN_TEXT, 0, "state before; '' when it was added"},
    {"to_status", COLUMN_TEXT, 0, "state after"}};
static const struct column observation_columns[] = {{"register", COLUMN_TEXT, COLUMN_KEY, "register that should know"},
    {"host", COLUMN_TEXT, COLUMN_KEY, "name of the host that shows it; '' when none does"},
    {"key", COLUMN_TEXT, COLUMN_KEY, "what makes it the same thing"}, {"state", COLUMN_TEXT, 0, "unrecorded, unseen, recorded, ignored or could-not-look"},
    {"number", COLUMN_INT, COLUMN_MAYBE, "its record"},
    {"first_seen", COLUMN_TIME, COLUMN_MAYBE, "of what is unrecorded or ignored: shown without a gap since then, 30 days back at most"},
    {"last_seen", COLUMN_TIME, COLUMN_MAYBE, "newest collection that shows it; NULL when none does that was looked at"}};
static const struct column observed_change_columns[] = {{"host", COLUMN_TEXT, COLUMN_KEY, "name of the host"},
    {"table_name", COLUMN_TEXT, COLUMN_KEY, "fact table"}, {"key", COLUMN_TEXT, COLUMN_KEY, "key of the row; '' of could-not-look"},
    {"seen_after", COLUMN_TIME, COLUMN_KEY, "collection that shows it first"}, {"kind", COLUMN_TEXT, 0, "added, removed, changed or could-not-look"},
    {"seen_before", COLUMN_TIME, 0, "collection before"}, {"due", COLUMN_TIME, 0, "a change must be on record by"},
    {"change_number", COLUMN_INT, COLUMN_MAYBE, "approved change that covers it"}};

static const struct column check_result_columns[] = {{"check_id", COLUMN_TEXT, COLUMN_KEY, "check"},
    {"host", COLUMN_TEXT, COLUMN_KEY, "name of the host; '' of a check over registers"},
    {"verdict", COLUMN_TEXT, 0, "pass, fail, not-applicable or could-not-look"}, {"since", COLUMN_TIME, 0, "it has stood since"}};

#define SHARED(name, about) {#name, about, name##_columns, sizeof name##_columns / sizeof *name##_columns}
const struct table registry_link_table = SHARED(link, "Links between records");
const struct table registry_deadline_table = SHARED(deadline, "Deadlines of records");
const struct table registry_status_change_table = SHARED(status_change, "Status changes of records");
const struct table registry_observation_table = SHARED(observation, "What was observed, beside what is recorded");
const struct table registry_observed_change_table = SHARED(observed_change, "Differences between two collections of a host");
const struct table registry_check_result_table = SHARED(check_result, "Newest verdicts of checks");
const struct table *const registry_shared_tables[] = {&registry_link_table, &registry_deadline_table, &registry_status_change_table,
    &registry_observation_table, &registry_observed_change_table, &registry_check_result_table, NULL};

/* The column of a field: its type and whether it may be NULL. False: a field without one (links to many or to several registers). */
static bool
column_of(const struct registry_field *field, const char *name, struct column *ret)
{
	*ret = (struct column){.name = name, .type = COLUMN_TEXT, .about = field->title.at};
	switch (field->type) {
	case REGISTRY_NUMBER:
	case REGISTRY_MONEY:
	case REGISTRY_DURATION:
	case REGISTRY_SCORE:
		ret->type = COLUMN_INT;
		ret->flags = COLUMN_MAYBE;
		break;
	case REGISTRY_DATE:
	case REGISTRY_INSTANT:
		ret->type = COLUMN_TIME;
		ret->flags = COLUMN_MAYBE;
		break;
	case REGISTRY_LINK:
		ret->type = COLUMN_INT;
		ret->flags = COLUMN_MAYBE;
		return field->to_len == 1 && !field->many;
	case REGISTRY_PERSON:
		ret->flags = COLUMN_PERSONAL | COLUMN_TOKEN;
		break;
	default:
		break;
	}
	return true;
}

static err
add_column(struct job *job, struct registry_register *def, struct column *columns, const struct column *column)
{
	if (def->table.len == TABLE_MAX_COLUMNS)
		return yaml_refuse(job, def->node, "fields: a register's table has at most %d columns", TABLE_MAX_COLUMNS);
	columns[def->table.len++] = *column;
	return OK;
}

static err
add_field(struct job *job, struct registry_register *def, struct registry_field *field, struct column *columns)
{
	struct column column;
	const char *name;
	slice second = {0};
	TRY(job_string(job, field->id, &name));
	field->column = field->second = -1;
	if (!column_of(field, name, &column))
		return OK;
	TRY(job_string(job, field->title, &column.about));
	field->column = (int)def->table.len;
	TRY(add_column(job, def, columns, &column));
	if (field->type == REGISTRY_CVSS)
		TRY(job_format(job, &second, "%s_score", name));
	if (field->type == REGISTRY_SCORE && field->bands_len > 0)
		TRY(job_format(job, &second, "%s_band", name));
	if (second.len == 0)
		return OK;
	column = (struct column){.name = second.at, .type = field->type == REGISTRY_CVSS ? COLUMN_INT : COLUMN_TEXT, .about = column.about,
	    .flags = field->type == REGISTRY_CVSS ? COLUMN_MAYBE : 0};
	field->second = (int)def->table.len;
	return add_column(job, def, columns, &column);
}

err
registry_table_make(struct job *job, struct registry_register *def)
{
	struct column *columns;
	const char *about;
	TRY(NEW(job, TABLE_MAX_COLUMNS + 1, &columns));
	TRY(job_string(job, def->title, &about));
	memcpy(columns, first_columns, sizeof first_columns);
	def->table = (struct table){.name = def->table_name, .about = about, .columns = columns, .len = REGISTRY_COLUMNS};
	for (size_t i = 0; i < def->fields_len; i++)
		TRY(add_field(job, def, &def->fields[i], columns));
	for (unsigned i = 0; i < def->table.len; i++)
		for (unsigned j = 0; j < i; j++)
			if (strcmp(columns[i].name, columns[j].name) == 0)
				return yaml_refuse(job, def->node, "fields: two columns would be called \"%s\"", columns[i].name);
	return OK;
}

const struct table *
registry_table_find(const struct registry_registers *registers, slice name, const struct registry_register **ret_def)
{
	if (ret_def != NULL)
		*ret_def = NULL;
	for (size_t i = 0; i < registers->len; i++)
		if (slice_same(slice_of(registers->at[i].table_name), name)) {
			if (ret_def != NULL)
				*ret_def = &registers->at[i];
			return &registers->at[i].table;
		}
	for (size_t i = 0; registry_shared_tables[i] != NULL; i++)
		if (slice_same(slice_of(registry_shared_tables[i]->name), name))
			return registry_shared_tables[i];
	return NULL;
}
