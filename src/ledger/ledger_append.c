/*
 * Appending: drafts become statements, envelopes and leaves, and are stored in batches, each one transaction.
 * Deliberately does not: sign checkpoints or publish tiles (ledger.c settles them), or project rows itself.
 */
#include "ledger/ledger_inner.h"

#include <string.h>

#include "ledger/ledger_dsse.h"
#include "ledger/ledger_form.h"
#include "ledger/ledger_leaf.h"

#define BATCH_BYTES (32 * MIB) /* a batch ends early rather than hold more content than this */

err
ledger_item_fill(struct job *job, slice payload, slice signature, const struct ledger_key *key, struct ledger_item *item)
{
	slice pae;
	struct digest_text keyid = digest_text(&key->id);
	struct ledger_dsse dsse = {.payload = payload, .signature = signature, .keyid = slice_of(keyid.at)};
	TRY(ledger_dsse_write(job, &dsse, &item->envelope));
	TRY(ledger_dsse_pae(job, payload, &pae));
	struct ledger_leaf leaf = {.pae = code_sha256(pae), .signature = signature, .spki = slice_bytes(key->spki, key->spki_len)};
	TRY(ledger_leaf_write(job, &leaf, &item->leaf));
	item->statement_digest = code_sha256(payload);
	item->leaf_hash = ledger_tree_leaf(item->leaf);
	item->key = key->id;
	return OK;
}

static err
subject_seal(struct job *job, struct ledger *ledger, struct ledger_subject *subject, struct store_content *contents, size_t *contents_len)
{
	if (!subject->known) {
		struct store_content *content = &contents[*contents_len];
		TRY(ledger_content_seal(job, ledger->root_key, subject->content, content));
		subject->digest = content->digest;
		++*contents_len;
		return OK;
	}
	if (!store_content_has(ledger->store, &subject->digest))
		return err_set(job, ERR_MISSING, "%.*s: content %s is cited but is not in the store", SLICE(subject->name),
		    digest_text(&subject->digest).at);
	return OK;
}

err
ledger_item_make(struct job *job, struct ledger *ledger, struct ledger_draft *draft, slice by, struct store_content *contents,
    size_t *contents_len, struct ledger_item *ret)
{
	struct ledger_item item = {0};
	const struct ledger_key *key = draft->by_host ? &ledger->host : &ledger->server;
	slice payload, pae, signature;
	if (draft->by_host && !slice_same(draft->host, ledger->host_id))
		return err_set(job, ERR_BUG, "an entry signed with this host's key must be about host %.*s, found \"%.*s\"",
		    SLICE(ledger->host_id), SLICE(draft->host));
	for (size_t i = 0; i < draft->subjects_len; i++)
		TRY(subject_seal(job, ledger, &draft->subjects[i], contents, contents_len));
	item.statement = (struct ledger_statement){.kind = draft->kind,
	    .host = draft->host,
	    .by = draft->by_host ? S("") : by,
	    .from_us = draft->from_us,
	    .to_us = draft->to_us,
	    .made_us = job_now(job),
	    .subjects = draft->subjects,
	    .subjects_len = draft->subjects_len};
	TRY(code_random_id(job, 16, &item.statement.id));
	TRY(ledger_statement_write(job, &item.statement, &payload));
	TRY(ledger_dsse_pae(job, payload, &pae));
	TRY(ledger_key_sign(job, key, pae, &signature));
	TRY(ledger_item_fill(job, payload, signature, key, &item));
	*ret = item;
	return OK;
}

/* Lay the items after the head: indices, the next tree, the rows to store. */
static err
batch_lay(struct job *job, struct ledger *ledger, struct ledger_item *items, size_t len, struct store_entry **ret_entries,
    struct store_node **ret_nodes, size_t *ret_nodes_len)
{
	struct store_entry *entries;
	struct store_node *nodes;
	size_t nodes_len = 0;
	TRY(NEW(job, len, &entries));
	TRY(NEW(job, LEDGER_GROW_LEVELS * (len / LEDGER_GROW_WIDTH + 2), &nodes));
	*ledger->next = *ledger->grow;
	for (size_t i = 0; i < len; i++) {
		items[i].index = ledger->next->frontier.size;
		ledger_grow_add(ledger->next, &items[i].leaf_hash, nodes, &nodes_len);
		entries[i] = (struct store_entry){.index = items[i].index,
		    .statement = items[i].statement_digest,
		    .leaf_hash = items[i].leaf_hash,
		    .leaf = items[i].leaf,
		    .envelope = items[i].envelope,
		    .received_us = items[i].received_us};
	}
	*ret_entries = entries;
	*ret_nodes = nodes;
	*ret_nodes_len = nodes_len;
	return OK;
}

static err
head_of(struct job *job, const struct ledger_grow *grow, struct store_head *ret)
{
	struct buf buf = buf_open(job, "the tree's frontier", 8 * KIB);
	ledger_frontier_write(&grow->frontier, &buf);
	TRY(buf_end(&buf, &ret->frontier));
	ret->size = grow->frontier.size;
	ret->root = ledger_frontier_root(&grow->frontier);
	return OK;
}

err
ledger_commit(struct job *job, struct ledger *ledger, struct ledger_item *items, size_t len, const struct store_content *contents,
    size_t contents_len)
{
	struct store_entry *entries;
	struct store_node *nodes;
	struct store_head expected, after;
	size_t nodes_len;
	TRY(batch_lay(job, ledger, items, len, &entries, &nodes, &nodes_len));
	TRY(head_of(job, ledger->grow, &expected));
	TRY(head_of(job, ledger->next, &after));
	TRY(store_append(job, ledger->store, &expected, entries, len, contents, contents_len, nodes, nodes_len, &after));
	struct ledger_grow *grow = ledger->grow;
	ledger->grow = ledger->next;
	ledger->next = grow;
	ledger->root = after.root;
	ledger->received_us = items[len - 1].received_us;
	return OK;
}

