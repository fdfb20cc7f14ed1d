/* Jobs: the sentence of a failure and the memory that fails with one. */
#include "kit.h"

#include <errno.h>

#include "base/job.h"

static void
test_err_set__keeps_the_sentence(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	ASSERT_ERR(err_set(job, ERR_INPUT, "%s:%u: Port must be 1 to 65535, found \"%d\"", "sshd_config", 7u, 0), ERR_INPUT,
	    "sshd_config:7: Port must be 1 to 65535, found \"0\"");
	assert_int_equal(OK.code, ERR_NONE);
}

static void
test_err_set__lets_nothing_act_on_a_terminal(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	ASSERT_ERR(err_set(job, ERR_INPUT,
		       "a\x1b[2Jb\nc\x7f\xC2\x9B"
		       "d\xE2\x80\xAE"
		       "e\xFF"
		       "f"),
	    ERR_INPUT, "a?[2Jb?c??d?e?f");
	ASSERT_ERR(err_set(job, ERR_INPUT, "für \xE2\x82\xAC"), ERR_INPUT, "für \xE2\x82\xAC");
}

static void
test_err_set__cuts_long_sentences_at_a_character(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	char text[3000];
	for (size_t i = 0; i < 2997; i += 3)
		memcpy(text + i, "\xE2\x82\xAC", 3);
	text[2997] = '\0';
	(void)!err_set(job, ERR_INPUT, "x%s", text).code;
	assert_true(strlen(job->why) < sizeof job->why);
	assert_true(strlen(job->why) > sizeof job->why - 8);
	/* 1,023 bytes are x, 340 whole signs and two bytes of another. */
	assert_int_equal(job->why[1 + 340 * 3], '?');
}

static void
test_err_set__may_quote_the_sentence_before(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	(void)!err_set(job, ERR_INPUT, "first").code;
	ASSERT_ERR(err_set(job, ERR_BUG, "second after %s", job->why), ERR_BUG, "second after first");
}

static void
test_err_prefix__puts_words_in_front(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	err was = err_set(job, ERR_LIMIT, "too long");
	ASSERT_ERR(err_prefix(job, was, "%s:%d", "file", 3), ERR_LIMIT, "file:3: too long");
	(void)!err_set(job, ERR_INPUT, "stays").code;
	ASSERT_OK(err_prefix(job, OK, "nothing"));
	assert_string_equal(job->why, "stays");
}

static void
test_err_errno__sorts_the_numbers(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	ASSERT_ERR(err_errno(job, EACCES, "f"), ERR_DENIED, "f: Permission denied");
	ASSERT_ERR(err_errno(job, EPERM, "f"), ERR_DENIED, "f: Operation not permitted");
	ASSERT_ERR(err_errno(job, ENOENT, "f"), ERR_MISSING, "f: No such file or directory");
	ASSERT_ERR(err_errno(job, ENOTDIR, "f"), ERR_MISSING, "f: Not a directory");
	ASSERT_ERR(err_errno(job, ENOSPC, "f"), ERR_IO, "f: No space left on device");
	ASSERT_ERR(err_errno(job, 99999, "f"), ERR_IO, "f: error number 99999");
}

static void
test_err_name__knows_every_code(void **state)
{
	(void)state;
	assert_string_equal(err_name(ERR_NONE), "none");
	assert_string_equal(err_name(ERR_BUSY), "busy");
	for (unsigned code = ERR_NONE; code <= ERR_BUG; code++)
		assert_non_null(err_name((enum err_code)code));
	assert_string_equal(err_name((enum err_code)99), "unknown");
}

