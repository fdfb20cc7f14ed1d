/*
 * Block devices as /sys shows them, and swap. Encryption that is done below a virtual disk or inside a drive cannot be seen from here: it
 * is not known.
 */
#include "collect/table/collect_block_device.h"

#include <stdlib.h>
#include <string.h>

#include "collect/collect_value.h"

#define BLOCK "/sys/class/block"
#define SWAPS "/proc/swaps"
#define BLOCK_MAX_DEVICES 20000
#define BLOCK_MAX_WORDS 1000
#define BLOCK_MAX_DEPTH 8 /* a file system on LVM on LUKS on RAID on a partition of a disk is 5 */

static const struct column block_columns[] = {
    {"name", COLUMN_TEXT, COLUMN_KEY, "the kernel's name, as in sda1 or dm-0"},
    {"parent", COLUMN_TEXT, 0, "what it stands on, with commas; empty for a disk"},
    {"kind", COLUMN_TEXT, 0, "disk, partition, crypt, lvm, raid, mpath, dm, loop, zram, rom or ram"},
    {"size_bytes", COLUMN_INT, 0, "size, 0 for a drive without a medium"},
    {"removable", COLUMN_INT, 0, "1 when the medium can be taken out"},
    {"encrypted", COLUMN_INT, COLUMN_MAYBE,
	"1 when what is stored on it is encrypted by this system, 0 when not; not known on a virtual disk without it"},
    {"encryption", COLUMN_TEXT, 0, "luks1, luks2, plain, bitlk, ...; empty when none is seen"},
    {"mounted_at", COLUMN_TEXT, 0, "folders it is mounted on, with commas; [swap] when it is swap"},
};
const struct table table_block_device = {"block_device", "disks, partitions and what stands on them", block_columns, 8};

static const struct column swap_columns[] = {
    {"path", COLUMN_TEXT, COLUMN_KEY, "device or file"},
    {"kind", COLUMN_TEXT, 0, "partition, file or zram (compressed memory)"},
    {"size_bytes", COLUMN_INT, 0, "size"},
    {"encrypted", COLUMN_INT, COLUMN_MAYBE,
	"1 when it is encrypted by this system, 0 when not; not known as for block_device, and for memory"},
};
const struct table table_swap = {"swap", "swap in use", swap_columns, 4};

struct block {
	slice name, kind, encryption, dm_name;
	unsigned major, minor;
	int64_t size;
	bool removable, virtual_disk, partition;
	slice *parents;
	size_t parents_len;
	slice mounted_at;
};

struct blocks {
	struct block *at;
	size_t len;
};

/* ---- Parsing ---- */

void
collect_block_device_dm(slice uuid, slice *ret_kind, slice *ret_encryption)
{
	static const struct {
		const char *prefix, *encryption;
	} crypt[] = {{"LUKS1-", "luks1"}, {"LUKS2-", "luks2"}, {"PLAIN-", "plain"}, {"BITLK-", "bitlk"}, {"TCRYPT-", "tcrypt"},
	    {"FVAULT2-", "fvault2"}, {"LOOPAES-", "loopaes"}, {"INTEGRITY-", ""}, {"VERITY-", ""}};
	*ret_encryption = S("");
	if (slice_starts(uuid, S("CRYPT-"))) {
		slice rest = slice_from(uuid, 6);
		*ret_kind = S("crypt");
		*ret_encryption = S("unknown");
		for (size_t i = 0; i < sizeof crypt / sizeof *crypt; i++)
			if (slice_starts(rest, slice_of(crypt[i].prefix)))
				*ret_encryption = slice_of(crypt[i].encryption);
		if (ret_encryption->len == 0)
			*ret_kind = S("dm");
	} else if (slice_starts(uuid, S("LVM-"))) {
		*ret_kind = S("lvm");
	} else if (slice_starts(uuid, S("mpath-"))) {
		*ret_kind = S("mpath");
	} else if (slice_starts(uuid, S("DMRAID-"))) {
		*ret_kind = S("raid");
	} else {
		*ret_kind = slice_starts(uuid, S("part")) ? S("partition") : S("dm");
	}
}

err
collect_block_device_swaps(struct job *job, slice text, struct collect_swap **ret, size_t *ret_len)
{
	struct collect_swap *swaps;
	slice line;
	size_t lines = 1, len = 0;
	unsigned number = 1;
	for (size_t i = 0; i < text.len; i++)
		lines += text.at[i] == '\n';
	TRY(NEW(job, lines, &swaps));
	(void)slice_cut(&text, '\n', &line); /* the heading */
	while (slice_cut(&text, '\n', &line)) {
		slice path, kind, size;
		uint64_t kib;
		number++;
		if (!slice_word(&line, &path))
			continue;
		if (!slice_word(&line, &kind) || !slice_word(&line, &size) || !slice_u64(size, &kib) || kib > INT64_MAX / 1024)
			return err_set(job, ERR_INPUT, SWAPS ":%u: proc(5): expected path, kind and size", number);
		swaps[len++] = (struct collect_swap){path, kind, (int64_t)kib * 1024};
	}
	*ret = swaps;
	*ret_len = len;
	return OK;
}

