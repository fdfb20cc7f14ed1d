/*
 * Sheets in and out of registers: what is given is taken back, everything wrong is told and nothing written, numbers, states, links within a file, and who may.
 */
#include "access_kit.h"

#include "registry/registry_port.h"
#include "registry/registry_view.h"
#include "registry/registry_write.h"

static const char thing_yaml[] =
    "id: thing\ntitle: Thing\nplural: Things\nabout: x\nlabel: title\nfields:\n"
    "  - {id: title, title: Its title, about: x, type: text, required: true}\n"
    "  - {id: body, title: Body, about: x, type: long}\n"
    "  - {id: kind, title: Kind, about: x, type: choice, choices: [{id: small, title: Small one}, {id: big, title: Big one}]}\n"
    "  - {id: weight, title: Weight, about: x, type: number, decimals: 3}\n"
    "  - {id: cost, title: Cost, about: x, type: money, min: 0}\n"
    "  - {id: seen_on, title: Seen on, about: x, type: date}\n"
    "  - {id: seen_at, title: Seen at, about: x, type: instant}\n"
    "  - {id: lasts, title: Lasts, about: x, type: duration}\n"
    "  - {id: keeper, title: Keeper, about: x, type: person}\n"
    "  - {id: parent, title: Parent, about: x, type: link, to: thing}\n"
    "  - {id: others, title: Others, about: x, type: link, to: [thing, service], many: true}\n"
    "  - {id: words, title: Words, about: x, type: list}\n"
    "  - {id: twice, title: Twice, about: x, type: score, compute: cost * 2}\n"
    "  - {id: why, title: Why, about: big ones need a reason, type: text, required-when: kind = 'big'}\n"
    "  - {id: review, title: Review, about: x, type: date, default: \"=today+P1Y\"}\n"
    "states:\n  - {id: new, title: New}\n  - {id: used, title: In use}\n  - {id: gone, title: Gone, end: true}\n"
    "changes:\n  - {id: use, title: Use, from: [new], to: used}\n  - {id: drop, title: Drop, from: any, to: gone}\n"
    "starts:\n  - {deadline: thing.answer}\n";
static const char deadline_yaml[] = "id: thing.answer\ntitle: Answer\nversion: 1\nlength: P30D\ncounts: elapsed\nsource: x\nmark: K\n";

struct world {
	struct place place;
	struct ledger *ledger;
	struct kit_content kit;
	struct registry *registry;
	const struct registry_register *thing;
};

static void
world_fill(struct world *w)
{
	w->ledger = ledger_at(&w->place);
	w->kit = (struct kit_content){0};
	kit_content_add(&w->kit, "deadline/thing.answer.yaml", deadline_yaml);
	kit_registers(&w->kit);
	kit_content_add(&w->kit, "register/thing.yaml", thing_yaml);
	kit_roles(&w->kit);
	kit_job()->actor = S("ada");
	kit_job()->now_us = at_us(1);
	w->registry = kit_registry(w->ledger, &w->kit);
	w->thing = registry_find(&w->registry->registers, S("thing"));
}

static void
world_open(struct world *w)
{
	*w = (struct world){.place = place_make()};
	world_fill(w);
}

static void
world_close(struct world *w)
{
	ledger_close(w->ledger);
	place_remove(&w->place);
}

static struct registry_imported
take(struct world *w, const char *registry, slice bytes, struct registry_import how)
{
	struct registry_imported got;
	struct sheet sheet;
	how.def = registry_find(&w->registry->registers, slice_of(registry));
	ASSERT_OK(sheet_read(kit_job(), "a file", bytes, NULL, &sheet));
	ASSERT_OK(registry_import(kit_job(), w->registry, &how, &sheet, &got));
	return got;
}

static slice
give(struct world *w, const char *registry, bool workbook)
{
	struct registry_export what = {.def = registry_find(&w->registry->registers, slice_of(registry)), .ended = true, .reach = {.all = true}};
	struct sheet sheet;
	slice bytes;
	ASSERT_OK(registry_export_sheet(kit_job(), w->registry, &what, &sheet));
	if (workbook)
		ASSERT_OK(sheet_write_xlsx(kit_job(), &sheet, &bytes));
	else
		ASSERT_OK(sheet_write_csv(kit_job(), &sheet, &bytes));
	return bytes;
}

