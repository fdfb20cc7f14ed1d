/*
 * assay access explain, log, review: why somebody may or may not; what was refused and read; who has what, and whether it is used.
 */
#include "cli/cli_access.h"

#include <string.h>

#include "base/text.h"

#define SOON_US (30 * DAY_US)
#define UNUSED_US (90 * DAY_US)

/* Explain */

/* "risk", "risk/3". */
static err
read_what(struct job *job, struct cli *cli, const struct cli_access *access, struct registry_ask *ask)
{
	slice rest = slice_of(cli->words[2]), registry, service = slice_of(cli_value(cli, "service"));
	struct registry_record record;
	(void)slice_cut(&rest, '/', &registry);
	ask->capability = slice_of(cli->words[1]);
	ask->def = registry_find(&access->open.registry->registers, registry);
	if (ask->def == NULL)
		return err_set(job, ERR_INPUT, "there is no register \"%.*s\"; 'assay register list' names them", SLICE(registry));
	if (!registry_capability_known(&access->open.registry->registers, ask->def, ask->capability))
		return err_set(job, ERR_INPUT,
		    "%.*s knows no action \"%.*s\"; every register has read, add, edit, change, link, export, erase, hold, and 'assay register show %.*s' lists others",
		    SLICE(registry), SLICE(ask->capability), SLICE(registry));
	if (service.len > 0 && access->open.registry->scope == NULL)
		return err_set(job, ERR_INPUT, "--service: there is no register of services");
	if (rest.len == 0)
		return service.len > 0 ? cli_record_number(job, access->open.registry->scope, service.at, &ask->service) : OK;
	if (service.len > 0)
		return err_set(job, ERR_INPUT, "--service: a record that is there has a service of its own");
	TRY(cli_record_number(job, ask->def, rest.at, &ask->number));
	TRY(registry_record(job, access->open.registry, access->open.now, ask->def, ask->number, &record));
	*ask = registry_ask_of(access->open.registry, &record, ask->capability);
	return OK;
}

static err
print_reasons(struct job *job, const struct cli *cli, bool allowed, slice why, const struct registry_reason *reasons, size_t len)
{
	struct buf buf = buf_open(job, "an explanation", MIB);
	slice text;
	if (!cli->json) {
		cli_say(cli, job, "%s: %.*s", allowed ? "Yes" : "No", SLICE(why));
		for (size_t i = 0; i < len; i++)
			cli_say(cli, job, "  %.*s", SLICE(reasons[i].says));
		return OK;
	}
	buf_printf(&buf, "{\"allowed\":%s,\"grants\":[", allowed ? "true" : "false");
	for (size_t i = 0; i < len; i++) {
		buf_printf(&buf, "%s{\"applies\":%s,\"grant\":%llu,\"role\":", i > 0 ? "," : "", reasons[i].applies ? "true" : "false",
		    (unsigned long long)reasons[i].held->grant.entry);
		text_json(&buf, reasons[i].held->grant.role);
		buf_text(&buf, ",\"says\":");
		text_json(&buf, reasons[i].says);
		buf_byte(&buf, '}');
	}
	buf_text(&buf, "],\"why\":");
	text_json(&buf, why);
	buf_text(&buf, "}\n");
	TRY(buf_end(&buf, &text));
	return cli_output(job, NULL, text, 0);
}

static err
need_oversight(struct job *job, const struct cli_access *access)
{
	const struct registry_ask audit = {.capability = S("audit")};
	return registry_access_oversees(access->mine, 0) ? OK : registry_access_deny(job, access->mine, &audit);
}

