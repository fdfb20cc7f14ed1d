/*
 * One check asked: pass, fail, not applicable, could not look, in this order of telling: what could not be seen comes first.
 */
#include "check_kit.h"

static struct check_reply_row
asked(const char *check, struct facts *facts, int64_t read)
{
	struct set set;
	SET(&set, {"check/a.yaml", check});
	return ask_here(&set, facts, read, NULL);
}

static void
test_check_ask__gives_the_four_verdicts(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct facts good = {0}, bad = {0}, absent = {0}, blind = {0}, none = {0};
	FACTS(&good, "sshd_setting", SSH_GOOD);
	FACTS(&bad, "sshd_setting", SSH_GOOD, SSH_BAD);
	facts_state(&absent, "sshd_setting", READING_ABSENT);
	facts_state(&blind, "sshd_setting", READING_COULD_NOT_LOOK);
	assert_int_equal(asked(SSH_CHECK("a", "high", "R-1.a"), &good, 0).verdict, LEDGER_PASS);
	struct check_reply_row row = asked(SSH_CHECK("a", "high", "R-1.a"), &bad, 0);
	assert_int_equal(row.verdict, LEDGER_FAIL);
	assert_int_equal(row.rows_len, 1);
	ASSERT_SLICE(cell_of(&row.rows[0], "path").text, "/etc/ssh/sshd_config");
	assert_int_equal(cell_of(&row.rows[0], "line").number, 33);
	assert_int_equal(asked(SSH_CHECK("a", "high", "R-1.a"), &absent, 0).verdict, LEDGER_NOT_APPLICABLE);
	row = asked(SSH_CHECK("a", "high", "R-1.a"), &blind, 0);
	assert_int_equal(row.verdict, LEDGER_COULD_NOT_LOOK);
	ASSERT_SLICE(row.reason, "sshd_setting: may not be read");
	row = asked(SSH_CHECK("a", "high", "R-1.a"), &none, 0);
	assert_int_equal(row.verdict, LEDGER_COULD_NOT_LOOK);
	ASSERT_SLICE(row.reason, "sshd_setting was never collected from this host");
}

#define TWO_TABLES ANY_CHECK("a", "R-1.a", "SELECT 1 FROM package", "SELECT key FROM sshd_setting, mount", "key", "{key}")

/* A table of either question that could not be read is said before anything is asked, even when the check would not apply. */
static void
test_check_ask__could_not_look_comes_before_not_applicable(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct facts facts = {0};
	FACTS(&facts, "sshd_setting", SSH_GOOD);
	facts_state(&facts, "package", READING_ABSENT);
	facts_state(&facts, "mount", READING_COULD_NOT_LOOK);
	struct check_reply_row row = asked(TWO_TABLES, &facts, 0);
	assert_int_equal(row.verdict, LEDGER_COULD_NOT_LOOK);
	ASSERT_SLICE(row.reason, "mount: may not be read");
	facts.len = 2;
	FACTS(&facts, "mount", "target=/");
	assert_int_equal(asked(TWO_TABLES, &facts, 0).verdict, LEDGER_NOT_APPLICABLE);
}

static void
test_check_ask__stale_facts_do_not_count(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct facts facts = {0};
	FACTS(&facts, "sshd_setting", SSH_GOOD);
	assert_int_equal(asked(SSH_CHECK("a", "high", "R-1.a"), &facts, -7 * 24).verdict, LEDGER_PASS); /* to the moment */
	struct check_reply_row row = asked(SSH_CHECK("a", "high", "R-1.a"), &facts, -7 * 24 - 1);
	assert_int_equal(row.verdict, LEDGER_COULD_NOT_LOOK);
	ASSERT_SLICE(row.reason, "sshd_setting was last read 7 days ago, which is too old to judge");
}

static void
test_check_ask__findings_are_capped_and_counted(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct facts facts = {0};
	struct rows rows;
	rows_open(&rows, kit_job(), collect_schema_find(S("mount")));
	for (int i = 0; i < CHECK_MAX_FINDINGS + 5; i++) {
		slice line;
		ASSERT_OK(job_format(kit_job(), &line, "target=/m/%05d", i));
		fact_row(&rows, line);
	}
	facts_keep(&facts, &rows);
	struct check_reply_row row =
	    asked(ANY_CHECK("a", "R-1.a", "SELECT 1", "SELECT target FROM mount", "target", "{target}"), &facts, 0);
	assert_int_equal(row.verdict, LEDGER_FAIL);
	assert_int_equal(row.rows_len, CHECK_MAX_FINDINGS);
	ASSERT_SLICE(row.reason, "2005 rows are wrong; the first 2000 are kept as findings");
	row = asked(ANY_CHECK("a", "R-1.a", "SELECT 1", "SELECT target FROM mount LIMIT 2000", "target", "{target}"), &facts, 0);
	assert_int_equal(row.rows_len, 2000);
	assert_int_equal(row.reason.len, 0);
}

