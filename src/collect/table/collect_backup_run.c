/*
 * Backups as restic, Borg, pgBackRest and rsnapshot record them, and timers that say backup. Proves that a run ended, not that what it
 * stored can be restored.
 */
#include "collect/table/collect_backup_run.h"

#include <string.h>

#include "base/instant.h"
#include "base/json.h"
#include "collect/collect_line.h"

#define BACKUP_MAX_NAMES 100000
#define BACKUP_MAX_LOG (16 * MIB)
#define BACKUP_MAX_INFO (32 * MIB)

static const struct column columns[] = {
    {"product", COLUMN_TEXT, COLUMN_KEY, "restic, borg, pgbackrest, rsnapshot or timer"},
    {"name", COLUMN_TEXT, COLUMN_KEY, "repository, stanza, level or unit"},
    {"schedule", COLUMN_TEXT, 0, "when a timer or cron starts it, in their words; empty when neither is found"},
    {"last_success_at", COLUMN_TIME, COLUMN_MAYBE, "end of the last good run; not known when the tool keeps no trace on this host"},
    {"last_result", COLUMN_TEXT, COLUMN_MAYBE, "success or failure of the last run, where the tool keeps it"},
    {"target_kind", COLUMN_TEXT, 0, "local, ssh, s3, ... or unknown"},
    {"encrypted", COLUMN_INT, COLUMN_MAYBE, "1 when the tool encrypts what it stores"},
};
const struct table table_backup_run = {"backup_run", "backups and their last run", columns, 7};

struct backup {
	slice product, name;
	struct cell success, result, encrypted;
	slice target;
};

/* ---- Parsing ---- */

slice
collect_backup_run_target(slice location)
{
	static const char *const schemes[] = {"s3", "b2", "azure", "gs", "rest", "sftp", "rclone", "swift", "ssh", "gcs", "cifs", NULL};
	if (slice_starts(location, S("/")) || slice_starts(location, S("file:")))
		return S("local");
	for (size_t i = 0; schemes[i] != NULL; i++)
		if (slice_same(slice_part(location, 0, slice_find(location, ':')), slice_of(schemes[i])))
			return slice_of(schemes[i]);
	return slice_find(location, ':') < location.len ? S("ssh") : S("unknown"); /* host:path */
}

bool
collect_backup_run_borg_time(struct job *job, slice text, int64_t *ret_us)
{
	slice whole;
	text = slice_trim(text);
	if (instant_parse(text, ret_us))
		return true;
	return text.len < 40 && job_format(job, &whole, "%.*sZ", SLICE(text)).code == ERR_NONE && instant_parse(whole, ret_us);
}

slice
collect_backup_run_rsnapshot(slice log)
{
	slice line, result = S("");
	while (slice_cut(&log, '\n', &line)) {
		if (slice_has(line, S(": completed successfully")))
			result = S("success");
		else if (slice_has(line, S("ERROR:")) || slice_has(line, S(": completed, but with")))
			result = S("failure");
	}
	return result;
}

bool
collect_backup_run_pgbackrest(struct job *job, slice text, int64_t *ret_us, slice *ret_result)
{
	slice line;
	bool inside = false, found = false;
	while (slice_cut(&text, '\n', &line)) {
		const json_t *backup;
		int64_t stop;
		if (slice_starts(line, S("[")))
			inside = slice_same(slice_trim(line), S("[backup:current]"));
		size_t equals = slice_find(line, '=');
		if (!inside || equals == line.len ||
		    json_read(job, "backup.info", slice_from(line, equals + 1), &backup).code != ERR_NONE ||
		    json_need_int(job, "backup.info", backup, "backup-timestamp-stop", &stop).code != ERR_NONE)
			continue;
		if (stop < 0 || stop > INT64_MAX / SECOND_US || (found && stop * SECOND_US <= *ret_us))
			continue;
		*ret_us = stop * SECOND_US;
		*ret_result = json_is_true(json_object_get(backup, "backup-error")) ? S("failure") : S("success");
		found = true;
	}
	return found;
}

slice
collect_backup_run_calendar(slice text)
{
	slice line, key, value;
	while (slice_cut(&text, '\n', &line))
		if (collect_key_value(slice_trim(line), "=", &key, &value) && value.len > 0 &&
		    (slice_same(key, S("OnCalendar")) || slice_same(key, S("OnUnitActiveSec"))))
			return value;
	return S("");
}

/* ---- When: timers and cron ---- */

static const char *const timer_folders[] = {"/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", NULL};

