/*
 * Bundles and the hosts that send them: unknown, accepted, retired; whole or nothing; the same one twice.
 */
#include "ledger_kit.h"

#include "base/pack.h"
#include "ledger/ledger_bundle.h"
#include "ledger/ledger_dsse.h"
#include "ledger/ledger_inner.h"

static slice
bundle_at(const char *dir, int64_t hour, const char *target)
{
	const char *key;
	slice bundle;
	struct ledger_subject subject = {.name = S("mount"), .content = mount_table(target)};
	struct ledger_draft draft = {
	    .kind = LEDGER_EVIDENCE, .from_us = at_us(hour) - SECOND_US, .to_us = at_us(hour), .subjects = &subject, .subjects_len = 1};
	ASSERT_OK(fs_join(kit_job(), dir, "host.key", &key));
	kit_job()->now_us = at_us(hour);
	ASSERT_OK(ledger_bundle_make(kit_job(), key, S("web1"), &draft, &bundle));
	return bundle;
}

static void
test_ledger_bundle_take__an_unknown_host_is_refused_by_fingerprint(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	const char *dir = kit_mkdir();
	struct ledger_receipt receipt;
	struct ledger_bundle read;
	slice bundle = bundle_at(dir, 1, "/"), fingerprint;
	ASSERT_OK(ledger_bundle_read(kit_job(), bundle, &read));
	fingerprint = ledger_key_fingerprint(kit_job(), &read.key);
	ASSERT_ERR(ledger_bundle_take(kit_job(), ledger, bundle, &receipt), ERR_DENIED, copy_text(fingerprint));
	assert_non_null(strstr(kit_job()->why, "assay host accept SHA256:"));
	assert_int_equal(ledger_size(ledger), 1);
	/* Accepted by that fingerprint, it is taken. */
	ASSERT_OK(ledger_host_accept(kit_job(), ledger, fingerprint, S("web1.example"), &receipt));
	ASSERT_OK(ledger_bundle_take(kit_job(), ledger, bundle, &receipt));
	assert_int_equal(receipt.index, 2);
	assert_int_equal(ledger_size(ledger), 4); /* and its receipt */
	struct ledger_reading *readings;
	struct ledger_host *hosts;
	size_t len;
	ASSERT_OK(ledger_readings(kit_job(), ledger, now_of(ledger), S(""), S(""), &readings, &len));
	assert_int_equal(len, 1);
	assert_true(readings[0].collected_us == at_us(1));
	ASSERT_OK(ledger_hosts(kit_job(), ledger, now_of(ledger), &hosts, &len));
	assert_int_equal(len, 2);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	kit_rmdir(dir);
	place_remove(&place);
}

/* An accepted host that lies: two contents of one table in one entry, which no view could show. Nothing is kept, and the ledger still opens. */
static void
test_ledger_bundle_make__refuses_one_table_twice(void **state)
{
	(void)state;
	(void)kit_fresh();
	const char *dir = kit_mkdir(), *key;
	slice bundle;
	struct ledger_subject subjects[] = {{.name = S("mount"), .content = mount_table("/")}, {.name = S("mount"), .content = mount_table("/home")}};
	struct ledger_draft draft = {.kind = LEDGER_EVIDENCE, .from_us = 1, .to_us = 2, .subjects = subjects, .subjects_len = 2};
	ASSERT_OK(fs_join(kit_job(), dir, "host.key", &key));
	ASSERT_ERR(ledger_bundle_make(kit_job(), key, S("web1"), &draft, &bundle), ERR_INPUT, "name a table once");
	kit_rmdir(dir);
}

static void
test_ledger_bundle_take__the_same_bundle_twice_is_stored_once(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	const char *dir = kit_mkdir();
	struct ledger_receipt first, second;
	slice bundle = bundle_at(dir, 1, "/");
	ASSERT_OK(ledger_host_accept(kit_job(), ledger, bundle, S(""), &first)); /* from the bundle itself, with its name */
	ASSERT_OK(ledger_bundle_take(kit_job(), ledger, bundle, &first));
	assert_false(first.was_there);
	uint64_t size = ledger_size(ledger);
	ASSERT_OK(ledger_bundle_take(kit_job(), ledger, bundle, &second));
	assert_true(second.was_there);
	assert_int_equal(second.index, first.index);
	assert_int_equal(ledger_size(ledger), size);
	ledger_close(ledger);
	kit_rmdir(dir);
	place_remove(&place);
}