/* Is there a problem of this row and column with these words? */
static bool
told(const struct registry_imported *got, uint32_t row, const char *heading, const char *words)
{
	for (size_t i = 0; i < got->problems_len; i++)
		if (got->problems[i].row == row && slice_same(got->problems[i].heading, slice_of(heading)) && slice_has(got->problems[i].says, slice_of(words)))
			return true;
	return false;
}

static struct registry_record
record_of(struct world *w, int64_t number)
{
	struct registry_record record;
	struct ledger_moment now = {.size = ledger_size(w->ledger), .now_us = job_now(kit_job())};
	ASSERT_OK(registry_record(kit_job(), w->registry, now, w->thing, number, &record));
	return record;
}

#define THINGS                                                                                                                             \
	"Its title,body,KIND,weight,cost,seen-on,seen_at,lasts,keeper,words,why\r\n"                                                       \
	"First,\"two\nlines, \"\"quoted\"\"\",Big one,-1.5,1200.5,2026-02-03,2026-02-03T04:05:06Z,P90D,zoe@example.org,\"a\nb\",because\r\n"   \
	"'=2+3,,small,,,,,,yan,\"[\"\"a,b\"\"]\",\r\n"                                                                                         \
	"Third,,,,,,,,,,\r\n"

static void
test_registry_port__takes_back_what_it_gives(void **state)
{
	struct world w, other;
	(void)state;
	world_open(&w);
	struct registry_imported got = take(&w, "thing", S(THINGS), (struct registry_import){0});
	assert_int_equal(got.wrong, 0);
	assert_int_equal(got.added, 3);
	assert_true(got.written);
	slice csv = give(&w, "thing", false), book = give(&w, "thing", true);
	assert_true(slice_has(csv, S("'=2+3")));
	uint64_t size = ledger_size(w.ledger);
	got = take(&w, "thing", csv, (struct registry_import){0});
	assert_int_equal(got.wrong, 0);
	assert_int_equal(got.same, 3);
	got = take(&w, "thing", book, (struct registry_import){0});
	assert_int_equal(got.wrong, 0);
	assert_int_equal(got.same, 3);
	assert_int_equal(ledger_size(w.ledger), size);
	/* the alarm rings: one letter is another */
	got = take(&w, "thing", S("number,title\n3,Thirds\n1,First\n"), (struct registry_import){0});
	assert_int_equal(got.changed, 1);
	assert_int_equal(got.same, 1);
	assert_true(ledger_size(w.ledger) > size);
	csv = give(&w, "thing", false);
	other = (struct world){.place = place_more()};
	world_fill(&other);
	got = take(&other, "thing", csv, (struct registry_import){.as_recorded = true});
	assert_int_equal(got.wrong, 0);
	assert_int_equal(got.added, 3);
	struct sheet a, b;
	ASSERT_OK(sheet_read(kit_job(), "a", csv, NULL, &a));
	ASSERT_OK(sheet_read(kit_job(), "b", give(&other, "thing", false), NULL, &b));
	assert_int_equal(a.rows_len, b.rows_len);
	for (size_t r = 0; r < a.rows_len; r++)
		for (size_t c = 0; c < a.columns_len; c++)
			assert_true(slice_same(a.columns[c].heading, S("version")) || slice_same(a.rows[r].cells[c], b.rows[r].cells[c]));
	world_close(&other);
	world_close(&w);
}

