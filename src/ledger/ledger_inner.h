/*
 * What an open ledger is, for the files of this room only: store, signer, keys, growing tree, view.
 */
#ifndef LEDGER_LEDGER_INNER_H
#define LEDGER_LEDGER_INNER_H

#include <sqlite3.h>

#include "ledger/ledger_content.h"
#include "ledger/ledger_grow.h"
#include "ledger/ledger_key.h"
#include "ledger/ledger_note.h"
#include "ledger/ledger_signer.h"
#include "ledger/ledger_sql.h"
#include "ledger/ledger_statement.h"
#include "store/store.h"
#include "store/store_view.h"

#define LEDGER_WAIT_MS 5000
#define LEDGER_VIEW_COMPARE "-compare" /* tail of the name of the view that rebuild compares with */

/* An entry just made, or read again from signed bytes: what the view is projected from. */
struct ledger_item {
	uint64_t index;
	int64_t received_us;
	struct ledger_statement statement; /* a subject's content is filled in (known = false) when it is at hand */
	struct digest statement_digest;
	struct digest leaf_hash;
	struct digest key; /* SHA-256 of the signing key's SubjectPublicKeyInfo */
	struct digest pae; /* read again only, with the two below: SHA-256 of what was signed */
	slice signature;
	slice spki;
	slice leaf;
	slice envelope;
};

struct ledger_projector;

struct ledger {
	struct arena *arena; /* wiped when closed: it holds this struct and the keys */
	struct job own;      /* over that arena, for what outlives a call */
	struct ledger_place place;
	struct store *store;
	struct ledger_signer *signer;
	struct ledger_key server, host;
	struct ledger_note_key log;
	uint8_t root_key[32];
	uint8_t person_key[32];   /* derived: names are looked up by a keyed hash, never kept in the view */
	uint8_t snapshot_key[32]; /* derived: encrypts snapshots of the view */
	slice origin;
	slice host_id;
	struct ledger_grow *grow; /* the head's */
	struct ledger_grow *next; /* while a batch is not stored yet */
	struct digest root;
	int64_t received_us; /* of the newest entry */
	uint64_t published;  /* size of the checkpoint that stands in STORE/log */
	struct store_view *view;
	struct ledger_projector *projector;
	uint64_t viewed;       /* entries the view knows */
	uint64_t saved;        /* entries the newest snapshot knows */
	int64_t projecting_us; /* time spent projecting since then: what a snapshot would spare */
	bool afresh;           /* all the view knows was read from entries since this opening: it never saw what was erased before */
};

/* ledger.c */
/* Store, keys and head alone, no signer and no view: for adopting. */
err ledger_open_store(struct job *job, const struct ledger_place *place, struct ledger **ret);
/* ${root_key} and what is derived from it. */
err ledger_root_take(struct job *job, struct ledger *ledger, const uint8_t root_key[static 32]);
/* Sign, publish and project whatever is stored but not yet. */
err ledger_settle(struct job *job, struct ledger *ledger);

/* ledger_append.c */
/* The entry a draft becomes, signed by ${key}; contents are sealed into ${contents} (${contents_len} is advanced). */
err ledger_item_make(struct job *job, struct ledger *ledger, struct ledger_draft *draft, slice by, struct store_content *contents,
    size_t *contents_len, struct ledger_item *ret);
/* From a statement signed elsewhere: everything but index and received time. */
err ledger_item_fill(struct job *job, slice payload, slice signature, const struct ledger_key *key, struct ledger_item *item);
/* Store 1 to 256 items in one transaction: indices are given here, received times are the items'. Signing and publishing are
 * ledger_settle()'s. */
err ledger_commit(struct job *job, struct ledger *ledger, struct ledger_item *items, size_t len, const struct store_content *contents,
    size_t contents_len);
/* As ledger_append(), without a person behind it. */
err ledger_append_as(struct job *job, struct ledger *ledger, slice by, struct ledger_draft *drafts, size_t len, struct ledger_receipt *ret);
/* As ledger_append(), all ${len} (at most STORE_MAX_BATCH) in one transaction: nothing of them is stored, or everything. */
err ledger_append_whole(struct job *job, struct ledger *ledger, struct ledger_draft *drafts, size_t len, struct ledger_receipt *ret);
/* One entry of one content by the server, about this moment. */
err ledger_append_form(struct job *job, struct ledger *ledger, enum ledger_kind kind, slice host, const char *subject, slice content,
    struct ledger_receipt *ret);

/* ledger_view.c: where the view lives, and how it is brought to the head */
err ledger_view_open(struct job *job, struct ledger *ledger);
void ledger_view_close(struct ledger *ledger);
/* A view named as ours with ${tail}, e.g. to compare with. */
err ledger_view_beside(struct job *job, struct ledger *ledger, const char *tail, struct store_view **ret, bool *ret_fresh);
/* Project ${items}, which follow what the view knows; an empty list: read what is missing from the store. A view that is damaged or has no
 * room is made anew in memory. */
err ledger_view_forward(struct job *job, struct ledger *ledger, const struct ledger_item *items, size_t len);
/* Remove every snapshot, and views in other places: they may hold what was erased. */
err ledger_view_forget(struct job *job, struct ledger *ledger);
/* A new view in the place of the old one, filled from signed bytes. */
err ledger_view_again(struct job *job, struct ledger *ledger, uint64_t *ret_entries);
sqlite3 *ledger_db(struct ledger *ledger);

/* ledger_project.c: entry -> rows */
#define LEDGER_VIEW_SCHEMA 6
extern const char ledger_view_sql[];
/* A projector over ${db}; memory and statements are its own until closed. */
err ledger_projector_open(struct job *job, struct ledger *ledger, sqlite3 *db, struct ledger_projector **ret);
void ledger_projector_close(struct ledger_projector *projector);
err ledger_project(struct job *job, struct ledger_projector *projector, const struct ledger_item *item);
/* The keyed hash under which a name is found in the view. */
err ledger_person_who(struct job *job, const struct ledger *ledger, slice host, slice name, struct digest *ret);

/* ledger_replay.c: signed bytes -> items */
/* Read entries ${from} to ${to} again, check every digest, and hand them on; items live until the visit returns. */
typedef err (*ledger_item_visit)(struct job *job, void *to, const struct ledger_item *item);
struct ledger_replay {
	ledger_line fault; /* told of each fault instead of stopping; NULL: stop with ERR_STORE */
	void *fault_to;
	uint64_t faults;
};
err ledger_replay(struct job *job, struct ledger *ledger, uint64_t from, uint64_t to, struct ledger_replay *replay, ledger_item_visit visit,
    void *visit_to);
err ledger_item_read(struct job *job, const struct store_entry *entry, struct ledger_item *ret);

/* ledger_erase.c */
/* Destroy what an erasure entry names and a crash left standing. */
err ledger_erase_finish(struct job *job, struct ledger *ledger);
/* Go on with a re-wrap that a crash interrupted; before any content is opened. */
err ledger_rewrap_finish(struct job *job, struct ledger *ledger);

#endif
