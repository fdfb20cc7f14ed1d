/*
 * What the store's tests share: a disk between SQLite and the real one that fails on demand, and a store of numbered entries and contents.
 */
#ifndef STORE_KIT_H
#define STORE_KIT_H

#include "kit.h"

#include <sqlite3.h>

#include "store/store.h"

/* --- a disk that fails on demand, between SQLite and the real one --- */

struct shim_file {
	sqlite3_file base;
	sqlite3_file *real;
	const char *name; /* SQLite keeps it as long as the file is open */
};

/* Told of what reaches the disk, before it does. ${from} is NULL and ${len} 0 for cutting the file at ${at}. */
struct disk_witness {
	void (*change)(const char *name, const void *from, size_t len, uint64_t at);
	void (*sync)(const char *name);
};

static struct {
	sqlite3_vfs *real;
	sqlite3_vfs vfs;
	sqlite3_io_methods methods;
	bool fail_sync;                     /* every xSync fails */
	bool fail_write;                    /* every xWrite fails with EIO */
	bool die_on_write;                  /* the process ends at the next xWrite */
	const struct disk_witness *witness; /* or NULL */
	unsigned syncs;                     /* asked for */
	unsigned syncs_bad;                 /* asked for and refused */
	unsigned writes_bad;
} disk;

static inline sqlite3_file *
real_of(sqlite3_file *file)
{
	return ((struct shim_file *)(void *)file)->real;
}

static inline int
shim_close(sqlite3_file *f)
{
	return real_of(f)->pMethods ? real_of(f)->pMethods->xClose(real_of(f)) : SQLITE_OK;
}
static inline int
shim_read(sqlite3_file *f, void *to, int len, sqlite3_int64 at)
{
	return real_of(f)->pMethods->xRead(real_of(f), to, len, at);
}
static inline int
shim_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	if (disk.witness != NULL)
		disk.witness->change(((struct shim_file *)(void *)f)->name, NULL, 0, (uint64_t)size);
	return real_of(f)->pMethods->xTruncate(real_of(f), size);
}
static inline int
shim_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), size);
}
static inline int
shim_lock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xLock(real_of(f), level);
}
static inline int
shim_unlock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), level);
}
static inline int
shim_reserved(sqlite3_file *f, int *out)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}
static inline int
shim_control(sqlite3_file *f, int op, void *arg)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}
static inline int
shim_sector(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}
static inline int
shim_traits(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static inline int
shim_write(sqlite3_file *f, const void *from, int len, sqlite3_int64 at)
{
	if (disk.die_on_write)
		_exit(9);
	if (disk.fail_write) {
		disk.writes_bad++;
		return SQLITE_IOERR_WRITE;
	}
	if (disk.witness != NULL)
		disk.witness->change(((struct shim_file *)(void *)f)->name, from, (size_t)len, (uint64_t)at);
	return real_of(f)->pMethods->xWrite(real_of(f), from, len, at);
}

static inline int
shim_sync(sqlite3_file *f, int flags)
{
	disk.syncs++;
	if (disk.fail_sync) {
		disk.syncs_bad++;
		return SQLITE_IOERR_FSYNC;
	}
	if (disk.witness != NULL)
		disk.witness->sync(((struct shim_file *)(void *)f)->name);
	return real_of(f)->pMethods->xSync(real_of(f), flags);
}

static inline int
shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct shim_file *file = (struct shim_file *)(void *)f;
	(void)vfs;
	file->real = (sqlite3_file *)(void *)(file + 1);
	file->name = name;
	int rc = disk.real->xOpen(disk.real, name, file->real, flags, out);
	file->base.pMethods = file->real->pMethods != NULL ? &disk.methods : NULL;
	return rc;
}

static inline int
disk_setup(void **state)
{
	(void)state;
	disk.real = sqlite3_vfs_find(NULL);
	disk.vfs = *disk.real;
	disk.vfs.zName = "shim";
	disk.vfs.szOsFile = (int)sizeof(struct shim_file) + disk.real->szOsFile;
	disk.vfs.xOpen = shim_open;
	/* Version 1 has no shared memory: that it suffices shows that the store takes its exclusive lock before it looks at the WAL. */
	disk.methods = (sqlite3_io_methods){1, shim_close, shim_read, shim_write, shim_truncate, shim_sync, shim_size, shim_lock,
	    shim_unlock, shim_reserved, shim_control, shim_sector, shim_traits, NULL, NULL, NULL, NULL, NULL, NULL};
	return sqlite3_vfs_register(&disk.vfs, 1) == SQLITE_OK ? 0 : -1;
}

