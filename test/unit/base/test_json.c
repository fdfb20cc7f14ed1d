/*
 * JSON: what is refused, where values live, canonical writing.
 * Tests nothing of jansson's own that we do not promise.
 */
#include "base/json.h"

#include "kit.h"

static const json_t *
reads(const char *text)
{
	const json_t *value = NULL;
	ASSERT_OK(json_read(kit_job(), "doc", slice_of(text), &value));
	assert_non_null(value);
	return value;
}

static void
refuses(slice text, enum err_code code, const char *words)
{
	const json_t *untouched = (const json_t *)&code, *value = untouched;
	ASSERT_ERR(json_read(kit_job(), "doc", text, &value), code, words);
	assert_ptr_equal(value, untouched);
}

static slice
nested(char open, char close, size_t depth)
{
	char *text = NULL;
	ASSERT_OK(NEW(kit_job(), depth * 2 + 1, &text));
	memset(text, open, depth);
	memset(text + depth, close, depth);
	return (slice){text, depth * 2};
}

static void
test_json_read__takes_one_value(void **state)
{
	(void)state;
	kit_fresh();
	assert_int_equal(json_integer_value(reads(" 7\n")), 7);
	assert_true(json_is_null(reads("null")));
	assert_int_equal(json_array_size(reads("[1,\"a\",{}]")), 3);
	assert_int_equal(json_integer_value(reads("-9223372036854775808")), INT64_MIN);
}

static void
test_json_read__refuses_what_is_not_strict(void **state)
{
	(void)state;
	kit_fresh();
	refuses(S(""), ERR_INPUT, "doc:1:1: RFC 8259");
	refuses(S("  "), ERR_INPUT, "RFC 8259");
	refuses(S("{\"a\":1,\n\"a\":1}"), ERR_INPUT, "doc:2:");
	refuses(S("{\"a\":{\"b\":1,\"b\":2}}"), ERR_INPUT, "duplicate");
	refuses(S("[1] [2]"), ERR_INPUT, "end of file expected");
	refuses(S("[1]\0"), ERR_INPUT, "doc:1:");
	refuses(S("[1,]"), ERR_INPUT, "doc:1:");
	refuses(S("[01]"), ERR_INPUT, "doc:1:");
	refuses(S("{a:1}"), ERR_INPUT, "doc:1:");
	refuses(S("'a'"), ERR_INPUT, "doc:1:");
	refuses(S("// a\n1"), ERR_INPUT, "doc:1:");
	refuses(S("NaN"), ERR_INPUT, "doc:1:");
	refuses(S("1e999"), ERR_INPUT, "doc:1:");
	refuses(S("9223372036854775808"), ERR_INPUT, "integer");
	refuses(S("\"\\u0000\""), ERR_INPUT, "doc:1:");
	refuses(S("{\"a\\u0000b\":1}"), ERR_INPUT, "doc:1:");
	refuses(S("\"a\0b\""), ERR_INPUT, "doc:1:");
	refuses(S("\"\xc3\""), ERR_INPUT, "doc:1:");
	refuses(S("\"\xed\xa0\x80\""), ERR_INPUT, "doc:1:");
	refuses(S("\"\\ud800\""), ERR_INPUT, "doc:1:");
	refuses(S("\"\xc0\xaf\""), ERR_INPUT, "doc:1:");
	refuses(S("\"a\tb\""), ERR_INPUT, "doc:1:");
	refuses(S("\xef\xbb\xbf{}"), ERR_INPUT, "doc:1:");
	refuses(S("\"open"), ERR_INPUT, "doc:1:");
}

static void
test_json_read__limits_depth(void **state)
{
	(void)state;
	kit_fresh();
	const json_t *value = NULL;
	ASSERT_OK(json_read(kit_job(), "doc", nested('[', ']', JSON_MAX_DEPTH), &value));
	refuses(nested('[', ']', JSON_MAX_DEPTH + 1), ERR_LIMIT, "nest deeper than 64");
	refuses(nested('{', '}', 1000000), ERR_LIMIT, "nest deeper than 64");
}

static void
test_json_read__does_not_count_brackets_in_text(void **state)
{
	(void)state;
	kit_fresh();
	char text[256] = "[\"\\\"";
	memset(text + 4, '[', 100);
	memcpy(text + 104, "\"]", 3);
	assert_int_equal(json_array_size(reads(text)), 1);
}

static void
test_json_read__names_the_arena_when_it_is_full(void **state)
{
	(void)state;
	struct arena *arena = arena_open("narrow", 64 * KIB);
	struct job job;
	job_init(&job, arena);
	const json_t *value = NULL;
	char text[32 * KIB];
	memset(text, '1', sizeof text);
	for (size_t i = 1; i < sizeof text; i += 2)
		text[i] = ',';
	text[0] = '[';
	text[sizeof text - 1] = ']';
	text[1] = '1';
	err got = json_read(&job, "doc", (slice){text, sizeof text}, &value);
	assert_int_equal(got.code, ERR_LIMIT);
	assert_non_null(strstr(job.why, "narrow"));
	/* and the room it took is free again */
	ASSERT_OK(json_read(&job, "doc", S("[1,2]"), &value));
	arena_close(arena);
}

