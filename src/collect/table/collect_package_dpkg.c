/*
 * dpkg's packages, and what apt's lists offer for them. Decides nothing about which version apt would take.
 */
#include "collect/table/collect_package.h"

#include <string.h>

#include "collect/collect_deb822.h"
#include "collect/collect_value.h"

#define LISTS "/var/lib/apt/lists"

err
collect_package_add(struct collect_packages *packages, const struct collect_package *package)
{
	if (packages->len == packages->room) {
		struct collect_package *more;
		size_t room = packages->room == 0 ? 1024 : packages->room * 2;
		TRY(NEW(packages->job, room, &more));
		if (packages->len > 0)
			memcpy(more, packages->at, packages->len * sizeof *more);
		packages->at = more;
		packages->room = room;
	}
	packages->at[packages->len++] = *package;
	return OK;
}

/* "name (version)": a source that has another version than its package; empty: both are the same. */
static void
dpkg_source(slice value, struct collect_package *package)
{
	size_t open = slice_find(value, '(');
	package->source_name = slice_trim(slice_part(value, 0, open));
	if (open < value.len)
		package->source_version =
		    slice_trim(slice_part(slice_from(value, open + 1), 0, slice_find(slice_from(value, open + 1), ')')));
}

static void
dpkg_status(slice value, struct collect_package *package)
{
	slice want;
	if (slice_word(&value, &want))
		package->held = slice_same(want, S("hold"));
	while (slice_word(&value, &package->status))
		continue;
}

err
collect_package_dpkg_parse(struct collect_packages *packages, slice status)
{
	slice stanza, name, value;
	unsigned line = 1, first;
	while (collect_deb822_next(&status, &line, &stanza, &first)) {
		struct collect_package package = {.installed_at = NIL};
		while (collect_deb822_field(&stanza, &name, &value)) {
			if (slice_same(name, S("Package")))
				package.name = value;
			else if (slice_same(name, S("Status")))
				dpkg_status(value, &package);
			else if (slice_same(name, S("Architecture")))
				package.arch = value;
			else if (slice_same(name, S("Version")))
				package.version = value;
			else if (slice_same(name, S("Source")))
				dpkg_source(value, &package);
			else if (slice_same(name, S("Multi-Arch")))
				package.multi_arch_same = slice_same(value, S("same"));
		}
		if (package.name.len == 0 || package.status.len == 0 || slice_same(package.status, S("not-installed")))
			continue;
		if (package.source_name.len == 0)
			package.source_name = package.name;
		if (package.source_version.len == 0)
			package.source_version = package.version;
		TRY(collect_package_add(packages, &package));
	}
	return OK;
}

static uint32_t
dpkg_hash(slice name)
{
	uint32_t hash = 2166136261U;
	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.at[i]) * 16777619U;
	return hash;
}

err
collect_package_dpkg_index(struct collect_packages *packages)
{
	packages->index_len = 1024;
	while (packages->index_len < packages->len * 2)
		packages->index_len *= 2;
	TRY(NEW(packages->job, packages->index_len, &packages->index));
	for (size_t i = 0; i < packages->len; i++) {
		unsigned *slot = &packages->index[dpkg_hash(packages->at[i].name) & (packages->index_len - 1)];
		packages->at[i].next_same_hash = *slot;
		*slot = (unsigned)(i + 1);
	}
	return OK;
}

static bool
dpkg_arch_fits(slice a, slice b)
{
	return slice_same(a, b) || slice_same(a, S("all")) || slice_same(b, S("all"));
}

err
collect_package_dpkg_offer(struct collect_packages *packages, unsigned list, slice stanza)
{
	slice line, name, version = S(""), arch = S("");
	if (!slice_starts(stanza, S("Package: ")))
		if (!collect_deb822_get(stanza, "Package", &name))
			return OK;
	/* Nearly every stanza is of a package that is not here: the name stands first and decides. */
	if (slice_starts(stanza, S("Package: ")))
		name = slice_trim(slice_part(slice_from(stanza, 9), 0, slice_find(slice_from(stanza, 9), '\n')));
	unsigned at = packages->index[dpkg_hash(name) & (packages->index_len - 1)];
	while (at != 0 && !slice_same(packages->at[at - 1].name, name))
		at = packages->at[at - 1].next_same_hash;
	if (at == 0)
		return OK;
	for (slice rest = stanza; slice_cut(&rest, '\n', &line);) {
		if (slice_starts(line, S("Version:")))
			version = slice_trim(slice_from(line, 8));
		else if (slice_starts(line, S("Architecture:")))
			arch = slice_trim(slice_from(line, 13));
		if (version.len > 0 && arch.len > 0)
			break;
	}
	if (version.len == 0)
		return OK;
	TRY(job_copy(packages->job, version, &version));
	for (; at != 0; at = packages->at[at - 1].next_same_hash) {
		struct collect_package *package = &packages->at[at - 1];
		struct collect_offer *offer;
		if (!slice_same(package->name, name) || !dpkg_arch_fits(package->arch, arch))
			continue;
		TRY(NEW(packages->job, 1, &offer));
		*offer = (struct collect_offer){.next = package->offers, .version = version, .list = list};
		package->offers = offer;
	}
	return OK;
}

