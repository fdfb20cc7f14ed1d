/*
 * The digests dpkg keeps of what it installed. They find damage and careless changes; whoever may write dpkg's lists can make them agree
 * with anything.
 */
#include "collect/collect_packaged.h"

#include <stdlib.h>
#include <string.h>

#define DPKG_INFO "/var/lib/dpkg/info"
#define DPKG_STATUS "/var/lib/dpkg/status"
#define DPKG_DIVERSIONS "/var/lib/dpkg/diversions"
#define PACKAGED_MAX_SUMS (8 * MIB)
#define PACKAGED_MAX_STATUS (64 * MIB)
#define PACKAGED_MAX_NAMES 200000

static struct collect_packaged *
packaged_find(struct collect_packaged *files, size_t len, slice path)
{
	size_t low = 0;
	while (low < len) {
		size_t middle = low + (len - low) / 2;
		int order = slice_order(files[middle].path, path);
		if (order == 0)
			return &files[middle];
		if (order < 0)
			low = middle + 1;
		else
			len = middle;
	}
	return NULL;
}

err
collect_packaged_diversions(struct job *job, slice text, struct collect_diversion **ret, size_t *ret_len)
{
	struct collect_diversion *list, one;
	size_t len = 0, lines = 0;
	for (size_t i = 0; i < text.len; i++)
		lines += text.at[i] == '\n';
	TRY(NEW(job, lines / 3 + 1, &list));
	while (slice_cut(&text, '\n', &one.from) && slice_cut(&text, '\n', &one.to) && slice_cut(&text, '\n', &one.package))
		if (len <= lines / 3)
			list[len++] = one;
	*ret = list;
	*ret_len = len;
	return OK;
}

/* Where the file of ${package} that was packaged as ${path} is now. */
static slice
packaged_diverted(slice path, slice package, const struct collect_diversion *diversions, size_t len, bool *ret_moved)
{
	for (size_t i = 0; i < len; i++)
		if (slice_same(diversions[i].from, path) && !slice_same(diversions[i].package, package)) {
			*ret_moved = true;
			return diversions[i].to;
		}
	*ret_moved = false;
	return path;
}

/* "bin/ls" of a package is "/usr/bin/ls" where /bin is a link into /usr; ${spelling} holds "/usr/" and the path. */
static struct collect_packaged *
packaged_place(slice path, slice package, const struct collect_diversion *diversions, size_t diversions_len, struct collect_packaged *files,
    size_t len)
{
	char spelling[4096];
	bool moved;
	if (path.len + 5 > sizeof spelling)
		return NULL;
	memcpy(spelling, "/usr/", 5);
	memcpy(spelling + 5, path.at, path.len);
	slice merged = slice_bytes(spelling, path.len + 5), plain = slice_from(merged, 4);
	bool top = slice_starts(path, S("bin/")) || slice_starts(path, S("sbin/")) || slice_starts(path, S("lib"));
	struct collect_packaged *file = NULL;
	slice place = packaged_diverted(plain, package, diversions, diversions_len, &moved);
	file = packaged_find(files, len, place);
	if (file == NULL && top) {
		place = packaged_diverted(merged, package, diversions, diversions_len, &moved);
		file = packaged_find(files, len, place);
	}
	/* A package that gave a file away may still list its digest: the owner's word counts. */
	return file != NULL && (moved || slice_same(file->package, package)) ? file : NULL;
}

void
collect_packaged_sums(slice text, slice package, const struct collect_diversion *diversions, size_t diversions_len,
    struct collect_packaged *files, size_t len)
{
	slice line;
	while (slice_cut(&text, '\n', &line)) {
		uint8_t md5[16];
		struct collect_packaged *file;
		if (line.len < 35 || line.at[32] != ' ' || line.at[33] != ' ')
			continue;
		file = packaged_place(slice_from(line, 34), package, diversions, diversions_len, files, len);
		if (file == NULL || !code_unhex(slice_part(line, 0, 32), md5, sizeof md5))
			continue;
		memcpy(file->md5, md5, sizeof md5);
		file->known = true;
	}
}

