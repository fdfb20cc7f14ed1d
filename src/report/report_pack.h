/*
 * Packs: reports whose sections are content. A pack says which requirements, which tables over registers and ledger, what blocks whom; this room asks its SQL of the
 * tables it is given and writes what comes out as a page, as sheets or as JSON. doc/pack.md describes the file.
 */
#ifndef REPORT_REPORT_PACK_H
#define REPORT_REPORT_PACK_H

#include "base/query.h"
#include "registry/registry_register.h"
#include "report/report_count.h"

#define REPORT_PACK_MAX_SECTIONS 40
#define REPORT_PACK_MAX_COLUMNS 16

enum report_pack_type {
	REPORT_PACK_REQUIREMENTS, /* of one framework, gaps first */
	REPORT_PACK_TABLE,
	REPORT_PACK_BLOCKS, /* what stands in the way, why, and who can move it */
	REPORT_PACK_TEXT,
	REPORT_PACK_FIGURES, /* a few numbers, and bars of verdicts */
	REPORT_PACK_INDEX,   /* every entry the pack rests on */
};
extern const char *const report_pack_type_words[]; /* "requirements", "table", …, NULL */

enum report_pack_as {
	REPORT_PACK_AS_TEXT,
	REPORT_PACK_AS_LINES,    /* one a line: a list */
	REPORT_PACK_AS_WORD,     /* "not-met", "service_owner": with blanks and a capital */
	REPORT_PACK_AS_NUMBER,
	REPORT_PACK_AS_MONEY,    /* pence */
	REPORT_PACK_AS_PERCENT,  /* hundredths of one */
	REPORT_PACK_AS_DAY,      /* µs */
	REPORT_PACK_AS_MINUTE,   /* µs */
	REPORT_PACK_AS_PERSON,   /* a token: shown as the name */
	REPORT_PACK_AS_SEVERITY,
	REPORT_PACK_AS_VERDICT,  /* of a requirement */
	REPORT_PACK_AS_STATE,    /* of a part or check */
	REPORT_PACK_AS_CODE,     /* a digest, an id */
};
extern const char *const report_pack_as_words[]; /* "text", "lines", …, NULL */

struct report_pack_column {
	slice id, title;
	enum report_pack_as as;
};
#define REPORT_PACK_COLUMN(id, title, as) {{id, sizeof id - 1}, {title, sizeof title - 1}, REPORT_PACK_AS_##as}
struct report_pack_figure {
	slice title;
	const char *sql; /* one row, one column */
	enum report_pack_as as;
	slice good; /* "none": nought is good and more is bad; "some": the other way round; empty: neither */
	const struct yaml *node;
};
struct report_pack_section {
	slice id, title, about;
	enum report_pack_type type;
	const char *sql;  /* table, blocks; figures: bars of label, verdict, number; or NULL */
	slice empty;      /* table, blocks: what is said when nothing comes out */
	slice bars;       /* figures: title of the bars */
	struct report_pack_column *columns; /* table */
	size_t columns_len;
	slice framework; /* requirements */
	slice *sections, *ids;
	size_t sections_len, ids_len;
	bool phased;  /* requirements: only those of the phase that is asked, and of any */
	struct report_pack_figure *figures;
	size_t figures_len;
	slice text;
	const struct yaml *node;
};
struct report_pack {
	slice id, title, about, audience;
	slice *phases; /* that may be asked for; none: the pack has no phases */
	size_t phases_len;
	const char *phase_otherwise; /* SQL that gives the phase of now, or NULL */
	bool period;                 /* it looks back */
	struct duration period_otherwise;
	struct report_pack_section *sections;
	size_t sections_len;
	const struct yaml *node;
};
struct report_packs {
	struct report_pack *at; /* sorted by id */
	size_t len;
};
/* Read content/report strictly; ERR_INPUT "file:line: …". Frameworks, sections and ids are looked up when ${catalogue} is given. */
err report_packs_load(struct job *job, const struct content *content, const struct catalogue *catalogue, struct report_packs *ret);
/* The same, telling each fault and going on without that pack. */
err report_packs_load_each(struct job *job, const struct content *content, const struct catalogue *catalogue, err (*fault)(struct job *job, void *to, err found),
    void *fault_to, struct report_packs *ret);
