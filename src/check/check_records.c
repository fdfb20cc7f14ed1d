/*
 * Asking registers: the records of one service, and those of no service, as a database holding nothing else.
 * Deliberately knows no register: which one holds the services is the definitions' to say.
 */
#include "check/check_priv.h"

#include <string.h>

#include "check/check_observe.h"
#include "registry/registry_table.h"

/* What is asked about when there is no service yet: an id that no record has. */
#define NO_SERVICE S("00000000000000000000000000000000")

struct subject {
	slice uid, name;
	int64_t number; /* 0: all records */
};

/* The services in use; one for everything when there are none. */
static err
subjects_of(struct job *job, const struct registry *registry, struct ledger_moment now, struct subject **ret, size_t *ret_len)
{
	const struct registry_register *scope = registry->scope;
	struct ledger_record *bases;
	size_t len = 0;
	TRY(NEW(job, CHECK_MAX_SERVICES + 1, ret));
	*ret_len = 0;
	if (scope != NULL)
		TRY(ledger_records(job, registry->ledger, now, scope->id, &bases, &len));
	for (size_t i = 0; i < len; i++) {
		struct registry_record record;
		int state = registry_state(scope, bases[i].status);
		if (state >= 0 && scope->states[state].end)
			continue;
		if (*ret_len == CHECK_MAX_SERVICES)
			return err_set(job, ERR_LIMIT, "registers are asked for at most %d services", CHECK_MAX_SERVICES);
		TRY(registry_record_of(job, scope, &bases[i], &record));
		(*ret)[(*ret_len)++] = (struct subject){.uid = record.base.uid, .name = record.label, .number = record.base.number};
	}
	if (*ret_len == 0)
		(*ret)[(*ret_len)++] = (struct subject){.uid = NO_SERVICE, .name = S("registers")};
	return OK;
}

/* What hosts show, beside the registers: the same for every service. Could not look is said, never an empty table. */
struct observed {
	const struct table *table;
	struct ledger_reading reading;
	slice content;
};

struct asking {
	const struct observed *observed;
	size_t observed_len;
	const struct registry *registry;
	struct registry_rows_of of;
	struct ledger_reading *readings;
	slice *contents;
	size_t len;
};

static err
add_table(struct job *job, struct asking *asking, const char *name)
{
	struct rows rows;
	TRY(registry_rows(job, asking->registry, slice_of(name), &asking->of, &rows));
	rows_sort(&rows);
	TRY(rows_write(job, &rows, 0, &asking->contents[asking->len]));
	asking->readings[asking->len++] = (struct ledger_reading){
	    .table = slice_of(name), .state = READING_READ, .reason = S(""), .rows = rows.len, .collected_us = asking->of.at.now_us};
	return OK;
}

static err
tables_of(struct job *job, struct asking *asking)
{
	const struct registry_registers *registers = &asking->registry->registers;
	size_t room = registers->len + 8;
	TRY(NEW(job, room, &asking->readings));
	TRY(NEW(job, room, &asking->contents));
	for (size_t i = 0; i < registers->len; i++)
		TRY(add_table(job, asking, registers->at[i].table_name));
	for (size_t i = 0; registry_shared_tables[i] != NULL; i++) {
		const struct observed *seen = NULL;
		for (size_t o = 0; o < asking->observed_len; o++)
			if (asking->observed[o].table == registry_shared_tables[i])
				seen = &asking->observed[o];
		if (seen == NULL) {
			TRY(add_table(job, asking, registry_shared_tables[i]->name));
			continue;
		}
		asking->readings[asking->len] = seen->reading;
		asking->contents[asking->len++] = seen->content;
	}
	return OK;
}

typedef err (*observe)(struct job *job, struct ledger *ledger, const struct registry *registry, const char *source_dir, struct ledger_moment at,
    struct rows *ret);

static err
look(struct job *job, struct ledger *ledger, const struct check_run_options *options, struct ledger_moment now, observe how, const struct table *table,
    struct observed *ret)
{
	struct rows rows;
	*ret = (struct observed){.table = table,
	    .reading = {.table = slice_of(table->name), .state = READING_READ, .reason = S(""), .collected_us = now.now_us}};
	err seen = how(job, ledger, options->registry, options->source_dir, now, &rows);
	if (seen.code != ERR_NONE) {
		ret->reading.state = READING_COULD_NOT_LOOK;
		return job_copy(job, slice_of(job->why), &ret->reading.reason);
	}
	ret->reading.rows = rows.len;
	rows_sort(&rows);
	return rows_write(job, &rows, 0, &ret->content);
}

