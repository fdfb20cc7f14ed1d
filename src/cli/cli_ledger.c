/*
 * assay ledger: verify, show, proof, export, adopt, rewrap.
 */
#include "cli/cli.h"

#include <string.h>

#include "base/text.h"

static const struct cli_option verify_options[] = {
    {"export", "DIR", "verify an export instead of the store"},
    {"against", "FILE", "an older checkpoint that the ledger must extend"},
    {"no-signatures", NULL, "leave out every entry's own signature (tree and digests only)"},
    {"no-contents", NULL, "leave out the contents' digests"},
    {"threads", "N", "processor threads to use (else all)"},
    {NULL, NULL, NULL},
};

static err
threads_of(struct job *job, const struct cli *cli, unsigned *ret)
{
	const char *text = cli_value(cli, "threads");
	uint64_t threads = 0;
	if (text != NULL && (!slice_u64(slice_of(text), &threads) || threads == 0 || threads > 256))
		return err_set(job, ERR_INPUT, "--threads: expected 1 to 256, found \"%s\"", text);
	*ret = (unsigned)threads;
	return OK;
}

static err
verify(struct job *job, struct cli *cli, int *ret_status)
{
	struct ledger_verify_options options = {.signatures = !cli_flag(cli, "no-signatures"), .contents = !cli_flag(cli, "no-contents"),
	    .against = cli_value(cli, "against")};
	struct ledger_verify_result result;
	TRY(threads_of(job, cli, &options.threads));
	TRY(cli_place(job, cli));
	err verified = ledger_verify(job, &cli->place, cli_value(cli, "export"), &options, &result);
	if (verified.code == ERR_STORE || verified.code == ERR_CONFLICT) { /* looked, and it does not hold */
		*ret_status = CLI_INPUT;
		verified.code = ERR_INPUT;
	}
	TRY(verified);
	if (cli->json) {
		printf("{\"size\":%llu,\"root\":\"%s\",\"contents\":%llu,\"erased\":%llu,\"witnessed\":%s}\n", (unsigned long long)result.size,
		    digest_text(&result.root).at, (unsigned long long)result.contents, (unsigned long long)result.erased, result.witnessed ? "true" : "false");
		return OK;
	}
	cli_say(cli, job, "%s: tree, leaves, statements%s", cli_count(result.size, "entry verifies", "entries verify").at,
	    options.signatures ? ", every signature" : "");
	cli_say(cli, job, "%s, %llu erased", cli_count(result.contents, "content matches its digest", "contents match their digests").at,
	    (unsigned long long)result.erased);
	cli_say(cli, job, "root %s", digest_text(&result.root).at);
	if (!result.witnessed)
		cli_say(cli, job, "No outside witness has signed this log: a rollback by an administrator, of store and signer together, cannot be detected");
	return OK;
}

static const struct cli_option show_options[] = {{"newest", "N", "so many (else 20)"}, {"as-of", "DATE", "entries received by then"}, {NULL, NULL, NULL}};

static const struct cli_column entry_columns[] = {
    {"entry", "entry", CLI_NUMBER},
    {"kind", "kind", CLI_TEXT},
    {"received", "received", CLI_INSTANT},
    {"host", "host", CLI_TEXT},
    {"subjects", "subjects", CLI_NUMBER},
    {"statement", NULL, CLI_TEXT},
};

static err
show_list(struct job *job, struct cli *cli, struct ledger *ledger)
{
	const char *text = cli_value(cli, "newest");
	struct ledger_moment at;
	struct ledger_entry *entries;
	struct cli_sheet sheet;
	size_t len;
	uint64_t newest = 20;
	if (text != NULL && (!slice_u64(slice_of(text), &newest) || newest == 0))
		return err_set(job, ERR_INPUT, "--newest: expected a number above 0, found \"%s\"", text);
	TRY(cli_moment(job, cli, ledger, &at));
	TRY(ledger_entries(job, ledger, at, newest, &entries, &len));
	cli_sheet_open(&sheet, job, entry_columns, sizeof entry_columns / sizeof entry_columns[0]);
	for (size_t i = 0; i < len; i++) {
		slice statement;
		TRY(job_copy(job, slice_of(digest_text(&entries[i].statement).at), &statement));
		TRY(cli_sheet_row(&sheet, (struct cell[]){INT((int64_t)entries[i].index), TEXT(slice_of(ledger_kind_words[entries[i].kind])),
					      INT(entries[i].received_us), TEXT(entries[i].host), INT((int64_t)entries[i].subjects_len), TEXT(statement)}));
	}
	return cli_sheet_print(job, cli, &sheet);
}

