/*
 * assay demo: a store that is filled by ordinary commands, as a team would have typed them over some months, so that a newcomer sees every register alive.
 * Deliberately the only place where a command runs with another's name and at another moment, and only in a store that it has just made itself: everything else asks the
 * system who and when.
 */
#include "cli/cli_demo.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "cli/cli_record.h"

#define STEP_MEMORY (2048 * MIB) /* as of a command of its own */
#define EXTRA_WORDS 5
#define MINUTE_US (60 * SECOND_US)

extern const struct cli_command cli_demo_command, cli_init_command;

static const struct cli_option options[] = {
    {"collect", NULL, "look at this machine too, and record it as one of the service's machines"},
    {"lint", NULL, "only find what is wrong with the steps"},
    {NULL, NULL, NULL},
};

/* What runs one step after the other. */
struct teller {
	struct job *job; /* the demo's own; each step has another */
	const struct cli *cli;
	struct arena *arena; /* of one step */
	struct content content; /* read once for all steps */
	struct cli_demo_story story;
	struct cli_demo_names names;
	char *extra[EXTRA_WORDS]; /* which store: behind the words of every step */
	int extra_len;
	bool dry;
};

/* The words of a step with those that name the store behind them, and the command that they begin with. */
static err
understand(struct job *job, const struct teller *teller, const struct cli_demo_step *step, struct cli *ret)
{
	struct cli_found found;
	char **words, **argv;
	int len;
	TRY(cli_demo_words(job, &teller->story, step, teller->dry ? NULL : &teller->names, &words, &len));
	TRY(NEW(job, (size_t)(len + teller->extra_len + 1), &argv));
	for (int i = 0; i < len; i++) {
		if (strcmp(words[i], "--") == 0)
			return err_set(job, ERR_INPUT, "a step has no --");
		argv[i] = words[i];
	}
	memcpy(argv + len, teller->extra, (size_t)teller->extra_len * sizeof *argv);
	len += teller->extra_len;
	TRY(cli_find(job, len, argv, &found));
	if (found.command == NULL || found.command->verbs != NULL)
		return err_set(job, ERR_INPUT, "there is no command \"%s %s\"", argv[0], len > 1 ? argv[1] : "");
	if (found.command == &cli_demo_command || found.command == &cli_init_command)
		return err_set(job, ERR_INPUT, "a step makes no store");
	*ret = (struct cli){.command = found.command, .path = found.path, .out = stdout};
	return cli_option_parse(job, found.command, len - found.used, argv + found.used, ret);
}

static err
step_run(struct job *job, const struct teller *teller, const struct cli_demo_step *step, int64_t *ret_number)
{
	struct cli cli;
	int status;
	TRY(understand(job, teller, step, &cli));
	TRY(cli.command->run(job, &cli, &status));
	*ret_number = cli.number;
	return OK;
}

/* A refusal that belongs to the story is one. */
static err
as_expected(struct job *job, const struct cli_demo_step *step, err got)
{
	if (step->fails.len == 0)
		return got;
	if (got.code == ERR_NONE)
		return err_set(job, ERR_INPUT, "expected a refusal with \"%.*s\", but it was done", SLICE(step->fails));
	return slice_has(slice_of(job->why), step->fails) ? OK : got;
}

static err
step_tell(struct teller *teller, const struct cli_demo_step *step)
{
	struct job job;
	int64_t number = 0;
	arena_reset(teller->arena);
	job_init(&job, teller->arena);
	job.actor = step->actor.len > 0 ? step->actor : teller->names.me;
	job.now_us = step->collecting ? 0 : step->at_us; /* what a machine shows is of now */
	err got = as_expected(&job, step, step_run(&job, teller, step, &number));
	if (got.code == ERR_NONE && step->name.len > 0 && number == 0)
		got = err_set(&job, ERR_INPUT, "name: only a step that adds a record can have one");
	if (got.code != ERR_NONE)
		return err_set(teller->job, got.code, "%s:%u: %s", step->node->file, step->node->line, job.why);
	if (step->name.len > 0)
		teller->names.at[teller->names.len++] = (struct cli_demo_name){step->name, number};
	return OK;
}

/* Standard output is for what the demo says, not for what its steps say. */
static err
mute(struct job *job, int *ret_was)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	(void)fflush(stdout);
	*ret_was = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (nowhere < 0 || *ret_was < 0 || dup2(nowhere, STDOUT_FILENO) < 0)
		return err_set(job, ERR_IO, "standard output cannot be set aside");
	(void)close(nowhere);
	return OK;
}

