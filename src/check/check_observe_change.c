/*
 * What changed on hosts: the rows of fact tables that count, between one reading and the next, beside the changes that were approved.
 * Deliberately does not: say that a change is wrong; a check over the rows does.
 */
#include "check/check_observe_priv.h"

#include <stdlib.h>
#include <string.h>

#include "registry/registry_table.h"

#define MAX_LINE (256 * KIB) /* of one row, as it is compared */

/* An approved change: when it may be made, and where. */
struct approval {
	int64_t number;
	bool windowed, done;
	int64_t from_us, to_us, made_us;
	slice *hosts;
	size_t hosts_len;
	bool anywhere; /* it names nothing */
};

/* A table that counts, with the columns that make a row the same and those that are compared. */
struct watched {
	const struct table *table;
	unsigned key[TABLE_MAX_COLUMNS], compares[TABLE_MAX_COLUMNS];
	unsigned key_len, compares_len;
};

struct line {
	slice key, rest;
	size_t row;
};

struct lines {
	struct rows rows;
	struct line *at;
	size_t len;
};

struct changing {
	struct job *scratch; /* for one pair of readings */
	struct ledger *ledger;
	const struct registry *registry;
	const struct registry_register *def;
	const struct registry_deadline_rule *rule;
	struct ledger_moment at;
	struct check_schema schema;
	struct watched *watched;
	struct approval *approvals;
	size_t approvals_len;
	struct rows *out;
};

/* Two readings of one table, and when each was seen. */
struct pair {
	const struct watched *watched;
	const struct ledger_host *host;
	const struct ledger_reading *before, *after;
	int64_t after_us, due_us;
	const struct approval *approval;
};

/* Which columns */

static err
add_columns(struct job *job, const struct registry_watched *rule, const struct table *table, const char *key, const slice *names, size_t len,
    unsigned *columns, unsigned *ret_len)
{
	for (size_t i = 0; i < len; i++) {
		int at = table_column(table, names[i]);
		if (at < 0 || (table->columns[at].flags & COLUMN_VOLATILE) != 0)
			return yaml_refuse(job, rule->node, "%s: %.*s has no column \"%.*s\" that could count", key, SLICE(rule->table),
			    SLICE(names[i]));
		columns[(*ret_len)++] = (unsigned)at;
	}
	return OK;
}

static err
watch(struct job *job, const struct check_schema *schema, const struct registry_watched *rule, struct watched *ret)
{
	*ret = (struct watched){.table = check_schema_find(schema, rule->table)};
	if (ret->table == NULL)
		return yaml_refuse(job, rule->node, "tables: there is no fact table \"%.*s\"", SLICE(rule->table));
	if (rule->key_len > TABLE_MAX_COLUMNS || rule->compares_len > TABLE_MAX_COLUMNS)
		return yaml_refuse(job, rule->node, "a table has at most %d columns", TABLE_MAX_COLUMNS);
	TRY(add_columns(job, rule, ret->table, "key", rule->key, rule->key_len, ret->key, &ret->key_len));
	TRY(add_columns(job, rule, ret->table, "compares", rule->compares, rule->compares_len, ret->compares, &ret->compares_len));
	for (unsigned i = 0; i < ret->table->len; i++) {
		unsigned flags = ret->table->columns[i].flags;
		if (strcmp(ret->table->columns[i].name, "file_time") == 0) /* of a drop-in's file, which is written anew with every look */
			continue;
		if (rule->key_len == 0 && (flags & COLUMN_KEY) != 0)
			ret->key[ret->key_len++] = i;
		else if (rule->key_len == 0 && rule->compares_len == 0 && (flags & COLUMN_VOLATILE) == 0)
			ret->compares[ret->compares_len++] = i;
	}
	return ret->key_len > 0 ? OK : yaml_refuse(job, rule->node, "tables: %.*s has no key of its own; name one", SLICE(rule->table));
}

err
check_observe_lint(struct job *job, const struct registry_register *def, const char *source_dir)
{
	struct check_schema schema;
	struct check_observe_plan *plan;
	struct watched *watched;
	TRY(check_schema_open(job, source_dir, &schema));
	TRY(NEW(job, 1, &plan));
	TRY(NEW(job, 1, &watched));
	if (def->observed != NULL)
		TRY(check_observe_plan(job, &schema, def, plan));
	for (size_t i = 0; def->observes != NULL && i < def->observes->tables_len; i++)
		TRY(watch(job, &schema, &def->observes->tables[i], watched));
	return OK;
}

/* Approvals */

