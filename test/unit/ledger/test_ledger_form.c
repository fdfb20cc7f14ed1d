/*
 * Forms: what is written is read back, and nothing else is; fingerprints; the growing tree against the frontier.
 */
#include "ledger_kit.h"

#include "ledger/ledger_form.h"
#include "ledger/ledger_grow.h"

static void
test_ledger_form__reads_back_what_was_written(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct digest key = code_sha256(S("key")), read_key, *contents;
	struct ledger_host_form host = {.act = LEDGER_HOST_ACT_RETIRE, .name = S(""), .why = S("scrapped \"so\"")}, host_read;
	struct ledger_receipt_form receipt = {.statement = key, .received_us = at_us(3)}, *receipts;
	struct ledger_attest_form attest = {.part = S("A.b"), .says = S("yes"), .until_us = at_us(9), .file_name = S("")}, attest_read;
	struct ledger_person_form person = {.host = S(""), .name = S("ada")}, person_read;
	slice text, why;
	size_t len;
	ASSERT_OK(ledger_fingerprint_write(job, &key, &host.fingerprint));
	assert_int_equal(host.fingerprint.len, 50);
	ASSERT_OK(ledger_host_form_write(job, &host, &text));
	ASSERT_OK(ledger_host_form_read(job, text, &host_read));
	assert_int_equal(host_read.act, LEDGER_HOST_ACT_RETIRE);
	assert_true(digest_same(&host_read.key, &key));
	ASSERT_OK(ledger_receipt_form_write(job, &receipt, 1, &text));
	ASSERT_OK(ledger_receipt_form_read(job, text, &receipts, &len));
	assert_true(len == 1 && receipts[0].received_us == at_us(3));
	ASSERT_OK(ledger_erasure_form_write(job, &key, 1, S("asked"), &text));
	ASSERT_OK(ledger_erasure_form_read(job, text, &contents, &len, &why));
	assert_true(len == 1 && digest_same(&contents[0], &key));
	ASSERT_OK(ledger_attest_form_write(job, &attest, &text));
	ASSERT_OK(ledger_attest_form_read(job, text, &attest_read));
	assert_true(attest_read.until_us == at_us(9));
	ASSERT_OK(ledger_person_form_write(job, &person, &text));
	ASSERT_OK(ledger_person_form_read(job, text, &person_read));
	ASSERT_SLICE(person_read.name, "ada");
	ASSERT_OK(ledger_set_form_write(job, &key, &text));
	ASSERT_OK(ledger_set_form_read(job, text, &read_key));
	assert_true(digest_same(&read_key, &key));
}

