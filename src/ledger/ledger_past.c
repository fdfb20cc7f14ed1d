/*
 * The past of one check, one table, one tree: what was asked and read, entry by entry.
 * Deliberately does not: say how long an answer stands; that is the check room's.
 */
#include "ledger/ledger_past.h"

#include <string.h>

#include "ledger/ledger_inner.h"
#include "ledger/ledger_proof.h"

#define FIRST_ROOM 64

/* A growing list in the job's arena: ${*list} has room for one more after it. */
static err
grow(struct job *job, void **list, size_t size, size_t len, size_t *room)
{
	void *more;
	if (len < *room)
		return OK;
	size_t wanted = *room == 0 ? FIRST_ROOM : *room * 2;
	TRY(job_take(job, size, wanted, &more));
	if (len > 0)
		memcpy(more, *list, len * size);
	*list = more;
	*room = wanted;
	return OK;
}

err
ledger_asked(struct job *job, struct ledger *ledger, struct ledger_moment at, slice subject, slice check, struct ledger_asked **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct ledger_asked *list = NULL;
	size_t len = 0, room = 0;
	bool row;
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT hw.text, run.idx, run.at, v.verdict, CASE WHEN v.seq_to < ?1 THEN (SELECT received FROM entry WHERE idx = v.seq_to) ELSE 0 END"
	    " FROM word AS cw JOIN round_name AS n ON n.name = cw.id JOIN round ON round.id = n.round AND round.kind = ?4"
	    " JOIN word AS hw ON hw.id = round.host JOIN entry AS e ON e.round = round.id AND e.idx < ?1 JOIN run ON run.idx = e.idx"
	    " JOIN verdict AS v ON v.host = round.host AND v.chk = n.name AND v.seq_from = (SELECT max(w.seq_from) FROM verdict AS w"
	    " WHERE w.host = round.host AND w.chk = n.name AND w.seq_from <= e.idx)"
	    " WHERE cw.text = ?2 AND (?3 IS NULL OR hw.text = ?3) ORDER BY hw.text, run.idx",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(at.size), SQL_T(check), subject.len > 0 ? SQL_T(subject) : SQL_NULL, SQL_I(LEDGER_RUN))));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			break;
		TRY(grow(job, (void **)&list, sizeof *list, len, &room));
		struct ledger_asked *asked = &list[len++];
		bool same = len > 1 && slice_same(asked[-1].subject, slice_bytes(sqlite3_column_text(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0)));
		if (same)
			asked->subject = asked[-1].subject;
		else
			TRY(ledger_sql_text(job, stmt, 0, &asked->subject));
		asked->entry = (uint64_t)ledger_sql_int(stmt, 1);
		asked->at_us = ledger_sql_int(stmt, 2);
		asked->verdict = (enum ledger_verdict)ledger_sql_int(stmt, 3);
		asked->ended_us = ledger_sql_int(stmt, 4);
	}
	*ret = list;
	*ret_len = len;
	return OK;
}

err
ledger_collected(struct job *job, struct ledger *ledger, struct ledger_moment at, slice host, slice table, struct ledger_collected **ret, size_t *ret_len)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct ledger_collected *list = NULL;
	size_t len = 0, room = 0;
	bool row;
	TRY(ledger_sql_open(job, ledger_db(ledger),
	    "SELECT e.idx, e.received - e.made - e.ended FROM word AS tw JOIN round_name AS n ON n.name = tw.id"
	    " JOIN round ON round.id = n.round AND round.kind = ?4 AND round.host = (SELECT id FROM word WHERE text = ?3)"
	    " JOIN entry AS e ON e.round = round.id AND e.idx < ?1 WHERE tw.text = ?2 ORDER BY e.idx",
	    false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(at.size), SQL_T(table), SQL_T(host), SQL_I(LEDGER_EVIDENCE))));
	for (;;) {
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			break;
		TRY(grow(job, (void **)&list, sizeof *list, len, &room));
		list[len++] = (struct ledger_collected){.entry = (uint64_t)ledger_sql_int(stmt, 0), .collected_us = ledger_sql_int(stmt, 1)};
	}
	*ret = list;
	*ret_len = len;
	return OK;
}

err
ledger_root_at(struct job *job, struct ledger *ledger, uint64_t size, struct digest *ret)
{
	struct ledger_frontier parts = {0};
	if (size > ledger_size(ledger))
		return err_set(job, ERR_MISSING, "the ledger has %llu entries, found a size of %llu", (unsigned long long)ledger_size(ledger),
		    (unsigned long long)size);
	for (uint64_t from = 0; from < size;) {
		unsigned height = 63 - (unsigned)__builtin_clzll(size - from);
		TRY(ledger_proof_source(job, ledger->store, height, from >> height, &parts.at[parts.len]));
		parts.len++;
		from += (uint64_t)1 << height;
	}
	*ret = size > 0 ? ledger_frontier_root(&parts) : ledger_tree_empty();
	return OK;
}
