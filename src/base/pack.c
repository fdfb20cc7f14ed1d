/*
 * Compression: zstd for what we keep, and zstd, gzip and lz4 for what others left, unpacked within limits.
 * Knows no archives: one stream in, one text out.
 */
#include "base/pack.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#define PACK_WINDOW_LOG 23 /* 8 MiB */
#define PACK_STEP (256 * KIB)
#define PACK_WHOLE (8 * MIB) /* a frame up to this is unpacked in one go */

static void
free_at(char **at)
{
	free(*at);
}

/* One pair of zstd's working memories for each thread: small contents are many, and making one costs more than packing them. */
struct zstd {
	ZSTD_CCtx *pack;
	ZSTD_DCtx *unpack;
};
static _Thread_local struct zstd zstd_here;
static pthread_key_t zstd_key;

static void
zstd_close(void *at)
{
	struct zstd *zstd = at;
	ZSTD_freeCCtx(zstd->pack);
	ZSTD_freeDCtx(zstd->unpack);
	*zstd = (struct zstd){NULL, NULL};
}

static void
zstd_close_main(void)
{
	zstd_close(&zstd_here);
}

static void
zstd_setup(void)
{
	(void)pthread_key_create(&zstd_key, zstd_close);
	(void)atexit(zstd_close_main);
}

/* NULL when the system has no memory. */
static struct zstd *
zstd_of_thread(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	(void)pthread_once(&once, zstd_setup);
	if (zstd_here.pack == NULL)
		zstd_here.pack = ZSTD_createCCtx();
	if (zstd_here.unpack == NULL)
		zstd_here.unpack = ZSTD_createDCtx();
	(void)pthread_setspecific(zstd_key, &zstd_here);
	return zstd_here.pack != NULL && zstd_here.unpack != NULL ? &zstd_here : NULL;
}

err
pack_zstd(struct job *job, slice text, int level, slice *ret)
{
	if (level < 1 || level > 19)
		return err_set(job, ERR_BUG, "a zstd level must be 1 to 19, found %d", level);
	size_t room = ZSTD_compressBound(text.len);
	struct zstd *zstd = zstd_of_thread();
	char *packed DEFER(free_at) = malloc(room);
	if (zstd == NULL || packed == NULL)
		return err_set(job, ERR_LIMIT, "the system has no memory left to pack %zu bytes", text.len);
	ZSTD_CCtx *context = zstd->pack;
	(void)ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
	(void)ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
	(void)ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1);
	(void)ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	size_t len = ZSTD_compress2(context, packed, room, text.at, text.len);
	if (ZSTD_isError(len))
		return err_set(job, ERR_BUG, "zstd could not pack %zu bytes: %s", text.len, ZSTD_getErrorName(len));
	return job_copy(job, (slice){packed, len}, ret);
}

/* What comes out: grown by need, never past its limits, and only copied into the arena when all of it is there. */
struct unpack {
	struct job *job;
	const char *name;
	const char *kind; /* "zstd", … */
	slice in;
	size_t max;
	bool declared; /* the stream says its size itself, so the ratio is no surprise */
	size_t expected;
	char *out;
	size_t len, room;
};

static void
unpack_close(struct unpack *unpack)
{
	free(unpack->out);
}

static err
refuse(struct unpack *unpack, const char *what)
{
	return err_set(unpack->job, ERR_INPUT, "%s: %s: %s", unpack->name, unpack->kind, what);
}

static err
refuse_size(struct unpack *unpack)
{
	return err_set(unpack->job, ERR_LIMIT, "%s: %s: unpacked it must not exceed %zu bytes", unpack->name, unpack->kind, unpack->max);
}

/* Room for at least one more byte. One byte more than ${max} is allowed for, so that "too much" is seen as such. */
static err
unpack_room(struct unpack *unpack)
{
	size_t most = unpack->max < SIZE_MAX ? unpack->max + 1 : unpack->max;
	if (unpack->len < unpack->room)
		return OK;
	if (unpack->len >= most)
		return refuse_size(unpack);
	size_t room = unpack->room == 0 ? unpack->expected + PACK_STEP : unpack->room * 2;
	if (room > most || room < unpack->room)
		room = most;
	char *out = realloc(unpack->out, room);
	if (out == NULL)
		return err_set(unpack->job, ERR_LIMIT, "%s: the system has no memory left to unpack %zu bytes", unpack->name, room);
	unpack->out = out;
	unpack->room = room;
	return OK;
}

