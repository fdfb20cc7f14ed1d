/*
 * Checks and profiles: what is read, which thresholds hold where, and every refusal by file and line.
 */
#include "check_kit.h"

static void
test_check_load__reads_checks_sorted(void **state)
{
	struct set set;
	(void)state;
	(void)kit_fresh();
	SET(&set, {"check/ssh-b.yaml", SSH_CHECK("ssh-b", "high", "R-1.a, R-3.a")},
	    {"check/ssh-a.yaml", SSH_CHECK("ssh-a", "info", "r-4.A") "basis: exercised\n"});
	assert_int_equal(set.checks.len, 2);
	ASSERT_SLICE(set.checks.at[0].id, "ssh-a");
	assert_int_equal(set.checks.at[0].basis, BASIS_EXERCISED);
	const struct check *check = check_find(&set.checks, S("ssh-b"));
	assert_non_null(check);
	assert_int_equal(check->basis, BASIS_OBSERVED);
	assert_int_equal(check->answers_len, 2);
	ASSERT_SLICE(check->answers[1]->id, "R-3.a");
	assert_int_equal(check->max_age.us, 7 * DAY_US);
	assert_int_equal(check->tables_len, 1);
	ASSERT_SLICE(check->tables[0], "sshd_setting");
	assert_null(check_find(&set.checks, S("ssh")));
	assert_null(check_find(&(struct checks){0}, S("ssh")));
}

/* Without a catalogue, as in the worker, parts are not looked up. */
static void
test_check_load__needs_no_catalogue(void **state)
{
	struct checks checks;
	(void)state;
	(void)kit_fresh();
	struct content content = KIT_CONTENT({"check/a.yaml", SSH_CHECK("a", "high", "NOT-THERE.x")});
	ASSERT_OK(check_load(kit_job(), &content, NULL, &checks));
	assert_int_equal(checks.len, 1);
	assert_int_equal(checks.at[0].answers_len, 0);
}

static void
refused_at(const char *path, const char *text, const char *words)
{
	struct catalogue catalogue;
	struct checks checks = {.len = 77};
	(void)kit_fresh();
	struct content content = KIT_CONTENT(FW_FILES, {path, text});
	ASSERT_OK(catalogue_load(kit_job(), &content, &catalogue));
	ASSERT_ERR(check_load(kit_job(), &content, &catalogue, &checks), ERR_INPUT, words);
	assert_int_equal(checks.len, 77);
}
#define refused(text, words) refused_at("check/a.yaml", text, words)

static void
test_check_load__takes_a_check_outside_the_frameworks(void **state)
{
	struct set set;
	(void)state;
	(void)kit_fresh();
	SET(&set, {"check/a.yaml", SSH_CHECK("a", "high", "")});
	assert_int_equal(set.checks.len, 1);
	assert_int_equal(set.checks.at[0].answers_len, 0);
}

static void
test_check_load__refuses_by_file_and_line(void **state)
{
	(void)state;
	refused(SSH_CHECK("b", "high", "R-1.a"), "check/a.yaml:1: id: expected the file's own name, found \"b\"");
	refused_at("check/sub/a.yaml", SSH_CHECK("a", "high", "R-1.a"), "a.yaml:1: id: expected the file's own name");
	refused_at("check/A.yaml", SSH_CHECK("A", "high", "R-1.a"), "A.yaml:1: id: expected the file's own name");
	refused(SSH_CHECK("a", "grave", "R-1.a"), "check/a.yaml:3: ");
	refused("id: a\ntitle: T\nseverity: high\nmax_age: 7d\nremedy: M\n" SSH_SQL SSH_WORDS CHECK_TESTS, "answers: expected a list of REQUIREMENT.part");
	refused(SSH_CHECK("a", "high", "R-1.zz"), "check/a.yaml:4: answers: there is no part R-1.zz in the catalogue");
	refused(SSH_CHECK("a", "high", "R-5.a"), "check/a.yaml:4: answers: R-5.a wants the basis exercised, this check's is observed");
	refused(SSH_CHECK("a", "high", "R-1.a") "basis: attested\n", "basis: a host check observes or exercises");
	refused(SSH_CHECK("a", "high", "R-1.a") "basis: guessed\n", "check/a.yaml:");
	refused(SSH_CHECK("a", "high", "R-1.a") "colour: red\n", "unknown key \"colour\"");
	refused(SSH_CHECK("a", "high", "R-1.a") "id: a\n", "check/a.yaml:");
	refused("id: a\ntitle: T\nseverity: high\nanswers: [R-1.a]\nmax_age: soon\nremedy: R\n" SSH_SQL SSH_WORDS CHECK_TESTS,
	    "check/a.yaml:5: max_age: expected a duration such as 7d or P7D, found \"soon\"");
	refused("id: a\ntitle: T\nseverity: high\nanswers: [R-1.a]\nmax_age: 0d\nremedy: R\n" SSH_SQL SSH_WORDS CHECK_TESTS,
	    "check/a.yaml:5: max_age: expected");
	refused(CHECK_HEAD("a", "high", "R-1.a") SSH_SQL "says: x\n" CHECK_TESTS, "key: expected the result columns");
	refused(CHECK_HEAD("a", "high", "R-1.a") SSH_SQL "says: x\nkey: [[match]]\n" CHECK_TESTS, "key: expected a word");
	refused(CHECK_HEAD("a", "high", "R-1.a") SSH_SQL SSH_WORDS, "expected \"tests\"");
	refused(CHECK_HEAD("a", "high", "R-1.a") SSH_WORDS CHECK_TESTS, "expected \"applies\"");
	refused("[]", "a check must be a map");
}

