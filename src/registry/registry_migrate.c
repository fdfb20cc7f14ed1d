/*
 * Moving records to another definition: planned from what the view found that the definition does not know, done as changes like any other.
 * Deliberately judges no field: what was kept by an earlier definition was good by it.
 */
#include "registry/registry_migrate.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/ledger_sql.h"
#include "registry/registry_view.h"

static bool
is_in(slice word, const slice *words, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (slice_same(words[i], word))
			return true;
	return false;
}

const char *
registry_orphan_kind(const struct registry_register *def, slice key, const json_t *value)
{
	const struct registry_field *field = registry_field(def, key);
	if (field == NULL)
		return "field";
	if (!registry_value_fits(field, value))
		return "type";
	for (size_t i = 0; i < field->choices_len; i++)
		if (slice_same(field->choices[i].id, json_text(value)))
			return NULL;
	return field->choices_len > 0 ? "choice" : NULL;
}

static void
say_what_becomes(const struct registry_register *def, struct registry_orphan *orphan)
{
	bool state = slice_same(orphan->what, S("state"));
	for (size_t i = 0; state && i < def->states_len; i++)
		if (is_in(orphan->name, def->states[i].was, def->states[i].was_len))
			orphan->to = def->states[i].id;
	for (size_t i = 0; !state && slice_same(orphan->what, S("field")) && i < def->fields_len; i++)
		if (is_in(orphan->name, def->fields[i].was, def->fields[i].was_len))
			orphan->to = def->fields[i].id;
	orphan->dropped = !state && orphan->to.len == 0 && is_in(orphan->name, def->drops, def->drops_len);
	orphan->said = orphan->to.len > 0 || orphan->dropped;
}

err
registry_migrate_plan(
    struct job *job, const struct registry *registry, const struct registry_register *def, struct registry_orphan **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	size_t room = def->fields_len + def->states_len + 200;
	bool row;
	TRY(NEW(job, room, ret));
	*ret_len = 0;
	TRY(ledger_sql_open(job, ledger_sql_db(registry->ledger),
	    "SELECT what, name, count(*) FROM rt_orphan WHERE register = ?1 GROUP BY what, name ORDER BY what, name", false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(def->id))));
	while (*ret_len < room) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		struct registry_orphan *orphan = &(*ret)[(*ret_len)++];
		TRY(ledger_sql_text(job, stmt, 0, &orphan->what));
		TRY(ledger_sql_text(job, stmt, 1, &orphan->name));
		orphan->records = (size_t)ledger_sql_int(stmt, 2);
		say_what_becomes(def, orphan);
	}
	return OK;
}

err
registry_migrate_need(struct job *job, const struct registry *registry, const struct registry_register *def)
{
	struct registry_orphan *orphans;
	size_t len;
	TRY(registry_migrate_plan(job, registry, def, &orphans, &len));
	if (len == 0)
		return OK;
	return err_set(job, ERR_CONFLICT,
	    "the definition of %.*s changed: its %.*s \"%.*s\" is held by %zu of the records and the definition does not know it; 'assay register migrate %.*s' shows the "
	    "plan",
	    SLICE(def->id), SLICE(slice_same(orphans[0].what, S("type")) || slice_same(orphans[0].what, S("choice")) ? S("field") : orphans[0].what),
	    SLICE(orphans[0].name), orphans[0].records, SLICE(def->id));
}

static int
by_text(const void *a, const void *b)
{
	return slice_order(*(const slice *)a, *(const slice *)b);
}

/* What ${record} holds of ${orphan}; NULL: nothing, or what it holds is as it should be. */
static const json_t *
orphaned_value(const struct registry_record *record, const struct registry_orphan *orphan)
{
	const json_t *value = json_object_getn(record->fields, orphan->name.at, orphan->name.len);
	const char *kind = value != NULL ? registry_orphan_kind(record->def, orphan->name, value) : NULL;
	return kind != NULL && slice_same(slice_of(kind), orphan->what) ? value : NULL;
}

/* One value would be lost if two went to one field: that is for the definition to decide. */
static err
check_target(struct job *job, const struct registry_record *record, const struct registry_orphan *orphans, size_t at, const json_t *value)
{
	const struct registry_orphan *orphan = &orphans[at];
	const json_t *held = json_object_getn(record->fields, orphan->to.at, orphan->to.len);
	for (size_t i = 0; i < at && held == NULL; i++)
		if (slice_same(orphans[i].to, orphan->to))
			held = orphaned_value(record, &orphans[i]);
	if (held == NULL || json_equal(held, value))
		return OK;
	return err_set(job, ERR_CONFLICT, "%s: %.*s %lld holds \"%.*s\" and another value that goes to \"%.*s\" too: name the one that may go in drops:",
	    record->def->from, SLICE(record->def->id), (long long)record->base.number, SLICE(orphan->name), SLICE(orphan->to));
}

