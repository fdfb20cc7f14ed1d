/*
 * What the tests with foreign verifiers need of assay, without its command line:
 *
 *   foreign_ledger make DIR ENTRIES        a ledger of about so many entries in DIR
 *   foreign_ledger grow DIR ENTRIES        more of them
 *   foreign_ledger export DIR FOLDER       its export
 *   foreign_ledger content DIR N FILE      the content of entry N with its secret bytes, as an auditor may be given it
 *   foreign_ledger verify FOLDER [OLD]     our verifier on an export: exit 0 accepted, 1 refused
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "ledger/ledger_content.h"
#include "ledger/ledger_inner.h"

static err
place_of(struct job *job, const char *dir, struct ledger_place *ret)
{
	return ledger_place_of(job, dir, NULL, NULL, NULL, ret);
}

static err
grow(struct job *job, const char *dir, uint64_t entries)
{
	struct ledger_place place;
	struct ledger *ledger DEFER(ledger_close_at) = NULL;
	TRY(place_of(job, dir, &place));
	TRY(ledger_open(job, &place, &ledger));
	for (uint64_t i = 0; i < entries; i++) {
		struct arena_mark mark = arena_mark(job->arena);
		struct ledger_subject subjects[2] = {{.name = S("package")}, {.name = S("listening_port")}};
		struct ledger_receipt receipt;
		int64_t now_us = job_now(job);
		struct ledger_draft draft = {.kind = LEDGER_EVIDENCE,
		    .host = ledger_host_id(ledger),
		    .from_us = now_us,
		    .to_us = now_us,
		    .subjects = subjects,
		    .subjects_len = 2,
		    .by_host = i % 2 == 0};
		TRY(job_format(job, &subjects[0].content, "content %llu of this ledger\n", (unsigned long long)i));
		subjects[1].content = subjects[0].content;
		TRY(ledger_append(job, ledger, &draft, 1, &receipt));
		arena_rewind(job->arena, mark);
	}
	return OK;
}

static err
make(struct job *job, const char *dir, uint64_t entries)
{
	struct ledger_place place;
	TRY(place_of(job, dir, &place));
	TRY(ledger_init(job, &place));
	return grow(job, dir, entries);
}

static err export(struct job *job, const char *dir, const char *folder)
{
	struct ledger_place place;
	struct ledger *ledger DEFER(ledger_close_at) = NULL;
	TRY(place_of(job, dir, &place));
	TRY(ledger_open(job, &place, &ledger));
	return ledger_export(job, ledger, folder);
}

static err
content(struct job *job, const char *dir, uint64_t index, const char *file)
{
	struct ledger_place place;
	struct ledger *ledger DEFER(ledger_close_at) = NULL;
	struct ledger_entry entry;
	struct store_content sealed;
	slice plain, salted;
	TRY(place_of(job, dir, &place));
	TRY(ledger_open(job, &place, &ledger));
	TRY(ledger_entry(job, ledger, index, &entry));
	TRY(store_content_get(job, ledger->store, &entry.subjects[0].digest, &sealed));
	TRY(ledger_content_open(job, ledger->root_key, &sealed, &plain, &salted));
	return fs_write(job, file, salted, 0600);
}

static err
verify(struct job *job, const char *folder, const char *old)
{
	struct ledger_verify_options options = {.signatures = true, .against = old, .threads = 2};
	struct ledger_verify_result result;
	TRY(ledger_verify(job, NULL, folder, &options, &result));
	printf("OK: %llu entries\n", (unsigned long long)result.size);
	return OK;
}

static err
run(struct job *job, int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	uint64_t number = 0;
	bool has = argc > 3 && slice_u64(slice_of(argv[3]), &number);
	if (strcmp(what, "make") == 0 && has)
		return make(job, argv[2], number);
	if (strcmp(what, "grow") == 0 && has)
		return grow(job, argv[2], number);
	if (strcmp(what, "export") == 0 && argc == 4)
		return export(job, argv[2], argv[3]);
	if (strcmp(what, "content") == 0 && has && argc == 5)
		return content(job, argv[2], number, argv[4]);
	if (strcmp(what, "verify") == 0)
		return verify(job, argv[2], argc > 3 ? argv[3] : NULL);
	return err_set(job, ERR_BUG, "usage: make|grow DIR ENTRIES, export DIR FOLDER, content DIR N FILE, verify FOLDER [OLD]");
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_open("foreign", 512 * MIB);
	struct job job;
	job_init(&job, arena);
	err got = run(&job, argc, argv);
	if (got.code != ERR_NONE)
		fprintf(stderr, "%s: %s\n", got.code == ERR_STORE ? "REFUSED" : err_name(got.code), job.why);
	arena_close(arena);
	return got.code == ERR_NONE ? 0 : got.code == ERR_BUG ? 2 : 1;
}
