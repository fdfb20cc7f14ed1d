/*
 * TLS settings as they take effect, defaults included. Does not speak to the servers: what a running one was started with may be older.
 */
#include "collect/table/collect_tls_setting.h"

#include <string.h>

#define TLS_MAX_SITES 2000
#define TLS_MAX_NESTING 8
#define TLS_MAX_FILES 1000
#define TLS_MAX_WORDS 64 /* of one directive; the rest is passed over */

static const struct column columns[] = {
    {"program", COLUMN_TEXT, COLUMN_KEY, "openssl, crypto-policies, nginx, apache or postfix"},
    {"site", COLUMN_TEXT, COLUMN_KEY, "name:port of a virtual host that speaks TLS; empty = where no site says otherwise"},
    COLLECT_SETTING_COLUMNS,
};
const struct table table_tls_setting = {"tls_setting", "how the system and its servers speak TLS", columns, 7};

/* Known keywords and what holds when they are not set, as in the versions of Debian 12, 13 and Ubuntu 24.04. */
static const struct known {
	const char *program, *key, *otherwise;
} known[] = {
    /* Debian and Ubuntu build OpenSSL with security level 2, which leaves TLS below 1.2 without a usable signature. */
    {"openssl", "minprotocol", "TLSv1.2"},
    {"openssl", "maxprotocol", ""},
    {"openssl", "cipherstring", "DEFAULT@SECLEVEL=2"},
    {"openssl", "ciphersuites", "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"},
    {"openssl", "options", ""},
    {"openssl", "groups", ""},
    {"openssl", "signaturealgorithms", ""},
    {"crypto-policies", "policy", "DEFAULT"},
    {"nginx", "ssl_protocols", "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3"},
    {"nginx", "ssl_ciphers", "HIGH:!aNULL:!MD5"},
    {"nginx", "ssl_prefer_server_ciphers", "off"},
    {"nginx", "ssl_certificate", ""},
    {"nginx", "ssl_certificate_key", ""},
    {"nginx", "ssl_session_tickets", "on"},
    {"nginx", "ssl_stapling", "off"},
    {"nginx", "ssl_ecdh_curve", "auto"},
    {"nginx", "ssl_dhparam", ""},
    {"nginx", "ssl_verify_client", "off"},
    {"nginx", "strict-transport-security", ""},
    {"apache", "sslprotocol", "all -SSLv3"},
    {"apache", "sslciphersuite", "DEFAULT"},
    {"apache", "sslhonorcipherorder", "off"},
    {"apache", "sslcompression", "off"},
    {"apache", "sslsessiontickets", "on"},
    {"apache", "sslusestapling", "off"},
    {"apache", "sslcertificatefile", ""},
    {"apache", "sslcertificatekeyfile", ""},
    {"apache", "sslverifyclient", "none"},
    {"apache", "strict-transport-security", ""},
    {"postfix", "smtpd_tls_security_level", ""},
    {"postfix", "smtpd_use_tls", "no"},
    {"postfix", "smtpd_tls_auth_only", "no"},
    {"postfix", "smtpd_tls_protocols", ">=TLSv1"},
    {"postfix", "smtpd_tls_mandatory_protocols", ">=TLSv1"},
    {"postfix", "smtpd_tls_ciphers", "medium"},
    {"postfix", "smtpd_tls_mandatory_ciphers", "medium"},
    {"postfix", "smtpd_tls_exclude_ciphers", ""},
    {"postfix", "smtpd_tls_cert_file", ""},
    {"postfix", "smtpd_tls_key_file", "$smtpd_tls_cert_file"},
    {"postfix", "smtpd_tls_loglevel", "0"},
    {"postfix", "smtp_tls_security_level", ""},
    {"postfix", "smtp_use_tls", "no"},
    {"postfix", "smtp_tls_protocols", ">=TLSv1"},
    {"postfix", "smtp_tls_mandatory_protocols", ">=TLSv1"},
    {"postfix", "smtp_tls_ciphers", "medium"},
    {"postfix", "smtp_tls_mandatory_ciphers", "medium"},
    {"postfix", "smtp_tls_policy_maps", ""},
    {"postfix", "smtp_tls_loglevel", "0"},
};

