/*
 * Erasing: the content is gone from store, view and snapshots, every proof stays; what a crash interrupts is finished; keys are wrapped
 * again.
 */
#include "ledger_kit.h"

#include "ledger/ledger_form.h"
#include "ledger/ledger_inner.h"

#define SECRET "KNOWN-STRING-OF-A-PERSON"

static bool scan_found;

static int
scan_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	slice text;
	(void)st, (void)at;
	if (type == FTW_F && fs_slurp(kit_job(), path, 64 * MIB, &text).code == ERR_NONE && slice_has(text, S(SECRET)))
		scan_found = true;
	return 0;
}

/* Does any file below the ledger's folders hold the known string? */
static bool
scan(const struct place *place)
{
	scan_found = false;
	(void)nftw(place->dir, scan_one, 16, FTW_PHYS);
	(void)nftw(place->place.run, scan_one, 16, FTW_PHYS);
	return scan_found;
}

/* A reading whose reason is the known string: it stands in the view as it is. */
static struct digest
told(struct ledger *ledger, int64_t hour)
{
	struct rows rows;
	struct ledger_subject subject = {.name = S("mount")};
	rows_open(&rows, kit_job(), &mount_description);
	rows.state = READING_COULD_NOT_LOOK;
	rows.reason = S(SECRET);
	ASSERT_OK(rows_write(kit_job(), &rows, 0, &subject.content));
	evidence_of(ledger, &subject, 1, hour);
	return subject.digest;
}

static void
test_ledger_erase__leaves_no_trace_and_every_proof(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt;
	struct ledger_reading *readings;
	size_t len;
	slice content;
	struct digest digest = told(ledger, 1);
	evidence(ledger, "mount", "/", 2);
	if (strcmp(store_view_place(ledger->view), "memory") != 0)
		assert_true(scan(&place)); /* the alarm can ring */
	ASSERT_OK(ledger_erase(kit_job(), ledger, &digest, 1, S("asked for"), &receipt));
	assert_false(scan(&place));
	char says[64];
	snprintf(says, sizeof says, "erased by entry %llu", (unsigned long long)receipt.index);
	ASSERT_ERR(ledger_content(kit_job(), ledger, &digest, &content), ERR_MISSING, says);
	ASSERT_OK(ledger_readings(kit_job(), ledger, (struct ledger_moment){.size = 2}, S(""), S(""), &readings, &len));
	assert_int_equal(len, 1);
	ASSERT_SLICE(readings[0].reason, says);
	struct ledger_entry entry;
	ASSERT_OK(ledger_entry(kit_job(), ledger, 1, &entry));
	assert_false(entry.subjects[0].known);
	assert_int_equal(compare(ledger), 0);
	ASSERT_ERR(ledger_erase(kit_job(), ledger, &digest, 1, S("again"), &receipt), ERR_MISSING, "nothing was erased");
	ledger_close(ledger);
	assert_false(scan(&place));
	verify(&place);
	ledger = ledger_at(&place);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	place_remove(&place);
}

/* A run whose finding holds the string: the digest of its content. */
static struct digest
run_told(struct ledger *ledger)
{
	struct ledger_run_change change;
	struct ledger_entry entry;
	struct ledger_result result = {.check = S("ssh"), .verdict = LEDGER_FAIL};
	struct ledger_finding found = {.id = S("aaaaaaaaaaaa"),
	    .check = S("ssh"),
	    .host = ledger_host_id(ledger),
	    .severity = S("low"),
	    .says = S(SECRET),
	    .key = S("[]"),
	    .row = S("{}")};
	struct ledger_run run = {
	    .host = ledger_host_id(ledger), .at_us = at_us(3), .results = &result, .results_len = 1, .findings = &found, .findings_len = 1};
	kit_job()->now_us = at_us(3);
	ASSERT_OK(ledger_run_append(kit_job(), ledger, &run, &change));
	ASSERT_OK(ledger_entry(kit_job(), ledger, change.receipt.index, &entry));
	return entry.subjects[0].digest;
}