static err
explain(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_access_close_at) struct cli_access access = {0};
	struct registry_access *theirs;
	struct registry_ask ask = {0};
	struct registry_reason *reasons;
	size_t len;
	slice name = slice_of(cli->words[0]), token, why;
	bool known, allowed;
	(void)ret_status;
	TRY(cli_access_open(job, cli, &access));
	TRY(registry_person_find(job, access.open.registry, name, &known, &token));
	if (!slice_same(name, job->actor))
		TRY(need_oversight(job, &access));
	TRY(read_what(job, cli, &access, &ask));
	TRY(registry_access_open(job, access.open.registry, access.open.now, known ? token : S(""), &theirs));
	if (!known) /* the sentence names whom it is about */
		job->actor = name;
	TRY(registry_access_decide(job, theirs, &ask, &allowed, &why));
	TRY(registry_access_explain(job, theirs, &ask, &reasons, &len));
	return print_reasons(job, cli, allowed, why, reasons, len);
}

/* Log */

static const struct cli_column log_columns[] = {
    {"entry", "entry", CLI_NUMBER},
    {"at", "at", CLI_INSTANT},
    {"person", "person", CLI_TEXT},
    {"what", "what", CLI_TEXT},
    {"detail", "action or fields", CLI_TEXT},
    {"register", "register", CLI_TEXT},
    {"number", "number", CLI_NUMBER},
};

static err
log_row(struct job *job, const struct cli_access *access, const struct ledger_access_event *event, struct cli_sheet *sheet)
{
	struct buf buf = buf_open(job, "fields", 64 * KIB);
	slice person, detail;
	for (size_t i = 0; i < event->fields_len; i++)
		buf_printf(&buf, "%s%.*s", i > 0 ? ", " : "", SLICE(event->fields[i]));
	if (event->act == LEDGER_ACT_READ && event->fields_len == 0)
		buf_text(&buf, "the record as a whole");
	TRY(buf_end(&buf, &detail));
	TRY(cli_access_name(job, access, event->person, &person));
	return cli_sheet_row(sheet, (struct cell[]){INT((int64_t)event->entry), INT(event->at_us), TEXT(person),
					TEXT(slice_of(ledger_access_act_words[event->act])), TEXT(event->act == LEDGER_ACT_DENIED ? event->capability : detail),
					TEXT(event->registry), event->numbers_len > 0 ? INT(event->numbers[0]) : NIL});
}

static err
log_events(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_access_close_at) struct cli_access access = {0};
	const char *person = cli_value(cli, "person"), *newest = cli_value(cli, "newest");
	struct ledger_access_log log = {.denied = cli_flag(cli, "denied"), .read = cli_flag(cli, "read"), .newest = 100};
	struct ledger_access_event *events;
	struct cli_sheet sheet;
	uint64_t wanted = log.newest;
	size_t len;
	bool known = true;
	(void)ret_status;
	if (newest != NULL && !slice_u64(slice_of(newest), &wanted))
		return err_set(job, ERR_INPUT, "--newest: expected a number (0: all), found \"%s\"", newest);
	log.newest = (size_t)wanted;
	TRY(cli_access_open(job, cli, &access));
	TRY(need_oversight(job, &access));
	if (person != NULL)
		TRY(registry_person_find(job, access.open.registry, slice_of(person), &known, &log.person));
	if (!known)
		return err_set(job, ERR_MISSING, "nobody named \"%s\" is known here", person);
	TRY(ledger_access_events(job, access.open.ledger, access.open.now, &log, &events, &len));
	cli_sheet_open(&sheet, job, log_columns, sizeof log_columns / sizeof log_columns[0]);
	for (size_t i = 0; i < len; i++)
		TRY(log_row(job, &access, &events[i], &sheet));
	TRY(cli_sheet_print(job, cli, &sheet));
	if (len == 0)
		cli_say(cli, job, "Nothing was refused, and nothing sensitive was read");
	return OK;
}

/* Review */

static const struct cli_column review_columns[] = {
    {"grant", "grant", CLI_NUMBER},
    {"person", "person", CLI_TEXT},
    {"role", "role", CLI_TEXT},
    {"over", "over", CLI_TEXT},
    {"given", "given", CLI_INSTANT},
    {"by", "by", CLI_TEXT},
    {"until", "until", CLI_INSTANT},
    {"last_use", "last entry", CLI_INSTANT},
    {"note", "look at", CLI_TEXT},
    {"why", NULL, CLI_TEXT},
};

