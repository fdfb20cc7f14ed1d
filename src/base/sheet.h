/*
 * Sheets: rows of text under one line of headings, from CSV and XLSX and into them.
 * A row is either among the rows or among the faults, never half read and never left out without a word.
 */
#ifndef BASE_SHEET_H
#define BASE_SHEET_H

#include "base/buf.h"

#define SHEET_MAX_BYTES (64 * MIB)     /* a file */
#define SHEET_MAX_UNPACKED (512 * MIB) /* all that is read of a workbook, unpacked */
#define SHEET_MAX_ROWS 200000
#define SHEET_MAX_COLUMNS 512
#define SHEET_MAX_CELL (64 * KIB)
#define SHEET_MAX_FAULTS 1000 /* that are kept; all are counted */

/* What a reader may take and how it reads. 0 (and NULL for the whole) is the SHEET_MAX_… above. */
struct sheet_limits {
	size_t bytes;
	size_t unpacked;
	size_t rows;
	size_t columns;
	size_t cell;
	bool windows_1252; /* CSV that is neither UTF-8 nor begins with a byte order mark is windows-1252; without this it is refused row by
			      row */
	slice sheet;       /* XLSX: the name of the sheet; empty: the first one that is not hidden */
};

/* How a column is written into a workbook. Every cell is text here; what does not look like its kind is written as text. Readers make
 * SHEET_TEXT. */
enum sheet_kind {
	SHEET_TEXT,
	SHEET_NUMBER,
	SHEET_MONEY,   /* a number shown with two decimals */
	SHEET_DATE,    /* 2026-11-30 */
	SHEET_INSTANT, /* 2026-11-30T09:15:00Z; sheets know no zones: the cell shows UTC */
};

struct sheet_column {
	slice heading;
	enum sheet_kind kind;
};

struct sheet_row {
	uint32_t number;    /* in the file, as a spreadsheet shows it: from 1, headings and blank rows counted */
	uint32_t line;      /* CSV: the line of the file it begins on; else 0 */
	uint32_t formula;   /* XLSX: the first column (from 1) whose value a formula made; 0: none did */
	const slice *cells; /* as many as the sheet has columns, UTF-8 without NUL */
};

/* A row that was not taken, or what is wrong with it. */
struct sheet_fault {
	uint32_t number; /* of the row */
	uint32_t column; /* from 1; 0 when the whole row is meant */
	slice says;      /* "row 7, column 3: …" */
};

struct sheet {
	struct job *job;
	slice name; /* of the sheet in its workbook; empty for CSV */
	struct sheet_column *columns;
	size_t columns_len;
	struct sheet_row *rows;
	size_t rows_len, rows_room;
	struct sheet_fault *faults;
	size_t faults_len, faults_room;
	size_t faults_all;    /* with those past SHEET_MAX_FAULTS */
	size_t blank;         /* rows without any text: counted, not kept */
	const char *encoding; /* CSV: "UTF-8", "UTF-16" or "windows-1252" */
	char separator;       /* CSV */
	uint32_t header;      /* number of the row of headings; 0: there was none */
	size_t raw_columns;   /* cells of the row of headings, trailing empty ones too */
	bool letters;         /* XLSX: sentences call column 3 "C" */
};

/*
 * Read CSV (RFC 4180): UTF-8 with or without byte order mark, UTF-16 with one; CR, LF or CRLF; comma, semicolon or tab, whichever the first
 * row with text holds most of outside quotes (or a first line "sep=;"). That row is the headings, trimmed; trailing empty headings are
 * dropped. The apostrophe that text_csv() puts before what a spreadsheet would run is taken off. Wrong rows become faults: not UTF-8; a
 * quote in the middle of a cell or text behind the closing one; more or fewer cells than headings; text where there is no heading. After a
 * quote that is never closed nothing more is read, and the fault says so. The file as a whole: ERR_INPUT for NUL, no headings, two the same
 * (whatever their case), or wrong in themselves; ERR_LIMIT past ${limits}.
 * ${name} begins those sentences. Cells borrow from ${bytes} where they can.
 */
err sheet_read_csv(struct job *job, const char *name, slice bytes, const struct sheet_limits *limits, struct sheet *ret);

/*
 * Read one worksheet of a workbook (XLSX, ECMA-376 transitional and strict) by the same rules: the first row with text is the headings,
 * later ones are rows or faults; cells that are not there are empty, hidden rows are read like others. Numbers come as people enter them
 * (12.5), to 15 digits; by their number format as 2026-11-30, 2026-11-30T09:15:00Z (sheets know no zones: taken as UTC), 09:15:00 or
 * PT36H15M; true and false as yes and no. Of a formula the cached value is taken, and ${formula} of the row says so. Faults: an error
 * value, a formula that was never calculated, a date that is none, a style or shared text that is not there. ERR_INPUT: no whole XLSX
 * archive, a password, DOCTYPE, XML or references that are wrong, cells merged below the headings, and what is refused of CSV; ERR_LIMIT
 * past ${limits} and the limits of sheet_zip.h and sheet_xml.h; ERR_MISSING: no sheet of that name, with the names there are.
 */
err sheet_read_xlsx(struct job *job, const char *name, slice bytes, const struct sheet_limits *limits, struct sheet *ret);

/* Whichever of the two ${bytes} are, by how they begin. */
err sheet_read(struct job *job, const char *name, slice bytes, const struct sheet_limits *limits, struct sheet *ret);

/* Begin a sheet to be written. ${columns} is copied, its text borrowed. */
err sheet_begin(struct job *job, slice name, const struct sheet_column *columns, size_t len, struct sheet *ret);

/* Add a row of ${cells}[columns_len]; the text is borrowed. */
err sheet_add(struct sheet *sheet, const slice *cells);

/*
 * As CSV with CRLF, headings first, text_csv() for every cell but well-formed numbers in number columns (-5 is a number, not a formula);
 * headings other than plain words are quoted, so that a reader finds the comma. sheet_read_csv() gives the same cells back; a row without
 * text is lost on the way.
 */
err sheet_write_csv(struct job *job, const struct sheet *sheet, slice *ret);

/*
 * As a workbook: one sheet of the name (made to fit what names of sheets may be), headings bold and frozen. Numbers, dates and instants are
 * real ones in columns of that kind; everything else is text that stays text, whatever it begins with. No time and no owner is in it: the
 * same sheet gives the same bytes. sheet_read_xlsx() gives the same cells back, numbers without idle zeros. ERR_LIMIT: more rows, columns
 * or characters in a cell than the format has (1048576, 16384, 32767).
 */
err sheet_write_xlsx(struct job *job, const struct sheet *sheet, slice *ret);

/* The column with this heading (whatever its case): its index or -1. */
int sheet_find(const struct sheet *sheet, slice heading);

#endif
