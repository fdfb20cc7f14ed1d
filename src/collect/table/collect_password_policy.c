/*
 * What is asked of passwords, as it is in force: a module's arguments in PAM, then its file, then its defaults.
 * The key "enabled" says whether PAM asks the module at all; the settings of one it does not ask hold nowhere.
 */
#include "collect/table/collect_password_policy.h"

#include <string.h>

#include "collect/table/collect_pam_rule.h"

static const struct column password_policy_columns[] = {
    {"program", COLUMN_TEXT, COLUMN_KEY, "login.defs, pwquality, faillock, pwhistory or unix"},
    COLLECT_SETTING_COLUMNS,
};
const struct table table_password_policy = {"password_policy", "what is asked of passwords, defaults included", password_policy_columns, 6};

struct policy_default {
	const char *key, *value;
};
static const struct policy_default policy_login_defs[] = {{"pass_max_days", "-1"}, {"pass_min_days", "-1"}, {"pass_warn_age", "-1"},
    {"encrypt_method", "DES"}, {"yescrypt_cost_factor", "5"}, {"sha_crypt_min_rounds", "5000"}, {"sha_crypt_max_rounds", "5000"},
    {"umask", "022"}, {"home_mode", ""}, {"uid_min", "1000"}, {"uid_max", "60000"}, {"sys_uid_min", "101"}, {"sys_uid_max", "999"},
    {"login_retries", "5"}, {"login_timeout", "60"}, {"faillog_enab", ""}, {"log_unkfail_enab", "no"}, {"log_ok_logins", "no"},
    {"syslog_su_enab", "no"}, {"default_home", "yes"}, {"create_home", "no"}, {"usergroups_enab", "no"}, {"fail_delay", ""},
    {"su_wheel_only", "no"}, {NULL, NULL}};
static const struct policy_default policy_pwquality[] = {{"difok", "1"}, {"minlen", "8"}, {"dcredit", "0"}, {"ucredit", "0"},
    {"lcredit", "0"}, {"ocredit", "0"}, {"minclass", "0"}, {"maxrepeat", "0"}, {"maxclassrepeat", "0"}, {"maxsequence", "0"},
    {"gecoscheck", "0"}, {"dictcheck", "1"}, {"usercheck", "1"}, {"usersubstr", "0"}, {"enforcing", "1"}, {"badwords", ""},
    {"dictpath", ""}, {"retry", "1"}, {"enforce_for_root", "no"}, {"local_users_only", "no"}, {NULL, NULL}};
static const struct policy_default policy_faillock[] = {{"dir", "/var/run/faillock"}, {"audit", "no"}, {"silent", "no"},
    {"no_log_info", "no"}, {"local_users_only", "no"}, {"nodelay", "no"}, {"deny", "3"}, {"fail_interval", "900"}, {"unlock_time", "600"},
    {"even_deny_root", "no"}, {"root_unlock_time", "600"}, {"admin_group", ""}, {NULL, NULL}};
static const struct policy_default policy_pwhistory[] = {
    {"debug", "no"}, {"enforce_for_root", "no"}, {"remember", "10"}, {"retry", "1"}, {"file", "/etc/security/opasswd"}, {NULL, NULL}};
static const struct policy_default policy_unix[] = {{"nullok", "no"}, {"obscure", "no"}, {"minlen", "6"}, {"remember", "0"}, {"rounds", ""},
    {"yescrypt", "no"}, {"sha512", "no"}, {"sha256", "no"}, {"md5", "no"}, {"bigcrypt", "no"}, {"blowfish", "no"}, {NULL, NULL}};

/* A program: where its file is, which module asks it. */
struct policy {
	const char *program, *module, *path;
	const char *folders[4];
	const struct policy_default *defaults;
};
static const struct policy policies[] = {
    {"login.defs", NULL, "/etc/login.defs", {NULL}, policy_login_defs},
    {"pwquality", "pam_pwquality.so", "/etc/security/pwquality.conf", {"/etc/security/pwquality.conf.d", NULL}, policy_pwquality},
    {"faillock", "pam_faillock.so", "/etc/security/faillock.conf", {NULL}, policy_faillock},
    {"pwhistory", "pam_pwhistory.so", "/etc/security/pwhistory.conf", {NULL}, policy_pwhistory},
    {"unix", "pam_unix.so", NULL, {NULL}, policy_unix},
};

