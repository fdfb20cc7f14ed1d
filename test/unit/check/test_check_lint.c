/*
 * Lint: everything that can be wrong with content is a line of file and line; what is right is none.
 */
#include "check_kit.h"

static char said[8192];

static err
keep_line(struct job *job, void *to, slice text)
{
	size_t len = strlen(said);
	(void)job, (void)to;
	snprintf(said + len, sizeof said - len, "%.*s\n", SLICE(text));
	return OK;
}

static size_t
lint(struct content content)
{
	size_t faults, checks;
	said[0] = '\0';
	ASSERT_OK(check_lint(kit_job(), &content, NULL, keep_line, NULL, &faults, &checks));
	return faults;
}
#define LINT(...) (kit_fresh(), lint(KIT_CONTENT(FW_FILES, __VA_ARGS__)))

/* ${text} as check/a.yaml has one fault, and its line holds ${words}. */
#define FAULT(text, words)                                                                                                                 \
	do {                                                                                                                               \
		assert_int_equal(LINT({"check/a.yaml", text}), 1);                                                                         \
		if (strstr(said, words) == NULL)                                                                                           \
			fail_msg("\"%s\" lacks \"%s\"", said, words);                                                                      \
		assert_non_null(strstr(said, ".yaml:"));                                                                                   \
	} while (0)

static void
test_check_lint__good_content_has_no_fault(void **state)
{
	(void)state;
	assert_int_equal(LINT({"check/a.yaml", SSH_CHECK("a", "high", "R-1.a") "profiles: [server]\n"},
			     {"check/b.yaml", SSH_CHECK("b", "info", "R-3.b")},
			     {"profile/server.yaml", "id: server\ntitle: Server\notherwise: yes\nskip: {b: why}\n"}),
	    0);
	assert_string_equal(said, "");
}

#define THING                                                                                                                              \
	{                                                                                                                                  \
		"register/thing.yaml", "id: thing\ntitle: Thing\nabout: x\nfields:\n  - {id: name, title: N, about: x, type: text}\n"     \
				       "states:\n  - {id: open, title: Open}\nchanges: []\n"                                               \
	}
#define SEEN(basis, table, row)                                                                                                            \
	CHECK_HEAD("a", "high", "R-1.a")                                                                                                   \
	"register: thing\nbasis: " basis "\napplies: SELECT 1 FROM " table "\nquery: SELECT 'x' AS x FROM " table " WHERE " row            \
	"\nkey: [x]\nsays: x\ntests:\n  pass:\n    thing: [{number: 1, name: good}]\n"                                                    \
	"    observation: [{register: thing, host: h, key: k, state: recorded, number: 1}]\n"                                             \
	"  fail:\n    thing: [{number: 1, name: bad}]\n    observation: [{register: thing, host: h, key: k, state: unrecorded}]\n"       \
	"  not-applicable:\n    thing: []\n"

/* An observed part is answered over registers only by what hosts show. */
static void
test_check_lint__observed_over_registers_asks_what_hosts_show(void **state)
{
	(void)state;
	assert_int_equal(LINT(THING, {"check/a.yaml", SEEN("observed", "observation", "state = 'unrecorded'")}), 0);
	assert_int_equal(LINT(THING, {"check/a.yaml", SEEN("observed", "thing", "name = 'bad'")}), 1);
	if (strstr(said, "only when it reads observation or observed_change") == NULL)
		fail_msg("%s", said);
	assert_int_equal(LINT(THING, {"check/a.yaml", SEEN("attested", "observation", "state = 'unrecorded'")}), 1);
}

#define ASK(query, rest) CHECK_HEAD("a", "high", "R-1.a") "applies: SELECT 1 FROM sshd_setting\nquery: " query "\n" rest CHECK_TESTS
#define WORDS "key: [match]\nsays: x\n"