/* How many of ${drafts} go into the next transaction, and how many contents they bring. */
static size_t
batch_len(const struct ledger_draft *drafts, size_t len, size_t *ret_contents)
{
	size_t taken = 0, bytes = 0, contents = 0;
	while (taken < len && taken < STORE_MAX_BATCH && bytes < BATCH_BYTES) {
		for (size_t i = 0; i < drafts[taken].subjects_len; i++)
			if (!drafts[taken].subjects[i].known) {
				bytes += drafts[taken].subjects[i].content.len;
				contents++;
			}
		taken++;
	}
	*ret_contents = contents;
	return taken;
}

static err
batch_append(struct job *job, struct ledger *ledger, slice by, struct ledger_draft *drafts, size_t len, size_t contents_room,
    struct ledger_receipt *ret)
{
	struct ledger_item *items;
	struct store_content *contents;
	size_t contents_len = 0;
	int64_t received_us = ledger->received_us;
	TRY(NEW(job, len, &items));
	TRY(NEW(job, contents_room + 1, &contents));
	for (size_t i = 0; i < len; i++) {
		TRY(ledger_item_make(job, ledger, &drafts[i], by, contents, &contents_len, &items[i]));
		/* Received time never runs backwards, whatever the clock does. */
		if (received_us < items[i].statement.made_us)
			received_us = items[i].statement.made_us;
		items[i].received_us = received_us;
	}
	TRY(ledger_commit(job, ledger, items, len, contents, contents_len));
	for (size_t i = 0; i < len; i++)
		ret[i] = (struct ledger_receipt){
		    .index = items[i].index, .received_us = items[i].received_us, .statement = items[i].statement_digest};
	/* Stored is stored: when the view cannot follow, settling still signs what is there, and says so. */
	err shown = ledger_view_forward(job, ledger, items, len);
	(void)shown;
	return OK;
}

err
ledger_append_as(struct job *job, struct ledger *ledger, slice by, struct ledger_draft *drafts, size_t len, struct ledger_receipt *ret)
{
	while (len > 0) {
		struct arena_mark mark = arena_mark(job->arena);
		size_t contents, taken = batch_len(drafts, len, &contents);
		TRY(batch_append(job, ledger, by, drafts, taken, contents, ret));
		arena_rewind(job->arena, mark);
		drafts += taken;
		ret += taken;
		len -= taken;
	}
	return ledger_settle(job, ledger);
}

err
ledger_append_whole(struct job *job, struct ledger *ledger, struct ledger_draft *drafts, size_t len, struct ledger_receipt *ret)
{
	slice by = S("");
	size_t contents = 0;
	if (len > STORE_MAX_BATCH)
		return err_set(job, ERR_LIMIT, "at most %d entries are stored all or none, found %zu", STORE_MAX_BATCH, len);
	for (size_t i = 0; i < len; i++)
		for (size_t s = 0; s < drafts[i].subjects_len; s++)
			contents += drafts[i].subjects[s].known ? 0 : 1;
	if (job->actor.len > 0)
		TRY(ledger_person_token(job, ledger, S(""), job->actor, &by));
	TRY(batch_append(job, ledger, by, drafts, len, contents, ret));
	return ledger_settle(job, ledger);
}

/* What this machine signs is believed while it is accepted: an entry after its retirement would never verify. */
static err
own_host_need(struct job *job, struct ledger *ledger)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	slice fingerprint;
	bool row;
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT host.state FROM host JOIN word ON word.id = host.id WHERE word.text = ?1 AND host.seq_to IS NULL", false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(ledger->host_id))));
	TRY(ledger_sql_step(job, stmt, &row));
	if (row && ledger_sql_int(stmt, 0) == LEDGER_HOST_ACCEPTED)
		return OK;
	TRY(ledger_fingerprint_write(job, &ledger->host.id, &fingerprint));
	return err_set(job, ERR_DENIED, "this machine's host %.*s is retired; nothing was kept; \"assay host accept %.*s\" takes it back",
	    SLICE(ledger->host_id), SLICE(fingerprint));
}

err
ledger_append(struct job *job, struct ledger *ledger, struct ledger_draft *drafts, size_t len, struct ledger_receipt *ret)
{
	slice by = S("");
	bool served = false, own = false;
	for (size_t i = 0; i < len; i++) {
		served |= !drafts[i].by_host;
		own |= drafts[i].by_host;
	}
	if (own)
		TRY(own_host_need(job, ledger));
	if (served && job->actor.len > 0)
		TRY(ledger_person_token(job, ledger, S(""), job->actor, &by));
	return ledger_append_as(job, ledger, by, drafts, len, ret);
}

err
ledger_append_form(struct job *job, struct ledger *ledger, enum ledger_kind kind, slice host, const char *subject, slice content,
    struct ledger_receipt *ret)
{
	struct ledger_subject said = {.name = slice_of(subject), .content = content};
	int64_t now_us = job_now(job);
	struct ledger_draft draft = {.kind = kind, .host = host, .from_us = now_us, .to_us = now_us, .subjects = &said, .subjects_len = 1};
	return ledger_append(job, ledger, &draft, 1, ret);
}
