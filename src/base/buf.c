/*
 * A growable text buffer with a name and a ceiling.
 * Deliberately does not: escape anything (text.c does) or give memory back before its arena does.
 */
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

struct buf
buf_open(struct job *job, const char *name, size_t ceiling_bytes)
{
	return (struct buf){.job = job, .name = name, .ceiling = ceiling_bytes};
}

/* Make room for ${more} bytes and a NUL behind them. */
static bool
grow(struct buf *buf, size_t more)
{
	if (buf->failed.code != ERR_NONE)
		return false;
	if (more > buf->ceiling || buf->len > buf->ceiling - more) {
		buf->failed =
		    err_set(buf->job, ERR_LIMIT, "%s: at most %zu bytes, found %zu and %zu more", buf->name, buf->ceiling, buf->len, more);
		return false;
	}
	size_t need = buf->len + more + 1;
	if (need <= buf->room)
		return true;
	size_t room = buf->room > 0 ? buf->room : 64;
	while (room < need)
		room = room > SIZE_MAX / 2 ? need : room * 2;
	if (buf->ceiling < SIZE_MAX && room > buf->ceiling + 1)
		room = buf->ceiling + 1;
	void *at;
	buf->failed = job_take(buf->job, 1, room, &at);
	if (buf->failed.code != ERR_NONE) {
		buf->failed = err_prefix(buf->job, buf->failed, "%s", buf->name);
		return false;
	}
	if (buf->len > 0)
		memcpy(at, buf->at, buf->len);
	buf->at = at;
	buf->room = room;
	return true;
}

void
buf_add(struct buf *buf, slice text)
{
	if (text.len == 0 || !grow(buf, text.len))
		return;
	memcpy(buf->at + buf->len, text.at, text.len);
	buf->len += text.len;
}

void
buf_byte(struct buf *buf, char byte)
{
	buf_add(buf, (slice){&byte, 1});
}

void
buf_text(struct buf *buf, const char *text)
{
	buf_add(buf, slice_of(text));
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list list, again;
	va_start(list, format);
	va_copy(again, list);
	size_t free_len = buf->room - buf->len;
	int len = vsnprintf(free_len > 0 ? buf->at + buf->len : NULL, free_len, format, list);
	va_end(list);
	if (len < 0 && buf->failed.code == ERR_NONE)
		buf->failed = err_set(buf->job, ERR_BUG, "%s: the format \"%s\" cannot be written", buf->name, format);
	if (len > 0 && grow(buf, (size_t)len)) {
		if ((size_t)len >= free_len)
			vsnprintf(buf->at + buf->len, (size_t)len + 1, format, again);
		buf->len += (size_t)len;
	}
	va_end(again);
}

void
buf_u64(struct buf *buf, uint64_t number)
{
	char digits[20];
	size_t at = sizeof digits;
	do
		digits[--at] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	buf_add(buf, (slice){digits + at, sizeof digits - at});
}

void
buf_i64(struct buf *buf, int64_t number)
{
	if (number < 0)
		buf_byte(buf, '-');
	buf_u64(buf, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void
buf_reset(struct buf *buf)
{
	buf->len = 0;
}

err
buf_end(struct buf *buf, slice *ret)
{
	if (!grow(buf, 0))
		return buf->failed;
	buf->at[buf->len] = '\0';
	*ret = (slice){buf->at, buf->len};
	return OK;
}