/* The column of a register of things that holds the host's name, or -1. */
static err
host_column(struct job *job, struct changing *c, const struct registry_register *things, int *ret)
{
	struct check_observe_plan *plan;
	*ret = -1;
	if (things == NULL || things->observed == NULL)
		return OK;
	TRY(NEW(job, 1, &plan));
	TRY(check_observe_plan(job, &c->schema, things, plan));
	if (plan->host_part >= 0)
		*ret = plan->matches[plan->host_part]->column;
	return OK;
}

static struct approval *
approval_find(const struct changing *c, int64_t number)
{
	for (size_t i = 0; i < c->approvals_len; i++)
		if (c->approvals[i].number == number)
			return &c->approvals[i];
	return NULL;
}

static err
add_host(struct job *job, struct approval *approval, slice name)
{
	slice *grown;
	TRY(NEW(job, approval->hosts_len + 1, &grown));
	if (approval->hosts_len > 0)
		memcpy(grown, approval->hosts, approval->hosts_len * sizeof *grown);
	grown[approval->hosts_len++] = name;
	approval->hosts = grown;
	return OK;
}

/* Every approval that names records of ${things}, with the hosts those are. */
static err
take_things(struct job *job, struct changing *c, const struct rows *links, const struct registry_register *things)
{
	struct registry_rows_of of = {.at = c->at};
	struct rows rows;
	int column;
	TRY(host_column(job, c, things, &column));
	if (column < 0)
		return OK;
	TRY(registry_rows(job, c->registry, slice_of(things->table_name), &of, &rows));
	for (size_t i = 0; i < links->len; i++) {
		const struct cell *link = links->row[i];
		struct approval *approval = slice_same(link[0].text, c->def->id) && slice_same(link[2].text, c->def->observes->covers) &&
						    slice_same(link[3].text, things->id)
						? approval_find(c, link[1].number)
						: NULL;
		for (size_t r = 0; approval != NULL && r < rows.len; r++)
			if (rows.row[r][REGISTRY_NUMBER_COLUMN].number == link[4].number)
				TRY(add_host(job, approval, rows.row[r][column].text));
	}
	return OK;
}

static err
take_covers(struct job *job, struct changing *c)
{
	const struct registry_field *covers = registry_field(c->def, c->def->observes->covers);
	struct registry_rows_of of = {.at = c->at};
	struct rows links;
	if (covers == NULL)
		return OK;
	TRY(registry_rows(job, c->registry, S("link"), &of, &links));
	for (size_t i = 0; i < links.len; i++) {
		const struct cell *link = links.row[i];
		struct approval *approval = slice_same(link[0].text, c->def->id) && slice_same(link[2].text, covers->id)
						? approval_find(c, link[1].number)
						: NULL;
		if (approval != NULL)
			approval->anywhere = false;
	}
	for (size_t i = 0; i < covers->to_len; i++)
		TRY(take_things(job, c, &links, registry_find(&c->registry->registers, covers->to[i])));
	return OK;
}

static int64_t
instant_of(const struct changing *c, const struct cell *cells, slice field_id, bool *ret_there)
{
	const struct registry_field *field = registry_field(c->def, field_id);
	*ret_there = field != NULL && !cells[field->column].null;
	return *ret_there ? cells[field->column].number : 0;
}

static bool
is_approved(const struct registry_observes *observes, slice status)
{
	for (size_t i = 0; i < observes->approved_len; i++)
		if (slice_same(observes->approved[i], status))
			return true;
	return false;
}

static err
take_approvals(struct job *job, struct changing *c)
{
	const struct registry_observes *observes = c->def->observes;
	struct registry_rows_of of = {.at = c->at};
	struct rows rows;
	TRY(registry_rows(job, c->registry, slice_of(c->def->table_name), &of, &rows));
	TRY(NEW(job, rows.len + 1, &c->approvals));
	for (size_t i = 0; i < rows.len; i++) {
		const struct cell *cells = rows.row[i];
		struct approval *approval = &c->approvals[c->approvals_len];
		bool from, to;
		if (!is_approved(observes, cells[REGISTRY_STATUS].text))
			continue;
		*approval = (struct approval){.number = cells[REGISTRY_NUMBER_COLUMN].number, .anywhere = true};
		approval->from_us = instant_of(c, cells, observes->window_from, &from);
		approval->to_us = instant_of(c, cells, observes->window_to, &to);
		approval->made_us = instant_of(c, cells, observes->made, &approval->done);
		approval->windowed = from && to;
		c->approvals_len++;
	}
	return take_covers(job, c);
}

