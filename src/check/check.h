/*
 * Checks: questions asked of one host's newest facts, and what the answers mean for requirements. A check is a query that returns what is wrong.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "base/query.h"
#include "catalogue/catalogue.h"
#include "ledger/ledger.h"
#include "registry/registry.h"

struct check_param {
	slice name;
	slice value; /* before any profile */
	bool number;
	slice cites; /* where the value comes from */
};
struct check {
	slice id, title, severity, says, remedy, why;
	slice registry; /* asked of registers, about this one; empty: asked of hosts */
	const struct part **answers;
	size_t answers_len;
	enum basis basis; /* of hosts observed, of registers recorded, unless the file says exercised */
	struct duration max_age;
	const char *applies, *query;
	const char *blind; /* a row: it could not be looked at, and why; NULL: nothing is asked */
	slice *key;
	size_t key_len;
	struct check_param *params;
	size_t params_len;
	slice *profiles; /* empty = all */
	size_t profiles_len;
	const struct yaml *tests; /* the facts that pass, fail, do not apply, could not be looked at */
	const struct yaml *node;
	slice *tables;     /* fact tables that applies and query read; filled by check_tables() */
	size_t tables_len;
};

/* A kind of machine: what is not asked there, and which thresholds are others. */
struct check_override {
	slice what; /* "check.param", or a check that is skipped */
	slice value; /* the param's value, or the reason */
	const struct yaml *node;
};
struct check_profile {
	slice id, title, about;
	const char *detect; /* SELECT over facts: a row = this is one; NULL = never by itself */
	bool otherwise;     /* the profile of a machine that none detects */
	bool services;      /* of services: asked of registers */
	struct check_override *params, *skips;
	size_t params_len, skips_len;
};
struct checks {
	struct check *at; /* sorted by id */
	size_t len;
	struct check_profile *profiles; /* in the order they are tried: container, workstation, server by their file's `order` */
	size_t profiles_len;
	const struct registry_registers *registers; /* of the same content */
};

/* Read content/check and content/profile strictly. Without ${catalogue} the parts that checks answer are not looked up (the worker needs none). */
err check_load(struct job *job, const struct content *content, const struct catalogue *catalogue, struct checks *ret);
const struct check *check_find(const struct checks *checks, slice id);
const struct check_profile *check_profile_find(const struct checks *checks, slice id);
/* The value of ${param} on machines of ${profile} (may be NULL). */
slice check_param_value(const struct check *check, const struct check_param *param, const struct check_profile *profile);
/* Prepare every question against the schema (drop-in tables below ${source_dir} too) and fill check.tables. ERR_INPUT names file, line and what SQLite says. */
err check_tables(struct job *job, struct checks *checks, const char *source_dir);

/* Everything that can be wrong with content, each as one "file:line: …" line; ${ret_faults} counts them. Prepares every query against the schema and runs every check's tests. */
err check_lint(struct job *job, const struct content *content, const char *source_dir, ledger_line line, void *line_to, size_t *ret_faults, size_t *ret_checks);

/* A child process without store, keys, network or writes, in which content's SQL is run. Open it before the ledger, so that no key is ever in its memory. */
struct check_worker;
err check_worker_open(struct job *job, struct check_worker **ret);
void check_worker_close(struct check_worker *worker);
void check_worker_close_at(struct check_worker **worker);

struct check_run_options {
	struct check_worker *worker; /* NULL = in this process: tests */
	const slice *only; /* ids, or none */
	size_t only_len;
	slice profile;     /* empty = the machine's facts decide */
	slice host;        /* this host only, or empty */
	const char *source_dir;
	const struct registry *registry; /* ask registers too, service by service; NULL: hosts only */
};
struct check_host_result {
	slice host;
	slice name;
	slice profile;
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
/* All requirements in catalogue order. ${checks} with their tables (check_tables()), else facts' age is that of the run. */
err check_verdicts(struct job *job, struct ledger *ledger, struct ledger_moment at, const struct catalogue *catalogue, const struct checks *checks,
    struct requirement_verdict **ret, size_t *ret_len);
/* The same by what was asked of some subjects only: hosts and services, by id. */
err check_verdicts_of(struct job *job, struct ledger *ledger, struct ledger_moment at, const struct catalogue *catalogue, const struct checks *checks,
    const slice *subjects, size_t subjects_len, struct requirement_verdict **ret, size_t *ret_len);
/*
 * The subjects of service ${number} of the register of services: its record, and the hosts that are recorded as its own (all hosts when it is the only service in use).
 * ERR_MISSING: no such service.
 */
err check_service_subjects(struct job *job, struct ledger *ledger, const struct registry *registry, const char *source_dir, struct ledger_moment at,
    int64_t number, slice **ret, size_t *ret_len);
/* Every change of one requirement's verdict up to the moment, oldest first. What went stale in between is not among them: nothing was written. */
struct verdict_change {
	int64_t at_us;
	enum verdict verdict;
};
err check_verdict_history(struct job *job, struct ledger *ledger, struct ledger_moment at, const struct requirement *requirement, const struct checks *checks,
    struct verdict_change **ret, size_t *ret_len);

#endif
