/*
 * The view's place (verified tmpfs, else memory), its identity, and its encrypted snapshots.
 * Deliberately does not: know the tables in it, or repair anything: a view that is not what it should be is thrown away and made again.
 */
#include "store/store_view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <sodium.h>

#include "base/fs.h"
#include "base/pack.h"
#include "store/store_sqlite.h"

struct store_view {
	struct arena *arena;
	sqlite3 *db;
	const char *path; /* NULL: in memory */
	const char *schema_sql;
	struct digest identity; /* of origin, schema number and schema text */
};

sqlite3 *
store_view_db(struct store_view *view)
{
	return view->db;
}

const char *
store_view_place(const struct store_view *view)
{
	return view->path != NULL ? view->path : "memory";
}

/* --- the place --- */

/* Ours alone, a folder itself and not a link to one, and on tmpfs: what is written there is gone with the power and was never on a disk. */
static bool
place_fits(const char *dir)
{
	struct stat st;
	return lstat(dir, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 0077) == 0 && fs_is_tmpfs(dir);
}

static bool
place_try(const char *dir)
{
	if (mkdir(dir, 0700) == 0 && !place_fits(dir)) {
		(void)rmdir(dir);
		return false;
	}
	return place_fits(dir);
}

#define MAX_PLACES 4

/* Where a view may live, the best first. */
static err
places_list(struct job *job, const char *run_dir, slice ret[static MAX_PLACES], size_t *ret_len)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	size_t len = 0;
	if (run_dir != NULL)
		ret[len++] = slice_of(run_dir);
	ret[len++] = S("/run/assay");
	if (runtime != NULL && runtime[0] == '/')
		TRY(job_format(job, &ret[len++], "%s/assay", runtime));
	TRY(job_format(job, &ret[len++], "/dev/shm/assay-%u", (unsigned)geteuid()));
	*ret_len = len;
	return OK;
}

/* The first usable folder into ${ret}; NULL when the view has to live in memory. */
static err
place_find(struct job *job, const char *run_dir, const char **ret)
{
	slice places[MAX_PLACES];
	size_t len;
	*ret = NULL;
	if (run_dir != NULL && strcmp(run_dir, STORE_VIEW_IN_MEMORY) == 0)
		return OK;
	TRY(places_list(job, run_dir, places, &len));
	for (size_t i = 0; i < len && *ret == NULL; i++)
		if (place_try(places[i].at))
			*ret = places[i].at;
	return OK;
}

static bool
name_fits(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t len = strlen(name);
	return len > 0 && len <= 64 && strspn(name, allowed) == len;
}

/* --- opening --- */

static struct digest
identity_of(const struct store_view_identity *identity, const char *schema_sql)
{
	char number[32];
	snprintf(number, sizeof number, "\n%u\n", identity->schema);
	struct digest origin = code_sha256_pair(identity->origin, slice_of(number));
	return code_sha256_pair(slice_bytes(origin.byte, sizeof origin.byte), slice_of(schema_sql));
}

static err
sql(struct job *job, struct store_view *view, const char *text)
{
	int rc = sqlite3_exec(view->db, text, NULL, NULL, NULL);
	return rc == SQLITE_OK ? OK : store_sqlite_err(job, view->db, rc, store_view_place(view));
}

static err
db_open(struct job *job, struct store_view *view)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
	/* The "memdb" of SQLite, unlike :memory:, is a file to it: snapshots read and write both kinds the same way. */
	int rc =
	    view->path != NULL ? sqlite3_open_v2(view->path, &view->db, flags, NULL) : sqlite3_open_v2("view", &view->db, flags, "memdb");
	if (rc != SQLITE_OK)
		return store_sqlite_err(job, view->db, rc, store_view_place(view));
	return store_sqlite_harden(job, view->db, store_view_place(view));
}

/* A crash of the process must not tear the view; a crash of the machine takes tmpfs with it, so nothing is ever synced. No WAL: a snapshot
 * is the bytes of the file. */
