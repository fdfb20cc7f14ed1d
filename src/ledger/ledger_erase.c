/*
 * Erasing content: the entry first, then keys and files, view, snapshots; what a crash interrupts is finished at the next opening.
 * Re-wrapping the keys of what survives under a new root key. Deliberately does not: touch entries or the tree: every proof stays valid.
 */
#include "ledger/ledger_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "ledger/ledger_form.h"

#define ERASE_AT_ONCE 8192 /* digests in one entry */
#define REWRAP_WITHIN_US (30 * DAY_US)
#define REWRAP_MEMORY (1024 * MIB)
#define PURGE_PENDING (-1) /* in mark.erased: the view may hold what was erased and must be made anew */

static err
mark_set(struct job *job, struct ledger *ledger, int64_t erased)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	TRY(ledger_sql_open(job, ledger_db(ledger), "UPDATE mark SET erased = ?1", false, &stmt));
	return ledger_sql_do(job, stmt, SQL_WITH(SQL_I(erased)));
}

static err
number_ask(struct job *job, struct ledger *ledger, const char *sql, const struct digest *digest, int64_t *ret)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	bool row;
	TRY(ledger_sql_open(job, ledger_db(ledger), sql, false, &stmt));
	if (digest != NULL)
		TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_D(digest))));
	TRY(ledger_sql_step(job, stmt, &row));
	*ret = row ? ledger_sql_int(stmt, 0) : 0;
	return OK;
}

/* Asked before anything happens. */
static err
erasable(struct job *job, struct ledger *ledger, const struct digest *digest)
{
	int64_t kept;
	if (!store_content_has(ledger->store, digest))
		return err_set(job, ERR_MISSING, "content %s: is not in the store; nothing was erased", digest_text(digest).at);
	TRY(number_ask(job, ledger, "SELECT count(*) FROM kept WHERE digest = ?1", digest, &kept));
	if (kept > 0)
		return err_set(job, ERR_DENIED,
		    "content %s: the ledger itself rests on it (a host, grant, receipt, erasure or adoption); nothing was erased",
		    digest_text(digest).at);
	return OK;
}

err
ledger_erase(struct job *job, struct ledger *ledger, const struct digest *digests, size_t len, slice why, struct ledger_receipt *ret)
{
	slice content;
	if (len == 0)
		return err_set(job, ERR_INPUT, "erase: at least one content must be named");
	for (size_t i = 0; i < len; i++)
		TRY(erasable(job, ledger, &digests[i]));
	for (size_t at = 0; at < len; at += ERASE_AT_ONCE) {
		size_t part = len - at < ERASE_AT_ONCE ? len - at : ERASE_AT_ONCE;
		TRY(ledger_erasure_form_write(job, digests + at, part, why, &content));
		TRY(ledger_append_form(job, ledger, LEDGER_ERASURE, S(""), "erasure", content, ret));
	}
	return ledger_erase_finish(job, ledger);
}

/* The digests of erasure entries newer than the last that was finished. */
static err
unfinished(struct job *job, struct ledger *ledger, struct digest **ret, size_t *ret_len, int64_t *ret_last)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	int64_t count;
	bool row;
	TRY(number_ask(job, ledger, "SELECT count(*) FROM erased WHERE entry > (SELECT erased FROM mark)", NULL, &count));
	TRY(NEW(job, (size_t)count + 1, ret));
	TRY(ledger_sql_open(
	    job, ledger_db(ledger), "SELECT digest, entry FROM erased WHERE entry > (SELECT erased FROM mark)", false, &stmt));
	*ret_len = 0;
	*ret_last = 0;
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row || *ret_len == (size_t)count)
			return OK;
		TRY(ledger_sql_digest(job, stmt, 0, &(*ret)[(*ret_len)++]));
		if (ledger_sql_int(stmt, 1) > *ret_last)
			*ret_last = ledger_sql_int(stmt, 1);
	}
}

