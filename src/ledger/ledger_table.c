/*
 * The ledger's own tables for questions: entries, hosts, readings, findings, runs, results and attestations as rows at a moment.
 * Deliberately does not: resolve persons, or hand out a live view: these are copies.
 */
#include "ledger/ledger_inner.h"

#include <string.h>

static const struct column entry_columns[] = {{"entry", COLUMN_INT, COLUMN_KEY, "number of the entry"},
    {"kind", COLUMN_TEXT, 0, "evidence, run, …"}, {"host", COLUMN_TEXT, 0, "host id or empty"},
    {"by", COLUMN_TEXT, COLUMN_PERSONAL, "person token or empty"}, {"received", COLUMN_TIME, 0, "never runs backwards"},
    {"made", COLUMN_TIME, 0, "by the maker's clock"}, {"period_from", COLUMN_TIME, 0, "what it is about: from"},
    {"period_to", COLUMN_TIME, 0, "what it is about: to"}};
static const struct column host_columns[] = {{"id", COLUMN_TEXT, COLUMN_KEY, "from its key"},
    {"name", COLUMN_TEXT, 0, "as it was accepted"}, {"fingerprint", COLUMN_TEXT, 0, "of its key"},
    {"state", COLUMN_TEXT, 0, "pending, accepted, retired"}, {"first_seen", COLUMN_TIME, 0, "when it was accepted first"},
    {"last_seen", COLUMN_TIME, COLUMN_MAYBE, "end of the newest collection"}};
static const struct column reading_columns[] = {{"host", COLUMN_TEXT, COLUMN_KEY, "host id"},
    {"table_name", COLUMN_TEXT, COLUMN_KEY, "fact table"}, {"state", COLUMN_TEXT, 0, "read, absent, could-not-look"},
    {"reason", COLUMN_TEXT, 0, "why there are no rows"}, {"rows", COLUMN_INT, 0, "how many"},
    {"read_at", COLUMN_TIME, 0, "end of the newest collection that read it"}, {"entry", COLUMN_INT, 0, "that collection"},
    {"changed_entry", COLUMN_INT, 0, "since when it reads so"}, {"digest", COLUMN_TEXT, 0, "of its content"}};
static const struct column finding_columns[] = {{"id", COLUMN_TEXT, COLUMN_KEY, "12 hex digits"},
    {"first_seen", COLUMN_TIME, COLUMN_KEY, "by the run that found it"}, {"check_id", COLUMN_TEXT, 0, "check"},
    {"host", COLUMN_TEXT, 0, "host id"}, {"severity", COLUMN_TEXT, 0, "critical … info"}, {"state", COLUMN_TEXT, 0, "open, gone, retired"},
    {"says", COLUMN_TEXT, COLUMN_PERSONAL, "persons as tokens"}, {"key", COLUMN_TEXT, COLUMN_PERSONAL, "JSON array"},
    {"row", COLUMN_TEXT, COLUMN_PERSONAL, "JSON object"}, {"ended", COLUMN_TIME, COLUMN_MAYBE, "gone or retired"},
    {"entry", COLUMN_INT, 0, "the run that found it"}};
static const struct column run_columns[] = {{"entry", COLUMN_INT, COLUMN_KEY, "number of the entry"}, {"host", COLUMN_TEXT, 0, "host id"},
    {"at", COLUMN_TIME, 0, ":now of its questions"}, {"passed", COLUMN_INT, 0, "checks"}, {"failed", COLUMN_INT, 0, "checks"},
    {"not_applicable", COLUMN_INT, 0, "checks"}, {"could_not_look", COLUMN_INT, 0, "checks"}, {"found", COLUMN_INT, 0, "new findings"},
    {"gone", COLUMN_INT, 0, "findings that ended"}, {"open", COLUMN_INT, 0, "findings open after it"}};
static const struct column result_columns[] = {{"host", COLUMN_TEXT, COLUMN_KEY, "host id"}, {"check_id", COLUMN_TEXT, COLUMN_KEY, "check"},
    {"verdict", COLUMN_TEXT, 0, "pass, fail, not-applicable, could-not-look"}, {"reason", COLUMN_TEXT, 0, "of could-not-look"},
    {"since", COLUMN_TIME, 0, "it has stood since the run then"}, {"asked", COLUMN_TIME, 0, "newest run that asked"},
    {"entry", COLUMN_INT, 0, "that run"}};