/* Something happened between the two readings: an approval covers it when its window reaches into that time, or it was made then. */
static bool
covers_time(const struct approval *approval, const struct pair *pair)
{
	int64_t before_us = pair->before->collected_us;
	return (approval->windowed && approval->from_us <= pair->after_us && approval->to_us >= before_us) ||
	       (approval->done && approval->made_us >= before_us && approval->made_us <= pair->after_us);
}

/* One that names the host before one that names nothing. */
static const struct approval *
approval_for(const struct changing *c, const struct pair *pair)
{
	const struct approval *anywhere = NULL;
	for (size_t i = 0; i < c->approvals_len; i++) {
		const struct approval *approval = &c->approvals[i];
		if (!covers_time(approval, pair))
			continue;
		for (size_t h = 0; h < approval->hosts_len; h++)
			if (slice_same(approval->hosts[h], pair->host->name))
				return approval;
		if (approval->anywhere && anywhere == NULL)
			anywhere = approval;
	}
	return anywhere;
}

/* Rows of one reading */

static void
put_columns(struct buf *buf, const struct cell *cells, const struct table *table, const unsigned *columns, unsigned len)
{
	for (unsigned i = 0; i < len; i++) {
		const struct cell *cell = &cells[columns[i]];
		if (cell->null)
			buf_byte(buf, '\x01'); /* not known is another thing than empty */
		check_observe_match(buf, cell, table->columns[columns[i]].type);
	}
}

static int
by_line(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int order = slice_order(x->key, y->key);
	return order != 0 ? order : slice_order(x->rest, y->rest);
}

static err
fill_lines(struct job *scratch, const struct watched *watched, struct lines *lines)
{
	size_t kept = 0;
	TRY(NEW(scratch, lines->rows.len + 1, &lines->at));
	for (size_t i = 0; i < lines->rows.len; i++) {
		struct buf buf = buf_open(scratch, "a row", MAX_LINE);
		slice text;
		put_columns(&buf, lines->rows.row[i], watched->table, watched->key, watched->key_len);
		size_t key = buf.len;
		put_columns(&buf, lines->rows.row[i], watched->table, watched->compares, watched->compares_len);
		TRY(buf_end(&buf, &text));
		lines->at[i] = (struct line){slice_part(text, 0, key), slice_from(text, key), i};
	}
	if (lines->rows.len > 0)
		qsort(lines->at, lines->rows.len, sizeof *lines->at, by_line);
	for (size_t i = 0; i < lines->rows.len; i++)
		if (kept == 0 || by_line(&lines->at[kept - 1], &lines->at[i]) != 0)
			lines->at[kept++] = lines->at[i];
	lines->len = kept;
	return OK;
}

/* ${ret_good} false: erased since, or of columns of another version. */
static err
read_lines(struct job *scratch, struct ledger *ledger, const struct watched *watched, const struct ledger_reading *reading, bool *ret_good,
    struct lines *ret)
{
	slice content;
	*ret = (struct lines){0};
	*ret_good = true;
	rows_open(&ret->rows, scratch, watched->table);
	if (reading->state != READING_READ)
		return OK;
	err opened = ledger_content(scratch, ledger, &reading->digest, &content);
	if (opened.code != ERR_NONE && opened.code != ERR_MISSING)
		return opened;
	*ret_good = opened.code == ERR_NONE &&
		    rows_read(scratch, watched->table, watched->table->name, content, &ret->rows).code == ERR_NONE;
	return *ret_good ? fill_lines(scratch, watched, ret) : OK;
}

/* Differences */

enum kind { ADDED, REMOVED, CHANGED, BLIND };

struct difference {
	enum kind kind;
	const struct cell *cells;
};

static size_t
group_end(const struct lines *lines, size_t from)
{
	size_t to = from + 1;
	while (to < lines->len && slice_same(lines->at[to].key, lines->at[from].key))
		to++;
	return to;
}

static bool
groups_same(const struct lines *a, size_t from, size_t to, const struct lines *b, size_t b_from, size_t b_to)
{
	bool same = to - from == b_to - b_from;
	for (size_t i = 0; same && i < to - from; i++)
		same = slice_same(a->at[from + i].rest, b->at[b_from + i].rest);
	return same;
}

