/*
 * Whether accounts have a password, how it is hashed and when it ages, from shadow.
 * Neither the hash nor any part of it leaves this file.
 */
#include "collect/table/collect_shadow.h"

#include "base/code.h"
#include "base/instant.h"
#include "collect/collect_line.h"
#include "collect/table/collect_account.h"

static const struct column shadow_columns[] = {
    {"username", COLUMN_TEXT, COLUMN_KEY | COLUMN_PERSONAL, "login name"},
    {"password_status", COLUMN_TEXT, 0, "set, empty (no password asked), locked (a ! in front) or none (no password works)"},
    {"hash_alg", COLUMN_TEXT, 0, "hash method: yescrypt, sha512, bcrypt, md5, des and others; empty without a hash"},
    {"last_change", COLUMN_TIME, COLUMN_MAYBE, "day the password was last changed; the first day of 1970 means it must be changed at once"},
    {"min", COLUMN_INT, COLUMN_MAYBE, "days before it may be changed again"},
    {"max", COLUMN_INT, COLUMN_MAYBE, "days after which it must be changed; NULL means never"},
    {"warning", COLUMN_INT, COLUMN_MAYBE, "days of warning before"},
    {"inactive", COLUMN_INT, COLUMN_MAYBE, "days after which an expired password closes the account"},
    {"expire", COLUMN_TIME, COLUMN_MAYBE, "day the account ends"},
};
const struct table table_shadow = {"shadow", "state and age of passwords, never their hashes", shadow_columns, 9};

static slice
shadow_unlocked(slice field)
{
	while (field.len > 0 && field.at[0] == '!')
		field = slice_from(field, 1);
	return field;
}

const char *
shadow_algorithm(slice field)
{
	static const struct {
		slice prefix;
		const char *name;
	} known[] = {{S("$y$"), "yescrypt"}, {S("$gy$"), "gost-yescrypt"}, {S("$7$"), "scrypt"}, {S("$6$"), "sha512"}, {S("$5$"), "sha256"},
	    {S("$2"), "bcrypt"}, {S("$1$"), "md5"}, {S("$md5"), "sunmd5"}, {S("$sha1"), "sha1"}, {S("$3$"), "nt"}, {S("_"), "bsdi-des"}};
	field = shadow_unlocked(field);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (slice_starts(field, known[i].prefix))
			return known[i].name;
	if (field.len > 0 && field.at[0] == '$')
		return "unknown";
	return field.len == 13 ? "des" : "";
}

const char *
shadow_status(slice field)
{
	if (field.len == 0)
		return "empty";
	if (field.at[0] == '!')
		return "locked";
	return shadow_algorithm(field)[0] == '\0' ? "none" : "set";
}

/* A number of days; NULL when the field is empty or no number. */
static struct cell
shadow_days(slice field)
{
	int64_t days;
	return slice_i64(field, &days) && days >= 0 && days < 100000000 ? INT(days) : NIL;
}

static struct cell
shadow_day(slice field)
{
	struct cell cell = shadow_days(field);
	cell.number *= DAY_US;
	return cell;
}

static err
shadow_add(struct rows *rows, slice name, slice password, const slice *ages)
{
	/* Some tools write 99999 where they mean never. */
	struct cell max = shadow_days(ages[2]);
	if (!max.null && max.number >= 99999)
		max = NIL;
	struct cell cells[] = {TEXT(name), TEXT(slice_of(shadow_status(password))), TEXT(slice_of(shadow_algorithm(password))),
	    shadow_day(ages[0]), shadow_days(ages[1]), max, shadow_days(ages[3]), shadow_days(ages[4]), shadow_day(ages[5])};
	return rows_add(rows, cells);
}

err
shadow_rows(slice passwd, slice shadow, struct rows *rows)
{
	slice line;
	struct account account;
	while (account_next(&passwd, &account)) {
		slice none[6] = {{0}};
		if (!slice_same(account.password, S("x")))
			TRY(shadow_add(rows, account.name, account.password, none));
	}
	while (slice_cut(&shadow, '\n', &line)) {
		slice field[8] = {{0}};
		size_t len = 0;
		while (len < 8 && slice_cut(&line, ':', &field[len]))
			len++;
		if (len >= 2 && field[0].len > 0 && field[0].at[0] != '#')
			TRY(shadow_add(rows, field[0], field[1], field + 2));
	}
	return OK;
}

static err
shadow_run(struct job *job, struct collect *collect)
{
	slice passwd, shadow;
	bool there;
	TRY(collect_read(job, collect, "/etc/passwd", &passwd, &there));
	TRY(collect_read(job, collect, "/etc/shadow", &shadow, &there));
	if (!there)
		return err_set(job, ERR_MISSING, "/etc/shadow is not there");
	err added = shadow_rows(passwd, shadow, collect_rows(collect, &table_shadow));
	if (shadow.len > 0)
		code_wipe((void *)(uintptr_t)shadow.at, shadow.len); /* what was read is ours; the rows have copies of the rest */
	return added;
}

static const struct table *const shadow_tables[] = {&table_shadow, NULL};
static const char *const shadow_reads[] = {"/etc/shadow", "/etc/passwd", NULL};

const struct collector collect_shadow = {
    .name = "shadow",
    .about = "whether passwords are set, how they are hashed and when they age",
    .tables = shadow_tables,
    .reads = shadow_reads,
    .needs = "root, or the group shadow",
    .run = shadow_run,
};
