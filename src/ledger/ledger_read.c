/*
 * What the view says at a moment: hosts, readings, results, findings, runs. And entries themselves, from the store.
 * Deliberately does not: change anything.
 */
#include "ledger/ledger_inner.h"

#include <string.h>

/* A growing list in the job's arena: ${*list} has room for one more after it. */
static err
list_grow(struct job *job, void **list, size_t size, size_t len, size_t *room)
{
	void *more;
	if (len < *room)
		return OK;
	size_t wanted = *room == 0 ? 32 : *room * 2;
	TRY(job_take(job, size, wanted, &more));
	if (len > 0)
		memcpy(more, *list, len * size);
	*list = more;
	*room = wanted;
	return OK;
}
#define LIST_GROW(job, list, len, room) list_grow((job), (void **)&(list), sizeof *(list), (len), &(room))

static struct ledger_sql_value
wanted(slice text)
{
	return text.len > 0 ? SQL_T(text) : SQL_NULL;
}

err
ledger_hosts(struct job *job, struct ledger *ledger, struct ledger_moment at, struct ledger_host **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct ledger_host *list = NULL;
	size_t len = 0, room = 0;
	bool row;
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT word.text, host.name, fingerprint, state, first_seen, coalesce((SELECT max(newest.received - newest.made - "
	    "newest.ended) FROM"
	    " (SELECT (SELECT max(idx) FROM entry WHERE entry.round = round.id AND idx < ?1) AS idx FROM round WHERE round.host = host.id "
	    "AND kind = ?2)"
	    " AS last JOIN entry AS newest ON newest.idx = last.idx), 0)"
	    " FROM host JOIN word ON word.id = host.id WHERE seq_from < ?1 AND (seq_to IS NULL OR ?1 <= seq_to) ORDER BY host.name, "
	    "word.text",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(at.size), SQL_I(LEDGER_EVIDENCE))));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			break;
		TRY(LIST_GROW(job, list, len, room));
		struct ledger_host *host = &list[len++];
		TRY(ledger_sql_text(job, stmt, 0, &host->id));
		TRY(ledger_sql_text(job, stmt, 1, &host->name));
		TRY(ledger_sql_text(job, stmt, 2, &host->fingerprint));
		host->state = (enum ledger_host_state)ledger_sql_int(stmt, 3);
		host->first_seen_us = ledger_sql_int(stmt, 4);
		host->last_seen_us = ledger_sql_int(stmt, 5);
	}
	*ret = list;
	*ret_len = len;
	return OK;
}

/* Erased content says by which entry. */
static err
reason_of(struct job *job, sqlite3_stmt *stmt, int reason, int erased, slice *ret)
{
	if (ledger_sql_is_null(stmt, erased))
		return ledger_sql_text(job, stmt, reason, ret);
	return job_format(job, ret, "erased by entry %lld", (long long)ledger_sql_int(stmt, erased));
}

/* Of one host its own rounds alone are looked through, not those of every host that sent the table; SQLite must see so in the text. */
#define READINGS(which)                                                                                                                    \
	"SELECT hw.text, tw.text, r.state, r.reason, r.rows, r.digest, e.idx, e.received - e.made - e.ended, r.seq_from,"                   \
	" (SELECT entry FROM erased WHERE erased.digest = r.digest)"                                                                       \
	" FROM word AS hw CROSS JOIN slot ON slot.host = hw.id JOIN word AS tw ON tw.id = slot.name"                                      \
	" JOIN reading AS r ON r.slot = slot.id AND r.seq_from = (SELECT max(seq_from) FROM reading WHERE reading.slot = slot.id"         \
	" AND seq_from < ?1)"                                                                                                              \
	" JOIN entry AS e ON e.idx = (SELECT max((SELECT max(idx) FROM entry WHERE entry.round = round.id AND idx < ?1)) FROM round"      \
	" CROSS JOIN round_name ON round_name.name = slot.name AND round_name.round = round.id"                                           \
	" WHERE round.host = slot.host AND round.kind = 0)"                                                                                \
	" WHERE " which " ORDER BY hw.text, tw.text"

