/* Slices: cutting, numbers at their edges, globs. */
#include "kit.h"

#include "base/slice.h"

static void
test_slice_of__takes_null_as_empty(void **state)
{
	(void)state;
	assert_int_equal(slice_of(NULL).len, 0);
	assert_int_equal(slice_of("abc").len, 3);
	assert_int_equal(S("a\0b").len, 3);
	assert_true(slice_same((slice){0}, S("")));
}

static void
test_slice_same__compares_bytes(void **state)
{
	(void)state;
	assert_true(slice_same(S("a\0b"), S("a\0b")));
	assert_false(slice_same(S("a\0b"), S("a\0c")));
	assert_false(slice_same(S("a"), S("ab")));
	assert_true(slice_same_nocase(S("PermitRootLogin"), S("permitrootlogin")));
	assert_false(slice_same_nocase(S("\xC4"), S("\xE4")));
	assert_false(slice_same_nocase(S("["), S("{")));
}

static void
test_slice_order__is_bytewise_and_shorter_first(void **state)
{
	(void)state;
	assert_true(slice_order(S("a"), S("b")) < 0);
	assert_true(slice_order(S("b"), S("a")) > 0);
	assert_true(slice_order(S("a"), S("aa")) < 0);
	assert_true(slice_order(S("aa"), S("a")) > 0);
	assert_true(slice_order(S("b"), S("aa")) > 0);
	assert_true(slice_order(S("\x7F"), S("\x80")) < 0);
	assert_int_equal(slice_order((slice){0}, S("")), 0);
}

static void
test_slice_starts_ends_has(void **state)
{
	(void)state;
	assert_true(slice_starts(S("abc"), S("ab")) && slice_starts(S("abc"), S("")) && slice_starts(S(""), S("")));
	assert_false(slice_starts(S("ab"), S("abc")) || slice_starts(S("abc"), S("b")));
	assert_true(slice_ends(S("abc"), S("bc")) && slice_ends(S("abc"), S("")));
	assert_false(slice_ends(S("bc"), S("abc")) || slice_ends(S("abc"), S("b")));
	assert_true(slice_has(S("abc"), S("b")) && slice_has((slice){0}, S("")));
	assert_false(slice_has(S("abc"), S("cb")) || slice_has((slice){0}, S("a")));
}

static void
test_slice_find__gives_the_length_when_absent(void **state)
{
	(void)state;
	assert_int_equal(slice_find(S("a:b:c"), ':'), 1);
	assert_int_equal(slice_find_last(S("a:b:c"), ':'), 3);
	assert_int_equal(slice_find(S("abc"), ':'), 3);
	assert_int_equal(slice_find_last(S("abc"), ':'), 3);
	assert_int_equal(slice_find((slice){0}, ':'), 0);
}

static void
test_slice_part__is_clamped(void **state)
{
	(void)state;
	ASSERT_SLICE(slice_from(S("abc"), 1), "bc");
	ASSERT_SLICE(slice_from(S("abc"), 3), "");
	ASSERT_SLICE(slice_from(S("abc"), 99), "");
	ASSERT_SLICE(slice_part(S("abc"), 1, 1), "b");
	ASSERT_SLICE(slice_part(S("abc"), 1, SIZE_MAX), "bc");
	ASSERT_SLICE(slice_part(S("abc"), SIZE_MAX, SIZE_MAX), "");
	ASSERT_SLICE(slice_from((slice){0}, 5), "");
}

static void
test_slice_trim__drops_every_blank(void **state)
{
	(void)state;
	ASSERT_SLICE(slice_trim(S(" \t\r\n\v\f a b \n")), "a b");
	ASSERT_SLICE(slice_trim(S(" \n ")), "");
	ASSERT_SLICE(slice_trim(S("")), "");
	ASSERT_SLICE(slice_trim(S("\b a")), "\b a");
}

static void
test_slice_cut__visits_every_line(void **state)
{
	(void)state;
	slice rest = S("a\n\nb"), line;
	assert_true(slice_cut(&rest, '\n', &line));
	ASSERT_SLICE(line, "a");
	assert_true(slice_cut(&rest, '\n', &line));
	ASSERT_SLICE(line, "");
	assert_true(slice_cut(&rest, '\n', &line));
	ASSERT_SLICE(line, "b");
	assert_false(slice_cut(&rest, '\n', &line));
	ASSERT_SLICE(line, "b");

	int lines = 0;
	for (rest = S("a\nb\n"); slice_cut(&rest, '\n', &line);)
		lines++;
	assert_int_equal(lines, 2);
}

static void
test_slice_word__skips_blanks(void **state)
{
	(void)state;
	slice rest = S("  Port\t 22 \n"), word;
	assert_true(slice_word(&rest, &word));
	ASSERT_SLICE(word, "Port");
	assert_true(slice_word(&rest, &word));
	ASSERT_SLICE(word, "22");
	assert_false(slice_word(&rest, &word));
	ASSERT_SLICE(word, "22");
}

static void
test_slice_u64__reads_the_whole_range(void **state)
{
	(void)state;
	uint64_t number = 7;
	assert_true(slice_u64(S("0"), &number) && number == 0);
	assert_true(slice_u64(S("18446744073709551615"), &number) && number == UINT64_MAX);
	assert_true(slice_u64(S("007"), &number) && number == 7);
}

static void
test_slice_u64__refuses_anything_else(void **state)
{
	(void)state;
	uint64_t number = 42;
	static const char *const wrong[] = {
	    "", " 1", "1 ", "+1", "-1", "1a", "0x1", "1.0", "18446744073709551616", "99999999999999999999999"};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_false(slice_u64(slice_of(wrong[i]), &number));
	assert_false(slice_u64(S("1\0"), &number));
	assert_int_equal(number, 42);
}

