/*
 * The decision: a table of roles, scopes, classifications and ends; reach against deciding one by one; refusals and reads that become entries; who may grant.
 */
#include "access_kit.h"

#include "registry/registry_view.h"

/* Services 1 and 2 of unit north, 3 of south; risks 1 to 5; policy 1. */
struct world {
	struct place place;
	struct ledger *ledger;
	struct kit_content kit;
	struct registry *registry;
	slice ada, bob, cat;
};

static void
world_open(struct world *w)
{
	*w = (struct world){.place = place_make()};
	w->ledger = ledger_at(&w->place);
	kit_registers(&w->kit);
	kit_roles(&w->kit);
	kit_job()->actor = S("ada");
	kit_job()->now_us = at_us(1);
	kit_record(w->ledger, "service", 1, "live", "{\"title\":\"Pay\",\"unit\":\"north\"}");
	kit_record(w->ledger, "service", 2, "live", "{\"title\":\"Post\",\"unit\":\"north\"}");
	kit_record(w->ledger, "service", 3, "live", "{\"title\":\"Dig\",\"unit\":\"south\"}");
	kit_record(w->ledger, "risk", 1, "open", "{\"service\":[\"service/1\"],\"title\":\"a\"}");
	kit_record(w->ledger, "risk", 2, "open", "{\"classification\":\"official-sensitive\",\"secret_note\":\"hush\",\"service\":[\"service/2\"],\"title\":\"b\"}");
	kit_record(w->ledger, "risk", 3, "open", "{\"classification\":\"secret\",\"service\":[\"service/1\"],\"title\":\"c\"}");
	kit_record(w->ledger, "risk", 4, "open", "{\"title\":\"d\"}");
	kit_record(w->ledger, "risk", 5, "open", "{\"rests_on\":[\"policy/1\"],\"secret_note\":\"hush\",\"service\":[\"service/3\"],\"title\":\"e\"}");
	kit_record(w->ledger, "policy", 1, "draft", "{\"title\":\"p\"}");
	w->ada = kit_token(w->ledger, "ada");
	w->bob = kit_token(w->ledger, "bob");
	w->cat = kit_token(w->ledger, "cat");
	w->registry = kit_registry(w->ledger, &w->kit);
}

static void
world_close(struct world *w)
{
	ledger_close(w->ledger);
	place_remove(&w->place);
}

static struct ledger_grant
over(slice person, const char *role, const char *scope, int64_t until_us)
{
	struct ledger_grant grant = {.person = person, .role = slice_of(role), .until_us = until_us, .why = S("needs it")};
	int64_t service;
	if (slice_i64(slice_of(scope), &service)) {
		grant.scope = LEDGER_SCOPE_SERVICE;
		grant.service = service;
	} else if (scope[0] != '\0') {
		grant.scope = LEDGER_SCOPE_UNIT;
		grant.unit = slice_of(scope);
	}
	return grant;
}

/* Straight into the ledger, whatever the rules of granting are. */
static uint64_t
give(struct world *w, slice person, const char *role, const char *scope, int64_t until_us)
{
	struct ledger_grant grant = over(person, role, scope, until_us);
	struct ledger_receipt receipt;
	ASSERT_OK(ledger_grant(kit_job(), w->ledger, &grant, &receipt));
	return receipt.index;
}

static struct registry_ask
ask_of(struct world *w, const char *registry, int64_t number, const char *capability)
{
	const struct registry_register *def = registry_find(&w->registry->registers, slice_of(registry));
	struct registry_record record;
	ASSERT_OK(registry_record(kit_job(), w->registry, now_of(w->ledger), def, number, &record));
	return registry_ask_of(w->registry, &record, slice_of(capability));
}

