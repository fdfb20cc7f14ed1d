/*
 * Options: long names only, "--name value" or "--name=value", "--" ends them; "-o FILE" is --output where a command has one. Also the
 * place a command works in. Deliberately has no abbreviations: a script must mean the same tomorrow.
 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "base/instant.h"

const struct cli_option cli_option_common[] = {
    {"dir", "DIR", "where store, keys and settings live (else $ASSAY_DIR, ./var, /var/lib/assay)"},
    {"keys", "DIR", "where the keys are, when not DIR/keys"},
    {"signer", "DIR", "where the signer's state is, when not DIR/signer"},
    {"content", "DIR", "frameworks and checks to use (else $ASSAY_CONTENT, those installed)"},
    {"json", NULL, "print records as JSON"},
    {"csv", NULL, "print records as CSV"},
    {"quiet", NULL, "print results only"},
    {NULL, NULL, NULL},
};

static size_t
count(const struct cli_option *options)
{
	size_t len = 0;
	while (options != NULL && options[len].name != NULL)
		len++;
	return len;
}

static const struct cli_option *
find(const struct cli_command *command, slice name, size_t *ret_at)
{
	const struct cli_option *tables[] = {command->options, cli_option_common};
	size_t at = 0;
	for (size_t t = 0; t < 2; t++)
		for (const struct cli_option *option = tables[t]; option != NULL && option->name != NULL; option++, at++)
			if (slice_same(slice_of(option->name), name)) {
				*ret_at = at;
				return option;
			}
	return NULL;
}

/* Has ${command} an --output, so that -o means it? */
static bool
has_output(const struct cli_command *command)
{
	size_t at;
	const struct cli_option *option = find(command, S("output"), &at);
	return option != NULL && option->value != NULL;
}

const char *
cli_value(const struct cli *cli, const char *name)
{
	size_t at;
	return find(cli->command, slice_of(name), &at) != NULL ? cli->values[at] : NULL;
}

bool
cli_flag(const struct cli *cli, const char *name)
{
	return cli_value(cli, name) != NULL;
}

err
cli_value_instant(struct job *job, const struct cli *cli, const char *name, int64_t *ret_us)
{
	const char *text = cli_value(cli, name);
	int64_t at;
	if (text == NULL)
		return OK;
	if (!instant_parse(slice_of(text), &at))
		return err_set(
		    job, ERR_INPUT, "--%s: expected a date (2026-11-22) or an instant (2026-11-22T09:30:00Z), found \"%s\"", name, text);
	*ret_us = strlen(text) == 10 ? at + DAY_US - 1 : at;
	return OK;
}

/* The option that ${name} was probably meant to be, or NULL. */
static const char *
nearest(const struct cli_command *command, slice name)
{
	const struct cli_option *tables[] = {command->options, cli_option_common};
	const char *found = NULL;
	size_t least = 3;
	for (size_t t = 0; t < 2; t++)
		for (const struct cli_option *option = tables[t]; option != NULL && option->name != NULL; option++) {
			bool begun = name.len >= 3 && slice_starts(slice_of(option->name), name);
			size_t far = begun ? 1 : slice_distance(name, slice_of(option->name));
			if (far < least && far < name.len) {
				least = far;
				found = option->name;
			}
		}
	return found;
}

static err
refuse_option(struct job *job, const struct cli *cli, slice name)
{
	const char *near = nearest(cli->command, name);
	if (near != NULL)
		return err_set(job, ERR_INPUT, "there is no option --%.*s, did you mean --%s? 'assay %s --help' lists them", SLICE(name),
		    near, cli->path);
	return err_set(job, ERR_INPUT, "there is no option --%.*s; 'assay %s --help' lists them", SLICE(name), cli->path);
}

