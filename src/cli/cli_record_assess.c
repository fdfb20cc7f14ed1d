/*
 * assay REGISTER assess: what a library of threats proposes beside what is recorded; adding it, rejecting it until a date, or going through it one by one.
 * Deliberately changes nothing until it is told what.
 */
#include "cli/cli_record_assess.h"

#include <string.h>

#include "base/text.h"
#include "ledger/ledger_ignore.h"

#define SHORTEST_ID 4
#define SHOWN 40 /* of a list for people */

static const struct cli_option options[] = {
    {"service", "N", "only what belongs to the service N"},
    {"accept", "IDS", "add a record for each of these, in one go; several with commas, or all"},
    {"likelihood", "N", "with --accept: another likelihood than the one to begin with"},
    {"impact", "N", "with --accept: another impact than the one to begin with"},
    {"reject", "IDS", "leave these; several with commas"},
    {"until", "DATE", "so long"},
    {"why", "TEXT", "and the reason"},
    {"guided", NULL, "go through them one by one and be asked"},
    {"list", NULL, "only list; what is usual"},
    {"all", NULL, "list all of them, and what is covered or rejected too"},
    {NULL, NULL, NULL},
};

/* Which are meant */

static err
find_one(struct job *job, const struct cli_assess *a, slice word, const struct registry_proposal **ret)
{
	*ret = NULL;
	for (size_t i = 0; i < a->len && word.len >= SHORTEST_ID; i++) {
		const struct registry_proposal *one = &a->found[i];
		if (one->state == REGISTRY_COVERED || !slice_starts(one->id, word))
			continue;
		if (*ret != NULL)
			return err_set(job, ERR_CONFLICT, "\"%.*s\" begins the ids of several; give more of it", SLICE(word));
		*ret = one;
	}
	if (*ret == NULL)
		return err_set(job, ERR_MISSING, "\"%.*s\" is the id of nothing that is proposed; 'assay %.*s assess' lists what is",
		    SLICE(slice_part(word, 0, 60)), SLICE(a->open.def->id));
	return OK;
}

static err
chosen(struct job *job, const struct cli_assess *a, const char *words, const struct registry_proposal ***ret, size_t *ret_len)
{
	slice rest = slice_of(words), word;
	*ret_len = 0;
	TRY(NEW(job, a->len + 1, ret));
	for (size_t i = 0; strcmp(words, "all") == 0 && i < a->len; i++)
		if (a->found[i].state == REGISTRY_PROPOSED)
			(*ret)[(*ret_len)++] = &a->found[i];
	while (strcmp(words, "all") != 0 && slice_cut(&rest, ',', &word)) {
		const struct registry_proposal *one;
		bool there = false;
		TRY(find_one(job, a, slice_trim(word), &one));
		for (size_t i = 0; i < *ret_len; i++)
			there = there || (*ret)[i] == one;
		if (!there)
			(*ret)[(*ret_len)++] = one;
	}
	if (*ret_len == 0)
		return err_set(job, ERR_INPUT, "nothing is proposed");
	return OK;
}

/* Listing */

slice
cli_assess_thing(struct job *job, const struct registry_proposal *one)
{
	slice text;
	err done = one->label.len > 0
		       ? job_format(job, &text, "%.*s %lld (%.*s)", SLICE(one->of->id), (long long)one->number, SLICE(one->label))
		       : job_format(job, &text, "%.*s %lld", SLICE(one->of->id), (long long)one->number);
	return done.code == ERR_NONE ? text : S("");
}

static const struct cli_column columns[] = {{"id", "id", CLI_TEXT}, {"state", NULL, CLI_WORD}, {"threat", NULL, CLI_TEXT}, {"title", "threat", CLI_TEXT},
    {"register", NULL, CLI_TEXT}, {"number", NULL, CLI_NUMBER}, {"thing", "to", CLI_TEXT}, {"service", NULL, CLI_NUMBER}, {"likelihood", "likely", CLI_NUMBER},
    {"impact", "impact", CLI_NUMBER}, {"because", "because", CLI_TEXT}, {"covered_by", NULL, CLI_NUMBER}, {"until", NULL, CLI_INSTANT}, {"why", NULL, CLI_TEXT}};

static err
list_row(struct job *job, const struct cli_assess *a, const struct registry_proposal *one, struct cli_sheet *sheet)
{
	bool covers = false;
	if (one->covered_by > 0)
		TRY(registry_reaches(job, a->open.registry, &a->open.reach, a->open.def->id, one->covered_by, &covers));
	return cli_sheet_row(sheet,
	    (struct cell[]){TEXT(one->id), TEXT(slice_of(registry_proposed_words[one->state])), TEXT(one->threat->id), TEXT(one->threat->title),
		TEXT(one->of->id), INT(one->number), TEXT(cli_assess_thing(job, one)), one->service != 0 ? INT(one->service) : NIL,
		INT(one->threat->likelihood), INT(one->threat->impact), TEXT(one->target->because), covers ? INT(one->covered_by) : NIL,
		one->until_us != 0 ? INT(one->until_us) : NIL, TEXT(one->why)});
}

