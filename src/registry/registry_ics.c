/*
 * An iCalendar stream from a list of what is due.
 * Deliberately knows no register and reads no clock; people and time zones stay out: an instant in UTC is the same moment everywhere.
 */
#include "registry/registry_ics.h"

#include "base/text.h"

#define FOLD 75
#define MAX_LINE (64 * KIB)

struct writing {
	struct buf *out;
	struct buf line; /* one content line, not folded yet */
};

/* Octets from ${from} that fit a line of ${room}, never half of a character. */
static size_t
piece(slice line, size_t from, size_t room)
{
	if (line.len - from <= room)
		return line.len - from;
	size_t len = room;
	while (len > 1 && ((unsigned char)line.at[from + len] & 0xC0) == 0x80)
		len--;
	return len;
}

/* The line that was gathered, folded; the blank that begins a continuation counts. */
static err
end_line(struct writing *writing)
{
	slice line;
	TRY(buf_end(&writing->line, &line));
	for (size_t from = 0, room = FOLD; from < line.len; room = FOLD - 1) {
		size_t len = piece(line, from, room);
		if (from > 0)
			buf_text(writing->out, "\r\n ");
		buf_add(writing->out, slice_part(line, from, len));
		from += len;
	}
	buf_text(writing->out, "\r\n");
	buf_reset(&writing->line);
	return OK;
}

/* Section 3.3.11: backslash, semicolon, comma and newline are escaped; of control characters only the tab may stand in text. */
static void
escape(struct buf *buf, slice text)
{
	while (text.len > 0) {
		uint32_t rune;
		size_t len = text_rune(text, &rune);
		slice bytes = slice_part(text, 0, len);
		if (rune == '\n')
			buf_text(buf, "\\n");
		else if (rune == '\\' || rune == ';' || rune == ',')
			buf_printf(buf, "\\%c", (char)rune);
		else if (rune == 0xFFFD)
			buf_text(buf, "\xEF\xBF\xBD");
		else if (rune == '\t' || (rune >= 0x20 && rune != 0x7F && !(rune >= 0x80 && rune < 0xA0)))
			buf_add(buf, bytes);
		text = slice_from(text, len);
	}
}

static err
put(struct writing *writing, const char *property, slice text)
{
	buf_printf(&writing->line, "%s:", property);
	escape(&writing->line, text);
	return end_line(writing);
}

/* What needs no escaping. */
static err
put_plain(struct writing *writing, const char *line)
{
	buf_text(&writing->line, line);
	return end_line(writing);
}

/* 20261130T091500Z: section 3.3.5, form 2. Fractions are dropped. */
static err
put_instant(struct writing *writing, const char *property, int64_t at_us)
{
	struct instant_text text = instant_text(at_us);
	if (text.at[0] == '?')
		return err_set(writing->out->job, ERR_INPUT, "iCalendar: %s: expected an instant of the years 0001 to 9999", property);
	buf_printf(&writing->line, "%s:", property);
	for (const char *at = text.at; *at != '\0' && *at != '.' && *at != 'Z'; at++)
		if (*at != '-' && *at != ':')
			buf_byte(&writing->line, *at);
	buf_byte(&writing->line, 'Z');
	return end_line(writing);
}

/* Days, and then the rest as hours, minutes and seconds (section 3.3.6); a fraction of a second is dropped. */
static err
put_before(struct writing *writing, int64_t us)
{
	int64_t days = us / DAY_US, seconds = us % DAY_US / SECOND_US;
	buf_text(&writing->line, "TRIGGER:-P");
	if (days > 0 || seconds == 0)
		buf_printf(&writing->line, "%lldD", (long long)days);
	if (seconds > 0)
		buf_printf(&writing->line, "T%lldH%lldM%lldS", (long long)(seconds / 3600), (long long)(seconds / 60 % 60), (long long)(seconds % 60));
	return end_line(writing);
}

static err
write_alarm(struct writing *writing, const struct registry_ics_event *event, struct duration before)
{
	TRY(put_plain(writing, "BEGIN:VALARM"));
	TRY(put_plain(writing, "ACTION:DISPLAY"));
	TRY(put(writing, "DESCRIPTION", event->summary));
	if (before.months != 0)
		TRY(put_instant(writing, "TRIGGER;VALUE=DATE-TIME", instant_before(event->due_us, before)));
	else
		TRY(put_before(writing, before.us));
	return put_plain(writing, "END:VALARM");
}

static err
write_event(struct writing *writing, const struct registry_ics_event *event, int64_t stamp_us)
{
	if (event->uid.len == 0 || event->uid.len > 200)
		return err_set(writing->out->job, ERR_INPUT, "iCalendar: UID: expected 1 to 200 octets, found %zu", event->uid.len);
	TRY(put_plain(writing, "BEGIN:VEVENT"));
	TRY(put(writing, "UID", event->uid));
	TRY(put_instant(writing, "DTSTAMP", stamp_us));
	TRY(put_instant(writing, "DTSTART", event->due_us));
	TRY(put(writing, "SUMMARY", event->summary));
	if (event->description.len > 0)
		TRY(put(writing, "DESCRIPTION", event->description));
	TRY(put_plain(writing, "TRANSP:TRANSPARENT"));
	for (size_t i = 0; i < event->warn_len; i++)
		TRY(write_alarm(writing, event, event->warn[i]));
	return put_plain(writing, "END:VEVENT");
}

err
registry_ics_write(struct job *job, struct buf *buf, slice name, const struct registry_ics_event *events, size_t len, int64_t stamp_us)
{
	struct writing writing = {.out = buf, .line = buf_open(job, "a line of iCalendar", MAX_LINE)};
	TRY(put_plain(&writing, "BEGIN:VCALENDAR"));
	TRY(put_plain(&writing, "VERSION:2.0"));
	TRY(put_plain(&writing, "PRODID:-//assay//deadlines//EN"));
	TRY(put_plain(&writing, "CALSCALE:GREGORIAN"));
	TRY(put(&writing, "X-WR-CALNAME", name));
	for (size_t i = 0; i < len; i++)
		TRY(write_event(&writing, &events[i], stamp_us));
	TRY(put_plain(&writing, "END:VCALENDAR"));
	slice all;
	return buf_end(buf, &all);
}
