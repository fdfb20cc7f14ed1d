/*
 * A check's four test cases: facts that pass, fail, do not apply, could not be looked at.
 */
#ifndef CHECK_CHECK_CASE_H
#define CHECK_CHECK_CASE_H

#include "check/check_priv.h"

/* Run them all; ERR_INPUT "file:line: …" names the first that gives another verdict, or is missing. */
err check_case_run(struct job *job, const struct check_schema *schema, const struct check *check);

#endif