struct dpkg_visit {
	struct collect_packages *packages;
	unsigned list;
};

static err
dpkg_visit(struct job *job, void *to, slice stanza)
{
	const struct dpkg_visit *visit = to;
	(void)job;
	return collect_package_dpkg_offer(visit->packages, visit->list, stanza);
}

/* "…_Packages" without what tells its packing; false for any other file. */
static bool
dpkg_list_name(slice name, slice *ret)
{
	static const char *const packings[] = {"", ".lz4", ".gz", ".zst", ".xz", ".bz2", NULL};
	for (size_t i = 0; packings[i] != NULL; i++) {
		slice packing = slice_of(packings[i]);
		if (slice_ends(name, packing) && slice_ends(slice_part(name, 0, name.len - packing.len), S("_Packages"))) {
			*ret = slice_part(name, 0, name.len - packing.len);
			return true;
		}
	}
	return false;
}

/* "main_binary-amd64_Packages" → "main". */
static slice
dpkg_list_component(slice rest)
{
	size_t at = 0;
	while (at < rest.len && !slice_starts(slice_from(rest, at), S("_binary-")))
		at++;
	return at < rest.len ? slice_part(rest, 0, at) : S("");
}

static slice
dpkg_site(slice uri)
{
	slice rest = slice_from(uri, slice_find(uri, ':') + 1);
	if (!slice_starts(rest, S("//")))
		return S("");
	rest = slice_from(rest, 2);
	rest = slice_part(rest, 0, slice_find(rest, '/'));
	return slice_part(rest, 0, slice_find(rest, ':'));
}

static bool
dpkg_is_security(const struct collect_list *list)
{
	return slice_has(list->release.label, S("Security")) || slice_ends(list->repository->suite, S("-security")) ||
	       slice_ends(list->repository->suite, S("/updates")) || slice_ends(list->release.suite, S("-security"));
}

static err
dpkg_list(struct collect_packages *packages, const struct collect *collect, const struct collect_repository *repository, slice prefix,
    struct fs_name *names, size_t names_len, struct collect_deb822_reader *reader, struct collect_lists *lists)
{
	struct collect_list list = {.repository = repository};
	bool there, any = false;
	TRY(collect_release_read(packages->job, collect, prefix, &list.release, NULL, &there));
	for (size_t i = 0; i < names_len; i++) {
		slice plain, file = slice_of(names[i].name);
		if (!slice_starts(file, prefix) || !dpkg_list_name(file, &plain))
			continue;
		slice rest = slice_from(plain, prefix.len);
		list.component = dpkg_list_component(rest);
		if (list.component.len == 0 && !slice_same(rest, S("Packages")) && !slice_same(rest, S("_Packages")))
			continue;
		any = true;
		list.site = dpkg_site(repository->uri);
		list.security = dpkg_is_security(&list);
		list.priority = !list.release.not_automatic ? 500 : list.release.but_automatic ? 100 : 1;
		TRY(fs_join(packages->job, LISTS, names[i].name, &list.path));
		bool seen = false;
		for (size_t j = 0; j < lists->len; j++)
			seen = seen || strcmp(lists->at[j].path, list.path) == 0;
		if (seen || lists->len == names_len)
			continue;
		lists->at[lists->len] = list;
		struct dpkg_visit visit = {packages, (unsigned)lists->len++};
		TRY(collect_deb822_stream(reader, collect, list.path, dpkg_visit, &visit));
	}
	if (!any && lists->missing.len == 0)
		TRY(job_format(packages->job, &lists->missing, "%.*s %.*s", SLICE(repository->uri), SLICE(repository->suite)));
	return OK;
}

err
collect_package_lists(struct collect_packages *packages, const struct collect *collect, struct collect_lists *ret)
{
	struct job *job = packages->job;
	struct collect_repositories repositories;
	struct collect_deb822_reader reader = {.job = job};
	struct fs_name *names = NULL;
	size_t len = 0;
	slice arch = S("amd64"), prefix, type;
	*ret = (struct collect_lists){0};
	TRY(collect_repositories_read(job, collect, &repositories));
	err listed = fs_list(job, &collect->root, LISTS, 100000, &names, &len);
	if (listed.code != ERR_MISSING)
		TRY(listed);
	TRY(NEW(job, len + 1, &ret->at));
	if (collect_value(job, collect, "/var/lib/dpkg/arch", &arch))
		arch = slice_part(arch, 0, slice_find(arch, '\n'));
	for (size_t i = 0; i < repositories.len; i++) {
		const struct collect_repository *one = &repositories.at[i];
		slice types = one->types;
		bool binary = false;
		while (slice_word(&types, &type))
			binary = binary || slice_same(type, S("deb"));
		if (!one->enabled || !binary)
			continue;
		ret->any_source = true;
		TRY(collect_repository_prefix(job, one, arch, &prefix));
		TRY(dpkg_list(packages, collect, one, prefix, names, len, &reader, ret));
	}
	return OK;
}
