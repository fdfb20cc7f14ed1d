/*
 * rpm's packages: rpmdb.sqlite and the header blobs in it. Reads neither Berkeley DB nor ndb databases; says so when it meets one.
 */
#include "collect/table/collect_package.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/instant.h"

#define RPM_MAX_INDEX 65536
#define RPM_MAX_DATA (256 * MIB)

enum { RPM_INT32 = 4, RPM_STRING = 6, RPM_I18NSTRING = 9 };
enum {
	TAG_NAME = 1000,
	TAG_VERSION = 1001,
	TAG_RELEASE = 1002,
	TAG_EPOCH = 1003,
	TAG_INSTALLTIME = 1008,
	TAG_VENDOR = 1011,
	TAG_ARCH = 1022,
	TAG_SOURCERPM = 1044,
};

static uint32_t
rpm_u32(slice bytes, size_t at)
{
	const unsigned char *byte = (const unsigned char *)bytes.at + at;
	return (uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 | (uint32_t)byte[2] << 8 | byte[3];
}

struct rpm_entry {
	uint32_t tag, type, offset, count;
};

static slice
rpm_string(slice data, const struct rpm_entry *entry)
{
	if ((entry->type != RPM_STRING && entry->type != RPM_I18NSTRING) || entry->offset >= data.len)
		return S("");
	slice rest = slice_from(data, entry->offset);
	size_t end = slice_find(rest, '\0');
	return end < rest.len ? slice_part(rest, 0, end) : S("");
}

static bool
rpm_number(slice data, const struct rpm_entry *entry, uint32_t *ret)
{
	if (entry->type != RPM_INT32 || entry->count == 0 || data.len < 4 || entry->offset > data.len - 4)
		return false;
	*ret = rpm_u32(data, entry->offset);
	return true;
}

/* "bash-5.1.8-9.el9.src.rpm" → bash, 5.1.8-9.el9. */
static void
rpm_source(slice file, struct collect_package *package)
{
	static const char *const endings[] = {".src.rpm", ".nosrc.rpm", NULL};
	for (size_t i = 0; endings[i] != NULL; i++)
		if (slice_ends(file, slice_of(endings[i])))
			file.len -= strlen(endings[i]);
	size_t release = slice_find_last(file, '-');
	size_t version = slice_find_last(slice_part(file, 0, release), '-');
	if (release == file.len || version == release || version == 0)
		return;
	package->source_name = slice_part(file, 0, version);
	package->source_version = slice_from(file, version + 1);
}

err
collect_package_rpm_header(struct job *job, slice blob, struct collect_package *ret)
{
	struct collect_package package = {.status = S("installed"), .installed_at = NIL};
	slice version = S(""), release = S(""), source = S("");
	uint32_t epoch = 0, installed;
	bool has_epoch = false;
	if (blob.len < 8)
		return err_set(job, ERR_INPUT, "rpmdb: a header has at least 8 bytes, found %zu", blob.len);
	uint32_t count = rpm_u32(blob, 0), len = rpm_u32(blob, 4);
	if (count > RPM_MAX_INDEX || len > RPM_MAX_DATA || blob.len - 8 < (uint64_t)count * 16 + len)
		return err_set(
		    job, ERR_INPUT, "rpmdb: a header of %u entries and %u bytes does not fit into %zu bytes", count, len, blob.len);
	slice data = slice_part(blob, 8 + (size_t)count * 16, len);
	for (size_t i = 0; i < count; i++) {
		size_t at = 8 + i * 16;
		struct rpm_entry entry = {rpm_u32(blob, at), rpm_u32(blob, at + 4), rpm_u32(blob, at + 8), rpm_u32(blob, at + 12)};
		switch (entry.tag) {
		case TAG_NAME:
			package.name = rpm_string(data, &entry);
			break;
		case TAG_VERSION:
			version = rpm_string(data, &entry);
			break;
		case TAG_RELEASE:
			release = rpm_string(data, &entry);
			break;
		case TAG_ARCH:
			package.arch = rpm_string(data, &entry);
			break;
		case TAG_VENDOR:
			package.origin = rpm_string(data, &entry);
			break;
		case TAG_SOURCERPM:
			source = rpm_string(data, &entry);
			break;
		case TAG_EPOCH:
			has_epoch = rpm_number(data, &entry, &epoch);
			break;
		case TAG_INSTALLTIME:
			if (rpm_number(data, &entry, &installed))
				package.installed_at = INT((int64_t)installed * SECOND_US);
			break;
		default:
			break;
		}
	}
	if (package.name.len == 0 || version.len == 0)
		return err_set(job, ERR_INPUT, "rpmdb: a header names its package and version, found none");
	if (has_epoch)
		TRY(job_format(job, &package.version, "%u:%.*s-%.*s", epoch, SLICE(version), SLICE(release)));
	else
		TRY(job_format(job, &package.version, "%.*s-%.*s", SLICE(version), SLICE(release)));
	package.source_name = package.name;
	package.source_version = package.version;
	rpm_source(source, &package);
	*ret = package;
	return OK;
}

static void
rpm_close(sqlite3 **db)
{
	(void)sqlite3_close(*db);
}

static void
rpm_finalize(sqlite3_stmt **statement)
{
	(void)sqlite3_finalize(*statement);
}

static void
rpm_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* The text of a package outlives the statement's row. */
static err
rpm_keep(struct collect_packages *packages, slice blob)
{
	struct collect_package package;
	TRY(collect_package_rpm_header(packages->job, blob, &package));
	if (slice_same(package.name, S("gpg-pubkey")))
		return OK;
	slice *texts[] = {&package.name, &package.arch, &package.version, &package.source_name, &package.source_version, &package.origin};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		TRY(job_copy(packages->job, *texts[i], texts[i]));
	return collect_package_add(packages, &package);
}

/* The database is opened read-only and immutable, by its descriptor: nothing is locked, no journal is looked for, nothing outside the root
 * is reached. */
static err
rpm_sqlite(struct collect_packages *packages, const struct collect *collect, const char *path)
{
	struct job *job = packages->job;
	char name[64];
	DEFER(rpm_close_fd) int fd = -1;
	TRY(fs_open(job, &collect->root, path, true, &fd));
	snprintf(name, sizeof name, "file:/proc/self/fd/%d?immutable=1&mode=ro", fd);
	DEFER(rpm_close) sqlite3 *db = NULL;
	DEFER(rpm_finalize) sqlite3_stmt *statement = NULL;
	int state = sqlite3_open_v2(name, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
	if (state == SQLITE_OK) {
		(void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
		(void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		(void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
		(void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, (int)RPM_MAX_DATA);
		state = sqlite3_prepare_v2(db, "SELECT blob FROM Packages", -1, &statement, NULL);
	}
	if (state != SQLITE_OK)
		return err_set(job, ERR_INPUT, "%s: not an rpm database: %s", path, db == NULL ? "no memory" : sqlite3_errmsg(db));
	while ((state = sqlite3_step(statement)) == SQLITE_ROW) {
		const void *at = sqlite3_column_blob(statement, 0);
		int len = sqlite3_column_bytes(statement, 0);
		TRY(rpm_keep(packages, at == NULL ? S("") : slice_bytes(at, (size_t)len)));
	}
	if (state != SQLITE_DONE)
		return err_set(job, ERR_INPUT, "%s: %s", path, sqlite3_errmsg(db));
	return OK;
}

/* rpm empties its journal when it ends. One with bytes holds packages the database does not have yet. */
static err
rpm_settled(struct job *job, const struct collect *collect, const char *path)
{
	struct stat st;
	slice journal;
	TRY(job_format(job, &journal, "%s-wal", path));
	err found = fs_stat(job, &collect->root, journal.at, true, &st);
	if (found.code == ERR_MISSING)
		return OK;
	TRY(found);
	if (st.st_size > 0)
		return err_set(job, ERR_BUSY,
		    "%s: rpm is at work or was interrupted: the journal beside it must be empty, found %lld bytes", path,
		    (long long)st.st_size);
	return OK;
}

err
collect_package_rpm_read(struct collect_packages *packages, const struct collect *collect, bool *ret_there)
{
	static const char *const paths[] = {"/var/lib/rpm/rpmdb.sqlite", "/usr/lib/sysimage/rpm/rpmdb.sqlite", NULL};
	static const char *const others[] = {
	    "/var/lib/rpm/Packages", "/var/lib/rpm/Packages.db", "/usr/lib/sysimage/rpm/Packages.db", NULL};
	*ret_there = false;
	for (size_t i = 0; paths[i] != NULL; i++)
		if (fs_exists(&collect->root, paths[i])) {
			*ret_there = true;
			TRY(rpm_settled(packages->job, collect, paths[i]));
			return rpm_sqlite(packages, collect, paths[i]);
		}
	for (size_t i = 0; others[i] != NULL; i++)
		if (fs_exists(&collect->root, others[i]))
			return err_set(packages->job, ERR_INPUT, "%s: only rpm databases in SQLite are read", others[i]);
	return OK;
}
