/*
 * Reading entries again from their signed bytes: leaf, envelope and statement must agree in every digest, and the tree over them with the
 * head. Signatures are verify's business; contents are checked where they are opened.
 */
#include "ledger/ledger_inner.h"

#include "ledger/ledger_dsse.h"
#include "ledger/ledger_leaf.h"

static err
disagree(struct job *job, const struct store_entry *entry, const char *rule)
{
	return err_set(job, ERR_STORE, "entry %llu: %s", (unsigned long long)entry->index, rule);
}

/* What a reader of formats refuses is damage here: the bytes were ours. */
static err
damaged(struct job *job, const struct store_entry *entry, err was)
{
	if (was.code != ERR_INPUT && was.code != ERR_LIMIT)
		return was;
	(void)err_prefix(job, was, "entry %llu", (unsigned long long)entry->index);
	return (err){ERR_STORE};
}

#define TRY_ENTRY(call)                                                                                                                    \
	do {                                                                                                                               \
		err try_entry_ = (call);                                                                                                   \
		if (try_entry_.code != ERR_NONE)                                                                                           \
			return damaged(job, entry, try_entry_);                                                                            \
	} while (0)

err
ledger_item_read(struct job *job, const struct store_entry *entry, struct ledger_item *ret)
{
	struct ledger_item item = {
	    .index = entry->index, .received_us = entry->received_us, .leaf = entry->leaf, .envelope = entry->envelope};
	struct ledger_dsse dsse;
	struct ledger_leaf leaf;
	slice pae;
	TRY_ENTRY(ledger_dsse_read(job, entry->envelope, &dsse));
	TRY_ENTRY(ledger_leaf_read(job, entry->leaf, &leaf));
	TRY_ENTRY(ledger_statement_read(job, dsse.payload, &item.statement));
	TRY(ledger_dsse_pae(job, dsse.payload, &pae));
	struct digest pae_digest = code_sha256(pae);
	item.statement_digest = code_sha256(dsse.payload);
	item.leaf_hash = ledger_tree_leaf(entry->leaf);
	item.key = code_sha256(leaf.spki);
	item.pae = pae_digest;
	item.signature = leaf.signature;
	item.spki = leaf.spki;
	struct digest_text keyid = digest_text(&item.key);
	if (!digest_same(&pae_digest, &leaf.pae))
		return disagree(job, entry, "the leaf must hold the SHA-256 of the envelope's PAE, found another");
	if (!slice_same(dsse.signature, leaf.signature) || !slice_same(dsse.keyid, slice_of(keyid.at)))
		return disagree(job, entry, "leaf and envelope must hold the same signature and key, found two");
	if (!digest_same(&item.statement_digest, &entry->statement))
		return disagree(job, entry, "the store must name the statement by its SHA-256, found another digest");
	if (!digest_same(&item.leaf_hash, &entry->leaf_hash))
		return disagree(job, entry, "the store must hold the hash of the leaf, found another");
	*ret = item;
	return OK;
}

struct reader {
	struct ledger *ledger;
	struct ledger_replay *replay;
	ledger_item_visit visit;
	void *visit_to;
	uint64_t from, to, next;
};

/* Stop, or tell and go on. */
static err
fault(struct job *job, struct reader *reader, err was)
{
	if (was.code != ERR_STORE || reader->replay == NULL || reader->replay->fault == NULL)
		return was;
	reader->replay->faults++;
	return reader->replay->fault(job, reader->replay->fault_to, slice_of(job->why));
}

static err
read_one(struct job *job, void *to, const struct store_entry *entry)
{
	struct reader *reader = to;
	struct arena_mark mark = arena_mark(job->arena);
	struct ledger_item item;
	if (entry->index != reader->next)
		return err_set(job, ERR_STORE, "entry %llu: the store must hold it, found entry %llu in its place",
		    (unsigned long long)reader->next, (unsigned long long)entry->index);
	reader->next++;
	err got = ledger_item_read(job, entry, &item);
	if (got.code == ERR_NONE)
		got = reader->visit(job, reader->visit_to, &item);
	if (got.code != ERR_NONE)
		TRY(fault(job, reader, got));
	arena_rewind(job->arena, mark);
	if ((reader->next & 1023) == 0)
		job_progress(job, "entries", reader->next - reader->from, reader->to - reader->from);
	return OK;
}

err
ledger_replay(struct job *job, struct ledger *ledger, uint64_t from, uint64_t to, struct ledger_replay *replay, ledger_item_visit visit,
    void *visit_to)
{
	struct reader reader = {
	    .ledger = ledger, .replay = replay, .visit = visit, .visit_to = visit_to, .from = from, .to = to, .next = from};
	TRY(store_read(job, ledger->store, from, to, read_one, &reader));
	if (reader.next != to)
		return err_set(job, ERR_STORE, "entry %llu: the store must hold %llu entries, found no such entry",
		    (unsigned long long)reader.next, (unsigned long long)to);
	return OK;
}
