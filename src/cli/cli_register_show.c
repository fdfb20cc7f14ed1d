/*
 * assay register show: one definition, as tables for people or as one JSON object that doc/registers.md is made from.
 * Deliberately shows no record.
 */
#include "cli/cli_register.h"

#include "base/text.h"

#define MAX_JSON (4 * MIB)

/* JSON: members after the first of an object, each with its comma. */

static void
member(struct buf *buf, const char *name, slice text)
{
	buf_printf(buf, ",\"%s\":", name);
	text_json(buf, text);
}

static void
member_bool(struct buf *buf, const char *name, bool value)
{
	buf_printf(buf, ",\"%s\":%s", name, value ? "true" : "false");
}

static void
member_words(struct buf *buf, const char *name, const slice *words, size_t len)
{
	buf_printf(buf, ",\"%s\":[", name);
	for (size_t i = 0; i < len; i++) {
		buf_text(buf, i > 0 ? "," : "");
		text_json(buf, words[i]);
	}
	buf_byte(buf, ']');
}

static void
member_starts(struct buf *buf, const struct registry_start *starts, size_t len)
{
	buf_text(buf, ",\"starts\":[");
	for (size_t i = 0; i < len; i++) {
		buf_printf(buf, "%s{\"deadline\":", i > 0 ? "," : "");
		text_json(buf, starts[i].deadline);
		member(buf, "from", starts[i].from);
		member(buf, "if", starts[i].when);
		buf_byte(buf, '}');
	}
	buf_byte(buf, ']');
}

static void
member_choices(struct buf *buf, const struct registry_field *field)
{
	buf_text(buf, ",\"choices\":[");
	for (size_t i = 0; i < field->choices_len; i++) {
		buf_printf(buf, "%s{\"id\":", i > 0 ? "," : "");
		text_json(buf, field->choices[i].id);
		member(buf, "title", field->choices[i].title);
		buf_byte(buf, '}');
	}
	buf_byte(buf, ']');
}

static void
json_field(struct buf *buf, const struct registry_field *field)
{
	buf_text(buf, "{\"field\":");
	text_json(buf, field->id);
	member(buf, "title", field->title);
	member(buf, "type", slice_of(registry_type_words[field->type]));
	member(buf, "about", field->about);
	member_bool(buf, "required", field->required);
	member(buf, "required_when", field->required_when);
	member(buf, "default", field->otherwise);
	member_bool(buf, "personal", field->personal);
	member_bool(buf, "builtin", field->builtin);
	member(buf, "read", field->read);
	member(buf, "write", field->write);
	member_choices(buf, field);
	member_words(buf, "to", field->to, field->to_len);
	member_bool(buf, "to_any", field->to_any);
	member_bool(buf, "many", field->many);
	member(buf, "back", field->back);
	member(buf, "compute", field->compute);
	buf_byte(buf, '}');
}

static void
json_state(struct buf *buf, const struct registry_state *state)
{
	buf_text(buf, "{\"state\":");
	text_json(buf, state->id);
	member(buf, "title", state->title);
	member_bool(buf, "end", state->end);
	buf_byte(buf, '}');
}

static void
json_conditions(struct buf *buf, const struct registry_change *change)
{
	buf_text(buf, ",\"when\":[");
	for (size_t i = 0; i < change->when_len; i++) {
		buf_text(buf, i > 0 ? "," : "");
		text_json(buf, change->when[i].says);
	}
	buf_text(buf, "],\"sets\":{");
	for (size_t i = 0; i < change->sets_len; i++) {
		buf_text(buf, i > 0 ? "," : "");
		text_json(buf, change->sets[i].field);
		buf_byte(buf, ':');
		text_json(buf, change->sets[i].value);
	}
	buf_byte(buf, '}');
}

static void
json_change(struct buf *buf, const struct registry_register *def, const struct registry_change *change)
{
	buf_text(buf, "{\"change\":");
	text_json(buf, change->id);
	member(buf, "title", change->title);
	member(buf, "about", change->about);
	buf_text(buf, ",\"from\":[");
	for (size_t i = 0; i < change->from_len; i++) {
		buf_text(buf, i > 0 ? "," : "");
		text_json(buf, def->states[change->from[i]].id);
	}
	buf_byte(buf, ']');
	member(buf, "to", change->same ? S("same") : def->states[change->to].id);
	member(buf, "may", change->may.len > 0 ? change->may : S("change"));
	member_words(buf, "needs", change->needs, change->needs_len);
	member_words(buf, "not_by", change->not_by, change->not_by_len);
	json_conditions(buf, change);
	member_starts(buf, change->starts, change->starts_len);
	member_words(buf, "pauses", change->pauses, change->pauses_len);
	member_words(buf, "resumes", change->resumes, change->resumes_len);
	member_words(buf, "stops", change->stops, change->stops_len);
	buf_byte(buf, '}');
}

