/*
 * Contents of the store: wrapped keys and small sealed bytes as rows, large ones as files that are synced before their row is committed.
 * Deliberately does not: open or check what is sealed; keys and digests are the ledger's business.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "store/store_sqlite.h"

/*
 * The row of a deleted content stays, its key overwritten in place with as many zeros: "deleted" can be told from "never here", and that no
 * copy of a key is left does not rest on how SQLite moves rows when it splits and merges pages.
 */

struct file_name {
	char at[80];
};

static struct file_name
file_name(const struct digest *digest)
{
	struct file_name name;
	snprintf(name.at, sizeof name.at, "%s", digest_text(digest).at);
	return name;
}

static err
content_path(struct job *job, const struct store *store, const struct digest *digest, const char **ret)
{
	return fs_join(job, store->content_dir, file_name(digest).at, ret);
}

static bool
is_large(const struct store_content *content)
{
	return content->sealed.len > STORE_CONTENT_ROW;
}

enum row_state { ROW_NONE, ROW_THERE, ROW_GONE };

static err
content_state(struct job *job, struct store *store, const struct digest *digest, enum row_state *ret, bool *ret_file)
{
	DEFER(store_sqlite_done) sqlite3_stmt *stmt = NULL;
	TRY(store_sqlite_prepare(job, store, "SELECT gone, in_file FROM content WHERE digest = ?1", &stmt));
	store_sqlite_bind(stmt, 1, slice_bytes(digest->byte, sizeof digest->byte));
	bool row;
	TRY(store_sqlite_next(job, store, stmt, &row));
	*ret = !row ? ROW_NONE : sqlite3_column_int(stmt, 0) != 0 ? ROW_GONE : ROW_THERE;
	*ret_file = row && sqlite3_column_int(stmt, 1) != 0;
	return OK;
}

/* Give every byte to the file; a full disk is told apart because nothing is stored then and the store goes on. */
static err
write_all(struct job *job, struct store *store, int fd, slice bytes, const char *path)
{
	while (bytes.len > 0) {
		ssize_t put = write(fd, bytes.at, bytes.len);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
			return err_errno(job, errno, "content file %s: %zu bytes more are wanted; nothing was stored", path, bytes.len);
		if (put < 0) {
			(void)err_errno(job, errno, "content file %s: cannot be written", path);
			return store_sqlite_stop(job, store);
		}
		bytes = slice_from(bytes, (size_t)put);
	}
	if (fdatasync(fd) != 0) {
		(void)err_errno(job, errno, "content file %s: is not on stable storage", path);
		return store_sqlite_stop(job, store);
	}
	return OK;
}

static err
put_file(struct job *job, struct store *store, const struct store_content *content)
{
	const char *path;
	TRY(content_path(job, store, &content->digest, &path));
	/* No row names it, so whatever stands there is left from a failed attempt. */
	(void)unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_errno(job, errno, "content file %s: cannot be made", path);
	err got = write_all(job, store, fd, content->sealed, path);
	(void)close(fd);
	return got;
}

static err
sync_folder(struct job *job, struct store *store)
{
	err got = fs_sync_dir(job, store->content_dir);
	return got.code == ERR_NONE ? OK : store_sqlite_stop(job, store);
}

static bool
named_before(const struct store_content *contents, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (digest_same(&contents[i].digest, &contents[at].digest))
			return true;
	return false;
}

err
store_content_put_files(struct job *job, struct store *store, const struct store_content *contents, size_t len)
{
	bool any = false;
	for (size_t i = 0; i < len; i++) {
		enum row_state state;
		bool in_file;
		if (contents[i].sealed.len > STORE_MAX_CONTENT)
			return err_set(job, ERR_LIMIT, "content %s: at most %zu sealed bytes, found %zu",
			    digest_text(&contents[i].digest).at, STORE_MAX_CONTENT, contents[i].sealed.len);
		if (!is_large(&contents[i]) || named_before(contents, i))
			continue;
		TRY(content_state(job, store, &contents[i].digest, &state, &in_file));
		if (state != ROW_NONE)
			continue;
		TRY(put_file(job, store, &contents[i]));
		any = true;
	}
	return any ? sync_folder(job, store) : OK;
}

void
store_content_drop_files(struct store *store, const struct store_content *contents, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char path[4096];
		if (!is_large(&contents[i]) || store_content_has(store, &contents[i].digest))
			continue;
		int need = snprintf(path, sizeof path, "%s/%s", store->content_dir, file_name(&contents[i].digest).at);
		if (need > 0 && (size_t)need < sizeof path)
			(void)unlink(path); /* else the next opening sweeps it */
	}
}

