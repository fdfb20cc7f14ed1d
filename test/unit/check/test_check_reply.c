/*
 * What the worker answers: it comes back as it was written, and nothing else is taken.
 */
#include "check_kit.h"

static void
test_check_reply__comes_back_the_same(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct set set;
	struct facts facts = {0};
	struct check_reply reply, back;
	slice text, again;
	FACTS(&facts, "sshd_setting", "key=permitrootlogin;value=yes;path=/etc/\"x\"\n\xc3\xa9;line=33", SSH_BAD);
	FACTS(&facts, "account", "username=ada;uid=1000");
	SET(&set, {"check/a.yaml", SSH_CHECK("a", "high", "R-1.a")},
	    {"check/b.yaml", ANY_CHECK("b", "R-1.a", "SELECT 1", "SELECT name FROM package", "name", "x")},
	    {"check/c.yaml",
		ANY_CHECK("c", "R-1.a", "SELECT 1", "SELECT username, uid, NULL AS n, 1.5 AS f FROM account", "username", "x")});
	struct check_question question = question_of(&facts, 0);
	ASSERT_OK(check_reply_here(kit_job(), &question, &set.checks, &reply));
	ASSERT_OK(check_reply_write(kit_job(), &reply, &text));
	ASSERT_OK(check_reply_read(kit_job(), text, &back));
	assert_int_equal(back.len, 3);
	assert_int_equal(back.at[0].rows_len, 2);
	assert_int_equal(back.at[1].verdict, LEDGER_COULD_NOT_LOOK);
	assert_true(back.at[2].rows[0].personal[0]);
	assert_int_equal(cell_of(&back.at[2].rows[0], "uid").number, 1000);
	assert_true(cell_of(&back.at[2].rows[0], "n").null);
	ASSERT_SLICE(cell_of(&back.at[2].rows[0], "f").text, "1.5");
	ASSERT_OK(check_reply_write(kit_job(), &back, &again));
	assert_true(slice_same(text, again));
}

#define REPLY(results) "{\"profile\":\"\",\"results\":[" results "]}"
#define RESULT(verdict, rows) "{\"check\":\"a\",\"verdict\":" verdict ",\"reason\":\"\",\"rows\":[" rows "]}"

static err
read_reply(const char *text)
{
	struct check_reply reply;
	return check_reply_read(kit_fresh(), slice_of(text), &reply);
}

static void
test_check_reply_read__refuses_hostile_replies(void **state)
{
	(void)state;
	ASSERT_OK(read_reply(REPLY(RESULT("0", ""))));
	ASSERT_OK(read_reply(REPLY(RESULT("1", "[[\"x\",0,null]]"))));
	ASSERT_ERR(read_reply(""), ERR_INPUT, "a worker's answer");
	ASSERT_ERR(read_reply("{\"profile\":\"\",\"results\":[],\"more\":1}"), ERR_INPUT, "more");
	ASSERT_ERR(read_reply("{\"results\":[]}"), ERR_INPUT, "profile");
	ASSERT_ERR(read_reply(REPLY("7")), ERR_INPUT, "a worker's answer");
	ASSERT_ERR(read_reply(REPLY(RESULT("4", ""))), ERR_INPUT, "there is no verdict 4");
	ASSERT_ERR(read_reply(REPLY(RESULT("-1", ""))), ERR_INPUT, "there is no verdict -1");
	ASSERT_ERR(read_reply(REPLY(RESULT("1", ""))), ERR_INPUT, "a has 0 rows, which its verdict does not allow");
	ASSERT_ERR(read_reply(REPLY(RESULT("0", "[[\"x\",0,1]]"))), ERR_INPUT, "a has 1 rows");
	ASSERT_ERR(read_reply(REPLY(RESULT("1", "7"))), ERR_INPUT, "expected a row");
	ASSERT_ERR(read_reply(REPLY(RESULT("1", "[]"))), ERR_INPUT, "expected a row");
	ASSERT_ERR(read_reply(REPLY(RESULT("1", "[7]"))), ERR_INPUT, "expected a cell");
	ASSERT_ERR(read_reply(REPLY(RESULT("1", "[[\"x\",2,1]]"))), ERR_INPUT, "expected a cell");
	ASSERT_ERR(read_reply(REPLY(RESULT("1", "[[\"x\",0,[]]]"))), ERR_INPUT, "expected a cell");
	ASSERT_ERR(read_reply(REPLY(RESULT("1", "[[\"x\",0,1.5]]"))), ERR_INPUT, "expected a cell");
	ASSERT_ERR(read_reply(REPLY(RESULT("1", "[[\"x\",0]]"))), ERR_INPUT, "expected a cell");
	ASSERT_ERR(read_reply(REPLY(RESULT("1", "[[7,0,1]]"))), ERR_INPUT, "expected a cell");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_check_reply__comes_back_the_same),
	    cmocka_unit_test(test_check_reply_read__refuses_hostile_replies),
	};
	return KIT_TESTS(tests);
}