static const struct column attestation_columns[] = {{"entry", COLUMN_INT, COLUMN_KEY, "number of the entry"},
    {"part", COLUMN_TEXT, 0, "REQUIREMENT.part"}, {"says", COLUMN_TEXT, 0, "what was said"},
    {"by", COLUMN_TEXT, COLUMN_PERSONAL, "person token"}, {"made", COLUMN_TIME, 0, "when"}, {"until", COLUMN_TIME, 0, "it stands until"},
    {"file", COLUMN_TEXT, 0, "digest of the file or empty"}, {"file_name", COLUMN_TEXT, 0, "its name or empty"}};

#define TABLE(name, about)                                                                                                                 \
	{                                                                                                                                  \
#name, about, name##_columns, sizeof name##_columns / sizeof *name##_columns                                               \
	}
static const struct table tables[] = {TABLE(entry, "Entries of the ledger"), TABLE(host, "Hosts"),
    TABLE(reading, "Newest reading of each fact table"), TABLE(finding, "Findings, open and ended"), TABLE(run, "Check runs"),
    TABLE(result, "Standing verdict of each check"), TABLE(attestation, "What people attested")};
static const char *const host_states[] = {"pending", "accepted", "retired"};
static const char *const finding_states[] = {"open", "gone", "retired"};

static struct cell
word(const char *text)
{
	return TEXT(slice_of(text));
}

static err
entry_rows(struct job *job, struct ledger *ledger, struct ledger_moment at, struct rows *rows)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	slice host, by;
	bool row;
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT idx, kind, host.text, person.text, received, made, began, ended FROM entry LEFT JOIN word AS host ON host.id = "
	    "entry.host"
	    " LEFT JOIN word AS person ON person.id = entry.by WHERE idx < ?1 ORDER BY idx",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(at.size))));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return OK;
		int64_t received = ledger_sql_int(stmt, 4), made = received - ledger_sql_int(stmt, 5);
		TRY(ledger_sql_text(job, stmt, 2, &host));
		TRY(ledger_sql_text(job, stmt, 3, &by));
		TRY(rows_add(rows,
		    (struct cell[]){INT(ledger_sql_int(stmt, 0)), word(ledger_kind_words[ledger_sql_int(stmt, 1)]), TEXT(host), TEXT(by),
			INT(received), INT(made), INT(made - ledger_sql_int(stmt, 6)), INT(made - ledger_sql_int(stmt, 7))}));
	}
}

static err
host_rows(struct job *job, struct ledger *ledger, struct ledger_moment at, struct rows *rows)
{
	struct ledger_host *list;
	size_t len;
	TRY(ledger_hosts(job, ledger, at, &list, &len));
	for (size_t i = 0; i < len; i++)
		TRY(rows_add(
		    rows, (struct cell[]){TEXT(list[i].id), TEXT(list[i].name), TEXT(list[i].fingerprint), word(host_states[list[i].state]),
			      INT(list[i].first_seen_us), list[i].last_seen_us != 0 ? INT(list[i].last_seen_us) : NIL}));
	return OK;
}

static err
reading_rows(struct job *job, struct ledger *ledger, struct ledger_moment at, struct rows *rows)
{
	struct ledger_reading *list;
	size_t len;
	TRY(ledger_readings(job, ledger, at, S(""), S(""), &list, &len));
	for (size_t i = 0; i < len; i++) {
		struct digest_text digest = digest_text(&list[i].digest);
		TRY(rows_add(rows, (struct cell[]){TEXT(list[i].host), TEXT(list[i].table), word(reading_words[list[i].state]),
				       TEXT(list[i].reason), INT((int64_t)list[i].rows), INT(list[i].collected_us),
				       INT((int64_t)list[i].entry), INT((int64_t)list[i].changed_entry), word(digest.at)}));
	}
	return OK;
}

