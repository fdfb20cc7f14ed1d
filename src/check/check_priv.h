/*
 * Inside the check room: one host's database, one answer, the worker's frames.
 */
#ifndef CHECK_CHECK_PRIV_H
#define CHECK_CHECK_PRIV_H

#include "check/check.h"
#include "collect/collect_schema.h"

#define CHECK_MAX_FINDINGS 2000 /* of one check on one host that are kept; the verdict says how many there were */
#define CHECK_MAX_SERVICES 1000 /* that are in use at a time */
#define CHECK_MAX_TABLES 64 /* that one check reads */
#define CHECK_MAX_CELL (4 * KIB) /* of one text in a kept row; what is longer is cut */
#define CHECK_MAX_ROWS (512 * KIB) /* text of all kept rows of one check */
#define CHECK_MAX_REPLY (16 * MIB) /* text of all kept rows of one host: beyond it one row a check is kept */

/* check_load() that tells ${fault} of each check it cannot read and goes on without it. */
typedef err (*check_fault)(struct job *job, void *to, err found);
err check_load_each(struct job *job, const struct content *content, const struct catalogue *catalogue, check_fault fault, void *fault_to, struct checks *ret);

/* Drop-in tables and built-in ones together. */
struct check_schema {
	const struct dropin *dropins;
	size_t dropins_len;
	const struct registry_registers *registers; /* or NULL: none */
};
err check_schema_open(struct job *job, const char *source_dir, struct check_schema *ret);
const struct table *check_schema_find(const struct check_schema *schema, slice name);
/* A database with every table, empty, host and reading too. */
err check_schema_query(struct job *job, const struct check_schema *schema, struct query **ret);

extern const struct table check_host_table;    /* host: id, name, first_seen, last_seen */
extern const struct table check_reading_table; /* reading: table_name, state, reason, rows, read_at */

/* One host's facts as a locked database, and how each table was read. */
struct check_facts {
	struct query *query;
	const struct rows *readings; /* rows of check_reading_table */
};
const struct cell *check_facts_reading(const struct check_facts *facts, slice table); /* a row of check_reading_table or NULL */

struct check_row {
	const struct query_column *columns;
	const bool *personal; /* by column */
	struct cell *cells;
	bool *is_text;
	size_t len;
};
struct check_answer {
	enum ledger_verdict verdict;
	slice reason;
	struct check_row *rows; /* what is wrong, at most CHECK_MAX_FINDINGS */
	size_t len;
	size_t total;
	size_t bytes; /* text of the kept rows */
};
/* Ask one check of one host's facts at ${now_us}: pass, fail with rows, not applicable, could not look with the reason. */
err check_ask(struct job *job, const struct check_facts *facts, const struct check_schema *schema, const struct check *check, const struct check_profile *profile,
    int64_t now_us, struct check_answer *ret);
/* Keep the first ${len} rows of an answer; its reason says how many there were. */
err check_answer_keep(struct job *job, struct check_answer *answer, size_t len);
/* The tables a question reads, added to ${tables} (room for CHECK_MAX_TABLES). */
err check_ask_tables(struct job *job, struct query *query, const struct check_schema *schema, const char *sql, slice *tables, size_t *len);
bool check_skipped(const struct check *check, const struct check_profile *profile, slice *ret_reason);

/* At most ${len} bytes of ${text}, cut between code points. */
slice check_text_cut(slice text, size_t len);

/* Fill {column} of ${says}: one line, what would act on a terminal written out, braces of values as parentheses, long values cut. Personal cells as {person:…} when ${tokens} is given (by column), else as they are. Unknown columns are left as they are: lint has seen to them. */
err check_says(struct job *job, const struct check *check, const struct check_row *row, const slice *tokens, slice *ret);
/* The column ${name} of a row or -1. */
int check_row_column(const struct check_row *row, slice name);

/* Which profile a host is of: the first whose detect gives a row; else the one that says otherwise; else NULL. */
err check_profile_detect(
    struct job *job, const struct check_facts *facts, const struct checks *checks, bool services, const struct check_profile **ret);

/* All the wanted checks of one host, wherever they are run. */
struct check_question {
	slice content;   /* content pack */
	slice profile;   /* or empty */
	slice host_id, host_name;
	int64_t first_seen_us, last_seen_us, now_us;
	const slice *only;
	size_t only_len;
	const struct ledger_reading *readings;
	const slice *contents; /* of the readings, same order; empty when not read */
	size_t readings_len;
	const struct check_schema *schema;
	bool records; /* registers of a service are asked, not a host */
};
struct check_reply_row {
	slice check;
	enum ledger_verdict verdict;
	slice reason;
	struct check_row *rows;
	size_t rows_len;
};
struct check_reply {
	slice profile;
	struct check_reply_row *at;
	size_t len;
};
/* check_records.c: ask registers, once for each service (once for all when there is none yet); ${results} has room for CHECK_MAX_SERVICES more behind ${len}. */
err check_records_run(struct job *job, struct ledger *ledger, const struct content *content, slice pack, const struct checks *checks,
    const struct check_run_options *options, const struct check_schema *schema, struct check_host_result *results, size_t *len);
/* check_run.c: what was answered becomes a run. */
err check_run_note(struct job *job, struct ledger *ledger, const struct content *content, const struct checks *checks, slice subject, bool records,
    struct ledger_moment now, bool partial, const struct check_reply *reply, struct check_host_result *ret);
/* Is ${check} among those asked? */
bool check_wanted(const struct check_question *question, const struct check *check);
/* In this process. */
err check_reply_here(struct job *job, const struct check_question *question, const struct checks *checks, struct check_reply *ret);
/* By the worker: exactly the checks asked, in their order, and a profile there is, or ERR_INPUT. ${checks} are the parent's own. */
err check_worker_ask(struct job *job, struct check_worker *worker, const struct check_question *question, const struct checks *checks, struct check_reply *ret);

/* The worker's frames, for tests and fuzzers: what is written is read strictly. */
err check_head_write(struct job *job, const struct check_question *question, slice *ret);
err check_head_read(struct job *job, slice text, struct check_question *question, struct check_schema *schema);
err check_reply_write(struct job *job, const struct check_reply *reply, slice *ret);
err check_reply_read(struct job *job, slice text, struct check_reply *ret);
/* Speak to the worker in raw frames, for tests: a letter and its bytes; the answer's letter and bytes. */
err check_worker_frame(struct job *job, struct check_worker *worker, char kind, slice text);
err check_worker_hear(struct job *job, struct check_worker *worker, char *ret_kind, slice *ret);

#endif