static void
test_registry_port__tells_everything_and_writes_nothing(void **state)
{
	struct world w;
	(void)state;
	world_open(&w);
	uint64_t size = ledger_size(w.ledger);
	struct registry_imported got = take(&w, "thing",
	    S("title,kind,cost,seen_on,parent,keeper\n"
	      "Good,small,1,,,new@example.org\n"
	      ",huge,-1,yesterday,7,\n"
	      "Bad \xff,,,,,\n"
	      "Big,big,,,,\n"
	      "good ,,,,,erased person\n"
	      "One,,,,,,more\n"),
	    (struct registry_import){0});
	assert_true(told(&got, 3, "title", "is required"));
	assert_true(told(&got, 3, "kind", "one of small, big"));
	assert_true(told(&got, 3, "cost", "from 0.00"));
	assert_true(told(&got, 3, "seen_on", "a date"));
	assert_true(told(&got, 3, "parent", "there is no thing 7"));
	assert_true((told(&got, 4, "", "UTF-8") || told(&got, 4, "title", "UTF-8")));
	assert_true(told(&got, 5, "why", "is required: big ones need a reason"));
	assert_true(told(&got, 6, "title", "row 2 is called"));
	assert_true(told(&got, 6, "keeper", "names nobody"));
	assert_int_equal(got.wrong, 8 + (got.problems_len - 9)); /* all but the label are refused; the row that is too long has one or more */
	for (size_t i = 1; i < got.problems_len; i++)
		assert_true(got.problems[i - 1].row <= got.problems[i].row);
	assert_false(got.written);
	assert_int_equal(ledger_size(w.ledger), size); /* not even the new person */
	got = take(&w, "thing", S("title,keeper\nGood,new@example.org\n"), (struct registry_import){.dry_run = true});
	assert_int_equal(got.wrong, 0);
	assert_int_equal(got.added, 1);
	assert_int_equal(ledger_size(w.ledger), size);
	got = take(&w, "thing", S("title,keeper\nGood,new@example.org\n"), (struct registry_import){0});
	assert_true(got.written);
	assert_true(ledger_size(w.ledger) > size);
	got = take(&w, "thing", S("title\nGOOD\n"), (struct registry_import){.dry_run = true});
	assert_true(told(&got, 2, "title", "thing 1 is called"));
	assert_int_equal(got.wrong, 0);
	world_close(&w);
}

static void
test_registry_port__headings_are_known_or_refused(void **state)
{
	static const slice ignored[] = {{"Notes", 5}, {"nothing", 7}};
	struct world w;
	(void)state;
	world_open(&w);
	struct registry_imported got = take(&w, "thing", S("titel,Notes,Kind\na,b,c\n"), (struct registry_import){0});
	assert_true(told(&got, 1, "titel", "did you mean \"title\""));
	assert_true(told(&got, 1, "Notes", "rename the column"));
	assert_int_equal(got.added, 0);
	got = take(&w, "thing", S("title,Notes,Its Title\na,b,c\n"), (struct registry_import){.ignore = ignored, .ignore_len = 1});
	assert_true(told(&got, 1, "Its Title", "means the same as the column \"title\""));
	got = take(&w, "thing", S("title,Notes,twice,made_by\na,b,c,d\n"), (struct registry_import){.ignore = ignored, .ignore_len = 2});
	assert_true(told(&got, 1, "", "no column \"nothing\" to ignore"));
	got = take(&w, "thing", S("title,Notes,twice,made_by\na,b,c,d\n"), (struct registry_import){.ignore = ignored, .ignore_len = 1});
	assert_int_equal(got.wrong, 0);
	assert_int_equal(got.unread_len, 3);
	assert_true(got.written);
	world_close(&w);
}

static void
test_registry_port__numbers_and_versions_are_honoured(void **state)
{
	struct world w;
	(void)state;
	world_open(&w);
	(void)take(&w, "thing", S("title,body\na,x\nb,y\n"), (struct registry_import){0});
	struct registry_imported got =
	    take(&w, "thing", S("number,title,version\n1,a,\nx,c,\n9,d,\n1,e,\nthing/2,f,2\n,g,4\n"), (struct registry_import){0});
	assert_true(told(&got, 3, "number", "expected the number"));
	assert_true(told(&got, 4, "number", "there is no thing 9"));
	assert_true(told(&got, 5, "number", "is in row 2 too"));
	assert_true(told(&got, 6, "", "you looked at version 2 and it is at version 1"));
	assert_true(told(&got, 7, "version", "has no version yet"));
	assert_int_equal(got.wrong, 5);
	got = take(&w, "thing", S("number,title,version,body\n2,f,1,\n"), (struct registry_import){0});
	assert_int_equal(got.changed, 1);
	struct registry_record record = record_of(&w, 2);
	assert_int_equal(record.base.version, 2);
	assert_null(json_object_get(record.fields, "body")); /* an empty cell empties */
	record = record_of(&w, 1);
	assert_non_null(json_object_get(record.fields, "body"));
	assert_int_equal(record.base.version, 1);
	world_close(&w);
}

