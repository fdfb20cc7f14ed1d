/* Targets collect_tls_nginx(), collect_tls_apache(), collect_tls_postfix() and collect_tls_openssl(); the first byte chooses. */
#include "fuzz_collect.h"

#include "collect/table/collect_tls_setting.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = {"nginx", "apache", "postfix", "openssl"};
	struct job *job = fuzz_job();
	struct collect_tls tls;
	struct rows rows;
	if (size == 0 || size > 16 * KIB)
		return 0;
	unsigned which = data[0] & 3;
	slice text = slice_bytes(data + 1, size - 1);
	if (collect_tls_open(&tls, job, programs[which]).code != ERR_NONE)
		return 0;
	err read = which == 0   ? collect_tls_nginx(&tls, text, "x", 0)
		   : which == 1 ? collect_tls_apache(&tls, text, "x", 0)
		   : which == 2 ? collect_tls_postfix(&tls, text, "x")
				: collect_tls_openssl(&tls, text, "x");
	rows_open(&rows, job, &table_tls_setting);
	if (read.code == ERR_NONE && collect_tls_rows(&tls, &rows).code == ERR_NONE)
		FUZZ_MUST(rows.len > 0);
	return 0;
}
