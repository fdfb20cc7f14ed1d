/*
 * The population of a sample from the ledger as it stood at a moment: for freezing it, and for asking later whether anything was left out.
 * Deliberately does not: draw (registry_sample.c).
 */
#include "registry/registry_sample.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

#define MAX_WHERE 2000

const char *const registry_sample_fault_words[] = {"left out", "not in the ledger", "different", NULL};

/* Where the rows come from, and which columns mean what. */
struct source {
	struct registry_register def; /* the register, or one that only has the ledger's table */
	struct rows rows;
	bool records;
	int id, entry, version, when, strata; /* columns or -1 */
	struct registry_filter *filters;
	size_t filters_len;
};

static err
open_records(struct job *job, const struct registry *registry, const struct registry_sample *sample, struct source *source)
{
	const struct registry_register *def = registry_find(&registry->registers, sample->of);
	struct registry_rows_of of = {.at = {.size = sample->ledger_size, .now_us = sample->taken_us}};
	if (def == NULL)
		return err_set(job, ERR_INPUT, "a sample is of a register, of " REGISTRY_SAMPLE_FINDINGS " or of " REGISTRY_SAMPLE_ENTRIES ", found \"%.*s\"",
		    SLICE(slice_part(sample->of, 0, 60)));
	source->def = *def;
	source->records = true;
	source->id = REGISTRY_NUMBER_COLUMN;
	source->version = REGISTRY_VERSION;
	source->when = REGISTRY_MADE;
	return registry_rows(job, registry, slice_of(def->table_name), &of, &source->rows);
}

static err
open_table(struct job *job, const struct registry *registry, const struct registry_sample *sample, const char *table, const char *when,
    struct source *source)
{
	struct ledger_moment at = {.size = sample->ledger_size, .now_us = sample->taken_us};
	TRY(ledger_table(job, registry->ledger, at, slice_of(table), &source->rows));
	source->def = (struct registry_register){.id = sample->of, .table = *source->rows.table};
	source->id = table_column(source->rows.table, S("id"));
	source->entry = table_column(source->rows.table, S("entry"));
	source->when = table_column(source->rows.table, slice_of(when));
	return OK;
}

/* The file is kept for as long as the ledger: persons stand in it as tokens, and what else is about people not at all. */
static err
need_impersonal(struct job *job, const struct source *source, slice name)
{
	const struct registry_field *field = registry_field(&source->def, name);
	int column = table_column(&source->def.table, name);
	unsigned flags = column >= 0 ? source->def.table.columns[column].flags : 0;
	if ((flags & COLUMN_TOKEN) != 0 || ((flags & COLUMN_PERSONAL) == 0 && (field == NULL || !field->personal)))
		return OK;
	return err_set(job, ERR_INPUT, "%.*s says something about people: a sample is not chosen by it", SLICE(name));
}

static err
open_strata(struct job *job, const struct registry_sample *sample, struct source *source)
{
	if (sample->strata.len == 0)
		return OK;
	source->strata = table_column(&source->def.table, sample->strata);
	if (source->strata < 0)
		return err_set(job, ERR_INPUT, "%.*s has no column \"%.*s\" to make strata of", SLICE(sample->of), SLICE(slice_part(sample->strata, 0, 60)));
	return need_impersonal(job, source, sample->strata);
}

/* Tests about persons name their tokens: whoever is erased is erased from here too. */
static err
unname(struct job *job, const struct source *source, slice where, slice *ret)
{
	static const char *const words[] = {"=", "!=", "<", "<=", ">", ">=", "~"};
	struct buf buf = buf_open(job, "tests", 16 * KIB);
	slice rest = where, one;
	for (size_t i = 0; i < source->filters_len && slice_cut(&rest, ',', &one); i++) {
		const struct registry_filter *filter = &source->filters[i];
		int column = table_column(&source->def.table, filter->column);
		buf_text(&buf, i > 0 ? "," : "");
		if (column >= 0 && (source->def.table.columns[column].flags & COLUMN_TOKEN) != 0 && filter->value.text.len > 0)
			buf_printf(&buf, "%.*s%s{person:%.*s}", SLICE(filter->column), words[filter->compare], SLICE(filter->value.text));
		else
			buf_add(&buf, slice_trim(one));
	}
	return buf_end(&buf, ret);
}