/* A timer that is only installed starts nothing; nor does a template. */
static bool
timer_enabled(struct job *job, const struct collect *collect, slice name)
{
	static const char *const wants[] = {"/etc/systemd/system/timers.target.wants", "/usr/lib/systemd/system/timers.target.wants", NULL};
	for (size_t i = 0; wants[i] != NULL; i++) {
		struct stat st;
		slice path;
		if (job_format(job, &path, "%s/%.*s", wants[i], SLICE(name)).code == ERR_NONE &&
		    fs_stat(job, &collect->root, path.at, false, &st).code == ERR_NONE)
			return true;
	}
	return false;
}

static err
schedule_timers(struct job *job, const struct collect *collect, const char *word, slice *ret)
{
	const char **paths;
	size_t len;
	TRY(collect_dropin_paths(job, collect, timer_folders, ".timer", &paths, &len));
	for (size_t i = 0; i < len && ret->len == 0; i++) {
		slice text, path = slice_of(paths[i]), name = slice_from(path, slice_find_last(path, '/') + 1);
		bool there;
		if (!slice_has(name, slice_of(word)) || !timer_enabled(job, collect, name))
			continue;
		TRY(collect_read(job, collect, paths[i], &text, &there));
		*ret = collect_backup_run_calendar(text);
	}
	return OK;
}

/* The five fields (or @daily) of the first line of a crontab that names ${word}. */
static err
schedule_crontab(struct job *job, const struct collect *collect, const char *path, const char *word, slice *ret)
{
	slice text, line;
	unsigned number;
	bool there;
	TRY(collect_read(job, collect, path, &text, &there));
	struct collect_lines lines = collect_lines_of(job, text, "#");
	while (ret->len == 0 && collect_lines_next(&lines, &line, &number)) {
		slice rest = line, field;
		size_t fields = line.at[0] == '@' ? 1 : 5;
		if (!slice_has(line, slice_of(word)) || (line.at[0] != '@' && line.at[0] != '*' && (line.at[0] < '0' || line.at[0] > '9')))
			continue;
		for (size_t i = 0; i < fields; i++)
			(void)slice_word(&rest, &field);
		*ret = slice_trim(slice_part(line, 0, line.len - rest.len));
	}
	return OK;
}

static err
schedule_of(struct job *job, const struct collect *collect, const char *word, slice *ret)
{
	struct fs_name *names;
	size_t len = 0;
	*ret = S("");
	TRY(schedule_timers(job, collect, word, ret));
	if (ret->len == 0)
		TRY(schedule_crontab(job, collect, "/etc/crontab", word, ret));
	err listed = fs_list(job, &collect->root, "/etc/cron.d", BACKUP_MAX_NAMES, &names, &len);
	if (listed.code == ERR_MISSING)
		return OK;
	TRY(listed);
	for (size_t i = 0; i < len && ret->len == 0; i++) {
		const char *path;
		TRY(fs_join(job, "/etc/cron.d", names[i].name, &path));
		TRY(schedule_crontab(job, collect, path, word, ret));
	}
	return OK;
}

static err
backup_row(struct job *job, struct collect *collect, const struct backup *backup)
{
	slice schedule;
	const char *word;
	TRY(job_string(job, backup->product, &word));
	TRY(schedule_of(job, collect, word, &schedule));
	struct cell cells[] = {TEXT(backup->product), TEXT(backup->name), TEXT(schedule), backup->success, backup->result,
	    TEXT(backup->target), backup->encrypted};
	return rows_add(collect_rows(collect, &table_backup_run), cells);
}

/* ---- The tools ---- */

/* The names in a folder; none when it is not there. */
static err
folder_names(struct job *job, const struct collect *collect, const char *path, struct fs_name **ret, size_t *ret_len)
{
	err listed = fs_list(job, &collect->root, path, BACKUP_MAX_NAMES, ret, ret_len);
	if (listed.code != ERR_MISSING)
		return listed;
	*ret_len = 0;
	return OK;
}

static int64_t
stat_us(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * SECOND_US + st->st_mtim.tv_nsec / 1000;
}

/* The newest file below ${path}. */
static err
newest_below(struct job *job, const struct collect *collect, const char *path, unsigned depth, struct cell *newest)
{
	struct fs_name *names;
	size_t len;
	TRY(folder_names(job, collect, path, &names, &len));
	for (size_t i = 0; i < len; i++) {
		const char *below;
		struct stat st;
		TRY(fs_join(job, path, names[i].name, &below));
		err found = fs_stat(job, &collect->root, below, false, &st);
		if (found.code == ERR_MISSING)
			continue;
		TRY(found);
		if (S_ISDIR(st.st_mode) && depth > 0)
			TRY(newest_below(job, collect, below, depth - 1, newest));
		else if (S_ISREG(st.st_mode) && (newest->null || stat_us(&st) > newest->number))
			*newest = INT(stat_us(&st));
	}
	return OK;
}

