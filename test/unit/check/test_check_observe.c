/*
 * Observed beside declared: what is recorded, unrecorded, unseen and ignored, since when, and nobody's name in what is kept.
 */
#include "observe_kit.h"

#include "ledger/ledger_ignore.h"
#include "registry/registry_table.h"

#define ADA "username=ada;uid=1000;login_possible=1"
#define BOB "username=bob;uid=1001;login_possible=1"

static const struct check_observed *
with_state(const struct check_observations *found, enum check_observed_state state)
{
	const struct check_observed *one = NULL;
	for (size_t i = 0; i < found->len; i++)
		if (found->at[i].state == state) {
			assert_null(one);
			one = &found->at[i];
		}
	assert_non_null(one);
	return one;
}

static void
test_check_observe__tells_recorded_from_unrecorded_without_names(void **state)
{
	(void)state;
	struct world w;
	slice token, fields;
	struct rows rows;
	WORLD(&w, LOGIN, MACHINE);
	ASSERT_OK(ledger_person_token(kit_job(), w.ledger, S(""), S("ada"), &token));
	ASSERT_OK(job_format(kit_job(), &fields, "{\"host\":\"HOST\",\"user\":\"%.*s\"}", SLICE(token)));
	record(&w, "login", 1, "open", fields.at, 0);
	SHOWS(&w, 1, "account", ADA, BOB);
	uint64_t size = ledger_size(w.ledger);
	struct check_observations found = observe(&w, "login", 1);
	assert_int_equal(found.len, 2);
	assert_int_equal(with_state(&found, CHECK_RECORDED)->number, 1);
	const struct check_observed *bob = with_state(&found, CHECK_UNRECORDED);
	assert_true(bob->number == 0 && bob->id.len == 12 && bob->last_seen_us == at_us(24) && bob->first_seen_us == at_us(24));
	assert_true(slice_same(bob->host, w.host));
	ASSERT_OK(check_observe(kit_job(), w.ledger, w.registry, NULL, now_of(w.ledger), &rows));
	assert_int_equal(rows.len, 3); /* the machine too */
	assert_ptr_equal(rows.table, &registry_observation_table);
	for (size_t i = 0; i < rows.len; i++)
		assert_false(slice_has(rows.row[i][2].text, S("ada")) || slice_has(rows.row[i][2].text, S("bob")));
	assert_int_equal(ledger_size(w.ledger), size); /* looking makes nobody known */
	/* The same name on another day has the same id. */
	SHOWS(&w, 2, "account", BOB);
	assert_true(slice_same(observe(&w, "login", 2).at[0].id, bob->id) || slice_same(observe(&w, "login", 2).at[1].id, bob->id));
	world_close(&w);
}

static void
test_check_observe__since_when_without_a_gap(void **state)
{
	(void)state;
	struct world w;
	WORLD(&w, DOOR);
	SHOWS(&w, 1, "listening_port", "protocol=tcp;family=ipv4;port=22");
	SHOWS(&w, 5, "listening_port", "protocol=tcp;family=ipv4;port=22", "protocol=tcp;family=ipv4;port=80");
	SHOWS(&w, 9, "listening_port", "protocol=tcp;family=ipv4;port=22", "protocol=tcp;family=ipv4;port=80", "protocol=tcp;family=ipv4;port=81");
	struct check_observations found = observe(&w, "door", 9);
	assert_int_equal(found.len, 3);
	ASSERT_SLICE(found.at[0].key, "22");
	assert_true(found.at[0].first_seen_us == at_us(24) && found.at[0].last_seen_us == at_us(24 * 9));
	assert_true(found.at[1].first_seen_us == at_us(24 * 5));
	assert_true(found.at[2].first_seen_us == at_us(24 * 9));
	/* A day on which nobody could look is no gap; a day without it is one. */
	hides(&w, 10, "listening_port");
	SHOWS(&w, 12, "listening_port", "protocol=tcp;family=ipv4;port=22");
	SHOWS(&w, 14, "listening_port", "protocol=tcp;family=ipv4;port=22", "protocol=tcp;family=ipv4;port=80");
	found = observe(&w, "door", 14);
	assert_int_equal(found.len, 2);
	assert_true(found.at[0].first_seen_us == at_us(24));
	assert_true(found.at[1].first_seen_us == at_us(24 * 14));
	world_close(&w);
}

