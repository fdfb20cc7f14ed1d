/* A record's life: what is needed, who may, what starts and stops; all of it or nothing; and any life keeps what its definition promises. */
#include "access_kit.h"

#include "ledger/ledger_record.h"
#include "registry/registry_write.h"

static const char case_yaml[] =
    "id: case\ntitle: Case\nabout: x\nfields:\n  - {id: title, title: T, required: true, about: what it is called}\n"
    "  - {id: likely, type: number, min: 1, max: 5}\n  - {id: bad, type: number, min: 1, max: 5}\n"
    "  - {id: score, type: score, compute: likely * bad, bands: [{to: 9, word: low}, {word: high}]}\n"
    "  - {id: worse, type: score, compute: score + 1}\n"
    "  - {id: because, title: R, required-when: score >= 20}\n"
    "  - {id: owner, type: person}\n  - {id: told_on, type: date}\n  - {id: near, type: link, to: case, many: true}\n"
    "  - {id: paper, type: file}\n  - {id: closed_by, type: person}\n"
    "states: [{id: open}, {id: asked}, {id: waiting}, {id: closed, end: true}]\n"
    "starts: [{deadline: look, from: told_on, if: 'coalesce(likely, 0) < 5'}]\n"
    "changes:\n"
    "  - {id: ask, from: [open], to: asked, needs: [owner, likely]}\n"
    "  - {id: wait, from: [asked], to: waiting, pauses: [look]}\n"
    "  - {id: go, from: [waiting], to: asked, resumes: [look]}\n"
    "  - {id: close, from: [asked], to: closed, not-by: ['change:ask', owner], sets: {closed_by: '=actor'},\n"
    "     when: [{sql: SELECT 1 FROM link WHERE register = 'case' AND number = :number AND field = 'near', says: a case that is near must be named}]}\n"
    "index: [score]\n";

static const char loose_yaml[] = "id: loose\ntitle: Loose\nabout: x\nlenient: true\nfields:\n  - {id: title, title: T, required: true}\n  - {id: cause, title: C}\n"
				 "states: [{id: open}, {id: held}, {id: closed, end: true}]\n"
				 "changes:\n  - {id: hold, from: any, to: held, needs: [cause], when: [{sql: \"SELECT 1 FROM loose WHERE number = :number AND cause <> 'none known'\", says: a cause is named or left out}]}\n  - {id: close, from: any, to: closed, needs: [cause]}\n";

/* Expressions that break out of where they stand: lint refuses them, and who never linted is told. */
static const char sly_yaml[] = "id: sly\ntitle: Sly\nabout: x\nfields:\n  - {id: title}\n  - {id: a, required-when: '1) FROM this --'}\n  - {id: b, required-when: title = 'y'}\n"
			       "states: [{id: open}]\n";
static const char whole_yaml[] = "id: whole\ntitle: Whole\nabout: x\nfields:\n  - {id: title}\n  - {id: a, required-when: count(*) > 1}\nstates: [{id: open}]\n";

static const char look_yaml[] = "id: look\ntitle: Look\nversion: 1\nlength: P10D\ncounts: calendar\nbegins: next-day\nroll: none\nsource: x\nmark: K\n";

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
	kit_job()->actor = S("alice");
	kit_content_add(&world->content, "deadline/look.yaml", look_yaml);
	kit_content_add(&world->content, "register/case.yaml", case_yaml);
	kit_content_add(&world->content, "register/loose.yaml", loose_yaml);
	kit_content_add(&world->content, "register/sly.yaml", sly_yaml);
	kit_content_add(&world->content, "register/whole.yaml", whole_yaml);
	world->ledger = ledger_at(&world->place);
	world->registry = kit_registry(world->ledger, &world->content);
}

static void
world_close(struct world *world)
{
	ledger_close(world->ledger);
	place_remove(&world->place);
}

/* "title=Lost laptop;likely=3" as inputs. */
static struct registry_edit
edit_of(const struct world *world, const char *id, int64_t number, const char *change, const char *values)
{
	const struct registry_register *def = registry_find(&world->registry->registers, slice_of(id));
	struct registry_edit edit = {.def = def, .number = number, .change = change != NULL ? registry_change(def, slice_of(change)) : NULL};
	struct registry_input *inputs;
	slice rest = slice_of(values), one;
	ASSERT_OK(NEW(kit_job(), 16, &inputs));
	while (slice_cut(&rest, ';', &one)) {
		size_t equals = slice_find(one, '=');
		struct registry_input *input = &inputs[edit.inputs_len++];
		*input = (struct registry_input){.field = registry_field(def, slice_part(one, 0, equals)), .text = slice_from(one, equals + 1)};
		assert_non_null(input->field);
		if (input->field->type == REGISTRY_FILE)
			input->bytes = S("%PDF-1.7 paper");
	}
	edit.inputs = inputs;
	return edit;
}

