/*
 * assay search: words in every register's current records, newest first, only what may be seen.
 */
#include "cli/cli_record.h"

static const struct cli_option options[] = {{"limit", "N", "at most so many (50)"}, {NULL, NULL, NULL}};
static const struct cli_column columns[] = {{"register", "register", CLI_TEXT}, {"number", "number", CLI_NUMBER}, {"label", "what it is", CLI_TEXT},
    {"status", "status", CLI_TEXT}, {"changed", "changed", CLI_INSTANT}};

static err
words_of(struct job *job, const struct cli *cli, slice *ret)
{
	struct buf buf = buf_open(job, "words", 64 * KIB);
	for (size_t i = 0; i < cli->words_len; i++)
		buf_printf(&buf, "%s%s", i > 0 ? " " : "", cli->words[i]);
	return buf_end(&buf, ret);
}

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	struct registry_found *found;
	struct cli_sheet sheet;
	uint64_t limit = 50;
	size_t len;
	slice words;
	(void)ret_status;
	if (cli_value(cli, "limit") != NULL && !slice_u64(slice_of(cli_value(cli, "limit")), &limit))
		return err_set(job, ERR_INPUT, "--limit: expected a whole number, found \"%s\"", cli_value(cli, "limit"));
	TRY(words_of(job, cli, &words));
	TRY(cli_record_open(job, cli, &open));
	TRY(registry_search(job, open.registry, words, open.reach, (size_t)limit, &found, &len));
	cli_sheet_open(&sheet, job, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < len; i++) {
		TRY(ledger_person_show(job, open.ledger, found[i].label, &found[i].label));
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(found[i].registry), INT(found[i].number), TEXT(found[i].label), TEXT(found[i].status),
					      INT(found[i].changed_us)}));
	}
	TRY(cli_sheet_print(job, cli, &sheet));
	if (len == 0)
		cli_say(cli, job, "Nothing holds all of these words");
	return OK;
}

const struct cli_command cli_search_command = {.name = "search",
    .usage = "WORDS [--limit N]",
    .about = "Find records of every register by words in them",
    .help = "All words must be there; the last may be the beginning of one. Names of persons are not searched: --where owner=NAME of a list does that.",
    .example = "assay search laptop",
    .options = options,
    .words_min = 1,
    .words_max = 50,
    .run = run};