static bool
known_key(const char *program, slice key)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].program, program) == 0 && slice_same_nocase(slice_of(known[i].key), key))
			return true;
	return false;
}

/* ---- Sites ---- */

static err
site_add(struct collect_tls *tls)
{
	struct collect_tls_site *sites;
	if (tls->len == TLS_MAX_SITES)
		return err_set(tls->job, ERR_LIMIT, "%s: more than %d sites", tls->program, TLS_MAX_SITES);
	if (tls->len == tls->room) {
		size_t room = tls->room == 0 ? 8 : tls->room * 2;
		TRY(NEW(tls->job, room, &sites));
		if (tls->len > 0)
			memcpy(sites, tls->site, tls->len * sizeof *sites);
		tls->site = sites;
		tls->room = room;
	}
	tls->site[tls->len] = (struct collect_tls_site){.name = S(""), .port = S("")};
	collect_settings_open(&tls->site[tls->len].settings, tls->job);
	tls->current = tls->len++;
	return OK;
}

err
collect_tls_open(struct collect_tls *tls, struct job *job, const char *program)
{
	*tls = (struct collect_tls){.job = job, .program = program};
	return site_add(tls);
}

/* The later of two lines of one block holds. */
static err
site_set(struct collect_tls *tls, slice key, slice value, const char *path, unsigned line)
{
	if (!known_key(tls->program, key))
		return OK;
	return collect_settings_set(&tls->site[tls->current].settings, key, value, path, line, false);
}

static err
site_row(const struct collect_tls *tls, const struct collect_tls_site *site, slice name, const struct known *at, struct rows *rows)
{
	slice key = slice_of(at->key);
	const struct collect_setting *found = collect_settings_get(&site->settings, key);
	if (found == NULL)
		found = collect_settings_get(&tls->site[0].settings, key);
	struct cell cells[] = {
	    TEXT(slice_of(tls->program)),
	    TEXT(name),
	    TEXT(key),
	    TEXT(found != NULL ? found->value : slice_of(at->otherwise)),
	    TEXT(slice_of(found != NULL ? found->path : "")),
	    INT(found != NULL ? found->line : 0),
	    TEXT(found != NULL ? S("file") : S("default")),
	};
	return rows_add(rows, cells);
}

err
collect_tls_rows(const struct collect_tls *tls, struct rows *rows)
{
	for (size_t i = 0; i < tls->len; i++) {
		const struct collect_tls_site *site = &tls->site[i];
		slice name = S("");
		if (i > 0 && !site->tls)
			continue;
		if (i > 0)
			TRY(job_format(tls->job, &name, "%.*s:%.*s", SLICE(site->name.len > 0 ? site->name : S("_")),
			    SLICE(site->port.len > 0 ? site->port : S("443"))));
		for (size_t k = 0; k < sizeof known / sizeof *known; k++)
			if (strcmp(known[k].program, tls->program) == 0)
				TRY(site_row(tls, site, name, &known[k], rows));
	}
	return OK;
}

/* The port of "443", "[::]:443", "*:443", "127.0.0.1:8443"; empty when there is none. */
static slice
site_port(slice address)
{
	uint64_t port;
	size_t colon = slice_find_last(address, ':');
	slice last = colon < address.len ? slice_from(address, colon + 1) : address;
	return slice_u64(last, &port) ? last : S("");
}

/* Words joined by blanks, from ${first}. */
static err
words_join(struct job *job, const slice *words, size_t len, size_t first, slice *ret)
{
	struct buf buf = buf_open(job, "value", TABLE_MAX_TEXT);
	for (size_t i = first; i < len; i++) {
		buf_text(&buf, i > first ? " " : "");
		buf_add(&buf, words[i]);
	}
	return buf_end(&buf, ret);
}

