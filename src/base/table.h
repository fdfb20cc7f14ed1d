/*
 * Tables: what a fact table looks like, a block of its rows, and both as JSON lines. The only thing collect and the rooms above it share.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/code.h"
#include "base/job.h"

enum column_type {
	COLUMN_TEXT,
	COLUMN_INT,  /* whole numbers; 0 or 1 for no or yes */
	COLUMN_TIME, /* µs since 1970 UTC */
};

enum {
	COLUMN_KEY = 1,      /* part of the key, and of the order of rows */
	COLUMN_MAYBE = 2,    /* may be NULL: not known. Every other column is always filled */
	COLUMN_PERSONAL = 4, /* says something about a person */
	COLUMN_VOLATILE = 8, /* left out when asking whether a table changed */
	COLUMN_TOKEN = 16,   /* holds a random token that stands for a person, never a name */
};

struct column {
	const char *name;
	enum column_type type;
	unsigned flags;
	const char *about; /* a short phrase for the documentation */
};

struct table {
	const char *name;
	const char *about;
	const struct column *columns;
	unsigned len;
};

struct cell {
	bool null;
	slice text;     /* COLUMN_TEXT */
	int64_t number; /* COLUMN_INT, COLUMN_TIME */
};

#define TEXT(s) ((struct cell){.text = (s)})
#define INT(n) ((struct cell){.number = (n)})
#define NIL ((struct cell){.null = true})

#define TABLE_MAX_COLUMNS 128
#define TABLE_MAX_ROWS 2000000
#define TABLE_MAX_TEXT (64 * KIB) /* one cell */

/* A reading of a table: rows, or the reason there are none. */
enum reading_state {
	READING_READ,           /* looked; there may be no rows */
	READING_ABSENT,         /* the thing itself is not there (sshd not installed) */
	READING_COULD_NOT_LOOK, /* it may be there, we could not see */
};
extern const char *const reading_words[]; /* "read", "absent", "could-not-look", NULL */

struct rows {
	const struct table *table;
	struct job *job; /* whose arena holds rows and text */
	enum reading_state state;
	slice reason; /* for the other two states: one sentence */
	struct cell **row;
	size_t len;
	size_t room;
};

void rows_open(struct rows *rows, struct job *job, const struct table *table);

/*
 * Add one row: ${cells}[table->len], copied, text included. Malformed UTF-8 and NUL in text are repaired with U+FFFD, not refused (a NUL would end the
 * text for SQL functions). NULL where the column is not COLUMN_MAYBE is ERR_BUG; more than TABLE_MAX_ROWS rows or TABLE_MAX_TEXT bytes is ERR_LIMIT.
 */
err rows_add(struct rows *rows, const struct cell *cells);

/* Sort by the key columns (then by the rest, so the order is total) and drop exact duplicates. */
void rows_sort(struct rows *rows);

/*
 * As JSON lines: a header {"columns":[…],"state":"read","table":"…"} (and "reason" when not read), then one array a row, in rows_sort() order.
 * The same rows always give the same bytes. ${leave_out} flags (COLUMN_VOLATILE) drop columns, for asking "unchanged?":
 * such bytes are in the order of what is left, without duplicates, and are not for rows_read(). A state other than read needs a reason and no rows.
 */
err rows_write(struct job *job, struct rows *rows, unsigned leave_out, slice *ret);

/*
 * Read them back against ${table} (NULL: the header's own columns as text, types unknown). Strict: header and rows exactly as rows_write() makes
 * them, sorted; ERR_INPUT names the line. Cells borrow from ${text} where they can.
 */
err rows_read(struct job *job, const struct table *table, const char *name, slice text, struct rows *ret);

/* A table from its JSON or YAML description belongs to the room that reads one; this only finds a column: its index or -1. */
int table_column(const struct table *table, slice name);

#endif
