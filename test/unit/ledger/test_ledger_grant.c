/*
 * Grants: given and taken back as of a moment, strictly read, never erased; what was refused or read is kept and found again.
 */
#include "ledger_kit.h"

#include "ledger/ledger_grant.h"

static const char *
token_of(struct ledger *ledger, const char *name)
{
	slice token;
	ASSERT_OK(ledger_person_token(kit_job(), ledger, S(""), slice_of(name), &token));
	return copy_text(token);
}

static uint64_t
give(struct ledger *ledger, const char *person, const char *role, int64_t service, int64_t until_us)
{
	struct ledger_receipt receipt;
	struct ledger_grant grant = {.person = slice_of(person),
	    .role = slice_of(role),
	    .scope = service > 0 ? LEDGER_SCOPE_SERVICE : LEDGER_SCOPE_ORGANISATION,
	    .service = service,
	    .until_us = until_us,
	    .why = S("joined the team")};
	ASSERT_OK(ledger_grant(kit_job(), ledger, &grant, &receipt));
	return receipt.index;
}

static void
test_ledger_grant__stands_from_its_entry_until_it_is_taken_back(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt;
	struct ledger_grant *list;
	size_t len;
	bool any;
	kit_job()->actor = S("ada");
	kit_job()->now_us = at_us(1);
	const char *bob = token_of(ledger, "bob"), *cat = token_of(ledger, "cat");
	struct ledger_moment before = now_of(ledger);
	uint64_t first = give(ledger, bob, "risk-owner", 3, at_us(50));
	uint64_t second = give(ledger, cat, "auditor", 0, 0);
	struct ledger_moment between = now_of(ledger);
	kit_job()->now_us = at_us(2);
	ASSERT_OK(ledger_grant_revoke(kit_job(), ledger, first, S("left the team"), &receipt));
	ASSERT_OK(ledger_grants(kit_job(), ledger, now_of(ledger), S(""), &list, &len));
	assert_int_equal(len, 2);
	assert_true(list[0].entry == first && list[1].entry == second);
	ASSERT_SLICE(list[0].person, bob);
	ASSERT_SLICE(list[0].role, "risk-owner");
	assert_true(list[0].scope == LEDGER_SCOPE_SERVICE && list[0].service == 3 && list[0].until_us == at_us(50) && list[0].made_us == at_us(1));
	assert_true(list[0].revoked && list[0].revoke_entry == receipt.index && list[0].revoked_us == at_us(2));
	ASSERT_SLICE(list[0].revoked_why, "left the team");
	assert_true(list[0].by.len == 32 && slice_same(list[0].by, list[0].revoked_by) && !slice_same(list[0].by, list[0].person));
	assert_true(!list[1].revoked && list[1].until_us == 0 && list[1].scope == LEDGER_SCOPE_ORGANISATION);
	/* As it was before it was taken back, and before it was given. */
	ASSERT_OK(ledger_grants(kit_job(), ledger, between, slice_of(bob), &list, &len));
	assert_true(len == 1 && !list[0].revoked);
	ASSERT_OK(ledger_grants(kit_job(), ledger, before, S(""), &list, &len));
	assert_int_equal(len, 0);
	ASSERT_OK(ledger_grants_any(kit_job(), ledger, before, &any));
	assert_false(any);
	ASSERT_OK(ledger_grants_any(kit_job(), ledger, between, &any));
	assert_true(any);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
}

static void
test_ledger_grant__refuses_what_makes_no_sense(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt;
	struct ledger_grant grant = {.person = S("t"), .role = S("r"), .why = S("w")}, wrong = grant;
	kit_job()->now_us = at_us(5);
	ASSERT_ERR(ledger_grant(kit_job(), ledger, &grant, &receipt), ERR_DENIED, "named person");
	kit_job()->actor = S("ada");
	wrong.why = S("  ");
	ASSERT_ERR(ledger_grant(kit_job(), ledger, &wrong, &receipt), ERR_INPUT, "say why");
	wrong = grant;
	wrong.person = S("");
	ASSERT_ERR(ledger_grant(kit_job(), ledger, &wrong, &receipt), ERR_INPUT, "a person and a role");
	wrong = grant;
	wrong.service = 3;
	ASSERT_ERR(ledger_grant(kit_job(), ledger, &wrong, &receipt), ERR_INPUT, "the organisation neither");
	wrong = grant;
	wrong.scope = LEDGER_SCOPE_UNIT;
	ASSERT_ERR(ledger_grant(kit_job(), ledger, &wrong, &receipt), ERR_INPUT, "scope unit needs a unit");
	wrong = grant;
	wrong.until_us = at_us(5);
	ASSERT_ERR(ledger_grant(kit_job(), ledger, &wrong, &receipt), ERR_INPUT, "a later moment");
	assert_int_equal(ledger_size(ledger), 1);
	ASSERT_ERR(ledger_grant_revoke(kit_job(), ledger, 0, S("x"), &receipt), ERR_MISSING, "no grant 0");
	ASSERT_OK(ledger_grant(kit_job(), ledger, &grant, &receipt));
	uint64_t made = receipt.index;
	ASSERT_OK(ledger_grant_revoke(kit_job(), ledger, made, S("x"), &receipt));
	ASSERT_ERR(ledger_grant_revoke(kit_job(), ledger, made, S("x"), &receipt), ERR_CONFLICT, "taken back before");
	ledger_close(ledger);
	place_remove(&place);
}

