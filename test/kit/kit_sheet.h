/*
 * A workbook made from its parts as text, for tests and fuzzers: what is not given is the least that is valid.
 */
#ifndef KIT_SHEET_H
#define KIT_SHEET_H

#include "base/buf.h"
#include "base/sheet_zip.h"

#define KIT_MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define KIT_DOCUMENT "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define KIT_RELATIONS "http://schemas.openxmlformats.org/package/2006/relationships"

/* Styles: 0 a number, 1 a date, 2 an instant, 3 elapsed, 4 a built-in date. */
#define KIT_STYLES                                                                                                                         \
	"<styleSheet xmlns='" KIT_MAIN "'><numFmts><numFmt numFmtId='164' formatCode='yyyy-mm-dd'/><numFmt numFmtId='165'"                 \
	" formatCode='dd/mm/yy hh:mm'/><numFmt numFmtId='166' formatCode='[h]:mm'/></numFmts><cellStyleXfs><xf numFmtId='14'/>"            \
	"</cellStyleXfs><cellXfs><xf numFmtId='0'/><xf numFmtId='164'/><xf numFmtId='165'/><xf numFmtId='166'/><xf numFmtId='14'/>"        \
	"</cellXfs></styleSheet>"
#define KIT_WORKBOOK(properties, sheets)                                                                                                   \
	"<workbook xmlns='" KIT_MAIN "' xmlns:r='" KIT_DOCUMENT "'>" properties "<sheets>" sheets "</sheets></workbook>"
#define KIT_SHEET(rows) "<worksheet xmlns='" KIT_MAIN "'><sheetData>" rows "</sheetData></worksheet>"
#define KIT_STRINGS(strings) "<sst xmlns='" KIT_MAIN "'>" strings "</sst>"

struct kit_book {
	const char *workbook, *strings, *styles;
	slice sheet; /* the part of the first sheet */
};

static inline err
kit_book(struct job *job, struct kit_book book, slice *ret)
{
	static const char package[] = "<Relationships xmlns='" KIT_RELATIONS "'><Relationship Id='a' Type='" KIT_DOCUMENT
				      "/officeDocument' Target='/xl/workbook.xml'/></Relationships>";
	static const char relations[] =
	    "<Relationships xmlns='" KIT_RELATIONS "'><Relationship Id='r1' Type='" KIT_DOCUMENT
	    "/worksheet' Target='worksheets/sheet1.xml'/><Relationship Id='r2' Type='" KIT_DOCUMENT
	    "/worksheet' Target='worksheets/../worksheets/./sheet2.xml'/><Relationship Id='r3' Type='" KIT_DOCUMENT
	    "/styles' Target='styles.xml'/><Relationship Id='r4' Type='" KIT_DOCUMENT
	    "/sharedStrings' Target='/xl/sharedStrings.xml'/><Relationship Id='r5' Type='" KIT_DOCUMENT
	    "/chartsheet' Target='charts/1.xml'/></Relationships>";
	const struct sheet_part parts[] = {
	    {"_rels/.rels", slice_of(package)},
	    {"xl/worksheets/sheet1.xml", book.sheet},
	    {"xl/workbook.xml", slice_of(book.workbook != NULL ? book.workbook : KIT_WORKBOOK("", "<sheet name='One' r:id='r1'/>"))},
	    {"xl/_rels/workbook.xml.rels", slice_of(relations)},
	    {"xl/styles.xml", slice_of(book.styles != NULL ? book.styles : KIT_STYLES)},
	    {"xl/sharedStrings.xml", slice_of(book.strings != NULL ? book.strings : KIT_STRINGS("<si><t>zero</t></si>"))},
	    {"xl/worksheets/sheet2.xml", S(KIT_SHEET("<row><c t='inlineStr'><is><t>second</t></is></c></row>"
						     "<row><c t='inlineStr'><is><t>value</t></is></c></row>"))},
	};
	return sheet_zip_write(job, parts, sizeof parts / sizeof parts[0], ret);
}

#endif
