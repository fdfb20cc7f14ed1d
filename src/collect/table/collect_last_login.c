/*
 * Who signed in on which day and who tried to: wtmp, btmp and lastlog, and the databases that take their place on newer systems.
 * Counts by account and day; times of day, terminals and addresses are not kept, nor what was typed where no such account exists.
 */
#include "collect/table/collect_last_login.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lastlog.h>
#include <sqlite3.h>
#include <utmp.h>

#include "base/instant.h"

#define LOGIN_MAX_RECORDS 400000 /* of different account, day and kind */
#define LOGIN_CHUNK 1024         /* records of utmp read at once */

static const struct column last_login_columns[] = {
    {"username", COLUMN_TEXT, COLUMN_KEY | COLUMN_PERSONAL, "account; empty for names that are no account"},
    {"day", COLUMN_TIME, COLUMN_KEY, "first moment of the day, UTC"},
    {"kind", COLUMN_TEXT, COLUMN_KEY, "login or failed"},
    {"count", COLUMN_INT, 0, "how often on that day"},
    {"remote", COLUMN_INT, 0, "1 when one of them came from another host"},
};
const struct table table_last_login = {"last_login", "logins and failed attempts by account and day", last_login_columns, 5};

static int
login_account_order(const void *a, const void *b)
{
	const struct account *const *left = a, *const *right = b;
	return slice_order((*left)->name, (*right)->name);
}

err
logins_open(struct logins *logins, struct job *job, const struct account *accounts, size_t len)
{
	struct logins open = {.job = job, .accounts = len};
	TRY(NEW(job, len + 1, &open.account));
	for (size_t i = 0; i < len; i++)
		open.account[i] = &accounts[i];
	if (len > 1)
		qsort(open.account, len, sizeof *open.account, login_account_order);
	*logins = open;
	return OK;
}

/* The number of the account with this name, from 1; 0 when there is none. */
static uint64_t
login_account(const struct logins *logins, slice name)
{
	struct account wanted = {.name = name};
	const struct account *key = &wanted;
	const struct account **found = bsearch(&key, logins->account, logins->accounts, sizeof *logins->account, login_account_order);
	return found == NULL ? 0 : (uint64_t)(found - logins->account) + 1;
}

static int
login_order(const void *a, const void *b)
{
	const struct login *left = a, *right = b;
	return left->what < right->what ? -1 : left->what > right->what;
}

/* Sort, and put equal ones together: a host that is guessed at has millions of attempts, on few days. */
static void
logins_fold(struct logins *logins)
{
	size_t out = 0;
	if (logins->len > 1)
		qsort(logins->at, logins->len, sizeof *logins->at, login_order);
	for (size_t i = 0; i < logins->len; i++) {
		const struct login *one = &logins->at[i];
		if (out == 0 || logins->at[out - 1].what != one->what) {
			logins->at[out++] = *one;
			continue;
		}
		logins->at[out - 1].remote = logins->at[out - 1].remote || one->remote;
		logins->at[out - 1].count =
		    one->count > UINT32_MAX - logins->at[out - 1].count ? UINT32_MAX : logins->at[out - 1].count + one->count;
	}
	logins->len = out;
}

err
logins_add(struct logins *logins, slice username, int64_t at_us, bool failed, bool remote)
{
	if (at_us <= 0 || at_us / DAY_US > 1000000)
		return OK;
	bool full = logins->len == logins->room;
	if (full)
		logins_fold(logins);
	if (full && logins->len * 2 >= logins->room) {
		size_t room = logins->room == 0 ? 4096 : logins->room * 2;
		struct login *at;
		TRY(NEW(logins->job, room, &at));
		if (logins->len > 0)
			memcpy(at, logins->at, logins->len * sizeof *at);
		logins->at = at;
		logins->room = room;
	}
	if (logins->len >= LOGIN_MAX_RECORDS)
		return err_set(logins->job, ERR_LIMIT, "more than %d logins are on record", LOGIN_MAX_RECORDS);
	uint64_t what = login_account(logins, username) << 32 | (uint64_t)(at_us / DAY_US) << 1 | (failed ? 1 : 0);
	logins->at[logins->len++] = (struct login){.what = what, .count = 1, .remote = remote};
	return OK;
}

