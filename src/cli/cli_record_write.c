/*
 * assay REGISTER add, edit, status, note, link: a person's changes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/text.h"
#include "cli/cli_record.h"

static const struct cli_option add_options[] = {
    {"note", "TEXT", "what to remember beside the fields"}, {"at", "TIME", "when it happened, when that was earlier"}, {NULL, NULL, NULL}};
static const struct cli_option edit_options[] = {{"reason", "TEXT", "why"}, {"at", "TIME", "when it happened, when that was earlier"},
    {"if-version", "N", "only when it is still at this version: else both sides are shown and nothing is changed"}, {NULL, NULL, NULL}};
static const struct cli_option note_options[] = {{"at", "TIME", "when it happened: 02:40, 2026-11-30 02:40 or an instant"}, {NULL, NULL, NULL}};
static const struct cli_option link_options[] = {{"remove", NULL, "take the links away"}, {NULL, NULL, NULL}};

static err
edit_open(struct job *job, const struct cli *cli, const struct cli_record *open, struct registry_edit *edit)
{
	struct registry_input *inputs;
	const char *version = cli_value(cli, "if-version");
	*edit = (struct registry_edit){.def = open->def, .reason = slice_of(cli_value(cli, "reason")), .note = slice_of(cli_value(cli, "note"))};
	TRY(cli_record_inputs(job, cli, open->def, &inputs, &edit->inputs_len));
	edit->inputs = inputs;
	if (version != NULL && (!slice_i64(slice_of(version), &edit->if_version) || edit->if_version < 1))
		return err_set(job, ERR_INPUT, "--if-version: expected a version from 1, found \"%s\"", version);
	return cli_record_at(job, cli, &edit->at_us);
}

static err
say_done(struct job *job, const struct cli *cli, const struct cli_record *open, const struct registry_edit *edit, const char *what)
{
	struct registry_record record;
	struct ledger_moment now;
	TRY(ledger_moment(job, open->ledger, 0, &now));
	TRY(registry_record(job, open->registry, now, edit->def, edit->number, &record));
	if (cli->json) {
		struct buf buf = buf_open(job, "a record", 16 * MIB);
		slice text;
		TRY(cli_record_json(job, open, &record, &buf));
		buf_byte(&buf, '\n');
		TRY(buf_end(&buf, &text));
		return cli_output(job, NULL, text, 0);
	}
	TRY(ledger_person_show(job, open->ledger, record.label, &record.label));
	cli_say(cli, job, "%.*s %lld %s: %.*s (%.*s, version %lld, entry %llu)", SLICE(edit->def->title), (long long)edit->number, what,
	    SLICE(record.label), SLICE(record.base.status), (long long)record.base.version, (unsigned long long)record.base.entry);
	if (record.due_us != 0)
		cli_say(cli, job, "Due %.16s UTC (%.*s)", instant_text(record.due_us).at, SLICE(record.due_by));
	return OK;
}

static err
add(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	struct registry_edit edit;
	(void)ret_status;
	TRY(cli_record_open(job, cli, &open));
	TRY(edit_open(job, cli, &open, &edit));
	TRY(cli_record_write(job, &open, &edit));
	cli->number = edit.number;
	return say_done(job, cli, &open, &edit, "added");
}

static err
edit(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	struct registry_edit edit;
	(void)ret_status;
	TRY(cli_record_open(job, cli, &open));
	TRY(edit_open(job, cli, &open, &edit));
	TRY(cli_record_number(job, open.def, cli->words[0], &edit.number));
	if (edit.inputs_len == 0)
		return err_set(job, ERR_INPUT, "name at least one field: 'assay %.*s edit --help' lists them; \"none\" empties one", SLICE(open.def->id));
	TRY(cli_record_write(job, &open, &edit));
	return say_done(job, cli, &open, &edit, "changed");
}

/* Status */

static const struct cli_column change_columns[] = {{"change", "change", CLI_TEXT}, {"title", "title", CLI_TEXT}, {"to", "to", CLI_TEXT},
    {"possible", "possible now", CLI_BOOL}, {"missing", "what is missing", CLI_TEXT}};

