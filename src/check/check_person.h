/*
 * What fact tables hold about a person: rows whose personal columns are the name.
 */
#ifndef CHECK_CHECK_PERSON_H
#define CHECK_CHECK_PERSON_H

#include "base/buf.h"
#include "ledger/ledger.h"

struct check_person_row {
	slice host, table; /* names */
	int64_t read_us;
	slice row;         /* JSON object */
};
/* Rows of the newest readings of every accepted host in which a personal column is ${name}, letter for letter. What is erased or could not be opened is left out. */
err check_person_rows(struct job *job, struct ledger *ledger, struct ledger_moment at, const char *source_dir, slice name, struct check_person_row **ret,
    size_t *ret_len);

#endif