static err
db_settle(struct job *job, struct store_view *view)
{
	return sql(job, view,
	    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = OFF; PRAGMA secure_delete = ON;"
	    "PRAGMA cache_size = -65536");
}

static bool
identity_fits(struct store_view *view)
{
	sqlite3_stmt *stmt = NULL;
	struct digest found;
	bool fits = sqlite3_prepare_v2(view->db, "SELECT digest FROM view_identity", -1, &stmt, NULL) == SQLITE_OK &&
		    sqlite3_step(stmt) == SQLITE_ROW && store_sqlite_digest(stmt, 0, &found) && digest_same(&found, &view->identity);
	sqlite3_finalize(stmt);
	return fits;
}

static err
db_fill(struct job *job, struct store_view *view)
{
	char text[160];
	snprintf(text, sizeof text, "INSERT INTO view_identity (digest) VALUES (x'%s')", digest_text(&view->identity).at);
	TRY(sql(job, view, "BEGIN IMMEDIATE; CREATE TABLE view_identity (digest BLOB NOT NULL) STRICT"));
	TRY(sql(job, view, text));
	TRY(sql(job, view, view->schema_sql));
	return sql(job, view, "COMMIT");
}

static void
db_close(struct store_view *view)
{
	(void)sqlite3_close_v2(view->db);
	view->db = NULL;
}

/* Overwrite before unlinking: tmpfs pages go back to the system's pool, and swap may hold them. */
static err
file_destroy(struct job *job, const char *path)
{
	static const char zeros[64 * KIB];
	struct stat st;
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? OK : err_errno(job, errno, "view %s: cannot be overwritten", path);
	bool done = fstat(fd, &st) == 0;
	for (off_t at = 0; done && at < st.st_size;) {
		size_t want = (uint64_t)(st.st_size - at) < sizeof zeros ? (size_t)(st.st_size - at) : sizeof zeros;
		ssize_t put = pwrite(fd, zeros, want, at);
		done = put > 0 || (put < 0 && errno == EINTR);
		at += put > 0 ? put : 0;
	}
	int number = errno;
	(void)close(fd);
	if (unlink(path) != 0 && errno != ENOENT)
		return err_errno(job, errno, "view %s: cannot be removed", path);
	return done ? OK : err_errno(job, number, "view %s: was removed, but could not be overwritten", path);
}

static err
path_destroy(struct job *job, const char *path)
{
	slice journal;
	TRY(job_format(job, &journal, "%s-journal", path));
	TRY(file_destroy(job, path));
	return file_destroy(job, journal.at);
}

static err
files_destroy(struct job *job, const struct store_view *view)
{
	return view->path != NULL ? path_destroy(job, view->path) : OK;
}

/* What is there when it fits, else made anew. */
static err
db_begin(struct job *job, struct store_view *view, bool *ret_fresh)
{
	if (db_open(job, view).code == ERR_NONE && db_settle(job, view).code == ERR_NONE && identity_fits(view)) {
		*ret_fresh = false;
		return OK;
	}
	db_close(view);
	TRY(files_destroy(job, view));
	TRY(db_open(job, view));
	TRY(db_settle(job, view));
	TRY(db_fill(job, view));
	if (view->path != NULL && chmod(view->path, 0600) != 0)
		return err_errno(job, errno, "view %s: cannot be kept from others", view->path);
	*ret_fresh = true;
	return OK;
}

static err
view_new(struct job *inner, const char *dir, const char *name, const struct store_view_identity *identity, const char *schema_sql,
    struct store_view **ret)
{
	struct store_view *view;
	slice path;
	TRY(NEW(inner, 1, &view));
	view->arena = inner->arena;
	view->identity = identity_of(identity, schema_sql);
	TRY(job_string(inner, slice_of(schema_sql), &view->schema_sql));
	if (dir != NULL) {
		TRY(job_format(inner, &path, "%s/%s.db", dir, name));
		view->path = path.at;
	}
	*ret = view;
	return OK;
}

