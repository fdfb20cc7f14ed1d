#include "kit_collect.h"

#include "collect/collect_dropin.h"
#include "collect/collect_schema.h"

static const char *const yaml =
    "about: Backups of the door system\ncolumns:\n  - {name: door, type: text}\n  - {name: at, type: time, maybe: true}\n"
    "  - {name: tries, type: int}\nkey: [door]\nmax_age: 7d\n";

/* The JSON lines of all tables a run handed over. */
static slice told;

static err
fixture_sink(struct job *job, void *to, const struct collector *collector, struct rows *rows)
{
	(void)to, (void)collector;
	slice text;
	TRY(rows_write(rows->job, rows, 0, &text));
	return job_format(job, &told, "%.*s%.*s", SLICE(told), SLICE(text));
}

static const char *
fixture_run(const char *root, const char *only)
{
	slice source, facts;
	told = S("");
	ASSERT_OK(job_format(kit_job(), &source, "%s/source", root));
	ASSERT_OK(job_format(kit_job(), &facts, "%s/facts.d", root));
	struct collect_options options = {.root = root, .only_table = only, .facts_dir = facts.at, .source_dir = source.at};
	ASSERT_OK(collect_run(kit_job(), &options, fixture_sink, NULL));
	ASSERT_OK(job_format(kit_job(), &told, "%.*s", SLICE(told)));
	return told.at;
}

#define ASSERT_TOLD(text, words)                                                                                                           \
	do {                                                                                                                               \
		if (strstr((text), (words)) == NULL)                                                                                       \
			fail_msg("lacks %s in:\n%s", (words), (text));                                                                     \
	} while (0)

static void
test_collect_dropin__signs_rows_in_with_owner_and_time(void **state)
{
	(void)state;
	kit_fresh();
	const char *root = kit_mkdir(), *text;
	kit_file(root, "/etc/passwd", "root:x:0:0::/:/bin/sh\n");
	kit_file(root, "/source/door.yaml", yaml);
	kit_file(root, "/facts.d/door.jsonl",
	    "{\"door\":\"b\",\"tries\":2}\n\n{\"door\":\"a\",\"tries\":true,\"at\":\"2026-01-02T03:04:05Z\"}\n");
	text = fixture_run(root, "door");
	ASSERT_TOLD(text, "{\"columns\":[\"door\",\"at\",\"tries\",\"file_owner\",\"file_time\"],\"state\":\"read\",\"table\":\"door\"}\n["
			  "\"a\",1767323045000000,1,\"");
	ASSERT_TOLD(text, "[\"b\",null,2,\"");
	kit_file(root, "/facts.d/stray.jsonl", "{}\n");
	text = fixture_run(root, "dropin");
	ASSERT_TOLD(text, "[\"stray\",\"stray.jsonl\",\"\",null,\"could-not-look\",\"no description");
	ASSERT_TOLD(text, "[\"door\",\"");
	kit_rmdir(root);
}

static void
test_collect_dropin__refuses_bad_rows_by_line(void **state)
{
	(void)state;
	static const struct {
		const char *rows, *reason;
	} bad[] = {{"{\"door\":\"a\",\"tries\":1}\n{\"door\":\"b\"}\n", "door.jsonl:2: the column \\\"tries\\\" must be filled"},
	    {"{\"door\":1,\"tries\":1}\n", "door.jsonl:1: the column \\\"door\\\" must be text"},
	    {"{\"door\":\"a\",\"tries\":1,\"x\":1}\n", "door.jsonl:1: "}, {"[]\n", "door.jsonl:1: a row must be a JSON object"},
	    {"{\"door\":\"a\",\"tries\":1.5}\n", "must be a whole number"},
	    {"{\"door\":\"a\",\"tries\":1,\"at\":\"yesterday\"}\n", "must be an RFC 3339 time"}, {"\xff\n", "door.jsonl:1: "},
	    {"{\"door\":\"a\",\"tries\":1}\n{\"door\":\"a\",\"tries\":2}\n", "two rows have the same key"}};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		kit_fresh();
		const char *root = kit_mkdir();
		kit_file(root, "/source/door.yaml", yaml);
		kit_file(root, "/facts.d/door.jsonl", bad[i].rows);
		const char *text = fixture_run(root, "door");
		ASSERT_TOLD(text, "\"state\":\"could-not-look\"");
		ASSERT_TOLD(text, bad[i].reason);
		kit_rmdir(root);
	}
}

