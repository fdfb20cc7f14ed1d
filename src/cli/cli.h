/*
 * The front door: the command table, options, exit status, and printing. One file per command; a command is one descriptor.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdio.h>
#include <sys/types.h>

#include "base/job.h"
#include "base/table.h"
#include "ledger/ledger.h"

/* Exit status: what scripts rely on. */
enum {
	CLI_DONE = 0,
	CLI_WRONG = 1,     /* something is wrong with the service: from check and status only */
	CLI_INPUT = 2,     /* usage or input */
	CLI_COULD_NOT = 3, /* busy, no permission, no space */
};

struct cli_option {
	const char *name;  /* without the dashes */
	const char *value; /* its value's name, or NULL for a flag */
	const char *about;
};

#define CLI_MAX_OPTIONS 160 /* a register may have 80 fields */
#define CLI_MAX_WORDS 1024

struct cli {
	const struct cli_command *command; /* the one that runs */
	const char *path;                  /* its words: "ledger verify" */
	const char *values[CLI_MAX_OPTIONS]; /* by position in the command's options, then the common ones */
	const char *const *words;          /* what is not an option */
	size_t words_len;
	struct ledger_place place;         /* after cli_place() */
	bool json, csv, quiet, colour, terminal;
	unsigned width; /* of the terminal, 0 when not one */
	FILE *out;
	int64_t number; /* of the record that was added; 0: none was */
};

struct cli_command {
	const char *name;
	const char *usage;   /* its words and options: "[--table T] [--output FILE|-]" */
	const char *about;   /* one line for the list */
	const char *help;    /* paragraphs for --help; the manual page says the same */
	const char *example; /* one line that can be typed as it stands (a test does), unless it holds "…" */
	const struct cli_option *options; /* ends with a NULL name; may be NULL */
	size_t words_min, words_max;
	const struct cli_command *const *verbs; /* NULL-terminated sub-commands, then run is NULL */
	err (*run)(struct job *job, struct cli *cli, int *ret_status);
	const void *subject; /* what a command that was made from content is about */
};

/* All commands, NULL-terminated, in the order of src/cli/meson.build. */
extern const struct cli_command *const cli_index[];

/*
 * The command that ${argv} (without the program's name) begins with: one of the table, or of a register of the content in use. Its verbs are not NULL when the verb is
 * missing or unknown; NULL: there is none of that name. ${used} words named it.
 */
struct cli_found {
	const struct cli_command *command;
	const char *path;
	int used;
};
err cli_find(struct job *job, int argc, char **argv, struct cli_found *ret);

/* cli_option.c: the value of ${name} or NULL; whether a flag was given; a duration or date option parsed (absent leaves ${ret}). */
const char *cli_value(const struct cli *cli, const char *name);
bool cli_flag(const struct cli *cli, const char *name);
err cli_value_instant(struct job *job, const struct cli *cli, const char *name, int64_t *ret_us); /* a date alone = its last moment */
/* "a, b": its words. The array is the job's, the texts are ${text}'s. */
err cli_words(struct job *job, const char *text, slice **ret, size_t *ret_len);
/* Parse ${argv} for ${command}: ERR_INPUT names the option and the nearest known one. --help is left to cli.c. */
err cli_option_parse(struct job *job, const struct cli_command *command, int argc, char **argv, struct cli *cli);
/* cli_help.c: lines of at most 100 columns; a single newline in a text is a blank, an empty line parts paragraphs. */
void cli_help(FILE *out, const struct cli_command *command, const char *path);
/* Every command takes these. */
extern const struct cli_option cli_option_common[];

/* Where things are (--dir, --keys, --signer, $ASSAY_DIR …) and opening what is there. */
err cli_place(struct job *job, struct cli *cli);
err cli_ledger(struct job *job, struct cli *cli, struct ledger **ret);
err cli_moment(struct job *job, const struct cli *cli, struct ledger *ledger, struct ledger_moment *ret); /* --as-of */

/* cli_print.c: sheets: columns and rows, printed as a table that fits the terminal, as JSON (an array of objects) or CSV. */
enum cli_column_kind {
	CLI_TEXT,
	CLI_NUMBER,
	CLI_INSTANT, /* µs; shown to the minute in tables, in full elsewhere */
	CLI_WORD,    /* a verdict or severity: coloured on a terminal */
	CLI_JSON,    /* text that is JSON already: as it is in --json */
	CLI_BOOL,
	CLI_LOOSE, /* text; when .number is 1 it is a number in text's clothes: bare in JSON (columns of a person's own question) */
};
struct cli_column {
	const char *name;  /* key in JSON and CSV */
	const char *title; /* heading of the table; NULL = only in JSON and CSV */
	enum cli_column_kind kind;
};
struct cli_sheet {
	struct job *job;
	const struct cli_column *columns;
	size_t columns_len;
	struct cell **row;
	size_t len, room;
};
void cli_sheet_open(struct cli_sheet *sheet, struct job *job, const struct cli_column *columns, size_t columns_len);
err cli_sheet_row(struct cli_sheet *sheet, const struct cell *cells); /* copied; text is borrowed */
err cli_sheet_print(struct job *job, const struct cli *cli, const struct cli_sheet *sheet);
/* As CSV to a file only its owner may read, or (NULL) standard output. */
err cli_sheet_csv_text(struct job *job, const struct cli_sheet *sheet, slice *ret);
err cli_sheet_csv(struct job *job, const char *path, const struct cli_sheet *sheet);
/* One record: as "title: value" lines, or one JSON object. */
err cli_sheet_print_record(struct job *job, const struct cli *cli, const struct cli_sheet *sheet);

/* Say a line on standard output, escaped for the terminal; nothing when --json or --quiet. */
void cli_say(const struct cli *cli, struct job *job, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same for what is told line by line (a ledger_line; ${cli} is a struct cli): a result, so --json and --quiet do not silence it. */
err cli_line(struct job *job, void *cli, slice text);
/* "1 table", "2 tables". */
struct cli_count_text {
	char at[80];
};
struct cli_count_text cli_count(uint64_t number, const char *one, const char *many);
/* Colour words when the output is a terminal and NO_COLOR is not set: "red", "green", "yellow", "bold", "dim"; "" otherwise. */
const char *cli_colour(const struct cli *cli, const char *word);
const char *cli_colour_of(const struct cli *cli, slice verdict_or_severity);
/* Progress on standard error when it is a terminal. */
void cli_progress(void *to, const char *what, uint64_t done, uint64_t total);
void cli_progress_end(void);
/* Write ${text} to FILE or standard output ("-" or NULL); atomic for files. A failed write to standard output is ERR_IO. */
err cli_output(struct job *job, const char *path, slice text, mode_t mode);

/* The content set and catalogue in use. */
struct content;
struct catalogue;
struct checks;
err cli_content(struct job *job, const struct cli *cli, struct content *ret);
/* From now on it is ${kept}, which is not read again: for many commands in one process. NULL: it is read each time. */
void cli_content_keep(const struct content *kept);
const struct content *cli_content_kept(void);

#endif