/* Its rows are of its own making, so the whole view is made anew. */
static void
test_ledger_erase__a_runs_content_takes_its_rows_along(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt;
	struct ledger_finding *findings;
	size_t len;
	struct digest digest = run_told(ledger);
	ASSERT_OK(ledger_erase(kit_job(), ledger, &digest, 1, S("asked for"), &receipt));
	assert_false(scan(&place));
	ASSERT_OK(ledger_findings(kit_job(), ledger, now_of(ledger), LEDGER_FINDINGS_OPEN, S(""), S(""), &findings, &len));
	assert_int_equal(len, 0);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
}

static void
test_ledger_erase__refuses_what_the_ledger_rests_on(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt;
	struct ledger_entry entry;
	struct digest digests[2] = {told(ledger, 1), {{1}}};
	ASSERT_OK(ledger_entry(kit_job(), ledger, 0, &entry));
	ASSERT_ERR(ledger_erase(kit_job(), ledger, &entry.subjects[0].digest, 1, S(""), &receipt), ERR_DENIED, "rests on it");
	/* One that is not there: nothing of the others happens. */
	uint64_t size = ledger_size(ledger);
	ASSERT_ERR(ledger_erase(kit_job(), ledger, digests, 2, S(""), &receipt), ERR_MISSING, "nothing was erased");
	assert_int_equal(ledger_size(ledger), size);
	assert_true(store_content_has(ledger->store, &digests[0]));
	ledger_close(ledger);
	place_remove(&place);
}

/* One user's timer and session may have two views: what was erased through the one must not stay in the other. */
static void
test_ledger_erase__a_view_of_another_place_forgets_too(void **state)
{
	(void)state;
	struct place place = place_make(), other = place;
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt;
	slice run;
	struct digest digest = run_told(ledger);
	ledger_close(ledger);
	ASSERT_OK(job_format(kit_job(), &run, "%s-other", place.place.run));
	other.place.run = run.at;
	ledger = ledger_at(&other);
	ASSERT_OK(ledger_erase(kit_job(), ledger, &digest, 1, S("asked for"), &receipt));
	assert_false(scan(&other));
	ledger_close(ledger);
	ledger = ledger_at(&place);
	assert_false(scan(&place));
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	kit_rmdir(run.at);
	place_remove(&place);
}

/* Killed while comparing, a second view is left: it is erased from too. */
static void
test_ledger_erase__a_view_left_of_comparing_forgets_too(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt;
	struct store_view *left;
	bool fresh;
	struct digest digest = told(ledger, 1);
	ASSERT_OK(ledger_view_beside(kit_job(), ledger, LEDGER_VIEW_COMPARE, &left, &fresh));
	ASSERT_OK(ledger_sql_run(kit_job(), store_view_db(left), "INSERT INTO word VALUES (1, '" SECRET "')"));
	store_view_close(left);
	ASSERT_OK(ledger_erase(kit_job(), ledger, &digest, 1, S("asked for"), &receipt));
	assert_false(scan(&place));
	ledger_close(ledger);
	place_remove(&place);
}

/* A key that opens under no root key stops a re-wrap before it begins: half done, the store would not open any more. */
static void
test_ledger_rewrap__a_damaged_key_changes_nothing(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct store_content sealed;
	slice content;
	size_t count;
	const char *path;
	char zeros[72] = "";
	struct digest digest = told(ledger, 1);
	evidence(ledger, "mount", "/", 2);
	ASSERT_OK(store_content_get(kit_job(), ledger->store, &digest, &sealed));
	assert_int_equal(sealed.wrapped_key.len, sizeof zeros);
	ASSERT_OK(store_content_rewrap(kit_job(), ledger->store, &digest, slice_bytes(zeros, sizeof zeros)));
	ASSERT_ERR(ledger_rewrap(kit_job(), ledger, &count), ERR_STORE, "nothing was changed");
	ASSERT_OK(fs_join(kit_job(), place.place.keys, "root.key.new", &path));
	assert_int_not_equal(access(path, F_OK), 0);
	ledger_close(ledger);
	ledger = ledger_at(&place);
	ASSERT_ERR(ledger_content(kit_job(), ledger, &digest, &content), ERR_STORE, "does not open");
	ledger_close(ledger);
	place_remove(&place);
}

