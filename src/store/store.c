/*
 * The store: its lock, its opening and making, and appending entries behind one head by compare-and-set.
 * Deliberately does not: know what an entry says, sign, or publish.
 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "store/store_sqlite.h"

#define APPLICATION_ID 0x61737361 /* "assa" */
#define SCHEMA_VERSION 1

/* leaf_hash stands before the long columns: reading hashes for tiles then touches no overflow page. */
static const char schema[] =
    "CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, root BLOB NOT NULL, frontier BLOB NOT NULL) STRICT;"
    "CREATE TABLE entry (idx INTEGER PRIMARY KEY, received_us INTEGER NOT NULL, statement BLOB NOT NULL, leaf_hash BLOB NOT NULL,"
    " leaf BLOB NOT NULL, envelope BLOB NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX entry_statement ON entry (statement);"
    "CREATE TABLE node (level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, idx)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE content (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, wrapped_key BLOB NOT NULL, size INTEGER NOT NULL,"
    " in_file INTEGER NOT NULL, gone INTEGER NOT NULL) STRICT;"
    "CREATE TABLE content_sealed (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;";

const char *
store_dir(const struct store *store)
{
	return store->dir;
}

/* --- the lock --- */

static bool
lock_try(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

/* Who wrote its process id into the lock file; 0 when nobody did. */
static unsigned
lock_holder(int fd)
{
	char text[32];
	uint64_t pid = 0;
	ssize_t got = pread(fd, text, sizeof text, 0);
	if (got > 0)
		(void)slice_u64(slice_trim(slice_bytes(text, (size_t)got)), &pid);
	return (unsigned)pid;
}

static int64_t
elapsed_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* An open-file-description lock: it ends with its holder however that ends, and holds against a second opening in the same process too. */
static err
lock_take(struct job *job, const char *path, unsigned wait_ms, int *ret_fd)
{
	char text[32];
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_errno(job, errno, "lock %s: cannot be opened", path);
	int64_t until = elapsed_ms() + wait_ms;
	while (!lock_try(fd)) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR) {
			err got = err_errno(job, errno, "lock %s: cannot be taken", path);
			(void)close(fd);
			return got;
		}
		if (elapsed_ms() >= until) {
			unsigned pid = lock_holder(fd);
			(void)close(fd);
			return err_set(job, ERR_BUSY, "store lock %s: busy, held by process %u; waited %.3g s", path, pid, wait_ms / 1000.0);
		}
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
	int len = snprintf(text, sizeof text, "%d\n", (int)getpid());
	/* Only the words of a refusal depend on it: a full disk must not keep the store from opening. */
	bool noted = ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)len, 0) == len;
	(void)noted;
	*ret_fd = fd;
	return OK;
}

/* --- opening --- */