/* ---- nginx ---- */

/* The next token: a word in ${ret} (quotes and backslashes undone) and 'w', or one of ; { } and 0 at the end. */
static err
nginx_token(struct job *job, slice *rest, unsigned *line, slice *ret, char *ret_kind)
{
	size_t at = 0, len = 0;
	char *word, quote = '\0';
	for (bool comment = false; at < rest->len && (comment || memchr(" \t\r\n#", rest->at[at], 5) != NULL); at++) {
		comment = (comment || rest->at[at] == '#') && rest->at[at] != '\n';
		*line += rest->at[at] == '\n';
	}
	*rest = slice_from(*rest, at);
	if (rest->len == 0 || memchr(";{}", rest->at[0], 3) != NULL) {
		*ret_kind = rest->len == 0 ? '\0' : rest->at[0];
		*rest = slice_from(*rest, 1);
		return OK;
	}
	for (at = 0; at < rest->len && (quote != '\0' || memchr(" \t\r\n;{}", rest->at[at], 7) == NULL); at++) {
		if (rest->at[at] == '\\')
			at++;
		else if (quote != '\0' ? rest->at[at] == quote : at == 0 && (rest->at[at] == '"' || rest->at[at] == '\''))
			quote = quote != '\0' ? '\0' : rest->at[at];
	}
	at = at < rest->len ? at : rest->len;
	TRY(NEW(job, at + 1, &word));
	quote = rest->at[0] == '"' || rest->at[0] == '\'' ? rest->at[0] : '\0';
	for (size_t i = 0; i < at; i++) {
		*line += rest->at[i] == '\n';
		if (rest->at[i] == '\\' && i + 1 < at)
			word[len++] = rest->at[++i];
		else if (quote == '\0' || rest->at[i] != quote)
			word[len++] = rest->at[i];
	}
	*ret = slice_bytes(word, len);
	*ret_kind = 'w';
	*rest = slice_from(*rest, at);
	return OK;
}

static err
nginx_directive(struct collect_tls *tls, const slice *words, size_t len, const char *path, unsigned line, unsigned nesting)
{
	slice value;
	struct collect_tls_site *site = &tls->site[tls->current];
	bool here = tls->site_depth == 0 || tls->depth == tls->site_depth;
	if (slice_same(words[0], S("include")) && len > 1 && tls->include != NULL)
		return tls->include(tls, words[1], nesting + 1);
	if (!here)
		return OK;
	if (tls->site_depth != 0 && slice_same(words[0], S("server_name")) && len > 1 && site->name.len == 0)
		site->name = words[1];
	if (tls->site_depth != 0 && slice_same(words[0], S("listen")) && len > 1) {
		bool tls_here = false;
		for (size_t i = 2; i < len; i++)
			tls_here = tls_here || slice_same(words[i], S("ssl")) || slice_same(words[i], S("quic"));
		if (tls_here && !site->tls)
			site->port = site_port(words[1]);
		site->tls = site->tls || tls_here;
	}
	if (tls->site_depth != 0 && slice_same(words[0], S("ssl")) && len > 1 && slice_same(words[1], S("on")))
		site->tls = true;
	if (slice_same(words[0], S("add_header")) && len > 2 && slice_same_nocase(words[1], S("Strict-Transport-Security"))) {
		TRY(words_join(tls->job, words, len, 2, &value));
		return site_set(tls, words[1], value, path, line);
	}
	TRY(words_join(tls->job, words, len, 1, &value));
	return site_set(tls, words[0], value, path, line);
}

