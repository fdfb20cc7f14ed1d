/*
 * What was looked up once: a table of texts by text, open addressing, half full at most.
 * Deliberately forgets nothing: it lives as long as one piece of work, and what it is asked comes from a bounded file.
 */
#include "registry/registry_memo.h"

#define FIRST_ROOM 256

void
registry_memo_open(struct registry_memo *memo, struct job *job)
{
	*memo = (struct registry_memo){.job = job};
}

static uint64_t
hash(slice key)
{
	uint64_t sum = 1469598103934665603ULL; /* FNV-1a */
	for (size_t i = 0; i < key.len; i++)
		sum = (sum ^ (unsigned char)key.at[i]) * 1099511628211ULL;
	return sum ^ (sum >> 32);
}

/* Where ${key} is, or would be. */
static struct registry_memo_item *
place(struct registry_memo_item *items, size_t room, slice key)
{
	size_t at = (size_t)hash(key) & (room - 1);
	while (items[at].used && !slice_same(items[at].key, key))
		at = (at + 1) & (room - 1);
	return &items[at];
}

slice *
registry_memo_find(const struct registry_memo *memo, slice key)
{
	if (memo->len == 0)
		return NULL;
	struct registry_memo_item *item = place(memo->items, memo->room, key);
	return item->used ? &item->value : NULL;
}

static err
grow(struct registry_memo *memo)
{
	struct registry_memo_item *items;
	size_t room = memo->room == 0 ? FIRST_ROOM : memo->room * 2;
	if (memo->len * 2 < memo->room)
		return OK;
	TRY(NEW(memo->job, room, &items));
	for (size_t i = 0; i < memo->room; i++)
		if (memo->items[i].used)
			*place(items, room, memo->items[i].key) = memo->items[i];
	memo->items = items;
	memo->room = room;
	return OK;
}

err
registry_memo_put(struct registry_memo *memo, slice key, slice value)
{
	TRY(grow(memo));
	struct registry_memo_item *item = place(memo->items, memo->room, key);
	if (!item->used) {
		TRY(job_copy(memo->job, key, &item->key));
		item->used = true;
		memo->len++;
	}
	return job_copy(memo->job, value, &item->value);
}
