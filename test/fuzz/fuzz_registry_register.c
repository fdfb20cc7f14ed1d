/*
 * Targets registry_load() and registry_lint(): the input is a register's definition. One that is taken has a table, a first state that is no end, fields that are found
 * again, and conditions that SQLite prepares or refuses; it never makes a table of more columns than there may be.
 */
#include <stdlib.h>

#include "registry/registry_lint.h"
#include "registry/registry_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void
need(bool held)
{
	if (!held)
		abort();
}

static void
look(const struct registry_register *def)
{
	need(def->states_len > 0 && !def->states[0].end && def->fields_len > 2 && def->table.len <= TABLE_MAX_COLUMNS);
	for (size_t i = 0; i < def->fields_len; i++) {
		need(registry_field(def, def->fields[i].id) == &def->fields[i]);
		need(def->fields[i].column < (int)def->table.len && def->fields[i].second < (int)def->table.len);
	}
	for (size_t i = 0; i < def->changes_len; i++) {
		need(registry_change(def, def->changes[i].id) == &def->changes[i]);
		need(def->changes[i].same || def->changes[i].to < def->states_len);
		for (size_t f = 0; f < def->changes[i].from_len; f++)
			need(def->changes[i].from[f] < def->states_len);
	}
	need(registry_field(def, def->label) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena DEFER(arena_close_at) = arena_open("fuzz", 64 * MIB);
	DEFER(query_close_at) struct query *query = NULL;
	struct registry_registers registers;
	struct job job;
	struct content_file files[] = {{.path = "deadline/look.yaml", .from = "look", .text = S("id: look\n")},
	    {.path = "register/thing.yaml", .from = "thing", .text = slice_bytes(at, len)}};
	struct content content = {.files = files, .len = 2};
	if (len > 32 * KIB)
		return 0;
	job_init(&job, arena);
	if (registry_load(&job, &content, NULL, &registers).code != ERR_NONE)
		return 0;
	need(registers.len == 1);
	look(&registers.at[0]);
	if (registry_empty_query(&job, &registers, &query).code == ERR_NONE)
		(void)registry_lint(&job, &registers, query, &registers.at[0]).code;
	return 0;
}
