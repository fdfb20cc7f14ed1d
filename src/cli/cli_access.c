/*
 * assay access: who holds which role over what; giving roles and taking them back.
 * Deliberately decides nothing: registry_access.h does.
 */
#include "cli/cli_access.h"

#include <string.h>

#include "base/text.h"

err
cli_access_open(struct job *job, struct cli *cli, struct cli_access *ret)
{
	*ret = (struct cli_access){0};
	TRY(cli_record_open(job, cli, &ret->open));
	return registry_access_open_mine(job, ret->open.registry, &ret->mine);
}

void
cli_access_close_at(struct cli_access *access)
{
	cli_record_close_at(&access->open);
}

err
cli_access_name(struct job *job, const struct cli_access *access, slice token, slice *ret)
{
	slice says;
	*ret = S("");
	if (token.len == 0)
		return OK;
	TRY(job_format(job, &says, "{person:%.*s}", SLICE(token)));
	return ledger_person_show(job, access->open.ledger, says, ret);
}

bool
cli_access_sees(const struct cli_access *access, const struct registry_held *held)
{
	return (access->mine->actor.len > 0 && slice_same(held->grant.person, access->mine->actor)) ||
	       registry_access_oversees(access->mine, held->grant.scope == LEDGER_SCOPE_SERVICE ? held->grant.service : 0);
}

/* List */

static const struct cli_column list_columns[] = {
    {"grant", "grant", CLI_NUMBER},
    {"person", "person", CLI_TEXT},
    {"role", "role", CLI_TEXT},
    {"over", "over", CLI_TEXT},
    {"state", "state", CLI_TEXT},
    {"until", "until", CLI_INSTANT},
    {"given", "given", CLI_INSTANT},
    {"by", "by", CLI_TEXT},
    {"why", "why", CLI_TEXT},
    {"scope", NULL, CLI_TEXT},
    {"service", NULL, CLI_NUMBER},
    {"unit", NULL, CLI_TEXT},
    {"revoked", NULL, CLI_INSTANT},
    {"revoked_by", NULL, CLI_TEXT},
    {"revoked_why", NULL, CLI_TEXT},
};

static err
list_row(struct job *job, const struct cli_access *access, const struct registry_held *held, struct cli_sheet *sheet)
{
	const struct ledger_grant *grant = &held->grant;
	slice person, by, over, taker;
	TRY(cli_access_name(job, access, grant->person, &person));
	TRY(cli_access_name(job, access, grant->by, &by));
	TRY(cli_access_name(job, access, grant->revoked_by, &taker));
	TRY(ledger_grant_over(job, grant, &over));
	return cli_sheet_row(sheet, (struct cell[]){INT((int64_t)grant->entry), TEXT(person), TEXT(grant->role), TEXT(over),
					TEXT(slice_of(registry_standing_words[held->standing])), held->ends_us != 0 ? INT(held->ends_us) : NIL,
					INT(grant->made_us), TEXT(by), TEXT(grant->why), TEXT(slice_of(ledger_scope_words[grant->scope])),
					grant->service != 0 ? INT(grant->service) : NIL, TEXT(grant->unit),
					grant->revoked ? INT(grant->revoked_us) : NIL, TEXT(taker), TEXT(grant->revoked_why)});
}

static void
say_unclaimed(const struct cli *cli, struct job *job, const struct cli_access *access)
{
	if (access->mine->unclaimed)
		cli_say(cli, job,
		    "No grant was ever made: whoever opens the store is administrator. The first grant makes one: assay access grant NAME administrator --why TEXT");
}