/* A crash after the entry: the content still stands. The next opening destroys it. */
static void
test_ledger_open__finishes_an_erasure(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct digest digest = told(ledger, 1);
	slice content;
	struct ledger_receipt receipt;
	ASSERT_OK(ledger_erasure_form_write(kit_job(), &digest, 1, S("asked for"), &content));
	ASSERT_OK(ledger_append_form(kit_job(), ledger, LEDGER_ERASURE, S(""), "erasure", content, &receipt));
	assert_true(store_content_has(ledger->store, &digest));
	ledger_close(ledger);
	ledger = ledger_at(&place);
	assert_false(store_content_has(ledger->store, &digest));
	assert_false(scan(&place));
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
}

static void
test_ledger_rewrap__old_root_key_opens_nothing_new_one_everything(void **state)
{
	(void)state;
	struct place place = place_make(), before;
	struct ledger *ledger = ledger_at(&place);
	struct ledger_erasure_state erasure;
	struct ledger_receipt receipt;
	struct ledger_reading *readings;
	size_t len, count;
	slice content, token, again;
	struct digest digest = told(ledger, 1);
	evidence(ledger, "mount", "/", 2);
	ASSERT_OK(ledger_person_token(kit_job(), ledger, S(""), S("ada"), &token));
	ASSERT_OK(ledger_erasure_state(kit_job(), ledger, &erasure));
	assert_int_equal(erasure.erased, 0);
	assert_int_equal(erasure.rewrap_due_us, 0);
	ASSERT_OK(ledger_erase(kit_job(), ledger, &digest, 1, S("asked for"), &receipt));
	ASSERT_OK(ledger_erasure_state(kit_job(), ledger, &erasure));
	assert_int_equal(erasure.erased, 1);
	assert_true(erasure.rewrap_due_us == receipt.received_us + 30 * DAY_US);
	ledger_close(ledger);
	before = place_copy(&place);
	ledger = ledger_at(&place);
	ASSERT_OK(ledger_rewrap(kit_job(), ledger, &count));
	assert_true(count >= 4);
	ASSERT_OK(ledger_erasure_state(kit_job(), ledger, &erasure));
	assert_int_equal(erasure.rewrap_due_us, 0);
	ASSERT_OK(ledger_person_token(kit_job(), ledger, S(""), S("ada"), &again));
	assert_true(slice_same(token, again));
	ledger_close(ledger);
	ledger = ledger_at(&place);
	ASSERT_OK(ledger_readings(kit_job(), ledger, now_of(ledger), S(""), S(""), &readings, &len));
	ASSERT_OK(ledger_content(kit_job(), ledger, &readings[0].digest, &content));
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	/* The root key of before, put back: it opens nothing. */
	file_replace(&place, &before, "keys/root.key");
	struct digest standing = readings[0].digest;
	err got = ledger_open(kit_job(), &place.place, &ledger);
	if (got.code == ERR_NONE) {
		ASSERT_ERR(ledger_content(kit_job(), ledger, &standing, &content), ERR_STORE, "root key");
		ledger_close(ledger);
	} else {
		assert_int_equal(got.code, ERR_STORE);
	}
	place_remove(&before);
	place_remove(&place);
}

