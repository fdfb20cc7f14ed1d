/*
 * Facts that other programs leave for us, against their declared tables, signed in with the file's owner and time.
 * A bad row is never skipped: it ends its table could-not-look, so a half-read file cannot pass a check.
 */
#include "collect/collect_dropin.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/instant.h"
#include "base/json.h"
#include "collect/collect.h"

static const struct column dropin_columns[] = {
    {"name", COLUMN_TEXT, COLUMN_KEY, "table"},
    {"path", COLUMN_TEXT, 0, "file of facts, or the description where there is none"},
    {"file_owner", COLUMN_TEXT, COLUMN_PERSONAL, "who owns the file of facts, empty without one"},
    {"file_time", COLUMN_TIME, COLUMN_MAYBE, "when the file of facts was last written"},
    {"state", COLUMN_TEXT, 0, "read or could-not-look"},
    {"reason", COLUMN_TEXT, 0, "why it could not be read"},
};
const struct table table_dropin = {"dropin", "files of facts that other programs left, and how they were taken", dropin_columns, 6};

/* One value of a row as the column's type wants it. */
static err
dropin_cell(struct job *job, const struct column *column, const json_t *value, struct cell *ret)
{
	if (value == NULL || json_is_null(value)) {
		if ((column->flags & COLUMN_MAYBE) == 0)
			return err_set(job, ERR_INPUT, "the column \"%s\" must be filled", column->name);
		*ret = NIL;
		return OK;
	}
	int64_t number;
	if (column->type == COLUMN_TEXT && json_is_string(value)) {
		*ret = TEXT(json_text(value));
		if (ret->text.len > TABLE_MAX_TEXT)
			return err_set(job, ERR_INPUT, "the column \"%s\" is longer than %zu bytes", column->name, TABLE_MAX_TEXT);
	} else if (column->type == COLUMN_INT && json_is_integer(value)) {
		*ret = INT(json_integer_value(value));
	} else if (column->type == COLUMN_INT && json_is_boolean(value)) {
		*ret = INT(json_is_true(value) ? 1 : 0);
	} else if (column->type == COLUMN_TIME && json_is_string(value) && instant_parse(json_text(value), &number)) {
		*ret = INT(number);
	} else {
		static const char *const wanted[] = {"text", "a whole number, true or false", "an RFC 3339 time with its zone"};
		return err_set(job, ERR_INPUT, "the column \"%s\" must be %s", column->name, wanted[column->type]);
	}
	return OK;
}

static err
dropin_row(struct job *job, const struct dropin *dropin, const struct dropin_file *file, slice line, struct rows *rows)
{
	const json_t *row;
	TRY(json_read(job, "row", line, &row));
	if (!json_is_object(row))
		return err_set(job, ERR_INPUT, "a row must be a JSON object");
	struct cell cells[TABLE_MAX_COLUMNS];
	size_t declared = dropin->table.len - 2, seen = 0;
	for (size_t i = 0; i < declared; i++) {
		const json_t *value = json_object_get(row, dropin->table.columns[i].name);
		seen += value != NULL;
		TRY(dropin_cell(job, &dropin->table.columns[i], value, &cells[i]));
	}
	if (seen != json_object_size(row)) {
		const char *keys[TABLE_MAX_COLUMNS + 1] = {NULL};
		for (size_t i = 0; i < declared; i++)
			keys[i] = dropin->table.columns[i].name;
		TRY(json_only(job, "row", row, keys));
	}
	cells[declared] = TEXT(file->owner);
	cells[declared + 1] = INT(file->time_us);
	return rows_add(rows, cells);
}

err
collect_dropin_rows(struct job *job, const struct dropin *dropin, const struct dropin_file *file, slice text, struct rows *rows)
{
	slice line;
	for (unsigned number = 1; slice_cut(&text, '\n', &line); number++) {
		if (slice_trim(line).len == 0)
			continue;
		err added = dropin_row(job, dropin, file, line, rows);
		if (added.code != ERR_NONE)
			return err_prefix(job, added, "%s:%u", file->path, number);
	}
	return OK;
}

