/*
 * Definitions of registers: what content/register/ says, read strictly. doc/register.md describes every key.
 */
#ifndef REGISTRY_REGISTRY_REGISTER_H
#define REGISTRY_REGISTRY_REGISTER_H

#include "base/query.h"
#include "base/table.h"
#include "base/yaml.h"
#include "catalogue/catalogue.h"

#define REGISTRY_MAX_REGISTERS 200
#define REGISTRY_MAX_FIELDS 80 /* of one register, its own */
#define REGISTRY_MAX_TARGETS 32

enum registry_type {
	REGISTRY_TEXT,
	REGISTRY_LONG,
	REGISTRY_CHOICE,
	REGISTRY_YES_NO,
	REGISTRY_NUMBER, /* kept as an integer, times 10^decimals */
	REGISTRY_MONEY,  /* pence */
	REGISTRY_DATE,
	REGISTRY_INSTANT,
	REGISTRY_DURATION,
	REGISTRY_PERSON, /* a random token */
	REGISTRY_LINK,
	REGISTRY_FILE,
	REGISTRY_LIST,
	REGISTRY_CLASSIFICATION,
	REGISTRY_CVSS,
	REGISTRY_SCORE,
};
extern const char *const registry_type_words[]; /* "text", "long", …, NULL */
extern const char *const registry_classification_words[]; /* "official", …, NULL: lowest first */

struct registry_choice {
	slice id, title;
};
struct registry_band {
	int64_t to; /* the last value of the band */
	slice word;
};

struct registry_field {
	slice id, title, about;
	const char *option; /* the id with - for _: how a command names it */
	enum registry_type type;
	bool required, personal, builtin;
	slice required_when; /* SQL or empty */
	slice read, write;   /* capabilities or empty */
	slice otherwise;     /* the default or empty */
	slice *was;          /* ids it had in earlier definitions */
	size_t was_len;
	struct registry_choice *choices;
	size_t choices_len;
	bool has_min, has_max;
	int64_t min, max; /* as kept */
	unsigned decimals;
	size_t max_bytes; /* of text, of one item of a list, of a file */
	slice *to;        /* link: register ids */
	size_t to_len;
	bool to_any, many;
	slice back;
	slice compute; /* score */
	struct registry_band *bands;
	size_t bands_len;
	int column, second; /* in the register's table, or -1 */
	const struct yaml *node;
};

struct registry_state {
	slice id, title;
	bool end;
	slice *was; /* ids of earlier definitions whose records come here */
	size_t was_len;
};

struct registry_when {
	slice sql, says;
	const struct yaml *node;
};

struct registry_start {
	slice deadline;
	slice from; /* a field's id, or empty: now */
	slice when; /* SQL over own fields, or empty: always */
	const struct yaml *node;
};

struct registry_set {
	slice field, value;
};

struct registry_change {
	slice id, title, about, may;
	size_t *from; /* states, ascending */
	size_t from_len;
	size_t to;
	bool same; /* it stays in the state it is in; ${to} says nothing */
	slice *needs;
	size_t needs_len;
	struct registry_when *when;
	size_t when_len;
	slice *not_by;
	size_t not_by_len;
	struct registry_set *sets;
	size_t sets_len;
	struct registry_start *starts;
	size_t starts_len;
	slice *pauses, *resumes, *stops;
	size_t pauses_len, resumes_len, stops_len;
	const struct yaml *node;
};

struct registry_group {
	slice title;
	slice *fields;
	size_t fields_len;
};

/* Records that one record needs of another register: one for each that is reached through two link fields. */
struct registry_tasks {
	slice registry; /* register of the tasks */
	slice through;  /* link field of this register */
	slice each;     /* link field of what that reaches */
	slice of, for_; /* link fields of a task: this record, and what is reached */
	struct registry_set *sets;
	size_t sets_len;
	const struct yaml *node;
};

/* What a review of access fills of a new record: the list of grants and its figures. */
struct registry_review {
	slice list, at, count, unused; /* fields: file, instant, number, number */
	struct registry_set *sets;
	size_t sets_len;
	const struct yaml *node;
};

struct registry_observed {
	const char *query;
	slice *key;      /* columns */
	size_t key_len;
	slice *matches;  /* fields, as many as keys */
	struct registry_set *sets; /* field: column */
	size_t sets_len;
	struct duration unseen;
	const struct yaml *node;
};

/* A fact table whose rows that come, go or become others are changes somebody should have approved. */
struct registry_watched {
	slice table;
	slice *key, *compares; /* columns; no key: the table's own, and then every other one that is not volatile is compared */
	size_t key_len, compares_len;
	const struct yaml *node;
};

struct registry_observes {
	struct registry_watched *tables;
	size_t tables_len;
	slice window_from, window_to, made; /* instant fields; made may be empty */
	slice covers;                       /* link field, or empty */
	slice *approved;                    /* states */
	size_t approved_len;
	slice deadline;
	const struct yaml *node;
};

/* Where what a sample is made of is kept in the record it was drawn for: field ids or empty. */
struct registry_sampling {
	slice population, seed, drawn; /* texts */
	slice evidence;                /* a file */
};

