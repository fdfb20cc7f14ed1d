/* Targets logins_utmp() and logins_rows(). */
#include "fuzz_collect.h"

#include "collect/table/collect_last_login.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job *job = fuzz_job();
	slice text = slice_bytes(data, size);
	if (size > 64 * KIB)
		return 0;
	struct rows rows;
	rows_open(&rows, job, &table_last_login);
	static const struct account accounts[] = {{.name = {"root", 4}}, {.name = {"a", 1}}};
	struct logins logins;
	FUZZ_MUST(logins_open(&logins, job, accounts, 2).code == ERR_NONE);
	err made = logins_utmp(&logins, text, false);
	if (made.code == ERR_NONE)
		made = logins_utmp(&logins, text, true);
	if (made.code == ERR_NONE)
		made = logins_rows(&logins, &rows);
	if (made.code != ERR_NONE)
		return 0;
	slice out;
	rows_sort(&rows);
	FUZZ_MUST(rows_write(job, &rows, 0, &out).code == ERR_NONE);
	return 0;
}
