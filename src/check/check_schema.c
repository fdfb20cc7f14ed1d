/*
 * The tables a check may read: the collectors', an organisation's drop-ins, and host and reading, which the engine writes.
 */
#include "check/check_priv.h"

#include <string.h>

#include "registry/registry_lint.h"
#include "registry/registry_table.h"

static const struct column host_columns[] = {{"id", COLUMN_TEXT, COLUMN_KEY, "random id of the host"},
    {"name", COLUMN_TEXT, 0, "name it was accepted under"}, {"first_seen", COLUMN_TIME, 0, "first evidence"},
    {"last_seen", COLUMN_TIME, 0, "newest evidence"}};
const struct table check_host_table = {"host", "The host that is asked about", host_columns, 4};

static const struct column reading_columns[] = {{"table_name", COLUMN_TEXT, COLUMN_KEY, "fact table"},
    {"state", COLUMN_TEXT, 0, "read, absent or could-not-look"}, {"reason", COLUMN_TEXT, 0, "why not read"},
    {"rows", COLUMN_INT, 0, "rows it has"}, {"read_at", COLUMN_TIME, 0, "when it was read"}};
const struct table check_reading_table = {"reading", "How each table of the host was read", reading_columns, 5};

err
check_schema_open(struct job *job, const char *source_dir, struct check_schema *ret)
{
	struct dropin *dropins;
	*ret = (struct check_schema){0};
	if (source_dir == NULL)
		return OK;
	TRY(collect_schema_dropins(job, source_dir, &dropins, &ret->dropins_len));
	for (size_t i = 0; i < ret->dropins_len; i++)
		if (strcmp(dropins[i].table.name, check_host_table.name) == 0 ||
		    strcmp(dropins[i].table.name, check_reading_table.name) == 0)
			return err_set(job, ERR_INPUT, "%s:1: the table \"%s\" is filled by assay itself; choose another name",
			    dropins[i].path, dropins[i].table.name);
	ret->dropins = dropins;
	return OK;
}

const struct table *
check_schema_find(const struct check_schema *schema, slice name)
{
	const struct table *table = collect_schema_find(name);
	for (size_t i = 0; table == NULL && i < schema->dropins_len; i++)
		if (slice_same(slice_of(schema->dropins[i].table.name), name))
			table = &schema->dropins[i].table;
	return table != NULL || schema->registers == NULL ? table : registry_table_find(schema->registers, name, NULL);
}

static err
add_empty(struct job *job, struct query *query, const struct table *table)
{
	struct rows rows;
	rows_open(&rows, job, table);
	return query_table(job, query, &rows);
}

err
check_schema_query(struct job *job, const struct check_schema *schema, struct query **ret)
{
	TRY(query_open(job, NULL, ret));
	for (const struct table *const *table = collect_schema(); *table != NULL; table++)
		TRY(add_empty(job, *ret, *table));
	for (size_t i = 0; i < schema->dropins_len; i++)
		TRY(add_empty(job, *ret, &schema->dropins[i].table));
	TRY(add_empty(job, *ret, &check_host_table));
	TRY(add_empty(job, *ret, &check_reading_table));
	if (schema->registers != NULL)
		TRY(registry_empty_tables(job, schema->registers, *ret));
	return query_lock(job, *ret);
}
