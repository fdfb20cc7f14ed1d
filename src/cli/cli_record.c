/*
 * From a register's definition to its commands: verbs, options, help; and what they share.
 * Deliberately knows no register.
 */
#include "cli/cli_record.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/text.h"
#include "registry/registry_london.h"

#define MAX_FILE (32 * MIB)

/* Making commands */

static slice
given(int argc, char **argv, const char *option)
{
	size_t len = strlen(option);
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], option) == 0 && i + 1 < argc)
			return slice_of(argv[i + 1]);
		if (strncmp(argv[i], option, len) == 0 && argv[i][len] == '=')
			return slice_of(argv[i] + len + 1);
	}
	return S("");
}

/* The content that the command will use: --dir and --content count before options are parsed, for they say which options there are. */
static err
load_content(struct job *job, int argc, char **argv, struct content *ret)
{
	slice dir = given(argc, argv, "--dir"), content = given(argc, argv, "--content");
	struct ledger_place place;
	const char *found, *from;
	if (cli_content_kept() != NULL) {
		*ret = *cli_content_kept();
		return OK;
	}
	TRY(ledger_place_find(job, dir.len > 0 ? dir.at : NULL, &found));
	TRY(ledger_place_of(job, found, NULL, NULL, NULL, &place));
	TRY(content_find(job, content.len > 0 ? content.at : NULL, &from));
	return content_load(job, from, place.etc, ret);
}

static err
choices_of(struct job *job, const struct registry_field *field, const char **ret)
{
	struct buf buf = buf_open(job, "an option's help", 64 * KIB);
	slice text;
	buf_add(&buf, field->title);
	if (field->about.len > 0 && !slice_same(field->about, field->title)) {
		buf_text(&buf, ": ");
		buf_add(&buf, field->about);
	}
	if (field->type == REGISTRY_CHOICE)
		for (size_t i = 0; i < field->choices_len; i++) {
			buf_text(&buf, i == 0 ? " (" : ", ");
			buf_add(&buf, field->choices[i].id);
			buf_text(&buf, i + 1 == field->choices_len ? ")" : "");
		}
	buf_text(&buf, field->required ? "; needed" : "");
	TRY(buf_end(&buf, &text));
	*ret = text.at;
	return OK;
}

static const char *
value_word(enum registry_type type)
{
	static const char *const words[] = {"TEXT", "TEXT", "WORD", "yes|no", "N", "POUNDS", "DATE", "INSTANT", "DURATION", "PERSON", "NUMBER",
	    "PATH", "A,B", "WORD", "VECTOR", ""};
	return words[type];
}

static err
make_options(struct job *job, const struct registry_register *def, const struct cli_record_verb *verb, const struct cli_option **ret)
{
	struct cli_option *options;
	size_t len = 0;
	TRY(NEW(job, def->fields_len + 32, &options));
	for (size_t i = 0; verb->fields && i < def->fields_len; i++) {
		const struct registry_field *field = &def->fields[i];
		if (field->type == REGISTRY_SCORE)
			continue;
		options[len].name = field->option;
		options[len].value = value_word(field->type);
		TRY(choices_of(job, field, &options[len++].about));
	}
	size_t fields = len;
	for (const struct cli_option *own = verb->options; own != NULL && own->name != NULL && len < def->fields_len + 31; own++) {
		bool taken = false; /* a field of that name stands for both */
		for (size_t i = 0; i < fields; i++)
			taken = taken || strcmp(options[i].name, own->name) == 0;
		if (!taken)
			options[len++] = *own;
	}
	*ret = options;
	return OK;
}

/* The status changes there are, as the help of the verb that makes them names them. */
static err
help_changes(struct job *job, const struct registry_register *def, const char *help, const char **ret)
{
	struct buf buf = buf_open(job, "status changes", 64 * KIB);
	slice text;
	buf_printf(&buf, "%s\n\nChanges: ", help);
	for (size_t i = 0; i < def->changes_len; i++)
		buf_printf(&buf, "%s%.*s (to %.*s)", i > 0 ? ", " : "", SLICE(def->changes[i].id),
		    SLICE(def->changes[i].same ? S("no other status") : def->states[def->changes[i].to].id));
	buf_printf(&buf, ". 'assay register show %.*s' says from where, by whom and what each needs.", SLICE(def->id));
	TRY(buf_end(&buf, &text));
	*ret = text.at;
	return OK;
}

