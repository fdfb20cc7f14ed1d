/* Targets cron_rows(), cron_line() and cron_anacron_line(). */
#include "fuzz_collect.h"

#include "collect/table/collect_cron_job.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 64 * KIB)
		return 0;
	struct rows rows;
	rows_open(&rows, job, &table_cron_job);
	struct cron_file file = {.path = "/etc/crontab", .owner = S("root"), .mode = S("0644"), .username = S("x"), .named = true};
	err made = cron_rows(job, &file, text, &rows);
	file.path = "/etc/anacrontab";
	if (made.code == ERR_NONE)
		made = cron_rows(job, &file, text, &rows);
	if (made.code != ERR_NONE)
		return 0;
	slice out;
	rows_sort(&rows);
	FUZZ_MUST(rows_write(job, &rows, 0, &out).code == ERR_NONE);
	return 0;
}