static err
store_new(struct job *job, const char *dir, struct store **ret)
{
	struct arena *arena = arena_open("store", MIB);
	if (arena == NULL)
		return err_set(job, ERR_LIMIT, "memory for \"store\": the system has none left");
	struct job inner;
	job_init(&inner, arena);
	struct store *store = NULL;
	slice part;
	err got = NEW(&inner, 1, &store);
	if (got.code == ERR_NONE)
		got = job_string(&inner, slice_of(dir), &store->dir);
	if (got.code == ERR_NONE && (got = job_format(&inner, &part, "%s/content", dir)).code == ERR_NONE)
		store->content_dir = part.at;
	if (got.code == ERR_NONE && (got = job_format(&inner, &part, "%s/lock", dir)).code == ERR_NONE)
		store->lock_path = part.at;
	if (got.code != ERR_NONE) {
		arena_close(arena);
		return err_set(job, got.code, "%s", inner.why);
	}
	store->arena = arena;
	store->lock_fd = -1;
	*ret = store;
	return OK;
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	sqlite3_finalize(store->content_get);
	sqlite3_finalize(store->find);
	if (store->db != NULL) {
		/* Closing writes the WAL into the database: not after a failed sync, which must not be tried again. */
		if (store->stopped)
			(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		(void)sqlite3_close_v2(store->db);
	}
	if (store->lock_fd >= 0)
		(void)close(store->lock_fd);
	arena_close(store->arena);
}

static int
wal_grew(void *to, sqlite3 *db, const char *name, int pages)
{
	struct store *store = to;
	(void)db, (void)name;
	store->wal_pages = pages;
	return SQLITE_OK;
}

static err
db_open(struct job *job, struct store *store, const char *path)
{
	int rc = sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, NULL);
	if (rc != SQLITE_OK)
		return store_sqlite_fail(job, store, rc);
	TRY(store_sqlite_harden(job, store->db, path));
	TRY(store_sqlite_exec(job, store,
	    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA cache_size = -65536"));
	sqlite3_wal_hook(store->db, wal_grew, store); /* takes the place of automatic checkpoints */
	return OK;
}

static err
pragma_number(struct job *job, struct store *store, const char *sql, int64_t *ret)
{
	DEFER(store_sqlite_done) sqlite3_stmt *stmt = NULL;
	bool row;
	TRY(store_sqlite_prepare(job, store, sql, &stmt));
	TRY(store_sqlite_next(job, store, stmt, &row));
	*ret = row ? sqlite3_column_int64(stmt, 0) : 0;
	return OK;
}

static err
db_check(struct job *job, struct store *store)
{
	int64_t application, version, top;
	struct store_head head;
	TRY(pragma_number(job, store, "PRAGMA application_id", &application));
	if (application != APPLICATION_ID)
		return err_set(job, ERR_STORE, "%s/store.db: not a store of assay: application id expected %#x, found %#llx", store->dir,
		    APPLICATION_ID, (unsigned long long)application);
	TRY(pragma_number(job, store, "PRAGMA user_version", &version));
	if (version != SCHEMA_VERSION)
		return err_set(job, ERR_STORE, "%s/store.db: this program knows schema version %d, found %lld: use the assay that made it",
		    store->dir, SCHEMA_VERSION, (long long)version);
	TRY(store_head(job, store, &head));
	TRY(pragma_number(job, store, "SELECT coalesce(max(idx) + 1, 0) FROM entry", &top));
	if ((uint64_t)top != head.size)
		return err_set(job, ERR_STORE, "%s/store.db: the head says %llu entries, the last entry is number %lld", store->dir,
		    (unsigned long long)head.size, (long long)top - 1);
	return OK;
}

/* All after the lock is held. A WAL left by a crash is written into the database and synced anew before anything builds on it: what a
 * failed sync left in the system's cache only may otherwise be believed to be on the disk. On a full disk that waits until the first
 * append. */
static err
open_locked(struct job *job, struct store *store)
{
	const char *path;
	TRY(fs_join(job, store->dir, "store.db", &path));
	TRY(db_open(job, store, path));
	err got = store_sqlite_checkpoint_now(job, store);
	if (got.code == ERR_IO)
		store->wal_pages = INT_MAX;
	else
		TRY(got);
	TRY(db_check(job, store));
	TRY(fs_mkdirs(job, store->content_dir, 0700));
	return store_content_sweep(job, store);
}

err
store_open(struct job *job, const char *dir, unsigned wait_ms, struct store **ret)
{
	struct stat st;
	const char *path;
	struct store *store;
	TRY(fs_join(job, dir, "store.db", &path));
	if (lstat(path, &st) != 0)
		return errno == ENOENT || errno == ENOTDIR ? err_set(job, ERR_MISSING, "%s: there is no store", dir)
							   : err_errno(job, errno, "%s: cannot be looked at", path);
	if (!S_ISREG(st.st_mode))
		return err_set(job, ERR_STORE, "%s: must be a regular file", path);
	TRY(store_new(job, dir, &store));
	err got = lock_take(job, store->lock_path, wait_ms, &store->lock_fd);
	if (got.code == ERR_NONE)
		got = open_locked(job, store);
	if (got.code != ERR_NONE) {
		store_close(store);
		return got;
	}
	*ret = store;
	return OK;
}

/* --- making --- */

static err
db_fill(struct job *job, struct store *store, slice frontier, const struct digest *root)
{
	char pragmas[128];
	snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID, SCHEMA_VERSION);
	TRY(store_sqlite_exec(job, store, "PRAGMA journal_mode = WAL"));
	TRY(store_sqlite_exec(job, store, "BEGIN IMMEDIATE"));
	TRY(store_sqlite_exec(job, store, schema));
	TRY(store_sqlite_exec(job, store, pragmas));
	DEFER(store_sqlite_done) sqlite3_stmt *stmt = NULL;
	TRY(store_sqlite_prepare(job, store, "INSERT INTO head (one, size, root, frontier) VALUES (1, 0, ?1, ?2)", &stmt));
	store_sqlite_bind(stmt, 1, slice_bytes(root->byte, sizeof root->byte));
	store_sqlite_bind(stmt, 2, frontier);
	TRY(store_sqlite_do(job, store, stmt));
	TRY(store_sqlite_exec(job, store, "COMMIT"));
	return store_sqlite_checkpoint_now(job, store);
}

/* The database is made under another name and renamed when it is whole: a crash leaves a store or none. */
static err
create_locked(struct job *job, struct store *store, slice frontier, const struct digest *root)
{
	const char *path, *new_path, *new_wal;
	struct stat st;
	TRY(fs_join(job, store->dir, "store.db", &path));
	TRY(fs_join(job, store->dir, "store.db.new", &new_path));
	TRY(fs_join(job, store->dir, "store.db.new-wal", &new_wal));
	if (lstat(path, &st) == 0)
		return err_set(job, ERR_CONFLICT, "%s: there is a store already", store->dir);
	TRY(fs_mkdirs(job, store->content_dir, 0700));
	(void)unlink(new_path);
	(void)unlink(new_wal);
	int fd = open(new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(job, errno, "%s: cannot be made", new_path);
	(void)close(fd);
	TRY(db_open(job, store, new_path));
	TRY(db_fill(job, store, frontier, root));
	int rc = sqlite3_close(store->db);
	store->db = NULL;
	if (rc != SQLITE_OK)
		return err_set(job, ERR_BUG, "%s: cannot be closed (%d)", new_path, rc);
	if (rename(new_path, path) != 0)
		return err_errno(job, errno, "%s: cannot be renamed to store.db", new_path);
	return fs_sync_dir(job, store->dir);
}

err
store_create(struct job *job, const char *dir, slice empty_frontier, const struct digest *empty_root)
{
	struct store *store;
	TRY(fs_mkdirs(job, dir, 0700));
	TRY(store_new(job, dir, &store));
	err got = lock_take(job, store->lock_path, 0, &store->lock_fd);
	if (got.code == ERR_NONE)
		got = create_locked(job, store, empty_frontier, empty_root);
	store_close(store);
	return got;
}

/* --- head and append --- */

err
store_head(struct job *job, struct store *store, struct store_head *ret)
{
	TRY(store_sqlite_ready(job, store));
	DEFER(store_sqlite_done) sqlite3_stmt *stmt = NULL;
	struct store_head head;
	bool row;
	TRY(store_sqlite_prepare(job, store, "SELECT size, root, frontier FROM head WHERE one = 1", &stmt));
	TRY(store_sqlite_next(job, store, stmt, &row));
	if (!row || !store_sqlite_digest(stmt, 1, &head.root) || sqlite3_column_int64(stmt, 0) < 0)
		return err_set(job, ERR_STORE, "%s/store.db: the head row is missing or misshapen", store->dir);
	head.size = (uint64_t)sqlite3_column_int64(stmt, 0);
	TRY(job_copy(job, store_sqlite_bytes(stmt, 2), &head.frontier));
	*ret = head;
	return OK;
}

static err
append_check(
    struct job *job, const struct store_head *expected, const struct store_entry *entries, size_t len, const struct store_head *after)
{
	if (len < 1 || len > STORE_MAX_BATCH)
		return err_set(job, ERR_BUG, "store append: a batch has 1 to %d entries, found %zu", STORE_MAX_BATCH, len);
	if (after->size != expected->size + len)
		return err_set(job, ERR_BUG, "store append: the new head's size must be %llu, found %llu",
		    (unsigned long long)(expected->size + len), (unsigned long long)after->size);
	for (size_t i = 0; i < len; i++)
		if (entries[i].index != expected->size + i)
			return err_set(job, ERR_BUG, "store append: entry %zu of the batch must have index %llu, found %llu", i,
			    (unsigned long long)(expected->size + i), (unsigned long long)entries[i].index);
	return OK;
}

/* The compare-and-set: the first statement of the transaction, so that nothing else is done when somebody was first. */
static err
append_head(struct job *job, struct store *store, const struct store_head *expected, const struct store_head *after)
{
	DEFER(store_sqlite_done) sqlite3_stmt *stmt = NULL;
	TRY(store_sqlite_prepare(job, store, "UPDATE head SET size = ?1, root = ?2, frontier = ?3 WHERE size = ?4 AND root = ?5", &stmt));
	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)after->size);
	store_sqlite_bind(stmt, 2, slice_bytes(after->root.byte, sizeof after->root.byte));
	store_sqlite_bind(stmt, 3, after->frontier);
	sqlite3_bind_int64(stmt, 4, (sqlite3_int64)expected->size);
	store_sqlite_bind(stmt, 5, slice_bytes(expected->root.byte, sizeof expected->root.byte));
	TRY(store_sqlite_do(job, store, stmt));
	if (sqlite3_changes(store->db) == 1)
		return OK;
	struct store_head head;
	TRY(store_head(job, store, &head));
	return err_set(job, ERR_CONFLICT, "store append: expected the head at %llu entries with root %.16s, found %llu with %.16s",
	    (unsigned long long)expected->size, digest_text(&expected->root).at, (unsigned long long)head.size, digest_text(&head.root).at);
}