err
collect_tls_nginx(struct collect_tls *tls, slice text, const char *path, unsigned nesting)
{
	slice words[TLS_MAX_WORDS], word;
	size_t len = 0;
	char kind = '\0';
	unsigned line = 1, first = 1;
	for (;;) {
		TRY(nginx_token(tls->job, &text, &line, &word, &kind));
		if (kind == '\0')
			return OK;
		if (kind == 'w') {
			first = len == 0 ? line : first;
			if (len < TLS_MAX_WORDS)
				words[len++] = word;
			continue;
		}
		if (kind == ';' && len > 0)
			TRY(nginx_directive(tls, words, len, path, first, nesting));
		if (kind == '{') {
			tls->depth++;
			if (len == 1 && tls->site_depth == 0 && slice_same(words[0], S("server"))) {
				TRY(site_add(tls));
				tls->site_depth = tls->depth;
			}
		}
		if (kind == '}' && tls->depth > 0 && tls->depth-- == tls->site_depth)
			tls->site_depth = 0, tls->current = 0;
		len = 0;
	}
}

/* ---- Apache ---- */

static err
apache_section(struct collect_tls *tls, slice line, unsigned *skip)
{
	slice name, address = S("");
	bool closing = slice_starts(line, S("</"));
	line = slice_from(line, closing ? 2 : 1);
	line = slice_part(line, 0, slice_find(line, '>'));
	if (!slice_word(&line, &name))
		return OK;
	static const char *const inner[] = {"Directory", "DirectoryMatch", "Location", "LocationMatch", "Files", "FilesMatch", "Proxy",
	    "ProxyMatch", "Limit", "LimitExcept"};
	bool within = *skip > 0;
	for (size_t i = 0; i < sizeof inner / sizeof *inner; i++)
		within = within || slice_same_nocase(name, slice_of(inner[i]));
	if (within) {
		*skip = closing ? (*skip > 0 ? *skip - 1 : 0) : *skip + 1;
		return OK;
	}
	if (slice_same_nocase(name, S("VirtualHost"))) {
		if (closing) {
			tls->current = 0;
			return OK;
		}
		TRY(site_add(tls));
		(void)slice_word(&line, &address);
		tls->site[tls->current].port = site_port(address);
	} else if (!closing && slice_starts(name, S("If")) && slice_starts(slice_trim(line), S("!"))) {
		*skip = 1; /* <IfModule !mod_ssl.c>: what it holds is not for us */
	}
	return OK;
}

static slice
unquoted(slice value)
{
	bool quoted = value.len >= 2 && (value.at[0] == '"' || value.at[0] == '\'') && value.at[value.len - 1] == value.at[0];
	return quoted ? slice_part(value, 1, value.len - 2) : value;
}

err
collect_tls_apache(struct collect_tls *tls, slice text, const char *path, unsigned nesting)
{
	struct collect_lines lines = collect_lines_of(tls->job, text, "#");
	slice line, key;
	unsigned number, skip = 0;
	while (collect_lines_next(&lines, &line, &number)) {
		if (slice_starts(line, S("<"))) {
			TRY(apache_section(tls, line, &skip));
			continue;
		}
		if (skip > 0 || !slice_word(&line, &key))
			continue;
		struct collect_tls_site *site = &tls->site[tls->current];
		slice value = slice_trim(line);
		if ((slice_same_nocase(key, S("Include")) || slice_same_nocase(key, S("IncludeOptional"))) && tls->include != NULL)
			TRY(tls->include(tls, unquoted(value), nesting + 1));
		else if (slice_same_nocase(key, S("ServerName")))
			site->name = slice_part(unquoted(value), 0, slice_find(unquoted(value), ':'));
		else if (slice_same_nocase(key, S("SSLEngine")))
			site->tls = slice_same_nocase(value, S("on"));
		else if (slice_same_nocase(key, S("Header")) && slice_has(value, S("Strict-Transport-Security")))
			TRY(site_set(tls, S("strict-transport-security"), value, path, number));
		else
			TRY(site_set(tls, key, unquoted(value), path, number));
	}
	return OK;
}

/* ---- Postfix: "name = value", lines that begin with a blank continue ---- */

