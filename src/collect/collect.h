/*
 * Collectors: one source each, turned into rows of one or more fact tables. A collector reads files and kernel interfaces below a root and never
 * sees a store. Each table ends read, absent or could-not-look, never silently empty.
 */
#ifndef COLLECT_COLLECT_H
#define COLLECT_COLLECT_H

#include "base/fs.h"
#include "base/job.h"
#include "base/table.h"

struct collect_owner; /* path -> package index, collect_owner.h */

/* One collection under way; what collectors are handed. */
struct collect {
	struct fs_root root;   /* "/" or a fixture tree; every path is read below it */
	bool live;             /* root is the running system: kernel interfaces (netlink, syscalls) may be asked. In a fixture they may not:
	                          a table that needs them then ends could-not-look */
	bool privileged;       /* we are root on the live system */
	const char *cache_dir; /* where a collector may keep a private cache (file digests), or NULL */
	const char *facts_dir; /* facts.d of drop-in facts, or NULL */
	const char *source_dir; /* etc/source of drop-in table descriptions, or NULL */
	struct rows *rows;     /* one for each table of the running collector, in its order */
	size_t rows_len;
	struct collect_owner *owner; /* made on first use, shared by all collectors of a run */
	struct collect_out *out;     /* where collect_give() hands tables over; collect.c's own */
};

struct collector {
	const char *name;                  /* collect_NAME.c */
	const char *about;                 /* one sentence */
	const struct table *const *tables; /* what it fills, NULL-terminated */
	const char *const *reads;          /* every path or kernel interface it looks at, NULL-terminated; doc/collect.md is made from it */
	const char *needs;                 /* the permission needed to see everything, "" = anybody */
	bool open;                         /* hands over tables beside ${tables} that only the running system knows: collect_give() */
	/* Fill the tables. An error that is returned makes every table that was not yet ended could-not-look, with the job's sentence as the reason:
	 * return errors freely. ERR_MISSING is no exception: say collect_absent() yourself where absence means the thing is not there. */
	err (*run)(struct job *job, struct collect *collect);
};

/* All collectors, NULL-terminated, in the order of src/collect/meson.build. */
extern const struct collector *const collect_index[];

/* The rows of ${table} to add to (rows_add()). The table must be one of the collector's. */
struct rows *collect_rows(struct collect *collect, const struct table *table);

/* End ${table} without rows: the thing itself is not there / could not be seen. Rows added before are dropped. */
void collect_absent(struct collect *collect, const struct table *table, const char *format, ...) __attribute__((format(printf, 3, 4)));
void collect_unseen(struct collect *collect, const struct table *table, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Hand over a table that is not one of the collector's (drop-in facts): sorted and told as the others are. The sink's failure is returned, and ends
 * the run. */
err collect_give(struct collect *collect, struct rows *rows);

/* What a run hands over for each table, once: the rows, sorted. Borrowed: valid during the call only. */
typedef err (*collect_sink)(struct job *job, void *to, const struct collector *collector, struct rows *rows);

struct collect_options {
	const char *root;        /* NULL = "/" */
	const char *only_table;  /* NULL = all; unknown names are ERR_INPUT and name the nearest */
	const char *cache_dir;
	const char *facts_dir;
	const char *source_dir;
};

/*
 * Run the collectors, one after the other (the walk uses a second thread), and hand each table to ${sink}. A collector's failure is a table's
 * could-not-look, not the run's; only the sink's failure or an unknown table ends the run. Memory of one collector is given back before the next.
 */
err collect_run(struct job *job, const struct collect_options *options, collect_sink sink, void *to);

#endif
