/*
 * One check asked of one host's facts. What could not be looked at is said before anything is asked: it is never pass.
 */
#include "check/check_priv.h"

#include <string.h>

#include "base/buf.h"

const struct cell *
check_facts_reading(const struct check_facts *facts, slice table)
{
	for (size_t i = 0; i < facts->readings->len; i++)
		if (slice_same(facts->readings->row[i][0].text, table))
			return facts->readings->row[i];
	return NULL;
}

static err
note_tables(struct job *job, const struct query_ask *ask, const struct check_schema *schema, slice *tables, size_t *len)
{
	const struct query_read *reads;
	size_t reads_len = query_ask_reads(ask, &reads);
	for (size_t i = 0; i < reads_len; i++) {
		bool there = check_schema_find(schema, reads[i].table) == NULL; /* host and reading are always there */
		for (size_t t = 0; t < *len; t++)
			there = there || slice_same(tables[t], reads[i].table);
		if (there)
			continue;
		if (*len == CHECK_MAX_TABLES)
			return err_set(job, ERR_LIMIT, "a check reads at most %d tables", CHECK_MAX_TABLES);
		tables[(*len)++] = reads[i].table;
	}
	return OK;
}

err
check_ask_tables(struct job *job, struct query *query, const struct check_schema *schema, const char *sql, slice *tables, size_t *len)
{
	DEFER(query_ask_close_at) struct query_ask *ask = NULL;
	TRY(query_ask_open(job, query, sql, &ask));
	return note_tables(job, ask, schema, tables, len);
}

bool
check_skipped(const struct check *check, const struct check_profile *profile, slice *ret_reason)
{
	bool listed = check->profiles_len == 0 || profile == NULL;
	for (size_t i = 0; i < check->profiles_len && profile != NULL; i++)
		listed = listed || slice_same(check->profiles[i], profile->id);
	if (!listed) {
		*ret_reason = S("this kind of machine is not asked");
		return true;
	}
	for (size_t i = 0; profile != NULL && i < profile->skips_len; i++)
		if (slice_same(profile->skips[i].what, check->id)) {
			*ret_reason = profile->skips[i].value;
			return true;
		}
	return false;
}

/* A table that could not be read, was never read, or is too old, in one sentence; false when all are there. */
static err
find_blind_spot(struct job *job, const struct check_facts *facts, const struct check *check, const slice *tables, size_t len,
    int64_t now_us, bool *ret_blind, slice *ret)
{
	*ret_blind = true;
	for (size_t i = 0; i < len; i++) {
		const struct cell *reading = check_facts_reading(facts, tables[i]);
		if (reading == NULL)
			return job_format(job, ret, "%.*s was never collected from this host", SLICE(tables[i]));
		if (slice_same(reading[1].text, S("could-not-look")))
			return job_format(job, ret, "%.*s: %.*s", SLICE(tables[i]), SLICE(reading[2].text));
		if (instant_after(reading[4].number, check->max_age) < now_us) {
			struct buf buf = buf_open(job, "age", 1 * KIB);
			slice age;
			duration_words(&buf, now_us - reading[4].number);
			TRY(buf_end(&buf, &age));
			return job_format(job, ret, "%.*s was last read %.*s ago, which is too old to judge", SLICE(tables[i]), SLICE(age));
		}
	}
	*ret_blind = false;
	return OK;
}

static err
bind(struct job *job, struct query_ask *ask, const struct check *check, const struct check_profile *profile, int64_t now_us)
{
	TRY(query_ask_bind_int(job, ask, ":now", now_us));
	for (size_t i = 0; i < check->params_len; i++) {
		slice value = check_param_value(check, &check->params[i], profile), name;
		int64_t number;
		TRY(job_format(job, &name, ":%.*s", SLICE(check->params[i].name)));
		if (check->params[i].number && slice_i64(value, &number))
			TRY(query_ask_bind_int(job, ask, name.at, number));
		else
			TRY(query_ask_bind_text(job, ask, name.at, value));
	}
	return OK;
}

