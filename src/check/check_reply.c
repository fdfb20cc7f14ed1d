/*
 * What the worker answers, as JSON: each check's verdict, its reason and the rows that are wrong.
 * Deliberately trusts nothing in it: the worker read bytes from hosts.
 */
#include "check/check_priv.h"

#include "base/json.h"
#include "base/text.h"

#define MAX_REPLY (64 * MIB)
#define MAX_CELLS 100 /* of one row: SQLite's limit on columns in base/query.c */

static void
write_row(struct buf *buf, const struct check_row *row)
{
	buf_byte(buf, '[');
	for (size_t i = 0; i < row->len; i++) {
		buf_text(buf, i > 0 ? ",[" : "[");
		text_json(buf, row->columns[i].name);
		buf_printf(buf, ",%d,", row->personal[i] ? 1 : 0);
		if (row->cells[i].null)
			buf_text(buf, "null");
		else if (row->is_text[i])
			text_json(buf, row->cells[i].text);
		else
			buf_i64(buf, row->cells[i].number);
		buf_byte(buf, ']');
	}
	buf_byte(buf, ']');
}

err
check_reply_write(struct job *job, const struct check_reply *reply, slice *ret)
{
	struct buf buf = buf_open(job, "a worker's answer", MAX_REPLY);
	buf_text(&buf, "{\"profile\":");
	text_json(&buf, reply->profile);
	buf_text(&buf, ",\"results\":[");
	for (size_t i = 0; i < reply->len; i++) {
		buf_text(&buf, i > 0 ? ",{\"check\":" : "{\"check\":");
		text_json(&buf, reply->at[i].check);
		buf_printf(&buf, ",\"verdict\":%d,\"reason\":", (int)reply->at[i].verdict);
		text_json(&buf, reply->at[i].reason);
		buf_text(&buf, ",\"rows\":[");
		for (size_t r = 0; r < reply->at[i].rows_len; r++) {
			buf_text(&buf, r > 0 ? "," : "");
			write_row(&buf, &reply->at[i].rows[r]);
		}
		buf_text(&buf, "]}");
	}
	buf_text(&buf, "]}");
	return buf_end(&buf, ret);
}

static err
read_row(struct job *job, const json_t *node, struct check_row *ret)
{
	struct query_column *columns;
	bool *personal;
	if (!json_is_array(node) || json_array_size(node) == 0 || json_array_size(node) > MAX_CELLS)
		return err_set(job, ERR_INPUT, "a worker's answer: expected a row of 1 to %d cells, found something else", MAX_CELLS);
	ret->len = json_array_size(node);
	TRY(NEW(job, ret->len + 1, &columns));
	TRY(NEW(job, ret->len + 1, &personal));
	TRY(NEW(job, ret->len + 1, &ret->cells));
	TRY(NEW(job, ret->len + 1, &ret->is_text));
	for (size_t i = 0; i < ret->len; i++) {
		const json_t *cell = json_array_get(node, i), *value = json_array_get(cell, 2);
		const json_t *flag = json_array_get(cell, 1);
		bool known =
		    json_is_string(json_array_get(cell, 0)) && json_is_integer(flag) && (json_integer_value(flag) & ~INT64_C(1)) == 0;
		if (json_array_size(cell) != 3 || !known || !(json_is_null(value) || json_is_string(value) || json_is_integer(value)))
			return err_set(job, ERR_INPUT, "a worker's answer: expected a cell [name, 0 or 1, value], found something else");
		columns[i].name = json_text(json_array_get(cell, 0));
		personal[i] = json_integer_value(flag) == 1;
		ret->is_text[i] = !json_is_integer(value);
		ret->cells[i] = json_is_null(value) ? NIL : (struct cell){.text = json_text(value), .number = json_integer_value(value)};
	}
	ret->columns = columns;
	ret->personal = personal;
	return OK;
}

static err
read_result(struct job *job, const json_t *node, struct check_reply_row *ret)
{
	static const char *const keys[] = {"check", "reason", "verdict", "rows", NULL};
	const json_t *rows;
	int64_t verdict;
	TRY(json_only(job, "a worker's answer", node, keys));
	TRY(json_need_text(job, "a worker's answer", node, "check", &ret->check));
	TRY(json_need_text(job, "a worker's answer", node, "reason", &ret->reason));
	TRY(json_need_int(job, "a worker's answer", node, "verdict", &verdict));
	TRY(json_need_array(job, "a worker's answer", node, "rows", &rows));
	if (verdict < LEDGER_PASS || verdict > LEDGER_COULD_NOT_LOOK)
		return err_set(job, ERR_INPUT, "a worker's answer: there is no verdict %lld", (long long)verdict);
	ret->verdict = (enum ledger_verdict)verdict;
	ret->rows_len = json_array_size(rows);
	if (ret->rows_len > CHECK_MAX_FINDINGS || (ret->rows_len > 0) != (ret->verdict == LEDGER_FAIL))
		return err_set(job, ERR_INPUT, "a worker's answer: %.*s has %zu rows, which its verdict does not allow", SLICE(ret->check),
		    ret->rows_len);
	TRY(NEW(job, ret->rows_len + 1, &ret->rows));
	for (size_t i = 0; i < ret->rows_len; i++)
		TRY(read_row(job, json_array_get(rows, i), &ret->rows[i]));
	return OK;
}

err
check_reply_read(struct job *job, slice text, struct check_reply *ret)
{
	static const char *const keys[] = {"profile", "results", NULL};
	const json_t *root, *results;
	*ret = (struct check_reply){0};
	TRY(json_read(job, "a worker's answer", text, &root));
	TRY(json_only(job, "a worker's answer", root, keys));
	TRY(json_need_text(job, "a worker's answer", root, "profile", &ret->profile));
	TRY(json_need_array(job, "a worker's answer", root, "results", &results));
	TRY(NEW(job, json_array_size(results) + 1, &ret->at));
	for (; ret->len < json_array_size(results); ret->len++)
		TRY(read_result(job, json_array_get(results, ret->len), &ret->at[ret->len]));
	return OK;
}
