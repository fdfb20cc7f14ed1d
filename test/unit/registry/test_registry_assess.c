/* A library of threats is read strictly; what it proposes is what no open record covers and nobody rejected, among what may be read. */
#include "access_kit.h"

#include "ledger/ledger_ignore.h"
#include "registry/registry_assess.h"
#include "registry/registry_lint.h"

static const char thing_yaml[] =
    "id: thing\ntitle: Thing\nabout: x\nfields:\n  - {id: title, title: T}\n  - {id: service, title: S, type: link, to: service}\n"
    "  - {id: kind, type: choice, choices: [door, window]}\nstates: [{id: open}, {id: gone, end: true}]\n";
static const char place_yaml[] = "id: place\ntitle: Place\nabout: x\nlabel: who\nfields:\n  - {id: who, title: W, type: person}\nstates: [{id: open}, {id: gone, end: true}]\n";
static const char service_yaml[] = "id: service\ntitle: Service\nabout: x\nfields:\n  - {id: title, title: T}\nstates: [{id: live}, {id: off, end: true}]\n";
#define DANGER_FIELDS                                                                                                                     \
	"id: danger\ntitle: Danger\nabout: x\nfields:\n  - {id: title, title: T, max: 30}\n  - {id: from, title: F}\n  - {id: kind, type: choice, choices: [cyber, fraud]}\n" \
	"  - {id: likely, type: number, min: 1, max: 5}\n  - {id: text, type: long}\n  - {id: things, type: link, to: [thing, place], many: true}\n"                         \
	"  - {id: service, type: link, to: service}\n  - {id: owner, type: person}\nstates: [{id: open}, {id: gone, end: true}]\n"                                            \
	"changes: [{id: drop, from: [open], to: gone}]\n"
#define ASSESS "assess: {threats: threat, links: {thing: things, place: things, service: service}, sets: {title: title, from: id, kind: category, likely: likelihood, text: story}, asks: [likely]}\n"

#define THREAT(id, targets)                                                                                                               \
	"id: " id "\ntitle: Threat of " id "\nabout: what happens\ncategory: cyber\nlikelihood: 4\nlikelihood-because: often\nimpact: 3\nimpact-because: bad\n" \
	"source: x\ncontrols: [a lock]\napplies-to:\n" targets

struct world {
	struct place place;
	struct ledger *ledger;
	struct kit_content content;
	struct registry *registry;
	const struct registry_register *danger;
};

static void
put_content(struct kit_content *kit)
{
	kit_content_add(kit, "register/danger.yaml", DANGER_FIELDS "abilities: [assess]\n" ASSESS);
	kit_content_add(kit, "register/place.yaml", place_yaml);
	kit_content_add(kit, "register/service.yaml", service_yaml);
	kit_content_add(kit, "register/thing.yaml", thing_yaml);
	kit_content_add(kit, "threat/break-in.yaml",
	    THREAT("break-in", "  - {register: thing, when: kind = 'door', because: It opens}\n"
			       "  - {register: thing, sql: 'SELECT number FROM thing WHERE kind = ''door''', because: It opens twice}\n"
			       "  - {register: place, because: People are there}\n"));
}

static void
world_open(struct world *world)
{
	*world = (struct world){.place = place_make()};
	kit_job()->actor = S("alice");
	put_content(&world->content);
	world->ledger = ledger_at(&world->place);
	kit_record(world->ledger, "service", 1, "live", "{\"title\":\"One\"}");
	kit_record(world->ledger, "thing", 1, "open", "{\"kind\":\"door\",\"service\":[\"service/1\"],\"title\":\"Front\"}");
	kit_record(world->ledger, "thing", 2, "open", "{\"kind\":\"window\",\"title\":\"Side\"}");
	kit_record(world->ledger, "thing", 3, "open", "{\"kind\":\"door\",\"title\":\"Back\"}");
	kit_record(world->ledger, "thing", 4, "gone", "{\"kind\":\"door\",\"title\":\"Old\"}");
	kit_record(world->ledger, "place", 1, "open", "{\"who\":\"t1\"}");
	world->registry = kit_registry(world->ledger, &world->content);
	world->danger = registry_find(&world->registry->registers, S("danger"));
}

static void
world_close(struct world *world)
{
	ledger_close(world->ledger);
	place_remove(&world->place);
}

