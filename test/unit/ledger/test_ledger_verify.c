/* A whole ledger and an export, verified as they are and after every kind of change. */
#include "kit.h"

#include <sqlite3.h>

#include "ledger/ledger.h"

struct stage {
	const char *dir;
	struct ledger_place place;
};

static struct ledger *
ledger_at(struct job *job, const struct stage *stage)
{
	struct ledger *ledger;
	ASSERT_OK(ledger_open(job, &stage->place, &ledger));
	return ledger;
}

static void
append(struct job *job, struct ledger *ledger, size_t count, size_t content_len)
{
	while (count > 0) {
		static struct ledger_subject subjects[256];
		static struct ledger_draft drafts[256];
		static struct ledger_receipt receipts[256];
		size_t len = count < 256 ? count : 256;
		for (size_t i = 0; i < len; i++) {
			char *text;
			ASSERT_OK(NEW(job, content_len, &text));
			memset(text, 'a' + (int)(i % 26), content_len);
			subjects[i] = (struct ledger_subject){.name = S("package"), .content = slice_bytes(text, content_len)};
			drafts[i] = (struct ledger_draft){.kind = LEDGER_EVIDENCE,
			    .host = ledger_host_id(ledger),
			    .from_us = 1000000,
			    .to_us = 2000000,
			    .subjects = &subjects[i],
			    .subjects_len = 1,
			    .by_host = true};
		}
		ASSERT_OK(ledger_append(job, ledger, drafts, len, receipts));
		count -= len;
	}
}

/* A ledger with entries of the server, of its own host, of a foreign host with its receipt, small and large contents, and an erasure. */
static struct stage
stage_make(struct job *job, size_t entries)
{
	struct stage stage = {.dir = kit_mkdir()};
	struct ledger_receipt receipt;
	struct ledger_entry entry;
	const char *home, *key;
	slice bundle;
	ASSERT_OK(fs_join(job, stage.dir, "var", &home));
	ASSERT_OK(fs_join(job, stage.dir, "other.key", &key));
	ASSERT_OK(ledger_place_of(job, home, NULL, NULL, NULL, &stage.place));
	ASSERT_OK(ledger_init(job, &stage.place));
	struct ledger *ledger = ledger_at(job, &stage);
	append(job, ledger, entries, 300);
	append(job, ledger, 1, 100000);
	struct ledger_subject subject = {
	    .name = S("package"), .content = S("{\"columns\":[\"name\"],\"state\":\"read\",\"table\":\"package\"}\n[\"bash\"]\n")};
	struct ledger_draft draft = {
	    .kind = LEDGER_EVIDENCE, .from_us = 1000000, .to_us = 2000000, .subjects = &subject, .subjects_len = 1, .by_host = true};
	ASSERT_OK(ledger_bundle_make(job, key, S("other"), &draft, &bundle));
	ASSERT_OK(ledger_host_accept(job, ledger, bundle, S("other"), &receipt));
	ASSERT_OK(ledger_bundle_take(job, ledger, bundle, &receipt));
	ASSERT_OK(ledger_entry(job, ledger, 2, &entry));
	ASSERT_OK(ledger_erase(job, ledger, &entry.subjects[0].digest, 1, S("a request"), &receipt));
	ledger_close(ledger);
	return stage;
}

static err
verify(struct job *job, const struct stage *stage, struct ledger_verify_result *ret)
{
	struct ledger_verify_options options = {.signatures = true, .contents = true, .threads = 2};
	return ledger_verify(job, &stage->place, NULL, &options, ret);
}

static void
test_ledger_verify__accepts_a_good_ledger(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct stage stage = stage_make(job, 300);
	struct ledger_verify_result result;
	ASSERT_OK(verify(job, &stage, &result));
	assert_int_equal(result.erased, 1);
	assert_true(result.size >= 305);
	assert_true(result.contents >= 303);
	assert_false(result.witnessed);
	kit_rmdir(stage.dir);
}