/* restic keeps a copy of each snapshot it writes (or lists) below CACHE/REPOSITORY/snapshots. */
static err
restic_rows(struct job *job, struct collect *collect)
{
	static const char *const caches[] = {"/root/.cache/restic", "/var/cache/restic", NULL};
	for (size_t c = 0; caches[c] != NULL; c++) {
		struct fs_name *names;
		size_t len;
		TRY(folder_names(job, collect, caches[c], &names, &len));
		for (size_t i = 0; i < len; i++) {
			struct backup backup = {S("restic"), slice_part(slice_of(names[i].name), 0, 10), NIL, NIL, INT(1), S("unknown")};
			uint8_t id[32];
			slice path;
			if (!code_unhex(slice_of(names[i].name), id, sizeof id))
				continue;
			TRY(job_format(job, &path, "%s/%s/snapshots", caches[c], names[i].name));
			TRY(newest_below(job, collect, path.at, 1, &backup.success));
			TRY(backup_row(job, collect, &backup));
		}
	}
	return OK;
}

/* Borg keeps what it last knew of each repository below .config/borg/security: the manifest changes with every archive made (or pruned). */
static err
borg_rows(struct job *job, struct collect *collect)
{
	static const char folder[] = "/root/.config/borg/security";
	struct fs_name *names;
	size_t len;
	TRY(folder_names(job, collect, folder, &names, &len));
	for (size_t i = 0; i < len; i++) {
		struct backup backup = {S("borg"), slice_part(slice_of(names[i].name), 0, 10), NIL, NIL, NIL, S("unknown")};
		slice path, text;
		uint64_t type;
		int64_t at;
		bool there;
		TRY(job_format(job, &path, "%s/%s/manifest-timestamp", folder, names[i].name));
		TRY(collect_read(job, collect, path.at, &text, &there));
		if (!there)
			continue;
		if (collect_backup_run_borg_time(job, text, &at))
			backup.success = INT(at);
		TRY(job_format(job, &path, "%s/%s/location", folder, names[i].name));
		TRY(collect_read(job, collect, path.at, &text, &there));
		if (there)
			backup.target = collect_backup_run_target(slice_trim(text));
		TRY(job_format(job, &path, "%s/%s/key-type", folder, names[i].name));
		TRY(collect_read(job, collect, path.at, &text, &there));
		if (there && slice_u64(slice_trim(text), &type)) /* 2: none; 6 and 7: authenticated only */
			backup.encrypted = INT(type != 2 && type != 6 && type != 7);
		TRY(backup_row(job, collect, &backup));
	}
	return OK;
}

struct pgbackrest {
	slice path, type, cipher;
};

static err
pgbackrest_row(struct job *job, struct collect *collect, slice stanza, const struct pgbackrest *repository)
{
	bool local = slice_same(repository->type, S("posix")) || slice_same(repository->type, S("cifs"));
	bool plain = slice_same(repository->cipher, S("none"));
	struct backup backup = {S("pgbackrest"), stanza, NIL, NIL, INT(!plain), local ? S("local") : repository->type};
	slice path, text, result;
	int64_t at;
	if (local && plain) { /* else the list is elsewhere, or encrypted as well */
		TRY(job_format(job, &path, "%.*s/backup/%.*s/backup.info", SLICE(repository->path), SLICE(stanza)));
		err read = fs_read(job, &collect->root, path.at, BACKUP_MAX_INFO, &text);
		if (read.code == ERR_NONE && collect_backup_run_pgbackrest(job, text, &at, &result)) {
			backup.success = slice_same(result, S("success")) ? INT(at) : NIL;
			backup.result = TEXT(result);
		} else if (read.code != ERR_NONE && read.code != ERR_MISSING) {
			return read;
		}
	}
	return backup_row(job, collect, &backup);
}

/* The [global] section comes first by custom; what a stanza says of the repository is read too. */
static err
pgbackrest_rows(struct job *job, struct collect *collect)
{
	static const char *const paths[] = {"/etc/pgbackrest/pgbackrest.conf", "/etc/pgbackrest.conf", NULL};
	struct pgbackrest repository = {S("/var/lib/pgbackrest"), S("posix"), S("none")};
	slice text = S(""), line, key, value;
	bool there = false;
	for (size_t i = 0; paths[i] != NULL && !there; i++)
		TRY(collect_read(job, collect, paths[i], &text, &there));
	slice rest = text;
	while (slice_cut(&rest, '\n', &line)) {
		if (!collect_key_value(slice_trim(line), "=", &key, &value))
			continue;
		if (slice_same(key, S("repo1-path")))
			repository.path = value;
		else if (slice_same(key, S("repo1-type")))
			repository.type = value;
		else if (slice_same(key, S("repo1-cipher-type")))
			repository.cipher = value;
	}
	while (slice_cut(&text, '\n', &line)) {
		line = slice_trim(line);
		if (line.len < 3 || line.at[0] != '[' || line.at[line.len - 1] != ']')
			continue;
		slice section = slice_part(line, 1, line.len - 2);
		if (!slice_starts(section, S("global")) && slice_find(section, ':') == section.len)
			TRY(pgbackrest_row(job, collect, section, &repository));
	}
	return OK;
}

