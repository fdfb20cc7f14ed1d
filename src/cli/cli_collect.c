/*
 * assay collect: look at this machine, into the ledger or out as a signed bundle; or take in a bundle made elsewhere.
 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"
#include "cli/cli_evidence.h"
#include "collect/collect.h"
#include "collect/collect_doc.h"
#include "collect/collect_schema.h"
#include "ledger/ledger_key.h"

#define MAX_BUNDLE (256 * MIB)
#define PERSONAL_DAYS 90

static const struct cli_option options[] = {
    {"table", "TABLE", "this table only"},
    {"output", "FILE", "write a signed bundle to FILE (- = standard output) instead of keeping it here"},
    {"from", "FILE", "take in a bundle made elsewhere (- = standard input)"},
    {"list", NULL, "list the tables there are, and look at nothing"},
    {"describe", NULL, "print what is read for every table and which permission it needs, and look at nothing"},
    {NULL, NULL, NULL},
};

static const struct cli_column columns[] = {
    {"table", "table", CLI_TEXT},
    {"state", "state", CLI_WORD},
    {"rows", "rows", CLI_NUMBER},
    {"changed", "changed", CLI_BOOL},
    {"reason", "reason", CLI_TEXT},
};

static err
list_tables(struct job *job, const struct cli *cli)
{
	static const struct cli_column list_columns[] = {{"table", "table", CLI_TEXT}, {"columns", "columns", CLI_TEXT}, {"about", "about", CLI_TEXT}};
	struct cli_sheet sheet;
	cli_sheet_open(&sheet, job, list_columns, 3);
	for (const struct table *const *table = collect_schema(); *table != NULL; table++) {
		struct buf buf = buf_open(job, "columns", 16 * KIB);
		slice names;
		for (unsigned i = 0; i < (*table)->len; i++)
			buf_printf(&buf, "%s%s", i > 0 ? " " : "", (*table)->columns[i].name);
		TRY(buf_end(&buf, &names));
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(slice_of((*table)->name)), TEXT(names), TEXT(slice_of((*table)->about))}));
	}
	return cli_sheet_print(job, cli, &sheet);
}

static err
describe(struct job *job)
{
	struct buf buf = buf_open(job, "the description of the tables", 4 * MIB);
	slice text;
	TRY(collect_doc(job, &buf));
	TRY(buf_end(&buf, &text));
	return cli_output(job, NULL, text, 0);
}

static struct collect_options
options_of(const struct cli *cli)
{
	return (struct collect_options){.only_table = cli_value(cli, "table"), .cache_dir = cli->place.cache, .facts_dir = cli->place.facts};
}

static err
source_dir(struct job *job, const struct cli *cli, const char **ret)
{
	return fs_join(job, cli->place.etc, "source", ret);
}

static err
summary(struct job *job, const struct cli *cli, const struct cli_evidence *evidence, const struct ledger_receipt *receipt)
{
	struct cli_sheet sheet;
	size_t unseen = 0, changed = 0;
	cli_sheet_open(&sheet, job, columns, sizeof columns / sizeof columns[0]);
	for (size_t i = 0; i < evidence->len; i++) {
		const struct ledger_reading *reading = &evidence->readings[i];
		bool shown = cli->json || cli->csv || cli_value(cli, "table") != NULL || reading->state == READING_COULD_NOT_LOOK;
		unseen += reading->state == READING_COULD_NOT_LOOK ? 1 : 0;
		changed += evidence->changed[i] ? 1 : 0;
		if (shown)
			TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(reading->table), TEXT(slice_of(reading_words[reading->state])), INT((int64_t)reading->rows),
						      INT(evidence->changed[i]), TEXT(reading->reason)}));
	}
	cli_say(cli, job, "Looked at %s in %.2f s: %zu changed, %zu could not be looked at%s", cli_count(evidence->len, "table", "tables").at,
	    (double)(evidence->to_us - evidence->from_us) / 1e6, changed, unseen, unseen > 0 && geteuid() != 0 ? " (root sees more)" : "");
	if (receipt != NULL)
		cli_say(cli, job, "Entry %llu of the ledger holds it", (unsigned long long)receipt->index);
	return sheet.len > 0 ? cli_sheet_print(job, cli, &sheet) : OK;
}

static err
take(struct job *job, struct cli *cli, const char *path)
{
	DEFER(ledger_close_at) struct ledger *ledger = NULL;
	struct ledger_receipt receipt;
	slice bundle;
	TRY(fs_slurp(job, path, MAX_BUNDLE, &bundle));
	TRY(cli_ledger(job, cli, &ledger));
	err taken = ledger_bundle_take(job, ledger, bundle, &receipt);
	if (taken.code == ERR_DENIED) /* an unknown host is an input that is refused, not a failure to look */
		taken.code = ERR_INPUT;
	TRY(taken);
	cli_say(cli, job, receipt.was_there ? "Entry %llu held it already: nothing was added" : "Entry %llu of the ledger holds it",
	    (unsigned long long)receipt.index);
	if (cli->json)
		printf("{\"entry\":%llu,\"was_there\":%s}\n", (unsigned long long)receipt.index, receipt.was_there ? "true" : "false");
	return OK;
}