static void
test_registry_port__states_are_kept_only_as_recorded(void **state)
{
	struct world w;
	(void)state;
	world_open(&w);
	struct registry_imported got = take(&w, "thing", S("title,status\na,new\nb,In use\nc,lost\n"), (struct registry_import){0});
	assert_true(told(&got, 3, "status", "begins as new"));
	assert_true(told(&got, 4, "status", "one of new, used, gone"));
	assert_int_equal(got.wrong, 2);
	slice old = S("number,title,status,parent,review,version\n5,a,In use,7,,3\n7,b,gone,,2026-01-01,\n,c,,5,,\n");
	got = take(&w, "thing", old, (struct registry_import){.as_recorded = true, .reason = S("imported, as it was recorded there")});
	assert_int_equal(got.wrong, 0);
	assert_int_equal(got.added, 3);
	struct registry_record record = record_of(&w, 5);
	assert_true(slice_same(record.base.status, S("used")));
	assert_int_equal(record.due_us, 0);
	assert_null(json_object_get(record.fields, "review")); /* nothing was recorded: no default */
	struct ledger_change *changes;
	size_t len;
	ASSERT_OK(ledger_record_changes(kit_job(), w.ledger, now_of(w.ledger), record.base.uid, &changes, &len));
	assert_true(slice_has(changes[0].reason, S("as it was recorded")));
	record = record_of(&w, 8); /* behind those that were kept */
	assert_true(slice_same(record.label, S("c")));
	got = take(&w, "thing", S("number,title\n6,late\n"), (struct registry_import){.as_recorded = true});
	assert_true(told(&got, 2, "", "the number 6 cannot be kept"));
	got = take(&w, "thing", S("number,status\n5,gone\n"), (struct registry_import){.as_recorded = true});
	assert_true(told(&got, 2, "status", "a status is changed with"));
	got = take(&w, "thing", S("title\nd\n"), (struct registry_import){0}); /* a record of today has its deadline */
	assert_int_equal(got.wrong, 0);
	assert_true(record_of(&w, 9).due_us > 0);
	world_close(&w);
}

/* Many rows of both kinds, mixed: questions are asked together, each row keeps its own answer. */
static void
test_registry_port__mixed_rows_keep_their_own_answers(void **state)
{
	struct world w;
	struct buf buf;
	slice text;
	(void)state;
	world_open(&w);
	buf = buf_open(kit_job(), "rows", MIB);
	buf_text(&buf, "title,cost,kind,why\n");
	for (int i = 1; i <= 1500; i++)
		buf_printf(&buf, "t%d,%d,%s,w\n", i, i, i % 2 ? "big" : "small");
	ASSERT_OK(buf_end(&buf, &text));
	assert_int_equal(take(&w, "thing", text, (struct registry_import){0}).added, 1500);
	buf = buf_open(kit_job(), "rows", MIB);
	buf_text(&buf, "number,title,cost,kind,why\n");
	for (int i = 1; i <= 1500; i++) /* every third is new; big ones without a reason are refused */
		buf_printf(&buf, i % 3 == 0 ? ",n%d,%d,small,\n" : "%d,t%d,9,small,\n", i, i);
	ASSERT_OK(buf_end(&buf, &text));
	struct registry_imported got = take(&w, "thing", text, (struct registry_import){0});
	assert_int_equal(got.wrong, 0);
	assert_int_equal(got.added, 500);
	assert_int_equal(got.changed, 1000);
	assert_int_equal(json_integer_value(json_object_get(record_of(&w, 1).fields, "twice")), 1800);
	assert_int_equal(json_integer_value(json_object_get(record_of(&w, 3).fields, "twice")), 600);
	assert_true(slice_same(record_of(&w, 1501).label, S("n3")));
	assert_int_equal(json_integer_value(json_object_get(record_of(&w, 1501).fields, "twice")), 600);
	got = take(&w, "thing", S("number,kind,why\n1,big,\n2,big,x\n"), (struct registry_import){0});
	assert_int_equal(got.wrong, 1);
	assert_true(told(&got, 2, "why", "is required"));
	world_close(&w);
}