static err
list_all(struct job *job, struct cli *cli, const struct cli_access *access, const struct registry_held *held, size_t len)
{
	struct cli_sheet sheet;
	slice wanted = {0};
	size_t hidden = 0;
	bool known = true;
	if (cli->words_len > 0)
		TRY(registry_person_find(job, access->open.registry, slice_of(cli->words[0]), &known, &wanted));
	cli_sheet_open(&sheet, job, list_columns, sizeof list_columns / sizeof list_columns[0]);
	for (size_t i = 0; known && i < len; i++) {
		bool over = held[i].standing == REGISTRY_HELD_ENDED || held[i].standing == REGISTRY_HELD_REVOKED;
		if ((wanted.len > 0 && !slice_same(held[i].grant.person, wanted)) || (over && !cli_flag(cli, "ended")))
			continue;
		if (cli_access_sees(access, &held[i]))
			TRY(list_row(job, access, &held[i], &sheet));
		else
			hidden++;
	}
	TRY(cli_sheet_print(job, cli, &sheet));
	say_unclaimed(cli, job, access);
	if (hidden > 0)
		cli_say(cli, job, "Grants of others are shown to whoever may audit or grant");
	if (sheet.len == 0 && hidden == 0 && !access->mine->unclaimed)
		cli_say(cli, job, "There is no such grant%s", cli_flag(cli, "ended") ? "" : " that counts; --ended shows what is over");
	return OK;
}

static err
list(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_access_close_at) struct cli_access access = {0};
	struct registry_held *held;
	struct ledger_moment at;
	size_t len;
	(void)ret_status;
	TRY(cli_access_open(job, cli, &access));
	TRY(cli_moment(job, cli, access.open.ledger, &at));
	TRY(registry_access_held(job, access.open.registry, &access.mine->roles, at, &held, &len));
	return list_all(job, cli, &access, held, len);
}

/* Give and take back */

static err
need_why(struct job *job, const struct cli *cli, const char *what, slice *ret)
{
	*ret = slice_trim(slice_of(cli_value(cli, "why")));
	if (ret->len == 0)
		return err_set(job, ERR_INPUT, "--why is needed: say why the role is %s", what);
	return text_utf8(*ret) ? OK : err_set(job, ERR_INPUT, "--why: expected UTF-8, found other bytes");
}

static err
read_grant(struct job *job, const struct cli *cli, const struct cli_access *access, struct ledger_grant *grant)
{
	const char *service = cli_value(cli, "service"), *unit = cli_value(cli, "unit");
	const struct registry_register *scope = access->open.registry->scope;
	*grant = (struct ledger_grant){.role = slice_of(cli->words[1])};
	TRY(need_why(job, cli, "given", &grant->why));
	if (service != NULL && unit != NULL)
		return err_set(job, ERR_INPUT, "--service and --unit exclude each other");
	if (service != NULL) {
		if (scope == NULL)
			return err_set(job, ERR_INPUT, "--service: there is no register of services");
		grant->scope = LEDGER_SCOPE_SERVICE;
		TRY(cli_record_number(job, scope, service, &grant->service));
	}
	if (unit != NULL) {
		grant->scope = LEDGER_SCOPE_UNIT;
		grant->unit = slice_trim(slice_of(unit));
	}
	return cli_value_instant(job, cli, "until", &grant->until_us);
}

static err
give(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_access_close_at) struct cli_access access = {0};
	struct ledger_receipt receipt;
	struct ledger_grant grant;
	slice name = slice_trim(slice_of(cli->words[0])), over;
	bool known;
	(void)ret_status;
	if (name.len == 0 || !text_utf8(name))
		return err_set(job, ERR_INPUT, "the person must be a login name or an email address");
	TRY(cli_access_open(job, cli, &access));
	TRY(read_grant(job, cli, &access, &grant));
	TRY(registry_person_find(job, access.open.registry, name, &known, &grant.person));
	if (!known)
		grant.person = S("");
	TRY(registry_access_grant_check(job, access.mine, &grant));
	if (!known) /* only now: a refusal leaves no token behind */
		TRY(ledger_person_token(job, access.open.ledger, S(""), name, &grant.person));
	TRY(registry_access_grant(job, access.mine, &grant, &receipt));
	TRY(ledger_grant_over(job, &grant, &over));
	cli_say(cli, job, "Grant %llu: %.*s is %.*s over %.*s %s%s", (unsigned long long)receipt.index, SLICE(name), SLICE(grant.role), SLICE(over),
	    grant.until_us != 0 ? "until " : "without end", grant.until_us != 0 ? instant_day(grant.until_us).at : "");
	if (cli->json)
		printf("{\"grant\":%llu}\n", (unsigned long long)receipt.index);
	return OK;
}

