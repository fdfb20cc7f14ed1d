/*
 * Firewall rules as the kernel has them. Says of legacy iptables only that its tables exist; sets are named, their elements are not listed.
 */
#include "collect/table/collect_firewall_rule.h"

#include <string.h>

#include <nftables/libnftables.h>

#include "base/buf.h"
#include "base/json.h"
#include "collect/collect_value.h"

#define FIREWALL_MAX_CHAINS 65536

static const struct column firewall_rule_columns[] = {
    {"backend", COLUMN_TEXT, COLUMN_KEY, "nftables, or iptables-legacy"},
    {"family", COLUMN_TEXT, COLUMN_KEY, "ip, ip6, inet, bridge, arp or netdev"},
    {"table_name", COLUMN_TEXT, COLUMN_KEY, "table"},
    {"chain", COLUMN_TEXT, COLUMN_KEY, "chain, empty for a legacy table as a whole"},
    {"position", COLUMN_INT, COLUMN_KEY, "place in the chain from 1; 0 is the chain itself"},
    {"hook", COLUMN_TEXT, 0, "input, forward, output, …; empty for a chain that is only jumped to"},
    {"policy", COLUMN_TEXT, 0, "what happens at the chain's end: accept, drop, or empty"},
    {"expression", COLUMN_TEXT, 0, "what is matched, without counters and comments"},
    {"verdict", COLUMN_TEXT, 0, "accept, drop, reject, jump NAME, …; empty when the rule goes on"},
};
const struct table table_firewall_rule = {
    "firewall_rule", "firewall chains and rules", firewall_rule_columns, sizeof firewall_rule_columns / sizeof *firewall_rule_columns};

static void firewall_value(struct buf *buf, const json_t *value);

/* What a match looks at: "tcp dport", "iifname", "ct state". */
static bool
firewall_left(struct buf *buf, const json_t *left)
{
	const json_t *payload = json_object_get(left, "payload"), *meta = json_object_get(left, "meta"), *ct = json_object_get(left, "ct");
	if (json_object_get(payload, "protocol") != NULL) {
		buf_add(buf, json_text(json_object_get(payload, "protocol")));
		buf_byte(buf, ' ');
		buf_add(buf, json_text(json_object_get(payload, "field")));
	} else if (meta != NULL) {
		buf_add(buf, json_text(json_object_get(meta, "key")));
	} else if (ct != NULL) {
		buf_text(buf, "ct ");
		buf_add(buf, json_text(json_object_get(ct, "key")));
	} else {
		return false;
	}
	return true;
}

static void
firewall_list(struct buf *buf, const json_t *list, const char *between)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (i > 0)
			buf_text(buf, between);
		firewall_value(buf, json_array_get(list, i));
	}
}

static void
firewall_value(struct buf *buf, const json_t *value)
{
	const json_t *part;
	if (json_is_string(value)) {
		buf_add(buf, json_text(value));
	} else if (json_is_integer(value)) {
		buf_i64(buf, json_integer_value(value));
	} else if (json_is_array(value)) {
		firewall_list(buf, value, ",");
	} else if ((part = json_object_get(value, "set")) != NULL) {
		buf_text(buf, "{ ");
		if (json_is_array(part))
			firewall_list(buf, part, ", ");
		else
			firewall_value(buf, part);
		buf_text(buf, " }");
	} else if ((part = json_object_get(value, "range")) != NULL) {
		firewall_list(buf, part, "-");
	} else if ((part = json_object_get(value, "prefix")) != NULL) {
		firewall_value(buf, json_object_get(part, "addr"));
		buf_byte(buf, '/');
		firewall_value(buf, json_object_get(part, "len"));
	} else if (!firewall_left(buf, value)) {
		json_write(buf, value);
	}
}

static void
firewall_match(struct buf *buf, const json_t *match)
{
	slice op = json_text(json_object_get(match, "op"));
	firewall_value(buf, json_object_get(match, "left"));
	buf_byte(buf, ' ');
	if (!slice_same(op, S("==")) && !slice_same(op, S("in"))) {
		buf_add(buf, op);
		buf_byte(buf, ' ');
	}
	firewall_value(buf, json_object_get(match, "right"));
}