static void
grant_to(struct world *w, slice person, const char *role)
{
	struct ledger_grant grant = {.person = person, .role = slice_of(role), .why = S("needs it")};
	struct ledger_receipt receipt;
	ASSERT_OK(ledger_grant(kit_job(), w->ledger, &grant, &receipt));
}

static void
test_registry_port__gives_and_takes_what_the_person_may(void **state)
{
	struct world w;
	(void)state;
	world_open(&w);
	slice bob = kit_token(w.ledger, "bob"), eve = kit_token(w.ledger, "eve");
	kit_record(w.ledger, "risk", 1, "open", "{\"secret_note\":\"hush\",\"title\":\"a\"}");
	kit_record(w.ledger, "risk", 2, "open", "{\"classification\":\"secret\",\"title\":\"b\"}");
	ASSERT_OK(registry_view_refresh(kit_job(), w.registry));
	grant_to(&w, bob, "clerk");
	grant_to(&w, eve, "visitor");
	assert_true(slice_has(give(&w, "risk", false), S("hush"))); /* nobody asks */
	kit_job()->actor = S("eve");
	w.registry->access = kit_access(w.registry, eve);
	slice csv = give(&w, "risk", false);
	assert_false(slice_has(csv, S("hush")));
	assert_true(slice_has(csv, S("1,open,1,a")));
	assert_false(slice_has(csv, S("2,open"))); /* above her */
	kit_job()->actor = S("bob");
	w.registry->access = kit_access(w.registry, bob);
	assert_false(slice_has(give(&w, "risk", false), S("1,open"))); /* may read, not export */
	struct registry_imported got = take(&w, "risk", csv, (struct registry_import){0});
	assert_int_equal(got.wrong, 0);
	assert_int_equal(got.same, 1);
	got = take(&w, "risk", S("number,secret_note\n1,hush\n"), (struct registry_import){.dry_run = true}); /* a guess is not answered */
	assert_int_equal(got.wrong, 1);
	got = take(&w, "risk", S("number,title\n2,b\n"), (struct registry_import){.dry_run = true});
	assert_int_equal(got.wrong, 1);
	uint64_t size = ledger_size(w.ledger);
	got = take(&w, "risk", S("title,status\nz,closed\n"), (struct registry_import){.as_recorded = true}); /* who may not accept */
	assert_int_equal(got.wrong, 1);
	assert_true(told(&got, 2, "", "accept-risk"));
	assert_int_equal(ledger_size(w.ledger), size + 1); /* the refusal */
	got = take(&w, "risk", S("title,status\nz,open\n"), (struct registry_import){.as_recorded = true});
	assert_int_equal(got.wrong, 0);
	assert_true(got.written);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registry_port__takes_back_what_it_gives),
	    cmocka_unit_test(test_registry_port__tells_everything_and_writes_nothing),
	    cmocka_unit_test(test_registry_port__headings_are_known_or_refused),
	    cmocka_unit_test(test_registry_port__numbers_and_versions_are_honoured),
	    cmocka_unit_test(test_registry_port__states_are_kept_only_as_recorded),
	    cmocka_unit_test(test_registry_port__mixed_rows_keep_their_own_answers),
	    cmocka_unit_test(test_registry_port__gives_and_takes_what_the_person_may),
	};
	return KIT_TESTS(tests);
}