static bool
is_taken(const struct registry_record *record, const struct registry_orphan *orphans, size_t at)
{
	bool taken = json_object_getn(record->fields, orphans[at].to.at, orphans[at].to.len) != NULL;
	for (size_t i = 0; i < at && !taken; i++)
		taken = slice_same(orphans[i].to, orphans[at].to) && orphaned_value(record, &orphans[i]) != NULL;
	return taken;
}

/* The fields of one record that become others: "old":null and "new":value, keys sorted. */
static err
sets_of(struct job *job, const struct registry_record *record, const struct registry_orphan *orphans, size_t len, slice *ret)
{
	struct buf buf = buf_open(job, "a change", MIB);
	slice *members;
	size_t members_len = 0;
	TRY(NEW(job, 2 * len + 1, &members));
	for (size_t i = 0; i < len; i++) {
		const json_t *value = orphaned_value(record, &orphans[i]);
		slice text;
		if (value == NULL)
			continue;
		TRY(job_format(job, &members[members_len++], "\"%.*s\":null", SLICE(orphans[i].name)));
		if (orphans[i].to.len == 0)
			continue;
		TRY(check_target(job, record, orphans, i, value));
		if (is_taken(record, orphans, i))
			continue;
		struct buf json = buf_open(job, "a value", MIB);
		json_write(&json, value);
		TRY(buf_end(&json, &text));
		TRY(job_format(job, &members[members_len++], "\"%.*s\":%.*s", SLICE(orphans[i].to), SLICE(text)));
	}
	qsort(members, members_len, sizeof *members, by_text);
	buf_byte(&buf, '{');
	for (size_t i = 0; i < members_len; i++) {
		buf_text(&buf, i > 0 ? "," : "");
		buf_add(&buf, members[i]);
	}
	buf_byte(&buf, '}');
	return buf_end(&buf, ret);
}

static err
change_of(struct job *job, const struct registry_record *record, const struct registry_orphan *orphans, size_t len, struct ledger_change *ret)
{
	*ret = (struct ledger_change){.uid = record->base.uid,
	    .registry = record->def->id,
	    .number = record->base.number,
	    .version = record->base.version + 1,
	    .status = record->base.status,
	    .reason = S("the register's definition changed"),
	    .at_us = job_now(job)};
	for (size_t i = 0; i < len; i++)
		if (slice_same(orphans[i].what, S("state")) && slice_same(orphans[i].name, record->base.status))
			ret->status = orphans[i].to;
	return sets_of(job, record, orphans, len, &ret->sets);
}

static err
orphaned_numbers(struct job *job, const struct registry *registry, const struct registry_register *def, int64_t **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL, *count DEFER(ledger_sql_close_at) = NULL;
	sqlite3 *db = ledger_sql_db(registry->ledger);
	bool row;
	TRY(ledger_sql_open(job, db, "SELECT count(DISTINCT number) FROM rt_orphan WHERE register = ?1", false, &count));
	TRY(ledger_sql_bind(job, count, SQL_WITH(SQL_T(def->id))));
	TRY(ledger_sql_step(job, count, &row));
	size_t room = (size_t)ledger_sql_int(count, 0);
	TRY(NEW(job, room + 1, ret));
	*ret_len = 0;
	TRY(ledger_sql_open(job, db, "SELECT DISTINCT number FROM rt_orphan WHERE register = ?1 ORDER BY number", false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(def->id))));
	while (*ret_len < room) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		(*ret)[(*ret_len)++] = ledger_sql_int(stmt, 0);
	}
	return OK;
}

err
registry_migrate(struct job *job, const struct registry *registry, const struct registry_register *def, size_t *ret_records)
{
	struct ledger_moment now = {.size = ledger_size(registry->ledger), .now_us = job_now(job)};
	struct registry_orphan *orphans;
	struct ledger_change *changes;
	struct ledger_receipt receipt;
	int64_t *numbers;
	size_t len, numbers_len;
	*ret_records = 0;
	TRY(registry_migrate_plan(job, registry, def, &orphans, &len));
	for (size_t i = 0; i < len; i++)
		if (!orphans[i].said)
			return err_set(job, ERR_CONFLICT, "%s: nothing says what becomes of the %.*s \"%.*s\" of %zu records: name it in a field's or state's was:, or in drops:",
			    def->from, SLICE(orphans[i].what), SLICE(orphans[i].name), orphans[i].records);
	TRY(orphaned_numbers(job, registry, def, &numbers, &numbers_len));
	if (numbers_len == 0)
		return OK;
	TRY(NEW(job, numbers_len, &changes));
	for (size_t i = 0; i < numbers_len; i++) {
		struct registry_record record;
		TRY(registry_record(job, registry, now, def, numbers[i], &record));
		TRY(change_of(job, &record, orphans, len, &changes[i]));
	}
	TRY(ledger_change_append(job, registry->ledger, changes, numbers_len, &receipt));
	*ret_records = numbers_len;
	return registry_view_refresh(job, registry);
}