static err
one_option(struct job *job, struct cli *cli, int argc, char **argv, int *at)
{
	bool short_output = strcmp(argv[*at], "-o") == 0;
	slice name = short_output ? S("output") : slice_from(slice_of(argv[*at]), 2), value = {0};
	size_t equals = slice_find(name, '='), index;
	bool has_value = equals < name.len;
	if (has_value) {
		value = slice_from(name, equals + 1);
		name = slice_part(name, 0, equals);
	}
	const struct cli_option *option = find(cli->command, name, &index);
	if (option == NULL)
		return refuse_option(job, cli, name);
	if (cli->values[index] != NULL)
		return err_set(job, ERR_INPUT, "--%s is given twice", option->name);
	if (option->value == NULL && has_value)
		return err_set(job, ERR_INPUT, "--%s takes no value, found \"%.*s\"", option->name, SLICE(value));
	if (option->value != NULL && !has_value) {
		if (*at + 1 >= argc)
			return err_set(job, ERR_INPUT, "--%s needs a value: %s", option->name, option->value);
		value = slice_of(argv[++*at]);
	}
	if (option->value != NULL && value.len == 0) /* an empty variable of a script must not mean "all" */
		return err_set(job, ERR_INPUT, "--%s needs a value: %s, found an empty one", option->name, option->value);
	cli->values[index] = option->value == NULL ? "yes" : value.at;
	return OK;
}

err
cli_option_parse(struct job *job, const struct cli_command *command, int argc, char **argv, struct cli *cli)
{
	const char **words;
	bool ended = false;
	if (count(command->options) + count(cli_option_common) > CLI_MAX_OPTIONS)
		return err_set(job, ERR_BUG, "%s has more options than CLI_MAX_OPTIONS", command->name);
	TRY(NEW(job, (size_t)argc + 1, &words));
	for (int i = 0; i < argc; i++) {
		if (!ended && strcmp(argv[i], "--") == 0)
			ended = true;
		else if (!ended && (strncmp(argv[i], "--", 2) == 0 || (strcmp(argv[i], "-o") == 0 && has_output(command))))
			TRY(one_option(job, cli, argc, argv, &i));
		else if (!ended && argv[i][0] == '-' && argv[i][1] != '\0')
			return err_set(job, ERR_INPUT, "options have long names (--name), found \"%s\"; 'assay %s --help' lists them",
			    argv[i], cli->path);
		else
			words[cli->words_len++] = argv[i];
	}
	cli->words = words;
	cli->json = cli_flag(cli, "json");
	cli->csv = cli_flag(cli, "csv");
	cli->quiet = cli_flag(cli, "quiet");
	if (cli->json && cli->csv)
		return err_set(job, ERR_INPUT, "--json and --csv exclude each other");
	if (cli->words_len < command->words_min)
		return err_set(job, ERR_INPUT, "something is missing; usage: assay %s %s", cli->path, command->usage);
	if (cli->words_len > command->words_max)
		return err_set(job, ERR_INPUT, "\"%s\" is one word too many; usage: assay %s %s", words[command->words_max], cli->path,
		    command->usage);
	return OK;
}

err
cli_place(struct job *job, struct cli *cli)
{
	const char *dir;
	TRY(ledger_place_find(job, cli_value(cli, "dir"), &dir));
	return ledger_place_of(job, dir, cli_value(cli, "keys"), cli_value(cli, "signer"), getenv("ASSAY_RUN"), &cli->place);
}

err
cli_ledger(struct job *job, struct cli *cli, struct ledger **ret)
{
	TRY(cli_place(job, cli));
	return ledger_open(job, &cli->place, ret);
}

err
cli_moment(struct job *job, const struct cli *cli, struct ledger *ledger, struct ledger_moment *ret)
{
	int64_t as_of = 0, now = job_now(job);
	TRY(cli_value_instant(job, cli, "as-of", &as_of));
	if (as_of > now && as_of - now < DAY_US && strlen(cli_value(cli, "as-of")) == 10) /* today: what there is of it */
		as_of = now;
	if (as_of > now)
		return err_set(job, ERR_INPUT, "--as-of: %s is in the future", instant_text(as_of).at);
	return ledger_moment(job, ledger, as_of, ret);
}

err
cli_words(struct job *job, const char *text, slice **ret, size_t *ret_len)
{
	slice rest = slice_of(text), one;
	*ret_len = 0;
	TRY(NEW(job, rest.len + 1, ret));
	while (slice_cut(&rest, ',', &one))
		if (slice_trim(one).len > 0)
			(*ret)[(*ret_len)++] = slice_trim(one);
	return OK;
}