err
store_view_open(struct job *job, const char *run_dir, const char *name, const struct store_view_identity *identity, const char *schema_sql,
    struct store_view **ret, bool *ret_fresh)
{
	const char *dir;
	struct store_view *view;
	if (!name_fits(name))
		return err_set(job, ERR_BUG, "view \"%s\": a name has 1 to 64 small letters, digits and hyphens", name);
	TRY(place_find(job, run_dir, &dir));
	struct arena *arena = arena_open("view", MIB);
	if (arena == NULL)
		return err_set(job, ERR_LIMIT, "memory for \"view\": the system has none left");
	struct job inner;
	job_init(&inner, arena);
	err got = view_new(&inner, dir, name, identity, schema_sql, &view);
	if (got.code != ERR_NONE) {
		arena_close(arena);
		return err_set(job, got.code, "%s", inner.why);
	}
	got = db_begin(job, view, ret_fresh);
	if (got.code != ERR_NONE && view->path != NULL) { /* a full or odd tmpfs: memory is always a place */
		db_close(view);
		(void)files_destroy(job, view);
		view->path = NULL;
		got = db_begin(job, view, ret_fresh);
	}
	if (got.code != ERR_NONE) {
		store_view_close(view);
		return got;
	}
	*ret = view;
	return OK;
}

void
store_view_close(struct store_view *view)
{
	if (view == NULL)
		return;
	db_close(view);
	arena_close(view->arena);
}

err
store_view_destroy(struct job *job, struct store_view *view)
{
	db_close(view);
	err got = files_destroy(job, view);
	arena_close(view->arena);
	return got;
}

err
store_view_sweep(struct job *job, const char *run_dir, const char *name, const struct store_view *keep)
{
	slice places[MAX_PLACES + 1], path;
	size_t len;
	if (!name_fits(name))
		return err_set(job, ERR_BUG, "view \"%s\": a name has 1 to 64 small letters, digits and hyphens", name);
	TRY(places_list(job, run_dir, places, &len));
	/* Where a session has its $XDG_RUNTIME_DIR, when this is no session. */
	TRY(job_format(job, &places[len++], "/run/user/%u/assay", (unsigned)geteuid()));
	for (size_t i = 0; i < len; i++) {
		if (!place_fits(places[i].at))
			continue;
		TRY(job_format(job, &path, "%.*s/%s.db", SLICE(places[i]), name));
		if (keep == NULL || keep->path == NULL || strcmp(keep->path, path.at) != 0)
			TRY(path_destroy(job, path.at));
	}
	return OK;
}

/* --- snapshots --- */

/*
 * A snapshot: magic, 32 random bytes, then messages of "length (4 bytes, big endian), sealed bytes, tag". Each message is zstd of one part
 * of the database file under AES-256-GCM with a key of this file alone (from the random bytes) and the message's number as nonce; ${bound}
 * and the length are authenticated with it, and the length's highest bit marks the last, so nothing can be cut, moved or mixed. AES because
 * a start waits for it: it is ten times as fast as XChaCha20 where the processor helps. A part fits an arena's ordinary chunk.
 */
#define PART ((size_t)32 * KIB)
#define MAX_MESSAGE (48 * KIB)
#define LAST 0x80000000u
#define PACK_LEVEL 1
static const char magic[] = "assay view snapshot 2\n";

#define HEADER_BYTES 32
#define TAG_BYTES 16

struct stream {
	FILE *file;
	const char *path;
	slice bound;
	EVP_CIPHER_CTX *cipher;
	uint64_t messages;
};

static void
stream_close(struct stream *stream)
{
	if (stream->file != NULL)
		fclose(stream->file);
	stream->file = NULL;
	EVP_CIPHER_CTX_free(stream->cipher);
	stream->cipher = NULL;
}

