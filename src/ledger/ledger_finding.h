/*
 * What a check run's content says, for those who write it and those who project it.
 */
#ifndef LEDGER_LEDGER_FINDING_H
#define LEDGER_LEDGER_FINDING_H

#include "ledger/ledger.h"

struct ledger_run_result {
	slice check;
	enum ledger_verdict verdict;
	slice reason;
};

struct ledger_run_finding {
	slice id;
	slice check;
	slice severity;
	slice says;
	slice key;
	slice row;
};

struct ledger_run_form {
	slice host;
	int64_t at_us;
	struct digest content;
	bool partial;
	struct ledger_run_result *results; /* by check, each once */
	size_t results_len;
	struct ledger_run_finding *found, *changed; /* by id, each once */
	size_t found_len, changed_len;
	slice *gone; /* by id */
	size_t gone_len;
};
err ledger_run_form_write(struct job *job, const struct ledger_run_form *form, slice *ret);
err ledger_run_form_read(struct job *job, slice content, struct ledger_run_form *ret);

#endif
