/*
 * Compression: there and back, and bombs, truncation, damage and trailing bytes in each of the three formats.
 * Makes its streams with the libraries themselves; nothing is read from files.
 */
#include "base/pack.h"

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include "kit.h"

static slice
filled(char byte, size_t len)
{
	char *text = NULL;
	ASSERT_OK(NEW(kit_job(), len + 1, &text));
	memset(text, byte, len);
	return (slice){text, len};
}

/* Text that packs, but not to nothing. */
static slice
varied(size_t len)
{
	char *text = NULL;
	uint32_t seed = 1;
	ASSERT_OK(NEW(kit_job(), len + 1, &text));
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525u + 1013904223u;
		text[i] = (char)('a' + (seed >> 28));
	}
	return (slice){text, len};
}

static slice
gzip(slice text)
{
	z_stream stream = {0};
	slice packed = filled(0, text.len + 4096);
	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = (Bytef *)(uintptr_t)text.at;
	stream.avail_in = (uInt)text.len;
	stream.next_out = (Bytef *)(uintptr_t)packed.at;
	stream.avail_out = (uInt)packed.len;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	packed.len = stream.total_out;
	deflateEnd(&stream);
	return packed;
}

static slice
lz4(slice text)
{
	LZ4F_preferences_t wish = {.frameInfo = {.contentChecksumFlag = LZ4F_contentChecksumEnabled}};
	slice packed = filled(0, LZ4F_compressFrameBound(text.len, &wish));
	packed.len = LZ4F_compressFrame((char *)(uintptr_t)packed.at, packed.len, text.at, text.len, &wish);
	assert_false(LZ4F_isError(packed.len));
	return packed;
}

static slice
zstd(slice text)
{
	slice packed = {0};
	ASSERT_OK(pack_zstd(kit_job(), text, 3, &packed));
	return packed;
}

/* As zstd -c writes from a pipe: the size is not declared. */
static slice
zstd_streamed(slice text, int window)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	slice packed = filled(0, ZSTD_compressBound(text.len) + 64);
	ZSTD_outBuffer out = {(char *)(uintptr_t)packed.at, packed.len, 0};
	ZSTD_inBuffer in = {text.at, text.len, 0};
	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	if (window > 0)
		ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window);
	assert_false(ZSTD_isError(ZSTD_compressStream2(context, &out, &in, ZSTD_e_continue)));
	assert_int_equal(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end), 0);
	ZSTD_freeCCtx(context);
	packed.len = out.pos;
	return packed;
}

static slice
joined(slice a, slice b)
{
	slice both = filled(0, a.len + b.len);
	memcpy((char *)(uintptr_t)both.at, a.at, a.len);
	memcpy((char *)(uintptr_t)both.at + a.len, b.at, b.len);
	return both;
}

static slice (*const packers[])(slice) = {zstd, gzip, lz4};

static void
test_pack_unpack__gives_back_what_went_in(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice texts[] = {S(""), S("a"), varied(70000), varied(3000000)};
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 3; j++) {
			slice back = {0};
			ASSERT_OK(pack_unpack(job, "f", packers[j](texts[i]), texts[i].len, &back));
			assert_true(slice_same(back, texts[i]));
		}
	slice back = {0};
	ASSERT_OK(pack_unpack(job, "f", zstd_streamed(texts[3], 0), texts[3].len, &back));
	assert_true(slice_same(back, texts[3]));
}

static void
test_pack_unpack__hands_back_what_is_not_packed(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice text = S("Package: adduser\n"), back = {0};
	ASSERT_OK(pack_unpack(job, "f", text, 1000, &back));
	assert_ptr_equal(back.at, text.at);
	ASSERT_OK(pack_unpack(job, "f", S(""), 0, &back));
	assert_int_equal(back.len, 0);
	ASSERT_ERR(pack_unpack(job, "f", text, 5, &back), ERR_LIMIT, "f: it must not exceed 5 bytes, found 17");
}

static void
test_pack_zstd__at_every_level(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice text = varied(9 * MIB), packed = {0}, back = {0};
	for (int level = 1; level <= 19; level += 9) {
		ASSERT_OK(pack_zstd(job, slice_part(text, 0, level == 1 ? text.len : 200000), level, &packed));
		ASSERT_OK(pack_unpack(job, "f", packed, text.len, &back));
		assert_true(slice_starts(text, back));
	}
	ASSERT_ERR(pack_zstd(job, text, 0, &packed), ERR_BUG, "must be 1 to 19");
	ASSERT_ERR(pack_zstd(job, text, 20, &packed), ERR_BUG, "must be 1 to 19");
}

static void
test_pack_unpack__limits_what_comes_out(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice text = varied(500000), back = {0};
	for (size_t j = 0; j < 3; j++) {
		ASSERT_OK(pack_unpack(job, "f", packers[j](text), 500000, &back));
		ASSERT_ERR(pack_unpack(job, "f", packers[j](text), 499999, &back), ERR_LIMIT, "f: ");
		ASSERT_ERR(pack_unpack(job, "f", packers[j](text), 0, &back), ERR_LIMIT, "must not exceed 0 bytes");
	}
	ASSERT_ERR(pack_unpack(job, "f", zstd_streamed(text, 0), 499999, &back), ERR_LIMIT, "f: zstd: unpacked it must not exceed 499999");
}

