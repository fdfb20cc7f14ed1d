/* Packs: read strictly, linted, asked of rows, and written for people and for programs. */
#include "kit_content.h"
#include "report_kit.h"
#include "report_read.h"

#include "base/json.h"
#include "report/report_pack.h"

#define RISK                                                                                                                               \
	"id: risk\ntitle: Risk\nabout: x\nfields:\n  - {id: title, title: T, about: x, type: text}\n"                                      \
	"  - {id: owner, title: O, about: x, type: person}\n  - {id: cost, title: C, about: x, type: money}\n"                             \
	"  - {id: until, title: U, about: x, type: date}\n"                                                                                \
	"states:\n  - {id: open, title: Open}\n  - {id: closed, title: Closed, end: true}\nchanges:\n  - {id: close, title: Close, from: [open], to: closed}\n"
#define HEAD "id: p\ntitle: Pack\nabout: What it is\naudience: Somebody\n"
#define PHASES "phase: {words: [alpha, beta], otherwise: SELECT 'beta'}\n"
#define WANTED "- {id: wanted, title: Wanted, type: requirements, framework: alpha-1}\n"
#define TABLE                                                                                                                              \
	"- id: risks\n  title: Risks\n  type: table\n  empty: No risk is open.\n"                                                          \
	"  sql: SELECT title, owner, cost, until, number FROM risk WHERE number >= :service ORDER BY number\n  columns:\n"                 \
	"  - {id: title, title: Risk}\n  - {id: owner, title: Owner, as: person}\n  - {id: cost, title: Cost, as: money}\n"                \
	"  - {id: until, title: Until, as: day}\n  - {id: number, title: Record, as: number}\n"
#define BLOCKS                                                                                                                             \
	"- id: blocks\n  title: What blocks\n  type: blocks\n  empty: Nothing is stuck.\n"                                                 \
	"  sql: SELECT title AS what, 'It waits' AS why, owner AS who, until AS by_when, 'risk' AS register, number FROM risk ORDER BY number\n"
#define FIGURES                                                                                                                            \
	"- id: short\n  title: In short\n  type: figures\n  figures:\n"                                                                    \
	"  - {title: open risks, sql: SELECT count(*) FROM risk, good: none}\n  - {title: money, sql: SELECT sum(cost) FROM risk, as: money}\n" \
	"  bars-title: By section\n  bars: SELECT section AS label, verdict, count(*) AS number FROM requirement GROUP BY section, verdict ORDER BY section\n"
#define TEXT_AND_INDEX "- {id: words, title: Words, type: text, text: 'One.'}\n- {id: index, title: Index, type: index}\n"
#define ALL HEAD PHASES "sections:\n" FIGURES BLOCKS WANTED TABLE TEXT_AND_INDEX

static struct content content;
static struct registry_registers registers;

static struct report_packs
packs_of(const char *text)
{
	struct report_packs packs;
	content = KIT_CONTENT({"register/risk.yaml", RISK}, {"report/p.yaml", text});
	ASSERT_OK(registry_load(kit_job(), &content, NULL, &registers));
	ASSERT_OK(report_packs_load(kit_job(), &content, &kit_catalogue, &packs));
	return packs;
}

static void
refused(const char *text, const char *words)
{
	struct report_packs packs;
	content = KIT_CONTENT({"report/p.yaml", text});
	ASSERT_ERR(report_packs_load(kit_job(), &content, &kit_catalogue, &packs), ERR_INPUT, words);
}