static inline void
disk_mend(void)
{
	disk.fail_sync = disk.fail_write = disk.die_on_write = false;
	disk.syncs = disk.syncs_bad = disk.writes_bad = 0;
}

/* --- a store of numbered entries --- */

static inline struct digest
number_digest(const char *what, uint64_t number)
{
	return code_sha256_pair(slice_of(what), slice_bytes(&number, sizeof number));
}

static inline void
store_make(const char *dir)
{
	struct digest root = code_sha256(S(""));
	ASSERT_OK(store_create(kit_job(), dir, S("frontier 0"), &root));
}

static inline struct store *
store_at(const char *dir)
{
	struct store *store = NULL;
	ASSERT_OK(store_open(kit_job(), dir, 0, &store));
	return store;
}

static inline struct store_entry
entry_of(uint64_t index)
{
	struct store_entry entry = {.index = index, .received_us = (int64_t)index * 10};
	entry.statement = number_digest("statement", index);
	entry.leaf_hash = number_digest("leaf", index);
	ASSERT_OK(job_format(kit_job(), &entry.leaf, "leaf %llu", (unsigned long long)index));
	ASSERT_OK(job_format(kit_job(), &entry.envelope, "envelope %llu", (unsigned long long)index));
	return entry;
}

static inline struct store_head
head_after(const struct store_head *head, size_t len)
{
	struct store_head after = {.size = head->size + len, .root = number_digest("root", head->size + len)};
	ASSERT_OK(job_format(kit_job(), &after.frontier, "frontier %llu", (unsigned long long)after.size));
	return after;
}

static inline err
append(struct store *store, size_t len, const struct store_content *contents, size_t contents_len)
{
	struct job *job = kit_job();
	struct store_entry *entries;
	struct store_head head;
	TRY(NEW(job, len, &entries));
	TRY(store_head(job, store, &head));
	struct store_head after = head_after(&head, len);
	for (size_t i = 0; i < len; i++)
		entries[i] = entry_of(head.size + i);
	return store_append(job, store, &head, entries, len, contents, contents_len, NULL, 0, &after);
}

static inline uint64_t
size_of(struct store *store)
{
	struct store_head head;
	ASSERT_OK(store_head(kit_job(), store, &head));
	return head.size;
}

/* Content ${number}: ${len} bytes that no other content has, and a key of 72 that is as recognisable. */
static inline struct store_content
content_of(uint64_t number, size_t len)
{
	struct store_content content = {.digest = number_digest("content", number)};
	char *sealed, *key;
	ASSERT_OK(NEW(kit_job(), len + 1, &sealed));
	ASSERT_OK(NEW(kit_job(), 73, &key));
	snprintf(key, 73, "wrapped-key-%059llu!", (unsigned long long)number);
	for (size_t i = 0; i < len; i += 32) {
		struct digest part = number_digest("sealed", number * 1000000 + i);
		memcpy(sealed + i, part.byte, len - i < 32 ? len - i : 32);
	}
	content.wrapped_key = slice_bytes(key, 72);
	content.sealed = slice_bytes(sealed, len);
	return content;
}

static inline slice
file_bytes(const char *dir, const char *name)
{
	const char *path;
	slice bytes;
	ASSERT_OK(fs_join(kit_job(), dir, name, &path));
	ASSERT_OK(fs_slurp(kit_job(), path, 64 * MIB, &bytes));
	return bytes;
}

static inline bool
file_there(const char *dir, const char *name)
{
	const char *path;
	ASSERT_OK(fs_join(kit_job(), dir, name, &path));
	return access(path, F_OK) == 0;
}

static inline bool
in_file(const char *dir, const char *name, slice part)
{
	return file_there(dir, name) && memmem(file_bytes(dir, name).at, file_bytes(dir, name).len, part.at, part.len) != NULL;
}

static inline size_t
content_files(const char *dir)
{
	struct fs_root root;
	struct fs_name *names;
	size_t len;
	ASSERT_OK(fs_root_open(kit_job(), dir, &root));
	ASSERT_OK(fs_list(kit_job(), &root, "/content", 1000, &names, &len));
	fs_root_close(&root);
	return len;
}

static inline err
visit_check(struct job *job, void *to, const struct store_entry *entry)
{
	uint64_t *next = to;
	struct store_entry wanted = entry_of(*next);
	(void)job;
	assert_int_equal(entry->index, *next);
	assert_true(digest_same(&entry->statement, &wanted.statement));
	assert_true(digest_same(&entry->leaf_hash, &wanted.leaf_hash));
	assert_true(slice_same(entry->leaf, wanted.leaf));
	assert_true(slice_same(entry->envelope, wanted.envelope));
	assert_int_equal(entry->received_us, wanted.received_us);
	++*next;
	return OK;
}

#endif
