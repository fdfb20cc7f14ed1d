/* A wrong definition is refused by file and line, with what was expected; a right one is read whole. */
#include "access_kit.h"

#include "registry/registry_lint.h"
#include "registry/registry_table.h"

#define HEAD "id: thing\ntitle: Thing\nabout: x\n"
#define FIELDS "fields:\n  - {id: title, title: T, type: text}\n"
#define STATES "states:\n  - {id: open}\n  - {id: done, end: true}\n"

static err
read_with(const char *text, struct registry_registers *ret)
{
	static struct kit_content kit;
	kit = (struct kit_content){0};
	kit_content_add(&kit, "deadline/thing.look.yaml", "id: thing.look");
	kit_content_add(&kit, "register/thing.yaml", text);
	return registry_load(kit_fresh(), &kit.content, (const char *const[]){"collect", NULL}, ret);
}

static err
read_one(const char *text)
{
	struct registry_registers unused;
	return read_with(text, &unused);
}

static void
test_registry_load__reads_a_definition_whole(void **state)
{
	struct registry_registers registers;
	(void)state;
	ASSERT_OK(read_with(HEAD "fields:\n  - {id: title, title: T}\n  - {id: likely, type: number, min: 1, max: 5}\n"
				 "  - {id: score, type: score, compute: likely * 2, bands: [{to: 4, word: low}, {word: high}]}\n"
				 "  - {id: owner, type: person}\n  - {id: near, type: link, to: thing, many: true}\n"
				 "states: [{id: open}, {id: held}, {id: done, end: true}]\n"
				 "changes:\n  - {id: close, from: any, to: done, needs: [owner], not-by: [made, owner, 'change:hold'], starts: [thing.look]}\n"
				 "  - {id: hold, from: [open], to: held}\n  - {id: look, to: same}\n"
				 "index: [score]\nsort: [-score]\ncolumns: [number, title]\n",
	    &registers));
	const struct registry_register *def = registry_find(&registers, S("thing"));
	assert_non_null(def);
	ASSERT_SLICE(def->label, "title");
	ASSERT_SLICE(def->owner, "owner");
	assert_int_equal(def->changes[0].from_len, 2); /* any: every state that is no end */
	assert_true(def->changes[2].same);
	assert_int_equal(registry_state(def, S("held")), 1);
	assert_int_equal(registry_state(def, S("gone")), -1);
	assert_true(registry_field(def, S("hold"))->builtin);
	assert_int_equal(registry_field(def, S("near"))->column, -1); /* many: rows of the table link only */
	assert_string_equal(def->table.columns[registry_field(def, S("score"))->second].name, "score_band");
	assert_ptr_equal(registry_table_find(&registers, S("thing"), NULL), &def->table);
	assert_null(registry_table_find(&registers, S("nothing"), NULL));
	ASSERT_SLICE(registry_band(registry_field(def, S("score")), 4), "low");
	ASSERT_SLICE(registry_band(registry_field(def, S("score")), 5), "high");
}