static err
make_command(struct job *job, const struct registry_register *def, const struct cli_record_verb *verb, struct cli_command *ret)
{
	slice about, example;
	*ret = (struct cli_command){.name = verb->name,
	    .usage = verb->usage,
	    .help = verb->help,
	    .words_min = verb->words_min,
	    .words_max = verb->words_max,
	    .run = verb->run,
	    .subject = def};
	TRY(job_format(job, &about, "%.*s: %s", SLICE(def->title), verb->about));
	ret->about = about.at;
	if (verb->changes && def->changes_len > 0)
		TRY(help_changes(job, def, verb->help, &ret->help));
	if (verb->example != NULL) {
		TRY(job_format(job, &example, "assay %.*s %s", SLICE(def->id), verb->example));
		ret->example = example.at;
	}
	return make_options(job, def, verb, &ret->options);
}

static err
make_commands(struct job *job, const struct registry_register *def, const struct cli_command **ret)
{
	const struct cli_command **verbs;
	struct cli_command *top, *each;
	slice usage, help;
	size_t len = 0, made = 0;
	while (cli_record_verbs[len] != NULL)
		len++;
	TRY(NEW(job, len + 1, &verbs));
	TRY(NEW(job, len + 1, &each));
	TRY(NEW(job, 1, &top));
	struct buf buf = buf_open(job, "verbs", 4 * KIB);
	for (size_t i = 0; i < len; i++) {
		if ((cli_record_verbs[i]->ability != NULL && !registry_able(def, cli_record_verbs[i]->ability)) ||
		    (cli_record_verbs[i]->observed && def->observed == NULL) || (cli_record_verbs[i]->tasks && def->tasks == NULL))
			continue;
		TRY(make_command(job, def, cli_record_verbs[i], &each[made]));
		verbs[made] = &each[made];
		buf_printf(&buf, "%s%s", made > 0 ? "|" : "", each[made].name);
		made++;
	}
	TRY(buf_end(&buf, &usage));
	TRY(job_format(job, &help, "%.*s%s%.*s", SLICE(def->about), def->source.len > 0 ? "\n\nFrom: " : "", SLICE(def->source)));
	*top = (struct cli_command){.usage = usage.at, .help = help.at, .verbs = verbs, .subject = def};
	TRY(job_string(job, def->id, &top->name));
	TRY(job_string(job, def->plural, &top->about));
	*ret = top;
	return OK;
}

err
cli_record_command(struct job *job, int argc, char **argv, const char *name, bool *ret_found, const struct cli_command **ret, const char **ret_path,
    int *ret_used)
{
	struct content content;
	struct registry_registers registers;
	slice path;
	*ret_found = false;
	if (!islower((unsigned char)name[0]))
		return OK;
	TRY(load_content(job, argc, argv, &content));
	TRY(cli_registers(job, &content, &registers));
	const struct registry_register *def = registry_find(&registers, slice_of(name));
	const struct registry_broken *broken = registry_broken(&registers, slice_of(name));
	if (broken != NULL)
		return err_set(job, ERR_INPUT, "%.*s", SLICE(broken->why));
	if (def == NULL)
		return OK;
	*ret_found = true;
	*ret_used = 0;
	TRY(make_commands(job, def, ret));
	*ret_path = (*ret)->name;
	for (size_t i = 0; argc > 0 && (*ret)->verbs != NULL && (*ret)->verbs[i] != NULL; i++)
		if (strcmp((*ret)->verbs[i]->name, argv[0]) == 0) {
			TRY(job_format(job, &path, "%s %s", name, argv[0]));
			*ret = (*ret)->verbs[i];
			*ret_path = path.at;
			*ret_used = 1;
			break;
		}
	return OK;
}

/* Opening */

const struct registry_register *
cli_record_def(const struct cli *cli)
{
	return cli->command->subject;
}

static err
reserved_names(struct job *job, const char *const **ret)
{
	const char **names;
	size_t len = 0;
	while (cli_index[len] != NULL)
		len++;
	TRY(NEW(job, len + 1, &names));
	for (size_t i = 0; i < len; i++)
		names[i] = cli_index[i]->name;
	*ret = names;
	return OK;
}

err
cli_record_open(struct job *job, struct cli *cli, struct cli_record *ret)
{
	const char *const *reserved;
	*ret = (struct cli_record){0};
	TRY(cli_ledger(job, cli, &ret->ledger));
	TRY(cli_content(job, cli, &ret->content));
	TRY(reserved_names(job, &reserved));
	TRY(registry_open(job, ret->ledger, &ret->content, reserved, &ret->registry));
	TRY(cli_registers_warn(job, cli, &ret->registry->registers));
	TRY(ledger_moment(job, ret->ledger, 0, &ret->now));
	TRY(registry_access_open_mine(job, ret->registry, &ret->access));
	ret->registry->access = ret->access;
	if (cli->command->subject != NULL) {
		ret->def = registry_find(&ret->registry->registers, cli_record_def(cli)->id);
		if (ret->def == NULL)
			return err_set(job, ERR_CONFLICT, "the content changed while the command began; run it again");
	}
	return registry_access_reach(job, ret->access, S("read"), ret->def, &ret->reach);
}