static void
test_check_lint__names_what_a_question_gets_wrong(void **state)
{
	(void)state;
	FAULT(ASK("SELECT match FROM sshd_setting WHERE", WORDS), "check/a.yaml:8: a: query: SQLite says: incomplete input");
	FAULT(ASK("SELECT match FROM sshd_settings", WORDS), "no such table: sshd_settings");
	FAULT(ASK("SELECT match FROM sshd_setting WHERE kye='x'", WORDS), "no such column: kye");
	FAULT(ASK("SELECT match FROM sshd_setting WHERE \\\"kye\\\"='x'", WORDS), "a.yaml:8: ");
	FAULT(ASK("SELECT match, date('now') FROM sshd_setting", WORDS), "a question may not use the function date");
	FAULT(ASK("DELETE FROM sshd_setting", WORDS), "anything but SELECT");
	FAULT(ASK("SELECT match FROM sshd_setting; SELECT 1", WORDS), "found more behind it");
	FAULT(ASK("SELECT match FROM sshd_setting WHERE line > :days", WORDS), "query: there is no param for :days");
	FAULT(ASK("SELECT match FROM sshd_setting", WORDS "params: [{name: days, value: 1, cites: x}]\n"), "params: nothing uses \"days\"");
	FAULT(ASK("SELECT match FROM sshd_setting", "key: [path]\nsays: x\n"), "a.yaml:9: key: the query gives no column \"path\"");
	FAULT(ASK("SELECT match, line FROM sshd_setting", "key: [match, line]\nsays: x\n"), "key: \"line\" moves when a file is edited");
	FAULT(ASK("SELECT match, position FROM sshd_setting", "key: [position]\nsays: x\n"), "\"position\" moves");
	FAULT(ASK("SELECT match FROM sshd_setting", "key: [match]\nsays: \"{path} is bad\"\n"),
	    "a.yaml:10: says: the query gives no column \"path\"");
	FAULT(ASK("SELECT match FROM sshd_setting", "key: [match]\nsays: \"{match is bad\"\n"), "says: a { is not closed");
	FAULT(SSH_CHECK("a", "high", "R-1.a") "profiles: [sever]\n", "profiles: there is no profile \"sever\"");
	FAULT(SSH_CHECK("a", "high", "R-9.a"), "there is no part R-9.a");
	FAULT(CHECK_HEAD("a", "high", "R-1.a") SSH_SQL SSH_WORDS "tests: {}\n", "the test facts \"pass\" are missing");
}

#define SYSCTL(query)                                                                                                                      \
	CHECK_HEAD("a", "high", "R-1.a")                                                                                                   \
	"applies: SELECT 1\nquery: " query "\nkey: [name]\nsays: x\ntests:\n"                                                              \
	"  pass: {}\n  fail: {sysctl: [{name: a, current_value: \"1\"}]}\n  not-applicable: never\n  could-not-look: {sysctl: "            \
	"could-not-look}\n"

static void
test_check_lint__a_maybe_column_must_say_what_null_means(void **state)
{
	(void)state;
	FAULT(SYSCTL("SELECT name FROM sysctl WHERE current_value='1'"),
	    "a.yaml:8: query: sysctl.current_value may be NULL (not known): say "
	    "what that means with IS NULL, IS NOT NULL, coalesce or ifnull");
	FAULT(SYSCTL("SELECT name, current_value FROM sysctl"), "sysctl.current_value may be NULL");
	FAULT(SYSCTL("SELECT name, current_value FROM sysctl WHERE config_value IS NULL"), "sysctl.current_value may be NULL");
	assert_int_equal(
	    LINT({"check/a.yaml", SYSCTL("SELECT name FROM sysctl WHERE current_value='1' AND current_value IS NOT NULL")}), 0);
	assert_int_equal(LINT({"check/a.yaml", SYSCTL("SELECT name FROM sysctl WHERE coalesce(current_value, '')='1'")}), 0);
	assert_int_equal(LINT({"check/a.yaml", SYSCTL("SELECT name FROM sysctl s WHERE ifnull(s.current_value, '1')='1'")}), 0);
	assert_int_equal(LINT({"check/a.yaml", SYSCTL("SELECT name FROM sysctl s WHERE s.current_value is  not null")}), 0);
}