static void
test_check_observe__unseen_only_when_hosts_looked_for_long(void **state)
{
	(void)state;
	struct world w;
	WORLD(&w, DOOR);
	record(&w, "door", 1, "open", "{\"port\":22}", 0);
	SHOWS(&w, 1, "listening_port", "protocol=tcp;family=ipv4;port=22");
	struct check_observed one = observe_one(&w, "door", 1);
	assert_true(one.state == CHECK_RECORDED && one.last_seen_us == at_us(24) && one.host.len > 0);
	/* Gone for two days: still known, and from when. */
	SHOWS(&w, 3, "listening_port", "protocol=tcp;family=ipv4;port=80");
	struct check_observations found = observe(&w, "door", 5);
	assert_int_equal(found.len, 2);
	assert_true(with_state(&found, CHECK_RECORDED)->last_seen_us == at_us(24));
	assert_int_equal(with_state(&found, CHECK_RECORDED)->host.len, 0);
	/* For eleven: unseen. */
	SHOWS(&w, 12, "listening_port", "protocol=tcp;family=ipv4;port=80");
	found = observe(&w, "door", 12);
	const struct check_observed *unseen = with_state(&found, CHECK_UNSEEN);
	assert_true(unseen->number == 1 && unseen->cells == NULL && unseen->host.len == 0);
	ASSERT_SLICE(unseen->key, "22");
	/* A host that could not look makes nothing unseen. */
	hides(&w, 13, "listening_port");
	found = observe(&w, "door", 13);
	assert_int_equal(found.len, 2);
	assert_int_equal(with_state(&found, CHECK_RECORDED)->number, 1);
	assert_int_equal(with_state(&found, CHECK_BLIND)->key.len, 0); /* and it is said */
	/* And what was recorded yesterday has not been missed for a week, nor is what says nowhere where it is. */
	SHOWS(&w, 14, "listening_port", "protocol=tcp;family=ipv4;port=80");
	record(&w, "door", 2, "open", "{\"port\":443}", 13);
	record(&w, "door", 3, "open", "{\"program\":\"x\"}", 0);
	found = observe(&w, "door", 14);
	assert_int_equal(found.len, 3);
	assert_int_equal(with_state(&found, CHECK_UNSEEN)->number, 1);
	assert_int_equal(with_state(&found, CHECK_RECORDED)->number, 2);
	world_close(&w);
}

static void
test_check_observe__a_silent_host_is_unseen_and_an_ended_record_does_not_count(void **state)
{
	(void)state;
	struct world w;
	WORLD(&w, MACHINE);
	record(&w, "machine", 1, "open", "{\"host\":\"HOST\"}", 0);
	SHOWS(&w, 1, "account", ADA);
	assert_int_equal(observe_one(&w, "machine", 7).state, CHECK_RECORDED);
	struct check_observed one = observe_one(&w, "machine", 10);
	assert_true(one.state == CHECK_UNSEEN && one.last_seen_us == at_us(24) && one.number == 1);
	world_close(&w);
	WORLD(&w, MACHINE);
	record(&w, "machine", 1, "shut", "{\"host\":\"HOST\"}", 0);
	SHOWS(&w, 1, "account", ADA);
	one = observe_one(&w, "machine", 1);
	assert_true(one.state == CHECK_UNRECORDED && one.number == 0);
	assert_true(observe_one(&w, "machine", 10).state == CHECK_UNRECORDED);
	world_close(&w);
}

static void
test_check_observe__ignored_until_the_date(void **state)
{
	(void)state;
	struct world w;
	struct ledger_receipt receipt;
	slice key = S("22");
	struct ledger_ignore_form form = {.registry = S("door"), .keys = &key, .keys_len = 1, .until_us = at_us(24 * 5), .why = S("a test")},
				  other = form;
	WORLD(&w, DOOR);
	SHOWS(&w, 1, "listening_port", "protocol=tcp;family=ipv4;port=22");
	other.registry = S("window");
	ASSERT_OK(ledger_ignore_append(kit_job(), w.ledger, &other, &receipt));
	assert_int_equal(observe_one(&w, "door", 2).state, CHECK_UNRECORDED);
	ASSERT_OK(ledger_ignore_append(kit_job(), w.ledger, &form, &receipt));
	struct check_observed one = observe_one(&w, "door", 4);
	assert_true(one.state == CHECK_IGNORED && one.until_us == at_us(24 * 5));
	ASSERT_SLICE(one.why, "a test");
	assert_int_equal(observe_one(&w, "door", 5).state, CHECK_UNRECORDED);
	/* As of before it was decided. */
	struct check_observations found;
	ASSERT_OK(check_observe_register(kit_job(), w.ledger, w.registry, register_of(&w, "door"), NULL,
	    (struct ledger_moment){.size = receipt.index, .now_us = at_us(24 * 4)}, &found));
	assert_int_equal(found.at[0].state, CHECK_UNRECORDED);
	world_close(&w);
}

