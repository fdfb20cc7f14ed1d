/* Targets collect_certificate_parse(): PEM blocks, certificates in DER, OpenSSH's key format. */
#include "fuzz_collect.h"

#include "collect/table/collect_certificate.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	struct rows certificates, keys;
	struct stat st = {.st_mode = 0600};
	slice text;
	rows_open(&certificates, job, &table_certificate);
	rows_open(&keys, job, &table_private_key);
	if (size > 64 * KIB || job_copy(job, slice_bytes(data, size), &text).code != ERR_NONE)
		return 0;
	if (collect_certificate_parse(job, S("/etc/ssl/x.pem"), &st, text, &certificates, &keys).code != ERR_NONE)
		return 0;
	FUZZ_MUST(keys.len <= 1);
	rows_sort(&certificates);
	if (rows_write(job, &certificates, 0, &text).code != ERR_NONE)
		abort();
	return 0;
}