/* Readings, persons and attached files are purged in place by projecting the erasure. Anything else stands in rows of its own making. */
static err
others_count(struct job *job, struct ledger *ledger, int64_t *ret)
{
	return number_ask(job, ledger,
	    "WITH news AS MATERIALIZED (SELECT digest FROM erased WHERE entry > (SELECT erased FROM mark))"
	    " SELECT (SELECT count(*) FROM news) - (SELECT count(*) FROM news WHERE digest IN (SELECT digest FROM reading WHERE digest IN "
	    "news"
	    " UNION SELECT digest FROM person UNION SELECT file FROM attestation))",
	    NULL, ret);
}

err
ledger_erase_finish(struct job *job, struct ledger *ledger)
{
	struct digest *digests;
	size_t len;
	int64_t last, mark, others;
	uint64_t entries;
	bool there = false;
	TRY(number_ask(job, ledger, "SELECT erased FROM mark", NULL, &mark));
	TRY(unfinished(job, ledger, &digests, &len, &last));
	if (len == 0 && mark != PURGE_PENDING)
		return OK;
	for (size_t i = 0; i < len; i++)
		there |= store_content_has(ledger->store, &digests[i]);
	TRY(others_count(job, ledger, &others));
	/* A view that was elsewhere, or a snapshot of before, may still show what another opening has erased. */
	bool again = others > 0 && (there || !ledger->afresh);
	/* In this order, so that a crash at any point leaves either the content, to be erased again, or no trace of it. */
	if (there || again || mark == PURGE_PENDING)
		TRY(ledger_view_forget(job, ledger));
	if (again)
		TRY(mark_set(job, ledger, PURGE_PENDING));
	for (size_t i = 0; i < len; i++)
		TRY(store_content_delete(job, ledger->store, &digests[i]));
	if (again || mark == PURGE_PENDING)
		TRY(ledger_view_again(job, ledger, &entries));
	return mark_set(job, ledger, last);
}

err
ledger_erasure_state(struct job *job, struct ledger *ledger, struct ledger_erasure_state *ret)
{
	int64_t erased, first_us;
	TRY(number_ask(job, ledger, "SELECT count(*) FROM erased", NULL, &erased));
	TRY(number_ask(job, ledger,
	    "SELECT min(received) FROM entry WHERE idx = (SELECT min(entry) FROM erased WHERE entry > (SELECT coalesce(max(idx), -1) FROM "
	    "rewrap))",
	    NULL, &first_us));
	*ret = (struct ledger_erasure_state){.erased = (size_t)erased, .rewrap_due_us = first_us != 0 ? first_us + REWRAP_WITHIN_US : 0};
	return OK;
}

/* Re-wrapping */

struct wrapped {
	struct digest digest;
	slice key;
	struct wrapped *next;
};

struct wrapping {
	struct job keep; /* over an arena of its own: contents are many */
	struct wrapped *first;
};

static err
wrapped_note(struct job *job, void *to, const struct digest *digest, slice wrapped_key, uint64_t size)
{
	struct wrapping *wrapping = to;
	struct wrapped *one;
	(void)size;
	err got = NEW(&wrapping->keep, 1, &one);
	if (got.code == ERR_NONE)
		got = job_copy(&wrapping->keep, wrapped_key, &one->key);
	if (got.code != ERR_NONE)
		return err_set(job, got.code, "%s", wrapping->keep.why);
	one->digest = *digest;
	one->next = wrapping->first;
	wrapping->first = one;
	return OK;
}

/* A key that opens under the new root key already was wrapped before a crash. */
static err
rewrap_one(struct job *job, struct ledger *ledger, const uint8_t new_key[static 32], const struct wrapped *one)
{
	slice wrapped;
	if (ledger_content_rewrap(job, new_key, new_key, &one->digest, one->key, &wrapped).code == ERR_NONE)
		return OK;
	TRY(ledger_content_rewrap(job, ledger->root_key, new_key, &one->digest, one->key, &wrapped));
	return store_content_rewrap(job, ledger->store, &one->digest, wrapped);
}