static void
test_report_pack__is_read_strictly(void **state)
{
	(void)state;
	kit_fresh();
	kit_hostile = false;
	kit_catalogue_make();
	struct report_packs packs = packs_of(ALL);
	assert_int_equal(packs.len, 1);
	assert_int_equal(packs.at[0].sections_len, 6);
	assert_non_null(report_pack_find(&packs, S("p")));
	assert_null(report_pack_find(&packs, S("q")));
	refused(HEAD, "sections");
	refused("id: other\ntitle: P\nabout: x\naudience: x\nsections:\n" WANTED, "the file's own name");
	refused(HEAD "colour: red\nsections:\n" WANTED, "colour");
	refused(HEAD "sections:\n" WANTED WANTED, "there twice");
	refused(HEAD "sections:\n- {id: a, title: A, type: picture}\n", "picture");
	refused(HEAD "sections:\n- {id: a, title: A}\n", "type");
	refused(HEAD "sections:\n- {id: a, title: A, type: requirements, framework: gamma}\n", "no framework");
	refused(HEAD "sections:\n- {id: a, title: A, type: requirements, framework: alpha-1, sections: [Nowhere]}\n", "no section");
	refused(HEAD "sections:\n- {id: a, title: A, type: requirements, framework: alpha-1, ids: [BE-001]}\n", "no requirement");
	refused(HEAD "sections:\n- {id: a, title: A, type: requirements, framework: alpha-1, phased: true}\n", "no phases");
	refused(HEAD "sections:\n- {id: a, title: A, type: text, text: x, sql: SELECT 1}\n", "sql");
	refused(HEAD "sections:\n- {id: a, title: A, type: table, empty: x, sql: SELECT 1, columns: []}\n", "columns");
	refused(HEAD "sections:\n- {id: a, title: A, type: table, empty: x, sql: SELECT 1, columns: [{id: b, title: B, as: colour}]}\n", "colour");
	refused(HEAD "sections:\n- {id: a, title: A, type: table, sql: SELECT 1, columns: [{id: b, title: B}]}\n", "empty");
	refused(HEAD "sections:\n- {id: a, title: A, type: figures, bars: SELECT 1, figures: [{title: x, sql: SELECT 1}]}\n", "go together");
	refused(HEAD "sections:\n- {id: a, title: A, type: figures, figures: [{title: x, sql: SELECT 1, good: more}]}\n", "more");
	refused(HEAD "period: {otherwise: a year}\nsections:\n" WANTED, "duration");
	refused(HEAD "phase: {otherwise: SELECT 1}\nsections:\n" WANTED, "phases");
}

/* Lint */

static char lines[4096];

static err
keep_line(struct job *job, void *to, slice text)
{
	(void)job, (void)to;
	size_t len = strlen(lines);
	snprintf(lines + len, sizeof lines - len, "%.*s\n", SLICE(text));
	return OK;
}

static size_t
faults_of(const char *text)
{
	size_t faults, packs;
	content = KIT_CONTENT({"register/risk.yaml", RISK}, {"report/p.yaml", text});
	ASSERT_OK(registry_load(kit_job(), &content, NULL, &registers));
	lines[0] = '\0';
	ASSERT_OK(report_pack_lint(kit_job(), &content, &kit_catalogue, &registers, keep_line, NULL, &faults, &packs));
	return faults;
}

static void
faulty(const char *text, const char *words)
{
	assert_int_equal(faults_of(text), 1);
	if (strstr(lines, words) == NULL || strstr(lines, "report/p.yaml:") == NULL)
		fail_msg("expected \"%s\" with file and line, found %s", words, lines);
}

#define ONE(sql) HEAD "sections:\n- {id: a, title: A, type: table, empty: x, sql: \"" sql "\", columns: [{id: title, title: T}, {id: number, title: N}]}\n"

static void
test_report_pack__lint_prepares_every_question(void **state)
{
	(void)state;
	kit_fresh();
	kit_hostile = false;
	kit_catalogue_make();
	assert_int_equal(faults_of(ALL), 0);
	assert_int_equal(faults_of(ONE("SELECT title, number FROM risk WHERE made < :now AND :phase = '' AND :from < :to AND :service > 0")), 0);
	assert_int_equal(faults_of(ONE("SELECT says AS title, entry AS number FROM finding UNION ALL SELECT what, entry FROM cited")), 0);
	faulty(ONE("SELECT title, number FROM risks"), "risks");
	faulty(ONE("SELECT title, colour AS number FROM risk"), "colour");
	faulty(ONE("SELECT title, number FROM risk WHERE made < :then"), ":then");
	faulty(ONE("SELECT number, title FROM risk"), "column 1 must be title");
	faulty(ONE("SELECT title FROM risk"), "expected 2 columns, found 1");
	faulty(ONE("DELETE FROM risk"), "sql");
	faulty(HEAD "sections:\n- {id: a, title: A, type: blocks, empty: x, sql: SELECT title AS what FROM risk}\n", "expected 7 columns");
	faulty(HEAD "sections:\n- {id: a, title: A, type: figures, figures: [{title: x, sql: 'SELECT 1, 2'}]}\n", "expected 1 columns");
	faulty(HEAD "sections:\n- {id: a, title: A, type: figures, bars-title: B, bars: 'SELECT 1, 2, 3', figures: [{title: x, sql: SELECT 1}]}\n", "label");
	faulty(HEAD "phase: {words: [a], otherwise: SELECT x}\nsections:\n" WANTED, "x");
	faulty(HEAD "sections: none\n", "sections");
}

