/*
 * assay REGISTER observe: what hosts show beside what is recorded; taking it in, or leaving it for a while.
 * Deliberately changes nothing until it is told what.
 */
#include <string.h>

#include "base/fs.h"
#include "base/text.h"
#include "check/check_observe.h"
#include "cli/cli_record.h"
#include "ledger/ledger_ignore.h"
#include "registry/registry_access.h"

#define SHORTEST_ID 4

static const struct cli_option options[] = {
    {"accept", "IDS", "add a record for each of these, in one go; several with commas, or all"},
    {"all", NULL, "the same as --accept all; with --list: what is recorded or ignored too"},
    {"merge", "ID", "fill in what this one is known by"},
    {"into", "N", "in the record N that is there already"},
    {"ignore", "IDS", "leave these unrecorded; several with commas, or all"},
    {"until", "DATE", "so long"},
    {"why", "TEXT", "and the reason"},
    {"unseen", NULL, "list records that no host has shown for long"},
    {"list", NULL, "only list; what is usual"},
    {NULL, NULL, NULL},
};

struct observe {
	struct cli *cli;
	struct cli_record open;
	struct check_observations found;
};

/* Which are meant */

static err
find_one(struct job *job, const struct observe *o, slice word, const struct check_observed **ret)
{
	*ret = NULL;
	for (size_t i = 0; i < o->found.len && word.len >= SHORTEST_ID; i++) {
		const struct check_observed *one = &o->found.at[i];
		if (one->cells == NULL || one->state == CHECK_RECORDED || !slice_starts(one->id, word))
			continue;
		if (*ret != NULL && !slice_same((*ret)->id, one->id))
			return err_set(job, ERR_CONFLICT, "\"%.*s\" begins the ids of several; give more of it", SLICE(word));
		if (*ret == NULL)
			*ret = one;
	}
	if (*ret == NULL)
		return err_set(job, ERR_MISSING, "\"%.*s\" is the id of nothing that is unrecorded; 'assay %.*s observe' lists what is",
		    SLICE(slice_part(word, 0, 60)), SLICE(o->open.def->id));
	return OK;
}

static bool
is_among(const struct check_observed *const *list, size_t len, slice id)
{
	for (size_t i = 0; i < len; i++)
		if (slice_same(list[i]->id, id))
			return true;
	return false;
}

/* Each once, even when several hosts show it. */
static err
chosen(struct job *job, const struct observe *o, const char *words, const struct check_observed ***ret, size_t *ret_len)
{
	const struct check_observed *one;
	slice rest = slice_of(words), word;
	*ret_len = 0;
	TRY(NEW(job, o->found.len + 1, ret));
	if (strcmp(words, "all") == 0) {
		for (size_t i = 0; i < o->found.len; i++) /* they are in the order of their keys: the same id follows itself */
			if (o->found.at[i].state == CHECK_UNRECORDED && (*ret_len == 0 || !slice_same((*ret)[*ret_len - 1]->id, o->found.at[i].id)))
				(*ret)[(*ret_len)++] = &o->found.at[i];
		return OK;
	}
	while (slice_cut(&rest, ',', &word)) {
		TRY(find_one(job, o, slice_trim(word), &one));
		if (!is_among(*ret, *ret_len, one->id))
			(*ret)[(*ret_len)++] = one;
	}
	return OK;
}

/* Listing */

/* The record it is about, when whoever asks may read it. What hosts show may be read by all who may ask questions of facts. */
static err
record_of(struct job *job, const struct observe *o, const struct check_observed *one, bool *ret_may, struct registry_record *ret)
{
	*ret_may = false;
	if (one->number == 0)
		return OK;
	TRY(registry_record(job, o->open.registry, o->open.now, o->open.def, one->number, ret));
	struct registry_ask ask = registry_ask_of(o->open.registry, ret, S("read"));
	*ret_may = registry_access_allows(o->open.access, &ask, NULL);
	return OK;
}

static const struct cli_column fixed[] = {{"id", "id", CLI_TEXT}, {"state", NULL, CLI_WORD}, {"host", "host", CLI_TEXT}, {"key", NULL, CLI_TEXT},
    {"number", NULL, CLI_NUMBER}, {"first_seen", "since", CLI_INSTANT}, {"last_seen", "last seen", CLI_INSTANT}, {"until", NULL, CLI_INSTANT},
    {"why", NULL, CLI_TEXT}};
#define FIXED (sizeof fixed / sizeof *fixed)

