/*
 * Checks: questions asked of one host's newest facts, and what the answers mean for requirements. A check is a query that returns what is wrong.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "base/query.h"
#include "catalogue/catalogue.h"
#include "ledger/ledger.h"

struct check_param {
	slice name;
	slice value; /* after the profile */
	bool number;
	slice cites; /* where the value comes from */
};
struct check {
	slice id, title, severity, says, remedy, why;
	const struct part **answers;
	size_t answers_len;
	enum basis basis; /* observed unless the file says exercised or recorded */
	int64_t max_age_us;
	slice applies, query;
	slice *key;
	size_t key_len;
	struct check_param *params;
	size_t params_len;
	slice *profiles; /* server workstation container: empty = all */
	size_t profiles_len;
	const struct yaml *tests; /* the facts that pass, fail, do not apply, could not be looked at */
	const struct yaml *node;
	const char **tables; /* tables that applies and query read, NULL-terminated; filled by check_lint or check_run */
};
struct checks {
	struct check *at; /* sorted by id */
	size_t len;
	slice profile;
};

/* Read content/check and content/profile. ${profile}: "server", "workstation", "container" or empty: then etc/profile.yaml or the machine decides at run time. */
err check_load(struct job *job, const struct content *content, const struct catalogue *catalogue, slice profile, struct checks *ret);
const struct check *check_find(const struct checks *checks, slice id);

/* Everything that can be wrong with content, each as one "file:line: …" line; ${ret_faults} counts them. Prepares every query against the schema and runs every check's tests. */
err check_lint(struct job *job, const struct content *content, const char *source_dir, ledger_line line, void *line_to, size_t *ret_faults, size_t *ret_checks);

struct check_run_options {
	const slice *only; /* ids, or none */
	size_t only_len;
	slice profile;
};
struct check_host_result {
	slice host;
	size_t passed, failed, not_applicable, could_not_look;
	struct ledger_run_change change;
};
/* Ask every accepted host's newest facts; one run entry a host. */
err check_run(struct job *job, struct ledger *ledger, const struct content *content, const struct catalogue *catalogue, const struct checks *checks,
    const struct check_run_options *options, struct check_host_result **ret, size_t *ret_len);

/* Requirement verdicts: a pure function of (ledger prefix, instant, content). */
enum verdict { VERDICT_MET, VERDICT_PARTLY_MET, VERDICT_NOT_MET, VERDICT_NOT_APPLICABLE, VERDICT_COULD_NOT_LOOK, VERDICT_UNANSWERED };
extern const char *const verdict_words[]; /* "met", "partly-met", "not-met", "not-applicable", "could-not-look", "unanswered", NULL */

enum part_state { PART_PASS, PART_FAIL, PART_NOT_APPLICABLE, PART_COULD_NOT_LOOK, PART_UNANSWERED };
extern const char *const part_state_words[]; /* "pass", "fail", "not-applicable", "could-not-look", "unanswered", NULL */

struct part_answer { /* one check on one host, or one attestation */
	const struct check *check; /* or NULL */
	const struct ledger_attestation *attestation; /* or NULL */
	slice host;
	enum part_state state;
	slice because;
	int64_t since_us;
	uint64_t entry;
};
struct part_verdict {
	const struct part *part;
	enum part_state state;
	slice because; /* one sentence */
	const struct part_answer *answers;
	size_t answers_len;
};
struct requirement_verdict {
	const struct requirement *requirement;
	enum verdict verdict;
	int64_t since_us; /* 0 = always been so */
	slice because;    /* one sentence */
	struct part_verdict *parts;
};
/* All requirements in catalogue order. */
err check_verdicts(struct job *job, struct ledger *ledger, struct ledger_moment at, const struct catalogue *catalogue, const struct checks *checks,
    struct requirement_verdict **ret, size_t *ret_len);
/* Every change of one requirement's verdict up to the moment, oldest first (since, verdict, because). */
struct verdict_change {
	int64_t at_us;
	enum verdict verdict;
	slice because;
};
err check_verdict_history(struct job *job, struct ledger *ledger, struct ledger_moment at, const struct requirement *requirement, const struct checks *checks,
    struct verdict_change **ret, size_t *ret_len);

#endif
