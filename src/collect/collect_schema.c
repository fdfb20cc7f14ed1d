/*
 * The fact tables there are: those of the collectors, and those an organisation declares in YAML.
 * Reads no facts; collect_dropin.c fills the declared ones.
 */
#include "collect/collect_schema.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/instant.h"
#include "base/yaml.h"
#include "collect/collect.h"
#include "collect/collect_dropin.h"

#define SCHEMA_MAX_TABLES 200
#define SCHEMA_MAX_FILES 1000

static const char *const schema_types[] = {"text", "int", "time", NULL};

static int
schema_order(const void *a, const void *b)
{
	const struct table *const *left = a, *const *right = b;
	return strcmp((*left)->name, (*right)->name);
}

const struct table *const *
collect_schema(void)
{
	static const struct table *tables[SCHEMA_MAX_TABLES + 1];
	if (tables[0] != NULL)
		return tables;
	size_t len = 0;
	for (size_t i = 0; collect_index[i] != NULL; i++)
		for (const struct table *const *table = collect_index[i]->tables; *table != NULL && len < SCHEMA_MAX_TABLES; table++)
			tables[len++] = *table;
	qsort(tables, len, sizeof tables[0], schema_order);
	return tables;
}

const struct table *
collect_schema_find(slice name)
{
	for (const struct table *const *table = collect_schema(); *table != NULL; table++)
		if (slice_same(slice_of((*table)->name), name))
			return *table;
	return NULL;
}

bool
collect_dropin_name(slice name)
{
	if (name.len == 0 || name.len > 60 || name.at[0] < 'a' || name.at[0] > 'z')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!((name.at[i] >= 'a' && name.at[i] <= 'z') || (name.at[i] >= '0' && name.at[i] <= '9') || name.at[i] == '_'))
			return false;
	return true;
}

static err
schema_flag(struct job *job, const struct yaml *map, const char *key, unsigned flag, unsigned *flags)
{
	bool set;
	TRY(yaml_maybe_bool(job, map, key, false, &set));
	if (set)
		*flags |= flag;
	return OK;
}

static err
schema_column(struct job *job, const struct yaml *map, struct column *ret)
{
	static const char *const keys[] = {"name", "type", "about", "personal", "maybe", "volatile", NULL};
	slice name, about = S("");
	unsigned type = COLUMN_TEXT;
	TRY(yaml_is_map(job, map, "a column"));
	TRY(yaml_only(job, map, keys));
	TRY(yaml_need_text(job, map, "name", &name));
	TRY(yaml_maybe_text(job, map, "about", &about));
	if (!collect_dropin_name(name))
		return yaml_refuse(
		    job, map, "a column's name is made of a-z, 0-9 and _ and begins with a letter; found \"%.*s\"", SLICE(name));
	if (slice_same(name, S("host")) || slice_same(name, S("file_owner")) || slice_same(name, S("file_time")))
		return yaml_refuse(job, map, "the column \"%.*s\" is filled by assay itself; choose another name", SLICE(name));
	if (yaml_get(map, "type") != NULL)
		TRY(yaml_choice(job, yaml_get(map, "type"), schema_types, &type));
	ret->type = (enum column_type)type;
	TRY(job_string(job, name, &ret->name));
	TRY(job_string(job, about, &ret->about));
	TRY(schema_flag(job, map, "personal", COLUMN_PERSONAL, &ret->flags));
	TRY(schema_flag(job, map, "maybe", COLUMN_MAYBE, &ret->flags));
	return schema_flag(job, map, "volatile", COLUMN_VOLATILE, &ret->flags);
}

static err
schema_columns(struct job *job, const struct yaml *root, struct column **ret, unsigned *ret_len)
{
	const struct yaml *list;
	TRY(yaml_need_list(job, root, "columns", &list));
	if (list->len == 0 || list->len > TABLE_MAX_COLUMNS - 2)
		return yaml_refuse(job, list, "a table has 1 to %d columns; found %zu", TABLE_MAX_COLUMNS - 2, list->len);
	struct column *columns;
	unsigned len = 0;
	TRY(NEW(job, list->len + 2, &columns));
	for (const struct yaml *at = list->first; at != NULL; at = at->next, len++) {
		TRY(schema_column(job, at, &columns[len]));
		for (unsigned i = 0; i < len; i++)
			if (strcmp(columns[i].name, columns[len].name) == 0)
				return yaml_refuse(job, at, "the column \"%s\" is declared twice", columns[len].name);
	}
	columns[len++] = (struct column){"file_owner", COLUMN_TEXT, COLUMN_PERSONAL, "who owns the file the row came from"};
	columns[len++] = (struct column){"file_time", COLUMN_TIME, 0, "when that file was last written"};
	*ret = columns;
	*ret_len = len;
	return OK;
}