static err
missing_text(struct job *job, const struct registry_edit *edit, slice *ret)
{
	struct buf buf = buf_open(job, "what is missing", 64 * KIB);
	for (size_t i = 0; i < edit->problems_len; i++) {
		const struct registry_problem *problem = &edit->problems[i];
		buf_text(&buf, i > 0 ? "; " : "");
		if (problem->field != NULL)
			buf_printf(&buf, "--%s ", problem->field->option);
		buf_add(&buf, problem->field != NULL ? slice_part(problem->says, 0, slice_find(problem->says, ':')) : problem->says);
	}
	return buf_end(&buf, ret);
}

/* Every change that begins from where it is, and what stands in its way. */
static err
possible(struct job *job, const struct cli *cli, struct cli_record *open, int64_t number)
{
	struct registry_record record;
	struct cli_sheet sheet;
	TRY(cli_record_read(job, open, open->now, number, &record));
	int state = registry_state(open->def, record.base.status);
	cli_say(cli, job, "%.*s %lld is %.*s since %s", SLICE(open->def->title), (long long)number,
	    SLICE(state >= 0 ? open->def->states[state].title : record.base.status), instant_day(record.base.status_since_us).at);
	cli_sheet_open(&sheet, job, change_columns, sizeof change_columns / sizeof *change_columns);
	for (size_t i = 0; i < open->def->changes_len; i++) {
		const struct registry_change *change = &open->def->changes[i];
		struct registry_edit edit = {.def = open->def, .number = number, .change = change};
		size_t problems;
		slice missing;
		bool from = false;
		for (size_t f = 0; f < change->from_len; f++)
			from = from || (int)change->from[f] == state;
		if (!from)
			continue;
		TRY(registry_write(job, open->registry, &edit, 1, true, &problems));
		TRY(missing_text(job, &edit, &missing));
		TRY(cli_sheet_row(&sheet,
		    (struct cell[]){TEXT(change->id), TEXT(change->title), TEXT(change->same ? S("same") : open->def->states[change->to].id), INT(problems == 0), TEXT(missing)}));
	}
	return cli_sheet_print(job, cli, &sheet);
}

static err
change_of(struct job *job, const struct registry_register *def, const char *word, const struct registry_change **ret)
{
	struct buf buf = buf_open(job, "changes", 8 * KIB);
	slice text;
	*ret = registry_change(def, slice_of(word));
	if (*ret != NULL)
		return OK;
	for (size_t i = 0; i < def->changes_len; i++)
		buf_printf(&buf, "%s%.*s", i > 0 ? ", " : "", SLICE(def->changes[i].id));
	TRY(buf_end(&buf, &text));
	return err_set(job, ERR_INPUT, "%.*s has no status change \"%.60s\": expected one of %.*s", SLICE(def->id), word, SLICE(text));
}

static err
status(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	struct registry_edit edit;
	int64_t number;
	(void)ret_status;
	TRY(cli_record_open(job, cli, &open));
	TRY(cli_record_number(job, open.def, cli->words[0], &number));
	if (cli->words_len == 1)
		return possible(job, cli, &open, number);
	TRY(edit_open(job, cli, &open, &edit));
	edit.number = number;
	TRY(change_of(job, open.def, cli->words[1], &edit.change));
	TRY(cli_record_write(job, &open, &edit));
	return say_done(job, cli, &open, &edit, "changed");
}

/* Notes and links */

static err
note(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	struct registry_edit edit = {0};
	(void)ret_status;
	TRY(cli_record_open(job, cli, &open));
	edit.def = open.def;
	TRY(cli_record_number(job, open.def, cli->words[0], &edit.number));
	TRY(cli_record_at(job, cli, &edit.at_us));
	edit.note = slice_of(cli->words[1]);
	if (slice_same(edit.note, S("-")))
		TRY(fs_slurp(job, "-", 64 * KIB, &edit.note));
	edit.note = slice_trim(edit.note);
	if (edit.note.len == 0)
		return err_set(job, ERR_INPUT, "the note is empty");
	TRY(cli_record_write(job, &open, &edit));
	return say_done(job, cli, &open, &edit, "has a new note");
}

/* The link field that ${word} means: its id, or the one field that links to that register. */
static err
link_field(struct job *job, const struct registry_register *def, slice word, const struct registry_field **ret)
{
	const struct registry_field *found = NULL;
	size_t len = 0;
	for (size_t i = 0; i < def->fields_len; i++) {
		const struct registry_field *field = &def->fields[i];
		if (field->type != REGISTRY_LINK)
			continue;
		if (slice_same(field->id, word) || slice_same(slice_of(field->option), word)) {
			*ret = field;
			return OK;
		}
		bool to = field->to_any;
		for (size_t t = 0; t < field->to_len; t++)
			to = to || slice_same(field->to[t], word);
		if (to) {
			found = field;
			len++;
		}
	}
	if (len == 1) {
		*ret = found;
		return OK;
	}
	return err_set(job, ERR_INPUT, "%.*s has %s to \"%.*s\"; 'assay register show %.*s' lists its fields", SLICE(def->id),
	    len == 0 ? "no link field" : "several link fields", SLICE(slice_part(word, 0, 60)), SLICE(def->id));
}