static void
test_registry_load__refuses_by_line(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
	    {HEAD FIELDS STATES "colour: red\n", "unknown key \"colour\""},
	    {"id: other\ntitle: T\nabout: x\n" FIELDS STATES, "the file's own name"},
	    {HEAD STATES, "fields"},
	    {HEAD FIELDS, "states"},
	    {HEAD "fields:\n  - {id: Title}\n" STATES, "a letter first"},
	    {HEAD "fields:\n  - {id: title}\n  - {id: title}\n" STATES, "register/thing.yaml:6: fields: \"title\" is there twice"},
	    {HEAD "fields:\n  - {id: status}\n" STATES, "a name that commands or every record use"},
	    {HEAD "fields:\n  - {id: csv}\n" STATES, "a name that commands or every record use"},
	    {HEAD "fields:\n  - {id: rowid}\n" STATES, "a name that commands or every record use"}, /* SQL would sort by it */
	    {HEAD "fields:\n  - {id: rt_access}\n" STATES, "a name that commands or every record use"},
	    {HEAD "table: deadline\n" FIELDS STATES, "is a table that all registers share"},
	    {HEAD "table: sqlite_x\n" FIELDS STATES, "table: expected"},
	    {HEAD FIELDS STATES "index: [-title]\n", "expected a field without \"-\""},
	    {HEAD FIELDS STATES "index: [title, title]\n", "\"title\" is there twice"},
	    {HEAD "fields:\n  - {id: title, read: read-it}\n" STATES, "the label is seen by whoever sees the record"},
	    {HEAD "label: near\nfields:\n  - {id: near, type: link, to: thing, many: true}\n" STATES, "label: a field that links to many"},
	    {HEAD "fields:\n  - {id: title}\n  - {id: unit, read: read-it}\n" STATES, "the field that says the unit is seen"},
	    {HEAD "fields:\n  - {id: a, type: colour}\n" STATES, "type"},
	    {HEAD "fields:\n  - {id: a, type: text, min: 3}\n" STATES, "unknown key \"min\""},
	    {HEAD "fields:\n  - {id: a, type: choice}\n" STATES, "choices"},
	    {HEAD "fields:\n  - {id: a, type: choice, choices: [x, x]}\n" STATES, "there twice"},
	    {HEAD "fields:\n  - {id: a, type: link}\n" STATES, "expected the register"},
	    {HEAD FIELDS "  - {id: a, type: link, to: nowhere}\n" STATES, "there is no register \"nowhere\""},
	    {HEAD "fields:\n  - {id: a, type: score}\n" STATES, "compute"},
	    {HEAD "fields:\n  - {id: a, type: score, compute: '1', required: true}\n" STATES, "neither required"},
	    {HEAD "fields:\n  - {id: a, type: score, compute: '1', bands: [{to: 3, word: x}, {to: 2, word: y}]}\n" STATES, "above the one before"},
	    {HEAD FIELDS "  - {id: a, type: cvss}\n  - {id: a_score}\n" STATES, "two columns would be called"},
	    {HEAD FIELDS "states: [{id: done, end: true}]\n", "is no end"},
	    {HEAD FIELDS "states: [{id: a}, {id: a}]\n", "there twice"},
	    {HEAD FIELDS STATES "changes: [{id: c, to: nowhere}]\n", "there is no state \"nowhere\""},
	    {HEAD FIELDS STATES "changes: [{id: c, from: [nowhere], to: done}]\n", "there is no state \"nowhere\""},
	    {HEAD FIELDS STATES "changes: [{id: c, to: done, needs: [colour]}]\n", "there is no field \"colour\""},
	    {HEAD FIELDS STATES "changes: [{id: c, to: done, not-by: [title]}]\n", "expected a person field"},
	    {HEAD FIELDS STATES "changes: [{id: c, to: done, not-by: ['change:x']}]\n", "there is no change"},
	    {HEAD FIELDS STATES "changes: [{id: c, to: done, sets: {colour: red}}]\n", "there is no field \"colour\""},
	    {HEAD FIELDS STATES "changes: [{id: c, to: done, starts: [no.rule]}]\n", "there is no deadline \"no.rule\""},
	    {HEAD FIELDS STATES "changes: [{id: c, to: done, starts: [{deadline: thing.look, from: title}]}]\n", "date or instant"},
	    {HEAD FIELDS STATES "changes: [{id: c, to: done, stops: [no.rule]}]\n", "there is no deadline \"no.rule\""},
	    {HEAD FIELDS STATES "columns: [colour]\n", "there is no field \"colour\""},
	    {HEAD FIELDS STATES "label: colour\n", "there is no field \"colour\""},
	    {HEAD FIELDS STATES "owner: title\n", "of type person"},
	    {HEAD FIELDS STATES "retention: {after: soon, from: made}\n", "expected a duration"},
	    {HEAD FIELDS STATES "retention: {after: P1Y, from: title}\n", "date or instant field"},
	    {HEAD FIELDS STATES "groups: [{title: G, fields: [colour]}]\n", "there is no field \"colour\""},
	    {HEAD FIELDS STATES "observed: {query: SELECT 1 AS a, matches: title}\n", "key"},
	    {HEAD FIELDS STATES "observed: {query: SELECT 1 AS a, key: [a, b], matches: title}\n", "as many fields as key"},
	    {HEAD FIELDS STATES "table: T\n", "table: expected"},
	};
	(void)state;
	ASSERT_OK(read_one(HEAD FIELDS STATES));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ASSERT_ERR(read_one(cases[i].text), ERR_INPUT, cases[i].words);
}

