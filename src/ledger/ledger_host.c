/*
 * Hosts: accepting the key of a machine, and retiring it, which ends its findings as retired.
 * Deliberately does not: take evidence (ledger_bundle.c) or decide what a retired host's requirements become.
 */
#include "ledger/ledger_form.h"
#include "ledger/ledger_inner.h"

#include "ledger/ledger_bundle.h"

#define MAX_NAME 253 /* RFC 1035 section 2.3.4, as text */

static err
host_now(struct job *job, struct ledger *ledger, slice id, bool *ret_found, struct ledger_host *ret)
{
	struct ledger_moment now;
	struct ledger_host *hosts;
	size_t len;
	*ret_found = false;
	TRY(ledger_moment(job, ledger, 0, &now));
	TRY(ledger_hosts(job, ledger, now, &hosts, &len));
	for (size_t i = 0; i < len && !*ret_found; i++)
		if (slice_same(hosts[i].id, id)) {
			*ret_found = true;
			*ret = hosts[i];
		}
	return OK;
}

static err
host_append(struct job *job, struct ledger *ledger, const struct ledger_host_form *form, slice id, struct ledger_receipt *ret)
{
	slice content;
	TRY(ledger_host_form_write(job, form, &content));
	return ledger_append_form(job, ledger, LEDGER_HOST, id, "host", content, ret);
}

err
ledger_host_accept(struct job *job, struct ledger *ledger, slice fingerprint_or_bundle, slice name, struct ledger_receipt *ret)
{
	struct ledger_host_form form = {.act = LEDGER_HOST_ACT_ACCEPT, .name = name, .why = S("")};
	struct ledger_host host = {0};
	slice id;
	bool found;
	if (ledger_bundle_looks(fingerprint_or_bundle)) {
		struct ledger_bundle bundle;
		TRY(ledger_bundle_read(job, fingerprint_or_bundle, &bundle));
		form.key = bundle.item.key;
		if (form.name.len == 0)
			form.name = bundle.host_name;
	} else {
		TRY(ledger_fingerprint_read(job, slice_trim(fingerprint_or_bundle), &form.key));
	}
	TRY(ledger_host_id_of(job, &form.key, &id));
	if (form.name.len == 0)
		form.name = id;
	if (form.name.len > MAX_NAME)
		return err_set(job, ERR_INPUT, "a host's name must have at most %d bytes, found %zu", MAX_NAME, form.name.len);
	TRY(ledger_fingerprint_write(job, &form.key, &form.fingerprint));
	if (digest_same(&form.key, &ledger->server.id))
		return err_set(job, ERR_CONFLICT, "%.*s is the server's own key, not a host's", SLICE(form.fingerprint));
	TRY(host_now(job, ledger, id, &found, &host));
	if (found && host.state == LEDGER_HOST_ACCEPTED && slice_same(host.name, form.name))
		return err_set(job, ERR_CONFLICT, "host %.*s (%.*s) is accepted already", SLICE(id), SLICE(host.name));
	return host_append(job, ledger, &form, id, ret);
}

/* The id or the name of a host that stands now. */
static err
host_named(struct job *job, struct ledger *ledger, slice named, struct ledger_host *ret)
{
	struct ledger_moment now;
	struct ledger_host *hosts, *found = NULL;
	size_t len;
	TRY(ledger_moment(job, ledger, 0, &now));
	TRY(ledger_hosts(job, ledger, now, &hosts, &len));
	for (size_t i = 0; i < len; i++) {
		if (!slice_same(hosts[i].id, named) && !slice_same(hosts[i].name, named))
			continue;
		if (found != NULL)
			return err_set(job, ERR_CONFLICT, "host \"%.*s\": two hosts have that name; give the id, %.*s or %.*s",
			    SLICE(named), SLICE(found->id), SLICE(hosts[i].id));
		found = &hosts[i];
	}
	if (found == NULL)
		return err_set(job, ERR_MISSING, "host \"%.*s\": this ledger knows no such host", SLICE(named));
	*ret = *found;
	return OK;
}

err
ledger_host_retire(struct job *job, struct ledger *ledger, slice host, slice why, struct ledger_receipt *ret)
{
	struct ledger_host_form form = {.act = LEDGER_HOST_ACT_RETIRE, .name = S(""), .why = why};
	struct ledger_host named = {0};
	TRY(host_named(job, ledger, host, &named));
	if (named.state == LEDGER_HOST_RETIRED)
		return err_set(job, ERR_CONFLICT, "host %.*s (%.*s) is retired already", SLICE(named.id), SLICE(named.name));
	form.fingerprint = named.fingerprint;
	return host_append(job, ledger, &form, named.id, ret);
}
