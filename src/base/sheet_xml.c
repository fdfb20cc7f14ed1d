/*
 * The XML inside workbooks, through expat: elements by number, text where it is asked for, a stop at the first DOCTYPE.
 * Deliberately does not: build a tree, resolve anything, or know what an element means.
 */
#include <stdio.h>
#include <string.h>

#include <expat.h>

#include "base/sheet_xml.h"

#define STEP (64 * KIB)

static const char *const tag_names[] = {
    [TAG_C] = "c",
    [TAG_CELL_XFS] = "cellXfs",
    [TAG_F] = "f",
    [TAG_IS] = "is",
    [TAG_MERGE_CELL] = "mergeCell",
    [TAG_NUM_FMT] = "numFmt",
    [TAG_R] = "r",
    [TAG_RELATIONSHIP] = "Relationship",
    [TAG_ROW] = "row",
    [TAG_SHEET] = "sheet",
    [TAG_SHEET_DATA] = "sheetData",
    [TAG_SI] = "si",
    [TAG_T] = "t",
    [TAG_V] = "v",
    [TAG_WORKBOOK_PR] = "workbookPr",
    [TAG_XF] = "xf",
};

/* expat gives "namespace|name". */
static enum sheet_tag
tag_of(const char *full)
{
	static const char *const spaces[] = {"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
	    "http://purl.oclc.org/ooxml/spreadsheetml/main", "http://schemas.openxmlformats.org/package/2006/relationships"};
	const char *bar = strrchr(full, '|');
	bool known = false;
	for (size_t i = 0; i < 3 && bar != NULL && !known; i++)
		known = strlen(spaces[i]) == (size_t)(bar - full) && strncmp(full, spaces[i], (size_t)(bar - full)) == 0;
	for (size_t i = TAG_OTHER + 1; known && i < sizeof tag_names / sizeof tag_names[0]; i++)
		if (strcmp(bar + 1, tag_names[i]) == 0)
			return (enum sheet_tag)i;
	return TAG_OTHER;
}

err
sheet_xml_refuse(struct sheet_xml *xml, enum err_code code, const char *format, ...)
{
	char says[512], row[24] = "";
	va_list list;
	va_start(list, format);
	vsnprintf(says, sizeof says, format, list);
	va_end(list);
	if (xml->row > 0)
		snprintf(row, sizeof row, "row %u: ", xml->row);
	return err_set(xml->job, code, "%s: %.*s: %s%s", xml->name, SLICE(xml->part), row, says);
}

/* Keep the first failure and let nothing more happen. */
static void
stop(struct sheet_xml *xml, err failed)
{
	if (failed.code == ERR_NONE)
		return;
	xml->failed = failed;
	(void)XML_StopParser(xml->parser, XML_FALSE);
}

static void XMLCALL
on_open(void *to, const char *full, const char **attributes)
{
	struct sheet_xml *xml = to;
	if (xml->failed.code != ERR_NONE)
		return;
	if (xml->depth >= SHEET_XML_MAX_DEPTH) {
		stop(xml, sheet_xml_refuse(xml, ERR_LIMIT, "elements must not be more than %d deep", SHEET_XML_MAX_DEPTH));
		return;
	}
	enum sheet_tag tag = tag_of(full);
	xml->stack[xml->depth] = (unsigned char)tag;
	xml->keep = false;
	if (tag != TAG_OTHER)
		stop(xml, xml->open(xml->to, xml, tag, (const char *const *)attributes));
	xml->depth++;
}

static void XMLCALL
on_close(void *to, const char *full)
{
	struct sheet_xml *xml = to;
	(void)full;
	if (xml->failed.code != ERR_NONE)
		return;
	xml->depth--;
	xml->keep = false;
	enum sheet_tag tag = xml->stack[xml->depth];
	if (tag != TAG_OTHER)
		stop(xml, xml->close(xml->to, xml, tag));
}

