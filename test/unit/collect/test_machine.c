#include "kit_collect.h"

#include "collect/table/collect_machine.h"

extern const struct collector collect_machine;

static void
test_collect_machine__reads_dmi_and_runtime(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
	kit_file(root, "/sys/class/dmi/id/product_name", "t3.micro\n");
	kit_file(root, "/sys/class/dmi/id/chassis_type", "1\n");
	kit_file(root, "/sys/class/dmi/id/product_uuid", "ec2-serial-c0ffee\n");
	slice group, path;
	ASSERT_OK(job_format(kit_job(), &group, "other:x:99999:\ndocker:x:%u:jane\n", (unsigned)getgid()));
	kit_file(root, "/etc/group", group.at);
	kit_file(root, "/usr/bin/dockerd", "");
	kit_file(root, "/run/docker.sock", "");
	ASSERT_OK(job_format(kit_job(), &path, "%s/run/docker.sock", root));
	assert_int_equal(chmod(path.at, 0660), 0);
	kit_file(root, "/proc/net/unix",
	    "Num RefCount Protocol Flags Type St Inode Path\n0: 00000002 00000000 00010000 0001 01 1 /run/docker.sock\n");
	kit_file(root, "/var/lib/dpkg/status", "Package: docker.io\nStatus: install ok installed\nVersion: 20.10.24\n\n");
	kit_collect(&got, &collect_machine, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"amazon\",\"none\",\"aws\",\"Amazon EC2\",\"t3.micro\",\"1\"]");
	ASSERT_ROWS_LACK(&got.rows[0], "c0ffee");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"docker\",\"20.10.24\",1,0,\"/run/docker.sock\",\"0660\",\"docker\"]");
	ASSERT_ROWS_LACK(&got.rows[1], "jane");
	ASSERT_SLICE(collect_group_name(S("a\nb:x\nc:x:y:\nd:x:5"), 5), "d");
	ASSERT_SLICE(collect_group_name(S("a:x:6:"), 5), "");
	kit_rmdir(root);
}

static void
test_collect_machine__takes_one_word_of_the_environment(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/proc/1/environ", "container=lxc");
	kit_file(root, "/proc/cpuinfo", "flags : fpu vme\n");
	kit_collect(&got, &collect_machine, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"none\",\"lxc\",\"none\",\"\",\"\",\"\"]");
	ASSERT_STATE(&got.rows[1], READING_ABSENT);
	kit_rmdir(root);
}

static void
test_collect_machine__keeps_nothing_else_of_the_environment(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/proc/1/environ", "TOKEN=hunter2");
	kit_collect(&got, &collect_machine, root);
	ASSERT_ROWS_LACK(&got.rows[0], "hunter2");
	kit_rmdir(root);
}

static void
test_collect_machine__knows_clouds_and_hypervisors(void **state)
{
	(void)state;
	assert_string_equal(
	    collect_machine_cloud(S("Microsoft Corporation"), S("Virtual Machine"), S("7783-7084-3265-9085-8269-3286-77")), "azure");
	assert_string_equal(collect_machine_cloud(S("Microsoft Corporation"), S("Virtual Machine"), S("")), "none");
	assert_string_equal(collect_machine_cloud(S("Google"), S("Google Compute Engine"), S("")), "gcp");
	assert_string_equal(collect_machine_hypervisor(S("VMwareVMware")), "vmware");
	assert_null(collect_machine_hypervisor(S("\xff\0x")));
}

static void
test_collect_machine__versions_of_installed_packages_only(void **state)
{
	(void)state;
	slice status = S("Package: podman\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: podman\nStatus: install ok "
			 "installed\nVersion: 4.3\n");
	ASSERT_SLICE(collect_status_version(status, S("podman")), "4.3");
	ASSERT_SLICE(collect_status_version(status, S("docker.io")), "");
	assert_false(collect_socket_listens(S("0: 2 0 00000000 0001 03 1 /run/docker.sock\n/run/docker.sock\n"), S("/run/docker.sock")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_machine__reads_dmi_and_runtime),
	    cmocka_unit_test(test_collect_machine__takes_one_word_of_the_environment),
	    cmocka_unit_test(test_collect_machine__keeps_nothing_else_of_the_environment),
	    cmocka_unit_test(test_collect_machine__knows_clouds_and_hypervisors),
	    cmocka_unit_test(test_collect_machine__versions_of_installed_packages_only),
	};
	return KIT_TESTS(tests);
}
