/*
 * The store when the power goes: of what was written since the last sync, any part may have reached the disk, in any order, and the rest
 * not. At many moments such disks are made up, and each must open with everything that had been acknowledged.
 */
#include "store_kit.h"

#define MAX_CHANGES 4096
#define MAX_IMAGE (4 * MIB)

struct change {
	uint64_t at;
	size_t len; /* 0: the file is cut at ${at} */
	uint8_t *bytes;
};

/* One of the two files: what is surely there, and what may be. */
struct image {
	const char *name;
	uint8_t *sure;
	size_t sure_len;
	struct change change[MAX_CHANGES];
	size_t changes;
};

static struct {
	struct image file[2];
	const char *dir, *copy_dir;
	uint64_t acknowledged;
	uint64_t deleted; /* contents 8, 17, 26, … so many of them */
	uint64_t random;
	unsigned moments, disks;
	unsigned every; /* make up disks at every so manieth change */
} power;

static uint64_t
chance(uint64_t below)
{
	power.random ^= power.random << 13, power.random ^= power.random >> 7, power.random ^= power.random << 17;
	return power.random % below;
}

static struct image *
image_of(const char *name)
{
	for (size_t i = 0; i < 2; i++)
		if (slice_ends(slice_of(name), slice_of(power.file[i].name)))
			return &power.file[i];
	return NULL;
}

static void
apply(uint8_t *bytes, size_t *len, const struct change *change, size_t from, size_t to)
{
	if (change->len == 0) {
		*len = change->at;
		return;
	}
	assert_true(change->at + change->len <= MAX_IMAGE);
	if (change->at + to > *len) {
		if (change->at + from > *len)
			memset(bytes + *len, 0, change->at + from - *len);
		*len = change->at + to;
	}
	memcpy(bytes + change->at + from, change->bytes + from, to - from);
}

/* A file as it might be found: each change is there, not there, or there by some of its sectors. */
static void
write_found(const struct image *image)
{
	static uint8_t bytes[MAX_IMAGE];
	const char *path;
	size_t len = image->sure_len;
	memcpy(bytes, image->sure, len);
	for (size_t i = 0; i < image->changes; i++) {
		const struct change *change = &image->change[i];
		uint64_t luck = chance(8);
		if (luck < 4 || change->len == 0)
			apply(bytes, &len, change, 0, change->len);
		else if (luck == 4)
			for (size_t at = 0; at < change->len; at += 512)
				if (chance(2) == 0)
					apply(bytes, &len, change, at, at + 512 < change->len ? at + 512 : change->len);
	}
	ASSERT_OK(fs_join(kit_job(), power.copy_dir, image->name, &path));
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void
check_found(void)
{
	uint64_t next = 0, size;
	struct store *store = store_at(power.copy_dir);
	size = size_of(store);
	assert_true(size >= power.acknowledged);
	ASSERT_OK(store_read(kit_job(), store, 0, size, visit_check, &next));
	for (uint64_t i = 0; i < power.deleted; i++) {
		struct digest digest = number_digest("content", 9 * i + 8);
		assert_false(store_content_has(store, &digest));
	}
	ASSERT_OK(append(store, 3, NULL, 0));
	store_close(store);
	power.disks++;
}

static void
moment(void)
{
	const struct disk_witness *witness = disk.witness;
	if (power.moments++ % power.every != 0 || power.file[0].sure_len == 0)
		return;
	disk.witness = NULL;
	struct arena_mark mark = arena_mark(kit_job()->arena);
	write_found(&power.file[0]);
	write_found(&power.file[1]);
	check_found();
	arena_rewind(kit_job()->arena, mark);
	disk.witness = witness;
}

static void
on_change(const char *name, const void *from, size_t len, uint64_t at)
{
	struct image *image = image_of(name);
	moment();
	assert_non_null(image);
	assert_true(image->changes < MAX_CHANGES);
	struct change *change = &image->change[image->changes++];
	*change = (struct change){.at = at, .len = len};
	if (len > 0) {
		change->bytes = malloc(len);
		memcpy(change->bytes, from, len);
	}
}

static void
on_sync(const char *name)
{
	struct image *image = image_of(name);
	moment();
	assert_non_null(image);
	for (size_t i = 0; i < image->changes; i++) {
		apply(image->sure, &image->sure_len, &image->change[i], 0, image->change[i].len);
		free(image->change[i].bytes);
	}
	image->changes = 0;
}

static const struct disk_witness witness = {on_change, on_sync};

/* The disks here are made up: where they lie does not matter, and thousands of syncs cost nothing on tmpfs. */
static const char *
fast_mkdir(void)
{
	slice path;
	ASSERT_OK(job_format(kit_job(), &path, "/dev/shm/assay-test-XXXXXX"));
	return fs_is_tmpfs("/dev/shm") && mkdtemp((char *)(uintptr_t)path.at) != NULL ? path.at : kit_mkdir();
}

static void
power_begin(unsigned every)
{
	power.dir = fast_mkdir();
	power.copy_dir = fast_mkdir();
	power.every = every;
	power.random = 0x9E3779B97F4A7C15;
	power.acknowledged = power.deleted = power.moments = power.disks = 0;
	store_make(power.dir);
	for (size_t i = 0; i < 2; i++) {
		power.file[i] = (struct image){.name = i == 0 ? "store.db" : "store.db-wal", .sure = calloc(1, MAX_IMAGE)};
		assert_non_null(power.file[i].sure);
	}
	slice bytes = file_bytes(power.dir, "store.db");
	memcpy(power.file[0].sure, bytes.at, bytes.len);
	power.file[0].sure_len = bytes.len;
	disk.witness = &witness;
}

static void
power_end(void)
{
	disk.witness = NULL;
	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; j < power.file[i].changes; j++)
			free(power.file[i].change[j].bytes);
		free(power.file[i].sure);
	}
	kit_rmdir(power.dir);
	kit_rmdir(power.copy_dir);
}