err
collect_tls_postfix(struct collect_tls *tls, slice text, const char *path)
{
	slice line, key = S(""), value = S("");
	unsigned number = 0, first = 0;
	while (slice_cut(&text, '\n', &line)) {
		number++;
		slice bare = slice_trim(line);
		if (bare.len == 0 || bare.at[0] == '#')
			continue;
		if (line.at[0] == ' ' || line.at[0] == '\t') {
			if (key.len > 0 && value.len + bare.len < TABLE_MAX_TEXT && known_key(tls->program, key))
				TRY(job_format(tls->job, &value, "%.*s %.*s", SLICE(value), SLICE(bare)));
			continue;
		}
		if (key.len > 0)
			TRY(site_set(tls, key, value, path, first));
		key = S("");
		first = number;
		size_t equals = slice_find(bare, '=');
		if (equals == bare.len)
			continue;
		key = slice_trim(slice_part(bare, 0, equals));
		value = slice_trim(slice_from(bare, equals + 1));
	}
	return key.len > 0 ? site_set(tls, key, value, path, first) : OK;
}

/* ---- OpenSSL: openssl_conf = a; [a] ssl_conf = b; [b] system_default = c; [c] the settings (config(5)) ---- */

/* The value of ${wanted} in ${section} ("" = before the first), or every setting of it when ${wanted} is empty. */
static err
openssl_section(struct collect_tls *tls, slice text, slice section, slice wanted, const char *path, slice *ret)
{
	struct collect_lines lines = collect_lines_of(tls->job, text, "#");
	slice line, key, value, at = S("");
	unsigned number;
	*ret = S("");
	while (collect_lines_next(&lines, &line, &number)) {
		if (line.at[0] == '[') {
			at = slice_trim(slice_part(line, 1, slice_find(line, ']') - 1));
			continue;
		}
		if (!slice_same(at, section) && !(section.len == 0 && slice_same(at, S("default"))))
			continue;
		if (!collect_key_value(line, "=", &key, &value))
			continue;
		value = slice_trim(slice_part(value, 0, slice_find(value, '#')));
		if (wanted.len == 0) {
			size_t dot = slice_find(key, '.'); /* "1.Options": a prefix lets a key come twice */
			key = dot < key.len ? slice_from(key, dot + 1) : key;
			TRY(site_set(tls, slice_same_nocase(key, S("Curves")) ? S("groups") : key, value, path, number));
		} else if (slice_same(key, wanted)) {
			*ret = value;
		}
	}
	return OK;
}

err
collect_tls_openssl(struct collect_tls *tls, slice text, const char *path)
{
	static const char *const names[] = {"openssl_conf", "ssl_conf", "system_default", NULL};
	slice section = S(""), next;
	for (size_t i = 0; names[i] != NULL; i++) {
		TRY(openssl_section(tls, text, section, slice_of(names[i]), path, &next));
		if (next.len == 0)
			return OK;
		section = next;
	}
	return openssl_section(tls, text, section, S(""), path, &next);
}

/* ---- Reading ---- */

static err
tls_file(struct collect_tls *tls, const char *path, unsigned nesting, bool *ret_there)
{
	slice text;
	if (nesting > TLS_MAX_NESTING || ++tls->files > TLS_MAX_FILES)
		return err_set(
		    tls->job, ERR_LIMIT, "%s: more than %d files or %d levels of includes", path, TLS_MAX_FILES, TLS_MAX_NESTING);
	TRY(collect_read(tls->job, tls->collect, path, &text, ret_there));
	if (!*ret_there)
		return OK;
	if (strcmp(tls->program, "nginx") == 0)
		return collect_tls_nginx(tls, text, path, nesting);
	if (strcmp(tls->program, "apache") == 0)
		return collect_tls_apache(tls, text, path, nesting);
	return strcmp(tls->program, "postfix") == 0 ? collect_tls_postfix(tls, text, path) : collect_tls_openssl(tls, text, path);
}

