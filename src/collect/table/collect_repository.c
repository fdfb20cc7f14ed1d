/*
 * Where packages come from: sources, their keys and the age of what was fetched. Fetches nothing and verifies no signature.
 */
#include "collect/table/collect_repository.h"

#include <string.h>

#include "base/buf.h"
#include "base/instant.h"
#include "collect/collect_deb822.h"
#include "collect/collect_line.h"
#include "collect/collect_value.h"
#include "collect/table/collect_openpgp.h"
#include "collect/table/collect_update_setting.h"

#define LISTS "/var/lib/apt/lists/"

static const struct column repository_columns[] = {
    {"path", COLUMN_TEXT, COLUMN_KEY, "file of the entry"},
    {"line", COLUMN_INT, COLUMN_KEY, "line of the entry"},
    {"uri", COLUMN_TEXT, COLUMN_KEY, "where it is fetched from, without name and password"},
    {"suite", COLUMN_TEXT, COLUMN_KEY, "suite, as written"},
    {"type", COLUMN_TEXT, 0, "deb, deb-src or both"},
    {"components", COLUMN_TEXT, 0, "components, separated by blanks"},
    {"enabled", COLUMN_INT, 0, "0 = switched off"},
    {"trusted", COLUMN_INT, 0, "1 = no valid signature is demanded (trusted or allow-insecure)"},
    {"signed_by", COLUMN_TEXT, 0, "keys that must have signed, empty for any of apt's"},
    {"key_expires", COLUMN_TIME, COLUMN_MAYBE, "when the signing key ends; the year 9999 = never; NULL = not known"},
    {"release_date", COLUMN_TIME, COLUMN_MAYBE, "date of the Release file last fetched"},
    {"valid_until", COLUMN_TIME, COLUMN_MAYBE, "until when that file is valid, where it says so"},
    {"encrypted_transport", COLUMN_INT, 0, "1 = fetched over TLS or from this machine"},
};
const struct table table_repository = {
    "repository", "where packages come from", repository_columns, sizeof repository_columns / sizeof *repository_columns};

static err
repository_add(struct collect_repositories *to, const struct collect_repository *one)
{
	if (to->len == to->room) {
		struct collect_repository *more;
		size_t room = to->room == 0 ? 16 : to->room * 2;
		TRY(NEW(to->job, room, &more));
		if (to->len > 0)
			memcpy(more, to->at, to->len * sizeof *more);
		to->at = more;
		to->room = room;
	}
	to->at[to->len++] = *one;
	return OK;
}

static bool
repository_yes(slice value)
{
	return slice_same_nocase(value, S("yes")) || slice_same_nocase(value, S("true")) || slice_same(value, S("1")) ||
	       slice_same_nocase(value, S("on")) || slice_same_nocase(value, S("with")) || slice_same_nocase(value, S("enable"));
}

static void
repository_option(struct collect_repository *one, slice key, slice value)
{
	if (slice_same_nocase(key, S("signed-by")))
		one->signed_by = value;
	else if (slice_same_nocase(key, S("trusted")) || slice_same_nocase(key, S("allow-insecure")))
		one->trusted = one->trusted || repository_yes(value);
}

/* The options of "deb [a=b c=d] …" off the front of ${line}. */
static void
repository_options(slice *line, struct collect_repository *one)
{
	*line = slice_trim(*line);
	if (line->len == 0 || line->at[0] != '[')
		return;
	size_t shut = slice_find(*line, ']');
	slice options = slice_part(*line, 1, shut - 1), word;
	*line = slice_from(*line, shut + 1);
	while (slice_word(&options, &word)) {
		size_t equals = slice_find(word, '=');
		repository_option(one, slice_part(word, 0, equals), slice_from(word, equals + 1));
	}
}

