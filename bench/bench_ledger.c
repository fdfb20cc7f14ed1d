/*
 * How many durable entries a second the ledger takes (calls of 256 drafts, each one table of some 250 bytes: sealed, signed, stored,
 * published, projected), how long it takes to open again, and how many entries a second the view is rebuilt from signed bytes. Usage:
 * bench_ledger [ENTRIES [DIR]]. DIR must be on the disk in question; it is made, and removed unless KEEP is set.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_kit.h"

#include "base/table.h"
#include "ledger/ledger.h"

#define BATCH 256

static const struct column columns[] = {
    {"path", COLUMN_TEXT, COLUMN_KEY, "where"}, {"value", COLUMN_TEXT, 0, "what"}, {"line", COLUMN_INT, 0, "line"}};
static const struct table table = {"bench", "Rows of a benchmark", columns, 3};

static slice
content_of(struct job *job, uint64_t number)
{
	struct rows rows;
	slice path, text;
	rows_open(&rows, job, &table);
	for (int64_t line = 0; line < 3; line++) {
		need(job, job_format(job, &path, "/etc/some/file-%llu-%d.conf", (unsigned long long)number, (int)line), "content");
		need(job, rows_add(&rows, (struct cell[]){TEXT(path), TEXT(S("a value of common length")), INT(line)}), "content");
	}
	need(job, rows_write(job, &rows, 0, &text), "content");
	return text;
}

static void
append(struct job *job, struct ledger *ledger, uint64_t from, size_t len)
{
	static struct ledger_subject subjects[BATCH];
	static struct ledger_draft drafts[BATCH];
	static struct ledger_receipt receipts[BATCH];
	int64_t now_us = job_now(job);
	for (size_t i = 0; i < len; i++) {
		subjects[i] = (struct ledger_subject){.name = S("bench"), .content = content_of(job, from + i)};
		drafts[i] = (struct ledger_draft){.kind = LEDGER_EVIDENCE,
		    .host = ledger_host_id(ledger),
		    .from_us = now_us,
		    .to_us = now_us,
		    .subjects = &subjects[i],
		    .subjects_len = 1,
		    .by_host = true};
	}
	need(job, ledger_append(job, ledger, drafts, len, receipts), "append");
}

static void
line_print(const char *what, uint64_t entries, double took)
{
	printf("%-28s %10llu entries %9.3f s %10.0f /s\n", what, (unsigned long long)entries, took, (double)entries / took);
	fflush(stdout);
}

static struct ledger *
open_at(struct job *job, const struct ledger_place *place, const char *what)
{
	struct ledger *ledger;
	double began = seconds();
	need(job, ledger_open(job, place, &ledger), "open");
	line_print(what, ledger_size(ledger), seconds() - began);
	return ledger;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

int
main(int argc, char **argv)
{
	uint64_t entries = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000, rebuilt, differences;
	const char *dir = argc > 2 ? argv[2] : "./bench-ledger";
	char run[64], view[96];
	struct arena *arena = arena_open("bench", 2048 * MIB);
	struct job job;
	struct ledger_place place;
	struct ledger *ledger;
	job_init(&job, arena);
	snprintf(run, sizeof run, "/dev/shm/assay-bench-%d", (int)getpid());
	need(&job, ledger_place_of(&job, dir, NULL, NULL, run, &place), "place");
	need(&job, ledger_init(&job, &place), "init");
	ledger = open_at(&job, &place, "open, empty");
	struct arena_mark mark = arena_mark(arena);
	double began = seconds();
	for (uint64_t at = 0; at < entries; at += BATCH) {
		append(&job, ledger, at, entries - at < BATCH ? (size_t)(entries - at) : BATCH);
		arena_rewind(arena, mark);
	}
	line_print("append, 256 a call", entries, seconds() - began);
	began = seconds();
	ledger_close(ledger);
	line_print("close, with snapshot", entries, seconds() - began);
	ledger = open_at(&job, &place, "open, view current");
	ledger_close(ledger);
	snprintf(view, sizeof view, "rm -rf %s", run);
	if (system(view) != 0)
		return 1;
	ledger = open_at(&job, &place, "open, snapshot current");
	began = seconds();
	need(&job, ledger_rebuild(&job, ledger, false, NULL, NULL, &rebuilt, &differences), "rebuild");
	line_print("rebuild", rebuilt, seconds() - began);
	began = seconds();
	need(&job, ledger_rebuild(&job, ledger, true, NULL, NULL, &rebuilt, &differences), "compare");
	line_print("rebuild and compare", rebuilt, seconds() - began);
	if (differences != 0)
		printf("%llu differences\n", (unsigned long long)differences);
	ledger_close(ledger);
	if (getenv("KEEP") == NULL)
		(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	(void)nftw(run, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_close(arena);
	return 0;
}
