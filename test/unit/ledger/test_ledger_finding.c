/*
 * Check runs: what is new, changed, still there and gone; verdicts and their history; findings by prefix; at every moment.
 */
#include "ledger_kit.h"

#include "ledger/ledger_finding.h"
#include "ledger/ledger_form.h"

static struct ledger_result
result(const char *check, enum ledger_verdict verdict)
{
	return (struct ledger_result){.check = slice_of(check), .verdict = verdict};
}

static struct ledger_finding
finding(struct ledger *ledger, const char *id, const char *check, const char *says)
{
	return (struct ledger_finding){.id = slice_of(id),
	    .check = slice_of(check),
	    .host = ledger_host_id(ledger),
	    .severity = S("high"),
	    .says = slice_of(says),
	    .key = S("[\"a\"]"),
	    .row = S("{\"a\":1}")};
}

struct asked {
	struct ledger_result results[4];
	size_t results_len;
	struct ledger_finding findings[4];
	size_t findings_len;
	bool partial;
};

static struct ledger_run_change
run_at(struct ledger *ledger, int64_t hour, const struct asked *asked)
{
	struct ledger_run_change change = {0};
	struct ledger_run run = {.host = ledger_host_id(ledger),
	    .at_us = at_us(hour),
	    .content = {{7}},
	    .results = asked->results,
	    .results_len = asked->results_len,
	    .findings = asked->findings,
	    .findings_len = asked->findings_len,
	    .partial = asked->partial};
	kit_job()->now_us = at_us(hour);
	ASSERT_OK(ledger_run_append(kit_job(), ledger, &run, &change));
	return change;
}

static size_t
open_count(struct ledger *ledger, unsigned which)
{
	struct ledger_finding *list;
	size_t len;
	ASSERT_OK(ledger_findings(kit_job(), ledger, now_of(ledger), which, S(""), S(""), &list, &len));
	return len;
}

static void
test_ledger_run_append__says_what_is_new_still_and_gone(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct asked asked = {.results = {result("ssh", LEDGER_FAIL), result("disk", LEDGER_PASS)},
	    .results_len = 2,
	    .findings = {finding(ledger, "bbbbbbbbbbbb", "ssh", "root may"), finding(ledger, "aaaaaaaaaaaa", "ssh", "all may")},
	    .findings_len = 2};
	struct ledger_run_change change = run_at(ledger, 1, &asked);
	assert_int_equal(change.found, 2);
	assert_int_equal(change.gone, 0);
	change = run_at(ledger, 2, &asked);
	assert_int_equal(change.found, 0);
	assert_int_equal(change.still, 2);
	asked.findings_len = 1;
	change = run_at(ledger, 3, &asked);
	assert_int_equal(change.gone, 1);
	assert_int_equal(change.still, 1);
	assert_int_equal(open_count(ledger, LEDGER_FINDINGS_OPEN), 1);
	assert_int_equal(open_count(ledger, LEDGER_FINDINGS_ENDED), 1);

	struct ledger_finding one;
	ASSERT_OK(ledger_finding(kit_job(), ledger, now_of(ledger), S("aaaa"), &one));
	assert_int_equal(one.state, LEDGER_FINDING_GONE);
	assert_true(one.first_seen_us == at_us(1));
	assert_true(one.ended_us == at_us(3));
	assert_int_equal(one.ended_entry, change.receipt.index);
	/* Before the run that ended it, it was open. */
	ASSERT_OK(ledger_finding(kit_job(), ledger, (struct ledger_moment){.size = change.receipt.index}, S("aaaa"), &one));
	assert_int_equal(one.state, LEDGER_FINDING_OPEN);
	/* It comes back: a new first time, the old one stays in the past. */
	asked.findings_len = 2;
	change = run_at(ledger, 4, &asked);
	assert_int_equal(change.found, 1);
	ASSERT_OK(ledger_finding(kit_job(), ledger, now_of(ledger), S("aaaa"), &one));
	assert_int_equal(one.state, LEDGER_FINDING_OPEN);
	assert_true(one.first_seen_us == at_us(4));
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	verify(&place);
	place_remove(&place);
}