/* At most CHECK_OBSERVED_ROWS are kept; ${ret_len} counts all. */
static void
compare(const struct lines *before, const struct lines *after, struct difference *ret, size_t *ret_len)
{
	size_t i = 0, j = 0, len = 0;
	while (i < before->len || j < after->len) {
		int order = i == before->len ? 1 : j == after->len ? -1 : slice_order(before->at[i].key, after->at[j].key);
		size_t i_end = order <= 0 ? group_end(before, i) : i, j_end = order >= 0 ? group_end(after, j) : j;
		struct difference difference = {order < 0 ? REMOVED : order > 0 ? ADDED : CHANGED, NULL};
		difference.cells = order < 0 ? before->rows.row[before->at[i].row] : after->rows.row[after->at[j].row];
		if (order != 0 || !groups_same(before, i, i_end, after, j, j_end)) {
			if (len < CHECK_OBSERVED_ROWS)
				ret[len] = difference;
			len++;
		}
		i = i_end;
		j = j_end;
	}
	*ret_len = len;
}

static err
add_row(struct changing *c, const struct pair *pair, slice key, enum kind kind)
{
	static const char *const words[] = {"added", "removed", "changed", "could-not-look"};
	return rows_add(c->out, (struct cell[]){TEXT(pair->host->name), TEXT(slice_of(pair->watched->table->name)), TEXT(key), INT(pair->after_us),
				    TEXT(slice_of(words[kind])), INT(pair->before->collected_us), INT(pair->due_us),
				    pair->approval != NULL ? INT(pair->approval->number) : NIL});
}

static err
add_difference(struct job *scratch, struct changing *c, const struct pair *pair, const struct difference *difference)
{
	struct buf buf = buf_open(scratch, "a row's key", TABLE_MAX_TEXT);
	slice key;
	for (unsigned i = 0; i < pair->watched->key_len; i++) {
		const struct column *column = &pair->watched->table->columns[pair->watched->key[i]];
		const struct cell *cell = &difference->cells[pair->watched->key[i]];
		slice value = cell->null ? S("") : cell->text;
		if (!cell->null && column->type != COLUMN_TEXT)
			TRY(job_format(scratch, &value, "%lld", (long long)cell->number));
		TRY(check_observe_key(scratch, c->ledger, &buf, value, (column->flags & COLUMN_PERSONAL) != 0));
	}
	TRY(buf_end(&buf, &key));
	return add_row(c, pair, key, difference->kind);
}

/* ${ret_good} false: one of the two could not be read, so nothing is known. */
static err
compare_pair(struct job *scratch, struct changing *c, const struct pair *pair, bool *ret_good)
{
	struct lines before, after;
	struct difference *differences;
	slice key;
	size_t len;
	TRY(read_lines(scratch, c->ledger, pair->watched, pair->after, ret_good, &after));
	if (!*ret_good)
		return OK;
	TRY(read_lines(scratch, c->ledger, pair->watched, pair->before, ret_good, &before));
	if (!*ret_good)
		return OK;
	TRY(NEW(scratch, CHECK_OBSERVED_ROWS, &differences));
	compare(&before, &after, differences, &len);
	if (len > CHECK_OBSERVED_ROWS) { /* a new release of the system, say: one change, not thousands */
		TRY(job_format(scratch, &key, "%zu rows", len));
		return add_row(c, pair, key, CHANGED);
	}
	for (size_t i = 0; i < len; i++)
		TRY(add_difference(scratch, c, pair, &differences[i]));
	return OK;
}

static err
compare_readings(struct job *job, struct changing *c, struct pair *pair)
{
	struct arena_mark mark = arena_mark(c->scratch->arena);
	bool good;
	if (digest_same(&pair->before->digest, &pair->after->digest))
		return OK;
	TRY(registry_deadline_due(job, c->rule, pair->after_us, (struct registry_paused){0}, &pair->due_us));
	pair->approval = approval_for(c, pair);
	err compared = check_scratch(job, c->scratch, compare_pair(c->scratch, c, pair, &good));
	arena_rewind(c->scratch->arena, mark);
	return compared;
}

/* Back through the readings of a table */

static err
reading_at(struct job *job, const struct changing *c, const struct pair *pair, uint64_t size, struct ledger_reading **ret)
{
	struct ledger_moment at = {.size = size, .now_us = c->at.now_us};
	size_t len;
	TRY(ledger_readings(job, c->ledger, at, pair->host->id, slice_of(pair->watched->table->name), ret, &len));
	if (len == 0)
		*ret = NULL;
	return OK;
}