/* The same contents in an entry of another name and hour, signed by the host's key: what somebody who kept an old bundle can do. */
static slice
said_again(const char *dir, slice bundle)
{
	struct ledger_key key DEFER(ledger_key_close) = {0};
	struct ledger_bundle read;
	const char *path;
	slice text, header, envelope, payload, pae, packed;
	struct ledger_dsse dsse;
	ASSERT_OK(fs_join(kit_job(), dir, "host.key", &path));
	ASSERT_OK(ledger_key_read(kit_job(), path, &key));
	ASSERT_OK(ledger_bundle_read(kit_job(), bundle, &read));
	ASSERT_OK(pack_unpack(kit_job(), "t", bundle, MIB, &text));
	assert_true(slice_cut(&text, '\n', &header) && slice_cut(&text, '\n', &envelope));
	read.item.statement.id = S("000102030405060708090a0b0c0d0e0f");
	ASSERT_OK(ledger_statement_write(kit_job(), &read.item.statement, &payload));
	ASSERT_OK(ledger_dsse_pae(kit_job(), payload, &pae));
	struct digest_text keyid = digest_text(&key.id);
	dsse = (struct ledger_dsse){.payload = payload, .keyid = slice_of(keyid.at)};
	ASSERT_OK(ledger_key_sign(kit_job(), &key, pae, &dsse.signature));
	ASSERT_OK(ledger_dsse_write(kit_job(), &dsse, &envelope));
	ASSERT_OK(job_format(kit_job(), &text, "%.*s\n%.*s\n%.*s", SLICE(header), SLICE(envelope), SLICE(text)));
	ASSERT_OK(pack_zstd(kit_job(), text, 3, &packed));
	return packed;
}

static void
test_ledger_bundle_take__refuses_what_was_erased_and_who_is_retired(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	const char *dir = kit_mkdir();
	struct ledger_receipt receipt;
	struct ledger_reading *readings;
	slice bundle = bundle_at(dir, 1, "/"), again = said_again(dir, bundle), other = bundle_at(dir, 2, "/srv"), id;
	size_t len;
	ASSERT_OK(ledger_host_accept(kit_job(), ledger, bundle, S(""), &receipt));
	ASSERT_OK(ledger_bundle_take(kit_job(), ledger, bundle, &receipt));
	ASSERT_OK(ledger_readings(kit_job(), ledger, now_of(ledger), S(""), S(""), &readings, &len));
	struct digest digest = readings[0].digest;
	ASSERT_OK(ledger_erase(kit_job(), ledger, &digest, 1, S("asked for"), &receipt));
	uint64_t size = ledger_size(ledger);
	ASSERT_OK(ledger_bundle_take(kit_job(), ledger, bundle, &receipt));
	assert_true(receipt.was_there);
	ASSERT_ERR(ledger_bundle_take(kit_job(), ledger, again, &receipt), ERR_CONFLICT, "erased by entry");
	assert_int_equal(ledger_size(ledger), size);
	assert_false(store_content_has(ledger->store, &digest));
	ASSERT_OK(job_copy(kit_job(), readings[0].host, &id));
	ASSERT_OK(ledger_host_retire(kit_job(), ledger, id, S("scrapped"), &receipt));
	size = ledger_size(ledger);
	ASSERT_ERR(ledger_bundle_take(kit_job(), ledger, bundle, &receipt), ERR_DENIED, "is retired");
	ASSERT_ERR(ledger_bundle_take(kit_job(), ledger, other, &receipt), ERR_DENIED, "is retired");
	assert_int_equal(ledger_size(ledger), size);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	kit_rmdir(dir);
	place_remove(&place);
}