err
policy_text(struct job *job, const char *path, slice text, struct collect_settings *settings)
{
	struct collect_lines lines = collect_lines_of(job, text, "#");
	slice line, key, value;
	unsigned number;
	while (collect_lines_next(&lines, &line, &number)) {
		line = slice_trim(slice_part(line, 0, slice_find(line, '#')));
		if (collect_key_value(line, "= \t", &key, &value))
			TRY(collect_settings_set(settings, key, value.len == 0 ? S("yes") : value, path, number, false));
	}
	return OK;
}

err
policy_arguments(slice arguments, const char *path, unsigned line, struct collect_settings *settings)
{
	slice word, key, value;
	while (slice_word(&arguments, &word))
		if (collect_key_value(word, "=", &key, &value))
			TRY(collect_settings_set(settings, key, value.len == 0 ? S("yes") : value, path, line, false));
	return OK;
}

static err
policy_file(struct job *job, const struct collect *collect, const struct policy *policy, struct collect_settings *settings)
{
	slice text;
	bool there;
	const char **paths;
	size_t len;
	if (policy->path == NULL)
		return OK;
	/* Drop-ins first: the main file is read last and wins, as libpwquality does it. */
	TRY(collect_dropin_paths(job, collect, policy->folders, ".conf", &paths, &len));
	for (size_t i = 0; i < len; i++) {
		TRY(collect_read(job, collect, paths[i], &text, &there));
		TRY(policy_text(job, paths[i], text, settings));
	}
	TRY(collect_read(job, collect, policy->path, &text, &there));
	return policy_text(job, policy->path, text, settings);
}

/* What PAM gives the module; the shared stacks where there are some, else every service's. */
static err
policy_pam(const struct policy *policy, const struct pam_rule *rule, size_t len, struct collect_settings *settings)
{
	const char *path = "";
	unsigned line = 0;
	for (size_t i = 0; i < len && policy->module != NULL; i++) {
		slice name = slice_from(
		    rule[i].module, slice_find(rule[i].module, '/') < rule[i].module.len ? slice_find_last(rule[i].module, '/') + 1 : 0);
		if (!slice_same(name, slice_of(policy->module)))
			continue;
		if (path[0] == '\0')
			path = rule[i].path, line = rule[i].line;
		TRY(policy_arguments(rule[i].arguments, rule[i].path, rule[i].line, settings));
	}
	return policy->module == NULL
		   ? OK
		   : collect_settings_set(settings, S("enabled"), path[0] == '\0' ? S("no") : S("yes"), path, line, false);
}

static err
policy_rows(const struct policy *policy, const struct collect_settings *settings, struct rows *rows)
{
	for (size_t i = 0; i < settings->len; i++) {
		const struct collect_setting *at = &settings->at[i];
		struct cell cells[] = {TEXT(slice_of(policy->program)), TEXT(at->key), TEXT(at->value), TEXT(slice_of(at->path)),
		    INT(at->line), TEXT(at->path[0] == '\0' ? S("default") : S("file"))};
		TRY(rows_add(rows, cells));
	}
	return OK;
}

static err
policy_run(struct job *job, struct collect *collect)
{
	struct pam_rule *rule;
	size_t len;
	TRY(pam_rules(job, collect, &rule, &len));
	for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
		struct collect_settings settings;
		collect_settings_open(&settings, job);
		TRY(policy_file(job, collect, &policies[i], &settings));
		TRY(policy_pam(&policies[i], rule, len, &settings));
		for (const struct policy_default *at = policies[i].defaults; at->key != NULL; at++)
			TRY(collect_settings_set(&settings, slice_of(at->key), slice_of(at->value), "", 0, true));
		TRY(policy_rows(&policies[i], &settings, collect_rows(collect, &table_password_policy)));
	}
	return OK;
}

static const struct table *const policy_tables[] = {&table_password_policy, NULL};
static const char *const policy_reads[] = {"/etc/login.defs", "/etc/security/pwquality.conf", "/etc/security/pwquality.conf.d",
    "/etc/security/faillock.conf", "/etc/security/pwhistory.conf", "/etc/pam.d", "/usr/lib/pam.d", NULL};

const struct collector collect_password_policy = {
    .name = "password_policy",
    .about = "what is asked of passwords: length, age, lock-out, history",
    .tables = policy_tables,
    .reads = policy_reads,
    .needs = "root where a file of the configuration is closed to others",
    .run = policy_run,
};