static size_t
proposed(struct world *world, int64_t service, struct registry_proposal **ret)
{
	size_t len;
	world->registry = kit_registry(world->ledger, &world->content);
	world->danger = registry_find(&world->registry->registers, S("danger"));
	ASSERT_OK(registry_assess(kit_job(), world->registry, NULL, now_of(world->ledger), world->danger, service, ret, &len));
	return len;
}

static slice
text_of(const struct registry_input *inputs, size_t len, const char *field)
{
	for (size_t i = 0; i < len; i++)
		if (slice_same(inputs[i].field->id, slice_of(field)))
			return inputs[i].text;
	return S("");
}

static void
test_registry_assess__proposes_each_threat_to_each_open_thing_once(void **state)
{
	struct registry_proposal *found;
	struct world world;
	(void)state;
	world_open(&world);
	assert_int_equal(proposed(&world, 0, &found), 3); /* place 1, thing 1, thing 3: no window, nothing that ended, nothing twice */
	ASSERT_SLICE(found[0].key, "break-in place/1");
	ASSERT_SLICE(found[0].label, ""); /* a person's name stays where it is */
	ASSERT_SLICE(found[1].key, "break-in thing/1");
	ASSERT_SLICE(found[1].label, "Front");
	assert_int_equal(found[1].service, 1);
	ASSERT_SLICE(found[2].key, "break-in thing/3");
	assert_int_equal(found[0].id.len, 12);
	assert_int_equal(found[0].state, REGISTRY_PROPOSED);
	slice before;
	ASSERT_OK(job_copy(kit_job(), found[1].id, &before));
	assert_int_equal(proposed(&world, 1, &found), 1);
	assert_true(slice_same(found[0].id, before));
	world_close(&world);
}

static void
test_registry_assess__is_covered_by_an_open_record_only(void **state)
{
	struct registry_proposal *found;
	struct world world;
	(void)state;
	world_open(&world);
	kit_record(world.ledger, "danger", 1, "open", "{\"from\":\"break-in\",\"things\":[\"thing/1\"]}");
	kit_record(world.ledger, "danger", 2, "gone", "{\"from\":\"break-in\",\"things\":[\"thing/3\"]}");
	kit_record(world.ledger, "danger", 3, "open", "{\"from\":\"flood\",\"things\":[\"place/1\"]}");
	assert_int_equal(proposed(&world, 0, &found), 3);
	assert_int_equal(found[0].state, REGISTRY_PROPOSED); /* another threat to it */
	assert_int_equal(found[1].state, REGISTRY_COVERED);
	assert_int_equal(found[1].covered_by, 1);
	assert_int_equal(found[2].state, REGISTRY_PROPOSED); /* what covered it has ended */
	int64_t by;
	ASSERT_OK(registry_assess_covered(kit_job(), world.registry, now_of(world.ledger), world.danger, S("break-in thing/1"), &by));
	assert_int_equal(by, 1);
	ASSERT_OK(registry_assess_covered(kit_job(), world.registry, now_of(world.ledger), world.danger, S("break-in thing/3"), &by));
	assert_int_equal(by, 0);
	world_close(&world);
}

static void
test_registry_assess__leaves_what_was_rejected_until_the_day(void **state)
{
	struct registry_proposal *found;
	struct ledger_receipt receipt;
	struct world world;
	slice key = S("break-in thing/1");
	struct ledger_ignore_form form = {.registry = S("danger"), .keys = &key, .keys_len = 1, .why = S("it is bricked up")};
	(void)state;
	world_open(&world);
	form.until_us = job_now(kit_job()) + DAY_US;
	ASSERT_OK(ledger_ignore_append(kit_job(), world.ledger, &form, &receipt));
	assert_int_equal(proposed(&world, 0, &found), 3);
	assert_int_equal(found[1].state, REGISTRY_REJECTED);
	ASSERT_SLICE(found[1].why, "it is bricked up");
	assert_int_equal(found[2].state, REGISTRY_PROPOSED);
	struct ledger_moment later = now_of(world.ledger);
	size_t len;
	later.now_us += 2 * DAY_US;
	ASSERT_OK(registry_assess(kit_job(), world.registry, NULL, later, world.danger, 0, &found, &len));
	assert_int_equal(found[1].state, REGISTRY_PROPOSED);
	world_close(&world);
}