err
collect_repository_list(struct collect_repositories *to, const char *path, slice text)
{
	slice line, uri;
	for (unsigned number = 1; slice_cut(&text, '\n', &line); number++) {
		struct collect_repository one = {.path = path, .line = number, .enabled = true};
		line = slice_part(line, 0, slice_find(line, '#'));
		if (!slice_word(&line, &one.types) || !(slice_same(one.types, S("deb")) || slice_same(one.types, S("deb-src"))))
			continue;
		repository_options(&line, &one);
		if (!slice_word(&line, &uri) || !slice_word(&line, &one.suite))
			continue;
		TRY(collect_uri_bare(to->job, uri, &one.uri));
		TRY(collect_squeeze(to->job, line, &one.components));
		TRY(repository_add(to, &one));
	}
	return OK;
}

/* Signed-By of a stanza: paths and fingerprints, or the key itself. */
static err
repository_signed_by(struct job *job, struct collect_repository *one, slice value)
{
	if (!slice_has(value, S("-----BEGIN")))
		return collect_squeeze(job, value, &one->signed_by);
	one->signed_by = S("(embedded)");
	one->embedded_key = value;
	return OK;
}

static err
repository_stanza(struct collect_repositories *to, const char *path, unsigned line, slice stanza)
{
	struct collect_repository one = {.path = path, .line = line, .enabled = true};
	slice name, value, uris = S(""), suites = S(""), uri, suite;
	while (collect_deb822_field(&stanza, &name, &value)) {
		if (slice_same_nocase(name, S("types")))
			TRY(collect_squeeze(to->job, value, &one.types));
		else if (slice_same_nocase(name, S("components")))
			TRY(collect_squeeze(to->job, value, &one.components));
		else if (slice_same_nocase(name, S("uris")))
			uris = value;
		else if (slice_same_nocase(name, S("suites")))
			suites = value;
		else if (slice_same_nocase(name, S("enabled")))
			one.enabled = repository_yes(value);
		else if (slice_same_nocase(name, S("signed-by")))
			TRY(repository_signed_by(to->job, &one, value));
		else
			repository_option(&one, name, value);
	}
	while (slice_word(&uris, &uri)) {
		slice rest = suites;
		TRY(collect_uri_bare(to->job, uri, &one.uri));
		while (slice_word(&rest, &suite)) {
			one.suite = suite;
			TRY(repository_add(to, &one));
		}
	}
	return OK;
}

err
collect_repository_sources(struct collect_repositories *to, const char *path, slice text)
{
	slice stanza;
	unsigned line = 1, first;
	while (collect_deb822_next(&text, &line, &stanza, &first))
		TRY(repository_stanza(to, path, first, stanza));
	return OK;
}

err
collect_repositories_read(struct job *job, const struct collect *collect, struct collect_repositories *ret)
{
	const char **paths = NULL;
	size_t len;
	slice text;
	bool there;
	*ret = (struct collect_repositories){.job = job};
	TRY(collect_read(job, collect, "/etc/apt/sources.list", &text, &there));
	TRY(collect_repository_list(ret, "/etc/apt/sources.list", text));
	TRY(collect_apt_parts(job, collect, "/etc/apt/sources.list.d", ".list", &paths, &len));
	for (size_t i = 0; i < len; i++)
		if (slice_ends(slice_of(paths[i]), S(".list"))) {
			TRY(collect_read(job, collect, paths[i], &text, &there));
			TRY(collect_repository_list(ret, paths[i], text));
		}
	TRY(collect_apt_parts(job, collect, "/etc/apt/sources.list.d", ".sources", &paths, &len));
	for (size_t i = 0; i < len; i++)
		if (slice_ends(slice_of(paths[i]), S(".sources"))) {
			TRY(collect_read(job, collect, paths[i], &text, &there));
			TRY(collect_repository_sources(ret, paths[i], text));
		}
	return OK;
}