static void
test_store_append__a_power_cut_loses_nothing_acknowledged(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	power_begin(3);
	struct store *store = store_at(power.dir);
	for (uint64_t i = 0; i < 60; i++) {
		struct arena_mark mark = arena_mark(job->arena);
		struct store_content content = content_of(i, 400);
		ASSERT_OK(append(store, 1 + i * 7 % 40, &content, 1));
		power.acknowledged = size_of(store);
		if (i % 9 == 8) { /* brings the WAL into the database and cuts it */
			ASSERT_OK(store_content_delete(job, store, &content.digest));
			power.deleted++;
		}
		arena_rewind(job->arena, mark);
	}
	store_close(store);
	print_message("# %u moments, %u disks\n", power.moments, power.disks);
	assert_true(power.disks > 200);
	power_end();
}

/* The alarm's twin: a disk that only says it has synced. The test must see the loss. */
static void
on_sync_lie(const char *name)
{
	(void)name;
}

static void
test_store_append__a_lying_disk_is_seen_by_this_test(void **state)
{
	(void)state;
	static const struct disk_witness lying = {on_change, on_sync_lie};
	kit_fresh();
	power_begin(1000000);
	disk.witness = &lying;
	struct store *store = store_at(power.dir);
	ASSERT_OK(append(store, 5, NULL, 0));
	disk.witness = NULL;
	for (size_t i = 0; i < 2; i++) { /* nothing that was written is there */
		for (size_t j = 0; j < power.file[i].changes; j++)
			free(power.file[i].change[j].bytes);
		power.file[i].changes = 0;
		write_found(&power.file[i]);
	}
	struct store *found = store_at(power.copy_dir);
	assert_int_equal(size_of(found), 0);
	store_close(found);
	store_close(store);
	power_end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_store_append__a_power_cut_loses_nothing_acknowledged),
	    cmocka_unit_test(test_store_append__a_lying_disk_is_seen_by_this_test),
	};
	return cmocka_run_group_tests_name(__FILE__, tests, disk_setup, kit_close);
}
