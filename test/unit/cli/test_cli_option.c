/*
 * Options: what is taken, what is refused and in which words, help, dates.
 */
#include "kit.h"

#include "cli/cli_option.c" /* the command's own files are no library */

static const struct cli_option own[] = {{"host", "HOST", "this host only"}, {"all", NULL, "everything"},
    {"as-of", "DATE", "as it was known then"}, {"output", "FILE", "where to"}, {NULL, NULL, NULL}};
static const struct cli_command command = {
    .name = "thing", .usage = "[WORD…]", .about = "Do a thing", .options = own, .words_min = 1, .words_max = 2};
static const struct cli_command plain = {.name = "plain", .usage = "", .about = "Do less"};

static struct cli cli;

static err
parse_as(const struct cli_command *of, const char *const *words)
{
	char **argv = (char **)(uintptr_t)words; /* main() has them writable; nothing writes */
	int argc = 0;
	while (argv[argc] != NULL)
		argc++;
	(void)kit_fresh();
	cli = (struct cli){.command = of, .path = of->name};
	return cli_option_parse(kit_job(), of, argc, argv, &cli);
}
#define PARSE(...) parse_as(&command, (const char *const[]){__VA_ARGS__, NULL})

static void
test_cli_option_parse__takes_names_values_and_words(void **state)
{
	(void)state;
	ASSERT_OK(PARSE("--host", "web-1", "one", "--all", "--json", "two"));
	assert_string_equal(cli_value(&cli, "host"), "web-1");
	assert_true(cli_flag(&cli, "all") && cli.json && !cli.csv && !cli.quiet);
	assert_int_equal(cli.words_len, 2);
	assert_string_equal(cli.words[1], "two");
	assert_null(cli_value(&cli, "output"));
	assert_null(cli_value(&cli, "unknown"));
	ASSERT_OK(PARSE("--host=a=b", "--", "--all", "-x"));
	assert_string_equal(cli_value(&cli, "host"), "a=b");
	assert_false(cli_flag(&cli, "all"));
	assert_string_equal(cli.words[0], "--all");
	assert_string_equal(cli.words[1], "-x");
	ASSERT_OK(PARSE("-", "--csv")); /* a dash alone is a word: standard output */
	assert_string_equal(cli.words[0], "-");
	ASSERT_OK(PARSE("-o", "x.html", "w"));
	assert_string_equal(cli_value(&cli, "output"), "x.html");
	ASSERT_OK(parse_as(&plain, (const char *const[]){NULL}));
}

static void
test_cli_option_parse__refuses_by_name(void **state)
{
	(void)state;
	ASSERT_ERR(PARSE("w", "--hots", "x"), ERR_INPUT, "there is no option --hots, did you mean --host? 'assay thing --help' lists them");
	ASSERT_ERR(PARSE("w", "--outp=x"), ERR_INPUT, "did you mean --output?");
	ASSERT_ERR(PARSE("w", "--jsn"), ERR_INPUT, "did you mean --json?");
	ASSERT_ERR(PARSE("w", "--entirely-else"), ERR_INPUT, "there is no option --entirely-else; 'assay thing --help' lists them");
	ASSERT_ERR(PARSE("w", "--x"), ERR_INPUT, "there is no option --x;");
	ASSERT_ERR(PARSE("w", "--="), ERR_INPUT, "there is no option --;");
	ASSERT_ERR(PARSE("w", "--all=yes"), ERR_INPUT, "--all takes no value, found \"yes\"");
	ASSERT_ERR(PARSE("w", "--host"), ERR_INPUT, "--host needs a value: HOST");
	ASSERT_ERR(PARSE("w", "--host="), ERR_INPUT, "--host needs a value: HOST, found an empty one");
	ASSERT_ERR(PARSE("w", "--host", ""), ERR_INPUT, "found an empty one");
	ASSERT_ERR(PARSE("w", "--host", "a", "--host", "b"), ERR_INPUT, "--host is given twice");
	ASSERT_ERR(PARSE("w", "--all", "--all"), ERR_INPUT, "--all is given twice");
	ASSERT_ERR(PARSE("w", "-h"), ERR_INPUT, "options have long names (--name), found \"-h\"");
	ASSERT_ERR(PARSE("w", "--json", "--csv"), ERR_INPUT, "--json and --csv exclude each other");
	ASSERT_ERR(PARSE("--all"), ERR_INPUT, "something is missing; usage: assay thing [WORD…]");
	ASSERT_ERR(PARSE("a", "b", "c"), ERR_INPUT, "\"c\" is one word too many");
	ASSERT_ERR(parse_as(&plain, (const char *const[]){"-o", "x", NULL}), ERR_INPUT, "options have long names");
	/* What is not ours must not act on the terminal. */
	ASSERT_ERR(PARSE("w", "--\x1b[2Jx"), ERR_INPUT, "there is no option --?[2Jx");
}