static void
test_registry_access__decides_by_role_scope_classification_and_end(void **state)
{
	(void)state;
	static const struct {
		const char *role, *scope;
		int64_t until_hour; /* 0: without end; now is hour 5 */
		const char *capability, *registry;
		int64_t number;
		bool allowed;
	} table[] = {
	    {"clerk", "", 0, "read", "risk", 1, true},
	    {"clerk", "", 0, "edit", "risk", 1, true},
	    {"clerk", "", 0, "change", "risk", 1, false},   /* capability */
	    {"clerk", "", 0, "read", "risk", 2, false},     /* classification */
	    {"clerk", "", 0, "read", "service", 1, false},  /* register */
	    {"clerk", "", 0, "read", "risk", 4, true},      /* of no service */
	    {"clerk", "1", 0, "read", "risk", 1, true},
	    {"clerk", "3", 0, "read", "risk", 1, false},    /* another service */
	    {"clerk", "1", 0, "read", "risk", 4, false},    /* of none, and the rule is not shared */
	    {"clerk", "1", 0, "read", "policy", 1, true},   /* of none, and the rule is shared */
	    {"clerk", "1", 0, "edit", "policy", 1, false},
	    {"clerk", "north", 0, "read", "risk", 1, true},
	    {"clerk", "south", 0, "read", "risk", 1, false},
	    {"clerk", "south", 0, "read", "risk", 5, true},
	    {"clerk", "nowhere", 0, "read", "risk", 1, false},
	    {"clerk", "", 6, "read", "risk", 1, true},
	    {"clerk", "", 5, "read", "risk", 1, false},     /* ended this moment */
	    {"clerk", "", 4, "read", "risk", 1, false},
	    {"owner", "1", 0, "read", "risk", 3, true},     /* up to secret */
	    {"owner", "1", 0, "accept-risk", "risk", 3, true},
	    {"owner", "1", 0, "accept-risk", "risk", 2, false},
	    {"owner", "1", 0, "read", "service", 1, true},  /* the service itself */
	    {"owner", "1", 0, "read", "service", 2, false},
	    {"owner", "", 0, "read", "risk", 1, false},     /* a role for a service, given over everything */
	    {"visitor", "", 0, "read", "risk", 2, true},
	    {"visitor", "", 0, "read", "risk", 3, false},
	    {"visitor", "", 0, "edit", "risk", 1, false},
	    {"visitor", "1", 0, "read", "policy", 1, true},
	    {"admin", "", 0, "anything-at-all", "risk", 3, true},
	    {"admin", "1", 0, "read", "risk", 1, false},    /* for the organisation only */
	    {"king", "", 0, "read", "risk", 1, false},      /* no such role */
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct world w;
		world_open(&w);
		kit_job()->now_us = at_us(2);
		give(&w, w.ada, "admin", "", 0);
		give(&w, w.bob, table[i].role, table[i].scope, table[i].until_hour > 0 ? at_us(table[i].until_hour) : 0);
		kit_job()->now_us = at_us(5);
		struct registry_access *access = kit_access(w.registry, w.bob);
		struct registry_ask ask = ask_of(&w, table[i].registry, table[i].number, table[i].capability);
		if (registry_access_allows(access, &ask, NULL) != table[i].allowed)
			fail_msg("row %zu: %s over \"%s\" until %lld: %s %s %lld should be %s", i, table[i].role, table[i].scope,
			    (long long)table[i].until_hour, table[i].capability, table[i].registry, (long long)table[i].number,
			    table[i].allowed ? "allowed" : "refused");
		/* Nobody else gained by it. */
		assert_false(registry_access_allows(kit_access(w.registry, w.cat), &ask, NULL));
		assert_false(registry_access_allows(kit_access(w.registry, S("")), &ask, NULL));
		world_close(&w);
	}
}

