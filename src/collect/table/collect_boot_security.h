/*
 * How the machine starts: firmware, Secure Boot, boot loader and its password.
 */
#ifndef COLLECT_TABLE_COLLECT_BOOT_SECURITY_H
#define COLLECT_TABLE_COLLECT_BOOT_SECURITY_H

#include "collect/collect.h"

/* Does a grub.cfg name a superuser and give a password? Pure. */
bool collect_grub_password(slice text);

/* An EFI variable of one byte behind its 4 bytes of attributes; false for anything else. Pure. */
bool collect_efi_byte(slice bytes, int64_t *ret);

#endif
