/*
 * What the worker is asked, as JSON: the host, its readings, the checks wanted, the drop-in tables. The tables' contents go beside it.
 * Deliberately strict in reading, although only the parent writes it: names in it become SQL.
 */
#include "check/check_priv.h"

#include "base/json.h"
#include "base/text.h"

static void
write_schema(struct buf *buf, const struct check_schema *schema)
{
	for (size_t i = 0; i < schema->dropins_len; i++) {
		const struct table *table = &schema->dropins[i].table;
		buf_text(buf, i > 0 ? ",{\"name\":" : "{\"name\":");
		text_json(buf, slice_of(table->name));
		buf_text(buf, ",\"columns\":[");
		for (unsigned c = 0; c < table->len; c++) {
			buf_text(buf, c > 0 ? ",{\"name\":" : "{\"name\":");
			text_json(buf, slice_of(table->columns[c].name));
			buf_printf(buf, ",\"type\":%d,\"flags\":%u}", (int)table->columns[c].type, table->columns[c].flags);
		}
		buf_text(buf, "]}");
	}
}

err
check_head_write(struct job *job, const struct check_question *question, slice *ret)
{
	struct buf buf = buf_open(job, "a question for the worker", 16 * MIB);
	buf_text(&buf, "{\"profile\":");
	text_json(&buf, question->profile);
	buf_text(&buf, ",\"host\":");
	text_json(&buf, question->host_id);
	buf_text(&buf, ",\"name\":");
	text_json(&buf, question->host_name);
	buf_printf(&buf, ",\"first\":%lld,\"last\":%lld,\"now\":%lld,\"only\":[", (long long)question->first_seen_us,
	    (long long)question->last_seen_us, (long long)question->now_us);
	for (size_t i = 0; i < question->only_len; i++) {
		buf_text(&buf, i > 0 ? "," : "");
		text_json(&buf, question->only[i]);
	}
	buf_text(&buf, "],\"readings\":[");
	for (size_t i = 0; i < question->readings_len; i++) {
		const struct ledger_reading *reading = &question->readings[i];
		buf_text(&buf, i > 0 ? ",{\"table\":" : "{\"table\":");
		text_json(&buf, reading->table);
		buf_printf(&buf, ",\"state\":%d,\"rows\":%llu,\"at\":%lld,\"reason\":", (int)reading->state,
		    (unsigned long long)reading->rows, (long long)reading->collected_us);
		text_json(&buf, reading->reason);
		buf_byte(&buf, '}');
	}
	buf_text(&buf, "],\"dropins\":[");
	write_schema(&buf, question->schema);
	buf_printf(&buf, "],\"records\":%d}", question->records ? 1 : 0);
	return buf_end(&buf, ret);
}

/* Names go into SQL of ours, so they are only letters, digits and _. */
static bool
is_name(slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!((name.at[i] >= 'a' && name.at[i] <= 'z') || (name.at[i] >= '0' && name.at[i] <= '9') || name.at[i] == '_'))
			return false;
	return name.len > 0 && name.len <= 64;
}

static err
read_reading(struct job *job, const json_t *node, struct ledger_reading *ret)
{
	static const char *const keys[] = {"table", "state", "rows", "at", "reason", NULL};
	int64_t state, rows;
	TRY(json_only(job, "question", node, keys));
	TRY(json_need_text(job, "question", node, "table", &ret->table));
	TRY(json_need_text(job, "question", node, "reason", &ret->reason));
	TRY(json_need_int(job, "question", node, "state", &state));
	TRY(json_need_int(job, "question", node, "rows", &rows));
	TRY(json_need_int(job, "question", node, "at", &ret->collected_us));
	if (state < READING_READ || state > READING_COULD_NOT_LOOK || rows < 0)
		return err_set(job, ERR_INPUT, "question: expected how a table was read, found state %lld with %lld rows", (long long)state,
		    (long long)rows);
	ret->state = (enum reading_state)state;
	ret->rows = (uint64_t)rows;
	return OK;
}