/* A key in JSON stands once: a column of the question that is called like one of ours has a _ behind it. */
static err
column_name(struct job *job, slice name, const char **ret)
{
	for (size_t i = 0; i < FIXED; i++)
		if (slice_same(slice_of(fixed[i].name), name))
			return job_format(job, &name, "%.*s_", SLICE(name)).code == ERR_NONE ? job_string(job, name, ret) : (err){ERR_LIMIT};
	return job_string(job, name, ret);
}

static err
sheet_open(struct job *job, const struct observe *o, struct cli_sheet *sheet)
{
	struct cli_column *columns;
	TRY(NEW(job, FIXED + o->found.columns_len, &columns));
	memcpy(columns, fixed, sizeof fixed);
	for (size_t i = 0; i < o->found.columns_len; i++) {
		struct cli_column *column = &columns[FIXED + i];
		TRY(column_name(job, o->found.columns[i], &column->name));
		TRY(job_string(job, o->found.columns[i], &column->title));
		column->kind = CLI_TEXT;
	}
	cli_sheet_open(sheet, job, columns, FIXED + o->found.columns_len);
	return OK;
}

/* A value as the field it would go into is entered. */
static err
value_of(struct job *job, const struct observe *o, const struct check_observed *one, size_t column, slice *ret)
{
	const struct registry_observed *rule = o->found.def->observed;
	const struct registry_field *field = NULL;
	const struct cell *cell = &one->cells[column];
	for (size_t i = 0; i < rule->sets_len && field == NULL; i++)
		if (slice_same(rule->sets[i].value, o->found.columns[column]))
			field = registry_field(o->found.def, rule->sets[i].field);
	*ret = cell->text;
	if (cell->null)
		*ret = S("");
	else if (!one->is_text[column] && field != NULL && field->type == REGISTRY_DATE)
		return job_copy(job, slice_of(instant_day(cell->number).at), ret);
	else if (!one->is_text[column] && field != NULL && field->type == REGISTRY_INSTANT)
		return job_copy(job, slice_of(instant_text(cell->number).at), ret);
	else if (!one->is_text[column])
		return job_format(job, ret, "%lld", (long long)cell->number);
	return OK;
}

static struct cell
instant_cell(int64_t at_us)
{
	return at_us != 0 ? INT(at_us) : NIL;
}

static err
list_row(struct job *job, const struct observe *o, const struct check_observed *one, struct cli_sheet *sheet)
{
	struct registry_record record;
	bool may;
	TRY(record_of(job, o, one, &may, &record));
	const struct cell first[FIXED] = {TEXT(one->id), TEXT(slice_of(check_observed_words[one->state])), TEXT(one->host), TEXT(one->key),
	    may ? INT(one->number) : NIL, instant_cell(one->first_seen_us), instant_cell(one->last_seen_us),
	    instant_cell(one->until_us), TEXT(one->why)};
	struct cell *cells;
	TRY(NEW(job, FIXED + o->found.columns_len, &cells));
	memcpy(cells, first, sizeof first);
	for (size_t i = 0; i < o->found.columns_len; i++) {
		slice value = S("");
		if (one->cells != NULL)
			TRY(value_of(job, o, one, i, &value));
		cells[FIXED + i] = TEXT(value);
	}
	return cli_sheet_row(sheet, cells);
}

static err
list(struct job *job, const struct observe *o)
{
	struct cli_sheet sheet;
	size_t unrecorded = 0, ignored = 0, unseen = 0, blind = 0;
	TRY(sheet_open(job, o, &sheet));
	for (size_t i = 0; i < o->found.len; i++) {
		const struct check_observed *one = &o->found.at[i];
		unrecorded += one->state == CHECK_UNRECORDED;
		ignored += one->state == CHECK_IGNORED;
		unseen += one->state == CHECK_UNSEEN;
		blind += one->state == CHECK_BLIND;
		if (one->state == CHECK_UNRECORDED || cli_flag(o->cli, "all"))
			TRY(list_row(job, o, one, &sheet));
	}
	TRY(cli_sheet_print(job, o->cli, &sheet));
	cli_say(o->cli, job, "%zu unrecorded, %zu ignored, %s not seen for long", unrecorded, ignored, cli_count(unseen, "record", "records").at);
	if (blind > 0)
		cli_say(o->cli, job, "%s could not be looked at in full: there may be more", cli_count(blind, "host", "hosts").at);
	if (unrecorded > 0)
		cli_say(o->cli, job, "Take them in: assay %.*s observe --accept ID,ID or --accept all", SLICE(o->open.def->id));
	return OK;
}