/* Were a revocation erased, its grant would stand again. */
static void
test_ledger_grant__is_never_erased(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_receipt receipt;
	struct ledger_entry entry;
	kit_job()->actor = S("ada");
	uint64_t made = give(ledger, token_of(ledger, "bob"), "auditor", 0, 0);
	ASSERT_OK(ledger_grant_revoke(kit_job(), ledger, made, S("done"), &receipt));
	ASSERT_OK(ledger_entry(kit_job(), ledger, receipt.index, &entry));
	ASSERT_ERR(ledger_erase(kit_job(), ledger, &entry.subjects[0].digest, 1, S("asked"), &receipt), ERR_DENIED, "rests on it");
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_grant__finds_again_what_was_refused_and_read(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_access_event *list;
	int64_t numbers[6000], one = 7;
	slice fields[] = {S("notes"), S("name")};
	size_t len;
	for (size_t i = 0; i < 6000; i++)
		numbers[i] = (int64_t)i + 1;
	kit_job()->actor = S("ada");
	const char *bob = token_of(ledger, "bob"), *cat = token_of(ledger, "cat");
	struct ledger_access_event denied = {.act = LEDGER_ACT_DENIED, .person = slice_of(bob), .capability = S("accept-risk"), .registry = S("risk"),
	    .numbers = &one, .numbers_len = 1, .at_us = at_us(1)};
	struct ledger_access_event read = {.act = LEDGER_ACT_READ, .person = slice_of(cat), .registry = S("sar"), .numbers = numbers,
	    .numbers_len = 6000, .fields = fields, .fields_len = 2, .at_us = at_us(2)};
	uint64_t size = ledger_size(ledger);
	ASSERT_OK(ledger_access_event_append(kit_job(), ledger, &denied));
	ASSERT_OK(ledger_access_event_append(kit_job(), ledger, &read));
	assert_true(ledger_size(ledger) <= size + 4); /* ada, the refusal, and two entries for six thousand records */
	ASSERT_OK(ledger_access_events(kit_job(), ledger, now_of(ledger), &(struct ledger_access_log){.denied = true}, &list, &len));
	assert_int_equal(len, 1);
	ASSERT_SLICE(list[0].capability, "accept-risk");
	ASSERT_SLICE(list[0].person, bob);
	assert_true(list[0].numbers_len == 1 && list[0].numbers[0] == 7 && list[0].at_us == at_us(1));
	ASSERT_OK(ledger_access_events(kit_job(), ledger, now_of(ledger), &(struct ledger_access_log){.read = true}, &list, &len));
	assert_int_equal(len, 6000);
	assert_int_equal(list[0].numbers[0], 6000);
	assert_true(list[0].fields_len == 2);
	ASSERT_SLICE(list[0].fields[1], "name");
	ASSERT_OK(ledger_access_events(
	    kit_job(), ledger, now_of(ledger), &(struct ledger_access_log){.person = slice_of(bob), .newest = 5}, &list, &len));
	assert_int_equal(len, 1);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
}

static void
test_ledger_grant__knows_when_a_person_was_last_seen(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	uint64_t entry;
	int64_t last_us;
	bool found;
	kit_job()->actor = S("ada");
	kit_job()->now_us = at_us(1);
	const char *bob = token_of(ledger, "bob"), *ada = token_of(ledger, "ada");
	kit_job()->now_us = at_us(4);
	uint64_t made = give(ledger, bob, "auditor", 0, 0);
	ASSERT_OK(ledger_person_last(kit_job(), ledger, now_of(ledger), slice_of(ada), &found, &entry, &last_us));
	assert_true(found && entry == made && last_us == at_us(4));
	ASSERT_OK(ledger_person_last(kit_job(), ledger, now_of(ledger), slice_of(bob), &found, &entry, &last_us));
	assert_false(found);
	/* What was refused is no use of anything; what was read is. */
	int64_t one = 1;
	struct ledger_access_event event = {.act = LEDGER_ACT_DENIED, .person = slice_of(bob), .capability = S("edit"), .at_us = at_us(5)};
	kit_job()->actor = S("bob");
	ASSERT_OK(ledger_access_event_append(kit_job(), ledger, &event));
	ASSERT_OK(ledger_person_last(kit_job(), ledger, now_of(ledger), slice_of(bob), &found, &entry, &last_us));
	assert_false(found);
	event = (struct ledger_access_event){.act = LEDGER_ACT_READ, .person = slice_of(bob), .registry = S("risk"), .numbers = &one, .numbers_len = 1, .at_us = at_us(5)};
	ASSERT_OK(ledger_access_event_append(kit_job(), ledger, &event));
	ASSERT_OK(ledger_person_last(kit_job(), ledger, now_of(ledger), slice_of(bob), &found, &entry, &last_us));
	assert_true(found);
	ASSERT_OK(ledger_person_last(kit_job(), ledger, (struct ledger_moment){.size = made}, slice_of(ada), &found, &entry, &last_us));
	assert_false(found);
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_grant__reads_one_form_only(void **state)
{
	(void)state;
	struct ledger_access_form form;
	struct job *job = kit_fresh();
	static const char good[] = "{\"act\":\"grant\",\"person\":\"t\",\"role\":\"r\",\"scope\":\"unit\",\"service\":0,\"unit\":\"u\",\"until\":\"\",\"why\":\"w\"}";
	static const struct {
		const char *text, *says;
	} wrong[] = {
	    {"{\"act\":\"lend\"}", "\"act\""},
	    {"{\"act\":\"grant\",\"person\":\"t\",\"role\":\"r\",\"scope\":\"planet\",\"service\":0,\"unit\":\"\",\"until\":\"\",\"why\":\"w\"}", "\"scope\""},
	    {"{\"act\":\"grant\",\"person\":\"t\",\"role\":\"r\",\"scope\":\"unit\",\"service\":1,\"unit\":\"u\",\"until\":\"\",\"why\":\"w\"}", "and no other"},
	    {"{\"act\":\"grant\",\"person\":\"t\",\"role\":\"r\",\"scope\":\"unit\",\"service\":0,\"unit\":\"u\",\"until\":\"soon\",\"why\":\"w\"}", "RFC 3339"},
	    {"{\"act\":\"grant\", \"person\":\"t\",\"role\":\"r\",\"scope\":\"unit\",\"service\":0,\"unit\":\"u\",\"until\":\"\",\"why\":\"w\"}", "canonical"},
	    {"{\"act\":\"revoke\",\"grant\":-1,\"why\":\"w\"}", "must be an entry"},
	    {"{\"act\":\"revoke\",\"grant\":1,\"more\":1,\"why\":\"w\"}", "more"},
	    {"{\"act\":\"denied\",\"at\":\"\",\"capability\":\"read\",\"number\":0,\"person\":\"\",\"register\":\"\"}", "RFC 3339"},
	    {"{\"act\":\"denied\",\"at\":\"2026-11-01T00:00:00Z\",\"capability\":\"\",\"number\":0,\"person\":\"\",\"register\":\"\"}", "capability"},
	    {"{\"act\":\"read\",\"at\":\"2026-11-01T00:00:00Z\",\"fields\":[],\"numbers\":[],\"person\":\"\",\"register\":\"r\"}", "found none"},
	    {"{\"act\":\"read\",\"at\":\"2026-11-01T00:00:00Z\",\"fields\":[1],\"numbers\":[1],\"person\":\"\",\"register\":\"r\"}", "field's name"},
	    {"{\"act\":\"read\",\"at\":\"2026-11-01T00:00:00Z\",\"fields\":[],\"numbers\":[\"1\"],\"person\":\"\",\"register\":\"r\"}", "number from 1"},
	};
	ASSERT_OK(ledger_access_form_read(job, slice_of(good), &form));
	ASSERT_SLICE(form.grant.unit, "u");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ASSERT_ERR(ledger_access_form_read(job, slice_of(wrong[i].text), &form), ERR_INPUT, wrong[i].says);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_grant__stands_from_its_entry_until_it_is_taken_back),
	    cmocka_unit_test(test_ledger_grant__refuses_what_makes_no_sense),
	    cmocka_unit_test(test_ledger_grant__is_never_erased),
	    cmocka_unit_test(test_ledger_grant__finds_again_what_was_refused_and_read),
	    cmocka_unit_test(test_ledger_grant__knows_when_a_person_was_last_seen),
	    cmocka_unit_test(test_ledger_grant__reads_one_form_only),
	};
	return KIT_TESTS(tests);
}