static err
personal_columns(struct job *job, const struct query_ask *ask, const struct check_schema *schema, const bool **ret)
{
	const struct query_column *columns;
	size_t len = query_ask_columns(ask, &columns);
	bool *personal;
	TRY(NEW(job, len + 1, &personal));
	for (size_t i = 0; i < len; i++) {
		const struct table *table = check_schema_find(schema, columns[i].from_table);
		int at = table != NULL ? table_column(table, columns[i].from_column) : -1;
		personal[i] = at >= 0 && (table->columns[at].flags & COLUMN_PERSONAL) != 0;
	}
	*ret = personal;
	return OK;
}

/* A long text is cut: what a hostile host wrote into one file name must not fill the answer. */
static err
keep_text(struct job *job, slice text, slice *ret)
{
	text = slice_part(text, 0, slice_find(text, '\0')); /* facts have none, char(0) has; JSON does not take it */
	slice cut = check_text_cut(text, CHECK_MAX_CELL);
	if (cut.len == text.len)
		return job_copy(job, text, ret);
	return job_format(job, ret, "%.*s…", SLICE(cut));
}

static err
keep_row(struct job *job, const struct cell *cells, const bool *is_text, struct check_row *row)
{
	TRY(NEW(job, row->len + 1, &row->cells));
	TRY(NEW(job, row->len + 1, &row->is_text));
	for (size_t i = 0; i < row->len; i++) {
		row->cells[i] = cells[i];
		row->is_text[i] = is_text[i];
		if (!cells[i].null && is_text[i])
			TRY(keep_text(job, cells[i].text, &row->cells[i].text));
	}
	return OK;
}

static size_t
row_bytes(const struct cell *cells, size_t len)
{
	size_t bytes = 0;
	for (size_t i = 0; i < len; i++)
		bytes += cells[i].text.len < CHECK_MAX_CELL ? cells[i].text.len : CHECK_MAX_CELL;
	return bytes;
}

static err
gather(struct job *job, struct query_ask *ask, const struct check_schema *schema, struct check_answer *ret)
{
	struct check_row shape = {0};
	bool more = true;
	shape.len = query_ask_columns(ask, &shape.columns);
	TRY(personal_columns(job, ask, schema, &shape.personal));
	while (more) {
		const struct cell *cells;
		const bool *is_text;
		TRY(query_ask_next(job, ask, &more, &cells, &is_text));
		if (!more)
			break;
		if (ret->rows == NULL)
			TRY(NEW(job, CHECK_MAX_FINDINGS, &ret->rows));
		/* Once one is left out all that follow are, so that the same facts always keep the same rows. */
		bool room = ret->len == ret->total && ret->len < CHECK_MAX_FINDINGS;
		size_t bytes = row_bytes(cells, shape.len);
		ret->total++;
		if (!room || (ret->len > 0 && ret->bytes + bytes > CHECK_MAX_ROWS))
			continue;
		ret->bytes += bytes;
		ret->rows[ret->len] = shape;
		TRY(keep_row(job, cells, is_text, &ret->rows[ret->len++]));
	}
	return OK;
}

static err
any_row(struct job *job, struct query_ask *ask, bool *ret)
{
	const struct cell *cells;
	const bool *is_text;
	return query_ask_next(job, ask, ret, &cells, &is_text);
}

err
check_answer_keep(struct job *job, struct check_answer *answer, size_t len)
{
	answer->len = len;
	if (answer->total <= len)
		return OK;
	return job_format(job, &answer->reason, "%zu rows are wrong; the first %zu are kept as findings", answer->total, len);
}

