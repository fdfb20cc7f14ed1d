/*
 * How long it takes to verify a ledger of N entries: tree and digests, then with contents, then with every signature. Usage:
 * bench_verify [ENTRIES [DIR]]. A ledger that is in DIR already is taken as it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench_kit.h"

#include "ledger/ledger.h"

#define BATCH 2048

static void
fill(struct job *job, const struct ledger_place *place, uint64_t entries)
{
	struct ledger *ledger;
	need(job, ledger_init(job, place), "init");
	need(job, ledger_open(job, place, &ledger), "open");
	static struct ledger_subject subjects[BATCH];
	static struct ledger_draft drafts[BATCH];
	static struct ledger_receipt receipts[BATCH];
	for (uint64_t done = 0; done < entries; done += BATCH) {
		struct arena_mark mark = arena_mark(job->arena);
		for (size_t i = 0; i < BATCH; i++) {
			need(job, job_format(job, &subjects[i].content, "%0250llu", (unsigned long long)(done + i)), "content");
			subjects[i].name = S("bench");
			subjects[i].known = false;
			drafts[i] = (struct ledger_draft){.kind = LEDGER_EVIDENCE,
			    .host = ledger_host_id(ledger),
			    .from_us = 1,
			    .to_us = 2,
			    .subjects = &subjects[i],
			    .subjects_len = 1,
			    .by_host = true};
		}
		need(job, ledger_append(job, ledger, drafts, BATCH, receipts), "append");
		arena_rewind(job->arena, mark);
	}
	ledger_close(ledger);
}

static void
measure(struct job *job, const struct ledger_place *place, const char *what, bool contents, bool signatures)
{
	struct ledger_verify_options options = {.contents = contents, .signatures = signatures};
	struct ledger_verify_result result;
	double start = seconds(), busy = (double)clock() / CLOCKS_PER_SEC;
	need(job, ledger_verify(job, place, NULL, &options, &result), what);
	double took = seconds() - start;
	printf("%s: %llu entries in %.1f s (%.1f s of processor), %.0f a second\n", what, (unsigned long long)result.size, took,
	    (double)clock() / CLOCKS_PER_SEC - busy, (double)result.size / took);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	uint64_t entries = 100000;
	struct arena *arena = arena_open("bench", (size_t)2 << 30);
	struct job job;
	struct ledger_place place;
	const char *dir = argc > 2 ? argv[2] : "bench-verify";
	job_init(&job, arena);
	if (argc > 1 && !slice_u64(slice_of(argv[1]), &entries))
		return 2;
	need(&job, ledger_place_of(&job, dir, NULL, NULL, NULL, &place), "place");
	if (access(place.store, F_OK) != 0) {
		double start = seconds();
		fill(&job, &place, entries);
		printf("appended: %llu entries in %.1f s\n", (unsigned long long)entries, seconds() - start);
	}
	measure(&job, &place, "tree and digests", false, false);
	measure(&job, &place, "and contents", true, false);
	measure(&job, &place, "and every signature", true, true);
	arena_close(arena);
	return 0;
}