static err
list(struct job *job, const struct cli_assess *a)
{
	size_t counts[3] = {0}, shown = 0;
	struct cli_sheet sheet;
	bool all = cli_flag(a->cli, "all"), whole = all || a->cli->json || a->cli->csv;
	cli_sheet_open(&sheet, job, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < a->len; i++) {
		const struct registry_proposal *one = &a->found[i];
		counts[one->state]++;
		if ((one->state != REGISTRY_PROPOSED && !all) || (!whole && shown == SHOWN))
			continue;
		TRY(list_row(job, a, one, &sheet));
		shown++;
	}
	TRY(cli_sheet_print(job, a->cli, &sheet));
	cli_say(a->cli, job, "%zu proposed, %zu covered, %zu rejected", counts[REGISTRY_PROPOSED], counts[REGISTRY_COVERED], counts[REGISTRY_REJECTED]);
	if (!whole && counts[REGISTRY_PROPOSED] > shown)
		cli_say(a->cli, job, "The first %zu, worst first; --all lists the rest", shown);
	if (counts[REGISTRY_PROPOSED] > 0)
		cli_say(a->cli, job, "Add them: assay %.*s assess --accept ID,ID, or be asked one by one: assay %.*s assess --guided", SLICE(a->open.def->id),
		    SLICE(a->open.def->id));
	return OK;
}

/* Adding */

/* --likelihood and --impact go into the fields that begin with the threat's. */
static void
add_column(const struct cli_assess *a, const char *option, struct registry_input *inputs, size_t *len)
{
	const struct registry_assess *assess = a->open.def->assess;
	const char *value = cli_value(a->cli, option);
	for (size_t i = 0; value != NULL && i < assess->sets_len; i++) {
		const struct registry_field *field = registry_field(a->open.def, assess->sets[i].field);
		bool there = !slice_same(assess->sets[i].value, slice_of(option));
		for (size_t g = 0; g < *len; g++)
			there = there || inputs[g].field == field;
		if (!there)
			inputs[(*len)++] = (struct registry_input){.field = field, .text = slice_of(value)};
	}
}

static err
given_inputs(struct job *job, const struct cli_assess *a, struct registry_input **ret, size_t *ret_len)
{
	struct registry_input *given;
	TRY(cli_record_inputs(job, a->cli, a->open.def, &given, ret_len));
	TRY(NEW(job, *ret_len + 2 * a->open.def->assess->sets_len + 1, ret));
	if (*ret_len > 0)
		memcpy(*ret, given, *ret_len * sizeof **ret);
	add_column(a, "likelihood", *ret, ret_len);
	add_column(a, "impact", *ret, ret_len);
	return OK;
}

static const struct cli_column done_columns[] = {{"id", "id", CLI_TEXT}, {"number", "number", CLI_NUMBER}, {"label", "record", CLI_TEXT}};

static err
accept(struct job *job, struct cli_assess *a, const char *words)
{
	const struct registry_proposal **list_of;
	struct registry_input *given, *inputs;
	struct registry_edit *edits;
	struct cli_sheet sheet;
	size_t len, given_len, problems;
	TRY(chosen(job, a, words, &list_of, &len));
	TRY(given_inputs(job, a, &given, &given_len));
	TRY(NEW(job, len + 1, &edits));
	for (size_t i = 0; i < len; i++) {
		edits[i].def = a->open.def;
		TRY(registry_assess_inputs(job, a->open.registry, a->open.def, list_of[i], given, given_len, &inputs, &edits[i].inputs_len));
		edits[i].inputs = inputs;
	}
	TRY(registry_write(job, a->open.registry, edits, len, false, &problems));
	for (size_t i = 0; problems > 0 && i < len; i++)
		if (edits[i].problems_len > 0)
			return err_prefix(job, registry_edit_refuse(job, &edits[i]), "%.*s", SLICE(list_of[i]->id));
	cli_sheet_open(&sheet, job, done_columns, sizeof done_columns / sizeof *done_columns);
	for (size_t i = 0; i < len; i++)
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(list_of[i]->id), INT(edits[i].number), TEXT(edits[i].after.label)}));
	TRY(cli_sheet_print(job, a->cli, &sheet));
	cli_say(a->cli, job, "%s added", cli_count(len, "record", "records").at);
	return OK;
}

/* Leaving */

