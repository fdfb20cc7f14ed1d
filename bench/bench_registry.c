/*
 * Registers at size: how long an import of 10,000 rows takes until it is durable and can be listed, and with RECORDS (100,000) in one register how long a list with
 * filter, sort and access takes for a broad and for a narrowly scoped reader, and a search for a common and for a rare word. Usage: bench_registry [RECORDS [DIR]].
 * The register is the bench's own: $ASSAY_CONTENT is not asked.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_kit.h"

#include "registry/registry_view.h"
#include "registry/registry_write.h"

#define IMPORT 10000
#define SERVICES 500
#define ROUNDS 21

static const char service_yaml[] = "id: service\ntitle: Service\nabout: A service\nfields:\n  - {id: title, title: Name}\nstates: [{id: live}]\n";
static const char item_yaml[] =
    "id: item\ntitle: Item\nabout: Something kept\nfields:\n  - {id: title, title: Title, required: true}\n  - {id: service, type: link, to: service}\n"
    "  - {id: owner, type: person}\n  - {id: score, type: number}\n  - {id: kind, type: choice, choices: [a, b, c, d]}\n  - {id: about, type: long}\n"
    "  - {id: due_on, type: date}\nstates: [{id: open}, {id: closed, end: true}]\nindex: [score, due_on, kind]\nsort: [-score]\n";

static slice
text_of(struct job *job, const char *format, unsigned long long number)
{
	slice text;
	need(job, job_format(job, &text, "%s%llu", format, number), "a value");
	return text;
}

static void
add(struct job *job, struct registry *registry, const char *id, uint64_t from, size_t len)
{
	const struct registry_register *def = registry_find(&registry->registers, slice_of(id));
	static const slice kinds[] = {{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}};
	struct registry_edit *edits;
	struct registry_input *inputs;
	size_t problems;
	need(job, NEW(job, len, &edits), "edits");
	need(job, NEW(job, len * 8, &inputs), "inputs");
	for (size_t i = 0; i < len; i++) {
		struct registry_input *in = &inputs[i * 8];
		uint64_t n = from + i;
		slice about;
		size_t at = 0;
		in[at++] = (struct registry_input){.field = registry_field(def, S("title")), .text = text_of(job, "Entry number ", n)};
		if (strcmp(id, "item") == 0) {
			need(job, job_format(job, &about, "Common words about entry %llu%s", (unsigned long long)n, n % 9973 == 0 ? ", a rarity" : ""), "text");
			in[at++] = (struct registry_input){.field = registry_field(def, S("service")), .text = text_of(job, "", n % SERVICES + 1)};
			in[at++] = (struct registry_input){.field = registry_field(def, S("owner")), .text = text_of(job, "person", n % 40)};
			in[at++] = (struct registry_input){.field = registry_field(def, S("score")), .text = text_of(job, "", n * 7919 % 1000)};
			in[at++] = (struct registry_input){.field = registry_field(def, S("kind")), .text = kinds[n % 4]};
			in[at++] = (struct registry_input){.field = registry_field(def, S("about")), .text = about};
			in[at++] = (struct registry_input){.field = registry_field(def, S("due_on")), .text = S("2026-11-30")};
		}
		edits[i] = (struct registry_edit){.def = def, .inputs = in, .inputs_len = at};
	}
	need(job, registry_write(job, registry, edits, len, false, &problems), "write");
	if (problems > 0) {
		fprintf(stderr, "bench_registry: %.*s\n", SLICE(edits[0].problems[0].says));
		exit(1);
	}
}

static int
by_time(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void
print_times(const char *what, double *times)
{
	qsort(times, ROUNDS, sizeof *times, by_time);
	printf("%-44s %8.3f ms median %8.3f ms worst of %d\n", what, times[ROUNDS / 2] * 1e3, times[ROUNDS - 1] * 1e3, ROUNDS);
	fflush(stdout);
}

static void
lists(struct job *job, const struct registry *registry, const char *what, struct registry_reach reach, const char *where)
{
	const struct registry_register *def = registry_find(&registry->registers, S("item"));
	double times[ROUNDS];
	for (int i = 0; i < ROUNDS; i++) {
		struct arena_mark mark = arena_mark(job->arena);
		struct registry_filter *filters;
		struct registry_list list = {.def = def, .reach = reach, .limit = 50};
		struct rows rows;
		bool more;
		need(job, registry_filter_parse(job, registry, def, slice_of(where), &filters, &list.filters_len), "filters");
		list.filters = filters;
		double began = seconds();
		need(job, registry_list(job, registry, &list, &rows, &more), what);
		times[i] = seconds() - began;
		if (rows.len == 0) {
			fprintf(stderr, "bench_registry: %s: no rows\n", what);
			exit(1);
		}
		arena_rewind(job->arena, mark);
	}
	print_times(what, times);
}

static void
searches(struct job *job, const struct registry *registry, const char *what, struct registry_reach reach, const char *words)
{
	double times[ROUNDS];
	for (int i = 0; i < ROUNDS; i++) {
		struct arena_mark mark = arena_mark(job->arena);
		struct registry_found *found;
		size_t len;
		double began = seconds();
		need(job, registry_search(job, registry, slice_of(words), reach, 50, &found, &len), what);
		times[i] = seconds() - began;
		if (len == 0) {
			fprintf(stderr, "bench_registry: %s: nothing found\n", what);
			exit(1);
		}
		arena_rewind(job->arena, mark);
	}
	print_times(what, times);
}

/* The reader of two services, of five hundred. */
static struct registry_reach
narrow(struct job *job, const struct registry *registry)
{
	struct registry_key *keys;
	int64_t *ids;
	size_t len;
	struct registry_reach reach = {0};
	need(job, registry_view_keys(job, registry, &keys, &len), "keys");
	need(job, NEW(job, len + 1, &ids), "keys");
	for (size_t i = 0; i < len; i++)
		if (keys[i].service == 7 || keys[i].service == 300)
			ids[reach.len++] = keys[i].id;
	reach.ids = ids;
	return reach;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

int
main(int argc, char **argv)
{
	uint64_t records = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
	const char *dir = argc > 2 ? argv[2] : "/tmp/assay-bench-registry";
	struct content_file files[] = {{.path = "register/item.yaml", .from = "register/item.yaml", .text = slice_of(item_yaml)},
	    {.path = "register/service.yaml", .from = "register/service.yaml", .text = slice_of(service_yaml)}};
	struct content content = {.files = files, .len = 2};
	struct ledger_place place;
	struct ledger *ledger;
	struct registry *registry;
	struct job job;
	(void)nftw(dir, remove_one, 32, FTW_DEPTH | FTW_PHYS);
	struct arena *arena = arena_open("bench", 3072 * MIB);
	job_init(&job, arena);
	job.actor = S("bench");
	need(&job, ledger_place_of(&job, dir, NULL, NULL, NULL, &place), "place");
	need(&job, ledger_init(&job, &place), "init");
	need(&job, ledger_open(&job, &place, &ledger), "open");
	need(&job, registry_open(&job, ledger, &content, NULL, &registry), "registers");
	add(&job, registry, "service", 0, SERVICES);
	struct arena_mark mark = arena_mark(arena);
	double began = seconds();
	add(&job, registry, "item", 0, IMPORT);
	double took = seconds() - began;
	printf("%-44s %8.3f s (%.0f rows/s)\n", "import of 10,000 rows, durable and listed", took, IMPORT / took);
	for (uint64_t at = IMPORT; at < records; at += IMPORT) {
		arena_rewind(arena, mark);
		add(&job, registry, "item", at, IMPORT);
	}
	struct registry_reach all = {.all = true}, few = narrow(&job, registry);
	lists(&job, registry, "list, sorted by an index, filtered, all", all, "kind=b");
	lists(&job, registry, "list, the same, reader of 2 services of 500", few, "kind=c");
	lists(&job, registry, "list, one owner (no index), all", all, "owner=person3");
	searches(&job, registry, "search, a word in every record", all, "common");
	searches(&job, registry, "search, the same, reader of 2 services", few, "common");
	searches(&job, registry, "search, a rare word", all, "rarity");
	began = seconds();
	ledger_close(ledger);
	need(&job, ledger_open(&job, &place, &ledger), "open again");
	need(&job, registry_open(&job, ledger, &content, NULL, &registry), "registers again");
	printf("%-44s %8.3f s\n", "close, and open again at that size", seconds() - began);
	ledger_close(ledger);
	arena_close(arena);
	return nftw(dir, remove_one, 32, FTW_DEPTH | FTW_PHYS);
}