const struct report_pack *report_pack_find(const struct report_packs *packs, slice id);

/*
 * Everything that is wrong with packs, one "file:line: …" line each: reads each, prepares every question against the tables of ${registers}, of the ledger and of packs, and compares
 * what it gives with what the section needs.
 */
err report_pack_lint(struct job *job, const struct content *content, const struct catalogue *catalogue, const struct registry_registers *registers,
    ledger_line line, void *line_to, size_t *ret_faults, size_t *ret_packs);

/* The tables only packs have: requirement, part, asked_check, effectiveness, cited. NULL-terminated. */
extern const struct table *const report_pack_tables[];
extern const struct table report_pack_requirement_table;
extern const struct table report_pack_part_table;
extern const struct table report_pack_check_table;
extern const struct table report_pack_effectiveness_table;
extern const struct table report_pack_cited_table;

/* What a pack is made of. */
struct report_pack_source {
	/* The rows of a table at the pack's moment, for its service, as far as whoever asks may see them; ${reads}: the columns that are read. */
	err (*rows)(struct job *job, void *to, slice table, const struct query_read *reads, size_t reads_len, struct rows *ret);
	/* The name of a person; empty when nobody by that token may be shown. */
	err (*person)(struct job *job, void *to, slice token, slice *ret);
	void *to;
};
struct report_pack_about {
	const struct report_pack *pack;
	struct report report; /* service, at, origin, root and size of what was judged, content, catalogue, requirements, warnings */
	int64_t service;      /* 0: all */
	slice phase;
	int64_t from_us, to_us; /* the period, or 0 */
	slice by;               /* who had it made: what they may read is what it shows; may be empty */
	bool draft;
	uint64_t entry; /* in which it is frozen, unless it is a draft */
};

/* The phase and period of a pack that were not asked for; ${about}'s pack, report.at and service are set. */
err report_pack_otherwise(struct job *job, const struct registry_registers *registers, const struct report_pack_source *source, struct report_pack_about *about);

/* A section with its answers. */
struct report_pack_sheet {
	const struct report_pack_section *section;
	const struct report_pack_column *columns; /* of blocks, index and requirements too */
	size_t columns_len;
	struct cell **row; /* persons by name */
	size_t len;
	struct report_row *bars; /* figures */
	size_t bars_len;
	const struct report_requirement **requirements; /* worst first */
	size_t requirements_len;
};
struct report_pack_made {
	const struct report_pack_about *about;
	struct report_pack_sheet *sheets; /* about->pack->sections_len */
};
err report_pack_make(struct job *job, const struct report_pack_about *about, const struct registry_registers *registers,
    const struct report_pack_source *source, struct report_pack_made *ret);

/* One self-contained page; one JSON document; one CSV file a section that has rows, and pack.csv. */
err report_pack_html(struct job *job, const struct report_pack_made *made, slice *ret);
err report_pack_json(struct job *job, const struct report_pack_made *made, slice *ret);
struct report_pack_file {
	slice name, text;
};
err report_pack_csv(struct job *job, const struct report_pack_made *made, struct report_pack_file **ret, size_t *ret_len);

/* The columns of blocks: role may be left out. */
#define REPORT_PACK_BLOCK_COLUMNS 7
extern const struct report_pack_column report_pack_block_columns[REPORT_PACK_BLOCK_COLUMNS];
enum report_pack_block { REPORT_PACK_WHAT, REPORT_PACK_WHY, REPORT_PACK_WHO, REPORT_PACK_BY_WHEN, REPORT_PACK_REGISTER, REPORT_PACK_NUMBER, REPORT_PACK_ROLE };

/* What the questions of a pack may read, empty and locked; and the parameters they may have. */
err report_pack_query(struct job *job, const struct registry_registers *registers, struct query **ret);
extern const char *const report_pack_parameters[]; /* ":now", ":service", ":phase", ":from", ":to", NULL */
/* A cell as text: for sheets and JSON exact, for people with words. */
err report_pack_cell(struct job *job, enum report_pack_as as, const struct cell *cell, bool people, slice *ret);

#endif
