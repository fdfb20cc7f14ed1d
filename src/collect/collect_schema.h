/*
 * The fact tables there are: names, columns, types. The only header of this room that judges (check, vuln, detect) may include.
 */
#ifndef COLLECT_COLLECT_SCHEMA_H
#define COLLECT_COLLECT_SCHEMA_H

#include "base/table.h"

/* Every table of every collector, NULL-terminated, sorted by name. Drop-in tables (etc/source) are not among them. */
const struct table *const *collect_schema(void);

/* One by name, or NULL. */
const struct table *collect_schema_find(slice name);

/* Tables an organisation declares in ${source_dir}/TABLE.yaml (columns, key, freshness), in the job's arena; a folder that is not there gives none.
 * ERR_INPUT names file and line. */
struct dropin {
	struct table table;
	int64_t max_age_us; /* 0 = never stale */
	const char *path;
};
err collect_schema_dropins(struct job *job, const char *source_dir, struct dropin **ret, size_t *ret_len);

#endif