static void
test_check_observe__what_is_accepted_is_recorded(void **state)
{
	(void)state;
	struct world w;
	struct registry_input *inputs;
	struct registry_edit edits[2] = {{0}};
	size_t len, problems;
	WORLD(&w, LOGIN);
	SHOWS(&w, 1, "account", ADA, BOB);
	struct check_observations found = observe(&w, "login", 1);
	for (size_t i = 0; i < 2; i++) {
		ASSERT_OK(check_observe_inputs(kit_job(), &found, &found.at[i], false, &inputs, &len));
		assert_int_equal(len, 3);
		edits[i] = (struct registry_edit){.def = register_of(&w, "login"), .inputs = inputs, .inputs_len = len};
		ASSERT_OK(check_observe_inputs(kit_job(), &found, &found.at[i], true, &inputs, &len));
		assert_int_equal(len, 2);
	}
	uint64_t size = ledger_size(w.ledger);
	ASSERT_OK(registry_write(kit_job(), w.registry, edits, 2, true, &problems));
	assert_true(problems == 0 && ledger_size(w.ledger) == size);
	assert_int_equal(observe(&w, "login", 1).at[0].state, CHECK_UNRECORDED);
	ASSERT_OK(registry_write(kit_job(), w.registry, edits, 2, false, &problems));
	found = observe(&w, "login", 1);
	assert_int_equal(found.len, 2);
	for (size_t i = 0; i < 2; i++) {
		struct registry_record kept;
		assert_true(found.at[i].state == CHECK_RECORDED && found.at[i].number > 0);
		ASSERT_OK(registry_record(kit_job(), w.registry, now_of(w.ledger), register_of(&w, "login"), found.at[i].number, &kept));
		assert_int_equal(kept.cells[registry_field(kept.def, S("user"))->column].text.len, 32); /* a token */
	}
	world_close(&w);
}

/* An account called "=actor" must not make whoever accepts it its holder. */
static void
test_check_observe__what_a_host_wrote_means_nothing_else(void **state)
{
	(void)state;
	struct world w;
	struct registry_input *inputs;
	struct buf buf = {0};
	size_t len;
	slice key;
	WORLD(&w, LOGIN, DOOR);
	SHOWS(&w, 1, "account", "username==actor;uid=1");
	struct check_observations found = observe(&w, "login", 1);
	ASSERT_OK(check_observe_inputs(kit_job(), &found, &found.at[0], false, &inputs, &len));
	assert_int_equal(len, 2);
	for (size_t i = 0; i < len; i++)
		assert_true(inputs[i].field->type != REGISTRY_PERSON);
	/* Two keys never read the same. */
	buf = buf_open(kit_job(), "key", MIB);
	ASSERT_OK(check_observe_key(kit_job(), w.ledger, &buf, S("a"), false));
	ASSERT_OK(check_observe_key(kit_job(), w.ledger, &buf, S("b, c"), false));
	ASSERT_OK(check_observe_key(kit_job(), w.ledger, &buf, S(""), false));
	ASSERT_OK(buf_end(&buf, &key));
	ASSERT_SLICE(key, "a, \"b, c\", \"\"");
	buf = buf_open(kit_job(), "key", MIB);
	ASSERT_OK(check_observe_key(kit_job(), w.ledger, &buf, S("bob"), true));
	ASSERT_OK(buf_end(&buf, &key));
	assert_true(slice_starts(key, S("person-")));
	world_close(&w);
}

