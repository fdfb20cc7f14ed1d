/* Targets collect_openpgp_keys() and collect_openpgp_signers(). */
#include "fuzz_collect.h"

#include "collect/table/collect_openpgp.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 256 * KIB)
		return 0;
	struct openpgp_key *keys;
	struct openpgp_signer *signers;
	size_t len;
	if (collect_openpgp_keys(job, "fuzz", text, &keys, &len).code == ERR_NONE)
		FUZZ_MUST(len > 0);
	if (collect_openpgp_signers(job, "fuzz", text, &signers, &len).code == ERR_NONE)
		FUZZ_MUST(len > 0);
	return 0;
}