/* ---- Reading ---- */

/* The value of /sys/class/block/NAME/FILE; empty when it is not there. */
static slice
block_value(struct job *job, const struct collect *collect, slice name, const char *file)
{
	slice path, value;
	if (job_format(job, &path, BLOCK "/%.*s/%s", SLICE(name), file).code != ERR_NONE || !collect_value(job, collect, path.at, &value))
		return S("");
	return value;
}

static slice
block_kind(struct job *job, const struct collect *collect, const struct block *block)
{
	static const struct {
		const char *prefix, *kind;
	} kinds[] = {{"loop", "loop"}, {"zram", "zram"}, {"ram", "ram"}, {"sr", "rom"}, {"md", "raid"}};
	if (block->partition)
		return S("partition");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (slice_starts(block->name, slice_of(kinds[i].prefix)) && block_value(job, collect, block->name, "dm/uuid").len == 0)
			return slice_of(kinds[i].kind);
	return S("disk");
}

/* A disk that another machine makes: what encrypts it is out of sight. */
static bool
block_virtual(struct job *job, const struct collect *collect, slice name)
{
	static const char *const makers[] = {"QEMU", "VMware", "Msft", "VBOX", "Google", "Amazon", "Virtual", "Xen", "Nutanix", NULL};
	slice vendor = block_value(job, collect, name, "device/vendor"), model = block_value(job, collect, name, "device/model");
	if (slice_starts(name, S("vd")) || slice_starts(name, S("xvd")))
		return true;
	for (size_t i = 0; makers[i] != NULL; i++)
		if (slice_has(vendor, slice_of(makers[i])) || slice_has(model, slice_of(makers[i])))
			return true;
	return false;
}

/* A partition's disk is the folder above it: the link of /sys/class/block says which. */
static err
block_parents(struct job *job, const struct collect *collect, struct block *block)
{
	slice path, link;
	struct fs_name *names;
	size_t len;
	TRY(job_format(job, &path, BLOCK "/%.*s", SLICE(block->name)));
	if (block->partition && fs_readlink(job, &collect->root, path.at, &link).code == ERR_NONE) {
		slice above = slice_part(link, 0, slice_find_last(link, '/'));
		size_t slash = slice_find_last(above, '/');
		TRY(NEW(job, 1, &block->parents));
		block->parents[block->parents_len++] = slash < above.len ? slice_from(above, slash + 1) : above;
		return OK;
	}
	TRY(job_format(job, &path, BLOCK "/%.*s/slaves", SLICE(block->name)));
	err listed = fs_list(job, &collect->root, path.at, BLOCK_MAX_DEVICES, &names, &len);
	if (listed.code == ERR_MISSING || (listed.code == ERR_NONE && len == 0))
		return OK;
	TRY(listed);
	TRY(NEW(job, len, &block->parents));
	for (size_t i = 0; i < len; i++)
		block->parents[block->parents_len++] = slice_of(names[i].name);
	return OK;
}

static err
block_read(struct job *job, const struct collect *collect, slice name, struct block *ret)
{
	struct block block = {.name = name, .encryption = S(""), .mounted_at = S("")};
	slice uuid, dev = block_value(job, collect, name, "dev");
	uint64_t sectors = 0, major = 0, minor = 0;
	size_t colon = slice_find(dev, ':');
	(void)slice_u64(block_value(job, collect, name, "size"), &sectors);
	if (slice_u64(slice_part(dev, 0, colon), &major) && slice_u64(slice_from(dev, colon + 1), &minor)) {
		block.major = (unsigned)major;
		block.minor = (unsigned)minor;
	}
	block.size = sectors < INT64_MAX / 512 ? (int64_t)sectors * 512 : 0;
	block.partition = block_value(job, collect, name, "partition").len > 0;
	block.removable = slice_same(block_value(job, collect, name, "removable"), S("1"));
	block.virtual_disk = block_virtual(job, collect, name);
	block.dm_name = block_value(job, collect, name, "dm/name");
	uuid = block_value(job, collect, name, "dm/uuid");
	if (uuid.len > 0 || slice_starts(name, S("dm-")))
		collect_block_device_dm(uuid, &block.kind, &block.encryption);
	else
		block.kind = block_kind(job, collect, &block);
	TRY(block_parents(job, collect, &block));
	*ret = block;
	return OK;
}

