/*
 * One host's facts as a database in memory holding nothing else, and every wanted check asked of it.
 */
#include "check/check_priv.h"

#include "registry/registry_table.h"

static err
reading_rows(struct job *job, const struct check_question *question, struct rows *ret)
{
	rows_open(ret, job, &check_reading_table);
	for (size_t i = 0; i < question->readings_len; i++) {
		const struct ledger_reading *reading = &question->readings[i];
		TRY(rows_add(ret, (struct cell[]){TEXT(reading->table), TEXT(slice_of(reading_words[reading->state])),
				      TEXT(reading->reason), INT((int64_t)reading->rows), INT(reading->collected_us)}));
	}
	return OK;
}

/* A table whose kept bytes no longer fit today's columns (an older version made them) could not be looked at, rather than stopping the
 * host. */
static err
load_table(struct job *job, struct query *query, const struct table *table, const struct check_question *question, struct rows *readings)
{
	struct rows rows;
	rows_open(&rows, job, table);
	for (size_t i = 0; i < question->readings_len; i++) {
		struct cell *reading = readings->row[i];
		if (!slice_same(question->readings[i].table, slice_of(table->name)) || question->readings[i].state != READING_READ)
			continue;
		slice why;
		if (question->contents[i].len == 0)
			why = S("what was read is erased");
		else if (rows_read(job, table, table->name, question->contents[i], &rows).code == ERR_NONE)
			continue;
		else
			TRY(job_copy(job, slice_of(job->why), &why));
		rows_open(&rows, job, table);
		reading[1].text = S("could-not-look");
		reading[2].text = why;
	}
	return query_table(job, query, &rows);
}

static err
load_host(struct job *job, struct query *query, const struct check_question *question)
{
	struct rows rows;
	rows_open(&rows, job, &check_host_table);
	TRY(rows_add(&rows, (struct cell[]){TEXT(question->host_id), TEXT(question->host_name), INT(question->first_seen_us),
				INT(question->last_seen_us)}));
	return query_table(job, query, &rows);
}

/* Registers of a service: nothing of a host is there. */
static err
open_records(struct job *job, const struct check_question *question, struct rows *readings, struct query *query)
{
	const struct registry_registers *registers = question->schema->registers;
	for (size_t i = 0; registers != NULL && i < registers->len; i++)
		TRY(load_table(job, query, &registers->at[i].table, question, readings));
	for (size_t i = 0; registry_shared_tables[i] != NULL; i++)
		TRY(load_table(job, query, registry_shared_tables[i], question, readings));
	return query_lock(job, query);
}

static err
open_facts(struct job *job, const struct check_question *question, struct rows *readings, struct query **ret)
{
	TRY(reading_rows(job, question, readings));
	TRY(query_open(job, NULL, ret));
	if (question->records)
		return open_records(job, question, readings, *ret);
	for (const struct table *const *table = collect_schema(); *table != NULL; table++)
		TRY(load_table(job, *ret, *table, question, readings));
	for (size_t i = 0; i < question->schema->dropins_len; i++)
		TRY(load_table(job, *ret, &question->schema->dropins[i].table, question, readings));
	TRY(load_host(job, *ret, question));
	TRY(query_table(job, *ret, readings)); /* last: loading may have changed a state */
	return query_lock(job, *ret);
}

bool
check_wanted(const struct check_question *question, const struct check *check)
{
	if ((check->registry.len > 0) != question->records)
		return false;
	for (size_t i = 0; i < question->only_len; i++)
		if (slice_same(question->only[i], check->id))
			return true;
	return question->only_len == 0;
}

static err
ask_all(struct job *job, const struct check_facts *facts, const struct check_question *question, const struct checks *checks,
    const struct check_profile *profile, struct check_reply *ret)
{
	size_t bytes = 0;
	TRY(NEW(job, checks->len + 1, &ret->at));
	for (size_t i = 0; i < checks->len; i++) {
		struct check_answer answer;
		if (!check_wanted(question, &checks->at[i]))
			continue;
		TRY(check_ask(job, facts, question->schema, &checks->at[i], profile, question->now_us, &answer));
		if (answer.len > 1 && bytes + answer.bytes > CHECK_MAX_REPLY)
			TRY(check_answer_keep(job, &answer, 1));
		else
			bytes += answer.bytes;
		ret->at[ret->len++] = (struct check_reply_row){.check = checks->at[i].id,
		    .verdict = answer.verdict,
		    .reason = answer.reason,
		    .rows = answer.rows,
		    .rows_len = answer.len};
	}
	return OK;
}

err
check_reply_here(struct job *job, const struct check_question *question, const struct checks *checks, struct check_reply *ret)
{
	DEFER(query_close_at) struct query *query = NULL;
	const struct check_profile *profile = NULL;
	struct rows readings;
	*ret = (struct check_reply){0};
	TRY(open_facts(job, question, &readings, &query));
	struct check_facts facts = {.query = query, .readings = &readings};
	if (question->profile.len > 0) {
		profile = check_profile_find(checks, question->profile);
		if (profile == NULL)
			return err_set(job, ERR_INPUT, "there is no profile \"%.*s\" in content/profile", SLICE(question->profile));
	} else
		TRY(check_profile_detect(job, &facts, checks, question->records, &profile));
	if (profile != NULL)
		TRY(job_copy(job, profile->id, &ret->profile));
	return ask_all(job, &facts, question, checks, profile, ret);
}

err
check_tables(struct job *job, struct checks *checks, const char *source_dir)
{
	DEFER(query_close_at) struct query *query = NULL;
	struct check_schema schema;
	TRY(check_schema_open(job, source_dir, &schema));
	schema.registers = checks->registers;
	TRY(check_schema_query(job, &schema, &query));
	for (size_t i = 0; i < checks->len; i++) {
		struct check *check = &checks->at[i];
		TRY(NEW(job, CHECK_MAX_TABLES, &check->tables));
		check->tables_len = 0;
		err read = check_ask_tables(job, query, &schema, check->applies, check->tables, &check->tables_len);
		if (read.code == ERR_NONE)
			read = check_ask_tables(job, query, &schema, check->query, check->tables, &check->tables_len);
		if (read.code != ERR_NONE)
			return err_prefix(job, read, "%s:%u: %.*s", check->node->file, check->node->line, SLICE(check->id));
	}
	return OK;
}