/* Killed half-way: some keys are wrapped under the new root key already, which waits beside the old. */
static void
test_ledger_open__finishes_a_rewrap(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_reading *readings;
	const char *path;
	uint8_t new_key[32];
	size_t len;
	slice content, wrapped;
	struct store_content sealed;
	evidence(ledger, "mount", "/", 1);
	ASSERT_OK(ledger_readings(kit_job(), ledger, now_of(ledger), S(""), S(""), &readings, &len));
	ASSERT_OK(fs_join(kit_job(), place.place.keys, "root.key.new", &path));
	ASSERT_OK(ledger_key_secret_make(kit_job(), path, sizeof new_key));
	ASSERT_OK(ledger_key_secret_read(kit_job(), path, sizeof new_key, new_key));
	ASSERT_OK(store_content_get(kit_job(), ledger->store, &readings[0].digest, &sealed));
	ASSERT_OK(ledger_content_rewrap(kit_job(), ledger->root_key, new_key, &sealed.digest, sealed.wrapped_key, &wrapped));
	ASSERT_OK(store_content_rewrap(kit_job(), ledger->store, &sealed.digest, wrapped));
	ledger_close(ledger);
	ledger = ledger_at(&place);
	assert_int_not_equal(access(path, F_OK), 0);
	ASSERT_OK(ledger_content(kit_job(), ledger, &readings[0].digest, &content));
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
}

/* Cited last before the day: given. Cited again since, erased, or of another table: not. */
static void
test_ledger_contents_before__are_those_nothing_newer_cites(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt;
	struct ledger_reading *readings;
	struct digest *contents, first;
	size_t len;
	evidence(ledger, "mount", "/", 1);
	ASSERT_OK(ledger_readings(kit_job(), ledger, now_of(ledger), S(""), S("mount"), &readings, &len));
	first = readings[0].digest;
	kit_job()->actor = S("ada"); /* an entry about a later time in between says nothing of the reading */
	ASSERT_OK(ledger_attest(kit_job(), ledger, S("A.b"), S("so"), at_us(10000), S(""), S(""), &receipt));
	evidence(ledger, "mount", "/home", 10);
	evidence(ledger, "other", "/", 11);
	ASSERT_OK(ledger_contents_before(kit_job(), ledger, S("mount"), at_us(20), &contents, &len));
	assert_int_equal(len, 2);
	ASSERT_OK(ledger_contents_before(kit_job(), ledger, S("mount"), at_us(1), &contents, &len));
	assert_int_equal(len, 0);
	/* The first content comes back: it is cited at hour 30 now. */
	struct ledger_subject again = {.name = S("mount"), .known = true, .digest = first};
	evidence_of(ledger, &again, 1, 30);
	ASSERT_OK(ledger_contents_before(kit_job(), ledger, S("mount"), at_us(20), &contents, &len));
	assert_int_equal(len, 1);
	assert_false(digest_same(&contents[0], &first));
	ASSERT_OK(ledger_erase(kit_job(), ledger, contents, len, S("90 days"), &receipt));
	ASSERT_OK(ledger_contents_before(kit_job(), ledger, S("mount"), at_us(20), &contents, &len));
	assert_int_equal(len, 0);
	ledger_close(ledger);
	place_remove(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_erase__leaves_no_trace_and_every_proof),
	    cmocka_unit_test(test_ledger_erase__a_runs_content_takes_its_rows_along),
	    cmocka_unit_test(test_ledger_erase__a_view_of_another_place_forgets_too),
	    cmocka_unit_test(test_ledger_erase__a_view_left_of_comparing_forgets_too),
	    cmocka_unit_test(test_ledger_rewrap__a_damaged_key_changes_nothing),
	    cmocka_unit_test(test_ledger_erase__refuses_what_the_ledger_rests_on),
	    cmocka_unit_test(test_ledger_open__finishes_an_erasure),
	    cmocka_unit_test(test_ledger_rewrap__old_root_key_opens_nothing_new_one_everything),
	    cmocka_unit_test(test_ledger_open__finishes_a_rewrap),
	    cmocka_unit_test(test_ledger_contents_before__are_those_nothing_newer_cites),
	};
	return KIT_TESTS(tests);
}