static bool
is_in(const struct registry_field *field, const json_t *links, slice one)
{
	slice registry, text;
	int64_t number, wanted;
	bool bare = slice_i64(one, &wanted);
	for (size_t i = 0; i < json_array_size(links); i++) {
		text = json_text(json_array_get(links, i));
		if (slice_same(text, one) || (bare && field->to_len == 1 && registry_link_parse(text, &registry, &number) && number == wanted))
			return true;
	}
	return false;
}

/* The field's links with ${given} among them, or without. */
static err
links_of(struct job *job, const struct registry_field *field, const json_t *now, slice register_word, slice given, bool remove, slice *ret)
{
	struct buf buf = buf_open(job, "links", MIB);
	slice rest = given, one;
	size_t len = 0;
	bool qualify = field->to_len != 1;
	for (size_t i = 0; i < json_array_size(now) && (field->many || remove); i++) {
		slice text = json_text(json_array_get(now, i)), registry;
		int64_t number;
		bool gone = false;
		for (rest = given; remove && slice_cut(&rest, ',', &one);) {
			slice all = slice_trim(one);
			bool same = slice_same(all, text) || (registry_link_parse(text, &registry, &number) && slice_same(slice_from(text, registry.len + 1), all));
			gone = gone || same;
		}
		if (!gone)
			buf_printf(&buf, "%s%.*s", len++ > 0 ? "," : "", SLICE(text));
	}
	for (rest = given; !remove && slice_cut(&rest, ',', &one);) {
		one = slice_trim(one);
		if (is_in(field, now, one) && field->many)
			continue;
		bool bare = slice_find(one, '/') == one.len;
		buf_text(&buf, len++ > 0 ? "," : "");
		if (qualify && bare)
			buf_printf(&buf, "%.*s/", SLICE(register_word));
		buf_add(&buf, one);
	}
	return buf_end(&buf, ret);
}

static err
link(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	struct registry_edit edit = {0};
	struct registry_input input = {0};
	struct registry_record record;
	(void)ret_status;
	TRY(cli_record_open(job, cli, &open));
	edit.def = open.def;
	TRY(cli_record_number(job, open.def, cli->words[0], &edit.number));
	TRY(cli_record_read(job, &open, open.now, edit.number, &record));
	TRY(link_field(job, open.def, slice_of(cli->words[1]), &input.field));
	const json_t *now = json_object_getn(record.fields, input.field->id.at, input.field->id.len);
	TRY(links_of(job, input.field, now, slice_of(cli->words[1]), slice_of(cli->words[2]), cli_flag(cli, "remove"), &input.text));
	edit.inputs = &input;
	edit.inputs_len = 1;
	edit.if_version = record.base.version;
	TRY(cli_record_write(job, &open, &edit));
	return say_done(job, cli, &open, &edit, "linked");
}

/* Files */

static const struct cli_option file_options[] = {{"output", "FILE", "where to write it; - is standard output"}, {NULL, NULL, NULL}};