/* After each step: is it still within the limits? */
static err
unpack_check(struct unpack *unpack)
{
	if (unpack->len > unpack->max)
		return refuse_size(unpack);
	if (!unpack->declared && unpack->len > PACK_FREE_BYTES && unpack->len / PACK_MAX_RATIO > unpack->in.len)
		return err_set(unpack->job, ERR_LIMIT,
		    "%s: %s: it must not grow more than %d-fold, found %zu bytes packed and more than %zu unpacked", unpack->name,
		    unpack->kind, PACK_MAX_RATIO, unpack->in.len, unpack->len);
	return OK;
}

static err
unpack_end(struct unpack *unpack, size_t taken, slice *ret)
{
	if (taken != unpack->in.len)
		return err_set(unpack->job, ERR_INPUT, "%s: %s: nothing may follow the end of the stream, found %zu more bytes",
		    unpack->name, unpack->kind, unpack->in.len - taken);
	return job_copy(unpack->job, (slice){unpack->len > 0 ? unpack->out : "", unpack->len}, ret);
}

/* zstd */

static void
dctx_close(ZSTD_DCtx **context)
{
	ZSTD_freeDCtx(*context);
}

/* RFC 8878 section 3.1.1.1.2. zstd itself forgets to look when all of the output fits its buffer. */
static err
zstd_window(struct unpack *unpack)
{
	const unsigned char *at = (const unsigned char *)unpack->in.at;
	if (unpack->in.len < 6)
		return refuse(unpack, "the stream is truncated");
	if ((at[4] & 0x20) != 0)
		return OK; /* a single segment: its window is its content, which has its own limit */
	unsigned power = 10 + (at[5] >> 3);
	if (power > PACK_WINDOW_LOG || (power == PACK_WINDOW_LOG && (at[5] & 7) != 0))
		return refuse(unpack, "the window must not exceed 8 MiB (RFC 8878 section 3.1.1.1.2)");
	return OK;
}

static err
zstd_declared(struct unpack *unpack)
{
	unsigned long long size = ZSTD_getFrameContentSize(unpack->in.at, unpack->in.len);
	if (size == ZSTD_CONTENTSIZE_ERROR)
		return refuse(unpack, "the header is damaged");
	if (size == ZSTD_CONTENTSIZE_UNKNOWN)
		return OK;
	unpack->declared = true;
	if (size > unpack->max)
		return refuse_size(unpack);
	unpack->expected = (size_t)size;
	return OK;
}

/* One frame that says its size, as pack_zstd() makes them: straight into the arena. Anything odd is left to the slow way, which says what.
 */
static bool
unpack_zstd_whole(struct unpack *unpack, slice *ret)
{
	void *at;
	struct zstd *zstd = zstd_of_thread();
	struct arena_mark mark = arena_mark(unpack->job->arena);
	if (!unpack->declared || zstd == NULL || unpack->expected > PACK_WHOLE ||
	    ZSTD_findFrameCompressedSize(unpack->in.at, unpack->in.len) != unpack->in.len ||
	    job_take(unpack->job, 1, unpack->expected + 1, &at).code != ERR_NONE)
		return false;
	(void)ZSTD_DCtx_reset(zstd->unpack, ZSTD_reset_session_and_parameters);
	if (ZSTD_decompressDCtx(zstd->unpack, at, unpack->expected, unpack->in.at, unpack->in.len) != unpack->expected) {
		arena_rewind(unpack->job->arena, mark);
		return false;
	}
	*ret = slice_bytes(at, unpack->expected);
	return true;
}

static err
unpack_zstd(struct unpack *unpack, slice *ret)
{
	TRY(zstd_window(unpack));
	TRY(zstd_declared(unpack));
	if (unpack_zstd_whole(unpack, ret))
		return OK;
	ZSTD_DCtx *context DEFER(dctx_close) = ZSTD_createDCtx();
	if (context == NULL)
		return err_set(unpack->job, ERR_LIMIT, "%s: the system has no memory left for zstd", unpack->name);
	/* A single segment may be larger than 8 MiB: its declared size is below max by now. */
	(void)ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, unpack->declared ? 31 : PACK_WINDOW_LOG);
	ZSTD_inBuffer in = {unpack->in.at, unpack->in.len, 0};
	for (;;) {
		TRY(unpack_room(unpack));
		ZSTD_outBuffer out = {unpack->out, unpack->room, unpack->len};
		size_t before = in.pos, left = ZSTD_decompressStream(context, &out, &in);
		if (ZSTD_isError(left))
			return refuse(unpack, ZSTD_getErrorName(left));
		bool stuck = in.pos == before && out.pos == unpack->len;
		unpack->len = out.pos;
		TRY(unpack_check(unpack));
		if (left == 0)
			return unpack_end(unpack, in.pos, ret);
		if (stuck && unpack->len < unpack->room)
			return refuse(unpack, "the stream is truncated");
	}
}

