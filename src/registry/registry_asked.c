/*
 * The questions of a record, and sending them.
 * Deliberately makes no page (report_form.c), and takes nothing in (registry_answer.c).
 */
#include "registry/registry_answer.h"

#include "base/text.h"

#define SECRET 32

/* Does ${when} hold of the record? */
static err
holds(struct job *job, const struct registry_record *record, slice when, int64_t now_us, bool *ret)
{
	DEFER(query_close_at) struct query *query = NULL;
	DEFER(query_ask_close_at) struct query_ask *ask = NULL;
	struct table this = record->def->table;
	const struct cell *cells;
	const bool *is_text;
	struct rows rows;
	slice sql;
	*ret = true;
	if (when.len == 0)
		return OK;
	this.name = "this";
	TRY(query_open(job, NULL, &query));
	rows_open(&rows, job, &this);
	TRY(rows_add(&rows, record->cells));
	TRY(query_table(job, query, &rows));
	TRY(query_lock(job, query));
	TRY(job_format(job, &sql, "SELECT 1 FROM this WHERE (%.*s)", SLICE(when)));
	TRY(query_ask_open(job, query, sql.at, &ask));
	TRY(query_ask_bind_int(job, ask, ":now", now_us));
	TRY(query_ask_bind_text(job, ask, ":actor", S("")));
	return query_ask_next(job, ask, ret, &cells, &is_text);
}

static bool
is_needed(const struct registry_register *def, const struct registry_field *field)
{
	const struct registry_change *change = registry_change(def, def->questionnaire->needs_of);
	bool needed = field->required;
	for (size_t i = 0; change != NULL && i < change->needs_len; i++)
		needed = needed || slice_same(change->needs[i], field->id);
	return needed;
}

static err
add_question(struct job *job, const struct registry *registry, const struct registry_access *access, const struct registry_asked *asked,
    const struct registry_field *field, struct registry_asking *asking)
{
	struct registry_ask ask = registry_ask_of(registry, &asking->record, S("read"));
	struct registry_question *question = &asking->questions[asking->len];
	if (field->type == REGISTRY_SCORE)
		return OK;
	if (access != NULL && !registry_access_field(access, &ask, field, false)) /* the same questions, whoever sends them and whoever takes the answers in */
		return err_set(job, ERR_DENIED, "%.*s %lld: you may not see everything that is asked of it", SLICE(asking->def->id), (long long)asking->record.base.number);
	*question = (struct registry_question){.field = field, .group = asked->group, .required = asked->required || is_needed(asking->def, field)};
	if (field->type != REGISTRY_FILE) {
		const json_t *value = json_object_getn(asking->record.fields, field->id.at, field->id.len);
		TRY(registry_value_show(job, field, value, true, &question->value));
		if (field->type == REGISTRY_PERSON) /* in any other text such a word is only what somebody wrote */
			TRY(ledger_person_show(job, registry->ledger, question->value, &question->value));
	}
	asking->len++;
	return OK;
}

static void
put_line(struct buf *buf, slice text)
{
	text_json(buf, text);
	buf_byte(buf, '\n');
}

/* What makes two lists of questions the same: what is asked, not what was answered. */
static err
digest_of(struct job *job, const struct registry_asking *asking, struct digest *ret)
{
	struct buf buf = buf_open(job, "questions", MIB);
	slice text;
	for (size_t i = 0; i < asking->len; i++) {
		const struct registry_field *field = asking->questions[i].field;
		buf_printf(&buf, "%.*s\n%s\n%d\n", SLICE(field->id), registry_type_words[field->type], asking->questions[i].required);
		put_line(&buf, field->title);
		put_line(&buf, field->about);
		for (size_t c = 0; c < field->choices_len; c++) {
			put_line(&buf, field->choices[c].id);
			put_line(&buf, field->choices[c].title);
		}
	}
	TRY(buf_end(&buf, &text));
	*ret = code_sha256(text);
	return OK;
}

err
registry_asked(
    struct job *job, const struct registry *registry, const struct registry_access *access, const struct registry_register *def, int64_t number, struct registry_asking *ret)
{
	const struct registry_questionnaire *asks = def->questionnaire;
	struct ledger_moment now;
	*ret = (struct registry_asking){.def = def};
	TRY(ledger_moment(job, registry->ledger, 0, &now));
	TRY(registry_record(job, registry, now, def, number, &ret->record));
	TRY(NEW(job, def->fields_len + 1, &ret->questions));
	for (size_t i = 0; i < asks->groups_len; i++) {
		bool asked;
		TRY(holds(job, &ret->record, asks->groups[i].when, now.now_us, &asked));
		for (size_t f = 0; asked && f < asks->groups[i].group->fields_len && ret->len < def->fields_len; f++)
			TRY(add_question(job, registry, access, &asks->groups[i], registry_field(def, asks->groups[i].group->fields[f]), ret));
	}
	if (ret->len == 0)
		return err_set(job, ERR_INPUT, "%.*s %lld: nothing is asked of it", SLICE(def->id), (long long)number);
	return digest_of(job, ret, &ret->digest);
}

err
registry_asked_send(struct job *job, struct registry *registry, struct registry_asking *asking)
{
	struct registry_edit edit = {.def = asking->def, .number = asking->record.base.number, .if_version = asking->record.base.version};
	struct buf buf = buf_open(job, "a questionnaire", 4 * KIB);
	uint8_t secret[SECRET];
	char hex[2 * SECRET + 1];
	struct digest digest;
	size_t problems;
	slice kept;
	edit.note = S("-"); /* whether it may be noted is asked before anything is kept */
	TRY(registry_write(job, registry, &edit, 1, true, &problems));
	if (problems > 0)
		return registry_edit_refuse(job, &edit);
	code_random(secret, sizeof secret);
	code_hex_text(secret, sizeof secret, hex);
	TRY(job_copy(job, slice_of(hex), &asking->secret));
	buf_printf(&buf, "{\"format\":\"assay-questionnaire-1\",\"number\":%lld,\"questions\":\"%s\",\"register\":\"%.*s\",\"secret\":\"%s\",\"uid\":\"%.*s\"}",
	    (long long)asking->record.base.number, digest_text(&asking->digest).at, SLICE(asking->def->id), hex, SLICE(asking->record.base.uid));
	TRY(buf_end(&buf, &kept));
	TRY(ledger_file_append(job, registry->ledger, kept, &digest));
	TRY(job_copy(job, slice_of(digest_text(&digest).at), &asking->id));
	TRY(job_format(job, &edit.note, "Questionnaire %.*s sent: %zu questions, digest %s", SLICE(asking->id), asking->len, digest_text(&asking->digest).at));
	TRY(registry_write(job, registry, &edit, 1, false, &problems));
	asking->version = edit.version;
	return problems > 0 ? registry_edit_refuse(job, &edit) : OK;
}