static err
take(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_access_close_at) struct cli_access access = {0};
	struct ledger_receipt receipt;
	uint64_t grant;
	slice why;
	(void)ret_status;
	if (!slice_u64(slice_of(cli->words[0]), &grant))
		return err_set(job, ERR_INPUT, "a grant is named by its number, as 'assay access list' shows it, found \"%s\"", cli->words[0]);
	TRY(need_why(job, cli, "taken back", &why));
	TRY(cli_access_open(job, cli, &access));
	TRY(registry_access_revoke(job, access.mine, grant, why, &receipt));
	cli_say(cli, job, "Grant %llu is taken back (entry %llu)", (unsigned long long)grant, (unsigned long long)receipt.index);
	if (cli->json)
		printf("{\"entry\":%llu,\"grant\":%llu}\n", (unsigned long long)receipt.index, (unsigned long long)grant);
	return OK;
}

/* Roles */

static const struct cli_column role_columns[] = {
    {"role", "role", CLI_TEXT},
    {"title", NULL, CLI_TEXT},
    {"scope", "over", CLI_TEXT},
    {"read_only", NULL, CLI_BOOL},
    {"ends_within_days", NULL, CLI_NUMBER},
    {"about", "about", CLI_TEXT},
};
static const struct cli_column rule_columns[] = {
    {"may", "may", CLI_TEXT},
    {"registers", "in", CLI_TEXT},
    {"up_to", "up to", CLI_TEXT},
    {"shared", "of no service too", CLI_BOOL},
};

static int64_t
days_of(const struct registry_role *role)
{
	return instant_after(0, role->within) / DAY_US;
}

static err
join(struct job *job, const slice *words, size_t len, slice *ret)
{
	struct buf buf = buf_open(job, "words", 64 * KIB);
	buf_text(&buf, len == 0 ? "any" : "");
	for (size_t i = 0; i < len; i++)
		buf_printf(&buf, "%s%.*s", i > 0 ? ", " : "", SLICE(words[i]));
	return buf_end(&buf, ret);
}

static err
role_show(struct job *job, const struct cli *cli, const struct registry_role *role)
{
	struct cli_sheet sheet;
	cli_say(cli, job, "%.*s\n%.*s", SLICE(role->title), SLICE(role->about));
	cli_say(cli, job, "Given over %s%s; from %s", role->any_scope ? "the organisation, a unit or a service" : ledger_scope_words[role->scope],
	    role->read_only ? "; reads only" : "", role->from);
	if (role->expires)
		cli_say(cli, job, "A grant ends within %s", cli_count((uint64_t)days_of(role), "day", "days").at);
	cli_sheet_open(&sheet, job, rule_columns, sizeof rule_columns / sizeof rule_columns[0]);
	for (size_t i = 0; i < role->rules_len; i++) {
		const struct registry_rule *rule = &role->rules[i];
		slice does, in;
		TRY(join(job, rule->capabilities, rule->capabilities_len, &does));
		TRY(join(job, rule->registers, rule->registers_len, &in));
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(does), TEXT(in), TEXT(slice_of(registry_classification_words[rule->up_to])), INT(rule->shared)}));
	}
	return cli_sheet_print(job, cli, &sheet);
}

