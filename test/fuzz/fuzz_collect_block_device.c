/* Targets collect_block_device_swaps() and collect_block_device_dm(). */
#include "fuzz_collect.h"

#include "collect/table/collect_block_device.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct collect_swap *swaps;
	slice kind, encryption;
	size_t len;
	collect_block_device_dm(slice_bytes(data, size), &kind, &encryption);
	FUZZ_MUST(kind.len > 0 && (encryption.len == 0 || slice_same(kind, S("crypt"))));
	if (collect_block_device_swaps(fuzz_job(), slice_bytes(data, size), &swaps, &len).code != ERR_NONE)
		return 0;
	for (size_t i = 0; i < len; i++)
		FUZZ_MUST(swaps[i].size_bytes >= 0 && swaps[i].path.len > 0);
	return 0;
}
