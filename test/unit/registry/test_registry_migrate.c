/* A definition that would orphan what records hold stops writing, says what is wrong, and moves records as it says itself. */
#include "access_kit.h"

#include "registry/registry_migrate.h"
#include "registry/registry_write.h"

#define BEFORE "id: thing\ntitle: T\nabout: x\nfields:\n  - {id: title, title: T}\n  - {id: responsible, type: text}\n  - {id: colour, type: choice, choices: [red, blue]}\n" \
	       "states: [{id: open}, {id: finished, end: true}]\n"
#define AFTER(owner, more, states) "id: thing\ntitle: T\nabout: x\nfields:\n  - {id: title, title: T}\n  - {id: owner, type: text" owner "}\n" more states
#define STATES "states: [{id: open}, {id: closed, end: true}]\n"

struct world {
	struct place place;
	struct ledger *ledger;
	struct kit_content content;
};

static struct registry *
registry_with(struct world *world, const char *definition)
{
	world->content = (struct kit_content){0};
	kit_content_add(&world->content, "register/thing.yaml", definition);
	return kit_registry(world->ledger, &world->content);
}

static void
world_open(struct world *world)
{
	*world = (struct world){.place = place_make()};
	kit_job()->actor = S("alice");
	world->ledger = ledger_at(&world->place);
	kit_record(world->ledger, "thing", 1, "open", "{\"responsible\":\"bob\",\"title\":\"a\"}");
	kit_record(world->ledger, "thing", 2, "finished", "{\"colour\":\"red\",\"responsible\":\"carol\",\"title\":\"b\"}");
	(void)registry_with(world, BEFORE);
}

static void
world_close(struct world *world)
{
	ledger_close(world->ledger);
	place_remove(&world->place);
}

static size_t
plan(struct registry *registry, struct registry_orphan **ret)
{
	size_t len;
	ASSERT_OK(registry_migrate_plan(kit_job(), registry, &registry->registers.at[0], ret, &len));
	return len;
}

static void
test_registry_migrate__a_definition_that_fits_asks_nothing(void **state)
{
	struct world world;
	struct registry_orphan *orphans;
	size_t records;
	(void)state;
	world_open(&world);
	struct registry *registry = registry_with(&world, BEFORE);
	assert_int_equal(plan(registry, &orphans), 0);
	ASSERT_OK(registry_migrate_need(kit_job(), registry, &registry->registers.at[0]));
	ASSERT_OK(registry_migrate(kit_job(), registry, &registry->registers.at[0], &records));
	assert_int_equal(records, 0);
	world_close(&world);
}

static void
test_registry_migrate__what_would_be_orphaned_stops_writing(void **state)
{
	struct world world;
	struct registry_orphan *orphans;
	size_t records, problems;
	(void)state;
	world_open(&world);
	uint64_t size = ledger_size(world.ledger);
	struct registry *registry = registry_with(&world, AFTER("", "", STATES));
	assert_int_equal(plan(registry, &orphans), 3); /* colour, responsible, the state finished */
	struct registry_input input = {.field = registry_field(&registry->registers.at[0], S("title")), .text = S("c")};
	struct registry_edit edit = {.def = &registry->registers.at[0], .inputs = &input, .inputs_len = 1};
	ASSERT_ERR(registry_write(kit_job(), registry, &edit, 1, false, &problems), ERR_CONFLICT, "assay register migrate thing");
	ASSERT_ERR(registry_migrate(kit_job(), registry, &registry->registers.at[0], &records), ERR_CONFLICT, "nothing says what becomes of the");
	assert_int_equal(ledger_size(world.ledger), size);
	world_close(&world);
}

