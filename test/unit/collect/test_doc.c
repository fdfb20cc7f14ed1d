#include "kit_collect.h"

#include "collect/collect_doc.h"
#include "collect/collect_schema.h"

/* Every table, column, file and permission of every descriptor is on the page. */
static void
test_collect_doc__says_all_the_descriptors_say(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct buf out = buf_open(job, "doc", 4 * MIB);
	slice text;
	ASSERT_OK(collect_doc(job, &out));
	ASSERT_OK(buf_end(&out, &text));
	for (size_t i = 0; collect_index[i] != NULL; i++) {
		const struct collector *collector = collect_index[i];
		assert_true(slice_has(text, slice_of(collector->about)));
		assert_true(slice_has(text, slice_of(collector->needs)));
		for (size_t r = 0; collector->reads != NULL && collector->reads[r] != NULL; r++)
			if (!slice_has(text, slice_of(collector->reads[r])))
				fail_msg("%s: %s is not said", collector->name, collector->reads[r]);
		for (size_t t = 0; collector->tables[t] != NULL; t++) {
			const struct table *table = collector->tables[t];
			for (unsigned c = 0; c < table->len; c++)
				if (!slice_has(text, slice_of(table->columns[c].name)))
					fail_msg("%s.%s is not said", table->name, table->columns[c].name);
		}
	}
}

/* doc/collect.md of the source tree is what this build says: assay collect --describe > doc/collect.md */
static void
test_collect_doc__the_committed_page_is_not_stale(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *source = getenv("ASSAY_SOURCE");
	struct buf out = buf_open(job, "doc", 4 * MIB);
	slice made, path, committed;
	if (source == NULL)
		skip();
	ASSERT_OK(collect_doc(job, &out));
	ASSERT_OK(buf_end(&out, &made));
	ASSERT_OK(job_format(job, &path, "%s/doc/collect.md", source));
	ASSERT_OK(fs_slurp(job, path.at, 4 * MIB, &committed));
	slice a = made, b = committed, line, other;
	for (unsigned number = 1; slice_cut(&a, '\n', &line); number++)
		if (!slice_cut(&b, '\n', &other) || !slice_same(line, other))
			fail_msg("doc/collect.md:%u: expected \"%.*s\"; make it anew with assay collect --describe", number, SLICE(line));
	assert_true(slice_same(made, committed));
}

/* A column that names accounts is personal wherever it stands. */
static void
test_collect_schema__names_of_people_are_personal(void **state)
{
	(void)state;
	static const char *const names[] = {"username", "file_owner", "who", "run_as", "runs_as", "key_file", "directory"};
	for (const struct table *const *table = collect_schema(); *table != NULL; table++)
		for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
			int at = table_column(*table, slice_of(names[i]));
			if (at >= 0 && ((*table)->columns[at].flags & COLUMN_PERSONAL) == 0)
				fail_msg("%s.%s is not personal", (*table)->name, names[i]);
		}
}

static void
test_collect_doc__is_the_same_each_time(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct buf a = buf_open(job, "doc", 4 * MIB), b = buf_open(job, "doc", 4 * MIB);
	slice first, second;
	ASSERT_OK(collect_doc(job, &a));
	ASSERT_OK(collect_doc(job, &b));
	ASSERT_OK(buf_end(&a, &first));
	ASSERT_OK(buf_end(&b, &second));
	assert_true(slice_same(first, second));
}

static void
test_collect_doc__says_when_it_does_not_fit(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct buf out = buf_open(job, "doc", 64);
	ASSERT_ERR(collect_doc(job, &out), ERR_LIMIT, "doc");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_doc__says_all_the_descriptors_say),
	    cmocka_unit_test(test_collect_doc__the_committed_page_is_not_stale),
	    cmocka_unit_test(test_collect_schema__names_of_people_are_personal),
	    cmocka_unit_test(test_collect_doc__is_the_same_each_time),
	    cmocka_unit_test(test_collect_doc__says_when_it_does_not_fit),
	};
	return KIT_TESTS(tests);
}
