/*
 * Everything that can be wrong with content, said by file and line. A broken check is an error here, never silence later.
 */
#include "check/check_case.h"
#include "check/check_priv.h"

#include <string.h>

#include "base/buf.h"
#include "registry/registry_table.h"

struct linting {
	const struct check_schema *schema;
	struct query *query;
	struct checks *checks;
	ledger_line line;
	void *line_to;
	size_t faults;
};

/* Note a fault, go on. Only the failure of the line's receiver ends the lint. */
static err
fault(struct job *job, struct linting *linting, err found)
{
	if (found.code == ERR_NONE)
		return OK;
	slice why;
	linting->faults++;
	TRY(job_copy(job, slice_of(job->why), &why));
	return linting->line(job, linting->line_to, why);
}

static const struct yaml *
node_of(const struct check *check, const char *key)
{
	const struct yaml *node = yaml_get(check->node, key);
	return node != NULL ? node : check->node;
}

static err
lint_parameters(struct job *job, const struct check *check, const char *key, const struct query_ask *ask, bool *used)
{
	for (const char *const *name = query_ask_parameters(ask); *name != NULL; name++) {
		bool known = strcmp(*name, ":now") == 0 || (check->registry.len > 0 && strcmp(*name, ":service") == 0);
		for (size_t i = 0; i < check->params_len; i++)
			if (slice_same(check->params[i].name, slice_of(*name + 1)))
				known = used[i] = true;
		if (!known)
			return yaml_refuse(job, node_of(check, key), "%s: there is no param for %s", key, *name);
	}
	return OK;
}