/* A URI's path as apt makes a file's name of it: signs quoted, '/' as '_'. */
static void
repository_file_name(struct buf *name, slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (c == '/')
			buf_byte(name, '_');
		else if (strchr("\\|{}[]<>\"^~_=!@#$%*&", c) != NULL || (unsigned char)c <= ' ' || (unsigned char)c >= 0x7f)
			buf_printf(name, "%%%02x", (unsigned char)c);
		else
			buf_byte(name, c);
	}
}

err
collect_repository_prefix(struct job *job, const struct collect_repository *repository, slice arch, slice *ret)
{
	struct buf name = buf_open(job, "name of a list", 8 * KIB);
	slice uri = slice_from(repository->uri, slice_find(repository->uri, ':') + 1), suite = repository->suite;
	if (slice_starts(uri, S("//")))
		uri = slice_from(uri, 2);
	bool flat = slice_ends(suite, S("/"));
	while (slice_ends(uri, S("/")))
		uri.len--;
	repository_file_name(&name, uri);
	buf_text(&name, flat ? "_" : "_dists_");
	size_t variable = 0;
	while (variable < suite.len && !slice_starts(slice_from(suite, variable), S("$(ARCH)")))
		variable++;
	if (!flat || suite.len > 1)
		repository_file_name(&name, slice_part(suite, 0, variable));
	if (variable < suite.len) {
		repository_file_name(&name, arch);
		repository_file_name(&name, slice_from(suite, variable + 7));
	}
	if (!flat)
		buf_byte(&name, '_');
	return buf_end(&name, ret);
}

static int64_t
release_date(slice value)
{
	int64_t at;
	return instant_parse_mail(value, &at) ? at : INT64_MIN;
}

void
collect_release_parse(slice text, struct collect_release *ret)
{
	slice name, value, stanza = S("");
	unsigned line = 1, first;
	*ret = (struct collect_release){.date_us = INT64_MIN, .valid_until_us = INT64_MIN};
	/* A clear-signed text begins with a stanza of its own. */
	if (!collect_deb822_next(&text, &line, &stanza, &first))
		return;
	if (slice_starts(stanza, S("-----BEGIN PGP SIGNED MESSAGE")) && !collect_deb822_next(&text, &line, &stanza, &first))
		return;
	while (collect_deb822_field(&stanza, &name, &value)) {
		if (slice_same_nocase(name, S("origin")))
			ret->origin = value;
		else if (slice_same_nocase(name, S("label")))
			ret->label = value;
		else if (slice_same_nocase(name, S("suite")))
			ret->suite = value;
		else if (slice_same_nocase(name, S("codename")))
			ret->codename = value;
		else if (slice_same_nocase(name, S("version")))
			ret->version = value;
		else if (slice_same_nocase(name, S("date")))
			ret->date_us = release_date(value);
		else if (slice_same_nocase(name, S("valid-until")))
			ret->valid_until_us = release_date(value);
		else if (slice_same_nocase(name, S("notautomatic")))
			ret->not_automatic = repository_yes(value);
		else if (slice_same_nocase(name, S("butautomaticupgrades")))
			ret->but_automatic = repository_yes(value);
	}
}

err
collect_release_read(
    struct job *job, const struct collect *collect, slice prefix, struct collect_release *ret, slice *ret_text, bool *ret_there)
{
	static const struct {
		const char *name, *signature;
	} kinds[] = {{"InRelease", "InRelease"}, {"Release", "Release.gpg"}};
	slice path, text;
	*ret_there = false;
	for (size_t i = 0; i < 2 && !*ret_there; i++) {
		TRY(job_format(job, &path, LISTS "%.*s%s", SLICE(prefix), kinds[i].name));
		TRY(collect_read(job, collect, path.at, &text, ret_there));
		if (!*ret_there)
			continue;
		collect_release_parse(text, ret);
		if (ret_text == NULL)
			continue;
		bool there;
		TRY(job_format(job, &path, LISTS "%.*s%s", SLICE(prefix), kinds[i].signature));
		TRY(collect_read(job, collect, path.at, ret_text, &there));
	}
	return OK;
}