void
cli_record_close_at(struct cli_record *open)
{
	ledger_close(open->ledger);
	open->ledger = NULL;
}

bool
cli_record_sees(const struct cli_record *open, const struct registry_record *record, const struct registry_field *field)
{
	struct registry_ask ask = registry_ask_of(open->registry, record, S("read"));
	return registry_access_field(open->access, &ask, field, false);
}

err
cli_record_read(struct job *job, struct cli_record *open, struct ledger_moment at, int64_t number, struct registry_record *ret)
{
	struct registry_record now;
	/* What it is now decides, and what it was too: a record that became secret is not read as it was before. */
	TRY(registry_record(job, open->registry, open->now, open->def, number, &now));
	struct registry_ask today = registry_ask_of(open->registry, &now, S("read"));
	TRY(registry_access_need(job, open->access, &today));
	TRY(registry_record(job, open->registry, at, open->def, number, ret));
	struct registry_ask ask = registry_ask_of(open->registry, ret, S("read"));
	TRY(registry_access_need(job, open->access, &ask));
	return registry_access_note_read(job, open->access, ret);
}

/* Words */

err
cli_record_number(struct job *job, const struct registry_register *def, const char *word, int64_t *ret)
{
	slice registry, text = slice_of(word);
	if (slice_i64(text, ret) && *ret > 0)
		return OK;
	if (registry_link_parse(text, &registry, ret) && slice_same(registry, def->id))
		return OK;
	return err_set(job, ERR_INPUT, "expected the number of a %.*s, found \"%.60s\"", SLICE(def->id), word);
}

static err
input_of(struct job *job, const struct registry_field *field, const char *value, struct registry_input *ret)
{
	*ret = (struct registry_input){.field = field, .text = slice_of(value)};
	if (slice_same(ret->text, S("-")) && field->type == REGISTRY_LONG) {
		TRY(fs_slurp(job, "-", field->max_bytes + 1, &ret->text));
		ret->text = slice_trim(ret->text);
	}
	bool choice = false;
	for (size_t i = 0; i < field->choices_len; i++)
		choice = choice || slice_same(field->choices[i].id, S("none"));
	if (slice_same(ret->text, S("none")) && !choice) /* an empty value is refused by every option */
		ret->text = S("");
	if (field->type != REGISTRY_FILE || ret->text.len == 0)
		return OK;
	TRY(fs_slurp(job, value, MAX_FILE, &ret->bytes));
	size_t slash = slice_find_last(ret->text, '/');
	ret->text = slash < ret->text.len ? slice_from(ret->text, slash + 1) : ret->text;
	return OK;
}

err
cli_record_inputs(struct job *job, const struct cli *cli, const struct registry_register *def, struct registry_input **ret, size_t *ret_len)
{
	TRY(NEW(job, def->fields_len + 1, ret));
	*ret_len = 0;
	for (size_t i = 0; i < def->fields_len; i++) {
		const struct registry_field *field = &def->fields[i];
		const char *value = field->type == REGISTRY_SCORE ? NULL : cli_value(cli, field->option);
		if (value != NULL)
			TRY(input_of(job, field, value, &(*ret)[(*ret_len)++]));
	}
	return OK;
}

/* "02:40" or "02:40:10" as µs after midnight. */
static bool
clock_parse(slice text, int64_t *ret)
{
	int64_t at;
	slice whole = S("1970-01-01T00:00:00Z");
	char copy[24];
	if (text.len != 5 && text.len != 8)
		return false;
	memcpy(copy, whole.at, 21);
	memcpy(copy + 11, text.at, text.len);
	if (!instant_parse(slice_bytes(copy, 20), &at))
		return false;
	*ret = at;
	return true;
}

err
cli_record_at(struct job *job, const struct cli *cli, int64_t *ret_us)
{
	const char *given_at = cli_value(cli, "at");
	slice text = slice_of(given_at);
	int64_t now = job_now(job), clock, day;
	if (given_at == NULL || instant_parse(text, ret_us))
		return OK;
	if (clock_parse(text, &clock)) {
		*ret_us = registry_london_at(registry_london_day(now), clock);
		if (*ret_us > now)
			*ret_us = registry_london_at(registry_london_day(now) - 1, clock);
		return OK;
	}
	if (text.len > 11 && instant_parse(slice_part(text, 0, 10), &day) && clock_parse(slice_from(text, 11), &clock)) {
		*ret_us = registry_london_at(day / DAY_US, clock);
		return OK;
	}
	return err_set(job, ERR_INPUT, "--at: expected a time (02:40), a day and time (2026-11-30 02:40) or an instant (2026-11-30T02:40:00Z), found \"%s\"",
	    given_at);
}

