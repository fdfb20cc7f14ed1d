/*
 * A check's own four cases: each must behave, be there, and name what exists.
 */
#include "check_kit.h"

#include "check/check_case.h"

static const struct check_schema no_dropins;

static err
run_case(const char *check)
{
	static struct set set;
	(void)kit_fresh();
	SET(&set, {"check/a.yaml", check});
	return check_case_run(kit_job(), &no_dropins, &set.checks.at[0]);
}

static void
test_check_case_run__all_four_behave(void **state)
{
	(void)state;
	ASSERT_OK(run_case(SSH_CHECK("a", "high", "R-1.a")));
}

#define CASES(pass, fail, not_applicable, could_not_look)                                                                                  \
	CHECK_HEAD("a", "high", "R-1.a") SSH_SQL SSH_WORDS "tests:\n" pass fail not_applicable could_not_look
#define PASS "  pass: {sshd_setting: [{key: permitrootlogin, value: \"no\"}]}\n"
#define FAIL "  fail: {sshd_setting: [{key: permitrootlogin, value: \"yes\"}]}\n"
#define ABSENT "  not-applicable: {sshd_setting: absent}\n"
#define BLIND "  could-not-look: {sshd_setting: could-not-look}\n"

static void
test_check_case_run__refuses_cases_that_behave_otherwise(void **state)
{
	(void)state;
	ASSERT_OK(run_case(CASES(PASS, FAIL, ABSENT, BLIND)));
	ASSERT_ERR(run_case(CASES("  pass: {sshd_setting: [{key: permitrootlogin, value: \"yes\"}]}\n", FAIL, ABSENT, BLIND)), ERR_INPUT,
	    "a: the test facts \"pass\" give fail");
	ASSERT_ERR(run_case(CASES(PASS, "  fail: {sshd_setting: [{key: port}]}\n", ABSENT, BLIND)), ERR_INPUT,
	    "the test facts \"fail\" give pass");
	ASSERT_ERR(run_case(CASES(PASS, FAIL, "  not-applicable: {sshd_setting: [{key: port}]}\n", BLIND)), ERR_INPUT,
	    "\"not-applicable\" give pass");
	ASSERT_ERR(run_case(CASES(PASS, FAIL, ABSENT, "  could-not-look: {sshd_setting: absent}\n")), ERR_INPUT,
	    "\"could-not-look\" give not-applicable");
}

static void
test_check_case_run__refuses_what_is_missing_or_unknown(void **state)
{
	(void)state;
	ASSERT_ERR(run_case(CASES(PASS, FAIL, ABSENT, "")), ERR_INPUT, "check/a.yaml:12: a: the test facts \"could-not-look\" are missing");
	ASSERT_ERR(run_case(CASES("", FAIL, ABSENT, BLIND)), ERR_INPUT, "\"pass\" are missing");
	ASSERT_ERR(run_case(CASES(PASS, FAIL, ABSENT, BLIND) "  maybe: {}\n"), ERR_INPUT, "unknown key \"maybe\"");
	ASSERT_ERR(run_case(CASES(PASS, FAIL, ABSENT, BLIND) "  now: yesterday\n"), ERR_INPUT,
	    "tests: now: expected an instant, found \"yesterday\"");
	ASSERT_ERR(
	    run_case(CASES("  pass: {sshd_setings: []}\n", FAIL, ABSENT, BLIND)), ERR_INPUT, "there is no fact table \"sshd_setings\"");
	ASSERT_ERR(run_case(CASES("  pass: {sshd_setting: [{kye: x}]}\n", FAIL, ABSENT, BLIND)), ERR_INPUT,
	    "the table sshd_setting has no column \"kye\"");
	ASSERT_ERR(run_case(CASES("  pass: {sshd_setting: [{line: third}]}\n", FAIL, ABSENT, BLIND)), ERR_INPUT,
	    "line: expected a whole number, found \"third\"");
	ASSERT_ERR(run_case(CASES("  pass: {sshd_setting: [{line: null}]}\n", FAIL, ABSENT, BLIND)), ERR_INPUT, "line is never NULL");
	ASSERT_ERR(run_case(CASES("  pass: {sshd_setting: {key: x}}\n", FAIL, ABSENT, BLIND)), ERR_INPUT,
	    "sshd_setting: expected rows, absent or could-not-look");
	ASSERT_ERR(run_case(CASES("  pass: {sshd_setting: [[x]]}\n", FAIL, ABSENT, BLIND)), ERR_INPUT, "a row must be a map");
	ASSERT_ERR(run_case(CASES("  pass: {sshd_setting: gone}\n", FAIL, ABSENT, BLIND)), ERR_INPUT, "check/a.yaml:12: ");
	ASSERT_ERR(run_case(CASES("  pass: never\n", FAIL, ABSENT, BLIND)), ERR_INPUT, "never: only not-applicable");
	ASSERT_ERR(run_case(CASES(PASS, FAIL, "  not-applicable: never\n", BLIND)), ERR_INPUT,
	    "never: only not-applicable, and only where applies is SELECT 1");
	/* A table the check does not read must be well written all the same. */
	ASSERT_ERR(run_case(CASES("  pass: {sshd_setting: [{key: port}], mount: [{no: x}]}\n", FAIL, ABSENT, BLIND)), ERR_INPUT,
	    "the table mount has no column");
}