/* No two rows may have the same key: a check would count one thing twice, or see the wrong one. */
static err
dropin_unique(struct job *job, const struct dropin_file *file, struct rows *rows)
{
	rows_sort(rows);
	for (size_t i = 1; i < rows->len; i++) {
		bool same = true;
		for (unsigned c = 0; c < rows->table->len && same; c++)
			if ((rows->table->columns[c].flags & COLUMN_KEY) != 0)
				same = rows->row[i][c].number == rows->row[i - 1][c].number &&
				       slice_same(rows->row[i][c].text, rows->row[i - 1][c].text);
		if (same)
			return err_set(job, ERR_INPUT, "%s: two rows have the same key, which must be unique", file->path);
	}
	return OK;
}

/* The login name of ${uid} in passwd below our root, else the number itself. */
static err
dropin_owner(struct job *job, const struct collect *collect, uid_t uid, slice *ret)
{
	slice text, line, number;
	TRY(job_format(job, &number, "%u", (unsigned)uid));
	*ret = number;
	if (fs_read(job, &collect->root, "/etc/passwd", 4 * MIB, &text).code != ERR_NONE)
		return OK;
	while (slice_cut(&text, '\n', &line)) {
		slice name, password, id;
		if (slice_cut(&line, ':', &name) && slice_cut(&line, ':', &password) && slice_cut(&line, ':', &id) &&
		    slice_same(id, number)) {
			*ret = name;
			return OK;
		}
	}
	return OK;
}

/* Read the bytes behind ${fd}, whose status is ${st}: what is signed in is one file, even when it is replaced meanwhile. */
static err
dropin_bytes(struct job *job, int fd, const struct stat *st, const char *path, slice *ret)
{
	char *at;
	size_t len = 0, size = (size_t)st->st_size;
	TRY(NEW(job, size + 1, &at));
	while (len < size) {
		ssize_t got = read(fd, at + len, size - len);
		if (got <= 0)
			return err_set(job, ERR_IO, "%s: could not be read to its end", path);
		len += (size_t)got;
	}
	*ret = slice_bytes(at, len);
	return OK;
}

static void
dropin_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static err
dropin_open(struct job *job, const struct collect *collect, const char *name, struct dropin_file *file, slice *ret)
{
	struct fs_root root;
	struct stat st;
	const char *path;
	DEFER(dropin_close) int fd = -1;
	if (collect->facts_dir == NULL)
		return err_set(job, ERR_MISSING, "no folder of drop-in facts is configured");
	TRY(fs_root_open(job, collect->facts_dir, &root));
	err opened = fs_open(job, &root, name, false, &fd);
	fs_root_close(&root);
	TRY(opened);
	TRY(fs_join(job, collect->facts_dir, name, &path));
	file->path = path;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(job, ERR_INPUT, "%s: must be a regular file", path);
	file->time_us = (int64_t)st.st_mtim.tv_sec * SECOND_US + st.st_mtim.tv_nsec / 1000;
	TRY(dropin_owner(job, collect, st.st_uid, &file->owner));
	if ((st.st_mode & S_IWOTH) != 0)
		return err_set(job, ERR_INPUT, "%s: may be written by everybody (mode %04o), so nobody can be held to its rows", path,
		    (unsigned)st.st_mode & 07777);
	if ((uint64_t)st.st_size > DROPIN_MAX_BYTES)
		return err_set(job, ERR_LIMIT, "%s: is larger than %zu bytes", path, DROPIN_MAX_BYTES);
	return dropin_bytes(job, fd, &st, path, ret);
}