static err
schema_key(struct job *job, const struct yaml *root, struct dropin *dropin, struct column *columns)
{
	const struct yaml *list;
	TRY(yaml_need_list(job, root, "key", &list));
	if (list->len == 0)
		return yaml_refuse(job, list, "a key names at least one column");
	for (const struct yaml *at = list->first; at != NULL; at = at->next) {
		int found = at->kind == YAML_SCALAR ? table_column(&dropin->table, at->text) : -1;
		if (found < 0 || (unsigned)found + 2 >= dropin->table.len)
			return yaml_refuse(job, at, "a key names declared columns; found \"%.*s\"", SLICE(at->text));
		if ((columns[found].flags & (COLUMN_MAYBE | COLUMN_VOLATILE)) != 0)
			return yaml_refuse(job, at, "the key column \"%.*s\" cannot be maybe or volatile", SLICE(at->text));
		columns[found].flags |= COLUMN_KEY;
	}
	return OK;
}

static err
schema_max_age(struct job *job, const struct yaml *root, int64_t *ret)
{
	slice text = S("");
	struct duration age;
	TRY(yaml_maybe_text(job, root, "max_age", &text));
	if (text.len == 0)
		return OK;
	if (!duration_parse(text, &age) || instant_after(0, age) <= 0)
		return yaml_refuse(
		    job, yaml_get(root, "max_age"), "max_age is a duration such as 7d or PT12H; found \"%.*s\"", SLICE(text));
	*ret = instant_after(0, age);
	return OK;
}

err
collect_dropin_parse(struct job *job, const char *path, slice name, slice text, struct dropin *ret)
{
	static const char *const keys[] = {"about", "columns", "key", "max_age", NULL};
	struct dropin dropin = {.path = path};
	struct column *columns = NULL;
	slice about;
	const struct yaml *root;
	TRY(yaml_read(job, path, text, &root));
	TRY(yaml_is_map(job, root, "the description of a fact table"));
	TRY(yaml_only(job, root, keys));
	if (!collect_dropin_name(name))
		return yaml_refuse(
		    job, root, "a table's name is made of a-z, 0-9 and _ and begins with a letter; found \"%.*s\"", SLICE(name));
	if (collect_schema_find(name) != NULL)
		return yaml_refuse(job, root, "\"%.*s\" is a fact table of assay's own; choose another name", SLICE(name));
	TRY(yaml_need_text(job, root, "about", &about));
	TRY(job_string(job, name, &dropin.table.name));
	TRY(job_string(job, about, &dropin.table.about));
	TRY(schema_columns(job, root, &columns, &dropin.table.len));
	dropin.table.columns = columns;
	TRY(schema_key(job, root, &dropin, columns));
	TRY(schema_max_age(job, root, &dropin.max_age_us));
	*ret = dropin;
	return OK;
}

err
collect_dropin_names(struct job *job, const char *folder, slice suffix, const char ***ret, size_t *ret_len)
{
	struct fs_name *names = NULL;
	size_t len = 0, kept = 0;
	const char **list;
	if (folder != NULL) {
		struct fs_root root;
		err opened = fs_root_open(job, folder, &root);
		if (opened.code == ERR_NONE) {
			opened = fs_list(job, &root, ".", SCHEMA_MAX_FILES, &names, &len);
			fs_root_close(&root);
		}
		if (opened.code != ERR_NONE && opened.code != ERR_MISSING)
			return opened;
	}
	TRY(NEW(job, len + 1, &list));
	for (size_t i = 0; i < len; i++)
		if (slice_ends(slice_of(names[i].name), suffix) && names[i].name[0] != '.')
			list[kept++] = names[i].name;
	*ret = list;
	*ret_len = kept;
	return OK;
}

err
collect_dropin_load(struct job *job, const char *source_dir, const char *file, struct dropin *ret)
{
	const char *path;
	slice text;
	TRY(fs_join(job, source_dir, file, &path));
	TRY(fs_slurp(job, path, YAML_MAX_BYTES, &text));
	return collect_dropin_parse(job, path, slice_part(slice_of(file), 0, strlen(file) - strlen(".yaml")), text, ret);
}

err
collect_schema_dropins(struct job *job, const char *source_dir, struct dropin **ret, size_t *ret_len)
{
	const char **names;
	size_t len;
	struct dropin *dropins;
	TRY(collect_dropin_names(job, source_dir, S(".yaml"), &names, &len));
	TRY(NEW(job, len + 1, &dropins));
	for (size_t i = 0; i < len; i++)
		TRY(collect_dropin_load(job, source_dir, names[i], &dropins[i]));
	*ret = dropins;
	*ret_len = len;
	return OK;
}