/* Rings that were read already: many sources share one. */
struct repository_rings {
	struct job *job;
	const struct collect *collect;
	struct {
		const char *path;
		struct openpgp_key *keys;
		size_t len;
	} at[64];
	size_t len;
};

/* The end of the keys of a ring that are among ${signers} (all, when there are none): the latest; INT64_MIN for no such key. */
static int64_t
repository_ring_end(const struct openpgp_key *keys, size_t len, const struct openpgp_signer *signers, size_t signers_len)
{
	int64_t end = INT64_MIN;
	for (size_t i = 0; i < len; i++) {
		bool counts = signers_len == 0;
		for (size_t j = 0; j < signers_len; j++)
			counts = counts || memcmp(signers[j].id, keys[i].id, 8) == 0;
		if (counts && keys[i].expires_us > end)
			end = keys[i].expires_us;
	}
	return end;
}

static int64_t
repository_path_end(struct repository_rings *rings, const char *path, const struct openpgp_signer *signers, size_t signers_len)
{
	slice text;
	size_t i = 0;
	while (i < rings->len && strcmp(rings->at[i].path, path) != 0)
		i++;
	if (i == rings->len) {
		if (rings->len == sizeof rings->at / sizeof *rings->at)
			return INT64_MIN;
		rings->at[i].path = path;
		rings->len++;
		err read = fs_read(rings->job, &rings->collect->root, path, 4 * MIB, &text);
		if (read.code == ERR_NONE)
			read = collect_openpgp_keys(rings->job, path, text, &rings->at[i].keys, &rings->at[i].len);
		if (read.code != ERR_NONE)
			rings->at[i].len = 0; /* apt passes over it too */
	}
	return repository_ring_end(rings->at[i].keys, rings->at[i].len, signers, signers_len);
}

/* apt's own rings, for a source without signed-by. */
static err
repository_trusted_end(struct repository_rings *rings, const struct openpgp_signer *signers, size_t signers_len, int64_t *ret)
{
	static const char *const suffixes[] = {".gpg", ".asc"};
	int64_t end = repository_path_end(rings, "/etc/apt/trusted.gpg", signers, signers_len);
	for (size_t kind = 0; kind < 2; kind++) {
		const char **paths = NULL;
		size_t len;
		TRY(collect_apt_parts(rings->job, rings->collect, "/etc/apt/trusted.gpg.d", suffixes[kind], &paths, &len));
		for (size_t i = 0; i < len; i++) {
			int64_t one = slice_ends(slice_of(paths[i]), slice_of(suffixes[kind]))
					  ? repository_path_end(rings, paths[i], signers, signers_len)
					  : INT64_MIN;
			end = one > end ? one : end;
		}
	}
	*ret = end;
	return OK;
}

/* An armour inside a stanza: a leading blank on every line, a dot for an empty one. */
static int64_t
repository_embedded_end(struct job *job, slice text, const struct openpgp_signer *signers, size_t signers_len)
{
	struct buf plain = buf_open(job, "key of a source", MIB);
	struct openpgp_key *keys;
	size_t len;
	slice line, armour;
	while (slice_cut(&text, '\n', &line)) {
		line = slice_trim(line);
		if (!slice_same(line, S(".")))
			buf_add(&plain, line);
		buf_byte(&plain, '\n');
	}
	err made = buf_end(&plain, &armour);
	if (made.code == ERR_NONE)
		made = collect_openpgp_keys(job, "Signed-By", armour, &keys, &len);
	return made.code == ERR_NONE ? repository_ring_end(keys, len, signers, signers_len) : INT64_MIN;
}