/* Retired hosts, a new root key, a signer that was adopted: none of them breaks what was there before. */
static void
test_ledger_verify__accepts_what_a_ledger_lives_through(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct stage stage = stage_make(job, 5);
	struct ledger_verify_result result;
	struct ledger_receipt receipt;
	struct ledger_host *hosts;
	const char *path;
	size_t len, count;
	struct ledger *ledger = ledger_at(job, &stage);
	ASSERT_OK(ledger_hosts(job, ledger, (struct ledger_moment){.size = ledger_size(ledger)}, &hosts, &len));
	for (size_t i = 0; i < len; i++)
		if (slice_same(hosts[i].name, S("other")))
			ASSERT_OK(ledger_host_retire(job, ledger, hosts[i].id, S("gone"), &receipt));
	ASSERT_OK(ledger_rewrap(job, ledger, &count));
	ledger_close(ledger);
	ASSERT_OK(verify(job, &stage, &result));
	ASSERT_OK(fs_join(job, stage.place.signer, "state", &path));
	assert_int_equal(unlink(path), 0);
	ASSERT_ERR(verify(job, &stage, &result), ERR_DENIED, "adopt");
	ASSERT_OK(ledger_adopt(job, &stage.place, S("the machine was lost")));
	ASSERT_OK(verify(job, &stage, &result));
	kit_rmdir(stage.dir);
}

/* Copying a stage, to change the copy */

static const char *copy_from, *copy_to;

static int
copy_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)ftw;
	char target[4096];
	snprintf(target, sizeof target, "%s%s", copy_to, path + strlen(copy_from));
	if (type == FTW_D)
		return mkdir(target, st->st_mode & 07777) == 0 || strcmp(target, copy_to) == 0 ? 0 : -1;
	FILE *in = fopen(path, "rb"), *out = fopen(target, "wb");
	static char bytes[1 << 16];
	size_t len = 0;
	while (in != NULL && out != NULL && (len = fread(bytes, 1, sizeof bytes, in)) > 0)
		if (fwrite(bytes, 1, len, out) != len)
			return -1;
	return in == NULL || out == NULL || fclose(in) != 0 || fclose(out) != 0 || chmod(target, st->st_mode & 07777) != 0 ? -1 : 0;
}

static void
copy_folder(const char *from, const char *to)
{
	copy_from = from;
	copy_to = to;
	assert_int_equal(nftw(from, copy_one, 16, FTW_PHYS), 0);
}

static struct stage
stage_copy(struct job *job, const struct stage *stage)
{
	struct stage copy = {.dir = kit_mkdir()};
	const char *home;
	copy_folder(stage->dir, copy.dir);
	ASSERT_OK(fs_join(job, copy.dir, "var", &home));
	ASSERT_OK(ledger_place_of(job, home, NULL, NULL, NULL, &copy.place));
	return copy;
}

static const char *
below(struct job *job, const struct stage *stage, const char *name)
{
	const char *path;
	ASSERT_OK(fs_join(job, stage->place.dir, name, &path));
	return path;
}