static void
test_ledger_run_append__a_finding_said_anew_keeps_its_first_time(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct asked asked = {.results = {result("ssh", LEDGER_FAIL)},
	    .results_len = 1,
	    .findings = {finding(ledger, "aaaaaaaaaaaa", "ssh", "line 3")},
	    .findings_len = 1};
	struct ledger_run_change first = run_at(ledger, 1, &asked);
	asked.findings[0].says = S("line 4");
	struct ledger_run_change second = run_at(ledger, 2, &asked);
	assert_int_equal(second.found, 0);
	assert_int_equal(second.still, 1);
	struct ledger_finding one;
	ASSERT_OK(ledger_finding(kit_job(), ledger, now_of(ledger), S("aaaaaaaaaaaa"), &one));
	ASSERT_SLICE(one.says, "line 4");
	assert_true(one.first_seen_us == at_us(1));
	assert_int_equal(one.entry, first.receipt.index);
	assert_int_equal(open_count(ledger, LEDGER_FINDINGS_ENDED), 0);
	assert_int_equal(open_count(ledger, LEDGER_FINDINGS_OPEN | LEDGER_FINDINGS_ENDED), 1);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	place_remove(&place);
}

/* Nobody looked: the finding stays. Somebody looked and did not find it: it is gone. */
static void
test_ledger_run_append__could_not_look_ends_nothing(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct asked asked = {.results = {result("ssh", LEDGER_FAIL), result("disk", LEDGER_PASS)},
	    .results_len = 2,
	    .findings = {finding(ledger, "aaaaaaaaaaaa", "ssh", "root may")},
	    .findings_len = 1};
	run_at(ledger, 1, &asked);
	struct asked blind = {.results = {result("ssh", LEDGER_COULD_NOT_LOOK), result("disk", LEDGER_PASS)}, .results_len = 2};
	blind.results[0].reason = S("sshd_config cannot be read");
	assert_int_equal(run_at(ledger, 2, &blind).gone, 0);
	struct asked other = {.results = {result("disk", LEDGER_PASS)}, .results_len = 1, .partial = true};
	assert_int_equal(run_at(ledger, 3, &other).gone, 0);
	assert_int_equal(open_count(ledger, LEDGER_FINDINGS_OPEN), 1);
	struct asked good = {.results = {result("ssh", LEDGER_PASS), result("disk", LEDGER_PASS)}, .results_len = 2};
	assert_int_equal(run_at(ledger, 4, &good).gone, 1);
	assert_int_equal(open_count(ledger, LEDGER_FINDINGS_OPEN), 0);
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_results__since_asked_and_history(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_result *list;
	size_t len;
	struct asked pass = {.results = {result("ssh", LEDGER_PASS), result("old", LEDGER_PASS)}, .results_len = 2};
	struct asked fail = {.results = {result("ssh", LEDGER_FAIL)}, .results_len = 1};
	struct asked part = {.results = {result("disk", LEDGER_COULD_NOT_LOOK)}, .results_len = 1, .partial = true};
	uint64_t first = run_at(ledger, 1, &pass).receipt.index;
	run_at(ledger, 2, &pass);
	part.results[0].reason = S("no such file");
	run_at(ledger, 3, &part);
	ASSERT_OK(ledger_results(kit_job(), ledger, now_of(ledger), S(""), S(""), &list, &len));
	assert_int_equal(len, 3); /* disk, old, ssh */
	ASSERT_SLICE(list[0].reason, "no such file");
	ASSERT_SLICE(list[2].check, "ssh");
	assert_true(list[2].since_us == at_us(1) && list[2].asked_us == at_us(2));
	run_at(ledger, 4, &fail);
	/* A whole run that no longer asks "old" and "disk" ends their verdicts. */
	ASSERT_OK(ledger_results(kit_job(), ledger, now_of(ledger), ledger_host_id(ledger), S(""), &list, &len));
	assert_int_equal(len, 1);
	assert_int_equal(list[0].verdict, LEDGER_FAIL);
	assert_true(list[0].since_us == at_us(4));
	ASSERT_OK(ledger_result_history(kit_job(), ledger, now_of(ledger), S(""), S("ssh"), &list, &len));
	assert_int_equal(len, 2);
	assert_int_equal(list[0].verdict, LEDGER_PASS);
	assert_int_equal(list[0].entry, first);
	assert_int_equal(list[1].verdict, LEDGER_FAIL);
	/* As of then. */
	struct ledger_moment then;
	ASSERT_OK(ledger_moment(kit_job(), ledger, at_us(2), &then));
	ASSERT_OK(ledger_results(kit_job(), ledger, then, S(""), S("ssh"), &list, &len));
	assert_int_equal(len, 1);
	assert_int_equal(list[0].verdict, LEDGER_PASS);
	assert_int_equal(list[0].content.byte[0], 7);

	struct ledger_run_row *runs;
	ASSERT_OK(ledger_runs(kit_job(), ledger, now_of(ledger), 2, &runs, &len));
	assert_int_equal(len, 2);
	assert_int_equal(runs[0].could_not_look, 1);
	assert_int_equal(runs[1].failed, 1);
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_results__another_reason_is_no_other_verdict(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_result *list;
	size_t len;
	struct asked asked = {.results = {result("ssh", LEDGER_COULD_NOT_LOOK)}, .results_len = 1};
	asked.results[0].reason = S("not root");
	run_at(ledger, 1, &asked);
	asked.results[0].reason = S("no such file");
	run_at(ledger, 2, &asked);
	ASSERT_OK(ledger_results(kit_job(), ledger, now_of(ledger), S(""), S(""), &list, &len));
	ASSERT_SLICE(list[0].reason, "no such file");
	assert_true(list[0].since_us == at_us(1));
	ASSERT_OK(ledger_result_history(kit_job(), ledger, now_of(ledger), S(""), S(""), &list, &len));
	assert_int_equal(len, 1);
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_finding__prefix_missing_ambiguous_or_too_short(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_finding one;
	struct asked asked = {.results = {result("ssh", LEDGER_FAIL)},
	    .results_len = 1,
	    .findings = {finding(ledger, "aaaa11111111", "ssh", "x"), finding(ledger, "aaaa22222222", "ssh", "y")},
	    .findings_len = 2};
	run_at(ledger, 1, &asked);
	ASSERT_OK(ledger_finding(kit_job(), ledger, now_of(ledger), S("aaaa2"), &one));
	ASSERT_SLICE(one.says, "y");
	ASSERT_ERR(ledger_finding(kit_job(), ledger, now_of(ledger), S("aaaa"), &one), ERR_CONFLICT, "more than one");
	ASSERT_ERR(ledger_finding(kit_job(), ledger, now_of(ledger), S("bbbb"), &one), ERR_MISSING, "no finding");
	ASSERT_ERR(ledger_finding(kit_job(), ledger, now_of(ledger), S("aaa"), &one), ERR_INPUT, "4 to 12");
	ledger_close(ledger);
	place_remove(&place);
}

/* Ids are short enough for a host to aim at another's: its run ends its own findings and nobody else's. */
static void
test_ledger_run_append__one_host_ends_no_other_hosts_finding(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_finding *list;
	struct ledger_receipt receipt;
	struct ledger_run_change change;
	struct digest key = code_sha256(S("another machine's key"));
	slice fingerprint, other;
	size_t len;
	ASSERT_OK(ledger_fingerprint_write(kit_job(), &key, &fingerprint));
	ASSERT_OK(ledger_host_id_of(kit_job(), &key, &other));
	ASSERT_OK(ledger_host_accept(kit_job(), ledger, fingerprint, S("other"), &receipt));
	struct asked asked = {
	    .results = {result("ssh", LEDGER_FAIL)}, .results_len = 1, .findings = {finding(ledger, "aaaaaaaaaaaa", "ssh", "x")}, .findings_len = 1};
	run_at(ledger, 1, &asked);
	asked.findings[0].host = other;
	struct ledger_run run = {.host = other, .at_us = at_us(2), .results = asked.results, .results_len = 1, .findings = asked.findings, .findings_len = 1};
	ASSERT_OK(ledger_run_append(kit_job(), ledger, &run, &change));
	run.findings_len = 0;
	run.at_us = at_us(3);
	ASSERT_OK(ledger_run_append(kit_job(), ledger, &run, &change));
	assert_int_equal(change.gone, 1);
	ASSERT_OK(ledger_findings(kit_job(), ledger, now_of(ledger), LEDGER_FINDINGS_OPEN, S(""), S(""), &list, &len));
	assert_int_equal(len, 1);
	assert_true(slice_same(list[0].host, ledger_host_id(ledger)));
	assert_int_equal(compare(ledger), 0);
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_run_append__refuses_a_host_not_accepted(void **state)
{
	(void)state;
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_run_change change;
	struct ledger_run run = {.host = S("00000000000000000000000000000000"), .at_us = at_us(1)};
	ASSERT_ERR(ledger_run_append(kit_job(), ledger, &run, &change), ERR_DENIED, "accepted host");
	assert_int_equal(ledger_size(ledger), 1);
	ledger_close(ledger);
	place_remove(&place);
}

static void
test_ledger_run_form__reads_only_what_it_writes(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct ledger_run_result results[] = {{.check = S("a"), .verdict = LEDGER_PASS, .reason = S("")}};
	struct ledger_run_finding found[] = {{S("aaaaaaaaaaaa"), S("a"), S("low"), S("s \"quoted\""), S("[]"), S("{}")}};
	slice gone[] = {S("bbbbbbbbbbbb")};
	struct ledger_run_form form = {.host = S("h"),
				   .at_us = at_us(1),
				   .results = results,
				   .results_len = 1,
				   .found = found,
				   .found_len = 1,
				   .gone = gone,
				   .gone_len = 1},
			       read;
	slice text, bad;
	ASSERT_OK(ledger_run_form_write(job, &form, &text));
	ASSERT_OK(ledger_run_form_read(job, text, &read));
	assert_int_equal(read.found_len, 1);
	ASSERT_SLICE(read.found[0].says, "s \"quoted\"");
	ASSERT_OK(job_format(job, &bad, "%.*s ", SLICE(text)));
	ASSERT_ERR(ledger_run_form_read(job, bad, &read), ERR_INPUT, "canonical");
	ASSERT_ERR(ledger_run_form_read(job, S("{}"), &read), ERR_INPUT, "at");
	ASSERT_ERR(ledger_run_form_read(job, S("{\"more\":1}"), &read), ERR_INPUT, "more");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_run_append__says_what_is_new_still_and_gone),
	    cmocka_unit_test(test_ledger_run_append__a_finding_said_anew_keeps_its_first_time),
	    cmocka_unit_test(test_ledger_run_append__could_not_look_ends_nothing),
	    cmocka_unit_test(test_ledger_results__since_asked_and_history),
	    cmocka_unit_test(test_ledger_results__another_reason_is_no_other_verdict),
	    cmocka_unit_test(test_ledger_finding__prefix_missing_ambiguous_or_too_short),
	    cmocka_unit_test(test_ledger_run_append__one_host_ends_no_other_hosts_finding),
	    cmocka_unit_test(test_ledger_run_append__refuses_a_host_not_accepted),
	    cmocka_unit_test(test_ledger_run_form__reads_only_what_it_writes),
	};
	return KIT_TESTS(tests);
}