static void
test_registry_access__a_grant_taken_back_or_outlived_counts_no_more(void **state)
{
	(void)state;
	struct world w;
	struct ledger_receipt receipt;
	world_open(&w);
	give(&w, w.ada, "admin", "", 0);
	uint64_t made = give(&w, w.bob, "clerk", "", 0);
	give(&w, w.cat, "visitor", "", at_us(24 * 300)); /* longer than its role allows */
	struct registry_ask ask = ask_of(&w, "risk", 1, "read");
	assert_true(registry_access_allows(kit_access(w.registry, w.bob), &ask, NULL));
	kit_job()->now_us = at_us(24 * 9);
	assert_true(registry_access_allows(kit_access(w.registry, w.cat), &ask, NULL));
	kit_job()->now_us = at_us(24 * 11);
	struct registry_access *cat = kit_access(w.registry, w.cat);
	assert_false(registry_access_allows(cat, &ask, NULL));
	assert_int_equal(cat->held[0].standing, REGISTRY_HELD_ENDED);
	ASSERT_OK(ledger_grant_revoke(kit_job(), w.ledger, made, S("left"), &receipt));
	assert_false(registry_access_allows(kit_access(w.registry, w.bob), &ask, NULL));
	world_close(&w);
}

/* "shared" is about records: nobody with a role over one service looks over the organisation. */
static void
test_registry_access__a_role_over_a_service_oversees_that_service(void **state)
{
	(void)state;
	struct world w;
	world_open(&w);
	give(&w, w.ada, "admin", "", 0);
	give(&w, w.bob, "visitor", "1", 0);
	give(&w, w.cat, "visitor", "", 0);
	struct registry_access *bob = kit_access(w.registry, w.bob), *cat = kit_access(w.registry, w.cat);
	assert_true(registry_access_oversees(bob, 1) && !registry_access_oversees(bob, 2) && !registry_access_oversees(bob, 0));
	assert_true(registry_access_oversees(cat, 1) && registry_access_oversees(cat, 0));
	world_close(&w);
}

static void
test_registry_access__before_the_first_grant_everybody_is_administrator(void **state)
{
	(void)state;
	struct world w;
	bool allowed;
	slice why;
	world_open(&w);
	struct registry_ask ask = ask_of(&w, "risk", 3, "erase");
	struct registry_access *access = kit_access(w.registry, w.bob);
	ASSERT_OK(registry_access_decide(kit_job(), access, &ask, &allowed, &why));
	assert_true(allowed && slice_has(why, S("no grant was ever made")));
	give(&w, w.ada, "admin", "", 0);
	ASSERT_OK(registry_access_decide(kit_job(), kit_access(w.registry, w.bob), &ask, &allowed, &why));
	assert_false(allowed);
	ASSERT_OK(registry_access_decide(kit_job(), kit_access(w.registry, w.ada), &ask, &allowed, &why));
	assert_true(allowed && slice_has(why, S("gives admin over the organisation")));
	world_close(&w);
}

static void
test_registry_access__fields_have_capabilities_of_their_own(void **state)
{
	(void)state;
	struct world w;
	world_open(&w);
	give(&w, w.ada, "admin", "", 0);
	give(&w, w.bob, "owner", "2", 0);
	give(&w, w.cat, "warden", "", 0);
	const struct registry_register *risk = registry_find(&w.registry->registers, S("risk"));
	const struct registry_field *note = registry_field(risk, S("secret_note")), *title = registry_field(risk, S("title"));
	struct registry_access *bob = kit_access(w.registry, w.bob), *cat = kit_access(w.registry, w.cat);
	struct registry_ask two = ask_of(&w, "risk", 2, "edit"), five = ask_of(&w, "risk", 5, "edit");
	assert_true(registry_access_field(bob, &two, note, false));
	assert_false(registry_access_field(bob, &two, note, true));
	assert_true(registry_access_field(bob, &two, title, true));
	assert_false(registry_access_field(bob, &five, note, false));
	assert_true(registry_access_field(cat, &five, note, true));
	assert_false(registry_access_field(cat, &five, note, false));
	/* "read" alone gives no writing. */
	two.capability = S("read");
	assert_true(registry_access_field(bob, &two, title, true));
	struct registry_ask service = ask_of(&w, "service", 2, "read");
	assert_false(registry_access_field(bob, &service, registry_field(service.def, S("title")), true));
	world_close(&w);
}

static struct rows
list_of(struct world *w, const struct registry_register *def, struct registry_reach reach)
{
	struct registry_list list = {.def = def, .ended = true, .reach = reach};
	struct rows rows;
	bool more;
	ASSERT_OK(registry_list(kit_job(), w->registry, &list, &rows, &more));
	return rows;
}