static void
unmute(const int *was)
{
	if (*was < 0)
		return;
	(void)fflush(stdout);
	(void)dup2(*was, STDOUT_FILENO);
	(void)close(*was);
}

static err
tell(struct teller *teller, size_t *ret_told)
{
	DEFER(unmute) int was = -1;
	TRY(mute(teller->job, &was));
	for (size_t i = 0; i < teller->story.len; i++) {
		const struct cli_demo_step *step = &teller->story.steps[i];
		if (step->collecting && !cli_flag(teller->cli, "collect"))
			continue;
		TRY(step_tell(teller, step));
		(*ret_told)++;
		job_progress(teller->job, "telling the story", i + 1, teller->story.len);
	}
	return OK;
}

/* Making the store */

/* What is there already is somebody's: also keys whose store was lost. */
static err
folder_is_free(struct job *job, const char *dir)
{
	struct fs_root root;
	struct fs_name *names;
	size_t len;
	if (access(dir, F_OK) != 0)
		return OK;
	TRY(fs_root_open(job, dir, &root));
	err got = fs_list(job, &root, ".", 10000, &names, &len);
	fs_root_close(&root);
	TRY(got);
	return len == 0 ? OK : err_set(job, ERR_CONFLICT, "%s: expected no folder or an empty one, found something in it: a demonstration is never mixed with anything", dir);
}

static err
store_make(struct teller *teller, const char *dir)
{
	struct ledger_place place;
	struct job job;
	const char *path;
	TRY(ledger_place_of(teller->job, dir, NULL, NULL, getenv("ASSAY_RUN"), &place));
	arena_reset(teller->arena);
	job_init(&job, teller->arena);
	job.actor = teller->names.me;
	job.now_us = teller->story.steps[0].at_us - MINUTE_US;
	err got = ledger_init(&job, &place);
	if (got.code != ERR_NONE)
		return err_set(teller->job, got.code, "%s", job.why);
	TRY(fs_join(teller->job, dir, "README", &path));
	return fs_write(teller->job, path,
	    S("Everything in this store is made up: no such department, service or person exists.\n\"assay demo\" wrote it; delete the folder when you are done.\n"), 0644);
}

static err
extra_words(struct teller *teller, const char *dir)
{
	const char *const pairs[][2] = {{"--dir", dir}, {"--content", cli_value(teller->cli, "content")}};
	slice copy;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		for (int half = 0; half < 2 && pairs[i][1] != NULL; half++) {
			TRY(job_format(teller->job, &copy, "%s", pairs[i][half]));
			teller->extra[teller->extra_len++] = (char *)(uintptr_t)copy.at;
		}
	TRY(job_format(teller->job, &copy, "--quiet"));
	teller->extra[teller->extra_len++] = (char *)(uintptr_t)copy.at;
	return OK;
}

static err
teller_open(struct job *job, const struct cli *cli, const char *content, const char *dir, struct teller *ret)
{
	struct registry *registry;
	const char *folder;
	*ret = (struct teller){.job = job, .cli = cli, .names = {.me = job->actor}};
	TRY(fs_join(job, content, "demo", &folder));
	TRY(cli_demo_story_read(job, folder, job_now(job), &ret->story));
	TRY(NEW(job, ret->story.len, &ret->names.at));
	if (dir != NULL)
		TRY(extra_words(ret, dir));
	ret->arena = arena_open("step", STEP_MEMORY);
	if (ret->arena == NULL)
		return err_set(job, ERR_LIMIT, "the system has no memory left");
	TRY(content_load(job, content, NULL, &ret->content));
	TRY(registry_open_at(job, NULL, &ret->content, &registry));
	cli_content_keep(&ret->content);
	registry_keep(registry);
	return OK;
}

static void
teller_close_at(struct teller *teller)
{
	cli_content_keep(NULL);
	registry_keep(NULL);
	arena_close(teller->arena);
}

/* Looking without a store */

err
cli_demo_lint(struct job *job, const char *dir, ledger_line line, void *line_to, size_t *ret_faults, size_t *ret_steps)
{
	DEFER(teller_close_at) struct teller teller = {0};
	const struct cli nothing = {.command = &cli_demo_command};
	*ret_faults = 0;
	TRY(teller_open(job, &nothing, dir, NULL, &teller));
	teller.dry = true;
	teller.extra[0] = (char *)(uintptr_t) "--content";
	teller.extra[1] = (char *)(uintptr_t)dir;
	teller.extra_len = 2;
	*ret_steps = teller.story.len;
	for (size_t i = 0; i < teller.story.len; i++) {
		const struct cli_demo_step *step = &teller.story.steps[i];
		struct job dry;
		struct cli cli;
		slice text;
		arena_reset(teller.arena);
		job_init(&dry, teller.arena);
		dry.now_us = step->at_us;
		err got = understand(&dry, &teller, step, &cli);
		if (got.code == ERR_NONE && cli.command->subject != NULL)
			got = cli_record_lint(&dry, &cli);
		if (got.code == ERR_NONE)
			continue;
		TRY(job_format(job, &text, "%s:%u: %s", step->node->file, step->node->line, dry.why));
		TRY(line(job, line_to, text));
		(*ret_faults)++;
	}
	return OK;
}

