/* Buffers: they grow, they stop at their ceiling, and they remember that they did. */
#include "kit.h"

#include "base/buf.h"

static void
test_buf__puts_pieces_together(void **state)
{
	(void)state;
	struct buf buf = buf_open(kit_fresh(), "reply", 1000);
	slice text;
	buf_text(&buf, "a");
	buf_byte(&buf, 'b');
	buf_add(&buf, S("c\0d"));
	buf_add(&buf, (slice){0});
	buf_printf(&buf, "%s=%d;", "x", -1);
	buf_u64(&buf, UINT64_MAX);
	buf_byte(&buf, ' ');
	buf_i64(&buf, INT64_MIN);
	buf_byte(&buf, ' ');
	buf_i64(&buf, 0);
	ASSERT_OK(buf_end(&buf, &text));
	assert_true(slice_same(text, S("abc\0dx=-1;18446744073709551615 -9223372036854775808 0")));
	assert_int_equal(text.at[text.len], '\0');
}

static void
test_buf__empty_is_a_text_too(void **state)
{
	(void)state;
	struct buf buf = buf_open(kit_fresh(), "reply", 0);
	slice text;
	ASSERT_OK(buf_end(&buf, &text));
	assert_string_equal(text.at, "");
	buf_byte(&buf, 'x');
	ASSERT_ERR(buf_end(&buf, &text), ERR_LIMIT, "reply");
}

static void
test_buf__grows_across_many_additions(void **state)
{
	(void)state;
	struct buf buf = buf_open(kit_fresh(), "reply", 1 * MIB);
	slice text;
	for (unsigned i = 0; i < 10000; i++)
		buf_printf(&buf, "%05u", i);
	ASSERT_OK(buf_end(&buf, &text));
	assert_int_equal(text.len, 50000);
	ASSERT_SLICE(slice_part(text, 45000, 10), "0900009001");
	buf_printf(&buf, "%9000d", 1);
	ASSERT_OK(buf_end(&buf, &text));
	assert_int_equal(text.len, 59000);
}

static void
test_buf__stops_at_its_ceiling_and_says_so(void **state)
{
	(void)state;
	struct buf buf = buf_open(kit_fresh(), "the reply", 10);
	slice text = {0};
	buf_text(&buf, "0123456789");
	ASSERT_OK(buf_end(&buf, &text));
	ASSERT_SLICE(text, "0123456789");
	buf_byte(&buf, 'x');
	buf_reset(&buf);
	buf_text(&buf, "short"); /* would fit, but the text has a hole by now */
	ASSERT_ERR(buf_end(&buf, &text), ERR_LIMIT, "the reply: at most 10 bytes");
	ASSERT_SLICE(text, "0123456789");
}

static void
test_buf_printf__stops_at_its_ceiling_too(void **state)
{
	(void)state;
	struct buf buf = buf_open(kit_fresh(), "the reply", 10);
	slice text;
	buf_printf(&buf, "%011d", 1);
	ASSERT_ERR(buf_end(&buf, &text), ERR_LIMIT, "the reply");
	buf = buf_open(kit_fresh(), "the reply", 10);
	buf_printf(&buf, "%010d", 1);
	ASSERT_OK(buf_end(&buf, &text));
	assert_int_equal(text.len, 10);
}

static void
test_buf__names_itself_when_memory_ends(void **state)
{
	(void)state;
	struct job job;
	DEFER(arena_close_at) struct arena *arena = arena_open("page", 1000);
	job_init(&job, arena);
	struct buf buf = buf_open(&job, "table of hosts", 100000);
	for (int i = 0; i < 1000; i++)
		buf_text(&buf, "0123456789");
	slice text;
	err got = buf_end(&buf, &text);
	assert_int_equal(got.code, ERR_LIMIT);
	assert_non_null(strstr(job.why, "table of hosts: memory for \"page\""));
}

static void
test_buf_reset__keeps_the_memory(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct buf buf = buf_open(job, "reply", 1000);
	slice text;
	buf_text(&buf, "a long enough text to need a little memory");
	size_t used = arena_used(job->arena);
	for (int i = 0; i < 100; i++) {
		buf_reset(&buf);
		buf_text(&buf, "another");
	}
	assert_int_equal(arena_used(job->arena), used);
	ASSERT_OK(buf_end(&buf, &text));
	ASSERT_SLICE(text, "another");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_buf__puts_pieces_together),
	    cmocka_unit_test(test_buf__empty_is_a_text_too),
	    cmocka_unit_test(test_buf__grows_across_many_additions),
	    cmocka_unit_test(test_buf__stops_at_its_ceiling_and_says_so),
	    cmocka_unit_test(test_buf_printf__stops_at_its_ceiling_too),
	    cmocka_unit_test(test_buf__names_itself_when_memory_ends),
	    cmocka_unit_test(test_buf_reset__keeps_the_memory),
	};
	return KIT_TESTS(tests);
}
