/*
 * assay report frozen: the packs that were handed over: list them, give one back byte by byte, or make it again as of then.
 * Deliberately gives one only to who made it and to who may audit that service: it shows what its maker could read.
 */
#include "cli/cli_report.h"

#include <string.h>

#include "ledger/ledger_grant.h"

static const struct cli_option options[] = {
    {"output", "FILE", "give its bytes back (of CSV a folder); - for standard output"},
    {"again", NULL, "make it anew, as of then, and compare"},
    {NULL, NULL, NULL},
};

static void
close_at(struct cli_pack *pack)
{
	cli_view_close_at(&pack->view);
}

static struct registry_ask
ask_of(const struct ledger_frozen *frozen)
{
	return (struct registry_ask){.capability = S("audit"), .service = frozen->service, .rank = frozen->rank};
}

static bool
may_see(const struct cli_pack *pack, const struct ledger_frozen *frozen)
{
	struct registry_ask ask = ask_of(frozen);
	return (frozen->by.len > 0 && slice_same(frozen->by, pack->access->actor)) || registry_access_allows(pack->access, &ask, NULL);
}

static err
open_access(struct job *job, struct cli *cli, struct cli_pack *pack)
{
	struct registry *registry;
	struct content *content;
	TRY(cli_ledger(job, cli, &pack->view.ledger));
	TRY(NEW(job, 1, &content));
	TRY(cli_content(job, cli, content));
	TRY(registry_open(job, pack->view.ledger, content, NULL, &registry));
	return registry_access_open_mine(job, registry, &pack->access);
}

static err
list(struct job *job, struct cli *cli, struct cli_pack *pack)
{
	static const struct cli_column columns[] = {{"entry", "entry", CLI_NUMBER}, {"pack", "pack", CLI_TEXT}, {"title", "title", CLI_TEXT},
	    {"service", "service", CLI_NUMBER}, {"phase", "phase", CLI_TEXT}, {"format", "format", CLI_TEXT}, {"made", "made", CLI_INSTANT}, {"by", "by", CLI_TEXT},
	    {"instant", NULL, CLI_INSTANT}, {"from", NULL, CLI_INSTANT}, {"to", NULL, CLI_INSTANT}, {"entries_judged", NULL, CLI_NUMBER}, {"root", NULL, CLI_TEXT},
	    {"content_set", NULL, CLI_TEXT}};
	const struct ledger_moment now = {.size = ledger_size(pack->view.ledger)};
	struct ledger_frozen *all;
	struct cli_sheet sheet;
	size_t len, shown = 0;
	TRY(ledger_frozens(job, pack->view.ledger, now, &all, &len));
	cli_sheet_open(&sheet, job, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < len; i++) {
		const struct ledger_frozen *one = &all[i];
		slice by, root, content;
		if (!may_see(pack, one))
			continue;
		shown++;
		TRY(cli_report_person(job, pack, one->by, &by));
		TRY(job_copy(job, slice_of(digest_text(&one->root).at), &root));
		TRY(job_copy(job, slice_of(digest_text(&one->content).at), &content));
		TRY(cli_sheet_row(&sheet,
		    (struct cell[]){INT((int64_t)one->entry), TEXT(one->pack), TEXT(one->title), one->service > 0 ? INT(one->service) : NIL, TEXT(one->phase),
			TEXT(one->format), INT(one->made_us), TEXT(by), INT(one->at.now_us), one->from_us != 0 ? INT(one->from_us) : NIL,
			one->to_us != 0 ? INT(one->to_us) : NIL, INT((int64_t)one->at.size), TEXT(root), TEXT(content)}));
	}
	TRY(cli_sheet_print(job, cli, &sheet));
	if (len > shown)
		cli_say(cli, job, "%s not shown: made by others, and you may not audit their service", cli_count(len - shown, "other is", "others are").at);
	return OK;
}

