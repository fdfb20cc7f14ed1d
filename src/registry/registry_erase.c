/*
 * Erasing what registers hold: a person's data, and records whose time is over. What must stay is stated anew before what must go is destroyed, so that a crash in between
 * leaves either both or only the new.
 */
#include <stdlib.h>
#include <string.h>

#include "ledger/ledger_sql.h"
#include "registry/registry_person.h"
#include "registry/registry_view.h"

struct erasing {
	struct registry *registry;
	slice name; /* of the person, when it is about one */
	struct ledger_moment now;
	struct ledger_change *changes; /* what is stated anew */
	size_t changes_len;
	struct digest *digests; /* what is destroyed */
	size_t digests_len, digests_room;
};

static err
add_digest(struct job *job, struct erasing *e, const struct digest *digest)
{
	for (size_t i = 0; i < e->digests_len; i++)
		if (digest_same(&e->digests[i], digest))
			return OK;
	if (e->digests_len == e->digests_room) {
		struct digest *more;
		size_t room = e->digests_room * 2 + 64;
		TRY(NEW(job, room, &more));
		if (e->digests_len > 0)
			memcpy(more, e->digests, e->digests_len * sizeof *more);
		e->digests = more;
		e->digests_room = room;
	}
	e->digests[e->digests_len++] = *digest;
	return OK;
}

/* The contents of files that ${sets} cites. */
static err
add_files(struct job *job, struct erasing *e, const struct registry_register *def, const json_t *sets, bool personal_only)
{
	for (size_t f = 0; f < def->fields_len; f++) {
		const struct registry_field *field = &def->fields[f];
		struct digest digest;
		if (field->type != REGISTRY_FILE || (personal_only && !field->personal))
			continue;
		const json_t *value = json_object_getn(sets, field->id.at, field->id.len);
		if (value != NULL && digest_parse(json_text(json_object_get(value, "digest")), &digest))
			TRY(add_digest(job, e, &digest));
	}
	return OK;
}

/* Does ${sets} hold something in a personal field that is no person? */
static bool
holds_personal(const struct registry_register *def, const json_t *sets)
{
	for (size_t f = 0; f < def->fields_len; f++) {
		const json_t *value = json_object_getn(sets, def->fields[f].id.at, def->fields[f].id.len);
		if (def->fields[f].personal && def->fields[f].type != REGISTRY_PERSON && value != NULL && !json_is_null(value))
			return true;
	}
	return false;
}

/* How much of a record goes. */
enum extent {
	EVERYTHING,
	PERSONAL, /* what personal fields hold or held, and every note, which may name anybody */
	NOTES,    /* notes and reasons that name the person */
};

static bool
goes(const struct erasing *e, const struct registry_register *def, const struct ledger_change *change, const json_t *sets, enum extent extent)
{
	bool noted = registry_person_in(change->note, e->name) || registry_person_in(change->reason, e->name);
	return extent == EVERYTHING || noted || (extent == PERSONAL && (holds_personal(def, sets) || change->note.len > 0));
}

/* Contents of the record's changes that go. */
static err
add_contents(struct job *job, struct erasing *e, const struct registry_record *record, enum extent extent)
{
	struct ledger_change *changes;
	size_t len;
	TRY(ledger_record_changes(job, e->registry->ledger, e->now, record->base.uid, &changes, &len));
	for (size_t i = 0; i < len; i++) {
		const json_t *sets;
		TRY(json_read(job, "a change", changes[i].sets, &sets));
		if (!goes(e, record->def, &changes[i], sets, extent))
			continue;
		TRY(add_digest(job, e, &changes[i].content));
		if (extent != NOTES)
			TRY(add_files(job, e, record->def, sets, extent == PERSONAL));
	}
	return OK;
}

static int
by_text(const void *a, const void *b)
{
	return slice_order(*(const slice *)a, *(const slice *)b);
}

/* Everything the record says and may keep, stated at once. */
static err
restate(struct job *job, const struct registry_record *record, enum extent extent, slice *ret)
{
	struct buf buf = buf_open(job, "a change", MIB);
	const char *key;
	json_t *value;
	slice *members;
	size_t len = 0;
	TRY(NEW(job, json_object_size(record->fields) + 1, &members));
	json_object_foreach((json_t *)(uintptr_t)record->fields, key, value)
	{
		const struct registry_field *field = registry_field(record->def, slice_of(key));
		struct buf json = buf_open(job, "a value", MIB);
		slice text = S("null");
		bool personal = field == NULL || (field->personal && field->type != REGISTRY_PERSON);
		if (extent == NOTES || (extent == PERSONAL && !personal)) {
			json_write(&json, value);
			TRY(buf_end(&json, &text));
		}
		TRY(job_format(job, &members[len++], "\"%s\":%.*s", key, SLICE(text)));
	}
	qsort(members, len, sizeof *members, by_text);
	buf_byte(&buf, '{');
	for (size_t i = 0; i < len; i++) {
		buf_text(&buf, i > 0 ? "," : "");
		buf_add(&buf, members[i]);
	}
	buf_byte(&buf, '}');
	return buf_end(&buf, ret);
}

static err
add_record(struct job *job, struct erasing *e, const struct registry_register *def, int64_t number, enum extent extent, slice why)
{
	struct registry_record record;
	TRY(registry_record(job, e->registry, e->now, def, number, &record));
	const json_t *hold = json_object_get(record.fields, "hold");
	if (hold != NULL)
		return err_set(job, ERR_DENIED, "%.*s %lld is on hold (%.*s): nothing was erased", SLICE(def->id), (long long)number, SLICE(json_text(hold)));
	struct ledger_change *change = &e->changes[e->changes_len++];
	*change = (struct ledger_change){.uid = record.base.uid,
	    .registry = def->id,
	    .number = number,
	    .version = record.base.version + 1,
	    .status = record.base.status,
	    .reason = why,
	    .at_us = e->now.now_us,
	    .deadlines = extent == EVERYTHING ? S("") : record.base.deadlines};
	TRY(restate(job, &record, extent, &change->sets));
	return add_contents(job, e, &record, extent);
}