#define ACCOUNT(query)                                                                                                                     \
	CHECK_HEAD("a", "high", "R-1.a")                                                                                                   \
	"applies: SELECT 1\nquery: " query "\nkey: [who]\nsays: x\ntests:\n"                                                               \
	"  pass: {}\n  fail: {account: [{username: ada}]}\n  not-applicable: never\n  could-not-look: {account: could-not-look}\n"

static void
test_check_lint__a_person_is_selected_by_itself(void **state)
{
	(void)state;
	FAULT(ACCOUNT("SELECT 'user ' || username AS who FROM account"),
	    "query: text is pasted together in a question that reads the personal column account.username");
	FAULT(ACCOUNT("SELECT group_concat(username) AS who FROM account GROUP BY uid"), "text is pasted together");
	FAULT(ACCOUNT("SELECT upper(username) AS who FROM account"), "gives a person's name away");
	assert_int_equal(LINT({"check/a.yaml", ACCOUNT("SELECT username AS who FROM account")}), 0);
}

static void
test_check_lint__names_what_a_profile_gets_wrong(void **state)
{
	(void)state;
#define PROFILE(rest) {"check/a.yaml", SSH_CHECK("a", "high", "R-1.a")}, {"profile/server.yaml", "id: server\ntitle: S\n" rest}
	assert_int_equal(LINT(PROFILE("skip: {b: why}\n")), 1);
	assert_non_null(strstr(said, "profile/server.yaml:3: skip: there is no check \"b\""));
	assert_int_equal(LINT(PROFILE("params: {a.days: 3}\n")), 1);
	assert_non_null(strstr(said, "server.yaml:3: params: there is no check.param \"a.days\""));
	assert_int_equal(LINT(PROFILE("detect: SELECT 1 FROM nowhere\n")), 1);
	assert_non_null(strstr(said, "no such table: nowhere"));
	assert_int_equal(
	    LINT({"profile/server.yaml", "id: server\ntitle: S\nparams: {a.days: soon}\n"},
		{"check/a.yaml", CHECK_HEAD("a", "high", "R-1.a") "applies: SELECT 1 FROM sshd_setting\n"
								  "query: SELECT match, path, line, value FROM sshd_setting WHERE "
								  "key='permitrootlogin' AND value<>'no' AND :days > 3\n" SSH_WORDS
								  "params: [{name: days, value: 14, cites: x}]\n" CHECK_TESTS}),
	    1);
	assert_non_null(strstr(said, "params: a.days: expected a whole number, as in the check, found \"soon\""));
}

/* One broken file hides no other. */
static void
test_check_lint__says_every_fault(void **state)
{
	(void)state;
	assert_int_equal(LINT({"check/a.yaml", SSH_CHECK("a", "grave", "R-1.a")}, {"check/b.yaml", SSH_CHECK("x", "high", "R-1.a")},
			     {"check/c.yaml", SSH_CHECK("c", "high", "R-1.a")}, {"check/d.yaml", "a: ["}, {"checks/e.yaml", "a: 1\n"}),
	    4);
	assert_non_null(strstr(said, "check/a.yaml:3: "));
	assert_non_null(strstr(said, "check/b.yaml:1: "));
	assert_null(strstr(said, "check/c.yaml"));
	assert_non_null(strstr(said, "check/d.yaml:"));
	assert_non_null(strstr(said, "checks/e.yaml:1: nothing reads this folder"));
	kit_fresh();
	assert_int_equal(lint(KIT_CONTENT({"framework/fw.yaml", "id: fw\n"})), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_check_lint__good_content_has_no_fault),
	    cmocka_unit_test(test_check_lint__observed_over_registers_asks_what_hosts_show),
	    cmocka_unit_test(test_check_lint__names_what_a_question_gets_wrong),
	    cmocka_unit_test(test_check_lint__a_maybe_column_must_say_what_null_means),
	    cmocka_unit_test(test_check_lint__a_person_is_selected_by_itself),
	    cmocka_unit_test(test_check_lint__names_what_a_profile_gets_wrong),
	    cmocka_unit_test(test_check_lint__says_every_fault),
	};
	return KIT_TESTS(tests);
}
