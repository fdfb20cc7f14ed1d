/*
 * assay report pack, and packs: a report whose sections are content, of one service at one moment, kept in the ledger as it was handed over.
 * Deliberately keeps first and writes the file after: what somebody holds is always what the ledger holds.
 */
#include "cli/cli_report.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "ledger/ledger_past.h"

static const struct cli_option options[] = {
    {"output", "FILE", "where to (else standard output; of CSV a folder)"},
    {"service", "SERVICE", "of this service (number or name); may be left out when there is one"},
    {"phase", "PHASE", "by what this phase asks (else the one the service is in)"},
    {"from", "DATE", "of a pack that looks back: from this day"},
    {"to", "DATE", "up to this day, which belongs to it"},
    {"format", "WORD", "html (the usual), csv or json"},
    {"draft", NULL, "do not keep it in the ledger"},
    {"as-of", "DATE", "as it was known then"},
    {NULL, NULL, NULL},
};

/* Opening */

static err
open_access(struct job *job, struct cli *cli, struct cli_pack *pack, bool past)
{
	struct registry *today = pack->registry;
	struct content *content;
	if (past) {
		TRY(NEW(job, 1, &content));
		TRY(cli_content(job, cli, content));
		TRY(registry_open(job, pack->view.ledger, content, NULL, &today));
	}
	TRY(registry_access_open_mine(job, today, &pack->access));
	return registry_access_coverage(job, pack->access, &pack->coverage);
}

/* By the content of the moment; who may see what is today's to say. */
static err
open_registers(struct job *job, struct cli *cli, struct cli_pack *pack, bool past)
{
	TRY(fs_join(job, cli->place.etc, "source", &pack->source));
	if (past)
		TRY(registry_open_at(job, pack->view.ledger, &pack->view.content, &pack->registry));
	else
		TRY(registry_open(job, pack->view.ledger, &pack->view.content, NULL, &pack->registry));
	TRY(open_access(job, cli, pack, past));
	TRY(ledger_hosts(job, pack->view.ledger, pack->view.at, &pack->hosts, &pack->hosts_len));
	return report_packs_load(job, &pack->view.content, &pack->view.catalogue, &pack->packs);
}

/* The one that is asked for; the only one there is; or 0. */
static err
choose_service(struct job *job, const char *word, struct cli_pack *pack)
{
	const struct registry_rows_of of = {.at = pack->view.at};
	const struct registry_register *scope = pack->registry->scope;
	struct rows rows;
	size_t open = 0;
	if (word != NULL)
		return cli_view_service(job, pack->registry, word, &pack->about.service);
	if (scope == NULL)
		return OK;
	TRY(registry_rows(job, pack->registry, slice_of(scope->table_name), &of, &rows));
	for (size_t i = 0; i < rows.len; i++)
		if (rows.row[i][REGISTRY_ENDED].null) {
			pack->about.service = rows.row[i][REGISTRY_NUMBER_COLUMN].number;
			open++;
		}
	return open <= 1 ? OK : err_set(job, ERR_INPUT, "--service: there are %zu services, name one; 'assay %.*s list' shows them", open, SLICE(scope->id));
}

static err
judge(struct job *job, struct cli_pack *pack)
{
	struct cli_view *view = &pack->view;
	struct registry_record record;
	pack->service_name = S("The organisation");
	if (pack->about.service == 0)
		return cli_view_verdicts(job, view);
	TRY(check_service_subjects(job, view->ledger, pack->registry, pack->source, view->at, pack->about.service, &pack->subjects, &pack->subjects_len));
	TRY(registry_record(job, pack->registry, view->at, pack->registry->scope, pack->about.service, &record));
	const struct registry_ask ask = registry_ask_of(pack->registry, &record, S("read"));
	TRY(registry_access_need(job, pack->access, &ask));
	pack->service_name = record.label;
	return check_verdicts_of(
	    job, view->ledger, view->at, &view->catalogue, &view->checks, pack->subjects, pack->subjects_len, &view->verdicts, &view->verdicts_len);
}

