/*
 * How many durable entries a second the store takes: batches of 256, each entry with a leaf of 500 bytes, an envelope of 700 and one
 * content of 300. Usage: bench_store [ENTRIES [DIR]]. DIR must be on the disk in question; it is made and removed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_kit.h"

#include "base/fs.h"
#include "store/store.h"

#define BATCH STORE_MAX_BATCH
#define LEAF 500
#define ENVELOPE 700
#define CONTENT 300
#define WRAPPED 72

/* Random once, then told apart by their first bytes: making bytes is not what is measured. */
struct batch {
	struct store_entry entry[BATCH];
	struct store_content content[BATCH];
	struct store_node node;
	uint8_t bytes[BATCH][LEAF + ENVELOPE + CONTENT + WRAPPED];
};

static void
batch_fill(struct batch *batch, uint64_t from)
{
	for (size_t i = 0; i < BATCH; i++) {
		uint8_t *at = batch->bytes[i];
		uint64_t number = from + i;
		memcpy(at, &number, sizeof number);
		struct digest digest = code_sha256(slice_bytes(at, 64));
		batch->entry[i] = (struct store_entry){.index = number,
		    .statement = digest,
		    .leaf_hash = digest,
		    .leaf = slice_bytes(at, LEAF),
		    .envelope = slice_bytes(at + LEAF, ENVELOPE),
		    .received_us = (int64_t)number};
		batch->content[i] = (struct store_content){.digest = digest,
		    .sealed = slice_bytes(at + LEAF + ENVELOPE, CONTENT),
		    .wrapped_key = slice_bytes(at + LEAF + ENVELOPE + CONTENT, WRAPPED)};
	}
	batch->node = (struct store_node){.level = 1, .index = from / BATCH, .hash = batch->entry[0].leaf_hash};
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static err
append_all(struct job *job, struct store *store, uint64_t batches, double *times)
{
	struct batch *batch;
	struct store_head head, after;
	TRY(NEW(job, 1, &batch));
	code_random(batch->bytes, sizeof batch->bytes);
	TRY(store_head(job, store, &head));
	for (uint64_t i = 0; i < batches; i++) {
		batch_fill(batch, i * BATCH);
		after = (struct store_head){.size = head.size + BATCH, .root = batch->node.hash, .frontier = head.frontier};
		double begun = seconds();
		TRY(store_append(job, store, &head, batch->entry, BATCH, batch->content, BATCH, &batch->node, 1, &after));
		times[i] = seconds() - begun;
		head = after;
	}
	return OK;
}

static err
visit(struct job *job, void *to, const struct store_entry *entry)
{
	(void)job;
	*(uint64_t *)to += entry->leaf.len;
	return OK;
}

static err
run(struct job *job, const char *dir, uint64_t batches)
{
	struct store *store;
	double *times, sum = 0;
	uint64_t bytes = 0;
	struct digest root = code_sha256(S(""));
	TRY(NEW(job, batches, &times));
	TRY(store_create(job, dir, S("frontier"), &root));
	TRY(store_open(job, dir, 0, &store));
	double begun = seconds();
	TRY(append_all(job, store, batches, times));
	double all = seconds() - begun;
	for (uint64_t i = 0; i < batches; i++)
		sum += times[i];
	qsort(times, batches, sizeof *times, by_size);
	printf(
	    "append: %llu durable entries in %.2f s: %.0f entries/s; a batch of %d: median %.2f ms, 99 of 100 %.2f ms, longest %.2f ms\n",
	    (unsigned long long)(batches * BATCH), all, (double)(batches * BATCH) / sum, BATCH, times[batches / 2] * 1e3,
	    times[batches * 99 / 100] * 1e3, times[batches - 1] * 1e3);
	begun = seconds();
	TRY(store_read(job, store, 0, batches * BATCH, visit, &bytes));
	printf("read: %.0f entries/s\n", (double)(batches * BATCH) / (seconds() - begun));
	begun = seconds();
	store_close(store);
	double closed = seconds();
	TRY(store_open(job, dir, 0, &store));
	printf("close: %.1f ms; open: %.1f ms\n", (closed - begun) * 1e3, (seconds() - closed) * 1e3);
	store_close(store);
	return OK;
}

int
main(int argc, char **argv)
{
	struct job job;
	uint64_t entries = 100000;
	slice dir;
	static const char *const names[] = {"store.db", "store.db-wal", "lock", "content", ""};
	job_init(&job, arena_open("bench", 64 * MIB));
	if (argc > 3 || (argc > 1 && !slice_u64(slice_of(argv[1]), &entries)) || entries < BATCH) {
		fprintf(stderr, "usage: bench_store [ENTRIES (256 or more) [DIR]]\n");
		return 2;
	}
	err got = job_format(&job, &dir, "%s/bench-store-%d", argc > 2 ? argv[2] : ".", (int)getpid());
	if (got.code == ERR_NONE)
		got = run(&job, dir.at, entries / BATCH);
	if (got.code != ERR_NONE)
		fprintf(stderr, "bench_store: %s\n", job.why);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *path;
		if (fs_join(&job, dir.at, names[i], &path).code == ERR_NONE)
			(void)remove(path);
	}
	arena_close(job.arena);
	return got.code == ERR_NONE ? 0 : 1;
}
