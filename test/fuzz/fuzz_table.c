/*
 * Targets rows_read(), rows_add(), rows_sort(), rows_write(): what is read is written to the very same bytes, and whatever is added comes
 * back.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static const struct column columns[] = {
    {"name", COLUMN_TEXT, COLUMN_KEY, ""},
    {"port", COLUMN_INT, COLUMN_KEY | COLUMN_MAYBE, ""},
    {"seen", COLUMN_TIME, COLUMN_MAYBE | COLUMN_VOLATILE, ""},
    {"note", COLUMN_TEXT, COLUMN_MAYBE, ""},
};
static const struct table table = {"thing", "", columns, 4};

static void
must(bool truth)
{
	if (!truth)
		abort();
}

/* Our scanner takes nothing that is not JSON to jansson, line by line. */
static void
must_be_json(struct job *job, slice text)
{
	slice line = {0};
	const json_t *value = NULL;
	while (slice_cut(&text, '\n', &line))
		must(json_read(job, "line", line, &value).code == ERR_NONE);
}

static void
read_back(struct job *job, slice text)
{
	struct rows rows = {0}, untyped = {0};
	slice written = {0};
	if (rows_read(job, NULL, "fuzz", text, &untyped).code == ERR_NONE)
		must_be_json(job, text);
	if (rows_read(job, &table, "fuzz", text, &rows).code != ERR_NONE)
		return;
	must(rows_write(job, &rows, 0, &written).code == ERR_NONE && slice_same(written, text));
	must(rows_write(job, &rows, COLUMN_VOLATILE, &written).code == ERR_NONE);
}

/* Rows made of the bytes: two lengths and two numbers, then the texts. */
static void
add_all(struct job *job, slice text)
{
	struct rows rows, back = {0};
	slice first = {0}, second = {0};
	rows_open(&rows, job, &table);
	while (text.len >= 4) {
		uint8_t head[4];
		memcpy(head, text.at, 4);
		slice name = slice_part(text, 4, head[0] % 16), note = slice_part(text, 4 + name.len, head[1] % 16);
		struct cell cells[] = {
		    TEXT(name), head[2] == 0 ? NIL : INT((int8_t)head[2]), head[3] == 0 ? NIL : INT(head[3]), TEXT(note)};
		must(rows_add(&rows, cells).code == ERR_NONE);
		text = slice_from(text, 4 + name.len + note.len);
	}
	must(rows_write(job, &rows, 0, &first).code == ERR_NONE);
	must_be_json(job, first);
	must(rows_read(job, &table, "back", first, &back).code == ERR_NONE && back.len == rows.len);
	must(rows_write(job, &back, 0, &second).code == ERR_NONE && slice_same(first, second));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena DEFER(arena_close_at) = arena_open("fuzz", 256 * MIB);
	struct job job;
	if (len > 64 * KIB)
		return 0;
	job_init(&job, arena);
	read_back(&job, slice_bytes(at, len));
	add_all(&job, slice_bytes(at, len));
	return 0;
}
