/*
 * A check run: findings with ids that last, doubles dropped, nobody's name in what is kept, only accepted hosts asked.
 */
#include "check_kit.h"

static struct ledger_finding *
open_findings(struct ledger *ledger, size_t *ret_len)
{
	struct ledger_finding *list;
	ASSERT_OK(ledger_findings(kit_job(), ledger, now_of(ledger), LEDGER_FINDINGS_OPEN, S(""), S(""), &list, ret_len));
	return list;
}

static void
test_check_run__ids_last_while_the_same_is_wrong(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct set set;
	struct facts first = {0}, moved = {0}, good = {0};
	size_t len;
	SET(&set, {"check/a.yaml", SSH_CHECK("a", "high", "R-1.a")});
	FACTS(&first, "sshd_setting", SSH_BAD);
	evidence_facts(ledger, &first, 1);
	struct check_host_result result = run_checks(ledger, &set, NULL, 2);
	assert_int_equal(result.failed, 1);
	assert_int_equal(result.change.found, 1);
	struct ledger_finding *list = open_findings(ledger, &len);
	assert_int_equal(len, 1);
	ASSERT_SLICE(list[0].says, "/etc/ssh/sshd_config:33 lets root in (yes)");
	ASSERT_SLICE(list[0].key, "[\"\"]");
	ASSERT_SLICE(list[0].row, "{\"match\":\"\",\"path\":\"/etc/ssh/sshd_config\",\"line\":33,\"value\":\"yes\"}");
	/* 12 hex digits of SHA-256 over check, host and key, parted by NUL. */
	char bytes[128];
	slice host = ledger_host_id(ledger);
	int at = snprintf(bytes, sizeof bytes, "a|%.*s|[\"\"]", SLICE(host));
	bytes[1] = bytes[2 + host.len] = '\0';
	struct digest digest = code_sha256(slice_bytes(bytes, (size_t)at));
	assert_memory_equal(list[0].id.at, digest_text(&digest).at, 12);
	/* The line moved: the same finding, said anew. */
	FACTS(&moved, "sshd_setting", "key=permitrootlogin;value=prohibit-password;path=/etc/ssh/sshd_config.d/x.conf;line=1");
	evidence_facts(ledger, &moved, 3);
	result = run_checks(ledger, &set, NULL, 4);
	assert_int_equal(result.change.found + result.change.gone, 0);
	assert_int_equal(result.change.still, 1);
	struct ledger_finding *again = open_findings(ledger, &len);
	assert_true(slice_same(again[0].id, list[0].id));
	assert_true(again[0].first_seen_us == at_us(2));
	FACTS(&good, "sshd_setting", SSH_GOOD);
	evidence_facts(ledger, &good, 5);
	assert_int_equal(run_checks(ledger, &set, NULL, 6).change.gone, 1);
	(void)open_findings(ledger, &len);
	assert_int_equal(len, 0);
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
}

/* Two rows with one key are one finding, and it does not matter in which order they came. */
static void
test_check_run__doubles_are_dropped(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct set up, down;
	struct facts facts = {0};
	size_t len;
	SET(&up, {"check/a.yaml",
		     ANY_CHECK("a", "R-1.a", "SELECT 1", "SELECT device, target FROM mount ORDER BY target", "device", "{target}")});
	SET(&down, {"check/a.yaml",
		       ANY_CHECK("a", "R-1.a", "SELECT 1", "SELECT device, target FROM mount ORDER BY target DESC", "device", "{target}")});
	FACTS(&facts, "mount", "target=/a;device=x", "target=/b;device=x", "target=/c;device=y");
	evidence_facts(ledger, &facts, 1);
	assert_int_equal(run_checks(ledger, &up, NULL, 2).change.found, 2);
	struct ledger_finding *list = open_findings(ledger, &len);
	assert_int_equal(len, 2);
	slice one = list[0].says, two = list[1].says;
	struct check_host_result result = run_checks(ledger, &down, NULL, 3);
	assert_int_equal(result.change.still, 2);
	list = open_findings(ledger, &len);
	assert_true(slice_same(list[0].says, one) && slice_same(list[1].says, two));
	ledger_close(ledger);
	place_remove(&place);
}

/* What is kept of a run for good: the content of its entry. */
static slice
run_content(struct ledger *ledger, uint64_t index)
{
	struct ledger_entry entry;
	slice content;
	ASSERT_OK(ledger_entry(kit_job(), ledger, index, &entry));
	ASSERT_OK(ledger_content(kit_job(), ledger, &entry.subjects[0].digest, &content));
	return content;
}

