/* Targets sshd_text(), sshd_complete(), sshd_rows() and sshd_version(). */
#include "fuzz_collect.h"

#include "collect/table/collect_sshd_setting.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 64 * KIB)
		return 0;
	struct rows rows;
	rows_open(&rows, job, &table_sshd_setting);
	struct sshd sshd;
	sshd_open(&sshd, job, sshd_version(text));
	err made = sshd_text(&sshd, "/f", text, 0, false, 0);
	if (made.code == ERR_NONE)
		made = sshd_complete(&sshd);
	if (made.code == ERR_NONE)
		made = sshd_rows(&sshd, &rows);
	if (made.code != ERR_NONE)
		return 0;
	slice out;
	rows_sort(&rows);
	FUZZ_MUST(rows_write(job, &rows, 0, &out).code == ERR_NONE);
	return 0;
}