static void
test_registry_assess_inputs__make_a_record_that_covers(void **state)
{
	struct registry_proposal *found;
	struct registry_input *inputs, given;
	struct world world;
	size_t len, problems;
	(void)state;
	world_open(&world);
	assert_int_equal(proposed(&world, 0, &found), 3);
	given = (struct registry_input){.field = registry_field(world.danger, S("likely")), .text = S("2")};
	ASSERT_OK(registry_assess_inputs(kit_job(), world.registry, world.danger, &found[1], &given, 1, &inputs, &len));
	ASSERT_SLICE(text_of(inputs, len, "likely"), "2"); /* what is given goes before */
	ASSERT_SLICE(text_of(inputs, len, "title"), "Threat of break-in: Front");
	ASSERT_SLICE(text_of(inputs, len, "things"), "thing/1");
	ASSERT_SLICE(text_of(inputs, len, "service"), "service/1");
	assert_true(slice_starts(text_of(inputs, len, "text"), S("It opens\nLikelihood 4 to begin with: often")));
	struct registry_edit edit = {.def = world.danger, .inputs = inputs, .inputs_len = len};
	ASSERT_OK(registry_write(kit_job(), world.registry, &edit, 1, false, &problems));
	assert_int_equal(problems, 0);
	assert_int_equal(proposed(&world, 0, &found), 3);
	assert_int_equal(found[1].state, REGISTRY_COVERED);
	ASSERT_OK(registry_assess_inputs(kit_job(), world.registry, world.danger, &found[0], NULL, 0, &inputs, &len));
	ASSERT_SLICE(text_of(inputs, len, "title"), "Threat of break-in: Place 1");
	ASSERT_SLICE(text_of(inputs, len, "likely"), "4");
	world_close(&world);
}

/* Reading */

static err
load_one(const char *threat, size_t *ret_len)
{
	static struct kit_content kit;
	struct registry_registers registers;
	struct registry_threats threats;
	kit = (struct kit_content){0};
	put_content(&kit);
	kit.content.len--;
	kit_content_add(&kit, "threat/break-in.yaml", threat);
	TRY(registry_load(kit_fresh(), &kit.content, NULL, &registers));
	const struct registry_register *danger = registry_find(&registers, S("danger"));
	TRY(registry_threat_load(kit_job(), &kit.content, &registers, danger, &threats));
	*ret_len = threats.len;
	return OK;
}

static err
hand_up(struct job *job, void *to, err found)
{
	(void)job, (void)to;
	return found;
}

static err
lint_one(const char *threat)
{
	DEFER(query_close_at) struct query *query = NULL;
	static struct kit_content kit;
	struct registry_registers registers;
	kit = (struct kit_content){0};
	put_content(&kit);
	kit.content.len--;
	kit_content_add(&kit, "threat/break-in.yaml", threat);
	TRY(registry_load(kit_fresh(), &kit.content, NULL, &registers));
	TRY(registry_empty_query(kit_job(), &registers, &query));
	return registry_threat_lint(kit_job(), &kit.content, &registers, query, registry_find(&registers, S("danger")), hand_up, NULL);
}

#define TARGET "  - {register: thing, because: x}\n"
#define HEAD "title: T\nabout: x\nsource: x\nlikelihood: 1\nlikelihood-because: x\nimpact: 5\nimpact-because: x\n"

static void
test_registry_threat_load__refuses_by_line(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
	    {"id: other\n" HEAD "applies-to:\n" TARGET, "the file's own name"},
	    {"id: break-in\ncolour: red\n" HEAD "applies-to:\n" TARGET, "unknown key \"colour\""},
	    {"id: break-in\n" HEAD, "applies-to"},
	    {"id: break-in\n" HEAD "applies-to: []\n", "found nothing"},
	    {"id: break-in\n" HEAD "applies-to:\n  - {register: danger, because: x}\n", "links threats to no records of \"danger\""},
	    {"id: break-in\n" HEAD "applies-to:\n  - {register: thing, when: '1', sql: SELECT number FROM thing, because: x}\n", "either when or sql"},
	    {"id: break-in\n" HEAD "applies-to:\n  - {register: thing}\n", "because"},
	    {"id: break-in\ntitle: T\nabout: x\nsource: x\nlikelihood: 6\nlikelihood-because: x\nimpact: 5\nimpact-because: x\napplies-to:\n" TARGET, "1 to 5"},
	    {"id: break-in\ntitle: T\nabout: x\nsource: x\nimpact: 5\nimpact-because: x\napplies-to:\n" TARGET, "likelihood: expected 1 to 5"},
	};
	size_t len;
	(void)state;
	ASSERT_OK(load_one("id: break-in\n" HEAD "applies-to:\n" TARGET, &len));
	assert_int_equal(len, 1);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ASSERT_ERR(load_one(cases[i].text, &len), ERR_INPUT, cases[i].words);
}

