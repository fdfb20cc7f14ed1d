/*
 * The zip container of a workbook: its parts in, within limits, and its parts out.
 */
#ifndef BASE_SHEET_ZIP_H
#define BASE_SHEET_ZIP_H

#include "base/job.h"

#define SHEET_ZIP_MAX_ENTRIES 1000
#define SHEET_ZIP_MAX_RATIO 200        /* of everything unpacked so far to the whole file … */
#define SHEET_ZIP_FREE_BYTES (4 * MIB) /* … past so many bytes */

struct sheet_zip {
	struct job *job;
	const char *name;
	slice bytes;
	size_t max_unpacked; /* of all parts together, as often as they are read */
	size_t unpacked;
};

/*
 * Look at every entry: ERR_INPUT when it is no whole zip archive, an entry is locked, packed in another way than stored or deflated, or two
 * have one name (whatever its case); ERR_LIMIT for more than SHEET_ZIP_MAX_ENTRIES. Nothing is unpacked.
 */
err sheet_zip_look(struct sheet_zip *zip);

/*
 * Unpack one part, block by block, into ${take}, whose failure ends it. ${ret_found} false: there is no such part. ERR_LIMIT past
 * max_unpacked and past SHEET_ZIP_MAX_RATIO, ERR_INPUT for damage.
 */
err sheet_zip_read(struct sheet_zip *zip, slice path, err (*take)(void *to, slice block), void *to, bool *ret_found);

struct sheet_part {
	const char *path;
	slice bytes;
};

/* A zip archive of these parts, deflated, without any time or owner: the same parts give the same bytes. */
err sheet_zip_write(struct job *job, const struct sheet_part *parts, size_t len, slice *ret);

#endif
