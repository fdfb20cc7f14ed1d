/*
 * Which package a path belongs to: the file lists of dpkg as an open table of hashes.
 * Does not check that a file is as its package brought it, and does not read rpm's lists.
 */
#include "collect/collect_owner.h"

#include <string.h>

#define OWNER_INFO "/var/lib/dpkg/info"
#define OWNER_MAX_NAMES 400000
#define OWNER_MAX_LIST (32 * MIB)
#define OWNER_PACKAGE_BITS 18 /* low bits of a slot: number of the package + 1; the rest is the path's hash */
#define OWNER_PACKAGE_MASK (((uint64_t)1 << OWNER_PACKAGE_BITS) - 1)

struct collect_owner {
	struct arena *arena; /* names and slots, for the whole run */
	slice *package;
	size_t packages;
	uint64_t *slot;
	size_t mask; /* slots - 1 */
	size_t used;
};

/* FNV-1a over 8 bytes at a time where there are 8: the lists are ours, so only chance collides. */
static uint64_t
owner_hash(slice path)
{
	uint64_t hash = 14695981039346656037u;
	size_t i = 0;
	for (; i + 8 <= path.len; i += 8) {
		uint64_t word;
		memcpy(&word, path.at + i, 8);
		hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
		hash ^= hash >> 32;
	}
	for (; i < path.len; i++)
		hash = (hash ^ (uint8_t)path.at[i]) * 1099511628211u;
	return hash ^ (hash >> 29);
}

static uint64_t *
owner_slot(const struct collect_owner *owner, uint64_t hash)
{
	size_t at = (size_t)(hash >> OWNER_PACKAGE_BITS) & owner->mask;
	while (owner->slot[at] != 0 && (owner->slot[at] & ~OWNER_PACKAGE_MASK) != (hash & ~OWNER_PACKAGE_MASK))
		at = (at + 1) & owner->mask;
	return &owner->slot[at];
}

static err
owner_room(struct job *job, struct collect_owner *owner, size_t slots)
{
	uint64_t *old = owner->slot;
	size_t len = old == NULL ? 0 : owner->mask + 1;
	TRY(NEW(job, slots, &owner->slot));
	owner->mask = slots - 1;
	for (size_t i = 0; i < len; i++)
		if (old[i] != 0)
			*owner_slot(owner, old[i]) = old[i];
	return OK;
}

/* Add the paths of one package's list; the package that named a path first keeps it (folders are shared by many). */
static err
owner_list(struct job *job, struct collect_owner *owner, slice text, size_t package)
{
	slice path;
	while (slice_cut(&text, '\n', &path)) {
		if (path.len < 2)
			continue;
		if (owner->used * 2 > owner->mask)
			TRY(owner_room(job, owner, (owner->mask + 1) * 4));
		uint64_t hash = owner_hash(path), *slot = owner_slot(owner, hash);
		if (*slot != 0)
			continue;
		*slot = (hash & ~OWNER_PACKAGE_MASK) | (package + 1);
		owner->used++;
	}
	return OK;
}

/* ${job} is over the index's own arena, ${scratch} is emptied after each list. */
static err
owner_fill(struct job *job, struct arena *scratch, const struct collect *collect, struct collect_owner *owner)
{
	struct job reader;
	job_init(&reader, scratch);
	struct fs_name *names;
	size_t len;
	TRY(fs_list(job, &collect->root, OWNER_INFO, OWNER_MAX_NAMES, &names, &len));
	TRY(NEW(job, len + 1, &owner->package));
	TRY(owner_room(job, owner, (size_t)1 << 16));
	for (size_t i = 0; i < len && owner->packages + 1 < OWNER_PACKAGE_MASK; i++) {
		slice name = slice_of(names[i].name), text;
		const char *path;
		if (!slice_ends(name, S(".list")))
			continue;
		name = slice_part(name, 0, name.len - 5);
		arena_reset(scratch);
		TRY(fs_join(&reader, OWNER_INFO, names[i].name, &path));
		if (fs_read(&reader, &collect->root, path, OWNER_MAX_LIST, &text).code != ERR_NONE)
			continue;
		owner->package[owner->packages] = slice_part(name, 0, slice_find(name, ':'));
		TRY(owner_list(job, owner, text, owner->packages++));
	}
	return OK;
}

static err
owner_open(struct job *job, struct collect *collect)
{
	struct arena *arena = arena_open("package of a path", 96 * MIB);
	if (arena == NULL)
		return err_set(job, ERR_LIMIT, "the system has no memory for the index of packages");
	DEFER(arena_close_at) struct arena *scratch = arena_open("package list", OWNER_MAX_LIST + MIB);
	struct collect_owner *owner = arena_take(arena, sizeof *owner);
	if (owner == NULL || scratch == NULL) {
		arena_close(arena);
		return err_set(job, ERR_LIMIT, "the system has no memory for the index of packages");
	}
	owner->arena = arena;
	collect->owner = owner;
	struct job keeper;
	job_init(&keeper, arena);
	err filled = owner_fill(&keeper, scratch, collect, owner);
	if (filled.code != ERR_NONE && owner->slot == NULL)
		return err_set(job, filled.code, "%s", keeper.why);
	return OK;
}

static bool
owner_get(const struct collect_owner *owner, slice path, slice *ret_package)
{
	uint64_t found = *owner_slot(owner, owner_hash(path)) & OWNER_PACKAGE_MASK;
	if (found == 0)
		return false;
	*ret_package = owner->package[found - 1];
	return true;
}

bool
collect_owner_of(struct job *job, struct collect *collect, slice path, slice *ret_package)
{
	if (collect->owner == NULL && owner_open(job, collect).code != ERR_NONE)
		return false;
	const struct collect_owner *owner = collect->owner;
	if (owner->slot == NULL || path.len == 0)
		return false;
	if (owner_get(owner, path, ret_package))
		return true;
	/* On a merged /usr the list may say /bin/sh where the kernel says /usr/bin/sh, or the other way round. */
	if (slice_starts(path, S("/usr/")))
		return owner_get(owner, slice_from(path, 4), ret_package);
	char longer[4096];
	static const slice merged[] = {S("/bin/"), S("/sbin/"), S("/lib")};
	for (size_t i = 0; i < sizeof merged / sizeof *merged; i++)
		if (slice_starts(path, merged[i]) && path.len + 4 <= sizeof longer) {
			memcpy(longer, "/usr", 4);
			memcpy(longer + 4, path.at, path.len);
			return owner_get(owner, slice_bytes(longer, path.len + 4), ret_package);
		}
	return false;
}

void
collect_owner_close(struct collect_owner *owner)
{
	if (owner != NULL)
		arena_close(owner->arena);
}