static struct block *
block_find(const struct blocks *blocks, slice name)
{
	for (size_t i = 0; i < blocks->len; i++)
		if (slice_same(blocks->at[i].name, name))
			return &blocks->at[i];
	return NULL;
}

/* The block device of a path in /dev: the kernel's name, or that of device-mapper. */
static struct block *
block_find_path(const struct blocks *blocks, slice path)
{
	if (slice_starts(path, S("/dev/mapper/"))) {
		for (size_t i = 0; i < blocks->len; i++)
			if (slice_same(blocks->at[i].dm_name, slice_from(path, 12)))
				return &blocks->at[i];
		return NULL;
	}
	return slice_starts(path, S("/dev/")) ? block_find(blocks, slice_from(path, 5)) : NULL;
}

static struct block *
block_of_mount(const struct blocks *blocks, const struct collect_mount *mount)
{
	for (size_t i = 0; i < blocks->len && mount->major != 0; i++)
		if (blocks->at[i].major == mount->major && blocks->at[i].minor == mount->minor)
			return &blocks->at[i];
	return block_find_path(blocks, mount->device); /* btrfs and zfs have numbers of their own */
}

/* ---- Encryption ---- */

struct encryption {
	slice how;   /* empty = none seen */
	bool hidden; /* some ground it stands on is a virtual disk, or is not seen at all */
};

/* What encrypts ${block}: itself, or everything it stands on. */
static struct encryption
block_below(const struct blocks *blocks, const struct block *block, unsigned depth)
{
	struct encryption found = {S(""), block->virtual_disk};
	if (block->encryption.len > 0)
		return (struct encryption){block->encryption, false};
	if (depth == 0 || slice_same(block->kind, S("zram")) || slice_same(block->kind, S("ram")) || slice_same(block->kind, S("loop")))
		return (struct encryption){S(""), true};
	for (size_t i = 0; i < block->parents_len; i++) {
		const struct block *parent = block_find(blocks, block->parents[i]);
		struct encryption below = parent != NULL ? block_below(blocks, parent, depth - 1) : (struct encryption){S(""), true};
		found.hidden = found.hidden || below.hidden;
		if (below.how.len == 0)
			return (struct encryption){S(""), found.hidden};
		found.how = below.how;
	}
	return found;
}

/* What encrypts all that stands on ${block}, or the empty text: a partition below RAID or LVM is as encrypted as every one of its volumes.
 */
static slice
block_above(const struct blocks *blocks, const struct block *block, unsigned depth)
{
	slice how = S("");
	for (size_t i = 0; i < blocks->len; i++)
		for (size_t p = 0; p < blocks->at[i].parents_len && depth > 0; p++) {
			const struct block *above = &blocks->at[i];
			if (!slice_same(above->parents[p], block->name))
				continue;
			slice one = above->encryption;
			if (one.len == 0 && above->mounted_at.len == 0)
				one = block_above(blocks, above, depth - 1);
			if (one.len == 0)
				return S("");
			how = one;
		}
	return block->mounted_at.len == 0 ? how : S("");
}

static struct encryption
block_encryption(const struct blocks *blocks, const struct block *block)
{
	struct encryption found = block_below(blocks, block, BLOCK_MAX_DEPTH);
	if (found.how.len == 0)
		found.how = block_above(blocks, block, BLOCK_MAX_DEPTH);
	return found;
}

static struct cell
encryption_cell(const struct encryption *encryption)
{
	if (encryption->how.len > 0)
		return INT(1);
	return encryption->hidden ? NIL : INT(0);
}

/* ---- Rows ---- */

static err
words_add(struct job *job, slice *words, slice word)
{
	if (slice_ends(*words, S(",..."))) /* a host of containers mounts one disk a thousand times */
		return OK;
	if (words->len + word.len > BLOCK_MAX_WORDS)
		word = S("...");
	return job_format(job, words, "%.*s%s%.*s", SLICE(*words), words->len > 0 ? "," : "", SLICE(word));
}

static err
block_row(struct job *job, const struct blocks *blocks, const struct block *block, struct rows *rows)
{
	slice parents = S("");
	struct encryption encryption = block_encryption(blocks, block);
	for (size_t i = 0; i < block->parents_len; i++)
		TRY(words_add(job, &parents, block->parents[i]));
	struct cell cells[] = {
	    TEXT(block->name),
	    TEXT(parents),
	    TEXT(block->kind),
	    INT(block->size),
	    INT(block->removable),
	    encryption_cell(&encryption),
	    TEXT(encryption.how),
	    TEXT(block->mounted_at),
	};
	return rows_add(rows, cells);
}