static err
append_entries(struct job *job, struct store *store, const struct store_entry *entries, size_t len)
{
	DEFER(store_sqlite_done) sqlite3_stmt *stmt = NULL;
	TRY(store_sqlite_prepare(job, store,
	    "INSERT INTO entry (idx, received_us, statement, leaf_hash, leaf, envelope) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", &stmt));
	for (size_t i = 0; i < len; i++) {
		sqlite3_bind_int64(stmt, 1, (sqlite3_int64)entries[i].index);
		sqlite3_bind_int64(stmt, 2, entries[i].received_us);
		store_sqlite_bind(stmt, 3, slice_bytes(entries[i].statement.byte, sizeof entries[i].statement.byte));
		store_sqlite_bind(stmt, 4, slice_bytes(entries[i].leaf_hash.byte, sizeof entries[i].leaf_hash.byte));
		store_sqlite_bind(stmt, 5, entries[i].leaf);
		store_sqlite_bind(stmt, 6, entries[i].envelope);
		int rc = sqlite3_step(stmt);
		if (rc == SQLITE_CONSTRAINT_UNIQUE)
			return err_set(
			    job, ERR_CONFLICT, "store append: statement %s is stored already", digest_text(&entries[i].statement).at);
		if (rc != SQLITE_DONE)
			return store_sqlite_fail(job, store, rc);
		sqlite3_reset(stmt);
	}
	return OK;
}