static void
sql(struct job *job, const struct stage *stage, const char *text)
{
	sqlite3 *db;
	char *why = NULL;
	assert_int_equal(sqlite3_open(below(job, stage, "store/store.db"), &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", text, why);
	sqlite3_close(db);
}

static void
flip(struct job *job, const struct stage *stage, const char *name, size_t at, unsigned bit)
{
	const char *path = below(job, stage, name);
	FILE *file = fopen(path, "r+b");
	if (file == NULL)
		fail_msg("%s is not there", path);
	assert_int_equal(fseek(file, (long)at, SEEK_SET), 0);
	int byte = fgetc(file);
	assert_int_not_equal(byte, EOF);
	assert_int_equal(fseek(file, (long)at, SEEK_SET), 0);
	assert_int_not_equal(fputc(byte ^ (1 << bit), file), EOF);
	assert_int_equal(fclose(file), 0);
}

static size_t
size_of(struct job *job, const struct stage *stage, const char *name)
{
	struct stat st;
	assert_int_equal(stat(below(job, stage, name), &st), 0);
	return (size_t)st.st_size;
}

static void
refused(struct job *job, const struct stage *stage, const char *what, const char *words)
{
	struct ledger_verify_result result;
	err got = verify(job, stage, &result);
	if (got.code == ERR_NONE)
		fail_msg("accepted: %s", what);
	if (strstr(job->why, words) == NULL)
		fail_msg("%s: the sentence \"%s\" lacks \"%s\"", what, job->why, words);
}

#define FLIPPED(column)                                                                                                                    \
	"UPDATE entry SET " #column " = CAST(substr(" #column ", 1, 40) || x'00' || substr(" #column ", 42) AS BLOB) WHERE idx = 7"
#define FLIPPED_32(table, column, where) "UPDATE " table " SET " column " = CAST(x'00010203' || substr(" column ", 5) AS BLOB) WHERE " where

/* Edits as root, in the database and beside it: each is found, and by its own rule. */
static void
test_ledger_verify__names_entry_and_rule_of_each_edit(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct stage good = stage_make(job, 300);
	static const struct {
		const char *sql, *words;
	} edits[] = {
	    {FLIPPED(envelope), "entry 7: envelope"},
	    {FLIPPED(leaf), "entry 7: leaf"},
	    {FLIPPED_32("entry", "leaf_hash", "idx = 7"), "entry 7: the store must hold the hash of the leaf"},
	    {FLIPPED_32("entry", "statement", "idx = 7"), "entry 7: the store must name the statement"},
	    {"UPDATE entry SET received_us = received_us + 1 WHERE idx = 7", "entry 7: its received time must be"},
	    {"UPDATE entry SET received_us = received_us - 1 WHERE idx = 303", "entry 303: its received time must be"},
	    {"UPDATE entry SET idx = -1 WHERE idx = 7; UPDATE entry SET idx = 7 WHERE idx = 8; UPDATE entry SET idx = 8 WHERE idx = -1",
		"entry "},
	    {"UPDATE entry SET (leaf, leaf_hash) = (SELECT leaf, leaf_hash FROM entry WHERE idx = 8) WHERE idx = 7",
		"entry 7: the leaf must hold the SHA-256 of the envelope's PAE"},
	    {"DELETE FROM entry WHERE idx = 7", "entry 7"},
	    {"DELETE FROM entry WHERE idx = (SELECT max(idx) FROM entry)", "head says"},
	    {FLIPPED_32("node", "hash", "level = 1"), "level 1"},
	    {FLIPPED_32("head", "root", "1"), "root"},
	    {"UPDATE head SET frontier = CAST(substr(frontier, 1, 20) || x'00' || substr(frontier, 22) AS BLOB)", "frontier"},
	    {FLIPPED_32("content_sealed", "sealed", "id = 9"), "content "},
	    {FLIPPED_32("content", "wrapped_key", "id = 9"), "content "},
	    {FLIPPED_32("content", "digest", "id = 9"), "must be in the store or be named by an erasure"},
	    {"DELETE FROM content_sealed WHERE id = 9", "content "},
	    {"DELETE FROM content_sealed WHERE id = 9; DELETE FROM content WHERE id = 9", "must be in the store or be named by an erasure"},
	};
	for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
		struct stage bad = stage_copy(job, &good);
		sql(job, &bad, edits[i].sql);
		refused(job, &bad, edits[i].sql, edits[i].words);
		kit_rmdir(bad.dir);
	}
	kit_rmdir(good.dir);
}

static void
test_ledger_verify__refuses_a_flipped_bit_in_every_static_file(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct stage good = stage_make(job, 300);
	static const char *const files[] = {
	    "store/log/checkpoint", "store/log/tile/0/000", "store/log/tile/entries/000", "keys/log.pub", "store/log/tile/1/000.p/1"};
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		size_t size = size_of(job, &good, files[i]);
		for (unsigned part = 0; part < 5; part++) {
			struct stage bad = stage_copy(job, &good);
			flip(job, &bad, files[i], part == 4 ? size - 1 : size * part / 4, part);
			refused(job, &bad, files[i], "");
			kit_rmdir(bad.dir);
		}
	}
	kit_rmdir(good.dir);
}

