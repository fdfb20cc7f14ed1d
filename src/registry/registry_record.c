/*
 * One record, from the ledger's rows to fields, deadlines and cells.
 * Deliberately decides nothing about who may see it.
 */
#include "registry/registry.h"

#include <string.h>

#define MAX_RUNS 2000

static err
read_deadlines(struct job *job, const struct ledger_record *base, struct registry_record *ret)
{
	const json_t *all;
	const char *rule;
	json_t *runs;
	size_t room = 0;
	TRY(json_read(job, "deadlines", base->deadlines, &all));
	json_object_foreach((json_t *)(uintptr_t)all, rule, runs)
		room += json_array_size(runs);
	if (room > MAX_RUNS)
		return err_set(job, ERR_LIMIT, "%.*s %lld: at most %d deadlines are read", SLICE(base->registry), (long long)base->number, MAX_RUNS);
	TRY(NEW(job, room + 1, &ret->deadlines));
	json_object_foreach((json_t *)(uintptr_t)all, rule, runs)
		for (size_t i = 0; i < json_array_size(runs); i++)
			TRY(registry_deadline_read(job, rule, json_array_get(runs, i), &ret->deadlines[ret->deadlines_len++]));
	size_t first = registry_deadline_earliest(ret->deadlines, ret->deadlines_len);
	if (first < ret->deadlines_len) {
		ret->due_us = ret->deadlines[first].due_us;
		ret->due_by = ret->deadlines[first].rule;
	}
	return OK;
}

static err
fill_cells(struct job *job, struct registry_record *record)
{
	const struct registry_register *def = record->def;
	const struct ledger_record *base = &record->base;
	int state = registry_state(def, base->status);
	bool ended = state >= 0 && def->states[state].end;
	struct cell *cells, unused;
	TRY(NEW(job, def->table.len, &cells));
	record->cells = cells;
	cells[REGISTRY_NUMBER_COLUMN] = INT(base->number);
	cells[REGISTRY_STATUS] = TEXT(base->status);
	cells[REGISTRY_VERSION] = INT(base->version);
	cells[REGISTRY_MADE] = INT(base->made_us);
	cells[REGISTRY_MADE_BY] = TEXT(base->made_by);
	cells[REGISTRY_CHANGED] = INT(base->changed_us);
	cells[REGISTRY_CHANGED_BY] = TEXT(base->changed_by);
	cells[REGISTRY_STATUS_SINCE] = INT(base->status_since_us);
	cells[REGISTRY_ENDED] = ended ? INT(base->status_since_us) : NIL;
	cells[REGISTRY_DUE] = record->due_us != 0 ? INT(record->due_us) : NIL;
	cells[REGISTRY_DUE_BY] = TEXT(record->due_by);
	for (size_t i = 0; i < def->fields_len; i++) {
		const struct registry_field *field = &def->fields[i];
		const json_t *value = field->column >= 0 ? json_object_getn(record->fields, field->id.at, field->id.len) : NULL;
		if (field->column >= 0)
			TRY(registry_value_cell(
			    job, field, value, &cells[field->column], field->second >= 0 ? &cells[field->second] : &unused));
	}
	return OK;
}

/* A column that is never NULL is empty when its field is. */
static void
fill_empty(struct registry_record *record)
{
	for (unsigned i = 0; i < record->def->table.len; i++)
		if (record->cells[i].null && (record->def->table.columns[i].flags & COLUMN_MAYBE) == 0)
			record->cells[i] = TEXT(S(""));
}

err
registry_record_of(struct job *job, const struct registry_register *def, const struct ledger_record *base, struct registry_record *ret)
{
	*ret = (struct registry_record){.def = def, .base = *base};
	TRY(json_read(job, "fields", base->fields, &ret->fields));
	TRY(read_deadlines(job, base, ret));
	TRY(fill_cells(job, ret));
	fill_empty(ret);
	const struct registry_field *label = registry_field(def, def->label);
	TRY(registry_value_show(job, label, json_object_getn(ret->fields, def->label.at, def->label.len), false, &ret->label));
	return OK;
}

err
registry_record(struct job *job, const struct registry *registry, struct ledger_moment at, const struct registry_register *def, int64_t number,
    struct registry_record *ret)
{
	struct ledger_record base;
	bool found;
	TRY(ledger_record(job, registry->ledger, at, def->id, number, &found, &base));
	if (!found)
		return err_set(job, ERR_MISSING, "there is no %.*s %lld; 'assay %.*s list' shows what there is", SLICE(def->id), (long long)number,
		    SLICE(def->id));
	return registry_record_of(job, def, &base, ret);
}

int64_t
registry_record_service(const struct registry *registry, const struct registry_record *record)
{
	if (record->def == registry->scope)
		return record->base.number;
	const struct registry_field *field = record->def->service.len > 0 ? registry_field(record->def, record->def->service) : NULL;
	return field != NULL && field->column >= 0 && !record->cells[field->column].null ? record->cells[field->column].number : 0;
}

unsigned
registry_record_rank(const struct registry_record *record)
{
	const struct registry_field *field = registry_field(record->def, S("classification"));
	slice word = field != NULL ? record->cells[field->column].text : S("");
	unsigned rank = 0;
	for (unsigned i = 0; registry_classification_words[i] != NULL; i++)
		if (slice_same(word, slice_of(registry_classification_words[i])))
			rank = i;
	return rank;
}