static err
fill_report(struct job *job, struct cli_pack *pack)
{
	struct report *report = &pack->about.report;
	struct cli_view *view = &pack->view;
	*report = (struct report){.service = pack->service_name,
	    .made_us = view->at.now_us,
	    .origin = ledger_origin(view->ledger),
	    .at = view->at,
	    .size = view->at.size,
	    .content = view->content.digest,
	    .catalogue = &view->catalogue};
	TRY(ledger_root_at(job, view->ledger, view->at.size, &report->root));
	TRY(NEW(job, view->verdicts_len + 1, &report->requirements));
	for (size_t i = 0; i < view->verdicts_len; i++)
		TRY(cli_report_requirement(job, view->ledger, &view->verdicts[i], &report->requirements[report->requirements_len++]));
	return OK;
}

/* Making */

static err
render(struct job *job, struct cli_pack *pack, const struct report_pack_made *made)
{
	if (slice_same(pack->format, S("csv")))
		return report_pack_csv(job, made, &pack->files, &pack->files_len);
	TRY(NEW(job, 1, &pack->files));
	pack->files_len = 1;
	TRY(job_format(job, &pack->files[0].name, "%.*s.%.*s", SLICE(pack->about.pack->id), SLICE(pack->format)));
	return slice_same(pack->format, S("json")) ? report_pack_json(job, made, &pack->files[0].text) : report_pack_html(job, made, &pack->files[0].text);
}

/* Ask, and say of itself which entry it will be. ${entry} NULL: the next one. */
static err
make(struct job *job, struct cli_pack *pack, const uint64_t *entry)
{
	struct report_pack_made made = {0};
	TRY(judge(job, pack));
	TRY(fill_report(job, pack));
	pack->rows = (struct report_pack_source){.rows = cli_report_rows, .person = cli_report_person, .to = pack};
	TRY(report_pack_otherwise(job, &pack->registry->registers, &pack->rows, &pack->about));
	TRY(report_pack_make(job, &pack->about, &pack->registry->registers, &pack->rows, &made));
	if (entry != NULL)
		pack->about.entry = *entry;
	else if (!pack->about.draft)
		TRY(ledger_frozen_next(job, pack->view.ledger, &pack->about.entry));
	return render(job, pack, &made);
}

static err
keep(struct job *job, struct cli_pack *pack)
{
	const struct report_pack_about *about = &pack->about;
	struct ledger_receipt receipt;
	slice *names, *texts;
	TRY(NEW(job, pack->files_len, &names));
	TRY(NEW(job, pack->files_len, &texts));
	for (size_t i = 0; i < pack->files_len; i++) {
		names[i] = pack->files[i].name;
		texts[i] = pack->files[i].text;
	}
	const struct ledger_frozen form = {.pack = about->pack->id,
	    .title = about->pack->title,
	    .format = pack->format,
	    .phase = about->phase,
	    .service = about->service,
	    .rank = pack->rank,
	    .from_us = about->from_us,
	    .to_us = about->to_us,
	    .at = about->report.at,
	    .root = about->report.root,
	    .content = about->report.content,
	    .files = names,
	    .files_len = pack->files_len};
	return ledger_frozen_append(job, pack->view.ledger, &form, texts, about->entry, &receipt);
}

static err
find_pack(struct job *job, slice id, struct cli_pack *pack)
{
	pack->about.pack = report_pack_find(&pack->packs, id);
	return pack->about.pack != NULL ? OK : err_set(job, ERR_INPUT, "there is no pack \"%.*s\"; 'assay report packs' lists them", SLICE(id));
}

err
cli_report_again(struct job *job, struct cli *cli, struct cli_pack *pack, const struct ledger_frozen *form)
{
	struct cli_view *view = &pack->view;
	slice packed;
	bool found;
	view->at = form->at;
	TRY(ledger_content_set_at(job, view->ledger, view->at, &found, &packed));
	if (found)
		TRY(content_unpack(job, packed, &view->content));
	if (!found || memcmp(view->content.digest.byte, form->content.byte, sizeof form->content.byte) != 0)
		return err_set(job, ERR_CONFLICT, "the content set it was made with (%.12s…) is not the one the ledger holds for that moment",
		    digest_text(&form->content).at);
	TRY(catalogue_load(job, &view->content, &view->catalogue));
	TRY(check_load(job, &view->content, &view->catalogue, &view->checks));
	TRY(fs_join(job, cli->place.etc, "source", &pack->source));
	TRY(check_tables(job, &view->checks, pack->source));
	TRY(open_registers(job, cli, pack, true));
	TRY(find_pack(job, form->pack, pack));
	pack->format = form->format;
	pack->about.service = form->service;
	pack->about.phase = form->phase;
	pack->about.from_us = form->from_us;
	pack->about.to_us = form->to_us;
	if (form->by.len > 0)
		TRY(cli_report_person(job, pack, form->by, &pack->about.by));
	return make(job, pack, &form->entry);
}