static err
put_row(struct job *job, struct store *store, sqlite3_stmt *row, sqlite3_stmt *sealed, const struct store_content *content)
{
	enum row_state state;
	bool in_file;
	bool large = is_large(content);
	store_sqlite_bind(row, 1, slice_bytes(content->digest.byte, sizeof content->digest.byte));
	store_sqlite_bind(row, 2, content->wrapped_key);
	sqlite3_bind_int64(row, 3, (sqlite3_int64)content->sealed.len);
	sqlite3_bind_int(row, 4, large);
	int before = sqlite3_total_changes(store->db);
	TRY(store_sqlite_do(job, store, row));
	if (sqlite3_total_changes(store->db) == before) { /* it is there already: the first one stays, unless it was deleted */
		TRY(content_state(job, store, &content->digest, &state, &in_file));
		if (state == ROW_GONE)
			return err_set(
			    job, ERR_DENIED, "content %s: it was deleted and does not come back", digest_text(&content->digest).at);
		return OK;
	}
	if (large)
		return OK;
	sqlite3_bind_int64(sealed, 1, sqlite3_last_insert_rowid(store->db));
	store_sqlite_bind(sealed, 2, content->sealed);
	return store_sqlite_do(job, store, sealed);
}

err
store_content_put_rows(struct job *job, struct store *store, const struct store_content *contents, size_t len)
{
	if (len == 0)
		return OK;
	DEFER(store_sqlite_done) sqlite3_stmt *row = NULL;
	DEFER(store_sqlite_done) sqlite3_stmt *sealed = NULL;
	TRY(store_sqlite_prepare(job, store,
	    "INSERT INTO content (digest, wrapped_key, size, in_file, gone) VALUES (?1, ?2, ?3, ?4, 0) ON CONFLICT (digest) DO NOTHING",
	    &row));
	TRY(store_sqlite_prepare(job, store, "INSERT INTO content_sealed (id, sealed) VALUES (?1, ?2)", &sealed));
	for (size_t i = 0; i < len; i++)
		TRY(put_row(job, store, row, sealed, &contents[i]));
	return OK;
}

static err
read_file(struct job *job, struct store *store, const struct digest *digest, uint64_t size, slice *ret)
{
	const char *path;
	TRY(content_path(job, store, digest, &path));
	err got = fs_slurp(job, path, STORE_MAX_CONTENT, ret);
	if (got.code == ERR_MISSING || got.code == ERR_INPUT)
		return err_set(job, ERR_STORE, "content file %s: the store names it, but it is not there", path);
	TRY(got);
	if (ret->len != size)
		return err_set(job, ERR_STORE, "content file %s: expected %llu bytes, found %zu", path, (unsigned long long)size, ret->len);
	return OK;
}

/* Kept prepared, because every entry of a rebuild asks it. */
err
store_content_get(struct job *job, struct store *store, const struct digest *digest, struct store_content *ret)
{
	TRY(store_sqlite_ready(job, store));
	struct store_content content = {.digest = *digest};
	bool row;
	if (store->content_get == NULL)
		TRY(store_sqlite_prepare(job, store,
		    "SELECT c.wrapped_key, c.size, c.in_file, c.gone, s.sealed FROM content c LEFT JOIN content_sealed s ON s.id = c.id "
		    "WHERE c.digest = ?1",
		    &store->content_get));
	DEFER(store_sqlite_rest) sqlite3_stmt *stmt = store->content_get;
	store_sqlite_bind(stmt, 1, slice_bytes(digest->byte, sizeof digest->byte));
	TRY(store_sqlite_next(job, store, stmt, &row));
	if (!row)
		return err_set(job, ERR_MISSING, "content %s: never stored here", digest_text(digest).at);
	if (sqlite3_column_int(stmt, 3) != 0)
		return err_set(job, ERR_MISSING, "content %s: deleted", digest_text(digest).at);
	TRY(job_copy(job, store_sqlite_bytes(stmt, 0), &content.wrapped_key));
	uint64_t size = (uint64_t)sqlite3_column_int64(stmt, 1);
	if (sqlite3_column_int(stmt, 2) != 0)
		TRY(read_file(job, store, digest, size, &content.sealed));
	else
		TRY(job_copy(job, store_sqlite_bytes(stmt, 4), &content.sealed));
	if (content.sealed.len != size)
		return err_set(job, ERR_STORE, "content %s: expected %llu sealed bytes, found %zu", digest_text(digest).at,
		    (unsigned long long)size, content.sealed.len);
	*ret = content;
	return OK;
}

bool
store_content_has(struct store *store, const struct digest *digest)
{
	sqlite3_stmt *stmt = NULL;
	bool has = false;
	if (sqlite3_prepare_v2(store->db, "SELECT 1 FROM content WHERE digest = ?1 AND gone = 0", -1, &stmt, NULL) == SQLITE_OK) {
		store_sqlite_bind(stmt, 1, slice_bytes(digest->byte, sizeof digest->byte));
		has = sqlite3_step(stmt) == SQLITE_ROW;
	}
	sqlite3_finalize(stmt);
	return has;
}

