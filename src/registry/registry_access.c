/*
 * The decision: grants of a person, the rules of their roles, and what a record is. Also what follows from it: reach of lists, fields, columns.
 * Deliberately does not: append anything (registry_access_note.c) or put it into words (registry_access_explain.c).
 */
#include <stdlib.h>

#include "registry/registry_access_priv.h"
#include "registry/registry_view.h"

const char *const registry_standing_words[] = {"live", "ended", "revoked", "no such role", "wrong scope", NULL};

/* Opening */

static void
judge_held(const struct registry_roles *roles, int64_t now_us, struct registry_held *held)
{
	const struct ledger_grant *grant = &held->grant;
	held->role = registry_role_find(roles, grant->role);
	held->ends_us = grant->until_us;
	if (held->role != NULL && held->role->expires) {
		int64_t latest = instant_after(grant->made_us, held->role->within);
		if (held->ends_us == 0 || held->ends_us > latest)
			held->ends_us = latest;
	}
	held->standing = grant->revoked                                            ? REGISTRY_HELD_REVOKED
			 : held->ends_us != 0 && held->ends_us <= now_us          ? REGISTRY_HELD_ENDED
			 : held->role == NULL                                     ? REGISTRY_HELD_ROLELESS
			 : !held->role->any_scope && held->role->scope != grant->scope ? REGISTRY_HELD_MISFIT
										  : REGISTRY_HELD_LIVE;
}

static err
read_held(struct job *job, const struct registry *registry, const struct registry_roles *roles, struct ledger_moment at, slice person,
    struct registry_held **ret, size_t *ret_len)
{
	struct ledger_grant *grants;
	TRY(ledger_grants(job, registry->ledger, at, person, &grants, ret_len));
	TRY(NEW(job, *ret_len + 1, ret));
	for (size_t i = 0; i < *ret_len; i++) {
		(*ret)[i].grant = grants[i];
		judge_held(roles, at.now_us, &(*ret)[i]);
	}
	return OK;
}

err
registry_access_held(struct job *job, const struct registry *registry, const struct registry_roles *roles, struct ledger_moment at,
    struct registry_held **ret, size_t *ret_len)
{
	return read_held(job, registry, roles, at, S(""), ret, ret_len);
}

/* Which unit each service is of: asked only when a grant is over one. */
static err
read_units(struct job *job, struct registry_access *access)
{
	const struct registry_register *scope = access->registry->scope;
	const struct registry_field *field = scope != NULL && scope->unit.len > 0 ? registry_field(scope, scope->unit) : NULL;
	struct ledger_record *records;
	struct registry_record record;
	size_t len;
	bool wanted = false;
	for (size_t i = 0; i < access->held_len; i++)
		wanted = wanted || (access->held[i].standing == REGISTRY_HELD_LIVE && access->held[i].grant.scope == LEDGER_SCOPE_UNIT);
	if (!wanted || field == NULL || field->column < 0)
		return OK;
	TRY(ledger_records(job, access->registry->ledger, access->at, scope->id, &records, &len));
	TRY(NEW(job, len + 1, &access->units));
	for (size_t i = 0; i < len; i++) {
		TRY(registry_record_of(job, scope, &records[i], &record));
		access->units[access->units_len++] =
		    (struct registry_unit){.service = records[i].number, .unit = record.cells[field->column].text};
	}
	return OK;
}

err
registry_access_open(
    struct job *job, const struct registry *registry, struct ledger_moment at, slice actor, struct registry_access **ret)
{
	struct registry_access *access;
	bool any;
	TRY(NEW(job, 1, &access));
	*access = (struct registry_access){.registry = registry, .at = at, .actor = actor};
	TRY(registry_role_load(job, registry->content, &registry->registers, NULL, NULL, &access->roles));
	TRY(ledger_grants_any(job, registry->ledger, at, &any));
	access->unclaimed = !any;
	if (actor.len > 0)
		TRY(read_held(job, registry, &access->roles, at, actor, &access->held, &access->held_len));
	TRY(read_units(job, access));
	*ret = access;
	return OK;
}