/* Options */

static err
read_phase(struct job *job, const struct cli *cli, struct cli_pack *pack)
{
	const struct report_pack *what = pack->about.pack;
	slice phase = slice_of(cli_value(cli, "phase"));
	struct buf buf = buf_open(job, "phases", 4 * KIB);
	slice list;
	if (phase.len == 0)
		return OK;
	if (what->phases_len == 0)
		return err_set(job, ERR_INPUT, "--phase: the pack %.*s does not go by phases, leave it out", SLICE(what->id));
	for (size_t i = 0; i < what->phases_len; i++) {
		if (slice_same(what->phases[i], phase)) {
			pack->about.phase = phase;
			return OK;
		}
		buf_printf(&buf, "%s%.*s", i > 0 ? ", " : "", SLICE(what->phases[i]));
	}
	TRY(buf_end(&buf, &list));
	return err_set(job, ERR_INPUT, "--phase: expected one of %.*s, found \"%.*s\"", SLICE(list), SLICE(phase));
}

static err
read_period(struct job *job, const struct cli *cli, struct cli_pack *pack)
{
	struct report_pack_about *about = &pack->about;
	const char *from = cli_value(cli, "from"), *to = cli_value(cli, "to");
	if (from == NULL && to == NULL)
		return OK;
	if (!about->pack->period)
		return err_set(job, ERR_INPUT, "--from and --to: the pack %.*s does not look back, leave them out", SLICE(about->pack->id));
	if (from != NULL && !instant_parse(slice_of(from), &about->from_us))
		return err_set(job, ERR_INPUT, "--from: expected a date (2026-11-22) or an instant (2026-11-22T09:30:00Z), found \"%s\"", from);
	if (to != NULL) {
		TRY(cli_value_instant(job, cli, "to", &about->to_us));
		about->to_us += strlen(to) == 10; /* a day's last moment is in the period */
	}
	if (about->to_us == 0 || about->to_us > pack->view.at.now_us)
		about->to_us = pack->view.at.now_us;
	if (from != NULL && about->from_us >= about->to_us)
		return err_set(job, ERR_INPUT, "--to: the period must end after it begins: from %s to %s", instant_text(about->from_us).at,
		    instant_text(about->to_us).at);
	return OK;
}

static err
read_format(struct job *job, const struct cli *cli, struct cli_pack *pack)
{
	const char *format = cli_value(cli, "format");
	pack->format = format != NULL ? slice_of(format) : cli->json ? S("json") : cli->csv ? S("csv") : S("html");
	if (!slice_same(pack->format, S("html")) && !slice_same(pack->format, S("csv")) && !slice_same(pack->format, S("json")))
		return err_set(job, ERR_INPUT, "--format: expected html, csv or json, found \"%s\"", format);
	if (slice_same(pack->format, S("csv")) && (cli_value(cli, "output") == NULL || strcmp(cli_value(cli, "output"), "-") == 0))
		return err_set(job, ERR_INPUT, "CSV is one file a section: name a folder with --output FOLDER");
	return OK;
}

err
cli_report_write(struct job *job, const struct cli *cli, const struct report_pack_file *files, size_t len, bool folder)
{
	const char *output = cli_value(cli, "output"), *path, *name;
	if (!folder && len == 1)
		return cli_output(job, output, files[0].text, 0600);
	if (output == NULL || strcmp(output, "-") == 0)
		return err_set(job, ERR_INPUT, "it is %zu files: name a folder with --output FOLDER", len);
	TRY(fs_mkdirs(job, output, 0700));
	for (size_t i = 0; i < len; i++) {
		TRY(job_string(job, files[i].name, &name));
		TRY(fs_join(job, output, name, &path));
		TRY(cli_output(job, path, files[i].text, 0600));
	}
	return OK;
}