/* A statement that decides where the packet goes. */
static bool
firewall_verdict(struct buf *verdict, slice name, const json_t *value)
{
	static const char *const words[] = {"accept", "drop", "reject", "return", "queue", "masquerade", "snat", "dnat", "redirect",
	    "tproxy", "vmap", "flow", "synproxy", NULL};
	if (slice_same(name, S("jump")) || slice_same(name, S("goto"))) {
		buf_add(verdict, name);
		buf_byte(verdict, ' ');
		buf_add(verdict, json_text(json_object_get(value, "target")));
		return true;
	}
	if (!collect_word_in(name, words))
		return false;
	buf_add(verdict, name);
	return true;
}

static void
firewall_statement(struct buf *expression, struct buf *verdict, const char *key, const json_t *value)
{
	slice name = slice_of(key);
	if (slice_same(name, S("counter")))
		return;
	bool plain = firewall_verdict(verdict, name, value) &&
		     (json_is_null(value) || json_object_get(value, "target") != NULL || slice_same(name, S("reject")));
	if (plain)
		return;
	if (expression->len > 0)
		buf_byte(expression, ' ');
	if (slice_same(name, S("match"))) {
		firewall_match(expression, value);
	} else {
		buf_add(expression, name);
		if (json_is_object(value) && json_object_size(value) > 0 && !slice_same(name, S("log"))) {
			buf_byte(expression, ' ');
			json_write(expression, value);
		}
	}
}

struct firewall_chain {
	slice family, table, name, hook, policy;
	int64_t rules;
};
struct firewall {
	struct job *job;
	struct rows *rows;
	struct firewall_chain *chains;
	size_t len, last; /* last: the chain found last */
};

static err
firewall_row(const struct firewall *firewall, const struct firewall_chain *chain, int64_t position, slice expression, slice verdict)
{
	return rows_add(firewall->rows, (struct cell[]){TEXT(S("nftables")), TEXT(chain->family), TEXT(chain->table), TEXT(chain->name),
					    INT(position), TEXT(chain->hook), TEXT(chain->policy), TEXT(expression), TEXT(verdict)});
}

static err
firewall_chain(struct firewall *firewall, const json_t *object)
{
	struct firewall_chain chain = {.family = json_text(json_object_get(object, "family")),
	    .table = json_text(json_object_get(object, "table")),
	    .name = json_text(json_object_get(object, "name")),
	    .hook = json_text(json_object_get(object, "hook")),
	    .policy = json_text(json_object_get(object, "policy"))};
	if (firewall->len >= FIREWALL_MAX_CHAINS)
		return err_set(firewall->job, ERR_LIMIT, "nftables: at most %d chains are read", FIREWALL_MAX_CHAINS);
	firewall->chains[firewall->len++] = chain;
	return firewall_row(firewall, &chain, 0, S(""), S(""));
}

static err
firewall_rule(struct firewall *firewall, const json_t *object)
{
	struct buf expression = buf_open(firewall->job, "firewall rule", 48 * KIB), verdict = buf_open(firewall->job, "verdict", KIB);
	slice family = json_text(json_object_get(object, "family")), table = json_text(json_object_get(object, "table"));
	slice name = json_text(json_object_get(object, "chain")), text, end;
	const json_t *list = json_object_get(object, "expr"), *value;
	struct firewall_chain *chain = NULL;
	/* The rules of a chain come together: the chain of the one before is nearly always the one. */
	for (size_t i = 0; i < firewall->len && chain == NULL; i++) {
		struct firewall_chain *one = &firewall->chains[(firewall->last + i) % firewall->len];
		if (slice_same(one->name, name) && slice_same(one->table, table) && slice_same(one->family, family))
			chain = one;
	}
	if (chain == NULL)
		return OK;
	firewall->last = (size_t)(chain - firewall->chains);
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *statement = json_array_get(list, i);
		void *at = json_is_object(statement) ? json_object_iter(statement) : NULL;
		if (at == NULL)
			continue;
		value = json_object_iter_value(at);
		firewall_statement(&expression, &verdict, json_object_iter_key(at), value);
	}
	TRY(buf_end(&expression, &text));
	TRY(buf_end(&verdict, &end));
	return firewall_row(firewall, chain, ++chain->rules, text, end);
}