/* Loops and memory disks without content are only names the kernel keeps ready. */
static bool
block_unused(const struct block *block)
{
	return block->size == 0 &&
	       (slice_same(block->kind, S("loop")) || slice_same(block->kind, S("ram")) || slice_same(block->kind, S("zram")));
}

static err
blocks_read(struct job *job, const struct collect *collect, struct blocks *ret)
{
	struct fs_name *names;
	struct blocks blocks = {0};
	size_t len;
	TRY(fs_list(job, &collect->root, BLOCK, BLOCK_MAX_DEVICES, &names, &len));
	TRY(NEW(job, len + 1, &blocks.at));
	for (size_t i = 0; i < len; i++)
		TRY(block_read(job, collect, slice_of(names[i].name), &blocks.at[blocks.len++]));
	for (size_t i = 0; i < blocks.len; i++) /* a partition is as removable and as virtual as its disk */
		for (size_t p = 0; p < blocks.at[i].parents_len && blocks.at[i].partition; p++) {
			const struct block *disk = block_find(&blocks, blocks.at[i].parents[p]);
			blocks.at[i].removable = disk != NULL && disk->removable;
			blocks.at[i].virtual_disk = disk != NULL && disk->virtual_disk;
		}
	*ret = blocks;
	return OK;
}

/* The device that holds the file ${path}: that of the nearest mount above it. */
static const struct block *
block_of_file(const struct blocks *blocks, const struct collect_mount *mounts, size_t len, slice path)
{
	const struct collect_mount *best = NULL;
	for (size_t i = 0; i < len; i++) {
		slice target = mounts[i].target;
		bool above =
		    slice_same(target, S("/")) || (slice_starts(path, target) && path.len > target.len && path.at[target.len] == '/');
		if (above && (best == NULL || target.len >= best->target.len))
			best = &mounts[i];
	}
	return best != NULL ? block_of_mount(blocks, best) : NULL;
}

static err
swap_rows(struct job *job, struct collect *collect, const struct blocks *blocks, const struct collect_mount *mounts, size_t mounts_len)
{
	struct collect_swap *swaps;
	slice text;
	size_t len;
	TRY(fs_read(job, &collect->root, SWAPS, 1 * MIB, &text));
	TRY(collect_block_device_swaps(job, text, &swaps, &len));
	for (size_t i = 0; i < len; i++) {
		struct encryption encryption = {S(""), true};
		bool file = slice_same(swaps[i].kind, S("file"));
		struct block *device = file ? NULL : block_find_path(blocks, swaps[i].path);
		const struct block *block = file ? block_of_file(blocks, mounts, mounts_len, swaps[i].path) : device;
		if (block != NULL)
			encryption = block_encryption(blocks, block);
		if (device != NULL)
			TRY(words_add(job, &device->mounted_at, S("[swap]")));
		bool zram = device != NULL && slice_same(device->kind, S("zram"));
		struct cell cells[] = {
		    TEXT(swaps[i].path), TEXT(zram ? S("zram") : swaps[i].kind), INT(swaps[i].size_bytes), encryption_cell(&encryption)};
		TRY(rows_add(collect_rows(collect, &table_swap), cells));
	}
	return OK;
}

static err
block_device_run(struct job *job, struct collect *collect)
{
	struct collect_mount *mounts;
	struct blocks blocks = {0};
	size_t len;
	TRY(collect_mount_read(job, collect, &mounts, &len));
	if (blocks_read(job, collect, &blocks).code != ERR_NONE) /* swap is worth telling without */
		collect_unseen(collect, &table_block_device, "%s", job->why);
	for (size_t i = 0; i < len; i++) {
		struct block *block = block_of_mount(&blocks, &mounts[i]);
		if (block != NULL)
			TRY(words_add(job, &block->mounted_at, mounts[i].target));
	}
	TRY(swap_rows(job, collect, &blocks, mounts, len));
	for (size_t i = 0; i < blocks.len; i++)
		if (!block_unused(&blocks.at[i]))
			TRY(block_row(job, &blocks, &blocks.at[i], collect_rows(collect, &table_block_device)));
	return OK;
}

const struct collector collect_block_device = {
    .name = "block_device",
    .about = "Disks, partitions, encrypted mappings, volumes and swap, as the kernel shows them.",
    .tables = (const struct table *const[]){&table_block_device, &table_swap, NULL},
    .reads = (const char *const[]){BLOCK "/*/{size,dev,partition,removable,dm/name,dm/uuid,slaves,device/vendor,device/model}", SWAPS,
	"/proc/self/mountinfo", NULL},
    .needs = "",
    .run = block_device_run,
};