/* Files of an include: relative to the program's folder; a folder stands for all files in it. */
static err
tls_include(struct collect_tls *tls, slice pattern, unsigned nesting)
{
	slice full;
	const char **paths;
	size_t len;
	bool there;
	struct stat st;
	const char *home = strcmp(tls->program, "nginx") == 0 ? "/etc/nginx/" : "/etc/apache2/", *path;
	TRY(job_format(tls->job, &full, "%s%.*s", slice_starts(pattern, S("/")) ? "" : home, SLICE(pattern)));
	TRY(job_string(tls->job, full, &path));
	if (fs_stat(tls->job, &tls->collect->root, path, true, &st).code == ERR_NONE && S_ISDIR(st.st_mode))
		TRY(job_format(tls->job, &full, "%s/*", path));
	TRY(collect_glob(tls->job, tls->collect, full, &paths, &len));
	for (size_t i = 0; i < len; i++) {
		err found = fs_stat(tls->job, &tls->collect->root, paths[i], true, &st);
		if (found.code == ERR_NONE && S_ISDIR(st.st_mode))
			continue;
		TRY(tls_file(tls, paths[i], nesting, &there));
	}
	return OK;
}

static err
tls_policy(struct job *job, const struct collect *collect, struct rows *rows)
{
	static const char path[] = "/etc/crypto-policies/config";
	struct collect_tls tls;
	slice text, line;
	unsigned number;
	bool there;
	TRY(collect_read(job, collect, path, &text, &there));
	if (!there)
		return OK;
	TRY(collect_tls_open(&tls, job, "crypto-policies"));
	struct collect_lines lines = collect_lines_of(job, text, "#");
	if (collect_lines_next(&lines, &line, &number))
		TRY(site_set(&tls, S("policy"), line, path, number));
	return collect_tls_rows(&tls, rows);
}

err
collect_tls_read(struct job *job, const struct collect *collect, enum collect_tls_program program, struct collect_tls *ret, bool *ret_there)
{
	static const struct {
		const char *program, *path;
	} programs[] = {
	    [COLLECT_TLS_OPENSSL] = {"openssl", "/etc/ssl/openssl.cnf"},
	    [COLLECT_TLS_NGINX] = {"nginx", "/etc/nginx/nginx.conf"},
	    [COLLECT_TLS_APACHE] = {"apache", "/etc/apache2/apache2.conf"},
	    [COLLECT_TLS_POSTFIX] = {"postfix", "/etc/postfix/main.cf"},
	};
	TRY(collect_tls_open(ret, job, programs[program].program));
	ret->include = tls_include;
	ret->collect = collect;
	return tls_file(ret, programs[program].path, 0, ret_there);
}

static err
tls_setting_run(struct job *job, struct collect *collect)
{
	struct rows *rows = collect_rows(collect, &table_tls_setting);
	for (enum collect_tls_program program = 0; program < COLLECT_TLS_PROGRAMS; program++) {
		struct collect_tls tls;
		bool there;
		TRY(collect_tls_read(job, collect, program, &tls, &there));
		if (there)
			TRY(collect_tls_rows(&tls, rows));
	}
	TRY(tls_policy(job, collect, rows));
	if (rows->len == 0)
		collect_absent(collect, &table_tls_setting, "neither OpenSSL's configuration nor a known server is there");
	return OK;
}

const struct collector collect_tls_setting = {
    .name = "tls_setting",
    .about = "Effective TLS settings of OpenSSL, crypto-policies, nginx, Apache and Postfix, site by site.",
    .tables = (const struct table *const[]){&table_tls_setting, NULL},
    .reads = (const char *const[]){"/etc/ssl/openssl.cnf", "/etc/crypto-policies/config", "/etc/nginx/nginx.conf and what it includes",
	"/etc/apache2/apache2.conf and what it includes", "/etc/postfix/main.cf", NULL},
    .needs = "root where a server's configuration is closed to others",
    .run = tls_setting_run,
};
