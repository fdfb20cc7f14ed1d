/*
 * Verdicts as rows for questions over registers: does the check that a control names fail?
 * Deliberately asks nothing anew: the verdicts are those that stand.
 */
#include "check/check_observe.h"
#include "registry/registry_table.h"

err
check_results(struct job *job, struct ledger *ledger, struct ledger_moment at, slice service, struct rows *ret)
{
	struct ledger_result *results;
	struct ledger_host *hosts;
	size_t results_len, hosts_len;
	rows_open(ret, job, &registry_check_result_table);
	TRY(ledger_results(job, ledger, at, S(""), S(""), &results, &results_len));
	TRY(ledger_hosts(job, ledger, at, &hosts, &hosts_len));
	for (size_t i = 0; i < results_len; i++) {
		const struct ledger_result *result = &results[i];
		const struct ledger_host *host = NULL;
		for (size_t h = 0; h < hosts_len && host == NULL; h++)
			if (slice_same(hosts[h].id, result->host))
				host = &hosts[h];
		if (host == NULL && service.len > 0 && !slice_same(service, result->host))
			continue;
		TRY(rows_add(ret, (struct cell[]){TEXT(result->check), TEXT(host != NULL ? host->name : S("")), TEXT(slice_of(ledger_verdict_words[result->verdict])),
				      INT(result->since_us)}));
	}
	return OK;
}
