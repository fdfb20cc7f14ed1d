/*
 * Samples for auditors: a population frozen at a moment, a seed, and the draw that anybody can repeat. doc/sample.md describes the file and the draw.
 *
 * The draw: in each stratum, order by SHA-256 over the seed's hex digits followed by the id, and take the first.
 */
#ifndef REGISTRY_REGISTRY_SAMPLE_H
#define REGISTRY_REGISTRY_SAMPLE_H

#include "registry/registry.h"

#define REGISTRY_SAMPLE_MAX 200000 /* in a population */
#define REGISTRY_SAMPLE_WHOLE 1000000 /* a fraction of one, in millionths */
#define REGISTRY_SAMPLE_FINDINGS "findings" /* populations that are no registers */
#define REGISTRY_SAMPLE_ENTRIES "entries"

struct registry_sample_item {
	slice id;      /* "risk/12", "finding/1d89aabbccdd/44" (found by entry 44), "entry/9": no blanks */
	int64_t version; /* of the record; else 1 */
	slice stratum; /* one line, or empty */
	struct digest order;
};

struct registry_sample {
	/* The question. */
	slice of;            /* a register's id, findings or entries */
	slice where, strata; /* tests and a column, or empty */
	int64_t from_us, to_us; /* when it was added, found, received: [from, to); 0: no limit */
	bool fraction;
	uint64_t amount;     /* of each stratum: a number, or millionths when ${fraction} */
	slice seed;          /* 32 to 128 lower-case hex digits, an even number */
	bool seed_given;     /* a person chose it */
	/* The moment. */
	slice origin;
	uint64_t ledger_size;
	struct digest ledger_root;
	int64_t taken_us;
	/* The answer. */
	struct registry_sample_item *items; /* as the ledger orders them */
	size_t len;
	const struct registry_sample_item **drawn; /* by stratum, then in the order of the draw */
	size_t drawn_len;
};

/* Fill .drawn. Pure. ERR_INPUT: an id is there twice, the seed or the amount is none. */
err registry_sample_draw(struct job *job, struct registry_sample *sample);

/* SHA-256 over the lines of the population as they stand in the file. */
err registry_sample_digest(struct job *job, const struct registry_sample *sample, struct digest *ret);

/* The file of a drawn sample; and back, strictly: ERR_INPUT when population, count, digest or draw are not what each other says. Pure. */
err registry_sample_write(struct job *job, const struct registry_sample *sample, slice *ret);
err registry_sample_read(struct job *job, slice text, struct registry_sample *ret);

/*
 * Fill .items from the ledger at .ledger_size and .taken_us by the question, and make .where what does not name a person. ERR_INPUT: no such register, column or test;
 * ERR_LIMIT: more than REGISTRY_SAMPLE_MAX.
 */
err registry_sample_population(struct job *job, const struct registry *registry, struct registry_sample *sample);

/* What the ledger held at that moment beside what was frozen. */
enum registry_sample_fault { REGISTRY_SAMPLE_MISSING, REGISTRY_SAMPLE_EXTRA, REGISTRY_SAMPLE_OTHER };
extern const char *const registry_sample_fault_words[]; /* "left out", "not in the ledger", "different", NULL */
struct registry_sample_difference {
	enum registry_sample_fault fault;
	slice id;
	int64_t frozen_version, ledger_version; /* 0: it is not there */
};
err registry_sample_compare(struct job *job, const struct registry *registry, const struct registry_sample *sample,
    struct registry_sample_difference **ret, size_t *ret_len);

#endif
