/*
 * The rules that need the order of entries: accepted keys, received times, erasures, subjects that are there or erased.
 * Deliberately does not: look at bytes; the hands have read every entry before it is told here.
 */
#include "ledger/ledger_verify_inner.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/ledger_form.h"

struct ledger_verify_pending {
	uint64_t index;
	struct digest statement;
	int64_t received_us;
};

#define MAX_PENDING STORE_MAX_BATCH

err
ledger_verify_set_add(struct job *job, struct ledger_verify_set *set, const struct digest *digest, uint64_t entry)
{
	if (set->len == set->room) {
		size_t room = set->room > 0 ? set->room * 2 : 64;
		struct ledger_verify_mark *at = arena_take(set->arena, room * sizeof *at);
		if (at == NULL)
			return err_set(job, ERR_LIMIT, "verify: no memory for %zu digests", room);
		if (set->len > 0)
			memcpy(at, set->at, set->len * sizeof *at);
		set->at = at;
		set->room = room;
	}
	set->at[set->len++] = (struct ledger_verify_mark){*digest, entry};
	set->sorted = false;
	return OK;
}

static int
mark_order(const void *a, const void *b)
{
	const struct ledger_verify_mark *x = a, *y = b;
	int order = memcmp(x->digest.byte, y->digest.byte, sizeof x->digest.byte);
	return order != 0 ? order : (x->entry > y->entry) - (x->entry < y->entry);
}

void
ledger_verify_set_sort(struct ledger_verify_set *set)
{
	if (!set->sorted && set->len > 0)
		qsort(set->at, set->len, sizeof *set->at, mark_order);
	set->sorted = true;
}

struct ledger_verify_mark *
ledger_verify_set_find(struct ledger_verify_set *set, const struct digest *digest)
{
	ledger_verify_set_sort(set);
	size_t lo = 0, hi = set->len;
	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		int order = memcmp(set->at[middle].digest.byte, digest->byte, sizeof digest->byte);
		if (order == 0)
			return &set->at[middle];
		lo = order < 0 ? middle + 1 : lo;
		hi = order < 0 ? hi : middle;
	}
	return NULL;
}

static err
broken(struct job *job, uint64_t index, const char *rule)
{
	return err_set(job, ERR_STORE, "entry %llu: %s", (unsigned long long)index, rule);
}

static err
present_add(struct job *job, void *to, const struct digest *digest, slice wrapped_key, uint64_t size)
{
	(void)wrapped_key, (void)size;
	return ledger_verify_set_add(job, to, digest, LEDGER_VERIFY_NOT_OPENED);
}

err
ledger_verify_rules_open(
    struct job *job, struct arena *arena, struct store *store, const uint8_t *root_key, struct ledger_verify_rules *ret)
{
	*ret = (struct ledger_verify_rules){.store = store, .root_key = root_key, .arena = arena, .received_us = INT64_MIN};
	ret->accepted.arena = ret->present.arena = ret->erased.arena = ret->missing.arena = ret->statements.arena = arena;
	TRY(NEW(job, MAX_PENDING, &ret->pending));
	return store_contents(job, store, present_add, &ret->present);
}

/* The content of ${subject} of this entry, which the rules themselves rest on. */
static err
subject_open(struct job *job, struct ledger_verify_rules *rules, const struct ledger_item *item, const char *name, slice *ret)
{
	struct store_content sealed;
	for (size_t i = 0; i < item->statement.subjects_len; i++) {
		const struct ledger_subject *subject = &item->statement.subjects[i];
		if (!slice_same(subject->name, slice_of(name)))
			continue;
		err got = store_content_get(job, rules->store, &subject->digest, &sealed);
		if (got.code == ERR_NONE)
			got = ledger_content_open(job, rules->root_key, &sealed, ret, NULL);
		return got.code == ERR_NONE
			   ? OK
			   : ledger_verify_fault(job, got, "entry %llu: content \"%s\"", (unsigned long long)item->index, name);
	}
	return err_set(job, ERR_STORE, "entry %llu: the entry must have a subject \"%s\"", (unsigned long long)item->index, name);
}

static err
host_form(
    struct job *job, struct ledger_verify_rules *rules, const struct ledger_item *item, const char *subject, struct ledger_host_form *ret)
{
	slice content;
	TRY(subject_open(job, rules, item, subject, &content));
	err got = ledger_host_form_read(job, content, ret);
	return ledger_verify_fault(job, got, "entry %llu", (unsigned long long)item->index);
}