static err
append_nodes(struct job *job, struct store *store, const struct store_node *nodes, size_t len)
{
	DEFER(store_sqlite_done) sqlite3_stmt *stmt = NULL;
	if (len == 0)
		return OK;
	TRY(store_sqlite_prepare(job, store, "INSERT INTO node (level, idx, hash) VALUES (?1, ?2, ?3)", &stmt));
	for (size_t i = 0; i < len; i++) {
		sqlite3_bind_int64(stmt, 1, nodes[i].level);
		sqlite3_bind_int64(stmt, 2, (sqlite3_int64)nodes[i].index);
		store_sqlite_bind(stmt, 3, slice_bytes(nodes[i].hash.byte, sizeof nodes[i].hash.byte));
		TRY(store_sqlite_do(job, store, stmt));
	}
	return OK;
}

static err
append_transaction(struct job *job, struct store *store, const struct store_head *expected, const struct store_entry *entries, size_t len,
    const struct store_content *contents, size_t contents_len, const struct store_node *nodes, size_t nodes_len,
    const struct store_head *after)
{
	TRY(store_content_put_files(job, store, contents, contents_len));
	TRY(store_sqlite_exec(job, store, "BEGIN IMMEDIATE"));
	TRY(append_head(job, store, expected, after));
	TRY(append_entries(job, store, entries, len));
	TRY(store_content_put_rows(job, store, contents, contents_len));
	TRY(append_nodes(job, store, nodes, nodes_len));
	return store_sqlite_exec(job, store, "COMMIT");
}

err
store_append(struct job *job, struct store *store, const struct store_head *expected, const struct store_entry *entries, size_t len,
    const struct store_content *contents, size_t contents_len, const struct store_node *nodes, size_t nodes_len,
    const struct store_head *after)
{
	TRY(store_sqlite_ready(job, store));
	TRY(append_check(job, expected, entries, len, after));
	TRY(store_sqlite_checkpoint_due(job, store));
	err got = append_transaction(job, store, expected, entries, len, contents, contents_len, nodes, nodes_len, after);
	if (got.code != ERR_NONE && !store->stopped) { /* a stopped store is left as it is, for the next opening to look at */
		store_sqlite_rollback(store);
		store_content_drop_files(store, contents, contents_len);
	}
	return got;
}