static void
test_check_load__refuses_params_by_line(void **state)
{
	(void)state;
	refused(SSH_CHECK("a", "high", "R-1.a") "params: [{name: days, value: 1}]\n", "expected \"cites\"");
	refused(SSH_CHECK("a", "high", "R-1.a") "params: [{name: now, value: 1, cites: me}]\n",
	    "params: a name is a-z, 0-9 and _, and not \"now\"; found \"now\"");
	refused(SSH_CHECK("a", "high", "R-1.a") "params: [{name: \"a b\", value: 1, cites: me}]\n", "found \"a b\"");
	refused(SSH_CHECK("a", "high", "R-1.a") "params:\n- {name: d, value: 1, cites: me}\n- {name: d, value: 2, cites: me}\n",
	    "params: \"d\" is there twice");
}

static void
test_check_load__refuses_profiles(void **state)
{
	(void)state;
	refused_at("profile/server.yaml", "id: other\ntitle: T\n", "profile/server.yaml:1: id: expected the file's own name");
	refused_at("profile/server.yaml", "id: server\n", "expected \"title\"");
	refused_at("profile/server.yaml", "id: server\ntitle: T\ncolour: red\n", "server.yaml:3: unknown key");
	refused_at("profile/server.yaml", "id: server\ntitle: T\nskip: {a: [no]}\n", "skip: expected a value");
	struct content content =
	    KIT_CONTENT({"profile/a.yaml", "id: a\ntitle: A\notherwise: true\n"}, {"profile/b.yaml", "id: b\ntitle: B\notherwise: true\n"});
	struct checks checks;
	ASSERT_ERR(check_load(kit_job(), &content, NULL, &checks), ERR_INPUT, "otherwise: the profile a says so already");
}

#define DAYS_CHECK SSH_CHECK("a", "high", "R-1.a") "params: [{name: days, value: 14, cites: CE}, {name: word, value: \"7\", cites: CE}]\n"

static void
test_check_param_value__a_profile_has_its_own(void **state)
{
	struct set set;
	(void)state;
	(void)kit_fresh();
	SET(&set, {"check/a.yaml", DAYS_CHECK}, {"profile/slow.yaml", "id: slow\ntitle: S\norder: 2\nparams: {a.days: 30, b.days: 99}\n"},
	    {"profile/first.yaml", "id: first\ntitle: F\norder: 1\n"});
	const struct check *check = &set.checks.at[0];
	assert_true(check->params[0].number);
	assert_false(check->params[1].number); /* quoted: text */
	ASSERT_SLICE(check_param_value(check, &check->params[0], NULL), "14");
	ASSERT_SLICE(check_param_value(check, &check->params[0], check_profile_find(&set.checks, S("slow"))), "30");
	ASSERT_SLICE(check_param_value(check, &check->params[0], check_profile_find(&set.checks, S("first"))), "14");
	ASSERT_SLICE(check_param_value(check, &check->params[1], check_profile_find(&set.checks, S("slow"))), "7");
	ASSERT_SLICE(set.checks.profiles[0].id, "first");
	assert_null(check_profile_find(&set.checks, S("none")));
}

static void
test_check_tables__names_the_check_that_cannot_be_asked(void **state)
{
	struct checks checks;
	(void)state;
	(void)kit_fresh();
	struct content content = KIT_CONTENT({"check/a.yaml", ANY_CHECK("a", "R-1.a", "SELECT 1", "SELECT nme FROM package", "name", "x")});
	ASSERT_OK(check_load(kit_job(), &content, NULL, &checks));
	ASSERT_ERR(check_tables(kit_job(), &checks, NULL), ERR_INPUT, "check/a.yaml:1: a: SQLite says: no such column: nme");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_check_load__reads_checks_sorted),
	    cmocka_unit_test(test_check_load__needs_no_catalogue),
	    cmocka_unit_test(test_check_load__takes_a_check_outside_the_frameworks),
	    cmocka_unit_test(test_check_load__refuses_by_file_and_line),
	    cmocka_unit_test(test_check_load__refuses_params_by_line),
	    cmocka_unit_test(test_check_load__refuses_profiles),
	    cmocka_unit_test(test_check_param_value__a_profile_has_its_own),
	    cmocka_unit_test(test_check_tables__names_the_check_that_cannot_be_asked),
	};
	return KIT_TESTS(tests);
}
