/* The auditor's folder: complete, without contents, and refused after any change that is not a remark in its README. */
#include "kit.h"

#include "ledger/ledger_inner.h"
#include "ledger/ledger_proof.h"

#define SECRET_TEXT "the content nobody may find in an export"

struct stage {
	const char *dir, *out;
	struct ledger_place place;
};

static struct stage
stage_make(struct job *job, size_t entries)
{
	struct stage stage = {.dir = kit_mkdir()};
	struct ledger *ledger;
	const char *home;
	ASSERT_OK(fs_join(job, stage.dir, "var", &home));
	ASSERT_OK(fs_join(job, stage.dir, "out", &stage.out));
	ASSERT_OK(ledger_place_of(job, home, NULL, NULL, NULL, &stage.place));
	ASSERT_OK(ledger_init(job, &stage.place));
	ASSERT_OK(ledger_open(job, &stage.place, &ledger));
	for (size_t i = 0; i < entries; i += 256) {
		static struct ledger_subject subjects[256];
		static struct ledger_draft drafts[256];
		static struct ledger_receipt receipts[256];
		size_t len = entries - i < 256 ? entries - i : 256;
		for (size_t at = 0; at < len; at++) {
			subjects[at] = (struct ledger_subject){.name = S("package"), .content = S(SECRET_TEXT)};
			drafts[at] = (struct ledger_draft){.kind = LEDGER_EVIDENCE,
			    .host = ledger_host_id(ledger),
			    .from_us = 1000000,
			    .to_us = 2000000,
			    .subjects = &subjects[at],
			    .subjects_len = 1,
			    .by_host = true};
		}
		ASSERT_OK(ledger_append(job, ledger, drafts, len, receipts));
	}
	ASSERT_OK(ledger_export(job, ledger, stage.out));
	ledger_close(ledger);
	return stage;
}

static err
verify(struct job *job, const char *out, const char *against)
{
	struct ledger_verify_options options = {.signatures = true, .threads = 1, .against = against};
	struct ledger_verify_result result;
	return ledger_verify(job, NULL, out, &options, &result);
}

static void
test_ledger_export__verifies_and_every_entry_is_proved(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct stage stage = stage_make(job, 600);
	struct ledger_verify_options options = {.signatures = true, .threads = 2};
	struct ledger_verify_result result;
	struct ledger *ledger;
	ASSERT_OK(ledger_verify(job, NULL, stage.out, &options, &result));
	assert_int_equal(result.size, 601);
	ASSERT_OK(ledger_open(job, &stage.place, &ledger));
	for (uint64_t i = 0; i < 601; i += i < 10 || i > 590 ? 1 : 29) {
		struct ledger_proof proof;
		struct ledger_checkpoint checkpoint;
		struct ledger_entry entry;
		slice text, bundle, file;
		const char *path;
		ASSERT_OK(ledger_proof(job, ledger, i, &text));
		ASSERT_OK(ledger_proof_read(job, text, &proof));
		assert_int_equal(proof.index, i);
		ASSERT_OK(ledger_checkpoint_read(job, proof.checkpoint, &ledger->log, &checkpoint, NULL));
		ASSERT_OK(ledger_entry(job, ledger, i, &entry));
		struct digest hash = ledger_tree_leaf(entry.leaf);
		assert_true(ledger_tree_inclusion_holds(i, checkpoint.size, &hash, &proof.path, &checkpoint.root));
		ASSERT_OK(ledger_sigstore_bundle(job, ledger, i, &bundle));
		slice name;
		ASSERT_OK(job_format(job, &name, "bundles/%03llu.sigstore.json", (unsigned long long)i));
		ASSERT_OK(fs_join(job, stage.out, name.at, &path));
		ASSERT_OK(fs_slurp(job, path, MIB, &file));
		assert_true(slice_same(file, bundle));
	}
	slice text;
	ASSERT_ERR(ledger_proof(job, ledger, 601, &text), ERR_MISSING, "601 entries");
	ASSERT_ERR(ledger_sigstore_bundle(job, ledger, 601, &text), ERR_MISSING, "601 entries");
	ASSERT_ERR(ledger_export(job, ledger, stage.out), ERR_CONFLICT, "not there yet");
	ledger_close(ledger);
	kit_rmdir(stage.dir);
}