static bool
lists(const struct rows *rows, int64_t number)
{
	for (size_t i = 0; i < rows->len; i++)
		if (rows->row[i][REGISTRY_NUMBER_COLUMN].number == number)
			return true;
	return false;
}

static void
compare_reach(struct world *w, const struct registry_access *access, slice capability)
{
	struct ledger_record *records;
	size_t len;
	for (size_t d = 0; d < w->registry->registers.len; d++) {
		const struct registry_register *def = &w->registry->registers.at[d];
		struct registry_reach reach;
		ASSERT_OK(registry_access_reach(kit_job(), access, capability, def, &reach));
		for (size_t i = 1; i < reach.len; i++)
			assert_true(reach.ids[i - 1] < reach.ids[i]);
		struct rows rows = list_of(w, def, reach);
		ASSERT_OK(ledger_records(kit_job(), w->ledger, now_of(w->ledger), def->id, &records, &len));
		for (size_t i = 0; i < len; i++) {
			struct registry_record record;
			ASSERT_OK(registry_record_of(kit_job(), def, &records[i], &record));
			struct registry_ask ask = registry_ask_of(w->registry, &record, capability);
			assert_int_equal(lists(&rows, record.base.number), registry_access_allows(access, &ask, NULL));
		}
	}
}

/* A property: whatever grants a person has, a list shows exactly the records that may be read one by one. */
static void
test_registry_access__reach_is_the_decision_record_by_record(void **state)
{
	(void)state;
	static const char *const roles[] = {"clerk", "owner", "visitor", "warden", "admin", "king"};
	static const char *const scopes[] = {"", "1", "2", "3", "north", "south"};
	struct world w;
	world_open(&w);
	give(&w, w.ada, "admin", "", 0);
	uint32_t seed = 7;
	for (int64_t n = 6; n < 60; n++) {
		static const char *const classes[] = {"official", "official-sensitive", "secret", "top-secret"};
		slice fields;
		seed = seed * 1664525u + 1013904223u;
		if (seed >> 30 == 0)
			ASSERT_OK(job_format(kit_job(), &fields, "{\"classification\":\"%s\",\"title\":\"x\"}", classes[seed >> 16 & 3]));
		else
			ASSERT_OK(job_format(kit_job(), &fields, "{\"classification\":\"%s\",\"service\":[\"service/%u\"],\"title\":\"x\"}",
			    classes[seed >> 16 & 3], (seed >> 20) % 3 + 1));
		kit_record(w.ledger, "risk", n, "open", copy_text(fields));
	}
	w.registry = kit_registry(w.ledger, &w.kit);
	for (unsigned round = 0; round < 40; round++) {
		slice name;
		ASSERT_OK(job_format(kit_job(), &name, "p%u", round));
		slice token = kit_token(w.ledger, copy_text(name));
		seed = seed * 1664525u + 1013904223u;
		for (unsigned g = 0; g < 1 + (seed >> 28) % 3; g++) {
			seed = seed * 1664525u + 1013904223u;
			give(&w, token, roles[(seed >> 24) % (round % 8 == 0 ? 6 : 4)], scopes[(seed >> 16 & 255) % 6], 0);
		}
		compare_reach(&w, kit_access(w.registry, token), S("read"));
	}
	/* And with no grant at all, nothing; before the alarm can be trusted it must ring. */
	struct registry_reach reach;
	ASSERT_OK(registry_access_reach(kit_job(), kit_access(w.registry, w.bob), S("read"), NULL, &reach));
	assert_true(!reach.all && reach.len == 0);
	struct rows rows = list_of(&w, registry_find(&w.registry->registers, S("risk")), reach);
	assert_int_equal(rows.len, 0);
	world_close(&w);
}