static void
test_collect_dropin__could_not_look_when_old_open_or_missing(void **state)
{
	(void)state;
	kit_fresh();
	const char *root = kit_mkdir();
	slice path;
	kit_file(root, "/source/door.yaml", yaml);
	ASSERT_TOLD(fixture_run(root, "door"), "\"state\":\"could-not-look\"");
	kit_file(root, "/facts.d/door.jsonl", "");
	ASSERT_TOLD(fixture_run(root, "door"), "\"state\":\"read\"");
	ASSERT_OK(job_format(kit_job(), &path, "%s/facts.d/door.jsonl", root));
	assert_int_equal(chmod(path.at, 0666), 0);
	ASSERT_TOLD(fixture_run(root, "door"), "may be written by everybody");
	assert_int_equal(chmod(path.at, 0644), 0);
	kit_job()->now_us = job_now(kit_job()) + 8 * 86400 * (int64_t)1000000;
	ASSERT_TOLD(fixture_run(root, "door"), "max_age");
	kit_rmdir(root);
}

static void
test_collect_schema_dropins__names_file_and_line(void **state)
{
	(void)state;
	static const struct {
		const char *name, *text, *words;
	} bad[] = {{"account.yaml", yaml, "fact table of assay's own"}, {"Door.yaml", yaml, "a-z"},
	    {"x.yaml", "about: x\ncolumns: []\nkey: [a]\n", "x.yaml:2"},
	    {"x.yaml", "about: x\ncolumns:\n  - {name: host}\nkey: [host]\n", "x.yaml:3"},
	    {"x.yaml", "about: x\ncolumns:\n  - {name: a}\nkey: [b]\n", "x.yaml:4"},
	    {"x.yaml", "about: x\ncolumns:\n  - {name: a, type: date}\nkey: [a]\n", "x.yaml:3"},
	    {"x.yaml", "about: x\ncolums: 1\n", "x.yaml:2"},
	    {"x.yaml", "about: x\ncolumns:\n  - {name: a}\nkey: [a]\nmax_age: soon\n", "x.yaml:5"}};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		kit_fresh();
		const char *root = kit_mkdir();
		struct dropin *dropin;
		size_t len;
		kit_file(root, bad[i].name, bad[i].text);
		ASSERT_ERR(collect_schema_dropins(kit_job(), root, &dropin, &len), ERR_INPUT, bad[i].words);
		kit_rmdir(root);
	}
	struct dropin *dropin;
	size_t len = 9;
	ASSERT_OK(collect_schema_dropins(kit_job(), "/nonexistent/source", &dropin, &len));
	assert_int_equal(len, 0);
}

static void
test_collect_run__refuses_unknown_tables(void **state)
{
	(void)state;
	kit_fresh();
	struct collect_options options = {.root = "/nonexistent", .only_table = "acount"};
	ASSERT_ERR(collect_run(kit_job(), &options, fixture_sink, NULL), ERR_INPUT, "\"account\"");
}

static void
test_collect_schema__is_sorted_and_well_formed(void **state)
{
	(void)state;
	const struct table *const *tables = collect_schema();
	for (size_t i = 0; tables[i] != NULL; i++) {
		bool key = false;
		assert_true(i == 0 || strcmp(tables[i - 1]->name, tables[i]->name) < 0);
		for (unsigned c = 0; c < tables[i]->len; c++) {
			key = key || (tables[i]->columns[c].flags & COLUMN_KEY) != 0;
			assert_non_null(tables[i]->columns[c].name);
			assert_true(tables[i]->columns[c].about != NULL && tables[i]->columns[c].about[0] != '\0');
		}
		if (!key)
			fail_msg("the table %s has no key", tables[i]->name);
		assert_ptr_equal(collect_schema_find(slice_of(tables[i]->name)), tables[i]);
	}
	assert_null(collect_schema_find(S("none")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_dropin__signs_rows_in_with_owner_and_time),
	    cmocka_unit_test(test_collect_dropin__refuses_bad_rows_by_line),
	    cmocka_unit_test(test_collect_dropin__could_not_look_when_old_open_or_missing),
	    cmocka_unit_test(test_collect_schema_dropins__names_file_and_line),
	    cmocka_unit_test(test_collect_run__refuses_unknown_tables),
	    cmocka_unit_test(test_collect_schema__is_sorted_and_well_formed),
	};
	return KIT_TESTS(tests);
}