/* Making */

static size_t risks_len;

static err
rows_of(struct job *job, void *to, slice table, const struct query_read *reads, size_t reads_len, struct rows *ret)
{
	const struct table *shape = table.len == 5 ? &report_pack_cited_table : &registers.at[0].table;
	bool read = false;
	(void)to;
	for (size_t i = 0; i < reads_len; i++)
		read = read || slice_same(reads[i].table, table);
	assert_true(read);
	rows_open(ret, job, shape);
	if (shape == &report_pack_cited_table)
		return rows_add(ret, (struct cell[]){INT(7), TEXT(S("run")), TEXT(say("check one: it holds")), TEXT(say("web1")), INT(KIT_DAY(1)), TEXT(say("00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff"))});
	for (size_t i = 0; i < risks_len; i++) {
		struct cell cells[TABLE_MAX_COLUMNS];
		for (unsigned c = 0; c < shape->len; c++)
			cells[c] = (shape->columns[c].flags & COLUMN_MAYBE) != 0 ? NIL : shape->columns[c].type == COLUMN_TEXT ? TEXT(S("")) : INT(0);
		cells[table_column(shape, S("number"))] = INT((int64_t)i + 1);
		cells[table_column(shape, S("title"))] = TEXT(say(i == 0 ? "=1+1" : "Fire"));
		cells[table_column(shape, S("owner"))] = TEXT(i == 0 ? S("token-1") : S(""));
		cells[table_column(shape, S("cost"))] = i == 0 ? INT(123456789) : INT(-1000);
		cells[table_column(shape, S("until"))] = i == 0 ? INT(KIT_DAY(0)) : NIL;
		TRY(rows_add(ret, cells));
	}
	return OK;
}

static err
person_of(struct job *job, void *to, slice token, slice *ret)
{
	(void)job, (void)to;
	assert_true(slice_same(token, S("token-1")));
	*ret = say("Ada");
	return OK;
}

static struct report_pack_about about;
static const struct report_pack_source source = {.rows = rows_of, .person = person_of};

static struct report_pack_made
made_of(const char *text, bool hostile, slice phase)
{
	static struct report_packs packs;
	struct report_pack_made made;
	kit_fresh();
	kit_hostile = false; /* ids that the pack names are found */
	kit_catalogue_make();
	packs = packs_of(text);
	struct report report = kit_report(hostile);
	kit_requirements[1].framework = kit_requirements[0].framework;
	kit_frameworks[0].id = S("alpha-1");
	about = (struct report_pack_about){
	    .pack = &packs.at[0], .report = report, .service = 1, .phase = phase, .by = say("Grace"), .entry = 4242};
	ASSERT_OK(report_pack_make(kit_job(), &about, &registers, &source, &made));
	return made;
}