err
collect_firewall_parse(struct job *job, slice json, struct rows *rows)
{
	const json_t *all, *list;
	struct firewall firewall = {.job = job, .rows = rows};
	TRY(json_read(job, "nftables", json, &all));
	list = json_object_get(all, "nftables");
	if (!json_is_array(list))
		return err_set(job, ERR_INPUT, "nftables: libnftables-json(5): expected an array \"nftables\", found none");
	TRY(NEW(job, json_array_size(list) + 1, &firewall.chains));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *chain = json_object_get(json_array_get(list, i), "chain");
		if (chain != NULL)
			TRY(firewall_chain(&firewall, chain));
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *rule = json_object_get(json_array_get(list, i), "rule");
		if (rule != NULL)
			TRY(firewall_rule(&firewall, rule));
	}
	return OK;
}

err
collect_firewall_legacy(slice names, const char *family, struct rows *rows)
{
	slice name;
	while (slice_word(&names, &name))
		TRY(rows_add(rows, (struct cell[]){TEXT(S("iptables-legacy")), TEXT(slice_of(family)), TEXT(name), TEXT(S("")), INT(0),
				       TEXT(S("")), TEXT(S("")), TEXT(S("(rules of legacy iptables are not read)")), TEXT(S(""))}));
	return OK;
}

static void
firewall_close(struct nft_ctx **context)
{
	nft_ctx_free(*context);
}

/* The kernel's ruleset as JSON, made by libnftables in this process. */
static err
firewall_nftables(struct job *job, struct rows *rows)
{
	json_ready();
	DEFER(firewall_close) struct nft_ctx *context = nft_ctx_new(NFT_CTX_DEFAULT);
	slice text;
	if (context == NULL)
		return err_set(job, ERR_IO, "nftables: libnftables cannot be started");
	nft_ctx_output_set_flags(context, NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_TERSE);
	if (nft_ctx_buffer_output(context) != 0 || nft_ctx_buffer_error(context) != 0)
		return err_set(job, ERR_LIMIT, "nftables: no memory");
	if (nft_run_cmd_from_buffer(context, "list ruleset") != 0) {
		slice why = slice_trim(slice_of(nft_ctx_get_error_buffer(context)));
		why = slice_part(why, 0, slice_find(why, '\n'));
		return err_set(job, ERR_DENIED, "nftables: the ruleset cannot be listed: %.*s", SLICE(why));
	}
	/* libnftables owns its buffer until the context is freed. */
	TRY(job_copy(job, slice_of(nft_ctx_get_output_buffer(context)), &text));
	return collect_firewall_parse(job, text, rows);
}

static err
firewall_legacy(struct job *job, struct collect *collect, const char *path, const char *family)
{
	slice names;
	err read = fs_read(job, &collect->root, path, 64 * KIB, &names);
	if (read.code == ERR_MISSING)
		return OK; /* the kernel has no legacy tables */
	TRY(read);
	return collect_firewall_legacy(names, family, collect_rows(collect, &table_firewall_rule));
}

static err
firewall_rule_run(struct job *job, struct collect *collect)
{
	if (!collect->live) {
		collect_unseen(collect, &table_firewall_rule, "the kernel is not asked about another root");
		return OK;
	}
	if (!collect->privileged) {
		collect_unseen(collect, &table_firewall_rule, "only root may list the firewall's rules");
		return OK;
	}
	TRY(firewall_nftables(job, collect_rows(collect, &table_firewall_rule)));
	TRY(firewall_legacy(job, collect, "/proc/net/ip_tables_names", "ip"));
	return firewall_legacy(job, collect, "/proc/net/ip6_tables_names", "ip6");
}

const struct collector collect_firewall_rule = {
    .name = "firewall_rule",
    .about = "Firewall chains and rules as the kernel has them",
    .tables = (const struct table *const[]){&table_firewall_rule, NULL},
    .reads =
	(const char *const[]){"netlink netfilter (through libnftables)", "/proc/net/ip_tables_names", "/proc/net/ip6_tables_names", NULL},
    .needs = "root",
    .run = firewall_rule_run,
};