static void
test_registry_migrate__moves_records_as_the_definition_says(void **state)
{
	struct world world;
	struct registry_orphan *orphans;
	struct registry_record record;
	size_t records;
	(void)state;
	world_open(&world);
	struct registry *registry = registry_with(
	    &world, AFTER(", was: [responsible]", "", "states: [{id: open}, {id: closed, end: true, was: [finished]}]\n") "drops: [colour]\n");
	assert_int_equal(plan(registry, &orphans), 3);
	ASSERT_OK(registry_migrate(kit_job(), registry, &registry->registers.at[0], &records));
	assert_int_equal(records, 2);
	assert_int_equal(plan(registry, &orphans), 0);
	ASSERT_OK(registry_record(kit_job(), registry, now_of(world.ledger), &registry->registers.at[0], 2, &record));
	ASSERT_SLICE(record.base.status, "closed");
	ASSERT_SLICE(record.base.fields, "{\"title\":\"b\",\"owner\":\"carol\"}");
	ASSERT_OK(registry_migrate_need(kit_job(), registry, &registry->registers.at[0]));
	world_close(&world);
}

/* A type that no longer fits in one record and a choice that is gone in another are one field: each record loses only what does not fit. */
static void
test_registry_migrate__leaves_what_fits_alone(void **state)
{
	struct world world;
	struct registry_orphan *orphans;
	struct registry_record record;
	size_t records;
	(void)state;
	world_open(&world);
	kit_record(world.ledger, "thing", 3, "open", "{\"colour\":7,\"title\":\"c\"}");
	kit_record(world.ledger, "thing", 4, "open", "{\"colour\":\"green\",\"title\":\"d\"}");
	kit_record(world.ledger, "thing", 5, "open", "{\"colour\":\"blue\",\"shape\":\"round\",\"title\":\"e\"}");
	struct registry *registry = registry_with(&world, BEFORE "drops: [colour, shape]\n");
	assert_int_equal(plan(registry, &orphans), 3);
	ASSERT_OK(registry_migrate(kit_job(), registry, &registry->registers.at[0], &records));
	assert_int_equal(records, 3);
	assert_int_equal(plan(registry, &orphans), 0);
	ASSERT_OK(registry_record(kit_job(), registry, now_of(world.ledger), &registry->registers.at[0], 3, &record));
	ASSERT_SLICE(record.base.fields, "{\"title\":\"c\"}");
	ASSERT_OK(registry_record(kit_job(), registry, now_of(world.ledger), &registry->registers.at[0], 5, &record));
	ASSERT_SLICE(record.base.fields, "{\"colour\":\"blue\",\"title\":\"e\"}");
	world_close(&world);
}

static void
test_registry_migrate__two_values_for_one_field_are_refused(void **state)
{
	struct world world;
	struct registry_record record;
	size_t records;
	(void)state;
	world_open(&world);
	uint64_t size = ledger_size(world.ledger);
	struct registry *registry = registry_with(&world, AFTER(", was: [colour, responsible]", "", "states: [{id: open}, {id: closed, end: true, was: [finished]}]\n"));
	ASSERT_ERR(registry_migrate(kit_job(), registry, &registry->registers.at[0], &records), ERR_CONFLICT, "another value that goes to \"owner\" too");
	assert_int_equal(ledger_size(world.ledger), size);
	registry = registry_with(&world, AFTER(", was: [responsible]", "", "states: [{id: open}, {id: closed, end: true, was: [finished]}]\n") "drops: [colour]\n");
	ASSERT_OK(registry_migrate(kit_job(), registry, &registry->registers.at[0], &records));
	ASSERT_OK(registry_record(kit_job(), registry, now_of(world.ledger), &registry->registers.at[0], 2, &record));
	ASSERT_SLICE(record.base.fields, "{\"title\":\"b\",\"owner\":\"carol\"}");
	world_close(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registry_migrate__a_definition_that_fits_asks_nothing),
	    cmocka_unit_test(test_registry_migrate__what_would_be_orphaned_stops_writing),
	    cmocka_unit_test(test_registry_migrate__moves_records_as_the_definition_says),
	    cmocka_unit_test(test_registry_migrate__leaves_what_fits_alone),
	    cmocka_unit_test(test_registry_migrate__two_values_for_one_field_are_refused),
	};
	return KIT_TESTS(tests);
}
