/*
 * Status changes: from which state, what must be filled, what must be true, and who may not be the one.
 * Deliberately looks at everything before it says no: a refusal is complete.
 */
#include "registry/registry_write_priv.h"

#include <string.h>

#include "registry/registry_lint.h"
#include "registry/registry_table.h"

bool
registry_work_lenient(const struct registry_work *work)
{
	return work->def->lenient && !work->def->states[work->state].end;
}

static err
judge_from(struct job *job, struct registry_work *work)
{
	const struct registry_change *change = work->edit->change;
	struct buf buf = buf_open(job, "states", 4 * KIB);
	slice states;
	for (size_t i = 0; i < change->from_len; i++)
		if (slice_same(work->def->states[change->from[i]].id, work->base.status))
			return OK;
	for (size_t i = 0; i < change->from_len; i++)
		buf_printf(&buf, "%s%.*s", i == 0 ? "" : " or ", SLICE(work->def->states[change->from[i]].id));
	TRY(buf_end(&buf, &states));
	return registry_problem(job, work, NULL, "it is %.*s, and \"%.*s\" begins from %.*s", SLICE(work->base.status), SLICE(change->id),
	    SLICE(states));
}

static err
judge_needs(struct job *job, struct registry_work *work)
{
	const struct registry_change *change = work->edit->change;
	for (size_t i = 0; i < change->needs_len; i++) {
		const struct registry_field *field = registry_field(work->def, change->needs[i]);
		if (work->values[field - work->def->fields].len == 0)
			TRY(registry_problem(job, work, field, "is needed%s%.*s", field->about.len > 0 ? ": " : "", SLICE(field->about)));
	}
	return OK;
}

/* The links of this record as they would be, in the place of those it has. */
static err
links_instead(struct job *job, const struct registry_work *work, struct rows *rows)
{
	const struct registry_register *def = work->def;
	size_t kept = 0;
	for (size_t i = 0; i < rows->len; i++)
		if (!slice_same(rows->row[i][0].text, def->id) || rows->row[i][1].number != work->base.number)
			rows->row[kept++] = rows->row[i];
	rows->len = kept;
	for (size_t f = 0; f < def->fields_len; f++)
		for (size_t n = 0; def->fields[f].type == REGISTRY_LINK && n < json_array_size(work->json[f]); n++) {
			slice to;
			int64_t number;
			if (registry_link_parse(json_text(json_array_get(work->json[f], n)), &to, &number))
				TRY(rows_add(rows, (struct cell[]){TEXT(def->id), INT(work->base.number), TEXT(def->fields[f].id), TEXT(to), INT(number)}));
		}
	(void)job;
	return OK;
}

/* A database of what the conditions read, with the record as it would be. */
static err
open_world(struct job *job, const struct registry *registry, const struct registry_work *work, struct query_ask *const *empty, size_t len,
    struct query **ret)
{
	struct ledger_moment now = {.size = ledger_size(registry->ledger), .now_us = work->now_us};
	struct registry_rows_of of = {
	    .at = now, .except_def = work->def, .except = work->exists ? work->base.number : 0, .instead = work->cells};
	slice *done;
	size_t done_len = 0;
	TRY(NEW(job, 256, &done));
	TRY(query_open(job, NULL, ret));
	for (size_t a = 0; a < len; a++) {
		const struct query_read *reads;
		size_t reads_len = query_ask_reads(empty[a], &reads);
		for (size_t r = 0; r < reads_len; r++) {
			struct rows rows;
			bool there = false;
			for (size_t d = 0; d < done_len; d++)
				there = there || slice_same_nocase(done[d], reads[r].table);
			if (there || done_len == 256)
				continue;
			done[done_len++] = reads[r].table;
			TRY(registry_rows(job, registry, reads[r].table, &of, &rows));
			if (rows.table == &registry_link_table)
				TRY(links_instead(job, work, &rows));
			TRY(query_table(job, *ret, &rows));
		}
	}
	return query_lock(job, *ret);
}

static err
ask_one(struct job *job, struct query *world, struct registry_work *work, const struct registry_when *when)
{
	DEFER(query_ask_close_at) struct query_ask *ask = NULL;
	const struct cell *cells;
	const bool *is_text;
	const char *sql;
	bool more;
	TRY(job_string(job, when->sql, &sql));
	TRY(query_ask_open(job, world, sql, &ask));
	TRY(query_ask_bind_int(job, ask, ":number", work->base.number));
	TRY(query_ask_bind_int(job, ask, ":now", work->now_us));
	TRY(query_ask_bind_text(job, ask, ":actor", work->actor));
	TRY(query_ask_next(job, ask, &more, &cells, &is_text));
	return more ? OK : registry_problem(job, work, NULL, "%.*s", SLICE(when->says));
}

