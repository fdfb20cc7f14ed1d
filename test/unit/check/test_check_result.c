/* Verdicts as rows: of hosts by name, of registers of the one service that is asked about. */
#include "../ledger/ledger_kit.h"

#include "check/check_observe.h"
#include "registry/registry_table.h"

#define ONE "11111111111111111111111111111111"
#define TWO "22222222222222222222222222222222"

static void
put_run(struct ledger *ledger, slice subject, bool records, const char *check, enum ledger_verdict verdict)
{
	struct ledger_result result = {.host = subject, .check = slice_of(check), .verdict = verdict};
	struct ledger_run run = {.host = subject, .at_us = job_now(kit_job()), .content = code_sha256(S("x")), .results = &result, .results_len = 1, .records = records};
	struct ledger_run_change change;
	ASSERT_OK(ledger_run_append(kit_job(), ledger, &run, &change));
}

static size_t
count(const struct rows *rows, const char *check, const char *host, const char *verdict)
{
	size_t found = 0;
	for (size_t i = 0; i < rows->len; i++)
		found += slice_same(rows->row[i][0].text, slice_of(check)) && slice_same(rows->row[i][1].text, slice_of(host)) &&
			 slice_same(rows->row[i][2].text, slice_of(verdict));
	return found;
}

static void
test_check_results__are_of_hosts_by_name_and_of_the_service_that_is_asked_about(void **state)
{
	struct place place = place_make();
	struct ledger *ledger = ledger_at(&place);
	struct ledger_host *hosts;
	struct rows rows;
	size_t len;
	(void)state;
	ASSERT_OK(ledger_hosts(kit_job(), ledger, now_of(ledger), &hosts, &len));
	assert_int_equal(len, 1);
	put_run(ledger, hosts[0].id, false, "door", LEDGER_FAIL);
	put_run(ledger, S(ONE), true, "paper", LEDGER_PASS);
	put_run(ledger, S(TWO), true, "paper", LEDGER_FAIL);
	ASSERT_OK(check_results(kit_job(), ledger, now_of(ledger), S(ONE), &rows));
	const char *name;
	ASSERT_OK(job_string(kit_job(), hosts[0].name, &name));
	assert_int_equal(rows.len, 2);
	assert_int_equal(count(&rows, "door", name, "fail"), 1);
	assert_int_equal(count(&rows, "paper", "", "pass"), 1);
	assert_int_equal(count(&rows, "paper", "", "fail"), 0); /* of the other service */
	ASSERT_OK(check_results(kit_job(), ledger, now_of(ledger), S(""), &rows));
	assert_int_equal(rows.len, 3);
	ledger_close(ledger);
	place_remove(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_check_results__are_of_hosts_by_name_and_of_the_service_that_is_asked_about)};
	return KIT_TESTS(tests);
}
