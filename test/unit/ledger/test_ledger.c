/*
 * A whole ledger: made, opened, appended to, closed, opened again; and what it refuses.
 */
#include "ledger_kit.h"

#include "ledger/ledger_form.h"
#include "ledger/ledger_inner.h"

static void
test_ledger_init__makes_keys_store_and_the_first_entry(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_entry entry;
	struct ledger_moment now;
	struct ledger_host *hosts;
	size_t len;
	assert_int_equal(ledger_size(ledger), 1);
	ASSERT_OK(ledger_entry(kit_job(), ledger, 0, &entry));
	assert_int_equal(entry.kind, LEDGER_HOST);
	assert_int_equal(entry.subjects_len, 2);
	ASSERT_OK(ledger_moment(kit_job(), ledger, 0, &now));
	ASSERT_OK(ledger_hosts(kit_job(), ledger, now, &hosts, &len));
	assert_int_equal(len, 1);
	ASSERT_SLICE(hosts[0].id, copy_text(ledger_host_id(ledger)));
	assert_int_equal(hosts[0].state, LEDGER_HOST_ACCEPTED);
	assert_int_equal(hosts[0].last_seen_us, 0);
	ledger_close(ledger);
	ASSERT_ERR(ledger_init(kit_job(), &place.place), ERR_CONFLICT, "there is a store already");
	place_remove(&place);
}

static void
test_ledger_open__names_the_command_that_makes_a_store(void **state)
{
	(void)state;
	struct ledger_place place;
	struct ledger *ledger;
	const char *dir = kit_mkdir();
	ASSERT_OK(ledger_place_of(kit_job(), dir, NULL, NULL, NULL, &place));
	ASSERT_ERR(ledger_open(kit_job(), &place, &ledger), ERR_MISSING, "assay init");
	kit_rmdir(dir);
}

