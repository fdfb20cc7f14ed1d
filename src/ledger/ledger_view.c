/*
 * The view's life: opened where the store's room finds a place, taken from a snapshot when it is empty, checked against the tree, brought
 * to the head. Deliberately does not: know its tables (ledger_project.c), beyond the one row that says how far it is.
 */
#include "ledger/ledger_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"

#define AT_ONCE 4096             /* entries in one of the view's transactions */
#define SNAPSHOT_AFTER_US 100000 /* projecting took longer than this: worth a snapshot */
#define SNAPSHOT_AFTER 4096      /* or so many entries */
#define SNAPSHOT_MEMORY (256 * MIB)
#define SNAPSHOT_PREFIX "view-"
#define MAX_CACHE_FILES 10000

sqlite3 *
ledger_db(struct ledger *ledger)
{
	return store_view_db(ledger->view);
}

sqlite3 *
ledger_sql_db(struct ledger *ledger)
{
	return ledger_db(ledger);
}

static int64_t
clock_us(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

/* How far the view is */

static err
root_at(struct job *job, struct ledger *ledger, uint64_t size, struct digest *ret)
{
	TRY(ledger_grow_open(job, ledger->store, size, ledger->next));
	*ret = ledger_frontier_root(&ledger->next->frontier);
	return OK;
}

/* Names stand in the view as hashes under a key: a view of before a re-wrap is another view. */
static struct digest
key_mark(const struct ledger *ledger)
{
	return code_sha256_pair(S("view of"), slice_bytes(ledger->person_key, sizeof ledger->person_key));
}

static err
mark_write(struct job *job, struct ledger *ledger, uint64_t size)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct digest root = ledger->root;
	if (size != ledger_size(ledger))
		TRY(root_at(job, ledger, size, &root));
	struct digest keyed = key_mark(ledger);
	TRY(ledger_sql_open(job, ledger_db(ledger), "UPDATE mark SET size = ?1, root = ?2, keyed = ?3", false, &stmt));
	return ledger_sql_do(job, stmt, SQL_WITH(SQL_I(size), SQL_D(&root), SQL_D(&keyed)));
}

/* Is what the view knows a beginning of what is stored? By the root of the tree at its size, not by its word. */
static err
mark_read(struct job *job, struct ledger *ledger, bool *ret_good, uint64_t *ret_size)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct digest said, root, keyed, wanted = key_mark(ledger);
	bool row;
	*ret_good = false;
	TRY(ledger_sql_open(job, ledger_db(ledger), "SELECT size, root, keyed, erased FROM mark", false, &stmt));
	TRY(ledger_sql_step(job, stmt, &row));
	if (!row)
		return OK;
	uint64_t size = (uint64_t)ledger_sql_int(stmt, 0);
	TRY(ledger_sql_digest(job, stmt, 1, &said));
	if (size == 0 || size > ledger_size(ledger) || ledger_sql_int(stmt, 3) < 0) /* < 0: a purge was interrupted (ledger_erase.c) */
		return OK;
	TRY(ledger_sql_digest(job, stmt, 2, &keyed));
	TRY(root_at(job, ledger, size, &root));
	*ret_good = digest_same(&root, &said) && digest_same(&keyed, &wanted);
	*ret_size = size;
	return OK;
}

/* Snapshots */

static err
snapshot_path(struct job *job, const struct ledger *ledger, uint64_t size, const char **ret)
{
	slice path;
	TRY(job_format(job, &path, "%s/" SNAPSHOT_PREFIX "%llu", ledger->place.cache, (unsigned long long)size));
	*ret = path.at;
	return OK;
}

static err
snapshot_bound(struct job *job, struct ledger *ledger, uint64_t size, slice *ret)
{
	struct digest root;
	TRY(root_at(job, ledger, size, &root));
	return job_format(
	    job, ret, "%.*s\n%llu\n%s\n%d\n", SLICE(ledger->origin), (unsigned long long)size, digest_text(&root).at, LEDGER_VIEW_SCHEMA);
}

