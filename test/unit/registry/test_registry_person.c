/* A person's data is found wherever it is, taken away for good, and what else was said stays; what is on hold stays whole. */
#include "access_kit.h"

#include "registry/registry_person.h"

static const char person_yaml[] = "id: person\ntitle: P\nabout: x\nsubject: login\nfields:\n  - {id: login, type: person, required: true}\n  - {id: name, personal: true}\n"
				  "  - {id: team}\nlabel: team\nstates: [{id: here}, {id: gone, end: true}]\nchanges: [{id: leave, to: gone}]\nretention: {after: P30D, from: ended}\n";
static const char request_yaml[] = "id: request\ntitle: R\nabout: x\nfields:\n  - {id: title}\n  - {id: requester, personal: true}\n  - {id: owner, type: person}\n"
				   "  - {id: near, type: link, to: place, many: true}\n"
				   "tasks: {register: search, through: near, each: shelves, of: request, for: shelf, sets: {title: Look here}}\n"
				   "states: [{id: open}]\n";
static const char place_yaml[] = "id: place\ntitle: P\nabout: x\nfields:\n  - {id: title}\n  - {id: shelves, type: link, to: place, many: true}\nstates: [{id: open}]\n";
static const char search_yaml[] = "id: search\ntitle: S\nabout: x\nfields:\n  - {id: title}\n  - {id: request, type: link, to: request}\n  - {id: shelf, type: link, to: place}\n"
				  "states: [{id: open}]\n";

struct world {
	struct place place;
	struct ledger *ledger;
	struct kit_content content;
	struct registry *registry;
};

static void
world_open(struct world *world)
{
	*world = (struct world){.place = place_make()};
	kit_job()->actor = S("carol");
	kit_content_add(&world->content, "register/person.yaml", person_yaml);
	kit_content_add(&world->content, "register/place.yaml", place_yaml);
	kit_content_add(&world->content, "register/request.yaml", request_yaml);
	kit_content_add(&world->content, "register/search.yaml", search_yaml);
	world->ledger = ledger_at(&world->place);
	world->registry = kit_registry(world->ledger, &world->content);
}

static void
world_close(struct world *world)
{
	ledger_close(world->ledger);
	place_remove(&world->place);
}

static void
put(struct world *world, const char *id, int64_t number, const char *change, const char *values)
{
	const struct registry_register *def = registry_find(&world->registry->registers, slice_of(id));
	struct registry_input inputs[8];
	struct registry_edit edit = {.def = def, .number = number, .inputs = inputs, .change = change != NULL ? registry_change(def, slice_of(change)) : NULL};
	slice rest = slice_of(values), one;
	size_t problems;
	while (slice_cut(&rest, ';', &one)) {
		size_t equals = slice_find(one, '=');
		inputs[edit.inputs_len++] =
		    (struct registry_input){.field = registry_field(def, slice_part(one, 0, equals)), .text = slice_from(one, equals + 1)};
	}
	ASSERT_OK(registry_write(kit_job(), world->registry, &edit, 1, false, &problems));
	assert_int_equal(problems, 0);
}

static struct registry_record
get(const struct world *world, const char *id, int64_t number)
{
	struct registry_record record;
	ASSERT_OK(registry_record(
	    kit_job(), world->registry, now_of(world->ledger), registry_find(&world->registry->registers, slice_of(id)), number, &record));
	return record;
}

static void
fill(struct world *world)
{
	put(world, "person", 0, NULL, "login=alice;name=Alice Able;team=Red");
	put(world, "request", 0, NULL, "title=Hers;requester=alice;owner=bob");
	put(world, "request", 0, NULL, "title=Another;requester=Zed;owner=alice");
	put(world, "person", 1, NULL, "team=Blue");
}

static size_t
traces(const struct world *world, const char *name, struct registry_trace **ret)
{
	slice token;
	bool known;
	size_t len;
	ASSERT_OK(registry_person_find(kit_job(), world->registry, slice_of(name), &known, &token));
	ASSERT_OK(registry_person_traces(kit_job(), world->registry, slice_of(name), known ? token : S(""), ret, &len));
	return len;
}

static void
test_registry_person__is_found_wherever_it_is(void **state)
{
	struct world world;
	struct registry_trace *list;
	struct registry_deed *deeds;
	size_t len;
	(void)state;
	world_open(&world);
	fill(&world);
	assert_int_equal(traces(&world, "alice", &list), 3);
	assert_int_equal(list[0].how, REGISTRY_ABOUT);
	assert_int_equal(list[1].how, REGISTRY_NAMED);
	assert_int_equal(list[2].how, REGISTRY_LINKED);
	assert_int_equal(traces(&world, "nobody", &list), 0);
	ASSERT_OK(registry_person_deeds(kit_job(), world.registry, kit_token(world.ledger, "carol"), &deeds, &len));
	assert_int_equal(len, 4);
	world_close(&world);
}

