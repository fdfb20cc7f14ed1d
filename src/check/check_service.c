/*
 * Which hosts a service has: those that its records say are its own.
 * Deliberately guesses nothing: a host nobody has recorded belongs to no service, unless there is only one.
 */
#include "check/check_observe.h"
#include "check/check_priv.h"

/* Services in use, and whether ${number} is one of them. */
static err
services_in_use(struct job *job, struct ledger *ledger, const struct registry *registry, struct ledger_moment at, int64_t number, size_t *ret_len, slice *ret_uid)
{
	struct ledger_record *records;
	size_t len;
	*ret_len = 0;
	*ret_uid = S("");
	if (registry->scope == NULL)
		return OK;
	TRY(ledger_records(job, ledger, at, registry->scope->id, &records, &len));
	for (size_t i = 0; i < len; i++) {
		int state = registry_state(registry->scope, records[i].status);
		*ret_len += state < 0 || !registry->scope->states[state].end ? 1 : 0;
		if (records[i].number == number)
			*ret_uid = records[i].uid;
	}
	return OK;
}

/* The service of a record, by the view's tables. */
static err
service_of(struct job *job, const struct registry *registry, struct ledger_moment at, slice register_id, int64_t number, int64_t *ret)
{
	const struct registry_register *def = registry_find(&registry->registers, register_id);
	struct registry_record record;
	*ret = 0;
	if (def == NULL)
		return OK;
	TRY(registry_record(job, registry, at, def, number, &record));
	*ret = registry_record_service(registry, &record);
	return OK;
}

err
check_service_subjects(struct job *job, struct ledger *ledger, const struct registry *registry, const char *source_dir, struct ledger_moment at,
    int64_t number, slice **ret, size_t *ret_len)
{
	struct ledger_host *hosts;
	struct rows seen;
	size_t hosts_len, services;
	slice uid;
	TRY(services_in_use(job, ledger, registry, at, number, &services, &uid));
	if (uid.len == 0)
		return err_set(job, ERR_MISSING, "there is no service %lld", (long long)number);
	TRY(ledger_hosts(job, ledger, at, &hosts, &hosts_len));
	TRY(NEW(job, hosts_len + 1, ret));
	(*ret)[0] = uid;
	*ret_len = 1;
	rows_open(&seen, job, NULL);
	if (services > 1)
		TRY(check_observe(job, ledger, registry, source_dir, at, &seen));
	for (size_t h = 0; h < hosts_len; h++) {
		bool own = services <= 1;
		for (size_t i = 0; i < seen.len && !own; i++) { /* register, host, key, state, number, last_seen: a thing that is the host itself */
			const struct cell *row = seen.row[i];
			int64_t service = 0;
			if (row[4].null || !slice_same(row[1].text, hosts[h].name) || !slice_same(row[2].text, hosts[h].name))
				continue;
			TRY(service_of(job, registry, at, row[0].text, row[4].number, &service));
			own = service == number;
		}
		if (own)
			(*ret)[(*ret_len)++] = hosts[h].id;
	}
	return OK;
}
