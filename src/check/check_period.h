/*
 * Operating effectiveness: how long a check held, failed, did not apply, could not be looked at, and how long nobody observed it, in a period.
 *
 * Never interpolated: between two runs the earlier one's answer stands only until the check's max_age after its facts were looked at. From then until the
 * next run, and before the first, it is not observed.
 */
#ifndef CHECK_CHECK_PERIOD_H
#define CHECK_CHECK_PERIOD_H

#include "check/check.h"

enum check_period_state { PERIOD_PASS, PERIOD_FAIL, PERIOD_NOT_APPLICABLE, PERIOD_COULD_NOT_LOOK, PERIOD_NOT_OBSERVED, PERIOD_STATES };
extern const char *const check_period_words[]; /* "pass", "fail", "not-applicable", "could-not-look", "not-observed", NULL */

/* What one run saw. */
struct check_seen {
	uint64_t entry;
	int64_t at_us;     /* when it asked */
	int64_t looked_us; /* when the oldest of the facts it asked was looked at; never later than at_us */
	int64_t ended_us;  /* when the answer was withdrawn without another (a host retired, a check no longer asked); 0: it was not */
	enum ledger_verdict verdict;
};

struct check_period_interval {
	enum check_period_state state;
	int64_t from_us, to_us; /* to_us is no longer in it */
	uint64_t entry;         /* the first run that says so; of not-observed 0 */
};

struct check_period {
	int64_t us[PERIOD_STATES]; /* by state; together the whole period */
	size_t runs;               /* that asked within the period */
	size_t changes;            /* runs within the period whose answer was another than that of the run before */
	int64_t first_us, last_us; /* first and last run within the period; 0: none */
	int64_t failed_since_us;   /* it fails at the end: since when without a pass in between, which may be before the period; 0: it does not */
	const struct check_period_interval *intervals; /* in order, without gaps, neighbours differ */
	size_t intervals_len;
};

/* All there is to add up: the period is [from_us, to_us). */
struct check_period_past {
	const struct check_seen *seen; /* in any order; of two runs at one instant the later entry counts */
	size_t len;
	const struct ledger_finding *findings; /* of this check and subject: one that is open at to_us says since when it fails */
	size_t findings_len;
	struct duration max_age;
	int64_t from_us, to_us;
};
/* Pure. */
err check_period(struct job *job, const struct check_period_past *past, struct check_period *ret);

/* The same from a ledger, subject by subject. */
struct check_period_ask {
	struct ledger_moment at;
	const struct check *check; /* with its tables (check_tables()) */
	const slice *known;        /* hosts or services that are told of though no run asked them */
	size_t known_len;
	slice only;                /* this subject alone; empty: all */
	int64_t from_us, to_us;
};
struct check_period_subject {
	slice subject; /* host id, or uid of a service's record */
	struct check_period period;
};
err check_period_list(struct job *job, struct ledger *ledger, const struct check_period_ask *ask, struct check_period_subject **ret, size_t *ret_len);

#endif