static void
test_registry_load_sound__leaves_out_what_is_wrong_and_what_needs_it(void **state)
{
	struct kit_content kit = {0};
	struct registry_registers registers, again;
	(void)state;
	kit_content_add(&kit, "register/fine.yaml", "id: fine\ntitle: F\nabout: x\n" FIELDS STATES);
	kit_content_add(&kit, "register/far.yaml", "id: far\ntitle: F\nabout: x\n" FIELDS "  - {id: a, type: link, to: near}\n" STATES);
	kit_content_add(&kit, "register/near.yaml", "id: near\ntitle: N\nabout: x\n" FIELDS "  - {id: a, type: link, to: wrong}\n" STATES);
	kit_content_add(&kit, "register/wrong.yaml", "id: wrong\ntitle: W\nabout: x\ncolour: red\n" FIELDS STATES);
	kit_content_add(&kit, "register/collect.yaml", "id: collect\ntitle: C\nabout: x\n" FIELDS STATES);
	ASSERT_ERR(registry_load(kit_fresh(), &kit.content, NULL, &registers), ERR_INPUT, "unknown key \"colour\"");
	struct job *job = kit_fresh();
	ASSERT_OK(registry_load_sound(job, &kit.content, (const char *const[]){"collect", NULL}, &registers));
	assert_int_equal(registers.len, 1);
	assert_non_null(registry_find(&registers, S("fine")));
	assert_null(registry_broken(&registers, S("fine")));
	assert_int_equal(registers.broken_len, 4);
	assert_non_null(strstr(registry_broken(&registers, S("wrong"))->why.at, "unknown key \"colour\""));
	assert_non_null(strstr(registry_broken(&registers, S("near"))->why.at, "there is no register \"wrong\""));
	assert_non_null(strstr(registry_broken(&registers, S("far"))->why.at, "there is no register \"near\""));
	assert_non_null(strstr(registry_broken(&registers, S("collect"))->why.at, "a command's name"));
	ASSERT_ERR(registry_sound(job, &registers), ERR_CONFLICT, "cannot be read");

	kit = (struct kit_content){0};
	kit_content_add(&kit, "register/fine.yaml", "id: fine\ntitle: F\nabout: x\n" FIELDS STATES);
	ASSERT_OK(registry_load_sound(job, &kit.content, NULL, &again));
	assert_int_equal(again.broken_len, 0);
	ASSERT_OK(registry_sound(job, &again));
}

static void
test_registry_load__refuses_a_commands_name(void **state)
{
	struct kit_content kit = {0};
	struct registry_registers registers;
	(void)state;
	kit_content_add(&kit, "register/collect.yaml", "id: collect\ntitle: C\nabout: x\n" FIELDS STATES);
	ASSERT_ERR(registry_load(kit_fresh(), &kit.content, (const char *const[]){"collect", NULL}, &registers), ERR_INPUT, "a command's name");
	ASSERT_OK(registry_load(kit_fresh(), &kit.content, NULL, &registers));
}

static err
lint_one(const char *text)
{
	struct registry_registers registers;
	DEFER(query_close_at) struct query *query = NULL;
	TRY(read_with(text, &registers));
	TRY(registry_empty_query(kit_job(), &registers, &query));
	return registry_lint(kit_job(), &registers, query, &registers.at[0]);
}

static void
test_registry_lint__prepares_every_condition(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
	    {HEAD FIELDS "  - {id: a, type: score, compute: colour + 1}\n" STATES, "no such column"},
	    {HEAD "fields:\n  - {id: a, required-when: colour = 1}\n" STATES, "no such column"},
	    {HEAD "fields:\n  - {id: a, required-when: 'random() > 1'}\n" STATES, "function random"},
	    {HEAD FIELDS STATES "changes: [{id: c, to: done, when: [{sql: SELECT 1 FROM nowhere, says: x}]}]\n", "no such table"},
	    {HEAD FIELDS STATES "changes: [{id: c, to: done, when: [{sql: DELETE FROM thing, says: x}]}]\n", "sql:"},
	    {HEAD FIELDS STATES "changes: [{id: c, to: done, when: [{sql: 'SELECT 1 FROM thing WHERE number = :it', says: x}]}]\n", ":it"},
	    {HEAD FIELDS STATES "starts: [{deadline: thing.look, if: colour = 1}]\n", "no such column"},
	    {HEAD FIELDS STATES "starts: [{deadline: thing.look, if: count(*) > 1}]\n", "an aggregate"},
	    {HEAD FIELDS "  - {id: a, type: score, compute: '1) FROM this --'}\n" STATES, "what ends the question"},
	    {HEAD FIELDS "  - {id: a, type: score, compute: '1), (2'}\n" STATES, "what ends the question"},
	};
	(void)state;
	ASSERT_OK(lint_one(HEAD FIELDS STATES "starts: [{deadline: thing.look, if: '(SELECT count(*) FROM this AS other) > 1'}]\n"));
	ASSERT_OK(lint_one(HEAD FIELDS STATES "changes: [{id: c, to: done, when: [{sql: 'SELECT 1 FROM thing WHERE number = :number', says: x}]}]\n"));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ASSERT_ERR(lint_one(cases[i].text), ERR_INPUT, cases[i].words);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registry_load__reads_a_definition_whole),
	    cmocka_unit_test(test_registry_load__refuses_by_line),
	    cmocka_unit_test(test_registry_load_sound__leaves_out_what_is_wrong_and_what_needs_it),
	    cmocka_unit_test(test_registry_load__refuses_a_commands_name),
	    cmocka_unit_test(test_registry_lint__prepares_every_condition),
	};
	return KIT_TESTS(tests);
}
