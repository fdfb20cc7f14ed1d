#include "kit_collect.h"

#include "collect/table/collect_block_device.h"

extern const struct collector collect_block_device;

static void
fixture_link(const char *root, const char *target, const char *path)
{
	slice full;
	kit_file(root, path, "");
	ASSERT_OK(job_format(kit_job(), &full, "%s%s", root, path));
	assert_int_equal(unlink(full.at), 0);
	assert_int_equal(symlink(target, full.at), 0);
}

/* A disk (of ${vendor}) with /boot and a LUKS partition that holds LVM with the root and swap. */
static const char *
fixture(const char *vendor)
{
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/sys/devices/pci/block/sda/size", "1000\n");
	kit_file(root, "/sys/devices/pci/block/sda/dev", "8:0\n");
	kit_file(root, "/sys/devices/pci/block/sda/removable", "0\n");
	kit_file(root, "/sys/devices/pci/block/sda/device/vendor", vendor);
	kit_file(root, "/sys/devices/pci/block/sda/sda1/size", "100\n");
	kit_file(root, "/sys/devices/pci/block/sda/sda1/dev", "8:1\n");
	kit_file(root, "/sys/devices/pci/block/sda/sda1/partition", "1\n");
	kit_file(root, "/sys/devices/pci/block/sda/sda2/size", "900\n");
	kit_file(root, "/sys/devices/pci/block/sda/sda2/dev", "8:2\n");
	kit_file(root, "/sys/devices/pci/block/sda/sda2/partition", "2\n");
	kit_file(root, "/sys/devices/virtual/block/dm-0/size", "800\n");
	kit_file(root, "/sys/devices/virtual/block/dm-0/dev", "253:0\n");
	kit_file(root, "/sys/devices/virtual/block/dm-0/dm/uuid", "CRYPT-LUKS2-0123-sda2_crypt\n");
	kit_file(root, "/sys/devices/virtual/block/dm-0/dm/name", "sda2_crypt\n");
	kit_file(root, "/sys/devices/virtual/block/dm-0/slaves/sda2", "");
	kit_file(root, "/sys/devices/virtual/block/dm-1/size", "700\n");
	kit_file(root, "/sys/devices/virtual/block/dm-1/dev", "253:1\n");
	kit_file(root, "/sys/devices/virtual/block/dm-1/dm/uuid", "LVM-abc\n");
	kit_file(root, "/sys/devices/virtual/block/dm-1/dm/name", "vg-root\n");
	kit_file(root, "/sys/devices/virtual/block/dm-1/slaves/dm-0", "");
	kit_file(root, "/sys/devices/virtual/block/loop0/size", "0\n");
	kit_file(root, "/sys/devices/virtual/block/loop0/dev", "7:0\n");
	fixture_link(root, "../../devices/pci/block/sda", "/sys/class/block/sda");
	fixture_link(root, "../../devices/pci/block/sda/sda1", "/sys/class/block/sda1");
	fixture_link(root, "../../devices/pci/block/sda/sda2", "/sys/class/block/sda2");
	fixture_link(root, "../../devices/virtual/block/dm-0", "/sys/class/block/dm-0");
	fixture_link(root, "../../devices/virtual/block/dm-1", "/sys/class/block/dm-1");
	fixture_link(root, "../../devices/virtual/block/loop0", "/sys/class/block/loop0");
	kit_file(root, "/proc/self/mountinfo", "1 0 253:1 / / rw - ext4 /dev/mapper/vg-root rw\n2 1 8:1 / /boot rw - ext4 /dev/sda1 rw\n");
	kit_file(root, "/proc/swaps",
	    "Filename Type Size Used Priority\n/dev/dm-1 partition 1024 0 -2\n/dev/sda1 partition 1024 0 -3\n/swapfile file 2048 0 -4\n");
	return root;
}

static void
test_collect_block_device__follows_encryption_through_the_layers(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture("ATA\n");
	kit_collect(&got, &collect_block_device, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	assert_int_equal(got.rows[0].len, 5);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"sda\",\"\",\"disk\",512000,0,0,\"\",\"\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"sda1\",\"sda\",\"partition\",51200,0,0,\"\",\"/boot,[swap]\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"sda2\",\"sda\",\"partition\",460800,0,1,\"luks2\",\"\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"dm-0\",\"sda2\",\"crypt\",409600,0,1,\"luks2\",\"\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"dm-1\",\"dm-0\",\"lvm\",358400,0,1,\"luks2\",\"/,[swap]\"]");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"/dev/dm-1\",\"partition\",1048576,1]");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"/dev/sda1\",\"partition\",1048576,0]");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"/swapfile\",\"file\",2097152,1]");
	kit_rmdir(root);
}