/* ${seal}: 1 to write, 0 to read. */
static err
stream_key(struct job *job, struct stream *stream, const uint8_t header[static HEADER_BYTES], const uint8_t key[static 32], int seal)
{
	uint8_t own[32];
	stream->cipher = EVP_CIPHER_CTX_new();
	bool good = stream->cipher != NULL && crypto_generichash(own, sizeof own, header, HEADER_BYTES, key, 32) == 0 &&
		    EVP_CipherInit_ex(stream->cipher, EVP_aes_256_gcm(), NULL, own, NULL, seal) == 1;
	code_wipe(own, sizeof own);
	return good ? OK : err_set(job, ERR_BUG, "snapshot %s: OpenSSL gives no AES-256-GCM", stream->path);
}

static void
length_put(uint8_t ret[static 4], uint32_t length)
{
	for (int i = 0; i < 4; i++)
		ret[i] = (uint8_t)(length >> (24 - 8 * i));
}

/* The nonce, what is authenticated, and the text of one message. */
static bool
message_crypt(struct stream *stream, const uint8_t length[static 4], const void *from, size_t len, uint8_t *ret)
{
	uint8_t nonce[12] = {0};
	int done;
	for (int i = 0; i < 8; i++)
		nonce[4 + i] = (uint8_t)(stream->messages >> (56 - 8 * i));
	stream->messages++;
	return EVP_CipherInit_ex(stream->cipher, NULL, NULL, NULL, nonce, -1) == 1 &&
	       EVP_CipherUpdate(stream->cipher, NULL, &done, (const uint8_t *)stream->bound.at, (int)stream->bound.len) == 1 &&
	       EVP_CipherUpdate(stream->cipher, NULL, &done, length, 4) == 1 &&
	       EVP_CipherUpdate(stream->cipher, ret, &done, from, (int)len) == 1;
}

static err
stream_put(struct job *job, struct stream *stream, const void *at, size_t len)
{
	return fwrite(at, 1, len, stream->file) == len ? OK : err_errno(job, errno, "snapshot %s: cannot be written", stream->path);
}

/*
 * SQLite's own handle of the file: another descriptor on it would drop its locks when closed. Its reads and writes are made for pages: more
 * than 128 KiB at once is cut without a word, so a part goes through in pieces.
 */
#define PIECE (64 * KIB)