static void
cut(struct job *job, const struct stage *stage, const char *name, long by)
{
	assert_int_equal(truncate(below(job, stage, name), (long)size_of(job, stage, name) - by), 0);
}

static void
test_ledger_verify__refuses_files_cut_missing_or_added(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct stage good = stage_make(job, 300), bad;
	static const char *const files[] = {
	    "store/log/checkpoint", "store/log/tile/0/000", "store/log/tile/entries/000", "store/log/tile/1/000.p/1"};
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		bad = stage_copy(job, &good);
		cut(job, &bad, files[i], 1);
		refused(job, &bad, "cut", "");
		assert_int_equal(unlink(below(job, &bad, files[i])), 0);
		refused(job, &bad, "missing", "");
		kit_rmdir(bad.dir);
	}
	static const char *const added[] = {
	    "tile/0/002", "tile/0/000.p/9", "tile/5/000.p/1", "tile/entries/000.p/2", "tile/0/x000/000", "tile/0/001.p/255", "tile/note"};
	for (size_t i = 0; i < sizeof added / sizeof added[0]; i++) {
		bad = stage_copy(job, &good);
		slice name;
		ASSERT_OK(job_format(job, &name, "log/%s", added[i]));
		kit_file(bad.place.store, name.at, "x");
		refused(job, &bad, added[i], "tile");
		kit_rmdir(bad.dir);
	}
	kit_rmdir(good.dir);
}

/* The signer's state has two slots, so one flipped bit may be in the one that is not in use; a state that says something else is told. */
static void
test_ledger_verify__refuses_a_signer_state_that_is_damaged_or_gone(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct stage good = stage_make(job, 5), bad = stage_copy(job, &good);
	struct ledger_verify_result result;
	size_t size = size_of(job, &good, "signer/state");
	for (size_t at = 0; at < size; at += size / 24 + 1) {
		flip(job, &bad, "signer/state", at, at % 8);
		err got = verify(job, &bad, &result);
		assert_true(got.code == ERR_NONE || got.code == ERR_STORE || got.code == ERR_DENIED || got.code == ERR_INPUT);
		flip(job, &bad, "signer/state", at, at % 8);
	}
	FILE *file = fopen(below(job, &bad, "signer/state"), "r+b");
	assert_non_null(file);
	for (size_t i = 0; i < size; i++)
		fputc(0, file);
	fclose(file);
	refused(job, &bad, "a state of zeros", "");
	assert_int_equal(unlink(below(job, &bad, "signer/state")), 0);
	refused(job, &bad, "no state", "adopt");
	kit_rmdir(good.dir);
	kit_rmdir(bad.dir);
}

/* A store from a backup under a signer that has gone on; a store of another ledger; a store and a signer that do not know each other. */
static void
test_ledger_verify__refuses_an_old_and_a_foreign_store(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct stage stage = stage_make(job, 20), other = stage_make(job, 20), old = stage_copy(job, &stage), mixed;
	struct ledger *ledger = ledger_at(job, &stage);
	append(job, ledger, 3, 50);
	ledger_close(ledger);
	struct ledger_verify_result result;
	ASSERT_OK(verify(job, &stage, &result));
	ASSERT_OK(verify(job, &old, &result));
	/* The old store where the new one was. */
	mixed = stage_copy(job, &stage);
	kit_rmdir(mixed.place.store);
	assert_int_equal(mkdir(mixed.place.store, 0700), 0);
	copy_folder(old.place.store, mixed.place.store);
	refused(job, &mixed, "an old store under the current signer", "an older store, or entries were removed");
	ASSERT_ERR(ledger_open(job, &mixed.place, &ledger), ERR_CONFLICT, "shorter history");
	kit_rmdir(mixed.dir);
	/* Another ledger's store. */
	mixed = stage_copy(job, &stage);
	kit_rmdir(mixed.place.store);
	assert_int_equal(mkdir(mixed.place.store, 0700), 0);
	copy_folder(other.place.store, mixed.place.store);
	refused(job, &mixed, "a swapped store", "");
	kit_rmdir(mixed.dir);
	/* An older checkpoint of ours must be extended; one of another ledger, or a newer one, is not. */
	const char *old_note = below(job, &old, "store/log/checkpoint"), *new_note = below(job, &stage, "store/log/checkpoint");
	struct ledger_verify_options options = {.against = old_note, .threads = 2};
	ASSERT_OK(ledger_verify(job, &stage.place, NULL, &options, &result));
	options.against = new_note;
	ASSERT_OK(ledger_verify(job, &stage.place, NULL, &options, &result));
	ASSERT_ERR(ledger_verify(job, &old.place, NULL, &options, &result), ERR_STORE, "a shorter history");
	options.against = below(job, &other, "store/log/checkpoint");
	ASSERT_ERR(ledger_verify(job, &stage.place, NULL, &options, &result), ERR_STORE, "checkpoint");
	kit_rmdir(stage.dir);
	kit_rmdir(other.dir);
	kit_rmdir(old.dir);
}

