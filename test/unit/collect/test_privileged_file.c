#include "kit_collect.h"

#include <sys/xattr.h>

#include "collect/table/collect_privileged_file.h"

extern const struct collector collect_privileged_file;

static void
fixture_file(const char *root, const char *path, mode_t mode)
{
	slice full;
	kit_file(root, path, "x");
	ASSERT_OK(job_format(kit_job(), &full, "%s%s", root, path));
	assert_int_equal(chmod(full.at, mode), 0);
}

static void
test_collect_privileged_file__finds_what_is_privileged_or_writable(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	fixture_file(root, "/usr/bin/su", 04755);
	fixture_file(root, "/usr/bin/wall", 02755);
	fixture_file(root, "/usr/bin/ls", 0755);
	fixture_file(root, "/srv/deep/er/open", 0666);
	fixture_file(root, "/tmp/private", 0600);
	fixture_file(root, "/proc/su", 04755);
	fixture_file(root, "/dev/sdz", 0666);
	fixture_file(root, "/dev/shm/su", 04755);
	fixture_file(root, "/var/lib/docker/overlay2/layer/su", 04755);
	slice tmp;
	ASSERT_OK(job_format(kit_job(), &tmp, "%s/tmp", root));
	assert_int_equal(chmod(tmp.at, 01777), 0);
	kit_collect(&got, &collect_privileged_file, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	assert_int_equal(got.rows[0].len, 3);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/dev/shm/su\",\"setuid\",\"4755\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/usr/bin/su\",\"setuid\",\"4755\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/usr/bin/wall\",\"setgid\",\"2755\"");
	assert_int_equal(got.rows[1].len, 2);
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"/srv/deep/er/open\",\"file\",\"0666\"");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"/tmp\",\"folder\",\"1777\"");
	assert_int_equal(chmod(root, 0777), 0);
	kit_collect(&got, &collect_privileged_file, root);
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"/\",\"folder\",\"0777\"");
	kit_rmdir(root);
}

static void
test_collect_privileged_file__follows_no_link(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir(), *other = kit_mkdir();
	slice link;
	fixture_file(other, "/su", 04755);
	kit_file(root, "/a/b", "x");
	ASSERT_OK(job_format(kit_job(), &link, "%s/a/link", root));
	assert_int_equal(symlink(other, link.at), 0);
	kit_collect(&got, &collect_privileged_file, root);
	assert_int_equal(got.rows[0].len, 0);
	kit_rmdir(root);
	kit_rmdir(other);
}