/* Visit the names of snapshots: delete those that are not of ${keep} entries (UINT64_MAX: all), and find the newest of the rest. */
static err
snapshots_sift(struct job *job, struct ledger *ledger, uint64_t keep, bool destroy, bool *ret_found, uint64_t *ret_size)
{
	struct fs_root root;
	struct fs_name *names;
	size_t len;
	bool found = false;
	uint64_t best = 0, size;
	if (access(ledger->place.cache, F_OK) != 0)
		return *ret_found = false, OK;
	TRY(fs_root_open(job, ledger->place.cache, &root));
	err got = fs_list(job, &root, ".", MAX_CACHE_FILES, &names, &len);
	fs_root_close(&root);
	TRY(got);
	for (size_t i = 0; i < len; i++) {
		slice name = slice_of(names[i].name);
		const char *path;
		if (!slice_starts(name, S(SNAPSHOT_PREFIX)))
			continue;
		bool ours = slice_u64(slice_from(name, sizeof SNAPSHOT_PREFIX - 1), &size);
		TRY(fs_join(job, ledger->place.cache, names[i].name, &path));
		if (destroy && (!ours || size != keep)) {
			if (unlink(path) != 0 && access(path, F_OK) == 0)
				return err_set(job, ERR_IO, "%s: a snapshot that may hold what was erased cannot be removed", path);
		} else if (ours && size <= ledger_size(ledger) && (!found || size > best)) {
			found = true;
			best = size;
		}
	}
	*ret_found = found;
	*ret_size = best;
	return OK;
}

/* Fill the view, when it is empty, from the newest snapshot that fits; one that does not is removed, and entries fill the view instead. */
static err
snapshot_load(struct job *job, struct ledger *ledger, bool fresh, bool *ret_loaded)
{
	const char *path;
	slice bound;
	bool found;
	uint64_t size;
	*ret_loaded = false;
	TRY(snapshots_sift(job, ledger, 0, false, &found, &size));
	if (!found)
		return OK;
	if (!fresh) { /* only to know how far the newest one is */
		ledger->saved = size;
		return OK;
	}
	TRY(snapshot_path(job, ledger, size, &path));
	TRY(snapshot_bound(job, ledger, size, &bound));
	err got = store_view_load(job, ledger->view, path, ledger->snapshot_key, bound);
	*ret_loaded = got.code == ERR_NONE;
	if (*ret_loaded)
		ledger->saved = size;
	else
		(void)unlink(path);
	/* Only a faster start is lost, as long as there is a view to fill. */
	return ledger_db(ledger) != NULL ? OK : got;
}

static err
snapshot_save(struct job *job, struct ledger *ledger)
{
	const char *path;
	slice bound;
	bool found;
	uint64_t size = ledger->viewed;
	TRY(fs_mkdirs(job, ledger->place.cache, 0700));
	TRY(snapshot_path(job, ledger, size, &path));
	TRY(snapshot_bound(job, ledger, size, &bound));
	TRY(store_view_save(job, ledger->view, path, ledger->snapshot_key, bound));
	return snapshots_sift(job, ledger, size, true, &found, &size);
}

static bool
snapshot_worth(const struct ledger *ledger)
{
	uint64_t news = ledger->viewed - ledger->saved;
	return news > 0 &&
	       (ledger->projecting_us > SNAPSHOT_AFTER_US + (int64_t)ledger->viewed || news >= SNAPSHOT_AFTER + ledger->viewed / 4);
}

/* Opening */

/* One name for one store at one place: a copy of a store elsewhere has a view of its own. */
static err
view_name(struct job *job, const struct ledger *ledger, const char *tail, const char **ret)
{
	char real[4096];
	slice name;
	if (realpath(ledger->place.store, real) == NULL)
		return err_set(job, ERR_IO, "%s: the store's place cannot be resolved", ledger->place.store);
	struct digest digest = code_sha256_pair(ledger->origin, slice_of(real));
	TRY(job_format(job, &name, "%.24s%s", digest_text(&digest).at, tail));
	*ret = name.at;
	return OK;
}

err
ledger_view_beside(struct job *job, struct ledger *ledger, const char *tail, struct store_view **ret, bool *ret_fresh)
{
	const char *name;
	struct store_view_identity identity = {.origin = ledger->origin, .schema = LEDGER_VIEW_SCHEMA};
	TRY(view_name(job, ledger, tail, &name));
	return store_view_open(job, ledger->place.run, name, &identity, ledger_view_sql, ret, ret_fresh);
}

err
ledger_view_forget(struct job *job, struct ledger *ledger)
{
	static const char *const tails[] = {"", LEDGER_VIEW_COMPARE};
	bool found;
	uint64_t size;
	TRY(snapshots_sift(job, ledger, UINT64_MAX, true, &found, &size));
	ledger->saved = 0;
	for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		const char *name;
		TRY(view_name(job, ledger, tails[i], &name));
		TRY(store_view_sweep(job, ledger->place.run, name, ledger->view));
	}
	return OK;
}

static err
view_open_fresh(struct job *job, struct ledger *ledger)
{
	bool fresh = false;
	ledger_projector_close(ledger->projector);
	ledger->projector = NULL;
	while (!fresh) {
		struct store_view *old = ledger->view;
		ledger->view = NULL;
		if (old != NULL)
			TRY(store_view_destroy(job, old));
		TRY(ledger_view_beside(job, ledger, "", &ledger->view, &fresh));
	}
	ledger->viewed = 0;
	ledger->afresh = true;
	return OK;
}

