/*
 * Where a ledger's parts live below one folder, and which folder that is.
 * Deliberately does not: make or open anything.
 */
#include "ledger/ledger.h"

#include <stdlib.h>

#include "base/fs.h"

static err
place_or(struct job *job, const char *given, const char *dir, const char *name, const char **ret)
{
	if (given != NULL && given[0] != '\0')
		return job_string(job, slice_of(given), ret);
	return fs_join(job, dir, name, ret);
}

err
ledger_place_of(struct job *job, const char *dir, const char *keys, const char *signer, const char *run, struct ledger_place *ret)
{
	struct ledger_place place = {0};
	TRY(job_string(job, slice_of(dir), &place.dir));
	TRY(place_or(job, NULL, dir, "store", &place.store));
	TRY(place_or(job, keys, dir, "keys", &place.keys));
	TRY(place_or(job, signer, dir, "signer", &place.signer));
	TRY(place_or(job, NULL, dir, "etc", &place.etc));
	TRY(place_or(job, NULL, dir, "facts.d", &place.facts));
	TRY(place_or(job, NULL, dir, "cache", &place.cache));
	if (run == NULL || run[0] == '\0')
		run = getenv("ASSAY_RUN");
	if (run != NULL && run[0] != '\0')
		TRY(job_string(job, slice_of(run), &place.run));
	*ret = place;
	return OK;
}

err
ledger_place_find(struct job *job, const char *given, const char **ret_dir)
{
	struct stat st;
	const char *dir = given;
	if (dir == NULL || dir[0] == '\0')
		dir = getenv("ASSAY_DIR");
	if (dir == NULL || dir[0] == '\0')
		dir = stat("./var/store", &st) == 0 && S_ISDIR(st.st_mode) ? "./var" : "/var/lib/assay";
	return job_string(job, slice_of(dir), ret_dir);
}