/* " /etc/path digest[ obsolete]"; the path may hold blanks. */
static void
packaged_conffile(slice line, struct collect_packaged *files, size_t len)
{
	uint8_t md5[16];
	slice path = slice_trim(line);
	size_t blank = slice_find_last(path, ' ');
	if (blank == path.len || slice_starts(path, S("/")) == false || !code_unhex(slice_from(path, blank + 1), md5, sizeof md5))
		return;
	struct collect_packaged *file = packaged_find(files, len, slice_trim(slice_part(path, 0, blank)));
	if (file == NULL)
		return;
	memcpy(file->md5, md5, sizeof md5);
	file->known = true;
}

void
collect_packaged_conffiles(slice status, struct collect_packaged *files, size_t len)
{
	slice line;
	bool inside = false;
	while (slice_cut(&status, '\n', &line)) {
		if (line.len > 0 && line.at[0] == ' ') {
			if (inside)
				packaged_conffile(line, files, len);
			continue;
		}
		inside = slice_starts(line, S("Conffiles:"));
	}
}

static int
packaged_name_order(const void *a, const void *b)
{
	return slice_order(*(const slice *)a, *(const slice *)b);
}

/* The packages of ${files}, sorted, each once. */
static err
packaged_packages(struct job *job, const struct collect_packaged *files, size_t len, slice **ret, size_t *ret_len)
{
	slice *names;
	size_t out = 0;
	TRY(NEW(job, len + 1, &names));
	for (size_t i = 0; i < len; i++)
		names[i] = files[i].package;
	qsort(names, len, sizeof *names, packaged_name_order);
	for (size_t i = 0; i < len; i++)
		if (names[i].len > 0 && (out == 0 || !slice_same(names[i], names[out - 1])))
			names[out++] = names[i];
	*ret = names;
	*ret_len = out;
	return OK;
}

/* Read below ${collect}'s root; what is not there is empty. */
static err
packaged_read(struct job *job, const struct collect *collect, const char *path, size_t max_bytes, slice *ret)
{
	err read = fs_read(job, &collect->root, path, max_bytes, ret);
	if (read.code != ERR_MISSING)
		return read;
	*ret = S("");
	return OK;
}

/* "libc6:amd64.md5sums" -> "libc6"; empty when it is another file. */
static slice
packaged_of_name(slice name)
{
	if (!slice_ends(name, S(".md5sums")))
		return S("");
	name = slice_part(name, 0, name.len - 8);
	return slice_part(name, 0, slice_find(name, ':'));
}

err
collect_packaged_fill(struct job *job, const struct collect *collect, struct collect_packaged *files, size_t len)
{
	struct collect_diversion *diversions;
	struct fs_name *names;
	slice text, *packages;
	size_t diversions_len, names_len, packages_len;
	TRY(packaged_packages(job, files, len, &packages, &packages_len));
	err listed = fs_list(job, &collect->root, DPKG_INFO, PACKAGED_MAX_NAMES, &names, &names_len);
	if (listed.code == ERR_MISSING)
		return OK;
	TRY(listed);
	TRY(packaged_read(job, collect, DPKG_DIVERSIONS, PACKAGED_MAX_SUMS, &text));
	TRY(collect_packaged_diversions(job, text, &diversions, &diversions_len));
	for (size_t i = 0; i < names_len; i++) {
		const char *path;
		slice package = packaged_of_name(slice_of(names[i].name));
		if (package.len == 0 || bsearch(&package, packages, packages_len, sizeof *packages, packaged_name_order) == NULL)
			continue;
		struct arena_mark mark = arena_mark(job->arena);
		TRY(fs_join(job, DPKG_INFO, names[i].name, &path));
		TRY(packaged_read(job, collect, path, PACKAGED_MAX_SUMS, &text));
		collect_packaged_sums(text, package, diversions, diversions_len, files, len);
		arena_rewind(job->arena, mark);
	}
	struct arena_mark mark = arena_mark(job->arena);
	TRY(packaged_read(job, collect, DPKG_STATUS, PACKAGED_MAX_STATUS, &text));
	collect_packaged_conffiles(text, files, len);
	arena_rewind(job->arena, mark);
	return OK;
}