static void
json_head(struct buf *buf, const struct registry_register *def)
{
	buf_text(buf, "{\"register\":");
	text_json(buf, def->id);
	member(buf, "title", def->title);
	member(buf, "plural", def->plural);
	member(buf, "group", def->group);
	member(buf, "about", def->about);
	member(buf, "source", def->source);
	member(buf, "table", slice_of(def->table_name));
	member(buf, "label", def->label);
	member(buf, "service", def->service);
	member(buf, "owner", def->owner);
	member(buf, "subject", def->subject);
	member(buf, "retention", def->retained ? yaml_get(yaml_get(def->node, "retention"), "after")->text : S(""));
	member(buf, "retention_from", def->retention_from);
	member_words(buf, "abilities", def->abilities, def->abilities_len);
	member_bool(buf, "observed", def->observed != NULL);
	member_starts(buf, def->starts, def->starts_len);
}

static err
show_json(struct job *job, const struct registry_register *def)
{
	struct buf buf = buf_open(job, "a definition", MAX_JSON);
	slice text;
	json_head(&buf, def);
	buf_text(&buf, ",\"fields\":[");
	for (size_t i = 0; i < def->fields_len; i++) {
		buf_text(&buf, i > 0 ? ",\n" : "\n");
		json_field(&buf, &def->fields[i]);
	}
	buf_text(&buf, "],\"states\":[");
	for (size_t i = 0; i < def->states_len; i++) {
		buf_text(&buf, i > 0 ? ",\n" : "\n");
		json_state(&buf, &def->states[i]);
	}
	buf_text(&buf, "],\"changes\":[");
	for (size_t i = 0; i < def->changes_len; i++) {
		buf_text(&buf, i > 0 ? ",\n" : "\n");
		json_change(&buf, def, &def->changes[i]);
	}
	buf_text(&buf, "]}\n");
	TRY(buf_end(&buf, &text));
	return cli_output(job, NULL, text, 0);
}

/* Tables */

static err
show_fields(struct job *job, const struct cli *cli, const struct registry_register *def)
{
	static const struct cli_column columns[] = {{"field", "field", CLI_TEXT}, {"title", "title", CLI_TEXT}, {"type", "type", CLI_TEXT},
	    {"required", "required", CLI_TEXT}, {"about", "about", CLI_TEXT}, {"read", NULL, CLI_TEXT}, {"write", NULL, CLI_TEXT},
	    {"personal", NULL, CLI_BOOL}};
	struct cli_sheet sheet;
	cli_sheet_open(&sheet, job, columns, sizeof columns / sizeof columns[0]);
	for (size_t i = 0; i < def->fields_len; i++) {
		const struct registry_field *field = &def->fields[i];
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(field->id), TEXT(field->title), TEXT(slice_of(registry_type_words[field->type])),
					      TEXT(field->required ? S("yes") : field->required_when.len > 0 ? field->required_when : S("")),
					      TEXT(field->about), TEXT(field->read), TEXT(field->write), INT(field->personal)}));
	}
	return cli_sheet_print(job, cli, &sheet);
}

static err
show_changes(struct job *job, const struct cli *cli, const struct registry_register *def)
{
	static const struct cli_column columns[] = {{"change", "status change", CLI_TEXT}, {"from", "from", CLI_TEXT}, {"to", "to", CLI_TEXT},
	    {"may", "who may", CLI_TEXT}, {"needs", "needs", CLI_TEXT}};
	struct cli_sheet sheet;
	cli_sheet_open(&sheet, job, columns, sizeof columns / sizeof columns[0]);
	for (size_t i = 0; i < def->changes_len; i++) {
		const struct registry_change *change = &def->changes[i];
		struct buf from = buf_open(job, "states", 4 * KIB), needs = buf_open(job, "needs", 4 * KIB);
		slice from_text, needs_text;
		for (size_t s = 0; s < change->from_len; s++)
			buf_printf(&from, "%s%.*s", s > 0 ? ", " : "", SLICE(def->states[change->from[s]].id));
		for (size_t n = 0; n < change->needs_len; n++)
			buf_printf(&needs, "%s%.*s", n > 0 ? ", " : "", SLICE(change->needs[n]));
		TRY(buf_end(&from, &from_text));
		TRY(buf_end(&needs, &needs_text));
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(change->id), TEXT(from_text), TEXT(change->same ? S("same") : def->states[change->to].id),
					      TEXT(change->may.len > 0 ? change->may : S("change")), TEXT(needs_text)}));
	}
	return cli_sheet_print(job, cli, &sheet);
}

static err
show(struct job *job, struct cli *cli, int *ret_status)
{
	struct content content;
	struct registry_registers registers;
	(void)ret_status;
	TRY(cli_place(job, cli));
	TRY(cli_content(job, cli, &content));
	TRY(cli_registers(job, &content, &registers));
	const struct registry_register *def;
	TRY(cli_registers_need(job, &registers, cli->words[0], &def));
	if (cli->json)
		return show_json(job, def);
	cli_say(cli, job, "%.*s\n%.*s\nFrom %s\n", SLICE(def->plural), SLICE(def->about), def->from);
	TRY(show_fields(job, cli, def));
	if (cli->csv)
		return OK;
	cli_say(cli, job, "%s", "");
	return show_changes(job, cli, def);
}

const struct cli_command cli_register_show = {.name = "show",
    .usage = "REGISTER",
    .about = "Show a register's fields and status changes",
    .help = "With --json one object: every field with its choices, every state, every status change with what it needs, who may not make it and which deadlines it starts.",
    .example = "assay register show risk",
    .words_min = 1,
    .words_max = 1,
    .run = show};
