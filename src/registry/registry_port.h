/*
 * Registers to sheets and back: what is exported is taken back unchanged, and what is imported is judged whole before anything is written.
 */
#ifndef REGISTRY_REGISTRY_PORT_H
#define REGISTRY_REGISTRY_PORT_H

#include "base/sheet.h"
#include "registry/registry.h"

/*
 * How a column is headed: a field by its id, its option or its title, "number", "status", "version", whatever their case. Columns that assay gives or computes are known
 * and not read.
 */
enum registry_heading {
	REGISTRY_HEADS_FIELD,
	REGISTRY_HEADS_NUMBER,
	REGISTRY_HEADS_STATUS,
	REGISTRY_HEADS_VERSION,
	REGISTRY_HEADS_GIVEN, /* made, changed_by, due, a score, …: exported, not read */
};
struct registry_port_column {
	enum registry_heading heads;
	const struct registry_field *field; /* of a field; of a score too, which is given */
	int column;                         /* of the register's table, when given and no field */
	slice heading;                      /* as it is exported */
	enum sheet_kind kind;
};
/* What ${heading} means, or false. */
bool registry_port_find(const struct registry_register *def, slice heading, struct registry_port_column *ret);
/* The heading that ${heading} was probably meant to be, or empty. */
slice registry_port_nearest(const struct registry_register *def, slice heading);

/* Export */

struct registry_export {
	const struct registry_register *def;
	bool then;                             /* as they were at ${at}; else now */
	struct ledger_moment at;
	const struct registry_filter *filters; /* now only */
	size_t filters_len;
	bool ended; /* those in an end state too */
	struct registry_reach reach; /* what may be exported */
	const slice *columns; /* headings; none: number, status, version, and every field */
	size_t columns_len;
};

/*
 * The records, by number, as a sheet whose headings are ids of fields: persons by name, dates as 2026-11-30, numbers and money plain, links as numbers (register/number when
 * there are several registers), lists one a line, files by name. What whoever asks (registry->access) may not read is left out: the record, or the field as an empty cell.
 * What was read of sensitive fields becomes an entry. ERR_INPUT: a column there is not, or a filter at another moment than now.
 */
err registry_export_sheet(struct job *job, const struct registry *registry, const struct registry_export *what, struct sheet *ret);
/* The same as a JSON array of objects: numbers bare, lists and links as arrays, null where there is nothing. */
err registry_export_json(struct job *job, const struct registry *registry, const struct registry_export *what, slice *ret, size_t *ret_len);

/* Import */

#define REGISTRY_MAX_IMPORT LEDGER_MAX_CHANGES /* rows */

struct registry_import {
	const struct registry_register *def;
	const slice *ignore; /* headings whose columns are not read */
	size_t ignore_len;
	bool as_recorded;    /* new records may be in any state and keep numbers that were never given; their deadlines do not start */
	bool dry_run;
	slice reason;        /* of every change, or empty */
};

struct registry_import_problem {
	uint32_t row;  /* as a spreadsheet shows it; 0: of the file */
	slice heading; /* of its column, or empty */
	slice says;
	bool warning;  /* nothing is refused for it */
};

struct registry_imported {
	struct registry_import_problem *problems; /* by row */
	size_t problems_len, problems_room;
	size_t wrong; /* of them, without warnings and with those that were counted and not kept */
	size_t added, changed, same;
	slice *unread; /* headings of columns that were not read */
	size_t unread_len;
	bool written;
};

/*
 * One record a row of ${sheet}: without a number a new one, else the one that has it. In a row of a record that is there an empty cell empties its field; what a cell would be
 * exported as changes nothing, and a row that changes nothing is left out. Everything that is wrong is found before anything is written: all rows are, in one transaction, or none.
 */
err registry_import(struct job *job, struct registry *registry, const struct registry_import *how, const struct sheet *sheet, struct registry_imported *ret);

#endif