static void
test_cli_value_instant__a_date_alone_is_its_last_moment(void **state)
{
	int64_t at = 7;
	(void)state;
	ASSERT_OK(PARSE("w"));
	ASSERT_OK(cli_value_instant(kit_job(), &cli, "as-of", &at));
	assert_int_equal(at, 7); /* absent: untouched */
	ASSERT_OK(PARSE("w", "--as-of", "2026-11-22"));
	ASSERT_OK(cli_value_instant(kit_job(), &cli, "as-of", &at));
	assert_string_equal(instant_text(at).at, "2026-11-22T23:59:59.999999Z");
	ASSERT_OK(PARSE("w", "--as-of", "2026-11-22T09:30:00Z"));
	ASSERT_OK(cli_value_instant(kit_job(), &cli, "as-of", &at));
	assert_string_equal(instant_text(at).at, "2026-11-22T09:30:00Z");
	ASSERT_OK(PARSE("w", "--as-of", "yesterday"));
	ASSERT_ERR(cli_value_instant(kit_job(), &cli, "as-of", &at), ERR_INPUT, "--as-of: expected a date (2026-11-22) or an instant");
}

/* Today is not in the future, though its last moment is; tomorrow is. */
static void
test_cli_moment__refuses_the_future(void **state)
{
	struct ledger_moment moment;
	(void)state;
	ASSERT_OK(PARSE("w", "--as-of", "2026-11-23"));
	kit_job()->now_us = instant_from_civil(2026, 11, 22) * DAY_US + 3600 * SECOND_US;
	ASSERT_ERR(cli_moment(kit_job(), &cli, NULL, &moment), ERR_INPUT, "is in the future");
	ASSERT_OK(PARSE("w", "--as-of", "2026-11-22T02:00:00Z"));
	kit_job()->now_us = instant_from_civil(2026, 11, 22) * DAY_US + 3600 * SECOND_US;
	ASSERT_ERR(cli_moment(kit_job(), &cli, NULL, &moment), ERR_INPUT, "is in the future");
	const char *dir = kit_mkdir();
	struct ledger_place place;
	struct ledger *ledger;
	ASSERT_OK(ledger_place_of(kit_job(), dir, NULL, NULL, NULL, &place));
	ASSERT_OK(ledger_init(kit_job(), &place));
	ASSERT_OK(ledger_open(kit_job(), &place, &ledger));
	struct job *job = kit_job();
	cli = (struct cli){.command = &command, .path = "thing"};
	ASSERT_OK(cli_option_parse(job, &command, 3, (char **)(uintptr_t)(const char *const[]){"--as-of", "2026-11-22", "w"}, &cli));
	ASSERT_OK(cli_moment(job, &cli, ledger, &moment));
	assert_true(moment.now_us == job->now_us);
	assert_int_equal(moment.size, ledger_size(ledger));
	ledger_close(ledger);
	kit_rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cli_option_parse__takes_names_values_and_words),
	    cmocka_unit_test(test_cli_option_parse__refuses_by_name),
	    cmocka_unit_test(test_cli_value_instant__a_date_alone_is_its_last_moment),
	    cmocka_unit_test(test_cli_moment__refuses_the_future),
	};
	return KIT_TESTS(tests);
}