/* The first entry introduces the server, whose key signs it, and the machine it runs on. */
static err
introduction(struct job *job, struct ledger_verify_rules *rules, const struct ledger_item *item)
{
	struct ledger_host_form server, host;
	if (item->statement.kind != LEDGER_HOST)
		return broken(job, item->index, "the first entry must be of kind host and introduce the server");
	TRY(host_form(job, rules, item, "server", &server));
	TRY(host_form(job, rules, item, "host", &host));
	if (server.act != LEDGER_HOST_ACT_SERVE || host.act != LEDGER_HOST_ACT_ACCEPT)
		return broken(job, item->index, "the first entry must introduce a server and accept its own host");
	if (!digest_same(&server.key, &item->key))
		return broken(job, item->index, "the first entry must be signed by the server it introduces");
	rules->server = server.key;
	rules->own_host = host.key;
	return ledger_verify_set_add(job, &rules->accepted, &host.key, item->index);
}

/* A host key is accepted from the entry that says so until the one that retires it. */
static err
host_rule(struct job *job, struct ledger_verify_rules *rules, const struct ledger_item *item)
{
	struct ledger_host_form form;
	TRY(host_form(job, rules, item, "host", &form));
	if (form.act == LEDGER_HOST_ACT_SERVE)
		return broken(job, item->index, "only the first entry introduces a server");
	if (form.act == LEDGER_HOST_ACT_ACCEPT)
		return ledger_verify_set_add(job, &rules->accepted, &form.key, item->index);
	/* Sets only grow; the few host keys are written anew without the retired one. */
	struct ledger_verify_set left = {.arena = rules->arena};
	for (size_t i = 0; i < rules->accepted.len; i++)
		if (!digest_same(&rules->accepted.at[i].digest, &form.key))
			TRY(ledger_verify_set_add(job, &left, &rules->accepted.at[i].digest, rules->accepted.at[i].entry));
	rules->accepted = left;
	return OK;
}

/* Who signed, and is it what the statement says? ${ret_foreign}: a host that is not the server's own. */
static err
key_rule(struct job *job, struct ledger_verify_rules *rules, const struct ledger_item *item, bool *ret_foreign)
{
	*ret_foreign = false;
	if (digest_same(&item->key, &rules->server))
		return OK;
	if (ledger_verify_set_find(&rules->accepted, &item->key) == NULL)
		return err_set(job, ERR_STORE, "entry %llu: it must be signed by the server or an accepted host, found the key %s",
		    (unsigned long long)item->index, digest_text(&item->key).at);
	struct digest_text hex = digest_text(&item->key);
	if (!slice_same(item->statement.host, (slice){hex.at, 32}))
		return broken(job, item->index, "an entry signed by a host must name that host");
	if (item->statement.by.len > 0)
		return broken(job, item->index, "an entry signed by a host is made by nobody else");
	if (item->statement.kind != LEDGER_EVIDENCE && !digest_same(&item->key, &rules->own_host))
		return broken(job, item->index, "a host other than the server's own signs evidence only");
	*ret_foreign = !digest_same(&item->key, &rules->own_host);
	return OK;
}

static err
received_is(struct job *job, struct ledger_verify_rules *rules, uint64_t index, int64_t said_us, int64_t stored_us)
{
	int64_t wanted = said_us > rules->received_us ? said_us : rules->received_us;
	if (stored_us != wanted)
		return err_set(job, ERR_STORE, "entry %llu: its received time must be %s, found %s", (unsigned long long)index,
		    instant_text(wanted).at, instant_text(stored_us).at);
	rules->received_us = wanted;
	return OK;
}

/* A receipt says when the foreign entries right before it came. */
static err
receipt_rule(struct job *job, struct ledger_verify_rules *rules, const struct ledger_item *item)
{
	struct ledger_receipt_form *entries;
	slice content;
	size_t len;
	TRY(subject_open(job, rules, item, "receipt", &content));
	err got = ledger_receipt_form_read(job, content, &entries, &len);
	if (got.code != ERR_NONE)
		return ledger_verify_fault(job, got, "entry %llu", (unsigned long long)item->index);
	if (len != rules->pending_len)
		return err_set(job, ERR_STORE,
		    "entry %llu: the receipt must name the %zu entries before it that came from elsewhere, found %zu",
		    (unsigned long long)item->index, rules->pending_len, len);
	for (size_t i = 0; i < len; i++) {
		const struct ledger_verify_pending *pending = &rules->pending[i];
		if (!digest_same(&entries[i].statement, &pending->statement))
			return broken(job, pending->index, "the receipt that follows names another statement");
		TRY(received_is(job, rules, pending->index, entries[i].received_us, pending->received_us));
	}
	rules->pending_len = 0;
	return OK;
}