/* Everything in the database as one digest, to tell a harmless flip (slack space) from an accepted lie. */
static struct digest
database_digest(struct job *job, const struct stage *stage)
{
	/* Of an erased content only a tombstone is left, which is no evidence: the erasure entry is. */
	static const char *const tables[] = {
	    "* FROM head", "* FROM entry", "* FROM node", "digest, wrapped_key FROM content WHERE gone = 0", "* FROM content_sealed"};
	struct code_hash *hash;
	sqlite3 *db;
	ASSERT_OK(code_hash_open(job, &hash));
	assert_int_equal(sqlite3_open_v2(below(job, stage, "store/store.db"), &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		sqlite3_stmt *stmt;
		char text[128];
		snprintf(text, sizeof text, "SELECT %s ORDER BY 1, 2", tables[i]);
		assert_int_equal(sqlite3_prepare_v2(db, text, -1, &stmt, NULL), SQLITE_OK);
		while (sqlite3_step(stmt) == SQLITE_ROW)
			for (int column = 0; column < sqlite3_column_count(stmt); column++) {
				const void *at = sqlite3_column_blob(stmt, column);
				code_hash_add(hash, at, (size_t)sqlite3_column_bytes(stmt, column));
				code_hash_add(hash, "|", 1);
			}
		sqlite3_finalize(stmt);
	}
	sqlite3_close(db);
	return code_hash_end(hash);
}

static void
test_ledger_verify__refuses_random_flips_in_the_database_and_content_files(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct stage good = stage_make(job, 30);
	struct digest was = database_digest(job, &good);
	size_t size = size_of(job, &good, "store/store.db"), seen = 0;
	uint64_t seed = 42;
	for (unsigned round = 0; round < 60; round++) {
		struct stage bad = stage_copy(job, &good);
		struct ledger_verify_result result;
		seed = seed * 6364136223846793005U + 1442695040888963407U;
		flip(job, &bad, "store/store.db", (size_t)(seed >> 20) % size, round % 8);
		if (verify(job, &bad, &result).code == ERR_NONE) {
			struct digest now = database_digest(job, &bad);
			assert_memory_equal(was.byte, now.byte, 32);
		} else {
			seen++;
		}
		kit_rmdir(bad.dir);
	}
	assert_true(seen > 20);
	kit_rmdir(good.dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_verify__accepts_a_good_ledger),
	    cmocka_unit_test(test_ledger_verify__accepts_what_a_ledger_lives_through),
	    cmocka_unit_test(test_ledger_verify__names_entry_and_rule_of_each_edit),
	    cmocka_unit_test(test_ledger_verify__refuses_a_flipped_bit_in_every_static_file),
	    cmocka_unit_test(test_ledger_verify__refuses_files_cut_missing_or_added),
	    cmocka_unit_test(test_ledger_verify__refuses_a_signer_state_that_is_damaged_or_gone),
	    cmocka_unit_test(test_ledger_verify__refuses_an_old_and_a_foreign_store),
	    cmocka_unit_test(test_ledger_verify__refuses_random_flips_in_the_database_and_content_files),
	};
	return KIT_TESTS(tests);
}
