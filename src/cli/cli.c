/*
 * main() and the command table's interpreter: finds the command, parses options, runs it, turns the outcome into one sentence and an exit status.
 * Deliberately knows no command by name.
 */
#include "cli/cli.h"

#include <locale.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cli_record.h"

#define CLI_MEMORY (2048 * MIB) /* ceiling of one command's arena */

static int
status_of(err failed)
{
	switch (failed.code) {
	case ERR_NONE:
		return CLI_DONE;
	case ERR_INPUT:
	case ERR_MISSING:
	case ERR_CONFLICT:
	case ERR_LIMIT:
		return CLI_INPUT;
	case ERR_DENIED:
	case ERR_BUSY:
	case ERR_IO:
	case ERR_STORE:
	case ERR_BUG:
	default:
		return CLI_COULD_NOT;
	}
}

static void
list_commands(FILE *out)
{
	fputs("assay keeps a digital service secure and proves it.\n\nusage: assay COMMAND [options]\n\n", out);
	for (size_t i = 0; cli_index[i] != NULL; i++)
		fprintf(out, "  %-12s %s\n", cli_index[i]->name, cli_index[i]->about);
	fputs("\nEvery register is a command too: 'assay register list' names them, 'assay risk list' shows what is in one.\n"
	      "'assay COMMAND --help' explains one. 'assay --version' says which this is.\n"
	      "Exit status: 0 done, 1 something is wrong (check and status only), 2 usage or input, 3 could not.\n",
	    out);
}

static const struct cli_command *
find(const struct cli_command *const *table, const char *name)
{
	for (size_t i = 0; name != NULL && table[i] != NULL; i++)
		if (strcmp(table[i]->name, name) == 0)
			return table[i];
	return NULL;
}

static slice
login_name(void)
{
	const char *sudo = getenv("SUDO_USER");
	if (geteuid() == 0 && sudo != NULL && sudo[0] != '\0' && strlen(sudo) < 64)
		return slice_of(sudo);
	const struct passwd *who = getpwuid(getuid());
	return who != NULL ? slice_of(who->pw_name) : S("unknown");
}

static void
look_at_terminal(struct cli *cli)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	struct winsize size;
	cli->out = stdout;
	cli->terminal = isatty(STDOUT_FILENO) == 1;
	cli->colour = cli->terminal && (no_colour == NULL || no_colour[0] == '\0') && (term == NULL || strcmp(term, "dumb") != 0);
	if (cli->terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		cli->width = size.ws_col;
}

static int
complain(struct job *job, const struct cli *cli, err failed)
{
	cli_progress_end();
	if (cli->json) {
		struct buf buf = buf_open(job, "error", 64 * KIB);
		slice text;
		buf_printf(&buf, "{\"error\":\"%s\",\"why\":", err_name(failed.code));
		text_json(&buf, slice_of(job->why));
		buf_text(&buf, "}");
		if (buf_end(&buf, &text).code == ERR_NONE)
			printf("%.*s\n", SLICE(text));
	}
	fprintf(stderr, "assay%s%s: %s\n", cli->path[0] != '\0' ? " " : "", cli->path, job->why[0] != '\0' ? job->why : err_name(failed.code));
	return status_of(failed);
}

/* Runs one command; ${argv} begins behind its words. */
static int
run(struct job *job, const struct cli_command *command, const char *path, int argc, char **argv)
{
	struct cli cli = {.command = command, .path = path};
	int status = CLI_DONE;
	look_at_terminal(&cli);
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			cli_help(stdout, command, path);
			return fflush(stdout) == 0 ? CLI_DONE : CLI_COULD_NOT;
		}
	err failed = cli_option_parse(job, command, argc, argv, &cli);
	if (failed.code == ERR_NONE) {
		if (!cli.quiet && !cli.json && isatty(STDERR_FILENO) == 1)
			job->progress = cli_progress;
		failed = command->run(job, &cli, &status);
	}
	if (failed.code != ERR_NONE)
		return complain(job, &cli, failed);
	cli_progress_end();
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("assay: standard output could not be written: the result is incomplete\n", stderr);
		return CLI_COULD_NOT;
	}
	return status;
}

