/* Arenas: ceilings ring, marks forget exactly what came after them, memory comes zeroed. */
#include "kit.h"

#include <stdalign.h>

#include "base/arena.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#endif
#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#endif

static void
test_arena__gives_zeroed_aligned_memory(void **state)
{
	(void)state;
	DEFER(arena_close_at) struct arena *arena = arena_open("room", MIB);
	for (size_t size = 0; size < 200; size++) {
		unsigned char *at = arena_take(arena, size);
		assert_non_null(at);
		assert_int_equal((uintptr_t)at % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(at[i], 0);
		memset(at, 0xFF, size);
	}
}

static void
test_arena__zeroes_what_is_used_again(void **state)
{
	(void)state;
	DEFER(arena_close_at) struct arena *arena = arena_open("room", MIB);
	for (int round = 0; round < 3; round++) {
		unsigned char *at = arena_take(arena, 1000);
		for (size_t i = 0; i < 1000; i++)
			assert_int_equal(at[i], 0);
		memset(at, 0xFF, 1000);
		arena_reset(arena);
		assert_int_equal(arena_used(arena), 0);
	}
}

static void
test_arena__refuses_above_its_ceiling(void **state)
{
	(void)state;
	DEFER(arena_close_at) struct arena *arena = arena_open("small", 1024);
	assert_string_equal(arena_name(arena), "small");
	assert_int_equal(arena_ceiling(arena), 1024);
	assert_non_null(arena_take(arena, 1024));
	assert_int_equal(arena_used(arena), 1024);
	assert_null(arena_take(arena, 1));
	arena_reset(arena);
	assert_null(arena_take(arena, 1025));
	assert_null(arena_take(arena, SIZE_MAX));
	assert_null(arena_take(arena, SIZE_MAX - 8));
	assert_non_null(arena_take(arena, 1000));
}

static void
test_arena__takes_pieces_larger_than_a_chunk(void **state)
{
	(void)state;
	DEFER(arena_close_at) struct arena *arena = arena_open("room", 8 * MIB);
	unsigned char *small = arena_take(arena, 10);
	unsigned char *large = arena_take(arena, MIB);
	unsigned char *after = arena_take(arena, 10);
	memset(large, 1, MIB);
	memset(after, 2, 10);
	assert_int_equal(small[9], 0);
	assert_int_equal(large[MIB - 1], 1);
}

static void
test_arena_rewind__forgets_only_what_came_after(void **state)
{
	(void)state;
	DEFER(arena_close_at) struct arena *arena = arena_open("room", 8 * MIB);
	char *kept = arena_take(arena, 100);
	memset(kept, 'k', 100);
	struct arena_mark mark = arena_mark(arena);
	size_t used = arena_used(arena);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 50; i++)
			memset(arena_take(arena, 5000), 'x', 5000);
		assert_non_null(arena_take(arena, MIB));
		arena_rewind(arena, mark);
		assert_int_equal(arena_used(arena), used);
	}
	for (int i = 0; i < 100; i++)
		assert_int_equal(kept[i], 'k');
	char *again = arena_take(arena, 100);
	assert_int_equal(again[0], 0);
#ifndef ASSAY_ARENA_DEBUG
	arena_rewind(arena, mark);
	assert_ptr_equal(arena_take(arena, 100), again); /* the room itself is given back, not only the count */
#endif
}

static void
test_arena_rewind__to_the_beginning(void **state)
{
	(void)state;
	DEFER(arena_close_at) struct arena *arena = arena_open("room", MIB);
	struct arena_mark mark = arena_mark(arena);
	assert_non_null(arena_take(arena, 10));
	arena_rewind(arena, mark);
	assert_int_equal(arena_used(arena), 0);
}

static void
test_arena_open_wiped__erases_on_rewind_and_reset(void **state)
{
	(void)state;
	DEFER(arena_close_at) struct arena *arena = arena_open_wiped("secret", MIB);
	char *first = arena_take(arena, 64);
	struct arena_mark mark = arena_mark(arena);
	char *second = arena_take(arena, 64);
	memset(first, 's', 64);
	memset(second, 's', 64);
	arena_rewind(arena, mark);
#ifndef ASSAY_ARENA_DEBUG
	/* The chunk stays ours, so that what is left in it can be looked at. */
	for (int i = 0; i < 64; i++)
		assert_int_equal(second[i], 0);
	assert_int_equal(first[0], 's');
	arena_reset(arena);
	for (int i = 0; i < 64; i++)
		assert_int_equal(first[i], 0);
#endif
}

static void
test_arena__debug_build_shows_stale_pointers(void **state)
{
	(void)state;
#if defined(ASSAY_ARENA_DEBUG) && defined(WITH_ASAN)
	DEFER(arena_close_at) struct arena *arena = arena_open("room", MIB);
	char *kept = arena_take(arena, 10);
	struct arena_mark mark = arena_mark(arena);
	char *stale = arena_take(arena, 10);
	assert_false(__asan_address_is_poisoned(stale + 9));
	assert_true(__asan_address_is_poisoned(stale + 10));
	arena_rewind(arena, mark);
	assert_true(__asan_address_is_poisoned(stale));
	assert_false(__asan_address_is_poisoned(kept));
#else
	skip();
#endif
}

static void
test_arena_close__of_nothing_is_harmless(void **state)
{
	(void)state;
	arena_close(NULL);
	struct arena *arena = NULL;
	arena_close_at(&arena);
	arena = arena_open("room", 100);
	arena_close_at(&arena);
	assert_null(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_arena__gives_zeroed_aligned_memory),
	    cmocka_unit_test(test_arena__zeroes_what_is_used_again),
	    cmocka_unit_test(test_arena__refuses_above_its_ceiling),
	    cmocka_unit_test(test_arena__takes_pieces_larger_than_a_chunk),
	    cmocka_unit_test(test_arena_rewind__forgets_only_what_came_after),
	    cmocka_unit_test(test_arena_rewind__to_the_beginning),
	    cmocka_unit_test(test_arena_open_wiped__erases_on_rewind_and_reset),
	    cmocka_unit_test(test_arena__debug_build_shows_stale_pointers),
	    cmocka_unit_test(test_arena_close__of_nothing_is_harmless),
	};
	return cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL);
}