static err
subjects_json(struct job *job, const struct ledger_entry *entry, slice *ret)
{
	struct buf buf = buf_open(job, "subjects", 1 * MIB);
	buf_byte(&buf, '[');
	for (size_t i = 0; i < entry->subjects_len; i++) {
		buf_text(&buf, i > 0 ? ",{\"name\":" : "{\"name\":");
		text_json(&buf, entry->subjects[i].name);
		buf_printf(&buf, ",\"digest\":\"%s\",\"here\":%s}", digest_text(&entry->subjects[i].digest).at, entry->subjects[i].known ? "true" : "false");
	}
	buf_byte(&buf, ']');
	return buf_end(&buf, ret);
}

/* "  (erased by entry n)", from the ledger's own sentence about it. */
static err
erased_by(struct job *job, struct ledger *ledger, const struct digest *digest, slice *ret)
{
	slice content;
	err opened = ledger_content(job, ledger, digest, &content);
	*ret = S("");
	if (opened.code != ERR_MISSING)
		return opened;
	const char *words = strstr(job->why, "erased by");
	return job_format(job, ret, "  (%s)", words != NULL ? words : "not here");
}

static err
show_one(struct job *job, struct cli *cli, struct ledger *ledger, uint64_t index)
{
	static const struct cli_column record[] = {{"entry", "entry", CLI_NUMBER}, {"kind", "kind", CLI_TEXT}, {"received", "received", CLI_INSTANT},
	    {"made", "made", CLI_INSTANT}, {"from", "about from", CLI_INSTANT}, {"to", "about to", CLI_INSTANT}, {"host", "host", CLI_TEXT}, {"by", "by", CLI_TEXT},
	    {"statement", "statement", CLI_TEXT}, {"subjects", NULL, CLI_JSON}, {"envelope", NULL, CLI_JSON}, {"leaf", NULL, CLI_JSON}};
	struct ledger_entry entry;
	struct cli_sheet sheet;
	slice subjects, by = S("");
	TRY(ledger_entry(job, ledger, index, &entry));
	struct digest_text statement = digest_text(&entry.statement);
	TRY(subjects_json(job, &entry, &subjects));
	if (entry.by.len > 0) {
		slice token;
		TRY(job_format(job, &token, "{person:%.*s}", SLICE(entry.by)));
		TRY(ledger_person_show(job, ledger, token, &by));
	}
	cli_sheet_open(&sheet, job, record, sizeof record / sizeof record[0]);
	TRY(cli_sheet_row(&sheet, (struct cell[]){INT((int64_t)entry.index), TEXT(slice_of(ledger_kind_words[entry.kind])), INT(entry.received_us), INT(entry.made_us),
				      INT(entry.from_us), INT(entry.to_us), TEXT(entry.host), TEXT(by), TEXT(slice_of(statement.at)), TEXT(subjects),
				      TEXT(entry.envelope), TEXT(entry.leaf)}));
	TRY(cli_sheet_print_record(job, cli, &sheet));
	for (size_t i = 0; i < entry.subjects_len; i++) {
		slice gone = S("");
		if (!entry.subjects[i].known)
			TRY(erased_by(job, ledger, &entry.subjects[i].digest, &gone));
		cli_say(cli, job, "subject        %.*s  sha256:%s%.*s", SLICE(entry.subjects[i].name), digest_text(&entry.subjects[i].digest).at, SLICE(gone));
	}
	return OK;
}

static err
number(struct job *job, const char *text, uint64_t *ret)
{
	if (!slice_u64(slice_of(text), ret))
		return err_set(job, ERR_INPUT, "expected the number of an entry, found \"%s\"", text);
	return OK;
}

static err
show(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(ledger_close_at) struct ledger *ledger = NULL;
	uint64_t index = 0;
	(void)ret_status;
	if (cli->words_len == 1)
		TRY(number(job, cli->words[0], &index));
	TRY(cli_ledger(job, cli, &ledger));
	return cli->words_len == 1 ? show_one(job, cli, ledger, index) : show_list(job, cli, ledger);
}

static const struct cli_option proof_options[] = {
    {"bundle", NULL, "a Sigstore bundle instead of a tlog-proof"}, {"output", "FILE", "where to (else standard output)"}, {NULL, NULL, NULL}};

