/*
 * How the machine starts. Does not verify signatures of what was started, and keeps no password hash of the boot loader.
 */
#include "collect/table/collect_boot_security.h"

#include "collect/collect_value.h"

#define EFI_GLOBAL "-8be4df61-93ca-11d2-aa0d-00e098032b8c"

static const struct column boot_security_columns[] = {
    {"firmware", COLUMN_TEXT, COLUMN_KEY, "uefi, or bios where the kernel shows no EFI"},
    {"secure_boot", COLUMN_INT, COLUMN_MAYBE, "1 = enforced"},
    {"setup_mode", COLUMN_INT, COLUMN_MAYBE, "1 = keys may be replaced by anybody"},
    {"boot_loader", COLUMN_TEXT, 0, "grub, systemd-boot or none"},
    {"config_path", COLUMN_TEXT, 0, "the boot loader's configuration, empty for none"},
    {"config_mode", COLUMN_TEXT, 0, "permissions of that file as four octal digits, as in 0600; empty for none"},
    {"password_set", COLUMN_INT, COLUMN_MAYBE, "1 = changing a boot entry asks for a password"},
};
const struct table table_boot_security = {"boot_security", "firmware, Secure Boot and boot loader", boot_security_columns,
    sizeof boot_security_columns / sizeof *boot_security_columns};

bool
collect_grub_password(slice text)
{
	bool user = false, password = false;
	slice line, word;
	while (slice_cut(&text, '\n', &line)) {
		slice rest = line;
		if (!slice_word(&rest, &word))
			continue;
		if (slice_same(word, S("set")) && slice_word(&rest, &word))
			user = user || (slice_starts(word, S("superusers=")) && word.len > 13);
		else
			password = password || slice_same(word, S("password")) || slice_same(word, S("password_pbkdf2"));
	}
	return user && password;
}

bool
collect_efi_byte(slice bytes, int64_t *ret)
{
	if (bytes.len != 5)
		return false;
	*ret = bytes.at[4] != 0;
	return true;
}

static struct cell
boot_efi_cell(struct job *job, const struct collect *collect, const char *path)
{
	slice bytes;
	int64_t value;
	err read = fs_read(job, &collect->root, path, 4096, &bytes);
	return read.code == ERR_NONE && collect_efi_byte(bytes, &value) ? INT(value) : NIL;
}

static err
boot_security_run(struct job *job, struct collect *collect)
{
	static const struct {
		const char *path, *name;
	} loaders[] = {{"/boot/grub/grub.cfg", "grub"}, {"/boot/grub2/grub.cfg", "grub"}, {"/boot/efi/loader/loader.conf", "systemd-boot"},
	    {"/boot/loader/loader.conf", "systemd-boot"}, {"/efi/loader/loader.conf", "systemd-boot"}};
	enum { FIRMWARE, SECURE, SETUP, LOADER, PATH, MODE, PASSWORD };
	struct cell cells[] = {TEXT(S("bios")), INT(0), NIL, TEXT(S("none")), TEXT(S("")), TEXT(S("")), NIL};
	if (!fs_exists(&collect->root, "/sys/firmware")) {
		collect_unseen(collect, &table_boot_security, "/sys/firmware is not there, so the firmware cannot be told");
		return OK;
	}
	if (fs_exists(&collect->root, "/sys/firmware/efi")) {
		cells[FIRMWARE] = TEXT(S("uefi"));
		cells[SECURE] = boot_efi_cell(job, collect, "/sys/firmware/efi/efivars/SecureBoot" EFI_GLOBAL);
		cells[SETUP] = boot_efi_cell(job, collect, "/sys/firmware/efi/efivars/SetupMode" EFI_GLOBAL);
	}
	for (size_t i = 0; i < sizeof loaders / sizeof *loaders; i++) {
		struct stat st;
		slice text, mode;
		err found = fs_stat(job, &collect->root, loaders[i].path, true, &st);
		if (found.code == ERR_MISSING)
			continue;
		TRY(found);
		cells[LOADER] = TEXT(slice_of(loaders[i].name));
		cells[PATH] = TEXT(slice_of(loaders[i].path));
		TRY(job_format(job, &mode, "%04o", (unsigned)st.st_mode & 07777));
		cells[MODE] = TEXT(mode);
		found = fs_read(job, &collect->root, loaders[i].path, 4 * MIB, &text);
		/* systemd-boot knows no password; "editor no" is the nearest thing and another fact. */
		if (slice_same(cells[LOADER].text, S("systemd-boot")))
			cells[PASSWORD] = INT(0);
		else if (found.code == ERR_NONE)
			cells[PASSWORD] = INT(collect_grub_password(text));
		break;
	}
	return rows_add(collect_rows(collect, &table_boot_security), cells);
}

const struct collector collect_boot_security = {
    .name = "boot_security",
    .about = "Firmware, Secure Boot, and the boot loader with its password",
    .tables = (const struct table *const[]){&table_boot_security, NULL},
    .reads = (const char *const[]){"/sys/firmware", "/sys/firmware/efi/efivars/SecureBoot" EFI_GLOBAL,
	"/sys/firmware/efi/efivars/SetupMode" EFI_GLOBAL, "/boot/grub/grub.cfg", "/boot/grub2/grub.cfg", "/boot/efi/loader/loader.conf",
	"/boot/loader/loader.conf", "/efi/loader/loader.conf", NULL},
    .needs = "root where grub.cfg or /boot/efi is readable by root only",
    .run = boot_security_run,
};