/* Where a machine without a store keeps its key: --keys where that is given; the store's own host key where there is one. */
static err
key_path(struct job *job, const struct cli *cli, const char **ret)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	slice path;
	TRY(fs_join(job, cli->place.keys, "host.key", ret));
	if (cli_value(cli, "keys") != NULL || access(*ret, F_OK) == 0)
		return OK;
	if (geteuid() == 0)
		path = S("/var/lib/assay/host.key");
	else if (state != NULL && state[0] == '/')
		TRY(job_format(job, &path, "%s/assay/host.key", state));
	else
		TRY(job_format(job, &path, "%s/.local/state/assay/host.key", home != NULL ? home : "/var/lib/assay"));
	return job_string(job, path, ret);
}

/* What this machine's key is known by: to be compared with what the other side is asked to accept. */
static err
fingerprint(struct job *job, const char *path, slice *ret)
{
	struct ledger_key key;
	TRY(ledger_key_read(job, path, &key));
	*ret = ledger_key_fingerprint(job, &key);
	ledger_key_close(&key);
	return OK;
}

static err
give(struct job *job, struct cli *cli, const char *path)
{
	struct collect_options collect = options_of(cli);
	struct cli_evidence evidence;
	char name[256] = "";
	const char *key, *folder;
	slice bundle, print;
	TRY(source_dir(job, cli, &collect.source_dir));
	collect.cache_dir = NULL;
	TRY(cli_evidence_collect(job, &collect, &evidence));
	TRY(key_path(job, cli, &key));
	TRY(job_string(job, slice_part(slice_of(key), 0, slice_find_last(slice_of(key), '/')), &folder));
	TRY(fs_mkdirs(job, folder, 0700));
	(void)gethostname(name, sizeof name - 1);
	struct ledger_draft draft = {.kind = LEDGER_EVIDENCE, .from_us = evidence.from_us, .to_us = evidence.to_us, .subjects = evidence.subjects,
	    .subjects_len = evidence.len, .by_host = true};
	TRY(ledger_bundle_make(job, key, slice_of(name), &draft, &bundle));
	TRY(cli_output(job, path, bundle, 0600));
	TRY(fingerprint(job, key, &print));
	if (strcmp(path, "-") == 0) {
		size_t unseen = 0;
		for (size_t i = 0; i < evidence.len; i++)
			unseen += evidence.readings[i].state == READING_COULD_NOT_LOOK ? 1 : 0;
		if (!cli->quiet)
			fprintf(stderr, "Looked at %s, %zu could not be looked at; the bundle is %zu bytes, signed by %.*s\n",
			    cli_count(evidence.len, "table", "tables").at, unseen, bundle.len, SLICE(print));
		return OK;
	}
	TRY(summary(job, cli, &evidence, NULL));
	cli_say(cli, job, "The bundle is %zu bytes, signed by %.*s", bundle.len, SLICE(print));
	return OK;
}