static void
test_registry_access__a_refusal_is_an_entry_and_says_who_would(void **state)
{
	(void)state;
	struct world w;
	struct ledger_access_event *events;
	size_t len;
	world_open(&w);
	give(&w, w.ada, "admin", "", 0);
	give(&w, w.bob, "clerk", "", 0);
	kit_job()->actor = S("bob");
	struct registry_access *access;
	ASSERT_OK(registry_access_open_mine(kit_job(), w.registry, &access));
	struct registry_ask accept = ask_of(&w, "risk", 1, "accept-risk"), read = ask_of(&w, "risk", 1, "read");
	ASSERT_OK(registry_access_need(kit_job(), access, &read));
	ASSERT_ERR(registry_access_need(kit_job(), access, &accept), ERR_DENIED, "bob may not accept-risk risk 1");
	assert_non_null(strstr(kit_job()->why, "role owner would allow it"));
	assert_null(strstr(kit_job()->why, "admin or"));
	ASSERT_OK(ledger_access_events(kit_job(), w.ledger, now_of(w.ledger), &(struct ledger_access_log){.denied = true}, &events, &len));
	assert_int_equal(len, 1);
	assert_true(slice_same(events[0].person, w.bob) && events[0].numbers[0] == 1);
	ASSERT_SLICE(events[0].capability, "accept-risk");
	ASSERT_ERR(registry_access_deny(kit_job(), access, &read), ERR_BUG, "and yet");
	/* Somebody nobody ever heard of is refused in the same way. */
	kit_job()->actor = S("mallory");
	ASSERT_OK(registry_access_open_mine(kit_job(), w.registry, &access));
	ASSERT_ERR(registry_access_need(kit_job(), access, &read), ERR_DENIED, "mallory may not read risk 1: has no role");
	ASSERT_OK(ledger_access_events(kit_job(), w.ledger, now_of(w.ledger), &(struct ledger_access_log){.newest = 1}, &events, &len));
	assert_true(len == 1 && slice_same(events[0].person, kit_token(w.ledger, "mallory")));
	world_close(&w);
}

static void
test_registry_access__reads_of_what_is_sensitive_are_entries(void **state)
{
	(void)state;
	struct world w;
	struct ledger_access_event *events;
	struct registry_record record;
	struct registry_reach reach;
	slice title = S("title"), both[] = {S("title"), S("secret_note")};
	size_t len;
	world_open(&w);
	give(&w, w.ada, "admin", "", 0);
	give(&w, w.cat, "warden", "", 0);
	struct registry_access *ada = kit_access(w.registry, w.ada), *cat = kit_access(w.registry, w.cat);
	const struct registry_register *risk = registry_find(&w.registry->registers, S("risk"));
	uint64_t size = ledger_size(w.ledger);
	ASSERT_OK(registry_record(kit_job(), w.registry, now_of(w.ledger), risk, 1, &record));
	ASSERT_OK(registry_access_note_read(kit_job(), ada, &record));
	ASSERT_OK(registry_record(kit_job(), w.registry, now_of(w.ledger), risk, 5, &record));
	ASSERT_OK(registry_access_note_read(kit_job(), cat, &record)); /* she does not see the note */
	assert_int_equal(ledger_size(w.ledger), size);
	ASSERT_OK(registry_access_note_read(kit_job(), ada, &record));
	assert_int_equal(ledger_size(w.ledger), size + 1);
	ASSERT_OK(ledger_access_events(kit_job(), w.ledger, now_of(w.ledger), &(struct ledger_access_log){.read = true}, &events, &len));
	assert_true(len == 1 && events[0].numbers[0] == 5 && events[0].fields_len == 1);
	ASSERT_SLICE(events[0].fields[0], "secret_note");
	/* A list: two classified records whose note is not shown are one entry; with the note, two. */
	ASSERT_OK(registry_access_reach(kit_job(), ada, S("read"), risk, &reach));
	struct rows rows = list_of(&w, risk, reach);
	ASSERT_OK(registry_access_note_rows(kit_job(), ada, &rows, risk, &title, 1));
	assert_int_equal(ledger_size(w.ledger), size + 2);
	ASSERT_OK(registry_access_note_rows(kit_job(), ada, &rows, risk, both, 2));
	assert_int_equal(ledger_size(w.ledger), size + 4);
	ASSERT_OK(ledger_access_events(kit_job(), w.ledger, now_of(w.ledger), &(struct ledger_access_log){.read = true}, &events, &len));
	assert_int_equal(len, 1 + 2 + 3);
	world_close(&w);
}