static slice
login_text(const char *at, size_t room)
{
	return slice_bytes(at, strnlen(at, room));
}

/* Displays of this machine (":0") are no other host. */
static bool
login_is_remote(slice host)
{
	return host.len > 0 && host.at[0] != ':' && !slice_same(host, S("localhost"));
}

err
logins_utmp(struct logins *logins, slice bytes, bool failed)
{
	for (; bytes.len >= sizeof(struct utmp); bytes = slice_from(bytes, sizeof(struct utmp))) {
		struct utmp one;
		memcpy(&one, bytes.at, sizeof one);
		slice host = login_text(one.ut_host, sizeof one.ut_host);
		if (!failed && one.ut_type != USER_PROCESS)
			continue;
		TRY(logins_add(logins, login_text(one.ut_user, sizeof one.ut_user), (int64_t)one.ut_tv.tv_sec * SECOND_US, failed,
		    login_is_remote(host)));
	}
	return OK;
}

err
logins_rows(struct logins *logins, struct rows *rows)
{
	logins_fold(logins);
	for (size_t i = 0; i < logins->len; i++) {
		uint64_t what = logins->at[i].what, account = what >> 32;
		struct cell cells[] = {TEXT(account == 0 ? S("") : logins->account[account - 1]->name),
		    INT((int64_t)((what & UINT32_MAX) >> 1) * DAY_US), TEXT((what & 1) != 0 ? S("failed") : S("login")),
		    INT(logins->at[i].count), INT(logins->at[i].remote)};
		TRY(rows_add(rows, cells));
	}
	return OK;
}

static void
login_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Open a file that may not be there. */
static err
login_open(struct job *job, const struct collect *collect, const char *path, int *ret_fd, bool *any)
{
	err opened = fs_open(job, &collect->root, path, true, ret_fd);
	if (opened.code == ERR_MISSING)
		return OK;
	*any = *any || opened.code == ERR_NONE;
	return opened;
}

static err
login_utmp_file(struct logins *logins, const struct collect *collect, const char *path, bool failed, bool *any)
{
	DEFER(login_close) int fd = -1;
	char *chunk;
	size_t room = LOGIN_CHUNK * sizeof(struct utmp), have = 0;
	TRY(NEW(logins->job, room, &chunk));
	TRY(login_open(logins->job, collect, path, &fd, any));
	while (fd >= 0) {
		ssize_t got = read(fd, chunk + have, room - have);
		if (got < 0)
			return err_errno(logins->job, errno, "%s: cannot be read", path);
		have += (size_t)got;
		if (have == room || got == 0) {
			TRY(logins_utmp(logins, slice_bytes(chunk, have), failed));
			have = 0;
		}
		if (got == 0)
			break;
	}
	return OK;
}

/* lastlog: one record an account, at the place of its uid. */
static err
login_lastlog(struct logins *logins, const struct collect *collect, bool *any)
{
	DEFER(login_close) int fd = -1;
	logins_fold(logins);
	struct login *known_at = NULL; /* adding folds and moves the list */
	size_t counted = logins->len;
	TRY(login_open(logins->job, collect, "/var/log/lastlog", &fd, any));
	TRY(NEW(logins->job, counted + 1, &known_at));
	if (counted > 0)
		memcpy(known_at, logins->at, counted * sizeof *known_at);
	for (size_t i = 0; i < logins->accounts && fd >= 0; i++) {
		struct lastlog last;
		slice name = logins->account[i]->name, host;
		if (pread(fd, &last, sizeof last, (off_t)(logins->account[i]->uid * sizeof last)) != (ssize_t)sizeof last ||
		    last.ll_time == 0)
			continue;
		uint64_t what = (uint64_t)(i + 1) << 32 | (uint64_t)((int64_t)last.ll_time / 86400) << 1;
		struct login wanted = {.what = what};
		bool known = counted > 0 && bsearch(&wanted, known_at, counted, sizeof *known_at, login_order) != NULL;
		host = login_text(last.ll_host, sizeof last.ll_host);
		if (!known)
			TRY(logins_add(logins, name, (int64_t)last.ll_time * SECOND_US, false, login_is_remote(host)));
	}
	return OK;
}