static void
test_check_run__names_stay_out_of_what_is_kept(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct set set;
	struct facts facts = {0};
	char name[1200];
	slice long_name, shown;
	size_t len;
	SET(&set, {"check/a.yaml", ANY_CHECK("a", "R-1.a", "SELECT 1", "SELECT username, uid, shell FROM account", "username",
				       "{username} uses {shell}")});
	memset(name, 'n', sizeof name);
	ASSERT_OK(job_format(kit_job(), &long_name, "username=%.*s;uid=2", (int)sizeof name, name));
	FACTS(&facts, "account", "username=adalovelace;uid=1;shell={person:00112233445566778899aabbccddeeff}", long_name.at);
	evidence_facts(ledger, &facts, 1);
	struct check_host_result result = run_checks(ledger, &set, NULL, 2);
	assert_int_equal(result.change.found, 2);
	slice content = run_content(ledger, result.change.receipt.index);
	assert_false(slice_has(content, S("adalovelace")));
	assert_false(slice_has(content, S("nnnnnnnnnnnnnnnn")));
	assert_true(slice_has(content, S("{person:")));
	/* A value that looks like a token is none, in the sentence and in the row. */
	assert_false(slice_has(content, S("{person:00112233")));
	struct ledger_finding *list = open_findings(ledger, &len);
	for (size_t i = 0; i < len; i++) {
		assert_false(slice_has(list[i].says, S("adalovelace")) || slice_has(list[i].key, S("adalovelace")) ||
			     slice_has(list[i].row, S("adalovelace")));
		ASSERT_OK(ledger_person_show(kit_job(), ledger, list[i].says, &shown));
		if (slice_has(shown, S("adalovelace")))
			ASSERT_SLICE(shown, "adalovelace uses (person:00112233445566778899aabbccddeeff)");
		else
			assert_true(slice_has(shown, S("nnnnnnnn")));
	}
	/* One token a person and host: the same again is the same finding. */
	assert_int_equal(run_checks(ledger, &set, NULL, 3).change.still, 2);
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
}

static void
test_check_run__asks_what_was_wanted_of_whom_was_wanted(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct set set;
	struct facts facts = {0};
	struct check_host_result *results;
	size_t len;
	SET(&set, {"check/a.yaml", SSH_CHECK("a", "high", "R-1.a")}, {"check/b.yaml", SSH_CHECK("b", "high", "R-1.a")},
	    {"profile/p.yaml", "id: p\ntitle: P\nskip: {b: no}\n"});
	struct check_run_options options = {0};
	/* No host has evidence: nothing is asked, nothing is wrong. */
	ASSERT_OK(check_run(kit_job(), ledger, &set.content, &set.catalogue, &set.checks, &options, &results, &len));
	assert_int_equal(len, 0);
	FACTS(&facts, "sshd_setting", SSH_BAD);
	evidence_facts(ledger, &facts, 1);
	options.only = (const slice[]){{"b", 1}};
	options.only_len = 1;
	assert_int_equal(run_checks(ledger, &set, &options, 2).failed, 1);
	options = (struct check_run_options){.profile = S("p"), .host = ledger_host_id(ledger)};
	struct check_host_result result = run_checks(ledger, &set, &options, 3);
	assert_int_equal(result.failed, 1);
	assert_int_equal(result.not_applicable, 1);
	assert_int_equal(result.change.gone, 1); /* b is not asked of such a machine */
	ASSERT_SLICE(result.profile, "p");
	options.profile = S("q");
	ASSERT_ERR(check_run(kit_job(), ledger, &set.content, &set.catalogue, &set.checks, &options, &results, &len), ERR_INPUT,
	    "there is no profile \"q\"");
	options = (struct check_run_options){.only = (const slice[]){{"c", 1}}, .only_len = 1};
	ASSERT_ERR(check_run(kit_job(), ledger, &set.content, &set.catalogue, &set.checks, &options, &results, &len), ERR_INPUT,
	    "there is no check \"c\"");
	options = (struct check_run_options){.host = S("elsewhere")};
	ASSERT_ERR(check_run(kit_job(), ledger, &set.content, &set.catalogue, &set.checks, &options, &results, &len), ERR_INPUT,
	    "no accepted host \"elsewhere\"");
	/* A retired host is not asked. */
	struct ledger_receipt receipt;
	kit_job()->now_us = at_us(5);
	ASSERT_OK(ledger_host_retire(kit_job(), ledger, ledger_host_id(ledger), S("sold"), &receipt));
	options = (struct check_run_options){0};
	ASSERT_OK(check_run(kit_job(), ledger, &set.content, &set.catalogue, &set.checks, &options, &results, &len));
	assert_int_equal(len, 0);
	ledger_close(ledger);
	place_remove(&place);
}

/* The set in use is an entry of its own, and comes back for a look into the past. */
static void
test_check_run__keeps_the_content_set(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct set set;
	struct facts facts = {0};
	struct content back;
	bool found;
	slice pack;
	SET(&set, {"check/a.yaml", SSH_CHECK("a", "high", "R-1.a")});
	FACTS(&facts, "sshd_setting", SSH_BAD);
	evidence_facts(ledger, &facts, 1);
	uint64_t first = run_checks(ledger, &set, NULL, 2).change.receipt.index;
	assert_int_equal(run_checks(ledger, &set, NULL, 3).change.receipt.index, first + 1); /* the same set is not kept again */
	ASSERT_OK(ledger_content_set_at(kit_job(), ledger, now_of(ledger), &found, &pack));
	assert_true(found);
	ASSERT_OK(content_unpack(kit_job(), pack, &back));
	assert_memory_equal(&back.digest, &set.content.digest, sizeof back.digest);
	ledger_close(ledger);
	place_remove(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_check_run__ids_last_while_the_same_is_wrong),
	    cmocka_unit_test(test_check_run__doubles_are_dropped),
	    cmocka_unit_test(test_check_run__names_stay_out_of_what_is_kept),
	    cmocka_unit_test(test_check_run__asks_what_was_wanted_of_whom_was_wanted),
	    cmocka_unit_test(test_check_run__keeps_the_content_set),
	};
	return KIT_TESTS(tests);
}