static void
test_pack_unpack__stops_bombs(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice zeros = filled(0, 32 * MIB), back = {0};
	ASSERT_ERR(pack_unpack(job, "f", gzip(zeros), 64 * MIB, &back), ERR_LIMIT, "more than 1000-fold");
	ASSERT_ERR(pack_unpack(job, "f", zstd_streamed(zeros, 0), 64 * MIB, &back), ERR_LIMIT, "more than 1000-fold");
	ASSERT_ERR(pack_unpack(job, "f", zstd(zeros), 16 * MIB, &back), ERR_LIMIT, "must not exceed");
	ASSERT_ERR(pack_unpack(job, "f", lz4(zeros), 16 * MIB, &back), ERR_LIMIT, "must not exceed");
	/* our own frames say their size, and may shrink as much as they like */
	ASSERT_OK(pack_unpack(job, "f", zstd(zeros), 32 * MIB, &back));
	assert_true(slice_same(back, zeros));
	/* and little things may grow as much as they like */
	ASSERT_OK(pack_unpack(job, "f", zstd_streamed(slice_part(zeros, 0, 3 * MIB), 0), 32 * MIB, &back));
	assert_int_equal(back.len, 3 * MIB);
}

static void
test_pack_unpack__does_not_believe_a_declared_size(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice packed = zstd(varied(300)), back = {0};
	/* single segment with two bytes of size (RFC 8878 section 3.1.1.1): the size is 256 less */
	char *at = (char *)(uintptr_t)packed.at;
	assert_int_equal((unsigned char)at[4] & 0xe0, 0x60);
	at[5] = at[6] = (char)0xff;
	ASSERT_ERR(pack_unpack(job, "f", packed, 1000, &back), ERR_LIMIT, "must not exceed 1000");
	ASSERT_ERR(pack_unpack(job, "f", packed, MIB, &back), ERR_INPUT, "f: zstd: ");
	at[5] = at[6] = 0;
	ASSERT_ERR(pack_unpack(job, "f", packed, MIB, &back), ERR_INPUT, "f: zstd: ");
}

static void
test_pack_unpack__refuses_a_large_window(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice text = varied(100000), back = {0};
	ASSERT_OK(pack_unpack(job, "f", zstd_streamed(text, 23), MIB, &back));
	ASSERT_ERR(pack_unpack(job, "f", zstd_streamed(text, 24), MIB, &back), ERR_INPUT, "window must not exceed 8 MiB");
}

static void
test_pack_unpack__refuses_every_truncation(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice text = varied(400), back = {0};
	for (size_t j = 0; j < 3; j++) {
		slice packed = packers[j](text);
		for (size_t len = 4; len < packed.len; len++) {
			/* a copy of its own, so that a sanitizer sees a read too far */
			slice part = {0};
			ASSERT_OK(job_copy(job, slice_part(packed, 0, len), &part));
			ASSERT_ERR(pack_unpack(job, "f", part, MIB, &back), ERR_INPUT, "f: ");
		}
	}
	slice streamed = zstd_streamed(text, 0);
	for (size_t len = 4; len < streamed.len; len++)
		ASSERT_ERR(pack_unpack(job, "f", slice_part(streamed, 0, len), MIB, &back), ERR_INPUT, "f: zstd");
	assert_null(back.at);
}

static void
test_pack_unpack__refuses_damage(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice text = varied(400);
	for (size_t j = 0; j < 3; j++) {
		slice packed = packers[j](text);
		size_t refused = 0;
		for (size_t i = 4; i < packed.len; i++) {
			slice back = {0};
			((char *)(uintptr_t)packed.at)[i] ^= 0x10;
			err got = pack_unpack(job, "f", packed, MIB, &back);
			((char *)(uintptr_t)packed.at)[i] ^= 0x10;
			/* a few bits mean nothing to the text (a gzip header's time, padding); none gives another text */
			assert_true(got.code == ERR_INPUT || got.code == ERR_LIMIT || slice_same(back, text));
			refused += got.code != ERR_NONE;
		}
		assert_true(refused + 10 > packed.len - 4);
	}
}

static void
test_pack_unpack__refuses_bytes_after_the_end(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice back = {0};
	for (size_t j = 0; j < 3; j++) {
		slice packed = packers[j](varied(400));
		ASSERT_ERR(pack_unpack(job, "f", joined(packed, S("x")), MIB, &back), ERR_INPUT, "found 1 more bytes");
		ASSERT_ERR(pack_unpack(job, "f", joined(packed, packed), MIB, &back), ERR_INPUT, "nothing may follow the end");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pack_unpack__gives_back_what_went_in),
	    cmocka_unit_test(test_pack_unpack__hands_back_what_is_not_packed),
	    cmocka_unit_test(test_pack_zstd__at_every_level),
	    cmocka_unit_test(test_pack_unpack__limits_what_comes_out),
	    cmocka_unit_test(test_pack_unpack__stops_bombs),
	    cmocka_unit_test(test_pack_unpack__does_not_believe_a_declared_size),
	    cmocka_unit_test(test_pack_unpack__refuses_a_large_window),
	    cmocka_unit_test(test_pack_unpack__refuses_every_truncation),
	    cmocka_unit_test(test_pack_unpack__refuses_damage),
	    cmocka_unit_test(test_pack_unpack__refuses_bytes_after_the_end),
	};
	return KIT_TESTS(tests);
}