static void
test_registry_person_in__takes_whole_words_only(void **state)
{
	static const struct {
		const char *text;
		bool in;
	} cases[] = {{"ann", true}, {"Ann, who", true}, {"so says ANN.", true}, {"ann's", true}, {"(ann)", true}, {"planned", false}, {"ann@example.org", false},
	    {"ann.able", false}, {"jo-ann", false}, {"anna ann", true}, {"", false}, {"an", false}};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(registry_person_in(slice_of(cases[i].text), S("ann")), cases[i].in);
	assert_false(registry_person_in(S("ann"), S("")));
}

/* Nowhere in any content that can still be opened. */
static bool
is_anywhere(struct ledger *ledger, const char *word)
{
	struct ledger_entry *entries;
	size_t len;
	ASSERT_OK(ledger_entries(kit_job(), ledger, now_of(ledger), 0, &entries, &len));
	for (size_t i = 0; i < len; i++)
		for (size_t s = 0; s < entries[i].subjects_len; s++) {
			slice content;
			if (entries[i].subjects[s].known && ledger_content(kit_job(), ledger, &entries[i].subjects[s].digest, &content).code == ERR_NONE &&
			    slice_has(content, slice_of(word)))
				return true;
		}
	return false;
}

static void
test_registry_person_erase__takes_it_away_for_good(void **state)
{
	struct world world;
	struct registry_erasure done;
	struct registry_trace *list;
	(void)state;
	world_open(&world);
	fill(&world);
	assert_true(is_anywhere(world.ledger, "Alice Able") && is_anywhere(world.ledger, "alice"));
	ASSERT_OK(registry_person_erase(kit_job(), world.registry, S("alice"), S("request 17"), &done));
	assert_int_equal(done.records, 2);
	assert_false(is_anywhere(world.ledger, "Alice Able"));
	assert_false(is_anywhere(world.ledger, "alice"));
	assert_int_equal(traces(&world, "alice", &list), 0);
	/* What else was said stays, stated anew. */
	struct registry_record record = get(&world, "person", 1);
	ASSERT_SLICE(record.cells[registry_field(record.def, S("team"))->column].text, "Blue");
	ASSERT_SLICE(record.cells[registry_field(record.def, S("name"))->column].text, "");
	record = get(&world, "request", 1);
	ASSERT_SLICE(record.label, "Hers");
	record = get(&world, "request", 2);
	slice shown;
	ASSERT_OK(job_format(kit_job(), &shown, "{person:%.*s}", SLICE(record.cells[registry_field(record.def, S("owner"))->column].text)));
	ASSERT_OK(ledger_person_show(kit_job(), world.ledger, shown, &shown));
	ASSERT_SLICE(shown, "erased person");
	ASSERT_ERR(registry_person_erase(kit_job(), world.registry, S("alice"), S("again"), &done), ERR_MISSING, "nothing is held");
	world_close(&world);
}

static void
test_registry_person_erase__takes_what_was_held_before_and_notes(void **state)
{
	struct world world;
	struct registry_erasure done;
	struct registry_trace *list;
	size_t problems;
	(void)state;
	world_open(&world);
	put(&world, "request", 0, NULL, "title=First;requester=Ida Iron");
	put(&world, "request", 1, NULL, "requester=");
	put(&world, "request", 0, NULL, "title=Second;requester=Zed");
	struct registry_edit noted = {.def = registry_find(&world.registry->registers, S("request")), .number = 2, .note = S("Ida Iron called about it")};
	ASSERT_OK(registry_write(kit_job(), world.registry, &noted, 1, false, &problems));
	assert_int_equal(traces(&world, "Ida", &list), 2);
	assert_int_equal(list[0].how, REGISTRY_NAMED);
	ASSERT_SLICE(list[0].fields, "requester (earlier)");
	assert_int_equal(list[1].how, REGISTRY_NOTED);
	ASSERT_ERR(registry_person_erase(kit_job(), world.registry, S("ida iron"), S("Ida Iron asked"), &done), ERR_INPUT, "without the name");
	ASSERT_OK(registry_person_erase(kit_job(), world.registry, S("ida iron"), S("request 17"), &done));
	assert_false(is_anywhere(world.ledger, "Ida Iron"));
	assert_true(is_anywhere(world.ledger, "Zed")); /* whose record only has a note about her */
	assert_int_equal(traces(&world, "Ida Iron", &list), 0);
	ASSERT_SLICE(get(&world, "request", 1).label, "First");
	world_close(&world);
}

