/*
 * Inside "observed beside declared": a register's question, prepared, and what one host shows at a moment.
 */
#ifndef CHECK_CHECK_OBSERVE_PRIV_H
#define CHECK_CHECK_OBSERVE_PRIV_H

#include "check/check_observe.h"
#include "check/check_priv.h"

#define CHECK_OBSERVED_MEMORY (1024 * MIB) /* one host's facts and their database */

/* A register's question: what it reads and gives. */
struct check_observe_plan {
	const struct registry_register *def;
	const struct registry_field **matches; /* def->observed->key_len */
	size_t *key;                           /* column of each part of the key */
	bool *personal;                        /* by part of the key: only a mark may be kept */
	int host_part;                         /* the part of the key that is the host's name, or -1 */
	slice *columns;
	size_t columns_len;
	slice tables[CHECK_MAX_TABLES]; /* fact tables it reads */
	size_t tables_len;
	const struct check_schema *schema;
};
err check_observe_plan(struct job *job, const struct check_schema *schema, const struct registry_register *def, struct check_observe_plan *ret);

/* One thing a host shows. */
struct check_shown_row {
	slice match; /* as a record's own values would read: check_observe_match() */
	slice key;
	struct cell *cells;
	bool *is_text;
};
struct check_shown {
	struct check_shown_row *at; /* sorted by match, each once */
	size_t len;
	bool any;            /* there were facts of this host */
	bool blind;          /* a table it reads could not be looked at, or never was */
	int64_t seen_us;     /* how old the oldest of the tables is */
	struct digest facts; /* the same: the same rows would come out, but for the host's own times */
};
/*
 * What ${host} shows at the moment. ${known} (may be NULL): when its facts are the same as those, its rows are taken over. Facts are read and asked in ${scratch},
 * which is given back.
 */
err check_observe_host(struct job *job, struct job *scratch, struct ledger *ledger, const struct check_observe_plan *plan, const struct ledger_host *host,
    struct ledger_moment at, const struct check_shown *known, struct check_shown *ret);
/* Is there a row that matches? */
bool check_shown_has(const struct check_shown *shown, slice match);

/* Put one value of a key into ${buf}: as it is, in quotes where it could be mistaken, a mark when it is ${personal}. */
err check_observe_key(struct job *job, struct ledger *ledger, struct buf *buf, slice value, bool personal);
/* The text in which a cell would be entered into ${field}. */
err check_observe_text(struct job *job, const struct registry_field *field, const struct cell *cell, bool is_text, slice *ret);
/* A record's value of ${field}, for comparing with what is shown. */
void check_observe_match(struct buf *buf, const struct cell *cell, enum column_type type);

/* Copy the sentence of what failed in ${scratch}. */
err check_scratch(struct job *job, struct job *scratch, err was);

#endif
