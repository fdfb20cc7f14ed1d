#include "kit_collect.h"

#include "collect/table/collect_mount.h"

extern const struct collector collect_mount;

static const char *
fixture(const char *text)
{
	kit_fresh();
	const char *root = kit_mkdir();
	if (text != NULL)
		kit_file(root, "/proc/self/mountinfo", text);
	return root;
}

static void
test_collect_mount__reads_options_of_both_kinds(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture("1 0 8:1 / / rw,relatime - ext4 /dev/sda1 rw,errors=remount-ro\n"
				   "2 1 0:30 / /tmp rw,nosuid,nodev,noexec shared:7 - tmpfs tmpfs rw,size=4k\n"
				   "3 1 8:2 / /mnt/a\\040b rw - ext4 /dev/sda2 ro\n");
	kit_collect(&got, &collect_mount, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	assert_int_equal(got.rows[0].len, 3);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/\",\"/dev/sda1\",\"ext4\",\"rw,relatime,errors=remount-ro\",0,0,0,0]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/tmp\",\"tmpfs\",\"tmpfs\",\"rw,nosuid,nodev,noexec,size=4k\",0,1,1,1]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/mnt/a b\",\"/dev/sda2\",\"ext4\",\"rw,ro\",1,0,0,0]");
	kit_rmdir(root);
}

static void
test_collect_mount__keeps_the_topmost_of_two(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture("1 0 8:1 / /a rw - ext4 /dev/below rw\n2 0 8:2 / /a rw - ext4 /dev/above rw\n");
	kit_collect(&got, &collect_mount, root);
	assert_int_equal(got.rows[0].len, 1);
	ASSERT_ROWS_HAVE(&got.rows[0], "/dev/above");
	kit_rmdir(root);
}

static void
test_collect_mount__leaves_out_names_and_secrets(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture("1 0 0:9 / /srv rw - cifs //nas/share rw,username=jane.doe,password=hunter2,vers=3.0\n"
				   "2 0 0:10 / /a rw - fuse.sshfs jane@host:/home/x rw\n"
				   "3 0 0:11 / /b rw - fuse.davfs https://jane:hunter2@dav/ rw,passphrase=hunter2\n");
	kit_collect(&got, &collect_mount, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "rw,username,password,vers=3.0");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/a\",\"host:/home/x\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/b\",\"https://dav/\"");
	ASSERT_ROWS_LACK(&got.rows[0], "jane");
	ASSERT_ROWS_LACK(&got.rows[0], "hunter2");
	kit_rmdir(root);
}

static void
test_collect_mount__could_not_look_without_the_kernels_list(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture(NULL);
	kit_collect(&got, &collect_mount, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_mount__refuses_other_shapes(void **state)
{
	(void)state;
	static const char *const texts[] = {"1 2 3\n", "1 0 8:1 / / rw - \n", "1 0 81 / / rw - ext4 a rw\n", "1 0 8:1 / / rw shared:1\n",
	    "1 0 8:99999999999 / / rw - ext4 a rw\n", NULL};
	struct collect_mount *mounts;
	size_t len;
	for (size_t i = 0; texts[i] != NULL; i++) {
		struct job *job = kit_fresh();
		ASSERT_ERR(collect_mount_parse(job, slice_of(texts[i]), &mounts, &len), ERR_INPUT, "proc_pid_mountinfo(5)");
	}
}

static void
test_collect_mount__bears_hostile_bytes(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture("1 0 8:1 / /\xff\\000\\777x rw - ext4 /dev/\xc3 rw\n");
	kit_collect(&got, &collect_mount, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	ASSERT_ROWS_HAVE(&got.rows[0], "\\\\777x");
	kit_rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_mount__reads_options_of_both_kinds),
	    cmocka_unit_test(test_collect_mount__keeps_the_topmost_of_two),
	    cmocka_unit_test(test_collect_mount__leaves_out_names_and_secrets),
	    cmocka_unit_test(test_collect_mount__could_not_look_without_the_kernels_list),
	    cmocka_unit_test(test_collect_mount__refuses_other_shapes),
	    cmocka_unit_test(test_collect_mount__bears_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