/* The check's own question of what it could not look at: the first row's first column says why. */
static err
ask_blind(struct job *job, const struct check_facts *facts, const struct check *check, const struct check_profile *profile, int64_t now_us,
    bool *ret_blind, slice *ret_why)
{
	DEFER(query_ask_close_at) struct query_ask *ask = NULL;
	const struct cell *cells;
	const bool *is_text;
	TRY(query_ask_open(job, facts->query, check->blind, &ask));
	TRY(bind(job, ask, check, profile, now_us));
	TRY(query_ask_next(job, ask, ret_blind, &cells, &is_text));
	if (!*ret_blind)
		return OK;
	if (cells[0].null || !is_text[0])
		*ret_why = S("the check says that it could not look");
	else
		TRY(keep_text(job, cells[0].text, ret_why));
	return OK;
}

static err
ask_both(struct job *job, const struct check_facts *facts, const struct check_schema *schema, const struct check *check,
    const struct check_profile *profile, int64_t now_us, struct check_answer *ret)
{
	DEFER(query_ask_close_at) struct query_ask *applies = NULL;
	DEFER(query_ask_close_at) struct query_ask *query = NULL;
	slice tables[CHECK_MAX_TABLES];
	size_t len = 0;
	bool blind, any;
	TRY(query_ask_open(job, facts->query, check->applies, &applies));
	TRY(query_ask_open(job, facts->query, check->query, &query));
	TRY(note_tables(job, applies, schema, tables, &len));
	TRY(note_tables(job, query, schema, tables, &len));
	TRY(find_blind_spot(job, facts, check, tables, len, now_us, &blind, &ret->reason));
	ret->verdict = LEDGER_COULD_NOT_LOOK;
	if (blind)
		return OK;
	TRY(bind(job, applies, check, profile, now_us));
	TRY(any_row(job, applies, &any));
	if (!any) {
		ret->verdict = LEDGER_NOT_APPLICABLE;
		return OK;
	}
	TRY(bind(job, query, check, profile, now_us));
	TRY(gather(job, query, schema, ret));
	ret->verdict = ret->total > 0 ? LEDGER_FAIL : LEDGER_PASS;
	if (ret->verdict == LEDGER_PASS && check->blind != NULL) { /* what is known to be wrong is wrong, whatever else could not be seen */
		TRY(ask_blind(job, facts, check, profile, now_us, &blind, &ret->reason));
		if (blind)
			ret->verdict = LEDGER_COULD_NOT_LOOK;
		return OK;
	}
	return check_answer_keep(job, ret, ret->len);
}

err
check_ask(struct job *job, const struct check_facts *facts, const struct check_schema *schema, const struct check *check,
    const struct check_profile *profile, int64_t now_us, struct check_answer *ret)
{
	*ret = (struct check_answer){0};
	if (check_skipped(check, profile, &ret->reason)) {
		ret->verdict = LEDGER_NOT_APPLICABLE;
		return OK;
	}
	err asked = ask_both(job, facts, schema, check, profile, now_us, ret);
	if (asked.code == ERR_NONE)
		return OK;
	/* A question that breaks (a limit, a table that changed its columns) is one check's could-not-look, not the run's end. */
	slice why;
	TRY(job_copy(job, slice_of(job->why), &why));
	*ret = (struct check_answer){.verdict = LEDGER_COULD_NOT_LOOK, .reason = why};
	return OK;
}

err
check_profile_detect(
    struct job *job, const struct check_facts *facts, const struct checks *checks, bool services, const struct check_profile **ret)
{
	const struct check_profile *otherwise = NULL;
	for (size_t i = 0; i < checks->profiles_len; i++) {
		DEFER(query_ask_close_at) struct query_ask *ask = NULL;
		bool any = false;
		if (checks->profiles[i].services != services)
			continue;
		if (checks->profiles[i].otherwise)
			otherwise = &checks->profiles[i];
		if (checks->profiles[i].detect == NULL)
			continue;
		TRY(query_ask_open(job, facts->query, checks->profiles[i].detect, &ask));
		TRY(any_row(job, ask, &any));
		if (any) {
			*ret = &checks->profiles[i];
			return OK;
		}
	}
	*ret = otherwise;
	return OK;
}