static void
test_report_pack__puts_gaps_first(void **state)
{
	(void)state;
	static const char *const ids[] = {"AL-002", "AL-004", "AL-003", "AL-001"};
	risks_len = 0;
	struct report_pack_made made = made_of(HEAD "sections:\n" WANTED, false, S(""));
	assert_int_equal(made.sheets[0].requirements_len, 4);
	for (size_t i = 0; i < 4; i++)
		ASSERT_SLICE(made.sheets[0].requirements[i]->requirement->id, ids[i]);
	assert_int_equal(made.sheets[0].len, 8); /* two parts each */
	made = made_of(HEAD "sections:\n- {id: a, title: A, type: requirements, framework: alpha-1, sections: [Protect], ids: [AL-003, AL-001]}\n", false, S(""));
	assert_int_equal(made.sheets[0].requirements_len, 1);
	ASSERT_SLICE(made.sheets[0].requirements[0]->requirement->id, "AL-003");
}

static void
test_report_pack__leaves_out_other_phases(void **state)
{
	(void)state;
	static const char phased[] = HEAD PHASES "sections:\n- {id: a, title: A, type: requirements, framework: alpha-1, phased: true}\n";
	struct report_pack_made made = made_of(phased, false, S("beta"));
	kit_requirements[0].phase[0] = S("alpha");
	kit_requirements[0].phases = 1;
	kit_requirements[1].phase[0] = S("any");
	kit_requirements[1].phases = 1;
	kit_requirements[2].phase[0] = S("beta");
	kit_requirements[2].phases = 1;
	ASSERT_OK(report_pack_make(kit_job(), &about, &registers, &source, &made));
	assert_int_equal(made.sheets[0].requirements_len, 3);
	about.phase = S("alpha");
	kit_requirements[3].phase[0] = S("beta");
	kit_requirements[3].phases = 1;
	ASSERT_OK(report_pack_make(kit_job(), &about, &registers, &source, &made));
	assert_int_equal(made.sheets[0].requirements_len, 2);
}

static void
test_report_pack__takes_phase_and_period_of_now(void **state)
{
	(void)state;
	static struct report_packs packs;
	kit_fresh();
	kit_hostile = false;
	kit_catalogue_make();
	packs = packs_of(HEAD PHASES "period: {otherwise: P30D}\nsections:\n" WANTED);
	about = (struct report_pack_about){.pack = &packs.at[0], .report.at.now_us = KIT_DAY(100)};
	ASSERT_OK(report_pack_otherwise(kit_job(), &registers, &source, &about));
	ASSERT_SLICE(about.phase, "beta");
	assert_true(about.to_us == KIT_DAY(100) && about.from_us == KIT_DAY(70));
	/* What was asked for stays; a phase the pack does not know is none. */
	about.phase = S("alpha");
	about.from_us = KIT_DAY(1);
	ASSERT_OK(report_pack_otherwise(kit_job(), &registers, &source, &about));
	ASSERT_SLICE(about.phase, "alpha");
	assert_true(about.from_us == KIT_DAY(1));
	packs = packs_of(HEAD "phase: {words: [alpha], otherwise: SELECT 'retired'}\nsections:\n" WANTED);
	about = (struct report_pack_about){.pack = &packs.at[0]};
	ASSERT_OK(report_pack_otherwise(kit_job(), &registers, &source, &about));
	assert_int_equal(about.phase.len, 0);
	assert_true(about.to_us == 0 && about.from_us == 0);
}

static void
test_report_pack__asks_rows_and_names_persons(void **state)
{
	(void)state;
	slice text;
	risks_len = 2;
	struct report_pack_made made = made_of(ALL, false, S("beta"));
	const struct report_pack_sheet *table = &made.sheets[3], *short_ = &made.sheets[0];
	assert_int_equal(table->len, 2);
	ASSERT_SLICE(table->row[0][1].text, "Ada");
	assert_true(table->row[1][1].null);
	ASSERT_OK(report_pack_cell(kit_job(), REPORT_PACK_AS_MONEY, &table->row[0][2], true, &text));
	ASSERT_SLICE(text, "£1,234,567.89");
	ASSERT_OK(report_pack_cell(kit_job(), REPORT_PACK_AS_MONEY, &table->row[1][2], true, &text));
	ASSERT_SLICE(text, "-£10");
	ASSERT_OK(report_pack_cell(kit_job(), REPORT_PACK_AS_MONEY, &table->row[1][2], false, &text));
	ASSERT_SLICE(text, "-10.00");
	ASSERT_OK(report_pack_cell(kit_job(), REPORT_PACK_AS_DAY, &table->row[0][3], false, &text));
	ASSERT_SLICE(text, instant_day(KIT_DAY(0)).at);
	assert_true(short_->row[0][1].number == 2 && short_->bars_len == 5);
	assert_int_equal(made.sheets[1].len, 2);
	/* :service is bound: only records from there on. */
	about.service = 2;
	ASSERT_OK(report_pack_make(kit_job(), &about, &registers, &source, &made));
	assert_int_equal(made.sheets[3].len, 1);
	about.pack = NULL;
}