/* --- reading --- */

err
store_find(struct job *job, struct store *store, const struct digest *statement, bool *ret_found, uint64_t *ret_index)
{
	TRY(store_sqlite_ready(job, store));
	bool row;
	if (store->find == NULL) /* kept prepared, because verifying asks it of every entry */
		TRY(store_sqlite_prepare(job, store, "SELECT idx FROM entry WHERE statement = ?1", &store->find));
	DEFER(store_sqlite_rest) sqlite3_stmt *stmt = store->find;
	store_sqlite_bind(stmt, 1, slice_bytes(statement->byte, sizeof statement->byte));
	TRY(store_sqlite_next(job, store, stmt, &row));
	if (row)
		*ret_index = (uint64_t)sqlite3_column_int64(stmt, 0);
	*ret_found = row;
	return OK;
}

static err
missing(struct job *job, const struct store *store, const char *what, uint64_t index)
{
	return err_set(job, ERR_STORE, "%s/store.db: %s %llu is missing or misshapen", store->dir, what, (unsigned long long)index);
}

err
store_read(struct job *job, struct store *store, uint64_t from, uint64_t to, store_visit visit, void *visit_to)
{
	TRY(store_sqlite_ready(job, store));
	DEFER(store_sqlite_done) sqlite3_stmt *stmt = NULL;
	TRY(store_sqlite_prepare(job, store,
	    "SELECT idx, received_us, statement, leaf_hash, leaf, envelope FROM entry WHERE idx >= ?1 AND idx < ?2 ORDER BY idx", &stmt));
	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)from);
	sqlite3_bind_int64(stmt, 2, (sqlite3_int64)to);
	for (uint64_t index = from; index < to; index++) {
		struct store_entry entry = {.index = index};
		bool row;
		TRY(store_sqlite_next(job, store, stmt, &row));
		if (!row || (uint64_t)sqlite3_column_int64(stmt, 0) != index || !store_sqlite_digest(stmt, 2, &entry.statement) ||
		    !store_sqlite_digest(stmt, 3, &entry.leaf_hash))
			return missing(job, store, "entry", index);
		entry.received_us = sqlite3_column_int64(stmt, 1);
		entry.leaf = store_sqlite_bytes(stmt, 4);
		entry.envelope = store_sqlite_bytes(stmt, 5);
		TRY(visit(job, visit_to, &entry));
	}
	return OK;
}

static err
read_hashes(struct job *job, struct store *store, sqlite3_stmt *stmt, const char *what, uint64_t from, size_t len, struct digest *ret)
{
	for (size_t i = 0; i < len; i++) {
		bool row;
		TRY(store_sqlite_next(job, store, stmt, &row));
		if (!row || (uint64_t)sqlite3_column_int64(stmt, 0) != from + i || !store_sqlite_digest(stmt, 1, &ret[i]))
			return missing(job, store, what, from + i);
	}
	return OK;
}

err
store_leaf_hashes(struct job *job, struct store *store, uint64_t from, size_t len, struct digest *ret)
{
	TRY(store_sqlite_ready(job, store));
	DEFER(store_sqlite_done) sqlite3_stmt *stmt = NULL;
	TRY(store_sqlite_prepare(job, store, "SELECT idx, leaf_hash FROM entry WHERE idx >= ?1 ORDER BY idx", &stmt));
	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)from);
	return read_hashes(job, store, stmt, "leaf hash", from, len, ret);
}

err
store_nodes(struct job *job, struct store *store, unsigned level, uint64_t from, size_t len, struct digest *ret)
{
	TRY(store_sqlite_ready(job, store));
	DEFER(store_sqlite_done) sqlite3_stmt *stmt = NULL;
	TRY(store_sqlite_prepare(job, store, "SELECT idx, hash FROM node WHERE level = ?1 AND idx >= ?2 ORDER BY idx", &stmt));
	sqlite3_bind_int64(stmt, 1, level);
	sqlite3_bind_int64(stmt, 2, (sqlite3_int64)from);
	return read_hashes(job, store, stmt, "node", from, len, ret);
}
