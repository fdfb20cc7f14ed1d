/*
 * Installed packages of dpkg and rpm, and the updates waiting for them: both need the same pass over apt's lists. Judges no version.
 */
#include "collect/table/collect_package.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/instant.h"
#include "collect/collect_value.h"
#include "collect/table/collect_update_setting.h"

#define INFO "/var/lib/dpkg/info"

static const struct column package_columns[] = {
    {"manager", COLUMN_TEXT, COLUMN_KEY, "dpkg or rpm"},
    {"name", COLUMN_TEXT, COLUMN_KEY, "package"},
    {"arch", COLUMN_TEXT, COLUMN_KEY, "architecture"},
    {"version", COLUMN_TEXT, 0, "installed version"},
    {"source_name", COLUMN_TEXT, 0, "source package"},
    {"source_version", COLUMN_TEXT, 0, "version of the source package"},
    {"status", COLUMN_TEXT, 0, "installed, config-files, half-configured, …"},
    {"held", COLUMN_INT, 0, "1 = held back from updates"},
    {"origin", COLUMN_TEXT, 0, "who publishes this version, empty when no list has it"},
    {"suite", COLUMN_TEXT, 0, "suite that has this version, as the source names it"},
    {"installed_at", COLUMN_TIME, COLUMN_MAYBE, "when this version was unpacked"},
};
const struct table table_package = {"package", "installed packages", package_columns, sizeof package_columns / sizeof *package_columns};

static void
package_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* dpkg writes NAME.list anew whenever it unpacks a package. */
static void
package_installed_at(struct collect_packages *packages, int info)
{
	for (size_t i = 0; i < packages->len; i++) {
		struct collect_package *package = &packages->at[i];
		char plain[512], full[512];
		struct stat st;
		snprintf(plain, sizeof plain, "%.*s.list", SLICE(package->name));
		snprintf(full, sizeof full, "%.*s:%.*s.list", SLICE(package->name), SLICE(package->arch));
		const char *first = package->multi_arch_same ? full : plain, *second = package->multi_arch_same ? plain : full;
		if (fstatat(info, first, &st, AT_SYMLINK_NOFOLLOW) == 0 || fstatat(info, second, &st, AT_SYMLINK_NOFOLLOW) == 0)
			package->installed_at = INT((int64_t)st.st_mtim.tv_sec * SECOND_US + st.st_mtim.tv_nsec / 1000);
	}
}

/* Where the installed version comes from: a security suite before another. */
static const struct collect_list *
package_origin(const struct collect_package *package, const struct collect_lists *lists)
{
	const struct collect_list *best = NULL;
	for (const struct collect_offer *offer = package->offers; offer != NULL; offer = offer->next) {
		const struct collect_list *list = &lists->at[offer->list];
		if (slice_same(offer->version, package->version) &&
		    (best == NULL || (list->security && !best->security) || (list->security == best->security && list < best)))
			best = list;
	}
	return best;
}

static err
package_rows(const struct collect_packages *packages, const char *manager, const struct collect_lists *lists, struct rows *rows)
{
	for (size_t i = 0; i < packages->len; i++) {
		const struct collect_package *package = &packages->at[i];
		const struct collect_list *from = package_origin(package, lists);
		TRY(rows_add(
		    rows, (struct cell[]){TEXT(slice_of(manager)), TEXT(package->name), TEXT(package->arch), TEXT(package->version),
			      TEXT(package->source_name), TEXT(package->source_version), TEXT(package->status), INT(package->held),
			      TEXT(from == NULL ? package->origin : from->release.origin),
			      TEXT(from == NULL ? S("") : from->repository->suite), package->installed_at}));
	}
	return OK;
}

/* The updates: could-not-look when any enabled source was not fetched, for its updates would be missed. */
static err
package_pending(
    struct job *job, struct collect *collect, const struct collect_packages *packages, const struct collect_lists *lists, err looked)
{
	struct collect_pins pins;
	struct collect_apt_conf conf;
	bool there;
	if (looked.code != ERR_NONE) {
		collect_unseen(collect, &table_pending_update, "%s", job->why);
	} else if (!lists->any_source) {
		collect_unseen(collect, &table_pending_update, "no package source is enabled, so updates are not known");
	} else if (lists->missing.len > 0) {
		collect_unseen(collect, &table_pending_update,
		    "/var/lib/apt/lists has no list of %.*s: apt update was not run or its lists were removed", SLICE(lists->missing));
	} else {
		TRY(collect_pins_read(job, collect, &pins));
		TRY(collect_apt_conf_read(job, collect, &conf, &there));
		const struct collect_apt_entry *wanted = collect_apt_conf_get(&conf, S("apt::default-release"));
		return collect_pending_update_rows(
		    packages, lists, &pins, wanted == NULL ? S("") : wanted->value, collect_rows(collect, &table_pending_update));
	}
	return OK;
}

static err
package_dpkg(struct job *job, struct collect *collect, slice status)
{
	struct collect_packages packages = {.job = job};
	struct collect_lists lists = {0};
	DEFER(package_close) int info = -1;
	TRY(collect_package_dpkg_parse(&packages, status));
	TRY(collect_package_dpkg_index(&packages));
	err opened = fs_open_dir(job, &collect->root, INFO, &info);
	if (opened.code == ERR_NONE)
		package_installed_at(&packages, info);
	err looked = collect_package_lists(&packages, collect, &lists);
	TRY(package_pending(job, collect, &packages, &lists, looked));
	return package_rows(&packages, "dpkg", &lists, collect_rows(collect, &table_package));
}

static err
package_run(struct job *job, struct collect *collect)
{
	struct collect_packages packages = {.job = job};
	struct collect_lists none = {0};
	slice status;
	bool rpm;
	err read = fs_read(job, &collect->root, "/var/lib/dpkg/status", 64 * MIB, &status);
	bool dpkg = read.code == ERR_NONE;
	if (read.code != ERR_MISSING)
		TRY(read);
	TRY(collect_package_rpm_read(&packages, collect, &rpm));
	if (!dpkg && !rpm) {
		collect_unseen(collect, &table_package, "neither dpkg's nor rpm's database is there");
		collect_unseen(collect, &table_pending_update, "neither dpkg's nor rpm's database is there");
		return OK;
	}
	if (!dpkg)
		collect_unseen(collect, &table_pending_update, "updates of rpm packages are not looked for");
	TRY(package_rows(&packages, "rpm", &none, collect_rows(collect, &table_package)));
	return dpkg ? package_dpkg(job, collect, status) : OK;
}

const struct collector collect_package = {
    .name = "package",
    .about = "Installed packages of dpkg and rpm, where they come from, and the updates waiting for them",
    .tables = (const struct table *const[]){&table_package, &table_pending_update, NULL},
    .reads = (const char *const[]){"/var/lib/dpkg/status", "/var/lib/dpkg/info/*.list (times only)", "/var/lib/dpkg/arch",
	"/var/lib/rpm/rpmdb.sqlite", "/usr/lib/sysimage/rpm/rpmdb.sqlite", "rpmdb.sqlite-wal beside it (size only)", "/var/lib/apt/lists",
	"/etc/apt/sources.list", "/etc/apt/sources.list.d", "/etc/apt/preferences", "/etc/apt/preferences.d", "/etc/apt/apt.conf",
	"/etc/apt/apt.conf.d", NULL},
    .needs = "",
    .run = package_run,
};
