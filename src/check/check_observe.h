/*
 * Observed beside declared: what hosts show, compared with what registers hold; and what changed on hosts, beside the changes that were approved.
 * doc/register.md says what each word means.
 */
#ifndef CHECK_CHECK_OBSERVE_H
#define CHECK_CHECK_OBSERVE_H

#include "base/query.h"
#include "registry/registry.h"
#include "registry/registry_write.h"

#define CHECK_OBSERVED_DAYS 30      /* how far back is looked */
#define CHECK_OBSERVED_ROWS 1000    /* changed rows of one table between two collections that are told one by one */
#define CHECK_OBSERVED_PAIRS 1000   /* pairs of readings of one table and host that are compared, newest first */

enum check_observed_state { CHECK_UNRECORDED, CHECK_UNSEEN, CHECK_RECORDED, CHECK_IGNORED, CHECK_BLIND };
extern const char *const check_observed_words[]; /* "unrecorded", "unseen", "recorded", "ignored", "could-not-look", NULL */

struct check_observed {
	slice id;   /* 12 hex digits of SHA-256 over register and key: the same on every host and every day */
	slice host; /* name of the host that shows it; empty for what no host shows */
	slice key;  /* its key's values, in one line; persons and what is personal as marks (ledger_person_mark()); empty: this host could not be looked at in full */
	enum check_observed_state state;
	int64_t number;                     /* its record, or 0 */
	int64_t first_seen_us, last_seen_us; /* 0: not known */
	int64_t until_us;                   /* ignored until */
	slice why;
	const struct cell *cells;           /* of the question's columns, names included; NULL for what no host shows */
	const bool *is_text;
};

struct check_observations {
	const struct registry_register *def;
	slice *columns; /* of the question */
	size_t columns_len;
	struct check_observed *at; /* by key, host */
	size_t len;
};

/*
 * Ask ${def}'s question of the newest facts of every accepted host, and compare. ${def}->observed must be there. Records in an end state do not count: what they
 * are about and is still shown is unrecorded. ${source_dir} holds drop-in tables, may be NULL.
 */
err check_observe_register(struct job *job, struct ledger *ledger, const struct registry *registry, const struct registry_register *def,
    const char *source_dir, struct ledger_moment at, struct check_observations *ret);

/* All registers' as rows of registry_observation_table. */
err check_observe(struct job *job, struct ledger *ledger, const struct registry *registry, const char *source_dir, struct ledger_moment at,
    struct rows *ret);

/* What a record is to be given for ${observed}: the fields of "sets", or (${matches}) only those of "matches". Empty values are left out. */
err check_observe_inputs(struct job *job, const struct check_observations *observations, const struct check_observed *observed, bool matches,
    struct registry_input **ret, size_t *ret_len);

/*
 * What changed on accepted hosts within the last CHECK_OBSERVED_DAYS, by the tables that a register's "observes-changes" names, as rows of
 * registry_observed_change_table; none when no register names any. A table that could not be looked at is a row of the kind could-not-look, with an empty key.
 */
err check_observed_changes(struct job *job, struct ledger *ledger, const struct registry *registry, const char *source_dir, struct ledger_moment at,
    struct rows *ret);

/*
 * The newest verdicts of checks as rows of registry_check_result_table: those on hosts by the host's name, and those over registers of ${service} (its record's uid; empty: of
 * every service) with none.
 */
err check_results(struct job *job, struct ledger *ledger, struct ledger_moment at, slice service, struct rows *ret);

/* Prepare ${def}'s question and look for its columns, and for the tables and columns that count as changes. ERR_INPUT "file:line: …". */
err check_observe_lint(struct job *job, const struct registry_register *def, const char *source_dir);

#endif