static err
role_list(struct job *job, const struct cli *cli, const struct registry_roles *roles)
{
	struct cli_sheet sheet;
	cli_sheet_open(&sheet, job, role_columns, sizeof role_columns / sizeof role_columns[0]);
	for (size_t i = 0; i < roles->len; i++) {
		const struct registry_role *role = &roles->at[i];
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(role->id), TEXT(role->title),
					      TEXT(slice_of(role->any_scope ? "any" : ledger_scope_words[role->scope])), INT(role->read_only),
					      role->expires ? INT(days_of(role)) : NIL, TEXT(role->about)}));
	}
	TRY(cli_sheet_print(job, cli, &sheet));
	cli_say(cli, job, "'assay access role ROLE' shows what one may do");
	return OK;
}

/* Needs no store: roles are content. */
static err
role(struct job *job, struct cli *cli, int *ret_status)
{
	struct content content;
	struct registry_registers registers;
	struct registry_roles roles;
	(void)ret_status;
	TRY(cli_place(job, cli));
	TRY(cli_content(job, cli, &content));
	TRY(cli_registers(job, &content, &registers));
	TRY(registry_role_load(job, &content, &registers, NULL, NULL, &roles));
	if (cli->words_len == 0)
		return role_list(job, cli, &roles);
	const struct registry_role *found = registry_role_find(&roles, slice_of(cli->words[0]));
	if (found == NULL)
		return err_set(job, ERR_MISSING, "there is no role \"%s\"; 'assay access role' lists them", cli->words[0]);
	return role_show(job, cli, found);
}

static const struct cli_option list_options[] = {{"ended", NULL, "those that ended or were taken back, too"},
    {"as-of", "DATE", "as it was then"}, {NULL, NULL, NULL}};
static const struct cli_option grant_options[] = {{"service", "NUMBER", "over this service"}, {"unit", "NAME", "over the services of this unit"},
    {"until", "DATE", "the last day it counts"}, {"why", "TEXT", "why it is given"}, {NULL, NULL, NULL}};
static const struct cli_option revoke_options[] = {{"why", "TEXT", "why it is taken back"}, {NULL, NULL, NULL}};

static const struct cli_command list_command = {.name = "list",
    .usage = "[PERSON] [--ended] [--as-of DATE]",
    .about = "List who holds which role over what",
    .help = "Everybody sees their own grants; those of others are shown to whoever may audit or grant. While no grant was ever made, whoever opens the store is\n"
	    "administrator.",
    .example = "assay access list --json",
    .options = list_options,
    .words_max = 1,
    .run = list};
static const struct cli_command grant_command = {.name = "grant",
    .usage = "PERSON ROLE [--service NUMBER|--unit NAME] [--until DATE] --why TEXT",
    .about = "Give a person a role over the organisation, a unit or a service",
    .help = "The first grant makes an administrator, over the organisation and without end. Some roles need an end or a scope: 'assay access role ROLE' says so.\n"
	    "A person is a login name or an email address; the name is kept apart and can be erased, the grant cannot: write no name into --why.",
    .example = "assay access grant sam risk-owner --service 3 --until 2027-03-31 --why \"owns the risks of the service…\"",
    .options = grant_options,
    .words_min = 2,
    .words_max = 2,
    .run = give};
static const struct cli_command revoke_command = {.name = "revoke",
    .usage = "GRANT --why TEXT",
    .about = "Take a grant back",
    .help = "It stays in the history with both reasons. The last administrator without end cannot be taken back: make another first.",
    .example = "assay access revoke 57 --why \"left the team…\"",
    .options = revoke_options,
    .words_min = 1,
    .words_max = 1,
    .run = take};
static const struct cli_command role_command = {.name = "role",
    .usage = "[ROLE]",
    .about = "List the roles, or what one may do",
    .help = "Roles are content: content/role/, an organisation's own in DIR/etc/role/.",
    .example = "assay access role auditor",
    .words_max = 1,
    .run = role};
static const struct cli_command *const verbs[] = {
    &list_command, &grant_command, &revoke_command, &role_command, &cli_access_explain, &cli_access_log, &cli_access_review, NULL};

const struct cli_command cli_access_command = {
    .name = "access", .usage = "list|grant|revoke|role|explain|log|review", .about = "Who may do what in the registers", .verbs = verbs};