struct reviewed {
	size_t all, unused, soon, wrong;
};

/* What a reviewer should ask about it, if anything. */
static slice
note_of(const struct registry_held *held, int64_t now_us, bool used, int64_t last_us, struct reviewed *count)
{
	count->all++;
	if (held->standing != REGISTRY_HELD_LIVE) {
		count->wrong++;
		return held->standing == REGISTRY_HELD_ROLELESS ? S("gives nothing: content has no such role") : S("gives nothing: wrong scope for its role");
	}
	if (held->ends_us != 0 && held->ends_us - now_us < SOON_US) {
		count->soon++;
		return S("ends soon");
	}
	if (!used || last_us < held->grant.made_us) {
		count->unused++;
		return S("never used");
	}
	if (now_us - last_us > UNUSED_US) {
		count->unused++;
		return S("not used for 90 days");
	}
	return S("");
}

static err
review_row(struct job *job, const struct cli_access *access, const struct registry_held *held, struct reviewed *count, struct cli_sheet *sheet)
{
	slice person, by, over;
	uint64_t entry;
	int64_t last_us;
	bool used;
	TRY(cli_access_name(job, access, held->grant.person, &person));
	TRY(cli_access_name(job, access, held->grant.by, &by));
	TRY(ledger_grant_over(job, &held->grant, &over));
	TRY(ledger_person_last(job, access->open.ledger, access->open.now, held->grant.person, &used, &entry, &last_us));
	slice note = note_of(held, access->open.now.now_us, used, last_us, count);
	return cli_sheet_row(sheet, (struct cell[]){INT((int64_t)held->grant.entry), TEXT(person), TEXT(held->grant.role), TEXT(over),
					INT(held->grant.made_us), TEXT(by), held->ends_us != 0 ? INT(held->ends_us) : NIL, used ? INT(last_us) : NIL,
					TEXT(note), TEXT(held->grant.why)});
}

static err
review_all(struct job *job, const struct cli_access *access, struct reviewed *count, struct cli_sheet *sheet)
{
	struct registry_held *held;
	size_t len;
	TRY(registry_access_held(job, access->open.registry, &access->mine->roles, access->open.now, &held, &len));
	cli_sheet_open(sheet, job, review_columns, sizeof review_columns / sizeof review_columns[0]);
	for (size_t i = 0; i < len; i++)
		if (held[i].standing != REGISTRY_HELD_ENDED && held[i].standing != REGISTRY_HELD_REVOKED)
			TRY(review_row(job, access, &held[i], count, sheet));
	return OK;
}

/* The register whose definition takes reviews of access. */
static const struct registry_register *
review_register(const struct registry_registers *registers)
{
	for (size_t i = 0; i < registers->len; i++)
		if (registers->at[i].review != NULL)
			return &registers->at[i];
	return NULL;
}