/* Made long ago, taken today: it is received today, and a later received time does not go back for it. */
static void
test_ledger_bundle_take__received_is_the_servers_time(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	const char *dir = kit_mkdir();
	struct ledger_receipt receipt;
	struct ledger_moment then;
	slice bundle = bundle_at(dir, 1, "/");
	kit_job()->now_us = at_us(48);
	ASSERT_OK(ledger_host_accept(kit_job(), ledger, bundle, S(""), &receipt));
	kit_job()->now_us = at_us(40); /* the clock went back */
	ASSERT_OK(ledger_bundle_take(kit_job(), ledger, bundle, &receipt));
	assert_true(receipt.received_us == at_us(48));
	ASSERT_OK(ledger_moment(kit_job(), ledger, at_us(47), &then));
	assert_int_equal(then.size, 1);
	bundle = bundle_at(dir, 60, "/srv");
	kit_job()->now_us = at_us(48);
	ASSERT_ERR(ledger_bundle_take(kit_job(), ledger, bundle, &receipt), ERR_INPUT, "ahead of our clock");
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	kit_rmdir(dir);
	place_remove(&place);
}

static void
test_ledger_bundle_read__refuses_every_other_form(void **state)
{
	(void)state;
	(void)kit_fresh();
	const char *dir = kit_mkdir();
	struct ledger_bundle read;
	slice bundle = bundle_at(dir, 1, "/"), text, packed, changed;
	ASSERT_OK(ledger_bundle_read(kit_job(), bundle, &read));
	ASSERT_SLICE(read.host_name, "web1");
	ASSERT_ERR(ledger_bundle_read(kit_job(), S("not zstd"), &read), ERR_INPUT, "zstd");
	ASSERT_ERR(ledger_bundle_read(kit_job(), slice_part(bundle, 0, bundle.len - 1), &read), ERR_INPUT, "");
	ASSERT_OK(pack_unpack(kit_job(), "t", bundle, MIB, &text));
	struct {
		size_t from, len;
		const char *more, *says;
	} cuts[] = {
	    {0, text.len, "\n", "nothing may follow"}, {0, text.len - 1, "", "newline"}, {0, slice_find(text, '\n') + 1, "", "envelope"}};
	for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
		ASSERT_OK(job_format(kit_job(), &changed, "%.*s%s", SLICE(slice_part(text, cuts[i].from, cuts[i].len)), cuts[i].more));
		ASSERT_OK(pack_zstd(kit_job(), changed, 3, &packed));
		ASSERT_ERR(ledger_bundle_read(kit_job(), packed, &read), ERR_INPUT, cuts[i].says);
	}
	/* Any one byte changed is refused: nothing in a bundle is unsigned but the name. */
	char *bytes;
	size_t name = 0;
	while (!slice_starts(slice_from(text, name), S("web1")))
		name++;
	for (size_t i = 0; i < text.len; i += 7) {
		ASSERT_OK(NEW(kit_job(), text.len, &bytes));
		memcpy(bytes, text.at, text.len);
		bytes[i] = bytes[i] == 'A' ? 'B' : 'A';
		ASSERT_OK(pack_zstd(kit_job(), slice_bytes(bytes, text.len), 3, &packed));
		err got = ledger_bundle_read(kit_job(), packed, &read);
		if (i >= name && i < name + 4)
			assert_int_equal(got.code, ERR_NONE);
		else
			assert_int_not_equal(got.code, ERR_NONE);
	}
	kit_rmdir(dir);
}