/* The page */

static slice
page_of(bool hostile)
{
	slice text;
	struct report_pack_made made = made_of(ALL, hostile, S("beta"));
	ASSERT_OK(report_pack_html(kit_job(), &made, &text));
	return text;
}

static void
test_report_pack_html__says_what_there_is_and_what_there_is_not(void **state)
{
	(void)state;
	risks_len = 2;
	slice text = page_of(false);
	static const char *const wanted[] = {"<h1>Pack</h1>", "ledger entry 4242", "Grace; it shows what they may read", "Ada", "<strong>Nobody is named</strong>",
	    "£1,234,567.89", "Not met: 1", "No date is set", "assay report frozen 4242 --again"};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (!slice_has(text, slice_of(wanted[i])))
			fail_msg("\"%s\" is not there", wanted[i]);
	assert_false(slice_has(text, S("No risk is open.")));
	risks_len = 0;
	text = page_of(false);
	assert_true(slice_has(text, S("No risk is open.")) && slice_has(text, S("Nothing is stuck.")));
	/* A draft says so, and names no entry. */
	struct report_pack_made made = made_of(ALL, false, S("beta"));
	about.draft = true;
	ASSERT_OK(report_pack_html(kit_job(), &made, &text));
	assert_true(slice_has(text, S("Draft: not kept")));
	assert_false(slice_has(text, S("ledger entry 4242")));
	assert_false(slice_has(text, S("report frozen")));
}

/* Names of its tags and of their attributes, in order. */
static size_t
tags_of(slice text, char *to, size_t room)
{
	struct read_page page = read_page(text);
	size_t len = 0;
	for (size_t i = 0; i < page.len; i++) {
		len += (size_t)snprintf(to + len, room - len, "<%s%.*s", page.tags[i].end ? "/" : "", SLICE(page.tags[i].name));
		for (size_t a = 0; a < page.tags[i].len; a++)
			len += (size_t)snprintf(to + len, room - len, " %.*s", SLICE(page.tags[i].attributes[a].name));
		assert_true(len < room);
	}
	return len;
}

static void
test_report_pack_html__is_made_of_the_same_tags_whatever_the_text(void **state)
{
	(void)state;
	risks_len = 2;
	static char plain[256 * 1024], hostile[256 * 1024];
	size_t plain_len = tags_of(page_of(false), plain, sizeof plain);
	slice text = page_of(true);
	assert_false(slice_has(text, S("<script")));
	assert_false(slice_has(text, S("<img")));
	assert_false(slice_has(text, S("\033")));
	assert_true(slice_has(text, S("&lt;script&gt;")));
	size_t hostile_len = tags_of(text, hostile, sizeof hostile);
	assert_true(plain_len > 1000);
	assert_int_equal(plain_len, hostile_len);
	assert_memory_equal(plain, hostile, plain_len);
}

