/*
 * Accounts and who is in which group, from passwd and group.
 * Does not ask name services: accounts that only a directory server knows are not seen, and comments are never kept.
 */
#include "collect/table/collect_account.h"

#include <stdlib.h>

#include "collect/collect_line.h"

static const struct column account_columns[] = {
    {"username", COLUMN_TEXT, COLUMN_KEY | COLUMN_PERSONAL, "login name"},
    {"uid", COLUMN_INT, COLUMN_KEY, "number of the account, 0 is root"},
    {"gid", COLUMN_INT, 0, "number of its primary group"},
    {"directory", COLUMN_TEXT, COLUMN_PERSONAL, "home folder"},
    {"shell", COLUMN_TEXT, 0, "login shell, empty means /bin/sh"},
    {"login_possible", COLUMN_INT, 0, "1 when the shell lets a person in"},
    {"system", COLUMN_INT, 0, "1 when the uid is outside the range for people (login.defs)"},
    {"source", COLUMN_TEXT, 0, "where the account is kept"},
};
const struct table table_account = {"account", "accounts of the host", account_columns, 8};

static const struct column group_member_columns[] = {
    {"groupname", COLUMN_TEXT, COLUMN_KEY, "group"},
    {"username", COLUMN_TEXT, COLUMN_KEY | COLUMN_PERSONAL, "member"},
    {"gid", COLUMN_INT, 0, "number of the group"},
    {"is_primary", COLUMN_INT, 0, "1 when it is the account's primary group"},
};
const struct table table_group_member = {"group_member", "who is in which group", group_member_columns, 4};

/* Split a line at colons into ${max} fields, the last of which is the rest; what is not there is empty. Blanks in front are libc's to pass
 * over, and so ours. False for a comment and for less than ${min}. */
static bool
account_fields(slice line, slice *field, size_t min, size_t max)
{
	size_t len = 0;
	while (line.len > 0 && (line.at[0] == ' ' || (line.at[0] >= '\t' && line.at[0] <= '\r')))
		line = slice_from(line, 1);
	if (line.len == 0 || line.at[0] == '#' || line.at[0] == '+' || line.at[0] == '-') /* + and - stand for another source */
		return false;
	while (len + 1 < max && slice_cut(&line, ':', &field[len]))
		len++;
	if (len + 1 == max && line.len > 0)
		field[len++] = line;
	for (size_t i = len; i < max; i++)
		field[i] = S("");
	return len >= min && field[0].len > 0;
}

/* A number as libc takes it, with blanks and a plus in front. */
static bool
account_number(slice text, uint64_t *ret)
{
	uint64_t number;
	while (text.len > 0 && (text.at[0] == ' ' || (text.at[0] >= '\t' && text.at[0] <= '\r')))
		text = slice_from(text, 1);
	if (text.len > 0 && text.at[0] == '+')
		text = slice_from(text, 1);
	if (!slice_u64(text, &number) || number > UINT32_MAX)
		return false;
	*ret = number;
	return true;
}

/* Takes what libc takes: an account that only we leave out would be a hidden one. */
bool
account_next(slice *rest, struct account *ret)
{
	slice line, field[7];
	while (slice_cut(rest, '\n', &line)) {
		struct account account = {0};
		if (!account_fields(line, field, 4, 7) || !account_number(field[2], &account.uid) ||
		    !account_number(field[3], &account.gid))
			continue;
		account.name = field[0];
		account.password = field[1];
		account.directory = field[5];
		account.shell = field[6];
		*ret = account;
		return true;
	}
	return false;
}

bool
account_group_next(slice *rest, struct account_group *ret)
{
	slice line, field[4];
	while (slice_cut(rest, '\n', &line)) {
		struct account_group group = {0};
		if (!account_fields(line, field, 3, 4) || !account_number(field[2], &group.gid))
			continue;
		group.name = field[0];
		group.members = field[3];
		*ret = group;
		return true;
	}
	return false;
}

err
account_list(struct job *job, const struct collect *collect, struct account **ret, size_t *ret_len)
{
	slice text, rest;
	bool there;
	struct account one, *list;
	size_t len = 0;
	TRY(collect_read(job, collect, "/etc/passwd", &text, &there));
	for (rest = text; account_next(&rest, &one);)
		len++;
	TRY(NEW(job, len + 1, &list));
	for (len = 0, rest = text; account_next(&rest, &one);)
		list[len++] = one;
	*ret = list;
	*ret_len = len;
	return OK;
}

const struct account *
account_find(const struct account *accounts, size_t len, slice name)
{
	for (size_t i = 0; i < len; i++)
		if (slice_same(accounts[i].name, name))
			return &accounts[i];
	return NULL;
}

err
account_name(struct job *job, const struct account *accounts, size_t len, uint64_t uid, slice *ret)
{
	for (size_t i = 0; i < len; i++)
		if (accounts[i].uid == uid) {
			*ret = accounts[i].name;
			return OK;
		}
	return job_format(job, ret, "%llu", (unsigned long long)uid);
}