static const struct cli_column unseen_columns[] = {{"number", "number", CLI_NUMBER}, {"label", "record", CLI_TEXT}, {"status", "status", CLI_TEXT},
    {"key", "known by", CLI_TEXT}, {"last_seen", "last seen", CLI_INSTANT}};

static err
list_unseen(struct job *job, const struct observe *o)
{
	struct cli_sheet sheet;
	struct registry_record record;
	cli_sheet_open(&sheet, job, unseen_columns, sizeof unseen_columns / sizeof *unseen_columns);
	for (size_t i = 0; i < o->found.len; i++) {
		const struct check_observed *one = &o->found.at[i];
		slice label;
		bool may;
		if (one->state != CHECK_UNSEEN)
			continue;
		TRY(record_of(job, o, one, &may, &record));
		if (!may)
			continue;
		TRY(ledger_person_show(job, o->open.ledger, record.label, &label));
		TRY(cli_sheet_row(&sheet, (struct cell[]){INT(one->number), TEXT(label), TEXT(record.base.status), TEXT(one->key),
					      instant_cell(one->last_seen_us)}));
	}
	TRY(cli_sheet_print(job, o->cli, &sheet));
	if (sheet.len == 0)
		cli_say(o->cli, job, "Every record that a host should show, and that you may read, is shown");
	return OK;
}

/* Taking in */

/* What is given on the command line goes before what was observed. */
static err
inputs_of(struct job *job, const struct observe *o, const struct check_observed *one, bool matches, struct registry_edit *edit)
{
	struct registry_input *observed, *given, *all;
	size_t observed_len, given_len, len = 0;
	TRY(check_observe_inputs(job, &o->found, one, matches, &observed, &observed_len));
	TRY(cli_record_inputs(job, o->cli, o->open.def, &given, &given_len));
	TRY(NEW(job, observed_len + given_len + 1, &all));
	for (size_t i = 0; i < given_len; i++)
		all[len++] = given[i];
	for (size_t i = 0; i < observed_len; i++) {
		bool there = false;
		for (size_t g = 0; g < given_len; g++)
			there = there || given[g].field == observed[i].field;
		if (!there)
			all[len++] = observed[i];
	}
	edit->inputs = all;
	edit->inputs_len = len;
	return OK;
}

static const struct cli_column done_columns[] = {{"id", "id", CLI_TEXT}, {"number", "number", CLI_NUMBER}, {"label", "record", CLI_TEXT}};

static err
say_done(struct job *job, struct observe *o, const struct check_observed *const *list_of, const struct registry_edit *edits, size_t len, const char *what)
{
	struct registry_record record;
	struct ledger_moment now;
	struct cli_sheet sheet;
	slice label;
	TRY(ledger_moment(job, o->open.ledger, 0, &now));
	cli_sheet_open(&sheet, job, done_columns, sizeof done_columns / sizeof *done_columns);
	for (size_t i = 0; i < len; i++) {
		TRY(registry_record(job, o->open.registry, now, o->open.def, edits[i].number, &record));
		TRY(ledger_person_show(job, o->open.ledger, record.label, &label));
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(list_of[i]->id), INT(edits[i].number), TEXT(label)}));
	}
	TRY(cli_sheet_print(job, o->cli, &sheet));
	cli_say(o->cli, job, "%s %s", cli_count(len, "record", "records").at, what);
	return OK;
}

/* The first refusal says which one it is about. */
static err
write_all(struct job *job, struct observe *o, const struct check_observed *const *list_of, struct registry_edit *edits, size_t len)
{
	size_t problems;
	TRY(registry_write(job, o->open.registry, edits, len, false, &problems));
	for (size_t i = 0; problems > 0 && i < len; i++)
		if (edits[i].problems_len > 0)
			return err_prefix(job, registry_edit_refuse(job, &edits[i]), "%.*s on %.*s", SLICE(list_of[i]->id), SLICE(list_of[i]->host));
	return OK;
}

static err
accept(struct job *job, struct observe *o, const char *words)
{
	const struct check_observed **list_of;
	struct registry_edit *edits;
	size_t len;
	TRY(chosen(job, o, words, &list_of, &len));
	TRY(NEW(job, len + 1, &edits));
	for (size_t i = 0; i < len; i++) {
		edits[i].def = o->open.def;
		TRY(inputs_of(job, o, list_of[i], false, &edits[i]));
	}
	TRY(write_all(job, o, list_of, edits, len));
	return say_done(job, o, list_of, edits, len, "added");
}