static void
test_ledger_append__evidence_can_be_read_back(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt = evidence(ledger, "mount", "/", 1);
	struct ledger_reading *readings;
	struct ledger_moment now;
	size_t len;
	slice content;
	assert_int_equal(receipt.index, 1);
	assert_false(receipt.was_there);
	for (int again = 0; again < 2; again++) { /* from the view as it was brought forward, and from another opening */
		ASSERT_OK(ledger_moment(kit_job(), ledger, 0, &now));
		ASSERT_OK(ledger_readings(kit_job(), ledger, now, ledger_host_id(ledger), S(""), &readings, &len));
		assert_int_equal(len, 1);
		ASSERT_SLICE(readings[0].table, "mount");
		assert_int_equal(readings[0].state, READING_READ);
		assert_int_equal(readings[0].rows, 1);
		assert_int_equal(readings[0].entry, 1);
		assert_int_equal(readings[0].collected_us, receipt.received_us);
		ASSERT_OK(ledger_content(kit_job(), ledger, &readings[0].digest, &content));
		assert_true(slice_has(content, S("[\"/\"]")));
		ledger_close(ledger);
		ledger = ledger_at(&place);
	}
	struct digest never = {{1}};
	ASSERT_ERR(ledger_content(kit_job(), ledger, &never, &content), ERR_MISSING, "never here");
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_append__known_content_is_cited_not_stored_again(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_reading *readings;
	struct ledger_moment now;
	size_t len;
	evidence(ledger, "mount", "/", 1);
	ASSERT_OK(ledger_moment(kit_job(), ledger, 0, &now));
	ASSERT_OK(ledger_readings(kit_job(), ledger, now, S(""), S("mount"), &readings, &len));
	struct ledger_subject subject = {.name = S("mount"), .known = true, .digest = readings[0].digest};
	struct ledger_receipt receipt = evidence_of(ledger, &subject, 1, 2);
	ASSERT_OK(ledger_moment(kit_job(), ledger, 0, &now));
	ASSERT_OK(ledger_readings(kit_job(), ledger, now, S(""), S("mount"), &readings, &len));
	assert_int_equal(readings[0].entry, receipt.index);
	assert_int_equal(readings[0].changed_entry, receipt.index - 1);
	/* Before that collection, the reading stood on the one before. */
	now.size = receipt.index;
	ASSERT_OK(ledger_readings(kit_job(), ledger, now, S(""), S("mount"), &readings, &len));
	assert_int_equal(readings[0].entry, receipt.index - 1);
	subject.digest.byte[0] ^= 1;
	struct ledger_draft draft = {
	    .kind = LEDGER_EVIDENCE, .host = ledger_host_id(ledger), .subjects = &subject, .subjects_len = 1, .by_host = true};
	ASSERT_ERR(ledger_append(kit_job(), ledger, &draft, 1, &receipt), ERR_MISSING, "is not in the store");
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_append__received_never_runs_backwards(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_moment moment;
	struct ledger_receipt late = evidence(ledger, "mount", "/", 100), early = evidence(ledger, "mount", "/home", 50);
	assert_true(early.received_us == late.received_us);
	struct ledger_entry entry;
	ASSERT_OK(ledger_entry(kit_job(), ledger, early.index, &entry));
	assert_true(entry.made_us < entry.received_us);
	/* Both were received at the later time; a microsecond before, neither. */
	ASSERT_OK(ledger_moment(kit_job(), ledger, late.received_us, &moment));
	assert_int_equal(moment.size, early.index + 1);
	ASSERT_OK(ledger_moment(kit_job(), ledger, late.received_us - 1, &moment));
	assert_int_equal(moment.size, late.index);
	ASSERT_OK(ledger_moment(kit_job(), ledger, 1, &moment));
	assert_int_equal(moment.size, 0);
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_append__more_than_one_batch(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	enum { COUNT = 600 };
	struct ledger_subject *subjects;
	struct ledger_draft *drafts;
	struct ledger_receipt *receipts;
	ASSERT_OK(NEW(kit_job(), COUNT, &subjects));
	ASSERT_OK(NEW(kit_job(), COUNT, &drafts));
	ASSERT_OK(NEW(kit_job(), COUNT, &receipts));
	kit_job()->now_us = at_us(5);
	for (size_t i = 0; i < COUNT; i++) {
		slice row;
		ASSERT_OK(job_format(kit_job(), &row, "row %zu", i));
		subjects[i] = (struct ledger_subject){.name = S("mount"), .content = mount_table(copy_text(row))};
		drafts[i] = (struct ledger_draft){.kind = LEDGER_EVIDENCE,
		    .host = ledger_host_id(ledger),
		    .from_us = at_us(4),
		    .to_us = at_us(5),
		    .subjects = &subjects[i],
		    .subjects_len = 1,
		    .by_host = true};
	}
	ASSERT_OK(ledger_append(kit_job(), ledger, drafts, COUNT, receipts));
	assert_int_equal(ledger_size(ledger), COUNT + 1);
	assert_int_equal(receipts[COUNT - 1].index, COUNT);
	ledger_close(ledger);
	ledger = ledger_at(&place);
	assert_int_equal(ledger_size(ledger), COUNT + 1);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
}

static void
test_ledger_open__refuses_keys_others_may_read(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger;
	const char *path;
	assert_int_equal(chmod(place.place.keys, 0750), 0);
	ASSERT_ERR(ledger_open(kit_job(), &place.place, &ledger), ERR_DENIED, "0700");
	assert_int_equal(chmod(place.place.keys, 0700), 0);
	ASSERT_OK(fs_join(kit_job(), place.place.keys, "root.key", &path));
	assert_int_equal(chmod(path, 0640), 0);
	ASSERT_ERR(ledger_open(kit_job(), &place.place, &ledger), ERR_DENIED, "0600");
	assert_int_equal(chmod(path, 0600), 0);
	ledger = ledger_at(&place);
	ledger_close(ledger);
	place_remove(&place);
}

/* What a crash after the commit leaves: signer, tiles and checkpoint are behind. */
static void
test_ledger_open__finishes_what_a_crash_left_unsigned(void **state)
{
	(void)state;
	struct place place = place_make(), before;
	struct ledger *ledger = ledger_at(&place);
	evidence(ledger, "mount", "/", 1);
	ledger_close(ledger);
	before = place_copy(&place); /* signer state and log of now */
	ledger = ledger_at(&place);
	evidence(ledger, "mount", "/home", 2);
	ledger_close(ledger);
	file_replace(&place, &before, "signer/state");
	file_replace(&place, &before, "store/log/checkpoint");
	ledger = ledger_at(&place);
	assert_int_equal(ledger_size(ledger), 3);
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
	place_remove(&before);
}

static void
test_ledger_open__refuses_an_old_store_under_the_current_signer(void **state)
{
	(void)state;
	struct place place = place_make(), before;
	struct ledger *ledger = ledger_at(&place);
	evidence(ledger, "mount", "/", 1);
	ledger_close(ledger);
	before = place_copy(&place);
	ledger = ledger_at(&place);
	evidence(ledger, "mount", "/home", 2);
	ledger_close(ledger);
	folder_replace(&place, &before, "store");
	ASSERT_ERR(ledger_open(kit_job(), &place.place, &ledger), ERR_CONFLICT, "shorter history");
	/* Another history of the same length. */
	ledger = ledger_at(&before);
	evidence(ledger, "mount", "/srv", 3);
	ledger_close(ledger);
	folder_replace(&place, &before, "store");
	ASSERT_ERR(ledger_open(kit_job(), &place.place, &ledger), ERR_CONFLICT, "another history");
	place_remove(&place);
	place_remove(&before);
}

static void
test_ledger_open__two_stores_do_not_meet(void **state)
{
	(void)state;
	struct place one = place_make(), two = place_more();
	struct ledger *a = ledger_at(&one), *b = ledger_at(&two);
	struct ledger_reading *readings;
	struct ledger_moment now;
	size_t len;
	assert_false(slice_same(ledger_origin(a), ledger_origin(b)));
	assert_false(slice_same(ledger_host_id(a), ledger_host_id(b)));
	evidence(a, "mount", "/", 1);
	ASSERT_OK(ledger_moment(kit_job(), b, 0, &now));
	ASSERT_OK(ledger_readings(kit_job(), b, now, S(""), S(""), &readings, &len));
	assert_int_equal(len, 0);
	ledger_close(a);
	ledger_close(b);
	place_remove(&one);
	place_remove(&two);
}

static void
test_ledger_open__a_second_one_is_busy(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place), *second;
	ASSERT_ERR(ledger_open(kit_job(), &place.place, &second), ERR_BUSY, "held by process");
	ledger_close(ledger);
	place_remove(&place);
}

/* Every key of another ledger is refused before anything is made with it, and with its own back nothing is amiss. */
static void
test_ledger_open__refuses_another_ledgers_keys(void **state)
{
	(void)state;
	static const char *const names[] = {"keys/server.key", "keys/host.key", "keys/log.key", "keys/root.key"};
	static const char *const words[] = {
	    "first entry introduced", "first entry introduced", "private half of log.pub", "another root key"};
	struct place one = place_make(), two = place_more();
	struct ledger *ledger = ledger_at(&one);
	evidence(ledger, "mount", "/", 1);
	ledger_close(ledger);
	struct place whole = place_copy(&one);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		file_replace(&one, &two, names[i]);
		ASSERT_ERR(ledger_open(kit_job(), &one.place, &ledger), i == 3 ? ERR_STORE : ERR_DENIED, words[i]);
		file_replace(&one, &whole, names[i]);
		ledger = ledger_at(&one);
		evidence(ledger, "mount", "/", 2 + (int64_t)i);
		ledger_close(ledger);
		verify(&one);
	}
	place_remove(&one);
	place_remove(&two);
	place_remove(&whole);
}

static void
test_ledger_append__refuses_evidence_of_an_own_host_that_is_retired(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt;
	slice fingerprint;
	struct ledger_subject subject = {.name = S("mount"), .content = mount_table("/")};
	struct ledger_draft draft = {.kind = LEDGER_EVIDENCE,
	    .host = ledger_host_id(ledger),
	    .from_us = 1,
	    .to_us = 2,
	    .subjects = &subject,
	    .subjects_len = 1,
	    .by_host = true};
	ASSERT_OK(ledger_host_retire(kit_job(), ledger, ledger_host_id(ledger), S("scrapped"), &receipt));
	uint64_t size = ledger_size(ledger);
	ASSERT_ERR(ledger_append(kit_job(), ledger, &draft, 1, &receipt), ERR_DENIED, "is retired");
	assert_int_equal(ledger_size(ledger), size);
	ASSERT_OK(ledger_fingerprint_write(kit_job(), &ledger->host.id, &fingerprint));
	ASSERT_OK(ledger_host_accept(kit_job(), ledger, fingerprint, S("again"), &receipt));
	ASSERT_OK(ledger_append(kit_job(), ledger, &draft, 1, &receipt));
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
}

/* Times no calendar has: nothing is kept, and the ledger goes on. */
static void
test_ledger_append__refuses_times_beyond_all_years(void **state)
{
	(void)state;
	static const int64_t times[] = {INT64_MAX, INT64_MIN + 1, INT64_MAX / 2};
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt;
	for (size_t i = 0; i < 2 * sizeof times / sizeof *times; i++) {
		struct ledger_subject subject = {.name = S("mount"), .content = mount_table("/")};
		struct ledger_draft draft = {.kind = LEDGER_EVIDENCE, .host = ledger_host_id(ledger), .from_us = 1, .to_us = 2, .subjects = &subject,
		    .subjects_len = 1, .by_host = true};
		kit_job()->now_us = i % 2 == 0 ? times[i / 2] : at_us(1);
		if (i % 2 == 1)
			draft.from_us = draft.to_us = times[i / 2];
		ASSERT_ERR(ledger_append(kit_job(), ledger, &draft, 1, &receipt), ERR_INPUT, "0001 to 9999");
		assert_int_equal(ledger_size(ledger), 1);
	}
	kit_job()->now_us = instant_from_civil(9999, 12, 31) * DAY_US; /* the last day there is: all later ones are received then */
	struct ledger_subject subject = {.name = S("mount"), .content = mount_table("/")};
	struct ledger_draft draft = {.kind = LEDGER_EVIDENCE, .host = ledger_host_id(ledger), .from_us = 1, .to_us = 2, .subjects = &subject,
	    .subjects_len = 1, .by_host = true};
	ASSERT_OK(ledger_append(kit_job(), ledger, &draft, 1, &receipt));
	int64_t far_us = receipt.received_us;
	receipt = evidence(ledger, "mount", "/home", -24 * 365 * 50);
	assert_true(receipt.received_us == far_us);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
}

/* What a damaged newest slot, or a copy of the state put back, looks like: it could sign another continuation of what is published. */
static void
test_ledger_open__refuses_a_signer_behind_its_checkpoint(void **state)
{
	(void)state;
	struct place place = place_make(), before = place_copy(&place);
	struct ledger *ledger = ledger_at(&place);
	const char *path;
	evidence(ledger, "mount", "/", 1);
	ledger_close(ledger);
	file_replace(&place, &before, "signer/state");
	ASSERT_ERR(ledger_open(kit_job(), &place.place, &ledger), ERR_CONFLICT, "run assay ledger adopt");
	/* What the sentence advises works. */
	ASSERT_OK(fs_join(kit_job(), place.place.signer, "state", &path));
	assert_int_equal(unlink(path), 0);
	ASSERT_OK(ledger_adopt(kit_job(), &place.place, S("the state was an old copy")));
	verify(&place);
	place_remove(&place);
	place_remove(&before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_init__makes_keys_store_and_the_first_entry),
	    cmocka_unit_test(test_ledger_open__names_the_command_that_makes_a_store),
	    cmocka_unit_test(test_ledger_append__evidence_can_be_read_back),
	    cmocka_unit_test(test_ledger_append__known_content_is_cited_not_stored_again),
	    cmocka_unit_test(test_ledger_append__received_never_runs_backwards),
	    cmocka_unit_test(test_ledger_append__more_than_one_batch),
	    cmocka_unit_test(test_ledger_open__refuses_keys_others_may_read),
	    cmocka_unit_test(test_ledger_open__finishes_what_a_crash_left_unsigned),
	    cmocka_unit_test(test_ledger_open__refuses_an_old_store_under_the_current_signer),
	    cmocka_unit_test(test_ledger_open__two_stores_do_not_meet),
	    cmocka_unit_test(test_ledger_open__a_second_one_is_busy),
	    cmocka_unit_test(test_ledger_open__refuses_another_ledgers_keys),
	    cmocka_unit_test(test_ledger_append__refuses_evidence_of_an_own_host_that_is_retired),
	    cmocka_unit_test(test_ledger_append__refuses_times_beyond_all_years),
	    cmocka_unit_test(test_ledger_open__refuses_a_signer_behind_its_checkpoint),
	};
	return KIT_TESTS(tests);
}
