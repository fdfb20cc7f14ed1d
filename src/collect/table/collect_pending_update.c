/*
 * Which version apt would take of each installed package, by pins and lists as apt_preferences(5) has it. Does not resolve dependencies or
 * phasing.
 */
#include "collect/table/collect_package.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "collect/collect_deb822.h"
#include "collect/collect_line.h"
#include "collect/table/collect_update_setting.h"

static const struct column pending_update_columns[] = {
    {"name", COLUMN_TEXT, COLUMN_KEY, "package"},
    {"arch", COLUMN_TEXT, COLUMN_KEY, "architecture"},
    {"installed_version", COLUMN_TEXT, 0, "version that is installed"},
    {"candidate_version", COLUMN_TEXT, 0, "version apt would install"},
    {"origin", COLUMN_TEXT, 0, "who publishes the candidate"},
    {"suite", COLUMN_TEXT, 0, "suite of the candidate, as the source names it"},
    {"security", COLUMN_INT, 0, "1 = a security suite offers a version newer than the installed one"},
    {"held", COLUMN_INT, 0, "1 = the package is held back"},
};
const struct table table_pending_update = {"pending_update", "updates that apt's lists offer and that are not installed",
    pending_update_columns, sizeof pending_update_columns / sizeof *pending_update_columns};

err
collect_pin_parse(struct collect_pins *pins, slice text)
{
	slice stanza, name, value, word;
	unsigned line = 1, first;
	while (collect_deb822_next(&text, &line, &stanza, &first)) {
		slice packages = S("");
		struct collect_pin pin = {0};
		int64_t priority = INT64_MIN;
		while (collect_deb822_field(&stanza, &name, &value)) {
			if (slice_same_nocase(name, S("package")))
				packages = value;
			else if (slice_same_nocase(name, S("pin")))
				pin.pin = value;
			else if (slice_same_nocase(name, S("pin-priority")) && !slice_i64(value, &priority))
				priority = INT64_MIN;
		}
		if (priority < INT16_MIN || priority > INT16_MAX || pin.pin.len == 0)
			continue;
		pin.priority = (int)priority;
		while (slice_word(&packages, &word)) {
			if (pins->len == pins->room) {
				struct collect_pin *more;
				size_t room = pins->room == 0 ? 32 : pins->room * 2;
				TRY(NEW(pins->job, room, &more));
				if (pins->len > 0)
					memcpy(more, pins->at, pins->len * sizeof *more);
				pins->at = more;
				pins->room = room;
			}
			pin.package = word;
			pins->at[pins->len++] = pin;
		}
	}
	return OK;
}

err
collect_pins_read(struct job *job, const struct collect *collect, struct collect_pins *ret)
{
	const char **paths = NULL;
	size_t len;
	slice text;
	bool there;
	*ret = (struct collect_pins){.job = job};
	TRY(collect_apt_parts(job, collect, "/etc/apt/preferences.d", ".pref", &paths, &len));
	for (size_t i = 0; i < len; i++) {
		TRY(collect_read(job, collect, paths[i], &text, &there));
		TRY(collect_pin_parse(ret, text));
	}
	TRY(collect_read(job, collect, "/etc/apt/preferences", &text, &there));
	return collect_pin_parse(ret, text);
}

