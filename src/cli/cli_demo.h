/*
 * The story that assay demo tells: steps of content/demo/, each the words of an ordinary command, who types them and when.
 */
#ifndef CLI_CLI_DEMO_H
#define CLI_CLI_DEMO_H

#include "base/yaml.h"
#include "catalogue/catalogue.h"
#include "cli/cli.h"

struct cli_demo_step {
	const struct yaml *node;  /* where it stands, for messages */
	int64_t at_us;            /* when it is typed */
	slice actor;              /* who types it; empty: whoever runs the demo */
	slice name;               /* under which the number of the record it is about is remembered; or empty */
	slice fails;              /* words of the refusal that is expected; or empty */
	bool collecting;          /* only with --collect */
	const struct yaml *words; /* a list of texts */
};

struct cli_demo_story {
	struct cli_demo_step *steps; /* of all files, in the order of their moments */
	size_t len;
	const char *folder;
	int64_t now_us; /* what the days of the steps are counted from */
};

/* Read the YAML files of ${folder} strictly: ERR_INPUT by file and line; ERR_MISSING: there is no story. */
err cli_demo_story_read(struct job *job, const char *folder, int64_t now_us, struct cli_demo_story *ret);

/* Numbers of records by the names that steps gave them. */
struct cli_demo_name {
	slice name;
	int64_t number;
};
struct cli_demo_names {
	struct cli_demo_name *at; /* room for one a step */
	size_t len;
	slice me; /* whoever runs the demo */
};

/*
 * The words of ${step} as they are typed, in the job's arena: ${NAME} is a record's number, ${me} who runs it, ${folder} where the story lies, ${-30d} a day and
 * ${-30d 09:30} an instant counted from now. ${names} NULL: only whether they can be understood.
 */
err cli_demo_words(struct job *job, const struct cli_demo_story *story, const struct cli_demo_step *step, const struct cli_demo_names *names, char ***ret,
    int *ret_len);

/* A folder in memory for the store while it is filled, or NULL where there is none; _close() removes it with all that is in it. */
err cli_demo_scratch_open(struct job *job, const char **ret);
void cli_demo_scratch_close(struct job *job, const char *scratch);
/* Copy what is below ${from} to the folder ${to}, modes too, onto the disk. */
err cli_demo_move(struct job *job, const char *from, const char *to);

/* Say everything that is wrong with the steps of ${dir} (a folder of content) as far as it shows without a store; ${ret_steps} is how many there are. */
err cli_demo_lint(struct job *job, const char *dir, ledger_line line, void *line_to, size_t *ret_faults, size_t *ret_steps);

#endif