/* One host's long names are cut; they stop neither this check nor the others. */
static void
test_check_ask__long_texts_are_cut(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct facts facts = {0};
	struct rows rows;
	char *name;
	ASSERT_OK(NEW(kit_job(), 60001, &name));
	memset(name, 'x', 60000);
	memcpy(name + CHECK_MAX_CELL - 1, "\xc3\xa9", 2); /* the cut may not split a character */
	rows_open(&rows, kit_job(), collect_schema_find(S("mount")));
	for (int i = 0; i < 300; i++) {
		struct cell cells[TABLE_MAX_COLUMNS];
		for (unsigned c = 0; c < rows.table->len; c++)
			cells[c] = rows.table->columns[c].type == COLUMN_TEXT ? TEXT(S("")) : INT(0);
		ASSERT_OK(job_format(kit_job(), &cells[0].text, "%s%d", name, i));
		ASSERT_OK(rows_add(&rows, cells));
	}
	facts_keep(&facts, &rows);
	struct check_reply_row row =
	    asked(ANY_CHECK("a", "R-1.a", "SELECT 1", "SELECT target FROM mount", "target", "{target}"), &facts, 0);
	assert_int_equal(row.verdict, LEDGER_FAIL);
	assert_true(row.rows_len >= 100 && row.rows_len <= CHECK_MAX_ROWS / (CHECK_MAX_CELL - 1));
	assert_true(slice_has(row.reason, S("300 rows are wrong; the first 1")));
	assert_int_equal(row.rows[0].cells[0].text.len, CHECK_MAX_CELL - 1 + 3);
	assert_true(slice_ends(row.rows[0].cells[0].text, S("x…")));
	/* Rows of every check together are bound too: each keeps one. */
	struct check_question question = question_of(&facts, 0);
	struct kit_text files[48] = {FW_FILES};
	struct set set;
	size_t len = 2;
	for (; len < 46; len++) {
		slice path, text;
		ASSERT_OK(job_format(kit_job(), &path, "check/m%zu.yaml", len));
		ASSERT_OK(job_format(
		    kit_job(), &text, ANY_CHECK("m%zu", "R-1.a", "SELECT 1", "SELECT target FROM mount", "target", "{target}"), len, len));
		files[len] = (struct kit_text){path.at, text.at};
	}
	set_open(&set, files, len);
	struct check_reply reply;
	slice text;
	ASSERT_OK(check_reply_here(kit_job(), &question, &set.checks, &reply));
	assert_int_equal(reply.len, 44);
	assert_true(reply.at[0].rows_len > 100);
	assert_int_equal(reply.at[43].rows_len, 1);
	ASSERT_SLICE(reply.at[43].reason, "300 rows are wrong; the first 1 are kept as findings");
	ASSERT_OK(check_reply_write(kit_job(), &reply, &text));
}

static void
test_check_ask__a_question_that_breaks_is_its_own_could_not_look(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct facts facts = {0};
	FACTS(&facts, "mount", "target=/", "target=/a");
	struct set set;
	SET(&set,
	    {"check/a.yaml",
		ANY_CHECK("a", "R-1.a", "SELECT 1", "SELECT abs(-9223372036854775808) AS n, target FROM mount", "target", "{n}")},
	    {"check/b.yaml", ANY_CHECK("b", "R-1.a", "SELECT 1", "SELECT target FROM mount WHERE target='/a'", "target", "{target}")});
	struct check_question question = question_of(&facts, 0);
	struct check_reply reply;
	ASSERT_OK(check_reply_here(kit_job(), &question, &set.checks, &reply));
	assert_int_equal(reply.at[0].verdict, LEDGER_COULD_NOT_LOOK);
	assert_true(slice_has(reply.at[0].reason, S("overflow")));
	assert_int_equal(reply.at[1].verdict, LEDGER_FAIL);
}

#define OLD_CHECK                                                                                                                          \
	ANY_CHECK("a", "R-1.a", "SELECT 1",                                                                                                \
	    "SELECT target, :days AS d, typeof(:word) AS w, day(:now) AS today FROM mount WHERE :days > 20", "target", "{d}")              \
	"params: [{name: days, value: 14, cites: CE}, {name: word, value: \"7\", cites: CE}]\n"
