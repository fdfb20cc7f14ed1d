/*
 * What tests of checks share: a small framework, checks from a few words, facts from a few words, a question over them.
 */
#ifndef CHECK_KIT_H
#define CHECK_KIT_H

#include "../ledger/ledger_kit.h"
#include "kit_content.h"

#include "check/check_priv.h"

/* Requirements of every shape: one part; two; an attested beside an observed; one of each other basis. */
#define FW_FILES                                                                                                                           \
	{"framework/fw.yaml", KIT_HEAD},                                                                                                   \
	{                                                                                                                                  \
		"framework/fw/one.yaml", KIT_SECTION KIT_REQUIREMENT("R-1", KIT_PART("a", "observed"), "")                                 \
					     KIT_REQUIREMENT("R-2", KIT_PART("a", "observed") KIT_PART("b", "observed"), "")               \
						 KIT_REQUIREMENT("R-3", KIT_PART("a", "attested") KIT_PART("b", "observed"), "")           \
						     KIT_REQUIREMENT("R-4", KIT_PART("a", "recorded"), "")                                 \
							 KIT_REQUIREMENT("R-5", KIT_PART("a", "exercised"), "")                            \
							     KIT_REQUIREMENT("R-6", KIT_PART("a", "attested"), "")                         \
	}

#define CHECK_HEAD(id, severity, answers)                                                                                                  \
	"id: " id "\ntitle: Title of " id "\nseverity: " severity "\nanswers: [" answers "]\nmax_age: 7d\nremedy: Mend it\n"
#define CHECK_TESTS                                                                                                                        \
	"tests:\n  pass:\n    sshd_setting:\n    - {key: permitrootlogin, value: \"no\"}\n  fail:\n    sshd_setting:\n"                    \
	"    - {key: permitrootlogin, value: \"yes\", path: /etc/x, line: 3}\n"                                                            \
	"  not-applicable:\n    sshd_setting: absent\n  could-not-look:\n    sshd_setting: could-not-look\n"
#define SSH_SQL                                                                                                                            \
	"applies: SELECT 1 FROM sshd_setting\n"                                                                                            \
	"query: SELECT match, path, line, value FROM sshd_setting WHERE key='permitrootlogin' AND value<>'no'\n"
#define SSH_WORDS "key: [match]\nsays: \"{path}:{line} lets root in ({value})\"\n"
/* A whole good check: root by sshd. */
#define SSH_CHECK(id, severity, answers) CHECK_HEAD(id, severity, answers) SSH_SQL SSH_WORDS CHECK_TESTS
/* A check of its own question; it has no test facts that behave. */
#define ANY_CHECK(id, answers, applies, query, key, says)                                                                                  \
	CHECK_HEAD(id, "high", answers) "applies: " applies "\nquery: " query "\nkey: [" key "]\nsays: \"" says "\"\ntests: {}\n"

struct set {
	struct content content;
	struct catalogue catalogue;
	struct checks checks;
};

static inline void
set_open(struct set *set, const struct kit_text *files, size_t len)
{
	set->content = kit_content(files, len);
	ASSERT_OK(catalogue_load(kit_job(), &set->content, &set->catalogue));
	ASSERT_OK(check_load(kit_job(), &set->content, &set->catalogue, &set->checks));
	ASSERT_OK(check_tables(kit_job(), &set->checks, NULL));
}
#define SET(set, ...)                                                                                                                      \
	set_open((set), (const struct kit_text[]){FW_FILES, __VA_ARGS__},                                                                  \
	    sizeof((const struct kit_text[]){FW_FILES, __VA_ARGS__}) / sizeof(struct kit_text))

/* Facts of one host: tables from lines "column=value;column=value"; a value NULL is NULL, \n and what follows is as it is. */
struct facts {
	struct ledger_reading readings[8];
	slice contents[8];
	size_t len;
};

static inline void
fact_cell(const struct column *column, slice value, struct cell *ret)
{
	int64_t number = 0;
	if (slice_same(value, S("NULL")))
		*ret = NIL;
	else if (column->type == COLUMN_TEXT)
		*ret = TEXT(value);
	else {
		assert_true(slice_i64(value, &number));
		*ret = INT(number);
	}
}