err
cli_record_write(struct job *job, struct cli_record *open, struct registry_edit *edit)
{
	size_t problems;
	TRY(registry_write(job, open->registry, edit, 1, false, &problems));
	return problems == 0 ? OK : registry_edit_refuse(job, edit);
}

/* Showing */

static const struct registry_field *
field_of(const struct registry_register *def, unsigned column)
{
	for (size_t i = 0; i < def->fields_len; i++)
		if (def->fields[i].column == (int)column)
			return &def->fields[i];
	return NULL;
}

err
cli_record_cell(struct job *job, const struct cli *cli, const struct cli_record *open, const struct registry_register *def, unsigned column,
    const struct cell *cell, slice *ret)
{
	const struct column *shape = &def->table.columns[column];
	const struct registry_field *field = field_of(def, column);
	*ret = S("");
	if (cell->null)
		return OK;
	if ((shape->flags & COLUMN_TOKEN) != 0 && cell->text.len > 0) {
		TRY(job_format(job, ret, "{person:%.*s}", SLICE(cell->text)));
		return ledger_person_show(job, open->ledger, *ret, ret);
	}
	if (field != NULL && (field->type == REGISTRY_NUMBER || field->type == REGISTRY_MONEY))
		return registry_decimal_show(job, cell->number, field->decimals, ret);
	if (field != NULL && field->type == REGISTRY_DATE)
		return job_copy(job, slice_of(instant_day(cell->number).at), ret);
	if (shape->type == COLUMN_TIME)
		return job_format(job, ret, "%.*s", cli->json || cli->csv ? 20 : 16, instant_text(cell->number).at);
	if (shape->type == COLUMN_INT)
		return job_format(job, ret, "%lld", (long long)cell->number);
	*ret = cell->text;
	return OK;
}

static void
put_key(struct buf *buf, slice id)
{
	buf_byte(buf, ',');
	text_json(buf, id);
	buf_byte(buf, ':');
}

static err
json_field(struct job *job, const struct cli_record *open, const struct registry_record *record, const struct registry_field *field, struct buf *buf)
{
	const json_t *value = json_object_getn(record->fields, field->id.at, field->id.len);
	slice shown;
	put_key(buf, field->id);
	if (value == NULL)
		buf_text(buf, "null");
	else if (field->type == REGISTRY_PERSON) {
		TRY(registry_value_show(job, field, value, true, &shown));
		TRY(ledger_person_show(job, open->ledger, shown, &shown));
		text_json(buf, shown);
	} else if (field->decimals > 0 && json_is_integer(value)) {
		TRY(registry_decimal_show(job, json_integer_value(value), field->decimals, &shown));
		buf_add(buf, shown);
	} else
		json_write(buf, value);
	return OK;
}

err
cli_record_json(struct job *job, const struct cli_record *open, const struct registry_record *record, struct buf *buf)
{
	const struct registry_register *def = record->def;
	slice by;
	buf_text(buf, "{\"register\":");
	text_json(buf, def->id);
	buf_printf(buf, ",\"number\":%lld,\"status\":", (long long)record->base.number);
	text_json(buf, record->base.status);
	buf_printf(buf, ",\"version\":%lld,\"made\":\"%s\",\"changed\":\"%s\"", (long long)record->base.version,
	    instant_text(record->base.made_us).at, instant_text(record->base.changed_us).at);
	TRY(job_format(job, &by, "{person:%.*s}", SLICE(record->base.changed_by)));
	if (record->base.changed_by.len > 0)
		TRY(ledger_person_show(job, open->ledger, by, &by));
	put_key(buf, S("changed_by"));
	text_json(buf, record->base.changed_by.len > 0 ? by : S(""));
	put_key(buf, S("due"));
	if (record->due_us != 0)
		buf_printf(buf, "\"%s\"", instant_text(record->due_us).at);
	else
		buf_text(buf, "null");
	put_key(buf, S("due_by"));
	text_json(buf, record->due_by);
	for (size_t i = 0; i < def->fields_len; i++)
		if (cli_record_sees(open, record, &def->fields[i]))
			TRY(json_field(job, open, record, &def->fields[i], buf));
	buf_byte(buf, '}');
	return OK;
}
