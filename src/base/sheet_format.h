/*
 * Number formats of workbooks: what a number in a cell stands for, and it as text.
 */
#ifndef BASE_SHEET_FORMAT_H
#define BASE_SHEET_FORMAT_H

#include "base/slice.h"

enum sheet_format {
	SHEET_FORMAT_NUMBER,
	SHEET_FORMAT_DATE,
	SHEET_FORMAT_INSTANT, /* date and time */
	SHEET_FORMAT_TIME,    /* of a day */
	SHEET_FORMAT_ELAPSED, /* hours that may be more than 24 */
};

struct sheet_format_text {
	char at[64];
};

/* ISO/IEC 29500-1 section 18.8.30: the formats that have a number but no code in the file. */
enum sheet_format sheet_format_builtin(uint64_t id);

/* By the first section of a format code: "yyyy-mm-dd hh:mm" is an instant, "[h]:mm" elapsed, "0.00" a number. */
enum sheet_format sheet_format_code(slice code);

/*
 * The value of a cell as text: 12.5, 2026-11-30, 2026-11-30T09:15:00Z, 09:15:00, PT36H15M. Numbers to 15 digits, as spreadsheets show them;
 * times to the millisecond. ${from_1904}: days count from 1904-01-01, else from 1900 with its 29 February. NULL when that is done, else why
 * it cannot be.
 */
const char *sheet_format_value(slice value, enum sheet_format format, bool from_1904, struct sheet_format_text *ret);

#endif