#define PROFILES                                                                                                                           \
	{"profile/slow.yaml", "id: slow\ntitle: S\norder: 1\ndetect: SELECT 1 FROM mount WHERE target='/slow'\nparams: {a.days: 30}\n"},   \
	    {"profile/none.yaml", "id: none\ntitle: N\norder: 2\notherwise: yes\nskip: {a: \"its host is asked\"}\n"},                     \
	{                                                                                                                                  \
		"profile/last.yaml", "id: last\ntitle: L\norder: 3\ndetect: SELECT 1 FROM mount WHERE target='/last'\n"                    \
	}

static void
test_check_ask__thresholds_are_bound_by_profile(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct set set;
	struct facts facts = {0}, slow = {0}, last = {0};
	FACTS(&facts, "mount", "target=/");
	FACTS(&slow, "mount", "target=/slow", "target=/last");
	FACTS(&last, "mount", "target=/last");
	SET(&set, {"check/a.yaml", OLD_CHECK}, PROFILES);
	assert_int_equal(ask_here(&set, &facts, 0, "last").verdict, LEDGER_PASS);
	struct check_reply_row row = ask_here(&set, &facts, 0, "slow");
	assert_int_equal(row.verdict, LEDGER_FAIL);
	assert_int_equal(cell_of(&row.rows[0], "d").number, 30);
	ASSERT_SLICE(cell_of(&row.rows[0], "w").text, "text");
	ASSERT_SLICE(cell_of(&row.rows[0], "today").text, "2026-11-01");
	row = ask_here(&set, &facts, 0, "none");
	assert_int_equal(row.verdict, LEDGER_NOT_APPLICABLE);
	ASSERT_SLICE(row.reason, "its host is asked");
	/* Facts say which: the first that detects, else the one that says otherwise. */
	assert_int_equal(ask_here(&set, &facts, 0, NULL).verdict, LEDGER_NOT_APPLICABLE);
	assert_int_equal(ask_here(&set, &slow, 0, NULL).verdict, LEDGER_FAIL);
	assert_int_equal(ask_here(&set, &last, 0, NULL).verdict, LEDGER_PASS);
}

static void
test_check_skipped__only_listed_profiles_are_asked(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct set set;
	slice why;
	SET(&set, {"check/a.yaml", SSH_CHECK("a", "high", "R-1.a") "profiles: [slow, none]\n"}, PROFILES);
	const struct check *check = &set.checks.at[0];
	assert_false(check_skipped(check, NULL, &why));
	assert_false(check_skipped(check, check_profile_find(&set.checks, S("slow")), &why));
	assert_true(check_skipped(check, check_profile_find(&set.checks, S("last")), &why));
	ASSERT_SLICE(why, "this kind of machine is not asked");
	assert_true(check_skipped(check, check_profile_find(&set.checks, S("none")), &why));
	ASSERT_SLICE(why, "its host is asked");
}

/* A personal column is known by where it comes from, whatever it is called and through however many subqueries. */
static void
test_check_ask__personal_columns_are_known(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct facts facts = {0};
	FACTS(&facts, "account", "username=ada;uid=1000;shell=/bin/sh");
	struct check_reply_row row =
	    asked(ANY_CHECK("a", "R-1.a", "SELECT 1",
		      "WITH w AS (SELECT username AS u, shell FROM account) SELECT u AS who, shell, 1 AS one FROM w", "who", "{who}"),
		&facts, 0);
	assert_int_equal(row.rows_len, 1);
	assert_true(row.rows[0].personal[0]);
	assert_false(row.rows[0].personal[1]);
	assert_false(row.rows[0].personal[2]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_check_ask__gives_the_four_verdicts),
	    cmocka_unit_test(test_check_ask__could_not_look_comes_before_not_applicable),
	    cmocka_unit_test(test_check_ask__stale_facts_do_not_count),
	    cmocka_unit_test(test_check_ask__findings_are_capped_and_counted),
	    cmocka_unit_test(test_check_ask__long_texts_are_cut),
	    cmocka_unit_test(test_check_ask__a_question_that_breaks_is_its_own_could_not_look),
	    cmocka_unit_test(test_check_ask__thresholds_are_bound_by_profile),
	    cmocka_unit_test(test_check_skipped__only_listed_profiles_are_asked),
	    cmocka_unit_test(test_check_ask__personal_columns_are_known),
	};
	return KIT_TESTS(tests);
}
