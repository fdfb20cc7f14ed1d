/*
 * Commands that are made from registers: assay REGISTER VERB. One descriptor a verb; its options and help come from the definition.
 */
#ifndef CLI_CLI_RECORD_H
#define CLI_CLI_RECORD_H

#include "cli/cli_register.h"
#include "registry/registry_access.h"
#include "registry/registry_write.h"

/* A verb that every register has, or those with an ability. */
struct cli_record_verb {
	const char *name;
	const char *about;   /* behind "Risk: " */
	const char *usage;
	const char *help;
	const char *example; /* behind "assay REGISTER " */
	const char *ability; /* only registers with it; NULL: all */
	bool observed;       /* only registers of what hosts show */
	bool tasks;          /* only registers whose records need others */
	bool fields;         /* every field is an option */
	bool changes;        /* its help lists the status changes there are; then there is a help */
	const struct cli_option *options; /* beside the fields; may be NULL */
	size_t words_min, words_max;
	err (*run)(struct job *job, struct cli *cli, int *ret_status);
};
extern const struct cli_record_verb *const cli_record_verbs[]; /* NULL-terminated, in the order of help */

/* What every such command opens. */
struct cli_record {
	struct content content;
	struct registry *registry;
	const struct registry_register *def;
	struct ledger *ledger;
	struct ledger_moment now;
	struct registry_access *access; /* of whoever asks */
	struct registry_reach reach;    /* the records they may read: of the register, or of all */
};
err cli_record_open(struct job *job, struct cli *cli, struct cli_record *ret);
void cli_record_close_at(struct cli_record *open); /* for DEFER */

/* The definition that the command was made from, as it was read before anything was opened. */
const struct registry_register *cli_record_def(const struct cli *cli);

/*
 * Is ${name} a register of the content in use? Then run its command; ${argv} begins behind it. ${ret_found} false: nothing was done.
 */
err cli_record_command(struct job *job, int argc, char **argv, const char *name, bool *ret_found, const struct cli_command **ret, const char **ret_path,
    int *ret_used);

/* The record's number from a word: "12", "risk/12". */
err cli_record_number(struct job *job, const struct registry_register *def, const char *word, int64_t *ret);
/* Values of fields that were given as options; files are read. */
err cli_record_inputs(struct job *job, const struct cli *cli, const struct registry_register *def, struct registry_input **ret, size_t *ret_len);
/* What is wrong with a command that was made from a register as far as it shows without a store: ERR_INPUT. Files are not read. */
err cli_record_lint(struct job *job, const struct cli *cli);
/* "02:40" (in London, the last time it was so), "2026-11-30 02:40", or RFC 3339. */
err cli_record_at(struct job *job, const struct cli *cli, int64_t *ret_us);
/* Make the edit, or say everything that is wrong with it. */
err cli_record_write(struct job *job, struct cli_record *open, struct registry_edit *edit);
/* A cell of a register's table as people or programs read it: persons by name, dates as dates. */
err cli_record_cell(
    struct job *job, const struct cli *cli, const struct cli_record *open, const struct registry_register *def, unsigned column, const struct cell *cell, slice *ret);
/* Those that may be seen of a record. */
bool cli_record_sees(const struct cli_record *open, const struct registry_record *record, const struct registry_field *field);
/* A record that may be read, or ERR_DENIED (which is an entry). */
err cli_record_read(struct job *job, struct cli_record *open, struct ledger_moment at, int64_t number, struct registry_record *ret);
/* JSON of one record: every field by id that may be seen. */
err cli_record_json(struct job *job, const struct cli_record *open, const struct registry_record *record, struct buf *buf);

#endif