static void
test_collect_privileged_file__walks_paths_longer_than_the_kernels_limit(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	char name[201] = {0}, here[4096];
	memset(name, 'd', 200);
	kit_fresh();
	const char *root = kit_mkdir();
	assert_non_null(getcwd(here, sizeof here));
	assert_int_equal(chdir(root), 0);
	for (int i = 0; i < 30; i++) {
		assert_int_equal(mkdir(name, 0755), 0);
		assert_int_equal(chdir(name), 0);
	}
	FILE *file = fopen("su", "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(chmod("su", 04755), 0);
	kit_collect(&got, &collect_privileged_file, root);
	assert_int_equal(unlink("su"), 0);
	for (int i = 0; i < 30; i++) {
		assert_int_equal(chdir(".."), 0);
		assert_int_equal(rmdir(name), 0);
	}
	assert_int_equal(chdir(here), 0);
	ASSERT_STATE(&got.rows[0], READING_READ);
	assert_int_equal(got.rows[0].len, 1);
	kit_rmdir(root);
}

static void
test_collect_privileged_file__an_unreadable_folder_is_could_not_look(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	if (geteuid() != 0)
		skip();
	kit_fresh();
	const char *root = kit_mkdir();
	slice folder;
	fixture_file(root, "/usr/bin/su", 04755);
	kit_file(root, "/closed/x", "x");
	ASSERT_OK(job_format(kit_job(), &folder, "%s/closed", root));
	assert_int_equal(chmod(folder.at, 0), 0);
	assert_int_equal(chmod(root, 0755), 0);
	assert_int_equal(seteuid(65534), 0);
	kit_collect(&got, &collect_privileged_file, root);
	assert_int_equal(seteuid(0), 0);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	ASSERT_STATE(&got.rows[1], READING_COULD_NOT_LOOK);
	ASSERT_ROWS_HAVE(&got.rows[0], "/closed: Permission denied");
	kit_rmdir(root);
}

static void
test_collect_privileged_file__a_damaged_mount_list_is_could_not_look(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/proc/self/mountinfo", "what is this\n");
	kit_collect(&got, &collect_privileged_file, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_privileged_file__leaves_out_network_and_second_mounts(void **state)
{
	(void)state;
	struct collect_mount *mounts;
	size_t len;
	bool *skip;
	struct job *job = kit_fresh();
	ASSERT_OK(collect_mount_parse(job,
	    S("1 0 0:50 / / rw - overlay overlay rw\n"
	      "2 1 8:1 / /data rw - ext4 /dev/sda1 rw\n"
	      "3 1 8:1 /sub /srv rw - ext4 /dev/sda1 rw\n"
	      "4 1 8:1 / /again rw - ext4 /dev/sda1 rw\n"
	      "5 1 0:60 / /home rw - nfs4 nas:/home rw\n"
	      "6 1 0:61 / /tmp rw - tmpfs tmpfs rw\n"
	      "7 1 0:62 / /run/merged rw - overlay overlay rw\n"
	      "8 1 0:63 / /mnt/x rw - fuse.sshfs a:/ rw\n"
	      "9 1 0:64 /@ /b rw - btrfs /dev/sdb rw\n"
	      "10 1 0:64 /@home /c rw - btrfs /dev/sdb rw\n"
	      "11 1 7:1 / /snap/core22/1 ro - squashfs /dev/loop1 ro\n"
	      "12 1 7:2 / /media/cd ro - squashfs /dev/loop2 ro\n"),
	    &mounts, &len));
	ASSERT_OK(collect_privileged_file_skips(job, mounts, len, &skip));
	const bool wanted[] = {false, false, true, true, true, false, true, true, false, false, true, false};
	for (size_t i = 0; i < len; i++)
		if (skip[i] != wanted[i])
			fail_msg("%.*s: skip is %d", SLICE(mounts[i].target), skip[i]);
}

static void
test_collect_privileged_file__names_capabilities(void **state)
{
	(void)state;
	slice words;
	struct job *job = kit_fresh();
	const uint8_t two[20] = {1, 0, 0, 2, 0, 0x20, 0, 0}, three[24] = {0, 0, 0, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0x80, 0};
	ASSERT_OK(collect_privileged_file_capabilities(job, slice_bytes(two, sizeof two), &words));
	ASSERT_SLICE(words, "cap_net_raw=ep");
	ASSERT_OK(collect_privileged_file_capabilities(job, slice_bytes(three, sizeof three), &words));
	ASSERT_SLICE(words, "cap_bpf=p cap_chown=i");
	ASSERT_ERR(collect_privileged_file_capabilities(job, slice_bytes(two, 19), &words), ERR_INPUT, "capabilities(7)");
	ASSERT_ERR(collect_privileged_file_capabilities(job, S(""), &words), ERR_INPUT, "capabilities(7)");
}

static void
test_collect_privileged_file__finds_file_capabilities(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char two[20] = {1, 0, 0, 2, 0, 0x20, 0, 0};
	kit_fresh();
	const char *root = kit_mkdir();
	slice path;
	fixture_file(root, "/usr/bin/ping", 0755);
	ASSERT_OK(job_format(kit_job(), &path, "%s/usr/bin/ping", root));
	if (setxattr(path.at, "security.capability", two, sizeof two, 0) != 0) {
		kit_rmdir(root);
		skip();
	}
	kit_collect(&got, &collect_privileged_file, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "\"capability\",\"0755\",0,0,\"cap_net_raw=ep\"");
	kit_rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_privileged_file__finds_what_is_privileged_or_writable),
	    cmocka_unit_test(test_collect_privileged_file__follows_no_link),
	    cmocka_unit_test(test_collect_privileged_file__walks_paths_longer_than_the_kernels_limit),
	    cmocka_unit_test(test_collect_privileged_file__an_unreadable_folder_is_could_not_look),
	    cmocka_unit_test(test_collect_privileged_file__a_damaged_mount_list_is_could_not_look),
	    cmocka_unit_test(test_collect_privileged_file__leaves_out_network_and_second_mounts),
	    cmocka_unit_test(test_collect_privileged_file__names_capabilities),
	    cmocka_unit_test(test_collect_privileged_file__finds_file_capabilities),
	};
	return KIT_TESTS(tests);
}