/* A record of the review, with the list as it stands. */
static err
open_record(struct job *job, const struct cli *cli, struct cli_access *access, const struct cli_sheet *sheet, const struct reviewed *count)
{
	const struct registry_register *def = review_register(&access->open.registry->registers);
	struct registry_edit edit = {.def = def};
	struct registry_input *inputs;
	slice csv, name;
	if (def == NULL)
		return err_set(job, ERR_MISSING, "--open: no register takes reviews of access (access-review: in its definition)");
	const struct registry_review *review = def->review;
	TRY(NEW(job, review->sets_len + 4, &inputs));
	TRY(cli_sheet_csv_text(job, sheet, &csv));
	TRY(job_format(job, &name, "grants-%s.csv", instant_day(access->open.now.now_us).at));
	inputs[edit.inputs_len++] = (struct registry_input){.field = registry_field(def, review->list), .text = name, .bytes = csv};
	inputs[edit.inputs_len++] = (struct registry_input){.field = registry_field(def, review->at), .text = S("=now")};
	inputs[edit.inputs_len].field = registry_field(def, review->count);
	TRY(job_format(job, &inputs[edit.inputs_len++].text, "%zu", count->all));
	inputs[edit.inputs_len].field = registry_field(def, review->unused);
	TRY(job_format(job, &inputs[edit.inputs_len++].text, "%zu", count->unused));
	for (size_t i = 0; i < review->sets_len; i++)
		inputs[edit.inputs_len++] = (struct registry_input){.field = registry_field(def, review->sets[i].field), .text = review->sets[i].value};
	edit.inputs = inputs;
	TRY(cli_record_write(job, &access->open, &edit));
	cli_say(cli, job, "%.*s %lld is open with this list: 'assay %.*s status %lld' shows what comes next", SLICE(def->title), (long long)edit.number,
	    SLICE(def->id), (long long)edit.number);
	return OK;
}

static err
review(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_access_close_at) struct cli_access access = {0};
	const char *output = cli_value(cli, "output");
	struct reviewed count = {0};
	struct cli_sheet sheet;
	(void)ret_status;
	TRY(cli_access_open(job, cli, &access));
	TRY(need_oversight(job, &access));
	TRY(review_all(job, &access, &count, &sheet));
	if (output != NULL)
		TRY(cli_sheet_csv(job, output, &sheet));
	else
		TRY(cli_sheet_print(job, cli, &sheet));
	if (output != NULL && strcmp(output, "-") == 0)
		return OK;
	cli_say(cli, job, "%s: %zu not used, %zu end within 30 days, %zu give nothing", cli_count(count.all, "grant", "grants").at, count.unused,
	    count.soon, count.wrong);
	if (output != NULL)
		cli_say(cli, job, "The review is in %s, readable by you only", output);
	return cli_flag(cli, "open") ? open_record(job, cli, &access, &sheet, &count) : OK;
}

static const struct cli_option explain_options[] = {{"service", "NUMBER", "a new record, of this service"}, {NULL, NULL, NULL}};
static const struct cli_option log_options[] = {{"denied", NULL, "only what was refused"}, {"read", NULL, "only what sensitive was read"},
    {"person", "NAME", "only this person's"}, {"newest", "N", "how many (100; 0: all)"}, {NULL, NULL, NULL}};
static const struct cli_option review_options[] = {{"output", "FILE", "as CSV into a file, to be signed off"},
    {"open", NULL, "add a record of this review, with the list in it, to the register of reviews"}, {NULL, NULL, NULL}};

const struct cli_command cli_access_explain = {.name = "explain",
    .usage = "PERSON ACTION REGISTER[/NUMBER] [--service NUMBER]",
    .about = "Say why a person may or may not do something",
    .help = "Every grant of the person is named, whether it applies, and the one that decides. Actions are read, add, edit, change, link, export, erase, hold, and\n"
	    "those a register names for its status changes and fields.",
    .example = "assay access explain sam read risk",
    .options = explain_options,
    .words_min = 3,
    .words_max = 3,
    .run = explain};
const struct cli_command cli_access_log = {.name = "log",
    .usage = "[--denied] [--read] [--person NAME] [--newest N]",
    .about = "Show what was refused, and who read what is sensitive",
    .help = "Newest first. Values that were read are not kept. For whoever may audit or grant.",
    .example = "assay access log --denied",
    .options = log_options,
    .run = log_events};
const struct cli_command cli_access_review = {.name = "review",
    .usage = "[--output FILE] [--open]",
    .about = "Show every grant with its last use, for a review of access",
    .help = "A person's last use is the newest entry made in their name: reading alone leaves none, but for what is sensitive. What was not used since it was given\n"
	    "or for 90 days, ends within 30 days or gives nothing is pointed out.",
    .example = "assay access review --csv",
    .options = review_options,
    .run = review};