#define TIMES(now)                                                                                                                         \
	ANY_START "tests:\n" now "  pass: {certificate: [{path: a, not_after: 2027-01-01T00:00:00Z}]}\n"                                   \
		  "  fail: {certificate: [{path: a, not_after: 2026-11-30}]}\n  not-applicable: never\n"                                   \
		  "  could-not-look: {certificate: could-not-look}\n"
#define ANY_START                                                                                                                          \
	CHECK_HEAD("a", "high", "R-1.a")                                                                                                   \
	"applies: SELECT 1\nquery: SELECT path FROM certificate WHERE not_after < :now + 30 * 86400000000\nkey: [path]\nsays: x\n"

static void
test_check_case_run__has_its_own_now(void **state)
{
	(void)state;
	ASSERT_OK(run_case(TIMES("")));
	ASSERT_OK(run_case(TIMES("  now: 2026-11-22T00:00:00Z\n")));
	ASSERT_ERR(run_case(TIMES("  now: 2020-01-01T00:00:00Z\n")), ERR_INPUT, "\"fail\" give pass");
	ASSERT_ERR(run_case(TIMES("  now: 2026-12-31T00:00:00Z\n")), ERR_INPUT, "\"pass\" give fail");
}

#define PERSON(query)                                                                                                                      \
	CHECK_HEAD("a", "high", "R-1.a")                                                                                                   \
	"applies: SELECT 1\nquery: " query "\nkey: [who]\nsays: \"{who}\"\n"                                                               \
	"tests:\n  pass: {}\n  fail: {account: [{username: Ada, shell: /bin/sh}], shadow: [{username: Ada}]}\n  not-applicable: never\n"   \
	"  could-not-look: {account: could-not-look}\n"

/* A name may only leave in a column of its own: whatever else carries it out is seen. */
static void
test_check_case_run__a_name_does_not_get_out(void **state)
{
	(void)state;
	ASSERT_OK(run_case(PERSON("SELECT username AS who FROM account")));
	ASSERT_OK(run_case(PERSON(
	    "SELECT a.username AS who FROM account a JOIN shadow s ON s.username = a.username WHERE lower(a.username) LIKE '%ada'")));
	ASSERT_ERR(run_case(PERSON("SELECT lower(username) AS who FROM account")), ERR_INPUT,
	    "query: the column \"who\" gives a person's name away");
	ASSERT_ERR(run_case(PERSON("SELECT max(username) AS who FROM account GROUP BY shell")), ERR_INPUT, "gives a person's name away");
	ASSERT_ERR(run_case(PERSON("SELECT shell AS who FROM account WHERE 0 UNION SELECT username FROM account")), ERR_INPUT,
	    "gives a person's name away");
	ASSERT_ERR(run_case(PERSON("WITH w AS (SELECT coalesce(username, '') AS u FROM account) SELECT u AS who FROM w")), ERR_INPUT,
	    "gives a person's name away");
	ASSERT_OK(run_case(PERSON("SELECT (SELECT username FROM account) AS who FROM account"))); /* still the column itself */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_check_case_run__all_four_behave),
	    cmocka_unit_test(test_check_case_run__refuses_cases_that_behave_otherwise),
	    cmocka_unit_test(test_check_case_run__refuses_what_is_missing_or_unknown),
	    cmocka_unit_test(test_check_case_run__has_its_own_now),
	    cmocka_unit_test(test_check_case_run__a_name_does_not_get_out),
	};
	return KIT_TESTS(tests);
}
