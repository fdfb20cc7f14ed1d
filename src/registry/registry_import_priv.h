/*
 * Inside importing: registry_import.c drives and collects, registry_import_row.c makes an edit of a row.
 */
#ifndef REGISTRY_REGISTRY_IMPORT_PRIV_H
#define REGISTRY_REGISTRY_IMPORT_PRIV_H

#include <stdarg.h>
#include <stdio.h>

#include "registry/registry_memo.h"
#include "registry/registry_port_priv.h"
#include "registry/registry_access.h"
#include "registry/registry_write.h"

struct registry_importing {
	struct job *job;    /* keeps problems, and what will be appended */
	struct job scratch; /* forgets: one portion at a time */
	struct registry *registry;
	const struct registry_import *how;
	const struct sheet *sheet;
	struct registry_imported *ret;
	struct registry_writing *writing;
	struct registry_port_column *columns; /* by column of the sheet */
	size_t number_column, label_column;   /* SIZE_MAX: there is none */
	struct registry_memo names;           /* persons by token */
	struct registry_memo labels;          /* "row 7" or "risk 12", by label in small letters */
	int64_t *numbers;                     /* by row: 0 a new record, NUMBER_BAD: told already */
	int64_t *there;                       /* numbers of the register, ascending */
	size_t there_len;
};
#define NUMBER_BAD (-1)

err registry_import_problem(struct registry_importing *m, const struct registry_import_problem *problem);
/* ${column} past the sheet's: about the row. */
err registry_import_wrong(struct registry_importing *m, const struct sheet_row *row, size_t column, bool warning, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* registry_import_row.c: numbers and labels of all rows and of what is there, before the first portion. */
err registry_import_numbers(struct registry_importing *m);
/* The edit of row ${at}; ${ret_taken} false: what is wrong with it was told and nothing is left to judge. */
err registry_import_row(struct registry_importing *m, size_t at, struct registry_edit *ret, bool *ret_taken);

#endif
