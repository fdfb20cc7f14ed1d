/*
 * assay attest: a named person says, until a date, that a part holds which no machine and no register can show.
 */
#include "cli/cli.h"

#include <string.h>

#include "base/fs.h"
#include "base/text.h"
#include "catalogue/catalogue.h"

#define MAX_ATTACHMENT (32 * MIB)
#define MAX_YEARS 3

static const struct cli_option options[] = {
    {"says", "TEXT", "what is true, in a sentence an assessor can question"},
    {"until", "DATE", "when it stops counting (at most 3 years away)"},
    {"file", "PATH", "a document that shows it, kept as content"},
    {NULL, NULL, NULL},
};

static err
check_part(struct job *job, const struct cli *cli, slice id, const struct part **ret)
{
	struct content content;
	struct catalogue catalogue;
	TRY(cli_content(job, cli, &content));
	TRY(catalogue_load(job, &content, &catalogue));
	*ret = catalogue_part(&catalogue, id);
	if (*ret == NULL)
		return err_set(job, ERR_INPUT, "there is no part %.*s: expected REQUIREMENT.part, as 'assay requirement ID' lists them", SLICE(id));
	if ((*ret)->basis != BASIS_ATTESTED)
		return err_set(job, ERR_INPUT, "%.*s is answered on the basis \"%s\": somebody's word does not lift it", SLICE((*ret)->id), basis_words[(*ret)->basis]);
	return OK;
}

static err
check_words(struct job *job, const struct cli *cli, int64_t *ret_until)
{
	const char *says = cli_value(cli, "says");
	int64_t now = job_now(job);
	if (says == NULL || slice_trim(slice_of(says)).len == 0)
		return err_set(job, ERR_INPUT, "--says is needed: what is true, in a sentence");
	if (strlen(says) > 4000 || !text_utf8(slice_of(says)))
		return err_set(job, ERR_INPUT, "--says: expected at most 4,000 bytes of UTF-8, found %zu", strlen(says));
	if (cli_value(cli, "until") == NULL)
		return err_set(job, ERR_INPUT, "--until is needed: the date the word stops counting");
	TRY(cli_value_instant(job, cli, "until", ret_until));
	if (*ret_until <= now)
		return err_set(job, ERR_INPUT, "--until: expected a date in the future, found %s", cli_value(cli, "until"));
	if (*ret_until > instant_after(now, (struct duration){.months = MAX_YEARS * 12}))
		return err_set(job, ERR_INPUT, "--until: somebody's word counts for at most %d years, found %s", MAX_YEARS, cli_value(cli, "until"));
	return OK;
}

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(ledger_close_at) struct ledger *ledger = NULL;
	const struct part *part;
	struct ledger_receipt receipt;
	slice file = {0}, name = {0};
	int64_t until = 0;
	const char *path = cli_value(cli, "file");
	(void)ret_status;
	TRY(check_words(job, cli, &until));
	TRY(check_part(job, cli, slice_of(cli->words[0]), &part));
	if (path != NULL) {
		TRY(fs_slurp(job, path, MAX_ATTACHMENT, &file));
		name = slice_of(path);
		size_t slash = slice_find_last(name, '/');
		name = slash < name.len ? slice_from(name, slash + 1) : name;
	}
	TRY(cli_ledger(job, cli, &ledger));
	TRY(ledger_attest(job, ledger, part->id, slice_trim(slice_of(cli_value(cli, "says"))), until, name, file, &receipt));
	cli_say(cli, job, "%.*s: \"%.*s\"", SLICE(part->id), SLICE(part->says));
	cli_say(cli, job, "%.*s says so until %s (entry %llu)", SLICE(job->actor), instant_day(until).at, (unsigned long long)receipt.index);
	if (cli->json)
		printf("{\"entry\":%llu,\"part\":\"%.*s\",\"until\":\"%s\"}\n", (unsigned long long)receipt.index, SLICE(part->id), instant_text(until).at);
	return OK;
}

const struct cli_command cli_attest_command = {
    .name = "attest",
    .usage = "REQUIREMENT.PART --says TEXT --until DATE [--file PATH]",
    .about = "Say, as a named person and until a date, that a part holds",
    .help = "Only parts whose basis is \"attested\" take somebody's word; it goes stale by itself on the date. Saying it again replaces it; what was said stays\n"
	    "in the history.",
    .example = "assay attest DFE9-009.right-people --says \"The departmental security team was asked on 3 March\" --until 2027-03-31",
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