static bool
is_personal(const struct table *table)
{
	for (unsigned i = 0; i < table->len; i++)
		if ((table->columns[i].flags & COLUMN_PERSONAL) != 0)
			return true;
	return false;
}

/* Raw tables that say something about people are kept for 90 days after they were last seen to be so; findings and verdicts stay. */
static err
expire(struct job *job, const struct cli *cli, struct ledger *ledger)
{
	int64_t before_us = job_now(job) - PERSONAL_DAYS * DAY_US;
	for (const struct table *const *table = collect_schema(); *table != NULL; table++) {
		struct ledger_receipt receipt;
		struct digest *digests;
		size_t len;
		if (!is_personal(*table))
			continue;
		TRY(ledger_contents_before(job, ledger, slice_of((*table)->name), before_us, &digests, &len));
		if (len == 0)
			continue;
		TRY(ledger_erase(job, ledger, digests, len, S("raw tables with personal columns are kept for 90 days"), &receipt));
		cli_say(cli, job, "%zu readings of %s older than %d days are erased (entry %llu)", len, (*table)->name, PERSONAL_DAYS,
		    (unsigned long long)receipt.index);
	}
	return OK;
}

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(ledger_close_at) struct ledger *ledger = NULL;
	struct collect_options collect;
	struct cli_evidence evidence;
	struct ledger_receipt receipt;
	(void)ret_status;
	if (cli_flag(cli, "list"))
		return list_tables(job, cli);
	if (cli_flag(cli, "describe"))
		return describe(job);
	if (cli_value(cli, "from") != NULL && (cli_value(cli, "output") != NULL || cli_value(cli, "table") != NULL))
		return err_set(job, ERR_INPUT, "--from takes in what was collected elsewhere: --output and --table do not go with it");
	TRY(cli_place(job, cli));
	if (cli_value(cli, "from") != NULL)
		return take(job, cli, cli_value(cli, "from"));
	if (cli_value(cli, "output") != NULL)
		return give(job, cli, cli_value(cli, "output"));
	/* Opened once before: what is wrong with the store is said before a long look, not after it. Others may use it while we look. */
	TRY(ledger_open(job, &cli->place, &ledger));
	ledger_close(ledger);
	ledger = NULL;
	collect = options_of(cli);
	TRY(source_dir(job, cli, &collect.source_dir));
	TRY(cli_evidence_collect(job, &collect, &evidence));
	TRY(ledger_open(job, &cli->place, &ledger));
	TRY(cli_evidence_compare(job, ledger, &evidence));
	struct ledger_draft draft = {.kind = LEDGER_EVIDENCE, .host = ledger_host_id(ledger), .from_us = evidence.from_us, .to_us = evidence.to_us,
	    .subjects = evidence.subjects, .subjects_len = evidence.len, .by_host = true};
	TRY(ledger_append(job, ledger, &draft, 1, &receipt));
	TRY(expire(job, cli, ledger));
	return summary(job, cli, &evidence, &receipt);
}

const struct cli_command cli_collect_command = {
    .name = "collect",
    .usage = "[--table TABLE] [--output FILE|-] | --from FILE|- | --list | --describe",
    .about = "Look at this machine and keep what was seen, signed",
    .help = "Reads files and kernel interfaces, changes nothing, and keeps one signed entry with a fact table for each source. A table that could not be\n"
	    "looked at is kept as such, with the reason. Run it as root to see everything.\n\n"
	    "From another machine: ssh host assay collect --output - | assay collect --from -\n\n"
	    "A host that is not known yet is refused with the command that accepts it.",
    .example = "assay collect --table sshd_setting",
    .options = options,
    .run = run,
};