static err
open_filters(struct job *job, const struct registry *registry, struct registry_sample *sample, struct source *source)
{
	slice escaped;
	struct buf buf = buf_open(job, "tests", 16 * KIB);
	int64_t now_us = job->now_us;
	if (sample->where.len == 0)
		return OK;
	text_terminal(&buf, sample->where, false);
	TRY(buf_end(&buf, &escaped));
	if (sample->where.len > MAX_WHERE || !slice_same(escaped, sample->where))
		return err_set(job, ERR_INPUT, "the tests of a sample are one line of at most %d bytes", MAX_WHERE);
	job->now_us = sample->taken_us; /* =today is the day it was taken */
	err parsed = registry_filter_parse(job, registry, &source->def, sample->where, &source->filters, &source->filters_len);
	job->now_us = now_us;
	TRY(parsed);
	for (size_t i = 0; i < source->filters_len; i++)
		TRY(need_impersonal(job, source, source->filters[i].column));
	return unname(job, source, sample->where, &sample->where);
}

static err
open_source(struct job *job, const struct registry *registry, struct registry_sample *sample, struct source *source)
{
	*source = (struct source){.id = -1, .entry = -1, .version = -1, .when = -1, .strata = -1};
	if (slice_same(sample->of, S(REGISTRY_SAMPLE_FINDINGS)))
		TRY(open_table(job, registry, sample, "finding", "first_seen", source));
	else if (slice_same(sample->of, S(REGISTRY_SAMPLE_ENTRIES)))
		TRY(open_table(job, registry, sample, "entry", "received", source));
	else
		TRY(open_records(job, registry, sample, source));
	TRY(open_strata(job, sample, source));
	return open_filters(job, registry, sample, source);
}

/* Tests, as lists make them in SQL: nothing known passes no test but those for it. */

static bool
holds(slice text, slice part)
{
	for (size_t i = 0; i + part.len <= text.len; i++)
		if (slice_same_nocase(slice_part(text, i, part.len), part))
			return true;
	return false;
}

static bool
compares(enum registry_compare compare, int order)
{
	switch (compare) {
	case REGISTRY_IS:
		return order == 0;
	case REGISTRY_IS_NOT:
		return order != 0;
	case REGISTRY_LESS:
		return order < 0;
	case REGISTRY_LESS_OR_IS:
		return order <= 0;
	case REGISTRY_MORE:
		return order > 0;
	case REGISTRY_MORE_OR_IS:
		return order >= 0;
	default:
		return false;
	}
}

static bool
passes(const struct source *source, const struct registry_filter *filter, const struct cell *cells)
{
	int at = table_column(&source->def.table, filter->column);
	const struct cell *cell = &cells[at];
	if (filter->value.null)
		return filter->compare == REGISTRY_IS_NOT ? !cell->null : cell->null;
	if (cell->null)
		return false;
	if (source->def.table.columns[at].type == COLUMN_TEXT)
		return filter->compare == REGISTRY_HOLDS ? holds(cell->text, filter->value.text)
							 : compares(filter->compare, slice_order(cell->text, filter->value.text));
	if (filter->compare == REGISTRY_HOLDS) {
		char number[24], part[24];
		snprintf(number, sizeof number, "%lld", (long long)cell->number);
		snprintf(part, sizeof part, "%lld", (long long)filter->value.number);
		return holds(slice_of(number), slice_of(part));
	}
	return compares(filter->compare, (cell->number > filter->value.number) - (cell->number < filter->value.number));
}

static bool
belongs(const struct registry_sample *sample, const struct source *source, const struct cell *cells)
{
	int64_t when = cells[source->when].number;
	if ((sample->from_us != 0 && when < sample->from_us) || (sample->to_us != 0 && when >= sample->to_us))
		return false;
	for (size_t i = 0; i < source->filters_len; i++)
		if (!passes(source, &source->filters[i], cells))
			return false;
	return true;
}

/* Items */