err
registry_access_open_mine(struct job *job, const struct registry *registry, struct registry_access **ret)
{
	struct ledger_moment now;
	slice token = {0};
	bool found;
	TRY(ledger_moment(job, registry->ledger, 0, &now));
	TRY(registry_person_find(job, registry, job->actor, &found, &token));
	return registry_access_open(job, registry, now, found ? token : S(""), ret);
}

struct registry_ask
registry_ask_of(const struct registry *registry, const struct registry_record *record, slice capability)
{
	return (struct registry_ask){.capability = capability,
	    .def = record->def,
	    .number = record->base.number,
	    .service = registry_record_service(registry, record),
	    .rank = registry_record_rank(record)};
}

/* Deciding */

static slice
unit_of(const struct registry_access *access, int64_t service)
{
	size_t low = 0, high = access->units_len;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (access->units[middle].service == service)
			return access->units[middle].unit;
		if (access->units[middle].service < service)
			low = middle + 1;
		else
			high = middle;
	}
	return S("");
}

static bool
is_over(const struct registry_access *access, const struct ledger_grant *grant, const struct registry_ask *ask)
{
	switch (grant->scope) {
	case LEDGER_SCOPE_ORGANISATION:
		return true;
	case LEDGER_SCOPE_SERVICE:
		return ask->service != 0 && ask->service == grant->service;
	case LEDGER_SCOPE_UNIT:
	default:
		return ask->service != 0 && slice_same(unit_of(access, ask->service), grant->unit);
	}
}

static enum registry_miss
try_rule(const struct registry_rule *rule, const struct registry_ask *ask)
{
	if (!registry_rule_in(rule, ask->def))
		return REGISTRY_MISS_REGISTER;
	if (!registry_rule_does(rule, ask->capability))
		return REGISTRY_MISS_CAPABILITY;
	return ask->rank > rule->up_to ? REGISTRY_MISS_RANK : REGISTRY_MISS_SCOPE;
}

enum registry_miss
registry_role_try(const struct registry_role *role, const struct registry_ask *ask)
{
	enum registry_miss furthest = REGISTRY_MISS_REGISTER;
	for (size_t i = 0; i < role->rules_len; i++) {
		enum registry_miss miss = try_rule(&role->rules[i], ask);
		if (miss > furthest)
			furthest = miss;
	}
	return furthest;
}

enum registry_miss
registry_access_try(const struct registry_access *access, const struct registry_held *held, const struct registry_ask *ask)
{
	if (held->standing != REGISTRY_HELD_LIVE)
		return REGISTRY_MISS_STANDING;
	enum registry_miss furthest = registry_role_try(held->role, ask);
	if (furthest != REGISTRY_MISS_SCOPE)
		return furthest;
	if (is_over(access, &held->grant, ask))
		return REGISTRY_MISS_NONE;
	for (size_t i = 0; i < held->role->rules_len && ask->service == 0 && ask->def != NULL; i++)
		if (held->role->rules[i].shared && try_rule(&held->role->rules[i], ask) == REGISTRY_MISS_SCOPE)
			return REGISTRY_MISS_NONE;
	return REGISTRY_MISS_SCOPE;
}

bool
registry_access_allows(const struct registry_access *access, const struct registry_ask *ask, const struct registry_held **ret_by)
{
	if (ret_by != NULL)
		*ret_by = NULL;
	if (access->unclaimed)
		return true;
	for (size_t i = 0; i < access->held_len; i++)
		if (registry_access_try(access, &access->held[i], ask) == REGISTRY_MISS_NONE) {
			if (ret_by != NULL)
				*ret_by = &access->held[i];
			return true;
		}
	return false;
}

bool
registry_held_whole(const struct registry_held *held)
{
	return held->standing == REGISTRY_HELD_LIVE && held->ends_us == 0 && held->grant.scope == LEDGER_SCOPE_ORGANISATION &&
	       registry_role_whole(held->role);
}

/* What follows from it */

bool
registry_access_field(const struct registry_access *access, const struct registry_ask *ask, const struct registry_field *field, bool write)
{
	struct registry_ask about = *ask;
	slice own = write ? field->write : field->read;
	if (own.len > 0)
		about.capability = own;
	else if (!write)
		about.capability = S("read");
	else if (registry_capability_reads(ask->capability))
		about.capability = S("edit");
	return registry_access_allows(access, &about, NULL);
}

