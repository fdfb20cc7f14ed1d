/*
 * assay erase: destroy contents for good; proofs stay valid.
 */
#include "cli/cli.h"

static const struct cli_option options[] = {
    {"why", "TEXT", "authority and reason; becomes an entry: name no person in it"},
    {"subject", "NAME", "with an entry's number: only its subject of this name"},
    {"yes", NULL, "do it: what is erased cannot be had back"},
    {NULL, NULL, NULL},
};

static err
wanted(struct job *job, const struct cli *cli, struct ledger *ledger, struct digest **ret, size_t *ret_len)
{
	struct ledger_entry entry;
	const char *subject = cli_value(cli, "subject");
	struct digest one;
	uint64_t index;
	size_t len = 0;
	TRY(NEW(job, 256, ret));
	if (digest_parse(slice_of(cli->words[0]), &one)) {
		(*ret)[0] = one;
		*ret_len = 1;
		return OK;
	}
	if (!slice_u64(slice_of(cli->words[0]), &index))
		return err_set(job, ERR_INPUT, "expected the number of an entry or a content's 64-digit digest, found \"%s\"", cli->words[0]);
	TRY(ledger_entry(job, ledger, index, &entry));
	for (size_t i = 0; i < entry.subjects_len && len < 256; i++)
		if (subject == NULL || slice_same(entry.subjects[i].name, slice_of(subject)))
			(*ret)[len++] = entry.subjects[i].digest;
	if (len == 0)
		return err_set(job, ERR_MISSING, "entry %llu has no subject%s%s", (unsigned long long)index, subject != NULL ? " named " : "", subject != NULL ? subject : "");
	*ret_len = len;
	return OK;
}

/* Asked again about what is gone: the sentence says which entry erased it. */
static err
still_there(struct job *job, struct ledger *ledger, const struct digest *digests, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		struct arena_mark mark = arena_mark(job->arena);
		slice content;
		err opened = ledger_content(job, ledger, &digests[i], &content);
		arena_rewind(job->arena, mark);
		if (opened.code == ERR_MISSING)
			return err_prefix(job, opened, "nothing was erased");
		/* Anything else: a damaged content may be erased too. */
	}
	return OK;
}

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(ledger_close_at) struct ledger *ledger = NULL;
	struct ledger_receipt receipt;
	struct digest *digests;
	const char *why = cli_value(cli, "why");
	size_t len;
	(void)ret_status;
	if (why == NULL)
		return err_set(job, ERR_INPUT, "--why is needed: the authority and the reason, without naming the person");
	TRY(cli_ledger(job, cli, &ledger));
	TRY(wanted(job, cli, ledger, &digests, &len));
	TRY(still_there(job, ledger, digests, len));
	if (!cli_flag(cli, "yes")) {
		cli_say(cli, job, "%s would be erased for good; add --yes to do it", cli_count(len, "content", "contents").at);
		return OK;
	}
	TRY(ledger_erase(job, ledger, digests, len, slice_of(why), &receipt));
	cli_say(cli, job, "Erased: %s (entry %llu); signatures and proofs still verify", cli_count(len, "content", "contents").at,
	    (unsigned long long)receipt.index);
	cli_say(cli, job, "Within 30 days run 'assay ledger rewrap', so that old backups of keys cannot open them either");
	return OK;
}

const struct cli_command cli_erase_command = {
    .name = "erase",
    .usage = "ENTRY|DIGEST [--subject NAME] --why TEXT --yes",
    .about = "Destroy contents for good; the proofs stay valid",
    .help = "Destroys the content's key and bytes, and purges the view and its snapshots. Afterwards the content reads \"erased by entry n\".\n"
	    "Without --yes it only says what it would erase.",
    .example = "assay erase 1 --subject account --why \"request 17\"",
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
