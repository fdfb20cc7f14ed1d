/*
 * Guarded SQL over rows in memory: content's questions are asked here, of nothing but the tables they are given. Allow-listed functions, no ATTACH,
 * PRAGMA, recursion or writes; double-quoted strings off; limits on steps, rows, memory and time. SQLite's date functions are denied: ours are
 * day(µs), iso(µs), deb_order(version, version) and the parameter :now.
 */
#ifndef BASE_QUERY_H
#define BASE_QUERY_H

#include "base/table.h"

struct query;
struct query_ask; /* a prepared question */

struct query_limits {
	uint64_t max_steps; /* of SQLite's virtual machine, in total per question */
	size_t max_rows;    /* that come out */
	size_t max_bytes;   /* memory of the whole database */
};
extern const struct query_limits query_limits_usual; /* 200 million steps, 100,000 rows, 512 MiB */

err query_open(struct job *job, const struct query_limits *limits, struct query **ret);
void query_close(struct query *query);
void query_close_at(struct query **query); /* for DEFER */

/* Create ${rows}'s table (typed STRICT columns, NOT NULL but for COLUMN_MAYBE) and fill it. A reading that is absent or could-not-look makes the
 * empty table. ERR_CONFLICT when it is there already. */
err query_table(struct job *job, struct query *query, const struct rows *rows);
/* The same with one more column in front, e.g. host, constant for these rows; may be called again with other rows of the same table. */
err query_table_of(struct job *job, struct query *query, const struct rows *rows, const char *column, slice value);
/* From here on nothing can be written and only guarded SQL is accepted. */
err query_lock(struct job *job, struct query *query);

/* What a question reads and gives. */
struct query_column {
	slice name;         /* result column */
	slice from_table;   /* the column it comes from unchanged, or empty for an expression */
	slice from_column;
};
struct query_read {
	slice table;
	slice column; /* empty: the table as a whole, e.g. count(*) */
};

/* Prepare one SELECT (or WITH … SELECT). ERR_INPUT: syntax, unknown table, column or function, a denied act, more than one statement, double-quoted string;
 * the sentence says which. */
err query_ask_open(struct job *job, struct query *query, const char *sql, struct query_ask **ret);
void query_ask_close(struct query_ask *ask);
void query_ask_close_at(struct query_ask **ask); /* for DEFER */
size_t query_ask_columns(const struct query_ask *ask, const struct query_column **ret);
size_t query_ask_reads(const struct query_ask *ask, const struct query_read **ret);
/* The names of its parameters (":now", ":days"), NULL-terminated. */
const char *const *query_ask_parameters(const struct query_ask *ask);

err query_ask_bind_int(struct job *job, struct query_ask *ask, const char *name, int64_t value); /* a name the question lacks is OK */
err query_ask_bind_text(struct job *job, struct query_ask *ask, const char *name, slice value);

/* The next row: ${ret_more} false at the end (the question is then reset and may be asked again). Cells borrow until the next call; COLUMN types are by value: a number or text.
 * ERR_LIMIT names the limit. */
err query_ask_next(struct job *job, struct query_ask *ask, bool *ret_more, const struct cell **ret_cells, const bool **ret_is_text);

#endif