static err
say_fault(struct job *job, void *to, slice text)
{
	cli_say(to, job, "%.*s", SLICE(text));
	return OK;
}

static err
lint(struct job *job, struct cli *cli, const char *content, int *ret_status)
{
	size_t faults, steps;
	TRY(cli_demo_lint(job, content, say_fault, cli, &faults, &steps));
	if (faults > 0)
		*ret_status = CLI_INPUT;
	cli_say(cli, job, "%s, %s", cli_count(steps, "step", "steps").at, cli_count(faults, "fault", "faults").at);
	return OK;
}

static void
say_next(const struct cli *cli, struct job *job, const char *dir, size_t told)
{
	cli_say(cli, job, "Made a demonstration in %s: %zu commands of a team that does not exist, typed over its last months. All of it is made up.", dir, told);
	cli_say(cli, job, "\nLook at it with:");
	cli_say(cli, job, "  export ASSAY_DIR=%s", dir);
	cli_say(cli, job, "  assay check                     # what is wrong today");
	cli_say(cli, job, "  assay status                    # how much of each text is answered");
	cli_say(cli, job, "  assay risk list                 # one register; 'assay register list' names them all");
	cli_say(cli, job, "  assay deadline list             # what is due, and what is late");
	cli_say(cli, job, "  assay risk show 1               # one record, with its history");
	cli_say(cli, job, "  assay report html -o demo.html  # all of it, to be read by others");
}

/* The whole story into a store in ${dir}. */
static err
make(struct job *job, const struct cli *cli, const char *content, const char *dir, size_t *ret_told)
{
	DEFER(teller_close_at) struct teller teller = {0};
	TRY(teller_open(job, cli, content, dir, &teller));
	TRY(store_make(&teller, dir));
	return tell(&teller, ret_told);
}

/* Made in memory, and moved when it is whole: nothing half-made is ever left where it is wanted. */
static err
make_in_memory(struct job *job, const struct cli *cli, const char *content, const char *scratch, const char *dir, size_t *ret_told)
{
	TRY(make(job, cli, content, scratch, ret_told));
	return cli_demo_move(job, scratch, dir);
}

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	const char *dir = cli->words_len > 0 ? cli->words[0] : cli_value(cli, "dir"), *content, *scratch;
	size_t told = 0;
	TRY(content_find(job, cli_value(cli, "content"), &content));
	if (cli_flag(cli, "lint"))
		return lint(job, cli, content, ret_status);
	if (cli_value(cli, "keys") != NULL || cli_value(cli, "signer") != NULL)
		return err_set(job, ERR_INPUT, "the keys and the signer of a demonstration lie in its own folder: leave --keys and --signer out");
	if (dir == NULL) /* never $ASSAY_DIR or ./var: what is real is kept there */
		dir = "demo";
	TRY(folder_is_free(job, dir));
	TRY(cli_demo_scratch_open(job, &scratch));
	err got = scratch != NULL ? make_in_memory(job, cli, content, scratch, dir, &told) : make(job, cli, content, dir, &told);
	cli_demo_scratch_close(job, scratch);
	if (got.code != ERR_NONE)
		return err_prefix(job, got, "no demonstration was made in %s", dir);
	say_next(cli, job, dir, told);
	return OK;
}

const struct cli_command cli_demo_command = {
    .name = "demo",
    .usage = "[DIR] [--collect] | --lint",
    .about = "Make a store with a made-up service in it, to look around in",
    .help = "Fills a new store in DIR (else --dir, ./demo) with what a team would have typed over some months: a licensing service a few weeks before its assessment, with\n"
	    "risks, suppliers, incidents, requests and audits, some of them late. Every step is an ordinary command of content/demo/, so what it shows is what you would\n"
	    "get. Nothing of it is true. DIR must be new or empty. You are its administrator; the others have roles: 'assay access list'.",
    .example = "assay demo --lint",
    .options = options,
    .words_max = 1,
    .run = run,
};