bool
account_shell_lets_in(slice shell)
{
	static const slice closed[] = {S("nologin"), S("false"), S("true"), S("sync"), S("shutdown"), S("halt"), S("null")};
	slice name = slice_find(shell, '/') < shell.len ? slice_from(shell, slice_find_last(shell, '/') + 1) : shell;
	for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
		if (slice_same(name, closed[i]))
			return false;
	return true;
}

/* A number of login.defs. */
static uint64_t
account_limit(struct job *job, slice login_defs, slice name, uint64_t otherwise)
{
	struct collect_lines lines = collect_lines_of(job, login_defs, "#");
	slice line, key, value;
	unsigned number;
	uint64_t found = otherwise;
	while (collect_lines_next(&lines, &line, &number))
		if (collect_key_value(line, " \t", &key, &value) && slice_same(key, name))
			(void)slice_u64(value, &found);
	return found;
}

err
account_rows(struct job *job, slice passwd, slice login_defs, struct rows *rows)
{
	uint64_t from = account_limit(job, login_defs, S("UID_MIN"), 1000), to = account_limit(job, login_defs, S("UID_MAX"), 60000);
	struct account at;
	while (account_next(&passwd, &at)) {
		struct cell cells[] = {TEXT(at.name), INT((int64_t)at.uid), INT((int64_t)at.gid), TEXT(at.directory), TEXT(at.shell),
		    INT(account_shell_lets_in(at.shell)), INT(at.uid < from || at.uid > to), TEXT(S("passwd"))};
		TRY(rows_add(rows, cells));
	}
	return OK;
}

static int
account_group_order(const void *a, const void *b)
{
	const struct account_group *left = a, *right = b;
	return left->gid < right->gid ? -1 : left->gid > right->gid;
}

static err
account_groups(struct job *job, slice text, struct account_group **ret, size_t *ret_len)
{
	struct account_group one, *list;
	size_t len = 0;
	slice rest;
	for (rest = text; account_group_next(&rest, &one);)
		len++;
	TRY(NEW(job, len + 1, &list));
	for (len = 0, rest = text; account_group_next(&rest, &one);)
		list[len++] = one;
	if (len > 1)
		qsort(list, len, sizeof *list, account_group_order);
	*ret = list;
	*ret_len = len;
	return OK;
}

static err
account_member_add(struct rows *rows, slice group, slice name, uint64_t gid, bool primary)
{
	struct cell cells[] = {TEXT(group), TEXT(name), INT((int64_t)gid), INT(primary)};
	return rows_add(rows, cells);
}

/* Is ${gid} the primary group of the account ${name}? */
static bool
account_is_primary(slice passwd, slice name, uint64_t gid)
{
	struct account at;
	while (account_next(&passwd, &at))
		if (at.gid == gid && slice_same(at.name, name))
			return true;
	return false;
}

err
account_group_rows(struct job *job, slice passwd, slice group, struct rows *rows)
{
	struct account_group *groups;
	struct account at;
	size_t len;
	TRY(account_groups(job, group, &groups, &len));
	for (slice rest = passwd; account_next(&rest, &at);) {
		struct account_group wanted = {.gid = at.gid};
		const struct account_group *found = bsearch(&wanted, groups, len, sizeof *groups, account_group_order);
		slice name;
		TRY(job_format(job, &name, "%llu", (unsigned long long)at.gid));
		TRY(account_member_add(rows, found == NULL ? name : found->name, at.name, at.gid, true));
	}
	for (size_t i = 0; i < len; i++) {
		slice members = groups[i].members, member;
		while (slice_cut(&members, ',', &member))
			if (member.len > 0 && !account_is_primary(passwd, member, groups[i].gid))
				TRY(account_member_add(rows, groups[i].name, member, groups[i].gid, false));
	}
	return OK;
}

static err
account_run(struct job *job, struct collect *collect)
{
	slice passwd, group, login_defs;
	bool there, defs_there;
	TRY(collect_read(job, collect, "/etc/passwd", &passwd, &there));
	if (!there)
		return err_set(job, ERR_MISSING, "/etc/passwd is not there");
	TRY(collect_read(job, collect, "/etc/login.defs", &login_defs, &defs_there));
	TRY(account_rows(job, passwd, login_defs, collect_rows(collect, &table_account)));
	TRY(collect_read(job, collect, "/etc/group", &group, &there));
	if (!there) {
		collect_unseen(collect, &table_group_member, "/etc/group is not there");
		return OK;
	}
	return account_group_rows(job, passwd, group, collect_rows(collect, &table_group_member));
}

static const struct table *const account_tables[] = {&table_account, &table_group_member, NULL};
static const char *const account_reads[] = {"/etc/passwd", "/etc/group", "/etc/login.defs", NULL};

const struct collector collect_account = {
    .name = "account",
    .about = "accounts of the host and their groups",
    .tables = account_tables,
    .reads = account_reads,
    .needs = "",
    .run = account_run,
};
