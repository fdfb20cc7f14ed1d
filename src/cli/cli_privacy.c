/*
 * assay privacy: what is held on a person, a copy of it, its erasure; and records whose time is over.
 */
#include "base/fs.h"
#include "base/text.h"
#include "check/check_person.h"
#include "cli/cli_record.h"
#include "registry/registry_person.h"

static const struct cli_option find_options[] = {{NULL, NULL, NULL}};
static const struct cli_option export_options[] = {{"output", "FILE", "where to write it; - is standard output"}, {NULL, NULL, NULL}};
static const struct cli_option erase_options[] = {{"why", "TEXT", "authority and reason; becomes an entry: name no person in it"},
    {"yes", NULL, "do it: what is erased cannot be had back"}, {NULL, NULL, NULL}};

struct held {
	struct cli_record open;
	slice name, token;
	struct registry_trace *traces;
	struct registry_deed *deeds;
	struct check_person_row *rows;
	struct ledger_grant *grants;
	size_t traces_len, deeds_len, rows_len, grants_len;
};

/* ${capability} over every register: this is about a person, not about a record. */
static err
need(struct job *job, const struct cli_record *open, const char *capability)
{
	struct registry_ask ask = {.capability = slice_of(capability)};
	return registry_access_need(job, open->access, &ask);
}

static err
look(struct job *job, struct cli *cli, const char *capability, struct held *held)
{
	const char *source;
	bool known;
	held->name = slice_of(cli->words[0]);
	TRY(cli_record_open(job, cli, &held->open));
	TRY(need(job, &held->open, capability));
	TRY(registry_person_find(job, held->open.registry, held->name, &known, &held->token));
	if (!known)
		held->token = S("");
	TRY(registry_person_traces(job, held->open.registry, held->name, held->token, &held->traces, &held->traces_len));
	TRY(fs_join(job, cli->place.etc, "source", &source));
	TRY(check_person_rows(job, held->open.ledger, held->open.now, source, held->name, &held->rows, &held->rows_len));
	if (!known)
		return OK;
	TRY(registry_person_deeds(job, held->open.registry, held->token, &held->deeds, &held->deeds_len));
	return ledger_grants(job, held->open.ledger, held->open.now, held->token, &held->grants, &held->grants_len);
}

static void
held_close_at(struct held *held)
{
	cli_record_close_at(&held->open);
}

static const struct cli_column find_columns[] = {{"kind", "kind", CLI_TEXT}, {"where", "where", CLI_TEXT}, {"number", "number", CLI_NUMBER},
    {"how", "how", CLI_TEXT}, {"what", "what", CLI_TEXT}};

static err
find(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(held_close_at) struct held held = {0};
	struct cli_sheet sheet;
	(void)ret_status;
	TRY(look(job, cli, "export", &held));
	cli_sheet_open(&sheet, job, find_columns, sizeof find_columns / sizeof *find_columns);
	for (size_t i = 0; i < held.traces_len; i++) {
		slice how;
		slice label;
		TRY(ledger_person_show(job, held.open.ledger, held.traces[i].label, &label));
		TRY(job_format(job, &how, "%s: %.*s", registry_trace_words[held.traces[i].how], SLICE(held.traces[i].fields)));
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(S("record")), TEXT(held.traces[i].def->id), INT(held.traces[i].number), TEXT(how),
					      TEXT(label)}));
	}
	for (size_t i = 0; i < held.deeds_len; i++) {
		slice what;
		TRY(job_format(job, &what, "version %lld on %s", (long long)held.deeds[i].version, instant_day(held.deeds[i].at_us).at));
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(S("change")), TEXT(held.deeds[i].registry), INT(held.deeds[i].number), TEXT(S("made it")), TEXT(what)}));
	}
	for (size_t i = 0; i < held.grants_len; i++)
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(S("grant")), TEXT(held.grants[i].role), NIL, TEXT(S("holds it")), TEXT(held.grants[i].why)}));
	for (size_t i = 0; i < held.rows_len; i++)
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(S("fact")), TEXT(held.rows[i].table), NIL, TEXT(held.rows[i].host), TEXT(held.rows[i].row)}));
	TRY(cli_sheet_print(job, cli, &sheet));
	if (sheet.len == 0)
		cli_say(cli, job, "Nothing is held here under this name");
	return OK;
}

