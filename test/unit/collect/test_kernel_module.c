#include "kit_collect.h"

#include "base/buf.h"

#include "collect/table/collect_kernel_module.h"

extern const struct collector collect_kernel_module;

static void
test_collect_kernel_module__joins_loaded_and_blocked(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/proc/modules", "nf_tables 311296 12 nft_ct,nft_x, Live 0x0000000000000000\nusb_storage 81920 0 - Live 0x0\n");
	kit_file(root, "/proc/cmdline", "quiet module_blacklist=floppy,pcspkr\n");
	kit_file(root, "/etc/modprobe.d/cis.conf",
	    "# cramfs\ninstall cramfs /bin/false\nblacklist usb-storage\ninstall dccp /usr/local/bin/load-it\noptions x y=1\n");
	kit_collect(&got, &collect_kernel_module, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"nf_tables\",1,311296,12,0,\"\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"usb_storage\",1,81920,0,1,\"/etc/modprobe.d/cis.conf\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"cramfs\",0,0,0,1,\"/etc/modprobe.d/cis.conf\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"pcspkr\",0,0,0,1,\"/proc/cmdline\"]");
	ASSERT_ROWS_LACK(&got.rows[0], "dccp");
	kit_rmdir(root);
}

static void
test_collect_kernel_module__absent_in_a_kernel_without_modules(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/proc/stat", "btime 1\n");
	kit_collect(&got, &collect_kernel_module, root);
	ASSERT_STATE(&got.rows[0], READING_ABSENT);
	kit_rmdir(root);
}

static void
test_collect_kernel_module__could_not_look_without_proc(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/etc/modprobe.d/a.conf", "blacklist x\n");
	kit_collect(&got, &collect_kernel_module, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_kernel_module__passes_over_hostile_lines(void **state)
{
	(void)state;
	struct collect_modules modules = {.job = kit_fresh()};
	ASSERT_OK(collect_modules_loaded(&modules, S("\0\0\n \nonly\nx 99999999999999999999 1\n\xff 1 -\n")));
	ASSERT_OK(collect_modules_config(&modules, "p", S("install\nblacklist\n\0blacklist a\n")));
	assert_int_equal(modules.len, 1);
	assert_int_equal(modules.at[0].used_by, 0);
}

static void
test_collect_kernel_module__more_than_are_kept_are_told(void **state)
{
	(void)state;
	struct collect_modules modules = {.job = kit_fresh()};
	struct buf buf = buf_open(kit_job(), "blacklist", MIB);
	slice text;
	for (int i = 0; i < 10001; i++)
		buf_printf(&buf, "blacklist m%d\n", i);
	ASSERT_OK(buf_end(&buf, &text));
	ASSERT_ERR(collect_modules_config(&modules, "x", text), ERR_LIMIT, "10000 kernel modules");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_kernel_module__joins_loaded_and_blocked),
	    cmocka_unit_test(test_collect_kernel_module__absent_in_a_kernel_without_modules),
	    cmocka_unit_test(test_collect_kernel_module__could_not_look_without_proc),
	    cmocka_unit_test(test_collect_kernel_module__passes_over_hostile_lines),
	    cmocka_unit_test(test_collect_kernel_module__more_than_are_kept_are_told),
	};
	return KIT_TESTS(tests);
}