/* The end of the collection that first showed ${reading}'s content. */
static err
first_shown(struct job *job, const struct changing *c, const struct pair *pair, const struct ledger_reading *reading, int64_t *ret)
{
	struct ledger_reading *first;
	TRY(reading_at(job, c, pair, reading->changed_entry + 1, &first));
	*ret = first != NULL ? first->collected_us : reading->collected_us;
	return OK;
}

/* What nobody could look at may have changed: said from the collection on since when that is so, or from the newest when the table was never collected. */
static err
add_blind(struct job *job, struct changing *c, struct pair *pair, const struct ledger_reading *reading)
{
	struct ledger_reading *before = NULL, none = {.collected_us = pair->host->last_seen_us};
	pair->after_us = pair->host->last_seen_us;
	if (reading != NULL) {
		TRY(first_shown(job, c, pair, reading, &pair->after_us));
		TRY(reading_at(job, c, pair, reading->changed_entry, &before));
		none.collected_us = pair->after_us;
	}
	pair->before = before != NULL ? before : &none;
	TRY(registry_deadline_due(job, c->rule, pair->after_us, (struct registry_paused){0}, &pair->due_us));
	TRY(add_row(c, pair, S(""), BLIND));
	*pair = (struct pair){.watched = pair->watched, .host = pair->host};
	return OK;
}

static err
walk(struct job *job, struct changing *c, const struct ledger_host *host, const struct watched *watched)
{
	struct pair pair = {.watched = watched, .host = host};
	struct ledger_reading *reading;
	TRY(reading_at(job, c, &pair, c->at.size, &reading));
	if (reading == NULL || reading->state == READING_COULD_NOT_LOOK)
		TRY(add_blind(job, c, &pair, reading));
	for (size_t pairs = 0; reading != NULL && pairs < CHECK_OBSERVED_PAIRS; pairs++) {
		int64_t first_us;
		TRY(first_shown(job, c, &pair, reading, &first_us));
		if (reading->state != READING_COULD_NOT_LOOK) { /* else what came before it is compared with what came after */
			pair.before = reading;
			if (pair.after != NULL)
				TRY(compare_readings(job, c, &pair));
			pair.after = reading;
			pair.after_us = first_us;
		}
		if (first_us < c->at.now_us - CHECK_OBSERVED_DAYS * DAY_US)
			return OK;
		TRY(reading_at(job, c, &pair, reading->changed_entry, &reading));
	}
	return OK;
}

static err
walk_all(struct job *job, struct changing *c)
{
	struct ledger_host *hosts;
	size_t len;
	TRY(ledger_hosts(job, c->ledger, c->at, &hosts, &len));
	for (size_t i = 0; i < len; i++) {
		if (hosts[i].state != LEDGER_HOST_ACCEPTED || hosts[i].last_seen_us == 0)
			continue;
		job_progress(job, "looking for changes", i, len);
		for (size_t t = 0; t < c->def->observes->tables_len; t++)
			TRY(walk(job, c, &hosts[i], &c->watched[t]));
	}
	return OK;
}

static err
changes_of(struct job *job, struct changing *c, const char *source_dir)
{
	const struct registry_observes *observes = c->def->observes;
	TRY(check_schema_open(job, source_dir, &c->schema));
	c->rule = registry_deadline_find(&c->registry->rules, observes->deadline);
	if (c->rule == NULL)
		return yaml_refuse(job, observes->node, "deadline: there is no deadline \"%.*s\"", SLICE(observes->deadline));
	TRY(NEW(job, observes->tables_len, &c->watched));
	for (size_t i = 0; i < observes->tables_len; i++)
		TRY(watch(job, &c->schema, &observes->tables[i], &c->watched[i]));
	TRY(take_approvals(job, c));
	return walk_all(job, c);
}

err
check_observed_changes(struct job *job, struct ledger *ledger, const struct registry *registry, const char *source_dir, struct ledger_moment at,
    struct rows *ret)
{
	DEFER(arena_close_at) struct arena *arena = arena_open("observed changes", CHECK_OBSERVED_MEMORY);
	struct changing c = {.ledger = ledger, .registry = registry, .at = at};
	struct rows rows;
	struct job scratch;
	if (arena == NULL)
		return err_set(job, ERR_LIMIT, "observed changes: the system has no memory");
	job_init(&scratch, arena);
	rows_open(&rows, job, &registry_observed_change_table);
	c.scratch = &scratch;
	c.out = &rows;
	for (size_t i = 0; i < registry->registers.len; i++) {
		c.def = &registry->registers.at[i];
		if (c.def->observes != NULL)
			TRY(changes_of(job, &c, source_dir));
	}
	*ret = rows;
	return OK;
}