static void
test_ledger_form__refuses_other_forms(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct ledger_host_form host;
	struct ledger_person_form person;
	struct ledger_receipt_form *receipts;
	struct digest key, *contents;
	size_t len;
	slice why;
	ASSERT_ERR(ledger_person_form_read(job, S("{\"name\":\"ada\",\"host\":\"\"}"), &person), ERR_INPUT, "canonical");
	ASSERT_ERR(ledger_person_form_read(job, S("{\"host\":\"\",\"name\":\"ada\",\"x\":1}"), &person), ERR_INPUT, "x");
	ASSERT_ERR(ledger_person_form_read(job, S("{\"host\":\"\"}"), &person), ERR_INPUT, "name");
	ASSERT_ERR(ledger_host_form_read(job, S("{\"act\":\"own\",\"fingerprint\":\"\",\"name\":\"\",\"why\":\"\"}"), &host), ERR_INPUT,
	    "serve, accept or retire");
	ASSERT_ERR(ledger_receipt_form_read(job, S("{\"entries\":[{\"received\":\"2026-11-01\",\"statement\":\"00\"}]}"), &receipts, &len),
	    ERR_INPUT, "64 hex digits");
	ASSERT_ERR(ledger_erasure_form_read(job, S("{\"contents\":[1],\"why\":\"\"}"), &contents, &len, &why), ERR_INPUT, "64 hex digits");
	ASSERT_ERR(ledger_set_form_read(job, S("{\"digest\":\"ABCD\"}"), &key), ERR_INPUT, "64 hex digits");
	/* 43 digits whose last one has bits that no byte needs. */
	ASSERT_ERR(ledger_fingerprint_read(job, S("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"), &key), ERR_INPUT, "fingerprint");
	ASSERT_OK(ledger_fingerprint_read(job, S("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), &key));
}

/* Whatever bytes a name has, what is written can be read. */
static void
test_ledger_form__mends_what_json_cannot_hold(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct ledger_person_form person = {.host = S(""), .name = {"a\0b\xff\x01\"\\\xe2\x80\xa8", 10}}, read;
	slice text;
	ASSERT_OK(ledger_person_form_write(job, &person, &text));
	ASSERT_OK(ledger_person_form_read(job, text, &read));
	ASSERT_SLICE(read.name, "a\xef\xbf\xbd"
				"b\xef\xbf\xbd\x01\"\\\xe2\x80\xa8");
}

/* Blocks and frontier agree for every size, and each full block gives one node per level. */
static void
test_ledger_grow__is_the_tree(void **state)
{
	(void)state;
	static struct ledger_grow grow;
	struct ledger_frontier frontier = {0};
	struct store_node nodes[LEDGER_GROW_LEVELS];
	size_t total = 0;
	(void)kit_fresh();
	for (uint64_t i = 0; i < 70000; i++) {
		struct digest leaf = code_sha256(slice_bytes(&i, sizeof i));
		size_t len = 0;
		ledger_grow_add(&grow, &leaf, nodes, &len);
		ledger_frontier_add(&frontier, &leaf);
		assert_int_equal(len, (i + 1) % 65536 == 0 ? 2 : (i + 1) % 256 == 0 ? 1 : 0);
		total += len;
		if ((i & 1023) == 0 || i > 69990) {
			struct digest a = ledger_frontier_root(&grow.frontier), b = ledger_frontier_root(&frontier);
			assert_true(digest_same(&a, &b));
		}
	}
	assert_int_equal(total, 273 + 1);
	assert_int_equal(grow.block[0].len, 112);
	assert_int_equal(grow.block[1].len, 17);
	assert_int_equal(grow.block[2].len, 1);
}

/* Opened at any size, from what the store holds, it is the same as grown. */
static void
test_ledger_grow_open__at_any_size(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	static struct ledger_grow grow, grown;
	struct store_node nodes[LEDGER_GROW_LEVELS];
	struct ledger_frontier frontier = {0};
	struct digest leaf;
	for (int i = 0; i < 3; i++)
		evidence(ledger, "mount", i == 1 ? "/" : "/home", i + 1);
	ledger_close(ledger);
	struct store *store;
	ASSERT_OK(store_open(kit_job(), place.place.store, 0, &store));
	for (uint64_t size = 0; size <= 4; size++) {
		ASSERT_OK(ledger_grow_open(kit_job(), store, size, &grow));
		struct digest a = ledger_frontier_root(&grow.frontier), b = ledger_frontier_root(&frontier),
			      c = ledger_frontier_root(&grown.frontier);
		assert_true(digest_same(&a, &b) && digest_same(&a, &c));
		if (size < 4) {
			size_t len = 0;
			ASSERT_OK(store_leaf_hashes(kit_job(), store, size, 1, &leaf));
			ledger_frontier_add(&frontier, &leaf);
			ledger_grow_add(&grown, &leaf, nodes, &len);
		}
	}
	ASSERT_ERR(ledger_grow_open(kit_job(), store, 5, &grow), ERR_STORE, "");
	store_close(store);
	place_remove(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_form__reads_back_what_was_written),
	    cmocka_unit_test(test_ledger_form__refuses_other_forms),
	    cmocka_unit_test(test_ledger_form__mends_what_json_cannot_hold),
	    cmocka_unit_test(test_ledger_grow__is_the_tree),
	    cmocka_unit_test(test_ledger_grow_open__at_any_size),
	};
	return KIT_TESTS(tests);
}