/* rsnapshot.conf is "name<tab>value"; the first level is the one that copies, and its newest folder is touched when it is done. */
static err
rsnapshot_rows(struct job *job, struct collect *collect)
{
	struct backup backup = {S("rsnapshot"), S(""), NIL, NIL, INT(0), S("local")};
	slice text, line, word, root = S(""), log = S("/var/log/rsnapshot.log"), path;
	unsigned number;
	bool there;
	struct stat st;
	const char *name;
	TRY(collect_read(job, collect, "/etc/rsnapshot.conf", &text, &there));
	if (!there)
		return OK;
	struct collect_lines lines = collect_lines_of(job, text, "#");
	while (collect_lines_next(&lines, &line, &number)) {
		if (!slice_word(&line, &word))
			continue;
		if (slice_same(word, S("snapshot_root")))
			root = slice_trim(line);
		else if (slice_same(word, S("logfile")))
			log = slice_trim(line);
		else if ((slice_same(word, S("retain")) || slice_same(word, S("interval"))) && backup.name.len == 0)
			(void)slice_word(&line, &backup.name);
	}
	TRY(job_format(job, &path, "%.*s/%.*s.0", SLICE(root), SLICE(backup.name)));
	err found = fs_stat(job, &collect->root, path.at, true, &st);
	if (found.code == ERR_NONE)
		backup.success = INT(stat_us(&st));
	else if (found.code != ERR_MISSING)
		return found;
	TRY(job_string(job, log, &name));
	err read = fs_read(job, &collect->root, name, BACKUP_MAX_LOG, &text);
	if (read.code == ERR_NONE && collect_backup_run_rsnapshot(text).len > 0)
		backup.result = TEXT(collect_backup_run_rsnapshot(text));
	if (backup.success.null && backup.result.null && !fs_exists(&collect->root, name))
		return OK; /* the configuration the package brings: never run */
	return backup_row(job, collect, &backup);
}

/* Enabled timers that say backup and belong to no tool above: that they are there, for their end leaves no file. */
static err
timer_rows(struct job *job, struct collect *collect)
{
	const char **paths;
	size_t len;
	TRY(collect_dropin_paths(job, collect, timer_folders, ".timer", &paths, &len));
	for (size_t i = 0; i < len; i++) {
		slice text, path = slice_of(paths[i]);
		slice name = slice_from(path, slice_find_last(path, '/') + 1);
		bool there;
		if (!slice_has(name, S("backup")) || slice_same(name, S("dpkg-db-backup.timer")) || slice_has(name, S("restic")) ||
		    slice_has(name, S("borg")) || slice_has(name, S("pgbackrest")) || slice_has(name, S("rsnapshot")) ||
		    !timer_enabled(job, collect, name))
			continue;
		TRY(collect_read(job, collect, paths[i], &text, &there));
		struct cell cells[] = {
		    TEXT(S("timer")), TEXT(name), TEXT(collect_backup_run_calendar(text)), NIL, NIL, TEXT(S("unknown")), NIL};
		TRY(rows_add(collect_rows(collect, &table_backup_run), cells));
	}
	return OK;
}

static err
backup_run_run(struct job *job, struct collect *collect)
{
	TRY(restic_rows(job, collect));
	TRY(borg_rows(job, collect));
	TRY(pgbackrest_rows(job, collect));
	TRY(rsnapshot_rows(job, collect));
	return timer_rows(job, collect);
}

const struct collector collect_backup_run = {
    .name = "backup_run",
    .about = "Backups of restic, Borg, pgBackRest and rsnapshot by their own records, and enabled timers that say backup. No row means "
	     "that none "
	     "of these is there.",
    .tables = (const struct table *const[]){&table_backup_run, NULL},
    .reads = (const char *const[]){"/root/.cache/restic/*/snapshots", "/var/cache/restic/*/snapshots",
	"/root/.config/borg/security/*/{manifest-timestamp,location,key-type}", "/etc/pgbackrest/pgbackrest.conf", "/etc/pgbackrest.conf",
	"backup.info of local pgBackRest repositories", "/etc/rsnapshot.conf", "/var/log/rsnapshot.log",
	"snapshot_root of rsnapshot (times of folders)", "/{etc,run,usr/lib}/systemd/system/*.timer", "/etc/crontab", "/etc/cron.d/*",
	NULL},
    .needs = "root",
    .run = backup_run_run,
};
