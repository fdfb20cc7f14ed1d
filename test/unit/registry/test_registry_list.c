/* Lists and search give what a plain look at every record gives: in order, filtered, cut, and never what the reader may not see. */
#include "access_kit.h"

#include "registry/registry_view.h"
#include "registry/registry_write.h"

#define RECORDS 300

static const char item_yaml[] = "id: item\ntitle: Item\nabout: x\nfields:\n  - {id: title, title: T, required: true}\n  - {id: service, type: link, to: service}\n"
				"  - {id: score, type: number}\n  - {id: kind, type: choice, choices: [a, b, c]}\n  - {id: secret, type: text, read: read-secret}\n"
				"  - {id: owner, type: person}\n"
				"states: [{id: open}, {id: done, end: true}]\nchanges: [{id: end, from: [open], to: done}]\nindex: [score, kind]\nsort: [-score]\n";

struct world {
	struct place place;
	struct ledger *ledger;
	struct kit_content content;
	struct registry *registry;
	const struct registry_register *def;
};

static void
world_open(struct world *world)
{
	struct registry_edit edits[RECORDS];
	size_t problems;
	*world = (struct world){.place = place_make()};
	kit_job()->actor = S("alice");
	kit_registers(&world->content);
	kit_content_add(&world->content, "register/item.yaml", item_yaml);
	world->ledger = ledger_at(&world->place);
	for (int64_t i = 1; i <= 5; i++)
		kit_record(world->ledger, "service", i, "live", "{\"title\":\"S\"}");
	world->registry = kit_registry(world->ledger, &world->content);
	world->def = registry_find(&world->registry->registers, S("item"));
	for (size_t i = 0; i < RECORDS; i++) {
		struct registry_input *in;
		size_t len = 0;
		ASSERT_OK(NEW(kit_job(), 6, &in));
		in[len].field = registry_field(world->def, S("title"));
		ASSERT_OK(job_format(kit_job(), &in[len++].text, "Entry %zu%s", i, i % 97 == 0 ? " rarity" : ""));
		in[len].field = registry_field(world->def, S("service"));
		ASSERT_OK(job_format(kit_job(), &in[len++].text, "%zu", i % 5 + 1));
		in[len].field = registry_field(world->def, S("kind"));
		in[len++].text = i % 3 == 0 ? S("a") : i % 3 == 1 ? S("b") : S("c");
		if (i % 7 != 0) {
			in[len].field = registry_field(world->def, S("score"));
			ASSERT_OK(job_format(kit_job(), &in[len++].text, "%zu", i * 7919 % 50));
		}
		in[len].field = registry_field(world->def, S("secret"));
		in[len++].text = S("hiddenword");
		edits[i] = (struct registry_edit){.def = world->def, .inputs = in, .inputs_len = len};
	}
	ASSERT_OK(registry_write(kit_job(), world->registry, edits, RECORDS, false, &problems));
	assert_int_equal(problems, 0);
	for (size_t i = 0; i < RECORDS; i += 10) {
		struct registry_edit edit = {.def = world->def, .number = (int64_t)i + 1, .change = &world->def->changes[0]};
		ASSERT_OK(registry_write(kit_job(), world->registry, &edit, 1, false, &problems));
	}
}

static void
world_close(struct world *world)
{
	ledger_close(world->ledger);
	place_remove(&world->place);
}

static struct registry_reach
reach_of(const struct world *world, int64_t service)
{
	struct registry_key *keys;
	struct registry_reach reach = {0};
	int64_t *ids;
	size_t len;
	ASSERT_OK(registry_view_keys(kit_job(), world->registry, &keys, &len));
	ASSERT_OK(NEW(kit_job(), len + 1, &ids));
	for (size_t i = 0; i < len; i++)
		if (keys[i].service == service)
			ids[reach.len++] = keys[i].id;
	reach.ids = ids;
	return reach;
}

/* Every record, looked at one by one. */
static size_t
plain_count(const struct world *world, int64_t service, const char *kind, int64_t least, bool ended)
{
	struct registry_rows_of of = {.at = now_of(world->ledger)};
	struct rows rows;
	size_t count = 0;
	ASSERT_OK(registry_rows(kit_job(), world->registry, S("item"), &of, &rows));
	for (size_t i = 0; i < rows.len; i++) {
		const struct cell *c = rows.row[i];
		bool good = (service == 0 || c[registry_field(world->def, S("service"))->column].number == service) &&
			    (kind == NULL || slice_same(c[registry_field(world->def, S("kind"))->column].text, slice_of(kind))) &&
			    (least < 0 || (!c[registry_field(world->def, S("score"))->column].null &&
					      c[registry_field(world->def, S("score"))->column].number >= least)) &&
			    (ended || c[REGISTRY_ENDED].null);
		count += good ? 1 : 0;
	}
	return count;
}