static err
export_records(struct job *job, struct held *held, struct buf *buf)
{
	for (size_t i = 0; i < held->traces_len; i++) {
		struct registry_record record;
		TRY(registry_record(job, held->open.registry, held->open.now, held->traces[i].def, held->traces[i].number, &record));
		TRY(registry_access_note_read(job, held->open.access, &record));
		buf_printf(buf, "%s{\"how\":\"%s\",\"fields\":", i > 0 ? ",\n" : "\n", registry_trace_words[held->traces[i].how]);
		text_json(buf, held->traces[i].fields);
		buf_text(buf, ",\"record\":");
		TRY(cli_record_json(job, &held->open, &record, buf));
		buf_byte(buf, '}');
	}
	return OK;
}

static err
export_all(struct job *job, struct held *held, slice *ret)
{
	struct buf buf = buf_open(job, "a copy", 256 * MIB);
	buf_text(&buf, "{\"person\":");
	text_json(&buf, held->name);
	buf_printf(&buf, ",\"made\":\"%s\",\"ledger\":{\"origin\":\"%.*s\",\"entries\":%llu},\n\"records\":[", instant_text(held->open.now.now_us).at,
	    SLICE(ledger_origin(held->open.ledger)), (unsigned long long)ledger_size(held->open.ledger));
	TRY(export_records(job, held, &buf));
	buf_text(&buf, "],\n\"changes\":[");
	for (size_t i = 0; i < held->deeds_len; i++)
		buf_printf(&buf, "%s{\"register\":\"%.*s\",\"number\":%lld,\"version\":%lld,\"made\":\"%s\"}", i > 0 ? ",\n" : "\n",
		    SLICE(held->deeds[i].registry), (long long)held->deeds[i].number, (long long)held->deeds[i].version,
		    instant_text(held->deeds[i].at_us).at);
	buf_text(&buf, "],\n\"roles\":[");
	for (size_t i = 0; i < held->grants_len; i++) {
		buf_text(&buf, i > 0 ? ",\n{\"role\":" : "\n{\"role\":");
		text_json(&buf, held->grants[i].role);
		buf_text(&buf, ",\"why\":");
		text_json(&buf, held->grants[i].why);
		buf_byte(&buf, '}');
	}
	buf_text(&buf, "],\n\"facts\":[");
	for (size_t i = 0; i < held->rows_len; i++) {
		buf_text(&buf, i > 0 ? ",\n{\"host\":" : "\n{\"host\":");
		text_json(&buf, held->rows[i].host);
		buf_printf(&buf, ",\"table\":\"%.*s\",\"read\":\"%s\",\"row\":", SLICE(held->rows[i].table), instant_text(held->rows[i].read_us).at);
		buf_add(&buf, held->rows[i].row);
		buf_byte(&buf, '}');
	}
	buf_text(&buf, "]}\n");
	return buf_end(&buf, ret);
}

static err
export(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(held_close_at) struct held held = {0};
	slice text;
	(void)ret_status;
	TRY(look(job, cli, "export", &held));
	TRY(registry_person_reach(job, held.open.registry));
	TRY(export_all(job, &held, &text));
	TRY(cli_output(job, cli_value(cli, "output"), text, 0600));
	if (cli_value(cli, "output") != NULL)
		cli_say(cli, job, "%s, %s, %s of facts: look through it for what is about others before it is sent",
		    cli_count(held.traces_len, "record", "records").at, cli_count(held.deeds_len, "change", "changes").at,
		    cli_count(held.rows_len, "row", "rows").at);
	return OK;
}

static err
need_why(struct job *job, const struct cli *cli)
{
	return cli_value(cli, "why") != NULL ? OK : err_set(job, ERR_INPUT, "--why is needed: the authority and the reason, without naming the person");
}

static err
erase(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(held_close_at) struct held held = {0};
	struct registry_erasure done;
	size_t own = 0;
	(void)ret_status;
	TRY(need_why(job, cli));
	TRY(look(job, cli, "erase", &held));
	for (size_t i = 0; i < held.traces_len; i++)
		own += held.traces[i].how != REGISTRY_LINKED ? 1 : 0;
	if (!cli_flag(cli, "yes")) {
		cli_say(cli, job, "%s would lose their personal fields or the notes that name them, and %s would name \"erased person\" instead; add --yes to do it",
		    cli_count(own, "record", "records").at, cli_count(held.traces_len - own, "other record", "other records").at);
		if (held.rows_len > 0)
			cli_say(cli, job, "%s of facts stay: 'assay query' finds them, raw tables about people expire by themselves",
			    cli_count(held.rows_len, "row", "rows").at);
		return OK;
	}
	TRY(registry_person_erase(job, held.open.registry, held.name, slice_of(cli_value(cli, "why")), &done));
	cli_say(cli, job, "Erased: %s in %s (entry %llu); signatures and proofs still verify", cli_count(done.contents, "content", "contents").at,
	    cli_count(done.records, "record", "records").at, (unsigned long long)done.entry);
	cli_say(cli, job, "Within 30 days run 'assay ledger rewrap', so that old backups of keys cannot open them either");
	return OK;
}

