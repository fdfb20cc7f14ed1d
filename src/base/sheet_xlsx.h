/*
 * What the two halves of the reader of workbooks share: the workbook's own parts, and the cells of one sheet.
 */
#ifndef BASE_SHEET_XLSX_H
#define BASE_SHEET_XLSX_H

#include "base/sheet_format.h"
#include "base/sheet_inner.h"
#include "base/sheet_xml.h"

struct sheet_book {
	struct job *job;
	const char *name;
	struct sheet_limits limits;
	struct sheet_zip zip;
	slice *strings; /* shared ones, by number */
	size_t strings_len;
	unsigned char *formats; /* enum sheet_format of each cell style, by number */
	size_t formats_len;
	bool from_1904;
};

/* Read the cells of the part ${path} into ${sheet}. */
err sheet_cells_read(struct sheet_book *book, slice path, struct sheet *sheet);

/* ECMA-376 ST_Xstring: _x000D_ in ${text} stands for the character of that number; NUL and halves of pairs stay as they are written. */
err sheet_cells_unescape(struct job *job, slice text, slice *ret);

#endif