static void
test_registry_list__gives_what_a_plain_look_gives(void **state)
{
	static const char *const kinds[] = {NULL, "a", "b"};
	static const int64_t leasts[] = {-1, 0, 25, 49};
	struct world world;
	(void)state;
	world_open(&world);
	for (size_t k = 0; k < 3; k++)
		for (size_t l = 0; l < 4; l++)
			for (int64_t service = 0; service <= 2; service++)
				for (int ended = 0; ended < 2; ended++) {
					struct registry_list list = {.def = world.def, .ended = ended == 1,
					    .reach = service == 0 ? (struct registry_reach){.all = true} : reach_of(&world, service)};
					struct registry_filter *filters;
					struct rows rows;
					slice where = S("number>0");
					bool more;
					if (kinds[k] != NULL)
						ASSERT_OK(job_format(kit_job(), &where, "%.*s,kind=%s", SLICE(where), kinds[k]));
					if (leasts[l] >= 0)
						ASSERT_OK(job_format(kit_job(), &where, "%.*s, score >= %d", SLICE(where), (int)leasts[l]));
					ASSERT_OK(registry_filter_parse(kit_job(), world.registry, world.def, where, &filters, &list.filters_len));
					list.filters = filters;
					ASSERT_OK(registry_list(kit_job(), world.registry, &list, &rows, &more));
					assert_int_equal(rows.len, plain_count(&world, service, kinds[k], leasts[l], ended == 1));
					int column = registry_field(world.def, S("score"))->column;
					for (size_t i = 1; i < rows.len; i++)
						if (!rows.row[i][column].null)
							assert_true(!rows.row[i - 1][column].null && rows.row[i - 1][column].number >= rows.row[i][column].number);
					if (rows.len < 4)
						continue;
					list.limit = 3;
					struct rows few;
					ASSERT_OK(registry_list(kit_job(), world.registry, &list, &few, &more));
					assert_true(few.len == 3 && more);
					for (size_t i = 0; i < 3; i++)
						assert_int_equal(few.row[i][0].number, rows.row[i][0].number);
				}
	world_close(&world);
}

static void
test_registry_list__refuses_columns_there_are_not(void **state)
{
	struct world world;
	struct registry_filter *filters;
	struct rows rows;
	bool more;
	size_t len;
	(void)state;
	world_open(&world);
	struct registry_list list = {.def = world.def, .reach = {.all = true}, .sort = (const slice[]){{"-colour", 7}}, .sort_len = 1};
	ASSERT_ERR(registry_list(kit_job(), world.registry, &list, &rows, &more), ERR_INPUT, "no column \"-colour\"");
	ASSERT_ERR(registry_filter_parse(kit_job(), world.registry, world.def, S("colour=red"), &filters, &len), ERR_INPUT, "no column \"colour\"");
	ASSERT_ERR(registry_filter_parse(kit_job(), world.registry, world.def, S("score"), &filters, &len), ERR_INPUT, "expected FIELD=VALUE");
	ASSERT_ERR(registry_filter_parse(kit_job(), world.registry, world.def, S("kind=purple"), &filters, &len), ERR_INPUT, "one of a, b, c");
	list = (struct registry_list){.def = world.def}; /* a reader of nothing */
	ASSERT_OK(registry_list(kit_job(), world.registry, &list, &rows, &more));
	assert_int_equal(rows.len, 0);
	world_close(&world);
}

static size_t
found(const struct world *world, const char *words, struct registry_reach reach)
{
	struct registry_found *list;
	size_t len;
	ASSERT_OK(registry_search(kit_job(), world->registry, slice_of(words), reach, 0, &list, &len));
	return len;
}

static void
test_registry_search__finds_words_and_only_what_may_be_seen(void **state)
{
	struct world world;
	struct registry_found *list;
	size_t len;
	(void)state;
	world_open(&world);
	struct registry_reach all = {.all = true}, one = reach_of(&world, 1);
	assert_int_equal(found(&world, "entry", all), RECORDS);
	assert_int_equal(found(&world, "ENTRY rarity", all), 4);
	assert_int_equal(found(&world, "rari", all), 4); /* the beginning of the last word */
	assert_int_equal(found(&world, "entry", one), RECORDS / 5);
	assert_int_equal(found(&world, "hiddenword", all), 0); /* a field with a capability of its own is not searched */
	assert_int_equal(found(&world, "\"entry\" OR NOT (", all), 0); /* nothing in it is an operator */
	assert_int_equal(found(&world, "entry", (struct registry_reach){0}), 0);
	ASSERT_ERR(registry_search(kit_job(), world.registry, S("  "), all, 0, &list, &len), ERR_INPUT, "at least one word");
	world_close(&world);
}

static void
test_registry_view__other_definitions_make_other_tables(void **state)
{
	struct world world;
	(void)state;
	world_open(&world);
	struct kit_content changed = world.content;
	changed.files[changed.content.len - 1].text = S("id: item\ntitle: Item\nabout: x\nfields:\n  - {id: title, title: T}\n  - {id: colour, title: C}\nstates: [{id: open}]\n");
	changed.files[changed.content.len - 1].digest = code_sha256(S("other"));
	changed.content.files = changed.files;
	world.registry = kit_registry(world.ledger, &changed);
	world.def = registry_find(&world.registry->registers, S("item"));
	struct rows rows;
	struct registry_rows_of of = {.at = now_of(world.ledger)};
	ASSERT_OK(registry_rows(kit_job(), world.registry, S("item"), &of, &rows));
	assert_int_equal(rows.len, RECORDS);
	assert_true(table_column(rows.table, S("colour")) >= 0 && table_column(rows.table, S("score")) < 0);
	world_close(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registry_list__gives_what_a_plain_look_gives),
	    cmocka_unit_test(test_registry_list__refuses_columns_there_are_not),
	    cmocka_unit_test(test_registry_search__finds_words_and_only_what_may_be_seen),
	    cmocka_unit_test(test_registry_view__other_definitions_make_other_tables),
	};
	return KIT_TESTS(tests);
}