static void
test_slice_i64__reads_both_ends(void **state)
{
	(void)state;
	int64_t number = 42;
	assert_true(slice_i64(S("-9223372036854775808"), &number) && number == INT64_MIN);
	assert_true(slice_i64(S("9223372036854775807"), &number) && number == INT64_MAX);
	assert_true(slice_i64(S("-0"), &number) && number == 0);
	number = 42;
	assert_false(slice_i64(S("-9223372036854775809"), &number));
	assert_false(slice_i64(S("9223372036854775808"), &number));
	assert_false(slice_i64(S("-"), &number));
	assert_false(slice_i64(S("--1"), &number));
	assert_false(slice_i64(S("+1"), &number));
	assert_int_equal(number, 42);
}

static void
test_slice_hex_and_octal(void **state)
{
	(void)state;
	uint64_t number = 42;
	assert_true(slice_hex_u64(S("fFfFffffffffffff"), &number) && number == UINT64_MAX);
	assert_true(slice_octal_u64(S("0644"), &number) && number == 0644);
	number = 42;
	assert_false(slice_hex_u64(S("0x10"), &number));
	assert_false(slice_hex_u64(S("10000000000000000"), &number));
	assert_false(slice_hex_u64(S("g"), &number));
	assert_false(slice_octal_u64(S("8"), &number));
	assert_int_equal(number, 42);
}

struct glob {
	const char *pattern, *text;
};

static void
test_slice_glob__matches(void **state)
{
	(void)state;
	static const struct glob globs[] = {
	    {"", ""},
	    {"*", ""},
	    {"*", "a/b"},
	    {"**", "x"},
	    {"a*", "a"},
	    {"*.conf", ".conf"},
	    {"*.conf", "50-x.conf"},
	    {"a?c", "abc"},
	    {"*ab*ab*c", "xxabyababzc"},
	    {"[a-c]x", "bx"},
	    {"[!a-c]x", "dx"},
	    {"[^a-c]x", "dx"},
	    {"[]]", "]"},
	    {"[!]]", "a"},
	    {"[a-]", "-"},
	    {"[-a]", "-"},
	    {"[ab", "[ab"},
	    {"192.168.[0-9].*", "192.168.1.77"},
	    {"a\\b", "a\\b"},
	};
	for (size_t i = 0; i < sizeof globs / sizeof globs[0]; i++)
		if (!slice_glob(slice_of(globs[i].pattern), slice_of(globs[i].text)))
			fail_msg("\"%s\" must match \"%s\"", globs[i].pattern, globs[i].text);
}

static void
test_slice_glob__does_not_match(void **state)
{
	(void)state;
	static const struct glob globs[] = {
	    {"", "a"},
	    {"a", ""},
	    {"?", ""},
	    {"a*", "b"},
	    {"*.conf", "x.conf~"},
	    {"a?c", "ac"},
	    {"[a-c]", "d"},
	    {"[!a-c]", "b"},
	    {"[]]", "["},
	    {"[a]", ""},
	    {"*a*b", "ba"},
	    {"abc", "abcd"},
	    {"ABC", "abc"},
	};
	for (size_t i = 0; i < sizeof globs / sizeof globs[0]; i++)
		if (slice_glob(slice_of(globs[i].pattern), slice_of(globs[i].text)))
			fail_msg("\"%s\" must not match \"%s\"", globs[i].pattern, globs[i].text);
}

static void
test_slice_glob__is_quick_on_hostile_patterns(void **state)
{
	(void)state;
	char pattern[101], text[20001];
	for (size_t i = 0; i < 100; i += 2)
		memcpy(pattern + i, "*a", 2);
	memset(text, 'a', 20000);
	pattern[100] = text[20000] = '\0';
	/* With full backtracking this would outlast the test's time limit by far. */
	assert_true(slice_glob(slice_of(pattern), slice_of(text)));
	pattern[99] = 'b';
	assert_false(slice_glob(slice_of(pattern), slice_of(text)));
}

static void
test_slice_distance__counts_letters(void **state)
{
	static const char long_name[] = "a_name_that_is_far_too_long_to_be_compared";
	(void)state;
	assert_int_equal(slice_distance(S("owner"), S("owner")), 0);
	assert_int_equal(slice_distance(S("ownr"), S("owner")), 1);
	assert_int_equal(slice_distance(S("titel"), S("title")), 2);
	assert_int_equal(slice_distance(S(""), S("abc")), 3);
	assert_int_equal(slice_distance(slice_of(long_name), slice_of(long_name)), 40);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_slice_of__takes_null_as_empty),
	    cmocka_unit_test(test_slice_same__compares_bytes),
	    cmocka_unit_test(test_slice_order__is_bytewise_and_shorter_first),
	    cmocka_unit_test(test_slice_starts_ends_has),
	    cmocka_unit_test(test_slice_find__gives_the_length_when_absent),
	    cmocka_unit_test(test_slice_part__is_clamped),
	    cmocka_unit_test(test_slice_trim__drops_every_blank),
	    cmocka_unit_test(test_slice_cut__visits_every_line),
	    cmocka_unit_test(test_slice_word__skips_blanks),
	    cmocka_unit_test(test_slice_u64__reads_the_whole_range),
	    cmocka_unit_test(test_slice_u64__refuses_anything_else),
	    cmocka_unit_test(test_slice_i64__reads_both_ends),
	    cmocka_unit_test(test_slice_hex_and_octal),
	    cmocka_unit_test(test_slice_distance__counts_letters),
	    cmocka_unit_test(test_slice_glob__matches),
	    cmocka_unit_test(test_slice_glob__does_not_match),
	    cmocka_unit_test(test_slice_glob__is_quick_on_hostile_patterns),
	};
	return KIT_TESTS(tests);
}