/* Of this service alone: what other services were asked is none of its business. */
static err
look_results(struct job *job, struct ledger *ledger, struct ledger_moment now, const struct subject *subject, struct observed *ret)
{
	struct rows rows;
	TRY(check_results(job, ledger, now, subject->uid, &rows));
	rows_sort(&rows);
	*ret = (struct observed){.table = &registry_check_result_table,
	    .reading = {.table = slice_of(registry_check_result_table.name), .state = READING_READ, .reason = S(""), .rows = rows.len, .collected_us = now.now_us}};
	return rows_write(job, &rows, 0, &ret->content);
}

static err
ask_subject(struct job *job, struct ledger *ledger, const struct content *content, slice pack, const struct checks *checks,
    const struct check_run_options *options, const struct check_schema *schema, struct ledger_moment now, struct observed observed[3],
    const struct subject *subject, struct check_host_result *ret)
{
	/* Entries of this run change no record: read as things are, records are rows already and need not be folded. */
	struct ledger_moment records = {.size = ledger_size(ledger), .now_us = now.now_us};
	struct asking asking = {.observed = observed, .observed_len = 3, .registry = options->registry, .of = {.at = records, .service = subject->number, .masked = true}};
	struct check_question question = {.content = pack,
	    .host_id = subject->uid,
	    .host_name = subject->name,
	    .now_us = now.now_us,
	    .only = options->only,
	    .only_len = options->only_len,
	    .schema = schema,
	    .records = true};
	struct check_reply reply;
	*ret = (struct check_host_result){.host = subject->uid, .name = subject->name};
	TRY(look_results(job, ledger, now, subject, &observed[2]));
	TRY(tables_of(job, &asking));
	question.readings = asking.readings;
	question.contents = asking.contents;
	question.readings_len = asking.len;
	if (options->worker != NULL)
		TRY(check_worker_ask(job, options->worker, &question, checks, &reply));
	else
		TRY(check_reply_here(job, &question, checks, &reply));
	const struct check_profile *profile = check_profile_find(checks, reply.profile);
	ret->profile = profile != NULL ? profile->id : S("");
	return check_run_note(job, ledger, content, checks, subject->uid, true, now, options->only_len > 0, &reply, ret);
}

static bool
any_wanted(const struct checks *checks, const struct check_run_options *options)
{
	struct check_question question = {.only = options->only, .only_len = options->only_len, .records = true};
	for (size_t i = 0; i < checks->len; i++)
		if (check_wanted(&question, &checks->at[i]))
			return true;
	return false;
}

static bool
is_subject(const struct subject *subjects, size_t len, slice id)
{
	for (size_t i = 0; i < len; i++)
		if (slice_same(subjects[i].uid, id))
			return true;
	return false;
}

/* A service that is no longer in use, and "no service" once there is one, are not asked any more: what was said of them ends. */
static err
end_others(struct job *job, struct ledger *ledger, const struct content *content, struct ledger_moment now, const struct subject *subjects, size_t len)
{
	struct ledger_result *results;
	struct ledger_host *hosts;
	size_t results_len, hosts_len;
	TRY(ledger_results(job, ledger, now, S(""), S(""), &results, &results_len));
	TRY(ledger_hosts(job, ledger, now, &hosts, &hosts_len));
	for (size_t i = 0; i < results_len; i++) { /* sorted by host */
		struct ledger_run run = {.host = results[i].host, .at_us = now.now_us, .content = content->digest, .records = true};
		struct ledger_run_change change;
		bool known = is_subject(subjects, len, results[i].host) || (i > 0 && slice_same(results[i - 1].host, results[i].host));
		for (size_t h = 0; h < hosts_len; h++)
			known = known || slice_same(hosts[h].id, results[i].host);
		if (!known)
			TRY(ledger_run_append(job, ledger, &run, &change));
	}
	return OK;
}

err
check_records_run(struct job *job, struct ledger *ledger, const struct content *content, slice pack, const struct checks *checks,
    const struct check_run_options *options, const struct check_schema *schema, struct check_host_result *results, size_t *len)
{
	struct ledger_moment now;
	struct subject *subjects;
	struct observed observed[3];
	size_t subjects_len;
	if (!any_wanted(checks, options))
		return OK;
	TRY(ledger_moment(job, ledger, 0, &now));
	TRY(subjects_of(job, options->registry, now, &subjects, &subjects_len));
	if (options->only_len == 0)
		TRY(end_others(job, ledger, content, now, subjects, subjects_len));
	TRY(look(job, ledger, options, now, check_observe, &registry_observation_table, &observed[0]));
	TRY(look(job, ledger, options, now, check_observed_changes, &registry_observed_change_table, &observed[1]));
	for (size_t i = 0; i < subjects_len; i++) {
		struct arena_mark mark = arena_mark(job->arena);
		job_progress(job, "asking registers", i, subjects_len);
		TRY(ask_subject(job, ledger, content, pack, checks, options, schema, now, observed, &subjects[i], &results[(*len)++]));
		arena_rewind(job->arena, mark); /* the result borrows only what was there before */
	}
	return OK;
}
