#include "kit_collect.h"

#include "collect/collect_value.h"

static void
test_collect_value__trims_and_tells_missing(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct collect collect = {0};
	const char *root = kit_mkdir();
	slice text;
	kit_file(root, "/sys/a", " 12 \n");
	ASSERT_OK(fs_root_open(job, root, &collect.root));
	assert_true(collect_value(job, &collect, "/sys/a", &text));
	ASSERT_SLICE(text, "12");
	assert_false(collect_value(job, &collect, "/sys/b", &text));
	assert_true(collect_value_cell(job, &collect, "/sys/b").null);
	assert_false(collect_value_cell(job, &collect, "/sys/a").null);
	fs_root_close(&collect.root);
	kit_rmdir(root);
}

static void
test_collect_value__uris_lose_their_passwords(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	static const char *const pairs[][2] = {{"https://u:p@h/x", "https://h/x"}, {"https://h/a@b", "https://h/a@b"},
	    {"http://a@b@h", "http://h"}, {"file:/srv", "file:/srv"}, {"", ""}, {"://", "://"}, {"x", "x"}};
	slice text;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		ASSERT_OK(collect_uri_bare(job, slice_of(pairs[i][0]), &text));
		ASSERT_SLICE(text, pairs[i][1]);
	}
}

static void
test_collect_value__squeezes_and_lowers(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice text;
	ASSERT_OK(collect_squeeze(job, S("  a\t\tb \n c "), &text));
	ASSERT_SLICE(text, "a b c");
	ASSERT_OK(collect_lower(job, S("A-Zx\xc3"), &text));
	ASSERT_SLICE(text, "a-zx\xc3");
	assert_true(collect_word_in(S("b"), (const char *const[]){"a", "b", NULL}));
	assert_false(collect_word_in(S("c"), (const char *const[]){"a", "b", NULL}));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_value__trims_and_tells_missing),
	    cmocka_unit_test(test_collect_value__uris_lose_their_passwords),
	    cmocka_unit_test(test_collect_value__squeezes_and_lowers),
	};
	return KIT_TESTS(tests);
}