static size_t
write_one(struct world *world, struct registry_edit *edit)
{
	size_t problems;
	ASSERT_OK(registry_write(kit_job(), world->registry, edit, 1, false, &problems));
	return problems;
}

/* It is written; its number. */
static int64_t
good(struct world *world, const char *id, int64_t number, const char *change, const char *values)
{
	struct registry_edit edit = edit_of(world, id, number, change, values);
	if (write_one(world, &edit) > 0)
		fail_msg("%s %lld %s: %.*s", id, (long long)number, change != NULL ? change : "is written", SLICE(edit.problems[0].says));
	return edit.number;
}

/* It is refused with all of these words; nothing was appended. */
static void
bad(struct world *world, const char *id, int64_t number, const char *change, const char *values, const char *words)
{
	struct registry_edit edit = edit_of(world, id, number, change, values);
	uint64_t size = ledger_size(world->ledger);
	assert_true(write_one(world, &edit) > 0);
	err refused = registry_edit_refuse(kit_job(), &edit);
	assert_int_equal(refused.code, ERR_INPUT);
	if (strstr(kit_job()->why, words) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", kit_job()->why, words);
	assert_int_equal(ledger_size(world->ledger), size);
}

static struct registry_record
record_now(const struct world *world, const char *id, int64_t number)
{
	struct registry_record record;
	ASSERT_OK(registry_record(kit_job(), world->registry, now_of(world->ledger), registry_find(&world->registry->registers, slice_of(id)), number, &record));
	return record;
}

static int64_t
number_of(const struct registry_record *record, const char *field)
{
	return record->cells[registry_field(record->def, slice_of(field))->column].number;
}

static void
test_registry_write__needs_what_is_required(void **state)
{
	struct world world;
	(void)state;
	world_open(&world);
	bad(&world, "case", 0, NULL, "likely=3", "--title is required: what it is called");
	bad(&world, "case", 0, NULL, "title=x;likely=7;bad=9", "--likely expected a number from 1 to 5, found 7; --bad expected");
	bad(&world, "case", 0, NULL, "title=x;near=9", "there is no case 9 to link to");
	assert_int_equal(good(&world, "case", 0, NULL, "title=x;likely=4;bad=4"), 1);
	assert_int_equal(good(&world, "case", 0, NULL, "title=y;near=1"), 2);
	bad(&world, "case", 1, NULL, "bad=5", "--because is required");
	good(&world, "case", 1, NULL, "bad=5;because=so it is");
	struct registry_record record = record_now(&world, "case", 1);
	assert_int_equal(number_of(&record, "score"), 20);
	assert_int_equal(number_of(&record, "worse"), 21); /* a score may rest on another */
	ASSERT_SLICE(record.cells[registry_field(record.def, S("score"))->second].text, "high");
	assert_int_equal(record.base.version, 2);
	world_close(&world);
}

static void
test_registry_write__expressions_stay_where_they_stand(void **state)
{
	struct world world;
	struct registry_edit edits[2];
	size_t problems;
	(void)state;
	world_open(&world);
	edits[0] = edit_of(&world, "sly", 0, NULL, "title=x");
	ASSERT_ERR(registry_write(kit_job(), world.registry, edits, 1, false, &problems), ERR_INPUT, "2 expressions give 1 values");
	edits[0] = edit_of(&world, "whole", 0, NULL, "title=x");
	edits[1] = edit_of(&world, "whole", 0, NULL, "title=y");
	ASSERT_ERR(registry_write(kit_job(), world.registry, edits, 2, false, &problems), ERR_INPUT, "over all records, not over each");
	world_close(&world);
}

static void
test_registry_write__says_everything_a_change_lacks(void **state)
{
	struct world world;
	(void)state;
	world_open(&world);
	good(&world, "case", 0, NULL, "title=x");
	good(&world, "case", 0, NULL, "title=y");
	bad(&world, "case", 1, "ask", "", "--owner is needed; --likely is needed");
	bad(&world, "case", 1, "close", "", "it is open, and \"close\" begins from asked");
	good(&world, "case", 1, "ask", "owner=bob;likely=2"); /* with what it needs in the same breath */
	bad(&world, "case", 1, "close", "near=2", "separation of duties"); /* alice asked */
	kit_job()->actor = S("bob");
	bad(&world, "case", 1, "close", "near=2", "separation of duties"); /* bob owns */
	kit_job()->actor = S("carol");
	bad(&world, "case", 1, "close", "", "a case that is near must be named");
	good(&world, "case", 1, "close", "near=2"); /* the condition sees the link that comes with it */
	struct registry_record record = record_now(&world, "case", 1);
	assert_false(record.cells[REGISTRY_ENDED].null);
	slice who;
	bool found;
	ASSERT_OK(registry_person_find(kit_job(), world.registry, S("carol"), &found, &who));
	assert_true(found && slice_same(record.cells[registry_field(record.def, S("closed_by"))->column].text, who));
	world_close(&world);
}

static void
as(const char *name)
{
	kit_job()->actor = slice_of(name);
}

static void
test_registry_write__nobody_takes_themselves_out_to_agree(void **state)
{
	struct world world;
	(void)state;
	world_open(&world);
	good(&world, "case", 0, NULL, "title=x");
	good(&world, "case", 0, NULL, "title=y");
	as("carol");
	good(&world, "case", 1, "ask", "owner=bob;likely=2;near=2");
	as("bob");
	bad(&world, "case", 1, "close", "owner=alice", "you are Owner (separation of duties)"); /* in the same breath */
	good(&world, "case", 1, NULL, "owner=alice");
	bad(&world, "case", 1, "close", "", "you are Owner (separation of duties)"); /* and before it */
	as("carol");
	good(&world, "case", 1, NULL, "owner=dave");
	as("alice");
	good(&world, "case", 1, "close", ""); /* somebody else took her out */
	world_close(&world);
}

static void
test_registry_write__who_wrote_down_what_was_asked_elsewhere_asked(void **state)
{
	struct world world;
	size_t problems;
	(void)state;
	world_open(&world);
	good(&world, "case", 0, NULL, "title=near");
	struct registry_edit edit = edit_of(&world, "case", 0, NULL, "title=x;near=1;likely=2");
	edit.begins = &edit.def->states[1];
	ASSERT_OK(registry_write(kit_job(), world.registry, &edit, 1, false, &problems));
	assert_int_equal(problems, 0);
	bad(&world, "case", 2, "close", "", "you are who made the change \"ask\"");
	as("bob");
	good(&world, "case", 2, "close", "");
	world_close(&world);
}

static void
test_registry_write__lenient_registers_hold_back_only_the_end(void **state)
{
	struct world world;
	(void)state;
	world_open(&world);
	assert_int_equal(good(&world, "loose", 0, NULL, ""), 1); /* not even a title */
	bad(&world, "loose", 1, "hold", "cause=none known", "a cause is named or left out"); /* what is said is held to */
	good(&world, "loose", 1, "hold", "");
	bad(&world, "loose", 1, "close", "", "--title is required; --cause is needed");
	good(&world, "loose", 1, "close", "title=It was so;cause=a slip");
	world_close(&world);
}

static void
test_registry_write__the_second_of_two_sees_both_sides(void **state)
{
	struct world world;
	size_t problems;
	(void)state;
	world_open(&world);
	good(&world, "case", 0, NULL, "title=x");
	struct registry_edit mine = edit_of(&world, "case", 1, NULL, "title=mine");
	mine.if_version = 1;
	kit_job()->actor = S("bob");
	good(&world, "case", 1, NULL, "title=theirs");
	kit_job()->actor = S("alice");
	ASSERT_ERR(registry_write(kit_job(), world.registry, &mine, 1, false, &problems), ERR_CONFLICT, "version 2 by bob set title to theirs; you would set title to mine");
	mine.if_version = 2;
	ASSERT_OK(registry_write(kit_job(), world.registry, &mine, 1, false, &problems));
	assert_int_equal(problems, 0);
	ASSERT_SLICE(record_now(&world, "case", 1).label, "mine");
	world_close(&world);
}

static void
test_registry_write__all_or_nothing(void **state)
{
	struct world world;
	struct registry_edit edits[3];
	size_t problems;
	(void)state;
	world_open(&world);
	uint64_t size = ledger_size(world.ledger);
	edits[0] = edit_of(&world, "case", 0, NULL, "title=a");
	edits[1] = edit_of(&world, "case", 0, NULL, "likely=9");
	edits[2] = edit_of(&world, "case", 0, NULL, "title=c");
	ASSERT_OK(registry_write(kit_job(), world.registry, edits, 3, false, &problems));
	assert_int_equal(problems, 2); /* the title that is missing, the number that is none */
	assert_int_equal(edits[0].problems_len, 0);
	assert_int_equal(ledger_size(world.ledger), size);
	edits[0] = edit_of(&world, "case", 0, NULL, "title=a");
	edits[1] = edit_of(&world, "case", 0, NULL, "title=b");
	edits[2] = edit_of(&world, "case", 0, NULL, "title=c");
	ASSERT_OK(registry_write(kit_job(), world.registry, edits, 3, true, &problems));
	assert_int_equal(ledger_size(world.ledger), size); /* a dry run */
	ASSERT_OK(registry_write(kit_job(), world.registry, edits, 3, false, &problems));
	assert_int_equal(edits[2].number, 3);
	ASSERT_SLICE(record_now(&world, "case", 3).label, "c");
	world_close(&world);
}

static void
test_registry_write__deadlines_start_pause_go_on_and_stop(void **state)
{
	struct world world;
	(void)state;
	world_open(&world);
	good(&world, "case", 0, NULL, "title=x;told_on=2026-11-02;likely=2;owner=bob");
	good(&world, "case", 0, NULL, "title=never;told_on=2026-11-02;likely=5"); /* its "if" does not hold */
	assert_int_equal(record_now(&world, "case", 2).deadlines_len, 0);
	struct registry_record record = record_now(&world, "case", 1);
	assert_int_equal(record.deadlines_len, 1);
	ASSERT_SLICE(record.due_by, "look");
	assert_string_equal(instant_text(record.due_us).at, "2026-11-12T23:59:59Z");
	good(&world, "case", 1, "ask", "");
	kit_job()->now_us = at_us(24 * 3);
	good(&world, "case", 1, "wait", "");
	assert_int_equal(record_now(&world, "case", 1).due_us, 0); /* paused: none runs */
	kit_job()->now_us = at_us(24 * 5);
	good(&world, "case", 1, "go", "");
	assert_string_equal(instant_text(record_now(&world, "case", 1).due_us).at, "2026-11-14T23:59:59Z");
	kit_job()->actor = S("carol");
	good(&world, "case", 1, "close", "near=2");
	record = record_now(&world, "case", 1);
	assert_true(record.deadlines[0].stopped_us != 0 && record.due_us == 0);
	/* What the record carries does not move when the rule changes. */
	struct kit_content changed = world.content;
	changed.files[0].text = S("id: look\ntitle: Look\nversion: 2\nlength: P1D\ncounts: calendar\nbegins: next-day\nroll: none\nsource: x\nmark: K\n");
	changed.content.files = changed.files;
	world.registry = kit_registry(world.ledger, &changed);
	assert_string_equal(instant_text(record_now(&world, "case", 1).deadlines[0].due_us).at, "2026-11-14T23:59:59Z");
	world_close(&world);
}

static void
test_registry_write__files_are_content(void **state)
{
	struct world world;
	struct digest digest;
	slice bytes;
	(void)state;
	world_open(&world);
	good(&world, "case", 0, NULL, "title=x;paper=plan.pdf");
	struct registry_record record = record_now(&world, "case", 1);
	const json_t *file = json_object_get(record.fields, "paper");
	ASSERT_SLICE(json_text(json_object_get(file, "type")), "application/pdf"); /* by its bytes, not its name */
	assert_true(digest_parse(json_text(json_object_get(file, "digest")), &digest));
	ASSERT_OK(ledger_content(kit_job(), world.ledger, &digest, &bytes));
	ASSERT_SLICE(bytes, "%PDF-1.7 paper");
	world_close(&world);
}

static void
test_registry_record__as_it_was(void **state)
{
	struct world world;
	struct registry_record record;
	struct ledger_moment then;
	(void)state;
	world_open(&world);
	kit_job()->now_us = at_us(1);
	good(&world, "case", 0, NULL, "title=first;likely=1");
	kit_job()->now_us = at_us(2);
	ASSERT_OK(ledger_moment(kit_job(), world.ledger, at_us(1), &then));
	good(&world, "case", 1, NULL, "title=second;likely=");
	const struct registry_register *def = registry_find(&world.registry->registers, S("case"));
	ASSERT_OK(registry_record(kit_job(), world.registry, then, def, 1, &record));
	ASSERT_SLICE(record.label, "first");
	assert_int_equal(number_of(&record, "likely"), 1);
	record = record_now(&world, "case", 1);
	ASSERT_SLICE(record.label, "second");
	assert_true(record.cells[registry_field(def, S("likely"))->column].null); /* emptied */
	then.size = 1;
	ASSERT_ERR(registry_record(kit_job(), world.registry, then, def, 1, &record), ERR_MISSING, "there is no case 1");
	world_close(&world);
}

/* Any life */

static uint32_t
next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

/* What must be true of a case whatever was done to it. */
static void
check_promises(const struct world *world, const struct registry_record *record)
{
	const struct registry_register *def = record->def;
	int at = registry_state(def, record->base.status);
	assert_true(at >= 0);
	assert_true(record->label.len > 0);
	assert_true(record->cells[REGISTRY_ENDED].null != def->states[at].end);
	if (at > 0) /* it went through "ask" */
		assert_true(record->cells[registry_field(def, S("owner"))->column].text.len > 0 && number_of(record, "likely") > 0);
	struct ledger_change *changes;
	size_t len;
	ASSERT_OK(ledger_record_changes(kit_job(), world->ledger, now_of(world->ledger), record->base.uid, &changes, &len));
	assert_int_equal(len, (size_t)record->base.version);
	for (size_t i = 1; i < len; i++)
		if (changes[i].change.len > 0) {
			const struct registry_change *change = registry_change(def, changes[i].change);
			bool from = false;
			for (size_t f = 0; f < change->from_len; f++)
				from = from || slice_same(def->states[change->from[f]].id, changes[i - 1].status);
			assert_true(from);
			assert_true(slice_same(changes[i].status, def->states[change->to].id));
		} else
			assert_true(slice_same(changes[i].status, changes[i - 1].status));
}

static err
no_line(struct job *job, void *to, slice text)
{
	(void)job, (void)to;
	fprintf(stderr, "%.*s\n", SLICE(text));
	return OK;
}

static void
test_registry_write__any_life_keeps_its_promises(void **state)
{
	static const char *const changes[] = {NULL, "ask", "wait", "go", "close", NULL};
	static const char *const values[] = {"", "owner=bob", "owner=", "likely=3", "likely=", "near=1", "near=", "title=", "title=new", "told_on=2026-11-03"};
	static const char *const people[] = {"alice", "bob", "carol"};
	struct world world;
	uint32_t seed = 7;
	size_t done = 0, refused = 0;
	(void)state;
	world_open(&world);
	good(&world, "case", 0, NULL, "title=first;likely=2;owner=bob");
	for (int i = 0; i < 400; i++) {
		int64_t number = (int64_t)(next(&seed) % 6);
		slice text;
		size_t problems;
		kit_job()->now_us = at_us(1) + i * 60 * SECOND_US;
		kit_job()->actor = slice_of(people[next(&seed) % 3]);
		ASSERT_OK(job_format(kit_job(), &text, "%s", values[next(&seed) % 10]));
		struct registry_edit edit = edit_of(&world, "case", number, number > 0 ? changes[next(&seed) % 6] : NULL,
		    number > 0 ? text.at : "title=another");
		if (number > 0 && edit.inputs_len == 0 && edit.change == NULL)
			continue;
		err wrote = registry_write(kit_job(), world.registry, &edit, 1, false, &problems);
		assert_true(wrote.code == ERR_NONE || wrote.code == ERR_MISSING);
		if (wrote.code == ERR_NONE && problems == 0) {
			struct registry_record record = record_now(&world, "case", edit.number);
			/* An owner may be taken away again; what "ask" needed it needed then. */
			if (strcmp(text.at, "owner=") != 0 && strcmp(text.at, "likely=") != 0 && record.cells[registry_field(record.def, S("owner"))->column].text.len > 0 &&
			    !record.cells[registry_field(record.def, S("likely"))->column].null)
				check_promises(&world, &record);
			done++;
		} else
			refused++;
	}
	assert_true(done > 50 && refused > 50);
	/* The same entries give the same rows. */
	uint64_t entries, differences;
	ASSERT_OK(ledger_rebuild(kit_job(), world.ledger, true, no_line, NULL, &entries, &differences));
	assert_int_equal(differences, 0);
	world_close(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registry_write__needs_what_is_required),
	    cmocka_unit_test(test_registry_write__expressions_stay_where_they_stand),
	    cmocka_unit_test(test_registry_write__says_everything_a_change_lacks),
	    cmocka_unit_test(test_registry_write__nobody_takes_themselves_out_to_agree),
	    cmocka_unit_test(test_registry_write__who_wrote_down_what_was_asked_elsewhere_asked),
	    cmocka_unit_test(test_registry_write__lenient_registers_hold_back_only_the_end),
	    cmocka_unit_test(test_registry_write__the_second_of_two_sees_both_sides),
	    cmocka_unit_test(test_registry_write__all_or_nothing),
	    cmocka_unit_test(test_registry_write__deadlines_start_pause_go_on_and_stop),
	    cmocka_unit_test(test_registry_write__files_are_content),
	    cmocka_unit_test(test_registry_record__as_it_was),
	    cmocka_unit_test(test_registry_write__any_life_keeps_its_promises),
	};
	return KIT_TESTS(tests);
}