static err
stratum_of(struct job *job, const struct source *source, const struct cell *cells, slice *ret)
{
	const struct cell *cell = source->strata < 0 ? NULL : &cells[source->strata];
	struct buf buf = buf_open(job, "a stratum", TABLE_MAX_TEXT * 8);
	*ret = S("");
	if (cell == NULL || cell->null)
		return OK;
	enum column_type type = source->def.table.columns[source->strata].type;
	if (type == COLUMN_TEXT)
		text_terminal(&buf, cell->text, false);
	else if (type == COLUMN_TIME)
		buf_text(&buf, instant_text(cell->number).at);
	else
		buf_i64(&buf, cell->number);
	return buf_end(&buf, ret);
}

static err
item_of(struct job *job, const struct source *source, const struct cell *cells, struct registry_sample_item *ret)
{
	ret->version = source->version >= 0 ? cells[source->version].number : 1;
	TRY(stratum_of(job, source, cells, &ret->stratum));
	if (source->records)
		return job_format(job, &ret->id, "%.*s/%lld", SLICE(source->def.id), (long long)cells[source->id].number);
	if (source->id >= 0)
		return job_format(
		    job, &ret->id, "finding/%.*s/%lld", SLICE(cells[source->id].text), (long long)cells[source->entry].number);
	return job_format(job, &ret->id, "entry/%lld", (long long)cells[source->entry].number);
}

err
registry_sample_population(struct job *job, const struct registry *registry, struct registry_sample *sample)
{
	struct source source;
	size_t len = 0;
	TRY(open_source(job, registry, sample, &source));
	for (size_t i = 0; i < source.rows.len; i++)
		len += belongs(sample, &source, source.rows.row[i]);
	if (len > REGISTRY_SAMPLE_MAX)
		return err_set(job, ERR_LIMIT, "a population holds at most %d, found %zu: narrow it by --where, --from or --to", REGISTRY_SAMPLE_MAX, len);
	TRY(NEW(job, len + 1, &sample->items));
	sample->len = 0;
	for (size_t i = 0; i < source.rows.len; i++)
		if (belongs(sample, &source, source.rows.row[i]))
			TRY(item_of(job, &source, source.rows.row[i], &sample->items[sample->len++]));
	return OK;
}

/* Completeness */

static int
item_order(const void *a, const void *b)
{
	return slice_order(((const struct registry_sample_item *)a)->id, ((const struct registry_sample_item *)b)->id);
}

static err
sorted(struct job *job, const struct registry_sample *sample, struct registry_sample_item **ret)
{
	TRY(NEW(job, sample->len + 1, ret));
	for (size_t i = 0; i < sample->len; i++)
		(*ret)[i] = sample->items[i];
	if (sample->len > 0)
		qsort(*ret, sample->len, sizeof **ret, item_order);
	return OK;
}

err
registry_sample_compare(struct job *job, const struct registry *registry, const struct registry_sample *sample,
    struct registry_sample_difference **ret, size_t *ret_len)
{
	struct registry_sample then = *sample;
	struct registry_sample_item *frozen, *held;
	size_t len = 0;
	TRY(registry_sample_population(job, registry, &then));
	TRY(sorted(job, sample, &frozen));
	TRY(sorted(job, &then, &held));
	TRY(NEW(job, sample->len + then.len + 1, ret));
	for (size_t f = 0, h = 0; f < sample->len || h < then.len;) {
		int order = f == sample->len ? 1 : h == then.len ? -1 : slice_order(frozen[f].id, held[h].id);
		struct registry_sample_difference difference = {.id = order <= 0 ? frozen[f].id : held[h].id};
		bool same = order == 0 && frozen[f].version == held[h].version && slice_same(frozen[f].stratum, held[h].stratum);
		difference.fault = order < 0 ? REGISTRY_SAMPLE_EXTRA : order > 0 ? REGISTRY_SAMPLE_MISSING : REGISTRY_SAMPLE_OTHER;
		difference.frozen_version = order <= 0 ? frozen[f].version : 0;
		difference.ledger_version = order >= 0 ? held[h].version : 0;
		f += order <= 0;
		h += order >= 0;
		if (!same)
			(*ret)[len++] = difference;
	}
	*ret_len = len;
	return OK;
}