static err
read_files(struct job *job, struct cli_pack *pack, const struct ledger_frozen *frozen, struct report_pack_file **ret)
{
	TRY(NEW(job, frozen->files_len, ret));
	for (size_t i = 0; i < frozen->files_len; i++) {
		(*ret)[i].name = frozen->files[i];
		TRY(ledger_frozen_file(job, pack->view.ledger, frozen, i, &(*ret)[i].text));
	}
	return OK;
}

/* Above official every reading is an entry, as it is of the records themselves. */
static err
note_read(struct job *job, struct cli_pack *pack, const struct ledger_frozen *frozen)
{
	const int64_t number = (int64_t)frozen->entry;
	const struct ledger_access_event event = {
	    .act = LEDGER_ACT_READ, .person = pack->access->actor, .registry = S("frozen"), .numbers = &number, .numbers_len = 1, .at_us = job_now(job)};
	return frozen->rank > 0 ? ledger_access_event_append(job, pack->view.ledger, &event) : OK;
}

static err
compare(struct job *job, struct cli *cli, struct cli_pack *pack, const struct ledger_frozen *frozen, const struct report_pack_file *files)
{
	TRY(cli_report_again(job, cli, pack, frozen));
	if (pack->files_len != frozen->files_len)
		return err_set(job, ERR_CONFLICT, "entry %llu made again: expected %zu files, found %zu", (unsigned long long)frozen->entry, frozen->files_len,
		    pack->files_len);
	for (size_t i = 0; i < pack->files_len; i++) {
		slice then = files[i].text, again = pack->files[i].text;
		size_t at = 0;
		while (at < then.len && at < again.len && then.at[at] == again.at[at])
			at++;
		if (at < then.len || at < again.len)
			return err_set(job, ERR_CONFLICT, "entry %llu made again differs: %.*s, from byte %zu; what you may read, erased contents or another version of assay may be why",
			    (unsigned long long)frozen->entry, SLICE(files[i].name), at);
	}
	cli_say(cli, job, "Entry %llu made again, as of %s: the same bytes", (unsigned long long)frozen->entry, instant_text(frozen->at.now_us).at);
	return OK;
}

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(close_at) struct cli_pack pack = {0};
	const char *output = cli_value(cli, "output");
	struct report_pack_file *files;
	struct ledger_frozen frozen;
	uint64_t entry;
	(void)ret_status;
	if (cli->words_len == 0 && (output != NULL || cli_flag(cli, "again")))
		return err_set(job, ERR_INPUT, "which one? assay report frozen ENTRY; without a number all are listed");
	if (cli->words_len > 0 && !slice_u64(slice_of(cli->words[0]), &entry))
		return err_set(job, ERR_INPUT, "expected the number of an entry, found \"%s\"", cli->words[0]);
	TRY(open_access(job, cli, &pack));
	if (cli->words_len == 0)
		return list(job, cli, &pack);
	TRY(ledger_frozen(job, pack.view.ledger, entry, &frozen));
	struct registry_ask ask = ask_of(&frozen);
	if (!may_see(&pack, &frozen))
		TRY(registry_access_need(job, pack.access, &ask));
	TRY(read_files(job, &pack, &frozen, &files));
	TRY(note_read(job, &pack, &frozen));
	if (cli_flag(cli, "again"))
		return compare(job, cli, &pack, &frozen, files);
	return cli_report_write(job, cli, files, frozen.files_len, slice_same(frozen.format, S("csv")));
}

const struct cli_command cli_report_frozen = {
    .name = "frozen",
    .usage = "[ENTRY] [--again] [-o FILE]",
    .about = "The packs that were handed over: list them, give one back, or make it again",
    .help = "ENTRY gives back the very bytes that were kept. --again makes the pack from the same entries, instant and content set, and says whether it comes out the same: "
	    "exit status 2 when not. One is given to who made it and to who may audit its service.",
    .example = "assay report frozen",
    .options = options,
    .words_max = 1,
    .run = run,
};