static err
merge(struct job *job, struct observe *o, const char *word)
{
	const struct check_observed *one;
	struct registry_edit edit = {.def = o->open.def};
	const char *into = cli_value(o->cli, "into");
	if (into == NULL)
		return err_set(job, ERR_INPUT, "--merge: say which record it is: --into NUMBER");
	TRY(cli_record_number(job, o->open.def, into, &edit.number));
	TRY(find_one(job, o, slice_of(word), &one));
	TRY(inputs_of(job, o, one, true, &edit));
	TRY(write_all(job, o, &one, &edit, 1));
	return say_done(job, o, &one, &edit, 1, "changed");
}

static err
ignore(struct job *job, struct observe *o, const char *words)
{
	const struct check_observed **list_of;
	struct ledger_ignore_form form = {.registry = o->open.def->id, .why = slice_of(cli_value(o->cli, "why"))};
	struct ledger_receipt receipt;
	slice *keys;
	size_t len;
	if (cli_value(o->cli, "until") == NULL || form.why.len == 0)
		return err_set(job, ERR_INPUT, "--ignore: say until when and why: --until DATE --why TEXT");
	TRY(cli_value_instant(job, o->cli, "until", &form.until_us));
	struct registry_ask ask = {.capability = S("add"), .def = o->open.def};
	TRY(registry_access_need(job, o->open.access, &ask));
	TRY(chosen(job, o, words, &list_of, &len));
	if (len == 0)
		return err_set(job, ERR_INPUT, "--ignore: nothing is unrecorded");
	TRY(NEW(job, len, &keys));
	for (size_t i = 0; i < len; i++)
		keys[i] = list_of[i]->key;
	form.keys = keys;
	form.keys_len = len;
	TRY(ledger_ignore_append(job, o->open.ledger, &form, &receipt));
	if (o->cli->json) {
		slice text;
		TRY(job_format(job, &text, "{\"ignored\":%zu,\"until\":\"%s\",\"entry\":%llu}\n", len, instant_text(form.until_us).at,
		    (unsigned long long)receipt.index));
		return cli_output(job, NULL, text, 0);
	}
	cli_say(o->cli, job, "%s left unrecorded until %s (entry %llu)", cli_count(len, "thing", "things").at, instant_day(form.until_us).at,
	    (unsigned long long)receipt.index);
	return OK;
}

/* All */

static err
check_options(struct job *job, const struct cli *cli)
{
	const char *const acts[] = {"accept", "merge", "ignore"};
	size_t given = cli_flag(cli, "unseen") + cli_flag(cli, "list");
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		given += cli_value(cli, acts[i]) != NULL;
	return given <= 1 ? OK : err_set(job, ERR_INPUT, "one of --accept, --merge, --ignore, --unseen and --list at a time");
}

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	struct observe o = {.cli = cli};
	const char *source;
	(void)ret_status;
	TRY(check_options(job, cli));
	TRY(cli_record_open(job, cli, &open));
	o.open = open;
	TRY(fs_join(job, cli->place.etc, "source", &source));
	TRY(check_observe_register(job, open.ledger, open.registry, open.def, source, open.now, &o.found));
	if (cli_value(cli, "accept") != NULL)
		return accept(job, &o, cli_value(cli, "accept"));
	if (cli_value(cli, "merge") != NULL)
		return merge(job, &o, cli_value(cli, "merge"));
	if (cli_value(cli, "ignore") != NULL)
		return ignore(job, &o, cli_value(cli, "ignore"));
	if (cli_flag(cli, "unseen"))
		return list_unseen(job, &o);
	return cli_flag(cli, "all") && !cli_flag(cli, "list") ? accept(job, &o, "all") : list(job, &o);
}

const struct cli_record_verb cli_record_observe_verb = {.name = "observe",
    .about = "compare what hosts show with what is recorded; record it, or leave it until a date",
    .usage = "[--accept IDS|--all [--FIELD VALUE …]] [--merge ID --into N] [--ignore IDS --until DATE --why TEXT] [--unseen]",
    .help = "Without options it lists what hosts show and nobody recorded, each with an id, and changes nothing. --accept adds a record for each id, or none\n"
	    "when one is refused; fields that are given with it are set in all of them. --merge says that it is a record which is there already. --ignore\n"
	    "leaves it until a date, with the reason kept. --unseen lists records that no host shows any longer.",
    .example = "observe",
    .observed = true,
    .fields = true,
    .options = options,
    .run = run};
