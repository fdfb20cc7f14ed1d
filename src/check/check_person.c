/*
 * Looking for a person in facts. Deliberately compares whole values: a name inside another word is somebody else.
 */
#include "check/check_person.h"

#include <string.h>

#include "base/text.h"
#include "check/check_priv.h"

#define MAX_ROWS 100000

struct looking {
	struct ledger *ledger;
	const struct check_schema *schema;
	slice name;
	struct check_person_row *list;
	size_t len, room;
};

static err
row_json(struct job *job, const struct table *table, const struct cell *cells, slice *ret)
{
	struct buf buf = buf_open(job, "a row", 4 * MIB);
	for (unsigned i = 0; i < table->len; i++) {
		buf_text(&buf, i == 0 ? "{" : ",");
		text_json(&buf, slice_of(table->columns[i].name));
		buf_byte(&buf, ':');
		if (cells[i].null)
			buf_text(&buf, "null");
		else if (table->columns[i].type == COLUMN_TEXT)
			text_json(&buf, cells[i].text);
		else
			buf_i64(&buf, cells[i].number);
	}
	buf_byte(&buf, '}');
	return buf_end(&buf, ret);
}

static bool
is_about(const struct table *table, const struct cell *cells, slice name)
{
	for (unsigned i = 0; i < table->len; i++)
		if ((table->columns[i].flags & COLUMN_PERSONAL) != 0 && table->columns[i].type == COLUMN_TEXT && !cells[i].null &&
		    slice_same(cells[i].text, name))
			return true;
	return false;
}

static bool
is_personal(const struct table *table)
{
	for (unsigned i = 0; i < table->len; i++)
		if ((table->columns[i].flags & COLUMN_PERSONAL) != 0)
			return true;
	return false;
}

static err
add_row(struct job *job, struct looking *l, const struct ledger_host *host, const struct ledger_reading *reading, const struct table *table,
    const struct cell *cells)
{
	if (l->len == MAX_ROWS)
		return err_set(job, ERR_LIMIT, "at most %d rows about one person are listed", MAX_ROWS);
	if (l->len == l->room) {
		struct check_person_row *more;
		l->room = l->room * 2 + 64;
		TRY(NEW(job, l->room, &more));
		if (l->len > 0)
			memcpy(more, l->list, l->len * sizeof *more);
		l->list = more;
	}
	struct check_person_row *row = &l->list[l->len++];
	*row = (struct check_person_row){.host = host->name, .table = reading->table, .read_us = reading->collected_us};
	return row_json(job, table, cells, &row->row);
}

static err
look_at(struct job *job, struct looking *l, const struct ledger_host *host, const struct ledger_reading *reading)
{
	const struct table *table = check_schema_find(l->schema, reading->table);
	struct rows rows;
	slice content;
	if (table == NULL || !is_personal(table) || reading->state != READING_READ)
		return OK;
	err opened = ledger_content(job, l->ledger, &reading->digest, &content);
	if (opened.code == ERR_MISSING)
		return OK;
	TRY(opened);
	rows_open(&rows, job, table);
	if (rows_read(job, table, table->name, content, &rows).code != ERR_NONE) /* columns of another version */
		return OK;
	for (size_t i = 0; i < rows.len; i++)
		if (is_about(table, rows.row[i], l->name))
			TRY(add_row(job, l, host, reading, table, rows.row[i]));
	return OK;
}

err
check_person_rows(struct job *job, struct ledger *ledger, struct ledger_moment at, const char *source_dir, slice name, struct check_person_row **ret,
    size_t *ret_len)
{
	struct check_schema schema;
	struct looking l = {.ledger = ledger, .schema = &schema, .name = name};
	struct ledger_host *hosts;
	size_t hosts_len;
	TRY(check_schema_open(job, source_dir, &schema));
	TRY(ledger_hosts(job, ledger, at, &hosts, &hosts_len));
	for (size_t h = 0; h < hosts_len; h++) {
		struct ledger_reading *readings;
		size_t len;
		if (hosts[h].state != LEDGER_HOST_ACCEPTED)
			continue;
		TRY(ledger_readings(job, ledger, at, hosts[h].id, S(""), &readings, &len));
		for (size_t i = 0; i < len; i++)
			TRY(look_at(job, &l, &hosts[h], &readings[i]));
	}
	*ret = l.list;
	*ret_len = l.len;
	return OK;
}
