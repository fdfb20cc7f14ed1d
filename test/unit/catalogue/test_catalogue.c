/*
 * Frameworks, requirements, parts and maps: what is read, and every refusal by file and line.
 */
#include "kit_content.h"

#define GOOD KIT_REQUIREMENT("FW-1", KIT_PART("a", "observed"), "  maps: [{to: caf/C1.a, rests-on: section}]\n")

static void
load(struct catalogue *ret)
{
	struct content content = KIT_CONTENT({"framework/fw.yaml", KIT_HEAD}, {"framework/caf.yaml", KIT_SCHEME},
	    {"framework/fw/two.yaml", KIT_SECTION KIT_REQUIREMENT("FW-2", KIT_PART("x", "exercised") KIT_PART("y", "attested"), "")},
	    {"framework/fw/one.yaml", "framework: fw\nsection: Two\nsource: https://example.org/two\nrequirements:\n" GOOD},
	    {"check/ignored.yaml", "not: a framework\n"});
	ASSERT_OK(catalogue_load(kit_job(), &content, ret));
}

static void
test_catalogue_load__reads_frameworks_in_order(void **state)
{
	struct catalogue catalogue;
	(void)state;
	(void)kit_fresh();
	load(&catalogue);
	assert_int_equal(catalogue.len, 1);
	assert_int_equal(catalogue.requirements, 2);
	assert_int_equal(catalogue.parts, 3);
	const struct framework *framework = &catalogue.frameworks[0];
	ASSERT_SLICE(framework->requirements[0].id, "FW-1");
	ASSERT_SLICE(framework->requirements[1].id, "FW-2");
	ASSERT_SLICE(framework->requirements[0].source, "https://example.org/two");
	ASSERT_SLICE(framework->requirements[1].source, "https://example.org/fw");
	ASSERT_SLICE(framework->requirements[0].maps[0].title, "Watching");
	assert_true(framework->requirements[0].maps[0].by_section);
	assert_int_equal(framework->requirements[0].review.months, 12);
	/* Everything points back to where it is now, after sorting. */
	for (size_t r = 0; r < framework->len; r++) {
		assert_ptr_equal(framework->requirements[r].framework, framework);
		for (size_t p = 0; p < framework->requirements[r].parts_len; p++)
			assert_ptr_equal(framework->requirements[r].parts[p].requirement, &framework->requirements[r]);
	}
}

static void
test_catalogue_part__is_found_in_any_case(void **state)
{
	struct catalogue catalogue;
	(void)state;
	(void)kit_fresh();
	load(&catalogue);
	const struct part *part = catalogue_part(&catalogue, S("fw-2.X"));
	assert_non_null(part);
	assert_int_equal(part->basis, BASIS_EXERCISED);
	ASSERT_SLICE(part->id, "FW-2.x");
	assert_null(catalogue_part(&catalogue, S("FW-2.z")));
	assert_null(catalogue_part(&catalogue, S("FW-2")));
	assert_null(catalogue_part(&catalogue, S("")));
	assert_null(catalogue_requirement(&catalogue, S("FW-3")));
	assert_non_null(catalogue_framework(&catalogue, S("FW")));
	assert_null(catalogue_framework(&catalogue, S("caf"))); /* a scheme is no framework */
}

/* One section file that must be refused. */
static void
refused(const char *text, const char *words)
{
	struct catalogue catalogue = {.len = 77};
	(void)kit_fresh();
	struct content content =
	    KIT_CONTENT({"framework/fw.yaml", KIT_HEAD}, {"framework/caf.yaml", KIT_SCHEME}, {"framework/fw/one.yaml", text});
	ASSERT_ERR(catalogue_load(kit_job(), &content, &catalogue), ERR_INPUT, words);
	assert_int_equal(catalogue.len, 77); /* untouched */
}

#define ONE(fields) KIT_SECTION "- " fields "\n"
#define REST                                                                                                                               \
	"title: T, text: X, does: D, kind: control, function: protect, phase: [any], review: P1Y, parts: [{id: a, says: S, basis: "        \
	"observed}]"

