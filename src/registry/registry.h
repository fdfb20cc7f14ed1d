/*
 * Registers over an open ledger: records as they are, lists, search, and rows for SQL. Changing them is registry_write.h's.
 */
#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H

#include "base/json.h"
#include "ledger/ledger.h"
#include "ledger/ledger_record.h"
#include "registry/registry_deadline.h"
#include "registry/registry_register.h"
#include "registry/registry_value.h"

struct registry {
	struct ledger *ledger;
	const struct content *content;
	struct registry_registers registers;
	struct registry_calendars calendars;
	struct registry_deadline_rules rules;
	const struct registry_register *scope; /* the register that service fields link to, or NULL */
	const struct registry_access *access;  /* who asks: what is written is judged by it (registry_access.h); NULL: nobody, nothing is refused */
};
struct registry_access;

/*
 * Read definitions (registry_load_sound()), deadlines and calendars of ${content} (which is kept), and bring the tables of registers in the view to the ledger's head. ${reserved} as
 * there. Lives in the job's arena; nothing is to be closed.
 */
err registry_open(
    struct job *job, struct ledger *ledger, const struct content *content, const char *const *reserved, struct registry **ret);
/* The same from definitions that are read already, without touching the view: for another moment's content. */
err registry_open_at(struct job *job, struct ledger *ledger, const struct content *content, struct registry **ret);

/*
 * From now on what is opened over the same content set takes its definitions from ${kept}, which must outlive it; NULL: is read anew each time. For many commands in one process.
 */
void registry_keep(const struct registry *kept);
/* What was kept, when it is of ${content}; else NULL. */
const struct registry *registry_kept(const struct content *content);

/* One record, read whole. */
struct registry_record {
	const struct registry_register *def;
	struct ledger_record base;
	const json_t *fields;
	struct registry_deadline *deadlines; /* every run, oldest first */
	size_t deadlines_len;
	struct cell *cells; /* of def->table */
	slice label;
	int64_t due_us; /* 0: none runs */
	slice due_by;
};
err registry_record_of(struct job *job, const struct registry_register *def, const struct ledger_record *base, struct registry_record *ret);
/* ERR_MISSING: there is none, or was none then. */
err registry_record(struct job *job, const struct registry *registry, struct ledger_moment at, const struct registry_register *def, int64_t number,
    struct registry_record *ret);
/* The service a record belongs to: its link, itself in the register of services, or 0. */
int64_t registry_record_service(const struct registry *registry, const struct registry_record *record);
/* The rank of its classification (registry_classification_words). */
unsigned registry_record_rank(const struct registry_record *record);

/* Who may see what, as the view knows it: the ids of access keys (registry_view.h), ascending. */
struct registry_reach {
	const int64_t *ids;
	size_t len;
	bool all; /* everything: ${ids} do not count */
};
bool registry_reach_has(const struct registry_reach *reach, int64_t access);

/* Is the record one that ${reach} covers? False when there is none. */
err registry_reaches(struct job *job, const struct registry *registry, const struct registry_reach *reach, slice registry_id, int64_t number, bool *ret);

/* Lists: current records only. */
enum registry_compare { REGISTRY_IS, REGISTRY_IS_NOT, REGISTRY_LESS, REGISTRY_LESS_OR_IS, REGISTRY_MORE, REGISTRY_MORE_OR_IS, REGISTRY_HOLDS };
struct registry_filter {
	slice column;
	enum registry_compare compare;
	struct cell value;
};
struct registry_list {
	const struct registry_register *def;
	const struct registry_filter *filters;
	size_t filters_len;
	const slice *sort; /* columns, "-" in front: largest first; none: the register's own */
	size_t sort_len;
	bool ended;        /* those in an end state too */
	size_t limit;      /* 0: all */
	struct registry_reach reach;
};
/* Rows of def->table; ${ret_more}: there are others behind the limit. ERR_INPUT names a column there is not. */
err registry_list(struct job *job, const struct registry *registry, const struct registry_list *list, struct rows *ret, bool *ret_more);
/* "residual>=12, owner=alice, title~laptop": filters for ${def}. Persons are looked up. */
err registry_filter_parse(struct job *job, const struct registry *registry, const struct registry_register *def, slice text, struct registry_filter **ret,
    size_t *ret_len);

/* Search over every register's current records; newest change first, those whose name matches before others. */
struct registry_found {
	slice registry, label, status;
	int64_t number, changed_us;
};
err registry_search(struct job *job, const struct registry *registry, slice words, struct registry_reach reach, size_t limit,
    struct registry_found **ret, size_t *ret_len);

/* Deadlines that run, soonest first; ${def} NULL: of every register. ${until_us} 0: all. */
struct registry_due {
	slice registry, label, rule, uid;
	int64_t number, started_us, due_us;
	bool paused;
};
err registry_dues(struct job *job, const struct registry *registry, const struct registry_register *def, int64_t until_us, struct registry_reach reach,
    struct registry_due **ret, size_t *ret_len);

/* Links to a record from others, and the label of one. */
struct registry_back {
	slice registry, field, label, status;
	int64_t number;
};
err registry_links_to(struct job *job, const struct registry *registry, const struct registry_register *def, int64_t number, struct registry_reach reach,
    struct registry_back **ret, size_t *ret_len);
err registry_label(struct job *job, const struct registry *registry, slice registry_id, int64_t number, bool *ret_found, slice *ret);

/*
 * Rows for SQL: a register's table, or one of the shared ones but observation, observed_change and check_result (the room of checks fills those). ${service}: records of this service and of none;
 * 0: all. ${masked}: personal fields that are no persons as '(kept)'. ERR_MISSING: no such table.
 */
struct registry_rows_of {
	struct ledger_moment at;
	int64_t service;
	bool masked;
	int64_t except;             /* leave out this record of ${except_def}, and */
	const struct registry_register *except_def;
	const struct cell *instead; /* put these cells in its place: a change that is being judged; may be NULL */
};
err registry_rows(struct job *job, const struct registry *registry, slice table, const struct registry_rows_of *of, struct rows *ret);

/* The token of a person of the organisation as it stands in records; false when nobody of that name is known yet. */
err registry_person_find(struct job *job, const struct registry *registry, slice name, bool *ret_found, slice *ret_token);

#endif