static err
judge_when(struct job *job, const struct registry *registry, struct registry_work *work)
{
	DEFER(query_close_at) struct query *nothing = NULL;
	DEFER(query_close_at) struct query *world = NULL;
	const struct registry_change *change = work->edit->change;
	struct query_ask **empty;
	err done = OK;
	size_t len = 0;
	if (change->when_len == 0)
		return OK;
	TRY(NEW(job, change->when_len, &empty));
	TRY(registry_empty_query(job, &registry->registers, &nothing));
	for (; done.code == ERR_NONE && len < change->when_len; len++) {
		const char *sql;
		done = job_string(job, change->when[len].sql, &sql);
		if (done.code == ERR_NONE)
			done = query_ask_open(job, nothing, sql, &empty[len]);
	}
	if (done.code == ERR_NONE)
		done = open_world(job, registry, work, empty, len, &world);
	for (size_t i = 0; i < len; i++)
		query_ask_close(empty[i]);
	TRY(done);
	for (size_t i = 0; i < change->when_len; i++)
		TRY(ask_one(job, world, work, &change->when[i]));
	return OK;
}

/* Separation of duties */

/* Everything that was done to a record, read once for all who may not be the one. */
struct duty {
	const struct ledger_change *changes;
	size_t len;
};

static err
duty_open(struct job *job, const struct registry_work *work, struct duty *ret)
{
	struct ledger_moment now = {.size = ledger_size(work->registry->ledger)};
	struct ledger_change *changes = NULL;
	*ret = (struct duty){0};
	if (work->exists)
		TRY(ledger_record_changes(job, work->registry->ledger, now, work->base.uid, &changes, &ret->len));
	ret->changes = changes;
	return OK;
}

/*
 * Did whoever asks make the change ${id} last? Nobody made it in a record that was written down as it stood elsewhere: who wrote it down stands for them. When it
 * may be among what was erased, everybody who made one of those does.
 */
static err
is_last_by(struct job *job, const struct registry_work *work, const struct duty *duty, slice id, bool *ret)
{
	slice by = S("");
	if (duty->len > 0 && duty->changes[0].version == 1 && !slice_same(duty->changes[0].status, work->def->states[0].id))
		by = duty->changes[0].by;
	for (size_t i = 0; i < duty->len; i++)
		if (slice_same(duty->changes[i].change, id))
			by = duty->changes[i].by;
	*ret = slice_same(by, work->actor);
	return by.len > 0 ? OK : ledger_record_erased_by(job, work->registry->ledger, work->base.uid, work->actor, ret);
}

/* Did whoever asks take themselves out of ${field} since the record came into its state? */
static err
took_out(struct job *job, const struct registry_work *work, const struct duty *duty, const struct registry_field *field, bool *ret)
{
	slice holds = S("");
	*ret = false;
	for (size_t i = 0; i < duty->len; i++) {
		const struct ledger_change *change = &duty->changes[i];
		const json_t *sets;
		TRY(json_read(job, "a change", change->sets, &sets));
		const json_t *value = json_object_getn(sets, field->id.at, field->id.len);
		if (i > 0 && !slice_same(change->status, duty->changes[i - 1].status))
			*ret = false;
		if (value == NULL)
			continue;
		*ret = *ret || (slice_same(holds, work->actor) && slice_same(change->by, work->actor) && !slice_same(json_text(value), holds));
		holds = json_text(value);
	}
	return OK;
}

/* Is whoever asks in ${field}: as it would be, as it is, or as it was until they took themselves out? */
static err
is_in_field(struct job *job, const struct registry_work *work, const struct duty *duty, const struct registry_field *field, bool *ret)
{
	size_t at = (size_t)(field - work->def->fields);
	*ret = work->pending[at].len > 0 && slice_same(work->pending[at], job->actor);
	if (*ret || work->actor.len == 0)
		return OK;
	*ret = slice_same(json_text(work->json[at]), work->actor) ||
	       (work->cells_before != NULL && slice_same(work->cells_before[field->column].text, work->actor));
	return *ret ? OK : took_out(job, work, duty, field, ret);
}

static err
judge_not_by(struct job *job, struct registry_work *work)
{
	const struct registry_change *change = work->edit->change;
	struct duty duty;
	TRY(duty_open(job, work, &duty));
	for (size_t i = 0; i < change->not_by_len; i++) {
		slice who = change->not_by[i], what = S("who added the record");
		const struct registry_field *field = registry_field(work->def, who);
		bool same = false;
		if (slice_same(who, S("made")))
			same = work->actor.len > 0 && slice_same(work->base.made_by, work->actor);
		else if (slice_starts(who, S("change:"))) {
			if (work->actor.len > 0)
				TRY(is_last_by(job, work, &duty, slice_from(who, 7), &same));
			TRY(job_format(job, &what, "who made the change \"%.*s\"", SLICE(slice_from(who, 7))));
		} else {
			TRY(is_in_field(job, work, &duty, field, &same));
			what = field->title;
		}
		if (same)
			TRY(registry_problem(
			    job, work, NULL, "somebody else must make this change: you are %.*s (separation of duties)", SLICE(what)));
	}
	return OK;
}

err
registry_judge(struct job *job, const struct registry *registry, struct registry_work *work)
{
	if (work->edit->change == NULL)
		return OK;
	TRY(judge_from(job, work));
	if (work->edit->change->not_by_len > 0)
		TRY(judge_not_by(job, work));
	if (!registry_work_lenient(work))
		TRY(judge_needs(job, work));
	return judge_when(job, registry, work);
}