static err
read_dropin(struct job *job, const json_t *node, struct dropin *ret)
{
	static const char *const keys[] = {"name", "columns", NULL}, *const column_keys[] = {"name", "type", "flags", NULL};
	const json_t *columns;
	struct column *column;
	slice name;
	TRY(json_only(job, "question", node, keys));
	TRY(json_need_text(job, "question", node, "name", &name));
	TRY(job_string(job, name, &ret->table.name));
	TRY(json_need_array(job, "question", node, "columns", &columns));
	if (!is_name(name) || json_array_size(columns) > TABLE_MAX_COLUMNS)
		return err_set(
		    job, ERR_INPUT, "question: expected a table with at most %d columns, found \"%.*s\"", TABLE_MAX_COLUMNS, SLICE(name));
	ret->table.len = (unsigned)json_array_size(columns);
	TRY(NEW(job, ret->table.len + 1U, &column));
	for (unsigned i = 0; i < ret->table.len; i++) {
		const json_t *one = json_array_get(columns, i);
		int64_t type, flags;
		TRY(json_only(job, "question", one, column_keys));
		TRY(json_need_text(job, "question", one, "name", &name));
		TRY(job_string(job, name, &column[i].name));
		TRY(json_need_int(job, "question", one, "type", &type));
		TRY(json_need_int(job, "question", one, "flags", &flags));
		if (!is_name(name) || type < COLUMN_TEXT || type > COLUMN_TIME || flags < 0 || flags > 31)
			return err_set(
			    job, ERR_INPUT, "question: expected a column, found \"%.*s\" of type %lld", SLICE(name), (long long)type);
		column[i].type = (enum column_type)type;
		column[i].flags = (unsigned)flags;
	}
	ret->table.about = "";
	ret->table.columns = column;
	return OK;
}

err
check_head_read(struct job *job, slice text, struct check_question *question, struct check_schema *schema)
{
	static const char *const keys[] = {"profile", "host", "name", "first", "last", "now", "only", "readings", "dropins", "records", NULL};
	const json_t *root, *list;
	int64_t records;
	slice *only;
	struct ledger_reading *readings;
	struct dropin *dropins;
	TRY(json_read(job, "question", text, &root));
	TRY(json_only(job, "question", root, keys));
	TRY(json_need_text(job, "question", root, "profile", &question->profile));
	TRY(json_need_text(job, "question", root, "host", &question->host_id));
	TRY(json_need_text(job, "question", root, "name", &question->host_name));
	TRY(json_need_int(job, "question", root, "first", &question->first_seen_us));
	TRY(json_need_int(job, "question", root, "last", &question->last_seen_us));
	TRY(json_need_int(job, "question", root, "now", &question->now_us));
	TRY(json_need_array(job, "question", root, "only", &list));
	question->only_len = json_array_size(list);
	TRY(NEW(job, question->only_len + 1, &only));
	for (size_t i = 0; i < question->only_len; i++) {
		only[i] = json_text(json_array_get(list, i));
		if (only[i].len == 0)
			return err_set(job, ERR_INPUT, "question: only: expected the ids of checks");
	}
	question->only = only;
	TRY(json_need_array(job, "question", root, "readings", &list));
	question->readings_len = json_array_size(list);
	TRY(NEW(job, question->readings_len + 1, &readings));
	for (size_t i = 0; i < question->readings_len; i++)
		TRY(read_reading(job, json_array_get(list, i), &readings[i]));
	question->readings = readings;
	TRY(json_need_array(job, "question", root, "dropins", &list));
	schema->dropins_len = json_array_size(list);
	TRY(NEW(job, schema->dropins_len + 1, &dropins));
	for (size_t i = 0; i < schema->dropins_len; i++)
		TRY(read_dropin(job, json_array_get(list, i), &dropins[i]));
	schema->dropins = dropins;
	TRY(json_need_int(job, "question", root, "records", &records));
	if (records < 0 || records > 1)
		return err_set(job, ERR_INPUT, "question: records: expected 0 or 1, found %lld", (long long)records);
	question->records = records == 1;
	question->schema = schema;
	return OK;
}