static err
delete_rows(struct job *job, struct store *store, const struct digest *digest)
{
	DEFER(store_sqlite_done) sqlite3_stmt *sealed = NULL;
	DEFER(store_sqlite_done) sqlite3_stmt *key = NULL;
	slice bytes = slice_bytes(digest->byte, sizeof digest->byte);
	TRY(store_sqlite_prepare(job, store, "DELETE FROM content_sealed WHERE id = (SELECT id FROM content WHERE digest = ?1)", &sealed));
	TRY(store_sqlite_prepare(
	    job, store, "UPDATE content SET wrapped_key = zeroblob(length(wrapped_key)), gone = 1 WHERE digest = ?1", &key));
	store_sqlite_bind(sealed, 1, bytes);
	store_sqlite_bind(key, 1, bytes);
	TRY(store_sqlite_exec(job, store, "BEGIN IMMEDIATE"));
	TRY(store_sqlite_do(job, store, sealed));
	TRY(store_sqlite_do(job, store, key));
	return store_sqlite_exec(job, store, "COMMIT");
}

err
store_content_delete(struct job *job, struct store *store, const struct digest *digest)
{
	enum row_state state;
	bool in_file;
	const char *path;
	TRY(store_sqlite_ready(job, store));
	TRY(content_path(job, store, digest, &path));
	TRY(content_state(job, store, digest, &state, &in_file));
	if (state == ROW_NONE)
		return OK;
	if (state == ROW_THERE) {
		err got = delete_rows(job, store, digest);
		store_sqlite_rollback(store);
		TRY(got);
	}
	/* The WAL still holds the pages as they were: write them over the database and cut it to nothing. */
	TRY(store_sqlite_checkpoint_now(job, store));
	if (in_file && unlink(path) != 0 && errno != ENOENT)
		return err_errno(job, errno, "content file %s: cannot be removed", path);
	return in_file ? sync_folder(job, store) : OK;
}

err
store_content_rewrap(struct job *job, struct store *store, const struct digest *digest, slice wrapped_key)
{
	TRY(store_sqlite_ready(job, store));
	TRY(store_sqlite_checkpoint_due(job, store));
	DEFER(store_sqlite_done) sqlite3_stmt *stmt = NULL;
	TRY(store_sqlite_prepare(job, store, "UPDATE content SET wrapped_key = ?2 WHERE digest = ?1 AND gone = 0", &stmt));
	store_sqlite_bind(stmt, 1, slice_bytes(digest->byte, sizeof digest->byte));
	store_sqlite_bind(stmt, 2, wrapped_key);
	TRY(store_sqlite_do(job, store, stmt));
	if (sqlite3_changes(store->db) != 1)
		return err_set(job, ERR_MISSING, "content %s: not here, so its key cannot be wrapped again", digest_text(digest).at);
	return OK;
}

err
store_contents(struct job *job, struct store *store, store_content_visit visit, void *visit_to)
{
	TRY(store_sqlite_ready(job, store));
	DEFER(store_sqlite_done) sqlite3_stmt *stmt = NULL;
	TRY(store_sqlite_prepare(job, store, "SELECT digest, wrapped_key, size FROM content WHERE gone = 0 ORDER BY digest", &stmt));
	for (;;) {
		struct digest digest;
		bool row;
		TRY(store_sqlite_next(job, store, stmt, &row));
		if (!row)
			return OK;
		if (!store_sqlite_digest(stmt, 0, &digest))
			return err_set(job, ERR_STORE, "%s: a content's digest is not 32 bytes", store->dir);
		TRY(visit(job, visit_to, &digest, store_sqlite_bytes(stmt, 1), (uint64_t)sqlite3_column_int64(stmt, 2)));
	}
}

err
store_content_sweep(struct job *job, struct store *store)
{
	struct fs_root root;
	struct fs_name *names;
	size_t len;
	bool any = false;
	TRY(fs_root_open(job, store->content_dir, &root));
	err got = fs_list(job, &root, "/", 10000000, &names, &len);
	fs_root_close(&root);
	TRY(got);
	for (size_t i = 0; i < len; i++) {
		struct digest digest;
		enum row_state state = ROW_NONE;
		bool in_file = false;
		const char *path;
		if (digest_parse(slice_of(names[i].name), &digest))
			TRY(content_state(job, store, &digest, &state, &in_file));
		if (state == ROW_THERE && in_file)
			continue;
		TRY(fs_join(job, store->content_dir, names[i].name, &path));
		if (unlink(path) != 0 && errno != ENOENT)
			return err_errno(job, errno, "content file %s: no entry names it, but it cannot be removed", path);
		any = true;
	}
	return any ? sync_folder(job, store) : OK;
}