err
ledger_readings(
    struct job *job, struct ledger *ledger, struct ledger_moment at, slice host, slice table, struct ledger_reading **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct ledger_reading *list = NULL;
	size_t len = 0, room = 0;
	bool row;
	const char *sql = host.len == 0    ? READINGS("(?2 IS NULL OR hw.text = ?2) AND (?3 IS NULL OR tw.text = ?3)")
			  : table.len == 0 ? READINGS("hw.text = ?2 AND (?3 IS NULL OR tw.text = ?3)")
					   : READINGS("hw.text = ?2 AND tw.id = (SELECT id FROM word WHERE text = ?3)");
	TRY(ledger_sql_open(job, ledger_db(ledger), sql, false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(at.size), wanted(host), wanted(table))));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			break;
		TRY(LIST_GROW(job, list, len, room));
		struct ledger_reading *reading = &list[len++];
		TRY(ledger_sql_text(job, stmt, 0, &reading->host));
		TRY(ledger_sql_text(job, stmt, 1, &reading->table));
		reading->state = (enum reading_state)ledger_sql_int(stmt, 2);
		TRY(reason_of(job, stmt, 3, 9, &reading->reason));
		reading->rows = (uint64_t)ledger_sql_int(stmt, 4);
		TRY(ledger_sql_digest(job, stmt, 5, &reading->digest));
		reading->entry = (uint64_t)ledger_sql_int(stmt, 6);
		reading->collected_us = ledger_sql_int(stmt, 7);
		reading->changed_entry = (uint64_t)ledger_sql_int(stmt, 8);
	}
	*ret = list;
	*ret_len = len;
	return OK;
}

/* Rows of host, check, verdict, reason, since, asked, entry, content set. */
static err
results_take(struct job *job, sqlite3_stmt *stmt, struct ledger_result **ret, size_t *ret_len)
{
	struct ledger_result *list = NULL;
	size_t len = 0, room = 0;
	bool row;
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			break;
		TRY(LIST_GROW(job, list, len, room));
		struct ledger_result *result = &list[len++];
		TRY(ledger_sql_text(job, stmt, 0, &result->host));
		TRY(ledger_sql_text(job, stmt, 1, &result->check));
		result->verdict = (enum ledger_verdict)ledger_sql_int(stmt, 2);
		TRY(ledger_sql_text(job, stmt, 3, &result->reason));
		result->since_us = ledger_sql_int(stmt, 4);
		result->asked_us = ledger_sql_int(stmt, 5);
		result->entry = (uint64_t)ledger_sql_int(stmt, 6);
		TRY(ledger_sql_digest(job, stmt, 7, &result->content));
	}
	*ret = list;
	*ret_len = len;
	return OK;
}

/* Asked of now, the partial indexes of what stands now serve; SQLite must see so in the text. */
static bool
at_head(const struct ledger *ledger, struct ledger_moment at)
{
	return at.size >= ledger_size(ledger);
}

#define RESULTS(more)                                                                                                                      \
	"SELECT hw.text, cw.text, v.verdict, v.reason, v.since, run.at, run.idx, run.content FROM verdict AS v"                            \
	" JOIN word AS hw ON hw.id = v.host JOIN word AS cw ON cw.id = v.chk"                                                              \
	" JOIN run ON run.idx = (SELECT max((SELECT max(idx) FROM entry WHERE entry.round = round.id AND idx < ?1)) FROM round_name"       \
	" JOIN round ON round.id = round_name.round WHERE round_name.name = v.chk AND round.host = v.host AND round.kind = 1)"             \
	" WHERE v.seq_from < ?1 AND (v.seq_to IS NULL OR ?1 <= v.seq_to)"                                                                  \
	" AND (?2 IS NULL OR hw.text = ?2) AND (?3 IS NULL OR cw.text = ?3)" more " ORDER BY hw.text, cw.text"

err
ledger_results(
    struct job *job, struct ledger *ledger, struct ledger_moment at, slice host, slice check, struct ledger_result **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	/* A retired host's verdicts ended with it, so no row of it stands. */
	const char *sql = at_head(ledger, at) ? RESULTS(" AND v.seq_to IS NULL") : RESULTS("");
	TRY(ledger_sql_open(job, ledger_db(ledger), sql, false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(at.size), wanted(host), wanted(check))));
	return results_take(job, stmt, ret, ret_len);
}

err
ledger_result_history(
    struct job *job, struct ledger *ledger, struct ledger_moment at, slice host, slice check, struct ledger_result **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT hw.text, cw.text, v.verdict, v.reason, v.since, run.at, run.idx, run.content FROM verdict AS v JOIN word AS hw ON "
	    "hw.id = v.host"
	    " JOIN word AS cw ON cw.id = v.chk JOIN run ON run.idx = v.seq_from"
	    " WHERE v.fresh = 1 AND v.seq_from < ?1 AND (?2 IS NULL OR hw.text = ?2) AND (?3 IS NULL OR cw.text = ?3)"
	    " ORDER BY v.seq_from, hw.text, cw.text",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(at.size), wanted(host), wanted(check))));
	return results_take(job, stmt, ret, ret_len);
}

