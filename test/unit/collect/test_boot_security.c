#include "kit_collect.h"

#include "collect/table/collect_boot_security.h"

extern const struct collector collect_boot_security;

static void
test_collect_boot_security__reads_bios_and_grub(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/sys/firmware/acpi/x", "");
	kit_file(root, "/boot/grub/grub.cfg",
	    "set superusers=\"root\"\npassword_pbkdf2 root grub.pbkdf2.sha512.10000.C0FFEE\nmenuentry 'x' {\n}\n");
	slice path;
	ASSERT_OK(job_format(kit_job(), &path, "%s/boot/grub/grub.cfg", root));
	assert_int_equal(chmod(path.at, 0600), 0);
	kit_collect(&got, &collect_boot_security, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"bios\",0,null,\"grub\",\"/boot/grub/grub.cfg\",\"0600\",1]");
	ASSERT_ROWS_LACK(&got.rows[0], "C0FFEE");
	kit_rmdir(root);
}

static void
test_collect_boot_security__does_not_know_what_efi_does_not_show(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/sys/firmware/efi/x", "");
	kit_collect(&got, &collect_boot_security, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"uefi\",null,null,\"none\",\"\",\"\",null]");
	kit_rmdir(root);
}

static void
test_collect_boot_security__could_not_look_without_firmware(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_boot_security, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_boot_security__a_password_needs_a_superuser(void **state)
{
	(void)state;
	assert_true(collect_grub_password(S("set superusers=\"a\"\npassword a b\n")));
	assert_false(collect_grub_password(S("password a b\n")));
	assert_false(collect_grub_password(S("set superusers=\"\"\npassword a b\n")));
	assert_false(collect_grub_password(S("# set superusers=\"a\"\n\0\xff\nset superusers=\"a\"\n")));
}

static void
test_collect_boot_security__an_efi_byte_is_five_bytes(void **state)
{
	(void)state;
	int64_t value = -1;
	assert_true(collect_efi_byte(S("\x06\0\0\0\x01"), &value));
	assert_int_equal(value, 1);
	assert_false(collect_efi_byte(S("\x06\0\0\0"), &value));
	assert_false(collect_efi_byte(S(""), &value));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_boot_security__reads_bios_and_grub),
	    cmocka_unit_test(test_collect_boot_security__does_not_know_what_efi_does_not_show),
	    cmocka_unit_test(test_collect_boot_security__could_not_look_without_firmware),
	    cmocka_unit_test(test_collect_boot_security__a_password_needs_a_superuser),
	    cmocka_unit_test(test_collect_boot_security__an_efi_byte_is_five_bytes),
	};
	return KIT_TESTS(tests);
}
