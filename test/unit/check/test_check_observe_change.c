/*
 * What changed on a host: which rows, between which collections, by when a change must be on record, and which one approves it.
 */
#include "observe_kit.h"

#define ACCOUNT "    - account\n"
enum { HOST, TABLE, KEY, AFTER, KIND, BEFORE, DUE, NUMBER };

static size_t
count(const struct rows *rows, const char *kind)
{
	size_t len = 0;
	for (size_t i = 0; i < rows->len; i++)
		len += slice_same(rows->row[i][KIND].text, slice_of(kind));
	return len;
}

static void
test_check_observe_change__tells_what_when_and_by_when(void **state)
{
	(void)state;
	struct world w;
	WORLD(&w, MACHINE, DEADLINE, CHANGE(ACCOUNT));
	SHOWS(&w, 1, "account", "username=ada;uid=1000;shell=/bin/sh", "username=bob;uid=1001");
	assert_int_equal(changes(&w, 1).len, 0); /* the first collection changes nothing */
	SHOWS(&w, 2, "account", "username=ada;uid=1000;shell=/bin/sh", "username=bob;uid=1001");
	assert_int_equal(changes(&w, 2).len, 0);
	SHOWS(&w, 4, "account", "username=ada;uid=1000;shell=/bin/bash", "username=cat;uid=1002");
	SHOWS(&w, 6, "account", "username=ada;uid=1000;shell=/bin/bash", "username=cat;uid=1002");
	struct rows rows = changes(&w, 7);
	assert_int_equal(rows.len, 3);
	assert_true(count(&rows, "added") == 1 && count(&rows, "removed") == 1 && count(&rows, "changed") == 1);
	for (size_t i = 0; i < rows.len; i++) {
		const struct cell *row = rows.row[i];
		assert_true(slice_same(row[HOST].text, w.host));
		ASSERT_SLICE(row[TABLE].text, "account");
		assert_true(row[BEFORE].number == at_us(48) && row[AFTER].number == at_us(96) && row[DUE].number == at_us(96 + 24));
		assert_true(row[NUMBER].null);
		assert_true(slice_starts(row[KEY].text, S("person-")) && slice_has(row[KEY].text, S(", 100")));
		assert_false(slice_has(row[KEY].text, S("ada")) || slice_has(row[KEY].text, S("cat")) || slice_has(row[KEY].text, S("bob")));
	}
	/* As of the day before it, nothing had changed. */
	struct ledger_moment then;
	ASSERT_OK(ledger_moment(kit_job(), w.ledger, at_us(24 * 3), &then));
	ASSERT_OK(check_observed_changes(kit_job(), w.ledger, w.registry, NULL, then, &rows));
	assert_int_equal(rows.len, 0);
	/* Thirty days later it is history. */
	assert_int_equal(changes(&w, 33).len, 3);
	assert_int_equal(changes(&w, 35).len, 0);
	world_close(&w);
}

static void
test_check_observe_change__a_day_without_looking_hides_and_invents_nothing(void **state)
{
	(void)state;
	struct world w;
	WORLD(&w, MACHINE, DEADLINE, CHANGE(ACCOUNT));
	SHOWS(&w, 1, "account", "username=ada;uid=1000");
	struct rows rows = changes(&w, 1);
	assert_int_equal(rows.len, 0);
	hides(&w, 2, "account");
	rows = changes(&w, 3);
	assert_true(rows.len == 1 && count(&rows, "could-not-look") == 1);
	assert_true(rows.row[0][BEFORE].number == at_us(24) && rows.row[0][AFTER].number == at_us(48) && rows.row[0][KEY].text.len == 0);
	SHOWS(&w, 3, "account", "username=ada;uid=1000");
	assert_int_equal(changes(&w, 3).len, 0);
	hides(&w, 4, "account");
	SHOWS(&w, 5, "account", "username=ada;uid=1000", "username=bob;uid=1001");
	rows = changes(&w, 6);
	assert_int_equal(rows.len, 1);
	assert_true(rows.row[0][BEFORE].number == at_us(72) && rows.row[0][AFTER].number == at_us(120));
	world_close(&w);
}

static void
test_check_observe_change__what_a_rule_says_is_its_key(void **state)
{
	(void)state;
	struct world w;
	WORLD(&w, MACHINE, DEADLINE, CHANGE("    - {table: sudo_rule, key: [path, who, command]}\n"));
	SHOWS(&w, 1, "sudo_rule", "path=/etc/sudoers;line=3;who=ada;command=ALL");
	SHOWS(&w, 2, "sudo_rule", "path=/etc/sudoers;line=9;who=ada;command=ALL"); /* a comment above it */
	assert_int_equal(changes(&w, 2).len, 0);
	SHOWS(&w, 3, "sudo_rule", "path=/etc/sudoers;line=9;who=ada;command=/bin/ls");
	struct rows rows = changes(&w, 3);
	assert_true(rows.len == 2 && count(&rows, "added") == 1 && count(&rows, "removed") == 1);
	assert_false(slice_has(rows.row[0][KEY].text, S("ada")));
	assert_true(slice_has(rows.row[0][KEY].text, S("/etc/sudoers, person-")));
	world_close(&w);
}