static void
test_registry_access__masks_what_may_not_be_seen(void **state)
{
	(void)state;
	struct world w;
	struct registry_reach reach;
	bool good;
	world_open(&w);
	give(&w, w.ada, "admin", "", 0);
	give(&w, w.bob, "owner", "2", 0);
	give(&w, w.bob, "clerk", "", 0);
	struct registry_access *bob = kit_access(w.registry, w.bob), *ada = kit_access(w.registry, w.ada);
	const struct registry_register *risk = registry_find(&w.registry->registers, S("risk"));
	int note = table_column(&risk->table, S("secret_note"));
	ASSERT_OK(registry_access_reach(kit_job(), bob, S("read"), risk, &reach));
	struct rows rows = list_of(&w, risk, reach);
	ASSERT_OK(registry_access_mask(kit_job(), bob, risk, &rows));
	for (size_t i = 0; i < rows.len; i++) {
		int64_t number = rows.row[i][REGISTRY_NUMBER_COLUMN].number;
		ASSERT_SLICE(rows.row[i][note].text, number == 2 ? "hush" : number == 5 ? "(kept)" : "");
	}
	ASSERT_OK(registry_access_column(kit_job(), bob, risk, S("secret_note"), &good));
	assert_false(good);
	ASSERT_OK(registry_access_column(kit_job(), bob, risk, S("title"), &good));
	assert_true(good);
	ASSERT_OK(registry_access_column(kit_job(), ada, risk, S("secret_note"), &good));
	assert_true(good);
	world_close(&w);
}

static bool
has_row(const struct rows *rows, const char *registry, int64_t number)
{
	int at = table_column(rows->table, S("register")), n = table_column(rows->table, S("number"));
	for (size_t i = 0; i < rows->len; i++)
		if (rows->row[i][n].number == number && (at < 0 || slice_same(rows->row[i][at].text, slice_of(registry))))
			return true;
	return false;
}

static struct rows
question_rows(struct world *w, const struct registry_access *access, const char *table, const struct registry_register *def)
{
	struct registry_rows_of of = {.at = now_of(w->ledger)};
	struct registry_coverage coverage;
	struct rows rows;
	ASSERT_OK(registry_access_coverage(kit_job(), access, &coverage));
	ASSERT_OK(registry_rows(kit_job(), w->registry, slice_of(table), &of, &rows));
	ASSERT_OK(registry_access_rows(kit_job(), access, &coverage, def, &rows));
	return rows;
}

static void
test_registry_access__questions_see_what_may_be_read(void **state)
{
	(void)state;
	struct world w;
	struct registry_coverage coverage;
	world_open(&w);
	give(&w, w.ada, "admin", "", 0);
	give(&w, w.bob, "clerk", "south", 0);
	struct registry_access *bob = kit_access(w.registry, w.bob), *ada = kit_access(w.registry, w.ada);
	const struct registry_register *risk = registry_find(&w.registry->registers, S("risk"));
	struct rows rows = question_rows(&w, bob, "risk", risk);
	assert_true(rows.len == 1 && rows.row[0][REGISTRY_NUMBER_COLUMN].number == 5);
	ASSERT_SLICE(rows.row[0][table_column(&risk->table, S("secret_note"))].text, "(kept)");
	rows = question_rows(&w, bob, "link", NULL);
	assert_true(rows.len == 1 && has_row(&rows, "risk", 5) && !has_row(&rows, "risk", 1)); /* its service, not the policy of a field that is not his to see */
	ASSERT_SLICE(rows.row[0][2].text, "service");
	assert_int_equal(question_rows(&w, ada, "link", NULL).len, 5);
	rows = question_rows(&w, bob, "status_change", NULL);
	assert_true(rows.len == 2 && has_row(&rows, "policy", 1) && has_row(&rows, "risk", 5)); /* policies are of no service, and shared */
	assert_int_equal(question_rows(&w, ada, "risk", risk).len, 5);
	assert_int_equal(question_rows(&w, ada, "status_change", NULL).len, 9);
	assert_int_equal(question_rows(&w, kit_access(w.registry, w.cat), "status_change", NULL).len, 0);
	ASSERT_OK(registry_access_coverage(kit_job(), bob, &coverage));
	assert_true(registry_coverage_any(&coverage, S("risk")) && !registry_coverage_any(&coverage, S("service")));
	assert_true(registry_coverage_has(&coverage, S("risk"), 5) && !registry_coverage_has(&coverage, S("risk"), 4));
	world_close(&w);
}