/* The first word is no command: an option before it, or a slip of the hand. */
static int
unknown(const char *word)
{
	char shown[64];
	size_t len = 0;
	for (; word[len] != '\0' && len < sizeof shown - 1; len++)
		shown[len] = (unsigned char)word[len] < 0x20 || word[len] == 0x7F ? '?' : word[len];
	shown[len] = '\0';
	if (word[0] == '-')
		fprintf(stderr, "assay: options come behind a command, found \"%s\" first; 'assay --help' lists the commands\n", shown);
	else
		fprintf(stderr, "assay: there is no command named \"%s\"; 'assay --help' lists them\n", shown);
	return CLI_INPUT;
}

/* Neither a verb nor a wish for help. */
static int
no_verb(const struct cli_command *command, int argc, char **argv)
{
	bool asked = argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0);
	if (!asked && argc > 2)
		fprintf(stderr, "assay %s: there is no \"%s\" here\n", command->name, argv[2]);
	cli_help(asked ? stdout : stderr, command, command->name);
	return asked ? CLI_DONE : CLI_INPUT;
}

err
cli_find(struct job *job, int argc, char **argv, struct cli_found *ret)
{
	bool is_register;
	const struct cli_command *command = find(cli_index, argv[0]);
	*ret = (struct cli_found){.command = command, .path = argv[0], .used = 1};
	if (command == NULL) { /* a word that is no command may be a register of the content in use */
		int used;
		TRY(cli_record_command(job, argc - 1, argv + 1, argv[0], &is_register, &ret->command, &ret->path, &used));
		ret->used = used + 1;
		return OK;
	}
	const struct cli_command *verb = command->verbs != NULL && argc > 1 ? find(command->verbs, argv[1]) : NULL;
	if (verb == NULL)
		return OK;
	slice path;
	TRY(job_format(job, &path, "%s %s", command->name, verb->name));
	*ret = (struct cli_found){.command = verb, .path = path.at, .used = 2};
	return OK;
}

static int
dispatch(struct job *job, int argc, char **argv)
{
	struct cli_found found;
	if (argc < 2) {
		list_commands(stderr);
		return CLI_INPUT;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || (strcmp(argv[1], "help") == 0 && argc == 2)) {
		list_commands(stdout);
		return CLI_DONE;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) {
		puts("assay " ASSAY_VERSION);
		return CLI_DONE;
	}
	if (strcmp(argv[1], "help") == 0) { /* help COMMAND [VERB] is COMMAND [VERB] --help */
		static char help[] = "--help";
		char *words[4] = {argv[0], argv[2], argc > 3 ? argv[3] : help, argc > 3 ? help : NULL};
		return dispatch(job, argc > 3 ? 4 : 3, words);
	}
	err got = cli_find(job, argc - 1, argv + 1, &found);
	if (got.code != ERR_NONE)
		return complain(job, &(struct cli){.path = argv[1]}, got);
	if (found.command == NULL)
		return unknown(argv[1]);
	if (found.command->verbs != NULL)
		return no_verb(found.command, argc, argv);
	return run(job, found.command, found.path, argc - 1 - found.used, argv + 1 + found.used);
}

int
main(int argc, char **argv)
{
	struct rlimit none = {0, 0};
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	(void)setrlimit(RLIMIT_CORE, &none); /* keys live in this process */
	(void)signal(SIGPIPE, SIG_IGN);      /* a closed pipe is an error that is reported, not a death in the middle of a write */
	struct arena *arena = arena_open("command", CLI_MEMORY);
	if (arena == NULL) {
		fputs("assay: the system has no memory left\n", stderr);
		return CLI_COULD_NOT;
	}
	struct job job;
	job_init(&job, arena);
	job.actor = login_name();
	int status = dispatch(&job, argc, argv);
	arena_close(arena);
	return status;
}
