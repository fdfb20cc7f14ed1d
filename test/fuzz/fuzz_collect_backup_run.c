/* Targets collect_backup_run_pgbackrest(), _rsnapshot(), _borg_time(), _target() and _calendar() over one text. */
#include "fuzz_collect.h"

#include "collect/table/collect_backup_run.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size), result = S("");
	int64_t at = 0;
	if (collect_backup_run_pgbackrest(job, text, &at, &result))
		FUZZ_MUST(at >= 0 && result.len > 0);
	(void)collect_backup_run_borg_time(job, text, &at);
	FUZZ_MUST(collect_backup_run_rsnapshot(text).len <= 7 && collect_backup_run_target(text).len > 0);
	FUZZ_MUST(collect_backup_run_calendar(text).len <= size);
	return 0;
}