static err
finding_take(struct job *job, sqlite3_stmt *stmt, struct ledger_moment at, struct ledger_finding *finding)
{
	TRY(ledger_sql_text(job, stmt, 0, &finding->id));
	TRY(ledger_sql_text(job, stmt, 1, &finding->check));
	TRY(ledger_sql_text(job, stmt, 2, &finding->host));
	TRY(ledger_sql_text(job, stmt, 3, &finding->severity));
	TRY(ledger_sql_text(job, stmt, 4, &finding->says));
	TRY(ledger_sql_text(job, stmt, 5, &finding->key));
	TRY(ledger_sql_text(job, stmt, 6, &finding->row));
	finding->first_seen_us = ledger_sql_int(stmt, 8);
	finding->entry = (uint64_t)ledger_sql_int(stmt, 11);
	bool ended = !ledger_sql_is_null(stmt, 9) && (uint64_t)ledger_sql_int(stmt, 9) < at.size;
	if (ended) {
		finding->state = (enum ledger_finding_state)ledger_sql_int(stmt, 7);
		finding->ended_entry = (uint64_t)ledger_sql_int(stmt, 9);
		finding->ended_us = ledger_sql_int(stmt, 10);
	}
	return OK;
}

/* A row that was only said anew (ending 3) is no ended finding: its next row goes on. */
#define FINDINGS(more)                                                                                                                     \
	"SELECT f.id, cw.text, hw.text, f.severity, f.says, f.key, f.row, f.ending, f.first_seen, f.seq_to, f.ended, f.found"              \
	" FROM finding AS f JOIN word AS cw ON cw.id = f.chk JOIN word AS hw ON hw.id = f.host"                                            \
	" WHERE f.seq_from < ?1 AND (?2 IS NULL OR cw.text = ?2) AND (?3 IS NULL OR hw.text = ?3)"                                         \
	" AND (CASE WHEN f.seq_to IS NULL OR ?1 <= f.seq_to THEN ?4 & 1 ELSE ?4 & 2 AND f.ending <> 3 END)" more                           \
	" ORDER BY cw.text, hw.text, f.id, f.seq_from"
#define OF_HOST " AND f.host = (SELECT id FROM word WHERE text = ?3)"

err
ledger_findings(struct job *job, struct ledger *ledger, struct ledger_moment at, unsigned which, slice check, slice host,
    struct ledger_finding **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct ledger_finding *list = NULL;
	size_t len = 0, room = 0;
	bool row;
	bool open_now = which == LEDGER_FINDINGS_OPEN && at_head(ledger, at);
	const char *sql = !open_now       ? FINDINGS("")
			  : host.len == 0 ? FINDINGS(" AND f.seq_to IS NULL")
					  : FINDINGS(" AND f.seq_to IS NULL" OF_HOST);
	TRY(ledger_sql_open(job, ledger_db(ledger), sql, false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(at.size), wanted(check), wanted(host), SQL_I(which))));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			break;
		TRY(LIST_GROW(job, list, len, room));
		TRY(finding_take(job, stmt, at, &list[len++]));
	}
	*ret = list;
	*ret_len = len;
	return OK;
}

err
ledger_runs(struct job *job, struct ledger *ledger, struct ledger_moment at, size_t newest, struct ledger_run_row **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct ledger_run_row *list = NULL;
	size_t len = 0, room = 0;
	bool row;
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT idx, text, at, passed, failed, not_applicable, could_not_look, found, gone, open FROM (SELECT * FROM run WHERE idx < ?1"
	    " ORDER BY idx DESC LIMIT ?2) AS r JOIN word ON word.id = r.host ORDER BY idx",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(at.size), SQL_I(newest == 0 || newest > INT32_MAX ? -1 : (int64_t)newest))));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			break;
		TRY(LIST_GROW(job, list, len, room));
		struct ledger_run_row *run = &list[len++];
		size_t *const counts[] = {
		    &run->passed, &run->failed, &run->not_applicable, &run->could_not_look, &run->found, &run->gone, &run->open};
		run->entry = (uint64_t)ledger_sql_int(stmt, 0);
		TRY(ledger_sql_text(job, stmt, 1, &run->host));
		run->at_us = ledger_sql_int(stmt, 2);
		for (int i = 0; i < 7; i++)
			*counts[i] = (size_t)ledger_sql_int(stmt, 3 + i);
	}
	*ret = list;
	*ret_len = len;
	return OK;
}