static const struct cli_column expired_columns[] = {{"over", "over since", CLI_INSTANT}, {"register", "register", CLI_TEXT}, {"number", "number", CLI_NUMBER},
    {"label", "what it is", CLI_TEXT}, {"hold", "on hold", CLI_TEXT}};

static err
retention(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	struct registry_expired *list;
	struct registry_erasure done;
	struct cli_sheet sheet;
	size_t len, kept = 0;
	(void)ret_status;
	TRY(cli_record_open(job, cli, &open));
	TRY(need(job, &open, "erase"));
	TRY(registry_retention_list(job, open.registry, open.now.now_us, &list, &len));
	cli_sheet_open(&sheet, job, expired_columns, sizeof expired_columns / sizeof *expired_columns);
	for (size_t i = 0; i < len; i++)
		TRY(ledger_person_show(job, open.ledger, list[i].label, &list[i].label));
	for (size_t i = 0; i < len; i++)
		TRY(cli_sheet_row(&sheet, (struct cell[]){INT(list[i].over_us), TEXT(list[i].def->id), INT(list[i].number), TEXT(list[i].label), TEXT(list[i].hold)}));
	TRY(cli_sheet_print(job, cli, &sheet));
	for (size_t i = 0; i < len; i++)
		if (list[i].hold.len == 0)
			list[kept++] = list[i];
	if (kept == 0 || !cli_flag(cli, "yes")) {
		cli_say(cli, job, kept == 0 ? "No record's time is over" : "--yes --why TEXT erases those that are not on hold");
		return OK;
	}
	TRY(need_why(job, cli));
	TRY(registry_retention_erase(job, open.registry, list, kept, slice_of(cli_value(cli, "why")), &done));
	cli_say(cli, job, "Erased: %s (entry %llu)", cli_count(done.records, "record", "records").at, (unsigned long long)done.entry);
	return OK;
}

static const struct cli_command find_command = {.name = "find",
    .usage = "NAME",
    .about = "List everything that is held on a person",
    .help = "NAME is a login name or email address as records hold it, or a name as personal texts do.",
    .example = "assay privacy find alice",
    .options = find_options,
    .words_min = 1,
    .words_max = 1,
    .run = find};
static const struct cli_command export_command = {.name = "export",
    .usage = "NAME [--output FILE|-]",
    .about = "Write down everything that is held on a person, as JSON",
    .help = "For a subject access request. What is about others in it is for a person to take out.",
    .example = "assay privacy export alice",
    .options = export_options,
    .words_min = 1,
    .words_max = 1,
    .run = export};
static const struct cli_command erase_command = {.name = "erase",
    .usage = "NAME --why TEXT [--yes]",
    .about = "Take a person's data out of every register, for good",
    .help = "Personal fields of records about the person, or naming them, are emptied and what held them is destroyed; their name reads \"erased person\" everywhere.\n"
	    "Records on hold stop it. Without --yes it only says what it would do.",
    .example = "assay privacy erase alice --why \"request 17\"",
    .options = erase_options,
    .words_min = 1,
    .words_max = 1,
    .run = erase};
static const struct cli_command retention_command = {.name = "retention",
    .usage = "[--yes --why TEXT]",
    .about = "List records whose time is over, or erase them",
    .help = "Each register's definition says how long its records are kept (retention:). A record on hold is never erased.",
    .example = "assay privacy retention",
    .options = erase_options,
    .run = retention};
static const struct cli_command *const verbs[] = {&find_command, &export_command, &erase_command, &retention_command, NULL};

const struct cli_command cli_privacy_command = {
    .name = "privacy", .usage = "find|export|erase|retention", .about = "Personal data: what is held, a copy, erasure, retention", .verbs = verbs};