static void
test_catalogue_load__refuses_requirements_by_line(void **state)
{
	(void)state;
	refused(KIT_SECTION GOOD GOOD, "one.yaml:15: the requirement FW-1 is there twice; first at ");
	refused(
	    KIT_SECTION GOOD KIT_REQUIREMENT("fw-1", KIT_PART("a", "observed"), ""), "one.yaml:15: the requirement fw-1 is there twice");
	refused(ONE("{id: A-1, colour: red, " REST "}"), "one.yaml:4: unknown key \"colour\"");
	refused(ONE("{id: A_1, " REST "}"), "one.yaml:4: a requirement's id is letters, digits and hyphens, found \"A_1\"");
	refused(ONE("{id: A-1, title: T, text: X, does: D, kind: spell, function: protect, phase: [any], review: P1Y, parts: []}"),
	    "one.yaml:4: ");
	refused(ONE("{id: A-1, title: T, text: X, does: D, kind: control, function: dance, phase: [any], review: P1Y, parts: []}"),
	    "one.yaml:4: ");
	refused(ONE("{id: A-1, title: T, text: X, does: D, kind: control, function: protect, phase: [any], review: soon, parts: []}"),
	    "one.yaml:4: review: expected an ISO 8601 duration such as P3M, found \"soon\"");
	refused(ONE("{id: A-1, title: T, text: X, does: D, kind: control, function: protect, phase: [any], review: P0D, parts: []}"),
	    "review: expected");
	refused(ONE("{id: A-1, title: T, text: X, does: D, kind: control, function: protect, phase: [], review: P1Y, parts: []}"),
	    "phase: expected at least one");
	refused(ONE("{id: A-1, title: T, text: X, does: D, kind: control, function: protect, phase: [any, any], review: P1Y, parts: []}"),
	    "phase: any is there twice");
	refused(ONE("{id: A-1, title: T, text: X, does: D, kind: control, function: protect, phase: [summer], review: P1Y, parts: []}"),
	    "one.yaml:4: ");
	refused(ONE("{id: A-1, title: T}"), "expected \"text\"");
	refused(ONE("just words"), "a requirement must be a map");
	refused(KIT_SECTION "  {}\n", "\"requirements\" must be");
	refused("framework: other\nsection: S\nrequirements: []\n", "one.yaml:1: framework: expected fw, as the folder says, found other");
	refused(KIT_SECTION "  []\n", "fw.yaml:1: expected requirements in framework/fw/*.yaml, found none");
	refused(KIT_SECTION GOOD "colour: red\n", "unknown key \"colour\"");
	refused("- not\n- a map\n", "a section file must be a map");
	refused("a: [", "one.yaml:");
}

static void
test_catalogue_load__refuses_parts_and_maps_by_line(void **state)
{
	(void)state;
	refused(KIT_SECTION KIT_REQUIREMENT("A-1", KIT_PART("a", "observed") KIT_PART("a", "attested"), ""),
	    "one.yaml:14: the part A-1.a is there twice");
	refused(KIT_SECTION KIT_REQUIREMENT("A-1", KIT_PART("A", "observed"), ""),
	    "one.yaml:13: a part's id is lower-case letters, digits and hyphens, found \"A\"");
	refused(KIT_SECTION KIT_REQUIREMENT("A-1", KIT_PART("a", "believed"), ""), "one.yaml:13: ");
	refused(KIT_SECTION KIT_REQUIREMENT("A-1", "  - {id: a, says: S, basis: observed, more: x}\n", ""),
	    "one.yaml:13: unknown key \"more\"");
	refused(KIT_SECTION KIT_REQUIREMENT("A-1", "    []\n", ""), "expected 1 to 9 parts, found 0");
	refused(KIT_SECTION KIT_REQUIREMENT("A-1", KIT_PART("a", "observed"), "  maps: [{to: caf/Z9.z, rests-on: section}]\n"),
	    "one.yaml:14: A-1 maps to caf/Z9.z, which no scheme has");
	refused(KIT_SECTION KIT_REQUIREMENT("A-1", KIT_PART("a", "observed"), "  maps: [{to: C1.a, rests-on: section}]\n"),
	    "which no scheme has");
	refused(
	    KIT_SECTION KIT_REQUIREMENT("A-1", KIT_PART("a", "observed"), "  maps: [{to: caf/C1.a, rests-on: hope}]\n"), "one.yaml:14: ");
	refused(KIT_SECTION KIT_REQUIREMENT("A-1", KIT_PART("a", "observed"), "  maps: [{to: caf/C1.a}]\n"),
	    "one.yaml:14: expected \"rests-on\"");
}