/* A reading was last cited before the next one of its slot began, or, when it is the newest, by the newest entry that asked. */
err
ledger_contents_before(struct job *job, struct ledger *ledger, slice table, int64_t before_us, struct digest **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct digest *list = NULL, digest;
	size_t len = 0, room = 0;
	bool row;
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT r.digest FROM slot JOIN reading AS r ON r.slot = slot.id JOIN entry AS e ON e.idx = (SELECT max((SELECT max(idx) FROM "
	    "entry"
	    " WHERE entry.round = round.id AND idx < coalesce((SELECT min(n.seq_from) FROM reading AS n WHERE n.slot = r.slot AND"
	    " n.seq_from > r.seq_from), 9223372036854775807))) FROM round_name JOIN round ON round.id = round_name.round"
	    " WHERE round_name.name = slot.name AND round.host = slot.host AND round.kind = 0)"
	    " WHERE slot.name = (SELECT id FROM word WHERE text = ?1) AND r.digest NOT IN (SELECT digest FROM erased)"
	    " GROUP BY r.digest HAVING max(e.received - e.made - e.ended) < ?2 ORDER BY r.digest",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_T(table), SQL_I(before_us))));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			break;
		TRY(ledger_sql_digest(job, stmt, 0, &digest));
		TRY(LIST_GROW(job, list, len, room));
		list[len++] = digest;
	}
	*ret = list;
	*ret_len = len;
	return OK;
}

/* Entries, from the store's own bytes */

struct entries {
	struct ledger *ledger;
	struct ledger_entry *list;
	size_t len;
};

static err
entry_take(struct job *job, void *to, const struct store_entry *stored)
{
	struct entries *entries = to;
	struct ledger_item item;
	struct store_entry copy = *stored;
	TRY(job_copy(job, stored->envelope, &copy.envelope));
	TRY(job_copy(job, stored->leaf, &copy.leaf));
	TRY(ledger_item_read(job, &copy, &item));
	struct ledger_entry *entry = &entries->list[entries->len++];
	*entry = (struct ledger_entry){.index = item.index,
	    .kind = item.statement.kind,
	    .host = item.statement.host,
	    .by = item.statement.by,
	    .from_us = item.statement.from_us,
	    .to_us = item.statement.to_us,
	    .made_us = item.statement.made_us,
	    .received_us = item.received_us,
	    .statement = item.statement_digest,
	    .envelope = copy.envelope,
	    .leaf = copy.leaf,
	    .subjects = item.statement.subjects,
	    .subjects_len = item.statement.subjects_len};
	for (size_t i = 0; i < entry->subjects_len; i++)
		entry->subjects[i].known = store_content_has(entries->ledger->store, &entry->subjects[i].digest);
	return OK;
}

static err
entries_read(struct job *job, struct ledger *ledger, uint64_t from, uint64_t to, struct ledger_entry **ret, size_t *ret_len)
{
	struct entries entries = {.ledger = ledger};
	TRY(NEW(job, to - from + 1, &entries.list));
	TRY(store_read(job, ledger->store, from, to, entry_take, &entries));
	*ret = entries.list;
	*ret_len = entries.len;
	return OK;
}

err
ledger_entry(struct job *job, struct ledger *ledger, uint64_t index, struct ledger_entry *ret)
{
	struct ledger_entry *list;
	size_t len = 0;
	if (index < ledger_size(ledger))
		TRY(entries_read(job, ledger, index, index + 1, &list, &len));
	if (len == 0)
		return err_set(job, ERR_MISSING, "entry %llu: the ledger holds entries 0 to %llu", (unsigned long long)index,
		    (unsigned long long)ledger_size(ledger) - 1);
	*ret = list[0];
	return OK;
}

err
ledger_entries(struct job *job, struct ledger *ledger, struct ledger_moment at, uint64_t newest, struct ledger_entry **ret, size_t *ret_len)
{
	uint64_t to = at.size < ledger_size(ledger) ? at.size : ledger_size(ledger);
	return entries_read(job, ledger, newest == 0 || newest > to ? 0 : to - newest, to, ret, ret_len);
}