/* The sentence of the first fault of these registers, or "". */
static const char *
lint_said(const struct kit_text *files, size_t len)
{
	struct registry_registers registers;
	(void)kit_fresh();
	struct content content = kit_content(files, len);
	if (registry_load(kit_job(), &content, NULL, &registers).code != ERR_NONE)
		return kit_job()->why;
	for (size_t i = 0; i < registers.len; i++)
		if (check_observe_lint(kit_job(), &registers.at[i], NULL).code != ERR_NONE)
			return kit_job()->why;
	return "";
}
#define LINT(words, ...)                                                                                                                   \
	do {                                                                                                                               \
		const struct kit_text files_[] = {__VA_ARGS__};                                                                            \
		const char *said_ = lint_said(files_, sizeof files_ / sizeof *files_);                                                     \
		if ((words)[0] == '\0' ? said_[0] != '\0' : strstr(said_, (words)) == NULL)                                                \
			fail_msg("expected \"%s\", found \"%s\"", (words), said_);                                                         \
	} while (0)
#define OBSERVED(query, key, matches, sets)                                                                                                \
	REGISTER("door", FIELD("port", "number") FIELD("program", "text") FIELD("to", "link, to: door"),                                   \
	    "observed:\n  query: " query "\n  key: [" key "]\n  matches: " matches "\n  sets: {" sets "}\n")

static void
test_check_observe__lint_finds_what_is_not_there(void **state)
{
	(void)state;
	LINT("", MACHINE, LOGIN, DOOR, DEADLINE, CHANGE("    - account\n    - {table: sudo_rule, key: [path, who, command]}\n"));
	LINT("key: the query has no column \"nr\"", OBSERVED("SELECT port FROM listening_port", "nr", "port", "port: port"));
	LINT("sets: the query has no column \"nr\"", OBSERVED("SELECT port FROM listening_port", "port", "port", "port: nr"));
	LINT("no such table", OBSERVED("SELECT port FROM ports", "port", "port", "port: port"));
	LINT("no parameter :days", OBSERVED("SELECT port FROM listening_port WHERE port > :days", "port", "port", "port: port"));
	LINT("matches: expected a field with one value", OBSERVED("SELECT port FROM listening_port", "port", "to", "port: port"));
	LINT("there is no fact table \"accounts\"", MACHINE, DEADLINE, CHANGE("    - accounts\n"));
	LINT("no column \"pid\" that could count", MACHINE, DEADLINE, CHANGE("    - {table: listening_port, key: [port, pid]}\n"));
	LINT("compares: account has no column \"x\"", MACHINE, DEADLINE, CHANGE("    - {table: account, compares: [x]}\n"));
	LINT("is there twice", MACHINE, DEADLINE, CHANGE("    - account\n    - account\n"));
	LINT("there is no deadline \"put\"", MACHINE, CHANGE("    - account\n"));
	LINT("expected an instant field", MACHINE, DEADLINE,
	    REGISTER("work", CHANGE_FIELDS, "observes-changes: {tables: [account], window-from: title, window-to: ends, approved: [open], deadline: put}\n"));
	LINT("there is no state \"done\"", MACHINE, DEADLINE,
	    REGISTER("work", CHANGE_FIELDS, "observes-changes: {tables: [account], window-from: starts, window-to: ends, approved: [done], deadline: put}\n"));
	LINT("covers: expected a link field", MACHINE, DEADLINE,
	    REGISTER("work", CHANGE_FIELDS,
		"observes-changes: {tables: [account], window-from: starts, window-to: ends, covers: title, approved: [open], deadline: put}\n"));
	LINT("says so too", MACHINE, DEADLINE, CHANGE("    - account\n"), REGISTER("works", CHANGE_FIELDS, WATCHES("    - account\n")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_check_observe__tells_recorded_from_unrecorded_without_names),
	    cmocka_unit_test(test_check_observe__since_when_without_a_gap), cmocka_unit_test(test_check_observe__unseen_only_when_hosts_looked_for_long),
	    cmocka_unit_test(test_check_observe__a_silent_host_is_unseen_and_an_ended_record_does_not_count),
	    cmocka_unit_test(test_check_observe__ignored_until_the_date), cmocka_unit_test(test_check_observe__what_is_accepted_is_recorded),
	    cmocka_unit_test(test_check_observe__what_a_host_wrote_means_nothing_else),
	    cmocka_unit_test(test_check_observe__lint_finds_what_is_not_there)};
	return KIT_TESTS(tests);
}
