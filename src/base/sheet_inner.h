/*
 * What the files of sheet_*.c share: rows as they are found, and how a fault is said.
 */
#ifndef BASE_SHEET_INNER_H
#define BASE_SHEET_INNER_H

#include "base/sheet.h"

/* A row as a reader met it, before it is compared with the headings. */
struct sheet_met {
	uint32_t number, line, formula;
	const slice *cells;
	size_t len;
	bool exact; /* there must be as many cells as in the row of headings; else missing ones are empty */
};

/* The limits with every 0 filled in. */
struct sheet_limits sheet_limits_of(const struct sheet_limits *limits);

/* The sheet of a reader, empty. */
void sheet_open(struct sheet *sheet, struct job *job);

/*
 * Take a row: the first with text becomes the headings, later ones rows or faults. ERR_INPUT for wrong headings, ERR_LIMIT past ${limits};
 * ${name} begins the sentence. The cells' text is borrowed, the array is not.
 */
err sheet_meet(struct sheet *sheet, const char *name, const struct sheet_limits *limits, const struct sheet_met *met);

/* Remember a fault: "row N, column M: " and what ${format} says; ${column} 0 leaves the column out. */
err sheet_fault(struct sheet *sheet, uint32_t number, uint32_t column, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "column 3", or "column C" of a workbook. */
struct sheet_column_text {
	char at[24];
};
struct sheet_column_text sheet_column_text(const struct sheet *sheet, uint32_t column);

/* Is this a decimal number as spreadsheets write them: -12.50, 1.5E-7? */
bool sheet_is_number(slice text);

#endif