/* The content set is on record before the moment that is judged: who makes it again finds it there. */
static err
settle(struct job *job, struct cli *cli, struct cli_pack *pack)
{
	uint64_t entry;
	slice packed;
	if (cli_value(cli, "as-of") != NULL || pack->about.draft)
		return OK;
	TRY(content_pack(job, &pack->view.content, &packed));
	TRY(ledger_content_set(job, pack->view.ledger, &pack->view.content.digest, packed, &entry));
	TRY(ledger_frozen_next(job, pack->view.ledger, &entry));
	return cli_moment(job, cli, pack->view.ledger, &pack->view.at);
}

static void
close_at(struct cli_pack *pack)
{
	cli_view_close_at(&pack->view);
}

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(close_at) struct cli_pack pack = {0};
	const char *output = cli_value(cli, "output");
	(void)ret_status;
	pack.about.draft = cli_flag(cli, "draft");
	TRY(read_format(job, cli, &pack));
	TRY(cli_view_open(job, cli, &pack.view));
	TRY(settle(job, cli, &pack));
	TRY(open_registers(job, cli, &pack, cli_value(cli, "as-of") != NULL));
	TRY(find_pack(job, slice_of(cli->words[0]), &pack));
	pack.about.report.at = pack.view.at;
	pack.about.by = job->actor;
	TRY(choose_service(job, cli_value(cli, "service"), &pack));
	TRY(read_phase(job, cli, &pack));
	TRY(read_period(job, cli, &pack));
	TRY(make(job, &pack, NULL));
	if (!pack.about.draft)
		TRY(keep(job, &pack));
	TRY(cli_report_write(job, cli, pack.files, pack.files_len, slice_same(pack.format, S("csv"))));
	if (output == NULL || strcmp(output, "-") == 0)
		return OK;
	if (pack.about.draft)
		cli_say(cli, job, "A draft is in %s, readable by you only; it is not kept", output);
	else
		cli_say(cli, job, "The pack is in %s, readable by you only, and kept as ledger entry %llu", output, (unsigned long long)pack.about.entry);
	return OK;
}

static err
run_packs(struct job *job, struct cli *cli, int *ret_status)
{
	static const struct cli_column columns[] = {{"id", "pack", CLI_TEXT}, {"title", "title", CLI_TEXT}, {"audience", "for", CLI_TEXT},
	    {"sections", "sections", CLI_NUMBER}, {"phases", NULL, CLI_TEXT}, {"period", NULL, CLI_BOOL}, {"about", NULL, CLI_TEXT}};
	struct content content;
	struct catalogue catalogue;
	struct report_packs packs;
	struct cli_sheet sheet;
	(void)ret_status;
	TRY(cli_place(job, cli));
	TRY(cli_content(job, cli, &content));
	TRY(catalogue_load(job, &content, &catalogue));
	TRY(report_packs_load(job, &content, &catalogue, &packs));
	cli_sheet_open(&sheet, job, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < packs.len; i++) {
		const struct report_pack *pack = &packs.at[i];
		struct buf buf = buf_open(job, "phases", 4 * KIB);
		slice phases;
		for (size_t p = 0; p < pack->phases_len; p++)
			buf_printf(&buf, "%s%.*s", p > 0 ? " " : "", SLICE(pack->phases[p]));
		TRY(buf_end(&buf, &phases));
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(pack->id), TEXT(pack->title), TEXT(pack->audience), INT((int64_t)pack->sections_len), TEXT(phases),
					      INT(pack->period), TEXT(pack->about)}));
	}
	return cli_sheet_print(job, cli, &sheet);
}

const struct cli_command cli_report_pack = {
    .name = "pack",
    .usage = "PACK [--service SERVICE] [--phase PHASE] [--from DATE] [--to DATE] [--format html|csv|json] [--draft] [--as-of DATE] [-o FILE]",
    .about = "Make a pack for somebody outside: spend control, a gate, an audit",
    .help = "What it holds is content/report/PACK.yaml; doc/pack.md describes it. Of requirements gaps come first. Unless it is a draft, its bytes are kept in the ledger, signed, and the page says as which "
	    "entry. It shows what you may read.",
    .example = "assay report pack spend-control --output spend-control.html",
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
const struct cli_command cli_report_packs = {
    .name = "packs", .usage = "", .about = "List the packs there are", .example = "assay report packs", .run = run_packs};