static void
heads_refused(struct content content, const char *words)
{
	struct catalogue catalogue;
	ASSERT_ERR(catalogue_load(kit_job(), &content, &catalogue), ERR_INPUT, words);
}

static void
test_catalogue_load__refuses_heads_and_folders(void **state)
{
	(void)state;
	(void)kit_fresh();
	heads_refused(KIT_CONTENT({"framework/other.yaml", KIT_HEAD}), "other.yaml:1: id: expected the file's own name");
	heads_refused(KIT_CONTENT({"framework/fw.yaml", KIT_HEAD "outcomes: []\n"}), "outcomes: only a scheme has them");
	heads_refused(KIT_CONTENT({"framework/fw.yaml", KIT_HEAD "colour: red\n"}), "fw.yaml:5: unknown key \"colour\"");
	heads_refused(KIT_CONTENT({"framework/fw.yaml", "id: fw\nkind: poem\n"}), "fw.yaml:2: ");
	heads_refused(
	    KIT_CONTENT({"framework/caf.yaml", KIT_SCHEME "- {id: C1.a, title: Again}\n"}), "caf.yaml:7: the outcome C1.a is there twice");
	heads_refused(KIT_CONTENT({"framework/caf.yaml", KIT_SCHEME "- {id: C1.b, title: \"\"}\n"}),
	    "caf.yaml:7: the outcome C1.b: expected a title");
	/* A section whose framework is not there, or is only a scheme, would be left out in silence. */
	heads_refused(KIT_CONTENT({"framework/fw.yaml", KIT_HEAD}, {"framework/fw/one.yaml", KIT_SECTION GOOD},
			  {"framework/wf/one.yaml", KIT_SECTION GOOD}),
	    "framework/wf/one.yaml:1: there is no framework/wf.yaml");
	heads_refused(KIT_CONTENT({"framework/caf.yaml", KIT_SCHEME}, {"framework/caf/one.yaml", KIT_SECTION GOOD}),
	    "there is no framework/caf.yaml of kind requirements");
}

static void
test_catalogue_load__an_id_is_one_in_all_frameworks(void **state)
{
	struct catalogue catalogue;
	(void)state;
	(void)kit_fresh();
	struct content content = KIT_CONTENT({"framework/caf.yaml", KIT_SCHEME}, {"framework/fw.yaml", KIT_HEAD},
	    {"framework/fw/one.yaml", KIT_SECTION GOOD}, {"framework/gw.yaml", "id: gw\nkind: requirements\ntitle: G\nsource: s\n"},
	    {"framework/gw/one.yaml", "framework: gw\nsection: One\nrequirements:\n" GOOD});
	ASSERT_ERR(catalogue_load(kit_job(), &content, &catalogue), ERR_INPUT,
	    "gw/one.yaml:4: the requirement FW-1 is in the framework fw already");
}

/* The content that is shipped. */
static void
test_catalogue_load__reads_what_is_shipped(void **state)
{
	struct content content;
	struct catalogue catalogue;
	const char *dir;
	(void)state;
	(void)kit_fresh();
	ASSERT_OK(content_find(kit_job(), NULL, &dir));
	ASSERT_OK(content_load(kit_job(), dir, NULL, &content));
	ASSERT_OK(catalogue_load(kit_job(), &content, &catalogue));
	assert_int_equal(catalogue.len, 3);
	assert_int_equal(catalogue.requirements, 264);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_catalogue_load__reads_frameworks_in_order),
	    cmocka_unit_test(test_catalogue_part__is_found_in_any_case),
	    cmocka_unit_test(test_catalogue_load__refuses_requirements_by_line),
	    cmocka_unit_test(test_catalogue_load__refuses_parts_and_maps_by_line),
	    cmocka_unit_test(test_catalogue_load__refuses_heads_and_folders),
	    cmocka_unit_test(test_catalogue_load__an_id_is_one_in_all_frameworks),
	    cmocka_unit_test(test_catalogue_load__reads_what_is_shipped),
	};
	return KIT_TESTS(tests);
}
