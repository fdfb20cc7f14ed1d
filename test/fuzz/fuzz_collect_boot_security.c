/* Targets collect_grub_password() and collect_efi_byte(). */
#include "fuzz_collect.h"

#include "collect/table/collect_boot_security.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 256 * KIB)
		return 0;
	(void)job;
	int64_t value = -1;
	(void)collect_grub_password(text);
	FUZZ_MUST(collect_efi_byte(text, &value) == (value >= 0));
	return 0;
}
