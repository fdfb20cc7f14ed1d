/*
 * Targets the readers of ledger_form.h, ledger_run_form_read(), ledger_change_read() and ledger_access_form_read(): the input is given to each. A reader compares what it read with what it
 * would write, so here it only must not fail in any other way than by saying so.
 */
#include <stdlib.h>

#include "ledger/ledger_finding.h"
#include "ledger/ledger_form.h"
#include "ledger/ledger_grant.h"
#include "ledger/ledger_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* Exactly one of the forms may know a text, but for those that share their keys: none do. */
static int
known(err got)
{
	if (got.code != ERR_NONE && got.code != ERR_INPUT && got.code != ERR_LIMIT)
		abort();
	return got.code == ERR_NONE ? 1 : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena = arena_open("fuzz", 16 * MIB);
	struct job job;
	struct ledger_host_form host;
	struct ledger_receipt_form *receipts;
	struct ledger_person_form person;
	struct ledger_attest_form attest;
	struct ledger_run_form run;
	struct ledger_change change;
	struct ledger_access_form access;
	struct digest *contents, digest;
	slice why, text = slice_bytes(at, len);
	size_t count;
	job_init(&job, arena);
	int by = known(ledger_host_form_read(&job, text, &host)) + known(ledger_receipt_form_read(&job, text, &receipts, &count)) +
		 known(ledger_erasure_form_read(&job, text, &contents, &count, &why)) +
		 known(ledger_person_form_read(&job, text, &person)) + known(ledger_attest_form_read(&job, text, &attest)) +
		 known(ledger_set_form_read(&job, text, &digest)) + known(ledger_run_form_read(&job, text, &run)) +
		 known(ledger_change_read(&job, text, &change)) + known(ledger_access_form_read(&job, text, &access)) +
		 known(ledger_fingerprint_read(&job, text, &digest));
	if (by > 1)
		abort();
	arena_close(arena);
	return 0;
}