err
cli_assess_reject(struct job *job, struct cli_assess *a, const struct registry_proposal *const *list_of, size_t len, int64_t until_us, slice why,
    struct ledger_receipt *ret)
{
	struct ledger_ignore_form form = {.registry = a->open.def->id, .keys_len = len, .until_us = until_us, .why = why};
	struct registry_ask ask = {.capability = S("add"), .def = a->open.def, .service = len == 1 ? list_of[0]->service : 0};
	slice *keys;
	for (size_t i = 0; i < len; i++) {
		ask.service = list_of[i]->service;
		TRY(registry_access_need(job, a->open.access, &ask));
	}
	TRY(NEW(job, len + 1, &keys));
	for (size_t i = 0; i < len; i++)
		keys[i] = list_of[i]->key;
	form.keys = keys;
	return ledger_ignore_append(job, a->open.ledger, &form, ret);
}

static err
reject(struct job *job, struct cli_assess *a, const char *words)
{
	const struct registry_proposal **list_of;
	struct ledger_receipt receipt;
	const char *why = cli_value(a->cli, "why");
	int64_t until;
	size_t len;
	if (cli_value(a->cli, "until") == NULL || why == NULL)
		return err_set(job, ERR_INPUT, "--reject: say until when and why: --until DATE --why TEXT");
	TRY(cli_value_instant(job, a->cli, "until", &until));
	TRY(chosen(job, a, words, &list_of, &len));
	TRY(cli_assess_reject(job, a, list_of, len, until, slice_of(why), &receipt));
	if (a->cli->json) {
		slice text;
		TRY(job_format(job, &text, "{\"rejected\":%zu,\"until\":\"%s\",\"entry\":%llu}\n", len, instant_text(until).at, (unsigned long long)receipt.index));
		return cli_output(job, NULL, text, 0);
	}
	cli_say(a->cli, job, "%s left until %s (entry %llu)", cli_count(len, "proposal", "proposals").at, instant_day(until).at, (unsigned long long)receipt.index);
	return OK;
}

/* All */

static err
check_options(struct job *job, const struct cli *cli)
{
	size_t given = (cli_value(cli, "accept") != NULL) + (cli_value(cli, "reject") != NULL) + cli_flag(cli, "guided") + cli_flag(cli, "list");
	return given <= 1 ? OK : err_set(job, ERR_INPUT, "one of --accept, --reject, --guided and --list at a time");
}

/* Only those of one threat, when the field that holds its id is given. */
static err
of_threat(struct job *job, struct cli_assess *a)
{
	const char *option = registry_field(a->open.def, a->open.def->assess->threat)->option, *word = cli_value(a->cli, option);
	struct registry_threats threats;
	size_t len = 0;
	if (word == NULL)
		return OK;
	TRY(registry_threat_load(job, a->open.registry->content, &a->open.registry->registers, a->open.def, &threats));
	if (registry_threat_find(&threats, slice_of(word)) == NULL)
		return err_set(job, ERR_MISSING, "--%s: the library has no threat \"%.60s\"", option, word);
	for (size_t i = 0; i < a->len; i++)
		if (slice_same(a->found[i].threat->id, slice_of(word)))
			a->found[len++] = a->found[i];
	a->len = len;
	return OK;
}

static void
close_at(struct cli_assess *a)
{
	cli_record_close_at(&a->open);
}

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(close_at) struct cli_assess a = {.cli = cli};
	const char *service = cli_value(cli, "service");
	int64_t number = 0;
	(void)ret_status;
	TRY(check_options(job, cli));
	TRY(cli_record_open(job, cli, &a.open));
	if (service != NULL && a.open.registry->scope == NULL)
		return err_set(job, ERR_INPUT, "--service: no register holds services");
	if (service != NULL)
		TRY(cli_record_number(job, a.open.registry->scope, service, &number));
	TRY(registry_assess(job, a.open.registry, a.open.access, a.open.now, a.open.def, number, &a.found, &a.len));
	TRY(of_threat(job, &a));
	if (cli_value(cli, "accept") != NULL)
		return accept(job, &a, cli_value(cli, "accept"));
	if (cli_value(cli, "reject") != NULL)
		return reject(job, &a, cli_value(cli, "reject"));
	return cli_flag(cli, "guided") ? cli_assess_guided(job, &a) : list(job, &a);
}

const struct cli_record_verb cli_record_assess_verb = {.name = "assess",
    .about = "what the library of threats proposes that is not recorded yet; add it, or leave it until a date",
    .usage = "[--service N] [--all] [--accept IDS [--likelihood N] [--impact N] [--FIELD VALUE …]] [--reject IDS --until DATE --why TEXT] [--guided]",
    .help = "Without options what no open record covers is listed, worst first, with ids, and nothing is changed. Fields that are given with --accept are\n"
	    "set in every record that it adds. --accept takes all or nothing. --guided asks: enter skips, q stops, ? explains.",
    .example = "assess",
    .ability = "assess",
    .fields = true,
    .options = options,
    .run = run};