static err
view_file(struct job *job, struct store_view *view, sqlite3_file **ret)
{
	sqlite3_file *file = NULL;
	int rc = sqlite3_file_control(view->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	if (rc != SQLITE_OK || file == NULL || file->pMethods == NULL)
		return err_set(job, ERR_BUG, "view %s: SQLite gives no file for it (%d)", store_view_place(view), rc);
	*ret = file;
	return OK;
}

static int
file_read(sqlite3_file *file, uint8_t *ret, size_t len, sqlite3_int64 at)
{
	int rc = SQLITE_OK;
	for (size_t done = 0; done < len && rc == SQLITE_OK; done += PIECE)
		rc = file->pMethods->xRead(file, ret + done, (int)(len - done < PIECE ? len - done : PIECE), at + (sqlite3_int64)done);
	return rc;
}

static int
file_write(sqlite3_file *file, slice bytes, sqlite3_int64 at)
{
	int rc = SQLITE_OK;
	for (size_t done = 0; done < bytes.len && rc == SQLITE_OK; done += PIECE) {
		slice piece = slice_part(bytes, done, PIECE);
		rc = file->pMethods->xWrite(file, piece.at, (int)piece.len, at + (sqlite3_int64)done);
	}
	return rc;
}

static err
save_part(struct job *job, struct stream *stream, slice part, bool last)
{
	slice packed;
	uint8_t *sealed, length[4];
	struct arena_mark mark = arena_mark(job->arena);
	TRY(pack_zstd(job, part, PACK_LEVEL, &packed));
	size_t len = packed.len + TAG_BYTES;
	int done;
	TRY(NEW(job, len, &sealed));
	length_put(length, (uint32_t)len | (last ? LAST : 0));
	if (!message_crypt(stream, length, packed.at, packed.len, sealed) ||
	    EVP_CipherFinal_ex(stream->cipher, sealed + packed.len, &done) != 1 ||
	    EVP_CIPHER_CTX_ctrl(stream->cipher, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, sealed + packed.len) != 1)
		return err_set(job, ERR_BUG, "snapshot %s: OpenSSL could not seal it", stream->path);
	TRY(stream_put(job, stream, length, sizeof length));
	TRY(stream_put(job, stream, sealed, len));
	arena_rewind(job->arena, mark);
	return OK;
}

static err
save_parts(struct job *job, struct store_view *view, struct stream *stream)
{
	sqlite3_file *file;
	sqlite3_int64 size = 0, at = 0;
	uint8_t *part;
	TRY(view_file(job, view, &file));
	if (file->pMethods->xFileSize(file, &size) != SQLITE_OK)
		return err_set(job, ERR_IO, "view %s: its size cannot be read", store_view_place(view));
	TRY(NEW(job, PART, &part));
	do {
		size_t len = (uint64_t)(size - at) < PART ? (size_t)(size - at) : PART;
		if (file_read(file, part, len, at) != SQLITE_OK)
			return err_set(job, ERR_IO, "view %s: cannot be read", store_view_place(view));
		at += (sqlite3_int64)len;
		TRY(save_part(job, stream, slice_bytes(part, len), at == size));
	} while (at < size);
	return OK;
}

static err
save_to(struct job *job, struct store_view *view, const char *path, const uint8_t key[static 32], slice bound)
{
	uint8_t header[HEADER_BYTES];
	DEFER(stream_close) struct stream stream = {.path = path, .bound = bound};
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || (stream.file = fdopen(fd, "wb")) == NULL) {
		err got = err_errno(job, errno, "snapshot %s: cannot be made", path);
		if (fd >= 0)
			(void)close(fd);
		return got;
	}
	code_random(header, sizeof header);
	TRY(stream_key(job, &stream, header, key, 1));
	TRY(stream_put(job, &stream, magic, sizeof magic - 1));
	TRY(stream_put(job, &stream, header, sizeof header));
	TRY(save_parts(job, view, &stream));
	if (fflush(stream.file) != 0 || fsync(fd) != 0)
		return err_errno(job, errno, "snapshot %s: is not on stable storage", path);
	return OK;
}

static err
parent_of(struct job *job, const char *path, const char **ret)
{
	slice whole = slice_of(path);
	size_t slash = slice_find_last(whole, '/');
	return job_string(job, slash == whole.len ? S(".") : slash == 0 ? S("/") : slice_part(whole, 0, slash), ret);
}

err
store_view_save(struct job *job, struct store_view *view, const char *path, const uint8_t key[static 32], slice bound)
{
	slice temporary;
	const char *parent;
	if (!sqlite3_get_autocommit(view->db))
		return err_set(job, ERR_BUG, "view %s: a snapshot inside a transaction", store_view_place(view));
	TRY(parent_of(job, path, &parent));
	TRY(job_format(job, &temporary, "%s.new", path));
	err got = save_to(job, view, temporary.at, key, bound);
	if (got.code == ERR_NONE && rename(temporary.at, path) != 0)
		got = err_errno(job, errno, "snapshot %s: cannot be put in place", path);
	if (got.code != ERR_NONE) {
		(void)unlink(temporary.at);
		return got;
	}
	return fs_sync_dir(job, parent);
}

static err
load_refused(struct job *job, const struct stream *stream)
{
	return err_set(job, ERR_STORE, "snapshot %s: damaged, cut short, or of another ledger, size, root, schema or key", stream->path);
}