static void
test_registry_person_reach__wants_every_definition(void **state)
{
	struct world world;
	struct registry_erasure done;
	(void)state;
	world_open(&world);
	fill(&world);
	ASSERT_OK(registry_person_reach(kit_job(), world.registry));
	struct kit_content less = {0};
	kit_content_add(&less, "register/person.yaml", person_yaml);
	struct registry *registry = kit_registry(world.ledger, &less);
	ASSERT_ERR(registry_person_reach(kit_job(), registry), ERR_CONFLICT, "2 records of the register request are kept");
	ASSERT_ERR(registry_person_erase(kit_job(), registry, S("alice"), S("request 17"), &done), ERR_CONFLICT, "put it back");
	assert_true(is_anywhere(world.ledger, "Alice Able"));
	world_close(&world);
}

static void
test_registry_person_erase__a_hold_stops_it(void **state)
{
	struct world world;
	struct registry_erasure done;
	(void)state;
	world_open(&world);
	fill(&world);
	put(&world, "request", 1, NULL, "hold=litigation");
	uint64_t size = ledger_size(world.ledger);
	ASSERT_ERR(registry_person_erase(kit_job(), world.registry, S("alice"), S("request 17"), &done), ERR_DENIED, "request 1 is on hold (litigation)");
	assert_int_equal(ledger_size(world.ledger), size);
	assert_true(is_anywhere(world.ledger, "Alice Able"));
	world_close(&world);
}

static void
test_registry_retention__erases_what_is_over(void **state)
{
	struct world world;
	struct registry_expired *list;
	struct registry_erasure done;
	size_t len;
	(void)state;
	world_open(&world);
	fill(&world);
	put(&world, "person", 1, "leave", "");
	put(&world, "person", 0, NULL, "login=eve;name=Eve Eager"); /* one without a label is kept no longer */
	put(&world, "person", 2, "leave", "");
	int64_t now = kit_job()->now_us;
	ASSERT_OK(registry_retention_list(kit_job(), world.registry, now + 29 * DAY_US, &list, &len));
	assert_int_equal(len, 0);
	ASSERT_OK(registry_retention_list(kit_job(), world.registry, now + 31 * DAY_US, &list, &len));
	assert_int_equal(len, 2);
	ASSERT_OK(registry_retention_erase(kit_job(), world.registry, list, len, S("retention"), &done));
	assert_int_equal(done.records, 2);
	assert_false(is_anywhere(world.ledger, "Alice Able"));
	assert_false(is_anywhere(world.ledger, "Eve Eager"));
	struct registry_record record = get(&world, "person", 1);
	ASSERT_SLICE(record.base.status, "gone");
	ASSERT_SLICE(record.label, "");
	put(&world, "person", 0, NULL, "login=dora"); /* a number is never used twice */
	assert_int_equal(get(&world, "person", 3).base.number, 3);
	ASSERT_OK(registry_retention_list(kit_job(), world.registry, now + 99 * DAY_US, &list, &len));
	assert_int_equal(len, 0);
	world_close(&world);
}

static void
test_registry_tasks__one_for_each_thing_reached(void **state)
{
	struct world world;
	size_t added;
	(void)state;
	world_open(&world);
	put(&world, "place", 0, NULL, "title=Shelf one");
	put(&world, "place", 0, NULL, "title=Shelf two");
	put(&world, "place", 0, NULL, "title=Room;shelves=1,2");
	put(&world, "place", 0, NULL, "title=Cellar;shelves=2");
	put(&world, "request", 0, NULL, "title=Ask;near=3,4");
	const struct registry_register *def = registry_find(&world.registry->registers, S("request"));
	ASSERT_OK(registry_tasks_add(kit_job(), world.registry, def, 1, &added));
	assert_int_equal(added, 2); /* shelf two is reached twice */
	ASSERT_OK(registry_tasks_add(kit_job(), world.registry, def, 1, &added));
	assert_int_equal(added, 0);
	ASSERT_SLICE(get(&world, "search", 2).label, "Look here");
	ASSERT_ERR(registry_tasks_add(kit_job(), world.registry, registry_find(&world.registry->registers, S("place")), 1, &added), ERR_INPUT, "has no tasks");
	world_close(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registry_person__is_found_wherever_it_is),
	    cmocka_unit_test(test_registry_person_erase__takes_it_away_for_good),
	    cmocka_unit_test(test_registry_person_in__takes_whole_words_only),
	    cmocka_unit_test(test_registry_person_erase__takes_what_was_held_before_and_notes),
	    cmocka_unit_test(test_registry_person_reach__wants_every_definition),
	    cmocka_unit_test(test_registry_person_erase__a_hold_stops_it),
	    cmocka_unit_test(test_registry_retention__erases_what_is_over),
	    cmocka_unit_test(test_registry_tasks__one_for_each_thing_reached),
	};
	return KIT_TESTS(tests);
}