/* The ask that stands for every record of a kind; false: its register is no longer defined, and nobody sees it. */
static bool
ask_of_key(const struct registry_access *access, const struct registry_key *key, slice capability, struct registry_ask *ret)
{
	*ret = (struct registry_ask){.capability = capability,
	    .def = registry_find(&access->registry->registers, key->registry),
	    .service = key->service,
	    .rank = key->rank};
	return ret->def != NULL;
}

/* Everything, without asking key by key? */
static bool
is_all(const struct registry_access *access)
{
	for (size_t i = 0; i < access->held_len; i++)
		if (access->held[i].standing == REGISTRY_HELD_LIVE && access->held[i].grant.scope == LEDGER_SCOPE_ORGANISATION &&
		    registry_role_whole(access->held[i].role))
			return true;
	return access->unclaimed;
}

err
registry_access_reach(
    struct job *job, const struct registry_access *access, slice capability, const struct registry_register *def, struct registry_reach *ret)
{
	struct registry_key *keys;
	struct registry_ask ask;
	int64_t *ids;
	size_t len;
	*ret = (struct registry_reach){.all = is_all(access)};
	if (ret->all)
		return OK;
	TRY(registry_view_keys(job, access->registry, &keys, &len));
	TRY(NEW(job, len + 1, &ids));
	for (size_t i = 0; i < len; i++)
		if ((def == NULL || slice_same(def->id, keys[i].registry)) && ask_of_key(access, &keys[i], capability, &ask) &&
		    registry_access_allows(access, &ask, NULL))
			ids[ret->len++] = keys[i].id;
	ret->ids = ids;
	return OK;
}

/* The field a column of the table holds, its score or band included; NULL: one that every register has. */
static const struct registry_field *
field_of_column(const struct registry_register *def, int column)
{
	for (size_t i = 0; i < def->fields_len; i++)
		if (column >= 0 && (def->fields[i].column == column || def->fields[i].second == column))
			return &def->fields[i];
	return NULL;
}

err
registry_access_everywhere(struct job *job, const struct registry_access *access, const struct registry_register *def, const struct registry_field *field, bool *ret)
{
	struct registry_key *keys;
	struct registry_ask ask;
	size_t len;
	*ret = true;
	if (field->read.len == 0 || is_all(access))
		return OK;
	TRY(registry_view_keys(job, access->registry, &keys, &len));
	for (size_t i = 0; i < len && *ret; i++)
		if (slice_same(def->id, keys[i].registry) && ask_of_key(access, &keys[i], S("read"), &ask) &&
		    registry_access_allows(access, &ask, NULL))
			*ret = registry_access_field(access, &ask, field, false);
	return OK;
}

err
registry_access_column(struct job *job, const struct registry_access *access, const struct registry_register *def, slice column, bool *ret)
{
	const struct registry_field *field = field_of_column(def, table_column(&def->table, column));
	*ret = true;
	return field != NULL ? registry_access_everywhere(job, access, def, field, ret) : OK;
}

static err
mask_field(struct job *job, const struct registry_access *access, const struct registry_register *def, const struct registry_field *field, struct rows *rows)
{
	const int columns[] = {field->column, field->second};
	(void)job;
	for (size_t r = 0; r < rows->len; r++) {
		struct registry_record record = {.def = def, .base = {.number = rows->row[r][REGISTRY_NUMBER_COLUMN].number}, .cells = rows->row[r]};
		struct registry_ask ask = registry_ask_of(access->registry, &record, S("read"));
		if (registry_access_field(access, &ask, field, false))
			continue;
		for (size_t c = 0; c < 2; c++)
			if (columns[c] >= 0) {
				bool text = rows->table->columns[columns[c]].type == COLUMN_TEXT;
				struct cell *cell = &rows->row[r][columns[c]];
				if (!cell->null && (!text || cell->text.len > 0))
					*cell = text ? TEXT(S("(kept)")) : NIL;
			}
	}
	return OK;
}

err
registry_access_mask(struct job *job, const struct registry_access *access, const struct registry_register *def, struct rows *rows)
{
	for (size_t i = 0; i < def->fields_len; i++)
		if (def->fields[i].read.len > 0 && def->fields[i].column >= 0 && !is_all(access))
			TRY(mask_field(job, access, def, &def->fields[i], rows));
	return OK;
}
