/*
 * Logins counted by account and day.
 */
#ifndef COLLECT_TABLE_COLLECT_LAST_LOGIN_H
#define COLLECT_TABLE_COLLECT_LAST_LOGIN_H

#include "collect/collect.h"
#include "collect/table/collect_account.h"

/* Logins while they are counted: one record each, account and day only. */
struct login {
	uint64_t what; /* account (0 = a name that is no account), day, failed: packed so that equal ones sort together */
	uint32_t count; /* of this kind on this day */
	bool remote;
};
struct logins {
	struct job *job;
	const struct account **account; /* sorted by name */
	size_t accounts;
	struct login *at;
	size_t len, room;
};

err logins_open(struct logins *logins, struct job *job, const struct account *accounts, size_t len);
err logins_add(struct logins *logins, slice username, int64_t at_us, bool failed, bool remote);
/* Whole records of utmp(5) in this machine's form; those that are no logins are left out, a part of one at the end too. */
err logins_utmp(struct logins *logins, slice bytes, bool failed);
err logins_rows(struct logins *logins, struct rows *rows);

extern const struct table table_last_login;

#endif