/* Records that a library of threats proposes: one for each threat and each thing it is about. */
struct registry_assess {
	slice threats;              /* folder of content: "threat" */
	struct registry_set *links; /* .field: the link field for things of the register .value */
	size_t links_len;
	struct registry_set *sets;  /* field: column of a threat (registry_threat.h) */
	size_t sets_len;
	slice threat;               /* the field that holds a threat's id */
	slice *asks;                /* fields that whoever goes through them one by one is asked for */
	size_t asks_len;
	const struct yaml *node;
};

/* Questions that somebody without an account answers in a file: the fields of some groups. */
struct registry_asked {
	const struct registry_group *group;
	slice when;    /* SQL over own fields, or empty: always */
	bool required; /* each of its questions must be answered */
};
struct registry_questionnaire {
	struct registry_asked *groups;
	size_t groups_len;
	slice intro;
	slice signer;   /* text field that is given the name of who signed, or empty */
	slice file;     /* file field that is given the answers as they came in, or empty */
	slice needs_of; /* a change: what it needs must be answered; or empty */
	slice *from;    /* states in which answers are taken in; none: every one that is no end */
	size_t from_len;
	struct registry_set *sets;
	size_t sets_len;
	const struct yaml *node;
};

struct registry_register {
	slice id, title, plural, group, about, source;
	const char *table_name;
	slice label, service, owner; /* field ids or empty */
	slice subject; /* person field: whom the record is about; or empty */
	slice unit;                  /* the field that says which unit a record belongs to, or empty */
	bool lenient;
	struct registry_field *fields; /* its own, then the builtin ones */
	size_t fields_len;
	struct registry_state *states;
	size_t states_len;
	struct registry_change *changes;
	size_t changes_len;
	struct registry_start *starts;
	size_t starts_len;
	slice *drops; /* fields of earlier definitions whose values may go */
	size_t drops_len;
	slice *columns, *sort, *index, *abilities;
	size_t columns_len, sort_len, index_len, abilities_len;
	struct registry_group *groups;
	size_t groups_len;
	bool retained;
	struct duration retention;
	slice retention_from, retention_source;
	const struct registry_observed *observed; /* or NULL */
	const struct registry_tasks *tasks; /* or NULL */
	const struct registry_review *review; /* or NULL */
	const struct registry_assess *assess; /* or NULL */
	const struct registry_questionnaire *questionnaire; /* or NULL */
	const struct registry_observes *observes; /* or NULL; of one register at most */
	struct registry_sampling sample;
	struct table table; /* what SQL sees: see registry_table.h */
	const char *from;   /* the file */
	const struct yaml *node;
};

/* A register that is left out: its definition is wrong, or it needs one that is. */
struct registry_broken {
	slice id;  /* by the file's name */
	slice why; /* "file:line: …" */
};

struct registry_registers {
	struct registry_register *at; /* sorted by id */
	size_t len;
	struct registry_broken *broken; /* of registry_load_sound(): wrong ones first, then what needs them */
	size_t broken_len;
};

/* Columns of every register's table before its fields, in this order. */
enum registry_column {
	REGISTRY_NUMBER_COLUMN,
	REGISTRY_STATUS,
	REGISTRY_VERSION,
	REGISTRY_MADE,
	REGISTRY_MADE_BY,
	REGISTRY_CHANGED,
	REGISTRY_CHANGED_BY,
	REGISTRY_STATUS_SINCE,
	REGISTRY_ENDED,
	REGISTRY_DUE,
	REGISTRY_DUE_BY,
	REGISTRY_COLUMNS,
};

/*
 * Read every definition in content/register/. ${reserved}: names that no register may have (commands), NULL-terminated, may be NULL. Links, states, fields and
 * deadlines that are named must be there. ERR_INPUT "file:line: …".
 */
err registry_load(struct job *job, const struct content *content, const char *const *reserved, struct registry_registers *ret);
/* The same, telling each fault and going on without that register. */
typedef err (*registry_fault)(struct job *job, void *to, err found);
err registry_load_each(struct job *job, const struct content *content, const char *const *reserved, registry_fault fault, void *fault_to,
    struct registry_registers *ret);
/*
 * The same for daily work: one definition that is wrong does not take the others away. It is left out, and so are those that need it; ${ret->broken} says which
 * and why, and whoever may not work with less refuses (registry_sound()).
 */
err registry_load_sound(struct job *job, const struct content *content, const char *const *reserved, struct registry_registers *ret);
/* What is wrong with a register that was left out, or NULL. */
const struct registry_broken *registry_broken(const struct registry_registers *registers, slice id);
/* ERR_CONFLICT when one was left out: for what must reach every record. */
err registry_sound(struct job *job, const struct registry_registers *registers);
/* By id, or NULL. */
const struct registry_register *registry_find(const struct registry_registers *registers, slice id);
const struct registry_field *registry_field(const struct registry_register *def, slice id);
int registry_state(const struct registry_register *def, slice id); /* index or -1 */
const struct registry_change *registry_change(const struct registry_register *def, slice id);
bool registry_able(const struct registry_register *def, const char *ability);
/* The title of a choice, state or classification; the word itself when it is none. */
slice registry_choice_title(const struct registry_field *field, slice word);
/* The field's value is one of several in a list. */
bool registry_is_number(enum registry_type type); /* kept as an integer */

#endif
