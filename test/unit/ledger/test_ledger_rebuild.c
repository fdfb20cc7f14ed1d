/*
 * Rebuilding and comparing: a view made anew is the same; an edited row of view or store is named.
 */
#include "ledger_kit.h"

#include <sqlite3.h>

#include "ledger/ledger_inner.h"

static struct ledger *
filled(const struct place *place)
{
	struct ledger *ledger = ledger_at(place);
	struct ledger_run_change change;
	struct ledger_receipt receipt;
	struct digest set = {{9}};
	uint64_t entry;
	evidence(ledger, "mount", "/", 1);
	evidence(ledger, "mount", "/home", 2);
	struct ledger_result result = {.check = S("ssh"), .verdict = LEDGER_FAIL};
	struct ledger_finding found = {.id = S("aaaaaaaaaaaa"),
	    .check = S("ssh"),
	    .host = ledger_host_id(ledger),
	    .severity = S("low"),
	    .says = S("x"),
	    .key = S("[]"),
	    .row = S("{}")};
	struct ledger_run run = {
	    .host = ledger_host_id(ledger), .at_us = at_us(3), .results = &result, .results_len = 1, .findings = &found, .findings_len = 1};
	kit_job()->now_us = at_us(3);
	kit_job()->actor = S("ada");
	ASSERT_OK(ledger_run_append(kit_job(), ledger, &run, &change));
	ASSERT_OK(ledger_attest(kit_job(), ledger, S("A.b"), S("so it is"), at_us(100), S(""), S(""), &receipt));
	ASSERT_OK(ledger_content_set(kit_job(), ledger, &set, S("pack"), &entry));
	return ledger;
}

static void
edit(sqlite3 *db, const char *sql)
{
	char *why = NULL;
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
	assert_true(sqlite3_changes(db) > 0);
}

static void
edit_store(const struct place *place, const char *sql)
{
	sqlite3 *db;
	const char *path;
	ASSERT_OK(fs_join(kit_job(), place->place.store, "store.db", &path));
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	edit(db, sql);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
test_ledger_rebuild__makes_the_same_view(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = filled(&place);
	uint64_t entries, differences;
	assert_int_equal(compare(ledger), 0);
	ASSERT_OK(ledger_rebuild(kit_job(), ledger, false, NULL, NULL, &entries, &differences));
	assert_int_equal(entries, ledger_size(ledger));
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_rebuild__names_an_edited_row_of_the_view(void **state)
{
	(void)state;
	static const struct {
		const char *sql, *says;
	} edits[] = {
	    {"UPDATE verdict SET verdict = 0", "verdict with host"},
	    {"UPDATE reading SET rows = 99 WHERE seq_from = 1", "rows is 99 in the view, and 1 by the signed entries"},
	    {"DELETE FROM finding", "finding with id \"aaaaaaaaaaaa\""},
	    {"INSERT INTO attestation VALUES (77, 1, 'forged', NULL, 0, 0, NULL, '')",
		"attestation with idx 77: stands in the view, and no signed entry"},
	    {"UPDATE entry SET received = received - 1 WHERE idx = 2", "entry with idx 2: received is"},
	    {"UPDATE host SET name = 'other'", "name is \"other\" in the view"},
	    {"UPDATE attestation SET says = 'so it was'", "says is \"so it was\" in the view, and \"so it is\""},
	};
	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
		struct place place = place_make();
		struct ledger *ledger = filled(&place);
		uint64_t entries, differences;
		edit(ledger_db(ledger), edits[i].sql);
		assert_int_not_equal(compare(ledger), 0);
		if (strstr(compare_said, edits[i].says) == NULL)
			fail_msg("%s: \"%s\" lacks \"%s\"", edits[i].sql, compare_said, edits[i].says);
		/* Comparing changed nothing; rebuilding mends it. */
		assert_int_not_equal(compare(ledger), 0);
		ASSERT_OK(ledger_rebuild(kit_job(), ledger, false, NULL, NULL, &entries, &differences));
		assert_int_equal(compare(ledger), 0);
		ledger_close(ledger);
		place_remove(&place);
	}
}

static void
test_ledger_rebuild__names_an_edited_row_of_the_store(void **state)
{
	(void)state;
	static const struct {
		const char *sql, *says;
	} edits[] = {
	    {"UPDATE entry SET received_us = received_us + 1 WHERE idx = 2", "entry 2: received must be"},
	    {"UPDATE entry SET received_us = received_us - 1 WHERE idx = 1", "entry 1: received must be"},
	    {"UPDATE entry SET envelope = CAST(replace(CAST(envelope AS TEXT), 'sig', 'gis') AS BLOB) WHERE idx = 1", "entry 1"},
	    {"UPDATE entry SET leaf = (SELECT leaf FROM entry WHERE idx = 1) WHERE idx = 2", "entry 2: the leaf must hold"},
	    {"UPDATE entry SET statement = zeroblob(32) WHERE idx = 2", "entry 2: the store must name the statement"},
	    {"UPDATE content_sealed SET sealed = zeroblob(length(sealed)) WHERE id = 3", "entry 1, subject \"mount\""},
	};
	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
		struct place place = place_make();
		struct ledger *ledger = filled(&place);
		ledger_close(ledger);
		edit_store(&place, edits[i].sql);
		ledger = ledger_at(&place); /* the view is current: opening reads the tail only */
		assert_int_not_equal(compare(ledger), 0);
		if (strstr(compare_said, edits[i].says) == NULL)
			fail_msg("%s: \"%s\" lacks \"%s\"", edits[i].sql, compare_said, edits[i].says);
		uint64_t entries, differences;
		ASSERT_ERR(ledger_rebuild(kit_job(), ledger, false, NULL, NULL, &entries, &differences), ERR_STORE, edits[i].says);
		ledger_close(ledger);
		place_remove(&place);
	}
}

static void
test_ledger_rebuild__content_that_is_gone_without_an_erasure_is_named(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = filled(&place);
	uint64_t entries, differences;
	ledger_close(ledger);
	edit_store(&place, "DELETE FROM content WHERE id = 3");
	ledger = ledger_at(&place);
	assert_int_not_equal(compare(ledger), 0);
	assert_non_null(strstr(compare_said, "no erasure entry says why"));
	ASSERT_ERR(ledger_rebuild(kit_job(), ledger, false, NULL, NULL, &entries, &differences), ERR_STORE, "no erasure entry");
	ledger_close(ledger);
	place_remove(&place);
}

/* A hash that was changed, or a head, is seen when the store is opened. */
static void
test_ledger_open__refuses_a_head_that_is_not_its_leaves(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = filled(&place);
	ledger_close(ledger);
	edit_store(&place, "UPDATE entry SET leaf_hash = zeroblob(32) WHERE idx = 2");
	ASSERT_ERR(ledger_open(kit_job(), &place.place, &ledger), ERR_STORE, "root");
	place_remove(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_rebuild__makes_the_same_view),
	    cmocka_unit_test(test_ledger_rebuild__names_an_edited_row_of_the_view),
	    cmocka_unit_test(test_ledger_rebuild__names_an_edited_row_of_the_store),
	    cmocka_unit_test(test_ledger_rebuild__content_that_is_gone_without_an_erasure_is_named),
	    cmocka_unit_test(test_ledger_open__refuses_a_head_that_is_not_its_leaves),
	};
	return KIT_TESTS(tests);
}
