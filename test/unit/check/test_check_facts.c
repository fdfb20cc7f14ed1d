/*
 * One host's facts as a database: its readings, what an older version kept, what is erased, and nothing else.
 */
#include "check_kit.h"

static struct check_reply_row
asked(const char *query, struct facts *facts)
{
	struct set set;
	slice check;
	ASSERT_OK(job_format(kit_job(), &check, ANY_CHECK("a", "R-1.a", "SELECT 1", "%s", "k", "x"), query));
	SET(&set, {"check/a.yaml", check.at});
	return ask_here(&set, facts, -1, NULL);
}

static void
test_check_facts__host_and_reading_are_there(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct facts facts = {0};
	FACTS(&facts, "mount", "target=/", "target=/home");
	facts_state(&facts, "sudo_rule", READING_ABSENT);
	struct check_reply_row row = asked("SELECT name AS k, id, day(last_seen) AS d FROM host", &facts);
	assert_int_equal(row.rows_len, 1);
	ASSERT_SLICE(cell_of(&row.rows[0], "k").text, "web-1");
	ASSERT_SLICE(cell_of(&row.rows[0], "d").text, "2026-11-01");
	row = asked("SELECT table_name AS k, state, reason, rows, iso(read_at) AS at FROM reading ORDER BY 1", &facts);
	assert_int_equal(row.rows_len, 2);
	ASSERT_SLICE(cell_of(&row.rows[0], "k").text, "mount");
	ASSERT_SLICE(cell_of(&row.rows[0], "state").text, "read");
	assert_int_equal(cell_of(&row.rows[0], "rows").number, 2);
	ASSERT_SLICE(cell_of(&row.rows[0], "at").text, "2026-10-31T23:00:00Z");
	ASSERT_SLICE(cell_of(&row.rows[1], "state").text, "absent");
	ASSERT_SLICE(cell_of(&row.rows[1], "reason").text, "may not be read");
}

static void
test_check_facts__what_is_erased_or_unreadable_could_not_be_looked_at(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct facts facts = {0};
	FACTS(&facts, "mount", "target=/");
	FACTS(&facts, "package", "manager=dpkg;name=x;arch=all");
	slice kept = facts.contents[0];
	facts.contents[0] = S("");
	struct check_reply_row row = asked("SELECT target AS k FROM mount", &facts);
	assert_int_equal(row.verdict, LEDGER_COULD_NOT_LOOK);
	ASSERT_SLICE(row.reason, "mount: what was read is erased");
	facts.contents[0] = S("{\"columns\":[\"tarjet\"],\"state\":\"read\",\"table\":\"mount\"}\n[\"/\"]\n");
	row = asked("SELECT target AS k FROM mount", &facts);
	assert_int_equal(row.verdict, LEDGER_COULD_NOT_LOOK);
	assert_true(slice_starts(row.reason, S("mount: mount")));
	/* The reading table says so too, and the other table is not touched. */
	row = asked("SELECT state AS k FROM reading WHERE table_name='mount'", &facts);
	ASSERT_SLICE(cell_of(&row.rows[0], "k").text, "could-not-look");
	assert_int_equal(asked("SELECT name AS k FROM package", &facts).verdict, LEDGER_FAIL);
	facts.contents[0] = kept;
	assert_int_equal(asked("SELECT target AS k FROM mount", &facts).verdict, LEDGER_FAIL);
}

static void
test_check_reply_here__asks_only_what_is_wanted(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct set set;
	struct facts facts = {0};
	struct check_reply reply;
	FACTS(&facts, "sshd_setting", SSH_BAD);
	SET(&set, {"check/a.yaml", SSH_CHECK("a", "high", "R-1.a")}, {"check/b.yaml", SSH_CHECK("b", "high", "R-1.a")});
	struct check_question question = question_of(&facts, 0);
	ASSERT_OK(check_reply_here(kit_job(), &question, &set.checks, &reply));
	assert_int_equal(reply.len, 2);
	question.only = (const slice[]){{"b", 1}};
	question.only_len = 1;
	ASSERT_OK(check_reply_here(kit_job(), &question, &set.checks, &reply));
	assert_int_equal(reply.len, 1);
	ASSERT_SLICE(reply.at[0].check, "b");
	question.profile = S("none");
	ASSERT_ERR(check_reply_here(kit_job(), &question, &set.checks, &reply), ERR_INPUT, "there is no profile \"none\"");
}

/* Tables an organisation declares are tables like any other. */
static void
test_check_schema_open__drop_in_tables(void **state)
{
	struct check_schema schema;
	(void)state;
	(void)kit_fresh();
	const char *dir = kit_mkdir();
	kit_file(dir, "door.yaml", "about: Doors\ncolumns:\n- {name: door, about: which}\n- {name: keeper, personal: yes}\nkey: [door]\n");
	ASSERT_OK(check_schema_open(kit_job(), dir, &schema));
	assert_non_null(check_schema_find(&schema, S("door")));
	assert_non_null(check_schema_find(&schema, S("mount")));
	assert_null(check_schema_find(&schema, S("window")));
	struct content content =
	    KIT_CONTENT({"check/a.yaml", ANY_CHECK("a", "R-1.a", "SELECT 1", "SELECT door, file_owner FROM door", "door", "{door}")});
	struct checks checks;
	ASSERT_OK(check_load(kit_job(), &content, NULL, &checks));
	ASSERT_OK(check_tables(kit_job(), &checks, dir));
	ASSERT_SLICE(checks.at[0].tables[0], "door");
	ASSERT_ERR(check_tables(kit_job(), &checks, NULL), ERR_INPUT, "no such table: door");
	kit_file(dir, "reading.yaml", "about: Mine\ncolumns:\n- {name: x}\nkey: [x]\n");
	ASSERT_ERR(
	    check_schema_open(kit_job(), dir, &schema), ERR_INPUT, "reading.yaml:1: the table \"reading\" is filled by assay itself");
	kit_rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_check_facts__host_and_reading_are_there),
	    cmocka_unit_test(test_check_facts__what_is_erased_or_unreadable_could_not_be_looked_at),
	    cmocka_unit_test(test_check_reply_here__asks_only_what_is_wanted),
	    cmocka_unit_test(test_check_schema_open__drop_in_tables),
	};
	return KIT_TESTS(tests);
}