static void
packages(struct world *w, int64_t day, size_t len, const char *version)
{
	struct rows rows;
	struct facts facts = {0};
	rows_open(&rows, kit_job(), collect_schema_find(S("package")));
	for (size_t i = 0; i < len; i++) {
		char line[80];
		snprintf(line, sizeof line, "manager=dpkg;name=p%zu;version=%s", i, version);
		fact_row(&rows, slice_of(line));
	}
	facts_keep(&facts, &rows);
	evidence_facts(w->ledger, &facts, 24 * day);
}

static void
test_check_observe_change__a_flood_is_one_row(void **state)
{
	(void)state;
	struct world w;
	WORLD(&w, MACHINE, DEADLINE, CHANGE("    - {table: package, compares: [version]}\n"));
	packages(&w, 1, CHECK_OBSERVED_ROWS, "1");
	packages(&w, 2, CHECK_OBSERVED_ROWS, "2");
	assert_int_equal(changes(&w, 2).len, CHECK_OBSERVED_ROWS);
	packages(&w, 3, CHECK_OBSERVED_ROWS + 1, "3");
	struct rows rows = changes(&w, 3);
	assert_int_equal(rows.len, CHECK_OBSERVED_ROWS + 1);
	ASSERT_SLICE(rows.row[0][KEY].text, "1001 rows");
	ASSERT_SLICE(rows.row[0][KIND].text, "changed");
	world_close(&w);
}

/* Days 2 and 4 were the collections around it: which of these records approves it? */
static int64_t
approved_by(const char *status, const char *fields, const char *more)
{
	struct world w;
	WORLD(&w, MACHINE, DEADLINE, CHANGE(ACCOUNT));
	SHOWS(&w, 2, "account", "username=ada;uid=1000");
	SHOWS(&w, 4, "account", "username=ada;uid=1000", "username=bob;uid=1001");
	record(&w, "machine", 1, "open", "{\"host\":\"HOST\"}", 4);
	record(&w, "machine", 2, "open", "{\"host\":\"elsewhere\"}", 4);
	record(&w, "work", 1, status, fields, 4);
	if (more != NULL)
		record(&w, "work", 2, "open", more, 4);
	struct rows rows = changes(&w, 5);
	assert_int_equal(rows.len, 1);
	int64_t number = rows.row[0][NUMBER].null ? 0 : rows.row[0][NUMBER].number;
	world_close(&w);
	return number;
}
#define WINDOW(from, to, more) "{\"ends\":\"2026-11-" to "T00:00:00Z\"," more "\"starts\":\"2026-11-" from "T00:00:00Z\"}"

static void
test_check_observe_change__approved_when_window_and_machine_fit(void **state)
{
	(void)state;
	/* Day n of the kit is the (n+1)th of November: the collections were on the 3rd and the 5th. */
	assert_int_equal(approved_by("open", WINDOW("04", "06", ""), NULL), 1);
	assert_int_equal(approved_by("open", WINDOW("01", "03", ""), NULL), 1); /* it may have been made at that very moment */
	assert_int_equal(approved_by("open", WINDOW("01", "02", ""), NULL), 0);
	assert_int_equal(approved_by("open", WINDOW("06", "09", ""), NULL), 0);
	assert_int_equal(approved_by("shut", WINDOW("04", "06", ""), NULL), 0);
	assert_int_equal(approved_by("open", "{\"starts\":\"2026-11-04T00:00:00Z\"}", NULL), 0);
	assert_int_equal(approved_by("open", WINDOW("04", "06", "\"machines\":[\"machine/1\"],"), NULL), 1);
	assert_int_equal(approved_by("open", WINDOW("04", "06", "\"machines\":[\"machine/2\"],"), NULL), 0);
	assert_int_equal(approved_by("open", WINDOW("04", "06", "\"machines\":[\"machine/2\",\"machine/1\"],"), NULL), 1);
	assert_int_equal(approved_by("open", "{\"done\":\"2026-11-04T10:00:00Z\"}", NULL), 1);
	assert_int_equal(approved_by("open", "{\"done\":\"2026-11-07T10:00:00Z\"}", NULL), 0);
	/* The one that names the machine goes before the one that names nothing. */
	assert_int_equal(approved_by("open", WINDOW("01", "28", ""), WINDOW("04", "06", "\"machines\":[\"machine/1\"],")), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_check_observe_change__tells_what_when_and_by_when),
	    cmocka_unit_test(test_check_observe_change__a_day_without_looking_hides_and_invents_nothing),
	    cmocka_unit_test(test_check_observe_change__what_a_rule_says_is_its_key), cmocka_unit_test(test_check_observe_change__a_flood_is_one_row),
	    cmocka_unit_test(test_check_observe_change__approved_when_window_and_machine_fit)};
	return KIT_TESTS(tests);
}