static void
test_registry_access__granting_leaves_an_administrator_and_gives_no_more_than_one_has(void **state)
{
	(void)state;
	struct world w;
	struct ledger_receipt receipt, first;
	struct ledger_grant grant;
	world_open(&w);
	struct registry_access *ada = kit_access(w.registry, w.ada);
	grant = over(w.bob, "clerk", "", 0);
	ASSERT_ERR(registry_access_grant(kit_job(), ada, &grant, &receipt), ERR_INPUT, "assay access grant NAME admin --why");
	grant = over(w.ada, "admin", "", at_us(90));
	ASSERT_ERR(registry_access_grant(kit_job(), ada, &grant, &receipt), ERR_INPUT, "without end");
	grant.until_us = 0;
	ASSERT_OK(registry_access_grant(kit_job(), ada, &grant, &first));
	ada = kit_access(w.registry, w.ada);
	/* The role's own rules. */
	grant = over(w.bob, "king", "", 0);
	ASSERT_ERR(registry_access_grant(kit_job(), ada, &grant, &receipt), ERR_INPUT, "no role \"king\"");
	grant = over(w.bob, "owner", "", 0);
	ASSERT_ERR(registry_access_grant(kit_job(), ada, &grant, &receipt), ERR_INPUT, "over one service");
	grant = over(w.bob, "owner", "9", 0);
	ASSERT_ERR(registry_access_grant(kit_job(), ada, &grant, &receipt), ERR_MISSING, "no service 9");
	grant = over(w.bob, "visitor", "", 0);
	ASSERT_ERR(registry_access_grant(kit_job(), ada, &grant, &receipt), ERR_INPUT, "needs an end");
	grant = over(w.bob, "visitor", "", at_us(24 * 30));
	ASSERT_ERR(registry_access_grant(kit_job(), ada, &grant, &receipt), ERR_INPUT, "needs an end");
	grant = over(w.bob, "visitor", "", at_us(24 * 9));
	ASSERT_OK(registry_access_grant(kit_job(), ada, &grant, &receipt));
	/* Who may not grant, and who may but gives too much. */
	grant = over(w.cat, "clerk", "", 0);
	ASSERT_ERR(registry_access_grant(kit_job(), kit_access(w.registry, w.bob), &grant, &receipt), ERR_DENIED, "bob may not grant");
	grant = over(w.cat, "warden", "", 0);
	ASSERT_OK(registry_access_grant(kit_job(), ada, &grant, &receipt));
	struct registry_access *cat = kit_access(w.registry, w.cat);
	grant = over(w.bob, "clerk", "1", 0);
	ASSERT_OK(registry_access_grant(kit_job(), cat, &grant, &receipt));
	grant = over(w.cat, "clerk", "1", 0);
	ASSERT_ERR(registry_access_grant(kit_job(), cat, &grant, &receipt), ERR_DENIED, "to themselves");
	grant = over(w.bob, "admin", "", 0);
	ASSERT_ERR(registry_access_grant(kit_job(), cat, &grant, &receipt), ERR_DENIED, "only an administrator");
	/* The last administrator stays; the last but one may go. */
	ASSERT_ERR(registry_access_revoke(kit_job(), kit_access(w.registry, w.ada), first.index, S("x"), &receipt), ERR_DENIED, "last administrator");
	grant = over(w.bob, "admin", "", at_us(500)); /* one with an end is no help */
	ASSERT_OK(registry_access_grant(kit_job(), ada, &grant, &receipt));
	ASSERT_ERR(registry_access_revoke(kit_job(), kit_access(w.registry, w.ada), first.index, S("x"), &receipt), ERR_DENIED, "last administrator");
	grant.until_us = 0;
	ASSERT_OK(registry_access_grant(kit_job(), ada, &grant, &receipt));
	ASSERT_OK(registry_access_revoke(kit_job(), kit_access(w.registry, w.ada), first.index, S("x"), &receipt));
	ASSERT_ERR(registry_access_revoke(kit_job(), kit_access(w.registry, w.bob), 0, S("x"), &receipt), ERR_MISSING, "no grant 0");
	world_close(&w);
}