static err
login_rows_of(struct logins *logins, const char *path, sqlite3 *database, const char *sql, int64_t unit_us)
{
	sqlite3_stmt *ask = NULL;
	int answer = sqlite3_prepare_v2(database, sql, -1, &ask, NULL);
	err added = OK;
	while (answer == SQLITE_OK || answer == SQLITE_ROW) {
		answer = sqlite3_step(ask);
		if (answer != SQLITE_ROW)
			break;
		const char *name = (const char *)sqlite3_column_text(ask, 0), *host = (const char *)sqlite3_column_text(ask, 2);
		int64_t at = sqlite3_column_int64(ask, 1);
		if (at > 0 && at < INT64_MAX / unit_us)
			added = logins_add(logins, slice_of(name), at * unit_us, false, login_is_remote(slice_of(host)));
		if (added.code != ERR_NONE)
			break;
	}
	(void)sqlite3_finalize(ask);
	TRY(added);
	return answer == SQLITE_DONE ? OK
				     : err_set(logins->job, ERR_INPUT, "%s: is no database of logins: %s", path, sqlite3_errmsg(database));
}

/* A database that took a file's place: opened read-only through its descriptor, so that no link leads out of the root. */
static err
login_database(struct logins *logins, const struct collect *collect, const char *path, const char *sql, int64_t unit_us, bool *any)
{
	DEFER(login_close) int fd = -1;
	TRY(login_open(logins->job, collect, path, &fd, any));
	if (fd < 0)
		return OK;
	char uri[64];
	struct stat st;
	slice journal;
	TRY(job_format(logins->job, &journal, "%s-wal", path));
	err settled = fs_stat(logins->job, &collect->root, journal.at, true, &st);
	if (settled.code != ERR_MISSING)
		TRY(settled);
	if (settled.code == ERR_NONE && st.st_size > 0) /* read without it, the last logins would be missing */
		return err_set(
		    logins->job, ERR_BUSY, "%s: the journal beside it must be empty, found %lld bytes", path, (long long)st.st_size);
	sqlite3 *database = NULL;
	(void)snprintf(uri, sizeof uri, "file:/proc/self/fd/%d?immutable=1", fd);
	err read = OK;
	if (sqlite3_open_v2(uri, &database, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) != SQLITE_OK)
		read = err_set(logins->job, ERR_IO, "%s: cannot be opened as a database", path);
	else
		read = login_rows_of(logins, path, database, sql, unit_us);
	(void)sqlite3_close(database);
	return read;
}

static err
login_run(struct job *job, struct collect *collect)
{
	struct account *accounts;
	struct logins logins;
	size_t len;
	bool any = false;
	TRY(account_list(job, collect, &accounts, &len));
	TRY(logins_open(&logins, job, accounts, len));
	TRY(login_utmp_file(&logins, collect, "/var/log/wtmp", false, &any));
	TRY(login_utmp_file(&logins, collect, "/var/log/btmp", true, &any));
	TRY(login_database(
	    &logins, collect, "/var/lib/wtmpdb/wtmp.db", "SELECT User, Login, RemoteHost FROM wtmp WHERE Type = 3", 1, &any));
	size_t counted = logins.len;
	TRY(login_lastlog(&logins, collect, &any));
	if (counted == 0)
		TRY(login_database(&logins, collect, "/var/lib/lastlog/lastlog2.db",
		    "SELECT Name, Time, RemoteHost FROM Lastlog2 WHERE Time > 0", SECOND_US, &any));
	if (!any) {
		collect_absent(collect, &table_last_login, "no record of logins is kept");
		return OK;
	}
	return logins_rows(&logins, collect_rows(collect, &table_last_login));
}

static const struct table *const login_tables[] = {&table_last_login, NULL};
static const char *const login_reads[] = {
    "/var/log/wtmp", "/var/log/btmp", "/var/log/lastlog", "/var/lib/wtmpdb/wtmp.db", "/var/lib/lastlog/lastlog2.db", "/etc/passwd", NULL};

const struct collector collect_last_login = {
    .name = "last_login",
    .about = "logins and failed attempts, counted by account and day",
    .tables = login_tables,
    .reads = login_reads,
    .needs = "root, or the group utmp, for failed attempts",
    .run = login_run,
};
