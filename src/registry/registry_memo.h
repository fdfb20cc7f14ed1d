/*
 * What was looked up once: texts by text, for work that asks the same thousands of times. Nothing is ever forgotten but all of it.
 */
#ifndef REGISTRY_REGISTRY_MEMO_H
#define REGISTRY_REGISTRY_MEMO_H

#include "base/job.h"

struct registry_memo_item {
	slice key, value;
	bool used;
};

struct registry_memo {
	struct job *job; /* whose arena keeps keys and values */
	struct registry_memo_item *items;
	size_t len, room;
};

void registry_memo_open(struct registry_memo *memo, struct job *job);

/* What was put for ${key}, to be read or put anew; NULL: nothing was. It stays where it is until the next _put(). */
slice *registry_memo_find(const struct registry_memo *memo, slice key);

/* Keep copies of ${key} and ${value}; what was there for the key is replaced. */
err registry_memo_put(struct registry_memo *memo, slice key, slice value);

#endif