static void
test_report_pack_html__has_headings_in_order_captions_scopes_and_links_that_lead(void **state)
{
	(void)state;
	risks_len = 2;
	struct read_page page = read_page(page_of(false));
	char level = '0';
	size_t tables = 0, captions = 0, contents = 0;
	for (size_t i = 0; i < page.len; i++) {
		const struct read_tag *tag = &page.tags[i];
		slice href = read_attribute(tag, "href"), id = read_attribute(tag, "id");
		if (tag->end)
			continue;
		if (tag->name.len == 2 && tag->name.at[0] == 'h' && tag->name.at[1] >= '1' && tag->name.at[1] <= '6') {
			if (tag->name.at[1] > level + 1)
				fail_msg("h%c behind h%c", tag->name.at[1], level);
			level = tag->name.at[1];
		}
		tables += slice_same(tag->name, S("table"));
		captions += slice_same(tag->name, S("caption"));
		if (slice_same(tag->name, S("th")))
			assert_true(read_attribute(tag, "scope").len > 0);
		for (size_t b = 0; id.len > 0 && b < i; b++)
			assert_false(slice_same(read_attribute(&page.tags[b], "id"), id));
		bool found = href.len == 0 || href.at[0] != '#';
		contents += !found;
		for (size_t b = 0; b < page.len && !found; b++)
			found = slice_same(read_attribute(&page.tags[b], "id"), slice_from(href, 1));
		if (!found)
			fail_msg("%.*s leads nowhere", SLICE(href));
	}
	assert_int_equal(tables, captions);
	assert_int_equal(tables, 3);
	assert_int_equal(contents, 6 + 1 + 2); /* sections, how to check, and the two links to it and over the head */
}

/* For programs */

static void
test_report_pack_csv__has_a_file_a_section_and_no_formulas(void **state)
{
	(void)state;
	struct report_pack_file *files;
	size_t len;
	risks_len = 2;
	struct report_pack_made made = made_of(ALL, false, S("beta"));
	ASSERT_OK(report_pack_csv(kit_job(), &made, &files, &len));
	assert_int_equal(len, 1 + 5); /* a text is no sheet */
	ASSERT_SLICE(files[0].name, "pack.csv");
	assert_true(slice_has(files[0].text, S("frozen_entry,4242\r\n")));
	ASSERT_SLICE(files[4].name, "04-risks.csv");
	slice day = slice_of(instant_day(KIT_DAY(0)).at), wanted;
	ASSERT_OK(job_format(kit_job(), &wanted, "title,owner,cost,until,number\r\n'=1+1,Ada,1234567.89,%.*s,1\r\nFire,,-10.00,,2\r\n", SLICE(day)));
	ASSERT_SLICE(files[4].text, wanted.at);
}

static void
test_report_pack_json__is_read_back(void **state)
{
	(void)state;
	const json_t *json, *sections, *rows;
	slice text, title;
	risks_len = 2;
	for (int hostile = 0; hostile < 2; hostile++) {
		struct report_pack_made made = made_of(ALL, hostile != 0, S("beta"));
		ASSERT_OK(report_pack_json(kit_job(), &made, &text));
		ASSERT_OK(json_read(kit_job(), "a pack", text, &json));
		ASSERT_OK(json_need_array(kit_job(), "a pack", json, "sections", &sections));
		assert_int_equal(json_array_size(sections), 6);
		ASSERT_OK(json_need_array(kit_job(), "a section", json_array_get(sections, 3), "rows", &rows));
		ASSERT_OK(json_need_text(kit_job(), "a row", json_array_get(rows, 0), "title", &title));
		assert_true(slice_starts(title, S("=1+1")));
		assert_true(json_is_null(json_object_get(json_array_get(rows, 1), "owner")));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_report_pack__is_read_strictly),
	    cmocka_unit_test(test_report_pack__lint_prepares_every_question),
	    cmocka_unit_test(test_report_pack__puts_gaps_first),
	    cmocka_unit_test(test_report_pack__leaves_out_other_phases),
	    cmocka_unit_test(test_report_pack__takes_phase_and_period_of_now),
	    cmocka_unit_test(test_report_pack__asks_rows_and_names_persons),
	    cmocka_unit_test(test_report_pack_html__says_what_there_is_and_what_there_is_not),
	    cmocka_unit_test(test_report_pack_html__is_made_of_the_same_tags_whatever_the_text),
	    cmocka_unit_test(test_report_pack_html__has_headings_in_order_captions_scopes_and_links_that_lead),
	    cmocka_unit_test(test_report_pack_csv__has_a_file_a_section_and_no_formulas),
	    cmocka_unit_test(test_report_pack_json__is_read_back),
	};
	return KIT_TESTS(tests);
}