/* gzip */

static void
inflate_close(z_stream *stream)
{
	(void)inflateEnd(stream);
}

static unsigned
at_most(size_t bytes)
{
	return bytes > 1 * MIB ? (unsigned)(1 * MIB) : (unsigned)bytes;
}

static err
gzip_refuse(struct unpack *unpack, const z_stream *stream, int status)
{
	if (status == Z_MEM_ERROR)
		return err_set(unpack->job, ERR_LIMIT, "%s: the system has no memory left for gzip", unpack->name);
	return refuse(unpack, stream->msg != NULL ? stream->msg : "the stream is damaged");
}

static err
unpack_gzip(struct unpack *unpack, slice *ret)
{
	z_stream stream DEFER(inflate_close) = {0};
	size_t taken = 0;
	if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK)
		return err_set(unpack->job, ERR_LIMIT, "%s: the system has no memory left for gzip", unpack->name);
	for (;;) {
		TRY(unpack_room(unpack));
		unsigned in = at_most(unpack->in.len - taken), out = at_most(unpack->room - unpack->len);
		stream.next_in = (z_const Bytef *)(uintptr_t)(unpack->in.at + taken);
		stream.avail_in = in;
		stream.next_out = (Bytef *)unpack->out + unpack->len;
		stream.avail_out = out;
		int status = inflate(&stream, Z_NO_FLUSH);
		taken += in - stream.avail_in;
		unpack->len += out - stream.avail_out;
		TRY(unpack_check(unpack));
		if (status == Z_STREAM_END)
			return unpack_end(unpack, taken, ret);
		if (status == Z_BUF_ERROR && taken == unpack->in.len)
			return refuse(unpack, "the stream is truncated");
		if (status != Z_OK && status != Z_BUF_ERROR)
			return gzip_refuse(unpack, &stream, status);
	}
}

/* lz4 */

static void
lz4_close(LZ4F_dctx **context)
{
	(void)LZ4F_freeDecompressionContext(*context);
}

static err
unpack_lz4(struct unpack *unpack, slice *ret)
{
	LZ4F_dctx *context DEFER(lz4_close) = NULL;
	size_t taken = 0;
	if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
		return err_set(unpack->job, ERR_LIMIT, "%s: the system has no memory left for lz4", unpack->name);
	for (;;) {
		TRY(unpack_room(unpack));
		size_t in = unpack->in.len - taken, out = unpack->room - unpack->len;
		size_t left = LZ4F_decompress(context, unpack->out + unpack->len, &out, unpack->in.at + taken, &in, NULL);
		if (LZ4F_isError(left))
			return refuse(unpack, LZ4F_getErrorName(left));
		taken += in;
		unpack->len += out;
		TRY(unpack_check(unpack));
		if (left == 0)
			return unpack_end(unpack, taken, ret);
		if (in == 0 && out == 0 && unpack->len < unpack->room)
			return refuse(unpack, "the stream is truncated");
	}
}

err
pack_unpack(struct job *job, const char *name, slice text, size_t max_bytes, slice *ret)
{
	struct unpack unpack DEFER(unpack_close) = {.job = job, .name = name, .in = text, .max = max_bytes};
	if (slice_starts(text, S("\x28\xb5\x2f\xfd"))) {
		unpack.kind = "zstd";
		return unpack_zstd(&unpack, ret);
	}
	if (slice_starts(text, S("\x1f\x8b"))) {
		unpack.kind = "gzip";
		return unpack_gzip(&unpack, ret);
	}
	if (slice_starts(text, S("\x04\x22\x4d\x18"))) {
		unpack.kind = "lz4";
		return unpack_lz4(&unpack, ret);
	}
	if (text.len > max_bytes)
		return err_set(job, ERR_LIMIT, "%s: it must not exceed %zu bytes, found %zu", name, max_bytes, text.len);
	*ret = text;
	return OK;
}