static err
repository_key_end(struct repository_rings *rings, const struct collect_repository *one, slice signature, struct cell *ret)
{
	struct openpgp_signer *signers = NULL;
	size_t len = 0;
	int64_t end = INT64_MIN;
	slice words = one->signed_by, word;
	err signed_by = signature.len == 0 ? OK : collect_openpgp_signers(rings->job, "InRelease", signature, &signers, &len);
	if (signed_by.code != ERR_NONE)
		len = 0;
	bool looked = false;
	for (slice part; one->embedded_key.len == 0 && slice_cut(&words, ',', &part);)
		while (slice_word(&part, &word))
			if (word.at[0] == '/') {
				const char *path;
				TRY(job_string(rings->job, word, &path));
				int64_t this = repository_path_end(rings, path, signers, len);
				end = this > end ? this : end;
				looked = true;
			}
	if (one->embedded_key.len > 0)
		end = repository_embedded_end(rings->job, one->embedded_key, signers, len);
	else if (!looked)
		TRY(repository_trusted_end(rings, signers, len, &end));
	*ret = end == INT64_MIN ? NIL : INT(end);
	return OK;
}

static bool
repository_encrypted(slice uri)
{
	static const char *const schemes[] = {
	    "https:", "tor+", "ssh:", "rsh:", "file:", "cdrom:", "copy:", "mirror+https:", "mirror+file:", "s3:", NULL};
	for (size_t i = 0; schemes[i] != NULL; i++)
		if (slice_starts(uri, slice_of(schemes[i])))
			return true;
	return false;
}

static struct cell
repository_time(int64_t at_us)
{
	return at_us == INT64_MIN ? NIL : INT(at_us);
}

static err
repository_row(struct repository_rings *rings, const struct collect_repository *one, slice arch, struct rows *rows)
{
	struct collect_release release = {.date_us = INT64_MIN, .valid_until_us = INT64_MIN};
	slice prefix, signature = S("");
	struct cell end;
	bool there;
	TRY(collect_repository_prefix(rings->job, one, arch, &prefix));
	TRY(collect_release_read(rings->job, rings->collect, prefix, &release, &signature, &there));
	TRY(repository_key_end(rings, one, signature, &end));
	return rows_add(
	    rows, (struct cell[]){TEXT(slice_of(one->path)), INT(one->line), TEXT(one->uri), TEXT(one->suite), TEXT(one->types),
		      TEXT(one->components), INT(one->enabled), INT(one->trusted), TEXT(one->signed_by), end,
		      repository_time(release.date_us), repository_time(release.valid_until_us), INT(repository_encrypted(one->uri))});
}

static err
repository_run(struct job *job, struct collect *collect)
{
	struct collect_repositories repositories;
	struct repository_rings *rings;
	slice arch = S("");
	if (!fs_exists(&collect->root, "/etc/apt")) {
		collect_absent(collect, &table_repository, "apt is not installed");
		return OK;
	}
	TRY(collect_repositories_read(job, collect, &repositories));
	(void)collect_value(job, collect, "/var/lib/dpkg/arch", &arch);
	arch = slice_part(arch, 0, slice_find(arch, '\n'));
	TRY(NEW(job, 1, &rings));
	rings->job = job;
	rings->collect = collect;
	for (size_t i = 0; i < repositories.len; i++)
		TRY(repository_row(rings, &repositories.at[i], arch, collect_rows(collect, &table_repository)));
	return OK;
}

const struct collector collect_repository = {
    .name = "repository",
    .about = "apt's package sources, their keys and the age of what was fetched",
    .tables = (const struct table *const[]){&table_repository, NULL},
    .reads = (const char *const[]){"/etc/apt", "/etc/apt/sources.list", "/etc/apt/sources.list.d", "/etc/apt/trusted.gpg",
	"/etc/apt/trusted.gpg.d", "key rings named by Signed-By", "/var/lib/apt/lists/*InRelease", "/var/lib/apt/lists/*Release",
	"/var/lib/apt/lists/*Release.gpg", "/var/lib/dpkg/arch", NULL},
    .needs = "",
    .run = repository_run,
};