static void
test_json_read__leaves_jansson_of_others_alone(void **state)
{
	(void)state;
	kit_fresh();
	const json_t *ours = reads("{\"a\":[1,2,\"three\"]}");
	json_t *theirs = json_pack("{s:[i,s]}", "k", 1, "x");
	char *text = json_dumps(theirs, JSON_COMPACT);
	assert_string_equal(text, "{\"k\":[1,\"x\"]}");
	free(text); /* with the C library's own free(): libnftables does so */
	json_decref(theirs);
	/* giving ours back does nothing, and does no harm */
	json_decref((json_t *)(uintptr_t)json_object_get(ours, "a"));
	json_delete((json_t *)(uintptr_t)ours);
}

static void
test_json_members__of_the_right_type(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const json_t *doc = reads("{\"t\":\"x\",\"i\":-5,\"a\":[],\"o\":{},\"n\":null}"), *part = NULL;
	slice text = {0};
	int64_t number = 0;
	ASSERT_OK(json_need_text(job, "doc", doc, "t", &text));
	ASSERT_SLICE(text, "x");
	ASSERT_OK(json_need_int(job, "doc", doc, "i", &number));
	assert_int_equal(number, -5);
	ASSERT_OK(json_need_array(job, "doc", doc, "a", &part));
	assert_true(json_is_array(part));
	ASSERT_OK(json_need_object(job, "doc", doc, "o", &part));
	assert_true(json_is_object(part));
	ASSERT_OK(json_maybe_text(job, "doc", doc, "none", &text));
	assert_int_equal(text.len, 0);
	ASSERT_OK(json_maybe_int(job, "doc", doc, "none", 9, &number));
	assert_int_equal(number, 9);
}

static void
test_json_members__refuses_other_types(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const json_t *doc = reads("{\"t\":\"x\",\"i\":-5,\"r\":1.5,\"n\":null}"), *part = NULL;
	slice text = {0};
	int64_t number = 0;
	ASSERT_ERR(json_need_text(job, "doc", doc, "i", &text), ERR_INPUT, "doc: \"i\" must be text, found a whole number");
	ASSERT_ERR(json_need_text(job, "doc", doc, "none", &text), ERR_INPUT, "found nothing");
	ASSERT_ERR(json_need_int(job, "doc", doc, "r", &number), ERR_INPUT, "fraction");
	ASSERT_ERR(json_need_array(job, "doc", doc, "t", &part), ERR_INPUT, "must be an array");
	ASSERT_ERR(json_need_object(job, "doc", doc, "t", &part), ERR_INPUT, "must be an object");
	ASSERT_ERR(json_maybe_text(job, "doc", doc, "n", &text), ERR_INPUT, "found null");
	ASSERT_ERR(json_maybe_int(job, "doc", doc, "t", 1, &number), ERR_INPUT, "found text");
	ASSERT_ERR(json_need_text(job, "doc", json_object_get(doc, "t"), "k", &text), ERR_INPUT, "expected an object");
}

static void
test_json_only__refuses_an_unknown_member(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	static const char *const keys[] = {"a", "b", NULL};
	ASSERT_OK(json_only(job, "doc", reads("{\"b\":1}"), keys));
	ASSERT_OK(json_only(job, "doc", reads("{}"), keys));
	ASSERT_ERR(json_only(job, "doc", reads("{\"a\":1,\"c\":1}"), keys), ERR_INPUT, "\"c\"");
	ASSERT_ERR(json_only(job, "doc", reads("[]"), keys), ERR_INPUT, "expected an object");
}

static void
test_json_write__is_canonical(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct buf buf = buf_open(job, "out", 4096);
	json_write(&buf, reads("{ \"b\" : [ true , false, null ], \"a\" : \"\\u00e9\\n\", \"B\": -0, \"aa\" : {} }"));
	slice text = {0};
	ASSERT_OK(buf_end(&buf, &text));
	ASSERT_SLICE(text, "{\"B\":0,\"a\":\"\xc3\xa9\\n\",\"aa\":{},\"b\":[true,false,null]}");
}

static void
test_json_write__refuses_a_real_number(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct buf buf = buf_open(job, "out", 4096);
	json_write(&buf, reads("[1.0]"));
	slice text = {0};
	ASSERT_ERR(buf_end(&buf, &text), ERR_BUG, "whole numbers only");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json_read__takes_one_value),
	    cmocka_unit_test(test_json_read__refuses_what_is_not_strict),
	    cmocka_unit_test(test_json_read__limits_depth),
	    cmocka_unit_test(test_json_read__does_not_count_brackets_in_text),
	    cmocka_unit_test(test_json_read__names_the_arena_when_it_is_full),
	    cmocka_unit_test(test_json_read__leaves_jansson_of_others_alone),
	    cmocka_unit_test(test_json_members__of_the_right_type),
	    cmocka_unit_test(test_json_members__refuses_other_types),
	    cmocka_unit_test(test_json_only__refuses_an_unknown_member),
	    cmocka_unit_test(test_json_write__is_canonical),
	    cmocka_unit_test(test_json_write__refuses_a_real_number),
	};
	return KIT_TESTS(tests);
}
