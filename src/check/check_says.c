/*
 * Fills {column} of a check's sentence from the offending row.
 */
#include "check/check_priv.h"

#include "base/buf.h"

#define MAX_SAYS (8 * KIB)
#define MAX_VALUE 1000 /* bytes of one value that are shown; the row keeps the whole */

int
check_row_column(const struct check_row *row, slice name)
{
	for (size_t i = 0; i < row->len; i++)
		if (slice_same(row->columns[i].name, name))
			return (int)i;
	return -1;
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
		/* Braces of a hostile value must not become a person's name at display. */
		for (size_t i = 0; i < cell->text.len && i < MAX_VALUE; i++)
			buf_byte(buf, cell->text.at[i] == '{' ? '(' : cell->text.at[i] == '}' ? ')' : cell->text.at[i]);
		if (cell->text.len > MAX_VALUE)
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