static err
dropin_fill(struct job *job, const struct collect *collect, const struct dropin *dropin, struct dropin_file *file, struct rows *rows)
{
	slice name, text;
	TRY(job_format(job, &name, "%s.jsonl", dropin->table.name));
	TRY(dropin_open(job, collect, name.at, file, &text));
	int64_t age = job_now(job) - file->time_us;
	if (dropin->max_age_us > 0 && age > dropin->max_age_us)
		return err_set(job, ERR_INPUT, "%s: was last written %s, longer ago than the max_age of %s allows", file->path,
		    instant_text(file->time_us).at, dropin->path);
	TRY(collect_dropin_rows(job, dropin, file, text, rows));
	return dropin_unique(job, file, rows);
}

/* One row of our own table about ${name}. */
static err
dropin_told(struct collect *collect, slice name, const struct dropin_file *file, slice reason)
{
	struct cell cells[] = {TEXT(name), TEXT(slice_of(file->path)), TEXT(file->owner), file->time_us == 0 ? NIL : INT(file->time_us),
	    TEXT(reason.len == 0 ? S("read") : S("could-not-look")), TEXT(reason)};
	return rows_add(collect_rows(collect, &table_dropin), cells);
}

/* One declared table: fill it, hand it over, and tell of it. A description that breaks a rule is told under its file's name. */
static err
dropin_one(struct job *job, struct collect *collect, const char *yaml)
{
	struct dropin dropin;
	struct dropin_file file = {.path = yaml};
	slice name = slice_part(slice_of(yaml), 0, strlen(yaml) - strlen(".yaml"));
	if (collect_dropin_load(job, collect->source_dir, yaml, &dropin).code != ERR_NONE)
		return dropin_told(collect, name, &file, slice_of(job->why));
	file.path = dropin.path;
	struct rows rows;
	rows_open(&rows, job, &dropin.table);
	slice reason = S("");
	if (dropin_fill(job, collect, &dropin, &file, &rows).code != ERR_NONE) {
		rows.state = READING_COULD_NOT_LOOK;
		rows.len = 0;
		TRY(job_copy(job, slice_of(job->why), &reason));
		rows.reason = reason;
	}
	TRY(dropin_told(collect, name, &file, reason));
	return collect_give(collect, &rows);
}

static err
dropin_run(struct job *job, struct collect *collect)
{
	if (collect->facts_dir == NULL && collect->source_dir == NULL) {
		collect_absent(collect, &table_dropin, "no folder of drop-in facts is configured");
		return OK;
	}
	const char **yaml, **jsonl;
	size_t yaml_len, jsonl_len;
	TRY(collect_dropin_names(job, collect->source_dir, S(".yaml"), &yaml, &yaml_len));
	TRY(collect_dropin_names(job, collect->facts_dir, S(".jsonl"), &jsonl, &jsonl_len));
	for (size_t i = 0; i < yaml_len; i++)
		TRY(dropin_one(job, collect, yaml[i]));
	for (size_t i = 0; i < jsonl_len; i++) {
		slice name = slice_part(slice_of(jsonl[i]), 0, strlen(jsonl[i]) - strlen(".jsonl"));
		bool declared = false;
		for (size_t j = 0; j < yaml_len && !declared; j++)
			declared = strlen(yaml[j]) == name.len + 5 && strncmp(yaml[j], name.at, name.len) == 0;
		struct dropin_file file = {.path = jsonl[i]};
		if (!declared)
			TRY(dropin_told(collect, name, &file, S("no description of this table is in the source folder")));
	}
	return OK;
}

static const struct table *const dropin_tables[] = {&table_dropin, NULL};
static const char *const dropin_reads[] = {"etc/source/TABLE.yaml", "facts.d/TABLE.jsonl", "/etc/passwd", NULL};

const struct collector collect_dropin = {
    .name = "dropin",
    .about = "facts that other programs leave in facts.d, in tables the organisation declares",
    .tables = dropin_tables,
    .reads = dropin_reads,
    .needs = "",
    .open = true,
    .run = dropin_run,
};
