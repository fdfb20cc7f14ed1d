/*
 * Lines of passwd and group, for the collectors that need accounts.
 */
#ifndef COLLECT_TABLE_COLLECT_ACCOUNT_H
#define COLLECT_TABLE_COLLECT_ACCOUNT_H

#include "collect/collect.h"

/* One line of passwd(5), without the comment field. Borrowed from the text. */
struct account {
	slice name, password, directory, shell;
	uint64_t uid, gid;
};
/* Take lines off ${rest} to the next whole account; false at the end. Lines that libc would not take either are left out. */
bool account_next(slice *rest, struct account *ret);

/* One line of group(5): ${members} is its comma list. */
struct account_group {
	slice name, members;
	uint64_t gid;
};
bool account_group_next(slice *rest, struct account_group *ret);

/* All accounts of /etc/passwd below the root, in the file's order. */
err account_list(struct job *job, const struct collect *collect, struct account **ret, size_t *ret_len);
const struct account *account_find(const struct account *accounts, size_t len, slice name);
/* The login name of ${uid}, else its number as text. */
err account_name(struct job *job, const struct account *accounts, size_t len, uint64_t uid, slice *ret);

/* Does ${shell} let a person in? An empty one means /bin/sh. */
bool account_shell_lets_in(slice shell);

err account_rows(struct job *job, slice passwd, slice login_defs, struct rows *rows);
err account_group_rows(struct job *job, slice passwd, slice group, struct rows *rows);

extern const struct table table_account, table_group_member;

#endif