/* State anew, then destroy. */
static err
carry_out(struct job *job, struct erasing *e, slice why, struct registry_erasure *ret)
{
	struct ledger_receipt receipt;
	ret->records = e->changes_len;
	ret->contents = e->digests_len;
	if (e->changes_len > 0)
		TRY(ledger_change_append(job, e->registry->ledger, e->changes, e->changes_len, &receipt));
	if (e->digests_len > 0) {
		TRY(ledger_erase(job, e->registry->ledger, e->digests, e->digests_len, why, &receipt));
		ret->entry = receipt.index;
	}
	return registry_view_refresh(job, e->registry);
}

/* The content that holds the name behind a token. */
static err
name_content(struct job *job, struct erasing *e, slice token)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct digest digest;
	bool row;
	TRY(ledger_sql_open(job, ledger_sql_db(e->registry->ledger), "SELECT digest FROM person WHERE token = ?1", false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(token))));
	TRY(ledger_sql_step(job, stmt, &row));
	if (!row)
		return OK;
	TRY(ledger_sql_digest(job, stmt, 0, &digest));
	return add_digest(job, e, &digest);
}

err
registry_person_erase(struct job *job, struct registry *registry, slice name, slice why, struct registry_erasure *ret)
{
	struct erasing e = {.registry = registry, .name = name, .now = {.size = ledger_size(registry->ledger), .now_us = job_now(job)}};
	struct registry_trace *traces;
	size_t len;
	slice token = S("");
	bool known;
	*ret = (struct registry_erasure){0};
	if (registry_person_in(why, name))
		return err_set(job, ERR_INPUT, "the reason names the person, and would stay: say it without the name");
	TRY(registry_person_reach(job, registry));
	TRY(registry_person_find(job, registry, name, &known, &token));
	TRY(registry_person_traces(job, registry, name, known ? token : S(""), &traces, &len));
	TRY(NEW(job, len + 1, &e.changes));
	for (size_t i = 0; i < len; i++)
		if (traces[i].how != REGISTRY_LINKED)
			TRY(add_record(job, &e, traces[i].def, traces[i].number, traces[i].how == REGISTRY_NOTED ? NOTES : PERSONAL, why));
	if (known)
		TRY(name_content(job, &e, token));
	if (e.digests_len == 0)
		return err_set(job, ERR_MISSING, "nothing is held under this name: nothing was erased");
	return carry_out(job, &e, why, ret);
}

/* Retention */

static err
expired_of(struct job *job, const struct registry *registry, const struct registry_register *def, int64_t now_us, struct registry_expired **list, size_t *len,
    size_t *room)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	slice sql;
	bool row;
	/* One that holds nothing any more is erased already. */
	TRY(job_format(job, &sql,
	    "SELECT number, \"%.*s\", \"%.*s\", hold FROM \"rr_%s\" AS r WHERE \"%.*s\" IS NOT NULL AND version > 0"
	    " AND (SELECT fields <> '{}' FROM record WHERE record.id = r.rt_id) ORDER BY number",
	    SLICE(def->retention_from), SLICE(def->label), def->table_name, SLICE(def->retention_from)));
	TRY(ledger_sql_open(job, ledger_sql_db(registry->ledger), sql.at, false, &stmt));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		struct registry_expired one = {.def = def, .number = ledger_sql_int(stmt, 0), .over_us = instant_after(ledger_sql_int(stmt, 1), def->retention)};
		TRY(ledger_sql_text(job, stmt, 2, &one.label));
		TRY(ledger_sql_text(job, stmt, 3, &one.hold));
		if (one.over_us > now_us)
			continue;
		if (*len == *room) {
			struct registry_expired *more;
			*room = *room * 2 + 64;
			TRY(NEW(job, *room, &more));
			if (*len > 0)
				memcpy(more, *list, *len * sizeof *more);
			*list = more;
		}
		(*list)[(*len)++] = one;
	}
}

static int
by_over(const void *a, const void *b)
{
	const struct registry_expired *x = a, *y = b;
	return (x->over_us > y->over_us) - (x->over_us < y->over_us);
}

err
registry_retention_list(struct job *job, const struct registry *registry, int64_t now_us, struct registry_expired **ret, size_t *ret_len)
{
	size_t room = 0;
	*ret = NULL;
	*ret_len = 0;
	for (size_t i = 0; i < registry->registers.len; i++)
		if (registry->registers.at[i].retained)
			TRY(expired_of(job, registry, &registry->registers.at[i], now_us, ret, ret_len, &room));
	if (*ret_len > 1)
		qsort(*ret, *ret_len, sizeof **ret, by_over);
	return OK;
}

err
registry_retention_erase(
    struct job *job, struct registry *registry, const struct registry_expired *records, size_t len, slice why, struct registry_erasure *ret)
{
	struct erasing e = {.registry = registry, .now = {.size = ledger_size(registry->ledger), .now_us = job_now(job)}};
	*ret = (struct registry_erasure){0};
	TRY(NEW(job, len + 1, &e.changes));
	for (size_t i = 0; i < len; i++)
		TRY(add_record(job, &e, records[i].def, records[i].number, EVERYTHING, why));
	return carry_out(job, &e, why, ret);
}