static err
received_rule(struct job *job, struct ledger_verify_rules *rules, const struct ledger_item *item, bool foreign)
{
	if (foreign) {
		if (rules->pending_len == MAX_PENDING)
			return broken(job, item->index, "a receipt must follow in the same batch of at most 256");
		rules->pending[rules->pending_len++] =
		    (struct ledger_verify_pending){item->index, item->statement_digest, item->received_us};
		return OK;
	}
	if (item->statement.kind == LEDGER_RECEIPT)
		TRY(receipt_rule(job, rules, item));
	else if (rules->pending_len > 0)
		return broken(job, rules->pending[0].index, "a receipt must follow an entry that came from elsewhere");
	return received_is(job, rules, item->index, item->statement.made_us, item->received_us);
}

static err
erasure_rule(struct job *job, struct ledger_verify_rules *rules, const struct ledger_item *item)
{
	struct digest *contents;
	slice content, why;
	size_t len;
	TRY(subject_open(job, rules, item, "erasure", &content));
	err got = ledger_erasure_form_read(job, content, &contents, &len, &why);
	if (got.code != ERR_NONE)
		return ledger_verify_fault(job, got, "entry %llu", (unsigned long long)item->index);
	for (size_t i = 0; i < len; i++)
		TRY(ledger_verify_set_add(job, &rules->erased, &contents[i], item->index));
	return OK;
}

err
ledger_verify_rules_add(struct job *job, struct ledger_verify_rules *rules, const struct ledger_item *item)
{
	bool foreign;
	struct arena_mark mark = arena_mark(job->arena);
	if (rules->next++ == 0)
		TRY(introduction(job, rules, item));
	TRY(key_rule(job, rules, item, &foreign));
	TRY(received_rule(job, rules, item, foreign));
	if (item->statement.kind == LEDGER_HOST && item->index > 0)
		TRY(host_rule(job, rules, item));
	if (item->statement.kind == LEDGER_ERASURE)
		TRY(erasure_rule(job, rules, item));
	for (size_t i = 0; i < item->statement.subjects_len; i++)
		if (ledger_verify_set_find(&rules->present, &item->statement.subjects[i].digest) == NULL)
			TRY(ledger_verify_set_add(job, &rules->missing, &item->statement.subjects[i].digest, item->index));
	TRY(ledger_verify_set_add(job, &rules->statements, &item->statement_digest, item->index));
	arena_rewind(job->arena, mark);
	return OK;
}

/* A statement is stored once, and the store finds it. Asked in the order of digests, in which the store's index lies on the disk. */
static err
statements_rule(struct job *job, struct ledger_verify_rules *rules)
{
	struct ledger_verify_set *set = &rules->statements;
	struct arena_mark mark = arena_mark(job->arena);
	for (size_t i = 0; i < set->len; i++) {
		bool found;
		uint64_t index;
		if (i > 0 && digest_same(&set->at[i].digest, &set->at[i - 1].digest))
			return broken(job, set->at[i].entry, "its statement must be in the ledger once, found twice");
		TRY(store_find(job, rules->store, &set->at[i].digest, &found, &index));
		if (!found || index != set->at[i].entry)
			return broken(job, set->at[i].entry, "the store must find it by its statement");
		arena_rewind(job->arena, mark);
	}
	return OK;
}

err
ledger_verify_rules_end(struct job *job, struct ledger_verify_rules *rules)
{
	ledger_verify_set_sort(&rules->statements);
	TRY(statements_rule(job, rules));
	if (rules->pending_len > 0)
		return broken(job, rules->pending[0].index, "a receipt must follow an entry that came from elsewhere");
	for (size_t i = 0; i < rules->missing.len; i++)
		if (ledger_verify_set_find(&rules->erased, &rules->missing.at[i].digest) == NULL)
			return err_set(job, ERR_STORE,
			    "entry %llu: its content %s must be in the store or be named by an erasure, found neither",
			    (unsigned long long)rules->missing.at[i].entry, digest_text(&rules->missing.at[i].digest).at);
	for (size_t i = 0; i < rules->erased.len; i++)
		if (ledger_verify_set_find(&rules->present, &rules->erased.at[i].digest) != NULL)
			return err_set(job, ERR_STORE, "entry %llu: it erased content %s, which must not be in the store any more",
			    (unsigned long long)rules->erased.at[i].entry, digest_text(&rules->erased.at[i].digest).at);
	return OK;
}
