/*
 * From judged works to entries: what each comes to is kept as the text that will be signed, until all are right; then it is appended as one.
 * Deliberately judges nothing. Persons that nobody knows yet and files become entries only now, so that what is refused leaves no trace.
 */
#include "registry/registry_write_priv.h"

#include <stdlib.h>
#include <string.h>

#include "registry/registry_view.h"

#define TOKEN_LEN 32
#define DIGEST_LEN 64

static const slice digest_key = {"\"digest\":\"", 10};

struct set {
	slice id, json;
	size_t field;
	size_t at; /* where its value begins in the text */
};

static int
set_order(const void *a, const void *b)
{
	return slice_order(((const struct set *)a)->id, ((const struct set *)b)->id);
}

/* The value as it is signed: a person without a token yet as a place for one. */
static slice
value_of(const struct registry_work *work, size_t field)
{
	static const slice place = {"\"--------------------------------\"", TOKEN_LEN + 2};
	if (work->pending[field].len > 0)
		return place;
	return work->values[field].len > 0 ? work->values[field] : S("null");
}

static err
sets_write(struct job *job, const struct registry_work *work, struct set *sets, size_t len, slice *ret)
{
	struct buf buf = buf_open(job, "a change", MIB);
	qsort(sets, len, sizeof *sets, set_order);
	buf_byte(&buf, '{');
	for (size_t i = 0; i < len; i++) {
		buf_printf(&buf, "%s\"%.*s\":", i > 0 ? "," : "", SLICE(sets[i].id));
		sets[i].at = buf.len;
		buf_add(&buf, value_of(work, sets[i].field));
	}
	buf_byte(&buf, '}');
	return buf_end(&buf, ret);
}

static err
add_spot(struct registry_writing *writing, const struct registry_spot *spot)
{
	if (writing->spots_len == writing->spots_room) {
		struct registry_spot *more;
		size_t room = writing->spots_room * 2 + 64;
		TRY(NEW(writing->job, room, &more));
		if (writing->spots_len > 0)
			memcpy(more, writing->spots, writing->spots_len * sizeof *more);
		writing->spots = more;
		writing->spots_room = room;
	}
	writing->spots[writing->spots_len++] = *spot;
	return OK;
}

/* Remember where in ${text}, which is kept, something is still to be filled in. */
static err
find_spots(const struct registry_work *work, const struct set *sets, size_t len, char *text)
{
	struct registry_writing *writing = work->writing;
	for (size_t i = 0; i < len; i++) {
		size_t field = sets[i].field;
		struct registry_spot spot = {.bytes = work->bytes[field]};
		if (work->pending[field].len > 0) {
			TRY(job_copy(writing->job, work->pending[field], &spot.person));
			spot.at = text + sets[i].at + 1;
		} else if (spot.bytes.len > 0) { /* {"bytes":12,"digest":"… */
			size_t comma = slice_find(work->values[field], ',');
			spot.at = text + sets[i].at + comma + 1 + digest_key.len;
		} else
			continue;
		TRY(add_spot(writing, &spot));
	}
	return OK;
}

static err
keep_sets(struct job *job, const struct registry_work *work, slice *ret)
{
	struct set *sets;
	size_t len = 0;
	slice text;
	char *kept;
	TRY(NEW(job, work->def->fields_len + 1, &sets));
	for (size_t i = 0; i < work->def->fields_len; i++)
		if (work->touched[i])
			sets[len++] = (struct set){.id = work->def->fields[i].id, .field = i};
	TRY(sets_write(job, work, sets, len, &text));
	TRY(NEW(work->writing->job, text.len + 1, &kept));
	memcpy(kept, text.at, text.len);
	*ret = slice_bytes(kept, text.len);
	return find_spots(work, sets, len, kept);
}

err
registry_settle_keep(struct job *job, struct registry_work *work)
{
	struct registry_writing *writing = work->writing;
	const struct registry_edit *edit = work->edit;
	slice deadlines;
	if (writing->changes_len == writing->changes_room)
		return err_set(job, ERR_BUG, "a writing was opened for %zu changes", writing->changes_room);
	struct ledger_change *change = &writing->changes[writing->changes_len++];
	*change = (struct ledger_change){.registry = work->def->id,
	    .number = work->base.number,
	    .version = work->base.version + 1,
	    .status = work->def->states[work->state].id,
	    .change = edit->change != NULL ? edit->change->id : S(""),
	    .reason = edit->reason,
	    .note = edit->note,
	    .at_us = edit->at_us != 0 ? edit->at_us : work->now_us};
	TRY(job_copy(writing->job, work->base.uid, &change->uid));
	TRY(keep_sets(job, work, &change->sets));
	TRY(registry_clock_write(job, work, &deadlines));
	return job_copy(writing->job, deadlines, &change->deadlines);
}

/* Filling in */

/* Every name that nobody knows yet, once. */
static err
settle_persons(struct job *job, struct registry_writing *writing)
{
	slice *names, *tokens;
	size_t len = 0;
	struct registry_memo once;
	registry_memo_open(&once, job);
	TRY(NEW(job, writing->spots_len + 1, &names));
	TRY(NEW(job, writing->spots_len + 1, &tokens));
	for (size_t i = 0; i < writing->spots_len; i++) {
		slice name = writing->spots[i].person;
		if (name.len == 0 || registry_memo_find(&once, name) != NULL)
			continue;
		TRY(registry_memo_put(&once, name, S("")));
		names[len++] = name;
	}
	TRY(ledger_person_tokens(job, writing->registry->ledger, S(""), names, len, tokens));
	for (size_t i = 0; i < len; i++)
		TRY(registry_memo_put(&writing->persons, names[i], tokens[i]));
	return OK;
}

static err
fill_spots(struct job *job, struct registry_writing *writing)
{
	for (size_t i = 0; i < writing->spots_len; i++) {
		struct registry_spot *spot = &writing->spots[i];
		struct digest digest;
		if (spot->person.len > 0) {
			const slice *token = registry_memo_find(&writing->persons, spot->person);
			if (token == NULL || token->len != TOKEN_LEN)
				return err_set(job, ERR_BUG, "a person's token has %d characters", TOKEN_LEN);
			memcpy(spot->at, token->at, TOKEN_LEN);
			continue;
		}
		TRY(ledger_file_append(job, writing->registry->ledger, spot->bytes, &digest));
		memcpy(spot->at, digest_text(&digest).at, DIGEST_LEN);
	}
	return OK;
}

err
registry_writing_append(struct job *job, struct registry_writing *writing)
{
	struct ledger_receipt receipt;
	if (writing->changes_len == 0)
		return OK;
	TRY(settle_persons(job, writing));
	TRY(fill_spots(job, writing));
	TRY(ledger_change_append(job, writing->registry->ledger, writing->changes, writing->changes_len, &receipt));
	return registry_view_refresh(job, writing->registry);
}
