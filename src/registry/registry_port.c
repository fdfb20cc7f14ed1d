/*
 * Columns of sheets and cells of fields: what export and import agree on.
 * Deliberately reads no file and writes none (base/sheet.h does).
 */
#include "registry/registry_port_priv.h"

#include "base/text.h"
#include "registry/registry_access.h"

/* Headings */

static enum sheet_kind
kind_of(const struct registry_field *field)
{
	switch (field->type) {
	case REGISTRY_NUMBER:
	case REGISTRY_SCORE:
		return SHEET_NUMBER;
	case REGISTRY_MONEY:
		return SHEET_MONEY;
	case REGISTRY_DATE:
		return SHEET_DATE;
	case REGISTRY_INSTANT:
		return SHEET_INSTANT;
	case REGISTRY_LINK:
		return field->to_len == 1 && !field->many ? SHEET_NUMBER : SHEET_TEXT;
	default:
		return SHEET_TEXT;
	}
}

static void
take_field(const struct registry_field *field, struct registry_port_column *ret)
{
	*ret = (struct registry_port_column){.heads = field->type == REGISTRY_SCORE ? REGISTRY_HEADS_GIVEN : REGISTRY_HEADS_FIELD,
	    .field = field, .column = -1, .heading = field->id, .kind = kind_of(field)};
}

/* Columns of every register's table, and second columns of fields. */
static bool
take_column(const struct registry_register *def, slice heading, struct registry_port_column *ret)
{
	static const enum registry_heading heads[] = {
	    [REGISTRY_NUMBER_COLUMN] = REGISTRY_HEADS_NUMBER, [REGISTRY_STATUS] = REGISTRY_HEADS_STATUS, [REGISTRY_VERSION] = REGISTRY_HEADS_VERSION};
	for (unsigned i = 0; i < def->table.len; i++) {
		const struct column *column = &def->table.columns[i];
		if (!slice_same_nocase(slice_of(column->name), heading))
			continue;
		*ret = (struct registry_port_column){.heads = i <= REGISTRY_VERSION ? heads[i] : REGISTRY_HEADS_GIVEN,
		    .column = (int)i,
		    .heading = slice_of(column->name),
		    .kind = column->type == COLUMN_INT ? SHEET_NUMBER : column->type == COLUMN_TIME ? SHEET_INSTANT : SHEET_TEXT};
		return true;
	}
	return false;
}

bool
registry_port_find(const struct registry_register *def, slice heading, struct registry_port_column *ret)
{
	heading = slice_trim(heading);
	for (size_t i = 0; i < def->fields_len; i++)
		if (slice_same_nocase(def->fields[i].id, heading) || slice_same_nocase(slice_of(def->fields[i].option), heading)) {
			take_field(&def->fields[i], ret);
			return true;
		}
	if (take_column(def, heading, ret))
		return true;
	if (slice_same_nocase(heading, S("if-version")) || slice_same_nocase(heading, S("if_version")))
		return take_column(def, S("version"), ret);
	for (size_t i = 0; i < def->fields_len; i++)
		if (slice_same_nocase(def->fields[i].title, heading)) {
			take_field(&def->fields[i], ret);
			return true;
		}
	return false;
}

static void
nearer(slice heading, slice name, size_t *least, slice *ret)
{
	char lower[40];
	if (heading.len > sizeof lower)
		return;
	for (size_t i = 0; i < heading.len; i++)
		lower[i] = heading.at[i] >= 'A' && heading.at[i] <= 'Z' ? (char)(heading.at[i] + 32) : heading.at[i] == ' ' ? '_' : heading.at[i];
	slice small = slice_bytes(lower, heading.len);
	bool begun = small.len >= 3 && slice_starts(name, small);
	size_t far = begun ? 1 : slice_distance(small, name);
	if (far < *least && far < small.len && far * 2 <= small.len) {
		*least = far;
		*ret = name;
	}
}

slice
registry_port_nearest(const struct registry_register *def, slice heading)
{
	size_t least = 4;
	slice found = S("");
	heading = slice_trim(heading);
	for (size_t i = 0; i < def->fields_len; i++)
		nearer(heading, def->fields[i].id, &least, &found);
	nearer(heading, S("number"), &least, &found);
	nearer(heading, S("status"), &least, &found);
	nearer(heading, S("version"), &least, &found);
	return found;
}

/* Cells */

bool
registry_port_sees(const struct registry *registry, const struct registry_record *record, const struct registry_field *field)
{
	if (registry->access == NULL)
		return true;
	struct registry_ask ask = registry_ask_of(registry, record, S("read"));
	return registry_access_field(registry->access, &ask, field, false);
}

err
registry_port_person(struct job *job, const struct registry *registry, struct registry_memo *names, slice token, slice *ret)
{
	slice *known = registry_memo_find(names, token);
	if (known != NULL) {
		*ret = *known;
		return OK;
	}
	TRY(job_format(job, ret, "{person:%.*s}", SLICE(token)));
	TRY(ledger_person_show(job, registry->ledger, *ret, ret));
	return registry_memo_put(names, token, *ret);
}

/* One a line; as JSON where lines would not give the same items back. */
static err
list_cell(struct job *job, const json_t *list, slice *ret)
{
	struct buf buf = buf_open(job, "a list", 4 * MIB);
	size_t len = json_array_size(list);
	bool lines = true;
	for (size_t i = 0; i < len; i++) {
		slice item = json_text(json_array_get(list, i));
		lines = lines && slice_find(item, '\n') == item.len && (len > 1 || slice_find(item, ',') == item.len) && !slice_starts(item, S("["));
	}
	for (size_t i = 0; i < len && lines; i++) {
		buf_text(&buf, i > 0 ? "\n" : "");
		buf_add(&buf, json_text(json_array_get(list, i)));
	}
	if (!lines)
		json_write(&buf, list);
	return buf_end(&buf, ret);
}

err
registry_port_cell(struct job *job, const struct registry *registry, struct registry_memo *names, const struct registry_record *record,
    const struct registry_field *field, slice *ret)
{
	const json_t *value = json_object_getn(record->fields, field->id.at, field->id.len);
	*ret = S("");
	if (value == NULL || !registry_value_fits(field, value) || !registry_port_sees(registry, record, field))
		return OK;
	switch (field->type) {
	case REGISTRY_PERSON:
		return registry_port_person(job, registry, names, json_text(value), ret);
	case REGISTRY_LIST:
		return list_cell(job, value, ret);
	case REGISTRY_FILE:
		*ret = json_text(json_object_get(value, "name"));
		return OK;
	default:
		return registry_value_show(job, field, value, true, ret);
	}
}