static void
test_registry_threat_lint__prepares_the_question_and_tries_the_values(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
	    {"id: break-in\n" HEAD "applies-to:\n  - {register: thing, when: colour = 1, because: x}\n", "no such column"},
	    {"id: break-in\n" HEAD "applies-to:\n  - {register: thing, sql: SELECT title FROM thing, because: x}\n", "a column \"number\""},
	    {"id: break-in\n" HEAD "applies-to:\n  - {register: thing, sql: 'SELECT number FROM thing WHERE number = :it', because: x}\n", ":it"},
	    {"id: break-in\n" HEAD "applies-to:\n  - {register: thing, sql: DELETE FROM thing, because: x}\n", "sql:"},
	    {"id: break-in\ncategory: nonsense\n" HEAD "applies-to:\n" TARGET, "category: kind"},
	};
	(void)state;
	ASSERT_OK(lint_one("id: break-in\ncategory: fraud\n" HEAD "applies-to:\n" TARGET));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ASSERT_ERR(lint_one(cases[i].text), ERR_INPUT, cases[i].words);
}

static err
read_danger(const char *text)
{
	static struct kit_content kit;
	struct registry_registers registers;
	kit = (struct kit_content){0};
	kit_content_add(&kit, "register/danger.yaml", text);
	kit_content_add(&kit, "register/place.yaml", place_yaml);
	kit_content_add(&kit, "register/service.yaml", service_yaml);
	kit_content_add(&kit, "register/thing.yaml", thing_yaml);
	return registry_load(kit_fresh(), &kit.content, NULL, &registers);
}

static void
test_registry_load__refuses_a_wrong_assess(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
	    {DANGER_FIELDS ASSESS, "abilities: the key assess is here"},
	    {DANGER_FIELDS "abilities: [assess]\n", "needs a key of that name"},
	    {DANGER_FIELDS "abilities: [assess]\nassess: {threats: Threat, links: {thing: things}, sets: {from: id}}\n", "a folder of content"},
	    {DANGER_FIELDS "abilities: [assess]\nassess: {threats: threat, links: {thing: title}, sets: {from: id}}\n", "expected the link field for thing"},
	    {DANGER_FIELDS "abilities: [assess]\nassess: {threats: threat, links: {service: things}, sets: {from: id}}\n", "things does not link to service"},
	    {DANGER_FIELDS "abilities: [assess]\nassess: {threats: threat, links: {nowhere: things}, sets: {from: id}}\n", "there is no register \"nowhere\""},
	    {DANGER_FIELDS "abilities: [assess]\nassess: {threats: threat, links: {thing: things}, sets: {title: title}}\n", "a text field that is given id"},
	    {DANGER_FIELDS "abilities: [assess]\nassess: {threats: threat, links: {thing: things}, sets: {from: colour}}\n", "no column \"colour\""},
	    {DANGER_FIELDS "abilities: [assess]\nassess: {threats: threat, links: {thing: things}, sets: {from: id}, asks: [colour]}\n", "no field \"colour\""},
	};
	(void)state;
	ASSERT_OK(read_danger(DANGER_FIELDS "abilities: [assess]\n" ASSESS));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ASSERT_ERR(read_danger(cases[i].text), ERR_INPUT, cases[i].words);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_registry_assess__proposes_each_threat_to_each_open_thing_once),
	    cmocka_unit_test(test_registry_assess__is_covered_by_an_open_record_only),
	    cmocka_unit_test(test_registry_assess__leaves_what_was_rejected_until_the_day),
	    cmocka_unit_test(test_registry_assess_inputs__make_a_record_that_covers), cmocka_unit_test(test_registry_threat_load__refuses_by_line),
	    cmocka_unit_test(test_registry_threat_lint__prepares_the_question_and_tries_the_values),
	    cmocka_unit_test(test_registry_load__refuses_a_wrong_assess)};
	return KIT_TESTS(tests);
}
