/* Targets log_rsyslog(), log_syslog_ng(), log_rotate() and log_journald(). */
#include "fuzz_collect.h"

#include "collect/table/collect_log_rule.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 64 * KIB)
		return 0;
	struct rows rows;
	rows_open(&rows, job, &table_log_rule);
	struct collect_settings settings;
	collect_settings_open(&settings, job);
	err (*const readers[])(struct log * log, const char *path, slice bytes) = {log_rsyslog, log_syslog_ng, log_rotate};
	err made = OK;
	if (size > 8 * KIB)
		return 0;
	for (size_t i = 0; i < 3 && made.code == ERR_NONE; i++) {
		struct log log = {.job = job, .rows = &rows, .frequency = S("weekly"), .keep = S("0")};
		made = readers[i](&log, "/f", text);
	}
	(void)log_journald(job, "/f", text, &settings).code;
	if (made.code != ERR_NONE)
		return 0;
	slice out;
	rows_sort(&rows);
	FUZZ_MUST(rows_write(job, &rows, 0, &out).code == ERR_NONE);
	return 0;
}