err
ledger_view_open(struct job *job, struct ledger *ledger)
{
	bool fresh, good, loaded;
	TRY(ledger_view_beside(job, ledger, "", &ledger->view, &fresh));
	TRY(snapshot_load(job, ledger, fresh, &loaded));
	ledger->afresh = fresh && !loaded;
	if (!ledger->afresh && (mark_read(job, ledger, &good, &ledger->viewed).code != ERR_NONE || !good))
		TRY(view_open_fresh(job, ledger));
	if (ledger_projector_open(job, ledger, ledger_db(ledger), &ledger->projector).code == ERR_NONE)
		return OK;
	TRY(view_open_fresh(job, ledger)); /* damaged where nobody had looked yet */
	return ledger_projector_open(job, ledger, ledger_db(ledger), &ledger->projector);
}

void
ledger_view_close(struct ledger *ledger)
{
	ledger_projector_close(ledger->projector);
	ledger->projector = NULL;
	if (ledger->view == NULL)
		return;
	struct arena *arena = snapshot_worth(ledger) ? arena_open("snapshot", SNAPSHOT_MEMORY) : NULL;
	if (arena != NULL) {
		struct job job;
		job_init(&job, arena);
		(void)snapshot_save(&job, ledger); /* only a faster next start is lost */
		arena_close(arena);
	}
	store_view_close(ledger->view);
	ledger->view = NULL;
}

/* Forward */

static err
forward_one(struct job *job, void *to, const struct ledger_item *item)
{
	struct ledger *ledger = to;
	return ledger_project(job, ledger->projector, item);
}

static err
forward_some(struct job *job, struct ledger *ledger, const struct ledger_item *items, size_t len, uint64_t to)
{
	for (size_t i = 0; i < len; i++)
		TRY(ledger_project(job, ledger->projector, &items[i]));
	if (len == 0)
		TRY(ledger_replay(job, ledger, ledger->viewed, to, NULL, forward_one, ledger));
	TRY(mark_write(job, ledger, to));
	return ledger_sql_run(job, ledger_db(ledger), "COMMIT");
}

static err
forward_step(struct job *job, struct ledger *ledger, const struct ledger_item *items, size_t len, uint64_t to)
{
	TRY(ledger_sql_run(job, ledger_db(ledger), "BEGIN IMMEDIATE"));
	err got = forward_some(job, ledger, items, len, to);
	if (got.code == ERR_NONE)
		ledger->viewed = to;
	else if (sqlite3_get_autocommit(ledger_db(ledger)) == 0)
		(void)sqlite3_exec(ledger_db(ledger), "ROLLBACK", NULL, NULL, NULL);
	return got;
}

static err
forward(struct job *job, struct ledger *ledger, const struct ledger_item *items, size_t len)
{
	int64_t began_us = clock_us();
	err got = OK;
	if (len > 0 && items[0].index == ledger->viewed)
		got = forward_step(job, ledger, items, len, ledger->viewed + len);
	while (got.code == ERR_NONE && ledger->viewed < ledger_size(ledger)) {
		uint64_t left = ledger_size(ledger) - ledger->viewed;
		got = forward_step(job, ledger, NULL, 0, ledger->viewed + (left < AT_ONCE ? left : AT_ONCE));
	}
	ledger->projecting_us += clock_us() - began_us;
	return got;
}

/* In memory, where nobody else fills the place or damages the file. */
static err
forward_anew(struct job *job, struct ledger *ledger)
{
	ledger->place.run = STORE_VIEW_IN_MEMORY;
	TRY(view_open_fresh(job, ledger));
	TRY(ledger_projector_open(job, ledger, ledger_db(ledger), &ledger->projector));
	return forward(job, ledger, NULL, 0);
}

err
ledger_view_forward(struct job *job, struct ledger *ledger, const struct ledger_item *items, size_t len)
{
	bool memory = strcmp(store_view_place(ledger->view), "memory") == 0;
	err got = forward(job, ledger, items, len);
	return got.code == ERR_NONE || memory ? got : forward_anew(job, ledger);
}

err
ledger_view_again(struct job *job, struct ledger *ledger, uint64_t *ret_entries)
{
	TRY(ledger_view_forget(job, ledger));
	TRY(view_open_fresh(job, ledger));
	TRY(ledger_projector_open(job, ledger, ledger_db(ledger), &ledger->projector));
	TRY(ledger_view_forward(job, ledger, NULL, 0));
	*ret_entries = ledger->viewed;
	return OK;
}
