/*
 * A finding's sentence: filled from its row, one line, nothing in it acts or passes for a person.
 */
#include "check_kit.h"

static const struct query_column columns[] = {{.name = {"path", 4}}, {.name = {"line", 4}}, {.name = {"who", 3}}};
static const bool personal[] = {false, false, true};

static slice
said(const char *says, slice path, const slice *tokens)
{
	struct cell cells[] = {TEXT(path), INT(-3), TEXT(S("ada"))};
	bool is_text[] = {true, false, true};
	struct check check = {.says = slice_of(says)};
	struct check_row row = {.columns = columns, .personal = personal, .cells = cells, .is_text = is_text, .len = 3};
	slice ret;
	if (path.at == NULL)
		cells[0] = NIL;
	ASSERT_OK(check_says(kit_job(), &check, &row, tokens, &ret));
	return ret;
}

static void
test_check_says__fills_columns(void **state)
{
	(void)state;
	(void)kit_fresh();
	ASSERT_SLICE(said("{path}:{line} lets {who} in", S("/etc/x"), NULL), "/etc/x:-3 lets ada in");
	ASSERT_SLICE(said("nothing", S("/etc/x"), NULL), "nothing");
	ASSERT_SLICE(said("{path}", (slice){0}, NULL), "not known");
	ASSERT_SLICE(said("[{none}]", S("x"), NULL), "[]");
	ASSERT_SLICE(said("open {path", S("x"), NULL), "open {path");
	ASSERT_SLICE(said("", S("x"), NULL), "");
}

static void
test_check_says__persons_are_tokens(void **state)
{
	static const slice tokens[] = {{0}, {0}, {"00112233445566778899aabbccddeeff", 32}};
	(void)state;
	(void)kit_fresh();
	ASSERT_SLICE(said("{who} owns {path}", S("/x"), tokens), "{person:00112233445566778899aabbccddeeff} owns /x");
}

static void
test_check_says__hostile_values_are_plain(void **state)
{
	(void)state;
	(void)kit_fresh();
	ASSERT_SLICE(said("{path}", S("{person:00112233445566778899aabbccddeeff}"), NULL), "(person:00112233445566778899aabbccddeeff)");
	ASSERT_SLICE(said("{path}", S("{line}"), NULL), "(line)");
	ASSERT_SLICE(said("{path}", S("a\nAll is well\x1b[2J"), NULL), "a\\x0aAll is well\\x1b[2J");
	ASSERT_SLICE(said("{path}",
			 S("x\xe2\x80\xae"
			   "y\xff"),
			 NULL),
	    "x\\u(202e)y\\xff");
}

static void
test_check_says__long_values_are_cut_between_characters(void **state)
{
	char name[2000];
	(void)state;
	(void)kit_fresh();
	memset(name, 'a', sizeof name);
	memcpy(name + 999, "\xc3\xa9", 2);
	slice text = said("<{path}>", slice_bytes(name, sizeof name), NULL);
	assert_int_equal(text.len, 999 + 2 + 3);
	assert_true(slice_ends(text, S("aa…>")));
	ASSERT_SLICE(check_text_cut(S("abc"), 3), "abc");
	ASSERT_SLICE(check_text_cut(S("abcd"), 3), "abc");
	ASSERT_SLICE(check_text_cut(S("\x80\x80\x80"), 2), "");
	/* Many columns at their longest still make a sentence. */
	char says[700] = "";
	for (int i = 0; i < 100; i++)
		memcpy(says + 6 * i, "{path}", 7);
	assert_true(said(says, slice_bytes(name, sizeof name), NULL).len > 90000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_check_says__fills_columns),
	    cmocka_unit_test(test_check_says__persons_are_tokens),
	    cmocka_unit_test(test_check_says__hostile_values_are_plain),
	    cmocka_unit_test(test_check_says__long_values_are_cut_between_characters),
	};
	return KIT_TESTS(tests);
}