/* A name, a glob, or /an extended regular expression/. */
static bool
pin_matches(slice pattern, slice text)
{
	if (pattern.len < 2 || pattern.at[0] != '/' || pattern.at[pattern.len - 1] != '/')
		return slice_glob(pattern, text);
	char expression[256], subject[512];
	regex_t compiled;
	if (pattern.len - 2 >= sizeof expression || text.len >= sizeof subject)
		return false;
	memcpy(expression, pattern.at + 1, pattern.len - 2);
	expression[pattern.len - 2] = '\0';
	memcpy(subject, text.at, text.len);
	subject[text.len] = '\0';
	if (regcomp(&compiled, expression, REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
		return false;
	bool matches = regexec(&compiled, subject, 0, NULL, 0) == 0;
	regfree(&compiled);
	return matches;
}

static bool
pin_package_matches(const struct collect_pin *pin, const struct collect_package *package)
{
	if (slice_starts(pin->package, S("src:")))
		return pin_matches(slice_from(pin->package, 4), package->source_name);
	slice name = slice_part(pin->package, 0, slice_find(pin->package, ':'));
	return pin_matches(pin->package.at[0] == '/' ? pin->package : name, package->name);
}

/* "a=stable, n=bookworm" or the short "stable". */
static bool
pin_release_matches(slice wanted, const struct collect_list *list)
{
	slice part;
	while (slice_cut(&wanted, ',', &part)) {
		part = slice_trim(part);
		size_t equals = slice_find(part, '=');
		slice value = slice_trim(slice_from(part, equals + 1));
		if (part.len == 0)
			continue;
		if (equals == part.len) {
			if (!pin_matches(part, list->release.suite) && !pin_matches(part, list->release.codename) &&
			    !pin_matches(part, list->release.version))
				return false;
			continue;
		}
		slice found = S("");
		switch (part.at[0]) {
		case 'a':
			found = list->release.suite;
			break;
		case 'n':
			found = list->release.codename;
			break;
		case 'v':
			found = list->release.version;
			break;
		case 'o':
			found = list->release.origin;
			break;
		case 'l':
			found = list->release.label;
			break;
		case 'c':
			found = list->component;
			break;
		default: /* b=architecture: the lists read are of this one */
			continue;
		}
		if (!pin_matches(value, found))
			return false;
	}
	return true;
}

static bool
pin_version_matches(const struct collect_pin *pin, slice version, const struct collect_list *list)
{
	slice rest = pin->pin, kind;
	if (!slice_word(&rest, &kind))
		return false;
	rest = slice_trim(rest);
	if (rest.len > 1 && rest.at[0] == '"' && rest.at[rest.len - 1] == '"')
		rest = slice_part(rest, 1, rest.len - 2);
	if (slice_same_nocase(kind, S("version")))
		return pin_matches(rest, version);
	if (list == NULL)
		return false;
	if (slice_same_nocase(kind, S("origin")))
		return pin_matches(rest, list->site);
	return slice_same_nocase(kind, S("release")) && pin_release_matches(rest, list);
}

struct pending {
	const struct collect_lists *lists;
	const struct collect_pins *pins;
	slice default_release;
};

/* How strongly apt wants ${version} from ${list} (NULL: dpkg's status): the first pin that names the package, else the first for all, else
 * the list's own. */
static int
pending_priority(const struct pending *pending, const struct collect_package *package, slice version, const struct collect_list *list)
{
	const struct collect_pin *general = NULL;
	for (size_t i = 0; i < pending->pins->len; i++) {
		const struct collect_pin *pin = &pending->pins->at[i];
		bool all = slice_same(pin->package, S("*"));
		if ((all && (general != NULL || list == NULL)) || !pin_version_matches(pin, version, list))
			continue;
		if (all)
			general = pin;
		else if (pin_package_matches(pin, package))
			return pin->priority;
	}
	if (list == NULL)
		return 100;
	if (general != NULL)
		return general->priority;
	slice wanted = pending->default_release;
	if (wanted.len > 0 && (slice_glob(wanted, list->release.suite) || slice_glob(wanted, list->release.codename)))
		return 990;
	return list->priority;
}

static err
pending_row(const struct pending *pending, const struct collect_package *package, struct rows *rows)
{
	const struct collect_list *from = NULL;
	slice best = package->version;
	int priority = pending_priority(pending, package, package->version, NULL);
	bool security = false;
	if (!version_deb_valid(package->version))
		return OK;
	for (const struct collect_offer *offer = package->offers; offer != NULL; offer = offer->next) {
		const struct collect_list *list = &pending->lists->at[offer->list];
		int newer = version_deb_valid(offer->version) ? version_deb_order(offer->version, package->version) : -1;
		security = security || (newer > 0 && list->security);
		int wants = pending_priority(pending, package, offer->version, list);
		if (newer == 0 && wants > priority && slice_same(best, package->version))
			priority = wants;
		if (newer == 0 || wants <= 0 || (newer < 0 && wants <= 1000) || !version_deb_valid(offer->version))
			continue;
		int order = version_deb_order(offer->version, best);
		bool replaces = wants > priority || (wants == priority && (order > 0 || (order == 0 && list->security)));
		if (replaces) {
			best = offer->version;
			priority = wants;
			from = list;
		}
	}
	if (from == NULL)
		return OK;
	return rows_add(rows, (struct cell[]){TEXT(package->name), TEXT(package->arch), TEXT(package->version), TEXT(best),
				  TEXT(from->release.origin), TEXT(from->repository->suite), INT(security), INT(package->held)});
}

/* What the installed version is wanted for counts before any offer is weighed: offers come in no order. */
static struct collect_offer *
pending_installed_first(struct collect_offer *offers, slice version)
{
	struct collect_offer *same = NULL, *other = NULL;
	while (offers != NULL) {
		struct collect_offer *next = offers->next;
		struct collect_offer **list = slice_same(offers->version, version) ? &same : &other;
		offers->next = *list;
		*list = offers;
		offers = next;
	}
	if (same == NULL)
		return other;
	struct collect_offer *last = same;
	while (last->next != NULL)
		last = last->next;
	last->next = other;
	return same;
}

err
collect_pending_update_rows(const struct collect_packages *packages, const struct collect_lists *lists, const struct collect_pins *pins,
    slice default_release, struct rows *rows)
{
	struct pending pending = {.lists = lists, .pins = pins, .default_release = default_release};
	for (size_t i = 0; i < packages->len; i++) {
		struct collect_package *package = &packages->at[i];
		/* Unpacked, half-configured and the like: the files are there, so what is wrong in them is too. */
		if (package->offers == NULL || slice_same(package->status, S("config-files")))
			continue;
		package->offers = pending_installed_first(package->offers, package->version);
		TRY(pending_row(&pending, package, rows));
	}
	return OK;
}