static bool
is_word(char byte)
{
	return byte == '_' || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

/* Where ${word} stands by itself in ${text}, at or behind ${from}; text.len when it does not. */
static size_t
find_word(slice text, slice word, size_t from)
{
	for (size_t at = from; at + word.len <= text.len; at++)
		if (slice_same_nocase(slice_part(text, at, word.len), word) && (at == 0 || !is_word(text.at[at - 1])) &&
		    (at + word.len == text.len || !is_word(text.at[at + word.len])))
			return at;
	return text.len;
}

/* One blank for each run of blanks. */
static err
squeeze(struct job *job, const char *sql, slice *ret)
{
	struct buf buf = buf_open(job, "a question", 256 * KIB);
	bool blank = true;
	for (; *sql != '\0'; sql++) {
		bool now = strchr(" \t\r\n", *sql) != NULL;
		if (!now || !blank)
			buf_byte(&buf, now ? ' ' : *sql);
		blank = now;
	}
	return buf_end(&buf, ret);
}

/* A column that may be NULL is read: somewhere the statement must say what NULL means: "column IS …", coalesce(column, …) or ifnull(column,
 * …). */
static bool
null_handled(slice sql, slice column)
{
	for (size_t at = find_word(sql, column, 0); at < sql.len; at = find_word(sql, column, at + 1)) {
		slice before = slice_part(sql, 0, at), after = slice_from(sql, at + column.len);
		if (slice_same_nocase(slice_part(after, 0, 4), S(" IS ")))
			return true;
		if (slice_ends(before, S("."))) { /* an alias */
			before.len--;
			while (before.len > 0 && is_word(before.at[before.len - 1]))
				before.len--;
		}
		if (before.len >= 9 && slice_same_nocase(slice_from(before, before.len - 9), S("coalesce(")))
			return true;
		if (before.len >= 7 && slice_same_nocase(slice_from(before, before.len - 7), S("ifnull(")))
			return true;
	}
	return false;
}

static err
lint_nulls(
    struct job *job, struct linting *linting, const struct check *check, const char *key, const char *sql, const struct query_ask *ask)
{
	const struct query_read *reads;
	size_t len = query_ask_reads(ask, &reads);
	slice squeezed;
	TRY(squeeze(job, sql, &squeezed));
	for (size_t i = 0; i < len; i++) {
		const struct table *table = check_schema_find(linting->schema, reads[i].table);
		int at = table != NULL ? table_column(table, reads[i].column) : -1;
		if (at < 0 || (table->columns[at].flags & COLUMN_MAYBE) == 0 || null_handled(squeezed, reads[i].column))
			continue;
		return yaml_refuse(job, node_of(check, key),
		    "%s: %.*s.%.*s may be NULL (not known): say what that means with IS NULL, IS NOT NULL, coalesce or ifnull", key,
		    SLICE(reads[i].table), SLICE(reads[i].column));
	}
	return OK;
}

/* Does ${sql} paste text together? */
static bool
pastes(slice sql)
{
	static const char *const ways[] = {"group_concat", "format", "printf", "replace", "hex", "char"};
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		if (find_word(sql, slice_of(ways[i]), 0) < sql.len)
			return true;
	return slice_has(sql, S("||"));
}

/* A person's name leaves a question only in a column of its own, which becomes a token; pasted into another text it would be kept for good.
 */
static err
lint_personal(struct job *job, struct linting *linting, const struct check *check, const struct query_ask *ask)
{
	const struct query_read *reads;
	size_t len = query_ask_reads(ask, &reads);
	for (size_t i = 0; pastes(slice_of(check->query)) && i < len; i++) {
		const struct table *table = check_schema_find(linting->schema, reads[i].table);
		int at = table != NULL ? table_column(table, reads[i].column) : -1;
		if (at >= 0 && (table->columns[at].flags & COLUMN_PERSONAL) != 0)
			return yaml_refuse(job, node_of(check, "query"),
			    "query: text is pasted together in a question that reads the personal column %.*s.%.*s: select it by itself",
			    SLICE(reads[i].table), SLICE(reads[i].column));
	}
	return OK;
}

static bool
has_column(const struct query_ask *ask, slice name)
{
	const struct query_column *columns;
	size_t len = query_ask_columns(ask, &columns);
	for (size_t i = 0; i < len; i++)
		if (slice_same(columns[i].name, name))
			return true;
	return false;
}

static err
lint_words(struct job *job, const struct check *check, const struct query_ask *ask)
{
	slice rest = check->says;
	for (size_t i = 0; i < check->key_len; i++)
		if (!has_column(ask, check->key[i]))
			return yaml_refuse(job, node_of(check, "key"), "key: the query gives no column \"%.*s\"", SLICE(check->key[i]));
	for (size_t i = 0; i < check->key_len; i++)
		if (slice_same(check->key[i], S("line")) || slice_same(check->key[i], S("position")))
			return yaml_refuse(job, node_of(check, "key"),
			    "key: \"%.*s\" moves when a file is edited: the finding would be another one", SLICE(check->key[i]));
	while ((rest = slice_from(rest, slice_find(rest, '{'))).len > 0) {
		slice name = slice_part(rest, 1, slice_find(rest, '}') - 1);
		if (slice_find(rest, '}') == rest.len)
			return yaml_refuse(job, node_of(check, "says"), "says: a { is not closed");
		if (!has_column(ask, name))
			return yaml_refuse(job, node_of(check, "says"), "says: the query gives no column \"%.*s\"", SLICE(name));
		rest = slice_from(rest, name.len + 2);
	}
	return OK;
}

/* Registers and facts of hosts are never in one database: a check asks one or the other. */
static err
lint_sides(struct job *job, struct linting *linting, const struct check *check, const char *key, const struct query_ask *ask)
{
	const struct query_read *reads;
	size_t len = query_ask_reads(ask, &reads);
	for (size_t i = 0; i < len; i++) {
		bool records = registry_table_find(linting->checks->registers, reads[i].table, NULL) != NULL;
		if (records != (check->registry.len > 0))
			return yaml_refuse(job, node_of(check, key), records ? "%s: %.*s is a register's table: say register: in the check"
									     : "%s: %.*s is a fact table: a check over registers cannot read it",
			    key, SLICE(reads[i].table));
	}
	return OK;
}

static err
lint_sql(struct job *job, struct linting *linting, const struct check *check, const char *key, const char *sql, bool *used)
{
	DEFER(query_ask_close_at) struct query_ask *ask = NULL;
	slice why;
	if (query_ask_open(job, linting->query, sql, &ask).code != ERR_NONE) {
		TRY(job_copy(job, slice_of(job->why), &why));
		return yaml_refuse(job, node_of(check, key), "%.*s: %s: %.*s", SLICE(check->id), key, SLICE(why));
	}
	TRY(lint_parameters(job, check, key, ask, used));
	TRY(lint_nulls(job, linting, check, key, sql, ask));
	TRY(lint_sides(job, linting, check, key, ask));
	if (strcmp(key, "query") != 0)
		return OK;
	TRY(lint_words(job, check, ask));
	return check->registry.len > 0 ? OK : lint_personal(job, linting, check, ask);
}

static err
lint_profiles_of(struct job *job, struct linting *linting, const struct check *check)
{
	for (size_t i = 0; i < check->profiles_len; i++)
		if (check_profile_find(linting->checks, check->profiles[i]) == NULL)
			return yaml_refuse(
			    job, node_of(check, "profiles"), "profiles: there is no profile \"%.*s\"", SLICE(check->profiles[i]));
	return OK;
}

/* What people wrote down is not observed: such a check must ask what hosts show. */
static err
lint_basis(struct job *job, const struct check *check)
{
	bool shown = check->registry.len == 0 || check->basis != BASIS_OBSERVED;
	for (size_t i = 0; i < check->tables_len; i++)
		shown = shown || slice_same(check->tables[i], S("observation")) || slice_same(check->tables[i], S("observed_change"));
	return shown ? OK : yaml_refuse(job, node_of(check, "basis"), "basis: a check over registers is observed only when it reads observation or observed_change");
}

static err
lint_check(struct job *job, struct linting *linting, struct check *check)
{
	bool *used;
	TRY(NEW(job, check->params_len + 1, &used));
	TRY(lint_sql(job, linting, check, "applies", check->applies, used));
	if (check->blind != NULL)
		TRY(lint_sql(job, linting, check, "blind", check->blind, used));
	TRY(lint_sql(job, linting, check, "query", check->query, used));
	for (size_t i = 0; i < check->params_len; i++)
		if (!used[i])
			return yaml_refuse(job, node_of(check, "params"), "params: nothing uses \"%.*s\"", SLICE(check->params[i].name));
	TRY(lint_profiles_of(job, linting, check));
	TRY(NEW(job, CHECK_MAX_TABLES, &check->tables));
	check->tables_len = 0;
	TRY(check_ask_tables(job, linting->query, linting->schema, check->applies, check->tables, &check->tables_len));
	TRY(check_ask_tables(job, linting->query, linting->schema, check->query, check->tables, &check->tables_len));
	if (check->blind != NULL)
		TRY(check_ask_tables(job, linting->query, linting->schema, check->blind, check->tables, &check->tables_len));
	TRY(lint_basis(job, check));
	return check_case_run(job, linting->schema, check);
}

static err
lint_profile(struct job *job, struct linting *linting, const struct check_profile *profile)
{
	DEFER(query_ask_close_at) struct query_ask *ask = NULL;
	if (profile->detect != NULL)
		TRY(query_ask_open(job, linting->query, profile->detect, &ask));
	for (size_t i = 0; i < profile->skips_len; i++)
		if (check_find(linting->checks, profile->skips[i].what) == NULL)
			return yaml_refuse(job, profile->skips[i].node, "skip: there is no check \"%.*s\"", SLICE(profile->skips[i].what));
	for (size_t i = 0; i < profile->params_len; i++) {
		slice what = profile->params[i].what;
		size_t dot = slice_find(what, '.');
		const struct check *check = check_find(linting->checks, slice_part(what, 0, dot));
		const struct check_param *param = NULL;
		int64_t number;
		for (size_t p = 0; check != NULL && p < check->params_len; p++)
			if (slice_same(check->params[p].name, slice_from(what, dot + 1)))
				param = &check->params[p];
		if (param == NULL)
			return yaml_refuse(job, profile->params[i].node, "params: there is no check.param \"%.*s\"", SLICE(what));
		if (param->number && !slice_i64(profile->params[i].value, &number))
			return yaml_refuse(job, profile->params[i].node,
			    "params: %.*s: expected a whole number, as in the check, found \"%.*s\"", SLICE(what),
			    SLICE(profile->params[i].value));
	}
	return OK;
}

static err
note_fault(struct job *job, void *to, err found)
{
	return fault(job, to, found);
}

/* A file nothing reads is a check nobody asks: "checks/x.yaml" for "check/x.yaml". An organisation's etc also holds source/. */
static err
lint_places(struct job *job, struct linting *linting, const struct content *content)
{
	static const char *const folders[] = {"framework/", "check/", "profile/", "source/", "register/", "deadline/", "calendar/", "role/", "report/",
	    "threat/"};
	for (size_t i = 0; i < content->len; i++) {
		slice path = slice_of(content->files[i].path);
		bool known = slice_find(path, '/') == path.len;
		for (size_t f = 0; f < sizeof folders / sizeof folders[0]; f++)
			known = known || slice_starts(path, slice_of(folders[f]));
		if (!known)
			TRY(fault(job, linting,
			    err_set(job, ERR_INPUT, "%s:1: nothing reads this folder; content is in framework, register, deadline, calendar, role, threat, check, profile, report and source",
				content->files[i].from)));
	}
	return OK;
}

/* A register's table must not hide a fact table. */
static err
lint_names(struct job *job, struct linting *linting, const struct checks *checks, const struct check_schema *schema)
{
	struct check_schema facts = {.dropins = schema->dropins, .dropins_len = schema->dropins_len};
	for (size_t i = 0; i < checks->registers->len; i++) {
		const struct registry_register *def = &checks->registers->at[i];
		if (check_schema_find(&facts, slice_of(def->table_name)) != NULL)
			return fault(job, linting,
			    yaml_refuse(job, def->node, "table: \"%s\" is a fact table; say table: %s_record", def->table_name, def->table_name));
	}
	return OK;
}

err
check_lint(struct job *job, const struct content *content, const char *source_dir, ledger_line line, void *line_to, size_t *ret_faults,
    size_t *ret_checks)
{
	DEFER(query_close_at) struct query *query = NULL;
	struct linting linting = {.line = line, .line_to = line_to};
	struct catalogue catalogue;
	struct checks checks;
	struct check_schema schema;
	*ret_faults = 1;
	*ret_checks = 0;
	TRY(lint_places(job, &linting, content));
	err loaded = catalogue_load(job, content, &catalogue);
	if (loaded.code == ERR_NONE)
		loaded = check_load_each(job, content, &catalogue, note_fault, &linting, &checks);
	if (loaded.code != ERR_NONE) {
		TRY(fault(job, &linting, loaded));
		*ret_faults = linting.faults;
		return OK;
	}
	TRY(check_schema_open(job, source_dir, &schema));
	schema.registers = checks.registers;
	TRY(lint_names(job, &linting, &checks, &schema));
	TRY(check_schema_query(job, &schema, &query));
	linting.schema = &schema;
	linting.query = query;
	linting.checks = &checks;
	for (size_t i = 0; i < checks.profiles_len; i++)
		TRY(fault(job, &linting, lint_profile(job, &linting, &checks.profiles[i])));
	for (size_t i = 0; i < checks.len; i++) {
		struct arena_mark mark = arena_mark(job->arena);
		job_progress(job, "asking test facts", i, checks.len);
		TRY(fault(job, &linting, lint_check(job, &linting, &checks.at[i])));
		checks.at[i].tables = NULL; /* it was in the memory that is given back */
		checks.at[i].tables_len = 0;
		arena_rewind(job->arena, mark);
	}
	*ret_faults = linting.faults;
	*ret_checks = checks.len;
	return OK;
}