static err
finding_rows(struct job *job, struct ledger *ledger, struct ledger_moment at, struct rows *rows)
{
	struct ledger_finding *list;
	size_t len;
	TRY(ledger_findings(job, ledger, at, LEDGER_FINDINGS_OPEN | LEDGER_FINDINGS_ENDED, S(""), S(""), &list, &len));
	for (size_t i = 0; i < len; i++) {
		const struct ledger_finding *f = &list[i];
		TRY(rows_add(rows, (struct cell[]){TEXT(f->id), INT(f->first_seen_us), TEXT(f->check), TEXT(f->host), TEXT(f->severity),
				       word(finding_states[f->state]), TEXT(f->says), TEXT(f->key), TEXT(f->row),
				       f->state != LEDGER_FINDING_OPEN ? INT(f->ended_us) : NIL, INT((int64_t)f->entry)}));
	}
	return OK;
}

static err
run_rows(struct job *job, struct ledger *ledger, struct ledger_moment at, struct rows *rows)
{
	struct ledger_run_row *list;
	size_t len;
	TRY(ledger_runs(job, ledger, at, 0, &list, &len));
	for (size_t i = 0; i < len; i++)
		TRY(rows_add(
		    rows, (struct cell[]){INT((int64_t)list[i].entry), TEXT(list[i].host), INT(list[i].at_us), INT((int64_t)list[i].passed),
			      INT((int64_t)list[i].failed), INT((int64_t)list[i].not_applicable), INT((int64_t)list[i].could_not_look),
			      INT((int64_t)list[i].found), INT((int64_t)list[i].gone), INT((int64_t)list[i].open)}));
	return OK;
}

static err
result_rows(struct job *job, struct ledger *ledger, struct ledger_moment at, struct rows *rows)
{
	struct ledger_result *list;
	size_t len;
	TRY(ledger_results(job, ledger, at, S(""), S(""), &list, &len));
	for (size_t i = 0; i < len; i++)
		TRY(rows_add(rows, (struct cell[]){TEXT(list[i].host), TEXT(list[i].check), word(ledger_verdict_words[list[i].verdict]),
				       TEXT(list[i].reason), INT(list[i].since_us), INT(list[i].asked_us), INT((int64_t)list[i].entry)}));
	return OK;
}

static err
attestation_rows(struct job *job, struct ledger *ledger, struct ledger_moment at, struct rows *rows)
{
	struct ledger_attestation *list;
	size_t len;
	TRY(ledger_attestations(job, ledger, at, S(""), &list, &len));
	for (size_t i = 0; i < len; i++) {
		struct digest_text file = digest_text(&list[i].file);
		TRY(rows_add(rows,
		    (struct cell[]){INT((int64_t)list[i].entry), TEXT(list[i].part), TEXT(list[i].says), TEXT(list[i].by),
			INT(list[i].made_us), INT(list[i].until_us), word(list[i].has_file ? file.at : ""), TEXT(list[i].file_name)}));
	}
	return OK;
}

typedef err (*table_fill)(struct job *job, struct ledger *ledger, struct ledger_moment at, struct rows *rows);
static const table_fill fills[] = {entry_rows, host_rows, reading_rows, finding_rows, run_rows, result_rows, attestation_rows};

err
ledger_table_names(const char *const **ret)
{
	static const char *const names[] = {"entry", "host", "reading", "finding", "run", "result", "attestation", NULL};
	*ret = names;
	return OK;
}

const struct table *
ledger_table_shape(slice name)
{
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		if (slice_same(name, slice_of(tables[i].name)))
			return &tables[i];
	return NULL;
}

err
ledger_table(struct job *job, struct ledger *ledger, struct ledger_moment at, slice name, struct rows *ret)
{
	struct rows rows;
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		if (!slice_same(name, slice_of(tables[i].name)))
			continue;
		rows_open(&rows, job, &tables[i]);
		TRY(fills[i](job, ledger, at, &rows));
		*ret = rows;
		return OK;
	}
	return err_set(job, ERR_MISSING, "\"%.*s\" is no table of the ledger: entry, host, reading, finding, run, result, attestation",
	    (int)(name.len < 60 ? name.len : 60), name.at);
}