static inline void
fact_row(struct rows *rows, slice line)
{
	struct cell cells[TABLE_MAX_COLUMNS];
	slice pair;
	for (unsigned i = 0; i < rows->table->len; i++)
		cells[i] = (rows->table->columns[i].flags & COLUMN_MAYBE) != 0 ? NIL
			   : rows->table->columns[i].type == COLUMN_TEXT       ? TEXT(S(""))
									       : INT(0);
	while (slice_cut(&line, ';', &pair)) {
		size_t equals = slice_find(pair, '=');
		int at = table_column(rows->table, slice_part(pair, 0, equals));
		assert_true(at >= 0);
		fact_cell(&rows->table->columns[at], slice_from(pair, equals + 1), &cells[at]);
	}
	ASSERT_OK(rows_add(rows, cells));
}

static inline void
facts_keep(struct facts *facts, struct rows *rows)
{
	size_t at = facts->len++;
	facts->readings[at] =
	    (struct ledger_reading){.table = slice_of(rows->table->name), .state = rows->state, .reason = rows->reason, .rows = rows->len};
	ASSERT_OK(rows_write(kit_job(), rows, 0, &facts->contents[at]));
}

static inline void
facts_rows(struct facts *facts, const char *table, const char *const *lines)
{
	struct rows rows;
	assert_non_null(collect_schema_find(slice_of(table)));
	rows_open(&rows, kit_job(), collect_schema_find(slice_of(table)));
	for (; *lines != NULL; lines++)
		fact_row(&rows, slice_of(*lines));
	facts_keep(facts, &rows);
}
#define FACTS(facts, table, ...) facts_rows((facts), (table), (const char *const[]){__VA_ARGS__, NULL})

static inline void
facts_state(struct facts *facts, const char *table, enum reading_state state)
{
	struct rows rows;
	rows_open(&rows, kit_job(), collect_schema_find(slice_of(table)));
	rows.state = state;
	rows.reason = S("may not be read");
	facts_keep(facts, &rows);
}

#define SSH_BAD "key=permitrootlogin;value=yes;path=/etc/ssh/sshd_config;line=33"
#define SSH_GOOD "key=permitrootlogin;value=no"

#define NOW_US (at_us(0))

/* A question about these facts, read at hour ${read}, asked at hour 0. */
static inline struct check_question
question_of(struct facts *facts, int64_t read)
{
	static const struct check_schema none;
	for (size_t i = 0; i < facts->len; i++)
		facts->readings[i].collected_us = at_us(read);
	return (struct check_question){.host_id = S("0123456789abcdef0123456789abcdef"),
	    .host_name = S("web-1"),
	    .first_seen_us = NOW_US,
	    .last_seen_us = NOW_US,
	    .now_us = NOW_US,
	    .readings = facts->readings,
	    .contents = facts->contents,
	    .readings_len = facts->len,
	    .schema = &none};
}

/* The first answer to these facts. */
static inline struct check_reply_row
ask_here(const struct set *set, struct facts *facts, int64_t read, const char *profile)
{
	struct check_question question = question_of(facts, read);
	struct check_reply reply;
	question.profile = slice_of(profile);
	ASSERT_OK(check_reply_here(kit_job(), &question, &set->checks, &reply));
	assert_true(reply.len > 0);
	return reply.at[0];
}

static inline struct cell
cell_of(const struct check_row *row, const char *column)
{
	int at = check_row_column(row, slice_of(column));
	assert_true(at >= 0);
	return row->cells[at];
}

/* The same facts as evidence of this host, collected at ${hour}. */
static inline void
evidence_facts(struct ledger *ledger, const struct facts *facts, int64_t hour)
{
	struct ledger_subject subjects[8] = {0};
	for (size_t i = 0; i < facts->len; i++)
		subjects[i] = (struct ledger_subject){.name = facts->readings[i].table, .content = facts->contents[i]};
	evidence_of(ledger, subjects, facts->len, hour);
}

static inline struct check_host_result
run_checks(struct ledger *ledger, const struct set *set, const struct check_run_options *options, int64_t hour)
{
	static const struct check_run_options usual;
	struct check_host_result *results;
	size_t len;
	kit_job()->now_us = at_us(hour);
	ASSERT_OK(
	    check_run(kit_job(), ledger, &set->content, &set->catalogue, &set->checks, options != NULL ? options : &usual, &results, &len));
	assert_int_equal(len, 1);
	return results[0];
}

#endif