static void XMLCALL
on_text(void *to, const char *at, int len)
{
	struct sheet_xml *xml = to;
	if (xml->failed.code != ERR_NONE || !xml->keep)
		return;
	if (xml->text.len + (size_t)len > xml->max_text) {
		stop(xml, sheet_xml_refuse(xml, ERR_LIMIT, "a cell must not exceed %zu bytes", xml->max_text));
		return;
	}
	buf_add(&xml->text, (slice){at, (size_t)len});
	stop(xml, xml->text.failed);
}

static void XMLCALL
on_doctype(void *to, const char *name, const char *system, const char *public, int inner)
{
	struct sheet_xml *xml = to;
	(void)name, (void)system, (void)public, (void)inner;
	stop(xml, sheet_xml_refuse(xml, ERR_INPUT, "a document type declaration (DOCTYPE) has no place in a workbook"));
}

static err
parse(struct sheet_xml *xml, const char *at, size_t len, bool last)
{
	if (XML_Parse(xml->parser, at, (int)len, last) == XML_STATUS_OK)
		return xml->failed;
	TRY(xml->failed);
	enum XML_Error code = XML_GetErrorCode(xml->parser);
	return sheet_xml_refuse(xml, code == XML_ERROR_NO_MEMORY ? ERR_LIMIT : ERR_INPUT, "line %lu: XML: %s",
	    (unsigned long)XML_GetCurrentLineNumber(xml->parser), XML_ErrorString(code));
}

/* In small steps, and with an eye on what the parser holds back: an endless tag would be looked at from its beginning at every step. */
static err
feed(void *to, slice block)
{
	struct sheet_xml *xml = to;
	while (block.len > 0) {
		slice step = slice_part(block, 0, STEP);
		TRY(parse(xml, step.at, step.len, false));
		xml->fed += step.len;
		block = slice_from(block, step.len);
		long long seen = XML_GetCurrentByteIndex(xml->parser); /* -1 when nothing has happened since the parser moved its buffer */
		if (seen > 0 && (size_t)seen > xml->seen)
			xml->seen = (size_t)seen;
		if (xml->fed > xml->seen && xml->fed - xml->seen > SHEET_XML_MAX_TOKEN)
			return sheet_xml_refuse(xml, ERR_LIMIT, "one tag must not exceed %zu bytes", SHEET_XML_MAX_TOKEN);
	}
	return OK;
}

static void
parser_close(void **parser)
{
	XML_ParserFree(*parser);
}

err
sheet_xml_read(struct sheet_xml *xml, struct sheet_zip *zip, slice part, bool *ret_found)
{
	void *parser DEFER(parser_close) = XML_ParserCreateNS(NULL, '|');
	if (parser == NULL)
		return err_set(xml->job, ERR_LIMIT, "%s: the system has no memory left to read it", xml->name);
	xml->parser = parser;
	xml->part = part;
	xml->fed = xml->seen = 0;
	xml->depth = xml->row = 0;
	xml->failed = OK;
	xml->text = buf_open(xml->job, "a cell", SIZE_MAX);
	XML_SetUserData(parser, xml);
	XML_SetElementHandler(parser, on_open, on_close);
	XML_SetCharacterDataHandler(parser, on_text);
	XML_SetStartDoctypeDeclHandler(parser, on_doctype);
	TRY(sheet_zip_read(zip, part, feed, xml, ret_found));
	return *ret_found ? parse(xml, "", 0, true) : OK;
}

enum sheet_tag
sheet_xml_around(const struct sheet_xml *xml, unsigned steps)
{
	return xml->depth >= steps ? xml->stack[xml->depth - steps] : TAG_OTHER;
}

slice
sheet_xml_attribute(const char *const *attributes, const char *name)
{
	bool spaced = strchr(name, '|') != NULL;
	for (; *attributes != NULL; attributes += 2)
		if (spaced ? slice_ends(slice_of(attributes[0]), slice_of(name)) : strcmp(attributes[0], name) == 0)
			return slice_of(attributes[1]);
	return (slice){0};
}