static err
proof(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(ledger_close_at) struct ledger *ledger = NULL;
	uint64_t index;
	slice text;
	(void)ret_status;
	TRY(number(job, cli->words[0], &index));
	TRY(cli_ledger(job, cli, &ledger));
	if (cli_flag(cli, "bundle"))
		TRY(ledger_sigstore_bundle(job, ledger, index, &text));
	else
		TRY(ledger_proof(job, ledger, index, &text));
	return cli_output(job, cli_value(cli, "output"), text, 0644);
}

static err
give_out(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(ledger_close_at) struct ledger *ledger = NULL;
	(void)ret_status;
	TRY(cli_ledger(job, cli, &ledger));
	TRY(ledger_export(job, ledger, cli->words[0]));
	cli_say(cli, job, "%s in %s; its README.md says how to verify without assay", cli_count(ledger_size(ledger), "entry is", "entries are").at, cli->words[0]);
	return OK;
}

static const struct cli_option adopt_options[] = {{"why", "TEXT", "why the signer's own state is gone"}, {NULL, NULL, NULL}};

static err
adopt(struct job *job, struct cli *cli, int *ret_status)
{
	const char *why = cli_value(cli, "why");
	(void)ret_status;
	if (why == NULL)
		return err_set(job, ERR_INPUT, "--why is needed: it becomes an entry of the ledger");
	TRY(cli_place(job, cli));
	TRY(ledger_adopt(job, &cli->place, slice_of(why)));
	cli_say(cli, job, "The signer goes on from the store's present head; the ledger says so and why");
	return OK;
}

static err
rewrap(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(ledger_close_at) struct ledger *ledger = NULL;
	size_t count;
	(void)ret_status;
	TRY(cli_ledger(job, cli, &ledger));
	TRY(ledger_rewrap(job, ledger, &count));
	cli_say(cli, job, "%s wrapped under a new root key; backups of the old one no longer open what was erased",
	    cli_count(count, "content is", "contents are").at);
	return OK;
}

static const struct cli_command verify_command = {
    .name = "verify",
    .example = "assay ledger verify",
    .usage = "[--export DIR] [--against CHECKPOINT] [--no-signatures] [--no-contents]",
    .about = "Check every entry, the tree, the tiles, the checkpoint and the contents",
    .help = "Stops at the first fault and names the entry and the rule. Exit status 2 when the ledger does not hold. What it cannot see is said: a store and a\n"
	    "signer restored together look whole until an outside witness has signed.",
    .options = verify_options,
    .run = verify,
};
static const struct cli_command show_command = {.name = "show", .usage = "[N] [--newest COUNT] [--as-of DATE]", .about = "Show an entry, or list the newest",
    .example = "assay ledger show --newest 5", .options = show_options, .words_max = 1, .run = show};
static const struct cli_command proof_command = {.name = "proof", .usage = "N [--bundle] [--output FILE]", .about = "Give out the proof of one entry (C2SP tlog-proof or Sigstore bundle)",
    .example = "assay ledger proof 1 --bundle", .options = proof_options, .words_min = 1, .words_max = 1, .run = proof};
static const struct cli_command export_command = {.name = "export", .usage = "DIR", .about = "Write the whole log as static files that other tools verify",
    .example = "assay ledger export /tmp/ledger", .words_min = 1, .words_max = 1, .run = give_out};
static const struct cli_command adopt_command = {
    .name = "adopt",
    .example = "assay ledger adopt --why \"the disk of the signer died…\"",
    .usage = "--why TEXT",
    .about = "Let a signer without its own state go on from the store's head",
    .help = "After the signer's state was lost (not after a restored backup that is older than what the signer knows: then find the newer store).\n"
	    "It becomes an entry; nobody can do it quietly.",
    .options = adopt_options,
    .run = adopt,
};
static const struct cli_command rewrap_command = {.name = "rewrap", .usage = "", .about = "Wrap every content key under a new root key (within 30 days of an erasure)",
    .help = "A backup of the store that is older than an erasure still holds the key of what was erased. Afterwards the old root key opens nothing in this store; destroy its\n"
	    "copies, and keep one of the new key apart from the store.",
    .example = "assay ledger rewrap", .run = rewrap};
static const struct cli_command *const verbs[] = {&verify_command, &show_command, &proof_command, &export_command, &adopt_command, &rewrap_command, NULL};

const struct cli_command cli_ledger_command = {.name = "ledger", .usage = "verify|show|proof|export|adopt|rewrap", .about = "The signed record of everything", .verbs = verbs};
