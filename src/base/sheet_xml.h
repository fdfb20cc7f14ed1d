/*
 * The XML inside workbooks, as a stream of the few elements that matter.
 */
#ifndef BASE_SHEET_XML_H
#define BASE_SHEET_XML_H

#include "base/buf.h"
#include "base/sheet_zip.h"

#define SHEET_XML_MAX_DEPTH 64
#define SHEET_XML_MAX_TOKEN (4 * MIB) /* one tag or comment */

/* Elements of the namespaces of worksheets and of relationships; all others are TAG_OTHER. */
enum sheet_tag {
	TAG_OTHER,
	TAG_C,
	TAG_CELL_XFS,
	TAG_F,
	TAG_IS,
	TAG_MERGE_CELL,
	TAG_NUM_FMT,
	TAG_R,
	TAG_RELATIONSHIP,
	TAG_ROW,
	TAG_SHEET,
	TAG_SHEET_DATA,
	TAG_SI,
	TAG_T,
	TAG_V,
	TAG_WORKBOOK_PR,
	TAG_XF,
};

struct sheet_xml {
	struct job *job;
	const char *name; /* begins each sentence */
	size_t max_text;  /* what is kept between two resets */
	err (*open)(void *to, struct sheet_xml *xml, enum sheet_tag tag, const char *const *attributes);
	err (*close)(void *to, struct sheet_xml *xml, enum sheet_tag tag);
	void *to;
	uint32_t row;    /* for sentences; 0: none */
	bool keep;       /* set by open() to gather text; cleared when an element closes */
	struct buf text; /* what was gathered; open() and close() reset it */
	unsigned depth;  /* of the element that opens or closes, from 0 */
	unsigned char stack[SHEET_XML_MAX_DEPTH];
	slice part;
	void *parser;
	size_t fed, seen; /* bytes given to the parser, and bytes it is done with */
	err failed;
};

/*
 * Read one part. DOCTYPE, and so every entity of one's own, is ERR_INPUT, as is XML that is not well-formed; ERR_LIMIT for depth, text and
 * token.
 * ${ret_found} false: there is no such part.
 */
err sheet_xml_read(struct sheet_xml *xml, struct sheet_zip *zip, slice part, bool *ret_found);

/* The element around the one that opens or closes (1), the one around that (2), …; TAG_OTHER past the root. */
enum sheet_tag sheet_xml_around(const struct sheet_xml *xml, unsigned steps);

/* The attribute's value, or the empty slice. An attribute of a namespace is found by the end of its full name ("relationships|id"). */
slice sheet_xml_attribute(const char *const *attributes, const char *name);

/* err_set() with name, part and row in front. */
err sheet_xml_refuse(struct sheet_xml *xml, enum err_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
