/*
 * The view: a SQLite database on verified tmpfs, else in memory, that is a projection of the ledger and may be thrown away at any time.
 * This file owns where it lives and how it is snapshotted; what is in it is the ledger's.
 */
#ifndef STORE_STORE_VIEW_H
#define STORE_STORE_VIEW_H

#include <sqlite3.h>

#include "base/job.h"

struct store_view;

/* What a view or snapshot belongs to; one that differs is thrown away. */
struct store_view_identity {
	slice origin;    /* log origin */
	unsigned schema; /* version of the projection */
};

/*
 * Open (or make) the view ${name} in the first usable place: ${run_dir} when given, /run/assay, $XDG_RUNTIME_DIR/assay, /dev/shm/assay-UID;
 * each only when it is ours, mode 0700 and on tmpfs; else in memory. ${ret_fresh}: it is empty and must be filled. DQS off, defensive,
 * trusted_schema off.
 */
#define STORE_VIEW_IN_MEMORY ":memory:" /* as ${run_dir}: no other place is tried */
err store_view_open(struct job *job, const char *run_dir, const char *name, const struct store_view_identity *identity,
    const char *schema_sql, struct store_view **ret, bool *ret_fresh);
sqlite3 *store_view_db(struct store_view *view);
const char *store_view_place(const struct store_view *view); /* "memory" or the path */
void store_view_close(struct store_view *view);
/* Throw it away: close, overwrite, unlink. ${view} is gone whatever comes of it. */
err store_view_destroy(struct job *job, struct store_view *view);
/*
 * Throw away the view ${name} in every place that it may have been opened in (a session's, a timer's), but ${keep}'s (may be NULL): what is
 * erased must not stay in one that is not open now. Nobody else may have it open.
 */
err store_view_sweep(struct job *job, const char *run_dir, const char *name, const struct store_view *keep);

/*
 * Write an encrypted snapshot of the view to ${path} / fill a fresh view from it. ${key} is 32 bytes; ${bound} (origin, size, root, schema)
 * is authenticated with it: another ${bound} or a damaged file is ERR_STORE and the caller rebuilds from entries. Loading replaces what is
 * in the view and its connection: ask store_view_db() again and hold no statement over it. After a failure the view is empty and usable,
 * or, when there was no snapshot to begin with (ERR_MISSING, no magic), as it was.
 */
err store_view_save(struct job *job, struct store_view *view, const char *path, const uint8_t key[static 32], slice bound);
err store_view_load(struct job *job, struct store_view *view, const char *path, const uint8_t key[static 32], slice bound);

#endif
