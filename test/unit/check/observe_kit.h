/*
 * What tests of "observed beside declared" share: three registers of what hosts show, one of changes, and days of evidence.
 */
#ifndef OBSERVE_KIT_H
#define OBSERVE_KIT_H

#include "check_kit.h"

#include "check/check_observe_priv.h"

#define REGISTER(id, fields, more)                                                                                                         \
	{                                                                                                                                  \
		"register/" id ".yaml", "id: " id "\ntitle: " id "\nabout: x\nfields:\n" fields                                            \
					"states:\n  - {id: open, title: Open}\n  - {id: shut, title: Shut, end: true}\n"                   \
					"changes:\n  - {id: close, title: Close, from: [open], to: shut}\n" more                           \
	}
#define FIELD(id, type) "  - {id: " id ", title: T, about: x, type: " type "}\n"
#define MACHINE                                                                                                                            \
	REGISTER("machine", FIELD("name", "text") FIELD("host", "text"),                                                                   \
	    "observed:\n  query: SELECT host.name AS host_name FROM host\n  key: [host_name]\n  matches: host\n"                           \
	    "  sets: {name: host_name, host: host_name}\n  unseen: P7D\n")
#define LOGIN                                                                                                                              \
	REGISTER("login", FIELD("user", "person") FIELD("host", "text") FIELD("uid", "number"),                                            \
	    "observed:\n  query: SELECT host.name AS host_name, a.username AS username, a.uid AS uid FROM host, account a\n"               \
	    "  key: [host_name, username]\n  matches: host, user\n  sets: {host: host_name, user: username, uid: uid}\n")
#define DOOR                                                                                                                               \
	REGISTER("door", FIELD("port", "number") FIELD("program", "text"),                                                                 \
	    "observed:\n  query: SELECT port, max(program) AS program FROM listening_port GROUP BY port\n  key: [port]\n  matches: port\n" \
	    "  sets: {port: port, program: program}\n  unseen: P7D\n")
#define CHANGE_FIELDS                                                                                                                      \
	FIELD("title", "text")                                                                                                             \
	FIELD("starts", "instant")                                                                                                         \
	FIELD("ends", "instant") FIELD("done", "instant") "  - {id: machines, title: M, about: x, type: link, to: machine, many: true}\n"
#define WATCHES(tables)                                                                                                                    \
	"observes-changes:\n  tables:\n" tables "  window-from: starts\n  window-to: ends\n  made: done\n  covers: machines\n"               \
	"  approved: [open]\n  deadline: put\n"
#define CHANGE(tables) REGISTER("work", CHANGE_FIELDS, WATCHES(tables))
#define DEADLINE {"deadline/put.yaml", "id: put\ntitle: Put\nversion: 1\nlength: PT24H\ncounts: elapsed\nsource: x\nmark: K\n"}

struct world {
	struct place place;
	struct ledger *ledger;
	struct content content;
	struct registry *registry;
	slice host;
};

static inline void
world_open(struct world *w, const struct kit_text *files, size_t len)
{
	struct ledger_host *hosts;
	size_t hosts_len;
	*w = (struct world){.place = place_make()};
	w->ledger = ledger_at(&w->place);
	w->content = kit_content(files, len);
	ASSERT_OK(registry_open(kit_job(), w->ledger, &w->content, NULL, &w->registry));
	ASSERT_OK(ledger_hosts(kit_job(), w->ledger, now_of(w->ledger), &hosts, &hosts_len));
	w->host = hosts[0].name;
	kit_job()->actor = S("zoe");
}
#define WORLD(w, ...)                                                                                                                      \
	world_open((w), (const struct kit_text[]){__VA_ARGS__}, sizeof((const struct kit_text[]){__VA_ARGS__}) / sizeof(struct kit_text))

static inline void
world_close(struct world *w)
{
	ledger_close(w->ledger);
	verify(&w->place);
	place_remove(&w->place);
}

static inline const struct registry_register *
register_of(const struct world *w, const char *id)
{
	const struct registry_register *def = registry_find(&w->registry->registers, slice_of(id));
	assert_non_null(def);
	return def;
}

/* A record put down as it stands; HOST in ${fields} is this host's name. */
static inline void
record(struct world *w, const char *registry, int64_t number, const char *status, const char *fields, int64_t day)
{
	struct ledger_receipt receipt;
	struct buf buf = buf_open(kit_job(), "fields", 64 * KIB);
	slice rest = slice_of(fields), text;
	while (rest.len > 0) {
		if (slice_starts(rest, S("HOST"))) {
			buf_add(&buf, w->host);
			rest = slice_from(rest, 4);
			continue;
		}
		buf_byte(&buf, rest.at[0]);
		rest = slice_from(rest, 1);
	}
	ASSERT_OK(buf_end(&buf, &text));
	kit_job()->now_us = at_us(24 * day);
	struct ledger_change change = {
	    .registry = slice_of(registry), .number = number, .version = 1, .status = slice_of(status), .at_us = at_us(24 * day), .sets = text};
	ASSERT_OK(ledger_change_append(kit_job(), w->ledger, &change, 1, &receipt));
	ASSERT_OK(registry_open(kit_job(), w->ledger, &w->content, NULL, &w->registry));
}

/* One table of this host, collected at noon of ${day}. */
#define SHOWS(w, day, table, ...)                                                                                                          \
	do {                                                                                                                               \
		struct facts shows_ = {0};                                                                                                 \
		FACTS(&shows_, table, __VA_ARGS__);                                                                                        \
		evidence_facts((w)->ledger, &shows_, 24 * (day));                                                                          \
	} while (0)

static inline void
hides(struct world *w, int64_t day, const char *table)
{
	struct facts facts = {0};
	facts_state(&facts, table, READING_COULD_NOT_LOOK);
	evidence_facts(w->ledger, &facts, 24 * day);
}

static inline struct check_observations
observe(struct world *w, const char *registry, int64_t day)
{
	struct check_observations found;
	kit_job()->now_us = at_us(24 * day);
	ASSERT_OK(check_observe_register(kit_job(), w->ledger, w->registry, register_of(w, registry), NULL, now_of(w->ledger), &found));
	return found;
}

/* The only one there is. */
static inline struct check_observed
observe_one(struct world *w, const char *registry, int64_t day)
{
	struct check_observations found = observe(w, registry, day);
	assert_int_equal(found.len, 1);
	return found.at[0];
}

static inline struct rows
changes(struct world *w, int64_t day)
{
	struct rows rows;
	kit_job()->now_us = at_us(24 * day);
	ASSERT_OK(check_observed_changes(kit_job(), w->ledger, w->registry, NULL, now_of(w->ledger), &rows));
	return rows;
}

#endif