/* Every file of an export, one by one. */
static char files[512][256];
static size_t files_len, root_len;

static int
file_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)ftw;
	if (type == FTW_F && files_len < 512)
		snprintf(files[files_len++], sizeof files[0], "%s", path + root_len + 1);
	return 0;
}

static void
files_of(const char *out)
{
	files_len = 0;
	root_len = strlen(out);
	assert_int_equal(nftw(out, file_one, 16, FTW_PHYS), 0);
}

static void
write_file(const char *path, slice text)
{
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(text.at, 1, text.len, file), text.len);
	assert_int_equal(fclose(file), 0);
}

static void
test_ledger_export__every_changed_file_is_refused(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct stage stage = stage_make(job, 6);
	size_t tried = 0;
	ASSERT_OK(verify(job, stage.out, NULL));
	files_of(stage.out);
	assert_true(files_len > 12);
	for (size_t i = 0; i < files_len; i++) {
		bool remark = strcmp(files[i], "README.md") == 0 || strcmp(files[i], "verify.sh") == 0;
		struct arena_mark mark = arena_mark(job->arena);
		const char *path;
		slice text, bad;
		ASSERT_OK(fs_join(job, stage.out, files[i], &path));
		ASSERT_OK(fs_slurp(job, path, MIB, &text));
		assert_false(slice_has(text, S(SECRET_TEXT)));
		size_t step = text.len / 40 + 1;
		for (size_t at = 0; at < text.len && !remark; at += step) {
			struct arena_mark inner = arena_mark(job->arena);
			ASSERT_OK(job_copy(job, text, &bad));
			((char *)(uintptr_t)bad.at)[at] ^= (char)(1 << at % 8);
			write_file(path, bad);
			if (verify(job, stage.out, NULL).code == ERR_NONE)
				fail_msg("accepted: %s with a bit flipped at %zu", files[i], at);
			arena_rewind(job->arena, inner);
			tried++;
		}
		write_file(path, slice_part(text, 0, text.len - 1));
		assert_true(remark == (verify(job, stage.out, NULL).code == ERR_NONE));
		assert_int_equal(unlink(path), 0);
		assert_true(remark == (verify(job, stage.out, NULL).code == ERR_NONE));
		write_file(path, text);
		arena_rewind(job->arena, mark);
	}
	assert_true(tried > 400);
	ASSERT_OK(verify(job, stage.out, NULL));
	kit_rmdir(stage.dir);
}

static void
test_ledger_export__against_an_older_checkpoint(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct stage stage = stage_make(job, 3), other = stage_make(job, 3);
	struct ledger *ledger;
	const char *old_note, *new_note, *stranger, *later;
	ASSERT_OK(fs_join(job, stage.out, "checkpoint", &old_note));
	ASSERT_OK(fs_join(job, other.out, "checkpoint", &stranger));
	ASSERT_OK(fs_join(job, stage.dir, "later", &later));
	ASSERT_OK(fs_join(job, later, "checkpoint", &new_note));
	ASSERT_OK(ledger_open(job, &stage.place, &ledger));
	struct ledger_subject subject = {.name = S("package"), .content = S("more")};
	struct ledger_draft draft = {
	    .kind = LEDGER_EVIDENCE, .host = ledger_host_id(ledger), .from_us = 1, .to_us = 1, .subjects = &subject, .subjects_len = 1};
	struct ledger_receipt receipt;
	ASSERT_OK(ledger_append(job, ledger, &draft, 1, &receipt));
	ASSERT_OK(ledger_export(job, ledger, later));
	ledger_close(ledger);
	ASSERT_OK(verify(job, later, old_note));
	ASSERT_OK(verify(job, stage.out, old_note));
	ASSERT_ERR(verify(job, stage.out, new_note), ERR_STORE, "a shorter history");
	ASSERT_ERR(verify(job, later, stranger), ERR_STORE, "checkpoint");
	kit_rmdir(stage.dir);
	kit_rmdir(other.dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_export__verifies_and_every_entry_is_proved),
	    cmocka_unit_test(test_ledger_export__every_changed_file_is_refused),
	    cmocka_unit_test(test_ledger_export__against_an_older_checkpoint),
	};
	return KIT_TESTS(tests);
}
