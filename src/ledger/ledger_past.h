/*
 * The past as an auditor asks for it: every run that asked one check, every collection that read one table, and the root of the tree at an earlier size.
 */
#ifndef LEDGER_LEDGER_PAST_H
#define LEDGER_LEDGER_PAST_H

#include "ledger/ledger.h"

/* One run that asked a check, and what came of it. */
struct ledger_asked {
	slice subject; /* host id, or what else the run was about */
	uint64_t entry;
	int64_t at_us; /* :now of its questions */
	enum ledger_verdict verdict;
	int64_t ended_us; /* when that verdict stood no longer (another followed, the host was retired, the check was no longer asked); 0: it stands */
};
/* Every run up to the moment that asked ${check}, of ${subject} (empty: of all), by subject and entry. */
err ledger_asked(struct job *job, struct ledger *ledger, struct ledger_moment at, slice subject, slice check, struct ledger_asked **ret, size_t *ret_len);

struct ledger_collected {
	uint64_t entry;
	int64_t collected_us; /* end of the collection's period */
};
/* Every entry of evidence up to the moment in which ${host} read ${table}, oldest first. */
err ledger_collected(struct job *job, struct ledger *ledger, struct ledger_moment at, slice host, slice table, struct ledger_collected **ret, size_t *ret_len);

/* The root of the tree over entries 0 … ${size}-1 (RFC 6962 section 2.1). ERR_MISSING: there are not that many. */
err ledger_root_at(struct job *job, struct ledger *ledger, uint64_t size, struct digest *ret);

#endif