static err
file(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	struct registry_record record;
	struct digest digest;
	slice bytes, name;
	int64_t number;
	(void)ret_status;
	TRY(cli_record_open(job, cli, &open));
	TRY(cli_record_number(job, open.def, cli->words[0], &number));
	TRY(cli_record_read(job, &open, open.now, number, &record));
	const struct registry_field *field = NULL;
	for (size_t i = 0; i < open.def->fields_len; i++)
		if (open.def->fields[i].type == REGISTRY_FILE &&
		    (slice_same(open.def->fields[i].id, slice_of(cli->words[1])) || strcmp(open.def->fields[i].option, cli->words[1]) == 0))
			field = &open.def->fields[i];
	if (field == NULL || !cli_record_sees(&open, &record, field))
		return err_set(job, ERR_INPUT, "%.*s has no file \"%.60s\"", SLICE(open.def->id), cli->words[1]);
	const json_t *value = json_object_getn(record.fields, field->id.at, field->id.len);
	if (value == NULL || !digest_parse(json_text(json_object_get(value, "digest")), &digest))
		return err_set(job, ERR_MISSING, "%.*s %lld has no file in %.*s", SLICE(open.def->id), (long long)number, SLICE(field->id));
	TRY(ledger_content(job, open.ledger, &digest, &bytes));
	name = json_text(json_object_get(value, "name"));
	const char *path = cli_value(cli, "output");
	if (path == NULL)
		TRY(job_string(job, slice_find(name, '/') == name.len && name.len > 0 && name.at[0] != '.' && name.at[0] != '-' ? name : S("file"), &path));
	TRY(cli_output(job, path, bytes, 0600));
	if (strcmp(path, "-") != 0)
		cli_say(cli, job, "%s: %zu bytes, SHA-256 of the content with its secret bytes %s", path, bytes.len, digest_text(&digest).at);
	return OK;
}

err
cli_record_lint(struct job *job, const struct cli *cli)
{
	const struct registry_register *def = cli_record_def(cli);
	const struct registry_change *change;
	slice kept;
	if (strcmp(cli->command->name, "status") == 0 && cli->words_len > 1)
		TRY(change_of(job, def, cli->words[1], &change));
	for (size_t i = 0; i < def->fields_len; i++) {
		const struct registry_field *field = &def->fields[i];
		const char *value = field->type == REGISTRY_SCORE || field->type == REGISTRY_FILE ? NULL : cli_value(cli, field->option);
		if (value != NULL && strcmp(value, "none") != 0)
			TRY(registry_value_read(job, field, slice_of(value), job_now(job), job->actor, &kept));
	}
	return OK;
}

const struct cli_record_verb cli_record_add_verb = {.name = "add",
    .about = "add one",
    .usage = "--FIELD VALUE …",
    .help = "Options that say \"needed\" must be given; others may come later with edit. A person is a login name or email address. A file is a path. A link is the\n"
	    "number of a record, or several with commas. A long text may come from standard input: \"-\".",
    .example = "add --classification official …",
    .fields = true,
    .options = add_options,
    .run = add};
const struct cli_record_verb cli_record_edit_verb = {.name = "edit",
    .about = "change fields of one; \"none\" empties a field",
    .usage = "NUMBER --FIELD VALUE … [--reason TEXT] [--if-version N]",
    .help = "What is not named stays as it is. What was there before stays in the history. Every option takes a value as in add.",
    .example = "edit 1 --classification official-sensitive --reason \"names a person…\"",
    .fields = true,
    .options = edit_options,
    .words_min = 1,
    .words_max = 1,
    .run = edit};
const struct cli_record_verb cli_record_status_verb = {.name = "status",
    .about = "change its status, or say which changes are possible and what each still needs",
    .usage = "NUMBER [CHANGE] [--FIELD VALUE …] [--reason TEXT]",
    .help = "Without a change it lists those that are possible now, and what each still needs. With one it makes it; what it needs may be given in the same command. The\n"
	    "reason goes into the history.",
    .example = "status 1",
    .fields = true,
    .changes = true,
    .options = edit_options,
    .words_min = 1,
    .words_max = 2,
    .run = status};
const struct cli_record_verb cli_record_note_verb = {.name = "note",
    .about = "write a note into its history",
    .usage = "NUMBER TEXT [--at TIME]",
    .help = "A note can be written at any time, whatever the record still lacks. \"-\" reads it from standard input.",
    .example = "note 1 \"Told the service desk…\"",
    .options = note_options,
    .words_min = 2,
    .words_max = 2,
    .run = note};
const struct cli_record_verb cli_record_link_verb = {.name = "link",
    .about = "link it to records of another register",
    .usage = "NUMBER FIELD|REGISTER NUMBERS [--remove]",
    .help = "The link shows on both records. Name the field, or the register when only one field leads there. Several numbers have commas between them.",
    .example = "link 1 evidence 2,3 …",
    .options = link_options,
    .words_min = 3,
    .words_max = 3,
    .run = link};
const struct cli_record_verb cli_record_file_verb = {.name = "file",
    .about = "write a file that it holds to disk",
    .usage = "NUMBER FIELD [--output FILE|-]",
    .example = "file 1 document --output copy.pdf …",
    .options = file_options,
    .words_min = 2,
    .words_max = 2,
    .run = file};