static void
test_registry_access__explains_grant_by_grant(void **state)
{
	(void)state;
	struct world w;
	struct ledger_receipt receipt;
	struct registry_reason *reasons;
	size_t len;
	world_open(&w);
	give(&w, w.ada, "admin", "", 0);
	give(&w, w.bob, "clerk", "3", 0);                          /* scope */
	give(&w, w.bob, "warden", "", 0);                          /* classification, of risk 2 */
	uint64_t back = give(&w, w.bob, "owner", "2", 0);          /* taken back */
	give(&w, w.bob, "owner", "2", 0);                          /* applies */
	give(&w, w.bob, "king", "", 0);
	give(&w, w.bob, "visitor", "", at_us(2));                  /* ended */
	ASSERT_OK(ledger_grant_revoke(kit_job(), w.ledger, back, S("x"), &receipt));
	kit_job()->now_us = at_us(4);
	struct registry_ask ask = ask_of(&w, "risk", 2, "read");
	ASSERT_OK(registry_access_explain(kit_job(), kit_access(w.registry, w.bob), &ask, &reasons, &len));
	assert_int_equal(len, 6);
	assert_true(slice_has(reasons[0].says, S("classified above")) && !reasons[0].applies);
	assert_true(slice_has(reasons[1].says, S("classified above")));
	assert_true(slice_has(reasons[2].says, S("taken back")));
	assert_true(slice_has(reasons[3].says, S("it applies")) && reasons[3].applies);
	assert_true(slice_has(reasons[4].says, S("no role of that name")));
	assert_true(slice_has(reasons[5].says, S("it ended on")));
	ask = ask_of(&w, "risk", 1, "edit");
	ASSERT_OK(registry_access_explain(kit_job(), kit_access(w.registry, w.bob), &ask, &reasons, &len));
	assert_true(slice_has(reasons[0].says, S("not within its scope")));
	ask = ask_of(&w, "policy", 1, "edit");
	ASSERT_OK(registry_access_explain(kit_job(), kit_access(w.registry, w.bob), &ask, &reasons, &len));
	assert_true(slice_has(reasons[0].says, S("the role may not edit policy 1")));
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registry_access__decides_by_role_scope_classification_and_end),
	    cmocka_unit_test(test_registry_access__a_grant_taken_back_or_outlived_counts_no_more),
	    cmocka_unit_test(test_registry_access__a_role_over_a_service_oversees_that_service),
	    cmocka_unit_test(test_registry_access__before_the_first_grant_everybody_is_administrator),
	    cmocka_unit_test(test_registry_access__fields_have_capabilities_of_their_own),
	    cmocka_unit_test(test_registry_access__reach_is_the_decision_record_by_record),
	    cmocka_unit_test(test_registry_access__a_refusal_is_an_entry_and_says_who_would),
	    cmocka_unit_test(test_registry_access__reads_of_what_is_sensitive_are_entries),
	    cmocka_unit_test(test_registry_access__masks_what_may_not_be_seen),
	    cmocka_unit_test(test_registry_access__questions_see_what_may_be_read),
	    cmocka_unit_test(test_registry_access__granting_leaves_an_administrator_and_gives_no_more_than_one_has),
	    cmocka_unit_test(test_registry_access__explains_grant_by_grant),
	};
	return KIT_TESTS(tests);
}