/* One message into ${ret}, checked before anybody sees it. */
static err
load_part(struct job *job, struct stream *stream, slice *ret, bool *ret_last)
{
	uint8_t length[4], *sealed, *packed;
	int done;
	if (fread(length, 1, sizeof length, stream->file) != sizeof length)
		return load_refused(job, stream);
	uint32_t said = (uint32_t)length[0] << 24 | (uint32_t)length[1] << 16 | (uint32_t)length[2] << 8 | length[3];
	size_t len = said & ~LAST;
	if (len < TAG_BYTES || len > MAX_MESSAGE)
		return load_refused(job, stream);
	TRY(NEW(job, len, &sealed));
	TRY(NEW(job, len, &packed));
	if (fread(sealed, 1, len, stream->file) != len || !message_crypt(stream, length, sealed, len - TAG_BYTES, packed) ||
	    EVP_CIPHER_CTX_ctrl(stream->cipher, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, sealed + len - TAG_BYTES) != 1 ||
	    EVP_CipherFinal_ex(stream->cipher, packed + len - TAG_BYTES, &done) != 1)
		return load_refused(job, stream);
	*ret_last = (said & LAST) != 0;
	if (*ret_last && fgetc(stream->file) != EOF)
		return load_refused(job, stream);
	return pack_unpack(job, stream->path, slice_bytes(packed, len - TAG_BYTES), PART, ret);
}

static err
load_parts(struct job *job, struct store_view *view, struct stream *stream)
{
	sqlite3_file *file;
	sqlite3_int64 at = 0;
	TRY(view_file(job, view, &file));
	for (bool last = false; !last;) {
		slice part;
		struct arena_mark mark = arena_mark(job->arena);
		TRY(load_part(job, stream, &part, &last));
		int rc = file_write(file, part, at);
		if (rc != SQLITE_OK)
			return store_sqlite_err(job, NULL, rc, store_view_place(view));
		at += (sqlite3_int64)part.len;
		arena_rewind(job->arena, mark);
	}
	return OK;
}

static err
load_from(struct job *job, struct store_view *view, const char *path, const uint8_t key[static 32], slice bound, bool *ret_touched)
{
	uint8_t head[sizeof magic - 1 + HEADER_BYTES];
	DEFER(stream_close) struct stream stream = {.path = path, .bound = bound};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || (stream.file = fdopen(fd, "rb")) == NULL) {
		err got = err_errno(job, errno, "snapshot %s: cannot be opened", path);
		if (fd >= 0)
			(void)close(fd);
		return got;
	}
	if (fread(head, 1, sizeof head, stream.file) != sizeof head || memcmp(head, magic, sizeof magic - 1) != 0)
		return load_refused(job, &stream);
	TRY(stream_key(job, &stream, head + sizeof magic - 1, key, 0));
	/* An empty database, nothing of it in SQLite's memory yet: its bytes may be put below it. */
	*ret_touched = true;
	db_close(view);
	TRY(files_destroy(job, view));
	TRY(db_open(job, view));
	TRY(load_parts(job, view, &stream));
	TRY(db_settle(job, view));
	return identity_fits(view) ? OK : err_set(job, ERR_STORE, "snapshot %s: it is of another view or schema", path);
}

err
store_view_load(struct job *job, struct store_view *view, const char *path, const uint8_t key[static 32], slice bound)
{
	bool touched = false, fresh;
	err got = load_from(job, view, path, key, bound, &touched);
	if (got.code == ERR_NONE && view->path != NULL && chmod(view->path, 0600) != 0)
		got = err_errno(job, errno, "view %s: cannot be kept from others", view->path);
	if (got.code == ERR_NONE || !touched)
		return got;
	/* Some of its bytes may stand there already: the caller gets an empty view instead. */
	struct job again;
	job_init(&again, job->arena);
	db_close(view);
	err made = files_destroy(&again, view);
	if (made.code == ERR_NONE)
		made = db_begin(&again, view, &fresh);
	if (made.code == ERR_NONE)
		return got;
	(void)err_prefix(job, got, "no empty view can be made either (%s)", again.why);
	return made;
}
