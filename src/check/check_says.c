/*
 * Fills {column} of a check's sentence from the offending row.
 */
#include "check/check_priv.h"

#include "base/text.h"

#define MAX_SAYS (256 * KIB)
#define MAX_VALUE 1000 /* bytes of one value that are shown; the row keeps the whole */

int
check_row_column(const struct check_row *row, slice name)
{
	for (size_t i = 0; i < row->len; i++)
		if (slice_same(row->columns[i].name, name))
			return (int)i;
	return -1;
}

slice
check_text_cut(slice text, size_t len)
{
	if (text.len <= len)
		return text;
	while (len > 0 && ((unsigned char)text.at[len] & 0xC0) == 0x80)
		len--;
	return slice_part(text, 0, len);
}

/* One line that acts on nothing; its braces must not become a person's name at display. */
static void
add_hostile(struct buf *buf, slice text)
{
	struct buf line = buf_open(buf->job, "a value", MAX_SAYS);
	slice shown;
	text_terminal(&line, text, false);
	if (buf_end(&line, &shown).code != ERR_NONE) {
		buf->failed = line.failed;
		return;
	}
	for (size_t i = 0; i < shown.len; i++)
		buf_byte(buf, shown.at[i] == '{' ? '(' : shown.at[i] == '}' ? ')' : shown.at[i]);
}

static void
add_value(struct buf *buf, const struct check_row *row, int at, const slice *tokens)
{
	const struct cell *cell = &row->cells[at];
	if (cell->null)
		buf_text(buf, "not known");
	else if (tokens != NULL && tokens[at].len > 0)
		buf_printf(buf, "{person:%.*s}", SLICE(tokens[at]));
	else if (!row->is_text[at])
		buf_i64(buf, cell->number);
	else {
		slice shown = check_text_cut(cell->text, MAX_VALUE);
		add_hostile(buf, shown);
		if (shown.len < cell->text.len)
			buf_text(buf, "…");
	}
}

err
check_says(struct job *job, const struct check *check, const struct check_row *row, const slice *tokens, slice *ret)
{
	struct buf buf = buf_open(job, "a finding's sentence", MAX_SAYS);
	slice rest = check->says;
	while (rest.len > 0) {
		size_t open = slice_find(rest, '{');
		buf_add(&buf, slice_part(rest, 0, open));
		rest = slice_from(rest, open);
		size_t close = slice_find(rest, '}');
		if (rest.len == 0 || close == rest.len)
			break;
		int at = check_row_column(row, slice_part(rest, 1, close - 1));
		if (at >= 0)
			add_value(&buf, row, at, tokens);
		rest = slice_from(rest, close + 1);
	}
	buf_add(&buf, rest);
	return buf_end(&buf, ret);
}
