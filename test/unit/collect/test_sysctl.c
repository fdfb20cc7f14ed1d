#include "kit_collect.h"

#include "collect/table/collect_sysctl.h"

extern const struct collector collect_sysctl;

static void
test_collect_sysctl__puts_the_configured_beside_the_current(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/proc/sys/kernel/kptr_restrict", "0\n");
	kit_file(root, "/proc/sys/net/ipv4/tcp_rmem", "4096\t131072\t6291456\n");
	kit_file(root, "/proc/sys/net/ipv4/conf/all/rp_filter", "0\n");
	kit_file(root, "/proc/sys/net/ipv4/conf/eth0.5/rp_filter", "2\n");
	kit_file(root, "/usr/lib/sysctl.d/50-default.conf",
	    "net.ipv4.conf.*.rp_filter = 2\n-net.ipv4.conf.all.rp_filter\nkernel.kptr_restrict=1\n");
	kit_file(root, "/etc/sysctl.d/99-local.conf", "; words\n\n-kernel/kptr_restrict = 2\nkernel.not_here = 1\n");
	kit_collect(&got, &collect_sysctl, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"kernel.kptr_restrict\",\"0\",\"2\",\"/etc/sysctl.d/99-local.conf\",3]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"net.ipv4.tcp_rmem\",\"4096 131072 6291456\",null,\"\",0]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"net.ipv4.conf.all.rp_filter\",\"0\",null,\"\",0]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"net.ipv4.conf.eth0/5.rp_filter\",\"2\",\"2\",\"/usr/lib/sysctl.d/50-default.conf\",1]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"kernel.not_here\",null,\"1\",\"/etc/sysctl.d/99-local.conf\",4]");
	kit_rmdir(root);
}

static void
test_collect_sysctl__reads_sysctl_conf_only_without_systemd(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/proc/sys/vm/swappiness", "60\n");
	kit_file(root, "/etc/sysctl.conf", "vm.swappiness = 10\n");
	kit_collect(&got, &collect_sysctl, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"vm.swappiness\",\"60\",\"10\",\"/etc/sysctl.conf\",1]");
	kit_file(root, "/usr/lib/systemd/systemd-sysctl", "");
	kit_collect(&got, &collect_sysctl, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"vm.swappiness\",\"60\",null,\"\",0]");
	kit_rmdir(root);
}

static void
test_collect_sysctl__keeps_no_key_material(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/proc/sys/net/ipv4/tcp_fastopen_key", "0123-4567-89ab-cdef\n");
	kit_file(root, "/proc/sys/net/ipv6/conf/eth0/stable_secret", "2001:db8::5ec\n");
	kit_file(root, "/proc/sys/kernel/random/boot_id", "c0ffee\n");
	kit_file(root, "/etc/sysctl.d/a.conf", "net.ipv4.tcp_fastopen_key = 0123-4567-89ab-cdef\n");
	kit_collect(&got, &collect_sysctl, root);
	assert_int_equal(got.rows[0].len, 0);
	kit_rmdir(root);
}

static void
test_collect_sysctl__could_not_look_without_proc(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_sysctl, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_sysctl__exclusions_touch_patterns_only(void **state)
{
	(void)state;
	struct collect_sysctls settings = {.job = kit_fresh()};
	ASSERT_OK(collect_sysctl_parse(&settings, "p", S("a.*=1\n-a.b\n-a.c*\na.d=2\n-a.d\n")));
	assert_non_null(collect_sysctl_wanted(&settings, S("a/x")));
	assert_null(collect_sysctl_wanted(&settings, S("a/b")));
	assert_null(collect_sysctl_wanted(&settings, S("a/cc")));
	ASSERT_SLICE(collect_sysctl_wanted(&settings, S("a/d"))->value, "2");
}

static void
test_collect_sysctl__bears_hostile_lines(void **state)
{
	(void)state;
	struct collect_sysctls settings = {.job = kit_fresh()};
	ASSERT_OK(collect_sysctl_parse(&settings, "p", S("=\n-\n- =\n\0=\xff\n[[[=1\nno-equals\n.=.\n")));
	for (size_t i = 0; i < settings.len; i++)
		(void)collect_sysctl_wanted(&settings, settings.at[i].path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_sysctl__puts_the_configured_beside_the_current),
	    cmocka_unit_test(test_collect_sysctl__reads_sysctl_conf_only_without_systemd),
	    cmocka_unit_test(test_collect_sysctl__keeps_no_key_material),
	    cmocka_unit_test(test_collect_sysctl__could_not_look_without_proc),
	    cmocka_unit_test(test_collect_sysctl__exclusions_touch_patterns_only),
	    cmocka_unit_test(test_collect_sysctl__bears_hostile_lines),
	};
	return KIT_TESTS(tests);
}