static void
test_job_take__names_the_arena_and_its_ceiling(void **state)
{
	(void)state;
	struct job *job = kit_fresh(), small;
	DEFER(arena_close_at) struct arena *arena = arena_open("feed", 1000);
	job_init(&small, arena);
	uint64_t *numbers = NULL;
	err got = NEW(&small, 100, &numbers);
	assert_int_equal(got.code, ERR_NONE);
	assert_int_equal(numbers[99], 0);
	uint64_t *kept = numbers;
	got = NEW(&small, 100, &numbers);
	assert_int_equal(got.code, ERR_LIMIT);
	assert_ptr_equal(numbers, kept);
	assert_non_null(strstr(small.why, "\"feed\""));
	assert_non_null(strstr(small.why, "1000 bytes"));
	assert_non_null(strstr(small.why, "800 more"));
	assert_string_equal(job->why, "");
}

static void
test_job_take__refuses_a_size_that_overflows(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	void *at = NULL;
	ASSERT_ERR(job_take(job, SIZE_MAX / 2, 3, &at), ERR_LIMIT, "more than can be counted");
	ASSERT_ERR(job_take(job, SIZE_MAX, 1, &at), ERR_LIMIT, "ceiling");
	assert_null(at);
	ASSERT_OK(job_take(job, 8, 0, &at));
	assert_non_null(at);
}

static void
test_job_copy__is_independent(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	char text[] = "abc";
	slice copy;
	ASSERT_OK(job_copy(job, slice_of(text), &copy));
	text[0] = 'x';
	ASSERT_SLICE(copy, "abc");
	ASSERT_OK(job_copy(job, (slice){0}, &copy));
	ASSERT_SLICE(copy, "");
}

static void
test_job_string__refuses_a_nul(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const char *text = NULL;
	ASSERT_OK(job_string(job, slice_part(S("abcdef"), 1, 3), &text));
	assert_string_equal(text, "bcd");
	const char *kept = text;
	ASSERT_ERR(job_string(job, S("/etc/x\0/../shadow"), &text), ERR_INPUT, "NUL");
	assert_ptr_equal(text, kept);
}

static void
test_job_format__writes_any_length(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice text;
	ASSERT_OK(job_format(job, &text, "%s-%d", "a", 5));
	ASSERT_SLICE(text, "a-5");
	assert_int_equal(text.at[text.len], '\0');
	ASSERT_OK(job_format(job, &text, "%5000d", 1));
	assert_int_equal(text.len, 5000);
}

static void
test_job_now__may_be_fixed(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	int64_t first = job_now(job);
	assert_true(first > (int64_t)1700000000 * 1000000);
	job->now_us = 5;
	assert_int_equal(job_now(job), 5);
}

static void
count(void *to, const char *what, uint64_t done, uint64_t total)
{
	(void)what;
	*(uint64_t *)to += done + total;
}

static void
test_job_progress__is_optional(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	uint64_t sum = 0;
	job_progress(job, "files", 1, 2);
	job->progress = count;
	job->progress_to = &sum;
	job_progress(job, "files", 1, 2);
	assert_int_equal(sum, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_err_set__keeps_the_sentence),
	    cmocka_unit_test(test_err_set__lets_nothing_act_on_a_terminal),
	    cmocka_unit_test(test_err_set__cuts_long_sentences_at_a_character),
	    cmocka_unit_test(test_err_set__may_quote_the_sentence_before),
	    cmocka_unit_test(test_err_prefix__puts_words_in_front),
	    cmocka_unit_test(test_err_errno__sorts_the_numbers),
	    cmocka_unit_test(test_err_name__knows_every_code),
	    cmocka_unit_test(test_job_take__names_the_arena_and_its_ceiling),
	    cmocka_unit_test(test_job_take__refuses_a_size_that_overflows),
	    cmocka_unit_test(test_job_copy__is_independent),
	    cmocka_unit_test(test_job_string__refuses_a_nul),
	    cmocka_unit_test(test_job_format__writes_any_length),
	    cmocka_unit_test(test_job_now__may_be_fixed),
	    cmocka_unit_test(test_job_progress__is_optional),
	};
	return KIT_TESTS(tests);
}
