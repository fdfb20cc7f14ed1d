/*
 * Reads deb822 stanzas, from memory or as an unpacked stream. Knows no field's meaning.
 */
#include "collect/collect_deb822.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#define PACKED_ROOM (256 * KIB)
#define PLAIN_ROOM (2 * COLLECT_DEB822_MAX_STANZA)

bool
collect_deb822_next(slice *rest, unsigned *line, slice *ret_stanza, unsigned *ret_line)
{
	slice after = *rest, one;
	unsigned number = *line;
	const char *from = NULL, *to = NULL;
	while (slice_cut(&after, '\n', &one)) {
		bool blank = slice_trim(one).len == 0;
		if (blank && from != NULL)
			break;
		if (!blank && from == NULL) {
			from = one.at;
			*ret_line = number;
		}
		if (!blank)
			to = one.at + one.len;
		number++;
	}
	if (from == NULL) {
		*rest = after;
		return false;
	}
	*line = number + 1;
	*ret_stanza = slice_bytes(from, (size_t)(to - from));
	*rest = after;
	return true;
}

bool
collect_deb822_field(slice *stanza, slice *ret_name, slice *ret_value)
{
	slice line;
	while (slice_cut(stanza, '\n', &line)) {
		size_t colon = slice_find(line, ':');
		if (line.len == 0 || line.at[0] == '#' || line.at[0] == ' ' || line.at[0] == '\t' || colon == line.len)
			continue;
		const char *end = line.at + line.len;
		slice next = *stanza, more;
		/* A comment ends nothing, but belongs to the value only when the value goes on behind it. */
		while (slice_cut(&next, '\n', &more) && more.len > 0 && (more.at[0] == ' ' || more.at[0] == '\t' || more.at[0] == '#'))
			if (more.at[0] != '#') {
				end = more.at + more.len;
				*stanza = next;
			}
		*ret_name = slice_trim(slice_part(line, 0, colon));
		*ret_value = slice_trim(slice_bytes(line.at + colon + 1, (size_t)(end - line.at) - colon - 1));
		return true;
	}
	return false;
}

bool
collect_deb822_get(slice stanza, const char *name, slice *ret_value)
{
	slice key, value;
	while (collect_deb822_field(&stanza, &key, &value))
		if (slice_same_nocase(key, slice_of(name))) {
			*ret_value = value;
			return true;
		}
	return false;
}

/* Where packed bytes come from: a descriptor, or memory. */
struct deb822_source {
	int fd; /* -1 = memory */
	slice memory;
	const char *name;
};

/* The text unpacked so far that no whole stanza was made of yet. */
struct deb822_sink {
	struct collect_deb822_reader *reader;
	const char *name;
	collect_deb822_visit visit;
	void *to;
	size_t len, total;
};

static err
deb822_fill(struct job *job, struct deb822_source *source, char *into, size_t *ret_len)
{
	if (source->fd < 0) {
		slice part = slice_part(source->memory, 0, PACKED_ROOM);
		if (part.len > 0)
			memcpy(into, part.at, part.len);
		source->memory = slice_from(source->memory, part.len);
		*ret_len = part.len;
		return OK;
	}
	ssize_t got;
	do
		got = read(source->fd, into, PACKED_ROOM);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_errno(job, errno, "%s cannot be read", source->name);
	*ret_len = (size_t)got;
	return OK;
}

/* Visit the whole stanzas at the front of the plain text and move the rest to its beginning. */
static err
deb822_drain(struct deb822_sink *sink, size_t more, bool last)
{
	struct job *job = sink->reader->job;
	char *plain = sink->reader->plain;
	slice text = slice_bytes(plain, sink->len + more);
	size_t looked = sink->len > 0 ? sink->len - 1 : 0; /* no blank line before this */
	sink->total += more;
	if (sink->total > COLLECT_DEB822_MAX_STREAM)
		return err_set(job, ERR_LIMIT, "%s: at most %zu bytes are unpacked", sink->name, COLLECT_DEB822_MAX_STREAM);
	for (;;) {
		const char *gap = text.len > looked ? memmem(text.at + looked, text.len - looked, "\n\n", 2) : NULL;
		if (gap == NULL && !last)
			break;
		size_t len = gap == NULL ? text.len : (size_t)(gap - text.at);
		if (len > 0)
			TRY(sink->visit(job, sink->to, slice_part(text, 0, len)));
		text = slice_from(text, gap == NULL ? len : len + 2);
		looked = 0;
		if (gap == NULL)
			break;
	}
	if (text.len >= COLLECT_DEB822_MAX_STANZA)
		return err_set(job, ERR_LIMIT, "%s: a stanza has at most %zu bytes", sink->name, COLLECT_DEB822_MAX_STANZA);
	if (text.len > 0)
		memmove(plain, text.at, text.len);
	sink->len = text.len;
	return OK;
}

static err
deb822_plain(struct deb822_source *source, struct deb822_sink *sink, size_t have)
{
	struct job *job = sink->reader->job;
	while (have > 0) {
		memcpy(sink->reader->plain + sink->len, sink->reader->packed, have);
		TRY(deb822_drain(sink, have, false));
		TRY(deb822_fill(job, source, sink->reader->packed, &have));
	}
	return OK;
}

static void
deb822_lz4_close(LZ4F_dctx **context)
{
	(void)LZ4F_freeDecompressionContext(*context);
}