/* LUKS on RAID on a partition, and a group of volumes of which one is plain. */
static void
test_collect_block_device__what_stands_between_is_as_encrypted_as_all_above(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture("ATA\n");
	slice old;
	ASSERT_OK(job_format(kit_job(), &old, "%s/sys/devices/virtual/block/dm-0/slaves/sda2", root));
	assert_int_equal(unlink(old.at), 0);
	kit_file(root, "/sys/devices/virtual/block/md0/size", "800\n");
	kit_file(root, "/sys/devices/virtual/block/md0/dev", "9:0\n");
	kit_file(root, "/sys/devices/virtual/block/md0/slaves/sda2", "");
	kit_file(root, "/sys/devices/virtual/block/dm-0/slaves/md0", "");
	fixture_link(root, "../../devices/virtual/block/md0", "/sys/class/block/md0");
	kit_collect(&got, &collect_block_device, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"md0\",\"sda2\",\"raid\",409600,0,1,\"luks2\",\"\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"sda2\",\"sda\",\"partition\",460800,0,1,\"luks2\",\"\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"sda\",\"\",\"disk\",512000,0,0,\"\",\"\"]");
	kit_file(root, "/sys/devices/virtual/block/dm-2/size", "10\n");
	kit_file(root, "/sys/devices/virtual/block/dm-2/dev", "253:2\n");
	kit_file(root, "/sys/devices/virtual/block/dm-2/dm/uuid", "LVM-x\n");
	kit_file(root, "/sys/devices/virtual/block/dm-2/slaves/md0", "");
	fixture_link(root, "../../devices/virtual/block/dm-2", "/sys/class/block/dm-2");
	kit_collect(&got, &collect_block_device, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"sda2\",\"sda\",\"partition\",460800,0,0,\"\",\"\"]");
	kit_rmdir(root);
}

static void
test_collect_block_device__a_virtual_disk_is_not_known(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture("QEMU\n");
	kit_collect(&got, &collect_block_device, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"sda1\",\"sda\",\"partition\",51200,0,null,\"\",\"/boot,[swap]\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"sda2\",\"sda\",\"partition\",460800,0,1,\"luks2\",\"\"]");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"/dev/sda1\",\"partition\",1048576,null]");
	kit_rmdir(root);
}

static void
test_collect_block_device__could_not_look_without_the_kernel(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_block_device, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	ASSERT_STATE(&got.rows[1], READING_COULD_NOT_LOOK);
	kit_file(root, "/proc/self/mountinfo", "1 0 253:1 / / rw - ext4 /dev/x rw\n");
	kit_file(root, "/proc/swaps", "Filename Type Size Used Priority\n/dev/x partition 1024 0 -2\n");
	kit_collect(&got, &collect_block_device, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	ASSERT_STATE(&got.rows[1], READING_READ);
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"/dev/x\",\"partition\",1048576,null]");
	kit_rmdir(root);
}

static void
test_collect_block_device__bears_hostile_bytes(void **state)
{
	(void)state;
	struct collect_swap *swaps;
	size_t len;
	slice kind, encryption;
	struct job *job = kit_fresh();
	ASSERT_OK(collect_block_device_swaps(job, S(""), &swaps, &len));
	assert_int_equal(len, 0);
	ASSERT_ERR(collect_block_device_swaps(job, S("h\n/dev/a partition\n"), &swaps, &len), ERR_INPUT, "proc(5)");
	ASSERT_ERR(collect_block_device_swaps(job, S("h\n/dev/a partition 99999999999999999999\n"), &swaps, &len), ERR_INPUT, "proc(5)");
	collect_block_device_dm(S("CRYPT-\xff\0x"), &kind, &encryption);
	ASSERT_SLICE(encryption, "unknown");
	collect_block_device_dm(S("CRYPT-VERITY-x"), &kind, &encryption);
	ASSERT_SLICE(kind, "dm");
	ASSERT_SLICE(encryption, "");
	collect_block_device_dm(S(""), &kind, &encryption);
	ASSERT_SLICE(kind, "dm");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_block_device__follows_encryption_through_the_layers),
	    cmocka_unit_test(test_collect_block_device__what_stands_between_is_as_encrypted_as_all_above),
	    cmocka_unit_test(test_collect_block_device__a_virtual_disk_is_not_known),
	    cmocka_unit_test(test_collect_block_device__could_not_look_without_the_kernel),
	    cmocka_unit_test(test_collect_block_device__bears_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