static void
test_ledger_host_retire__its_findings_end_as_retired(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	const char *dir = kit_mkdir();
	struct ledger_receipt receipt;
	struct ledger_run_change change;
	struct ledger_host *hosts;
	struct ledger_finding *findings;
	struct ledger_result *results, result = {.check = S("ssh"), .verdict = LEDGER_FAIL};
	size_t len;
	slice bundle = bundle_at(dir, 1, "/");
	ASSERT_OK(ledger_host_accept(kit_job(), ledger, bundle, S(""), &receipt));
	ASSERT_ERR(ledger_host_accept(kit_job(), ledger, bundle, S(""), &receipt), ERR_CONFLICT, "accepted already");
	ASSERT_OK(ledger_hosts(kit_job(), ledger, now_of(ledger), &hosts, &len));
	struct ledger_host web = slice_same(hosts[0].name, S("web1")) ? hosts[0] : hosts[1];
	struct ledger_finding found = {.id = S("aaaaaaaaaaaa"),
	    .check = S("ssh"),
	    .host = web.id,
	    .severity = S("low"),
	    .says = S("x"),
	    .key = S("[]"),
	    .row = S("{}")};
	struct ledger_run run = {
	    .host = web.id, .at_us = at_us(2), .results = &result, .results_len = 1, .findings = &found, .findings_len = 1};
	ASSERT_OK(ledger_run_append(kit_job(), ledger, &run, &change));
	kit_job()->now_us = at_us(5);
	ASSERT_OK(ledger_host_retire(kit_job(), ledger, S("web1"), S("scrapped"), &receipt));
	ASSERT_OK(ledger_findings(
	    kit_job(), ledger, now_of(ledger), LEDGER_FINDINGS_OPEN | LEDGER_FINDINGS_ENDED, S(""), web.id, &findings, &len));
	assert_int_equal(len, 1);
	assert_int_equal(findings[0].state, LEDGER_FINDING_RETIRED);
	assert_true(findings[0].ended_us == at_us(5));
	ASSERT_OK(ledger_results(kit_job(), ledger, now_of(ledger), S(""), S(""), &results, &len));
	assert_int_equal(len, 0);
	/* Neither evidence nor runs of it are taken any more; before, they stood. */
	ASSERT_ERR(ledger_bundle_take(kit_job(), ledger, bundle, &receipt), ERR_DENIED, "retired");
	ASSERT_ERR(ledger_run_append(kit_job(), ledger, &run, &change), ERR_DENIED, "accepted host");
	ASSERT_ERR(ledger_host_retire(kit_job(), ledger, S("web1"), S("again"), &receipt), ERR_CONFLICT, "retired already");
	ASSERT_ERR(ledger_host_retire(kit_job(), ledger, S("web2"), S(""), &receipt), ERR_MISSING, "no such host");
	ASSERT_OK(
	    ledger_results(kit_job(), ledger, (struct ledger_moment){.size = change.receipt.index + 1}, S(""), S(""), &results, &len));
	assert_int_equal(len, 1);
	ASSERT_OK(ledger_host_accept(kit_job(), ledger, web.fingerprint, S("web1"), &receipt));
	ASSERT_OK(ledger_bundle_take(kit_job(), ledger, bundle, &receipt));
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	kit_rmdir(dir);
	place_remove(&place);
}

static void
test_ledger_host_accept__refuses_what_is_no_fingerprint(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt;
	ASSERT_ERR(ledger_host_accept(kit_job(), ledger, S("SHA256:short"), S("x"), &receipt), ERR_INPUT, "43 base64 digits");
	ASSERT_ERR(ledger_host_accept(kit_job(), ledger, S("web1"), S("x"), &receipt), ERR_INPUT, "43 base64 digits");
	assert_int_equal(ledger_size(ledger), 1);
	ledger_close(ledger);
	place_remove(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_bundle_take__an_unknown_host_is_refused_by_fingerprint),
	    cmocka_unit_test(test_ledger_bundle_make__refuses_one_table_twice),
	    cmocka_unit_test(test_ledger_bundle_take__the_same_bundle_twice_is_stored_once),
	    cmocka_unit_test(test_ledger_bundle_take__refuses_what_was_erased_and_who_is_retired),
	    cmocka_unit_test(test_ledger_bundle_take__received_is_the_servers_time),
	    cmocka_unit_test(test_ledger_bundle_read__refuses_every_other_form),
	    cmocka_unit_test(test_ledger_host_retire__its_findings_end_as_retired),
	    cmocka_unit_test(test_ledger_host_accept__refuses_what_is_no_fingerprint),
	};
	return KIT_TESTS(tests);
}