static err
deb822_lz4(struct deb822_source *source, struct deb822_sink *sink, size_t have)
{
	struct job *job = sink->reader->job;
	DEFER(deb822_lz4_close) LZ4F_dctx *context = NULL;
	if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
		return err_set(job, ERR_LIMIT, "lz4 has no memory");
	size_t hint = 1;
	while (have > 0) {
		for (size_t at = 0; at < have;) {
			size_t out = PLAIN_ROOM - sink->len, in = have - at;
			hint = LZ4F_decompress(context, sink->reader->plain + sink->len, &out, sink->reader->packed + at, &in, NULL);
			if (LZ4F_isError(hint) || (in == 0 && out == 0))
				return err_set(job, ERR_INPUT, "%s: not a whole lz4 frame", sink->name);
			at += in;
			TRY(deb822_drain(sink, out, false));
		}
		TRY(deb822_fill(job, source, sink->reader->packed, &have));
	}
	return hint == 0 ? OK : err_set(job, ERR_INPUT, "%s: the lz4 frame ends too early", sink->name);
}

static void
deb822_gzip_close(z_stream *stream)
{
	(void)inflateEnd(stream);
}

static err
deb822_gzip(struct deb822_source *source, struct deb822_sink *sink, size_t have)
{
	struct job *job = sink->reader->job;
	DEFER(deb822_gzip_close) z_stream stream = {0};
	int state = inflateInit2(&stream, 15 + 16);
	while (have > 0 && state == Z_OK) {
		stream.next_in = (Bytef *)sink->reader->packed;
		stream.avail_in = (uInt)have;
		do {
			size_t room = PLAIN_ROOM - sink->len;
			stream.next_out = (Bytef *)sink->reader->plain + sink->len;
			stream.avail_out = (uInt)room;
			state = inflate(&stream, Z_NO_FLUSH);
			if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
				return err_set(job, ERR_INPUT, "%s: not a whole gzip stream", sink->name);
			TRY(deb822_drain(sink, room - stream.avail_out, false));
		} while (state == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0));
		if (state == Z_BUF_ERROR)
			state = Z_OK;
		TRY(deb822_fill(job, source, sink->reader->packed, &have));
	}
	return state == Z_STREAM_END ? OK : err_set(job, ERR_INPUT, "%s: the gzip stream ends too early", sink->name);
}

static void
deb822_zstd_close(ZSTD_DCtx **context)
{
	(void)ZSTD_freeDCtx(*context);
}

static err
deb822_zstd(struct deb822_source *source, struct deb822_sink *sink, size_t have)
{
	struct job *job = sink->reader->job;
	DEFER(deb822_zstd_close) ZSTD_DCtx *context = ZSTD_createDCtx();
	size_t hint = 1;
	if (context == NULL || ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 23)))
		return err_set(job, ERR_LIMIT, "zstd has no memory");
	while (have > 0) {
		ZSTD_inBuffer in = {sink->reader->packed, have, 0};
		while (in.pos < in.size) {
			ZSTD_outBuffer out = {sink->reader->plain + sink->len, PLAIN_ROOM - sink->len, 0};
			hint = ZSTD_decompressStream(context, &out, &in);
			if (ZSTD_isError(hint))
				return err_set(job, ERR_INPUT, "%s: not a whole zstd frame", sink->name);
			TRY(deb822_drain(sink, out.pos, false));
		}
		TRY(deb822_fill(job, source, sink->reader->packed, &have));
	}
	return hint == 0 ? OK : err_set(job, ERR_INPUT, "%s: the zstd frame ends too early", sink->name);
}

static err
deb822_read(struct deb822_source *source, struct deb822_sink *sink)
{
	struct collect_deb822_reader *reader = sink->reader;
	size_t have;
	if (reader->packed == NULL) {
		TRY(NEW(reader->job, PACKED_ROOM, &reader->packed));
		TRY(NEW(reader->job, PLAIN_ROOM, &reader->plain));
	}
	TRY(deb822_fill(reader->job, source, reader->packed, &have));
	slice magic = slice_bytes(reader->packed, have < 6 ? have : 6);
	if (slice_starts(magic, S("\x04\x22\x4d\x18")))
		TRY(deb822_lz4(source, sink, have));
	else if (slice_starts(magic, S("\x1f\x8b")))
		TRY(deb822_gzip(source, sink, have));
	else if (slice_starts(magic, S("\x28\xb5\x2f\xfd")))
		TRY(deb822_zstd(source, sink, have));
	else if (slice_starts(magic, S("\xfd"
				       "7zXZ")) ||
		 slice_starts(magic, S("BZh")))
		return err_set(reader->job, ERR_INPUT, "%s: expected plain text, lz4, gzip or zstd, found another packing", sink->name);
	else
		TRY(deb822_plain(source, sink, have));
	return deb822_drain(sink, 0, true);
}

static void
deb822_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

err
collect_deb822_stream(
    struct collect_deb822_reader *reader, const struct collect *collect, const char *path, collect_deb822_visit visit, void *to)
{
	DEFER(deb822_close) int fd = -1;
	TRY(fs_open(reader->job, &collect->root, path, true, &fd));
	struct deb822_source source = {.fd = fd, .name = path};
	struct deb822_sink sink = {.reader = reader, .name = path, .visit = visit, .to = to};
	return deb822_read(&source, &sink);
}

err
collect_deb822_bytes(struct collect_deb822_reader *reader, const char *name, slice bytes, collect_deb822_visit visit, void *to)
{
	struct deb822_source source = {.fd = -1, .memory = bytes, .name = name};
	struct deb822_sink sink = {.reader = reader, .name = name, .visit = visit, .to = to};
	return deb822_read(&source, &sink);
}