static err
rewrap_all(struct job *job, struct ledger *ledger, struct wrapping *wrapping, const uint8_t new_key[static 32], size_t *ret_count)
{
	size_t count = 0;
	TRY(store_contents(job, ledger->store, wrapped_note, wrapping));
	for (const struct wrapped *one = wrapping->first; one != NULL; one = one->next, count++) {
		struct arena_mark mark = arena_mark(job->arena);
		TRY(rewrap_one(job, ledger, new_key, one));
		arena_rewind(job->arena, mark);
	}
	*ret_count = count;
	return OK;
}

/* The new key takes the old one's place; the old bytes are overwritten through a descriptor that outlives their name. */
static err
root_replace(struct job *job, struct ledger *ledger, const char *path, const char *new_path)
{
	static const char zeros[128];
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_errno(job, errno, "%s", path);
	err got = rename(new_path, path) == 0 ? fs_sync_dir(job, ledger->place.keys) : err_errno(job, errno, "%s", path);
	if (got.code == ERR_NONE && (pwrite(fd, zeros, 65, 0) != 65 || fsync(fd) != 0))
		got = err_errno(job, errno, "%s: the old root key could not be overwritten", path);
	(void)close(fd);
	return got;
}

static err
rewrap_under(struct job *job, struct ledger *ledger, const char *new_path, size_t *ret_count)
{
	struct arena *arena DEFER(arena_close_at) = arena_open("wrapped keys", REWRAP_MEMORY);
	struct wrapping wrapping = {0};
	uint8_t new_key[32];
	const char *path;
	if (arena == NULL)
		return err_set(job, ERR_LIMIT, "the system has no memory to wrap keys again");
	job_init(&wrapping.keep, arena);
	TRY(fs_join(job, ledger->place.keys, "root.key", &path));
	TRY(ledger_key_secret_read(job, new_path, sizeof new_key, new_key));
	err got = rewrap_all(job, ledger, &wrapping, new_key, ret_count);
	if (got.code == ERR_NONE)
		got = root_replace(job, ledger, path, new_path);
	if (got.code == ERR_NONE)
		got = ledger_root_take(job, ledger, new_key);
	code_wipe(new_key, sizeof new_key);
	return got;
}

err
ledger_rewrap_finish(struct job *job, struct ledger *ledger)
{
	const char *path;
	size_t count;
	TRY(fs_join(job, ledger->place.keys, "root.key.new", &path));
	return access(path, F_OK) == 0 ? rewrap_under(job, ledger, path, &count) : OK;
}

static err
opens(struct job *job, void *to, const struct digest *digest, slice wrapped_key, uint64_t size)
{
	const struct ledger *ledger = to;
	struct arena_mark mark = arena_mark(job->arena);
	slice unused;
	(void)size;
	TRY(ledger_content_rewrap(job, ledger->root_key, ledger->root_key, digest, wrapped_key, &unused));
	arena_rewind(job->arena, mark);
	return OK;
}

err
ledger_rewrap(struct job *job, struct ledger *ledger, size_t *ret_count)
{
	struct ledger_receipt receipt;
	const char *path;
	slice content;
	uint64_t entries;
	TRY(fs_join(job, ledger->place.keys, "root.key.new", &path));
	/* Once it has begun it must be finished before anything else: a key that does not open is found now. */
	err got = store_contents(job, ledger->store, opens, ledger);
	if (got.code != ERR_NONE)
		return err_prefix(job, got, "re-wrap: nothing was changed");
	TRY(ledger_view_forget(job, ledger));
	TRY(ledger_key_secret_make(job, path, sizeof ledger->root_key));
	TRY(rewrap_under(job, ledger, path, ret_count));
	TRY(ledger_view_again(job, ledger, &entries)); /* names are found by a hash under the root key */
	TRY(job_format(job, &content, "{\"contents\":%zu}", *ret_count));
	return ledger_append_form(job, ledger, LEDGER_CHANGE, S(""), LEDGER_REWRAP_SUBJECT, content, &receipt);
}
