/*
 * The registers in use, for the commands that are made from them.
 */
#ifndef CLI_CLI_REGISTER_H
#define CLI_CLI_REGISTER_H

#include "catalogue/catalogue.h"
#include "cli/cli.h"
#include "registry/registry_lint.h"
#include "registry/registry_register.h"
#include "registry/registry_role.h"

/* Those of the content set that are right; a command's name is refused. */
err cli_registers(struct job *job, const struct content *content, struct registry_registers *ret);
/* Say in one sentence on standard error what was left out of them, if anything. */
err cli_registers_warn(struct job *job, const struct cli *cli, const struct registry_registers *registers);
/* By id; ERR_INPUT says that there is none, or what is wrong with it. */
err cli_registers_need(struct job *job, const struct registry_registers *registers, const char *id, const struct registry_register **ret);
/* Say everything that is wrong with definitions, one line each; ${source} holds drop-in tables. */
err cli_register_lint(struct job *job, const struct content *content, const char *source, ledger_line line, void *line_to, size_t *ret_faults,
    size_t *ret_registers);

/* cli_register_show.c: a verb of 'assay register'. */
extern const struct cli_command cli_register_show;

#endif
